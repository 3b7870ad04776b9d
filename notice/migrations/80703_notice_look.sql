-- +goose Up
-- look_at is when it is next seen whether anybody is still missing, of a notice that has no end, 0 for never; escalations
-- counts those that were told of its deadline.
ALTER TABLE notice ADD COLUMN look_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN escalations BIGINT NOT NULL DEFAULT 0;
DROP INDEX notice_due;
CREATE INDEX notice_due ON notice (study_id, remind_at, escalate_at, file_at, look_at) WHERE state = 'sending' OR remind_at > 0 OR escalate_at > 0 OR file_at > 0 OR look_at > 0;
