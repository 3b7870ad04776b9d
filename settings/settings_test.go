package settings_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"

	"go.uber.org/goleak"
	"golang.org/x/mod/sumdb/note"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	goleak.VerifyTestMain(m)
}

var (
	window = settings.Declare(settings.Key{Name: "diary.window", Kind: settings.Duration, Default: "48h", Min: "1h", Max: "240h", Deepest: settings.Site})
	rate   = settings.Declare(settings.Key{Name: "api.rate", Kind: settings.Int, Default: "50", Min: "1", Max: "1000", Deepest: settings.Study})
	keys   = []*settings.Key{window, rate}
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// office is a database where linyue proposes and chenrui approves.
type office struct {
	*testing.T
	clock *casebook.Clock
	world casebook.World
	dsn   string
	db    *store.DB
	s     *settings.Settings
}

func onOffices(t *testing.T, fn func(o *office)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			clock := casebook.NewClock(noon)
			o := &office{T: t, clock: clock, world: casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}, dsn: storetest.DSN(t, engine)}
			o.db = o.open()
			o.s = o.process("one")
			fn(o)
		})
	}
}

func (o *office) open() *store.DB {
	return storetest.Open(o.T, o.dsn, o.world, []fs.FS{ledger.Migrations, settings.Migrations})
}

// process is the settings of another process on the same database.
func (o *office) process(name string) *settings.Settings {
	return settings.New(ledger.New(o.db, ledger.Options{}), settings.Options{Keys: keys, Process: name, Kept: filepath.Join(o.TempDir(), name)})
}

func (o *office) run(s *settings.Settings) {
	ctx, cancel := context.WithCancel(o.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Run(ctx) }()
	o.Cleanup(func() { cancel(); <-ended })
}

func as(t *testing.T, user casebook.UserID) context.Context {
	return casebook.WithActor(t.Context(), casebook.Actor{User: user, Role: "admin", Location: "sponsor"})
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func say(key string, place settings.Place, value string) settings.Change {
	return settings.Change{Assignment: settings.Assignment{Key: key, Place: place, Value: value}}
}

// release proposes and approves, and takes the release over.
func (o *office) release(trial settings.Trial, changes ...settings.Change) int64 {
	o.Helper()
	d, err := o.s.Propose(as(o.T, "linyue"), changes, "protocol amendment 2")
	o.must(err)
	n, err := o.s.Approve(as(o.T, "chenrui"), d.ID, trial, "")
	o.must(err)
	o.must(o.s.Load(o.Context()))
	return n
}

func (o *office) window(p settings.Place) string {
	return o.s.Get(o.s.At(p), window).Duration().String()
}

var (
	study = settings.Place{Study: "HTN-24", Organisation: "LY"}
	site1 = settings.Place{Study: "HTN-24", Organisation: "LY", Country: "CN", Site: "01"}
	site2 = settings.Place{Study: "HTN-24", Organisation: "LY", Country: "CN", Site: "02"}
	other = settings.Place{Study: "ABC", Site: "01"}
)

func TestADeeperPlaceGoesFirstAndSaysWhy(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		if got := o.window(site1); got != "48h0m0s" {
			o.Errorf("before anybody said anything: %s", got)
		}
		o.release(settings.Trial{}, say("diary.window", settings.Place{}, "50h"), say("diary.window", settings.Place{Organisation: "LY"}, "60h"),
			say("diary.window", settings.Place{Study: "HTN-24"}, "70h"), say("diary.window", settings.Place{Study: "HTN-24", Country: "CN"}, "80h"),
			say("diary.window", settings.Place{Study: "HTN-24", Site: "01"}, "90h"))
		for p, want := range map[settings.Place]string{{}: "50h0m0s", {Organisation: "LY"}: "60h0m0s", study: "70h0m0s", site2: "80h0m0s", site1: "90h0m0s", other: "50h0m0s"} {
			if got := o.window(p); got != want {
				o.Errorf("at %v it is %s, want %s", p, got, want)
			}
		}
		value, release, why, err := o.s.Explain(site1, "diary.window")
		o.must(err)
		if value != "90h" || release != 1 || len(why) != 6 || why[0].Because != "in_force" || why[0].Level != "site" || why[5].Level != "default" {
			o.Errorf("%s, %d, %+v", value, release, why)
		}
	})
}

