package acceptance

import (
	"cmp"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook/check"
	"casebook/odm"
	"casebook/record"
)

// Propose writes cases at the boundaries of the rules of a version: of what its rules name, the values next to it, and
// those that tell a rule from its mutants. What they expect is what the version does, so they test nothing until somebody
// has read them. Rules that read other forms or visits, or repeats, are named and left to people.
func Propose(w io.Writer, st *record.Study, lang string) error {
	p := &proposer{st: st, rules: st.Running(), lang: lang, tables: map[string]*proposed{}}
	for _, r := range p.rules {
		if !p.rule(r) {
			p.left = append(p.left, r)
		}
	}
	return p.write(w)
}

// What bounds the work for one rule.
const (
	most  = 2_000 // assignments that are tried
	flips = 32    // of them, from which it is looked for the place where the rule changes its mind
)

type proposer struct {
	st     *record.Study
	rules  []record.Running
	lang   string
	tables map[string]*proposed
	order  []*proposed
	left   []record.Running
}

// proposed is a table of values, or a case where several values differ.
type proposed struct {
	step    Step
	item    string // of a table; "" of a case
	title   string
	with    []Entry
	rows    []row
	queries []record.Running
}

type row struct {
	value  string
	expect []Expectation
}

// trial is an assignment of a rule's inputs, and what the rule made of it.
type trial struct {
	values []string
	read   []check.Value
	told   check.Value
	asked  int
}

// quietly orders trials by how much is asked beside.
func quietly(a, b trial) int { return cmp.Compare(a.asked, b.asked) }

// rule proposes cases for one rule.
func (p *proposer) rule(r record.Running) bool {
	step, ok := p.place(r.Forms[0])
	if !ok {
		return false
	}
	inputs, ok := p.inputs(r, step.Form)
	if !ok || len(inputs) == 0 {
		return false
	}
	var with []Entry
	for _, in := range append(slices.Clone(inputs), r.Items...) {
		if with, ok = p.show(step, in, with, inputs, 0); !ok && r.Kind != record.Hides {
			return false
		}
	}
	with = slices.DeleteFunc(with, func(e Entry) bool { return slices.Contains(inputs, e.Item) })
	trials := p.try(r, step, with, inputs)
	chosen := p.choose(r, trials)
	if len(chosen) == 0 {
		return false
	}
	p.keep(r, step, with, inputs, chosen)
	return true
}

// place is where the schedule asks a form first.
func (p *proposer) place(form string) (Step, bool) {
	for _, ref := range p.st.Index.Schedule() {
		if ev := p.st.Index.Event(ref.OID); ev != nil && slices.ContainsFunc(ev.Forms, func(r odm.Ref) bool { return r.OID == form }) {
			return Step{Event: ev.OID, EventRepeat: "1", Form: form, FormRepeat: "1"}, true
		}
	}
	return Step{}, false
}

