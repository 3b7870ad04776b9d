package xlsform_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/odm/odmtest"
	"casebook/odm/xlsform"

	"github.com/xuri/excelize/v2"
)

// corpus returns the path of a form that somebody else made, or skips the test.
func corpus(t testing.TB, name string) string { return odmtest.Corpus(t, "../..", name) }

func readFile(t testing.TB, name string) (*odm.Study, *odm.Report) {
	t.Helper()
	b, err := os.ReadFile(corpus(t, name))
	if err != nil {
		t.Fatal(err)
	}
	s, rep, err := xlsform.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s, rep
}

// sheets is a workbook as a test writes it: each sheet's rows, cells apart by |.
type sheets map[string]string

func (s sheets) file(t testing.TB) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for _, name := range []string{"survey", "choices", "settings", "Survey", "notes"} {
		rows, ok := s[name]
		if !ok {
			continue
		}
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(strings.TrimSpace(rows), "\n") {
			cells := strings.Split(line, "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", n+1), &cells); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (s sheets) read(t testing.TB) (*odm.Version, *odm.Report) {
	t.Helper()
	study, rep, err := xlsform.Read(bytes.NewReader(s.file(t)))
	if err != nil {
		t.Fatal(err)
	}
	return study.Versions[0], rep
}

// real are forms that others made, and what is in them, as counted in the sheets.
var real = []struct {
	file   string
	want   odm.Inventory
	losses int // lines of the report
}{
	{"edc/xlsform/pyxform_xlsform_spec_test.xlsx", odm.Inventory{Forms: 1, ItemGroups: 6, Items: 46, CodeLists: 2,
		Conditions: 2, Methods: 1, RangeChecks: 2, RulesKept: 5}, 16},
	{"epro/xlsform-all-question-types.xlsx", odm.Inventory{Forms: 1, ItemGroups: 12, Items: 85, CodeLists: 7,
		RangeChecks: 12}, 8},
	{"epro/xlsform-socio-economic.xlsx", odm.Inventory{Forms: 1, ItemGroups: 6, Items: 17, CodeLists: 30,
		Conditions: 4, Methods: 1, RangeChecks: 3, RulesKept: 8}, 2},
}

func TestRealFormsAreReadWhole(t *testing.T) {
	t.Parallel()
	for _, c := range real {
		t.Run(filepath.Base(c.file), func(t *testing.T) {
			t.Parallel()
			s, rep := readFile(t, c.file)
			if rep.Inventory != c.want || len(rep.Losses) != c.losses {
				t.Errorf("found %+v with %d losses, want %+v with %d", rep.Inventory, len(rep.Losses), c.want, c.losses)
			}
			for _, l := range rep.Losses {
				t.Logf("%s, line %d: %s (kept %v)", l.Place, l.Line, l.What, l.Kept)
				if l.Line == 0 || l.Place == "" || l.What == "" {
					t.Errorf("a loss without place: %+v", l)
				}
			}
			if d := s.Versions[0].Dangling(); len(d) > 0 {
				t.Errorf("dangling: %v", d)
			}
		})
	}
}

func TestRealFormsComeBackTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range real {
		t.Run(filepath.Base(c.file), func(t *testing.T) {
			t.Parallel()
			s, _ := readFile(t, c.file)
			same(t, s)
		})
	}
}

// same writes and reads a study that an XLSForm can say, and wants it back as it was.
func same(t testing.TB, s *odm.Study) {
	t.Helper()
	var b bytes.Buffer
	losses, err := xlsform.Write(&b, s.Versions[0], "")
	if err != nil || len(losses) > 0 {
		t.Fatalf("written with %v, %v", losses, err)
	}
	again, _, err := xlsform.Read(&b)
	if err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	if again.OID != s.OID || again.Name != s.Name {
		t.Errorf("the study %s, %s comes back as %s, %s", s.OID, s.Name, again.OID, again.Name)
	}
	if again.Versions[0].Hash() != s.Versions[0].Hash() {
		differ(t, s.Versions[0], again.Versions[0])
	}
}

