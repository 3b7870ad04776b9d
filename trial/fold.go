package trial

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares the study's trial, sites and versions with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, rows: map[row]columns{}, steps: map[string]int{}}
}

// A fold keeps, for every row of this package's tables, the columns that the ledger says it has.
type fold struct {
	study    casebook.StudyID
	rows     map[row]columns
	findings []ledger.Finding

	steps map[string]int // of each site
}

type (
	row     struct{ table, key string }
	columns map[string]string
)

func (f *fold) found(r row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: r.table, Row: r.key, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	err := f.take(e)
	if err != nil {
		f.found(row{"ledger_entry", e.ID}, "cannot be read as "+e.What)
	}
}

func (f *fold) take(e *ledger.Entry) error {
	trial, site := row{"trial", string(f.study)}, row{"trial_site", e.Ref}
	switch e.What {
	case VerbCreated:
		var c created
		err := json.Unmarshal([]byte(e.New), &c)
		f.rows[trial] = columns{"name": c.Name, "description": c.Description, "environment": string(c.Environment),
			"created_at": micros(e.At), "version": "0"}
		return err
	case VerbSite:
		var s Site
		err := json.Unmarshal([]byte(e.New), &s)
		f.rows[site] = s.columns()
		if s.Version > 0 {
			f.use(s.ID, s.Version, e)
		}
		return err
	case VerbSiteState:
		var m moved
		err := json.Unmarshal([]byte(e.New), &m)
		f.set(site, "state", string(m.State))
		if m.State == Active && f.rows[site]["activated_at"] == "0" {
			f.set(site, "activated_at", micros(e.At))
		}
		return err
	case VerbVersion:
		var p published
		err := json.Unmarshal([]byte(e.New), &p)
		f.set(trial, "version", e.Ref)
		f.rows[row{"trial_version", e.Ref}] = columns{"oid": p.OID, "hash": p.Hash, "definition": p.SHA256,
			"published_at": micros(e.At), "published_by": string(e.Actor), "origin": ""}
		delete(f.rows, row{"trial_draft", p.OID})
		for _, id := range p.Sites {
			f.use(id, p.Number, e)
		}
		return err
	case VerbPromoted:
		f.set(row{"trial_version", e.Ref}, "origin", e.New)
		return nil
	case VerbSiteVersion:
		var u used
		err := json.Unmarshal([]byte(e.New), &u)
		f.use(e.Site, u.Version, e)
		return err
	}
	return f.draft(e)
}

// use takes in a step of a site.
func (f *fold) use(site casebook.SiteID, number int, e *ledger.Entry) {
	f.steps[string(site)]++
	f.rows[row{"trial_use", fmt.Sprintf("%s/%d", site, f.steps[string(site)])}] = columns{"number": strconv.Itoa(number),
		"since": micros(e.At), "set_by": string(e.Actor)}
}

func (f *fold) draft(e *ledger.Entry) error {
	at := row{"trial_draft", e.Ref}
	switch e.What {
	case VerbDraftSaved:
		var d drafted
		err := json.Unmarshal([]byte(e.New), &d)
		f.rows[at] = columns{"hash": d.Hash, "definition": d.SHA256, "state": string(Drafted), "waivers": "[]",
			"changed_at": micros(e.At), "changed_by": string(e.Actor)}
		return err
	case VerbDraftValidated:
		var v validated
		err := json.Unmarshal([]byte(e.New), &v)
		waivers, failed := json.Marshal(v.Waivers, json.Deterministic(true))
		for column, value := range map[string]string{"state": string(Validated), "waivers": string(waivers), "changed_at": micros(e.At), "changed_by": string(e.Actor)} {
			f.set(at, column, value)
		}
		return errors.Join(err, failed)
	case VerbDraftRemoved:
		delete(f.rows, at)
	}
	return nil
}

func (f *fold) set(r row, column, value string) {
	if f.rows[r] == nil {
		f.rows[r] = columns{}
	}
	f.rows[r][column] = value
}

func micros(t time.Time) string { return fmt.Sprint(store.Micros(t)) }

func (s *Site) columns() columns {
	name, err := json.Marshal(s.Name, json.Deterministic(true))
	if err != nil {
		name = []byte(err.Error()) // equals no name
	}
	return columns{"name": string(name), "zone": s.Zone, "state": string(s.State), "activated_at": micros(s.ActivatedAt), "country": s.Country}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	for _, table := range [...]struct {
		name, query string
		columns     []string
	}{
		{"trial", `SELECT study_id, name, description, environment, created_at, version FROM trial WHERE study_id = $1`,
			[]string{"name", "description", "environment", "created_at", "version"}},
		{"trial_site", `SELECT site_id, name, zone, state, activated_at, country FROM trial_site WHERE study_id = $1 ORDER BY site_id`,
			[]string{"name", "zone", "state", "activated_at", "country"}},
		{"trial_use", `SELECT site_id || '/' || step, number, since, set_by FROM trial_use WHERE study_id = $1 ORDER BY site_id, step`,
			[]string{"number", "since", "set_by"}},
		{"trial_draft", `SELECT oid, hash, definition, state, waivers, changed_at, changed_by FROM trial_draft WHERE study_id = $1 ORDER BY oid`,
			[]string{"hash", "definition", "state", "waivers", "changed_at", "changed_by"}},
		{"trial_version", `SELECT CAST(number AS TEXT), oid, hash, definition, published_at, published_by, origin FROM trial_version WHERE study_id = $1 ORDER BY number`,
			[]string{"oid", "hash", "definition", "published_at", "published_by", "origin"}},
	} {
		err := tx.Each(ctx, func(r *store.Rows) error { return f.compare(r, table.name, table.columns) }, table.query, f.study)
		if err != nil {
			return nil, err
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(f.rows), func(a, b row) int { return slices.Compare([]string{a.table, a.key}, []string{b.table, b.key}) }) {
		f.found(r, "removed: the ledger knows this row")
	}
	return f.findings, nil
}

// compare scans one row as text and takes it off the list. Of a definition the ledger knows the SHA-256.
func (f *fold) compare(r *store.Rows, table string, names []string) error {
	key, values := "", make([]any, len(names))
	dest := []any{&key}
	for i := range values {
		dest = append(dest, &values[i])
	}
	if err := r.Scan(dest...); err != nil {
		return err
	}
	at := row{table, key}
	said, known := f.rows[at]
	delete(f.rows, at)
	if !known {
		f.found(at, "put in: the ledger does not know this row")
		return nil
	}
	for i, name := range names {
		is := fmt.Sprint(values[i])
		if name == "definition" {
			sum := sha256.Sum256([]byte(is))
			is = hex.EncodeToString(sum[:])
		}
		if is != said[name] {
			f.found(at, fmt.Sprintf("altered: %s is %s, the ledger says %s", name, is, said[name]))
		}
	}
	return nil
}
