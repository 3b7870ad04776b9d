package markup

import (
	"strings"

	"casebook/odm"
)

// Grammar is the part of an ODM version that defines studies.
type Grammar struct {
	Namespace string
	Format    string           // what reports call it
	Version   string           // what ODMVersion says, or begins with
	Roots     []string         // the elements that a file may be
	Elements  map[string]*Rule // what each may hold
	DataTypes []odm.DataType   // that ODM 1.3.2 does not know
}

// Rule is what the schema allows an element to hold.
type Rule struct {
	attrs    []string // that the model has words for; the first tells the element from its siblings
	kept     []string // the standard's others, kept in Extra
	children []child  // in the order of the schema
	owns     bool     // its struct in the model has an Extra
}

type child struct {
	name string
	rank int  // those of one rank may stand in any order
	once bool // at most one
	kept bool // the model has no word for it: it is kept in Extra
}

// known returns the place of a child in the order of the schema, or -1.
func (u *Rule) known(name string) int {
	for i := range u.children {
		if u.children[i].name == name {
			return i
		}
	}
	return -1
}

// Define returns a rule: the attributes that the model has words for, the standard's others, which are kept, and the
// children in the order of the schema. Among children, "~" marks those
// that may be mixed with the one before, "?" marks those that may stand once and "!" those kept in Extra.
func Define(attrs, kept, children string) *Rule {
	u := &Rule{attrs: strings.Fields(attrs), kept: strings.Fields(kept)}
	rank := 0
	for f := range strings.FieldsSeq(children) {
		name := strings.TrimRight(f, "?!~")
		if !strings.Contains(f, "~") {
			rank++
		}
		u.children = append(u.children, child{name, rank, strings.Contains(f, "?"), strings.Contains(f, "!")})
	}
	return u
}

// Own says that the struct of an element in the model has an Extra.
func Own(u *Rule) *Rule { u.owns = true; return u }

var leaf = Define("", "", "")
