-- +goose Up
-- Queries that people ask and answer: who asked in which role, who shall act, what was said.
ALTER TABLE record_query ADD COLUMN form_oid TEXT NOT NULL DEFAULT '';
ALTER TABLE record_query ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE record_query ADD COLUMN asked_role TEXT NOT NULL DEFAULT '';
ALTER TABLE record_query ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
ALTER TABLE record_query ADD COLUMN thread TEXT NOT NULL DEFAULT '[]';
CREATE INDEX record_query_site ON record_query (study_id, site_id, state, opened_at, query_id);
