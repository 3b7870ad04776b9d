package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook/ledger"
	"casebook/store"
	"casebook/validate"
)

// installation is the IQ: what is installed, where, and how it differs from what is shipped. Nothing is changed by it.
func (c *validateCommand) installation(ctx context.Context, at place) ([]validate.Fact, error) {
	all, err := programFacts()
	if err != nil {
		return nil, err
	}
	all = append(all, machineFacts()...)
	all = append(all, settingFacts()...)
	db, err := store.Open(ctx, at.dsn, store.Options{ReadOnly: true, Migrations: migrations, Unsafe: c.Unsafe})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	data, err := dataFacts(ctx, db, at, at.vaultFile(c.Vault))
	return append(all, data...), err
}

func stated(name, value string) validate.Fact {
	return validate.Fact{Name: name, Value: value, Holds: true}
}

// programFacts are about the file that runs.
func programFacts() ([]validate.Fact, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	if err := readFile(self, func(r io.Reader) error { _, err := io.Copy(sum, r); return err }); err != nil {
		return nil, err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, fmt.Errorf("%s says nothing of how it was built", self)
	}
	setting := func(key string) string {
		for _, s := range info.Settings {
			if s.Key == key {
				return s.Value
			}
		}
		return ""
	}
	modules := sha256.New()
	for _, m := range info.Deps {
		fmt.Fprintln(modules, m.Path, m.Version, m.Sum)
	}
	commit, whole := cmp.Or(setting("vcs.revision"), "not stamped"), cmp.Or(setting("vcs.modified"), "not known")
	return []validate.Fact{
		stated("program", self),
		stated("SHA-256 of the program", fmt.Sprintf("%x", sum.Sum(nil))),
		{Name: "commit", Value: commit, Expected: "a commit of the release", Holds: commit != "not stamped"},
		{Name: "built from changed sources", Value: whole, Expected: "false", Holds: whole == "false"},
		{Name: "paths of the building machine in the program", Value: strconv.FormatBool(setting("-trimpath") != "true"), Expected: "false (-trimpath)", Holds: setting("-trimpath") == "true"},
		stated("built with", info.GoVersion+" "+setting("GOOS")+"/"+setting("GOARCH")),
		stated("modules linked", fmt.Sprintf("%d, SHA-256 of the list %.16x…", len(info.Deps), modules.Sum(nil))),
	}, nil
}

// machineFacts are about the machine.
func machineFacts() []validate.Fact {
	host, _ := os.Hostname() // "" says as much
	zone, offset := time.Now().Zone()
	return []validate.Fact{
		stated("machine", host),
		stated("system", firstLine("/etc/os-release", "PRETTY_NAME=")+", "+firstLine("/proc/version", "")),
		stated("processors, memory", fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), firstLine("/proc/cpuinfo", "model name"), firstLine("/proc/meminfo", "MemTotal:"))),
		stated("time zone of the machine", fmt.Sprintf("%s, %+d s (moments are kept in UTC)", zone, offset)),
		{Name: "runs as the superuser", Value: strconv.FormatBool(os.Getuid() == 0), Holds: true},
	}
}

// firstLine is what follows key in the first line of a file that begins with it; "" where there is none.
func firstLine(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			return strings.Trim(strings.TrimSpace(rest), `":`+"\t ")
		}
	}
	return ""
}

// settingFacts are the options that differ from what is shipped: the file and the environment. What may be secret is not
// shown.
func settingFacts() []validate.Fact {
	file := "none"
	if text, err := os.ReadFile("/etc/casebook.json"); err == nil {
		file = fmt.Sprintf("/etc/casebook.json, SHA-256 %.16x…", sha256.Sum256(text))
	}
	var names []string
	for _, e := range os.Environ() {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "CASEBOOK_") {
			if scheme, rest, address := strings.Cut(value, "://"); address && strings.ContainsAny(rest, "@?") {
				value = scheme + "://…"
			}
			names = append(names, name+"="+value)
		}
	}
	slices.Sort(names)
	environment := strings.Join(names, " ")
	if environment == "" {
		environment = "nothing"
	}
	return []validate.Fact{stated("configuration file", file), stated("options set in the environment", environment)}
}

// dataFacts are about the rows and keys of the installation itself, read only.
func dataFacts(ctx context.Context, db *store.DB, at place, vaultFile string) ([]validate.Fact, error) {
	version := "SELECT sqlite_version()"
	if db.Postgres() {
		version = "SELECT version()"
	}
	var engine string
	err := db.View(ctx, func(tx *store.Tx) error { return tx.Row(ctx, version).Scan(&engine) })
	if err != nil {
		return nil, err
	}
	if !db.Postgres() {
		engine = "SQLite " + engine
	}
	public, err := publicKeys(at.dir)
	if err != nil {
		return nil, err
	}
	v, err := ledger.Verify(ctx, db, at.checkpoints(), public, folds(readVault(vaultFile)))
	if err != nil {
		return nil, err
	}
	mode, alone := "no key", false
	if info, err := os.Stat(at.keys().file(ledgerKey)); err == nil {
		mode, alone = info.Mode().Perm().String(), info.Mode().Perm() == 0o600
		if at.secrets != "" { // whose modes are the store's
			alone = at.keys().complete(at.keys().file(ledgerKey)) == nil
		}
	}
	key := "none"
	if public != nil {
		key = fmt.Sprintf("%s+%08x", public.Last().Name(), public.Last().KeyHash())
	}
	return []validate.Fact{
		stated("database", engine),
		stated("key of the checkpoints", key),
		{Name: "who may read that key's secret half", Value: mode, Expected: "its owner alone (-rw-------), or nobody beside whom a store of secrets names", Holds: alone},
		{Name: "verification of the data as they are", Value: fmt.Sprintf("%d studies, %d entries, %d checkpoints hold, %d findings", v.Studies, v.Entries, v.Checkpoints, len(v.Findings)),
			Expected: "no finding", Holds: len(v.Findings) == 0},
	}, nil
}
