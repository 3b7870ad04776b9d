package odm2_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook"
	"casebook/odm/odm2"
	"casebook/odm/odmtest"
)

// full is the full study as a file of 2.0.
func full(t testing.TB) string {
	t.Helper()
	var file bytes.Buffer
	if _, err := odm2.Write(&file, odmtest.Full(), options); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

var (
	wholeElement = regexp.MustCompile(`(?m)^ *<[A-Z]\w*[^>]*?(/>|>[^\n]*</\w+>)$`)
	attribute    = regexp.MustCompile(` [\w:]+="[^"]*"`)
)

// mutants returns a file with each of its elements left out or doubled, and each of its attributes left out, emptied or
// spoiled.
func mutants(file string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range wholeElement.FindAllStringIndex(file, -1) {
			element := file[m[0]:m[1]]
			if !yield(file[:m[0]]+file[m[1]:]) || !yield(file[:m[0]]+element+"\n"+element+file[m[1]:]) {
				return
			}
		}
		for _, m := range attribute.FindAllStringIndex(file, -1) {
			name, _, _ := strings.Cut(file[m[0]:m[1]], "=")
			for _, instead := range []string{"", name + `=""`, name + `="0"`, name + `="Ab c"`, strings.ToUpper(name) + `="x"`} {
				if !yield(file[:m[0]] + instead + file[m[1]:]) {
					return
				}
			}
		}
	}
}

// refusedOrSame wants a refusal with a place, or that what was read comes back the same; it returns what was written.
func refusedOrSame(t *testing.T, file string) []byte {
	t.Helper()
	s, _, err := odm2.Read(strings.NewReader(file))
	if err != nil {
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
			t.Fatalf("refused with %v:\n%s", err, file)
		}
		return nil
	}
	if len(s.Versions) == 0 {
		return nil
	}
	o := options
	for _, o.Extensions = range []bool{true, false} {
		var out bytes.Buffer
		losses, err := odm2.Write(&out, s, o)
		if err != nil {
			t.Fatalf("read, but not written: %v\n%s", err, file)
		}
		again, _, err := odm2.Read(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, out.Bytes())
		}
		if o.Extensions {
			continue
		}
		odmtest.StripXML(s)
		if len(losses) == 0 {
			odmtest.Same(t, s, again)
		}
		return out.Bytes()
	}
	return nil
}

