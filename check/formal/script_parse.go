package formal

import "casebook"

// node is an expression of a script: an operator, a call, a literal or a path.
type node struct {
	kind nodeKind
	text string // operator, path, literal; of a call, the function or method
	kids []*node
	at   int
}

type nodeKind uint8

const (
	nodePath nodeKind = iota
	nodeNumber
	nodeText
	nodeRegex
	nodeCall   // of a function
	nodeMethod // of kids[0]
	nodeUnary
	nodeBinary
	nodeChoice
)

// stmt is a statement of a script.
type stmt struct {
	kind stmtKind
	name string // of an assignment
	expr *node  // condition, value; nil in "return;" and "var x;"
	body []stmt // of a block; then
	more []stmt // else
	at   int
}

type stmtKind uint8

const (
	stmtReturn stmtKind = iota
	stmtAssign
	stmtIf
	stmtBlock
	stmtValue // an expression alone: the outcome of a script that is nothing else
)

const maxNesting = 60

type parser struct {
	tr      *translator
	tokens  []token
	i       int
	depth   int
	openEDC bool
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) is(s string) bool {
	t := p.peek()
	return (t.kind == op || t.kind == path) && t.text == s
}

func (p *parser) accept(s string) bool {
	if !p.is(s) {
		return false
	}
	p.i++
	return true
}

func (p *parser) unexpected() *casebook.Error {
	return p.tr.fail(p.peek().at, "rule.formal.construct", p.peek().text)
}

func (p *parser) expect(s string) *casebook.Error {
	if !p.accept(s) {
		return p.unexpected()
	}
	return nil
}

func (p *parser) enter() *casebook.Error {
	if p.depth++; p.depth > maxNesting {
		return p.tr.fail(p.peek().at, "rule.formal.too_long")
	}
	return nil
}

func (p *parser) statements(until string) ([]stmt, *casebook.Error) {
	var all []stmt
	for !p.is(until) && p.peek().kind != end {
		if p.accept(";") {
			continue
		}
		s, err := p.statement()
		if err != nil {
			return nil, err
		}
		all = append(all, s...)
	}
	return all, nil
}

func (p *parser) statement() ([]stmt, *casebook.Error) {
	defer func() { p.depth-- }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	at := p.peek().at
	switch {
	case p.accept("{"):
		body, err := p.statements("}")
		if err != nil {
			return nil, err
		}
		return []stmt{{kind: stmtBlock, body: body, at: at}}, p.expect("}")
	case p.accept("if"):
		return p.conditional(at)
	case p.accept("return"):
		if p.is(";") || p.is("}") || p.peek().kind == end {
			return []stmt{{kind: stmtReturn, at: at}}, nil
		}
		value, err := p.choice()
		return []stmt{{kind: stmtReturn, expr: value, at: at}}, err
	case p.accept("var") || p.accept("let") || p.accept("const"):
		return p.declarations()
	}
	return p.simple()
}

func (p *parser) conditional(at int) ([]stmt, *casebook.Error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	cond, err := p.choice()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	s := stmt{kind: stmtIf, expr: cond, at: at}
	if s.body, err = p.statement(); err != nil {
		return nil, err
	}
	p.accept(";")
	if p.accept("else") {
		s.more, err = p.statement()
	}
	return []stmt{s}, err
}

func (p *parser) declarations() ([]stmt, *casebook.Error) {
	var all []stmt
	for {
		name := p.peek()
		if name.kind != path {
			return nil, p.unexpected()
		}
		p.i++
		s := stmt{kind: stmtAssign, name: name.text, at: name.at}
		if p.accept("=") {
			var err *casebook.Error
			if s.expr, err = p.choice(); err != nil {
				return nil, err
			}
		}
		all = append(all, s)
		if !p.accept(",") {
			return all, nil
		}
	}
}

