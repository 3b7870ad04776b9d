package markup

import "casebook/odm"

// Refs gathers the references of one definition.
type Refs struct {
	Kind  string // of what they refer to
	list  []odm.Ref
	oids  map[string]bool
	order map[int]bool
	keys  map[int]bool
	anew  bool // the numbers cannot stay as they are
}

// number reads OrderNumber and KeySequence, which may stand once among the references of one definition.
func (r *Reader) number(n *Node, to *Refs, ref *odm.Ref) error {
	order, numbered, err := r.Integer(n, "OrderNumber", -1<<31)
	if err != nil {
		return err
	}
	switch ref.Order = order; {
	case numbered && to.order[order]:
		r.Lose(n, false, "loss.order_twice")
		to.anew = true
	case numbered && order == 0:
		r.Lose(n, false, "loss.order_zero")
		to.anew = true
	}
	if numbered {
		Set(&to.order, order)
	}
	key, keyed, err := r.Integer(n, "KeySequence", -1<<31)
	if err != nil {
		return err
	}
	if keyed && (key == 0 || to.keys[key]) {
		r.Lose(n, false, "loss.key_sequence")
		return nil
	}
	if ref.Key = key; keyed {
		Set(&to.keys, key)
	}
	return nil
}

// Set puts k into a set that may not be there yet.
func Set[K comparable](m *map[K]bool, k K) {
	if *m == nil {
		*m = map[K]bool{}
	}
	(*m)[k] = true
}

// Settle returns the references, numbered from 1 in their order if the numbers of the file could not stay.
func (to *Refs) Settle() []odm.Ref {
	if to.anew {
		Renumber(to.list)
	}
	return to.list
}

// Renumber gives each of refs, which name different things, its place in their order.
func Renumber(refs []odm.Ref) {
	place := make(map[string]int, len(refs))
	for i, ref := range odm.Ordered(refs) {
		place[ref.OID] = i + 1
	}
	for i := range refs {
		refs[i].Order = place[refs[i].OID]
	}
}

// Ref reads the reference n, whose attribute attr is the OID, into to. ok is false when it is left out, with a loss.
func (r *Reader) Ref(n *Node, attr string, to *Refs) (ref odm.Ref, ok bool, err error) {
	oid, err := n.Must(attr)
	if err != nil {
		return ref, false, err
	}
	if to.oids[oid] {
		r.Lose(n, false, "loss.second_reference", to.Kind)
		return ref, false, r.Skip()
	}
	ref = odm.Ref{
		OID: oid, Hidden: n.Str("CollectionExceptionConditionOID"), Method: n.Str("MethodOID"), Role: n.Str("Role"),
	}
	if ref.Mandatory, err = r.Yes(n, "Mandatory"); err != nil {
		return ref, false, err
	}
	return ref, true, r.number(n, to, &ref)
}

// Add ends the reading of a reference.
func (to *Refs) Add(ref odm.Ref) {
	Set(&to.oids, ref.OID)
	to.list = append(to.list, ref)
}

// Over returns base with the definitions of top in place of those with the same OID, and the others behind.
func Over[T any](base, top []T, oid func(*T) string) []T {
	out := make([]T, 0, len(base)+len(top))
	place := make(map[string]int, len(base))
	for i := range base {
		place[oid(&base[i])] = i
		out = append(out, base[i])
	}
	for i := range top {
		if at, there := place[oid(&top[i])]; there {
			out[at] = top[i]
		} else {
			out = append(out, top[i])
		}
	}
	return out
}

// Codes is what may stand once in a code list.
type Codes struct {
	element string // CodeListItem or EnumeratedItem, as the first is
	values  map[string]bool
	order   map[int]bool
}

// Code reads the attributes of one item of a code list. ok is false when it is left out, with a loss.
func (r *Reader) Code(n *Node, seen *Codes) (item odm.CodeItem, ok bool, err error) {
	code, there := n.Attr("CodedValue")
	if !there {
		return item, false, n.Refuse("odm.missing_attribute", "CodedValue")
	}
	if seen.values[code] {
		r.Lose(n, false, "loss.second_code")
		return item, false, r.Skip()
	}
	Set(&seen.values, code)
	if seen.element == "" {
		seen.element = n.Name
	} else if seen.element != n.Name {
		r.Lose(n, true, "loss.codelist_mixed")
	}
	item = odm.CodeItem{Code: code, Rank: n.Str("Rank")}
	if item.Rank != "" && !Fits("float", item.Rank) {
		return item, false, n.Refuse("odm.value_type", "Rank", Short(item.Rank), "a number")
	}
	order, numbered, err := r.Integer(n, "OrderNumber", -1<<31)
	if err != nil {
		return item, false, err
	}
	if numbered && (order == 0 || seen.order[order]) {
		r.Lose(n, false, "loss.order_number")
	} else if item.Order = order; numbered {
		Set(&seen.order, order)
	}
	return item, true, nil
}

// Split returns a check with values and expressions as one of each: both must hold, as before.
func Split(c odm.RangeCheck) []odm.RangeCheck {
	if len(c.Values) == 0 || len(c.Expressions) == 0 {
		return []odm.RangeCheck{c}
	}
	values, expressions := c, c
	values.Expressions, expressions.Values, expressions.Extra = nil, nil, nil
	return []odm.RangeCheck{values, expressions}
}
