package instrument_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook"
	"casebook/check"
	"casebook/epro/instrument"
	"casebook/odm"
	"casebook/odm/folder"
	"casebook/record"
)

func definition(t *testing.T, oid string) (*odm.Study, *odm.Version) {
	t.Helper()
	s, err := instrument.Definition(oid)
	if err != nil {
		t.Fatal(err)
	}
	return s, s.Versions[0]
}

func TestTheLibraryIsReadyForUse(t *testing.T) {
	t.Parallel()
	all, err := instrument.All()
	if err != nil || len(all) != 4 {
		t.Fatalf("%d instruments, %v", len(all), err)
	}
	want := map[string]string{"CB.PAIN": "7 questions, 1 scores, 1 alerts", "CB.SYMPTOMS": "10 questions, 2 scores, 1 alerts",
		"CB.MOOD": "9 questions, 1 scores, 1 alerts", "CB.QOL": "12 questions, 5 scores, 0 alerts"}
	for _, in := range all {
		if got := fmt.Sprintf("%d questions, %d scores, %d alerts", in.Questions, len(in.Scores), len(in.Alerts)); got != want[in.OID] {
			t.Errorf("%s has %s", in.OID, got)
		}
		if in.Licence != "Apache-2.0" || in.Copyright["en"] == "" || in.Copyright["zh-CN"] == "" || in.About == "" || in.Version != "1.0" {
			t.Errorf("%s does not say under what it is used: %+v", in.OID, in)
		}
		for _, lang := range []string{"en", "zh-CN"} {
			if in.Approved(lang) {
				t.Errorf("%s: nobody has approved the wording in %s", in.OID, lang)
			}
		}
		if len(in.Translations) != 2 {
			t.Errorf("%s: the translations are %v", in.OID, in.Translations)
		}
		for _, a := range in.Alerts {
			if a.When == "" || a.Text["zh-CN"] == "" || a.Text["en"] == "" {
				t.Errorf("%s: the alert %+v", in.OID, a)
			}
		}
	}
	if crisis := all[2].Alerts[0].Crisis; crisis["en"] == "" || crisis["zh-CN"] == "" {
		t.Errorf("the screener has no crisis text: %v", crisis)
	}
}

// Every text that a patient reads is there in both languages; every rule runs; nothing dangles.
func TestEveryTextIsThereInBothLanguages(t *testing.T) {
	t.Parallel()
	all, err := instrument.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range all {
		_, v := definition(t, in.OID)
		ask := func(what string, text odm.Text) {
			if text["en"] == "" || text["zh-CN"] == "" || len(text) != 2 {
				t.Errorf("%s, %s: %v", in.OID, what, text)
			}
		}
		ask("title", v.Forms[0].Description)
		for _, g := range v.Groups {
			ask(g.OID, g.Description)
		}
		for _, it := range v.Items {
			ask(it.OID, it.Question)
			if len(it.Hint) > 0 {
				ask(it.OID+" hint", it.Hint)
			}
			for _, c := range it.Checks {
				if len(c.Message) > 0 {
					ask(it.OID+" message", c.Message)
				}
			}
		}
		for _, l := range v.CodeLists {
			for _, c := range l.Items {
				ask(l.OID+" "+c.Code, c.Decode)
			}
		}
		if kept := record.Compile(v, 1).Kept; len(kept) > 0 || len(v.Dangling()) > 0 {
			t.Errorf("%s: %v do not run, %v dangle", in.OID, kept, v.Dangling())
		}
	}
}

// The files are written as our text form writes them, so that a change is a small difference.
func TestTheFilesAreInTheirCanonicalForm(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("library/*.casebook")
	if err != nil || len(files) != 4 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, report, err := folder.Read(bytes.NewReader(text))
		if err != nil || len(report.Losses) > 0 {
			t.Fatalf("%s: %v, %v", file, err, report)
		}
		var again bytes.Buffer
		if err := folder.Write(&again, s); err != nil || !bytes.Equal(again.Bytes(), text) {
			t.Errorf("%s is not as it would be written (%v)", file, err)
		}
	}
}

