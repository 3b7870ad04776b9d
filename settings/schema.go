package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"casebook"
)

// Value is what a setting says at a place. The method for its kind reads it; it costs nothing.
type Value struct {
	n    int64
	text string
}

// Int is the value of a whole number, Bool of a switch, Duration of a span of time, Text of a choice or a text.
func (v Value) Int() int64              { return v.n }
func (v Value) Bool() bool              { return v.n != 0 }
func (v Value) Duration() time.Duration { return time.Duration(v.n) }
func (v Value) Text() string            { return v.text }

// Kind is how a value is written and read.
type Kind string

// The kinds: 12; true, false; 90s, 72h; one of the choices; a text of at most Max bytes.
const (
	Int      Kind = "int"
	Bool     Kind = "bool"
	Duration Kind = "duration"
	Choice   Kind = "choice"
	Text     Kind = "text"
)

// Level is how much of the world a value speaks for. A deeper one goes before the others.
type Level int

// The levels, the widest first.
const (
	Platform Level = iota
	Organisation
	Study
	Country
	Site
)

var levelNames = [...]string{"platform", "organisation", "study", "country", "site"}

func (l Level) String() string { return levelNames[l] }

// Key is a setting that there is: its name, what it may be, and what it is when nobody says anything. A package declares
// its keys as variables, with Declare.
type Key struct {
	Name    string
	Kind    Kind
	Default string
	Min     string // of numbers and durations; "" is without
	Max     string // likewise; of a text the number of bytes
	Choices []string
	Deepest Level  // the deepest level that it may be set at
	English string // what it does, for who sets it
	Chinese string

	index    int
	standard Value
}

// declared counts the keys that packages have declared: each has its own place in every row.
var declared atomic.Int64

// Declare gives a key its place. It is for variables of packages, and panics when the default is out of its own range.
func Declare(k Key) *Key {
	v, err := k.parse(k.Default)
	if err != nil {
		panic("settings: the default of " + k.Name + " is out of range")
	}
	k.index, k.standard = int(declared.Add(1)-1), v
	return &k
}

// parse reads a value and refuses what is out of range.
func (k *Key) parse(text string) (v Value, err error) {
	ok := false
	switch k.Kind {
	case Int, Duration:
		v.n, ok = number(k.Kind, text)
		low, hasLow := number(k.Kind, k.Min)
		high, hasHigh := number(k.Kind, k.Max)
		ok = ok && !(hasLow && v.n < low) && !(hasHigh && v.n > high)
	case Bool:
		ok = text == "true" || text == "false"
		if text == "true" {
			v.n = 1
		}
	case Choice:
		v.text, ok = text, slices.Contains(k.Choices, text)
	case Text:
		longest, err := strconv.Atoi(k.Max)
		v.text, ok = text, err != nil || len(text) <= longest
	}
	if !ok {
		return v, casebook.Fail(casebook.Invalid, "settings.value", text, k.Name, k.Range())
	}
	return v, nil
}

func number(kind Kind, text string) (int64, bool) {
	if kind == Duration {
		d, err := time.ParseDuration(text)
		return int64(d), err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// Range says what a value may be, for people.
func (k *Key) Range() string {
	switch {
	case k.Kind == Choice:
		return strings.Join(k.Choices, " | ")
	case k.Kind == Bool:
		return "true | false"
	case k.Min == "" && k.Max == "":
		return string(k.Kind)
	}
	return k.Min + " … " + k.Max
}

// Place is somewhere in the world: a site has a study, and may have a country and an organisation.
type Place struct {
	Organisation string           `json:"organisation,omitzero"`
	Study        casebook.StudyID `json:"study,omitzero"`
	Country      string           `json:"country,omitzero"`
	Site         casebook.SiteID  `json:"site,omitzero"`
}

// Level is the level of a place by its deepest name.
func (p Place) Level() Level {
	switch {
	case p.Site != "":
		return Site
	case p.Country != "":
		return Country
	case p.Study != "":
		return Study
	case p.Organisation != "":
		return Organisation
	}
	return Platform
}

// holds reports whether what is said for p is said for q, too.
func (p Place) holds(q Place) bool {
	switch p.Level() {
	case Site:
		return p.Study == q.Study && p.Site == q.Site
	case Country:
		return p.Study == q.Study && p.Country == q.Country
	case Study:
		return p.Study == q.Study
	case Organisation:
		return p.Organisation == q.Organisation
	}
	return true
}

func (p Place) String() string {
	return fmt.Sprintf("%s/%s/%s/%s", p.Organisation, p.Study, p.Country, p.Site)
}

// Assignment says that a setting is something at a place, from a moment on, or with an amendment of the protocol.
type Assignment struct {
	Key   string `json:"key"`
	Place Place  `json:"place"`
	Value string `json:"value"`
	// From is when it begins to count; from the release on when zero.
	From time.Time `json:"from,omitzero"`
	// Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded,
	// from the moment of the approval.
	Amendment string `json:"amendment,omitzero"`
}

// same reports whether two assignments are about the same: one replaces the other.
func (a Assignment) same(b Assignment) bool {
	return a.Key == b.Key && a.Place == b.Place && a.From.Equal(b.From) && a.Amendment == b.Amendment
}

// check finds what is wrong with an assignment.
func (s *Settings) check(a Assignment) error {
	k := s.keys[a.Key]
	switch {
	case k == nil:
		return casebook.Fail(casebook.Invalid, "settings.key_unknown", a.Key).At("key")
	case a.Place.Level() > k.Deepest, a.Place.Level() >= Country && a.Place.Study == "",
		a.Place.Level() == Site && a.Place.Country != "", a.Place.Study != "" && a.Place.Organisation != "":
		return casebook.Fail(casebook.Invalid, "settings.place", a.Key, k.Deepest.String()).At("place")
	case a.Amendment != "" && a.Place.Study == "":
		return casebook.Fail(casebook.Invalid, "settings.amendment", a.Amendment).At("amendment")
	}
	_, err := k.parse(a.Value)
	return err
}
