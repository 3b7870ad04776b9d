package edc_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

type matrix struct {
	Columns []struct {
		Event     string
		Name      map[string]string
		Repeating bool
		Forms     []struct {
			Form, Short string
			Name        map[string]string
		}
	}
	Rows []struct {
		Subject, Site, Status string
		Progress              float64
		Cells                 map[string]struct {
			State   string
			Queries int
			Count   int
		}
	}
	Next  string
	Total int
}

func (h *house) matrix(t *testing.T, user, query string) (m matrix) {
	t.Helper()
	a := h.get(userID(user), studyPath+"/matrix"+query)
	if a.status != 200 {
		t.Fatalf("the matrix of %s: %d %s", user, a.status, a.text)
	}
	a.into(t, &m)
	return m
}

func subjects(m matrix) (ids []string) {
	for _, r := range m.Rows {
		ids = append(ids, r.Subject)
	}
	return ids
}

func TestTheMatrixShowsWhereEachFormStands(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 136", "IT.DIA 84")
		asked := h.mustSave("linyue", strings.Replace(vitals, "03-001", "03-002", 1), "", "", "IT.SYS 286")
		whole := h.ask("linyue", http.MethodPatch, strings.Replace(vitals, "E.BL/1/F.VS", "E.SCR/1/F.ICF", 1), `{"items":[
			{"group":"IG.ICF","repeat":"1","item":"IT.ICFYN","value":"Y"},{"group":"IG.ICF","repeat":"1","item":"IT.ICFDAT","value":"2026-03-02"},
			{"group":"IG.ICF","repeat":"1","item":"IT.ICFTIM","value":"09:00"},{"group":"IG.ICF","repeat":"1","item":"IT.ICFVER","value":"2.0"},
			{"group":"IG.ICF","repeat":"1","item":"IT.ICFCOPY","value":"Y"}]}`, "If-None-Match", "*")
		if whole.status != 200 {
			t.Fatalf("consent: %s", whole.text)
		}
		m := h.matrix(t, "chenrui", "")
		if got := subjects(m); !slices.Equal(got, []string{"03-001", "03-002", "03-003", "07-001"}) || m.Total != 4 || m.Next != "" {
			t.Errorf("rows %v of %d, next %q", got, m.Total, m.Next)
		}
		cells := m.Rows[0].Cells
		if c := cells["E.BL/F.VS"]; c.State != "partial" || c.Queries != 0 || c.Count != 1 {
			t.Errorf("begun: %+v", c)
		}
		if c := cells["E.SCR/F.ICF"]; c.State != "complete" || m.Rows[0].Progress <= 0 {
			t.Errorf("complete: %+v, progress %v", c, m.Rows[0].Progress)
		}
		if _, there := cells["E.SCR/F.DM"]; there || len(m.Rows[2].Cells) != 0 || m.Rows[2].Progress != 0 {
			t.Errorf("what nobody filled in has a cell: %+v %+v", cells, m.Rows[2])
		}
		if c := m.Rows[1].Cells["E.BL/F.VS"]; c.State != "query" || c.Queries != len(asked.Queries) || c.Queries == 0 {
			t.Errorf("asked about: %+v", c)
		}
		if c := m.Columns[0]; c.Event != "E.SCR" || c.Forms[0].Form != "F.ICF" || c.Forms[0].Short != "ICF" || c.Name["zh-CN"] == "" || c.Forms[0].Name["en"] == "" {
			t.Errorf("the first column is %+v", c)
		}
		h.mustSave("linyue", strings.Replace(vitals, "03-001", "03-002", 1), `"1"`, "typing error", "IT.SYS 136")
		if c := h.matrix(t, "chenrui", "").Rows[1].Cells["E.BL/F.VS"]; c.State != "partial" || c.Queries != 0 {
			t.Errorf("corrected: %+v", c)
		}
	})
}

