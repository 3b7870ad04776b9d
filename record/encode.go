package record

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json/jsontext"
)

// What is hashed and what is compared is written here by hand, value by value: it is on the path of every report, and
// reflection costs ten times as much. A test holds it against the plain way.

// scratch is room for writing a document before it becomes a text of its own length. Nothing reads what is left in it.
var scratch = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

const maxScratch = 64 << 10 // what grew beyond is not kept

// written is what write appends, as a text.
func written(write func(b []byte) []byte) string {
	p := scratch.Get().(*[]byte)
	b := write((*p)[:0])
	text := string(b)
	if cap(b) <= maxScratch {
		*p = b
		scratch.Put(p)
	}
	return text
}

// encode writes the document of f: canonical JSON, the same for the same form.
func (f *Form) encode() string { return written(f.append) }

func (f *Form) append(b []byte) []byte {
	var fewSaves [4]save
	var fewItems [64]int // most forms have fewer, and need nothing of the heap
	saves, of := fewSaves[:0], fewItems[:]
	if len(f.Items) > len(of) {
		of = make([]int, len(f.Items))
	}
	for i, k := range f.Items {
		s := save{k.Version, k.By, store.Micros(k.At)}
		if of[i] = slices.Index(saves, s); of[i] < 0 {
			of[i] = len(saves)
			saves = append(saves, s)
		}
	}
	b = append(b, `{"saves":[`...)
	for i, s := range saves {
		b = next(b, i)
		b = append(strconv.AppendInt(append(b, `{"v":`...), s.Version, 10), `,"by":`...)
		b = append(strconv.AppendInt(append(quote(b, string(s.By)), `,"at":`...), s.At, 10), '}')
	}
	b = append(b, `],"items":[`...)
	for i, k := range f.Items {
		b = k.append(next(b, i), `{"g":`, `,"r":`, `,"i":`, `,"v":`, `,"b":`)
		if of[i] > 0 {
			b = strconv.AppendInt(append(b, `,"s":`...), int64(of[i]), 10)
		}
		b = append(b, '}')
	}
	b = append(b, ']')
	if len(f.Asides) > 0 {
		b = append(append(b, `,"off":`...), ledger.Text(docAsides(f.Asides))...)
	}
	if len(f.Enclosed) > 0 {
		b = append(append(b, `,"files":`...), ledger.Text(f.Enclosed)...)
	}
	return append(b, '}')
}

// canonical is the change as the ledger keeps it.
func (c *Change) canonical() string { return written(c.append) }

func (c *Change) append(b []byte) []byte {
	b = append(b, definitionPrefix...)
	b = append(strconv.AppendInt(b, c.Definition, 10), `,"items":`...)
	b = appendValues(b, c.Items)
	if len(c.Computed) > 0 {
		b = appendValues(append(b, `,"computed":`...), c.Computed)
	}
	if len(c.Opened) > 0 {
		b = append(append(b, `,"opened":`...), ledger.Text(c.Opened)...)
	}
	if len(c.Closed) > 0 {
		b = append(append(b, `,"closed":`...), ledger.Text(c.Closed)...)
	}
	if c.Source != "" {
		b = quote(append(b, `,"source":`...), c.Source)
	}
	if len(c.Redefined) > 0 {
		b = appendValues(append(b, `,"redefined":`...), c.Redefined)
	}
	if len(c.Off) > 0 {
		b = append(append(b, `,"off":`...), ledger.Text(c.Off)...)
	}
	if len(c.On) > 0 {
		b = append(append(b, `,"on":`...), ledger.Text(c.On)...)
	}
	return append(b, '}')
}

const definitionPrefix = `{"definition":`

// DefinitionOf reads the version that a change was saved under without reading the change: it stands first.
func DefinitionOf(change string) (number int64, ok bool) {
	rest, ok := strings.CutPrefix(change, definitionPrefix)
	if end := strings.IndexByte(rest, ','); ok && end > 0 {
		number, err := strconv.ParseInt(rest[:end], 10, 64)
		return number, err == nil
	}
	return 0, false
}

func appendValues(b []byte, values []Value) []byte {
	b = append(b, '[')
	for i, v := range values {
		b = append(v.append(next(b, i), `{"group":`, `,"repeat":`, `,"item":`, `,"value":`, `,"blank":`), '}')
	}
	return append(b, ']')
}

// append writes v under the given names, without the closing brace.
func (v Value) append(b []byte, group, repeat, item, value, blank string) []byte {
	b = quote(append(b, group...), v.Group)
	b = quote(append(b, repeat...), v.Repeat)
	b = quote(append(b, item...), v.Item)
	if v.Value != "" {
		b = quote(append(b, value...), v.Value)
	}
	if v.Blank != "" {
		b = quote(append(b, blank...), v.Blank)
	}
	return b
}

func next(b []byte, i int) []byte {
	if i > 0 {
		return append(b, ',')
	}
	return b
}

func quote(b []byte, s string) []byte {
	if verbatim(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	b, err := jsontext.AppendQuote(b, s)
	if err != nil {
		panic("record: " + err.Error()) // only text that is not UTF-8 fails, and none is accepted
	}
	return b
}

// verbatim reports whether s is written as it is: most of what stands in a form is.
func verbatim(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
