package formal

import (
	"strings"

	"casebook"
	"casebook/check"
)

// valueFunctions are the functions of one value, and how many arguments they take.
var valueFunctions = map[string][2]int{"toInteger": {0, 0}, "toDecimal": {0, 0}, "toString": {0, 0}, "abs": {0, 0}, "floor": {0, 0},
	"ceiling": {0, 0}, "round": {0, 1}, "sqrt": {0, 0}, "power": {1, 1}, "truncate": {0, 0}, "length": {0, 0}, "upper": {0, 0},
	"lower": {0, 0}, "trim": {0, 0}, "contains": {1, 1}, "startsWith": {1, 1}, "endsWith": {1, 1}, "matches": {1, 1}}

// scalar evaluates a function of one value.
func (f *fhirpath) scalar(n *step, x expr, this members) (expr, *casebook.Error) {
	bounds := valueFunctions[n.text]
	if args := len(n.kids) - 1; args < bounds[0] || args > bounds[1] {
		return expr{}, f.tr.fail(n.at, "rule.formal.construct", n.text+"()")
	}
	if x.null() {
		return null, nil
	}
	var args []expr
	for _, k := range n.kids[1:] {
		arg, err := f.value(k, this)
		if err != nil {
			return expr{}, err
		}
		if arg.null() {
			return null, nil
		}
		args = append(args, arg)
	}
	out, ok := applied(n.text, x, args)
	if !ok {
		return expr{}, f.tr.fail(n.at, "rule.formal.types", n.text+"()", x.t.String())
	}
	return out, nil
}

// applied is the function of FHIRPath called name, of x.
func applied(name string, x expr, args []expr) (expr, bool) {
	switch name {
	case "toInteger", "toDecimal", "toString":
		return converted(name, x)
	case "abs", "floor", "sqrt", "ceiling", "round", "power", "truncate":
		if x.t != check.Number || len(args) > 0 && args[0].t != check.Number {
			return expr{}, false
		}
		return computed(name, x, args), true
	case "length":
		return function("len", check.Number, x), x.t == check.Text
	case "upper", "lower", "trim":
		return function(name, check.Text, x), x.t == check.Text
	}
	if x.t != check.Text || args[0].t != check.Text {
		return expr{}, false
	}
	if known, ok := textTests[name]; ok && x.lit != nil && args[0].lit != nil {
		return literal(check.Truth(known(x.lit.String(), args[0].lit.String()))), true
	}
	to := map[string]string{"contains": "contains", "startsWith": "starts_with", "endsWith": "ends_with", "matches": "matches"}[name]
	return function(to, check.Bool, x, args[0]), true
}

// textTests are the tests of texts that are decided at once where both are known, as a linkId is.
var textTests = map[string]func(string, string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}

func computed(name string, x expr, args []expr) expr {
	switch name {
	case "ceiling":
		return function("ceil", check.Number, x)
	case "power":
		return function("pow", check.Number, x, args[0])
	case "truncate":
		return infix(x, "-", infix(x, "%", literal(check.Int(1)), byProduct, check.Number), bySum, check.Number)
	}
	return function(name, check.Number, append([]expr{x}, args...)...)
}

// converted is toInteger, toDecimal or toString: what does not convert is blank.
func converted(name string, x expr) (expr, bool) {
	if name == "toString" {
		if x.t == check.Text {
			return x, true
		}
		return function("text", check.Text, x), !x.t.IsList()
	}
	switch x.t {
	case check.Text:
		x = function("number", check.Number, x)
	case check.Bool:
		return chosen(blank(x), null, chosen(x, literal(check.Int(1)), literal(check.Int(0)))), true
	case check.Number:
	default:
		return expr{}, false
	}
	if name == "toDecimal" {
		return x, true
	}
	whole := infix(infix(x, "%", literal(check.Int(1)), byProduct, check.Number), "==", literal(check.Int(0)), byComparison, check.Bool)
	return chosen(whole, x, null), true
}
