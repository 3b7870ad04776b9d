// Package normal keeps the reference ranges of the sites' laboratories, and judges values by them. It refuses ranges of which two could
// hold for one sample, and to guess: where sex, age or day of the sample are not known well enough, no range holds.
package normal

import (
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. Ref is Range.Ref.
const (
	VerbSet     = "normal.range.set"     // Old, New: Range; Old is "" for a new one
	VerbRemoved = "normal.range.removed" // Old: Range
)

// Range is what is normal for one item at one site: in whom, and when. Site, Item, Sex, AgeFrom and From name it.
type Range struct {
	Site     casebook.SiteID `json:"site"`
	Item     string          `json:"item"`
	Sex      string          `json:"sex,omitempty"`     // as the study codes it; "" is everybody
	AgeFrom  int             `json:"ageFrom,omitzero"`  // completed years
	AgeUnder int             `json:"ageUnder,omitzero"` // not included; 0 is no bound
	From     string          `json:"from"`              // the first day, YYYY-MM-DD
	Until    string          `json:"until,omitempty"`   // the last day; "" is no bound
	Unit     string          `json:"unit,omitempty"`    // the name of the item's unit
	Low      string          `json:"low,omitempty"`     // still normal, as High; "" is no limit
	High     string          `json:"high,omitempty"`
}

var escape = strings.NewReplacer("%", "%25", "/", "%2F")

// Ref names the range within its site: item/sex/age/first day.
func (r *Range) Ref() string {
	return escape.Replace(r.Item) + "/" + escape.Replace(r.Sex) + "/" + strconv.Itoa(r.AgeFrom) + "/" + r.From
}

// bounded reports whether the range asks for an age.
func (r *Range) bounded() bool { return r.AgeFrom > 0 || r.AgeUnder > 0 }

// overlaps reports whether one sample could be judged by both.
func (r *Range) overlaps(o *Range) bool {
	return r.Site == o.Site && r.Item == o.Item && (r.Sex == o.Sex || r.Sex == "" || o.Sex == "") &&
		(r.AgeUnder == 0 || o.AgeFrom < r.AgeUnder) && (o.AgeUnder == 0 || r.AgeFrom < o.AgeUnder) &&
		(r.Until == "" || o.From <= r.Until) && (o.Until == "" || r.From <= o.Until)
}

const maxAge = 150

// check completes r and says what is wrong with it by a version: an item that has no limits, a unit that is not the item's, limits or
// bounds the wrong way round, a sex or an age that the study does not ask.
func (r *Range) check(st *record.Study, s Sources) error {
	it := st.Index.Item(r.Item)
	if it == nil || !limited(it) {
		return casebook.Fail(casebook.Unprocessable, "normal.item", r.Item).At("item")
	}
	unit, one := unitOf(st.Index, it)
	if r.Unit == "" {
		r.Unit = unit
	}
	low, lowest := check.ParseValue(check.Number, r.Low)
	high, highest := check.ParseValue(check.Number, r.High)
	switch {
	case !one || r.Unit != unit:
		return casebook.Fail(casebook.Unprocessable, "normal.unit", r.Unit, r.Item, unit).At("unit")
	case !lowest:
		return casebook.Fail(casebook.Unprocessable, "normal.number", r.Low).At("low")
	case !highest:
		return casebook.Fail(casebook.Unprocessable, "normal.number", r.High).At("high")
	case r.Low == "" && r.High == "":
		return casebook.Fail(casebook.Unprocessable, "normal.limits").At("low")
	case r.Low != "" && r.High != "" && high.Less(low):
		return casebook.Fail(casebook.Unprocessable, "normal.order", r.Low, r.High).At("high")
	case r.AgeFrom < 0 || r.AgeUnder < 0 || r.AgeFrom > maxAge || r.AgeUnder > maxAge || r.AgeUnder > 0 && r.AgeUnder <= r.AgeFrom:
		return casebook.Fail(casebook.Unprocessable, "normal.age", r.AgeFrom, r.AgeUnder).At("ageUnder")
	case r.bounded() && s.Birth == "" && s.Age == "":
		return casebook.Fail(casebook.Unprocessable, "normal.age_unasked").At("ageFrom")
	case !isDay(r.From):
		return casebook.Fail(casebook.Unprocessable, "normal.day", r.From).At("from")
	case r.Until != "" && (!isDay(r.Until) || r.Until < r.From):
		return casebook.Fail(casebook.Unprocessable, "normal.day", r.Until).At("until")
	}
	return s.knows(st.Index, r.Sex)
}

// limited reports whether an item's values may have limits.
func limited(it *odm.Item) bool { return it.RuleType() == check.Number && it.CodeList == "" }

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// unitOf is the name of an item's unit, "" where it has none. An item in several units has no limits: a value does not say in which it is.
func unitOf(x *odm.Index, it *odm.Item) (name string, one bool) {
	if len(it.Units) != 1 {
		return "", len(it.Units) == 0
	}
	if u := x.Unit(it.Units[0]); u != nil {
		return u.Name, true
	}
	return "", false
}

// Sources are the items of a version that say who a subject is, by OID; "" where no item does, or several that differ.
type Sources struct {
	Sex, Birth, Age string
}

// SourcesOf finds them by the names of CDASH (SEX, BRTHDAT, AGE) or the aliases of SDTM (DM.SEX, DM.BRTHDTC, DM.AGE).
func SourcesOf(v *odm.Version) Sources {
	return Sources{the(v.Items, "DM", "SEX"), the(v.Items, "DM", "BRTHDTC", "BRTHDAT"), the(v.Items, "DM", "AGE")}
}

// the is the one item that stands for any of the variables of a domain.
func the(items []odm.Item, domain string, variables ...string) (oid string) {
	for i := range items {
		if !slices.ContainsFunc(variables, func(v string) bool { return items[i].Means(domain, v) }) {
			continue
		}
		if oid != "" {
			return ""
		}
		oid = items[i].OID
	}
	return oid
}

// knows refuses a sex that the study does not code.
func (s Sources) knows(x *odm.Index, sex string) error {
	if sex == "" {
		return nil
	}
	it := x.Item(s.Sex)
	if it == nil {
		return casebook.Fail(casebook.Unprocessable, "normal.sex_unasked").At("sex")
	}
	if it.Accept(sex, x.CodeList(it.CodeList)) != nil {
		return casebook.Fail(casebook.Unprocessable, "normal.sex", sex).At("sex")
	}
	return nil
}
