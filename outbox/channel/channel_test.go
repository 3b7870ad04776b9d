package channel_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/outbox"
	"casebook/outbox/channel"

	"github.com/SherClockHolmes/webpush-go"
	"github.com/emersion/go-smtp"
	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	loopback = channel.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	letter   = outbox.Message{Study: "HTN-24", ID: "0199-id", Lane: "hook", To: "ops", Title: "有一条通知", Body: "Please sign in.", Link: "https://example.org/n/1", Attempt: 1,
		Expires: time.Now().Add(time.Hour)}
)

// server answers every call with status and text, and keeps the last one.
type server struct {
	*httptest.Server
	status int
	text   string
	header http.Header
	query  url.Values
	body   []byte
	answer http.Header
}

func serve(t *testing.T, status int, text string) *server {
	s := &server{status: status, text: text, answer: http.Header{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.header, s.query = r.Header.Clone(), r.URL.Query()
		s.body, _ = io.ReadAll(r.Body)
		for k, v := range s.answer {
			w.Header()[k] = v
		}
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.text)
	}))
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, g channel.Guard) *http.Client {
	c := g.HTTP()
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// kind tells what an error means to the outbox, through the box's own eyes.
func kind(err error) string {
	switch {
	case err == nil:
		return "taken"
	case strings.HasPrefix(fmt.Sprintf("%T", err), "outbox.refused"):
		return "refused"
	case strings.HasPrefix(fmt.Sprintf("%T", err), "outbox.deferred"):
		return "later"
	}
	return "again"
}

func TestTheGuardRefusesWhatIsInside(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{"127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.1.1",
		"192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:1::", "fec0::1"} {
		if (channel.Guard{}).Permits(netip.MustParseAddr(inside)) {
			t.Errorf("%s may be called", inside)
		}
	}
	for _, outside := range []string{"1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"} {
		if !(channel.Guard{}).Permits(netip.MustParseAddr(outside)) {
			t.Errorf("%s may not be called", outside)
		}
	}
	if !loopback.Permits(netip.MustParseAddr("127.0.0.1")) || loopback.Permits(netip.MustParseAddr("10.0.0.1")) {
		t.Error("what is allowed reaches too little or too far")
	}
}

// The name is resolved once, by the dialler itself, and the address that it then dials is judged: a name that leads
// inside (localhost here) is refused however it is written, and there is no second look-up to answer differently.
func TestANameThatLeadsInsideIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, 200, "")
	port := s.Listener.Addr().(*net.TCPAddr).Port
	for _, host := range []string{"localhost", "127.0.0.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"} {
		_, err := channel.Webhook{Client: client(t, channel.Guard{}), World: casebook.Outside(), Find: fixed("http://" + host + ":" + strconv.Itoa(port))}.Send(t.Context(), letter)
		if err == nil || s.body != nil {
			t.Errorf("%s was called", host)
		}
		if (host == "localhost" || host == "127.0.0.1") && (!errors.Is(err, channel.ErrForbiddenAddress) || kind(err) != "refused") {
			t.Errorf("%s: %v", host, err)
		}
	}
	// The control: what is allowed is called by the same way.
	if _, err := (channel.Webhook{Client: client(t, loopback), World: casebook.Outside(), Find: fixed(s.URL)}).Send(t.Context(), letter); err != nil || s.body == nil {
		t.Errorf("the allowed address: %v", err)
	}
}

