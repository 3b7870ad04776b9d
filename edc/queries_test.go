package edc_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"casebook"
)

type queryList struct {
	Queries []struct {
		query
		Actions []string
		Thread  []struct{ State, Text, ByName string }
	}
	Next string
}

const queriesPath = studyPath + "/queries"

// raise asks about the systolic pressure of 03-001 at the baseline.
func (h *house) raise(user casebook.UserID, more string) answer {
	return h.ask(user, http.MethodPost, queriesPath, `{"subject":"03-001","event":"E.BL","eventRepeat":"1","form":"F.VS","formRepeat":"1",
		"group":"IG.VS","repeat":"1","item":"IT.SYS",`+more+`}`)
}

func (h *house) step(user casebook.UserID, action, text string, ids ...string) answer {
	var list []string
	for _, id := range ids {
		list = append(list, fmt.Sprintf(`{"subject":"03-001","id":%q}`, id))
	}
	return h.ask(user, http.MethodPost, queriesPath+"/steps", fmt.Sprintf(`{"action":%q,"text":%q,"queries":[%s]}`, action, text, strings.Join(list, ",")))
}

func (h *house) raised(user casebook.UserID, more string) (id string) {
	h.t.Helper()
	var q query
	a := h.raise(user, more)
	if a.status != http.StatusCreated {
		h.t.Fatalf("asking: %d %s", a.status, a.text)
	}
	a.into(h.t, &q)
	return q.ID
}

func TestAQueryIsAskedAnsweredAndClosed(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.raise("linyue", `"text":"?"`).refused(t, 403, "auth.forbidden")
		h.raise("chenrui", `"text":" "`).refused(t, 422, "record.query_text")
		h.raise("chenrui", `"text":"?","assignee":"nobody"`).refused(t, 422, "auth.person.unknown")
		h.raise("stranger", `"text":"?"`).refused(t, 404, "trial.unknown")
		id := h.raised("chenrui", `"template":"source","assignee":"linyue"`)
		var list queryList
		h.get("linyue", queriesPath+"?state=Open&assignee=me").into(t, &list)
		if len(list.Queries) != 1 || list.Queries[0].ID != id || list.Queries[0].Text["zh-CN"] == "" || !slices.Equal(list.Queries[0].Actions, []string{"answer"}) {
			t.Fatalf("the coordinator sees %+v", list.Queries)
		}
		h.step("linyue", "close", "", id).refused(t, 403, "auth.forbidden")
		h.step("xucheng", "answer", "from elsewhere", id).refused(t, 404, "record.query_unknown")
		h.step("chenrui", "answer", "for them", id).refused(t, 403, "auth.forbidden")
		h.step("linyue", "answer", "", id).refused(t, 422, "record.query_text")
		if a := h.step("linyue", "answer", "checked: it is right", id); a.status != 200 {
			t.Fatalf("answering: %d %s", a.status, a.text)
		}
		h.step("linyue", "answer", "again", id).refused(t, 409, "record.query_step")
		h.step("chenrui", "requery", "which device?", id).into(t, &list)
		h.step("linyue", "answer", "the same", id).into(t, &list)
		h.step("chenrui", "close", "", id).into(t, &list)
		if q := list.Queries[0]; q.State != "Closed" || len(q.Thread) != 4 || q.Thread[1].Text != "which device?" || q.Thread[0].ByName != "Lin Yue" {
			t.Errorf("at the end: %+v", q)
		}
	})
}

func TestACandidateIsNotShownToTheSite(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		id := h.raised("chenrui", `"text":"is it?","candidate":true`)
		for user, sees := range map[casebook.UserID]int{"linyue": 0, "zhouning": 0, "chenrui": 1} {
			var list queryList
			var f form
			h.get(user, queriesPath+"?state=standing").into(t, &list)
			h.get(user, vitals).into(t, &f)
			if len(list.Queries) != sees || len(f.Queries) != sees {
				t.Errorf("%s sees %d in the list and %d on the form, want %d", user, len(list.Queries), len(f.Queries), sees)
			}
		}
		h.step("linyue", "answer", "not asked", id).refused(t, 404, "record.query_unknown")
		if a := h.step("chenrui", "release", "", id); a.status != 200 {
			t.Fatalf("releasing: %s", a.text)
		}
		if a := h.step("linyue", "answer", "asked", id); a.status != 200 {
			t.Errorf("answering: %s", a.text)
		}
	})
}

// A bulk is one transaction: with one query that cannot be closed, none is.
func TestABulkIsAllOrNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		a, b, c := h.raised("chenrui", `"text":"a"`), h.raised("chenrui", `"text":"b"`), h.raised("chenrui", `"text":"c"`)
		h.step("chenrui", "close", "", b)
		before := h.entries()
		if p := h.step("chenrui", "close", "", a, b, c).refused(t, 409, "record.query_step"); p.Place != b {
			t.Errorf("it names %q, not %q", p.Place, b)
		}
		if h.entries() != before {
			t.Error("some were closed")
		}
		if done := h.step("chenrui", "close", "", a, c); done.status != 200 || h.entries() != before+2 {
			t.Errorf("closing both: %s", done.text)
		}
		h.step("chenrui", "close", "").refused(t, 400, "edc.query_many")
		h.step("chenrui", "eat", "", a).refused(t, 400, "edc.query_action")
	})
}

func TestTheListOfQueriesLeavesAsCSV(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.raised("chenrui", `"text":"=HYPERLINK(\"http://x\")"`)
		h.raised("chenrui", `"text":"quotes \", commas, 换行\n"`)
		before := h.entries()
		out := h.get("zhouning", queriesPath+"/export?state=Open")
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.text, "\uFEFF"))).ReadAll()
		if err != nil || len(rows) != 3 || rows[0][13] != "question" || rows[1][13] != `'=HYPERLINK("http://x")` || rows[2][13] != "quotes \", commas, 换行\n" {
			t.Errorf("%v %q", err, rows)
		}
		if h.entries() != before+1 {
			t.Error("the export is not in the ledger")
		}
		h.get("linyue", queriesPath+"/export").refused(t, 403, "auth.forbidden")
		for bad, code := range map[string]string{"?state=Lost": "edc.query_state", "?age=old": "edc.query_age", "?after=x": "record.cursor"} {
			h.get("chenrui", queriesPath+bad).refused(t, 400, code)
		}
		var counts struct{ Counts []struct{ Count int } }
		h.get("xucheng", queriesPath+"/counts").into(t, &counts)
		if len(counts.Counts) != 0 {
			t.Errorf("site 07 counts %v", counts)
		}
		if a := h.get("linyue", queriesPath+"/templates"); a.status != 200 || !strings.Contains(a.text, "原始记录") {
			t.Errorf("templates: %s", a.text)
		}
	})
}
