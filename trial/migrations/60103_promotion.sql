-- +goose Up
-- Where a version of a production study was tested, and what the tests said: JSON, "" for one that was not promoted.
ALTER TABLE trial_version ADD COLUMN origin TEXT NOT NULL DEFAULT '';
