// Package auth is about people and what they may do: sign-in, sessions, tokens of devices and clients, roles by study
// and site, and the policy that every route declares. It knows no subject, form or signal; whatever serves a route
// imports it, and it imports nothing above the ledger and web.
package auth

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"

	"casebook"
	"casebook/web"
)

// Kind tells who stands behind a request.
type Kind string

// The kinds of principal.
const (
	Person Kind = "person" // signed in, with a session
	Device Kind = "device" // a subject's device, with a token
	Client Kind = "client" // another program, with a token
)

// Grant is a role that somebody has in a study, at one site or, when Site is "", at all. The study of an
// administrator's grant is casebook.Platform.
type Grant struct {
	Study casebook.StudyID `json:"study"`
	Site  casebook.SiteID  `json:"site"`
	Role  Role             `json:"role"`
}

// Principal is who stands behind a request, and what they hold. It is shared and never changed.
type Principal struct {
	Kind   Kind
	User   casebook.UserID // of a token "device:ID" or "client:ID", which a client's keys have in common
	Name   string          // as the person is called; of a token, what it was issued for
	NameZH string          // the name in Chinese, "" when there is none
	Locale string          // "zh-CN" or "en"
	Grants []Grant

	Study   casebook.StudyID   // the one study of a token, "" for a person
	Subject casebook.SubjectID // the one subject of a device, or "" for any

	Unproven bool // a role wants a second factor: until there is one, this person holds nothing
	Stale    bool // the password is too old: until there is another, this person holds nothing

	outside  bool           // of a person: has no password here
	passkey  bool           // of a person: has one
	key      string         // of a token: its id
	until    int64          // of a token: when it ends, microseconds, 0 for never
	scopes   actions        // of a client: what its grants are narrowed to
	networks []netip.Prefix // of a client: where it may be; none for anywhere

	introduced bool         // by another of our processes, where the people are
	asked      *atomic.Bool // set once a handler of a SiteInside route has asked for a site
}

type principalKey struct{}

// From returns the principal of a request that came through Mount, or nil on a Public route without one.
func From(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}

// With returns ctx carrying p. It is for what acts without a request: a command, a test.
func With(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Allows reports whether p may do action in study at site. Site "" stands for the study as a whole: for an action that
// belongs to sites it needs a grant for all of them.
func (p *Principal) Allows(action Action, study casebook.StudyID, site casebook.SiteID) bool {
	_, ok := p.grant(action, study, site)
	return ok
}

// Sites returns at which sites of study p may do action: all of them, or those listed.
func (p *Principal) Sites(action Action, study casebook.StudyID) (all bool, list []casebook.SiteID) {
	p.mark()
	if p == nil {
		return false, nil
	}
	for _, g := range p.Grants {
		switch {
		case g.Study != study || !p.can(g.Role, action):
		case g.Site == "":
			return true, nil
		case !slices.Contains(list, g.Site):
			list = append(list, g.Site)
		}
	}
	slices.Sort(list)
	return false, list
}

// Personal reports whether p may see, at any site of study, what tells who a subject is. It is no question for a site: a handler
// that has asked nothing else is withheld all the same.
func (p *Principal) Personal(study casebook.StudyID) bool {
	_, ok := p.anywhere(PersonalRead, study)
	return ok
}

// Act is Allows for a write: ctx then says in which role, and from which location, p acts.
func Act(ctx context.Context, action Action, study casebook.StudyID, site casebook.SiteID) (context.Context, bool) {
	p := From(ctx)
	g, ok := p.grant(action, study, site)
	if !ok {
		return ctx, false
	}
	return p.acting(ctx, g), true
}

// acting puts the actor on ctx. Who holds a grant for all sites acts from the sponsor's side (ODM's LocationRef).
func (p *Principal) acting(ctx context.Context, g Grant) context.Context {
	a := casebook.Actor{User: p.User, Role: string(g.Role), Location: string(g.Site), Trace: casebook.ActorFrom(ctx).Trace}
	if a.Location == "" && p.Kind == Person {
		a.Location = "sponsor"
	}
	return web.WithActor(ctx, a)
}

// grant finds the grant that lets p do action: the one for the site itself before one for all sites.
func (p *Principal) grant(action Action, study casebook.StudyID, site casebook.SiteID) (best Grant, ok bool) {
	p.mark()
	if p == nil {
		return Grant{}, false
	}
	atSites := policy.atSites.has(action)
	for _, g := range p.Grants {
		switch {
		case g.Study != study || !p.can(g.Role, action):
		case g.Site != "" && g.Site == site:
			return g, true
		case g.Site == "" || !atSites:
			if !ok {
				best, ok = g, true
			}
		}
	}
	return best, ok
}

// anywhere finds a grant that lets p do action at some site of study.
func (p *Principal) anywhere(action Action, study casebook.StudyID) (Grant, bool) {
	for _, g := range p.Grants {
		if g.Study == study && p.can(g.Role, action) {
			return g, true
		}
	}
	return Grant{}, false
}

// in reports whether p has anything to do with study.
func (p *Principal) in(study casebook.StudyID) bool {
	return slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Study == study })
}

func (p *Principal) can(role Role, action Action) bool {
	return policy.of[role].has(action) && (p.Kind != Client || p.scopes.has(action))
}

func (p *Principal) mark() {
	if p != nil && p.asked != nil {
		p.asked.Store(true)
	}
}

// Printed is the person's name as a signature prints it: in both languages when there are two.
func (p *Principal) Printed() string {
	if p.NameZH == "" || p.NameZH == p.Name {
		return p.Name
	}
	return p.Name + " " + p.NameZH
}
