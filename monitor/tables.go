package monitor

import (
	"context"
	"errors"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// mark is how far a study's tables have come, and when its sites were last compared.
type mark struct {
	next, newest int64
	indicators   string
	judged       int64
	judgedAt     time.Time
}

func readMark(ctx context.Context, tx *store.Tx, study casebook.StudyID) (m mark, err error) {
	var at int64
	err = tx.Row(ctx, `SELECT next, newest_at, indicators, judged, judged_at FROM monitor_study WHERE study_id = $1`, study).
		Scan(&m.next, &m.newest, &m.indicators, &m.judged, &at)
	m.judgedAt = store.Time(at)
	if errors.Is(err, store.ErrNoRows) {
		return mark{}, nil
	}
	return m, err
}

// writeMark also keeps everybody else from writing this study's tables until the transaction ends.
func (s *Service) writeMark(ctx context.Context, tx *store.Tx, study casebook.StudyID, st *state) error {
	_, err := tx.Exec(ctx, `INSERT INTO monitor_study(study_id, next, newest_at, indicators, judged, judged_at) VALUES($1,$2,$3,$4,0,0)
		ON CONFLICT (study_id) DO UPDATE SET next = excluded.next, newest_at = excluded.newest_at, indicators = excluded.indicators`,
		study, st.next, store.Micros(st.newest), s.hash)
	return err
}

// load reads the state that the tables hold, with the denominators of a moment. It returns nil when they were counted by
// other indicators.
func (s *Service) load(ctx context.Context, tx *store.Tx, study casebook.StudyID, m mark, at time.Time) (*state, error) {
	if m.indicators != s.hash {
		return nil, nil
	}
	st := newState(len(s.indicators))
	st.next, st.newest = m.next, store.Time(m.newest)
	st.at = later(at, st.newest)
	if err := st.loadSites(ctx, tx, study); err != nil {
		return nil, err
	}
	if err := st.loadSubjects(ctx, tx, study); err != nil {
		return nil, err
	}
	if err := s.loadCounts(ctx, tx, study, st); err != nil {
		return nil, err
	}
	for _, site := range st.order {
		st.turn(site)
	}
	st.saved()
	return st, nil
}

func (st *state) loadSites(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SiteID
		var text, zone string
		if err := r.Scan(&id, &text, &zone); err != nil {
			return err
		}
		var name odm.Text
		if err := json.Unmarshal([]byte(text), &name); err != nil {
			return err
		}
		st.place(id, name, zone)
		return nil
	}, `SELECT site_id, name, zone FROM monitor_site WHERE study_id = $1`, study)
}

func (st *state) loadSubjects(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var at casebook.SiteID
		var enrolled, left, contact int64
		if err := r.Scan(&id, &at, &enrolled, &left, &contact); err != nil {
			return err
		}
		p := st.subject(id, at)
		p.enrolled, p.left, p.contact = enrolled, left, contact
		return nil
	}, `SELECT subject_id, site_id, enrolled_at, left_at, contact_day FROM monitor_subject WHERE study_id = $1`, study)
}

func (s *Service) loadCounts(ctx context.Context, tx *store.Tx, study casebook.StudyID, st *state) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var kri string
		var n int64
		if err := r.Scan(&id, &kri, &n); err != nil {
			return err
		}
		k := slices.IndexFunc(s.indicators, func(in *Indicator) bool { return in.ID == kri })
		if p := st.subjects[id]; p != nil && k >= 0 {
			st.count(p, k, n)
		}
		return nil
	}, `SELECT subject_id, kri, numerator FROM monitor_count WHERE study_id = $1`, study)
}

