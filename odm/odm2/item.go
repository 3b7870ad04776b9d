package odm2

import (
	"cmp"
	"regexp"
	"strconv"

	"casebook/odm"
	"casebook/odm/markup"
)

// decimals is a DisplayFormat that says how many digits stand before and behind the point: "8.3".
var decimals = regexp.MustCompile(`^([0-9]{0,4})\.([0-9]{1,3})$`)

func (r *reader) item(n *node, it odm.Item) (err error) {
	if it.DataType, err = r.DataType(n); err != nil {
		return err
	}
	if it.DataType == "decimal" {
		it.DataType = "float" // which is ODM 1.3.2's word for a decimal
	}
	length, there, err := r.Integer(n, "Length", 0)
	if err != nil {
		return err
	}
	if it.Length = length; there && length == 0 {
		r.Lose(n, false, "loss.length_zero")
	}
	r.displayFormat(n, &it)
	err = r.Children(n, func(c *node) error { return r.inItem(c, &it) })
	it.Extra = n.Extra
	r.ownWords(n, &it)
	if r.version.ours[it.OID] {
		return err
	}
	r.version.Items = append(r.version.Items, it)
	r.Found.Items++
	return err
}

// ownWords reads what an item says in our own words.
func (r *reader) ownWords(n *node, it *odm.Item) {
	b := n.Beyond
	b.IntoItem(it)
	if b == nil {
		return
	}
	if b.UnitsOf {
		r.version.ours[it.OID] = true
	}
	if it.Units = b.InUnits; len(it.Units) > 0 {
		r.version.inUnits[it.OID] = true
	}
	for _, oid := range it.Units {
		r.link(n, "ItemDef", it.OID, "MeasurementUnit", oid)
	}
	it.SASName = b.SASName
	if b.Digits != nil {
		it.Digits, it.HasDigits = *b.Digits, true
	}
	for i, unit := range b.CheckUnits {
		if 0 <= i && i < len(it.Checks) {
			it.Checks[i].Unit = unit
			r.link(n, "ItemDef", it.OID, "MeasurementUnit", unit)
		}
	}
}

// displayFormat reads the digits behind the point, which ODM 1.3.2 calls SignificantDigits.
func (r *reader) displayFormat(n *node, it *odm.Item) {
	format := n.Str("DisplayFormat")
	m := decimals.FindStringSubmatch(format)
	switch {
	case m != nil && (m[1] == "" || m[1] == strconv.Itoa(it.Length)) && (it.DataType == "float" || it.DataType == "double"):
		it.Digits, _ = strconv.Atoi(m[2])
		it.HasDigits = true
	case format != "":
		r.Lose(n, true, "loss.display_format", markup.Short(format))
		x := n.Keeper()
		x.Attrs = append(x.Attrs, odm.Attr{Name: "DisplayFormat", Value: format})
	}
}

