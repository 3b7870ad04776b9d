-- +goose Up
-- Who takes part, where, in what state: what the ledger's patient.* entries add up to.
CREATE TABLE patient (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL,
	status TEXT NOT NULL, status_at BIGINT NOT NULL, enrolled_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id)
);
CREATE INDEX patient_by_site ON patient (study_id, site_id, subject_id);
-- The last number given out at each site. Its row keeps two enrolments at one site from taking the same.
CREATE TABLE patient_number (study_id TEXT NOT NULL, site_id TEXT NOT NULL, last BIGINT NOT NULL, PRIMARY KEY (study_id, site_id));
