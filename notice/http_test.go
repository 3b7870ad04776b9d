package notice

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm"

	"github.com/go-json-experiment/json"
	"github.com/xuri/excelize/v2"
)

// call asks an address below the study's.
func call(h *house, door *httptest.Server, as casebook.UserID, method, path string, body any) (int, []byte) {
	h.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		h.must(err)
	}
	r, err := http.NewRequestWithContext(h.Context(), method, door.URL+"/api/v1/studies/HTN-24"+path, bytes.NewReader(text))
	h.must(err)
	r.Header.Set("X-Test-Who", string(as))
	r.Header.Set("Content-Type", "application/json")
	resp, err := door.Client().Do(r)
	h.must(err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	h.must(err)
	return resp.StatusCode, got
}

func TestTheWholeWayOverHTTP(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		door := h.door()
		want := func(status int, as casebook.UserID, method, path string, body any, contains ...string) {
			h.Helper()
			got, text := call(h, door, as, method, path, body)
			if got != status {
				h.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, text)
			}
			for _, c := range contains {
				if !strings.Contains(string(text), c) {
					h.Errorf("%s %s lacks %s: %s", method, path, c, text)
				}
			}
		}
		d := letterTo(auth.Investigator)
		d.ID, d.Ack, d.Form = "N1", Signed, pollForm()
		want(200, "pm", "POST", "/notices/preview", d, `"count":4`, `"site":"04"`)
		want(201, "pm", "POST", "/notices", d, `"id":"N1"`, `"targets":4`)
		want(200, "pm", "GET", "/notices", nil, `"id":"N1"`, `"missing":4`)
		want(200, "inv01", "GET", "/inbox", nil, `{"new":1,"open":1,"late":0}`)
		want(200, "inv01", "POST", "/inbox", nil, `"state":"open"`, `致第01中心`)
		want(200, "inv01", "POST", "/inbox/N1", map[string]string{"site": "01"}, `"definition"`, `"computed":[]`)
		sign := map[string]string{"site": "01", "user": "inv01", "password": "wrong", "zone": "Asia/Shanghai"}
		want(422, "inv01", "POST", "/inbox/N1/acknowledgement", sign, "auth.sign.failed")
		sign["password"] = "right"
		want(200, "inv01", "POST", "/inbox/N1/acknowledgement", sign, `"signed":true`)
		want(404, "inv02", "POST", "/inbox/N1/acknowledgement", sign, "notice.unknown")
		want(422, "inv01", "POST", "/inbox/N1/answer", map[string]any{"site": "01", "items": reply("true", "999", "OK")}, "record.alone_check", "At most 500 boxes")
		want(200, "inv01", "POST", "/inbox/N1/answer", map[string]any{"site": "01", "items": reply("true", "40", "OK", "=1+1")}, `"state":"done"`)
		want(409, "inv01", "POST", "/inbox/N1/answer", map[string]any{"site": "01", "items": reply("true", "41", "OK")}, "notice.answered")
		want(200, "pm", "GET", "/notices/N1", nil, `"answered":1`, `"missing":3`, `"dead":0`)
		want(200, "pm", "GET", "/notices/N1/recipients?site=01", nil, `"value":"40"`, `"signed":true`)
		want(200, "pm", "GET", "/notices/N1/recipients?missing=1", nil, `"user":"inv02"`)
		want(200, "pm", "GET", "/notices/N1/answers", nil, `"mean":40`, `"value":"OK"`, "正常")
		want(200, "pm", "POST", "/notices/N1/remind", nil, `"reminded":3`)
		want(400, "pm", "GET", "/notices/N1/export?format=pdf", nil, "notice.format")
		want(204, "pm", "POST", "/notices/N1/cancel", map[string]string{"reason": "wrong version"})
		want(200, "pm", "PUT", "/reach", map[string]string{"site": "01", "channel": "endpoint", "address": "https://example.org"}, "whsec_")
		want(200, "inv01", "PUT", "/inbox/reach", map[string]string{"channel": "mail", "address": "a@example.org"})
		want(200, "pm", "GET", "/reach", nil, "a@example.org")
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestRepliesLeaveAsCSVThatNoSpreadsheetComputesAndAsXLSX(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(None)
		for _, site := range []casebook.SiteID{"01", "04"} {
			_, err := h.s.Answer(h.as("inv"+casebook.UserID(site)), htn, n.ID, site, reply("true", "40", "OK", `=HYPERLINK("https://example.org")`), "")
			h.must(err)
		}
		door := h.door()
		_, text := call(h, door, "pm", "GET", "/notices/"+n.ID+"/export?format=csv", nil)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\uFEFF"))).ReadAll()
		h.must(err)
		column := slices.Index(rows[0], "WORDS")
		if len(rows) != 5 || rows[1][column] != `'=HYPERLINK("https://example.org")` || rows[2][column] != "" || rows[4][slices.Index(rows[0], "STOCK")] != "40" {
			t.Errorf("the rows are %q", rows)
		}
		_, text = call(h, door, "pm", "GET", "/notices/"+n.ID+"/export?format=xlsx", nil)
		book, err := excelize.OpenReader(bytes.NewReader(text))
		h.must(err)
		defer book.Close()
		cell, err := excelize.CoordinatesToCellName(column+1, 2)
		h.must(err)
		value, err := book.GetCellValue("Sheet1", cell)
		h.must(err)
		formula, err := book.GetCellFormula("Sheet1", cell)
		h.must(err)
		if value != `=HYPERLINK("https://example.org")` || formula != "" {
			t.Errorf("the cell %s says %q, its formula is %q", cell, value, formula)
		}
	})
}

