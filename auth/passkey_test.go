package auth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// An authenticator is one in software: it makes passkeys and uses them as section 6 of Web Authentication says, and lies
// where a test tells it to.
type authenticator struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	owner   string // base64url, as it was given
	counter uint32
	flags   byte // user present and user verified

	origin, party string
	crossed       bool
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &authenticator{t: t, key: key, id: id, flags: 0x05, origin: "https://casebook.example.org", party: "casebook.example.org"}
}

var coded = base64.RawURLEncoding.EncodeToString

// clientData is what the browser says.
func (a *authenticator) clientData(kind, challenge string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":%t}`, kind, challenge, a.origin, a.crossed)
}

// data is the authenticator data of section 6.1.
func (a *authenticator) data(flags byte) []byte {
	sum := sha256.Sum256([]byte(a.party))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), a.counter)
}

// make answers the challenge of a registration.
func (a *authenticator) make(challenge string) string {
	point, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	cose := bytes.Join([][]byte{{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33], {0x22, 0x58, 0x20}, point[33:]}, nil)
	data := bytes.Join([][]byte{a.data(a.flags | 0x40), make([]byte, 16), {0, byte(len(a.id))}, a.id, cose}, nil)
	object := bytes.Join([][]byte{{0xa3, 0x63}, []byte("fmt"), {0x64}, []byte("none"), {0x67}, []byte("attStmt"), {0xa0, 0x68}, []byte("authData"), {0x58, byte(len(data))}, data}, nil)
	return fmt.Sprintf(`{"id":%q,"rawId":%q,"type":"public-key","response":{"clientDataJSON":%q,"attestationObject":%q}}`,
		coded(a.id), coded(a.id), coded(a.clientData("webauthn.create", challenge)), coded(object))
}

// use answers the challenge of a sign-in or of a proof.
func (a *authenticator) use(challenge string) string {
	a.counter++
	data, client := a.data(a.flags), a.clientData("webauthn.get", challenge)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return fmt.Sprintf(`{"id":%q,"rawId":%q,"type":"public-key","response":{"clientDataJSON":%q,"authenticatorData":%q,"signature":%q,"userHandle":%q}}`,
		coded(a.id), coded(a.id), coded(client), coded(data), coded(signature), a.owner)
}

// keyring is somebody's browser at casebook.example.org.
type keyring struct {
	*ward
	h       http.Handler
	session string
}

type answer struct {
	Challenge, Code string
	User            struct{ ID string }
	Recovery        []string
	Exclude         []struct{ ID string } `json:"excludeCredentials"`
	Allow           []struct{ ID string } `json:"allowCredentials"`
	cookie          string
}

func (k *keyring) ask(method, path, body string, status int) (out answer) {
	k.t.Helper()
	r := request(method, "https://casebook.example.org"+path, k.session, body)
	rec := httptest.NewRecorder()
	k.h.ServeHTTP(rec, r)
	if rec.Code != status {
		k.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	if strings.Contains(rec.Header().Get("Content-Type"), "json") {
		_ = json.Unmarshal(rec.Body.Bytes(), &out, json.MatchCaseInsensitiveNames(true)) // recovery is a number on the account's page
	}
	for _, c := range rec.Result().Cookies() {
		out.cookie = c.Value
	}
	return out
}

// add gives the person at the browser a passkey.
func (k *keyring) add(a *authenticator, name, code string) answer {
	k.t.Helper()
	offer := k.ask("POST", "/api/v1/account/passkeys/offer", "{}", 200)
	a.owner = offer.User.ID
	return k.ask("POST", "/api/v1/account/passkeys", fmt.Sprintf(`{"password":%q,"code":%q,"name":%q,"passkey":%s}`, password, code, name, a.make(offer.Challenge)), 201)
}

// challenge is one for a sign-in.
func (k *keyring) challenge() string {
	k.t.Helper()
	return k.ask("POST", "/api/v1/session/passkey/offer", "{}", 200).Challenge
}

// enter signs in with what an authenticator said, and returns the code of the refusal.
func (k *keyring) enterBy(passkey string) (session, code string) {
	k.t.Helper()
	rec := httptest.NewRecorder()
	k.h.ServeHTTP(rec, request("POST", "https://casebook.example.org/api/v1/session/passkey", "", `{"passkey":`+passkey+`}`))
	for _, c := range rec.Result().Cookies() {
		session = c.Value
	}
	var p struct{ Code string }
	k.must(json.Unmarshal(rec.Body.Bytes(), &p, json.MatchCaseInsensitiveNames(true)))
	if (session == "") != (p.Code != "") {
		k.t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	return session, p.Code
}

// withKeyring gives fn a person lin, who is signed in.
func withKeyring(t *testing.T, fn func(k *keyring)) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Role: auth.DataManager})
		fn(&keyring{w, w.server(), w.signIn("lin")})
	})
}

