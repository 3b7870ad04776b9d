// Package acceptance tests a study's definition by cases that a clinician can read: what is entered, and what must be
// asked, shown and computed then. It refuses databases: a case is a casebook in memory, judged by package record.
package acceptance

import (
	"fmt"
	"strings"

	"casebook"
	"casebook/i18n"
)

// Suite is the cases of one file, in its order.
type Suite struct {
	Name  string
	Cases []Case
}

// Case is one casebook that is filled in, step by step.
type Case struct {
	File    string
	Title   string
	Line    int
	Today   string // YYYY-MM-DD
	Country string // of the site; "" is not known
	Steps   []Step
}

// Step is one save of a form, or a look at it where nothing is entered.
type Step struct {
	Line               int
	Event, EventRepeat string
	Form, FormRepeat   string
	Enter              []Entry
	Expect             []Expectation
}

// Entry is a value that is entered.
type Entry struct {
	Name
	Line  int
	Value string
	Blank string // the reason why there is none
}

// Name is an item, in the group and the repeat where it is asked; "" where the form says which.
type Name struct{ Group, Repeat, Item string }

func (n Name) String() string {
	s := n.Item
	if n.Group != "" {
		s = n.Group
		if n.Repeat != "" {
			s += "[" + n.Repeat + "]"
		}
		if n.Item != "" {
			s += "/" + n.Item
		}
	}
	return s
}

// Word is what can be expected of a place.
type Word string

// The words. Queries are exact: what is not expected must not be asked.
const (
	Query    Word = "query" // the item's check of the number in Value asks
	Hidden   Word = "hidden"
	Shown    Word = "shown"
	Is       Word = "is" // the value, computed or entered, is Value
	IsBlank  Word = "blank"
	Refused  Word = "refused" // what is entered there cannot be the item's value
	Complete Word = "complete"
	Partial  Word = "partial"
)

// Expectation is what must be so after a step. Complete and Partial are about the form.
type Expectation struct {
	Name
	Line  int
	Word  Word
	Value string
}

func (e Expectation) String() string {
	s := string(e.Word)
	if e.Value != "" {
		s += " " + e.Value
	}
	if e.Name != (Name{}) {
		s = e.Name.String() + " " + s
	}
	return s
}

// Failure is what was otherwise than a case expects.
type Failure struct {
	File string `json:"file"`
	Case string `json:"case"`
	Line int    `json:"line"`
	What string `json:"what"`
}

func (f Failure) String() string {
	return fmt.Sprintf("%s, line %d, %s: %s", f.File, f.Line, f.Case, f.What)
}

func invalid(file string, line int, code string, args ...any) error {
	return casebook.Fail(casebook.Invalid, code, args...).At(fmt.Sprintf("%s, line %d", file, line))
}

// told is an error in English, for a report.
func told(err error) string {
	if e, ok := err.(*casebook.Error); ok {
		return strings.TrimSuffix(i18n.Text(e.Code, "en", e.Args...), ".")
	}
	return err.Error()
}