// inputs are the items that people fill in to decide a rule: what it reads, and what the methods read that compute that.
func (p *proposer) inputs(r record.Running, form string) (all []string, ok bool) {
	var names []string
	if r.Kind == record.Checks {
		names = append(names, r.Items[0])
	}
	for _, ref := range r.Refs {
		if ref.Visit != check.Here || ref.Each || ref.Type.IsList() {
			return nil, false
		}
		names = append(names, ref.Name)
	}
	for _, name := range names {
		if _, _, asked := p.st.Place(form, name); !asked {
			return nil, false
		}
		method, computed := p.method(form, name)
		switch {
		case computed && method.ID == r.ID:
			return nil, false
		case computed:
			more, ok := p.inputs(method, form)
			if !ok {
				return nil, false
			}
			names = append(names, more...)
		}
	}
	for _, name := range names {
		if _, computed := p.method(form, name); !computed {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), true
}

func (p *proposer) method(form, item string) (record.Running, bool) {
	i := slices.IndexFunc(p.rules, func(r record.Running) bool {
		return r.Kind == record.Computes && slices.Contains(r.Forms, form) && slices.Contains(r.Items, item)
	})
	if i < 0 {
		return record.Running{}, false
	}
	return p.rules[i], true
}

// show adds to what is entered until an item is shown: answers to the questions that its conditions, and those of its
// group, read. but are not to be touched.
func (p *proposer) show(step Step, item string, with []Entry, but []string, depth int) ([]Entry, bool) {
	if !p.hidden(step, item, with) {
		return with, true
	}
	group, _, _ := p.st.Place(step.Form, item)
	for _, r := range p.rules {
		if depth > 3 || r.Kind != record.Hides || !slices.Contains(r.Forms, step.Form) || !slices.Contains(r.Items, item) && !slices.Contains(r.Items, group) {
			continue
		}
		for _, ref := range r.Refs {
			if _, _, asked := p.st.Place(step.Form, ref.Name); !asked || slices.ContainsFunc(with, func(e Entry) bool { return e.Item == ref.Name }) {
				continue
			}
			before, _ := p.show(step, ref.Name, with, but, depth+1)
			for _, value := range p.candidates(r, ref.Name) {
				if given := append(slices.Clip(before), Entry{Name: Name{Item: ref.Name}, Value: value}); !p.hidden(step, item, given) {
					return given, true
				}
			}
		}
	}
	return with, false
}

func (p *proposer) hidden(step Step, item string, with []Entry) bool {
	step.Enter, step.Expect = with, []Expectation{{Name: Name{Item: item}, Word: Shown}}
	for _, f := range run(p.st, &Case{Steps: []Step{step}}, nil) {
		if strings.HasSuffix(f.What, " is not shown") {
			return true
		}
	}
	return false
}

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

// keep makes rows of a table of what was chosen where one input differs, and cases else.
func (p *proposer) keep(r record.Running, step Step, with []Entry, inputs []string, chosen []trial) {
	for _, t := range chosen {
		item, title, given, value := inputs[0], "", with, t.values[0]
		if len(inputs) > 1 {
			item, title = "", p.title(r, t)
			given, value = entries(with, inputs, t.values), ""
		}
		key := step.Event + "\x00" + step.Form + "\x00" + item
		for _, e := range given {
			key += "\x00" + e.Item + "\x00" + e.Value
		}
		at := p.tables[key]
		if at == nil {
			at = &proposed{step: step, item: item, title: title, with: given}
			p.tables[key], p.order = at, append(p.order, at)
		}
		if r.Kind == record.Checks && !slices.ContainsFunc(at.queries, func(q record.Running) bool { return q.ID == r.ID }) {
			at.queries = append(at.queries, r)
		}
		i := slices.IndexFunc(at.rows, func(w row) bool { return w.value == value })
		if i < 0 {
			i = len(at.rows)
			at.rows = append(at.rows, row{value: value, expect: p.asked(step, at, value)})
		}
		for _, e := range p.expected(r, step, at, value) {
			if !slices.Contains(at.rows[i].expect, e) {
				at.rows[i].expect = append(at.rows[i].expect, e)
			}
		}
	}
}

// title says what a case is about.
func (p *proposer) title(r record.Running, t trial) string {
	switch {
	case r.Kind == record.Computes:
		return p.name(r.Items[0]) + " is computed: " + cmp.Or(t.told.String(), "blank")
	case r.Kind == record.Hides && t.told.False():
		return p.name(r.Items[0]) + " is shown"
	case r.Kind == record.Hides:
		return p.name(r.Items[0]) + " is hidden"
	case t.told.False():
		return p.name(r.Items[0]) + ": " + r.Message.In(p.lang)
	}
	return p.name(r.Items[0]) + ": nothing to ask"
}

// name is what people call an item or a group.
func (p *proposer) name(oid string) string {
	if it := p.st.Index.Item(oid); it != nil {
		return cmp.Or(it.Question.In(p.lang), it.Name, oid)
	}
	if g := p.st.Index.Group(oid); g != nil {
		return cmp.Or(g.Description.In(p.lang), g.Name, oid)
	}
	return oid
}

func (p *proposer) filled(step Step, at *proposed, value string) (*record.View, []string) {
	step.Enter = at.with
	if at.item != "" {
		step.Enter = entries(at.with, []string{at.item}, []string{value})
	}
	r := &runner{st: p.st, c: &Case{}, book: &record.Casebook{}, expected: map[record.Key][]string{}}
	now := mustDay(defaultToday).Add(12 * time.Hour)
	r.in = record.Context{Now: now, Today: record.Today(now), Zone: "UTC", NewID: func() string { r.ids++; return strconv.Itoa(r.ids) }}
	r.step(&step)
	k := step.key()
	return p.st.Look(r.book, k, r.in), standing(r.book.Queries[k])
}

// asked are the queries of a row, as expectations.
func (p *proposer) asked(step Step, at *proposed, value string) (all []Expectation) {
	_, queries := p.filled(step, at, value)
	for _, q := range queries {
		item, number := ofQuery(q)
		all = append(all, Expectation{Name: Name{Item: item}, Word: Query, Value: number})
	}
	return all
}

// expected is what a condition or method does in a row.
func (p *proposer) expected(r record.Running, step Step, at *proposed, value string) (all []Expectation) {
	view, _ := p.filled(step, at, value)
	for _, name := range r.Items {
		v := valueAt(p.st, step.Form, Name{Item: name})
		e := Expectation{Name: Name{Item: name}}
		switch r.Kind {
		case record.Hides:
			place := v.Group + "/" + v.Repeat
			e.Word = Shown
			if slices.Contains(view.Hidden, place) || v.Item != "" && slices.Contains(view.Hidden, place+"/"+v.Item) {
				e.Word = Hidden
			}
		case record.Computes:
			if e.Word, e.Value = Is, valueIn(view.Form, v); e.Value == "" {
				e.Word = IsBlank
			}
		default:
			if _, computed := p.method(step.Form, name); !computed {
				continue
			}
			e.Word, e.Value = Is, valueIn(view.Form, v)
		}
		all = append(all, e)
	}
	return all
}
