package odm132

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
)

// file writes the whole file.
func (w *writer) file(s *odm.Study) {
	w.put(`<?xml version="1.0" encoding="UTF-8"?>`)
	var x *odm.Extra
	if s.Extra != nil {
		x = s.Extra.Within["ODM"]
	}
	w.own("ODM", "", x)
	w.always("xmlns", Namespace)
	for _, space := range w.spaces() {
		w.always("xmlns:"+w.prefixes[space], space)
	}
	w.always("FileType", "Snapshot")
	w.always("FileOID", cmp.Or(w.opts.FileOID, s.OID))
	w.always("CreationDateTime", w.opts.Created.Format("2006-01-02T15:04:05Z07:00"))
	w.always("ODMVersion", "1.3.2")
	w.always("Granularity", "Metadata")
	w.attr("Description", w.opts.Description)
	w.attr("SourceSystem", w.opts.SourceSystem)
	w.attr("SourceSystemVersion", w.opts.SourceSystemVersion)
	w.writeStudy(s)
	w.end()
	w.put("\n")
}

func (w *writer) spaces() []string {
	var out []string
	for space := range w.prefixes {
		out = append(out, space)
	}
	slices.Sort(out)
	return out
}

func (w *writer) writeStudy(s *odm.Study) {
	w.own("Study", s.OID, s.Extra)
	w.oid(s.OID)
	w.part("GlobalVariables", "GlobalVariables")
	name := cmp.Or(s.Name, s.OID)
	w.word("StudyName", name)
	w.word("StudyDescription", s.Description)
	w.word("ProtocolName", cmp.Or(s.ProtocolName, name))
	w.end()
	if units := w.units(s); len(units) > 0 {
		w.part("BasicDefinitions", "BasicDefinitions")
		for i := range units {
			w.unit(&units[i])
		}
		w.end()
	}
	seen := map[string]bool{}
	for _, v := range s.Versions {
		if seen[v.OID] {
			w.fail("odm.duplicate_oid", "MetaDataVersion", v.OID)
		}
		seen[v.OID] = true
		w.version(v)
	}
	w.end()
}

func (w *writer) word(name, s string) {
	w.part(name, name)
	if s != "" {
		w.text(s)
	}
	w.end()
}

func (w *writer) oid(oid string) {
	if oid == "" {
		w.fail("odm.missing_attribute", "OID")
	}
	w.always("OID", oid)
}

func (w *writer) unit(u *odm.Unit) {
	w.own("MeasurementUnit", u.OID, u.Extra)
	w.oid(u.OID)
	w.always("Name", cmp.Or(u.Name, u.OID))
	w.texts("Symbol", u.Symbol, true)
	w.aliases(u.Aliases)
	w.end()
}

// named is a definition of a version.
type named struct{ kind, oid string }

func (w *writer) version(v *odm.Version) {
	w.own("MetaDataVersion", v.OID, v.Extra)
	w.oid(v.OID)
	w.always("Name", cmp.Or(v.Name, v.OID))
	w.attr("Description", v.Description)
	w.settleNames(v)
	w.protocol(v)
	for i := range v.Events {
		w.event(&v.Events[i])
	}
	for i := range v.Forms {
		w.form(&v.Forms[i])
	}
	for i := range v.Groups {
		w.group(&v.Groups[i])
	}
	for i := range v.Items {
		w.item(&v.Items[i])
	}
	for i := range v.CodeLists {
		w.codeList(&v.CodeLists[i])
	}
	w.kept("ImputationMethod")
	w.kept("Presentation")
	for i := range v.Conditions {
		w.condition(&v.Conditions[i])
	}
	for i := range v.Methods {
		w.method(&v.Methods[i])
	}
	w.end()
}

// settleNames finds other names for definitions whose OID another kind has too: the schema wants an OID once in a
// version (constraint UC-MDV-OID-unique).
func (w *writer) settleNames(v *odm.Version) {
	w.names = map[named]string{}
	first := map[string]string{}
	var clash []named
	for d := range definitions(v) {
		switch kind := first[d.oid]; kind {
		case "":
			first[d.oid] = d.kind
		case d.kind:
			w.fail("odm.duplicate_oid", d.kind, d.oid)
		default:
			clash = append(clash, d)
		}
	}
	for _, d := range clash {
		if w.names[d] != "" {
			w.fail("odm.duplicate_oid", d.kind, d.oid)
		}
		name := d.oid + "." + d.kind
		for first[name] != "" {
			name += "_"
		}
		first[name], w.names[d] = d.kind, name
		w.lose("the OID " + shortened(d.oid) + " of a " + d.kind + " is also another definition's; written as " +
			shortened(name))
	}
}

// definitions walks over the definitions of v in the order of the schema.
func definitions(v *odm.Version) func(yield func(named) bool) {
	return func(yield func(named) bool) {
		_ = each("StudyEventDef", v.Events, func(d *odm.Event) string { return d.OID }, yield) &&
			each("FormDef", v.Forms, func(d *odm.Form) string { return d.OID }, yield) &&
			each("ItemGroupDef", v.Groups, func(d *odm.ItemGroup) string { return d.OID }, yield) &&
			each("ItemDef", v.Items, func(d *odm.Item) string { return d.OID }, yield) &&
			each("CodeList", v.CodeLists, func(d *odm.CodeList) string { return d.OID }, yield) &&
			each("ConditionDef", v.Conditions, func(d *odm.Condition) string { return d.OID }, yield) &&
			each("MethodDef", v.Methods, func(d *odm.Method) string { return d.OID }, yield)
	}
}

