-- +goose Up
-- What leaves the process. Machinery: the cause of a message is an entry of the ledger, its state is not. state is
-- waiting, sent, dead or cancelled; due is when it may next be claimed, and while it is claimed when the lease ends.
CREATE TABLE outbox_message (
	study_id TEXT NOT NULL, message_id TEXT NOT NULL, channel TEXT NOT NULL, lane TEXT NOT NULL, recipient TEXT NOT NULL,
	title TEXT NOT NULL, body TEXT NOT NULL, link TEXT NOT NULL, campaign TEXT NOT NULL, dedupe TEXT NOT NULL,
	created BIGINT NOT NULL, expires BIGINT NOT NULL,
	state TEXT NOT NULL, due BIGINT NOT NULL, lease TEXT NOT NULL, attempts BIGINT NOT NULL, settled BIGINT NOT NULL, answer TEXT NOT NULL,
	PRIMARY KEY (study_id, message_id), UNIQUE (study_id, dedupe)
);
CREATE INDEX outbox_message_due ON outbox_message (study_id, channel, lane, due, message_id) WHERE state = 'waiting';
CREATE INDEX outbox_message_campaign ON outbox_message (study_id, campaign, message_id);
-- A lane is one destination that may be slow or dead by itself. failures are those in a row, since the first of them.
CREATE TABLE outbox_lane (
	study_id TEXT NOT NULL, channel TEXT NOT NULL, lane TEXT NOT NULL,
	failures BIGINT NOT NULL, since BIGINT NOT NULL, paused BIGINT NOT NULL,
	PRIMARY KEY (study_id, channel, lane)
);
-- Every attempt: what the destination answered, and how long it took in microseconds.
CREATE TABLE outbox_attempt (
	study_id TEXT NOT NULL, message_id TEXT NOT NULL, attempt_id TEXT NOT NULL,
	at BIGINT NOT NULL, took BIGINT NOT NULL, ok BIGINT NOT NULL, answer TEXT NOT NULL,
	PRIMARY KEY (study_id, message_id, attempt_id)
);