func TestNobodyApprovesTheirOwnDraft(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		d, err := o.s.Propose(as(o.T, "linyue"), []settings.Change{say("api.rate", settings.Place{}, "70")}, "more load")
		o.must(err)
		_, lines, err := o.s.Diff(o.Context(), d.ID)
		o.must(err)
		if len(lines) != 1 || lines[0].Old != "" || lines[0].New != "70" {
			o.Errorf("the difference is %+v", lines)
		}
		if _, err := o.s.Approve(as(o.T, "linyue"), d.ID, settings.Trial{}, ""); casebook.KindOf(err) != casebook.Forbidden {
			o.Errorf("her own: %v", err)
		}
		second, err := o.s.Propose(as(o.T, "linyue"), []settings.Change{say("api.rate", settings.Place{}, "80")}, "more load")
		o.must(err)
		_, err = o.s.Approve(as(o.T, "chenrui"), d.ID, settings.Trial{}, "")
		o.must(err)
		if _, err := o.s.Approve(as(o.T, "chenrui"), second.ID, settings.Trial{}, ""); casebook.KindOf(err) != casebook.Stale {
			o.Errorf("a draft made against what is no longer in force: %v", err)
		}
		if _, err := o.s.Approve(as(o.T, "chenrui"), d.ID, settings.Trial{}, ""); casebook.KindOf(err) != casebook.Conflict {
			o.Errorf("twice: %v", err)
		}
	})
}

func TestWhatIsOutOfRangeIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		for _, bad := range []settings.Change{say("diary.window", settings.Place{}, "30m"), say("diary.window", settings.Place{}, "300h"), say("diary.window", settings.Place{}, "two days"),
			say("no.such", settings.Place{}, "1"), say("api.rate", settings.Place{Study: "HTN-24", Site: "01"}, "10"), say("api.rate", settings.Place{Site: "01"}, "10"), say("api.rate", settings.Place{}, "1.5")} {
			_, err := o.s.Propose(as(o.T, "linyue"), []settings.Change{bad}, "why not")
			if casebook.KindOf(err) != casebook.Invalid {
				o.Errorf("%+v: %v", bad, err)
			}
		}
		if _, err := o.s.Propose(as(o.T, "linyue"), []settings.Change{say("api.rate", settings.Place{}, "10")}, " "); casebook.KindOf(err) != casebook.Invalid {
			o.Errorf("without a reason: %v", err)
		}
	})
}

func TestARollbackIsANewRelease(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		o.release(settings.Trial{}, say("diary.window", settings.Place{}, "50h"))
		o.release(settings.Trial{}, say("diary.window", settings.Place{}, "60h"))
		n, err := o.s.Rollback(as(o.T, "linyue"), 1, "patients complained")
		o.must(err)
		o.must(o.s.Load(o.Context()))
		if n != 3 || o.window(site1) != "50h0m0s" {
			o.Errorf("release %d, %s", n, o.window(site1))
		}
		all, err := o.s.Releases(o.Context(), 10)
		o.must(err)
		if len(all) != 3 || all[0].Of != 1 || all[1].Number != 2 {
			o.Errorf("%+v", all)
		}
	})
}

func TestAValueWaitsForItsDateAndForTheEthicsCommittee(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		later := say("diary.window", settings.Place{}, "50h")
		later.From = noon.Add(time.Hour)
		amended := say("diary.window", settings.Place{Study: "HTN-24"}, "72h")
		amended.Amendment = "v2.0"
		o.release(settings.Trial{}, later, amended)
		if got := o.window(site1); got != "48h0m0s" {
			o.Errorf("before either: %s", got)
		}
		o.clock.Add(time.Hour)
		o.must(o.s.Load(o.Context()))
		if got := o.window(site1); got != "50h0m0s" {
			o.Errorf("on its date: %s", got)
		}
		o.must(o.s.RecordApproval(as(o.T, "linyue"), "HTN-24", "01", "v2.0", o.clock.Now(), "the committee's letter"))
		o.must(o.s.Load(o.Context()))
		if one, two := o.window(site1), o.window(site2); one != "72h0m0s" || two != "50h0m0s" {
			o.Errorf("approved at site 01 only, it is %s there and %s at site 02", one, two)
		}
		_, _, why, err := o.s.Explain(site2, "diary.window")
		o.must(err)
		if why[0].Because != "approval" {
			o.Errorf("site 02: %+v", why)
		}
	})
}

