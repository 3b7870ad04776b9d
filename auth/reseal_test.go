package auth_test

import (
	"bytes"
	"net/url"
	"slices"
	"testing"
	"time"

	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/vault"
)

// TestAnotherKeyOfSecondFactorsIsTakenWhileServersGoOn has lin, with a passkey of before and one of now, mona, with an app, and a program;
// one server goes on with the key of before until it needs the other, and then that key is gone.
func TestAnotherKeyOfSecondFactorsIsTakenWhileServersGoOn(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		old, next := vault.Key(bytes.Repeat([]byte{1}, 32)), vault.Key(bytes.Repeat([]byte{2}, 32))
		keys := []vault.Key{old}
		k.auth.Keys = vault.NewRing(func() ([]vault.Key, error) { return keys, nil })
		running := auth.New(ledger.New(k.db, ledger.Options{}), k.world)
		running.Cost, running.Keys = k.auth.Cost, vault.NewRing(func() ([]vault.Key, error) { return keys, nil })
		l := ledger.New(k.db, ledger.Options{})

		before, now := newAuthenticator(k.t), newAuthenticator(k.t)
		recovery := k.add(before, "before", "").Recovery
		k.must(k.db.Update(k.t.Context(), func(tx *store.Tx) error { // as an older version kept it
			_, err := tx.Exec(k.t.Context(), `UPDATE auth_passkey SET handle = ''`)
			return err
		}))
		k.add(now, "now", recovery[0])
		k.person("mona")
		app, _ := k.enrol("mona", "")
		key, id := k.client(auth.NewToken{Scopes: []auth.Action{auth.StudyRead}})
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {key}}
		_, answer, _ := exchange(k.h, form)
		token := answer["access_token"].(string)
		offered := k.challenge()

		keys = []vault.Key{old, next}
		if n, err := k.auth.Reseal(k.ctx()); n != 1 || err != nil {
			k.t.Fatalf("%d sealed anew: %v", n, err)
		}
		if n, err := k.auth.Reseal(k.ctx()); n != 0 || err != nil {
			k.t.Errorf("and again %d: %v", n, err)
		}
		if code := refused(running, bearing(token)); code != "" {
			k.t.Errorf("the token of before: %s", code)
		}
		if _, code := k.enterBy(before.use(offered)); code != "" {
			k.t.Errorf("the challenge of before: %s", code)
		}
		k.clock.Add(time.Minute)
		_, _, err := running.Enter(k.t.Context(), auth.Attempt{User: "mona", Password: password, Code: app(), Address: "10.0.0.1"})
		k.must(err)

		keys = []vault.Key{next}
		_, answer, _ = exchange(k.h, form) // which asks for the keys
		if refused(k.auth, bearing(token)) == "" || refused(k.auth, bearing(answer["access_token"].(string))) != "" {
			k.t.Error("the key that is gone is good for a token, or that which is here is not")
		}
		for _, a := range []*authenticator{before, now} {
			if _, code := k.enterBy(a.use(k.challenge())); code != "" {
				k.t.Errorf("a passkey by the other key: %s", code)
			}
		}
		stranger := *now
		stranger.owner = "AAAA"
		if _, code := k.enterBy(stranger.use(k.challenge())); code != "auth.passkey.refused" {
			k.t.Errorf("a passkey that is somebody else's: %q", code)
		}
		now.counter = stranger.counter
		k.clock.Add(time.Minute)
		if code := k.enter("mona", app(), "10.0.0.1"); code != "" {
			k.t.Errorf("the app by the other key: %s", code)
		}
		if found := k.findings(l); len(found) > 0 {
			k.t.Errorf("verification finds %v", found)
		}
		thief := auth.New(ledger.New(k.db, ledger.Options{}), k.world)
		thief.Keys = ring(old)
		if _, err := thief.Reseal(k.ctx()); codeOf(k.ward, err) != "auth.factor.sealed" {
			k.t.Errorf("by the key that is gone: %v", err)
		}
		k.must(k.db.Update(k.t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(k.t.Context(), `UPDATE auth_factor SET secret = 'AAAA' WHERE user_id = 'mona'`)
			return err
		}))
		if found := k.findings(l); !slices.Equal(found, []string{"auth_factor mona"}) {
			k.t.Errorf("the control: verification finds %v", found)
		}
	})
}
