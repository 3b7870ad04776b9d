package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/allocation"
	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/platform"
	"casebook/store"
	"casebook/vault"
)

// TestTheKeysThatSealAreExchanged has a server go on while each key is exchanged, has one exchange broken off, and reads everything by the
// new keys alone.
func TestTheKeysThatSealAreExchanged(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		a, ctx := h.openWith(t, ""), operator(t.Context())
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		work(t, a, "03")
		must(reach(t, a, "03-001"))
		l, err := a.given.Make(ctx, demo.ID, allocation.Plan{Design: allocation.Design{Name: "Main"}, Arms: []allocation.Arm{{Treatment: "A", Ratio: 1}, {Treatment: "B", Ratio: 1}}, Blocks: []int{2}, Places: 8, Seed: "seed 7"})
		must(err)
		must(a.people.CreatePerson(ctx, auth.NewPerson{User: "mona", Name: "Mona", Locale: "en", Password: password}))
		offer, err := a.people.OfferFactor("mona")
		must(err)
		_, err = a.people.EnrolFactor(ctx, "mona", "", offer.Secret, shown(t, offer.Secret))
		must(err)
		reads := func(a *app) {
			t.Helper()
			if address, err := reachedBy(t, a); err != nil || address != kestrel {
				t.Errorf("reached by %q, %v", address, err)
			}
			if _, c, _, _, err := a.given.Look(ctx, demo.ID, l.ID); err != nil || c.Seed != "seed 7" {
				t.Errorf("the list says %+v, %v", c, err)
			}
		}
		exchange := func(want platform.KeyExchange, args ...string) {
			t.Helper()
			if said := parsed[platform.KeyExchange](t, call(t, h.args(append([]string{"exchange-key"}, args...)...)...).done(t).stdout); said != want {
				t.Errorf("%v: it says %+v, want %+v", args, said, want)
			}
		}
		for which, file := range map[string]string{"vault": vaultKeys, "second-factor": factorKeys, "treatment": treatmentKeys} {
			file = a.keys.file(file)
			before, err := readKeys(file)
			must(err)
			exchange(platform.KeyExchange{Made: true, Sealed: 1, Keys: 2}, which, "--new")
			reads(a)
			both, err := readKeys(file)
			must(err)
			must(putKeys(file, append(both, bytes.Repeat([]byte{9}, 32)))) // as a run leaves it that ends before it seals
			reads(a)
			exchange(platform.KeyExchange{Sealed: 1, Keys: 1}, which)
			reads(a)
			exchange(platform.KeyExchange{Keys: 1}, which)
			after, err := readKeys(file)
			if must(err); len(after) != 1 || slices.ContainsFunc(both, func(k vault.Key) bool { return bytes.Equal(k, after[0]) }) || len(before) != 1 {
				t.Errorf("%s: %d keys before, %d after", which, len(before), len(after))
			}
		}
		must(a.close())
		b := h.openWith(t, "")
		reads(b)
		if n := exchanges(t, b); n != 9 {
			t.Errorf("nine runs left %d entries", n)
		}
		must(b.close())
		h.verify(t).clean(t)

		file := b.keys.file(treatmentKeys) // the control: by another key nothing is read, and nothing is forgotten
		lost := []vault.Key{bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{8}, 32)}
		must(putKeys(file, lost))
		call(t, h.args("exchange-key", "treatment")...).refused(t, "allocation.sealed")
		if is, err := readKeys(file); err != nil || len(is) != 2 {
			t.Errorf("%d keys are left, %v", len(is), err)
		}
	})
}

// exchanges counts the entries about exchanged keys.
func exchanges(t *testing.T, a *app) (n int) {
	t.Helper()
	err := a.ledger.Seal(operator(t.Context()), casebook.Platform)
	if err == nil {
		err = a.db.View(t.Context(), func(tx *store.Tx) error {
			_, err := ledger.Each(t.Context(), tx, casebook.Platform, 0, 10_000, func(e *ledger.Entry) error {
				if e.What == platform.VerbKeyExchanged {
					n++
				}
				return nil
			})
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// shown is what an authenticator app with secret shows now (RFC 6238).
func shown(t *testing.T, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	if err := binary.Write(mac, binary.BigEndian, time.Now().Unix()/30); err != nil {
		t.Fatal(err)
	}
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}
