package record

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"casebook"
	"casebook/check"
	"casebook/check/formal"
	"casebook/odm"
)

// Study is a published version made ready to run: its forms with their rules compiled. It is immutable.
type Study struct {
	Number  int64
	Country string // of the site whose study it is, see At
	Version *odm.Version
	Index   *odm.Index
	// Kept are the rules that could not be translated: they stay in the definition, verbatim, and do not run.
	Kept       []KeptRule
	Translated int

	forms  map[string]*form
	events map[string]*odm.Event
	// readers lists for an item the forms whose rules read it in another form or visit.
	readers  map[string][]string
	programs compiler // what the forms were made of
	sites    map[casebook.SiteID]*Study
}

// KeptRule is a rule of the definition that does not run, and why.
type KeptRule struct {
	Place string
	Line  int
	Code  string
	Why   error
}

// form is a FormDef with slots: one for each question.
type form struct {
	def        *odm.Form
	fields     []field
	groups     []groupPlan
	slots      map[[2]string]int // group, item
	byItem     map[string]int    // the first slot of an item
	checks     []rule
	methods    []rule // in the order of their dependencies
	steps      []step // how a sheet is settled
	circles    bool   // conditions need each other's outcome: steps go from top to bottom
	reachesOut bool   // a rule reads another form or visit
	blinded    bool   // an item of it is blinded
	scratch    sync.Pool
}

type groupPlan struct {
	ref    odm.Ref
	def    *odm.ItemGroup
	hidden *rule
	needed *rule // true makes it mandatory: it has an answer
}

type field struct {
	odm.FormItem
	group  int
	list   *odm.CodeList
	typ    check.Type
	hidden *rule
	needed *rule // true makes it mandatory, beside Ref.Mandatory
	// computed: a method that runs gives the value. One that cannot run, or only imputes, leaves the question to people.
	computed bool
}

// rule is a compiled range check, condition or method at its place.
type rule struct {
	id      string // "IT.SYS#1" for the first check of an item, or the OID of a condition or method
	prog    *check.Program
	refs    []check.Ref
	own     []int   // of each of refs: the slot that it reads, -1 where it takes more than a look at a cell; nil of a rule that stands in no form
	slot    int     // where a check or method stands; -1 for a condition on a group
	kind    string  // Checks, Hides, Demands or Computes
	parts   []*rule // the conditions that one of several was made of
	hard    bool
	message odm.Text
}

// Compile makes version ready to run. Rules that cannot be translated are kept and listed, never dropped.
func Compile(version *odm.Version, number int64) *Study {
	s := &Study{Number: number, Version: version, Index: version.Index(), forms: map[string]*form{},
		events: map[string]*odm.Event{}, readers: map[string][]string{}}
	for i := range version.Events {
		s.events[version.Events[i].OID] = &version.Events[i]
	}
	c := compiler{s: s, conditions: map[string]*check.Program{}, methods: map[string]*check.Program{}, checks: map[string][]rule{}}
	c.scope = check.Scope{
		Item: func(name string) (check.Type, bool) {
			if it := s.Index.Item(name); it != nil {
				return it.RuleType(), true
			}
			t := visitType(s.Index, name)
			return t, t != check.Untyped
		},
		Event: func(oid string) bool { return s.events[oid] != nil },
	}
	c.conditionsAndMethods()
	for i := range version.Items {
		c.itemChecks(&version.Items[i])
	}
	for i := range version.Forms {
		f := c.form(&version.Forms[i])
		s.forms[f.def.OID] = f
		for _, name := range f.outside() {
			s.readers[name] = append(s.readers[name], f.def.OID)
		}
	}
	s.programs = c
	return s
}

type compiler struct {
	s          *Study
	scope      check.Scope
	conditions map[string]*check.Program
	methods    map[string]*check.Program
	checks     map[string][]rule // of an item
	checked    *odm.Item         // the item whose checks are being compiled
}

func (c *compiler) conditionsAndMethods() {
	for _, d := range c.s.Version.Conditions {
		if p := c.first("ConditionDef["+d.OID+"]", d.Expressions, check.Bool); p != nil {
			c.conditions[d.OID] = p
		}
	}
	for _, d := range c.s.Version.Methods {
		if d.Type != "" && d.Type != "Computation" {
			c.keep("MethodDef["+d.OID+"]", d.Expressions, casebook.Fail(casebook.Invalid, "record.method_type", d.Type))
			continue
		}
		if p := c.first("MethodDef["+d.OID+"]", d.Expressions, check.Untyped); p != nil {
			c.methods[d.OID] = p
		}
	}
}

// keep lists expressions that do not run.
func (c *compiler) keep(place string, expressions []odm.Expression, why error) {
	for _, e := range expressions {
		c.s.Kept = append(c.s.Kept, KeptRule{place, e.Line, e.Code, why})
	}
}