// The matrix is live: first all of it, then what has moved.
func TestTheMatrixMovesWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(Plain)
		door := h.door()
		r, err := http.NewRequestWithContext(h.Context(), "GET", door.URL+"/api/v1/studies/HTN-24/notices/"+n.ID+"/live", nil)
		h.must(err)
		r.Header.Set("X-Test-Who", "pm")
		resp, err := door.Client().Do(r)
		h.must(err)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		next := func() (m Matrix) {
			for lines.Scan() {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && data != "{}" {
					h.must(json.Unmarshal([]byte(data), &m))
					return m
				}
			}
			h.Fatal("the stream ended")
			return m
		}
		if m := next(); len(m.Sites) != 4 || m.Total.Received != 0 {
			t.Errorf("the first is %+v", m)
		}
		_, err = h.s.Acknowledge(h.as("inv02"), htn, n.ID, "02", nil)
		h.must(err)
		if m := next(); len(m.Sites) != 1 || m.Sites[0].Site != "02" || m.Sites[0].Acknowledged != 1 || m.Total.Missing != 4 {
			t.Errorf("what has moved is %+v", m)
		}
	})
}

func TestAnswersAreAddedUpByQuestion(t *testing.T) {
	t.Parallel()
	h := alone(t)
	n := h.asked(None)
	for i, given := range [][2]string{{"true", "10"}, {"false", "30"}, {"true", "80"}} {
		site := []casebook.SiteID{"01", "02", "03"}[i]
		_, err := h.s.Answer(h.as("inv"+casebook.UserID(site)), htn, n.ID, site, reply(given[0], given[1], "OK"), "")
		h.must(err)
	}
	all, err := h.s.Answers(t.Context(), htn, n.ID)
	h.must(err)
	yes, stock := all[0], all[1]
	if yes.Answered != 3 || yes.Counts[0].N != 2 || yes.Counts[0].Label["en"] != "Yes" || yes.Counts[1].Label["zh-CN"] != "否" {
		t.Errorf("yes or no: %+v", yes)
	}
	if stock.Mean != 40 || stock.Least != "10" || stock.Most != "80" {
		t.Errorf("numbers: %+v", stock)
	}
	if all[3].Answered != 0 || len(all[3].Counts) != 0 {
		t.Errorf("what nobody answered: %+v", all[3])
	}
}

func TestATitleShowsWhatAllReadAlikeAndNamesTheRest(t *testing.T) {
	t.Parallel()
	h := alone(t)
	d := letterTo(auth.Investigator)
	d.ID, d.Deadline, d.Escalate = "N1", noon.Add(24*time.Hour), auth.Coordinator
	d.Title = odm.Text{"zh-CN": "{{ site }}：{{version}} 版，{{day}}", "en": "{{site}}: version {{ version }} from {{day}}"}
	h.send(d)
	door := h.door()
	for _, path := range []string{"/notices", "/notices/N1"} {
		if _, text := call(h, door, "pm", "GET", path, nil); !bytes.Contains(text, []byte(`"title":{"en":"site: version 3 from 1 April 2026","zh-CN":"site：3 版，2026年4月1日"}`)) {
			t.Errorf("%s: %s", path, text)
		}
	}
	d.ID, d.Audience.Sites = "N2", []casebook.SiteID{"01"} // where nobody reads English
	h.send(d)
	if _, text := call(h, door, "pm", "GET", "/notices/N2", nil); !bytes.Contains(text, []byte(`"body":"person, please read version 3, in force from 1 April 2026."`)) {
		t.Errorf("in the other language: %s", text)
	}
	h.clock.Set(d.Deadline)
	h.work()
	if all, err := h.s.Inbox(h.as("crc04"), htn); err != nil || len(all) != 1 || all[0].Title != "Deadline passed: site: version 3 from 1 April 2026" {
		t.Errorf("the coordinator is told %+v, %v", all, err)
	}
}