// Scores of answers that were counted by hand.
func TestScoresCountedByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ oid, answers, item, want string }{
		// mean of the two ratings; both are needed
		{"CB.PAIN", "WORST=8 MOSTLY=5", "PAIN.SCORE", "6.5"},
		{"CB.PAIN", "WORST=8", "PAIN.SCORE", ""},
		{"CB.PAIN", "WORST=7 TOOK=false", "PAIN.ALERT", "true"},
		{"CB.PAIN", "WORST=7 TOOK=true", "PAIN.ALERT", "false"},
		{"CB.PAIN", "WORST=6 TOOK=false", "PAIN.ALERT", "false"},
		// 1+2+0+3+0+1+4+0 = 11
		{"CB.SYMPTOMS", "TIRED=1 SICK=2 APPETITE=0 BREATH=3 COUGH=0 DIZZY=1 SLEEP=4 BOWELS=0", "SYM.BURDEN", "11"},
		// 1+2+0+3+0+1 = 7 of six: 7 × 8 ÷ 6 = 9.33…
		{"CB.SYMPTOMS", "TIRED=1 SICK=2 APPETITE=0 BREATH=3 COUGH=0 DIZZY=1", "SYM.BURDEN", "9.3"},
		{"CB.SYMPTOMS", "TIRED=1 SICK=2 APPETITE=0 BREATH=3 COUGH=0", "SYM.BURDEN", ""},
		{"CB.SYMPTOMS", "TIRED=1 SICK=2 APPETITE=0 BREATH=3 COUGH=0", "SYM.WORST", "3"},
		{"CB.SYMPTOMS", "TIRED=4", "SYM.ALERT", "true"},
		{"CB.SYMPTOMS", "TIRED=3 TEMP=38.5", "SYM.ALERT", "true"},
		{"CB.SYMPTOMS", "TIRED=3 TEMP=38.4", "SYM.ALERT", "false"},
		{"CB.SYMPTOMS", "TIRED=3", "SYM.ALERT", "false"},
		// 1+2+3+0+1+2+3+0+0 = 12
		{"CB.MOOD", "1=1 2=2 3=3 4=0 5=1 6=2 7=3 8=0 9=0", "MOOD.SCORE", "12"},
		{"CB.MOOD", "1=3 2=3 3=3 4=3 5=3 6=3 7=3 8=3 9=3", "MOOD.SCORE", "27"},
		// 1+2+3+0+1+2+3 = 12 of seven: 12 × 9 ÷ 7 = 15.43
		{"CB.MOOD", "1=1 2=2 3=3 4=0 5=1 6=2 7=3", "MOOD.SCORE", "15.4"},
		{"CB.MOOD", "1=1 2=2 3=3 4=0 5=1 6=2", "MOOD.SCORE", ""},
		{"CB.MOOD", "9=0", "MOOD.ALERT", "false"},
		{"CB.MOOD", "9=1", "MOOD.ALERT", "true"},
		{"CB.MOOD", "1=3 2=3", "MOOD.ALERT", ""},
		// body: 4, 5, reversed 2 → 4, 3: mean 4, (4 − 1) × 25 = 75
		{"CB.QOL", "1=4 2=5 3=2 4=3", "QOL.BODY", "75"},
		// two of four: 4, reversed 2 → 4: mean 4
		{"CB.QOL", "1=4 3=2", "QOL.BODY", "75"},
		{"CB.QOL", "1=4", "QOL.BODY", ""},
		// day: 1, reversed 5 → 1, 1: 0
		{"CB.QOL", "5=1 6=5 7=1", "QOL.DAY", "0"},
		// others: 3 alone, half of two
		{"CB.QOL", "8=3", "QOL.PEOPLE", "50"},
		// inside: 5, reversed 1 → 5, 4: mean 14 ÷ 3 = 4.667, × 25 from 3.667 = 91.67
		{"CB.QOL", "10=5 11=1 12=4", "QOL.HEART", "91.7"},
		// the whole: 75, 0, 50 and 91.7: 216.7 ÷ 4 = 54.175, half away from zero to one place
		{"CB.QOL", "1=4 2=5 3=2 4=3 5=1 6=5 7=1 8=3 10=5 11=1 12=4", "QOL.SCORE", "54.2"},
		// three parts suffice: 75, 0, 50: 41.67
		{"CB.QOL", "1=4 2=5 3=2 4=3 5=1 6=5 7=1 8=3", "QOL.SCORE", "41.7"},
		{"CB.QOL", "1=4 2=5 3=2 4=3 5=1 6=5 7=1", "QOL.SCORE", ""},
	} {
		_, v := definition(t, c.oid)
		if got := computed(t, v, c.answers, c.item); got != c.want {
			t.Errorf("%s, %s: %s is %q, want %q", c.oid, c.answers, c.item, got, c.want)
		}
	}
}

