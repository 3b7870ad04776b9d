package settings

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Trial says where a release is tried before it is in force everywhere, and when the trial has failed.
type Trial struct {
	Sites   []Place `json:"sites,omitzero"`   // these places
	Percent int64   `json:"percent,omitzero"` // and of all sites this share, always the same ones
	// The trial ends well after Hours, and badly once at least Least pieces of work were done at its sites and more than
	// Worst of 1000 failed.
	Hours int64 `json:"hours,omitzero"`
	Least int64 `json:"least,omitzero"`
	Worst int64 `json:"worst,omitzero"`
}

// On reports whether there is a trial at all.
func (t Trial) On() bool { return len(t.Sites) > 0 || t.Percent > 0 }

func (t Trial) includes(p Place) bool {
	if slices.ContainsFunc(t.Sites, func(q Place) bool { return q.holds(p) }) {
		return true
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(p.Study) + "/" + string(p.Site)))
	return p.Site != "" && int64(h.Sum32()%100) < t.Percent
}

func (t Trial) check() error {
	if t.On() && (t.Percent < 0 || t.Percent > 99 || t.Hours < 1 || t.Hours > 24*30 || t.Least < 1 || t.Worst < 0 || t.Worst > 1000) {
		return casebook.Fail(casebook.Invalid, "settings.trial").At("trial")
	}
	return nil
}

// Change is one line of a draft: an assignment, or its removal.
type Change struct {
	Assignment
	Remove bool `json:"remove,omitzero"`
}

// Draft is what somebody proposes.
type Draft struct {
	ID      string          `json:"id"`
	Base    int64           `json:"base"`
	Changes []Change        `json:"changes"`
	Author  casebook.UserID `json:"author"`
	Reason  string          `json:"reason"`
	State   string          `json:"state"`
	At      time.Time       `json:"at"`
}

// Released is a release.
type Released struct {
	Number   int64           `json:"number"`
	Doc      []Assignment    `json:"doc"`
	Author   casebook.UserID `json:"author"`
	Approver casebook.UserID `json:"approver"`
	Reason   string          `json:"reason"`
	Of       int64           `json:"of,omitzero"` // of a rollback: the release that came back
	At       time.Time       `json:"at"`

	signed string // on its way into the entry
}

// Difference is one line of what a draft would change.
type Difference struct {
	Key       string `json:"key"`
	Place     Place  `json:"place"`
	From      string `json:"from,omitzero"`
	Amendment string `json:"amendment,omitzero"`
	Old       string `json:"old"` // "" when nothing was said there
	New       string `json:"new"` // "" when nothing will be
}

// The verbs of this package.
const (
	VerbProposed   = "settings.proposed"
	VerbWithdrawn  = "settings.withdrawn"
	VerbReleased   = "settings.released"
	VerbPromoted   = "settings.promoted"
	VerbRolledBack = "settings.rolled_back"
	VerbApproved   = "settings.approved"
	VerbBelongs    = "settings.belongs"
)

// text is v as canonical JSON (RFC 8785).
func text(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err == nil {
		err = (*jsontext.Value)(&b).Canonicalize()
	}
	if err != nil {
		panic("settings: a state cannot be written: " + err.Error()) // of our own types, which all can
	}
	return string(b)
}

func reasoned(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return casebook.Fail(casebook.Invalid, "settings.reason_required").At("reason")
	}
	return nil
}

