// Package clamd has bytes looked at by a scanner for malware that speaks the protocol of ClamAV's daemon. It refuses to judge by
// itself: a scanner that does not say that bytes are good has not said so.
package clamd

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"time"

	"casebook"
)

// Scanner is a daemon. Each call is a connection of its own, and ends with its context.
type Scanner struct {
	Patience time.Duration // of one call; 30 s

	network, address string
}

const (
	chunkSize  = 64 << 10
	answerSize = 1 << 10
)

// New returns the scanner at an address: HOST:PORT, or unix:PATH. Error: Invalid document.scanner_address.
func New(address string) (*Scanner, error) {
	s := &Scanner{Patience: 30 * time.Second, network: "tcp", address: address}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		s.network, s.address = "unix", path
		if path != "" {
			return s, nil
		}
	} else if host, port, err := net.SplitHostPort(address); err == nil && host != "" && port != "" {
		return s, nil
	}
	return nil, casebook.Fail(casebook.Invalid, "document.scanner_address", address)
}

// Scan sends content (INSTREAM in clamd(8)) and returns the name of what was found in it, "" when it is good. Error: Busy
// document.scanner_down when nobody judged it, whatever the reason.
func (s *Scanner) Scan(ctx context.Context, content []byte) (found string, err error) {
	bounded, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	answer, err := s.ask(bounded, content)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	said := strings.TrimPrefix(strings.TrimRight(answer, "\x00\r\n"), "stream: ")
	if name, is := strings.CutSuffix(said, " FOUND"); is && err == nil {
		return name, nil
	}
	if err != nil || said != "OK" {
		return "", casebook.Fail(casebook.Busy, "document.scanner_down").Wrap(unjudged{said, err})
	}
	return "", nil
}

// unjudged says in the log why nobody judged the bytes.
type unjudged struct {
	said string
	err  error
}

func (u unjudged) Error() string {
	if u.err != nil {
		return u.err.Error()
	}
	return "the scanner said: " + u.said
}

func (u unjudged) Unwrap() error { return u.err }

func (s *Scanner) ask(ctx context.Context, content []byte) (string, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	out := bytes.NewBufferString("zINSTREAM\x00") // z: lines end with NUL
	for len(content) > 0 {
		n := min(len(content), chunkSize)
		out.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
		out.Write(content[:n])
		if _, err := out.WriteTo(conn); err != nil {
			break // the scanner has heard enough, and says why
		}
		content = content[n:]
	}
	if len(content) == 0 {
		_, _ = conn.Write(make([]byte, 4)) // the end; if it does not arrive there is no answer
	}
	answer, err := io.ReadAll(io.LimitReader(conn, answerSize))
	if len(answer) > 0 {
		err = nil
	}
	return string(answer), err
}
