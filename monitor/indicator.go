package monitor

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"casebook"
	"casebook/monitor/gsm"
	"casebook/odm"
	"casebook/stat"

	"github.com/go-json-experiment/json"
)

// An indicator is data: one file in kri.
//
//go:embed kri/*.json
var kris embed.FS

// Indicator is one key risk indicator: what is counted, over what, and when a site is atypical. Items are named by what
// they are in CDISC's terms (domain, variable), so that one indicator serves every study that uses these names.
type Indicator struct {
	ID          string    `json:"id"`
	Version     int       `json:"version"`
	Source      string    `json:"source"`
	Name        odm.Text  `json:"name"`
	Group       string    `json:"group"`           // "site", or "study" for a limit of the whole study
	Method      string    `json:"method"`          // normal-rate, normal-binary, identity; of a study, tolerance
	Score       string    `json:"score,omitempty"` // of identity: "numerator", or "" for the metric
	Numerator   Measure   `json:"numerator"`
	Denominator Measure   `json:"denominator"`
	Thresholds  []float64 `json:"thresholds"`
	Flags       []int     `json:"flags"`
	Accrual     accrual   `json:"accrual"`
	Weights     []int     `json:"weights,omitempty"` // of the flags, in the site risk score
	Signal      int       `json:"signal"`            // the |flag| from which on a signal is raised; 0 never
	Words       words     `json:"words"`
}

type (
	accrual struct {
		Of  string `json:"of"` // "denominator", "numerator" or "difference"
		Min int64  `json:"min"`
	}
	// words are what an explanation needs: what is counted, over what, and what else a low or a high score may mean.
	words struct {
		Has  odm.Text `json:"has,omitempty"` // the verb, where it is not "has"
		One  odm.Text `json:"one"`
		Many odm.Text `json:"many"`
		Per  odm.Text `json:"per"`
		Low  odm.Text `json:"low"`
		High odm.Text `json:"high"`
	}
)

// The methods that are kept current entry by entry. Tolerance is that of a whole study (gsm.qtl): thresholds are the
// expected proportion and how many standard errors above it are too many.
const (
	methodRate      = gsm.NormalRate
	methodBinary    = gsm.NormalBinary
	methodIdentity  = gsm.Identity
	methodTolerance = "tolerance"
)

const (
	groupSite  = "site"
	groupStudy = "study"
)

func (k *Indicator) cuts() stat.Cuts { return stat.Cuts{Thresholds: k.Thresholds, Flags: k.Flags} }

func (k *Indicator) kind() stat.Kind {
	switch {
	case k.Method == methodBinary || k.Method == methodTolerance || slices.Contains(detectors, k.Method):
		return stat.Proportion
	case k.Method == methodIdentity && k.Score == "numerator":
		return stat.Number
	case k.Method == methodIdentity:
		return stat.Value
	}
	return stat.Rate
}

func (k *Indicator) accrualRule() stat.Accrual {
	of := map[string]stat.AccrualMetric{"numerator": stat.OfNumerator, "difference": stat.OfDifference}
	return stat.Accrual{Of: of[k.Accrual.Of], Min: k.Accrual.Min}
}

// Spec is the indicator as an analysis of a file.
func (k *Indicator) Spec() gsm.Spec {
	rule := k.accrualRule()
	return gsm.Spec{ID: k.ID, Method: k.Method, OfNumerator: k.Score == "numerator", Cuts: k.cuts(), Accrual: &rule}
}

func (k *Indicator) weights() map[int]int {
	w := map[int]int{}
	for i, weight := range k.Weights {
		w[k.Flags[i]] = weight
	}
	return w
}