// What an organisation decides holds in its studies, and in those of others not; nor can whoever asks name another.
func TestASettingOfAnOrganisationHoldsInItsStudies(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		mine := settings.Place{Organisation: "Qinghe CRO", Study: "HTN-24", Site: "01"}
		o.release(settings.Trial{}, say("diary.window", settings.Place{Organisation: "Qinghe CRO"}, "60h"), say("diary.window", settings.Place{Study: "DM-7", Site: "02"}, "30h"))
		if got := o.window(site1); got != "48h0m0s" {
			o.Errorf("before it is recorded whose the study is: %s", got)
		}
		o.must(o.s.Belong(as(o.T, "linyue"), "HTN-24", "Qinghe CRO", "the contract"))
		o.must(o.s.Belong(as(o.T, "linyue"), "DM-7", "Qinghe CRO", "the contract"))
		o.must(o.s.Load(o.Context()))
		for _, c := range []struct {
			where settings.Place
			want  string
		}{{site1, "60h0m0s"}, {mine, "60h0m0s"}, {settings.Place{Study: "DM-7"}, "60h0m0s"}, {settings.Place{Study: "DM-7", Site: "02"}, "30h0m0s"},
			{settings.Place{Study: "HTN-24", Organisation: "another"}, "60h0m0s"}, {settings.Place{Study: "OTHER"}, "48h0m0s"}} {
			if got := o.window(c.where); got != c.want {
				o.Errorf("at %+v it is %s, want %s", c.where, got, c.want)
			}
		}
		value, _, why, err := o.s.Explain(site1, "diary.window")
		o.must(err)
		if value != "60h" || why[0].Level != "organisation" || why[0].Because != "in_force" {
			o.Errorf("explained as %s %+v", value, why)
		}
		if all := o.s.Organisations(); !slices.Equal(all, []string{"Qinghe CRO"}) {
			o.Errorf("organisations: %q", all)
		}
		moved := o.clock.Now()
		o.clock.Add(time.Hour)
		if err := o.s.Belong(as(o.T, "linyue"), "HTN-24", "Qinghe CRO", "again"); casebook.KindOf(err) != casebook.Conflict {
			o.Errorf("recorded twice: %v", err)
		}
		o.must(o.s.Belong(as(o.T, "linyue"), "HTN-24", "", "the contract ended"))
		o.must(o.s.Load(o.Context()))
		if got := o.window(site1); got != "48h0m0s" {
			o.Errorf("nobody's study: %s", got)
		}
		then, err := o.s.Then(o.Context(), 1, moved, site1, window)
		o.must(err)
		if then.Duration() != 60*time.Hour {
			o.Errorf("a record of that time is looked at with %v", then.Duration())
		}
	})
}

func TestABadReleaseOnTrialTakesItselfBack(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		o.run(o.s)
		o.release(settings.Trial{Sites: []settings.Place{{Study: "HTN-24", Site: "01"}}, Hours: 24, Least: 20, Worst: 100}, say("diary.window", settings.Place{}, "60h"))
		if one, two := o.window(site1), o.window(site2); one != "60h0m0s" || two != "48h0m0s" {
			o.Fatalf("on trial it is %s at site 01 and %s at site 02", one, two)
		}
		if one, two := o.s.Release("HTN-24", "01"), o.s.Release("HTN-24", "02"); one != 1 || two != 0 {
			o.Errorf("records keep the releases %d and %d", one, two)
		}
		for n := range 40 {
			o.s.Done(site1, n%4 != 0)
			o.s.Done(site2, false) // not on trial: it does not count
		}
		o.s.Wake()
		o.until("the trial has ended", func() bool { st, err := o.s.Standing(o.Context()); o.must(err); return st.Canary == 0 })
		o.until("the old value is back", func() bool { return o.window(site1) == "48h0m0s" })
	})
}

