package main

import (
	"slices"

	"casebook/auth"
	"casebook/site"
	"casebook/site/document"
	"casebook/site/goods"
	"casebook/site/keep"
	"casebook/site/payment"
	"casebook/site/safety"
	sitevisit "casebook/site/visit"
)

// office is what stands beside the study office on its records.
type office struct {
	visits   *sitevisit.Service
	payments *payment.Service
	goods    *goods.Service
	safety   *safety.Service
}

// officeBooks are what the study office's verbs say of its records.
var officeBooks = []keep.Book{site.Book, document.Book, sitevisit.Book, payment.Book, safety.Book, goods.Book}

func (a *app) newOffice() office {
	return office{safety: a.newSafety(), payments: payment.New(a.ledger, a.people.Reauthenticate), goods: goods.New(a.ledger, a.people.Reauthenticate),
		visits: sitevisit.New(a.ledger, sitevisit.Options{Reauthenticate: a.people.Reauthenticate, Signals: a.monitor.Standing, Cause: a.monitor.Visited, Post: a.postLetter, Receipt: a.letterReceipt})}
}

// officeRoutes are the addresses of the study office.
func officeRoutes(a *app) []auth.Route {
	return slices.Concat(a.sites.Routes(), a.files.Routes(), a.office.visits.Routes(), a.office.payments.Routes(), a.office.safety.Routes(), a.office.goods.Routes())
}
