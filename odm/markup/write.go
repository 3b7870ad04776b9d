package markup

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/odm"
)

// Options are what a file says of itself.
type Options struct {
	FileOID             string    // never reused
	Created             time.Time // CreationDateTime
	SourceSystem        string
	SourceSystemVersion string
	Description         string

	// Extensions writes Extra back, so that the file is as valid as the one that was read once what is of foreign
	// namespaces is stripped. Without Extensions a file validates against the official schema as it stands.
	Extensions bool
}

// Write writes a file. With extensions it calls file twice: first only to find the namespaces that the root declares.
// The losses are what file could not say; the error is one of out, or of kind Invalid when there is no such file.
func Write(out io.Writer, o Options, namespace string, file func(*Writer)) ([]odm.Loss, error) {
	prefixes := map[string]string{}
	if o.Extensions {
		file(newWriter(io.Discard, o, namespace, prefixes))
	}
	w := newWriter(out, o, namespace, prefixes)
	file(w)
	if w.err == nil {
		w.err = w.w.Flush()
	}
	return w.losses, w.err
}

// Writer writes one file.
type Writer struct {
	Options   Options
	TextType  string // TranslatedText/@Type, "" for none
	w         *bufio.Writer
	namespace string            // of the standard
	prefixes  map[string]string // of the namespaces of kept attributes
	taken     map[string]bool   // those prefixes
	frames    []frame
	names     map[Named]string // OIDs that are not written as they are
	losses    []odm.Loss
	err       error
}

// frame is an element that is open.
type frame struct {
	name   string
	key    string     // in Extra.Within
	id     string     // in places
	extra  *odm.Extra // nil when there is none, or none is written
	owner  bool       // extra is a struct's own
	sealed bool       // ">" is written
	text   bool       // text is written, so white space counts
	attrs  []string   // the names written so far
}

func newWriter(w io.Writer, o Options, namespace string, prefixes map[string]string) *Writer {
	return &Writer{w: bufio.NewWriter(w), Options: o, namespace: namespace, prefixes: prefixes, taken: map[string]bool{}}
}

// Head writes the declaration and opens the root, which is always the element ODM.
func (w *Writer) Head(x *odm.Extra) {
	w.put(`<?xml version="1.0" encoding="UTF-8"?>`)
	w.Own("ODM", "", x)
	w.Always("xmlns", w.namespace)
	for _, space := range slices.Sorted(maps.Keys(w.prefixes)) {
		w.Always("xmlns:"+w.prefixes[space], space)
	}
}

// Foot closes the root.
func (w *Writer) Foot() {
	w.End()
	w.put("\n")
}

// Refuse says that the file cannot be written, because of the element at hand.
func (w *Writer) Refuse(code string, args ...any) {
	if w.err == nil {
		w.err = casebook.Fail(casebook.Invalid, code, args...).At(w.path())
	}
}

// Lose notes what the standard cannot say of the element at hand; code names the kind of loss (odm.Lost).
func (w *Writer) Lose(code string, args ...any) {
	w.losses = append(w.losses, odm.Lost(w.path(), 0, false, code, args...))
}

func (w *Writer) path() string {
	var parts []string
	for _, f := range w.frames {
		switch {
		case f.name == "ODM" || f.name == "Study":
		case f.id == "":
			parts = append(parts, f.name)
		default:
			parts = append(parts, f.name+"["+Short(f.id)+"]")
		}
	}
	return strings.Join(parts, "/")
}

func (w *Writer) put(parts ...string) {
	for _, s := range parts {
		if w.err == nil {
			_, w.err = w.w.WriteString(s)
		}
	}
}

// Own opens the element of a struct that has an Extra.
func (w *Writer) Own(name, id string, x *odm.Extra) {
	if !w.Options.Extensions {
		x = nil
	}
	w.open(frame{name: name, id: id, extra: x, owner: true})
}

// Part opens an element that has no struct; key is its name in Extra.Within.
func (w *Writer) Part(name, key string) { w.open(frame{name: name, key: key, extra: w.InOwner(key)}) }

// InOwner returns the extra of the element called key in the one at hand.
func (w *Writer) InOwner(key string) *odm.Extra {
	if !w.Options.Extensions {
		return nil
	}
	for i := len(w.frames) - 1; i >= 0; i-- {
		f := &w.frames[i]
		if f.owner {
			if f.extra == nil {
				return nil
			}
			return f.extra.Within[key]
		}
		key = f.key + "/" + key
	}
	return nil
}

