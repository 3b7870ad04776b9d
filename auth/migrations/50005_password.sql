-- +goose Up
-- When the password was chosen, and the hashes of those before it where an organisation's rules ask for them. Machinery.
ALTER TABLE auth_person ADD COLUMN chosen BIGINT NOT NULL DEFAULT 0;
UPDATE auth_person SET chosen = created;
CREATE TABLE auth_password_past (
	user_id TEXT NOT NULL, until BIGINT NOT NULL, password TEXT NOT NULL, PRIMARY KEY (user_id, until)
);
