package acceptance

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook/check"
	"casebook/record"
)

// What bounds the work for one rule.
const (
	most  = 2_000 // assignments that are tried
	flips = 32    // of them, from which it is looked for the place where the rule changes its mind
)

// trial is an assignment of a rule's inputs, and what the rule made of it.
type trial struct {
	values []string
	read   []check.Value
	told   check.Value
	asked  int
}

// quietly orders trials by how much is asked beside.
func quietly(a, b trial) int { return cmp.Compare(a.asked, b.asked) }

// try fills in assignments of the inputs: every combination of their candidates while there are few, else those where two
// differ from the first; where the rule hangs on a computed value, those between which it changes its mind.
func (p *proposer) try(r record.Running, step Step, with []Entry, inputs []string) (all []trial) {
	sets := make([][]string, len(inputs))
	total := 1
	for i, in := range inputs {
		sets[i] = p.candidates(r, in)
		if len(sets[i]) == 0 {
			return nil
		}
		total = min(total*len(sets[i]), most+1)
	}
	add := func(at []int) {
		values := make([]string, len(at))
		for i, n := range at {
			values[i] = sets[i][n]
		}
		if t, ok := p.enter(r, step, with, inputs, values); ok {
			all = append(all, t)
		}
	}
	if total <= most {
		for n := range total {
			at := make([]int, len(sets))
			for i := range sets {
				at[i], n = n%len(sets[i]), n/len(sets[i])
			}
			add(at)
		}
	} else {
		pairs(sets, add)
	}
	slices.SortStableFunc(all, quietly)
	return append(all, p.between(r, step, with, inputs, all)...)
}

// pairs visits the assignments where at most two inputs are not the first of their candidates.
func pairs(sets [][]string, add func([]int)) {
	tried := 0
	for i := range sets {
		for n := range sets[i] {
			for j := i; j < len(sets); j++ {
				for m := range sets[j] {
					if tried++; tried > most {
						return
					}
					at := make([]int, len(sets))
					at[i] = n
					if j > i {
						at[j] = m
					}
					add(at)
				}
			}
		}
	}
}

// enter fills in one assignment.
func (p *proposer) enter(r record.Running, step Step, with []Entry, inputs, values []string) (t trial, ok bool) {
	t.values = values
	step.Enter = entries(with, inputs, values)
	failures := run(p.st, &Case{Steps: []Step{step}}, func(kind, id string, read []check.Value, outcome check.Value) {
		if kind == r.Kind && id == r.ID {
			t.read, t.told, ok = slices.Clone(read), outcome, true
		}
	})
	for _, f := range failures {
		if strings.HasPrefix(f.What, "it is refused") {
			return t, false
		}
		t.asked++
	}
	return t, ok
}

func entries(with []Entry, inputs, values []string) []Entry {
	all := slices.Clone(with)
	for i, in := range inputs {
		all = append(all, Entry{Name: Name{Item: in}, Value: values[i]})
	}
	return all
}

// between looks, where a number leads to another outcome of the rule than its neighbour among the candidates, for the
// last number before and the first behind. Candidates that the rule itself names lie close already.
func (p *proposer) between(r record.Running, step Step, with []Entry, inputs []string, all []trial) (more []trial) {
	for i, in := range inputs {
		it := p.st.Index.Item(in)
		if unit := unitOf(it, 0); unit != nil {
			for n, a := range all {
				if n >= flips {
					break
				}
				b, ok := flipped(all, a, i)
				if !ok {
					continue
				}
				lo, okA := new(big.Rat).SetString(a.values[i])
				hi, okB := new(big.Rat).SetString(b.values[i])
				if !okA || !okB {
					continue
				}
				more = append(more, p.bisect(r, step, with, inputs, i, a, lo, hi, unit)...)
			}
		}
	}
	return more
}

// flipped is a trial that differs from a in one input alone and has the other outcome.
func flipped(all []trial, a trial, i int) (trial, bool) {
	for _, b := range all {
		same := a.told.False() != b.told.False() && !a.told.IsBlank() && !b.told.IsBlank() && a.values[i] != b.values[i]
		for j := range a.values {
			same = same && (j == i || a.values[j] == b.values[j])
		}
		if same {
			return b, true
		}
	}
	return trial{}, false
}

func (p *proposer) bisect(r record.Running, step Step, with []Entry, inputs []string, i int, a trial, lo, hi, unit *big.Rat) (found []trial) {
	decimals := decimalsOf(unit)
	ask := func(x *big.Rat) (trial, bool) {
		values := slices.Clone(a.values)
		values[i] = x.FloatString(decimals)
		return p.enter(r, step, with, inputs, values)
	}
	for range 64 {
		gap := new(big.Rat).Sub(hi, lo)
		if gap.Abs(gap).Cmp(unit) <= 0 {
			break
		}
		mid := new(big.Rat).Add(lo, hi)
		mid.Quo(mid, big.NewRat(2, 1))
		mid.SetString(mid.FloatString(decimals))
		t, ok := ask(mid)
		if !ok || mid.Cmp(lo) == 0 || mid.Cmp(hi) == 0 {
			break
		}
		if t.told.False() == a.told.False() {
			lo = mid
		} else {
			hi = mid
		}
	}
	for _, x := range []*big.Rat{lo, hi} {
		if t, ok := ask(x); ok {
			found = append(found, t)
		}
	}
	return found
}

// choose takes, of what was tried, the fewest that show every outcome and tell the rule from its mutants: those first that
// ask least beside.
func (p *proposer) choose(r record.Running, all []trial) (chosen []trial) {
	slices.SortStableFunc(all, quietly)
	mutants := p.st.Mutants(r)
	today := record.Today(mustDay(defaultToday))
	kills := make([][]bool, len(all)) // of each trial, the mutants, and behind them the outcomes
	for i, t := range all {
		kills[i] = make([]bool, len(mutants)+3)
		for m := range mutants {
			v, ok := p.st.Outcome(r, mutants[m].Source, t.read, today)
			kills[i][m] = ok && effect(r.Kind, v) != effect(r.Kind, t.told)
		}
		kills[i][len(mutants)] = t.told.True()
		kills[i][len(mutants)+1] = t.told.False()
		kills[i][len(mutants)+2] = r.Kind == record.Computes && !t.told.IsBlank()
	}
	done := make([]bool, len(mutants)+3)
	for {
		best, gain := -1, 0
		for i := range all {
			n := 0
			for m, k := range kills[i] {
				if k && !done[m] {
					n++
				}
			}
			if n > gain {
				best, gain = i, n
			}
		}
		if best < 0 {
			return chosen
		}
		for m, k := range kills[best] {
			done[m] = done[m] || k
		}
		chosen = append(chosen, all[best])
	}
}

// effect is what an outcome does: a check asks or not, a condition hides or not, a method gives a value.
func effect(kind string, v check.Value) string {
	if kind == record.Computes {
		return v.String()
	}
	return strconv.FormatBool(v.False())
}

func mustDay(text string) time.Time { at, _ := day(text); return at }
