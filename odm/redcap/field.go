package redcap

import (
	"regexp"
	"strconv"
	"strings"

	"casebook/odm"
	"casebook/odm/grid"
)

// field is what is said of a field, by the keys of the columns.
type field map[string]string

// maker makes an item of a field, whichever file says it.
type maker struct {
	v     *odm.Version
	field field
	line  int
	lose  func(key string, kept bool, code string, args ...any)
}

// item makes the item and its reference, with the code list, condition and method that they name.
func (m *maker) item() (odm.Item, odm.Ref) {
	f := m.field
	it := odm.Item{OID: f["variable"], Name: f["variable"], DataType: "text"}
	if f["label"] != "" {
		it.Question = odm.Text{"": f["label"]}
	}
	if f["definition"] != "" {
		it.Description = odm.Text{"": f["definition"]}
	}
	ref := odm.Ref{OID: it.OID}
	m.typed(&it, &ref)
	m.validated(&it)
	m.bounds(&it)
	m.said(&it, &ref)
	if got := fieldType(&it, ref); got != f["type"] {
		keep(&it.Extra, titleOf("type"), f["type"])
	}
	if got := validation(&it); got != f["validation"] {
		keep(&it.Extra, titleOf("validation"), f["validation"])
	}
	return it, ref
}

// said is what has a field of its own, or is only kept.
func (m *maker) said(it *odm.Item, ref *odm.Ref) {
	f := m.field
	for _, hint := range [...]string{f["note"], f["guideline"]} {
		if hint != "" && it.Hint == nil {
			it.Hint = odm.Text{"": hint}
		}
	}
	it.Prefix = f["number"]
	ref.Mandatory = strings.EqualFold(f["required"], "y")
	switch {
	case strings.EqualFold(f["identifier"], "y"):
		it.Identifying = true
	case f["identifier"] != "":
		keep(&it.Extra, titleOf("identifier"), f["identifier"])
	}
	if f["alignment"] != "" {
		layout(it).Align = f["alignment"]
	}
	if f["matrix"] != "" {
		layout(it).Matrix = f["matrix"]
	}
	if f["ranking"] != "" {
		keep(&it.Extra, titleOf("ranking"), f["ranking"])
		m.lose("ranking", true, "loss.ranking")
	}
	if f["branching"] != "" {
		ref.Hidden = m.condition(f["branching"])
	}
	m.annotated(it)
}

func (m *maker) condition(code string) string {
	oid := "branching." + m.field["variable"]
	m.v.Conditions = append(m.v.Conditions, odm.Condition{OID: oid, Name: "branching logic of " + m.field["variable"],
		Expressions: []odm.Expression{{Context: Branching, Code: code, Line: m.line}}})
	return oid
}

func (m *maker) method(code string) string {
	oid := "calc." + m.field["variable"]
	m.v.Methods = append(m.v.Methods, odm.Method{OID: oid, Name: "calculation of " + m.field["variable"], Type: "Computation",
		Expressions: []odm.Expression{{Context: Context, Code: code, Line: m.line}}})
	return oid
}

// layout returns the layout of an item, for a change.
func layout(it *odm.Item) *odm.Layout {
	if it.Layout == nil {
		it.Layout = &odm.Layout{}
	}
	return it.Layout
}

// typed reads the type of a field.
func (m *maker) typed(it *odm.Item, ref *odm.Ref) {
	f := m.field
	switch f["type"] {
	case "text":
	case "notes", "textarea":
		layout(it).Control = "textarea"
	case "radio", "dropdown", "select", "checkbox":
		it.Multiple = f["type"] == "checkbox"
		layout(it).Control = map[string]string{"radio": "radio", "checkbox": "checkbox"}[f["type"]]
		if it.Layout.Control == "" {
			it.Layout.Control = "dropdown"
		}
		m.choices(it)
		return
	case "yesno", "truefalse":
		m.truth(it)
	case "calc":
		it.DataType, it.ReadOnly = "float", true
		if f["choices"] != "" {
			ref.Method = m.method(f["choices"])
		}
		return
	case "slider":
		it.DataType = "integer"
		layout(it).Control = "slider"
		m.keepChoices(it, "loss.slider_labels")
	case "file":
		layout(it).Control = "file"
		m.lose("type", true, "loss.attachment")
	case "descriptive":
		it.Note = true
	case "sql":
		m.external(it, f["choices"], "loss.choices_query")
	case "list", "user_list", "multi_list":
		it.Multiple = f["type"] == "multi_list"
		m.external(it, f["list"], "loss.choices_list")
		if f["list"] != "" {
			keep(&it.Extra, titleOf("list"), f["list"])
		}
	default:
		if _, is := dataTypes[f["type"]]; !is { // ISARIC writes the validation there
			m.lose("type", true, "loss.type_unknown", grid.Short(f["type"]))
		}
	}
	if f["choices"] != "" && it.CodeList == "" {
		m.keepChoices(it, "loss.choices_idle")
	}
}

