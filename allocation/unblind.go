package allocation

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// Reason is why a treatment is opened in an emergency (ICH E6(R3), 2.11 and 3.10: only where knowing it is needed).
type Reason string

// The reasons.
const (
	Emergency Reason = "emergency" // how the subject is treated depends on it
	Exposure  Reason = "exposure"  // somebody else took it
	Pregnancy Reason = "pregnancy"
	Authority Reason = "authority" // an ethics committee or an authority asks
)

var reasons = []Reason{Emergency, Exposure, Pregnancy, Authority}

// Unblinding is one look at one subject's treatment. It does not say what was seen. Text is sealed: who looks a second time
// might write it there.
type Unblinding struct {
	ID        string             `json:"unblinding"`
	Subject   casebook.SubjectID `json:"subject"`
	Site      casebook.SiteID    `json:"site"` // of the subject at that moment
	Reason    Reason             `json:"reason"`
	Text      string             `json:"text"`
	Signature Signature          `json:"signature"`
}

// told is what the ledger says of an alert.
type told struct {
	Notice string `json:"notice"` // "" when nobody was there to tell
}

// Unblind opens a subject's treatment for the actor in ctx, who has just proved to be who they are, and has those told whom it
// concerns. Each look has its own two reasons and signature. Errors: Unprocessable allocation.unblind_reason, .reason; NotFound
// patient.unknown; Conflict allocation.not_randomised, .sealed.
func (s *Service) Unblind(ctx context.Context, study casebook.StudyID, id casebook.SubjectID, why Reason, text, printed string) (a Assignment, treatment string, u Unblinding, err error) {
	if !slices.Contains(reasons, why) {
		return a, "", u, fail("reason", "allocation.unblind_reason")
	}
	if strings.TrimSpace(text) == "" || len(text) > maxReason || !utf8.ValidString(text) {
		return a, "", u, fail("text", "allocation.reason", maxReason)
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Find(ctx, w.Tx, study, id)
		if err != nil {
			return err
		}
		if a, treatment, _, err = s.Treatment(ctx, w.Tx, study, id); err != nil {
			return err
		}
		u = Unblinding{ID: s.world.NewID(), Subject: id, Site: p.Site, Reason: why}
		if u.Text, err = s.Seal(study, u.ID, text); err != nil {
			return err
		}
		if u.Signature, err = sign(ctx, w, "unblinding", ledger.Text(u), printed); err != nil {
			return err
		}
		_, err = w.Exec(ctx, `INSERT INTO allocation_unblinding(study_id, unblinding_id, subject_id, doc, told_at, notice_id) VALUES($1,$2,$3,$4,0,'')`,
			study, u.ID, id, ledger.Text(u))
		w.Record(ctx, ledger.Entry{What: Unblinded, Site: p.Site, Subject: id, Ref: u.ID, New: ledger.Text(u)})
		return err
	})
	if err != nil {
		return a, "", u, err
	}
	s.rouse()
	return a, treatment, u, nil
}

func scanUnblinding(r *store.Rows) (u Unblinding, err error) {
	var doc string
	if err := r.Scan(&doc); err != nil {
		return u, err
	}
	return u, decode(doc, &u)
}

// unblindings are the looks at a list's subjects, oldest first, with their texts opened.
func (s *Service) unblindings(ctx context.Context, tx *store.Tx, study casebook.StudyID, given []Assignment) ([]Unblinding, error) {
	all, err := sealedUnblindings(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	own := []Unblinding{}
	for _, u := range all {
		if !slices.ContainsFunc(given, func(a Assignment) bool { return a.Subject == u.Subject }) {
			continue
		}
		if err := s.Open(study, u.ID, u.now(), &u.Text); err != nil {
			return nil, err
		}
		own = append(own, u.Unblinding)
	}
	return own, nil
}

// A sealedUnblinding has its text as it was sealed first, which its signature and its entry hold, and as it was sealed since.
type sealedUnblinding struct {
	Unblinding
	since string // "" where it never was
}

// now is the text as it is sealed now.
func (u *sealedUnblinding) now() string { return cmp.Or(u.since, u.Text) }

func sealedUnblindings(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]sealedUnblinding, error) {
	return store.All(ctx, tx, func(r *store.Rows) (u sealedUnblinding, err error) {
		var doc string
		if err := r.Scan(&doc, &u.since); err != nil {
			return u, err
		}
		return u, decode(doc, &u.Unblinding)
	}, `SELECT doc, sealed FROM allocation_unblinding WHERE study_id = $1 ORDER BY unblinding_id`, study)
}

// seen is a look as everybody who may see the subject may know it.
type seen struct {
	At     time.Time       `json:"at"`
	By     casebook.UserID `json:"by"`
	Name   string          `json:"name"` // as the signature prints it
	Role   string          `json:"role"`
	Reason Reason          `json:"reason"`
}

func looksAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) ([]seen, error) {
	all, err := store.All(ctx, tx, scanUnblinding, `SELECT doc FROM allocation_unblinding WHERE study_id = $1 AND subject_id = $2 ORDER BY unblinding_id`, study, id)
	out := make([]seen, len(all))
	for i, u := range all {
		out[i] = seen{u.Signature.At, u.Signature.Signer, u.Signature.Name, u.Signature.Role, u.Reason}
	}
	return out, err
}

// Broken reports whether a subject's treatment was opened in an emergency.
func (s *Service) Broken(ctx context.Context, tx *store.Tx, study casebook.StudyID, id casebook.SubjectID) (bool, error) {
	looks, err := looksAt(ctx, tx, study, id)
	return len(looks) > 0, err
}

// watch is how long an alert that could not be sent waits for the next try.
const watch = 10 * time.Second

// Run tells those whom an unblinding concerns, until ctx ends: soon after it, and again where that did not work.
func (s *Service) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	tick := time.NewTicker(watch)
	defer tick.Stop()
	for {
		if err := s.TellAll(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "an unblinding could not be told, and will be again", "error", err)
		}
		select {
		case <-s.wake:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// TellAll tells of every unblinding that was not told yet.
func (s *Service) TellAll(ctx context.Context) error {
	type untold struct{ study, doc string }
	var all []untold
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, func(r *store.Rows) (u untold, err error) { err = r.Scan(&u.study, &u.doc); return u, err },
			`SELECT study_id, doc FROM allocation_unblinding WHERE told_at = 0 ORDER BY study_id, unblinding_id LIMIT 100`)
		return err
	})
	for _, one := range all {
		var u Unblinding
		if err == nil {
			err = decode(one.doc, &u)
		}
		if err != nil {
			return err
		}
		err = s.tell(ctx, casebook.StudyID(one.study), u)
	}
	return err
}

// tell has Tell send an alert, which sends one only however often it is asked, and writes down that it was.
func (s *Service) tell(ctx context.Context, study casebook.StudyID, u Unblinding) error {
	notice := ""
	if s.Tell != nil {
		var err error
		if notice, err = s.Tell(ctx, study, u); err != nil {
			return err
		}
	}
	return s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `UPDATE allocation_unblinding SET told_at = $3, notice_id = $4 WHERE study_id = $1 AND unblinding_id = $2 AND told_at = 0`,
			study, u.ID, store.Micros(w.Now), notice)
		if err != nil || n == 0 {
			return err
		}
		w.Record(ctx, ledger.Entry{What: Told, Site: u.Site, Subject: u.Subject, Ref: u.ID, New: ledger.Text(told{notice})})
		return nil
	})
}
