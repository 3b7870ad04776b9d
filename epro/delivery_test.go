package epro_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/outbox"
	"casebook/store"
	"casebook/store/storetest"
)

// carrier is a channel that takes messages, or does not.
type carrier struct {
	answer string
	fail   error
	sent   chan outbox.Message
}

func (c *carrier) Send(_ context.Context, m outbox.Message) (string, error) {
	c.sent <- m
	return c.answer, c.fail
}

// carry adds a channel that keeps what became of reminders, as the program does.
func (h *house) carry(name string, fail error) *carrier {
	c := &carrier{"answered", fail, make(chan outbox.Message, 100)}
	h.box.Add(outbox.Channel{Name: name, Sender: c, Settled: h.epro.Settled, Address: h.epro.Address})
	return c
}

type ownReach struct {
	Reach        []epro.Reach
	Ways         []string
	Push, WeChat string
}

func (p *phone) reach(body string) (out ownReach, status int) {
	p.h.t.Helper()
	method := "GET"
	if body != "" {
		method = "PUT"
	}
	status = p.h.call(method, "/api/v1/epro/reach", body, &out, "Authorization", "Bearer "+p.token)
	return out, status
}

func TestThePatientChoosesHowToBeReminded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		h.carry("sms", nil)
		h.carry("wechat", nil)
		h.epro.Reminders.Push, h.epro.Reminders.WeChat = "BPublic", "wx1"
		h.epro.Reminders.Identify = func(_ context.Context, code string) (string, error) {
			if code != "c1" {
				return "", errors.New("invalid code")
			}
			return "oABC_1-x", nil
		}
		if got, status := p.reach(""); status != 200 || len(got.Reach) != 0 || strings.Join(got.Ways, " ") != "sms wechat" || got.Push != "BPublic" || got.WeChat != "wx1" {
			t.Errorf("at first: %d %+v", status, got)
		}
		for body, want := range map[string]int{
			`{"channel":"sms","address":"+8613800000001","language":"zh-CN","quiet":{"from":"22:00","to":"07:00"}}`: 200,
			`{"channel":"wechat","address":"code:c1","language":"zh-CN"}`:                                           200,
			`{"channel":"wechat","address":"code:c2","language":"zh-CN"}`:                                           422,
			`{"channel":"wechat","address":"o!"}`:                                                                   422,
			`{"channel":"mail","keep":true}`:                                                                        422, // there is none to keep
		} {
			if _, status := p.reach(body); status != want {
				t.Errorf("%s: %d, want %d", body, status, want)
			}
		}
		// Other hours for the same address, which the server does not tell.
		if _, status := p.reach(`{"channel":"sms","keep":true,"language":"en","quiet":{"from":"21:00","to":"08:00"}}`); status != 200 {
			t.Errorf("other hours: %d", status)
		}
		got, _ := p.reach("")
		if len(got.Reach) != 2 || got.Reach[0].Language != "en" || got.Reach[0].Address != "+8…0001" || got.Reach[1].Channel != "wechat" {
			t.Errorf("chosen are %+v", got.Reach)
		}
		if n := h.count(`SELECT count(*) FROM epro_reach WHERE study_id = $1 AND digest <> '' AND address = '' AND quiet_from = 1260`, demo.ID); n != 1 {
			t.Error("the address was not kept")
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verified: %v", found)
		}
	})
}

// delivered waits until the subject has as many attempts as wanted, and returns what the site is shown.
func (h *house) delivered(subject string, attempts int) (row epro.Reached, reminders []epro.Reminder) {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var one struct{ Reminders []epro.Reminder }
		if status := h.as("lin", "GET", "/subjects/"+subject+"/epro/reach", "", &one); status != 200 {
			h.t.Fatalf("the evidence: %d", status)
		}
		n := 0
		for _, r := range one.Reminders {
			n += len(r.Attempts)
		}
		if n >= attempts {
			var all struct{ Subjects []epro.Reached }
			h.as("lin", "GET", "/epro/reach", "", &all)
			for _, x := range all.Subjects {
				if string(x.Subject) == subject {
					return x, one.Reminders
				}
			}
			h.t.Fatalf("%s is not among %+v", subject, all.Subjects)
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("%s has %d attempts of %d: %+v", subject, n, attempts, one.Reminders)
		}
	}
}

func TestTheSiteSeesWhetherRemindersArrive(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.enrol("03-001")
		h.enrol("03-002")
		h.enrol("04-001")
		h.carry("sms", nil)
		h.carry("mail", outbox.Refuse(errors.New("no such mailbox")))
		h.reach("03-001", `{"channel":"sms","address":"+8613800000001"}`)
		h.reach("03-002", withMail)
		h.send()
		h.at(3, "07:30")
		h.at(3, "08:00")
		row, reminders := h.delivered("03-001", 1)
		if row.Failing || len(row.Delivery) != 1 || row.Delivery[0].Sent != 1 || row.Delivery[0].SentAt.IsZero() || row.Seen.IsZero() {
			t.Errorf("03-001: %+v", row)
		}
		if len(reminders) != 1 || reminders[0].State != outbox.Sent || reminders[0].Window != "2026-03-03T0700" || !reminders[0].Attempts[0].OK || reminders[0].Attempts[0].Answer != "answered" {
			t.Errorf("03-001: %+v", reminders)
		}
		row, reminders = h.delivered("03-002", 1)
		if !row.Failing || row.Delivery[0].Dead != 1 || row.Delivery[0].Failure != "no such mailbox" || reminders[0].State != outbox.Dead {
			t.Errorf("03-002: %+v, %+v", row, reminders)
		}
		var all struct{ Subjects []epro.Reached }
		if h.as("lin", "GET", "/epro/reach", "", &all); len(all.Subjects) != 2 {
			t.Errorf("of another site: %+v", all.Subjects)
		}
		if status := h.as("lin", "GET", "/subjects/04-001/epro/reach", "", nil); status != 404 {
			t.Errorf("another site's patient: %d", status)
		}
	})
}

// Messages that are no reminders are nobody's evidence.
func TestOtherMessagesAreNoEvidence(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
		for i, campaign := range []string{"notice 1", "", "reminder 03-001 F.HBP 2026-03-03T0700"} {
			m := outbox.Message{Study: casebook.StudyID(demo.ID), ID: fmt.Sprint(i), Channel: "mail", Campaign: campaign}
			if err := h.epro.Settled(t.Context(), tx, m, outbox.Outcome{State: outbox.Sent}); err != nil {
				return err
			}
		}
		return nil
	}))
	if n := h.count(`SELECT coalesce(sum(sent), 0) FROM epro_delivery WHERE study_id = $1`, demo.ID); n != 1 {
		t.Errorf("%d reminders were counted", n)
	}
}