func (m *maker) keepChoices(it *odm.Item, code string) {
	if c := m.field["choices"]; c != "" && (it.Extra == nil || it.Extra.Kept[kept+titleOf("choices")] == "") {
		keep(&it.Extra, titleOf("choices"), c)
		m.lose("choices", true, code)
	}
}

func (m *maker) list(it *odm.Item) *odm.CodeList {
	it.CodeList = it.OID + ".choices"
	m.v.CodeLists = append(m.v.CodeLists, odm.CodeList{OID: it.CodeList, Name: it.Name, DataType: "text"})
	return &m.v.CodeLists[len(m.v.CodeLists)-1]
}

func (m *maker) truth(it *odm.Item) {
	yes, no := "Yes", "No"
	if m.field["type"] == "truefalse" {
		yes, no = "True", "False"
	}
	it.DataType = "boolean"
	m.list(it).Items = []odm.CodeItem{{Code: "1", Decode: odm.Text{"": yes}}, {Code: "0", Decode: odm.Text{"": no}}}
}

func (m *maker) external(it *odm.Item, ref, code string) {
	m.list(it).External = &odm.External{Ref: ref}
	m.lose("type", true, code)
	m.keepChoices(it, "loss.list_source")
}

// choices reads "1, Yes | 0, No", or one choice a line.
func (m *maker) choices(it *odm.Item) {
	list, seen := m.list(it), map[string]bool{}
	for part := range strings.FieldsFuncSeq(m.field["choices"], func(c rune) bool { return c == '|' || c == '\n' }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		code, label, labelled := strings.Cut(part, ",")
		code, label = strings.TrimSpace(code), strings.TrimSpace(label)
		switch {
		case code == "":
			m.lose("choices", false, "loss.choice_codeless")
			continue
		case seen[code]:
			m.lose("choices", false, "loss.choice_twice", it.OID)
			continue
		case !labelled:
			m.lose("choices", true, "loss.choice_label")
		}
		seen[code] = true
		c := odm.CodeItem{Code: code}
		if label != "" {
			c.Decode = odm.Text{"": label}
		}
		list.Items = append(list.Items, c)
	}
	if len(list.Items) == 0 {
		m.lose("choices", true, "loss.choice_none")
		m.v.CodeLists = m.v.CodeLists[:len(m.v.CodeLists)-1]
		it.CodeList = ""
	}
}

// dataTypes are the validations of a text that make it something else. A time of day, and a date with one, come without
// seconds unless they say so.
var dataTypes = map[string]odm.DataType{
	"date_ymd": "date", "date_mdy": "date", "date_dmy": "date",
	"datetime_ymd": "partialDatetime", "datetime_mdy": "partialDatetime", "datetime_dmy": "partialDatetime",
	"datetime_seconds_ymd": "datetime", "datetime_seconds_mdy": "datetime", "datetime_seconds_dmy": "datetime",
	"time": "partialTime", "time_hh_mm_ss": "time", "integer": "integer", "int": "integer", "number": "float", "float": "float",
}

var decimals = regexp.MustCompile(`^number_([1-9])dp(?:_comma_decimal)?$`)

// validated reads the validation of a text. One that says how a text must look is kept, and is not applied.
func (m *maker) validated(it *odm.Item) {
	name := m.field["validation"]
	if t, is := dataTypes[m.field["type"]]; is && name == "" {
		it.DataType = t
	}
	if name == "" {
		return
	}
	if m.field["type"] == "slider" || m.field["type"] == "calc" || it.CodeList != "" || it.Note {
		return // of a slider: whether its number is shown
	}
	if t, is := dataTypes[name]; is {
		it.DataType = t
		return
	}
	digits := decimals.FindStringSubmatch(name)
	switch {
	case digits != nil:
		it.DataType, it.HasDigits = "float", true
		it.Digits, _ = strconv.Atoi(digits[1])
	case name == "number_comma_decimal":
		it.DataType = "float"
	case name == "signature" && it.Layout != nil && it.Layout.Control == "file":
		it.Layout.Control = "signature"
	default:
		m.lose("validation", true, "loss.validation", grid.Short(name))
	}
}