func TestAGoodReleaseOnTrialComesIntoForceEverywhere(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		o.run(o.s)
		o.release(settings.Trial{Percent: 50, Hours: 24, Least: 20, Worst: 100}, say("diary.window", settings.Place{}, "60h"))
		some := 0
		for n := range 100 {
			if o.window(settings.Place{Study: "HTN-24", Site: casebook.SiteID(fmt.Sprint(n))}) == "60h0m0s" {
				some++
			}
		}
		if some < 25 || some > 75 {
			o.Errorf("half of the sites are %d of 100", some)
		}
		for range 100 {
			o.s.Done(site1, true)
		}
		o.clock.Add(25 * time.Hour)
		o.s.Wake()
		o.until("all have it", func() bool { return o.window(other) == "60h0m0s" && o.window(site2) == "60h0m0s" })
	})
}

func (o *office) until(what string, fn func() bool) {
	o.Helper()
	for begun := time.Now(); !fn(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			o.Fatal("it did not come to this: " + what)
		}
	}
}

// Three processes and their page: a release is everywhere soon, and whoever lags is seen.
func TestThreeProcessesConverge(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		all := []*settings.Settings{o.s, o.process("two"), o.process("three")}
		for _, s := range all {
			o.run(s)
		}
		o.until("all are on the page", func() bool { p, err := o.s.Processes(o.Context()); o.must(err); return len(p) == 3 })
		n := o.release(settings.Trial{}, say("diary.window", settings.Place{}, "60h"))
		begun := time.Now()
		for _, s := range all {
			o.until("every process has it", func() bool { return s.Get(s.At(site1), window).Duration() == 60*time.Hour })
		}
		o.Logf("three processes have the release after %v", time.Since(begun).Round(time.Millisecond))
		o.until("the page says so", func() bool {
			p, err := o.s.Processes(o.Context())
			o.must(err)
			return len(p) == 3 && p[0].Number == n && p[1].Number == n && p[2].Number == n
		})
	})
}

func TestWithoutADatabaseTheLastReleaseIsInForce(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		kept := filepath.Join(o.TempDir(), "kept")
		db := o.open()
		build := func() *settings.Settings {
			return settings.New(ledger.New(db, ledger.Options{}), settings.Options{Keys: keys, Process: "p", Kept: kept})
		}
		o.release(settings.Trial{}, say("diary.window", settings.Place{}, "60h"))
		o.must(build().Load(o.Context()))
		o.must(db.Close())
		again := build()
		if err := again.Load(o.Context()); err != nil || again.Get(again.At(site1), window).Duration() != 60*time.Hour || again.Release("HTN-24", "01") != 1 {
			o.Errorf("%v, %v", err, again.Get(again.At(site1), window).Duration())
		}
		text, err := os.ReadFile(kept)
		o.must(err)
		o.must(os.WriteFile(kept, append([]byte(`{"force":{"number":7},"sum":""}`), text[:0]...), 0o600))
		if err := build().Load(o.Context()); err == nil {
			o.Error("a damaged file was believed")
		}
	})
}

func TestABundleCrossesTheAirGapSigned(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		private, public, err := ledger.NewKey(o.world, "here")
		o.must(err)
		signer, err := note.NewSigner(private)
		o.must(err)
		known, err := note.NewVerifier(public)
		o.must(err)
		n := o.release(settings.Trial{}, say("diary.window", settings.Place{}, "60h"))
		bundle, err := o.s.Export(o.Context(), n, signer)
		o.must(err)
		_, err = o.s.Rollback(as(o.T, "linyue"), 0, "x")
		if casebook.KindOf(err) != casebook.Unprocessable {
			o.Errorf("nothing to roll back: %v", err)
		}
		o.release(settings.Trial{}, say("diary.window", settings.Place{}, "70h"), say("api.rate", settings.Place{}, "9"))
		for i := range bundle {
			bad := append([]byte{}, bundle...)
			bad[i] ^= 4
			if _, err := o.s.Import(as(o.T, "linyue"), bad, "from the other side", known); err == nil {
				o.Fatalf("a bundle altered at byte %d was taken", i)
			}
		}
		d, err := o.s.Import(as(o.T, "linyue"), bundle, "from the other side", known)
		o.must(err)
		_, err = o.s.Approve(as(o.T, "chenrui"), d.ID, settings.Trial{}, "")
		o.must(err)
		o.must(o.s.Load(o.Context()))
		if o.window(site1) != "60h0m0s" || o.s.Get(o.s.At(site1), rate).Int() != 50 {
			o.Errorf("%s, %d", o.window(site1), o.s.Get(o.s.At(site1), rate).Int())
		}
	})
}

