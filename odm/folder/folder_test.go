package folder_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
	"casebook/odm/folder"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
)

func files(t testing.TB, s *odm.Study) map[string][]byte {
	t.Helper()
	f, err := folder.Files(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func single(t testing.TB, s *odm.Study) string {
	t.Helper()
	var b bytes.Buffer
	if err := folder.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheFullStudyComesBackTheSame(t *testing.T) {
	t.Parallel()
	s, rep, err := folder.FromFiles(files(t, odmtest.Full()))
	if err != nil || len(rep.Losses) > 0 {
		t.Fatal(err, rep)
	}
	odmtest.Same(t, odmtest.Full(), s)
	one := single(t, odmtest.Full())
	if s, _, err = folder.Read(strings.NewReader(one)); err != nil {
		t.Fatal(err)
	}
	odmtest.Same(t, odmtest.Full(), s)
	if again := single(t, s); again != one {
		t.Error("the same study gives other bytes")
	}
}

func TestARealStudyComesBackTheSameToTheLastExtension(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"odm/viedoc_phase2_template_studydesign.xml", "redcap/redcapr_longitudinal_project_odm.xml"} {
		b, err := os.ReadFile(odmtest.Corpus(t, "../..", "edc/"+name))
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := odm132.Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := folder.Read(strings.NewReader(single(t, s)))
		if err != nil {
			t.Fatal(err)
		}
		odmtest.Same(t, s, again)
		if s.Versions[0].Hash() != again.Versions[0].Hash() {
			t.Errorf("%s has another hash", name)
		}
	}
}

func TestAFormHasOneFileAndAChangeStaysInIt(t *testing.T) {
	t.Parallel()
	before := files(t, odmtest.Full())
	if before["versions/V.2/forms/F.A.json"] == nil || before["versions/V.2/forms/F.B.json"] == nil {
		t.Fatalf("the files are %d others", len(before))
	}
	changed := odmtest.Full()
	changed.Versions[1].Items[4].Question = odm.Text{"en": "How heavy are you?"} // WEIGHT, which only F.A asks
	after := files(t, changed)
	for path := range before {
		if other := !bytes.Equal(before[path], after[path]); other != (path == "versions/V.2/forms/F.A.json") {
			t.Errorf("%s: changed %v", path, other)
		}
	}
	lines := 0
	a, b := strings.Split(string(before["versions/V.2/forms/F.A.json"]), "\n"), strings.Split(string(after["versions/V.2/forms/F.A.json"]), "\n")
	for i := range a {
		if a[i] != b[i] {
			lines++
		}
	}
	if len(a) != len(b) || lines != 1 {
		t.Errorf("one changed text changes %d lines", lines)
	}
}

func TestBadTextIsRefusedWithItsFileAndLine(t *testing.T) {
	t.Parallel()
	one := single(t, odmtest.Full())
	for what, c := range map[string]struct{ file, code, place string }{
		"no header":        {strings.TrimPrefix(one, folder.Header), "odm.text.header", "line 1"},
		"no study":         {folder.Header + "-- a.txt --\n", "odm.text.no_study", "study.json"},
		"text outside":     {folder.Header + "hello\n", "odm.text.outside", "line 2"},
		"text before":      {folder.Header + "hello\n-- a --\n", "odm.text.outside", "line 2"},
		"a file twice":     {folder.Header + "-- a --\n-- a --\n", "odm.text.twice", "line 3"},
		"a misspelt name":  {strings.Replace(one, `"question": {`, `"qestion": {`, 1), "odm.text.json", "versions/V.2/forms/F.A.json, line"},
		"a wrong case":     {strings.Replace(one, `"dataType":`, `"datatype":`, 1), "odm.text.json", "versions/V.2/forms/F.A.json, line"},
		"no JSON":          {strings.Replace(one, `"question": {`, `"question" {`, 1), "odm.text.json", "versions/V.2/forms/F.A.json, line"},
		"no UTF-8":         {strings.Replace(one, "How are you?", "How\xff", 1), "odm.text.json", "versions/V.2/"},
		"a dangling item":  {strings.Replace(one, `"oid": "WEIGHT"`, `"oid": "NONE"`, 1), "odm.dangling_reference", "versions/V.2/forms/F.A.json, line"},
		"an unknown type":  {strings.Replace(one, `"dataType": "text"`, `"dataType": "colour"`, 1), "odm.value_type", "versions/V.2/"},
		"a number in text": {strings.Replace(one, `"dataType": "text"`, `"dataType": 5`, 1), "odm.text.json", "versions/V.2/"},
		"an OID twice":     {strings.Replace(one, `"oid": "M.PRE",`, `"oid": "M.OTHER",`, 1), "odm.duplicate_oid", "versions/V.2/"},
		"a missing file":   {strings.Replace(one, "-- versions/V.2/version.json --", "-- elsewhere --", 1), "odm.text.no_study", "study.json"},
	} {
		_, _, err := folder.Read(strings.NewReader(c.file))
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Kind != casebook.Invalid || e.Code != c.code || !strings.HasPrefix(e.Place, c.place) {
			t.Errorf("%s: refused with %v at %v, want %s at %s", what, err, e, c.code, c.place)
		}
	}
	twice := odmtest.Full()
	twice.Versions[1].Items[1].OID = "MOOD"
	if _, err := folder.Files(twice); err == nil {
		t.Error("a study with one OID twice is written")
	}
}

func TestAFileThatIsNoPartOfAStudyIsTold(t *testing.T) {
	t.Parallel()
	f := files(t, odmtest.Full())
	f["versions/V.2/notes.txt"] = []byte("remember")
	_, rep, err := folder.FromFiles(f)
	if err != nil || len(rep.Losses) != 1 || rep.Losses[0].Place != "versions/V.2/notes.txt" {
		t.Errorf("%v, %+v", err, rep)
	}
}

// FuzzRead wants of any text: no panic, a refusal of kind Invalid with a place, and of what is read that it comes back
// the same.
func FuzzRead(f *testing.F) {
	f.Add(single(f, odmtest.Full()))
	f.Add(folder.Header + "-- study.json --\n{\"oid\": \"S\", \"versions\": [\"v\"]}\n-- versions/v/version.json --\n{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, _, err := folder.Read(strings.NewReader(text))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		again, _, err := folder.Read(strings.NewReader(single(t, s)))
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		odmtest.Same(t, s, again)
	})
}
