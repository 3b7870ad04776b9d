package monitor

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// VerbChanged is the verb of a step in a signal's life: Ref is its id, Site the site, New the Step.
const VerbChanged = "monitor.signal.changed"

// The states of a signal.
const (
	open          = "open"
	acknowledged  = "acknowledged"
	investigating = "investigating"
	acting        = "action" // a corrective and preventive action is under way
	verified      = "verified"
	closed        = "closed"
)

// What can be done about a signal. Gauge is done by the system: the effect of an action after some days.
const (
	Acknowledge = "acknowledge"
	Investigate = "investigate"
	Propose     = "propose" // to speak to the site about it
	Approve     = "approve" // the proposal, by another person
	Act         = "act"     // states the corrective and preventive action
	Confirm     = "verify"  // that it was done, by another person
	Close       = "close"
	Reopen      = "reopen"
	Assign      = "assign"
	Remark      = "remark"
	Gauge       = "measure"
	Visit       = "visit" // a visit to the site is planned, by whoever keeps the visits
)

// moves says from which states each action leads where; "" stays.
var moves = map[string]struct {
	from []string
	to   string
	text bool // it must be said why or what
}{
	Acknowledge: {[]string{open}, acknowledged, false},
	Investigate: {[]string{open, acknowledged}, investigating, false},
	Propose:     {[]string{acknowledged, investigating}, "", true},
	Approve:     {[]string{acknowledged, investigating}, "", false},
	Act:         {[]string{investigating}, acting, true},
	Confirm:     {[]string{acting}, verified, true},
	Close:       {[]string{investigating, verified}, closed, true},
	Reopen:      {[]string{closed}, investigating, true},
	Assign:      {[]string{open, acknowledged, investigating, acting, verified}, "", false},
	Remark:      {[]string{open, acknowledged, investigating, acting, verified, closed}, "", true},
	Gauge:       {[]string{acting, verified, closed}, "", false},
	Visit:       {[]string{open, acknowledged, investigating, acting, verified}, "", false},
}

// patience is how long a signal may stand in a state before it is late.
var patience = map[string]time.Duration{
	open: 2 * 24 * time.Hour, acknowledged: 5 * 24 * time.Hour, investigating: 14 * 24 * time.Hour,
	acting: 30 * 24 * time.Hour, verified: 90 * 24 * time.Hour,
}

// checkpoints are the days after an action at which its effect is measured.
var checkpoints = []int{30, 60, 90}

// Step is one thing that was done about a signal.
type Step struct {
	N        int             `json:"n"` // from 1
	Action   string          `json:"action"`
	From     string          `json:"from"`
	To       string          `json:"to"`
	By       casebook.UserID `json:"by"`
	Role     string          `json:"role"`
	At       time.Time       `json:"at"`
	Text     string          `json:"text,omitempty"`
	Assignee casebook.UserID `json:"assignee,omitempty"`
	Links    []string        `json:"links,omitempty"`   // queries, visits, notices
	Signed   string          `json:"signed,omitempty"`  // the printed name of who closed it with a signature
	Reading  *Reading        `json:"reading,omitempty"` // of an action: the figures it is measured against
	Effect   *Effect         `json:"effect,omitempty"`
}

// Reading is how a site stood.
type Reading struct {
	Score  float64 `json:"score"`
	Metric float64 `json:"metric"`
	Mean   float64 `json:"mean"`
}

// Effect is how far a site has come towards the others some days after an action, as shares of where it stood: 1 is all
// the way, 0 nowhere, below 0 further away (S. de Viron et al., Ther. Innov. Regul. Sci. 2023: movement of the score and
// of the observed value towards the study's).
type Effect struct {
	Days          int     `json:"days"`
	Now           Reading `json:"now"`
	ScoreMovement float64 `json:"scoreMovement"`
	ValueMovement float64 `json:"valueMovement"`
}

func effect(days int, before, now Reading) *Effect {
	share := func(a, b float64) float64 {
		if a == 0 {
			return 0
		}
		return (math.Abs(a) - math.Abs(b)) / math.Abs(a)
	}
	return &Effect{Days: days, Now: now, ScoreMovement: share(before.Score, now.Score), ValueMovement: share(before.Metric-before.Mean, now.Metric-now.Mean)}
}

// Life is what was done about a signal, and what follows from it.
type Life struct {
	State      string          `json:"state"`
	Since      time.Time       `json:"since"` // in State
	Assignee   casebook.UserID `json:"assignee,omitempty"`
	ProposedBy casebook.UserID `json:"proposedBy,omitempty"` // who wants to speak to the site
	ApprovedBy casebook.UserID `json:"approvedBy,omitempty"` // who agreed
	ActedBy    casebook.UserID `json:"actedBy,omitempty"`
	ActedAt    time.Time       `json:"actedAt,omitzero"`
	Before     *Reading        `json:"before,omitempty"`
	Steps      []Step          `json:"steps,omitempty"`
}

// Due is when the signal is late; zero for a closed one.
func (l *Life) Due() time.Time {
	if p, ok := patience[l.State]; ok {
		return l.Since.Add(p)
	}
	return time.Time{}
}

