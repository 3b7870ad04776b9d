package check

import (
	"math/bits"
	"unicode/utf8"
)

// A pattern is the language's own small kind of regular expression: characters, ".", classes, groups, "|", the counts
// ? * + {n} {n,} {n,m}, and the anchors ^ and $ at the two ends of an alternative of the whole pattern. It becomes
// Glushkov's position automaton (V. M. Glushkov, "The abstract theory of automata", 1961): one state per character of
// the pattern, run on bit sets, so that matching takes time linear in the text.
type pattern struct {
	sets   []charSet // by position
	follow []bitset
	// Positions a match can begin with: anywhere, or only where the text begins; and end with.
	first, firstAnchored, last, lastAnchored bitset
	always                                   bool // matches every text
}

type bitset []uint64

func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) union(o bitset) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bitset) meets(o bitset) bool {
	for i := range b {
		if b[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// charSet is a set of code points: ranges, or all but them.
type charSet struct {
	ranges [][2]rune
	negate bool
}

func (s *charSet) has(r rune) bool {
	for _, x := range s.ranges {
		if x[0] <= r && r <= x[1] {
			return !s.negate
		}
	}
	return s.negate
}

// match reports whether p matches somewhere in text.
func (p *pattern) match(text string) bool {
	if p.always {
		return true
	}
	var a, b [maxStates / 64]uint64
	words := len(p.first)
	now, next := bitset(a[:words]), bitset(b[:words])
	begin := true
	for _, r := range text {
		p.step(now, next, r, begin)
		now, next, begin = next, now, false
		if now.meets(p.last) {
			return true
		}
	}
	return now.meets(p.lastAnchored)
}

// step puts into next the positions that r leads to.
func (p *pattern) step(now, next bitset, r rune, begin bool) {
	copy(next, p.first)
	if begin {
		next.union(p.firstAnchored)
	}
	for w, word := range now {
		for ; word != 0; word &= word - 1 {
			next.union(p.follow[w*64+bits.TrailingZeros64(word)])
		}
	}
	for w, word := range next {
		for ; word != 0; word &= word - 1 {
			if i := w*64 + bits.TrailingZeros64(word); !p.sets[i].has(r) {
				next[w] &^= 1 << (i % 64)
			}
		}
	}
}

// piece is a part of a pattern while it is built: positions it can begin and end with, and whether it may be empty.
type piece struct {
	first, last bitset
	empty       bool
}

type patternParser struct {
	src    string
	p      *pattern
	failed bool
	depth  int
	atoms  int // read so far; counts of counts of nothing would otherwise take for ever
}

// compilePattern reads a pattern; it reports false if src is not one, or too large.
func compilePattern(src string) (*pattern, bool) {
	if src == "" || utf8.RuneCountInString(src) > maxPattern {
		return nil, false
	}
	c := &patternParser{src: src, p: &pattern{}}
	c.p.first, c.p.firstAnchored, c.p.last, c.p.lastAnchored = newSet(), newSet(), newSet(), newSet()
	for {
		c.topAlternative()
		if !c.accept('|') {
			break
		}
	}
	if c.failed || c.src != "" {
		return nil, false
	}
	c.p.shrink()
	return c.p, true
}

func newSet() bitset { return make(bitset, maxStates/64) }

// shrink cuts all bit sets to the words in use.
func (p *pattern) shrink() {
	words := max(1, (len(p.sets)+63)/64)
	for _, b := range []*bitset{&p.first, &p.firstAnchored, &p.last, &p.lastAnchored} {
		*b = (*b)[:words:words]
	}
	for i := range p.follow {
		p.follow[i] = append(bitset(nil), p.follow[i][:words]...)
	}
}

// topAlternative reads one alternative of the whole pattern with its anchors.
func (c *patternParser) topAlternative() {
	begin := c.accept('^')
	x := c.sequence()
	end := c.accept('$')
	first, last := c.p.first, c.p.last
	if begin {
		first = c.p.firstAnchored
	}
	if end {
		last = c.p.lastAnchored
	}
	first.union(x.first)
	last.union(x.last)
	if x.empty && !(begin && end) { // the empty text is found at either end; no text that is asked about is empty
		c.p.always = true
	}
}

func (c *patternParser) accept(b byte) bool {
	if c.src == "" || c.src[0] != b {
		return false
	}
	c.src = c.src[1:]
	return true
}

func (c *patternParser) rune() rune {
	r, n := utf8.DecodeRuneInString(c.src)
	if n == 0 {
		c.failed = true
	}
	c.src = c.src[n:]
	return r
}

func (c *patternParser) sequence() piece {
	x := piece{first: newSet(), last: newSet(), empty: true}
	for !c.failed && c.src != "" && c.src[0] != '|' && c.src[0] != ')' && c.src[0] != '$' {
		x = c.concat(x, c.counted())
	}
	return x
}

func (c *patternParser) concat(a, b piece) piece {
	c.connect(a.last, b.first)
	if a.empty {
		a.first.union(b.first)
	}
	if b.empty {
		b.last.union(a.last)
	}
	return piece{first: a.first, last: b.last, empty: a.empty && b.empty}
}

// connect lets every position of to follow every one of from.
func (c *patternParser) connect(from, to bitset) {
	for i := range c.p.follow {
		if from.has(i) {
			c.p.follow[i].union(to)
		}
	}
}

// counted reads an atom and its count. A count is written out by reading the atom's source again.
func (c *patternParser) counted() piece {
	start := c.src
	x := c.atom()
	atom := start[:len(start)-len(c.src)]
	least, most, ok := c.count()
	if c.failed || !ok {
		return x
	}
	rest := c.src
	defer func() { c.src = rest }()
	again := func() piece {
		c.src = atom
		return c.atom()
	}
	if most == 0 {
		return piece{first: newSet(), last: newSet(), empty: true}
	}
	unbounded := most < 0
	copies := max(least, most, 1)
	all := x
	for i := range copies {
		if c.failed {
			return all
		}
		if i > 0 {
			x = again()
		}
		if unbounded && i == copies-1 {
			c.connect(x.last, x.first)
		}
		if i >= least {
			x.empty = true
		}
		if i == 0 {
			all = x
		} else {
			all = c.concat(all, x)
		}
	}
	return all
}

// count reads a count; most < 0 is no bound. ok is false if there is none.
func (c *patternParser) count() (least, most int, ok bool) {
	switch {
	case c.accept('?'):
		least, most = 0, 1
	case c.accept('*'):
		least, most = 0, -1
	case c.accept('+'):
		least, most = 1, -1
	case c.accept('{'):
		least = c.integer()
		most = least
		if c.accept(',') {
			most = -1
			if c.src != "" && c.src[0] != '}' {
				most = c.integer()
			}
		}
		c.failed = c.failed || !c.accept('}') || most >= 0 && most < least
	default:
		return 0, 0, false
	}
	if c.src != "" && (c.src[0] == '?' || c.src[0] == '*' || c.src[0] == '+' || c.src[0] == '{') {
		c.failed = true // lazy and repeated counts are not in the subset
	}
	return least, most, true
}

func (c *patternParser) integer() int {
	n, some := 0, false
	for c.src != "" && isDigit(c.src[0]) && n <= maxStates {
		n, some = n*10+int(c.src[0]-'0'), true
		c.src = c.src[1:]
	}
	c.failed = c.failed || !some || n > maxStates
	return n
}

func (c *patternParser) atom() piece {
	if c.atoms++; c.atoms > 4*maxStates {
		c.failed = true
	}
	if c.accept('(') {
		if c.depth++; c.depth > 20 {
			c.failed = true
		}
		x := c.alternatives()
		c.depth--
		c.failed = c.failed || !c.accept(')')
		return x
	}
	return c.position(c.char())
}

func (c *patternParser) alternatives() piece {
	x := c.sequence()
	for !c.failed && c.accept('|') {
		y := c.sequence()
		x.first.union(y.first)
		x.last.union(y.last)
		x.empty = x.empty || y.empty
	}
	return x
}

func (c *patternParser) position(s charSet) piece {
	x := piece{first: newSet(), last: newSet()}
	i := len(c.p.sets)
	if c.failed || i >= maxStates {
		c.failed = true
		return x
	}
	c.p.sets = append(c.p.sets, s)
	c.p.follow = append(c.p.follow, newSet())
	x.first.set(i)
	x.last.set(i)
	return x
}

// char reads what stands for one character.
func (c *patternParser) char() charSet {
	switch r := c.rune(); r {
	case '.':
		return charSet{negate: true}
	case '[':
		return c.class()
	case '\\':
		return c.escape()
	case '^', '$', '?', '*', '+', '{', '}', ']', ')', '|':
		c.failed = true
		return charSet{}
	default:
		return charSet{ranges: [][2]rune{{r, r}}}
	}
}

// escape reads what follows a backslash: a class, a control character, or punctuation that then means itself.
func (c *patternParser) escape() charSet {
	r := c.rune()
	switch r {
	case 'd', 'D':
		return charSet{ranges: [][2]rune{{'0', '9'}}, negate: r == 'D'}
	case 'w', 'W':
		return charSet{ranges: [][2]rune{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}, negate: r == 'W'}
	case 's', 'S':
		return charSet{ranges: [][2]rune{{'\t', '\r'}, {' ', ' '}}, negate: r == 'S'}
	case 'n':
		r = '\n'
	case 't':
		r = '\t'
	default:
		if r > '~' || isDigit(byte(r)) || isLetter(byte(r)) || r < '!' {
			c.failed = true
		}
	}
	return charSet{ranges: [][2]rune{{r, r}}}
}

// class reads a class after its "[". A negated escape has no place in it.
func (c *patternParser) class() charSet {
	s := charSet{negate: c.accept('^')}
	for !c.failed && !c.accept(']') {
		low := c.classChar()
		if len(c.src) > 1 && c.src[0] == '-' && c.src[1] != ']' {
			c.src = c.src[1:]
			high := c.classChar()
			if len(low) != 1 || len(high) != 1 || low[0][0] != low[0][1] || high[0][0] < low[0][0] ||
				high[0][0] != high[0][1] {
				c.failed = true
				return s
			}
			low = [][2]rune{{low[0][0], high[0][0]}}
		}
		s.ranges = append(s.ranges, low...)
	}
	c.failed = c.failed || len(s.ranges) == 0
	return s
}

func (c *patternParser) classChar() [][2]rune {
	if c.src == "" || c.src[0] == '[' {
		c.failed = true
		return nil
	}
	if c.accept('\\') {
		s := c.escape()
		c.failed = c.failed || s.negate
		return s.ranges
	}
	r := c.rune()
	return [][2]rune{{r, r}}
}
