package validate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// House is the installation that is examined: the program at work on data of its own, which the examination may harm.
type House struct {
	Address string            // http://127.0.0.1:PORT
	Study   string            // the demo's study
	Users   map[string]string // a login for each role
	Other   string            // a subject of a site that is not the coordinator's
	Token   string            // for reports
	Secret  string            // everybody's password

	// Run runs one of the program's other commands and returns what it printed; {data} in args stands for the options
	// that find this house's rows and keys, {rows} for what the command verify takes.
	Run func(ctx context.Context, args ...string) (string, error)
	// Serve starts a server of the program beside this one, with options as on the command line, and returns where the outside finds it.
	Serve func(ctx context.Context, args ...string) (address string, stop func() error, err error)
	// Process is the number of the program's process on this machine.
	Process int
	// Dir is an empty folder for what the examination writes; Rows is the file that holds the rows, "" when they are not
	// in a file; Rest stops the program, so that they can be copied, and does so once.
	Dir  string
	Rows string
	Rest func() error

	World casebook.World

	archive *archived // once it is made
}

// examiner carries out one check. The first thing that is not as it must be ends it: everything after is passed over.
type examiner struct {
	ctx    context.Context
	house  *House
	client *http.Client
	seen   []string
	err    error
	unable string // why the check cannot be carried out here
}

// need fails the check unless what must hold does.
func (x *examiner) need(holds bool, format string, args ...any) {
	if !holds && x.err == nil {
		x.err = fmt.Errorf(format, args...)
	}
}

// cannot says why the check cannot be carried out on this machine.
func (x *examiner) cannot(format string, args ...any) { x.unable = fmt.Sprintf(format, args...) }

// saw notes what the check has seen, for the evidence.
func (x *examiner) saw(format string, args ...any) {
	if x.err == nil {
		x.seen = append(x.seen, fmt.Sprintf(format, args...))
	}
}

// run runs a command of the program, which must end well.
func (x *examiner) run(args ...string) string {
	if x.err != nil {
		return ""
	}
	out, err := x.house.Run(x.ctx, args...)
	x.need(err == nil, "%s: %v: %s", args[0], err, out)
	return out
}

// refused runs a command of the program, which must refuse.
func (x *examiner) refused(args ...string) string {
	if x.err != nil {
		return ""
	}
	out, err := x.house.Run(x.ctx, args...)
	x.need(err != nil, "%s did not refuse: %s", args[0], out)
	return out
}

// visitor is somebody's browser.
type visitor struct {
	x      *examiner
	cookie string
}

// as signs the person of a role in.
func (x *examiner) as(role string) *visitor { return x.signIn(x.house.Users[role], x.house.Secret) }

func (x *examiner) signIn(user, password string) *visitor {
	v := &visitor{x: x}
	a := v.ask("POST", "/api/v1/session", map[string]string{"user": user, "password": password}).must(200)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "casebook_session" {
			v.cookie = c.Value
		}
	}
	x.need(v.cookie != "", "signing %s in gave no session", user)
	return v
}

// answer is what came back.
type answer struct {
	x      *examiner
	what   string
	status int
	header http.Header
	text   string
}

// maxAnswer bounds an answer that is read, in bytes.
const maxAnswer = 64 << 20

// ask sends a request. A body is JSON unless it is text already.
func (v *visitor) ask(method, path string, body any, headers ...string) answer {
	a := answer{x: v.x, what: method + " " + path}
	if v.x.err != nil {
		return a
	}
	text, is := body.(string)
	if !is && body != nil {
		b, err := json.Marshal(body, json.Deterministic(true)) // what is sent twice is the same bytes
		v.x.need(err == nil, "%v", err)
		text = string(b)
	}
	q, err := http.NewRequestWithContext(v.x.ctx, method, v.x.house.Address+path, strings.NewReader(text))
	if err != nil {
		v.x.need(false, "%v", err)
		return a
	}
	q.Header.Set("X-Casebook", "1")
	if text != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if v.cookie != "" {
		q.Header.Set("Cookie", "casebook_session="+v.cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	a.status, a.header, a.text, err = send(v.x.client, q)
	v.x.need(err == nil, "%s: %v", a.what, err)
	return a
}

func send(client *http.Client, q *http.Request) (status int, header http.Header, text string, err error) {
	res, err := client.Do(q)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, res.Header, string(b), err
}

// must fails the check unless the answer has the status and, where one is given, the code.
func (a answer) must(status int, code ...string) answer {
	a.x.need(a.status == status, "%s: answered %d, not %d: %s", a.what, a.status, status, brief(a.text))
	for _, c := range code {
		a.x.need(strings.Contains(a.text, `"`+c+`"`), "%s: answered without %s: %s", a.what, c, brief(a.text))
	}
	return a
}

// good fails the check unless the request was done: for what only prepares it.
func (a answer) good() answer {
	a.x.need(a.status >= 200 && a.status < 300, "%s: answered %d: %s", a.what, a.status, brief(a.text))
	return a
}

// into reads the answer's JSON.
func (a answer) into(out any) {
	if a.x.err == nil {
		err := json.Unmarshal([]byte(a.text), out, json.MatchCaseInsensitiveNames(true))
		a.x.need(err == nil, "%s: %v: %s", a.what, err, brief(a.text))
	}
}

func brief(text string) string {
	if len(text) > 300 {
		return text[:300] + "…"
	}
	return text
}

// unique makes a name that nobody has.
func (x *examiner) unique(prefix string) string {
	return fmt.Sprintf("%s-%x", prefix, x.house.World.Bytes(4))
}

// study is the address of something in the study.
func (x *examiner) study(path string) string { return "/api/v1/studies/" + x.house.Study + path }

// checkTime bounds one check.
const checkTime = 5 * time.Minute

// examine carries out a check against the house.
func (c Check) examine(ctx context.Context, h *House) Result {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	begun := h.World.Now()
	x := &examiner{ctx: ctx, house: h, client: &http.Client{Transport: &http.Transport{}}}
	defer x.client.CloseIdleConnections()
	r := Result{ID: c.ID, Shows: c.Shows, Verdict: Passed}
	if c.inFile && h.Rows == "" {
		r.Verdict, r.Evidence = NotRun, "the rows are not in a file of this machine"
		return r
	}
	c.look(x)
	r.Evidence = strings.Join(x.seen, "; ")
	if x.unable != "" {
		r.Verdict, r.Evidence = NotRun, x.unable
	}
	if x.err != nil {
		r.Verdict, r.Evidence = Failed, x.err.Error()
	}
	r.Seconds = h.World.Now().Sub(begun).Seconds()
	return r
}
