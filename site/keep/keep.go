// Package keep holds what people say of a study's sites: documents in JSON with a version, each the last one that an entry of
// the ledger tells. It refuses a change to what somebody else has changed since it was seen.
package keep

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// Kind tells what a record is about: a person, a plan, an issue.
type Kind string

// Record is one document as it stands.
type Record[T any] struct {
	ID      string          `json:"id"`
	Site    casebook.SiteID `json:"site"`
	Version int64           `json:"version"`
	Doc     T               `json:",embed"`
}

// Change is one change of one record.
type Change struct {
	Kind   Kind
	ID     string
	Site   casebook.SiteID // where it is from now on; "" for what belongs to the study
	Seen   int64           // the version that whoever changes it saw; 0 for a new one
	Entry  ledger.Entry
	Before any // nil for a new one
	After  any
}

// Put makes a change and its entry in the caller's write. A record that is there already, or was changed since it was
// seen, is Stale site.changed.
func Put(ctx context.Context, w *ledger.Writer, c Change) error {
	doc, err := Canonical(c.After)
	if err != nil {
		return err
	}
	var n int64
	if c.Seen == 0 {
		n, err = w.Exec(ctx, `INSERT INTO site_record(study_id, kind, record_id, site_id, version, doc) VALUES($1,$2,$3,$4,1,$5)
			ON CONFLICT (study_id, kind, record_id) DO NOTHING`, w.Study, string(c.Kind), c.ID, c.Site, doc)
	} else {
		n, err = w.Exec(ctx, `UPDATE site_record SET doc = $4, site_id = $6, version = version + 1 WHERE study_id = $1 AND kind = $2 AND record_id = $3 AND version = $5`,
			w.Study, string(c.Kind), c.ID, doc, c.Seen, c.Site)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return casebook.Fail(casebook.Stale, "site.changed").At("version")
	}
	e := c.Entry
	e.Site = c.Site
	if e.Ref == "" {
		e.Ref = c.ID
	}
	if e.New == "" {
		e.New = doc
		if c.Before != nil {
			if e.Old, err = Canonical(c.Before); err != nil {
				return err
			}
		}
	}
	w.Record(ctx, e)
	return nil
}

// Restore puts a record back as an archive's entries tell it, in a write that records those entries.
func Restore(ctx context.Context, w *ledger.Writer, of Kind, id string, at casebook.SiteID, version int64, doc string) error {
	_, err := w.Exec(ctx, `INSERT INTO site_record(study_id, kind, record_id, site_id, version, doc) VALUES($1,$2,$3,$4,$5,$6)`, w.Study, string(of), id, at, version, doc)
	return err
}

// Canonical is what rows and entries hold: fields in their declared order, maps sorted.
func Canonical(v any) (string, error) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", casebook.Fail(casebook.Invalid, "site.text_bad").Wrap(err)
	}
	return string(b), nil
}

const recordColumns = `record_id, site_id, version, doc`

func scan[T any](r *store.Rows) (k Record[T], err error) {
	var doc string
	if err := r.Scan(&k.ID, &k.Site, &k.Version, &doc); err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(doc), &k.Doc)
}

// Find returns one record; Version is 0 when there is none.
func Find[T any](ctx context.Context, tx *store.Tx, study casebook.StudyID, of Kind, id string) (k Record[T], err error) {
	all, err := store.All(ctx, tx, scan[T], `SELECT `+recordColumns+` FROM site_record WHERE study_id = $1 AND kind = $2 AND record_id = $3`,
		study, string(of), id)
	if err != nil || len(all) == 0 {
		return k, err
	}
	return all[0], nil
}

// List returns the records of a kind, by site and id.
func List[T any](ctx context.Context, tx *store.Tx, study casebook.StudyID, of Kind) ([]Record[T], error) {
	return store.All(ctx, tx, scan[T], `SELECT `+recordColumns+` FROM site_record WHERE study_id = $1 AND kind = $2 ORDER BY site_id, record_id`, study, string(of))
}

