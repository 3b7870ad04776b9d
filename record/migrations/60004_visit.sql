-- +goose Up
-- Visits that do not take place, with the reason why. event_repeat is a number; skipped is 0 once the visit was taken back.
CREATE TABLE record_visit (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, event_oid TEXT NOT NULL, event_repeat TEXT NOT NULL,
	skipped BIGINT NOT NULL, reason TEXT NOT NULL, changed_by TEXT NOT NULL, changed_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, event_oid, event_repeat)
);
