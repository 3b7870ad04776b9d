package coding

import (
	"context"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
)

// Service codes what casebooks say.
type Service struct {
	ledger *ledger.Ledger
	forms  *record.Service
}

// New returns the coders' desk of l's database.
func New(l *ledger.Ledger, forms *record.Service) *Service { return &Service{l, forms} }

// Spot names a value, and the decision about it that the coder saw.
type Spot struct {
	Subject casebook.SubjectID `json:"subject"`
	Place   string             `json:"place"`
	Changes int64              `json:"changes"`  // of the decision that was seen; 0 is none
	Value   string             `json:"verbatim"` // the text that was seen
}

// Choice is what a person decides about values.
type Choice struct {
	Spots    []Spot `json:"spots"`
	Code     string `json:"code"`     // of a term; "" takes the code back
	Class    string `json:"class"`    // the ATC code, where the drug has several
	Remember bool   `json:"remember"` // propose the text as a synonym
	Reason   string `json:"reason"`   // needed where a code is changed or taken back
}

const maxSpots = 1000

// Decide codes values as a person says, all or none. Values of sites outside the scope are answered as if they were not there.
// Errors: Conflict coding.forestalled where a text or a decision is no longer what was seen; Unprocessable coding.class where the
// drug has several classes, coding.not_current, coding.reason.
func (s *Service) Decide(ctx context.Context, study casebook.StudyID, in Scope, c Choice) error {
	c.Reason = strings.TrimSpace(c.Reason)
	if len(c.Spots) == 0 || len(c.Spots) > maxSpots {
		return fail("coding.spots", maxSpots).At("spots")
	}
	if len(c.Reason) > maxReason {
		return fail("coding.reason_long", maxReason).At("reason")
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		setup, _, err := setupOf(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		found, err := s.seen(ctx, w.Tx, st, study, setup, in, c.Spots)
		if err != nil {
			return err
		}
		for _, o := range found {
			if err := c.decide(ctx, w, setup, o); err != nil {
				return err
			}
		}
		if c.Remember && c.Code != "" {
			return propose(ctx, w, found[0], c)
		}
		return nil
	})
}

// seen finds the occurrences that are meant, as long as they are what the coder saw.
func (s *Service) seen(ctx context.Context, tx *store.Tx, st *record.Study, study casebook.StudyID, setup Setup, in Scope, spots []Spot) (found []*Occurrence, err error) {
	of := map[casebook.SubjectID]map[string]*Occurrence{}
	for _, spot := range spots {
		if of[spot.Subject] == nil && spot.Subject != "" {
			in.Subject = spot.Subject
			all, err := s.occurrences(ctx, tx, st, study, setup, in)
			if err != nil {
				return nil, err
			}
			of[spot.Subject] = map[string]*Occurrence{}
			for i := range all {
				of[spot.Subject][all[i].Place()] = &all[i]
			}
		}
		o := of[spot.Subject][spot.Place]
		switch {
		case o == nil:
			return nil, casebook.Fail(casebook.NotFound, "coding.value_unknown").At(spot.Place)
		case o.Verbatim != spot.Value || o.changes() != spot.Changes:
			return nil, casebook.Fail(casebook.Conflict, "coding.forestalled").At(spot.Place)
		case slices.Contains(found, o):
			return nil, fail("coding.spots", maxSpots).At("spots")
		}
		found = append(found, o)
	}
	return found, nil
}

func (o *Occurrence) changes() int64 {
	if o.Kept == nil {
		return 0
	}
	return o.Kept.Changes
}

func (c *Choice) decide(ctx context.Context, w *ledger.Writer, setup Setup, o *Occurrence) error {
	version := setup.Versions[o.Kind]
	d := Decision{Verbatim: o.Verbatim, Kind: o.Kind, Version: version, Source: Person, Path: []Level{}}
	if c.Code != "" {
		t, err := termOf(ctx, w.Tx, o.Kind, version, c.Code)
		if err != nil {
			return err
		}
		if !t.Current {
			return fail("coding.not_current", c.Code).At("code")
		}
		if d.Path = t.choose(c.Class); d.Path == nil {
			return fail("coding.class", c.Code).At("class")
		}
	}
	if o.State == Coded && c.Reason == "" {
		return fail("coding.reason").At("reason")
	}
	if o.Kept == nil && c.Code == "" {
		return fail("coding.not_coded").At(o.Place())
	}
	return decide(ctx, w, o, d, c.Reason)
}

// Ask puts a question about a value to the site, as a query.
func (s *Service) Ask(ctx context.Context, study casebook.StudyID, in Scope, spot Spot, text odm.Text) error {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		setup, _, err := setupOf(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		found, err := s.seen(ctx, w.Tx, st, study, setup, in, []Spot{spot})
		if err != nil {
			return err
		}
		o := found[0]
		_, err = s.forms.Raise(ctx, w, st, record.Question{Key: o.Key, Group: o.Group, Repeat: o.Repeat, Item: o.Item, Text: text})
		return err
	})
}

// ScopeAll is every value of a study.
var ScopeAll = Scope{AllSites: true}

// List are the values of a study that are to be coded, as they stand.
func (s *Service) List(ctx context.Context, study casebook.StudyID, in Scope) (setup Setup, all []Occurrence, err error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return setup, nil, err
	}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		if setup, _, err = setupOf(ctx, tx, study); err == nil {
			all, err = s.occurrences(ctx, tx, st, study, setup, in)
		}
		return err
	})
	return setup, all, err
}

// Coded is how a text is coded by a dictionary where it stands in a row of a form now; nil when it is not, when the row says
// something else, or when two rows that may be meant are coded otherwise. The form is a record.Key.Ref; row is the repeat of
// the group, "" where the form has no rows.
func (s *Service) Coded(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID, form, row, text string, k Kind) (found *Decision, err error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	setup, _, err := setupOf(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	all, err := s.occurrences(ctx, tx, st, study, setup, Scope{AllSites: true, Subject: subject})
	for _, o := range all {
		if o.State != Coded || o.Kind != k || o.Key.Ref() != form || row != "" && o.Repeat != row || Plain(o.Verbatim) != Plain(text) {
			continue
		}
		if found != nil && found.Code() != o.Kept.Code() {
			return nil, err
		}
		found = &o.Kept.Decision
	}
	return found, err
}
