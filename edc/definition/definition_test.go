package definition

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/record"

	"github.com/xuri/excelize/v2"
)

// written is a rule in our own language.
func written(code string) []odm.Expression {
	return []odm.Expression{{Context: "casebook", Code: code}}
}

// version is a small study with a rule of every kind: one reads an earlier visit, one stands at a form, one does not run.
func version() *odm.Version {
	text := odm.Text{"en": "Pressure fell by half.", "zh-CN": "血压下降过半。"}
	return &odm.Version{OID: "V.1", Name: "first",
		EventRefs: []odm.Ref{{OID: "E.1"}},
		Events:    []odm.Event{{OID: "E.1", Name: "Visit", Forms: []odm.Ref{{OID: "F.1", Mandatory: true, Hidden: "C.MALE"}}}},
		Forms:     []odm.Form{{OID: "F.1", Name: "Vital signs", Description: odm.Text{"en": "Vital signs", "zh-CN": "生命体征"}, Groups: []odm.Ref{{OID: "G.1"}}}},
		Groups: []odm.ItemGroup{{OID: "G.1", Name: "Pressure", Description: odm.Text{"en": "Pressure", "zh-CN": "血压"},
			Items: []odm.Ref{{OID: "SYS", Mandatory: true}, {OID: "SEX"}, {OID: "MEAN", Method: "M.MEAN"}, {OID: "NOTE", Hidden: "C.MALE", MandatoryWhen: "C.ODD"}}}},
		Items: []odm.Item{
			{OID: "SYS", Name: "systolic", DataType: "integer", Length: 3, Units: []string{"U.1"}, Question: odm.Text{"en": "Systolic pressure", "zh-CN": "收缩压"},
				Checks: []odm.RangeCheck{{Comparator: "LE", Values: []string{"200"}, Hard: true}, {Expressions: written("SYS > prev(SYS) / 2"), Message: text}}},
			{OID: "SEX", Name: "sex", DataType: "text", Question: odm.Text{"en": "Sex", "zh-CN": "性别"}, CodeList: "CL.SEX"},
			{OID: "MEAN", Name: "mean", DataType: "float"},
			{OID: "NOTE", Name: "note", DataType: "text", Length: 400, Question: odm.Text{"en": "Anything else?", "zh-CN": "其他情况"}},
		},
		CodeLists: []odm.CodeList{{OID: "CL.SEX", Name: "sex", DataType: "text", Items: []odm.CodeItem{
			{Code: "M", Decode: odm.Text{"en": "Male", "zh-CN": "男"}}, {Code: "F", Decode: odm.Text{"en": "Female", "zh-CN": "女"}, Weight: "1"}}}},
		Units:      []odm.Unit{{OID: "U.1", Name: "mmHg", Symbol: odm.Text{"en": "mmHg", "zh-CN": "毫米汞柱"}}},
		Conditions: []odm.Condition{{OID: "C.MALE", Name: "male", Expressions: written("SEX == 'M'")}, {OID: "C.ODD", Name: "odd", Expressions: written("no such rule")}},
		Methods:    []odm.Method{{OID: "M.MEAN", Name: "mean", Type: "Computation", Expressions: written("SYS / 2")}},
	}
}

func TestEveryRuleSaysWhatItReadsWhereItStandsAndWhetherItRuns(t *testing.T) {
	t.Parallel()
	all := map[string]Rule{}
	for _, r := range Rules(version(), texts) {
		all[r.Kind+" "+r.ID] = r
	}
	if len(all) != 5 {
		t.Fatalf("%d rules: %v", len(all), all)
	}
	fell := all[record.Checks+" SYS#2"]
	if want := []Read{{"SYS", "SYS"}, {"SYS", "prev(SYS)"}}; !slices.Equal(fell.Reads, want) || fell.Message["zh-CN"] == "" || fell.Hard {
		t.Errorf("a check that reads an earlier visit: %+v", fell)
	}
	if first := all[record.Checks+" SYS#1"]; !first.Hard || first.Source == "" || !slices.Equal(first.Stands, []Stand{{Judges, "ItemDef", "SYS", ""}}) {
		t.Errorf("a check by comparator: %+v", first)
	}
	male := all[record.Hides+" C.MALE"]
	if want := []Stand{{Hides, "FormDef", "F.1", "E.1"}, {Hides, "ItemDef", "NOTE", "G.1"}}; !slices.Equal(male.Stands, want) || male.Reads[0].Item != "SEX" {
		t.Errorf("a condition at a form and an item: %+v", male)
	}
	if mean := all[record.Computes+" M.MEAN"]; !slices.Equal(mean.Stands, []Stand{{Gives, "ItemDef", "MEAN", "G.1"}}) {
		t.Errorf("a method: %+v", mean)
	}
	if odd := all[record.Hides+" C.ODD"]; odd.Source != "" || odd.Why["en"] == "" || odd.Why["zh-CN"] == odd.Why["en"] || odd.Stands[0].As != Demands || len(odd.Reads) != 0 {
		t.Errorf("a rule that does not run: %+v", odd)
	}
}