// Propose keeps a draft against the release in force. Nothing changes yet.
func (s *Settings) Propose(ctx context.Context, changes []Change, reason string) (Draft, error) {
	if err := reasoned(reason); err != nil {
		return Draft{}, err
	}
	for i, c := range changes {
		if err := s.check(c.Assignment); err != nil && !(c.Remove && s.keys[c.Key] == nil) {
			if e, ok := errors.AsType[*casebook.Error](err); ok {
				return Draft{}, e.At("/changes/" + itoa(int64(i)) + "/" + e.Place)
			}
			return Draft{}, err
		}
	}
	d := Draft{ID: s.world.NewID(), Changes: changes, Author: casebook.ActorFrom(ctx).User, Reason: reason, State: "open"}
	err := s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		f, err := readForce(ctx, w.Tx)
		if err != nil {
			return err
		}
		d.Base, d.At = f.Number, w.Now
		doc, err := release(ctx, w.Tx, f.Number)
		if err != nil {
			return err
		}
		if len(diff(doc.Doc, apply(doc.Doc, changes))) == 0 {
			return casebook.Fail(casebook.Unprocessable, "settings.unchanged")
		}
		_, err = w.Exec(ctx, `INSERT INTO settings_draft(draft_id, base, changes, author, reason, state, at) VALUES($1,$2,$3,$4,$5,'open',$6)`,
			d.ID, d.Base, text(changes), d.Author, reason, store.Micros(w.Now))
		w.Record(ctx, ledger.Entry{What: VerbProposed, Ref: d.ID, New: text(changes), Reason: reason})
		return err
	})
	return d, err
}

// apply makes the changes to a complete set of values.
func apply(doc []Assignment, changes []Change) []Assignment {
	out := slices.Clone(doc)
	for _, c := range changes {
		out = slices.DeleteFunc(out, c.same)
		if !c.Remove {
			out = append(out, c.Assignment)
		}
	}
	slices.SortFunc(out, func(a, b Assignment) int { return strings.Compare(text(a), text(b)) })
	return out
}

// diff tells what is different between two sets of values.
func diff(old, young []Assignment) (all []Difference) {
	line := func(a Assignment) Difference {
		d := Difference{Key: a.Key, Place: a.Place, Amendment: a.Amendment}
		if !a.From.IsZero() {
			d.From = a.From.UTC().Format(time.RFC3339)
		}
		return d
	}
	for _, a := range old {
		i := slices.IndexFunc(young, a.same)
		if i >= 0 && young[i].Value == a.Value {
			continue
		}
		d := line(a)
		d.Old = a.Value
		if i >= 0 {
			d.New = young[i].Value
		}
		all = append(all, d)
	}
	for _, a := range young {
		if !slices.ContainsFunc(old, a.same) {
			d := line(a)
			d.New = a.Value
			all = append(all, d)
		}
	}
	return all
}

// Diff tells what a draft would change in the release that it was made against.
func (s *Settings) Diff(ctx context.Context, id string) (d Draft, all []Difference, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if d, err = draft(ctx, tx, id); err != nil {
			return err
		}
		base, err := release(ctx, tx, d.Base)
		all = diff(base.Doc, apply(base.Doc, d.Changes))
		return err
	})
	return d, all, err
}

// Approve makes a draft a release: in force at once, or on trial first. Its author cannot; and when another release came
// between, the draft must be made anew, since nobody has seen what the two give together. signed is the approver's name as an electronic
// signature prints it, "" without one; the entry keeps it.
func (s *Settings) Approve(ctx context.Context, id string, trial Trial, signed string) (number int64, err error) {
	if err := trial.check(); err != nil {
		return 0, err
	}
	defer s.Wake()
	err = s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		d, err := draft(ctx, w.Tx, id)
		if err != nil {
			return err
		}
		f, err := readForce(ctx, w.Tx)
		if err != nil {
			return err
		}
		switch {
		case d.State != "open":
			return casebook.Fail(casebook.Conflict, "settings.draft_closed", d.State)
		case d.Author == casebook.ActorFrom(ctx).User:
			return casebook.Fail(casebook.Forbidden, "settings.own_draft")
		case f.Canary != 0:
			return casebook.Fail(casebook.Conflict, "settings.on_trial", f.Canary)
		case f.Number != d.Base:
			return casebook.Fail(casebook.Stale, "settings.stale", d.Base, f.Number)
		}
		base, err := release(ctx, w.Tx, d.Base)
		if err != nil {
			return err
		}
		r := Released{Doc: apply(base.Doc, d.Changes), Author: d.Author, Reason: d.Reason, signed: signed}
		if number, err = s.put(ctx, w, f, r, trial); err != nil {
			return err
		}
		n, err := w.Exec(ctx, `UPDATE settings_draft SET state = 'released' WHERE draft_id = $1 AND state = 'open'`, id)
		if err == nil && n == 0 { // it was withdrawn meanwhile
			err = casebook.Fail(casebook.Conflict, "settings.draft_closed", "withdrawn")
		}
		return err
	})
	return number, err
}

