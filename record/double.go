package record

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Double data entry: where the definition asks for it, a form is entered by two people, and neither sees what the other
// entered. What both entered alike are its first values; where they differ, a third person chooses. Until then the form has no
// values: no rule, export or report can see any, because record_form has no row.

// The verbs of double entry. Ref: Key.Ref. The values of the first entry are in the ledger from the second one on; until
// then the ledger holds their seal, so that nobody who reads entries can see them.
const (
	Entered         = "record.double.entered"   // New: passBody
	DoubleSettled   = "record.double.settled"   // New: settledBody; the values are in the Saved entry that follows
	DoubleDiscarded = "record.double.discarded" // Old: passBody of the first entry, now without a seal
)

// The states of a form that is entered twice, while it has no values.
const (
	EnteredOnce   = "first"   // the second entry is awaited
	EntriesDiffer = "differs" // a third person chooses
)

const maxPasses = 2

// Pass is one of the two entries of a form.
type Pass struct {
	Number int // 1 or 2
	By     casebook.UserID
	At     time.Time
	Values []Value // by group, repeat and item; of an entry in the ledger that is still sealed, none

	salt, seal string
}

// Double is a form whose entries are not settled yet.
type Double struct {
	Key
	Site   casebook.SiteID
	Passes []Pass
}

// State is EnteredOnce or EntriesDiffer, or "" before the first entry and when the entries are settled.
func (d *Double) State() string { return [...]string{"", EnteredOnce, EntriesDiffer}[len(d.Passes)] }

// By reports whether one of the entries is this person's.
func (d *Double) By(who casebook.UserID) bool {
	return slices.ContainsFunc(d.Passes, func(p Pass) bool { return p.By == who })
}

// A Split is an item of which the two entries say different things. One of them may say nothing.
type Split struct{ First, Second Value }

// Splits compares the two entries; before there are two it returns nothing.
func (d *Double) Splits() []Split {
	if len(d.Passes) < maxPasses {
		return nil
	}
	return splits(d.Passes[0].Values, d.Passes[1].Values)
}

// splits compares two lists in the order of their places.
func splits(first, second []Value) (all []Split) {
	for len(first)+len(second) > 0 {
		order := 0
		switch {
		case len(first) == 0:
			order = 1
		case len(second) == 0:
			order = -1
		default:
			order = comparePlaces(first[0].at(), second[0].at())
		}
		var s Split
		if order <= 0 {
			s.First, first = first[0], first[1:]
		}
		if order >= 0 {
			s.Second, second = second[0], second[1:]
		}
		switch {
		case order < 0:
			s.Second = Value{Group: s.First.Group, Repeat: s.First.Repeat, Item: s.First.Item}
		case order > 0:
			s.First = Value{Group: s.Second.Group, Repeat: s.Second.Repeat, Item: s.Second.Item}
		}
		if s.First != s.Second {
			all = append(all, s)
		}
	}
	return all
}

type passBody struct {
	Pass   int     `json:"pass"`
	Seal   string  `json:"seal,omitempty"`  // of the first entry: SHA-256, hex, see sealOf
	Salt   string  `json:"salt,omitempty"`  // opens it
	First  []Value `json:"first,omitempty"` // what was sealed
	Values []Value `json:"values,omitempty"`
	Differ int     `json:"differ,omitempty"` // items of which the two say different things
}

type settledBody struct {
	Choices []Value `json:"choices"` // of the items that differed
}

// sealOf is SHA-256 over "casebook double entry 1", the salt and the values as canonical JSON, one to a line, in hex.
func sealOf(salt string, values []Value) string {
	sum := sha256.Sum256([]byte("casebook double entry 1\n" + salt + "\n" + ledger.Text(values)))
	return hex.EncodeToString(sum[:])
}

// EnteredTwice reports whether the definition asks for double entry of a form.
func (s *Study) EnteredTwice(form string) bool {
	f := s.forms[form]
	return f != nil && f.def.DoubleEntry
}

