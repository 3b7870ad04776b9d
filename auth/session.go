package auth

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

const cookieName = "casebook_session"

// touchAfter is how much newer a session's last use may be in memory than in the database: another copy of the server
// may end an idle session so much too early.
const touchAfter = 30 * time.Second

// maxAgent bounds what is kept of how a browser calls itself, in bytes.
const maxAgent = 200

var errFailed = casebook.Fail(casebook.Unauthorized, "auth.failed")

// Attempt is somebody who wants to be let in.
type Attempt struct {
	User, Password string
	Code           string // of the second factor
	Address        string // where the attempt comes from
	Agent          string // the browser, as it calls itself
	Previous       string // the secret of the caller's session so far, which ends
	vouched        bool   // a provider vouches for more than one factor, or a passkey was used
}

// SignIn is Enter for who has no second factor.
func (s *Service) SignIn(ctx context.Context, user, password, address, previous string) (secret string, p *Principal, err error) {
	return s.Enter(ctx, Attempt{User: user, Password: password, Address: address, Previous: previous})
}

// Enter opens a session for who knows user's password and, if user has one, proves the second factor. Every failure is
// Unauthorized auth.failed, whatever the cause, after the same work; too many are TooMany auth.throttled. Who knows the
// password and gave no code is told that one is wanted: Unauthorized auth.second_factor.
func (s *Service) Enter(ctx context.Context, a Attempt) (secret string, p *Principal, err error) {
	id := casebook.UserID(strings.ToLower(strings.TrimSpace(a.User)))
	if !userShape.MatchString(string(id)) {
		id = "" // nobody's, and not fit to be asked for
	}
	if err := s.hashing.enter(ctx); err != nil {
		return "", nil, err
	}
	defer s.hashing.leave() // held to the end, so that not more attempts than places pass the throttle at once
	stored, known, err := s.lookUp(ctx, id, a.Address)
	if err != nil {
		return "", nil, err
	}
	if len(a.Password) > 4*maxPassword || !s.Cost.fits(stored, a.Password) {
		return "", nil, s.failed(ctx, id, known, a.Address)
	}
	if err := s.prove(ctx, id, a.Code, a.Address); err != nil {
		return "", nil, err
	}
	return s.signedIn(ctx, id, a)
}

// lookUp returns the stored password of an account, "" when it cannot sign in, unless the attempt is throttled.
func (s *Service) lookUp(ctx context.Context, user casebook.UserID, address string) (stored string, known bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var active int64
		err := tx.Row(ctx, `SELECT password, active FROM auth_person WHERE user_id = $1`, user).Scan(&stored, &active)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		known = err == nil
		if active == 0 {
			stored = ""
		}
		return throttled(ctx, tx, counted(user, known), address)
	})
	return stored, known, err
}

// counted is the name that failures are counted under. A name that is no account's is not kept: people type their
// password there.
func counted(user casebook.UserID, known bool) casebook.UserID {
	if known {
		return user
	}
	sum := digest(string(user))
	return casebook.UserID("?" + hex.EncodeToString(sum[:8]))
}

// failed records a failure and returns what the caller is told.
func (s *Service) failed(ctx context.Context, user casebook.UserID, known bool, address string) error {
	return s.failedAt(ctx, user, known, address, false)
}

// failedAt is failed, at the password or at the second factor, whose failures count from anywhere.
func (s *Service) failedAt(ctx context.Context, user casebook.UserID, known bool, address string, factor bool) error {
	type failure struct {
		Address string `json:"address"`
		Known   bool   `json:"known"`
		Count   int64  `json:"count"`
	}
	err := s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		count, locks, err := countFailure(ctx, w.Tx, counted(user, known), address, factor)
		if err != nil {
			return err
		}
		ref := ""
		if known {
			ref = string(user)
		}
		what := "auth.sign_in.failed"
		if locks {
			what = "auth.sign_in.locked"
			if s.Guessed != nil {
				if err := s.Guessed(ctx, w.Tx); err != nil {
					return err
				}
			}
		}
		return record(ctx, w, ledger.Entry{What: what, Ref: ref}, nil, failure{address, known, count})
	})
	if err != nil {
		return err
	}
	return errFailed
}

