package upload

import (
	"hash/fnv"
	"path"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/odm"
	"casebook/record"
)

// table is the variables of one domain, and where they belong in the casebook: to the one form with an item group of this
// domain. VISITNUM tells the repeat of its event, --SEQ that of its group or form, behind --TESTCD
// in a domain of findings (SDTM IG 3.4, 4.1 and 4.4).
type table struct {
	of                                casebook.StudyID
	domain                            string
	subject, site, seq, visit, study  int // columns, -1 where there is none
	test                              int
	event, form, group                string
	eventAgain, formAgain, groupAgain bool
	items                             []variable
	nth                               map[casebook.SubjectID]int // rows of a subject, where no --SEQ tells them apart
}

// variable is a column that the study asks for.
type variable struct {
	column int
	item   string
}

// blinded are the variables that say what a subject is given. They are never loaded.
var blinded = []string{"ARM", "ARMCD", "ACTARM", "ACTARMCD", "ARMNRS", "ACTARMUD", "EXTRT", "EXDOSE", "EXDOSU"}

// keys are the variables that say where a row belongs, and no item.
func (t *table) key(name string) bool {
	return slices.Contains([]string{"STUDYID", "DOMAIN", "USUBJID", "VISITNUM", t.domain + "SEQ"}, name)
}

// domainOf finds the domain of a file: by what it says, by its --SEQ, by its name.
func domainOf(said, file string, columns []string) string {
	if said != "" {
		return strings.ToUpper(said)
	}
	for _, c := range columns {
		if len(c) == 5 && strings.HasSuffix(c, "SEQ") {
			return c[:2]
		}
	}
	if slices.Contains(columns, "SITEID") { // only DM says where a subject is, and it has no --SEQ
		return "DM"
	}
	base := strings.ToUpper(strings.TrimSuffix(path.Base(file), path.Ext(file)))
	if i := strings.IndexFunc(base, func(r rune) bool { return r < 'A' || r > 'Z' }); i >= 0 {
		base = base[:i]
	}
	return base
}

// table finds the place of a file's columns in the study. What the study does not ask for is told once for each column.
func (r *reading) table(said string, columns []string) (*table, error) {
	at := func(name string) int { return slices.Index(columns, name) }
	t := &table{of: r.of, domain: domainOf(said, r.name, columns), nth: map[casebook.SubjectID]int{}}
	t.subject, t.site, t.seq, t.visit, t.study = at("USUBJID"), at("SITEID"), at(t.domain+"SEQ"), at("VISITNUM"), at("STUDYID")
	t.test = at(t.domain + "TESTCD")
	if t.subject < 0 {
		return nil, casebook.Fail(casebook.Invalid, "record.import_missing", "USUBJID").At(lineText(1))
	}
	for i, c := range columns {
		if slices.Index(columns, c) != i {
			return nil, casebook.Fail(casebook.Invalid, "upload.column_twice", c).At(lineText(1))
		}
	}
	group, err := t.find(r.study.Version)
	if err != nil {
		return nil, err
	}
	x := r.study.Version.Index()
	for i, name := range columns {
		item := ""
		for _, ref := range group.Items {
			if it := x.Item(ref.OID); it != nil && item == "" && means(it, t.domain, name) {
				item = it.OID
			}
		}
		code := "upload.column_unknown"
		if slices.Contains(blinded, name) {
			item, code = "", "upload.column_blinded"
		}
		if item != "" {
			t.items = append(t.items, variable{i, item})
		} else if !t.key(name) {
			if err := r.each(row{line: 1, note: true, fault: casebook.Fail(casebook.Invalid, code, name).At(name)}); err != nil {
				return nil, err
			}
		}
	}
	if len(t.items) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "upload.columns", t.domain).At(lineText(1))
	}
	return t, nil
}

// means reports whether an item is the variable of a domain.
func means(it *odm.Item, domain, name string) bool {
	return it.SASName == name || it.Name == name || slices.ContainsFunc(it.Aliases, func(a odm.Alias) bool {
		return a.Name == name || a.Name == domain+"."+name
	})
}

