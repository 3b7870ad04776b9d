-- +goose Up
-- When a session last proved itself for a signature; 0 is never, and the next signature needs both components.
ALTER TABLE auth_session ADD COLUMN signed BIGINT NOT NULL DEFAULT 0;
