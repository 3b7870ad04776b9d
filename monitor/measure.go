package monitor

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	calendar "casebook/edc/visit"
	"casebook/odm"
	"casebook/patient"

	"github.com/go-json-experiment/json"
)

// Measure is one thing that is counted for each subject, from the entries of the ledger alone. What is narrowed by more
// than one member counts where all of them hold.
type Measure struct {
	Of string `json:"of"`

	// values: the items that are counted, and which of their values. Without items, all values.
	Domain  string    `json:"domain,omitempty"`
	Items   []string  `json:"items,omitempty"`
	In      []string  `json:"in,omitempty"`
	Digits  []int     `json:"digits,omitempty"`  // numbers that end in one of these
	Outside []float64 `json:"outside,omitempty"` // numbers below the first or above the second
	Weekend bool      `json:"weekend,omitempty"` // dates on Saturday or Sunday
	First   bool      `json:"first,omitempty"`   // only values of the first save of their form, where corrections count nothing
	Later   int       `json:"later,omitempty"`   // with first: dates that were entered more than so many days later
	Soon    int       `json:"soon,omitempty"`    // dates up to so many days after enrolment

	Since  []string         `json:"since,omitempty"`  // days: date items from which they count, where no one is enrolled here; "DM.RFICDTC" names its domain
	Status []patient.Status `json:"status,omitempty"` // subjects, and values: of those who stand there now
	Older  int              `json:"older,omitempty"`  // queries: open for more than so many days, now or until they were closed; unverified, verifiable: waiting for so many days
	Night  bool             `json:"night,omitempty"`  // saves and reports from 22 to 6 o'clock at the site
	Within int              `json:"within,omitempty"` // reports: so many seconds after the subject's last one at most; saves: after the same person's save for another subject
	Equal  bool             `json:"equal,omitempty"`  // reports of at least five answers that are all the same
}

// What can be counted.
const (
	ofDays       = "days"     // on study, to the last contact: the date items named
	ofValues     = "values"   // values of items that are there
	ofBlanks     = "blanks"   // reasons given for a value that is not there
	ofChanged    = "changed"  // places whose kept value was ever changed
	ofPages      = "pages"    // forms that were begun
	ofSaves      = "saves"    // saves by staff
	ofReports    = "reports"  // reports by patients
	ofQueries    = "queries"  // queries that were opened
	ofCleared    = "cleared"  // queries of checks that a change of the value closed
	ofReopened   = "reopened" // answers that did not do, and queries opened again
	ofStatus     = "subjects"
	ofPrints     = "prints"     // forms with enough measurements to be told from others
	ofFollows    = "follows"    // measurements of which the visit before has one, too
	ofCarried    = "carried"    // those of them that are exactly as at the visit before
	ofCopies     = "copies"     // those of them whose measurements are exactly those of another form of the study
	ofVisits     = "visits"     // visits of which the day and the window are known
	ofUntimely   = "untimely"   // those of them that were held before or after it
	ofPhones     = "phones"     // subjects who answer on a phone that is known
	ofShared     = "shared"     // those of them whose phone other subjects use, too
	ofVerifiable = "verifiable" // forms of which the values were verified against the source, or wait for it for more than so many days
	ofUnverified = "unverified" // those of them that wait
)

var measures = []string{ofDays, ofValues, ofBlanks, ofChanged, ofPages, ofSaves, ofReports, ofQueries, ofCleared, ofReopened, ofStatus, ofPrints, ofCopies, ofFollows, ofCarried, ofVisits, ofUntimely, ofPhones, ofShared, ofVerifiable, ofUnverified}

func (m *Measure) check(place string) error {
	fail := func(at, code string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place + "/" + at)
	}
	switch {
	case !slices.Contains(measures, m.Of):
		return fail("of", "monitor.measure.of", m.Of)
	case m.Of == ofDays && len(m.Items) == 0:
		return fail("items", "monitor.measure.days")
	case slices.ContainsFunc(m.Digits, func(d int) bool { return d < 0 || d > 9 }):
		return fail("digits", "monitor.measure.digits")
	case len(m.Outside) != 0 && (len(m.Outside) != 2 || m.Outside[0] > m.Outside[1]):
		return fail("outside", "monitor.measure.outside")
	case m.Later > 0 && !m.First:
		return fail("later", "monitor.measure.later")
	case m.Later < 0 || m.Soon < 0 || m.Older < 0 || m.Within < 0:
		return fail("of", "monitor.measure.negative")
	}
	return nil
}

// key is equal for measures that count the same.
func (m *Measure) key() string {
	b, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		panic("monitor: " + err.Error())
	}
	return string(b)
}

// derived reports whether the measure follows from the day or the status, so that it is computed and not counted.
func (m *Measure) derived() bool {
	return m.Of == ofDays || m.Of == ofStatus || m.Of == ofQueries && m.Older > 0 || m.Of == ofUnverified || m.Of == ofVerifiable || len(m.Status) > 0
}

// plan says for one version of a study which items the measures look at.
type plan struct {
	values  map[[2]string][]int  // group and item, to the slots that count its values
	contact map[[2]string]bool   // group and item of the date of last contact
	since   map[[2]string]bool   // group and item of the date from which days count
	all     []int                // the slots that count every value
	digits  map[[2]string]string // group and item of a number that people read off, to the item
	tall    map[[2]string]bool   // where one item holds the results of many tests, which the group's repeat names
	visits  map[[2]string]bool   // group and item of the date of a visit
	turns   map[string]int64     // of an event, its place in the schedule
	index   *odm.Index
	held    map[string]bool // items that say on which day a visit was held
}

