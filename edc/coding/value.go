package coding

import (
	"context"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

const keptColumns = `subject_id, place, doc, changes, coded_by, coded_at`

func scanKept(r *store.Rows) (k Kept, err error) {
	var doc string
	var at int64
	if err := r.Scan(&k.Subject, &k.Place, &doc, &k.Changes, &k.By, &at); err != nil {
		return k, err
	}
	k.At = store.Time(at)
	return k, json.Unmarshal([]byte(doc), &k.Decision)
}

// keptOf are the decisions of a study, or of one subject of it.
func keptOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]Kept, error) {
	if subject == "" {
		return store.All(ctx, tx, scanKept, `SELECT `+keptColumns+` FROM coding_value WHERE study_id = $1 ORDER BY subject_id, place`, study)
	}
	return store.All(ctx, tx, scanKept, `SELECT `+keptColumns+` FROM coding_value WHERE study_id = $1 AND subject_id = $2 ORDER BY place`, study, subject)
}

// Scope says whose values are looked at.
type Scope struct {
	AllSites bool
	Sites    []casebook.SiteID
	Subject  casebook.SubjectID // "" for all
}

// occurrences are the values of a study that are to be coded, as they stand now, in the order of the casebooks.
func (s *Service) occurrences(ctx context.Context, tx *store.Tx, st *record.Study, study casebook.StudyID, setup Setup, in Scope) (all []Occurrence, err error) {
	kept, err := keptOf(ctx, tx, study, in.Subject)
	if err != nil {
		return nil, err
	}
	at := make(map[string]*Kept, len(kept))
	for i := range kept {
		at[string(kept[i].Subject)+" "+kept[i].Place] = &kept[i]
	}
	const page = 500
	for _, form := range setup.formsOf(st) {
		q := record.Forms{AllSites: in.AllSites, Sites: in.Sites, Subject: in.Subject, Form: form, Limit: page}
		for {
			forms, err := record.List(ctx, tx, study, q)
			if err != nil {
				return nil, err
			}
			for _, f := range forms {
				for _, o := range setup.in(f) {
					o.stand(at[string(o.Key.Subject)+" "+o.Place()], setup.Versions[o.Kind])
					all = append(all, o)
				}
			}
			if len(forms) < page {
				break
			}
			q.After = forms[len(forms)-1].Key
		}
	}
	return all, nil
}

// in are the values of a form that are to be coded.
func (s *Setup) in(f *record.Form) (all []Occurrence) {
	for _, k := range f.Items {
		it := s.item(k.Item)
		if it == nil || k.Value.Value == "" {
			continue
		}
		o := Occurrence{Key: f.Key, Site: f.Site, Group: k.Group, Repeat: k.Repeat, Item: k.Item, Verbatim: k.Value.Value, Kind: it.Kind}
		for _, oid := range it.Context {
			if value := beside(f, k.Value, oid); value != "" {
				o.Context = append(o.Context, Context{oid, value})
			}
		}
		all = append(all, o)
	}
	return all
}

// Codes are the terms of the values of some forms of one casebook as they are written there, by form. A value that waits for one, or was
// coded when it said something else, has none.
func Codes(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID, forms ...*record.Form) (map[record.Key][]Code, error) {
	setup, _, err := setupOf(ctx, tx, study)
	if err != nil || !slices.ContainsFunc(forms, func(f *record.Form) bool { return len(setup.in(f)) > 0 }) {
		return nil, err
	}
	kept, err := keptOf(ctx, tx, study, subject)
	codes := map[record.Key][]Code{}
	for _, f := range forms {
		for _, o := range setup.Read(f, kept) {
			if o.State == Coded || o.State == Outdated {
				d := &o.Kept.Decision
				codes[f.Key] = append(codes[f.Key], Code{o.Group, o.Repeat, o.Item, d.Kind, d.Version, d.Path, d.Source, o.State == Outdated})
			}
		}
	}
	return codes, err
}

// Read are the values of a form that are to be coded, and how they stand by the decisions about its casebook.
func (s *Setup) Read(f *record.Form, kept []Kept) []Occurrence {
	all := s.in(f)
	for i := range all {
		o := &all[i]
		var about *Kept
		if n := slices.IndexFunc(kept, func(k Kept) bool { return k.Place == o.Place() }); n >= 0 {
			about = &kept[n]
		}
		o.stand(about, s.Versions[o.Kind])
	}
	return all
}

// beside is what the form says of another item: in the same row, or else where there is one row only.
func beside(f *record.Form, v record.Value, oid string) (value string) {
	n := 0
	for _, k := range f.Items {
		if k.Item != oid {
			continue
		}
		if k.Group == v.Group && k.Repeat == v.Repeat {
			return k.Value.Value
		}
		n, value = n+1, k.Value.Value
	}
	if n > 1 {
		return ""
	}
	return value
}

