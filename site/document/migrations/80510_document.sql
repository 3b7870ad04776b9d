-- +goose Up
-- The bytes of documents, by the SHA-256 of the whole in hex, in parts of a megabyte. What is known of a document is a
-- record of the study office.
CREATE TABLE document_part (
	study_id TEXT NOT NULL, hash TEXT NOT NULL, part BIGINT NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY (study_id, hash, part)
);
