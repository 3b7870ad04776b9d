-- +goose Up
-- A person's passkeys: the credential's id and its public key (COSE), base64url, and the host they are for. counter is the
-- authenticator's count of signatures, used the last one here, 0 for never: machinery.
CREATE TABLE auth_passkey (
	credential TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, public_key TEXT NOT NULL, party TEXT NOT NULL,
	created BIGINT NOT NULL, counter BIGINT NOT NULL, used BIGINT NOT NULL
);
CREATE INDEX auth_passkey_of ON auth_passkey(user_id);
-- Challenges that were answered, until they are too old to be answered again.
CREATE TABLE auth_challenge (
	hash TEXT PRIMARY KEY, until BIGINT NOT NULL
);
