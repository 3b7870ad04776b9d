package acceptance

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"casebook"
)

// The bounds of a file of cases.
const (
	maxLine  = 64 << 10 // bytes
	maxCases = 100_000
)

// Parse reads a file of cases; docs/format/acceptance.md describes it. Its errors name the line.
func Parse(name string, r io.Reader) (*Suite, error) {
	p := parser{suite: &Suite{Name: name}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		p.line++
		text := strings.TrimRight(strings.TrimPrefix(lines.Text(), "\uFEFF"), " \t\r")
		if !utf8.ValidString(text) {
			return nil, invalid(p.suite.Name, p.line, "acceptance.syntax", strings.ToValidUTF8(text, "\uFFFD"))
		}
		if bare := strings.TrimSpace(text); bare == "" || strings.HasPrefix(bare, "#") {
			continue
		}
		if err := p.take(text); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, casebook.Fail(casebook.TooLarge, "acceptance.too_big", maxLine, maxCases).Wrap(err)
	}
	if len(p.suite.Cases) == 0 {
		return nil, invalid(p.suite.Name, p.line, "acceptance.no_case")
	}
	return p.suite, nil
}

type parser struct {
	suite   *Suite
	line    int
	given   Case  // what stands before the first case, for all
	current *Case // nil before the first
	table   *table
}

// table is a table of values of one item: each row is a case.
type table struct {
	name Name
	step Step // with what is entered beside
}

func (p *parser) syntax(text string) error {
	return invalid(p.suite.Name, p.line, "acceptance.syntax", strings.TrimSpace(text))
}

// take reads one line. Words stand at its beginning; what belongs to them is indented.
func (p *parser) take(text string) error {
	if text[0] == ' ' || text[0] == '\t' {
		text = strings.TrimSpace(text)
		switch {
		case p.table != nil:
			return p.row(text)
		case p.current != nil && len(p.current.Steps) > 0:
			return p.item(text)
		}
		return p.syntax(text)
	}
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return p.syntax(text)
	}
	switch word {
	case "case":
		p.table = nil
		return p.begin(rest, p.given)
	case "today", "country":
		return p.about(word, rest)
	case "in":
		if p.current == nil || p.table != nil {
			return p.syntax(text)
		}
		return p.form(rest)
	case "values":
		return p.values(rest)
	case "with":
		if p.table == nil {
			return p.syntax(text)
		}
		e, _, err := p.entry(rest)
		p.table.step.Enter = append(p.table.step.Enter, e)
		return err
	}
	return p.syntax(text)
}

func (p *parser) begin(title string, c Case) error {
	if len(p.suite.Cases) >= maxCases {
		return casebook.Fail(casebook.TooLarge, "acceptance.too_big", maxLine, maxCases)
	}
	c.File, c.Title, c.Line = p.suite.Name, title, p.line
	p.suite.Cases = append(p.suite.Cases, c)
	p.current = &p.suite.Cases[len(p.suite.Cases)-1]
	return nil
}

func (p *parser) about(word, value string) error {
	c := &p.given
	if p.current != nil {
		if c = p.current; p.table != nil || len(c.Steps) > 0 {
			return p.syntax(word + " " + value)
		}
	}
	if word == "country" {
		c.Country = value
		return nil
	}
	c.Today = value
	if _, ok := day(value); !ok {
		return p.syntax(value)
	}
	return nil
}

// form reads "E.SCR / F.VS -> complete", with repeats as E.V[2].
func (p *parser) form(text string) error {
	s, err := p.step(text)
	p.current.Steps = append(p.current.Steps, s)
	return err
}

func (p *parser) step(text string) (Step, error) {
	where, expect := cutOutside(text, " -> ")
	event, form := cutOutside(where, " / ")
	s := Step{Line: p.line}
	var err error
	if s.Event, s.EventRepeat, err = p.repeated(event); err != nil {
		return s, err
	}
	if s.Form, s.FormRepeat, err = p.repeated(form); err != nil {
		return s, err
	}
	s.Expect, err = p.expectations(expect, Name{})
	return s, err
}

// repeated reads an OID with the key of its repeat, "1" where it names none.
func (p *parser) repeated(text string) (oid, repeat string, err error) {
	oid, rest, err := p.oid(text)
	if err != nil || rest == "" {
		return oid, "1", err
	}
	repeat, ok := strings.CutPrefix(rest, "[")
	if repeat, closed := strings.CutSuffix(repeat, "]"); ok && closed && repeat != "" {
		return oid, repeat, nil
	}
	return "", "", p.syntax(text)
}

// oid reads an OID: bare up to what separates, or in quotation marks.
func (p *parser) oid(text string) (oid, rest string, err error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", p.syntax(text)
		}
		oid, err = strconv.Unquote(quoted)
		return oid, strings.TrimSpace(text[len(quoted):]), err
	}
	end := strings.IndexAny(text, "[/ ")
	if end < 0 {
		end = len(text)
	}
	if end == 0 {
		return "", "", p.syntax(text)
	}
	return text[:end], strings.TrimSpace(text[end:]), nil
}

