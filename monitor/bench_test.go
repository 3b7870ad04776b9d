package monitor

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"
)

// BenchmarkASiteIsKept tells how many bytes a site takes with all indicators and 40 measurements: alone, and with twenty subjects, each of
// whom has its own 40.
func BenchmarkASiteIsKept(b *testing.B) {
	for _, with := range []string{"alone", "withSubjects"} {
		b.Run(with, func(b *testing.B) {
			const sites = 200
			for b.Loop() {
				before := heap()
				st := newState(newCatalogue(Indicators()))
				for i := range sites {
					s := st.site(casebook.SiteID(fmt.Sprintf("%04d", i)))
					for n := range 20 {
						if with == "alone" {
							measureAll(&s.readings, int64(n))
							continue
						}
						p := st.subject(casebook.SubjectID(fmt.Sprintf("%04d-%02d", i, n)), s.id)
						st.read(p, func(r *readings) { measureAll(r, int64(n)) })
					}
					for _, of := range st.watched {
						s.vigil(vigilName(of[0], of[1]))
					}
				}
				b.ReportMetric(float64(heap()-before)/sites, "B/site")
				runtime.KeepAlive(st)
			}
		})
	}
}

func measureAll(r *readings, n int64) {
	for k := range 40 {
		r.measured(measurementNames[k], int(n%10), 1000*(100+n), 1)
	}
}

var measurementNames = func() (names [40]string) {
	for k := range names {
		names[k] = fmt.Sprintf("IT.M%02d", k)
	}
	return names
}()

// heap is what is in use, after what is not was given back.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far less
}

// BenchmarkAStudyIsRebuilt counts a study of 20,000 entries anew from its ledger on SQLite.
func BenchmarkAStudyIsRebuilt(b *testing.B) {
	def := htn(b)
	clock := casebook.NewClock(until)
	db, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "casebook.db"), store.Options{World: casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand},
		Migrations: []fs.FS{ledger.Migrations, Migrations}})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	l := ledger.New(db, ledger.Options{})
	s := New(l, func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
	entries, _ := chances(rand.New(rand.NewPCG(1, 1)), 20_000)
	ctx := casebook.WithActor(b.Context(), casebook.Actor{User: "linyue", Role: "coordinator"})
	for part := range slices.Chunk(entries, 1000) {
		err := l.Write(ctx, demo.ID, func(w *ledger.Writer) error {
			for _, e := range part {
				w.Record(ctx, e)
			}
			return nil
		})
		if err == nil {
			err = l.Seal(ctx, demo.ID)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	var size int64
	if err := db.View(ctx, func(tx *store.Tx) (err error) { size, err = ledger.Size(ctx, tx, demo.ID); return err }); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.refold(ctx, demo.ID, s.base, size); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkALargeStudyIsLookedOver tells what one look of each detector takes in a study of 1,000 sites with 20,000 subjects and 400,000 visits of four
// measurements, and how much memory the study takes.
func BenchmarkALargeStudyIsLookedOver(b *testing.B) {
	def := vitals()
	s := New(ledger.New(nil, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return def, nil })
	before := heap()
	st := newState(s.base)
	r := rand.New(rand.NewPCG(1, 11))
	for n := range 1000 {
		entries := historyOf(r, newRecorder(), n, 20, 20, nil)
		for i := range entries {
			entries[i].Index = st.next + int64(i)
		}
		if err := s.take(b.Context(), demo.ID, st, entries); err != nil {
			b.Fatal(err)
		}
	}
	st.advance(until)
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
		}
	})
	for _, method := range []string{methodDigits, methodWeekdays, methodSpread, methodShift, methodTwins, methodInliers} {
		b.Run(method, func(b *testing.B) {
			for b.Loop() {
				st.detect(method)
			}
		})
	}
}
