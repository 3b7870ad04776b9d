package ledger

import (
	"strings"
	"testing"
	"time"

	"casebook"
)

// BenchmarkPool is the digest of an entry with a report's 2 KB, hashed in room of the pool and in room of its own.
func BenchmarkPool(b *testing.B) {
	e := Entry{Study: "HTN-24", ID: "0195a7d2-9c1e-7000-8000-000000000001", Site: "03", Subject: "03-001", What: "report.received", Ref: "E.DIARY/1/F.HBP/1",
		Actor: casebook.UserID("device:1"), Role: "device", New: strings.Repeat(`{"i":"IT.AMSYS1","v":"132"},`, 75), At: time.UnixMicro(1)}
	for _, way := range []string{"kept", "made"} {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if way == "made" {
					scratch.Get() // and away: the pool is empty
				}
				e.digest()
			}
		})
	}
}
