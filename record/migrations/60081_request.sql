-- +goose Up
-- Saves that another program named (Idempotency-Key), kept for ever in the transaction of the save: a repetition is known
-- by its name, and by the SHA-256 of what it asked for, hex. Machinery: what was saved is in the ledger.
CREATE TABLE record_request (
	study_id TEXT NOT NULL, user_id TEXT NOT NULL, request_id TEXT NOT NULL, hash TEXT NOT NULL, at BIGINT NOT NULL,
	PRIMARY KEY (study_id, user_id, request_id)
);
