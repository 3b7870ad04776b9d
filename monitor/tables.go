package monitor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"
)

// mark is how far a study's entries were taken in, how far the tables hold them, and when its sites were last compared.
type mark struct {
	next, kept int64
	newest     int64
	indicators string // the hash of the measures that the tables hold
	judged     int64
	judgedAt   time.Time
	week       int64  // that is under way for vigils
	verify     string // the plan of verification in force
}

func readMark(ctx context.Context, tx *store.Tx, study casebook.StudyID) (m mark, err error) {
	var at int64
	err = tx.Row(ctx, `SELECT next, kept, newest_at, indicators, judged, judged_at, watched, verification FROM monitor_study WHERE study_id = $1`, study).
		Scan(&m.next, &m.kept, &m.newest, &m.indicators, &m.judged, &at, &m.week, &m.verify)
	m.judgedAt = store.Time(at)
	if errors.Is(err, store.ErrNoRows) {
		return mark{}, nil
	}
	return m, err
}

// The tables are written once for many steps: where reports come all the time, nearly every step changes nearly every subject.
const (
	keepAfter   = time.Second // but not later than this,
	keepEntries = 2000        // nor behind by more than so many entries,
	keepSmall   = 16          // and at once where a step has fewer
)

// due reports whether the tables are to be written with a step of n entries.
func (st *state) due(now time.Time, n int) bool {
	return n < keepSmall || st.next-st.kept >= keepEntries || now.Sub(st.keptAt) >= keepAfter
}

// keep writes how far the state has come, with the tables when they are due, and keeps everybody else from writing them until the
// transaction ends. Where another process wrote them meanwhile, what changed here since is not all that they lack: ErrNotNow.
func (st *state) keep(ctx context.Context, w *ledger.Writer, n int) error {
	if !st.due(w.Now, n) {
		n, err := w.Exec(ctx, `UPDATE monitor_study SET next = $2 WHERE study_id = $1 AND kept = $3`, w.Study, st.next, st.kept)
		return orNotNow(n, err)
	}
	written, err := w.Exec(ctx, `INSERT INTO monitor_study(study_id, next, kept, newest_at, indicators, judged, judged_at, watched, verification) VALUES($1,$2,$2,$3,$4,0,0,$5,$6)
		ON CONFLICT (study_id) DO UPDATE SET next = excluded.next, kept = excluded.kept, newest_at = excluded.newest_at, indicators = excluded.indicators,
			watched = excluded.watched, verification = excluded.verification WHERE monitor_study.kept = $7`,
		w.Study, st.next, store.Micros(st.newest), st.hash, st.week, st.verification(), st.kept)
	if err := orNotNow(written, err); err != nil {
		return err
	}
	st.kept, st.keptAt = st.next, w.Now
	return save(ctx, w.Tx, w.Study, st)
}

func orNotNow(rows int64, err error) error {
	if err == nil && rows == 0 {
		return ledger.ErrNotNow
	}
	return err
}

// load reads the state that the tables hold and takes in what they lack, with the day of a moment. It returns nil when they hold other measures.
func (s *Service) load(ctx context.Context, tx *store.Tx, study casebook.StudyID, c *catalogue, m mark, at time.Time) (*state, error) {
	if m.indicators != c.hash {
		return nil, nil
	}
	st := newState(c)
	st.id, st.next, st.begun, st.kept, st.newest, st.week = study, m.kept, m.kept, m.kept, store.Time(m.newest), m.week
	if err := json.Unmarshal([]byte(m.verify), &st.verify); err != nil {
		return nil, err
	}
	st.at = later(at, st.newest)
	if err := st.loadSites(ctx, tx, study); err != nil {
		return nil, err
	}
	if err := st.loadSubjects(ctx, tx, study); err != nil {
		return nil, err
	}
	if err := st.loadCharts(ctx, tx, study); err != nil {
		return nil, err
	}
	if err := st.loadPrints(ctx, tx, study); err != nil {
		return nil, err
	}
	if err := st.loadPages(ctx, tx, study); err != nil {
		return nil, err
	}
	for _, p := range st.subjects {
		if n := p.chart.Version; n != 0 && st.plans[n] == nil {
			plan, err := s.plan(ctx, study, n, c)
			if err != nil {
				return nil, err
			}
			st.plans[n] = plan
		}
	}
	st.respread()
	for _, site := range st.order {
		st.turn(site)
	}
	st.saved()
	for st.next < m.next { // in tx: who reads has no other connection to wait for
		entries, err := ledger.Read(ctx, tx, study, st.next, int(min(ledger.Batch, m.next-st.next)))
		if err == nil && len(entries) == 0 {
			err = casebook.Fail(casebook.Internal, "ledger.no_entry", st.next, m.next)
		}
		if err == nil {
			err = s.take(ctx, study, st, entries)
		}
		if err != nil {
			return nil, err
		}
	}
	return st, nil
}

