// Package definition shows people what a study's definition says: its rules with all that they read and stand at, what a
// file holds before it is taken in, and the forms on paper, blank and annotated. It refuses to change a definition:
// package trial takes in what package odm reads.
package definition

import (
	"fmt"

	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

// Rule is one rule of a definition: as it is written, what it reads, and where it stands.
type Rule struct {
	ID      string            `json:"id"`     // "IT.SYS#1" for the first check of an item, else the OID of the condition or method
	Kind    string            `json:"kind"`   // record.Checks, record.Hides or record.Computes
	Place   string            `json:"place"`  // as problems and losses name it, e.g. "ItemDef[IT.SYS]/RangeCheck[1]"
	Source  string            `json:"source"` // in the rule language; "" when the rule does not run
	Written []odm.Expression  `json:"written,omitempty"`
	Hard    bool              `json:"hard,omitzero"`
	Name    string            `json:"name,omitempty"`
	About   odm.Text          `json:"about,omitempty"`
	Message odm.Text          `json:"message,omitempty"`
	Reads   []Read            `json:"reads"`
	Stands  []Stand           `json:"stands"`
	Why     map[string]string `json:"why,omitempty"` // it does not run, by language
}

// Read is one value that a rule reads.
type Read struct {
	Item string `json:"item"` // its OID, or the name of a part of the visit
	As   string `json:"as"`   // as the rule writes it, e.g. "prev(IT.SYS)"
}

// The ways in which a rule stands at something.
const (
	Judges  = "judges"  // a check judges the item
	Hides   = "hides"   // a condition hides it
	Demands = "demands" // a condition makes it mandatory
	Gives   = "gives"   // a method gives its value
	Begins  = "begins"  // a method gives the value that it starts with
	Counts  = "counts"  // a method gives the number of repeats
)

// Stand is where a rule stands: at a thing, within another where a reference carries it.
type Stand struct {
	As   string `json:"as"`
	What string `json:"what"` // StudyEventDef, FormDef, ItemGroupDef or ItemDef
	OID  string `json:"oid"`
	In   string `json:"in,omitempty"` // the OID of what refers to it
}

// Rules lists every rule of a version, whether it runs or not: checks in the order of the items, conditions, methods.
// say makes a text in each language of why one does not run.
func Rules(v *odm.Version, say func(error) map[string]string) []Rule {
	st := record.Compile(v, 0)
	idle := map[string]error{}
	for _, k := range st.Kept {
		if idle[k.Place] == nil {
			idle[k.Place] = k.Why
		}
	}
	at := stands(v)
	all := []Rule{}
	add := func(r Rule) {
		r.Stands, r.Reads = append([]Stand{}, at[r.Place]...), []Read{}
		if p := st.Program(r.Kind, r.ID); p != nil {
			r.Source, r.Reads = p.Source(), reads(p)
		} else if why := idle[r.Place]; why != nil {
			r.Why = say(why)
		}
		all = append(all, r)
	}
	for i := range v.Items {
		it := &v.Items[i]
		for n := range it.Checks {
			c := &it.Checks[n]
			add(Rule{ID: fmt.Sprintf("%s#%d", it.OID, n+1), Kind: record.Checks, Place: checkPlace(it.OID, n), Written: c.Expressions, Hard: c.Hard, Message: c.Message})
		}
	}
	for i := range v.Conditions {
		c := &v.Conditions[i]
		add(Rule{ID: c.OID, Kind: record.Hides, Place: conditionPlace(c.OID), Written: c.Expressions, Name: c.Name, About: c.Description})
	}
	for i := range v.Methods {
		m := &v.Methods[i]
		add(Rule{ID: m.OID, Kind: record.Computes, Place: methodPlace(m.OID), Written: m.Expressions, Name: m.Name, About: m.Description})
	}
	return all
}

func checkPlace(item string, n int) string {
	return fmt.Sprintf("ItemDef[%s]/RangeCheck[%d]", item, n+1)
}
func conditionPlace(oid string) string { return "ConditionDef[" + oid + "]" }
func methodPlace(oid string) string    { return "MethodDef[" + oid + "]" }

func reads(p *check.Program) []Read {
	all := []Read{}
	for _, ref := range p.Refs() {
		all = append(all, Read{ref.Name, ref.String()})
	}
	return all
}

// stands finds for every rule, by its place, the things that it stands at.
func stands(v *odm.Version) map[string][]Stand {
	at := map[string][]Stand{}
	put := func(place, oid string, s Stand) {
		if oid != "" {
			at[place] = append(at[place], s)
		}
	}
	walk := func(in, what string, refs []odm.Ref) {
		for _, r := range refs {
			put(conditionPlace(r.Hidden), r.Hidden, Stand{Hides, what, r.OID, in})
			put(conditionPlace(r.MandatoryWhen), r.MandatoryWhen, Stand{Demands, what, r.OID, in})
			put(methodPlace(r.Method), r.Method, Stand{Gives, what, r.OID, in})
			put(methodPlace(r.Initial), r.Initial, Stand{Begins, what, r.OID, in})
		}
	}
	walk("", "StudyEventDef", v.EventRefs)
	for i := range v.Events {
		walk(v.Events[i].OID, "FormDef", v.Events[i].Forms)
	}
	for i := range v.Forms {
		walk(v.Forms[i].OID, "ItemGroupDef", v.Forms[i].Groups)
	}
	for i := range v.Groups {
		g := &v.Groups[i]
		walk(g.OID, "ItemDef", g.Items)
		put(methodPlace(g.Count), g.Count, Stand{Counts, "ItemGroupDef", g.OID, ""})
	}
	for i := range v.Items {
		for n := range v.Items[i].Checks {
			put(checkPlace(v.Items[i].OID, n), v.Items[i].OID, Stand{Judges, "ItemDef", v.Items[i].OID, ""})
		}
	}
	return at
}
