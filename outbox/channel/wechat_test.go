package channel_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/outbox/channel"

	"github.com/go-json-experiment/json"
)

// account is an official account's server: it gives out tokens, and takes messages with the last of them.
type account struct {
	mu       sync.Mutex
	tokens   int // given out
	valid    string
	forced   int
	messages []map[string]any
	answer   string // to a message with the right token; "" is that it was taken
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var in map[string]any
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &in)
	switch r.URL.Path {
	case "/cgi-bin/stable_token":
		if in["appid"] != "wx1" || in["secret"] != "s+cret" {
			fmt.Fprint(w, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
			return
		}
		if in["force_refresh"] == true {
			a.forced++
		}
		a.tokens++
		a.valid = fmt.Sprintf("token/%d", a.tokens)
		fmt.Fprintf(w, `{"access_token":%q,"expires_in":7200}`, a.valid)
	case "/cgi-bin/message/template/send":
		if r.URL.Query().Get("access_token") != a.valid {
			fmt.Fprint(w, `{"errcode":42001,"errmsg":"access_token expired"}`)
			return
		}
		if a.answer != "" {
			fmt.Fprint(w, a.answer)
			return
		}
		a.messages = append(a.messages, in)
		fmt.Fprint(w, `{"errcode":0,"errmsg":"ok","msgid":200228332}`)
	case "/sns/oauth2/access_token":
		if r.URL.Query().Get("code") != "c1" {
			fmt.Fprint(w, `{"errcode":40029,"errmsg":"invalid code"}`)
			return
		}
		fmt.Fprint(w, `{"access_token":"of the person","openid":"oABC_1-x"}`)
	}
}

func followers(t *testing.T) (*account, *channel.WeChat, *casebook.Clock) {
	a := &account{}
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	clock := casebook.NewClock(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	return a, &channel.WeChat{Client: client(t, loopback), World: casebook.World{Now: clock.Now}, Base: s.URL, AppID: "wx1", Secret: "s+cret", Template: "T1", Title: "thing1", Body: "thing4"}, clock
}

func TestATemplateMessageReachesAFollower(t *testing.T) {
	t.Parallel()
	a, wechat, clock := followers(t)
	m := letter
	m.To, m.Body = "oABC_1-x", strings.Repeat("很", 25)
	send := func() error {
		t.Helper()
		_, err := wechat.Send(t.Context(), m)
		return err
	}
	if err := send(); err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(a.messages[0], json.Deterministic(true))
	want := `{"client_msg_id":"0199id","data":{"thing1":{"value":"有一条通知"},"thing4":{"value":"` + strings.Repeat("很", 19) + `…"}},"template_id":"T1","touser":"oABC_1-x","url":"https://example.org/n/1"}`
	if string(got) != want {
		t.Errorf("the message is %s, want %s", got, want)
	}
	clock.Add(time.Hour)
	if err := send(); err != nil || a.tokens != 1 {
		t.Errorf("within its time a token is used again: %d were given, %v", a.tokens, err)
	}
	clock.Add(56 * time.Minute)
	if err := send(); err != nil || a.tokens != 2 || a.forced != 0 {
		t.Errorf("shortly before its end a token is renewed: %d were given, %v", a.tokens, err)
	}
	a.valid = "token of somebody else" // it ended before its time
	if err := send(); err != nil || a.tokens != 3 || a.forced != 1 || len(a.messages) != 4 {
		t.Errorf("a refused token is renewed once: %d were given, %d by force, %v", a.tokens, a.forced, err)
	}
}

func TestManyMessagesAtOnceAskForOneToken(t *testing.T) {
	t.Parallel()
	a, wechat, _ := followers(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := wechat.Send(t.Context(), letter); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if a.tokens != 1 || len(a.messages) != 8 {
		t.Errorf("%d tokens for %d messages", a.tokens, len(a.messages))
	}
}

func TestWhatTheOfficialAccountAnswersIsSorted(t *testing.T) {
	t.Parallel()
	a, wechat, _ := followers(t)
	for code, want := range map[int]string{-1: "again", 40003: "refused", 43004: "refused", 43101: "refused", 47003: "refused", 45009: "later", 45011: "later", 40037: "again", 48001: "again", 42001: "again"} {
		a.answer = fmt.Sprintf(`{"errcode":%d,"errmsg":"m"}`, code)
		answer, err := wechat.Send(t.Context(), letter)
		if kind(err) != want || answer != fmt.Sprintf("errcode %d m", code) {
			t.Errorf("%d is %s (%q), want %s", code, kind(err), answer, want)
		}
	}
	a.answer = "<html>"
	if _, err := wechat.Send(t.Context(), letter); kind(err) != "again" {
		t.Errorf("what cannot be read: %v", err)
	}
	wrong := &channel.WeChat{Client: wechat.Client, World: wechat.World, Base: wechat.Base, AppID: "wx1", Secret: "guessed"}
	if _, err := wrong.Send(t.Context(), letter); kind(err) != "again" || strings.Contains(err.Error(), "guessed") || !strings.Contains(err.Error(), "40125") {
		t.Errorf("a wrong secret: %v", err)
	}
}

func TestAPersonIsKnownByTheCodeOfTheSignIn(t *testing.T) {
	t.Parallel()
	_, wechat, _ := followers(t)
	if id, err := wechat.Identify(t.Context(), "c1"); err != nil || id != "oABC_1-x" {
		t.Errorf("%q, %v", id, err)
	}
	if id, err := wechat.Identify(t.Context(), "c2"); err == nil || id != "" {
		t.Errorf("a code that was not given: %q", id)
	}
}

func TestTheFileOfChannelsNamesTheOfficialAccount(t *testing.T) {
	t.Parallel()
	c, err := channel.ParseConfig([]byte(`{"wechat":{"appid":"wx1","secret":"` + base64.StdEncoding.EncodeToString([]byte("s")) + `","template":"T1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Channels(casebook.Outside())
	if err != nil || len(all) != 1 || all[0].Name != "wechat" || all[0].Sender.(*channel.WeChat).Body != "thing2" {
		t.Errorf("%+v, %v", all, err)
	}
}
