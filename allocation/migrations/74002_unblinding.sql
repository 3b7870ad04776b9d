-- +goose Up
-- Each time that somebody had a subject's treatment opened in an emergency: doc is the entry's, in which the free text is
-- sealed; told_at is when those whom it concerns were told, 0 before, by notice_id, '' when there was nobody to tell.
CREATE TABLE allocation_unblinding (
	study_id TEXT NOT NULL, unblinding_id TEXT NOT NULL, subject_id TEXT NOT NULL, doc TEXT NOT NULL, told_at BIGINT NOT NULL, notice_id TEXT NOT NULL,
	PRIMARY KEY (study_id, unblinding_id)
);
CREATE INDEX allocation_unblinding_subject ON allocation_unblinding (study_id, subject_id);
CREATE INDEX allocation_unblinding_untold ON allocation_unblinding (study_id, unblinding_id) WHERE told_at = 0;
