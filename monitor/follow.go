package monitor

import (
	"context"
	"log/slog"
	"slices"
	"sort"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// fresh is how old the newest entry may be for its study to be compared at once. Older entries are those of a study that
// is being loaded, where half the history would say things that the whole does not; it is compared when it falls quiet. So
// is one whose newest values come with a file.
const fresh = 24 * time.Hour

// ahead takes entries into the state at hand, where there is one that they go on from: before the transaction that says so, for which everybody
// waits who writes.
func (s *Service) ahead(ctx context.Context, study casebook.StudyID, entries []ledger.Entry) error {
	wt := s.watch(study)
	if !wt.mu.TryLock() {
		return ledger.ErrNotNow
	}
	defer wt.mu.Unlock()
	st := wt.state
	if st == nil || !st.precedes(entries) {
		return nil
	}
	wt.state = nil // as in follow
	begun := st.begun
	if err := s.take(ctx, study, st, st.lacks(entries)); err != nil {
		return err
	}
	st.begun = begun
	wt.state = st
	return nil
}

// precedes reports whether entries go on from where the state stands, or stood before some of them were taken ahead.
func (st *state) precedes(entries []ledger.Entry) bool {
	return st.begun == entries[0].Index && st.next <= entries[len(entries)-1].Index+1
}

// lacks is the part of entries that the state does not hold yet.
func (st *state) lacks(entries []ledger.Entry) []ledger.Entry {
	return entries[sort.Search(len(entries), func(i int) bool { return entries[i].Index >= st.next }):]
}

// follow takes in a batch of entries: the derived rows, how far they have come and any signal commit with the cursor.
func (s *Service) follow(ctx context.Context, w *ledger.Writer, entries []ledger.Entry) error {
	if w.Study == casebook.Platform {
		return nil
	}
	wt := s.watch(w.Study)
	if !wt.mu.TryLock() {
		return ledger.ErrNotNow // to wait here would have everybody wait who writes
	}
	defer wt.mu.Unlock()
	e, err := s.edition(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	st, err := s.stateAt(ctx, w.Tx, w.Study, e.catalogue, wt.state, entries)
	if err != nil {
		return err
	}
	wt.state = nil // if anything fails from here on, the tables know better
	st.awaited = true
	if err := s.take(ctx, w.Study, st, st.lacks(entries)); err != nil {
		return err
	}
	st.advance(later(w.Now, st.newest))
	if err := st.keep(ctx, w, len(entries)); err != nil {
		return err
	}
	f := st.figures(1)
	f.Edited = e.edited
	if w.Now.Sub(entries[len(entries)-1].At) < fresh && !st.loading {
		if err := s.compare(ctx, w, f, len(entries) < ledger.Batch); err != nil {
			return err
		}
	}
	// The figures are what these entries add up to, whether or not this transaction commits.
	wt.state = st
	wt.figures.Store(f)
	if slices.ContainsFunc(entries, func(e ledger.Entry) bool { return e.What == VerbRaised || e.What == VerbChanged }) { // by whatever process
		s.live.wake()
	}
	return nil
}

// stateAt returns the state of a study that entries go on from: the one at hand if it is one, else that of the tables, else, when the tables
// were lost or were counted by other indicators, what the ledger says from the beginning.
func (s *Service) stateAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, c *catalogue, st *state, entries []ledger.Entry) (*state, error) {
	index := entries[0].Index
	if st != nil && st.precedes(entries) && st.hash == c.hash {
		if st.catalogue != c { // other thresholds for the same measures
			st.catalogue = c
			st.respread()
		}
		return st, nil
	}
	m, err := readMark(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	if m.next == index {
		if st, err := s.load(ctx, tx, study, c, m, tx.Now); st != nil || err != nil {
			return st, err
		}
	}
	if st, err = s.refold(ctx, study, c, index); err != nil {
		return nil, err
	}
	st.kept = m.kept // of which nothing is left
	return st, replace(ctx, tx, study)
}

// compare raises what the figures call for, if they are whole: if they hold all that the study's order does, or did when the step began.
// Where something happens all the time something always comes meanwhile, and signals are not to wait until it falls quiet; what is measured
// once for good waits for that.
func (s *Service) compare(ctx context.Context, w *ledger.Writer, f *Figures, whole bool) error {
	caught, err := ledger.Caught(ctx, w.Tx, follower, w.Study)
	if err != nil || !caught && !whole {
		return err
	}
	if err := s.raise(ctx, w, f); err != nil || !caught {
		return err
	}
	_, err = w.Exec(ctx, `UPDATE monitor_study SET judged = $2, judged_at = $3 WHERE study_id = $1`, w.Study, f.Next, store.Micros(w.Now))
	if err != nil {
		return err
	}
	return s.measure(ctx, w, f)
}

// tick compares, once a second, the studies that fell quiet or whose day may have turned, and tells live readers.
func (s *Service) tick(ctx context.Context) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.live.news:
			err = s.announce(ctx, false)
		case <-second.C:
			if err = s.compareQuiet(ctx); err == nil {
				err = s.announce(ctx, true)
			}
		}
		if err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "monitoring stumbled and will try again", "error", err)
		}
	}
}

// keepLooking has the detectors look that compare all subjects with one another, where those are many: a look takes seconds, for which entries wait to be
// taken in and nobody waits who writes.
func (s *Service) keepLooking(ctx context.Context) error {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-second.C:
		}
		for study, wt := range s.remembered() {
			if err := s.lookBroadly(ctx, study, wt); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "monitoring could not compare all subjects and will try again", "study", study, "error", err)
			}
		}
	}
}

