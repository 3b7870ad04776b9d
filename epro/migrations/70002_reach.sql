-- +goose Up
-- How a patient wants to be reminded: a mail address, a telephone number, or a browser's subscription (device_id says
-- whose; "" for the others). quiet_from and quiet_to are minutes after midnight where the patient is; the same twice is
-- no quiet. The ledger holds a digest of salt and address, and
-- neither of the two: a telephone number alone is found from its digest by trying all.
CREATE TABLE epro_reach (
	study_id TEXT NOT NULL, subject_id TEXT NOT NULL, channel TEXT NOT NULL, device_id TEXT NOT NULL, site_id TEXT NOT NULL, address TEXT NOT NULL, salt TEXT NOT NULL,
	language TEXT NOT NULL, quiet_from BIGINT NOT NULL, quiet_to BIGINT NOT NULL, set_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, subject_id, channel, device_id)
);
-- Up to when the study's reminders have been put into the outbox, and its misses counted.
CREATE TABLE epro_reminded (study_id TEXT NOT NULL, until BIGINT NOT NULL, PRIMARY KEY (study_id));
