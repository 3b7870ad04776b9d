-- +goose Up
-- Notices. doc is what was sent, as canonical JSON: audience, texts in both languages, variables, reply form, deadlines.
-- state is sending (some recipients are still to be addressed), sent or cancelled. remind_at and escalate_at are when
-- there is next something to do, 0 for never; reminders counts those made. parent is the notice whose deadline passed.
CREATE TABLE notice (
	study_id TEXT NOT NULL, notice_id TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, doc TEXT NOT NULL, parent TEXT NOT NULL,
	sender TEXT NOT NULL, created BIGINT NOT NULL, targets BIGINT NOT NULL, addressed BIGINT NOT NULL,
	remind_at BIGINT NOT NULL, escalate_at BIGINT NOT NULL, reminders BIGINT NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (study_id, notice_id)
);
CREATE INDEX notice_due ON notice (study_id, remind_at, escalate_at) WHERE state = 'sending' OR remind_at > 0 OR escalate_at > 0;
-- Texts as they were frozen at sending. text_id is a digest of language, title and body: those who are told the same share one.
CREATE TABLE notice_text (
	study_id TEXT NOT NULL, notice_id TEXT NOT NULL, text_id TEXT NOT NULL, language TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL,
	PRIMARY KEY (study_id, notice_id, text_id)
);
-- Recipients that are still to be addressed, in batches. Machinery: it goes with the batch.
CREATE TABLE notice_batch (
	study_id TEXT NOT NULL, notice_id TEXT NOT NULL, batch BIGINT NOT NULL, doc TEXT NOT NULL,
	PRIMARY KEY (study_id, notice_id, batch)
);
-- A recipient is a person at a site; site_id '' is the study as a whole. received to answered are moments, 0 for not yet.
-- signature is the manifest of a signed acknowledgement, answer the values of the reply form, revision how often it was given.
CREATE TABLE notice_recipient (
	study_id TEXT NOT NULL, notice_id TEXT NOT NULL, site_id TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, text_id TEXT NOT NULL,
	addressed BIGINT NOT NULL, received BIGINT NOT NULL, read BIGINT NOT NULL, acknowledged BIGINT NOT NULL, answered BIGINT NOT NULL,
	signature TEXT NOT NULL, answer TEXT NOT NULL, revision BIGINT NOT NULL, reminded BIGINT NOT NULL,
	PRIMARY KEY (study_id, notice_id, site_id, user_id)
);
CREATE INDEX notice_recipient_person ON notice_recipient (study_id, user_id, notice_id);
-- Where a person (site_id '') or a site (user_id '') is reached outside. secret signs what goes to a site's own endpoint.
CREATE TABLE notice_reach (
	study_id TEXT NOT NULL, site_id TEXT NOT NULL, user_id TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, secret TEXT NOT NULL,
	PRIMARY KEY (study_id, site_id, user_id, channel)
);
