package load

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"casebook"

	"github.com/go-json-experiment/json"
)

// page is what a reader opens: its name in the table, and its address. In that, {study}, {casebook}, {form} and {after} are the
// study, the casebook that is open, a filled form of it, and how far the reader has followed the change feed. With a body
// it is sent; {version} in it is that of the form that was opened last.
type page struct{ name, address, body string }

// rounds are the pages that readers open, in turn, again and again.
var rounds = map[string][]page{
	Browse: {{"matrix", "{study}/matrix?limit=50", ""}, {"casebook", "{casebook}", ""}, {"form", "{form}", ""},
		{"queries", "{study}/queries?state=Open", ""}, {"monitoring", "{study}/monitoring", ""}},
	Monitor: {{"signals", "{study}/signals", ""}, {"overview", "{study}/monitoring/overview", ""}, {"casebook", "{casebook}", ""}, {"form", "{form}", ""},
		{"history", "{form}/history", ""}, {"verify", "{form}/reviews", `{"kind":"sdv","version":{version}}`}, {"visits", "{study}/monitoring-visits", ""}},
	Office: {{"board", "{study}/board", ""}, {"inbox", "{study}/inbox", ""}, {"enrolment", "{study}/enrolment", ""}, {"documents", "{study}/documents", ""}, {"due", "{study}/visits", ""}},
	Client: {{"changes", "{study}/changes?limit=100&after={after}", ""}, {"casebook", "{casebook}", ""}, {"form", "{form}", ""}, {"fhir", "/fhir/R4/{id}/Patient?_count=50", ""}},
}

// reader opens the pages of a round. What it has open it keeps: the forms of a casebook, a form's version, a place in the feed.
type reader struct {
	*desk
	round []page
	step  int
	turn  int // subjects differ between readers

	open           page
	forms          []string
	version, after string
}

func (r *reader) next(int64) request {
	for {
		r.open = r.round[r.step%len(r.round)]
		r.step++
		if strings.HasPrefix(r.open.address, "{form}") && len(r.forms) == 0 || r.open.body != "" && r.version == "" {
			continue // nothing is open
		}
		if r.open.name == "casebook" {
			r.turn += r.Connections
			r.forms, r.version = nil, ""
		}
		form := ""
		if n := len(r.forms); n > 0 {
			form = r.forms[r.turn%n]
		}
		path := strings.NewReplacer("{study}", r.study, "{casebook}", r.subject(r.turn), "{form}", form, "{after}", r.after, "{id}", url.PathEscape(string(r.Study))).Replace(r.open.address)
		if r.open.body == "" {
			return request{r.open.name, r.get(path), true}
		}
		body := strings.Replace(r.open.body, "{version}", r.version, 1)
		return request{r.open.name, r.request("POST", path, "", []byte(body)), false}
	}
}

func (r *reader) take(a *answer) (ok bool) {
	if a.status >= 300 {
		return true
	}
	switch r.open.name {
	case "casebook":
		r.forms, ok = filled(r.subject(r.turn), a)
		return ok
	case "form":
		r.version = strings.Trim(a.etag, `"`)
	case "changes":
		var feed struct {
			Next string `json:"next"`
		}
		if json.Unmarshal(a.body, &feed) != nil {
			return false
		}
		r.after = url.QueryEscape(feed.Next)
	}
	return true
}

// enrolProgram has a key made for another program, under which the run goes on. The person who makes it may see no data, and the
// program sees no more than it needs.
func (d *desk) enrolProgram(ctx context.Context, c *conn) error {
	body, err := json.Marshal(struct {
		Study  casebook.StudyID `json:"study"`
		Name   string           `json:"name"`
		Scopes []string         `json:"scopes"`
	}{d.Study, "load", []string{"study.read", "subject.read", "form.read", "audit.read"}})
	if err != nil {
		return err
	}
	a, err := c.do(ctx, d.request("POST", "/api/v1/clients", "", body), d.World.Now().Add(d.Timeout))
	if err != nil {
		return err
	}
	var made struct {
		Key string `json:"key"`
	}
	if a.status != http.StatusCreated || json.Unmarshal(a.body, &made) != nil || made.Key == "" {
		return casebook.Fail(casebook.Forbidden, "load.no_key", d.User, a.status)
	}
	d.cookie, d.bearer = "", made.Key
	return nil
}
