package main

import (
	"context"

	"casebook"
	"casebook/allocation"
	"casebook/demo"
	"casebook/patient"
)

// allocate puts a list in use, drawn by lot within sex and site, and randomises most of those who are in the study; some are left for
// the reader.
func allocate(ctx context.Context, a *app) error {
	var sites []string
	for _, s := range demo.Sites() {
		sites = append(sites, string(s.ID))
	}
	list := allocation.Plan{Design: allocation.Design{Name: "主列表 · Main list",
		Factors: []allocation.Factor{{Name: "sex", Item: allocation.Item{Event: "E.SCR", Form: "F.DM", Group: "IG.DM", Item: "IT.SEX"}, Levels: []string{"F", "M"}}, {Name: "site", Site: true, Levels: sites}},
		Require: []allocation.Condition{{Item: allocation.Item{Event: "E.SCR", Form: "F.IE", Group: "IG.IE", Item: "IT.IEYN"}, Values: []string{"Y"}}}},
		Arms: []allocation.Arm{{Treatment: "复方片 · Combination", Ratio: 1}, {Treatment: "安慰剂 · Placebo", Ratio: 1}}, Blocks: []int{4, 6}, Places: 40}
	l, err := a.given.Make(desk(ctx, "qianxu", "unblinded", "sponsor"), demo.ID, list)
	if err == nil {
		_, err = a.given.Release(desk(ctx, "qianxu", "unblinded", "sponsor"), demo.ID, l.ID, "Qian Xu 钱叙")
	}
	if err != nil {
		return err
	}
	page, err := a.patients.InTrial(ctx, demo.ID, patient.Query{AllSites: true, Status: patient.Enrolled, Limit: 40})
	for i, p := range page.Subjects {
		if i%4 == 3 {
			continue
		}
		_, err := a.given.Randomise(desk(ctx, coordinatorOf(p.Site), "coordinator", string(p.Site)), demo.ID, p.ID)
		if err != nil && casebook.KindOf(err) != casebook.Unprocessable { // who is not eligible is not randomised
			return err
		}
	}
	return err
}