// A record keeps the number of the release that it was entered under, and with it what was then in force.
func TestARecordIsLookedAtUnderItsOwnRelease(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		o.release(settings.Trial{}, say("diary.window", settings.Place{Study: "HTN-24"}, "60h"))
		l := ledger.New(o.db, ledger.Options{Release: o.s.Release})
		var id string
		o.must(l.Write(as(o.T, "linyue"), "HTN-24", func(w *ledger.Writer) error {
			id = w.Record(as(o.T, "linyue"), ledger.Entry{What: "bed.made", Site: "01"})
			return nil
		}))
		o.release(settings.Trial{}, say("diary.window", settings.Place{Study: "HTN-24"}, "70h"))
		o.must(o.db.View(o.Context(), func(tx *store.Tx) error {
			all, err := ledger.Unplaced(o.Context(), tx, "HTN-24")
			if placed, readErr := ledger.Read(o.Context(), tx, "HTN-24", 0, 10); readErr == nil {
				all = append(all, placed...)
			}
			if len(all) != 1 || all[0].ID != id || all[0].Release != 1 {
				o.Fatalf("%+v", all)
			}
			v, thenErr := o.s.Then(o.Context(), all[0].Release, all[0].At, site1, window)
			if v.Duration() != 60*time.Hour {
				o.Errorf("under release %d it was %v", all[0].Release, v.Duration())
			}
			o.must(thenErr)
			return err
		}))
	})
}

func TestARowChangedBehindTheLedgerIsFound(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		o.release(settings.Trial{}, say("diary.window", settings.Place{}, "60h"))
		o.must(o.s.RecordApproval(as(o.T, "linyue"), "HTN-24", "01", "v2", noon, "letter"))
		o.must(o.s.Belong(as(o.T, "linyue"), "HTN-24", "Qinghe CRO", "the contract"))
		check := func() (found int) {
			for _, study := range []casebook.StudyID{casebook.Platform, "HTN-24"} {
				f := settings.NewFold(study)
				o.must(o.db.View(o.Context(), func(tx *store.Tx) error {
					all, err := ledger.Read(o.Context(), tx, study, 0, 100)
					waiting, err2 := ledger.Unplaced(o.Context(), tx, study)
					o.must(err)
					o.must(err2)
					for _, e := range append(all, waiting...) {
						f.Entry(&e)
					}
					findings, err := f.Compare(o.Context(), tx)
					found += len(findings)
					return err
				}))
			}
			return found
		}
		if n := check(); n != 0 {
			o.Errorf("%d findings where nothing is wrong", n)
		}
		for _, deed := range []string{`UPDATE settings_release SET doc = '[]' WHERE number = 1`, `UPDATE settings_approval SET at = at - 1 WHERE study_id = 'HTN-24'`, `UPDATE settings_organisation SET organisation = 'mine' WHERE study_id = 'HTN-24'`, `UPDATE settings_force SET number = 0 WHERE name = 'here'`} {
			before := check()
			o.must(o.db.Update(o.Context(), func(tx *store.Tx) error { _, err := tx.Exec(o.Context(), deed); return err }))
			if check() <= before {
				o.Errorf("not found: %s", deed)
			}
		}
	})
}

// 64 readers and a writer, with nothing between them but the pointer: nobody goes back to a release that they have left.
func TestReadersNeverSeeHalfARelease(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "sqlite")
	clock := casebook.NewClock(noon)
	o := &office{T: t, clock: clock, world: casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}, dsn: dsn}
	o.db = o.open()
	o.s = o.process("one")
	at := o.s.At(site1)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 64 {
		readers.Go(func() {
			last := int64(0)
			for {
				select {
				case <-stop:
					return
				default:
				}
				runtime.Gosched() // 64 that never rest would leave the writer no core
				n := o.s.Get(at, rate).Int()
				if n != 50 && n < last {
					t.Errorf("went back from %d to %d", last, n)
					return
				}
				if n != 50 {
					last = n
				}
			}
		})
	}
	for n := range 10 {
		o.release(settings.Trial{}, say("api.rate", settings.Place{}, fmt.Sprint(100+n)))
	}
	close(stop)
	readers.Wait()
}