// signedIn makes the session, under a new secret.
func (s *Service) signedIn(ctx context.Context, user casebook.UserID, a Attempt) (string, *Principal, error) {
	secret := base64.RawURLEncoding.EncodeToString(s.world.Bytes(32))
	ctx = web.WithActor(ctx, casebook.Actor{User: user, Trace: casebook.ActorFrom(ctx).Trace})
	err := s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); casebook.KindOf(err) == casebook.NotFound {
			return errFailed // closed since the password was read
		} else if err != nil {
			return err
		}
		ended, err := s.exchange(ctx, w.Tx, user, a, digest(secret))
		if err != nil {
			return err
		}
		err = record(ctx, w, ledger.Entry{What: "auth.signed_in", Ref: string(user)}, nil, struct {
			Address string `json:"address"`
		}{a.Address})
		if ended > 0 && err == nil {
			err = record(ctx, w, ledger.Entry{What: "auth.session.ended", Ref: string(user)}, nil, struct {
				Ended int64 `json:"ended"`
				Most  int   `json:"most"`
			}{ended, s.Sessions})
		}
		if err != nil || a.Previous == "" && ended == 0 {
			return err
		}
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
	if err != nil {
		return "", nil, err
	}
	if a.Previous != "" || s.Sessions > 0 {
		s.forget()
	}
	p, err := s.session(ctx, secret, true)
	return secret, p, err
}

// exchange puts a new session in the place of the one before, and of the user's that are over. It returns how many others ended since
// they would be too many.
func (s *Service) exchange(ctx context.Context, tx *store.Tx, user casebook.UserID, a Attempt, after credential) (ended int64, err error) {
	now, before := store.Micros(tx.Now), digest(a.Previous)
	err = tx.Later(ctx, `DELETE FROM auth_failure WHERE user_id = $1 AND (address = $2 OR address = $3)`, user, a.Address, proofAddress)
	if err != nil {
		return 0, err
	}
	err = tx.Later(ctx, `DELETE FROM auth_session WHERE hash = $1 OR user_id = $2 AND (expires <= $3 OR seen <= $4)`,
		hex.EncodeToString(before[:]), user, now, now-s.Idle.Microseconds())
	if err != nil {
		return 0, err
	}
	vouched := 0
	if a.vouched {
		vouched = 1
	}
	agent := strings.ToValidUTF8(strings.ReplaceAll(a.Agent[:min(len(a.Agent), maxAgent)], "\x00", ""), "")
	err = tx.Later(ctx, `INSERT INTO auth_session(hash, user_id, created, seen, expires, address, agent, vouched) VALUES($1,$2,$3,$3,$4,$5,$6,$7)`,
		hex.EncodeToString(after[:]), user, now, now+s.Absolute.Microseconds(), a.Address, agent, vouched)
	if err != nil || s.Sessions == 0 {
		return 0, err
	}
	return tx.Exec(ctx, `DELETE FROM auth_session WHERE user_id = $1 AND hash NOT IN
		(SELECT hash FROM auth_session WHERE user_id = $1 ORDER BY seen DESC, CASE WHEN hash = $2 THEN 0 ELSE 1 END, created DESC, hash LIMIT $3)`,
		user, hex.EncodeToString(after[:]), s.Sessions)
}

// SignOut ends the session of secret, everywhere. A session that is not there is not an error.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	defer s.forget()
	c := digest(secret)
	return s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) error {
		var user casebook.UserID
		err := w.Row(ctx, `DELETE FROM auth_session WHERE hash = $1 RETURNING user_id`, hex.EncodeToString(c[:])).Scan(&user)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		w.Record(ctx, ledger.Entry{What: "auth.signed_out", Ref: string(user), Actor: user, Trace: casebook.ActorFrom(ctx).Trace})
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
}

// Authenticate returns who stands behind a request: by its bearer token, else by its session's cookie. Errors:
// Unauthorized auth.signed_out, auth.token.refused.
func (s *Service) Authenticate(r *http.Request) (*Principal, error) { return s.recognise(r, true) }

// Still reports, for an answer that lasts, whether policy would let r in again: with the error it would be refused
// with. It does not count as a use of the session, so a forgotten page's stream does not keep its session alive.
func (s *Service) Still(r *http.Request, policy *Policy) error {
	p, err := s.recognise(r, false)
	if err != nil {
		return err
	}
	_, err = p.pass(policy, r)
	return err
}

func (s *Service) recognise(r *http.Request, use bool) (*Principal, error) {
	if p, err := introduced(r.Context()); p != nil || err != nil {
		return p, err
	}
	if r.Header.Get("Authorization") != "" {
		p, err := s.token(r.Context(), bearer(r))
		if err == nil {
			err = p.at(s.From, r)
		}
		return p, err
	}
	secret := s.cookieOf(r)
	if secret == "" {
		return nil, errSignedOut
	}
	return s.session(r.Context(), secret, use)
}

