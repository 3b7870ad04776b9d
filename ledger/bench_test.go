package ledger_test

import (
	"fmt"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// BenchmarkVerify tells how many entries one core verifies in a second, on SQLite.
func BenchmarkVerify(b *testing.B) {
	const n = 20_000
	db, err := store.Open(b.Context(), "sqlite:"+b.TempDir()+"/bench.db", store.Options{Migrations: tables})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	l := ledger.New(db, ledger.Options{})
	for done := 0; done < n; done += 500 {
		err := l.Write(b.Context(), "S1", func(w *ledger.Writer) error {
			for i := range 500 {
				w.Record(b.Context(), ledger.Entry{What: "bed.made", Subject: casebook.SubjectID(fmt.Sprint("P", i%100)), New: `{"made":true}`})
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		v, err := ledger.Verify(b.Context(), db, "", nil, func(casebook.StudyID) []ledger.Fold { return nil })
		if err != nil || len(v.Findings) > 0 || v.Entries != n {
			b.Fatalf("%+v %v", v, err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
