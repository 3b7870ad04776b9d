package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"casebook"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs checkpoints.
type Signer = note.Signer

// NewKey makes a key pair for checkpoints in note's text forms. The name appears in every signature.
func NewKey(world casebook.World, name string) (private, public string, err error) {
	return note.GenerateKey(world.Rand, name)
}

// Keys are the public keys of a ledger, oldest first. Who trusts the first trusts them all: each of the others was named in
// a note that the key before it and the key itself have signed. A key that has been followed signs nothing any more.
type Keys []note.Verifier

// succession is the first line of the note that names the next key; the key and the moment follow, a line each.
const succession = "casebook key succession"

// ParseKeys reads the text form: the first key on the first line, and after it the notes of succession. It returns
// ledger.keys when a note was not signed by both keys.
func ParseKeys(text []byte) (Keys, error) {
	first, rest, _ := strings.Cut(string(text), "\n")
	v, err := note.NewVerifier(strings.TrimSpace(first))
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "ledger.keys", 1).Wrap(err)
	}
	all := Keys{v}
	notes := strings.Split("\n"+rest, "\n"+succession+"\n")
	if strings.TrimSpace(notes[0]) != "" {
		return nil, casebook.Fail(casebook.Invalid, "ledger.keys", 1)
	}
	for i, n := range notes[1:] {
		next, err := all.successor(succession + "\n" + strings.TrimRight(n, "\n") + "\n")
		if err != nil {
			return nil, casebook.Fail(casebook.Invalid, "ledger.keys", i+2).Wrap(err)
		}
		all = append(all, next)
	}
	return all, nil
}

// successor reads a note of succession.
func (k Keys) successor(text string) (note.Verifier, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 {
		return nil, fmt.Errorf("no note: %q", text)
	}
	next, err := note.NewVerifier(lines[1])
	if err != nil {
		return nil, err
	}
	n, err := note.Open([]byte(text), note.VerifierList(k.Last(), next))
	if err != nil {
		return nil, err
	}
	if len(n.Sigs) != 2 || n.Sigs[0].Hash == n.Sigs[1].Hash {
		return nil, fmt.Errorf("signed by one of the two keys only")
	}
	return next, nil
}

// Last is the key that signs now.
func (k Keys) Last() note.Verifier { return k[len(k)-1] }

// Succeed makes the key that follows the last, whose private half signs as old. The note is to be put at the end of the
// text form. It returns ledger.key_followed when old is not the last key.
func (k Keys) Succeed(world casebook.World, old Signer) (private string, text []byte, err error) {
	if old.KeyHash() != k.Last().KeyHash() || old.Name() != k.Last().Name() {
		return "", nil, casebook.Fail(casebook.Conflict, "ledger.key_followed")
	}
	private, public, err := NewKey(world, old.Name())
	if err != nil {
		return "", nil, err
	}
	next, err := note.NewSigner(private)
	if err != nil {
		return "", nil, err
	}
	text, err = note.Sign(&note.Note{Text: succession + "\n" + public + "\n" + world.Now().UTC().Format(time.RFC3339) + "\n"}, old, next)
	return private, text, err
}

// who is the place among the keys of the one that signed a note.
func (k Keys) who(n *note.Note) int {
	return slices.IndexFunc(k, func(v note.Verifier) bool { return v.Name() == n.Sigs[0].Name && v.KeyHash() == n.Sigs[0].Hash })
}
