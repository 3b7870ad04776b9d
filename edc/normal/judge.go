package normal

import (
	"slices"
	"strings"
	"time"

	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

// Flag is how a value stands to its range, in the words of CDISC's codelist NRIND (C78736).
type Flag string

// The flags. A value that is no number, and none, has none.
const (
	Low    Flag = "LOW"
	Normal Flag = "NORMAL"
	High   Flag = "HIGH"
)

// Judged is a place of a form with the range that holds there: SDTM's LBORNRLO, LBORNRHI and LBNRIND.
type Judged struct {
	Group  string `json:"group"`
	Repeat string `json:"repeat"`
	Item   string `json:"item"`
	Value  string `json:"value,omitempty"` // that is flagged
	Low    string `json:"low,omitempty"`
	High   string `json:"high,omitempty"`
	Unit   string `json:"unit,omitempty"`
	Flag   Flag   `json:"flag,omitempty"`
}

// Person is what is known of a subject: nothing, where the casebook says nothing or contradicts itself.
type Person struct {
	sex  string
	born span
	age  string // where the study asks no birth
}

// Person reads a casebook.
func (s Sources) Person(casebook []*record.Form) (p Person) {
	said := map[string][]string{}
	for _, f := range casebook {
		for _, k := range f.Items {
			if k.Value.Value != "" && (k.Item == s.Sex || k.Item == s.Birth || k.Item == s.Age) && !slices.Contains(said[k.Item], k.Value.Value) {
				said[k.Item] = append(said[k.Item], k.Value.Value)
			}
		}
	}
	once := func(oid string) string {
		if oid == "" || len(said[oid]) != 1 {
			return ""
		}
		return said[oid][0]
	}
	if p.sex, p.born = once(s.Sex), spanOf(once(s.Birth)); s.Birth == "" {
		p.age = once(s.Age)
	}
	return p
}

// span is a day, or all days that a partial date may mean.
type span struct{ first, last time.Time }

func spanOf(text string) span {
	text, _, _ = strings.Cut(text, "T")
	for layout, next := range map[string][3]int{time.DateOnly: {0, 0, 1}, "2006-01": {0, 1, 0}, "2006": {1, 0, 0}} {
		if first, err := time.Parse(layout, text); err == nil {
			return span{first, first.AddDate(next[0], next[1], next[2]).AddDate(0, 0, -1)}
		}
	}
	return span{}
}

func (s span) known() bool { return !s.first.IsZero() }

// years are the completed years from a birth to a day.
func years(born, on time.Time) int {
	n := on.Year() - born.Year()
	if on.Month() < born.Month() || on.Month() == born.Month() && on.Day() < born.Day() {
		n--
	}
	return n
}

// isOf reports whether the range's age holds for sure.
func (r *Range) isOf(p Person, sampled span) bool {
	if !r.bounded() {
		return true
	}
	youngest, oldest := 0, 0
	switch {
	case p.born.known():
		youngest, oldest = years(p.born.last, sampled.first), years(p.born.first, sampled.last)
	case p.age != "":
		age, ok := check.ParseValue(check.Number, p.age)
		from, under := check.Int(int64(r.AgeFrom)), check.Int(int64(r.AgeUnder))
		return ok && !age.Less(from) && (r.AgeUnder == 0 || age.Less(under))
	default:
		return false
	}
	return youngest >= r.AgeFrom && (r.AgeUnder == 0 || oldest < r.AgeUnder)
}

// holds reports whether a sample of that day is judged by the range.
func (r *Range) holds(p Person, sampled span) bool {
	return r.From <= sampled.first.Format(time.DateOnly) && (r.Until == "" || sampled.last.Format(time.DateOnly) <= r.Until) &&
		(r.Sex == "" || r.Sex == p.sex) && r.isOf(p, sampled)
}

func (r *Range) flag(value string) Flag {
	v, ok := check.ParseValue(check.Number, value)
	low, _ := check.ParseValue(check.Number, r.Low)
	high, _ := check.ParseValue(check.Number, r.High)
	switch {
	case !ok || v.IsBlank():
		return ""
	case !low.IsBlank() && v.Less(low):
		return Low
	case !high.IsBlank() && high.Less(v):
		return High
	}
	return Normal
}

// About reports whether a form asks an item that one of ranges is about.
func About(x *odm.Index, form string, ranges []Range) bool {
	return len(ranges) > 0 && slices.ContainsFunc(x.FormItems(form), func(i odm.FormItem) bool {
		return slices.ContainsFunc(ranges, func(r Range) bool { return r.Item == i.Item.OID })
	})
}

// Judge returns the places of a form, in its order, where one of ranges holds, by the version that the form is read by. The day of
// the sample is the date of the value's domain in the same row, or in what does not repeat: LBDAT for LB.
func Judge(x *odm.Index, ranges []Range, p Person, f *record.Form) (all []Judged) {
	if len(ranges) == 0 {
		return nil
	}
	items := x.FormItems(f.Form)
	for _, place := range items {
		unit, _ := unitOf(x, place.Item)
		for _, repeat := range repeats(f, place.Group) {
			sampled := sampledAt(items, f, place.Group, repeat)
			for i := range ranges {
				r := &ranges[i]
				if r.Item != place.Item.OID || r.Site != f.Site || r.Unit != unit || !sampled.known() || !r.holds(p, sampled) {
					continue
				}
				value := valueAt(f, place.Group.OID, repeat, r.Item)
				all = append(all, Judged{place.Group.OID, repeat, r.Item, value, r.Low, r.High, r.Unit, r.flag(value)})
			}
		}
	}
	return all
}

// repeats are the rows of a group that a form has.
func repeats(f *record.Form, g *odm.ItemGroup) []string {
	if !g.Repeating {
		return []string{"1"}
	}
	var keys []string
	for _, k := range f.Items {
		if k.Group == g.OID && !slices.Contains(keys, k.Repeat) {
			keys = append(keys, k.Repeat)
		}
	}
	return keys
}

func valueAt(f *record.Form, group, repeat, item string) string {
	for _, k := range f.Items {
		if k.Group == group && k.Repeat == repeat && k.Item == item {
			return k.Value.Value
		}
	}
	return ""
}

// sampledAt is the day on which the values of a row were taken.
func sampledAt(items []odm.FormItem, f *record.Form, g *odm.ItemGroup, repeat string) span {
	domain := strings.ToUpper(g.Domain)
	if domain == "" {
		domain = "LB"
	}
	for _, row := range []bool{true, false} {
		for _, d := range items {
			at := "1"
			if row {
				at = repeat
			}
			if row != (d.Group == g) || !row && d.Group.Repeating || !d.Item.Means(domain, domain+"DTC") && !d.Item.Means(domain, domain+"DAT") {
				continue
			}
			if s := spanOf(valueAt(f, d.Group.OID, at, d.Item.OID)); s.known() {
				return s
			}
		}
	}
	return span{}
}
