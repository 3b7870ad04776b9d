package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/site/document"
	"casebook/site/plan"
)

// paperwork fills the demo's files: the study's own, and those of its sites, some of them with gaps.
func (g *greeting) paperwork(ctx context.Context, a *app, now time.Time) error {
	return a.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error { return filed(ctx, w, plan.DateOf(now)) })
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
