package odm2

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
	"casebook/odm/markup"
)

func (w *writer) item(it *odm.Item) {
	w.Definition("ItemDef", "ItemDef", it.OID, it.Name, it.Extra)
	if !it.DataType.Known() {
		w.Refuse("odm.value_type", "DataType", markup.Short(string(it.DataType)), "a data type of ODM")
	}
	w.Always("DataType", string(it.DataType))
	beyond := markup.OfItem(it)
	if it.Length > 0 {
		w.Always("Length", strconv.Itoa(it.Length))
	}
	if it.HasDigits {
		w.digits(it, &beyond)
	}
	w.Texts("Description", it.Description, false)
	w.Kept("Definition")
	w.Texts("Question", it.Question, false)
	w.Texts("Prompt", it.Prompt, false)
	w.Texts("CRFCompletionInstructions", it.Hint, false)
	beyond.Prompt, beyond.Hint = nil, nil
	w.Kept("ImplementationNotes")
	w.Kept("CDISCNotes")
	for i := range it.Checks {
		for _, c := range markup.Split(it.Checks[i]) {
			w.check(&c)
		}
		if unit := it.Checks[i].Unit; unit != "" {
			if beyond.CheckUnits == nil {
				beyond.CheckUnits = map[int]string{}
			}
			beyond.CheckUnits[i] = unit
		}
	}
	if it.CodeList != "" {
		w.Part("CodeListRef", "CodeListRef")
		w.Always("CodeListOID", w.Name("CodeList", it.CodeList))
		w.End()
	}
	w.Kept("ValueListRef")
	beyond.Codings = w.codings(it.Codings)
	beyond.InUnits, beyond.SASName = it.Units, it.SASName
	w.Aliases(it.Aliases, beyond)
	w.End()
}

// digits writes the digits behind the point as a DisplayFormat, if that can be read back.
func (w *writer) digits(it *odm.Item, beyond *markup.Beyond) {
	format := "." + strconv.Itoa(it.Digits)
	if it.Length > 0 {
		format = strconv.Itoa(it.Length) + format
	}
	if decimals.MatchString(format) && (it.DataType == "float" || it.DataType == "double") {
		w.Always("DisplayFormat", format)
	} else {
		beyond.Digits = &it.Digits
	}
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
		w.expressions([]odm.Expression{{}}) // the schema wants one; the reader takes an empty one for none
	}
	w.Texts("ErrorMessage", c.Message, false)
	w.End()
}

func (w *writer) expressions(list []odm.Expression) {
	for i, e := range list {
		w.Part("FormalExpression", markup.Nth("FormalExpression", i))
		w.Attr("Context", e.Context)
		w.Part("Code", "Code")
		if e.Code != "" {
			w.Text(e.Code)
		}
		w.End()
		w.End()
	}
}

func (w *writer) codeList(l *odm.CodeList) {
	w.Definition("CodeList", "CodeList", l.OID, l.Name, l.Extra)
	switch l.DataType {
	case "integer", "text", "string":
		w.Always("DataType", string(l.DataType))
	case "float":
		w.Always("DataType", "decimal")
	default:
		w.Lose("loss.written_codelist", markup.Short(string(l.DataType)))
		w.Always("DataType", "text")
	}
	w.Texts("Description", l.Description, false)
	w.codes(l)
	beyond := markup.OfCodeList(l)
	if len(l.Items) == 0 && l.External != nil {
		w.external(l.External)
		beyond.External = l.External
	} else if l.External != nil {
		w.Lose("loss.unwritten_external")
	}
	if len(l.Items) > 0 || l.External != nil {
		beyond.Codings = w.codings(l.Codings)
	}
	w.Aliases(l.Aliases, beyond)
	w.End()
}

func (w *writer) codes(l *odm.CodeList) {
	seen, orders := map[string]bool{}, map[int]bool{}
	for i := range l.Items {
		c := &l.Items[i]
		if seen[c.Code] {
			w.Lose("loss.second_code")
			continue
		}
		seen[c.Code] = true
		w.Own("CodeListItem", c.Code, c.Extra)
		w.Always("CodedValue", c.Code)
		if c.Rank != "" && !markup.Fits("float", c.Rank) {
			w.Lose("loss.unwritten_rank")
		} else {
			w.Attr("Rank", c.Rank)
		}
		if c.Order > 0 && !orders[c.Order] {
			w.Always("OrderNumber", strconv.Itoa(c.Order))
			orders[c.Order] = true
		} else if c.Order != 0 {
			w.Lose("loss.unwritten_order")
		}
		w.Kept("Description")
		w.Texts("Decode", c.Decode, false)
		beyond := markup.OfCodeItem(c)
		beyond.Codings = w.codings(c.Codings)
		w.Aliases(c.Aliases, beyond)
		w.End()
	}
}

