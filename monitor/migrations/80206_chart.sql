-- +goose Up
-- What is remembered of a subject that the site's work changes, as JSON: sums of what was measured, which sites are the
-- sums of. Forms also remember what was measured in them, and their place in the order of visits. All is counted anew from
-- the ledger. watched is the week of which the detectors that watch week by week have seen the end, in weeks since 1970.
CREATE TABLE monitor_chart (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, chart TEXT NOT NULL,
	PRIMARY KEY (study_id, subject_id)
);
ALTER TABLE monitor_print ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE monitor_print ADD COLUMN points TEXT NOT NULL DEFAULT '';
ALTER TABLE monitor_study ADD COLUMN watched BIGINT NOT NULL DEFAULT 0;
UPDATE monitor_study SET indicators = '';
