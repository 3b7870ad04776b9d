package notice

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/outbox"
	"casebook/settings"
)

func (h *house) reach(user casebook.UserID, site casebook.SiteID, channel, address string) Reach {
	h.Helper()
	r, err := h.s.SetReach(h.as("pm"), htn, Reach{User: user, Site: site, Channel: channel, Address: address})
	h.must(err)
	return r
}

// mails are the addresses to which something leaves by mail.
func (h *house) mails() (to []string) {
	h.Helper()
	for _, m := range h.leaves() {
		if m.Channel == "mail" {
			to = append(to, m.To)
		}
	}
	slices.Sort(to)
	return to
}

func TestThoseMissingAreRemindedAndNobodyElse(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		for _, user := range []casebook.UserID{"inv01", "inv02"} {
			h.reach(user, "", "mail", string(user)+"@example.org")
		}
		d := letterTo(auth.Investigator)
		d.Ack, d.Remind, d.Channels, d.Closes = Plain, 24, []string{"mail"}, noon.Add(90*time.Hour)
		n := h.send(d)
		_, err := h.s.Acknowledge(h.as("inv01"), htn, n.ID, "01", nil)
		h.must(err)
		for day := range 6 { // the fourth reminder would come after the end
			h.clock.Set(noon.Add(time.Duration(day) * 24 * time.Hour))
			h.work()
			h.work() // and is made once
		}
		if got := h.mails(); !slices.Equal(got, []string{"inv01@example.org", "inv02@example.org", "inv02@example.org", "inv02@example.org", "inv02@example.org"}) {
			t.Errorf("mails to %q", got)
		}
		if m := h.matrix(n.ID); m.Reminders != 4 || m.Total.Missing != 3 { // the last one found the notice closed
			t.Errorf("%d reminders, %d missing", m.Reminders, m.Total.Missing)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestSomebodyRemindsByHand(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(Plain)
		reminded, err := h.s.Remind(h.as("pm"), htn, n.ID)
		h.must(err)
		if all, err := h.s.Inbox(h.as("inv02"), htn); err != nil || reminded != 4 || all[0].Recipient.Reminded != 1 {
			t.Errorf("%d reminded, %v", reminded, err)
		}
	})
}

