package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"casebook/store"
	"casebook/store/storetest"

	"github.com/jackc/pgx/v5"
)

// A PostgreSQL that lets in who shows a certificate of its authority in the name of the account, and nobody else; and whose own
// certificate the servers look at.
func TestPostgresKnowsTheServersByTheirCertificate(t *testing.T) {
	t.Parallel()
	_, port, _ := strings.Cut(freePort(t), ":")
	socket, err := storetest.Start("fsync=off", "listen_addresses=127.0.0.1", "port="+port)
	if err != nil {
		if os.Getenv("CASEBOOK_REQUIRE_POSTGRES") != "" {
			t.Fatal(err)
		}
		t.Skipf("not run on PostgreSQL: %v", err)
	}
	ours, theirs := found(t), found(t)
	inside, err := pgx.Connect(t.Context(), socket+"&port="+port)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close(t.Context())
	var data string
	if err := inside.QueryRow(t.Context(), `SHOW data_directory`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	// bring puts a file into the cluster's folder, as its own.
	bring := func(name string, text []byte) {
		t.Helper()
		folder, err := os.Stat(data)
		if err != nil {
			t.Fatal(err)
		}
		owner := folder.Sys().(*syscall.Stat_t)
		file := filepath.Join(data, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(file, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	copied := func(name, file string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bring(name, text)
	}
	cert, key := ours.issue(t, "database")
	copied("server.crt", cert)
	copied("server.key", key)
	copied("root.crt", ours.file)
	bring("pg_hba.conf", []byte("local all all trust\nhostssl all all 127.0.0.1/32 cert\n"))
	for _, set := range []string{`ALTER SYSTEM SET ssl_ca_file = 'root.crt'`, `ALTER SYSTEM SET ssl = on`, `SELECT pg_reload_conf()`} {
		if _, err := inside.Exec(t.Context(), set); err != nil {
			t.Fatal(err)
		}
	}
	for ssl, tries := "", 0; ssl != "on"; tries++ { // a session hears of it after the server has
		if err := inside.QueryRow(t.Context(), `SELECT current_setting('ssl') FROM pg_sleep(0.01)`).Scan(&ssl); err != nil || tries > 1000 {
			t.Fatalf("it speaks no TLS: %v", err)
		}
	}

	// try opens the database as a server does.
	try := func(mode string, believes, shows *authority, name string) error {
		q := url.Values{"sslmode": {mode}}
		if believes != nil {
			q.Set("sslrootcert", believes.file)
		}
		if shows != nil {
			cert, key := shows.issue(t, name)
			q.Set("sslcert", cert)
			q.Set("sslkey", key)
		}
		db, err := store.Open(t.Context(), fmt.Sprintf("postgres://casebook@127.0.0.1:%s/postgres?%s", port, q.Encode()), store.Options{Unsafe: true})
		if err != nil {
			return err
		}
		defer db.Close()
		return db.View(t.Context(), func(tx *store.Tx) error {
			var encrypted bool
			var who string
			err := tx.Row(t.Context(), `SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()`).Scan(&encrypted, &who)
			if err == nil && (!encrypted || who != "/CN=casebook") {
				t.Errorf("encrypted %v, as %s", encrypted, who)
			}
			return err
		})
	}
	if err := try("verify-full", ours, ours, "casebook"); err != nil {
		t.Fatal("the control:", err)
	}
	for name, err := range map[string]error{
		"without a certificate":            try("verify-full", ours, nil, ""),
		"with that of another authority":   try("verify-full", ours, theirs, "casebook"),
		"with that of another account":     try("verify-full", ours, ours, "somebody"),
		"at a database nobody vouches for": try("verify-full", theirs, ours, "casebook"),
		"without TLS, with no certificate": try("disable", nil, nil, ""),
		"without TLS, with a certificate":  try("disable", nil, ours, "casebook"),
	} {
		if err == nil {
			t.Errorf("%s a server is let in", name)
		}
	}
}
