package monitor

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"casebook/patient"

	"github.com/go-json-experiment/json"
)

// What is written by hand is, byte for byte, what the reader's own library writes.
func TestAMemoryIsWrittenAsItsReaderWritesIt(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	var got []byte
	var names []string
	for range 500 {
		var m memory
		if r.IntN(2) == 0 {
			m.Status = []patient.Status{patient.Enrolled, patient.Withdrawn, `odd "status" 中文`}[r.IntN(3)]
		}
		if r.IntN(2) == 0 {
			m.Report = int64(r.Uint64())
		}
		for range r.IntN(4) {
			m.Changed = append(m.Changed, r.Uint64())
			m.Held = append(m.Held, int64(r.IntN(20)-10))
		}
		for range r.IntN(4) {
			if m.Open == nil {
				m.Open = map[string]int64{}
			}
			m.Open["q"+strconv.Itoa(r.IntN(100))] = r.Int64()
		}
		want, err := json.Marshal(&m, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		if got, names = m.append(got[:0], names); string(got) != string(want) {
			t.Fatalf("written %s, want %s", got, want)
		}
	}
}