// find looks for the one form with an item group of the domain.
func (t *table) find(v *odm.Version) (group *odm.ItemGroup, err error) {
	x := v.Index()
	for i := range v.Events {
		ev := &v.Events[i]
		for _, fr := range ev.Forms {
			form := x.Form(fr.OID)
			if form == nil {
				continue
			}
			for _, gr := range form.Groups {
				g := x.Group(gr.OID)
				if g == nil || g.Domain != t.domain {
					continue
				}
				if group != nil {
					return nil, casebook.Fail(casebook.Invalid, "upload.domain_twice", t.domain).At(lineText(1))
				}
				group = g
				t.event, t.form, t.group = ev.OID, form.OID, g.OID
				t.eventAgain, t.formAgain, t.groupAgain = ev.Repeating, form.Repeating, g.Repeating
			}
		}
	}
	if group == nil {
		return nil, casebook.Fail(casebook.Invalid, "upload.domain_unknown", t.domain).At(lineText(1))
	}
	return group, nil
}

// row places the cells of one observation.
func (t *table) row(line int64, cells []string) row {
	cell := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	subject := casebook.SubjectID(cell(t.subject))
	if subject == "" {
		return row{line: line, fault: casebook.Fail(casebook.Invalid, "upload.no_subject")}
	}
	subject = casebook.SubjectID(strings.Clone(string(subject)))
	if said := cell(t.study); said != "" && said != string(t.of) {
		return row{line: line, fault: casebook.Fail(casebook.Invalid, "record.import_study", said, t.of)}
	}
	r := row{line: line, key: record.Key{Study: t.of, Subject: subject, Event: t.event, EventRepeat: "1", Form: t.form, FormRepeat: "1"}}
	seq := strings.Clone(cell(t.seq))
	if t.seq < 0 {
		t.nth[subject]++
		seq = strconv.Itoa(t.nth[subject])
	} else if seq == "" && (t.groupAgain || t.formAgain) {
		return row{line: line, fault: casebook.Fail(casebook.Invalid, "upload.no_sequence", t.domain+"SEQ")}
	}
	if visit := cell(t.visit); t.eventAgain && visit != "" {
		r.key.EventRepeat = strings.Clone(visit)
	}
	repeat := "1"
	switch {
	case t.groupAgain:
		repeat = seq
		if test := cell(t.test); test != "" { // so that the results of one test are found among those of many
			repeat = test + "." + seq
		}
	case t.formAgain:
		r.key.FormRepeat = seq
	}
	if t.domain == "DM" {
		r.site = casebook.SiteID(strings.Clone(cell(t.site)))
	}
	r.values = make([]record.Value, 0, len(t.items))
	for _, v := range t.items {
		r.values = append(r.values, record.Value{Group: t.group, Repeat: repeat, Item: v.item, Value: strings.Clone(cell(v.column))})
	}
	return r
}

// seen is a set of rows by 64 bits of their place, in an open table: a row costs some twelve bytes. Two different rows of
// four million fall on one another with a chance of one in two million, and are then told as a duplicate.
type seen struct {
	slots []uint64
	n     int
}

// add reports whether the row's place is new.
func (s *seen) add(r *row) bool {
	h := fnv.New64a()
	put := func(text string) { _, _ = h.Write([]byte(text)); _, _ = h.Write([]byte{0}) }
	put(string(r.key.Subject))
	put(r.key.Ref())
	put(r.values[0].Group)
	put(r.values[0].Repeat)
	if len(r.values) == 1 {
		put(r.values[0].Item)
	}
	return s.put(max(1, h.Sum64()))
}

func (s *seen) put(x uint64) bool {
	if 4*(s.n+1) > 3*len(s.slots) {
		old := s.slots
		s.slots, s.n = make([]uint64, max(1024, 2*len(old))), 0
		for _, x := range old {
			if x != 0 {
				s.put(x)
			}
		}
	}
	i := x * 0x9E3779B97F4A7C15 % uint64(len(s.slots))
	for ; s.slots[i] != 0; i = (i + 1) % uint64(len(s.slots)) {
		if s.slots[i] == x {
			return false
		}
	}
	s.slots[i] = x
	s.n++
	return true
}
