package odm132

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
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

// Write writes the definition of s as a snapshot in ODM-XML 1.3.2: elements in the order of the schema, definitions in
// that of the model, one MetaDataVersion for each version, each complete. Equal studies and options give equal bytes.
//
// The losses are what the standard cannot say of s; there are none for a study that Read gave, except OIDs that two
// kinds of definition share. The error is one of w, or of kind Invalid when s has no such file.
func Write(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	prefixes := map[string]string{}
	if o.Extensions {
		dry := newWriter(io.Discard, o, prefixes)
		dry.file(s)
	}
	out := newWriter(w, o, prefixes)
	out.file(s)
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.losses, out.err
}

type writer struct {
	w        *bufio.Writer
	opts     Options
	prefixes map[string]string // of the namespaces of kept attributes
	taken    map[string]bool   // those prefixes
	frames   []frame
	names    map[named]string // OIDs that are not written as they are
	losses   []odm.Loss
	err      error
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

func newWriter(w io.Writer, o Options, prefixes map[string]string) *writer {
	return &writer{w: bufio.NewWriter(w), opts: o, prefixes: prefixes, taken: map[string]bool{}}
}

func (w *writer) fail(code string, args ...any) {
	if w.err == nil {
		w.err = casebook.Fail(casebook.Invalid, code, args...).At(w.path())
	}
}

func (w *writer) lose(what string) {
	w.losses = append(w.losses, odm.Loss{Place: w.path(), What: what})
}

func (w *writer) path() string {
	var parts []string
	for _, f := range w.frames {
		switch {
		case f.name == "ODM" || f.name == "Study":
		case f.id == "":
			parts = append(parts, f.name)
		default:
			parts = append(parts, f.name+"["+shortened(f.id)+"]")
		}
	}
	return strings.Join(parts, "/")
}

func (w *writer) put(parts ...string) {
	for _, s := range parts {
		if w.err == nil {
			_, w.err = w.w.WriteString(s)
		}
	}
}

// own opens the element of a struct that has an Extra.
func (w *writer) own(name, id string, x *odm.Extra) {
	if !w.opts.Extensions {
		x = nil
	}
	w.open(frame{name: name, id: id, extra: x, owner: true})
}

// part opens an element that has no struct; key is its name in Extra.Within.
func (w *writer) part(name, key string) { w.open(frame{name: name, key: key, extra: w.inOwner(key)}) }

// inOwner returns the extra of the element called key in the one at hand.
func (w *writer) inOwner(key string) *odm.Extra {
	if !w.opts.Extensions {
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

func (w *writer) open(f frame) {
	w.seal()
	w.put("\n", strings.Repeat("  ", len(w.frames)), "<", f.name)
	w.frames = append(w.frames, f)
}

func (w *writer) top() *frame { return &w.frames[len(w.frames)-1] }

// attr writes an attribute; one that is empty is left out.
func (w *writer) attr(name, value string) {
	if value != "" {
		w.always(name, value)
	}
}

func (w *writer) always(name, value string) {
	var b strings.Builder
	escape(&b, value, true)
	w.top().attrs = append(w.top().attrs, name)
	w.put(" ", name, `="`, b.String(), `"`)
}

// seal ends the start tag of the element at hand, if it is still open.
func (w *writer) seal() {
	if len(w.frames) == 0 || w.top().sealed {
		return
	}
	w.keptAttrs()
	w.put(">")
	w.top().sealed = true
}

func (w *writer) text(s string) {
	w.seal()
	w.top().text = true
	var b strings.Builder
	escape(&b, s, false)
	w.put(b.String())
}

// end closes the element at hand, with what is kept of foreign namespaces at its end.
func (w *writer) end() {
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

// kept writes the kept elements of the standard called name in the element at hand.
func (w *writer) kept(name string) { w.keptElements(func(n string) bool { return n == name }) }

func (w *writer) keptElements(which func(name string) bool) {
	x := w.top().extra
	if x == nil {
		return
	}
	for _, element := range x.Elements {
		name, ok := standardName(element)
		if !ok {
			w.lose("an extension that is no XML element")
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
func standardName(element string) (name string, ok bool) {
	dec, depth, roots := xml.NewDecoder(strings.NewReader(element)), 0, 0
	for {
		tok, err := dec.Token()
		if err != nil {
			return name, err == io.EOF && roots == 1
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth == 0 {
				if roots++; t.Name.Space == Namespace {
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

func (w *writer) keptAttrs() {
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
			w.lose("an extension that is no attribute, or one that is there already")
			continue
		}
		w.always(name, a.Value)
	}
}

// prefix returns the prefix of an attribute's namespace, and chooses one when there is none yet.
func (w *writer) prefix(a odm.Attr) string {
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
