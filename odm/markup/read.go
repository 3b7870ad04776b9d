// Package markup is what the XML of ODM's versions has in common: a reader that goes by a grammar and keeps what is
// beyond it, and a writer that puts it back. It refuses to know what an element means; only the packages of ODM's
// versions import it.
package markup

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"
)

// Limits of what is read. They are far beyond any study and keep a hostile file from costing more than its size.
const (
	maxDepth  = 64       // elements within elements
	maxAttrs  = 256      // attributes of an element
	maxName   = 256      // bytes of a namespace or a name
	maxExtra  = 64 << 20 // bytes of kept elements
	maxLosses = 10_000   // lines of the report; what is beyond is counted in a last one
)

// NewReader returns a reader of r by a grammar. It reads as a stream, and reports how a file departs from the standard
// and what the model cannot say. What cannot be read without guessing is refused with a *casebook.Error of kind Invalid
// whose Place is "line N, element X"; an error of r itself comes back wrapped. The caller bounds the size.
func NewReader(r io.Reader, g *Grammar) *Reader {
	src := &source{r: r}
	rd := &Reader{grammar: g, src: src, dec: xml.NewDecoder(src), prefixes: map[string]string{}, taken: map[string]bool{}}
	rd.losses.tally = map[alike]int{}
	rd.dec.CharsetReader = func(string, io.Reader) (io.Reader, error) {
		return nil, casebook.Fail(casebook.Invalid, "odm.encoding")
	}
	return rd
}

// source remembers the error of a reader, to tell it from those of the XML that it gave.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// Reader reads one file.
type Reader struct {
	grammar  *Grammar
	src      *source
	dec      *xml.Decoder
	line     int // where the token at hand begins
	depth    int
	nodes    [maxDepth + 1]Node
	prefixes map[string]string // of namespaces, as the file first declared them
	taken    map[string]bool   // those prefixes
	extra    int               // bytes of elements kept so far
	losses   losses
	rooted   bool

	// Found counts the definitions that were read.
	Found odm.Inventory
}

// Node is an element that is being read. Nodes are used again: none outlives its element.
type Node struct {
	Name  string
	Line  int
	Extra *odm.Extra
	// Beyond is what the definition says in our own words, see Beyond. It is there once the element was read.
	Beyond *Beyond

	attrs []xml.Attr
	rule  *Rule
	up    *Node
	at    int     // rank of the last child in the order of the schema
	count [24]int // children so far, by their place in the schema
	nth   int     // which of its siblings of that name this is, from 1

	standard []string        // kept elements of the standard's namespace
	contexts map[string]bool // of its aliases
}

// next returns the next token; r.line is where it begins.
func (r *Reader) next() (xml.Token, error) {
	r.line, _ = r.dec.InputPos()
	tok, err := r.dec.Token()
	if err != nil {
		return nil, r.fault(err)
	}
	switch t := tok.(type) {
	case xml.StartElement:
		if r.depth++; r.depth > maxDepth {
			return nil, r.Refuse("odm.too_deep", maxDepth)
		}
		r.nodes[r.depth].Name = t.Name.Local
	case xml.EndElement:
		r.depth--
	}
	return tok, nil
}

// fault turns an error of the decoder into one for the user.
func (r *Reader) fault(err error) error {
	if err == io.EOF {
		return err
	}
	if r.src.err != nil {
		return fmt.Errorf("odm: line %d: %w", r.line, r.src.err)
	}
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.At(r.place())
	}
	what := err.Error()
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		r.line, what = e.Line, e.Msg
	}
	if strings.Contains(what, "UTF-8") {
		return r.Refuse("odm.utf8").Wrap(err)
	}
	return r.Refuse("odm.xml", what).Wrap(err)
}

// Refuse refuses the file because of the token at hand.
func (r *Reader) Refuse(code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Invalid, code, args...).At(r.place())
}

func (r *Reader) place() string {
	if r.depth > 0 {
		return fmt.Sprintf("line %d, element %s", r.line, Short(r.nodes[min(r.depth, maxDepth)].Name))
	}
	return fmt.Sprintf("line %d", r.line)
}

// Refuse refuses the file because of n.
func (n *Node) Refuse(code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Invalid, code, args...).At(fmt.Sprintf("line %d, element %s", n.Line, n.Name))
}

// Document reads the whole file. It calls read for the root, which goes to its end.
func (r *Reader) Document(read func(*Node) error) error {
	for {
		tok, err := r.next()
		if err == io.EOF && !r.rooted {
			return r.Refuse("odm.not_odm")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if r.rooted {
				return r.Refuse("odm.xml", "a second root element "+Short(t.Name.Local))
			}
			if err := r.root(t, read); err != nil {
				return err
			}
		case xml.CharData:
			if text := bytes.TrimPrefix(t, []byte("\ufeff")); len(bytes.TrimSpace(text)) > 0 {
				return r.Refuse("odm.xml", "text outside the root element")
			}
		case xml.Directive:
			r.losses.add(odm.Lost("", r.line, false, "loss.doctype"))
		}
	}
}

