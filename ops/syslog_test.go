package ops

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"casebook"
)

// collector is a receiver of RFC 5425 that keeps what it was told.
type collector struct {
	net.Listener
	roots *x509.CertPool
}

func receives(t *testing.T) *collector {
	t.Helper()
	lent := httptest.NewTLSServer(nil) // its certificate is good for 127.0.0.1
	defer lent.Close()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: lent.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	c := &collector{ln, x509.NewCertPool()}
	c.roots.AddCert(lent.Certificate())
	return c
}

// one reads a frame.
func one(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	length, err := r.ReadString(' ')
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, " "))
	if err != nil {
		t.Fatal(err)
	}
	message := make([]byte, n)
	if _, err := io.ReadFull(r, message); err != nil {
		t.Fatal(err)
	}
	return string(message)
}

var refusal = regexp.MustCompile(`^<84>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ casebook \d+ - - time=\S+ level=WARN msg=refused user="lin\\nlevel=INFO" n=(\d+)$`)

func TestTheLogReachesAnotherSystemAndOutlivesItsAbsence(t *testing.T) {
	t.Parallel()
	c := receives(t)
	s, err := NewSyslog(casebook.Outside(), "tls://"+c.Addr().String(), c.roots)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(s.Handler(slog.LevelInfo))
	say := func(n int) { log.Warn("refused", "user", "lin\nlevel=INFO", "n", n) }
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	accept := func() (net.Conn, *bufio.Reader) {
		t.Helper()
		conn, err := c.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return conn, bufio.NewReader(conn)
	}
	say(1)
	log.Debug("not of this level")
	conn, r := accept()
	if got := refusal.FindStringSubmatch(one(t, r)); got == nil || got[1] != "1" {
		t.Errorf("the first line came as %q", got)
	}
	conn.Close() // and while it is away more lines than fit
	for s.lost.Load() == 0 {
		say(2)
	}
	conn, r = accept()
	defer conn.Close()
	var told bool
	for range 3 { // one may have been on its way when the connection ended
		told = told || strings.Contains(one(t, r), "lines of the log were lost")
	}
	if !told {
		t.Error("nobody was told that lines were lost")
	}
	drained := make(chan int)
	go func() { // until the sender says goodbye
		n, _ := io.Copy(io.Discard, r)
		drained <- int(n)
	}()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := <-drained; n < 100*(syslogLines-8) {
		t.Errorf("%d bytes of the lines that waited arrived", n)
	}
}

func TestTheLogIsToldToNobodyElse(t *testing.T) {
	t.Parallel()
	c := receives(t)
	s, err := NewSyslog(casebook.Outside(), "tls://"+c.Addr().String(), nil) // of an authority that this machine does not know
	if err != nil {
		t.Fatal(err)
	}
	slog.New(s.Handler(slog.LevelInfo)).Info("who is where")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	conn, err := c.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(conn); err == nil || len(said) > 0 {
		t.Errorf("it was told %q, %v", said, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, address := range []string{"", "udp://log:514", "tcp://log:514", "tls://log", "tls://log:6514/x", "tls://u:p@log:6514"} {
		if _, err := NewSyslog(casebook.Outside(), address, nil); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}
