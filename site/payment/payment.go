// Package payment is what a sponsor owes its sites: rates for visits, procedures, start-up, screen failures and what subjects are reimbursed, what the
// casebooks say has been earned by them, a part held back until the end, and statements that a second person approves. It
// refuses to pay the same thing twice, and amounts that are not exact.
package payment

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
)

// The verbs of this package in the ledger.
const (
	RatesSet = "payment.rates.set" // Ref: the site
	Prepared = "payment.prepared"  // Ref: the statement
	Approved = "payment.approved"  // Ref: the statement
	Refused  = "payment.refused"   // Ref: the statement
	Exported = "payment.exported"  // Ref: the statement; New: the format
)

const (
	rates      keep.Kind = "rates"     // by site
	statements keep.Kind = "statement" // by number
)

// Book is what these verbs say of the study office's records.
var Book = keep.Book{Kinds: map[string]keep.Kind{RatesSet: rates, Prepared: statements, Approved: statements, Refused: statements}}

// Rates are a site's budget: what is paid for what. Amounts are decimal texts in Currency.
type Rates struct {
	Currency   string            `json:"currency"`
	StartUp    string            `json:"startUp,omitempty"`
	Visits     map[string]string `json:"visits,omitempty"`     // by StudyEvent
	Procedures map[string]string `json:"procedures,omitempty"` // by Form, beside the visit in which it was done
	Allowances map[string]string `json:"allowances,omitempty"` // by StudyEvent: what its subject is reimbursed, which the site passes on
	Failure    string            `json:"failure,omitempty"`    // a subject who failed in screening
	Failures   int               `json:"failures,omitzero"`    // at most so many are paid
	HoldBack   int               `json:"holdBack,omitzero"`    // hundredths of a percent, until the site is closed
}

// check reads every amount. Errors: Invalid payment.currency, payment.amount, payment.hold_back, site.too_many.
func (r *Rates) check() error {
	if _, known := places[r.Currency]; !known {
		return casebook.Fail(casebook.Invalid, "payment.currency", r.Currency).At("currency")
	}
	if r.HoldBack < 0 || r.HoldBack > 10000 || r.Failures < 0 {
		return casebook.Fail(casebook.Invalid, "payment.hold_back").At("holdBack")
	}
	if len(r.Visits)+len(r.Procedures)+len(r.Allowances) > 1000 {
		return casebook.Fail(casebook.Invalid, "site.too_many", 1000).At("visits")
	}
	all := map[string]string{"startUp": r.StartUp, "failure": r.Failure}
	for oid, amount := range r.Visits {
		all["visits/"+oid] = cmp.Or(amount, "0")
	}
	for oid, amount := range r.Procedures {
		all["procedures/"+oid] = cmp.Or(amount, "0")
	}
	for oid, amount := range r.Allowances {
		all["allowances/"+oid] = cmp.Or(amount, "0")
	}
	for _, place := range slices.Sorted(maps.Keys(all)) {
		if _, err := parse(cmp.Or(all[place], "0"), r.Currency); err != nil {
			return err.(*casebook.Error).At(place)
		}
	}
	return nil
}

// amount is a rate that check has read; none is nothing.
func (r *Rates) amount(text string) Money {
	m, _ := parse(cmp.Or(text, "0"), r.Currency)
	return m
}

// Line is one thing that was earned, or with a negative amount taken off.
type Line struct {
	Kind    string             `json:"kind"` // startUp, visit, procedure, allowance, failure, release
	Subject casebook.SubjectID `json:"subject,omitempty"`
	Event   string             `json:"event,omitempty"`
	Repeat  string             `json:"repeat,omitempty"`
	Form    string             `json:"form,omitempty"`
	On      plan.Date          `json:"on"`
	Amount  string             `json:"amount"`
	minor   Money
}

// key tells what is paid for: the same thing is paid once.
func (l *Line) key() string {
	return fmt.Sprintf("%s %s %s/%s/%s", l.Kind, l.Subject, l.Event, l.Repeat, l.Form)
}

