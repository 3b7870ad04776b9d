-- +goose Up
-- Where a study's events are sent. events are the beginnings of verbs, with spaces between, '' for all. secrets are the
-- keys that sign, the newest first, each "whsec_…" and the moment until which it signs, 0 for ever. state is active or disabled.
CREATE TABLE platform_webhook (
	study_id TEXT NOT NULL, webhook_id TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL, secrets TEXT NOT NULL,
	state TEXT NOT NULL, why TEXT NOT NULL, changed BIGINT NOT NULL,
	PRIMARY KEY (study_id, webhook_id)
);
