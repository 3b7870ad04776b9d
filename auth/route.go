package auth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"casebook"
	"casebook/web"
)

// Route is an address, who may use it, and what answers. Pattern is http.ServeMux's, with a method.
type Route struct {
	Pattern string
	Policy  *Policy
	Handle  web.HandlerFunc
}

// Policy says who may use a route. One of Public, SignedIn, OwnAccount, InStudy, SiteInside, OwnStudy and OnPlatform makes it.
type Policy struct {
	action Action
	scope  scope
}

type scope int

const (
	public scope = iota
	signedIn
	ownAccount
	inStudy
	siteInside
	ownStudy
	onPlatform
)

// Public is for everybody, signed in or not: the door itself.
var Public = &Policy{scope: public}

// SignedIn is for everybody who is signed in; the handler answers only what From(ctx).Grants lets them know.
var SignedIn = &Policy{scope: signedIn}

// OwnAccount is for a person about the person's own account; no token has one.
var OwnAccount = &Policy{scope: ownAccount}

// InStudy is for who may do action, one that belongs to studies, in the study that the path names as {study} or
// {trialId}. Who has nothing to do with the study is told that there is none.
func InStudy(action Action) *Policy { return &Policy{action, inStudy} }

// SiteInside is InStudy for an action that belongs to sites, where only the handler can know the site: it must ask
// Principal.Allows, Principal.Sites or Act before it answers. What a handler answers without having asked is withheld.
func SiteInside(action Action) *Policy { return &Policy{action, siteInside} }

// OwnStudy is for tokens: action in the token's own study. The handler compares Principal.Subject itself.
func OwnStudy(action Action) *Policy { return &Policy{action, ownStudy} }

// OnPlatform is for an action that belongs to the platform.
func OnPlatform(action Action) *Policy { return &Policy{action, onPlatform} }

// String names the policy as the table of routes does: "public", "signed in", or an action.
func (p *Policy) String() string {
	switch p.scope {
	case public:
		return "public"
	case signedIn:
		return "signed in"
	case ownAccount:
		return "own account"
	}
	return string(p.action)
}

// Roles are who may do the policy's action, in the order of the grid: every role on a route for everybody.
func (p *Policy) Roles() (who []Role) {
	for _, r := range policy.roles {
		if p.scope == ownAccount && (r == DeviceRole || r == ClientRole) {
			continue
		}
		if p.action == "" || policy.of[r].has(p.action) {
			who = append(who, r)
		}
	}
	return who
}

var (
	errSignedOut = casebook.Fail(casebook.Unauthorized, "auth.signed_out")
	errForbidden = casebook.Fail(casebook.Forbidden, "auth.forbidden")
	errCrossSite = casebook.Fail(casebook.Forbidden, "auth.cross_site")
	errUnasked   = casebook.Fail(casebook.Internal, "auth.unasked")
)

// noStudy is what a study that is not there, or not for this person, is answered with: nobody can tell which.
func noStudy(study casebook.StudyID) error {
	return casebook.Fail(casebook.NotFound, "trial.unknown", study).At("study")
}

// Mount mounts routes on mux behind s. It refuses a route without a policy, a policy that does not fit its action or
// pattern, and two routes at one address, so that a server with such a hole does not start.
func Mount(mux *http.ServeMux, s *Service, routes []Route) error {
	for _, r := range routes {
		if err := r.check(); err != nil {
			return fmt.Errorf("auth: route %q: %w", r.Pattern, err)
		}
		if err := handle(mux, r.Pattern, web.Handler(func(w http.ResponseWriter, q *http.Request) error { return s.admit(w, q, &r) })); err != nil {
			return fmt.Errorf("auth: route %q: %w", r.Pattern, err)
		}
	}
	return nil
}

// check finds what the route's author forgot.
func (r *Route) check() error {
	p := r.Policy
	if p == nil || r.Handle == nil {
		return fmt.Errorf("it has no policy or nothing to answer with")
	}
	if method, _, ok := strings.Cut(r.Pattern, " "); !ok || strings.ToUpper(method) != method {
		return fmt.Errorf("it names no method")
	}
	if p.action == "" {
		return nil
	}
	if policy.bit[p.action] == 0 {
		return fmt.Errorf("nobody knows the action %q", p.action)
	}
	atSites, platform := policy.atSites.has(p.action), policy.platform.has(p.action)
	named := strings.Contains(r.Pattern, "{study}") || strings.Contains(r.Pattern, "{trialId}")
	switch {
	case (p.scope == inStudy || p.scope == siteInside) && !named:
		return fmt.Errorf("it names no {study} or {trialId}")
	case p.scope == inStudy && (atSites || platform):
		return fmt.Errorf("%s does not belong to studies", p.action)
	case p.scope == siteInside && !atSites:
		return fmt.Errorf("%s does not belong to sites", p.action)
	case p.scope == onPlatform != platform:
		return fmt.Errorf("%s and the platform do not belong together", p.action)
	}
	return nil
}

