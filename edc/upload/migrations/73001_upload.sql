-- +goose Up
-- Files of data that were handed over in pieces, and how far each was taken in. upload_id is the SHA-256, in hex, of the
-- SHA-256 of its pieces, one after the other; hash is that of the whole, known when the file is complete. passed is
-- how many of its rows were taken in or set aside. sites is JSON: where its sender may write, null for everywhere.
CREATE TABLE upload (
	study_id TEXT NOT NULL, upload_id TEXT NOT NULL, name TEXT NOT NULL, size BIGINT NOT NULL, pieces BIGINT NOT NULL,
	state TEXT NOT NULL, hash TEXT NOT NULL, format TEXT NOT NULL, passed BIGINT NOT NULL, row_count BIGINT NOT NULL,
	tally TEXT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL, sites TEXT NOT NULL, begun_at BIGINT NOT NULL, changed_at BIGINT NOT NULL,
	PRIMARY KEY (study_id, upload_id)
);
-- sum is the SHA-256 of the piece.
CREATE TABLE upload_piece (
	study_id TEXT NOT NULL, upload_id TEXT NOT NULL, n BIGINT NOT NULL, sum BYTEA NOT NULL, bytes BYTEA NOT NULL,
	PRIMARY KEY (study_id, upload_id, n)
);
-- What could not be taken in of a file, by line: an error's code, place and arguments, as JSON.
CREATE TABLE upload_finding (
	study_id TEXT NOT NULL, upload_id TEXT NOT NULL, n BIGINT NOT NULL, line BIGINT NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL,
	PRIMARY KEY (study_id, upload_id, n)
);
