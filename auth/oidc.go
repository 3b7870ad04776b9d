package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"
)

// Provider is an organisation's identity provider: OpenID Connect Core 1.0, the authorization code flow with PKCE
// (RFC 7636). Who signs in there needs no password here; what the provider says of groups gives and takes the roles that
// Roles names, and no others.
type Provider struct {
	Name    string   `json:"name"`    // as people call it: stands on the button
	Issuer  string   `json:"issuer"`  // its address, https
	Client  string   `json:"client"`  // our id there
	Secret  string   `json:"secret"`  // file with our secret there
	Address string   `json:"address"` // ours, as browsers see it: https://casebook.example.org
	Scopes  []string `json:"scopes,omitempty"`
	User    string   `json:"user,omitzero"`   // the claim that is the user id here: preferred_username unless set
	Groups  string   `json:"groups,omitzero"` // the claim that lists groups: groups unless set
	Create  bool     `json:"create,omitzero"` // whoever comes gets an account; otherwise only who has one
	Roles   []Mapped `json:"roles,omitempty"`

	secret string
	client *http.Client
	turn   chan struct{} // holds one: whoever talks to the provider for the first time
	known  *oidc.Provider
}

// Mapped is a role that a group of the provider's carries.
type Mapped struct {
	Group string `json:"group"`
	Grant `json:",inline"`
}

const (
	oidcCookie   = "casebook_oidc"
	oidcPath     = "/api/v1/session/provider"
	oidcPatience = 10 * time.Minute // from here to the provider and back
)

var (
	errNoProvider = casebook.Fail(casebook.NotFound, "auth.provider.none")
	errProvider   = casebook.Fail(casebook.Unauthorized, "auth.provider.refused")
)

// ReadProvider reads a provider's file: JSON with the names above. client speaks to the provider, and is led to no other
// address: OpenID Connect redirects browsers, and none of these calls. Error: Invalid auth.provider.file, with what is wrong.
func ReadProvider(path string, client *http.Client) (*Provider, error) {
	straight := *client
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p := &Provider{User: "preferred_username", Groups: "groups", client: &straight, turn: make(chan struct{}, 1)}
	wrong := func(place, why string) error {
		return casebook.Fail(casebook.Invalid, "auth.provider.file", path, why).At(place)
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, p, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return nil, wrong("", err.Error())
	}
	for _, must := range [][2]string{{"name", p.Name}, {"issuer", p.Issuer}, {"client", p.Client}, {"address", p.Address}} {
		if must[1] == "" {
			return nil, wrong(must[0], must[0])
		}
	}
	for i := range p.Roles {
		if err := p.Roles[i].check(); err != nil || p.Roles[i].Group == "" {
			return nil, wrong("roles", p.Roles[i].Group)
		}
	}
	secret, err := os.ReadFile(p.Secret)
	if err != nil {
		return nil, wrong("secret", err.Error())
	}
	p.secret, p.Address = strings.TrimSpace(string(secret)), strings.TrimSuffix(p.Address, "/")
	return p, nil
}

// meet returns the provider as it describes itself, and our side of the flow.
func (p *Provider) meet(ctx context.Context) (context.Context, *oidc.Provider, *oauth2.Config, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx, nil, nil, ctx.Err()
	}
	if p.known == nil {
		known, err := oidc.NewProvider(context.WithoutCancel(ctx), p.Issuer) // it keeps its context for fetching keys; the client has a limit
		if err != nil {
			return ctx, nil, nil, casebook.Fail(casebook.Busy, "auth.provider.away", p.Name).Wrap(err)
		}
		p.known = known
	}
	return ctx, p.known, &oauth2.Config{ClientID: p.Client, ClientSecret: p.secret, Endpoint: p.known.Endpoint(),
		RedirectURL: p.Address + oidcPath + "/answer", Scopes: append([]string{oidc.ScopeOpenID, "profile"}, p.Scopes...)}, nil
}

// errand is what a browser carries to the provider and back, where nobody else sees it.
type errand struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Until    time.Time `json:"until"`
	Session  string    `json:"session,omitzero"` // digest of the session whose user proves again who they are; "" to sign in
}

// page is where the browser ends up.
func (e *errand) page() string {
	if e.Session != "" {
		return "/proved"
	}
	return "/login"
}

// getWays answers by which ways one signs in, beside the password.
func (s *Service) getWays(w http.ResponseWriter, r *http.Request) error {
	var name string
	if s.Provider != nil {
		name = s.Provider.Name
	}
	_, _, err := s.party(r)
	return web.JSON(w, http.StatusOK, map[string]any{"provider": name, "passkey": err == nil})
}

// getProvider sends a browser to the provider, to sign in.
func (s *Service) getProvider(w http.ResponseWriter, r *http.Request) error {
	if s.Provider == nil {
		return errNoProvider
	}
	return s.depart(w, r, errand{})
}

