-- +goose Up
-- Whom a subject was before: somebody who failed screening and is screened again gets a new number, linked to the old one.
ALTER TABLE patient ADD COLUMN rescreens TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX patient_rescreened ON patient (study_id, rescreens) WHERE rescreens <> '';
