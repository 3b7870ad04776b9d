package epro_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/epro"
	"casebook/outbox"
	"casebook/outbox/channel"
	"casebook/settings"
	"casebook/store"
	"casebook/store/storetest"

	"github.com/SherClockHolmes/webpush-go"
	"github.com/emersion/go-smtp"
	"github.com/go-json-experiment/json"
)

// post is a mail server that keeps what it is given.
type post struct{ letters chan string }

func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &letter{p: p}, nil }

type letter struct {
	p  *post
	to string
}

func (l *letter) Mail(string, *smtp.MailOptions) error      { return nil }
func (l *letter) Rcpt(to string, _ *smtp.RcptOptions) error { l.to = to; return nil }
func (l *letter) Reset()                                    {}
func (l *letter) Logout() error                             { return nil }
func (l *letter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	l.p.letters <- l.to + "\n" + string(text)
	return err
}

// mail starts a mail server and adds the channel to it.
func (h *house) mail() *post {
	p := &post{make(chan string, 100)}
	s := smtp.NewServer(p)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(ln) }()
	h.t.Cleanup(func() { s.Close(); ln.Close(); <-ended })
	relay, err := channel.ParseMail("smtp+plain://" + ln.Addr().String() + "?from=study@example.org")
	h.must(err)
	h.box.Add(outbox.Channel{Name: "mail", Sender: relay, Address: h.epro.Address})
	return p
}

// send runs the outbox until the test ends.
func (h *house) send() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = h.box.Run(ctx) }()
	h.t.Cleanup(func() { cancel(); <-ended })
}

// at sets the clock to a time of a day in March 2026 in Shanghai, and looks for reminders.
func (h *house) at(day int, clock string) {
	h.t.Helper()
	t, err := time.Parse("2006-01-02 15:04 -07:00", fmt.Sprintf("2026-03-%02d %s +08:00", day, clock))
	h.must(err)
	h.clock.Add(t.Sub(h.clock.Now()))
	h.must(h.epro.Remind(h.system()))
}

func (h *house) system() context.Context {
	return casebook.WithActor(h.t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
}

func (h *house) reach(subject, body string) int {
	h.t.Helper()
	return h.as("lin", "PUT", "/subjects/"+subject+"/epro/reach", body, nil)
}

// messages are the study's messages: state, channel and when each is due by the clock in Shanghai.
func (h *house) messages() (all []string) {
	h.t.Helper()
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		return tx.Each(h.t.Context(), func(r *store.Rows) error {
			var state, channel string
			var due int64
			err := r.Scan(&state, &channel, &due)
			all = append(all, state+" "+channel+" "+store.Time(due).In(time.FixedZone("", 8*3600)).Format("02 15:04"))
			return err
		}, `SELECT state, channel, due FROM outbox_message WHERE study_id = $1 ORDER BY due, message_id`, demo.ID)
	}))
	return all
}

const withMail = `{"channel":"mail","address":"wang@example.org","language":"zh-CN"}`

func TestAReminderReallyArrives(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		p := h.enrol("03-001")
		post := h.mail()
		if status := h.reach("03-001", withMail); status != 200 {
			t.Fatalf("the site sets the address: %d", status)
		}
		d, err := h.live.Propose(h.operator(), []settings.Change{{Assignment: settings.Assignment{Key: "epro.address", Value: "https://study.example.org/p/"}}}, "as agreed")
		h.must(err)
		_, err = h.live.Approve(h.system(), d.ID, settings.Trial{}, "")
		h.must(err)
		h.must(h.live.Load(t.Context()))
		h.send()
		h.at(3, "06:30")
		h.at(3, "07:59")
		if all := h.messages(); len(all) != 0 {
			t.Fatalf("before it is due there is %v", all)
		}
		h.at(3, "08:00")
		h.at(3, "08:00")
		h.at(3, "08:30")
		var got string
		select {
		case got = <-post.letters:
		case <-time.After(30 * time.Second):
			t.Fatalf("no letter came; the outbox has %v", h.messages())
		}
		if !strings.HasPrefix(got, "wang@example.org\n") || !strings.Contains(got, "https://study.example.org/p/") || !strings.Contains(got, "=?UTF-8?q?=E6=9C=89=E9=97=AE=E5=8D=B7") {
			t.Errorf("the letter is %s", got)
		}
		for _, secret := range []string{"03-001", "F.HBP", "HTN"} {
			if strings.Contains(got, secret) {
				t.Errorf("the letter names %s:\n%s", secret, got)
			}
		}
		if all := h.messages(); len(all) != 1 {
			t.Errorf("one reminder is %v", all)
		}
		// The evening's: answered before the reminder, so there is none.
		h.at(3, "19:10")
		p.plan()
		if _, status := p.send(p.diary("2026-03-03T1900", "128")); status != 200 {
			t.Fatalf("answered with %d", status)
		}
		h.at(3, "20:00")
		if all := h.messages(); len(all) != 1 {
			t.Errorf("reminded of what was answered: %v", all)
		}
		h.at(4, "08:00") // the control: the next morning it comes again
		if all := h.messages(); len(all) != 2 {
			t.Errorf("the next morning there are %v", all)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verified: %v", found)
		}
	})
}

