package coding

import (
	"context"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
)

// Fate is what becomes of a term when a study goes over to another version of its dictionary.
type Fate string

// The fates. What a term meant stays the same in the first three, so its values are coded by the other version with it; of the
// last three a person says anew.
const (
	Same       Fate = "same"
	Renamed    Fate = "renamed"     // the term, or what stands above it, is called otherwise
	Moved      Fate = "moved"       // it stands elsewhere
	NotCurrent Fate = "not_current" // it is kept for old data only
	Gone       Fate = "gone"        // the other version does not have it
	Unclear    Fate = "unclear"     // a medicine that does not stand in the ATC class any more that was chosen
)

// Shift is a term by which values are coded, and what becomes of it in the other version.
type Shift struct {
	Kind   Kind    `json:"kind"`
	Fate   Fate    `json:"fate"`
	Values int     `json:"values"` // that are coded by it
	Was    []Level `json:"was"`
	Is     []Level `json:"is"` // nothing where a person must say
}

// Upgrade tells what another version of a dictionary would make of the study's codes, by their code, and changes nothing; Set with
// that version does it. Errors: Unprocessable coding.setup_version where it is not loaded.
func (s *Service) Upgrade(ctx context.Context, study casebook.StudyID, k Kind, version string) (all []Shift, err error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return nil, err
	}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		if there, err := loaded(ctx, tx, k, version); err != nil {
			return err
		} else if !there {
			return fail("coding.setup_version", release(k, version)).At("version")
		}
		setup, _, err := setupOf(ctx, tx, study)
		if err != nil {
			return err
		}
		return s.shifts(ctx, tx, st, study, setup, k, version, func(shift *Shift, _ []*Occurrence) error {
			all = append(all, *shift)
			return nil
		})
	})
	return all, err
}

// carry codes by another version what it leaves no doubt about, in the write that goes over to it. Each decision keeps where it
// came from; the rest is outdated, and on the coders' list.
func (s *Service) carry(ctx context.Context, w *ledger.Writer, st *record.Study, was Setup, k Kind, version, reason string) error {
	return s.shifts(ctx, w.Tx, st, w.Study, was, k, version, func(shift *Shift, values []*Occurrence) error {
		if len(shift.Is) == 0 {
			return nil
		}
		for _, o := range values {
			d := Decision{Verbatim: o.Verbatim, Kind: k, Version: version, Path: shift.Is, Source: o.Kept.Source}
			if err := decide(ctx, w, o, d, reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// shifts calls fn with each term by which values of a kind are coded as the study stands, and with those values, by code.
func (s *Service) shifts(ctx context.Context, tx *store.Tx, st *record.Study, study casebook.StudyID, was Setup, k Kind, version string, fn func(*Shift, []*Occurrence) error) error {
	all, err := s.occurrences(ctx, tx, st, study, was, ScopeAll)
	if err != nil {
		return err
	}
	of, keys := map[string][]*Occurrence{}, []string{}
	for i := range all {
		o := &all[i]
		if o.Kind != k || o.State != Coded {
			continue
		}
		key := o.Kept.Code() + " " + classOf(o.Kept.Path)
		if of[key] == nil {
			keys = append(keys, key)
		}
		of[key] = append(of[key], o)
	}
	slices.Sort(keys)
	for _, key := range keys {
		shift := Shift{Kind: k, Values: len(of[key]), Was: of[key][0].Kept.Path}
		if err := shift.look(ctx, tx, version); err != nil {
			return err
		}
		if err := fn(&shift, of[key]); err != nil {
			return err
		}
	}
	return nil
}

// look finds the term in the other version.
func (s *Shift) look(ctx context.Context, tx *store.Tx, version string) error {
	t, err := termOf(ctx, tx, s.Kind, version, s.Was[0].Code)
	switch {
	case casebook.KindOf(err) == casebook.NotFound:
		s.Fate = Gone
		return nil
	case err != nil:
		return err
	case !t.Current:
		s.Fate = NotCurrent
		return nil
	}
	switch s.Is = t.choose(classOf(s.Was)); {
	case s.Is == nil:
		s.Fate = Unclear
	case !slices.EqualFunc(s.Was, s.Is, func(a, b Level) bool { return a.Level == b.Level && a.Code == b.Code }):
		s.Fate = Moved
	case slices.EqualFunc(s.Was, s.Is, called):
		s.Fate = Same
	default:
		s.Fate = Renamed
	}
	return nil
}

// called reports whether two levels have the same name in each language that both have.
func called(a, b Level) bool {
	for language, name := range a.Name {
		if other, there := b.Name[language]; there && other != name {
			return false
		}
	}
	return true
}
