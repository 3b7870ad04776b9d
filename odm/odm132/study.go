package odm132

import (
	"casebook/odm"
	"casebook/odm/markup"
)

// readStudy reads the element Study.
func (r *reader) readStudy(n *node) error {
	oid, err := n.Must("OID")
	if err != nil {
		return err
	}
	r.study, r.versions = &odm.Study{OID: oid}, map[string]*odm.Version{}
	err = r.Children(n, func(c *node) error {
		switch c.Name {
		case "GlobalVariables":
			return r.globals(c)
		case "BasicDefinitions":
			return r.Children(c, r.unit)
		}
		return r.readVersion(c)
	})
	if err != nil {
		return err
	}
	if r.study.Name == "" {
		r.Lose(n, false, "loss.study_name")
		r.study.Name = oid
	}
	if r.study.ProtocolName == "" {
		r.Lose(n, false, "loss.protocol_name")
		r.study.ProtocolName = r.study.Name
	}
	for _, v := range r.study.Versions {
		v.Units = r.study.Units
	}
	if r.keptOfStudy != nil {
		n.Keeper().Kept = r.keptOfStudy
	}
	r.study.Extra = n.Extra
	return nil
}

func (r *reader) globals(n *node) error {
	return r.Children(n, func(c *node) (err error) {
		switch c.Name {
		case "StudyName":
			r.study.Name, err = r.Text(c)
		case "StudyDescription":
			r.study.Description, err = r.Text(c)
		case "ProtocolName":
			r.study.ProtocolName, err = r.Text(c)
		}
		return err
	})
}

// unit reads a MeasurementUnit.
func (r *reader) unit(n *node) error {
	oid, name, err := r.Named(n)
	if err != nil {
		return err
	}
	if r.units[oid] {
		r.Lose(n, false, "loss.second_unit")
		return r.Skip()
	}
	markup.Set(&r.units, oid)
	u := odm.Unit{OID: oid, Name: name}
	err = r.Children(n, func(c *node) error { return r.Described(c, &u.Symbol, &u.Aliases) })
	u.Extra = n.Extra
	n.Beyond.IntoUnit(&u)
	r.study.Units = append(r.study.Units, u)
	return err
}

// versionState is what the reader knows of the MetaDataVersion at hand beyond the model.
type versionState struct {
	*odm.Version
	base     *odm.Version      // that it includes
	protocol bool              // it has a Protocol of its own
	kinds    map[string]string // of the definitions so far, by OID
	links    []linkAt
}

// linkAt is a reference and where it stands.
type linkAt struct {
	link    odm.Link
	line    int
	element string
}

// readVersion reads a MetaDataVersion.
func (r *reader) readVersion(n *node) error {
	oid, name, err := r.Named(n)
	if err != nil {
		return err
	}
	if r.versions[oid] != nil {
		r.Lose(n, false, "loss.second_version")
		return r.Skip()
	}
	if err := r.charge(n, len(r.study.Units)); err != nil {
		return err
	}
	v := &odm.Version{OID: oid, Name: name, Description: n.Str("Description"), Units: r.study.Units}
	r.version = versionState{Version: v, kinds: map[string]string{}}
	if err := r.Children(n, r.inVersion); err != nil {
		return err
	}
	if v.Extra != nil {
		n.Keeper().Kept = v.Extra.Kept // as the protocol said
	}
	v.Extra = n.Extra
	r.version.takeOver()
	if err := r.linked(); err != nil {
		return err
	}
	r.study.Versions, r.versions[oid] = append(r.study.Versions, v), v
	return nil
}

func (r *reader) inVersion(n *node) error {
	switch n.Name {
	case "Include":
		return r.include(n)
	case "Protocol":
		return r.protocol(n)
	}
	oid, name, err := r.Named(n)
	if err != nil {
		return err
	}
	switch kind := r.version.kinds[oid]; kind {
	case "":
		r.version.kinds[oid] = n.Name
	case n.Name:
		r.Lose(n, false, "loss.second_definition", n.Name)
		return r.Skip()
	default:
		r.Lose(n, true, "loss.oid_of_another", kind)
	}
	return r.definition(n, oid, name)
}

