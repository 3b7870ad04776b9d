package odm132

import (
	"cmp"
	"io"
	"iter"
	"strconv"

	"casebook/odm"
	"casebook/odm/markup"
)

// Options are what a file says of itself.
type Options = markup.Options

// Write writes the definition of s as a snapshot in ODM-XML 1.3.2: elements in the order of the schema, definitions in
// that of the model, one MetaDataVersion for each version, each complete. Equal studies and options give equal bytes.
//
// What the standard has no word for stands in Aliases of a context of our own, see docs/format/odm.md. The losses are
// what cannot be said at all; there are none for a study that Read gave, except OIDs that two kinds of definition
// share. The error is one of w, or of kind Invalid when s has no such file.
func Write(out io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	return markup.Write(out, o, Namespace, func(w *markup.Writer) { (&writer{w, s}).file(s) })
}

type writer struct {
	*markup.Writer
	study *odm.Study
}

// file writes the whole file.
func (w *writer) file(s *odm.Study) {
	var x *odm.Extra
	if s.Extra != nil {
		x = s.Extra.Within["ODM"]
	}
	w.Head(x)
	w.Always("FileType", "Snapshot")
	w.Always("FileOID", cmp.Or(w.Options.FileOID, s.OID))
	w.Always("CreationDateTime", w.Options.Created.Format("2006-01-02T15:04:05Z07:00"))
	w.Always("ODMVersion", "1.3.2")
	w.Always("Granularity", "Metadata")
	w.Attr("Description", w.Options.Description)
	w.Attr("SourceSystem", w.Options.SourceSystem)
	w.Attr("SourceSystemVersion", w.Options.SourceSystemVersion)
	w.writeStudy(s)
	w.Foot()
}

func (w *writer) writeStudy(s *odm.Study) {
	w.Own("Study", s.OID, s.Extra)
	w.OID(s.OID)
	w.Part("GlobalVariables", "GlobalVariables")
	name := cmp.Or(s.Name, s.OID)
	w.Word("StudyName", name)
	w.Word("StudyDescription", s.Description)
	w.Word("ProtocolName", cmp.Or(s.ProtocolName, name))
	w.End()
	if units := markup.Units(s); len(units) > 0 {
		w.Part("BasicDefinitions", "BasicDefinitions")
		for i := range units {
			w.unit(&units[i])
		}
		w.End()
	}
	seen := map[string]bool{}
	for _, v := range s.Versions {
		if seen[v.OID] {
			w.Refuse("odm.duplicate_oid", "MetaDataVersion", v.OID)
		}
		seen[v.OID] = true
		w.version(v)
	}
	w.End()
}

func (w *writer) unit(u *odm.Unit) {
	w.Own("MeasurementUnit", u.OID, u.Extra)
	w.OID(u.OID)
	w.Always("Name", cmp.Or(u.Name, u.OID))
	w.Texts("Symbol", u.Symbol, true)
	w.Aliases(u.Aliases, markup.OfUnit(u))
	w.End()
}

func (w *writer) version(v *odm.Version) {
	w.Own("MetaDataVersion", v.OID, v.Extra)
	w.OID(v.OID)
	w.Always("Name", cmp.Or(v.Name, v.OID))
	w.Attr("Description", v.Description)
	w.SettleNames(definitions(v))
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
	w.Kept("ImputationMethod")
	w.Kept("Presentation")
	for i := range v.Conditions {
		w.condition(&v.Conditions[i])
	}
	for i := range v.Methods {
		w.method(&v.Methods[i])
	}
	w.End()
}

// definitions walks over the definitions of v in the order of the schema.
func definitions(v *odm.Version) iter.Seq[markup.Named] {
	return func(yield func(markup.Named) bool) {
		_ = each("StudyEventDef", v.Events, func(d *odm.Event) string { return d.OID }, yield) &&
			each("FormDef", v.Forms, func(d *odm.Form) string { return d.OID }, yield) &&
			each("ItemGroupDef", v.Groups, func(d *odm.ItemGroup) string { return d.OID }, yield) &&
			each("ItemDef", v.Items, func(d *odm.Item) string { return d.OID }, yield) &&
			each("CodeList", v.CodeLists, func(d *odm.CodeList) string { return d.OID }, yield) &&
			each("ConditionDef", v.Conditions, func(d *odm.Condition) string { return d.OID }, yield) &&
			each("MethodDef", v.Methods, func(d *odm.Method) string { return d.OID }, yield)
	}
}

func each[T any](kind string, defs []T, oid func(*T) string, yield func(markup.Named) bool) bool {
	for i := range defs {
		if !yield(markup.Named{Kind: kind, OID: oid(&defs[i])}) {
			return false
		}
	}
	return true
}

func (w *writer) protocol(v *odm.Version) {
	beyond := markup.OfVersion(v)
	if w.study.Extra != nil && w.study.Extra.Kept != nil {
		beyond.Study = &markup.Study{Kept: w.study.Extra.Kept}
	}
	empty := len(v.EventRefs) == 0 && len(v.Protocol) == 0 && len(v.Aliases) == 0 && beyond.String() == ""
	if empty && w.InOwner("Protocol") == nil {
		return
	}
	w.Part("Protocol", "Protocol")
	w.Texts("Description", v.Protocol, false)
	w.refs("StudyEventRef", "StudyEventOID", "StudyEventDef", v.EventRefs)
	w.Aliases(v.Aliases, beyond)
	w.End()
}

// refs writes the references of the definition at hand.
func (w *writer) refs(element, attr, kind string, refs []odm.Ref) {
	keys := map[int]bool{}
	for _, ref := range w.Settled(refs) {
		w.Own(element, ref.OID, ref.Extra)
		w.Always(attr, w.Name(kind, ref.OID))
		if ref.Order != 0 {
			w.Always("OrderNumber", strconv.Itoa(ref.Order))
		}
		w.Yes("Mandatory", ref.Mandatory)
		if ref.Key != 0 && !keys[ref.Key] && element == "ItemRef" {
			w.Always("KeySequence", strconv.Itoa(ref.Key))
			keys[ref.Key] = true
		} else if ref.Key != 0 {
			w.Lose("loss.unwritten_key_sequence")
		}
		if element == "ItemRef" {
			w.Attr("MethodOID", w.Name("MethodDef", ref.Method))
			w.Attr("Role", ref.Role)
		}
		w.Attr("CollectionExceptionConditionOID", w.Name("ConditionDef", ref.Hidden))
		w.End()
	}
}

func (w *writer) expressions(list []odm.Expression) {
	for i, e := range list {
		w.Part("FormalExpression", markup.Nth("FormalExpression", i))
		w.Attr("Context", e.Context)
		w.Text(e.Code)
		w.End()
	}
}
