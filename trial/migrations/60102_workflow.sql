-- +goose Up
ALTER TABLE trial_site ADD COLUMN country TEXT NOT NULL DEFAULT '';
-- Which site uses which version since when: the highest step is in force. A site without steps uses the newest.
CREATE TABLE trial_use (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, step BIGINT NOT NULL, number BIGINT NOT NULL, since BIGINT NOT NULL, set_by TEXT NOT NULL,
	PRIMARY KEY (study_id, site_id, step)
);
-- Definitions on their way to publication, by the OID of their version. state is draft or validated, with what was waived.
CREATE TABLE trial_draft (
	study_id TEXT NOT NULL, oid TEXT NOT NULL, hash TEXT NOT NULL, definition TEXT NOT NULL, state TEXT NOT NULL, waivers TEXT NOT NULL,
	changed_at BIGINT NOT NULL, changed_by TEXT NOT NULL,
	PRIMARY KEY (study_id, oid)
);
