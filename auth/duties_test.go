package auth_test

import (
	"net/http/httptest"
	"testing"

	"casebook"
	"casebook/auth"
)

// Who runs the installation, gives roles or audits is nothing else, whichever came first. The control is the role of a small installation,
// which may stand beside a role in a study.
func TestWhoHasADutyOfTheInstallationHasNoOtherRole(t *testing.T) {
	inWards(t, func(w *ward) {
		platform := func(r auth.Role) auth.Grant { return auth.Grant{Study: casebook.Platform, Role: r} }
		study := auth.Grant{Study: "HTN-24", Role: auth.DataManager}
		for _, c := range []struct {
			first, second auth.Grant
			code          string
		}{
			{platform(auth.Operator), platform(auth.Security), "auth.role.duties"},
			{platform(auth.Security), platform(auth.Auditor), "auth.role.duties"},
			{platform(auth.Auditor), platform(auth.Admin), "auth.role.duties"},
			{platform(auth.Admin), platform(auth.Operator), "auth.role.duties"},
			{platform(auth.Operator), study, "auth.role.duties"},
			{study, platform(auth.Security), "auth.role.duties"},
			{platform(auth.Security), platform(auth.Security), ""},
			{platform(auth.Admin), study, ""},
		} {
			user := "p" + string(c.first.Role) + "-" + string(c.second.Role)
			w.person(user, c.first)
			err := w.auth.GrantRole(w.ctx(), casebook.UserID(user), c.second)
			if code := codeOf(w, err); code != c.code {
				w.t.Errorf("%s, then %s: %q", c.first.Role, c.second.Role, code)
			}
		}
		if code := codeOf(w, w.auth.GrantRole(w.ctx(), "poperator-security", auth.Grant{Study: "HTN-24", Role: auth.Operator})); code != "auth.role.place" {
			w.t.Errorf("an operator of a study: %q", code)
		}
	})
}

func TestWhereDutiesAreSeparateTheRoleThatHasAllGivesNothing(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("gao", auth.Grant{Study: casebook.Platform, Role: auth.Admin})
		w.person("lin")
		people := func() int {
			rec := httptest.NewRecorder()
			w.server().ServeHTTP(rec, request("GET", "/api/v1/people", w.signIn("gao"), ""))
			return rec.Code
		}
		if code := people(); code != 200 {
			w.t.Errorf("the control, where duties are not separate: %d", code)
		}
		w.auth.Separate = true
		if code := people(); code != 403 {
			w.t.Errorf("the administrator is answered %d", code)
		}
		if code := codeOf(w, w.auth.GrantRole(w.ctx(), "lin", auth.Grant{Study: casebook.Platform, Role: auth.Admin})); code != "auth.role.combined" {
			w.t.Errorf("given anew: %q", code)
		}
		w.must(w.auth.GrantRole(w.ctx(), "lin", auth.Grant{Study: casebook.Platform, Role: auth.Security}))
	})
}
