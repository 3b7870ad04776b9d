package odm2

import (
	"slices"

	"casebook/odm"
	"casebook/odm/markup"
)

// container is an ItemGroupDef before it is known what it becomes: a form, or a group of items.
type container struct {
	group    odm.ItemGroup // with its items
	form     bool          // Type is Form
	repeats  bool
	line     int
	children []odm.Ref      // ItemGroupRef
	beyond   *markup.Beyond // our own words, which tell forms and groups apart
}

func (r *reader) event(n *node, e odm.Event) (err error) {
	if e.Repeating, err = r.Yes(n, "Repeating"); err != nil {
		return err
	}
	typ, err := r.OneOf(n, "Type", "Scheduled", eventTypes...)
	if err != nil {
		return err
	}
	e.Type, e.Category = odm.EventType(typ), n.Str("Category")
	to := markup.Refs{Kind: "FormDef"}
	err = r.Children(n, func(c *node) error {
		switch c.Name {
		case "ItemGroupRef":
			return r.ref(c, "ItemGroupOID", &to, "StudyEventDef", e.OID, nil)
		case "Coding":
			return r.coding(c, &e.Codings)
		}
		return r.Described(c, &e.Description, &e.Aliases)
	})
	e.Forms, e.Extra = to.Settle(), n.Extra
	n.Beyond.IntoEvent(&e)
	if e.Window != nil {
		r.link(n, "StudyEventDef", e.OID, "StudyEventDef", e.Window.Anchor)
	}
	r.linkBeyond(n, "FormDef", e.Forms)
	r.version.Events = append(r.version.Events, e)
	r.Found.Events++
	return err
}

// ref reads an ItemGroupRef or an ItemRef of the definition from. more may add to it.
func (r *reader) ref(n *node, attr string, to *markup.Refs, from, fromOID string, more func(*odm.Ref)) error {
	ref, ok, err := r.Ref(n, attr, to)
	if err != nil || !ok {
		return err
	}
	if more != nil {
		more(&ref)
	}
	if err := r.None(n); err != nil {
		return err
	}
	ref.Extra = n.Extra
	to.Add(ref)
	r.link(n, from, fromOID, to.Kind, ref.OID)
	r.link(n, from, fromOID, "ConditionDef", ref.Hidden)
	r.link(n, from, fromOID, "MethodDef", ref.Method)
	return nil
}

// linkBeyond remembers the references that a definition makes in our own words; they stand where it stands.
func (r *reader) linkBeyond(n *node, to string, refs []odm.Ref) {
	for _, ref := range refs {
		r.link(n, n.Name, n.Str("OID"), "ConditionDef", ref.MandatoryWhen)
		r.link(n, n.Name, n.Str("OID"), "MethodDef", ref.Initial)
		r.link(n, n.Name, n.Str("OID"), to, ref.Within)
	}
}

// container reads an ItemGroupDef.
func (r *reader) container(n *node, oid, name string) error {
	c := container{group: odm.ItemGroup{OID: oid, Name: name, Domain: n.Str("Domain")}, line: n.Line}
	repeats, err := r.OneOf(n, "Repeating", "No", "No", "Simple", "Dynamic", "Static")
	if err != nil {
		return err
	}
	if repeats == "Dynamic" || repeats == "Static" {
		r.Lose(n, false, "loss.repeating", repeats)
	}
	c.repeats = repeats != "No"
	if c.group.Occurs.Max, _, err = r.Integer(n, "RepeatingLimit", 1); err != nil {
		return err
	}
	c.form = n.Str("Type") == "Form"
	groups, items := markup.Refs{Kind: "ItemGroupDef"}, markup.Refs{Kind: "ItemDef"}
	err = r.Children(n, func(k *node) error {
		switch k.Name {
		case "ItemGroupRef":
			return r.ref(k, "ItemGroupOID", &groups, "ItemGroupDef", oid, nil)
		case "ItemRef":
			return r.ref(k, "ItemOID", &items, "ItemGroupDef", oid, func(ref *odm.Ref) { r.inRef(k, ref) })
		case "Coding":
			return r.coding(k, &c.group.Codings)
		}
		return r.Described(k, &c.group.Description, &c.group.Aliases)
	})
	c.children, c.group.Items, c.group.Extra, c.beyond = groups.Settle(), items.Settle(), n.Extra, n.Beyond
	r.linkOurs(n, c.beyond)
	r.version.containers = append(r.version.containers, c)
	return err
}

