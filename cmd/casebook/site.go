package main

import (
	"context"
	"fmt"

	"casebook"
	"casebook/odm"
	"casebook/trial"
)

type siteCommand struct {
	Add siteAdd `cmd:"" help:"Add a site to a study, open for enrolment."`
}

type siteAdd struct {
	Database `embed:""`
	Study    string `arg:"" help:"The study."`
	ID       string `arg:"" help:"The site's number in the study."`
	Name     string `arg:"" help:"How the site is called."`
	NameZH   string `help:"The same in Chinese."`
	Zone     string `help:"The site's time zone: its days begin and end there." placeholder:"Asia/Shanghai" required:""`
	Country  string `help:"The site's country as the study's rules name it (site.country)." placeholder:"CN"`
}

// Run adds the site.
func (c *siteAdd) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	name := odm.Text{"en": c.Name}
	if c.NameZH != "" {
		name["zh-CN"] = c.NameZH
	}
	added, err := a.trials.AddSite(operator(ctx), casebook.StudyID(c.Study), trial.Site{ID: casebook.SiteID(c.ID), Name: name, Zone: c.Zone, Country: c.Country})
	if err != nil {
		return err
	}
	_, err = fmt.Printf("site %s of study %s: %s, %s\n", added.ID, c.Study, added.State, added.Zone)
	return err
}
