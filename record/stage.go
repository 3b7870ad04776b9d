package record

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// StageChanged is the verb of freezing and locking. Ref: the scope's path; Old, New: stageBody.
const StageChanged = "record.stage.changed"

// Stage is how far a part of a study is closed. A part is at least as closed as what it lies in.
type Stage string

// The stages, in order. They do not depend on source data verification, and signing needs none of them.
const (
	Editable Stage = "open"
	Frozen   Stage = "frozen" // nobody enters or changes a value; queries go on, and it may be signed
	Locked   Stage = "locked" // final: no query, no signature
)

// Stages are all of them.
var Stages = []Stage{Editable, Frozen, Locked}

// StageStep is what a person does to a part of a study.
type StageStep string

// The steps.
const (
	Freeze   StageStep = "freeze"
	Unfreeze StageStep = "unfreeze" // with a reason
	Lock     StageStep = "lock"
	Unlock   StageStep = "unlock" // with a reason; back to frozen
)

// stageEdges is the state machine, drawn in docs/design/states.md.
var stageEdges = map[Stage]map[StageStep]Stage{
	Editable: {Freeze: Frozen},
	Frozen:   {Unfreeze: Editable, Lock: Locked},
	Locked:   {Unlock: Frozen},
}

// StageOf is a part that somebody has closed or opened again.
type StageOf struct {
	Scope
	Stage Stage
	By    casebook.UserID
	At    time.Time
}

type stageBody struct {
	Stage Stage `json:"stage"`
}

// stages returns what was said of a subject's parts and of the study as a whole.
func stages(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]StageOf, error) {
	return store.All(ctx, tx, scanStage(study), `SELECT subject_id, scope, stage, changed_by, changed_at FROM record_stage
		WHERE study_id = $1 AND subject_id IN ($2, '') ORDER BY subject_id, scope`, study, subject)
}

func scanStage(study casebook.StudyID) func(r *store.Rows) (StageOf, error) {
	return func(r *store.Rows) (s StageOf, err error) {
		var at int64
		s.Study = study
		err = r.Scan(&s.Subject, &s.Path, &s.Stage, &s.By, &at)
		s.At = store.Time(at)
		return s, err
	}
}

// Closures returns the parts of a study that are frozen or locked.
func Closures(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]StageOf, error) {
	return store.All(ctx, tx, scanStage(study), `SELECT subject_id, scope, stage, changed_by, changed_at FROM record_stage
		WHERE study_id = $1 AND stage <> 'open' ORDER BY subject_id, scope`, study)
}

// effective is how closed the part at path is, by itself and by what it lies in.
func effective(all []StageOf, subject casebook.SubjectID, path string) Stage {
	worst := Editable
	for _, s := range all {
		if s.covers(subject, path) && slices.Index(Stages, s.Stage) > slices.Index(Stages, worst) {
			worst = s.Stage
		}
	}
	return worst
}

// closed refuses a change of what is frozen or locked.
func (s Stage) closed(at string) error {
	switch s {
	case Frozen:
		return casebook.Fail(casebook.Conflict, "record.frozen").At(at)
	case Locked:
		return casebook.Fail(casebook.Conflict, "record.locked").At(at)
	}
	return nil
}

