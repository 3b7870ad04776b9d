package fhir

import (
	"io"
	"strconv"
	"strings"

	"casebook/odm"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Response is a QuestionnaireResponse as a casebook keeps it.
type Response struct {
	ID            string
	Questionnaire string // canonical URL of what was answered
	Status        string // in-progress, completed, amended, entered-in-error, stopped
	Authored      string
	Language      string
	Subject       string // a reference, "Patient/1"
	Answers       []Answer

	Version string // of the resource, and when it was last changed
	Updated string

	Identifier        string // what its sender calls it
	IdentifierSystem  string // whose name that is
	SubjectIdentifier string // what its sender calls the subject
}

// Answer is the value of one item in one repeat of its group. Several answers of an item are a JSON array of texts, as in
// package check. The repeats of a group within a repeating group are called after both: "2.1" is the first within the
// second.
type Answer struct {
	Group  string `json:"group"`
	Repeat string `json:"repeat"`
	Item   string `json:"item"`
	Value  string `json:"value,omitempty"`
	Blank  string `json:"blank,omitempty"` // why there is no value
}

// ReadResponse reads a QuestionnaireResponse by the definition of its form; form is the form's OID, "" the first. It tells
// what has no place in the form or does not fit it; the latter is returned nevertheless, as it stands.
func ReadResponse(in io.Reader, v *odm.Version, form string) (*Response, []odm.Loss, error) {
	w, err := planned(v, form)
	if err != nil {
		return nil, nil, err
	}
	root, err := parse(in)
	if err != nil {
		return nil, nil, err
	}
	if root.kind != '{' || plain(root.get("resourceType")) != "QuestionnaireResponse" {
		return nil, nil, root.fail("fhir.not_response", shortened(plain(root.get("resourceType"))))
	}
	if err := modifiers(root); err != nil {
		return nil, nil, err
	}
	r := &responseReader{w: w, parts: map[string]part{}, rows: map[string]part{}, report: losses{list: []odm.Loss{}}}
	r.index()
	r.out = &Response{ID: plain(root.get("id")), Questionnaire: plain(root.get("questionnaire")), Status: plain(root.get("status")),
		Authored: plain(root.get("authored")), Language: plain(root.get("language")), Subject: plain(root.get("subject").get("reference")),
		Identifier: plain(root.get("identifier").get("value")), IdentifierSystem: plain(root.get("identifier").get("system")), SubjectIdentifier: plain(root.get("subject").get("identifier").get("value"))}
	if err := r.walk(root.list("item"), ""); err != nil {
		return nil, nil, err
	}
	return r.out, r.report.all(), nil
}

type responseReader struct {
	w      *writer
	parts  map[string]part // by linkId
	rows   map[string]part // the group whose rows are the answers of a question, by its linkId
	report losses
	out    *Response
}

func (r *responseReader) index() {
	var add func(all []part, rows *part)
	add = func(all []part, rows *part) {
		for _, p := range all {
			if p.item == nil {
				r.parts[r.w.link[[2]string{"", p.group.OID}]] = p
				of := &p
				if keptOf(p.group.Extra, "answers") == "" {
					of = nil
				}
				add(r.w.within[p.group.OID], of)
				continue
			}
			id := r.w.link[[2]string{p.group.OID, p.item.OID}]
			r.parts[id] = p
			if rows != nil && keptOf(rows.group.Extra, "answers") == p.item.OID {
				r.rows[id] = *rows
			}
			add(r.w.under[[2]string{p.group.OID, p.item.OID}], nil)
		}
	}
	add(r.w.top, nil)
}

// walk reads items that stand in a row; "" is none.
func (r *responseReader) walk(items []*node, row string) error {
	times := map[string]int{}
	for _, n := range items {
		if err := modifiers(n); err != nil {
			return err
		}
		id := plain(n.get("linkId"))
		p, known := r.parts[id]
		switch {
		case id == "":
			return n.fail("fhir.missing", "linkId")
		case !known:
			r.report.add(n, false, "loss.not_in_form", shortened(id))
			continue
		}
		times[id]++
		var err error
		if p.item == nil {
			key := row
			if p.group.Repeating {
				key = within(row, times[id])
			}
			err = r.walk(n.list("item"), key)
		} else {
			err = r.answers(n, id, p, row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func within(row string, i int) string {
	if row == "" {
		return strconv.Itoa(i)
	}
	return row + "." + strconv.Itoa(i)
}

func (r *responseReader) answers(n *node, id string, p part, row string) error {
	rows, each := r.rows[id]
	if err := r.walk(n.list("item"), row); err != nil {
		return err
	}
	if blank := absence(n); blank != "" && len(n.list("answer")) == 0 {
		r.put(p, row, Answer{Blank: blank})
	}
	var values []string
	for i, a := range n.list("answer") {
		here := row
		if each {
			here = within(row, i+1)
		}
		if v := firstValue(a); v != nil {
			if text, ok := r.value(p.item, v); ok {
				if each {
					r.put(rows, here, Answer{Item: p.item.OID, Value: text})
				}
				values = append(values, text)
			}
		}
		if err := r.walk(a.list("item"), here); err != nil {
			return err
		}
	}
	if each || len(values) == 0 {
		return nil
	}
	if !p.item.Multiple {
		if len(values) > 1 {
			r.report.add(n, false, "loss.one_answer", shortened(id))
		}
		r.put(p, row, Answer{Value: values[0]})
		return nil
	}
	list, err := json.Marshal(values)
	if err != nil {
		return n.fail("fhir.utf8")
	}
	r.put(p, row, Answer{Value: string(list)})
	return nil
}

// absence is why an item has no answer.
func absence(n *node) string {
	for _, x := range n.list("extension") {
		if plain(x.get("url")) == extAbsent {
			if blank, ok := other(absent[:], 1, plain(x.get("valueCode"))); ok {
				return blank
			}
		}
	}
	return ""
}

func (r *responseReader) put(p part, row string, a Answer) {
	a.Group, a.Repeat = p.group.OID, "1"
	if p.group.Repeating {
		a.Repeat = first(row, "1")
	}
	if p.item != nil {
		a.Item = p.item.OID
	}
	r.out.Answers = append(r.out.Answers, a)
}

// value is an answer as the item keeps it.
func (r *responseReader) value(it *odm.Item, v *node) (string, bool) {
	if it.Note {
		r.report.add(v, false, "loss.no_answer", shortened(it.OID))
		return "", false
	}
	list := r.w.x.CodeList(it.CodeList)
	text, known := plain(v), true
	switch v.name {
	case "valueCoding":
		text, known = codeOf(list, plain(v.get("system")), plain(v.get("code")), plain(v.get("display")))
		known = known || it.Open || list != nil && list.External != nil
	case "valueQuantity":
		text = plain(v.get("value"))
		r.unit(it, v)
	}
	switch {
	case text == "":
		r.report.add(v, false, "loss.answer_type", v.name, shortened(it.OID))
		return "", false
	case !known:
		r.report.add(v, true, "loss.answer_unlisted", shortened(text), shortened(it.OID))
	default:
		one := *it
		one.Multiple = false
		if err := one.Accept(text, list); err != nil {
			r.report.add(v, true, "loss.answer_unfit", shortened(text), shortened(it.OID))
		}
	}
	return text, true
}

// unit tells of a quantity in a unit that its item does not have.
func (r *responseReader) unit(it *odm.Item, v *node) {
	code := first(plain(v.get("code")), plain(v.get("unit")))
	for _, oid := range it.Units {
		if u := r.w.x.Unit(oid); u != nil && (u.Name == code || len(u.Codings) > 0 && (u.Codings[0].Code == code || u.Codings[0].Label == code)) {
			return
		}
	}
	if code != "" {
		r.report.add(v, false, "loss.answer_unit", shortened(code), shortened(it.OID))
	}
}

// WriteResponse writes answers as the QuestionnaireResponse of a form; form is the form's OID, "" the first. It returns
// what it could not write.
func WriteResponse(out io.Writer, v *odm.Version, form string, of Response) ([]odm.Loss, error) {
	w, err := planned(v, form)
	if err != nil {
		return nil, err
	}
	w.losses = nil
	rw := &responseWriter{w: w, values: map[Answer]Answer{}, keys: map[string][]string{}}
	seen := map[[2]string]bool{}
	for _, a := range of.Answers {
		rw.values[Answer{Group: a.Group, Repeat: a.Repeat, Item: a.Item}] = a
		if k := [2]string{a.Group, a.Repeat}; !seen[k] {
			seen[k] = true
			rw.keys[a.Group] = append(rw.keys[a.Group], a.Repeat)
		}
	}
	o := object{}
	o.str("resourceType", "QuestionnaireResponse")
	o.str("id", of.ID)
	o.put("meta", of.meta())
	o.str("language", of.Language)
	o.put("identifier", identified(of.IdentifierSystem, of.Identifier))
	o.str("questionnaire", of.Questionnaire)
	o.str("status", first(of.Status, "completed"))
	if of.Subject != "" || of.SubjectIdentifier != "" {
		s := object{}
		s.str("reference", of.Subject)
		s.put("identifier", identified("", of.SubjectIdentifier))
		o.put("subject", s.json())
	}
	o.str("authored", of.Authored)
	o.put("item", array(rw.parts(w.roots(), "")))
	for _, a := range of.Answers {
		k := Answer{Group: a.Group, Repeat: a.Repeat, Item: a.Item}
		if _, left := rw.values[k]; !left {
			continue
		}
		delete(rw.values, k)
		w.lose(k.Group+"/"+k.Repeat+"/"+k.Item, "loss.unwritten_answer")
	}
	raw := o.json()
	if err := raw.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	_, err = out.Write(append(raw, '\n'))
	return w.losses, err
}

// meta is the resource's version; nil for none.
func (of *Response) meta() jsontext.Value {
	if of.Version == "" {
		return nil
	}
	o := object{}
	o.str("versionId", of.Version)
	o.str("lastUpdated", of.Updated)
	return o.json()
}

// identified is an Identifier; nil for none.
func identified(system, value string) jsontext.Value {
	if value == "" {
		return nil
	}
	o := object{}
	o.str("system", system)
	o.str("value", value)
	return o.json()
}

type responseWriter struct {
	w      *writer
	values map[Answer]Answer // those that are not written yet, by their place
	keys   map[string][]string
}

// parts writes what is answered of groups and questions in a row; "" is none.
func (r *responseWriter) parts(all []part, row string) []jsontext.Value {
	var out []jsontext.Value
	for _, p := range all {
		switch {
		case p.item != nil:
			out = append(out, r.question(p, row)...)
		case keptOf(p.group.Extra, "answers") != "":
			out = append(out, r.rows(p, row)...)
		default:
			out = append(out, r.group(p, row)...)
		}
	}
	return out
}

func (r *responseWriter) group(p part, row string) []jsontext.Value {
	keys := []string{row}
	if p.group.Repeating {
		keys = r.rowsOf(p, row)
	}
	var out []jsontext.Value
	for _, key := range keys {
		items := r.parts(r.w.within[p.group.OID], key)
		if len(items) == 0 {
			continue
		}
		o := object{}
		o.str("linkId", r.w.link[[2]string{"", p.group.OID}])
		o.str("text", p.group.Description[r.w.lang])
		o.put("item", array(items))
		out = append(out, o.json())
	}
	return out
}

// rowsOf are the repeats of a group that stand in a row, those of its groups included.
func (r *responseWriter) rowsOf(p part, row string) []string {
	var out []string
	seen := map[string]bool{}
	var add func(p part)
	add = func(p part) {
		for _, k := range r.keys[p.group.OID] {
			own, ok := k, row == ""
			if row != "" {
				own, ok = strings.CutPrefix(k, row+".")
			}
			own, _, _ = strings.Cut(own, ".")
			if key := row + "." + own; ok && !seen[own] {
				seen[own] = true
				out = append(out, strings.TrimPrefix(key, "."))
			}
		}
		for _, k := range r.w.within[p.group.OID] {
			if k.item == nil && k.group.Repeating {
				add(k)
			}
		}
	}
	add(p)
	return out
}

// rows writes a question each of whose answers is a row.
func (r *responseWriter) rows(p part, row string) []jsontext.Value {
	of := keptOf(p.group.Extra, "answers")
	var all, rest []jsontext.Value
	var head *part
	for _, key := range r.rowsOf(p, row) {
		answer := object{}
		for _, k := range r.w.within[p.group.OID] {
			if k.item == nil || k.item.OID != of {
				rest = append(rest, r.parts([]part{k}, key)...)
				continue
			}
			head = &k
			if v, ok := r.take(k, key); ok && v.Value != "" {
				if f, ok := r.answer(k, v.Value); ok {
					answer.put(f.name, f.value)
				}
			}
			answer.put("item", array(r.parts(r.w.under[[2]string{p.group.OID, of}], key)))
		}
		if len(answer) > 0 {
			all = append(all, answer.json())
		}
	}
	if len(all) == 0 {
		return rest
	}
	o := r.head(*head)
	o.put("answer", array(all))
	return append([]jsontext.Value{o.json()}, rest...)
}

func (r *responseWriter) head(p part) object {
	o := object{}
	o.str("linkId", r.w.link[[2]string{p.group.OID, p.item.OID}])
	o.str("text", p.item.Question[r.w.lang])
	return o
}

// take finds an answer and marks it written.
func (r *responseWriter) take(p part, row string) (Answer, bool) {
	key := Answer{Group: p.group.OID, Repeat: "1", Item: p.item.OID}
	if p.group.Repeating {
		key.Repeat = first(row, "1")
	}
	a, ok := r.values[key]
	delete(r.values, key)
	return a, ok
}

func (r *responseWriter) answer(p part, text string) (field, bool) {
	kind, _ := r.w.kind(p.item)
	f, ok := r.w.answer(p.item, kind, text)
	if !ok {
		r.w.lose(p.group.OID+"/"+p.item.OID, "loss.unwritten_answer_type", shortened(text), kind)
	}
	return f, ok
}

func (r *responseWriter) question(p part, row string) []jsontext.Value {
	o := r.head(p)
	a, ok := r.take(p, row)
	below := r.parts(r.w.under[[2]string{p.group.OID, p.item.OID}], row)
	if p.item.Note && len(below) > 0 {
		o.put("item", array(below))
		return []jsontext.Value{o.json()}
	}
	texts := []string{a.Value}
	if p.item.Multiple && a.Value != "" && json.Unmarshal([]byte(a.Value), &texts) != nil {
		texts = []string{a.Value}
	}
	var all []jsontext.Value
	for i, text := range texts {
		answer := object{}
		if text != "" {
			if f, ok := r.answer(p, text); ok {
				answer.put(f.name, f.value)
			}
		}
		if i == 0 {
			answer.put("item", array(below))
		}
		if len(answer) > 0 {
			all = append(all, answer.json())
		}
	}
	if code, known := other(absent[:], 0, a.Blank); ok && known && len(all) == 0 {
		o.put("extension", array([]jsontext.Value{extension(extAbsent, "valueCode", quoted(code))}))
		return []jsontext.Value{o.json()}
	}
	if len(all) == 0 {
		return nil
	}
	o.put("answer", array(all))
	return []jsontext.Value{o.json()}
}
