-- +goose Up
-- What a request made, for whoever sends it again and cannot know the names that were given.
ALTER TABLE record_request ADD COLUMN made TEXT NOT NULL DEFAULT '';
-- Which other requests came under a name that stood for something else: each is put aside once, in the ledger.
CREATE TABLE record_request_aside (
	study_id TEXT NOT NULL, user_id TEXT NOT NULL, request_id TEXT NOT NULL, hash TEXT NOT NULL,
	PRIMARY KEY (study_id, user_id, request_id, hash)
);
