package xlsform

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
	"casebook/odm/grid"
)

// itemColumns are the columns of a question that have a field of their own.
var itemColumns = []string{"type", "name", "label", "hint", "guidance_hint", "required", "relevant", "constraint",
	"constraint_message", "calculation", "default", "read_only", "appearance", "parameters", "rows"}

// item reads a question.
func (rd *reader) item(r *grid.Row, written, word string) error {
	name, err := rd.name(r, word)
	if err != nil {
		return err
	}
	it := odm.Item{Name: name, DataType: "text", Question: rd.text(r, "label"), Hint: rd.text(r, "hint"),
		Description: rd.text(r, "guidance_hint")}
	it.OID = rd.oid(r, name)
	inside := rd.open[len(rd.open)-1]
	ref := odm.Ref{OID: it.OID, Order: inside.next, Hidden: rd.relevant(r, it.OID)}
	inside.next++
	it.Layout = itemLayout(rd.cell(r, "appearance"), rd.cell(r, "rows"))
	rd.typed(r, &it, written, word)
	rd.parameters(r, &it, word)
	rd.required(r, &it, &ref)
	rd.constraint(r, &it)
	rd.values(r, &it, &ref)
	rd.keep(r, &it.Extra, func(base string) bool { return slices.Contains(itemColumns, base) })
	if spelled(typeOf(&it, rd.listNames)) != word {
		keepAs(&it.Extra, "type", typeText(written, word))
	}
	inside.def.Items = append(inside.def.Items, ref)
	rd.items = append(rd.items, it)
	return nil
}

// typeText is a type as we write it again: as it was, but for the spelling of its words.
func typeText(written, word string) string {
	if _, known := kinds[word]; known {
		return word
	}
	return written
}

func itemLayout(appearance, rows string) *odm.Layout {
	n, _ := strconv.Atoi(rows)
	if appearance == "" && n == 0 {
		return nil
	}
	l := &odm.Layout{Appearance: appearance, Rows: n, Control: control(appearance)}
	for _, word := range strings.Fields(appearance) {
		if n, ok := strings.CutPrefix(word, "columns-"); ok {
			l.Columns, _ = strconv.Atoi(n)
		}
	}
	return l
}

// layout returns the layout of an item, for a change.
func layout(it *odm.Item) *odm.Layout {
	if it.Layout == nil {
		it.Layout = &odm.Layout{}
	}
	return it.Layout
}

// typed reads the type of a question.
func (rd *reader) typed(r *grid.Row, it *odm.Item, written, word string) {
	at := rd.column("type")
	if k, known := kinds[word]; known {
		it.DataType, it.Note = k.data, k.note
		if k.control != "" && (it.Layout == nil || it.Layout.Control == "") {
			layout(it).Control = k.control
		}
		if k.hidden {
			layout(it).Hidden = true
		}
		if k.why != "" {
			rd.losses.Note(r, at, true, k.why)
		}
		return
	}
	for _, c := range choiceTypes {
		name, ok := cutWords(written, word, c.words)
		if !ok {
			continue
		}
		if plain, open := strings.CutSuffix(strings.TrimSpace(name), "or_other"); open {
			it.Open, name = true, plain
		} else if plain, open := strings.CutSuffix(strings.TrimSpace(name), "or other"); open {
			it.Open, name = true, plain
		}
		rd.choices(r, it, strings.TrimSpace(name), c.file)
		it.Multiple = c.multiple
		if c.words == "rank" {
			rd.losses.Note(r, at, true, "loss.rank")
		}
		return
	}
	rd.losses.Add(r, at, true, "loss.type_unknown", grid.Short(written))
}

// cutWords returns what stands behind the words of a type, which may be joined by blanks instead of underscores.
func cutWords(written, word, words string) (string, bool) {
	if !strings.HasPrefix(word, words+"_") || len(written) != len(word) {
		return "", false
	}
	// A list may be called from_file: only blanks end the words.
	if rest := written[len(words):]; rest[0] == ' ' || rest[0] == '\t' {
		return rest, true
	}
	return "", false
}

// choices ties a question to its list. One that stands in a file, or nowhere, is named and not carried over.
func (rd *reader) choices(r *grid.Row, it *odm.Item, name string, file bool) {
	at := rd.column("type")
	l, known := rd.lists[name]
	if !known {
		l = rd.listNamed(name)
		code := "loss.no_list"
		if file || strings.Contains(name, "${") {
			code = "loss.choices_file"
		}
		l.External = &odm.External{Ref: name}
		rd.losses.Add(r, at, true, code, grid.Short(name))
	}
	it.CodeList = l.OID
}

