-- +goose Up
-- What a site's laboratories call normal of an item, for whom and when. age_under 0 and valid_until '' are no bound, sex '' is
-- everybody. Days are YYYY-MM-DD, low and high decimal text, '' where there is no limit.
CREATE TABLE normal_range (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, item_oid TEXT NOT NULL, sex TEXT NOT NULL, age_from BIGINT NOT NULL, valid_from TEXT NOT NULL,
	age_under BIGINT NOT NULL, valid_until TEXT NOT NULL, unit TEXT NOT NULL, low TEXT NOT NULL, high TEXT NOT NULL,
	PRIMARY KEY (study_id, site_id, item_oid, sex, age_from, valid_from)
);
-- How often a site's ranges were changed: whoever changes them holds the row, so that two cannot make ranges that overlap.
CREATE TABLE normal_site (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, changes BIGINT NOT NULL,
	PRIMARY KEY (study_id, site_id)
);
