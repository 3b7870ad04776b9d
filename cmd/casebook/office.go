package main

import (
	"slices"

	"casebook/auth"
	"casebook/site"
	"casebook/site/document"
	"casebook/site/keep"
)

// office is what stands beside the study office on its records.
type office struct {
	documents *document.Service
}

// officeBooks are what the study office's verbs say of its records.
var officeBooks = []keep.Book{site.Book, document.Book}

func (a *app) newOffice() office {
	return office{documents: document.New(a.ledger, a.people.Reauthenticate)}
}

// officeRoutes are the addresses of the study office.
func officeRoutes(a *app) []auth.Route {
	return slices.Concat(a.sites.Routes(), a.office.documents.Routes())
}
