-- +goose Up
-- When the study's forms are asked. doc is the schedule's JSON (docs/format/schedule.md).
CREATE TABLE epro_schedule (
	study_id TEXT NOT NULL, number BIGINT NOT NULL, doc TEXT NOT NULL, published_at BIGINT NOT NULL, published_by TEXT NOT NULL,
	PRIMARY KEY (study_id, number)
);
-- Doses, visits and events from which a subject's prompts count; the enrolment is the subject's own.
CREATE TABLE epro_anchor (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, at BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, kind, name, at)
);
-- The log of a subject's zones: where the phone was, and since when.
CREATE TABLE epro_zone (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, since BIGINT NOT NULL, zone TEXT NOT NULL, device_id TEXT NOT NULL,
	PRIMARY KEY (study_id, subject_id, since)
);
-- One-time codes by which a phone is enrolled; code and pin are kept as hashes.
CREATE TABLE epro_invite (
	study_id TEXT NOT NULL, invite_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, code_hash TEXT NOT NULL, pin_hash TEXT NOT NULL,
	reporter TEXT NOT NULL, expires_at BIGINT NOT NULL, tries BIGINT NOT NULL, used_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, invite_id)
);
-- highest is the greatest number that the device said it had given to a record, received how many numbers have come.
CREATE TABLE epro_device (
	study_id TEXT NOT NULL, device_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, token_hash TEXT NOT NULL,
	name TEXT NOT NULL, reporter TEXT NOT NULL, enrolled_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, ended_why TEXT NOT NULL,
	highest BIGINT NOT NULL, received BIGINT NOT NULL, seen_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, device_id)
);
-- Which numbers of a device have come, whatever became of the record.
CREATE TABLE epro_sequence (
	study_id TEXT NOT NULL, device_id TEXT NOT NULL, seq BIGINT NOT NULL, record_id TEXT NOT NULL, hash BYTEA NOT NULL,
	PRIMARY KEY (study_id, device_id, seq)
);
-- Every answer set that was accepted, for ever and as it was sent. Its values stand in the casebook.
CREATE TABLE epro_record (
	study_id TEXT NOT NULL, record_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, device_id TEXT NOT NULL, seq BIGINT NOT NULL,
	form_oid TEXT NOT NULL, window_key TEXT NOT NULL, definition BIGINT NOT NULL, hash BYTEA NOT NULL, receipt TEXT NOT NULL,
	reporter TEXT NOT NULL, language TEXT NOT NULL, opened_at BIGINT NOT NULL, finished_at BIGINT NOT NULL, closes_at BIGINT NOT NULL,
	received_at BIGINT NOT NULL, body TEXT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, record_id)
);
CREATE INDEX epro_record_subject ON epro_record (study_id, subject_id, form_oid, window_key);
-- What could not become part of the casebook: kept for a person, never dropped.
CREATE TABLE epro_quarantine (
	study_id TEXT NOT NULL, record_id TEXT NOT NULL, hash BYTEA NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, device_id TEXT NOT NULL,
	why TEXT NOT NULL, receipt TEXT NOT NULL, received_at BIGINT NOT NULL, body TEXT NOT NULL, release BIGINT NOT NULL,
	decided_at BIGINT NOT NULL, decided_by TEXT NOT NULL, decision TEXT NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (study_id, record_id, hash)
);
-- What is odd about a record that was accepted: clocks that contradict one another, rules that gave something else here.
CREATE TABLE epro_issue (
	study_id TEXT NOT NULL, issue_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, record_id TEXT NOT NULL,
	kind TEXT NOT NULL, detail TEXT NOT NULL, found_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, issue_id)
);
CREATE TABLE epro_alert (
	study_id TEXT NOT NULL, alert_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, record_id TEXT NOT NULL, rule TEXT NOT NULL,
	text TEXT NOT NULL, role TEXT NOT NULL, person TEXT NOT NULL, escalates_to TEXT NOT NULL, raised_at BIGINT NOT NULL, due_at BIGINT NOT NULL,
	escalated_at BIGINT NOT NULL, acknowledged_at BIGINT NOT NULL, acknowledged_by TEXT NOT NULL, note TEXT NOT NULL,
	PRIMARY KEY (study_id, alert_id)
);
