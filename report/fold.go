package report

import (
	"context"
	"fmt"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold adds up a study's entries to the reports that must stand in the tables.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, receipts: map[string]string{}, data: map[string]string{}, aside: map[string]string{}}
}

type fold struct {
	study    casebook.StudyID
	receipts map[string]string // of each report's id
	data     map[string]string // of each unclassified one
	aside    map[string]string // of each quarantined one, by id and hash
	findings []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in what a report left in the ledger.
func (f *fold) Entry(e *ledger.Entry) {
	var err error
	switch e.What {
	case record.Saved:
		var c record.Change
		if err = json.Unmarshal([]byte(e.New), &c); err == nil {
			if id, ok := idOf(c.Source); ok {
				f.receipts[id] = c.Source
			}
		}
	case Received:
		var r received
		if err = json.Unmarshal([]byte(e.New), &r); err == nil {
			f.receipts[e.Ref], f.data[e.Ref] = r.Receipt, r.Data
		}
	case Quarantined:
		var q quarantined
		if err = json.Unmarshal([]byte(e.New), &q); err == nil {
			f.aside[e.Ref+" "+q.Hash] = q.Body
		}
	}
	if err != nil {
		f.found("ledger_entry", e.ID, "cannot be read back: "+err.Error())
	}
}

// idOf is the id in a receipt: what stands before its digest. What a file brought has no receipt, and says which file it was.
func idOf(source string) (id string, ok bool) {
	at := len(source) - digestText - 1
	if at < 1 || source[at] != '.' {
		return "", false
	}
	return source[:at], true
}

// Compare names the rows that the ledger does not explain, and those that are missing.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	err := f.rows(ctx, tx, "report", f.receipts, `SELECT report_id, receipt, hash FROM report WHERE study_id = $1 ORDER BY report_id`,
		func(r *store.Rows) (id, content string, err error) {
			var hash []byte
			err = r.Scan(&id, &content, &hash)
			if err == nil && (len(hash) != 32 || receiptText(id, hash) != content) {
				f.found("report", id, "its hash is not that of its receipt")
			}
			return id, content, err
		})
	if err != nil {
		return nil, err
	}
	err = f.rows(ctx, tx, "report_unclassified", f.data, `SELECT report_id, data FROM report_unclassified WHERE study_id = $1 ORDER BY report_id`,
		func(r *store.Rows) (id, content string, err error) {
			err = r.Scan(&id, &content)
			return id, content, err
		})
	if err != nil {
		return nil, err
	}
	err = f.rows(ctx, tx, "report_quarantine", f.aside, `SELECT report_id, hash, body FROM report_quarantine WHERE study_id = $1 ORDER BY report_id, hash`,
		func(r *store.Rows) (id, content string, err error) {
			var hash []byte
			err = r.Scan(&id, &hash, &content)
			return fmt.Sprintf("%s %x", id, hash), content, err
		})
	return f.findings, err
}

func (f *fold) rows(ctx context.Context, tx *store.Tx, table string, want map[string]string, query string, scan func(*store.Rows) (id, content string, err error)) error {
	seen := 0
	err := tx.Each(ctx, func(r *store.Rows) error {
		id, content, err := scan(r)
		if err != nil {
			return err
		}
		said, known := want[id]
		switch {
		case !known:
			f.found(table, id, "no entry of the ledger made it")
		case said != content:
			f.found(table, id, "it is not what the ledger holds")
		}
		seen++
		return nil
	}, query, f.study)
	if err == nil && seen < len(want) {
		f.found(table, fmt.Sprint(len(want)-seen, " rows"), "the ledger holds more of them")
	}
	return err
}

// Kept counts, for every report whose id begins with prefix, the entries that the study's ledger holds of it, with
// those that wait for their place. Each report should have one.
func Kept(ctx context.Context, tx *store.Tx, study casebook.StudyID, prefix string) (map[string]int, error) {
	kept := map[string]int{}
	const page = 1000
	entries, err := ledger.Unplaced(ctx, tx, study)
	for from := int64(0); err == nil; from += page {
		if err := count(kept, entries, prefix); err != nil {
			return nil, err
		}
		if from > 0 && len(entries) < page {
			return kept, nil
		}
		entries, err = ledger.Read(ctx, tx, study, from, page)
	}
	return nil, err
}

func count(kept map[string]int, entries []ledger.Entry, prefix string) error {
	for i := range entries {
		id := ""
		switch entries[i].What {
		case Received:
			id = entries[i].Ref
		case record.Saved:
			var c record.Change
			if err := json.Unmarshal([]byte(entries[i].New), &c); err != nil {
				return err
			}
			id, _ = idOf(c.Source)
		}
		if id != "" && strings.HasPrefix(id, prefix) {
			kept[id]++
		}
	}
	return nil
}
