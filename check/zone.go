package check

import (
	"strings"
	"sync"
	"time"
)

// zones remembers the locations that were loaded. Only names of the time zone database get in, so it stays small.
var zones sync.Map

// zoneNamed returns the time zone of an IANA name. "" and "Local" are none: they would depend on the machine, and so would
// what else a machine keeps beside its zones, as right/Europe/Berlin, which counts leap seconds.
func zoneNamed(name string) (*time.Location, bool) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), true
	}
	if name == "Local" || len(name) > 64 {
		return nil, false
	}
	for word := range strings.SplitSeq(name, "/") {
		if word == "" || word[0] < 'A' || word[0] > 'Z' {
			return nil, false
		}
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, z)
	return z, true
}

// lastLaw is the end of the year 2099: what law sets the clocks by then nobody knows, so they are not changed any more.
// It keeps the changes of a zone a list that can be handed to the engine in the browser, see ZoneChanges.
var lastLaw = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() - 1

func offsetMs(z *time.Location, ms int64) int64 {
	_, s := time.UnixMilli(min(ms, lastLaw)).In(z).Zone()
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

// ZoneChanges returns the clock changes of the zone of an IANA name, in seconds: the first offset from UTC, then by turns
// a moment (Unix time) and the offset from then on. The engine in the browser gets its zones so: the browser's own may be
// older or newer than the server's, and know other names.
func ZoneChanges(name string) ([]int64, bool) {
	z, ok := zoneNamed(name)
	if !ok {
		return nil, false
	}
	at := time.UnixMilli(wallMs(10_101 * clockUnit)).Add(-24 * time.Hour).In(z)
	_, offset := at.Zone()
	changes := []int64{int64(offset)}
	for {
		_, end := at.ZoneBounds()
		if end.IsZero() || end.UnixMilli() > lastLaw {
			return changes, true
		}
		if !end.After(at) { // package time may end a period with the year and begin none
			end = at.Add(24 * time.Hour)
		}
		at = end
		if _, next := at.Zone(); next != offset { // a change of the name alone is none of the clock
			start, _ := at.ZoneBounds()
			offset = next
			changes = append(changes, start.Unix(), int64(offset))
		}
	}
}
