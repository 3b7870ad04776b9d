package auth

import (
	"context"
	"encoding/base64"
	"errors"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/vault"
)

// Reseal seals the secrets of authenticators under the last key that are under another, while others go on, and returns how many those were.
// What somebody changes meanwhile is left to them. Access tokens and challenges of an older key are good for their minutes, as long as it is there.
func (s *Service) Reseal(ctx context.Context) (n int64, err error) {
	if err := s.keepHandles(ctx); err != nil {
		return 0, err
	}
	kept := map[casebook.UserID]string{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, func(r *store.Rows) error {
			var user casebook.UserID
			var sealed string
			err := r.Scan(&user, &sealed)
			kept[user] = sealed
			return err
		}, `SELECT user_id, secret FROM auth_factor WHERE secret <> ''`)
	})
	for user, sealed := range kept {
		if err != nil {
			break
		}
		var changed int64
		changed, err = s.resealFactor(ctx, user, sealed)
		n += changed
	}
	return n, err
}

func (s *Service) resealFactor(ctx context.Context, user casebook.UserID, sealed string) (changed int64, err error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return 0, casebook.Fail(casebook.Internal, "auth.factor.sealed")
	}
	text, was, err := s.Keys.Reseal(s.world, text, []byte(user))
	if errors.Is(err, vault.ErrNoKey) {
		err = casebook.Fail(casebook.Internal, "auth.factor.sealed")
	}
	if err != nil || !was {
		return 0, err
	}
	anew := base64.StdEncoding.EncodeToString(text)
	err = s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) (err error) {
		changed, err = w.Exec(ctx, `UPDATE auth_factor SET secret = $3 WHERE user_id = $1 AND secret = $2`, user, sealed, anew)
		if err != nil || changed == 0 {
			return err
		}
		return record(ctx, w, ledger.Entry{What: "auth.factor.resealed", Ref: string(user)}, nil, struct {
			Secret string `json:"secret"`
		}{sealOf(anew)})
	})
	return changed, err
}

// keepHandles notes with passkeys that came without what their authenticators keep of their owners: it was made by the oldest key.
func (s *Service) keepHandles(ctx context.Context) error {
	keys, err := s.Keys.Keys()
	if err != nil || len(keys) == 0 {
		return err
	}
	oldest := keys[len(keys)-1]
	return s.db.Update(ctx, func(tx *store.Tx) error {
		owners, err := store.All(ctx, tx, func(r *store.Rows) (user casebook.UserID, err error) { err = r.Scan(&user); return user, err },
			`SELECT DISTINCT user_id FROM auth_passkey WHERE handle = ''`)
		for _, user := range owners {
			if err == nil {
				_, err = tx.Exec(ctx, `UPDATE auth_passkey SET handle = $2 WHERE user_id = $1 AND handle = ''`, user, handleBy(oldest, user))
			}
		}
		return err
	})
}
