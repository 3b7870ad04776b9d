package export

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"casebook/odm"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// datasetColumn is a Column of Dataset-JSON 1.1.
type datasetColumn struct {
	ItemOID  string `json:"itemOID"`
	Name     string `json:"name"`
	Label    string `json:"label"`
	DataType string `json:"dataType"`
	Target   string `json:"targetDataType,omitempty"`
	Length   int    `json:"length,omitzero"`
	Key      int    `json:"keySequence,omitzero"`
}

// datasetHead is what a Dataset of Dataset-JSON 1.1 says before its rows, in the order that the specification recommends.
type datasetHead struct {
	Created    string          `json:"datasetJSONCreationDateTime"`
	Version    string          `json:"datasetJSONVersion"`
	FileOID    string          `json:"fileOID"`
	Modified   string          `json:"dbLastModifiedDateTime"`
	Study      string          `json:"studyOID"`
	Definition string          `json:"metaDataVersionOID"`
	Group      string          `json:"itemGroupOID"`
	Records    int             `json:"records"`
	Name       string          `json:"name"`
	Label      string          `json:"label"`
	Columns    []datasetColumn `json:"columns"`
}

// datasets writes a Dataset-JSON 1.1 file (CDISC, 5 December 2024) for each table but the audit trail. The number of records stands
// before them, so the cut is read twice.
func datasets(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) error {
	t := c.tables()
	sizes, err := t.measure(ctx, c, analysed)
	if err != nil {
		return err
	}
	return t.write(ctx, c, func(set *table) (sink, error) {
		if !analysed(set) {
			return nil, nil
		}
		f, err := create(fileName(set.oid) + ".json")
		if err != nil {
			return nil, err
		}
		d := &dataset{out: bufio.NewWriter(f), file: f, columns: set.columns}
		if err := d.begin(c, set, sizes[set].rows); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return d, nil
	})
}

// analysed reports whether a table is one that is analysed. The trail is read, not analysed: ODM tells it.
func analysed(t *table) bool { return t.oid != "audit" || t.group }

// dataset is one file while it is written.
type dataset struct {
	out     *bufio.Writer
	file    io.Closer
	columns []column
	rows    int
	line    []byte
}

func (d *dataset) begin(c *Cut, t *table, records int) error {
	head := datasetHead{Created: stamp(c.Until), Version: "1.1.0", FileOID: c.fileOID(t.oid), Modified: stamp(c.Until),
		Study: string(c.Trial.ID), Definition: c.versions[len(c.versions)-1].Definition.OID, Group: t.oid, Records: records, Name: t.name, Label: t.label}
	keys := 0
	for _, col := range t.columns {
		jc := datasetColumn{ItemOID: col.oid, Name: col.name, Label: col.label, Length: col.length}
		jc.DataType, jc.Target = datasetType(col.kind)
		if jc.DataType != "string" {
			jc.Length = 0
		}
		if col.key {
			keys++
			jc.Key = keys
		}
		head.Columns = append(head.Columns, jc)
	}
	text, err := json.Marshal(head, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = d.out.Write(append(text[:len(text)-1], `,"rows":[`...))
	return err
}

// datasetType is what Dataset-JSON calls a type of ODM. A decimal is a text, so that no reader rounds it.
func datasetType(t odm.DataType) (kind, target string) {
	switch t {
	case "integer", "boolean", "date", "time", "datetime", "URI":
		return string(t), ""
	case "float", "double":
		return "decimal", "decimal"
	}
	return "string", ""
}

func (d *dataset) row(cells []string) error {
	d.line = d.line[:0]
	if d.rows > 0 {
		d.line = append(d.line, ',')
	}
	d.rows++
	d.line = append(d.line, '\n', '[')
	for i, cell := range cells {
		if i > 0 {
			d.line = append(d.line, ',')
		}
		var err error
		if d.line, err = datasetValue(d.line, d.columns[i].kind, cell); err != nil {
			return err
		}
	}
	_, err := d.out.Write(append(d.line, ']'))
	return err
}

// datasetValue appends a value. What is not there is null, which differs from an empty text.
func datasetValue(to []byte, kind odm.DataType, text string) ([]byte, error) {
	switch {
	case text == "":
		return append(to, "null"...), nil
	case kind == "integer" && jsontext.Value(plainInteger(text)).IsValid():
		return append(to, plainInteger(text)...), nil
	case kind == "boolean" && (text == "true" || text == "1"):
		return append(to, "true"...), nil
	case kind == "boolean" && (text == "false" || text == "0"):
		return append(to, "false"...), nil
	}
	return jsontext.AppendQuote(to, text)
}

// plainInteger is an integer of XML Schema as JSON writes it: without a plus and without zeros before it.
func plainInteger(text string) string {
	digits, negative := strings.CutPrefix(strings.TrimPrefix(text, "+"), "-")
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		return "0"
	}
	if negative {
		return "-" + digits
	}
	return digits
}

func (d *dataset) close() error {
	_, err := d.out.WriteString("]}\n")
	return errors.Join(err, d.out.Flush(), d.file.Close())
}
