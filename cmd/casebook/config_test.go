package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook/store/storetest"
)

var changedShape = regexp.MustCompile(`msg=starting changed=(.*)\n`)

// file writes a file of the test's own and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// freePort finds an address that nobody listens at now.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// takenPort listens at an address until the test ends.
func takenPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln.Addr().String()
}

// Each server is given its address in several ways, of which one must win; the log then shows that one.
func TestFlagsGoBeforeTheEnvironmentBeforeTheFileBeforeDefaults(t *testing.T) {
	t.Parallel()
	flag, env, inFile := freePort(t), freePort(t), freePort(t)
	config := file(t, "casebook.json", `{"addr":"`+inFile+`","log":"debug","admin":"`+freePort(t)+`"}`)
	for _, c := range []struct {
		name    string
		env     []string
		words   []string
		address string
	}{
		{"file", nil, []string{"--config", config}, inFile},
		{"environment", []string{"CASEBOOK_ADDR=" + env}, []string{"--config", config}, env},
		{"flag", []string{"CASEBOOK_ADDR=" + env}, []string{"--config", config, "--addr", flag}, flag},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t, c.env, append([]string{"serve", "--db", filepath.Join(t.TempDir(), "data")}, c.words...)...)
			if got := p.says(t, addressShape); got != "http://"+c.address {
				t.Errorf("serves at %s, want %s", got, c.address)
			}
			for _, want := range []string{"addr=" + c.address, "log=debug", "admin=", "config=" + config} {
				if said := p.says(t, changedShape); !strings.Contains(said, want) {
					t.Errorf("the log does not say %s: %s", want, said)
				}
			}
			visit(t, "http://"+c.address)
		})
	}
}

func TestTheLogSaysExactlyWhatIsNotUsualAndNoSecret(t *testing.T) {
	t.Parallel()
	busy := takenPort(t)
	for _, c := range []struct {
		name  string
		env   []string
		words []string
		said  string
	}{
		{"usual", nil, []string{"--addr", "127.0.0.1:8080", "--roles", "surgeon"}, `roles=surgeon`},
		{"where", nil, []string{"--addr", busy}, "addr=" + busy},
		{"given but usual", []string{"CASEBOOK_LOG=info", "CASEBOOK_DB=casebook-data"}, []string{"--addr", busy}, "addr=" + busy},
		{"another process", nil, []string{"--addr", busy, "--trial-url", "http://127.0.0.1:1"}, "addr=" + busy + " trial-url=http://127.0.0.1:1"},
		{"another database", nil, []string{"--db", "mysql://nurse:hunter2@db/x"}, "db=mysql://…"},
		{"PostgreSQL", []string{"CASEBOOK_DB=postgres://nurse:hunter2@127.0.0.1:1/x?sslpassword=hunter2"}, nil, "db=postgres://…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			answer := callIn(t, c.env, "", append([]string{"serve"}, c.words...)...)
			said := changedShape.FindStringSubmatch(answer.stderr)
			if said == nil || strings.Trim(said[1], `"`) != c.said {
				t.Errorf("the log says %q, want %s\n%s", said, c.said, answer.stderr)
			}
			if answer.code != 1 || strings.Contains(answer.stderr, "hunter2") {
				t.Errorf("ended with %d, and perhaps a secret in it:\n%s", answer.code, answer.stderr)
			}
		})
	}
}

func TestAConfigurationFileIsReadStrictly(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		`{"adr":"127.0.0.1:0"}`:                          "No option is called “adr”. [config.unknown]",
		`{"Addr":"127.0.0.1:0"}`:                         "config.unknown",
		`{"addr":"127.0.0.1:0","addr":"127.0.0.1:8081"}`: "config.json",
		`{"addr":`:      "config.json",
		`["addr"]`:      "config.json",
		`{"log":"all"}`: "--log",
	} {
		call(t, "serve", "--config", file(t, "casebook.json", text), "--db", t.TempDir()).refused(t, reason)
	}
	call(t, "serve", "--config", filepath.Join(t.TempDir(), "none.json")).refused(t, "none.json")
}

func TestServeRefusesAServerThatMayForgetWhatItConfirmed(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, "postgres") // on the test cluster, which runs with fsync off
	serve := []string{"serve", "--addr", "127.0.0.1:0", "--db", dsn, "--keys", t.TempDir()}
	call(t, serve...).refused(t, "fsync = off", "store.not_durable")
	p := start(t, []string{"CASEBOOK_UNSAFE=true"}, serve...)
	visit(t, p.says(t, addressShape))
	if !strings.Contains(p.says(t, changedShape), "unsafe=true") {
		t.Errorf("the log does not say that it is unsafe:\n%s", p.stderr)
	}
}

func TestServeSaysWhyItCannotStart(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		port := takenPort(t)
		call(t, h.args("serve", "--addr", port)...).refused(t, port, "address already in use")
		call(t, h.args("serve", "--addr", "127.0.0.1:0", "--admin", port)...).refused(t, port, "address already in use")
		call(t, h.args("serve", "--addr", "nowhere")...).refused(t, "nowhere")
		// What did not start has left nothing behind that keeps the next from it.
		p := start(t, nil, h.args("serve", "--addr", "127.0.0.1:0")...)
		visit(t, p.says(t, addressShape))
	})
}

func TestServeSaysThatItCannotReadItsData(t *testing.T) {
	t.Parallel()
	plain := file(t, "plain", "no folder")
	call(t, "serve", "--db", plain).refused(t, plain, "not a directory")
	call(t, "serve", "--db", "sqlite:"+plain).refused(t, "open the database")
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "casebook.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	call(t, "serve", "--db", folder).refused(t, "open the database")
	call(t, "serve", "--db", "postgres://casebook@/none?host="+folder).refused(t, "open the database")
	call(t, "serve", "--db", "mysql://casebook@db/x").refused(t, "store.dsn")
	if os.Getuid() != 0 { // root may read everything
		shut := t.TempDir()
		if err := os.Chmod(shut, 0); err != nil {
			t.Fatal(err)
		}
		call(t, "serve", "--db", shut).refused(t, "permission denied")
	}
	call(t, "verify", t.TempDir()).refused(t, "no such file")
}