func differ(t testing.TB, a, b *odm.Version) {
	t.Helper()
	for i := range a.Items {
		if i < len(b.Items) && fmt.Sprintf("%+v", a.Items[i]) != fmt.Sprintf("%+v", b.Items[i]) {
			t.Errorf("item\n%+v\ncomes back as\n%+v", a.Items[i], b.Items[i])
			return
		}
	}
	t.Errorf("the definition\n%+v\ncomes back as\n%+v", a, b)
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	v, _ := sheets{
		"survey": `type|name|label::English (en)|label::中文 (zh-CN)|hint:French|constraint|constraint_message::English (en)|constraint_message::中文 (zh-CN)
			integer|age|Age|年龄|Âge|. > 0|must be positive|必须为正数`,
		"settings": "form_id|form_title|default_language\nf|Form|English (en)",
	}.read(t)
	it := v.Items[0]
	if it.Question["en"] != "Age" || it.Question["zh-CN"] != "年龄" || it.Hint["fr"] != "Âge" {
		t.Errorf("texts %+v %+v", it.Question, it.Hint)
	}
	if m := it.Checks[0].Message; m["en"] != "must be positive" || m["zh-CN"] != "必须为正数" || !it.Checks[0].Hard {
		t.Errorf("check %+v", it.Checks[0])
	}
}

