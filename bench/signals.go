package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/load"
	"casebook/monitor"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// The study of these measurements is the demo's with a thousand sites more, each of twenty subjects.
const (
	townSites    = 1000
	townSubjects = 20 // of a site
)

// town is a server with that study, and a person who reads its signals live.
type town struct {
	*server
	b        *bench
	patients []string // those of a site beside each other
	cookie   string
	told     int // sites of which a signal was provoked
}

// nightly raises a signal at a site's first report at night, so that it is known which report each signal comes from. The reports of the
// load are answered in the afternoon of its sites.
const nightly = `{"id": "diary-night", "version": 2, "source": "bench", "name": {"en": "Reports at night", "zh-CN": "夜间报告"}, "group": "site",
	"method": "identity", "score": "numerator", "numerator": {"of": "reports", "night": true}, "denominator": {"of": "reports"}, "thresholds": [0.5],
	"flags": [0, 1], "accrual": {"of": "denominator", "min": 1}, "signal": 1, "words": {"one": {"en": "report", "zh-CN": "份报告"},
	"many": {"en": "reports", "zh-CN": "份报告"}, "per": {"en": "reports", "zh-CN": "份报告"}, "low": {"en": "–", "zh-CN": "–"}, "high": {"en": "–", "zh-CN": "–"}}}`

const townZone = "America/New_York"

func townSite(n int) casebook.SiteID { return casebook.SiteID(fmt.Sprintf("T%04d", n)) }

