package harness

import (
	"context"
	"math/rand/v2"
	"slices"

	"casebook/stat"
)

// Weeks are what one subject had contributed to an indicator by the end of each week of its own, from the first week of the study
// in which it contributed.
type Weeks struct {
	First  int
	Counts []stat.Counts
}

// by is what the subject had contributed by the end of a week of the study.
func (w *Weeks) by(week int) stat.Counts {
	if i := min(week-w.First, len(w.Counts)-1); i >= 0 {
		return w.Counts[i]
	}
	return stat.Counts{}
}

// course is the subject's events week by week. What was taken back was never there.
func (w *Weeks) course() stat.Course {
	c := make(stat.Course, len(w.Counts))
	least := int64(-1)
	for i := len(c) - 1; i >= 0; i-- {
		n := max(0, w.Counts[i].Num)
		if least >= 0 {
			n = min(n, least)
		}
		c[i], least = int(n), n
	}
	return c
}

// Own is a study as it is, for a rehearsal.
type Own struct {
	Sites    []int // subjects of each
	Subjects []Weeks
	Weeks    int           // of the study
	Measured *Measurements // nil where there are too few
}

// Rehearsed is what was found of one kind of change that was planted into the study's own data.
type Rehearsed struct {
	Kind    string       `json:"kind"`
	Rate    float64      `json:"rate"`    // of false alarms at which the limits were set
	Found   [2]float64   `json:"found"`   // the share of planted sites, by our detector and by the usual rule
	Alarms  [2]float64   `json:"alarms"`  // the share of clean sites in mixings by which no limit was set
	ROC     [][2]float64 `json:"roc"`     // of our detector: false alarms, found
	RuleROC [][2]float64 `json:"ruleRoc"` // of the rule
	Planted int          `json:"planted"` // sites
	Within  *[2]float64  `json:"within"`  // the share found within 90 days, of what happens at a moment
	Delay   *[2]*float64 `json:"delay"`   // the median of days until it is found; null where less than half are found
}

// leastDeal is how many sites and subjects there must be to be mixed.
const leastDeal = 5

// Steps is how many steps a rehearsal of so many rounds takes.
func (o *Own) Steps(rounds int) int {
	steps := 0
	if o.enough() {
		steps += 3 * rounds // reporting, and the clean and the silent deals
	}
	if o.Measured != nil {
		steps += rounds * (len(planted) + 1)
	}
	return steps
}

func (o *Own) enough() bool {
	return len(o.Sites) >= leastDeal && len(o.Subjects) >= 2*leastDeal && o.Weeks >= 8
}

// Rehearse deals the study's own subjects to sites of its sizes anew, rounds times, so that no site is what it was, plants changes
// at one of them after the other, and counts what is found, how often nothing is taken for something, and after how many days. step is
// called Steps times. It fails only when ctx ends.
func (o *Own) Rehearse(ctx context.Context, seed uint64, rounds int, step func()) ([]Rehearsed, error) {
	out := []Rehearsed{}
	if o.enough() {
		for _, part := range []func(context.Context, uint64, int, func()) ([]Rehearsed, error){o.reporting, o.silence} {
			some, err := part(ctx, seed, rounds, step)
			if err != nil {
				return nil, err
			}
			out = append(out, some...)
		}
	}
	if o.Measured == nil {
		return out, nil
	}
	clean, plants, err := o.Measured.plantings(ctx, seed, rounds, step)
	if err != nil {
		return nil, err
	}
	for i, p := range plants {
		out = append(out, rehearsed(planted[i].kind, 0.05, clean, p.scores))
	}
	return out, nil
}

// rehearsed sets limits by the first half of the clean scores, and counts false alarms in the second.
func rehearsed(kind string, rate float64, clean, found [2][]float64) Rehearsed {
	r := Rehearsed{Kind: kind, Rate: rate, Planted: len(found[0])}
	for k := range clean {
		half := len(clean[k]) / 2
		limit := quantile(clean[k][:half], 1-rate)
		r.Found[k], r.Alarms[k] = share(found[k], limit), share(clean[k][half:], limit)
	}
	r.ROC, r.RuleROC = roc(clean[0], found[0]), roc(clean[1], found[1])
	return r
}

// deal gives each site as many of the subjects as it has, by chance.
func (o *Own) deal(r *rand.Rand) [][]int {
	order, sites := r.Perm(len(o.Subjects)), make([][]int, len(o.Sites))
	for i, n := range o.Sites {
		n = min(n, len(order))
		sites[i], order = order[:n], order[n:]
	}
	return sites
}

