package monitor

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/store"
	"casebook/store/storetest"
)

func codeOf(err error) string {
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	return ""
}

// as takes a step in somebody's name.
func (w *ward) as(s *Service, user string, id string, h Handling) (Signal, error) {
	ctx := casebook.WithActor(w.Context(), casebook.Actor{User: casebook.UserID(user), Role: "monitor"})
	return s.Handle(ctx, demo.ID, id, h)
}

func TestASignalIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	history, late := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		all := w.signals()
		if len(all) != 1 || all[0].Site != "08" || all[0].State != open || !all[0].Due().Equal(all[0].Since.Add(48*time.Hour)) {
			w.Fatalf("signals %+v", all)
		}
		id, n := all[0].ID, 0
		does := func(user, action, text, want string) {
			w.Helper()
			w.clock.Add(time.Hour)
			sig, err := w.as(s, user, id, Handling{Action: action, Text: text, Assignee: "wangmin", Expect: n})
			if want != "" {
				if codeOf(err) != want {
					w.Errorf("%s by %s: %v, want %s", action, user, err, want)
				}
				return
			}
			w.must(err)
			if n++; len(sig.Steps) != n {
				w.Errorf("after %s there are %d steps", action, len(sig.Steps))
			}
		}
		does("chenrui", Close, "nothing", "monitor.signal.step")
		does("chenrui", Acknowledge, "", "")
		does("chenrui", Assign, "", "")
		does("chenrui", Investigate, "", "")
		does("chenrui", Act, "retrain", "monitor.signal.contact") // four eyes before contact with the site
		does("chenrui", Approve, "", "monitor.signal.not_proposed")
		does("chenrui", Propose, "", "monitor.signal.text")
		does("chenrui", Propose, "ask how events are asked for", "")
		does("chenrui", Approve, "", "monitor.signal.four_eyes")
		does("wangmin", Approve, "", "")
		does("chenrui", Act, "training on what to report; source checked at the next visit", "")
		does("chenrui", Confirm, "done", "monitor.signal.four_eyes")
		does("wangmin", Confirm, "source data of 10 subjects checked", "")
		if _, err := w.as(s, "chenrui", id, Handling{Action: Remark, Text: "late", Expect: n - 1}); codeOf(err) != "monitor.signal.moved_on" {
			w.Errorf("a step on what has moved on: %v", err)
		}
		visits := func(at casebook.SiteID) error {
			ctx := casebook.WithActor(w.Context(), casebook.Actor{User: "chenrui", Role: "monitor"})
			return w.l.Write(ctx, demo.ID, func(tx *ledger.Writer) error { return s.Visited(ctx, tx, at, id, "MV-007") })
		}
		if err := visits("07"); codeOf(err) != "monitor.signal.unknown" {
			w.Errorf("a visit to another site: %v", err)
		}
		w.must(visits("08"))
		n++
		if step := w.signals()[0].Steps[n-1]; step.Action != Visit || step.To != verified || !slices.Equal(step.Links, []string{"visit MV-007"}) || step.By != "chenrui" {
			w.Errorf("the visit is told as %+v", step)
		}
		does("wangmin", Visit, "", "monitor.signal.action") // who plans it says so, and nobody else
		does("wangmin", Gauge, "", "monitor.signal.action")
		does("wangmin", "shred", "", "monitor.signal.action")

		// The missing events come, and 30 days later it is measured how far the site has come.
		late := slices.Clone(late)
		for i := range late {
			late[i].At = w.clock.Now()
		}
		w.enter(late...)
		w.clock.Add(31 * 24 * time.Hour)
		for range 2 {
			w.must(s.compareQuiet(w.Context()))
		}
		w.eventually("the effect measured", func(tx *store.Tx) (bool, error) {
			all, err := signalsAfter(w.Context(), tx, demo.ID, 0)
			return len(all[0].Steps) == n+1, err
		})
		n++
		sig := w.signals()[0]
		e := sig.Steps[n-1].Effect
		if e == nil || e.Days != 30 || e.ScoreMovement < 0.5 || e.ValueMovement < 0.5 || sig.Steps[n-1].By != "system" {
			w.Errorf("the effect is %+v", e)
		}
		does("wangmin", Close, "explained, and better", "")
		if err := visits("08"); codeOf(err) != "monitor.signal.step" {
			w.Errorf("a visit because of what is closed: %v", err)
		}
		if sig := w.signals()[0]; sig.State != closed || !sig.Due().IsZero() {
			w.Errorf("closed is %+v", sig.Life)
		}
		does("chenrui", Reopen, "", "monitor.signal.text")
		does("chenrui", Reopen, "the site reports less again", "")
		if sig := w.signals()[0]; sig.State != investigating || sig.ApprovedBy != "" {
			w.Errorf("reopened is %+v", sig.Life)
		}
		w.must(w.l.Seal(w.Context(), demo.ID))
		w.theLedgerExplains(1)
	})
}