func TestTheMatrixIsPagedAndBelongsToSites(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		for _, c := range []struct {
			user, query string
			rows        []string
			total       int
			next        string
		}{
			{"linyue", "", []string{"03-001", "03-002", "03-003"}, 3, ""},
			{"xucheng", "", []string{"07-001"}, 1, ""},
			{"linyue", "?site=03", []string{"03-001", "03-002", "03-003"}, 3, ""},
			{"chenrui", "?site=07", []string{"07-001"}, 1, ""},
			{"chenrui", "?limit=3", []string{"03-001", "03-002", "03-003"}, 4, "03-003"},
			{"chenrui", "?limit=3&after=03-003", []string{"07-001"}, 4, ""},
			{"chenrui", "?after=99", nil, 4, ""},
			{"chenrui", "?site=05", nil, 0, ""},
			{"linyue", "?limit=2", []string{"03-001", "03-002"}, 3, "03-002"},
			{"linyue", "?limit=1000&after=03-002", []string{"03-003"}, 3, ""},
		} {
			if m := h.matrix(t, c.user, c.query); !slices.Equal(subjects(m), c.rows) || m.Total != c.total || m.Next != c.next {
				t.Errorf("%s%s: %v of %d, next %q", c.user, c.query, subjects(m), m.Total, m.Next)
			}
		}
		h.get("linyue", studyPath+"/matrix?site=07").refused(t, 404, "trial.site_unknown")
		h.get("linyue", studyPath+"/matrix?site=99").refused(t, 404, "trial.site_unknown")
		h.get("stranger", studyPath+"/matrix").refused(t, 404, "trial.unknown")
		h.get("linyue", "/api/v1/studies/NONE/matrix").refused(t, 404, "trial.unknown")
		h.get("", studyPath+"/matrix").refused(t, 401, "auth.signed_out")
		for _, limit := range []string{"0", "-1", "1001", "many", "1e2", "99999999999999999999"} {
			if p := h.get("chenrui", studyPath+"/matrix?limit="+limit).refused(t, 400, "patient.limit"); p.Place != "limit" {
				t.Errorf("limit %s: at %q", limit, p.Place)
			}
		}
	})
}

// A subject of another site is answered word for word like one that does not exist.
func TestAForeignSubjectIsNotThere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.entries()
		for name, path := range map[string]string{
			"casebook": studyPath + "/subjects/07-001",
			"form":     strings.Replace(vitals, "03-001", "07-001", 1),
			"as of":    strings.Replace(vitals, "03-001", "07-001", 1) + "?asOf=2026-03-02T08:00:00Z",
			"history":  strings.Replace(vitals, "03-001", "07-001", 1) + "/history",
		} {
			foreign := h.get("linyue", path)
			foreign.refused(t, 404, "patient.unknown")
			none := h.get("linyue", strings.Replace(path, "07-001", "07-999", 1))
			if same(none.text) != same(strings.ReplaceAll(foreign.text, "07-001", "07-999")) {
				t.Errorf("%s: %s differs from %s", name, foreign.text, none.text)
			}
			if own := h.get("xucheng", path); own.status != 200 { // the control
				t.Errorf("%s for its own site: %d %s", name, own.status, own.text)
			}
		}
		h.save("linyue", strings.Replace(vitals, "03-001", "07-001", 1), "", "", "IT.SYS 120").refused(t, 404, "patient.unknown")
		h.save("chenrui", vitals, "", "", "IT.SYS 120").refused(t, 403, "auth.forbidden") // a monitor reads
		h.save("stranger", vitals, "", "", "IT.SYS 120").refused(t, 404, "trial.unknown")
		h.ask("linyue", http.MethodPatch, vitals, `{"items":[]}`, "If-None-Match", "*", "X-Casebook", "").refused(t, 403, "auth.cross_site")
		if after := h.entries(); after != before {
			t.Errorf("they left %d entries", after-before)
		}
	})
}

// same leaves the trace out of a problem.
func same(text string) string {
	before, rest, _ := strings.Cut(text, `"traceId":"`)
	_, rest, _ = strings.Cut(rest, `"`)
	return before + rest
}

