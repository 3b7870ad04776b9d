package coding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// NewFold returns the fold that compares a study's codes, or the platform's dictionaries, with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]map[string]string{"coding_dictionary": {}, "coding_setup": {}, "coding_value": {}, "coding_synonym": {}}, changes: map[string]int64{}}
}

// AsOf is what a study coded at a place in its order.
func AsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, size int64) (s Setup, err error) {
	entries, err := ledger.Subject(ctx, tx, study, "")
	if err != nil {
		return s, err
	}
	for i := range entries {
		if e := &entries[i]; e.What == VerbSetup && e.Index >= 0 && e.Index < size {
			s = Setup{}
			if err := json.Unmarshal([]byte(e.New), &s); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// Decided are the decisions that a casebook's entries hold, the last about each place.
func Decided(entries []ledger.Entry) (all []Kept, err error) {
	at := map[string]int{}
	for i := range entries {
		e := &entries[i]
		if e.What != VerbCoded {
			continue
		}
		k := Kept{Subject: e.Subject, Place: e.Ref, Changes: 1, By: e.Actor, At: e.At}
		if err := json.Unmarshal([]byte(e.New), &k.Decision); err != nil {
			return nil, err
		}
		n, there := at[e.Ref]
		if !there {
			at[e.Ref], all = len(all), append(all, k)
			continue
		}
		k.Changes += all[n].Changes
		all[n] = k
	}
	return all, nil
}

type fold struct {
	study    casebook.StudyID
	said     map[string]map[string]string // by table and row: what it must be
	changes  map[string]int64
	findings []ledger.Finding
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	switch e.What {
	case VerbLoaded:
		f.said["coding_dictionary"][e.Ref] = e.New
	case VerbSetup:
		f.changes["setup"]++
		f.said["coding_setup"]["setup"] = line(e.New, f.changes["setup"], "", 0)
	case VerbCoded:
		row := string(e.Subject) + " " + e.Ref
		f.changes[row]++
		f.said["coding_value"][row] = line(e.New, f.changes[row], e.Actor, store.Micros(e.At))
	case VerbSynonym:
		f.said["coding_synonym"][e.Ref] = e.New
	}
}

// line is a row as one text.
func line(doc string, changes int64, by casebook.UserID, at int64) string {
	b, _ := json.Marshal([]any{doc, changes, by, at}, json.Deterministic(true))
	return string(b)
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// is compares one row.
func (f *fold) is(table, row, text string) {
	switch said, known := f.said[table][row]; {
	case !known:
		f.found(table, row, "put in: the ledger does not know it")
	case said != text:
		f.found(table, row, "altered: it is not as the ledger holds it")
	}
	delete(f.said[table], row)
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	compare := []func(context.Context, *store.Tx) error{f.compareSetup, f.compareValues, f.compareSynonyms}
	if f.study == casebook.Platform {
		compare = append(compare, f.compareDictionaries)
	}
	for _, fn := range compare {
		if err := fn(ctx, tx); err != nil {
			return f.findings, err
		}
	}
	for _, table := range slices.Sorted(maps.Keys(f.said)) {
		for _, gone := range slices.Sorted(maps.Keys(f.said[table])) {
			f.found(table, gone, "removed: the ledger knows it")
		}
	}
	return f.findings, nil
}

func (f *fold) compareSetup(ctx context.Context, tx *store.Tx) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var doc string
		var changes int64
		err := r.Scan(&doc, &changes)
		f.is("coding_setup", "setup", line(doc, changes, "", 0))
		return err
	}, `SELECT doc, changes FROM coding_setup WHERE study_id = $1`, f.study)
}

func (f *fold) compareValues(ctx context.Context, tx *store.Tx) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var subject, place, doc, by string
		var changes, at int64
		err := r.Scan(&subject, &place, &doc, &changes, &by, &at)
		f.is("coding_value", subject+" "+place, line(doc, changes, casebook.UserID(by), at))
		return err
	}, `SELECT `+keptColumns+` FROM coding_value WHERE study_id = $1 ORDER BY subject_id, place`, f.study)
}

func (f *fold) compareSynonyms(ctx context.Context, tx *store.Tx) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var kind, plain, doc string
		if err := r.Scan(&kind, &plain, &doc); err != nil {
			return err
		}
		var a Alias
		if json.Unmarshal([]byte(doc), &a) != nil || string(a.Kind) != kind || indexed(a.Text) != plain {
			f.found("coding_synonym", kind+"/"+plain, "altered: its key is not what it says")
			return nil
		}
		f.is("coding_synonym", kind+"/"+a.Text, doc)
		return nil
	}, `SELECT kind, plain, doc FROM coding_synonym WHERE study_id = $1 ORDER BY kind, plain`, f.study)
}

// compareDictionaries adds the terms of each dictionary up to its digest.
func (f *fold) compareDictionaries(ctx context.Context, tx *store.Tx) error {
	all, err := dictionaries(ctx, tx)
	if err != nil {
		return err
	}
	counted := 0
	for _, d := range all {
		h, n := sha256.New(), 0
		err := tx.Each(ctx, func(r *store.Rows) error {
			e, err := scanEntry(r)
			e.sum(h)
			n++
			return err
		}, `SELECT `+entryColumns+` FROM coding_entry WHERE release = $1 AND language = $2 ORDER BY code`, d.Release(), d.Language)
		if err != nil {
			return err
		}
		if hex.EncodeToString(h.Sum(nil)) != d.Digest || n != d.Terms {
			f.found("coding_entry", d.Ref(), "altered: its terms are not those that were loaded")
		}
		f.is("coding_dictionary", d.Ref(), ledger.Text(d))
		counted += n
	}
	var n int
	if err := tx.Row(ctx, `SELECT count(*) FROM coding_entry`).Scan(&n); err != nil {
		return err
	}
	if n != counted {
		f.found("coding_entry", "", "put in: terms of no dictionary that was loaded")
	}
	return nil
}
