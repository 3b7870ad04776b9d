-- +goose Up
-- Who may look into a study, for a time, to help: until is its end, microseconds.
CREATE TABLE auth_support (
	user_id TEXT NOT NULL, study_id TEXT NOT NULL, until BIGINT NOT NULL, reason TEXT NOT NULL, by_user TEXT NOT NULL,
	PRIMARY KEY (user_id, study_id)
);
