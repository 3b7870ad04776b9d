package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A hospital changes the key that signs: what was signed before still holds, a rotation that was broken off is finished by
// the next command, and a copy of the old key cannot name another.
func TestTheKeyOfTheCheckpointsIsChanged(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	callIn(t, nil, password+"\n", h.args("person", "add", "linyue", "Lin Yue")...).done(t)
	private, public := filepath.Join(h.folder, "keys", "ledger.key"), filepath.Join(h.folder, "keys", "ledger.pub")
	old, err := os.ReadFile(private)
	if err != nil {
		t.Fatal(err)
	}
	if said := call(t, "rotate-key", "--keys", h.folder).done(t); !strings.Contains(said.stdout, "the 2. key") {
		t.Errorf("it says %s", said.stdout)
	}
	callIn(t, nil, password+"\n", h.args("person", "add", "zhouwei", "Zhou Wei")...).done(t)
	call(t, "verify", h.folder).done(t)

	next, err := os.ReadFile(private)
	if err != nil || string(next) == string(old) {
		t.Fatal("the key is the old one", err)
	}
	if err := os.Rename(private, private+".next"); err != nil { // as a crash before the last step leaves it
		t.Fatal(err)
	}
	if err := os.WriteFile(private, old, 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "rotate-key", "--keys", h.folder).done(t)
	if is, err := os.ReadFile(private); err != nil || string(is) != string(next) {
		t.Error("what was broken off is not finished", err)
	}
	if err := os.WriteFile(private, old, 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "rotate-key", "--keys", h.folder).refused(t, "ledger.key_followed")
	call(t, "rotate-key", "--keys", t.TempDir()).refused(t, "ledger.no_key")
	if text, err := os.ReadFile(public); err != nil || strings.Count(string(text), "casebook key succession") != 1 {
		t.Errorf("%s %v", text, err)
	}
}
