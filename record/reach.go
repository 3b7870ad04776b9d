package record

import (
	"slices"

	"casebook/check"
	"casebook/odm"
)

// others resolves references to other forms and visits of the same casebook. A name that the rule's own form does not
// ask is looked for at the same event, then where the schedule asks it first: imported designs point from a visit to
// the baseline without saying so.
func (s *Study) others(cur *Form, forms []*Form) func(check.Ref) check.Value {
	order := s.order()
	s.sortBySchedule(forms, order)
	here := order[cur.Event]
	return func(ref check.Ref) check.Value {
		switch ref.Visit {
		case check.Here:
			if v, ok := s.at(ref, forms, func(f *Form) bool { return f.Event == cur.Event && f.EventRepeat == cur.EventRepeat }); ok {
				return v
			}
			v, _ := s.at(ref, forms, func(*Form) bool { return true })
			return v
		case check.At:
			v, _ := s.at(ref, forms, func(f *Form) bool { return f.Event == ref.Event })
			return v
		case check.First:
			v, _ := s.at(ref, forms, func(*Form) bool { return true })
			return v
		}
		earlier := slices.DeleteFunc(slices.Clone(forms), func(f *Form) bool {
			n := order[f.Event]
			before := n < here || n == here && compareRepeats(f.EventRepeat, cur.EventRepeat) < 0
			same := n == here && f.EventRepeat == cur.EventRepeat
			return !before && !(same && ref.Visit == check.Last)
		})
		slices.Reverse(earlier)
		v, _ := s.at(ref, earlier, func(*Form) bool { return true })
		return v
	}
}

func (s *Study) sortBySchedule(forms []*Form, order map[string]int) {
	slices.SortStableFunc(forms, func(a, b *Form) int {
		if a.Event != b.Event {
			return order[a.Event] - order[b.Event]
		}
		return compareRepeats(a.EventRepeat, b.EventRepeat)
	})
}

// at takes the reference's value from the first form that in allows and that holds the item.
func (s *Study) at(ref check.Ref, forms []*Form, in func(*Form) bool) (check.Value, bool) {
	item := s.Index.Item(ref.Name)
	if item == nil {
		return check.Blank(""), false
	}
	for _, f := range forms {
		if !in(f) {
			continue
		}
		var all []check.Value
		fd := field{FormItem: odm.FormItem{Item: item}, typ: item.RuleType()}
		for _, k := range f.Items {
			if k.Item == ref.Name {
				all = append(all, fd.value(k.Value))
			}
		}
		if len(all) == 0 {
			continue
		}
		if ref.Each {
			return check.List(ref.Type.Elem(), all...), true
		}
		return all[0], true
	}
	return check.Blank(""), false
}
