package monitor

import (
	"context"
	"fmt"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// VerbKRI is the verb of a study's own version of an indicator: Ref is the indicator, Old and New are its file.
const VerbKRI = "monitor.kri.changed"

// edition is the catalogue of a study and the number of its newest own version.
type edition struct {
	*catalogue
	edited int64
}

// edition returns what the study is counted by now.
func (s *Service) edition(ctx context.Context, tx *store.Tx, study casebook.StudyID) (*edition, error) {
	var newest int64
	if err := tx.Row(ctx, `SELECT coalesce(max(number), 0) FROM monitor_kri WHERE study_id = $1`, study).Scan(&newest); err != nil {
		return nil, err
	}
	w := s.watch(study)
	if e := w.edition.Load(); e != nil && e.edited == newest {
		return e, nil
	}
	e := &edition{s.base, newest}
	if newest > 0 {
		own, err := ownIndicators(ctx, tx, study)
		if err != nil {
			return nil, err
		}
		e.catalogue = s.base.with(own)
	}
	w.edition.Store(e)
	return e, nil
}

// ownIndicators returns the newest of each of the study's own versions, in the order in which they first came.
func ownIndicators(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]*Indicator, error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (*Indicator, error) {
		var body string
		if err := r.Scan(&body); err != nil {
			return nil, err
		}
		return ReadIndicator([]byte(body))
	}, `SELECT body FROM monitor_kri WHERE study_id = $1 ORDER BY number`, study)
	if err != nil {
		return nil, err
	}
	var own []*Indicator
	at := map[string]int{}
	for _, k := range all {
		if i, ok := at[k.ID]; ok {
			own[i] = k
			continue
		}
		at[k.ID] = len(own)
		own = append(own, k)
	}
	return own, nil
}

// Edit makes a version of an indicator the study's own from now on. Its Version must follow that of the one it replaces,
// so that two who edit at the same time do not lose one another's work. Signals that stand keep the version they were
// raised by.
func (s *Service) Edit(ctx context.Context, study casebook.StudyID, k *Indicator, reason string) error {
	if err := k.check(); err != nil {
		return err
	}
	if reason == "" {
		return casebook.Fail(casebook.Unprocessable, "record.reason_required").At("reason")
	}
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		e, err := s.edition(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		old := ""
		if _, current := e.find(k.ID); current != nil {
			if old = current.file(); k.Version != current.Version+1 {
				return casebook.Fail(casebook.Conflict, "monitor.kri.version_taken", k.ID, current.Version).At("version")
			}
		} else if k.Version != 1 {
			return casebook.Fail(casebook.Conflict, "monitor.kri.version_taken", k.ID, 0).At("version")
		}
		_, err = w.Exec(ctx, `INSERT INTO monitor_kri(study_id, number, kri, version, body, actor, at, reason) VALUES($1,$2,$3,$4,$5,$6,$7,$8)`,
			study, e.edited+1, k.ID, k.Version, k.file(), casebook.ActorFrom(ctx).User, store.Micros(w.Now), reason)
		if err != nil {
			return fmt.Errorf("version %d of %s: %w", k.Version, k.ID, err)
		}
		w.Record(ctx, ledger.Entry{What: VerbKRI, Ref: k.ID, Old: old, New: k.file(), Reason: reason})
		return nil
	})
	if err == nil {
		s.live.wake()
	}
	return err
}

// Edition is one version of an indicator: the one of the catalogue, By nobody, or one of the study's own.
type Edition struct {
	Indicator *Indicator      `json:"indicator"`
	By        casebook.UserID `json:"by,omitempty"`
	At        time.Time       `json:"at,omitzero"`
	Reason    string          `json:"reason,omitempty"`
}

// editions returns the versions of an indicator, the one that stands first.
func (s *Service) editions(ctx context.Context, tx *store.Tx, study casebook.StudyID, kri string) ([]Edition, error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (e Edition, err error) {
		var body string
		var at int64
		if err := r.Scan(&body, &e.By, &at, &e.Reason); err != nil {
			return e, err
		}
		e.At = store.Time(at).UTC()
		e.Indicator, err = ReadIndicator([]byte(body))
		return e, err
	}, `SELECT body, actor, at, reason FROM monitor_kri WHERE study_id = $1 AND kri = $2 ORDER BY number DESC`, study, kri)
	if err != nil {
		return nil, err
	}
	if _, k := s.base.find(kri); k != nil {
		all = append(all, Edition{Indicator: k})
	}
	if len(all) == 0 {
		return nil, casebook.Fail(casebook.NotFound, "monitor.kri_unknown", kri).At("kri")
	}
	return all, nil
}
