// Package odm132 reads and writes study definitions as ODM-XML 1.3.2, and reads 1.3.0 and 1.3.1. It refuses clinical
// data: it notes that a file has some and goes past it.
package odm132

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"casebook"
	"casebook/odm"
)

// Format is what a Report of this package is about.
const Format = "odm-xml-1.3.2"

// Limits of what is read. They are far beyond any study and keep a hostile file from costing more than its size.
const (
	maxDepth  = 64       // elements within elements
	maxAttrs  = 256      // attributes of an element
	maxName   = 256      // bytes of a namespace or a name
	maxExtra  = 64 << 20 // bytes of kept elements
	maxCopied = 1 << 18  // definitions that versions take over from others
	maxLosses = 10_000   // lines of the report; what is beyond is counted in a last one
)

// Read reads the first study of an ODM-XML file as a stream, and reports how the file departs from the standard and
// what the model cannot say. What cannot be read without guessing is refused with a *casebook.Error of kind Invalid
// whose Place is "line N, element X"; an error of the reader r itself comes back wrapped. The caller bounds the size.
func Read(r io.Reader) (*odm.Study, *odm.Report, error) {
	src := &source{r: r}
	rd := &reader{src: src, dec: xml.NewDecoder(src), prefixes: map[string]string{}, taken: map[string]bool{}}
	rd.losses.tally = map[alike]int{}
	rd.dec.CharsetReader = func(string, io.Reader) (io.Reader, error) {
		return nil, casebook.Fail(casebook.Invalid, "odm.encoding")
	}
	if err := rd.document(); err != nil {
		return nil, nil, err
	}
	return rd.study, rd.report(), nil
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

type reader struct {
	src      *source
	dec      *xml.Decoder
	line     int // where the token at hand begins
	depth    int
	nodes    [maxDepth + 1]node
	prefixes map[string]string // of namespaces, as the file first declared them
	taken    map[string]bool   // those prefixes
	extra    int               // bytes of elements kept so far
	copied   int               // definitions taken over so far

	study    *odm.Study
	units    map[string]bool
	versions map[string]*odm.Version
	found    odm.Inventory
	version  versionState
	losses   losses
	rooted   bool
}

// node is an element that is being read. Nodes are used again: none outlives its element.
type node struct {
	name  string
	attrs []xml.Attr
	line  int
	rule  *rule
	up    *node
	at    int     // place of the last child in the order of the schema
	count [12]int // children so far, by their place in the schema
	nth   int     // which of its siblings of that name this is, from 1
	extra *odm.Extra

	standard []string        // kept elements of the standard's namespace
	contexts map[string]bool // of its aliases
}

// next returns the next token; r.line is where it begins.
func (r *reader) next() (xml.Token, error) {
	r.line, _ = r.dec.InputPos()
	tok, err := r.dec.Token()
	if err != nil {
		return nil, r.fault(err)
	}
	switch t := tok.(type) {
	case xml.StartElement:
		if r.depth++; r.depth > maxDepth {
			return nil, r.fail("odm.too_deep", maxDepth)
		}
		r.nodes[r.depth].name = t.Name.Local
	case xml.EndElement:
		r.depth--
	}
	return tok, nil
}

// fault turns an error of the decoder into one for the user.
func (r *reader) fault(err error) error {
	if err == io.EOF {
		return err
	}
	if r.src.err != nil {
		return fmt.Errorf("odm132: line %d: %w", r.line, r.src.err)
	}
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.At(r.place())
	}
	what := err.Error()
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		r.line, what = e.Line, e.Msg
	}
	if strings.Contains(what, "UTF-8") {
		return r.fail("odm.utf8").Wrap(err)
	}
	return r.fail("odm.xml", what).Wrap(err)
}

// fail refuses the file because of the token at hand.
func (r *reader) fail(code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Invalid, code, args...).At(r.place())
}

func (r *reader) place() string {
	if r.depth > 0 {
		return fmt.Sprintf("line %d, element %s", r.line, shortened(r.nodes[min(r.depth, maxDepth)].name))
	}
	return fmt.Sprintf("line %d", r.line)
}

// fail refuses the file because of n.
func (n *node) fail(code string, args ...any) *casebook.Error {
	return casebook.Fail(casebook.Invalid, code, args...).At(fmt.Sprintf("line %d, element %s", n.line, n.name))
}

// document reads the whole file.
func (r *reader) document() error {
	for {
		tok, err := r.next()
		if err == io.EOF {
			return r.end()
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if r.rooted {
				return r.fail("odm.xml", "a second root element "+shortened(t.Name.Local))
			}
			if err := r.root(t); err != nil {
				return err
			}
		case xml.CharData:
			if text := bytes.TrimPrefix(t, []byte("\ufeff")); len(bytes.TrimSpace(text)) > 0 {
				return r.fail("odm.xml", "text outside the root element")
			}
		case xml.Directive:
			r.losses.add(odm.Loss{Line: r.line, What: "the document type declaration is not read"})
		}
	}
}

