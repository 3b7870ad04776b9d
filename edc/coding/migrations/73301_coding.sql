-- +goose Up
-- Dictionaries that were loaded, one row for each language of a version: release is kind and version, 'meddra/27.1'; doc is the entry's.
CREATE TABLE coding_dictionary (
	release TEXT NOT NULL, language TEXT NOT NULL, doc TEXT NOT NULL,
	PRIMARY KEY (release, language)
);
-- Their terms. plain is the name as it is compared; actual is 0 for a term that is kept for old data only; paths says where it
-- stands, the primary path first.
CREATE TABLE coding_entry (
	release TEXT NOT NULL, language TEXT NOT NULL, code TEXT NOT NULL, plain TEXT NOT NULL, name TEXT NOT NULL, actual BIGINT NOT NULL, paths TEXT NOT NULL,
	PRIMARY KEY (release, language, code)
);
CREATE INDEX coding_entry_plain ON coding_entry (release, plain);
-- Which items of a study are coded, by which version of which dictionary.
CREATE TABLE coding_setup (
	study_id TEXT NOT NULL, doc TEXT NOT NULL, changes BIGINT NOT NULL,
	PRIMARY KEY (study_id)
);
-- What was decided about one value of a casebook, and about which text. Changes counts the decisions.
CREATE TABLE coding_value (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, place TEXT NOT NULL, doc TEXT NOT NULL, changes BIGINT NOT NULL, coded_by TEXT NOT NULL, coded_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, place)
);
-- Texts that a study reads as a term of a dictionary, once somebody else has approved it.
CREATE TABLE coding_synonym (
	study_id TEXT NOT NULL, kind TEXT NOT NULL, plain TEXT NOT NULL, doc TEXT NOT NULL,
	PRIMARY KEY (study_id, kind, plain)
);
