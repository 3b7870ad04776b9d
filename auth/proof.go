package auth

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"casebook"
	"casebook/store"

	"golang.org/x/oauth2"
)

// Who signs in by a provider has no password here. Right before a signature (21 CFR 11.200(a)) the provider asks for theirs,
// though they are signed in there (OpenID Connect Core 1.0, 3.1.2.1: prompt=login, max_age=0), and its word of when it did
// is held against when they were sent. What they bring back is a code that stands for the password: once, in the session
// that went out for it, and for a few minutes. Who has a passkey may prove it by that, too, and gets such a code.
const (
	proofPatience = 5 * time.Minute
	clockSkew     = time.Minute // by which the clock of the provider, or of another copy of the server, may differ
)

var errNotAsked = casebook.Fail(casebook.Unauthorized, "auth.provider.not_asked")

// getProof sends the browser of who is signed in to the provider, to prove again who is there.
func (s *Service) getProof(w http.ResponseWriter, r *http.Request) error {
	if s.Provider == nil {
		return errNoProvider
	}
	sum := digest(s.cookieOf(r))
	session := hex.EncodeToString(sum[:])
	err := s.db.Update(r.Context(), func(tx *store.Tx) error { // here, where nobody at an open browser can change it
		_, err := tx.Exec(r.Context(), `UPDATE auth_session SET proof_asked = $2 WHERE hash = $1`, session, store.Micros(tx.Now))
		return err
	})
	if err != nil {
		return err
	}
	return s.depart(w, r, errand{Session: session}, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
}

// attest notes in the session that went out that its user was asked, and returns the code. Errors: Unauthorized
// auth.provider.not_asked when the session did not go out, or the provider does not say that it asked since,
// auth.provider.refused when another came back.
func (s *Service) attest(ctx context.Context, c claims, e errand) (code string, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		var asked int64
		err := tx.Row(ctx, `SELECT s.proof_asked FROM auth_session s JOIN auth_external x ON x.user_id = s.user_id
			WHERE s.hash = $1 AND s.user_id = $2 AND s.expires > $3 AND x.issuer = $4 AND x.subject = $5`,
			e.Session, c.user, store.Micros(tx.Now), s.Provider.Issuer, c.subject).Scan(&asked)
		if errors.Is(err, store.ErrNoRows) {
			return errProvider
		}
		if err != nil {
			return err
		}
		if asked == 0 || c.asked.Before(store.Time(asked).Add(-clockSkew)) {
			return errNotAsked
		}
		code, err = s.proved(ctx, tx, e.Session)
		return err
	})
	return code, err
}

// proved notes in a session, by its hash, that its user has proved who they are, and returns the code for it.
func (s *Service) proved(ctx context.Context, tx *store.Tx, session string) (code string, err error) {
	code = base64.RawURLEncoding.EncodeToString(s.world.Bytes(32))
	sum := digest(code)
	_, err = tx.Exec(ctx, `UPDATE auth_session SET proof_asked = 0, proof = $2, proof_until = $3 WHERE hash = $1`,
		session, hex.EncodeToString(sum[:]), store.Micros(tx.Now.Add(proofPatience)))
	return code, err
}

// spend reports whether code was proved for the session, and makes sure that it never is again.
func (s *Service) spend(ctx context.Context, secret, code string) (proved bool, err error) {
	session, sum := digest(secret), digest(code)
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE auth_session SET proof = '', proof_until = 0 WHERE hash = $1 AND proof = $2 AND proof_until > $3`,
			hex.EncodeToString(session[:]), hex.EncodeToString(sum[:]), store.Micros(tx.Now))
		proved = n == 1
		return err
	})
	return proved, err
}
