package epro

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/check"
	"casebook/epro/schedule"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Contact is one request of a phone: how it stands, and up to MaxRecords records.
type Contact struct {
	Highest int64            `json:"highest"` // the greatest number that it has given to a record
	Zone    string           `json:"zone"`
	Now     time.Time        `json:"now"` // by its own clock
	Records []jsontext.Value `json:"records"`
}

// Result is what became of one record.
type Result struct {
	ID      string `json:"id"`
	Status  int    `json:"status"`            // as HTTP would say it: see docs/format/epro.md
	Code    string `json:"code,omitempty"`    // why it is not 200
	Receipt string `json:"receipt,omitempty"` // it is on disk: the phone may delete the record once it has stored this
	Limit   int    `json:"limit,omitempty"`   // bytes, where it was too large
	Late    bool   `json:"late,omitempty"`    // answered in its window, and received after it
}

// Answer is what a phone is told.
type Answer struct {
	Results []Result  `json:"results"`
	Now     time.Time `json:"now"`     // the server's clock: from it the phone counts until the next contact
	Missing []int64   `json:"missing"` // numbers that have not come, the first hundred
}

// answerSet is a record as a phone makes it (docs/format/epro.md). Members that are unknown here are kept in the body.
type answerSet struct {
	ID         string             `json:"id"`
	Device     string             `json:"device"`
	Subject    casebook.SubjectID `json:"subject"`
	Seq        int64              `json:"seq"`
	Previous   string             `json:"previous"` // hash of the record before
	Form       string             `json:"form"`
	Window     string             `json:"window"` // "" where the patient opened the form unasked
	Definition string             `json:"definition"`
	Language   string             `json:"language"`
	Opened     time.Time          `json:"opened"` // by the phone's clock
	Finished   time.Time          `json:"finished"`
	Zone       string             `json:"zone"`
	Contact    time.Time          `json:"contact"` // the server's time at the contact before the opening
	Elapsed    *int64             `json:"elapsed"` // ms that passed from then to the opening, by the monotonic clock; null when the phone slept in between
	Values     []record.Value     `json:"values"`
	Hidden     []string           `json:"hidden"`
	Computed   []record.Value     `json:"computed"`
}

// arrival is a record on its way into the database.
type arrival struct {
	answerSet
	body    string
	hash    [32]byte
	receipt string
	device  device

	why      string // not "": it is quarantined, and this is the reason
	opened   time.Time
	closes   time.Time
	received time.Time
	version  int64
	out      *record.Outcome
	alerts   []alert
	issues   []issue
}

// receiptOf proves what was kept: the phone computes the same (docs/format/epro.md).
func receiptOf(study casebook.StudyID, id, body string) string {
	var b []byte
	for _, s := range [...]string{"casebook epro 1", string(study), body} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	sum := sha256.Sum256(b)
	return id + "." + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// why a record is quarantined.
const (
	whyUnreadable = "unreadable"    // it is no record
	whyDevice     = "other_device"  // it was made by another phone
	whySubject    = "other_subject" // it is about another subject
	whyEnded      = "ended"         // the phone's time was over when it came, and not when it was opened
	whyDefinition = "definition"    // nobody published such a form
	whyWindow     = "window"        // the form was not asked then
	whyAnswered   = "answered"      // the window has an answer already
	whyValues     = "values"        // an answer cannot be one
	whyConsent    = "consent"       // the patient had not agreed then to be asked, or no longer
	whyAltered    = "altered"       // another record came under this id
)

// statusOf is how HTTP says that a record is quarantined: kept, not yet or never part of the casebook.
func statusOf(why string) int {
	switch why {
	case whySubject, whyDevice:
		return http.StatusForbidden
	case whyAltered:
		return http.StatusConflict
	}
	return http.StatusAccepted
}

// Sync takes in what a phone brings. It returns after everything is durable.
func (s *Service) Sync(ctx context.Context, study casebook.StudyID, d device, p patient.Subject, c Contact) (Answer, error) {
	now := s.now()
	ctx = casebook.WithActor(ctx, d.actor(ctx))
	results := make([]Result, len(c.Records))
	var batch []*arrival
	var at []int
	for i, raw := range c.Records {
		a, refused := s.open(study, d, p, raw, now)
		if refused != nil {
			results[i] = *refused
			continue
		}
		batch, at = append(batch, a), append(at, i)
	}
	if err := s.judge(ctx, study, p, batch); err != nil {
		return Answer{}, err
	}
	for _, a := range batch {
		if err := s.persons(ctx, study, a.alerts); err != nil {
			return Answer{}, err
		}
	}
	kept, missing, err := s.keep(ctx, study, d, c, batch)
	if err != nil {
		return Answer{}, err
	}
	for i, r := range kept {
		results[at[i]] = r
	}
	return Answer{Results: results, Now: now, Missing: missing}, nil
}

// open reads one record and decides what can be decided without the database.
func (s *Service) open(study casebook.StudyID, d device, p patient.Subject, raw jsontext.Value, now time.Time) (*arrival, *Result) {
	a := &arrival{body: string(raw), hash: sha256.Sum256(raw), device: d, received: now}
	if len(raw) > MaxRecord {
		json.Unmarshal(raw, &a.answerSet) // only to say which it is
		return nil, &Result{ID: a.ID, Status: http.StatusRequestEntityTooLarge, Code: "epro.too_large", Limit: MaxRecord}
	}
	if err := web.Parse(raw, &lenient{&a.answerSet}); err != nil || a.faulty() {
		a.answerSet = answerSet{ID: a.ID, Seq: a.Seq, Device: a.Device, Subject: a.Subject}
		a.quarantine(whyUnreadable)
		if !wellFormedID(a.ID) {
			a.ID = hex.EncodeToString(a.hash[:])
		}
	}
	a.receipt = receiptOf(study, a.ID, a.body)
	over := d.over(p)
	a.opened, a.issues = a.when(d, now)
	switch {
	case !over.IsZero() && (a.why == whyUnreadable || !a.Opened.Before(over)):
		return nil, &Result{ID: a.ID, Status: http.StatusUnauthorized, Code: "epro.device_ended"}
	case a.why != "":
	case a.Subject != d.Subject:
		a.quarantine(whySubject)
	case a.Device != d.ID:
		a.quarantine(whyDevice)
	case !over.IsZero():
		a.quarantine(whyEnded)
	}
	return a, nil
}

// lenient reads members that it does not know past: a newer phone may say more.
type lenient struct{ to *answerSet }

func (l *lenient) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	return json.UnmarshalDecode(d, l.to, json.RejectUnknownMembers(false))
}