// reporting has one site of each deal report a half of its events, or three quarters.
func (o *Own) reporting(ctx context.Context, seed uint64, rounds int, step func()) ([]Rehearsed, error) {
	r := rand.New(rand.NewPCG(seed, 5))
	var pool stat.Reporting
	courses := make([]stat.Course, len(o.Subjects))
	for i := range o.Subjects {
		courses[i] = o.Subjects[i].course()
		pool.Add(courses[i])
	}
	less := []float64{0, 0.5, 0.25}
	scores := make([][2][]float64, len(less))
	for range rounds {
		sites := o.deal(r)
		counts := make([]stat.Counts, len(sites))
		for i, site := range sites {
			for _, p := range site {
				c := o.Subjects[p].by(o.Weeks)
				counts[i].Num, counts[i].Den = counts[i].Num+c.Num, counts[i].Den+c.Den
			}
		}
		spread := stat.Of(stat.Rate, slices.Values(counts))
		for i, members := range sites {
			site := make([]stat.Course, len(members))
			for k, p := range members {
				site[k] = courses[p]
			}
			for k, f := range less {
				exact, funnel := underreported(&pool, spread, counts[i], site, f)
				scores[k][0], scores[k][1] = append(scores[k][0], exact), append(scores[k][1], funnel)
			}
		}
		if step(); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return []Rehearsed{rehearsed("half", 0.05, scores[0], scores[1]), rehearsed("quarter", 0.05, scores[0], scores[2])}, nil
}

// silence has one site of each deal stop reporting in the middle of the study.
func (o *Own) silence(ctx context.Context, seed uint64, rounds int, step func()) ([]Rehearsed, error) {
	const rate = 0.05
	r := rand.New(rand.NewPCG(seed, 6))
	var clean [2][]float64
	never := [2]float64{1e300, 1e300}
	for range rounds {
		_, tops := o.watch(o.deal(r), -1, 0, never)
		for _, top := range tops {
			clean[0], clean[1] = append(clean[0], top[0]), append(clean[1], top[1])
		}
		if step(); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	half := len(clean[0]) / 2
	limits := [2]float64{quantile(clean[0][:half], 1-rate), quantile(clean[1][:half], 1-rate)}
	var found, delays [2][]float64
	within := [2]float64{}
	for range rounds {
		sites := o.deal(r)
		bad, onset := r.IntN(len(sites)), o.Weeks/4+r.IntN(max(1, o.Weeks/2))
		days, tops := o.watch(sites, bad, onset, limits)
		for k := range limits {
			found[k] = append(found[k], tops[bad][k])
			delays[k] = append(delays[k], days[k])
			within[k] += 1 / float64(rounds)
			if days[k] > 90 {
				within[k] -= 1 / float64(rounds)
			}
		}
		if step(); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	out := rehearsed("silent", rate, clean, found)
	out.Within, out.Delay = &within, &[2]*float64{}
	for k := range delays {
		if median := quantile(delays[k], 0.5); median < 1e300 {
			out.Delay[k] = &median
		}
	}
	return []Rehearsed{out}, nil
}

// watch looks at the sites week by week as a CUSUM does, and every fourth week as a funnel does. The site bad reports nothing from
// the week onset on, or there is none. It returns after how many days each noticed that site, and how far each site came.
func (o *Own) watch(sites [][]int, bad, onset int, limits [2]float64) (days [2]float64, tops [][2]float64) {
	days = [2]float64{1e300, 1e300}
	tops = make([][2]float64, len(sites))
	sums, counts := make([]stat.CUSUM, len(sites)), make([]stat.Counts, len(sites))
	pass := func(site, k, week int, x float64) {
		if site == bad && week < onset {
			return
		}
		tops[site][k] = max(tops[site][k], x)
		if site == bad && x > limits[k] {
			days[k] = min(days[k], float64(7*(week-onset+1)))
		}
	}
	for week := range o.Weeks + 1 {
		before, whole := slices.Clone(counts), stat.Counts{}
		for _, c := range before {
			whole.Num, whole.Den = whole.Num+c.Num, whole.Den+c.Den
		}
		for i, members := range sites {
			now := stat.Counts{}
			for _, p := range members {
				c := o.Subjects[p].by(week)
				now.Den += c.Den
				if i == bad && week >= onset {
					c = o.Subjects[p].by(onset - 1)
				}
				now.Num += c.Num
			}
			counts[i] = now
			rest := stat.Counts{Num: whole.Num - before[i].Num, Den: whole.Den - before[i].Den}
			if y, d := now.Num-before[i].Num, now.Den-before[i].Den; y >= 0 && d > 0 && rest.Num > 0 && rest.Den > 0 {
				pass(i, 0, week, sums[i].Observe(float64(y), rest.Metric()*float64(d), stat.Under))
			}
		}
		if week%4 == 3 {
			f := stat.Of(stat.Rate, slices.Values(counts)).Funnel()
			for i, c := range counts {
				if c.Den > 0 {
					pass(i, 1, week, -f.Score(c))
				}
			}
		}
	}
	return days, tops
}
