-- +goose Up
-- What the ledger's trial.* entries add up to. version is the number of the newest definition, 0 before the first.
CREATE TABLE trial (
	study_id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, environment TEXT NOT NULL,
	created_at BIGINT NOT NULL, version BIGINT NOT NULL
);
-- name is JSON: the site's name by language.
CREATE TABLE trial_site (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL,
	state TEXT NOT NULL, activated_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, site_id)
);
-- Published definitions, never updated. definition is the canonical JSON of odm.Version, hash its content's hash.
CREATE TABLE trial_version (
	study_id TEXT NOT NULL, number BIGINT NOT NULL, oid TEXT NOT NULL, hash TEXT NOT NULL, definition TEXT NOT NULL,
	published_at BIGINT NOT NULL, published_by TEXT NOT NULL,
	PRIMARY KEY (study_id, number)
);
