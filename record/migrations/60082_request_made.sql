-- +goose Up
-- What a request made, for whoever sends it again and cannot know the names that were given.
ALTER TABLE record_request ADD COLUMN made TEXT NOT NULL DEFAULT '';
