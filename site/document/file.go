package document

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// MaxSize is the most bytes of a file, and partSize of one row of it.
const (
	MaxSize  = 20 << 20
	partSize = 1 << 20
)

// File is what somebody brings.
type File struct {
	Name  string // as the file was called, without its folder
	Media string // found in the bytes, and nothing that the browser said
	Bytes []byte // none when they are kept already
	Size  int64
	Hash  string // SHA-256 in hex
}

// kinds are the types of file that are kept, by the ending of the name: the media type, and what the bytes must look like.
var kinds = map[string]struct {
	media string
	looks func([]byte) bool
}{
	".pdf":  {"application/pdf", begins("%PDF-")},
	".png":  {"image/png", begins("\x89PNG\r\n\x1a\n")},
	".jpg":  {"image/jpeg", begins("\xff\xd8\xff")},
	".jpeg": {"image/jpeg", begins("\xff\xd8\xff")},
	".tif":  {"image/tiff", begins("II*\x00", "MM\x00*")},
	".tiff": {"image/tiff", begins("II*\x00", "MM\x00*")},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", holds("word/document.xml")},
	".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", holds("xl/workbook.xml")},
	".txt":  {"text/plain; charset=utf-8", plain},
	".csv":  {"text/csv; charset=utf-8", plain},
}

func begins(marks ...string) func([]byte) bool {
	return func(b []byte) bool {
		return slices.ContainsFunc(marks, func(m string) bool { return bytes.HasPrefix(b, []byte(m)) })
	}
}

// holds looks into an office file (ECMA-376), which is a ZIP archive with a list of its parts.
func holds(part string) func([]byte) bool {
	return func(b []byte) bool {
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return false
		}
		has := func(name string) bool {
			return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == name })
		}
		return has("[Content_Types].xml") && has(part)
	}
}

func plain(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsRune(b, 0) }

// NewFile judges a file by its bytes. Errors: Invalid document.file_empty, document.file_name; Unsupported
// document.file_kind for a type that is not kept, document.file_false for one whose name and bytes do not agree; TooLarge
// document.file_large.
func NewFile(name string, content []byte) (*File, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	kind, known := kinds[strings.ToLower(path.Ext(name))]
	switch {
	case len(name) > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }):
		return nil, casebook.Fail(casebook.Invalid, "document.file_name").At("file")
	case !known:
		return nil, casebook.Fail(casebook.Unsupported, "document.file_kind", name).At("file")
	case len(content) == 0:
		return nil, casebook.Fail(casebook.Invalid, "document.file_empty").At("file")
	case len(content) > MaxSize:
		return nil, casebook.Fail(casebook.TooLarge, "document.file_large", MaxSize>>20).At("file")
	case !kind.looks(content):
		return nil, casebook.Fail(casebook.Unsupported, "document.file_false", name).At("file")
	}
	sum := sha256.Sum256(content)
	return &File{name, kind.media, content, int64(len(content)), hex.EncodeToString(sum[:])}, nil
}

// put keeps a file's bytes in the caller's transaction. The same bytes are kept once for a study.
func (f *File) put(ctx context.Context, w *ledger.Writer) error {
	for i, part := range slices.Collect(slices.Chunk(f.Bytes, partSize)) {
		_, err := w.Exec(ctx, `INSERT INTO document_part(study_id, hash, part, bytes) VALUES($1,$2,$3,$4) ON CONFLICT (study_id, hash, part) DO NOTHING`,
			w.Study, f.Hash, int64(i), part)
		if err != nil {
			return err
		}
	}
	return nil
}

// Copy writes the bytes with a hash to out, part by part.
func Copy(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash string, out io.Writer) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var part []byte
		if err := r.Scan(&part); err != nil {
			return err
		}
		_, err := out.Write(part)
		return err
	}, `SELECT bytes FROM document_part WHERE study_id = $1 AND hash = $2 ORDER BY part`, study, hash)
}

// contents is the fold of the documents' bytes: what the ledger says was filed must be there, and have its hash.
type contents struct {
	study    casebook.StudyID
	said     map[string]bool
	findings []ledger.Finding
}

// NewContents returns the fold that compares the bytes of the study's documents with the hashes in the ledger.
func NewContents(study casebook.StudyID) ledger.Fold {
	return &contents{study: study, said: map[string]bool{}}
}

func (c *contents) found(hash, what string) {
	c.findings = append(c.findings, ledger.Finding{Study: c.study, Table: "document_part", Row: hash, What: what})
}

// Entry takes in one entry.
func (c *contents) Entry(e *ledger.Entry) {
	if e.What == record.FileAttached {
		var a record.Attachments
		if err := json.Unmarshal([]byte(e.New), &a); err != nil || len(a.Files) == 0 {
			c.found(e.Ref, "the ledger's entry "+e.ID+" cannot be read")
			return
		}
		c.said[a.Files[len(a.Files)-1].Hash] = true
		return
	}
	if e.What == Kept {
		var l Loose
		if err := json.Unmarshal([]byte(e.New), &l); err != nil || l.Hash == "" {
			c.found(e.Ref, "the ledger's entry "+e.ID+" cannot be read")
			return
		}
		c.said[l.Hash] = true
		return
	}
	if e.What != Filed {
		return
	}
	var d Document
	if err := json.Unmarshal([]byte(e.New), &d); err != nil || len(d.Versions) == 0 {
		c.found(e.Ref, "the ledger's entry "+e.ID+" cannot be read")
		return
	}
	c.said[d.last().Hash] = true
}

// Compare names what does not agree.
func (c *contents) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	var hash string
	var sum hashing
	finish := func() {
		switch {
		case hash == "":
		case !c.said[hash]:
			c.found(hash, "put in: the ledger does not know it")
		case sum.text() != hash:
			c.found(hash, "altered: its bytes do not have this hash")
		}
		delete(c.said, hash)
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
	for _, gone := range slices.Sorted(maps.Keys(c.said)) {
		c.found(gone, "removed: the ledger knows it")
	}
	return c.findings, err
}

type hashing struct{ hash.Hash }

func (h hashing) text() string { return hex.EncodeToString(h.Sum(nil)) }
