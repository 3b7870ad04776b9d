package chaos

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// payloads are one or more of each kind, each with a marker that shows when it was taken for what it says.
var payloads = []string{
	`' OR '1'='1`, `"; DROP TABLE x;--`, `1) UNION SELECT sqlite_version()--`, `'||pg_sleep(3)||'`, `%' ESCAPE '`, // SQL
	`<script>alert(4711)</script>`, `<img src=x onerror=alert(4711)>`, `"><svg onload=alert(4711)>`, `周<b onclick=x>宁</b>`, // HTML
	`{{1337*1337}}`, `${1337*1337}`, `#{1337*1337}`, `<%= 1337*1337 %>`, // templates, whose product is 1787569
	`=HYPERLINK("http://x")`, `+1+1`, `-2+3`, `@SUM(A1)`, "\t=1", // formulas
	"x\r\nX-Injected: yes", "x\r\n\r\n<html>", "x\nlevel=error msg=forged", // headers and logs
	`../../../../etc/passwd`, `..\..\windows\win.ini`, `%2e%2e%2f%2e%2e%2fetc%2fpasswd`, `/etc/passwd`, // paths
	`http://169.254.169.254/latest/meta-data/`, `http://[::1]:22/`, `file:///etc/passwd`, // addresses inside
	`$(id)`, "`id`", `|id`, `; id`, // shells
}

// queries are the names of parameters that the addresses read, and one that none does.
var queries = []string{"q", "after", "limit", "subject", "site", "state", "value", "what", "who", "where", "from", "to", "at", "group", "repeat", "item", "lang", "format", "nothing"}

var param = regexp.MustCompile(`\{[^}]*\}`)

// inject puts every payload into every part of every address, into its parameters, and into every text of a form, a
// report, a query and a reason, and reads what it can read again.
func inject(ctx context.Context, t Target, b Bounds) (m Measure, err error) {
	client := visitors(8)
	defer client.CloseIdleConnections()
	m.Figures = map[string]float64{"slowest_ms": 0}
	step := 1
	if b.Size == 0 {
		step = 7 // the quick set: each address meets some payloads, each payload some addresses
	}
	at := 0
	hit := func(method, path, body, payload string, headers ...string) error {
		r, err := t.ask(ctx, client, b.World, method, path, body, headers...)
		m.N++
		m.Figures["slowest_ms"] = max(m.Figures["slowest_ms"], float64(r.took.Microseconds())/1000)
		if what := taken(r, payload); what != "" {
			m.Findings = append(m.Findings, fmt.Sprintf("%s %.100s with %.40q: %s", method, path, payload, what))
		}
		return err
	}
	for _, route := range t.Routes {
		method, pattern, _ := strings.Cut(route, " ")
		if strings.HasSuffix(pattern, "/live") || strings.HasSuffix(pattern, "/changes") || strings.HasSuffix(pattern, "/session") {
			continue // streams do not end, and the session is needed
		}
		for _, p := range t.fill(pattern) {
			for range len(payloads) {
				if at++; at%step != 0 {
					continue
				}
				payload := payloads[at%len(payloads)]
				body := ""
				if method != "GET" {
					body = `{}`
				}
				query := ""
				if method == "GET" {
					query = "?" + queries[at%len(queries)] + "=" + url.QueryEscape(payload)
				}
				if err := hit(method, strings.ReplaceAll(p, hole, url.PathEscape(payload))+query, body, payload); err != nil {
					return m, err
				}
			}
		}
	}
	for _, payload := range payloads {
		if err := t.stored(ctx, b.World, payload, hit); err != nil {
			return m, err
		}
	}
	m.Value = fmt.Sprintf("%d hits", len(m.Findings))
	m.Pass = len(m.Findings) == 0
	return m, nil
}

// hole is where a payload goes.
const hole = "\x00"

// fill gives a pattern its parameters, with each in turn left open for a payload.
func (t *Target) fill(pattern string) (all []string) {
	names := param.FindAllString(pattern, -1)
	for open := range max(len(names), 1) {
		n := -1
		all = append(all, param.ReplaceAllStringFunc(pattern, func(name string) string {
			n++
			switch {
			case n == open:
				return hole
			case name == "{study}" || name == "{trialId}":
				return t.Study
			case name == "{subject}":
				return t.Subject
			case name == "{$}":
				return ""
			}
			return "1"
		}))
	}
	return all
}

// stored sends a payload where texts are kept, and reads them again.
func (t *Target) stored(ctx context.Context, w casebook.World, payload string, hit func(method, path, body, payload string, headers ...string) error) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	group, rest, _ := strings.Cut(t.Place, "/")
	repeat, item, _ := strings.Cut(rest, "/")
	study := "/api/v1/studies/" + t.Study
	for _, try := range [][3]string{
		{"PATCH", t.Form, fmt.Sprintf(`{"reason":%s,"items":[{"group":%q,"repeat":%q,"item":%q,"value":%s}]}`, text, group, repeat, item, text)},
		{"PATCH", t.Form, fmt.Sprintf(`{"reason":"x","items":[{"group":%s,"repeat":%s,"item":%s,"value":"x"}]}`, text, text, text)},
		{"POST", study + "/subjects", fmt.Sprintf(`{"site":%s}`, text)},
		{"POST", study + "/queries", fmt.Sprintf(`{"subject":%q,"text":%s}`, t.Subject, text)},
		{"POST", study + "/signatures", fmt.Sprintf(`{"user":%s,"password":%s,"meaning":%s,"zone":%s,"parts":[{"subject":%s,"scope":%s}]}`, text, text, text, text, text, text)},
		{"POST", "/report", fmt.Sprintf(`{"patientId":%s,"data":{"note":%s}}`, text, text)},
		{"POST", "/report", fmt.Sprintf(`{"patientId":%q,"id":"%x","data":{"note":%s}}`, t.Subject, w.Bytes(8), text)},
		{"GET", t.Form, ""},
		{"GET", t.Form + "/history", ""},
		{"GET", study + "/trail?value=" + url.QueryEscape(payload), ""},
	} {
		headers := []string{"If-Match", `"1"`}
		if try[1] == "/report" {
			headers = []string{"Authorization", "Bearer " + t.Token}
		}
		if err := hit(try[0], try[1], try[2], payload, headers...); err != nil {
			return err
		}
	}
	return nil
}

// faults of a database, a shell, a file system or a template, as they show in an answer.
var signs = []string{"syntax error", "SQLSTATE", "SQL logic error", "unrecognized token", "root:x:0", "1787569", "uid=0", "goroutine ", "[fonts]"}

// taken says how a payload was taken for more than text; "" when it was not.
func taken(r reply, payload string) string {
	html := strings.Contains(r.header.Get("Content-Type"), "html")
	switch {
	case r.status >= 500 && r.status != 503:
		return fmt.Sprintf("answered %d %.120s", r.status, r.body)
	case r.header.Get("X-Injected") != "":
		return "a header was made of it"
	case html && strings.ContainsAny(payload, "<>") && strings.Contains(r.body, payload):
		return "it stands in HTML as it came"
	case r.took > 2500*time.Millisecond && strings.Contains(payload, "sleep"):
		return "the database slept"
	}
	for _, s := range signs {
		if strings.Contains(r.body, s) && !strings.Contains(payload, s) {
			return "the answer holds " + s
		}
	}
	if strings.Contains(r.header.Get("Content-Type"), "csv") && strings.Contains(r.body, ","+payload) && strings.ContainsAny(payload[:1], "=+-@\t") {
		return "a formula stands in a cell"
	}
	return ""
}
