package main

import (
	"context"
	"strconv"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
)

// The last days of the demo at the desks of the monitor, the data manager and the investigator: queries asked and
// answered, values verified, casebooks signed, one signature void, one form frozen.

func desk(ctx context.Context, user casebook.UserID, role, location string) context.Context {
	return casebook.WithActor(ctx, casebook.Actor{User: user, Role: role, Location: location})
}

// work lets the last days happen, in one commit.
func (g *greeting) work(ctx context.Context, a *app) error {
	st, err := a.forms.Study(ctx, demo.ID)
	if err != nil {
		return err
	}
	return a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
		for _, part := range []func(context.Context, *app, *ledger.Writer, *record.Study) error{talk, ask, verify, signAndChange} {
			if err := part(ctx, a, w, st); err != nil {
				return err
			}
		}
		return nil
	})
}

// talk answers every third query of the checks, and settles some of the answers.
func talk(ctx context.Context, _ *app, w *ledger.Writer, _ *record.Study) error {
	open, err := record.Queries(ctx, w.Tx, demo.ID, record.QueryFilter{States: []record.QueryState{record.Open}, AllSites: true, Limit: 90})
	for i, q := range open {
		if err != nil || i%3 != 0 {
			continue
		}
		site := desk(ctx, coordinatorOf(q.Site), "coordinator", string(q.Site))
		q, err = record.Take(site, w, q, record.Step{Action: record.Answer, Text: "已核对原始记录，数值无误。 Checked against the source: it is right."})
		monitor := desk(ctx, "chenrui", "monitor", "sponsor")
		switch {
		case err != nil:
		case i%9 == 0:
			_, err = record.Take(monitor, w, q, record.Step{Action: record.Close})
		case i%9 == 3:
			_, err = record.Take(monitor, w, q, record.Step{Action: record.Requery, Text: "请上传或注明复测结果。 Was it measured again?"})
		}
	}
	return err
}

func coordinatorOf(site casebook.SiteID) casebook.UserID {
	for _, p := range demo.People() {
		if r := p.Roles[0]; r.Role == "coordinator" && r.Site == site {
			return p.ID
		}
	}
	return "linyue"
}

// ask puts some questions of the data manager, one of them still a candidate.
func ask(ctx context.Context, a *app, w *ledger.Writer, st *record.Study) error {
	ctx = desk(ctx, "hexiao", "datamanager", "sponsor")
	for i, subject := range []casebook.SubjectID{"HTN-03-001", "HTN-03-002", "HTN-07-001"} {
		_, err := a.forms.Raise(ctx, w, st, record.Question{Key: record.Key{Study: demo.ID, Subject: subject, Event: "E.SCR", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"},
			Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Candidate: i == 2,
			Text: odm.Text{"zh-CN": "筛选期血压与既往史不一致，请核实。", "en": "The blood pressure at screening does not agree with the history. Please check."}})
		if err != nil {
			return err
		}
	}
	return nil
}

// verify sets a plan by risk and ticks the first forms of two sites.
func verify(ctx context.Context, a *app, w *ledger.Writer, st *record.Study) error {
	plan := record.Plan{Sample: 20, Sites: map[casebook.SiteID]int{"07": 60}, Forms: []string{"F.ICF", "F.AE"}}
	if _, err := record.SetPlan(desk(ctx, "hexiao", "datamanager", "sponsor"), w, st, plan, -1, "by risk"); err != nil {
		return err
	}
	ctx = desk(ctx, "chenrui", "monitor", "sponsor")
	list, err := record.WorkList(ctx, w.Tx, demo.ID, record.WorkFilter{Kind: record.SDV, Sites: []casebook.SiteID{"01", "03"}, Limit: 120})
	for _, f := range list {
		if err == nil {
			_, err = a.forms.Review(ctx, w, record.Look{Key: f.Key, Kind: record.SDV, Seen: f.Version})
		}
	}
	return err
}

// signAndChange signs the complete casebooks of site 03, changes a value in the first and freezes a form of the second.
func signAndChange(ctx context.Context, a *app, w *ledger.Writer, st *record.Study) error {
	investigator := desk(ctx, "zhouning", "investigator", "03")
	page, err := patient.List(ctx, w.Tx, demo.ID, patient.Query{Sites: []casebook.SiteID{"03"}})
	if err != nil {
		return err
	}
	var signed []casebook.SubjectID
	for _, p := range page.Subjects {
		t, err := record.SigningOf(ctx, w.Tx, demo.ID, p.ID)
		if err != nil {
			return err
		}
		if t.Forms == 0 || len(t.Incomplete) > 0 || len(signed) == 3 {
			continue
		}
		_, err = a.forms.Sign(investigator, w, st, record.Signing{Scope: record.Scope{Study: demo.ID, Subject: p.ID}, Name: "Zhou Ning 周宁", Meaning: "approval", Zone: "Asia/Shanghai"})
		if err != nil {
			return err
		}
		signed = append(signed, p.ID)
	}
	if len(signed) == 0 {
		return nil
	}
	vitals := record.Key{Study: demo.ID, Subject: signed[0], Event: "E.SCR", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}
	if err := correct(desk(ctx, "linyue", "coordinator", "03"), a, w, st, vitals); err != nil {
		return err
	}
	_, err = a.forms.Move(desk(ctx, "hexiao", "datamanager", "sponsor"), w, st, record.Scope{Study: demo.ID, Subject: signed[len(signed)-1], Path: vitals.Ref()}, record.Freeze, "")
	return err
}

// correct changes the systolic pressure of a form by one.
func correct(ctx context.Context, a *app, w *ledger.Writer, st *record.Study, k record.Key) error {
	value, err := record.ValueOf(ctx, w.Tx, k, "IG.VS", "1", "IT.SYS")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return nil // there is none
	}
	_, _, err = a.forms.SaveIn(ctx, w, st, record.Save{Key: k, Expect: -1, Reason: "原始记录更正 Source corrected",
		Items: []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Value: strconv.Itoa(n + 1)}}})
	return err
}
