-- +goose Up
-- sealed is the reason in words as it was sealed since, under another key; '' where it never was: then that of doc holds, which is signed.
ALTER TABLE allocation_unblinding ADD COLUMN sealed TEXT NOT NULL DEFAULT '';
