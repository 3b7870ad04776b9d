//go:build !production

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/chaos"
	"casebook/demo"
	"casebook/epro"
	"casebook/epro/schedule"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// clockScenes are what happens to the wall clocks of servers. In each the clock is set to a moment, and then to others, counted from
// there; the seed moves them by some seconds, but for the second that comes twice.
var clockScenes = []struct {
	begin   time.Time
	turns   []time.Duration
	exactly bool
}{
	{begin: time.Date(2028, 2, 14, 10, 0, 0, 0, time.UTC), turns: []time.Duration{0, time.Hour, 0, -24 * time.Hour, 30 * time.Minute}},                     // somebody sets it
	{begin: time.Date(2028, 2, 28, 23, 40, 0, 0, time.UTC), turns: []time.Duration{0, 30 * time.Minute, 10 * time.Minute, 24 * time.Hour, 25 * time.Hour}}, // a leap day
	{begin: time.Date(2028, 3, 26, 0, 50, 0, 0, time.UTC), turns: []time.Duration{0, 15 * time.Minute, -45 * time.Minute, 20 * time.Minute}},               // summer time begins
	{begin: time.Date(2028, 10, 29, 0, 50, 0, 0, time.UTC), turns: []time.Duration{0, 15 * time.Minute, -45 * time.Minute, 20 * time.Minute}},              // and ends
	{begin: time.Date(2028, 12, 31, 23, 59, 59, 0, time.UTC), turns: []time.Duration{0, 0, time.Second}, exactly: true},                                    // a leap second
}

// clockDiary asks twice a day by the site's time: once beside the hour that summer time takes and gives.
const clockDiary = `{"format":"casebook-schedule/1","name":"Diary","zone":"fixed","forms":[{"form":"F.HBP","at":["01:30","19:00"],"every":"P1D","window":"PT6H"}]}`

const (
	clockEditors  = 4
	clockEdits    = 12 // that must have been acknowledged before the clock is turned again
	clockPassword = "a password of some length"
)

// turned is the whole product with a clock that is turned by hand, and what its visitors saw.
type turned struct {
	a        *app
	address  string
	subjects []string
	phone    string // its token
	real     func() time.Time
	begun    time.Time
	offset   atomic.Int64 // nanoseconds by which the clock is off
	latest   atomic.Int64 // the latest moment that it has shown, in microseconds
	passed   atomic.Int64 // nanoseconds that have passed without being waited for

	turn   atomic.Int64 // one after the other, whatever the clock says: what began after something had ended has a greater one
	edited chan edit
	edits  []edit
	plans  []clockPlan
	held   []string // what did not keep its time

	mu    sync.Mutex
	due   map[string]time.Time // of each message
	sent  map[string]int
	early []string // left before they were due
}

// edit is a change that was acknowledged.
type edit struct {
	begun, ended int64
	note         string
}

// clockPlan is what a phone was to ask at a moment.
type clockPlan struct {
	at      time.Time
	windows []schedule.Window
}

// now is the turned clock, on the wall: a time without Go's monotonic reading, which steady is beside it.
func (h *turned) now() time.Time {
	t := h.real().Add(time.Duration(h.offset.Load())).Round(0)
	for is := h.latest.Load(); is < t.UnixMicro() && !h.latest.CompareAndSwap(is, t.UnixMicro()); is = h.latest.Load() {
	}
	return t
}

func (h *turned) turnTo(t time.Time)     { h.offset.Store(int64(t.Sub(h.real()))) }
func (h *turned) turnBy(d time.Duration) { h.offset.Add(int64(d)) }

// pass lets d pass, for the clock on the wall and for the one that nobody turns.
func (h *turned) pass(d time.Duration) { h.turnBy(d); h.passed.Add(int64(d)) }

// steady is the clock that nobody turns.
func (h *turned) steady() time.Duration {
	return h.real().Sub(h.begun) + time.Duration(h.passed.Load())
}

func (h *turned) missed(f string, a ...any) { h.held = append(h.held, fmt.Sprintf(f, a...)) }

