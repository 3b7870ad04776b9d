package report_test

import (
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// A refusal is a body that the door does not take. The fuzzing of the decoder starts from the same list.
type refusal struct {
	name   string
	body   string
	status int
	code   string
	place  string
}

// answered puts data into a report of the diary.
func answered(data string) string {
	return `{"patientId":"03-001","id":"r","instrument":"F.HBP","data":` + data + `}`
}

var refusals = []refusal{
	// JSON that can be read in two ways, or not at all.
	{"nothing", ``, 400, "request.json.empty", ""},
	{"only spaces", " \n", 400, "request.json.empty", ""},
	{"cut in a name", `{"patientId":"03-001","da`, 400, "request.json.cut", "byte 25"},
	{"cut in the data", `{"patientId":"03-001","data":{"IT.AMSYS1":13`, 400, "request.json.cut", "/data"},
	{"cut before the end", `{"patientId":"03-001","data":1`, 400, "request.json.cut", "byte 30"},
	{"not JSON", `patientId=03-001`, 400, "request.json.syntax", "byte 0"},
	{"a comment", `{"patientId":"03-001", /* */ "data":1}`, 400, "request.json.syntax", "byte 23"},
	{"a comma too many", `{"patientId":"03-001","data":1,}`, 400, "request.json.syntax", "byte 30"},
	{"something after the end", `{"patientId":"03-001","data":1} {}`, 400, "request.json.trailing", "byte 33"},
	{"a brace after the end", `{"patientId":"03-001","data":1}}`, 400, "request.json.trailing", "byte 31"},
	{"a name twice", `{"patientId":"03-001","patientId":"03-002","data":1}`, 400, "request.json.duplicate_name", "/patientId"},
	{"a name twice, once escaped", `{"patientId":"03-001","p\u0061tientId":"03-002","data":1}`, 400, "request.json.duplicate_name", "/patientId"},
	{"data twice", `{"patientId":"03-001","data":1,"data":2}`, 400, "request.json.duplicate_name", "/data"},
	{"an answer twice", answered(`{"IT.AMSYS1":1,"IT.AMSYS1":2}`), 400, "request.json.duplicate_name", "/data/IT.AMSYS1"},
	{"a name twice, deep in unclassified data", `{"patientId":"03-001","data":[{"a":{"b":1,"b":1}}]}`, 400, "request.json.duplicate_name", "/data/0/a/b"},
	{"invalid UTF-8", "{\"patientId\":\"03-001\",\"data\":\"\xff\"}", 400, "request.json.utf8", "byte 30"},
	{"UTF-16", "\xff\xfe{\x00", 400, "request.json.utf8", "byte 0"},
	{"a surrogate in UTF-8", "{\"patientId\":\"03-001\",\"data\":\"\xed\xa0\x80\"}", 400, "request.json.utf8", "byte 30"},
	{"half a surrogate pair", `{"patientId":"03-001","data":"\ud800"}`, 400, "request.json.syntax", "/data"},
	{"a byte order mark", "\ufeff" + answered(`{}`), 400, "request.json.syntax", "byte 0"},
	{"NUL", "{\"patientId\":\"03-001\",\"data\":\"\x00\"}", 400, "request.json.syntax", "/data"},
	{"NUL, escaped", `{"patientId":"03-001","data":"a\u0000b"}`, 400, "request.json.nul", "byte 31"},
	{"NUL, escaped, in a name", `{"patientId":"03-001","data":{"\u0000":1}}`, 400, "request.json.nul", "byte 31"},
	{"NUL, escaped, in the id", `{"patientId":"03-001","id":"\u0000","data":1}`, 400, "request.json.nul", "byte 28"},
	{"nested 65 deep", `{"patientId":"03-001","data":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, 400, "request.json.depth", "byte 92"},
	{"nested 30,000 deep", `{"data":` + strings.Repeat(`{"":`, 15000) + strings.Repeat("[", 0), 400, "request.json.depth", "byte 260"},

	// What is not a report.
	{"an array", `[{"patientId":"03-001","data":1}]`, 400, "report.not_object", ""},
	{"a text", `"03-001"`, 400, "report.not_object", ""},
	{"null", `null`, 400, "report.not_object", ""},
	{"no patient", `{"data":1}`, 400, "report.member_missing", "/patientId"},
	{"no data", `{"patientId":"03-001"}`, 400, "report.member_missing", "/data"},
	{"nothing in it", `{}`, 400, "report.member_missing", "/patientId"},
	{"an unknown member", `{"patientId":"03-001","data":1,"site":"03"}`, 400, "request.json.unknown_name", "/site"},
	{"an unknown member with a slash", `{"a/b~c":1}`, 400, "request.json.unknown_name", "/a~1b~0c"},
	{"another case", `{"PatientId":"03-001","data":1}`, 400, "request.json.unknown_name", "/PatientId"},
	{"another case, after the right one", `{"patientId":"03-001","PATIENTID":"03-002","data":1}`, 400, "request.json.unknown_name", "/PATIENTID"},
	{"another case of data", `{"patientId":"03-001","Data":1}`, 400, "request.json.unknown_name", "/Data"},
	{"the patient is a number", `{"patientId":3,"data":1}`, 400, "report.member_text", "/patientId"},
	{"the patient is null", `{"patientId":null,"data":1}`, 400, "report.member_text", "/patientId"},
	{"the id is a number", `{"patientId":"03-001","id":1,"data":1}`, 400, "report.member_text", "/id"},
	{"the instrument is an object", `{"patientId":"03-001","instrument":{},"data":1}`, 400, "report.member_text", "/instrument"},
	{"the id is too long", `{"patientId":"03-001","id":"` + strings.Repeat("x", 101) + `","data":1}`, 400, "report.id_format", "/id"},
	{"the id has a line end", `{"patientId":"03-001","id":"a\nb","data":1}`, 400, "report.id_format", "/id"},
	{"the id has DEL", `{"patientId":"03-001","id":"\u007f","data":1}`, 400, "report.id_format", "/id"},
	{"the id is dots", `{"patientId":"03-001","id":"..","data":1}`, 400, "report.id_format", "/id"},
	{"the id is a slash", `{"patientId":"03-001","id":"/","data":1}`, 400, "report.id_format", "/id"},
	{"the device is too long", `{"patientId":"03-001","device":"` + strings.Repeat("x", 201) + `","data":1}`, 400, "report.device_format", "/device"},
	{"a moment without a zone", `{"patientId":"03-001","answeredAt":"2026-03-02T07:55:00","data":1}`, 400, "report.answered_at", "/answeredAt"},
	{"a day that is not", `{"patientId":"03-001","answeredAt":"2026-02-30T07:55:00Z","data":1}`, 400, "report.answered_at", "/answeredAt"},

	// Whom and what it is about.
	{"an unknown patient", `{"patientId":"03-999","data":1}`, 404, "report.patient_unknown", "/patientId"},
	{"a patient with a space", `{"patientId":" 03-001","data":1}`, 404, "report.patient_unknown", "/patientId"},
	{"an unknown instrument", `{"patientId":"03-001","instrument":"F.NONE","data":{}}`, 400, "record.form_unknown", "/instrument"},
	{"an instrument in small letters", `{"patientId":"03-001","instrument":"f.hbp","data":{}}`, 400, "record.form_unknown", "/instrument"},
	{"a form that is filled in once", `{"patientId":"03-001","instrument":"F.DM","data":{}}`, 400, "record.form_once", "/instrument"},

	// Answers.
	{"answers in an array", answered(`[]`), 400, "report.answers_object", "/data"},
	{"answers are a text", answered(`"fine"`), 400, "report.answers_object", "/data"},
	{"an unknown item", answered(`{"IT.NONE":1}`), 400, "record.item_unknown", "/data/IT.NONE"},
	{"another form's item", answered(`{"IT.SYS":120}`), 400, "record.item_unknown", "/data/IT.SYS"},
	{"an item in small letters", answered(`{"it.amsys1":120}`), 400, "record.item_unknown", "/data/it.amsys1"},
	{"a group that does not repeat", answered(`{"IG.HBAM":[{}]}`), 400, "record.item_unknown", "/data/IG.HBAM"},
	{"an object for an answer", answered(`{"IT.AMSYS1":{"value":1}}`), 400, "report.answer_type", "/data/IT.AMSYS1"},
	{"an array for an answer", answered(`{"IT.AMSYS1":[132]}`), 400, "report.answer_type", "/data/IT.AMSYS1"},
	{"a word for a number", answered(`{"IT.AMSYS1":"high"}`), 400, "odm.value.integer", "/data/IT.AMSYS1"},
	{"a fraction for a whole number", answered(`{"IT.AMSYS1":132.5}`), 400, "odm.value.integer", "/data/IT.AMSYS1"},
	{"an exponent", answered(`{"IT.AMSYS1":1e2}`), 400, "odm.value.integer", "/data/IT.AMSYS1"},
	{"a code that is not in the list", answered(`{"IT.HBAMYN":"X"}`), 400, "odm.value.code_list", "/data/IT.HBAMYN"},
	{"a code in small letters", answered(`{"IT.HBAMYN":"y"}`), 400, "odm.value.code_list", "/data/IT.HBAMYN"},
	{"true for a code", answered(`{"IT.HBAMYN":true}`), 400, "odm.value.length", "/data/IT.HBAMYN"},
	{"a day that is not, as an answer", answered(`{"IT.HBDAT":"2026-02-30"}`), 400, "odm.value.date", "/data/IT.HBDAT"},
	{"a computed item", answered(`{"IT.HBSYSM":120}`), 400, "record.item_computed", "/data/IT.HBSYSM"},
}

func TestEveryRefusalSaysWhyAndLeavesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.send(diary("d-1", "132")) // so that the door knows the patient
		before := h.rows()
		for _, c := range refusals {
			a := h.send(c.body)
			if a.status != c.status || a.body.Code != c.code || a.body.Place != c.place {
				t.Errorf("%s: %d %s at %q, want %d %s at %q", c.name, a.status, a.body.Code, a.body.Place, c.status, c.code, c.place)
			}
			checkProblem(t, c.name, a)
			if len(a.text) > 2000 {
				t.Errorf("%s: an answer of %d bytes", c.name, len(a.text))
			}
		}
		if got := h.grown(before); got != "" {
			t.Errorf("the refusals left %q", got)
		}
		// The control: the same count sees a report that is taken.
		if a := h.send(`{"patientId":"03-001","data":1}`); a.status != 200 || h.grown(before) == "" {
			t.Errorf("the control was not seen: %v", a)
		}
	})
}

// checkProblem checks the shape that all refusals share.
func checkProblem(t *testing.T, name string, a answer) {
	t.Helper()
	en, zh := a.body.Texts["en"], a.body.Texts["zh-CN"]
	if a.header.Get("Content-Type") != "application/problem+json" || len(en) < 5 || zh == "" || en == zh || strings.Contains(en+zh, "{0}") || strings.Contains(en, a.body.Code) {
		t.Errorf("%s: %s %v", name, a.header.Get("Content-Type"), a)
	}
	if (a.status == 400) != (a.body.Error == "Invalid request") {
		t.Errorf(`%s: answered %d with "error":%q`, name, a.status, a.body.Error)
	}
	if a.body.Status != float64(a.status) {
		t.Errorf("%s: status %d says %v", name, a.status, a.body.Status)
	}
}

// A name or an id of sixty thousand characters must not come back in four copies.
func TestARefusalDoesNotEchoWhatWasSent(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	long := strings.Repeat("血", 20000)
	for name, body := range map[string]string{
		"a name":       `{"` + long + `":1}`,
		"a patient":    `{"patientId":"` + long + `","data":1}`,
		"a moment":     `{"patientId":"03-001","data":1,"answeredAt":"` + long + `"}`,
		"a form":       `{"patientId":"03-001","data":1,"instrument":"` + long + `"}`,
		"an item":      answered(`{"` + long + `":1}`),
		"an answer":    answered(`{"IT.AMSYS1":"` + long + `"}`),
		"a deep place": `{"patientId":"03-001","data":{"` + long + `":{"a":1,"a":2}}}`,
	} {
		a := h.send(body)
		checkProblem(t, name, a)
		if a.status < 400 || a.status > 404 || len(a.text) > 4000 {
			t.Errorf("%s: %d in %d bytes: %.300s", name, a.status, len(a.text), a.text)
		}
	}
}

func TestWhatIsNotJSONOrTooMuchIsRefusedUnread(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	before := h.rows()
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json;", "application/jsonx", "text/json", "application/problem+json", "a/b/c"} {
		a := h.send(diary("d-1", "132"), "Content-Type", kind)
		if kind == "application/json;" { // RFC 9110 lets a parameter list be empty
			continue
		}
		if a.status != 415 || a.body.Code != "request.media_type" {
			t.Errorf("%q: %v", kind, a)
		}
		checkProblem(t, kind, a)
	}
	for name, size := range map[string]int{"one byte over": 64<<10 + 1, "two megabytes": 2 << 20} {
		a := h.send(padded(size))
		if a.status != 413 || a.body.Code != "request.too_large" {
			t.Errorf("%s: %v", name, a)
		}
		checkProblem(t, name, a)
	}
	if a := h.send(padded(64 << 10)); a.status != 200 {
		t.Errorf("64 KiB: %v", a)
	}
	for _, kind := range []string{"application/json; charset=utf-8", "Application/JSON"} {
		if a := h.send(diary("d-"+kind, "132"), "Content-Type", kind); a.status != 200 {
			t.Errorf("%q: %v", kind, a)
		}
	}
	if got := h.grown(before); !strings.HasPrefix(got, "ledger_entry+") || !strings.HasSuffix(got, "report_unclassified+1") {
		t.Errorf("they left %q", got)
	}
}

// padded is a good report of exactly n bytes.
func padded(n int) string {
	const head, tail = `{"patientId":"03-001","data":"`, `"}`
	return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
}

// endless is a body that never ends, and how much of it was taken.
type endless struct{ taken int }

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, strings.Repeat(" ", len(b)))
	e.taken += n
	return n, nil
}

func TestABodyWithoutALengthIsReadToTheBoundOnly(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	for name, length := range map[string]int64{"unknown": -1, "declared": 2 << 20} {
		body := &endless{}
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/report", io.NopCloser(body))
		r.ContentLength = length
		r.Header.Set("Authorization", "Bearer "+h.token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.gate.ServeHTTP(w, r)
		if most := 64<<10 + 1; w.Code != 413 || body.taken > most || length > 0 && body.taken > 0 {
			t.Errorf("length %s: %d after %d bytes", name, w.Code, body.taken)
		}
	}
	if a := h.post(io.LimitReader(&endless{}, 2<<20)); a.status != 413 { // in chunks, through a socket
		t.Errorf("in chunks: %v", a)
	}
}

// What comes in headers is as hostile as what comes in the body.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.rows()
		for name, c := range map[string]struct {
			header, value string
			status        int
			code          string
		}{
			"an id that is not UTF-8": {"Idempotency-Key", "a\xff", 400, "report.id_format"},
			"an id in Latin-1":        {"Idempotency-Key", "caf\xe9", 400, "report.id_format"},
			"an id that is too long":  {"Idempotency-Key", strings.Repeat("x", 101), 400, "report.id_format"},
			"a type that is endless":  {"Content-Type", strings.Repeat("x", 8000), 415, "request.media_type"},
			"a type that is not text": {"Content-Type", "\xff\xfe", 415, "request.media_type"},
		} {
			a := h.send(`{"patientId":"03-001","data":1}`, c.header, c.value)
			if a.status != c.status || a.body.Code != c.code {
				t.Errorf("%s: %v", name, a)
			}
			checkProblem(t, name, a)
		}
		if got := h.grown(before); got != "" {
			t.Errorf("they left %q", got)
		}
	})
}

func TestOneByteAtATime(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	a := h.post(slow{strings.NewReader(diary("d-1", "132"))})
	again := h.send(diary("d-1", "132"))
	if a.status != 200 || again.body.Receipt != a.body.Receipt || again.header.Get("Idempotent-Replay") != "true" {
		t.Errorf("%v, again %v", a, again)
	}
}

// A sender who stops in the middle is let go when its time is up, and is told so.
func TestASenderWhoStopsIsLetGo(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	before := h.rows()
	c, err := net.Dial("tcp", strings.TrimPrefix(h.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /report HTTP/1.1\r\nHost: casebook\r\nAuthorization: Bearer %s\r\nRequest-Timeout: 0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", h.token)
	line := make([]byte, 12)
	if _, err := io.ReadFull(c, line); err != nil || string(line) != "HTTP/1.1 504" {
		t.Errorf("answered %s %v", line, err)
	}
	if got := h.grown(before); got != "" {
		t.Errorf("it left %q", got)
	}
}

type slow struct{ r io.Reader }

func (s slow) Read(b []byte) (int, error) { return s.r.Read(b[:min(1, len(b))]) }

// Every prefix of a report is refused as cut off, and leaves nothing.
func TestEveryPrefixIsRefused(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	before := h.rows()
	whole := diary("d-1", "132")
	for n := range len(whole) {
		a := h.send(whole[:n])
		if code := a.body.Code; a.status != 400 || code != "request.json.cut" && n > 0 || code != "request.json.empty" && n == 0 {
			t.Errorf("%s bytes: %v", strconv.Itoa(n), a)
		}
	}
	if got := h.grown(before); got != "" {
		t.Errorf("they left %q", got)
	}
}