func (r *reader) inItem(n *node, it *odm.Item) (err error) {
	switch n.Name {
	case "Question":
		it.Question, err = r.Texts(n)
	case "Prompt":
		it.Prompt, err = r.Texts(n)
	case "CRFCompletionInstructions":
		it.Hint, err = r.Texts(n)
	case "RangeCheck":
		err = r.check(n, it)
	case "CodeListRef":
		if it.CodeList, err = n.Must("CodeListOID"); err == nil {
			r.link(n, "ItemDef", it.OID, "CodeList", it.CodeList)
			err = r.None(n)
		}
	case "Coding":
		err = r.coding(n, &it.Codings)
	default:
		err = r.Described(n, &it.Description, &it.Aliases)
	}
	return err
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
	err = r.Children(n, func(k *node) (err error) {
		switch k.Name {
		case "CheckValue":
			var v string
			v, err = r.Text(k)
			c.Values = append(c.Values, v)
		case "FormalExpression":
			err = r.expression(k, &c.Expressions)
		case "ErrorMessage":
			c.Message, err = r.Texts(k)
		default:
			err = r.None(k)
		}
		return err
	})
	if err != nil {
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

func (r *reader) codeList(n *node, l odm.CodeList) (err error) {
	if l.DataType, err = r.DataType(n); err != nil {
		return err
	}
	switch l.DataType {
	case "integer", "text", "string":
	case "decimal":
		l.DataType = "float"
	default:
		r.Lose(n, false, "loss.codelist_type", string(l.DataType))
		l.DataType = "text"
	}
	codes := markup.Codes{}
	var outside odm.External // the first Coding, if the list has no codes of its own
	err = r.Children(n, func(c *node) error {
		switch c.Name {
		case "CodeListItem":
			return r.codeItem(c, &l, &codes)
		case "Coding":
			if outside == (odm.External{}) && len(l.Items) == 0 {
				outside = odm.External{Dictionary: cmp.Or(c.Str("SystemName"), c.Str("System")), Version: c.Str("SystemVersion"),
					Ref: c.Str("ref"), Href: c.Str("href")}
				l.Codings = append(l.Codings, odm.Coding{System: c.Str("System"), Version: c.Str("SystemVersion"), Code: c.Str("Code"), Label: c.Str("Label")})
				return r.None(c)
			}
			return r.coding(c, &l.Codings)
		}
		return r.Described(c, &l.Description, &l.Aliases)
	})
	if len(l.Items) == 0 && len(l.Codings) > 0 {
		if l.External = &outside; n.Beyond != nil && n.Beyond.External != nil {
			l.External = n.Beyond.External
		}
		l.Codings = l.Codings[1:]
		if len(l.Codings) == 0 {
			l.Codings = nil
		}
	}
	l.Extra = n.Extra
	n.Beyond.IntoCodeList(&l)
	if n.Beyond != nil && n.Beyond.UnitsOf {
		r.version.ours[l.OID] = true
		return err
	}
	r.version.CodeLists = append(r.version.CodeLists, l)
	r.Found.CodeLists++
	return err
}

func (r *reader) codeItem(n *node, l *odm.CodeList, seen *markup.Codes) error {
	item, ok, err := r.Code(n, seen)
	if err != nil || !ok {
		return err
	}
	err = r.Children(n, func(c *node) error {
		if c.Name == "Coding" {
			return r.coding(c, &item.Codings)
		}
		return r.Described(c, &item.Decode, &item.Aliases)
	})
	item.Extra = n.Extra
	n.Beyond.IntoCodeItem(&item)
	l.Items = append(l.Items, item)
	return err
}

// settleUnits gives items their units: those that our own words tell, or the codes of the item that UnitsItemOID names.
func (r *reader) settleUnits() error {
	v := r.version
	if b := v.schedule.beyond; b != nil {
		for _, u := range b.Units {
			r.unit(u)
		}
	}
	for i := range v.Groups {
		v.Groups[i].Items = dropOurs(v.Groups[i].Items, v.ours)
	}
	v.Units = r.study.Units
	return r.foreignUnits()
}

func (r *reader) unit(u odm.Unit) {
	if !r.units[u.OID] {
		r.units[u.OID] = true
		r.study.Units = append(r.study.Units, u)
	}
}

// foreignUnits gives the items that name another for their unit the codes of that one as units.
func (r *reader) foreignUnits() error {
	v := r.version
	x := v.Index()
	for i := range v.Items {
		it := &v.Items[i]
		oid := v.unitsItems[it.OID]
		if oid == "" || v.ours[oid] || v.inUnits[it.OID] {
			continue
		}
		unit := x.Item(oid)
		if unit == nil {
			return r.dangling("ItemDef", oid)
		}
		list := x.CodeList(unit.CodeList)
		if list == nil {
			continue
		}
		for k := range list.Items {
			code := &list.Items[k]
			oid := list.OID + "." + code.Code
			r.unit(odm.Unit{OID: oid, Name: code.Code, Symbol: code.Decode, Codings: code.Codings})
			it.Units = append(it.Units, oid)
		}
	}
	v.Units = r.study.Units
	return nil
}

func dropOurs(refs []odm.Ref, ours map[string]bool) []odm.Ref {
	if len(ours) == 0 {
		return refs
	}
	out := refs[:0:0]
	for _, ref := range refs {
		if !ours[ref.OID] {
			out = append(out, ref)
		}
	}
	return out
}