// session returns the principal of a session's secret, and notes its use.
func (s *Service) session(ctx context.Context, secret string, use bool) (*Principal, error) {
	c := digest(secret)
	v, err := s.verify(ctx, c, func() (*verified, error) { return s.loadSession(ctx, c) })
	if err != nil {
		return nil, err
	}
	now, ran := store.Micros(s.world.Now()), s.world.Ran().Microseconds()
	if v != nil && s.over(v, now, ran) {
		if v, err = s.conclude(ctx, c, v); err != nil {
			return nil, err
		}
	}
	if v == nil || s.over(v, now, ran) {
		return nil, errSignedOut
	}
	if !use {
		return v.principal, nil
	}
	v.seen.Store(max(now, v.seen.Load()))
	v.used.Store(ran)
	if touched := v.touched.Load(); now-touched >= touchAfter.Microseconds() && v.touched.CompareAndSwap(touched, now) {
		s.touch(ctx, c, now)
	}
	return v.principal, nil
}

// over reports whether a session has ended: unused for too long by the clock on the wall, or by the one that nobody turns. One that was
// used in the future has, too: the clock was turned back, and who has not seen it then does not know for how long it has not been used.
func (s *Service) over(v *verified, now, ran int64) bool {
	seen, idle := v.seen.Load(), s.Idle.Microseconds()
	return v.ended.Load() || now-seen >= idle || ran-v.used.Load() >= idle || seen-now > clockSkew.Microseconds()
}

// conclude ends a session that is over for good, whatever the clock will say later. Where another copy of the server knows of a later use, it
// returns the session as the database has it, and nil otherwise.
func (s *Service) conclude(ctx context.Context, c credential, v *verified) (*verified, error) {
	if v.ended.Load() {
		return nil, nil
	}
	var n int64
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM auth_session WHERE hash = $1 AND seen <= $2`, hex.EncodeToString(c[:]), v.seen.Load())
		return err
	})
	if err != nil {
		return nil, err
	}
	if n == 0 {
		again, err := s.loadSession(ctx, c)
		if err == nil {
			s.known.put(c, again)
			return again, nil
		}
		if !errors.Is(err, store.ErrNoRows) {
			return nil, err
		}
	}
	v.ended.Store(true)
	return nil, nil
}

// touch tells the database that a session is in use. That it could not is no reason to refuse a reader.
func (s *Service) touch(ctx context.Context, c credential, now int64) {
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE auth_session SET seen = $2 WHERE hash = $1 AND seen < $2`, hex.EncodeToString(c[:]), now)
		return err
	})
	if err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "a session's last use was not noted", "trace", casebook.ActorFrom(ctx).Trace, "error", err)
	}
}

func (s *Service) loadSession(ctx context.Context, c credential) (*verified, error) {
	v := &verified{study: casebook.Platform}
	p := &Principal{Kind: Person}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.revision, err = revision(ctx, tx, v.study); err != nil {
			return err
		}
		var password string
		var chosen, seen, vouched, passkeys int64
		err = tx.Row(ctx, `SELECT p.user_id, p.name, p.name_zh, p.locale, p.password, p.chosen, s.seen, s.expires, s.vouched,
			(SELECT count(*) FROM auth_passkey k WHERE k.user_id = p.user_id) FROM auth_session s
			JOIN auth_person p ON p.user_id = s.user_id WHERE s.hash = $1 AND p.active = 1`, hex.EncodeToString(c[:])).
			Scan(&p.User, &p.Name, &p.NameZH, &p.Locale, &password, &chosen, &seen, &v.expires, &vouched, &passkeys)
		if err != nil {
			return err
		}
		p.outside, p.passkey = password == "", passkeys > 0
		v.seen.Store(seen)
		v.touched.Store(seen)
		v.used.Store((s.world.Ran() - max(0, s.world.Now().Sub(store.Time(seen)))).Microseconds())
		if p.Grants, err = s.grantsInForce(ctx, tx, p.User); err != nil {
			return err
		}
		looks, end, err := supports(ctx, tx, p.User)
		if err != nil {
			return err
		}
		p.Grants, v.until = append(p.Grants, looks...), end
		if p.Stale = password != "" && s.Rules.stale(chosen, tx.Now); p.Stale {
			p.Grants = nil
			return nil
		}
		if vouched != 0 {
			return nil
		}
		return s.awaitFactor(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	v.principal = p
	return v, nil
}

// awaitFactor takes all rights from who holds a role that wants a second factor, until there is one.
func (s *Service) awaitFactor(ctx context.Context, tx *store.Tx, p *Principal) error {
	if !slices.ContainsFunc(p.Grants, func(g Grant) bool { return slices.Contains(s.SecondFactor, g.Role) }) {
		return nil
	}
	var n int64
	err := tx.Row(ctx, `SELECT count(*) FROM auth_factor WHERE user_id = $1`, p.User).Scan(&n)
	if n == 0 && err == nil {
		p.Grants, p.Unproven = nil, true
	}
	return err
}
