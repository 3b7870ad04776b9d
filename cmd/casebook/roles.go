package main

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/amendment"
	"casebook/auth"
	"casebook/edc/coding"
	"casebook/edc/definition"
	"casebook/edc/normal"
	"casebook/edc/view"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"

	"golang.org/x/sync/errgroup"
)

// role is a part of the product that a process may play. No package below asks which role it runs in: a role only
// decides which addresses are mounted and which loops start.
type role struct {
	name   string
	help   string
	routes func(*app) []auth.Route           // for the outside
	peers  func(*app, *http.ServeMux)        // for our own processes
	run    func(*app, context.Context) error // a loop that ends with ctx
	first  bool                              // visitors wait for what its loop does
}

// roles is the one table.
var roles = []role{
	{name: "gateway", help: "the edge: sign-in, pages, limits", routes: func(a *app) []auth.Route { return a.people.Routes() },
		peers: func(a *app, mux *http.ServeMux) { auth.MountSigning(mux, a.people) }},
	{name: "trial", help: "trials, sites, published versions", routes: func(a *app) []auth.Route { return a.trials.Routes() },
		peers: func(a *app, mux *http.ServeMux) { trial.Mount(mux, a.trials) }},
	{name: "patient", help: "who is enrolled", peers: func(a *app, mux *http.ServeMux) { patient.Mount(mux, a.patients) }},
	{name: "edc", help: "forms, queries, the matrix", routes: func(a *app) []auth.Route {
		return slices.Concat(a.staff.Routes(), a.exports.Routes(), a.uploads.Routes(), normal.New(a.ledger, a.forms).Routes(), view.New(a.db).Routes(), coding.New(a.ledger, a.forms).Routes(), amendment.New(a.ledger, a.trials, a.forms).Routes(), definition.New(a.trials).Routes())
	},
		run: func(a *app, ctx context.Context) error {
			return together(ctx, a.exports.Run, a.uploads.Run, coding.New(a.ledger, a.forms).Run)
		}},
	{name: "allocation", help: "randomisation lists, unblinding, kits, blinded items", routes: func(a *app) []auth.Route { return slices.Concat(a.given.Routes(), a.kits.Routes(), a.blinded.Routes()) },
		run: func(a *app, ctx context.Context) error { return a.given.Run(ctx) }},
	{name: "epro", help: "patients' phones, schedules, alerts", routes: func(a *app) []auth.Route { return a.epro.Routes() },
		run: func(a *app, ctx context.Context) error { return a.epro.Run(ctx) }},
	{name: "report", help: "the door for patients' reports", first: true, routes: func(a *app) []auth.Route { return a.reports.Routes() },
		run: func(a *app, ctx context.Context) error { return a.reports.Run(ctx) }},
	{name: "outbox", help: "sends what leaves: mail, messages, calls of other programs", run: func(a *app, ctx context.Context) error { return a.box.Run(ctx) }},
	{name: "platform", help: "the change feed, webhooks, live settings", routes: openRoutes,
		run: func(a *app, ctx context.Context) error { return a.platform.Run(ctx) }},
	{name: "notice", help: "notices to sites, receipts, reminders", routes: func(a *app) []auth.Route { return a.notices.Routes() },
		run: func(a *app, ctx context.Context) error { return a.notices.Run(ctx) }},
	{name: "site", help: "institutions, people, plans, enrolment, issues, documents, monitoring visits, payments, serious adverse events", routes: officeRoutes,
		run: func(a *app, ctx context.Context) error {
			return together(ctx, a.office.safety.Run, a.sites.Run, a.files.Run)
		}},
	{name: "monitor", help: "indicators and signals", routes: func(a *app) []auth.Route { return a.monitor.Routes() },
		run: func(a *app, ctx context.Context) error { return a.monitor.Run(ctx) }},
}

// loops are what a process with these roles does beside answering, those first that visitors wait for.
func loops(a *app, mine []role) (all []func(context.Context) error) {
	all = append(all, a.ledger.Run, a.settings.Run)
	for _, r := range mine {
		switch run := func(ctx context.Context) error { return r.run(a, ctx) }; {
		case r.run == nil:
		case r.first:
			all = slices.Insert(all, 0, run)
		default:
			all = append(all, run)
		}
	}
	return all
}

// together runs the loops of one role until ctx ends or one of them fails.
func together(ctx context.Context, loops ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, run := range loops {
		g.Go(func() error { return run(ctx) })
	}
	return g.Wait()
}

// chosen returns the roles that a process plays: "all", or names with commas between them.
func chosen(names string) ([]role, error) {
	if names == "all" {
		return roles, nil
	}
	var mine []role
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(roles, func(r role) bool { return r.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, casebook.Fail(casebook.Invalid, "serve.role_unknown", name)
		}
		mine = append(mine, roles[i])
	}
	return mine, nil
}

func plays(mine []role, name string) bool {
	return slices.ContainsFunc(mine, func(r role) bool { return r.name == name })
}

// addresses are what a process with these roles answers to the outside.
func addresses(a *app, mine []role) (routes []auth.Route) {
	for _, r := range mine {
		if r.routes != nil {
			routes = append(routes, r.routes(a)...)
		}
	}
	return routes
}

// fromAnyCopy lets a replica of the database answer what is only read.
func fromAnyCopy(routes []auth.Route) []auth.Route {
	for i, route := range routes {
		if strings.HasPrefix(route.Pattern, "GET ") {
			routes[i].Handle = func(w http.ResponseWriter, r *http.Request) error {
				return route.Handle(w, r.WithContext(store.Anywhere(r.Context())))
			}
		}
	}
	return routes
}