// lookBroadly looks at one study, if it is time, and raises what is found.
func (s *Service) lookBroadly(ctx context.Context, study casebook.StudyID, wt *watch) error {
	wt.mu.Lock()
	defer wt.mu.Unlock()
	st := wt.state
	if st == nil || !st.dueBroadly() {
		return nil
	}
	var e *edition
	err := s.db.View(ctx, func(tx *store.Tx) (err error) { e, err = s.edition(ctx, tx, study); return err })
	if err != nil || st.catalogue != e.catalogue {
		return err
	}
	for _, method := range broad {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		st.look(method)
	}
	f := st.figures(everyDetector)
	f.Edited = e.edited
	wt.figures.Store(f)
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `UPDATE monitor_study SET next = next WHERE study_id = $1 AND next <= $2`, study, st.next)
		if err != nil || n == 0 || w.Now.Sub(st.newest) >= fresh || st.loading {
			return err // somebody else went on, or half a history is there
		}
		return s.compare(ctx, w, f, true)
	})
}

// compareQuiet compares every study that had nothing new since the last tick and either was not compared since its last
// entry or not in this hour: a site that falls silent becomes atypical by the days that pass.
func (s *Service) compareQuiet(ctx context.Context) error {
	due := map[casebook.StudyID]int64{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(r *store.Rows) error {
			var study casebook.StudyID
			var next, judged, at int64
			if err := r.Scan(&study, &next, &judged, &at); err != nil {
				return err
			}
			w := s.watch(study)
			quiet := w.seen == next
			w.seen = next
			if quiet && (judged < next || w.late(tx.Now) || tx.Now.Truncate(time.Hour).After(store.Time(at))) {
				due[study] = next
			}
			return nil
		}, `SELECT study_id, next, judged, judged_at FROM monitor_study`)
	})
	if err != nil {
		return err
	}
	for study, next := range due {
		err := s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
			// The row is taken first, so that nobody compares or takes in at the same time. It counts as compared only when
			// compare has done so: entries that wait for their place put it off to the next second.
			n, err := w.Exec(ctx, `UPDATE monitor_study SET next = next WHERE study_id = $1 AND next = $2`, study, next)
			if err != nil || n == 0 {
				return err
			}
			if wt := s.watch(study); wt.late(w.Now) {
				wt.figures.Store(nil) // so that the detectors look again
			}
			f, err := s.current(ctx, w.Tx, study)
			if err != nil {
				return err
			}
			return s.compare(ctx, w, f, false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Figures returns the sites of a study compared, as of now.
func (s *Service) Figures(ctx context.Context, study casebook.StudyID) (f *Figures, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		f, err = s.current(ctx, tx, study)
		return err
	})
	return f, err
}

// current returns the figures of all that was taken in, as of this hour.
func (s *Service) current(ctx context.Context, tx *store.Tx, study casebook.StudyID) (*Figures, error) {
	m, err := readMark(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	e, err := s.edition(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	w := s.watch(study)
	known := w.figures.Load()
	if known != nil && known.Next >= m.next && known.Edited == e.edited && !tx.Now.Truncate(time.Hour).After(known.AsOf) {
		return known, nil
	}
	f := w.compared(e, m.next, tx.Now)
	if f == nil {
		st, err := s.stateOf(ctx, tx, study, e.catalogue, m)
		if err != nil {
			return nil, err
		}
		st.awaited = true
		f = st.figures(everyDetector)
		f.Edited = e.edited
	}
	if known == nil || known.Next <= f.Next {
		w.figures.CompareAndSwap(known, f)
	}
	return f, nil
}

// inState has fn look, and only look, at what a study's indicators count, as far as the entries were taken in: at the state at hand, or at one
// of its own.
func (s *Service) inState(ctx context.Context, tx *store.Tx, study casebook.StudyID, fn func(*edition, *state) error) error {
	m, err := readMark(ctx, tx, study)
	if err != nil {
		return err
	}
	e, err := s.edition(ctx, tx, study)
	if err != nil {
		return err
	}
	if s.watch(study).atHand(e.catalogue, m.next, func(st *state) { err = fn(e, st) }) {
		return err
	}
	st, err := s.stateOf(ctx, tx, study, e.catalogue, m)
	if err != nil {
		return err
	}
	return fn(e, st)
}

// stateOf returns a state of one's own: what the tables hold, else what the ledger says.
func (s *Service) stateOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, c *catalogue, m mark) (*state, error) {
	st, err := s.load(ctx, tx, study, c, m, tx.Now)
	if err == nil && st == nil {
		if st, err = s.refold(ctx, study, c, m.next); err == nil {
			st.advance(later(tx.Now, st.newest))
		}
	}
	return st, err
}

// catchUpWithIndicators counts anew the studies that a release with other measures counted.
func (s *Service) catchUpWithIndicators(ctx context.Context) error {
	var studies []casebook.StudyID
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err },
			`SELECT study_id FROM monitor_study WHERE indicators <> $1`, s.base.hash)
		return err
	})
	if err != nil {
		return err
	}
	for _, study := range studies {
		if err := s.recountStudy(ctx, study); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) recountStudy(ctx context.Context, study casebook.StudyID) error {
	var m mark
	var e *edition
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if m, err = readMark(ctx, tx, study); err == nil {
			e, err = s.edition(ctx, tx, study)
		}
		return err
	})
	if err != nil || m.indicators == e.hash { // of its own, and as they should be
		return err
	}
	st, err := s.refold(ctx, study, e.catalogue, m.next)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE monitor_study SET indicators = $3, watched = $4, verification = $5, newest_at = $6, kept = next WHERE study_id = $1 AND next = $2`, study, m.next, e.hash, st.week, st.verification(), store.Micros(st.newest))
		if err != nil || n == 0 {
			return err // somebody else went on, and so counted anew
		}
		if err := replace(ctx, tx, study); err != nil {
			return err
		}
		return save(ctx, tx, study, st)
	})
}
