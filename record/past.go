package record

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Moment is a place in the past of a casebook: a time, or what somebody signed. The zero value is now.
type Moment struct {
	At        time.Time
	Signature string // the id of a signature in the casebook: what was there when it was given
	Size      int64  // the first entries of the study's order
}

// Past is a casebook as it was.
type Past struct {
	Forms      []*Form // with values, by reference
	Inactive   []*Form // set aside as a whole, by reference
	Queries    []Query
	Stages     []StageOf
	Signatures []Signature
	Unsettled  []Waiting `json:",omitempty"` // forms that are entered twice and have no values yet, by reference
}

// Waiting is a form whose entries are not settled: which state it is in since when, and nothing of what was entered.
type Waiting struct {
	Key
	State string // see Double.State
	Since time.Time
}

// Casebook returns a subject's casebook as it was at a moment: what the ledger had by then, folded.
func (s *Service) Casebook(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, at Moment) (p *Past, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		entries, err := entriesOf(ctx, tx, study, subject)
		if err != nil {
			return err
		}
		end, err := at.end(ctx, tx, study, entries)
		if err != nil {
			return err
		}
		p = PastOf(study, subject, entries[:end])
		return nil
	})
	return p, err
}

// entriesOf are a subject's entries, after making sure that there is such a subject.
func entriesOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]ledger.Entry, error) {
	if _, err := patient.Find(ctx, tx, study, subject); err != nil {
		return nil, err
	}
	return ledger.Subject(ctx, tx, study, subject)
}

// end is how many of the entries were there at the moment. For a signature they are those before its own.
func (m Moment) end(ctx context.Context, tx *store.Tx, study casebook.StudyID, entries []ledger.Entry) (int, error) {
	if m.Signature != "" {
		i := slices.IndexFunc(entries, func(e ledger.Entry) bool {
			return e.What == Signed && strings.Contains(e.New, `"id":"`+m.Signature+`"`)
		})
		if i < 0 {
			return 0, casebook.Fail(casebook.NotFound, "record.signature_unknown", m.Signature).At("signature")
		}
		return i, nil
	}
	if m.At.IsZero() && m.Size == 0 {
		return len(entries), nil
	}
	size, err := m.Size, error(nil)
	if size == 0 {
		size, err = ledger.AsOf(ctx, tx, study, m.At)
	}
	for i, e := range entries {
		if e.Index < 0 || e.Index >= size {
			return i, err
		}
	}
	return len(entries), err
}

// PastOf adds up the entries of one casebook, oldest first, to what was there after the last of them.
func PastOf(study casebook.StudyID, subject casebook.SubjectID, entries []ledger.Entry) *Past {
	fold := NewFold(study)
	for i := range entries {
		fold.Entry(&entries[i])
	}
	p := &Past{Forms: within(Scope{Study: study, Subject: subject}, fold.ofSubject[subject])}
	for _, f := range fold.ofSubject[subject] {
		if len(f.Items) == 0 && len(f.Asides) > 0 {
			p.Inactive = append(p.Inactive, f)
		}
	}
	slices.SortFunc(p.Inactive, func(a, b *Form) int { return strings.Compare(a.Ref(), b.Ref()) })
	for _, d := range fold.unsettled() {
		if d.Subject == subject {
			p.Unsettled = append(p.Unsettled, Waiting{d.Key, d.State(), d.Passes[len(d.Passes)-1].At})
		}
	}
	for _, q := range fold.queries {
		p.Queries = append(p.Queries, *q)
	}
	slices.SortFunc(p.Queries, func(a, b Query) int {
		return strings.Compare(Cursor(a), Cursor(b))
	})
	for _, st := range fold.stages {
		p.Stages = append(p.Stages, st)
	}
	slices.SortFunc(p.Stages, func(a, b StageOf) int { return strings.Compare(a.Path, b.Path) })
	for _, sig := range fold.signatures[subject] {
		p.Signatures = append(p.Signatures, *sig)
	}
	return p
}

// Difference is a value that is not the same at two moments.
type Difference struct {
	Key
	Old, New Value // one of them is empty where there was nothing
	By       casebook.UserID
	At       time.Time // of the last change before the later moment
	Reason   string
	Changes  int  // how often it changed in between
	File     bool // the values are the names of a file that stood there
}

// Diff returns what differs in a casebook between two moments, by form and place.
func (s *Service) Diff(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, from, to Moment) (all []Difference, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		entries, err := entriesOf(ctx, tx, study, subject)
		if err != nil {
			return err
		}
		start, err := from.end(ctx, tx, study, entries)
		if err != nil {
			return err
		}
		end, err := to.end(ctx, tx, study, entries)
		if err != nil {
			return err
		}
		if start > end {
			start, end = end, start
		}
		all, err = differences(study, subject, entries, start, end)
		return err
	})
	return all, err
}

