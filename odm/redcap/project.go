package redcap

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"strconv"
	"strings"

	"casebook/odm"
	"casebook/odm/odm132"
)

// Namespace is that of REDCap's attributes in its project XML.
const Namespace = "https://projectredcap.org"

// ReadProject reads a project XML: ODM 1.3.1, and what REDCap's own attributes say of fields, events and instruments.
// They are kept where they stand, too. A checkbox is one item for each option there, and stays so.
func ReadProject(r io.Reader) (*odm.Study, *odm.Report, error) {
	lines := &itemLines{r: r, line: 1, at: map[string]int{}}
	study, report, err := odm132.Read(lines)
	if err != nil {
		return nil, nil, err
	}
	p := &project{report: report, lines: lines.at, told: map[string]bool{}}
	report.Format, report.Inventory = Project, odm.Inventory{}
	for _, v := range study.Versions {
		p.version(v)
		p.repeating(study, v)
		n := v.Inventory()
		report.Inventory.Events += n.Events
		report.Inventory.Forms += n.Forms
		report.Inventory.ItemGroups += n.ItemGroups
		report.Inventory.Items += n.Items
		report.Inventory.CodeLists += n.CodeLists
		report.Inventory.Conditions += n.Conditions
		report.Inventory.Methods += n.Methods
		report.Inventory.RangeChecks += n.RangeChecks
		report.Inventory.RulesKept += rules(v)
	}
	return study, report, nil
}

// project adds what REDCap's attributes say.
type project struct {
	report *odm.Report
	lines  map[string]int
	told   map[string]bool
}

// attributes are those of a field, and the columns that say the same in a data dictionary.
var attributes = map[string]string{"FieldNote": "note", "TextValidationType": "validation", "Identifier": "identifier",
	"BranchingLogic": "branching", "RequiredField": "required", "CustomAlignment": "alignment", "QuestionNumber": "number",
	"MatrixGroupName": "matrix", "MatrixRanking": "ranking", "FieldAnnotation": "annotation", "FieldType": "type"}

func attr(x *odm.Extra, name string) string {
	if x == nil {
		return ""
	}
	for _, a := range x.Attrs {
		if a.Space == Namespace && a.Name == name {
			return a.Value
		}
	}
	return ""
}

func (p *project) version(v *odm.Version) {
	hidden, methods := map[string]string{}, map[string]string{}
	had := v.Index()
	for i := range v.Items {
		it := &v.Items[i]
		f := field{"variable": it.OID}
		for name, key := range attributes {
			if value := strings.TrimSpace(attr(it.Extra, name)); value != "" {
				f[key] = value
			}
		}
		if f["type"] == "" {
			continue
		}
		m := &maker{v: v, field: f, line: max(p.lines[it.OID], 1), lose: p.lose(it.OID)}
		p.adorn(m, it)
		p.option(v, it)
		if f["branching"] != "" && had.Condition("branching."+it.OID) == nil {
			hidden[it.OID] = m.condition(f["branching"])
		}
		if code := attr(it.Extra, "Calculation"); code != "" && had.Method("calc."+it.OID) == nil {
			methods[it.OID] = m.method(code)
		}
	}
	for i := range v.Groups {
		headed(&v.Groups[i], had)
		for k := range v.Groups[i].Items {
			ref := &v.Groups[i].Items[k]
			if oid := hidden[ref.OID]; ref.Hidden == "" {
				ref.Hidden = oid
			}
			if oid := methods[ref.OID]; ref.Method == "" {
				ref.Method = oid
			}
		}
	}
	for i := range v.Events {
		window(&v.Events[i])
	}
}

// headed gives a group the section header that stands above its first field.
func headed(g *odm.ItemGroup, x *odm.Index) {
	if len(g.Items) == 0 || g.Description != nil {
		return
	}
	if it := x.Item(g.Items[0].OID); it != nil && attr(it.Extra, "SectionHeader") != "" {
		g.Description = odm.Text{"": attr(it.Extra, "SectionHeader")}
	}
}

// lose writes one line for each kind of loss.
func (p *project) lose(item string) func(string, bool, string, ...any) {
	return func(_ string, kept bool, code string, args ...any) {
		if !p.told[code] {
			p.told[code] = true
			p.report.Losses = append(p.report.Losses, odm.Lost("ItemDef["+item+"]", max(p.lines[item], 1), kept, code, args...))
		}
	}
}

