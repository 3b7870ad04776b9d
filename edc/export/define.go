package export

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"casebook/odm"
	"casebook/odm/markup"
	"casebook/odm/odm132"
)

// stamp is a moment as files of CDISC have it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z") }

// define writes define.xml (Define-XML 2.1, an extension of ODM 1.3.2): the tables, their variables and code lists.
func (c *Cut) define(out io.Writer, t *tables, sizes map[*table]*measured) error {
	o := odm132.Options{FileOID: c.fileOID("define"), Created: c.Until}
	_, err := markup.Write(out, o, odm132.Namespace, func(w *markup.Writer) { (&defining{Writer: w, c: c, lists: map[string]bool{}}).file(t, sizes) })
	return err
}

type defining struct {
	*markup.Writer
	c     *Cut
	lists map[string]bool // code lists that are used
}

func (d *defining) file(t *tables, sizes map[*table]*measured) {
	d.Head(nil)
	d.Always("xmlns:def", "http://www.cdisc.org/ns/def/v2.1")
	d.Always("xmlns:xlink", "http://www.w3.org/1999/xlink")
	d.Always("FileType", "Snapshot")
	d.Always("FileOID", d.Options.FileOID)
	d.Always("CreationDateTime", stamp(d.c.Until))
	d.Always("ODMVersion", "1.3.2")
	d.Always("SourceSystem", "casebook")
	d.Always("def:Context", "Other")
	newest := d.c.versions[len(d.c.versions)-1].Definition
	d.part("Study", "OID", string(d.c.Trial.ID))
	d.part("GlobalVariables")
	d.word("StudyName", cmp.Or(d.c.Trial.Name, string(d.c.Trial.ID)))
	d.word("StudyDescription", cmp.Or(d.c.Trial.Description, d.c.Trial.Name, string(d.c.Trial.ID)))
	d.word("ProtocolName", cmp.Or(d.c.Trial.Name, string(d.c.Trial.ID)))
	d.End()
	d.part("MetaDataVersion", "OID", newest.OID, "Name", cmp.Or(newest.Name, newest.OID), "def:DefineVersion", "2.1.0")
	for _, set := range t.all {
		if sizes[set] != nil {
			d.group(set, set.variables(sizes[set]))
		}
	}
	for _, set := range t.all {
		if sizes[set] != nil {
			for _, v := range set.variables(sizes[set]) {
				d.item(set, &v)
			}
		}
	}
	for _, v := range d.c.versions {
		for i := range v.Definition.CodeLists {
			d.codeList(&v.Definition.CodeLists[i])
		}
	}
	d.End()
	d.End()
	d.Foot()
}

// part opens an element with attributes, name by value.
func (d *defining) part(name string, attrs ...string) {
	d.Own(name, "", nil)
	for i := 0; i < len(attrs); i += 2 {
		d.Always(attrs[i], attrs[i+1])
	}
}

func (d *defining) word(name, text string) {
	d.part(name)
	d.Text(text)
	d.End()
}

func (d *defining) description(text string) {
	d.part("Description")
	d.part("TranslatedText", "xml:lang", "en")
	d.Text(text)
	d.End()
	d.End()
}

func itemOID(t *table, v *variable) string {
	return fmt.Sprintf("IT.%s.%s", t.name, v.name)
}

func (d *defining) group(t *table, variables []variable) {
	d.part("ItemGroupDef", "OID", "IG."+t.name, "Name", t.name, "Repeating", "Yes", "IsReferenceData", "No", "SASDatasetName", t.name, "Purpose", "Tabulation",
		"def:Structure", "One record per "+t.oid, "def:ArchiveLocationID", "LF."+t.name)
	d.description(t.label)
	key := 0
	for i, v := range variables {
		d.part("ItemRef", "ItemOID", itemOID(t, &v), "OrderNumber", strconv.Itoa(i+1), "Mandatory", map[bool]string{true: "Yes", false: "No"}[v.key])
		if v.key && v.piece == 0 {
			key++
			d.Always("KeySequence", strconv.Itoa(key))
		}
		d.End()
	}
	file := strings.ToLower(t.name) + ".xpt"
	d.part("def:leaf", "ID", "LF."+t.name, "xlink:href", file)
	d.word("def:title", file)
	d.End()
	d.End()
}

func (d *defining) item(t *table, v *variable) {
	kind, size := "text", strconv.Itoa(v.size)
	switch v.kind {
	case "integer":
		kind = "integer"
	case "float", "double":
		kind = "float"
	case "date", "time", "datetime", "partialDate", "partialTime", "partialDatetime", "incompleteDate", "incompleteTime", "incompleteDatetime":
		kind, size = string(v.kind), ""
	}
	d.part("ItemDef", "OID", itemOID(t, v), "Name", v.name, "DataType", kind)
	d.Attr("Length", size)
	if v.item != nil && kind == "float" && v.item.HasDigits {
		d.Always("SignificantDigits", strconv.Itoa(v.item.Digits))
	}
	d.Always("SASFieldName", v.name)
	label := v.label
	if v.piece > 0 {
		label = fmt.Sprintf("%s (continued, part %d)", label, v.piece+1)
	}
	d.description(label)
	if v.item != nil && v.item.CodeList != "" && !v.item.Multiple && v.piece == 0 {
		if oid, kinds := d.usable(v.item.CodeList, kind); kinds {
			d.part("CodeListRef", "CodeListOID", oid)
			d.End()
			d.lists[v.item.CodeList] = true
		}
	}
	if v.item != nil {
		d.part("def:Origin", "Type", "Collected", "def:Source", "Investigator")
		d.End()
		d.part("Alias", "Context", "casebook", "Name", v.oid)
		d.End()
	}
	d.End()
}

// usable names a code list that some version defines, if its type is the item's: Define-XML wants them the same.
func (d *defining) usable(oid, kind string) (string, bool) {
	for _, v := range d.c.versions {
		if l := v.Index.CodeList(oid); l != nil && l.External == nil {
			return oid, listType(l) == kind
		}
	}
	return "", false
}

func listType(l *odm.CodeList) string {
	switch l.DataType {
	case "integer":
		return "integer"
	case "float", "double":
		return "float"
	}
	return "text"
}

// codeList writes a list that an item refers to, once: as the first version that has it defines it.
func (d *defining) codeList(l *odm.CodeList) {
	if !d.lists[l.OID] {
		return
	}
	delete(d.lists, l.OID)
	d.part("CodeList", "OID", l.OID, "Name", cmp.Or(l.Name, l.OID), "DataType", listType(l))
	decoded := len(l.Items) > 0
	for _, it := range l.Items {
		decoded = decoded && it.Decode.In("en") != ""
	}
	for _, it := range l.Items {
		if !decoded {
			d.part("EnumeratedItem", "CodedValue", it.Code)
			d.End()
			continue
		}
		d.part("CodeListItem", "CodedValue", it.Code)
		d.part("Decode")
		d.part("TranslatedText", "xml:lang", "en")
		d.Text(it.Decode.In("en"))
		d.End()
		d.End()
		d.End()
	}
	d.End()
}
