package xlsform

import (
	"strconv"
	"strings"

	"casebook/odm"
)

// booleanList is the list of a question that is answered by yes or no and has no list of its own.
const booleanList = "yes_no_1_0"

// item writes a question.
func (wr *writer) item(ref *odm.Ref, g *odm.ItemGroup) {
	it := wr.x.Item(ref.OID)
	place := "ItemDef[" + ref.OID + "]"
	if it == nil {
		wr.lose(place, "loss.missing_item")
		return
	}
	within := g
	if g.OID == wr.form.OID+".root" {
		within = nil
	}
	r := row{"type": wr.typed(place, it), "name": wr.name(place, it.OID, it.Name, within)}
	r.put("label", it.Question)
	if it.Question == nil && it.Name != it.OID && r["name"] != it.Name {
		r.set("label", it.Name)
	}
	r.put("hint", it.Hint)
	r.put("guidance_hint", it.Description)
	r.set("relevant", wr.shown(ref.Hidden))
	r.set("appearance", appearance(it.Layout))
	if it.Layout != nil && it.Layout.Rows > 0 {
		r.set("rows", strconv.Itoa(it.Layout.Rows))
	}
	wr.requirement(ref, r)
	wr.checks(place, it, r)
	wr.sources(place, ref, it, r)
	r.kept(it.Extra)
	wr.beyond(place, len(it.Codings) > 0, it.Access, it.Variables, it.Extra)
	wr.details(place, ref, it)
	wr.add(0, r)
}

// typed is the type of a question; what an XLSForm has no type for becomes the nearest one, and is told.
func (wr *writer) typed(place string, it *odm.Item) string {
	list := wr.x.CodeList(it.CodeList)
	if list != nil {
		wr.texts[list.OID] = true
		if list.External != nil && (it.Extra == nil || it.Extra.Kept[kept+"type"] == "") && len(list.Items) == 0 {
			if list.OID == listOID(list.External.Ref) {
				return typeOf(it, wr.lists)
			}
			wr.lose(place, "loss.written_dictionary")
			return "text"
		}
	}
	switch {
	case it.DataType == "boolean" && it.CodeList == "":
		wr.texts[booleanList] = true
		wr.lose(place, "loss.written_boolean")
		return "select_one " + booleanList
	case strings.HasPrefix(string(it.DataType), "partial"), strings.HasPrefix(string(it.DataType), "incomplete"):
		wr.lose(place, "loss.written_partial")
	case it.Multiple && it.CodeList == "":
		wr.lose(place, "loss.written_one_answer")
	}
	return typeOf(it, wr.lists)
}

func (wr *writer) requirement(ref *odm.Ref, r row) {
	if ref.Mandatory {
		r.set("required", "yes")
	}
	c := wr.x.Condition(ref.MandatoryWhen)
	if c == nil {
		return
	}
	for _, e := range c.Expressions {
		if ours(e) {
			r.set("required", e.Code)
			return
		}
	}
	wr.lose("ConditionDef["+c.OID+"]", "loss.unwritten_rule")
}

var xpathComparators = map[string]string{"LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "EQ": "=", "NE": "!="}

// checks writes what must hold as one constraint, with the message of the first check that has one.
func (wr *writer) checks(place string, it *odm.Item, r row) {
	var all []string
	var message odm.Text
	checks := it.Checks
	if it.Extra != nil && it.Extra.Kept[kept+"type"] == "range" {
		checks = checks[min(boundsOf(checks), len(checks)):]
	}
	for i := range checks {
		c := &checks[i]
		code := constraintOf(it, c)
		switch {
		case !c.Hard:
			wr.lose(place, "loss.unwritten_soft")
			continue
		case code == "":
			wr.lose(place, "loss.unwritten_check")
			continue
		case len(all) > 0 && c.Message != nil && message != nil:
			wr.lose(place, "loss.unwritten_message")
		}
		all = append(all, code)
		if message == nil {
			message = c.Message
		}
	}
	if len(all) > 1 {
		for i := range all {
			all[i] = "(" + all[i] + ")"
		}
	}
	r.set("constraint", strings.Join(all, " and "))
	if len(all) > 0 {
		r.put("constraint_message", message)
	}
}

// boundsOf counts the checks that a range's parameters say already.
func boundsOf(checks []odm.RangeCheck) int {
	n := 0
	for n < len(checks) && n < 2 && checks[n].Hard && (checks[n].Comparator == "GE" || checks[n].Comparator == "LE") {
		n++
	}
	return n
}

func constraintOf(it *odm.Item, c *odm.RangeCheck) string {
	for _, e := range c.Expressions {
		if ours(e) {
			return e.Code
		}
	}
	if len(c.Expressions) > 0 || len(c.Values) == 0 {
		return ""
	}
	values := make([]string, len(c.Values))
	for i, v := range c.Values {
		values[i] = "'" + v + "'"
		if it.DataType == "integer" || it.DataType == "float" || it.DataType == "double" {
			values[i] = v
		} else if strings.Contains(v, "'") {
			return ""
		}
		if it.DataType == "date" {
			values[i] = "date(" + values[i] + ")"
		}
	}
	if op := xpathComparators[c.Comparator]; op != "" {
		return ". " + op + " " + values[0]
	}
	for i := range values {
		values[i] = ". = " + values[i]
	}
	one := strings.Join(values, " or ")
	switch c.Comparator {
	case "IN":
		return one
	case "NOTIN":
		return "not(" + one + ")"
	}
	return ""
}

// sources writes where the value comes from.
func (wr *writer) sources(place string, ref *odm.Ref, it *odm.Item, r row) {
	r.set("calculation", wr.computation(ref.Method))
	switch {
	case ref.Initial != "":
		r.set("default", wr.computation(ref.Initial))
	case len(it.Initial) > 0:
		r.set("default", strings.Join(it.Initial, " "))
	}
	if it.ReadOnly {
		r.set("read_only", "yes")
	}
}

// details tells what of an item an XLSForm does not say.
func (wr *writer) details(place string, ref *odm.Ref, it *odm.Item) {
	for _, d := range [...]struct {
		there bool
		code  string
	}{
		{len(it.Units) > 0, "loss.unwritten_units"},
		{it.Length > 0 || it.HasDigits, "loss.unwritten_length"},
		{it.Prefix != "", "loss.unwritten_number"},
		{it.Prompt != nil, "loss.unwritten_prompt"},
		{it.Placeholder != nil, "loss.unwritten_placeholder"},
		{it.Occurs != odm.Occurs{}, "loss.unwritten_answers"},
		{it.Identifying, "loss.unwritten_identifying"},
		{it.Blinded, "loss.unwritten_blinded"},
		{len(it.Aliases) > 0 || it.SASName != "", "loss.unwritten_names"},
		{ref.Within != "", "loss.unwritten_within"},
		{ref.Key != 0 || ref.Role != "", "loss.unwritten_key"},
		{it.Layout != nil && it.Layout.Matrix != "", "loss.unwritten_matrix"},
	} {
		if d.there {
			wr.lose(place, d.code)
		}
	}
}
