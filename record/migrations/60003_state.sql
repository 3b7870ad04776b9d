-- +goose Up
-- What is frozen or locked. scope is a path into the casebook ('' is all of it); subject_id '' is the whole study.
CREATE TABLE record_stage (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, scope TEXT NOT NULL,
	stage TEXT NOT NULL, changed_by TEXT NOT NULL, changed_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, scope)
);
-- Electronic signatures. void_at is 0 while nothing in the scope has changed since.
CREATE TABLE record_signature (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, signature_id TEXT NOT NULL, site_id TEXT NOT NULL, scope TEXT NOT NULL,
	manifest TEXT NOT NULL, signed_at BIGINT NOT NULL, void_at BIGINT NOT NULL, void_ref TEXT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, signature_id)
);
CREATE INDEX record_signature_void ON record_signature (study_id, site_id, void_at, signed_at);
-- Source data verification and reviews: which versions of which values somebody has seen, one document for each form and kind.
CREATE TABLE record_review (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL,
	event_oid TEXT NOT NULL, event_repeat TEXT NOT NULL, form_oid TEXT NOT NULL, form_repeat TEXT NOT NULL, kind TEXT NOT NULL,
	site_id TEXT NOT NULL, version BIGINT NOT NULL, plan BIGINT NOT NULL, done BIGINT NOT NULL, marks TEXT NOT NULL, changed_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, kind)
);
-- What must be verified against the source, as numbered plans; the highest number is in force.
CREATE TABLE record_plan (
	study_id TEXT NOT NULL, number BIGINT NOT NULL, plan TEXT NOT NULL, set_by TEXT NOT NULL, set_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, number)
);
