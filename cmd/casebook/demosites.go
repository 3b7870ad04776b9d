package main

import (
	"context"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/edc/normal"
	"casebook/ledger"
	"casebook/odm"
	"casebook/site"
	"casebook/site/plan"
)

// office fills in the demo's study office: every site's way through the study, the targets, the people of site 03 and some
// issues, in one commit.
func (g *greeting) office(ctx context.Context, a *app, now time.Time) error {
	pm := desk(ctx, "jiangtao", "projectmanager", "sponsor")
	if err := a.settings.Belong(desk(ctx, "hexiao", "datamanager", "sponsor"), demo.ID, "Qinghe CRO", "contract of the demo study"); err != nil {
		return err
	}
	if err := laboratory(desk(ctx, "linyue", "coordinator", "03"), a, now); err != nil {
		return err
	}
	return a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
		today := plan.DateOf(now)
		for i, s := range demo.Sites() {
			if err := planned(pm, w, s.ID, today, i); err != nil {
				return err
			}
		}
		if err := site.SetTarget(pm, w, "", site.Aim{Target: site.Target{Subjects: 200, From: today - 280, By: today + 60}}); err != nil {
			return err
		}
		if err := staff(desk(ctx, "linyue", "coordinator", "03"), w, a, today); err != nil {
			return err
		}
		return issues(desk(ctx, "chenrui", "monitor", "sponsor"), w, today)
	})
}

// laboratory are the reference ranges of site 03; that of potassium changed with a new analyser twenty weeks ago.
func laboratory(ctx context.Context, a *app, now time.Time) error {
	st, err := a.forms.Study(ctx, demo.ID)
	if err != nil {
		return err
	}
	begin, changed := now.AddDate(-1, 0, 0).Format(time.DateOnly), now.AddDate(0, 0, -140)
	return a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
		return normal.Put(ctx, w, st, "03", normal.Change{Set: []normal.Range{
			{Item: "IT.POTAS", From: begin, Until: changed.AddDate(0, 0, -1).Format(time.DateOnly), Low: "3.5", High: "5.3"},
			{Item: "IT.POTAS", From: changed.Format(time.DateOnly), Low: "3.6", High: "5.0"},
			{Item: "IT.SODIUM", From: begin, Low: "137", High: "147"},
			{Item: "IT.CREAT", Sex: "M", AgeFrom: 18, AgeUnder: 60, From: begin, Low: "57", High: "97"},
			{Item: "IT.CREAT", Sex: "M", AgeFrom: 60, From: begin, Low: "57", High: "111"},
			{Item: "IT.CREAT", Sex: "F", AgeFrom: 18, AgeUnder: 60, From: begin, Low: "41", High: "73"},
			{Item: "IT.CREAT", Sex: "F", AgeFrom: 60, From: begin, Low: "41", High: "81"},
			{Item: "IT.ALT", Sex: "M", From: begin, Low: "9", High: "50"},
			{Item: "IT.ALT", Sex: "F", From: begin, Low: "7", High: "40"},
			{Item: "IT.HGB", Sex: "M", AgeFrom: 18, From: begin, Low: "130", High: "175"},
			{Item: "IT.HGB", Sex: "F", AgeFrom: 18, From: begin, Low: "115", High: "150"},
		}})
	})
}

// planned gives a site both plans, done up to the first patient; some sites lag behind.
func planned(ctx context.Context, w *ledger.Writer, id casebook.SiteID, today plan.Date, i int) error {
	done := map[string][]string{
		"sponsor-startup": {"feasibility", "ethics-submission", "ethics-approval", "contract", "hgrac", "initiation"},
		"hospital-office": {"application", "review", "ethics-received", "ethics-review", "ethics-meeting", "ethics-decision", "genetics", "contract", "funds", "coordinator", "initiation", "quality-start"},
	}
	begun := today - 285 - 125 // enrolment began 285 days ago
	for template, steps := range done {
		milestones, err := plan.Make(template, begun)
		if err != nil {
			return err
		}
		for k := range milestones {
			m := &milestones[k]
			for n, step := range steps {
				if m.ID == step && n < len(steps)-i%3 || m.ID == step && template == "sponsor-startup" {
					m.Actual = min(m.Planned+plan.Date((i*5+n*3)%11), today-281)
				}
			}
		}
		if _, err := site.SetPlan(ctx, w, id, template, site.Draft{Start: begun, Milestones: milestones}); err != nil {
			return err
		}
	}
	return site.SetTarget(ctx, w, id, site.Aim{Target: site.Target{Subjects: 25, From: today - 280, By: today + 60}})
}

