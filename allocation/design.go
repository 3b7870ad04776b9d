package allocation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
)

// Item is a place in everybody's casebook: the first repeat of its event, form and group.
type Item struct {
	Event string `json:"event"`
	Form  string `json:"form"`
	Group string `json:"group"`
	Item  string `json:"item"`
}

// Factor is what a list is stratified by: the value of an item, or the site.
type Factor struct {
	Name   string   `json:"name"`
	Site   bool     `json:"site,omitzero"`
	Item   Item     `json:",embed"`
	Levels []string `json:"levels"` // the values that there are places for
}

// Condition must hold of a subject who is randomised: the item has one of the values.
type Condition struct {
	Item   Item     `json:",embed"`
	Values []string `json:"values"`
}

// Design is what everybody may know of a list.
type Design struct {
	Name    string      `json:"name"`
	Factors []Factor    `json:"factors"`
	Require []Condition `json:"require"`
}

// The bounds of a list.
const (
	maxArms    = 9
	maxRatio   = 9
	maxSizes   = 8
	maxBlock   = 96
	maxFactors = 6
	maxStrata  = 500
	maxPlaces  = 50_000 // of all strata together
	maxLine    = 200    // bytes of a name, a value, a number
	maxReason  = 2000
)

// line reports whether a text is one line that is not empty, and short. What takes a part in strata has no slash.
func line(text string) bool {
	return strings.TrimSpace(text) == text && text != "" && len(text) <= maxLine && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func level(text string) bool { return line(text) && !strings.Contains(text, "/") }

func fail(place, code string, args ...any) error {
	return casebook.Fail(casebook.Unprocessable, code, args...).At(place)
}

// check refuses a design that does not fit the study's definition. Errors: Unprocessable allocation.text, .levels, .strata,
// .item_unknown, .too_many.
func (d *Design) check(v *odm.Version) error {
	x, names, strata := v.Index(), []string{}, 1
	if !line(d.Name) {
		return fail("name", "allocation.text")
	}
	if len(d.Factors) > maxFactors || len(d.Require) > maxFactors {
		return fail("factors", "allocation.too_many", maxFactors)
	}
	for i, f := range d.Factors {
		at := fmt.Sprintf("factors/%d", i)
		if !level(f.Name) || slices.Contains(names, f.Name) || slices.Contains([]string{"number", "treatment"}, f.Name) {
			return fail(at+"/name", "allocation.text")
		}
		if err := levels(at+"/levels", f.Levels); err != nil {
			return err
		}
		if !f.Site && !f.Item.known(x) {
			return fail(at+"/item", "allocation.item_unknown", f.Item.Item)
		}
		names = append(names, f.Name)
		if strata *= len(f.Levels); strata > maxStrata {
			return fail("factors", "allocation.strata", maxStrata)
		}
	}
	for i, c := range d.Require {
		at := fmt.Sprintf("require/%d", i)
		if err := levels(at+"/values", c.Values); err != nil {
			return err
		}
		if !c.Item.known(x) {
			return fail(at+"/item", "allocation.item_unknown", c.Item.Item)
		}
	}
	return nil
}

func levels(place string, all []string) error {
	for i, l := range all {
		if !level(l) || slices.Contains(all[:i], l) {
			return fail(place, "allocation.levels")
		}
	}
	if len(all) == 0 || len(all) > maxStrata {
		return fail(place, "allocation.levels")
	}
	return nil
}

// known reports whether every casebook has the place.
func (it Item) known(x *odm.Index) bool {
	e := x.Event(it.Event)
	return e != nil && slices.ContainsFunc(e.Forms, func(r odm.Ref) bool { return r.OID == it.Form }) &&
		slices.ContainsFunc(x.FormItems(it.Form), func(f odm.FormItem) bool { return f.Group.OID == it.Group && f.Item.OID == it.Item })
}

// strata are the names of all strata: every combination of levels, joined by slashes. A list without factors has one, "".
func (d *Design) strata() []string {
	all := []string{""}
	for i, f := range d.Factors {
		next := make([]string, 0, len(all)*len(f.Levels))
		for _, s := range all {
			for _, l := range f.Levels {
				if i > 0 {
					l = s + "/" + l
				}
				next = append(next, l)
			}
		}
		all = next
	}
	return all
}

// Given is what a subject's casebook says of one factor or condition.
type Given struct {
	Name  string `json:"name"`
	Item  Item   `json:",embed"`
	Site  bool   `json:"site,omitzero"`
	Value string `json:"value"`
	Fits  bool   `json:"fits"`
}

// look reads what the design asks of a subject, factors first.
func (d *Design) look(ctx context.Context, tx *store.Tx, study casebook.StudyID, p patient.Subject) (all []Given, err error) {
	value := func(it Item) string {
		v := ""
		if err == nil {
			v, err = record.ValueOf(ctx, tx, record.Key{Study: study, Subject: p.ID, Event: it.Event, EventRepeat: "1", Form: it.Form, FormRepeat: "1"}, it.Group, "1", it.Item)
		}
		return v
	}
	for _, f := range d.Factors {
		g := Given{Name: f.Name, Item: f.Item, Site: f.Site, Value: string(p.Site)}
		if !f.Site {
			g.Value = value(f.Item)
		}
		g.Fits = slices.Contains(f.Levels, g.Value)
		all = append(all, g)
	}
	for _, c := range d.Require {
		g := Given{Name: c.Item.Item, Item: c.Item, Value: value(c.Item)}
		g.Fits = slices.Contains(c.Values, g.Value)
		all = append(all, g)
	}
	return all, err
}

// stratum is where a subject belongs, by what look has read. Errors: Conflict allocation.not_eligible.
func (d *Design) stratum(given []Given) (string, error) {
	parts := make([]string, len(d.Factors))
	for i, g := range given {
		if !g.Fits {
			return "", casebook.Fail(casebook.Conflict, "allocation.not_eligible", g.Name).At(g.Name)
		}
		if i < len(parts) {
			parts[i] = g.Value
		}
	}
	return strings.Join(parts, "/"), nil
}