// first compiles the first expression that can be; want Untyped takes any type.
func (c *compiler) first(place string, expressions []odm.Expression, want check.Type) (prog *check.Program) {
	for _, e := range expressions {
		p, err := c.compile(e, want)
		if err != nil {
			c.s.Kept = append(c.s.Kept, KeptRule{place, e.Line, e.Code, err})
			continue
		}
		c.s.Translated++
		if prog == nil {
			prog = p
		}
	}
	return prog
}

func (c *compiler) compile(e odm.Expression, want check.Type) (*check.Program, error) {
	src := e.Code
	if !strings.EqualFold(e.Context, "casebook") {
		var err error
		if src, err = formal.Translate(e.Context, e.Code, c.foreign); err != nil {
			return nil, err
		}
	}
	p, err := check.Compile(src, c.scope)
	if err != nil {
		return nil, err
	}
	for _, ref := range p.Refs() {
		if c.blinded(ref.Name) {
			return nil, casebook.Fail(casebook.Invalid, "record.rule_blinded", ref.Name)
		}
	}
	if want == check.Untyped {
		return p, nil
	}
	return p.Want(want)
}

// blinded reports whether an item is sealed from blinded people: what a rule makes of it would tell them.
func (c *compiler) blinded(item string) bool {
	it := c.s.Index.Item(item)
	return it != nil && it.Blinded
}

// foreign finds what an expression of another system names: an item's OID, alone or behind its form's, a point for the
// item that is checked, or a part of the visit.
func (c *compiler) foreign(name string) (string, check.Type, bool) {
	if own := ofVisit[name]; own != "" {
		if t := visitType(c.s.Index, own); t != check.Untyped {
			return own, t, true
		}
	}
	it := c.s.Index.Item(name)
	if name == "." {
		it = c.checked
	}
	if form, item, ok := strings.Cut(name, "."); it == nil && ok && c.s.Index.Form(form) != nil {
		it = c.s.Index.Item(item)
	}
	if it == nil {
		return "", check.Untyped, false
	}
	return it.OID, it.RuleType(), true
}

func (c *compiler) itemChecks(it *odm.Item) {
	c.checked = it
	defer func() { c.checked = nil }()
	for i, rc := range it.Checks {
		place := fmt.Sprintf("ItemDef[%s]/RangeCheck[%d]", it.OID, i+1)
		var p *check.Program
		switch {
		case it.Blinded: // its query would tell
			c.s.Kept = append(c.s.Kept, KeptRule{place, rc.Line, rc.Comparator, casebook.Fail(casebook.Invalid, "record.rule_blinded", it.OID)})
		case len(rc.Expressions) > 0:
			p = c.first(place, rc.Expressions, check.Bool)
		default:
			p = c.comparison(place, it, rc)
		}
		if p != nil {
			c.checks[it.OID] = append(c.checks[it.OID], rule{kind: Checks, id: it.OID + "#" + strconv.Itoa(i+1), prog: p, refs: p.Refs(),
				hard: rc.Hard, message: rc.Message})
		}
	}
}

func (c *compiler) comparison(place string, it *odm.Item, rc odm.RangeCheck) *check.Program {
	if rc.Unit != "" && len(it.Units) > 0 && rc.Unit != it.Units[0] {
		// The first slice keeps values in the item's first unit; a limit in another unit must not judge them.
		c.s.Kept = append(c.s.Kept, KeptRule{place, rc.Line, rc.Comparator, casebook.Fail(casebook.Invalid, "record.rule_unit", rc.Unit)})
		return nil
	}
	src, err := check.RangeRule(rc.Comparator, rc.Values, it.OID, it.RuleType())
	if err == nil {
		var p *check.Program
		if p, err = check.Compile(src, c.scope); err == nil {
			c.s.Translated++
			return p
		}
	}
	c.s.Kept = append(c.s.Kept, KeptRule{place, rc.Line, rc.Comparator, err})
	return nil
}