// computed is the outcome of an item's method, and of those that it needs.
func computed(t *testing.T, v *odm.Version, answers, item string) string {
	t.Helper()
	prefix := item[:strings.IndexByte(item, '.')+1]
	given := map[string]string{}
	for _, a := range strings.Fields(answers) {
		name, value, _ := strings.Cut(a, "=")
		given[prefix+name] = value
	}
	x := v.Index()
	types := map[odm.DataType]check.Type{"integer": check.Number, "float": check.Number, "boolean": check.Bool, "text": check.Text}
	p, err := check.Compile(x.Method(item + ".M").Expressions[0].Code, check.Scope{Item: func(name string) (check.Type, bool) {
		it := x.Item(name)
		if it == nil {
			return check.Untyped, false
		}
		return types[it.DataType], true
	}})
	if err != nil {
		t.Fatal(err)
	}
	var in check.Input
	for _, ref := range p.Refs() {
		text := given[ref.Name]
		if x.Method(ref.Name+".M") != nil {
			text = computed(t, v, answers, ref.Name)
		}
		value, ok := check.ParseValue(ref.Type, text)
		if !ok {
			t.Fatalf("%s is no %v", text, ref.Type)
		}
		in.Values = append(in.Values, value)
	}
	out, _ := p.Eval(in)
	return out.String()
}

func TestAnInstrumentBecomesPartOfAStudy(t *testing.T) {
	t.Parallel()
	_, mood := definition(t, "CB.MOOD")
	_, pain := definition(t, "CB.PAIN")
	study := &odm.Version{OID: "1", Name: "S", Events: []odm.Event{{OID: "E.1", Forms: []odm.Ref{{OID: "F.1", Order: 4}}}},
		Forms: []odm.Form{{OID: "F.1", Name: "One"}}}
	one, err := instrument.Add(study, mood, "E.1")
	if err != nil {
		t.Fatal(err)
	}
	two, err := instrument.Add(one, pain)
	if err != nil {
		t.Fatal(err)
	}
	if e := two.Events[0].Forms; len(e) != 2 || e[1].OID != "CB.MOOD" || e[1].Order != 5 || len(two.Forms) != 3 || len(two.Items) != 11+9 {
		t.Errorf("the study is now %+v", two)
	}
	if len(two.Dangling()) > 0 || len(record.Compile(two, 1).Kept) > 0 {
		t.Errorf("something dangles or does not run: %v", two.Dangling())
	}
	if len(study.Forms) != 1 || len(study.Events[0].Forms) != 1 || len(study.Items) != 0 {
		t.Errorf("the study that was given has changed: %+v", study)
	}
	again, err := instrument.Add(two, mood, "E.1")
	if err != nil || again.Hash() != two.Hash() {
		t.Errorf("added twice it is another: %v", err)
	}
	refuses := func(code string, to, from *odm.Version, events ...string) {
		t.Helper()
		_, err := instrument.Add(to, from, events...)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != code {
			t.Errorf("refused with %v, want %s", err, code)
		}
	}
	refuses("epro.instrument.event", study, mood, "E.2")
	other := *mood
	other.Items = append([]odm.Item{}, mood.Items...)
	other.Items[0].Question = odm.Text{"en": "Something else"}
	refuses("epro.instrument.taken", two, &other)
	if _, err := instrument.Definition("PHQ-9"); err == nil {
		t.Error("an instrument that is not ours is in the library")
	}
}
