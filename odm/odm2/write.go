package odm2

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
	"casebook/odm/markup"
)

// Options are what a file says of itself.
type Options = markup.Options

// Write writes the definition of s as a snapshot in ODM-XML 2.0: forms are ItemGroupDefs of the type Form, units are
// items of their own, windows are timings between events, the schedule is one StudyEventGroupDef. Definitions stand in
// the order of the model, one MetaDataVersion for each version, each complete. Equal studies and options give equal
// bytes.
//
// What the standard has no word for stands in Aliases of a context of our own, see docs/format/odm.md. The losses are
// what cannot be said at all. The error is one of out, or of kind Invalid when s has no such file.
func Write(out io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	return markup.Write(out, o, Namespace, func(w *markup.Writer) {
		w.TextType = "text/plain"
		(&writer{Writer: w, study: s}).file()
	})
}

type writer struct {
	*markup.Writer
	study *odm.Study
	units []odm.Unit

	// Of the version at hand:
	unitItems map[string]string     // items that say the unit of another, by its OID
	unitsOf   map[string]string     // the code list of the units of an item
	unitLists map[string][]odm.Unit // code lists of units, by their OIDs
	listOrder []string
	nested    map[string][]odm.Ref // what stands within a group, where all forms agree on it
}

func (w *writer) file() {
	s := w.study
	var x *odm.Extra
	if s.Extra != nil {
		x = s.Extra.Within["ODM"]
	}
	w.Head(x)
	w.Always("FileType", "Snapshot")
	w.Always("FileOID", cmp.Or(w.Options.FileOID, s.OID))
	w.Always("CreationDateTime", w.Options.Created.Format("2006-01-02T15:04:05Z07:00"))
	w.Always("ODMVersion", "2.0")
	w.Always("Granularity", "Metadata")
	w.Attr("SourceSystem", w.Options.SourceSystem)
	w.Attr("SourceSystemVersion", w.Options.SourceSystemVersion)
	w.plain(w.Options.Description)
	w.definition()
	w.Foot()
}

// definition writes the Study with all its versions.
func (w *writer) definition() {
	s := w.study
	w.Own("Study", s.OID, s.Extra)
	w.OID(s.OID)
	name := cmp.Or(s.Name, s.OID)
	w.Always("StudyName", name)
	w.Always("ProtocolName", cmp.Or(s.ProtocolName, name))
	w.plain(s.Description)
	w.units = markup.Units(s)
	seen := map[string]bool{}
	for _, v := range s.Versions {
		if seen[v.OID] {
			w.Refuse("odm.duplicate_oid", "MetaDataVersion", v.OID)
		}
		seen[v.OID] = true
		w.version(v)
	}
	if len(s.Versions) == 0 {
		w.Refuse("odm.no_version")
	}
	w.End()
}

// plain writes a Description in no language, if there is any.
func (w *writer) plain(text string) {
	if text != "" {
		w.Texts("Description", odm.Text{"": text}, false)
	}
}

func (w *writer) version(v *odm.Version) {
	w.Own("MetaDataVersion", v.OID, v.Extra)
	w.OID(v.OID)
	w.Always("Name", cmp.Or(v.Name, v.OID))
	w.plain(v.Description)
	w.planUnits(v)
	w.nested = nesting(v)
	w.SettleNames(w.definitions(v))
	for _, kept := range []string{"Standards", "AnnotatedCRF", "SupplementalDoc", "ValueListDef", "WhereClauseDef"} {
		w.Kept(kept)
	}
	w.protocol(v)
	w.eventGroup(v)
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
		w.unitItem(&v.Items[i])
	}
	for i := range v.CodeLists {
		w.codeList(&v.CodeLists[i])
	}
	w.writeUnitLists()
	for i := range v.Conditions {
		w.condition(&v.Conditions[i])
	}
	for i := range v.Methods {
		w.method(&v.Methods[i])
	}
	w.Kept("CommentDef")
	w.Kept("Leaf")
	w.End()
}

