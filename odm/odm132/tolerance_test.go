package odm132_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
)

// study returns a small valid file with the parts that a test is about in place of its own.
func study(version string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:v="urn:vendor" FileType="Snapshot" FileOID="F" ODMVersion="1.3.2" CreationDateTime="2024-01-01T00:00:00Z">
<Study OID="S"><GlobalVariables><StudyName>S</StudyName><StudyDescription/><ProtocolName>P</ProtocolName></GlobalVariables>
<BasicDefinitions><MeasurementUnit OID="U" Name="kg"><Symbol><TranslatedText>kg</TranslatedText></Symbol></MeasurementUnit></BasicDefinitions>
<MetaDataVersion OID="M" Name="M">
` + version + `
</MetaDataVersion></Study></ODM>`
}

const item = `<ItemDef OID="I" Name="i" DataType="text"/>`

func TestToleratedDeviationsAreReportedWithTheirPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what  string
		file  string
		place string // of the one loss
		line  int
		says  string
		kept  bool
	}{
		{"REDCap: a code list of booleans", study(`<CodeList OID="L" Name="l" DataType="boolean">` +
			`<CodeListItem CodedValue="1"><Decode><TranslatedText>Yes</TranslatedText></Decode></CodeListItem></CodeList>`),
			"MetaDataVersion[M]/CodeList[L]", 6, "boolean", false},
		{"REDCap: an item group without a name", study(`<ItemGroupDef OID="G" Name="" Repeating="No"/>`),
			"MetaDataVersion[M]/ItemGroupDef[G]", 6, "without a Name", false},
		{"REDCap: a reference to no item group", study(`<FormDef OID="F" Name="f" Repeating="No">` + "\n" +
			`<ItemGroupRef ItemGroupOID="" Mandatory="No"/></FormDef>`),
			"MetaDataVersion[M]/FormDef[F]/ItemGroupRef", 7, "empty ItemGroupOID", false},
		{"REDCap: FormattedTranslatedText", study(`<ItemDef OID="I" Name="i" DataType="text"><Question>` +
			`<FormattedTranslatedText>&lt;b&gt;Age&lt;/b&gt; &amp;gt; 18</FormattedTranslatedText></Question></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/Question", 6, "in place of TranslatedText", true},
		{"Viedoc: an alias without a name", study(`<ItemDef OID="I" Name="i" DataType="text"><Alias Context="OUTPUT"/></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/Alias[OUTPUT]", 6, "Alias without Name", true},
		{"Viedoc: a question without text", study(`<ItemDef OID="I" Name="i" DataType="text"><Question/></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/Question", 6, "without text", true},
		{"Viedoc: the same OrderNumber twice", study("<Protocol>\n<StudyEventRef StudyEventOID=\"A\" OrderNumber=\"1\" Mandatory=\"No\"/>\n" +
			"<StudyEventRef StudyEventOID=\"B\" OrderNumber=\"1\" Mandatory=\"No\"/></Protocol>" +
			`<StudyEventDef OID="A" Name="a" Repeating="No" Type="Common"/><StudyEventDef OID="B" Name="b" Repeating="No" Type="Common"/>`),
			"MetaDataVersion[M]/Protocol/StudyEventRef[B]", 8, "another has too", false},
		{"Viedoc: the same form twice", study("<FormDef OID=\"F\" Name=\"first\" Repeating=\"No\"/>\n<FormDef OID=\"F\" Name=\"second\" Repeating=\"No\"><ItemGroupRef ItemGroupOID=\"NONE\" Mandatory=\"No\"/></FormDef>"),
			"MetaDataVersion[M]/FormDef[F]", 7, "a second FormDef", false},
		{"one OID for two kinds", study("<FormDef OID=\"I\" Name=\"f\" Repeating=\"No\"/>\n" + item),
			"MetaDataVersion[M]/ItemDef[I]", 7, "also that of a FormDef", true},
		{"OpenEDC, REDCap, Rave: clinical data out of order", strings.Replace(study(item), "</ODM>",
			"\n<ClinicalData StudyOID=\"S\" MetaDataVersionOID=\"M\"><SubjectData SubjectKey=\"1\"><FormData FormOID=\"\"/>"+
				"<StudyEventData/><AuditRecord/></SubjectData></ClinicalData><ClinicalData/></ODM>", 1),
			"ClinicalData", 8, "the data in ClinicalData are not read here; 2 times", false},
		{"an element behind its place", study(item + "\n" + `<FormDef OID="F" Name="f" Repeating="No"/>`),
			"MetaDataVersion[M]", 7, "FormDef behind", true},
		{"two texts in one language", study(`<ItemDef OID="I" Name="i" DataType="text"><Question><TranslatedText xml:lang="en">a</TranslatedText>` +
			`<TranslatedText xml:lang="en">b</TranslatedText></Question></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/Question/TranslatedText[en]", 6, "same language", false},
		{"a language of another fashion", study(`<ItemDef OID="I" Name="i" DataType="text"><Question><TranslatedText xml:lang="zh_CN">体重</TranslatedText></Question></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/Question/TranslatedText[zh_CN]", 6, "zh-CN", false},
		{"a check by value and expression", study(`<ItemDef OID="I" Name="i" DataType="integer"><RangeCheck Comparator="GT" SoftHard="Soft">` +
			`<CheckValue>1</CheckValue><FormalExpression>x</FormalExpression></RangeCheck></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/RangeCheck[GT]", 6, "read as two", true},
		{"a check of nothing", study(`<ItemDef OID="I" Name="i" DataType="integer"><RangeCheck SoftHard="Soft"/></ItemDef>`),
			"MetaDataVersion[M]/ItemDef[I]/RangeCheck", 6, "without values", true},
		{"a condition without a description", study(`<ConditionDef OID="C" Name="c"/>`),
			"MetaDataVersion[M]/ConditionDef[C]", 6, "without Description", true},
		{"codes of both kinds", study(`<CodeList OID="L" Name="l" DataType="text"><CodeListItem CodedValue="1"><Decode><TranslatedText>one</TranslatedText></Decode></CodeListItem>` +
			"\n" + `<EnumeratedItem CodedValue="2"/></CodeList>`),
			"MetaDataVersion[M]/CodeList[L]/EnumeratedItem[2]", 7, "in one CodeList", true},
		{"the same code twice", study(`<CodeList OID="L" Name="l" DataType="text"><EnumeratedItem CodedValue="2"/>` +
			"\n" + `<EnumeratedItem CodedValue="2"/></CodeList>`),
			"MetaDataVersion[M]/CodeList[L]/EnumeratedItem[2]", 7, "second item", false},
		{"a second study", strings.Replace(study(item), "</ODM>", `<Study OID="S2"/></ODM>`, 1), "Study[S2]", 7, "first study", false},
		{"a reference without Mandatory", study(`<ItemGroupDef OID="G" Name="g" Repeating="No"><ItemRef ItemOID="I"/></ItemGroupDef>` + item),
			"MetaDataVersion[M]/ItemGroupDef[G]/ItemRef[I]", 6, "without Mandatory", false},
		{"a name that SAS does not take", study(`<ItemDef OID="I" Name="i" DataType="text" SASFieldName="much_too_long"/>`),
			"MetaDataVersion[M]/ItemDef[I]", 6, "SASFieldName", true},
		{"an attribute of nobody's", study(`<ItemDef OID="I" Name="i" DataType="text" Colour="red"/>`),
			"MetaDataVersion[M]/ItemDef[I]", 6, "Colour", true},
		{"a vendor's attribute", study(`<ItemDef OID="I" Name="i" DataType="text" v:x="1"/>` + `<ItemDef OID="J" Name="j" DataType="text" v:x="1"/>`),
			"MetaDataVersion[M]/ItemDef[I]", 6, "v:x is kept as it stands; 2 times", true},
		{"text between elements", study("<Protocol>\nhello</Protocol>"), "MetaDataVersion[M]/Protocol", 6, "text directly in Protocol", false},
		{"a comment", study("\n<!-- ask -->" + item), "MetaDataVersion[M]", 7, "comments", false},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s, rep, err := odm132.Read(strings.NewReader(c.file))
			if err != nil {
				t.Fatal(err)
			}
			var found bool
			for _, l := range rep.Losses {
				found = found || l.Place == c.place && l.Line == c.line && strings.Contains(l.What, c.says) && l.Kept == c.kept
			}
			if !found {
				t.Errorf("no loss at line %d, %s that says %q (kept %v): %+v", c.line, c.place, c.says, c.kept, rep.Losses)
			}
			roundTrip(t, s)
		})
	}
}

// roundTrip writes a study, has it validated, reads it again, and wants the same.
func roundTrip(t *testing.T, s *odm.Study) {
	t.Helper()
	for _, extensions := range []bool{true, false} {
		o := options
		o.Extensions = extensions
		var file bytes.Buffer
		losses, err := odm132.Write(&file, s, o)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := odm132.Read(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, file.Bytes())
		}
		if !extensions {
			validate(t, file.Bytes())
			odmtest.Strip(s)
		}
		if len(losses) == 0 {
			odmtest.Same(t, s, again)
		} else if !strings.Contains(losses[0].What, "is also another definition's") {
			t.Errorf("a study that was read cannot be written: %v", losses)
		}
	}
}

func TestExtensionsComeBackWithTheirNamespaces(t *testing.T) {
	t.Parallel()
	file := study(`<v:Roles xmlns:w="urn:w" w:a="1 &lt; &quot;2&quot;"><w:Role> a &amp; b </w:Role><plain xmlns=""/></v:Roles>
<Protocol v:saved="now"><v:Epoch/></Protocol>
<FormDef OID="F" Name="f" Repeating="No"><ArchiveLayout OID="A" PdfFileName="f.pdf"/></FormDef>
<ItemDef OID="I" Name="i" DataType="text" Origin="CRF"><Question><TranslatedText xml:lang="en" v:tone="warm">How?</TranslatedText></Question>
<ExternalQuestion Dictionary="D" Code="1"/><Role>r</Role><Alias Context="c" Name="n" v:x="y"/><v:Layout/></ItemDef>
<Presentation OID="P" xml:lang="en">p</Presentation>`)
	s, _, err := odm132.Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	v := s.Versions[0]
	if want := `<v:Roles xmlns:v="urn:vendor" xmlns:w="urn:w" w:a="1 &lt; &quot;2&quot;">` +
		`<w:Role> a &amp; b </w:Role><plain xmlns=""></plain></v:Roles>`; v.Extra.Elements[1] != want {
		t.Errorf("kept\n%s, want\n%s", v.Extra.Elements[1], want)
	}
	if a := v.Extra.Within["Protocol"].Attrs; len(a) != 1 || a[0] != (odm.Attr{Space: "urn:vendor", Prefix: "v", Name: "saved", Value: "now"}) {
		t.Errorf("kept of Protocol: %+v", a)
	}
	it := v.Items[0].Extra
	if it.Within["Question/TranslatedText[en]"].Attrs[0].Value != "warm" || it.Within["Alias[c]"].Attrs[0].Value != "y" {
		t.Errorf("kept of ItemDef: %+v", it.Within)
	}
	var out bytes.Buffer
	o := options
	o.Extensions = true
	if _, err := odm132.Write(&out, s, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`xmlns:v="urn:vendor"`, `<Protocol v:saved="now">`, `Origin="CRF"`, `v:tone="warm"`,
		`<ArchiveLayout xmlns="http://www.cdisc.org/ns/odm/v1.3" OID="A" PdfFileName="f.pdf">`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not written back: %s\n%s", want, out.String())
		}
	}
	roundTrip(t, s)
}

func TestIncludeTakesOverAnEarlierVersion(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/include.xml")
	if err != nil {
		t.Fatal(err)
	}
	s, rep, err := odm132.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Losses) != 0 || len(s.Versions) != 2 {
		t.Fatalf("%d versions, losses %v", len(s.Versions), rep.Losses)
	}
	v := s.Versions[1]
	var asked []string
	for _, q := range v.Index().FormItems("F.1") {
		asked = append(asked, q.Item.OID+" "+q.Item.Question.In("en"))
	}
	if got := strings.Join(asked, ", "); got != "I.1 Weight in kg, I.3 Height" {
		t.Errorf("the second version asks %s", got)
	}
	if len(v.EventRefs) != 1 || len(v.Items) != 3 || len(s.Versions[0].Items) != 2 {
		t.Errorf("%d events, %d items, before %d items", len(v.EventRefs), len(v.Items), len(s.Versions[0].Items))
	}
	roundTrip(t, s)
}

func TestExpressionsOfAnyLanguageAreKeptLetterByLetter(t *testing.T) {
	t.Parallel()
	code := "if (a &lt; b &amp;&amp; c) {\n\treturn \"x\"; }  "
	s, rep, err := odm132.Read(strings.NewReader(study(
		`<ConditionDef OID="C" Name="c"><Description><TranslatedText>d</TranslatedText></Description>` +
			"\n\n" + `<FormalExpression Context="Klingon 2.0">` + code + `</FormalExpression></ConditionDef>`)))
	if err != nil {
		t.Fatal(err)
	}
	want := odm.Expression{Context: "Klingon 2.0", Code: "if (a < b && c) {\n\treturn \"x\"; }  ", Line: 8}
	if got := s.Versions[0].Conditions[0].Expressions[0]; got != want || rep.Inventory.RulesKept != 1 || len(rep.Losses) != 0 {
		t.Errorf("kept %+v (%d), want %+v; losses %v", got, rep.Inventory.RulesKept, want, rep.Losses)
	}
	roundTrip(t, s)
}

func TestEarlierEditionsAreRead(t *testing.T) {
	t.Parallel()
	for _, edition := range []string{"1.3", "1.3.0", "1.3.1", "1.3.2"} {
		file := strings.Replace(study(item), `ODMVersion="1.3.2"`, fmt.Sprintf("ODMVersion=%q", edition), 1)
		if _, _, err := odm132.Read(strings.NewReader("\ufeff" + file)); err != nil {
			t.Errorf("ODM %s: %v", edition, err)
		}
	}
}

func TestWriteSaysWhatTheStandardCannot(t *testing.T) {
	t.Parallel()
	s := &odm.Study{OID: "S", Versions: []*odm.Version{{OID: "V", Units: []odm.Unit{{OID: "U"}},
		Forms:  []odm.Form{{OID: "VS", Groups: []odm.Ref{{OID: "VS", Order: 1}, {OID: "G", Order: 1}, {OID: "G"}}}},
		Groups: []odm.ItemGroup{{OID: "VS"}, {OID: "G"}},
		Items: []odm.Item{{OID: "I", DataType: "text", SASName: "far_too_long", Question: odm.Text{"en": "a\x01b\r", "no tag!": "x"},
			Aliases: []odm.Alias{{Context: "a"}, {Context: "a"}}}},
		CodeLists: []odm.CodeList{{OID: "L", DataType: "date", Items: []odm.CodeItem{{Code: "1", Rank: "x"}, {Code: "1"}}},
			{OID: "EMPTY", DataType: "text"}},
		Conditions: []odm.Condition{{OID: "C"}},
	}}}
	var file bytes.Buffer
	losses, err := odm132.Write(&file, s, options)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, file.Bytes())
	if len(losses) != 9 {
		t.Errorf("losses %+v", losses)
	}
	again, _, err := odm132.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	if q := again.Versions[0].Items[0].Question["en"]; q != "a\uFFFDb\r" {
		t.Errorf("the question became %q", q)
	}
	if g := again.Versions[0].Groups[0].OID; g != "VS.ItemGroupDef" || again.Versions[0].Forms[0].Groups[0].OID != g {
		t.Errorf("the group became %s", g)
	}
	for _, bad := range []*odm.Version{
		{OID: "V", Items: []odm.Item{{OID: "I", DataType: "colour"}}},
		{OID: "V", Items: []odm.Item{{OID: "I", DataType: "text"}, {OID: "I", DataType: "text"}}},
		{OID: "V", Events: []odm.Event{{OID: "E", Type: "Party"}}},
		{},
	} {
		if _, err := odm132.Write(&file, &odm.Study{OID: "S", Versions: []*odm.Version{bad}}, options); err == nil {
			t.Errorf("%+v is written", bad)
		}
	}
}
