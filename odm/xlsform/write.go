package xlsform

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/odm"

	"github.com/xuri/excelize/v2"
)

// Write writes the form called oid, or the first one where oid is empty, as an XLSForm, and returns what an XLSForm
// cannot say of it. What was read from an XLSForm comes back the same.
func Write(w io.Writer, v *odm.Version, oid string) ([]odm.Loss, error) {
	form, err := formOf(v, oid)
	if err != nil {
		return nil, err
	}
	wr := &writer{v: v, x: v.Index(), form: form, lists: map[string]string{}, texts: map[string]bool{}}
	wr.beyondTheForm()
	wr.nameLists()
	wr.survey()
	wr.choices()
	wr.settings()
	return wr.losses, wr.book(w)
}

func formOf(v *odm.Version, oid string) (*odm.Form, error) {
	for i := range v.Forms {
		if oid == "" || v.Forms[i].OID == oid {
			return &v.Forms[i], nil
		}
	}
	return nil, casebook.Fail(casebook.Invalid, "odm.format.form", oid)
}

// writer is a form that is being written: its sheets as rows of cells by the names of their columns.
type writer struct {
	v      *odm.Version
	x      *odm.Index
	form   *odm.Form
	losses []odm.Loss
	lists  map[string]string // the names of the code lists by OID
	texts  map[string]bool   // the lists that are used

	sheets [3][]row // survey, choices, settings
}

type row map[string]string

func (wr *writer) lose(place, code string, args ...any) {
	wr.losses = append(wr.losses, odm.Lost(place, 0, false, code, args...))
}

func (wr *writer) add(sheet int, r row) { wr.sheets[sheet] = append(wr.sheets[sheet], r) }

// beyondTheForm tells what of the version is not this form.
func (wr *writer) beyondTheForm() {
	for i := range wr.v.Events {
		wr.lose("StudyEventDef["+wr.v.Events[i].OID+"]", "loss.unwritten_events")
	}
	for i := range wr.v.Forms {
		if f := &wr.v.Forms[i]; f != wr.form {
			wr.lose("FormDef["+f.OID+"]", "loss.unwritten_form")
		}
	}
}

// put writes a text in all its languages.
func (r row) put(base string, t odm.Text) {
	for lang, s := range t {
		key := base
		if lang != "" {
			key += "::" + nameOf(lang)
		}
		r.set(key, s)
	}
}

func (r row) set(column, value string) {
	if value != "" {
		r[column] = value
	}
}

// kept writes what was kept of a row, but what is no column of its own.
func (r row) kept(x *odm.Extra) {
	if x == nil {
		return
	}
	for key, v := range x.Kept {
		if column, ours := strings.CutPrefix(key, kept); ours && column != "type" && column != "weight" {
			r.set(column, v)
		}
	}
}

// survey writes the questions, group by group.
func (wr *writer) survey() {
	children := map[string][]odm.Ref{}
	for _, ref := range odm.Ordered(wr.form.Groups) {
		children[ref.Within] = append(children[ref.Within], ref)
	}
	for _, ref := range children[""] {
		wr.group(ref, children, wr.x.Group(ref.OID) != nil && ref.OID == wr.form.OID+".root" && ref.Hidden == "", nil)
	}
}

// entry is a question or a group at its place in a group.
type entry struct {
	place int
	item  *odm.Ref
	group *odm.Ref
}

func (wr *writer) group(ref odm.Ref, children map[string][]odm.Ref, bare bool, within *odm.ItemGroup) {
	g := wr.x.Group(ref.OID)
	if g == nil {
		wr.lose("ItemGroupDef["+ref.OID+"]", "loss.missing_group")
		return
	}
	var entries []entry
	items := odm.Ordered(g.Items)
	for i := range items {
		entries = append(entries, entry{place: items[i].Order, item: &items[i]})
	}
	inner := children[ref.OID]
	for i := range inner {
		entries = append(entries, entry{place: cmp.Or(inner[i].Place, len(items)+len(inner)+1<<30), group: &inner[i]})
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.place, b.place) })
	if !bare {
		wr.beginGroup(&ref, g, within)
	}
	for _, e := range entries {
		if e.group != nil {
			wr.group(*e.group, children, false, g)
			continue
		}
		wr.item(e.item, g)
	}
	if !bare {
		wr.add(0, row{"type": "end_" + word(g)})
	}
}

func word(g *odm.ItemGroup) string {
	if g.Repeating {
		return "repeat"
	}
	return "group"
}