func each[T any](kind string, defs []T, oid func(*T) string, yield func(named) bool) bool {
	for i := range defs {
		if !yield(named{kind, oid(&defs[i])}) {
			return false
		}
	}
	return true
}

// name returns the OID under which a definition is written.
func (w *writer) name(kind, oid string) string { return cmp.Or(w.names[named{kind, oid}], oid) }

// definition writes the attributes that every definition has.
func (w *writer) definition(kind, oid, name string, x *odm.Extra) {
	w.own(kind, oid, x)
	w.oid(w.name(kind, oid))
	w.always("Name", cmp.Or(name, oid))
}

func (w *writer) protocol(v *odm.Version) {
	empty := len(v.EventRefs) == 0 && len(v.Protocol) == 0 && len(v.Aliases) == 0
	if empty && w.inOwner("Protocol") == nil {
		return
	}
	w.part("Protocol", "Protocol")
	w.texts("Description", v.Protocol, false)
	w.refs("StudyEventRef", "StudyEventOID", "StudyEventDef", v.EventRefs)
	w.aliases(v.Aliases)
	w.end()
}

// refs writes the references of the definition at hand.
func (w *writer) refs(element, attr, kind string, refs []odm.Ref) {
	keys := map[int]bool{}
	for _, ref := range w.settled(refs) {
		w.own(element, ref.OID, ref.Extra)
		w.always(attr, w.name(kind, ref.OID))
		if ref.Order != 0 {
			w.always("OrderNumber", strconv.Itoa(ref.Order))
		}
		w.yes("Mandatory", ref.Mandatory)
		if ref.Key != 0 && !keys[ref.Key] && element == "ItemRef" {
			w.always("KeySequence", strconv.Itoa(ref.Key))
			keys[ref.Key] = true
		} else if ref.Key != 0 {
			w.lose("a KeySequence that has no place here, or that another has too")
		}
		if element == "ItemRef" {
			w.attr("MethodOID", w.name("MethodDef", ref.Method))
			w.attr("Role", ref.Role)
		}
		w.attr("CollectionExceptionConditionOID", w.name("ConditionDef", ref.Hidden))
		w.end()
	}
}

// settled returns refs without those that name the same again, and numbered anew if numbers occur twice.
func (w *writer) settled(refs []odm.Ref) []odm.Ref {
	oids, orders := map[string]bool{}, map[int]bool{}
	var out []odm.Ref
	anew := false
	for _, ref := range refs {
		if oids[ref.OID] {
			w.lose("a second reference to " + shortened(ref.OID))
			continue
		}
		oids[ref.OID] = true
		anew = anew || ref.Order != 0 && orders[ref.Order]
		orders[ref.Order] = true
		out = append(out, ref)
	}
	if anew {
		w.lose("OrderNumbers occur twice; the order is kept and numbered anew")
		renumber(out)
	}
	return out
}

func (w *writer) yes(name string, yes bool) {
	if yes {
		w.always(name, "Yes")
	} else {
		w.always(name, "No")
	}
}

// texts writes a text in all its languages; one that must be there is written without words if it has none.
func (w *writer) texts(element string, t odm.Text, must bool) {
	if len(t) == 0 && !must && w.inOwner(element) == nil {
		return
	}
	w.part(element, element)
	var langs []string
	for lang := range t {
		switch {
		case lang != "" && !isLanguage(lang):
			w.lose("a text in " + shortened(lang) + ", which is no language tag")
		case strings.TrimSpace(t[lang]) != "":
			langs = append(langs, lang)
		}
	}
	slices.Sort(langs)
	for _, lang := range langs {
		w.part("TranslatedText", "TranslatedText["+lang+"]")
		w.attr("xml:lang", lang)
		w.text(t[lang])
		w.end()
	}
	if len(langs) == 0 {
		w.part("TranslatedText", "TranslatedText[]")
		w.end()
	}
	w.kept("FormattedTranslatedText")
	w.end()
}

func (w *writer) aliases(aliases []odm.Alias) {
	seen := map[string]bool{}
	for _, a := range aliases {
		if seen[a.Context] {
			w.lose("a second Alias in the Context " + shortened(a.Context))
			continue
		}
		seen[a.Context] = true
		w.part("Alias", "Alias["+a.Context+"]")
		w.always("Context", a.Context)
		w.always("Name", a.Name)
		w.end()
	}
}

func (w *writer) expressions(list []odm.Expression) {
	for i, e := range list {
		w.part("FormalExpression", nth("FormalExpression", i))
		w.attr("Context", e.Context)
		w.text(e.Code)
		w.end()
	}
}

// nth returns the key of an element that is told from its siblings by its place.
func nth(element string, i int) string { return element + "[" + strconv.Itoa(i+1) + "]" }

// units returns the units of the study and those that only its versions have.
func (w *writer) units(s *odm.Study) []odm.Unit {
	seen := map[string]bool{}
	var out []odm.Unit
	gather := func(units []odm.Unit) {
		for _, u := range units {
			if !seen[u.OID] {
				seen[u.OID] = true
				out = append(out, u)
			}
		}
	}
	gather(s.Units)
	for _, v := range s.Versions {
		gather(v.Units)
	}
	return out
}
