package odm

import (
	"strconv"
	"strings"
	"time"
)

// What study designs say that ODM 1.3.2 has no word for: the words of FHIR Questionnaires, XLSForms, REDCap
// dictionaries and ODM 2.0, one for each thing, whatever the format calls it. docs/design/definitions.md says why they
// are these.

// Occurs is how often something may be answered or repeated. The zero value sets no bounds.
type Occurs struct {
	Min int `json:"min,omitzero"` // at least so many, once it is asked
	Max int `json:"max,omitzero"` // at most so many; 0 is no bound
}

// Duration is an ISO 8601 duration: "P14D", "PT6H", "P1M".
type Duration string

// Valid reports whether d is an ISO 8601 duration.
func (d Duration) Valid() bool { return isDuration(string(d)) }

// Days returns d in whole days, if it is one of days or weeks: "P2W" is 14. The empty duration is 0 days.
func (d Duration) Days() (days int, ok bool) {
	s := string(d)
	if s == "" {
		return 0, true
	}
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimLeft(s, "+-")
	if s, ok = strings.CutPrefix(s, "P"); !ok || s == "" {
		return 0, false
	}
	unit := 1
	switch s[len(s)-1] {
	case 'W':
		unit = 7
	case 'D':
	default:
		return 0, false
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n > 1_000_000 {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n * unit, true
}

// From returns the day that lies d after day, by the calendar: a month after 31 January is 3 March, as time.AddDate counts.
// Hours and less are left out. The empty duration is day itself; ok is false for what is no duration.
func (d Duration) From(day time.Time) (on time.Time, ok bool) {
	if d == "" {
		return day, true
	}
	if !d.Valid() {
		return day, false
	}
	sign, s := 1, string(d)
	if s[0] == '-' {
		sign = -1
	}
	s, _, _ = strings.Cut(strings.TrimLeft(s, "+-P"), "T")
	for s != "" {
		end := strings.IndexAny(s, "YMWD")
		n, err := strconv.Atoi(s[:end])
		if err != nil || n > 1_000_000 {
			return day, false
		}
		switch n *= sign; s[end] {
		case 'Y':
			day = day.AddDate(n, 0, 0)
		case 'M':
			day = day.AddDate(0, n, 0)
		case 'W':
			day = day.AddDate(0, 0, 7*n)
		case 'D':
			day = day.AddDate(0, 0, n)
		}
		s = s[end+1:]
	}
	return day, true
}

// DurationOf returns so many days as a duration.
func DurationOf(days int) Duration {
	if days < 0 {
		return Duration("-P" + strconv.Itoa(-days) + "D")
	}
	return Duration("P" + strconv.Itoa(days) + "D")
}

// Window is when an event should take place: Target after its anchor, at most Before earlier and After later.
type Window struct {
	Anchor string   `json:"anchor,omitempty"` // the OID of the event that is counted from; "" is the subject's enrolment
	Target Duration `json:"target"`           // negative for an event before its anchor
	Before Duration `json:"before,omitempty"`
	After  Duration `json:"after,omitempty"`
}

// Access is which roles may see and which may edit something. A nil list leaves it to the study's own policy.
type Access struct {
	See  []string `json:"see,omitempty"`
	Edit []string `json:"edit,omitempty"`
}

// Coding is a term of a public vocabulary that means the same: LOINC, SNOMED CT, UCUM, NCI.
type Coding struct {
	System  string `json:"system"` // a URI
	Version string `json:"version,omitempty"`
	Code    string `json:"code"`
	Label   string `json:"label,omitempty"`
}

// Layout is how something is shown. It never changes what is asked, computed or kept.
type Layout struct {
	// Control is the kind of widget: radio, checkbox, dropdown, autocomplete, textarea, slider, calendar, signature,
	// image, audio, video, file, barcode, location, matrix, page, table; "" leaves it to the data type.
	Control    string `json:"control,omitempty"`
	Appearance string `json:"appearance,omitempty"` // in the words of the format that it was read from
	Align      string `json:"align,omitempty"`      // REDCap's LV, LH, RV, RH
	Matrix     string `json:"matrix,omitempty"`     // questions of one name are the rows of one table
	Columns    int    `json:"columns,omitzero"`     // over which the codes are spread
	Rows       int    `json:"rows,omitzero"`        // of a text area
	Hidden     bool   `json:"hidden,omitzero"`      // never shown; its value is computed or comes from elsewhere
}

// Translation is how far the texts of a version or form are in one language.
type Translation struct {
	Lang  string `json:"lang"`
	State string `json:"state"`          // draft, reviewed, approved
	By    string `json:"by,omitempty"`   // who said so
	On    string `json:"on,omitempty"`   // the day, YYYY-MM-DD
	Note  string `json:"note,omitempty"` // e.g. the licensed version of an instrument
}

// Variable is a name for the outcome of an expression, for the rules at and below the place where it stands.
type Variable struct {
	Name       string     `json:"name"`
	Expression Expression `json:"expression"`
}
