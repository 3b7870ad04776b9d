package upload

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// A batch is what is committed together: whole subjects, as long as they come one after the other.
const (
	enough = 1500   // values, after which a batch ends with its subject
	most   = 12_000 // values, after which it ends anyway
)

// lookTime is how often the worker looks for files that another process has received, or had to leave.
const lookTime = 5 * time.Second

// errElsewhere is that another process works on the file.
var errElsewhere = errors.New("upload: it is taken in elsewhere")

// Run takes in what was received, file by file, until ctx ends. What it did not finish is gone on with at the next start,
// after the last batch that was committed.
func (s *Service) Run(ctx context.Context) error {
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		for {
			did, err := s.Work(ctx)
			if err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "an upload stumbled and will be gone on with", "error", err)
			}
			if !did || err != nil {
				break
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		case <-look.C:
		}
	}
}

// Work takes in the file that waits the longest, to its end, and reports whether there was one.
func (s *Service) Work(ctx context.Context) (did bool, err error) {
	var study casebook.StudyID
	var id string
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Row(ctx, `SELECT study_id, upload_id FROM upload WHERE state IN ('checking', 'judging', 'taking') ORDER BY begun_at, study_id, upload_id LIMIT 1`).Scan(&study, &id)
	})
	switch {
	case errors.Is(err, store.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	}
	err = s.one(ctx, study, id)
	if errors.Is(err, errElsewhere) {
		return false, nil
	}
	return true, err
}

func (s *Service) one(ctx context.Context, study casebook.StudyID, id string) error {
	u, err := s.Get(ctx, study, id)
	if err != nil {
		return err
	}
	at := "sponsor"
	if len(u.sites) == 1 {
		at = string(u.sites[0])
	}
	ctx = casebook.WithActor(ctx, casebook.Actor{User: u.By, Role: u.role, Location: at})
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	if u.State == Checking {
		if err := s.check(ctx, study, st, &u); err != nil || u.State == Refused {
			return err
		}
	}
	return s.take(ctx, study, st, &u)
}

func (s *Service) reading(ctx context.Context, study casebook.StudyID, st *record.Study, u *Upload, each func(row) error) *reading {
	return &reading{source: s.source(ctx, study, u.ID), name: u.Name, study: st, of: study, each: each}
}

// check reads the file to its end and takes nothing in: one that breaks off, or that no row of can be placed, is refused
// before anything of it is kept.
func (s *Service) check(ctx context.Context, study casebook.StudyID, st *record.Study, u *Upload) error {
	rows := int64(0)
	r := s.reading(ctx, study, st, u, func(next row) error {
		if rows++; rows > maxRows {
			return casebook.Fail(casebook.TooLarge, "upload.rows", maxRows).At(lineText(next.line))
		}
		return ctx.Err()
	})
	bad := r.file()
	fault, refused := errors.AsType[*casebook.Error](bad)
	switch {
	case bad != nil && (!refused || fault.Kind != casebook.Invalid && fault.Kind != casebook.TooLarge):
		return bad
	case refused:
		u.State = Refused
		u.SHA256 = ""
	default:
		u.State = Taking
		if u.Trial {
			u.State = Judging
		}
		u.SHA256 = hex.EncodeToString(r.whole.Sum(nil))
	}
	u.Format, u.Rows = r.format, rows
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		now, err := find(ctx, w.Tx, study, u.ID, w.ForUpdate())
		if err != nil {
			return err
		}
		if now.State != Checking {
			return errElsewhere
		}
		u.Tally = Tally{}
		if refused {
			u.note(row{line: lineOf(fault.Place), fault: fault})
			return u.keep(ctx, w.Tx, study)
		}
		body, err := json.Marshal(received{u.Name, u.Size, u.SHA256}, json.Deterministic(true))
		if err != nil {
			return err
		}
		w.Record(ctx, ledger.Entry{What: Received, Ref: u.ID, New: string(body)})
		return u.keep(ctx, w.Tx, study)
	})
}

func lineOf(place string) (n int64) {
	_, _ = fmt.Sscanf(place, "line %d", &n)
	return n
}

// taking is how a file is taken in: rows gather until there are enough, and then are committed with how far they came. A
// trial goes the same way and undoes what was saved: what a rule reads of rows of another commit is as it is now.
type taking struct {
	s      *Service
	ctx    context.Context
	study  casebook.StudyID
	st     *record.Study
	u      *Upload
	known  map[casebook.SubjectID]casebook.SiteID
	seen   seen
	rows   []row
	values int
	n      int64 // rows of the file that were seen
}

