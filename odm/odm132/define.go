package odm132

import (
	"strings"

	"casebook/odm"
	"casebook/odm/markup"
)

// ref reads a StudyEventRef, FormRef, ItemGroupRef or ItemRef of the definition from.
func (r *reader) ref(n *node, attr string, to *markup.Refs, from, fromOID string) error {
	if v, there := n.Attr(attr); there && v == "" && n.Name == "ItemGroupRef" {
		r.Lose(n, false, "loss.group_ref_empty")
		return r.Skip()
	}
	ref, ok, err := r.Ref(n, attr, to)
	if err != nil || !ok {
		return err
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
func (r *reader) linkBeyond(n *node, to, window, count string, refs []odm.Ref) {
	oid := n.Str("OID")
	r.link(n, n.Name, oid, "StudyEventDef", window)
	r.link(n, n.Name, oid, "MethodDef", count)
	for _, ref := range refs {
		r.link(n, n.Name, oid, "ConditionDef", ref.MandatoryWhen)
		r.link(n, n.Name, oid, "MethodDef", ref.Initial)
		r.link(n, n.Name, oid, to, ref.Within)
	}
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
		if c.Name == "FormRef" {
			return r.ref(c, "FormOID", &to, "StudyEventDef", e.OID)
		}
		return r.Described(c, &e.Description, &e.Aliases)
	})
	e.Forms, e.Extra = to.Settle(), n.Extra
	n.Beyond.IntoEvent(&e)
	if e.Window != nil {
		r.linkBeyond(n, "", e.Window.Anchor, "", nil)
	}
	r.linkBeyond(n, "FormDef", "", "", e.Forms)
	r.version.Events = append(r.version.Events, e)
	r.Found.Events++
	return err
}

func (r *reader) form(n *node, f odm.Form) (err error) {
	if f.Repeating, err = r.Yes(n, "Repeating"); err != nil {
		return err
	}
	to := markup.Refs{Kind: "ItemGroupDef"}
	err = r.Children(n, func(c *node) error {
		if c.Name == "ItemGroupRef" {
			return r.ref(c, "ItemGroupOID", &to, "FormDef", f.OID)
		}
		return r.Described(c, &f.Description, &f.Aliases)
	})
	f.Groups, f.Extra = to.Settle(), n.Extra
	n.Beyond.IntoForm(&f)
	r.linkBeyond(n, "ItemGroupDef", "", "", f.Groups)
	r.version.Forms = append(r.version.Forms, f)
	r.Found.Forms++
	return err
}

func (r *reader) group(n *node, g odm.ItemGroup) (err error) {
	if g.Repeating, err = r.Yes(n, "Repeating"); err != nil {
		return err
	}
	g.Domain = n.Str("Domain")
	to := markup.Refs{Kind: "ItemDef"}
	err = r.Children(n, func(c *node) error {
		if c.Name == "ItemRef" {
			return r.ref(c, "ItemOID", &to, "ItemGroupDef", g.OID)
		}
		return r.Described(c, &g.Description, &g.Aliases)
	})
	g.Items, g.Extra = to.Settle(), n.Extra
	n.Beyond.IntoGroup(&g)
	r.linkBeyond(n, "ItemDef", "", g.Count, g.Items)
	r.version.Groups = append(r.version.Groups, g)
	r.Found.ItemGroups++
	return err
}

func (r *reader) condition(n *node, d odm.Condition) error {
	err := r.Children(n, func(c *node) error {
		if c.Name == "FormalExpression" {
			return r.expression(c, &d.Expressions)
		}
		return r.Described(c, &d.Description, &d.Aliases)
	})
	r.mustDescribe(n)
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
		if c.Name == "FormalExpression" {
			return r.expression(c, &d.Expressions)
		}
		return r.Described(c, &d.Description, &d.Aliases)
	})
	r.mustDescribe(n)
	d.Extra = n.Extra
	n.Beyond.IntoRule(&d.Extra)
	if n.Beyond != nil && d.Type == "" {
		d.Type = n.Beyond.Type
	}
	r.version.Methods = append(r.version.Methods, d)
	r.Found.Methods++
	return err
}

// mustDescribe notes that a condition or a method has no Description, which the standard demands.
func (r *reader) mustDescribe(n *node) {
	if n.Count("Description") == 0 {
		r.Lose(n, true, "loss.no_description", n.Name)
	}
}

// The values of attributes that are one of few (ODM1-3-2-foundation.xsd).
var (
	eventTypes  = []string{"Scheduled", "Unscheduled", "Common"}
	methodTypes = []string{"Computation", "Imputation", "Transpose", "Other"}
	comparators = []string{"LT", "LE", "GT", "GE", "EQ", "NE", "IN", "NOTIN"}
)

// expression reads a FormalExpression, whatever its language, and keeps it letter by letter.
func (r *reader) expression(n *node, to *[]odm.Expression) error {
	code, err := r.Text(n)
	if err != nil {
		return err
	}
	context := n.Str("Context")
	if context == "" && strings.TrimSpace(code) == "" {
		r.Lose(n, false, "loss.expression_empty")
		return nil
	}
	*to = append(*to, odm.Expression{Context: context, Code: code, Line: n.Line})
	r.Found.RulesKept++
	return nil
}
