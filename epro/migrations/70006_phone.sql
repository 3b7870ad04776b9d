-- +goose Up
-- The digest of what a phone's browser keeps of itself: subjects who were enrolled on one phone have the same. '' where it said nothing.
ALTER TABLE epro_device ADD COLUMN phone TEXT NOT NULL DEFAULT '';
