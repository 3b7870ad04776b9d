package auth_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
)

var update = flag.Bool("update", false, "write the golden file anew")

var allRoles = []auth.Role{auth.Coordinator, auth.Investigator, auth.Monitor, auth.DataManager, auth.ProjectManager, auth.Office, auth.Unblinded, auth.Pharmacist, auth.Coder, auth.SupportRole, auth.Admin, auth.Operator, auth.Security, auth.Auditor, auth.DeviceRole, auth.ClientRole}

var allActions = []auth.Action{auth.StudyRead, auth.SubjectRead, auth.SubjectEnrol, auth.FormRead, auth.FormWrite, auth.QueryRead,
	auth.QueryAnswer, auth.QueryOpen, auth.QueryClose, auth.FormVerify, auth.FormReview, auth.FormFreeze, auth.FormLock, auth.FormSign, auth.FormSettle, auth.AuditRead, auth.SignalRead, auth.SignalHandle, auth.ExportMake, auth.PersonalRead,
	auth.ReportSubmit, auth.SiteRead, auth.SitePlan, auth.SiteStaff, auth.SiteDelegate, auth.IssueHandle, auth.RequestHandle, auth.DocumentFile, auth.DocumentAccept, auth.VisitWrite, auth.VisitReview, auth.PaymentRead, auth.PaymentPrepare, auth.PaymentApprove, auth.TermCode, auth.SubjectRandomise, auth.SubjectUnblind, auth.KitHandle, auth.SafetyRead, auth.SafetyWrite, auth.SafetySign, auth.SafetyAssess, auth.SafetyReconcile, auth.SafetyTell, auth.TreatmentManage, auth.StudyManage, auth.IdentityRead, auth.AccessManage, auth.PlatformManage, auth.OversightRead, auth.HoldRead, auth.HoldPlace}

func holder(grants ...auth.Grant) *auth.Principal {
	return &auth.Principal{Kind: auth.Person, User: "x", Grants: grants}
}

// TestThePolicyIsTheOneThatWasApproved asks the questions of every role and compares the answers with those that a
// person has read and approved: with a grant for site 01, and with one for the whole study.
func TestThePolicyIsTheOneThatWasApproved(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, role := range allRoles {
		study, whole := casebook.StudyID("HTN-24"), casebook.SiteID("")
		if administers(role) {
			study = casebook.Platform
		}
		at01 := holder(auth.Grant{Study: study, Site: "01", Role: role})
		everywhere := holder(auth.Grant{Study: study, Site: whole, Role: role})
		for _, a := range allActions {
			if all := everywhere.Allows(a, study, ""); all {
				fmt.Fprintf(&b, "%s may %s; with a grant for site 01 alone: at 01 %v, at 02 %v, as a whole %v\n",
					role, a, at01.Allows(a, study, "01"), at01.Allows(a, study, "02"), at01.Allows(a, study, ""))
			}
		}
	}
	const golden = "testdata/policy.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the policy is not the approved one:\n%s", b.String())
	}
}

func TestNoRoleHoldsBothDataAndAdministration(t *testing.T) {
	t.Parallel()
	for _, role := range allRoles {
		data := holder(auth.Grant{Study: "HTN-24", Role: role})
		platform := holder(auth.Grant{Study: casebook.Platform, Role: role})
		reads := data.Allows(auth.FormRead, "HTN-24", "") || data.Allows(auth.StudyRead, "HTN-24", "")
		if reads && (platform.Allows(auth.AccessManage, casebook.Platform, "") || platform.Allows(auth.PlatformManage, casebook.Platform, "")) {
			t.Errorf("%s holds both", role)
		}
	}
}

func administers(r auth.Role) bool {
	return slices.Contains([]auth.Role{auth.Admin, auth.Operator, auth.Security, auth.Auditor}, r)
}

// Of who runs the installation, who says what others may and who audits both, each may what the others may not. The control is the role
// of a small installation, which may all of it.
func TestNoRoleHoldsTwoDutiesButTheOneOfASmallInstallation(t *testing.T) {
	t.Parallel()
	for _, role := range allRoles {
		p, duties := holder(auth.Grant{Study: casebook.Platform, Role: role}), 0
		for _, a := range []auth.Action{auth.PlatformManage, auth.AccessManage, auth.OversightRead} {
			if p.Allows(a, casebook.Platform, "") {
				duties++
			}
		}
		want := map[auth.Role]int{auth.Operator: 1, auth.Security: 1, auth.Auditor: 1, auth.Admin: 3}[role]
		if duties != want {
			t.Errorf("%s has %d duties of an installation", role, duties)
		}
	}
}

