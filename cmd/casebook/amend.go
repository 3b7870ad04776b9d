package main

import (
	"context"
	"fmt"
	"os"

	"casebook"
	"casebook/amendment"
	"casebook/record"
)

// amended is which site goes over.
type amended struct {
	Database `embed:""`
	Study    string `arg:"" help:"The study."`
	Site     string `help:"The site." required:""`
	JSON     bool   `help:"Print one JSON object."`
}

type studyDryRun struct {
	amended `embed:""`
	To      int `help:"The number of the version." required:""`
}

type studyApply struct {
	amended `embed:""`
	To      int    `help:"The number of the version." required:""`
	Reason  string `help:"Why, e.g. which ethics committee approved it when." required:""`
}

type studyRollback struct {
	amended `embed:""`
	Reason  string `help:"Why." required:""`
}

// Run tells what the version would do.
func (c *studyDryRun) Run(ctx context.Context) error {
	return c.with(ctx, "would go over", func(ctx context.Context, s *amendment.Service) (*amendment.Report, error) {
		return s.DryRun(ctx, casebook.StudyID(c.Study), casebook.SiteID(c.Site), c.To)
	})
}

// Run lets the site go over.
func (c *studyApply) Run(ctx context.Context) error {
	return c.with(ctx, "went over", func(ctx context.Context, s *amendment.Service) (*amendment.Report, error) {
		return s.Apply(ctx, casebook.StudyID(c.Study), casebook.SiteID(c.Site), c.To, c.Reason, progress)
	})
}

// Run lets the site go back.
func (c *studyRollback) Run(ctx context.Context) error {
	return c.with(ctx, "went back", func(ctx context.Context, s *amendment.Service) (*amendment.Report, error) {
		return s.Rollback(ctx, casebook.StudyID(c.Study), casebook.SiteID(c.Site), c.Reason, progress)
	})
}

func progress(moved []*record.Moved) {
	fmt.Fprintf(os.Stderr, "%d casebooks, the last is %s\n", len(moved), moved[len(moved)-1].Subject)
}

func (c *amended) with(ctx context.Context, did string, work func(context.Context, *amendment.Service) (*amendment.Report, error)) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	rep, err := work(operator(ctx), amendment.New(a.ledger, a.trials, a.forms))
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(rep)
	}
	var sum record.Moved
	for _, m := range rep.Casebooks {
		fmt.Printf("%s  %d forms: %d values out of view, %d back in view, %d checks fire, %d no longer, %d computed values, %d signatures void, %d to verify again, %d parts reopened, %d forms unfinished\n",
			m.Subject, m.Forms, len(m.Lost), len(m.Shown), len(m.Opened), len(m.Closed), len(m.Computed), len(m.Signatures), len(m.Marks), len(m.Reopened), len(m.Unfinished))
		sum.Forms += m.Forms
	}
	_, err = fmt.Printf("study %s, site %s, version %d → %d: %d casebooks with %d forms %s\n", rep.Study, rep.Site, rep.From, rep.To, len(rep.Casebooks), sum.Forms, did)
	return err
}
