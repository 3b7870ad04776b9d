package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

// conn is one HTTP/1.1 connection that is kept alive (RFC 9112). It reads as little of an answer as the visitor needs
// and reuses its buffers: net/http's client would take as much of the machine as the server under test.
type conn struct {
	dial func(context.Context) (net.Conn, error)
	c    net.Conn
	r    *bufio.Reader
	stop func() bool // lets go of ctx
	a    answer
}

// answer is what came back. It is valid until the next request on the same connection.
type answer struct {
	status     int
	replay     bool // Idempotent-Replay: true
	retryAfter time.Duration
	etag       string
	cookie     string // the first cookie that is set, name=value
	body       []byte
	size       int64 // bytes on the wire, headers included

	length  int64 // of the body; -1 unknown
	chunked bool
	closing bool
}

var errMalformed = errors.New("load: the answer is not HTTP/1.1")

// maxAnswer bounds an answer's body, in bytes.
const maxAnswer = 64 << 20

// do sends one request and reads its answer before the deadline. After an error the next call connects anew.
func (c *conn) do(ctx context.Context, text []byte, deadline time.Time) (*answer, error) {
	a, err := c.exchange(ctx, text, deadline)
	if err != nil || a.closing {
		c.close()
	}
	return a, err
}

func (c *conn) exchange(ctx context.Context, text []byte, deadline time.Time) (*answer, error) {
	c.a.reset()
	if err := c.connect(ctx, deadline); err != nil {
		return &c.a, err
	}
	if err := c.c.SetDeadline(deadline); err != nil {
		return &c.a, err
	}
	if _, err := c.c.Write(text); err != nil {
		return &c.a, err
	}
	if err := c.head(); err != nil {
		return &c.a, err
	}
	return &c.a, c.content()
}

func (c *conn) connect(ctx context.Context, deadline time.Time) (err error) {
	if c.c != nil {
		return nil
	}
	ctx2, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if c.c, err = c.dial(ctx2); err != nil {
		c.c = nil
		return err
	}
	open := c.c
	c.stop = context.AfterFunc(ctx, func() { open.Close() })
	if c.r == nil {
		c.r = bufio.NewReaderSize(nil, 8<<10)
	}
	c.r.Reset(c.c)
	return nil
}

func (c *conn) close() {
	if c.c != nil {
		c.stop()
		c.c.Close()
		c.c = nil
	}
}

func (a *answer) reset() { *a = answer{body: a.body[:0], length: -1} }

// head reads the status line and the fields.
func (c *conn) head() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !ok || len(rest) < 3 {
		return errMalformed
	}
	if c.a.status, err = strconv.Atoi(string(rest[:3])); err != nil || c.a.status < 200 {
		return errMalformed
	}
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return errMalformed
		}
		if err := c.a.field(name, bytes.TrimSpace(value)); err != nil {
			return err
		}
	}
}

// line reads one line without its end.
func (c *conn) line() ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	c.a.size += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, errMalformed
	}
	return bytes.TrimRight(line, "\r\n"), err
}

func (a *answer) field(name, value []byte) (err error) {
	switch {
	case is(name, "Content-Length"):
		if a.length, err = strconv.ParseInt(string(value), 10, 64); err != nil || a.length < 0 || a.length > maxAnswer {
			return errMalformed
		}
	case is(name, "Transfer-Encoding"):
		a.chunked = is(value, "chunked")
	case is(name, "Connection"):
		a.closing = is(value, "close")
	case is(name, "Idempotent-Replay"):
		a.replay = is(value, "true")
	case is(name, "Retry-After"):
		seconds, _ := strconv.Atoi(string(value)) // the form with a date is not waited for
		a.retryAfter = time.Duration(seconds) * time.Second
	case is(name, "ETag"):
		a.etag = string(value)
	case is(name, "Set-Cookie") && a.cookie == "":
		pair, _, _ := bytes.Cut(value, []byte(";"))
		a.cookie = string(pair)
	}
	return nil
}

func is(b []byte, name string) bool {
	return len(b) == len(name) && bytes.EqualFold(b, []byte(name))
}

// content reads the body.
func (c *conn) content() error {
	a := &c.a
	switch {
	case a.status == http.StatusNoContent || a.status == http.StatusNotModified:
		return nil
	case a.chunked:
		return c.chunks()
	case a.length < 0:
		return errMalformed // would end with the connection: a server of ours says where it ends
	}
	return c.part(a.length)
}

// part appends n bytes to the body.
func (c *conn) part(n int64) error {
	a := &c.a
	if int64(len(a.body))+n > maxAnswer {
		return errMalformed
	}
	from := len(a.body)
	a.body = append(a.body, make([]byte, n)...) // the compiler makes no second slice of this
	read, err := io.ReadFull(c.r, a.body[from:])
	a.size += int64(read)
	return err
}

// chunks reads a body in chunks, RFC 9112 section 7.1.
func (c *conn) chunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseInt(string(size), 16, 64)
		if err != nil || n < 0 {
			return errMalformed
		}
		if n > 0 {
			if err := c.part(n); err != nil {
				return err
			}
		}
		end, err := c.line() // after a chunk nothing, after the last one trailers and then nothing
		for ; n == 0 && err == nil && len(end) > 0; end, err = c.line() {
		}
		switch {
		case err != nil:
			return err
		case len(end) > 0:
			return errMalformed
		case n == 0:
			return nil
		}
	}
}

// failureOf names why there was no answer, in a few words that can be counted.
func failureOf(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "cut"
	case errors.Is(err, errMalformed):
		return "malformed"
	}
	return "other"
}
