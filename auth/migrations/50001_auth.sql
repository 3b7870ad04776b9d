-- +goose Up
-- People. A user id is never used again, so no row is ever deleted. password is a PHC string, "" when none was set.
CREATE TABLE auth_person (
	user_id TEXT PRIMARY KEY, name TEXT NOT NULL, name_zh TEXT NOT NULL, locale TEXT NOT NULL,
	password TEXT NOT NULL, active BIGINT NOT NULL, created BIGINT NOT NULL
);
-- Who is what, where: site_id '' is every site, study_id 'platform' is the platform itself.
CREATE TABLE auth_grant (
	user_id TEXT NOT NULL, study_id TEXT NOT NULL, site_id TEXT NOT NULL, role TEXT NOT NULL,
	PRIMARY KEY (user_id, study_id, site_id, role)
);
-- Sessions of people; hash is the SHA-256, in hex, of what the cookie holds. Machinery: not folded from the ledger.
CREATE TABLE auth_session (
	hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, created BIGINT NOT NULL, seen BIGINT NOT NULL, expires BIGINT NOT NULL
);
CREATE INDEX auth_session_user ON auth_session(user_id);
-- Tokens of devices and clients; hash is the SHA-256, in hex, of the whole token text. expires 0 is never, revoked 0 is not.
CREATE TABLE auth_token (
	study_id TEXT NOT NULL, token_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL,
	scopes TEXT NOT NULL, subject_id TEXT NOT NULL, created BIGINT NOT NULL, expires BIGINT NOT NULL, revoked BIGINT NOT NULL,
	PRIMARY KEY (study_id, token_id)
);
-- One number per study, and one for the platform, that grows with whatever takes a right away: all copies of the server
-- look at it instead of at every session and token. Machinery.
CREATE TABLE auth_revision (study_id TEXT PRIMARY KEY, n BIGINT NOT NULL);
-- Failed sign-ins by account and address, and by address alone (user_id ''), counted in a window from since. Machinery.
CREATE TABLE auth_failure (
	user_id TEXT NOT NULL, address TEXT NOT NULL, count BIGINT NOT NULL, since BIGINT NOT NULL, last BIGINT NOT NULL,
	PRIMARY KEY (user_id, address)
);
