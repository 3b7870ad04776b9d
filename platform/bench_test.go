package platform

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/settings"
	"casebook/store"
)

// opened is the open side on an SQLite file of its own.
func opened(b *testing.B) (*Service, *ledger.Ledger, *auth.Service) {
	b.Helper()
	world := casebook.Outside()
	db, err := store.Open(b.Context(), "sqlite:"+b.TempDir()+"/c.db", store.Options{World: world, Unsafe: true, Migrations: []fs.FS{ledger.Migrations, settings.Migrations, auth.Migrations}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	l := ledger.New(db, ledger.Options{})
	return New(l, Options{Settings: settings.New(l, settings.Options{Keys: Keys})}), l, auth.New(l, world)
}

// What every request of another program costs before anything is done for it: its key is checked, and it is counted.
func BenchmarkKeyAndRate(b *testing.B) {
	s, _, people := opened(b)
	ctx := casebook.WithActor(b.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	token, _, err := people.IssueToken(ctx, auth.NewToken{Study: htn, Kind: auth.Client, Name: "warehouse", Scopes: []auth.Action{auth.FormRead}})
	if err != nil {
		b.Fatal(err)
	}
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+token)
	b.ReportAllocs()
	for b.Loop() {
		p, err := people.Authenticate(r)
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Admit(w, p)
	}
}

// A warm feed, from its first entry to its last: as a reader gets it, and as bare reading of the same rows.
func BenchmarkFeed(b *testing.B) {
	const entries = 20_000
	s, l, _ := opened(b)
	ctx := casebook.WithActor(b.Context(), casebook.Actor{User: "linyue", Role: "coordinator", Location: "01"})
	for written := 0; written < entries; written += 1000 {
		err := l.Write(ctx, htn, func(w *ledger.Writer) error {
			for i := range 1000 {
				w.Record(ctx, ledger.Entry{What: "bed.made", Site: "01", Subject: "S1", Ref: "E.BL/1/F.VS/1", New: fmt.Sprintf(`{"definition":1,"items":[{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"%d"}]}`, i)})
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Seal(ctx, htn); err != nil {
		b.Fatal(err)
	}
	measure := func(name string, read func(b *testing.B) int) {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n += read(b)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entries/s")
		})
	}
	measure("reader", func(b *testing.B) int {
		r := httptest.NewRequestWithContext(auth.With(b.Context(), everywhere), http.MethodGet, "/", nil)
		r.SetPathValue("study", string(htn))
		r.Header.Set("Accept", "application/x-ndjson")
		w := &counting{ResponseRecorder: httptest.NewRecorder()}
		if err := s.changes(w, r); err != nil {
			b.Fatal(err)
		}
		return w.lines - 1 // the last says where to go on
	})
	measure("rows", func(b *testing.B) (n int) {
		for next := int64(0); ; {
			was := n
			err := l.DB().View(b.Context(), func(tx *store.Tx) (err error) {
				next, err = ledger.Each(b.Context(), tx, htn, next, feedBatch, func(*ledger.Entry) error { n++; return nil })
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			if n == was {
				return n
			}
		}
	})
}

// counting counts lines and keeps none.
type counting struct {
	*httptest.ResponseRecorder
	lines int
}

func (c *counting) Write(b []byte) (int, error) {
	c.lines += bytes.Count(b, []byte{'\n'})
	return len(b), nil
}