func TestADeadlineThatPassesIsToldToTheNamedRoleOnce(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		d := letterTo(auth.Investigator)
		d.Ack, d.Deadline, d.Escalate = Plain, noon.Add(24*time.Hour), auth.Coordinator
		d.Kind, d.Channels = Safety, []string{"mail"} // it is night in London when the deadline passes
		for _, user := range []casebook.UserID{"crc01", "crc03", "crc04"} {
			h.reach(user, "", "mail", string(user)+"@example.org")
		}
		post := &postbox{taken: make(chan string, 100)}
		h.box.Add(outbox.Channel{Name: "mail", Sender: post})
		h.run(h.box.Run)
		calm := d // the control: nobody is named, so nobody is told
		calm.Escalate = ""
		h.send(calm)
		n := h.send(d)
		for _, site := range []casebook.SiteID{"01", "02"} {
			_, err := h.s.Acknowledge(h.as("inv"+casebook.UserID(site)), htn, n.ID, site, nil)
			h.must(err)
		}
		h.work()
		if all, _ := h.s.Inbox(h.as("crc03"), htn); len(all) != 0 {
			t.Fatal("it is told before the deadline")
		}
		h.clock.Set(d.Deadline)
		h.work()
		h.work()
		post.want(t, "crc03@example.org", "crc04@example.org")
		for user, want := range map[casebook.UserID]int{"crc01": 0, "crc02": 0, "crc03": 1, "crc04": 1} {
			all, err := h.s.Inbox(h.as(user), htn)
			h.must(err)
			if len(all) != want {
				t.Errorf("%s has %d, want %d", user, len(all), want)
			} else if want == 1 && (all[0].Notice.Parent != n.ID || !strings.Contains(all[0].Body, "2")) {
				t.Errorf("%s reads %q", user, all[0].Body)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestWhileSomeAreMissingOneRoleAfterTheOtherIsTold(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		d := letterTo(auth.Investigator)
		d.Ack, d.Deadline, d.Remind, d.Escalate, d.Then = Plain, noon.Add(24*time.Hour), 12, auth.Coordinator, []auth.Role{auth.DataManager, auth.ProjectManager}
		waiting, answered := h.send(d), h.send(d)
		one := d // the control: it stops at the first who is named
		one.Then = nil
		h.send(one)
		told := func(after time.Duration, coordinators, dataManager, projectManager int) {
			t.Helper()
			h.clock.Set(d.Deadline.Add(after))
			h.work()
			for user, want := range map[casebook.UserID]int{"crc01": coordinators, "dm": dataManager, "pm": projectManager} {
				all, err := h.s.Inbox(h.as(user), htn)
				h.must(err)
				if len(all) != want {
					t.Errorf("%v after the deadline %s has %d notices, want %d", after, user, len(all), want)
				}
			}
		}
		told(-time.Hour, 0, 0, 0)
		told(0, 3, 0, 0)
		told(11*time.Hour, 3, 0, 0)
		for _, site := range []casebook.SiteID{"01", "02", "03", "04"} {
			_, err := h.s.Acknowledge(h.as("inv"+casebook.UserID(site)), htn, answered.ID, site, nil)
			h.must(err)
		}
		told(12*time.Hour, 3, 1, 0)
		told(23*time.Hour, 3, 1, 0)
		told(80*time.Hour, 3, 1, 1) // a server that stood still goes on with the next, once
		told(800*time.Hour, 3, 1, 1)
		if all, err := h.s.Inbox(h.as("pm"), htn); err != nil || all[0].Notice.Parent != waiting.ID {
			t.Errorf("the project manager is told of %+v, %v", all, err)
		}
		h.must(h.s.Cancel(h.as("pm"), htn, waiting.ID, "over"))
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestAnEscalationThatGoesNowhereIsRefused(t *testing.T) {
	t.Parallel()
	h := alone(t)
	for place, then := range map[string][]auth.Role{"/then": {auth.Monitor, auth.DataManager, auth.ProjectManager, auth.Investigator}, "/then/0": {auth.Coordinator},
		"/then/1": {auth.Monitor, auth.Monitor}, "/then/2": {auth.Monitor, auth.DataManager, "nurse"}} {
		d := letterTo(auth.Investigator)
		d.Deadline, d.Escalate, d.Then = noon.Add(24*time.Hour), auth.Coordinator, then
		_, err := h.s.Send(h.as("pm"), htn, d)
		h.refused(err, map[bool]string{true: "notice.then", false: "notice.role"}[place == "/then"], place)
	}
	d := letterTo(auth.Investigator)
	d.Deadline, d.Then = noon.Add(24*time.Hour), []auth.Role{auth.Monitor}
	_, err := h.s.Send(h.as("pm"), htn, d)
	h.refused(err, "notice.then", "/then")
}

// postbox is a relay that takes everything.
type postbox struct{ taken chan string }

func (p *postbox) Send(_ context.Context, m outbox.Message) (string, error) {
	p.taken <- m.To
	return "taken", nil
}

// want waits for as many mails as are named, and wants them to be these.
func (p *postbox) want(t testing.TB, want ...string) {
	t.Helper()
	var got []string
	for range want {
		select {
		case to := <-p.taken:
			got = append(got, to)
		case <-time.After(20 * time.Second):
			t.Fatalf("mails to %q, want %q", got, want)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) || len(p.taken) > 0 {
		t.Errorf("mails to %q and %d more, want %q", got, len(p.taken), want)
	}
}

func TestNothingLeavesThatTellsWhatTheNoticeSays(t *testing.T) {
	t.Parallel()
	h := alone(t)
	h.set("notice.address", settings.Place{}, "https://casebook.example.org")
	h.reach("inv01", "", "mail", "inv01@example.org")
	secret := h.reach("", "01", EndpointChannel, "https://site01.example.org/notices").Secret
	h.reach("", "01", "wecom", "site01")
	d := letterTo(auth.Investigator, auth.Coordinator)
	d.Channels = []string{"mail", EndpointChannel, "wecom", "sms"}
	d.Variables[0] = Variable{"version", "text", map[string]string{"": "subject S-0042 died"}}
	n := h.send(d)
	all := h.leaves()
	if len(all) != 3 { // a site's own once, however many people it has
		t.Fatalf("%d messages leave, want 3", len(all))
	}
	for _, m := range all {
		said := m.Title + m.Body + m.Link
		if strings.Contains(said, "S-0042") || strings.Contains(said, "protocol") || strings.Contains(said, "方案") {
			t.Errorf("%s tells: %q", m.Channel, said)
		}
		if m.Link != "https://casebook.example.org/s/HTN-24/inbox/"+n.ID {
			t.Errorf("%s links to %q", m.Channel, m.Link)
		}
	}
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("the endpoint's secret is %q", secret)
	}
}

func TestQuietHoursHolidaysAndTheDigestHoldUpOrdinaryNoticesOnly(t *testing.T) {
	t.Parallel()
	h := alone(t)
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	h.must(err)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, shanghai) }
	h.set("notice.holidays", settings.Place{Study: htn, Country: "CN"}, "2026-03-06 2026-03-07")
	h.set("notice.holidays", settings.Place{Study: htn, Country: "GB"}, "2026-03-04 2026-03-05") // no days off elsewhere
	h.set("notice.digest", settings.Place{Study: htn, Site: "02"}, "true")
	for _, user := range []casebook.UserID{"inv01", "inv02"} {
		h.reach(user, "", "mail", string(user)+"@example.org")
	}
	dues := func(kind Kind, now time.Time) (due [2]time.Time) {
		h.clock.Set(now)
		d := letterTo(auth.Investigator)
		d.Kind, d.Channels, d.Audience.Sites = kind, []string{"mail"}, []casebook.SiteID{"01", "02"}
		n := h.send(d)
		for _, m := range h.leaves() {
			if m.Campaign == campaign(n.ID) || m.Campaign == "" && m.Created.Equal(now.UTC()) {
				due[m.To[4]-'1'] = m.Due.In(shanghai)
			}
		}
		return due
	}
	for _, c := range []struct {
		kind          Kind
		now, one, two time.Time // two is the digest's
	}{
		{Normal, at(4, 12, 0), at(4, 12, 0), at(5, 8, 0)},
		{Normal, at(4, 13, 0), at(4, 13, 0), time.Time{}}, // it is in the digest already
		{Normal, at(4, 21, 0), at(5, 8, 0), time.Time{}},
		{Normal, at(5, 3, 0), at(5, 8, 0), time.Time{}},
		{Safety, at(5, 3, 1), at(5, 3, 1), at(5, 3, 1)},
		{Normal, at(5, 22, 0), at(8, 8, 0), at(8, 8, 0)}, // over two holidays
		{Safety, at(6, 9, 0), at(6, 9, 0), at(6, 9, 0)},
	} {
		got := dues(c.kind, c.now)
		if !got[0].Equal(c.one) || !got[1].Equal(c.two) {
			t.Errorf("%s at %s leaves at %s and %s, want %s and %s", c.kind, c.now, got[0], got[1], c.one, c.two)
		}
	}
}

func TestWhereSomebodyIsReachedIsCheckedAndGone(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		for _, r := range []Reach{
			{User: "inv01", Channel: "mail", Address: "not an address"}, {User: "inv01", Channel: "mail", Address: "a@example.org\nBcc: b@example.org"},
			{Site: "01", Channel: "mail", Address: "a@example.org"}, {User: "inv01", Channel: EndpointChannel, Address: "https://example.org"},
			{Site: "01", Channel: EndpointChannel, Address: "file:///etc/passwd"}, {Site: "01", Channel: EndpointChannel, Address: "https://user:word@example.org"},
			{User: "inv01", Channel: "pigeon", Address: "loft 3"}, {Channel: "mail", Address: "a@example.org"},
		} {
			_, err := h.s.SetReach(h.as("pm"), htn, r)
			if casebook.KindOf(err) != casebook.Unprocessable {
				t.Errorf("%+v: %v", r, err)
			}
		}
		h.reach("inv01", "", "mail", "inv01@example.org")
		h.reach("inv01", "", "mail", "")
		d := letterTo(auth.Investigator)
		d.Channels = []string{"mail"}
		h.send(d)
		if all := h.leaves(); len(all) != 0 {
			t.Errorf("%d messages leave to addresses that are gone", len(all))
		}
	})
}