// ask sends a file to be looked at.
func ask(t *testing.T, name, body string) (string, error) {
	t.Helper()
	w := httptest.NewRecorder()
	err := New(nil).postCheck(w, httptest.NewRequest("POST", "/api/v1/studies/S/definition/check?name="+name, strings.NewReader(body)))
	return w.Body.String(), err
}

func TestAFileThatIsLookedAtTellsWhatItHoldsAndARefusedOneWhere(t *testing.T) {
	t.Parallel()
	file := `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:x="urn:x" ODMVersion="1.3.2" FileType="Snapshot" FileOID="F" CreationDateTime="2026-01-01T00:00:00Z">
<Study OID="S"><GlobalVariables><StudyName>S</StudyName><StudyDescription>d</StudyDescription><ProtocolName>p</ProtocolName></GlobalVariables>
<MetaDataVersion OID="V" Name="v"><ItemDef OID="I" Name="i" DataType="integer" x:colour="red"><RangeCheck Comparator="LT" SoftHard="Soft"><FormalExpression Context="Basic">10 GOTO 10</FormalExpression></RangeCheck></ItemDef>
</MetaDataVersion></Study></ODM>`
	said, err := ask(t, "study.xml", file)
	if err != nil || !strings.Contains(said, `"odm-xml-1.3.2"`) || !strings.Contains(said, `"rules_kept":1`) || !strings.Contains(said, `"line":3`) {
		t.Errorf("it says %s, %v", said, err)
	}
	_, err = ask(t, "study.xml", strings.Replace(file, "<StudyDescription>d</StudyDescription>", "<studyDescription>d</studyDescription>", 1))
	if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Place != "line 2, element studyDescription" {
		t.Errorf("a refused file: %v", err)
	}
}

// Rules that need each other's values in a circle cannot run; whatever the format, each is kept and told with the whole circle.
func TestRulesThatWaitForEachOtherAreTold(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", "survey"); err != nil {
		t.Fatal(err)
	}
	for i, row := range [][]string{{"type", "name", "label", "calculation"}, {"integer", "c", "C", ""}, {"calculate", "a", "A", "${b} + 1"}, {"calculate", "b", "B", "${a} + ${c}"}} {
		if err := book.SetSheetRow("survey", "A"+strconv.Itoa(i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var sheet bytes.Buffer
	if _, err := book.WriteTo(&sheet); err != nil {
		t.Fatal(err)
	}
	dictionary := "Variable / Field Name,Form Name,Field Type,Field Label,\"Choices, Calculations, OR Slider Labels\"\nc,f,text,C,\na,f,calc,A,[b] + 1\nb,f,calc,B,[a] + [c]\n"
	for name, file := range map[string]string{"dictionary.csv": dictionary, "form.xlsx": sheet.String()} {
		said, err := ask(t, name, file)
		if err != nil || strings.Count(said, "a → b → a") < 2 || !strings.Contains(said, `"loss.rule_idle"`) || !strings.Contains(said, "相互依赖") || !strings.Contains(said, `"rules_kept":2`) {
			t.Errorf("%s: it says %s, %v", name, said, err)
		}
	}
	straight, err := ask(t, "dictionary.csv", strings.ReplaceAll(dictionary, "[b] + 1", "[c] + 1"))
	if err != nil || strings.Contains(straight, "→") || !strings.Contains(straight, `"rules_kept":0`) {
		t.Errorf("without the circle it says %s, %v", straight, err)
	}
}

func TestAFileThatIsTooLargeIsRefusedAndNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	_, err := ask(t, "study.xml", `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><!--`+strings.Repeat(" ", maxFile)+`--></ODM>`)
	if casebook.KindOf(err) != casebook.TooLarge {
		t.Errorf("it gives %v", err)
	}
}

func TestTheSpecificationNamesTheRuleThatDoesNotRun(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "Edit-check specification", "zh-CN": "逻辑核查说明"} {
		var out bytes.Buffer
		if err := Specification(&out, &odm.Study{OID: "S", Name: "Study"}, version(), lang); err != nil {
			t.Fatal(err)
		}
		why := texts(idleWhy(t))[lang]
		if text := out.String(); !strings.Contains(text, want) || !strings.Contains(text, "SYS > prev(SYS) / 2") || !strings.Contains(text, why) {
			t.Errorf("%s: %s", lang, text)
		}
	}
}

func idleWhy(t *testing.T) error {
	t.Helper()
	kept := record.Compile(version(), 0).Kept
	if len(kept) != 1 {
		t.Fatalf("%d rules do not run", len(kept))
	}
	return kept[0].Why
}
