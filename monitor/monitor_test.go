package monitor

import (
	"bytes"
	"context"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

var until = time.Date(2026, 11, 23, 2, 40, 0, 0, time.UTC)

// htn is the demo's definition.
func htn(t testing.TB) *odm.Version {
	t.Helper()
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		t.Fatal(err)
	}
	return study.Versions[0]
}

// ward is a database with the demo's study under observation.
type ward struct {
	*testing.T
	clock *casebook.Clock
	db    *store.DB
	l     *ledger.Ledger
	def   *odm.Version

	ahead int // steps that were taken in ahead of their transaction
}

// onWards runs fn on both engines, each with an empty ward whose clock stands at until.
func onWards(t *testing.T, fn func(w *ward)) {
	def := htn(t)
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(wardAt(t, storetest.DSN(t, engine), def))
		})
	}
}

// wardAt is an empty ward in a database whose address others may use, too.
func wardAt(t *testing.T, dsn string, def *odm.Version) *ward {
	t.Helper()
	clock := casebook.NewClock(until)
	db := storetest.Open(t, dsn, casebook.World{Now: clock.Now, Rand: casebook.Outside().Rand}, migrations)
	w := &ward{T: t, clock: clock, db: db, l: ledger.New(db, ledger.Options{}), def: def}
	w.run(w.l.Run)
	return w
}

var migrations = []fs.FS{ledger.Migrations, Migrations}

// run runs fn until the returned stop, or the end of the test.
func (w *ward) run(fn func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = fn(ctx) }()
	stop = func() { cancel(); <-ended }
	w.Cleanup(stop)
	return stop
}

func (w *ward) service() *Service {
	return New(w.l, func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return w.def, nil })
}

func (w *ward) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// enter commits entries together.
func (w *ward) enter(entries ...ledger.Entry) {
	w.Helper()
	ctx := casebook.WithActor(w.Context(), casebook.Actor{User: "linyue", Role: "coordinator"})
	w.must(w.l.Write(ctx, demo.ID, func(lw *ledger.Writer) error {
		for _, e := range entries {
			lw.Record(ctx, e)
		}
		return nil
	}))
	w.must(w.l.Seal(ctx, demo.ID))
}

// eventually waits until what is true, looking whenever the study grows.
func (w *ward) eventually(what string, is func(tx *store.Tx) (bool, error)) {
	w.Helper()
	limit, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond) // not everything that happens makes the study grow
	defer look.Stop()
	for {
		grown := w.l.Grown(demo.ID)
		done := false
		w.must(w.db.View(w.Context(), func(tx *store.Tx) (err error) { done, err = is(tx); return err }))
		if done {
			return
		}
		select {
		case <-grown:
		case <-look.C:
		case <-limit.Done():
			w.Fatalf("it never came to pass: %s", what)
		}
	}
}

// compared waits until all entries are taken in and the sites were compared since.
func (w *ward) compared(size int64) {
	w.Helper()
	w.eventually("sites compared", func(tx *store.Tx) (bool, error) {
		m, err := readMark(w.Context(), tx, demo.ID)
		return m.next >= size && m.judged == m.next, err
	})
}

func (w *ward) signals() (all []Signal) {
	w.Helper()
	w.must(w.db.View(w.Context(), func(tx *store.Tx) (err error) {
		all, err = signalsAfter(w.Context(), tx, demo.ID, 0)
		return err
	}))
	return all
}

// recorder writes what package record would write.
type recorder struct {
	kept map[string]record.Value
}

func newRecorder() *recorder { return &recorder{map[string]record.Value{}} }

// saved is the entry of a save: Old holds the values that it replaces.
func (r *recorder) saved(at time.Time, site casebook.SiteID, key record.Key, items ...record.Value) ledger.Entry {
	before, after := record.Change{}, record.Change{Definition: 1, Items: items}
	for _, v := range items {
		place := strings.Join([]string{string(key.Subject), key.Ref(), v.Group, v.Repeat, v.Item}, "/")
		if old, ok := r.kept[place]; ok && (old.Value != "" || old.Blank != "") {
			before.Definition = 1
			before.Items = append(before.Items, old)
		}
		r.kept[place] = v
	}
	e := ledger.Entry{At: at, What: record.Saved, Site: site, Subject: key.Subject, Ref: key.Ref(), New: text(after)}
	if before.Definition > 0 {
		e.Old = text(before)
	}
	return e
}

func enrolled(at time.Time, site casebook.SiteID, id casebook.SubjectID) ledger.Entry {
	s := patient.Subject{ID: id, Site: site, Status: patient.Enrolled, StatusAt: at, EnrolledAt: at}
	return ledger.Entry{At: at, What: patient.VerbEnrolled, Site: site, Subject: id, Ref: string(id), New: text(s)}
}

func statusChanged(at time.Time, site casebook.SiteID, id casebook.SubjectID, to patient.Status) ledger.Entry {
	return ledger.Entry{At: at, What: patient.VerbStatus, Site: site, Subject: id, Ref: string(id), New: text(map[string]any{"status": to})}
}

func siteAdded(at time.Time, s trial.Site) ledger.Entry {
	return ledger.Entry{At: at, What: trial.VerbSite, Site: s.ID, Ref: string(s.ID), New: text(s)}
}

