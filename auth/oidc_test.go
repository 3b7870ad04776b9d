package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// hospital is an identity provider: it lets everybody in as the person whose claims it has, and can be told to lie.
type hospital struct {
	*httptest.Server
	key    *rsa.PrivateKey
	signer *rsa.PrivateKey // another than key: whose signature nobody knows
	claims map[string]any
	codes  map[string]url.Values // what was asked, by code; each is good once
	moved  string                // where it sends whoever asks how it is reached
}

func newHospital(w *ward) *hospital {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	w.must(err)
	h := &hospital{key: key, signer: key, codes: map[string]url.Values{}}
	answer := func(out http.ResponseWriter, v any) {
		out.Header().Set("Content-Type", "application/json")
		_ = json.MarshalWrite(out, v)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(out http.ResponseWriter, r *http.Request) {
		if h.moved != "" {
			http.Redirect(out, r, h.moved, http.StatusFound)
			return
		}
		answer(out, map[string]any{"issuer": h.URL, "authorization_endpoint": h.URL + "/in", "token_endpoint": h.URL + "/token", "jwks_uri": h.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("GET /keys", func(out http.ResponseWriter, r *http.Request) {
		answer(out, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(out http.ResponseWriter, r *http.Request) {
		asked, known := h.codes[r.PostFormValue("code")]
		delete(h.codes, r.PostFormValue("code"))
		proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if !known || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(proof[:]) || id != "casebook" || secret != "between-us" {
			out.WriteHeader(http.StatusBadRequest)
			answer(out, map[string]any{"error": "invalid_grant"})
			return
		}
		said := map[string]any{"iss": h.URL, "aud": "casebook", "nonce": asked.Get("nonce"), "iat": w.clock.Now().Unix(), "exp": w.clock.Now().Add(time.Minute).Unix()}
		for name, value := range h.claims {
			said[name] = value
		}
		text, _ := json.Marshal(said)
		signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: h.signer, KeyID: "1"}}, nil)
		signed, _ := signer.Sign(text)
		token, _ := signed.CompactSerialize()
		answer(out, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
	})
	h.Server = httptest.NewServer(mux)
	w.t.Cleanup(h.Close)
	return h
}

// provider reads a file that names the hospital.
func (h *hospital) provider(w *ward, more string) *auth.Provider {
	w.t.Helper()
	dir := w.t.TempDir()
	w.must(os.WriteFile(filepath.Join(dir, "secret"), []byte("between-us\n"), 0o600))
	text := fmt.Sprintf(`{"name":"The hospital","issuer":%q,"client":"casebook","secret":%q,"address":"https://casebook.example"%s}`, h.URL, filepath.Join(dir, "secret"), more)
	w.must(os.WriteFile(filepath.Join(dir, "provider"), []byte(text), 0o600))
	p, err := auth.ReadProvider(filepath.Join(dir, "provider"), h.Client())
	w.must(err)
	return p
}

// come goes to the hospital to sign in, and back. bent may alter what the browser brings back. It returns where the browser
// ends and the session's secret.
func (h *hospital) come(w *ward, door http.Handler, bent func(answer *url.URL, errand *http.Cookie)) (where, session string) {
	w.t.Helper()
	where, session, _ = h.travel(w, door, "", "", bent)
	return where, session
}

// travel goes out from an address below that of signing in, with a session or without, and comes back.
func (h *hospital) travel(w *ward, door http.Handler, from, with string, bent func(answer *url.URL, errand *http.Cookie)) (where, session string, asked url.Values) {
	w.t.Helper()
	out := httptest.NewRecorder()
	door.ServeHTTP(out, request("GET", "/api/v1/session/provider"+from, with, ""))
	there, err := url.Parse(out.Result().Header.Get("Location"))
	w.must(err)
	asked = there.Query()
	if out.Code != http.StatusSeeOther || asked.Get("redirect_uri") != "https://casebook.example/api/v1/session/provider/answer" || asked.Get("code_challenge_method") != "S256" {
		w.t.Fatalf("sent to the hospital with %d %s", out.Code, there)
	}
	code := fmt.Sprint("code", len(h.codes), w.clock.Now().UnixNano())
	h.codes[code] = asked
	back, _ := url.Parse("/api/v1/session/provider/answer?" + url.Values{"code": {code}, "state": {asked.Get("state")}}.Encode())
	errand := out.Result().Cookies()[0]
	if bent != nil {
		bent(back, errand)
	}
	r := request("GET", back.String(), "", "")
	r.AddCookie(errand)
	out = httptest.NewRecorder()
	door.ServeHTTP(out, r)
	for _, c := range out.Result().Cookies() {
		if c.Name == "casebook_session" {
			session = c.Value
		}
	}
	return out.Result().Header.Get("Location"), session, asked
}

const mapped = `,"create":true,"roles":[{"group":"trial-nurses","study":"HTN_24","site":"01","role":"coordinator"},
	{"group":"trial-doctors","study":"HTN_24","site":"01","role":"investigator"},{"group":"chief","study":"HTN_24","site":"01","role":"investigator"}]`

func TestAProviderLeadsThisServerNowhereElse(t *testing.T) {
	inWards(t, func(w *ward) {
		h := newHospital(w)
		asked := 0
		elsewhere := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
			asked++
			fmt.Fprintf(out, `{"issuer":%q,"authorization_endpoint":%q}`, h.URL, h.URL+"/in")
		}))
		w.t.Cleanup(elsewhere.Close)
		w.auth.Provider, w.auth.Origin = h.provider(w, ""), func(r *http.Request) string { return "https://" + r.Host }
		door, out := w.server(), httptest.NewRecorder()
		h.moved = elsewhere.URL
		door.ServeHTTP(out, request("GET", "/api/v1/session/provider", "", ""))
		if where := out.Result().Header.Get("Location"); where != "/login?problem=auth.provider.away" || asked != 0 {
			w.t.Errorf("sent to %s; %d requests went where the provider led", where, asked)
		}
		answer, err := h.Client().Get(h.URL + "/.well-known/openid-configuration")
		w.must(err)
		answer.Body.Close()
		if asked != 1 {
			w.t.Error("the control: a client that follows was led nowhere")
		}
		h.moved, out = "", httptest.NewRecorder()
		door.ServeHTTP(out, request("GET", "/api/v1/session/provider", "", ""))
		if c := out.Result().Cookies(); len(c) != 1 || c[0].Name != "__Host-casebook_oidc" || c[0].Path != "/" || c[0].Domain != "" || !c[0].Secure {
			w.t.Errorf("the errand's cookie is %v", c)
		}
	})
}

func TestWhoTheHospitalKnowsSignsInWithTheRolesOfTheirGroups(t *testing.T) {
	inWards(t, func(w *ward) {
		h := newHospital(w)
		w.auth.Provider = h.provider(w, mapped)
		door := w.server()
		roles := func() (held []string) {
			where, secret := h.come(w, door, nil)
			if where != "/" || secret == "" {
				w.t.Fatalf("sent to %s", where)
			}
			p, err := w.auth.Authenticate(request("GET", "/", secret, ""))
			w.must(err)
			for _, g := range p.Grants {
				held = append(held, string(g.Role))
			}
			return held
		}
		h.claims = map[string]any{"sub": "1001", "preferred_username": "Zhou", "name": "周医生", "locale": "zh-CN", "groups": []string{"trial-nurses", "choir"}}
		if got := roles(); !slices.Equal(got, []string{"coordinator"}) {
			w.t.Errorf("a nurse holds %v", got)
		}
		w.must(w.auth.GrantRole(w.ctx(), "zhou", auth.Grant{Study: "HTN_24", Site: "02", Role: auth.Coordinator}))
		h.claims["groups"] = []string{"chief"}
		if got := roles(); !slices.Equal(got, []string{"coordinator", "investigator"}) { // the coordinator's of site 02 is not the hospital's to take
			w.t.Errorf("a chief holds %v", got)
		}
		h.claims["groups"] = nil
		if got := roles(); !slices.Equal(got, []string{"coordinator"}) {
			w.t.Errorf("who is in no group any more holds %v", got)
		}
		if n := w.verbs("platform"); n["auth.provider.tied"] != 1 || n["auth.person.created"] != 1 || n["auth.role.withdrawn"] != 2 || n["auth.signed_in"] != 3 {
			w.t.Errorf("the ledger tells %v", n)
		}
		// A second person of that name at the hospital is not the first.
		h.claims["sub"] = "1002"
		if where, secret := h.come(w, door, nil); where != "/login?problem=auth.provider.taken" || secret != "" {
			w.t.Errorf("another subject was sent to %s", where)
		}
		// After a reset it is, and verification agrees with the tie.
		_, _, err := w.auth.Invite(w.ctx(), "zhou", auth.Resetting{Reason: "has another account there"})
		w.must(err)
		if where, _ := h.come(w, door, nil); where != "/" {
			w.t.Errorf("after a reset sent to %s", where)
		}
		if found := w.findings(ledger.New(w.db, ledger.Options{})); len(found) != 0 {
			w.t.Errorf("verification finds %q", found)
		}
		w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(w.t.Context(), `UPDATE auth_external SET subject = '1001' WHERE user_id = 'zhou'`)
			return err
		}))
		if found := w.findings(ledger.New(w.db, ledger.Options{})); !slices.Equal(found, []string{"auth_external zhou"}) { // the control
			w.t.Errorf("a tie made by SQL: verification finds %q", found)
		}
	})
}