// An installation may name where webhooks go; every other name is refused before anybody looks it up.
func TestOnlyNamedHostsAreCalledWhereTheInstallationNamesThem(t *testing.T) {
	t.Parallel()
	c, err := channel.ParseConfig([]byte(`{"hosts":["localhost","*.Example.org"],"allow":["127.0.0.0/8","::1/128"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for host, named := range map[string]bool{"localhost": true, "LOCALHOST.": true, "hooks.example.org": true, "a.b.example.org": true,
		"example.org": false, "badexample.org": false, "hooks.example.org.evil.test": false, "127.0.0.1": false, "": false} {
		if (channel.Guard{Hosts: c.Hosts}).Names(host) != named {
			t.Errorf("%q may be called: %v", host, !named)
		}
	}
	s := serve(t, 200, "")
	port := strconv.Itoa(s.Listener.Addr().(*net.TCPAddr).Port)
	client := c.HTTP()
	t.Cleanup(client.CloseIdleConnections)
	if _, err := (channel.Webhook{Client: client, World: casebook.Outside(), Find: fixed("http://127.0.0.1:" + port)}).Send(t.Context(), letter); !errors.Is(err, channel.ErrForbiddenAddress) || kind(err) != "refused" || s.body != nil {
		t.Errorf("a host that is not named: %v", err)
	}
	if _, err := (channel.Webhook{Client: client, World: casebook.Outside(), Find: fixed("http://localhost:" + port)}).Send(t.Context(), letter); err != nil || s.body == nil {
		t.Errorf("the control, one that is: %v", err)
	}
	for _, bad := range []string{"https://hooks.example.org", "*", "*.", "hooks.example.org:443", "ho*.example.org", ""} {
		if _, err := channel.ParseConfig([]byte(`{"hosts":[` + quote(bad) + `]}`)); err == nil {
			t.Errorf("%q was taken for a name", bad)
		}
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	inner := serve(t, 200, "")
	s := serve(t, 302, "")
	s.answer.Set("Location", inner.URL)
	_, err := channel.Webhook{Client: client(t, loopback), World: casebook.Outside(), Find: fixed(s.URL)}.Send(t.Context(), letter)
	if inner.body != nil || inner.header != nil || kind(err) != "again" {
		t.Errorf("followed, or %v", err)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func fixed(url string, secrets ...string) func(context.Context, casebook.StudyID, string) (channel.Endpoint, error) {
	if secrets == nil {
		secrets = []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	}
	return func(context.Context, casebook.StudyID, string) (channel.Endpoint, error) {
		return channel.Endpoint{URL: url, Secrets: secrets}, nil
	}
}

// The other side verifies with the library of the specification's authors, with either secret of a rotation.
func TestAWebhookIsVerifiedByTheSpecificationsOwnLibrary(t *testing.T) {
	t.Parallel()
	s := serve(t, 204, "")
	old, young := "whsec_"+base64.StdEncoding.EncodeToString([]byte("the secret of last year, 32 bytes")), "whsec_"+base64.StdEncoding.EncodeToString([]byte("the secret of this year, 32 bytes"))
	m := letter
	m.Body = `{"type":"record.item.saved","data":{"index":7}}`
	if _, err := (channel.Webhook{Client: client(t, loopback), World: casebook.Outside(), Find: fixed(s.URL, young, old)}).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{old, young} {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.Verify(s.body, s.header); err != nil {
			t.Errorf("with %s: %v", secret, err)
		}
		if err := hook.Verify(append(s.body, ' '), s.header); err == nil {
			t.Error("the control: an altered body was accepted")
		}
	}
	if got := s.header.Get("webhook-id"); got != m.ID {
		t.Errorf("webhook-id %q", got)
	}
}

func TestStatusesOfHTTPAreSorted(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{200: "taken", 202: "taken", 400: "again", 404: "again", 410: "refused", 429: "later", 500: "again", 503: "again"} {
		s := serve(t, status, "")
		_, err := channel.Webhook{Client: client(t, loopback), World: casebook.Outside(), Find: fixed(s.URL)}.Send(t.Context(), letter)
		if got := kind(err); got != want {
			t.Errorf("HTTP %d is %s, want %s", status, got, want)
		}
	}
}

func TestRobotsAreSpokenToAsTheirMakersSay(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	world := casebook.World{Now: func() time.Time { return at }, Rand: rand.Reader}
	text := "有一条通知\nPlease sign in.\nhttps://example.org/n/1"
	for _, c := range []struct {
		brand channel.Brand
		good  string
		later string
		bad   string
		body  string
		query url.Values
	}{
		{channel.WeCom, `{"errcode":0,"errmsg":"ok"}`, `{"errcode":45009}`, `{"errcode":40058}`,
			`{"msgtype":"text","text":{"content":` + quote(text) + `}}`, url.Values{"key": {"k"}}},
		// The signatures were computed apart, with Python's hmac.
		{channel.DingTalk, `{"errcode":0}`, `{"errcode":130101}`, `{"errcode":430101}`, `{"msgtype":"text","text":{"content":` + quote(text) + `}}`,
			url.Values{"key": {"k"}, "timestamp": {"1772424000000"}, "sign": {"s9+A/YlOpEjPOItiSYhl4fYnX+xXv2cZ9GIGUQTgq08="}}},
		{channel.Feishu, `{"code":0,"msg":"success"}`, `{"code":11232}`, `{"code":19024}`,
			`{"content":{"text":` + quote(text) + `},"msg_type":"text","sign":"FEISHU","timestamp":"1772424000"}`, url.Values{"key": {"k"}}},
	} {
		s := serve(t, 200, c.good)
		robots := channel.Robots{Client: client(t, loopback), World: world, Brand: c.brand, Named: map[string]channel.Robot{"ops": {URL: s.URL + "/send?key=k", Secret: "SEC123"}}}
		if _, err := robots.Send(t.Context(), letter); err != nil {
			t.Errorf("%s: %v", c.body, err)
		}
		if want := strings.Replace(c.body, "FEISHU", "Aiirr+thp3QnFCGHVPcQqVXgICQMSio/I0BPH+hF8pI=", 1); string(s.body) != want {
			t.Errorf("the body is %s, want %s", s.body, want)
		}
		if s.query.Encode() != c.query.Encode() {
			t.Errorf("the query is %s, want %s", s.query.Encode(), c.query.Encode())
		}
		for answer, want := range map[string]string{c.later: "later", c.bad: "refused", `{"errcode":-1,"code":-1}`: "again", `<html>`: "again"} {
			s.text = answer
			if _, err := robots.Send(t.Context(), letter); kind(err) != want {
				t.Errorf("%s is %s, want %s", answer, kind(err), want)
			}
		}
		m := letter
		m.To = "nobody"
		if _, err := robots.Send(t.Context(), m); kind(err) != "refused" {
			t.Errorf("an unknown robot: %v", err)
		}
	}
}

// A robot's address is its password, so no error may show it.
func TestAnErrorDoesNotShowTheAddress(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	ln.Close()
	robots := channel.Robots{Client: client(t, loopback), World: casebook.Outside(), Brand: channel.WeCom, Named: map[string]channel.Robot{"ops": {URL: "http://" + address + "/send?key=hidden"}}}
	if _, err := robots.Send(t.Context(), letter); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v", err)
	}
}

func TestATextMessageIsHandedToTheGateway(t *testing.T) {
	t.Parallel()
	s := serve(t, 200, "queued")
	m := letter
	m.To, m.Title = "+8613800000000", ""
	sms := channel.SMS{Client: client(t, loopback), URL: s.URL, Bearer: "b", Now: time.Now}
	if _, err := sms.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"0199-id","text":"Please sign in.\nhttps://example.org/n/1","to":"+8613800000000"}`; string(s.body) != want || s.header.Get("Authorization") != "Bearer b" {
		t.Errorf("%s, %v", s.body, s.header)
	}
	s.status = 400
	if _, err := sms.Send(t.Context(), m); kind(err) != "refused" {
		t.Errorf("a number that does not exist: %v", err)
	}
}

// The browser's half of RFC 8291, to read what was pushed.
func TestAPushCanBeReadByTheBrowserAlone(t *testing.T) {
	t.Parallel()
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret := make([]byte, 16)
	_, _ = rand.Read(secret)
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, 201, "")
	b64 := base64.RawURLEncoding.EncodeToString
	to, _ := json.Marshal(map[string]any{"endpoint": s.URL, "keys": map[string]string{"p256dh": b64(browser.PublicKey().Bytes()), "auth": b64(secret)}})
	m := letter
	m.To = string(to)
	push := channel.Push{Client: client(t, loopback), World: casebook.Outside(), Contact: "ops@example.org", Public: public, Private: private}
	if _, err := push.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(s.body), "sign in") || !strings.HasPrefix(s.header.Get("Authorization"), "vapid t=") {
		t.Errorf("the push goes open, or unsigned: %v", s.header)
	}
	var got map[string]string
	if err := json.Unmarshal(open(t, browser, secret, s.body), &got); err != nil || got["body"] != letter.Body || got["id"] != letter.ID {
		t.Errorf("the browser reads %v, %v", got, err)
	}
	s.status = 410
	if _, err := push.Send(t.Context(), m); kind(err) != "refused" {
		t.Errorf("a browser that is gone: %v", err)
	}
}

func open(t *testing.T, browser *ecdh.PrivateKey, secret, body []byte) []byte {
	t.Helper()
	salt, server := body[:16], body[21:21+int(body[20])]
	key, err := ecdh.P256().NewPublicKey(server)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := browser.ECDH(key)
	if err != nil {
		t.Fatal(err)
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		k, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	ikm := derive(shared, secret, "WebPush: info\x00"+string(browser.PublicKey().Bytes())+string(server), 32)
	block, _ := aes.NewCipher(derive(ikm, salt, "Content-Encoding: aes128gcm\x00", 16))
	gcm, _ := cipher.NewGCM(block)
	text, err := gcm.Open(nil, derive(ikm, salt, "Content-Encoding: nonce\x00", 12), body[21+int(body[20]):], nil)
	if err != nil {
		t.Fatal(err)
	}
	return text[:strings.LastIndexByte(strings.TrimRight(string(text), "\x00"), 2)]
}

// relay is an SMTP server in this process.
type relay struct {
	refuse  *smtp.SMTPError
	from    string
	to      []string
	message string
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) { return r, nil }
func (r *relay) Mail(from string, _ *smtp.MailOptions) error { r.from = from; return nil }
func (r *relay) Rcpt(to string, _ *smtp.RcptOptions) error {
	if r.refuse != nil {
		return r.refuse
	}
	r.to = append(r.to, to)
	return nil
}
func (r *relay) Data(from io.Reader) error {
	b, err := io.ReadAll(from)
	r.message = string(b)
	return err
}
func (r *relay) Reset()        {}
func (r *relay) Logout() error { return nil }

func (r *relay) start(t *testing.T) channel.Mail {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(r)
	s.Domain = "localhost"
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(ln) }()
	t.Cleanup(func() { s.Close(); ln.Close(); <-ended }) // the listener too: Serve may not have begun
	m, err := channel.ParseMail("smtp+plain://" + ln.Addr().String() + "?from=casebook@example.org")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMailIsHandedToTheRelay(t *testing.T) {
	t.Parallel()
	r := &relay{}
	m := letter
	m.To = "chenrui@example.org"
	if _, err := r.start(t).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if r.from != "casebook@example.org" || len(r.to) != 1 || r.to[0] != m.To {
		t.Errorf("from %q to %q", r.from, r.to)
	}
	for _, want := range []string{"Message-ID: <0199-id@casebook>", "Auto-Submitted: auto-generated", "Please sign in.", "https://example.org/n/1", "Subject: =?UTF-8?"} {
		if !strings.Contains(r.message, want) {
			t.Errorf("the mail lacks %q:\n%s", want, r.message)
		}
	}
}

func TestAMailboxThatDoesNotExistIsRefusedAndAFullOneIsNot(t *testing.T) {
	t.Parallel()
	m := letter
	m.To = "nobody@example.org"
	for code, want := range map[int]string{550: "refused", 452: "again"} {
		r := &relay{refuse: &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no"}}
		if _, err := r.start(t).Send(t.Context(), m); kind(err) != want {
			t.Errorf("SMTP %d: %v, want %s", code, err, want)
		}
	}
	m.To = "not an address"
	if _, err := (&relay{}).start(t).Send(t.Context(), m); kind(err) != "refused" {
		t.Errorf("no address at all: %v", err)
	}
}

// A header cannot be smuggled in through a title.
func TestATitleCannotBringAHeader(t *testing.T) {
	t.Parallel()
	r := &relay{}
	m := letter
	m.To, m.Title = "chenrui@example.org", "Hello\r\nBcc: everybody@example.org"
	if _, err := r.start(t).Send(t.Context(), m); err == nil && (len(r.to) != 1 || strings.Contains(r.message, "\nBcc:")) {
		t.Errorf("to %q:\n%s", r.to, r.message)
	}
}

// A relay that says nothing is left at the deadline.
func TestASilentRelayIsLeftAtTheDeadline(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	left := make(chan error, 1)
	go func() { // it takes the call, says nothing, and notices when the other side hangs up
		conn, err := ln.Accept()
		if err == nil {
			_, err = io.Copy(io.Discard, conn)
			conn.Close()
		}
		left <- err
	}()
	m, err := channel.ParseMail("smtp+plain://" + ln.Addr().String() + "?from=a@example.org")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	l := letter
	l.To = "a@example.org"
	if _, err := m.Send(ctx, l); !errors.Is(err, context.DeadlineExceeded) || kind(err) != "again" {
		t.Errorf("%v", err)
	}
	<-left
}

func TestTheFileOfChannelsIsReadStrictly(t *testing.T) {
	t.Parallel()
	c, err := channel.ParseConfig([]byte(`{"mail": "smtp://u:p@relay.example.org:465?from=a@example.org", "allow": ["10.1.0.0/16"],
		"wecom": {"ops": {"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k"}}, "sms": {"url": "https://sms.example.org"}, "push": {"private": "x"}}`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Channels(casebook.Outside())
	if err != nil || len(all) != 4 {
		t.Errorf("%d channels, %v", len(all), err)
	}
	if !c.Guard().Permits(netip.MustParseAddr("10.1.2.3")) || c.Guard().Permits(netip.MustParseAddr("10.2.2.3")) {
		t.Error("the allowed network is another")
	}
	for _, bad := range []string{`{"mial": ""}`, `{"allow": ["10.0.0.1"]}`, `[]`, `{"mail": 1}`} {
		if _, err := channel.ParseConfig([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
	if _, err := (channel.Config{Mail: "relay.example.org"}).Channels(casebook.Outside()); err == nil {
		t.Error("a relay without an address was taken")
	}
}

func TestARelayIsGivenAsManyMailsAsItsAddressSays(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]float64{"": 20, "&rate=0.5": 0.5, "&rate=100": 100, "&rate=0": 0, "&rate=-1": 0, "&rate=NaN": 0, "&rate=1e9": 0, "&rate=fast": 0} {
		m, err := channel.ParseMail("smtp://relay.example.org?from=a@example.org" + address)
		if (err == nil) != (want > 0) || err == nil && m.Rate != want {
			t.Errorf("%q: %v, %v; want %v", address, m.Rate, err, want)
		}
	}
}
