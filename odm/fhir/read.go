package fhir

import (
	"fmt"
	"io"
	"strings"

	"casebook/check/formal"
	"casebook/odm"
)

// Read reads one Questionnaire as a study with one version and one form. Every departure is in the report; a refusal is
// a *casebook.Error of kind Invalid with a code fhir.… and the place.
func Read(r io.Reader) (*odm.Study, *odm.Report, error) {
	root, err := parse(r)
	if err != nil {
		return nil, nil, err
	}
	rd := &reader{root: root, kept: map[string]string{}, report: losses{list: []odm.Loss{}}, entries: map[string]*entry{}, ids: map[string]bool{},
		lists: map[string]string{}, listAt: map[string]int{}}
	if err := rd.questionnaire(); err != nil {
		return nil, nil, err
	}
	study := rd.assemble()
	report := &odm.Report{Format: Format, Inventory: study.Versions[0].Inventory(), Losses: rd.report.all()}
	return study, report, nil
}

// maxItems bounds how many items a Questionnaire may have.
const maxItems = 200_000

// reader turns one Questionnaire into a version of a study.
type reader struct {
	root    *node
	lang    string // of the texts that name none
	report  losses
	study   odm.Study
	version odm.Version
	form    odm.Form
	asked   *formal.Question // the Questionnaire as rules see it

	kept    map[string]string // of the Questionnaire itself
	entries map[string]*entry // by linkId
	order   []*entry
	groups  []*group // in the order of the form

	ids       map[string]bool   // every linkId, and the OIDs of groups that have none
	lists     map[string]string // from the content of a code list to its OID
	listAt    map[string]int    // from the OID of a code list to its place in the version
	valueSets map[string]*node  // contained, by "#id" and by url
	used      map[*node]bool    // of them
}

// entry is one item of the Questionnaire and what became of it.
type entry struct {
	n     *node
	id    string
	kind  string
	q     *formal.Question
	item  *odm.Item // of a question or display
	ref   *odm.Ref  // to the item; of a group, to the group
	group *group    // of a group, and of a question whose answers are rows
	hint  *node     // the display item that is its help
	kept  map[string]string
}

// group is an item group while it is built.
type group struct {
	def    odm.ItemGroup
	ref    *odm.Ref
	within *group
	items  []*odm.Ref
	next   int  // position of what comes next in it
	mixed  bool // an item comes behind a group
	subs   bool
}

// place returns the next position.
func (g *group) place(isGroup bool) int {
	g.next++
	g.mixed = g.mixed || g.subs && !isGroup
	g.subs = g.subs || isGroup
	return g.next
}

func (r *reader) questionnaire() error {
	if r.root.kind != '{' || r.root.str("resourceType") != "Questionnaire" {
		kind := "?"
		if r.root.kind == '{' {
			kind = shortened(r.root.str("resourceType"))
		}
		return r.root.fail("fhir.not_questionnaire", kind)
	}
	if err := modifiers(r.root); err != nil {
		return err
	}
	r.lang = r.root.str("language")
	r.contained()
	r.head()
	r.asked = &formal.Question{Variables: variables(r.root)}
	r.form.Variables = odmVariables(r.root)
	items := r.root.list("item")
	r.collect(items)
	var holder *group
	for _, n := range items {
		if kind := n.get("type"); kind != nil && kind.text != "group" {
			holder = r.rootGroup()
			break
		}
	}
	for _, n := range items {
		if err := r.walk(n, holder, nil, r.asked); err != nil {
			return err
		}
	}
	return r.rules()
}

// modifiers refuses what changes the meaning of an element in a way that is not known here.
func modifiers(n *node) error {
	if m := n.get("modifierExtension"); m != nil && len(m.elems) > 0 {
		url := ""
		if u := m.elems[0].get("url"); u != nil {
			url = shortened(u.text)
		}
		return m.fail("fhir.modifier", url)
	}
	return nil
}

// head reads what the Questionnaire says of itself.
func (r *reader) head() {
	n := r.root
	name, title := n.get("name"), r.text(n, "title")
	oid := first(plain(n.get("id")), plain(name), lastOf(plain(n.get("url"))), title.In(r.lang), "questionnaire")
	r.study.OID = identifier(oid)
	r.study.Name = first(title.In(r.lang), plain(name), oid)
	r.study.Description = plain(n.get("description"))
	r.version = odm.Version{OID: first(plain(n.get("version")), "1"), Name: r.study.Name, EventRefs: []odm.Ref{}, Events: []odm.Event{}}
	r.form.OID, r.form.Name, r.form.Description = r.study.OID, r.study.Name, title
	r.form.Copyright = r.text(n, "copyright")
	for _, c := range n.list("code") {
		r.form.Codings = append(r.form.Codings, coding(c))
	}
	for _, x := range n.list("extension") {
		switch url := plain(x.get("url")); {
		case url == extLicence:
			r.form.Licence = plain(x.get("valueString"))
		case url == extVariable && plain(x.get("valueExpression").get("name")) != "":
			r.variableExtras(x, r.kept)
		default:
			continue
		}
		x.whole()
	}
}

