package redcap_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
	"casebook/odm/redcap"
)

func corpusFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(odmtest.Corpus(t, "../..", filepath.Join("edc", name)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const head = `"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels",` +
	`"Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,` +
	`"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)",` +
	`"Matrix Group Name","Matrix Ranking?","Field Annotation"` + "\n"

func read(t testing.TB, file string) (*odm.Version, *odm.Report) {
	t.Helper()
	s, rep, err := redcap.Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return s.Versions[0], rep
}

func told(rep *odm.Report) []string {
	var lines []string
	for _, l := range rep.Losses {
		lines = append(lines, fmt.Sprintf("%s (line %d): %s (%v)", l.Place, l.Line, l.What, l.Kept))
	}
	return lines
}

func TestRealDictionariesAreReadWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file string
		want odm.Inventory
	}{
		{"redcap/redcapr_longitudinal_dictionary.csv", odm.Inventory{Forms: 9, ItemGroups: 15, Items: 95, CodeLists: 41, Conditions: 2,
			Methods: 2, RangeChecks: 5, RulesKept: 4}},
		{"dictionary/isaric_arc_current.csv", odm.Inventory{Forms: 10, ItemGroups: 49, Items: 1757, CodeLists: 1133, Conditions: 1236,
			Methods: 8, RangeChecks: 480, RulesKept: 1318}},
	} {
		_, rep, err := redcap.Read(bytes.NewReader(corpusFile(t, c.file)))
		if err != nil {
			t.Fatal(err)
		}
		if rep.Inventory != c.want {
			t.Errorf("%s: found %+v, want %+v", c.file, rep.Inventory, c.want)
		}
		for _, l := range rep.Losses {
			if l.Line == 0 || l.Place == "" || l.What == "" {
				t.Errorf("a loss without place: %+v", l)
			}
		}
	}
}

func TestARealDictionaryComesBackTheSame(t *testing.T) {
	t.Parallel()
	s, _, err := redcap.Read(bytes.NewReader(corpusFile(t, "redcap/redcapr_longitudinal_dictionary.csv")))
	if err != nil {
		t.Fatal(err)
	}
	same(t, s.Versions[0])
}

// same writes and reads a version that a dictionary can say, and wants it back as it was.
func same(t testing.TB, v *odm.Version) {
	t.Helper()
	var b bytes.Buffer
	losses, err := redcap.Write(&b, v)
	if err != nil || len(losses) > 0 {
		t.Fatalf("written with %v, %v", losses, err)
	}
	again, _ := read(t, b.String())
	if again.Hash() != v.Hash() {
		for i := range v.Items {
			if i >= len(again.Items) || fmt.Sprintf("%+v", v.Items[i]) != fmt.Sprintf("%+v", again.Items[i]) {
				t.Fatalf("%+v comes back as\n%+v", v.Items[i], again.Items[i:])
			}
		}
		t.Errorf("the definition\n%+v\ncomes back as\n%+v", v, again)
	}
}

