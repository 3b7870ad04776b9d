// Package odm2 reads and writes study definitions as ODM-XML 2.0. It refuses clinical data: it notes that a file has
// some and goes past it.
package odm2

import (
	"cmp"
	"io"

	"casebook/odm"
	"casebook/odm/markup"
)

// Format is what a Report of this package is about.
const Format = "odm-xml-2.0"

// maxCopied is how many definitions versions may take over from others, or forms from each other.
const maxCopied = 1 << 18

// Read reads the first study of an ODM-XML 2.0 file as a stream, or a study or a MetaDataVersion that stands alone, as
// the standard's examples do. It reports how the file departs from the standard and what the model cannot say. What
// cannot be read without guessing is refused with a *casebook.Error of kind Invalid whose Place is "line N, element X";
// an error of the reader r itself comes back wrapped. The caller bounds the size.
func Read(in io.Reader) (*odm.Study, *odm.Report, error) {
	r := &reader{Reader: markup.NewReader(in, grammar)}
	if err := r.Document(r.root); err != nil {
		return nil, nil, err
	}
	if r.study == nil {
		return nil, nil, r.Refuse("odm.no_study")
	}
	return r.study, r.Report(), nil
}

type reader struct {
	*markup.Reader
	study    *odm.Study
	units    map[string]bool
	versions map[string]*versionState
	version  *versionState
	copied   int // definitions taken over so far
}

type node = markup.Node

func (r *reader) root(n *node) error {
	switch n.Name {
	case "Study":
		return r.readStudy(n)
	case "MetaDataVersion":
		r.Lose(n, false, "loss.no_study")
		name := cmp.Or(n.Str("Name"), n.Str("OID"))
		r.begin(&odm.Study{OID: n.Str("OID"), Name: name, ProtocolName: name})
		return r.readVersion(n)
	}
	err := r.Children(n, func(c *node) error {
		switch {
		case c.Name == "Description":
			return r.Skip() // of the file, as the other attributes of ODM
		case c.Name == "Study" && r.study == nil:
			return r.readStudy(c)
		}
		r.Lose(c, false, "loss.second_study")
		return r.Skip()
	})
	if err == nil && r.study != nil && n.Extra != nil {
		markup.Within(&r.study.Extra, "ODM", n.Extra)
	}
	return err
}

func (r *reader) begin(s *odm.Study) {
	r.study, r.units, r.versions = s, map[string]bool{}, map[string]*versionState{}
}

// readStudy reads the element Study.
func (r *reader) readStudy(n *node) error {
	oid, err := n.Must("OID")
	if err != nil {
		return err
	}
	s := &odm.Study{OID: oid, Name: n.Str("StudyName"), ProtocolName: n.Str("ProtocolName")}
	r.begin(s)
	err = r.Children(n, func(c *node) (err error) {
		if c.Name == "Description" {
			s.Description, err = r.plainText(c)
			return err
		}
		return r.readVersion(c)
	})
	if err != nil {
		return err
	}
	if s.Name == "" {
		r.Lose(n, false, "loss.study_name")
		s.Name = oid
	}
	if s.ProtocolName == "" {
		r.Lose(n, false, "loss.protocol_name")
		s.ProtocolName = s.Name
	}
	for _, v := range s.Versions {
		v.Units = s.Units
	}
	if s.Extra != nil {
		n.Keeper().Kept = s.Extra.Kept
	}
	s.Extra = n.Extra
	return nil
}

// plainText reads a text of which the model has only one language.
func (r *reader) plainText(n *node) (string, error) {
	t, err := r.Texts(n)
	if len(t) > 1 {
		r.Lose(n, false, "loss.languages")
	}
	return t.In("en"), err
}

