package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

const maxText = 500 // bytes of one member

// check refuses a result that says too little or too much.
func (s *Sent) check() error {
	for _, m := range []struct{ name, text string }{{"id", s.ID}, {"subject", string(s.Subject)}, {"code", s.Code}, {"value", s.Value}, {"system", s.System}, {"name", s.Name}, {"unit", s.Unit}, {"taken", s.Taken}, {"event", s.Event}, {"eventRepeat", s.EventRepeat}} {
		if len(m.text) > maxText || !utf8.ValidString(m.text) {
			return casebook.Fail(casebook.Invalid, "lab.text", maxText).At(m.name)
		}
	}
	for _, m := range []struct{ name, text string }{{"id", s.ID}, {"subject", string(s.Subject)}, {"code", s.Code}, {"value", s.Value}} {
		if m.text == "" {
			return casebook.Fail(casebook.Invalid, "lab.missing", m.name).At(m.name)
		}
	}
	return nil
}

// Take keeps a result in the caller's write, to wait for a person. What the same sender sent before under the same id with the same
// content is that result, and not another. Errors: Invalid lab.missing, lab.text; NotFound patient.unknown.
func Take(ctx context.Context, w *ledger.Writer, s Sent) (Result, error) {
	if err := s.check(); err != nil {
		return Result{}, err
	}
	subject, err := patient.Find(ctx, w.Tx, w.Study, s.Subject)
	if err != nil {
		return Result{}, err
	}
	content := s
	content.Line = 0
	sum := sha256.Sum256([]byte(ledger.Text(content)))
	r := Result{Site: subject.Site, Source: casebook.ActorFrom(ctx).User, Received: w.Now, State: Waiting, Sent: s}
	digest := hex.EncodeToString(sum[:])
	id := sha256.Sum256([]byte(string(r.Source) + "\x00" + s.ID + "\x00" + digest))
	r.ID = hex.EncodeToString(id[:12])
	n, err := w.Exec(ctx, `INSERT INTO lab_result(study_id, result_id, subject_id, site_id, source, source_id, digest, sent, received_at, state, decision)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,'waiting','{}') ON CONFLICT (study_id, source, source_id, digest) DO NOTHING`,
		w.Study, r.ID, subject.ID, subject.Site, r.Source, s.ID, digest, ledger.Text(s), store.Micros(w.Now))
	if err != nil {
		return r, err
	}
	if n == 0 {
		return find(ctx, w.Tx, w.Study, r.ID)
	}
	w.Record(ctx, ledger.Entry{What: VerbReceived, Site: subject.Site, Subject: subject.ID, Ref: r.ID, New: ledger.Text(s)})
	return r, nil
}

const resultColumns = `result_id, site_id, source, sent, received_at, state, decision`

func scanResult(r *store.Rows) (one Result, err error) {
	var sent, decision string
	var at int64
	if err = r.Scan(&one.ID, &one.Site, &one.Source, &sent, &at, &one.State, &decision); err != nil {
		return one, err
	}
	one.Received = store.Time(at)
	if err = json.Unmarshal([]byte(sent), &one.Sent); err == nil {
		err = json.Unmarshal([]byte(decision), &one.Decision)
	}
	return one, err
}

func unknown(id string) error {
	return casebook.Fail(casebook.NotFound, "lab.unknown", id).At("result")
}

// Find returns a result, or NotFound lab.unknown.
func Find(ctx context.Context, db *store.DB, study casebook.StudyID, id string) (one Result, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		one, err = find(ctx, tx, study, id)
		return err
	})
	return one, err
}

func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (Result, error) {
	all, err := store.All(ctx, tx, scanResult, `SELECT `+resultColumns+` FROM lab_result WHERE study_id = $1 AND result_id = $2`, study, id)
	if err == nil && len(all) == 0 {
		err = unknown(id)
	}
	if err != nil {
		return Result{}, err
	}
	return all[0], nil
}

// list returns results in a state, those that wait longest first; the others newest first.
func list(ctx context.Context, tx *store.Tx, study casebook.StudyID, state string, limit int) ([]Result, error) {
	order := "received_at, result_id"
	if state != Waiting {
		order = "received_at DESC, result_id"
	}
	return store.All(ctx, tx, scanResult, `SELECT `+resultColumns+` FROM lab_result WHERE study_id = $1 AND state = $2 ORDER BY `+order+` LIMIT $3`, study, state, limit)
}

// decide keeps what became of a result. Error: Conflict lab.decided, when somebody was first.
func decide(ctx context.Context, w *ledger.Writer, r Result, state string, d Decision) (Result, error) {
	d.By, d.At = casebook.ActorFrom(ctx).User, w.Now.UTC().Truncate(time.Microsecond)
	n, err := w.Exec(ctx, `UPDATE lab_result SET state = $3, decision = $4 WHERE study_id = $1 AND result_id = $2 AND state = 'waiting'`, w.Study, r.ID, state, ledger.Text(d))
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, casebook.Fail(casebook.Conflict, "lab.decided", r.ID).At("result")
	}
	verb := map[string]string{Accepted: VerbAccepted, Refused: VerbRefused}[state]
	w.Record(ctx, ledger.Entry{What: verb, Site: r.Site, Subject: r.Sent.Subject, Ref: r.ID, New: ledger.Text(d), Reason: d.Reason})
	r.State, r.Decision = state, d
	return r, nil
}

// NewFold returns the fold that compares a study's results with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold { return &fold{study: study, said: map[string]row{}} }

type row struct{ sent, state, decision string }

type fold struct {
	study    casebook.StudyID
	said     map[string]row
	findings []ledger.Finding
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	r := f.said[e.Ref]
	switch e.What {
	case VerbReceived:
		r = row{e.New, Waiting, "{}"}
	case VerbAccepted:
		r.state, r.decision = Accepted, e.New
	case VerbRefused:
		r.state, r.decision = Refused, e.New
	default:
		return
	}
	f.said[e.Ref] = r
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	found := func(id, what string) {
		f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "lab_result", Row: id, What: what})
	}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id string
		var is row
		if err := r.Scan(&id, &is.sent, &is.state, &is.decision); err != nil {
			return err
		}
		switch was, known := f.said[id]; {
		case !known:
			found(id, "put in: the ledger does not know it")
		case was != is:
			found(id, "altered: it is not as the ledger holds it")
		}
		delete(f.said, id)
		return nil
	}, `SELECT result_id, sent, state, decision FROM lab_result WHERE study_id = $1 ORDER BY result_id`, f.study)
	for _, id := range slices.Sorted(maps.Keys(f.said)) {
		found(id, "removed: the ledger knows it")
	}
	return f.findings, err
}
