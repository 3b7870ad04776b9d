package upload

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"

	"casebook"
	"casebook/store"
)

// source reads a file from its pieces, one after the other, and knows where its lines end. It gives each row so many
// bytes and no more, so that a quotation mark that nobody closes does not fill the memory.
type source struct {
	ctx   context.Context
	db    *store.DB
	study casebook.StudyID
	id    string
	next  int64 // piece
	piece []byte
	share int   // of bytes that one row may take, with what is read ahead of it
	left  int   // of the present row's
	read  int64 // bytes that were given out
	broke bool  // whether the last byte given out ended a line
	whole hash.Hash

	counts bool    // lines, for formats whose reader does not
	ends   []int64 // where the lines end that were given out and not yet counted
	line   int64   // that were counted
}

var errRowLarge = casebook.Fail(casebook.TooLarge, "upload.row_large", maxRow>>10)

func (s *Service) source(ctx context.Context, study casebook.StudyID, id string) *source {
	return &source{ctx: ctx, db: s.db, study: study, id: id, share: 2 * maxRow, left: 2 * maxRow, whole: sha256.New(), counts: true}
}

// Read implements io.Reader.
func (f *source) Read(b []byte) (int, error) {
	if len(f.piece) == 0 {
		err := f.db.View(f.ctx, func(tx *store.Tx) error {
			return tx.Row(f.ctx, `SELECT bytes FROM upload_piece WHERE study_id = $1 AND upload_id = $2 AND n = $3`, f.study, f.id, f.next).Scan(&f.piece)
		})
		if errors.Is(err, store.ErrNoRows) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		f.next++
	}
	if f.left <= 0 {
		return 0, errRowLarge
	}
	n := copy(b[:min(len(b), f.left)], f.piece)
	if f.counts {
		for i, c := range f.piece[:n] {
			if c == '\n' {
				f.ends = append(f.ends, f.read+int64(i))
			}
		}
	}
	f.whole.Write(f.piece[:n])
	f.broke = n > 0 && f.piece[n-1] == '\n'
	f.piece, f.left, f.read = f.piece[n:], f.left-n, f.read+int64(n)
	return n, nil
}

// begin lets the next row take its share of bytes.
func (f *source) begin() { f.left = f.share }

// at is the line, from 1, that an offset lies in. Offsets never go back.
func (f *source) at(offset int64) int64 {
	n := 0
	for n < len(f.ends) && f.ends[n] < offset {
		n++
	}
	f.ends = f.ends[n:]
	f.line += int64(n)
	return f.line + 1
}
