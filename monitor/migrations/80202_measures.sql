-- +goose Up
-- The derived tables hold measures, not indicators. They are counted anew from the ledger.
DROP TABLE monitor_count;
DROP TABLE monitor_site;
DROP TABLE monitor_subject;
-- memory is JSON: last digits by item, and who saved last.
CREATE TABLE monitor_site (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL, memory TEXT NOT NULL,
	PRIMARY KEY (study_id, site_id)
);
-- contact_day is the last contact, in days since 1970; 0 where there is none. counts are what the subject contributes to
-- each measure, in the order of monitor_study.indicators; memory is JSON: what of its past the measures need.
CREATE TABLE monitor_subject (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL,
	enrolled_at BIGINT NOT NULL, left_at BIGINT NOT NULL, contact_day BIGINT NOT NULL, counts TEXT NOT NULL, memory TEXT NOT NULL,
	PRIMARY KEY (study_id, subject_id)
);
UPDATE monitor_study SET indicators = '';
-- A study's own versions of indicators, each with an entry of the ledger.
CREATE TABLE monitor_kri (
	study_id TEXT NOT NULL, number BIGINT NOT NULL, kri TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL,
	actor TEXT NOT NULL, at BIGINT NOT NULL,
	PRIMARY KEY (study_id, number)
);
