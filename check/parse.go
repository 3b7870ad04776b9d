package check

import (
	"unicode/utf8"

	"casebook"
)

type nodeKind uint8

const (
	nodeLiteral nodeKind = iota
	nodeName
	nodeCall
	nodeUnary
	nodeBinary
	nodeIf
	nodeList
	nodeLet
)

// node is one node of the syntax tree.
type node struct {
	kind nodeKind
	text string   // operator, name, function
	val  Value    // of a literal
	kids []*node  // operands, arguments; of let, the value and the body
	vars []string // of a call, the names bound in its last argument to the elements of the lists before it
	bare bool     // of a name, not written in backticks
	size int      // how many nodes it is, with all below it
	at   int
}

type parser struct {
	src    string
	tokens []token
	i      int
	nodes  int
	depth  int
}

// parse reads the grammar of docs/format/rules.md.
func parse(src string) (*node, *casebook.Error) {
	if len(src) > maxSource {
		return nil, invalid("rule.too_big", len(src)).At("column 1")
	}
	if !utf8.ValidString(src) {
		return nil, invalid("rule.syntax", "UTF-8").At("column 1")
	}
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src, tokens: tokens}
	n, err := p.expression()
	if err == nil && p.peek().kind != tokEnd {
		err = p.unexpected()
	}
	return n, err
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) is(op string) bool {
	t := p.peek()
	return t.text == op && (t.kind == tokOp || t.kind == tokName && reserved[op])
}

func (p *parser) accept(op string) bool {
	if !p.is(op) {
		return false
	}
	p.i++
	return true
}

func (p *parser) expect(op string) *casebook.Error {
	if !p.accept(op) {
		return p.unexpected()
	}
	return nil
}

func (p *parser) unexpected() *casebook.Error {
	t := p.peek()
	return invalid("rule.syntax", t.text).At(place(p.src, t.at))
}

func (p *parser) make(n node) (*node, *casebook.Error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, invalid("rule.too_big", maxNodes).At(place(p.src, n.at))
	}
	n.size = 1
	for _, k := range n.kids {
		n.size += k.size
	}
	return &n, nil
}

// expression = "let" name "=" choice ";" expression | choice
func (p *parser) expression() (*node, *casebook.Error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, invalid("rule.too_big", maxDepth).At(place(p.src, p.peek().at))
	}
	at := p.peek().at
	if !p.accept("let") {
		return p.choice()
	}
	name := p.peek()
	if name.kind != tokName || reserved[name.text] {
		return nil, p.unexpected()
	}
	p.i++
	if err := p.expect("="); err != nil {
		return nil, err
	}
	value, err := p.choice()
	if err != nil {
		return nil, err
	}
	if err := p.expect(";"); err != nil {
		return nil, err
	}
	body, err := p.expression()
	if err != nil {
		return nil, err
	}
	return p.make(node{kind: nodeLet, text: name.text, kids: []*node{value, body}, at: at})
}

// choice = binary [ "?" expression ":" expression ]
func (p *parser) choice() (*node, *casebook.Error) {
	cond, err := p.binary(0)
	at := p.peek().at
	if err != nil || !p.accept("?") {
		return cond, err
	}
	yes, err := p.expression()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	no, err := p.expression()
	if err != nil {
		return nil, err
	}
	return p.make(node{kind: nodeIf, text: "?:", kids: []*node{cond, yes, no}, at: at})
}

// levels are the binary operators, the loosest first. Comparisons do not chain.
var levels = [...][]string{{"||"}, {"&&"}, {"==", "!=", "<", "<=", ">", ">=", "in"}, {"+", "-"}, {"*", "/", "%"}}

const comparisons = 2

func (p *parser) binary(level int) (*node, *casebook.Error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		op := p.operatorOf(level)
		if op == "" {
			break
		}
		at := p.peek().at
		p.i++
		var right *node
		if right, err = p.binary(level + 1); err != nil {
			break
		}
		left, err = p.make(node{kind: nodeBinary, text: op, kids: []*node{left, right}, at: at})
		if level == comparisons {
			break
		}
	}
	return left, err
}

func (p *parser) operatorOf(level int) string {
	for _, op := range levels[level] {
		if p.is(op) {
			return op
		}
	}
	return ""
}

func (p *parser) unary() (*node, *casebook.Error) {
	t := p.peek()
	if !p.is("-") && !p.is("!") {
		return p.primary()
	}
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, invalid("rule.too_big", maxDepth).At(place(p.src, t.at))
	}
	p.i++
	operand, err := p.unary()
	if err != nil {
		return nil, err
	}
	return p.make(node{kind: nodeUnary, text: t.text, kids: []*node{operand}, at: t.at})
}

func (p *parser) primary() (*node, *casebook.Error) {
	t := p.peek()
	switch {
	case t.kind == tokValue:
		p.i++
		return p.make(node{kind: nodeLiteral, val: t.val, at: t.at})
	case t.kind == tokQuoted:
		p.i++
		return p.make(node{kind: nodeName, text: t.text, at: t.at})
	case t.kind == tokName && t.text != "let" && t.text != "in":
		p.i++
		if p.accept("(") {
			return p.call(t)
		}
		return p.word(t)
	case p.accept("("):
		inner, err := p.expression()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	case p.accept("["):
		kids, err := p.list("]")
		if err != nil {
			return nil, err
		}
		return p.make(node{kind: nodeList, kids: kids, at: t.at})
	}
	return nil, p.unexpected()
}

// word reads a bare word: a constant or a name.
func (p *parser) word(t token) (*node, *casebook.Error) {
	n := node{kind: nodeName, text: t.text, bare: true, at: t.at}
	switch t.text {
	case "true", "false":
		n = node{kind: nodeLiteral, val: Truth(t.text == "true"), at: t.at}
	case "null":
		n = node{kind: nodeLiteral, at: t.at}
	}
	return p.make(n)
}

func (p *parser) list(end string) ([]*node, *casebook.Error) {
	var kids []*node
	if p.accept(end) {
		return kids, nil
	}
	for {
		kid, err := p.expression()
		if err != nil {
			return nil, err
		}
		if kids = append(kids, kid); len(kids) > maxList {
			return nil, invalid("rule.too_big", maxList).At(place(p.src, kid.at))
		}
		if !p.accept(",") {
			return kids, p.expect(end)
		}
	}
}

// call = name "(" { name ":" expression "," } [ expression { "," expression } ] ")"
func (p *parser) call(name token) (*node, *casebook.Error) {
	n := node{kind: nodeCall, text: name.text, at: name.at}
	for p.bindingAhead() {
		n.vars = append(n.vars, p.peek().text)
		p.i += 2
		list, err := p.expression()
		if err != nil {
			return nil, err
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
		n.kids = append(n.kids, list)
	}
	rest, err := p.list(")")
	if err != nil {
		return nil, err
	}
	n.kids = append(n.kids, rest...)
	return p.make(n)
}

func (p *parser) bindingAhead() bool {
	t := p.peek()
	return t.kind == tokName && !reserved[t.text] && p.i+1 < len(p.tokens) &&
		p.tokens[p.i+1].kind == tokOp && p.tokens[p.i+1].text == ":"
}