// adorn gives an item what its attributes say beyond ODM.
func (p *project) adorn(m *maker, it *odm.Item) {
	f := m.field
	if f["note"] != "" && it.Hint == nil {
		it.Hint = odm.Text{"": f["note"]}
	}
	it.Identifying = it.Identifying || strings.EqualFold(f["identifier"], "y")
	if it.Prefix == "" {
		it.Prefix = f["number"]
	}
	switch f["type"] {
	case "notes", "textarea":
		layout(it).Control = "textarea"
	case "radio", "checkbox", "slider", "file":
		layout(it).Control = f["type"]
	case "select", "dropdown":
		layout(it).Control = "dropdown"
	case "descriptive":
		it.Note = true
	case "calc":
		it.ReadOnly = true
	case "sql":
		m.lose("type", true, "loss.choices_query")
	}
	if f["type"] == "file" {
		m.lose("type", true, "loss.attachment")
	}
	if _, is := dataTypes[f["validation"]]; f["validation"] != "" && !is && decimals.FindString(f["validation"]) == "" {
		m.lose("validation", true, "loss.validation", f["validation"])
	}
	if f["alignment"] != "" {
		layout(it).Align = f["alignment"]
	}
	if f["matrix"] != "" {
		layout(it).Matrix = f["matrix"]
	}
	if it.Extra.Kept[kept+titleOf("annotation")] == "" {
		m.annotated(it)
	}
}

// option gives an option of a checkbox its own words, behind the question that they share.
func (p *project) option(v *odm.Version, it *odm.Item) {
	_, code, is := strings.Cut(it.OID, "___")
	if !is || it.Prompt != nil || attr(it.Extra, "FieldType") != "checkbox" {
		return
	}
	for i := range v.CodeLists {
		if v.CodeLists[i].OID != it.CodeList {
			continue
		}
		for part := range strings.SplitSeq(attr(v.CodeLists[i].Extra, "CheckboxChoices"), "|") {
			c, label, _ := strings.Cut(part, ",")
			if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(c), "-", "_"), code) && strings.TrimSpace(label) != "" {
				it.Prompt = odm.Text{"": strings.TrimSpace(label)}
			}
		}
		return
	}
}

// window reads when an event should take place: so many days after enrolment, give or take.
func window(e *odm.Event) {
	day, err := strconv.Atoi(attr(e.Extra, "DayOffset"))
	if err != nil || e.Window != nil {
		return
	}
	before, _ := strconv.Atoi(attr(e.Extra, "OffsetMin"))
	after, _ := strconv.Atoi(attr(e.Extra, "OffsetMax"))
	e.Window = &odm.Window{Target: odm.DurationOf(day)}
	if before > 0 {
		e.Window.Before = odm.DurationOf(before)
	}
	if after > 0 {
		e.Window.After = odm.DurationOf(after)
	}
}

// repeating reads which instruments and events repeat, from the elements that were kept of the study's head.
func (p *project) repeating(s *odm.Study, v *odm.Version) {
	if s.Extra == nil {
		return
	}
	elements := s.Extra.Elements
	for _, x := range s.Extra.Within {
		elements = append(elements[:len(elements):len(elements)], x.Elements...)
	}
	for _, e := range elements {
		for dec := xml.NewDecoder(strings.NewReader(e)); ; {
			tok, err := dec.Token()
			if err != nil {
				break
			}
			if start, is := tok.(xml.StartElement); is && start.Name.Space == Namespace {
				p.repeat(v, start)
			}
		}
	}
}

func (p *project) repeat(v *odm.Version, e xml.StartElement) {
	said := map[string]string{}
	for _, a := range e.Attr {
		said[a.Name.Local] = a.Value
	}
	switch e.Name.Local {
	case "RepeatingInstrument":
		for i := range v.Forms {
			if v.Forms[i].OID == formOID(said["RepeatInstrument"]) {
				v.Forms[i].Repeating = true
			}
		}
	case "RepeatingEvent":
		for i := range v.Events {
			if v.Events[i].OID == "Event."+said["UniqueEventName"] {
				v.Events[i].Repeating = true
			}
		}
	}
}

// itemLines notes on which line of a file each item is defined, as it goes by: ODM's reader does not say.
type itemLines struct {
	r    io.Reader
	line int
	rest []byte
	at   map[string]int
}

const longLine = 64 << 10 // bytes; of a longer line the beginning is looked at

var itemDef = regexp.MustCompile(`<ItemDef\s[^>]*?\bOID="([^"]*)"`)

func (l *itemLines) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for part := p[:n]; len(part) > 0; {
		line, rest, ended := bytes.Cut(part, []byte("\n"))
		if room := longLine - len(l.rest); room > 0 {
			l.rest = append(l.rest, line[:min(len(line), room)]...)
		}
		if !ended {
			break
		}
		for _, m := range itemDef.FindAllSubmatch(l.rest, -1) {
			if _, known := l.at[string(m[1])]; !known {
				l.at[string(m[1])] = l.line
			}
		}
		l.rest, part = l.rest[:0], rest
		l.line++
	}
	return n, err
}