// Statement is what a site is to be paid.
type Statement struct {
	Currency   string          `json:"currency"`
	Until      plan.Date       `json:"until"`
	Lines      []Line          `json:"lines"`
	Gross      string          `json:"gross"`
	HeldBack   string          `json:"heldBack"`
	Net        string          `json:"net"`
	PreparedBy casebook.UserID `json:"preparedBy"`
	PreparedAt time.Time       `json:"preparedAt"`
	Approved   *site.Signature `json:"approved,omitempty"`
	Refused    *site.End       `json:"refused,omitempty"`
}

// Account is how a site stands: what the casebooks say it has earned, what was stated, what is held back.
type Account struct {
	Site     casebook.SiteID          `json:"site"`
	Version  int64                    `json:"version"` // of its rates, 0 without any
	Rates    Rates                    `json:"rates"`
	Earned   string                   `json:"earned"`
	Stated   string                   `json:"stated"`   // in statements that were not refused, before holding back
	Paid     string                   `json:"paid"`     // approved, net
	HeldBack string                   `json:"heldBack"` // of what is stated, and not yet released
	Due      string                   `json:"due"`      // earned and not stated
	Lines    []Line                   `json:"lines"`    // earned and not stated, oldest first
	Past     []keep.Record[Statement] `json:"statements"`
	zone     string
	held     Money
	closed   bool
}

// AccountOf computes a site's account from its subjects' casebooks as they are. A visit is earned when all forms of it that
// have values are complete, on the day of the last; so is a procedure, by its own form.
func AccountOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, at trial.Site) (*Account, error) {
	k, err := keep.Find[Rates](ctx, tx, study, rates, string(at.ID))
	if err != nil {
		return nil, err
	}
	if k.Version == 0 {
		k.Doc.Currency = "CNY"
	}
	a := &Account{Site: at.ID, Version: k.Version, Rates: k.Doc, Lines: []Line{}, Past: []keep.Record[Statement]{}, zone: at.Zone, closed: at.State == trial.Closed}
	earned, err := a.earned(ctx, tx, study, at)
	if err != nil {
		return nil, err
	}
	past, err := keep.ListAt[Statement](ctx, tx, study, statements, at.ID)
	if err != nil {
		return nil, err
	}
	a.settle(earned, past)
	return a, nil
}

func (a *Account) line(l Line, rate string) (Line, bool) {
	l.minor = a.Rates.amount(rate)
	l.Amount = l.minor.Text(a.Rates.Currency)
	return l, l.minor != 0
}