// clockFault turns the clock under the product while staff edit and sign, a phone asks for its plan, and messages leave. What was done
// after something had been done must stand after it in the ledger; a change voids the signature before it though the clock says it came
// earlier; prompts stand at their wall time whenever they are asked for; each message leaves once, and not before it was due. The control
// holds the ledger's entries to the same order by what the clock said of each.
func clockFault(ctx context.Context, _ *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	dir = filepath.Join(dir, "data")
	h := &turned{real: b.World.Now, begun: b.World.Now(), edited: make(chan edit), due: map[string]time.Time{}, sent: map[string]int{}}
	h.turnTo(clockScenes[0].begin.AddDate(0, 0, -2))
	if h.a, err = (Database{DB: dir}).openIn(ctx, casebook.World{Now: h.now, Rand: b.World.Rand, Steady: h.steady}); err != nil {
		return m, control, err
	}
	closing := sync.OnceValue(h.a.close)
	defer func() { err = errors.Join(err, closing()) }()
	if err := h.prepare(operator(ctx)); err != nil {
		return m, control, err
	}
	if err := h.serve(ctx, b); err != nil {
		return m, control, err
	}
	var entries []ledger.Entry
	if err := h.a.db.View(ctx, func(tx *store.Tx) (err error) {
		entries, err = ledger.Read(ctx, tx, demo.ID, 0, 1<<20)
		return err
	}); err != nil {
		return m, control, err
	}
	h.judgePlans()
	h.judgeMessages()
	placed, said := map[string]int64{}, map[string]int64{}
	for _, e := range entries {
		for _, note := range clockNote.FindAllString(e.New, -1) {
			placed[note], said[note] = e.Index, e.At.UnixMicro()
		}
	}
	lost, wrong, byClock := 0, disorder(h.edits, placed), disorder(h.edits, said)
	for _, e := range h.edits {
		if _, there := placed[e.note]; !there {
			lost++
		}
	}
	if err := closing(); err != nil {
		return m, control, err
	}
	v, err := verified(ctx, dir)
	if err != nil {
		return m, control, err
	}
	for _, f := range v.Findings {
		h.missed("%s %s: %s", f.Table, f.Row, f.What)
	}
	m.N, m.Findings = int64(len(h.edits)), h.held
	m.Figures = map[string]float64{"acknowledged": float64(len(h.edits)), "lost": float64(lost), "out_of_order": float64(wrong), "plans": float64(len(h.plans)), "messages": float64(len(h.due)), "findings": float64(len(h.held))}
	m.Value = fmt.Sprintf("%d of %d changes lost, %d out of order; %d plans, %d messages, signatures and sessions: %d findings", lost, len(h.edits), wrong, len(h.plans), len(h.due), len(h.held))
	if lost+wrong > 0 {
		m.Findings = append(m.Findings, m.Value)
	}
	m.Pass = len(h.edits) > 0 && len(m.Findings) == 0
	control.N, control.Pass = m.N, byClock == 0
	control.Value = fmt.Sprintf("by the clock of each entry, %d of the same changes are out of order", byClock)
	return m, control, nil
}

// clockNote is what an editor writes: no two the same.
var clockNote = regexp.MustCompile(`clock-\d+-\d+`)

// disorder counts the changes that stand before one that had ended before they began.
func disorder(edits []edit, at map[string]int64) (n int) {
	for i := range edits {
		for j := range edits {
			if edits[j].ended < edits[i].begun && at[edits[j].note] > at[edits[i].note] {
				n++
				break
			}
		}
	}
	return n
}

// prepare makes the study, two people, a phone and a way for messages.
func (h *turned) prepare(ctx context.Context) error {
	phones, err := h.a.small(ctx)
	if err != nil {
		return err
	}
	h.subjects = phones.Patients
	h.a.people.Cost = auth.Cost{Memory: 64, Passes: 1} // who is out signs in again and again here
	for user, role := range map[casebook.UserID]auth.Role{"nurse": auth.Coordinator, "doctor": auth.Investigator} {
		err := h.a.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: string(user), Locale: "en", Password: clockPassword})
		if err == nil {
			err = h.a.people.GrantRole(ctx, user, auth.Grant{Study: demo.ID, Site: "03", Role: role})
		}
		if err != nil {
			return err
		}
	}
	if _, err := h.a.epro.Publish(ctx, demo.ID, []byte(clockDiary)); err != nil {
		return err
	}
	inv, err := h.a.epro.Invite(ctx, demo.ID, casebook.SubjectID(h.subjects[0]), "")
	if err != nil {
		return err
	}
	phone, err := h.a.epro.Enrol(ctx, epro.Enrolment{Study: demo.ID, Code: inv.Code, PIN: inv.PIN, Name: "phone", Zone: "Europe/Berlin"})
	h.phone = phone.Token
	h.a.box.Add(outbox.Channel{Name: "clock", Sender: h})
	return err
}

