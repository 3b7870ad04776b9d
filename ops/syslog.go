package ops

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"casebook"
)

// The bounds of a Syslog: lines that wait for a receiver that is slow or away, and the pauses between two attempts to reach it.
const (
	syslogLines   = 8192
	syslogTimeout = 10 * time.Second
	syslogPause   = time.Second
)

// Syslog sends the lines of the log to another system as they are written: RFC 5424, over TLS (RFC 5425). What that system has taken
// cannot be altered from here. A receiver that is slow or away costs lines and nothing else: they wait in a bounded queue, and how many did not
// fit is told when it is back.
type Syslog struct {
	world   casebook.World
	address string
	config  *tls.Config
	head    string // of each message, after its severity and time
	lines   chan []byte
	lost    atomic.Int64
}

// NewSyslog returns what sends lines to address, tls://HOST:PORT, and believes those whom roots know; nil are the machine's own. Error: Invalid
// ops.syslog.
func NewSyslog(world casebook.World, address string, roots *x509.CertPool) (*Syslog, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "tls" || u.Hostname() == "" || u.Port() == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return nil, casebook.Fail(casebook.Invalid, "ops.syslog", address)
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "-"
	}
	return &Syslog{world: world, address: u.Host, config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: u.Hostname()},
		head: fmt.Sprintf(" %s casebook %d - - ", host, os.Getpid()), lines: make(chan []byte, syslogLines)}, nil
}

// Handler writes records as names and values for the receiver, from level on.
func (s *Syslog) Handler(level slog.Leveler) slog.Handler {
	return slog.NewTextHandler(queue{s}, &slog.HandlerOptions{Level: level})
}

// queue takes one line with each Write, as a TextHandler does. It never waits.
type queue struct{ s *Syslog }

func (q queue) Write(line []byte) (int, error) {
	select {
	case q.s.lines <- q.s.message(bytes.TrimSuffix(line, []byte("\n"))):
	default:
		q.s.lost.Add(1)
	}
	return len(line), nil
}

// severities are those of RFC 5424, table 2, for the levels in a line. What a TextHandler writes begins with the time and the level.
var severities = []struct {
	level    []byte
	severity int
}{{[]byte(" level=DEBUG "), 7}, {[]byte(" level=INFO "), 6}, {[]byte(" level=WARN "), 4}, {[]byte(" level=ERROR "), 3}}

// facility is "security/authorization messages" (RFC 5424, table 1).
const facility = 10

// message is a line in the frame of RFC 5425: its length, and the message of RFC 5424.
func (s *Syslog) message(line []byte) []byte {
	severity := 5
	for _, l := range severities {
		if bytes.Contains(line[:min(len(line), 64)], l.level) {
			severity = l.severity
		}
	}
	message := fmt.Appendf(nil, "<%d>1 %s%s", facility*8+severity, s.world.Now().UTC().Format("2006-01-02T15:04:05.000000Z"), s.head)
	message = append(message, line...)
	return append(fmt.Appendf(nil, "%d ", len(message)), message...)
}

// Run sends until ctx ends, and then what is left while the receiver takes it.
func (s *Syslog) Run(ctx context.Context) error {
	var line []byte // taken, and not yet sent
	for {
		conn, err := s.dial(ctx)
		if err == nil {
			line, err = s.send(ctx, conn, line)
			if closed := conn.Close(); err == nil {
				err = closed
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		fmt.Fprintf(os.Stderr, "level=WARN msg=%q error=%q\n", "lines wait: the receiver of the log is away", err) // the log itself would wait with them
		select {
		case <-ctx.Done():
		case <-time.After(syslogPause):
		}
	}
}

func (s *Syslog) dial(ctx context.Context) (net.Conn, error) {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: syslogTimeout}, Config: s.config}
	return d.DialContext(ctx, "tcp", s.address)
}

// send hands lines over, the first of all one that an earlier connection did not take. It returns one that this did not.
func (s *Syslog) send(ctx context.Context, conn net.Conn, line []byte) (unsent []byte, err error) {
	gone := make(chan struct{}) // a receiver says nothing; reading ends when it leaves
	go func() { defer close(gone); _, _ = io.Copy(io.Discard, conn) }()
	defer func() { _ = conn.SetReadDeadline(time.Unix(1, 0)); <-gone }()
	put := func(text []byte) error {
		if err := conn.SetWriteDeadline(s.world.Now().Add(syslogTimeout)); err != nil {
			return err
		}
		_, err := conn.Write(text)
		return err
	}
	if n := s.lost.Swap(0); n > 0 {
		if err := put(s.message(fmt.Appendf(nil, "level=WARN msg=%q lines=%d", "lines of the log were lost while this receiver was away", n))); err != nil {
			s.lost.Add(n)
			return line, err
		}
	}
	for {
		if line == nil {
			select {
			case line = <-s.lines:
			case <-gone:
				return nil, io.ErrUnexpectedEOF
			case <-ctx.Done():
				select {
				case line = <-s.lines:
				default:
					return nil, nil
				}
			}
		}
		if err := put(line); err != nil {
			return line, err
		}
		line = nil
	}
}
