-- +goose Up
-- What a provider proved of a session's user right before a signature: when they went there for it, 0 when they did not;
-- a digest of the code that they brought back, good once and until a moment.
ALTER TABLE auth_session ADD COLUMN proof_asked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE auth_session ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_session ADD COLUMN proof_until BIGINT NOT NULL DEFAULT 0;
