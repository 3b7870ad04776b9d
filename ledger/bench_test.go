package ledger_test

import (
	"flag"
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

// BenchmarkSearch looks through the trail of a study with many entries on SQLite, beside reading one page of it in order. -searched
// says how many; what is rare is looked for to the end.
func BenchmarkSearch(b *testing.B) {
	n := *searched
	db, err := store.Open(b.Context(), "sqlite:"+b.TempDir()+"/bench.db", store.Options{Migrations: tables})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	l := ledger.New(db, ledger.Options{})
	for done := 0; done < n; done += 2000 {
		err := l.Write(b.Context(), "S1", func(w *ledger.Writer) error {
			for i := range 2000 {
				at := done + i
				e := ledger.Entry{What: []string{"record.item.saved", "record.query.changed"}[at%2], Subject: casebook.SubjectID(fmt.Sprint("P", at%1000)), Site: casebook.SiteID(fmt.Sprint(at % 8)),
					Ref: "E.BL/1/F.VS/1", New: `{"items":[{"group":"IG.VS","item":"IT.SYS","value":"136"}]}`, Actor: "lin"}
				if at == n/3 {
					e.Actor, e.Reason = "rare", "a needle"
				}
				w.Record(b.Context(), e)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	whole := func(b *testing.B, f ledger.Filter, want int) {
		f.AllSites = true
		for b.Loop() {
			got, from := 0, ledger.Place{}
			for {
				var found ledger.Found
				err := db.View(b.Context(), func(tx *store.Tx) (err error) {
					found, err = ledger.Search(b.Context(), tx, "S1", f, from, 100)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				if got += len(found.Entries); got >= want && want == 100 {
					break
				}
				if from = found.Next; from.ID == "" {
					break
				}
			}
			if got != want {
				b.Fatalf("found %d", got)
			}
		}
	}
	b.Run("newest page", func(b *testing.B) { whole(b, ledger.Filter{}, 100) })
	b.Run("a verb, first page", func(b *testing.B) { whole(b, ledger.Filter{What: "record.query.changed"}, 100) })
	b.Run("a person, all", func(b *testing.B) { whole(b, ledger.Filter{Actor: "rare"}, 1) })
	b.Run("a text, all", func(b *testing.B) { whole(b, ledger.Filter{Text: "needle"}, 1) })
	b.Run("a subject, all", func(b *testing.B) { whole(b, ledger.Filter{Subject: "P7"}, n/1000) })
}

var searched = flag.Int("searched", 100_000, "entries that BenchmarkSearch looks through")