// Move takes a step on a part of the study in the caller's write. Errors, all Conflict: record.stage_step for a step
// that the stage does not allow, record.stage_above when what it lies in is locked, record.lock_queries,
// record.lock_unsigned and record.lock_casebooks for what must come before locking.
func (s *Service) Move(ctx context.Context, w *ledger.Writer, st *Study, part Scope, step StageStep, reason string) (Stage, error) {
	reason = strings.TrimSpace(reason)
	site, err := hold(ctx, w.Tx, part)
	if err != nil {
		return "", err
	}
	st = st.At(site)
	if err := part.check(st); err != nil {
		return "", err
	}
	all, err := stages(ctx, w.Tx, part.Study, part.Subject)
	if err != nil {
		return "", err
	}
	was := Editable
	for _, o := range all {
		if o.Scope == part {
			was = o.Stage
		} else if o.Stage == Locked && o.covers(part.Subject, part.Path) {
			return "", casebook.Fail(casebook.Conflict, "record.stage_above", o.Level()).At("scope")
		}
	}
	to, ok := stageEdges[was][step]
	switch {
	case !ok:
		return "", casebook.Fail(casebook.Conflict, "record.stage_step", step, was).At("step")
	case reason == "" && (step == Unfreeze || step == Unlock):
		return "", casebook.Fail(casebook.Unprocessable, "record.stage_reason").At("reason")
	case step == Lock:
		if err := s.lockable(ctx, w.Tx, st, part); err != nil {
			return "", err
		}
	}
	_, err = w.Exec(ctx, `INSERT INTO record_stage(study_id, subject_id, scope, stage, changed_by, changed_at, release) VALUES($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (study_id, subject_id, scope) DO UPDATE SET stage = excluded.stage, changed_by = excluded.changed_by,
			changed_at = excluded.changed_at, release = excluded.release`,
		part.Study, part.Subject, part.Path, to, casebook.ActorFrom(ctx).User, store.Micros(w.Now), w.Release(site))
	w.Record(ctx, ledger.Entry{What: StageChanged, Site: site, Subject: part.Subject, Ref: part.Path, Old: ledger.Text(stageBody{was}),
		New: ledger.Text(stageBody{to}), Reason: reason})
	return to, err
}

// hold keeps the casebook, or all of them, from being written until the transaction ends, and returns its site.
func hold(ctx context.Context, tx *store.Tx, part Scope) (casebook.SiteID, error) {
	if part.Subject == "" {
		return "", patient.HoldAll(ctx, tx, part.Study)
	}
	subject, err := patient.Hold(ctx, tx, part.Study, part.Subject)
	return subject.Site, err
}

// lockable says what must come before the lock of a part.
func (s *Service) lockable(ctx context.Context, tx *store.Tx, st *Study, part Scope) error {
	standing, err := standingIn(ctx, tx, part)
	if err != nil {
		return err
	}
	if standing > 0 {
		return casebook.Fail(casebook.Conflict, "record.lock_queries", standing).At("scope")
	}
	switch part.Level() {
	case "study":
		open, err := unlocked(ctx, tx, part.Study)
		if err == nil && open > 0 {
			err = casebook.Fail(casebook.Conflict, "record.lock_casebooks", open).At("scope")
		}
		return err
	case "casebook":
		unsigned, err := unsignedForms(ctx, tx, part)
		if err == nil && unsigned > 0 {
			err = casebook.Fail(casebook.Conflict, "record.lock_unsigned", unsigned).At("scope")
		}
		return err
	}
	return nil
}

// standingIn counts the queries in a part that still wait for somebody.
func standingIn(ctx context.Context, tx *store.Tx, part Scope) (n int, err error) {
	if part.Subject == "" {
		err = tx.Row(ctx, `SELECT count(*) FROM record_query WHERE study_id = $1 AND state IN ('Candidate', 'Open', 'Answered', 'Resolved')`, part.Study).Scan(&n)
		return n, err
	}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var ref, group, repeat, item string
		err := r.Scan(&ref, &group, &repeat, &item)
		if k, ok := ParseRef(part.Study, part.Subject, ref); ok && part.covers(part.Subject, k.ItemPath(group, repeat, item)) {
			n++
		}
		return err
	}, `SELECT ref, group_oid, group_repeat, item_oid FROM record_query
		WHERE study_id = $1 AND subject_id = $2 AND state IN ('Candidate', 'Open', 'Answered', 'Resolved')`, part.Study, part.Subject)
	return n, err
}

// unlocked counts the casebooks with values that are not locked.
func unlocked(ctx context.Context, tx *store.Tx, study casebook.StudyID) (n int, err error) {
	err = tx.Row(ctx, `SELECT count(DISTINCT f.subject_id) FROM record_form f
		LEFT JOIN record_stage s ON s.study_id = f.study_id AND s.subject_id = f.subject_id AND s.scope = '' AND s.stage = 'locked'
		WHERE f.study_id = $1 AND f.state NOT IN ('empty', 'inactive') AND s.stage IS NULL`, study).Scan(&n)
	return n, err
}