func (r *reader) definition(n *node, oid, name string) error {
	switch n.Name {
	case "StudyEventDef":
		return r.event(n, odm.Event{OID: oid, Name: name})
	case "FormDef":
		return r.form(n, odm.Form{OID: oid, Name: name})
	case "ItemGroupDef":
		return r.group(n, odm.ItemGroup{OID: oid, Name: name})
	case "ItemDef":
		return r.item(n, odm.Item{OID: oid, Name: name})
	case "CodeList":
		return r.codeList(n, odm.CodeList{OID: oid, Name: name})
	case "ConditionDef":
		return r.condition(n, odm.Condition{OID: oid, Name: name})
	}
	return r.method(n, odm.Method{OID: oid, Name: name})
}

func (r *reader) protocol(n *node) error {
	v, refs := r.version.Version, markup.Refs{Kind: "StudyEventDef"}
	r.version.protocol = true
	err := r.Children(n, func(c *node) error {
		if c.Name == "StudyEventRef" {
			return r.ref(c, "StudyEventOID", &refs, "Protocol", "")
		}
		return r.Described(c, &v.Protocol, &v.Aliases)
	})
	v.EventRefs = refs.Settle()
	n.Beyond.IntoVersion(v)
	r.linkBeyond(n, "StudyEventDef", "", "", v.EventRefs)
	if n.Beyond != nil && n.Beyond.Study != nil {
		r.keptOfStudy = n.Beyond.Study.Kept
	}
	return err
}

// include reads an Include, which may name only an earlier version of the same study.
func (r *reader) include(n *node) error {
	study, err := n.Must("StudyOID")
	if err != nil {
		return err
	}
	oid, err := n.Must("MetaDataVersionOID")
	if err != nil {
		return err
	}
	base := r.versions[oid]
	if base == nil || study != r.study.OID {
		return n.Refuse("odm.dangling_reference", "MetaDataVersion", markup.Short(study+"/"+oid))
	}
	r.version.base = base
	total := base.Inventory()
	err = r.charge(n, total.Events+total.Forms+total.ItemGroups+total.Items+total.CodeLists+total.Conditions+total.Methods)
	if err != nil {
		return err
	}
	return r.None(n)
}

// charge counts definitions that versions share, so that a small file cannot ask for endless copies.
func (r *reader) charge(n *node, definitions int) error {
	if r.copied += definitions; r.copied > maxCopied {
		return n.Refuse("odm.too_large", "definitions", maxCopied)
	}
	return nil
}

// takeOver adds to a version what it includes and does not define anew (ODM 1.3.2, Include).
func (v *versionState) takeOver() {
	base := v.base
	if base == nil {
		return
	}
	if !v.protocol {
		v.EventRefs, v.Protocol, v.Aliases, v.Translations = base.EventRefs, base.Protocol, base.Aliases, base.Translations
	}
	v.Events = markup.Over(base.Events, v.Events, func(d *odm.Event) string { return d.OID })
	v.Forms = markup.Over(base.Forms, v.Forms, func(d *odm.Form) string { return d.OID })
	v.Groups = markup.Over(base.Groups, v.Groups, func(d *odm.ItemGroup) string { return d.OID })
	v.Items = markup.Over(base.Items, v.Items, func(d *odm.Item) string { return d.OID })
	v.CodeLists = markup.Over(base.CodeLists, v.CodeLists, func(d *odm.CodeList) string { return d.OID })
	v.Conditions = markup.Over(base.Conditions, v.Conditions, func(d *odm.Condition) string { return d.OID })
	v.Methods = markup.Over(base.Methods, v.Methods, func(d *odm.Method) string { return d.OID })
}

// linked refuses a version with a reference to what it does not define.
func (r *reader) linked() error {
	for _, missing := range r.version.Dangling() {
		for _, at := range r.version.links {
			if at.link == missing {
				n := node{Name: at.element, Line: at.line}
				return n.Refuse("odm.dangling_reference", missing.To, markup.Short(missing.OID))
			}
		}
	}
	return nil
}

// link remembers where a reference stands; without an OID there is none.
func (r *reader) link(n *node, from, fromOID, to, oid string) {
	if oid != "" {
		l := odm.Link{From: from, FromOID: fromOID, To: to, OID: oid}
		r.version.links = append(r.version.links, linkAt{l, n.Line, n.Name})
	}
}