// versionState is what the reader knows of the MetaDataVersion at hand beyond the model.
type versionState struct {
	*odm.Version
	base       *versionState // that it includes
	protocol   bool          // it has a Protocol of its own
	kinds      map[string]string
	links      []linkAt
	containers []container // every ItemGroupDef: forms, sections, groups
	schedule   schedule
	unitsItems map[string]string // ItemRef/@UnitsItemOID, by the item
	ours       map[string]bool   // items and code lists that this program wrote for units
	inUnits    map[string]bool   // items whose units our own words tell
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
	r.version = &versionState{Version: &odm.Version{OID: oid, Name: name, EventRefs: []odm.Ref{}}, kinds: map[string]string{},
		unitsItems: map[string]string{}, ours: map[string]bool{}, inUnits: map[string]bool{}}
	if err := r.Children(n, r.inVersion); err != nil {
		return err
	}
	v := r.version
	v.takeOver()
	if err := r.arrange(); err != nil {
		return err
	}
	r.settleSchedule(n)
	if err := r.settleUnits(); err != nil {
		return err
	}
	if err := r.linked(); err != nil {
		return err
	}
	if v.Extra != nil {
		n.Keeper().Kept = v.Extra.Kept // as the protocol said
	}
	v.Extra = n.Extra
	r.study.Versions, r.versions[oid] = append(r.study.Versions, v.Version), v
	return nil
}

func (r *reader) inVersion(n *node) (err error) {
	switch n.Name {
	case "Description":
		r.version.Description, err = r.plainText(n)
		return err
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
	switch n.Name {
	case "WorkflowDef":
		return r.workflow(n)
	case "StudyEventGroupDef":
		return r.eventGroup(n, oid)
	case "StudyEventDef":
		return r.event(n, odm.Event{OID: oid, Name: name})
	case "ItemGroupDef":
		return r.container(n, oid, name)
	case "ItemDef":
		return r.item(n, odm.Item{OID: oid, Name: name})
	case "CodeList":
		return r.codeList(n, odm.CodeList{OID: oid, Name: name})
	case "ConditionDef":
		return r.condition(n, odm.Condition{OID: oid, Name: name})
	}
	return r.method(n, odm.Method{OID: oid, Name: name})
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
	t := base.Inventory()
	err = r.charge(n, t.Events+t.Forms+t.ItemGroups+t.Items+t.CodeLists+t.Conditions+t.Methods)
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

// takeOver adds to a version what it includes and does not define anew.
func (v *versionState) takeOver() {
	base := v.base
	if base == nil {
		return
	}
	if !v.protocol {
		v.Protocol, v.Aliases, v.Translations, v.schedule = base.Protocol, base.Aliases, base.Translations, base.schedule
	}
	v.Events = markup.Over(base.Events, v.Events, func(d *odm.Event) string { return d.OID })
	v.containers = markup.Over(base.containers, v.containers, func(d *container) string { return d.group.OID })
	v.Items = markup.Over(base.Items, v.Items, func(d *odm.Item) string { return d.OID })
	v.CodeLists = markup.Over(base.CodeLists, v.CodeLists, func(d *odm.CodeList) string { return d.OID })
	v.Conditions = markup.Over(base.Conditions, v.Conditions, func(d *odm.Condition) string { return d.OID })
	v.Methods = markup.Over(base.Methods, v.Methods, func(d *odm.Method) string { return d.OID })
}

// linked refuses a version with a reference to what it does not define.
func (r *reader) linked() error {
	for _, missing := range r.version.Dangling() {
		return r.dangling(missing.To, missing.OID)
	}
	return nil
}

// dangling refuses the reference to what is not there, where it stands.
func (r *reader) dangling(kind, oid string) error {
	for _, at := range r.version.links {
		if at.link.To == kind && at.link.OID == oid {
			n := node{Name: at.element, Line: at.line}
			return n.Refuse("odm.dangling_reference", kind, markup.Short(oid))
		}
	}
	return r.Refuse("odm.dangling_reference", kind, markup.Short(oid))
}

// link remembers where a reference stands; without an OID there is none.
func (r *reader) link(n *node, from, fromOID, to, oid string) {
	if oid != "" {
		l := odm.Link{From: from, FromOID: fromOID, To: to, OID: oid}
		r.version.links = append(r.version.links, linkAt{l, n.Line, n.Name})
	}
}
