package channel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"casebook/outbox"

	"github.com/go-json-experiment/json"
)

// maxAnswer bounds what is read of an answer: enough for a code, no more.
const maxAnswer = 4 << 10

// post sends body and returns the status and the beginning of the answer. An error says that there was none.
func post(ctx context.Context, client *http.Client, url string, header http.Header, body []byte) (status int, answer string, h http.Header, err error) {
	return exchange(ctx, client, http.MethodPost, url, header, body)
}

func exchange(ctx context.Context, client *http.Client, method, url string, header http.Header, body []byte) (status int, answer string, h http.Header, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", nil, outbox.Refuse(errors.New("the address cannot be read"))
	}
	r.Header = header
	r.Header.Set("User-Agent", "casebook")
	resp, err := client.Do(r)
	if err != nil {
		if errors.Is(err, ErrForbiddenAddress) {
			return 0, "", nil, outbox.Refuse(ErrForbiddenAddress)
		}
		return 0, "", nil, withoutURL(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if !utf8.Valid(text) {
		text = []byte(strings.ToValidUTF8(string(text), "\uFFFD"))
	}
	return resp.StatusCode, strings.ReplaceAll(string(text), "\x00", ""), resp.Header, err
}

// withoutURL takes the address off an error: a robot's address is its password, and errors go to logs.
func withoutURL(err error) error {
	type wrapper interface{ Unwrap() error }
	if w, ok := err.(wrapper); ok && strings.Contains(err.Error(), "://") {
		return w.Unwrap()
	}
	return err
}

// judge sorts the statuses of HTTP: taken, never, later, or try again.
func judge(status int, h http.Header, now time.Time) error {
	failure := fmt.Errorf("HTTP %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && h.Get("Retry-After") != "":
		return outbox.Later(failure, retryAfter(h, now))
	}
	return failure
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3), within a minute and an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text, wait := h.Get("Retry-After"), time.Minute
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, time.Second), time.Hour)
}

// SMS hands text messages to a gateway over HTTP: a POST of {"id", "to", "text"}, where a gateway that gets one id twice
// sends once. Providers differ in how they sign; a bridge of a page translates.
type SMS struct {
	Client *http.Client
	URL    string
	Bearer string // for the header Authorization; "" for none
	Now    func() time.Time
}

// Send hands over one message.
func (s SMS) Send(ctx context.Context, m outbox.Message) (string, error) {
	body, err := json.Marshal(map[string]string{"id": m.ID, "to": m.To, "text": plain(m)}, json.Deterministic(true))
	if err != nil {
		return "", outbox.Refuse(err)
	}
	h := http.Header{"Content-Type": {"application/json"}}
	if s.Bearer != "" {
		h.Set("Authorization", "Bearer "+s.Bearer)
	}
	status, answer, header, err := post(ctx, s.Client, s.URL, h, body)
	if err != nil {
		return "", err
	}
	if status == http.StatusBadRequest || status == http.StatusUnprocessableEntity { // this number, this text
		return answer, outbox.Refuse(fmt.Errorf("HTTP %d", status))
	}
	return fmt.Sprintf("HTTP %d %s", status, answer), judge(status, header, s.Now())
}

// plain is a message as one text.
func plain(m outbox.Message) string {
	var parts []string
	for _, p := range [...]string{m.Title, m.Body, m.Link} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "\n")
}
