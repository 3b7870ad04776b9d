-- +goose Up
-- Whose a study is, from a moment on. Rows are only added; of a study the latest counts.
CREATE TABLE settings_organisation (study_id TEXT NOT NULL, at BIGINT NOT NULL, organisation TEXT NOT NULL, PRIMARY KEY (study_id, at));
