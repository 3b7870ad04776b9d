package odm2

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"casebook/odm"
	"casebook/odm/markup"
)

// Data writes clinical data in the order in which it is called: a Block for each version, in it Subjects, in those
// Events, Forms, Groups, Items; what is open below is closed first. In 2.0 what is said of an element stands behind its
// children, so it is kept until the element is closed.
type Data struct {
	w     *writer
	facts []markup.Facts // of the elements that are open below the block
}

// The depth of each element of clinical data; the root is 0. A form is an ItemGroupData, as a group is.
const (
	atBlock = 1 + iota
	atSubject
	atEvent
	atForm
	atGroup
	atItem
)

// WriteClinical writes a snapshot with the definition of s, the people and places, and what data calls for, queries in
// their own element. The file goes out as it is made. data runs once.
func WriteClinical(out io.Writer, s *odm.Study, o Options, c markup.Clinical, data func(*Data) error) ([]odm.Loss, error) {
	o.Extensions = false // what is foreign would have to be collected first
	var failed error
	losses, err := markup.Write(out, o, Namespace, func(m *markup.Writer) {
		m.TextType = "text/plain"
		w := &writer{Writer: m, study: s}
		w.Head(nil)
		w.Always("FileType", "Snapshot")
		w.Always("FileOID", cmp.Or(o.FileOID, s.OID))
		w.Always("CreationDateTime", markup.Stamp(o.Created))
		if !c.AsOf.IsZero() {
			w.Always("AsOfDateTime", markup.Stamp(c.AsOf))
		}
		w.Always("ODMVersion", "2.0")
		w.Always("Granularity", "All")
		w.Attr("SourceSystem", o.SourceSystem)
		w.Attr("SourceSystemVersion", o.SourceSystemVersion)
		w.plain(o.Description)
		w.definition()
		w.admin(&c)
		d := &Data{w: w}
		failed = data(d)
		d.closeTo(atBlock)
		w.Foot()
	})
	return losses, cmp.Or(failed, err)
}

func (w *writer) admin(c *markup.Clinical) {
	w.Own("AdminData", "", nil)
	w.Always("StudyOID", w.study.OID)
	for _, u := range c.Users {
		w.Own("User", u.OID, nil)
		w.OID(u.OID)
		w.Attr("UserType", u.Type)
		w.said("UserName", u.Login)
		w.said("FullName", u.Name)
		w.End()
	}
	for _, l := range c.Locations {
		w.Own("Location", l.OID, nil)
		w.OID(l.OID)
		w.Always("Name", l.Name)
		w.Attr("Role", l.Type)
		for _, v := range l.Versions {
			w.Own("MetaDataVersionRef", v.Version, nil)
			w.Always("StudyOID", w.study.OID)
			w.Always("MetaDataVersionOID", v.Version)
			w.Always("EffectiveDate", v.Since.UTC().Format(time.DateOnly))
			w.End()
		}
		w.End()
	}
	for _, s := range c.Signatures {
		w.Own("SignatureDef", s.OID, nil)
		w.OID(s.OID)
		w.Always("Methodology", "Electronic")
		w.said("Meaning", s.Meaning)
		w.said("LegalReason", s.LegalReason)
		w.End()
	}
	w.End()
}

// said writes an element that holds a text; one without is left out.
func (w *writer) said(name, text string) {
	if text != "" {
		w.Own(name, "", nil)
		w.Text(text)
		w.End()
	}
}

func (w *writer) refer(name, attr, value string) {
	w.Own(name, "", nil)
	w.Always(attr, value)
	w.End()
}

// closeTo closes elements, each with what is said of it, until the next one to be opened stands at depth.
func (d *Data) closeTo(depth int) {
	for d.w.Depth() > depth {
		if n := len(d.facts); n > 0 {
			d.tell(d.facts[n-1])
			d.facts = d.facts[:n-1]
		}
		d.w.End()
	}
}

func (d *Data) open(depth int, name, key, value, repeatName, repeat string, f markup.Facts) {
	if d.w.Depth() < depth {
		panic(fmt.Sprintf("odm2: %s is written outside of its parent", name))
	}
	d.closeTo(depth)
	d.w.Own(name, value, nil)
	d.w.Always(key, value)
	if repeatName != "" {
		d.w.Attr(repeatName, repeat)
	}
	d.facts = append(d.facts, f)
}

