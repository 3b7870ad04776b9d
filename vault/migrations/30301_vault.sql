-- +goose Up
-- What tells who a subject is, encrypted: sealed is a nonce and AES-256-GCM under the study's key, bound to study and ref;
-- key_id says which key. Whoever owns the text has its ref and its SHA-256, and the ledger has the latter.
CREATE TABLE vault_text (
	study_id TEXT NOT NULL, ref TEXT NOT NULL, key_id TEXT NOT NULL, sealed BYTEA NOT NULL,
	PRIMARY KEY (study_id, ref)
);
