package acceptance

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

// candidates are the values of an item that may matter to a rule: the codes of its list, what the rule names of its type
// and the values beside, or else what the item's own checks name.
func (p *proposer) candidates(r record.Running, item string) []string {
	it := p.st.Index.Item(item)
	if list := p.st.Index.CodeList(it.CodeList); list != nil && len(list.Items) > 0 {
		var codes []string
		for i := range list.Items[:min(len(list.Items), 20)] {
			codes = append(codes, list.Items[i].Code)
		}
		return codes
	}
	if it.DataType == "boolean" {
		return []string{"true", "false"}
	}
	var all []string
	if r.Kind != record.Computes && slices.ContainsFunc(r.Refs, func(ref check.Ref) bool { return ref.Name == item }) {
		all = near(it, check.Literals(r.Source))
	}
	if len(all) == 0 {
		all = p.own(it)
		for _, ref := range r.Refs { // what is compared with it
			if other := p.st.Index.Item(ref.Name); r.Kind == record.Checks && other != nil && other.OID != item && other.DataType == it.DataType {
				all = append(all, p.own(other)...)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// own are the values that the item's own checks name, or any.
func (p *proposer) own(it *odm.Item) (all []string) {
	for _, r := range p.rules {
		if r.Kind == record.Checks && r.Items[0] == it.OID {
			all = append(all, near(it, check.Literals(r.Source))...)
		}
	}
	if len(all) == 0 {
		all = plain(it)
	}
	return all
}

// near are the literals that fit an item, and the values beside them.
func near(it *odm.Item, literals []check.Value) (all []string) {
	for _, v := range literals {
		text := v.String()
		switch v.Type() {
		case check.Number:
			_, decimals, _ := strings.Cut(text, ".")
			unit := unitOf(it, len(decimals))
			x, ok := new(big.Rat).SetString(text)
			if unit == nil || !ok {
				continue
			}
			for _, y := range []*big.Rat{new(big.Rat).Sub(x, unit), x, new(big.Rat).Add(x, unit)} {
				all = append(all, y.FloatString(max(decimalsOf(unit), 0)))
			}
		case check.Date:
			if at, ok := day(text); ok && strings.Contains(string(it.DataType), "ate") {
				for days := -1; days <= 1; days++ {
					all = append(all, at.AddDate(0, 0, days).Format(time.DateOnly))
				}
			}
		case check.Text:
			if it.DataType == "text" || it.DataType == "string" {
				all = append(all, text)
			}
		}
	}
	return all
}

// plain are values of an item about which no rule says anything.
func plain(it *odm.Item) []string {
	switch it.DataType {
	case "integer", "float", "double":
		return near(it, []check.Value{check.Int(1), check.Int(10), check.Int(100), check.Int(1000)})
	case "date", "partialDate", "incompleteDate":
		v, _ := check.ParseValue(check.Date, defaultToday)
		return near(it, []check.Value{v})
	case "text", "string":
		return []string{"x"}
	}
	return nil
}

// unitOf is the least difference between two values of a numeric item; nil for others. decimals are those of a number
// that a rule names.
func unitOf(it *odm.Item, decimals int) *big.Rat {
	switch it.DataType {
	case "integer":
		return big.NewRat(1, 1)
	case "float", "double":
		if it.HasDigits {
			decimals = it.Digits
		} else {
			decimals = max(decimals, 1)
		}
		unit, _ := new(big.Rat).SetString("1e-" + strconv.Itoa(decimals))
		return unit
	}
	return nil
}

func decimalsOf(unit *big.Rat) int { n, _ := unit.FloatPrec(); return n }

func numeric(a, b string) int {
	x, okA := new(big.Rat).SetString(a)
	y, okB := new(big.Rat).SetString(b)
	if okA && okB {
		return x.Cmp(y)
	}
	return cmp.Compare(a, b)
}
