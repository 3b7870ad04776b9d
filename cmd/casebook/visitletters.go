package main

import (
	"context"
	"errors"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/notice"
	"casebook/odm"
	"casebook/site"
	"casebook/site/document"
	sitevisit "casebook/site/visit"
	"casebook/trial"
)

// postLetter makes a letter about a monitoring visit a notice to the site's investigators and coordinators, who confirm it.
// The notice files itself in the site's documents with its receipts. Where nobody has such a role yet, as before a site is
// initiated, nobody is told, and the letter is filed at once.
func (a *app) postLetter(ctx context.Context, study casebook.StudyID, m sitevisit.Mail) (*site.Posting, error) {
	title := i18n.Texts("visit.letter_confirm")
	if m.Step == "follow" {
		title = i18n.Texts("visit.letter_follow")
	}
	p, err := a.notices.Prepare(ctx, study, notice.Draft{Kind: notice.Visit, Ack: notice.Plain, Channels: []string{"mail"},
		Audience: notice.Audience{Roles: []auth.Role{auth.Investigator, auth.Coordinator}, Sites: []casebook.SiteID{m.Site}, States: []trial.SiteState{trial.Planned, trial.Active, trial.Closed}},
		Title:    odm.Text(title), Body: odm.Text{i18n.Chinese: "{{letter}}", i18n.English: "{{letter}}"},
		Variables: []notice.Variable{{Name: "visit", Type: "text", Value: odm.Text{"": m.Visit}}, {Name: "day", Type: "date", Value: odm.Text{"": m.On.String()}},
			{Name: "letter", Type: "text", Value: odm.Text{"": m.Text}}}})
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		switch e.Place {
		case "/audience":
			return &site.Posting{Send: func(ctx context.Context, w *ledger.Writer) error {
				return fileLetter(ctx, w, title[i18n.Chinese]+" · "+title[i18n.English], m)
			}}, nil
		case "/variables/2/value":
			return nil, e.At("text")
		}
	}
	if err != nil {
		return nil, err
	}
	return &site.Posting{Notice: p.Notice.ID, Send: p.SendIn}, nil
}

// fileLetter files a letter that went to nobody. A title names its visit and day as the notice's would.
func fileLetter(ctx context.Context, w *ledger.Writer, title string, m sitevisit.Mail) error {
	title = strings.NewReplacer("{{visit}}", m.Visit, "{{day}}", m.On.String()).Replace(title)
	f, err := document.NewFile("letter.txt", []byte(title+"\n\n"+m.Text+"\n"))
	if err == nil {
		_, err = document.FileAgain(ctx, w, m.Site, "", document.Filing{Type: document.VisitLetters, Title: title}, f)
	}
	return err
}

// letterReceipt tells how far a letter has come.
func (a *app) letterReceipt(ctx context.Context, study casebook.StudyID, id string) (sitevisit.Receipt, error) {
	m, err := a.notices.Matrix(ctx, study, id)
	if err != nil {
		return sitevisit.Receipt{}, err
	}
	return sitevisit.Receipt{Recipients: m.Total.Recipients, Read: m.Total.Read, Acknowledged: m.Total.Acknowledged}, nil
}
