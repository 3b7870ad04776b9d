package main

import (
	"net/http"
	"strings"
	"testing"

	"casebook/store/storetest"
)

// A house is a database with a folder for its keys, both the test's own.
type house struct {
	engine string
	folder string
	dsn    string // of PostgreSQL
}

// build makes an empty house.
func build(t *testing.T, engine string) *house {
	t.Helper()
	h := &house{engine: engine, folder: t.TempDir()}
	if engine == "postgres" {
		h.dsn = storetest.DSN(t, engine)
	}
	return h
}

// args are a subcommand's words with the options that find the house. The test cluster does not flush its files, which
// the product must be told to bear.
func (h *house) args(words ...string) []string {
	if h.engine == "postgres" {
		return append(words, "--db", h.dsn, "--keys", h.folder, "--unsafe")
	}
	return append(words, "--db", h.folder)
}

// verify runs the verification.
func (h *house) verify(t *testing.T, options ...string) outcome {
	t.Helper()
	words := []string{"verify", h.folder}
	if h.engine == "postgres" {
		words = []string{"verify", h.dsn, "--keys", h.folder}
	}
	return call(t, append(words, options...)...)
}

const password = "quiet-otters-swim-upstream"

// furnish imports the study of the CDISC's example, opens a site and gives linyue, a coordinator, an account.
func (h *house) furnish(t *testing.T) {
	t.Helper()
	call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t)
	call(t, h.args("site", "add", "CES", "01", "Wangshu Hospital", "--name-zh", "望舒医院", "--zone", "Asia/Shanghai")...).done(t)
	callIn(t, nil, password+"\n", h.args("person", "add", "linyue", "Lin Yue", "--name-zh", "林月")...).done(t)
	call(t, h.args("person", "grant", "linyue", "coordinator", "CES", "01")...).done(t)
}

// dave has four rules that do not run, which waive answers for.
const (
	dave  = "odm/cdisc_odm132_dave_multilang.xml"
	waive = "--waive=MethodDef[METH.001]=computed by hand;ItemDef[I_HEIGHT]/RangeCheck[1]=seen by people;ItemDef[I_WEIGHT]/RangeCheck[1]=seen by people"
)

// serve starts a server of the house on a free port and signs linyue in.
func (h *house) serve(t *testing.T) (*process, *visitor) {
	t.Helper()
	p := start(t, nil, h.args("serve", "--addr", "127.0.0.1:0")...)
	return p, visit(t, p.says(t, addressShape)).signIn(t, "linyue", password)
}

// enrol enrols a subject at site 01 and returns its number.
func (v *visitor) enrol(t *testing.T) string {
	t.Helper()
	return get[struct {
		Subject string `json:"subject"`
	}](t, v, http.StatusCreated, "POST", "/api/v1/studies/CES/subjects", `{"site":"01"}`).Subject
}

// engines runs a test on both databases.
func engines(t *testing.T, fn func(t *testing.T, h *house)) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, build(t, engine))
		})
	}
}

// clean fails the test unless the verification found nothing to say.
func (o outcome) clean(t *testing.T) {
	t.Helper()
	if o.done(t); strings.Count(o.stdout, "\n") != 1 || !strings.Contains(o.stdout, "entries") {
		t.Errorf("the verification says\n%s", o.stdout)
	}
}
