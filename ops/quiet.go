package ops

import "runtime/debug"

// quiet notices when a process has had nothing to do for a while.
type quiet struct {
	seconds int
	rested  bool
}

// quietTime is how many seconds without a request make a process quiet.
const quietTime = 10

// see takes one second's requests. It reports when the quiet begins, and when it ends: what the start or the last rush
// took, the collector would otherwise keep until the next one.
func (q *quiet) see(requests float64) (begins, ends bool) {
	if requests > 0 {
		ends = q.rested
		*q = quiet{}
		return false, ends
	}
	if q.seconds++; q.seconds < quietTime || q.rested {
		return false, false
	}
	q.rested = true
	return true, false
}

// quietPercent is how far the heap grows between two collections while it is quiet (GOGC): time is cheap then.
const quietPercent = 25

// rest gives back to the system what nobody needs, and keeps it small. It returns what wakes the process again.
func rest() (wake func()) {
	busy := debug.SetGCPercent(quietPercent)
	debug.FreeOSMemory()
	forgetCode()
	return func() { debug.SetGCPercent(busy) }
}
