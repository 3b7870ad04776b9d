-- +goose Up
-- Every change, insert-only. old, new and reason are the exact canonical bytes that were hashed.
CREATE TABLE ledger_entry (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, entry_id TEXT NOT NULL,
	site_id TEXT NOT NULL, what TEXT NOT NULL, ref TEXT NOT NULL,
	old TEXT NOT NULL, new TEXT NOT NULL, reason TEXT NOT NULL, salt BLOB NOT NULL,
	actor TEXT NOT NULL, role TEXT NOT NULL, location TEXT NOT NULL, trace TEXT NOT NULL,
	at BIGINT NOT NULL, device_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, entry_id)
);
-- The order: contiguous per study from 0, given inside the commit, since there is one writer.
CREATE TABLE ledger_index (
	study_id TEXT NOT NULL, idx BIGINT NOT NULL, subject_id TEXT NOT NULL, entry_id TEXT NOT NULL,
	leaf BLOB NOT NULL, sealed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, idx), UNIQUE (study_id, entry_id)
) WITHOUT ROWID;
CREATE TABLE ledger_head (study_id TEXT PRIMARY KEY, size BIGINT NOT NULL, sealed_at BIGINT NOT NULL) WITHOUT ROWID;
-- The tree over 256 leaves and more: node (level, n) is the RFC 6962 hash over leaves n<<level to (n+1)<<level.
CREATE TABLE ledger_node (study_id TEXT NOT NULL, level BIGINT NOT NULL, n BIGINT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (study_id, level, n)) WITHOUT ROWID;
-- How far each follower has come.
CREATE TABLE ledger_cursor (study_id TEXT NOT NULL, follower TEXT NOT NULL, next BIGINT NOT NULL, PRIMARY KEY (study_id, follower)) WITHOUT ROWID;
