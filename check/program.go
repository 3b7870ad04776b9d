package check

import (
	"slices"
	"strings"
	"sync"

	"casebook"
)

// Scope says which names a rule may use. Item gives the type of an item, of an anchor or of anything else the caller
// names; Event reports whether an event exists, and nil means that none does.
type Scope struct {
	Item  func(name string) (Type, bool)
	Event func(oid string) bool
}

// Visit says from which visit a reference takes its value.
type Visit uint8

// The visits a reference may reach. Which visit is previous, first or last is the caller's knowledge.
const (
	Here  Visit = iota // the rule's own form, or another one at the same visit
	Prev               // prev(x): the nearest earlier visit that has x
	First              // first(x): the first visit that has x
	Last               // last(x): the last visit that has x, this one included
	At                 // at('E', x): the visit that Event names
)

// Ref is one value that a rule reads, known before the rule runs.
type Ref struct {
	Name  string
	Visit Visit
	Event string // of At
	Each  bool   // each(x): a list of x over all repeats
	Type  Type   // of the value to give: a list where Each
	Place string // where the source first names it
}

// Input is all that an evaluation depends on. Recorded, it lets anybody repeat the evaluation.
type Input struct {
	Values []Value // in the order of Program.Refs; those that are missing are blank
	Today  Value   // a Date: today in the subject's zone
	Zone   string  // the IANA name of the subject's time zone
}

// Warning is a set of things that went wrong and made something blank. A log should have them.
type Warning uint8

// The warnings.
const (
	DividedByZero Warning = 1 << iota
	OutOfRange            // a number, a date or a text left its bounds, or a zone is unknown
	WrongType             // the input held a value of another type than Scope said
	TooMuchWork           // the aggregates cost more than one evaluation may; the outcome is blank
)

var warningNames = [...]string{"divided by zero", "out of range", "wrong type", "too much work"}

func (w Warning) String() string {
	var names []string
	for i, name := range warningNames {
		if w&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Program is a compiled rule. It is immutable and safe for concurrent use.
type Program struct {
	source string
	refs   []Ref
	zones  []string
	open   bool
	local  bool // it asks for today or the zone
	root   code
	frames sync.Pool
}

// Compile checks src against scope and makes it ready to run. Its error is a *casebook.Error of kind Invalid, with a
// code rule.… and the place in src.
func Compile(src string, scope Scope) (*Program, error) {
	tree, fail := parse(src)
	if fail != nil {
		return nil, fail
	}
	c := &compiler{src: src, scope: scope}
	root, fail := c.compile(tree)
	if fail != nil {
		return nil, fail
	}
	p := &Program{source: src, refs: c.refs, zones: c.zones, open: c.openZone, local: c.local, root: root}
	types := make([]Type, len(p.refs))
	for i, r := range p.refs {
		types[i] = r.Type
	}
	slots := c.slots
	p.frames.New = func() any { return &frame{types: types, slots: make([]Value, slots)} }
	return p, nil
}

// Source returns what the program was compiled from.
func (p *Program) Source() string { return p.source }

// Type returns the type of the program's outcome; Untyped if it is always blank.
func (p *Program) Type() Type { return p.root.t }

// Want returns p, or the error rule.type if its outcome is not of type t.
func (p *Program) Want(t Type) (*Program, error) {
	if !p.root.t.fits(t) {
		return nil, invalid("rule.type", t.String(), p.root.t.String()).At("column 1")
	}
	return p, nil
}

// Refs returns the values that Eval reads, in the order of Input.Values.
func (p *Program) Refs() []Ref { return slices.Clone(p.refs) }

// Zones returns the names of the time zones that Eval may ask for, "" for Input.Zone. It reports false if a value of the
// data names one, so that nobody can tell before.
func (p *Program) Zones() (names []string, known bool) { return slices.Clone(p.zones), !p.open }

// Eval evaluates the program. The same input always gives the same outcome; it never panics and never runs long.
func (p *Program) Eval(in Input) (Value, Warning) {
	f := p.frames.Get().(*frame)
	f.in.Values, f.spent, f.warn = in.Values, 0, 0
	if p.local { // most rules ask for neither, and a copy costs as much as a comparison
		f.in.Today, f.in.Zone = in.Today, in.Zone
	}
	v := p.root.val(f)
	warn := f.warn
	f.in.Values = nil // nobody's values stay; a day and a zone may
	clear(f.slots)
	p.frames.Put(f)
	if warn&TooMuchWork != 0 {
		return Value{}, warn
	}
	return v, warn
}

// frame is the state of one evaluation.
type frame struct {
	in    Input
	types []Type
	slots []Value // of let and of the variables of aggregates
	spent int
	warn  Warning
}

func (f *frame) load(i int) Value {
	if i >= len(f.in.Values) {
		return Value{}
	}
	v := f.in.Values[i]
	if v.t != f.types[i] && v.t != Untyped {
		f.warn |= WrongType
		return Value{}
	}
	if v.list != nil && len(*v.list) > maxList {
		f.warn |= OutOfRange
		return Value{}
	}
	return v
}

func (f *frame) today() Value {
	if t := f.in.Today.t; t != Date && t != Untyped {
		f.warn |= WrongType
		return Value{}
	}
	return f.in.Today
}

// spend accounts for work and reports whether the evaluation may go on. An element costs 1; a row costs 1 and the size
// of the expression that is evaluated for it; a text that is matched costs its length. All else a program does once.
func (f *frame) spend(n int) bool {
	if f.spent += n; f.spent > maxWork {
		f.warn |= TooMuchWork
		return false
	}
	return true
}

// made returns what an operation on known values gave, and warns when it could not give anything.
func (f *frame) made(v Value) Value {
	if v.t == Untyped {
		f.warn |= OutOfRange
	}
	return v
}

// compiler checks types and turns the tree into closures.
type compiler struct {
	src   string
	scope Scope
	refs  []Ref
	vars  []variable
	slots int

	zones    []string // that literals name
	openZone bool     // a zone's name is computed
	local    bool     // today or the zone is asked for
}

type variable struct {
	name string
	t    Type
	slot int
}

func (c *compiler) fail(n *node, code string, args ...any) *casebook.Error {
	return invalid(code, args...).At(place(c.src, n.at))
}

// ref returns the index of r among the program's references.
func (c *compiler) ref(r Ref) int {
	i := slices.IndexFunc(c.refs, func(o Ref) bool {
		return o.Name == r.Name && o.Visit == r.Visit && o.Event == r.Event && o.Each == r.Each
	})
	if i < 0 {
		i = len(c.refs)
		c.refs = append(c.refs, r)
	}
	return i
}

// bind makes a variable and returns its slot; the caller takes it back with unbind.
func (c *compiler) bind(name string, t Type) int {
	slot := len(c.vars)
	c.vars = append(c.vars, variable{name, t, slot})
	c.slots = max(c.slots, slot+1)
	return slot
}

func (c *compiler) unbind(n int) { c.vars = c.vars[:len(c.vars)-n] }
