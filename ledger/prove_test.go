package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// plainRoot computes the root of the first n leaves by the definition in RFC 6962, section 2.1.
func plainRoot(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(plainRoot(leaves[:k]), plainRoot(leaves[k:]))
}

func leavesOf(entries []ledger.Entry) []tlog.Hash {
	leaves := make([]tlog.Hash, len(entries))
	for i := range entries {
		leaves[i] = tlog.Hash(ledger.Leaf(&entries[i]))
	}
	return leaves
}

// grow brings study S1 to n entries, in writes of at most 500.
func (h *house) grow(have, n int) int {
	h.t.Helper()
	for have < n {
		step := min(500, n-have)
		h.record("S1", step)
		have += step
	}
	return have
}

// Every entry can be proved at every size where the tree changes its shape, before and after its nodes are stored, and
// the root is the one of RFC 6962.
func TestEveryEntryIsProvedAtEverySize(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		have, step := 0, int64(3)
		if testing.Short() {
			step = 13
		}
		for _, n := range []int{1, 2, 3, 255, 256, 257, 511, 512, 513} {
			have = h.grow(have, n)
			if n%2 == 0 {
				h.publish()
			}
			root := plainRoot(leavesOf(h.read("S1")))
			h.view(func(tx *store.Tx) error {
				for i := range int64(n) {
					if i%step != 0 && i < int64(n)-3 && n > 3 {
						continue // the shapes of paths have their turns
					}
					p, err := ledger.Prove(h.ctx, tx, "S1", i, 0)
					if err != nil {
						t.Errorf("entry %d of %d: %v", i, n, err)
					} else if p.Root != root || p.Entry.Index != i || p.Size != int64(n) {
						t.Errorf("entry %d of %d: proved entry %d in another tree", i, n, p.Entry.Index)
					}
				}
				return nil
			})
		}
	})
}

// In a tree of three stored levels a proof is still a handful of rows; an older size is proved as well.
func TestProofsInALargeStudy(t *testing.T) {
	if testing.Short() {
		t.Skip("66,000 entries take some seconds")
	}
	both(t, func(t *testing.T, h *house) {
		const n = 66_000
		h.grow(0, n)
		h.publish()
		leaves := leavesOf(h.read("S1"))
		for _, size := range []int64{n, 65_536, 65_537, 300} {
			root := plainRoot(leaves[:size])
			for _, i := range []int64{0, 255, 256, 257, 32_767, 32_768, 65_279, 65_280, 65_535, 65_536, 65_999} {
				h.view(func(tx *store.Tx) error {
					p, err := ledger.Prove(h.ctx, tx, "S1", i, size)
					if i >= size {
						if casebook.KindOf(err) != casebook.NotFound {
							t.Errorf("entry %d of %d: %v, want not found", i, size, err)
						}
						return nil
					}
					if err == nil && p.Root != root {
						t.Errorf("entry %d of %d: another root", i, size)
					}
					return err
				})
			}
		}
		if v := h.verify(); len(v.Findings) > 0 || v.Entries != n || v.Checkpoints != 1 {
			t.Errorf("%+v", v)
		}
		if nodes := h.count(`SELECT count(*) FROM ledger_node WHERE study_id = 'S1'`); nodes != n/256+1 {
			t.Errorf("%d nodes, want %d", nodes, n/256+1)
		}
	})
}

// A proof holds for its entry and for nothing else.
func TestAProofOfAnAlteredEntryFails(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.record("S1", 300)
		alter := map[string]func(*ledger.Proof){
			"the value":    func(p *ledger.Proof) { p.Entry.New += " " },
			"the reason":   func(p *ledger.Proof) { p.Entry.Reason = "evening" },
			"who":          func(p *ledger.Proof) { p.Entry.Actor = "wang" },
			"when":         func(p *ledger.Proof) { p.Entry.At = p.Entry.At.Add(1000) },
			"its sealing":  func(p *ledger.Proof) { p.Entry.SealedAt = p.Entry.SealedAt.Add(1000) },
			"its place":    func(p *ledger.Proof) { p.Entry.Index++ },
			"the root":     func(p *ledger.Proof) { p.Root[0] ^= 1 },
			"the tree":     func(p *ledger.Proof) { p.Size = 256 },
			"a path":       func(p *ledger.Proof) { p.Hashes[3][0] ^= 1 },
			"a path's end": func(p *ledger.Proof) { p.Hashes = p.Hashes[1:] },
		}
		for what, alter := range alter {
			h.view(func(tx *store.Tx) error {
				p, err := ledger.Prove(h.ctx, tx, "S1", 123, 0)
				if err != nil {
					return err
				}
				if err := p.Check(); err != nil {
					t.Errorf("untouched: %v", err)
				}
				if alter(p); p.Check() == nil {
					t.Errorf("the proof holds after %s was altered", what)
				}
				return nil
			})
		}
		h.sql(`UPDATE ledger_entry SET new = 'x' WHERE study_id = 'S1' AND entry_id = $1`, h.read("S1")[5].ID)
		h.view(func(tx *store.Tx) error {
			if _, err := ledger.Prove(h.ctx, tx, "S1", 5, 0); err == nil {
				t.Error("an altered row was proved")
			}
			return nil
		})
	})
}

