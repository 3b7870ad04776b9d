// Package xlsform reads and writes one form as an XLSForm, the .xlsx file from which ODK, KoboToolbox and Survey123 make
// their forms (xlsform.org). It refuses to evaluate expressions: they stay as they are written, in the contexts
// "XLSForm" and "XLSForm:relevant", and package check/formal makes rules of them.
package xlsform

import (
	"io"
	"strings"

	"casebook"
	"casebook/odm"
	"casebook/odm/grid"
)

// Format is what a Report of this package is about.
const Format = "xlsform"

// The contexts of expressions (docs/format/xlsform.md): what must hold or is computed, and when a question is shown.
const (
	Context  = "XLSForm"
	Relevant = "XLSForm:relevant"
)

// kept is before the names of Extra.Kept that are this format's: what follows is the name of a column.
const kept = "xlsform:"

// Read reads an XLSForm as a study of one form, and reports what it could not carry over by sheet and cell. What cannot
// be read without guessing is refused with a *casebook.Error of kind Invalid whose Place is a cell such as "survey!C7".
func Read(r io.Reader) (*odm.Study, *odm.Report, error) {
	book, err := grid.OpenXLSX(r)
	if err != nil {
		return nil, nil, err
	}
	defer book.Close()
	rd := &reader{lists: map[string]*list{}, listNames: map[string]string{}, oids: map[string]bool{}, settings: map[string]string{}}
	sheets := rd.sheets(book.Sheets())
	if sheets["survey"] == "" {
		return nil, nil, casebook.Fail(casebook.Invalid, "odm.grid.sheet", "survey").At("file")
	}
	for _, s := range []struct {
		name string
		head func(*grid.Head) error
		row  func(*grid.Row) error
	}{
		{"settings", rd.head, rd.setting}, {"choices", rd.head, rd.choice}, {"survey", rd.surveyHead, rd.question},
	} {
		if sheets[s.name] == "" {
			continue
		}
		if err := book.Read(sheets[s.name], s.head, s.row); err != nil {
			return nil, nil, err
		}
	}
	study, err := rd.finish()
	if err != nil {
		return nil, nil, err
	}
	report := &odm.Report{Format: Format, Inventory: study.Versions[0].Inventory(), Losses: rd.losses.List()}
	report.Inventory.RulesKept = rd.rules
	return study, report, nil
}

// sheets finds the worksheets that mean something, whatever the case of their names, and reports the others.
func (rd *reader) sheets(names []string) map[string]string {
	found := map[string]string{}
	for _, name := range names {
		known := strings.ToLower(strings.TrimSpace(name))
		switch {
		case known != "survey" && known != "choices" && known != "settings":
			rd.losses.AddAt(grid.Short(name), false, "loss.sheet_unread")
		case found[known] != "":
			rd.losses.AddAt(grid.Short(name), false, "loss.second_sheet")
		default:
			if found[known] = name; name != known {
				rd.losses.AddAt(grid.Short(name), true, "loss.sheet_as", known)
			}
		}
	}
	return found
}

// reader is an XLSForm that is being read.
type reader struct {
	losses   grid.Losses
	columns  []column
	settings map[string]string // by the names of their columns
	lists    map[string]*list
	inOrder  []*list
	oids     map[string]bool // of items and groups
	unnamed  string          // the language of texts that name none

	listNames map[string]string // by OID

	form       odm.Form
	open       []*frame // the groups that are open, the form's own first
	groups     []*frame // in the order in which they are asked
	items      []odm.Item
	conditions []odm.Condition
	methods    []odm.Method
	rules      int
}

// list is a list of choices.
type list struct {
	odm.CodeList
	seen map[string]bool
}

// frame is a group, or what stands outside all groups, which is one too.
type frame struct {
	def    odm.ItemGroup
	ref    odm.Ref
	within *frame
	begin  string // the word that opened it: group or repeat
	place  string
	next   int // the number of what comes next in it
}

