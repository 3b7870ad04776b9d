package safety

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"casebook"
	"casebook/patient"
	"casebook/record"
	"casebook/site/keep"
	"casebook/store"
)

// Difference is something in which the casebooks and the cases do not agree.
type Difference struct {
	Kind    string             `json:"kind"` // uncased, unlogged, term, onset, outcome
	Subject casebook.SubjectID `json:"subject"`
	Site    casebook.SiteID    `json:"site"`
	Case    string             `json:"case,omitempty"`
	Form    string             `json:"form,omitempty"` // event/repeat/form/repeat
	Row     string             `json:"row,omitempty"`
	Log     string             `json:"log,omitempty"`   // what the casebook says
	Said    string             `json:"said,omitempty"`  // what the case says
	Event   *Event             `json:"event,omitempty"` // of uncased
}

// Event is a serious adverse event as a casebook has it.
type Event struct {
	Term    string  `json:"term"`
	Onset   string  `json:"onset,omitempty"`
	Outcome Outcome `json:"outcome,omitempty"` // "" where the rules do not say what its code means
}

// The kinds, in the order of how much they matter.
var kinds = []string{"uncased", "unlogged", "term", "onset", "outcome"}

// Reconciliation is what came out of holding the casebooks against the cases.
type Reconciliation struct {
	Serious     int          `json:"serious"` // events of the casebooks
	Cases       int          `json:"cases"`   // that are not nullified
	Differences []Difference `json:"differences"`
}

// place is where a casebook has an event.
type place struct {
	subject   casebook.SubjectID
	form, row string
}

// subjectsAtOnce are whose casebooks are read in one transaction.
const subjectsAtOnce = 250

// Reconcile holds the casebooks of q's subjects against the cases of the sites that sees names. Errors: Conflict safety.no_log.
func (s *Service) Reconcile(ctx context.Context, study casebook.StudyID, q patient.Query, sees func(casebook.SiteID) bool) (r Reconciliation, err error) {
	var log *Log
	var all []keep.Record[Case]
	err = s.db.View(ctx, func(tx *store.Tx) error {
		k, err := rulesOf(ctx, tx, study)
		if err != nil {
			return err
		}
		if log = k.Doc.Log; log == nil {
			return casebook.Fail(casebook.Conflict, "safety.no_log").At("log")
		}
		all, err = keep.List[Case](ctx, tx, study, cases)
		return err
	})
	if err != nil {
		return r, err
	}
	at := map[place]keep.Record[Case]{}
	for _, k := range all {
		if k.Doc.Nullified == nil && sees(k.Site) {
			at[place{k.Doc.Subject, k.Doc.Form, k.Doc.Row}] = k
			r.Cases++
		}
	}
	for q.Limit = subjectsAtOnce; ; {
		if q.After, err = s.some(ctx, study, q, log, at, &r); err != nil {
			return r, err
		}
		if q.After == "" {
			break
		}
	}
	for _, k := range at { // those left
		r.Differences = append(r.Differences, Difference{Kind: "unlogged", Subject: k.Doc.Subject, Site: k.Site, Case: k.ID, Form: k.Doc.Form, Row: k.Doc.Row, Said: k.Doc.shown().Term})
	}
	slices.SortFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), strings.Compare(string(a.Subject), string(b.Subject)), strings.Compare(a.Form+" "+a.Row, b.Form+" "+b.Row), strings.Compare(a.Case, b.Case))
	})
	return r, nil
}

// some reads the next casebooks, takes the cases that it finds there out of at, and returns where to go on.
func (s *Service) some(ctx context.Context, study casebook.StudyID, q patient.Query, log *Log, at map[place]keep.Record[Case], r *Reconciliation) (next casebook.SubjectID, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		page, err := patient.List(ctx, tx, study, q)
		if err != nil || len(page.Subjects) == 0 {
			return err
		}
		next = page.Next
		forms, err := record.FormsOf(ctx, tx, study, page.Subjects[0].ID, page.Subjects[len(page.Subjects)-1].ID)
		for _, p := range page.Subjects {
			for _, f := range forms[p.ID] {
				if f.Form == log.Form {
					log.compare(p, f, at, r)
				}
			}
		}
		return err
	})
	return next, err
}

// compare holds the events of a form against their cases.
func (l *Log) compare(p patient.Subject, f *record.Form, at map[place]keep.Record[Case], r *Reconciliation) {
	for _, v := range f.Items {
		if v.Item != l.Serious || v.Value.Value != l.Value {
			continue
		}
		r.Serious++
		value := func(item string) string { return valueOf(f, v.Group, v.Repeat, item) }
		e := Event{value(l.Term), value(l.Onset), l.Outcomes[value(l.Outcome)]}
		where := place{p.ID, f.Ref(), v.Repeat}
		k, there := at[where]
		if !there {
			where.row = "" // a case that names the form alone
			k, there = at[where]
		}
		d := Difference{Subject: p.ID, Site: p.Site, Form: f.Ref(), Row: v.Repeat, Case: k.ID}
		if !there {
			d.Kind, d.Log, d.Event = "uncased", e.Term, &e
			r.Differences = append(r.Differences, d)
			continue
		}
		delete(at, where)
		said := k.Doc.shown()
		for _, x := range []struct {
			kind, log, said string
			differ          bool
		}{{"term", e.Term, said.Term, !strings.EqualFold(strings.TrimSpace(e.Term), strings.TrimSpace(said.Term))},
			{"onset", e.Onset, said.Onset, l.Onset != "" && day(e.Onset) != day(said.Onset)},
			{"outcome", string(e.Outcome), string(said.Outcome), e.Outcome != "" && e.Outcome != said.Outcome}} {
			if x.differ {
				d.Kind, d.Log, d.Said = x.kind, x.log, x.said
				r.Differences = append(r.Differences, d)
			}
		}
	}
}

// day is the day of a value that may have a time.
func day(text string) string {
	text, _, _ = strings.Cut(text, "T")
	return text
}

// valueOf is what a form says at an item: in the row, or in what does not repeat.
func valueOf(f *record.Form, group, row, item string) (other string) {
	for _, k := range f.Items {
		switch {
		case item == "" || k.Item != item:
		case k.Group == group && k.Repeat == row:
			return k.Value.Value
		case k.Group != group && k.Repeat == "1":
			other = k.Value.Value
		}
	}
	return other
}
