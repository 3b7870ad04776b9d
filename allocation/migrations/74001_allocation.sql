-- +goose Up
-- Randomisation lists: doc is what everybody may know, sealed is the rest, encrypted by a key that is not in the database.
CREATE TABLE allocation_list (
	study_id TEXT NOT NULL, list_id TEXT NOT NULL, state TEXT NOT NULL, doc TEXT NOT NULL, sealed TEXT NOT NULL,
	PRIMARY KEY (study_id, list_id)
);
-- One list of a study is in use at a time.
CREATE UNIQUE INDEX allocation_list_in_use ON allocation_list (study_id) WHERE state = 'in_use';
-- How far each stratum of a list is taken. Its row keeps two subjects from taking one place.
CREATE TABLE allocation_stratum (
	study_id TEXT NOT NULL, list_id TEXT NOT NULL, stratum TEXT NOT NULL, places BIGINT NOT NULL, taken BIGINT NOT NULL, closed BIGINT NOT NULL,
	PRIMARY KEY (study_id, list_id, stratum)
);
-- Who has which place. What it gives stands in the sealed list only.
CREATE TABLE allocation_subject (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, list_id TEXT NOT NULL, stratum TEXT NOT NULL, position BIGINT NOT NULL,
	number TEXT NOT NULL, taken_at BIGINT NOT NULL, taken_by TEXT NOT NULL,
	PRIMARY KEY (study_id, subject_id)
);
CREATE UNIQUE INDEX allocation_place ON allocation_subject (study_id, list_id, stratum, position);
CREATE UNIQUE INDEX allocation_number ON allocation_subject (study_id, number);
