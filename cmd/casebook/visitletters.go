package main

import (
	"context"
	"errors"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/notice"
	"casebook/odm"
	sitevisit "casebook/site/visit"
	"casebook/trial"
)

// postLetter makes a letter about a monitoring visit a notice to the site's investigators and coordinators, who confirm it.
// Where nobody has such a role yet, as before a site is initiated, the letter is kept and nobody is told.
func (a *app) postLetter(ctx context.Context, study casebook.StudyID, m sitevisit.Mail) (*sitevisit.Posting, error) {
	title := i18n.Texts("visit.letter_confirm")
	if m.Step == "follow" {
		title = i18n.Texts("visit.letter_follow")
	}
	p, err := a.notices.Prepare(ctx, study, notice.Draft{Kind: notice.Normal, Ack: notice.Plain, Channels: []string{"mail"},
		Audience: notice.Audience{Roles: []auth.Role{auth.Investigator, auth.Coordinator}, Sites: []casebook.SiteID{m.Site}, States: []trial.SiteState{trial.Planned, trial.Active, trial.Closed}},
		Title:    odm.Text(title), Body: odm.Text{i18n.Chinese: "{{letter}}", i18n.English: "{{letter}}"},
		Variables: []notice.Variable{{Name: "visit", Type: "text", Value: odm.Text{"": m.Visit}}, {Name: "day", Type: "date", Value: odm.Text{"": m.On.String()}},
			{Name: "letter", Type: "text", Value: odm.Text{"": m.Text}}}})
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		switch e.Place {
		case "/audience":
			return nil, nil
		case "/variables/2/value":
			return nil, e.At("text")
		}
	}
	if err != nil {
		return nil, err
	}
	return &sitevisit.Posting{Notice: p.Notice.ID, Send: func(ctx context.Context, w *ledger.Writer) error { return p.SendIn(ctx, w) }}, nil
}

// letterReceipt tells how far a letter has come.
func (a *app) letterReceipt(ctx context.Context, study casebook.StudyID, id string) (sitevisit.Receipt, error) {
	m, err := a.notices.Matrix(ctx, study, id)
	if err != nil {
		return sitevisit.Receipt{}, err
	}
	return sitevisit.Receipt{Recipients: m.Total.Recipients, Read: m.Total.Read, Acknowledged: m.Total.Acknowledged}, nil
}
