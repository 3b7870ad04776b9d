package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/platform"
	"casebook/retention"
	live "casebook/settings"
)

// What the page of legal holds asks for: who runs the installation places a hold, and from then on the command removes nothing; who audits
// sees it, and can neither place nor release one. The release wants to be proved, and is refused with a wrong password; then what is old goes,
// which is the control. Both are in the audit of administration, in the name of who was signed in.
func TestAHoldIsPlacedAndReleasedByWhoRunsTheInstallation(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		b := h.bureau(t)
		folder := t.TempDir()
		old := filepath.Join(folder, "old.age")
		b.must(os.WriteFile(old, []byte("all of it"), 0o600))
		long := b.clock.Now().AddDate(0, 0, -90)
		b.must(os.Chtimes(old, long, long))
		b.must(os.WriteFile(filepath.Join(folder, "new.age"), []byte("all of it"), 0o600))
		b.settles(map[string]string{"backup.days": "30", "backup.least": "1"})
		ctx := operator(t.Context())
		for user, role := range map[casebook.UserID]auth.Role{"gao": auth.Operator, "shen": auth.Auditor} {
			b.must(b.a.people.CreatePerson(ctx, auth.NewPerson{User: user, Name: "Dr " + string(user), Locale: "en", Password: password}))
			b.must(b.a.people.GrantRole(ctx, user, auth.Grant{Study: casebook.Platform, Role: role}))
		}
		gao, shen := stranger(t, b.address).signIn(t, "gao", password), stranger(t, b.address).signIn(t, "shen", password)
		const holds = "/api/v1/holds"

		get[struct{}](t, gao, http.StatusNotFound, "POST", holds, `{"about":"NOWHERE","by":"Counsel Wen","reason":"a claim"}`)
		get[struct{}](t, gao, http.StatusBadRequest, "POST", holds, `{"about":"HTN-24","by":"Counsel Wen","reason":" "}`)
		get[struct{}](t, shen, http.StatusForbidden, "POST", holds, `{"about":"HTN-24","by":"Counsel Wen","reason":"a claim"}`)
		placed := get[retention.Hold](t, gao, http.StatusCreated, "POST", holds, `{"about":"HTN-24","by":"Counsel Wen","reason":"a claim"}`)
		said := get[struct {
			Holds []retention.Hold
			Rules retention.Rules
		}](t, shen, http.StatusOK, "GET", holds, "")
		want := retention.Rules{Days: 30, Least: 1, Before: b.clock.Now().AddDate(0, 0, -30)}
		if len(said.Holds) != 1 || said.Holds[0] != placed || placed.About != demo.ID || said.Rules != want {
			t.Errorf("told: %+v, placed %+v, rules %+v", said, placed, want)
		}
		if gone, err := b.a.backups.Remove(ctx, folder); casebook.KindOf(err) != casebook.Conflict || len(gone) > 0 {
			t.Errorf("%v went under a hold: %v", gone, err)
		}

		release := func(v *visitor, status int, user, word string) {
			t.Helper()
			answer, text := v.ask(t, "POST", holds+"/"+placed.ID+"/release", `{"by":"Counsel Wen","reason":"it is settled","user":"`+user+`","password":"`+word+`"}`)
			if answer.StatusCode != status {
				t.Errorf("%s releases: %d %s", user, answer.StatusCode, text)
			}
		}
		release(shen, http.StatusForbidden, "shen", password)
		release(gao, http.StatusUnprocessableEntity, "gao", "not my password")
		release(gao, http.StatusUnprocessableEntity, "shen", password)
		if all, err := b.a.backups.Holds(ctx); err != nil || len(all) != 1 {
			t.Errorf("what was not proved left %v, %v", all, err)
		}
		b.clock.Add(time.Minute)
		release(gao, http.StatusNoContent, "gao", password)
		b.clock.Add(time.Minute)
		release(gao, http.StatusNotFound, "gao", password)
		if gone, err := b.a.backups.Remove(ctx, folder); err != nil || len(gone) != 1 {
			t.Errorf("%v went without a hold: %v", gone, err)
		}

		b.must(b.a.ledger.Seal(ctx, casebook.Platform))
		told := get[struct{ Entries []platform.Administered }](t, shen, http.StatusOK, "GET", "/api/v1/audit?kind=holds", "").Entries
		if len(told) != 3 || told[0].What != retention.Removed || told[1].What != retention.Released || told[2].What != retention.Placed ||
			told[1].By != "gao" || told[2].By != "gao" || told[2].Reason != "a claim" || told[1].Reason != "it is settled" {
			t.Errorf("the audit of administration tells %+v", told)
		}
	})
}

// settles brings live settings into force everywhere.
func (b *bureau) settles(values map[string]string) {
	b.Helper()
	as := func(user casebook.UserID) context.Context {
		return casebook.WithActor(b.Context(), casebook.Actor{User: user, Role: "operator", Location: "system"})
	}
	var changes []live.Change
	for key, value := range values {
		changes = append(changes, live.Change{Assignment: live.Assignment{Key: key, Value: value}})
	}
	draft, err := b.a.settings.Propose(as("one"), changes, "as the archive's rules say")
	b.must(err)
	_, err = b.a.settings.Approve(as("another"), draft.ID, live.Trial{}, "Another")
	b.must(errors.Join(err, b.a.settings.Load(b.Context())))
}
