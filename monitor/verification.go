package monitor

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// What waits to be compared with the source follows from the entries as the work list follows from the rows: a value that the
// staff saved waits when the plan asks for it, until it is marked, changed again or cleared. What a patient reports is its own source, and
// what came with a file says nothing of how a site is looked after; neither waits here. A plan that asks for less lets values go at once; one
// that asks for more holds for values that are saved from then on: that old values are suddenly asked for is the plan's doing and not a
// site's.

// page is a form of which something was to be compared with the source.
type page struct {
	place
	since   int64    // µs since 1970, since when something waits; 0 while nothing does
	done    bool     // all that the plan asked for was verified
	waits   []uint64 // the values that wait, in order, see spot
	changed bool
}

// spot names a value's place in its form: the hash of its item, and in the lower half that of the repeat of its group.
func spot(group, repeat, item string) uint64 {
	return uint64(hash32(item))<<32 | uint64(hash32(group, "\x00", repeat))
}

func hash32(texts ...string) uint32 {
	h := fnv.New32a()
	for _, s := range texts {
		_, _ = h.Write([]byte(s))
	}
	return h.Sum32()
}

// wait has a value wait, or with sign -1 no longer.
func (g *page) wait(v uint64, sign int64) {
	i, known := slices.BinarySearch(g.waits, v)
	switch {
	case sign > 0 && !known:
		g.waits = slices.Insert(g.waits, i, v)
	case sign < 0 && known:
		g.waits = slices.Delete(g.waits, i, i+1)
	}
}

// counts is what a page of the subject adds to a measure: 1 where something has waited for more than so many days, and for the other
// measure also where it was verified.
func (g *page) counts(p *subject, m *Measure) int64 {
	return one((m.Of == ofUnverified || m.Of == ofVerifiable) && g.late(p, m.Older) || m.Of == ofVerifiable && g.done)
}

// late reports whether something has waited for more than so many days.
func (g *page) late(p *subject, days int) bool {
	return g.since != 0 && p.site.today-dayAt(store.Time(g.since), p.site.location) > int64(days)
}

func (p *subject) page(ref string) *page {
	g := p.pages[ref]
	if g == nil {
		if p.pages == nil {
			p.pages = map[string]*page{}
		}
		g = &page{place: place{p.id, strings.Clone(ref)}}
		p.pages[g.ref] = g
	}
	return g
}

// revise has a page changed, and its subject's counts with it.
func (st *state) revise(p *subject, g *page, at time.Time, change func()) {
	was := *g
	change()
	switch {
	case len(g.waits) == 0:
		g.since = 0
	case g.since == 0:
		g.since = store.Micros(at)
	}
	if !g.changed {
		g.changed = true
		st.changedPages = append(st.changedPages, g)
	}
	for slot, m := range st.slots {
		if n := g.counts(p, m) - was.counts(p, m); n != 0 {
			st.count(p, slot, n)
		}
	}
}

// requires reports whether the plan asks for a value of a form.
func (st *state) requires(p *subject, form, item string) bool {
	return st.verify.Requires(st.id, p.site.id, p.id, form, item)
}

// takeEntered has the values of a form wait that a save brought, and those no longer that it replaced.
func (st *state) takeEntered(p *subject, key record.Key, e *ledger.Entry, before, after *record.Change) {
	if after.Source != "" && p.pages[e.Ref] == nil {
		return
	}
	g := p.page(e.Ref)
	st.revise(p, g, e.At, func() {
		for _, values := range [...][]record.Value{before.Items, before.Computed} {
			for i := range values {
				g.wait(spot(values[i].Group, values[i].Repeat, values[i].Item), -1)
			}
		}
		for _, values := range [...][]record.Value{after.Items, after.Computed, after.Redefined} {
			for i := range values {
				if v := &values[i]; after.Source == "" && (v.Value != "" || v.Blank != "") && st.requires(p, key.Form, v.Item) {
					g.wait(spot(v.Group, v.Repeat, v.Item), 1)
				}
			}
		}
	})
}

// review is what monitoring reads of a step of a review.
type review struct {
	Kind  record.Kind   `json:"kind"`
	Done  bool          `json:"done"`
	Marks []record.Mark `json:"marks"`
	Taken []record.Mark `json:"taken"`
}

