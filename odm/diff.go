package odm

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Impact is what a change of the definition does to casebooks that are filled in already. Several may hold at once.
type Impact uint8

// The impacts, gravest first.
const (
	// Destructive changes take values out of view, or leave values that are no longer allowed. No value is lost from the
	// ledger.
	Destructive Impact = 1 << iota
	// BreaksSignature: what was signed meant something else.
	BreaksSignature
	// BreaksSDV: what was compared with the source meant something else.
	BreaksSDV
	// Unfreezes: there is something to fill in, or to compute again, in a form that was taken for final.
	Unfreezes
	// Unsubmits: a form that was complete is no longer.
	Unsubmits
	// Rechecks: rules judge what is there anew, and may ask.
	Rechecks
)

var impactNames = []string{"destructive", "breaks signature", "breaks SDV", "unfreezes", "unsubmits", "rechecks"}

// Names returns the impacts one by one, gravest first.
func (i Impact) Names() []string {
	names := []string{}
	for k, name := range impactNames {
		if i&(1<<k) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Change is one difference of two versions.
type Change struct {
	Kind   string   `json:"kind"`            // added, removed, changed
	What   string   `json:"what"`            // the kind of definition, as in ODM: ItemDef, CodeList, …
	OID    string   `json:"oid,omitempty"`   // of the definition
	Field  string   `json:"field,omitempty"` // of a changed definition: the member of the model, e.g. "question", "codes[2]"
	Was    string   `json:"was,omitempty"`
	Is     string   `json:"is,omitempty"`
	Impact []string `json:"impact"` // see Impact
}

// String returns the change as one line for people.
func (c Change) String() string {
	sign := map[string]string{"added": "+", "removed": "-", "changed": "~"}[c.Kind]
	s := sign + " " + c.What
	if c.OID != "" {
		s += " " + c.OID
	}
	if c.Field != "" {
		s += ", " + c.Field
	}
	switch {
	case c.Was != "" && c.Is != "":
		s += ": " + c.Was + " → " + c.Is
	case c.Was != "":
		s += ": was " + c.Was
	case c.Is != "":
		s += ": " + c.Is
	}
	if len(c.Impact) > 0 {
		s += " [" + strings.Join(c.Impact, ", ") + "]"
	}
	return s
}

// Diff returns how two versions of a study differ in meaning: definitions by their OIDs, references and codes by what
// they name, everything else field by field. Order among definitions, and the lines that rules stood on, are no
// difference. Changes stand in the order of ODM's elements, and by OID.
func Diff(old, new *Version) []Change {
	d := differ{old: old.withoutLines(), new: new.withoutLines()}
	d.fields("MetaDataVersion", "", reflect.ValueOf(*d.old), reflect.ValueOf(*d.new))
	definitions(&d, "StudyEventDef", d.old.Events, d.new.Events)
	definitions(&d, "FormDef", d.old.Forms, d.new.Forms)
	definitions(&d, "ItemGroupDef", d.old.Groups, d.new.Groups)
	definitions(&d, "ItemDef", d.old.Items, d.new.Items)
	definitions(&d, "CodeList", d.old.CodeLists, d.new.CodeLists)
	definitions(&d, "MeasurementUnit", d.old.Units, d.new.Units)
	definitions(&d, "ConditionDef", d.old.Conditions, d.new.Conditions)
	definitions(&d, "MethodDef", d.old.Methods, d.new.Methods)
	return d.changes
}

type differ struct {
	old, new *Version
	changes  []Change
}

func (d *differ) add(kind, what, oid, field, was, is string, impact Impact) {
	d.changes = append(d.changes, Change{kind, what, oid, field, was, is, impact.Names()})
}

// meaning is what a change of a member does where it is always the same. Members that are not here change nothing that
// was filled in; those that depend on the values are in depends.
var meaning = map[string]Impact{
	"ItemDef.dataType":         Destructive | BreaksSignature | BreaksSDV | Unfreezes,
	"ItemDef.question":         BreaksSignature | BreaksSDV,
	"ItemDef.units":            BreaksSignature | BreaksSDV,
	"ItemDef.codeList":         Destructive | BreaksSignature | BreaksSDV,
	"ItemDef.checks":           Rechecks,
	"ItemDef.variables":        Rechecks,
	"ItemGroupDef.variables":   Rechecks,
	"FormDef.variables":        Rechecks,
	"ItemGroupDef.count":       Unfreezes,
	"CodeListItem.decode":      BreaksSignature | BreaksSDV,
	"CodeListItem.weight":      BreaksSignature | Unfreezes | Rechecks,
	"CodeList.external":        BreaksSDV | Rechecks,
	"CodeList.dataType":        Rechecks,
	"MeasurementUnit.symbol":   BreaksSignature | BreaksSDV,
	"ConditionDef.expressions": Unfreezes | Rechecks,
	"MethodDef.expressions":    BreaksSignature | Unfreezes | Rechecks,
	"MethodDef.type":           Unfreezes | Rechecks,
	"reference.hidden":         Unfreezes | Rechecks,
	"reference.method":         BreaksSignature | Unfreezes | Rechecks,
	"reference.mandatoryWhen":  Unfreezes | Unsubmits,
}

// depends is what a change does where that depends on the values.
func depends(member string, was, is reflect.Value) Impact {
	switch member {
	case "ItemDef.length", "ItemDef.digits": // shorter: longer values are there
		if is.Int() > 0 && (was.Int() == 0 || is.Int() < was.Int()) {
			return Destructive
		}
	case "ItemDef.hasDigits":
		if is.Bool() {
			return Destructive
		}
	case "ItemDef.multiple", "ItemDef.open", "StudyEventDef.repeating", "FormDef.repeating", "ItemGroupDef.repeating":
		if was.Bool() { // only one may stay, or only what is on the list
			return Destructive | BreaksSignature
		}
	case "ItemDef.note":
		if is.Bool() {
			return Destructive
		}
		return Unfreezes
	case "reference.mandatory":
		if is.Bool() {
			return Unfreezes | Unsubmits
		}
	}
	return meaning[member]
}

// definitions compares the definitions of a kind.
func definitions[T any](d *differ, what string, old, new []T) {
	oid := func(v *T) string { return reflect.ValueOf(v).Elem().FieldByName("OID").String() }
	was, is := byOID(old, oid), byOID(new, oid)
	for _, name := range union(was, is) {
		a, b := was[name], is[name]
		switch {
		case b == nil:
			d.add("removed", what, name, "", title(*a), "", removal[what])
		case a == nil:
			d.add("added", what, name, "", "", title(*b), 0) // what it does, its references do
		default:
			d.fields(what, name, reflect.ValueOf(*a), reflect.ValueOf(*b))
		}
	}
}

// removal is what it does that a definition is gone.
var removal = map[string]Impact{
	"StudyEventDef": Destructive | BreaksSignature, "FormDef": Destructive | BreaksSignature,
	"ItemGroupDef": Destructive | BreaksSignature | BreaksSDV, "ItemDef": Destructive | BreaksSignature | BreaksSDV,
	"CodeList": Rechecks, "ConditionDef": Rechecks, "MethodDef": Rechecks,
}

// title is what people call a definition.
func title(def any) string {
	v := reflect.ValueOf(def)
	for _, field := range []string{"Question", "Description"} {
		if f := v.FieldByName(field); f.IsValid() && f.Len() > 0 {
			if t, ok := f.Interface().(Text); ok {
				return quoted(t.In("en"))
			}
		}
	}
	return quoted(v.FieldByName("Name").String())
}

func quoted(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

func union[T any](a, b map[string]T) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// fields compares two definitions of one OID member by member.
func (d *differ) fields(what, oid string, was, is reflect.Value) {
	for i := range was.NumField() {
		name, _, _ := strings.Cut(was.Type().Field(i).Tag.Get("json"), ",")
		a, b := was.Field(i), is.Field(i)
		if what == "MetaDataVersion" && (a.Kind() == reflect.Slice && name != "eventRefs" && name != "aliases" && name != "translations") {
			continue // definitions, which are compared by themselves
		}
		switch x := a.Interface().(type) {
		case []Ref:
			d.refs(what, oid, name, x, b.Interface().([]Ref))
		case []CodeItem:
			d.codes(oid, x, b.Interface().([]CodeItem))
		default:
			if p, q := shown(a), shown(b); p != q {
				d.add("changed", what, oid, name, p, q, depends(what+"."+name, a, b))
			}
		}
	}
}

// refs compares what a definition refers to. A new question is a gap in forms that are filled in; a mandatory one makes
// them incomplete.
func (d *differ) refs(what, oid, name string, old, new []Ref) {
	ref := func(r *Ref) string { return r.OID }
	was, is := byOID(old, ref), byOID(new, ref)
	for _, to := range union(was, is) {
		a, b := was[to], is[to]
		field := fmt.Sprintf("%s[%s]", name, to)
		switch {
		case b == nil:
			d.add("removed", what, oid, field, "", "", removal["ItemDef"])
		case a == nil:
			impact := Unfreezes | BreaksSignature
			if b.Mandatory {
				impact |= Unsubmits
			}
			d.add("added", what, oid, field, "", "", impact)
		default:
			d.members(what, oid, field, "reference", reflect.ValueOf(*a), reflect.ValueOf(*b))
		}
	}
}

func (d *differ) codes(oid string, old, new []CodeItem) {
	code := func(c *CodeItem) string { return c.Code }
	was, is := byOID(old, code), byOID(new, code)
	for _, value := range union(was, is) {
		a, b := was[value], is[value]
		field := fmt.Sprintf("codes[%s]", value)
		switch {
		case b == nil:
			d.add("removed", "CodeList", oid, field, quoted(a.Decode.In("en")), "", Destructive|BreaksSignature)
		case a == nil:
			d.add("added", "CodeList", oid, field, "", quoted(b.Decode.In("en")), 0)
		default:
			d.members("CodeList", oid, field, "CodeListItem", reflect.ValueOf(*a), reflect.ValueOf(*b))
		}
	}
}

func (d *differ) members(what, oid, field, kind string, was, is reflect.Value) {
	for i := range was.NumField() {
		name, _, _ := strings.Cut(was.Type().Field(i).Tag.Get("json"), ",")
		if p, q := shown(was.Field(i)), shown(is.Field(i)); p != q {
			d.add("changed", what, oid, field+"."+name, p, q, depends(kind+"."+name, was.Field(i), is.Field(i)))
		}
	}
}

// shown is a value as JSON without what is empty; "" for nothing.
func shown(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	b, err := json.Marshal(v.Interface(), json.Deterministic(true), json.OmitZeroStructFields(true))
	if err != nil {
		return err.Error()
	}
	if s := string(b); s != "[]" && s != "{}" {
		return s
	}
	return ""
}
