package safety

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/store"
)

// The largest texts, in bytes: E2B(R3) takes 250 characters of a term (E.i.1.1a).
const (
	maxTerm      = 750
	maxNarrative = 20000
	maxNote      = 4000
	maxTold      = 200 // times that a case is told
)

// Draft asks for a case.
type Draft struct {
	Form   string  `json:"form,omitempty"`
	Row    string  `json:"row,omitempty"`
	Report *Report `json:"report"`
}

// Open opens a case of a subject in the caller's write. Errors: Invalid safety.time, safety.day, safety.choice, site.text_*;
// Unprocessable safety.form.
func Open(ctx context.Context, w *ledger.Writer, p patient.Subject, in Draft) (k keep.Record[Case], err error) {
	c := Case{Subject: p.ID, Form: in.Form, Row: in.Row, OpenedBy: casebook.ActorFrom(ctx).User, OpenedAt: w.Now, Draft: in.Report}
	if in.Report == nil {
		return k, casebook.Fail(casebook.Invalid, "site.text_missing").At("report")
	}
	c.Aware = in.Report.Aware
	if err := in.Report.fits(w.Now); err != nil {
		return k, err
	}
	if err := c.linked(ctx, w.Tx, w.Study); err != nil {
		return k, err
	}
	here, err := patient.Enter(ctx, w.Tx, w.Study, p.ID) // from now on it stays where it is until the case is written
	if err == nil && here.Site != p.Site {
		err = patient.Unknown(p.ID)
	}
	if err != nil {
		return k, err
	}
	n, err := keep.Number(ctx, w, cases)
	if err != nil {
		return k, err
	}
	k = keep.Record[Case]{ID: fmt.Sprintf("SAE-%04d", n), Site: p.Site, Doc: c}
	return put(ctx, w, k, 0, nil, ledger.Entry{What: Opened})
}

func put(ctx context.Context, w *ledger.Writer, k keep.Record[Case], seen int64, before *Case, e ledger.Entry) (keep.Record[Case], error) {
	e.Subject = k.Doc.Subject
	c := keep.Change{Kind: cases, ID: k.ID, Site: k.Site, Seen: seen, After: k.Doc, Entry: e}
	if before != nil {
		c.Before = *before
	}
	k.Version = seen + 1
	return k, keep.Put(ctx, w, c)
}

// Transfer takes the cases of a subject to another site, in the transaction that transfers the subject: the new site's people go on with
// them, and their clocks run there. Versions stay where they were signed. Stale site.changed: somebody is at work on one.
func Transfer(ctx context.Context, w *ledger.Writer, id casebook.SubjectID, to casebook.SiteID) error {
	all, err := keep.List[Case](ctx, w.Tx, w.Study, cases)
	for _, k := range all {
		if err == nil && k.Doc.Subject == id {
			before := k.Doc
			k.Site = to
			_, err = put(ctx, w, k, k.Version, &before, ledger.Entry{What: Moved})
		}
	}
	return err
}

// linked refuses a form that the casebook does not have.
func (c *Case) linked(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	if c.Form == "" {
		return site.Fits("row", c.Row, false, 100)
	}
	key, ok := record.ParseRef(study, c.Subject, c.Form)
	if ok {
		forms, err := record.FormsOf(ctx, tx, study, c.Subject, c.Subject)
		if err != nil {
			return err
		}
		ok = slices.ContainsFunc(forms[c.Subject], func(f *record.Form) bool { return f.Key == key && f.State != record.Inactive })
	}
	if !ok {
		return casebook.Fail(casebook.Unprocessable, "safety.form", c.Form).At("form")
	}
	return site.Fits("row", c.Row, false, 100)
}

// fits refuses a draft whose parts, as far as they are there, cannot be.
func (r *Report) fits(now time.Time) error {
	if r.Aware.IsZero() || r.Aware.After(now.Add(time.Minute)) {
		return casebook.Fail(casebook.Invalid, "safety.time").At("report/aware")
	}
	r.Aware = r.Aware.UTC().Truncate(time.Second)
	for _, x := range []struct {
		place, text string
		most        int
	}{{"term", r.Term, maxTerm}, {"narrative", r.Narrative, maxNarrative}, {"news", r.News, maxNote}} {
		if err := site.Fits("report/"+x.place, x.text, false, x.most); err != nil {
			return err
		}
	}
	for i, c := range r.Serious {
		if !slices.Contains(criteria, c) || slices.Contains(r.Serious[:i], c) {
			return casebook.Fail(casebook.Invalid, "safety.choice", c).At(fmt.Sprintf("report/serious/%d", i))
		}
	}
	_, done := actions[r.Action]
	switch {
	case r.Outcome != "" && !slices.Contains(outcomes, r.Outcome):
		return casebook.Fail(casebook.Invalid, "safety.choice", r.Outcome).At("report/outcome")
	case r.Causality != "" && !slices.Contains(causalities, r.Causality):
		return casebook.Fail(casebook.Invalid, "safety.choice", r.Causality).At("report/causality")
	case r.Action != "" && !done:
		return casebook.Fail(casebook.Invalid, "safety.choice", r.Action).At("report/action")
	case r.Onset != "" && !isDay(r.Onset, now):
		return casebook.Fail(casebook.Invalid, "safety.day", r.Onset).At("report/onset")
	case r.Ended != "" && (!isDay(r.Ended, now) || !before(r.Onset, r.Ended)):
		return casebook.Fail(casebook.Invalid, "safety.day", r.Ended).At("report/ended")
	}
	return nil
}

