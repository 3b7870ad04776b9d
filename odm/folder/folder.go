// Package folder is a study's definition as text for people and for git: a folder with one file for each form, and the
// same as a single file. It refuses what it does not know word for word, so that a misspelt name is never a silent gap.
// docs/format/definition.md describes the files.
package folder

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"casebook"
	"casebook/odm"
)

// Format is what a Report of this package is about.
const Format = "casebook-text"

// Header is the first line of a study as a single file.
const Header = "casebook study 1\n"

// The bounds of what is read.
const (
	maxBytes = 256 << 20
	maxFiles = 100_000
)

// studyFile is study.json.
type studyFile struct {
	OID          string     `json:"oid"`
	Name         string     `json:"name"`
	Description  string     `json:"description"`
	ProtocolName string     `json:"protocolName"`
	Units        []odm.Unit `json:"units"`
	Versions     []string   `json:"versions"` // the folders of the versions, the oldest first
	Extra        *odm.Extra `json:"extra"`
}

// versionFile is version.json in the folder of a version.
type versionFile struct {
	OID          string            `json:"oid"`
	Name         string            `json:"name"`
	Description  string            `json:"description"`
	Protocol     odm.Text          `json:"protocol"`
	EventRefs    []odm.Ref         `json:"eventRefs"`
	Aliases      []odm.Alias       `json:"aliases"`
	Translations []odm.Translation `json:"translations"`
	OwnUnits     []odm.Unit        `json:"ownUnits"` // only where they are not the study's
	Order        order             `json:"order"`
	Extra        *odm.Extra        `json:"extra"`
}

// order is in which order the definitions of a version stand. What a list does not name stands behind.
type order struct {
	Events     []string `json:"events"`
	Forms      []string `json:"forms"`
	Groups     []string `json:"groups"`
	Items      []string `json:"items"`
	CodeLists  []string `json:"codeLists"`
	Conditions []string `json:"conditions"`
	Methods    []string `json:"methods"`
}

// part is one of the other files of a version: of a form with all that only it uses, or of what several use.
type part struct {
	Events     []odm.Event     `json:"events"`
	Form       *odm.Form       `json:"form"`
	Groups     []odm.ItemGroup `json:"groups"`
	Items      []odm.Item      `json:"items"`
	CodeLists  []odm.CodeList  `json:"codeLists"`
	Conditions []odm.Condition `json:"conditions"`
	Methods    []odm.Method    `json:"methods"`
}

// Files returns the files of s by their paths, with slashes. Equal studies give equal files. The lines on which
// expressions stood in another file are not part of them. The error is of kind Invalid when an OID stands twice.
func Files(s *odm.Study) (map[string][]byte, error) {
	out := files{}
	top := studyFile{OID: s.OID, Name: s.Name, Description: s.Description, ProtocolName: s.ProtocolName, Units: s.Units, Extra: s.Extra}
	taken := names{}
	for _, v := range s.Versions {
		dir := taken.of(v.OID)
		top.Versions = append(top.Versions, dir)
		if err := out.version("versions/"+dir+"/", v, s.Units); err != nil {
			return nil, err
		}
	}
	return out, out.add("study.json", top)
}

type files map[string][]byte

func (f files) add(path string, what any) error {
	b, err := json.Marshal(what, json.OmitZeroStructFields(true), json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return casebook.Fail(casebook.Invalid, "odm.text.value", path).At(path).Wrap(err)
	}
	f[path] = append(b, '\n')
	return nil
}

func (f files) version(dir string, v *odm.Version, units []odm.Unit) error {
	p, err := divide(v)
	if err != nil {
		return err
	}
	file := versionFile{OID: v.OID, Name: v.Name, Description: v.Description, Protocol: v.Protocol, EventRefs: v.EventRefs,
		Aliases: v.Aliases, Translations: v.Translations, Order: p.order, Extra: v.Extra}
	if !sameUnits(v.Units, units) {
		file.OwnUnits = v.Units
		if file.OwnUnits == nil {
			file.OwnUnits = []odm.Unit{}
		}
	}
	if err := f.add(dir+"version.json", file); err != nil {
		return err
	}
	taken := names{}
	for _, form := range p.forms {
		if err := f.add(dir+"forms/"+taken.of(form.Form.OID)+".json", form); err != nil {
			return err
		}
	}
	return f.add(dir+"shared.json", p.shared)
}

