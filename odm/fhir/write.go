package fhir

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"

	"github.com/go-json-experiment/json/jsontext"
)

// Write writes one form of a version as a Questionnaire; form is its OID, "" the first. It returns what a Questionnaire
// does not say of it, each with the path of what is lost. Equal input gives equal bytes.
func Write(w io.Writer, s *odm.Study, v *odm.Version, form string) ([]odm.Loss, error) {
	wr, err := planned(v, form)
	if err != nil {
		return nil, err
	}
	wr.study = s
	wr.elsewhere()
	q := wr.questionnaire()
	out := jsontext.Value(q.json())
	if err := out.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, fmt.Errorf("fhir: %w", err)
	}
	_, err = w.Write(append(out, '\n'))
	return wr.losses, err
}

// planned lays a form out as its Questionnaire has it.
func planned(v *odm.Version, form string) (*writer, error) {
	if len(v.Forms) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "fhir.no_form")
	}
	w := &writer{study: &odm.Study{}, v: v, x: v.Index(), form: &v.Forms[0], links: map[string]bool{}, link: map[[2]string]string{},
		at: map[string][]jsontext.Value{}}
	if form != "" {
		if w.form = w.x.Form(form); w.form == nil {
			return nil, casebook.Fail(casebook.Invalid, "fhir.form", form)
		}
	}
	w.lang = w.language()
	w.plan()
	return w, nil
}

type writer struct {
	study  *odm.Study
	v      *odm.Version
	x      *odm.Index
	form   *odm.Form
	lang   string
	losses []odm.Loss

	top    []part
	within map[string][]part           // what stands in a group, by its OID
	under  map[[2]string][]part        // what stands below a question of a group
	links  map[string]bool             // the linkIds that are taken
	link   map[[2]string]string        // of a question by group and item, of a group by "" and its OID
	at     map[string][]jsontext.Value // constraints by the linkId of the group that they stand at
}

// part is a group or a question at its place.
type part struct {
	ref   odm.Ref
	group *odm.ItemGroup // itself, or the one that a question stands in
	item  *odm.Item
	order int
}

func (w *writer) lose(place, code string, args ...any) {
	w.losses = append(w.losses, odm.Lost(place, 0, false, code, args...))
}

func keptOf(x *odm.Extra, name string) string {
	if x == nil {
		return ""
	}
	return x.Kept["fhir:"+name]
}

// language is that of the texts which name none: the one that was kept, or the one that most likely is the original.
func (w *writer) language() string {
	if l := keptOf(w.form.Extra, "language"); l != "" {
		if n, err := parse(strings.NewReader(l)); err == nil {
			return n.text
		}
	}
	seen := map[string]bool{}
	look := func(t odm.Text) {
		for l := range t {
			seen[l] = true
		}
	}
	look(w.form.Description)
	for _, f := range w.x.FormItems(w.form.OID) {
		look(f.Item.Question)
		look(f.Group.Description)
		if list := w.x.CodeList(f.Item.CodeList); list != nil {
			for _, c := range list.Items {
				look(c.Decode)
			}
		}
	}
	for _, l := range [...]string{"", "en", "zh-CN"} {
		if seen[l] || len(seen) == 0 {
			return l
		}
	}
	return keys(seen)[0]
}

func keys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// plan finds where everything stands, and gives each group and question a linkId of its own.
func (w *writer) plan() {
	w.within, w.under = map[string][]part{}, map[[2]string][]part{}
	refs := odm.Ordered(w.form.Groups)
	for _, ref := range refs {
		g := w.x.Group(ref.OID)
		if g == nil {
			continue
		}
		if keptOf(g.Extra, "root") == "" && keptOf(g.Extra, "answers") == "" {
			w.name("", g.OID)
		}
		for i, ir := range odm.Ordered(g.Items) {
			it := w.x.Item(ir.OID)
			if it == nil {
				continue
			}
			w.name(g.OID, it.OID)
			p := part{ir, g, it, cmp.Or(ir.Order, i+1)}
			if ir.Within != "" {
				w.under[[2]string{g.OID, ir.Within}] = append(w.under[[2]string{g.OID, ir.Within}], p)
			} else {
				w.within[g.OID] = append(w.within[g.OID], p)
			}
		}
		w.planGroup(ref, g)
	}
	for _, all := range w.within {
		slices.SortStableFunc(all, byOrder)
	}
	for _, all := range w.under {
		slices.SortStableFunc(all, byOrder)
	}
}

func byOrder(a, b part) int { return cmp.Compare(a.order, b.order) }

func (w *writer) planGroup(ref odm.Ref, g *odm.ItemGroup) {
	const last = 1 << 30
	p := part{ref: ref, group: g, order: cmp.Or(ref.Place, last)}
	outer := w.x.Group(ref.Within)
	if outer == nil {
		w.top = append(w.top, p)
		return
	}
	if under := keptOf(g.Extra, "under"); under != "" && slices.ContainsFunc(outer.Items, func(r odm.Ref) bool { return r.OID == under }) {
		w.under[[2]string{outer.OID, under}] = append(w.under[[2]string{outer.OID, under}], p)
		return
	}
	w.within[outer.OID] = append(w.within[outer.OID], p)
}

// name gives a linkId: the OID, or more of it where that is taken.
func (w *writer) name(group, oid string) {
	key := [2]string{group, oid}
	if w.link[key] != "" {
		return
	}
	id := oid
	if w.links[id] {
		id = strings.TrimPrefix(group+"/"+oid, "/")
		for w.links[id] {
			id += "_"
		}
		w.lose("ItemGroupDef["+group+"]/ItemRef["+oid+"]", "loss.written_link", id, oid)
	}
	w.links[id] = true
	w.link[key] = id
}