// put numbers a release and brings it into force, or on trial.
func (s *Settings) put(ctx context.Context, w *ledger.Writer, f force, r Released, trial Trial) (int64, error) {
	if err := w.Row(ctx, `SELECT coalesce(max(number), 0) FROM settings_release`).Scan(&r.Number); err != nil {
		return 0, err
	}
	r.Number++
	r.Approver, r.At = casebook.ActorFrom(ctx).User, w.Now
	_, err := w.Exec(ctx, `INSERT INTO settings_release(number, doc, author, approver, reason, of, at) VALUES($1,$2,$3,$4,$5,$6,$7)`,
		r.Number, text(r.Doc), r.Author, r.Approver, r.Reason, r.Of, store.Micros(r.At))
	if err != nil {
		return 0, err
	}
	next := forceRow{number: r.Number}
	if trial.On() {
		next = forceRow{f.Number, r.Number, text(trial), store.Micros(w.Now.Add(time.Duration(trial.Hours) * time.Hour))}
	}
	w.Record(ctx, ledger.Entry{What: VerbReleased, Ref: itoa(r.Number), New: text(released(r, trial)), Reason: r.Reason})
	return r.Number, next.write(ctx, w.Tx, f.Changes)
}

// releasedState is a release in the ledger.
type releasedState struct {
	Doc      []Assignment    `json:"doc"`
	Author   casebook.UserID `json:"author"`
	Approver casebook.UserID `json:"approver"`
	Of       int64           `json:"of"`
	Trial    Trial           `json:"trial"`
	Signed   string          `json:"signed,omitzero"`
}

func released(r Released, t Trial) releasedState {
	return releasedState{append([]Assignment{}, r.Doc...), r.Author, r.Approver, r.Of, t, r.signed}
}

// Withdraw closes a draft.
func (s *Settings) Withdraw(ctx context.Context, id, reason string) error {
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `UPDATE settings_draft SET state = 'withdrawn' WHERE draft_id = $1 AND state = 'open'`, id)
		if err == nil && n == 0 {
			return casebook.Fail(casebook.NotFound, "settings.draft_unknown", id).At("draft")
		}
		w.Record(ctx, ledger.Entry{What: VerbWithdrawn, Ref: id, Reason: reason})
		return err
	})
}

// Rollback brings a former release back, under a new number: what was approved once needs no second person in an
// emergency. It ends a trial. With number 0 it only ends the trial.
func (s *Settings) Rollback(ctx context.Context, number int64, reason string) (now int64, err error) {
	if err := reasoned(reason); err != nil {
		return 0, err
	}
	defer s.Wake()
	err = s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		f, err := readForce(ctx, w.Tx)
		if err != nil {
			return err
		}
		if number == 0 || number == f.Number {
			if f.Canary == 0 {
				return casebook.Fail(casebook.Unprocessable, "settings.unchanged")
			}
			now = f.Number
			return s.endTrial(ctx, w, f, false, reason)
		}
		r, err := release(ctx, w.Tx, number)
		if err != nil {
			return err
		}
		now, err = s.put(ctx, w, f, Released{Doc: r.Doc, Author: casebook.ActorFrom(ctx).User, Reason: reason, Of: number}, Trial{})
		return err
	})
	return now, err
}

