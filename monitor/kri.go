package monitor

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"

	"casebook"
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
	ID         string    `json:"id"`
	Version    int       `json:"version"`
	Source     string    `json:"source"`
	Name       odm.Text  `json:"name"`
	Kind       string    `json:"kind"`  // "rate": events over days
	Count      variable  `json:"count"` // the numerator: how many values of this item there are
	Per        string    `json:"per"`   // the denominator: "days on study"
	Until      variables `json:"until"` // the date of last contact, which ends the days on study
	Thresholds []float64 `json:"thresholds"`
	Flags      []int     `json:"flags"`
	Accrual    accrual   `json:"accrual"`
	Signal     int       `json:"signal"` // the |flag| from which on a signal is raised
	Words      words     `json:"words"`
}

type (
	variable struct {
		Domain string `json:"domain"`
		Item   string `json:"item"`
	}
	variables struct {
		Domain string   `json:"domain"`
		Items  []string `json:"items"`
	}
	accrual struct {
		Of  string `json:"of"` // "denominator" or "numerator"
		Min int64  `json:"min"`
	}
	// words are what an explanation needs: the event counted, and what else a low or a high score may mean.
	words struct {
		One  odm.Text `json:"one"`
		Many odm.Text `json:"many"`
		Low  odm.Text `json:"low"`
		High odm.Text `json:"high"`
	}
)

func (k *Indicator) cuts() stat.Cuts { return stat.Cuts{Thresholds: k.Thresholds, Flags: k.Flags} }

func (k *Indicator) accrued(c stat.Counts) bool {
	a := stat.Accrual{Of: stat.OfDenominator, Min: k.Accrual.Min}
	if k.Accrual.Of == "numerator" {
		a.Of = stat.OfNumerator
	}
	return a.Reached(c)
}

// check finds what cannot be computed.
func (k *Indicator) check() error {
	switch {
	case k.ID == "" || k.Version < 1 || k.Name.In("en") == "" || k.Name.In("zh-CN") == "":
		return fmt.Errorf("it has no id, version or name")
	case k.Kind != "rate" || k.Per != "days on study":
		return fmt.Errorf("a %s per %s is not known", k.Kind, k.Per)
	case k.Count.Domain == "" || k.Count.Item == "" || len(k.Until.Items) == 0:
		return fmt.Errorf("it counts nothing, or its days have no end")
	case len(k.Flags) != len(k.Thresholds)+1 || !slices.IsSorted(k.Thresholds):
		return fmt.Errorf("its thresholds do not rise, or its flags do not fit them")
	case k.Accrual.Of != "denominator" && k.Accrual.Of != "numerator":
		return fmt.Errorf("nothing accrues by %q", k.Accrual.Of)
	case k.Signal < 1:
		return fmt.Errorf("it would always signal")
	}
	return nil
}

// indicators reads the embedded files, in order of name, with a hash of them all. It panics when one is no indicator,
// which every test sees.
func indicators() (all []*Indicator, hash string) {
	sum := sha256.New()
	err := fs.WalkDir(kris, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := kris.ReadFile(path)
		if err != nil {
			return err
		}
		sum.Write(text)
		k := new(Indicator)
		if err := json.Unmarshal(text, k, json.RejectUnknownMembers(true)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := k.check(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, k)
		return nil
	})
	if err != nil {
		panic("monitor: " + err.Error())
	}
	return all, hex.EncodeToString(sum.Sum(nil))
}

// plan says for one version of a study which items the indicators look at.
type plan struct {
	counted map[[2]string][]int // group and item, to the indicators that count its values
	contact map[[2]string]bool  // group and item of the date of last contact
	forms   map[string]bool     // the forms that ask any of them; what is saved of others need not be read
}

type planKey struct {
	study  casebook.StudyID
	number int64
}

func newPlan(indicators []*Indicator, v *odm.Version) *plan {
	p := &plan{counted: map[[2]string][]int{}, contact: map[[2]string]bool{}, forms: map[string]bool{}}
	x := v.Index()
	for i := range v.Groups {
		g := &v.Groups[i]
		for _, ref := range g.Items {
			item := x.Item(ref.OID)
			if item == nil {
				continue
			}
			at := [2]string{g.OID, ref.OID}
			for n, k := range indicators {
				if is(g, item, k.Count.Domain, k.Count.Item) {
					p.counted[at] = append(p.counted[at], n)
				}
				for _, name := range k.Until.Items {
					if is(g, item, k.Until.Domain, name) {
						p.contact[at] = true
					}
				}
			}
		}
	}
	for i := range v.Forms {
		for _, asked := range x.FormItems(v.Forms[i].OID) {
			at := [2]string{asked.Group.OID, asked.Item.OID}
			if p.contact[at] || len(p.counted[at]) > 0 {
				p.forms[v.Forms[i].OID] = true
			}
		}
	}
	return p
}

// is reports whether an item in a group is the variable of a domain. A group that names no domain may hold it too: the
// variable's name begins with the domain's (SDTM IG, 4.1.2).
func is(g *odm.ItemGroup, item *odm.Item, domain, name string) bool {
	if g.Domain != "" && g.Domain != domain {
		return false
	}
	return item.SASName == name || item.Name == name || slices.ContainsFunc(item.Aliases, func(a odm.Alias) bool {
		return a.Name == name || a.Name == domain+"."+name
	})
}

// plan returns the plan of one version of a study.
func (s *Service) plan(ctx context.Context, study casebook.StudyID, number int64) (*plan, error) {
	key := planKey{study, number}
	s.mu.Lock()
	p := s.plans[key]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	v, err := s.versions(ctx, study, number)
	if err != nil {
		return nil, fmt.Errorf("version %d of %s: %w", number, study, err)
	}
	p = newPlan(s.indicators, v)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[key] = p
	return p, nil
}
