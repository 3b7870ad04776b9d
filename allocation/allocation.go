// Package allocation gives subjects their treatment by lists made beforehand: lists by permuted blocks within strata, or
// brought as CSV; the step that takes the next place for a subject; emergency unblinding. It refuses to keep a treatment in
// the clear: what a place gives is encrypted by a key outside the database, so that no row, entry, export or backup tells it.
package allocation

import (
	"context"
	"embed"
	"io/fs"
	"net/http"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/vault"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. None of their values tells a treatment.
const (
	ListMade     = "allocation.list.made"     // Ref: the list; New: made
	ListReleased = "allocation.list.released" // Ref: the list; New: Signature
	ListClosed   = "allocation.list.closed"   // Ref: the list; Reason
	ListRead     = "allocation.list.read"     // Ref: the list: somebody has looked into it
	Randomised   = "allocation.randomised"    // Ref: the number; New: Assignment
	Unblinded    = "allocation.unblinded"     // Ref: the unblinding; New: Unblinding
	Told         = "allocation.told"          // Ref: the unblinding; New: told

	ListResealed       = "allocation.list.resealed"       // Ref: the list; New: resealed
	UnblindingResealed = "allocation.unblinding.resealed" // Ref: the unblinding, whose reason in words was sealed anew; New: resealed
)

// Service gives treatments out.
type Service struct {
	ledger   *ledger.Ledger
	db       *store.DB
	world    casebook.World
	forms    *record.Service
	patients *patient.Service
	keys     *vault.Ring
	wake     chan struct{} // holds one token

	// Tell alerts those whom an unblinding concerns and returns the notice, "" when there is nobody. Asked twice it alerts
	// once. It is set before the service runs; nil tells nobody.
	Tell func(ctx context.Context, study casebook.StudyID, u Unblinding) (notice string, err error)

	reauthenticate func(r *http.Request, user, password string) error
}

// New returns the service of l's database. Keys open what is sealed. Before a signature reauthenticate proves who signs.
func New(l *ledger.Ledger, forms *record.Service, keys *vault.Ring, reauthenticate func(r *http.Request, user, password string) error) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), forms: forms, patients: patient.New(l), keys: keys, wake: make(chan struct{}, 1), reauthenticate: reauthenticate}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	const lists, list, subject = study + "/randomisation-lists", study + "/randomisation-lists/{list}", study + "/subjects/{subject}/allocation"
	treatment := auth.InStudy(auth.TreatmentManage)
	return []auth.Route{
		{Pattern: "GET " + study + "/allocations", Policy: auth.SiteInside(auth.SubjectRead), Handle: s.overview},
		{Pattern: "GET " + subject, Policy: auth.SiteInside(auth.SubjectRead), Handle: s.getSubject},
		{Pattern: "POST " + subject, Policy: auth.SiteInside(auth.SubjectRandomise), Handle: s.postSubject},
		{Pattern: "POST " + study + "/subjects/{subject}/unblinding", Policy: auth.SiteInside(auth.SubjectUnblind), Handle: s.postUnblinding},
		{Pattern: "GET " + lists, Policy: treatment, Handle: s.getLists},
		{Pattern: "POST " + lists, Policy: treatment, Handle: s.postList},
		{Pattern: "GET " + list, Policy: treatment, Handle: s.getList},
		{Pattern: "POST " + list + "/release", Policy: treatment, Handle: s.postRelease},
		{Pattern: "POST " + list + "/closing", Policy: treatment, Handle: s.postClosing},
	}
}
