package monitor

import (
	"context"
	"fmt"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// open is the state of a signal that nobody has closed.
const open = "open"

// Evidence is what a signal rests on. The study's entries up to Index, with days on study counted up to AsOf, give these
// numbers again.
type Evidence struct {
	Number      int64           `json:"number"` // of the signal, in its study
	KRI         string          `json:"kri"`
	Version     int             `json:"version"` // of the indicator
	Site        casebook.SiteID `json:"site"`
	Level       int             `json:"level"` // the flag: -2 or -1 too low, 1 or 2 too high
	Score       float64         `json:"score"`
	Limit       float64         `json:"limit"`
	Numerator   int64           `json:"numerator"`
	Denominator int64           `json:"denominator"`
	Mean        float64         `json:"mu"`
	Factor      float64         `json:"phi"`
	Sites       int             `json:"sites"`
	AsOf        time.Time       `json:"asOf"`
	Index       int64           `json:"index"`
}

// Signal is a site that was found atypical. It stays open until somebody closes it, wherever the score goes.
type Signal struct {
	ID       string
	State    string
	RaisedAt time.Time
	Evidence // as it was raised
}

// raise makes a signal of every flag that calls for one and has none open.
func (s *Service) raise(ctx context.Context, w *ledger.Writer, f *Figures) error {
	for i := range f.Tables {
		t := &f.Tables[i]
		for _, r := range t.Sites {
			if !r.Assessed || t.Indicator.Signal == 0 || max(r.Flag, -r.Flag) < t.Indicator.Signal {
				continue
			}
			if err := s.raiseOne(ctx, w, f, t, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) raiseOne(ctx context.Context, w *ledger.Writer, f *Figures, t *Table, r Row) error {
	var there, last int64
	err := w.Row(ctx, `SELECT count(CASE WHEN kri = $2 AND site_id = $3 AND state = $4 THEN 1 END), coalesce(max(number), 0)
		FROM monitor_signal WHERE study_id = $1`, w.Study, t.Indicator.ID, r.Site, open).Scan(&there, &last)
	if err != nil || there > 0 {
		return err
	}
	body, err := json.Marshal(Evidence{Number: last + 1, KRI: t.Indicator.ID, Version: t.Indicator.Version, Site: r.Site, Level: r.Flag,
		Score: r.Score, Limit: finite(r.Limit), Numerator: r.Counts.Num, Denominator: r.Counts.Den, Mean: finite(t.Funnel.Mean), Factor: t.Funnel.Factor,
		Sites: t.Funnel.Sites, AsOf: f.AsOf, Index: f.Next - 1}, json.Deterministic(true))
	if err != nil {
		return err
	}
	id := s.db.World().NewID()
	_, err = w.Exec(ctx, `INSERT INTO monitor_signal(study_id, signal_id, number, kri, site_id, state, evidence, raised_at) VALUES($1,$2,$3,$4,$5,$6,$7,$8)`,
		w.Study, id, last+1, t.Indicator.ID, r.Site, open, string(body), store.Micros(w.Now))
	if err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: VerbRaised, Site: r.Site, Ref: id, New: string(body)})
	return nil
}

const signalColumns = `signal_id, state, evidence, raised_at`

func scanSignal(r *store.Rows) (sig Signal, err error) {
	var body string
	var at int64
	if err := r.Scan(&sig.ID, &sig.State, &body, &at); err != nil {
		return sig, err
	}
	sig.RaisedAt = store.Time(at)
	return sig, json.Unmarshal([]byte(body), &sig.Evidence)
}

// signalsAfter returns the study's signals with a number above after, by number.
func signalsAfter(ctx context.Context, tx *store.Tx, study casebook.StudyID, after int64) ([]Signal, error) {
	return store.All(ctx, tx, scanSignal, `SELECT `+signalColumns+` FROM monitor_signal WHERE study_id = $1 AND number > $2 ORDER BY number`, study, after)
}

// NewFold returns the fold that compares the study's signals with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]ledger.Entry{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]ledger.Entry
	findings []ledger.Finding
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	if e.What == VerbRaised {
		f.said[e.Ref] = *e
	}
}

// Compare names the signals that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	found := func(row, what string) {
		f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: "monitor_signal", Row: row, What: what})
	}
	seen := 0
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id, state, body, kri string
		var site casebook.SiteID
		var number, at int64
		if err := r.Scan(&id, &number, &kri, &site, &state, &body, &at); err != nil {
			return err
		}
		e, known := f.said[id]
		var said Evidence
		switch {
		case !known:
			found(id, "put in: the ledger does not know this signal")
			return nil
		case json.Unmarshal([]byte(e.New), &said) != nil:
			found(id, "the ledger's entry cannot be read")
		case body != e.New || at != store.Micros(e.At) || state != open || site != said.Site || kri != said.KRI || number != said.Number:
			found(id, "altered: it is not as the ledger holds it")
		}
		seen++
		return nil
	}, `SELECT signal_id, number, kri, site_id, state, evidence, raised_at FROM monitor_signal WHERE study_id = $1 ORDER BY number`, f.study)
	if err == nil && seen < len(f.said) {
		found(fmt.Sprint(len(f.said)-seen, " rows"), "removed: the ledger knows these signals")
	}
	return f.findings, err
}