// admit refuses a save that touches what is frozen or locked, and voids the signatures over what it changes.
func admit(ctx context.Context, w *ledger.Writer, out *Outcome) error {
	f := out.Form
	closed, err := stages(ctx, w.Tx, f.Study, f.Subject)
	if err != nil {
		return err
	}
	places := out.After.places()
	for _, p := range places {
		if err := effective(closed, f.Subject, f.ItemPath(p.group, p.repeat, p.item)).closed(p.String()); err != nil {
			return err
		}
	}
	return voidChanged(ctx, w, f, places)
}

// places are where a change put another value.
func (c *Change) places() []place {
	all := make([]place, 0, len(c.Items)+len(c.Computed))
	for _, v := range c.Items {
		all = append(all, v.at())
	}
	for _, v := range c.Computed {
		all = append(all, v.at())
	}
	for _, v := range c.Redefined {
		all = append(all, v.at())
	}
	return all
}

// staged takes in a step of freezing or locking.
func (f *Fold) staged(e *ledger.Entry) error {
	var to stageBody
	if err := json.Unmarshal([]byte(e.New), &to); err != nil {
		return err
	}
	part := Scope{f.study, e.Subject, e.Ref}
	f.stages[part] = StageOf{part, to.Stage, e.Actor, e.At}
	return nil
}

func (f *Fold) compareStages(ctx context.Context, tx *store.Tx) error {
	rows, err := store.All(ctx, tx, scanStage(f.study), `SELECT subject_id, scope, stage, changed_by, changed_at FROM record_stage
		WHERE study_id = $1 ORDER BY subject_id, scope`, f.study)
	seen := 0
	for _, row := range rows {
		want, known := f.stages[row.Scope]
		if known {
			seen++
		}
		if !known || want.Stage != row.Stage || want.By != row.By || !want.At.Equal(row.At) {
			f.found("record_stage", string(row.Subject)+" "+row.Path, "it is not as the ledger holds it")
		}
	}
	if seen < len(f.stages) {
		f.found("record_stage", "", "the ledger holds stages that are not there")
	}
	return err
}

// oneOf is the placeholders and the arguments of a statement on some subjects of a study. The last subject fills the
// list up to a power of two: statements are kept prepared, and there would be one for each number of subjects.
func oneOf(study casebook.StudyID, ids []casebook.SubjectID) (list string, args []any) {
	n := 1
	for n < len(ids) {
		n *= 2
	}
	args = append(make([]any, 0, n+1), study)
	b := make([]byte, 0, 5*n)
	for i := range n {
		args = append(args, ids[min(i, len(ids)-1)])
		b = strconv.AppendInt(append(b, ",$"...), int64(i+2), 10)
	}
	return string(b[1:]), args
}

// admitAll is admit for reports. A patient's report is source data that exists nowhere else: freezing, which keeps the
// staff from entering, does not keep it out. A locked casebook takes nothing in.
func admitAll(ctx context.Context, w *ledger.Writer, reports []*Report) error {
	ids := make([]casebook.SubjectID, 0, len(reports))
	for _, r := range reports {
		ids = append(ids, r.out.Form.Subject)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	sites, err := patient.EnterAll(ctx, w.Tx, w.Study, ids)
	if err != nil {
		return err
	}
	for _, r := range reports { // where the subject is now, whatever whoever judged the report had found
		if site, known := sites[r.out.Form.Subject]; known {
			r.out.at(site)
		}
	}
	list, args := oneOf(w.Study, ids)
	closed, err := store.All(ctx, w.Tx, scanStage(w.Study), `SELECT subject_id, scope, stage, changed_by, changed_at FROM record_stage
		WHERE study_id = $1 AND subject_id IN ('',`+list+`) AND stage = 'locked' ORDER BY subject_id, scope`, args...)
	if err != nil {
		return err
	}
	for _, r := range reports {
		if len(closed) > 0 && effective(closed, r.out.Form.Subject, r.out.Form.Ref()) == Locked {
			return Locked.closed(r.out.Form.Ref())
		}
	}
	signed := map[casebook.SubjectID]bool{}
	err = w.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		err := r.Scan(&id)
		signed[id] = true
		return err
	}, `SELECT DISTINCT subject_id FROM record_signature WHERE study_id = $1 AND subject_id IN (`+list+`) AND void_at = 0 ORDER BY subject_id`, args...)
	for _, r := range reports {
		if err == nil && signed[r.out.Form.Subject] {
			err = voidChanged(ctx, w, r.out.Form, r.out.After.places())
		}
	}
	return err
}
