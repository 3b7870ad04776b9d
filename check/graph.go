package check

import (
	"slices"
	"strings"
)

// Rule is a program and the name of the item whose value it computes, "" if it only checks.
type Rule struct {
	Program *Program
	Sets    string
}

// Graph knows which rules of a study depend on which items. It is immutable and safe for concurrent use.
type Graph struct {
	rules   []Rule
	order   []int            // all rules, each after those whose items it reads
	readers map[string][]int // rules that read a name, in any visit
}

// NewGraph returns the graph of rules. Rules that need each other's outcome are refused with the names of their items
// (rule.cycle), and so are two rules that set one item (rule.set_twice). A value of an earlier visit, prev(x), makes no
// cycle: it is there before the rule runs.
func NewGraph(rules []Rule) (*Graph, error) {
	g := &Graph{rules: slices.Clone(rules), readers: map[string][]int{}}
	setter := map[string]int{}
	for i, r := range g.rules {
		for _, ref := range r.Program.refs {
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
	for _, ref := range s.graph.rules[i].Program.refs {
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
	dirty := make([]bool, len(g.rules))
	for queue := slices.Clone(changed); len(queue) > 0; queue = queue[1:] {
		for _, i := range g.readers[queue[0]] {
			if dirty[i] {
				continue
			}
			dirty[i] = true
			if set := g.rules[i].Sets; set != "" {
				queue = append(queue, set)
			}
		}
	}
	var run []int
	for _, i := range g.order {
		if dirty[i] {
			run = append(run, i)
		}
	}
	return run
}

// Order returns all rules in the order to run them.
func (g *Graph) Order() []int { return slices.Clone(g.order) }
