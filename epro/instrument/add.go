package instrument

import (
	"reflect"
	"slices"

	"casebook"
	"casebook/odm"
)

// Add returns to with the forms of from and all that they use, asked at the named events. What is there already and says
// the same stays as it is; what says something else under the same OID is a conflict, and so is an event that to does not
// have. Neither version is changed, and the new one shares with both what it took over.
func Add(to, from *odm.Version, events ...string) (*odm.Version, error) {
	v := *to
	var err error
	take := func(e error) {
		if err == nil {
			err = e
		}
	}
	v.Forms, err = joined("FormDef", to.Forms, from.Forms, func(f odm.Form) string { return f.OID })
	var more error
	v.Groups, more = joined("ItemGroupDef", to.Groups, from.Groups, func(g odm.ItemGroup) string { return g.OID })
	take(more)
	v.Items, more = joined("ItemDef", to.Items, from.Items, func(i odm.Item) string { return i.OID })
	take(more)
	v.CodeLists, more = joined("CodeList", to.CodeLists, from.CodeLists, func(l odm.CodeList) string { return l.OID })
	take(more)
	v.Units, more = joined("MeasurementUnit", to.Units, from.Units, func(u odm.Unit) string { return u.OID })
	take(more)
	v.Conditions, more = joined("ConditionDef", to.Conditions, from.Conditions, func(c odm.Condition) string { return c.OID })
	take(more)
	v.Methods, more = joined("MethodDef", to.Methods, from.Methods, func(m odm.Method) string { return m.OID })
	take(more)
	if err != nil {
		return nil, err
	}
	v.Events = slices.Clone(to.Events)
	for _, oid := range events {
		i := slices.IndexFunc(v.Events, func(e odm.Event) bool { return e.OID == oid })
		if i < 0 {
			return nil, casebook.Fail(casebook.NotFound, "epro.instrument.event", oid)
		}
		v.Events[i].Forms = asked(v.Events[i].Forms, from.Forms)
	}
	return &v, nil
}

// asked is the forms of an event with those that it did not ask yet, behind the others.
func asked(refs []odm.Ref, forms []odm.Form) []odm.Ref {
	out, last := slices.Clone(refs), 0
	for _, r := range refs {
		last = max(last, r.Order)
	}
	for _, f := range forms {
		if slices.ContainsFunc(refs, func(r odm.Ref) bool { return r.OID == f.OID }) {
			continue
		}
		r := odm.Ref{OID: f.OID}
		if last > 0 {
			last++
			r.Order = last
		}
		out = append(out, r)
	}
	return out
}

// joined is the definitions of one kind of both versions.
func joined[T any](kind string, to, from []T, oid func(T) string) ([]T, error) {
	at := make(map[string]int, len(to))
	for i := range to {
		at[oid(to[i])] = i
	}
	out := slices.Clone(to)
	for _, d := range from {
		i, there := at[oid(d)]
		switch {
		case !there:
			out = append(out, d)
		case !reflect.DeepEqual(to[i], d):
			return nil, casebook.Fail(casebook.Conflict, "epro.instrument.taken", kind, oid(d)).At(kind + "[" + oid(d) + "]")
		}
	}
	return out, nil
}