func differences(study casebook.StudyID, subject casebook.SubjectID, entries []ledger.Entry, start, end int) ([]Difference, error) {
	type at struct {
		Key
		place
		file string // its hash
	}
	found := map[at]*Difference{}
	change := func(k Key, file string, old, new Value, e *ledger.Entry) {
		d := found[at{k, new.at(), file}]
		if d == nil {
			d = &Difference{Key: k, Old: old, File: file != ""}
			found[at{k, new.at(), file}] = d
		}
		d.New, d.By, d.At, d.Reason = new, e.Actor, e.At, e.Reason
		d.Changes++
	}
	for _, e := range entries[start:end] {
		switch e.What {
		case Saved:
			k, _ := ParseRef(study, subject, e.Ref)
			changed, err := itemsOf(e)
			if err != nil {
				return nil, err
			}
			for _, h := range changed {
				old := Value{Group: h.New.Group, Repeat: h.New.Repeat, Item: h.New.Item}
				if h.Had {
					old = h.Old
				}
				change(k, "", old, h.New, &e)
			}
		case FileAttached, FileDetached:
			a, came, went, err := exchanged(e)
			if err != nil {
				return nil, err
			}
			k, _ := ParseRef(study, subject, a.Ref)
			for _, f := range came {
				change(k, f.Hash, f.named(""), f.named(f.Name), &e)
			}
			for _, f := range went {
				change(k, f.Hash, f.named(f.Name), f.named(""), &e)
			}
		}
	}
	all := []Difference{}
	for _, d := range found {
		if d.Old != d.New {
			all = append(all, *d)
		}
	}
	slices.SortFunc(all, func(a, b Difference) int {
		if c := strings.Compare(a.Ref(), b.Ref()); c != 0 {
			return c
		}
		return cmp.Or(comparePlaces(a.New.at(), b.New.at()), strings.Compare(a.Old.Value+a.New.Value, b.Old.Value+b.New.Value))
	})
	return all, nil
}

// QueriesAsOf returns a study's queries as they were at a moment, oldest first. It folds the study's entries in order,
// so it takes as long as the study is.
func QueriesAsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, at time.Time, keep func(*Query) bool) ([]Query, error) {
	size, err := ledger.AsOf(ctx, tx, study, at)
	if err != nil {
		return nil, err
	}
	fold := NewFold(study)
	for from := int64(0); from < size; from += pastStep {
		entries, err := ledger.Read(ctx, tx, study, from, int(min(pastStep, size-from)))
		if err != nil {
			return nil, err
		}
		for i := range entries {
			if err := fold.queriesOnly(&entries[i]); err != nil {
				return nil, err
			}
		}
	}
	var all []Query
	for _, q := range fold.queries {
		if keep(q) {
			all = append(all, *q)
		}
	}
	slices.SortFunc(all, func(a, b Query) int { return strings.Compare(Cursor(a), Cursor(b)) })
	return all, nil
}

const pastStep = 2000 // entries that are read at once

// queriesOnly takes in what an entry says of queries, and leaves the values be.
func (f *Fold) queriesOnly(e *ledger.Entry) error {
	k, ok := ParseRef(e.Study, e.Subject, e.Ref)
	switch {
	case !ok:
		return nil
	case e.What == QueryRaised:
		return f.raised(k, e)
	case e.What == QueryChanged:
		return f.changed(k, e)
	case e.What == Saved && (strings.Contains(e.New, `"opened":[`) || strings.Contains(e.New, `"closed":[`)):
		var c Change
		if err := json.Unmarshal([]byte(e.New), &c); err != nil {
			return err
		}
		for _, q := range append(c.Opened, c.Closed...) {
			f.query(q, k, e)
		}
	}
	return nil
}

// ToSign is how a casebook stands towards its signature.
type ToSign struct {
	Forms      int
	Content    string     // what a signature would be bound to
	Incomplete []string   // references of forms that are not complete
	Latest     *Signature // of the whole casebook, nil when there was none
	Holds      bool
	Stage      Stage
}

// SigningOf returns how a casebook stands towards its signature.
func SigningOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) (t ToSign, err error) {
	whole := Scope{Study: study, Subject: subject}
	forms, err := formsIn(ctx, tx, whole)
	if err != nil {
		return t, err
	}
	standings, err := StandingsOf(ctx, tx, study, subject)
	t.Forms, t.Content, t.Incomplete, t.Stage = len(forms), contentOf(whole, forms), []string{}, standings.Stage(subject, "")
	for _, f := range forms {
		if f.State != Complete {
			t.Incomplete = append(t.Incomplete, f.Ref())
		}
	}
	for i := range standings.Signatures {
		if s := &standings.Signatures[i]; s.Scope == whole {
			t.Latest, t.Holds = s, s.VoidAt.IsZero() && s.Content == t.Content
		}
	}
	return t, err
}

// FormTitle names a form and its visit.
func (s *Study) FormTitle(k Key) (visit, form odm.Text) {
	return Scope{k.Study, k.Subject, k.Event + "/" + k.EventRepeat}.Title(s), Scope{k.Study, k.Subject, k.Ref()}.Title(s)
}

// ValueOf returns the value of one item as it stands, "" when there is none.
func ValueOf(ctx context.Context, tx *store.Tx, k Key, group, repeat, item string) (string, error) {
	f, err := load(ctx, tx, k)
	if err != nil {
		return "", err
	}
	if kept := f.find(place{group, repeat, item}); kept != nil {
		return kept.Value.Value, nil
	}
	return "", nil
}