// ListAt is List for one site.
func ListAt[T any](ctx context.Context, tx *store.Tx, study casebook.StudyID, of Kind, site casebook.SiteID) ([]Record[T], error) {
	return store.All(ctx, tx, scan[T], `SELECT `+recordColumns+` FROM site_record WHERE study_id = $1 AND kind = $2 AND site_id = $3 ORDER BY record_id`,
		study, string(of), site)
}

// Book is what a package's verbs say of its records. A verb that is not in Kinds is about something else.
type Book struct {
	Kinds map[string]Kind
	// Part returns a record's document after an entry of a verb that tells a part of it, and the record's id; nil when no
	// verb does.
	Part map[string]func(doc func(id string) string, e *ledger.Entry) (id, after string, err error)
}

// NewFold returns the fold that compares the study's records with what the ledger says of them, by the verbs of all books.
func NewFold(study casebook.StudyID, books ...Book) ledger.Fold {
	f := &fold{study: study, kinds: map[string]Kind{}, said: map[string]row{}}
	for _, b := range books {
		maps.Copy(f.kinds, b.Kinds)
		f.parts = append(f.parts, b.Part)
	}
	return f
}

type (
	row struct {
		site    casebook.SiteID
		version int64
		doc     string
	}
	fold struct {
		study    casebook.StudyID
		kinds    map[string]Kind
		parts    []map[string]func(func(string) string, *ledger.Entry) (string, string, error)
		said     map[string]row
		findings []ledger.Finding
	}
)

func (f *fold) found(key, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "site_record", Row: key, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	of, ours := f.kinds[e.What]
	if !ours {
		return
	}
	id, doc := e.Ref, e.New
	for _, parts := range f.parts {
		part := parts[e.What]
		if part == nil {
			continue
		}
		var err error
		if id, doc, err = part(func(id string) string { return f.said[string(of)+" "+id].doc }, e); err != nil {
			f.found(string(of)+" "+id, fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
			return
		}
	}
	key := string(of) + " " + id
	f.said[key] = row{e.Site, f.said[key].version + 1, doc}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	err := tx.Each(ctx, func(r *store.Rows) error {
		var of, id string
		var is row
		if err := r.Scan(&of, &id, &is.site, &is.version, &is.doc); err != nil {
			return err
		}
		key := of + " " + id
		switch was, known := f.said[key]; {
		case !known:
			f.found(key, "put in: the ledger does not know it")
		case is != was:
			f.found(key, "altered: it is not as the ledger holds it")
		}
		delete(f.said, key)
		return nil
	}, `SELECT kind, record_id, site_id, version, doc FROM site_record WHERE study_id = $1 ORDER BY kind, record_id`, f.study)
	for _, key := range slices.Sorted(maps.Keys(f.said)) {
		f.found(key, "removed: the ledger knows it")
	}
	return f.findings, err
}

// Number returns the next number of a series of the study, 1 at first.
func Number(ctx context.Context, w *ledger.Writer, series Kind) (n int64, err error) {
	err = w.Row(ctx, `INSERT INTO site_series(study_id, series, last) VALUES($1,$2,1)
		ON CONFLICT (study_id, series) DO UPDATE SET last = site_series.last + 1 RETURNING last`, w.Study, string(series)).Scan(&n)
	return n, err
}

// InEachStudy does fn in every study that has records of a kind, one after the other. What fails in one keeps no other from it.
func InEachStudy(ctx context.Context, db *store.DB, of Kind, fn func(context.Context, casebook.StudyID) error) (failed error) {
	var studies []casebook.StudyID
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (study casebook.StudyID, err error) { err = r.Scan(&study); return study, err },
			`SELECT DISTINCT study_id FROM site_record WHERE kind = $1 ORDER BY study_id`, string(of))
		return err
	})
	if err != nil {
		return err
	}
	for _, study := range studies {
		failed = errors.Join(failed, fn(ctx, study))
	}
	return failed
}
