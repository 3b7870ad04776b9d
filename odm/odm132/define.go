package odm132

import (
	"casebook/odm"
)

// refs gathers the references of one definition.
type refs struct {
	kind  string // of what they refer to
	list  []odm.Ref
	oids  map[string]bool
	order map[int]bool
	keys  map[int]bool
	anew  bool // the numbers cannot stay as they are
}

// ref reads a StudyEventRef, FormRef, ItemGroupRef or ItemRef of the definition from.
func (r *reader) ref(n *node, to *refs, from, fromOID string) error {
	attr := n.rule.attrs[0]
	if v, there := n.attr(attr); there && v == "" && n.name == "ItemGroupRef" {
		r.lose(n, false, "ItemGroupRef with an empty ItemGroupOID")
		return r.skip()
	}
	oid, err := n.must(attr)
	if err != nil {
		return err
	}
	if to.oids[oid] {
		r.lose(n, false, "a second reference to the same "+to.kind+"; the first is kept")
		return r.skip()
	}
	ref := odm.Ref{
		OID: oid, Hidden: n.str("CollectionExceptionConditionOID"), Method: n.str("MethodOID"), Role: n.str("Role"),
	}
	if ref.Mandatory, err = r.yes(n, "Mandatory"); err != nil {
		return err
	}
	if err := r.number(n, to, &ref); err != nil {
		return err
	}
	if err := r.none(n); err != nil {
		return err
	}
	ref.Extra = n.extra
	to.add(ref)
	r.link(n, from, fromOID, to.kind, oid)
	r.link(n, from, fromOID, "ConditionDef", ref.Hidden)
	r.link(n, from, fromOID, "MethodDef", ref.Method)
	return nil
}

// number reads OrderNumber and KeySequence, which may stand once among the references of one definition.
func (r *reader) number(n *node, to *refs, ref *odm.Ref) error {
	order, numbered, err := r.integer(n, "OrderNumber", -1<<31)
	if err != nil {
		return err
	}
	switch ref.Order = order; {
	case numbered && to.order[order]:
		r.lose(n, false, "an OrderNumber that another has too; the order is kept and numbered anew")
		to.anew = true
	case numbered && order == 0:
		r.lose(n, false, "OrderNumber 0; the order is kept and numbered anew")
		to.anew = true
	}
	if numbered {
		set(&to.order, order)
	}
	key, keyed, err := r.integer(n, "KeySequence", -1<<31)
	if err != nil {
		return err
	}
	if keyed && (key == 0 || to.keys[key]) {
		r.lose(n, false, "a KeySequence that is 0 or that another has too")
		return nil
	}
	if ref.Key = key; keyed {
		set(&to.keys, key)
	}
	return nil
}

func set[K comparable](m *map[K]bool, k K) {
	if *m == nil {
		*m = map[K]bool{}
	}
	(*m)[k] = true
}

func (to *refs) add(ref odm.Ref) {
	set(&to.oids, ref.OID)
	to.list = append(to.list, ref)
}

// settle returns the references, numbered from 1 in their order if the numbers of the file could not stay.
func (to *refs) settle() []odm.Ref {
	if to.anew {
		renumber(to.list)
	}
	return to.list
}

// renumber gives each of refs, which name different things, its place in their order.
func renumber(refs []odm.Ref) {
	place := make(map[string]int, len(refs))
	for i, ref := range odm.Ordered(refs) {
		place[ref.OID] = i + 1
	}
	for i := range refs {
		refs[i].Order = place[refs[i].OID]
	}
}

func (r *reader) event(n *node, e odm.Event) (err error) {
	if e.Repeating, err = r.yes(n, "Repeating"); err != nil {
		return err
	}
	typ, err := r.oneOf(n, "Type", "Scheduled", eventTypes...)
	if err != nil {
		return err
	}
	e.Type, e.Category = odm.EventType(typ), n.str("Category")
	to := refs{kind: "FormDef"}
	err = r.children(n, func(c *node) error {
		if c.name == "FormRef" {
			return r.ref(c, &to, "StudyEventDef", e.OID)
		}
		return r.described(c, &e.Description, &e.Aliases)
	})
	e.Forms, e.Extra = to.settle(), n.extra
	r.version.Events = append(r.version.Events, e)
	r.found.Events++
	return err
}

func (r *reader) form(n *node, f odm.Form) (err error) {
	if f.Repeating, err = r.yes(n, "Repeating"); err != nil {
		return err
	}
	to := refs{kind: "ItemGroupDef"}
	err = r.children(n, func(c *node) error {
		if c.name == "ItemGroupRef" {
			return r.ref(c, &to, "FormDef", f.OID)
		}
		return r.described(c, &f.Description, &f.Aliases)
	})
	f.Groups, f.Extra = to.settle(), n.extra
	r.version.Forms = append(r.version.Forms, f)
	r.found.Forms++
	return err
}

func (r *reader) group(n *node, g odm.ItemGroup) (err error) {
	if g.Repeating, err = r.yes(n, "Repeating"); err != nil {
		return err
	}
	g.Domain = n.str("Domain")
	to := refs{kind: "ItemDef"}
	err = r.children(n, func(c *node) error {
		if c.name == "ItemRef" {
			return r.ref(c, &to, "ItemGroupDef", g.OID)
		}
		return r.described(c, &g.Description, &g.Aliases)
	})
	g.Items, g.Extra = to.settle(), n.extra
	r.version.Groups = append(r.version.Groups, g)
	r.found.ItemGroups++
	return err
}

func (r *reader) condition(n *node, d odm.Condition) error {
	err := r.children(n, func(c *node) error {
		if c.name == "FormalExpression" {
			return r.expression(c, &d.Expressions)
		}
		return r.described(c, &d.Description, &d.Aliases)
	})
	r.mustDescribe(n)
	d.Extra = n.extra
	r.version.Conditions = append(r.version.Conditions, d)
	r.found.Conditions++
	return err
}

func (r *reader) method(n *node, d odm.Method) (err error) {
	if d.Type, err = r.oneOf(n, "Type", "", methodTypes...); err != nil {
		return err
	}
	err = r.children(n, func(c *node) error {
		if c.name == "FormalExpression" {
			return r.expression(c, &d.Expressions)
		}
		return r.described(c, &d.Description, &d.Aliases)
	})
	r.mustDescribe(n)
	d.Extra = n.extra
	r.version.Methods = append(r.version.Methods, d)
	r.found.Methods++
	return err
}

// mustDescribe notes that a condition or a method has no Description, which the standard demands.
func (r *reader) mustDescribe(n *node) {
	if n.count[n.rule.known("Description")] == 0 {
		r.lose(n, true, n.name+" without Description")
	}
}

// The values of attributes that are one of few (ODM1-3-2-foundation.xsd).
var (
	eventTypes  = []string{"Scheduled", "Unscheduled", "Common"}
	methodTypes = []string{"Computation", "Imputation", "Transpose", "Other"}
	comparators = []string{"LT", "LE", "GT", "GE", "EQ", "NE", "IN", "NOTIN"}
)
