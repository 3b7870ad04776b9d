package document

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/site/document/bucket"
	"casebook/site/keep"
	"casebook/store"
)

// carry has a file's bytes looked at by the scanner and brings them to the bucket, where there are those, before the transaction that names
// them: no transaction waits for a network. It is written down before; what is refused afterwards leaves bytes that nobody names, which are
// removed a day later. Errors: Unprocessable document.file_infected, Busy document.scanner_down, and the bucket's.
func (s *Service) carry(ctx context.Context, study casebook.StudyID, at casebook.SiteID, f *File) error {
	if err := s.scan(ctx, study, at, f); err != nil {
		return err
	}
	if s.bucket == nil {
		return nil
	}
	if err := s.begin(ctx, study, f.Hash); err != nil {
		return err
	}
	if err := s.bucket.Put(ctx, objectName(study, f.Hash), f.Bytes); err != nil {
		return err
	}
	f.outside = true
	return nil
}

// infected is a file that was refused for what a scanner found in it.
type infected struct {
	Name  string `json:"name"`
	Size  int64  `json:"size"`
	Hash  string `json:"hash"`
	Found string `json:"found"` // as the scanner calls it
}

// scan refuses a file in which the scanner finds malware, and says so in the ledger.
func (s *Service) scan(ctx context.Context, study casebook.StudyID, at casebook.SiteID, f *File) error {
	if s.Scanner == nil {
		return nil
	}
	found, err := s.Scanner.Scan(ctx, f.Bytes)
	if err != nil || found == "" {
		return err
	}
	text, err := keep.Canonical(infected{f.Name, f.Size, f.Hash, strings.ToValidUTF8(found, "?")})
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Infected, Site: at, Ref: f.Hash, New: text})
		return nil
	})
	if err != nil {
		return err
	}
	return casebook.Fail(casebook.Unprocessable, "document.file_infected", f.Name, found).At("file")
}

// objectName is the name of a study's file in a bucket. Of the study's name what is no letter or digit of ASCII and no
// hyphen stands in hex, so that no store reads the name otherwise.
func objectName(study casebook.StudyID, hash string) string {
	var b strings.Builder
	for _, c := range []byte(study) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02X", c)
		}
	}
	return b.String() + "/" + hash
}

// put keeps a file's bytes, or that they stand in the bucket, in the caller's transaction. The same bytes are kept once for
// a study.
func (f *File) put(ctx context.Context, w *ledger.Writer) error {
	if f.outside {
		_, err := w.Exec(ctx, `INSERT INTO document_object(study_id, hash, size) VALUES($1,$2,$3) ON CONFLICT (study_id, hash) DO NOTHING`, w.Study, f.Hash, f.Size)
		if err == nil {
			_, err = w.Exec(ctx, `DELETE FROM document_upload WHERE study_id = $1 AND hash = $2 AND begun >= 0`, w.Study, f.Hash)
		}
		return err
	}
	for i, part := range slices.Collect(slices.Chunk(f.Bytes, partSize)) {
		_, err := w.Exec(ctx, `INSERT INTO document_part(study_id, hash, part, bytes) VALUES($1,$2,$3,$4) ON CONFLICT (study_id, hash, part) DO NOTHING`,
			w.Study, f.Hash, int64(i), part)
		if err != nil {
			return err
		}
	}
	return nil
}

// Answer answers a file's bytes as something to be kept, and not to be shown in a page of ours. Errors: Conflict
// document.bytes_wrong when what stands in the bucket is not what was filed; Busy document.bucket_down, document.bucket_none.
func (s *Service) Answer(ctx context.Context, w http.ResponseWriter, study casebook.StudyID, l Loose) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(l.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": l.Name}))
	h.Set("Cache-Control", "no-store")
	err := s.Copy(ctx, study, l.Hash, w)
	if err != nil { // what is answered instead is no file
		h.Del("Content-Length")
		h.Del("Content-Disposition")
	}
	return err
}

// Copy writes the bytes with a hash to out. Errors: Conflict document.bytes_wrong, Busy document.bucket_down,
// document.bucket_none.
func (s *Service) Copy(ctx context.Context, study casebook.StudyID, hash string, out io.Writer) error {
	parts, size := 0, int64(0)
	err := s.db.View(ctx, func(tx *store.Tx) error {
		err := tx.Each(ctx, func(r *store.Rows) error {
			var part []byte
			if err := r.Scan(&part); err != nil {
				return err
			}
			parts++
			_, err := out.Write(part)
			return err
		}, `SELECT bytes FROM document_part WHERE study_id = $1 AND hash = $2 ORDER BY part`, study, hash)
		if err != nil || parts > 0 {
			return err
		}
		all, err := objects(ctx, tx, study, hash)
		for _, o := range all {
			size = o.Size
		}
		return err
	})
	switch {
	case err != nil || parts > 0:
		return err
	case size == 0:
		return casebook.Fail(casebook.Conflict, "document.bytes_wrong")
	case s.bucket == nil:
		return casebook.Fail(casebook.Busy, "document.bucket_none")
	}
	content, err := s.bucket.Get(ctx, objectName(study, hash), size, hash)
	if err == nil {
		_, err = out.Write(content)
	}
	return err
}

// object is a file whose bytes stand in the bucket.
type object struct {
	Hash string
	Size int64
}

// objects are a study's files in the bucket: the one with a hash, or with "" all.
func objects(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash string) ([]object, error) {
	return store.All(ctx, tx, func(r *store.Rows) (o object, err error) { return o, r.Scan(&o.Hash, &o.Size) },
		`SELECT hash, size FROM document_object WHERE study_id = $1 AND ($2 = '' OR hash = $2) ORDER BY hash`, study, hash)
}

// VerifyBucket reads every file that the rows say is in a bucket, and compares its bytes with its hash. It returns how many
// there are; with a nil bucket it only counts. An error says that the bucket cannot be read.
func VerifyBucket(ctx context.Context, db *store.DB, b *bucket.Bucket) (n int, findings []ledger.Finding, err error) {
	all := map[casebook.StudyID][]object{}
	err = db.View(ctx, func(tx *store.Tx) error {
		studies, err := store.All(ctx, tx, func(r *store.Rows) (study casebook.StudyID, err error) { return study, r.Scan(&study) },
			`SELECT DISTINCT study_id FROM document_object ORDER BY study_id`)
		for _, study := range studies {
			if err == nil {
				all[study], err = objects(ctx, tx, study, "")
			}
			n += len(all[study])
		}
		return err
	})
	if err != nil || b == nil {
		return n, nil, err
	}
	for study, files := range all {
		for _, o := range files {
			_, err := b.Get(ctx, objectName(study, o.Hash), o.Size, o.Hash)
			switch {
			case casebook.KindOf(err) == casebook.Conflict:
				findings = append(findings, ledger.Finding{Study: study, Table: ObjectTable, Row: o.Hash, What: "what stands in the bucket is missing or does not have this hash"})
			case err != nil:
				return n, findings, err
			}
		}
	}
	return n, findings, nil
}

// ObjectTable is the table of the files in the bucket.
const ObjectTable = "document_object"