func text(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// told is the demo's history as entries.
func told() (entries []ledger.Entry) {
	r := newRecorder()
	for _, s := range demo.Sites() {
		entries = append(entries, siteAdded(until.Add(-41*7*24*time.Hour), trial.Site{ID: s.ID, Name: s.Name, Zone: s.Zone}))
	}
	for e := range demo.History(1, until) {
		switch e.Kind {
		case demo.Enrol:
			entries = append(entries, enrolled(e.At, e.Site, e.Subject))
			continue
		case demo.Stand:
			entries = append(entries, statusChanged(e.At, e.Site, e.Subject, patient.Status(e.Status)))
			continue
		}
		key := record.Key{Study: demo.ID, Subject: e.Subject, Event: e.Event, EventRepeat: e.EventRepeat, Form: e.Form, FormRepeat: e.FormRepeat}
		var items []record.Value
		for _, i := range e.Items {
			items = append(items, record.Value{Group: i.Group, Repeat: i.Repeat, Item: i.Item, Value: i.Value})
		}
		entries = append(entries, r.saved(e.At, e.Site, key, items...))
	}
	return entries
}

// load enters a history, so many entries together.
func (w *ward) load(entries []ledger.Entry, together int) {
	w.Helper()
	for part := range slices.Chunk(entries, together) {
		w.enter(part...)
	}
}

func TestTheDemoRaisesOneSignalAndItNamesSite07(t *testing.T) {
	t.Parallel()
	history := told()
	onWards(t, func(w *ward) {
		w.load(history, 700)
		s := w.service()
		if testing.Short() {
			s.rehearsals.rounds = 5
		}
		w.run(s.Run)
		w.compared(int64(len(history)) + 1) // the history and the signal
		all := w.signals()
		if len(all) != 1 || all[0].Site != "07" || all[0].Level != -2 || all[0].KRI != "kri0001" || all[0].Number != 1 || all[0].State != open {
			w.Fatalf("signals %+v", all)
		}
		e := all[0].Evidence
		if e.Sites != 8 || e.Score > -2 || e.Score < -e.Limit || e.Limit > 2.83 || e.Index != int64(len(history))-1 {
			w.Errorf("evidence %+v", e)
		}
		st, err := s.refold(w.Context(), demo.ID, s.base, e.Index+1) // the numbers again, from the ledger alone
		w.must(err)
		st.advance(e.AsOf)
		again, _ := st.figures(everyDetector).table("kri0001").row("07")
		if !nearly(again.Score, e.Score) || again.Counts.Num != e.Numerator || again.Counts.Den != e.Denominator {
			w.Errorf("raised on %+v, the ledger gives %+v", e, again)
		}
		f, err := s.Figures(w.Context(), demo.ID)
		w.must(err)
		words := all[0].json(f, "").Text
		w.Log(words["en"])
		w.Log(words["zh-CN"])
		for lang, part := range map[string]string{"en": "Site 07 (Linyan Hospital) has reported", "zh-CN": "中心 07 临砚医院 "} {
			if !strings.HasPrefix(words[lang], part) || strings.Contains(words[lang], "{") {
				w.Errorf("it says %s", words[lang])
			}
		}
		w.rehearses(s)
		w.theLedgerExplains(1)
	})
}

// theLedgerExplains verifies the signals' rows; an altered one is seen.
func (w *ward) theLedgerExplains(signals int) {
	w.Helper()
	check := func() int {
		v, err := ledger.Verify(w.Context(), w.db, "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{NewFold(id)} })
		w.must(err)
		return len(v.Findings)
	}
	if n := check(); n != 0 {
		w.Errorf("%d findings in an honest ledger", n)
	}
	w.must(w.db.Update(w.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(w.Context(), `UPDATE monitor_signal SET state = 'closed' WHERE study_id = $1`, demo.ID)
		return err
	}))
	if n := check(); n != signals {
		w.Errorf("%d findings after %d signals were closed by hand", n, signals)
	}
}

// While somebody looks at the state for long, whoever writes goes on, and monitoring takes in afterwards what came.
func TestNobodyWhoWritesWaitsForALook(t *testing.T) {
	t.Parallel()
	history, _ := eightSites(20)
	onWards(t, func(w *ward) {
		s := w.service()
		at := s.watch(demo.ID)
		at.mu.Lock()
		done := sync.OnceFunc(at.mu.Unlock)
		defer done()
		w.enter(history...)
		tried := make(chan bool, 1)
		w.run(func(ctx context.Context) error {
			return w.l.Follow(ctx, follower, func(ctx context.Context, lw *ledger.Writer, entries []ledger.Entry) error {
				select {
				case tried <- true:
				default:
				}
				return s.follow(ctx, lw, entries)
			})
		})
		<-tried
		soon, cancel := context.WithTimeout(w.Context(), 20*time.Second)
		defer cancel()
		w.must(w.db.Update(soon, func(tx *store.Tx) error { // SQLite has one writer: a follower that waited would hold it
			_, err := tx.Exec(soon, `UPDATE ledger_cursor SET next = next WHERE study_id = $1`, demo.ID)
			return err
		}))
		caught := func(tx *store.Tx) (bool, error) { return ledger.Caught(w.Context(), tx, follower, demo.ID) }
		w.must(w.db.View(w.Context(), func(tx *store.Tx) error {
			all, err := caught(tx)
			if all {
				w.Error("it was taken in behind the back of who looks")
			}
			return err
		}))
		done()
		w.eventually("the history taken in", caught)
	})
}