// Each lie is one change to what is taken in the test above.
func TestWhatTheHospitalDidNotSayOpensNothing(t *testing.T) {
	inWards(t, func(w *ward) {
		h := newHospital(w)
		w.auth.Provider = h.provider(w, mapped)
		w.person("mona") // has a password here
		door := w.server()
		stranger, err := rsa.GenerateKey(rand.Reader, 2048)
		w.must(err)
		for _, c := range []struct {
			lie, code string
			claims    map[string]any
			signer    *rsa.PrivateKey
			bent      func(*url.URL, *http.Cookie)
		}{
			{"another's signature", "refused", nil, stranger, nil},
			{"for another program", "refused", map[string]any{"aud": "payroll"}, nil, nil},
			{"by another provider", "refused", map[string]any{"iss": "https://elsewhere.example"}, nil, nil},
			{"too old", "refused", map[string]any{"exp": w.clock.Now().Add(-time.Hour).Unix()}, nil, nil},
			{"said to somebody else", "refused", map[string]any{"nonce": "another"}, nil, nil},
			{"another's state", "refused", nil, nil, func(u *url.URL, _ *http.Cookie) { u.RawQuery = strings.Replace(u.RawQuery, "state=", "state=x", 1) }},
			{"a code that was made up", "refused", nil, nil, func(u *url.URL, _ *http.Cookie) { u.RawQuery = strings.Replace(u.RawQuery, "code=", "code=x", 1) }},
			{"without the errand", "refused", nil, nil, func(_ *url.URL, c *http.Cookie) { c.Value = "e30" }},
			{"an errand that is no errand", "refused", nil, nil, func(_ *url.URL, c *http.Cookie) { c.Value = "%%%" }},
			{"somebody with a password here", "taken", map[string]any{"preferred_username": "mona"}, nil, nil},
			{"nobody", "unknown", map[string]any{"preferred_username": ""}, nil, nil},
			{"a name that no account has", "unknown", map[string]any{"preferred_username": "a b"}, nil, nil},
			{"the system", "unknown", map[string]any{"preferred_username": "system"}, nil, nil},
		} {
			h.claims = map[string]any{"sub": "1001", "preferred_username": "zhou"}
			for name, value := range c.claims {
				h.claims[name] = value
			}
			h.signer = h.key
			if c.signer != nil {
				h.signer = c.signer
			}
			if where, secret := h.come(w, door, c.bent); where != "/login?problem=auth.provider."+c.code || secret != "" {
				w.t.Errorf("%s: sent to %s with the session %q", c.lie, where, secret)
			}
		}
		h.claims, h.signer = map[string]any{"sub": "1001", "preferred_username": "zhou"}, h.key
		if where, _ := h.come(w, door, nil); where != "/" { // the control
			w.t.Errorf("the truth was sent to %s", where)
		}
		w.must(w.auth.Deactivate(w.ctx(), "zhou", "left"))
		if where, _ := h.come(w, door, nil); where != "/login?problem=auth.provider.unknown" {
			w.t.Errorf("whose account is closed was sent to %s", where)
		}
	})
}

