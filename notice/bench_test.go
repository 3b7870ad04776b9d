package notice

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
)

// BenchmarkSend sends one notice to sites × 4 recipients: CASEBOOK_SITES, 5,000 unless it says otherwise. It counts until
// the last of them is on disk with its entry, and reports beside the time how much memory the process took more than before.
func BenchmarkSend(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			dsn := "sqlite:" + b.TempDir() + "/casebook.db"
			if engine == "postgres" {
				server, err := storetest.Start()
				if err != nil {
					b.Skip(err)
				}
				dsn = server
			}
			sendMany(b, dsn)
		})
	}
}

// benchSites is how many sites the town of a measurement has.
func benchSites() int {
	if n, err := strconv.Atoi(os.Getenv("CASEBOOK_SITES")); err == nil {
		return n
	}
	return 5000
}

func sendMany(b *testing.B, dsn string) {
	sites := benchSites()
	db, err := store.Open(b.Context(), dsn, store.Options{Migrations: migrations})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	h := newHouse(b, db, nil)
	h.town(sites, 4)
	var before, after runtime.MemStats
	b.ResetTimer()
	for range b.N {
		runtime.GC()
		runtime.ReadMemStats(&before)
		n := h.send(letterTo(auth.Coordinator))
		for more := true; more; {
			if more, err = h.s.next(system(b.Context()), htn, n.ID); err != nil {
				b.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if got, err := h.s.Get(b.Context(), htn, n.ID); err != nil || got.State != Sent || got.Addressed != int64(4*sites) {
			b.Fatalf("%d addressed, %s, %v", got.Addressed, got.State, err)
		}
	}
	b.ReportMetric(float64(4*sites*b.N)/b.Elapsed().Seconds(), "recipients/s")
	b.ReportMetric(float64(after.Sys-before.Sys)/(1<<20), "MB-more")
}

// town makes a study of many sites with some coordinators each, by SQL.
func (h *house) town(sites, each int) {
	h.Helper()
	ctx := casebook.WithActor(h.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
	_, err := h.trials.Create(ctx, trial.Trial{ID: htn, Name: "HTN-24", Environment: trial.Training})
	h.must(err)
	h.grants["pm"] = []auth.Grant{{Study: htn, Role: auth.ProjectManager}}
	const people = `INSERT INTO auth_person(user_id, name, name_zh, locale, password, active, created) VALUES($1,$1,'',$2,'',1,0)`
	for from := 0; from < sites; from += 500 {
		h.must(h.db.Update(ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+500, sites); i++ {
				site := fmt.Sprintf("%04d", i)
				name, zone := `{"en":"Site `+site+`","zh-CN":"第`+site+`中心"}`, "Asia/Shanghai"
				if _, err := tx.Exec(ctx, `INSERT INTO trial_site(study_id, site_id, name, zone, state, activated_at) VALUES($1,$2,$3,$4,'active',1)`, htn, site, name, zone); err != nil {
					return err
				}
				for k := range each {
					user := fmt.Sprintf("p%s.%d", site, k)
					if _, err := tx.Exec(ctx, people, user, []string{"zh-CN", "en"}[k%2]); err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, `INSERT INTO auth_grant(user_id, study_id, site_id, role) VALUES($1,$2,$3,'coordinator')`, user, htn, site); err != nil {
						return err
					}
				}
			}
			return nil
		}))
	}
}
