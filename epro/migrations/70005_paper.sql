-- +goose Up
-- A consent that was signed on paper: the date that stands there, and who has recorded it. Both are '' for one from a phone.
ALTER TABLE epro_consent ADD COLUMN paper TEXT NOT NULL DEFAULT '';
ALTER TABLE epro_consent ADD COLUMN recorded_by TEXT NOT NULL DEFAULT '';
-- The consent document that is being written: one for a study, until it is published.
CREATE TABLE epro_consent_draft (
	study_id TEXT NOT NULL, revision BIGINT NOT NULL, doc TEXT NOT NULL, saved_at BIGINT NOT NULL, saved_by TEXT NOT NULL,
	PRIMARY KEY (study_id)
);
