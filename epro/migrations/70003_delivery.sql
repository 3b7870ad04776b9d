-- +goose Up
-- What became of a subject's reminders, by channel: how many their destination took, how many were given up, and what
-- the last failure was (of an attempt, too, that will be repeated). Machinery: the messages and their attempts are the outbox's.
CREATE TABLE epro_delivery (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, channel TEXT NOT NULL,
	sent BIGINT NOT NULL, sent_at BIGINT NOT NULL, dead BIGINT NOT NULL, failed_at BIGINT NOT NULL, failure TEXT NOT NULL,
	PRIMARY KEY (study_id, subject_id, channel)
);
