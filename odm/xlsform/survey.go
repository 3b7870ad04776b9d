package xlsform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/odm"
	"casebook/odm/grid"
)

const maxGroups = 64 // within each other

// begin opens the form itself, once the settings are read.
func (rd *reader) begin() {
	id := rd.settings["form_id"]
	if id == "" {
		id = rd.settings["form_title"]
	}
	if id == "" {
		id = "form"
	}
	rd.form = odm.Form{OID: id, Name: rd.settings["form_title"], Groups: []odm.Ref{}}
	if rd.form.Name == "" {
		rd.form.Name = id
	}
	for key, v := range rd.settings {
		if !hasField[key] {
			keepAs(&rd.form.Extra, "settings:"+key, v)
		}
	}
	root := &frame{def: odm.ItemGroup{OID: id + ".root", Name: rd.form.Name, Items: []odm.Ref{}}, next: 1}
	rd.open, rd.groups = []*frame{root}, []*frame{root}
}

// question reads a row of the survey.
func (rd *reader) question(r *grid.Row) error {
	at := rd.column("type")
	written := strings.TrimSpace(r.Cell(at))
	if written == "" {
		rd.losses.Add(r, at, false, "loss.row_typeless")
		return nil
	}
	word := spelled(written)
	begin, what, _ := strings.Cut(word, "_")
	switch {
	case begin == "begin" && (what == "group" || what == "repeat"):
		return rd.beginGroup(r, what)
	case begin == "end" && (what == "group" || what == "repeat"):
		return rd.endGroup(r, what)
	}
	return rd.item(r, written, word)
}

// name returns the name of a question or group, which a note need not have.
func (rd *reader) name(r *grid.Row, kind string) (string, error) {
	if name := rd.cell(r, "name"); name != "" {
		return name, nil
	}
	if kind == "note" {
		return fmt.Sprintf("generated_note_name_%d", r.Number), nil
	}
	return "", r.Fail(rd.column("name"), "odm.grid.name")
}

// oid gives a question or group an OID that no other has: its name, behind its group's where a second has the name.
func (rd *reader) oid(r *grid.Row, name string) string {
	inside := rd.open[len(rd.open)-1]
	oid := name
	if rd.oids[oid] {
		oid = inside.def.Name + "." + name
	}
	for n := 2; rd.oids[oid]; n++ {
		oid = inside.def.Name + "." + name + "." + strconv.Itoa(n)
	}
	if oid != name {
		rd.losses.Add(r, rd.column("name"), true, "loss.name_taken", grid.Short(name), grid.Short(oid))
	}
	rd.oids[oid] = true
	return oid
}

func (rd *reader) beginGroup(r *grid.Row, what string) error {
	name, err := rd.name(r, what)
	if err != nil {
		return err
	}
	if len(rd.open) > maxGroups {
		return r.Fail(rd.column("type"), "odm.too_deep", maxGroups)
	}
	inside := rd.open[len(rd.open)-1]
	g := &frame{def: odm.ItemGroup{OID: rd.oid(r, name), Name: name, Items: []odm.Ref{}}, within: inside, begin: what,
		place: r.Place(rd.column("type")), next: 1}
	g.def.Description, g.def.Hint = rd.text(r, "label"), rd.text(r, "hint")
	g.def.Repeating = what == "repeat"
	g.def.Layout = groupLayout(rd.cell(r, "appearance"))
	g.ref = odm.Ref{OID: g.def.OID, Hidden: rd.relevant(r, g.def.OID), Place: inside.next}
	inside.next++
	rd.repeats(r, g)
	rd.keep(r, &g.def.Extra, func(base string) bool {
		return slices.Contains([]string{"type", "name", "label", "hint", "relevant", "appearance", "repeat_count"}, base)
	})
	rd.open, rd.groups = append(rd.open, g), append(rd.groups, g)
	return nil
}

