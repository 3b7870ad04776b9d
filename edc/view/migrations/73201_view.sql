-- +goose Up
-- Lists that people gave a name: which page, with which filters (the query of its address). shared is 1 for all of the study.
CREATE TABLE view_saved (
	study_id TEXT NOT NULL, view_id TEXT NOT NULL, user_id TEXT NOT NULL, page TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL,
	shared BIGINT NOT NULL, changed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, view_id), UNIQUE (study_id, user_id, page, name)
);
