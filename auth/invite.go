package auth

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// How long a link to choose a password is good.
const inviteTime = 72 * time.Hour

var errInvite = casebook.Fail(casebook.NotFound, "auth.invitation.unknown").At("token")

// Identified says how whoever manages access knows that somebody is who they say they are.
type Identified string

// The ways of knowing who somebody is. Each is enough for an account, and for a second factor in the place of a lost one (ASVS
// 5.0, 6.4.4).
const (
	ByDocument     Identified = "document"     // in person, by an identity document
	ByVideo        Identified = "video"        // in a video call, by an identity document
	ByAcquaintance Identified = "acquaintance" // in person or in a video call, by somebody who knows them
	ByOrganisation Identified = "organisation" // by their organisation's staff office, asked at an address that was known before
)

func (i Identified) check() error {
	switch i {
	case ByDocument, ByVideo, ByAcquaintance, ByOrganisation:
		return nil
	}
	return casebook.Fail(casebook.Unprocessable, "auth.identified").At("identified")
}

// Resetting is why somebody gets a link to choose a password again.
type Resetting struct {
	Factor     bool       // the second factor goes, too
	Identified Identified // how the person was identified; it must be said where the second factor goes
	Reason     string
}

// Invite makes a link, good once, by which user chooses a password: for a new account, or because the old password is
// lost or known to others. The old one ends at once, with all sessions; with why.Factor the second factor goes, too, for who
// has lost it. A tie to an identity provider ends, too: the next to sign in there is tied anew. The token is kept nowhere. An earlier link of
// the user's is void. Error: Unprocessable auth.identified.
func (s *Service) Invite(ctx context.Context, user casebook.UserID, why Resetting) (token string, expires time.Time, err error) {
	if why.Factor || why.Identified != "" {
		if err := why.Identified.check(); err != nil {
			return "", expires, err
		}
	}
	reason := why.Reason
	token = base64.RawURLEncoding.EncodeToString(s.world.Bytes(32))
	err = s.changePerson(ctx, user, func(w *ledger.Writer) error {
		var stored string
		if err := w.Row(ctx, `SELECT password FROM auth_person WHERE user_id = $1`, user).Scan(&stored); err != nil {
			return err
		}
		if stored != "" {
			if err := s.keepPast(ctx, w, user); err != nil {
				return err
			}
			if _, err := w.Exec(ctx, `UPDATE auth_person SET password = '' WHERE user_id = $1`, user); err != nil {
				return err
			}
			if err := record(ctx, w, ledger.Entry{What: "auth.password.set", Ref: string(user), Reason: reason}, nil, passwordState{}); err != nil {
				return err
			}
		}
		if why.Factor {
			if err := removeFactor(ctx, w, user, reason); err != nil && casebook.KindOf(err) != casebook.NotFound {
				return err
			}
		}
		if err := untie(ctx, w, user, reason); err != nil {
			return err
		}
		expires, err = invite(ctx, w, user, token, why)
		return err
	})
	return token, expires, err
}

func invite(ctx context.Context, w *ledger.Writer, user casebook.UserID, token string, why Resetting) (time.Time, error) {
	sum, expires := digest(token), w.Now.Add(inviteTime)
	i := inviteState{hex.EncodeToString(sum[:]), store.Micros(expires), why.Identified}
	_, err := w.Exec(ctx, `INSERT INTO auth_invite(user_id, hash, expires) VALUES($1,$2,$3)
		ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, expires = excluded.expires`, user, i.Hash, i.Expires)
	if err != nil {
		return expires, err
	}
	return expires, record(ctx, w, ledger.Entry{What: "auth.person.invited", Ref: string(user), Reason: why.Reason}, nil, i)
}

// InviteFirst makes the token by which the first administrator opens an account, "" when there are accounts already. One
// that was made before is void.
func (s *Service) InviteFirst(ctx context.Context) (token string, err error) {
	var n int64
	err = s.db.View(ctx, func(tx *store.Tx) error { return tx.Row(ctx, `SELECT count(*) FROM auth_person`).Scan(&n) })
	if err != nil || n > 0 {
		return "", err
	}
	token = base64.RawURLEncoding.EncodeToString(s.world.Bytes(32))
	return token, s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		_, err := invite(ctx, w, "", token, Resetting{})
		return err
	})
}

// Invited returns whom a token is for: an account, or "" for who becomes the first administrator. Error: NotFound
// auth.invitation.unknown, also for one that was used or is too old.
func (s *Service) Invited(ctx context.Context, token string) (user casebook.UserID, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { user, err = invited(ctx, tx, token); return err })
	return user, err
}

func invited(ctx context.Context, tx *store.Tx, token string) (user casebook.UserID, err error) {
	sum := digest(token)
	err = tx.Row(ctx, `SELECT user_id FROM auth_invite WHERE hash = $1 AND expires > $2`, hex.EncodeToString(sum[:]), store.Micros(tx.Now)).Scan(&user)
	if errors.Is(err, store.ErrNoRows) {
		err = errInvite
	}
	return user, err
}

// Accept uses a token up: its person gets the password of n, whose other fields count only for the first administrator,
// who gets an account, too. It returns who that is. Errors: as Invited, CreatePerson and SetPassword.
func (s *Service) Accept(ctx context.Context, token string, n NewPerson) (casebook.UserID, error) {
	user, err := s.Invited(ctx, token)
	if err != nil {
		return "", err
	}
	first := user == ""
	if first {
		user = n.User
		if err := n.check(); err != nil {
			return "", err
		}
	}
	stored, err := s.newPassword(ctx, user, n.Password)
	if err != nil {
		return "", err
	}
	ctx = casebook.WithActor(ctx, casebook.Actor{User: user, Trace: casebook.ActorFrom(ctx).Trace})
	defer s.forget()
	return user, s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		ref, err := invited(ctx, w.Tx, token)
		if err != nil {
			return err // used meanwhile
		}
		if _, err := w.Exec(ctx, `DELETE FROM auth_invite WHERE user_id = $1`, ref); err != nil {
			return err
		}
		if err := record(ctx, w, ledger.Entry{What: "auth.invitation.used", Ref: string(ref)}, nil, nil); err != nil {
			return err
		}
		if first {
			return s.firstAdmin(ctx, w, n, stored)
		}
		return s.setPassword(ctx, w, user, stored)
	})
}

// firstAdmin opens the first account, unless there is one by now.
func (s *Service) firstAdmin(ctx context.Context, w *ledger.Writer, n NewPerson, stored string) error {
	var others int64
	if err := w.Row(ctx, `SELECT count(*) FROM auth_person`).Scan(&others); err != nil {
		return err
	}
	if others > 0 {
		return errInvite
	}
	if err := createPerson(ctx, w, n, stored); err != nil {
		return err
	}
	first := Grant{Study: casebook.Platform, Role: Admin}
	if s.Separate {
		first.Role = Security // who then says who runs the installation, and who audits
	}
	return grantRole(ctx, w, n.User, first)
}
