// Package record keeps filled forms: item values, the findings that checks open on them, the casebook now and as of
// any moment. It refuses to decide who may save; whoever calls it has asked package auth.
package record

import (
	"cmp"
	"embed"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. Ref is Key.Ref where a form is meant.
const (
	Saved        = "record.item.saved"    // Old, New: Change
	QueryRaised  = "record.query.raised"  // New: Query
	QueryChanged = "record.query.changed" // Old, New: queryState
)

// Key names one form instance of a casebook, in ODM's terms. Repeat keys of what does not repeat are "1".
type Key struct {
	Study       casebook.StudyID
	Subject     casebook.SubjectID
	Event       string
	EventRepeat string
	Form        string
	FormRepeat  string
}

// Ref is the key within its casebook, as ledger entries and queries name it: event/repeat/form/repeat.
func (k Key) Ref() string {
	esc := func(s string) string {
		if !strings.ContainsAny(s, "%/") {
			return s
		}
		return escapeRef.Replace(s)
	}
	return esc(k.Event) + "/" + esc(k.EventRepeat) + "/" + esc(k.Form) + "/" + esc(k.FormRepeat)
}

var escapeRef, unescapeRef = strings.NewReplacer("%", "%25", "/", "%2F"), strings.NewReplacer("%2F", "/", "%25", "%")

// ParseRef is the inverse of Key.Ref.
func ParseRef(study casebook.StudyID, subject casebook.SubjectID, ref string) (Key, bool) {
	event, ref, _ := strings.Cut(ref, "/")
	eventRepeat, ref, _ := strings.Cut(ref, "/")
	form, formRepeat, whole := strings.Cut(ref, "/")
	if !whole || strings.Contains(formRepeat, "/") {
		return Key{}, false
	}
	un := func(s string) string {
		if !strings.Contains(s, "%") {
			return s
		}
		return unescapeRef.Replace(s)
	}
	return Key{study, subject, un(event), un(eventRepeat), un(form), un(formRepeat)}, true
}

// Blank reasons say why an item has no value (package check knows the same names).
var blankReasons = []string{"not_done", "unknown", "refused", "not_applicable"}

// Value is one item of a form: a value, or the reason for a blank, or neither when it was cleared.
type Value struct {
	Group  string `json:"group"`
	Repeat string `json:"repeat"`
	Item   string `json:"item"`
	Value  string `json:"value,omitempty"`
	Blank  string `json:"blank,omitempty"`
}

func (v Value) at() place     { return place{v.Group, v.Repeat, v.Item} }
func (v Value) isEmpty() bool { return v.Value == "" && v.Blank == "" }

type place struct{ group, repeat, item string }

func (p place) String() string { return p.group + "/" + p.repeat + "/" + p.item }

// Kept is a value with who saved it last, when, and in which version of its form.
type Kept struct {
	Value
	By      casebook.UserID
	At      time.Time
	Version int64
}

// The states of a form, from facts.
const (
	Empty    = "empty"
	Partial  = "partial"
	Complete = "complete"
)

// Form is one form instance as it stands.
type Form struct {
	Key
	Site       casebook.SiteID
	Version    int64 // counts saves; 0 before the first
	Definition int64 // the published version of the study that it was last saved under
	State      string
	Items      []Kept // in the order of group, repeat, item; without what is inactive
	Asides     []Aside
	Enclosed   []Enclosure `json:",omitempty"` // the files that stand there, oldest first
	UpdatedAt  time.Time
	EnteredAt  time.Time // the first save, where the entries were added up; zero in what was read from the table
}

// entered is the first save of a form that becomes a row.
func (f *Form) entered() time.Time {
	if f.EnteredAt.IsZero() {
		return f.UpdatedAt
	}
	return f.EnteredAt
}

// Find returns the value at a place, or nil.
func (f *Form) find(p place) *Kept {
	if i, ok := f.search(p); ok {
		return &f.Items[i]
	}
	return nil
}

// search returns where the value at a place is, or would be.
func (f *Form) search(p place) (int, bool) {
	return sort.Find(len(f.Items), func(i int) int { return comparePlaces(p, f.Items[i].at()) })
}

func comparePlaces(a, b place) int {
	if c := strings.Compare(a.group, b.group); c != 0 {
		return c
	}
	if c := compareRepeats(a.repeat, b.repeat); c != 0 {
		return c
	}
	return strings.Compare(a.item, b.item)
}

// compareRepeats orders repeat keys: numbers first, by their value, then all others as text. "1" and "01" are two keys.
func compareRepeats(a, b string) int {
	if a == b {
		return 0
	}
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// document is a form's row: values refer to the save that brought them.
type document struct {
	Saves []save     `json:"saves"`
	Items []docValue `json:"items"`
	Off   []docAside `json:"off,omitempty"`

	Files []Enclosure `json:"files,omitempty"`
}

type save struct {
	Version int64           `json:"v"`
	By      casebook.UserID `json:"by"`
	At      int64           `json:"at"`
}

type docValue struct {
	Group  string `json:"g"`
	Repeat string `json:"r"`
	Item   string `json:"i"`
	Value  string `json:"v,omitempty"`
	Blank  string `json:"b,omitempty"`
	Save   int    `json:"s,omitzero"`
}

func (f *Form) decode(doc string) error {
	var d document
	if err := json.Unmarshal([]byte(doc), &d); err != nil {
		return err
	}
	f.Items = make([]Kept, len(d.Items))
	for i, v := range d.Items {
		s := d.Saves[v.Save]
		f.Items[i] = Kept{Value{v.Group, v.Repeat, v.Item, v.Value, v.Blank}, s.By, store.Time(s.At), s.Version}
	}
	for _, off := range d.Off {
		f.Asides = append(f.Asides, off.aside())
	}
	f.Enclosed = d.Files
	return nil
}

// Change is the body of a Saved entry: in Old the values before, in New those after and the queries touched.
type Change struct {
	Definition int64   `json:"definition"`
	Items      []Value `json:"items"`
	Computed   []Value `json:"computed,omitempty"` // by methods, as a consequence
	Opened     []Query `json:"opened,omitempty"`
	Closed     []Query `json:"closed,omitempty"`
	Source     string  `json:"source,omitempty"` // the receipt of the report that brought the values, or "upload/" and the id of a file

	// Redefined are places whose values stay and mean something else by the version that the form has gone over to.
	Redefined []Value `json:"redefined,omitempty"`

	// Off are the parts that became inactive with this change, On those that are active again.
	Off []Part `json:"off,omitempty"`
	On  []Part `json:"on,omitempty"`
}
