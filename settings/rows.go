package settings

import (
	"context"
	"errors"
	"strconv"
	"time"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// topic is what processes tell each other when something was released.
const topic = "settings"

// forceRow is the one row of what is in force.
type forceRow struct {
	number, canary int64
	trial          string
	until          int64
}

// write replaces the row, unless somebody else did since it had seen as many changes.
func (r forceRow) write(ctx context.Context, tx *store.Tx, seen int64) error {
	n, err := tx.Exec(ctx, `INSERT INTO settings_force(name, number, canary, trial, until, changes) VALUES('here',$1,$2,$3,$4,$5)
		ON CONFLICT (name) DO UPDATE SET number = excluded.number, canary = excluded.canary, trial = excluded.trial, until = excluded.until,
			changes = excluded.changes WHERE settings_force.changes = $6`, r.number, r.canary, r.trial, r.until, seen+1, seen)
	if err == nil && n == 0 {
		return casebook.Fail(casebook.Conflict, "settings.raced")
	}
	return errors.Join(err, tx.Notify(ctx, topic))
}

// readForce reads which releases count, without their values.
func readForce(ctx context.Context, tx *store.Tx) (f force, err error) {
	var trial string
	var until int64
	err = tx.Row(ctx, `SELECT number, canary, trial, until, changes FROM settings_force WHERE name = 'here'`).Scan(&f.Number, &f.Canary, &trial, &until, &f.Changes)
	if errors.Is(err, store.ErrNoRows) {
		return force{}, nil
	}
	if err == nil && trial != "" {
		err = json.Unmarshal([]byte(trial), &f.Trial)
	}
	f.Until = store.Time(until)
	return f, err
}

// readAll reads all that is in force.
func readAll(ctx context.Context, tx *store.Tx) (f force, err error) {
	if f, err = readForce(ctx, tx); err != nil {
		return f, err
	}
	base, err := release(ctx, tx, f.Number)
	if err != nil {
		return f, err
	}
	f.Doc = base.Doc
	if f.Canary != 0 {
		canary, err := release(ctx, tx, f.Canary)
		if err != nil {
			return f, err
		}
		f.CanaryDoc = canary.Doc
	}
	f.Approvals, err = store.All(ctx, tx, func(r *store.Rows) (a Approval, err error) {
		var at int64
		err = r.Scan(&a.Study, &a.Site, &a.Amendment, &at)
		a.At = store.Time(at)
		return a, err
	}, `SELECT study_id, site_id, amendment, at FROM settings_approval ORDER BY study_id, site_id, amendment`)
	if err != nil {
		return f, err
	}
	f.Belongs, err = store.All(ctx, tx, scanBelonging, `SELECT study_id, organisation, at FROM settings_organisation ORDER BY at, study_id`)
	return f, err
}

func scanBelonging(r *store.Rows) (b Belonging, err error) {
	var at int64
	err = r.Scan(&b.Study, &b.Organisation, &at)
	b.At = store.Time(at)
	return b, err
}

func belongings(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Belonging, error) {
	return store.All(ctx, tx, scanBelonging, `SELECT study_id, organisation, at FROM settings_organisation WHERE study_id = $1 ORDER BY at`, study)
}

func approvals(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Approval, error) {
	return store.All(ctx, tx, func(r *store.Rows) (a Approval, err error) {
		var at int64
		err = r.Scan(&a.Site, &a.Amendment, &at)
		a.Study, a.At = study, store.Time(at)
		return a, err
	}, `SELECT site_id, amendment, at FROM settings_approval WHERE study_id = $1 ORDER BY site_id, amendment`, study)
}

const releaseColumns = `number, doc, author, approver, reason, of, at`

func scanRelease(r *store.Rows) (v Released, err error) {
	var doc string
	var at int64
	if err := r.Scan(&v.Number, &doc, &v.Author, &v.Approver, &v.Reason, &v.Of, &at); err != nil {
		return v, err
	}
	v.At = store.Time(at)
	return v, json.Unmarshal([]byte(doc), &v.Doc)
}

// release reads one release; number 0 is the one in which everything has its default.
func release(ctx context.Context, tx *store.Tx, number int64) (Released, error) {
	if number == 0 {
		return Released{}, nil
	}
	all, err := store.All(ctx, tx, scanRelease, `SELECT `+releaseColumns+` FROM settings_release WHERE number = $1`, number)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "settings.release_unknown", number).At("release")
	}
	if err != nil {
		return Released{}, err
	}
	return all[0], nil
}

