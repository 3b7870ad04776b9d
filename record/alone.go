package record

import (
	"strconv"
	"strings"

	"casebook"
	"casebook/i18n"
	"casebook/odm"
	"casebook/web"
)

// maxAlone is how many questions a form that stands alone may ask.
const maxAlone = 100

// PlaceAlone makes a definition one of a form that stands in no casebook, such as what a notice asks back or what a monitor
// goes through at a site: it puts the form into an event, since a form of a definition stands in one, and checks that
// everybody can read it: one form, every question and every answer in both languages, every rule such that it runs. place is
// where the definition stands in what was brought. Errors: Unprocessable record.alone_*.
func PlaceAlone(v *odm.Version, event, place string) error {
	fail := func(at, code string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place + at)
	}
	if len(v.Forms) != 1 || len(v.Items) == 0 || len(v.Items) > maxAlone {
		return fail("/forms", "record.alone_one", maxAlone)
	}
	v.Events = []odm.Event{{OID: event, Name: event, Type: odm.Common, Forms: []odm.Ref{{OID: v.Forms[0].OID, Mandatory: true}}}}
	v.EventRefs = []odm.Ref{{OID: event, Mandatory: true}}
	if broken := v.Dangling(); len(broken) > 0 {
		return fail("", "record.alone_dangling", broken[0].From, broken[0].To, broken[0].OID)
	}
	for i, it := range v.Items {
		at := "/items/" + strconv.Itoa(i)
		if !it.DataType.Known() {
			return fail(at+"/dataType", "record.alone_type", it.DataType)
		}
		if lang := unread(it.Question); lang != "" {
			return fail(at+"/question/"+lang, "record.alone_text")
		}
	}
	for i, l := range v.CodeLists {
		for k, c := range l.Items {
			if lang := unread(c.Decode); lang != "" {
				return fail("/codeLists/"+strconv.Itoa(i)+"/items/"+strconv.Itoa(k)+"/decode/"+lang, "record.alone_text")
			}
		}
	}
	if kept := Compile(v, 1).Kept; len(kept) > 0 {
		return fail("/"+kept[0].Place, "record.alone_rule", kept[0].Code)
	}
	return nil
}

// unread is the first language of the product in which a text says nothing, "" when there is none.
func unread(t odm.Text) string {
	for _, lang := range [...]string{i18n.Chinese, i18n.English} {
		if strings.TrimSpace(t[lang]) == "" {
			return lang
		}
	}
	return ""
}

// Alone is a form that stands in no casebook: it is shown and judged like any other, but nobody asks queries about it.
type Alone struct {
	study *Study
	key   Key
}

// NewAlone returns the form of a definition that PlaceAlone has accepted.
func NewAlone(v *odm.Version) *Alone {
	return &Alone{Compile(v, 1), Key{Event: v.Events[0].OID, EventRepeat: "1", Form: v.Forms[0].OID, FormRepeat: "1"}}
}

// AloneShown is such a form as its renderer takes it.
type AloneShown struct {
	Definition *odm.Version `json:"definition"`
	Form       string       `json:"form"`
	Computed   []string     `json:"computed"` // questions that the rules answer, as group/item
	Rules      *Rules       `json:"rules,omitempty"`
}

// Show returns the form for its renderer, whose rules judge as of in.
func (a *Alone) Show(in Context) *AloneShown {
	return &AloneShown{a.study.Version, a.key.Form, a.study.Computed(a.key.Form), a.study.Rules(a.key.Form, in)}
}

// Judged is what a form that stands alone was answered with.
type Judged struct {
	Values []Value // in their order, computed ones with them

	failed   []Query
	complete bool
}

// Judge holds answers against the form: those that are none of their question's type or code list are refused; what must be
// answered, and the checks, are in Judged.Whole. Errors are those of Study.Apply.
func (a *Alone) Judge(given []Value, in Context) (j Judged, err error) {
	in.NewID = func() string { return "" } // of queries, which nobody keeps
	out, err := a.study.Apply(&Form{Key: a.key, State: Empty}, -1, given, in)
	if err != nil {
		return j, err
	}
	j = Judged{Values: make([]Value, len(out.Form.Items)), failed: out.After.Opened, complete: out.Form.State == Complete}
	for i, k := range out.Form.Items {
		j.Values[i] = k.Value
	}
	return j, nil
}

// Whole is nil when every check holds and everything that must be answered is; Unprocessable record.alone_check, with the
// check's words and the question's place, or record.alone_incomplete.
func (j *Judged) Whole() error {
	if len(j.failed) > 0 {
		q := j.failed[0]
		err := casebook.Fail(casebook.Unprocessable, "record.alone_check", q.Value).At(q.Group + "/" + q.Repeat + "/" + q.Item)
		return web.Extend(err, "message", q.Text)
	}
	if !j.complete {
		return casebook.Fail(casebook.Unprocessable, "record.alone_incomplete").At("/items")
	}
	return nil
}
