package odm132

import (
	"slices"
	"strconv"

	"casebook/odm"
	"casebook/odm/markup"
)

func (w *writer) event(e *odm.Event) {
	w.Definition("StudyEventDef", "StudyEventDef", e.OID, e.Name, e.Extra)
	w.Yes("Repeating", e.Repeating)
	w.OneOf("Type", string(e.Type), "Scheduled", eventTypes)
	w.Attr("Category", e.Category)
	w.Texts("Description", e.Description, false)
	w.refs("FormRef", "FormOID", "FormDef", e.Forms)
	w.Aliases(e.Aliases, markup.OfEvent(e))
	w.End()
}

func (w *writer) form(f *odm.Form) {
	w.Definition("FormDef", "FormDef", f.OID, f.Name, f.Extra)
	w.Yes("Repeating", f.Repeating)
	w.Texts("Description", f.Description, false)
	w.refs("ItemGroupRef", "ItemGroupOID", "ItemGroupDef", f.Groups)
	w.Kept("ArchiveLayout")
	w.Aliases(f.Aliases, markup.OfForm(f))
	w.End()
}

func (w *writer) group(g *odm.ItemGroup) {
	w.Definition("ItemGroupDef", "ItemGroupDef", g.OID, g.Name, g.Extra)
	w.Yes("Repeating", g.Repeating)
	w.Attr("Domain", g.Domain)
	w.Texts("Description", g.Description, false)
	w.refs("ItemRef", "ItemOID", "ItemDef", g.Items)
	w.Aliases(g.Aliases, markup.OfGroup(g))
	w.End()
}

func (w *writer) item(it *odm.Item) {
	w.Definition("ItemDef", "ItemDef", it.OID, it.Name, it.Extra)
	if !it.DataType.Known() {
		w.Refuse("odm.value_type", "DataType", markup.Short(string(it.DataType)), "a data type of ODM 1.3.2")
	}
	w.Always("DataType", string(it.DataType))
	if it.Length > 0 {
		w.Always("Length", strconv.Itoa(it.Length))
	}
	if it.HasDigits && it.Digits >= 0 {
		w.Always("SignificantDigits", strconv.Itoa(it.Digits))
	}
	if it.SASName != "" && !markup.IsSASName(it.SASName) {
		w.Lose("loss.unwritten_sas_name")
	} else {
		w.Attr("SASFieldName", it.SASName)
	}
	w.Texts("Description", it.Description, false)
	w.Texts("Question", it.Question, false)
	w.Kept("ExternalQuestion")
	for i, unit := range it.Units {
		w.unitRef(unit, i)
	}
	for i := range it.Checks {
		for _, c := range markup.Split(it.Checks[i]) {
			w.check(&c)
		}
	}
	if it.CodeList != "" {
		w.Part("CodeListRef", "CodeListRef")
		w.Always("CodeListOID", w.Name("CodeList", it.CodeList))
		w.End()
	}
	w.Kept("Role")
	w.Aliases(it.Aliases, markup.OfItem(it))
	w.End()
}

func (w *writer) unitRef(oid string, i int) {
	w.Part("MeasurementUnitRef", markup.Nth("MeasurementUnitRef", i))
	w.Always("MeasurementUnitOID", oid)
	w.End()
}

func (w *writer) check(c *odm.RangeCheck) {
	w.Own("RangeCheck", c.Comparator, c.Extra)
	w.OneOf("Comparator", c.Comparator, "", comparators)
	if c.Hard {
		w.Always("SoftHard", "Hard")
	} else {
		w.Always("SoftHard", "Soft")
	}
	for i, v := range c.Values {
		w.Part("CheckValue", markup.Nth("CheckValue", i))
		w.Text(v)
		w.End()
	}
	w.expressions(c.Expressions)
	if len(c.Values) == 0 && len(c.Expressions) == 0 {
		// The schema wants one or the other; the reader takes an empty expression for none.
		w.Part("FormalExpression", markup.Nth("FormalExpression", 0))
		w.End()
	}
	if c.Unit != "" {
		w.unitRef(c.Unit, 0)
	}
	w.Texts("ErrorMessage", c.Message, false)
	w.End()
}

func (w *writer) codeList(l *odm.CodeList) {
	w.Definition("CodeList", "CodeList", l.OID, l.Name, l.Extra)
	switch l.DataType {
	case "integer", "float", "text", "string":
		w.Always("DataType", string(l.DataType))
	default:
		w.Lose("loss.written_codelist", markup.Short(string(l.DataType)))
		w.Always("DataType", "text")
	}
	w.Texts("Description", l.Description, false)
	w.codes(l)
	if len(l.Items) == 0 {
		w.external(l.External)
	} else if l.External != nil {
		w.Lose("loss.unwritten_external")
	}
	w.Aliases(l.Aliases, markup.OfCodeList(l))
	w.End()
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
			w.Lose("loss.second_code")
			continue
		}
		seen[c.Code] = true
		w.Own(element, c.Code, c.Extra)
		w.Always("CodedValue", c.Code)
		if c.Rank != "" && !markup.Fits("float", c.Rank) {
			w.Lose("loss.unwritten_rank")
		} else {
			w.Attr("Rank", c.Rank)
		}
		if c.Order != 0 && orders[c.Order] {
			w.Lose("loss.unwritten_order")
		} else if c.Order != 0 {
			w.Always("OrderNumber", strconv.Itoa(c.Order))
			orders[c.Order] = true
		}
		if element == "CodeListItem" {
			w.Texts("Decode", c.Decode, true)
		}
		w.Aliases(c.Aliases, markup.OfCodeItem(c))
		w.End()
	}
}

// external writes an ExternalCodeList; an empty one stands for a list without codes, which the schema does not know.
func (w *writer) external(x *odm.External) {
	if x == nil {
		x = &odm.External{}
	}
	w.Part("ExternalCodeList", "ExternalCodeList")
	w.Attr("Dictionary", x.Dictionary)
	w.Attr("Version", x.Version)
	w.Attr("ref", x.Ref)
	if markup.Fits("URI", x.Href) {
		w.Attr("href", x.Href)
	} else {
		w.Lose("loss.unwritten_href")
	}
	w.End()
}

func (w *writer) condition(c *odm.Condition) {
	w.Definition("ConditionDef", "ConditionDef", c.OID, c.Name, c.Extra)
	w.Texts("Description", c.Description, true)
	w.expressions(c.Expressions)
	w.Aliases(c.Aliases, markup.OfRule(c.Extra))
	w.End()
}

func (w *writer) method(m *odm.Method) {
	w.Definition("MethodDef", "MethodDef", m.OID, m.Name, m.Extra)
	beyond := markup.OfRule(m.Extra)
	if m.Type == "" || slices.Contains(methodTypes, m.Type) {
		w.Attr("Type", m.Type)
	} else {
		beyond.Type = m.Type
	}
	w.Texts("Description", m.Description, true)
	w.expressions(m.Expressions)
	w.Aliases(m.Aliases, beyond)
	w.End()
}