func TestAPasskeySignsInAndIsTheSecondFactor(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		k.auth.SecondFactor = []auth.Role{auth.DataManager}
		other := k.signIn("lin")
		a := newAuthenticator(k.t)
		added := k.add(a, "Lin's phone", "")
		if len(added.Recovery) != 10 || k.alive(other) || !k.alive(k.session) {
			k.t.Errorf("%d recovery codes; the session elsewhere lives: %t", len(added.Recovery), k.alive(other))
		}
		session, code := k.enterBy(a.use(k.challenge()))
		if code != "" {
			k.t.Fatal(code)
		}
		p, err := k.auth.Authenticate(request("GET", "/", session, ""))
		if k.must(err); p.User != "lin" || p.Unproven || len(p.Grants) != 1 {
			k.t.Errorf("who came by the passkey: %+v", p)
		}
		for said, want := range map[string]string{"": "auth.second_factor", "000000": "auth.failed", added.Recovery[0]: ""} {
			if got := k.enter("lin", said, "a"); got != want {
				k.t.Errorf("by the password and %q: %q, want %q", said, got, want)
			}
		}
		if v := k.verbs(casebook.Platform); v["auth.passkey.added"] != 1 || v["auth.factor.enrolled"] != 1 {
			k.t.Errorf("the log holds %v", v)
		}
	})
}

// What does not fit is refused with what is wrong about it; the control is the same answer without the lie.
func TestAPasskeyThatDoesNotFitIsRefused(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		a := newAuthenticator(k.t)
		k.add(a, "key", "")
		first := a.use(k.challenge())
		if _, code := k.enterBy(first); code != "" {
			k.t.Fatalf("the control: %s", code)
		}
		stranger := newAuthenticator(k.t)
		stranger.owner = a.owner
		for what, c := range map[string]struct {
			say  func(b *authenticator) string
			want string
		}{
			"said before":            {func(*authenticator) string { return first }, "auth.passkey.challenge"},
			"a challenge of its own": {func(b *authenticator) string { return b.use(coded(make([]byte, 56))) }, "auth.passkey.challenge"},
			"a challenge of a proof": {func(b *authenticator) string {
				return b.use(k.ask("POST", "/api/v1/account/proof/offer", "{}", 200).Challenge)
			}, "auth.passkey.challenge"},
			"another origin":             {func(b *authenticator) string { b.origin = "https://casebook.example.com"; return b.use(k.challenge()) }, "auth.passkey.origin"},
			"without TLS":                {func(b *authenticator) string { b.origin = "http://casebook.example.org"; return b.use(k.challenge()) }, "auth.passkey.origin"},
			"within another site's page": {func(b *authenticator) string { b.crossed = true; return b.use(k.challenge()) }, "auth.passkey.origin"},
			"bound to another name":      {func(b *authenticator) string { b.party = "example.org"; return b.use(k.challenge()) }, "auth.passkey.party"},
			"its user was not verified":  {func(b *authenticator) string { b.flags = 0x01; return b.use(k.challenge()) }, "auth.passkey.unverified"},
			"nobody was there":           {func(b *authenticator) string { b.flags = 0x04; return b.use(k.challenge()) }, "auth.passkey.unverified"},
			"another key of the same id": {func(b *authenticator) string { b.key = stranger.key; return b.use(k.challenge()) }, "auth.passkey.refused"},
			"another person's":           {func(b *authenticator) string { b.owner = coded(make([]byte, 32)); return b.use(k.challenge()) }, "auth.passkey.refused"},
			"one that nobody has":        {func(*authenticator) string { return stranger.use(k.challenge()) }, "auth.passkey.unknown"},
			"counting back":              {func(b *authenticator) string { b.counter = 0; return b.use(k.challenge()) }, "auth.passkey.counter"},
			"made, and not used":         {func(b *authenticator) string { return b.make(k.challenge()) }, "auth.passkey.refused"},
			"no passkey":                 {func(*authenticator) string { return `{"id":7}` }, "auth.passkey.refused"},
			"null":                       {func(*authenticator) string { return `null` }, "auth.passkey.refused"},
		} {
			b := *a
			if _, code := k.enterBy(c.say(&b)); code != c.want {
				k.t.Errorf("%s: %q, want %q", what, code, c.want)
			}
			k.clock.Add(16 * time.Minute) // what was counted is forgotten
			k.session = k.signedInBy(a)
		}
		late := k.challenge()
		k.clock.Add(5 * time.Minute)
		if _, code := k.enterBy(a.use(late)); code != "auth.passkey.challenge" {
			k.t.Errorf("after five minutes: %q", code)
		}
		if n := k.verbs(casebook.Platform)["auth.passkey.doubted"]; n != 1 {
			k.t.Errorf("%d doubts are in the log", n)
		}
	})
}