// take adds a step that was checked.
func (l *Life) take(s Step) {
	l.Steps = append(l.Steps, s)
	if s.To != l.State {
		l.State, l.Since = s.To, s.At
	}
	switch s.Action {
	case Assign:
		l.Assignee = s.Assignee
	case Propose:
		l.ProposedBy, l.ApprovedBy = s.By, ""
	case Approve:
		l.ApprovedBy = s.By
	case Act:
		l.ActedBy, l.ActedAt, l.Before = s.By, s.At, s.Reading
	case Reopen:
		l.ProposedBy, l.ApprovedBy, l.ActedBy, l.ActedAt, l.Before = "", "", "", time.Time{}, nil
	}
}

// may says why an action cannot be done now by somebody, or nil.
func (l *Life) may(action string, by casebook.UserID) error {
	m, ok := moves[action]
	switch {
	case !ok:
		return casebook.Fail(casebook.Unprocessable, "monitor.signal.action", action).At("action")
	case !slices.Contains(m.from, l.State):
		return casebook.Fail(casebook.Conflict, "monitor.signal.step", action, l.State).At("action")
	case action == Approve && l.ProposedBy == "":
		return casebook.Fail(casebook.Conflict, "monitor.signal.not_proposed").At("action")
	case action == Approve && l.ProposedBy == by, action == Confirm && l.ActedBy == by:
		return casebook.Fail(casebook.Forbidden, "monitor.signal.four_eyes").At("action")
	case action == Act && l.ApprovedBy == "":
		return casebook.Fail(casebook.Conflict, "monitor.signal.contact").At("action")
	}
	return nil
}

// actions are what somebody may do about the signal now.
func (l *Life) actions(by casebook.UserID) []string {
	all := []string{}
	for _, a := range [...]string{Acknowledge, Investigate, Propose, Approve, Act, Confirm, Close, Reopen, Assign, Remark} {
		if l.may(a, by) == nil {
			all = append(all, a)
		}
	}
	return all
}

// Handling is a step that somebody wants to take. Expect is how many steps they saw.
type Handling struct {
	Action   string          `json:"action"`
	Text     string          `json:"text"`
	Assignee casebook.UserID `json:"assignee"`
	Links    []string        `json:"links"`
	Expect   int             `json:"expect"`
	Signed   string          `json:"-"`
}

const (
	maxStepText = 4000 // bytes of what is said in a step
	maxLinks    = 20
)

func (h *Handling) check(l *Life, by casebook.UserID) error {
	if err := l.may(h.Action, by); err != nil {
		return err
	}
	switch {
	case h.Action == Gauge, h.Action == Visit:
		return casebook.Fail(casebook.Unprocessable, "monitor.signal.action", h.Action).At("action")
	case h.Expect != len(l.Steps):
		return casebook.Fail(casebook.Conflict, "monitor.signal.moved_on").At("expect")
	case moves[h.Action].text && strings.TrimSpace(h.Text) == "":
		return casebook.Fail(casebook.Unprocessable, "monitor.signal.text").At("text")
	case len(h.Text) > maxStepText || len(h.Links) > maxLinks || slices.ContainsFunc(h.Links, func(s string) bool { return len(s) > 200 }):
		return casebook.Fail(casebook.Unprocessable, "monitor.signal.too_long").At("text")
	case h.Action == Assign && h.Assignee == "":
		return casebook.Fail(casebook.Unprocessable, "monitor.signal.assignee").At("assignee")
	}
	return nil
}

// Handle takes a step in a signal's life, on behalf of the actor in ctx.
func (s *Service) Handle(ctx context.Context, study casebook.StudyID, id string, h Handling) (sig Signal, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if sig, err = signal(ctx, w.Tx, study, id); err != nil {
			return err
		}
		actor := casebook.ActorFrom(ctx)
		if err := h.check(&sig.Life, actor.User); err != nil {
			return err
		}
		step := Step{Action: h.Action, Text: strings.TrimSpace(h.Text), Assignee: h.Assignee, Links: h.Links, Signed: h.Signed}
		if h.Action == Reopen {
			if err := alone(ctx, w.Tx, study, &sig); err != nil {
				return err
			}
		}
		if h.Action == Act {
			if step.Reading, err = s.reading(ctx, w.Tx, study, &sig); err != nil {
				return err
			}
		}
		return s.step(ctx, w, &sig, step, actor)
	})
	return sig, err
}

// Visited notes in the caller's write that a visit to the site is planned because of a signal, for the actor in ctx. Errors:
// NotFound monitor.signal.unknown, also for one of another site; Conflict monitor.signal.step for a closed one, and
// monitor.signal.moved_on.
func (s *Service) Visited(ctx context.Context, w *ledger.Writer, at casebook.SiteID, id, visit string) error {
	sig, err := signal(ctx, w.Tx, w.Study, id)
	if err == nil && sig.Site != at {
		err = casebook.Fail(casebook.NotFound, "monitor.signal.unknown").At("signal")
	}
	if err != nil {
		return err
	}
	actor := casebook.ActorFrom(ctx)
	if err := sig.may(Visit, actor.User); err != nil {
		return err
	}
	return s.step(ctx, w, &sig, Step{Action: Visit, Links: []string{"visit " + visit}}, actor)
}

