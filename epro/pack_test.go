package epro_test

import (
	"bytes"
	"strings"
	"testing"

	"casebook"
	"casebook/epro"
	"casebook/epro/instrument"
	"casebook/odm"
	"casebook/store/storetest"
	"casebook/trial"
)

// asked is a form with all that a question may be.
func asked() *odm.Version {
	text := func(s string) odm.Text { return odm.Text{"en": s, "zh-CN": "中" + s} }
	item := func(oid string, change func(*odm.Item)) odm.Item {
		it := odm.Item{OID: oid, Name: oid, DataType: "text", Length: 200, Question: text(oid)}
		change(&it)
		return it
	}
	return &odm.Version{OID: "1", Name: "S", EventRefs: []odm.Ref{{OID: "E"}}, Events: []odm.Event{{OID: "E", Name: "E", Repeating: true, Forms: []odm.Ref{{OID: "F"}}}},
		Forms: []odm.Form{{OID: "F", Name: "F", Repeating: true, Description: text("Title"), Copyright: text("Owner"), Licence: "CC-BY-4.0", Groups: []odm.Ref{{OID: "G"}},
			Translations: []odm.Translation{{Lang: "en", State: "approved", By: "Wang"}, {Lang: "zh-CN", State: "draft"}}}},
		Groups: []odm.ItemGroup{{OID: "G", Name: "G", Items: []odm.Ref{{OID: "READ"}, {OID: "MANY"}, {OID: "SCORE"}}}},
		Items: []odm.Item{item("READ", func(it *odm.Item) { it.Note = true }),
			item("MANY", func(it *odm.Item) { it.Multiple, it.CodeList, it.Hint = true, "L", text("Hint") }),
			item("SCORE", func(it *odm.Item) { it.Layout = &odm.Layout{Hidden: true} })},
		CodeLists: []odm.CodeList{{OID: "L", Name: "L", DataType: "text", Items: []odm.CodeItem{{Code: "1", Decode: text("One")}, {Code: "2", Decode: text("Two")}}}}}
}

func TestAPackShowsEveryScreenInEachLanguage(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := epro.WritePack(&page, "A study", asked(), "F", "zh-CN", "en"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<section lang="zh-CN">`, `<section lang="en">`, "中Title", "Owner CC-BY-4.0", "en · approved · Wang", "zh-CN · draft", `<div class="o many">Two</div>`, "中Hint",
		"1 / 2", "several answers", "Please check your answers", "<code>SCORE</code>"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the pack lacks %s", want)
		}
	}
	if strings.Contains(page.String(), "3 / ") || strings.Contains(page.String(), "http") {
		t.Error("a hidden item has a screen, or something comes from elsewhere")
	}
	if err := epro.WritePack(&page, "A study", asked(), "F2", "en"); casebook.KindOf(err) != casebook.NotFound {
		t.Errorf("a form that is not there: %v", err)
	}
}

func TestEveryInstrumentOfTheLibraryHasItsPack(t *testing.T) {
	t.Parallel()
	all, err := instrument.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range all {
		s, err := instrument.Definition(in.OID)
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if err := epro.WritePack(&page, s.Name, s.Versions[0], in.OID, "zh-CN", "en"); err != nil {
			t.Fatal(err)
		}
		// In each language a screen for each question and one to confirm.
		if n := strings.Count(page.String(), "<figure>"); n != 2*(in.Questions+1) {
			t.Errorf("%s: %d screens for %d questions", in.OID, n, in.Questions)
		}
	}
}

// Of a form that says how far its translations are, one must be approved before patients are asked; for training none.
func TestAFormWithoutAnApprovedTranslationIsNotAsked(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	const sch = `{"format":"casebook-schedule/1","forms":[{"form":"F","anchor":{"kind":"event"},"window":"P1D"}]}`
	for _, c := range []struct {
		study   casebook.StudyID
		env     trial.Environment
		state   string
		refused bool
	}{{"P-1", trial.Production, "draft", true}, {"P-2", trial.Production, "approved", false}, {"T-1", trial.Training, "draft", false}} {
		v := asked()
		v.Forms[0].Translations[0].State = c.state
		_, err := h.trials.Import(h.operator(), &odm.Study{OID: string(c.study), Name: "S", Versions: []*odm.Version{v}}, c.env)
		h.must(err)
		_, err = h.epro.Publish(h.operator(), c.study, []byte(sch))
		if (casebook.KindOf(err) == casebook.Conflict) != c.refused || err != nil && !c.refused {
			t.Errorf("%s, %s: %v", c.env, c.state, err)
		}
	}
}
