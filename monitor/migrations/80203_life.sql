-- +goose Up
-- What people did about a signal, as JSON; steps is how many steps that were, and seq in which order signals of the study
-- were raised or changed.
ALTER TABLE monitor_signal ADD COLUMN life TEXT NOT NULL DEFAULT '{}';
ALTER TABLE monitor_signal ADD COLUMN steps BIGINT NOT NULL DEFAULT 0;
ALTER TABLE monitor_signal ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
UPDATE monitor_signal SET seq = number;
DROP INDEX monitor_signal_open;
CREATE UNIQUE INDEX monitor_signal_standing ON monitor_signal (study_id, kri, site_id) WHERE state <> 'closed';
CREATE INDEX monitor_signal_seq ON monitor_signal (study_id, seq);
