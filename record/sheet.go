package record

import (
	"slices"

	"casebook/check"
)

// sheet is a form laid out for its rules: a cell for each question in each repeat of its group. Sheets are pooled,
// since a report with forty rules is judged thousands of times a second.
type sheet struct {
	f       *form
	repeats [][]string      // of each group, in order; at least "1" where the group does not repeat
	cells   [][]check.Value // of each slot, one for each repeat of its group
	filled  [][]bool        // it has an answer, or a reason for having none
	hidden  [][]bool
	gone    [][]answer // of each group, in each of its repeats: what its condition said
	slots   []int      // of the values that the sheet was laid out from
	args    []check.Value
	in      Context
}

// answer is what a condition said, if it was asked already.
type answer uint8

const (
	unasked answer = iota
	saidShow
	saidHide
)

func newSheet(f *form) *sheet {
	return &sheet{f: f, repeats: make([][]string, len(f.groups)), cells: make([][]check.Value, len(f.fields)), filled: make([][]bool, len(f.fields)),
		hidden: make([][]bool, len(f.fields)), gone: make([][]answer, len(f.groups))}
}

// lay fills the sheet from a form's values, hides what its conditions hide and, if it is to compute, runs its methods; if
// not, what they gave last stands. The caller gives it back with done.
func (f *form) lay(items []Kept, in Context, compute bool) *sheet {
	s := f.scratch.Get().(*sheet)
	s.in = in
	for g := range f.groups {
		s.repeats[g] = s.repeats[g][:0]
		if !f.groups[g].def.Repeating {
			s.repeats[g] = append(s.repeats[g], "1")
		}
	}
	s.slots = s.slots[:0]
	for i := range items {
		k := &items[i]
		slot, known := f.slots[[2]string{k.Group, k.Item}]
		if !known {
			s.slots = append(s.slots, -1)
			continue
		}
		s.slots = append(s.slots, slot)
		if g := f.fields[slot].group; !slices.Contains(s.repeats[g], k.Repeat) {
			s.repeats[g] = append(s.repeats[g], k.Repeat) // items come in the order of their repeats
		}
	}
	for g := range f.groups {
		s.gone[g] = blank(s.gone[g], len(s.repeats[g]))
	}
	for i := range f.fields {
		n := len(s.repeats[f.fields[i].group])
		s.cells[i], s.filled[i], s.hidden[i] = blank(s.cells[i], n), blank(s.filled[i], n), blank(s.hidden[i], n)
	}
	for i, slot := range s.slots {
		if slot >= 0 {
			fd := &f.fields[slot]
			row := slices.Index(s.repeats[fd.group], items[i].Repeat)
			s.cells[slot][row], s.filled[slot][row] = fd.value(items[i].Value), true
		}
	}
	s.settle(compute)
	return s
}

// blank is room for n values, in that of before where it is large enough.
func blank[T any](room []T, n int) []T {
	room = slices.Grow(room[:0], n)[:n]
	clear(room)
	return room
}

// value is v in the rule language. What does not parse as the item's type was accepted as ODM's looser text, and
// counts as unknown.
func (fd *field) value(v Value) check.Value {
	if v.Value == "" {
		return check.Blank(v.Blank)
	}
	parsed, ok := check.ParseValue(fd.typ, v.Value)
	if !ok {
		return check.Blank("")
	}
	return parsed
}

// keptRepeats is how many repeats of a group a sheet may have room for and still be worth keeping: one form with thousands
// must not be remembered for ever.
const keptRepeats = 64

// done clears the sheet, so that nobody's values outlive the work, and gives it back unless it grew too large.
func (s *sheet) done() {
	for g := range s.repeats {
		if cap(s.repeats[g]) > keptRepeats {
			return
		}
	}
	for i := range s.cells {
		clear(s.cells[i])
	}
	for g := range s.repeats {
		clear(s.repeats[g])
	}
	clear(s.args[:cap(s.args)])
	s.in = Context{}
	s.f.scratch.Put(s)
}

// eval runs a rule in one repeat of the group that it stands in; group is -1 for none.
func (s *sheet) eval(r *rule, group, row int) check.Value {
	s.args = s.args[:0]
	for i, ref := range r.refs {
		if i < len(r.own) && r.own[i] >= 0 {
			s.args = append(s.args, s.cell(r.own[i], group, row))
		} else {
			s.args = append(s.args, s.lookup(ref, group, row))
		}
	}
	v, _ := r.prog.Eval(check.Input{Values: s.args, Today: s.in.Today, Zone: s.in.Zone})
	if s.in.Watch != nil {
		s.watch(r, v, group, row)
	}
	return v
}

// watch tells of an evaluation; of conditions that are one, part by part.
func (s *sheet) watch(r *rule, v check.Value, group, row int) {
	for _, part := range r.parts {
		s.eval(part, group, row)
	}
	if len(r.parts) == 0 {
		s.in.Watch(r.kind, r.id, s.args, v)
	}
}

