-- +goose Up
-- How far the derived tables have come: they hold what the study's entries below next add up to, counted as indicators
-- (a hash of the indicators' files) say. judged is the next at which sites were last compared, judged_at when.
CREATE TABLE monitor_study (
	study_id TEXT NOT NULL, next BIGINT NOT NULL, newest_at BIGINT NOT NULL, indicators TEXT NOT NULL,
	judged BIGINT NOT NULL, judged_at BIGINT NOT NULL,
	PRIMARY KEY (study_id)
);
CREATE TABLE monitor_site (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL,
	PRIMARY KEY (study_id, site_id)
);
-- contact_day is the last contact, in days since 1970; 0 where there is none.
CREATE TABLE monitor_subject (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL,
	enrolled_at BIGINT NOT NULL, left_at BIGINT NOT NULL, contact_day BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id)
);
CREATE TABLE monitor_count (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, kri TEXT NOT NULL, numerator BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, kri)
);
-- Signals are facts: one entry of the ledger each, whose body stands in evidence. They are never derived anew.
CREATE TABLE monitor_signal (
	study_id TEXT NOT NULL, signal_id TEXT NOT NULL, number BIGINT NOT NULL, kri TEXT NOT NULL, site_id TEXT NOT NULL,
	state TEXT NOT NULL, evidence TEXT NOT NULL, raised_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, signal_id)
);
CREATE UNIQUE INDEX monitor_signal_number ON monitor_signal (study_id, number);
CREATE UNIQUE INDEX monitor_signal_open ON monitor_signal (study_id, kri, site_id) WHERE state = 'open';
