package load

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"casebook"

	"github.com/go-json-experiment/json"
)

// desk is what members of staff share: a session, and the subjects they work on.
type desk struct {
	Options
	cookie   string
	bearer   string // of another program, instead of the cookie
	subjects []string
	study    string // path of the study

	correctable map[string]bool // items, for Entry
}

// signIn opens a session and finds the subjects that the person may see.
func signIn(ctx context.Context, o Options) (*desk, error) {
	d := &desk{Options: o, study: "/api/v1/studies/" + url.PathEscape(string(o.Study))}
	c := &conn{dial: o.dial}
	defer c.close()
	body, err := json.Marshal(struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}{o.User, o.Password})
	if err != nil {
		return nil, err
	}
	a, err := c.do(ctx, d.request("POST", "/api/v1/session", "", body), o.World.Now().Add(o.Timeout))
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK || a.cookie == "" {
		return nil, casebook.Fail(casebook.Unauthorized, "load.sign_in", o.User, a.status)
	}
	d.cookie = a.cookie
	if o.Scenario == Entry {
		if d.correctable, err = d.measured(ctx, c); err != nil {
			return nil, err
		}
	}
	if o.Scenario == Client {
		if err := d.enrolProgram(ctx, c); err != nil {
			return nil, err
		}
	}
	return d, d.find(ctx, c)
}

// maxSubjects is as many as a desk works on.
const maxSubjects = 1000

// find turns the matrix's pages.
func (d *desk) find(ctx context.Context, c *conn) error {
	for after := ""; len(d.subjects) < maxSubjects; {
		a, err := c.do(ctx, d.get(d.study+"/matrix?limit=50&after="+url.QueryEscape(after)), d.World.Now().Add(d.Timeout))
		if err != nil {
			return err
		}
		var page struct {
			Rows []struct {
				Subject string `json:"subject"`
			} `json:"rows"`
			Next string `json:"next"`
		}
		if a.status != http.StatusOK || json.Unmarshal(a.body, &page) != nil || len(d.subjects)+len(page.Rows) == 0 {
			return casebook.Fail(casebook.NotFound, "load.no_subjects", d.Study, a.status)
		}
		for _, row := range page.Rows {
			d.subjects = append(d.subjects, row.Subject)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return nil
}

// request writes a request as the staff's pages send it. match is an entity tag for If-Match, or "".
func (d *desk) request(method, path, match string, body []byte) []byte {
	b := []byte(method + " " + path + " HTTP/1.1\r\nHost: " + d.Address + "\r\nOrigin: http://" + d.Address +
		"\r\nX-Casebook: 1\r\n")
	if d.cookie != "" {
		b = append(b, "Cookie: "+d.cookie+"\r\n"...)
	}
	if d.bearer != "" {
		b = append(b, "Authorization: Bearer "+d.bearer+"\r\n"...)
	}
	if match != "" {
		b = append(b, "If-Match: "+match+"\r\n"...)
	}
	if body != nil {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	return append(b, body...)
}

func (d *desk) get(path string) []byte { return d.request("GET", path, "", nil) }

// subject is the path of the i-th subject, from the start again after the last.
func (d *desk) subject(i int) string {
	return d.study + "/subjects/" + url.PathEscape(d.subjects[i%len(d.subjects)])
}

// sheet is a form in a subject's casebook, as the casebook lists it.
type sheet struct {
	Form    string `json:"form"`
	Repeat  string `json:"repeat"`
	Version int64  `json:"version"`
}

// filled returns the paths of the forms of a casebook that hold something.
func filled(subject string, a *answer) (paths []string, ok bool) {
	var book struct {
		Events []struct {
			Event  string  `json:"event"`
			Repeat string  `json:"repeat"`
			Forms  []sheet `json:"forms"`
		} `json:"events"`
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &book) != nil {
		return nil, false
	}
	for _, e := range book.Events {
		for _, f := range e.Forms {
			if f.Version > 0 {
				paths = append(paths, subject+"/forms/"+url.PathEscape(e.Event)+"/"+url.PathEscape(e.Repeat)+"/"+
					url.PathEscape(f.Form)+"/"+url.PathEscape(f.Repeat))
			}
		}
	}
	return paths, true
}