func newPlan(c *catalogue, v *odm.Version) *plan {
	p := &plan{values: map[[2]string][]int{}, contact: map[[2]string]bool{}, since: map[[2]string]bool{}, digits: map[[2]string]string{}, tall: map[[2]string]bool{}, visits: map[[2]string]bool{}, turns: map[string]int64{}, held: map[string]bool{}}
	x := v.Index()
	p.index = x
	for _, item := range calendar.DayItems(v) {
		p.held[item] = true
	}
	for n, m := range c.slots {
		if m.Of == ofValues && len(m.Items) == 0 {
			p.all = append(p.all, n)
		}
	}
	for i, ref := range x.Schedule() {
		p.turns[ref.OID] = int64(i + 1)
	}
	for i := range v.Groups {
		g := &v.Groups[i]
		for _, ref := range g.Items {
			if item := x.Item(ref.OID); item != nil {
				p.look(c, g, item, [2]string{g.OID, ref.OID})
			}
		}
	}
	return p
}

// look finds the measures that an item in a group is counted by.
func (p *plan) look(c *catalogue, g *odm.ItemGroup, item *odm.Item, at [2]string) {
	for n, m := range c.slots {
		if m.Of == ofDays && slices.ContainsFunc(m.Since, func(name string) bool { return is(g, item, m.Domain, name) }) {
			p.since[at] = true
			continue
		}
		if m.Of != ofValues && m.Of != ofDays || !slices.ContainsFunc(m.Items, func(name string) bool { return is(g, item, m.Domain, name) }) {
			continue
		}
		if m.Of == ofDays {
			p.contact[at] = true
			continue
		}
		p.values[at] = append(p.values[at], n)
	}
	if slices.Contains(visitDates, item.SASName) || slices.Contains(visitDates, item.Name) {
		p.visits[at] = true
	}
	if g.Domain != "VS" && g.Domain != "LB" && g.Domain != "EG" {
		return
	}
	switch tall := item.SASName == g.Domain+"ORRES"; {
	case tall && g.Repeating:
		p.digits[at], p.tall[at] = item.OID, true
	case (item.DataType == "integer" || item.DataType == "float") && item.CodeList == "" && !strings.HasPrefix(item.SASName, g.Domain+"STRES"):
		p.digits[at] = item.OID
	}
}

// visitDates are the variables that say when a visit took place (CDASH, SDTM).
var visitDates = []string{"VISDAT", "SVSTDAT", "SVSTDTC", "VSDAT"}

// is reports whether an item in a group is the variable of a domain, or of any where domain is "". A group that names no
// domain may hold it too: the variable's name begins with the domain's (SDTM IG, 4.1.2). "DM.RFICDTC" names another domain.
func is(g *odm.ItemGroup, item *odm.Item, domain, name string) bool {
	if other, variable, ok := strings.Cut(name, "."); ok {
		domain, name = other, variable
	}
	if g.Domain != "" && domain != "" && g.Domain != domain {
		return false
	}
	return item.SASName == name || item.Name == name || slices.ContainsFunc(item.Aliases, func(a odm.Alias) bool {
		return a.Name == name || domain != "" && a.Name == domain+"."+name
	})
}

// occasion is when and in which save a value came.
type occasion struct {
	day      int64 // of the save, at the site
	first    bool  // whether it is the first save of the form
	enrolled int64 // the subject's day of enrolment, 0 when not enrolled
}

// counts reports whether a value is counted.
func (m *Measure) counts(value string, o occasion) bool {
	if value == "" || m.First && !o.first {
		return false
	}
	if len(m.In) > 0 && !slices.Contains(m.In, value) {
		return false
	}
	if len(m.Digits) > 0 && !slices.Contains(m.Digits, lastDigit(value)) {
		return false
	}
	if len(m.Outside) == 2 {
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || x >= m.Outside[0] && x <= m.Outside[1] {
			return false
		}
	}
	if m.Weekend || m.Later > 0 || m.Soon > 0 {
		return m.onDay(value, o)
	}
	return true
}

// onDay judges a value that must be a whole date.
func (m *Measure) onDay(value string, o occasion) bool {
	if len(value) > len(time.DateOnly) {
		value = value[:len(time.DateOnly)] // a moment
	}
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return false
	}
	day := floorDay(t.Unix())
	if wd := t.Weekday(); m.Weekend && wd != time.Saturday && wd != time.Sunday {
		return false
	}
	if m.Later > 0 && o.day-day <= int64(m.Later) {
		return false
	}
	return m.Soon == 0 || o.enrolled != 0 && day-o.enrolled <= int64(m.Soon)
}

// lastDigit is the last digit of a number as it was written, or -1.
func lastDigit(value string) int {
	if x, err := strconv.ParseFloat(value, 64); err != nil || math.IsInf(x, 0) || math.IsNaN(x) || strings.ContainsAny(value, "eExX") {
		return -1
	}
	if c := value[len(value)-1]; c >= '0' && c <= '9' {
		return int(c - '0')
	}
	return -1
}
