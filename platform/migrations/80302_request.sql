-- +goose Up
-- What other programs asked and were answered, kept for some days. route is the address's pattern, path the address as
-- it was asked; asked and answered are bodies in which every value is covered. Machinery: not in the ledger.
CREATE TABLE platform_request (
	study_id TEXT NOT NULL, request_id TEXT NOT NULL, client TEXT NOT NULL, at BIGINT NOT NULL, route TEXT NOT NULL, path TEXT NOT NULL,
	status BIGINT NOT NULL, code TEXT NOT NULL, took BIGINT NOT NULL, address TEXT NOT NULL, trace TEXT NOT NULL,
	asked TEXT NOT NULL, answered TEXT NOT NULL,
	PRIMARY KEY (study_id, request_id)
);
CREATE INDEX platform_request_at ON platform_request(study_id, at);