func TestWhatWasClosedIsNotRaisedAgainAtOnce(t *testing.T) {
	t.Parallel()
	history, _ := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		stop := w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		stop()
		id := w.signals()[0].ID
		for i, action := range []string{Investigate, Close} {
			_, err := w.as(s, "chenrui", id, Handling{Action: action, Text: "its subjects are healthy volunteers", Expect: i})
			w.must(err)
		}
		look := func(after time.Duration) int {
			w.clock.Add(after)
			w.must(w.l.Seal(w.Context(), demo.ID))
			stop := w.run(s.Run)
			defer stop()
			w.eventually("everything taken in", func(tx *store.Tx) (bool, error) { return ledger.Caught(w.Context(), tx, follower, demo.ID) })
			for range 2 {
				w.must(s.compareQuiet(w.Context()))
			}
			return len(w.signals())
		}
		if n := look(20 * 24 * time.Hour); n != 1 {
			w.Errorf("20 days later there are %d signals", n)
		}
		if n := look(80 * 24 * time.Hour); n != 2 { // the control: it does come back
			w.Errorf("100 days later there are %d signals", n)
		}
		if _, err := w.as(s, "chenrui", id, Handling{Action: Reopen, Text: "it was not", Expect: 2}); codeOf(err) != "monitor.signal.next_stands" {
			w.Errorf("reopened beside the next one: %v", err)
		}
	})
}

// Who reads live asks for what has a higher number than what they know: of two changes with one number they would miss one.
func TestTwoChangesAtOnceHaveTwoNumbers(t *testing.T) {
	t.Parallel()
	history, _ := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		stop := w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		stop()
		first := w.signals()[0]
		w.must(w.db.Update(w.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(w.Context(), `INSERT INTO monitor_signal(study_id, signal_id, number, kri, site_id, state, evidence, raised_at, life, steps, seq)
				SELECT study_id, 'second', number + 1, 'kri0002', site_id, state, evidence, raised_at, life, steps, seq + 1 FROM monitor_signal WHERE study_id = $1`, demo.ID)
			return err
		}))
		w.must(storetest.Between(w.Context(), w.db, func(tx *store.Tx) error {
			if _, err := tx.Exec(w.Context(), `UPDATE monitor_study SET next = next WHERE study_id = $1`, demo.ID); err != nil { // a follower's step
				return err
			}
			_, err := tx.Exec(w.Context(), `UPDATE monitor_signal SET seq = seq + 2 WHERE study_id = $1 AND signal_id = $2`, demo.ID, first.ID)
			return err
		}, func() {
			if _, err := w.as(s, "wangmin", "second", Handling{Action: Acknowledge}); err != nil {
				w.Error(err)
			}
		}))
		w.must(w.db.View(w.Context(), func(tx *store.Tx) error {
			changed, err := signalsAfter(w.Context(), tx, demo.ID, first.Seq+1)
			if len(changed) == 2 && changed[0].Seq == changed[1].Seq || len(changed) != 2 {
				w.Errorf("changed are %+v", changed)
			}
			return err
		}))
	})
}

