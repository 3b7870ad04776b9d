-- +goose Up
-- A shipment may come from another site: from_site is "" where it came from the sponsor. kits is how many were in it.
ALTER TABLE kit_shipment ADD COLUMN from_site TEXT NOT NULL DEFAULT '';
ALTER TABLE kit_shipment ADD COLUMN kits BIGINT NOT NULL DEFAULT 0;
UPDATE kit_shipment SET kits = (SELECT COUNT(*) FROM kit WHERE kit.study_id = kit_shipment.study_id AND kit.shipment_id = kit_shipment.shipment_id);