func (k *keyring) signedInBy(a *authenticator) string {
	k.t.Helper()
	a.counter += 10
	session, code := k.enterBy(a.use(k.challenge()))
	if code != "" {
		k.t.Fatal(code)
	}
	return session
}

func TestAPasskeyIsMadeForWhoAskedAndHere(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		k.person("mona")
		mona := &keyring{k.ward, k.h, k.signIn("mona")}
		challenge := k.ask("POST", "/api/v1/account/passkeys/offer", "{}", 200).Challenge
		foreign := newAuthenticator(k.t)
		foreign.origin, foreign.party = "https://evil.example", "evil.example"
		for what, c := range map[string]struct {
			k         *keyring
			name, say string
			want      string
		}{
			"another's challenge": {mona, "key", newAuthenticator(k.t).make(challenge), "auth.passkey.challenge"},
			"another site's":      {k, "key", foreign.make(challenge), "auth.passkey.origin"},
			"without a name":      {k, " ", newAuthenticator(k.t).make(challenge), "auth.passkey.name"},
			"used, and not made":  {k, "key", newAuthenticator(k.t).use(challenge), "auth.passkey.refused"},
		} {
			if got := c.k.ask("POST", "/api/v1/account/passkeys", fmt.Sprintf(`{"password":%q,"name":%q,"passkey":%s}`, password, c.name, c.say), 422).Code; got != c.want {
				k.t.Errorf("%s: %q, want %q", what, got, c.want)
			}
		}
		a := newAuthenticator(k.t)
		made := fmt.Sprintf(`{"password":%q,"name":"key","passkey":%s}`, password, a.make(challenge))
		k.ask("POST", "/api/v1/account/passkeys", made, 201)
		offer := mona.ask("POST", "/api/v1/account/passkeys/offer", "{}", 200)
		if got := mona.ask("POST", "/api/v1/account/passkeys", fmt.Sprintf(`{"password":%q,"name":"key","passkey":%s}`, password, a.make(offer.Challenge)), 409).Code; got != "auth.passkey.taken" {
			k.t.Errorf("a passkey that lin has already: %q", got)
		}
		rec := httptest.NewRecorder()
		k.h.ServeHTTP(rec, request("POST", "https://10.0.0.5:8080/api/v1/session/passkey/offer", "", "{}"))
		if rec.Code != 409 || !strings.Contains(rec.Body.String(), "auth.passkey.nowhere") {
			k.t.Errorf("at an address: %d %s", rec.Code, rec.Body)
		}
	})
}

// A passkey stands for the code and for the password at a signature, once and in its session.
func TestAPasskeyProvesWhoIsThere(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		a := newAuthenticator(k.t)
		k.add(a, "key", "")
		prove := func() string {
			offer := k.ask("POST", "/api/v1/account/proof/offer", "{}", 200)
			if len(offer.Allow) != 1 || offer.Allow[0].ID != coded(a.id) {
				k.t.Errorf("offered for %v", offer.Allow)
			}
			return k.ask("POST", "/api/v1/account/proof", `{"passkey":`+a.use(offer.Challenge)+`}`, 200).Code
		}
		sign := func(session, user, code string) string {
			r := request("POST", "/", session, "{}")
			p, err := k.auth.Authenticate(r)
			k.must(err)
			return codeOf(k.ward, k.auth.Reauthenticate(r.WithContext(auth.With(r.Context(), p)), user, code))
		}
		elsewhere := k.signedInBy(a)
		code := prove()
		for _, c := range []struct{ session, user, code, want string }{
			{elsewhere, "lin", code, "auth.sign.failed"}, {k.session, "mona", code, "auth.sign.failed"}, {k.session, "lin", code, ""}, {k.session, "lin", code, "auth.sign.failed"},
		} {
			if got := sign(c.session, c.user, c.code); got != c.want {
				k.t.Errorf("signing as %s: %q, want %q", c.user, got, c.want)
			}
		}
		if k.ask("DELETE", "/api/v1/account/sessions", `{"password":"`+prove()+`"}`, 200); k.alive(elsewhere) {
			k.t.Error("the other session did not end by the passkey")
		}
		late := prove()
		k.clock.Add(6 * time.Minute)
		if got := sign(k.session, "lin", late); got != "auth.sign.failed" {
			k.t.Errorf("after six minutes: %q", got)
		}
		if got := k.ask("PUT", "/api/v1/account/password", `{"password":"`+password+`","new":"another-long-password"}`, 422).Code; got != "auth.second_factor" {
			k.t.Errorf("a new password without the passkey: %q", got)
		}
		k.ask("PUT", "/api/v1/account/password", `{"password":"`+password+`","code":"`+prove()+`","new":"another-long-password"}`, 200)
	})
}

