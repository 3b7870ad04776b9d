package epro

import (
	"slices"

	"casebook/epro/schedule"
	"casebook/odm"
	"casebook/record"
)

// definition is a form as a phone asks it. Its canonical JSON is what a record's definition hash is the SHA-256 of.
type definition struct {
	Form      string     `json:"form"`
	Name      string     `json:"name"`
	Title     odm.Text   `json:"title,omitempty"`
	Copyright odm.Text   `json:"copyright,omitempty"` // read with Licence before the first question
	Licence   string     `json:"licence,omitempty"`
	Approved  []string   `json:"approved,omitempty"` // languages whose texts somebody has approved, where the form says how far they are
	Drafts    []string   `json:"drafts,omitempty"`   // and those whose texts nobody has
	Questions []question `json:"questions"`
}

type question struct {
	Group      string   `json:"group"`
	Item       string   `json:"item"`
	Type       string   `json:"type"`
	Text       odm.Text `json:"text"`
	Help       odm.Text `json:"help,omitempty"`
	Hint       odm.Text `json:"hint,omitempty"`
	Note       bool     `json:"note,omitempty"`     // is read, and not answered
	Multiple   bool     `json:"multiple,omitempty"` // takes a JSON array of answers
	Unseen     bool     `json:"unseen,omitempty"`   // is never shown: rules alone use it
	Section    odm.Text `json:"section,omitempty"`
	Options    []option `json:"options,omitempty"`
	Scale      *scale   `json:"scale,omitempty"` // asked as a visual analogue scale
	Unit       odm.Text `json:"unit,omitempty"`
	Length     int      `json:"length,omitempty"`
	Digits     int      `json:"digits,omitempty"`
	Needed     bool     `json:"needed,omitempty"`
	NeededWhen string   `json:"neededWhen,omitempty"` // an answer is mandatory while it is true
	HidesAll   string   `json:"hidesAll,omitempty"`   // hides the question's group unless it is false
	Hides      string   `json:"hides,omitempty"`      // hides the question unless it is false
	Computed   string   `json:"computed,omitempty"`
	Checks     []ask    `json:"checks,omitempty"`
}

type option struct {
	Code string   `json:"code"`
	Text odm.Text `json:"text"`
}

// scale is a line from one end to the other.
type scale struct {
	Min   string   `json:"min"`
	Max   string   `json:"max"`
	Left  odm.Text `json:"left,omitempty"`
	Right odm.Text `json:"right,omitempty"`
}

// ask is what must hold of an answer.
type ask struct {
	ID    string   `json:"id"`
	Holds string   `json:"holds"`
	Hard  bool     `json:"hard,omitempty"`
	Text  odm.Text `json:"text,omitempty"`
}

// vas is the context of the alias that makes an item a visual analogue scale; its name is "left|right" of the code list
// item's texts, or empty.
const vas = "casebook:vas"

// approved is the state of a translation that may be used for patients (odm.Translation).
const approved = "approved"

// unapproved names the first form of a schedule that says how far its translations are, and has none that is approved.
func unapproved(x *odm.Index, sch *schedule.Schedule) string {
	for _, f := range sch.Forms {
		form := x.Form(f.Form)
		if form != nil && len(form.Translations) > 0 && !slices.ContainsFunc(form.Translations, func(t odm.Translation) bool { return t.State == approved }) {
			return f.Form
		}
	}
	return ""
}

// definitionOf takes a form out of a version.
func definitionOf(st *record.Study, form string) definition {
	f := st.Index.Form(form)
	d := definition{Form: form, Questions: []question{}}
	if f == nil {
		return d
	}
	d.Name, d.Title, d.Copyright, d.Licence = f.Name, f.Description, f.Copyright, f.Licence
	for _, t := range f.Translations {
		if t.State == approved {
			d.Approved = append(d.Approved, t.Lang)
		} else {
			d.Drafts = append(d.Drafts, t.Lang)
		}
	}
	for _, a := range st.Asks(form) {
		if a.Group.Repeating {
			continue // a phone asks one question after the other: logs stay with the staff
		}
		d.Questions = append(d.Questions, questionOf(st, a))
	}
	return d
}

func questionOf(st *record.Study, a record.Asked) question {
	it := a.Item
	q := question{Group: a.Group.OID, Item: it.OID, Type: string(it.DataType), Text: it.Question,
		Help: it.Description, Hint: it.Hint, Note: it.Note, Multiple: it.Multiple, Unseen: it.Layout != nil && it.Layout.Hidden || it.ReadOnly && a.Computation == "", Section: a.Group.Description,
		Length: it.Length, Digits: it.Digits, Needed: a.Ref.Mandatory, Computed: a.Computation}
	if len(q.Text) == 0 {
		q.Text = odm.Text{"": it.Name}
	}
	q.HidesAll, q.Hides, q.NeededWhen = a.HidesGroup, a.Hides, a.Demands
	for _, c := range a.Checks {
		q.Checks = append(q.Checks, ask{c.ID, c.Holds, c.Hard, c.Message})
	}
	if len(it.Units) > 0 {
		if u := st.Index.Unit(it.Units[0]); u != nil {
			q.Unit = u.Symbol
		}
	}
	if slices.ContainsFunc(it.Aliases, func(al odm.Alias) bool { return al.Context == vas }) {
		q.Scale = scaleOf(it, a.List)
		return q
	}
	if a.List != nil {
		for _, c := range a.List.Items {
			text := c.Decode
			if len(text) == 0 {
				text = odm.Text{"": c.Code}
			}
			q.Options = append(q.Options, option{c.Code, text})
		}
	}
	return q
}

// scaleOf reads a visual analogue scale: from 0 to 100, or as its range checks say.
func scaleOf(it *odm.Item, list *odm.CodeList) *scale {
	s := &scale{Min: "0", Max: "100"}
	for _, c := range it.Checks {
		switch {
		case c.Comparator == "GE" && len(c.Values) == 1:
			s.Min = c.Values[0]
		case c.Comparator == "LE" && len(c.Values) == 1:
			s.Max = c.Values[0]
		}
	}
	if list != nil && len(list.Items) > 0 {
		s.Left, s.Right = list.Items[0].Decode, list.Items[len(list.Items)-1].Decode
	}
	return s
}
