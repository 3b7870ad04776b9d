-- +goose Up
-- What patients agree to, in versions. doc is docs/format/consent.md's JSON; required and again stand in it, too.
CREATE TABLE epro_consent_document (
	study_id TEXT NOT NULL, number BIGINT NOT NULL, hash TEXT NOT NULL, required BIGINT NOT NULL, again BIGINT NOT NULL, doc TEXT NOT NULL,
	published_at BIGINT NOT NULL, published_by TEXT NOT NULL,
	PRIMARY KEY (study_id, number)
);
-- Every signature, for ever and as it was sent: the typed name and the drawing stand in body and nowhere else.
CREATE TABLE epro_consent (
	study_id TEXT NOT NULL, consent_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, device_id TEXT NOT NULL, number BIGINT NOT NULL,
	language TEXT NOT NULL, reporter TEXT NOT NULL, hash BYTEA NOT NULL, receipt TEXT NOT NULL, signed_at BIGINT NOT NULL, body TEXT NOT NULL,
	ended_at BIGINT NOT NULL, ended_by TEXT NOT NULL, ended_why TEXT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, consent_id)
);
CREATE INDEX epro_consent_subject ON epro_consent (study_id, subject_id, signed_at);
-- Corrections that a site asks for: the patient or an investigator decides. items is what shall stand there, old what stood.
CREATE TABLE epro_change (
	study_id TEXT NOT NULL, change_id TEXT NOT NULL, record_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, form_oid TEXT NOT NULL,
	items TEXT NOT NULL, old TEXT NOT NULL, reason TEXT NOT NULL, asked_at BIGINT NOT NULL, asked_by TEXT NOT NULL,
	decided_at BIGINT NOT NULL, decided_by TEXT NOT NULL, decided_as TEXT NOT NULL, agreed BIGINT NOT NULL, note TEXT NOT NULL,
	PRIMARY KEY (study_id, change_id)
);
CREATE INDEX epro_change_subject ON epro_change (study_id, subject_id, decided_at);