// decide keeps a decision about an occurrence in the caller's write. Conflict coding.forestalled: somebody decided since it was read.
func decide(ctx context.Context, w *ledger.Writer, o *Occurrence, d Decision, reason string) error {
	seen, old := int64(0), ""
	if o.Kept != nil {
		seen, old = o.Kept.Changes, ledger.Text(o.Kept.Decision)
	}
	doc, by := ledger.Text(d), casebook.ActorFrom(ctx).User
	n, err := w.Exec(ctx, `INSERT INTO coding_value(study_id, subject_id, place, doc, changes, coded_by, coded_at) VALUES($1,$2,$3,$4,1,$5,$6)
		ON CONFLICT (study_id, subject_id, place) DO UPDATE SET doc = excluded.doc, changes = coding_value.changes + 1, coded_by = excluded.coded_by, coded_at = excluded.coded_at
		WHERE coding_value.changes = $7`, w.Study, o.Key.Subject, o.Place(), doc, by, store.Micros(w.Now), seen)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Conflict, "coding.forestalled").At(o.Place())
	}
	w.Record(ctx, ledger.Entry{What: VerbCoded, Site: o.Site, Subject: o.Key.Subject, Ref: o.Place(), Old: old, New: doc, Reason: reason})
	return err
}

// Auto codes what has one meaning: the text, in its plain form, is the name of one current term or an approved synonym, and there is no
// more than one path or a primary one. What a person judged stays as it is. It returns how many values it coded.
func (s *Service) Auto(ctx context.Context, study casebook.StudyID, in Scope) (n int, err error) {
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return 0, err
	}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		n, err = s.auto(ctx, w, st, in)
		return err
	})
	return n, err
}

func (s *Service) auto(ctx context.Context, w *ledger.Writer, st *record.Study, in Scope) (n int, err error) {
	setup, _, err := setupOf(ctx, w.Tx, w.Study)
	if err != nil || len(setup.Items) == 0 {
		return 0, err
	}
	all, err := s.occurrences(ctx, w.Tx, st, w.Study, setup, in)
	if err != nil {
		return 0, err
	}
	m := matcher{study: w.Study, versions: setup.Versions, found: map[string]*Decision{}}
	for i := range all {
		o := &all[i]
		if o.State == Coded || o.judged() {
			continue
		}
		d, err := m.match(ctx, w.Tx, o.Kind, o.Verbatim)
		if err != nil {
			return n, err
		}
		if d == nil {
			continue
		}
		decision := *d
		decision.Verbatim = o.Verbatim
		if err := decide(ctx, w, o, decision, ""); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// matcher finds what texts mean, each once.
type matcher struct {
	study    casebook.StudyID
	versions map[Kind]string
	found    map[string]*Decision // by kind and plain text; nil: it has no meaning, or several
}

func (m *matcher) match(ctx context.Context, tx *store.Tx, k Kind, verbatim string) (*Decision, error) {
	plain := Plain(verbatim)
	key := string(k) + "/" + plain
	if d, known := m.found[key]; known {
		return d, nil
	}
	d, err := m.look(ctx, tx, k, plain)
	m.found[key] = d
	return d, err
}

func (m *matcher) look(ctx context.Context, tx *store.Tx, k Kind, plain string) (*Decision, error) {
	version := m.versions[k]
	codes, err := sameName(ctx, tx, k, version, plain)
	source, choice := Exact, ""
	if err == nil && len(codes) == 0 {
		if codes, err = m.bothHalves(ctx, tx, k, plain); err == nil && len(codes) == 0 {
			source = Synonym
			codes, choice, err = approved(ctx, tx, m.study, k, plain)
		}
	}
	if err != nil || len(codes) != 1 {
		return nil, err
	}
	t, err := termOf(ctx, tx, k, version, codes[0])
	if casebook.KindOf(err) == casebook.NotFound { // a synonym of a term that this version does not have
		return nil, nil
	}
	if err != nil || !t.Current {
		return nil, err
	}
	path := t.choose(choice)
	if path == nil {
		return nil, nil
	}
	return &Decision{Kind: k, Version: version, Path: path, Source: source}, nil
}

// bothHalves is the term that a text names twice, in Chinese and in another script.
func (m *matcher) bothHalves(ctx context.Context, tx *store.Tx, k Kind, plain string) ([]string, error) {
	han, other, ok := halves(plain)
	if !ok {
		return nil, nil
	}
	a, err := sameName(ctx, tx, k, m.versions[k], han)
	if err != nil || len(a) != 1 {
		return nil, err
	}
	b, err := sameName(ctx, tx, k, m.versions[k], other)
	if err != nil || !slices.Equal(a, b) {
		return nil, err
	}
	return a, nil
}

// choose is the path that goes through an ATC class, or, where none is named, the primary one: MedDRA names one, and WHODrug has one
// only where the drug stands in one class. Nil where a person must say.
func (t *Term) choose(class string) []Level {
	if class != "" {
		for _, p := range t.Paths {
			if classOf(p) == class {
				return p
			}
		}
		return nil
	}
	if len(t.Paths) == 0 || len(t.Paths) > 1 && classOf(t.Paths[0]) != "" {
		return nil
	}
	return t.Paths[0]
}

// classOf is the ATC code that tells the paths of a drug apart; "" in MedDRA, whose primary path is the one that counts.
func classOf(path []Level) string {
	for _, l := range path {
		if strings.HasPrefix(l.Level, "atc") {
			return l.Code
		}
	}
	return ""
}