func TestAnIndicatorIsEditedAndSimulatedBefore(t *testing.T) {
	t.Parallel()
	history, _ := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		_, stands := s.base.find("kri0001")
		deaf := *stands
		deaf.Version++
		deaf.Thresholds = []float64{-9, -8, 8, 9}
		sim, err := s.Simulate(w.Context(), demo.ID, &deaf)
		w.must(err)
		if sim.Raised[0] == 0 || sim.Raised[1] != 0 || len(sim.Weeks) < 40 {
			w.Errorf("simulated: %v signals in %d weeks", sim.Raised, len(sim.Weeks))
		}
		if at := sim.Now[7]; len(sim.Now) != 8 || at.Site != "08" || *at.Score[0] != *at.Score[1] || *at.Flag[0] != -2 || at.Flag[1] != nil || at.Raised[0] != sim.Raised[0] {
			w.Errorf("site by site: %+v", sim.Now)
		}
		ctx := casebook.WithActor(w.Context(), casebook.Actor{User: "wangmin", Role: "datamanager"})
		if err := s.Edit(ctx, demo.ID, &deaf, ""); codeOf(err) != "record.reason_required" {
			w.Errorf("without a reason: %v", err)
		}
		w.must(s.Edit(ctx, demo.ID, &deaf, "the study is small"))
		if err := s.Edit(ctx, demo.ID, &deaf, "again"); codeOf(err) != "monitor.kri.version_taken" {
			w.Errorf("the same version again: %v", err)
		}
		var known struct {
			Versions []Edition `json:"versions"`
		}
		w.get(w.served(s), "indicators/kri0001", &known)
		if v := known.Versions; len(v) != 2 || v[0].By != "wangmin" || v[0].Reason != "the study is small" || v[0].Indicator.Version != deaf.Version || v[1].By != "" {
			w.Errorf("versions %+v", v)
		}
		f, err := s.Figures(w.Context(), demo.ID)
		w.must(err)
		if r, _ := f.table("kri0001").row("08"); f.table("kri0001").Indicator.Version != deaf.Version || r.Flag != 0 {
			w.Errorf("by the new version site 08 is %+v", r)
		}
		if all := w.signals(); len(all) != 1 || all[0].Version != stands.Version || all[0].State != open {
			w.Errorf("the signal that stood is now %+v", all)
		}
		measured := deaf // what is counted changes too, so the study is counted anew
		measured.Version++
		measured.Numerator.Items = []string{"AESEV"}
		w.must(s.Edit(ctx, demo.ID, &measured, "severity is the topic"))
		f, err = s.Figures(w.Context(), demo.ID)
		w.must(err)
		if r, _ := f.table("kri0001").row("01"); r.Counts.Num != 0 || r.Counts.Den == 0 {
			w.Errorf("counted by severity, site 01 is %+v", r)
		}
		w.must(w.l.Seal(w.Context(), demo.ID))
		w.eventually("everything taken in", func(tx *store.Tx) (bool, error) { return ledger.Caught(w.Context(), tx, follower, demo.ID) })
		own := newCatalogue(s.base.indicators).with([]*Indicator{&measured})
		var stored *state
		w.must(w.db.View(w.Context(), func(tx *store.Tx) error {
			m, err := readMark(w.Context(), tx, demo.ID)
			if err == nil {
				stored, err = s.load(w.Context(), tx, demo.ID, own, m, until)
			}
			return err
		}))
		if stored == nil {
			w.Error("the tables do not hold the study's own measures")
		}
	})
}

