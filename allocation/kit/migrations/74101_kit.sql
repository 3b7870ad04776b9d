-- +goose Up
-- What was sent to a site: sealed is what each kit holds, its lot and its expiry, encrypted by a key that is not in the database.
CREATE TABLE kit_shipment (
	study_id TEXT NOT NULL, shipment_id TEXT NOT NULL, site_id TEXT NOT NULL, state TEXT NOT NULL, sealed TEXT NOT NULL,
	PRIMARY KEY (study_id, shipment_id)
);
-- Each kit: where it is, who has it, how many units it held and how many came back.
CREATE TABLE kit (
	study_id TEXT NOT NULL, kit_id TEXT NOT NULL, shipment_id TEXT NOT NULL, site_id TEXT NOT NULL, state TEXT NOT NULL, subject_id TEXT NOT NULL,
	units BIGINT NOT NULL, units_back BIGINT NOT NULL, changed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, kit_id)
);
CREATE INDEX kit_at_site ON kit (study_id, site_id, state);
