package edc_test

import (
	"net/http"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/odm"
	"casebook/store/storetest"
)

// twice runs fn in a house where two people enter the vital signs, and site 03 has a second coordinator.
func twice(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := buildOf(t, engine, func(v *odm.Version) {
				for i := range v.Forms {
					v.Forms[i].DoubleEntry = v.Forms[i].OID == "F.VS"
				}
			})
			ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "gao", Role: "admin", Location: "sponsor"})
			h.join(ctx, "sunjia", "Sun Jia", "孙嘉", auth.Grant{Study: demo.ID, Site: "03", Role: auth.Coordinator})
			fn(t, h)
		})
	}
}

type double struct {
	Version int64
	Items   []struct{ Item, Value, By string }
	Double  *struct {
		State   string
		Entries []struct{ By, ByName string }
		Draft   []struct{ Item, Value string }
		Splits  []struct{ First, Second struct{ Item, Value string } }
		May     []string
	}
}

// Two coordinators enter the vital signs, neither sees the other's values anywhere, and the data manager settles what
// differs.
func TestTwoCoordinatorsEnterAFormAndTheDataManagerSettlesIt(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, h *house) {
		entry := func(day string) string {
			return `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.VSDAT","value":"` + day + `"},{"group":"IG.VS","repeat":"1","item":"IT.DIA","value":"77"}]}`
		}
		h.save("linyue", vitals, "", "", "IT.SYS 120").refused(t, http.StatusConflict, "record.double_typed")
		h.drafts(t, entry("1997-07-13"))
		h.ask("chenrui", "POST", vitals+"/entries", entry("1997-07-13")).refused(t, http.StatusForbidden, "auth.forbidden")
		h.ask("xucheng", "POST", vitals+"/entries", entry("1997-07-13")).refused(t, http.StatusNotFound, "patient.unknown")
		var f double
		h.ask("linyue", "POST", vitals+"/entries", entry("1997-07-13"), "Idempotency-Key", "one").ok(t).into(t, &f)
		if f.Double == nil || f.Double.State != "first" || strings.Join(f.Double.May, " ") != "discard" || len(f.Items) != 0 {
			t.Fatalf("after the first entry: %+v", f)
		}
		if a := h.ask("linyue", "POST", vitals+"/entries", entry("1997-07-13"), "Idempotency-Key", "one"); a.status != 200 || a.header.Get("Idempotent-Replay") != "true" {
			t.Errorf("sent again: %d %s", a.status, a.text)
		}
		h.ask("linyue", "POST", vitals+"/entries", entry("1997-07-13")).refused(t, http.StatusConflict, "record.double_again")
		h.ask("linyue", "PUT", vitals+"/entries/draft", entry("1997-07-13")).refused(t, http.StatusConflict, "record.double_again") // it was on its way
		h.ask("linyue", "POST", vitals+"/entries", entry("1997-07-15"), "Idempotency-Key", "one").refused(t, http.StatusConflict, "record.request_reused")
		h.seal()
		for _, path := range []string{vitals, vitals + "/history", studyPath + "/trail", studyPath + "/entries", studyPath + "/subjects/03-001", studyPath + "/subjects/03-001/past", studyPath + "/matrix", studyPath + "/queries"} {
			for _, who := range []casebook.UserID{"sunjia", "hexiao"} {
				if a := h.get(who, path).ok(t); strings.Contains(a.text, "1997-07-13") {
					t.Errorf("%s reads the first entry at %s", who, path)
				}
			}
		}
		if a := h.ask("hexiao", "GET", studyPath+"/trail/export", "").ok(t); strings.Contains(a.text, "1997-07-13") {
			t.Error("the first entry left with the trail")
		}
		f = double{}
		h.ask("sunjia", "POST", vitals+"/entries", entry("1997-07-14")).ok(t).into(t, &f)
		if f.Double == nil || f.Double.State != "differs" || len(f.Double.Splits) != 1 || f.Double.Splits[0].First.Value != "1997-07-13" || f.Double.Splits[0].Second.Value != "1997-07-14" {
			t.Fatalf("after the second entry: %+v", f.Double)
		}
		if a := h.get("hexiao", studyPath+"/trail"); !strings.Contains(a.text, "1997-07-13") { // the control of what was looked for above
			t.Error("both are in, and the trail does not say what the first was")
		}
		choice := `{"choices":[{"group":"IG.VS","repeat":"1","item":"IT.VSDAT","value":"1997-07-16"}],"reason":"the source says so"}`
		h.ask("sunjia", "POST", vitals+"/entries/settlement", choice).refused(t, http.StatusConflict, "record.double_own")
		h.ask("chenrui", "POST", vitals+"/entries/settlement", choice).refused(t, http.StatusForbidden, "auth.forbidden")
		var list struct {
			Entries []struct{ Subject, Form, State string }
		}
		h.get("hexiao", studyPath+"/entries").ok(t).into(t, &list)
		if len(list.Entries) != 1 || list.Entries[0].State != "differs" || list.Entries[0].Form != "F.VS" {
			t.Errorf("the list of what waits: %+v", list)
		}
		if a := h.get("linyue", studyPath+"/matrix"); !strings.Contains(a.text, `"E.BL/F.VS":{"state":"differs"`) {
			t.Errorf("the matrix does not say it: %s", a.text)
		}
		f = double{}
		h.ask("hexiao", "POST", vitals+"/entries/settlement", choice).ok(t).into(t, &f)
		if f.Double != nil || f.Version != 1 || len(f.Items) < 2 {
			t.Errorf("settled: %+v", f)
		}
		h.get("xucheng", studyPath+"/entries").ok(t).into(t, &list)
		h.mustSave("linyue", vitals, `"1"`, "the source was read again", "IT.DIA 79")
		h.intact()
	})
}

// drafts keeps what linyue has typed of the vital signs: she finds it again, whatever became of her browser, and nobody else
// does, wherever they look.
func (h *house) drafts(t *testing.T, entry string) {
	t.Helper()
	h.ask("chenrui", "PUT", vitals+"/entries/draft", entry).refused(t, http.StatusForbidden, "auth.forbidden")
	h.ask("xucheng", "PUT", vitals+"/entries/draft", entry).refused(t, http.StatusNotFound, "patient.unknown")
	h.ask("linyue", "PUT", vitals+"/entries/draft", entry).ok(t)
	h.ask("sunjia", "PUT", vitals+"/entries/draft", `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.DIA","value":"7"}]}`).ok(t)
	h.seal()
	for _, who := range []casebook.UserID{"linyue", "sunjia", "hexiao"} {
		for _, path := range []string{vitals, vitals + "/history", studyPath + "/trail", studyPath + "/entries", studyPath + "/subjects/03-001/past", studyPath + "/matrix"} {
			if read, own := strings.Contains(h.get(who, path).ok(t).text, "1997-07-13"), who == "linyue" && path == vitals; read != own {
				t.Errorf("%s reads at %s what linyue types: %v", who, path, read)
			}
		}
	}
	h.ask("sunjia", "PUT", vitals+"/entries/draft", `{"items":[]}`).ok(t)
	var f double
	h.get("sunjia", vitals).ok(t).into(t, &f)
	if len(f.Double.Draft) != 0 || f.Double.State != "" {
		t.Errorf("what she let go is %+v", f.Double)
	}
}