// alone refuses to reopen a signal while a later one stands for the same site and indicator.
func alone(ctx context.Context, tx *store.Tx, study casebook.StudyID, sig *Signal) error {
	var standing int64
	err := tx.Row(ctx, `SELECT count(*) FROM monitor_signal WHERE study_id = $1 AND kri = $2 AND site_id = $3 AND state <> $4`, study, sig.KRI, sig.Site, closed).Scan(&standing)
	if err == nil && standing > 0 {
		err = casebook.Fail(casebook.Conflict, "monitor.signal.next_stands").At("action")
	}
	return err
}

// signal returns one signal, or NotFound.
func signal(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (Signal, error) {
	all, err := store.All(ctx, tx, scanSignal, `SELECT `+signalColumns+` FROM monitor_signal WHERE study_id = $1 AND signal_id = $2`, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "monitor.signal.unknown").At("signal")
	}
	if err != nil {
		return Signal{}, err
	}
	return all[0], nil
}

// reading is how the signal's site stands now.
func (s *Service) reading(ctx context.Context, tx *store.Tx, study casebook.StudyID, sig *Signal) (*Reading, error) {
	f, err := s.current(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	r, ok := f.reading(sig)
	if !ok { // of an indicator that is no longer computed
		return &Reading{Score: sig.Score, Mean: sig.Mean}, nil
	}
	return &r, nil
}

func (f *Figures) reading(sig *Signal) (Reading, bool) {
	t := f.table(sig.KRI)
	if t == nil {
		return Reading{}, false
	}
	r, ok := t.row(sig.Site)
	return Reading{Score: finite(r.Score), Metric: finite(r.Counts.Metric()), Mean: finite(t.Funnel.Mean)}, ok
}

// step writes a step with its entry. Of two at the same time one is refused.
func (s *Service) step(ctx context.Context, w *ledger.Writer, sig *Signal, step Step, actor casebook.Actor) error {
	step.N, step.From, step.At = len(sig.Steps)+1, sig.State, stamp(w.Now)
	step.By, step.Role = actor.User, actor.Role
	if step.To = moves[step.Action].to; step.To == "" {
		step.To = sig.State
	}
	sig.take(step)
	body, err := json.Marshal(step, json.Deterministic(true))
	if err != nil {
		return err
	}
	// Who numbers a change holds the study's row, as who takes entries in does: two that took one number would be one to whoever asks for the later ones.
	if _, err := w.Exec(ctx, `UPDATE monitor_study SET next = next WHERE study_id = $1`, w.Study); err != nil {
		return err
	}
	n, err := w.Exec(ctx, `UPDATE monitor_signal SET state = $3, life = $4, steps = $5,
		seq = (SELECT coalesce(max(seq), 0) + 1 FROM monitor_signal WHERE study_id = $1)
		WHERE study_id = $1 AND signal_id = $2 AND steps = $6`, w.Study, sig.ID, sig.State, sig.text(), step.N, step.N-1)
	if err == nil && n == 0 {
		err = casebook.Fail(casebook.Conflict, "monitor.signal.moved_on").At("expect")
	}
	if err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: VerbChanged, Site: sig.Site, Ref: sig.ID, New: string(body), Reason: step.Text})
	w.AfterCommit(s.live.wake)
	return nil
}

// stamp is a moment as the ledger keeps it.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (l *Life) text() string {
	b, err := json.Marshal(l, json.Deterministic(true))
	if err != nil {
		panic("monitor: " + err.Error()) // text was checked
	}
	return string(b)
}

// measure notes how actions have worked, at each checkpoint that has come.
func (s *Service) measure(ctx context.Context, w *ledger.Writer, f *Figures) error {
	all, err := store.All(ctx, w.Tx, scanSignal, `SELECT `+signalColumns+` FROM monitor_signal WHERE study_id = $1 AND steps > 0 ORDER BY number`, w.Study)
	if err != nil {
		return err
	}
	for i := range all {
		sig := &all[i]
		days, due := sig.dueEffect(w.Now)
		now, ok := f.reading(sig)
		if !due || !ok {
			continue
		}
		step := Step{Action: Gauge, Effect: effect(days, *sig.Before, now)}
		if err := s.step(ctx, w, sig, step, casebook.Actor{User: "system", Role: "system"}); err != nil {
			return err
		}
	}
	return nil
}

// dueEffect is the latest checkpoint after the action that has come and was not measured.
func (l *Life) dueEffect(now time.Time) (days int, due bool) {
	if l.Before == nil {
		return 0, false
	}
	for _, c := range checkpoints {
		if now.Sub(l.ActedAt) >= time.Duration(c)*24*time.Hour {
			days = c
		}
	}
	done := slices.ContainsFunc(l.Steps, func(s Step) bool { return s.Effect != nil && s.At.After(l.ActedAt) && s.Effect.Days >= days })
	return days, days > 0 && !done
}
