package main

import (
	"context"
	"time"

	"casebook/auth"
	"casebook/demo"
	"casebook/ledger"
	"casebook/notice"
	"casebook/odm"
	"casebook/record"
	"casebook/site/document"
)

// notify sends two notices of the project manager, with the receipts of some sites: one about safety that wants a
// signature and a reply, and one that is only to be read.
func (g *greeting) notify(ctx context.Context, a *app, now time.Time) error {
	sender := desk(ctx, "jiangtao", "projectmanager", "sponsor")
	first := notice.Draft{ID: "N-0001", Kind: notice.Safety, Ack: notice.Signed, Deadline: now.Add(72 * time.Hour), Remind: 24, Escalate: auth.ProjectManager,
		Audience: notice.Audience{Roles: []auth.Role{auth.Investigator, auth.Coordinator}},
		Title:    odm.Text{"zh-CN": "SUSAR：请今日阅读（{{site}}）", "en": "SUSAR: please read today ({{site}})"},
		Body: odm.Text{"zh-CN": "{{person}}，您好：\n\n{{study}} 发生一例非预期严重不良反应（{{event}}）。请确认已阅读，核对本中心在研受试者，并于 {{deadline}} 前回复。",
			"en": "Dear {{person}},\n\nA suspected unexpected serious adverse reaction ({{event}}) occurred in {{study}}. Please confirm that you have read this, look at the subjects of your site, and reply before {{deadline}}."},
		Variables: []notice.Variable{{Name: "event", Type: "text", Value: odm.Text{"zh-CN": "血管性水肿", "en": "angioedema"}}}, Form: susarReply()}
	var err error
	if first.Attachments, err = narrative(sender, a); err != nil {
		return err
	}
	if _, err := a.notices.Send(sender, demo.ID, first); err != nil {
		return err
	}
	second := notice.Draft{ID: "N-0002", Kind: notice.Normal, Ack: notice.None, Audience: notice.Audience{Roles: []auth.Role{auth.Coordinator, auth.Monitor, auth.DataManager}},
		Title: odm.Text{"zh-CN": "日记卡填写提示", "en": "A hint about diaries"},
		Body:  odm.Text{"zh-CN": "请提醒受试者早晚各测一次血压。", "en": "Please remind subjects to measure their blood pressure in the morning and in the evening."}}
	if _, err := a.notices.Send(sender, demo.ID, second); err != nil {
		return err
	}
	if err := a.notices.FileNow(sender, demo.ID, second.ID); err != nil {
		return err
	}
	return receipts(ctx, a, first.ID)
}

// narrative keeps the case of the safety notice as a file, for the notice to carry.
func narrative(ctx context.Context, a *app) ([]notice.Attachment, error) {
	f, err := document.NewFile("narrative.txt", []byte("Case narrative (invented)\n\nDay 1  first dose\nDay 9  angioedema, treated in the emergency room\nDay 11 recovered; the study drug was stopped\n"))
	if err != nil {
		return nil, err
	}
	var l document.Loose
	err = a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) (err error) { l, err = document.KeepIn(ctx, w, f); return err })
	return []notice.Attachment{{Name: l.Name, Hash: l.Hash}}, err
}

// receipts lets some of the recipients read, and the coordinators of some sites sign and reply.
func receipts(ctx context.Context, a *app, id string) error {
	n := 0
	for _, p := range demo.People() {
		r := p.Roles[0]
		if r.Role != "coordinator" && r.Role != "investigator" || p.ID == "linyue" || p.ID == "zhouning" { // whose inbox a visitor opens
			continue
		}
		n++
		who := &auth.Principal{Kind: auth.Person, User: p.ID, Name: p.Name["en"], NameZH: p.Name["zh-CN"], Grants: []auth.Grant{{Study: r.Study, Site: r.Site, Role: auth.Role(r.Role)}}}
		ctx := auth.With(desk(ctx, p.ID, r.Role, string(r.Site)), who)
		if _, err := a.notices.Inbox(ctx, demo.ID); err != nil {
			return err
		}
		if n%4 == 3 {
			continue
		}
		if _, err := a.notices.Acknowledge(ctx, demo.ID, id, r.Site, &notice.Signing{Name: who.Printed(), Zone: "Asia/Shanghai"}); err != nil {
			return err
		}
		stock := []string{"12", "30", "8", "21", "16"}[n%5]
		v := func(item, value string) record.Value {
			return record.Value{Group: "G", Repeat: "1", Item: item, Value: value}
		}
		values := []record.Value{v("Q1", []string{"true", "true", "false"}[n%3]), v("Q2", stock), v("Q3", []string{"1", "2"}[n%2])}
		if _, err := a.notices.Answer(ctx, demo.ID, id, r.Site, values, ""); err != nil {
			return err
		}
	}
	return nil
}

// susarReply is the reply form of the safety notice.
func susarReply() *odm.Version {
	item := func(oid string, t odm.DataType, zh, en string) odm.Item {
		return odm.Item{OID: oid, Name: oid, DataType: t, Question: odm.Text{"zh-CN": zh, "en": en}}
	}
	items := []odm.Item{item("Q1", "boolean", "是否已逐一核对在研受试者？", "Have you looked at each subject of your site?"), item("Q2", "integer", "剩余药品盒数", "Boxes of study drug in stock"),
		item("Q3", "text", "如何告知受试者？", "How are subjects told?"), item("Q4", "text", "备注", "Remarks")}
	items[2].CodeList = "CL"
	refs := make([]odm.Ref, len(items))
	for i, it := range items {
		refs[i] = odm.Ref{OID: it.OID, Mandatory: i < 3}
	}
	return &odm.Version{OID: "REPLY", Name: "Reply", Forms: []odm.Form{{OID: "F", Name: "Reply", Groups: []odm.Ref{{OID: "G", Mandatory: true}}}},
		Groups: []odm.ItemGroup{{OID: "G", Name: "Reply", Items: refs}}, Items: items, CodeLists: []odm.CodeList{{OID: "CL", Name: "How", DataType: "text", Items: []odm.CodeItem{
			{Code: "1", Decode: odm.Text{"zh-CN": "电话", "en": "By telephone"}}, {Code: "2", Decode: odm.Text{"zh-CN": "下次访视", "en": "At the next visit"}}}}}}
}
