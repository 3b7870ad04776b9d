-- +goose Up
-- Reviews of who may do what, each signed: content is a digest of what was reviewed, revoked what was taken back, JSON.
CREATE TABLE auth_review (
	number BIGINT PRIMARY KEY, at BIGINT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL,
	people BIGINT NOT NULL, grants BIGINT NOT NULL, revoked TEXT NOT NULL, note TEXT NOT NULL
);
