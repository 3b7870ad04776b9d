package main

import (
	"context"
	"errors"

	"casebook"
	"casebook/auth"
	"casebook/edc/coding"
	"casebook/notice"
	"casebook/odm"
	"casebook/site/safety"
	"casebook/store"
	"casebook/trial"
)

// newSafety makes the desk of serious adverse events, whose alerts are notices.
func (a *app) newSafety() *safety.Service {
	return safety.New(a.ledger, a.forms, safety.Options{Reauthenticate: a.people.Reauthenticate, Treatment: a.brokenCode, Tell: a.tellSafety, Code: a.meddraCode})
}

// meddraCode is how the coders have read the term of an adverse event.
func (a *app) meddraCode(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID, form, row, text string) (*safety.Term, error) {
	d, err := coding.New(a.ledger, a.forms).Coded(ctx, tx, study, subject, form, row, text, coding.MedDRA)
	if d == nil || err != nil {
		return nil, err
	}
	return &safety.Term{Version: d.Version, Code: d.Code()}, nil
}

// brokenCode says whether a subject's code was broken, and then to whoever sees treatments what it holds.
func (a *app) brokenCode(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) (broken bool, treatment string, err error) {
	broken, err = a.given.Broken(ctx, tx, study, subject)
	if err != nil || !broken || !auth.From(ctx).Allows(auth.TreatmentManage, study, "") {
		return broken, "", err
	}
	_, treatment, _, err = a.given.Treatment(ctx, tx, study, subject)
	return broken, treatment, err
}

// safetyTexts are what notices say of a case, by the kind of alert.
var safetyTexts = map[string][2]odm.Text{
	"reported": {{"en": "Serious adverse event {{case}}", "zh-CN": "严重不良事件 {{case}}"}, {"en": "Site {{place}} has submitted a report of {{case}}. Please read and judge it under “Serious adverse events”.", "zh-CN": "中心 {{place}} 已提交 {{case}} 的报告，请在“严重不良事件”中查阅并评估。"}},
	"soon":     {{"en": "{{case}}: a time runs out", "zh-CN": "{{case}}：时限将至"}, {"en": "{{what}} of {{case}} is due at {{due}} (UTC).", "zh-CN": "{{case}} 的{{what}}将于 {{due}}（UTC）到期。"}},
	"late":     {{"en": "{{case}}: overdue", "zh-CN": "{{case}}：已逾期"}, {"en": "{{what}} of {{case}} was due at {{due}} (UTC).", "zh-CN": "{{case}} 的{{what}}已于 {{due}}（UTC）到期。"}},
}

// safetyClocks are what is due, by the clock.
var safetyClocks = map[string]odm.Text{"site": {"en": "The initial report", "zh-CN": "首次报告"}, "followup": {"en": "The follow-up report", "zh-CN": "随访报告"}, "sponsor": {"en": "The report to the authority", "zh-CN": "向监管机构的报告"},
	"ethics": {"en": "Telling the ethics committee", "zh-CN": "告知伦理委员会"}, "office": {"en": "Telling the hospital's office", "zh-CN": "告知机构办"}}

// tellSafety sends a notice that waits for nothing: of a report to the sponsor's people, of a clock to who must act, and when it is over to both. It names
// the case, and nothing of the subject or the event.
func (a *app) tellSafety(ctx context.Context, study casebook.StudyID, alert safety.Alert) (string, error) {
	same := func(name, value string) notice.Variable {
		return notice.Variable{Name: name, Type: "text", Value: odm.Text{"": value}}
	}
	sponsor, at := []auth.Role{auth.ProjectManager, auth.Monitor, auth.DataManager}, []auth.Role{auth.Coordinator, auth.Investigator}
	roles, variables := sponsor, []notice.Variable{same("case", alert.Case)}
	switch {
	case alert.Kind == "reported":
		variables = append(variables, same("place", string(alert.Site)))
	case alert.Kind == "late":
		roles = append(roles, at...)
	case alert.Clock != "sponsor":
		roles = at
	}
	if alert.Kind != "reported" {
		variables = append(variables, notice.Variable{Name: "what", Type: "text", Value: safetyClocks[alert.Clock]}, same("due", alert.Due.UTC().Format("2006-01-02 15:04")))
	}
	text := safetyTexts[alert.Kind]
	sent, err := a.notices.Send(ctx, study, notice.Draft{ID: "safety-" + alert.ID, Kind: notice.Safety, Ack: notice.Plain, Channels: []string{"mail"},
		Audience: notice.Audience{Roles: roles, Sites: []casebook.SiteID{alert.Site}, States: []trial.SiteState{trial.Planned, trial.Active, trial.Closed}},
		Title:    text[0], Body: text[1], Variables: variables})
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "notice.nobody" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return sent.ID, nil
}
