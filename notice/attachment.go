package notice

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// Attachment is a file that a notice carries. Its bytes were judged and kept when somebody brought it; a draft names it
// by hash and name.
type Attachment struct {
	Name  string `json:"name"`
	Hash  string `json:"hash"` // SHA-256 in hex
	Media string `json:"media,omitempty"`
	Size  int64  `json:"size,omitzero"`
}

// Files is the study's file room, as notices use it; what takes a transaction is done in the caller's. Without Kept a notice carries no
// attachments; without File it is filed nowhere.
type Files struct {
	// Kept finds a file by its hash and name; NotFound when nobody has brought it.
	Kept func(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash, name string) (Attachment, error)
	// Answer answers a file's bytes, outside of any transaction.
	Answer func(ctx context.Context, w http.ResponseWriter, study casebook.StudyID, a Attachment) error
	// File files a paper and returns its document.
	File func(ctx context.Context, w *ledger.Writer, p Paper) (document string, err error)
}

// Paper is what is filed of a notice: a text, or one of its attachments.
type Paper struct {
	Site       casebook.SiteID // "" for the study's own file
	Document   string          // filed before: another version; "" is a new one
	Kind       Kind
	Title      string
	Name       string // of the file
	Text       string
	Attachment *Attachment // instead of a text
}

// maxAttachments bounds what a notice carries.
const maxAttachments = 10

// attach looks the draft's attachments up, and fills in what is known of them.
func (s *Service) attach(ctx context.Context, study casebook.StudyID, d *Draft) error {
	if len(d.Attachments) == 0 {
		return nil
	}
	if len(d.Attachments) > maxAttachments || s.o.Files.Kept == nil {
		return casebook.Fail(casebook.Unprocessable, "notice.attachments", maxAttachments).At("/attachments")
	}
	d.Attachments = slices.Clone(d.Attachments)
	return s.db.View(ctx, func(tx *store.Tx) error {
		for i, a := range d.Attachments {
			place := "/attachments/" + strconv.Itoa(i)
			kept, err := s.o.Files.Kept(ctx, tx, study, a.Hash, a.Name)
			switch {
			case casebook.KindOf(err) == casebook.NotFound:
				return casebook.Fail(casebook.Unprocessable, "notice.attachment_unknown", a.Name).At(place)
			case err != nil:
				return err
			case slices.Contains(d.Attachments[:i], kept):
				return casebook.Fail(casebook.Unprocessable, "notice.attachment_twice", a.Name).At(place)
			}
			d.Attachments[i] = kept
		}
		return nil
	})
}

// hashes are what a signature under a notice with attachments is bound to, beside its text.
func hashes(all []Attachment) (parts []string) {
	for _, a := range all {
		parts = append(parts, a.Name, a.Hash)
	}
	return parts
}

// getAttachment answers one of a notice's attachments to who manages the study.
func (s *Service) getAttachment(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Get(r.Context(), studyOf(r), r.PathValue("notice"))
	if err != nil {
		return err
	}
	return s.download(w, r, n)
}

// getLetterAttachment answers one of the attachments of the caller's own notice at ?site=, which they have opened.
func (s *Service) getLetterAttachment(w http.ResponseWriter, r *http.Request) error {
	study, site := studyOf(r), casebook.SiteID(r.URL.Query().Get("site"))
	user, _ := mine(r.Context(), study)
	var l Letter
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		l, err = peek(r.Context(), tx, study, r.PathValue("notice"), site, user)
		return err
	})
	if err != nil {
		return err
	}
	if l.Recipient.Read == 0 {
		return casebook.Fail(casebook.Conflict, "notice.unread")
	}
	return s.download(w, r, l.Notice)
}

func (s *Service) download(w http.ResponseWriter, r *http.Request, n *Notice) error {
	k, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || k < 1 || k > len(n.Attachments) {
		return casebook.Fail(casebook.NotFound, "notice.attachment_none", r.PathValue("number")).At("number")
	}
	w.Header().Set("Content-Type", "application/octet-stream") // the API's document is read out of this package
	return s.o.Files.Answer(r.Context(), w, studyOf(r), n.Attachments[k-1])
}
