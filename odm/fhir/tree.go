package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of what is read.
const (
	maxBytes = 64 << 20
	maxDepth = 64
)

// node is a value of a JSON document, with the place where it stood.
type node struct {
	raw    jsontext.Value // compact
	line   int
	up     *node
	name   string // in the object above
	index  int    // in the array above
	kind   jsontext.Kind
	fields []*node // of an object
	elems  []*node // of an array
	text   string  // of a string, number or truth value
	known  bool    // carried over
}

// parse reads a whole JSON document, strictly: one value, UTF-8, no name twice in an object, at most 64 levels.
func parse(r io.Reader) (*node, error) {
	src, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	src = bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))
	if len(src) > maxBytes {
		return nil, casebook.Fail(casebook.Invalid, "fhir.too_large", maxBytes>>20).At("line 1")
	}
	p := &treeReader{src: src, dec: jsontext.NewDecoder(bytes.NewReader(src)), line: 1}
	root, err := p.value(nil, 0)
	if err == nil {
		if _, err = p.dec.ReadToken(); err == io.EOF {
			return root, nil
		} else if err == nil {
			err = casebook.Fail(casebook.Invalid, "fhir.json", "}").At(p.place())
		}
	}
	return nil, p.refusal(err)
}

type treeReader struct {
	src  []byte
	dec  *jsontext.Decoder
	line int
	seen int64 // how far lines are counted
}

// lineAt counts on to an offset.
func (p *treeReader) lineAt(offset int64) int {
	offset = min(offset, int64(len(p.src)))
	if offset > p.seen {
		p.line += bytes.Count(p.src[p.seen:offset], []byte("\n"))
		p.seen = offset
	}
	return p.line
}

func (p *treeReader) place() string {
	at := "line " + strconv.Itoa(p.lineAt(p.dec.InputOffset()))
	if pointer := string(p.dec.StackPointer()); pointer != "" {
		at += ", " + shortened(pointer)
	}
	return at
}

func (p *treeReader) refusal(err error) error {
	if _, ok := errors.AsType[*casebook.Error](err); ok {
		return err
	}
	e, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return casebook.Fail(casebook.Invalid, "fhir.json", strings.ToValidUTF8(err.Error(), "\uFFFD")).At(p.place())
	}
	place := "line " + strconv.Itoa(p.lineAt(e.ByteOffset))
	if e.JSONPointer != "" {
		place += ", " + shortened(string(e.JSONPointer))
	}
	switch {
	case errors.Is(e.Err, jsontext.ErrDuplicateName):
		return casebook.Fail(casebook.Invalid, "fhir.duplicate_name").At(place)
	case strings.Contains(e.Err.Error(), "UTF-8"):
		return casebook.Fail(casebook.Invalid, "fhir.utf8").At(place)
	}
	return casebook.Fail(casebook.Invalid, "fhir.json", strings.ToValidUTF8(shortened(e.Err.Error()), "\uFFFD")).At(place)
}

// value reads the next value.
func (p *treeReader) value(up *node, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, casebook.Fail(casebook.Invalid, "fhir.too_deep", maxDepth).At(p.place())
	}
	kind := p.dec.PeekKind()
	n := &node{up: up, kind: kind}
	if kind != '{' && kind != '[' {
		raw, err := p.dec.ReadValue()
		if err != nil {
			return nil, err
		}
		n.line = p.lineAt(p.dec.InputOffset())
		n.raw = raw.Clone()
		n.text = string(n.raw)
		if kind == '"' {
			if err := json.Unmarshal(n.raw, &n.text); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return nil, err
	}
	n.line = p.lineAt(p.dec.InputOffset())
	if err := p.inside(n, depth); err != nil {
		return nil, err
	}
	_, err := p.dec.ReadToken()
	return n, err
}

// inside reads what an object or array holds.
func (p *treeReader) inside(n *node, depth int) error {
	for {
		switch p.dec.PeekKind() {
		case '}', ']':
			return nil
		}
		name := ""
		if n.kind == '{' {
			t, err := p.dec.ReadToken()
			if err != nil {
				return err
			}
			name = t.String()
		}
		k, err := p.value(n, depth+1)
		if err != nil {
			return err
		}
		k.name = name
		if n.kind == '{' {
			n.fields = append(n.fields, k)
		} else {
			k.index = len(n.elems)
			n.elems = append(n.elems, k)
		}
	}
}