// endTrial brings the release on trial into force everywhere, or takes it back.
func (s *Settings) endTrial(ctx context.Context, w *ledger.Writer, f force, well bool, reason string) error {
	next, what := forceRow{number: f.Number}, VerbRolledBack
	if well {
		next, what = forceRow{number: f.Canary}, VerbPromoted
	}
	w.Record(ctx, ledger.Entry{What: what, Ref: itoa(f.Canary), Old: text(f.Number), New: text(next.number), Reason: reason})
	return next.write(ctx, w.Tx, f.Changes)
}

// Approvals are those of a study, by site and amendment.
func (s *Settings) Approvals(ctx context.Context, study casebook.StudyID) (all []Approval, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = approvals(ctx, tx, study)
		return err
	})
	return all, err
}

// RecordApproval notes that an ethics committee approved an amendment for a site, from a moment on.
func (s *Settings) RecordApproval(ctx context.Context, study casebook.StudyID, site casebook.SiteID, amendment string, at time.Time, reason string) error {
	if amendment == "" || site == "" {
		return casebook.Fail(casebook.Invalid, "settings.amendment", amendment).At("amendment")
	}
	defer s.Wake()
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `INSERT INTO settings_approval(study_id, site_id, amendment, at) VALUES($1,$2,$3,$4) ON CONFLICT DO NOTHING`,
			study, site, amendment, store.Micros(at))
		if err == nil && n == 0 {
			return casebook.Fail(casebook.Conflict, "settings.approval_known", amendment, site)
		}
		w.Record(ctx, ledger.Entry{What: VerbApproved, Ref: amendment, Site: site, New: text(Approval{study, site, amendment, at.UTC()}), Reason: reason})
		return err
	})
	if err != nil {
		return err
	}
	return s.hint(ctx)
}

// hint has every process look again, in the platform's own transaction: what was recorded stands in a study's.
func (s *Settings) hint(ctx context.Context) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE settings_force SET changes = changes + 1 WHERE name = 'here'`)
		return errors.Join(err, tx.Notify(ctx, topic))
	})
}

// maxOrganisation is the length of an organisation's name in settings, in bytes.
const maxOrganisation = 64

// Belong notes whose a study is from now on: the settings of that organisation hold there. "" is nobody's. Errors: Invalid
// settings.organisation, settings.reason_required; Conflict settings.organisation_same.
func (s *Settings) Belong(ctx context.Context, study casebook.StudyID, organisation, reason string) error {
	if len(organisation) > maxOrganisation || strings.TrimSpace(organisation) != organisation || !utf8.ValidString(organisation) ||
		strings.ContainsFunc(organisation, unicode.IsControl) {
		return casebook.Fail(casebook.Invalid, "settings.organisation", maxOrganisation).At("organisation")
	}
	if err := reasoned(reason); err != nil {
		return err
	}
	defer s.Wake()
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		all, err := belongings(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		was := owners(all, w.Now)[study]
		if was == organisation {
			return casebook.Fail(casebook.Conflict, "settings.organisation_same", organisation).At("organisation")
		}
		if n := len(all); n > 0 && !w.Now.After(all[n-1].At) {
			return casebook.Fail(casebook.Conflict, "settings.raced")
		}
		_, err = w.Exec(ctx, `INSERT INTO settings_organisation(study_id, at, organisation) VALUES($1,$2,$3)`, study, store.Micros(w.Now), organisation)
		w.Record(ctx, ledger.Entry{What: VerbBelongs, Ref: organisation, Old: text(was), New: text(Belonging{study, organisation, w.Now}), Reason: reason})
		return err
	})
	if err != nil {
		return err
	}
	return s.hint(ctx)
}

// Organisation tells whose a study is, "" when nobody's is recorded.
func (s *Settings) Organisation(ctx context.Context, study casebook.StudyID) (organisation string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := belongings(ctx, tx, study)
		organisation = owners(all, tx.Now)[study]
		return err
	})
	return organisation, err
}

// Organisations are the names of those whose studies are here.
func (s *Settings) Organisations() []string {
	var all []string
	for _, o := range s.now.Load().force.Owners {
		if o != "" {
			all = append(all, o)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
