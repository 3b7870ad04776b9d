package main

import (
	"context"
	"errors"

	"casebook"
	"casebook/allocation"
	"casebook/auth"
	"casebook/notice"
	"casebook/odm"
	"casebook/trial"
)

// newAllocation opens what is sealed with the key that stands beside the others, and has notices tell of unblindings.
func (a *app) newAllocation(world casebook.World) (*allocation.Service, error) {
	keys, err := a.keys.sealing(treatmentKeys, world)
	if err != nil {
		return nil, err
	}
	s := allocation.New(a.ledger, a.forms, keys, a.people.Reauthenticate)
	s.Tell = a.tellUnblinding
	return s, nil
}

// tellUnblinding sends a notice that waits for nothing to the monitors, project managers and data managers of the study and to the
// site's investigators. It says who looked at whose treatment, and not what it is.
func (a *app) tellUnblinding(ctx context.Context, study casebook.StudyID, u allocation.Unblinding) (string, error) {
	both := func(name, value string) notice.Variable {
		return notice.Variable{Name: name, Type: "text", Value: odm.Text{"": value}}
	}
	sent, err := a.notices.Send(ctx, study, notice.Draft{ID: "unblinding-" + u.ID, Kind: notice.Safety, Ack: notice.Plain, Channels: []string{"mail"},
		Audience: notice.Audience{Roles: []auth.Role{auth.Investigator, auth.Monitor, auth.DataManager, auth.ProjectManager}, Sites: []casebook.SiteID{u.Site},
			States: []trial.SiteState{trial.Planned, trial.Active, trial.Closed}},
		Title: odm.Text{"en": "Emergency unblinding of {{subject}}", "zh-CN": "受试者 {{subject}} 紧急揭盲"},
		Body: odm.Text{"en": "{{name}} had the treatment of subject {{subject}} opened. Why stands at the subject. Whoever need not know does not ask what it is.",
			"zh-CN": "{{name}} 已对受试者 {{subject}} 紧急揭盲，原因见该受试者页面。无需知晓者请勿询问治疗分组。"},
		Variables: []notice.Variable{both("subject", string(u.Subject)), both("name", u.Signature.Name)}})
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "notice.nobody" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return sent.ID, nil
}
