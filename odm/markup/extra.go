package markup

import (
	"encoding/xml"
	"fmt"
	"html"
	"strings"

	"casebook/odm"
)

// keeper returns where the model keeps what is beyond it at n: the Extra of n's own struct, or the part of an outer
// struct's Extra that stands for n.
func (n *Node) Keeper() *odm.Extra {
	if n.rule.owns {
		if n.Extra == nil {
			n.Extra = &odm.Extra{}
		}
		return n.Extra
	}
	owner, path := n, ""
	for ; !owner.rule.owns; owner = owner.up {
		path = "/" + owner.key() + path
	}
	outer := owner.Keeper()
	if x := outer.Within[path[1:]]; x != nil {
		return x
	}
	x := &odm.Extra{}
	Within(&outer, path[1:], x)
	return x
}

// key returns what tells n from its siblings in a path of Extra.Within. The writer makes the same keys.
func (n *Node) key() string {
	switch n.Name {
	case "TranslatedText":
		return n.Name + "[" + n.lang() + "]"
	case "Alias":
		return n.Name + "[" + n.Str("Context") + "]"
	case "FormalExpression", "CheckValue", "MeasurementUnitRef":
		return fmt.Sprintf("%s[%d]", n.Name, n.nth)
	}
	return n.Name
}

// Within puts an Extra into an outer one, by the path to the element that it is of.
func Within(outer **odm.Extra, path string, x *odm.Extra) {
	if *outer == nil {
		*outer = &odm.Extra{}
	}
	if (*outer).Within == nil {
		(*outer).Within = map[string]*odm.Extra{}
	}
	(*outer).Within[path] = x
}

// keep reads the element t, in n, to its end and keeps it.
func (r *Reader) keep(n *Node, t xml.StartElement) error {
	c := capture{prefix: r.prefix, space: r.grammar.Namespace}
	if err := r.captured(&c, t); err != nil {
		return err
	}
	for depth := r.depth; r.depth >= depth; {
		tok, err := r.next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := r.captured(&c, t); err != nil {
				return err
			}
		case xml.EndElement:
			c.end()
		case xml.CharData:
			escape(&c.out, string(t), false)
		case xml.Comment:
			r.Note(n, xml.Name{}, "loss.comments", false)
		}
		if r.extra+c.out.Len() > maxExtra {
			return r.Refuse("odm.too_large", "bytes of extensions", maxExtra)
		}
	}
	r.extra += c.out.Len()
	if t.Name.Space == r.grammar.Namespace {
		n.standard = append(n.standard, c.out.String())
		return nil
	}
	x := n.Keeper()
	x.Elements = append(x.Elements, c.out.String())
	return nil
}

// close puts the kept elements of the standard before the foreign ones, as they stand in a file that is written.
func (n *Node) close() {
	if len(n.standard) > 0 {
		x := n.Keeper()
		x.Elements = append(n.standard, x.Elements...)
	}
}

func (r *Reader) captured(c *capture, t xml.StartElement) error {
	if len(t.Attr) > maxAttrs {
		return r.Refuse("odm.too_large", "attributes", maxAttrs)
	}
	if err := r.declare(t.Attr); err != nil {
		return err
	}
	c.start(t)
	return nil
}

// capture writes an element so that it stands alone: every namespace is declared where it is first used.
type capture struct {
	space  string // of the standard, which needs no prefix
	out    strings.Builder
	prefix func(space, wish string) string
	open   []string            // the names of the elements that are open
	bound  []map[string]string // what each of them binds, from prefixes to namespaces
}

func (c *capture) start(t xml.StartElement) {
	c.bound = append(c.bound, nil)
	var declare strings.Builder
	name := c.qualified(t.Name, true, &declare)
	var attrs strings.Builder
	for _, a := range t.Attr {
		if isDeclaration(a) {
			continue
		}
		attrs.WriteByte(' ')
		attrs.WriteString(c.qualified(a.Name, false, &declare))
		attrs.WriteString(`="`)
		escape(&attrs, a.Value, true)
		attrs.WriteByte('"')
	}
	c.out.WriteByte('<')
	c.out.WriteString(name)
	c.out.WriteString(declare.String())
	c.out.WriteString(attrs.String())
	c.out.WriteByte('>')
	c.open = append(c.open, name)
}

func (c *capture) end() {
	last := len(c.open) - 1
	c.out.WriteString("</" + c.open[last] + ">")
	c.open, c.bound = c.open[:last], c.bound[:last]
}

// qualified returns name with a prefix for its namespace, which it declares if no open element does.
func (c *capture) qualified(name xml.Name, element bool, declare *strings.Builder) string {
	prefix := ""
	switch {
	case name.Space == xmlNamespace || name.Space == "xml":
		return "xml:" + name.Local
	case name.Space == "" && !element:
		return name.Local
	case name.Space != "" && (name.Space != c.space || !element):
		prefix = c.prefix(name.Space, name.Space)
	}
	if bound, is := c.binding(prefix); !is || bound != name.Space {
		if c.bound[len(c.bound)-1] == nil {
			c.bound[len(c.bound)-1] = map[string]string{}
		}
		c.bound[len(c.bound)-1][prefix] = name.Space
		declare.WriteString(` xmlns`)
		if prefix != "" {
			declare.WriteString(":" + prefix)
		}
		declare.WriteString(`="`)
		escape(declare, name.Space, true)
		declare.WriteByte('"')
	}
	if prefix == "" {
		return name.Local
	}
	return prefix + ":" + name.Local
}

func (c *capture) binding(prefix string) (string, bool) {
	for i := len(c.bound) - 1; i >= 0; i-- {
		if space, is := c.bound[i][prefix]; is {
			return space, true
		}
	}
	return "", false
}

// escape writes s as text or as the value of an attribute. What XML cannot say becomes U+FFFD.
func escape(b *strings.Builder, s string, attr bool) {
	for _, c := range s {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '"' && attr:
			b.WriteString("&quot;")
		case c == '\r' || attr && (c == '\n' || c == '\t'):
			fmt.Fprintf(b, "&#%d;", c)
		case c < ' ' && c != '\n' && c != '\t' || c == 0xFFFE || c == 0xFFFF:
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(c)
		}
	}
}

// plain returns the text of a kept element without the HTML that it may hold.
func plain(element string) string {
	var text strings.Builder
	dec := xml.NewDecoder(strings.NewReader(element))
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		if t, is := tok.(xml.CharData); is {
			text.Write(t)
		}
	}
	var out strings.Builder
	rest := text.String()
	for {
		before, tag, more := strings.Cut(rest, "<")
		out.WriteString(before)
		if !more {
			break
		}
		if _, rest, more = strings.Cut(tag, ">"); !more {
			out.WriteString("<" + tag)
			break
		}
	}
	return strings.TrimSpace(html.UnescapeString(out.String()))
}
