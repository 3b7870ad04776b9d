// Package lab keeps laboratory results that other programs send until a person confirms or refuses them. It refuses to put a value
// into a casebook by itself, to guess a unit, and to let a program confirm.
package lab

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/trial"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package. Ref is the result's id.
const (
	VerbReceived = "lab.result.received" // New: Sent
	VerbAccepted = "lab.result.accepted" // New: Decision; the value is an entry of its own in the same transaction
	VerbRefused  = "lab.result.refused"  // New: Decision
)

// The states of a result.
const (
	Waiting  = "waiting"
	Accepted = "accepted"
	Refused  = "refused"
)

// Sent is a result as its sender says it.
type Sent struct {
	ID          string             `json:"id"` // the sender's own
	Subject     casebook.SubjectID `json:"subject"`
	System      string             `json:"system,omitzero"` // of Code: http://loinc.org; "" for the study's own names of items
	Code        string             `json:"code"`
	Name        string             `json:"name,omitzero"`
	Value       string             `json:"value"`
	Unit        string             `json:"unit,omitzero"`
	Taken       string             `json:"taken,omitzero"` // when the sample was taken, as the sender writes it
	Event       string             `json:"event,omitzero"` // the visit, where the sender knows it
	EventRepeat string             `json:"eventRepeat,omitzero"`
	Format      string             `json:"format,omitzero"`   // csv, json or fhir
	Line        int                `json:"line,omitzero"`     // of the file
	Original    string             `json:"original,omitzero"` // the resource that it came as
}

// Decision is what became of a result.
type Decision struct {
	By     casebook.UserID `json:"by,omitzero"`
	At     time.Time       `json:"at,omitzero"`
	Reason string          `json:"reason,omitzero"`
	Place  string          `json:"place,omitzero"` // record.Key.Ref of the form that took the value
	Item   string          `json:"item,omitzero"`  // group/repeat/item
}

// Result is a result with what became of it.
type Result struct {
	ID       string          `json:"id"`
	Site     casebook.SiteID `json:"site"`
	Source   casebook.UserID `json:"source"` // who sent it
	Received time.Time       `json:"received"`
	State    string          `json:"state"`
	Sent     Sent            `json:"sent"`
	Decision Decision        `json:"decision"`
}

// Service takes results in and has them decided.
type Service struct {
	ledger *ledger.Ledger
	trials *trial.Service
	forms  *record.Service
}

// New returns the laboratory's desk to l's database.
func New(l *ledger.Ledger, trials *trial.Service, forms *record.Service) *Service {
	return &Service{l, trials, forms}
}

// Place is where a result may go.
type Place struct {
	Event string `json:"event"`
	Form  string `json:"form"`
	Group string `json:"group"`
	Item  string `json:"item"`
}

// loinc is how files say http://loinc.org.
var loinc = []string{"loinc", "http://loinc.org"}

// means reports whether an item is what a code of a system stands for: by its codings, by its aliases, or by its own name.
func means(it *odm.Item, system, code string) bool {
	if system == "" {
		return code == it.OID || code == it.Name
	}
	same := func(s string) bool {
		return strings.EqualFold(s, system) || slices.Contains(loinc, strings.ToLower(s)) && slices.Contains(loinc, strings.ToLower(system))
	}
	return slices.ContainsFunc(it.Codings, func(c odm.Coding) bool { return c.Code == code && same(c.System) }) ||
		slices.ContainsFunc(it.Aliases, func(a odm.Alias) bool { return a.Name == code && same(a.Context) })
}

// unitFits reports whether a result's unit is one of the item's. An item without units takes what comes without one.
func unitFits(x *odm.Index, it *odm.Item, unit string) bool {
	if len(it.Units) == 0 {
		return unit == ""
	}
	for _, oid := range it.Units {
		u := x.Unit(oid)
		if u == nil {
			continue
		}
		if u.Name == unit || slices.ContainsFunc(u.Codings, func(c odm.Coding) bool { return c.Code == unit }) {
			return true
		}
		for _, symbol := range u.Symbol {
			if symbol == unit {
				return true
			}
		}
	}
	return false
}

// The reasons for which a result cannot be accepted.
const (
	NoItem  = "item"  // no item of the definition means its code
	BadUnit = "unit"  // the item is in another unit
	BadForm = "value" // the item cannot hold the value
)

// places are where a result may go by a version of the definition, and why nowhere.
func places(v *odm.Version, x *odm.Index, s Sent) (all []Place, problem string) {
	problem = NoItem
	for _, e := range v.Events {
		for _, ref := range e.Forms {
			for _, f := range x.FormItems(ref.OID) {
				if f.Group.Repeating || !means(f.Item, s.System, s.Code) {
					continue
				}
				switch {
				case !unitFits(x, f.Item, s.Unit):
					problem = BadUnit
				case f.Item.Accept(s.Value, x.CodeList(f.Item.CodeList)) != nil:
					problem = BadForm
				default:
					all = append(all, Place{e.OID, ref.OID, f.Group.OID, f.Item.OID})
				}
			}
		}
	}
	if len(all) > 0 {
		problem = ""
	}
	return all, problem
}
