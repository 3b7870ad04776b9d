-- +goose Up
-- Current values: one document for each form instance. site_id is a copy, so that pages need no join.
CREATE TABLE record_form (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL,
	event_oid TEXT NOT NULL, event_repeat TEXT NOT NULL, form_oid TEXT NOT NULL, form_repeat TEXT NOT NULL,
	site_id TEXT NOT NULL, version BIGINT NOT NULL, definition BIGINT NOT NULL, state TEXT NOT NULL,
	doc TEXT NOT NULL, release BIGINT NOT NULL, updated_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat)
);
-- What checks found and what people ask, with ODM 2.0's states.
CREATE TABLE record_query (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, query_id TEXT NOT NULL, site_id TEXT NOT NULL,
	ref TEXT NOT NULL, group_oid TEXT NOT NULL, group_repeat TEXT NOT NULL, item_oid TEXT NOT NULL,
	rule TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL, value TEXT NOT NULL,
	opened_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, release BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, query_id)
);
CREATE INDEX record_query_state ON record_query (study_id, state, opened_at, query_id);
