-- +goose Up
-- next is how far entries were taken in, kept how far the derived tables hold them: what the entries from kept to next add to them is
-- counted again by whoever reads the tables. newest_at, watched and verification go with kept.
ALTER TABLE monitor_study ADD COLUMN kept BIGINT NOT NULL DEFAULT 0;
UPDATE monitor_study SET kept = next;