// The dictionary and the project XML of one project say the same of its fields.
func TestADictionaryEqualsItsProject(t *testing.T) {
	t.Parallel()
	s, _, err := redcap.Read(bytes.NewReader(corpusFile(t, "redcap/redcapr_longitudinal_dictionary.csv")))
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := redcap.ReadProject(bytes.NewReader(corpusFile(t, "redcap/redcapr_longitudinal_project_odm.xml")))
	if err != nil {
		t.Fatal(err)
	}
	dictionary, project := s.Versions[0], p.Versions[0].Index()
	compared := 0
	for i := range dictionary.Items {
		it := &dictionary.Items[i]
		other := project.Item(it.OID)
		if it.Multiple {
			other = project.Item(it.OID + "___1") // one item for each option
		}
		if other == nil {
			t.Errorf("the project has no %s", it.OID)
			continue
		}
		if it.Question[""] != other.Question[""] || it.Hint[""] != other.Hint[""] || it.Identifying != other.Identifying ||
			!it.Multiple && it.DataType != other.DataType || it.ReadOnly != other.ReadOnly || it.Note != other.Note {
			t.Errorf("%s is\n%+v\nin the project\n%+v", it.OID, it, other)
		}
		if it.Layout != nil && (other.Layout == nil || it.Layout.Control != other.Layout.Control || it.Layout.Matrix != other.Layout.Matrix) {
			t.Errorf("%s is shown as %+v, in the project as %+v", it.OID, it.Layout, other.Layout)
		}
		compared++
	}
	for _, c := range dictionary.Conditions {
		if other := project.Condition(c.OID); other == nil || other.Expressions[0].Code != c.Expressions[0].Code {
			t.Errorf("the condition %s is in the project %+v", c.OID, other)
		}
	}
	for _, m := range dictionary.Methods {
		if other := project.Method(m.OID); other == nil || other.Expressions[0].Code != m.Expressions[0].Code {
			t.Errorf("the method %s is in the project %+v", m.OID, other)
		}
	}
	if compared != 95 {
		t.Errorf("%d fields were compared", compared)
	}
}

func TestWhatAProjectSaysBeyondODM(t *testing.T) {
	t.Parallel()
	s, rep, err := redcap.ReadProject(bytes.NewReader(corpusFile(t, "redcap/redcapr_longitudinal_project_odm.xml")))
	if err != nil {
		t.Fatal(err)
	}
	want := odm.Inventory{Events: 12, Forms: 9, ItemGroups: 30, Items: 124, CodeLists: 70, Conditions: 2, Methods: 2, RangeChecks: 5, RulesKept: 4}
	if rep.Inventory != want || rep.Format != redcap.Project {
		t.Errorf("found %+v in %s", rep.Inventory, rep.Format)
	}
	v := s.Versions[0]
	x := v.Index()
	if w := x.Event("Event.dose_1_arm_1").Window; w == nil || w.Target != "P1D" || w.Before != "" {
		t.Errorf("the window of an event is %+v", w)
	}
	if it := x.Item("gym___2"); it.Prompt[""] != "Wednesday" || it.Layout.Matrix != "weekly_schedule" {
		t.Errorf("an option of a checkbox is %+v", it)
	}
	if c := x.Condition("branching.num_children").Expressions[0]; c.Context != redcap.Branching || c.Line < 300 {
		t.Errorf("a condition is %+v", c)
	}
	if d := v.Dangling(); len(d) > 0 {
		t.Errorf("dangling: %v", d)
	}

	r, _, err := redcap.ReadProject(bytes.NewReader(corpusFile(t, "redcap/redcapr_repeating_project_odm.xml")))
	if err != nil {
		t.Fatal(err)
	}
	if x := r.Versions[0].Index(); !x.Form("Form.bp").Repeating || x.Form("Form.demographics").Repeating {
		t.Error("the repeating instrument does not repeat, or the other does")
	}
}

// A project that is written as ODM, with its extensions, is the same project when it is read again.
func TestAProjectComesBackThroughODM(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"redcapr_longitudinal_project_odm.xml", "redcapr_repeating_project_odm.xml"} {
		s, _, err := redcap.ReadProject(bytes.NewReader(corpusFile(t, "redcap/"+file)))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := odm132.Write(&b, s, odm132.Options{FileOID: "F", Created: time.Unix(0, 0).UTC(), Extensions: true}); err != nil {
			t.Fatal(err)
		}
		again, _, err := redcap.ReadProject(&b)
		if err != nil {
			t.Fatal(err)
		}
		odmtest.Same(t, s, again)
	}
}

