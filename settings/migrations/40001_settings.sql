-- +goose Up
-- A release is the complete set of values, numbered without gaps and never changed. doc is canonical JSON.
CREATE TABLE settings_release (
	number BIGINT PRIMARY KEY, doc TEXT NOT NULL, author TEXT NOT NULL, approver TEXT NOT NULL, reason TEXT NOT NULL, of BIGINT NOT NULL, at BIGINT NOT NULL
);
-- What somebody proposes: changes against a release. state is open, released or withdrawn.
CREATE TABLE settings_draft (
	draft_id TEXT PRIMARY KEY, base BIGINT NOT NULL, changes TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL, state TEXT NOT NULL, at BIGINT NOT NULL
);
-- What is in force: one row, 'here'. canary is a release on trial, or 0; until is when it becomes the one in force.
CREATE TABLE settings_force (
	name TEXT PRIMARY KEY, number BIGINT NOT NULL, canary BIGINT NOT NULL, trial TEXT NOT NULL, until BIGINT NOT NULL, changes BIGINT NOT NULL
);
-- Recorded ethics approvals: an amendment counts at a site from its moment.
CREATE TABLE settings_approval (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, amendment TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (study_id, site_id, amendment)
);
-- Machinery: which process has which release, and how work went at the sites of a trial.
CREATE TABLE settings_process (process TEXT PRIMARY KEY, number BIGINT NOT NULL, canary BIGINT NOT NULL, loaded BIGINT NOT NULL, seen BIGINT NOT NULL);
CREATE TABLE settings_tally (number BIGINT NOT NULL, process TEXT NOT NULL, good BIGINT NOT NULL, bad BIGINT NOT NULL, PRIMARY KEY (number, process));
