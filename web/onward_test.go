package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/web"
)

// between starts a peer and an edge that hands all visits on to it, introducing the visitor; the edge gives each visit limit.
func between(t *testing.T, limit time.Duration, peer web.HandlerFunc) (edge string) {
	t.Helper()
	peers, err := web.NewPeers(casebook.Outside(), []byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	inside := httptest.NewServer((&web.Door{World: casebook.Outside(), Peers: peers}).Wrap(web.Handler(peer)))
	t.Cleanup(inside.Close)
	to := web.NewPeer(peers.Client(&http.Transport{DisableKeepAlives: true}), inside.URL)
	onward := web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, 8)
		return to.Onward(w, r.WithContext(web.Introduce(r.Context(), []byte(`{"user":"chenrui"}`))), "https://casebook.example")
	})
	outside := httptest.NewServer((&web.Door{World: casebook.Outside(), Limit: func(*http.Request) time.Duration { return limit }}).Wrap(onward))
	t.Cleanup(outside.Close)
	return outside.URL
}

func TestAVisitIsHandedOnAsItCame(t *testing.T) {
	t.Parallel()
	edge := between(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		said := strings.Join([]string{r.Method, r.URL.String(), string(body), r.Header.Get("If-Match"), string(web.Introduced(r.Context())), r.Header.Get("X-Forwarded-Proto"), r.Host, r.Header.Get("X-Forwarded-For")}, " ")
		w.Header().Set("Content-Security-Policy", "sandbox")
		return web.JSON(w, http.StatusCreated, said)
	})
	r, err := http.NewRequestWithContext(t.Context(), "PATCH", edge+"/a%2Fb?c=%20d", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("If-Match", `"7"`)
	r.Header.Set("Casebook-Identity", "forged")
	r.Host = "casebook.example"
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	want := `"PATCH /a%2Fb?c=%20d body \"7\" {\"user\":\"chenrui\"} https casebook.example 127.0.0.1"`
	if answer.StatusCode != http.StatusCreated || string(text) != want {
		t.Errorf("answered %d\n%s, want\n%s", answer.StatusCode, text, want)
	}
	for _, once := range []string{"X-Content-Type-Options", "Traceparent", "Content-Security-Policy"} {
		if n := len(answer.Header.Values(once)); n != 1 {
			t.Errorf("%s stands there %d times", once, n)
		}
	}
}

func TestAPeerThatStandsStillIsTakenForAwayInTime(t *testing.T) {
	t.Parallel()
	hold, done := context.WithCancel(t.Context())
	defer done()
	edge := between(t, 250*time.Millisecond, func(w http.ResponseWriter, r *http.Request) error {
		<-hold.Done()
		return nil
	})
	for _, c := range []struct {
		body, code string
		status     int
	}{{"", "request.peer_unreachable", http.StatusServiceUnavailable}, {"too many bytes", "request.too_large", http.StatusRequestEntityTooLarge}} {
		answer, err := http.Post(edge, "text/plain", io.MultiReader(strings.NewReader(c.body))) // of a length that nobody knows
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != c.status || !strings.Contains(string(text), c.code) {
			t.Errorf("%q: %d %s", c.body, answer.StatusCode, text)
		}
	}
}