func TestPasskeysAreNamedTakenAwayAndFoldedFromTheLedger(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		l := ledger.New(k.db, ledger.Options{})
		a, b := newAuthenticator(k.t), newAuthenticator(k.t)
		recovery := k.add(a, "phone", "").Recovery
		if more := k.add(b, "laptop", recovery[0]).Recovery; len(more) > 0 {
			k.t.Errorf("a second passkey came with new recovery codes")
		}
		k.clock.Add(time.Second)
		k.ask("PUT", "/api/v1/account/passkeys/"+coded(b.id), `{"name":"desk"}`, 200)
		k.ask("PUT", "/api/v1/account/passkeys/nobodys", `{"name":"desk"}`, 404)
		totp, _ := k.enrol("lin", k.session) // the authenticator's recovery codes take the place of the passkeys'
		if got := k.enter("lin", recovery[1], "a"); got != "auth.failed" {
			k.t.Errorf("an old recovery code: %q", got)
		}
		k.clock.Add(time.Minute)
		remove := func(id []byte, code string, status int) {
			k.ask("DELETE", "/api/v1/account/passkeys/"+coded(id), fmt.Sprintf(`{"password":%q,"code":%q}`, password, code), status)
		}
		remove(a.id, "", 422)
		remove(a.id, totp(), 200)
		if _, code := k.enterBy(a.use(k.challenge())); code != "auth.passkey.unknown" || k.alive(k.session) {
			k.t.Errorf("a passkey that was taken away: %q", code)
		}
		k.session = k.signedInBy(b)
		k.clock.Add(time.Minute)
		k.ask("DELETE", "/api/v1/account/factor", fmt.Sprintf(`{"password":%q,"code":%q}`, password, totp()), 200)
		if got := k.enter("lin", "", "a"); got != "auth.second_factor" {
			k.t.Errorf("a passkey is left, and the password alone: %q", got)
		}
		k.must(l.Seal(k.t.Context(), casebook.Platform))
		if rows := k.findings(l); len(rows) > 0 {
			k.t.Fatalf("the control: %v", rows)
		}
		k.must(k.db.Update(k.t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(k.t.Context(), `UPDATE auth_passkey SET public_key = 'theirs'`)
			return err
		}))
		if rows := strings.Join(k.findings(l), "; "); rows != "auth_passkey "+coded(b.id) {
			k.t.Errorf("found: %s", rows)
		}
		_, _, err := k.auth.Invite(k.ctx(), "lin", auth.Resetting{Factor: true, Identified: auth.ByDocument, Reason: "lost everything"})
		k.must(err)
		if _, code := k.enterBy(b.use(k.challenge())); code != "auth.passkey.unknown" {
			k.t.Errorf("after a reset: %q", code)
		}
	})
}

// Who has neither password nor passkey cannot try for ever, and locks nobody else out.
func TestPasskeysCannotBeGuessedForEver(t *testing.T) {
	withKeyring(t, func(k *keyring) {
		a := newAuthenticator(k.t)
		k.add(a, "key", "")
		b := *a
		b.key = newAuthenticator(k.t).key
		codes := map[string]int{}
		for range 8 {
			_, code := k.enterBy(b.use(k.challenge()))
			codes[code]++
		}
		if codes["auth.passkey.refused"] != 5 || codes["auth.throttled"] != 3 {
			k.t.Errorf("answered %v", codes)
		}
	})
}