// external writes the dictionary that holds the codes as a Coding of the list.
func (w *writer) external(x *odm.External) {
	system := cmp.Or(x.Href, x.Ref, x.Dictionary, "unknown")
	if !markup.Fits("URI", system) {
		system = "urn:dictionary"
	}
	w.Part("Coding", "Coding")
	w.Always("System", system)
	w.Attr("SystemName", x.Dictionary)
	w.Attr("SystemVersion", x.Version)
	if markup.Fits("URI", x.Href) {
		w.Attr("href", x.Href)
	}
	w.End()
}

func (w *writer) condition(c *odm.Condition) {
	w.Definition("ConditionDef", "ConditionDef", c.OID, c.Name, c.Extra)
	w.Texts("Description", c.Description, true)
	w.signature()
	w.expressions(c.Expressions)
	w.Aliases(c.Aliases, markup.OfRule(c.Extra))
	w.End()
}

func (w *writer) method(m *odm.Method) {
	w.Definition("MethodDef", "MethodDef", m.OID, m.Name, m.Extra)
	beyond := markup.OfRule(m.Extra)
	if methodKnown(m.Type) {
		w.Attr("Type", m.Type)
	} else {
		beyond.Type = m.Type
	}
	w.Texts("Description", m.Description, true)
	w.signature()
	w.expressions(m.Expressions)
	w.Aliases(m.Aliases, beyond)
	w.Kept("DocumentRef")
	w.End()
}

func methodKnown(typ string) bool {
	return typ == "" || slices.Contains(methodTypes, typ)
}

// signature writes the MethodSignature that the schema demands; parameters are not part of the model.
func (w *writer) signature() {
	w.Part("MethodSignature", "MethodSignature")
	w.Kept("Parameter")
	w.Kept("ReturnValue")
	w.End()
}

// planUnits gives each item with units another that says in which one a value is, and each set of units a code list.
func (w *writer) planUnits(v *odm.Version) {
	w.unitItems, w.unitsOf = map[string]string{}, map[string]string{}
	w.unitLists, w.listOrder = map[string][]odm.Unit{}, nil
	taken, lists := map[string]bool{}, map[string]string{}
	x := v.Index()
	for i := range v.Items {
		it := &v.Items[i]
		if len(it.Units) == 0 {
			continue
		}
		set := strings.Join(it.Units, "\x00")
		if lists[set] == "" {
			oid := fresh(v, taken, "UNITS."+strings.Join(it.Units, "."))
			lists[set] = oid
			w.listOrder = append(w.listOrder, oid)
			for _, unit := range it.Units {
				u := x.Unit(unit)
				if u == nil {
					u = &odm.Unit{OID: unit, Name: unit}
				}
				w.unitLists[oid] = append(w.unitLists[oid], *u)
			}
		}
		w.unitItems[it.OID] = fresh(v, taken, it.OID+".UNIT")
		w.unitsOf[it.OID] = lists[set]
	}
}

// unitItem writes the item that says the unit of another. It is ours: reading takes it away again.
func (w *writer) unitItem(of *odm.Item) {
	oid := w.unitItems[of.OID]
	if oid == "" {
		return
	}
	w.Own("ItemDef", oid, nil)
	w.Always("OID", oid)
	w.Always("Name", cmp.Or(of.Name, of.OID)+", unit")
	w.Always("DataType", "text")
	w.Part("CodeListRef", "CodeListRef")
	w.Always("CodeListOID", w.unitsOf[of.OID])
	w.End()
	w.Aliases(nil, markup.Beyond{UnitsOf: true})
	w.End()
}

func (w *writer) writeUnitLists() {
	for _, oid := range w.listOrder {
		w.Own("CodeList", oid, nil)
		w.Always("OID", oid)
		w.Always("Name", "units")
		w.Always("DataType", "text")
		seen := map[string]bool{}
		for _, u := range w.unitLists[oid] {
			code := cmp.Or(u.Name, u.OID)
			if seen[code] {
				code = u.OID
			}
			if seen[code] {
				continue
			}
			seen[code] = true
			w.Own("CodeListItem", code, nil)
			w.Always("CodedValue", code)
			w.Texts("Decode", u.Symbol, false)
			w.End()
		}
		w.Aliases(nil, markup.Beyond{UnitsOf: true})
		w.End()
	}
}
