package upload

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"casebook"
	"casebook/odm/odm132"
	"casebook/record"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The formats that are read.
const (
	FormatValues  = "values-csv" // one value a row: record.ImportColumns
	FormatSDTM    = "sdtm-csv"   // one observation a row, the variables of one domain in the head line
	FormatDataset = "dataset-json"
	FormatNDJSON  = "dataset-ndjson"
	FormatODM     = "odm-xml"
)

// row is one row of a file, or why it is none.
type row struct {
	line   int64
	key    record.Key
	values []record.Value
	reason string
	site   casebook.SiteID // of a subject that the row may enrol
	fault  *casebook.Error
	place  string // where the row stands, if its line does not tell
	note   bool   // the fault is of the file as a whole, and no row is missing
}

// reading reads one file for one study.
type reading struct {
	*source
	name   string
	study  *record.Study
	of     casebook.StudyID
	format string
	each   func(row) error
}

// cut says that the file ends where it cannot.
func cut(line int64) error {
	return casebook.Fail(casebook.Invalid, "upload.cut").At(lineText(line))
}

func lineText(n int64) string { return fmt.Sprint("line ", n) }

// file reads the whole file and tells each row. An error of kind Invalid or TooLarge says where it cannot be read on.
func (r *reading) file() error {
	in := bufio.NewReaderSize(r.source, 64<<10)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PK")) || bytes.HasPrefix(head, []byte{0x1f, 0x8b}) || bytes.IndexByte(head, 0) >= 0:
		return casebook.Fail(casebook.Invalid, "upload.format").At(lineText(1))
	case bytes.HasPrefix(text, []byte("<")):
		return r.odm(in)
	case bytes.HasPrefix(text, []byte("{")):
		return r.dataset(in)
	}
	r.counts, r.ends = false, nil
	return r.csv(in)
}

func (r *reading) csv(from io.Reader) error {
	c := csv.NewReader(from)
	c.ReuseRecord = true
	head, err := c.Read()
	if err != nil {
		return r.csvFault(c, err, 1)
	}
	head = slices.Clone(head)
	head[0] = strings.TrimPrefix(head[0], "\uFEFF")
	lay, err := r.layout(head)
	if err != nil {
		return err
	}
	short, line := int64(0), 1 // the line of the last row, if it lacks cells
	for {
		r.begin()
		cells, err := c.Read()
		if len(cells) > 0 {
			line, _ = c.FieldPos(0)
		}
		switch {
		case errors.Is(err, io.EOF) && short > 0 && !r.broke:
			return cut(short)
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, csv.ErrFieldCount):
			short = int64(line)
			err = r.each(row{line: short, fault: casebook.Fail(casebook.Invalid, "upload.cells", len(cells), len(head))})
		case err != nil:
			return r.csvFault(c, err, int64(line)+1)
		default:
			short = 0
			err = r.each(lay(int64(line), cells))
		}
		if err != nil {
			return err
		}
	}
}

// layout finds out what a head line announces.
func (r *reading) layout(head []string) (func(line int64, cells []string) row, error) {
	if slices.Contains(head, "USUBJID") {
		r.format = FormatSDTM
		t, err := r.table("", head)
		if err != nil {
			return nil, err
		}
		return t.row, nil
	}
	r.format = FormatValues
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := at[name]; twice || !slices.Contains(record.ImportColumns, name) {
			return nil, casebook.Fail(casebook.Invalid, "record.import_column", name).At(lineText(1))
		}
		at[name] = i
	}
	for _, must := range []string{"subject", "event", "form", "item"} {
		if _, ok := at[must]; !ok {
			return nil, casebook.Fail(casebook.Invalid, "record.import_missing", must).At(lineText(1))
		}
	}
	return func(line int64, cells []string) row {
		cell := func(name, absent string) string {
			if i, ok := at[name]; ok && cells[i] != "" {
				return strings.Clone(cells[i])
			}
			return absent
		}
		v := record.Value{Group: cell("group", ""), Repeat: cell("repeat", "1"), Item: cell("item", ""), Value: cell("value", ""), Blank: cell("blank", "")}
		k := record.Key{Study: r.of, Subject: casebook.SubjectID(cell("subject", "")), Event: cell("event", ""), EventRepeat: cell("event_repeat", "1"),
			Form: cell("form", ""), FormRepeat: cell("form_repeat", "1")}
		if v.Group == "" {
			v.Group, _, _ = r.study.Place(k.Form, v.Item)
		}
		return row{line: line, key: k, values: []record.Value{v}, reason: cell("reason", "")}
	}, nil
}