// head reads the names of the columns of a sheet.
func (rd *reader) head(h *grid.Head) error {
	rd.columns = make([]column, len(h.Columns))
	seen := map[string]bool{}
	for i, name := range h.Columns {
		c := columnOf(name)
		switch key := c.key(); {
		case name == "":
			c = column{}
		case seen[key]:
			rd.losses.AddAt(h.HeadPlace(i), false, "loss.second_column", grid.Short(name))
			c = column{}
		case c.respelled:
			rd.losses.AddAt(h.HeadPlace(i), true, "loss.column_as", grid.Short(name), key)
			seen[key] = true
		default:
			seen[key] = true
		}
		rd.columns[i] = c
	}
	return nil
}

func (rd *reader) surveyHead(h *grid.Head) error {
	rd.begin()
	if err := rd.head(h); err != nil {
		return err
	}
	for _, need := range [...]string{"type", "name"} {
		if rd.column(need) < 0 {
			return casebook.Fail(casebook.Invalid, "odm.grid.column", need).At(h.HeadPlace(0))
		}
	}
	return nil
}

// column returns where a column that is not in several languages stands, -1 if there is none.
func (rd *reader) column(base string) int {
	for i, c := range rd.columns {
		if c.base == base {
			return i
		}
	}
	return -1
}

// cell returns the text of a row in such a column.
func (rd *reader) cell(r *grid.Row, base string) string {
	return strings.TrimSpace(r.Cell(rd.column(base)))
}

// text returns a row's text in all languages.
func (rd *reader) text(r *grid.Row, base string) odm.Text {
	var t odm.Text
	for _, named := range [...]bool{true, false} { // a column that names its language wins
		for i, c := range rd.columns {
			if c.base != base || (c.lang != "") != named || r.Cell(i) == "" {
				continue
			}
			lang := c.tag()
			if !named {
				lang = rd.unnamed
			}
			if t[lang] != "" {
				rd.losses.Add(r, i, false, "loss.second_column_text", base)
				continue
			}
			if t == nil {
				t = odm.Text{}
			}
			t[lang] = r.Cell(i)
			if strings.Contains(r.Cell(i), "${") {
				rd.losses.Note(r, i, true, "loss.text_reference")
			}
		}
	}
	return t
}

// keep puts what stands in columns that have no field of their own into extra, and reports why it is only kept.
func (rd *reader) keep(r *grid.Row, extra **odm.Extra, known func(base string) bool) {
	for i, c := range rd.columns {
		if c.base == "" || strings.TrimSpace(r.Cell(i)) == "" || known(c.base) {
			continue
		}
		keepAs(extra, c.key(), r.Cell(i))
		code, args := "loss.column_idle", []any{c.key()}
		switch {
		case c.base == "choice_filter":
			code, args = "loss.choice_filter", nil
		case strings.HasPrefix(c.base, "media::"):
			code, args = "loss.media", nil
		case c.base == "required_message":
			code, args = "loss.required_message", nil
		}
		rd.losses.Note(r, i, true, code, args...)
	}
}

func keepAs(extra **odm.Extra, key, value string) {
	if *extra == nil {
		*extra = &odm.Extra{}
	}
	if (*extra).Kept == nil {
		(*extra).Kept = map[string]string{}
	}
	(*extra).Kept[kept+key] = value
}

// setting reads the first row of the settings.
func (rd *reader) setting(r *grid.Row) error {
	if len(rd.settings) > 0 {
		rd.losses.Add(r, 0, false, "loss.second_settings")
		return nil
	}
	for i, c := range rd.columns {
		if v := strings.TrimSpace(r.Cell(i)); c.base != "" && v != "" {
			rd.settings[c.key()] = v
			if !hasField[c.base] {
				rd.losses.Note(r, i, true, "loss.setting_idle", c.key())
			}
		}
	}
	rd.unnamed = tagOf(rd.settings["default_language"])
	return nil
}

// hasField are the settings that have a field in the model.
var hasField = map[string]bool{"form_title": true, "form_id": true, "version": true, "default_language": true}
