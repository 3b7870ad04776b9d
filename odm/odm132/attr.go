package odm132

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
)

const (
	xmlNamespace = "http://www.w3.org/XML/1998/namespace"
	xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

// open makes t, the nth of its name in up, the node at hand and sorts its attributes: the model's stay, the others are
// kept in Extra.
func (r *reader) open(t xml.StartElement, up *node, nth int) (*node, error) {
	n := &r.nodes[r.depth]
	*n = node{name: t.Name.Local, attrs: t.Attr, line: r.line, rule: grammar[t.Name.Local], up: up, nth: nth}
	if len(t.Attr) > maxAttrs {
		return nil, n.fail("odm.too_large", "attributes", maxAttrs)
	}
	if err := r.declare(t.Attr); err != nil {
		return nil, err
	}
	for i, a := range t.Attr {
		if slices.ContainsFunc(t.Attr[:i], func(b xml.Attr) bool { return a.Name == b.Name }) {
			return nil, n.fail("odm.xml", "the attribute "+shortened(a.Name.Local)+" stands twice")
		}
		if err := r.attribute(n, a); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (r *reader) attribute(n *node, a xml.Attr) error {
	switch space := a.Name.Space; {
	case isDeclaration(a) || space == xmlNamespace || space == "xml" || space == xsiNamespace:
		return nil
	case space != "":
		r.note(n, a.Name, "the attribute {} is kept as it stands", true)
	case slices.Contains(n.rule.attrs, a.Name.Local):
		return nil
	case slices.Contains(n.rule.kept, a.Name.Local):
		r.note(n, a.Name, "the attribute {}, for which the model has no word, is kept as it stands", true)
	default:
		if right := n.rule.attribute(a.Name.Local); right != "" {
			return n.fail("odm.unknown_attribute", shortened(a.Name.Local), right)
		}
		r.note(n, a.Name, "the attribute {}, which the standard does not know, is kept as it stands", true)
	}
	prefix := ""
	if a.Name.Space != "" {
		prefix = r.prefix(a.Name.Space, "")
	}
	x := n.keeper()
	x.Attrs = append(x.Attrs, odm.Attr{
		Space: a.Name.Space, Prefix: prefix, Name: a.Name.Local, Value: a.Value,
	})
	return nil
}

// attribute returns the attribute of the rule that differs from name only in case, or "".
func (u *rule) attribute(name string) string {
	for _, known := range append(u.attrs[:len(u.attrs):len(u.attrs)], u.kept...) {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return ""
}

func isDeclaration(a xml.Attr) bool {
	return a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
}

// declare remembers the prefixes of the namespaces that an element declares.
func (r *reader) declare(attrs []xml.Attr) error {
	for _, a := range attrs {
		if !isDeclaration(a) {
			continue
		}
		if len(a.Value) > maxName || len(a.Name.Local) > maxName {
			return r.fail("odm.too_large", "bytes of a namespace", maxName)
		}
		if a.Name.Space == "xmlns" {
			r.prefix(a.Value, a.Name.Local)
		}
	}
	return nil
}

// prefix returns the one prefix that this reader uses for a namespace: the first wish that no other namespace has.
func (r *reader) prefix(space, wish string) string {
	if p, known := r.prefixes[space]; known {
		return p
	}
	if !isName(wish) || strings.HasPrefix(wish, "xml") {
		wish = "ns"
	}
	p := wish
	for i := len(r.prefixes); r.taken[p]; i++ {
		p = wish + "." + strconv.Itoa(i)
	}
	r.prefixes[space], r.taken[p] = p, true
	return p
}

// attr returns the value of an attribute of the standard, and whether it is there.
func (n *node) attr(name string) (string, bool) {
	for i := range n.attrs {
		if n.attrs[i].Name.Local == name && n.attrs[i].Name.Space == "" {
			return n.attrs[i].Value, true
		}
	}
	return "", false
}

func (n *node) str(name string) string { v, _ := n.attr(name); return v }

func (n *node) lang() string {
	for i := range n.attrs {
		if a := n.attrs[i].Name; a.Local == "lang" && (a.Space == xmlNamespace || a.Space == "xml") {
			return n.attrs[i].Value
		}
	}
	return ""
}

// must returns the value of an attribute that may be neither absent nor empty.
func (n *node) must(name string) (string, error) {
	if v := n.str(name); v != "" {
		return v, nil
	}
	return "", n.fail("odm.missing_attribute", name)
}

// named returns OID and Name; a definition without a name is called by its OID.
func (r *reader) named(n *node) (oid, name string, err error) {
	if oid, err = n.must("OID"); err != nil {
		return "", "", err
	}
	if name = n.str("Name"); name == "" {
		r.lose(n, false, n.name+" without a Name; the OID takes its place")
		name = oid
	}
	return oid, name, nil
}

// yes returns whether an attribute that the standard demands is Yes rather than No.
func (r *reader) yes(n *node, name string) (bool, error) {
	v, err := r.oneOf(n, name, "No", "Yes", "No")
	return v == "Yes", err
}

// oneOf returns the value of an attribute that is one of few. absent stands for it when it is not there, which is a
// loss; no deviation if absent is "".
func (r *reader) oneOf(n *node, name, absent string, values ...string) (string, error) {
	v, there := n.attr(name)
	switch {
	case there && slices.Contains(values, v):
		return v, nil
	case there:
		return "", n.fail("odm.value_type", name, shortened(v), strings.Join(values, ", "))
	case absent != "":
		r.lose(n, false, n.name+" without "+name+"; read as "+absent)
	}
	return absent, nil
}

// integer returns the value of an attribute that is a whole number of at least least; 0 when it is absent.
func (r *reader) integer(n *node, name string, least int) (value int, there bool, err error) {
	v, there := n.attr(name)
	if !there {
		return 0, false, nil
	}
	i, err := strconv.Atoi(strings.Trim(v, " \t\r\n"))
	if err != nil || i < least {
		return 0, false, n.fail("odm.value_type", name, shortened(v), "a whole number")
	}
	return i, true, nil
}

// dataType returns the value of an attribute DataType.
func (r *reader) dataType(n *node) (odm.DataType, error) {
	v, err := n.must("DataType")
	if err == nil && !odm.DataType(v).Known() {
		err = n.fail("odm.value_type", "DataType", shortened(v), "a data type of ODM 1.3.2")
	}
	return odm.DataType(v), err
}

// fits reports whether v has the lexical form of a data type.
func fits(t odm.DataType, v string) bool { return (&odm.Item{DataType: t}).Accept(v, nil) == nil }

// isSASName is the schema's type sasName.
func isSASName(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if s[i] != '_' && (c < 'a' || c > 'z') && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 8
}

// isLanguage is the type xs:language: parts of at most eight letters, or digits behind the first, joined by "-".
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if part == "" || len(part) > 8 {
			return false
		}
		for k := range len(part) {
			c := part[k] | 0x20
			if (c < 'a' || c > 'z') && (i == 0 || part[k] < '0' || part[k] > '9') {
				return false
			}
		}
	}
	return true
}

// shortened returns s fit to be shown in a report: at most 64 bytes.
func shortened(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
