// Package redcap reads and writes REDCap's data dictionary (CSV) and reads its project XML, which is ODM-XML 1.3.1 with
// attributes of its own. It refuses to evaluate REDCap's logic: it stays as it is written, in the contexts "REDCap" and
// "REDCap:branching", and package check/formal makes rules of it.
package redcap

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"
	"casebook/odm/grid"
)

// Format is what a Report of a data dictionary is about; Project of a project XML.
const (
	Format  = "redcap-csv"
	Project = "redcap-xml"
)

// The contexts of expressions (docs/format/redcap.md): what is computed or must hold, and when a field is shown.
const (
	Context   = "REDCap"
	Branching = "REDCap:branching"
)

// kept is before the names of Extra.Kept that are this format's: what follows is the name of a column.
const kept = "redcap:"

// columns are those of a data dictionary: what we call them, as REDCap writes them, and other names. The last ones are
// those of ISARIC's library, whose files have the same shape.
var columns = []struct {
	key   string
	names []string
}{
	{"variable", []string{"Variable / Field Name", "Variable", "field_name"}},
	{"form", []string{"Form Name", "Form", "form_name"}},
	{"section", []string{"Section Header", "Section", "section_header"}},
	{"type", []string{"Field Type", "Type", "field_type"}},
	{"label", []string{"Field Label", "Question", "field_label"}},
	{"choices", []string{"Choices, Calculations, OR Slider Labels", "Choices OR Calculations", "Answer Options", "select_choices_or_calculations"}},
	{"note", []string{"Field Note", "field_note"}},
	{"validation", []string{"Text Validation Type OR Show Slider Number", "Validation", "text_validation_type_or_show_slider_number"}},
	{"min", []string{"Text Validation Min", "Minimum", "text_validation_min"}},
	{"max", []string{"Text Validation Max", "Maximum", "text_validation_max"}},
	{"identifier", []string{"Identifier?", "Identifier"}},
	{"branching", []string{"Branching Logic (Show field only if...)", "Skip Logic", "branching_logic"}},
	{"required", []string{"Required Field?", "required_field"}},
	{"alignment", []string{"Custom Alignment", "custom_alignment"}},
	{"number", []string{"Question Number (surveys only)", "question_number"}},
	{"matrix", []string{"Matrix Group Name", "matrix_group_name"}},
	{"ranking", []string{"Matrix Ranking?", "matrix_ranking"}},
	{"annotation", []string{"Field Annotation", "field_annotation"}},
	{"list", []string{"List"}},
	{"definition", []string{"Definition"}},
	{"guideline", []string{"Completion Guideline"}},
}

const written = 18 // of the columns are REDCap's own

// keyOf returns what a column is, "" for one that is not known, and whether its name is written in another case.
func keyOf(name string) (key string, respelled bool) {
	for _, c := range columns {
		for _, n := range c.names {
			if strings.EqualFold(n, name) {
				return c.key, n != name
			}
		}
	}
	return "", false
}

// titleOf returns the name of a column as REDCap writes it.
func titleOf(key string) string {
	for _, c := range columns {
		if c.key == key {
			return c.names[0]
		}
	}
	return key
}

// Sniff reports whether a file is a data dictionary: its first line names a variable, its form and its type.
func Sniff(_ string, head []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimPrefix(head, []byte("\ufeff")), []byte("\n"))
	found := map[string]bool{}
	for name := range strings.FieldsFuncSeq(string(line), func(c rune) bool { return strings.ContainsRune(",;\t\"\r", c) }) {
		key, _ := keyOf(strings.TrimSpace(name))
		found[key] = true
	}
	return found["variable"] && found["form"] && found["type"]
}

// SniffProject reports whether a file is a project XML: ODM that names REDCap's namespace.
func SniffProject(_ string, head []byte) bool {
	return bytes.Contains(head, []byte("<ODM")) && bytes.Contains(head, []byte(Namespace))
}

// Read reads a data dictionary as a study without events, and reports what it could not carry over by row and column.
// What cannot be read without guessing is refused with a *casebook.Error of kind Invalid whose Place says where.
func Read(r io.Reader) (*odm.Study, *odm.Report, error) {
	rd := &reader{version: &odm.Version{OID: "1", Name: "1", EventRefs: []odm.Ref{}, Events: []odm.Event{}, Forms: []odm.Form{},
		Groups: []odm.ItemGroup{}, Items: []odm.Item{}}, forms: map[string]int{}, seen: map[string]bool{}}
	if err := grid.ReadCSV(r, rd.head, rd.row); err != nil {
		return nil, nil, err
	}
	study := &odm.Study{OID: "REDCap", Name: "REDCap", Versions: []*odm.Version{rd.version}}
	report := &odm.Report{Format: Format, Inventory: rd.version.Inventory(), Losses: rd.losses.List()}
	report.Inventory.RulesKept = rules(rd.version)
	return study, report, nil
}

