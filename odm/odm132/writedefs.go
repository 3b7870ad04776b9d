package odm132

import (
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
)

func (w *writer) event(e *odm.Event) {
	w.definition("StudyEventDef", e.OID, e.Name, e.Extra)
	w.yes("Repeating", e.Repeating)
	w.oneOf("Type", string(e.Type), "Scheduled", eventTypes)
	w.attr("Category", e.Category)
	w.texts("Description", e.Description, false)
	w.refs("FormRef", "FormOID", "FormDef", e.Forms)
	w.aliases(e.Aliases)
	w.end()
}

// oneOf writes an attribute that is one of few; absent is written for none, and nothing if absent is "".
func (w *writer) oneOf(name, value, absent string, values []string) {
	if value == "" {
		value = absent
	}
	if value != "" && !slices.Contains(values, value) {
		w.fail("odm.value_type", name, shortened(value), strings.Join(values, ", "))
	}
	w.attr(name, value)
}

func (w *writer) form(f *odm.Form) {
	w.definition("FormDef", f.OID, f.Name, f.Extra)
	w.yes("Repeating", f.Repeating)
	w.texts("Description", f.Description, false)
	w.refs("ItemGroupRef", "ItemGroupOID", "ItemGroupDef", f.Groups)
	w.kept("ArchiveLayout")
	w.aliases(f.Aliases)
	w.end()
}

func (w *writer) group(g *odm.ItemGroup) {
	w.definition("ItemGroupDef", g.OID, g.Name, g.Extra)
	w.yes("Repeating", g.Repeating)
	w.attr("Domain", g.Domain)
	w.texts("Description", g.Description, false)
	w.refs("ItemRef", "ItemOID", "ItemDef", g.Items)
	w.aliases(g.Aliases)
	w.end()
}

func (w *writer) item(it *odm.Item) {
	w.definition("ItemDef", it.OID, it.Name, it.Extra)
	if !it.DataType.Known() {
		w.fail("odm.value_type", "DataType", shortened(string(it.DataType)), "a data type of ODM 1.3.2")
	}
	w.always("DataType", string(it.DataType))
	if it.Length > 0 {
		w.always("Length", strconv.Itoa(it.Length))
	}
	if it.HasDigits && it.Digits >= 0 {
		w.always("SignificantDigits", strconv.Itoa(it.Digits))
	}
	if it.SASName != "" && !isSASName(it.SASName) {
		w.lose("a SASFieldName that is no name of SAS with at most 8 letters")
	} else {
		w.attr("SASFieldName", it.SASName)
	}
	w.texts("Description", it.Description, false)
	w.texts("Question", it.Question, false)
	w.kept("ExternalQuestion")
	for i, unit := range it.Units {
		w.unitRef(unit, i)
	}
	for i := range it.Checks {
		for _, c := range split(it.Checks[i]) {
			w.check(&c)
		}
	}
	if it.CodeList != "" {
		w.part("CodeListRef", "CodeListRef")
		w.always("CodeListOID", w.name("CodeList", it.CodeList))
		w.end()
	}
	w.kept("Role")
	w.aliases(it.Aliases)
	w.end()
}

func (w *writer) unitRef(oid string, i int) {
	w.part("MeasurementUnitRef", nth("MeasurementUnitRef", i))
	w.always("MeasurementUnitOID", oid)
	w.end()
}

func (w *writer) check(c *odm.RangeCheck) {
	w.own("RangeCheck", c.Comparator, c.Extra)
	w.oneOf("Comparator", c.Comparator, "", comparators)
	if c.Hard {
		w.always("SoftHard", "Hard")
	} else {
		w.always("SoftHard", "Soft")
	}
	for i, v := range c.Values {
		w.part("CheckValue", nth("CheckValue", i))
		w.text(v)
		w.end()
	}
	w.expressions(c.Expressions)
	if len(c.Values) == 0 && len(c.Expressions) == 0 {
		// The schema wants one or the other; the reader takes an empty expression for none.
		w.part("FormalExpression", nth("FormalExpression", 0))
		w.end()
	}
	if c.Unit != "" {
		w.unitRef(c.Unit, 0)
	}
	w.texts("ErrorMessage", c.Message, false)
	w.end()
}

func (w *writer) codeList(l *odm.CodeList) {
	w.definition("CodeList", l.OID, l.Name, l.Extra)
	switch l.DataType {
	case "integer", "float", "text", "string":
		w.always("DataType", string(l.DataType))
	default:
		w.lose("a CodeList of " + shortened(string(l.DataType)) + "; written as text")
		w.always("DataType", "text")
	}
	w.texts("Description", l.Description, false)
	w.codes(l)
	if len(l.Items) == 0 {
		w.external(l.External)
	} else if l.External != nil {
		w.lose("an ExternalCodeList beside codes")
	}
	w.aliases(l.Aliases)
	w.end()
}

// codes writes CodeListItems, or EnumeratedItems when no item has a Decode: the schema allows no mixture.
func (w *writer) codes(l *odm.CodeList) {
	element := "EnumeratedItem"
	if slices.ContainsFunc(l.Items, func(c odm.CodeItem) bool { return len(c.Decode) > 0 }) {
		element = "CodeListItem"
	}
	seen, orders := map[string]bool{}, map[int]bool{}
	for i := range l.Items {
		c := &l.Items[i]
		if seen[c.Code] {
			w.lose("a second item with the CodedValue " + shortened(c.Code))
			continue
		}
		seen[c.Code] = true
		w.own(element, c.Code, c.Extra)
		w.always("CodedValue", c.Code)
		if c.Rank != "" && !fits("float", c.Rank) {
			w.lose("a Rank that is no number")
		} else {
			w.attr("Rank", c.Rank)
		}
		if c.Order != 0 && orders[c.Order] {
			w.lose("an OrderNumber that another has too")
		} else if c.Order != 0 {
			w.always("OrderNumber", strconv.Itoa(c.Order))
			orders[c.Order] = true
		}
		if element == "CodeListItem" {
			w.texts("Decode", c.Decode, true)
		}
		w.aliases(c.Aliases)
		w.end()
	}
}

// external writes an ExternalCodeList; an empty one stands for a list without codes, which the schema does not know.
func (w *writer) external(x *odm.External) {
	if x == nil {
		x = &odm.External{}
	}
	w.part("ExternalCodeList", "ExternalCodeList")
	w.attr("Dictionary", x.Dictionary)
	w.attr("Version", x.Version)
	w.attr("ref", x.Ref)
	if fits("URI", x.Href) {
		w.attr("href", x.Href)
	} else {
		w.lose("an href that is no URI")
	}
	w.end()
}

func (w *writer) condition(c *odm.Condition) {
	w.definition("ConditionDef", c.OID, c.Name, c.Extra)
	w.texts("Description", c.Description, true)
	w.expressions(c.Expressions)
	w.aliases(c.Aliases)
	w.end()
}

func (w *writer) method(m *odm.Method) {
	w.definition("MethodDef", m.OID, m.Name, m.Extra)
	w.oneOf("Type", m.Type, "", methodTypes)
	w.texts("Description", m.Description, true)
	w.expressions(m.Expressions)
	w.aliases(m.Aliases)
	w.end()
}
