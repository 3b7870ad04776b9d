-- +goose Up
-- What a provider proved of a session's user right before a signature: a digest, good once and until a moment.
ALTER TABLE auth_session ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_session ADD COLUMN proof_until BIGINT NOT NULL DEFAULT 0;