var (
	putSite = store.NewInsert("monitor_site", "study_id text, site_id text, name text, zone text",
		"ON CONFLICT (study_id, site_id) DO UPDATE SET name = excluded.name, zone = excluded.zone", "")
	putSubject = store.NewInsert("monitor_subject", "study_id text, subject_id text, site_id text, enrolled_at bigint, left_at bigint, contact_day bigint",
		"ON CONFLICT (study_id, subject_id) DO UPDATE SET enrolled_at = excluded.enrolled_at, left_at = excluded.left_at, contact_day = excluded.contact_day", "")
	putCount = store.NewInsert("monitor_count", "study_id text, subject_id text, kri text, numerator bigint",
		"ON CONFLICT (study_id, subject_id, kri) DO UPDATE SET numerator = excluded.numerator", "")
)

// save writes the rows that changed since the last save.
func (s *Service) save(ctx context.Context, tx *store.Tx, study casebook.StudyID, st *state) error {
	if err := saveSites(ctx, tx, study, st.changedSites); err != nil {
		return err
	}
	if err := s.saveSubjects(ctx, tx, study, st.changedSubjects); err != nil {
		return err
	}
	st.saved()
	return nil
}

// saved forgets what changed.
func (st *state) saved() {
	for _, site := range st.changedSites {
		site.changed = false
	}
	for _, p := range st.changedSubjects {
		p.changed = false
	}
	st.changedSites, st.changedSubjects = st.changedSites[:0], st.changedSubjects[:0]
}

func saveSites(ctx context.Context, tx *store.Tx, study casebook.StudyID, sites []*site) error {
	if len(sites) == 0 {
		return nil
	}
	var ids, names, zones []string
	for _, s := range sites {
		name, err := json.Marshal(s.name, json.Deterministic(true))
		if err != nil {
			return err
		}
		ids, names, zones = append(ids, string(s.id)), append(names, string(name)), append(zones, s.zone)
	}
	_, err := tx.InsertAll(ctx, putSite, repeat(study, len(ids)), ids, names, zones)
	return err
}

func (s *Service) saveSubjects(ctx context.Context, tx *store.Tx, study casebook.StudyID, subjects []*subject) error {
	if len(subjects) == 0 {
		return nil
	}
	n := len(subjects)
	ids, sites := make([]string, n), make([]string, n)
	numbers := make([]int64, 3*n)
	enrolled, left, contact := numbers[:n], numbers[n:2*n], numbers[2*n:]
	var counted, kris []string
	var counts []int64
	for i, p := range subjects {
		ids[i], sites[i] = string(p.id), string(p.site.id)
		enrolled[i], left[i], contact[i] = p.enrolled, p.left, p.contact
		for k, in := range s.indicators {
			counted, kris, counts = append(counted, string(p.id)), append(kris, in.ID), append(counts, p.counts[k])
		}
	}
	if _, err := tx.InsertAll(ctx, putSubject, repeat(study, n), ids, sites, enrolled, left, contact); err != nil {
		return err
	}
	_, err := tx.InsertAll(ctx, putCount, repeat(study, len(counted)), counted, kris, counts)
	return err
}

func repeat(study casebook.StudyID, n int) []string {
	return slices.Repeat([]string{string(study)}, n)
}

// refold adds up a study's entries below next from the beginning. They never change, so it needs no place in any
// transaction.
func (s *Service) refold(ctx context.Context, study casebook.StudyID, next int64) (*state, error) {
	const page = 2000
	st := newState(len(s.indicators))
	for st.next < next {
		var entries []ledger.Entry
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			entries, err = ledger.Read(ctx, tx, study, st.next, int(min(page, next-st.next)))
			return err
		})
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			return nil, casebook.Fail(casebook.Internal, "ledger.no_entry", st.next, next)
		}
		if err := s.take(ctx, study, st, entries); err != nil {
			return nil, err
		}
	}
	return st, nil
}

// replace empties a study's derived tables, to be filled again from a state all of whose rows are new.
func replace(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	for _, statement := range [...]string{
		`DELETE FROM monitor_site WHERE study_id = $1`,
		`DELETE FROM monitor_subject WHERE study_id = $1`,
		`DELETE FROM monitor_count WHERE study_id = $1`,
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
