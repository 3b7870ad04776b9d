-- +goose Up
-- Legal holds that stand. study_id is the platform's, whose ledger tells of them; about is the study, '' for every one.
CREATE TABLE retention_hold (
	study_id TEXT NOT NULL, hold_id TEXT NOT NULL, about TEXT NOT NULL, ordered_by TEXT NOT NULL, reason TEXT NOT NULL, placed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, hold_id)
);