// Releases returns the newest releases first.
func (s *Settings) Releases(ctx context.Context, limit int) (all []Released, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, scanRelease, `SELECT `+releaseColumns+` FROM settings_release ORDER BY number DESC LIMIT $1`, limit)
		return err
	})
	return all, err
}

// Then returns the value that a setting had at a place under a release and at a moment: how a record that keeps the number of
// its release is looked at again.
func (s *Settings) Then(ctx context.Context, number int64, at time.Time, p Place, k *Key) (v Value, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		r, err := release(ctx, tx, number)
		if err != nil {
			return err
		}
		f, err := readAll(ctx, tx)
		if err != nil {
			return err
		}
		approved := map[approval]time.Time{}
		for _, a := range f.Approvals {
			approved[approval{a.Study, a.Site, a.Amendment}] = a.At
		}
		v = k.standard
		if a := winner(r.Doc, k.Name, in(owners(f.Belongs, at), p), approved, at); a != nil {
			v, err = k.parse(a.Value)
		}
		return err
	})
	return v, err
}

const draftColumns = `draft_id, base, changes, author, reason, state, at`

func scanDraft(r *store.Rows) (d Draft, err error) {
	var changes string
	var at int64
	if err := r.Scan(&d.ID, &d.Base, &changes, &d.Author, &d.Reason, &d.State, &at); err != nil {
		return d, err
	}
	d.At = store.Time(at)
	return d, json.Unmarshal([]byte(changes), &d.Changes)
}

func draft(ctx context.Context, tx *store.Tx, id string) (Draft, error) {
	all, err := store.All(ctx, tx, scanDraft, `SELECT `+draftColumns+` FROM settings_draft WHERE draft_id = $1`, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "settings.draft_unknown", id).At("draft")
	}
	if err != nil {
		return Draft{}, err
	}
	return all[0], nil
}

// Drafts returns the drafts that wait for somebody.
func (s *Settings) Drafts(ctx context.Context) (all []Draft, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, scanDraft, `SELECT `+draftColumns+` FROM settings_draft WHERE state = 'open' ORDER BY at`)
		return err
	})
	return all, err
}

// Process is one of our processes and the release that it has.
type Process struct {
	Name   string    `json:"name"`
	Number int64     `json:"number"`
	Canary int64     `json:"canary"`
	Loaded time.Time `json:"loaded"` // when it took that release over
	Seen   time.Time `json:"seen"`
}

// Processes returns the processes that were seen within the minute.
func (s *Settings) Processes(ctx context.Context) (all []Process, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(r *store.Rows) (p Process, err error) {
			var loaded, seen int64
			err = r.Scan(&p.Name, &p.Number, &p.Canary, &loaded, &seen)
			p.Loaded, p.Seen = store.Time(loaded), store.Time(seen)
			return p, err
		}, `SELECT process, number, canary, loaded, seen FROM settings_process WHERE seen > $1 ORDER BY process`, store.Micros(tx.Now.Add(-time.Minute)))
		return err
	})
	return all, err
}

// Standing is how a trial stands.
type Standing struct {
	Number int64     `json:"number"`
	Canary int64     `json:"canary"`
	Trial  Trial     `json:"trial"`
	Until  time.Time `json:"until,omitzero"`
	Good   int64     `json:"good"`
	Bad    int64     `json:"bad"`
}

// Standing tells which releases are in force and how a trial goes.
func (s *Settings) Standing(ctx context.Context) (st Standing, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		f, err := readForce(ctx, tx)
		if err != nil {
			return err
		}
		st = Standing{Number: f.Number, Canary: f.Canary, Trial: f.Trial, Until: f.Until}
		return tx.Row(ctx, `SELECT coalesce(sum(good), 0), coalesce(sum(bad), 0) FROM settings_tally WHERE number = $1`, f.Canary).Scan(&st.Good, &st.Bad)
	})
	return st, err
}
