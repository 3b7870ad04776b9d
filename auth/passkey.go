package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/vault"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxPasskeys    = 20
	maxPasskeyName = 60 // characters
)

// Passkey is one of a person's passkeys, as its owner sees it.
type Passkey struct {
	ID      string    `json:"id"` // the credential's
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
}

type passkeyState struct {
	User  casebook.UserID `json:"user"`
	Name  string          `json:"name"`
	Key   string          `json:"key"` // the public one
	Party string          `json:"party"`
}

func passkeysOf(ctx context.Context, tx *store.Tx, user casebook.UserID) ([]Passkey, error) {
	return store.All(ctx, tx, func(r *store.Rows) (p Passkey, err error) {
		var created, used int64
		err = r.Scan(&p.ID, &p.Name, &created, &used)
		p.Created = store.Time(created)
		if used > 0 {
			p.Used = store.Time(used)
		}
		return p, err
	}, `SELECT credential, name, created, used FROM auth_passkey WHERE user_id = $1 ORDER BY created, credential`, user)
}

// AddPasskey gives user, who is signed in, the passkey that a browser has made for the challenge that it was
// offered. Who has no second factor so far gets recovery codes, which are kept nowhere. The user's other sessions end.
// Errors: Unprocessable auth.passkey.*; Conflict auth.passkey.taken, auth.passkey.many.
func (s *Service) AddPasskey(r *http.Request, user casebook.UserID, name string, text jsontext.Value) (recovery []string, err error) {
	ctx, secret := r.Context(), s.cookieOf(r)
	name, err = passkeyName(name)
	if err != nil {
		return nil, err
	}
	m, err := s.verifyNew(r, registers(user, secret), text)
	if err != nil {
		return nil, err
	}
	codes, hashes := s.newRecovery()
	defer s.forget()
	err = s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); err != nil {
			return err
		}
		if err := s.spendChallenge(ctx, w.Tx, m.challenge, m.until); err != nil {
			return err
		}
		if err := addPasskey(ctx, w, user, name, m); err != nil {
			return err
		}
		first, err := w.Exec(ctx, `INSERT INTO auth_factor(user_id, secret, recovery, since, step) VALUES($1,'',$2,$3,0) ON CONFLICT (user_id) DO NOTHING`,
			user, hashes, store.Micros(w.Now))
		if err != nil {
			return err
		}
		if first == 1 {
			recovery = codes
			if err := record(ctx, w, ledger.Entry{What: "auth.factor.enrolled", Ref: string(user)}, nil, factorState{"", hashes}); err != nil {
				return err
			}
		}
		return endOthers(ctx, w.Tx, user, secret)
	})
	return recovery, err
}

// handleOf is what authenticators keep of user: as with a passkey that there is, else as by makes it.
func handleOf(ctx context.Context, tx *store.Tx, user casebook.UserID, by vault.Key) (handle string, err error) {
	err = tx.Row(ctx, `SELECT handle FROM auth_passkey WHERE user_id = $1 AND handle <> '' ORDER BY created, credential LIMIT 1`, user).Scan(&handle)
	if errors.Is(err, store.ErrNoRows) {
		return handleBy(by, user), nil
	}
	return handle, err
}

func addPasskey(ctx context.Context, w *ledger.Writer, user casebook.UserID, name string, m made) error {
	var n int64
	if err := w.Row(ctx, `SELECT count(*) FROM auth_passkey WHERE user_id = $1`, user).Scan(&n); err != nil {
		return err
	}
	if n >= maxPasskeys {
		return casebook.Fail(casebook.Conflict, "auth.passkey.many", maxPasskeys)
	}
	handle, err := handleOf(ctx, w.Tx, user, m.by)
	if err != nil {
		return err
	}
	n, err = w.Exec(ctx, `INSERT INTO auth_passkey(credential, user_id, name, public_key, party, created, counter, used, handle)
		VALUES($1,$2,$3,$4,$5,$6,$7,0,$8) ON CONFLICT (credential) DO NOTHING`, m.credential, user, name, m.key, m.party, store.Micros(w.Now), int64(m.counter), handle)
	if err != nil {
		return err
	}
	if n == 0 {
		return casebook.Fail(casebook.Conflict, "auth.passkey.taken").At("passkey")
	}
	return record(ctx, w, ledger.Entry{What: "auth.passkey.added", Ref: m.credential}, nil, passkeyState{user, name, m.key, m.party})
}

func passkeyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxPasskeyName || strings.ContainsRune(name, 0) {
		return "", casebook.Fail(casebook.Unprocessable, "auth.passkey.name", maxPasskeyName).At("name")
	}
	return name, nil
}

// NamePasskey gives one of user's passkeys another name. Error: NotFound auth.passkey.unknown.
func (s *Service) NamePasskey(ctx context.Context, user casebook.UserID, id, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); err != nil {
			return err
		}
		p, err := ownPasskey(ctx, w, user, id)
		if err != nil || p.Name == name {
			return err
		}
		if _, err := w.Exec(ctx, `UPDATE auth_passkey SET name = $2 WHERE credential = $1`, id, name); err != nil {
			return err
		}
		was := p
		p.Name = name
		return record(ctx, w, ledger.Entry{What: "auth.passkey.named", Ref: id}, was, p)
	})
}

func ownPasskey(ctx context.Context, w *ledger.Writer, user casebook.UserID, id string) (p passkeyState, err error) {
	err = w.Row(ctx, `SELECT user_id, name, public_key, party FROM auth_passkey WHERE credential = $1 AND user_id = $2`, id, user).Scan(&p.User, &p.Name, &p.Key, &p.Party)
	if errors.Is(err, store.ErrNoRows) {
		err = casebook.Fail(casebook.NotFound, "auth.passkey.unknown").At("passkey")
	}
	return p, err
}

// RemovePasskey takes one of user's passkeys away, and with the last one the second factor, unless there is an
// authenticator app. All sessions of the user end. Error: NotFound auth.passkey.unknown.
func (s *Service) RemovePasskey(ctx context.Context, user casebook.UserID, id, reason string) error {
	return s.changePerson(ctx, user, func(w *ledger.Writer) error {
		p, err := ownPasskey(ctx, w, user, id)
		if err != nil {
			return err
		}
		if err := removePasskey(ctx, w, id, p, reason); err != nil {
			return err
		}
		n, err := w.Exec(ctx, `DELETE FROM auth_factor WHERE user_id = $1 AND secret = '' AND NOT EXISTS (SELECT 1 FROM auth_passkey p WHERE p.user_id = $1)`, user)
		if err != nil || n == 0 {
			return err
		}
		return record(ctx, w, ledger.Entry{What: "auth.factor.removed", Ref: string(user), Reason: reason}, nil, nil)
	})
}

func removePasskey(ctx context.Context, w *ledger.Writer, id string, p passkeyState, reason string) error {
	if _, err := w.Exec(ctx, `DELETE FROM auth_passkey WHERE credential = $1`, id); err != nil {
		return err
	}
	return record(ctx, w, ledger.Entry{What: "auth.passkey.removed", Ref: id, Reason: reason}, p, nil)
}

// removePasskeys takes all passkeys of user away.
func removePasskeys(ctx context.Context, w *ledger.Writer, user casebook.UserID, reason string) error {
	all, err := passkeysOf(ctx, w.Tx, user)
	for _, k := range all {
		if err != nil {
			break
		}
		var p passkeyState
		if p, err = ownPasskey(ctx, w, user, k.ID); err == nil {
			err = removePasskey(ctx, w, k.ID, p, reason)
		}
	}
	return err
}

// EnterByPasskey opens a session for the owner of a passkey, by what its authenticator says: two factors in one. An
// account that has no password here, because it was reset or is an identity provider's, is opened by none. Errors:
// Unprocessable auth.passkey.*; TooMany auth.throttled.
func (s *Service) EnterByPasskey(r *http.Request, text jsontext.Value) (secret string, p *Principal, err error) {
	ctx, a := r.Context(), Attempt{Address: s.Address(r), Agent: r.UserAgent(), Previous: s.cookieOf(r), vouched: true}
	user, err := s.usePasskey(r, enters, "", text)
	if err != nil {
		return "", nil, err
	}
	return s.signedIn(ctx, user, a)
}