// definitions walks over what has an OID in a version, in the order of the schema.
func (w *writer) definitions(v *odm.Version) iter.Seq[markup.Named] {
	var all []markup.Named
	add := func(kind, oid string) { all = append(all, markup.Named{Kind: kind, OID: oid}) }
	for i := range v.Events {
		add("StudyEventDef", v.Events[i].OID)
	}
	for i := range v.Forms {
		add("FormDef", v.Forms[i].OID)
	}
	for i := range v.Groups {
		add("ItemGroupDef", v.Groups[i].OID)
	}
	for i := range v.Items {
		add("ItemDef", v.Items[i].OID)
	}
	for i := range v.CodeLists {
		add("CodeList", v.CodeLists[i].OID)
	}
	for i := range v.Conditions {
		add("ConditionDef", v.Conditions[i].OID)
	}
	for i := range v.Methods {
		add("MethodDef", v.Methods[i].OID)
	}
	return slices.Values(all)
}

// fresh returns oid, or one like it that nothing in the version has.
func fresh(v *odm.Version, taken map[string]bool, oid string) string {
	x := v.Index()
	for taken[oid] || x.Event(oid) != nil || x.Form(oid) != nil || x.Group(oid) != nil || x.Item(oid) != nil ||
		x.CodeList(oid) != nil || x.Condition(oid) != nil || x.Method(oid) != nil {
		oid += "_"
	}
	taken[oid] = true
	return oid
}

// protocol writes the texts of the protocol, the windows of the events as timings, and our own words for the version.
func (w *writer) protocol(v *odm.Version) {
	beyond := markup.OfVersion(v)
	beyond.Units = w.units
	if w.study.Extra != nil && w.study.Extra.Kept != nil {
		beyond.Study = &markup.Study{Kept: w.study.Extra.Kept}
	}
	timed := slices.ContainsFunc(v.Events, func(e odm.Event) bool { return native(e.Window) })
	empty := !scheduled(v) && len(v.Protocol) == 0 && len(v.Aliases) == 0 && beyond.String() == "" && !timed
	if empty && w.InOwner("Protocol") == nil {
		return
	}
	w.Part("Protocol", "Protocol")
	w.Texts("Description", v.Protocol, false)
	for _, kept := range []string{"StudySummary", "StudyStructure", "TrialPhase"} {
		w.Kept(kept)
	}
	if timed {
		w.timings(v)
	}
	for _, kept := range []string{"StudyIndications", "StudyInterventions", "StudyObjectives", "StudyEndPoints",
		"StudyTargetPopulation", "StudyEstimands", "InclusionExclusionCriteria"} {
		w.Kept(kept)
	}
	if scheduled(v) {
		w.Part("StudyEventGroupRef", "StudyEventGroupRef")
		w.Always("StudyEventGroupOID", w.eventGroupOID(v))
		w.Yes("Mandatory", true)
		w.End()
	}
	w.Aliases(v.Aliases, beyond)
	w.End()
}

// scheduled reports whether a version needs a schedule; without one, reading takes its events as they stand.
func scheduled(v *odm.Version) bool { return len(v.EventRefs) > 0 || len(v.Events) > 0 }

func (w *writer) eventGroupOID(v *odm.Version) string { return fresh(v, map[string]bool{}, "SCHEDULE") }

// native reports whether a window can be said as a timing between two events.
func native(win *odm.Window) bool {
	ok := func(d odm.Duration) bool { return d == "" || d.Valid() && schemaDuration(d) }
	return win != nil && win.Anchor != "" && win.Target != "" && ok(win.Target) && ok(win.Before) && ok(win.After)
}

// schemaDuration reports whether XML Schema knows a duration too: it has weeks in no sum, and no leading plus.
func schemaDuration(d odm.Duration) bool {
	return !strings.HasPrefix(string(d), "+") && !strings.HasSuffix(string(d), "T")
}

func (w *writer) timings(v *odm.Version) {
	w.Part("StudyTimings", "StudyTimings")
	w.Part("StudyTiming", "StudyTiming")
	w.Always("OID", "TIMING")
	w.Always("Name", "the windows of the events")
	w.Kept("AbsoluteTimingConstraint")
	for i := range v.Events {
		e := &v.Events[i]
		if !native(e.Window) {
			continue
		}
		w.Part("RelativeTimingConstraint", "RelativeTimingConstraint["+e.OID+"]")
		w.Always("OID", "TIMING."+e.OID)
		w.Always("Name", cmp.Or(e.Name, e.OID))
		w.Always("PredecessorOID", w.Name("StudyEventDef", e.Window.Anchor))
		w.Always("SuccessorOID", w.Name("StudyEventDef", e.OID))
		w.Always("Type", "StartToStart")
		w.Always("TimepointRelativeTarget", string(e.Window.Target))
		w.Attr("TimepointPreWindow", string(e.Window.Before))
		w.Attr("TimepointPostWindow", string(e.Window.After))
		w.End()
	}
	w.Kept("DurationTimingConstraint")
	w.End()
	w.End()
}

