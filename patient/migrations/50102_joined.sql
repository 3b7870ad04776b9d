-- +goose Up
-- When a subject first became enrolled, 0 before: what enrolment is counted by. Of rows from before, the nearest that a row
-- tells; who was enrolled at once, as everybody was who did not pass through screening, gets the very moment.
ALTER TABLE patient ADD COLUMN joined_at BIGINT NOT NULL DEFAULT 0;
UPDATE patient SET joined_at = enrolled_at WHERE status IN ('enrolled', 'withdrawn', 'completed');
