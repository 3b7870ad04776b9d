package main

import (
	"context"
	"errors"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/notice"
	"casebook/odm"
	"casebook/site"
	"casebook/trial"
)

// issueTexts are what notices say of an issue, by the level of the alert.
var issueTexts = map[site.Level][2]map[string]string{
	site.Soon:      {i18n.Texts("site.issue_soon_title"), i18n.Texts("site.issue_soon_body")},
	site.Overdue:   {i18n.Texts("site.issue_overdue_title"), i18n.Texts("site.issue_overdue_body")},
	site.Escalated: {i18n.Texts("site.issue_escalated_title"), i18n.Texts("site.issue_escalated_body")},
}

// requestTexts are what notices say of a request about a subject's own data. They do not say whose it is.
var requestTexts = map[site.Level][2]map[string]string{
	site.Soon:    {i18n.Texts("site.request_soon_title"), i18n.Texts("site.request_soon_body")},
	site.Overdue: {i18n.Texts("site.request_overdue_title"), i18n.Texts("site.request_overdue_body")},
}

// tellRequest makes an alert about a request a notice, in the product and by mail: to those who answer it before it is due, and to the
// data and project managers when it is not answered.
func (a *app) tellRequest(ctx context.Context, study casebook.StudyID, alert site.Alert) (*site.Posting, error) {
	to := notice.Audience{Sites: []casebook.SiteID{alert.Site}, States: []trial.SiteState{trial.Planned, trial.Active, trial.Closed}, Roles: []auth.Role{auth.DataManager, auth.ProjectManager}}
	if alert.Level == site.Soon {
		to.Roles = append(to.Roles, auth.Coordinator, auth.Investigator)
	}
	text := requestTexts[alert.Level]
	return posting(a.notices.Prepare(ctx, study, notice.Draft{Ack: notice.None, Channels: []string{"mail"}, Audience: to, Title: odm.Text(text[0]), Body: odm.Text(text[1]), Kind: notice.Normal,
		Variables: []notice.Variable{{Name: "request", Type: "text", Value: odm.Text{"": alert.Issue}}, {Name: "place", Type: "text", Value: odm.Text{"": string(alert.Site)}},
			{Name: "due", Type: "date", Value: odm.Text{"": alert.Due.String()}}}}))
}

// posting is a notice that was prepared, nil where there is nobody to tell.
func posting(p *notice.Prepared, err error) (*site.Posting, error) {
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "notice.nobody" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &site.Posting{Notice: p.Notice.ID, Send: p.SendIn}, nil
}

// tellIssue makes an alert about an issue a notice, in the product and by mail: its owner before it is due, the project manager
// when it is not done, all of the sponsor when it is not done for long. It is nil where nobody has such a role.
func (a *app) tellIssue(ctx context.Context, study casebook.StudyID, alert site.Alert) (*site.Posting, error) {
	if alert.Request {
		return a.tellRequest(ctx, study, alert)
	}
	to := notice.Audience{Sites: []casebook.SiteID{alert.Site}, States: []trial.SiteState{trial.Planned, trial.Active, trial.Closed}}
	switch alert.Level {
	case site.Soon:
		to.Roles, to.People = []auth.Role{auth.Coordinator, auth.Investigator, auth.Monitor, auth.DataManager, auth.ProjectManager, auth.Office}, []casebook.UserID{alert.Owner}
	case site.Overdue:
		to.Roles = []auth.Role{auth.ProjectManager}
	default:
		to.Roles = []auth.Role{auth.Monitor, auth.DataManager, auth.ProjectManager}
	}
	text := issueTexts[alert.Level]
	prepare := func(title string) (*notice.Prepared, error) {
		return a.notices.Prepare(ctx, study, notice.Draft{Ack: notice.None, Channels: []string{"mail"}, Audience: to, Title: odm.Text(text[0]), Body: odm.Text(text[1]), Kind: notice.Normal,
			Variables: []notice.Variable{{Name: "issue", Type: "text", Value: odm.Text{"": alert.Issue}}, {Name: "what", Type: "text", Value: odm.Text{"": title}},
				{Name: "owner", Type: "text", Value: odm.Text{"": string(alert.Owner)}}, {Name: "place", Type: "text", Value: odm.Text{"": string(alert.Site)}}, {Name: "due", Type: "date", Value: odm.Text{"": alert.Due.String()}}}})
	}
	p, err := prepare(alert.Title)
	if e, ok := errors.AsType[*casebook.Error](err); ok && strings.HasPrefix(e.Place, "/variables/") {
		p, err = prepare(alert.Issue) // a title that a notice cannot say: its number does
	}
	return posting(p, err)
}