func TestAFormIsReadAndSaved(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		var f form
		empty := h.get("linyue", vitals)
		empty.into(t, &f)
		if empty.status != 200 || empty.header.Get("ETag") != `"0"` || f.Version != 0 || f.State != "empty" || f.Site != "03" || f.Items == nil || len(f.Items) != 0 || f.Hidden == nil || f.Queries == nil {
			t.Errorf("a form that nobody began: %s %s", empty.header.Get("ETag"), empty.text)
		}
		a := h.save("linyue", vitals, "", "", "IT.SYS 286", "IT.DIA 84")
		a.into(t, &f)
		if a.status != 200 || a.header.Get("ETag") != `"1"` || f.Version != 1 || f.State != "partial" || len(f.Items) != 2 || len(f.Queries) == 0 {
			t.Fatalf("saved: %s %s", a.header.Get("ETag"), a.text)
		}
		if v := f.Items[1]; v.Item != "IT.SYS" || v.Value != "286" || v.By != "linyue" || v.ByName != "Lin Yue" || !v.At.Equal(h.clock.Now()) {
			t.Errorf("the value is %+v", v)
		}
		q := f.Queries[0]
		if q.Item != "IT.SYS" || q.State != "Open" || q.Source != "system" || q.Value != "286" || q.Subject != "03-001" || q.Site != "03" || q.Event != "E.BL" ||
			q.Form != "F.VS" || q.Text["en"] == "" || q.Text["zh-CN"] == "" || q.AgeDays != 0 || q.Rule == "" {
			t.Errorf("the query is %+v", q)
		}
		read := h.ask("chenrui", http.MethodGet, vitals, "", "Accept-Language", "zh-CN")
		read.into(t, &f)
		if read.header.Get("ETag") != `"1"` || f.Items[1].ByName != "林悦" {
			t.Errorf("read in Chinese: %s", read.text)
		}
		same := h.save("linyue", vitals, `"1"`, "", "IT.SYS 286")
		if same.status != 200 || same.header.Get("ETag") != `"1"` {
			t.Errorf("the same again: %s %s", same.header.Get("ETag"), same.text)
		}
		h.ask("linyue", http.MethodPatch, vitals, `{"reason":"not taken","items":[{"group":"IG.VS","repeat":"1","item":"IT.DIA","blank":"not_done"},
			{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":""}]}`, "If-Match", `"1"`).into(t, &f)
		if f.Version != 2 || len(f.Items) != 1 || f.Items[0].Blank != "not_done" || f.Queries[0].State != "Closed" {
			t.Errorf("a blank and a cleared value: %+v", f)
		}
	})
}

func TestAFormComesWithItsRulesAndTakesDisagreements(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	if a := h.get("linyue", vitals); !strings.Contains(a.text, `"source":"IT.SYS`) || !strings.Contains(a.text, `"today":`) {
		t.Errorf("no rules: %s", a.text)
	}
	if a := h.mustSave("linyue", vitals, "", "", "IT.SYS 136"); len(a.Items) != 1 {
		t.Errorf("saved %+v", a)
	}
	before := h.entries()
	const body = `{"disagreements":[{"kind":"check","place":"IG.VS/1/IT.SYS","rule":"IT.SYS#1","client":"fails","server":"holds"}]}`
	if a := h.ask("linyue", http.MethodPost, vitals+"/disagreements", body); a.status != 204 || h.entries() != before+1 {
		t.Errorf("%d %s, %d entries more", a.status, a.text, h.entries()-before)
	}
	h.ask("linyue", http.MethodPost, vitals+"/disagreements", `{"disagreements":[]}`).refused(t, 422, "record.disagreements")
	h.ask("xucheng", http.MethodPost, vitals+"/disagreements", body).refused(t, 404, "patient.unknown")
}

func TestASaveSaysWhatItSaw(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.mustSave("linyue", vitals, "", "", "IT.SYS 136")
	before := h.entries()
	const body = `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.DIA","value":"84"}]}`
	if p := h.ask("linyue", http.MethodPatch, vitals, body).refused(t, 400, "edc.if_match"); p.Place != "If-Match" {
		t.Errorf("at %q", p.Place)
	}
	for _, tag := range []string{`1`, `W/"1"`, `"01"`, `"+1"`, `"-1"`, `""`, `*`, `"1", "2"`, `"1`, `" 1"`, `"99999999999999999999"`} {
		a := h.ask("linyue", http.MethodPatch, vitals, body, "If-Match", tag)
		if a.status != 400 || !strings.Contains(a.text, "edc.if_match") {
			t.Errorf("If-Match %q: %d %s", tag, a.status, a.text)
		}
	}
	h.ask("linyue", http.MethodPatch, vitals, body, "If-None-Match", `"1"`).refused(t, 400, "edc.if_match")
	if after := h.entries(); after != before {
		t.Errorf("they left %d entries", after-before)
	}
}