// once refuses values that one person typed into a form that two must enter. What was copied from a file or another program
// was not typed, and is taken in as long as nobody has begun to type.
func (s *Study) once(ctx context.Context, tx *store.Tx, cur *Form, copied bool) error {
	if cur.Version > 0 || !s.EnteredTwice(cur.Form) {
		return nil
	}
	if !copied {
		return casebook.Fail(casebook.Conflict, "record.double_typed", cur.Form)
	}
	begun, err := passesOf(ctx, tx, cur.Key)
	if err == nil && len(begun) > 0 {
		err = casebook.Fail(casebook.Conflict, "record.double_begun", cur.Form)
	}
	return err
}

// doubling holds the casebook of a form that is entered twice and reads how far it is. It refuses what is closed, and what has
// values already.
func (s *Service) doubling(ctx context.Context, w *ledger.Writer, st *Study, k Key) (*Study, *Double, error) {
	subject, err := patient.Hold(ctx, w.Tx, k.Study, k.Subject)
	if err != nil {
		return nil, nil, err
	}
	if subject.Status == patient.Inactive {
		return nil, nil, casebook.Fail(casebook.Conflict, "patient.inactive", subject.ID).At("subject")
	}
	at := st.At(subject.Site)
	f := at.forms[k.Form]
	if f == nil {
		return nil, nil, casebook.Fail(casebook.NotFound, "record.form_unknown", k.Form)
	}
	if err := at.placed(k, f); err != nil {
		return nil, nil, err
	}
	closed, err := stages(ctx, w.Tx, k.Study, k.Subject)
	if err != nil {
		return nil, nil, err
	}
	if err := effective(closed, k.Subject, k.Ref()).closed(k.Ref()); err != nil {
		return nil, nil, err
	}
	cur, err := load(ctx, w.Tx, k)
	if err == nil && cur.Version > 0 {
		err = casebook.Fail(casebook.Conflict, "record.double_settled")
	}
	if err != nil {
		return nil, nil, err
	}
	d := &Double{Key: k, Site: subject.Site}
	d.Passes, err = passesOf(ctx, w.Tx, k)
	return at, d, err
}

// Enter keeps what the actor entered of a form, as its first or its second entry, in the caller's write. When both say the
// same, the form is saved. It returns how the entries stand then. Errors, Conflict: record.double_other where the definition
// asks for one entry, record.double_again for a second one by the same person, record.double_both where two have entered,
// record.double_settled; Unprocessable record.double_empty, and what Apply says of values.
func (s *Service) Enter(ctx context.Context, w *ledger.Writer, st *Study, k Key, values []Value) (*Double, error) {
	at, d, err := s.doubling(ctx, w, st, k)
	if err != nil {
		return nil, err
	}
	me := casebook.ActorFrom(ctx).User
	switch {
	case !at.EnteredTwice(k.Form):
		return nil, casebook.Fail(casebook.Conflict, "record.double_other", k.Form)
	case len(d.Passes) == maxPasses:
		return nil, casebook.Fail(casebook.Conflict, "record.double_both")
	case d.By(me):
		return nil, casebook.Fail(casebook.Conflict, "record.double_again")
	}
	if values, err = at.sorted(k.Form, values); err != nil {
		return nil, err
	}
	p := Pass{Number: len(d.Passes) + 1, By: me, At: store.Time(store.Micros(w.Now)), Values: values}
	body := passBody{Pass: p.Number}
	if p.Number == 1 {
		p.salt = hex.EncodeToString(s.ledger.DB().World().Bytes(16))
		body.Seal = sealOf(p.salt, values)
	} else {
		first := d.Passes[0]
		body.Salt, body.First, body.Values, body.Differ = first.salt, first.Values, values, len(splits(first.Values, values))
	}
	d.record(ctx, w, ledger.Entry{What: Entered, New: ledger.Text(body)})
	if err := dropDrafts(ctx, w.Tx, k, me); err != nil {
		return nil, err
	}
	if p.Number == maxPasses && body.Differ == 0 {
		return s.settle(ctx, w, st, d, values, "")
	}
	d.Passes = append(d.Passes, p)
	return d, d.insert(ctx, w, p)
}

// sorted are the values of an entry by their places, each fit for its item, without what says nothing.
func (s *Study) sorted(form string, values []Value) ([]Value, error) {
	if p, ok := twice(values); ok {
		return nil, casebook.Fail(casebook.Unprocessable, "request.json.duplicate_name").At(p.String())
	}
	for _, v := range values {
		if err := s.forms[form].accept(v); err != nil {
			return nil, err
		}
	}
	values = slices.DeleteFunc(slices.Clone(values), Value.isEmpty)
	if len(values) == 0 {
		return nil, casebook.Fail(casebook.Unprocessable, "record.double_empty")
	}
	slices.SortFunc(values, func(a, b Value) int { return comparePlaces(a.at(), b.at()) })
	return values, nil
}