// A project becomes a dictionary: its checkboxes are one field again.
func TestAProjectIsWrittenAsADictionary(t *testing.T) {
	t.Parallel()
	s, _, err := redcap.ReadProject(bytes.NewReader(corpusFile(t, "redcap/redcapr_longitudinal_project_odm.xml")))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := redcap.Write(&b, s.Versions[0]); err != nil {
		t.Fatal(err)
	}
	v, rep := read(t, b.String())
	if rep.Inventory.Items != 95 || rep.Inventory.Conditions != 2 || rep.Inventory.Methods != 2 || rep.Inventory.RangeChecks != 5 {
		t.Errorf("found %+v", rep.Inventory)
	}
	if g := v.Index().Group("demographics.date_enrolled"); g == nil || g.Description[""] != "Consent Information" {
		t.Errorf("a section is %+v", g)
	}
	if l := v.Index().CodeList("gym.choices"); l == nil || len(l.Items) != 5 || l.Items[4].Decode[""] != "Friday" {
		t.Errorf("the choices of a checkbox are %+v", l)
	}
}

const dictionary = "\ufeff" + head +
	`id,intake,,text,"Record
number",,,,,,y,,y,,1,,,
born,intake,"About you",text,Born,,"as in the passport",date_dmy,1900-01-01,today,,,y,,,,,
sex,intake,,radio,Sex,"1, Female | 2, Male, or other | 3",,,,,,,,LV,,,,"@DEFAULT=""1"""
mood,intake,,checkbox,Mood,"1, Good | -2, Bad | 99, None",,,,,,[sex] = '1',,,,m1,,@NONEOFTHEABOVE=99
ok,intake,,yesno,OK?,,,,,,,,,,,,,@HIDDEN @TODAY
right,intake,,truefalse,Right?,,,,,,,,,,,,,
kg,intake,Measures,text,Weight,,,number_1dp,30,200.5,,,,,,,,
bmi,intake,,calc,BMI,[kg] / 2,,,,,,,,,,,,
pain,intake,,slider,Pain,none | some | all,,number,0,10,,,,,,,,
when,intake,,text,When,,,datetime_mdy,,,,,,,,,,
at,intake,,text,At,,,time,,,,,,,,,,
note,intake,,descriptive,Thank you,,,,,,,,,,,,,
site,intake,,sql,Site,select * from site,,,,,,,,,,,,
scan,intake,,file,Scan,,,signature,,,,,,,,,,
post,intake,,text,Postcode,,,postalcode_germany,,,,,,,,,,@READONLY
later,follow,,text,Later,,,integer,[kg],x,,,,,,,,
`