func TestAProviderMayVouchForASecondFactor(t *testing.T) {
	inWards(t, func(w *ward) {
		h := newHospital(w)
		w.auth.Provider, w.auth.SecondFactor = h.provider(w, mapped), []auth.Role{auth.Coordinator}
		door := w.server()
		for _, c := range []struct {
			amr    []string
			grants int
		}{{nil, 0}, {[]string{"pwd"}, 0}, {[]string{"pwd", "mfa"}, 1}} {
			h.claims = map[string]any{"sub": "1001", "preferred_username": "zhou", "groups": []string{"trial-nurses"}, "amr": c.amr}
			_, secret := h.come(w, door, nil)
			p, err := w.auth.Authenticate(request("GET", "/", secret, ""))
			w.must(err)
			if len(p.Grants) != c.grants || p.Unproven != (c.grants == 0) {
				w.t.Errorf("with amr %q: %d roles, unproven %v", c.amr, len(p.Grants), p.Unproven)
			}
		}
	})
}

// Who has no password here signs by what the hospital proved right before: it asks again, the code is good once, in the
// session that went out, for a few minutes. Whatever else comes back signs nothing.
func TestWhoHasNoPasswordHereSignsByTheHospitalsWord(t *testing.T) {
	inWards(t, func(w *ward) {
		h := newHospital(w)
		w.auth.Provider = h.provider(w, mapped)
		door := w.server()
		h.claims = map[string]any{"sub": "1001", "preferred_username": "zhou", "groups": []string{"chief"}}
		_, secret := h.come(w, door, nil)
		_, elsewhere := h.come(w, door, nil)
		// as reports how a signature ends: "" when it is good, else by which code it is refused.
		as := func(secret, user, code string) string {
			r := request("POST", "/", secret, "")
			p, err := w.auth.Authenticate(r)
			w.must(err)
			err = w.auth.Reauthenticate(r.WithContext(auth.With(r.Context(), p)), user, code)
			if e, ok := errors.AsType[*casebook.Error](err); ok {
				return e.Code
			}
			w.must(err)
			return ""
		}
		prove := func(change ...func()) (code, problem string) {
			h.claims["sub"], h.claims["preferred_username"], h.claims["auth_time"] = "1001", "zhou", w.clock.Now().Unix()
			for _, c := range change {
				c()
			}
			where, session, asked := h.travel(w, door, "/proof", secret, nil)
			if asked.Get("prompt") != "login" || asked.Get("max_age") != "0" || session != "" {
				w.t.Errorf("the hospital was asked %v, and a session came of it: %t", asked, session != "")
			}
			code, _ = strings.CutPrefix(where, "/proved#")
			if code == where {
				code, problem = "", strings.TrimPrefix(where, "/proved?problem=")
			}
			return code, problem
		}
		code, problem := prove()
		if problem != "" || as(secret, "zhou", "") != "auth.sign.failed" || as(elsewhere, "zhou", code) != "auth.sign.failed" {
			w.t.Errorf("signed without the code, or in another session; %s", problem)
		}
		if got := as(secret, "zhou", code); got != "" {
			w.t.Errorf("with the code: %s", got)
		}
		if got := as(secret, "zhou", code); got != "auth.sign.failed" {
			w.t.Errorf("with the code again: %q", got)
		}
		if code, _ := prove(); as(secret, "", code) != "" { // the series goes on
			w.t.Errorf("a second signature of the series was refused")
		}
		end := func(code string) (int, string) {
			status, said, _ := serve(door, request("DELETE", "/api/v1/account/sessions", secret, `{"password":"`+code+`"}`))
			return status, said
		}
		if status, said := end(code); status != 422 || said != "auth.proof" || !w.alive(elsewhere) {
			w.t.Errorf("the other session by a spent code: %d %s", status, said)
		}
		code, _ = prove()
		if status, said := end(code); status != 200 || w.alive(elsewhere) || !w.alive(secret) {
			w.t.Errorf("the other session by the provider's word: %d %s", status, said)
		}
		late, _ := prove()
		w.clock.Add(6 * time.Minute)
		if got := as(secret, "zhou", late); got != "auth.sign.failed" {
			w.t.Errorf("with a code of six minutes ago: %q", got)
		}
		// Who sits at an open browser turns the errand of signing in, at which nobody is asked, into one of proving.
		h.claims["auth_time"] = w.clock.Now().Unix()
		where, _, _ := h.travel(w, door, "", "", func(_ *url.URL, errand *http.Cookie) {
			text, err := base64.RawURLEncoding.DecodeString(errand.Value)
			w.must(err)
			sum := sha256.Sum256([]byte(secret))
			errand.Value = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(text), "{", fmt.Sprintf(`{"session":"%x",`, sum), 1)))
		})
		if where != "/proved?problem=auth.provider.not_asked" {
			w.t.Errorf("a bent errand ends at %s", where)
		}
		for name, lie := range map[string]func(){
			"it does not say when it asked":      func() { delete(h.claims, "auth_time") },
			"it asked an hour ago":               func() { h.claims["auth_time"] = w.clock.Now().Add(-time.Hour).Unix() },
			"somebody else came back":            func() { h.claims["sub"], h.claims["preferred_username"] = "1002", "qian" },
			"another person of that name did":    func() { h.claims["sub"] = "1003" },
			"the same person under another name": func() { h.claims["preferred_username"] = "qian" },
		} {
			if code, problem := prove(lie); code != "" || !strings.HasPrefix(problem, "auth.provider.") {
				w.t.Errorf("%s: %q %s", name, code, problem)
			}
		}
	})
}
