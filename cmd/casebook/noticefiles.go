package main

import (
	"context"
	"io"

	"casebook"
	"casebook/ledger"
	"casebook/notice"
	"casebook/site/document"
	"casebook/store"
)

// noticeFiles lets notices carry files of the file room, and files notices in it: those about safety under the SUSAR
// notices of a site, others under its notices, those to the study as a whole in the study's own file.
func noticeFiles() notice.Files {
	return notice.Files{
		Kept: func(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash, name string) (notice.Attachment, error) {
			l, err := document.FindLoose(ctx, tx, study, hash, name)
			return notice.Attachment{Name: l.Name, Hash: l.Hash, Media: l.Media, Size: l.Size}, err
		},
		Copy: func(ctx context.Context, tx *store.Tx, study casebook.StudyID, hash string, out io.Writer) error {
			return document.Copy(ctx, tx, study, hash, out)
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
	}
	var f *document.File
	var err error
	if a := p.Attachment; a != nil {
		f = document.Loose{Name: a.Name, Media: a.Media, Size: a.Size, Hash: a.Hash}.File()
	} else if f, err = document.NewFile(p.Name, []byte(p.Text)); err != nil {
		return "", err
	}
	return document.FileAgain(ctx, w, p.Site, p.Document, in, f)
}
