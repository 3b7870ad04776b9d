package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"casebook"
	"casebook/allocation"
	"casebook/allocation/blinded"
	"casebook/allocation/kit"
	"casebook/demo"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
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
	randomised := map[casebook.SiteID][]casebook.SubjectID{}
	for i, p := range page.Subjects {
		if i%4 == 3 {
			continue
		}
		_, err := a.given.Randomise(desk(ctx, coordinatorOf(p.Site), "coordinator", string(p.Site)), demo.ID, p.ID)
		switch {
		case err == nil:
			randomised[p.Site] = append(randomised[p.Site], p.ID)
		case casebook.KindOf(err) != casebook.Unprocessable: // who is not eligible is not randomised
			return err
		}
	}
	if err != nil {
		return err
	}
	return supply(ctx, a, list, "03", randomised["03"])
}

// supply sends a site two shipments. The first is received with a kit that was too warm; most of those who were randomised are given
// one, and the first brings some tablets back. The second is on its way.
func supply(ctx context.Context, a *app, list allocation.Plan, site casebook.SiteID, subjects []casebook.SubjectID) error {
	sponsor, coordinator := desk(ctx, "qianxu", "unblinded", "sponsor"), desk(ctx, coordinatorOf(site), "coordinator", string(site))
	const tablets, order = 60, "ABBABAABBAAB"
	arms := map[string]byte{} // of each kit
	expiry := a.db.World().Now().AddDate(2, 0, 0).Format(time.DateOnly)
	shipment := func(number int) (string, error) {
		var csv strings.Builder
		csv.WriteString("kit,treatment,lot,expiry\n")
		for i, arm := range order {
			id := fmt.Sprintf("K%d", number+7*i)
			arms[id] = byte(arm)
			fmt.Fprintf(&csv, "%s,%s,%c26,%s\n", id, list.Arms[arm-'A'].Treatment, arm, expiry)
		}
		return a.kits.Send(sponsor, demo.ID, site, tablets, csv.String())
	}
	first, err := shipment(1013)
	if err == nil {
		err = a.kits.Receive(coordinator, demo.ID, first, []string{"K1020"}, "运输途中超温 · Too warm on its way")
	}
	for i := 0; i+1 < len(subjects) && err == nil; i++ {
		var given kit.Kit
		if given, err = a.kits.Dispense(coordinator, demo.ID, subjects[i]); err == nil && i == 0 {
			err = a.kits.Return(coordinator, demo.ID, given.ID, 4)
		}
		if err == nil {
			err = measure(ctx, a, site, subjects[i], arms[given.ID] == 'A', i)
		}
	}
	if err == nil {
		_, err = shipment(2011)
	}
	return err
}

// measure has the pharmacist of a site enter how much of the drug was in a subject's sample of week 12, where one was taken: what tells
// who is given what, and is sealed. The first is corrected.
func measure(ctx context.Context, a *app, site casebook.SiteID, subject casebook.SubjectID, drug bool, n int) error {
	key := record.Key{Study: demo.ID, Subject: subject, Event: "E.W12", EventRepeat: "1", Form: "F.LB", FormRepeat: "1"}
	taken := ""
	err := a.db.View(ctx, func(tx *store.Tx) (err error) {
		taken, err = record.ValueOf(ctx, tx, key, "IG.LB", "1", "IT.LBDAT")
		return err
	})
	if err != nil || taken == "" {
		return err
	}
	found := "0.0"
	if drug {
		found = fmt.Sprintf("%d.%d", 6+n*5%7, n*3%10)
	}
	ctx = desk(ctx, "yaoyun", "pharmacist", string(site))
	said := blinded.Said{Place: blinded.Place{Event: key.Event, EventRepeat: "1", Form: key.Form, FormRepeat: "1", Group: "IG.LB", Repeat: "1", Item: "IT.CONC"}, Value: found}
	if n == 0 {
		said.Value = "7.2"
	}
	if err := a.blinded.Save(ctx, demo.ID, subject, []blinded.Said{said}, ""); err != nil || n > 0 {
		return err
	}
	said.Value, said.Version = found, 1
	return a.blinded.Save(ctx, demo.ID, subject, []blinded.Said{said}, "抄错一行 · Taken from the line below")
}