func (r *reader) end() error {
	switch {
	case !r.rooted:
		return r.fail("odm.not_odm")
	case r.study == nil:
		return r.fail("odm.no_study")
	}
	return nil
}

// root reads the element ODM.
func (r *reader) root(t xml.StartElement) error {
	r.rooted = true
	if err := r.admit(t); err != nil {
		return err
	}
	n, err := r.open(t, nil, 1)
	if err != nil {
		return err
	}
	err = r.children(n, func(c *node) error {
		if c.name == "Study" && r.study == nil {
			return r.readStudy(c)
		}
		r.lose(c, false, "only the first study of a file is read")
		return r.skip()
	})
	if err == nil && r.study != nil && n.extra != nil {
		within(&r.study.Extra, "ODM", n.extra)
	}
	return err
}

// admit refuses a root that is not an ODM 1.3.
func (r *reader) admit(t xml.StartElement) error {
	space, version := t.Name.Space, ""
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local == "ODMVersion" {
			version = a.Value
		}
	}
	isODM := strings.HasPrefix(space, "http://www.cdisc.org/ns/odm/v")
	switch {
	case isODM && space != Namespace:
		return r.fail("odm.version", shortened(strings.TrimPrefix(space, "http://www.cdisc.org/ns/odm/v")))
	case t.Name.Local == "ODM" && version != "" && version != "1.3" && !strings.HasPrefix(version, "1.3."):
		return r.fail("odm.version", shortened(version))
	case isODM && t.Name.Local == "ODM":
		return nil
	case isODM && strings.EqualFold(t.Name.Local, "ODM"):
		return r.fail("odm.unknown_element", shortened(t.Name.Local), "ODM")
	}
	return r.fail("odm.not_odm")
}

// skip goes past the rest of the element at hand.
func (r *reader) skip() error {
	for depth := r.depth; r.depth >= depth; {
		if _, err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// children reads n to its end and calls read for every element that the standard allows in it; read goes to that
// element's end. What is of a foreign namespace, or beyond the model, is kept.
func (r *reader) children(n *node, read func(*node) error) error {
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
				r.note(n, xml.Name{Local: n.name}, "text directly in {} is not kept", false)
			}
		case xml.Comment:
			r.note(n, xml.Name{}, "comments are not kept", false)
		case xml.StartElement:
			if err := r.child(n, t, read); err != nil {
				return err
			}
		}
	}
}

func (r *reader) child(n *node, t xml.StartElement, read func(*node) error) error {
	if t.Name.Space != Namespace {
		r.note(n, t.Name, "the element {} is kept as it stands", true)
		return r.keep(n, t)
	}
	at := n.rule.known(t.Name.Local)
	if at < 0 {
		return r.unknown(n, t.Name.Local)
	}
	kid := n.rule.children[at]
	if n.count[at]++; at < n.at {
		r.note(n, t.Name, "{} behind what should follow it", true)
	}
	n.at = at
	bare := &r.nodes[r.depth]
	*bare = node{name: kid.name, line: r.line, rule: leaf, up: n}
	switch {
	case kid.once && n.count[at] > 1:
		r.lose(bare, false, "a second "+kid.name+"; the first is kept")
		return r.skip()
	case grammar[kid.name] == nil && !kid.kept:
		r.note(bare, t.Name, "the data in {} are not read here", false)
		return r.skip()
	case kid.kept:
		r.note(n, t.Name, "the element {}, for which the model has no word, is kept as it stands", true)
		return r.keep(n, t)
	}
	c, err := r.open(t, n, n.count[at])
	if err != nil {
		return err
	}
	return read(c)
}

// unknown refuses an element that may not stand in n, and tells the spelling that was meant, or what may stand there.
func (r *reader) unknown(n *node, name string) error {
	var allowed []string
	for _, k := range n.rule.children {
		if strings.EqualFold(k.name, name) {
			return r.fail("odm.unknown_element", shortened(name), k.name)
		}
		allowed = append(allowed, k.name)
	}
	if grammar[name] != nil || len(allowed) == 0 {
		return r.fail("odm.misplaced_element", shortened(name), n.name)
	}
	for known := range grammar {
		if strings.EqualFold(known, name) {
			return r.fail("odm.unknown_element", shortened(name), known)
		}
	}
	return r.fail("odm.unknown_element", shortened(name), strings.Join(allowed, ", "))
}

// text reads n, which holds nothing but text, to its end.
func (r *reader) text(n *node) (string, error) {
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
			r.note(n, xml.Name{}, "comments are not kept", false)
		case xml.StartElement:
			if err := r.child(n, t, nil); err != nil {
				return "", err
			}
		}
	}
}

// none reads n, which holds no content of the standard's, to its end.
func (r *reader) none(n *node) error { return r.children(n, nil) }
