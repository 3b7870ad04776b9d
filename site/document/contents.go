package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"maps"
	"slices"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// contents is the fold of the documents' bytes: what the ledger says was filed must be there, and have its hash. Of what
// stands in a bucket the row must be there; VerifyBucket reads the bytes.
type contents struct {
	study    casebook.StudyID
	said     map[string]int64 // bytes, by hash
	findings []ledger.Finding
}

// NewContents returns the fold that compares the bytes of the study's documents with the hashes in the ledger.
func NewContents(study casebook.StudyID) ledger.Fold {
	return &contents{study: study, said: map[string]int64{}}
}

func (c *contents) found(table, hash, what string) {
	c.findings = append(c.findings, ledger.Finding{Study: c.study, Table: table, Row: hash, What: what})
}

// Entry takes in one entry.
func (c *contents) Entry(e *ledger.Entry) {
	var hash string
	var size int64
	var err error
	switch e.What {
	case record.FileAttached:
		var a record.Attachments
		if err = json.Unmarshal([]byte(e.New), &a); len(a.Files) > 0 {
			last := a.Files[len(a.Files)-1]
			hash, size = last.Hash, last.Size
		}
	case Kept:
		var l Loose
		err = json.Unmarshal([]byte(e.New), &l)
		hash, size = l.Hash, l.Size
	case Filed:
		var d Document
		if err = json.Unmarshal([]byte(e.New), &d); len(d.Versions) > 0 {
			hash, size = d.last().Hash, d.last().Size
		}
	default:
		return
	}
	if err != nil || hash == "" {
		c.found("ledger_entry", e.Ref, "the ledger's entry "+e.ID+" cannot be read")
		return
	}
	c.said[hash] = size
}

// Compare names what does not agree.
func (c *contents) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	here := map[string]bool{}
	if err := c.parts(ctx, tx, here); err != nil {
		return c.findings, err
	}
	outside, err := objects(ctx, tx, c.study, "")
	for _, o := range outside {
		switch size, known := c.said[o.Hash]; {
		case !known:
			c.found(ObjectTable, o.Hash, "put in: the ledger does not know it")
		case size != o.Size:
			c.found(ObjectTable, o.Hash, "altered: the ledger says another size")
		}
		here[o.Hash] = true
	}
	for _, hash := range slices.Sorted(maps.Keys(c.said)) {
		if !here[hash] {
			c.found("document_part", hash, "removed: the ledger knows it")
		}
	}
	return c.findings, err
}

// parts compares what stands in the database, and notes what is there.
func (c *contents) parts(ctx context.Context, tx *store.Tx, here map[string]bool) error {
	var hash string
	var sum hashing
	finish := func() {
		_, known := c.said[hash]
		switch {
		case hash == "":
		case !known:
			c.found("document_part", hash, "put in: the ledger does not know it")
		case sum.text() != hash:
			c.found("document_part", hash, "altered: its bytes do not have this hash")
		}
		here[hash] = true
	}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var of string
		var part []byte
		if err := r.Scan(&of, &part); err != nil {
			return err
		}
		if of != hash {
			finish()
			hash, sum = of, hashing{sha256.New()}
		}
		_, err := sum.Write(part)
		return err
	}, `SELECT hash, bytes FROM document_part WHERE study_id = $1 ORDER BY hash, part`, c.study)
	finish()
	return err
}

type hashing struct{ hash.Hash }

func (h hashing) text() string { return hex.EncodeToString(h.Sum(nil)) }
