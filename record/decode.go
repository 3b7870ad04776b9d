package record

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Read makes c what text says, the body of a Saved entry; "" is no change. Followers read every entry, so it does not
// use reflection: values without escapes become parts of text, and the slices of c are used again. Queries, which few
// entries have, are read the plain way, and so is all of a text that this product did not write.
func (c *Change) Read(text string) error {
	*c = Change{Items: c.Items[:0], Computed: c.Computed[:0]}
	if text == "" || c.scan(text) {
		return nil
	}
	*c = Change{}
	return json.Unmarshal([]byte(text), c)
}

// scan reads what append writes, and gives up on anything else.
func (c *Change) scan(text string) bool {
	number, ok := DefinitionOf(text)
	if !ok {
		return false
	}
	r := reader{rest: text[strings.IndexByte(text, ','):]}
	c.Definition = number
	r.want(`,"items":[`)
	c.Items = r.values(c.Items)
	if r.skip(`,"computed":[`) {
		c.Computed = r.values(c.Computed)
	}
	if r.skip(`,"source":`) {
		c.Source = r.text()
	}
	if r.failed {
		return false
	}
	if r.rest == "}" {
		return true
	}
	var more struct {
		Opened []Query `json:"opened"`
		Closed []Query `json:"closed"`
		Source string  `json:"source"`
	}
	if !r.skip(",") || c.Source != "" || json.Unmarshal([]byte("{"+r.rest), &more, json.RejectUnknownMembers(true)) != nil {
		return false
	}
	c.Opened, c.Closed, c.Source = more.Opened, more.Closed, more.Source
	return true
}

// reader takes a text apart from the front.
type reader struct {
	rest   string
	failed bool
}

func (r *reader) skip(prefix string) (ok bool) {
	r.rest, ok = strings.CutPrefix(r.rest, prefix)
	return ok
}

func (r *reader) want(prefix string) { r.failed = !r.skip(prefix) || r.failed }

// values reads an array of values behind its bracket.
func (r *reader) values(into []Value) []Value {
	for !r.failed && !r.skip("]") {
		if len(into) > 0 {
			r.want(",")
		}
		var v Value
		r.want(`{"group":`)
		v.Group = r.text()
		r.want(`,"repeat":`)
		v.Repeat = r.text()
		r.want(`,"item":`)
		v.Item = r.text()
		if r.skip(`,"value":`) {
			v.Value = r.text()
		}
		if r.skip(`,"blank":`) {
			v.Blank = r.text()
		}
		r.want("}")
		into = append(into, v)
	}
	return into
}

var errUnquote = errors.New("record: a text without its end")

// text reads a quoted text.
func (r *reader) text() string {
	s, rest, err := unquote(r.rest)
	r.rest, r.failed = rest, err != nil || r.failed
	return s
}

func unquote(s string) (text, rest string, err error) {
	if s == "" || s[0] != '"' {
		return "", s, errUnquote
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return s[1:i], s[i+1:], nil
		case '\\':
			return unescape(s)
		}
	}
	return "", s, errUnquote
}

func unescape(s string) (text, rest string, err error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			b, err := jsontext.AppendUnquote(nil, s[:i+1])
			return string(b), s[i+1:], err
		case '\\':
			i++
		}
	}
	return "", s, errUnquote
}