// parameters reads the bounds of a range; everything else is kept.
func (rd *reader) parameters(r *grid.Row, it *odm.Item, word string) {
	text := rd.cell(r, "parameters")
	if word == "range" {
		rd.bounds(r, it, text)
	}
	if text == "" {
		return
	}
	keepAs(&it.Extra, "parameters", text)
	if word != "range" {
		rd.losses.Note(r, rd.column("parameters"), true, "loss.parameters")
	}
}

// bounds are those of a range: from 1 to 10 in steps of 1, unless it says otherwise.
func (rd *reader) bounds(r *grid.Row, it *odm.Item, text string) {
	p := map[string]string{"start": "1", "end": "10", "step": "1"}
	for _, field := range strings.FieldsFunc(text, func(c rune) bool { return c == ';' || c == ',' || c == ' ' }) {
		if k, v, ok := strings.Cut(field, "="); ok {
			p[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
		}
	}
	for _, k := range [...]string{"start", "end", "step"} {
		if _, err := strconv.ParseFloat(p[k], 64); err != nil {
			rd.losses.Add(r, rd.column("parameters"), true, "loss.range_bound", k)
			return
		}
	}
	if strings.ContainsAny(p["start"]+p["end"]+p["step"], ".") {
		it.DataType = "float"
	}
	low, high := p["start"], p["end"]
	if a, _ := strconv.ParseFloat(low, 64); a > number(high) {
		low, high = high, low
	}
	it.Checks = append(it.Checks, odm.RangeCheck{Comparator: "GE", Values: []string{low}, Hard: true, Line: r.Line},
		odm.RangeCheck{Comparator: "LE", Values: []string{high}, Hard: true, Line: r.Line})
	if p["step"] != "1" {
		rd.losses.Note(r, rd.column("parameters"), true, "loss.range_step")
	}
}

func number(s string) float64 { n, _ := strconv.ParseFloat(s, 64); return n }

func (rd *reader) required(r *grid.Row, it *odm.Item, ref *odm.Ref) {
	switch code := rd.cell(r, "required"); strings.ToLower(code) {
	case "yes", "true", "true()", "1":
		ref.Mandatory = true
	case "", "no", "false", "false()", "0":
	default:
		ref.MandatoryWhen = rd.condition(r, "required", it.OID, Context, code)
	}
}

// constraint reads what must hold, with its message in all languages.
func (rd *reader) constraint(r *grid.Row, it *odm.Item) {
	message := rd.text(r, "constraint_message")
	code := rd.cell(r, "constraint")
	switch {
	case code != "":
		rd.rules++
		it.Checks = append(it.Checks, odm.RangeCheck{Hard: true, Message: message, Line: r.Line,
			Expressions: []odm.Expression{{Context: Context, Code: truth(code), Line: r.Line}}})
	case message != nil:
		for i, c := range rd.columns {
			if c.base == "constraint_message" && r.Cell(i) != "" {
				keepAs(&it.Extra, c.key(), r.Cell(i))
				rd.losses.Add(r, i, true, "loss.message_alone")
			}
		}
	}
}

// computed recognises a default that is an expression.
var computed = regexp.MustCompile(`\$\{|^[a-z][a-z-]*\(`)

// values reads where the value comes from: a calculation, a default, and whether it may be typed.
func (rd *reader) values(r *grid.Row, it *odm.Item, ref *odm.Ref) {
	if code := rd.cell(r, "calculation"); code != "" {
		ref.Method = rd.method(r, "calculation", it.OID, truth(code))
	}
	switch v := r.Cell(rd.column("default")); {
	case v == "":
	case computed.MatchString(v):
		ref.Initial = rd.method(r, "default", it.OID, v)
	case it.Multiple:
		it.Initial = strings.Fields(v)
	default:
		it.Initial = []string{v}
	}
	switch code := rd.cell(r, "read_only"); strings.ToLower(code) {
	case "yes", "true", "true()", "1":
		it.ReadOnly = true
	case "", "no", "false", "false()", "0":
	default:
		keepAs(&it.Extra, "read_only", code)
		rd.losses.Add(r, rd.column("read_only"), true, "loss.read_only")
	}
}
