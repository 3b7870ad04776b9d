package odm132

import (
	"casebook/odm"
	"casebook/odm/markup"
)

func (r *reader) item(n *node, it odm.Item) (err error) {
	if it.DataType, err = r.DataType(n); err != nil {
		return err
	}
	if err := r.size(n, &it); err != nil {
		return err
	}
	if it.SASName = n.Str("SASFieldName"); it.SASName != "" && !markup.IsSASName(it.SASName) {
		r.Lose(n, true, "loss.sas_name")
		x := n.Keeper()
		x.Attrs = append(x.Attrs, odm.Attr{Name: "SASFieldName", Value: it.SASName})
		it.SASName = ""
	}
	err = r.Children(n, func(c *node) error { return r.inItem(c, &it) })
	it.Extra = n.Extra
	n.Beyond.IntoItem(&it)
	r.version.Items = append(r.version.Items, it)
	r.Found.Items++
	return err
}

// size reads Length and SignificantDigits.
func (r *reader) size(n *node, it *odm.Item) (err error) {
	length, there, err := r.Integer(n, "Length", 0)
	if err != nil {
		return err
	}
	if it.Length = length; there && length == 0 {
		r.Lose(n, false, "loss.length_zero")
	}
	it.Digits, it.HasDigits, err = r.Integer(n, "SignificantDigits", 0)
	return err
}

func (r *reader) inItem(n *node, it *odm.Item) (err error) {
	switch n.Name {
	case "Question":
		it.Question, err = r.Texts(n)
	case "MeasurementUnitRef":
		var oid string
		if oid, err = r.unitRef(n, it.OID); err == nil {
			it.Units = append(it.Units, oid)
		}
	case "RangeCheck":
		err = r.check(n, it)
	case "CodeListRef":
		if it.CodeList, err = n.Must("CodeListOID"); err == nil {
			r.link(n, "ItemDef", it.OID, "CodeList", it.CodeList)
			err = r.None(n)
		}
	default:
		err = r.Described(n, &it.Description, &it.Aliases)
	}
	return err
}

func (r *reader) unitRef(n *node, item string) (string, error) {
	oid, err := n.Must("MeasurementUnitOID")
	if err != nil {
		return "", err
	}
	r.link(n, "ItemDef", item, "MeasurementUnit", oid)
	return oid, r.None(n)
}

// check reads a RangeCheck. The standard lets it have values or expressions; one with both becomes two.
func (r *reader) check(n *node, it *odm.Item) (err error) {
	var c odm.RangeCheck
	if c.Comparator, err = r.OneOf(n, "Comparator", "", comparators...); err != nil {
		return err
	}
	soft, err := r.OneOf(n, "SoftHard", "Soft", "Soft", "Hard")
	if err != nil {
		return err
	}
	c.Hard, c.Line = soft == "Hard", n.Line
	if err := r.Children(n, func(k *node) error { return r.inCheck(k, &c, it.OID) }); err != nil {
		return err
	}
	c.Extra = n.Extra
	r.Found.RangeChecks++
	if len(c.Values) == 0 && len(c.Expressions) == 0 {
		r.Lose(n, true, "loss.check_empty")
	}
	if len(c.Values) > 0 && len(c.Expressions) > 0 {
		r.Lose(n, true, "loss.check_double")
	}
	it.Checks = append(it.Checks, markup.Split(c)...)
	return nil
}

func (r *reader) inCheck(n *node, c *odm.RangeCheck, item string) (err error) {
	switch n.Name {
	case "CheckValue":
		var v string
		v, err = r.Text(n)
		c.Values = append(c.Values, v)
	case "FormalExpression":
		err = r.expression(n, &c.Expressions)
	case "MeasurementUnitRef":
		c.Unit, err = r.unitRef(n, item)
	case "ErrorMessage":
		c.Message, err = r.Texts(n)
	}
	return err
}

func (r *reader) codeList(n *node, l odm.CodeList) (err error) {
	if l.DataType, err = r.DataType(n); err != nil {
		return err
	}
	switch l.DataType {
	case "integer", "float", "text", "string":
	default:
		r.Lose(n, false, "loss.codelist_type", string(l.DataType))
		l.DataType = "text"
	}
	codes := markup.Codes{}
	err = r.Children(n, func(c *node) error {
		switch c.Name {
		case "CodeListItem", "EnumeratedItem":
			return r.codeItem(c, &l, &codes)
		case "ExternalCodeList":
			return r.external(c, &l)
		}
		return r.Described(c, &l.Description, &l.Aliases)
	})
	if l.External != nil && len(l.Items) > 0 {
		r.Lose(n, false, "loss.codelist_external")
		l.External = nil
	}
	l.Extra = n.Extra
	n.Beyond.IntoCodeList(&l)
	r.version.CodeLists = append(r.version.CodeLists, l)
	r.Found.CodeLists++
	return err
}

func (r *reader) codeItem(n *node, l *odm.CodeList, seen *markup.Codes) error {
	item, ok, err := r.Code(n, seen)
	if err != nil || !ok {
		return err
	}
	err = r.Children(n, func(c *node) error { return r.Described(c, &item.Decode, &item.Aliases) })
	item.Extra = n.Extra
	n.Beyond.IntoCodeItem(&item)
	l.Items = append(l.Items, item)
	return err
}

func (r *reader) external(n *node, l *odm.CodeList) error {
	x := odm.External{
		Dictionary: n.Str("Dictionary"), Version: n.Str("Version"), Ref: n.Str("ref"), Href: n.Str("href"),
	}
	if !markup.Fits("URI", x.Href) {
		return n.Refuse("odm.value_type", "href", markup.Short(x.Href), "a URI")
	}
	if x != (odm.External{}) {
		l.External = &x
	}
	return r.None(n)
}