func (wr *writer) beginGroup(ref *odm.Ref, g *odm.ItemGroup, within *odm.ItemGroup) {
	place := "ItemGroupDef[" + g.OID + "]"
	r := row{"type": "begin_" + word(g), "name": wr.name(place, g.OID, g.Name, within)}
	r.put("label", g.Description)
	if g.Description == nil && g.Name != g.OID {
		r.set("label", g.Name)
	}
	r.put("hint", g.Hint)
	r.set("relevant", wr.shown(ref.Hidden))
	r.set("appearance", appearance(g.Layout))
	switch {
	case g.Count != "":
		r.set("repeat_count", wr.computation(g.Count))
	case g.Occurs.Min > 0 && g.Occurs.Min == g.Occurs.Max:
		r.set("repeat_count", strconv.Itoa(g.Occurs.Max))
	case g.Occurs != odm.Occurs{}:
		wr.lose(place, "loss.unwritten_bounds")
	}
	r.kept(g.Extra)
	wr.beyond(place, len(g.Codings) > 0, g.Access, g.Variables, g.Extra)
	wr.add(0, r)
}

// beyond tells what an XLSForm has no word for.
func (wr *writer) beyond(place string, codings bool, access *odm.Access, variables []odm.Variable, x *odm.Extra) {
	if codings {
		wr.lose(place, "loss.unwritten_terms")
	}
	if access != nil {
		wr.lose(place, "loss.unwritten_access")
	}
	if len(variables) > 0 {
		wr.lose(place, "loss.unwritten_variables")
	}
	if x != nil && (len(x.Attrs) > 0 || len(x.Elements) > 0 || len(x.Within) > 0 || foreign(x.Kept)) {
		wr.lose(place, "loss.unwritten_beyond")
	}
}

func foreign(all map[string]string) bool {
	for key := range all {
		if !strings.HasPrefix(key, kept) {
			return true
		}
	}
	return false
}

var notInNames = regexp.MustCompile(`[^\pL\pN_.-]`)

// name is the name of a question or group: the one that it was read with, or its OID.
func (wr *writer) name(place, oid, name string, within *odm.ItemGroup) string {
	behind := ""
	if within != nil {
		behind = within.Name + "."
	} else {
		behind = wr.form.Name + "."
	}
	if rest, ok := strings.CutPrefix(oid, behind+name); oid == name || ok && (rest == "" || rest[0] == '.') {
		return name
	}
	safe := notInNames.ReplaceAllString(oid, "_")
	if safe != "" && (safe[0] >= '0' && safe[0] <= '9' || safe[0] == '-' || safe[0] == '.') {
		safe = "_" + safe
	}
	if safe != oid {
		wr.lose(place, "loss.written_name", safe)
	}
	return safe
}

// shown returns the expression that shows what a condition hides.
func (wr *writer) shown(condition string) string {
	c := wr.x.Condition(condition)
	if c == nil {
		return ""
	}
	for _, e := range c.Expressions {
		if strings.EqualFold(e.Context, Relevant) {
			return e.Code
		}
	}
	for _, e := range c.Expressions {
		if ours(e) {
			return "not(" + e.Code + ")"
		}
	}
	wr.lose("ConditionDef["+c.OID+"]", "loss.unwritten_rule")
	return ""
}

func ours(e odm.Expression) bool { return strings.EqualFold(e.Context, Context) }

func (wr *writer) computation(method string) string {
	m := wr.x.Method(method)
	if m == nil {
		return ""
	}
	for _, e := range m.Expressions {
		if ours(e) {
			return e.Code
		}
	}
	wr.lose("MethodDef["+m.OID+"]", "loss.unwritten_rule")
	return ""
}

func appearance(l *odm.Layout) string {
	switch {
	case l == nil:
		return ""
	case l.Appearance != "":
		return l.Appearance
	}
	return map[string]string{"dropdown": "minimal", "autocomplete": "autocomplete", "textarea": "multiline",
		"signature": "signature", "page": "field-list", "table": "table-list"}[l.Control]
}

// choices writes the code lists that the form uses, and those that nothing uses.
func (wr *writer) choices() {
	used := map[string]bool{}
	for i := range wr.v.Items {
		used[wr.v.Items[i].CodeList] = true
	}
	for i := range wr.v.CodeLists {
		l := &wr.v.CodeLists[i]
		if used[l.OID] && !wr.texts[l.OID] {
			continue // of another form
		}
		for k := range l.Items {
			wr.choice(l, &l.Items[k])
		}
	}
	if wr.texts[booleanList] {
		wr.add(1, row{"list_name": booleanList, "name": "1", "label::" + nameOf("en"): "Yes", "label::" + nameOf("zh-CN"): "是"})
		wr.add(1, row{"list_name": booleanList, "name": "0", "label::" + nameOf("en"): "No", "label::" + nameOf("zh-CN"): "否"})
	}
}