func (r *reading) csvFault(c *csv.Reader, err error, line int64) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		line = int64(e.StartLine)
		if errors.Is(e.Err, csv.ErrQuote) && c.InputOffset() >= r.read { // it ended within quotation marks
			return cut(line)
		}
		return casebook.Fail(casebook.Invalid, "record.import_csv", e.Err.Error()).At(lineText(int64(e.Line)))
	}
	return r.fault(err, line)
}

// fault names a place of what has none, and leaves alone what is no fault of the file.
func (r *reading) fault(err error, line int64) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return cut(line)
	case errors.Is(err, errRowLarge):
		return errRowLarge.At(lineText(line))
	}
	return err
}

// dataset reads Dataset-JSON 1.1, as one object or as lines (CDISC, Dataset-JSON 1.1, 2 and 3).
func (r *reading) dataset(from io.Reader) error {
	d := jsontext.NewDecoder(from)
	at := func() int64 { return r.at(d.InputOffset()) }
	bad := func(err error) error {
		if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && !errors.Is(err, io.ErrUnexpectedEOF) {
			return casebook.Fail(casebook.Invalid, "upload.json", e.Err.Error()).At(lineText(at()))
		}
		if errors.Is(err, errRowLarge) {
			return r.fault(err, at())
		}
		return r.fault(err, r.at(r.read)) // where the file ends
	}
	h := heading{records: -1}
	if _, err := d.ReadToken(); err != nil {
		return bad(err)
	}
	r.format = FormatNDJSON
	rows := int64(0)
	for d.PeekKind() == '"' {
		r.begin()
		member, err := d.ReadToken()
		if err != nil {
			return bad(err)
		}
		if name := member.String(); name != "rows" {
			value, err := d.ReadValue()
			if err == nil {
				err = h.take(name, value)
			}
			if err != nil {
				return bad(err)
			}
			continue
		}
		r.format = FormatDataset
		if d.PeekKind() != '[' {
			return casebook.Fail(casebook.Invalid, "upload.json_rows").At(lineText(at()))
		}
		if _, err := d.ReadToken(); err != nil {
			return bad(err)
		}
		if rows, err = r.observations(d, &h, at, bad); err != nil {
			return err
		}
		if _, err := d.ReadToken(); err != nil {
			return bad(err)
		}
	}
	_, err := d.ReadToken() // the end of the object
	switch {
	case err != nil:
	case r.format == FormatNDJSON:
		if rows, err = r.observations(d, &h, at, bad); err != nil {
			return err
		}
	default:
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			return casebook.Fail(casebook.Invalid, "upload.json_more").At(lineText(at()))
		}
	}
	if err != nil {
		return bad(err)
	}
	if h.records >= 0 && h.records != rows {
		return casebook.Fail(casebook.Invalid, "upload.records", h.records, rows).At(lineText(at()))
	}
	return nil
}

// heading is what a dataset says of itself.
type heading struct {
	name    string
	columns []string
	records int64
}

func (h *heading) take(member string, value jsontext.Value) error {
	switch member {
	case "name":
		return told(json.Unmarshal(value, &h.name), member)
	case "records":
		return told(json.Unmarshal(value, &h.records), member)
	case "columns":
		var all []struct {
			Name string `json:"name"`
		}
		err := json.Unmarshal(value, &all)
		for _, c := range all {
			h.columns = append(h.columns, c.Name)
		}
		return told(err, member)
	}
	return nil
}

