-- +goose Up
-- Every report that was acknowledged, for ever: a repetition gets the same receipt, another body under the same id is seen.
CREATE TABLE report (
	study_id TEXT NOT NULL, report_id TEXT NOT NULL, subject_id TEXT NOT NULL, instrument TEXT NOT NULL,
	hash BYTEA NOT NULL, receipt TEXT NOT NULL, received_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, report_id)
);
-- What came without an instrument, kept verbatim for a person to assign.
CREATE TABLE report_unclassified (
	study_id TEXT NOT NULL, report_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL,
	data TEXT NOT NULL, release BIGINT NOT NULL, received_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, report_id)
);
-- The other body of an id that was taken: refused, but not lost.
CREATE TABLE report_quarantine (
	study_id TEXT NOT NULL, report_id TEXT NOT NULL, hash BYTEA NOT NULL, subject_id TEXT NOT NULL,
	body TEXT NOT NULL, release BIGINT NOT NULL, received_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, report_id, hash)
);