func (wr *writer) choice(l *odm.CodeList, c *odm.CodeItem) {
	place := "CodeList[" + l.OID + "]/CodeListItem[" + c.Code + "]"
	r := row{"list_name": wr.lists[l.OID], "name": c.Code}
	r.put("label", c.Decode)
	if c.Weight != "" {
		column := "weight"
		if c.Extra != nil && c.Extra.Kept[kept+"weight"] != "" {
			column = c.Extra.Kept[kept+"weight"]
		}
		r.set(column, c.Weight)
	}
	r.kept(c.Extra)
	wr.beyond(place, len(c.Codings) > 0, nil, nil, c.Extra)
	if c.Exclusive {
		wr.lose(place, "loss.unwritten_exclusive")
	}
	wr.add(1, r)
}

// nameLists gives each list a name that no other has.
func (wr *writer) nameLists() {
	taken := map[string]bool{}
	for i := range wr.v.CodeLists {
		l := &wr.v.CodeLists[i]
		name := l.Name
		if l.OID != listOID(name) || strings.ContainsAny(name, " \t\r\n") {
			name = notInNames.ReplaceAllString(l.OID, "_")
		}
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", l.OID, n)
		}
		taken[name] = true
		wr.lists[l.OID] = name
	}
}

func (wr *writer) settings() {
	r := row{"form_title": wr.form.Name, "form_id": wr.form.OID, "version": wr.v.OID}
	if wr.form.Extra != nil {
		for key, v := range wr.form.Extra.Kept {
			if setting, ours := strings.CutPrefix(key, kept+"settings:"); ours {
				r.set(setting, v)
			}
		}
	}
	place := "FormDef[" + wr.form.OID + "]"
	wr.beyond(place, len(wr.form.Codings) > 0, wr.form.Access, wr.form.Variables, wr.form.Extra)
	if wr.form.Description != nil || wr.form.Copyright != nil || wr.form.Licence != "" {
		wr.lose(place, "loss.unwritten_form_texts")
	}
	if wr.form.DoubleEntry {
		wr.lose(place, "loss.unwritten_double_entry")
	}
	if wr.form.Repeating {
		wr.lose(place, "loss.unwritten_form_repeats")
	}
	wr.add(2, r)
}

// order is how columns stand in a sheet; what is not named follows by name.
var order = []string{"list_name", "type", "name", "form_title", "form_id", "version", "default_language", "label", "hint", "guidance_hint",
	"required", "relevant", "constraint", "constraint_message", "calculation", "default", "read_only", "appearance",
	"parameters", "choice_filter", "repeat_count", "rows"}

// book writes the workbook.
func (wr *writer) book(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	for i, name := range [...]string{"survey", "choices", "settings"} {
		if i == 0 {
			if err := f.SetSheetName("Sheet1", name); err != nil {
				return fmt.Errorf("xlsform: %w", err)
			}
		} else if _, err := f.NewSheet(name); err != nil {
			return fmt.Errorf("xlsform: %w", err)
		}
		if err := wr.sheet(f, name, wr.sheets[i]); err != nil {
			return fmt.Errorf("xlsform: %w", err)
		}
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("xlsform: %w", err)
	}
	return nil
}

func (wr *writer) sheet(f *excelize.File, name string, rows []row) error {
	columns := columnsOf(name, rows)
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = c
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	for n, r := range rows {
		for i, c := range columns {
			cells[i] = wr.cell(name, n+2, r, c)
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// cell returns the text of a cell, or nothing; a text longer than a cell holds is cut, and told.
func (wr *writer) cell(sheet string, n int, r row, column string) any {
	v, ok := r[column]
	if !ok {
		return nil
	}
	if runes := []rune(v); len(runes) > excelize.TotalCellChars {
		wr.lose(fmt.Sprintf("%s, row %d, column %s", sheet, n, column), "loss.cell_cut")
		return string(runes[:excelize.TotalCellChars])
	}
	return v
}

func columnsOf(sheet string, rows []row) []string {
	all := map[string]bool{}
	for _, need := range map[string][]string{"survey": {"type", "name", "label"}, "choices": {"list_name", "name", "label"}}[sheet] {
		all[need] = true
	}
	for _, r := range rows {
		for c := range r {
			all[c] = true
		}
	}
	rank := func(c string) int {
		base, _, _ := strings.Cut(c, "::")
		if i := slices.Index(order, base); i >= 0 {
			return i
		}
		return len(order)
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
}