func TestTheSecondOfTwoSeesWhatTheFirstLeft(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 136", "IT.DIA 84")
		h.mustSave("zhouning", vitals, `"1"`, "re-read", "IT.SYS 138")
		at := h.clock.Now()
		before := h.entries()
		p := h.save("linyue", vitals, `"1"`, "re-read", "IT.SYS 140").refused(t, 412, "record.conflict")
		if len(p.Theirs) != 1 || p.Theirs[0].Item != "IT.SYS" || p.Theirs[0].Value != "138" || p.Theirs[0].By != "zhouning" || p.Theirs[0].ByName != "Zhou Ning" ||
			!p.Theirs[0].At.Equal(at) || p.Place != "IG.VS/1/IT.SYS" {
			t.Errorf("theirs: %+v", p)
		}
		p = h.save("linyue", vitals, "", "", "IT.SYS 140", "IT.DIA 80").refused(t, 412, "record.conflict")
		if len(p.Theirs) != 2 {
			t.Errorf("who thinks the form is new: %+v", p)
		}
		if after := h.entries(); after != before {
			t.Errorf("conflicts left %d entries", after-before)
		}
		f := h.mustSave("linyue", vitals, `"1"`, "re-read", "IT.DIA 82") // another item: no conflict
		if f.Version != 3 || f.Items[0].Value != "82" || f.Items[1].Value != "138" {
			t.Errorf("merged: %+v", f)
		}
		if f := h.mustSave("linyue", vitals, `"1"`, "", "IT.SYS 138"); f.Version != 3 { // the same value: no conflict either
			t.Errorf("agreed: %+v", f)
		}
	})
}

func TestAChangeNeedsAReason(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 136")
		before := h.entries()
		for _, reason := range []string{"", " ", "\t\n　"} {
			if p := h.save("linyue", vitals, `"1"`, reason, "IT.SYS 138").refused(t, 422, "record.reason_required"); p.Place != "IG.VS/1/IT.SYS" {
				t.Errorf("at %q", p.Place)
			}
		}
		h.save("linyue", vitals, `"1"`, strings.Repeat("x", 1001), "IT.SYS 138").refused(t, 400, "edc.reason_length")
		if after := h.entries(); after != before {
			t.Errorf("they left %d entries", after-before)
		}
		if f := h.mustSave("linyue", vitals, `"1"`, strings.Repeat("x", 1000), "IT.SYS 138"); f.Version != 2 {
			t.Errorf("with a reason: %+v", f)
		}
	})
}

type history struct {
	Entries []struct {
		Index                                       int64
		At                                          time.Time
		By, ByName, Role, What, Group, Repeat, Item string
		Old, New, OldBlank, NewBlank, Reason, Trace string
		First, Computed                             bool
	}
}

func TestTheHistoryOfAnItem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 136", "IT.DIA 84")
		h.mustSave("zhouning", vitals, `"1"`, "re-read 复核", "IT.SYS 138")
		h.seal()
		h.mustSave("linyue", vitals, `"2"`, "typing error", "IT.SYS ")
		var one, all, none history
		h.get("chenrui", vitals+"/history?group=IG.VS&repeat=1&item=IT.SYS").into(t, &one)
		h.get("chenrui", vitals+"/history").into(t, &all)
		h.get("chenrui", vitals+"/history?group=IG.VS&repeat=1&item=IT.PULSE").into(t, &none)
		if len(one.Entries) != 3 || len(all.Entries) != 4 || none.Entries == nil || len(none.Entries) != 0 {
			t.Fatalf("%d of one item, %d of the form, %v", len(one.Entries), len(all.Entries), none.Entries)
		}
		newest, changed, first := one.Entries[0], one.Entries[1], one.Entries[2]
		if newest.Old != "138" || newest.New != "" || newest.First || newest.Reason != "typing error" || newest.By != "linyue" {
			t.Errorf("cleared: %+v", newest)
		}
		if changed.Old != "136" || changed.New != "138" || changed.ByName != "Zhou Ning" || changed.Role != "investigator" || changed.Reason != "re-read 复核" ||
			changed.What != "record.item.saved" || len(changed.Trace) != 32 || changed.Index < 0 {
			t.Errorf("changed: %+v", changed)
		}
		if !first.First || first.Old != "" || first.New != "136" || first.Role != "coordinator" || !first.At.Before(changed.At) {
			t.Errorf("first: %+v", first)
		}
	})
}