// bounds are soft: REDCap warns, and takes the value all the same.
func (m *maker) bounds(it *odm.Item) {
	if it.CodeList != "" || it.Note {
		return
	}
	for _, b := range [...]struct{ key, comparator, sign string }{{"min", "GE", ">="}, {"max", "LE", "<="}} {
		text := m.field[b.key]
		if text == "" {
			continue
		}
		c := odm.RangeCheck{Line: m.line}
		plain := odm.Item{DataType: it.DataType}
		switch {
		case it.DataType != "text" && plain.Accept(text, nil) == nil:
			c.Comparator, c.Values = b.comparator, []string{text}
		case text == "today" || strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			if text == "today" {
				text = `"today"`
			}
			code := "[" + it.OID + "] " + b.sign + " " + text
			c.Expressions = []odm.Expression{{Context: Context, Code: code, Line: m.line}}
		default:
			keep(&it.Extra, titleOf(b.key), text)
			m.lose(b.key, true, "loss.bound")
			continue
		}
		it.Checks = append(it.Checks, c)
	}
}

var actionTag = regexp.MustCompile(`@([A-Z][A-Z0-9-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+)))?`)

// annotated reads the action tags that mean something here; the annotation is kept as it stands.
func (m *maker) annotated(it *odm.Item) {
	text := m.field["annotation"]
	if text == "" {
		return
	}
	keep(&it.Extra, titleOf("annotation"), text)
	for _, tag := range actionTag.FindAllStringSubmatch(text, -1) {
		value := tag[2] + tag[3] + tag[4]
		switch {
		case tag[1] == "HIDDEN":
			layout(it).Hidden = true
		case tag[1] == "READONLY":
			it.ReadOnly = true
		case tag[1] == "DEFAULT" && value != "" && !strings.Contains(value, "["):
			it.Initial = []string{value}
		case tag[1] == "NONEOFTHEABOVE" && it.Multiple && value != "":
			m.exclude(it, value)
		default:
			m.lose("annotation", true, "loss.action_tag", grid.Short(tag[1]))
		}
	}
}

// exclude marks the choices that exclude the others.
func (m *maker) exclude(it *odm.Item, codes string) {
	for i := range m.v.CodeLists {
		if l := &m.v.CodeLists[i]; l.OID == it.CodeList {
			for k := range l.Items {
				for code := range strings.SplitSeq(codes, ",") {
					l.Items[k].Exclusive = l.Items[k].Exclusive || l.Items[k].Code == strings.TrimSpace(code)
				}
			}
		}
	}
}

// fieldType is the type of a field as REDCap writes it.
func fieldType(it *odm.Item, ref odm.Ref) string {
	control := ""
	if it.Layout != nil {
		control = it.Layout.Control
	}
	switch {
	case it.Extra != nil && it.Extra.Kept[kept+titleOf("type")] != "":
		return it.Extra.Kept[kept+titleOf("type")]
	case it.Note:
		return "descriptive"
	case it.CodeList != "" && it.Multiple:
		return "checkbox"
	case it.DataType == "boolean":
		return "yesno"
	case it.CodeList != "" && control == "dropdown":
		return "dropdown"
	case it.CodeList != "":
		return "radio"
	case ref.Method != "":
		return "calc"
	case control == "textarea":
		return "notes"
	case control == "slider":
		return "slider"
	case control == "file" || control == "signature":
		return "file"
	}
	return "text"
}

// validation is the validation of a field as REDCap writes it.
func validation(it *odm.Item) string {
	if it.Extra != nil && it.Extra.Kept[kept+titleOf("validation")] != "" {
		return it.Extra.Kept[kept+titleOf("validation")]
	}
	switch {
	case it.Layout != nil && it.Layout.Control == "signature":
		return "signature"
	case it.CodeList != "" || it.ReadOnly || it.Note || it.Layout != nil && it.Layout.Control == "slider":
		return ""
	}
	switch it.DataType {
	case "date":
		return "date_ymd"
	case "datetime":
		return "datetime_seconds_ymd"
	case "partialDatetime":
		return "datetime_ymd"
	case "time":
		return "time_hh_mm_ss"
	case "partialTime":
		return "time"
	case "integer":
		return "integer"
	case "float", "double":
		if it.HasDigits && it.Digits > 0 && it.Digits < 5 {
			return "number_" + strconv.Itoa(it.Digits) + "dp"
		}
		return "number"
	}
	return ""
}
