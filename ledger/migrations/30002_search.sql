-- +goose Up
-- For the search of the trail: the newest first, and enough in the index to pass over what nobody asked for. Its end grows where
-- the last row went, so that a write costs little.
CREATE INDEX ledger_entry_at ON ledger_entry (study_id, at, entry_id, subject_id, site_id, what, actor);