// repeats reads how often a group repeats: a number that is written out, or an expression.
func (rd *reader) repeats(r *grid.Row, g *frame) {
	count := rd.cell(r, "repeat_count")
	if count == "" {
		return
	}
	if g.begin != "repeat" {
		keepAs(&g.def.Extra, "repeat_count", count)
		rd.losses.Add(r, rd.column("repeat_count"), true, "loss.repeat_count")
		return
	}
	if n, err := strconv.Atoi(count); err == nil && n > 0 {
		g.def.Occurs = odm.Occurs{Min: n, Max: n}
		return
	}
	g.def.Count = rd.method(r, "repeat_count", g.def.OID, count)
}

func groupLayout(appearance string) *odm.Layout {
	if appearance == "" {
		return nil
	}
	l := &odm.Layout{Appearance: appearance}
	for _, word := range strings.Fields(appearance) {
		switch word {
		case "field-list":
			l.Control = "page"
		case "table-list":
			l.Control = "table"
		}
	}
	return l
}

func (rd *reader) endGroup(r *grid.Row, what string) error {
	inside := rd.open[len(rd.open)-1]
	switch {
	case inside.within == nil:
		return r.Fail(rd.column("type"), "odm.grid.end", what)
	case inside.begin != what:
		return r.Fail(rd.column("type"), "odm.grid.crossed", what, inside.begin, inside.place)
	}
	rd.open = rd.open[:len(rd.open)-1]
	return nil
}

// relevant makes the condition that hides what is not relevant, and returns its OID, "" if there is none.
func (rd *reader) relevant(r *grid.Row, oid string) string {
	code := rd.cell(r, "relevant")
	if code == "" {
		return ""
	}
	return rd.condition(r, "relevant", oid, Relevant, truth(code))
}

// truth is what the words for true and false mean where an expression is asked for.
func truth(code string) string {
	switch strings.ToLower(code) {
	case "yes", "true":
		return "true()"
	case "no", "false":
		return "false()"
	}
	return code
}

func (rd *reader) condition(r *grid.Row, column, oid, context, code string) string {
	rd.rules++
	c := odm.Condition{OID: column + "." + oid, Name: column + " of " + oid,
		Expressions: []odm.Expression{{Context: context, Code: code, Line: r.Line}}}
	rd.conditions = append(rd.conditions, c)
	return c.OID
}

func (rd *reader) method(r *grid.Row, column, oid, code string) string {
	rd.rules++
	m := odm.Method{OID: column + "." + oid, Name: column + " of " + oid, Type: "Computation",
		Expressions: []odm.Expression{{Context: Context, Code: code, Line: r.Line}}}
	rd.methods = append(rd.methods, m)
	return m.OID
}

// finish puts the study together.
func (rd *reader) finish() (*odm.Study, error) {
	if len(rd.open) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "odm.grid.empty").At("survey!A1")
	}
	if last := rd.open[len(rd.open)-1]; last.within != nil {
		return nil, casebook.Fail(casebook.Invalid, "odm.grid.unclosed", last.begin, grid.Short(last.def.Name)).At(last.place)
	}
	v := &odm.Version{OID: rd.settings["version"], Name: rd.settings["version"], EventRefs: []odm.Ref{}, Events: []odm.Event{},
		Groups: []odm.ItemGroup{}, Items: rd.items, Conditions: rd.conditions, Methods: rd.methods}
	if v.OID == "" {
		v.OID, v.Name = "1", "1"
	}
	if v.Items == nil {
		v.Items = []odm.Item{}
	}
	root := rd.groups[0]
	for _, g := range rd.groups {
		if g == root && len(root.def.Items) == 0 {
			continue // all questions are in groups
		}
		switch {
		case g.within == nil || g.within == root && len(root.def.Items) == 0:
			g.ref.Place = 0
		default:
			g.ref.Within = g.within.def.OID
		}
		g.ref.OID, g.ref.Order = g.def.OID, len(rd.form.Groups)+1
		rd.form.Groups = append(rd.form.Groups, g.ref)
		v.Groups = append(v.Groups, g.def)
	}
	for _, l := range rd.inOrder {
		v.CodeLists = append(v.CodeLists, l.CodeList)
	}
	if lang := rd.settings["default_language"]; lang != "" {
		keepAs(&rd.form.Extra, "settings:default_language", lang)
	}
	v.Forms = []odm.Form{rd.form}
	return &odm.Study{OID: rd.form.OID, Name: rd.form.Name, Versions: []*odm.Version{v}}, nil
}
