package main

import (
	"context"

	"casebook"
	"casebook/auth"
	"casebook/site/safety"
	"casebook/store"
)

// newSafety makes the desk of serious adverse events.
func (a *app) newSafety() *safety.Service {
	return safety.New(a.ledger, a.forms, safety.Options{Reauthenticate: a.people.Reauthenticate, Treatment: a.brokenCode})
}

// brokenCode says whether a subject's code was broken, and then to whoever sees treatments what it holds.
func (a *app) brokenCode(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) (broken bool, treatment string, err error) {
	broken, err = a.given.Broken(ctx, tx, study, subject)
	if err != nil || !broken || !auth.From(ctx).Allows(auth.TreatmentManage, study, "") {
		return broken, "", err
	}
	_, treatment, _, err = a.given.Treatment(ctx, tx, study, subject)
	return broken, treatment, err
}