func TestAGrantReachesNoFurtherThanItSays(t *testing.T) {
	t.Parallel()
	p := holder(auth.Grant{Study: "HTN-24", Site: "02", Role: auth.Coordinator}, auth.Grant{Study: "HTN-24", Site: "01", Role: auth.Coordinator},
		auth.Grant{Study: "ONC-7", Role: auth.Monitor})
	for _, c := range []struct {
		action auth.Action
		study  casebook.StudyID
		site   casebook.SiteID
		want   bool
	}{
		{auth.FormWrite, "HTN-24", "01", true}, {auth.FormWrite, "HTN-24", "03", false}, {auth.FormWrite, "HTN-24", "", false},
		{auth.FormWrite, "ONC-7", "01", false}, {auth.FormRead, "ONC-7", "01", true}, {auth.FormRead, "ONC-7", "", true},
		{auth.StudyRead, "HTN-24", "", true}, {auth.StudyRead, "OTHER", "", false}, {auth.PlatformManage, casebook.Platform, "", false},
	} {
		if got := p.Allows(c.action, c.study, c.site); got != c.want {
			t.Errorf("%s in %s at %q: %v", c.action, c.study, c.site, got)
		}
	}
	if all, list := p.Sites(auth.FormRead, "HTN-24"); all || !slices.Equal(list, []casebook.SiteID{"01", "02"}) {
		t.Error(all, list)
	}
	if all, _ := p.Sites(auth.FormRead, "ONC-7"); !all {
		t.Error("a grant for all sites lists some")
	}
	if all, list := p.Sites(auth.FormRead, "OTHER"); all || list != nil {
		t.Error(all, list)
	}
	ctx, ok := auth.Act(auth.With(t.Context(), p), auth.FormWrite, "HTN-24", "01")
	if a := casebook.ActorFrom(ctx); !ok || a.Role != "coordinator" || a.Location != "01" || a.User != "x" {
		t.Errorf("acts as %+v", a)
	}
	ctx, _ = auth.Act(auth.With(t.Context(), p), auth.FormRead, "ONC-7", "01")
	if a := casebook.ActorFrom(ctx); a.Location != "sponsor" {
		t.Errorf("acts as %+v", a)
	}
	if _, ok := auth.Act(t.Context(), auth.FormRead, "ONC-7", "01"); ok {
		t.Error("nobody acts")
	}
}

func TestAServerWithAHoleDoesNotStart(t *testing.T) {
	t.Parallel()
	answer := func(http.ResponseWriter, *http.Request) error { return nil }
	good := auth.Route{Pattern: "GET /studies/{study}/queries", Policy: auth.SiteInside(auth.QueryRead), Handle: answer}
	if err := auth.Mount(http.NewServeMux(), &auth.Service{}, []auth.Route{good}); err != nil {
		t.Fatalf("the control: %v", err)
	}
	for name, routes := range map[string][]auth.Route{
		"no policy":                    {{Pattern: "GET /x", Handle: answer}},
		"nothing to answer with":       {{Pattern: "GET /x", Policy: auth.Public}},
		"no method":                    {{Pattern: "/x", Policy: auth.Public, Handle: answer}},
		"an unknown action":            {{Pattern: "GET /{study}", Policy: auth.InStudy("form.raed"), Handle: answer}},
		"no study in the pattern":      {{Pattern: "GET /x", Policy: auth.InStudy(auth.StudyRead), Handle: answer}},
		"a site's action without site": {{Pattern: "GET /{study}", Policy: auth.InStudy(auth.FormRead), Handle: answer}},
		"a study's action with site":   {{Pattern: "GET /{study}", Policy: auth.SiteInside(auth.StudyRead), Handle: answer}},
		"the platform's in a study":    {{Pattern: "GET /{study}", Policy: auth.InStudy(auth.PlatformManage), Handle: answer}},
		"a study's on the platform":    {{Pattern: "GET /x", Policy: auth.OnPlatform(auth.StudyRead), Handle: answer}},
		"two at one address":           {good, good},
		"two that meet":                {{Pattern: "GET /a/{x}", Policy: auth.Public, Handle: answer}, {Pattern: "GET /{y}/b", Policy: auth.Public, Handle: answer}},
		"no pattern at all":            {{Pattern: "GET ", Policy: auth.Public, Handle: answer}},
	} {
		if err := auth.Mount(http.NewServeMux(), &auth.Service{}, routes); err == nil {
			t.Errorf("%s: the server starts", name)
		}
	}
}