// handle turns the mux's panic about a second route at one address into an error.
func handle(mux *http.ServeMux, pattern string, h http.Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

// admit lets a request through to its route, or says why not.
func (s *Service) admit(w http.ResponseWriter, q *http.Request, r *Route) error {
	if !s.sameOrigin(q) {
		return errCrossSite
	}
	study, there := s.there(q, r.Policy)
	if r.Policy.scope == public {
		if there != nil {
			return there(w, q)
		}
		return r.Handle(w, q)
	}
	p, err := s.Authenticate(q)
	if err != nil && there != nil && bearer(q) != "" {
		return there(w, q) // it may know the token
	}
	if err != nil {
		return err
	}
	g, err := p.pass(r.Policy, q)
	if err != nil {
		return err
	}
	if g.Role == SupportRole && there == nil { // elsewhere it is noted where the study's rows are
		if err := s.looks(q.WithContext(p.acting(q.Context(), g)), p.User, g.Study); err != nil {
			return err
		}
	}
	carried := s.Carry != nil && r.Policy.scope != ownStudy && !p.introduced
	if there == nil && !carried {
		return answer(w, q, r, p, g)
	}
	next := func(w http.ResponseWriter, q *http.Request) error { return answer(w, q, r, p, g) }
	if there != nil {
		next = func(w http.ResponseWriter, q *http.Request) error {
			return s.handOn(w, q.WithContext(p.acting(q.Context(), g)), r, p, study, there)
		}
	}
	if !carried {
		return next(w, q)
	}
	return s.Carry(w, q, p, next)
}

// answer has a route answer for p, who acts by the grant g.
func answer(w http.ResponseWriter, q *http.Request, r *Route, p *Principal, g Grant) error {
	if r.Policy.scope != siteInside {
		return r.Handle(w, q.WithContext(p.acting(With(q.Context(), p), g)))
	}
	own := *p // this request's own, which notes whether it was asked
	own.asked = new(atomic.Bool)
	q = q.WithContext(own.acting(With(q.Context(), &own), g))
	return r.Handle(&guard{ResponseWriter: w, asked: own.asked, ctx: q.Context(), request: q}, q)
}

// pass finds the grant by which p passes policy.
func (p *Principal) pass(policy *Policy, q *http.Request) (Grant, error) {
	study := casebook.Platform
	switch policy.scope {
	case signedIn:
		return Grant{}, nil
	case ownAccount:
		if p.Kind != Person {
			return Grant{}, errForbidden
		}
		return Grant{}, nil
	case inStudy, siteInside:
		study = casebook.StudyID(q.PathValue("study") + q.PathValue("trialId"))
	case ownStudy:
		study = p.Study
	}
	g, ok := p.anywhere(policy.action, study)
	switch {
	case ok:
		return g, nil
	case (policy.scope == inStudy || policy.scope == siteInside) && !p.in(study):
		return g, noStudy(study)
	}
	return g, errForbidden
}

// sameOrigin refuses what another site's page makes a browser do. What a page does with its cookie needs a header that
// no other site's page can set without being allowed to; the origin is judged as in Go's CrossOriginProtection, which
// takes a request with neither Origin nor Sec-Fetch-Site for one that no browser made.
func (s *Service) sameOrigin(q *http.Request) bool {
	if q.Method == http.MethodGet || q.Method == http.MethodHead || q.Header.Get("Authorization") != "" {
		return true
	}
	if s.cookieOf(q) != "" && q.Header.Get("X-Casebook") != "1" {
		return false
	}
	return s.origins.Check(q) == nil
}

// guard withholds a good answer that was made without asking for the site.
type guard struct {
	http.ResponseWriter
	asked   *atomic.Bool
	ctx     context.Context
	request *http.Request
	begun   bool
	held    bool
}

func (g *guard) WriteHeader(status int) {
	if !g.begun && status < 400 && !g.asked.Load() {
		g.held = true
		slog.ErrorContext(g.ctx, "a route answered without asking for the site", "route", g.request.Pattern)
		g.Header().Del("Content-Length")
		web.Error(g.ResponseWriter, g.request, errUnasked)
	}
	g.begun = true
	if !g.held {
		g.ResponseWriter.WriteHeader(status)
	}
}

func (g *guard) Write(b []byte) (int, error) {
	if !g.begun {
		g.WriteHeader(http.StatusOK)
	}
	if g.held {
		return len(b), nil
	}
	return g.ResponseWriter.Write(b)
}

// Flush sends what is written so far, for streams.
func (g *guard) Flush() {
	if !g.begun {
		g.WriteHeader(http.StatusOK)
	}
	if !g.held {
		_ = http.NewResponseController(g.ResponseWriter).Flush() // a writer that cannot flush sends at its own time
	}
}

// Unwrap is for http.ResponseController.
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }
