-- +goose Up
-- The last number given in each series of a study: issues, visits, statements. It takes over the issues' own.
CREATE TABLE site_series (study_id TEXT NOT NULL, series TEXT NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (study_id, series));
INSERT INTO site_series(study_id, series, last) SELECT study_id, 'issue', last FROM site_number;
DROP TABLE site_number;
