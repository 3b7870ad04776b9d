package formats

import (
	"bytes"
	"io"
	"reflect"

	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/odm/folder"
	"casebook/odm/odm132"
	"casebook/odm/odm2"
	"casebook/odm/redcap"
	"casebook/odm/xlsform"
)

// table is every format, in the order in which they are asked whether a file is theirs.
var table = []Format{
	{Name: folder.Format, Extension: ".casebook", Sniff: isText, Read: folder.Read, Write: writeText},
	{Name: odm2.Format, Extension: ".xml", Sniff: isODM2, Read: odm2.Read, Write: writer(odm2.Write)},
	{Name: redcap.Project, Extension: ".xml", Sniff: redcap.SniffProject, Read: redcap.ReadProject},
	{Name: odm132.Format, Extension: ".xml", Sniff: isXML, Read: odm132.Read, Write: writer(odm132.Write)},
	{Name: fhir.Format, Extension: ".json", Sniff: fhir.Sniff, Read: fhir.Read, Write: writeFHIR},
	{Name: xlsform.Format, Extension: ".xlsx", Sniff: isZip, Read: xlsform.Read, Write: writeXLSForm},
	{Name: redcap.Format, Extension: ".csv", Sniff: redcap.Sniff, Read: redcap.Read, Write: writeREDCap},
}

// isText takes what begins as our own text does.
func isText(_ string, head []byte) bool { return bytes.HasPrefix(head, []byte(folder.Header)) }

func writeText(w io.Writer, s *odm.Study, _ Options) ([]odm.Loss, error) {
	return nil, folder.Write(w, s)
}

// isODM2 takes what names the namespace of ODM 2.0.
func isODM2(name string, head []byte) bool {
	return isXML(name, head) && bytes.Contains(head, []byte(odm2.Namespace))
}

// isXML takes every file of markup: what is none of ODM's is refused by the reader with the line.
func isXML(_ string, head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<"))
}

// writer makes a format's Write of one of ODM's. What is left out because extensions are not wanted is a loss, too.
func writer(write func(io.Writer, *odm.Study, odm132.Options) ([]odm.Loss, error)) func(io.Writer, *odm.Study, Options) ([]odm.Loss, error) {
	return func(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
		losses, err := write(w, s, odm132.Options{FileOID: s.OID, Created: o.Created, SourceSystem: o.System, Extensions: o.Extensions})
		if n := foreign(reflect.ValueOf(s)); n > 0 && !o.Extensions && err == nil {
			losses = append(losses, odm.Lost("Study["+s.OID+"]", 0, false, "loss.unwritten_extensions", n))
		}
		return losses, err
	}
}

// foreign counts the definitions in v that hold attributes or elements beyond the model.
func foreign(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.Pointer:
		x, is := reflect.TypeAssert[*odm.Extra](v)
		switch {
		case is && x != nil && (len(x.Attrs) > 0 || len(x.Elements) > 0 || len(x.Within) > 0):
			return 1
		case !is && !v.IsNil():
			return foreign(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += foreign(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += foreign(v.Index(i))
		}
	}
	return n
}

// isZip takes every zip archive, as an .xlsx file is one.
func isZip(_ string, head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

func writeFHIR(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	v, err := o.VersionOf(s)
	if err != nil {
		return nil, err
	}
	return fhir.Write(w, s, v, o.Form)
}

func writeXLSForm(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	v, err := o.VersionOf(s)
	if err != nil {
		return nil, err
	}
	return xlsform.Write(w, v, o.Form)
}

func writeREDCap(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	v, err := o.VersionOf(s)
	if err != nil {
		return nil, err
	}
	return redcap.Write(w, v)
}