func (r *Reader) root(t xml.StartElement, read func(*Node) error) error {
	r.rooted = true
	if err := r.admit(t); err != nil {
		return err
	}
	n, err := r.open(t, nil, 1)
	if err != nil {
		return err
	}
	return read(n)
}

// admit refuses a root that is not one of the grammar's version.
func (r *Reader) admit(t xml.StartElement) error {
	space, version, g := t.Name.Space, "", r.grammar
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local == "ODMVersion" {
			version = a.Value
		}
	}
	isODM := strings.HasPrefix(space, "http://www.cdisc.org/ns/odm/v")
	switch {
	case isODM && space != g.Namespace:
		return r.Refuse("odm.version", Short(strings.TrimPrefix(space, "http://www.cdisc.org/ns/odm/v")), g.Version)
	case t.Name.Local == "ODM" && version != "" && version != g.Version && !strings.HasPrefix(version, g.Version+"."):
		return r.Refuse("odm.version", Short(version), g.Version)
	case isODM && slices.Contains(g.Roots, t.Name.Local):
		return nil
	case isODM && strings.EqualFold(t.Name.Local, "ODM"):
		return r.Refuse("odm.unknown_element", Short(t.Name.Local), "ODM")
	}
	return r.Refuse("odm.not_odm")
}

// Skip goes past the rest of the element at hand.
func (r *Reader) Skip() error {
	for depth := r.depth; r.depth >= depth; {
		if _, err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// Children reads n to its end and calls read for every element that the standard allows in it; read goes to that
// element's end. What is of a foreign namespace, or beyond the model, is kept.
func (r *Reader) Children(n *Node, read func(*Node) error) error {
	for {
		tok, err := r.next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.EndElement:
			n.close()
			return nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				r.Note(n, xml.Name{Local: n.Name}, "loss.text_in", false)
			}
		case xml.Comment:
			r.Note(n, xml.Name{}, "loss.comments", false)
		case xml.StartElement:
			if err := r.child(n, t, read); err != nil {
				return err
			}
		}
	}
}

func (r *Reader) child(n *Node, t xml.StartElement, read func(*Node) error) error {
	if t.Name.Space != r.grammar.Namespace {
		r.Note(n, t.Name, "loss.element_kept", true)
		return r.keep(n, t)
	}
	at := n.rule.known(t.Name.Local)
	if at < 0 {
		return r.unknown(n, t.Name.Local)
	}
	kid := n.rule.children[at]
	if n.count[at]++; kid.rank < n.at {
		r.Note(n, t.Name, "loss.element_order", true)
	}
	n.at = kid.rank
	bare := &r.nodes[r.depth]
	*bare = Node{Name: kid.name, Line: r.line, rule: leaf, up: n}
	switch {
	case kid.once && n.count[at] > 1:
		r.Lose(bare, false, "loss.second_element", kid.name)
		return r.Skip()
	case r.grammar.Elements[kid.name] == nil && !kid.kept:
		r.Note(bare, t.Name, "loss.data_in", false)
		return r.Skip()
	case kid.kept:
		r.Note(n, t.Name, "loss.element_beyond", true)
		return r.keep(n, t)
	}
	c, err := r.open(t, n, n.count[at])
	if err != nil {
		return err
	}
	return read(c)
}

// unknown refuses an element that may not stand in n, and tells the spelling that was meant, or what may stand there.
func (r *Reader) unknown(n *Node, name string) error {
	var allowed []string
	for _, k := range n.rule.children {
		if strings.EqualFold(k.name, name) {
			return r.Refuse("odm.unknown_element", Short(name), k.name)
		}
		allowed = append(allowed, k.name)
	}
	if r.grammar.Elements[name] != nil || len(allowed) == 0 {
		return r.Refuse("odm.misplaced_element", Short(name), n.Name)
	}
	for _, known := range slices.Sorted(maps.Keys(r.grammar.Elements)) {
		if strings.EqualFold(known, name) {
			return r.Refuse("odm.unknown_element", Short(name), known)
		}
	}
	return r.Refuse("odm.unknown_element", Short(name), strings.Join(allowed, ", "))
}

// Text reads n, which holds nothing but text, to its end.
func (r *Reader) Text(n *Node) (string, error) {
	var b strings.Builder
	for {
		tok, err := r.next()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.EndElement:
			n.close()
			return b.String(), nil
		case xml.CharData:
			b.Write(t)
		case xml.Comment:
			r.Note(n, xml.Name{}, "loss.comments", false)
		case xml.StartElement:
			if err := r.child(n, t, nil); err != nil {
				return "", err
			}
		}
	}
}

// None reads n, which holds no content of the standard's, to its end.
func (r *Reader) None(n *Node) error { return r.Children(n, nil) }

// Count returns how many children of that name were read so far.
func (n *Node) Count(child string) int {
	if at := n.rule.known(child); at >= 0 {
		return n.count[at]
	}
	return 0
}
