package settings

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares releases, and of a study the approvals, with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]string{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]string // releases by number, approvals by site and amendment
	number   int64             // in force
	canary   int64
	findings []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	var err error
	switch e.What {
	case VerbReleased:
		var r releasedState
		err = json.Unmarshal([]byte(e.New), &r)
		number, _ := strconv.ParseInt(e.Ref, 10, 64)
		if r.Trial.On() {
			f.canary = number
		} else {
			f.number, f.canary = number, 0
		}
		r.Trial, r.Signed = Trial{}, "" // which no row holds
		f.said[e.Ref] = text(r)
	case VerbPromoted, VerbRolledBack:
		err = json.Unmarshal([]byte(e.New), &f.number)
		f.canary = 0
	case VerbApproved:
		f.said[string(e.Site)+"/"+e.Ref] = e.New
	}
	if err != nil {
		f.found("ledger_entry", e.ID, "cannot be read")
	}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	is, table := map[string]string{}, "settings_approval"
	var err error
	if f.study == casebook.Platform {
		table = "settings_release"
		err = f.readReleases(ctx, tx, is)
	} else {
		var all []Approval
		all, err = approvals(ctx, tx, f.study)
		for _, a := range all {
			is[string(a.Site)+"/"+a.Amendment] = text(a)
		}
	}
	for _, row := range slices.Sorted(maps.Keys(is)) {
		switch was, known := f.said[row]; {
		case !known:
			f.found(table, row, "put in: the ledger does not know it")
		case is[row] != was:
			f.found(table, row, "altered: it is not as the ledger holds it")
		}
	}
	for _, row := range slices.Sorted(maps.Keys(f.said)) {
		if _, there := is[row]; !there {
			f.found(table, row, "removed: the ledger knows it")
		}
	}
	return f.findings, err
}

func (f *fold) readReleases(ctx context.Context, tx *store.Tx, is map[string]string) error {
	all, err := store.All(ctx, tx, scanRelease, `SELECT `+releaseColumns+` FROM settings_release ORDER BY number`)
	if err != nil {
		return err
	}
	for _, r := range all {
		is[itoa(r.Number)] = text(released(r, Trial{}))
	}
	now, err := readForce(ctx, tx)
	if err == nil && (now.Number != f.number || now.Canary != f.canary) {
		f.found("settings_force", "here", "altered: another release is in force than the ledger says")
	}
	return err
}
