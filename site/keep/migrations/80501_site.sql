-- +goose Up
-- What is known of sites: one row for each institution, person, delegation, plan, target, rule of training and issue, as
-- the JSON document that the last site.* entry about it left. version counts the changes; site_id is '' for the study.
CREATE TABLE site_record (
	study_id TEXT NOT NULL, kind TEXT NOT NULL, record_id TEXT NOT NULL, site_id TEXT NOT NULL, version BIGINT NOT NULL, doc TEXT NOT NULL,
	PRIMARY KEY (study_id, kind, record_id)
);
CREATE INDEX site_record_site ON site_record (study_id, kind, site_id);
-- The last number given to an issue of a study.
CREATE TABLE site_number (study_id TEXT PRIMARY KEY, last BIGINT NOT NULL);
