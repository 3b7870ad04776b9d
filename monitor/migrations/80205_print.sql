-- +goose Up
-- What a form measures, in 64 bits: the sum of one hash for each of its n measurements, by which equal forms are found.
-- Sites also remember sums of what was measured and days of the week, so all is counted anew from the ledger.
CREATE TABLE monitor_print (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, ref TEXT NOT NULL, sum BIGINT NOT NULL, n BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, ref)
);
UPDATE monitor_study SET indicators = '';
