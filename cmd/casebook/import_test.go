package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestAStudyFromItsFileToItsHistory(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		first := call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t)
		if !strings.Contains(first.stdout, "study CES: version 1 is the newest, 1 new\n") || !strings.Contains(first.stdout, "7 forms") {
			t.Errorf("the first import says\n%s", first.stdout)
		}
		h.furnish(t) // which imports it again
		again := call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t)
		if !strings.Contains(again.stdout, "study CES: version 1 is the newest, 0 new\n") {
			t.Errorf("the third import says\n%s", again.stdout)
		}
		p, nurse := h.serve(t)
		nurse.readsTheDefinition(t)
		subject := nurse.enrol(t)
		form := "/api/v1/studies/CES/subjects/" + subject + "/forms/BASELINE/1/F_BASELINE/1"
		nurse.fillsIn(t, form)
		nurse.corrects(t, form)
		nurse.readsTheHistory(t, form)
		if code := p.stop(t); code != 0 {
			t.Errorf("the server ended with %d\n%s", code, p.stderr)
		}
		h.verify(t).clean(t)
		size := h.cuts(t)
		h.prints(t, subject)
		h.left(t, size)
	})
}

func (v *visitor) readsTheDefinition(t *testing.T) {
	t.Helper()
	study := get[struct {
		Name    string `json:"name"`
		Version int    `json:"version"`
		Sites   []struct {
			ID, Zone, State string
			Name            map[string]string
		} `json:"sites"`
	}](t, v, http.StatusOK, "GET", "/api/v1/studies/CES", "")
	if study.Name != "CDISC Example Study" || study.Version != 1 || len(study.Sites) != 1 {
		t.Fatalf("the study is %+v", study)
	}
	if s := study.Sites[0]; s.ID != "01" || s.Zone != "Asia/Shanghai" || s.State != "active" || s.Name["zh-CN"] != "望舒医院" || s.Name["en"] != "Wangshu Hospital" {
		t.Errorf("the site is %+v", s)
	}
	answer, text := v.ask(t, "GET", "/api/v1/studies/CES/definition", "")
	defined := parsed[struct {
		Version    int
		Definition struct{ Forms, Items, Conditions []any }
	}](t, text)
	d := defined.Definition
	if defined.Version != 1 || len(d.Forms) != 7 || len(d.Items) != 63 || len(d.Conditions) != 13 || !strings.Contains(text, "밀리미터 수은") {
		t.Errorf("version %d with %d forms, %d items, %d conditions", defined.Version, len(d.Forms), len(d.Items), len(d.Conditions))
	}
	if again, _ := v.ask(t, "GET", "/api/v1/studies/CES/definition", "", "If-None-Match", answer.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %d", again.StatusCode)
	}
}

// filled is a form as the pages see it.
type filled struct {
	Version int64
	State   string
	Hidden  []string
	Items   []struct{ Item, Value, By, ByName string }
	Queries []struct {
		Item, Rule, Source, State, Value string
		Text                             map[string]string
	}
}

func (f filled) hides(place string) bool { return slices.Contains(f.Hidden, place) }

// fillsIn saves a baseline of somebody who does not smoke, with one pressure that is too high for the protocol.
func (v *visitor) fillsIn(t *testing.T, form string) {
	t.Helper()
	f := get[filled](t, v, http.StatusOK, "PATCH", form, `{"items":[
		{"group":"IG_SH","repeat":"1","item":"I_SMOKING","value":"false"},
		{"group":"IG_PE_BASE","repeat":"1","item":"I_SYSBP","value":"185"},
		{"group":"IG_PE_BASE","repeat":"1","item":"I_DIABP","value":"95"}]}`, "If-None-Match", "*")
	if f.Version != 1 || f.State != "partial" || len(f.Items) != 3 || f.Items[0].By != "linyue" {
		t.Errorf("saved as %+v", f)
	}
	if len(f.Queries) != 1 {
		t.Fatalf("a systolic pressure of 185 asks %+v", f.Queries)
	}
	if q := f.Queries[0]; q.Item != "I_SYSBP" || q.Value != "185" || q.Source != "system" || q.State != "Open" || q.Text["en"] != "The value should be below 180" {
		t.Errorf("a systolic pressure of 185 asks %+v", q)
	}
	// The file's conditions say when not to collect: cigarettes and complaints of who does not smoke, dizziness above
	// 90. The method of I_DIABP is in a language that nobody reads, so a person enters it.
	if !f.hides("IG_PE_BASE/1/I_DIZZY") || !f.hides("IG_SH/1/I_NR_CIGARETTES") || !f.hides("IG_SMOKING_COMPLAINTS/1") || f.hides("IG_PE_BASE/1/I_HEIGHT") {
		t.Errorf("hidden are %q", f.Hidden)
	}
	answer, text := v.ask(t, "PATCH", form, `{"items":[{"group":"IG_PE_BASE","repeat":"1","item":"I_HEIGHT","value":"tall"}]}`, "If-Match", `"1"`)
	if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "I_HEIGHT") {
		t.Errorf("a height that is no number: %d %s", answer.StatusCode, text)
	}
}

