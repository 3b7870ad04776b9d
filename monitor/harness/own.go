package harness

import (
	"math/rand/v2"
	"slices"

	"casebook/stat"
)

// Study is what is known of a study before anybody looks for something in it: how large its sites are, and what each
// subject has contributed to one indicator, at whichever site.
type Study struct {
	Sites    []int // subjects of each
	Subjects []stat.Counts
	Kind     stat.Kind
	Cuts     stat.Cuts
	Accrual  stat.Accrual
	Signal   int // the |flag| from which on a signal is raised
}

// Power is what an indicator notices in a study of this size.
type Power struct {
	Clean   Noticed   `json:"clean"` // at sites in which nothing was planted: false alarms
	Planted []Noticed `json:"planted"`
}

// Noticed is how often a site was noticed.
type Noticed struct {
	Times    float64      `json:"times"` // what is planted: so many times what the site had; 1 is nothing
	Watched  float64      `json:"watched"`
	Signal   float64      `json:"signal"`
	Assessed float64      `json:"assessed"` // the share of looks at which the site could be assessed at all
	ROC      [][2]float64 `json:"roc"`      // false alarms, found; by the size of the score alone
}

// planting is by how much one site's events are made fewer or more.
var planting = [...]float64{0, 0.5, 0.75, 1.5, 2}

// PowerOf deals the study's own subjects to sites of its sizes anew, rounds times, so that no site is what it was; plants at
// one of them fewer or more events, each kind in the same deals; and counts what the indicator's limits notice.
func PowerOf(seed uint64, rounds int, s Study) Power {
	r := rand.New(rand.NewPCG(seed, 4))
	var out Power
	var clean []float64
	found := make([][]float64, len(planting))
	out.Planted = make([]Noticed, len(planting))
	looks := 0
	for range rounds {
		sites := s.deal(r)
		spread := stat.Of(s.Kind, slices.Values(sites))
		for _, c := range sites {
			clean = append(clean, out.Clean.see(s, spread.Funnel(), c))
		}
		looks += len(sites)
		bad := r.IntN(len(sites))
		for k, times := range planting {
			now := plant(r, sites[bad], times, s.Kind)
			other := spread
			other.Update(sites[bad], now)
			found[k] = append(found[k], out.Planted[k].see(s, other.Funnel(), now))
		}
	}
	out.Clean.Times, out.Clean.ROC = 1, [][2]float64{}
	out.Clean.per(looks)
	for k := range planting {
		out.Planted[k].Times = planting[k]
		out.Planted[k].ROC = roc(clean, found[k])
		out.Planted[k].per(rounds)
	}
	return out
}

// deal gives each site as many of the subjects as it has, by chance.
func (s *Study) deal(r *rand.Rand) []stat.Counts {
	order, sites := r.Perm(len(s.Subjects)), make([]stat.Counts, len(s.Sites))
	for i, n := range s.Sites {
		for _, k := range order[:n] {
			sites[i].Num += s.Subjects[k].Num
			sites[i].Den += s.Subjects[k].Den
		}
		order = order[n:]
	}
	return sites
}

// plant lets each event be reported with a probability, or again.
func plant(r *rand.Rand, c stat.Counts, times float64, kind stat.Kind) stat.Counts {
	n := c.Num
	for range c.Num {
		switch {
		case times < 1 && r.Float64() >= times:
			n--
		case times > 1 && r.Float64() < times-1:
			n++
		}
	}
	if kind == stat.Proportion {
		n = min(n, c.Den)
	}
	return stat.Counts{Num: n, Den: c.Den}
}

// see looks at a site, and returns how far its score is from the middle; 0 where it cannot be assessed.
func (n *Noticed) see(s Study, f stat.Funnel, c stat.Counts) float64 {
	score := f.Score(c)
	if !s.Accrual.Reached(c) || !s.Cuts.Assessable(f.Limit(c)) || f.Factor <= 0 {
		return 0
	}
	flag, ok := s.Cuts.Flag(score)
	if !ok {
		return 0
	}
	n.Assessed++
	flag = max(flag, -flag)
	if flag > 0 {
		n.Watched++
	}
	if s.Signal > 0 && flag >= s.Signal {
		n.Signal++
	}
	return max(score, -score)
}

func (n *Noticed) per(looks int) {
	all := max(1, float64(looks))
	n.Watched, n.Signal, n.Assessed = n.Watched/all, n.Signal/all, n.Assessed/all
}

// roc is what would be found at each rate of false alarms if the limit were moved.
func roc(clean, found []float64) [][2]float64 {
	points := make([][2]float64, 0, 26)
	for i := range 26 {
		limit := quantile(clean, 1-float64(i)/25)
		points = append(points, [2]float64{share(clean, limit), share(found, limit)})
	}
	return points
}
