-- +goose Up
-- 1 where a file is judged first, and waits for somebody's decision.
ALTER TABLE upload ADD COLUMN trial BIGINT NOT NULL DEFAULT 0;