// depart sends a browser to the provider on an errand.
func (s *Service) depart(w http.ResponseWriter, r *http.Request, e errand, more ...oauth2.AuthCodeOption) error {
	_, _, flow, err := s.Provider.meet(r.Context())
	if err != nil {
		return back(w, r, e.page(), err)
	}
	random := func() string { return base64.RawURLEncoding.EncodeToString(s.world.Bytes(32)) }
	e.State, e.Nonce, e.Verifier, e.Until = random(), random(), random(), s.world.Now().Add(oidcPatience)
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.errandCookie(r, base64.RawURLEncoding.EncodeToString(text), int(oidcPatience.Seconds())))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, flow.AuthCodeURL(e.State, append(more, oidc.Nonce(e.Nonce), oauth2.S256ChallengeOption(e.Verifier))...), http.StatusSeeOther)
	return nil
}

// errandCookie comes back from the provider's site, which a strict cookie would not. It is sent to all addresses of this host, as its prefix asks.
func (s *Service) errandCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.prefixed(oidcCookie, r), Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: s.encrypted(r), SameSite: http.SameSiteLaxMode}
}

// getAnswer takes a browser back from the provider, opens a session, or proves who is there, and sends it to the pages.
// Whatever does not fit sends it to the page that it came from, which tells why.
func (s *Service) getAnswer(w http.ResponseWriter, r *http.Request) error {
	if s.Provider == nil {
		return errNoProvider
	}
	w.Header().Set("Cache-Control", "no-store")
	http.SetCookie(w, s.errandCookie(r, "", -1)) // good once
	e, c, err := s.answered(r)
	if err == nil && e.Session != "" {
		var code string
		if code, err = s.attest(r.Context(), c, e); err == nil {
			http.Redirect(w, r, e.page()+"#"+code, http.StatusSeeOther) // no log sees what stands behind #
			return nil
		}
	}
	if err != nil {
		return back(w, r, e.page(), err)
	}
	secret, err := s.enterAs(r, c)
	if err != nil {
		return back(w, r, e.page(), err)
	}
	http.SetCookie(w, s.cookie(r, secret, int(s.Absolute.Seconds())))
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// back sends a browser to a page, which tells why; what is our fault is answered as such.
func back(w http.ResponseWriter, r *http.Request, page string, err error) error {
	e, ours := errors.AsType[*casebook.Error](err)
	if !ours || e.Kind == casebook.Internal {
		return err
	}
	http.Redirect(w, r, page+"?problem="+e.Code, http.StatusSeeOther)
	return nil
}

// claims are what we read of an ID token.
type claims struct {
	user    casebook.UserID
	subject string
	name    string
	locale  string
	groups  []string
	vouched bool      // for more than one factor (amr "mfa", RFC 8176)
	asked   time.Time // when the provider last had them prove who they are (auth_time)
}

// answered verifies what came back.
func (s *Service) answered(r *http.Request) (e errand, c claims, err error) {
	cookie, err := r.Cookie(s.prefixed(oidcCookie, r))
	if err != nil {
		return e, c, errProvider
	}
	text, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || json.Unmarshal(text, &e) != nil {
		return e, c, errProvider
	}
	q := r.URL.Query()
	if e.State == "" || q.Get("state") != e.State || q.Get("code") == "" || s.world.Now().After(e.Until) {
		return e, c, errProvider
	}
	c, err = s.Provider.redeem(r.Context(), q.Get("code"), e, s.world.Now)
	return e, c, err
}

// enterAs opens a session for who came back, and returns its secret.
func (s *Service) enterAs(r *http.Request, c claims) (secret string, err error) {
	ctx := web.WithActor(r.Context(), casebook.Actor{User: c.user, Trace: casebook.ActorFrom(r.Context()).Trace})
	if err := s.welcomeBack(ctx, c); err != nil {
		return "", err
	}
	secret, _, err = s.signedIn(ctx, c.user, Attempt{Address: s.Address(r), Agent: r.UserAgent(), Previous: s.cookieOf(r), vouched: c.vouched})
	return secret, err
}

// redeem exchanges the code for an ID token and reads it once it is verified: signature, issuer, audience, time, nonce.
func (p *Provider) redeem(ctx context.Context, code string, e errand, now func() time.Time) (c claims, err error) {
	ctx, provider, flow, err := p.meet(ctx)
	if err != nil {
		return c, err
	}
	token, err := flow.Exchange(ctx, code, oauth2.VerifierOption(e.Verifier))
	if err != nil {
		return c, errProvider.Wrap(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: p.Client, Now: now}).Verify(ctx, raw)
	if err != nil {
		return c, errProvider.Wrap(err)
	}
	if id.Nonce != e.Nonce {
		return c, errProvider
	}
	var said map[string]any
	if err := id.Claims(&said); err != nil {
		return c, errProvider.Wrap(err)
	}
	one := func(name string) string { text, _ := said[name].(string); return text }
	many := func(name string) (all []string) {
		list, _ := said[name].([]any)
		for _, v := range list {
			if text, ok := v.(string); ok {
				all = append(all, text)
			}
		}
		return all
	}
	c = claims{user: casebook.UserID(strings.ToLower(one(p.User))), subject: id.Subject, name: one("name"), locale: "en", groups: many(p.Groups), vouched: slices.Contains(many("amr"), "mfa")}
	if at, ok := said["auth_time"].(float64); ok {
		c.asked = time.Unix(int64(at), 0)
	}
	if strings.HasPrefix(strings.ToLower(one("locale")), "zh") {
		c.locale = "zh-CN"
	}
	if c.name == "" {
		c.name = string(c.user)
	}
	return c, nil
}

// externalState is an account's tie to the provider, as entries tell it.
type externalState struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
}

