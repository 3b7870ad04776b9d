package odm132

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"time"

	"casebook/odm"
	"casebook/odm/markup"
)

// What files of clinical data have in common in both versions of ODM.
type (
	Clinical     = markup.Clinical
	User         = markup.User
	Location     = markup.Location
	VersionUse   = markup.VersionUse
	SignatureDef = markup.SignatureDef
	Audit        = markup.Audit
	Signature    = markup.Signature
	Facts        = markup.Facts
)

// Data writes clinical data in the order in which it is called: a Block for each version, in it Subjects, in those
// Events, and so on down to Items; what is open below is closed first.
type Data struct{ w *writer }

// The depth of each element of clinical data; the root is 0.
const (
	atBlock = 1 + iota
	atSubject
	atEvent
	atForm
	atGroup
	atItem
)

// WriteClinical writes a file with the definition of s, the people and places, and what data calls for. The file goes out
// as it is made, so its size is bounded by out alone. data runs once.
func WriteClinical(out io.Writer, s *odm.Study, o Options, c Clinical, data func(*Data) error) ([]odm.Loss, error) {
	o.Extensions = false // what is foreign would have to be collected first
	var failed error
	losses, err := markup.Write(out, o, Namespace, func(m *markup.Writer) {
		w := &writer{m, s}
		w.Head(nil)
		w.Always("FileType", map[bool]string{false: "Snapshot", true: "Transactional"}[c.Transactional])
		w.Always("FileOID", cmp.Or(o.FileOID, s.OID))
		w.Always("CreationDateTime", markup.Stamp(o.Created))
		if !c.AsOf.IsZero() {
			w.Always("AsOfDateTime", markup.Stamp(c.AsOf))
		}
		w.Always("ODMVersion", "1.3.2")
		w.Always("Granularity", "All")
		if c.Archival {
			w.Always("Archival", "Yes")
		}
		w.Attr("Description", o.Description)
		w.Attr("SourceSystem", o.SourceSystem)
		w.Attr("SourceSystemVersion", o.SourceSystemVersion)
		w.writeStudy(s)
		w.admin(&c)
		d := &Data{w}
		failed = data(d)
		d.closeTo(atBlock)
		w.Foot()
	})
	return losses, cmp.Or(failed, err)
}

func (w *writer) admin(c *Clinical) {
	w.Own("AdminData", "", nil)
	w.Always("StudyOID", w.study.OID)
	for _, u := range c.Users {
		w.Own("User", u.OID, nil)
		w.OID(u.OID)
		w.Attr("UserType", u.Type)
		w.word("LoginName", u.Login)
		w.word("FullName", u.Name)
		w.End()
	}
	for _, l := range c.Locations {
		w.Own("Location", l.OID, nil)
		w.OID(l.OID)
		w.Always("Name", l.Name)
		w.Attr("LocationType", l.Type)
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
		w.word("Meaning", s.Meaning)
		w.word("LegalReason", s.LegalReason)
		w.End()
	}
	w.End()
}

// word writes an element that holds a text; one without is left out.
func (w *writer) word(name, text string) {
	if text != "" {
		w.Own(name, "", nil)
		w.Text(text)
		w.End()
	}
}

func (w *writer) ref(name, attr, value string) {
	w.Own(name, "", nil)
	w.Always(attr, value)
	w.End()
}

// closeTo closes elements until the next one to be opened stands at depth.
func (d *Data) closeTo(depth int) {
	for d.w.Depth() > depth {
		d.w.End()
	}
}

func (d *Data) open(depth int, name, key, value, repeatName, repeat string, f Facts) {
	if d.w.Depth() < depth {
		panic(fmt.Sprintf("odm132: %s is written outside of its parent", name))
	}
	d.closeTo(depth)
	d.w.Own(name, value, nil)
	d.w.Always(key, value)
	if repeatName != "" {
		d.w.Attr(repeatName, repeat)
	}
	d.w.Attr("TransactionType", f.Transaction)
}

// Block opens ClinicalData for one version of the definition.
func (d *Data) Block(version string) {
	d.closeTo(atBlock)
	d.w.Own("ClinicalData", version, nil)
	d.w.Always("StudyOID", d.w.study.OID)
	d.w.Always("MetaDataVersionOID", version)
}

// Subject opens SubjectData.
func (d *Data) Subject(key, site string, f Facts) {
	d.open(atSubject, "SubjectData", "SubjectKey", key, "", "", f)
	d.before(f)
	if site != "" {
		d.w.ref("SiteRef", "LocationOID", site)
	}
	d.after(f)
}

// Event opens StudyEventData.
func (d *Data) Event(oid, repeat string, f Facts) {
	d.open(atEvent, "StudyEventData", "StudyEventOID", oid, "StudyEventRepeatKey", repeat, f)
	d.before(f)
	d.after(f)
}

// Form opens FormData.
func (d *Data) Form(oid, repeat string, f Facts) {
	d.open(atForm, "FormData", "FormOID", oid, "FormRepeatKey", repeat, f)
	d.before(f)
	d.after(f)
}

// Group opens ItemGroupData.
func (d *Data) Group(oid, repeat string, f Facts) {
	d.open(atGroup, "ItemGroupData", "ItemGroupOID", oid, "ItemGroupRepeatKey", repeat, f)
	d.before(f)
	d.after(f)
}

// Item writes ItemData; an empty value is written as IsNull, unless it is removed or only named.
func (d *Data) Item(oid, value, unit string, f Facts) {
	d.open(atItem, "ItemData", "ItemOID", oid, "", "", f)
	switch {
	case value != "":
		d.w.Always("Value", value)
	case f.Transaction != "Remove" && f.Transaction != "Context":
		d.w.Always("IsNull", "Yes")
	}
	d.before(f)
	if unit != "" {
		d.w.ref("MeasurementUnitRef", "MeasurementUnitOID", unit)
	}
	d.after(f)
	d.w.End()
}

// before writes what every element begins with: in 1.3.2 audit and signature stand before the data.
func (d *Data) before(f Facts) {
	w := d.w
	if a := f.Audit; a != nil {
		w.Own("AuditRecord", "", nil)
		w.ref("UserRef", "UserOID", a.User)
		w.ref("LocationRef", "LocationOID", a.Location)
		w.word("DateTimeStamp", markup.Stamp(a.At))
		w.word("ReasonForChange", a.Reason)
		w.word("SourceID", a.Source)
		w.End()
	}
	if s := f.Signature; s != nil {
		w.Own("Signature", "", nil)
		w.ref("UserRef", "UserOID", s.User)
		w.ref("LocationRef", "LocationOID", s.Location)
		w.ref("SignatureRef", "SignatureOID", s.Def)
		w.word("DateTimeStamp", markup.Stamp(s.At))
		w.word("CryptoBindingManifest", s.Manifest)
		w.End()
	}
}

func (d *Data) after(f Facts) {
	for i, c := range f.Comments {
		d.w.Own("Annotation", "", nil)
		d.w.Always("SeqNum", strconv.Itoa(i+1))
		d.w.Own("Comment", "", nil)
		d.w.Text(c)
		d.w.End()
		d.w.End()
	}
}