func (w *writer) eventGroup(v *odm.Version) {
	if !scheduled(v) {
		return
	}
	w.Part("StudyEventGroupDef", "StudyEventGroupDef")
	w.Always("OID", w.eventGroupOID(v))
	w.Always("Name", "the schedule")
	for _, ref := range w.Settled(v.EventRefs) {
		w.ref("StudyEventRef", "StudyEventOID", "StudyEventDef", ref, nil)
	}
	w.End()
}

// ref writes a reference.
func (w *writer) ref(element, attr, kind string, ref odm.Ref, keys map[int]bool) {
	w.Own(element, ref.OID, ref.Extra)
	w.Always(attr, w.Name(kind, ref.OID))
	if ref.Order > 0 {
		w.Always("OrderNumber", strconv.Itoa(ref.Order))
	}
	w.Yes("Mandatory", ref.Mandatory)
	switch {
	case ref.Key > 0 && keys != nil && !keys[ref.Key]:
		w.Always("KeySequence", strconv.Itoa(ref.Key))
		keys[ref.Key] = true
	case ref.Key != 0:
		w.Lose("loss.unwritten_key_sequence")
	}
	if element == "ItemRef" {
		if ref.Method != "" {
			w.Attr("MethodOID", w.Name("MethodDef", ref.Method))
		}
		w.Attr("UnitsItemOID", w.unitItems[ref.OID])
		w.Attr("Role", ref.Role)
	}
	if ref.Hidden != "" {
		w.Attr("CollectionExceptionConditionOID", w.Name("ConditionDef", ref.Hidden))
	}
	w.End()
}

func (w *writer) event(e *odm.Event) {
	w.Definition("StudyEventDef", "StudyEventDef", e.OID, e.Name, e.Extra)
	w.yes("Repeating", e.Repeating, "Yes")
	w.OneOf("Type", string(e.Type), "Scheduled", eventTypes)
	w.Attr("Category", e.Category)
	w.Texts("Description", e.Description, false)
	for _, ref := range w.Settled(e.Forms) {
		w.ref("ItemGroupRef", "ItemGroupOID", "FormDef", ref, nil)
	}
	w.Kept("WorkflowRef")
	beyond := markup.OfEvent(e)
	if native(e.Window) {
		beyond.Window = nil
	}
	beyond.Codings = w.codings(e.Codings)
	w.Aliases(e.Aliases, beyond)
	w.End()
}

func (w *writer) yes(name string, yes bool, word string) {
	if yes {
		w.Always(name, word)
	} else {
		w.Always(name, "No")
	}
}

// codings writes what the schema can hold and returns the others.
func (w *writer) codings(all []odm.Coding) (rest []odm.Coding) {
	for i, c := range all {
		if c.System == "" || !markup.Fits("URI", c.System) {
			return all[i:]
		}
		w.Part("Coding", markup.Nth("Coding", i))
		w.Attr("Code", c.Code)
		w.Always("System", c.System)
		w.Attr("SystemVersion", c.Version)
		w.Attr("Label", c.Label)
		w.End()
	}
	return nil
}

// nesting returns what stands within each group, if every form that has the group has the same within it, in the same
// order, and the forms number their groups one by one: then the groups can nest in the file, and be read back.
func nesting(v *odm.Version) map[string][]odm.Ref {
	children := map[string][]odm.Ref{}
	known := map[string]bool{}
	for i := range v.Forms {
		within := map[string][]odm.Ref{}
		for k, ref := range v.Forms[i].Groups {
			if ref.Within == "" {
				continue
			}
			if !inOrder(v.Forms[i].Groups) {
				return nil
			}
			ref.Order = k + 1
			within[ref.Within] = append(within[ref.Within], ref)
		}
		for _, ref := range v.Forms[i].Groups {
			if known[ref.OID] && !sameChildren(children[ref.OID], within[ref.OID]) {
				return nil
			}
			known[ref.OID], children[ref.OID] = true, within[ref.OID]
		}
	}
	for i := range v.Groups {
		if !known[v.Groups[i].OID] {
			delete(children, v.Groups[i].OID)
		}
	}
	return children
}