// staff are the people of site 03 with their papers, and the line of the log that waits for the investigator.
func staff(ctx context.Context, w *ledger.Writer, a *app, today plan.Date) error {
	both := func(zh, en string) odm.Text { return odm.Text{"zh-CN": zh, "en": en} }
	gcp := func(left plan.Date) site.Paper {
		return site.Paper{Kind: "gcp", Number: "GCP-2024-0311", Issued: today - 900, Expires: today + left}
	}
	trained := []site.Training{{Code: "protocol", On: today - 290}, {Code: "edc", On: today - 288}}
	world := a.db.World()
	investigator, coordinator := world.NewID(), world.NewID()
	for _, p := range []struct {
		id     string
		person site.Person
	}{
		{investigator, site.Person{Name: both("周宁", "Zhou Ning"), User: "zhouning", Department: "心内科 Cardiology", Title: "主任医师 Chief physician",
			Papers: []site.Paper{{Kind: "cv", Issued: today - 300}, gcp(41), {Kind: "licence", Issued: today - 4000}}, Trainings: trained}},
		{coordinator, site.Person{Name: both("林悦", "Lin Yue"), User: "linyue", Title: "CRC", Papers: []site.Paper{{Kind: "cv", Issued: today - 300}, gcp(400)}, Trainings: trained}},
		{world.NewID(), site.Person{Name: both("方琪", "Fang Qi"), Title: "研究护士 Study nurse", Papers: []site.Paper{gcp(-12)}, Trainings: trained[:1]}},
	} {
		if err := site.SetPerson(ctx, w, "03", p.id, 0, p.person); err != nil {
			return err
		}
	}
	profile := site.Profile{Institution: both("青禾中心医院", "Qinghe Central Hospital"), Address: "青禾市中山路 1 号", Departments: []string{"心内科 Cardiology", "检验科 Laboratory"}, Investigator: investigator,
		Contacts: []site.Contact{{Name: "梅清 Mei Qing", Role: "机构办 Clinical trial office", Phone: "+86 10 5550 0103"}, {Name: "伦理办公室 Ethics office", Role: "伦理 Ethics", Phone: "+86 10 5550 0104"}}}
	if err := site.SetProfile(ctx, w, "03", 0, profile); err != nil {
		return err
	}
	return site.Delegate(ctx, w, "03", world.NewID(), today, site.Charge{Person: coordinator, Role: auth.Coordinator, From: today - 280,
		Tasks: []string{"知情同意资料 Consent documents", "数据录入 Data entry", "质疑答复 Answers to queries"}})
}

// issues are some that wait, one of them long overdue.
func issues(ctx context.Context, w *ledger.Writer, today plan.Date) error {
	for _, i := range []struct {
		site  casebook.SiteID
		issue site.Issue
		steps []site.IssueStep
	}{
		{"07", site.Issue{Kind: "finding", Severity: "critical", Title: "血压末位数均为 0 或 5 · Blood pressures end in 0 or 5", Owner: "xucheng", Due: today - 9}, nil},
		{"03", site.Issue{Kind: "deviation", Severity: "minor", Title: "第 8 周访视超窗 · Week 8 visit out of its window", Owner: "linyue", Due: today + 12, Subject: "HTN-03-001"},
			[]site.IssueStep{{Version: 1, Step: "analyse", RootCause: "受试者出差 · The subject travelled"}}},
		{"05", site.Issue{Kind: "issue", Severity: "major", Title: "冰箱温度记录缺失 · Refrigerator log missing", Owner: "weilan", Due: today - 3, Milestone: "sponsor-startup/initiation"},
			[]site.IssueStep{{Version: 1, Step: "analyse", RootCause: "记录仪电池耗尽 · The logger's battery was empty"},
				{Version: 2, Step: "act", Corrective: "更换电池并评估药品 · Battery changed, drug assessed", Preventive: "每月检查 · Checked each month"}}},
	} {
		k, err := site.Report(ctx, w, i.site, i.issue)
		for _, step := range i.steps {
			if err == nil {
				k, err = site.Take(ctx, w, k, step)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
