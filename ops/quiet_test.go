package ops

import "testing"

func TestAQuietProcessRestsOnceUntilItIsVisitedAgain(t *testing.T) {
	t.Parallel()
	var q quiet
	rests := func(seconds int, requests float64) (n int) {
		for range seconds {
			if q.see(requests) {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		seconds  int
		requests float64
		rests    int
	}{
		{quietTime - 1, 0, 0},
		{1, 3, 0}, // a visit begins the count anew
		{quietTime - 1, 0, 0},
		{1, 0, 1},
		{100, 0, 0},
		{5, 1, 0},
		{quietTime, 0, 1},
	} {
		if n := rests(step.seconds, step.requests); n != step.rests {
			t.Errorf("rested %d times in %d seconds of %v requests, want %d", n, step.seconds, step.requests, step.rests)
		}
	}
}
