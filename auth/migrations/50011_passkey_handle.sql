-- +goose Up
-- handle is what the authenticator keeps of whose the passkey is, base64url; '' for one of before, whose is that of the key of then.
ALTER TABLE auth_passkey ADD COLUMN handle TEXT NOT NULL DEFAULT '';