// name reads IT.SYS, IG.MED[2]/IT.NAME or IG.MED[2], and returns what stands behind it. What a bare OID means, the study
// says.
func (p *parser) name(text string) (n Name, rest string, err error) {
	first, rest, err := p.oid(text)
	if err != nil {
		return n, "", err
	}
	if after, ok := strings.CutPrefix(rest, "["); ok {
		repeat, after, closed := strings.Cut(after, "]")
		if !closed || repeat == "" {
			return n, "", p.syntax(text)
		}
		n.Group, n.Repeat, rest = first, repeat, strings.TrimSpace(after)
	}
	if after, ok := strings.CutPrefix(rest, "/"); ok {
		n.Group = first
		n.Item, rest, err = p.oid(after)
		return n, rest, err
	}
	if n.Group == "" {
		n.Item = first
	}
	return n, rest, nil
}

// item reads "IT.SYS = 252 -> query 4, IT.ARM shown".
func (p *parser) item(text string) error {
	s := &p.current.Steps[len(p.current.Steps)-1]
	what, expect := cutOutside(text, " -> ")
	e, entered, err := p.entry(what)
	if err != nil {
		return err
	}
	if entered {
		s.Enter = append(s.Enter, e)
	}
	more, err := p.expectations(expect, e.Name)
	if s.Expect = append(s.Expect, more...); err == nil && !entered && len(more) == 0 {
		err = p.syntax(text)
	}
	return err
}

// entry reads "IT.SYS = 252", "IT.SYS = (not_done)", or a name alone.
func (p *parser) entry(text string) (e Entry, entered bool, err error) {
	e.Line = p.line
	var rest string
	if e.Name, rest, err = p.name(text); err != nil || rest == "" {
		return e, false, err
	}
	value, ok := strings.CutPrefix(rest, "=")
	if !ok {
		return e, false, p.syntax(text)
	}
	e.Value, e.Blank, err = p.value(value)
	return e, true, err
}

func (p *parser) value(text string) (value, blank string, err error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, `"`) {
		if value, err = strconv.Unquote(text); err != nil {
			err = p.syntax(text)
		}
		return value, "", err
	}
	if reason, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(reason, ")") {
		return "", strings.TrimSuffix(reason, ")"), nil
	}
	return text, "", nil
}

// values reads "of IT.SYS in E.SCR / F.VS".
func (p *parser) values(text string) error {
	text, ok := strings.CutPrefix(text, "of ")
	name, where := cutOutside(text, " in ")
	if !ok || where == "" {
		return p.syntax("values " + text)
	}
	n, rest, err := p.name(name)
	if err != nil || rest != "" {
		return p.syntax(name)
	}
	p.table = &table{name: n}
	p.table.step, err = p.step(where)
	return err
}

// row reads "49 -> query 1, IT.ARM shown": a case of its own.
func (p *parser) row(text string) error {
	what, expect := cutOutside(text, " -> ")
	e := Entry{Name: p.table.name, Line: p.line}
	var err error
	if e.Value, e.Blank, err = p.value(what); err != nil {
		return err
	}
	s := p.table.step
	s.Line = p.line
	s.Enter = append(slices.Clone(s.Enter), e)
	more, err := p.expectations(expect, e.Name)
	if err != nil {
		return err
	}
	s.Expect = append(slices.Clone(s.Expect), more...)
	if err := p.begin(p.table.name.String()+" = "+what, p.given); err != nil {
		return err
	}
	p.current.Steps = []Step{s}
	return nil
}

// words are those that say something of a place, and whether a value follows.
var words = map[Word]bool{Query: true, Hidden: false, Shown: false, Is: true, IsBlank: false, Refused: false, Complete: false, Partial: false}

// expectations reads "query 1, IT.ARM shown": of the line's own place unless one is named.
func (p *parser) expectations(text string, own Name) (all []Expectation, err error) {
	for text = strings.TrimSpace(text); text != ""; {
		one, rest := cutOutside(text, ", ")
		e := Expectation{Name: own, Line: p.line}
		word, value, _ := strings.Cut(one, " ")
		if _, known := words[Word(word)]; !known {
			if e.Name, value, err = p.name(one); err != nil {
				return nil, err
			}
			word, value, _ = strings.Cut(value, " ")
		}
		takes, known := words[Word(word)]
		if e.Word = Word(word); !known || takes == (strings.TrimSpace(value) == "") {
			return nil, p.syntax(one)
		}
		if e.Value, _, err = p.value(value); err != nil {
			return nil, err
		}
		all, text = append(all, e), strings.TrimSpace(rest)
	}
	return all, nil
}

// cutOutside is strings.Cut that does not look into quotation marks.
func cutOutside(text, sep string) (before, after string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case quoted && text[i] == '\\':
			i++
		case !quoted && strings.HasPrefix(text[i:], sep):
			return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+len(sep):])
		}
	}
	return strings.TrimSpace(text), ""
}
