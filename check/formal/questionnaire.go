package formal

import (
	"slices"

	"casebook"
	"casebook/check"
)

// Question is an item of a FHIR Questionnaire, or the Questionnaire itself, as far as a rule can ask about it.
type Question struct {
	LinkID    string     // "" of the Questionnaire itself
	Type      string     // FHIR's item type; "" of the Questionnaire itself
	Name      string     // what a rule calls its answer; "" if it has none
	Answer    check.Type // of Name
	Repeats   bool       // several answers, or a group that occurs several times
	Rows      bool       // Repeats, and each answer or occurrence is a row of its own, so that Name means the one of this row
	Options   []Option
	Items     []*Question // in a group, or below the answers of a question
	In        *Question   // what it stands in; nil of the Questionnaire itself
	Variables []Variable  // known to itself and to all below it
}

// Option is a permitted answer: an answerOption of a Questionnaire, or a code of its contained ValueSet.
type Option struct {
	Code, System, Display string
	Weight, WeightURL     string // what it counts in a score, and the extension that says so
}

// Variable is an SDC variable: a name for the outcome of an expression.
type Variable struct {
	Name, Language, Code string
}

// coded reports whether the answers of q are codings.
func (q *Question) coded() bool { return q.Type == "choice" || q.Type == "open-choice" }

// asks reports whether q takes answers.
func (q *Question) asks() bool { return q.Name != "" }

// Row returns the nearest of q and what it stands in that has rows; nil if there is none.
func (q *Question) Row() *Question {
	for ; q != nil; q = q.In {
		if q.Rows {
			return q
		}
	}
	return nil
}

// Within reports whether q is below outer.
func (q *Question) Within(outer *Question) bool {
	for ; q != nil && outer != nil; q = q.In {
		if q.In == outer {
			return true
		}
	}
	return false
}

func (q *Question) root() *Question {
	for q.In != nil {
		q = q.In
	}
	return q
}

// below calls f for every item below q, in order, until f says no.
func (q *Question) below(f func(*Question) bool) bool {
	for _, k := range q.Items {
		if !f(k) || !k.below(f) {
			return false
		}
	}
	return true
}

// Find returns the item of a linkId below q, or nil.
func (q *Question) Find(linkID string) (found *Question) {
	q.below(func(k *Question) bool {
		if k.LinkID == linkID {
			found = k
		}
		return found == nil
	})
	return found
}

// EnableWhen is one enableWhen of an item.
type EnableWhen struct {
	Question *Question
	Operator string // exists = != > < >= <=
	Answer   string // the text of the value; of a Coding its code
}

// HiddenUnless returns the rule that is true while an item is hidden: while not all of its enableWhen hold, or, where any
// suffices, none. The operators are those of FHIR R4 (value set questionnaire-enable-operator): of a question with several
// answers one that fits suffices, and an unanswered one equals nothing, so != holds. seenFrom is the item that is hidden.
func HiddenUnless(conditions []EnableWhen, anySuffices bool, seenFrom *Question) (string, error) {
	tr := &translator{types: map[string]check.Type{}}
	f := newFHIR(tr, seenFrom)
	all := expr{}
	for i, c := range conditions {
		x, err := f.enabled(c)
		if err != nil {
			return "", err
		}
		switch {
		case i == 0:
			all = x
		case anySuffices:
			all = infix(all, "||", x, byOr, check.Bool)
		default:
			all = infix(all, "&&", x, byAnd, check.Bool)
		}
	}
	return tr.finish(negated(all))
}

