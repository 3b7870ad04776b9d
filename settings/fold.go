package settings

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares releases, and of a study the approvals and whose it is, with what the ledger says
// of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[spot]string{}}
}

// spot is a row of a table.
type spot struct{ table, row string }

type fold struct {
	study    casebook.StudyID
	said     map[spot]string // releases by number, approvals by site and amendment, organisations by moment
	number   int64           // in force
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
		f.said[spot{"settings_release", e.Ref}] = text(r)
	case VerbPromoted, VerbRolledBack:
		err = json.Unmarshal([]byte(e.New), &f.number)
		f.canary = 0
	case VerbApproved:
		f.said[spot{"settings_approval", string(e.Site) + "/" + e.Ref}] = e.New
	case VerbBelongs:
		var b Belonging
		err = json.Unmarshal([]byte(e.New), &b)
		f.said[spot{"settings_organisation", itoa(store.Micros(b.At))}] = e.New
	}
	if err != nil {
		f.found("ledger_entry", e.ID, "cannot be read")
	}
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	is := map[spot]string{}
	var err error
	if f.study == casebook.Platform {
		err = f.readReleases(ctx, tx, is)
	} else {
		err = f.readStudy(ctx, tx, is)
	}
	byName := func(a, b spot) int { return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.row, b.row)) }
	for _, at := range slices.SortedFunc(maps.Keys(is), byName) {
		switch was, known := f.said[at]; {
		case !known:
			f.found(at.table, at.row, "put in: the ledger does not know it")
		case is[at] != was:
			f.found(at.table, at.row, "altered: it is not as the ledger holds it")
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(f.said), byName) {
		if _, there := is[at]; !there {
			f.found(at.table, at.row, "removed: the ledger knows it")
		}
	}
	return f.findings, err
}

func (f *fold) readStudy(ctx context.Context, tx *store.Tx, is map[spot]string) error {
	approved, err := approvals(ctx, tx, f.study)
	if err != nil {
		return err
	}
	for _, a := range approved {
		is[spot{"settings_approval", string(a.Site) + "/" + a.Amendment}] = text(a)
	}
	belongs, err := belongings(ctx, tx, f.study)
	for _, b := range belongs {
		is[spot{"settings_organisation", itoa(store.Micros(b.At))}] = text(b)
	}
	return err
}

func (f *fold) readReleases(ctx context.Context, tx *store.Tx, is map[spot]string) error {
	all, err := store.All(ctx, tx, scanRelease, `SELECT `+releaseColumns+` FROM settings_release ORDER BY number`)
	if err != nil {
		return err
	}
	for _, r := range all {
		is[spot{"settings_release", itoa(r.Number)}] = text(released(r, Trial{}))
	}
	now, err := readForce(ctx, tx)
	if err == nil && (now.Number != f.number || now.Canary != f.canary) {
		f.found("settings_force", "here", "altered: another release is in force than the ledger says")
	}
	return err
}
