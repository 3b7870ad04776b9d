package site

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/site/plan"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// kind tells what a record is about.
type kind string

const (
	profiles    kind = "profile"    // by site
	persons     kind = "person"     // by an id of ours
	delegations kind = "delegation" // by an id of ours
	trainings   kind = "training"   // one for the study
	plans       kind = "plan"       // by site/template
	targets     kind = "target"     // by site, "" for the study
	issues      kind = "issue"      // by number
)

// kept is a record as it stands.
type kept[T any] struct {
	ID      string          `json:"id"`
	Site    casebook.SiteID `json:"site"`
	Version int64           `json:"version"`
	Doc     T               `json:",embed"`
}

// change is one change of one record.
type change struct {
	kind   kind
	id     string
	site   casebook.SiteID
	seen   int64 // the version that whoever changes it saw; 0 for a new one
	entry  ledger.Entry
	before any // nil for a new one
	after  any
}

// put makes a change and its entry in the caller's write. A record that is there already, or was changed since it was
// seen, is Stale site.changed.
func put(ctx context.Context, w *ledger.Writer, c change) error {
	doc, err := canonical(c.after)
	if err != nil {
		return err
	}
	var n int64
	if c.seen == 0 {
		n, err = w.Exec(ctx, `INSERT INTO site_record(study_id, kind, record_id, site_id, version, doc) VALUES($1,$2,$3,$4,1,$5)
			ON CONFLICT (study_id, kind, record_id) DO NOTHING`, w.Study, string(c.kind), c.id, c.site, doc)
	} else {
		n, err = w.Exec(ctx, `UPDATE site_record SET doc = $4, version = version + 1 WHERE study_id = $1 AND kind = $2 AND record_id = $3 AND version = $5`,
			w.Study, string(c.kind), c.id, doc, c.seen)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return casebook.Fail(casebook.Stale, "site.changed").At("version")
	}
	e := c.entry
	e.Site = c.site
	if e.Ref == "" {
		e.Ref = c.id
	}
	if e.New == "" {
		e.New = doc
		if c.before != nil {
			if e.Old, err = canonical(c.before); err != nil {
				return err
			}
		}
	}
	w.Record(ctx, e)
	return nil
}

// canonical is what rows and entries hold: fields in their declared order, maps sorted.
func canonical(v any) (string, error) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return "", casebook.Fail(casebook.Invalid, "site.text_bad").Wrap(err)
	}
	return string(b), nil
}

const recordColumns = `record_id, site_id, version, doc`

func scan[T any](r *store.Rows) (k kept[T], err error) {
	var doc string
	if err := r.Scan(&k.ID, &k.Site, &k.Version, &doc); err != nil {
		return k, err
	}
	return k, json.Unmarshal([]byte(doc), &k.Doc)
}

// find returns one record; Version is 0 when there is none.
func find[T any](ctx context.Context, tx *store.Tx, study casebook.StudyID, of kind, id string) (k kept[T], err error) {
	all, err := store.All(ctx, tx, scan[T], `SELECT `+recordColumns+` FROM site_record WHERE study_id = $1 AND kind = $2 AND record_id = $3`,
		study, string(of), id)
	if err != nil || len(all) == 0 {
		return k, err
	}
	return all[0], nil
}

// list returns the records of a kind, by site and id.
func list[T any](ctx context.Context, tx *store.Tx, study casebook.StudyID, of kind) ([]kept[T], error) {
	return store.All(ctx, tx, scan[T], `SELECT `+recordColumns+` FROM site_record WHERE study_id = $1 AND kind = $2 ORDER BY site_id, record_id`, study, string(of))
}

// listAt is list for one site.
func listAt[T any](ctx context.Context, tx *store.Tx, study casebook.StudyID, of kind, site casebook.SiteID) ([]kept[T], error) {
	return store.All(ctx, tx, scan[T], `SELECT `+recordColumns+` FROM site_record WHERE study_id = $1 AND kind = $2 AND site_id = $3 ORDER BY record_id`,
		study, string(of), site)
}

// kindOf tells which kind of record a verb is about.
var kindOf = map[string]kind{
	ProfileSet: profiles, PersonSet: persons, DelegationMade: delegations, DelegationSigned: delegations, DelegationEnded: delegations,
	TrainingRequired: trainings, PlanSet: plans, MilestoneChanged: plans, TargetSet: targets, IssueOpened: issues, IssueChanged: issues,
}

// NewFold returns the fold that compares the study's site records with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]row{}}
}

type (
	row struct {
		site    casebook.SiteID
		version int64
		doc     string
	}
	fold struct {
		study    casebook.StudyID
		said     map[string]row
		findings []ledger.Finding
	}
)

func (f *fold) found(key, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "site_record", Row: key, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	of, ours := kindOf[e.What]
	if !ours {
		return
	}
	id, doc := e.Ref, e.New
	if e.What == MilestoneChanged {
		cut := strings.LastIndexByte(id, '/')
		id = id[:max(cut, 0)]
		var err error
		if doc, err = replaced(f.said[string(of)+" "+id].doc, e.New); err != nil {
			f.found(string(of)+" "+id, fmt.Sprintf("the ledger's entry %s cannot be read", e.ID))
			return
		}
	}
	key := string(of) + " " + id
	f.said[key] = row{e.Site, f.said[key].version + 1, doc}
}

// replaced is a plan's document with one milestone in place of the one of its id.
func replaced(doc, milestone string) (string, error) {
	var p Plan
	var m plan.Milestone
	if err := errors.Join(json.Unmarshal([]byte(doc), &p), json.Unmarshal([]byte(milestone), &m)); err != nil {
		return "", err
	}
	i := p.index(m.ID)
	if i < 0 {
		return "", errors.New("no such milestone")
	}
	p.Milestones[i] = m
	return canonical(p)
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
