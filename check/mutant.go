package check

import (
	"slices"
	"strings"
	"time"
)

// Mutant is a rule with one mistake put in, of those that people make when they write rules. Tests of rules that do not
// notice it test too little (DeMillo, Lipton, Sayward: Hints on test data selection, Computer 11(4), 1978).
type Mutant struct {
	What   string // e.g. "<= for <", "201 for 200", "negated"
	Source string
}

// maxMutants bounds the mutants of one rule.
const maxMutants = 200

// swapped are the words that are taken for one another.
var swapped = map[string][]string{"<": {"<="}, "<=": {"<"}, ">": {">="}, ">=": {">"}, "==": {"!="}, "!=": {"=="}, "&&": {"||"}, "||": {"&&"},
	"+": {"-"}, "-": {"+"}, "*": {"/"}, "/": {"*"}, "any": {"all"}, "all": {"any"}, "min": {"max"}, "max": {"min"}}

// Mutants returns the mutants of src that compile in scope to the same type: comparisons, connectives and arithmetic taken
// for their neighbours, numbers a unit of their last place away and dates a day, negations left out, elements of lists left
// out, and the whole negated. A source that does not compile has none.
func Mutants(src string, scope Scope) []Mutant {
	whole, err := Compile(src, scope)
	if err != nil {
		return nil
	}
	tokens, fail := lex(src)
	if fail != nil {
		return nil
	}
	all := []Mutant{}
	try := func(what, source string) {
		if len(all) >= maxMutants || source == src {
			return
		}
		if p, err := Compile(source, scope); err == nil && p.Type() == whole.Type() {
			all = append(all, Mutant{what, source})
		}
	}
	if whole.Type() == Bool {
		try("negated", "!("+src+"\n)")
	}
	for i, t := range tokens[:len(tokens)-1] {
		replace := func(by string) { try(by+" for "+t.text, src[:t.at]+by+src[t.at+len(t.text):]) }
		switch {
		case t.kind == tokOp || t.kind == tokName && tokens[i+1].text == "(":
			for _, by := range swapped[t.text] {
				replace(by)
			}
			if t.text == "!" {
				try("without !", src[:t.at]+src[t.at+1:])
			}
		case t.kind == tokValue && (t.val.t == Number || t.val.t == Date):
			for _, by := range beside(t.val, t.text) {
				replace(by)
			}
		}
		if t.kind != tokOp {
			shorter(src, tokens, i, try)
		}
	}
	return all
}

// beside are the literals next to a number, a unit of its last place away, or to a day.
func beside(v Value, text string) []string {
	if v.t == Date {
		at, err := time.Parse("@"+time.DateOnly, text)
		if err != nil {
			return nil
		}
		return []string{at.AddDate(0, 0, -1).Format("@" + time.DateOnly), at.AddDate(0, 0, 1).Format("@" + time.DateOnly)}
	}
	_, decimals, _ := strings.Cut(text, ".")
	unit := small(1, int16(len(decimals)))
	near := []string{add(v, unit).String()}
	if less := sub(v, unit); less.sign() >= 0 { // a sign would be another token
		near = append(near, less.String())
	}
	return near
}

// shorter leaves one element out of a list of several.
func shorter(src string, tokens []token, i int, try func(what, source string)) {
	if i == 0 {
		return
	}
	before, after := tokens[i-1], tokens[i+1]
	if before.kind != tokOp || after.kind != tokOp || !inList(tokens[:i]) {
		return
	}
	what := "without " + strings.TrimSpace(src[tokens[i].at:after.at])
	switch {
	case (before.text == "[" || before.text == ",") && after.text == ",":
		try(what, src[:tokens[i].at]+src[after.at+1:])
	case before.text == "," && after.text == "]":
		try(what, src[:before.at]+src[after.at:])
	}
}

// inList reports whether what follows tokens stands in a list, and not in a call within it.
func inList(tokens []token) bool {
	depth := 0
	for _, t := range slices.Backward(tokens) {
		if t.kind != tokOp {
			continue
		}
		switch t.text {
		case "]", ")":
			depth++
		case "[", "(":
			if depth == 0 {
				return t.text == "["
			}
			depth--
		}
	}
	return false
}

// Literals returns the values that src names, in their order: where a rule changes its mind.
func Literals(src string) []Value {
	tokens, fail := lex(src)
	if fail != nil {
		return nil
	}
	var all []Value
	for _, t := range tokens {
		if t.kind == tokValue && !t.val.IsBlank() {
			all = append(all, t.val)
		}
	}
	return all
}