// simple reads an assignment or an expression.
func (p *parser) simple() ([]stmt, *casebook.Error) {
	t, next := p.peek(), p.tokens[min(p.i+1, len(p.tokens)-1)]
	target := node{kind: nodePath, text: t.text, at: t.at}
	if t.kind == path && next.kind == op {
		switch next.text {
		case "++", "--":
			p.i += 2
			one := &node{kind: nodeNumber, text: "1", at: t.at}
			sum := &node{kind: nodeBinary, text: next.text[:1], kids: []*node{&target, one}, at: t.at}
			return []stmt{{kind: stmtAssign, name: t.text, expr: sum, at: t.at}}, nil
		case "=", "+=", "-=":
			p.i += 2
			value, err := p.choice()
			if err != nil {
				return nil, err
			}
			if next.text != "=" {
				value = &node{kind: nodeBinary, text: next.text[:1], kids: []*node{&target, value}, at: t.at}
			}
			return []stmt{{kind: stmtAssign, name: t.text, expr: value, at: t.at}}, nil
		}
	}
	value, err := p.choice()
	return []stmt{{kind: stmtValue, expr: value, at: t.at}}, err
}

func (p *parser) choice() (*node, *casebook.Error) {
	defer func() { p.depth-- }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	cond, err := p.binary(0)
	at := p.peek().at
	if err != nil || !p.accept("?") {
		return cond, err
	}
	a, err := p.choice()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	b, err := p.choice()
	return &node{kind: nodeChoice, kids: []*node{cond, a, b}, at: at}, err
}

var levels = [...][]string{{"||"}, {"&&"}, {"==", "!=", "===", "!=="}, {"<", "<=", ">", ">="}, {"+", "-"},
	{"*", "/", "%"}, {"^"}}

func (p *parser) binary(level int) (*node, *casebook.Error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		o := ""
		for _, candidate := range levels[level] {
			if p.peek().kind == op && p.is(candidate) {
				o = candidate
			}
		}
		if o == "" || o == "^" && !p.openEDC {
			break
		}
		at := p.peek().at
		p.i++
		var right *node
		right, err = p.binary(level + 1)
		if len(o) == 3 { // === and !== differ only for operands of different types, which are refused anyway
			o = o[:2]
		}
		left = &node{kind: nodeBinary, text: o, kids: []*node{left, right}, at: at}
	}
	return left, err
}

func (p *parser) unary() (*node, *casebook.Error) {
	t := p.peek()
	if t.kind != op || t.text != "!" && t.text != "-" {
		return p.postfix()
	}
	defer func() { p.depth-- }()
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.i++
	x, err := p.unary()
	return &node{kind: nodeUnary, text: t.text, kids: []*node{x}, at: t.at}, err
}

// postfix reads an operand and the methods called on it.
func (p *parser) postfix() (*node, *casebook.Error) {
	x, err := p.primary()
	for err == nil && p.accept(".") {
		name := p.peek()
		if name.kind != path {
			return nil, p.unexpected()
		}
		p.i++
		var args []*node
		if args, err = p.arguments(); err == nil {
			x = &node{kind: nodeMethod, text: name.text, kids: append([]*node{x}, args...), at: name.at}
		}
	}
	return x, err
}

func (p *parser) primary() (*node, *casebook.Error) {
	t := p.peek()
	p.i++
	switch t.kind {
	case number:
		return &node{kind: nodeNumber, text: t.text, at: t.at}, nil
	case text:
		return &node{kind: nodeText, text: t.text, at: t.at}, nil
	case regex:
		return &node{kind: nodeRegex, text: t.text, at: t.at}, nil
	case path:
		if p.is("(") {
			return p.call(t)
		}
		return &node{kind: nodePath, text: t.text, at: t.at}, nil
	}
	p.i--
	if err := p.expect("("); err != nil {
		return nil, err
	}
	x, err := p.choice()
	if err != nil {
		return nil, err
	}
	return x, p.expect(")")
}

// call reads the arguments of a function, or of the method that a path ends in.
func (p *parser) call(t token) (*node, *casebook.Error) {
	args, err := p.arguments()
	if err != nil {
		return nil, err
	}
	object, method := splitLast(t.text)
	if object == "" || object == "Math" {
		return &node{kind: nodeCall, text: t.text, kids: args, at: t.at}, nil
	}
	kids := append([]*node{{kind: nodePath, text: object, at: t.at}}, args...)
	return &node{kind: nodeMethod, text: method, kids: kids, at: t.at}, nil
}

func (p *parser) arguments() ([]*node, *casebook.Error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var args []*node
	for !p.is(")") {
		x, err := p.choice()
		if err != nil {
			return nil, err
		}
		args = append(args, x)
		if !p.accept(",") {
			break
		}
	}
	return args, p.expect(")")
}