func (f *fhirpath) enabled(c EnableWhen) (expr, *casebook.Error) {
	from, here := (*Question)(nil), f.at.Row()
	if c.Question.Row() == here {
		from = here // the answer in the same row
	}
	x, each, ok := f.answer(c.Question, from)
	if !ok || from == nil && here.Within(c.Question.Row()) {
		return expr{}, f.tr.fail(0, "rule.formal.name", c.Question.LinkID)
	}
	if c.Operator == "exists" {
		is := function("count", check.Number, x)
		some := infix(is, ">", literal(check.Int(0)), byComparison, check.Bool)
		if !each {
			some = negated(blank(x))
		}
		some.total = true
		switch c.Answer {
		case "true":
			return some, nil
		case "false":
			return negated(some), nil
		}
		return expr{}, f.tr.fail(0, "rule.formal.types", check.Bool.String(), c.Answer)
	}
	v, ok := check.ParseValue(x.t.Elem(), c.Answer)
	if !ok || v.IsBlank() {
		return expr{}, f.tr.fail(0, "rule.formal.types", x.t.Elem().String(), c.Answer)
	}
	op := c.Operator
	switch op {
	case "=":
		op = "=="
	case "!=":
	case "<", ">", "<=", ">=":
		if x.t.Elem() == check.Bool {
			return expr{}, f.tr.fail(0, "rule.formal.types", x.t.Elem().String(), op)
		}
	default:
		return expr{}, f.tr.fail(0, "rule.formal.construct", op)
	}
	return enabledBy(x, each, op, literal(v)), nil
}

// enabledBy compares an answer, or each of several, with v.
func enabledBy(x expr, each bool, op string, v expr) expr {
	switch {
	case each && op == "==":
		return sure(infix(v, "in", x, byComparison, check.Bool))
	case each && op == "!=":
		return negated(sure(infix(v, "in", x, byComparison, check.Bool)))
	case each:
		one := expr{src: rowName, t: x.t.Elem(), binds: byItself}
		test := infix(one, op, v, byComparison, check.Bool)
		return expr{src: "any(" + rowName + ": " + x.src + ", " + test.src + ")", t: check.Bool, binds: byItself, refs: x.refs}
	case op == "!=":
		return infix(blank(x), "||", infix(x, op, v, byComparison, check.Bool), byOr, check.Bool)
	}
	return infix(x, op, v, byComparison, check.Bool)
}

// answer returns the reference to the answers of q as seen from a row (nil sees all rows), and whether it is a list. It
// fails for what the language cannot say: lists in rows, and rows within rows.
func (f *fhirpath) answer(q, from *Question) (x expr, each, ok bool) {
	if !q.asks() {
		return expr{}, false, false
	}
	row := q.Row()
	f.tr.types[q.Name] = q.Answer
	x = expr{src: check.Quote(q.Name), t: q.Answer, binds: byItself}
	switch {
	case row == nil, row == from && row == f.at.Row() && q != f.at:
	case from != nil || x.t.IsList():
		return expr{}, false, false
	default:
		x = expr{src: "each(" + x.src + ")", t: check.ListOf(x.t), binds: byItself}
	}
	x.refs = []string{x.src}
	return x, x.t.IsList(), true
}

// rowName is what a rule calls the element of a list that it looks at.
const rowName = "answer_"

// Cycle returns the linkIds of items that wait for one another to be shown, if there are any: each depends on what it
// stands in, and on those that needs names for it.
func Cycle(root *Question, needs func(*Question) []*Question) []string {
	state := map[*Question]int{} // 1 on the way, 2 done
	var way []*Question
	var visit func(q *Question) []string
	visit = func(q *Question) []string {
		switch state[q] {
		case 2:
			return nil
		case 1:
			var ids []string
			for _, k := range way[slices.Index(way, q):] {
				ids = append(ids, k.LinkID)
			}
			return append(ids, q.LinkID)
		}
		state[q] = 1
		way = append(way, q)
		next := needs(q)
		if q.In != nil && q.In.In != nil {
			next = append(slices.Clip(next), q.In)
		}
		for _, k := range next {
			if cycle := visit(k); cycle != nil {
				return cycle
			}
		}
		way = way[:len(way)-1]
		state[q] = 2
		return nil
	}
	var cycle []string
	root.below(func(q *Question) bool {
		cycle = visit(q)
		return cycle == nil
	})
	return cycle
}
