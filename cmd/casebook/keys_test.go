package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook/platform"

	"github.com/jackc/pgx/v5/pgproto3"
)

// A manager of secrets is what stands in a folder that it fills.
type manager struct {
	*testing.T
	dir string
}

// holds is what the folder has, by name.
func (m manager) holds() map[string]string {
	m.Helper()
	all := map[string]string{}
	found, err := os.ReadDir(m.dir)
	if err != nil {
		m.Fatal(err)
	}
	for _, f := range found {
		text, err := os.ReadFile(filepath.Join(m.dir, f.Name()))
		if err != nil {
			m.Fatal(err)
		}
		all[f.Name()] = string(text)
	}
	return all
}

// another is a store with the same files but those of change: "" takes one away.
func (m manager) another(change map[string]string) manager {
	m.Helper()
	next := manager{m.T, filepath.Join(m.TempDir(), "store")}
	if err := os.Mkdir(next.dir, 0o700); err != nil {
		m.Fatal(err)
	}
	all := m.holds()
	maps.Copy(all, change)
	for name, text := range all {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(next.dir, name), []byte(text), 0o400); err != nil {
			m.Fatal(err)
		}
	}
	return next
}

// TestKeysComeFromAStoreThatIsOnlyRead makes the keys for a store, works with what the store has, and exchanges them there.
func TestKeysComeFromAStoreThatIsOnlyRead(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		made := manager{t, filepath.Join(t.TempDir(), "made")}
		call(t, "make-keys", made.dir).done(t)
		m := made.another(nil)
		open := func(m manager) (*app, error) {
			d := h.database()
			d.Secrets = m.dir
			return d.open(t.Context())
		}
		a, err := open(m)
		if err != nil {
			t.Fatal(err)
		}
		work(t, a, "03")
		if err := reach(t, a, "03-001"); err != nil {
			t.Fatal(err)
		}
		if token, err := a.tokens().secret(adminToken, a.db.World()); err != nil || token != strings.TrimSpace(made.holds()[adminToken]) {
			t.Errorf("the token is %q, %v", token, err)
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		h.verify(t, "--secrets", m.dir).clean(t)
		if kept := h.keys(t); len(kept) != 1 || kept[0] != ledgerPub {
			t.Errorf("beside the data are %q", kept)
		}

		for _, name := range []string{ledgerKey, ledgerPub, vaultKeys, factorKeys, treatmentKeys} {
			lacking := m.another(map[string]string{name: ""})
			if _, err := open(lacking); err == nil || !strings.Contains(sentence(err), lacking.dir+"/"+name) {
				t.Errorf("without %s: %v", name, err)
			}
			if _, there := lacking.holds()[name]; there {
				t.Errorf("%s was made", name)
			}
		}
		for _, c := range []struct {
			dir, file fs.FileMode
			refused   bool
		}{{0o755, 0o444, true}, {0o755, 0o440, false}, {0o750, 0o444, false}, {0o777, 0o400, true}, {0o777 | fs.ModeSticky, 0o400, false}} {
			loose := m.another(nil)
			if err := os.Chmod(filepath.Join(loose.dir, treatmentKeys), c.file); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(loose.dir, c.dir); err != nil {
				t.Fatal(err)
			}
			a, err := open(loose)
			if c.refused != (err != nil && strings.Contains(fmt.Sprint(err), "keys.open")) {
				t.Errorf("a folder %v with a file %v: %v", c.dir, c.file, err)
			}
			if err == nil {
				if err := a.close(); err != nil {
					t.Error(err)
				}
			}
		}
		h.exchangesIn(t, m)
		if !maps.Equal(m.holds(), made.holds()) {
			t.Error("the store was written")
		}
	})
}

