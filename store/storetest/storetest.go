// Package storetest runs a test on both engines: an SQLite file in the test's own folder, and a schema of its own in a
// private PostgreSQL cluster, started from the installed binaries as an unprivileged user. Only tests import it.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"casebook"
	"casebook/store"

	"github.com/jackc/pgx/v5"
)

// Both runs fn on SQLite and on PostgreSQL, in parallel, each on an empty database with the migrations applied.
// Where no PostgreSQL is installed that half is skipped, and says so; with CASEBOOK_REQUIRE_POSTGRES set it fails.
func Both(t *testing.T, world casebook.World, migrations []fs.FS, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, Open(t, DSN(t, engine), world, migrations))
		})
	}
}

// Between runs second while first has written and not yet committed, as another process would: on PostgreSQL first commits
// when second waits for one of its locks, and on SQLite second has its turn afterwards. It returns the error of first when
// both are done.
func Between(ctx context.Context, db *store.DB, first func(*store.Tx) error, second func()) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	var ended atomic.Bool // without having waited
	return db.Update(ctx, func(tx *store.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		beside.Go(func() { defer ended.Store(true); second() })
		if !tx.Postgres() {
			return nil
		}
		who, waits := `SELECT pg_backend_pid()`, `SELECT count(*) FROM pg_stat_activity WHERE $1::int = ANY(pg_blocking_pids(pid))`
		var distributed bool
		if err := tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`).Scan(&distributed); err != nil {
			return err
		}
		if distributed { // the locks are the workers'
			who, waits = `SELECT citus_backend_gpid()`, `SELECT count(*) FROM citus_lock_waits WHERE blocking_gpid = $1`
		}
		var own, waiting int64
		if err := tx.Row(ctx, who).Scan(&own); err != nil {
			return err
		}
		for waiting == 0 && !ended.Load() {
			err := db.View(ctx, func(tx *store.Tx) error { return tx.Row(ctx, waits, own).Scan(&waiting) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Engines are the two engines' names, and "citus" where CASEBOOK_CITUS_DSN is the address of a coordinator.
var Engines = engines()

func engines() []string {
	if os.Getenv(citus) == "" {
		return []string{"sqlite", "postgres"}
	}
	return []string{"sqlite", "postgres", "citus"}
}

const citus, chosen = "CASEBOOK_CITUS_DSN", "CASEBOOK_TEST_POSTGRES"

// DSN returns the address of an empty database on engine, which goes with the test.
func DSN(t *testing.T, engine string) string {
	t.Helper()
	switch engine {
	case "sqlite":
		return "sqlite:" + filepath.Join(t.TempDir(), "casebook.db")
	case "citus":
		return schema(t, os.Getenv(citus), true)
	}
	return schema(t, Cluster(t), os.Getenv(chosen) != "")
}

// Open opens dsn for the length of the test.
func Open(t *testing.T, dsn string, world casebook.World, migrations []fs.FS) *store.DB {
	t.Helper()
	Prepare(t, dsn, migrations)
	db, err := store.Open(t.Context(), dsn, store.Options{World: world, Migrations: migrations, Unsafe: true, MaxReaders: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// templates are SQLite files on which migrations were applied, by the names of these: they are applied once, and copied then.
var templates struct {
	sync.Mutex
	files map[string][]byte
}

// Prepare puts a copy of the template of some migrations where no SQLite file is yet. Open does so itself; it is for a test that opens
// the store in its own way.
func Prepare(t testing.TB, dsn string, migrations []fs.FS) {
	t.Helper()
	path, lite := strings.CutPrefix(dsn, "sqlite:")
	if _, err := os.Stat(path); !lite || err == nil {
		return
	}
	var names strings.Builder
	for _, m := range migrations {
		err := fs.WalkDir(m, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := fs.ReadFile(m, name)
			fmt.Fprintf(&names, "%s %x\n", name, sha256.Sum256(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	templates.Lock()
	defer templates.Unlock()
	file, known := templates.files[names.String()]
	if !known {
		template := filepath.Join(t.TempDir(), "template.db")
		db, err := store.Open(t.Context(), "sqlite:"+template, store.Options{World: casebook.Outside(), Migrations: migrations, Unsafe: true})
		if err != nil {
			return // the test's own opening says the same
		}
		if err = db.Close(); err == nil {
			file, err = os.ReadFile(template)
		}
		if err != nil {
			t.Fatal(err)
		}
		if templates.files == nil {
			templates.files = map[string][]byte{}
		}
		templates.files[names.String()] = file
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// schema makes an empty schema in the cluster at dsn and returns an address whose search path is that schema. It goes with the test
// where the cluster stays, and else with the cluster.
func schema(t *testing.T, dsn string, stays bool) string {
	t.Helper()
	name := "t_" + strings.ToLower(rand.Text())
	run := func(sql string) {
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			t.Fatalf("the test cluster does not answer: %v", err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE SCHEMA " + name)
	if stays {
		t.Cleanup(func() { run("DROP SCHEMA " + name + " CASCADE") })
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

var cluster struct {
	sync.Mutex
	dsn string
	err error
}

// Cluster returns the address of a PostgreSQL for this test run: CASEBOOK_TEST_POSTGRES if it is set, else a private
// cluster that lives as long as the test binary.
func Cluster(t *testing.T) string {
	t.Helper()
	if dsn := os.Getenv(chosen); dsn != "" {
		return dsn
	}
	cluster.Lock()
	defer cluster.Unlock()
	if cluster.dsn == "" && cluster.err == nil {
		// Commits need not survive a power cut here; tests that ask for durability start a server of their own.
		cluster.dsn, cluster.err = Start("fsync=off", "full_page_writes=off", "synchronous_commit=off")
	}
	if cluster.err != nil {
		if os.Getenv("CASEBOOK_REQUIRE_POSTGRES") != "" {
			t.Fatalf("no PostgreSQL: %v", cluster.err)
		}
		t.Skipf("not run on PostgreSQL: %v", cluster.err)
	}
	return cluster.dsn
}

// Start makes a cluster in a temporary folder with the given settings, durable unless they say otherwise. It is reached
// through a socket in that folder only, and it ends with this process, however that ends: a watchdog shell waits for
// the end of a pipe from here.
func Start(settings ...string) (dsn string, err error) {
	return start(settings, func(data string) []string {
		return []string{"initdb", "-D", data, "-U", "casebook", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"}
	})
}

// Citus makes a coordinator with a number of workers, all as Start does, and returns the coordinator's address. It fails where the
// extension is not installed.
func Citus(workers int, settings ...string) (dsn string, err error) {
	settings = append([]string{"shared_preload_libraries=citus", "citus.shard_count=" + strconv.Itoa(2*workers), "wal_level=logical",
		"citus.local_hostname=localhost"}, settings...)
	var nodes []string
	for range workers + 1 {
		node, err := Start(settings...)
		if err != nil {
			return "", err
		}
		nodes = append(nodes, node)
	}
	run := func(node, statement string, args ...any) error {
		conn, err := pgx.Connect(context.Background(), node)
		if err != nil {
			return err
		}
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), statement, args...)
		return err
	}
	// A node is known to the others by the folder of its socket.
	folder := func(node string) string { u, _ := url.Parse(node); return u.Query().Get("host") }
	for _, node := range nodes {
		if err := run(node, `CREATE EXTENSION citus`); err != nil {
			return "", err
		}
	}
	if err := run(nodes[0], `SELECT citus_set_coordinator_host($1, 5432)`, folder(nodes[0])); err != nil {
		return "", err
	}
	for _, node := range nodes[1:] {
		if err := run(nodes[0], `SELECT citus_add_node($1, 5432)`, folder(node)); err != nil {
			return "", err
		}
	}
	return nodes[0], nil
}

// Replica makes a streaming replica of a cluster that Start made at primary.
func Replica(primary string, settings ...string) (dsn string, err error) {
	return start(settings, func(data string) []string {
		return []string{"pg_basebackup", "-D", data, "-d", primary, "-R", "-X", "stream", "-c", "fast", "--no-sync"}
	})
}

// start makes a cluster by the command that fills its folder.
func start(settings []string, fill func(data string) []string) (dsn string, err error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "casebook-pg-")
	if err != nil {
		return "", err
	}
	cred, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) error {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.SysProcAttr, cmd.Dir = cred, dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, out)
		}
		return nil
	}
	words := fill(data)
	if err := run(words[0], words[1:]...); err != nil {
		return "", err
	}
	options := "-k " + dir + " -c listen_addresses= -c max_connections=400"
	for _, s := range settings {
		options += " -c " + s
	}
	control := func(words ...string) error {
		return run("pg_ctl", append([]string{"-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", options}, words...)...)
	}
	if err := control("start"); err != nil {
		return "", err
	}
	watchdog := exec.Command("/bin/sh", "-c", `cat >/dev/null; "$0" -D "$1" -m immediate stop >/dev/null 2>&1; rm -rf "$2"`, filepath.Join(bin, "pg_ctl"), data, dir)
	watchdog.SysProcAttr = &syscall.SysProcAttr{Credential: cred.Credential, Setpgid: true}
	watchdog.Dir = dir
	life, err := watchdog.StdinPipe()
	if err != nil {
		return "", err
	}
	dsn = "postgres://casebook@/postgres?host=" + url.QueryEscape(dir)
	clusters.Store(dsn, running{control, life})
	return dsn, watchdog.Start()
}

// clusters are those that run, by their addresses.
var clusters sync.Map

// running is a cluster: what starts and stops it, and the pipe of its watchdog, which closes when this process ends.
type running struct {
	control func(...string) error
	life    io.Closer
}

// Control has the cluster that Start made at dsn "start" or "stop", and waits until it has; "stop" cuts its connections.
func Control(t *testing.T, dsn, what string) {
	t.Helper()
	c, _ := clusters.Load(dsn)
	if err := c.(running).control(what); err != nil {
		t.Fatal(err)
	}
}

func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil { // the other programs stand beside it
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("initdb is not installed (Debian: apt-get install postgresql)")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives dir to a user that PostgreSQL agrees to run as; it refuses to run as root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, fmt.Errorf("no unprivileged user to run PostgreSQL as")
}
