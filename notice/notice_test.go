package notice

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/outbox"
	"casebook/store"
	"casebook/trial"
)

func TestANoticeReachesEachOfItsAudienceOnceInTheirOwnLanguage(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.send(letterTo(auth.Investigator))
		if n.Targets != 4 || n.Addressed != 4 || n.State != Sent {
			t.Fatalf("%d of %d addressed, %s", n.Addressed, n.Targets, n.State)
		}
		for user, want := range map[casebook.UserID][2]string{
			"inv01": {"致第01中心：新版方案", "医生inv01，请阅读第 3 版，2026年4月1日 起生效。"},
			"inv04": {"To Site 04: a new protocol", "Dr inv04, please read version 3, in force from 1 April 2026."},
		} {
			for range 2 { // looking again shows it once
				all, err := h.s.Inbox(h.as(user), htn)
				h.must(err)
				if len(all) != 1 || all[0].Title != want[0] || all[0].Body != want[1] {
					t.Fatalf("%s reads %+v, want %q", user, all, want)
				}
			}
		}
		for _, user := range []casebook.UserID{"crc01", "pm"} {
			if all, err := h.s.Inbox(h.as(user), htn); err != nil || len(all) != 0 {
				t.Errorf("%s has %d notices, %v", user, len(all), err)
			}
		}
		if m := h.matrix(n.ID); m.Total.Received != 2 || m.Total.Missing != 4 || len(m.Sites) != 4 || m.Sites[0].Received != 1 || m.Sites[1].Received != 0 {
			t.Errorf("the matrix is %+v", m)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestAnAudienceIsNarrowedByRoleSiteStateZoneAndSubjects(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		ctx := h.as("pm")
		_, err := h.trials.SetSiteState(ctx, htn, "03", trial.Closed, "no patients")
		h.must(err)
		for name, c := range map[string]struct {
			a    Audience
			want []string
		}{
			"a role":                  {Audience{Roles: []auth.Role{auth.Investigator}}, []string{"inv01", "inv02", "inv04"}},
			"sites picked":            {Audience{Roles: []auth.Role{auth.Investigator, auth.Coordinator}, Sites: []casebook.SiteID{"02"}}, []string{"crc02", "inv02"}},
			"all sites but one":       {Audience{Roles: []auth.Role{auth.Investigator}, Except: []casebook.SiteID{"02"}}, []string{"inv01", "inv04"}},
			"a region":                {Audience{Roles: []auth.Role{auth.Investigator}, Zones: []string{"Europe/London"}}, []string{"inv04"}},
			"a country":               {Audience{Roles: []auth.Role{auth.Investigator}, Countries: []string{"GB"}}, []string{"inv04"}},
			"two countries":           {Audience{Roles: []auth.Role{auth.Investigator}, Countries: []string{"CN", "GB"}}, []string{"inv01", "inv02", "inv04"}},
			"a country elsewhere":     {Audience{Roles: []auth.Role{auth.Investigator}, Countries: []string{"GB"}, Sites: []casebook.SiteID{"01"}}, nil},
			"closed sites":            {Audience{Roles: []auth.Role{auth.Coordinator}, States: []trial.SiteState{trial.Closed}}, []string{"crc03"}},
			"a role of the study":     {Audience{Roles: []auth.Role{auth.DataManager}, Sites: []casebook.SiteID{"01"}}, []string{"dm"}},
			"sites with subjects":     {Audience{Roles: []auth.Role{auth.Investigator}, Enrolled: true}, nil},
			"a role nobody has":       {Audience{Roles: []auth.Role{auth.Monitor}}, nil},
			"a site in no such state": {Audience{Roles: []auth.Role{auth.Investigator}, Sites: []casebook.SiteID{"03"}}, nil},
		} {
			d := letterTo()
			d.Audience = c.a
			p, err := h.s.Preview(ctx, htn, d)
			if c.want == nil {
				h.refused(err, "notice.nobody", "/audience")
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var got []string
			for _, r := range p.First {
				got = append(got, string(r.User))
			}
			if slices.Sort(got); !slices.Equal(got, c.want) || p.Count != len(c.want) {
				t.Errorf("%s: %d, %q, want %q", name, p.Count, got, c.want)
			}
		}
		d := letterTo(auth.Investigator)
		d.Audience.Countries = []string{"CN", "FR"}
		_, err = h.s.Preview(ctx, htn, d)
		h.refused(err, "notice.country", "/audience/countries/1")
	})
}

func TestAPreviewSendsNothing(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		p, err := h.s.Preview(h.as("pm"), htn, letterTo(auth.Investigator))
		h.must(err)
		if p.Count != 4 || len(p.Sites) != 4 || len(p.Texts) != 2 || !strings.Contains(p.Texts[1].Body, "1 April 2026") {
			t.Errorf("the preview is %+v", p)
		}
		if n := h.exec(`UPDATE notice SET state = state WHERE study_id = $1`, htn) + h.exec(`UPDATE notice_recipient SET role = role WHERE study_id = $1`, htn); n != 0 {
			t.Errorf("a preview left %d rows", n)
		}
	})
}

