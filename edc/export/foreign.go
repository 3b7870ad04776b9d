package export

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// ReadForeign reads the audited transactions of another system, ODM-XML 1.3 whose elements have audit records, as an archive that
// can be replayed. What the file does not say is inferred, and Inferred says so: events, forms, groups and items are those that
// occur, all repeating, every item a text; a moment without a zone is UTC; a subject is enrolled with its first transaction.
// A transaction on an item that has a value, or removes it, is a save. Every other one is told: its verb is the file's
// own word for it, with all that its element says.
func ReadForeign(file []byte) (*Archive, error) {
	a := &Archive{}
	sum := sha256.Sum256(file)
	a.SHA256, a.Inferred = hex.EncodeToString(sum[:]), true
	r := foreign{archive: a, version: &odm.Version{OID: "inferred", Name: "inferred from transactions", EventRefs: []odm.Ref{}, Events: []odm.Event{},
		Forms: []odm.Form{}, Groups: []odm.ItemGroup{}, Items: []odm.Item{}}, values: map[string]record.Value{}, enrolled: map[string]bool{}, sites: map[string]bool{}}
	d := xml.NewDecoder(bytes.NewReader(file))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		r.line, _ = d.InputPos()
		if err != nil {
			return nil, casebook.Fail(casebook.Invalid, "odm.xml", err.Error()).At(fmt.Sprint("line ", r.line))
		}
		if t, ok := token.(xml.StartElement); ok && t.Name.Local == "ClinicalData" {
			var n node
			if err := d.DecodeElement(&n, &t); err != nil {
				return nil, casebook.Fail(casebook.Invalid, "odm.xml", err.Error()).At(fmt.Sprint("line ", r.line))
			}
			if err := r.block(&n); err != nil {
				return nil, err
			}
		}
	}
	if len(a.Entries) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "export.archive_other")
	}
	a.Study = &odm.Study{OID: r.study, Name: r.study, Description: "inferred from transactions of another system", Versions: []*odm.Version{r.version}}
	a.count()
	var err error
	_, a.Digests, err = a.casebooks()
	return a, err
}

// foreignVerb is what the verbs of another system's transactions begin with.
const foreignVerb = "odm."

// node is an element of a transaction with all that stands in it.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n *node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n *node) child(name string) *node {
	i := slices.IndexFunc(n.Children, func(c node) bool { return c.XMLName.Local == name })
	if i < 0 {
		return nil
	}
	return &n.Children[i]
}

// text is that of a child, "" where there is none.
func (n *node) text(name string) string {
	if c := n.child(name); c != nil {
		return strings.TrimSpace(c.Text)
	}
	return ""
}

// said is all that an element says beyond where it stands and its audit record, for the entry that tells it.
func (n *node) said() map[string]any {
	all := map[string]any{}
	for _, a := range n.Attrs {
		all[a.Name.Local] = a.Value
	}
	for i := range n.Children {
		if c := &n.Children[i]; c.XMLName.Local != "AuditRecord" && !strings.HasSuffix(c.XMLName.Local, "Data") {
			all[c.XMLName.Local] = c.said()
		}
	}
	if t := strings.TrimSpace(n.Text); t != "" {
		all["text"] = t
	}
	return all
}

type foreign struct {
	archive  *Archive
	version  *odm.Version
	study    string
	word     string // what the file calls the transaction
	line     int
	subject  string
	site     string
	values   map[string]record.Value
	enrolled map[string]bool
	sites    map[string]bool
}

