package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// canned is a connection whose other side says what was prepared, and then hangs up.
type canned struct {
	echo
	says io.Reader
}

func (c *canned) Write(b []byte) (int, error) { return len(b), nil }
func (c *canned) Read(b []byte) (int, error)  { return c.says.Read(b) }

func hear(says string) (*answer, error) {
	c := &conn{dial: func(context.Context) (net.Conn, error) { return &canned{says: strings.NewReader(says)}, nil }}
	defer c.close()
	return c.do(context.Background(), nil, time.Time{})
}

func TestAnswersAreRead(t *testing.T) {
	t.Parallel()
	a, err := hear("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nETAG: \"3\"\r\nSet-Cookie: casebook_session=abc; Path=/; HttpOnly\r\n" +
		"Set-Cookie: other=1\r\nIdempotent-Replay: true\r\nRetry-After: 2\r\n\r\nhello")
	if err != nil || a.status != 200 || string(a.body) != "hello" || a.etag != `"3"` || a.cookie != "casebook_session=abc" ||
		!a.replay || a.retryAfter != 2*time.Second {
		t.Errorf("%v %+v", err, a)
	}
	a, err = hear("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n")
	if err != nil || string(a.body) != "hello world" {
		t.Errorf("%v %q", err, a.body)
	}
	if a, err := hear("HTTP/1.1 204 No Content\r\n\r\n"); err != nil || a.status != 204 || len(a.body) != 0 {
		t.Errorf("%v %+v", err, a)
	}
}

func TestBrokenAnswersAreFailures(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]string{
		"":                               "cut",
		"HTTP/1.1 200 OK\r\nContent-Len": "cut",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel":                               "cut",
		"HTTP/1.0 200 OK\r\n\r\n":                                                       "malformed",
		"SSH-2.0-OpenSSH\r\n":                                                           "malformed",
		"HTTP/1.1 2xx OK\r\n\r\n":                                                       "malformed",
		"HTTP/1.1 200 OK\r\n\r\nno end":                                                 "malformed",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n":                                 "malformed",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n":                        "malformed",
		"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n":                                           "malformed",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 9000) + "\r\n\r\n":               "malformed",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n": "malformed",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n":                  "malformed",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel":                 "cut",
	} {
		if a, err := hear(says); err == nil || failureOf(err) != want {
			t.Errorf("%.60q: %v, want %s (%+v)", says, err, want, a)
		}
	}
}

func TestAConnectionIsKeptAndReplacedWhenItBreaks(t *testing.T) {
	t.Parallel()
	dials := 0
	texts := []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na" + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nb",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc",
	}
	c := &conn{dial: func(context.Context) (net.Conn, error) {
		if dials++; dials > len(texts) {
			return nil, errors.New("nobody there")
		}
		return &canned{says: strings.NewReader(texts[dials-1])}, nil
	}}
	var got bytes.Buffer
	for range 3 {
		a, err := c.do(t.Context(), nil, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		got.Write(a.body)
	}
	if got.String() != "abc" || dials != 2 {
		t.Errorf("%q over %d connections", got.String(), dials)
	}
	if _, err := c.do(t.Context(), nil, time.Time{}); err == nil {
		t.Error("a connection that ended still answers")
	}
	if _, err := c.do(t.Context(), nil, time.Time{}); err == nil || dials != 3 {
		t.Errorf("%v after %d dials", err, dials)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(processed)
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
	f.Fuzz(func(t *testing.T, says string) {
		if a, err := hear(says); err == nil && (a.status < 200 || len(a.body) > len(says)) {
			t.Errorf("%q was read as %+v", says, a)
		}
	})
}