func told(err error, member string) error {
	if err != nil {
		return casebook.Fail(casebook.Invalid, "upload.json_member", member).Wrap(err)
	}
	return nil
}

// observations reads arrays until there is none.
func (r *reading) observations(d *jsontext.Decoder, h *heading, at func() int64, bad func(error) error) (rows int64, err error) {
	if len(h.columns) == 0 {
		return 0, casebook.Fail(casebook.Invalid, "upload.json_order").At(lineText(at()))
	}
	t, err := r.table(h.name, h.columns)
	if err != nil {
		return 0, err
	}
	var cells []string
	for {
		r.begin()
		switch d.PeekKind() {
		case ']':
			return rows, nil
		case 0:
			_, err := d.ReadToken()
			if errors.Is(err, io.EOF) && d.StackDepth() == 0 {
				return rows, nil
			}
			return rows, bad(err)
		}
		value, err := d.ReadValue()
		if err != nil {
			return rows, bad(err)
		}
		rows++
		line := at()
		next := row{line: line, fault: casebook.Fail(casebook.Invalid, "upload.cells", 0, len(h.columns))}
		if cells, err = texts(cells[:0], value); err == nil && len(cells) == len(h.columns) {
			next = t.row(line, cells)
		} else if err == nil {
			next.fault.Args[0] = len(cells)
		}
		if r.format == FormatDataset { // all of it may stand in one line
			next.place = fmt.Sprint("/rows/", rows-1)
		}
		if err := r.each(next); err != nil {
			return rows, err
		}
	}
}

// texts are the cells of one observation: a number as it is written, null as nothing.
func texts(cells []string, value jsontext.Value) ([]string, error) {
	var all []jsontext.Value
	if err := json.Unmarshal(value, &all); err != nil {
		return cells, err
	}
	for _, v := range all {
		text := string(v)
		switch v.Kind() {
		case 'n':
			text = ""
		case '"':
			if err := json.Unmarshal(v, &text); err != nil {
				return cells, err
			}
		}
		cells = append(cells, text)
	}
	return cells, nil
}

// odmShare is how far it may be from one value of an ODM file to the next: a whole definition may stand between.
const odmShare = 64 << 20

func (r *reading) odm(from io.Reader) error {
	r.format, r.share, r.counts, r.ends = FormatODM, odmShare, false, nil
	r.begin()
	last := int64(1)
	err := odm132.ReadValues(from, func(d odm132.Datum) error {
		r.begin()
		last = int64(d.Line)
		if d.Study != string(r.of) {
			return casebook.Fail(casebook.Invalid, "record.import_study", d.Study, r.of).At(lineText(last))
		}
		if d.Transaction == "Context" || slices.Contains(r.study.Computed(d.Form), d.Group+"/"+d.Item) {
			return nil
		}
		v := record.Value{Group: d.Group, Repeat: cmp.Or(d.GroupRepeat, "1"), Item: d.Item, Value: d.Value}
		if d.Transaction == "Remove" {
			v.Value = ""
		}
		if reason, ok := strings.CutPrefix(d.Comment, "blank: "); ok && v.Value == "" { // as our own exports say it
			v.Blank = reason
		}
		return r.each(row{line: last, reason: d.Reason, values: []record.Value{v}, key: record.Key{Study: r.of, Subject: casebook.SubjectID(d.Subject),
			Event: d.Event, EventRepeat: cmp.Or(d.EventRepeat, "1"), Form: d.Form, FormRepeat: cmp.Or(d.FormRepeat, "1")}})
	})
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "odm.xml" && strings.Contains(fmt.Sprint(e.Args...), "unexpected EOF") {
		return cut(last)
	}
	return r.fault(err, last)
}
