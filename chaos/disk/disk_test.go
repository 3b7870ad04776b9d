package disk

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const log = `7 write(3<\x2f\x64\x2f\x61>, "\x6f\x6e\x65", 3) = 3
7 fsync(3<\x2f\x64\x2f\x61> <unfinished ...>
8 pwrite64(3<\x2f\x64\x2f\x61>, "\x54\x57\x4f", 3, 3) = 3
7 <... fsync resumed>) = 0
7 read(5<\x73\x6f\x63\x6b\x65\x74\x3a\x5b\x31\x5d>, "\x61\x73\x6b", 4096) = 3
7 write(5<\x73\x6f\x63\x6b\x65\x74\x3a\x5b\x31\x5d>, "\x6f\x6b", 2) = 2
7 write(4<\x2f\x65\x6c\x73\x65>, "\x78", 1) = 1
7 fsync(3<\x2f\x64\x2f\x61>) = -1 EIO (Input/output error)
7 ftruncate(3<\x2f\x64\x2f\x61>, 1) = 0
7 unlink("\x2f\x64\x2f\x62") = 0
7 +++ killed by SIGKILL +++
7 write(3<\x2f\x64\x2f\x61>, "\x6f`

func played(t *testing.T, calls []Call, n int, change func(*Folder)) *Folder {
	t.Helper()
	base := t.TempDir()
	if err := os.WriteFile(filepath.Join(base, "b"), []byte("b"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := Open(base)
	if change != nil {
		change(f)
	}
	for i := range calls[:n] {
		if err := f.Play(&calls[i]); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func content(t *testing.T, name string, leave func(dir string) error) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "left")
	if err := leave(dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if os.IsNotExist(err) {
		return "gone"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestARecordIsReadCallByCall(t *testing.T) {
	t.Parallel()
	calls, err := Read(strings.NewReader(log), "/d")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []Kind
	for _, c := range calls {
		kinds = append(kinds, c.Kind)
	}
	want := []Kind{Write, Write, Sync, Heard, Said, Truncate, Remove}
	if len(kinds) != len(want) {
		t.Fatalf("kinds %v, want %v", kinds, want)
	}
	for i := range want {
		if kinds[i] != want[i] {
			t.Fatalf("kinds %v, want %v", kinds, want)
		}
	}
	if calls[2].From != 1 || calls[1].Off != 3 || string(calls[4].Data) != "ok" {
		t.Errorf("read %+v", calls)
	}
}

func TestAKillKeepsWhatWasWrittenAndAPowerCutWhatWasSynced(t *testing.T) {
	t.Parallel()
	calls, err := Read(strings.NewReader(log), "/d")
	if err != nil {
		t.Fatal(err)
	}
	before, all := played(t, calls, 3, nil), played(t, calls, len(calls), nil)
	if got := content(t, "a", before.Killed); got != "oneTWO" {
		t.Errorf("a kill left %q", got)
	}
	if got := content(t, "a", all.Killed) + content(t, "b", all.Killed); got != "ogone" {
		t.Errorf("a kill left %q", got)
	}
	seen := map[string]bool{}
	for seed := range uint64(60) {
		got := content(t, "a", func(dir string) error { return before.Cut(dir, rand.New(rand.NewPCG(seed, 1))) })
		seen[got] = true
		if !strings.HasPrefix(got, "one") {
			t.Fatalf("a power cut lost what was synced: %q", got)
		}
	}
	if !seen["one"] || !seen["oneTWO"] {
		t.Errorf("power cuts left %v: what began after the sync did is there or not", seen)
	}
	liar := played(t, calls, 3, func(f *Folder) { f.NoSyncs = true })
	lost := false
	for seed := range uint64(60) {
		lost = lost || !strings.HasPrefix(content(t, "a", func(dir string) error { return liar.Cut(dir, rand.New(rand.NewPCG(seed, 1))) }), "one")
	}
	if !lost {
		t.Error("the control: a disk that lies about syncs lost nothing")
	}
}
