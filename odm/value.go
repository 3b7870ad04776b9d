package odm

import (
	"strings"
	"unicode/utf8"

	"casebook"

	"github.com/go-json-experiment/json"
)

// Accept reports whether value, as it was typed, fits the item: its data type (ODM 1.3.2, section 2.14 and the simple
// types of ODM1-3-2-foundation.xsd), its Length, its SignificantDigits and its code list. list is the code list that
// the item names, or nil; an open item takes other answers too. A value is never rewritten: it fits as it stands or it
// is refused, so blanks around a number are refused too. The empty value is no value and always fits. The value of an
// item that may have several answers is a JSON array of them, none of them empty and none of them twice.
//
// Length counts characters: all of them in text, the digits in integer, float and double. SignificantDigits is the
// most digits after the decimal point. An accepted value costs no allocation; a refusal is a *casebook.Error of kind
// Invalid with a code "odm.value.…" that names the type or the limit.
func (it *Item) Accept(value string, list *CodeList) error {
	if value == "" {
		return nil
	}
	if !utf8.ValidString(value) {
		return casebook.Fail(casebook.Invalid, "odm.value.utf8")
	}
	if it.Multiple {
		return it.acceptAll(value, list)
	}
	return it.acceptOne(value, list)
}

// acceptAll is Accept of several answers.
func (it *Item) acceptAll(value string, list *CodeList) error {
	var answers []string
	if err := json.Unmarshal([]byte(value), &answers); err != nil {
		return casebook.Fail(casebook.Invalid, "odm.value.several", value)
	}
	seen := map[string]bool{}
	for _, a := range answers {
		if a == "" || seen[a] {
			return casebook.Fail(casebook.Invalid, "odm.value.several", value)
		}
		seen[a] = true
		if err := it.acceptOne(a, list); err != nil {
			return err
		}
	}
	return nil
}

func (it *Item) acceptOne(value string, list *CodeList) error {
	if !it.DataType.fits(value) {
		return casebook.Fail(casebook.Invalid, it.DataType.code(), value)
	}
	if err := it.fitsSize(value); err != nil {
		return err
	}
	if list != nil && list.External == nil && !it.Open && !list.has(value, it.DataType == "boolean") {
		return casebook.Fail(casebook.Invalid, "odm.value.code_list", value, list.Name)
	}
	return nil
}

// Known reports whether t is one of the standard's data types.
func (t DataType) Known() bool { return t.code() != "odm.value.data_type" }

// code returns the code of the refusal of a value that is not a t.
func (t DataType) code() string {
	switch t {
	case "text", "string":
		return "odm.value.text"
	case "integer":
		return "odm.value.integer"
	case "float":
		return "odm.value.float"
	case "double":
		return "odm.value.double"
	case "boolean":
		return "odm.value.boolean"
	case "date":
		return "odm.value.date"
	case "time":
		return "odm.value.time"
	case "datetime":
		return "odm.value.datetime"
	case "partialDate", "incompleteDate":
		return "odm.value.partial_date"
	case "partialTime", "incompleteTime":
		return "odm.value.partial_time"
	case "partialDatetime", "incompleteDatetime":
		return "odm.value.partial_datetime"
	case "durationDatetime":
		return "odm.value.duration"
	case "intervalDatetime":
		return "odm.value.interval"
	case "URI":
		return "odm.value.uri"
	case "hexBinary", "base64Binary", "hexFloat", "base64Float":
		return "odm.value.binary"
	}
	return "odm.value.data_type"
}

func (t DataType) fits(v string) bool {
	switch t {
	case "text", "string":
		return true
	case "integer":
		return isInteger(v)
	case "float":
		return isDecimal(v)
	case "double":
		return isDouble(v)
	case "boolean":
		return v == "true" || v == "false" || v == "1" || v == "0"
	case "URI":
		return isURI(v)
	case "hexBinary":
		return isHex(v)
	case "hexFloat":
		return isHex(v) && len(v) <= 2*16
	case "base64Binary":
		return isBase64(v)
	case "base64Float":
		return isBase64(v) && len(v) <= 16
	}
	return t.fitsTime(v)
}

// fitsTime is fits for the types of dates, times and spans.
func (t DataType) fitsTime(v string) bool {
	switch t {
	case "date":
		return isDate(v)
	case "time":
		return isTime(v)
	case "datetime":
		return isDatetime(v)
	case "partialDate":
		return isPartialDate(v)
	case "partialTime":
		return isPartialTime(v)
	case "partialDatetime":
		return isPartialDatetime(v)
	case "incompleteDate":
		return isPartialDate(v) || isIncompleteDate(v)
	case "incompleteTime":
		return isPartialTime(v) || isIncompleteTime(v)
	case "incompleteDatetime":
		return isPartialDatetime(v) || isIncompleteDatetime(v)
	case "durationDatetime":
		return isDuration(v)
	case "intervalDatetime":
		return isInterval(v)
	}
	return false
}

func (it *Item) fitsSize(v string) error {
	switch it.DataType {
	case "text", "string":
		if it.Length > 0 && utf8.RuneCountInString(v) > it.Length {
			return casebook.Fail(casebook.Invalid, "odm.value.length", it.Length)
		}
	case "integer", "float", "double":
		if it.Length > 0 && digits(v) > it.Length {
			return casebook.Fail(casebook.Invalid, "odm.value.digits", it.Length)
		}
		if it.HasDigits && fraction(v) > it.Digits {
			return casebook.Fail(casebook.Invalid, "odm.value.decimals", it.Digits)
		}
	}
	return nil
}

// mantissa returns the part of a number before its exponent.
func mantissa(v string) string {
	if i := strings.IndexAny(v, "eEdD"); i >= 0 {
		return v[:i]
	}
	return v
}

func digits(v string) (n int) {
	m := mantissa(v)
	for i := range len(m) {
		if '0' <= m[i] && m[i] <= '9' {
			n++
		}
	}
	return n
}

func fraction(v string) int {
	m := mantissa(v)
	if i := strings.IndexByte(m, '.'); i >= 0 {
		return len(m) - i - 1
	}
	return 0
}

// has reports whether code is one of the list's; a truth value may stand in either spelling.
func (c *CodeList) has(code string, truth bool) bool {
	for i := range c.Items {
		if c.Items[i].Code == code || truth && sameBoolean(c.Items[i].Code, code) {
			return true
		}
	}
	return false
}

func sameBoolean(a, b string) bool {
	truth := func(s string) bool { return s == "true" || s == "1" }
	lie := func(s string) bool { return s == "false" || s == "0" }
	return truth(a) && truth(b) || lie(a) && lie(b)
}