// Settle saves a form of which two entries differ, in the caller's write: what both say, and of each item that differs what the
// actor chose, which may be what neither entered. Errors, Conflict: record.double_none where there is nothing to choose,
// record.double_own for one of the two; Unprocessable record.double_choice at an item that was not chosen, or that both say alike,
// record.reason_required, and what Apply says of values.
func (s *Service) Settle(ctx context.Context, w *ledger.Writer, st *Study, k Key, choices []Value, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return casebook.Fail(casebook.Unprocessable, "record.reason_required").At("reason")
	}
	_, d, err := s.doubling(ctx, w, st, k)
	switch {
	case err != nil:
		return err
	case d.State() != EntriesDiffer:
		return casebook.Fail(casebook.Conflict, "record.double_none")
	case d.By(casebook.ActorFrom(ctx).User):
		return casebook.Fail(casebook.Conflict, "record.double_own")
	}
	values, err := d.chosen(choices)
	if err != nil {
		return err
	}
	d.record(ctx, w, ledger.Entry{What: DoubleSettled, New: ledger.Text(settledBody{choices}), Reason: reason})
	_, err = s.settle(ctx, w, st, d, values, reason)
	return err
}

// chosen are the values of the form with one choice for each item that differs.
func (d *Double) chosen(choices []Value) ([]Value, error) {
	open := map[place]bool{}
	for _, s := range d.Splits() {
		open[s.First.at()] = true
	}
	values := slices.DeleteFunc(slices.Clone(d.Passes[0].Values), func(v Value) bool { return open[v.at()] })
	for _, c := range choices {
		if !open[c.at()] {
			return nil, casebook.Fail(casebook.Unprocessable, "record.double_choice").At(c.at().String())
		}
		delete(open, c.at())
		if !c.isEmpty() {
			values = append(values, c)
		}
	}
	for _, s := range d.Splits() {
		if open[s.First.at()] {
			return nil, casebook.Fail(casebook.Unprocessable, "record.double_choice").At(s.First.at().String())
		}
	}
	return values, nil
}

// settle saves the form and lets its entries go: what they said is in the ledger.
func (s *Service) settle(ctx context.Context, w *ledger.Writer, st *Study, d *Double, values []Value, reason string) (*Double, error) {
	if err := d.remove(ctx, w); err != nil {
		return nil, err
	}
	_, _, err := s.change(ctx, w, st, d.Key, reason, func(st *Study, cur *Form, in Context) (*Outcome, error) {
		return st.Apply(cur, 0, values, in)
	})
	return &Double{Key: d.Key, Site: d.Site}, err
}

// Discard lets the entries of a form go, so that it is entered anew: what was entered for the wrong subject, or by somebody who
// could not end it. A reason must be given. Errors: Conflict record.double_none.
func (s *Service) Discard(ctx context.Context, w *ledger.Writer, st *Study, k Key, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return casebook.Fail(casebook.Unprocessable, "record.reason_required").At("reason")
	}
	_, d, err := s.doubling(ctx, w, st, k)
	if err != nil {
		return err
	}
	if len(d.Passes) == 0 {
		return casebook.Fail(casebook.Conflict, "record.double_none")
	}
	d.record(ctx, w, ledger.Entry{What: DoubleDiscarded, Old: ledger.Text(d.Passes[0].opened()), Reason: reason})
	return d.remove(ctx, w)
}

// opened is what the ledger holds of a first entry that is sealed no longer.
func (p *Pass) opened() passBody { return passBody{Pass: p.Number, Salt: p.salt, First: p.Values} }

func (d *Double) record(ctx context.Context, w *ledger.Writer, e ledger.Entry) {
	e.Site, e.Subject, e.Ref = d.Site, d.Subject, d.Ref()
	w.Record(ctx, e)
}

