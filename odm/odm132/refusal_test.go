package odm132_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"casebook"
	"casebook/odm/odm132"
)

func TestRefusalsNameTheElementAndTheLine(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("<v:a>", 100)
	for _, c := range []struct {
		what, file, code, place string
		args                    []any
	}{
		{"a wrong-case element", study("\n<itemDef OID=\"I\"/>"), "odm.unknown_element", "line 7, element itemDef", []any{"itemDef", "ItemDef"}},
		{"a wrong-case attribute", study(`<ItemDef oid="I" Name="i" DataType="text"/>`), "odm.unknown_attribute", "line 6, element ItemDef", []any{"oid", "OID"}},
		{"an element of nobody's", study("<Protocol><Question2/></Protocol>"), "odm.unknown_element",
			"line 6, element Question2", []any{"Question2", "Description, StudyEventRef, Alias"}},
		{"an element within text", strings.Replace(study(""), "<StudyDescription/>", "<StudyDescription><b/></StudyDescription>", 1),
			"odm.misplaced_element", "line 3, element b", []any{"b", "StudyDescription"}},
		{"an element elsewhere", study("<Question/>"), "odm.misplaced_element", "line 6, element Question", []any{"Question", "MetaDataVersion"}},
		{"a wrong-case root", strings.ReplaceAll(study(""), "ODM", "odm"), "odm.unknown_element", "line 2, element odm", []any{"odm", "ODM"}},
		{"a dangling item", study(`<ItemGroupDef OID="G" Name="g" Repeating="No">` + "\n" + `<ItemRef ItemOID="NONE" Mandatory="No"/></ItemGroupDef>`),
			"odm.dangling_reference", "line 7, element ItemRef", []any{"ItemDef", "NONE"}},
		{"a dangling event", study(`<Protocol><StudyEventRef StudyEventOID="E" Mandatory="No"/></Protocol>`), "odm.dangling_reference", "line 6, element StudyEventRef", nil},
		{"a dangling form", study(`<StudyEventDef OID="E" Name="e" Repeating="No" Type="Common"><FormRef FormOID="F" Mandatory="No"/></StudyEventDef>`), "odm.dangling_reference", "line 6, element FormRef", nil},
		{"a dangling group", study(`<FormDef OID="F" Name="f" Repeating="No"><ItemGroupRef ItemGroupOID="G" Mandatory="No"/></FormDef>`), "odm.dangling_reference", "line 6, element ItemGroupRef", nil},
		{"a dangling code list", study(`<ItemDef OID="I" Name="i" DataType="text"><CodeListRef CodeListOID="L"/></ItemDef>`), "odm.dangling_reference", "line 6, element CodeListRef", nil},
		{"a dangling unit", study(`<ItemDef OID="I" Name="i" DataType="text"><MeasurementUnitRef MeasurementUnitOID="X"/></ItemDef>`), "odm.dangling_reference", "line 6, element MeasurementUnitRef", nil},
		{"a dangling condition", study(`<ItemGroupDef OID="G" Name="g" Repeating="No"><ItemRef ItemOID="I" Mandatory="No" CollectionExceptionConditionOID="C"/></ItemGroupDef>` + item), "odm.dangling_reference", "line 6, element ItemRef", []any{"ConditionDef", "C"}},
		{"a dangling method", study(`<ItemGroupDef OID="G" Name="g" Repeating="No"><ItemRef ItemOID="I" Mandatory="No" MethodOID="C"/></ItemGroupDef>` + item), "odm.dangling_reference", "line 6, element ItemRef", []any{"MethodDef", "C"}},
		{"an include of a later version", study(`<Include StudyOID="S" MetaDataVersionOID="LATER"/>`), "odm.dangling_reference", "line 6, element Include", nil},
		{"an order that is no number", study(`<Protocol><StudyEventRef StudyEventOID="E" OrderNumber="first" Mandatory="No"/></Protocol>`), "odm.value_type", "line 6, element StudyEventRef", []any{"OrderNumber", "first", "a whole number"}},
		{"a length that is no number", study(`<ItemDef OID="I" Name="i" DataType="text" Length="-1"/>`), "odm.value_type", "line 6, element ItemDef", nil},
		{"digits that are no number", study(`<ItemDef OID="I" Name="i" DataType="float" SignificantDigits="2.0"/>`), "odm.value_type", "line 6, element ItemDef", nil},
		{"a data type of nobody's", study(`<ItemDef OID="I" Name="i" DataType="Text"/>`), "odm.value_type", "line 6, element ItemDef", nil},
		{"neither Yes nor No", study(`<FormDef OID="F" Name="f" Repeating="yes"/>`), "odm.value_type", "line 6, element FormDef", []any{"Repeating", "yes", "Yes, No"}},
		{"an event of no type", study(`<StudyEventDef OID="E" Name="e" Repeating="No" Type="Visit"/>`), "odm.value_type", "line 6, element StudyEventDef", nil},
		{"a comparator of nobody's", study(`<ItemDef OID="I" Name="i" DataType="text"><RangeCheck Comparator="&lt;" SoftHard="Soft"/></ItemDef>`), "odm.value_type", "line 6, element RangeCheck", nil},
		{"neither soft nor hard", study(`<ItemDef OID="I" Name="i" DataType="text"><RangeCheck SoftHard="Firm"/></ItemDef>`), "odm.value_type", "line 6, element RangeCheck", nil},
		{"a method of no type", study(`<MethodDef OID="M1" Name="m" Type="Magic"/>`), "odm.value_type", "line 6, element MethodDef", nil},
		{"a rank that is no number", study(`<CodeList OID="L" Name="l" DataType="text"><EnumeratedItem CodedValue="1" Rank="a"/></CodeList>`), "odm.value_type", "line 6, element EnumeratedItem", nil},
		{"a language of nobody's", study(`<ItemDef OID="I" Name="i" DataType="text"><Question><TranslatedText xml:lang="in English">a</TranslatedText></Question></ItemDef>`), "odm.value_type", "line 6, element TranslatedText", nil},
		{"a definition without OID", study(`<ItemDef Name="i" DataType="text"/>`), "odm.missing_attribute", "line 6, element ItemDef", []any{"OID"}},
		{"an item without type", study(`<ItemDef OID="I" Name="i"/>`), "odm.missing_attribute", "line 6, element ItemDef", []any{"DataType"}},
		{"a code without value", study(`<CodeList OID="L" Name="l" DataType="text"><EnumeratedItem/></CodeList>`), "odm.missing_attribute", "line 6, element EnumeratedItem", []any{"CodedValue"}},
		{"no study", `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"/>`, "odm.no_study", "line 1", nil},
		{"nothing", ``, "odm.not_odm", "line 1", nil},
		{"another format", `<html/>`, "odm.not_odm", "line 1, element html", nil},
		{"ODM 2.0", `<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" ODMVersion="2.0"/>`, "odm.version", "line 1, element ODM", []any{"2.0", "1.3"}},
		{"ODM 2.0 by its attribute", `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="2.0"/>`, "odm.version", "line 1, element ODM", []any{"2.0", "1.3"}},
		{"ODM 1.2", `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.2"/>`, "odm.version", "line 1, element ODM", []any{"1.2", "1.3"}},
		{"bytes that are no UTF-8", study("<Protocol>\xff</Protocol>"), "odm.utf8", "line 6, element Protocol", nil},
		{"another encoding", strings.Replace(study(""), "UTF-8", "GBK", 1), "odm.encoding", "line 1", nil},
		{"a tag that does not close", study("<Protocol>"), "odm.xml", "line 7, element Protocol", nil},
		{"a file that ends early", `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">` + "\n" + `<Study OID="S">`, "odm.xml", "line 2, element Study", nil},
		{"an entity of its own", study("<Protocol>&bomb;</Protocol>"), "odm.xml", "line 6, element Protocol", nil},
		{"an attribute twice", study(`<ItemDef OID="I" OID="J" Name="i" DataType="text"/>`), "odm.xml", "line 6, element ItemDef", nil},
		{"two roots", study("") + "<ODM/>", "odm.xml", "line 7, element ODM", nil},
		{"text behind the end", study("") + "x", "odm.xml", "line 7", nil},
		{"elements without end in one another", study(deep), "odm.too_deep", "line 6, element a", []any{64}},
		{"attributes without end", study("<v:x" + manyAttrs(300) + "/>"), "odm.too_large", "line 6, element x", nil},
		{"a namespace without end", study(`<v:x xmlns:w="` + strings.Repeat("u", 300) + `"/>`), "odm.too_large", "line 6, element x", nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s, rep, err := odm132.Read(strings.NewReader(c.file))
			e, ok := errors.AsType[*casebook.Error](err)
			if !ok || s != nil || rep != nil {
				t.Fatalf("read: %v", err)
			}
			if e.Kind != casebook.Invalid || e.Code != c.code || e.Place != c.place {
				t.Errorf("refused with %s %s at %q, want %s at %q (%v)", e.Kind, e.Code, e.Place, c.code, c.place, e.Err)
			}
			if c.args != nil && fmt.Sprint(e.Args) != fmt.Sprint(c.args) {
				t.Errorf("the refusal says %v, want %v", e.Args, c.args)
			}
		})
	}
	// The control: the file that the others are made of is read.
	if _, _, err := odm132.Read(strings.NewReader(study(item))); err != nil {
		t.Error(err)
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

func TestAnErrorOfTheReaderComesBack(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line went dead")
	_, _, err := odm132.Read(io.MultiReader(strings.NewReader(study("")[:200]), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || casebook.KindOf(err) != casebook.Internal {
		t.Errorf("got %v", err)
	}
}

func TestIncludesCannotMultiply(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `<ItemDef OID="I%d" Name="i" DataType="text"/>`, i)
	}
	for i := range 3000 {
		prev := "M"
		if i > 0 {
			prev = fmt.Sprint("M", i-1)
		}
		fmt.Fprintf(&b, `</MetaDataVersion><MetaDataVersion OID="M%d" Name="m"><Include StudyOID="S" MetaDataVersionOID="%s"/>`, i, prev)
	}
	_, _, err := odm132.Read(strings.NewReader(study(b.String())))
	if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "odm.too_large" {
		t.Errorf("got %v", err)
	}
}

// A file may cost what its size costs and no more: each of these has one thing many times over.
func TestManyOfOneThingCostNoMoreThanTheirSize(t *testing.T) {
	t.Parallel()
	many := 100_000
	if testing.Short() {
		many = 30_000
	}
	for what, c := range map[string]struct{ before, each, after string }{
		"aliases":    {`<ItemDef OID="I" Name="i" DataType="text">`, `<Alias Context="%d" Name=""/>`, `</ItemDef>`},
		"kept":       {``, `<Presentation OID="%d">p</Presentation><v:a/>`, ``},
		"versions":   {``, `</MetaDataVersion><MetaDataVersion OID="%d" Name="m">`, ``},
		"codes":      {`<CodeList OID="L" Name="l" DataType="text">`, `<EnumeratedItem CodedValue="%d"/>`, `</CodeList>`},
		"namespaces": {``, `<p:a xmlns:p="urn:%d"/>`, ``},
		"losses":     {`<CodeList OID="L" Name="l" DataType="text">`, `<EnumeratedItem CodedValue="1" x%d=""/>`, `</CodeList>`},
		"references": {`<FormDef OID="F" Name="f" Repeating="No">`, `<ItemGroupRef ItemGroupOID="%d" OrderNumber="1" Mandatory="No"/>`, `</FormDef>`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			b.WriteString(c.before)
			for i := range many {
				fmt.Fprintf(&b, c.each, i)
			}
			_, rep, err := odm132.Read(strings.NewReader(study(b.String() + c.after)))
			if e, refused := errors.AsType[*casebook.Error](err); refused != (what == "references") {
				t.Fatalf("got %v", e)
			}
			if rep != nil && len(rep.Losses) > 10_001 {
				t.Errorf("%d lines of losses", len(rep.Losses))
			}
		})
	}
}