// linkOurs remembers the references that an ItemGroupDef makes in our own words.
func (r *reader) linkOurs(n *node, b *markup.Beyond) {
	if b == nil {
		return
	}
	r.link(n, n.Name, n.Str("OID"), "MethodDef", b.Count)
	for _, ref := range b.Refs {
		r.link(n, n.Name, n.Str("OID"), "ConditionDef", ref.MandatoryWhen)
		r.link(n, n.Name, n.Str("OID"), "MethodDef", ref.Initial)
	}
}

// inRef reads what only an ItemRef has.
func (r *reader) inRef(n *node, ref *odm.Ref) {
	if unit := n.Str("UnitsItemOID"); unit != "" {
		r.version.unitsItems[ref.OID] = unit
		r.link(n, "ItemDef", ref.OID, "ItemDef", unit)
	}
	if v := n.Str("PreSpecifiedValue"); v != "" {
		r.Lose(n, true, "loss.prespecified")
		x := n.Keeper()
		x.Attrs = append(x.Attrs, odm.Attr{Name: "PreSpecifiedValue", Value: v})
	}
}

// arrange makes the forms and the groups of the containers, and lays each form's groups flat in the order in which they
// are asked. A container becomes a form when it says so, or when an event refers to it.
func (r *reader) arrange() error {
	v := r.version
	v.Forms, v.Groups = []odm.Form{}, []odm.ItemGroup{}
	at, isForm := map[string]*container{}, map[string]bool{}
	for i := range v.containers {
		c := &v.containers[i]
		at[c.group.OID] = c
		isForm[c.group.OID] = c.form
	}
	for i := range v.Events {
		for _, ref := range v.Events[i].Forms {
			if c := at[ref.OID]; c != nil && !c.form {
				r.LoseAt(odm.Lost("ItemGroupDef["+markup.Short(ref.OID)+"]", c.line, true, "loss.read_as_form"))
				isForm[ref.OID], c.form = true, true
			}
		}
	}
	var loose []odm.ItemGroup // the items that stand directly in a form
	for i := range v.containers {
		c := &v.containers[i]
		if !c.form {
			v.Groups = append(v.Groups, c.asGroup())
			continue
		}
		f := c.asForm()
		flat := flattener{r: r, at: at, form: &f, open: map[string]bool{c.group.OID: true},
			nested: slices.ContainsFunc(c.children, func(ref odm.Ref) bool { return at[ref.OID] != nil && len(at[ref.OID].children) > 0 })}
		if len(c.group.Items) > 0 {
			own := odm.ItemGroup{OID: v.free(f.OID + ".ITEMS"), Name: f.Name, Items: c.group.Items}
			r.LoseAt(odm.Lost("ItemGroupDef["+markup.Short(f.OID)+"]", c.line, true, "loss.loose_items", markup.Short(own.OID)))
			loose = append(loose, own)
			f.Groups = append(f.Groups, odm.Ref{OID: own.OID, Mandatory: true})
		}
		if err := flat.add(c.children, "", 0); err != nil {
			return err
		}
		flat.finish()
		c.beyond.IntoForm(&f)
		v.Forms = append(v.Forms, f)
	}
	v.Groups = append(v.Groups, loose...)
	r.Found.Forms += len(v.Forms)
	r.Found.ItemGroups += len(v.Groups)
	return nil
}

// free returns oid, or one like it that no definition has.
func (v *versionState) free(oid string) string {
	for v.kinds[oid] != "" {
		oid += "_"
	}
	v.kinds[oid] = "ItemGroupDef"
	return oid
}

func (c *container) asGroup() odm.ItemGroup {
	g := c.group
	g.Repeating = c.repeats
	max := g.Occurs.Max
	c.beyond.IntoGroup(&g)
	if g.Occurs.Max == 0 {
		g.Occurs.Max = max
	}
	return g
}

func (c *container) asForm() odm.Form {
	g := c.group
	return odm.Form{OID: g.OID, Name: g.Name, Description: g.Description, Repeating: c.repeats, Groups: []odm.Ref{},
		Codings: g.Codings, Aliases: g.Aliases, Extra: g.Extra, Occurs: g.Occurs}
}

// flattener lays the groups of one form flat.
type flattener struct {
	r      *reader
	at     map[string]*container
	form   *odm.Form
	open   map[string]bool // the containers that the one at hand stands in
	nested bool
	count  int
}

