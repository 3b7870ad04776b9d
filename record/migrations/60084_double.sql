-- +goose Up
-- The entries of forms that are entered twice, until they are settled: then the values stand in record_form, and what each of
-- the two entered in the ledger. salt is that of the seal by which the ledger knows the first entry.
CREATE TABLE record_double (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL,
	event_oid TEXT NOT NULL, event_repeat TEXT NOT NULL, form_oid TEXT NOT NULL, form_repeat TEXT NOT NULL, pass BIGINT NOT NULL,
	site_id TEXT NOT NULL, entered_by TEXT NOT NULL, entered_at BIGINT NOT NULL, salt TEXT NOT NULL, doc TEXT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, pass)
);
