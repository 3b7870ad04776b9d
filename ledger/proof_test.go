package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"golang.org/x/mod/sumdb/tlog"
)

// text is the proof of an entry in the study's first size entries, as it goes on paper.
func (h *house) text(index, size int64) (text []byte) {
	h.t.Helper()
	h.view(func(tx *store.Tx) error {
		p, err := ledger.Prove(h.ctx, tx, "S1", index, size)
		if err == nil {
			text, err = p.Text()
		}
		return err
	})
	return text
}

// believe is what somebody with the checkpoints, and perhaps the rows, makes of a text.
func (h *house) believe(ctx context.Context, tx *store.Tx, text []byte) (ledger.Checkpoint, error) {
	p, err := ledger.ParseProof(text)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	points, err := ledger.Checkpoints(h.dir, "S1", ledger.Keys{h.verifier})
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	return p.Anchor(ctx, tx, points)
}

// A proof on paper is believed where a checkpoint signed its tree, or with the rows a larger one; a bit that is altered in it, anywhere,
// is refused.
func TestAProofOnPaperIsBelievedToTheBit(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.record("S1", 20)
		h.publish()
		h.record("S1", 29)
		err := h.l.Write(h.ctx, "S1", func(w *ledger.Writer) error {
			w.Record(h.ctx, ledger.Entry{What: "ward.named", New: "周宁 \U00020BB7 \\u5468"})
			return nil
		})
		if err := errors.Join(err, h.l.Seal(h.ctx, "S1")); err != nil {
			t.Fatal(err)
		}
		h.publish()
		if text := h.text(49, 50); bytes.ContainsFunc(text, func(r rune) bool { return r > '~' }) {
			t.Errorf("readers of codes guess at %s", text)
		} else if p, err := ledger.ParseProof(text); err != nil || p.Entry.New != "周宁 \U00020BB7 \\u5468" {
			t.Errorf("%v: %s", err, text)
		}
		if c, err := h.believe(h.ctx, nil, append(h.text(7, 20), '\n')); err != nil || c.Size != 20 {
			t.Errorf("the checkpoint of its size: %v, %v", c, err)
		}
		text := h.text(7, 23)
		if _, err := h.believe(h.ctx, nil, text); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("no checkpoint of its size, and no rows: %v", err)
		}
		h.view(func(tx *store.Tx) error {
			c, err := h.believe(h.ctx, tx, text)
			if err != nil || c.Size != 50 {
				t.Errorf("with the rows: %v, %v", c, err)
			}
			for i := range text {
				altered := bytes.Clone(text)
				altered[i] ^= 1 << (i % 7)
				if c, err := h.believe(h.ctx, tx, altered); err == nil {
					t.Errorf("believed by %v: %s", c, altered)
				}
			}
			return nil
		})
	})
}

// The control: a proof that somebody made of an entry that never was is right in itself, and only the checkpoint refuses it.
func TestAnInventedProofFitsNoCheckpoint(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		h.record("S1", 2)
		h.publish()
		var p *ledger.Proof
		h.view(func(tx *store.Tx) (err error) {
			p, err = ledger.Prove(h.ctx, tx, "S1", 0, 2)
			return err
		})
		p.Entry.Actor = "nobody"
		p.Root = tlog.NodeHash(tlog.Hash(ledger.Leaf(&p.Entry)), p.Hashes[0])
		text, err := p.Text()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.ParseProof(text); err != nil {
			t.Errorf("it is not right in itself: %v", err)
		}
		if _, err := h.believe(h.ctx, nil, text); casebook.KindOf(err) != casebook.Conflict {
			t.Errorf("the checkpoint says %v", err)
		}
	})
}

func FuzzAProofIsReadOrRefused(f *testing.F) {
	f.Add([]byte(`{"casebook":"proof 1","study":"S1","size":1,"index":0,"sealedAt":1,"root":"","path":"","entry":{"id":"E1","what":"bed.made","at":1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParseProof(text)
		if err != nil {
			return
		}
		if again, err := p.Text(); err != nil || !bytes.Equal(again, bytes.TrimSpace(text)) {
			t.Errorf("it is written as %s, %v", again, err)
		}
	})
}
