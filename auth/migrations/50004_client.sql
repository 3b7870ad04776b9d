-- +goose Up
-- What a client's key reaches beyond its scopes. client_id is the program that the key belongs to: a rotated key stands
-- beside its follower under one name. sites are the sites it reaches, with spaces between, '' for all; networks are the
-- CIDR blocks that it may be used from, '' for all.
ALTER TABLE auth_token ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_token ADD COLUMN sites TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_token ADD COLUMN networks TEXT NOT NULL DEFAULT '';
UPDATE auth_token SET client_id = token_id WHERE kind = 'client';
