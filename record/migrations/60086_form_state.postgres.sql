-- +goose Up
-- Which forms of many casebooks stand how, for the matrix: read from the key alone, without the documents beside it.
ALTER TABLE record_form DROP CONSTRAINT record_form_pkey;
ALTER TABLE record_form ADD CONSTRAINT record_form_pkey PRIMARY KEY (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat) INCLUDE (state);
