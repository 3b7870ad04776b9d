package document

import (
	"context"
	"errors"
	"net/http"

	"casebook"
	"casebook/ledger"
	"casebook/site/keep"
	"casebook/store"
	"casebook/web"
)

// loose are files that stand in no document, by hash and name.
const loose keep.Kind = "loose"

// Loose is a file that stands in no document: something else in the study names it by its hash and name.
type Loose struct {
	Name  string `json:"name"`
	Media string `json:"media"`
	Size  int64  `json:"size"`
	Hash  string `json:"hash"`
}

// File is l to be filed: its bytes are kept already.
func (l Loose) File() *File { return &File{Name: l.Name, Media: l.Media, Size: l.Size, Hash: l.Hash} }

func looseID(hash, name string) string { return hash + "/" + name }

// FindLoose returns the loose file with a hash and a name, or NotFound document.unknown.
func FindLoose(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash, name string) (Loose, error) {
	k, err := keep.Find[Loose](ctx, tx, study, loose, looseID(hash, name))
	if err == nil && k.Version == 0 {
		err = unknown()
	}
	return k.Doc, err
}

// KeepIn keeps a file that stands in no document, in the caller's write. The same file again is kept once.
func KeepIn(ctx context.Context, w *ledger.Writer, f *File) (Loose, error) {
	l, err := FindLoose(ctx, w.Tx, w.Study, f.Hash, f.Name)
	if casebook.KindOf(err) != casebook.NotFound {
		return l, err
	}
	if err := f.put(ctx, w); err != nil {
		return l, err
	}
	l = Loose{f.Name, f.Media, f.Size, f.Hash}
	return l, keep.Put(ctx, w, keep.Change{Kind: loose, ID: looseID(f.Hash, f.Name), After: l, Entry: ledger.Entry{What: Kept}})
}

// keep takes in a file that something else in the study will name, such as a notice that is being composed: a form (RFC
// 7578) with one part, file. It answers name, media type, size and SHA-256.
func (s *Service) keep(w http.ResponseWriter, r *http.Request) error {
	parts, err := formOf(r)
	if err != nil {
		return err
	}
	content, name, err := part(r, parts, "file", MaxSize)
	if err != nil {
		return err
	}
	f, err := NewFile(name, content)
	if err != nil {
		return err
	}
	if err := s.carry(r.Context(), studyOf(r), "", f); err != nil {
		return err
	}
	var l Loose
	take := func(w *ledger.Writer) (err error) { l, err = KeepIn(r.Context(), w, f); return err }
	err = s.ledger.WriteNew(r.Context(), studyOf(r), take)
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "site.changed" { // somebody brought the same just now
		err = s.ledger.WriteNew(r.Context(), studyOf(r), take)
	}
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, l)
}

// FileAgain is FileIn for a program that files what it makes: a new document when id is "", otherwise another version of
// whatever there is now, and none when nothing has changed. It returns the document's id.
func FileAgain(ctx context.Context, w *ledger.Writer, at casebook.SiteID, id string, in Filing, f *File) (string, error) {
	if id == "" {
		next, err := NextID(ctx, w)
		if err == nil {
			_, err = FileIn(ctx, w, at, next, in, f)
		}
		return next, err
	}
	k, err := find(ctx, w.Tx, w.Study, id)
	if err != nil || k.Doc.last().Hash == f.Hash {
		return id, err
	}
	in.Seen = k.Version
	_, err = FileIn(ctx, w, at, id, in, f)
	return id, err
}
