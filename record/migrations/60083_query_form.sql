-- +goose Up
-- How many queries stand at each form of many casebooks, for the matrix: read from the index alone.
CREATE INDEX record_query_form ON record_query (study_id, subject_id, ref, state);