// check finds what cannot be computed.
func (k *Indicator) check() error {
	fail := func(place, code string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place)
	}
	site := append([]string{methodRate, methodBinary, methodIdentity}, detectors...)
	switch {
	case k.ID == "" || len(k.ID) > 40 || strings.ContainsFunc(k.ID, notInID):
		return fail("id", "monitor.kri.id", k.ID)
	case k.Version < 1:
		return fail("version", "monitor.kri.version")
	case k.Name.In("en") == "" || k.Name.In("zh-CN") == "":
		return fail("name", "monitor.kri.name")
	case k.Group != groupSite && k.Group != groupStudy:
		return fail("group", "monitor.kri.group", k.Group)
	case k.Group == groupSite && !slices.Contains(site, k.Method), k.Group == groupStudy && k.Method != methodTolerance:
		return fail("method", "monitor.kri.method", k.Method)
	case k.Score != "" && k.Score != "numerator":
		return fail("score", "monitor.kri.method", k.Score)
	case len(k.Thresholds) == 0 || !slices.IsSorted(k.Thresholds) || slices.ContainsFunc(k.Thresholds, func(t float64) bool { return math.IsNaN(t) || math.IsInf(t, 0) }):
		return fail("thresholds", "monitor.thresholds")
	case k.Group == groupStudy && (len(k.Thresholds) != 2 || k.Thresholds[0] <= 0 || k.Thresholds[0] >= 1):
		return fail("thresholds", "monitor.kri.tolerance")
	case k.Group == groupSite && len(k.Flags) != len(k.Thresholds)+1:
		return fail("flags", "monitor.flags_fit", len(k.Thresholds), len(k.Flags))
	case !slices.Contains([]string{"denominator", "numerator", "difference"}, k.Accrual.Of) || k.Accrual.Min < 0:
		return fail("accrual", "monitor.kri.accrual", k.Accrual.Of)
	case len(k.Weights) > 0 && len(k.Weights) != len(k.Flags):
		return fail("weights", "monitor.kri.weights", len(k.Flags))
	case k.Signal < 0:
		return fail("signal", "monitor.kri.signal")
	}
	if err := k.Numerator.check("numerator"); err != nil {
		return err
	}
	return k.Denominator.check("denominator")
}

func notInID(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// ReadIndicator reads the file of an indicator.
func ReadIndicator(text []byte) (*Indicator, error) {
	k := new(Indicator)
	if err := json.Unmarshal(text, k, json.RejectUnknownMembers(true)); err != nil {
		return nil, casebook.Fail(casebook.Invalid, "monitor.kri.file", err.Error())
	}
	return k, k.check()
}

// file is the indicator as it stands in a file, in a canonical form.
func (k *Indicator) file() string {
	b, err := json.Marshal(k, json.Deterministic(true))
	if err != nil {
		panic("monitor: " + err.Error()) // numbers were checked
	}
	return string(b)
}

// Indicators are those of the catalogue, the published ones first, each in order of id. It panics when one is no indicator, which every test sees.
func Indicators() (all []*Indicator) {
	err := fs.WalkDir(kris, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := kris.ReadFile(path)
		if err != nil {
			return err
		}
		k, err := ReadIndicator(text)
		if err == nil && path != "kri/"+k.ID+".json" {
			err = fmt.Errorf("it is named %s", k.ID)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, k)
		return nil
	})
	if err != nil {
		panic("monitor: " + err.Error())
	}
	slices.SortStableFunc(all, func(a, b *Indicator) int { return int(one(a.Source == own) - one(b.Source == own)) })
	return all
}

// own is the source of the indicators that are ours; they come after those that others have published.
const own = "casebook"

// catalogue is the indicators that a study is counted by: equal measures are counted once.
type catalogue struct {
	indicators []*Indicator
	slots      []*Measure // the different measures
	num, den   []int      // of an indicator, its slots
	users      [][]int    // of a slot, the indicators
	watched    [][2]int   // slots of numerator and denominator that are watched week by week
	hash       string     // of the measures: what was counted by others must be counted anew
}

func newCatalogue(all []*Indicator) *catalogue {
	c := &catalogue{indicators: all}
	known := map[string]int{}
	slot := func(m *Measure, k int) int {
		key := m.key()
		n, ok := known[key]
		if !ok {
			n = len(c.slots)
			known[key] = n
			c.slots, c.users = append(c.slots, m), append(c.users, nil)
		}
		if !slices.Contains(c.users[n], k) {
			c.users[n] = append(c.users[n], k)
		}
		return n
	}
	for k, in := range all {
		c.num = append(c.num, slot(&in.Numerator, k))
		c.den = append(c.den, slot(&in.Denominator, k))
	}
	sum := sha256.New()
	for _, m := range c.slots {
		sum.Write([]byte(m.key()))
	}
	for k, in := range all {
		if of := [2]int{c.num[k], c.den[k]}; in.Method == methodVigil && !slices.Contains(c.watched, of) {
			c.watched = append(c.watched, of)
			sum.Write([]byte(c.vigil(k)))
		}
	}
	c.hash = hex.EncodeToString(sum.Sum(nil))
	return c
}

// with returns the catalogue in which a study's own versions take the place of those of the same id; new ones come last.
func (c *catalogue) with(own []*Indicator) *catalogue {
	if len(own) == 0 {
		return c
	}
	all := slices.Clone(c.indicators)
	for _, k := range own {
		if i := slices.IndexFunc(all, func(in *Indicator) bool { return in.ID == k.ID }); i >= 0 {
			all[i] = k
		} else {
			all = append(all, k)
		}
	}
	return newCatalogue(all)
}

func (c *catalogue) find(id string) (int, *Indicator) {
	for i, in := range c.indicators {
		if in.ID == id {
			return i, in
		}
	}
	return -1, nil
}
