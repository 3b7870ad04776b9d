// Package formats is the one table of the formats in which a study's definition may come and go. It refuses what none
// of them knows; each format is read and written by a package of its own, which has its line here.
package formats

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/odm"
)

// Format is one format of definitions. Several versions of a standard are several formats.
type Format struct {
	Name      string // what it is called on the command line and in reports, e.g. "odm-xml-1.3.2"
	Extension string // of its files, e.g. ".xml"

	// Sniff reports whether a file is of this format, by its name (without folders) and its first bytes, at most
	// SniffLen of them. It says yes too readily rather than not at all: Read then says what is wrong.
	Sniff func(name string, head []byte) bool

	// Read reads one definition and reports what it could not carry over. Its report's Format is Name. What cannot be
	// read without guessing is refused with a *casebook.Error of kind Invalid whose Place says where.
	Read func(r io.Reader) (*odm.Study, *odm.Report, error)

	// Write writes a definition and returns what the format cannot say of it, each with the path of what is lost and no
	// line. A format without Write is only read.
	Write func(w io.Writer, s *odm.Study, o Options) ([]odm.Loss, error)
}

// Options are what a file says of itself, and what of a study is written.
type Options struct {
	Created time.Time // for the formats that tell it
	System  string    // that wrote it, for the formats that tell it
	Version string    // the OID of the version that is written where a format holds one; "" is the last
	Form    string    // the OID of the form that is written where a format holds one; "" is the first

	// Extensions writes back what a file of an extensible format held of other namespaces. Without it a file validates
	// against the official schema as it stands.
	Extensions bool
}

// SniffLen is how many bytes of a file a format may look at to know it.
const SniffLen = 64 << 10

// All returns the formats, those that claim a file first before those that claim it later.
func All() []Format { return slices.Clone(table) }

// Called returns the format of that name. An unknown one is refused with the names that there are.
func Called(name string) (Format, error) {
	var names []string
	for _, f := range table {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, casebook.Fail(casebook.Invalid, "odm.format.name", name, strings.Join(names, ", "))
}

// Read finds the format of a file by its name and its first bytes, and reads it.
func Read(name string, r io.Reader) (*odm.Study, *odm.Report, error) {
	in := bufio.NewReaderSize(r, SniffLen)
	head, err := in.Peek(SniffLen)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	for _, f := range table {
		if f.Sniff(name, head) {
			return f.Read(in)
		}
	}
	return nil, nil, casebook.Fail(casebook.Invalid, "odm.format.unknown").At("line 1")
}

// VersionOf returns the version of s that the options mean, for the formats that hold one.
func (o Options) VersionOf(s *odm.Study) (*odm.Version, error) {
	for i := len(s.Versions) - 1; i >= 0; i-- {
		if v := s.Versions[i]; o.Version == "" || v.OID == o.Version {
			return v, nil
		}
	}
	return nil, casebook.Fail(casebook.Invalid, "odm.format.version", o.Version)
}

// Writable returns the names of the formats that can be written.
func Writable() (names []string) {
	for _, f := range table {
		if f.Write != nil {
			names = append(names, f.Name)
		}
	}
	return names
}
