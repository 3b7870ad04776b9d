package monitor

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// served serves the routes of s to somebody who monitors the given sites, or all of them.
func (w *ward) served(s *Service, sites ...casebook.SiteID) *httptest.Server {
	w.Helper()
	p := &auth.Principal{Kind: auth.Person, User: "chenrui"}
	if len(sites) == 0 {
		p.Grants = []auth.Grant{{Study: demo.ID, Role: auth.Monitor}}
	}
	for _, site := range sites {
		p.Grants = append(p.Grants, auth.Grant{Study: demo.ID, Site: site, Role: auth.Monitor})
	}
	mux := http.NewServeMux()
	for _, r := range s.Routes() {
		mux.Handle(r.Pattern, web.Handler(func(rw http.ResponseWriter, q *http.Request) error {
			return r.Handle(rw, q.WithContext(auth.With(q.Context(), p)))
		}))
	}
	server := httptest.NewServer(mux)
	w.Cleanup(server.Close)
	return server
}

func (w *ward) get(server *httptest.Server, path string, into any) {
	w.Helper()
	res, err := http.Get(server.URL + "/api/v1/studies/HTN-24/" + path)
	w.must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	w.must(err)
	if res.StatusCode != http.StatusOK {
		w.Fatalf("%s: %d %s", path, res.StatusCode, body)
	}
	w.must(json.Unmarshal(body, into))
}

// listener reads a stream of events.
type listener struct {
	w     *ward
	lines *bufio.Scanner
}

