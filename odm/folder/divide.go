package folder

import (
	"slices"

	"casebook"
	"casebook/odm"
)

// divided is a version as parts: each form with what only it uses, and what several use or none.
type divided struct {
	forms  []part
	shared part
	order  order
}

// users finds for each definition the one form that uses it: its place among the forms, or shared.
type users struct {
	v     *odm.Version
	index *odm.Index
	of    map[[2]string]int
}

const shared = -1

func (u *users) use(kind, oid string, form int) {
	if oid == "" {
		return
	}
	key := [2]string{kind, oid}
	if by, used := u.of[key]; used && by != form {
		form = shared
	}
	u.of[key] = form
}

func (u *users) refs(refs []odm.Ref, form int) {
	for _, r := range refs {
		u.use("condition", r.Hidden, form)
		u.use("condition", r.MandatoryWhen, form)
		u.use("method", r.Method, form)
		u.use("method", r.Initial, form)
	}
}

func (u *users) walk() {
	u.refs(u.v.EventRefs, shared)
	for i := range u.v.Events {
		u.refs(u.v.Events[i].Forms, shared)
	}
	for f := range u.v.Forms {
		form := &u.v.Forms[f]
		u.refs(form.Groups, f)
		for _, gr := range form.Groups {
			g := u.index.Group(gr.OID)
			if g == nil {
				continue
			}
			u.use("group", g.OID, f)
			u.use("method", g.Count, f)
			u.refs(g.Items, f)
			for _, ir := range g.Items {
				if it := u.index.Item(ir.OID); it != nil {
					u.use("item", it.OID, f)
					u.use("code list", it.CodeList, f)
				}
			}
		}
	}
	for i := range u.v.Items { // that no form asks
		if _, used := u.of[[2]string{"item", u.v.Items[i].OID}]; !used {
			u.use("code list", u.v.Items[i].CodeList, shared)
		}
	}
}

// divide divides a version. It is refused when two definitions of a kind have one OID.
func divide(v *odm.Version) (*divided, error) {
	u := &users{v: v, index: v.Index(), of: map[[2]string]int{}}
	u.walk()
	d := &divided{forms: make([]part, len(v.Forms)), shared: part{Events: v.Events}}
	var err error
	if d.order.Events, err = oids("event", v.Events, eventOID); err != nil {
		return nil, err
	}
	if d.order.Forms, err = oids("form", v.Forms, formOID); err != nil {
		return nil, err
	}
	for i := range v.Forms {
		d.forms[i].Form = &v.Forms[i]
	}
	if d.order.Groups, err = assign(d, u, "group", v.Groups, groupOID, func(p *part, g odm.ItemGroup) { p.Groups = append(p.Groups, unlinedGroup(g)) }); err != nil {
		return nil, err
	}
	if d.order.Items, err = assign(d, u, "item", v.Items, itemOID, func(p *part, it odm.Item) { p.Items = append(p.Items, unlinedItem(it)) }); err != nil {
		return nil, err
	}
	if d.order.CodeLists, err = assign(d, u, "code list", v.CodeLists, listOID, func(p *part, l odm.CodeList) { p.CodeLists = append(p.CodeLists, l) }); err != nil {
		return nil, err
	}
	if d.order.Conditions, err = assign(d, u, "condition", v.Conditions, conditionOID, func(p *part, c odm.Condition) {
		c.Expressions = unlined(c.Expressions)
		p.Conditions = append(p.Conditions, c)
	}); err != nil {
		return nil, err
	}
	d.order.Methods, err = assign(d, u, "method", v.Methods, methodOID, func(p *part, m odm.Method) {
		m.Expressions = unlined(m.Expressions)
		p.Methods = append(p.Methods, m)
	})
	for i := range d.forms {
		form := *d.forms[i].Form
		form.Variables = unlinedVariables(form.Variables)
		d.forms[i].Form = &form
	}
	return d, err
}

// assign gives each definition to the part that it belongs to, and returns the order of all.
func assign[T any](d *divided, u *users, kind string, defs []T, oid func(*T) string, into func(*part, T)) ([]string, error) {
	order, err := oids(kind, defs, oid)
	for i := range defs {
		to := &d.shared
		if form, used := u.of[[2]string{kind, oid(&defs[i])}]; used && form != shared {
			to = &d.forms[form]
		}
		into(to, defs[i])
	}
	return order, err
}

func oids[T any](kind string, defs []T, oid func(*T) string) ([]string, error) {
	if defs == nil {
		return nil, nil
	}
	out, seen := make([]string, 0, len(defs)), map[string]bool{}
	for i := range defs {
		name := oid(&defs[i])
		if name == "" || seen[name] {
			return nil, casebook.Fail(casebook.Invalid, "odm.duplicate_oid", kind, name).At(kind + " " + name)
		}
		seen[name] = true
		out = append(out, name)
	}
	return out, nil
}

func unlined(in []odm.Expression) []odm.Expression {
	out := slices.Clone(in)
	for i := range out {
		out[i].Line = 0
	}
	return out
}

func unlinedVariables(in []odm.Variable) []odm.Variable {
	out := slices.Clone(in)
	for i := range out {
		out[i].Expression.Line = 0
	}
	return out
}

func unlinedGroup(g odm.ItemGroup) odm.ItemGroup {
	g.Variables = unlinedVariables(g.Variables)
	return g
}

func unlinedItem(it odm.Item) odm.Item {
	it.Variables, it.Checks = unlinedVariables(it.Variables), slices.Clone(it.Checks)
	for i := range it.Checks {
		it.Checks[i].Line, it.Checks[i].Expressions = 0, unlined(it.Checks[i].Expressions)
	}
	return it
}
