-- +goose Up
-- Every change, insert-only. old, new and reason are the exact canonical bytes that were hashed.
CREATE TABLE ledger_entry (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, entry_id TEXT NOT NULL,
	site_id TEXT NOT NULL, what TEXT NOT NULL, ref TEXT NOT NULL,
	old TEXT NOT NULL, new TEXT NOT NULL, reason TEXT NOT NULL, salt BYTEA NOT NULL,
	actor TEXT NOT NULL, role TEXT NOT NULL, location TEXT NOT NULL, trace TEXT NOT NULL,
	at BIGINT NOT NULL, device_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, entry_id)
);
-- The order: contiguous per study from 0, given after commit by the sequencer.
CREATE TABLE ledger_index (
	study_id TEXT NOT NULL, idx BIGINT NOT NULL, subject_id TEXT NOT NULL, entry_id TEXT NOT NULL,
	leaf BYTEA NOT NULL, sealed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, idx), UNIQUE (study_id, entry_id)
);
CREATE TABLE ledger_head (study_id TEXT PRIMARY KEY, size BIGINT NOT NULL, sealed_at BIGINT NOT NULL);
-- Committed entries that wait for their place. A write that depends on another begins after that one's commit, so its
-- number is higher, whatever the servers' clocks say.
CREATE TABLE ledger_unsealed (
	study_id TEXT NOT NULL, seq BIGINT GENERATED ALWAYS AS IDENTITY, entry_id TEXT NOT NULL, subject_id TEXT NOT NULL, digest BYTEA NOT NULL,
	PRIMARY KEY (study_id, seq)
);
-- The tree over 256 leaves and more: node (level, n) is the RFC 6962 hash over leaves n<<level to (n+1)<<level.
CREATE TABLE ledger_node (study_id TEXT NOT NULL, level BIGINT NOT NULL, n BIGINT NOT NULL, hash BYTEA NOT NULL, PRIMARY KEY (study_id, level, n));
-- How far each follower has come.
CREATE TABLE ledger_cursor (study_id TEXT NOT NULL, follower TEXT NOT NULL, next BIGINT NOT NULL, PRIMARY KEY (study_id, follower));
