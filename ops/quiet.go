package ops

import "runtime/debug"

// quiet notices when a process has had nothing to do for a while.
type quiet struct {
	seconds int
	rested  bool
}

// quietTime is how many seconds without a request make a process quiet.
const quietTime = 10

// see takes one second's requests and reports once, when the quiet begins, that it is time to give memory back: what
// the start or the last rush took, the collector would otherwise keep until the next one.
func (q *quiet) see(requests float64) bool {
	if requests > 0 {
		*q = quiet{}
		return false
	}
	if q.seconds++; q.seconds < quietTime || q.rested {
		return false
	}
	q.rested = true
	return true
}

// rest collects what nobody needs and gives it back to the system.
func rest() {
	debug.FreeOSMemory()
	forgetCode()
}
