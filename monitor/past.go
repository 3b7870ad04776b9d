package monitor

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"casebook"
	"casebook/stat"
	"casebook/store"
)

const (
	recallTime = 500 * time.Millisecond // that somebody who asks for a site waits for its history
	maxRecalls = 8                      // studies whose history waits to be made
)

// past is what all scores were at the end of every week. A week that is over does not change, so a process replays a study
// for it at most once a week. It is immutable.
type past struct {
	edited int64     // the indicators' edition
	next   int64     // the entries below it are in
	due    time.Time // when the week ends that is under way
	silent bool      // whether that week would not be looked at: nothing has come for long

	at     []time.Time
	kris   []string
	scores map[casebook.SiteID][][]*float64 // by week and indicator
	sums   map[casebook.SiteID][]float64    // by week, the CUSUM of kri0001 downwards
	marks  map[casebook.SiteID]vigilance    // as the last week left them
}

// vigilance is a site's CUSUM, and what was seen of it before.
type vigilance struct {
	cusum stat.CUSUM
	seen  stat.Counts
}

// courseJSON is the history of one site.
type courseJSON struct {
	Pending bool         `json:"pending"` // the rest is empty: the study is being replayed for it
	At      []time.Time  `json:"at"`
	KRIs    []string     `json:"kris"`
	Scores  [][]*float64 `json:"scores"`
	CUSUM   []float64    `json:"cusum"` // of the events of kri0001, against a site that reports too few
}

// holds reports whether the history still is that of the weeks that are over.
func (h *past) holds(edited, next int64, now time.Time) bool {
	return h != nil && h.edited == edited && (now.Before(h.due) || h.silent && h.next == next)
}

// course is the history of a site up to the present figures; h is nil while there is none.
func (h *past) course(f *Figures, site casebook.SiteID) courseJSON {
	if h == nil {
		return courseJSON{Pending: true, At: []time.Time{}, KRIs: []string{}, Scores: [][]*float64{}, CUSUM: []float64{}}
	}
	mark := h.marks[site]
	return courseJSON{
		At:     append(slices.Clone(h.at), f.AsOf),
		KRIs:   h.kris,
		Scores: append(slices.Clip(h.weeksOf(site)), f.scores(site)),
		CUSUM:  append(slices.Clip(h.sumsOf(site)), mark.observe(f, site)),
	}
}

// weeksOf are a site's scores week by week. Before a site was there it has none.
func (h *past) weeksOf(site casebook.SiteID) [][]*float64 {
	if rows, known := h.scores[site]; known {
		return rows
	}
	return slices.Repeat([][]*float64{make([]*float64, len(h.kris))}, len(h.at))
}

func (h *past) sumsOf(site casebook.SiteID) []float64 {
	if sums, known := h.sums[site]; known {
		return sums
	}
	return make([]float64, len(h.at))
}

func (h *past) add(f *Figures) {
	for _, r := range f.Tables[0].Sites {
		mark := h.marks[r.Site]
		h.scores[r.Site] = append(h.weeksOf(r.Site), f.scores(r.Site))
		h.sums[r.Site] = append(h.sumsOf(r.Site), mark.observe(f, r.Site))
		h.marks[r.Site] = mark
	}
	h.at = append(h.at, f.AsOf)
}

// scores are a site's, by indicator, nil where there is none.
func (f *Figures) scores(site casebook.SiteID) []*float64 {
	out := make([]*float64, len(f.Tables))
	for i := range f.Tables {
		t := &f.Tables[i]
		if r, ok := t.row(site); ok && !math.IsNaN(r.Score) && t.Funnel.Factor > 0 {
			out[i] = &r.Score
		}
	}
	return out
}

// observe takes in what came of kri0001 since the last time, and returns the sum.
func (v *vigilance) observe(f *Figures, site casebook.SiteID) float64 {
	t := f.table(firstKRI)
	if t == nil {
		return 0
	}
	r, ok := t.row(site)
	if !ok {
		return 0
	}
	top := 0.0
	rest := stat.Counts{Num: t.Study.Counts.Num - r.Counts.Num, Den: t.Study.Counts.Den - r.Counts.Den}
	if y, d := r.Counts.Num-v.seen.Num, r.Counts.Den-v.seen.Den; rest.Den > 0 && rest.Num > 0 && d >= 0 && y >= 0 {
		top = v.cusum.Observe(float64(y), rest.Metric()*float64(d), stat.Under)
	}
	v.seen = r.Counts
	return top
}

// pastOf returns what the study's history is at f, or nil where it is not to be had within the recallTime of who asks. Run
// replays the study for it, whoever still waits, so that it is there for who asks again.
func (s *Service) pastOf(ctx context.Context, study casebook.StudyID, f *Figures) *past {
	w := s.watch(study)
	current := func() *past {
		if h := w.history.Load(); h.holds(f.Edited, f.Next, s.db.World().Now()) {
			return h
		}
		return nil
	}
	if h := current(); h != nil {
		return h
	}
	s.mu.Lock()
	if w.recalled == nil {
		select {
		case s.recalls <- study:
			w.recalled = make(chan struct{})
		default: // many studies wait, this one's turn comes
		}
	}
	recalled := w.recalled
	s.mu.Unlock()
	ctx, stop := context.WithTimeout(ctx, recallTime)
	defer stop()
	select {
	case <-recalled:
	case <-ctx.Done():
	}
	return current()
}

// keepRecalling makes the histories that are asked for.
func (s *Service) keepRecalling(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case study := <-s.recalls:
			w := s.watch(study)
			h, err := s.recall(ctx, study)
			if err == nil {
				w.history.Store(h)
			} else if ctx.Err() == nil {
				slog.ErrorContext(ctx, "a study's history could not be made and will be when somebody asks again", "study", study, "error", err)
			}
			s.mu.Lock()
			close(w.recalled)
			w.recalled = nil
			s.mu.Unlock()
		}
	}
}

func (s *Service) recall(ctx context.Context, study casebook.StudyID) (*past, error) {
	var e *edition
	err := s.db.View(ctx, func(tx *store.Tx) (err error) { e, err = s.edition(ctx, tx, study); return err })
	if err != nil {
		return nil, err
	}
	h := &past{edited: e.edited, scores: map[casebook.SiteID][][]*float64{}, sums: map[casebook.SiteID][]float64{}, marks: map[casebook.SiteID]vigilance{}}
	for _, k := range e.indicators {
		h.kris = append(h.kris, k.ID)
	}
	st, _, due, err := s.weeks(ctx, study, e.catalogue, func(st *state) {
		st.awaited = true // many subjects are compared with one another for the present alone
		h.add(st.figures(everyDetector))
	})
	if err != nil {
		return nil, err
	}
	h.next, h.due, h.silent = st.next, due, !due.Before(st.newest.Add(silence))
	return h, nil
}