func (c *compiler) form(def *odm.Form) *form {
	f := &form{def: def, slots: map[[2]string]int{}, byItem: map[string]int{}}
	at := map[string]int{}
	for _, fi := range c.s.Index.FormItems(def.OID) {
		g, known := at[fi.Group.OID]
		if !known {
			g = len(f.groups)
			at[fi.Group.OID] = g
			f.groups = append(f.groups, groupPlan{fi.GroupRef, fi.Group, c.hiding(around(fi.GroupRef, def.Groups, c.repeats), -1), c.demanding(fi.GroupRef, -1)})
		}
		slot := len(f.fields)
		f.blinded = f.blinded || fi.Item.Blinded
		fd := field{FormItem: fi, group: g, typ: fi.Item.RuleType(), hidden: c.hiding(around(fi.Ref, fi.Group.Items, nil), slot), needed: c.demanding(fi.Ref, slot)}
		if fi.Item.CodeList != "" {
			fd.list = c.s.Index.CodeList(fi.Item.CodeList)
		}
		f.fields = append(f.fields, fd)
		f.slots[[2]string{fi.Group.OID, fi.Item.OID}] = slot
		if _, twice := f.byItem[fi.Item.OID]; !twice {
			f.byItem[fi.Item.OID] = slot
		}
		for _, r := range c.checks[fi.Item.OID] {
			r.slot = slot
			f.checks = append(f.checks, r)
		}
		if p := c.methods[fi.Ref.Method]; p != nil && fi.Ref.Method != "" && !fi.Item.Blinded {
			f.methods = append(f.methods, rule{kind: Computes, id: fi.Ref.Method, prog: p, refs: p.Refs(), slot: slot})
			f.fields[slot].computed = true
		}
	}
	c.orderMethods(f)
	f.each(func(_ string, r *rule, _, _ string) { f.bind(r) })
	f.plan()
	f.reachesOut = len(f.outside()) > 0
	f.scratch.New = func() any { return newSheet(f) }
	return f
}

// bind finds what a rule reads in the form itself, so that nobody looks for it by name when the rule runs.
func (f *form) bind(r *rule) {
	r.own = make([]int, len(r.refs))
	for i, ref := range r.refs {
		slot, known := f.byItem[ref.Name]
		if !known || ref.Visit != check.Here || ref.Each || ofTheVisit(ref.Name) {
			slot = -1
		}
		r.own[i] = slot
	}
	for _, part := range r.parts {
		f.bind(part)
	}
}

// around is ref and all that it stands within, from the inside out, up to what repeats: its rows are not those of ref.
func around(ref odm.Ref, all []odm.Ref, repeats func(oid string) bool) []odm.Ref {
	chain := []odm.Ref{ref}
	for ref.Within != "" && len(chain) <= len(all) {
		i := slices.IndexFunc(all, func(r odm.Ref) bool { return r.OID == ref.Within })
		if i < 0 || repeats != nil && repeats(all[i].OID) {
			break
		}
		ref = all[i]
		chain = append(chain, ref)
	}
	return chain
}

func (c *compiler) repeats(group string) bool {
	g := c.s.Index.Group(group)
	return g != nil && g.Repeating
}

// hiding is the one rule that hides what stands within all of refs: any of their conditions does.
func (c *compiler) hiding(refs []odm.Ref, slot int) *rule {
	var whole *rule
	for _, ref := range refs {
		r := c.condition(ref.Hidden, slot)
		if r == nil || whole == nil {
			whole = cmp.Or(whole, r)
			continue
		}
		// A comment at the end of a source ends with its line.
		p, err := check.Compile("("+whole.prog.Source()+"\n) || ("+r.prog.Source()+"\n)", c.scope)
		if err != nil {
			c.s.Kept = append(c.s.Kept, KeptRule{"ConditionDef[" + r.id + "]", 0, r.prog.Source(), err})
			continue
		}
		whole = &rule{kind: Hides, id: whole.id, prog: p, refs: p.Refs(), slot: slot, parts: append(slices.Clone(whole.whole()), r)}
	}
	return whole
}

func (c *compiler) condition(oid string, slot int) *rule {
	if p := c.conditions[oid]; p != nil && oid != "" {
		return &rule{kind: Hides, id: oid, prog: p, refs: p.Refs(), slot: slot}
	}
	return nil
}

// demanding is the rule that makes what ref names mandatory.
func (c *compiler) demanding(ref odm.Ref, slot int) *rule {
	r := c.condition(ref.MandatoryWhen, slot)
	if r != nil {
		r.kind = Demands
	}
	return r
}

// orderMethods puts what others compute from first. Methods that need each other's outcome cannot run: they are listed,
// and their questions stay with people.
func (c *compiler) orderMethods(f *form) {
	rules := make([]check.Rule, len(f.methods))
	for i, m := range f.methods {
		rules[i].Program = m.prog
		if oid := f.fields[m.slot].Item.OID; f.byItem[oid] == m.slot { // where a form asks twice, a name means the first
			rules[i].Sets = oid
		}
	}
	graph, err := check.NewGraph(rules)
	if err != nil {
		for _, m := range f.methods {
			f.fields[m.slot].computed = false
			c.keep("FormDef["+f.def.OID+"]/MethodDef["+m.id+"]", c.s.Index.Method(m.id).Expressions, err)
		}
		f.methods = nil
		return
	}
	ordered := make([]rule, 0, len(f.methods))
	for _, i := range graph.Order() {
		ordered = append(ordered, f.methods[i])
	}
	f.methods = ordered
}