// welcomeBack finds or makes the account of who comes from the provider, ties it to the provider's subject, and gives and
// takes the roles that groups carry. An account with a password of its own is nobody's to take over: whoever manages
// access resets the password first.
func (s *Service) welcomeBack(ctx context.Context, c claims) error {
	p := s.Provider
	defer s.forget()
	return s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) error {
		err := open(ctx, w.Tx, c.user)
		if casebook.KindOf(err) == casebook.NotFound && p.Create {
			n := NewPerson{User: c.user, Name: c.name, Locale: c.locale}
			if err = n.check(); err == nil {
				err = createPerson(ctx, w, n, "")
			}
		}
		if err != nil {
			return casebook.Fail(casebook.Unauthorized, "auth.provider.unknown").Wrap(err)
		}
		if err := s.tie(ctx, w, c); err != nil {
			return err
		}
		return p.sync(ctx, w, c)
	})
}

// tie makes sure that the account is the subject's.
func (s *Service) tie(ctx context.Context, w *ledger.Writer, c claims) error {
	var is externalState
	err := w.Row(ctx, `SELECT issuer, subject FROM auth_external WHERE user_id = $1`, c.user).Scan(&is.Issuer, &is.Subject)
	want := externalState{s.Provider.Issuer, c.subject}
	switch {
	case err == nil && is == want:
		return nil
	case err == nil:
		return casebook.Fail(casebook.Unauthorized, "auth.provider.taken")
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	var password string
	if err := w.Row(ctx, `SELECT password FROM auth_person WHERE user_id = $1`, c.user).Scan(&password); err != nil {
		return err
	}
	if password != "" {
		return casebook.Fail(casebook.Unauthorized, "auth.provider.taken")
	}
	made, err := w.Exec(ctx, `INSERT INTO auth_external(user_id, issuer, subject, since) VALUES($1,$2,$3,$4) ON CONFLICT (issuer, subject) DO NOTHING`,
		c.user, want.Issuer, want.Subject, store.Micros(w.Now))
	if err != nil {
		return err
	}
	if made == 0 { // the subject has another account
		return casebook.Fail(casebook.Unauthorized, "auth.provider.taken")
	}
	return record(ctx, w, ledger.Entry{What: "auth.provider.tied", Ref: string(c.user)}, nil, want)
}

// untie ends the account's tie to the provider, if it has one.
func untie(ctx context.Context, w *ledger.Writer, user casebook.UserID, reason string) error {
	var was externalState
	err := w.Row(ctx, `DELETE FROM auth_external WHERE user_id = $1 RETURNING issuer, subject`, user).Scan(&was.Issuer, &was.Subject)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return record(ctx, w, ledger.Entry{What: "auth.provider.untied", Ref: string(user), Reason: reason}, was, nil)
}

// sync gives the roles that c's groups carry and takes those that they no longer do. Roles that no group carries are not
// the provider's to say.
func (p *Provider) sync(ctx context.Context, w *ledger.Writer, c claims) error {
	holds, err := grantsOf(ctx, w.Tx, c.user)
	if err != nil {
		return err
	}
	due := map[Grant]bool{}
	for _, m := range p.Roles {
		due[m.Grant] = due[m.Grant] || slices.Contains(c.groups, m.Group)
	}
	for _, m := range p.Roles {
		want, listed := due[m.Grant]
		if !listed {
			continue // done
		}
		delete(due, m.Grant)
		switch has := slices.Contains(holds, m.Grant); {
		case want && !has:
			err = grantRole(ctx, w, c.user, m.Grant)
		case !want && has:
			err = withdrawRole(ctx, w, c.user, m.Grant, "provider")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
