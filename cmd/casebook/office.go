package main

import (
	"slices"

	"casebook/auth"
	"casebook/site"
	"casebook/site/document"
	"casebook/site/keep"
	"casebook/site/payment"
	sitevisit "casebook/site/visit"
)

// office is what stands beside the study office on its records.
type office struct {
	documents *document.Service
	visits    *sitevisit.Service
	payments  *payment.Service
}

// officeBooks are what the study office's verbs say of its records.
var officeBooks = []keep.Book{site.Book, document.Book, sitevisit.Book, payment.Book}

func (a *app) newOffice() office {
	return office{documents: document.New(a.ledger, a.people.Reauthenticate), payments: payment.New(a.ledger, a.people.Reauthenticate),
		visits: sitevisit.New(a.ledger, sitevisit.Options{Reauthenticate: a.people.Reauthenticate, Signals: a.monitor.Standing, Post: a.postLetter, Receipt: a.letterReceipt})}
}

// officeRoutes are the addresses of the study office.
func officeRoutes(a *app) []auth.Route {
	return slices.Concat(a.sites.Routes(), a.office.documents.Routes(), a.office.visits.Routes(), a.office.payments.Routes())
}
