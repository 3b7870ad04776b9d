package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/record"
	"casebook/site/document"
	"casebook/site/goods"
	"casebook/site/payment"
	"casebook/site/plan"
	sitevisit "casebook/site/visit"
	"casebook/trial"
)

// paperwork fills the demo's files, some of them with gaps, its monitoring visits, what its sites are owed, and a case of a serious
// adverse event.
func (g *greeting) paperwork(ctx context.Context, a *app, now time.Time) error {
	today := plan.DateOf(now)
	figures, err := a.office.visits.Figures(ctx, demo.ID, "03")
	if err != nil {
		return err
	}
	sites, err := a.trials.Sites(ctx, demo.ID)
	if err != nil {
		return err
	}
	return a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
		return errors.Join(filed(ctx, w, today), visited(ctx, w, today, figures), stocked(ctx, w, today), owed(ctx, w, today, sites), suspected(ctx, w, now))
	})
}

// filed files documents: who brings one is never who accepts it.
func filed(ctx context.Context, w *ledger.Writer, today plan.Date) error {
	type paper struct {
		kind, title   string
		issued, until plan.Date
		accepted      bool
	}
	put := func(at casebook.SiteID, by, acceptor context.Context, printed string, p paper) error {
		in := document.Filing{Type: p.kind, Title: p.title, Issued: p.issued, Expires: p.until}
		f, err := document.NewFile(p.kind+".pdf", onePage(fmt.Sprintf("%s %s", demo.ID, p.kind)+" "+string(at)))
		if err != nil {
			return err
		}
		id, err := document.NextID(ctx, w)
		if err != nil {
			return err
		}
		k, err := document.FileIn(by, w, at, id, in, f)
		if err == nil && p.accepted {
			_, err = document.Decide(acceptor, w, k.ID, k.Version, printed, "")
		}
		return err
	}
	pm, monitor := desk(ctx, "jiangtao", "projectmanager", "sponsor"), desk(ctx, "chenrui", "monitor", "sponsor")
	for _, p := range []paper{
		{"01-02", "监查计划 1.0 · Monitoring plan 1.0", today - 300, 0, true},
		{"02-01", "试验方案 1.0 · Protocol 1.0", today - 420, 0, true},
		{"02-02", "研究者手册 3 版 · Investigator's brochure, edition 3", today - 350, today + 15, true},
		{"03-01", "临床试验备案 · Regulatory filing", today - 400, 0, true},
		{"10-01", "数据管理计划 1.0 · Data management plan 1.0", today - 290, 0, true},
		{"11-01", "统计分析计划草案 · Statistical analysis plan, draft", today - 20, 0, false},
	} {
		if err := put("", pm, monitor, "Chen Rui 陈睿", p); err != nil {
			return err
		}
	}
	for i, s := range demo.Sites() {
		till := today + plan.Date([]int{210, 30, 41, 120, -8, 300, 200, 18}[i%8])
		for n, p := range []paper{
			{"04-01", "伦理批件 · Ethics approval", today - 330, till, true},
			{"04-03", "知情同意书 2.0 · Consent form 2.0", today - 330, 0, true},
			{"05-01", "临床试验协议 · Clinical trial agreement", today - 320, 0, true},
			{"05-02", "主要研究者简历 · Investigator's CV", today - 300, 0, true},
			{"05-06", "启动访视报告 · Site initiation report", today - 285, 0, i%3 != 2},
			{"05-05", "培训记录 · Training record", today - 288, 0, true},
			{"08-02", "正常值范围 · Normal ranges", today - 300, 0, true},
			{"08-01", "室间质评证书 · Laboratory certificate", today - 200, today + 165, true},
		} {
			if n >= 8-i%4 || n == 4 && i == 3 {
				continue // these sites still owe some
			}
			if err := put(s.ID, desk(ctx, coordinatorOf(s.ID), "coordinator", string(s.ID)), monitor, "Chen Rui 陈睿", p); err != nil {
				return err
			}
		}
	}
	return nil
}