// Send takes a message, as its destination.
func (h *turned) Send(_ context.Context, m outbox.Message) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sent[m.ID]++; store.Micros(h.due[m.ID]) > h.latest.Load() {
		h.early = append(h.early, m.ID)
	}
	return "", nil
}

// serve runs the product and the scenes.
func (h *turned) serve(ctx context.Context, b chaos.Bounds) error {
	serving, stop := context.WithCancel(ctx)
	defer stop()
	var house errgroup.Group
	address := make(chan string, 1)
	house.Go(func() error {
		defer close(address)
		s := serveCommand{Addr: "127.0.0.1:0"}
		return s.serve(serving, h.a, roles, func(at string) { address <- at })
	})
	var err error
	if h.address = <-address; h.address != "" {
		if err = h.scenes(ctx, rand.New(rand.NewPCG(b.Seed, 7))); err == nil {
			err = h.sessions(ctx)
		}
	}
	stop()
	if ended := house.Wait(); !errors.Is(ended, context.Canceled) {
		err = errors.Join(err, ended)
	}
	return err
}

// scenes turns the clock while editors work.
func (h *turned) scenes(ctx context.Context, chance *rand.Rand) error {
	working, leave := context.WithCancel(ctx)
	defer leave()
	editors, working := errgroup.WithContext(working)
	for i := range clockEditors {
		editors.Go(func() error { return h.edit(working, i) })
	}
	err := func() error {
		for _, s := range clockScenes {
			h.turnTo(s.begin)
			for i, t := range s.turns {
				if !s.exactly {
					t += time.Duration(chance.IntN(60)) * time.Second
				}
				if err := h.station(working, fmt.Sprintf("%s-%d", s.begin.Format("0102"), i), s.begin.Add(t)); err != nil {
					return err
				}
			}
			h.turnTo(store.Time(h.latest.Load()).Add(time.Hour)) // all is due
			if err := h.await(working); err != nil {
				return err
			}
		}
		return nil
	}()
	leave()
	if ended := editors.Wait(); !errors.Is(ended, context.Canceled) {
		err = errors.Join(ended, err)
	}
	return err
}

