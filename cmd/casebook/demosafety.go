package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/site/keep"
	"casebook/site/safety"
)

// suspected reports a serious event that the log of site 03 has: the initial report in time, a follow-up, who was told, and the
// sponsor's judgement, which makes the authority's clock run.
func suspected(ctx context.Context, w *ledger.Writer, now time.Time) error {
	forms, err := record.List(ctx, w.Tx, demo.ID, record.Forms{Sites: []casebook.SiteID{"03"}, Form: "F.AE", Limit: 500})
	i := slices.IndexFunc(forms, func(f *record.Form) bool { return says(f, "IT.AESER") == "Y" && says(f, "IT.AESTDAT") != "" })
	if err != nil || i < 0 {
		return err
	}
	f := forms[i]
	p, err := patient.Find(ctx, w.Tx, demo.ID, f.Subject)
	if err != nil {
		return err
	}
	site, physician, lead := desk(ctx, "linyue", "coordinator", "03"), desk(ctx, "zhouning", "investigator", "03"), desk(ctx, "jiangtao", "projectmanager", "sponsor")
	first := safety.Report{Aware: now.Add(-20 * time.Hour), Term: says(f, "IT.AETERM"), Onset: says(f, "IT.AESTDAT"), Serious: []safety.Criterion{safety.Hospitalisation}, Outcome: safety.NotRecovered,
		Causality: safety.Possible, Action: "withdrawn", Narrative: "因症状加重入院观察，停用试验药物，对症处理。\nAdmitted for observation as it became worse; study drug stopped, treated for symptoms."}
	later := first
	later.Aware, later.Outcome, later.News = now.Add(-time.Hour), safety.Recovering, "停药后好转，心电图与血钾正常。\nBetter without the study drug; ECG and potassium are normal."
	k, err := safety.Open(site, w, p, safety.Draft{Form: f.Ref(), Report: &first})
	for _, step := range []func() error{
		func() error { k, _, err = safety.Submit(physician, w, k, k.Version, "Zhou Ning 周宁"); return err },
		func() error {
			return passedOn(site, w, &k, safety.Ethics, "青禾中心医院伦理委员会 · Ethics committee", now)
		},
		func() error {
			return passedOn(site, w, &k, safety.Office, "青禾中心医院机构办公室 · Hospital office", now)
		},
		func() error { k, err = safety.Write(site, w, k, k.Version, &later); return err },
		func() error { k, _, err = safety.Submit(physician, w, k, k.Version, "Zhou Ning 周宁"); return err },
		func() error {
			_, err = safety.Assess(lead, w, k, k.Version, safety.Assessment{Causality: safety.Possible, Comment: "未列入研究者手册。 Not listed in the investigator's brochure."}, "")
			return err
		},
	} {
		if err == nil {
			err = errors.Join(err, step())
		}
	}
	return err
}

func passedOn(ctx context.Context, w *ledger.Writer, k *keep.Record[safety.Case], to safety.Recipient, name string, on time.Time) (err error) {
	*k, err = safety.Forward(ctx, w, *k, k.Version, safety.Told{To: to, Name: name, On: on})
	return err
}

// says is the value of an item of a form that asks it once.
func says(f *record.Form, item string) string {
	if i := slices.IndexFunc(f.Items, func(k record.Kept) bool { return k.Item == item }); i >= 0 {
		return f.Items[i].Value.Value
	}
	return ""
}