// rules counts the expressions of a version.
func rules(v *odm.Version) (n int) {
	for _, it := range v.Items {
		for _, c := range it.Checks {
			n += len(c.Expressions)
		}
	}
	return n + len(v.Conditions) + len(v.Methods)
}

// reader is a data dictionary that is being read.
type reader struct {
	losses  grid.Losses
	at      map[string]int // where a column stands, by key
	others  []int          // columns that are not known
	titles  []string
	always  bool // the section stands in every row, not only in its first
	version *odm.Version
	forms   map[string]int  // where a form stands, by name
	seen    map[string]bool // variables
	form    string          // the row before was of this form
	section string          // and of this section
}

func (rd *reader) head(h *grid.Head) error {
	rd.at, rd.titles = map[string]int{}, h.Columns
	for i, name := range h.Columns {
		key, respelled := keyOf(name)
		_, twice := rd.at[key]
		switch {
		case key == "" && name != "":
			rd.others = append(rd.others, i)
		case key == "":
		case twice:
			rd.losses.AddAt(h.HeadPlace(i), false, "loss.second_column", grid.Short(name))
		default:
			rd.at[key] = i
			if respelled {
				rd.losses.AddAt(h.HeadPlace(i), true, "loss.column_as", grid.Short(name), titleOf(key))
			}
		}
	}
	for _, need := range [...]string{"variable", "form", "type", "label"} {
		if _, there := rd.at[need]; !there {
			return casebook.Fail(casebook.Invalid, "odm.grid.column", titleOf(need)).At("line 1")
		}
	}
	rd.always = slices.Contains(h.Columns, "Answer Options")
	return nil
}

// column returns where a column stands, -1 if it is not there.
func (rd *reader) column(key string) int {
	if i, there := rd.at[key]; there {
		return i
	}
	return -1
}

// row reads a field.
func (rd *reader) row(r *grid.Row) error {
	f := field{}
	for key, i := range rd.at {
		if v := strings.TrimSpace(r.Cell(i)); v != "" {
			f[key] = v
		}
	}
	switch {
	case f["variable"] == "":
		return r.Fail(rd.column("variable"), "odm.grid.name")
	case f["form"] == "":
		rd.losses.Add(r, rd.column("form"), true, "loss.formless")
		if f["form"] = rd.form; rd.form == "" {
			return r.Fail(rd.column("form"), "odm.grid.name")
		}
	case rd.seen[f["variable"]]:
		rd.losses.Add(r, rd.column("variable"), false, "loss.variable_twice", grid.Short(f["variable"]))
		return nil
	}
	for i := range r.Cells {
		if i >= len(rd.titles) && strings.TrimSpace(r.Cells[i]) != "" {
			rd.losses.Note(r, i, false, "loss.cell_behind")
		}
	}
	rd.seen[f["variable"]] = true
	m := &maker{v: rd.version, field: f, line: r.Line, lose: func(key string, kept bool, code string, args ...any) {
		rd.losses.Note(r, rd.column(key), kept, code, args...)
	}}
	it, ref := m.item()
	for _, i := range rd.others {
		if v := r.Cell(i); strings.TrimSpace(v) != "" {
			keep(&it.Extra, rd.titles[i], v)
			rd.losses.Note(r, i, true, "loss.column_idle", grid.Short(rd.titles[i]))
		}
	}
	group := rd.group(f)
	ref.Order = len(group.Items) + 1
	group.Items = append(group.Items, ref)
	rd.version.Items = append(rd.version.Items, it)
	return nil
}

// group returns the group that a field stands in: a form's fields between two section headers.
func (rd *reader) group(f field) *odm.ItemGroup {
	v := rd.version
	at, known := rd.forms[f["form"]]
	if !known {
		at = len(v.Forms)
		rd.forms[f["form"]] = at
		v.Forms = append(v.Forms, odm.Form{OID: formOID(f["form"]), Name: f["form"], Groups: []odm.Ref{}})
	}
	begins := f["section"] != "" && !rd.always || rd.always && f["section"] != rd.section
	if form := &v.Forms[at]; !known || begins || rd.form != f["form"] {
		g := odm.ItemGroup{OID: f["form"] + "." + f["variable"], Name: f["form"], Items: []odm.Ref{}}
		if f["section"] != "" {
			g.Name, g.Description = grid.Short(f["section"]), odm.Text{"": f["section"]}
		}
		form.Groups = append(form.Groups, odm.Ref{OID: g.OID, Order: len(form.Groups) + 1})
		v.Groups = append(v.Groups, g)
	}
	rd.form, rd.section = f["form"], f["section"]
	return &v.Groups[len(v.Groups)-1]
}

// formOID is the OID that REDCap's project XML gives a form.
func formOID(name string) string { return "Form." + name }

func keep(extra **odm.Extra, title, value string) {
	if *extra == nil {
		*extra = &odm.Extra{}
	}
	if (*extra).Kept == nil {
		(*extra).Kept = map[string]string{}
	}
	(*extra).Kept[kept+title] = value
}
