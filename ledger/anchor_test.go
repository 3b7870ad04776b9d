package ledger_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"casebook/ledger"

	"golang.org/x/mod/sumdb/note"
)

// Whoever has the database and the signing key can write history anew with checkpoints that fit it. The control, which reads the
// installation's own, sees nothing; who reads those of the anchor sees it.
func TestHistoryWrittenAnewWithItsCheckpointsIsFoundByTheAnchor(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		outside := t.TempDir()
		kept := func(anchor *ledger.Anchored, want int) {
			t.Helper()
			if err := anchor.Bring(h.ctx); err != nil {
				t.Fatal(err)
			}
			points, err := ledger.Checkpoints(outside, "S1", ledger.Keys{h.verifier})
			if err != nil || len(points) != want {
				t.Fatalf("the anchor has %+v, %v, want %d", points, err, want)
			}
		}
		anchor := h.l.AnchorAt(outside)
		kept(anchor, 0)
		h.grow(0, 300)
		h.publish()
		kept(anchor, 1)
		kept(anchor, 1)
		h.grow(300, 600)
		h.publish()
		kept(h.l.AnchorAt(outside), 2) // after a restart, the first round
		kept(h.l.AnchorAt(outside), 2)

		h.rewrite(100, `{"made":"never"}`)
		if err := os.RemoveAll(h.dir); err != nil {
			t.Fatal(err)
		}
		h.l = h.restart()
		h.publish()
		if v := h.verify(); len(v.Findings) > 0 {
			t.Fatalf("the control was to see nothing, it found %+v", v.Findings)
		}
		h.dir = outside
		if v := h.verify(); len(v.Findings) == 0 {
			t.Error("history was written anew, and the anchor's checkpoints do not tell")
		}
	})
}

// An address that does not keep a checkpoint is asked again; one that does gets the signed note, once.
func TestAnAnchorThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		answer, got := http.StatusServiceUnavailable, []string{}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, _ := io.ReadAll(r.Body)
			got = append(got, string(text))
			http.Redirect(w, r, "/elsewhere", answer)
		}))
		defer s.Close()
		anchor := h.l.AnchorAt(s.URL)
		h.grow(0, 3)
		h.publish()
		for _, answer = range []int{http.StatusServiceUnavailable, http.StatusTemporaryRedirect} {
			if err := anchor.Bring(h.ctx); err == nil {
				t.Errorf("%d is taken for kept", answer)
			}
		}
		answer = http.StatusNoContent
		for range 2 {
			if err := anchor.Bring(h.ctx); err != nil {
				t.Error(err)
			}
		}
		if len(got) != 3 {
			t.Fatalf("it was asked %d times", len(got))
		}
		if n, err := note.Open([]byte(got[2]), note.VerifierList(h.verifier)); err != nil || got[2] != got[0] {
			t.Errorf("it was brought %+v, %v", n, err)
		}
	})
}