func TestGroupsStandWhereTheyAreAsked(t *testing.T) {
	t.Parallel()
	s := sheets{"survey": `type|name|label|relevant|repeat_count
		text|first|First||
		begin_group|outer|Outer|${first} = 'x'|
		text|a|A||
		begin repeat|inner|Inner||3
		text|b|B||
		end repeat||||
		text|c|C||
		end group||||
		begin_repeat|visits|Visits||\${n}
		integer|n|N||
		end_repeat||||
		text|last|Last||`, "settings": "form_id\nf"}
	s["survey"] = strings.ReplaceAll(s["survey"], `\$`, "$")
	v, rep := s.read(t)
	var got []string
	for _, r := range v.Forms[0].Groups {
		got = append(got, fmt.Sprintf("%s in %q at %d hidden by %q", r.OID, r.Within, r.Place, r.Hidden))
	}
	want := []string{`f.root in "" at 0 hidden by ""`, `outer in "f.root" at 2 hidden by "relevant.outer"`, `inner in "outer" at 2 hidden by ""`,
		`visits in "f.root" at 3 hidden by ""`}
	if !slices.Equal(got, want) {
		t.Errorf("groups\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	x := v.Index()
	if g := x.Group("inner"); !g.Repeating || g.Occurs != (odm.Occurs{Min: 3, Max: 3}) {
		t.Errorf("the repeat %+v", g)
	}
	if m := x.Method(x.Group("visits").Count); m == nil || m.Expressions[0].Code != "${n}" {
		t.Errorf("the number of repeats %+v", m)
	}
	if refs := x.Group("f.root").Items; len(refs) != 2 || refs[1].OID != "last" || refs[1].Order != 4 {
		t.Errorf("outside all groups %+v", refs)
	}
	if len(rep.Losses) > 0 {
		t.Errorf("losses %v", rep.Losses)
	}
}

func TestWhatAQuestionSays(t *testing.T) {
	t.Parallel()
	v, rep := sheets{
		"survey": `type|name|label|required|read_only|default|calculation|appearance|choice_filter|guidance_hint|rows|image|parameters
			select_one yn or_other|a|A|yes|||||||||
			select_multiple yn|b|B|$$a = '1'|yes|1 0|||yes = 1||||
			calculate|c|||||$$a||||||
			date|d|D|||today()||month-year|||||
			text|e|E||no|e||multiline||help|5|e.png|
			range|r|R||||||||||start=0;end=2;step=0.5
			select_one_from_file far.csv|f|F||||||||||
			select_one nowhere|n|N||||||||||
			rank yn|k|K||||||||||
			hologram|h|H||||||||||`,
		"choices": "list_name|name|label|score|media::image\nyn|1|Yes|2.5|y.png\nyn|0|No||\n|x||\nyn|1|again||",
	}.read(t)
	x := v.Index()
	refs := map[string]odm.Ref{}
	for _, r := range v.Groups[0].Items {
		refs[r.OID] = r
	}
	if a := x.Item("a"); !a.Open || a.Multiple || a.CodeList != "CL.yn" || !refs["a"].Mandatory {
		t.Errorf("a is %+v, %+v", a, refs["a"])
	}
	if b := x.Item("b"); !b.Multiple || !b.ReadOnly || !slices.Equal(b.Initial, []string{"1", "0"}) ||
		x.Condition(refs["b"].MandatoryWhen) == nil || b.Extra.Kept["xlsform:choice_filter"] != "yes = 1" {
		t.Errorf("b is %+v, %+v", b, refs["b"])
	}
	if c := x.Item("c"); !c.Layout.Hidden || x.Method(refs["c"].Method) == nil {
		t.Errorf("c is %+v, %+v", c, refs["c"])
	}
	if d := x.Item("d"); d.DataType != "date" || d.Layout.Control != "calendar" || x.Method(refs["d"].Initial).Expressions[0].Code != "today()" {
		t.Errorf("d is %+v, %+v", d, refs["d"])
	}
	if e := x.Item("e"); e.Layout.Control != "textarea" || e.Layout.Rows != 5 || e.Description[""] != "help" || e.Initial[0] != "e" ||
		e.Extra.Kept["xlsform:media::image"] != "e.png" || e.ReadOnly {
		t.Errorf("e is %+v", e)
	}
	if r := x.Item("r"); r.DataType != "float" || len(r.Checks) != 2 || r.Checks[0].Values[0] != "0" || r.Checks[1].Values[0] != "2" {
		t.Errorf("r is %+v", r)
	}
	if l := x.CodeList("CL.yn"); len(l.Items) != 2 || l.Items[0].Weight != "2.5" || l.Items[0].Extra.Kept["xlsform:media::image"] != "y.png" {
		t.Errorf("the list is %+v", l)
	}
	told := ""
	for _, l := range rep.Losses {
		told += fmt.Sprintf("%s: %s (%v)\n", l.Place, l.What, l.Kept)
	}
	for _, want := range []string{
		"choices!B4: a choice without the name of its list, or without its own (false)",
		"choices!B5: the choice 1 stands twice in yn; the first is kept (false)",
		"choices!E2: media files are named, and not carried over; 2 times, first here (true)",
		"survey!I3: a choice filter is not applied: all choices are offered (true)",
		"survey!M7: the step of a range is not enforced (true)",
		"survey!A8: the choices stand in the file far.csv, which is not carried over (true)",
		"survey!A9: there is no list nowhere; any answer is taken (true)",
		"survey!A10: the order of ranked choices is kept",
		"survey!A11: the type hologram is not known; it is read as text (true)",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the report does not say %q:\n%s", want, told)
		}
	}
}

func TestNamesInAnotherCaseAreReported(t *testing.T) {
	t.Parallel()
	v, rep := sheets{
		"Survey": "Type|NAME|Label|label\nInteger|a|A|\ntext|a|again|\nnote||only shown|",
		"notes":  "to whom it may concern",
	}.read(t)
	if len(v.Items) != 3 || v.Items[1].OID != "form.a" || v.Items[2].OID != "generated_note_name_4" || !v.Items[2].Note {
		t.Errorf("items %+v", v.Items)
	}
	var told []string
	for _, l := range rep.Losses {
		told = append(told, fmt.Sprintf("%s: %s (%v)", l.Place, l.What, l.Kept))
	}
	want := []string{
		"Survey: the sheet is read as survey (true)", "notes: the sheet is not read (false)",
		"Survey!A1: the column Type is read as type (true)", "Survey!B1: the column NAME is read as name (true)",
		"Survey!C1: the column Label is read as label (true)", "Survey!D1: a second column label; the first is read (false)",
		"Survey!B3: the name a is there already; here it is form.a (true)",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	t.Parallel()
	good := sheets{"survey": "type|name\ntext|a"}.file(t)
	for name, c := range map[string]struct {
		file        []byte
		code, place string
	}{
		"no zip":           {[]byte("type,name\n"), "odm.grid.xlsx", "file"},
		"nothing":          {nil, "odm.grid.xlsx", "file"},
		"half a zip":       {good[:len(good)/2], "odm.grid.xlsx", "file"},
		"another zip":      {zipped(t, "a.txt", []byte("x")), "odm.grid.xlsx", "file"},
		"a bomb":           {sized(t, 1<<20, 1<<31), "odm.too_large", "file, part xl/workbook.xml"},
		"no survey":        {sheets{"choices": "list_name|name\na|b"}.file(t), "odm.grid.sheet", "file"},
		"no type":          {sheets{"survey": "name|label\na|b"}.file(t), "odm.grid.column", "survey!A1"},
		"no name":          {sheets{"survey": "type|name\ntext|"}.file(t), "odm.grid.name", "survey!B2"},
		"an end alone":     {sheets{"survey": "type|name\ntext|a\nend group|"}.file(t), "odm.grid.end", "survey!A3"},
		"ends that cross":  {sheets{"survey": "type|name\nbegin group|g\nend repeat|"}.file(t), "odm.grid.crossed", "survey!A3"},
		"no end":           {sheets{"survey": "type|name\nbegin group|g\ntext|a"}.file(t), "odm.grid.unclosed", "survey!A2"},
		"too deep":         {sheets{"survey": "type|name" + strings.Repeat("\nbegin group|g", 70)}.file(t), "odm.too_deep", "survey!A66"},
		"a bomb that lies": {sized(t, 20<<20, 100), "odm.grid.xlsx", "file"},
	} {
		_, _, err := xlsform.Read(bytes.NewReader(c.file))
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Kind != casebook.Invalid || e.Code != c.code || c.place != "" && e.Place != c.place {
			t.Errorf("%s: refused with %v, want %s at %s", name, err, c.code, c.place)
		}
	}
}

func zipped(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sized is an archive with a part of so many bytes whose directory says something else.
func sized(t testing.TB, size, said int) []byte {
	t.Helper()
	b := zipped(t, "xl/workbook.xml", make([]byte, size))
	at := bytes.LastIndex(b, []byte("PK\x01\x02")) // the entry in the directory
	binary.LittleEndian.PutUint32(b[at+24:], uint32(said))
	return b
}

func TestAFormOfManyRowsIsReadWhole(t *testing.T) {
	t.Parallel()
	s, _, err := xlsform.Read(bytes.NewReader(long(t, 5_000)))
	if err != nil || len(s.Versions[0].Items) != 5_000 || len(s.Versions[0].Conditions) != 5_000 {
		t.Errorf("%v", err)
	}
}

func BenchmarkReadAHundredThousandRows(b *testing.B) {
	file := long(b, 100_000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := xlsform.Read(bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

// long is a form of so many questions, each shown after an answer to the one before it.
func long(t testing.TB, questions int) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", "survey"); err != nil {
		t.Fatal(err)
	}
	w, err := f.NewStreamWriter("survey")
	if err != nil {
		t.Fatal(err)
	}
	for n := range questions + 1 {
		cells := []any{"integer", fmt.Sprintf("q%d", n), "Question", fmt.Sprintf("${q%d} = 1", n-1)}
		if n == 0 {
			cells = []any{"type", "name", "label", "relevant"}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", n+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzRead(f *testing.F) {
	f.Add(sheets{"survey": "type|name|label\ntext|a|A\nselect_one l|b|B", "choices": "list_name|name\nl|1"}.file(f))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, _, err := xlsform.Read(bytes.NewReader(file))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		roundTrip(t, s)
	})
}

// FuzzSheet damages what stands in the cells rather than the archive around them.
func FuzzSheet(f *testing.F) {
	f.Add("type|name|label::English (en)|relevant|constraint\ntext|a|A|$$b = 1|. > 1\nbegin_repeat|r|||\nselect_multiple l or_other|b|B||\nend_repeat||||",
		"list_name|name|label|weight|x\nl|1|One|2|y")
	f.Add("type|name|required|default|repeat_count\nrange|a|yes|1|\nnote|||", "")
	f.Fuzz(func(t *testing.T, survey, choices string) {
		if len(survey)+len(choices) > 2_000 {
			return
		}
		s, _, err := xlsform.Read(bytes.NewReader(sheets{"survey": survey, "choices": choices}.file(t)))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		roundTrip(t, s)
	})
}

// roundTrip wants of whatever was read that it can be written and read again.
func roundTrip(t testing.TB, s *odm.Study) {
	t.Helper()
	if d := s.Versions[0].Dangling(); len(d) > 0 {
		t.Fatalf("dangling: %v", d)
	}
	var b bytes.Buffer
	if _, err := xlsform.Write(&b, s.Versions[0], ""); err != nil {
		t.Fatalf("read, but not written: %v", err)
	}
	again, _, err := xlsform.Read(&b)
	if err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	if len(again.Versions[0].Items) != len(s.Versions[0].Items) {
		t.Fatalf("%d items come back as %d", len(s.Versions[0].Items), len(again.Versions[0].Items))
	}
}
