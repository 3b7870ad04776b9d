package check

import "strings"

var comparators = map[string]string{"LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "EQ": "==", "NE": "!="}

// RangeRule returns the rule that an ODM RangeCheck by comparator states: what must hold for the item (ODM 1.3.2,
// section 3.1.1.3.10). The values must be of the item's type; of a list, every element is checked.
func RangeRule(comparator string, values []string, item string, itemType Type) (string, error) {
	literals := make([]string, len(values))
	for i, text := range values {
		v, ok := ParseValue(itemType.Elem(), text)
		if !ok || v.IsBlank() {
			return "", invalid("rule.range", comparator, text)
		}
		literals[i] = v.Literal()
	}
	subject := Quote(item)
	if itemType.IsList() {
		subject = "x"
	}
	var rule string
	switch op := comparators[comparator]; {
	case op != "" && len(literals) == 1:
		rule = subject + " " + op + " " + literals[0]
	case (comparator == "IN" || comparator == "NOTIN") && len(literals) > 0:
		rule = subject + " in [" + strings.Join(literals, ", ") + "]"
		if comparator == "NOTIN" {
			rule = "!(" + rule + ")"
		}
	default:
		return "", invalid("rule.range", comparator, strings.Join(values, ", "))
	}
	if itemType.IsList() {
		rule = "all(x: " + Quote(item) + ", " + rule + ")"
	}
	if _, err := Compile(rule, Scope{Item: func(string) (Type, bool) { return itemType, true }}); err != nil {
		return "", err
	}
	return rule, nil
}
