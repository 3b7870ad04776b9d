package odm132

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"casebook"
)

// Datum is one ItemData of a file with clinical data, with where it stands. Repeat keys that are not there are "".
type Datum struct {
	Line                    int
	Study                   string
	Subject                 string
	Event, EventRepeat      string
	Form, FormRepeat        string
	Group, GroupRepeat      string
	Item, Value             string
	Transaction             string // Insert, Update, Upsert, Remove, Context; "" in a snapshot. Inherited where it is not said
	Reason                  string // ReasonForChange of its own audit record
	Comment                 string // of its first annotation
	explicit                bool
	text, inComment, inWhys bool
	inNote                  bool
	note                    string // a comment
}

// ReadValues calls fn with every ItemData of an ODM-XML 1.3 file, in the order of the file, as a stream. A file that is no XML is
// refused with Invalid odm.xml, one without clinical data with odm.no_values, and the removal of more than one item, whose
// meaning hangs on what was there, with odm.removal; each with its line. An error of fn ends the reading.
func ReadValues(from io.Reader, fn func(Datum) error) error { return ReadHistory(from, fn, nil) }

// ReadHistory is ReadValues that also calls said, unless it is nil, with each comment, at the place where it stands: who reads a
// file in order knows what of it came before.
func ReadHistory(from io.Reader, fn func(Datum) error, said func(Datum, string) error) error {
	d := xml.NewDecoder(from)
	var stack []Datum
	clinical := false
	for {
		token, err := d.Token()
		line, _ := d.InputPos()
		switch {
		case errors.Is(err, io.EOF) && clinical:
			return nil
		case errors.Is(err, io.EOF):
			return casebook.Fail(casebook.Invalid, "odm.no_values")
		case err != nil:
			return casebook.Fail(casebook.Invalid, "odm.xml", err.Error()).At(fmt.Sprint("line ", line))
		}
		switch t := token.(type) {
		case xml.StartElement:
			var at Datum
			if len(stack) > 0 {
				at = stack[len(stack)-1]
			}
			at.Line = line
			at.begin(t)
			clinical = clinical || t.Name.Local == "ClinicalData"
			if at.explicit && at.Transaction == "Remove" && !isItem(t.Name.Local) && strings.HasSuffix(t.Name.Local, "Data") {
				return casebook.Fail(casebook.Invalid, "odm.removal", t.Name.Local).At(fmt.Sprint("line ", line))
			}
			stack = append(stack, at)
		case xml.CharData:
			if n := len(stack) - 1; n >= 0 {
				stack[n].say(t)
			}
		case xml.EndElement:
			n := len(stack) - 1
			at := stack[n]
			stack = stack[:n]
			if said != nil && at.inNote {
				if err := said(at, at.note); err != nil {
					return err
				}
			}
			if n > 0 && !isItem(t.Name.Local) { // what was said within an item is the item's
				up := &stack[n-1]
				if up.Item != "" {
					up.Reason, up.Comment = at.Reason, at.Comment
				}
			}
			if isItem(t.Name.Local) && at.Item != "" && at.Subject != "" { // reference data have no subject
				if err := fn(at); err != nil {
					return err
				}
			}
		}
	}
}

// isItem reports whether an element is an ItemData, typed (ItemDataString, …) or not.
func isItem(name string) bool { return strings.HasPrefix(name, "ItemData") }

// begin takes in an element and its attributes.
func (at *Datum) begin(t xml.StartElement) {
	at.text, at.explicit = isItem(t.Name.Local) && t.Name.Local != "ItemData", false
	at.inComment = at.Item != "" && t.Name.Local == "Comment" && at.Comment == ""
	at.inNote, at.note = t.Name.Local == "Comment", ""
	at.inWhys = at.Item != "" && t.Name.Local == "ReasonForChange"
	if !strings.HasSuffix(t.Name.Local, "Data") && !isItem(t.Name.Local) {
		return // references repeat the names of attributes
	}
	for _, a := range t.Attr {
		if to := at.part(a.Name.Local); to != nil && a.Name.Space == "" {
			*to = a.Value
			at.explicit = at.explicit || to == &at.Transaction
		}
	}
}

// part is what an attribute of this name says, nil for one that says nothing of a value.
func (at *Datum) part(attribute string) *string {
	switch attribute {
	case "StudyOID":
		return &at.Study
	case "SubjectKey":
		return &at.Subject
	case "StudyEventOID":
		return &at.Event
	case "StudyEventRepeatKey":
		return &at.EventRepeat
	case "FormOID":
		return &at.Form
	case "FormRepeatKey":
		return &at.FormRepeat
	case "ItemGroupOID":
		return &at.Group
	case "ItemGroupRepeatKey":
		return &at.GroupRepeat
	case "ItemOID":
		return &at.Item
	case "Value":
		return &at.Value
	case "TransactionType":
		return &at.Transaction
	}
	return nil
}

// say takes in text.
func (at *Datum) say(text []byte) {
	switch {
	case at.text:
		at.Value += string(text)
	case at.inNote:
		at.note += string(text)
		if at.inComment {
			at.Comment += string(text)
		}
	case at.inWhys:
		at.Reason += string(text)
	}
}
