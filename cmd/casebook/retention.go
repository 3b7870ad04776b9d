package main

import (
	"context"

	"casebook"
)

// holdCommand groups what is done with legal holds.
type holdCommand struct {
	Place   holdPlace   `cmd:"" help:"Place a legal hold: from now on no backup is removed."`
	Release holdRelease `cmd:"" help:"End a legal hold."`
	List    holdList    `cmd:"" help:"List the legal holds that stand, and fail if there are any: casebook hold list && …"`
}

type holdPlace struct {
	Database `embed:""`
	Study    string `arg:"" optional:"" help:"The study that it is about; none is every one."`
	By       string `required:"" help:"Who ordered it."`
	Reason   string `required:"" help:"Why."`
}

// Run prints the hold.
func (c *holdPlace) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	if c.Study != "" {
		if _, err := a.trials.Get(ctx, casebook.StudyID(c.Study)); err != nil {
			return err
		}
	}
	h, err := a.backups.Place(operator(ctx), casebook.StudyID(c.Study), c.By, c.Reason)
	if err != nil {
		return err
	}
	return printJSON(h)
}

type holdRelease struct {
	Database `embed:""`
	Hold     string `arg:"" help:"The hold, as casebook hold list names it."`
	By       string `required:"" help:"Who said so."`
	Reason   string `required:"" help:"Why."`
}

// Run ends the hold.
func (c *holdRelease) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	return a.backups.Release(operator(ctx), c.Hold, c.By, c.Reason)
}

type holdList struct {
	Database `embed:""`
}

// Run prints the holds, and fails as a removal would.
func (c *holdList) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	all, err := a.backups.Holds(ctx)
	if err != nil {
		return err
	}
	if err := printJSON(all); err != nil {
		return err
	}
	return a.backups.Free(ctx)
}

type backupKeepCommand struct {
	Database `embed:""`
	Folder   string `arg:"" help:"Where the backups are; files whose names do not end in .age are left alone." type:"existingdir"`
}

// Run removes the backups that the settings backup.days and backup.least let go, and prints which.
func (c *backupKeepCommand) Run(ctx context.Context) error {
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	gone, err := a.backups.Remove(operator(ctx), c.Folder)
	if told := printJSON(map[string]any{"removed": append([]string{}, gone...)}); err == nil {
		err = told
	}
	return err
}
