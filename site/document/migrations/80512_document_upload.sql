-- +goose Up
-- Files that are on their way to the bucket: when each was begun, in microseconds; below 0 since when somebody removes what nothing
-- names.
CREATE TABLE document_upload (
	study_id TEXT NOT NULL, hash TEXT NOT NULL, begun BIGINT NOT NULL, PRIMARY KEY (study_id, hash)
);