// station signs, turns the clock, changes what was signed, and looks around.
func (h *turned) station(ctx context.Context, name string, t time.Time) error {
	subject := h.subjects[clockEditors]
	doctor, err := h.signIn(ctx, "doctor")
	if err != nil {
		return err
	}
	nurse, err := h.signIn(ctx, "nurse")
	if err != nil {
		return err
	}
	version, err := h.save(ctx, nurse, subject, -1, "before "+name)
	if err != nil {
		return err
	}
	before := h.now().Truncate(time.Microsecond)
	var signed struct {
		Signatures []record.Manifest `json:"signatures"`
	}
	if _, err := h.call(ctx, doctor, "POST", "/signatures", fmt.Sprintf(`{"user":"doctor","password":%q,"meaning":"approval","zone":"Europe/Berlin","parts":[{"subject":%q,"scope":%q,"expect":""}]}`,
		clockPassword, subject, clockForm), 0, &signed); err != nil {
		return err
	}
	if len(signed.Signatures) != 1 || signed.Signatures[0].At.Before(before) || signed.Signatures[0].At.After(h.now()) {
		h.missed("%s: signed at %v, and the signature says %v", name, before, signed.Signatures)
	}
	h.turnTo(t)
	if nurse, err = h.signIn(ctx, "nurse"); err != nil {
		return err
	}
	if _, err := h.save(ctx, nurse, subject, version, "after "+name); err != nil {
		return err
	}
	if doctor, err = h.signIn(ctx, "doctor"); err != nil {
		return err
	}
	var standings struct {
		Signatures []struct {
			ID    string `json:"id"`
			Holds bool   `json:"holds"`
		} `json:"signatures"`
	}
	if _, err := h.call(ctx, doctor, "GET", "/subjects/"+subject+"/standings", "", 0, &standings); err != nil {
		return err
	}
	for _, s := range standings.Signatures {
		if s.Holds {
			h.missed("%s: signature %s holds over what was changed after it", name, s.ID)
		}
	}
	if err := h.put(ctx, name); err != nil {
		return err
	}
	if err := h.plan(ctx); err != nil {
		return err
	}
	for range clockEdits {
		select {
		case e := <-h.edited:
			h.edits = append(h.edits, e)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// put has two messages leave: at once, and in three quarters of an hour.
func (h *turned) put(ctx context.Context, name string) error {
	return h.a.db.Update(ctx, func(tx *store.Tx) error {
		all := []outbox.Message{{ID: name + "-now", Channel: "clock", Due: tx.Now}, {ID: name + "-later", Channel: "clock", Due: tx.Now.Add(45 * time.Minute)}}
		h.mu.Lock()
		for _, m := range all {
			h.due[m.ID] = m.Due
		}
		h.mu.Unlock()
		_, err := h.a.box.Put(ctx, tx, demo.ID, all...)
		return err
	})
}

// await waits until every message has left, a minute at most.
func (h *turned) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		h.mu.Lock()
		left := len(h.due) - len(h.sent)
		h.mu.Unlock()
		if left == 0 {
			return nil
		}
		h.a.box.Wake()
		select {
		case e := <-h.edited:
			h.edits = append(h.edits, e)
		case <-ctx.Done():
			return fmt.Errorf("%d messages have not left: %w", left, ctx.Err())
		}
	}
}

func (h *turned) judgeMessages() {
	for _, id := range h.early {
		h.missed("message %s left before it was due", id)
	}
	for id, n := range h.sent {
		if n != 1 {
			h.missed("message %s left %d times", id, n)
		}
	}
}

// plan asks what the phone is to ask.
func (h *turned) plan(ctx context.Context) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, h.address+"/api/v1/epro/plan", nil)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+h.phone)
	var out struct {
		Windows []schedule.Window `json:"windows"`
		Now     time.Time         `json:"now"`
	}
	if _, err = answer(q, &out); err == nil {
		h.plans = append(h.plans, clockPlan{out.Now, out.Windows})
	}
	return err
}

// judgePlans holds each prompt to the wall time that names it, to itself in other plans, and to being asked while it is open.
func (h *turned) judgePlans() {
	berlin, err := schedule.Zone("Europe/Berlin")
	if err != nil {
		h.missed("%v", err)
		return
	}
	all := map[string]schedule.Window{}
	for _, p := range h.plans {
		for _, w := range p.windows {
			if opens, err := time.ParseInLocation("2006-01-02T1504", w.Key, berlin); err != nil || !opens.Equal(w.Opens) {
				h.missed("prompt %s opens at %v", w.Key, w.Opens)
			}
			if known, again := all[w.Key]; again && !known.Closes.Equal(w.Closes) {
				h.missed("prompt %s closes at %v and at %v", w.Key, known.Closes, w.Closes)
			}
			all[w.Key] = w
		}
	}
	for _, p := range h.plans {
		asked := map[string]bool{}
		for _, w := range p.windows {
			asked[w.Key] = true
		}
		for key, w := range all {
			if !w.Opens.After(p.at) && w.Closes.After(p.at) && !asked[key] {
				h.missed("prompt %s was open at %v and not asked", key, p.at)
			}
		}
	}
}

// sessions sees that whoever leaves is signed out, though the clock is turned meanwhile, and that nobody is for a second.
func (h *turned) sessions(ctx context.Context) error {
	idle := h.a.people.Idle
	for _, c := range []struct {
		turn, leaves time.Duration
		in           bool
	}{{time.Second, idle - time.Minute, true}, {-time.Second, idle - time.Minute, true}, {0, idle, false}, {time.Hour, 0, false},
		{-10 * time.Minute, 2 * idle, false}, {-time.Hour, 2 * idle, false}, {-time.Hour, 70 * time.Minute, false}, {-24 * time.Hour, 2 * idle, false}} {
		nurse, err := h.signIn(ctx, "nurse")
		if err != nil {
			return err
		}
		h.turnBy(c.turn)
		h.pass(c.leaves)
		status, err := h.call(ctx, nurse, "GET", "/subjects/"+h.subjects[0], "", 0, nil)
		if status != http.StatusUnauthorized && err != nil {
			return err
		}
		if in := status == http.StatusOK; in != c.in {
			h.missed("a session unused for %v, in which the clock was turned by %v, is in: %v", c.leaves, c.turn, in)
		}
	}
	return nil
}