// visited is one visit with a finding that is reviewed, one that waits for its day, and one that nobody made in time.
func visited(ctx context.Context, w *ledger.Writer, today plan.Date, figures sitevisit.Figures) error {
	monitor, lead := desk(ctx, "chenrui", "monitor", "sponsor"), desk(ctx, "jiangtao", "projectmanager", "sponsor")
	k, err := sitevisit.Plan(monitor, w, "03", sitevisit.Draft{Kind: "routine", On: today - 12, Monitor: "chenrui", Purpose: "原始数据核查与药品清点 · Source data and drug accountability"})
	if err != nil {
		return err
	}
	report := sitevisit.Report{Held: today - 12, Present: "周宁 Zhou Ning, 林悦 Lin Yue", Summary: "中心运行良好。一份冰箱温度记录缺两天。\nThe site works well. Two days are missing in the refrigerator's log.",
		Findings: []sitevisit.Finding{{Title: "冰箱温度记录缺两天 · Two days missing in the refrigerator's log", Severity: "major", Owner: "linyue", Due: today + 9}}}
	for _, item := range []string{"CONSENT", "ELIGIBILITY", "SOURCE", "SAFETY", "PRODUCT", "SAMPLES", "DOCUMENTS", "DELEGATION", "FACILITIES"} {
		says := map[string]string{"PRODUCT": "no", "SAMPLES": "na"}[item]
		report.Values = append(report.Values, record.Value{Group: "G", Repeat: "1", Item: item, Value: cmp.Or(says, "yes")})
	}
	report.Values = append(report.Values, record.Value{Group: "G", Repeat: "1", Item: "PRODUCT.NOTE", Value: "11 月 2 日和 3 日无记录 · No record on two days"})
	for _, s := range []struct {
		by   context.Context
		name string
		step sitevisit.Step
	}{
		{monitor, "", sitevisit.Step{Step: "confirm", Text: "青禾中心医院：我们将如期来访，请备好源文件。\nTo Qinghe Central Hospital: we will come as planned; please have the source records ready."}},
		{monitor, "", sitevisit.Step{Step: "report", Report: &report}},
		{monitor, "Chen Rui 陈睿", sitevisit.Step{Step: "sign"}},
		{lead, "Jiang Tao 江涛", sitevisit.Step{Step: "review"}},
	} {
		s.step.Version = k.Version
		if k, err = sitevisit.Take(s.by, w, k, s.step, s.name, figures); err != nil {
			return err
		}
	}
	for _, d := range []struct {
		site casebook.SiteID
		in   sitevisit.Draft
	}{
		{"07", sitevisit.Draft{Kind: "forcause", On: today - 4, Monitor: "chenrui", Purpose: "血压末位数异常 · Last digits of blood pressures"}},
		{"01", sitevisit.Draft{Kind: "routine", On: today + 16, Monitor: "chenrui"}},
	} {
		if _, err := sitevisit.Plan(monitor, w, d.site, d.in); err != nil {
			return err
		}
	}
	return nil
}

// stocked is what two sites have of the study beside its drug: blood pressure monitors and samples.
func stocked(ctx context.Context, w *ledger.Writer, today plan.Date) error {
	for _, at := range []casebook.SiteID{"03", "07"} {
		here := desk(ctx, coordinatorOf(at), "coordinator", string(at))
		for _, x := range []struct {
			item  goods.Item
			lines []goods.Line
		}{
			{goods.Item{Kind: "device", Name: "动态血压计 · Ambulatory monitor", Lot: "ABPM-2219", Unit: "台 · pieces"}, []goods.Line{
				{What: goods.Received, Quantity: 12, On: today - 280}, {What: goods.Used, Quantity: 9, On: today - 240}, {What: goods.Returned, Quantity: 1, On: today - 30, Note: "袖带破损 · cuff torn"}}},
			{goods.Item{Kind: "sample", Name: "血清 −80 ℃ · Serum", Lot: "SER", Unit: "管 · tubes"}, []goods.Line{
				{What: goods.Received, Quantity: 46, On: today - 60}, {What: goods.Returned, Quantity: 40, On: today - 20}, {What: goods.Destroyed, Quantity: 2, On: today - 19, Note: "溶血 · haemolysed"}}},
		} {
			k, err := goods.Add(here, w, at, x.item)
			for _, l := range x.lines {
				if err == nil {
					k, err = goods.Move(here, w, k, k.Version, l, today, "Lin Yue 林悦")
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// owed sets the rates of the first sites, and states what two of them have earned; one statement waits for its approval.
func owed(ctx context.Context, w *ledger.Writer, today plan.Date, sites []trial.Site) error {
	monitor, lead := desk(ctx, "chenrui", "monitor", "sponsor"), desk(ctx, "jiangtao", "projectmanager", "sponsor")
	r := payment.Rates{Currency: "CNY", StartUp: "15000", Failure: "600", Failures: 5, HoldBack: 1000, Procedures: map[string]string{"F.EG": "120.50"},
		Visits: map[string]string{"E.SCR": "1800", "E.BL": "1200", "E.W4": "800", "E.W8": "800", "E.W12": "800", "E.W16": "800", "E.W24": "1500"}}
	for _, at := range sites {
		if err := payment.SetRates(lead, w, at.ID, 0, r, ""); err != nil {
			return err
		}
		if at.ID != "03" && at.ID != "07" {
			continue
		}
		k, err := payment.Prepare(monitor, w, at, today-map[casebook.SiteID]plan.Date{"03": 60, "07": 0}[at.ID])
		if err == nil && at.ID == "03" {
			_, err = payment.Decide(lead, w, k.ID, k.Version, "Jiang Tao 江涛", "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// onePage is a PDF of one page (ISO 32000) that says text, which is ASCII.
func onePage(text string) []byte {
	var b bytes.Buffer
	stream := "BT /F1 18 Tf 72 760 Td (" + text + ") Tj ET"
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(stream), stream), "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
	b.WriteString("%PDF-1.4\n")
	var places []int
	for i, o := range objects {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}