// usePasskey verifies an answer to a challenge, uses it up, and returns whose passkey it was: user's, when one is named.
// What does not fit counts as a failed sign-in, but for a challenge that is over.
func (s *Service) usePasskey(r *http.Request, c ceremony, user casebook.UserID, text jsontext.Value) (casebook.UserID, error) {
	ctx, address := r.Context(), s.Address(r)
	answer, credential, err := parseUse(text)
	if err != nil {
		return "", err
	}
	var k kept
	err = s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.Row(ctx, `SELECT k.user_id, k.public_key, k.party, k.handle FROM auth_passkey k JOIN auth_person p ON p.user_id = k.user_id
			WHERE k.credential = $1 AND p.active = 1 AND p.password <> ''`, credential).Scan(&k.user, &k.key, &k.party, &k.handle)
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		return throttled(ctx, tx, counted(k.user, err == nil), address)
	})
	if err != nil {
		return "", err
	}
	if k.user == "" || user != "" && k.user != user {
		return "", s.failedWith(ctx, "", address, errUnknown)
	}
	u, err := s.verifyUse(r, c, answer, k)
	if err == nil {
		err = s.spendUse(ctx, u)
	}
	switch {
	case errors.Is(err, errCounter):
		return "", s.doubt(ctx, k.user, u)
	case err != nil && !errors.Is(err, errAnswered) && casebook.KindOf(err) == casebook.Unprocessable:
		return "", s.failedWith(ctx, k.user, address, err)
	}
	return k.user, err
}

// failedWith counts a failure and returns why it was one.
func (s *Service) failedWith(ctx context.Context, user casebook.UserID, address string, why error) error {
	if err := s.failed(ctx, user, user != "", address); !errors.Is(err, errFailed) {
		return err
	}
	return why
}

// spendUse makes sure that an answer is the first to its challenge, and that the authenticator has counted on since its
// last one; those that count nothing say 0 (section 6.1.1).
func (s *Service) spendUse(ctx context.Context, u used) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		if err := s.spendChallenge(ctx, tx, u.challenge, u.until); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE auth_passkey SET counter = $2, used = $3 WHERE credential = $1 AND (counter < $2 OR counter = 0 AND $2 = 0)`,
			u.credential, int64(u.counter), store.Micros(tx.Now))
		if err == nil && n == 0 {
			err = errCounter
		}
		return err
	})
}

// spendChallenge notes that a challenge was answered. Error: auth.passkey.challenge when it was before.
func (s *Service) spendChallenge(ctx context.Context, tx *store.Tx, challenge string, until int64) error {
	if err := tx.Later(ctx, `DELETE FROM auth_challenge WHERE until <= $1`, store.Micros(tx.Now)); err != nil {
		return err
	}
	sum := digest(challenge)
	n, err := tx.Exec(ctx, `INSERT INTO auth_challenge(hash, until) VALUES($1,$2) ON CONFLICT (hash) DO NOTHING`, hex.EncodeToString(sum[:]), until)
	if err == nil && n == 0 {
		err = errAnswered
	}
	return err
}

// doubt records that an authenticator has counted back: there may be a copy of it.
func (s *Service) doubt(ctx context.Context, user casebook.UserID, u used) error {
	err := s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		return record(ctx, w, ledger.Entry{What: "auth.passkey.doubted", Ref: u.credential}, nil, struct {
			User  casebook.UserID `json:"user"`
			Count uint32          `json:"count"`
		}{user, u.counter})
	})
	if err != nil {
		return err
	}
	return errCounter
}

// ProveByPasskey notes in the session of who is signed in that one of their passkeys was used, and returns a code that
// stands once and for a few minutes for the second factor there, and for the password at a signature. Errors:
// Unprocessable auth.passkey.*; TooMany auth.throttled.
func (s *Service) ProveByPasskey(r *http.Request, text jsontext.Value) (code string, err error) {
	user, secret := From(r.Context()).User, s.cookieOf(r)
	if _, err := s.usePasskey(r, signs(user, secret), user, text); err != nil {
		return "", err
	}
	session := digest(secret)
	err = s.db.Update(r.Context(), func(tx *store.Tx) (err error) {
		code, err = s.proved(r.Context(), tx, hex.EncodeToString(session[:]))
		return err
	})
	return code, err
}
