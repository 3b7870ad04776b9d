package trial_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/trial"
)

// suspicious keeps every rule whose question says so.
func suspicious(v *odm.Version) (all []trial.Problem) {
	for _, it := range v.Items {
		if strings.Contains(it.Question.In("en"), "rule") {
			all = append(all, trial.Problem{Name: "ItemDef[" + it.OID + "]/RangeCheck[1]", Kind: trial.Kept, Why: errors.New("in another language")})
		}
	}
	return all
}

func draft(oid, question string) *odm.Version {
	v := definition(question)
	v.OID = oid
	return v
}

// Somebody saves another text of a draft in the moment in which it is validated: what nobody has judged is not called valid.
func TestADraftThatChangesMeanwhileIsNotValidated(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		d := must(s.SaveDraft(ctx, htn.ID, draft("V1", "one")))(t)
		err := storetest.Between(ctx, l.DB(), func(tx *store.Tx) error {
			_, err1 := tx.Exec(ctx, `UPDATE trial SET version = version WHERE study_id = $1`, htn.ID)
			_, err2 := tx.Exec(ctx, `UPDATE trial_draft SET hash = 'another' WHERE study_id = $1`, htn.ID)
			return errors.Join(err1, err2)
		}, func() {
			_, err := s.Validate(ctx, htn.ID, "V1", d.Hash, nil)
			wantCode(t, err, casebook.Stale, "trial.draft_changed")
		})
		if err != nil {
			t.Fatal(err)
		}
		if now := must(s.Draft(ctx, htn.ID, "V1"))(t); now.State != trial.Drafted || now.Hash != "another" {
			t.Errorf("in the end: %s %s", now.State, now.Hash)
		}
	})
}

func TestADraftIsValidatedAndThenPublishedAsItWasSeen(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		d := must(s.SaveDraft(ctx, htn.ID, draft("V1", "one")))(t)
		_, err := s.PublishDraft(ctx, htn.ID, "V1", d.Hash)
		wantCode(t, err, casebook.Conflict, "trial.draft_not_validated")
		must(s.Validate(ctx, htn.ID, "V1", d.Hash, nil))(t)
		changed := must(s.SaveDraft(ctx, htn.ID, draft("V1", "two")))(t)
		if changed.State != trial.Drafted || changed.Hash == d.Hash {
			t.Errorf("a changed draft is validated still: %+v", changed)
		}
		_, err = s.Validate(ctx, htn.ID, "V1", d.Hash, nil)
		wantCode(t, err, casebook.Stale, "trial.draft_changed")
		must(s.Validate(ctx, htn.ID, "V1", changed.Hash, nil))(t)
		v := must(s.PublishDraft(ctx, htn.ID, "V1", changed.Hash))(t)
		if v.Number != 1 || v.Hash != changed.Hash || v.Definition.Items[0].Question.In("en") != "two" {
			t.Errorf("published %+v", v)
		}
		if left := must(s.Drafts(ctx, htn.ID))(t); len(left) != 0 {
			t.Errorf("what is published is a draft still: %+v", left)
		}
		must(s.SaveDraft(ctx, htn.ID, draft("V2", "three")))(t)
		wantCode(t, s.RemoveDraft(ctx, htn.ID, "V2", " "), casebook.Unprocessable, "trial.reason_required")
		if err := s.RemoveDraft(ctx, htn.ID, "V2", "not needed"); err != nil {
			t.Error(err)
		}
		_, err = s.Draft(ctx, htn.ID, "V2")
		wantCode(t, err, casebook.NotFound, "trial.draft_unknown")
		must(s.SaveDraft(ctx, htn.ID, draft("V3", "four")))(t)
		if found := verify(t, ctx, l); found != nil {
			t.Errorf("nobody touched a row: %v", found)
		}
		if all := must(s.Versions(ctx, htn.ID))(t); len(all) != 1 || all[0].OID != "V1" || all[0].PublishedBy != "gao" {
			t.Errorf("versions %+v", all)
		}
	})
}

