package monitor

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/monitor/harness"
	"casebook/odm"
	"casebook/stat"
	"casebook/store"
	"casebook/web"
)

// The states of a rehearsal.
const (
	rehearsalWaits     = "waiting"
	rehearsalRuns      = "running"
	rehearsalDone      = "done"
	rehearsalFailed    = "failed"
	rehearsalCancelled = "cancelled"
)

// The bounds of rehearsals. One runs at a time, since it takes a core to itself.
const (
	maxRehearsals   = 16
	rehearsalRounds = 40
	rehearsalTime   = 30 * time.Minute
)

// Rehearsal is a back-test on a study's own data: changes are planted into its subjects, dealt anew to sites of its sizes, before
// anybody relies on what monitoring finds. It lives as long as the process; the same entries and seed give the same again.
type Rehearsal struct {
	study     casebook.StudyID
	KRI       string              `json:"kri"`
	State     string              `json:"state"`
	Steps     int                 `json:"steps"`
	Of        int                 `json:"of"`
	By        casebook.UserID     `json:"by"`
	AskedAt   time.Time           `json:"askedAt"`
	Finished  time.Time           `json:"finished,omitzero"`
	Seed      uint64              `json:"seed"`
	Rounds    int                 `json:"rounds"`
	Sites     int                 `json:"sites"`
	Subjects  int                 `json:"subjects"`
	Weeks     int                 `json:"weeks"`
	Measured  int                 `json:"measured"` // subjects with enough measurements to be mixed
	Rehearsed []harness.Rehearsed `json:"rehearsed"`
	Why       odm.Text            `json:"why,omitempty"` // it failed

	stop context.CancelFunc // of one that runs
}

// rehearsals are the newest of each study.
type rehearsals struct {
	rounds int // how often each change is planted
	mu     sync.Mutex
	of     map[casebook.StudyID]*Rehearsal
	work   chan *Rehearsal
}

func newRehearsals() *rehearsals {
	return &rehearsals{rounds: rehearsalRounds, of: map[casebook.StudyID]*Rehearsal{}, work: make(chan *Rehearsal, maxRehearsals)}
}

func (r *Rehearsal) underWay() bool { return r.State == rehearsalWaits || r.State == rehearsalRuns }

// Rehearse asks for a rehearsal of a study by an indicator. Busy monitor.rehearsal.busy while one waits or runs there, or too many wait.
func (s *Service) Rehearse(ctx context.Context, study casebook.StudyID, kri string) (Rehearsal, error) {
	var in *Indicator
	err := s.db.View(ctx, func(tx *store.Tx) error {
		e, err := s.edition(ctx, tx, study)
		if err == nil {
			_, in = e.find(kri)
		}
		return err
	})
	if err != nil {
		return Rehearsal{}, err
	}
	if in == nil || in.Group != groupSite || in.Method != methodRate && in.Method != methodBinary {
		return Rehearsal{}, casebook.Fail(casebook.NotFound, "monitor.kri_unknown", kri).At("kri")
	}
	s.rehearsals.mu.Lock()
	defer s.rehearsals.mu.Unlock()
	if r := s.rehearsals.of[study]; r != nil && r.underWay() {
		return Rehearsal{}, casebook.Fail(casebook.Conflict, "monitor.rehearsal.busy")
	}
	r := &Rehearsal{study: study, KRI: kri, State: rehearsalWaits, By: casebook.ActorFrom(ctx).User, AskedAt: s.db.World().Now().UTC(),
		Seed: powerSeed, Rounds: s.rehearsals.rounds, Rehearsed: []harness.Rehearsed{}}
	select {
	case s.rehearsals.work <- r:
	default:
		return Rehearsal{}, casebook.Fail(casebook.Busy, "monitor.rehearsal.busy")
	}
	s.rehearsals.of[study] = r
	return *r, nil
}

// Rehearsal returns the newest rehearsal of a study, or nil.
func (s *Service) Rehearsal(study casebook.StudyID) *Rehearsal {
	s.rehearsals.mu.Lock()
	defer s.rehearsals.mu.Unlock()
	r := s.rehearsals.of[study]
	if r == nil {
		return nil
	}
	now := *r
	return &now
}

// StopRehearsal ends the one that waits or runs.
func (s *Service) StopRehearsal(study casebook.StudyID) {
	s.rehearsals.mu.Lock()
	defer s.rehearsals.mu.Unlock()
	switch r := s.rehearsals.of[study]; {
	case r == nil:
	case r.State == rehearsalWaits:
		r.State, r.Finished = rehearsalCancelled, s.db.World().Now().UTC()
	case r.State == rehearsalRuns:
		r.stop()
	}
}

// runRehearsals runs one rehearsal after the other until ctx ends.
func (s *Service) runRehearsals(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case r := <-s.rehearsals.work:
			s.runRehearsal(ctx, r)
		}
	}
}

