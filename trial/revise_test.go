package trial_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

func text(t *testing.T, v *odm.Version) string {
	t.Helper()
	return string(must(json.Marshal(v))(t))
}

type answered struct {
	Hash     string `json:"hash"`
	Problems []struct {
		Name  string            `json:"name"`
		Kind  string            `json:"kind"`
		Texts map[string]string `json:"texts"`
	} `json:"problems"`
	Theirs *trial.Draft `json:"theirs"`
	Code   string       `json:"code"`
}

func TestADraftIsEditedByWhoSawItAndNobodysWorkIsOverwritten(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		seat := desks(t, ctx, s, l)
		mine, theirs := seat("linyue", auth.Grant{Study: htn.ID, Role: auth.DataManager}), seat("chenrui", auth.Grant{Study: htn.ID, Role: auth.DataManager})
		put := func(d desk, v *odm.Version, header, value string) (answered, int) {
			t.Helper()
			w := d.ask(http.MethodPut, "/api/v1/studies/HTN-24/drafts/V1", text(t, v), header, value)
			var got answered
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v", w.Body, err)
			}
			return got, w.Code
		}
		if _, code := put(mine, draft("V1", "one"), "X-Nothing", "seen"); code != http.StatusBadRequest {
			t.Errorf("who has seen nothing saves: %d", code)
		}
		first, code := put(mine, draft("V1", "one"), "If-None-Match", "*")
		if code != http.StatusOK || first.Hash == "" || len(first.Problems) != 0 {
			t.Fatalf("a new draft: %d %+v", code, first)
		}
		if _, code := put(theirs, draft("V1", "another"), "If-None-Match", "*"); code != http.StatusPreconditionFailed {
			t.Errorf("a second first: %d", code)
		}
		second, code := put(theirs, draft("V1", "two"), "If-Match", `"`+first.Hash+`"`)
		if code != http.StatusOK {
			t.Fatalf("who saw it: %d", code)
		}
		for _, half := range []string{first.Hash + `"`, `"` + first.Hash, first.Hash, ``, `""`} {
			if _, code := put(theirs, draft("V1", "three"), "If-Match", half); code != http.StatusBadRequest {
				t.Errorf("If-Match %s: %d", half, code)
			}
		}
		late, code := put(mine, draft("V1", "three"), "If-Match", `"`+first.Hash+`"`)
		if code != http.StatusPreconditionFailed || late.Code != "trial.draft_changed" || late.Theirs == nil || late.Theirs.Hash != second.Hash || late.Theirs.ChangedBy != "chenrui" {
			t.Errorf("late: %d %+v", code, late)
		}
		if d := must(s.Draft(ctx, htn.ID, "V1"))(t); d.Definition.Items[0].Question.In("en") != "two" {
			t.Errorf("kept: %v", d.Definition.Items[0].Question)
		}
		bad := draft("V1", "four")
		bad.Items[0].DataType = "number"
		bad.Groups[0].Items = append(bad.Groups[0].Items, odm.Ref{OID: "I.1"}, odm.Ref{OID: "I.9"})
		got, code := put(mine, bad, "If-Match", `"`+second.Hash+`"`)
		var names []string
		for _, p := range got.Problems {
			names = append(names, p.Kind+" "+p.Name)
			if p.Texts["en"] == "" || p.Texts["zh-CN"] == "" {
				t.Errorf("%s says nothing", p.Name)
			}
		}
		if want := "faulty ItemGroupDef[G.1], faulty ItemDef[I.1], dangling ItemGroupDef[G.1]/ItemDef[I.9]"; code != http.StatusOK || strings.Join(names, ", ") != want {
			t.Errorf("a draft may be wrong while it is written: %d %v", code, names)
		}
		_, err := s.Validate(ctx, htn.ID, "V1", got.Hash, nil)
		wantCode(t, err, casebook.Unprocessable, "odm.fault.reference_twice")
		if found := verify(t, ctx, l); found != nil {
			t.Errorf("nobody touched a row: %v", found)
		}
	})
}

func TestAStudyBeginsWithItsDataManagerAndASite(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		seat := desks(t, ctx, s, l)
		boss, manager := seat("gaoyuan", auth.Grant{Study: casebook.Platform, Role: auth.Admin}), seat("mayan", auth.Grant{Study: "NEW-1", Role: auth.DataManager})
		var appointed []casebook.UserID
		s.Appoint = func(_ context.Context, _ casebook.StudyID, user casebook.UserID) error {
			if user != "mayan" {
				return casebook.Fail(casebook.NotFound, "auth.person.unknown", user).At("user")
			}
			appointed = append(appointed, user)
			return nil
		}
		for _, c := range []struct {
			who    desk
			path   string
			body   string
			status int
		}{
			{manager, "", `{"id":"NEW-1","name":"New","environment":"TRAINING","manager":"mayan"}`, http.StatusForbidden},
			{boss, "", `{"id":"NEW-1","name":"New","environment":"TRAINING","manager":"nobody"}`, http.StatusNotFound},
			{boss, "", `{"id":"NEW 1","name":"New","environment":"TRAINING"}`, http.StatusBadRequest},
			{boss, "", `{"id":"NEW-1","name":"New","environment":"TRAINING","manager":"mayan"}`, http.StatusCreated},
			{boss, "", `{"id":"NEW-1","name":"New","environment":"TRAINING","manager":"mayan"}`, http.StatusConflict},
			{boss, "/NEW-1/sites", `{"id":"01","name":{"en":"Wangshu"},"zone":"Asia/Shanghai"}`, http.StatusNotFound},
			{manager, "/NEW-1/sites", `{"id":"01","name":{"en":"Wangshu"},"zone":"Local"}`, http.StatusBadRequest},
			{manager, "/NEW-1/sites", `{"id":"01","name":{"en":"Wangshu"},"zone":"Asia/Shanghai"}`, http.StatusCreated},
		} {
			if w := c.who.ask(http.MethodPost, "/api/v1/studies"+c.path, c.body); w.Code != c.status {
				t.Errorf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
			}
		}
		if len(appointed) != 1 {
			t.Errorf("appointed %v", appointed)
		}
		if sites := must(s.Sites(ctx, "NEW-1"))(t); len(sites) != 1 || sites[0].State != trial.Active {
			t.Errorf("sites %+v", sites)
		}
	})
}
