-- +goose Up
-- file_at is when a notice is filed next in the sites' files, 0 for never; filings counts how often it was.
ALTER TABLE notice ADD COLUMN file_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN filings BIGINT NOT NULL DEFAULT 0;
DROP INDEX notice_due;
CREATE INDEX notice_due ON notice (study_id, remind_at, escalate_at, file_at) WHERE state = 'sending' OR remind_at > 0 OR escalate_at > 0 OR file_at > 0;
-- Where a notice stands in a site's file, or with '' in the study's own: documents is a JSON list of their ids, the notice
-- first and then its attachments; filing is the last that it had a part in.
CREATE TABLE notice_filed (
	study_id TEXT NOT NULL, notice_id TEXT NOT NULL, site_id TEXT NOT NULL, documents TEXT NOT NULL, filing BIGINT NOT NULL,
	PRIMARY KEY (study_id, notice_id, site_id)
);