// corrects changes what was saved, which needs a reason.
func (v *visitor) corrects(t *testing.T, form string) {
	t.Helper()
	const items = `"items":[{"group":"IG_SH","repeat":"1","item":"I_SMOKING","value":"true"},
		{"group":"IG_PE_BASE","repeat":"1","item":"I_SYSBP","value":"135"},
		{"group":"IG_PE_BASE","repeat":"1","item":"I_DIABP","value":"85"}]`
	answer, text := v.ask(t, "PATCH", form, `{`+items+`}`, "If-Match", `"1"`)
	if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "record.reason_required") {
		t.Errorf("a change without a reason: %d %s", answer.StatusCode, text)
	}
	f := get[filled](t, v, http.StatusOK, "PATCH", form, `{`+items+`,"reason":"misread the cuff"}`, "If-Match", `"1"`)
	if f.Version != 2 || f.hides("IG_PE_BASE/1/I_DIZZY") || f.hides("IG_SH/1/I_NR_CIGARETTES") || f.hides("IG_SMOKING_COMPLAINTS/1") {
		t.Errorf("after the correction hidden are %q in version %d", f.Hidden, f.Version)
	}
	for _, q := range f.Queries {
		if q.State == "Open" {
			t.Errorf("after the correction it still asks %+v", q)
		}
	}
	if answer, text := v.ask(t, "PATCH", form, `{"items":[{"group":"IG_PE_BASE","repeat":"1","item":"I_SYSBP","value":"136"}],"reason":"late"}`,
		"If-Match", `"1"`); answer.StatusCode != http.StatusConflict && answer.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("a change to what somebody else changed: %d %s", answer.StatusCode, text)
	}
}

// change is one line of a value's history.
type change struct {
	By, ByName, Role, Item, Old, New, Reason, What string
	First                                          bool
}

func (v *visitor) readsTheHistory(t *testing.T, form string) {
	t.Helper()
	const query = "/history?group=IG_PE_BASE&repeat=1&item=I_SYSBP"
	history := get[struct{ Entries []change }](t, v, http.StatusOK, "GET", form+query, "", "Accept-Language", "zh-CN").Entries
	if len(history) != 2 {
		t.Fatalf("the history is %+v", history)
	}
	slices.SortFunc(history, func(a, b change) int { return strings.Compare(a.Old, b.Old) })
	if c := history[0]; !c.First || c.Old != "" || c.New != "185" || c.Reason != "" || c.By != "linyue" || c.ByName != "林月" || c.Role != "coordinator" {
		t.Errorf("first %+v", c)
	}
	if c := history[1]; c.First || c.Old != "185" || c.New != "135" || c.Reason != "misread the cuff" || c.What != "record.item.saved" {
		t.Errorf("then %+v", c)
	}
}

func TestImportAndSitesRefuseWhatCannotBe(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	call(t, h.args("study", "import", corpus(t, "odm/odmlib_cdash_invalid.xml"))...).refused(t, "line 14, element studyName", "odm.unknown_element")
	call(t, h.args("site", "add", "CES", "01", "Nowhere", "--zone", "UTC")...).refused(t, "trial.unknown")
	call(t, h.args("study", "import", corpus(t, dave))...).refused(t, "MethodDef[METH.001]", "trial.version_kept")
	call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t)
	call(t, h.args("study", "import", corpus(t, dave), waive, "--environment", "production")...).refused(t, "trial.environment_fixed")
	call(t, h.args("site", "add", "CES", "01", "Nowhere")...).refused(t, "--zone")
	call(t, h.args("site", "add", "CES", "01", "Nowhere", "--zone", "Nowhere/Atlantis")...).refused(t, "trial.zone")
	call(t, h.args("site", "add", "CES", "0/1", "Nowhere", "--zone", "UTC")...).refused(t, "trial.id_format")
	call(t, h.args("site", "add", "CES", "01", "Somewhere", "--zone", "UTC")...).done(t)
	call(t, h.args("site", "add", "CES", "01", "Somewhere", "--zone", "UTC")...).refused(t, "01")
	callIn(t, nil, "hunter2\n", h.args("person", "add", "linyue", "Lin Yue")...).refused(t, "auth.password")
	call(t, h.args("person", "grant", "nobody", "coordinator", "CES")...).refused(t, "nobody")
	h.verify(t).clean(t)
}
