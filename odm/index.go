package odm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"

	"github.com/go-json-experiment/json"
)

// Index finds the definitions of one version by OID and walks its references. It points into the version, which must
// not change while the index is used. Of two definitions with one OID it finds the first.
type Index struct {
	events     map[string]*Event
	forms      map[string]*Form
	groups     map[string]*ItemGroup
	items      map[string]*Item
	codeLists  map[string]*CodeList
	units      map[string]*Unit
	conditions map[string]*Condition
	methods    map[string]*Method
	schedule   []Ref
}

// Index returns a new index of v. It costs one map entry per definition: keep it as long as the version.
func (v *Version) Index() *Index {
	return &Index{
		events:     byOID(v.Events, func(e *Event) string { return e.OID }),
		forms:      byOID(v.Forms, func(f *Form) string { return f.OID }),
		groups:     byOID(v.Groups, func(g *ItemGroup) string { return g.OID }),
		items:      byOID(v.Items, func(i *Item) string { return i.OID }),
		codeLists:  byOID(v.CodeLists, func(c *CodeList) string { return c.OID }),
		units:      byOID(v.Units, func(u *Unit) string { return u.OID }),
		conditions: byOID(v.Conditions, func(c *Condition) string { return c.OID }),
		methods:    byOID(v.Methods, func(m *Method) string { return m.OID }),
		schedule:   Ordered(v.EventRefs),
	}
}

func byOID[T any](defs []T, oid func(*T) string) map[string]*T {
	m := make(map[string]*T, len(defs))
	for i := range defs {
		if _, twice := m[oid(&defs[i])]; !twice {
			m[oid(&defs[i])] = &defs[i]
		}
	}
	return m
}

// Event returns the event called oid, or nil.
func (x *Index) Event(oid string) *Event { return x.events[oid] }

// Form returns the form called oid, or nil.
func (x *Index) Form(oid string) *Form { return x.forms[oid] }

// Group returns the item group called oid, or nil.
func (x *Index) Group(oid string) *ItemGroup { return x.groups[oid] }

// Item returns the item called oid, or nil.
func (x *Index) Item(oid string) *Item { return x.items[oid] }

// CodeList returns the code list called oid, or nil.
func (x *Index) CodeList(oid string) *CodeList { return x.codeLists[oid] }

// Unit returns the unit called oid, or nil.
func (x *Index) Unit(oid string) *Unit { return x.units[oid] }

// Condition returns the condition called oid, or nil.
func (x *Index) Condition(oid string) *Condition { return x.conditions[oid] }

// Method returns the method called oid, or nil.
func (x *Index) Method(oid string) *Method { return x.methods[oid] }

// Schedule returns the references of the version to its events, in order.
func (x *Index) Schedule() []Ref { return x.schedule }

// Ordered returns refs by OrderNumber, and in the order given where numbers are equal. A reference without a number
// follows the one before it. The given slice is not changed.
func Ordered(refs []Ref) []Ref {
	type placed struct {
		ref   Ref
		order int
	}
	out, last := make([]placed, len(refs)), math.MinInt
	for i, r := range refs {
		if r.Order != 0 {
			last = r.Order
		}
		out[i] = placed{r, last}
	}
	slices.SortStableFunc(out, func(a, b placed) int { return cmp.Compare(a.order, b.order) })
	sorted := make([]Ref, len(out))
	for i := range out {
		sorted[i] = out[i].ref
	}
	return sorted
}

// FormItem is one question where a form asks it.
type FormItem struct {
	GroupRef Ref // from the form to the group
	Group    *ItemGroup
	Ref      Ref // from the group to the item
	Item     *Item
}

// FormItems returns the questions of the form called oid, in the order in which it asks them. References to what the
// version does not define are left out; Dangling names them.
func (x *Index) FormItems(oid string) []FormItem {
	form := x.forms[oid]
	if form == nil {
		return nil
	}
	var out []FormItem
	for _, gr := range Ordered(form.Groups) {
		group := x.groups[gr.OID]
		if group == nil {
			continue
		}
		for _, ir := range Ordered(group.Items) {
			if item := x.items[ir.OID]; item != nil {
				out = append(out, FormItem{gr, group, ir, item})
			}
		}
	}
	return out
}

// Inventory counts the definitions of v. What became of its rules only a reader can tell: RulesTranslated and
// RulesKept are 0.
func (v *Version) Inventory() Inventory {
	n := Inventory{
		Events: len(v.Events), Forms: len(v.Forms), ItemGroups: len(v.Groups), Items: len(v.Items),
		CodeLists: len(v.CodeLists), Conditions: len(v.Conditions), Methods: len(v.Methods),
	}
	for i := range v.Items {
		n.RangeChecks += len(v.Items[i].Checks)
	}
	return n
}

// InOneVisit puts all forms of a definition that has no events into one, in their order. A REDCap dictionary, an XLSForm
// and a questionnaire name none; a classic REDCap project has exactly one.
func (v *Version) InOneVisit() {
	if len(v.Events) > 0 || len(v.Forms) == 0 {
		return
	}
	visit := Event{OID: "E.1", Name: "Visit", Description: Text{"en": "Visit", "zh-CN": "访视"}, Type: Scheduled, Forms: []Ref{}}
	for i := range v.Forms {
		visit.Forms = append(visit.Forms, Ref{OID: v.Forms[i].OID})
	}
	v.Events, v.EventRefs = []Event{visit}, []Ref{{OID: visit.OID}}
}

// Hash returns the SHA-256 of v's canonical JSON (declared field order, sorted map keys), in hex: equal content, equal
// hash. The lines that expressions stood on are not content.
func (v *Version) Hash() string {
	b, err := json.Marshal(v.withoutLines(), json.Deterministic(true))
	if err != nil {
		// The only failure is text that is not UTF-8, which no reader lets in: such a version equals nothing.
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (v *Version) withoutLines() *Version {
	c := *v
	c.Items, c.Conditions, c.Methods = slices.Clone(v.Items), slices.Clone(v.Conditions), slices.Clone(v.Methods)
	c.Forms, c.Groups = slices.Clone(v.Forms), slices.Clone(v.Groups)
	for i := range c.Forms {
		c.Forms[i].Variables = unlinedVariables(c.Forms[i].Variables)
	}
	for i := range c.Groups {
		c.Groups[i].Variables = unlinedVariables(c.Groups[i].Variables)
	}
	for i := range c.Items {
		checks := slices.Clone(c.Items[i].Checks)
		for k := range checks {
			checks[k].Expressions, checks[k].Line = unlined(checks[k].Expressions), 0
		}
		c.Items[i].Checks, c.Items[i].Variables = checks, unlinedVariables(c.Items[i].Variables)
	}
	for i := range c.Conditions {
		c.Conditions[i].Expressions = unlined(c.Conditions[i].Expressions)
	}
	for i := range c.Methods {
		c.Methods[i].Expressions = unlined(c.Methods[i].Expressions)
	}
	return &c
}

func unlined(in []Expression) []Expression {
	out := slices.Clone(in)
	for i := range out {
		out[i].Line = 0
	}
	return out
}

func unlinedVariables(in []Variable) []Variable {
	out := slices.Clone(in)
	for i := range out {
		out[i].Expression.Line = 0
	}
	return out
}
