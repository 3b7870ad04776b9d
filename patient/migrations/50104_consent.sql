-- +goose Up
-- The version of the consent document that the subject has signed and that is in force; 0 for none, or withdrawn.
ALTER TABLE patient ADD COLUMN consent BIGINT NOT NULL DEFAULT 0;