func (st *state) takeReviewed(e *ledger.Entry) error {
	var r review
	if err := json.Unmarshal([]byte(e.New), &r); err != nil || r.Kind != record.SDV {
		return err
	}
	p := st.subject(e.Subject, e.Site)
	key, ok := record.ParseRef(st.id, p.id, e.Ref)
	if !ok {
		return nil
	}
	g := p.page(e.Ref)
	st.revise(p, g, e.At, func() {
		for _, m := range r.Marks {
			g.wait(spot(m.Group, m.Repeat, m.Item), -1)
		}
		for _, m := range r.Taken {
			g.done = false
			if st.requires(p, key.Form, m.Item) {
				g.wait(spot(m.Group, m.Repeat, m.Item), 1)
			}
		}
		if r.Done {
			g.done, g.waits = true, g.waits[:0]
		}
	})
	return nil
}

// takePlan puts another plan of verification in force.
func (st *state) takePlan(e *ledger.Entry) error {
	var plan record.Plan
	if err := json.Unmarshal([]byte(e.New), &plan); err != nil {
		return err
	}
	st.verify = plan
	for _, p := range st.subjects {
		st.release(p, e.At)
	}
	return nil
}

// release lets those values of a subject go that the plan does not ask for at its site.
func (st *state) release(p *subject, at time.Time) {
	for ref, g := range p.pages {
		key, ok := record.ParseRef(st.id, p.id, ref)
		if !ok || len(g.waits) == 0 || st.requires(p, key.Form, "") {
			continue
		}
		st.touch(p)
		st.revise(p, g, at, func() {
			g.waits = slices.DeleteFunc(g.waits, func(v uint64) bool {
				return !slices.ContainsFunc(st.verify.Items, func(item string) bool { return hash32(item) == uint32(v>>32) })
			})
		})
	}
}

// verifiable counts anew what all pages add to a measure.
func (p *subject) verifiable(m *Measure) (n int64) {
	for _, g := range p.pages {
		n += g.counts(p, m)
	}
	return n
}

// unverified are the subject's pages that have waited for too long, and since when.
func (st *state) unverified(m *Measure, id casebook.SubjectID) map[string]string {
	of := map[string]string{}
	if p := st.subjects[id]; p != nil {
		for ref, g := range p.pages {
			if g.late(p, m.Older) {
				of[ref] = store.Time(g.since).In(p.site.location).Format(time.DateOnly)
			}
		}
	}
	return of
}

var putPage = store.NewInsert("monitor_page", "study_id text, subject_id text, ref text, since bigint, done bigint, waits text",
	"ON CONFLICT (study_id, subject_id, ref) DO UPDATE SET since = excluded.since, done = excluded.done, waits = excluded.waits", "")

func savePages(ctx context.Context, tx *store.Tx, study casebook.StudyID, pages []*page) error {
	if len(pages) == 0 {
		return nil
	}
	var subjects, refs, waits []string
	var since, done []int64
	for _, g := range pages {
		subjects, refs, waits = append(subjects, string(g.subject)), append(refs, g.ref), append(waits, string(appendInts(nil, g.waits)))
		since, done = append(since, g.since), append(done, one(g.done))
	}
	_, err := tx.InsertAll(ctx, putPage, repeat(study, len(refs)), subjects, refs, since, done, waits)
	return err
}

func (st *state) loadPages(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var at place
		var since, done int64
		var waits string
		if err := r.Scan(&at.subject, &at.ref, &since, &done, &waits); err != nil {
			return err
		}
		p := st.subjects[at.subject]
		if p == nil {
			return casebook.Fail(casebook.Internal, "monitor.tables", at.subject)
		}
		g := p.page(at.ref)
		g.since, g.done = since, done == 1
		for text := range strings.SplitSeq(waits, ",") {
			if text == "" {
				continue
			}
			v, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return casebook.Fail(casebook.Internal, "monitor.tables", at.subject)
			}
			g.waits = append(g.waits, v)
		}
		return nil
	}, `SELECT subject_id, ref, since, done, waits FROM monitor_page WHERE study_id = $1`, study)
}