// found makes the town in the demo's database, while its server stands still.
func (t *town) found(ctx context.Context, dsn string) error {
	db, err := store.Open(ctx, dsn, store.Options{World: casebook.Outside(), BatchTime: time.Minute})
	if err != nil {
		return err
	}
	defer db.Close()
	l := ledger.New(db, ledger.Options{})
	trials := trial.New(l, patient.New(l))
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "hexiao", Role: "datamanager", Location: "sponsor"})
	study := t.hello.TrialID
	for n := range townSites {
		site := trial.Site{ID: townSite(n), Name: odm.Text{"en": "Hospital " + string(townSite(n))}, Zone: townZone}
		if _, err := trials.AddSite(ctx, study, site); err != nil {
			return err
		}
		err := l.Write(ctx, study, func(w *ledger.Writer) error {
			for k := range townSubjects {
				p, err := trial.EnrolIn(ctx, w, patient.Enrolment{Site: site.ID, Subject: casebook.SubjectID(fmt.Sprintf("%s-%02d", site.ID, k))})
				if err != nil {
					return err
				}
				t.patients = append(t.patients, string(p.ID))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	k, err := monitor.ReadIndicator([]byte(nightly))
	if err != nil {
		return err
	}
	return errors.Join(monitor.New(l, trials.Definition).Edit(ctx, study, k, "each signal is to have one cause"), l.Seal(ctx, study))
}

// signIn opens the session of whoever reads the signals.
func (t *town) signIn() error {
	for _, who := range t.hello.Logins {
		if who.Role != "datamanager" {
			continue
		}
		body, err := json.Marshal(map[string]string{"user": who.User, "password": who.Password})
		if err != nil {
			return err
		}
		res, err := t.ask(t.b.ctx, http.MethodPost, "/api/v1/session", body)
		if err != nil {
			return err
		}
		res.Body.Close()
		if len(res.Cookies()) == 0 {
			return fmt.Errorf("%s was not let in: %s", who.User, res.Status)
		}
		t.cookie = res.Cookies()[0].Name + "=" + res.Cookies()[0].Value
		return nil
	}
	return errors.New("the demo has no data manager")
}

// caughtUp waits until monitoring has taken in all sites and subjects.
func (t *town) caughtUp() error {
	for range 120 {
		res, err := t.ask(t.b.ctx, http.MethodGet, "/api/v1/studies/"+string(t.hello.TrialID)+"/monitoring?kri=kri0007", nil)
		if err != nil {
			return err
		}
		var f struct {
			Sites []struct {
				Denominator int64 `json:"denominator"`
			} `json:"sites"`
		}
		err = json.UnmarshalRead(res.Body, &f)
		res.Body.Close()
		if err != nil {
			return err
		}
		subjects := int64(0)
		for _, site := range f.Sites {
			subjects += site.Denominator
		}
		if subjects >= int64(len(t.patients)) {
			return nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	return errors.New("monitoring does not catch up")
}

func (t *town) ask(ctx context.Context, method, path string, body []byte, headers ...string) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, t.hello.Address+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header = http.Header{"X-Casebook": {"1"}, "Content-Type": {"application/json"}}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	if path == "/report" {
		q.Header.Set("Authorization", "Bearer "+t.hello.ReportToken)
	} else if t.cookie != "" {
		q.Header.Set("Cookie", t.cookie)
	}
	return http.DefaultClient.Do(q)
}

// listen reads the live stream until ctx ends and calls seen with the site of each signal of the night as it comes. A stream that ends is
// opened again after the last event, as a browser does. It closes ready when the first is open.
func (t *town) listen(ctx context.Context, ready chan<- struct{}, seen func(casebook.SiteID)) error {
	last := ""
	for ctx.Err() == nil {
		res, err := t.ask(ctx, http.MethodGet, "/api/v1/studies/"+string(t.hello.TrialID)+"/live", nil, "Last-Event-ID", last)
		if err != nil {
			break
		}
		if res.StatusCode != http.StatusOK {
			res.Body.Close()
			return fmt.Errorf("the live stream: %s", res.Status)
		}
		if last == "" {
			close(ready)
		}
		last, err = events(res.Body, last, seen)
		res.Body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// events reads a stream to its end and returns the last event's id.
func events(from io.Reader, last string, seen func(casebook.SiteID)) (string, error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 16<<20)
	for event := ""; lines.Scan(); {
		field, value, _ := bytes.Cut(lines.Bytes(), []byte(": "))
		switch {
		case string(field) == "id":
			last = string(value)
		case string(field) == "event":
			event = string(value)
		case string(field) == "data" && event == "signal":
			var e struct {
				Signal struct {
					KRI  string          `json:"kri"`
					Site casebook.SiteID `json:"site"`
				} `json:"signal"`
			}
			if err := json.Unmarshal(value, &e); err != nil {
				return last, err
			}
			if e.Signal.KRI == "diary-night" {
				seen(e.Signal.Site)
			}
		}
	}
	return last, nil
}

// awake sends the one report at night of a site, again while the server is busy.
func (t *town) awake(ctx context.Context, site int, at time.Time) error {
	day := at.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	patient := t.patients[site*townSubjects]
	body := fmt.Sprintf(`{"id":"night-%s","patientId":%q,"instrument":"F.HBP","answeredAt":"%sT08:00:00Z","device":"phone","data":{"IT.HBDAT":%q,"IT.HBMED":"Y"}}`,
		patient, patient, day, day)
	for {
		res, err := t.ask(ctx, http.MethodPost, "/report", []byte(body))
		if err != nil {
			return err
		}
		res.Body.Close()
		switch {
		case res.StatusCode == http.StatusOK:
			return nil
		case res.StatusCode != http.StatusServiceUnavailable || time.Since(at) > 10*time.Second:
			return fmt.Errorf("the report of %s: %s", patient, res.Status)
		}
		time.Sleep(20 * time.Millisecond) // as load's phones wait
	}
}

// signals has the phones report at a rate, sends meanwhile one report at night from each of some sites at even distances, and returns how
// long it took, in milliseconds from when each was due, until its signal had come through the stream: half of them, 99 in 100, all. A signal that has not
// come ten seconds after the end counts as that.
func (t *town) signals(round int, rate float64, sites int) (half, most, all float64, err error) {
	ctx, end := context.WithCancel(t.b.ctx)
	defer end()
	var mu sync.Mutex
	came := map[casebook.SiteID]time.Time{}
	var g, listening errgroup.Group
	ready := make(chan struct{})
	listening.Go(func() error {
		return t.listen(ctx, ready, func(site casebook.SiteID) {
			mu.Lock()
			defer mu.Unlock()
			came[site] = time.Now()
		})
	})
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		end()
		return 0, 0, 0, errors.Join(errors.New("the live stream does not open"), listening.Wait())
	}
	length := time.Duration(sites) * 50 * time.Millisecond
	var of load.Result
	g.Go(func() (err error) {
		of, err = load.Run(ctx, load.Options{Scenario: load.Reports, Address: t.hello.Address, Study: t.hello.TrialID, Patients: t.patients, Token: t.hello.ReportToken,
			Duration: length + 2*time.Second, Rate: rate, Connections: connections, Patience: 10 * time.Second, Seed: uint64(round + 1)})
		return err
	})
	begun := time.Now().Add(2 * time.Second) // the load has found its pace
	due := map[casebook.SiteID]time.Time{}
	for i := range sites {
		at := begun.Add(time.Duration(i) * length / time.Duration(sites))
		n := t.told + i
		due[townSite(n)] = at
		g.Go(func() error {
			time.Sleep(time.Until(at))
			return t.awake(ctx, n, at)
		})
	}
	t.told += sites
	if err = g.Wait(); err != nil {
		end()
		return 0, 0, 0, errors.Join(err, listening.Wait())
	}
	for waited := 0; waited < 100; waited++ {
		mu.Lock()
		missing := len(due) - len(came)
		mu.Unlock()
		if missing == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	end()
	err = listening.Wait()
	now, took := time.Now(), make([]float64, 0, sites)
	for site, at := range due {
		until, ok := came[site]
		if !ok {
			until = now
		}
		took = append(took, float64(until.Sub(at).Microseconds())/1000)
	}
	slices.Sort(took)
	half, most, all = took[len(took)/2], took[len(took)*99/100], took[len(took)-1]
	fmt.Printf("  %.0f reports/s offered, %.0f acknowledged, %d never sent, p50 %.0f ms, p99 %.0f ms; %d signals: p50 %.0f ms, p99 %.0f ms, max %.0f ms\n",
		of.Offered, of.Good, of.Unsent, of.Latency.P50, of.Latency.P99, len(came), half, most, all)
	return half, most, all, err
}

// settle starts the demo, makes the town in it and starts it again.
func (b *bench) settle(dsn string) (*town, error) {
	s, err := b.start(dsn)
	if err != nil {
		return nil, err
	}
	t := &town{server: s, b: b}
	s.stop()
	where := dsn
	if where == "" {
		where = "sqlite:" + filepath.Join(s.dir, "casebook.db")
	}
	if err = t.found(b.ctx, where); err == nil {
		err = s.run(b, dsn)
	}
	if err == nil {
		err = t.signIn()
	}
	if err == nil {
		err = t.caughtUp()
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return t, nil
}

// signalsOn measures how long a report takes to become a signal in a browser, rounds times at a rate.
func (b *bench) signalsOn(t *town, engine string, rate float64) error {
	l := line{what: fmt.Sprintf("a report until its signal is pushed, 99 in 100, %s at %.0f reports/s", engine, rate), against: "the goal", unit: "ms", goal: "≤ 1"}
	for round := range b.rounds {
		_, most, _, err := t.signals(round, rate, townSites/b.rounds)
		if err != nil {
			return err
		}
		l.ours, l.theirs = append(l.ours, most), append(l.theirs, 250)
	}
	b.lines = append(b.lines, l)
	return nil
}

func (b *bench) signalsOnSQLite() error {
	t, err := b.settle("")
	if err != nil {
		return err
	}
	defer t.remove()
	return b.signalsOn(t, "SQLite", b.rate)
}

// signalsOnPostgres has half as many reports sent as PostgreSQL itself commits of the same rows.
func (b *bench) signalsOnPostgres() error {
	dsn, err := postgres()
	if err != nil {
		return err
	}
	t, err := b.settle(dsn)
	if err != nil {
		return err
	}
	defer t.remove()
	if _, err := t.reports(b, b.rounds); err != nil { // warm-up, and the rows that the others copy
		return err
	}
	script, err := pgbenchScript(b.ctx, dsn)
	if err != nil {
		return err
	}
	capacity, err := pgbench(b.ctx, dsn, script, int(b.length.Seconds()))
	if err != nil {
		return err
	}
	fmt.Printf("  PostgreSQL itself commits %.0f reports/s\n", capacity)
	return b.signalsOn(t, "PostgreSQL", min(capacity/2, b.rate))
}