func (a *arrival) quarantine(why string) { a.why, a.out = why, nil }

// faulty reports whether something is missing without which a record is none.
func (a *arrival) faulty() bool {
	long := func(v record.Value) bool { return len(v.Value) > maxText }
	return !wellFormedID(a.ID) || a.Seq < 1 || a.Seq > 1<<40 || a.Form == "" || len(a.Form) > 200 || len(a.Window) > 40 || a.Opened.IsZero() || a.Finished.IsZero() ||
		a.Opened.Year() < 1971 || a.Opened.Year() > 9000 || a.Finished.Year() > 9000 || a.Device == "" || len(a.Device) > 100 || len(a.Language) > 20 || len(a.Zone) > 60 ||
		slices.ContainsFunc(a.Values, long)
}

// wellFormedID accepts a UUID in lower case (RFC 9562).
func wellFormedID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i, r := range []byte(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}

// tolerance is how far a phone's clock may be off before it contradicts the others.
const tolerance = 10 * time.Minute

// when finds the moment of opening that can be trusted: counted from the last contact where the monotonic clock ran on,
// and else by the phone's clock within what is possible, after the last contact and before now. A clock that says
// something else is a contradiction, and never a believable other date.
func (a *arrival) when(d device, now time.Time) (time.Time, []issue) {
	low := d.EnrolledAt
	if a.Contact.After(low) && !a.Contact.After(now) {
		low = a.Contact
	}
	trusted := a.Opened
	if a.Elapsed != nil && *a.Elapsed >= 0 && *a.Elapsed < int64(now.Sub(low)/time.Millisecond)+1000 && a.Contact.Equal(low) {
		trusted = low.Add(time.Duration(*a.Elapsed) * time.Millisecond)
	}
	if trusted.Before(low) {
		trusted = low
	}
	if trusted.After(now) {
		trusted = now
	}
	off := a.Opened.Sub(trusted)
	if off.Abs() <= tolerance {
		return trusted, nil
	}
	detail := fmt.Sprintf("the phone says %s, which is %s off", a.Opened.Format(time.RFC3339), off.Round(time.Second))
	return trusted, []issue{{Kind: "clock", Detail: detail}}
}

// known is the last moment of which the phone can have heard when the record was opened.
func (a *arrival) known() time.Time {
	known := a.device.EnrolledAt
	if a.Contact.After(known) {
		known = a.Contact
	}
	if known.After(a.opened) {
		known = a.opened
	}
	return known
}

