package odm

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"casebook/check"
)

// rule is the source of a check of the item: what must hold. A comparator's is in the rule language, if its values are of
// the item's type.
func (it *Item) rule(c *RangeCheck) string {
	if len(c.Expressions) > 0 {
		return expressionsInWords(c.Expressions)
	}
	if rule, err := check.RangeRule(c.Comparator, c.Values, it.OID, it.RuleType()); err == nil {
		return rule
	}
	return strings.TrimSpace(c.Comparator + " " + strings.Join(c.Values, ", "))
}

// rules are the sources of all checks of the item, one a line.
func (it *Item) rules() string {
	lines := make([]string, len(it.Checks))
	for i := range it.Checks {
		lines[i] = it.rule(&it.Checks[i])
	}
	return strings.Join(lines, "\n")
}

func expressionsInWords(all []Expression) string {
	lines := make([]string, len(all))
	for i, e := range all {
		lines[i] = e.inWords()
	}
	return strings.Join(lines, "\n")
}

// inWords is the source, behind it the language if it is not ours.
func (e Expression) inWords() string {
	if e.Context == "" || e.Context == "casebook" {
		return e.Code
	}
	return e.Code + " (" + e.Context + ")"
}

// inWords is a value as a person reads it, "" for nothing: rules by their source, lists behind commas, what has members as
// their names with their values.
func inWords(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	switch x := v.Interface().(type) {
	case []Expression:
		return expressionsInWords(x)
	case Expression:
		return x.inWords()
	case Variable:
		return x.Name + " = " + x.Expression.inWords()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return inWords(v.Elem())
	case reflect.Slice:
		return listInWords(v)
	case reflect.Map:
		return mapInWords(v)
	case reflect.Struct:
		return membersInWords(v)
	default:
		return fmt.Sprint(v.Interface())
	}
}

func listInWords(v reflect.Value) string {
	separator, parts := ", ", make([]string, 0, v.Len())
	if v.Type().Elem().Kind() == reflect.Struct {
		separator = "; "
	}
	for i := range v.Len() {
		parts = append(parts, inWords(v.Index(i)))
	}
	return strings.Join(parts, separator)
}

func mapInWords(v reflect.Value) string {
	var parts []string
	for _, k := range v.MapKeys() {
		part := inWords(v.MapIndex(k))
		if k.String() != "" {
			part = k.String() + ": " + part
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func membersInWords(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		if said := inWords(v.Field(i)); said != "" {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			parts = append(parts, name+" "+said)
		}
	}
	return strings.Join(parts, ", ")
}

// quoted is a text in quotes, cut where it is long.
func quoted(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// line is a text on one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }
