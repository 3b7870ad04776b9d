package formats

import (
	"bytes"
	"io"

	"casebook/odm"
	"casebook/odm/odm132"
)

// table is every format, in the order in which they are asked whether a file is theirs.
var table = []Format{
	{Name: odm132.Format, Extension: ".xml", Sniff: isXML, Read: odm132.Read, Write: writeODM132},
}

// isXML takes every file of markup: what is none of ODM's is refused by the reader with the line.
func isXML(_ string, head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<"))
}

func writeODM132(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error) {
	return odm132.Write(w, s, odm132.Options{FileOID: s.OID, Created: o.Created, SourceSystem: o.System, Extensions: true})
}