// judge finds each record's version and window, and has its values judged. It reads and does not write.
func (s *Service) judge(ctx context.Context, study casebook.StudyID, p patient.Subject, batch []*arrival) error {
	pl, err := s.plan(ctx, study)
	if err != nil {
		return err
	}
	windows, err := s.windowsFor(ctx, study, pl, p, batch)
	if err != nil {
		return err
	}
	var consents *agreeing
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		consents, err = agreed(ctx, tx, study, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range batch {
		if a.why != "" {
			continue
		}
		if !consents.allows(p.ID, a.opened, a.known()) {
			a.quarantine(whyConsent)
			continue
		}
		v, err := s.byHash(ctx, study, a.Form, a.Definition)
		if err != nil {
			return err
		}
		if v == nil {
			a.quarantine(whyDefinition)
			continue
		}
		a.version = int64(v.Number)
		if a.Window != "" {
			w, planned := windows[windowName{a.Form, a.Window}]
			if !planned || a.opened.Before(w.Opens.Add(-tolerance)) || !a.opened.Before(w.Closes.Add(tolerance)) {
				a.quarantine(whyWindow)
				continue
			}
			a.closes = w.Closes
		} else if pl == nil || !pl.unasked(a.Form) {
			a.quarantine(whyWindow)
			continue
		}
		if err := s.values(ctx, study, pl, v, a); err != nil {
			return err
		}
	}
	return nil
}

// unasked reports whether patients may open the form when they want.
func (p *plan) unasked(form string) bool {
	return slices.ContainsFunc(p.Forms, func(f schedule.Form) bool { return f.Form == form && f.Anchor.Kind == schedule.Event })
}

type windowName struct{ form, key string }

// windowsFor finds the windows to which a batch may belong.
func (s *Service) windowsFor(ctx context.Context, study casebook.StudyID, pl *plan, p patient.Subject, batch []*arrival) (map[windowName]schedule.Window, error) {
	var from, to time.Time
	for _, a := range batch {
		if a.why == "" && a.Window != "" {
			if from.IsZero() || a.opened.Before(from) {
				from = a.opened
			}
			if a.opened.After(to) {
				to = a.opened
			}
		}
	}
	if pl == nil || from.IsZero() {
		return nil, nil
	}
	windows, err := s.Windows(ctx, study, pl, p, from.Add(-2*tolerance), to.Add(2*tolerance))
	if err != nil {
		return nil, err
	}
	byName := make(map[windowName]schedule.Window, len(windows))
	for _, w := range windows {
		byName[windowName{w.Form, w.Key}] = w
	}
	return byName, nil
}

// values turns the answers into a form of the casebook and compares what the rules gave there and here.
func (s *Service) values(ctx context.Context, study casebook.StudyID, pl *plan, v *version, a *arrival) error {
	key := record.Key{Study: study, Subject: a.Subject, Form: a.Form}
	key, err := v.study.NewInstance(key, a.ID)
	in := record.Context{Actor: a.device.actor(ctx).User, Now: a.received, Today: a.today(), Zone: a.Zone, NewID: s.world.NewID}
	if err == nil {
		a.out, err = v.study.Apply(&record.Form{Key: key, Site: a.device.Site}, -1, a.submitted(), in)
	}
	if err != nil {
		if kind := casebook.KindOf(err); kind != casebook.Unprocessable && kind != casebook.Invalid && kind != casebook.NotFound {
			return err
		}
		a.quarantine(whyValues)
		return nil
	}
	hidden := v.study.Hidden(a.out.Form, in)
	if there, here := slices.Sorted(slices.Values(a.Hidden)), slices.Sorted(slices.Values(hidden)); !slices.Equal(there, here) {
		a.issues = append(a.issues, issue{Kind: "rule", Detail: fmt.Sprintf("hidden there: %q, here: %q", there, here)})
	}
	for _, c := range a.out.After.Computed {
		i := slices.IndexFunc(a.Computed, func(t record.Value) bool { return t.Item == c.Item && t.Group == c.Group })
		if i < 0 || a.Computed[i].Value != c.Value {
			there := ""
			if i >= 0 {
				there = a.Computed[i].Value
			}
			a.issues = append(a.issues, issue{Kind: "rule", Detail: fmt.Sprintf("%s there: %q, here: %q", c.Item, there, c.Value)})
		}
	}
	s.alarm(pl, v, a, in)
	return nil
}

// today is the day of the opening where the phone was.
func (a *arrival) today() check.Value {
	y, m, d := a.Opened.Date()
	return record.Today(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// submitted are the answers without those that the phone hid: they stay in the answer log.
func (a *arrival) submitted() []record.Value {
	return slices.DeleteFunc(slices.Clone(a.Values), func(v record.Value) bool {
		return slices.Contains(a.Hidden, v.Group+"/"+v.Repeat) || slices.Contains(a.Hidden, v.Group+"/"+v.Repeat+"/"+v.Item) || v.Value == "" && v.Blank == ""
	})
}
