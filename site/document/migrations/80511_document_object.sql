-- +goose Up
-- Files whose bytes stand in a bucket outside the database: by the SHA-256 of the bytes in hex, with their number.
CREATE TABLE document_object (
	study_id TEXT NOT NULL, hash TEXT NOT NULL, size BIGINT NOT NULL, PRIMARY KEY (study_id, hash)
);
