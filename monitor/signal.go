package monitor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Evidence is what a signal rests on. The study's entries up to Index, with days counted up to AsOf, give these numbers
// again.
type Evidence struct {
	Number      int64           `json:"number"` // of the signal, in its study
	KRI         string          `json:"kri"`
	Version     int             `json:"version"` // of the indicator
	Site        casebook.SiteID `json:"site"`
	Level       int             `json:"level"` // the flag: -2 or -1 too low, 1 or 2 too high
	Score       float64         `json:"score"`
	Limit       float64         `json:"limit"` // 0 where the score has none
	Numerator   int64           `json:"numerator"`
	Denominator int64           `json:"denominator"`
	Mean        float64         `json:"mu"`
	Factor      float64         `json:"phi"`
	Sites       int             `json:"sites"`
	AsOf        time.Time       `json:"asOf"`
	Index       int64           `json:"index"`
}

// Signal is a site that was found atypical. It stands until somebody closes it, wherever the score goes.
type Signal struct {
	ID       string
	RaisedAt time.Time
	Seq      int64      // when it last changed, among the study's signals
	Evidence            // as it was raised
	Life     `json:"-"` // since then
}

// raise makes a signal of every flag that calls for one and has none standing.
func (s *Service) raise(ctx context.Context, w *ledger.Writer, f *Figures) error {
	var there *raised
	for i := range f.Tables {
		t := &f.Tables[i]
		for _, r := range t.Sites {
			if t.Late || !r.calls(t.Indicator) {
				continue
			}
			if there == nil {
				var err error
				if there, err = s.raised(ctx, w); err != nil {
					return err
				}
			}
			if err := s.raiseOne(ctx, w, f, t, r, there); err != nil {
				return err
			}
		}
	}
	if there != nil && !there.known {
		there.known = true
		w.AfterCommit(func() { s.watch(w.Study).raised.Store(there) })
	}
	return nil
}

// raised are the signals that a study has.
type raised struct {
	number, seq int64            // the highest
	stands      map[calling]bool // of every signal there ever was, whether one is not closed
	known       bool             // whether others have the map, too, and it must not change
}

// add notes a signal that is raised.
func (r *raised) add(at calling) {
	if r.known {
		r.stands, r.known = maps.Clone(r.stands), false
	}
	r.number, r.seq, r.stands[at] = r.number+1, r.seq+1, true
}

// calling is a site and the indicator by which it calls for a signal.
type calling struct {
	kri  string
	site casebook.SiteID
}

// raised returns the signals of the writer's study: those that are known, if none was raised or changed since, else what the table says.
func (s *Service) raised(ctx context.Context, w *ledger.Writer) (*raised, error) {
	r := &raised{stands: map[calling]bool{}}
	if known := s.watch(w.Study).raised.Load(); known != nil {
		err := w.Row(ctx, `SELECT coalesce(max(seq), 0) FROM monitor_signal WHERE study_id = $1`, w.Study).Scan(&r.seq)
		if err != nil || r.seq == known.seq {
			return &raised{known.number, known.seq, known.stands, true}, err
		}
	}
	err := w.Each(ctx, func(rows *store.Rows) error {
		var at calling
		var number, seq, stands int64
		if err := rows.Scan(&at.kri, &at.site, &number, &seq, &stands); err != nil {
			return err
		}
		r.number, r.seq, r.stands[at] = max(r.number, number), max(r.seq, seq), stands > 0
		return nil
	}, `SELECT kri, site_id, max(number), max(seq), count(CASE WHEN state <> $2 THEN 1 END) FROM monitor_signal WHERE study_id = $1 GROUP BY kri, site_id`, w.Study, closed)
	return r, err
}

// calls reports whether the row's flag calls for a signal.
func (r Row) calls(in *Indicator) bool {
	return r.Assessed && in.Signal > 0 && max(r.Flag, -r.Flag) >= in.Signal
}

func (s *Service) raiseOne(ctx context.Context, w *ledger.Writer, f *Figures, t *Table, r Row, there *raised) error {
	at := calling{t.Indicator.ID, r.Site}
	if stands, known := there.stands[at]; stands {
		return nil
	} else if known {
		if quiet, err := settled(ctx, w, t.Indicator.ID, r); quiet || err != nil {
			return err
		}
	}
	there.add(at)
	body, err := json.Marshal(Evidence{Number: there.number, KRI: t.Indicator.ID, Version: t.Indicator.Version, Site: r.Site, Level: r.Flag,
		Score: r.Score, Limit: finite(r.Limit), Numerator: r.Counts.Num, Denominator: r.Counts.Den, Mean: finite(t.Funnel.Mean), Factor: finite(t.Funnel.Factor),
		Sites: t.Funnel.Sites, AsOf: f.AsOf, Index: f.Next - 1}, json.Deterministic(true))
	if err != nil {
		return err
	}
	id := s.db.World().NewID()
	life := Life{State: open, Since: stamp(w.Now)}
	_, err = w.Exec(ctx, `INSERT INTO monitor_signal(study_id, signal_id, number, kri, site_id, state, evidence, raised_at, life, steps, seq)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,0,$10)`,
		w.Study, id, there.number, t.Indicator.ID, r.Site, open, string(body), store.Micros(w.Now), life.text(), there.seq)
	if err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: VerbRaised, Site: r.Site, Ref: id, New: string(body)})
	w.AfterCommit(s.live.wake)
	return nil
}

// rest is how long after a signal was closed the same flag at the same site raises no new one: what was found accepted, or
// has been acted on, needs time to show.
const rest = 90 * 24 * time.Hour