func TestWhatCannotBeReadAsItIsMeantIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		for _, c := range []struct {
			code, place string
			spoil       func(d *Draft)
		}{
			{"notice.text_missing", "/title/zh-CN", func(d *Draft) { d.Title = odm.Text{"en": "To {{site}}"} }},
			{"notice.text_missing", "/body/en", func(d *Draft) { d.Body["en"] = "  " }},
			{"notice.variable_unknown", "/body/en", func(d *Draft) { d.Body["en"] += "{{dose}}" }},
			{"notice.variable_missing", "/variables/0/value", func(d *Draft) { d.Variables[0].Value = nil }},
			{"notice.variable_missing", "/variables/2/value", func(d *Draft) {
				d.Variables = append(d.Variables, Variable{"drug", "text", odm.Text{"zh-CN": "甲药"}})
				d.Body["zh-CN"], d.Body["en"] = d.Body["zh-CN"]+"{{drug}}", d.Body["en"]+"{{drug}}"
			}},
			{"notice.variable_unused", "/variables", func(d *Draft) { d.Body["zh-CN"] = "请阅读第 {{version}} 版" }},
			{"notice.variable_value", "/variables/0/value", func(d *Draft) { d.Variables[0].Value = odm.Text{"": "three"} }},
			{"notice.variable_value", "/variables/1/value", func(d *Draft) { d.Variables[1].Value = odm.Text{"": "2026-02-30"} }},
			{"notice.variable_type", "/variables/0/type", func(d *Draft) { d.Variables[0].Type = "hexBinary" }},
			{"notice.variable_name", "/variables/0/name", func(d *Draft) { d.Variables[0].Name = "site" }},
			{"notice.variable_injects", "/variables/0/value", func(d *Draft) { d.Variables[0].Type, d.Variables[0].Value = "text", odm.Text{"": "{{person}}"} }},
			{"notice.text_control", "/variables/0/value", func(d *Draft) { d.Variables[0].Type, d.Variables[0].Value = "text", odm.Text{"": "3\u202E4"} }},
			{"notice.text_control", "/title/en", func(d *Draft) { d.Title["en"] = "Hello\r\nBcc: all@example.org" }},
			{"notice.text_control", "/body/zh-CN", func(d *Draft) { d.Body["zh-CN"] += "\x00" }},
			{"notice.template", "/body/en", func(d *Draft) { d.Body["en"] += "{{ version" }},
			{"notice.template", "/body/en", func(d *Draft) { d.Body["en"] += "{{printf \"%s\"}}" }},
			{"notice.text_long", "/title/en", func(d *Draft) { d.Title["en"] = strings.Repeat("a", maxTitle+1) }},
			{"notice.no_deadline", "/deadline", func(d *Draft) { d.Body["en"] += "{{deadline}}" }},
			{"notice.past", "/deadline", func(d *Draft) { d.Deadline = noon.Add(-time.Hour) }},
			{"notice.closes", "/closes", func(d *Draft) { d.Deadline, d.Closes = noon.Add(2*time.Hour), noon.Add(time.Hour) }},
			{"notice.no_deadline", "/deadline", func(d *Draft) { d.Escalate = auth.ProjectManager }},
			{"notice.role", "/audience/roles/0", func(d *Draft) { d.Audience.Roles = []auth.Role{auth.DeviceRole} }},
			{"notice.no_role", "/audience/roles", func(d *Draft) { d.Audience.Roles = nil }},
			{"notice.site", "/audience/sites/0", func(d *Draft) { d.Audience.Sites = []casebook.SiteID{"99"} }},
			{"notice.kind", "/kind", func(d *Draft) { d.Kind = "urgent" }},
			{"notice.ack", "/ack", func(d *Draft) { d.Ack = "" }},
			{"notice.channel", "/channels/0", func(d *Draft) { d.Channels = []string{"pigeon"} }},
			{"record.alone_one", "/form/forms", func(d *Draft) { d.Form = &odm.Version{} }},
			{"record.alone_text", "/form/items/1/question/zh-CN", func(d *Draft) { d.Form = pollForm(); delete(d.Form.Items[1].Question, "zh-CN") }},
			{"record.alone_text", "/form/codeLists/0/items/1/decode/en", func(d *Draft) { d.Form = pollForm(); d.Form.CodeLists[0].Items[1].Decode["en"] = "" }},
			{"record.alone_type", "/form/items/0/dataType", func(d *Draft) { d.Form = pollForm(); d.Form.Items[0].DataType = "picture" }},
			{"record.alone_dangling", "/form", func(d *Draft) { d.Form = pollForm(); d.Form.Items[2].CodeList = "CL.NONE" }},
			{"record.alone_rule", "", func(d *Draft) {
				d.Form = pollForm()
				d.Form.Items[1].Checks = []odm.RangeCheck{{Expressions: []odm.Expression{{Context: "casebook", Code: "STOCK <"}}}}
			}},
		} {
			d := letterTo(auth.Investigator)
			c.spoil(&d)
			_, err := h.s.Send(h.as("pm"), htn, d)
			h.refused(err, c.code, c.place)
		}
		if n := h.exec(`UPDATE notice SET state = state WHERE study_id = $1`, htn); n != 0 {
			t.Errorf("%d notices were made of what was refused", n)
		}
	})
}

