package redcap

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strings"

	"casebook/odm"
)

// Write writes the forms of a version as a data dictionary, and returns what a dictionary cannot say of them. What was
// read from a dictionary of REDCap's comes back the same.
func Write(w io.Writer, v *odm.Version) ([]odm.Loss, error) {
	wr := &writer{x: v.Index(), seen: map[string]bool{}}
	for i := range v.Events {
		wr.lose("StudyEventDef["+v.Events[i].OID+"]", "loss.unwritten_events")
	}
	head := make([]string, written)
	for i := range head {
		head[i] = columns[i].names[0]
	}
	rows := [][]string{head}
	for i := range v.Forms {
		rows = append(rows, wr.form(&v.Forms[i])...)
	}
	out := csv.NewWriter(w)
	if err := out.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("redcap: %w", err)
	}
	return wr.losses, nil
}

type writer struct {
	x      *odm.Index
	losses []odm.Loss
	seen   map[string]bool // variables
}

func (wr *writer) lose(place, code string, args ...any) {
	wr.losses = append(wr.losses, odm.Lost(place, 0, false, code, args...))
}

var notInVariables = regexp.MustCompile(`[^A-Za-z0-9_]+`)

// variable is a name that REDCap takes.
func variable(oid string) string {
	name := strings.Trim(notInVariables.ReplaceAllString(oid, "_"), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "v_" + name
	}
	if name != oid {
		name = strings.ToLower(name)
	}
	return name
}

func (wr *writer) form(f *odm.Form) (rows [][]string) {
	place := "FormDef[" + f.OID + "]"
	name := strings.TrimPrefix(f.OID, "Form.")
	if variable(name) != name {
		name = variable(name)
		wr.lose(place, "loss.written_name", name)
	}
	if f.Repeating || f.Occurs != (odm.Occurs{}) {
		wr.lose(place, "loss.unwritten_form_repeats")
	}
	if len(f.Codings) > 0 || f.Access != nil || len(f.Variables) > 0 || f.Copyright != nil || f.Licence != "" {
		wr.lose(place, "loss.unwritten_form_details")
	}
	if f.DoubleEntry {
		wr.lose(place, "loss.unwritten_double_entry")
	}
	for _, gr := range odm.Ordered(f.Groups) {
		if g := wr.x.Group(gr.OID); g != nil {
			rows = append(rows, wr.group(name, gr, g)...)
		}
	}
	return rows
}