func (d *Double) insert(ctx context.Context, w *ledger.Writer, p Pass) error {
	_, err := w.Exec(ctx, `INSERT INTO record_double(study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, pass, site_id, entered_by, entered_at, salt, doc, release)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`, d.Study, d.Subject, d.Event, d.EventRepeat, d.Form, d.FormRepeat, p.Number, d.Site, p.By, store.Micros(p.At),
		p.salt, ledger.Text(p.Values), w.Release(d.Site))
	return err
}

func (d *Double) remove(ctx context.Context, w *ledger.Writer) error {
	_, err := w.Exec(ctx, `DELETE FROM record_double WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5 AND form_repeat = $6`,
		d.Study, d.Subject, d.Event, d.EventRepeat, d.Form, d.FormRepeat)
	if err == nil {
		err = dropDrafts(ctx, w.Tx, d.Key, "")
	}
	return err
}

const doubleColumns = `subject_id, event_oid, event_repeat, form_oid, form_repeat, site_id, pass, entered_by, entered_at, salt, doc`

// scanDouble reads one entry, as a form with that entry alone.
func scanDouble(study casebook.StudyID) func(*store.Rows) (Double, error) {
	return func(r *store.Rows) (Double, error) {
		d, p, at, doc := Double{Key: Key{Study: study}}, Pass{}, int64(0), ""
		if err := r.Scan(&d.Subject, &d.Event, &d.EventRepeat, &d.Form, &d.FormRepeat, &d.Site, &p.Number, &p.By, &at, &p.salt, &doc); err != nil {
			return d, err
		}
		p.At = store.Time(at)
		d.Passes = []Pass{p}
		return d, json.Unmarshal([]byte(doc), &d.Passes[0].Values)
	}
}

// passesOf returns the entries of a form that are not settled, the first one first.
func passesOf(ctx context.Context, tx *store.Tx, k Key) ([]Pass, error) {
	rows, err := store.All(ctx, tx, scanDouble(k.Study), `SELECT `+doubleColumns+` FROM record_double
		WHERE study_id = $1 AND subject_id = $2 AND event_oid = $3 AND event_repeat = $4 AND form_oid = $5 AND form_repeat = $6 ORDER BY pass`,
		k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat)
	var all []Pass
	for _, d := range rows {
		all = append(all, d.Passes...)
	}
	return all, err
}

// Unsettled returns the forms of the subjects from first to last whose entries are not settled, by subject and reference.
func Unsettled(ctx context.Context, tx *store.Tx, study casebook.StudyID, first, last casebook.SubjectID) ([]Double, error) {
	rows, err := store.All(ctx, tx, scanDouble(study), `SELECT `+doubleColumns+` FROM record_double WHERE study_id = $1 AND subject_id >= $2 AND subject_id <= $3
		ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat, pass`, study, first, last)
	return together(rows), err
}

// UnsettledAt returns the forms of a study whose entries are not settled, of these sites unless all, the longest waiting first.
func UnsettledAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, all bool, sites []casebook.SiteID) ([]Double, error) {
	rows, err := store.All(ctx, tx, scanDouble(study), `SELECT `+doubleColumns+` FROM record_double WHERE study_id = $1
		ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat, pass`, study)
	forms := slices.DeleteFunc(together(rows), func(d Double) bool { return !all && !slices.Contains(sites, d.Site) })
	slices.SortStableFunc(forms, func(a, b Double) int { return a.Passes[0].At.Compare(b.Passes[0].At) })
	return forms, err
}

// together puts the entries of one form, which follow one another, into one.
func together(rows []Double) (all []Double) {
	for _, d := range rows {
		if n := len(all) - 1; n >= 0 && all[n].Key == d.Key {
			all[n].Passes = append(all[n].Passes, d.Passes...)
			continue
		}
		all = append(all, d)
	}
	return all
}

// doubled takes in an entry about double entry.
func (f *Fold) doubled(key Key, e *ledger.Entry) error {
	if e.What != Entered {
		delete(f.doubles, key)
		return nil
	}
	var body passBody
	if err := json.Unmarshal([]byte(e.New), &body); err != nil {
		return err
	}
	p := Pass{Number: body.Pass, By: e.Actor, At: e.At, Values: body.Values, seal: body.Seal}
	d := f.doubles[key]
	switch {
	case body.Pass == 1:
		f.doubles[key] = &Double{Key: key, Site: e.Site, Passes: []Pass{p}}
		return nil
	case d == nil || len(d.Passes) != 1 || sealOf(body.Salt, body.First) != d.Passes[0].seal:
		f.found("ledger_entry", e.ID, "what it says of the first entry is not what was sealed")
		return nil
	case body.Differ == 0:
		delete(f.doubles, key)
		return nil
	}
	first := &d.Passes[0]
	first.Values, first.salt = body.First, body.Salt
	d.Passes = append(d.Passes, p)
	return nil
}

