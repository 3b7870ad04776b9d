package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"casebook"
	"casebook/store"
	"casebook/vault"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// OAuth 2.0 client credentials (RFC 6749, section 4.4): a client exchanges its key for an access token that is good for
// minutes, and may ask for fewer scopes. An access token is kept nowhere. It carries the id of its key under a seal, and
// falls with the key.

const (
	accessPrefix  = "cba_"
	accessPurpose = "casebook access token"
	accessTime    = 10 * time.Minute
)

// access is what an access token says.
type access struct {
	Study  casebook.StudyID `json:"s"`
	Key    string           `json:"k"`
	Until  int64            `json:"e"` // microseconds
	Scopes string           `json:"a"`
}

// stampBy is the HMAC-SHA-256 of a payload, under a key that is derived from k for one purpose alone.
func stampBy(k vault.Key, purpose, payload string) []byte {
	derived := hmac.New(sha256.New, k)
	derived.Write([]byte(purpose))
	mac := hmac.New(sha256.New, derived.Sum(nil))
	mac.Write([]byte(payload))
	return mac.Sum(nil)
}

// stamped returns the key that made a stamp. Error: vault.ErrNoKey when none did.
func (s *Service) stamped(mac []byte, purpose, payload string) (vault.Key, error) {
	return s.Keys.Find(func(k vault.Key) bool { return hmac.Equal(mac, stampBy(k, purpose, payload)) })
}

// sealing reports whether there is a key.
func (s *Service) sealing() bool {
	_, err := s.Keys.Find(func(vault.Key) bool { return true })
	return err == nil
}

// accessToken writes an access token.
func (s *Service) accessToken(a access) (string, error) {
	text, err := json.Marshal(a, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	payload := base64.RawURLEncoding.EncodeToString(text)
	k, err := s.Keys.Last()
	return accessPrefix + payload + "." + base64.RawURLEncoding.EncodeToString(stampBy(k, accessPurpose, payload)), err
}

// loadAccess opens an access token and looks up the key that it was exchanged for.
func (s *Service) loadAccess(ctx context.Context, text string, _ credential) (*verified, error) {
	payload, sealed, _ := strings.Cut(strings.TrimPrefix(text, accessPrefix), ".")
	mac, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, nil
	}
	if _, err := s.stamped(mac, accessPurpose, payload); errors.Is(err, vault.ErrNoKey) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	said, err := base64.RawURLEncoding.DecodeString(payload)
	var a access
	if err != nil || json.Unmarshal(said, &a) != nil {
		return nil, nil
	}
	v, _, err := s.loadKey(ctx, a.Study, a.Key)
	if err != nil {
		return nil, err
	}
	if v.expires == 0 || v.expires > a.Until {
		v.expires = a.Until
	}
	var asked actions
	for _, name := range strings.Fields(a.Scopes) {
		asked |= policy.bit[Action(name)]
	}
	v.principal.scopes &= asked
	v.principal.key = "" // nothing more can be exchanged for it
	return v, nil
}

// granted is a token answer (RFC 6749, section 5.1).
type granted struct {
	Token   string `json:"access_token"`
	Type    string `json:"token_type"`
	Seconds int64  `json:"expires_in"`
	Scope   string `json:"scope"`
}

// oauthError is an error answer (RFC 6749, section 5.2).
type oauthError struct {
	Code string `json:"error"`
	Text string `json:"error_description"`
}

func (e *oauthError) Error() string { return e.Code + ": " + e.Text }

// postToken exchanges a client's key for an access token: OAuth 2.0 client credentials, RFC 6749, section 4.4.
func (s *Service) postToken(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	answer, err := s.exchangeKey(r)
	if refused, ok := errors.AsType[*oauthError](err); ok {
		status := http.StatusBadRequest
		if refused.Code == "invalid_client" {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", `Basic realm="casebook", charset="UTF-8"`)
		}
		return web.JSON(w, status, *refused)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, answer)
}

func (s *Service) exchangeKey(r *http.Request) (granted, error) {
	form, err := tokenForm(r)
	if err != nil {
		return granted{}, err
	}
	p, err := s.credentials(r, form)
	if err != nil {
		return granted{}, err
	}
	scopes, ok := p.narrowed(form["scope"])
	if !ok {
		return granted{}, &oauthError{"invalid_scope", "the client may not do all that is asked for"}
	}
	now := s.world.Now()
	until := store.Micros(now.Add(accessTime))
	if p.until != 0 {
		until = min(until, p.until)
	}
	token, err := s.accessToken(access{p.Study, p.key, until, scopes})
	return granted{token, "Bearer", (until - store.Micros(now)) / 1e6, scopes}, err
}

// tokenForm reads the form of a token request: its parameters stand once, and in the body, where no log keeps them.
func tokenForm(r *http.Request) (map[string]string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, &oauthError{"invalid_request", "the body is not application/x-www-form-urlencoded"}
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, &oauthError{"invalid_request", "the body cannot be read"}
	}
	if r.URL.RawQuery != "" {
		return nil, &oauthError{"invalid_request", "parameters stand in the body, not in the address"}
	}
	form := map[string]string{}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, &oauthError{"invalid_request", "a parameter stands twice: " + name}
		}
		form[name] = values[0]
	}
	switch form["grant_type"] {
	case "client_credentials":
		return form, nil
	case "":
		return nil, &oauthError{"invalid_request", "grant_type is missing"}
	}
	return nil, &oauthError{"unsupported_grant_type", "only client_credentials is supported"}
}

// credentials finds the client of a token request, by Basic authentication or by the form (RFC 6749, section 2.3.1).
func (s *Service) credentials(r *http.Request, form map[string]string) (*Principal, error) {
	refused := &oauthError{"invalid_client", "the client is not known, or its key is not valid any more"}
	id, secret := form["client_id"], form["client_secret"]
	if user, password, ok := r.BasicAuth(); ok {
		if secret != "" {
			return nil, &oauthError{"invalid_request", "the client proves itself in two ways"}
		}
		var bad, worse error
		id, bad = url.QueryUnescape(user)
		secret, worse = url.QueryUnescape(password)
		if bad != nil || worse != nil {
			return nil, refused
		}
	}
	if strings.HasPrefix(secret, accessPrefix) || !s.sealing() {
		return nil, refused
	}
	p, err := s.token(r.Context(), secret)
	if err == nil {
		err = p.at(s.From, r)
	}
	switch kind := casebook.KindOf(err); {
	case err != nil && (kind == casebook.Unauthorized || kind == casebook.Forbidden):
		return nil, refused
	case err != nil:
		return nil, err
	case p.Kind != Client || string(p.Study)+"."+strings.TrimPrefix(string(p.User), "client:") != id:
		return nil, refused
	}
	return p, nil
}

// narrowed are the scopes that a client asks for: "" is all that it has.
func (p *Principal) narrowed(asked string) (scopes string, ok bool) {
	var names []Action
	if asked == "" {
		for _, a := range policy.actions {
			if p.scopes.has(a) {
				names = append(names, a)
			}
		}
		return joined(names), true
	}
	for _, name := range strings.Fields(asked) {
		if !p.scopes.has(Action(name)) {
			return "", false
		}
		names = append(names, Action(name))
	}
	return joined(names), true
}
