-- +goose Up
-- What of a form waits to be compared with the source: since when, whether all was verified once, and the hashes of the places
-- that wait. verification is the plan in force, as JSON. All is counted anew from the ledger.
CREATE TABLE monitor_page (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, ref TEXT NOT NULL, since BIGINT NOT NULL, done BIGINT NOT NULL, waits TEXT NOT NULL,
	PRIMARY KEY (study_id, subject_id, ref)
);
ALTER TABLE monitor_study ADD COLUMN verification TEXT NOT NULL DEFAULT '{"sample":100}';
UPDATE monitor_study SET indicators = '';