// compareDoubles holds the entries that are not settled against the ledger.
func (f *Fold) compareDoubles(ctx context.Context, tx *store.Tx) error {
	rows, err := store.All(ctx, tx, scanDouble(f.study), `SELECT `+doubleColumns+` FROM record_double WHERE study_id = $1
		ORDER BY subject_id, event_oid, event_repeat, form_oid, form_repeat, pass`, f.study)
	seen, held := 0, 0
	for _, d := range f.doubles {
		held += len(d.Passes)
	}
	for _, row := range rows {
		p, want := row.Passes[0], f.doubles[row.Key]
		if want == nil || p.Number < 1 || p.Number > len(want.Passes) {
			f.found("record_double", string(row.Subject)+" "+row.Ref(), "no entry of the ledger made it")
			continue
		}
		seen++
		if !want.Passes[p.Number-1].explains(p) || row.Site != want.Site {
			f.found("record_double", string(row.Subject)+" "+row.Ref(), "it is not as the ledger holds it")
		}
	}
	if err == nil && seen < held {
		f.found("record_double", "", "the ledger holds entries that are not there")
	}
	return err
}

// explains reports whether a row is what the ledger says of this entry: by its seal, or by its values.
func (p *Pass) explains(row Pass) bool {
	same := p.By == row.By && p.At.Equal(row.At)
	if p.Number == 1 {
		return same && sealOf(row.salt, row.Values) == p.seal
	}
	return same && slices.Equal(p.Values, row.Values)
}

// Opening is what opens the seal of a first entry that waits for the second. Whoever has it reads the entry, so it goes beside an
// archive, and never in it.
type Opening struct {
	Subject casebook.SubjectID `json:"subject"`
	Ref     string             `json:"ref"` // of the form: Key.Ref
	Salt    string             `json:"salt"`
	Values  []Value            `json:"values"`
}

// Openings returns those of a study's first entries that wait.
func Openings(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Opening, error) {
	waiting, err := UnsettledAt(ctx, tx, study, true, nil)
	all := []Opening{}
	for _, d := range waiting {
		if p := d.Passes[0]; d.State() == EnteredOnce {
			all = append(all, Opening{d.Subject, d.Ref(), p.salt, p.Values})
		}
	}
	return all, err
}

// restoreDoubles brings back the entries whose values the ledger holds. Of a first entry it holds the seal alone: the entry comes back
// where it was brought beside the archive and fits its seal; otherwise it is discarded, and entered anew.
func (f *Fold) restoreDoubles(ctx context.Context, w *ledger.Writer, opened []Opening) error {
	for _, d := range f.unsettled() {
		at := slices.IndexFunc(opened, func(o Opening) bool { return o.Subject == d.Subject && o.Ref == d.Ref() })
		switch first := &d.Passes[0]; {
		case d.State() == EntriesDiffer:
		case at < 0:
			d.record(ctx, w, ledger.Entry{What: DoubleDiscarded, Reason: "the archive holds its seal alone"})
			continue
		default:
			if first.salt, first.Values = opened[at].Salt, opened[at].Values; sealOf(first.salt, first.Values) != first.seal {
				return casebook.Fail(casebook.Unprocessable, "record.double_opening", d.Subject, d.Ref()).At(string(d.Subject) + "/" + d.Ref())
			}
		}
		for _, p := range d.Passes {
			if err := d.insert(ctx, w, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// unsettled are the forms whose entries are not settled, by subject and reference.
func (f *Fold) unsettled() []*Double {
	return slices.SortedFunc(maps.Values(f.doubles), func(a, b *Double) int {
		return cmp.Or(strings.Compare(string(a.Subject), string(b.Subject)), strings.Compare(a.Ref(), b.Ref()))
	})
}