func (s *Service) take(ctx context.Context, study casebook.StudyID, st *record.Study, u *Upload) error {
	t := &taking{s: s, ctx: ctx, study: study, st: st, u: u, known: map[casebook.SubjectID]casebook.SiteID{}}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		all, err := patient.All(ctx, tx, study)
		for _, p := range all {
			t.known[p.ID] = p.Site
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.reading(ctx, study, st, u, t.gather).file(); err != nil {
		return err
	}
	return t.commit(true)
}

// gather takes a row in. Rows of before the last commit only say which places are taken.
func (t *taking) gather(r row) error {
	if r.fault == nil {
		t.judge(&r)
	}
	if t.n++; t.n <= t.u.Passed {
		return nil
	}
	full := t.values >= most || len(t.rows) >= most
	if full || t.values >= enough && r.key.Subject != t.rows[len(t.rows)-1].key.Subject {
		if err := t.commit(false); err != nil {
			return err
		}
	}
	t.rows, t.values = append(t.rows, r), t.values+len(r.values)
	return nil
}

// judge finds what forbids a row before any rule of the study is asked.
func (t *taking) judge(r *row) {
	if !t.seen.add(r) {
		r.fault = casebook.Fail(casebook.Conflict, "upload.row_twice").At(r.key.Ref())
		return
	}
	site, known := t.known[r.key.Subject]
	if !known && r.site != "" {
		site = r.site
	}
	if site == "" || t.u.sites != nil && !slices.Contains(t.u.sites, site) { // nobody learns who is where they may not look
		r.fault = casebook.Fail(casebook.NotFound, "upload.subject_unknown", string(r.key.Subject)).At(string(r.key.Subject))
	}
}

// errTrial undoes what a trial saved.
var errTrial = errors.New("upload: nothing is to be kept")

// commit keeps what was gathered, with how far the file has come, in one transaction. A trial keeps how far it has come alone.
func (t *taking) commit(end bool) error {
	var u Upload
	var joined []row
	err := t.s.ledger.WriteNew(t.ctx, t.study, func(w *ledger.Writer) error {
		u, joined = *t.u, joined[:0]
		u.Tally.Codes = maps.Clone(t.u.Tally.Codes)
		err := t.held(w.Tx)
		if err != nil {
			return err
		}
		if joined, err = t.keep(w, &u); err != nil {
			return err
		}
		u.Passed += int64(len(t.rows))
		if u.State == Judging {
			return errTrial
		}
		if end {
			u.State = Done
			body, err := json.Marshal(u.Tally, json.Deterministic(true))
			if err != nil {
				return err
			}
			w.Record(t.ctx, ledger.Entry{What: Taken, Ref: u.ID, New: string(body)})
		}
		return u.keep(t.ctx, w.Tx, t.study)
	})
	if errors.Is(err, errTrial) {
		judged := u
		joined = nil // whom it enrolled is as unknown as before
		err = t.s.db.Update(t.ctx, func(tx *store.Tx) error {
			u = judged
			if err := t.held(tx); err != nil {
				return err
			}
			if end {
				u.State = Judged
			}
			return u.keep(t.ctx, tx, t.study)
		})
	}
	if err != nil {
		return err
	}
	for _, r := range joined {
		t.known[r.key.Subject] = r.site
	}
	*t.u, t.rows, t.values = u, t.rows[:0], 0
	return nil
}

// held holds the file, where nobody else has taken it a step further.
func (t *taking) held(tx *store.Tx) error {
	now, err := find(t.ctx, tx, t.study, t.u.ID, tx.ForUpdate())
	if err == nil && (now.Passed != t.u.Passed || now.State != t.u.State) {
		err = errElsewhere
	}
	return err
}

// keep saves the gathered rows, form by form in the order in which the forms first come.
func (t *taking) keep(w *ledger.Writer, u *Upload) (joined []row, err error) {
	forms, at := [][]row{}, map[record.Key]int{}
	fresh := map[casebook.SubjectID]bool{}
	for _, r := range t.rows {
		if !r.note {
			u.Tally.Rows++
		}
		if r.fault == nil && t.known[r.key.Subject] == "" && !fresh[r.key.Subject] {
			if r.fault, err = t.enrol(w, r); err != nil {
				return nil, err
			}
			if r.fault == nil {
				fresh[r.key.Subject] = true
				joined = append(joined, r)
				u.Tally.Enrolled++
			}
		}
		if r.fault != nil {
			u.note(r)
			continue
		}
		i, known := at[r.key]
		if !known {
			i = len(forms)
			at[r.key], forms = i, append(forms, nil)
		}
		forms[i] = append(forms[i], r)
	}
	for _, rows := range forms {
		if err := t.save(w, u, rows); err != nil {
			return nil, err
		}
	}
	return joined, nil
}

// enrol takes in a subject that the row names with its site.
func (t *taking) enrol(w *ledger.Writer, r row) (*casebook.Error, error) {
	site, err := trial.FindSite(t.ctx, w.Tx, t.study, r.site)
	if err == nil && site.State != trial.Active {
		err = casebook.Fail(casebook.Conflict, "trial.site_inactive", r.site, site.State).At("SITEID")
	}
	if err == nil {
		_, err = patient.Enrol(t.ctx, w, patient.Enrolment{Site: r.site, Subject: r.key.Subject})
	}
	return personal(err)
}

// personal tells what a person may be told, of a row, from what ends the work.
func personal(err error) (*casebook.Error, error) {
	e, ok := errors.AsType[*casebook.Error](err)
	if ok && e.Kind != casebook.Internal && e.Kind != casebook.Stale && e.Kind != casebook.Timeout && e.Kind != casebook.Busy && !store.IsUnique(err) {
		return e, nil
	}
	return nil, err
}

// save saves the rows of one form. A row with what is no value of its item is set aside, and the others are saved.
func (t *taking) save(w *ledger.Writer, u *Upload, rows []row) error {
	for len(rows) > 0 {
		in := record.Save{Key: rows[0].key, Expect: -1, Reason: "upload of " + u.Name, Source: "upload/" + u.ID}
		for _, r := range rows {
			in.Items = append(in.Items, r.values...)
			if r.reason != "" {
				in.Reason = r.reason
			}
		}
		out, _, err := t.s.forms.SaveIn(t.ctx, w, t.st, in)
		if err == nil {
			if n := int64(len(out.After.Items)); n > 0 {
				u.Tally.Forms++
				u.Tally.Changed += n
			}
			u.Tally.Opened += int64(len(out.After.Opened))
			return nil
		}
		fault, err := personal(err)
		if err != nil {
			return err
		}
		bad := slices.IndexFunc(rows, func(r row) bool {
			return slices.ContainsFunc(r.values, func(v record.Value) bool { return v.Group+"/"+v.Repeat+"/"+v.Item == fault.Place })
		})
		aside := rows
		if bad >= 0 {
			aside = rows[bad : bad+1 : bad+1]
		}
		for _, r := range aside {
			r.fault = fault
			u.note(r)
		}
		if bad < 0 {
			return nil
		}
		rows = slices.Delete(slices.Clone(rows), bad, bad+1)
	}
	return nil
}

// note counts why a row was set aside, or what is to be known of the file; keep writes it.
func (u *Upload) note(r row) {
	if !r.note {
		u.Tally.Aside++
	}
	if u.Tally.Codes == nil {
		u.Tally.Codes = map[string]int64{}
	}
	u.Tally.Codes[r.fault.Code]++
	u.Tally.Findings++
	if u.Tally.Findings <= maxFindings {
		u.noted = append(u.noted, Finding{u.Tally.Findings, r.line, r.fault.Code, cmp.Or(r.fault.Place, r.place), r.fault.Args, r.note})
	}
}

// detail is what a finding says beyond its code.
type detail struct {
	Place string `json:"place,omitempty"`
	Args  []any  `json:"args,omitempty"`
	Note  bool   `json:"note,omitempty"`
}

// Finding is why a row was set aside, or a note about the file.
type Finding struct {
	n     int64
	Line  int64
	Code  string
	Place string
	Args  []any
	Note  bool
}

func (f *Finding) insert(ctx context.Context, tx *store.Tx, study casebook.StudyID, upload string) error {
	body, err := json.Marshal(detail{f.Place, f.Args, f.Note}, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO upload_finding(study_id, upload_id, n, line, code, body) VALUES($1,$2,$3,$4,$5,$6)`,
		study, upload, f.n, f.Line, f.Code, string(body))
	return err
}

// Findings are the first thousand of an upload.
func (s *Service) Findings(ctx context.Context, study casebook.StudyID, id string) (all []Finding, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(r *store.Rows) (f Finding, err error) {
			var body string
			if err := r.Scan(&f.n, &f.Line, &f.Code, &body); err != nil {
				return f, err
			}
			var d detail
			err = json.Unmarshal([]byte(body), &d)
			f.Place, f.Args, f.Note = d.Place, d.Args, d.Note
			return f, err
		}, `SELECT n, line, code, body FROM upload_finding WHERE study_id = $1 AND upload_id = $2 ORDER BY line, n LIMIT 1000`, study, id)
		return err
	})
	return all, err
}
