package ops

import "testing"

func TestAQuietProcessRestsOnceUntilItIsVisitedAgain(t *testing.T) {
	t.Parallel()
	var q quiet
	see := func(seconds int, requests float64) (rests, wakes int) {
		for range seconds {
			begins, ends := q.see(requests)
			if begins {
				rests++
			}
			if ends {
				wakes++
			}
		}
		return rests, wakes
	}
	for _, step := range []struct {
		seconds  int
		requests float64
		rests    int
		wakes    int
	}{
		{quietTime - 1, 0, 0, 0},
		{1, 3, 0, 0}, // a visit begins the count anew
		{quietTime - 1, 0, 0, 0},
		{1, 0, 1, 0},
		{100, 0, 0, 0},
		{5, 1, 0, 1},
		{quietTime, 0, 1, 0},
	} {
		if rests, wakes := see(step.seconds, step.requests); rests != step.rests || wakes != step.wakes {
			t.Errorf("rested %d times and woke %d in %d seconds of %v requests, want %d and %d", rests, wakes, step.seconds, step.requests, step.rests, step.wakes)
		}
	}
}