// siteMemory is what of a site's past is kept.
type siteMemory struct {
	Hands  map[casebook.UserID]*hand `json:"hands,omitempty"`
	Vigils map[string]*vigil         `json:"vigils,omitempty"`
}

func (st *state) loadSites(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SiteID
		var text, zone, past string
		if err := r.Scan(&id, &text, &zone, &past); err != nil {
			return err
		}
		var name odm.Text
		if err := json.Unmarshal([]byte(text), &name); err != nil {
			return err
		}
		st.place(id, name, zone)
		s := st.site(id)
		m := siteMemory{Hands: s.hands}
		err := json.Unmarshal([]byte(past), &m)
		s.hands, s.vigils = m.Hands, m.Vigils
		return err
	}, `SELECT site_id, name, zone, memory FROM monitor_site WHERE study_id = $1`, study)
}

func (st *state) loadSubjects(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var at casebook.SiteID
		var enrolled, left, contact int64
		var counts, past string
		if err := r.Scan(&id, &at, &enrolled, &left, &contact, &counts, &past); err != nil {
			return err
		}
		p := st.subject(id, at)
		p.enrolled, p.left, p.contact = enrolled, left, contact
		if err := json.Unmarshal([]byte(past), &p.memory); err != nil {
			return err
		}
		for slot, text := range strings.Split(counts, ",") {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || slot >= len(p.counts) {
				return casebook.Fail(casebook.Internal, "monitor.tables", id)
			}
			p.counts[slot] = n
			if p.counted() {
				p.site.counts[slot] += n
			}
		}
		return nil
	}, `SELECT subject_id, site_id, enrolled_at, left_at, contact_day, counts, memory FROM monitor_subject WHERE study_id = $1`, study)
}

var (
	putSite = store.NewInsert("monitor_site", "study_id text, site_id text, name text, zone text, memory text",
		"ON CONFLICT (study_id, site_id) DO UPDATE SET name = excluded.name, zone = excluded.zone, memory = excluded.memory", "")
	putSubject = store.NewInsert("monitor_subject",
		"study_id text, subject_id text, site_id text, enrolled_at bigint, left_at bigint, contact_day bigint, counts text, memory text",
		`ON CONFLICT (study_id, subject_id) DO UPDATE SET site_id = excluded.site_id, enrolled_at = excluded.enrolled_at, left_at = excluded.left_at,
			contact_day = excluded.contact_day, counts = excluded.counts, memory = excluded.memory`, "")
)

// verification is the plan of verification as it is kept.
func (st *state) verification() string {
	b, err := json.Marshal(&st.verify, json.Deterministic(true))
	if err != nil {
		panic("monitor: " + err.Error()) // it was read from such a text
	}
	return string(b)
}

// save writes the rows that changed since the last save.
func save(ctx context.Context, tx *store.Tx, study casebook.StudyID, st *state) error {
	if err := saveSites(ctx, tx, study, st.changedSites); err != nil {
		return err
	}
	if err := saveSubjects(ctx, tx, study, st.changedSubjects); err != nil {
		return err
	}
	if err := saveCharts(ctx, tx, study, st.changedCharts); err != nil {
		return err
	}
	if err := savePages(ctx, tx, study, st.changedPages); err != nil {
		return err
	}
	st.saved()
	return st.prints.save(ctx, tx, study)
}

// saved forgets what changed.
func (st *state) saved() {
	for _, site := range st.changedSites {
		site.changed = false
	}
	for _, p := range st.changedSubjects {
		p.changed = false
	}
	for _, p := range st.changedCharts {
		p.charted = false
	}
	for _, g := range st.changedPages {
		g.changed = false
	}
	st.changedSites, st.changedSubjects, st.changedCharts, st.changedPages = st.changedSites[:0], st.changedSubjects[:0], st.changedCharts[:0], st.changedPages[:0]
}

func saveSites(ctx context.Context, tx *store.Tx, study casebook.StudyID, sites []*site) error {
	if len(sites) == 0 {
		return nil
	}
	var ids, names, zones, pasts []string
	for _, s := range sites {
		name, err := json.Marshal(s.name, json.Deterministic(true))
		if err != nil {
			return err
		}
		past, err := json.Marshal(siteMemory{s.hands, s.vigils}, json.Deterministic(true))
		if err != nil {
			return err
		}
		ids, names, zones, pasts = append(ids, string(s.id)), append(names, string(name)), append(zones, s.zone), append(pasts, string(past))
	}
	_, err := tx.InsertAll(ctx, putSite, repeat(study, len(ids)), ids, names, zones, pasts)
	return err
}