func sameUnits(a, b []odm.Unit) bool {
	x, errX := json.Marshal(a, json.Deterministic(true))
	y, errY := json.Marshal(b, json.Deterministic(true))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// names makes names of files of OIDs, different ones even where capitals do not count.
type names map[string]bool

func (n names) of(oid string) string {
	var b strings.Builder
	for _, c := range []byte(oid) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.' && b.Len() > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := cmp.Or(b.String(), "%")
	if len(name) > 100 {
		name = name[:100]
	}
	for i, base := 2, name; n[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s~%d", base, i)
	}
	n[strings.ToLower(name)] = true
	return name
}

// Write writes s as a single file: the files of its folder, one after the other, each behind a line with its path. There
// is nothing that it cannot say.
func Write(w io.Writer, s *odm.Study) error {
	all, err := Files(s)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString(Header)
	for _, path := range sorted(all) {
		fmt.Fprintf(&b, "-- %s --\n", path)
		b.Write(all[path])
	}
	_, err = w.Write(b.Bytes())
	return err
}

// sorted returns the paths of files in the order in which they are read: the study, then each version before its parts.
func sorted(all map[string][]byte) []string {
	paths := make([]string, 0, len(all))
	for path := range all {
		paths = append(paths, path)
	}
	rank := func(path string) string {
		switch {
		case path == "study.json":
			return ""
		case strings.HasSuffix(path, "/version.json"):
			return strings.TrimSuffix(path, "version.json")
		}
		return path
	}
	slices.SortFunc(paths, func(a, b string) int { return strings.Compare(rank(a), rank(b)) })
	return paths
}

// Read reads a study from a single file.
func Read(r io.Reader) (*odm.Study, *odm.Report, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(b) > maxBytes {
		return nil, nil, casebook.Fail(casebook.Invalid, "odm.too_large", "bytes", maxBytes).At("line 1")
	}
	rest, ok := bytes.CutPrefix(b, []byte(Header))
	if !ok {
		return nil, nil, casebook.Fail(casebook.Invalid, "odm.text.header", strings.TrimSpace(Header)).At("line 1")
	}
	all, path, line, start := map[string]file{}, "", 1, 0
	end := func(to int) error {
		if path == "" {
			if len(bytes.TrimSpace(rest[start:to])) > 0 {
				return casebook.Fail(casebook.Invalid, "odm.text.outside").At("line 2")
			}
			return nil
		}
		f := all[path]
		f.text = rest[start:to]
		all[path] = f
		return nil
	}
	for at := 0; at < len(rest); {
		line++
		next := len(rest)
		if i := bytes.IndexByte(rest[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		if name, is := headerOf(rest[at:next]); is {
			if err := end(at); err != nil {
				return nil, nil, err
			}
			if _, twice := all[name]; twice || len(all) >= maxFiles {
				return nil, nil, casebook.Fail(casebook.Invalid, "odm.text.twice", name).At(fmt.Sprintf("line %d", line))
			}
			path, start = name, next
			all[path] = file{line: line}
		}
		at = next
	}
	if err := end(len(rest)); err != nil {
		return nil, nil, err
	}
	return read(all)
}

func headerOf(line []byte) (name string, is bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("-- "))
	if !ok {
		return "", false
	}
	rest, ok = bytes.CutSuffix(rest, []byte(" --"))
	return string(rest), ok && len(rest) > 0
}

// file is one file of a study: where it begins in a single file, or line 0 in a folder, and its text.
type file struct {
	line int
	text []byte
}

// FromFiles reads a study from the files of its folder, by their paths with slashes. Those that are no part of a study
// are told in the report.
func FromFiles(texts map[string][]byte) (*odm.Study, *odm.Report, error) {
	all := map[string]file{}
	for path, text := range texts {
		all[path] = file{text: text}
	}
	return read(all)
}

// decode reads one file, strictly.
func decode(path string, f file, to any) error {
	err := json.Unmarshal(f.text, to, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	offset := int64(0)
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = e.ByteOffset
	} else if e, ok := errors.AsType[*json.SemanticError](err); ok {
		offset = e.ByteOffset
	}
	at := min(max(int(offset), 0), len(f.text))
	place := fmt.Sprintf("%s, line %d", path, f.line+1+bytes.Count(f.text[:at], []byte("\n")))
	return casebook.Fail(casebook.Invalid, "odm.text.json", short(err)).At(place).Wrap(err)
}

// short returns what is wrong with a file in one line.
func short(err error) string {
	s := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "�")), " ")
	for _, prefix := range []string{"json: ", "jsontext: ", "cannot unmarshal "} {
		s = strings.TrimPrefix(s, prefix)
	}
	r := []rune(s)
	if len(r) > 160 {
		s = string(r[:160]) + "…"
	}
	return s
}
