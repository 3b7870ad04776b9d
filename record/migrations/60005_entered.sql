-- +goose Up
-- When a form was first saved, for how long entry takes; 0 is not known, of forms that were changed before this column was.
ALTER TABLE record_form ADD COLUMN entered_at BIGINT NOT NULL DEFAULT 0;
UPDATE record_form SET entered_at = updated_at WHERE version = 1;