// json is the value, compact.
func (n *node) json() jsontext.Value {
	if n.raw != nil {
		return n.raw
	}
	var b bytes.Buffer
	n.write(&b)
	n.raw = b.Bytes()
	return n.raw
}

func (n *node) write(b *bytes.Buffer) {
	switch {
	case n.kind == '{':
		b.WriteByte('{')
		for i, k := range n.fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quoted(k.name))
			b.WriteByte(':')
			k.write(b)
		}
		b.WriteByte('}')
	case n.kind == '[':
		b.WriteByte('[')
		for i, k := range n.elems {
			if i > 0 {
				b.WriteByte(',')
			}
			k.write(b)
		}
		b.WriteByte(']')
	default:
		b.Write(n.raw)
	}
}

func quoted(s string) jsontext.Value {
	b, err := jsontext.AppendQuote(nil, s)
	if err != nil { // only what is not UTF-8 fails, and that was not read
		return jsontext.Value(`""`)
	}
	return b
}

// get returns the field called name, and nil if there is none or n is no object.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.fields {
		if k.name == name {
			return k
		}
	}
	return nil
}

// str is the text of the field called name, which is carried over; "" if there is none, or no plain value.
func (n *node) str(name string) string {
	if k := n.get(name); k != nil && k.kind != '{' && k.kind != '[' && k.kind != 'n' {
		k.known = true
		return k.text
	}
	return ""
}

// list is the elements of the field called name.
func (n *node) list(name string) []*node {
	if k := n.get(name); k != nil {
		return k.elems
	}
	return nil
}

// whole says that n is carried over with all that it holds.
func (n *node) whole() {
	n.known = true
	for _, k := range n.fields {
		k.whole()
	}
	for _, k := range n.elems {
		k.whole()
	}
}

// rest is what of n is not carried over, as JSON; nil if nothing is left.
func (n *node) rest() jsontext.Value {
	var parts []jsontext.Value
	switch n.kind {
	case '{':
		for _, k := range n.fields {
			if r := k.rest(); r != nil {
				parts = append(parts, slices.Concat(quoted(k.name), jsontext.Value(":"), r))
			}
		}
	case '[':
		for _, k := range n.elems {
			if r := k.rest(); r != nil {
				parts = append(parts, r)
			}
		}
	}
	switch {
	case len(parts) > 0 && n.kind == '{':
		return slices.Concat(jsontext.Value("{"), bytes.Join(anys(parts), []byte(",")), jsontext.Value("}"))
	case len(parts) > 0:
		return slices.Concat(jsontext.Value("["), bytes.Join(anys(parts), []byte(",")), jsontext.Value("]"))
	case n.known || (n.kind == '{' || n.kind == '[') && len(n.fields)+len(n.elems) > 0:
		return nil
	}
	return n.json()
}

func anys(parts []jsontext.Value) [][]byte {
	out := make([][]byte, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

// yes reports whether the field called name is true.
func (n *node) yes(name string) bool { return n.str(name) == "true" }

// path is where n stands: a JSON pointer, with the linkId of the item that it belongs to.
func (n *node) path() string {
	var steps []string
	item := ""
	for k := n; k != nil; k = k.up {
		if id := k.get("linkId"); item == "" && id != nil && id.kind == '"' {
			item = " (" + shortened(id.text) + ")"
		}
		switch {
		case k.up == nil:
			steps = append(steps, "")
		case k.up.kind == '[':
			steps = append(steps, strconv.Itoa(k.index))
		default:
			steps = append(steps, strings.NewReplacer("~", "~0", "/", "~1").Replace(k.name))
		}
	}
	var b strings.Builder
	for i := len(steps) - 2; i >= 0; i-- {
		b.WriteString("/" + steps[i])
	}
	return shortened(b.String()) + item
}

// fail is a refusal with the place of n.
func (n *node) fail(code string, args ...any) *casebook.Error {
	place := fmt.Sprintf("line %d", n.line)
	if path := n.path(); path != "" {
		place += ", " + path
	}
	return casebook.Fail(casebook.Invalid, code, args...).At(place)
}

// shortened cuts a text that a message shows.
func shortened(s string) string {
	const most = 200
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}
