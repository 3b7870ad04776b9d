-- +goose Up
-- The values of blinded items, each as it was and as it is: place is what nobody without the key can tell, sealed holds the subject,
-- the item, the value and the reason, encrypted by a key that is not in the database.
CREATE TABLE blinded_value (
	study_id TEXT NOT NULL, place TEXT NOT NULL, version BIGINT NOT NULL, sealed TEXT NOT NULL, saved_by TEXT NOT NULL, saved_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, place, version)
);