func (wr *writer) group(form string, ref odm.Ref, g *odm.ItemGroup) (rows [][]string) {
	place := "ItemGroupDef[" + g.OID + "]"
	for _, d := range [...]struct {
		there bool
		code  string
	}{
		{g.Repeating, "loss.unwritten_group_repeats"},
		{ref.Within != "", "loss.unwritten_group_within"},
		{ref.Hidden != "", "loss.unwritten_group_condition"},
		{len(g.Codings) > 0 || g.Access != nil || len(g.Variables) > 0 || g.Hint != nil, "loss.unwritten_group_details"},
	} {
		if d.there {
			wr.lose(place, d.code)
		}
	}
	section := wr.text(place, g.Description)
	for _, ir := range odm.Ordered(g.Items) {
		it := wr.x.Item(ir.OID)
		if it == nil || it.OID == form+"_complete" { // which REDCap adds to every form
			continue
		}
		if f := wr.field(ir, it); f != nil {
			f["form"], f["section"] = form, section
			section = ""
			row := make([]string, written)
			for i := range row {
				row[i] = f[columns[i].key]
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// text is the one language that a dictionary has room for: the one without a name, or English.
func (wr *writer) text(place string, t odm.Text) string {
	if len(t) > 1 {
		wr.lose(place, "loss.unwritten_languages")
	}
	if s := t[""]; s != "" {
		return s
	}
	return t.In("en")
}

// field says an item by the keys of the columns; nil if it has been said.
func (wr *writer) field(ref odm.Ref, it *odm.Item) field {
	place := "ItemDef[" + it.OID + "]"
	name := variable(it.OID)
	if base := attr(it.Extra, "Variable"); base != "" && attr(it.Extra, "FieldType") == "checkbox" {
		name = base // an option of a checkbox: the first stands for all
		if wr.seen[name] {
			return nil
		}
	}
	if wr.seen[name] {
		wr.lose(place, "loss.unwritten_again")
		return nil
	}
	if wr.seen[name] = true; name != it.OID && attr(it.Extra, "Variable") == "" {
		wr.lose(place, "loss.written_name", name)
	}
	f := field{"variable": name, "type": fieldType(it, ref), "label": wr.text(place, it.Question), "note": wr.text(place, it.Hint),
		"validation": validation(it), "number": it.Prefix}
	if f["label"] == "" && it.Question == nil && it.Name != it.OID {
		f["label"] = it.Name
	}
	if it.Extra != nil {
		for _, key := range [...]string{"identifier", "ranking", "annotation", "min", "max"} {
			f[key] = it.Extra.Kept[kept+titleOf(key)]
		}
	}
	wr.typed(place, ref, it, f)
	if ref.Mandatory {
		f["required"] = "y"
	}
	if it.Identifying {
		f["identifier"] = "y"
	}
	if it.Layout != nil {
		f["alignment"], f["matrix"] = it.Layout.Align, it.Layout.Matrix
	}
	f["branching"] = wr.branching(ref.Hidden)
	wr.bounds(place, it, f)
	wr.tags(it, f)
	wr.beyond(place, ref, it)
	return f
}

// typed writes the type with what it needs: choices, a calculation, labels.
func (wr *writer) typed(place string, ref odm.Ref, it *odm.Item, f field) {
	list := wr.x.CodeList(it.CodeList)
	if it.Extra != nil && it.Extra.Kept[kept+titleOf("choices")] != "" {
		f["choices"] = it.Extra.Kept[kept+titleOf("choices")]
	}
	if attr(it.Extra, "FieldType") == "checkbox" && list != nil {
		f["type"], f["choices"] = "checkbox", attr(list.Extra, "CheckboxChoices")
		return
	}
	switch f["type"] {
	case "text", "notes", "radio", "dropdown", "select", "checkbox", "yesno", "truefalse", "calc", "slider", "file", "descriptive", "sql":
	default:
		if _, is := dataTypes[f["type"]]; !is {
			wr.lose(place, "loss.written_type")
		}
		f["type"] = "text"
	}
	switch f["type"] {
	case "radio", "dropdown", "select", "checkbox":
		f["choices"] = wr.choices(place, list)
		if f["choices"] == "" {
			f["type"] = "text"
		}
	case "calc":
		if f["choices"] = wr.calculation(ref.Method); f["choices"] == "" && ref.Method != "" {
			f["type"], f["validation"] = "text", validation(&odm.Item{DataType: it.DataType})
		}
	}
}

func (wr *writer) choices(place string, l *odm.CodeList) string {
	if l == nil {
		return ""
	}
	if l.External != nil {
		wr.lose(place, "loss.written_dictionary")
		return ""
	}
	parts := make([]string, len(l.Items))
	for i, c := range l.Items {
		where := "CodeList[" + l.OID + "]/CodeListItem[" + c.Code + "]"
		label := wr.text(where, c.Decode)
		if strings.ContainsAny(label, "|\n") || strings.ContainsAny(c.Code, "|,\n") {
			wr.lose(where, "loss.written_choice")
			label = strings.NewReplacer("|", "/", "\n", " ").Replace(label)
		}
		if c.Weight != "" || len(c.Codings) > 0 {
			wr.lose(where, "loss.unwritten_weight")
		}
		parts[i] = strings.NewReplacer("|", "/", ",", "_", "\n", " ").Replace(c.Code) + ", " + label
	}
	return strings.Join(parts, " | ")
}

func (wr *writer) calculation(oid string) string {
	m := wr.x.Method(oid)
	if m == nil {
		return ""
	}
	return wr.code("MethodDef["+oid+"]", m.Expressions, Context)
}

func (wr *writer) branching(oid string) string {
	c := wr.x.Condition(oid)
	if c == nil {
		return ""
	}
	return wr.code("ConditionDef["+oid+"]", c.Expressions, Branching)
}

func (wr *writer) code(place string, expressions []odm.Expression, context string) string {
	for _, e := range expressions {
		if strings.EqualFold(e.Context, context) {
			return e.Code
		}
	}
	wr.lose(place, "loss.unwritten_rule")
	return ""
}

// bounds writes the first bound of each kind.
func (wr *writer) bounds(place string, it *odm.Item, f field) {
	for _, c := range it.Checks {
		key, value := "", ""
		switch {
		case c.Comparator == "GE" && len(c.Values) == 1:
			key, value = "min", c.Values[0]
		case c.Comparator == "LE" && len(c.Values) == 1:
			key, value = "max", c.Values[0]
		case len(c.Expressions) == 1 && c.Expressions[0].Context == Context:
			key, value = boundOf(it.OID, c.Expressions[0].Code)
		}
		switch {
		case key == "" || f[key] != "":
			wr.lose(place, "loss.unwritten_bound")
			continue
		case c.Hard:
			wr.lose(place, "loss.written_soft")
		}
		f[key] = value
	}
}

// boundOf takes apart what the reader has made of a bound.
func boundOf(oid, code string) (key, value string) {
	for _, b := range [...]struct{ key, sign string }{{"min", " >= "}, {"max", " <= "}} {
		if rest, ok := strings.CutPrefix(code, "["+oid+"]"+b.sign); ok {
			return b.key, strings.Trim(rest, `"`)
		}
	}
	return "", ""
}

// tags writes as action tags what an annotation has not said already.
func (wr *writer) tags(it *odm.Item, f field) {
	var tags []string
	if f["annotation"] == "" {
		if it.Layout != nil && it.Layout.Hidden {
			tags = append(tags, "@HIDDEN")
		}
		if it.ReadOnly && f["type"] != "calc" {
			tags = append(tags, "@READONLY")
		}
		if len(it.Initial) == 1 && !strings.ContainsAny(it.Initial[0], `"[`) {
			tags = append(tags, `@DEFAULT="`+it.Initial[0]+`"`)
		}
		f["annotation"] = strings.Join(tags, " ")
	}
}

// beyond tells what of an item a dictionary does not say.
func (wr *writer) beyond(place string, ref odm.Ref, it *odm.Item) {
	foreign := false
	if it.Extra != nil {
		for key := range it.Extra.Kept {
			foreign = foreign || !strings.HasPrefix(key, kept)
		}
	}
	for _, d := range [...]struct {
		there bool
		code  string
	}{
		{len(it.Units) > 0, "loss.unwritten_units"},
		{it.Description != nil, "loss.unwritten_description"},
		{it.Placeholder != nil, "loss.unwritten_placeholder"},
		{it.Open, "loss.unwritten_open"},
		{len(it.Codings) > 0, "loss.unwritten_terms"},
		{it.Access != nil, "loss.unwritten_access"},
		{len(it.Variables) > 0, "loss.unwritten_variables"},
		{ref.MandatoryWhen != "", "loss.unwritten_required_when"},
		{ref.Initial != "", "loss.unwritten_initial"},
		{ref.Within != "", "loss.unwritten_within"},
		{it.Multiple && it.CodeList == "", "loss.written_one_answer"},
		{foreign, "loss.unwritten_beyond"},
	} {
		if d.there {
			wr.lose(place, d.code)
		}
	}
}