// settled reports whether the site's last signal of this indicator was closed lately with the same flag or a graver one.
func settled(ctx context.Context, w *ledger.Writer, kri string, r Row) (bool, error) {
	all, err := store.All(ctx, w.Tx, scanSignal, `SELECT `+signalColumns+` FROM monitor_signal
		WHERE study_id = $1 AND kri = $2 AND site_id = $3 AND state = $4 ORDER BY number DESC LIMIT 1`, w.Study, kri, r.Site, closed)
	if err != nil || len(all) == 0 {
		return false, err
	}
	last := &all[0]
	same := last.Level > 0 == (r.Flag > 0) && max(r.Flag, -r.Flag) <= max(last.Level, -last.Level)
	return same && w.Now.Sub(last.Since) < rest, nil
}

const signalColumns = `signal_id, evidence, raised_at, life, seq`

func scanSignal(r *store.Rows) (sig Signal, err error) {
	var body, life string
	var at int64
	if err := r.Scan(&sig.ID, &body, &at, &life, &sig.Seq); err != nil {
		return sig, err
	}
	sig.RaisedAt = store.Time(at)
	if err := json.Unmarshal([]byte(life), &sig.Life); err != nil {
		return sig, err
	}
	if sig.State == "" { // of before signals had a life
		sig.State, sig.Since = open, sig.RaisedAt
	}
	return sig, json.Unmarshal([]byte(body), &sig.Evidence)
}

// signalsAfter returns the study's signals that were raised or changed after seq, in that order.
func signalsAfter(ctx context.Context, tx *store.Tx, study casebook.StudyID, seq int64) ([]Signal, error) {
	return store.All(ctx, tx, scanSignal, `SELECT `+signalColumns+` FROM monitor_signal WHERE study_id = $1 AND seq > $2 ORDER BY seq`, study, seq)
}

// Standing names the indicators of a site's signals that are not closed.
func (s *Service) Standing(ctx context.Context, study casebook.StudyID, site casebook.SiteID) (kris []string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := signalsAfter(ctx, tx, study, 0)
		for _, sig := range all {
			if sig.Site == site && sig.State != closed && !slices.Contains(kris, sig.KRI) {
				kris = append(kris, sig.KRI)
			}
		}
		return err
	})
	return kris, err
}

// NewFold returns the fold that compares the study's signals with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]*story{}}
}

type fold struct {
	study    casebook.StudyID
	said     map[string]*story
	edited   []edit // the study's own versions of indicators
	findings []ledger.Finding
}

// edit is the file of a version of an indicator, and why it was made.
type edit struct{ body, reason string }

// story is what the ledger tells of one signal.
type story struct {
	raised ledger.Entry
	life   Life
	broken bool
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	switch e.What {
	case VerbRaised:
		f.said[e.Ref] = &story{raised: *e, life: Life{State: open, Since: e.At.UTC()}}
	case VerbChanged:
		t := f.said[e.Ref]
		if t == nil {
			t = &story{broken: true}
			f.said[e.Ref] = t
		}
		var s Step
		if json.Unmarshal([]byte(e.New), &s) != nil {
			t.broken = true
			return
		}
		t.life.take(s)
	case VerbKRI:
		f.edited = append(f.edited, edit{e.New, e.Reason})
	}
}

// Compare names the signals and the indicators that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	found := func(table, row, what string) {
		f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
	}
	seen := 0
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id, state, body, kri, life string
		var site casebook.SiteID
		var number, at, steps int64
		if err := r.Scan(&id, &number, &kri, &site, &state, &body, &at, &life, &steps); err != nil {
			return err
		}
		t, known := f.said[id]
		var said Evidence
		switch {
		case !known:
			found("monitor_signal", id, "put in: the ledger does not know this signal")
			return nil
		case t.broken || json.Unmarshal([]byte(t.raised.New), &said) != nil:
			found("monitor_signal", id, "the ledger's entries cannot be read")
		case body != t.raised.New || at != store.Micros(t.raised.At) || state != t.life.State || site != said.Site || kri != said.KRI ||
			number != said.Number || steps != int64(len(t.life.Steps)) || !t.life.is(life):
			found("monitor_signal", id, "altered: it is not as the ledger holds it")
		}
		seen++
		return nil
	}, `SELECT signal_id, number, kri, site_id, state, evidence, raised_at, life, steps FROM monitor_signal WHERE study_id = $1 ORDER BY number`, f.study)
	if err != nil {
		return f.findings, err
	}
	if seen < len(f.said) {
		found("monitor_signal", fmt.Sprint(len(f.said)-seen, " rows"), "removed: the ledger knows these signals")
	}
	return f.findings, f.compareIndicators(ctx, tx, found)
}

// is reports whether a row holds this life. A row of before signals had one holds nothing.
func (l *Life) is(row string) bool { return row == l.text() || row == "{}" && len(l.Steps) == 0 }

func (f *fold) compareIndicators(ctx context.Context, tx *store.Tx, found func(table, row, what string)) error {
	rows, err := store.All(ctx, tx, func(r *store.Rows) (e edit, err error) { err = r.Scan(&e.body, &e.reason); return e, err },
		`SELECT body, reason FROM monitor_kri WHERE study_id = $1 ORDER BY number`, f.study)
	if err != nil {
		return err
	}
	for i := range max(len(rows), len(f.edited)) {
		if i >= len(rows) || i >= len(f.edited) || rows[i] != f.edited[i] {
			found("monitor_kri", fmt.Sprint(i+1), "it is not as the ledger holds it")
		}
	}
	return nil
}
