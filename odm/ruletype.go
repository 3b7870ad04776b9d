package odm

import "casebook/check"

// RuleType is the rule language's type of a value of t.
func (t DataType) RuleType() check.Type {
	switch t {
	case "integer", "float", "double":
		return check.Number
	case "boolean":
		return check.Bool
	case "date", "partialDate", "incompleteDate":
		return check.Date
	case "datetime", "partialDatetime", "incompleteDatetime":
		return check.DateTime
	case "time", "partialTime", "incompleteTime":
		return check.Time
	}
	return check.Text
}

// RuleType is the rule language's type of an item: a list where it may have several answers.
func (it *Item) RuleType() check.Type {
	if it.Multiple {
		return check.ListOf(it.DataType.RuleType())
	}
	return it.DataType.RuleType()
}
