package odm

import (
	"iter"
	"slices"
)

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
				return refLinks("StudyEventDef", e.OID, "FormDef", e.Forms, yield) &&
					(e.Window == nil || e.Window.Anchor == "" || yield(Link{"StudyEventDef", e.OID, "StudyEventDef", e.Window.Anchor}))
			}) &&
			each(v.Forms, func(f *Form) bool {
				return refLinks("FormDef", f.OID, "ItemGroupDef", f.Groups, yield)
			}) &&
			each(v.Groups, func(g *ItemGroup) bool {
				return refLinks("ItemGroupDef", g.OID, "ItemDef", g.Items, yield) &&
					(g.Count == "" || yield(Link{"ItemGroupDef", g.OID, "MethodDef", g.Count}))
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
			(r.MandatoryWhen == "" || yield(Link{from, fromOID, "ConditionDef", r.MandatoryWhen})) &&
			(r.Method == "" || yield(Link{from, fromOID, "MethodDef", r.Method})) &&
			(r.Initial == "" || yield(Link{from, fromOID, "MethodDef", r.Initial})) &&
			(r.Within == "" || yield(Link{from, fromOID, to, r.Within}))
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

// Dangling returns the references of v to what it does not define, and those that let something stand within what is
// no part of the same, or within itself. A version with any of them must not be published.
func (v *Version) Dangling() []Link {
	x := v.Index()
	var out []Link
	for l := range v.Links() {
		if !x.defines(l.To, l.OID) {
			out = append(out, l)
		}
	}
	nested := func(from, oid, to string, refs []Ref) {
		for _, r := range misplaced(refs) {
			out = append(out, Link{from, oid, to, r.Within})
		}
	}
	for i := range v.Forms {
		nested("FormDef", v.Forms[i].OID, "ItemGroupDef", v.Forms[i].Groups)
	}
	for i := range v.Groups {
		nested("ItemGroupDef", v.Groups[i].OID, "ItemDef", v.Groups[i].Items)
	}
	return out
}

// misplaced returns the references that stand within none of the others, though they say so, or within themselves.
func misplaced(refs []Ref) (out []Ref) {
	if !slices.ContainsFunc(refs, func(r Ref) bool { return r.Within != "" }) {
		return nil
	}
	within := make(map[string]string, len(refs))
	for _, r := range refs {
		within[r.OID] = r.Within
	}
	for _, r := range refs {
		steps, at := 0, r.Within
		for ; at != "" && steps <= len(refs); steps++ {
			up, there := within[at]
			if !there {
				break
			}
			at = up
		}
		if at != "" {
			out = append(out, r)
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
