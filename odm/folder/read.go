package folder

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"
)

func read(all map[string]file) (*odm.Study, *odm.Report, error) {
	top, ok := all["study.json"]
	if !ok {
		return nil, nil, casebook.Fail(casebook.Invalid, "odm.text.no_study", "study.json").At("study.json")
	}
	var f studyFile
	if err := decode("study.json", top, &f); err != nil {
		return nil, nil, err
	}
	s := &odm.Study{OID: f.OID, Name: f.Name, Description: f.Description, ProtocolName: f.ProtocolName, Units: f.Units, Extra: f.Extra,
		Versions: []*odm.Version{}}
	if s.OID == "" {
		return nil, nil, casebook.Fail(casebook.Invalid, "odm.missing_attribute", "oid").At("study.json, line 1")
	}
	rep := &odm.Report{Format: Format}
	used := map[string]bool{"study.json": true}
	for _, dir := range f.Versions {
		v, err := readVersion(all, "versions/"+dir+"/", s.Units, used)
		if err != nil {
			return nil, nil, err
		}
		s.Versions = append(s.Versions, v)
		n := v.Inventory()
		add(&rep.Inventory, n)
	}
	for path := range all {
		if !used[path] {
			rep.Losses = append(rep.Losses, odm.Lost(path, all[path].line+1, false, "loss.file_unread"))
		}
	}
	slices.SortFunc(rep.Losses, func(a, b odm.Loss) int { return strings.Compare(a.Place, b.Place) })
	return s, rep, nil
}

func add(to *odm.Inventory, n odm.Inventory) {
	to.Events += n.Events
	to.Forms += n.Forms
	to.ItemGroups += n.ItemGroups
	to.Items += n.Items
	to.CodeLists += n.CodeLists
	to.Conditions += n.Conditions
	to.Methods += n.Methods
	to.RangeChecks += n.RangeChecks
}

// gathered is the definitions of a version, each with the file that it stands in.
type gathered struct {
	v      *odm.Version
	in     map[[2]string]string // kind, OID → file
	places map[string]int       // files → the line at which they begin
}

func readVersion(all map[string]file, dir string, units []odm.Unit, used map[string]bool) (*odm.Version, error) {
	at := dir + "version.json"
	if used[at] {
		return nil, casebook.Fail(casebook.Invalid, "odm.text.twice", at).At("study.json, line 1")
	}
	f, ok := all[at]
	if !ok {
		return nil, casebook.Fail(casebook.Invalid, "odm.text.no_study", at).At("study.json, line 1")
	}
	used[at] = true
	var top versionFile
	if err := decode(at, f, &top); err != nil {
		return nil, err
	}
	v := &odm.Version{OID: top.OID, Name: top.Name, Description: top.Description, Protocol: top.Protocol, EventRefs: top.EventRefs,
		Aliases: top.Aliases, Translations: top.Translations, Units: units, Extra: top.Extra}
	if top.OwnUnits != nil {
		v.Units = top.OwnUnits
		if len(v.Units) == 0 {
			v.Units = nil
		}
	}
	g := gathered{v: v, in: map[[2]string]string{}, places: map[string]int{}}
	for _, name := range partsOf(all, dir) {
		used[name] = true
		g.places[name] = all[name].line
		var p part
		if err := decode(name, all[name], &p); err != nil {
			return nil, err
		}
		if err := g.take(name, p); err != nil {
			return nil, err
		}
	}
	if err := g.arrange(at, top.Order); err != nil {
		return nil, err
	}
	return v, g.linked(at)
}

