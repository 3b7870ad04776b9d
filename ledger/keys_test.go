package ledger_test

import (
	"strings"
	"testing"

	"casebook"
	"casebook/ledger"

	"golang.org/x/mod/sumdb/note"
)

// A key follows another while the ledger works: what either signed in its time holds, and the first key is enough to
// believe both.
func TestAKeyFollowsAnother(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		old, text := made(t)
		public, err := ledger.ParseKeys([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		h.signer = old
		h.record("S1", 10)
		h.publish()
		private, succession, err := public.Succeed(h.db.World(), old)
		if err != nil {
			t.Fatal(err)
		}
		if h.signer, err = note.NewSigner(private); err != nil {
			t.Fatal(err)
		}
		h.record("S1", 10)
		h.publish()
		keys, err := ledger.ParseKeys([]byte(text + "\n" + string(succession)))
		if err != nil || len(keys) != 2 {
			t.Fatal(keys, err)
		}
		if v := h.verifyWith(keys); len(v.Findings) > 0 || v.Checkpoints != 2 {
			t.Errorf("both keys: %+v", v)
		}
		if v := h.verifyWith(public); len(v.Findings) != 1 || v.Checkpoints != 1 {
			t.Errorf("the first key alone: %+v", v)
		}
		if _, _, err := keys.Succeed(h.db.World(), old); casebook.KindOf(err) != casebook.Conflict {
			t.Errorf("a key that was followed names another: %v", err)
		}

		h.signer = old // somebody kept it
		h.record("S1", 10)
		h.publish()
		if v := h.verifyWith(keys); len(v.Findings) != 1 || !strings.Contains(v.Findings[0].What, "had followed") || v.Checkpoints != 2 {
			t.Errorf("a key that was followed signs: %+v", v)
		}
	})
}

// made is a new key: who signs with it, and the text form of its public half.
func made(t *testing.T) (note.Signer, string) {
	t.Helper()
	private, public, err := ledger.NewKey(casebook.Outside(), "hospital")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, public + "\n"
}

// Who wants to put in a key of their own needs the signature of the one before.
func TestASuccessionWantsBothSignatures(t *testing.T) {
	t.Parallel()
	signer, public := made(t)
	keys, err := ledger.ParseKeys([]byte(public))
	if err != nil {
		t.Fatal(err)
	}
	_, honest, err := keys.Succeed(casebook.Outside(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := ledger.ParseKeys([]byte(public + "\n" + string(honest))); err != nil || len(all) != 2 {
		t.Fatalf("as it is made: %v %v", all, err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(honest), "\n"), "\n")
	thief, stolen := made(t)
	forged, err := note.Sign(&note.Note{Text: lines[0] + stolen + lines[2]}, thief)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"signed by the old key only": strings.Join(lines[:len(lines)-1], ""),
		"signed by the new key only": strings.Join(append(lines[:len(lines)-2:len(lines)-2], lines[len(lines)-1]+"\n"), ""),
		"another key in it":          strings.Replace(string(honest), lines[1], stolen, 1),
		"another moment":             strings.Replace(string(honest), lines[2], "2020-01-01T00:00:00Z\n", 1),
		"a stranger's":               string(forged),
		"cut off":                    string(honest)[:40],
		"no note":                    "hello\n",
	} {
		if _, err := ledger.ParseKeys([]byte(public + "\n" + text)); err == nil || casebook.KindOf(err) != casebook.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, text := range []string{"", "\n", "casebook+1"} {
		if _, err := ledger.ParseKeys([]byte(text)); err == nil {
			t.Errorf("%q was taken for keys", text)
		}
	}
}