// keys are the private things that stand beside the house's data.
func (h *house) keys(t *testing.T) (names []string) {
	t.Helper()
	err := filepath.WalkDir(h.folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && (strings.HasPrefix(d.Name(), "ledger.") || strings.HasSuffix(d.Name(), ".key") || d.Name() == adminToken) {
			names = append(names, d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// exchangesIn exchanges keys of a store: each command says what the store is to have, and goes on once it has it.
func (h *house) exchangesIn(t *testing.T, m manager) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	read := func(path string) string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	with := func(m manager, words ...string) []string { return append(h.args(words...), "--secrets", m.dir) }
	call(t, with(m, "exchange-key", "vault", "--new")...).refused(t, "keys.out")
	call(t, with(m, "exchange-key", "vault", "--new", "--out", out+"1")...).done(t)
	m = m.another(map[string]string{vaultKeys: read(out + "1")})
	call(t, with(m, "exchange-key", "vault")...).refused(t, "keys.out")
	if said := parsed[platform.KeyExchange](t, call(t, with(m, "exchange-key", "vault", "--out", out+"2")...).done(t).stdout); said != (platform.KeyExchange{Sealed: 1, Keys: 1}) {
		t.Errorf("it says %+v", said)
	}
	if before := m.holds()[vaultKeys]; !strings.HasSuffix(before, read(out+"2")) || strings.Count(before, "\n") != 2 {
		t.Error("the last of two keys is not what is left")
	}
	m = m.another(map[string]string{vaultKeys: read(out + "2")})

	call(t, "rotate-key", "--keys", h.folder, "--secrets", m.dir).refused(t, "keys.out")
	call(t, "rotate-key", "--keys", h.folder, "--secrets", m.dir, "--out", out+"3").done(t)
	m = m.another(map[string]string{ledgerKey: read(filepath.Join(out+"3", ledgerKey)), ledgerPub: read(filepath.Join(out+"3", ledgerPub))})
	d := h.database()
	d.Secrets = m.dir
	a, err := d.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if address, err := reachedBy(t, a); err != nil || address != kestrel {
		t.Errorf("reached by %q, %v", address, err)
	}
	if err := a.close(); err != nil {
		t.Error(err)
	}
	h.verify(t, "--secrets", m.dir).clean(t)
	other := manager{t, filepath.Join(t.TempDir(), "other")}
	call(t, "make-keys", other.dir).done(t)
	d.Secrets = other.dir
	if _, err := d.open(t.Context()); err == nil || !strings.Contains(fmt.Sprint(err), "keys.other") {
		t.Errorf("with another installation's keys: %v", err)
	}
}

// TestThePasswordOfTheDatabaseComesFromAFile has a database ask for it, which then lets nobody in.
func TestThePasswordOfTheDatabaseComesFromAFile(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 64)
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			asksPassword(c, told)
		}
	}()
	defer func() { l.Close(); <-served }()
	port := l.Addr().(*net.TCPAddr).Port
	file := filepath.Join(t.TempDir(), "passfile")
	if err := os.WriteFile(file, fmt.Appendf(nil, "127.0.0.1:%d:casebook:casebook:%s\n", port, password), 0o400); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dsn := fmt.Sprintf("postgres://casebook@127.0.0.1:%d/casebook?sslmode=disable", port)
	for address, want := range map[string]string{dsn + "&passfile=" + file: password, dsn: ""} { // the control: without the file it has none
		if _, err := (Database{DB: address, Keys: t.TempDir()}).open(ctx); err == nil {
			t.Fatal("it is let in")
		}
		if got := <-told; got != want {
			t.Errorf("the database is told %q, want %q", got, want)
		}
		for len(told) > 0 {
			<-told
		}
	}
}

// asksPassword asks who connects for a password, tells it on, and refuses.
func asksPassword(c net.Conn, told chan<- string) {
	defer c.Close()
	b := pgproto3.NewBackend(c, c)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationCleartextPassword{})
	if b.Flush() != nil || b.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return
	}
	said, err := b.Receive()
	if p, ok := said.(*pgproto3.PasswordMessage); err == nil && ok {
		told <- string(bytes.Clone([]byte(p.Password)))
	}
	b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "no"})
	_ = b.Flush()
}