func (w *ward) listen(server *httptest.Server, lastID string) *listener {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.Cleanup(cancel)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/studies/HTN-24/live", nil)
	w.must(err)
	if lastID != "" {
		q.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(q)
	w.must(err)
	w.Cleanup(func() { res.Body.Close() })
	if res.Header.Get("Content-Type") != "text/event-stream" {
		w.Fatalf("%s %v", res.Status, res.Header)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return &listener{w, lines}
}

// next returns the next event of a kind, and its id.
func (l *listener) next(kind string, into any) (id string) {
	l.w.Helper()
	event := ""
	for l.lines.Scan() {
		field, rest, _ := strings.Cut(l.lines.Text(), ": ")
		switch {
		case field == "id":
			id = rest
		case field == "event":
			event = rest
		case field == "data" && event == kind:
			l.w.must(json.Unmarshal([]byte(rest), into))
			return id
		}
	}
	l.w.Fatalf("the stream ended without %s: %v", kind, l.lines.Err())
	return ""
}

// eightSites is a year of a study in which site 08 reports as often as the others, but for the last `missing` events.
func eightSites(missing int) (entries []ledger.Entry, rest []ledger.Entry) {
	rec, from := newRecorder(), until.AddDate(0, 0, -300)
	for i := range 8 {
		id := casebook.SiteID(fmt.Sprintf("%02d", i+1))
		name := map[string]string{"en": "Hospital " + string(id), "zh-CN": "医院 " + string(id)}
		entries = append(entries, siteAdded(from, trial.Site{ID: id, Zone: "Asia/Shanghai", Name: name}))
		subject := casebook.SubjectID(id + "-001")
		entries = append(entries, enrolled(from, id, subject))
		for n := range 30 + i%3 {
			at := from.AddDate(0, 0, 1+9*n).Add(time.Duration(i) * time.Minute)
			key := record.Key{Study: demo.ID, Subject: subject, Event: "E.AE", EventRepeat: "1", Form: "F.AE", FormRepeat: fmt.Sprint(n + 1)}
			e := rec.saved(at, id, key, record.Value{Group: "IG.AE", Repeat: "1", Item: "IT.AETERM", Value: "Headache"})
			if i == 7 && n >= 30-missing {
				rest = append(rest, e)
			} else {
				entries = append(entries, e)
			}
		}
	}
	return entries, rest
}

func TestASignalReachesWhoeverIsWatching(t *testing.T) {
	t.Parallel()
	onWards(t, func(w *ward) {
		history, late := eightSites(20)
		w.load(slices.Concat(history, late), 300)
		s := w.service()
		stop := w.run(s.Run)
		w.compared(int64(len(history) + len(late)))
		if all := w.signals(); len(all) != 0 {
			w.Fatalf("sites that are alike raised %+v", all)
		}
		everybody, elsewhere := w.served(s), w.served(s, "01", "02")
		watching, apart := w.listen(everybody, ""), w.listen(elsewhere, "")
		var figures struct {
			Monitoring monitoringJSON `json:"monitoring"`
		}
		if id := watching.next("monitoring", &figures); id != "0" || len(figures.Monitoring.Sites) != 8 || len(figures.Monitoring.Bounds) != 5 {
			w.Errorf("the stream begins with id %q, %d sites, %d lines", id, len(figures.Monitoring.Sites), len(figures.Monitoring.Bounds))
		}
		apart.next("monitoring", &figures)
		if n := len(figures.Monitoring.Sites); n != 2 {
			w.Errorf("the monitor of two sites sees %d", n)
		}

		// Site 08 takes back most of what it reported: now it is atypical.
		w.clock.Add(time.Hour)
		var back []ledger.Entry
		for _, e := range late {
			e.At, e.Old, e.New = w.clock.Now(), e.New, text(record.Change{Definition: 1, Items: []record.Value{{Group: "IG.AE", Repeat: "1", Item: "IT.AETERM"}}})
			e.Reason = "entered by mistake"
			back = append(back, e)
		}
		w.enter(back...)
		var raised struct {
			Signal signalJSON `json:"signal"`
		}
		id := watching.next("signal", &raised)
		if g := raised.Signal; id != "1" || g.Site != "08" || g.Level != -2 || g.Numerator != 10 || g.SiteName["en"] != "Hospital 08" || g.Text["zh-CN"] == "" {
			w.Errorf("told as %s: %+v", id, g)
		}
		watching.next("monitoring", &figures)
		apart.next("monitoring", &figures)
		for _, r := range figures.Monitoring.Sites {
			if r.Site == "08" {
				w.Error("site 08 is shown to the monitor of others")
			}
		}
		w.listen(everybody, "0").next("signal", &raised) // who was away meanwhile

		var list struct {
			Signals []signalJSON `json:"signals"`
		}
		if w.get(everybody, "signals", &list); len(list.Signals) != 1 || list.Signals[0].Raised.Index == 0 {
			w.Errorf("listed are %+v", list)
		}
		if w.get(elsewhere, "signals", &list); len(list.Signals) != 0 {
			w.Errorf("the monitor of other sites sees %+v", list)
		}

		// The events come back, and the flag goes. The signal stays, with the newest score.
		for i := range back {
			late[i].At = w.clock.Now()
		}
		w.enter(late...)
		size := int64(len(history) + 3*len(late) + 1)
		w.compared(size)
		if w.get(everybody, "signals", &list); len(list.Signals) != 1 || list.Signals[0].Numerator != 31 || list.Signals[0].Score < -2 ||
			list.Signals[0].Raised.Numerator != 10 || list.Signals[0].State != open || list.Signals[0].Level != -2 ||
			!strings.Contains(list.Signals[0].Text["en"], "no longer atypical") {
			w.Errorf("afterwards listed are %+v", list)
		}
		var now monitoringJSON
		if w.get(everybody, "monitoring?kri=kri0001", &now); len(now.Sites) != 8 || now.Sites[7].Flag == nil || *now.Sites[7].Flag == -2 {
			w.Errorf("afterwards the sites are %+v", now)
		}
		res, err := http.Get(everybody.URL + "/api/v1/studies/HTN-24/monitoring?kri=kri9999")
		w.must(err)
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			w.Errorf("an unknown indicator: %s", res.Status)
		}
		stop()
		for watching.lines.Scan() { // the stream ends with the service
		}
		if err := watching.lines.Err(); err != nil {
			w.Errorf("the stream broke: %v", err)
		}
	})
}

// Nothing happens at site 08 any more; the days that pass are what tells.
func TestASilentSiteIsFoundByTheClock(t *testing.T) {
	t.Parallel()
	onWards(t, func(w *ward) {
		history, _ := eightSites(0)
		// Only what happened before, and from then on nothing at any site but 01 to 07, which have no open subjects.
		for i := range 7 {
			id := casebook.SiteID(fmt.Sprintf("%02d", i+1))
			key := record.Key{Study: demo.ID, Subject: casebook.SubjectID(id + "-001"), Event: "E.END", EventRepeat: "1", Form: "F.DS", FormRepeat: "1"}
			history = append(history, newRecorder().saved(until, id, key, record.Value{Group: "IG.DS", Repeat: "1", Item: "IT.DSDAT", Value: "2026-11-23"}))
		}
		w.load(history, 300)
		s := w.service()
		stop := w.run(s.Run)
		w.compared(int64(len(history)))
		stop()
		if all := w.signals(); len(all) != 0 {
			w.Fatalf("too early: %+v", all)
		}
		w.clock.Add(200 * 24 * time.Hour)
		for range 2 { // quiet is what did not grow between two looks
			w.must(s.compareQuiet(w.Context()))
		}
		all := w.signals()
		if len(all) != 1 || all[0].Site != "08" || all[0].Denominator < 490 || !all[0].AsOf.Equal(w.clock.Now()) {
			w.Errorf("after 200 silent days: %+v", all)
		}
		for range 3 {
			w.clock.Add(time.Hour)
			w.must(s.compareQuiet(w.Context()))
		}
		if again := w.signals(); len(again) != 1 {
			w.Errorf("it is raised again: %+v", again)
		}
	})
}

// While old entries come in, half of a history is not judged, though the follower has kept up with it.
func TestAHistoryIsNotJudgedBeforeItIsWhole(t *testing.T) {
	t.Parallel()
	onWards(t, func(w *ward) {
		history, late := eightSites(20)
		w.enter(history...)
		for i := range late { // still to come, and older than a day
			late[i].At = until.AddDate(0, 0, -3)
		}
		s := w.service()
		stop := w.run(func(ctx context.Context) error { return w.l.FollowAhead(ctx, follower, s.ahead, s.follow) })
		w.eventually("the first half taken in", func(tx *store.Tx) (bool, error) {
			m, err := readMark(w.Context(), tx, demo.ID)
			return m.next == int64(len(history)), err
		})
		w.must(s.compareQuiet(w.Context())) // the first look: not known to be quiet
		w.enter(late...)
		w.eventually("the second half taken in", func(tx *store.Tx) (bool, error) {
			m, err := readMark(w.Context(), tx, demo.ID)
			return m.next == int64(len(history)+len(late)), err
		})
		stop()
		for range 3 {
			w.must(s.compareQuiet(w.Context()))
		}
		if all := w.signals(); len(all) != 0 {
			w.Errorf("half a history was judged: %+v", all)
		}
	})
	onWards(t, func(w *ward) { // the control: the half alone is atypical, and is judged when nothing more comes
		history, _ := eightSites(20)
		w.enter(history...)
		s := w.service()
		w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		if all := w.signals(); len(all) != 1 || all[0].Site != "08" {
			w.Errorf("signals %+v", all)
		}
	})
}

// Where reports come all the time, something has always come while a step is taken; its signals do not wait until nothing more comes. The
// control is a step that was full: what it left behind may be the other half.
func TestASignalDoesNotWaitUntilNothingMoreComes(t *testing.T) {
	t.Parallel()
	for _, full := range []bool{false, true} {
		onWards(t, func(w *ward) {
			entries, late := eightSites(20)
			for full && len(entries) < ledger.Batch {
				entries = append(entries, entries[0])
			}
			entries[len(entries)-1].At = w.clock.Now()
			w.enter(entries...)
			var step []ledger.Entry
			w.must(w.db.View(w.Context(), func(tx *store.Tx) (err error) {
				step, err = ledger.Read(w.Context(), tx, demo.ID, 0, ledger.Batch)
				return err
			}))
			w.enter(late...)
			w.must(w.l.WriteNew(w.Context(), demo.ID, func(lw *ledger.Writer) error { return w.service().follow(w.Context(), lw, step) }))
			if all := w.signals(); full == (len(all) == 1) {
				w.Errorf("full %v: %d signals", full, len(all))
			}
		})
	}
}

// Many signals at once are one event to wait, and cut nobody off.
func TestManySignalsAtOnceCutNobodyOff(t *testing.T) {
	t.Parallel()
	hub, signals := newHub(), make([]Signal, 3*backlog)
	for i := range signals {
		signals[i].Seq = int64(i + 1)
	}
	r := &reader{study: demo.ID, sight: sight{all: true}, events: make(chan []byte, backlog)}
	err := hub.add(r)
	if err == nil {
		err = (&Service{live: hub}).announceTo([]*reader{r}, signals, new(Figures), false)
	}
	if err != nil || len(hub.byStudy()[demo.ID]) != 1 {
		t.Fatalf("the reader was cut off (%v)", err)
	}
	if told := bytes.Count(<-r.events, []byte("event: signal")); told != len(signals) || r.signal != int64(len(signals)) {
		t.Errorf("told of %d signals, up to %d", told, r.signal)
	}
}

func TestASlowReaderIsCutOffAndNobodyWaits(t *testing.T) {
	t.Parallel()
	h := newHub()
	slow, quick := &reader{study: demo.ID, events: make(chan []byte, backlog)}, &reader{study: demo.ID, events: make(chan []byte, backlog)}
	for _, r := range []*reader{slow, quick} {
		if err := h.add(r); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 * backlog {
		h.tell(slow, []byte("event"))
		h.tell(quick, []byte("event"))
		<-quick.events
	}
	got := 0
	for range slow.events { // closed, or this would not end
		got++
	}
	if readers := h.byStudy()[demo.ID]; got != backlog || len(readers) != 1 || readers[0] != quick {
		t.Errorf("the slow reader got %d events; %d are left", got, len(readers))
	}
	h.remove(slow) // its handler ends later
	for len(h.byStudy()[demo.ID]) < maxReaders {
		if err := h.add(&reader{study: demo.ID, events: make(chan []byte)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.add(slow); casebook.KindOf(err) != casebook.Busy {
		t.Errorf("one reader too many: %v", err)
	}
	h.close()
	if _, more := <-quick.events; more || h.add(quick) == nil {
		t.Error("the hub goes on after its end")
	}
}

// Who signs out, or loses the role, hears nothing more within a second or so; the control hears on.
func TestAStreamEndsWhenItsReaderMayNoLongerRead(t *testing.T) {
	t.Parallel()
	onWards(t, func(w *ward) {
		history, _ := eightSites(0)
		w.load(history, 300)
		s := w.service()
		var gone atomic.Bool
		s.Still = func(q *http.Request) error {
			if gone.Load() && q.Header.Get("Last-Event-ID") == "" {
				return casebook.Fail(casebook.Unauthorized, "auth.signed_out")
			}
			return nil
		}
		stop := w.run(s.Run)
		w.compared(int64(len(history)))
		server := w.served(s)
		leaver, stayer := w.listen(server, ""), w.listen(server, "0")
		gone.Store(true)
		for leaver.lines.Scan() { // until the stream ends
		}
		if err := leaver.lines.Err(); err != nil {
			w.Errorf("the stream broke: %v", err)
		}
		var figures struct {
			Monitoring monitoringJSON `json:"monitoring"`
		}
		stayer.next("monitoring", &figures)
		stop()
		for stayer.lines.Scan() {
		}
	})
}
