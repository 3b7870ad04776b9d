package markup

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
func (r *Reader) open(t xml.StartElement, up *Node, nth int) (*Node, error) {
	n := &r.nodes[r.depth]
	*n = Node{Name: t.Name.Local, attrs: t.Attr, Line: r.line, rule: r.grammar.Elements[t.Name.Local], up: up, nth: nth}
	if len(t.Attr) > maxAttrs {
		return nil, n.Refuse("odm.too_large", "attributes", maxAttrs)
	}
	if err := r.declare(t.Attr); err != nil {
		return nil, err
	}
	for i, a := range t.Attr {
		if slices.ContainsFunc(t.Attr[:i], func(b xml.Attr) bool { return a.Name == b.Name }) {
			return nil, n.Refuse("odm.xml", "the attribute "+Short(a.Name.Local)+" stands twice")
		}
		if err := r.attribute(n, a); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (r *Reader) attribute(n *Node, a xml.Attr) error {
	switch space := a.Name.Space; {
	case isDeclaration(a) || space == xmlNamespace || space == "xml" || space == xsiNamespace:
		return nil
	case space != "":
		r.Note(n, a.Name, "loss.attribute_kept", true)
	case slices.Contains(n.rule.attrs, a.Name.Local):
		return nil
	case slices.Contains(n.rule.kept, a.Name.Local):
		r.Note(n, a.Name, "loss.attribute_beyond", true)
	default:
		if right := n.rule.attribute(a.Name.Local); right != "" {
			return n.Refuse("odm.unknown_attribute", Short(a.Name.Local), right)
		}
		r.Note(n, a.Name, "loss.attribute_unknown", true)
	}
	prefix := ""
	if a.Name.Space != "" {
		prefix = r.prefix(a.Name.Space, "")
	}
	x := n.Keeper()
	x.Attrs = append(x.Attrs, odm.Attr{
		Space: a.Name.Space, Prefix: prefix, Name: a.Name.Local, Value: a.Value,
	})
	return nil
}

// attribute returns the attribute of the rule that differs from name only in case, or "".
func (u *Rule) attribute(name string) string {
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
func (r *Reader) declare(attrs []xml.Attr) error {
	for _, a := range attrs {
		if !isDeclaration(a) {
			continue
		}
		if len(a.Value) > maxName || len(a.Name.Local) > maxName {
			return r.Refuse("odm.too_large", "bytes of a namespace", maxName)
		}
		if a.Name.Space == "xmlns" {
			r.prefix(a.Value, a.Name.Local)
		}
	}
	return nil
}

// prefix returns the one prefix that this reader uses for a namespace: the first wish that no other namespace has.
func (r *Reader) prefix(space, wish string) string {
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
func (n *Node) Attr(name string) (string, bool) {
	for i := range n.attrs {
		if n.attrs[i].Name.Local == name && n.attrs[i].Name.Space == "" {
			return n.attrs[i].Value, true
		}
	}
	return "", false
}

func (n *Node) Str(name string) string { v, _ := n.Attr(name); return v }

func (n *Node) lang() string {
	for i := range n.attrs {
		if a := n.attrs[i].Name; a.Local == "lang" && (a.Space == xmlNamespace || a.Space == "xml") {
			return n.attrs[i].Value
		}
	}
	return ""
}

// must returns the value of an attribute that may be neither absent nor empty.
func (n *Node) Must(name string) (string, error) {
	if v := n.Str(name); v != "" {
		return v, nil
	}
	return "", n.Refuse("odm.missing_attribute", name)
}

// named returns OID and Name; a definition without a name is called by its OID.
func (r *Reader) Named(n *Node) (oid, name string, err error) {
	if oid, err = n.Must("OID"); err != nil {
		return "", "", err
	}
	if name = n.Str("Name"); name == "" {
		r.Lose(n, false, "loss.no_name", n.Name)
		name = oid
	}
	return oid, name, nil
}

// yes returns whether an attribute that the standard demands is Yes rather than No.
func (r *Reader) Yes(n *Node, name string) (bool, error) {
	v, err := r.OneOf(n, name, "No", "Yes", "No")
	return v == "Yes", err
}

// oneOf returns the value of an attribute that is one of few. absent stands for it when it is not there, which is a
// loss; no deviation if absent is "".
func (r *Reader) OneOf(n *Node, name, absent string, values ...string) (string, error) {
	v, there := n.Attr(name)
	switch {
	case there && slices.Contains(values, v):
		return v, nil
	case there:
		return "", n.Refuse("odm.value_type", name, Short(v), strings.Join(values, ", "))
	case absent != "":
		r.Lose(n, false, "loss.no_attribute", n.Name, name, absent)
	}
	return absent, nil
}

// integer returns the value of an attribute that is a whole number of at least least; 0 when it is absent.
func (r *Reader) Integer(n *Node, name string, least int) (value int, there bool, err error) {
	v, there := n.Attr(name)
	if !there {
		return 0, false, nil
	}
	i, err := strconv.Atoi(strings.Trim(v, " \t\r\n"))
	if err != nil || i < least {
		return 0, false, n.Refuse("odm.value_type", name, Short(v), "a whole number")
	}
	return i, true, nil
}

// dataType returns the value of an attribute DataType.
func (r *Reader) DataType(n *Node) (odm.DataType, error) {
	v, err := n.Must("DataType")
	if err == nil && !odm.DataType(v).Known() && !slices.Contains(r.grammar.DataTypes, odm.DataType(v)) {
		err = n.Refuse("odm.value_type", "DataType", Short(v), "a data type of ODM")
	}
	return odm.DataType(v), err
}

// fits reports whether v has the lexical form of a data type.
func Fits(t odm.DataType, v string) bool { return (&odm.Item{DataType: t}).Accept(v, nil) == nil }

// isSASName is the schema's type sasName.
func IsSASName(s string) bool {
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
func Short(s string) string {
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
