package check

import (
	"sync"
	"time"
)

// zones remembers the locations that were loaded. Only names of the time zone database get in, so it stays small.
var zones sync.Map

// zoneNamed returns the time zone of an IANA name. "" and "Local" are none: they would depend on the machine.
func zoneNamed(name string) (*time.Location, bool) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), true
	}
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, false
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, z)
	return z, true
}

func offsetMs(z *time.Location, ms int64) int64 {
	_, s := time.UnixMilli(ms).In(z).Zone()
	return int64(s) * 1000
}

// inZone returns the wall clock reading in z at a moment.
func inZone(instant int64, z *time.Location) Value { return wallOf(instant + offsetMs(z, instant)) }

// moment returns when the clocks of z show a wall clock reading, given as if in UTC. A reading shown twice is the
// earlier moment; one that is skipped is read by the offset before the gap, as in RFC 5545 section 3.3.5 and in
// ECMAScript Temporal ("compatible").
func moment(wall int64, z *time.Location) Value {
	before, after := offsetMs(z, wall-dayMs), offsetMs(z, wall+dayMs)
	first, second := wall-before, wall-after
	if offsetMs(z, first) != before && offsetMs(z, second) == after {
		return instantOf(second)
	}
	return instantOf(first)
}
