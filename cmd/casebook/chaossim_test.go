package main

import (
	"testing"

	"casebook"
	"casebook/chaos"
)

func TestACourseOfEventsComesBackWithItsSeed(t *testing.T) {
	t.Parallel()
	m, control, err := simFault(t.Context(), nil, t.TempDir(), chaos.Bounds{Seed: 3, Size: 2, World: casebook.Outside()})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Pass {
		t.Errorf("%+v", m)
	}
	if control.Pass || int(control.N) != len(simFaults) {
		t.Errorf("a planted fault was not found: %+v", control)
	}
}
