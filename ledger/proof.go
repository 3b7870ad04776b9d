package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows that an entry stands at its place in the tree that a checkpoint signed.
type Proof struct {
	Entry  Entry
	Size   int64
	Root   tlog.Hash
	Hashes tlog.RecordProof
}

// Prove proves the inclusion of the entry at index in the tree of size (0 means the whole), and checks its own proof.
func Prove(ctx context.Context, tx *store.Tx, study casebook.StudyID, index, size int64) (*Proof, error) {
	whole, err := Size(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		size = whole
	}
	if index < 0 || index >= size || size > whole {
		return nil, casebook.Fail(casebook.NotFound, "ledger.no_entry", index, size)
	}
	entries, err := Read(ctx, tx, study, index, 1)
	if err != nil || len(entries) != 1 {
		return nil, errors.Join(err, casebook.Fail(casebook.NotFound, "ledger.no_entry", index, size))
	}
	p := &Proof{Entry: entries[0], Size: size}
	t := tree{ctx, tx, study}
	if p.Root, err = tlog.TreeHash(size, t); err != nil {
		return nil, err
	}
	if p.Hashes, err = tlog.ProveRecord(size, index, t); err != nil {
		return nil, err
	}
	return p, p.Check()
}

// Check recomputes the entry's leaf and follows the proof to the root.
func (p *Proof) Check() error {
	d := p.Entry.digest()
	return tlog.CheckRecord(p.Hashes, p.Size, p.Root, p.Entry.Index, leaf(d[:], p.Entry.Index, store.Micros(p.Entry.SealedAt)))
}

// Anchor returns the signed checkpoint that the proof ends in: the one of the proof's own size or, with the rows of tx, the next
// larger one, whose tree they show to begin with the proof's. points are those of the entry's study, smallest first; tx may be
// nil. It returns ledger.proof_unsigned when there is no such checkpoint, and ledger.proof_altered when it says another root.
func (p *Proof) Anchor(ctx context.Context, tx *store.Tx, points []Checkpoint) (Checkpoint, error) {
	for _, c := range points {
		if c.Size < p.Size || c.Size > p.Size && tx == nil {
			continue
		}
		at := c.Root
		if c.Size > p.Size {
			longer, err := ProveConsistency(ctx, tx, p.Entry.Study, p.Size, c.Size)
			if err != nil {
				return c, err
			}
			if longer.After != c.Root {
				return c, casebook.Fail(casebook.Conflict, "ledger.proof_altered")
			}
			at = longer.Before
		}
		if at != p.Root {
			return c, casebook.Fail(casebook.Conflict, "ledger.proof_altered")
		}
		return c, nil
	}
	return Checkpoint{}, casebook.Fail(casebook.NotFound, "ledger.proof_unsigned", p.Size)
}

// written is a proof as text; docs/format/ledger.md says what each member is.
type written struct {
	Format   string           `json:"casebook"`
	Study    casebook.StudyID `json:"study"`
	Size     int64            `json:"size"`
	Index    int64            `json:"index"`
	SealedAt int64            `json:"sealedAt"`
	Root     []byte           `json:"root"`
	Path     []byte           `json:"path"`
	Entry    writtenEntry     `json:"entry"`
}

type writtenEntry struct {
	ID       string             `json:"id"`
	Site     casebook.SiteID    `json:"site,omitzero"`
	Subject  casebook.SubjectID `json:"subject,omitzero"`
	What     string             `json:"what"`
	Ref      string             `json:"ref,omitzero"`
	Old      string             `json:"old,omitzero"`
	New      string             `json:"new,omitzero"`
	Reason   string             `json:"reason,omitzero"`
	Actor    casebook.UserID    `json:"actor,omitzero"`
	Role     string             `json:"role,omitzero"`
	Location string             `json:"location,omitzero"`
	Trace    string             `json:"trace,omitzero"`
	At       int64              `json:"at"`
	DeviceAt int64              `json:"deviceAt,omitzero"`
	Release  int64              `json:"release,omitzero"`
	Salt     []byte             `json:"salt,omitzero"`
}

const proofFormat = "proof 1"

// Text is the proof as one line of JSON in ASCII, which ParseProof reads: what reads codes guesses how other letters are written. The
// same proof is the same bytes.
func (p *Proof) Text() ([]byte, error) {
	e, path := &p.Entry, make([]byte, 0, len(p.Hashes)*tlog.HashSize)
	for _, h := range p.Hashes {
		path = append(path, h[:]...)
	}
	text, err := json.Marshal(written{proofFormat, e.Study, p.Size, e.Index, store.Micros(e.SealedAt), p.Root[:], path, writtenEntry{e.ID, e.Site, e.Subject, e.What, e.Ref,
		e.Old, e.New, e.Reason, e.Actor, e.Role, e.Location, e.Trace, store.Micros(e.At), store.Micros(e.DeviceAt), e.Release, e.salt}})
	if err != nil {
		return nil, err
	}
	var ascii []byte
	for _, r := range string(text) {
		switch one, two := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf:
			ascii = append(ascii, byte(r))
		case one != utf8.RuneError:
			ascii = fmt.Appendf(ascii, `\u%04x\u%04x`, one, two)
		default:
			ascii = fmt.Appendf(ascii, `\u%04x`, r)
		}
	}
	return ascii, nil
}

// ParseProof reads the text of a proof and checks it. It returns ledger.proof_unread for what is not such a text to the byte, and
// ledger.proof_altered when the path does not lead from the entry to the root.
func ParseProof(text []byte) (*Proof, error) {
	var w written
	text = bytes.TrimSpace(text)
	err := json.Unmarshal(text, &w, json.RejectUnknownMembers(true))
	if err != nil || w.Format != proofFormat || len(w.Root) != tlog.HashSize || len(w.Path)%tlog.HashSize != 0 {
		return nil, casebook.Fail(casebook.Invalid, "ledger.proof_unread").Wrap(err)
	}
	e := w.Entry
	p := &Proof{Size: w.Size, Root: tlog.Hash(w.Root), Entry: Entry{Study: w.Study, ID: e.ID, Index: w.Index, SealedAt: store.Time(w.SealedAt), Site: e.Site, Subject: e.Subject,
		What: e.What, Ref: e.Ref, Old: e.Old, New: e.New, Reason: e.Reason, Actor: e.Actor, Role: e.Role, Location: e.Location, Trace: e.Trace,
		At: store.Time(e.At), DeviceAt: store.Time(e.DeviceAt), Release: e.Release, salt: e.Salt}}
	for ; len(w.Path) > 0; w.Path = w.Path[tlog.HashSize:] {
		p.Hashes = append(p.Hashes, tlog.Hash(w.Path[:tlog.HashSize]))
	}
	if again, err := p.Text(); err != nil || !bytes.Equal(again, text) {
		return nil, casebook.Fail(casebook.Invalid, "ledger.proof_unread").Wrap(err)
	}
	if err := p.Check(); err != nil {
		return nil, casebook.Fail(casebook.Conflict, "ledger.proof_altered").Wrap(err)
	}
	return p, nil
}