// partsOf returns the files of a version but version.json, in the order of their names.
func partsOf(all map[string]file, dir string) []string {
	var names []string
	for name := range all {
		rest, ok := strings.CutPrefix(name, dir)
		if ok && (rest == "shared.json" || strings.HasPrefix(rest, "forms/") && path.Ext(rest) == ".json") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (g *gathered) take(file string, p part) error {
	v := g.v
	if p.Form != nil {
		v.Forms = append(v.Forms, *p.Form)
		if err := g.note("form", p.Form.OID, file); err != nil {
			return err
		}
	}
	v.Events = append(v.Events, p.Events...)
	v.Groups = append(v.Groups, p.Groups...)
	v.Items = append(v.Items, p.Items...)
	v.CodeLists = append(v.CodeLists, p.CodeLists...)
	v.Conditions = append(v.Conditions, p.Conditions...)
	v.Methods = append(v.Methods, p.Methods...)
	for i := range p.Items {
		if !p.Items[i].DataType.Known() {
			return casebook.Fail(casebook.Invalid, "odm.value_type", "dataType", string(p.Items[i].DataType), "a data type of ODM").
				At(g.place(file, "item "+p.Items[i].OID))
		}
	}
	return firstError(
		noteAll(g, "event", file, p.Events, eventOID), noteAll(g, "group", file, p.Groups, groupOID),
		noteAll(g, "item", file, p.Items, itemOID), noteAll(g, "code list", file, p.CodeLists, listOID),
		noteAll(g, "condition", file, p.Conditions, conditionOID), noteAll(g, "method", file, p.Methods, methodOID))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func noteAll[T any](g *gathered, kind, file string, defs []T, oid func(*T) string) error {
	for i := range defs {
		if err := g.note(kind, oid(&defs[i]), file); err != nil {
			return err
		}
	}
	return nil
}

// note remembers where a definition stands. It must have an OID, and no other of its kind the same.
func (g *gathered) note(kind, oid, file string) error {
	if oid == "" {
		return casebook.Fail(casebook.Invalid, "odm.missing_attribute", "oid").At(g.place(file, kind))
	}
	key := [2]string{kind, oid}
	if _, twice := g.in[key]; twice {
		return casebook.Fail(casebook.Invalid, "odm.duplicate_oid", kind, oid).At(g.place(file, kind+" "+oid))
	}
	g.in[key] = file
	return nil
}

func (g *gathered) place(file, what string) string {
	if line := g.places[file]; line > 0 {
		return fmt.Sprintf("%s, line %d, %s", file, line, what)
	}
	return file + ", " + what
}

// arrange puts the definitions into their order.
func (g *gathered) arrange(file string, o order) (err error) {
	v := g.v
	v.Events, err = ordered(g, file, "event", o.Events, v.Events, eventOID)
	if err != nil {
		return err
	}
	if v.Forms, err = ordered(g, file, "form", o.Forms, v.Forms, formOID); err != nil {
		return err
	}
	if v.Groups, err = ordered(g, file, "group", o.Groups, v.Groups, groupOID); err != nil {
		return err
	}
	if v.Items, err = ordered(g, file, "item", o.Items, v.Items, itemOID); err != nil {
		return err
	}
	if v.CodeLists, err = ordered(g, file, "code list", o.CodeLists, v.CodeLists, listOID); err != nil {
		return err
	}
	if v.Conditions, err = ordered(g, file, "condition", o.Conditions, v.Conditions, conditionOID); err != nil {
		return err
	}
	v.Methods, err = ordered(g, file, "method", o.Methods, v.Methods, methodOID)
	return err
}

func ordered[T any](g *gathered, file, kind string, order []string, defs []T, oid func(*T) string) ([]T, error) {
	if order != nil && defs == nil {
		defs = []T{}
	}
	place := make(map[string]int, len(order))
	for i, name := range order {
		if _, twice := place[name]; twice {
			return nil, casebook.Fail(casebook.Invalid, "odm.duplicate_oid", kind, name).At(file)
		}
		if _, there := g.in[[2]string{kind, name}]; !there {
			return nil, casebook.Fail(casebook.Invalid, "odm.dangling_reference", kind, name).At(file)
		}
		place[name] = i
	}
	at := func(d *T) int {
		if i, ok := place[oid(d)]; ok {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(defs, func(a, b T) int { return at(&a) - at(&b) })
	return defs, nil
}

// linked refuses a reference to what is not there, in the file of the definition that makes it.
func (g *gathered) linked(version string) error {
	kinds := map[string]string{"StudyEventDef": "event", "FormDef": "form", "ItemGroupDef": "group", "ItemDef": "item"}
	dangling := g.v.Dangling()
	if len(dangling) == 0 {
		return nil
	}
	l, place := dangling[0], version
	if kind := kinds[l.From]; kind != "" {
		place = g.place(g.in[[2]string{kind, l.FromOID}], kind+" "+l.FromOID)
	}
	return casebook.Fail(casebook.Invalid, "odm.dangling_reference", l.To, l.OID).At(place)
}

func eventOID(d *odm.Event) string         { return d.OID }
func formOID(d *odm.Form) string           { return d.OID }
func groupOID(d *odm.ItemGroup) string     { return d.OID }
func itemOID(d *odm.Item) string           { return d.OID }
func listOID(d *odm.CodeList) string       { return d.OID }
func conditionOID(d *odm.Condition) string { return d.OID }
func methodOID(d *odm.Method) string       { return d.OID }
