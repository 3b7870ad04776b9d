package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// opened is one of a person's sessions, as its owner sees it. Its id tells nobody the secret: it is the beginning of the
// secret's hash.
type opened struct {
	ID      string    `json:"id"`
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"seen"`
	Here    bool      `json:"here"` // the one that asks
}

// deviceID is how many characters of a session's hash name it.
const deviceID = 24

func (s *Service) sessionsOf(ctx context.Context, tx *store.Tx, user casebook.UserID, own string) ([]opened, error) {
	now := store.Micros(tx.Now)
	mine := digest(own)
	return store.All(ctx, tx, func(r *store.Rows) (o opened, err error) {
		var hash string
		var created, seen int64
		err = r.Scan(&hash, &created, &seen, &o.Address, &o.Agent)
		o.ID, o.Here, o.Since, o.Seen = hash[:deviceID], hash == hex.EncodeToString(mine[:]), store.Time(created), store.Time(seen)
		return o, err
	}, `SELECT hash, created, seen, address, agent FROM auth_session WHERE user_id = $1 AND expires > $2 AND seen > $3 ORDER BY seen DESC, hash`,
		user, now, now-s.Idle.Microseconds())
}

// EndSession ends the session of user's that id names, everywhere within the second.
func (s *Service) EndSession(ctx context.Context, user casebook.UserID, id string) error {
	defer s.forget()
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `DELETE FROM auth_session WHERE user_id = $1 AND substr(hash, 1, $3) = $2`, user, id, deviceID)
		if err != nil {
			return err
		}
		if n == 0 {
			return casebook.Fail(casebook.NotFound, "auth.session.unknown").At("session")
		}
		w.Record(ctx, ledger.Entry{What: "auth.signed_out", Ref: string(user)})
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
}

// EndOthers ends the sessions of user's but the one of secret, everywhere within the second, and returns how many ended.
func (s *Service) EndOthers(ctx context.Context, user casebook.UserID, secret string) (ended int64, err error) {
	defer s.forget()
	own := digest(secret)
	err = s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) (err error) {
		ended, err = w.Exec(ctx, `DELETE FROM auth_session WHERE user_id = $1 AND hash <> $2`, user, hex.EncodeToString(own[:]))
		if err != nil || ended == 0 {
			return err
		}
		for range ended {
			w.Record(ctx, ledger.Entry{What: "auth.signed_out", Ref: string(user)})
		}
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
	return ended, err
}

// getAccount answers one's own second factor and sessions.
func (s *Service) getAccount(w http.ResponseWriter, r *http.Request) error {
	p := From(r.Context())
	answer := struct {
		Factor   bool          `json:"factor"`   // an authenticator app
		Recovery int           `json:"recovery"` // codes that are left
		Passkeys []Passkey     `json:"passkeys"`
		Passkey  bool          `json:"passkey"` // whether one can be added: not where the server's name is an address
		Sessions []opened      `json:"sessions"`
		Rules    PasswordRules `json:"rules"` // beyond what everybody is asked
	}{Sessions: []opened{}, Rules: s.Rules}
	answer.Rules.Common = "" // a path of this machine
	_, _, err := s.party(r)
	answer.Passkey = err == nil
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		var secret, kept string
		err := tx.Row(r.Context(), `SELECT secret, recovery FROM auth_factor WHERE user_id = $1`, p.User).Scan(&secret, &kept)
		if err == nil {
			answer.Factor, answer.Recovery = secret != "", len(strings.Fields(kept))
		} else if !errors.Is(err, store.ErrNoRows) {
			return err
		}
		if answer.Passkeys, err = passkeysOf(r.Context(), tx, p.User); err != nil {
			return err
		}
		answer.Sessions, err = s.sessionsOf(r.Context(), tx, p.User, s.cookieOf(r))
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, answer)
}

// deleteDevice ends one of one's own sessions: {password}, or the code that stands for it at a signature. Signing out of this one needs none.
func (s *Service) deleteDevice(w http.ResponseWriter, r *http.Request) error {
	ctx, err := s.ends(r)
	if err != nil {
		return err
	}
	if err := s.EndSession(ctx, From(ctx).User, r.PathValue("session")); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// deleteDevices ends all of one's own sessions but this one: {password}, or the code that stands for it at a signature.
func (s *Service) deleteDevices(w http.ResponseWriter, r *http.Request) error {
	ctx, err := s.ends(r)
	if err != nil {
		return err
	}
	ended, err := s.EndOthers(ctx, From(ctx).User, s.cookieOf(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"ended": ended})
}

// ends makes sure that who ends sessions is who is signed in, so that who finds an open browser cannot lock its owner out elsewhere. Who has
// no password here has a provider, or a passkey, prove it.
func (s *Service) ends(r *http.Request) (context.Context, error) {
	var in struct {
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return nil, err
	}
	ctx := acts(r)
	err := s.present(ctx, From(ctx).User, signing{Session: s.cookieOf(r), Address: s.Address(r), Password: in.Password})
	return ctx, asked(err, "password")
}

func (s *Service) postOffer(w http.ResponseWriter, r *http.Request) error {
	offer, err := s.OfferFactor(From(r.Context()).User)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, offer)
}

// postFactor enrols a second factor: {password, secret, code}. The password is asked for again, so that who finds an open
// browser cannot.
func (s *Service) postFactor(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string `json:"password"`
		Secret   string `json:"secret"`
		Code     string `json:"code"`
	}
	p, ctx, err := s.again(r, &in, func() string { return in.Password })
	if err != nil {
		return err
	}
	codes, err := s.EnrolFactor(ctx, p.User, s.cookieOf(r), in.Secret, in.Code)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"recovery": codes})
}

// deleteFactor takes one's own authenticator app away: {password, code}. It ends all sessions, this one, too.
func (s *Service) deleteFactor(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string `json:"password"`
		Code     string `json:"code"`
	}
	p, ctx, err := s.again(r, &in, func() string { return in.Password })
	if err != nil {
		return err
	}
	if err := s.proveHere(r.WithContext(ctx), p.User, in.Code); err != nil {
		return asked(err, "code")
	}
	if err := s.RemoveFactor(ctx, p.User, ""); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// putPassword exchanges one's own password: {password, code, new}. It ends all sessions and opens a new one here.
func (s *Service) putPassword(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string `json:"password"`
		Code     string `json:"code"`
		New      string `json:"new"`
	}
	p, ctx, err := s.again(r, &in, func() string { return in.Password })
	if err != nil {
		return err
	}
	if err := s.proveHere(r.WithContext(ctx), p.User, in.Code); err != nil {
		return asked(err, "code")
	}
	if err := s.SetPassword(ctx, p.User, in.New); err != nil {
		return err
	}
	secret, now, err := s.signedIn(ctx, p.User, Attempt{Address: s.Address(r), Agent: r.UserAgent(), Previous: s.cookieOf(r)})
	if err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, secret, int(s.Absolute.Seconds())))
	return web.JSON(w, http.StatusOK, s.sessionOf(now))
}

// acts is a request's context in which its person acts for themselves, in no role.
func acts(r *http.Request) context.Context {
	return web.WithActor(r.Context(), casebook.Actor{User: From(r.Context()).User, Trace: casebook.ActorFrom(r.Context()).Trace})
}

// again reads a body and makes sure, by the password in it, that who is signed in is who asks. The context it returns
// acts as that person.
func (s *Service) again(r *http.Request, in any, password func() string) (*Principal, context.Context, error) {
	p := From(r.Context())
	if err := web.Decode(r, maxPasskey, in); err != nil {
		return nil, nil, err
	}
	ctx := acts(r)
	if err := s.hashing.enter(ctx); err != nil {
		return nil, nil, err
	}
	defer s.hashing.leave()
	stored, known, err := s.lookUp(ctx, p.User, s.Address(r))
	if err != nil {
		return nil, nil, err
	}
	if text := password(); len(text) > 4*maxPassword || !s.Cost.fits(stored, text) {
		return nil, nil, asked(s.failed(ctx, p.User, known, s.Address(r)), "password")
	}
	return p, ctx, nil
}

// proveHere is prove inside a session, where the code that a passkey was used for will do, too.
func (s *Service) proveHere(r *http.Request, user casebook.UserID, code string) error {
	if code != "" {
		if spent, err := s.spend(r.Context(), s.cookieOf(r), code); spent || err != nil {
			return err
		}
	}
	return s.prove(r.Context(), user, code, s.Address(r))
}

// asked says of a proof that failed inside a session where it failed, and not that the session is over.
func asked(err error, place string) error {
	switch {
	case errors.Is(err, errSecond):
		return casebook.Fail(casebook.Unprocessable, "auth.second_factor").At(place)
	case errors.Is(err, errOver):
		return casebook.Fail(casebook.Unprocessable, "auth.code_over").At(place)
	case errors.Is(err, errFailed):
		return casebook.Fail(casebook.Unprocessable, "auth.proof").At(place)
	}
	return err
}

// postInvitation answers whom a link is for: {token}. The token comes in a body, which no log sees.
func (s *Service) postInvitation(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token string `json:"token"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	user, err := s.Invited(r.Context(), in.Token)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"user": user, "first": user == ""})
}

// putInvitation chooses the password: {token, password}, and of the first administrator {user, name, nameZh, locale}.
func (s *Service) putInvitation(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Token    string          `json:"token"`
		Password string          `json:"password"`
		User     casebook.UserID `json:"user"`
		Name     string          `json:"name"`
		NameZH   string          `json:"nameZh"`
		Locale   string          `json:"locale"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	user, err := s.Accept(r.Context(), in.Token, NewPerson{in.User, in.Name, in.NameZH, in.Locale, in.Password})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"user": user})
}