// layouts are how days are written, whole and partial.
var layouts = []string{time.DateOnly, "2006-01", "2006"}

// isDay reports whether text is a day or a partial one that has come somewhere on earth.
func isDay(text string, now time.Time) bool {
	for _, layout := range layouts {
		if day, err := time.Parse(layout, text); err == nil {
			return !day.After(now.Add(14 * time.Hour))
		}
	}
	return false
}

// before reports whether a may be no later than b; they are compared as far as both are known.
func before(a, b string) bool {
	n := min(len(a), len(b))
	return a[:n] <= b[:n]
}

// whole refuses a report that cannot be submitted: what the initial report of ICH E2A's minimum and the guide of E2B(R3) want is there,
// and death and outcome agree.
func (r *Report) whole(followUp bool) error {
	for _, x := range []struct {
		place string
		there bool
	}{{"term", strings.TrimSpace(r.Term) != ""}, {"onset", r.Onset != ""}, {"serious", len(r.Serious) > 0}, {"outcome", r.Outcome != ""},
		{"causality", r.Causality != ""}, {"action", r.Action != ""}, {"narrative", strings.TrimSpace(r.Narrative) != ""}, {"news", !followUp || strings.TrimSpace(r.News) != ""}} {
		if !x.there {
			return casebook.Fail(casebook.Unprocessable, "safety.incomplete").At("report/" + x.place)
		}
	}
	if slices.Contains(r.Serious, Death) != (r.Outcome == Fatal) {
		return casebook.Fail(casebook.Unprocessable, "safety.fatal").At("report/outcome")
	}
	return nil
}

// Write keeps the draft of the next version in the caller's write, nil to throw it away. Errors: as Open; Conflict safety.nullified,
// safety.unreported; Stale site.changed.
func Write(ctx context.Context, w *ledger.Writer, k keep.Record[Case], seen int64, r *Report) (keep.Record[Case], error) {
	was := k.Doc
	switch {
	case was.Nullified != nil:
		return k, nullified()
	case r == nil && was.Versions == 0:
		return k, casebook.Fail(casebook.Invalid, "site.text_missing").At("report")
	}
	if r != nil {
		if err := r.fits(w.Now); err != nil {
			return k, err
		}
		if was.Versions == 0 {
			k.Doc.Aware = r.Aware
		} else if r.Aware.Before(was.Aware) {
			return k, casebook.Fail(casebook.Invalid, "safety.time").At("report/aware")
		}
	}
	k.Doc.Draft = r
	return put(ctx, w, k, seen, &was, ledger.Entry{What: Drafted})
}

// Submit makes the draft a version in the caller's write, with the signature of the actor in ctx under it, who has just proved to be who
// they are. Errors: Conflict safety.nullified, safety.undrafted; Unprocessable safety.incomplete, safety.fatal; Stale site.changed.
func Submit(ctx context.Context, w *ledger.Writer, k keep.Record[Case], seen int64, printed string) (keep.Record[Case], Version, error) {
	was := k.Doc
	switch {
	case was.Nullified != nil:
		return k, Version{}, nullified()
	case was.Draft == nil:
		return k, Version{}, casebook.Fail(casebook.Conflict, "safety.undrafted").At("report")
	}
	if err := was.Draft.whole(was.Versions > 0); err != nil {
		return k, Version{}, err
	}
	v := Version{Number: was.Versions, Case: k.ID, Subject: was.Subject, Report: *was.Draft, Submitted: w.Now}
	var err error
	if v.Signed, err = site.Sign(ctx, w, "safety", v, printed); err != nil {
		return k, v, err
	}
	err = keep.Put(ctx, w, keep.Change{Kind: reports, ID: versionID(k.ID, v.Number), Site: k.Site, After: v, Entry: ledger.Entry{What: Reported, Subject: was.Subject}})
	if err != nil {
		return k, v, err
	}
	c := &k.Doc
	c.Last, c.Draft, c.Versions = was.Draft, nil, was.Versions+1
	if v.Number == 0 {
		c.First = w.Now
	}
	if c.Gravest.IsZero() && v.Report.grave() {
		c.Gravest = w.Now
	}
	k, err = put(ctx, w, k, seen, &was, ledger.Entry{What: Submitted})
	return k, v, err
}

