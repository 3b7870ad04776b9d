package odm

import (
	"fmt"
	"reflect"
	"slices"
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

// Change is one difference of two versions, in words: texts as they are read, rules by their source.
type Change struct {
	Kind   string   `json:"kind"`            // added, removed, changed
	What   string   `json:"what"`            // the kind of definition, as in ODM: ItemDef, CodeList, …
	OID    string   `json:"oid,omitempty"`   // of the definition
	Name   Text     `json:"name,omitempty"`  // what people call the definition
	Field  string   `json:"field,omitempty"` // the member of the model, e.g. "question", "codes[2].weight", "checks[1].rule"
	Lang   string   `json:"lang,omitempty"`  // of a text: the language, "" where the text names none
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
	} else if name := c.Name.In("en"); name != "" {
		s += " " + quoted(name)
	}
	if c.Lang != "" {
		s += " (" + c.Lang + ")"
	}
	c.Was, c.Is = line(c.Was), line(c.Is)
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
	name     Text // of the definition that is looked at
	changes  []Change
}

func (d *differ) add(kind, what, oid, field, was, is string, impact Impact) {
	d.changes = append(d.changes, Change{Kind: kind, What: what, OID: oid, Name: d.name, Field: field, Was: was, Is: is, Impact: impact.Names()})
}

// meaning is what a change of a member does where it is always the same. Members that are not here change nothing that
// was filled in; those that depend on the values are in depends.
var meaning = map[string]Impact{
	"ItemDef.dataType":         Destructive | BreaksSignature | BreaksSDV | Unfreezes,
	"ItemDef.question":         BreaksSignature | BreaksSDV,
	"ItemDef.units":            BreaksSignature | BreaksSDV,
	"ItemDef.codeList":         Destructive | BreaksSignature | BreaksSDV,
	"ItemDef.checks":           Rechecks,
	"RangeCheck.rule":          Rechecks,
	"RangeCheck.hard":          Rechecks,
	"RangeCheck.unit":          Rechecks,
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
			d.name = title(*a)
			d.add("removed", what, name, "", "", "", removal[what])
		case a == nil:
			d.name = title(*b)
			d.add("added", what, name, "", "", "", 0) // what it does, its references do
		default:
			d.name = title(*b)
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
func title(def any) Text {
	v := reflect.ValueOf(def)
	for _, field := range []string{"Question", "Description"} {
		if f := v.FieldByName(field); f.IsValid() && f.Len() > 0 {
			if t, ok := f.Interface().(Text); ok {
				return t
			}
		}
	}
	return Text{"": v.FieldByName("Name").String()}
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
		case []RangeCheck:
			d.checks(was.Interface().(Item), is.Interface().(Item))
		default:
			d.member(what, oid, name, what+"."+name, a, b)
		}
	}
}

// member compares one member of a definition: texts by language, all else in words.
func (d *differ) member(what, oid, field, member string, was, is reflect.Value) {
	impact := depends(member, was, is)
	a, ok := was.Interface().(Text)
	if !ok {
		if encoded(was) != encoded(is) {
			d.add("changed", what, oid, field, inWords(was), inWords(is), impact)
		}
		return
	}
	b := is.Interface().(Text)
	for _, lang := range union(a, b) {
		if a[lang] != b[lang] {
			d.add("changed", what, oid, field, a[lang], b[lang], impact)
			d.changes[len(d.changes)-1].Lang = lang
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
			d.add("removed", "CodeList", oid, field, inWords(reflect.ValueOf(a.Decode)), "", Destructive|BreaksSignature)
		case a == nil:
			d.add("added", "CodeList", oid, field, "", inWords(reflect.ValueOf(b.Decode)), 0)
		default:
			d.members("CodeList", oid, field, "CodeListItem", reflect.ValueOf(*a), reflect.ValueOf(*b))
		}
	}
}

func (d *differ) members(what, oid, field, kind string, was, is reflect.Value) {
	for i := range was.NumField() {
		name, _, _ := strings.Cut(was.Type().Field(i).Tag.Get("json"), ",")
		d.member(what, oid, field+"."+name, kind+"."+name, was.Field(i), is.Field(i))
	}
}

// checks compares the checks of an item, which have no names: those that are in both versions stand for themselves, what
// is left is taken for changed, one after the other. They are numbered as rules are named.
func (d *differ) checks(old, new Item) {
	was, is := numbered(old.Checks), numbered(new.Checks)
	if moved(was, is) {
		d.add("changed", "ItemDef", new.OID, "checks", old.rules(), new.rules(), Rechecks)
		return
	}
	was, is = without(was, is), without(is, was)
	for i := range max(len(was), len(is)) {
		switch {
		case i >= len(is):
			d.add("removed", "ItemDef", old.OID, was[i].field(), old.rule(was[i].RangeCheck), "", Rechecks)
		case i >= len(was):
			d.add("added", "ItemDef", new.OID, is[i].field(), "", new.rule(is[i].RangeCheck), Rechecks)
		default:
			a, b := *was[i].RangeCheck, *is[i].RangeCheck
			if p, q := old.rule(&a), new.rule(&b); p != q {
				d.add("changed", "ItemDef", new.OID, is[i].field()+".rule", p, q, Rechecks)
				a.Comparator, a.Values, a.Expressions = b.Comparator, b.Values, b.Expressions // told
			}
			d.members("ItemDef", new.OID, is[i].field(), "RangeCheck", reflect.ValueOf(a), reflect.ValueOf(b))
		}
	}
}

// numberedCheck is a check with its place among those of its item.
type numberedCheck struct {
	*RangeCheck
	number int
}

func (c numberedCheck) field() string { return fmt.Sprintf("checks[%d]", c.number) }

func numbered(checks []RangeCheck) (all []numberedCheck) {
	for i := range checks {
		all = append(all, numberedCheck{&checks[i], i + 1})
	}
	return all
}

// without returns those of all that are not among others, each of which stands for one.
func without(all, others []numberedCheck) (left []numberedCheck) {
	others = slices.Clone(others)
	for _, c := range all {
		if i := slices.IndexFunc(others, func(o numberedCheck) bool { return reflect.DeepEqual(*o.RangeCheck, *c.RangeCheck) }); i >= 0 {
			others = slices.Delete(others, i, i+1)
		} else {
			left = append(left, c)
		}
	}
	return left
}

// moved reports whether both have the same checks in another order.
func moved(was, is []numberedCheck) bool {
	return len(was) == len(is) && len(without(was, is)) == 0 &&
		!slices.EqualFunc(was, is, func(a, b numberedCheck) bool { return reflect.DeepEqual(*a.RangeCheck, *b.RangeCheck) })
}

// encoded is a value as JSON without what is empty; "" for nothing. Values that differ are encoded differently.
func encoded(v reflect.Value) string {
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