const clockForm = "E.SCR/1/F.IE/1"

// edit writes one note after the other at a subject of its own, and tells which were acknowledged.
func (h *turned) edit(ctx context.Context, i int) error {
	cookie, version := "", -1
	for n := 0; ; n++ {
		e := edit{begun: h.turn.Add(1), note: fmt.Sprintf("clock-%d-%d", i, n)}
		var err error
		if cookie == "" {
			cookie, err = h.signIn(ctx, "nurse")
		}
		if err == nil {
			version, err = h.save(ctx, cookie, h.subjects[i], version, e.note)
		}
		if errors.Is(err, errOut) && ctx.Err() == nil { // the clock was turned on by more than a session lasts
			cookie = ""
			continue
		}
		if err != nil {
			return err
		}
		e.ended = h.turn.Add(1)
		select {
		case h.edited <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// save writes a note into a subject's form, complete, for who saw version, or looks first when that is -1.
func (h *turned) save(ctx context.Context, cookie, subject string, version int, note string) (int, error) {
	path := "/subjects/" + subject + "/forms/" + clockForm
	var form struct {
		Version int `json:"version"`
	}
	if version < 0 {
		if _, err := h.call(ctx, cookie, "GET", path, "", 0, &form); err != nil {
			return version, err
		}
		version = form.Version
	}
	items := []string{"IEDAT", "2028-02-14", "IN01", "Y", "IN02", "Y", "IN03", "Y", "EX01", "N", "EX02", "N", "EX03", "N", "EX04", "N", "IEYN", "Y", "IENOTE", note}
	var said strings.Builder
	for i := 0; i < len(items); i += 2 {
		fmt.Fprintf(&said, `,{"group":"IG.IE","repeat":"1","item":"IT.%s","value":%q}`, items[i], items[i+1])
	}
	if _, err := h.call(ctx, cookie, "PATCH", path, `{"reason":"the clock is turned","items":[`+said.String()[1:]+`]}`, version, &form); err != nil {
		return version, err
	}
	return form.Version, nil
}

var errOut = errors.New("signed out")

func (h *turned) signIn(ctx context.Context, user string) (string, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address+"/api/v1/session", strings.NewReader(fmt.Sprintf(`{"user":%q,"password":%q}`, user, clockPassword)))
	if err != nil {
		return "", err
	}
	q.Header.Set("X-Casebook", "1")
	q.Header.Set("Content-Type", "application/json")
	res, err := answer(q, nil)
	if err != nil {
		return "", err
	}
	for _, c := range res.Cookies() {
		if c.Name == "casebook_session" {
			return c.Value, nil
		}
	}
	return "", errors.New("signing in brought no session")
}

// call asks at the study as whoever has the cookie; version is the one that was seen.
func (h *turned) call(ctx context.Context, cookie, method, path, body string, version int, out any) (status int, err error) {
	q, err := http.NewRequestWithContext(ctx, method, h.address+"/api/v1/studies/"+string(demo.ID)+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	q.Header.Set("X-Casebook", "1")
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Cookie", "casebook_session="+cookie)
	if method == http.MethodPatch && version == 0 {
		q.Header.Set("If-None-Match", "*")
	} else if method == http.MethodPatch {
		q.Header.Set("If-Match", fmt.Sprintf(`"%d"`, version))
	}
	res, err := answer(q, out)
	if res == nil {
		return 0, err
	}
	return res.StatusCode, err
}

// answer sends a request and reads what came into out.
func answer(q *http.Request, out any) (*http.Response, error) {
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<22))
	switch {
	case err != nil:
	case res.StatusCode == http.StatusUnauthorized:
		err = errOut
	case res.StatusCode >= 300:
		err = fmt.Errorf("%s %s: %s %s", q.Method, q.URL.Path, res.Status, text)
	case out != nil:
		err = json.Unmarshal(text, out)
	}
	return res, err
}