func TestANoticeThatIsSentTwiceUnderOneIDIsSentOnce(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		d := letterTo(auth.Investigator)
		d.ID, d.Form = "protocol-3", pollForm()
		first := h.send(d)
		d.Form = pollForm()
		again := h.send(d)
		if first.ID != again.ID || !first.Created.Equal(again.Created) {
			t.Errorf("sent at %s and at %s", first.Created, again.Created)
		}
		if n := h.exec(`UPDATE notice_recipient SET role = role WHERE study_id = $1`, htn); n != 4 {
			t.Errorf("%d recipients, want 4", n)
		}
		d.Kind = Safety
		_, err := h.s.Send(h.as("pm"), htn, d)
		h.refused(err, "notice.id_taken", "/id")
	})
}

// crowd puts many coordinators at site 01, by SQL, since they have no other part to play.
func (h *house) crowd(n int) {
	h.must(h.db.Update(h.Context(), func(tx *store.Tx) error {
		for i := range n {
			user := fmt.Sprintf("many%05d", i)
			if _, err := tx.Exec(h.Context(), `INSERT INTO auth_person(user_id, name, name_zh, locale, password, active, created) VALUES($1,$1,'','en','',1,0)`, user); err != nil {
				return err
			}
			if _, err := tx.Exec(h.Context(), `INSERT INTO auth_grant(user_id, study_id, site_id, role) VALUES($1,$2,'01','coordinator')`, user, htn); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestAProcessThatDiesWhileItSendsLeavesTheRestToTheNext(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		h.crowd(2*batch + 100)
		n := h.send(letterTo(auth.Coordinator))
		if n.Addressed != batch || n.State != Sending {
			t.Fatalf("%d addressed, %s: want one batch", n.Addressed, n.State)
		}
		h.s = h.service() // the first one is gone, with what it had in memory
		h.run(h.s.Run)
		h.until(func() bool { return h.matrix(n.ID).State == Sent })
		if m := h.matrix(n.ID); m.Total.Recipients != n.Targets || m.Addressed != n.Targets || n.Targets != 2*batch+104 {
			t.Errorf("%d recipients of %d, %d addressed", m.Total.Recipients, n.Targets, m.Addressed)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

// until waits for something that another goroutine does.
func (h *house) until(done func() bool) {
	h.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.Fatal("it did not happen within 20 s")
		}
	}
}

func TestCancellationStopsTheRestAtOnce(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		h.crowd(2 * batch)
		_, err := h.s.SetReach(h.as("pm"), htn, Reach{User: "crc01", Channel: "mail", Address: "crc01@example.org"})
		h.must(err)
		d := letterTo(auth.Coordinator)
		d.Channels, d.Ack = []string{"mail"}, Plain
		n := h.send(d)
		if _, err := h.s.Inbox(h.as("crc01"), htn); err != nil { // who has it by now keeps it, crossed out
			t.Fatal(err)
		}
		h.must(h.s.Cancel(h.as("pm"), htn, n.ID, "wrong version"))
		h.work()
		if m := h.matrix(n.ID); m.State != Cancelled || m.Addressed != batch {
			t.Errorf("%d addressed, %s", m.Addressed, m.State)
		}
		for _, m := range h.leaves() {
			if m.State != outbox.Cancelled {
				t.Errorf("the mail to %s is %s", m.To, m.State)
			}
		}
		if len(h.leaves()) != 1 {
			t.Errorf("%d mails, want 1", len(h.leaves()))
		}
		if all, err := h.s.Inbox(h.as("crc02"), htn); err != nil || len(all) != 0 {
			t.Errorf("who had not seen it sees %d, %v", len(all), err)
		}
		all, err := h.s.Inbox(h.as("crc01"), htn)
		h.must(err)
		if len(all) != 1 || all[0].state(noon) != "cancelled" || all[0].Notice.Reason != "wrong version" {
			t.Errorf("who had seen it sees %+v", all)
		}
		_, err = h.s.Acknowledge(h.as("crc01"), htn, n.ID, "01", nil)
		h.refused(err, "notice.cancelled", "")
		h.refused(h.s.Cancel(h.as("pm"), htn, n.ID, "again"), "notice.cancelled", "")
		_, err = h.s.Remind(h.as("pm"), htn, n.ID)
		h.refused(err, "notice.over", "")
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}
