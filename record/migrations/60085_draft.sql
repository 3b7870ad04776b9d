-- +goose Up
-- What somebody has typed of a form that two people enter and not handed in: nobody else's, no record yet, and in no entry of the ledger.
CREATE TABLE record_draft (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL,
	event_oid TEXT NOT NULL, event_repeat TEXT NOT NULL, form_oid TEXT NOT NULL, form_repeat TEXT NOT NULL, typed_by TEXT NOT NULL,
	doc TEXT NOT NULL, typed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, typed_by)
);