// Assess keeps the sponsor's judgement in the caller's write. A judgement in the place of another has a reason. Errors: Invalid safety.choice,
// site.text_*; Conflict safety.nullified, safety.unreported; Stale site.changed.
func Assess(ctx context.Context, w *ledger.Writer, k keep.Record[Case], seen int64, a Assessment, reason string) (keep.Record[Case], error) {
	was := k.Doc
	switch {
	case was.Nullified != nil:
		return k, nullified()
	case was.Versions == 0:
		return k, unreported()
	case !slices.Contains(causalities, a.Causality):
		return k, casebook.Fail(casebook.Invalid, "safety.choice", a.Causality).At("causality")
	}
	if err := site.Fits("comment", a.Comment, false, maxNote); err != nil {
		return k, err
	}
	if err := site.Fits("reason", reason, was.Assessed != nil, maxNote); err != nil {
		return k, err
	}
	a.Version, a.By, a.At = was.Versions-1, casebook.ActorFrom(ctx).User, w.Now
	k.Doc.Assessed = &a
	return put(ctx, w, k, seen, &was, ledger.Entry{What: Assessed, Reason: reason})
}

// Forward writes down in the caller's write that somebody was told. Errors: Invalid safety.choice, safety.time, site.text_*, site.too_many;
// Conflict safety.unreported; Stale site.changed.
func Forward(ctx context.Context, w *ledger.Writer, k keep.Record[Case], seen int64, t Told) (keep.Record[Case], error) {
	was := k.Doc
	switch {
	case was.Versions == 0:
		return k, unreported()
	case !slices.Contains(recipients, t.To):
		return k, casebook.Fail(casebook.Invalid, "safety.choice", t.To).At("to")
	case t.Version < 0 || t.Version >= was.Versions:
		return k, casebook.Fail(casebook.Invalid, "safety.version", t.Version).At("version")
	case t.On.Before(was.Aware) || t.On.After(w.Now.Add(time.Minute)):
		return k, casebook.Fail(casebook.Invalid, "safety.time").At("on")
	case len(was.Told) >= maxTold:
		return k, casebook.Fail(casebook.Invalid, "site.too_many", maxTold).At("to")
	}
	if err := site.Fits("name", t.Name, true, 300); err != nil {
		return k, err
	}
	t.On, t.By, t.At = t.On.UTC().Truncate(time.Second), casebook.ActorFrom(ctx).User, w.Now
	k.Doc.Told = append(slices.Clone(was.Told), t)
	return put(ctx, w, k, seen, &was, ledger.Entry{What: Forwarded})
}

// Nullify says in the caller's write that a case was none (E2B(R3) C.1.11): with a reason, and nothing of it is removed. Errors: Invalid
// site.text_*; Conflict safety.nullified; Stale site.changed.
func Nullify(ctx context.Context, w *ledger.Writer, k keep.Record[Case], seen int64, reason string) (keep.Record[Case], error) {
	was := k.Doc
	if was.Nullified != nil {
		return k, nullified()
	}
	if err := site.Fits("reason", reason, true, maxNote); err != nil {
		return k, err
	}
	k.Doc.Nullified = &site.End{By: casebook.ActorFrom(ctx).User, At: w.Now, Reason: reason}
	return put(ctx, w, k, seen, &was, ledger.Entry{What: Nullified, Reason: reason})
}

func nullified() error  { return casebook.Fail(casebook.Conflict, "safety.nullified").At("case") }
func unreported() error { return casebook.Fail(casebook.Conflict, "safety.unreported").At("case") }

// unknown answers for a case that is not there or not this person's: nobody can tell which.
func unknown() error { return casebook.Fail(casebook.NotFound, "safety.unknown").At("case") }

// Find returns a case as it stands. Errors: NotFound safety.unknown.
func Find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (keep.Record[Case], error) {
	k, err := keep.Find[Case](ctx, tx, study, cases, id)
	if err == nil && k.Version == 0 {
		err = unknown()
	}
	return k, err
}

// versions are those of a case, in their order.
func versions(ctx context.Context, tx *store.Tx, study casebook.StudyID, k keep.Record[Case]) ([]Version, error) {
	all := make([]Version, 0, k.Doc.Versions)
	for n := range k.Doc.Versions {
		v, err := keep.Find[Version](ctx, tx, study, reports, versionID(k.ID, n))
		if err != nil {
			return nil, err
		}
		all = append(all, v.Doc)
	}
	return all, nil
}
