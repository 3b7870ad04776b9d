package main

import (
	"context"
	"errors"
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/notice"
	"casebook/odm"
	"casebook/platform/lab"
	"casebook/platform/r4"
	live "casebook/settings"
)

// openRoutes are the addresses of the open side: its own, the study in the words of FHIR, and results of laboratories.
func openRoutes(a *app) []auth.Route {
	face := r4.New(a.ledger, a.trials, a.forms, a.platform)
	face.Done = func(study casebook.StudyID, site casebook.SiteID, well bool) {
		a.settings.Done(live.Place{Study: study, Site: site}, well)
	}
	return slices.Concat(a.platform.Routes(), face.Routes(), lab.New(a.ledger, a.trials, a.forms).Routes())
}

// tellDisabled sends the study's data managers and project managers a notice that a webhook is out of service.
func (a *app) tellDisabled(ctx context.Context, study casebook.StudyID, occasion, webhook string) error {
	_, err := a.notices.Send(ctx, study, notice.Draft{ID: occasion, Kind: notice.Normal, Ack: notice.Plain, Channels: []string{"mail"},
		Audience: notice.Audience{Roles: []auth.Role{auth.DataManager, auth.ProjectManager}},
		Title:    odm.Text{"en": "The webhook “{{webhook}}” is disabled", "zh-CN": "Webhook“{{webhook}}”已停用"},
		Body: odm.Text{"en": "Its address has not taken what is sent for too long, or wants no more. Nothing is lost: mend it and enable the webhook on its page, and what was given up is sent.",
			"zh-CN": "其地址持续未接收，或表示不再接收。消息不会丢失：修复后在 Webhook 页面重新启用，即补发其间放弃的消息。"},
		Variables: []notice.Variable{{Name: "webhook", Type: "text", Value: odm.Text{"": webhook}}}})
	if e, ok := errors.AsType[*casebook.Error](err); ok && e.Code == "notice.nobody" {
		return nil
	}
	return err
}