// Block opens ClinicalData for one version of the definition.
func (d *Data) Block(version string) {
	d.closeTo(atBlock)
	d.w.Own("ClinicalData", version, nil)
	d.w.Always("StudyOID", d.w.study.OID)
	d.w.Always("MetaDataVersionOID", version)
}

// Subject opens SubjectData.
func (d *Data) Subject(key, site string, f markup.Facts) {
	d.open(atSubject, "SubjectData", "SubjectKey", key, "", "", f)
	if site != "" {
		d.w.refer("SiteRef", "LocationOID", site)
	}
}

// Event opens StudyEventData.
func (d *Data) Event(oid, repeat string, f markup.Facts) {
	d.open(atEvent, "StudyEventData", "StudyEventOID", oid, "StudyEventRepeatKey", repeat, f)
}

// Form opens the ItemGroupData of a form.
func (d *Data) Form(oid, repeat string, f markup.Facts) {
	d.open(atForm, "ItemGroupData", "ItemGroupOID", oid, "ItemGroupRepeatKey", repeat, f)
}

// Group opens ItemGroupData within a form.
func (d *Data) Group(oid, repeat string, f markup.Facts) {
	d.open(atGroup, "ItemGroupData", "ItemGroupOID", oid, "ItemGroupRepeatKey", repeat, f)
}

// Item writes ItemData with its values; without any it is written as IsNull.
func (d *Data) Item(oid string, values []string, f markup.Facts) {
	d.open(atItem, "ItemData", "ItemOID", oid, "", "", f)
	if len(values) == 0 {
		d.w.Always("IsNull", "Yes")
	}
	for i, v := range values {
		d.w.Own("Value", "", nil)
		d.w.Always("SeqNum", strconv.Itoa(i+1))
		d.w.Text(v)
		d.w.End()
	}
}

// tell writes what is said of the element at hand.
func (d *Data) tell(f markup.Facts) {
	if f.Audit != nil {
		d.audit(f.Audit)
	}
	if s := f.Signature; s != nil {
		w := d.w
		w.Own("Signature", "", nil)
		w.refer("UserRef", "UserOID", s.User)
		w.refer("LocationRef", "LocationOID", s.Location)
		w.refer("SignatureRef", "SignatureOID", s.Def)
		w.said("DateTimeStamp", markup.Stamp(s.At))
		w.End()
		if s.Manifest != "" {
			f.Comments = append(f.Comments, "signature: "+s.Manifest) // 2.0 has no CryptoBindingManifest
		}
	}
	for i, c := range f.Comments {
		d.w.Own("Annotation", "", nil)
		d.w.Always("SeqNum", strconv.Itoa(i+1))
		d.w.Own("Comment", "", nil)
		d.w.Own("TranslatedText", "", nil)
		d.w.Always("Type", "text/plain")
		d.w.Text(c)
		d.w.End()
		d.w.End()
		d.w.End()
	}
	for _, q := range f.Queries {
		d.query(&q)
	}
}

func (d *Data) audit(a *markup.Audit) {
	w := d.w
	w.Own("AuditRecord", "", nil)
	w.refer("UserRef", "UserOID", a.User)
	w.refer("LocationRef", "LocationOID", a.Location)
	w.said("DateTimeStamp", markup.Stamp(a.At))
	w.said("ReasonForChange", a.Reason)
	w.said("SourceID", a.Source)
	w.End()
}

func (d *Data) query(q *markup.Query) {
	w := d.w
	w.Own("Query", q.OID, nil)
	w.OID(q.OID)
	w.Always("Source", q.Source)
	w.Attr("Type", q.Type)
	w.Always("State", q.State)
	w.Always("LastUpdateDatetime", markup.Stamp(q.Changed))
	w.Attr("Name", q.Name)
	w.Own("Value", "", nil)
	w.Text(q.Text)
	w.End()
	for i := range q.Audit {
		d.audit(&q.Audit[i])
	}
	w.End()
}
