package load

import (
	"errors"
	"math"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
)

// between counts the requests of a schedule that fall due in a part of the run.
func between(s schedule, from, to time.Duration) (count int) {
	last := time.Duration(-1)
	for n := range int64(1 << 20) {
		at, more := s.due(n)
		if !more || at < last {
			break
		}
		if last = at; at >= from && at < to {
			count++
		}
	}
	return count
}

func TestEachShapeOffersWhatItSays(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for _, c := range []struct {
		shape    string
		from, to time.Duration
		want     int
	}{
		{Steady, 0, minute, 6000},
		{Soak, 0, minute, 6000},
		{Ramp, 0, minute, 3000},
		{Ramp, 0, minute / 2, 750}, // a quarter falls due in the first half
		{Spike, 0, 27 * time.Second, 2700},
		{Spike, 27 * time.Second, 33 * time.Second, 6000},
		{Spike, 33 * time.Second, minute, 2700},
		{Overload, 0, 20 * time.Second, 2000},
		{Overload, 20 * time.Second, 40 * time.Second, 10_000},
		{Overload, 40 * time.Second, minute, 2000},
	} {
		if n := between(schedule{100, shapes[c.shape], minute}, c.from, c.to); math.Abs(float64(n-c.want)) > 1 {
			t.Errorf("%s offers %d from %v to %v, want %d", c.shape, n, c.from, c.to, c.want)
		}
	}
}

func TestAnOverloadShowsInItsLegAndEndsWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var one sync.Mutex // a server that carries 200 a second, and sends away who does not find it free
		o := virtually(t, &door{before: func(_ int, w http.ResponseWriter) bool {
			if !one.TryLock() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			defer one.Unlock()
			<-time.After(5 * time.Millisecond)
			return false
		}})
		o.Shape, o.Rate, o.Duration, o.Connections = Overload, 100, 12*time.Second, 64
		r := run(t, o)
		if len(r.Legs) != 3 || len(r.Timeline) != mostMoments {
			t.Fatalf("%d legs, %d moments", len(r.Legs), len(r.Timeline))
		}
		for i, want := range []struct{ offered, good, shed float64 }{{100, 100, 0}, {500, 166, 333}, {100, 100, 0}} {
			l := r.Legs[i]
			if math.Abs(l.Offered-want.offered) > 1 || math.Abs(l.Good-want.good) > 40 || math.Abs(l.Shed-want.shed) > 40 {
				t.Errorf("leg %d: %+v, want about %+v", i, l, want)
			}
		}
		if at := r.Timeline[60]; at.At < 6 || at.At > 6.2 || math.Abs(at.Offered-500) > 11 {
			t.Errorf("%+v", at)
		}
	})
}

func TestAShapeNeedsARateAndAName(t *testing.T) {
	t.Parallel()
	for code, spoil := range map[string]func(*Options){
		"load.shape_unknown": func(o *Options) { o.Shape = "dome" },
		"load.shape_closed":  func(o *Options) { o.Shape, o.Rate = Spike, 0 },
	} {
		o := visit()
		o.Address = "127.0.0.1:1"
		spoil(&o)
		_, err := Run(t.Context(), o)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
}
