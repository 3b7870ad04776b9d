package settings

import (
	"bytes"
	"context"
	"strings"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

// bundleHead is the first line of a bundle: what it is, and in which version.
const bundleHead = "casebook settings 1\n"

// Export writes a release as a signed note (golang.org/x/mod/sumdb/note): two lines of text, the second the values as
// canonical JSON, and the signature of this installation.
func (s *Settings) Export(ctx context.Context, number int64, signer note.Signer) ([]byte, error) {
	var r Released
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		r, err = release(ctx, tx, number)
		return err
	})
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: bundleHead + text(append([]Assignment{}, r.Doc...)) + "\n"}, signer)
}

// Import makes a draft of a bundle, for a second person to approve as any other. It refuses one that none of the given
// verifiers knows, or that was altered.
func (s *Settings) Import(ctx context.Context, bundle []byte, reason string, known ...note.Verifier) (Draft, error) {
	opened, err := note.Open(bundle, note.VerifierList(known...))
	if err != nil {
		return Draft{}, casebook.Fail(casebook.Invalid, "settings.bundle").Wrap(err)
	}
	doc, ok := strings.CutPrefix(opened.Text, bundleHead)
	var young []Assignment
	if err := json.Unmarshal(bytes.TrimSpace([]byte(doc)), &young, json.RejectUnknownMembers(true)); !ok || err != nil {
		return Draft{}, casebook.Fail(casebook.Invalid, "settings.bundle").Wrap(err)
	}
	var old Released
	err = s.db.View(ctx, func(tx *store.Tx) error {
		f, err := readForce(ctx, tx)
		if err != nil {
			return err
		}
		old, err = release(ctx, tx, f.Number)
		return err
	})
	if err != nil {
		return Draft{}, err
	}
	var changes []Change
	for _, a := range old.Doc {
		if !contains(young, a) {
			changes = append(changes, Change{a, true})
		}
	}
	for _, a := range young {
		changes = append(changes, Change{Assignment: a})
	}
	return s.Propose(ctx, changes, reason)
}

func contains(doc []Assignment, a Assignment) bool {
	for _, b := range doc {
		if a.same(b) {
			return true
		}
	}
	return false
}