func (s *Service) runRehearsal(ctx context.Context, r *Rehearsal) {
	ctx, stop := context.WithTimeout(ctx, rehearsalTime)
	defer stop()
	s.rehearsals.mu.Lock()
	if r.State != rehearsalWaits {
		s.rehearsals.mu.Unlock()
		return
	}
	r.State, r.stop = rehearsalRuns, stop
	s.rehearsals.mu.Unlock()
	found, err := s.rehearse(ctx, r)
	s.rehearsals.mu.Lock()
	defer s.rehearsals.mu.Unlock()
	r.Finished = s.db.World().Now().UTC()
	switch {
	case err == nil:
		r.State, r.Rehearsed, r.Steps = rehearsalDone, found, r.Of
	case errors.Is(ctx.Err(), context.Canceled):
		r.State = rehearsalCancelled
	default:
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok {
			e = casebook.Fail(casebook.Internal, "monitor.rehearsal.failed")
		}
		r.State, r.Why = rehearsalFailed, odm.Text(i18n.Texts(e.Code, e.Args...))
		slog.ErrorContext(ctx, "a rehearsal failed", "study", r.study, "error", err)
	}
}

func (s *Service) rehearse(ctx context.Context, r *Rehearsal) ([]harness.Rehearsed, error) {
	own, err := s.own(ctx, r.study, r.KRI)
	if err != nil {
		return nil, err
	}
	s.rehearsals.mu.Lock()
	r.Of, r.Sites, r.Subjects, r.Weeks = own.Steps(r.Rounds), len(own.Sites), len(own.Subjects), own.Weeks
	if own.Measured != nil {
		r.Measured = len(own.Measured.Subjects)
	}
	s.rehearsals.mu.Unlock()
	return own.Rehearse(ctx, r.Seed, r.Rounds, func() {
		s.rehearsals.mu.Lock()
		defer s.rehearsals.mu.Unlock()
		r.Steps++
	})
}

// own is what a study holds, week by week and subject by subject, without saying whose it is.
func (s *Service) own(ctx context.Context, study casebook.StudyID, kri string) (*harness.Own, error) {
	var in *Indicator
	err := s.db.View(ctx, func(tx *store.Tx) error {
		e, err := s.edition(ctx, tx, study)
		if err == nil {
			_, in = e.find(kri)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	weeks, n := map[casebook.SubjectID]*harness.Weeks{}, 0
	var last *state
	err = s.look(ctx, study, newCatalogue([]*Indicator{in}), func(st *state) {
		for id, p := range st.subjects {
			c := stat.Counts{Num: p.counts[st.num[0]], Den: p.counts[st.den[0]]}
			if weeks[id] == nil {
				if c == (stat.Counts{}) {
					continue
				}
				weeks[id] = &harness.Weeks{First: n}
			}
			weeks[id].Counts = append(weeks[id].Counts, c)
		}
		n++
		last = st
	})
	if err != nil {
		return nil, err
	}
	own := &harness.Own{Weeks: n - 1}
	for _, site := range last.order {
		size := 0
		for _, p := range site.subjects {
			if w := weeks[p.id]; w != nil && p.counted() {
				size++
				own.Subjects = append(own.Subjects, *w)
			}
		}
		if size > 0 {
			own.Sites = append(own.Sites, size)
		}
	}
	own.Measured = harness.MeasurementsOf(last.visited())
	return own, nil
}

// visited are the subjects with what was measured of them, visit by visit; in a large study some of them.
func (st *state) visited() (all []harness.Subject) {
	ids := slices.Sorted(maps.Keys(st.subjects))
	step := 1 + len(ids)/harness.MostMixed
	for i := 0; i < len(ids); i += step {
		p := st.subjects[ids[i]]
		if !p.counted() {
			continue
		}
		visits := map[int64]map[string]float64{}
		for at, mean := range p.measured() {
			if slices.Contains(still, at.name) {
				continue
			}
			if visits[at.turn] == nil {
				visits[at.turn] = map[string]float64{}
			}
			visits[at.turn][at.name] = mean
		}
		var s harness.Subject
		for _, turn := range slices.Sorted(maps.Keys(visits)) {
			s = append(s, visits[turn])
		}
		all = append(all, s)
	}
	return all
}

// getRehearsal answers the study's newest rehearsal, if there is one: how far it is, and what it found.
func (s *Service) getRehearsal(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	auth.From(r.Context()).Sites(auth.SignalRead, study) // nothing in it is of any site
	all := []Rehearsal{}
	if newest := s.Rehearsal(study); newest != nil {
		all = append(all, *newest)
	}
	return web.JSON(w, http.StatusOK, map[string]any{"rehearsals": all})
}

// postRehearsal asks for a rehearsal of the study's own data: {kri}.
func (s *Service) postRehearsal(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		KRI string `json:"kri"`
	}
	if err := web.Decode(r, maxStep, &in); err != nil {
		return err
	}
	study := casebook.StudyID(r.PathValue("study"))
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, study, "")
	rehearsal, err := s.Rehearse(ctx, study, cmp.Or(in.KRI, firstKRI))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusAccepted, map[string]any{"rehearsal": rehearsal})
}

// deleteRehearsal stops the study's rehearsal.
func (s *Service) deleteRehearsal(w http.ResponseWriter, r *http.Request) error {
	study := casebook.StudyID(r.PathValue("study"))
	auth.Act(r.Context(), auth.StudyManage, study, "")
	s.StopRehearsal(study)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
