package odm

import (
	"fmt"
	"slices"
	"strings"

	"casebook"
)

// Fault is what a definition says that cannot be meant, with its place: the readers of files refuse it, and an editor
// that lets people write anything must show it.
type Fault struct {
	Place string // e.g. "ItemDef[I.1]", "CodeList[CL.YN]/CodeListItem[2]"
	Why   error
}

// dataTypes are ItemDef/@DataType's values (ODM 1.3.2, section 2.14).
var dataTypes = strings.Fields(`text integer float date time datetime string boolean double hexBinary base64Binary hexFloat base64Float partialDate
	partialTime partialDatetime durationDatetime intervalDatetime incompleteDatetime incompleteDate incompleteTime URI`)

// Faults lists what is wrong with the definitions of v, each by itself: names that are missing or taken twice, types
// that do not exist, windows that are no durations, bounds that no number meets, codes that are there twice and weights
// that are no decimals. References are Dangling's, rules the compiler's.
func (v *Version) Faults() []Fault {
	var f faults
	f.names("StudyEventDef", len(v.Events), func(i int) string { return v.Events[i].OID })
	f.names("FormDef", len(v.Forms), func(i int) string { return v.Forms[i].OID })
	f.names("ItemGroupDef", len(v.Groups), func(i int) string { return v.Groups[i].OID })
	f.names("ItemDef", len(v.Items), func(i int) string { return v.Items[i].OID })
	f.names("CodeList", len(v.CodeLists), func(i int) string { return v.CodeLists[i].OID })
	f.names("MeasurementUnit", len(v.Units), func(i int) string { return v.Units[i].OID })
	f.names("ConditionDef", len(v.Conditions), func(i int) string { return v.Conditions[i].OID })
	f.names("MethodDef", len(v.Methods), func(i int) string { return v.Methods[i].OID })
	f.refs("Protocol", v.EventRefs)
	for i := range v.Events {
		f.event(&v.Events[i])
	}
	for _, x := range v.Forms {
		place := "FormDef[" + x.OID + "]"
		f.refs(place, x.Groups)
		f.occurs(place, x.Occurs)
	}
	for _, x := range v.Groups {
		place := "ItemGroupDef[" + x.OID + "]"
		f.refs(place, x.Items)
		f.occurs(place, x.Occurs)
	}
	for i := range v.Items {
		f.item(&v.Items[i])
	}
	for i := range v.CodeLists {
		f.codes(&v.CodeLists[i])
	}
	return f
}

type faults []Fault

func (f *faults) add(place, code string, args ...any) {
	*f = append(*f, Fault{place, casebook.Fail(casebook.Unprocessable, code, args...).At(place)})
}

// names finds definitions of one kind without an OID, and those whose OID another has.
func (f *faults) names(kind string, n int, oid func(int) string) {
	seen := make(map[string]bool, n)
	for i := range n {
		switch name := oid(i); {
		case strings.TrimSpace(name) == "":
			f.add(fmt.Sprintf("%s[#%d]", kind, i+1), "odm.fault.oid")
		case seen[name]:
			f.add(kind+"["+name+"]", "odm.fault.twice", name)
		default:
			seen[name] = true
		}
	}
}

func (f *faults) refs(place string, refs []Ref) {
	seen := make(map[string]bool, len(refs))
	for _, r := range refs {
		if seen[r.OID] {
			f.add(place, "odm.fault.reference_twice", r.OID)
		}
		seen[r.OID] = true
	}
}

func (f *faults) occurs(place string, o Occurs) {
	if o.Min < 0 || o.Max < 0 || o.Max > 0 && o.Max < o.Min {
		f.add(place, "odm.fault.occurs", o.Min, o.Max)
	}
}

func (f *faults) event(e *Event) {
	place := "StudyEventDef[" + e.OID + "]"
	f.refs(place, e.Forms)
	f.occurs(place, e.Occurs)
	durations := []Duration{e.Every}
	if w := e.Window; w != nil {
		durations = append(durations, w.Target, w.Before, w.After)
		if w.Target == "" || w.Before != "" && w.Before[0] == '-' || w.After != "" && w.After[0] == '-' {
			f.add(place, "odm.fault.window")
		}
	}
	for _, d := range durations {
		if d != "" && !d.Valid() {
			f.add(place, "odm.fault.duration", string(d))
		}
	}
}

func (f *faults) item(it *Item) {
	place := "ItemDef[" + it.OID + "]"
	if !slices.Contains(dataTypes, string(it.DataType)) {
		f.add(place, "odm.fault.type", string(it.DataType))
	}
	if it.Length < 0 || it.Digits < 0 {
		f.add(place, "odm.fault.size")
	}
	f.occurs(place, it.Occurs)
	for i, c := range it.Checks {
		if c.Comparator == "" && len(c.Expressions) == 0 {
			f.add(fmt.Sprintf("%s/RangeCheck[%d]", place, i+1), "odm.fault.check")
		}
	}
}

func (f *faults) codes(c *CodeList) {
	seen := make(map[string]bool, len(c.Items))
	for i, item := range c.Items {
		place := fmt.Sprintf("CodeList[%s]/CodeListItem[%d]", c.OID, i+1)
		switch {
		case item.Code == "":
			f.add(place, "odm.fault.code")
		case seen[item.Code]:
			f.add(place, "odm.fault.code_twice", item.Code)
		}
		seen[item.Code] = true
		if item.Weight != "" && !isDecimal(item.Weight) {
			f.add(place, "odm.fault.weight", item.Weight)
		}
	}
}