func saveSubjects(ctx context.Context, tx *store.Tx, study casebook.StudyID, subjects []*subject) error {
	if len(subjects) == 0 {
		return nil
	}
	n := len(subjects)
	texts, numbers := make([]string, 4*n), make([]int64, 3*n)
	ids, sites, counts, pasts := texts[:n], texts[n:2*n], texts[2*n:3*n], texts[3*n:]
	enrolled, left, contact := numbers[:n], numbers[n:2*n], numbers[2*n:]
	var buf []byte
	var names []string
	for i, p := range subjects {
		buf = appendInts(buf[:0], p.counts)
		ids[i], sites[i], counts[i] = string(p.id), string(p.site.id), string(buf)
		buf, names = p.memory.append(buf[:0], names)
		pasts[i] = string(buf)
		enrolled[i], left[i], contact[i] = p.enrolled, p.left, p.contact
	}
	_, err := tx.InsertAll(ctx, putSubject, repeat(study, n), ids, sites, enrolled, left, contact, counts, pasts)
	return err
}

// append writes the memory as json.Marshal would: every batch writes that of each subject who reported. names is room to
// sort in, given back for the next.
func (m *memory) append(b []byte, names []string) ([]byte, []string) {
	b = append(b, '{')
	if m.Status != "" {
		b = quoted(member(b, "status"), string(m.Status))
	}
	if m.Report != 0 {
		b = strconv.AppendInt(member(b, "report"), m.Report, 10)
	}
	if len(m.Changed) > 0 {
		b = append(appendInts(append(member(b, "changed"), '['), m.Changed), ']')
	}
	if len(m.Open) > 0 {
		b = append(member(b, "open"), '{')
		names = slices.AppendSeq(names[:0], maps.Keys(m.Open))
		slices.Sort(names)
		for i, id := range names {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(append(quoted(b, id), ':'), m.Open[id], 10)
		}
		b = append(b, '}')
	}
	if m.Since != 0 {
		b = strconv.AppendInt(member(b, "since"), m.Since, 10)
	}
	if len(m.Held) > 0 {
		b = append(appendInts(append(member(b, "held"), '['), m.Held), ']')
	}
	return append(b, '}'), names
}

// member begins a member of the object that b ends with.
func member(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(quoted(b, name), ':')
}

func quoted(b []byte, s string) []byte {
	b, err := jsontext.AppendQuote(b, s)
	if err != nil {
		panic("monitor: " + err.Error()) // only text that is not UTF-8 fails, and the ledger keeps none
	}
	return b
}

// appendInts writes whole numbers with commas between them.
func appendInts[N int32 | int64 | uint64](b []byte, numbers []N) []byte {
	for i, n := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		if n < 0 {
			b = strconv.AppendInt(b, int64(n), 10)
		} else {
			b = strconv.AppendUint(b, uint64(n), 10)
		}
	}
	return b
}

func repeat(study casebook.StudyID, n int) []string {
	return slices.Repeat([]string{string(study)}, n)
}

// refold adds up a study's entries below next from the beginning. They never change, so it needs no place in any
// transaction.
func (s *Service) refold(ctx context.Context, study casebook.StudyID, c *catalogue, next int64) (*state, error) {
	st := newState(c)
	err := s.replay(ctx, study, st, next, nil)
	return st, err
}

// replay takes the entries from where the state stands up to next, and calls before ahead of each, if it is not nil. A page is
// read while the one before it is taken in.
func (s *Service) replay(ctx context.Context, study casebook.StudyID, st *state, next int64, before func(*ledger.Entry) error) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan []ledger.Entry)
	from := st.next
	g.Go(func() error {
		defer close(pages)
		return s.pages(ctx, study, from, next, pages)
	})
	g.Go(func() error {
		for entries := range pages {
			if before == nil {
				if err := s.take(ctx, study, st, entries); err != nil {
					return err
				}
				continue
			}
			for i := range entries {
				if err := before(&entries[i]); err != nil {
					return err
				}
				if err := s.take(ctx, study, st, entries[i:i+1]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}

// pages reads the entries from an index up to next, each page in a moment of its own. Whoever takes them is done with a page when it asks
// for the next.
func (s *Service) pages(ctx context.Context, study casebook.StudyID, from, next int64, to chan<- []ledger.Entry) error {
	const most = 2000
	var room [2][]ledger.Entry
	for turn := 0; from < next; turn = 1 - turn {
		page := room[turn][:0]
		err := s.db.View(ctx, func(tx *store.Tx) error {
			_, err := ledger.Each(ctx, tx, study, from, int(min(most, next-from)), func(e *ledger.Entry) error {
				page = append(page, *e)
				return nil
			})
			return err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return casebook.Fail(casebook.Internal, "ledger.no_entry", from, next)
		}
		select {
		case to <- page:
		case <-ctx.Done():
			return ctx.Err()
		}
		from += int64(len(page))
		room[turn] = page
	}
	return nil
}

// replace empties a study's derived tables, to be filled again from a state all of whose rows are new.
func replace(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	for _, statement := range [...]string{
		`DELETE FROM monitor_site WHERE study_id = $1`,
		`DELETE FROM monitor_subject WHERE study_id = $1`,
		`DELETE FROM monitor_print WHERE study_id = $1`,
		`DELETE FROM monitor_chart WHERE study_id = $1`,
		`DELETE FROM monitor_page WHERE study_id = $1`,
	} {
		if err := tx.Later(ctx, statement, study); err != nil {
			return err
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