func (f *flattener) add(refs []odm.Ref, within string, depth int) error {
	if f.nested { // the groups are numbered anew, else they stay as they stand
		refs = odm.Ordered(refs)
	}
	for _, ref := range refs {
		c := f.at[ref.OID]
		if c != nil && f.open[ref.OID] {
			n := node{Name: "ItemGroupDef", Line: c.line}
			return n.Refuse("odm.nesting", markup.Short(ref.OID))
		}
		if f.count++; f.count > maxCopied || depth > 64 {
			n := node{Name: "ItemGroupDef", Line: c.line}
			return n.Refuse("odm.too_large", "groups of one form", maxCopied)
		}
		if slices.ContainsFunc(f.form.Groups, func(g odm.Ref) bool { return g.OID == ref.OID }) {
			f.r.LoseAt(odm.Lost("ItemGroupDef["+markup.Short(f.form.OID)+"]", f.at[f.form.OID].line, false, "loss.group_twice", markup.Short(ref.OID)))
			continue
		}
		if within != "" {
			ref.Within, ref.Place, ref.Order = within, ref.Order, 0
		}
		f.form.Groups = append(f.form.Groups, ref)
		if c == nil {
			continue
		}
		f.open[ref.OID] = true
		if err := f.add(c.children, ref.OID, depth+1); err != nil {
			return err
		}
		delete(f.open, ref.OID)
	}
	return nil
}

// finish numbers the groups of a form in which groups nest.
func (f *flattener) finish() {
	if f.nested {
		for i := range f.form.Groups {
			f.form.Groups[i].Order = i + 1
		}
	}
}

func (r *reader) condition(n *node, d odm.Condition) error {
	err := r.Children(n, func(c *node) error {
		return r.inRule(c, &d.Description, &d.Aliases, &d.Expressions)
	})
	d.Extra = n.Extra
	n.Beyond.IntoRule(&d.Extra)
	r.version.Conditions = append(r.version.Conditions, d)
	r.Found.Conditions++
	return err
}

func (r *reader) method(n *node, d odm.Method) (err error) {
	if d.Type, err = r.OneOf(n, "Type", "", methodTypes...); err != nil {
		return err
	}
	err = r.Children(n, func(c *node) error {
		return r.inRule(c, &d.Description, &d.Aliases, &d.Expressions)
	})
	d.Extra = n.Extra
	n.Beyond.IntoRule(&d.Extra)
	if n.Beyond != nil && d.Type == "" {
		d.Type = n.Beyond.Type
	}
	r.version.Methods = append(r.version.Methods, d)
	r.Found.Methods++
	return err
}

func (r *reader) inRule(n *node, text *odm.Text, aliases *[]odm.Alias, expressions *[]odm.Expression) error {
	switch n.Name {
	case "MethodSignature":
		return r.None(n)
	case "FormalExpression":
		return r.expression(n, expressions)
	}
	return r.Described(n, text, aliases)
}

// expression reads a FormalExpression, whatever its language, and keeps it letter by letter.
func (r *reader) expression(n *node, to *[]odm.Expression) error {
	e := odm.Expression{Context: n.Str("Context"), Line: n.Line}
	err := r.Children(n, func(c *node) (err error) {
		e.Code, err = r.Text(c)
		return err
	})
	if err != nil {
		return err
	}
	if e.Context == "" && e.Code == "" {
		r.Lose(n, false, "loss.expression_codeless")
		return nil
	}
	*to = append(*to, e)
	r.Found.RulesKept++
	return nil
}

// coding reads a Coding.
func (r *reader) coding(n *node, to *[]odm.Coding) error {
	for _, attr := range []string{"SystemName", "href", "ref"} {
		if v := n.Str(attr); v != "" {
			r.Lose(n, false, "loss.coding", attr)
		}
	}
	*to = append(*to, odm.Coding{System: n.Str("System"), Version: n.Str("SystemVersion"), Code: n.Str("Code"), Label: n.Str("Label")})
	return r.None(n)
}

// The values of attributes that are one of few (ODM-enumerations.xsd).
var (
	eventTypes  = []string{"Scheduled", "Unscheduled", "Common"}
	methodTypes = []string{"Computation", "Imputation", "Preload", "Transpose"}
	comparators = []string{"LT", "LE", "GT", "GE", "EQ", "NE", "IN", "NOTIN"}
)
