package auth

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// maxSupport is for how many hours at most somebody is let look into a study to help.
const maxSupport = 72

// Support lets a person who has no part in a study look into it for a time, so that they can help: reading, and nothing that tells who
// a subject is. It ends by itself.
type Support struct {
	Study  casebook.StudyID `json:"study"`
	Until  time.Time        `json:"until"`
	Reason string           `json:"reason"`
	By     casebook.UserID  `json:"by"`
}

// supportState is what the ledger says of one.
type supportState struct {
	Study casebook.StudyID `json:"study"`
	Until int64            `json:"until"` // microseconds
}

// GrantSupport lets user look into a study for so many hours, for a reason; a later one takes the place of an earlier. Nobody lets
// themselves. Errors: Invalid auth.support.time, auth.role.place; Unprocessable auth.reason; Conflict auth.person.self, auth.role.blinding;
// NotFound auth.person.unknown.
func (s *Service) GrantSupport(ctx context.Context, user casebook.UserID, study casebook.StudyID, hours int, reason string) (Support, error) {
	g := Support{Study: study, Until: s.world.Now().UTC().Add(time.Duration(hours) * time.Hour).Truncate(time.Microsecond), Reason: strings.TrimSpace(reason), By: casebook.ActorFrom(ctx).User}
	switch {
	case study == "" || study == casebook.Platform:
		return g, casebook.Fail(casebook.Invalid, "auth.role.place", SupportRole).At("study")
	case hours < 1 || hours > maxSupport:
		return g, casebook.Fail(casebook.Invalid, "auth.support.time", maxSupport).At("hours")
	case g.Reason == "":
		return g, casebook.Fail(casebook.Unprocessable, "auth.reason").At("reason")
	case user == g.By:
		return g, casebook.Fail(casebook.Conflict, "auth.person.self").At("user")
	}
	defer s.forget()
	return g, s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); err != nil {
			return err
		}
		held, err := grantsOf(ctx, w.Tx, user)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.Study == study && h.Role.unblinded() {
				return casebook.Fail(casebook.Conflict, "auth.role.blinding").At("study")
			}
		}
		_, err = w.Exec(ctx, `INSERT INTO auth_support(user_id, study_id, until, reason, by_user) VALUES($1,$2,$3,$4,$5)
			ON CONFLICT (user_id, study_id) DO UPDATE SET until = excluded.until, reason = excluded.reason, by_user = excluded.by_user`,
			user, study, store.Micros(g.Until), g.Reason, g.By)
		if err != nil {
			return err
		}
		if err := record(ctx, w, ledger.Entry{What: "auth.support.granted", Ref: string(user), Reason: g.Reason}, nil, supportState{study, store.Micros(g.Until)}); err != nil {
			return err
		}
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
}

// WithdrawSupport ends a support before its time: within the second everywhere, at once in this process. Errors: NotFound
// auth.support.none; Unprocessable auth.reason.
func (s *Service) WithdrawSupport(ctx context.Context, user casebook.UserID, study casebook.StudyID, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return casebook.Fail(casebook.Unprocessable, "auth.reason").At("reason")
	}
	defer s.forget()
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		gone, err := w.Exec(ctx, `DELETE FROM auth_support WHERE user_id = $1 AND study_id = $2`, user, study)
		if err != nil {
			return err
		}
		if gone == 0 {
			return casebook.Fail(casebook.NotFound, "auth.support.none", user, study)
		}
		if err := record(ctx, w, ledger.Entry{What: "auth.support.withdrawn", Ref: string(user), Reason: reason}, supportState{Study: study}, nil); err != nil {
			return err
		}
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
}

// lookPause is for how long one entry stands for all looks of one person at one address: a page asks again by itself.
const lookPause = time.Minute

// looked are the looks of the last minute that have an entry.
type looked struct {
	mu  sync.Mutex
	all map[look]time.Time
}

type look struct {
	user    casebook.UserID
	study   casebook.StudyID
	address string
}

// has reports whether an entry of the last minute stands for a look.
func (l *looked) has(k look, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, is := l.all[k]
	return is && !over(at, now)
}

// add notes that a look has an entry, and drops those whose minute is over.
func (l *looked) add(k look, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.all, func(_ look, at time.Time) bool { return over(at, now) })
	if l.all == nil {
		l.all = map[look]time.Time{}
	}
	l.all[k] = now
}

// over reports whether the pause after a look at a moment is over; it is where the clock was turned back.
func over(at, now time.Time) bool { return now.Sub(at) >= lookPause || now.Before(at) }

// looks keeps in the study's ledger, before it is answered, that somebody who helps looks at an address, once a minute for each. Of two who
// ask at once each has an entry: nobody is answered by one that is not kept yet.
func (s *Service) looks(q *http.Request, user casebook.UserID, study casebook.StudyID) error {
	k, now := look{user, study, q.Method + " " + q.URL.Path}, s.world.Now()
	if s.looked.has(k, now) {
		return nil
	}
	err := s.ledger.Write(q.Context(), study, func(w *ledger.Writer) error {
		w.Record(q.Context(), ledger.Entry{What: "auth.support.looked", Ref: string(user), New: ledger.Text(map[string]string{"address": k.address})})
		return nil
	})
	if err == nil {
		s.looked.add(k, now)
	}
	return err
}

// supports returns into which studies user may look, and when the first of it ends, in microseconds; 0 for never.
func supports(ctx context.Context, tx *store.Tx, user casebook.UserID) (grants []Grant, end int64, err error) {
	err = tx.Each(ctx, func(r *store.Rows) error {
		var until int64
		g := Grant{Role: SupportRole}
		if err := r.Scan(&g.Study, &until); err != nil {
			return err
		}
		if end == 0 || until < end {
			end = until
		}
		grants = append(grants, g)
		return nil
	}, `SELECT study_id, until FROM auth_support WHERE user_id = $1 AND until > $2 ORDER BY study_id`, user, store.Micros(tx.Now))
	return grants, end, err
}

// supporters returns everybody who may look into a study now.
func supporters(ctx context.Context, tx *store.Tx) (map[casebook.UserID][]Support, error) {
	all := map[casebook.UserID][]Support{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var user casebook.UserID
		var g Support
		var until int64
		err := r.Scan(&user, &g.Study, &until, &g.Reason, &g.By)
		g.Until = store.Time(until)
		all[user] = append(all[user], g)
		return err
	}, `SELECT user_id, study_id, until, reason, by_user FROM auth_support WHERE until > $1 ORDER BY user_id, study_id`, store.Micros(tx.Now))
	return all, err
}

// postSupport lets somebody look into a study for so many hours: {study, hours, reason}.
func (s *Service) postSupport(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Study  casebook.StudyID `json:"study"`
		Hours  int              `json:"hours"`
		Reason string           `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	g, err := s.GrantSupport(r.Context(), casebook.UserID(r.PathValue("user")), in.Study, in.Hours, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, g)
}

// deleteSupport ends it before its time: {study, reason}.
func (s *Service) deleteSupport(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Study  casebook.StudyID `json:"study"`
		Reason string           `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.WithdrawSupport(r.Context(), casebook.UserID(r.PathValue("user")), in.Study, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}