func TestAPhoneIsPushedThatAskedForIt(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	pushed := make(chan *http.Request, 10)
	service := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { pushed <- r; w.WriteHeader(http.StatusCreated) }))
	t.Cleanup(service.Close)
	private, public, err := webpush.GenerateVAPIDKeys()
	h.must(err)
	h.box.Add(outbox.Channel{Name: "push", Address: h.epro.Address, Sender: channel.Push{Client: service.Client(), World: casebook.Outside(), Contact: "study@example.org", Public: public, Private: private}})
	h.send()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	h.must(err)
	subscription := fmt.Sprintf(`{"endpoint":%q,"keys":{"p256dh":%q,"auth":%q}}`, service.URL+"/s/1",
		base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), base64.RawURLEncoding.EncodeToString(make([]byte, 16)))
	body, err := json.Marshal(map[string]string{"channel": "push", "address": subscription, "language": "en"})
	h.must(err)
	if status := h.call("PUT", "/api/v1/epro/reach", string(body), nil, "Authorization", "Bearer "+p.token); status != 200 {
		t.Fatalf("subscribed with %d", status)
	}
	h.at(3, "07:30")
	h.at(3, "08:00")
	select {
	case r := <-pushed:
		if r.URL.Path != "/s/1" || r.Header.Get("Content-Encoding") != "aes128gcm" || !strings.HasPrefix(r.Header.Get("Authorization"), "vapid ") {
			t.Errorf("pushed %s with %v", r.URL, r.Header)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("nothing was pushed; the outbox has %v", h.messages())
	}
	if status := h.reach("03-001", string(body)); status != 422 {
		t.Errorf("the site subscribes somebody's browser: %d", status)
	}
}

func TestNobodyIsWokenInQuietHours(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	h.enrol("03-001")
	h.enrol("03-002")
	h.reach("03-001", `{"channel":"sms","address":"+8613800000001","quiet":{"from":"22:00","to":"09:15"}}`)
	h.reach("03-002", `{"channel":"sms","address":"+8613800000002","quiet":{"from":"19:00","to":"02:00"}}`) // longer than the evening's window
	h.at(3, "07:30")
	h.at(3, "08:00")
	h.at(3, "19:30")
	h.at(3, "20:00")
	want := []string{"waiting sms 03 08:00", "waiting sms 03 09:15", "waiting sms 03 20:00"} // 03-002 by day, 03-001 when it may, 03-001 in the evening
	if all := h.messages(); !slices.Equal(all, want) {
		t.Errorf("messages %v, want %v", all, want)
	}
}

func TestAnAnswerTakesItsReminderBack(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	p := h.enrol("03-001")
	h.reach("03-001", `{"channel":"sms","address":"+8613800000001","quiet":{"from":"22:00","to":"09:15"}}`)
	h.at(3, "07:30")
	h.at(3, "08:00")
	p.plan()
	h.clock.Add(10 * time.Minute)
	p.send(p.diary("2026-03-03T0700", "128"))
	if all := h.messages(); !slices.Equal(all, []string{"cancelled sms 03 09:15"}) {
		t.Errorf("after the answer there is %v", all)
	}
}

func TestManyProcessesRemindOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.enrol("03-001")
		h.reach("03-001", withMail)
		h.at(3, "07:30")
		h.clock.Add(30 * time.Minute)
		var all sync.WaitGroup
		for range 6 {
			s := h.another()
			all.Go(func() {
				if err := s.Remind(h.system()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(h.messages()); n != 1 {
			t.Errorf("six processes put %d reminders", n)
		}
	})
}

const threeMissed = `{"format":"casebook-schedule/1","name":"Diaries","forms":[{"form":"F.HBP","at":["07:00"],"every":"P1D","window":"PT6H",
	"missed":{"times":3,"text":{"en":"Three diaries in a row are missing: please call.","zh-CN":"连续三次未填日记，请联系受试者。"},"to":"coordinator","within":"PT24H","escalate":"investigator"}}]}`

func TestWhoMissesTooMuchIsCalledByThePhone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		_, err := h.epro.Publish(h.operator(), demo.ID, []byte(threeMissed))
		h.must(err)
		h.at(2, "14:00") // that day's window has closed when the phones come
		h.enrol("03-001")
		diligent := h.enrol("03-002")
		for day := 3; day <= 7; day++ {
			if day == 5 { // two are missing, and then one comes
				h.at(day, "08:00")
				diligent.plan()
				diligent.send(diligent.diary("2026-03-05T0700", "128"))
			}
			h.at(day, "12:59")
			if n := h.count(`SELECT count(*) FROM epro_alert WHERE study_id = $1`, demo.ID); day <= 5 && n != 0 {
				t.Fatalf("on day %d there are %d alerts", day, n)
			}
			h.at(day, "13:00")
		}
		var out struct {
			Alerts []struct {
				Subject, Role, Person, Rule string
				DueAt                       time.Time
			}
		}
		h.as("lin", "GET", "/epro/alerts", "", &out)
		if len(out.Alerts) != 1 || out.Alerts[0].Subject != "03-001" || out.Alerts[0].Person != "lin" || out.Alerts[0].DueAt.UTC().Format("02 15:04") != "06 05:00" {
			t.Errorf("the alerts are %+v", out.Alerts)
		}
		h.at(7, "13:00")
		h.must(h.epro.Escalate(h.system()))
		if n := h.count(`SELECT count(*) FROM epro_alert WHERE study_id = $1 AND escalated_at > 0`, demo.ID); n != 1 {
			t.Errorf("%d alerts were escalated", n)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verified: %v", found)
		}
	})
}

func TestAnAddressThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	h := build(t, storetest.DSN(t, "sqlite"))
	for _, bad := range []string{`{"channel":"fax","address":"1"}`, `{"channel":"mail","address":"Wang <wang@example.org>"}`, `{"channel":"mail","address":"wang"}`,
		`{"channel":"sms","address":"13800000000"}`, `{"channel":"sms","address":"+8613800000000","language":"fr"}`, `{"channel":"sms","address":"+8613800000000","quiet":{"from":"25:00","to":"07:00"}}`} {
		if status := h.reach("03-001", bad); status != 422 && status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
	if status := h.reach("04-001", withMail); status != 404 {
		t.Errorf("another site's patient: %d", status)
	}
	h.reach("03-001", withMail)
	var out struct{ Reach []epro.Reach }
	if h.as("lin", "GET", "/subjects/03-001/epro/reach", "", &out); len(out.Reach) != 1 || out.Reach[0].Address != "" {
		t.Errorf("shown is %+v", out.Reach)
	}
	h.reach("03-001", `{"channel":"mail","address":""}`)
	if n := h.count(`SELECT count(*) FROM epro_reach WHERE study_id = $1`, demo.ID); n != 0 {
		t.Errorf("after its end %d addresses are kept", n)
	}
	if n := h.count(`SELECT count(*) FROM ledger_entry WHERE study_id = $1 AND (new LIKE '%wang@%' OR old LIKE '%wang@%')`, demo.ID); n != 0 {
		t.Errorf("the ledger names the address %d times", n)
	}
}