func TestWhoeverReadsSeesWhyAndMayOnlyDoWhatTheyMay(t *testing.T) {
	t.Parallel()
	history, _ := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		server, apart := w.served(s), w.served(s, "01")
		var list struct {
			Signals []signalJSON `json:"signals"`
		}
		w.get(server, "signals", &list)
		if len(list.Signals) != 1 || !slices.Equal(list.Signals[0].Actions, []string{Acknowledge, Investigate, Assign, Remark}) {
			w.Fatalf("signals %+v", list)
		}
		var o overviewJSON
		w.get(server, "monitoring/overview", &o)
		if len(o.Sites) != 8 || o.Sites[0].Site != "08" || o.Sites[0].Risk == nil || o.Sites[0].Signals != 1 || len(o.KRIs) != len(o.Sites[0].Cells) || len(o.Limits) != 2 {
			w.Errorf("overview %+v", o)
		}
		site := w.siteOf(server, "08")
		if n := len(site.Course.At); len(site.Overview.Sites) != 1 || n < 40 || len(site.Course.Scores) != n || len(site.Course.CUSUM) != n || site.Course.CUSUM[n-1] <= 0 {
			w.Errorf("site 08 %d weeks %+v", len(site.Course.At), site.Course.CUSUM)
		}
		var x Explained
		w.get(server, "monitoring/sites/08/kri0001", &x)
		if len(x.Contributors) != 1 || x.Contributors[0].Without != nil || len(x.Contributors[0].Records) != 10 || !strings.HasPrefix(x.Formula, "z = (10/301") {
			w.Errorf("explained %+v", x)
		}
		for _, path := range []string{"monitoring/sites/08", "monitoring/sites/08/kri0001", "monitoring/sites/99"} {
			res, err := http.Get(apart.URL + "/api/v1/studies/HTN-24/" + path)
			w.must(err)
			res.Body.Close()
			if res.StatusCode != http.StatusNotFound {
				w.Errorf("the monitor of site 01 reads %s: %s", path, res.Status)
			}
		}
		step := func(base, action string) int {
			q, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/api/v1/studies/HTN-24/signals/"+list.Signals[0].ID+"/steps",
				strings.NewReader(`{"action":"`+action+`","expect":0}`))
			w.must(err)
			q.Header.Set("Content-Type", "application/json")
			res, err := http.DefaultClient.Do(q)
			w.must(err)
			res.Body.Close()
			return res.StatusCode
		}
		if got := step(apart.URL, Acknowledge); got != http.StatusNotFound {
			w.Errorf("the monitor of site 01 acknowledges: %d", got)
		}
		watching := w.listen(server, "1")
		if got := step(server.URL, Acknowledge); got != http.StatusOK {
			w.Errorf("acknowledged: %d", got)
		}
		var changed struct {
			Signal signalJSON `json:"signal"`
		}
		if id := watching.next("signal", &changed); id != "2" || changed.Signal.State != acknowledged {
			w.Errorf("told as %s: %+v", id, changed.Signal)
		}
	})
}

// sitePage is what the page of a site is made from.
type sitePage struct {
	Overview overviewJSON `json:"overview"`
	Course   courseJSON   `json:"course"`
}

// siteOf reads a site's page until its history is there.
func (w *ward) siteOf(server *httptest.Server, id string) (site sitePage) {
	w.Helper()
	for site.Course.Pending = true; site.Course.Pending; {
		site = sitePage{}
		w.get(server, "monitoring/sites/"+id, &site)
	}
	return site
}

func TestTheHistoryOfASiteIsMadeOnceAWeek(t *testing.T) {
	t.Parallel()
	history, late := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		if h := s.pastOf(cancelled(), demo.ID, &Figures{}); h != nil {
			w.Errorf("somebody who had gone got a history: %+v", h)
		}
		if c := (*past)(nil).course(&Figures{}, "08"); !c.Pending || c.At == nil || c.Scores == nil || c.CUSUM == nil {
			w.Errorf("a history that is not there yet: %+v", c)
		}
		w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		server := w.served(s)
		first := w.siteOf(server, "08")
		made := s.watch(demo.ID).history.Load()
		for i := range late {
			late[i].At = until
		}
		w.enter(late...)
		w.compared(int64(len(history)+len(late)) + 1)
		second := w.siteOf(server, "08")
		if s.watch(demo.ID).history.Load() != made {
			w.Error("the study was replayed for a few entries")
		}
		weeks := len(first.Course.At) - 1
		if len(second.Course.At) != weeks+1 || !reflect.DeepEqual(second.Course.Scores[:weeks], first.Course.Scores[:weeks]) {
			w.Errorf("%d weeks and now, then %d", weeks, len(second.Course.At)-1)
		}
		if reflect.DeepEqual(second.Course.Scores[weeks], first.Course.Scores[weeks]) {
			w.Error("the present does not show what came")
		}
		w.clock.Add(pace)
		third := w.siteOf(server, "08")
		if len(third.Course.At) != weeks+2 || !slices.EqualFunc(third.Course.At[:weeks], first.Course.At[:weeks], time.Time.Equal) {
			w.Errorf("a week later %d weeks, before %d", len(third.Course.At)-1, weeks)
		}
		var whole [][]*float64
		w.must(s.look(w.Context(), demo.ID, s.base, func(st *state) { whole = append(whole, st.figures(everyDetector).scores("08")) }))
		if !reflect.DeepEqual(third.Course.Scores, whole) {
			w.Error("the history kept is not what the study's replay says")
		}
	})
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
