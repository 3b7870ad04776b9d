package monitor

import (
	"context"
	"time"

	"casebook"
	"casebook/demo"
)

// ended waits until the study's rehearsal has ended.
func (w *ward) ended(s *Service) Rehearsal {
	w.Helper()
	limit, cancel := context.WithTimeout(w.Context(), 2*time.Minute)
	defer cancel()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if r := s.Rehearsal(demo.ID); r != nil && !r.underWay() {
			return *r
		}
		select {
		case <-look.C:
		case <-limit.Done():
			w.Fatalf("it never ended: %+v", s.Rehearsal(demo.ID))
		}
	}
}

// rehearses a study on its own data, which are mixed: each share is one, and more is found of what is planted than of what is not. One study
// has one rehearsal at a time, and a stopped one ends.
func (w *ward) rehearses(s *Service) {
	w.Helper()
	ctx := casebook.WithActor(w.Context(), casebook.Actor{User: "zhaomin", Role: "datamanager"})
	if _, err := s.Rehearse(ctx, demo.ID, "kri9999"); casebook.KindOf(err) != casebook.NotFound {
		w.Errorf("an indicator that is not there: %v", err)
	}
	first, err := s.Rehearse(ctx, demo.ID, "kri0001")
	w.must(err)
	if _, err := s.Rehearse(ctx, demo.ID, "kri0001"); casebook.KindOf(err) != casebook.Conflict {
		w.Errorf("a second one at the same time: %v", err)
	}
	r := w.ended(s)
	if r.State != rehearsalDone || r.Steps != r.Of || r.Of == 0 || r.By != "zhaomin" || first.State != rehearsalWaits {
		w.Fatalf("%+v", r)
	}
	kinds := map[string]bool{}
	for _, x := range r.Rehearsed {
		kinds[x.Kind] = true
		for _, share := range []float64{x.Found[0], x.Found[1], x.Alarms[0], x.Alarms[1]} {
			if share < 0 || share > 1 {
				w.Errorf("%s: %+v", x.Kind, x)
			}
		}
		if (x.Kind == "half" || x.Kind == "carried") && x.Found[0] <= x.Alarms[0] || x.Kind == "silent" && (x.Within == nil || x.Delay == nil) || len(x.ROC) == 0 {
			w.Errorf("%s: %+v", x.Kind, x)
		}
		w.Logf("%s: found %v, alarms %v", x.Kind, x.Found, x.Alarms)
	}
	if !kinds["half"] || !kinds["silent"] || r.Measured > 0 && !kinds["copied"] {
		w.Errorf("tried were %v of %d measured subjects", kinds, r.Measured)
	}
	_, err = s.Rehearse(ctx, demo.ID, "kri0001")
	w.must(err)
	s.StopRehearsal(demo.ID)
	if stopped := w.ended(s); stopped.State != rehearsalCancelled {
		w.Errorf("it was stopped and is %s", stopped.State)
	}
}