// order is how FHIR orders the elements of a Questionnaire.
var order = strings.Fields("resourceType id meta implicitRules language text contained extension url identifier version name title " +
	"derivedFrom status experimental subjectType date publisher contact description useContext jurisdiction purpose copyright " +
	"approvalDate lastReviewDate effectivePeriod code item")

func (w *writer) questionnaire() object {
	f := w.form
	o := object{}
	o.str("resourceType", "Questionnaire")
	own := map[string]bool{"extension": true, "_title": true, "_copyright": true, "language": true}
	w.keptFields(&o, f.Extra, own)
	has := func(name string) bool {
		return slices.ContainsFunc(o, func(f field) bool { return f.name == name })
	}
	if !has("id") && w.derived() != f.OID {
		if strings.Contains(f.OID, "_") || identifier(f.OID) != f.OID {
			o = slices.DeleteFunc(o, func(f field) bool { return f.name == "name" })
			o.str("name", f.OID)
		} else {
			o.str("id", f.OID)
		}
	}
	o.str("language", w.lang)
	if !has("version") && w.v.OID != "1" {
		o.str("version", w.v.OID)
	}
	title := f.Description
	if len(title) == 0 && !has("name") {
		title = odm.Text{w.lang: f.Name}
	}
	putText(&o, "title", title, w.lang, keptOf(f.Extra, "_title"))
	if !has("status") {
		o.str("status", "draft")
	}
	if !has("description") {
		o.str("description", w.study.Description)
	}
	putText(&o, "copyright", f.Copyright, w.lang, keptOf(f.Extra, "_copyright"))
	o.put("code", array(append(codings(f.Codings), elements(keptOf(f.Extra, "code"))...)))
	items := w.parts(w.roots())
	x := w.variables(f.Variables, f.Extra)
	if f.Licence != "" {
		x = append(x, extension(extLicence, "valueString", quoted(f.Licence)))
	}
	x = append(x, w.at[""]...)
	o.put("extension", array(append(x, elements(keptOf(f.Extra, "extension"))...)))
	o.put("item", array(items))
	slices.SortStableFunc(o, func(a, b field) int { return cmp.Compare(rank(a.name), rank(b.name)) })
	w.beyond()
	return o
}

// derived is the OID that reading would give the form without an id.
func (w *writer) derived() string {
	f := w.form
	text := func(name string) string {
		n, err := parse(strings.NewReader(first(keptOf(f.Extra, name), "null")))
		if err != nil {
			return ""
		}
		return plain(n)
	}
	return identifier(first(text("name"), lastOf(text("url")), f.Description.In(w.lang), f.Name, "questionnaire"))
}

func rank(name string) int {
	if i := slices.Index(order, strings.TrimPrefix(name, "_")); i >= 0 {
		return i
	}
	return len(order) - 2
}

// roots are the parts at the top, those of the group that FHIR does not have in its place.
func (w *writer) roots() (out []part) {
	for _, p := range w.top {
		if keptOf(p.group.Extra, "root") != "" {
			out = append(out, w.within[p.group.OID]...)
		} else {
			out = append(out, p)
		}
	}
	return out
}

// keptFields writes back the fields that were kept of an element, but for those that the caller merges.
func (w *writer) keptFields(o *object, x *odm.Extra, own map[string]bool) {
	if x == nil {
		return
	}
	var names []string
	for k := range x.Kept {
		if name, ok := strings.CutPrefix(k, "fhir:"); ok && !own[name] && !inner[name] && !strings.HasPrefix(name, "variable.") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if raw := jsontext.Value(x.Kept["fhir:"+name]); raw.IsValid() {
			o.put(name, raw)
		}
	}
}

// inner are kept for this package alone, and are no fields.
var inner = map[string]bool{"root": true, "answers": true, "under": true, "type": true, "help": true, "itemControl": true, "unit": true,
	"weight": true, "weighed": true, "uncoded": true, "value": true, "rule": true, "at": true}

// beyond tells what of the study is not in a Questionnaire.
func (w *writer) beyond() {
	if n := len(w.v.Events); n > 0 {
		w.lose("StudyEventDef["+w.v.Events[0].OID+"]", "loss.unwritten_events")
		w.losses[len(w.losses)-1].Times(n)
	}
	if other := slices.IndexFunc(w.v.Forms, func(f odm.Form) bool { return f.OID != w.form.OID }); other >= 0 {
		w.lose("FormDef["+w.v.Forms[other].OID+"]", "loss.unwritten_form")
		w.losses[len(w.losses)-1].Times(len(w.v.Forms) - 1)
	}
	f := "FormDef[" + w.form.OID + "]"
	if w.form.Repeating {
		w.lose(f, "loss.unwritten_form_repeats")
	}
	if w.form.DoubleEntry {
		w.lose(f, "loss.unwritten_double_entry")
	}
	w.foreign(f, w.form.Aliases, w.form.Access, w.form.Extra)
	if len(w.form.Translations) > 0 {
		w.lose(f, "loss.unwritten_translations")
	}
}

// foreign tells what an element has of other formats.
func (w *writer) foreign(place string, aliases []odm.Alias, access *odm.Access, x *odm.Extra) {
	if len(aliases) > 0 {
		w.lose(place, "loss.unwritten_names")
	}
	if access != nil {
		w.lose(place, "loss.unwritten_access")
	}
	if x == nil {
		return
	}
	if len(x.Attrs)+len(x.Elements)+len(x.Within) > 0 {
		w.lose(place, "loss.unwritten_xml")
	}
	for k := range x.Kept {
		if !strings.HasPrefix(k, "fhir:") {
			w.lose(place, "loss.unwritten_beyond")
			break
		}
	}
}
