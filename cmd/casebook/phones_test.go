package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/odm"
	"casebook/patient"
	"casebook/trial"
)

// Three subjects of site 03 enrol on one phone, everybody else on a phone of their own: what the phone keeps of itself goes through the enrolment of a
// running server into the ledger as a digest, and comes out as an indicator that names who shares it.
func TestThoseWhoShareAPhoneAreSeenFromTheirEnrolmentOn(t *testing.T) {
	t.Parallel()
	const phone = "kept-by-the-browser-of-one-phone"
	h := build(t, "sqlite")
	study := filepath.Join(t.TempDir(), "study.xml")
	if err := os.WriteFile(study, demo.Study(), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, h.args("study", "import", study)...).done(t)
	callIn(t, nil, password+"\n", h.args("person", "add", "hexiao", "He Xiao")...).done(t)
	call(t, h.args("person", "grant", "hexiao", "datamanager", string(demo.ID))...).done(t)
	shared, own := h.invitations(t)
	server := start(t, nil, h.args("serve", "--addr", "127.0.0.1:0")...)
	v := visit(t, server.says(t, addressShape)).signIn(t, "hexiao", password)
	for i, inv := range append(shared, own...) {
		mine := phone
		if i >= len(shared) {
			mine = fmt.Sprint("the phone of ", inv.Subject)
		}
		get[epro.Enrolled](t, v, http.StatusCreated, "POST", "/api/v1/epro/enrol", fmt.Sprintf(`{"study":%q,"code":%q,"pin":%q,"name":"Phone","zone":"Asia/Shanghai","phone":%q}`,
			demo.ID, inv.Code, inv.PIN, mine))
	}
	type table struct {
		Sites []struct {
			Site                   string
			Numerator, Denominator int64
			Flag                   *int
		}
	}
	var got table
	path := "/api/v1/studies/" + string(demo.ID) + "/monitoring"
	if _, ok := eventually(patience, func() bool {
		got = get[table](t, v, http.StatusOK, "GET", path+"?kri=shared-phones", "")
		return len(got.Sites) == 6 && got.Sites[2].Numerator == 3 && got.Sites[5].Denominator == 4
	}); !ok {
		t.Fatalf("the indicator is %+v", got)
	}
	for i, s := range got.Sites {
		if want := map[bool]int64{true: 3}[i == 2]; s.Numerator != want || s.Denominator != 4 || i == 2 && (s.Flag == nil || *s.Flag < 1) {
			t.Errorf("site %s: %d of %d, flag %v", s.Site, s.Numerator, s.Denominator, s.Flag)
		}
	}
	why := get[struct {
		Contributors []struct {
			Subject string
			Records []struct{ Value string }
		}
	}](t, v, http.StatusOK, "GET", path+"/sites/03/shared-phones", "")
	for _, c := range why.Contributors[:3] {
		if len(c.Records) != 1 || strings.Contains(c.Records[0].Value, c.Subject) || strings.Count(c.Records[0].Value, "03-") != 2 {
			t.Errorf("%s shares with %+v", c.Subject, c.Records)
		}
	}
	server.stop(t)
	kept, err := os.ReadFile(filepath.Join(h.folder, "casebook.db"))
	if err != nil || !strings.Contains(string(kept), string(shared[0].Subject)) || strings.Contains(string(kept), phone) {
		t.Errorf("the database holds what the phone keeps of itself, or nothing (%v)", err)
	}
}

// invitations enrols four subjects at each of six sites and invites everybody: three of site 03, and the others.
func (h *house) invitations(t *testing.T) (shared, own []epro.Invitation) {
	t.Helper()
	a, err := (Database{DB: h.folder}).open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	ctx := operator(t.Context())
	for n := range 24 {
		at := casebook.SiteID(fmt.Sprintf("%02d", 1+n/4))
		if n%4 == 0 {
			if _, err := a.trials.AddSite(ctx, demo.ID, trial.Site{ID: at, Name: odm.Text{"en": "Hospital"}, Zone: "Asia/Shanghai"}); err != nil {
				t.Fatal(err)
			}
		}
		p, err := a.trials.Enrol(ctx, demo.ID, patient.Enrolment{Site: at})
		if err != nil {
			t.Fatal(err)
		}
		inv, err := a.epro.Invite(ctx, demo.ID, p.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		if p.Site == "03" && len(shared) < 3 {
			shared = append(shared, inv)
		} else {
			own = append(own, inv)
		}
	}
	return shared, own
}
