-- +goose Up
-- Why a version of an indicator was made, as its entry says.
ALTER TABLE monitor_kri ADD COLUMN reason TEXT NOT NULL DEFAULT '';