func TestWhatDoesNotRunIsPublishedOnlyIfSomebodyAnswersForItByName(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		s.Rules = suspicious
		must(s.Create(ctx, htn))(t)
		v := draft("V1", "a rule")
		v.Forms[0].Groups = append(v.Forms[0].Groups, odm.Ref{OID: "G.NONE"})
		rule, gone := trial.Waiver{Name: "ItemDef[I.1]/RangeCheck[1]", Reason: "checked by hand"}, trial.Waiver{Name: "FormDef[F.1]/ItemGroupDef[G.NONE]", Reason: "comes with the next"}
		_, err := s.Publish(ctx, htn.ID, v)
		wantCode(t, err, casebook.Unprocessable, "trial.version_dangling")
		_, err = s.Publish(ctx, htn.ID, v, gone)
		wantCode(t, err, casebook.Unprocessable, "trial.version_kept")
		_, err = s.Publish(ctx, htn.ID, v, gone, trial.Waiver{Name: rule.Name})
		wantCode(t, err, casebook.Unprocessable, "trial.waiver_reason")
		_, err = s.Publish(ctx, htn.ID, v, gone, rule, trial.Waiver{Name: "ItemDef[I.9]", Reason: "x"})
		wantCode(t, err, casebook.Unprocessable, "trial.waiver_unknown")
		must(s.SaveDraft(ctx, htn.ID, v))(t)
		_, err = s.Validate(ctx, htn.ID, "V1", "", []trial.Waiver{gone})
		wantCode(t, err, casebook.Unprocessable, "trial.version_kept")
		must(s.Validate(ctx, htn.ID, "V1", "", []trial.Waiver{gone, rule}))(t)
		must(s.PublishDraft(ctx, htn.ID, "V1", ""))(t)
		err = l.DB().View(ctx, func(tx *store.Tx) error {
			entries, err := ledger.Read(ctx, tx, htn.ID, 0, 100)
			if i := slices.IndexFunc(entries, func(e ledger.Entry) bool { return e.What == trial.VerbVersion }); i >= 0 && !strings.Contains(entries[i].New, "checked by hand") {
				t.Errorf("the ledger does not say who answers for what: %s", entries[i].New)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestASiteGoesOverToAVersionByARecordedStep(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		abroad := wangshu("01")
		abroad.Country = "CN"
		must(s.AddSite(ctx, htn.ID, abroad))(t)
		_, err := s.InUse(ctx, htn.ID)
		wantCode(t, err, casebook.NotFound, "trial.no_version")
		must(s.Publish(ctx, htn.ID, definition("one")))(t)
		must(s.Publish(ctx, htn.ID, definition("two")))(t)
		must(s.AddSite(ctx, htn.ID, wangshu("02")))(t)
		use := must(s.InUse(ctx, htn.ID))(t)
		if use.Newest != 2 || use.Of("01") != 1 || use.Of("02") != 2 || use.Country["01"] != "CN" {
			t.Errorf("in use %+v", use)
		}
		if again := must(s.InUse(ctx, htn.ID))(t); again != use {
			t.Error("nothing changed, and it is another")
		}
		_, err = s.GoOver(ctx, htn.ID, "01", 2, "")
		wantCode(t, err, casebook.Unprocessable, "trial.reason_required")
		_, err = s.GoOver(ctx, htn.ID, "01", 3, "approved")
		wantCode(t, err, casebook.NotFound, "trial.version_unknown")
		_, err = s.GoOver(ctx, htn.ID, "02", 2, "approved")
		wantCode(t, err, casebook.Conflict, "trial.site_version")
		must(s.GoOver(ctx, htn.ID, "01", 2, "the ethics committee approved"))(t)
		if use := must(s.InUse(ctx, htn.ID))(t); use.Of("01") != 2 {
			t.Errorf("it went over, and works by %d", use.Of("01"))
		}
		must(s.GoOver(ctx, htn.ID, "01", 1, "back: the approval was for another"))(t)
		var steps []int
		for _, u := range must(s.Uses(ctx, htn.ID))(t) {
			if u.Site == "01" {
				steps = append(steps, u.Version)
			}
		}
		if !slices.Equal(steps, []int{1, 2, 1}) {
			t.Errorf("steps %v", steps)
		}
		if found := verify(t, ctx, l); found != nil {
			t.Errorf("nobody touched a row: %v", found)
		}
		err = l.DB().Update(ctx, func(tx *store.Tx) error { // the control
			_, err := tx.Exec(ctx, `UPDATE trial_use SET number = 2 WHERE study_id = $1 AND site_id = '01' AND step = 3`, htn.ID)
			return err
		})
		if found := verify(t, ctx, l); err != nil || len(found) != 1 || found[0] != "trial_use 01/3 altered: number" {
			t.Errorf("a step was changed behind the ledger, found %q, %v", found, err)
		}
	})
}

func TestTheAddressesOfVersions(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		must(s.AddSite(ctx, htn.ID, wangshu("01")))(t)
		must(s.Enrol(ctx, htn.ID, patient.Enrolment{Site: "01"}))(t)
		must(s.Publish(ctx, htn.ID, definition("one")))(t)
		must(s.Publish(ctx, htn.ID, definition("two")))(t)
		must(s.SaveDraft(ctx, htn.ID, draft("V3", "three")))(t)
		seat := desks(t, ctx, s, l)
		nurse := seat("linyue", auth.Grant{Study: htn.ID, Site: "01", Role: auth.Coordinator})
		manager := seat("hexiao", auth.Grant{Study: htn.ID, Role: auth.DataManager})
		const at = "/api/v1/studies/HTN-24"
		for _, c := range []struct {
			who                desk
			method, path, body string
			status             int
			holds              string
		}{
			{nurse, "GET", at + "/versions", "", 200, `"uses":[{"site":"01","version":1,`},
			{nurse, "GET", at + "/versions/diff?from=1&to=2", "", 200, `"field":"question","lang":"en","was":"one","is":"two"`},
			{nurse, "GET", at + "/versions/diff?from=1&to=x", "", 400, `"trial.version_number"`},
			{nurse, "GET", at + "/drafts", "", 403, ""},
			{manager, "GET", at + "/drafts", "", 200, `{"drafts":[{"oid":"V3",`},
			{manager, "GET", at + "/drafts/V3", "", 200, `"problems":[]`},
			{manager, "POST", at + "/drafts?name=x.xml", "<ODM", 400, ""},
			{nurse, "POST", at + "/drafts/V3/validate", `{"waivers":[]}`, 403, ""},
			{manager, "POST", at + "/drafts/V3/publish", `{}`, 409, `"trial.draft_not_validated"`},
			{manager, "POST", at + "/drafts/V3/validate", `{"waivers":[]}`, 200, `"state":"validated"`},
			{manager, "POST", at + "/drafts/V3/publish", `{}`, 201, `{"number":3,"oid":"V3",`},
			{manager, "DELETE", at + "/drafts/V3?reason=x", "", 404, `"trial.draft_unknown"`},
		} {
			w := c.who.ask(c.method, c.path, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
				t.Errorf("%s %s: %d %s\nwant %d with %s", c.method, c.path, w.Code, w.Body, c.status, c.holds)
			}
		}
	})
}