// inOrder reports whether the groups of a form are numbered from 1 and each stands right behind what it stands within,
// as a tree is written out; what is read from a file is so.
func inOrder(refs []odm.Ref) bool {
	var open []string
	for i, ref := range refs {
		if ref.Order != i+1 {
			return false
		}
		for len(open) > 0 && open[len(open)-1] != ref.Within {
			open = open[:len(open)-1]
		}
		if len(open) == 0 && ref.Within != "" {
			return false
		}
		open = append(open, ref.OID)
	}
	return placed(refs)
}

// placed reports whether the groups within each group stand in the order of their places.
func placed(refs []odm.Ref) bool {
	last := map[string]int{}
	for _, ref := range refs {
		if ref.Within == "" {
			continue
		}
		if at, seen := last[ref.Within]; seen && (ref.Place == 0) != (at == 0) || ref.Place < at || ref.Place != 0 && ref.Place == at {
			return false
		}
		last[ref.Within] = ref.Place
	}
	return true
}

func sameChildren(a, b []odm.Ref) bool {
	return slices.EqualFunc(a, b, func(x, y odm.Ref) bool {
		x.Order, y.Order = 0, 0
		return x.OID == y.OID && x.Place == y.Place && x.Mandatory == y.Mandatory && x.Hidden == y.Hidden &&
			x.MandatoryWhen == y.MandatoryWhen && x.Extra == nil && y.Extra == nil
	})
}

func (w *writer) form(f *odm.Form) {
	w.Definition("FormDef", "ItemGroupDef", f.OID, f.Name, f.Extra)
	w.yes("Repeating", f.Repeating, "Simple")
	beyond := markup.OfForm(f)
	if f.Occurs.Max > 0 {
		w.Always("RepeatingLimit", strconv.Itoa(f.Occurs.Max))
	}
	w.Always("Type", "Form")
	w.Texts("Description", f.Description, false)
	w.Kept("Class")
	flat := w.nested == nil
	for _, ref := range w.Settled(f.Groups) {
		if flat || ref.Within == "" {
			w.ref("ItemGroupRef", "ItemGroupOID", "ItemGroupDef", ref, nil)
		}
		if more, ok := beyond.Refs[ref.OID]; ok && !flat {
			more.Within, more.Place = "", 0
			beyond.SetRef(ref.OID, more)
		}
	}
	beyond.Codings = w.codings(f.Codings)
	w.Kept("WorkflowRef")
	w.Kept("Origin")
	w.Aliases(f.Aliases, beyond)
	w.Kept("Leaf")
	w.End()
}

func (w *writer) group(g *odm.ItemGroup) {
	w.Definition("ItemGroupDef", "ItemGroupDef", g.OID, g.Name, g.Extra)
	w.yes("Repeating", g.Repeating, "Simple")
	if g.Occurs.Max > 0 {
		w.Always("RepeatingLimit", strconv.Itoa(g.Occurs.Max))
	}
	w.Attr("Domain", g.Domain)
	w.Always("Type", "Section")
	w.Texts("Description", g.Description, false)
	w.Kept("Class")
	for _, ref := range w.nested[g.OID] {
		ref.Order = ref.Place
		w.ref("ItemGroupRef", "ItemGroupOID", "ItemGroupDef", ref, nil)
	}
	keys := map[int]bool{}
	for _, ref := range w.Settled(g.Items) {
		w.ref("ItemRef", "ItemOID", "ItemDef", ref, keys)
		if unit := w.unitItems[ref.OID]; unit != "" {
			w.ref("ItemRef", "ItemOID", "ItemDef", odm.Ref{OID: unit}, keys)
		}
	}
	beyond := markup.OfGroup(g)
	beyond.Codings = w.codings(g.Codings)
	w.Kept("WorkflowRef")
	w.Kept("Origin")
	w.Aliases(g.Aliases, beyond)
	w.Kept("Leaf")
	w.End()
}