func (r *foreign) block(n *node) error {
	if r.study = cmp.Or(r.study, n.attr("StudyOID")); n.attr("StudyOID") != r.study {
		return casebook.Fail(casebook.Invalid, "record.import_study", n.attr("StudyOID"), r.study).At(fmt.Sprint("line ", r.line))
	}
	r.word = n.attr("AuditSubCategoryName")
	for i := range n.Children {
		if s := &n.Children[i]; s.XMLName.Local == "SubjectData" {
			r.subject, r.site = s.attr("SubjectKey"), ""
			if ref := s.child("SiteRef"); ref != nil {
				r.site = ref.attr("LocationOID")
			}
			if err := r.walk(s, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk goes down to the elements that have an audit record. path is event, repeat, form, repeat, group, repeat, item as far as it is known.
func (r *foreign) walk(n *node, path []string) error {
	for _, level := range [][2]string{{"StudyEventOID", "StudyEventRepeatKey"}, {"FormOID", "FormRepeatKey"}, {"ItemGroupOID", "ItemGroupRepeatKey"}} {
		if oid := n.attr(level[0]); oid != "" {
			path = append(slices.Clone(path), oid, cmp.Or(n.attr(level[1]), "1"))
		}
	}
	if item := n.attr("ItemOID"); item != "" {
		path = append(slices.Clone(path), item)
	}
	r.define(path)
	if n.child("AuditRecord") != nil {
		if err := r.transaction(n, path); err != nil {
			return err
		}
	}
	for i := range n.Children {
		if c := &n.Children[i]; strings.HasSuffix(c.XMLName.Local, "Data") {
			if err := r.walk(c, path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *foreign) transaction(n *node, path []string) error {
	audit := n.child("AuditRecord")
	at, err := stamped(audit.text("DateTimeStamp"))
	if err != nil || r.subject == "" {
		return casebook.Fail(casebook.Invalid, "export.archive_other").At(fmt.Sprint("line ", r.line)).Wrap(err)
	}
	if !r.sites[r.site] {
		r.sites[r.site] = true
		r.archive.Sites = append(r.archive.Sites, trial.Site{ID: casebook.SiteID(r.site), Name: odm.Text{"en": r.site}})
	}
	e := ledger.Entry{Study: casebook.StudyID(r.study), Site: casebook.SiteID(r.site), Subject: casebook.SubjectID(r.subject), At: at, Reason: audit.text("ReasonForChange")}
	if u := audit.child("UserRef"); u != nil {
		e.Actor = casebook.UserID(u.attr("UserOID"))
	}
	if l := audit.child("LocationRef"); l != nil {
		e.Location = l.attr("LocationOID")
	}
	if !r.enrolled[r.subject] {
		r.enrolled[r.subject] = true
		text, err := json.Marshal(patient.Subject{ID: e.Subject, Site: e.Site, Status: patient.Enrolled, StatusAt: at, EnrolledAt: at, JoinedAt: at}, json.Deterministic(true))
		if err != nil {
			return err
		}
		first := e
		first.What, first.Ref, first.New = patient.VerbEnrolled, r.subject, string(text)
		r.add(first)
	}
	if len(path) == 7 && (n.attr("Value") != "" || n.attr("TransactionType") == "Remove") {
		r.save(e, path, n.attr("Value"))
		return nil
	}
	text, err := json.Marshal(n.said(), json.Deterministic(true))
	e.What, e.Ref, e.New = foreignVerb+cmp.Or(r.word, n.XMLName.Local), refOf(path), string(text)
	r.add(e)
	return err
}

func (r *foreign) add(e ledger.Entry) {
	e.Index = int64(len(r.archive.Entries))
	r.archive.Entries = append(r.archive.Entries, e)
}

// save adds an item's value as the entry that a save of ours makes.
func (r *foreign) save(e ledger.Entry, path []string, value string) {
	v := record.Value{Group: path[4], Repeat: path[5], Item: path[6]}
	k := record.Key{Study: e.Study, Subject: e.Subject, Event: path[0], EventRepeat: path[1], Form: path[2], FormRepeat: path[3]}
	place := r.subject + "\x00" + k.ItemPath(v.Group, v.Repeat, v.Item)
	before := record.Change{Definition: 1, Items: []record.Value{}}
	old, had := r.values[place]
	if had {
		before.Items = append(before.Items, old)
	}
	v.Value = value
	r.values[place] = v
	after := record.Change{Definition: 1, Items: []record.Value{v}}
	same := func(v record.Value) record.Value { return v }
	e.What, e.Ref, e.New = record.Saved, k.Ref(), after.Fill(same)
	if form := r.subject + "\x00" + k.Ref(); r.enrolled[form] {
		e.Old = before.Fill(same)
	} else {
		r.enrolled[form] = true
	}
	r.add(e)
}

// refOf is a path as entries name it: of what lies in a form, the form's.
func refOf(path []string) string {
	if len(path) >= 4 {
		return record.Key{Event: path[0], EventRepeat: path[1], Form: path[2], FormRepeat: path[3]}.Ref()
	}
	return strings.Join(path, "/")
}

// stamped reads a moment, with a zone or without.
func stamped(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05", text)
	}
	return at.UTC(), err
}

// define takes in what a path names.
func (r *foreign) define(path []string) {
	v := r.version
	refer := func(refs *[]odm.Ref, oid string) {
		if !slices.ContainsFunc(*refs, func(ref odm.Ref) bool { return ref.OID == oid }) {
			*refs = append(*refs, odm.Ref{OID: oid})
		}
	}
	if len(path) >= 2 {
		event := within(&v.Events, path[0], func(e *odm.Event) string { return e.OID }, odm.Event{OID: path[0], Name: path[0], Type: odm.Common, Repeating: true, Forms: []odm.Ref{}})
		refer(&v.EventRefs, path[0])
		if len(path) >= 4 {
			refer(&event.Forms, path[2])
		}
	}
	if len(path) >= 4 {
		form := within(&v.Forms, path[2], func(f *odm.Form) string { return f.OID }, odm.Form{OID: path[2], Name: path[2], Repeating: true, Groups: []odm.Ref{}})
		if len(path) >= 6 {
			refer(&form.Groups, path[4])
		}
	}
	if len(path) >= 6 {
		group := within(&v.Groups, path[4], func(g *odm.ItemGroup) string { return g.OID }, odm.ItemGroup{OID: path[4], Name: path[4], Repeating: true, Items: []odm.Ref{}})
		if len(path) == 7 {
			within(&v.Items, path[6], func(i *odm.Item) string { return i.OID }, odm.Item{OID: path[6], Name: path[6], DataType: "text"})
			refer(&group.Items, path[6])
		}
	}
}

// within is the definition of an OID, added when it is not there.
func within[T any](all *[]T, oid string, of func(*T) string, fresh T) *T {
	for i := range *all {
		if of(&(*all)[i]) == oid {
			return &(*all)[i]
		}
	}
	*all = append(*all, fresh)
	return &(*all)[len(*all)-1]
}