func TestWhatAFieldSays(t *testing.T) {
	t.Parallel()
	v, rep := read(t, dictionary)
	x := v.Index()
	refs := map[string]odm.Ref{}
	for _, g := range v.Groups {
		for _, r := range g.Items {
			refs[r.OID] = r
		}
	}
	if it := x.Item("id"); !it.Identifying || !refs["id"].Mandatory || it.Question[""] != "Record\nnumber" || it.Prefix != "1" {
		t.Errorf("id is %+v", it)
	}
	born := x.Item("born")
	if born.DataType != "date" || born.Hint[""] != "as in the passport" || len(born.Checks) != 2 || born.Checks[0].Values[0] != "1900-01-01" ||
		born.Checks[0].Hard || born.Checks[1].Expressions[0].Code != `[born] <= "today"` {
		t.Errorf("born is %+v", born)
	}
	if l := x.CodeList("sex.choices"); len(l.Items) != 3 || l.Items[1].Decode[""] != "Male, or other" || x.Item("sex").Layout.Align != "LV" ||
		!slices.Equal(x.Item("sex").Initial, []string{"1"}) {
		t.Errorf("sex is %+v, %+v", x.Item("sex"), l)
	}
	mood := x.Item("mood")
	if l := x.CodeList(mood.CodeList); !mood.Multiple || mood.Layout.Matrix != "m1" || l.Items[1].Code != "-2" || !l.Items[2].Exclusive ||
		x.Condition(refs["mood"].Hidden).Expressions[0].Code != "[sex] = '1'" {
		t.Errorf("mood is %+v, %+v", mood, l)
	}
	if it := x.Item("ok"); it.DataType != "boolean" || !it.Layout.Hidden || len(x.CodeList("ok.choices").Items) != 2 {
		t.Errorf("ok is %+v", it)
	}
	if it := x.Item("kg"); it.DataType != "float" || it.Digits != 1 || it.Checks[1].Values[0] != "200.5" {
		t.Errorf("kg is %+v", it)
	}
	if it := x.Item("bmi"); !it.ReadOnly || x.Method(refs["bmi"].Method).Expressions[0].Code != "[kg] / 2" {
		t.Errorf("bmi is %+v", it)
	}
	if a, b := x.Item("when"), x.Item("at"); a.DataType != "partialDatetime" || b.DataType != "partialTime" {
		t.Errorf("when is %+v, at is %+v", a, b)
	}
	if !x.Item("note").Note || x.Item("scan").Layout.Control != "signature" || !x.Item("post").ReadOnly {
		t.Error("a note, a signature or a read-only field is not one")
	}
	var groups []string
	for _, g := range v.Groups {
		groups = append(groups, fmt.Sprintf("%s (%s): %d", g.OID, g.Name, len(g.Items)))
	}
	if want := []string{"intake.id (intake): 1", "intake.born (About you): 5", "intake.kg (Measures): 9", "follow.later (follow): 1"}; !slices.Equal(groups, want) {
		t.Errorf("groups %v, want %v", groups, want)
	}
	want := []string{
		"row 4, column Choices, Calculations, OR Slider Labels (line 5): a choice without a label is its own label (true)",
		"row 6, column Field Annotation (line 7): the action tag @TODAY has no effect here (true)",
		"row 10, column Choices, Calculations, OR Slider Labels (line 11): the labels of a slider are not shown (true)",
		"row 14, column Field Type (line 15): the choices come from a query of REDCap's database, which is not run here (true)",
		"row 14, column Choices, Calculations, OR Slider Labels (line 15): what fills the list is kept (true)",
		"row 15, column Field Type (line 16): attachments are kept as the names of their files (true)",
		"row 16, column Text Validation Type OR Show Slider Number (line 17): the validation postalcode_germany is not applied (true)",
		"row 17, column Text Validation Max (line 18): a bound that is no value of the field is not applied (true)",
	}
	if got := told(rep); !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	same(t, v)
}

func TestADictionaryInAnotherDressIsRead(t *testing.T) {
	t.Parallel()
	v, rep := read(t, "VARIABLE / field name;Form Name;Field Type;Field Label;Choices OR Calculations;Mine;\na;f;radio;A;1, x;mine\n;;;;;\n"+
		"a;f;text;again;;\nb;;text;B;;;extra\nc;f;hologram;C;;\n")
	if len(v.Items) != 3 || len(v.Groups) != 1 || v.Items[0].Extra.Kept["redcap:Mine"] != "mine" {
		t.Errorf("read %+v", v)
	}
	want := []string{
		"row 1, column VARIABLE / field name (line 1): the column VARIABLE / field name is read as Variable / Field Name (true)",
		"row 2, column Mine (line 2): the column Mine has no effect here (true)",
		"row 4, column VARIABLE / field name (line 4): the variable a stands twice; the first is kept (false)",
		"row 5, column Form Name (line 5): a field without a form is read into the form of the row before (true)",
		"row 6, column Field Type (line 6): the type hologram is not known; it is read as text (true)",
	}
	if got := told(rep); !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestDictionariesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, code, place string }{
		"nothing":          {"", "odm.grid.empty", "line 1"},
		"other columns":    {"a,b\n1,2\n", "odm.grid.column", "line 1"},
		"no variable":      {head + ",f,,text,A\n", "odm.grid.name", "row 2, column Variable / Field Name"},
		"no form":          {head + "a,,,text,A\n", "odm.grid.name", "row 2, column Form Name"},
		"an open quote":    {head + "a,f,,text,\"A\n", "odm.grid.csv", "line 2"},
		"a quote within":   {head + "a,f,,text,A\"b\n", "odm.grid.csv", "line 2"},
		"another encoding": {head + "a,f,,text,\"A\nB\xe9\"\n", "odm.utf8", "line 2, row 2"},
		"a NUL":            {head + "a,f,,text,\x00\n", "odm.utf8", "line 2, row 2"},
		"too many columns": {head + "a" + strings.Repeat(",", 1001) + "\n", "odm.too_large", "line 2, row 2"},
	} {
		_, _, err := redcap.Read(strings.NewReader(c.file))
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Kind != casebook.Invalid || e.Code != c.code || e.Place != c.place {
			t.Errorf("%s: refused with %v, want %s at %s", name, err, c.code, c.place)
		}
	}
}