// A crash in the middle of a checkpoint's line costs that line only, and raises no alarm then or later.
func TestATornCheckpointIsPassedOver(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.record("S1", 10)
		h.publish()
		file := ledger.CheckpointFile(h.dir, "S1")
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for cut := 1; cut < len(whole); cut += 13 {
			if err := os.WriteFile(file, append(bytes.Clone(whole), whole[:cut]...), 0o600); err != nil {
				t.Fatal(err)
			}
			if v := h.verify(); len(v.Findings) > 0 || v.Checkpoints != 1 {
				t.Fatalf("torn after %d bytes: %+v", cut, v)
			}
		}
		h.record("S1", 10)
		if err := h.restart().PublishAll(h.ctx); err != nil { // the next line is written after the torn one
			t.Fatal(err)
		}
		if v := h.verify(); len(v.Findings) > 0 || v.Checkpoints != 2 {
			t.Errorf("after the next checkpoint: %+v", v)
		}
	})
}

// A checkpoint that another key signed, or that was changed, is refused by name; the others still count.
func TestACheckpointOfAnotherHandIsRefused(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.record("S1", 10)
		h.publish()
		h.record("S1", 10)
		h.publish()
		file := ledger.CheckpointFile(h.dir, "S1")
		honest, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what, text string, signed note.Verifier, line string, good int) {
			t.Helper()
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			public := ledger.Keys{signed}
			points, err := ledger.Checkpoints(h.dir, "S1", public)
			if err == nil || !strings.Contains(err.Error(), line) || len(points) != good {
				t.Errorf("%s: %d good checkpoints and %v, want %d and %s", what, len(points), err, good, line)
			}
			if v := h.verifyWith(public); len(v.Findings) == 0 || v.Findings[0].Table != "checkpoints" || v.Checkpoints != good {
				t.Errorf("%s: %+v", what, v)
			}
		}
		_, stranger := key(t)
		check("another key", string(honest), stranger, "line 1", 0)
		check("a larger size", strings.Replace(string(honest), `\n10\n`, `\n11\n`, 1), h.verifier, "line 1", 1)
		check("not a checkpoint", "?\n"+string(honest), h.verifier, "line 1", 2)
		if err := os.Rename(file, ledger.CheckpointFile(h.dir, "S2")); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Checkpoints(h.dir, "S2", ledger.Keys{h.verifier}); err == nil {
			t.Error("checkpoints of another study were taken")
		}
	})
}

// A folder that cannot be written leaves the growth to be published later.
func TestPublishingIsTriedAgain(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.record("S1", 3)
		file := t.TempDir() + "/not a folder"
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		h.dir = file
		h.l = h.restart()
		if err := h.l.PublishAll(h.ctx); err == nil {
			t.Error("published into a file that is not a folder")
		}
		if err := errors.Join(os.Remove(file), os.MkdirAll(file, 0o700)); err != nil {
			t.Fatal(err)
		}
		h.publish()
		if v := h.verify(); v.Checkpoints != 1 || len(v.Findings) > 0 {
			t.Errorf("%+v", v)
		}
	})
}

// An older tree is the beginning of the newer one, at every shape; and a proof holds for its two roots and no others.
func TestAnOlderCheckpointIsTheBeginningOfANewerOne(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.grow(0, 600)
		h.publish()
		leaves := leavesOf(h.read("S1"))
		for _, sizes := range [][2]int64{{1, 1}, {1, 600}, {2, 3}, {255, 256}, {256, 512}, {257, 599}, {512, 600}, {600, 600}} {
			h.view(func(tx *store.Tx) error {
				c, err := ledger.ProveConsistency(h.ctx, tx, "S1", sizes[0], sizes[1])
				if err != nil {
					return err
				}
				if c.Before != plainRoot(leaves[:sizes[0]]) || c.After != plainRoot(leaves[:sizes[1]]) {
					t.Errorf("%v: other roots", sizes)
				}
				for what, alter := range map[string]func(*ledger.Consistency){
					"the older root": func(c *ledger.Consistency) { c.Before[3] ^= 1 },
					"the newer root": func(c *ledger.Consistency) { c.After[3] ^= 1 },
				} {
					altered := *c
					if alter(&altered); altered.Check() == nil {
						t.Errorf("%v: %s was altered and the proof holds", sizes, what)
					}
				}
				return nil
			})
		}
		for _, sizes := range [][2]int64{{0, 5}, {6, 5}, {5, 601}, {-1, 5}} {
			h.view(func(tx *store.Tx) error {
				if _, err := ledger.ProveConsistency(h.ctx, tx, "S1", sizes[0], sizes[1]); casebook.KindOf(err) != casebook.NotFound {
					t.Errorf("%v: %v", sizes, err)
				}
				return nil
			})
		}
	})
}
