package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"casebook"
	"casebook/store"
)

// signingSeries is how long after a signature the next one of the same session needs only one component.
const signingSeries = 30 * time.Minute

// Reauthenticate makes sure, right before an electronic signature, that who is signed in is who signs (21 CFR
// 11.200(a)): at the first signing of a session both components are asked, the user's name and the password, and at the
// later ones of an uninterrupted series the password. The code by which a provider or a passkey proved who is there stands
// for the password. Nobody can sign as
// somebody else. Errors: Unauthorized
// auth.sign.both when the name is missing, auth.sign.failed for anything that does not fit; TooMany auth.throttled.
func (s *Service) Reauthenticate(r *http.Request, user, password string) error {
	ctx := r.Context()
	p, secret := From(ctx), s.cookieOf(r)
	if p == nil || p.Kind != Person || secret == "" || r.Header.Get("Authorization") != "" {
		return casebook.Fail(casebook.Forbidden, "auth.sign.person")
	}
	in := signing{Session: secret, Address: s.Address(r), User: user, Password: password}
	switch {
	case !p.introduced:
		return s.reauthenticate(ctx, p, in)
	case s.signing != nil:
		return s.signing(ctx, in)
	}
	return casebook.Fail(casebook.Forbidden, "auth.sign.elsewhere")
}

// reauthenticate judges what somebody gave who signs, in the session that it names.
func (s *Service) reauthenticate(ctx context.Context, p *Principal, in signing) error {
	if in.User == "" {
		series, err := s.inSeries(ctx, in.Session)
		if err != nil {
			return err
		}
		if !series {
			return casebook.Fail(casebook.Unprocessable, "auth.sign.both").At("user")
		}
	}
	if err := s.present(ctx, p.User, in); errors.Is(err, errFailed) {
		return casebook.Fail(casebook.Unprocessable, "auth.sign.failed").At("password")
	} else if err != nil {
		return err
	}
	return s.noteSigning(ctx, in.Session)
}

// present makes sure that user, who is signed in, is there now: by the password, or by the code with which the provider or a passkey proved
// it, and by the name where one was given. What does not fit counts as an attempt to sign in. Errors: Unauthorized auth.failed, TooMany
// auth.throttled.
func (s *Service) present(ctx context.Context, user casebook.UserID, in signing) error {
	if err := s.hashing.enter(ctx); err != nil {
		return err
	}
	defer s.hashing.leave()
	stored, known, err := s.lookUp(ctx, user, in.Address)
	if err != nil {
		return err
	}
	same := in.User == "" || strings.ToLower(strings.TrimSpace(in.User)) == string(user)
	proved := len(in.Password) <= 4*maxPassword && s.Cost.fits(stored, in.Password)
	if !proved && same {
		if proved, err = s.spend(ctx, in.Session, in.Password); err != nil {
			return err
		}
	}
	if !proved || !same {
		return s.failed(ctx, user, known, in.Address)
	}
	return nil
}

func (s *Service) inSeries(ctx context.Context, secret string) (series bool, err error) {
	c := digest(secret)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var signed int64
		err := tx.Row(ctx, `SELECT signed FROM auth_session WHERE hash = $1`, hex.EncodeToString(c[:])).Scan(&signed)
		if errors.Is(err, store.ErrNoRows) {
			return errSignedOut
		}
		series = signed > 0 && s.world.Now().Sub(store.Time(signed)) < signingSeries
		return err
	})
	return series, err
}

func (s *Service) noteSigning(ctx context.Context, secret string) error {
	c := digest(secret)
	return s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE auth_session SET signed = $2 WHERE hash = $1`, hex.EncodeToString(c[:]), store.Micros(tx.Now))
		return err
	})
}
