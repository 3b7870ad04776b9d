-- +goose Up
-- How a patient is reached, and what they signed with their name, stand in the vault: here are the reference and the SHA-256 (of a consent,
-- in hash). address, salt and body are of rows that an older version made; they are emptied when the product starts.
ALTER TABLE epro_reach ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE epro_reach ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE epro_consent ADD COLUMN ref TEXT NOT NULL DEFAULT '';
-- Whether the study's reminders, too, name their recipients by the vault's references.
ALTER TABLE epro_reminded ADD COLUMN moved BIGINT NOT NULL DEFAULT 0;
