// Package odm132 reads and writes study definitions and clinical data as ODM-XML 1.3.2, and reads 1.3.0 and 1.3.1. It refuses
// to mix the two: Read notes that a file has clinical data and goes past them, ReadValues reads nothing else.
package odm132

import (
	"io"

	"casebook/odm"
	"casebook/odm/markup"
)

// Format is what a Report of this package is about.
const Format = "odm-xml-1.3.2"

// maxCopied is how many definitions versions may take over from others.
const maxCopied = 1 << 18

// Read reads the first study of an ODM-XML file as a stream, and reports how the file departs from the standard and
// what the model cannot say. What cannot be read without guessing is refused with a *casebook.Error of kind Invalid
// whose Place is "line N, element X"; an error of the reader r itself comes back wrapped. The caller bounds the size.
func Read(r io.Reader) (*odm.Study, *odm.Report, error) {
	rd := &reader{Reader: markup.NewReader(r, grammar)}
	if err := rd.Document(rd.root); err != nil {
		return nil, nil, err
	}
	if rd.study == nil {
		return nil, nil, rd.Refuse("odm.no_study")
	}
	return rd.study, rd.Report(), nil
}

type reader struct {
	*markup.Reader
	study       *odm.Study
	units       map[string]bool
	versions    map[string]*odm.Version
	version     versionState
	keptOfStudy map[string]string // Extra.Kept, as a protocol says
	copied      int               // definitions taken over so far
}

type node = markup.Node

// root reads the element ODM.
func (r *reader) root(n *node) error {
	err := r.Children(n, func(c *node) error {
		if c.Name == "Study" && r.study == nil {
			return r.readStudy(c)
		}
		r.Lose(c, false, "loss.second_study")
		return r.Skip()
	})
	if err == nil && r.study != nil && n.Extra != nil {
		markup.Within(&r.study.Extra, "ODM", n.Extra)
	}
	return err
}
