package main

import (
	"context"
	"net/http"

	"casebook"
	"casebook/ledger"
	"casebook/notice"
	"casebook/site/document"
	"casebook/store"
)

// noticeFiles lets notices carry files of the file room, and files notices in it: those about safety under the SUSAR
// notices of a site, letters about visits under its letters, others under its notices, those to the study as a whole in the
// study's own file.
func (a *app) noticeFiles() notice.Files {
	return notice.Files{
		Kept: func(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash, name string) (notice.Attachment, error) {
			l, err := document.FindLoose(ctx, tx, study, hash, name)
			return notice.Attachment{Name: l.Name, Hash: l.Hash, Media: l.Media, Size: l.Size}, err
		},
		Answer: func(ctx context.Context, w http.ResponseWriter, study casebook.StudyID, at notice.Attachment) error {
			return a.files.Answer(ctx, w, study, loose(at))
		},
		File: fileNotice,
	}
}

func fileNotice(ctx context.Context, w *ledger.Writer, p notice.Paper) (string, error) {
	in := document.Filing{Title: p.Title, Type: document.Notices}
	switch {
	case p.Site == "":
		in.Type = document.Circulars
	case p.Kind == notice.Safety:
		in.Type = document.SafetyNotices
	case p.Kind == notice.Visit:
		in.Type = document.VisitLetters
	}
	var f *document.File
	var err error
	if a := p.Attachment; a != nil {
		f = loose(*a).File()
	} else if f, err = document.NewFile(p.Name, []byte(p.Text)); err != nil {
		return "", err
	}
	return document.FileAgain(ctx, w, p.Site, p.Document, in, f)
}

// loose is an attachment as the file room knows it.
func loose(a notice.Attachment) document.Loose {
	return document.Loose{Name: a.Name, Media: a.Media, Size: a.Size, Hash: a.Hash}
}