// identifier makes an identifier of a name: other characters than letters, digits, points and hyphens become hyphens.
func identifier(s string) string {
	s = strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_' {
			return c
		}
		return '-'
	}, s)
	s = strings.Trim(s, "-._")
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	if s = s[:min(len(s), 60)]; s == "" {
		return "questionnaire"
	}
	return s
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

func lastOf(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }

// plain is the text of a value, without taking it.
func plain(n *node) string {
	if n == nil || n.kind == '{' || n.kind == '[' || n.kind == 'n' {
		return ""
	}
	return n.text
}

// text reads a text with its translations.
func (r *reader) text(n *node, name string) odm.Text {
	t := odm.Text{}
	if s := n.str(name); s != "" {
		t[r.lang] = s
	}
	for _, e := range n.get("_" + name).list("extension") {
		if plain(e.get("url")) != extTranslation {
			continue
		}
		var lang, content string
		for _, part := range e.list("extension") {
			switch plain(part.get("url")) {
			case "lang":
				lang = first(plain(part.get("valueCode")), plain(part.get("valueString")))
			case "content":
				content = first(plain(part.get("valueString")), plain(part.get("valueMarkdown")))
			}
		}
		if lang != "" && content != "" && t[lang] == "" {
			t[lang] = content
			e.whole()
		}
	}
	if len(t) == 0 {
		return nil
	}
	return t
}

func coding(n *node) odm.Coding {
	c := odm.Coding{System: n.str("system"), Version: n.str("version"), Code: n.str("code"), Label: n.str("display")}
	n.whole()
	return c
}

// rootGroup is the group that holds what stands outside of every group.
func (r *reader) rootGroup() *group {
	oid := r.fresh(r.form.OID + ".root")
	g := &group{def: odm.ItemGroup{OID: oid, Name: r.form.Name, Description: r.form.Description}, ref: &odm.Ref{OID: oid}}
	g.def.Extra = kept(map[string]string{"fhir:root": "true"})
	r.groups = append(r.groups, g)
	return g
}

func (r *reader) collect(items []*node) {
	for _, n := range items {
		r.ids[plain(n.get("linkId"))] = true
		r.collect(n.list("item"))
	}
}

// fresh is oid, with something behind it if an item is called so.
func (r *reader) fresh(oid string) string {
	for r.ids[oid] {
		oid += "_"
	}
	r.ids[oid] = true
	return oid
}

func kept(m map[string]string) *odm.Extra {
	if len(m) == 0 {
		return nil
	}
	return &odm.Extra{Kept: m}
}

// assemble puts the version together.
func (r *reader) assemble() *odm.Study {
	r.leftovers()
	v := &r.version
	v.Forms, v.Groups, v.Items = []odm.Form{}, []odm.ItemGroup{}, []odm.Item{}
	r.form.Groups = []odm.Ref{}
	for _, g := range r.groups {
		g.def.Items = []odm.Ref{}
		for _, ref := range g.items {
			if !g.mixed {
				ref.Order = 0
			}
			g.def.Items = append(g.def.Items, *ref)
		}
		if g.within != nil && !g.within.mixed {
			g.ref.Place = 0
		}
		r.form.Groups = append(r.form.Groups, *g.ref)
		v.Groups = append(v.Groups, g.def)
	}
	for _, e := range r.order {
		if e.item != nil {
			v.Items = append(v.Items, *e.item)
		}
	}
	v.Forms = append(v.Forms, r.form)
	v.Units = r.study.Units
	r.study.Versions = []*odm.Version{v}
	return &r.study
}

// losses collects the report. What is alike is told once, and counted.
type losses struct {
	list  []odm.Loss
	times []int
	seen  map[string]int
	more  int
}

const maxLosses = 10_000

func (l *losses) add(n *node, keeps bool, code string, args ...any) {
	key := fmt.Sprint(append([]any{code, " "}, args...)...)
	if i, told := l.seen[key]; told {
		l.times[i]++
		return
	}
	if len(l.list) >= maxLosses {
		l.more++
		return
	}
	l.tell(n, keeps, code, args...)
	if l.seen == nil {
		l.seen = map[string]int{}
	}
	l.seen[key] = len(l.list) - 1
}

// tell writes a line of its own.
func (l *losses) tell(n *node, keeps bool, code string, args ...any) {
	if len(l.list) >= maxLosses {
		l.more++
		return
	}
	l.list = append(l.list, odm.Lost(n.path(), n.line, keeps, code, args...))
	l.times = append(l.times, 1)
}

func (l *losses) all() []odm.Loss {
	for i, n := range l.times {
		l.list[i].Times(n)
	}
	if l.more > 0 {
		l.list = append(l.list, odm.Lost("", 0, false, "loss.more", l.more))
	}
	return l.list
}
