package normal

import (
	"context"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Change is what becomes of a site's ranges, all of it or nothing.
type Change struct {
	Set    []Range // added, or put in the place of those of the same name
	Remove []Range // by name
	Reason string  // needed where a range is there already
}

const columns = `site_id, item_oid, sex, age_from, age_under, valid_from, valid_until, unit, low, high`

func scan(r *store.Rows) (n Range, err error) {
	err = r.Scan(&n.Site, &n.Item, &n.Sex, &n.AgeFrom, &n.AgeUnder, &n.From, &n.Until, &n.Unit, &n.Low, &n.High)
	return n, err
}

// Of returns the ranges of a site in the order of their names.
func Of(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID) ([]Range, error) {
	return store.All(ctx, tx, scan, `SELECT `+columns+` FROM normal_range WHERE study_id = $1 AND site_id = $2 ORDER BY item_oid, sex, age_from, valid_from`, study, site)
}

// Put changes the ranges of a site in the caller's write, with an entry for each range that is not as it was. Errors are
// Unprocessable normal.…, at the n-th of a list ("set/3/low"): a range that cannot be one, two that overlap, a change without a
// reason, a removal of what is not there.
func Put(ctx context.Context, w *ledger.Writer, st *record.Study, site casebook.SiteID, c Change) error {
	_, err := w.Exec(ctx, `INSERT INTO normal_site(study_id, site_id, changes) VALUES($1,$2,1)
		ON CONFLICT (study_id, site_id) DO UPDATE SET changes = normal_site.changes + 1`, w.Study, site)
	if err != nil {
		return err
	}
	have, err := Of(ctx, w.Tx, w.Study, site)
	if err != nil {
		return err
	}
	was := map[string]Range{}
	for _, r := range have {
		was[r.Ref()] = r
	}
	is, err := c.apply(st, site, was)
	if err != nil {
		return err
	}
	for _, ref := range slices.Sorted(maps.Keys(was)) {
		if _, kept := is[ref]; !kept {
			if err := remove(ctx, w, was[ref], c.Reason); err != nil {
				return err
			}
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(is)) {
		if old, there := was[ref]; !there || old != is[ref] {
			if err := set(ctx, w, old, is[ref], c.Reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply is what the ranges of a site become.
func (c *Change) apply(st *record.Study, site casebook.SiteID, was map[string]Range) (map[string]Range, error) {
	is, sources := maps.Clone(was), SourcesOf(st.Version)
	for i, r := range c.Remove {
		if _, there := is[r.Ref()]; !there {
			return nil, casebook.Fail(casebook.Unprocessable, "normal.unknown", r.Ref()).At(place("remove", i, ""))
		}
		if c.Reason == "" {
			return nil, casebook.Fail(casebook.Unprocessable, "normal.reason").At("reason")
		}
		delete(is, r.Ref())
	}
	named := map[string]bool{}
	for i, r := range c.Set {
		r.Site = site
		if err := r.check(st, sources); err != nil {
			return nil, within(err, "set", i)
		}
		old, there := was[r.Ref()]
		switch {
		case named[r.Ref()]:
			return nil, casebook.Fail(casebook.Unprocessable, "normal.twice", r.Ref()).At(place("set", i, ""))
		case there && old != r && c.Reason == "":
			return nil, casebook.Fail(casebook.Unprocessable, "normal.reason").At("reason")
		}
		named[r.Ref()], is[r.Ref()] = true, r
	}
	return is, c.apart(site, is)
}

// apart refuses ranges of which two could hold for one sample, at the one that is new.
func (c *Change) apart(site casebook.SiteID, is map[string]Range) error {
	ofItem := map[string][]Range{}
	for _, ref := range slices.Sorted(maps.Keys(is)) {
		ofItem[is[ref].Item] = append(ofItem[is[ref].Item], is[ref])
	}
	for i, r := range c.Set {
		r.Site = site
		for _, other := range ofItem[r.Item] {
			if other.Ref() != r.Ref() && r.overlaps(&other) {
				return casebook.Fail(casebook.Unprocessable, "normal.overlap", r.Ref(), other.Ref()).At(place("set", i, ""))
			}
		}
	}
	return nil
}

func set(ctx context.Context, w *ledger.Writer, old, r Range, reason string) error {
	_, err := w.Exec(ctx, `INSERT INTO normal_range(study_id, `+columns+`) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)
		ON CONFLICT (study_id, site_id, item_oid, sex, age_from, valid_from) DO UPDATE SET
		age_under = excluded.age_under, valid_until = excluded.valid_until, unit = excluded.unit, low = excluded.low, high = excluded.high`,
		w.Study, r.Site, r.Item, r.Sex, r.AgeFrom, r.AgeUnder, r.From, r.Until, r.Unit, r.Low, r.High)
	before := ""
	if old != (Range{}) {
		before = canonical(old)
	} else {
		reason = ""
	}
	w.Record(ctx, ledger.Entry{What: VerbSet, Site: r.Site, Ref: r.Ref(), Old: before, New: canonical(r), Reason: reason})
	return err
}

func remove(ctx context.Context, w *ledger.Writer, r Range, reason string) error {
	_, err := w.Exec(ctx, `DELETE FROM normal_range WHERE study_id = $1 AND site_id = $2 AND item_oid = $3 AND sex = $4 AND age_from = $5 AND valid_from = $6`,
		w.Study, r.Site, r.Item, r.Sex, r.AgeFrom, r.From)
	w.Record(ctx, ledger.Entry{What: VerbRemoved, Site: r.Site, Ref: r.Ref(), Old: canonical(r), Reason: reason})
	return err
}

func canonical(r Range) string {
	b, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		panic("normal: " + err.Error()) // only text that is not UTF-8 fails, and none is accepted
	}
	return string(b)
}

// AsOf returns the ranges of all sites as the first size entries of the study say, by site and name. They belong to no subject, and
// so do few entries.
func AsOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, size int64) ([]Range, error) {
	entries, err := ledger.Subject(ctx, tx, study, "")
	f := newFold(study)
	for i := range entries {
		if e := &entries[i]; e.Index >= 0 && e.Index < size {
			f.Entry(e)
		}
	}
	var all []Range
	for _, ref := range slices.Sorted(maps.Keys(f.said)) {
		all = append(all, f.said[ref])
	}
	return all, err
}

// NewFold returns the fold that compares a study's ranges with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold { return newFold(study) }

func newFold(study casebook.StudyID) *fold { return &fold{study: study, said: map[string]Range{}} }

type fold struct {
	study    casebook.StudyID
	said     map[string]Range // by site and name
	findings []ledger.Finding
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	key := string(e.Site) + "/" + e.Ref
	switch e.What {
	case VerbSet:
		var r Range
		if err := json.Unmarshal([]byte(e.New), &r); err != nil {
			f.found(key, "the ledger's entry "+e.ID+" cannot be read")
			return
		}
		f.said[key] = r
	case VerbRemoved:
		delete(f.said, key)
	}
}

func (f *fold) found(row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "normal_range", Row: row, What: what})
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	rows, err := store.All(ctx, tx, scan, `SELECT `+columns+` FROM normal_range WHERE study_id = $1 ORDER BY site_id, item_oid, sex, age_from, valid_from`, f.study)
	for _, r := range rows {
		key := string(r.Site) + "/" + r.Ref()
		switch said, known := f.said[key]; {
		case !known:
			f.found(key, "put in: the ledger does not know it")
		case said != r:
			f.found(key, "altered: it is not as the ledger holds it")
		}
		delete(f.said, key)
	}
	for _, gone := range slices.Sorted(maps.Keys(f.said)) {
		f.found(gone, "removed: the ledger knows it")
	}
	return f.findings, err
}