func (s *sheet) lookup(ref check.Ref, group, row int) check.Value {
	if v, ok := s.visit(ref, group, row); ok {
		return v
	}
	slot, own := s.f.byItem[ref.Name]
	if ref.Visit != check.Here || !own {
		if s.in.Others == nil {
			return check.Blank("")
		}
		return s.in.Others(ref)
	}
	if ref.Each {
		return check.List(ref.Type.Elem(), s.cells[slot]...)
	}
	return s.cell(slot, group, row)
}

// cell is what a rule in one repeat of a group sees of a question: that of its own repeat, or of the first of another group.
func (s *sheet) cell(slot, group, row int) check.Value {
	if s.f.fields[slot].group != group {
		row = 0
	}
	if row >= len(s.cells[slot]) {
		return check.Blank("")
	}
	return s.cells[slot][row]
}

// settle takes the form's steps: conditions and methods, each after those whose outcome it reads. A hidden value stays in
// the casebook, but no rule sees it: they see a blank.
func (s *sheet) settle(compute bool) {
	for _, st := range s.f.steps {
		fd := &s.f.fields[st.slot]
		for row := range s.cells[st.slot] {
			cell := &s.cells[st.slot][row]
			if st.method != nil && compute {
				*cell = s.compute(st.method, fd, row)
			}
			if st.hides && (s.hidesGroup(fd.group, row) || s.hides(fd.hidden, fd.group, row)) {
				s.hidden[st.slot][row] = true
			}
			if s.hidden[st.slot][row] {
				*cell = check.Blank("")
			}
		}
	}
}

// compute runs a method. What the item cannot hold is a blank.
func (s *sheet) compute(m *rule, fd *field, row int) check.Value {
	text := s.eval(m, fd.group, row).String()
	if fd.Item.Accept(text, fd.list) != nil {
		return check.Blank("")
	}
	return fd.value(Value{Value: text})
}

var firstRepeat = []string{"1"}

// hides reports whether a condition hides: it is true, or nobody can tell yet (rules.md, 2).
func (s *sheet) hides(condition *rule, group, row int) bool {
	return condition != nil && !s.eval(condition, group, row).False()
}

// hidesGroup is hides of a group's condition. All questions of the group ask it, and what it reads is settled by then, so that it is
// evaluated once: unless conditions go in circles, or somebody wants to hear of each.
func (s *sheet) hidesGroup(group, row int) bool {
	condition, said := s.f.groups[group].hidden, &s.gone[group][row]
	if condition == nil {
		return false
	}
	if *said == unasked || s.f.circles || s.in.Watch != nil {
		*said = saidShow
		if s.hides(condition, group, row) {
			*said = saidHide
		}
	}
	return *said == saidHide
}

// hiddenPlaces names what is hidden now: a group with all its items as group/repeat, an item alone as group/repeat/item.
func (s *sheet) hiddenPlaces() []string {
	places := []string{}
	for g := range s.f.groups {
		repeats := s.repeats[g]
		if len(repeats) == 0 {
			repeats = firstRepeat // a group without rows is asked as the row that would come
		}
		for row, repeat := range repeats {
			if s.hides(s.f.groups[g].hidden, g, row) {
				places = append(places, s.f.groups[g].def.OID+"/"+repeat)
				continue
			}
			for i := range s.f.fields {
				if fd := &s.f.fields[i]; fd.group == g && row < len(s.hidden[i]) && s.hidden[i][row] {
					places = append(places, place{fd.Group.OID, repeat, fd.Item.OID}.String())
				}
			}
		}
	}
	return places
}

// complete reports whether every mandatory question that is shown has an answer or a reason for having none, and every
// group that a condition makes mandatory has one at all.
func (s *sheet) complete() bool {
	for g := range s.f.groups {
		plan := &s.f.groups[g]
		if plan.needed != nil && !s.hides(plan.hidden, g, 0) && s.eval(plan.needed, g, 0).True() && !s.anyIn(g) {
			return false
		}
	}
	for i := range s.f.fields {
		fd := &s.f.fields[i]
		if !fd.Ref.Mandatory && fd.needed == nil || fd.computed || fd.Item.Blinded { // whether a blinded one was answered is not told
			continue
		}
		for row, filled := range s.filled[i] {
			if !filled && !s.hidden[i][row] && (fd.Ref.Mandatory || s.eval(fd.needed, fd.group, row).True()) {
				return false
			}
		}
	}
	return true
}

// anyIn reports whether a question of a group that is shown has an answer.
func (s *sheet) anyIn(group int) bool {
	for i := range s.f.fields {
		if s.f.fields[i].group != group {
			continue
		}
		for row, filled := range s.filled[i] {
			if filled && !s.hidden[i][row] {
				return true
			}
		}
	}
	return false
}
