package odm

import "iter"

// Link is one reference by OID from a definition of a version to another. The kinds are the names of ODM's elements.
type Link struct {
	From, FromOID string // e.g. "ItemDef", "I.WEIGHT"
	To, OID       string // e.g. "CodeList", "CL.YN"
}

// Links walks over every reference of v. The protocol's own come from "Protocol" with no OID.
func (v *Version) Links() iter.Seq[Link] {
	return func(yield func(Link) bool) {
		_ = refLinks("Protocol", "", "StudyEventDef", v.EventRefs, yield) &&
			each(v.Events, func(e *Event) bool {
				return refLinks("StudyEventDef", e.OID, "FormDef", e.Forms, yield)
			}) &&
			each(v.Forms, func(f *Form) bool {
				return refLinks("FormDef", f.OID, "ItemGroupDef", f.Groups, yield)
			}) &&
			each(v.Groups, func(g *ItemGroup) bool {
				return refLinks("ItemGroupDef", g.OID, "ItemDef", g.Items, yield)
			}) &&
			each(v.Items, func(it *Item) bool { return itemLinks(it, yield) })
	}
}

func each[T any](defs []T, f func(*T) bool) bool {
	for i := range defs {
		if !f(&defs[i]) {
			return false
		}
	}
	return true
}

func refLinks(from, fromOID, to string, refs []Ref, yield func(Link) bool) bool {
	return each(refs, func(r *Ref) bool {
		return yield(Link{from, fromOID, to, r.OID}) &&
			(r.Hidden == "" || yield(Link{from, fromOID, "ConditionDef", r.Hidden})) &&
			(r.Method == "" || yield(Link{from, fromOID, "MethodDef", r.Method}))
	})
}

func itemLinks(it *Item, yield func(Link) bool) bool {
	unit := func(oid string) bool {
		return oid == "" || yield(Link{"ItemDef", it.OID, "MeasurementUnit", oid})
	}
	return each(it.Units, func(oid *string) bool { return unit(*oid) }) &&
		each(it.Checks, func(c *RangeCheck) bool { return unit(c.Unit) }) &&
		(it.CodeList == "" || yield(Link{"ItemDef", it.OID, "CodeList", it.CodeList}))
}

// Dangling returns the references of v to what it does not define. A version with any of them must not be published.
func (v *Version) Dangling() []Link {
	x := v.Index()
	var out []Link
	for l := range v.Links() {
		if !x.defines(l.To, l.OID) {
			out = append(out, l)
		}
	}
	return out
}

func (x *Index) defines(kind, oid string) bool {
	switch kind {
	case "StudyEventDef":
		return x.events[oid] != nil
	case "FormDef":
		return x.forms[oid] != nil
	case "ItemGroupDef":
		return x.groups[oid] != nil
	case "ItemDef":
		return x.items[oid] != nil
	case "CodeList":
		return x.codeLists[oid] != nil
	case "MeasurementUnit":
		return x.units[oid] != nil
	case "ConditionDef":
		return x.conditions[oid] != nil
	}
	return x.methods[oid] != nil
}
