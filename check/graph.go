package check

import (
	"slices"
	"strings"
)

// Rule is what a rule reads and the name of the item whose value it decides, "" if it only checks.
type Rule struct {
	Program *Program // or nil, when Reads says all
	Reads   []Ref    // beyond what the program reads
	Sets    string
}

func (r Rule) reads() []Ref {
	if r.Program == nil {
		return r.Reads
	}
	if len(r.Reads) == 0 {
		return r.Program.refs
	}
	return slices.Concat(r.Program.refs, r.Reads)
}

// Graph knows which rules of a study depend on which items. It is immutable and safe for concurrent use.
type Graph struct {
	rules   []Rule
	order   []int            // all rules, each after those whose items it reads
	rank    []int            // where in order a rule stands
	readers map[string][]int // rules that read a name, in any visit
}

// NewGraph returns the graph of rules. Rules that need each other's outcome are refused with the names of their items
// (rule.cycle), and so are two rules that set one item (rule.set_twice). A value of an earlier visit, prev(x), makes no
// cycle: it is there before the rule runs.
func NewGraph(rules []Rule) (*Graph, error) {
	g := &Graph{rules: slices.Clone(rules), readers: map[string][]int{}}
	setter := map[string]int{}
	for i, r := range g.rules {
		for _, ref := range r.reads() {
			if readers := g.readers[ref.Name]; len(readers) == 0 || readers[len(readers)-1] != i {
				g.readers[ref.Name] = append(readers, i)
			}
		}
		if r.Sets == "" {
			continue
		}
		if _, twice := setter[r.Sets]; twice {
			return nil, invalid("rule.set_twice", r.Sets)
		}
		setter[r.Sets] = i
	}
	s := sorter{graph: g, setter: setter, state: make([]visitState, len(rules))}
	for i := range rules {
		if cycle := s.visit(i); cycle != nil {
			return nil, invalid("rule.cycle", strings.Join(cycle, " → "))
		}
	}
	g.rank = make([]int, len(rules))
	for at, i := range g.order {
		g.rank[i] = at
	}
	return g, nil
}

type visitState uint8

const (
	unseen visitState = iota
	open
	done
)

// sorter is a depth-first topological sort.
type sorter struct {
	graph  *Graph
	setter map[string]int
	state  []visitState
	path   []int
}

// visit orders rule i after the rules it needs. It returns the names of a cycle, if i is in one.
func (s *sorter) visit(i int) []string {
	switch s.state[i] {
	case done:
		return nil
	case open:
		return s.cycle(i)
	}
	s.state[i] = open
	s.path = append(s.path, i)
	for _, ref := range s.graph.rules[i].reads() {
		need, ok := s.setter[ref.Name]
		if !ok || ref.Visit == Prev {
			continue
		}
		if cycle := s.visit(need); cycle != nil {
			return cycle
		}
	}
	s.path = s.path[:len(s.path)-1]
	s.state[i] = done
	s.graph.order = append(s.graph.order, i)
	return nil
}

func (s *sorter) cycle(i int) []string {
	var names []string
	for _, k := range s.path[slices.Index(s.path, i):] {
		names = append(names, s.graph.rules[k].Sets)
	}
	return append(names, s.graph.rules[i].Sets)
}

// Affected returns the rules to run after the named items changed, as indexes of the rules given to NewGraph, in the
// order to run them: those that read a changed item, and those that read what these set, and so on.
func (g *Graph) Affected(changed ...string) []int {
	var run []int
	dirty := map[int]bool{} // of the few that are, not of all: a save in a large study must stay cheap
	for queue := slices.Clone(changed); len(queue) > 0; queue = queue[1:] {
		for _, i := range g.readers[queue[0]] {
			if dirty[i] {
				continue
			}
			dirty[i] = true
			run = append(run, i)
			if set := g.rules[i].Sets; set != "" {
				queue = append(queue, set)
			}
		}
	}
	slices.SortFunc(run, func(a, b int) int { return g.rank[a] - g.rank[b] })
	return run
}

// Order returns all rules in the order to run them.
func (g *Graph) Order() []int { return slices.Clone(g.order) }
