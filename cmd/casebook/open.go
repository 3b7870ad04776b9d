package main

import (
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/platform/lab"
	"casebook/platform/r4"
	live "casebook/settings"
)

// openRoutes are the addresses of the open side: its own, the study in the words of FHIR, and results of laboratories.
func openRoutes(a *app) []auth.Route {
	face := r4.New(a.ledger, a.trials, a.forms, a.platform)
	face.Done = func(study casebook.StudyID, site casebook.SiteID, well bool) {
		a.settings.Done(live.Place{Study: study, Site: site}, well)
	}
	return slices.Concat(a.platform.Routes(), face.Routes(), lab.New(a.ledger, a.trials, a.forms).Routes())
}
