-- +goose Up
-- Laboratory results that other programs sent. sent is what came, as it came, and does not change; state is waiting, accepted or
-- refused, and decision says who decided, when, why and where the value went.
CREATE TABLE lab_result (
	study_id TEXT NOT NULL, result_id TEXT NOT NULL, subject_id TEXT NOT NULL, site_id TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT NOT NULL,
	digest TEXT NOT NULL, sent TEXT NOT NULL, received_at BIGINT NOT NULL, state TEXT NOT NULL, decision TEXT NOT NULL,
	PRIMARY KEY (study_id, result_id),
	UNIQUE (study_id, source, source_id, digest)
);
CREATE INDEX lab_result_state ON lab_result(study_id, state, received_at);
