// Package coding gives terms of a dictionary to what people wrote: MedDRA to adverse events, WHODrug to medicines. It refuses to change
// what was written, to guess where a text has two meanings, and to bring a dictionary of its own: the licence holder's files are read.
package coding

import (
	"embed"
	"io/fs"
	"strings"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/record"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger.
const (
	VerbLoaded   = "coding.dictionary.loaded" // of the platform; Ref: Dictionary.Ref; New: Dictionary
	VerbSetup    = "coding.setup.set"         // Old, New: Setup; Old is "" for the first
	VerbCoded    = "coding.value.coded"       // Ref: record.Key.ItemPath; Old, New: Decision; Old is "" for the first
	VerbExported = "coding.list.exported"     // New: how many values
	VerbSynonym  = "coding.synonym.set"       // Ref: kind/text; Old, New: Synonym; Old is "" for a new one
)

// Kind is a kind of dictionary.
type Kind string

// The kinds.
const (
	MedDRA  Kind = "meddra"
	WHODrug Kind = "whodrug"
)

// Dictionary is one version of a dictionary in one language, as its files say it.
type Dictionary struct {
	Kind     Kind   `json:"kind"`
	Version  string `json:"version"`
	Language string `json:"language"` // BCP 47: en, zh-CN
	Terms    int    `json:"terms"`
	Digest   string `json:"digest"` // SHA-256, hex, over the terms in the order of their codes
}

// Release names the version, whatever the language: meddra/27.1.
func (d Dictionary) Release() string { return release(d.Kind, d.Version) }

// Ref names the dictionary in the ledger.
func (d Dictionary) Ref() string { return d.Release() + "/" + d.Language }

func release(k Kind, version string) string { return string(k) + "/" + version }

// Level is one step of the path from a term upwards: llt, pt, hlt, hlgt, soc; or drug, preferred, atc4 … atc1.
type Level struct {
	Level string   `json:"level"`
	Code  string   `json:"code"`
	Name  odm.Text `json:"name"` // in the languages that are loaded
}

// Term is what a text may be coded as.
type Term struct {
	Code    string    `json:"code"`
	Name    string    `json:"name"`    // in one language
	Current bool      `json:"current"` // what is not is kept for old data
	Paths   [][]Level `json:"paths"`   // from the term upwards; the primary one first
}

// Setup is what a study codes, and by which versions.
type Setup struct {
	Items    []Item          `json:"items"`
	Versions map[Kind]string `json:"versions"`
}

// Item is an item whose values are coded.
type Item struct {
	Item    string   `json:"item"`
	Kind    Kind     `json:"kind"`
	Context []string `json:"context,omitempty"` // items of the same form that a coder is shown
}

func (s *Setup) item(oid string) *Item {
	for i := range s.Items {
		if s.Items[i].Item == oid {
			return &s.Items[i]
		}
	}
	return nil
}

// Source is where a decision comes from.
type Source string

// The sources.
const (
	Exact   Source = "exact"   // the text is the term's name
	Synonym Source = "synonym" // the study reads the text as that term
	Person  Source = "person"
)

// Decision is what was decided about one value: the term that it is coded as, or, with no path, that it waits for a person.
type Decision struct {
	Verbatim string  `json:"verbatim"` // the text that was decided about
	Kind     Kind    `json:"kind"`
	Version  string  `json:"version"`
	Path     []Level `json:"path"` // the term first; none: it is not coded
	Source   Source  `json:"source"`
}

// Code is the code of the term, "" where there is none.
func (d *Decision) Code() string {
	if d == nil || len(d.Path) == 0 {
		return ""
	}
	return d.Path[0].Code
}

// Kept is a decision with who made it, and when.
type Kept struct {
	Decision
	Subject casebook.SubjectID `json:"subject"`
	Place   string             `json:"place"`   // record.Key.ItemPath
	Changes int64              `json:"changes"` // counts the decisions about the place
	By      casebook.UserID    `json:"by"`
	At      time.Time          `json:"at"`
}

// State is how a value stands.
type State string

// The states.
const (
	Todo     State = "todo"     // nobody has decided, or somebody took the code back
	Coded    State = "coded"    // as it is written now, by the study's version
	Changed  State = "changed"  // coded, and then written otherwise
	Outdated State = "outdated" // coded as what the study's version no longer has
)

// Occurrence is one value that is to be coded.
type Occurrence struct {
	Key      record.Key
	Site     casebook.SiteID
	Group    string
	Repeat   string
	Item     string
	Verbatim string
	Context  []Context // what else the form says
	Kind     Kind
	Kept     *Kept // nil before the first decision
	State    State
}

// Code is the term of a value, for those who read its form. Outdated says that the study has left the version.
type Code struct {
	Group    string  `json:"group"`
	Repeat   string  `json:"repeat"`
	Item     string  `json:"item"`
	Kind     Kind    `json:"kind"`
	Version  string  `json:"version"`
	Path     []Level `json:"path"` // the term first
	Source   Source  `json:"source"`
	Outdated bool    `json:"outdated,omitempty"`
}

// Context is a value beside the one that is coded.
type Context struct {
	Item  string `json:"item"`
	Value string `json:"value"`
}

// Place is the ledger's name of where the value stands.
func (o *Occurrence) Place() string { return o.Key.ItemPath(o.Group, o.Repeat, o.Item) }

// stand sets the occurrence's state from the decision about it.
func (o *Occurrence) stand(kept *Kept, version string) {
	o.Kept = kept
	switch {
	case kept == nil || len(kept.Path) == 0:
		o.State = Todo
	case kept.Verbatim != o.Verbatim:
		o.State = Changed
	case kept.Version != version || kept.Kind != o.Kind:
		o.State = Outdated
	default:
		o.State = Coded
	}
}

// judged reports whether a person said of this very text what it is, or that it is not what it was coded as: no machine codes it again.
func (o *Occurrence) judged() bool {
	return o.Kept != nil && o.Kept.Verbatim == o.Verbatim && (len(o.Kept.Path) == 0 || o.Kept.Source == Person)
}

func fail(code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Unprocessable, code, args...)
}

func parseKind(text string) (Kind, error) {
	switch k := Kind(strings.ToLower(text)); k {
	case MedDRA, WHODrug:
		return k, nil
	}
	return "", casebook.Fail(casebook.Invalid, "coding.kind", text).At("dictionary")
}
