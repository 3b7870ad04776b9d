-- +goose Up
-- A person's second factor: secret is the authenticator's, encrypted; recovery are the hashes of the codes not yet used,
-- with spaces between. step is the last time step that was used, so that no code is used twice: machinery.
CREATE TABLE auth_factor (
	user_id TEXT PRIMARY KEY, secret TEXT NOT NULL, recovery TEXT NOT NULL, since BIGINT NOT NULL, step BIGINT NOT NULL
);
-- One-time links by which a person chooses a password; user_id '' is for who becomes the first administrator.
CREATE TABLE auth_invite (
	user_id TEXT PRIMARY KEY, hash TEXT NOT NULL, expires BIGINT NOT NULL
);
-- From where a session was opened, for its owner to recognise.
ALTER TABLE auth_session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
