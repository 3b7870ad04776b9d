package main

import (
	"testing"

	"casebook"
	"casebook/chaos"
)

func TestTheProductDoesNotFollowAClockThatIsTurned(t *testing.T) {
	t.Parallel()
	m, control, err := clockFault(t.Context(), nil, t.TempDir(), chaos.Bounds{Seed: 1, World: casebook.Outside()})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Pass {
		t.Errorf("%+v", m)
	}
	if control.Pass {
		t.Errorf("the order of the entries' own clocks was not seen to be wrong: %+v", control)
	}
}