func (a *Account) earned(ctx context.Context, tx *store.Tx, study casebook.StudyID, at trial.Site) (lines []Line, err error) {
	add := func(l Line, rate string) {
		if l, any := a.line(l, rate); any {
			lines = append(lines, l)
		}
	}
	day := func(t time.Time) plan.Date { return site.Today(t, at.Zone) }
	if !at.ActivatedAt.IsZero() {
		add(Line{Kind: "startUp", On: day(at.ActivatedAt)}, a.Rates.StartUp)
	}
	subjects, err := patient.All(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	var failed []Line
	for _, p := range subjects {
		if p.Site != at.ID {
			continue
		}
		forms, err := record.Instances(ctx, tx, study, p.ID)
		if err != nil {
			return nil, err
		}
		for _, v := range held(forms) {
			add(Line{Kind: "visit", Subject: p.ID, Event: v.event, Repeat: v.repeat, On: day(v.at)}, a.Rates.Visits[v.event])
			add(Line{Kind: allowance, Subject: p.ID, Event: v.event, Repeat: v.repeat, On: day(v.at)}, a.Rates.Allowances[v.event])
		}
		for _, f := range forms {
			if f.State == complete {
				add(Line{Kind: "procedure", Subject: p.ID, Event: f.Event, Repeat: f.EventRepeat, Form: f.Form, On: day(f.UpdatedAt)}, a.Rates.Procedures[f.Form])
			}
		}
		if p.Status == patient.ScreenFailed {
			failed = append(failed, Line{Kind: "failure", Subject: p.ID, On: day(p.StatusAt)})
		}
	}
	slices.SortStableFunc(failed, func(x, y Line) int { return cmp.Compare(x.On, y.On) })
	for i, l := range failed {
		if i < a.Rates.Failures {
			add(l, a.Rates.Failure)
		}
	}
	slices.SortStableFunc(lines, func(x, y Line) int { return cmp.Compare(x.On, y.On) })
	return lines, nil
}

// complete is the state of a form that lacks nothing, empty of one without values.
const (
	complete = "complete"
	empty    = "empty"
)

// allowance is the kind of a line that is the subject's: nothing of it is held back.
const allowance = "allowance"

type heldVisit struct {
	event, repeat string
	at            time.Time
}

// held are the visits all of whose forms with values are complete, in the order of the forms.
func held(forms []record.Instance) (all []heldVisit) {
	done := map[[2]string]bool{}
	at := map[[2]string]time.Time{}
	var keys [][2]string
	for _, f := range forms {
		k := [2]string{f.Event, f.EventRepeat}
		if f.State == empty {
			continue
		}
		if _, seen := done[k]; !seen {
			keys, done[k] = append(keys, k), true
		}
		done[k] = done[k] && f.State == complete
		if f.UpdatedAt.After(at[k]) {
			at[k] = f.UpdatedAt
		}
	}
	for _, k := range keys {
		if done[k] {
			all = append(all, heldVisit{k[0], k[1], at[k]})
		}
	}
	return all
}

// settle takes off what was stated before. Lines of a statement stay as they were stated, whatever the rates say later.
func (a *Account) settle(earned []Line, past []keep.Record[Statement]) {
	stated := map[string]bool{}
	var sum, all, paid Money
	c := a.Rates.Currency
	for _, k := range slices.Backward(past) {
		a.Past = append(a.Past, k)
		s := k.Doc
		if s.Refused != nil {
			continue
		}
		for _, l := range s.Lines {
			m := signed(l.Amount, s.Currency)
			stated[l.key()] = true
			if l.Kind == "release" {
				a.held -= m
			} else {
				all += m
			}
		}
		a.held += signed(s.HeldBack, s.Currency)
		if s.Approved != nil {
			paid += signed(s.Net, s.Currency)
		}
	}
	for _, l := range earned {
		if !stated[l.key()] {
			a.Lines, sum = append(a.Lines, l), sum+l.minor
		}
	}
	a.Earned, a.Stated, a.Due, a.Paid, a.HeldBack = (sum + all).Text(c), all.Text(c), sum.Text(c), paid.Text(c), a.held.Text(c)
}

// signed reads what Text wrote.
func signed(text, currency string) Money {
	if text != "" && text[0] == '-' {
		return -signed(text[1:], currency)
	}
	m := Money(0)
	for _, d := range text {
		if d != '.' {
			m = m*10 + Money(d-'0')
		}
	}
	return m
}

// SetRates sets a site's rates in the caller's write. Errors: those of the amounts; Conflict payment.currency_fixed for
// another currency after a statement; Unprocessable site.reason_required to change them; Stale site.changed.
func SetRates(ctx context.Context, w *ledger.Writer, at casebook.SiteID, seen int64, r Rates, reason string) error {
	if err := r.check(); err != nil {
		return err
	}
	if seen > 0 && reason == "" {
		return casebook.Fail(casebook.Unprocessable, "site.reason_required").At("reason")
	}
	if err := site.Fits("reason", reason, false, 1000); err != nil {
		return err
	}
	before, err := keep.Find[Rates](ctx, w.Tx, w.Study, rates, string(at))
	if err != nil {
		return err
	}
	past, err := keep.ListAt[Statement](ctx, w.Tx, w.Study, statements, at)
	if err != nil {
		return err
	}
	if len(past) > 0 && past[0].Doc.Currency != r.Currency {
		return casebook.Fail(casebook.Conflict, "payment.currency_fixed", past[0].Doc.Currency).At("currency")
	}
	c := keep.Change{Kind: rates, ID: string(at), Site: at, Seen: seen, After: r, Entry: ledger.Entry{What: RatesSet, Reason: reason}}
	if before.Version > 0 {
		c.Before = before.Doc
	}
	return keep.Put(ctx, w, c)
}

// Prepare states what a site has earned up to a day and was not stated, in the caller's write. At a closed site what was
// held back is released. Errors: Conflict payment.nothing, payment.waiting while another statement waits.
func Prepare(ctx context.Context, w *ledger.Writer, at trial.Site, until plan.Date) (k keep.Record[Statement], err error) {
	a, err := AccountOf(ctx, w.Tx, w.Study, at)
	if err != nil {
		return k, err
	}
	for _, p := range a.Past {
		if p.Doc.Approved == nil && p.Doc.Refused == nil {
			return k, casebook.Fail(casebook.Conflict, "payment.waiting", p.ID)
		}
	}
	c := a.Rates.Currency
	s := Statement{Currency: c, Until: until, Lines: []Line{}, PreparedBy: casebook.ActorFrom(ctx).User, PreparedAt: w.Now}
	var gross, subjects Money
	for _, l := range a.Lines {
		if l.On <= until {
			s.Lines, gross = append(s.Lines, l), gross+l.minor
			if l.Kind == allowance {
				subjects += l.minor
			}
		}
	}
	back := share(gross-subjects, a.Rates.HoldBack)
	if a.closed && a.held+back != 0 {
		release := a.held + back
		s.Lines = append(s.Lines, Line{Kind: "release", Repeat: fmt.Sprint(len(a.Past) + 1), On: until, Amount: release.Text(c), minor: release})
		gross += release
	}
	if len(s.Lines) == 0 {
		return k, casebook.Fail(casebook.Conflict, "payment.nothing")
	}
	s.Gross, s.HeldBack, s.Net = gross.Text(c), back.Text(c), (gross - back).Text(c)
	n, err := keep.Number(ctx, w, statements)
	if err != nil {
		return k, err
	}
	k = keep.Record[Statement]{ID: fmt.Sprintf("P-%04d", n), Site: at.ID, Version: 1, Doc: s}
	return k, keep.Put(ctx, w, keep.Change{Kind: statements, ID: k.ID, Site: at.ID, After: s, Entry: ledger.Entry{What: Prepared}})
}

// Decide approves a statement with the signature of the actor in ctx, or with a reason refuses it, in the caller's write.
// Errors: NotFound payment.unknown; Conflict payment.decided; Forbidden site.four_eyes for who prepared it; Stale
// site.changed.
func Decide(ctx context.Context, w *ledger.Writer, id string, seen int64, printed, reason string) (k keep.Record[Statement], err error) {
	if k, err = find(ctx, w.Tx, w.Study, id); err != nil {
		return k, err
	}
	by, before := casebook.ActorFrom(ctx).User, k.Doc
	switch {
	case k.Doc.Approved != nil || k.Doc.Refused != nil:
		return k, casebook.Fail(casebook.Conflict, "payment.decided")
	case k.Doc.PreparedBy == by:
		return k, casebook.Fail(casebook.Forbidden, "site.four_eyes")
	}
	what := Refused
	if reason != "" {
		k.Doc.Refused = &site.End{By: by, At: w.Now, Reason: reason}
	} else {
		sig, err := site.Sign(ctx, w, "approval", before, printed)
		if err != nil {
			return k, err
		}
		what, k.Doc.Approved = Approved, &sig
	}
	k.Version++
	return k, keep.Put(ctx, w, keep.Change{Kind: statements, ID: id, Site: k.Site, Seen: seen, Before: before, After: k.Doc, Entry: ledger.Entry{What: what, Reason: reason}})
}

func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (keep.Record[Statement], error) {
	k, err := keep.Find[Statement](ctx, tx, study, statements, id)
	if err == nil && k.Version == 0 {
		err = casebook.Fail(casebook.NotFound, "payment.unknown").At("statement")
	}
	return k, err
}