func TestAFormAsOfAMoment(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.clock.Now()
		h.mustSave("linyue", vitals, "", "", "IT.SYS 286")
		h.seal()
		first := h.clock.Now()
		h.mustSave("linyue", vitals, `"1"`, "typing error", "IT.SYS 136")
		h.seal()
		for _, c := range []struct {
			at    time.Time
			value string
			open  bool
		}{{before, "", false}, {first, "286", true}, {first.Add(59 * time.Second), "286", true}, {h.clock.Now(), "136", false}, {morning.AddDate(100, 0, 0), "136", false}, {morning.AddDate(-100, 0, 0), "", false}} {
			for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 8*3600)} {
				var f form
				a := h.get("linyue", vitals+"?asOf="+url.QueryEscape(c.at.In(zone).Format(time.RFC3339)))
				a.into(t, &f)
				value := ""
				if len(f.Items) > 0 {
					value = f.Items[0].Value
				}
				if a.status != 200 || value != c.value || f.Site != "03" || slices.ContainsFunc(f.Queries, func(q query) bool { return q.State == "Open" }) != c.open {
					t.Errorf("as of %v: %s", c.at, a.text)
				}
			}
		}
		for _, bad := range []string{"yesterday", "2026-03-02", "2026-03-02T08:00:00", "2026-02-30T08:00:00Z", "2026-03-02T08:00:00+08:00"} { // a plus sign is a space
			if p := h.get("linyue", vitals+"?asOf="+bad).refused(t, 400, "edc.as_of"); p.Place != "asOf" {
				t.Errorf("%s: at %q", bad, p.Place)
			}
		}
	})
}

func TestQueriesArePagedAndBelongToSites(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 286")
		h.mustSave("xucheng", strings.Replace(vitals, "03-001", "07-001", 1), "", "", "IT.SYS 290")
		h.mustSave("linyue", strings.Replace(vitals, "03-001", "03-002", 1), "", "", "IT.SYS 40")
		h.mustSave("linyue", vitals, `"1"`, "typing error", "IT.SYS 136")
		h.clock.Add(75 * time.Hour / 10)
		list := func(user, q string) (found []query, next string) {
			var page struct {
				Queries []query
				Next    string
			}
			h.get(userID(user), studyPath+"/queries"+q).into(t, &page)
			return page.Queries, page.Next
		}
		where := func(found []query) (all []string) {
			for _, q := range found {
				all = append(all, q.Subject+" "+q.State)
			}
			return slices.Compact(all) // a value may fail more than one check
		}
		for _, c := range []struct {
			user, query string
			want        []string
		}{
			{"chenrui", "?state=Open", []string{"07-001 Open", "03-002 Open"}},
			{"chenrui", "", []string{"03-001 Closed", "07-001 Open", "03-002 Open"}}, // oldest first
			{"linyue", "", []string{"03-001 Closed", "03-002 Open"}},
			{"linyue", "?site=03&state=Closed", []string{"03-001 Closed"}},
			{"xucheng", "", []string{"07-001 Open"}},
			{"chenrui", "?site=07", []string{"07-001 Open"}},
			{"chenrui", "?state=Answered", nil},
		} {
			if found, next := list(c.user, c.query); !slices.Equal(where(found), c.want) || next != "" {
				t.Errorf("%s%s: %v, next %q", c.user, c.query, where(found), next)
			}
		}
		h.get("linyue", studyPath+"/queries?site=07").refused(t, 404, "trial.site_unknown")
		h.get("linyue", studyPath+"/queries?state=open").refused(t, 400, "edc.query_state")
		h.get("linyue", studyPath+"/queries?after=nowhere").refused(t, 400, "record.cursor")
		h.get("stranger", studyPath+"/queries").refused(t, 404, "trial.unknown")
		if q, _ := list("chenrui", "?state=Open"); q[0].AgeDays != 0 || q[0].Site != "07" || q[0].Event != "E.BL" {
			t.Errorf("the oldest is %+v", q[0])
		}
	})
}