func TestADictionaryOfManyRowsIsReadWhole(t *testing.T) {
	t.Parallel()
	rows := 100_000
	if testing.Short() {
		rows = 5_000
	}
	var b strings.Builder
	b.WriteString(head)
	for n := range rows {
		fmt.Fprintf(&b, "v%d,f,,text,Question,,,integer,0,9,,[v%d] = 1,,,,,,\n", n, n-1)
	}
	v, _ := read(t, b.String())
	if len(v.Items) != rows || len(v.Conditions) != rows {
		t.Errorf("%d items, %d conditions", len(v.Items), len(v.Conditions))
	}
}

func TestWhatADictionaryCannotSay(t *testing.T) {
	t.Parallel()
	s := odmtest.Full()
	var b bytes.Buffer
	losses, err := redcap.Write(&b, s.Versions[len(s.Versions)-1])
	if err != nil || len(losses) == 0 {
		t.Fatalf("written with %v, %v", losses, err)
	}
	for _, l := range losses {
		if l.Place == "" || l.What == "" {
			t.Errorf("a loss that nobody can find: %+v", l)
		}
	}
	if _, _, err := redcap.Read(&b); err != nil {
		t.Errorf("what was written is refused: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(dictionary)
	f.Add(head + "a,f,,checkbox,A,\"1, x | 2, y\",,,,,,[a(1)] = '1'\n")
	f.Add("Form,Section,Variable,Type,Question,Answer Options,Validation,Minimum,Maximum,List\nf,s,v,user_list,Q,,,,today,l\n")
	f.Fuzz(func(t *testing.T, file string) {
		s, _, err := redcap.Read(strings.NewReader(file))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if d := s.Versions[0].Dangling(); len(d) > 0 {
			t.Fatalf("dangling: %v", d)
		}
		var b bytes.Buffer
		if _, err := redcap.Write(&b, s.Versions[0]); err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		if _, _, err := redcap.Read(&b); err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
	})
}

func FuzzReadProject(f *testing.F) {
	f.Add([]byte(`<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:redcap="https://projectredcap.org" ODMVersion="1.3.1" FileOID="F">` +
		`<Study OID="S"><GlobalVariables><StudyName>s</StudyName><StudyDescription/><ProtocolName/><redcap:RepeatingInstrument ` +
		`redcap:RepeatInstrument="f"/></GlobalVariables><MetaDataVersion OID="M" Name="m"><FormDef OID="Form.f" Name="f" Repeating="No">` +
		`<ItemGroupRef ItemGroupOID="g" Mandatory="No"/></FormDef><ItemGroupDef OID="g" Name="g" Repeating="No"><ItemRef ItemOID="i___1" ` +
		`Mandatory="No"/></ItemGroupDef>` + "\n" + `<ItemDef OID="i___1" Name="i" DataType="boolean" redcap:FieldType="checkbox" ` +
		`redcap:BranchingLogic="[x]=1" redcap:Calculation="1"/></MetaDataVersion></Study></ODM>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, rep, err := redcap.ReadProject(bytes.NewReader(file))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		for _, l := range rep.Losses {
			if l.What == "" {
				t.Fatalf("a loss of nothing: %+v", l)
			}
		}
		for _, v := range s.Versions {
			if _, err := redcap.Write(&bytes.Buffer{}, v); err != nil {
				t.Fatal(err)
			}
		}
	})
}
