-- +goose Up
-- Who an account is at the organisation's identity provider: issuer and subject are the ID token's.
CREATE TABLE auth_external (
	user_id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, since BIGINT NOT NULL, UNIQUE (issuer, subject)
);
-- Whether the provider that opened a session vouched for more than one factor; 0 for sessions by password.
ALTER TABLE auth_session ADD COLUMN vouched BIGINT NOT NULL DEFAULT 0;