func TestEveryDamagedFileIsRefusedOrComesBackTheSame(t *testing.T) {
	t.Parallel()
	dir, read, refused, nth := t.TempDir(), 0, 0, 0
	for file := range mutants(full(t)) {
		if nth++; nth%5 != 0 || testing.Short() && nth%25 != 0 {
			continue
		}
		out := refusedOrSame(t, file)
		if out == nil {
			refused++
			continue
		}
		read++
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.xml", read)), out, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d damaged files are read, %d refused", read, refused)
	if read < 40 || refused < 10 {
		t.Errorf("%d damaged files are read and %d refused: the damage is not what it was", read, refused)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := odmtest.XMLLint(t, "../..", schema, files...); err != nil {
		bad := regexp.MustCompile(`(?m)^.*(error|fails).*$`).FindAll(out, 10)
		t.Errorf("the official schema refuses: %s", bytes.Join(bad, []byte("\n")))
	}
}

func TestBadFilesAreRefusedWithTheirPlace(t *testing.T) {
	t.Parallel()
	study := func(in string) string {
		return `<ODM xmlns="` + odm2.Namespace + `" ODMVersion="2.0"><Study OID="S" StudyName="s" ProtocolName="p">` + "\n" +
			`<MetaDataVersion OID="M" Name="m">` + "\n" + in + "\n</MetaDataVersion></Study></ODM>"
	}
	group := func(oid, in string) string {
		return `<ItemGroupDef OID="` + oid + `" Name="g" Repeating="No" Type="Section">` + in + `</ItemGroupDef>`
	}
	for what, c := range map[string]struct{ file, code, place string }{
		"a name in the wrong case": {study(`<itemDef OID="I"/>`), "odm.unknown_element", "line 3, element itemDef"},
		"a word of 1.3.2":          {study(`<FormDef OID="F"/>`), "odm.unknown_element", "line 3, element FormDef"},
		"a reference to no item":   {study(group("G", `<ItemRef ItemOID="NONE" Mandatory="No"/>`)), "odm.dangling_reference", "line 3, element ItemRef"},
		"a reference to no unit":   {study(group("G", `<ItemRef ItemOID="I" Mandatory="No" UnitsItemOID="NONE"/>`) + "\n" + `<ItemDef OID="I" Name="i" DataType="text"/>`), "odm.dangling_reference", "line 3, element ItemRef"},
		"a form within itself":     {study(`<ItemGroupDef OID="F" Name="f" Repeating="No" Type="Form"><ItemGroupRef ItemGroupOID="F" Mandatory="No"/></ItemGroupDef>`), "odm.nesting", "line 3, element ItemGroupDef"},
		"groups within each other": {study(`<ItemGroupDef OID="F" Name="f" Repeating="No" Type="Form"><ItemGroupRef ItemGroupOID="A" Mandatory="No"/></ItemGroupDef>` + "\n" + group("A", `<ItemGroupRef ItemGroupOID="B" Mandatory="No"/>`) + group("B", `<ItemGroupRef ItemGroupOID="A" Mandatory="No"/>`)), "odm.nesting", "line 4, element ItemGroupDef"},
		"a type that is none":      {study(`<ItemDef OID="I" Name="i" DataType="colour"/>`), "odm.value_type", "line 3, element ItemDef"},
		"a number that is none":    {study(`<ItemDef OID="I" Name="i" DataType="text" Length="x"/>`), "odm.value_type", "line 3, element ItemDef"},
		"a duration that is none":  {study(`<Protocol><StudyTimings><StudyTiming OID="T" Name="t">` + "\n" + `<RelativeTimingConstraint OID="R" Name="r" TimepointRelativeTarget="soon"/></StudyTiming></StudyTimings></Protocol>`), "odm.value_type", "line 4, element RelativeTimingConstraint"},
		"an entity of its own":     {study("<Protocol>&bomb;</Protocol>"), "odm.xml", "line 3, element Protocol"},
		"bytes that are no UTF-8":  {study("<Protocol>\xff</Protocol>"), "odm.utf8", "line 3, element Protocol"},
		"ODM 1.3":                  {`<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>`, "odm.version", "line 1, element ODM"},
		"no study":                 {`<ODM xmlns="` + odm2.Namespace + `"/>`, "odm.no_study", "line 1"},
		"no ODM":                   {`<html/>`, "odm.not_odm", "line 1, element html"},
	} {
		_, _, err := odm2.Read(strings.NewReader(c.file))
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Kind != casebook.Invalid || e.Code != c.code || e.Place != c.place {
			t.Errorf("%s: refused with %v at %v, want %s at %s", what, err, e, c.code, c.place)
		}
	}
	if _, _, err := odm2.Read(strings.NewReader(study(group("G", "")))); err != nil {
		t.Errorf("the file that the others are made of is refused: %v", err)
	}
}

func TestAFormOfAHundredThousandItems(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`<MetaDataVersion xmlns="` + odm2.Namespace + `" OID="M" Name="m"><ItemGroupDef OID="F" Name="f" Repeating="No" Type="Form">`)
	for i := range 100_000 {
		fmt.Fprintf(&b, `<ItemRef ItemOID="I%d" Mandatory="No"/>`, i)
	}
	b.WriteString(`</ItemGroupDef>`)
	for i := range 100_000 {
		fmt.Fprintf(&b, `<ItemDef OID="I%d" Name="i" DataType="text"/>`, i)
	}
	b.WriteString(`</MetaDataVersion>`)
	s, rep, err := odm2.Read(strings.NewReader(b.String()))
	if err != nil || rep.Inventory.Items != 100_000 || len(s.Versions[0].Groups[0].Items) != 100_000 {
		t.Fatalf("%v, %+v", err, rep)
	}
}

// FuzzRead wants of any bytes: no panic, a refusal of kind Invalid with a place, and of what is read that it can be
// written and comes back the same.
func FuzzRead(f *testing.F) {
	f.Add(full(f))
	f.Add(`<MetaDataVersion xmlns="` + odm2.Namespace + `" OID="M" Name="m"><ItemGroupDef OID="G" Name="g" Repeating="No" Type="Form"/></MetaDataVersion>`)
	f.Add(`<MetaDataVersion xmlns="` + odm2.Namespace + `" OID="0"></MetaDataVersion>`) // it has no name, and no study gives it one
	f.Fuzz(func(t *testing.T, file string) { refusedOrSame(t, file) })
}