func (w *Writer) open(f frame) {
	w.seal()
	w.put("\n", strings.Repeat("  ", len(w.frames)), "<", f.name)
	w.frames = append(w.frames, f)
}

func (w *Writer) top() *frame { return &w.frames[len(w.frames)-1] }

// Attr writes an attribute; one that is empty is left out.
func (w *Writer) Attr(name, value string) {
	if value != "" {
		w.Always(name, value)
	}
}

// Always writes an attribute, be it empty.
func (w *Writer) Always(name, value string) {
	var b strings.Builder
	escape(&b, value, true)
	w.top().attrs = append(w.top().attrs, name)
	w.put(" ", name, `="`, b.String(), `"`)
}

// seal ends the start tag of the element at hand, if it is still open.
func (w *Writer) seal() {
	if len(w.frames) == 0 || w.top().sealed {
		return
	}
	w.keptAttrs()
	w.put(">")
	w.top().sealed = true
}

// Text writes text into the element at hand.
func (w *Writer) Text(s string) {
	w.seal()
	w.top().text = true
	var b strings.Builder
	escape(&b, s, false)
	w.put(b.String())
}

// End closes the element at hand, with what is kept of foreign namespaces at its end.
func (w *Writer) End() {
	w.keptElements(func(name string) bool { return name == "" })
	f := w.top()
	switch {
	case !f.sealed:
		w.keptAttrs()
		w.put("/>")
	case f.text:
		w.put("</", f.name, ">")
	default:
		w.put("\n", strings.Repeat("  ", len(w.frames)-1), "</", f.name, ">")
	}
	w.frames = w.frames[:len(w.frames)-1]
}

// Kept writes the kept elements of the standard called name in the element at hand.
func (w *Writer) Kept(name string) { w.keptElements(func(n string) bool { return n == name }) }

func (w *Writer) keptElements(which func(name string) bool) {
	x := w.top().extra
	if x == nil {
		return
	}
	for _, element := range x.Elements {
		name, ok := standardName(element, w.namespace)
		if !ok {
			w.Lose("loss.unwritten_element")
			continue
		}
		if which(name) {
			w.seal()
			if !w.top().text {
				w.put("\n", strings.Repeat("  ", len(w.frames)))
			}
			w.put(element)
		}
	}
}

// standardName returns the name of a kept element if it is of the standard, "" if it is foreign; and whether it is one
// well-formed element.
func standardName(element, space string) (name string, ok bool) {
	dec, depth, roots := xml.NewDecoder(strings.NewReader(element)), 0, 0
	for {
		tok, err := dec.Token()
		if err != nil {
			return name, err == io.EOF && roots == 1
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth == 0 {
				if roots++; t.Name.Space == space {
					name = t.Name.Local
				}
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 {
				return "", false
			}
		default:
			return "", false
		}
	}
}

func (w *Writer) keptAttrs() {
	x := w.top().extra
	if x == nil {
		return
	}
	for _, a := range x.Attrs {
		name := a.Name
		if a.Space != "" && a.Space != xmlNamespace {
			name = w.prefix(a) + ":" + name
		}
		if !isName(a.Name) || a.Space == xmlNamespace || slices.Contains(w.top().attrs, name) {
			w.Lose("loss.unwritten_attribute")
			continue
		}
		w.Always(name, a.Value)
	}
}

// prefix returns the prefix of an attribute's namespace, and chooses one when there is none yet.
func (w *Writer) prefix(a odm.Attr) string {
	if p := w.prefixes[a.Space]; p != "" {
		return p
	}
	p := a.Prefix
	for i := len(w.prefixes) + 1; !isName(p) || strings.HasPrefix(p, "xml") || w.taken[p]; i++ {
		p = fmt.Sprintf("ns%d", i)
	}
	w.prefixes[a.Space], w.taken[p] = p, true
	return p
}

// isName reports whether s may be the local name of an attribute or a prefix.
func isName(s string) bool {
	for i, c := range s {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0xC0 && c != 0xD7 && c != 0xF7 && c < 0x2000
		if !letter && (i == 0 || !strings.ContainsRune("0123456789-.\u00B7", c)) {
			return false
		}
	}
	return s != ""
}

// Depth is how many elements are open.
func (w *Writer) Depth() int { return len(w.frames) }