// A list of more queries than a page holds, closed and open ones mixed, is read to its end without a gap.
func TestALongListOfQueriesHasNoGap(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	const saves = 130 // each asks about four values or more
	all := []string{"IT.AMSYS1", "IT.AMSYS2", "IT.AMSYS3", "IT.AMDIA1", "IT.AMDIA2"}
	for n := range saves {
		path := fmt.Sprintf("%s/subjects/03-001/forms/E.DIARY/%d/F.HBP/1", studyPath, n)
		body := func(value string) string {
			items := []string{`{"group":"IG.HBDAY","repeat":"1","item":"IT.HBAMYN","value":"Y"}`}
			for _, i := range all {
				items = append(items, fmt.Sprintf(`{"group":"IG.HBAM","repeat":"1","item":"%s","value":"%s"}`, i, value))
			}
			return `{"reason":"typing error","items":[` + strings.Join(items, ",") + `]}`
		}
		if a := h.ask("linyue", http.MethodPatch, path, body("299"), "If-None-Match", "*"); a.status != 200 {
			t.Fatal(a.text)
		}
		if n%3 == 0 {
			if a := h.ask("linyue", http.MethodPatch, path, body("100"), "If-Match", `"1"`); a.status != 200 {
				t.Fatal(a.text)
			}
		}
	}
	for _, state := range []string{"", "Open", "Closed"} {
		seen, pages, after := map[string]bool{}, 0, ""
		var last time.Time
		for {
			var page struct {
				Queries []query
				Next    string
			}
			h.get("linyue", studyPath+"/queries?state="+state+"&after="+after).into(t, &page)
			for _, q := range page.Queries {
				if seen[q.ID] || q.OpenedAt.Before(last) {
					t.Fatalf("state %q: %s stands twice or out of order", state, q.ID)
				}
				seen[q.ID], last = true, q.OpenedAt
			}
			pages++
			if after = page.Next; after == "" {
				break
			}
		}
		m := h.matrix(t, "linyue", "?limit=1")
		want := map[string]int{"Open": m.Rows[0].Cells["E.DIARY/F.HBP"].Queries}
		if state == "" && (len(seen) < 600 || pages < 2) || state == "Open" && len(seen) != want["Open"] {
			t.Errorf("state %q: %d queries on %d pages, want %v", state, len(seen), pages, want)
		}
	}
}

func TestTheCasebookLiesAlongTheSchedule(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 286")
		for _, n := range []string{"10", "9", "x"} {
			path := studyPath + "/subjects/03-001/forms/E.DIARY/" + n + "/F.HBP/1"
			if a := h.ask("linyue", http.MethodPatch, path, `{"items":[{"group":"IG.HBDAY","repeat":"1","item":"IT.HBAMYN","value":"Y"}]}`, "If-None-Match", "*"); a.status != 200 {
				t.Fatal(a.text)
			}
		}
		var book struct {
			Subject, Site, Status string
			Events                []struct {
				Event, Repeat, Type string
				Name                map[string]string
				Forms               []struct {
					Form, Repeat, State string
					Queries             int
					Version             int64
				}
			}
		}
		h.get("linyue", studyPath+"/subjects/03-001").into(t, &book)
		if book.Subject != "03-001" || book.Site != "03" || book.Status != "enrolled" {
			t.Errorf("the subject is %+v", book)
		}
		var events, diary []string
		for _, e := range book.Events {
			events = append(events, e.Event)
			if e.Event == "E.DIARY" {
				diary = append(diary, e.Repeat)
			}
			if e.Event == "E.BL" {
				if f := e.Forms[0]; f.Form != "F.VS" || f.State != "partial" || f.Queries == 0 || f.Version != 1 || len(e.Forms) != 2 || e.Forms[1].State != "empty" {
					t.Errorf("baseline: %+v", e.Forms)
				}
			}
		}
		if events[0] != "E.SCR" || events[1] != "E.BL" || !slices.Equal(diary, []string{"9", "10", "x"}) {
			t.Errorf("events %v, the diary's repeats %v", events, diary)
		}
	})
}
