package channel_test

import (
	"context"
	"io"
	"io/fs"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/outbox"
	"casebook/outbox/channel"
	"casebook/store"
	"casebook/store/storetest"

	"github.com/emersion/go-smtp"
)

// counter is an SMTP server that takes every mail and says when it has them all.
type counter struct {
	n    atomic.Int64
	want int64
	all  chan struct{}
}

func (c *counter) NewSession(*smtp.Conn) (smtp.Session, error) { return c, nil }
func (c *counter) Mail(string, *smtp.MailOptions) error        { return nil }
func (c *counter) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (c *counter) Reset()                                      {}
func (c *counter) Logout() error                               { return nil }
func (c *counter) Data(from io.Reader) error {
	if _, err := io.Copy(io.Discard, from); err != nil {
		return err
	}
	if c.n.Add(1) == c.want {
		close(c.all)
	}
	return nil
}

// BenchmarkMailAtItsRate hands 1,100 mails to a real SMTP server over the channel as it is configured, at 100 a second, and reports the
// rate at which they came as a share of the configured one. A second's worth may begin at once, so the rate is that of the rest.
func BenchmarkMailAtItsRate(b *testing.B) {
	const rate, n = 100, 1100
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			dsn := "sqlite:" + b.TempDir() + "/casebook.db"
			if engine == "postgres" {
				server, err := storetest.Start()
				if err != nil {
					b.Skip(err)
				}
				dsn = server
			}
			must := func(err error) {
				b.Helper()
				if err != nil {
					b.Fatal(err)
				}
			}
			db, err := store.Open(b.Context(), dsn, store.Options{World: casebook.Outside(), Migrations: []fs.FS{outbox.Migrations}})
			must(err)
			defer db.Close()
			for b.Loop() {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				must(err)
				c := &counter{want: n, all: make(chan struct{})}
				s := smtp.NewServer(c)
				s.Domain = "localhost"
				served := make(chan struct{})
				go func() { defer close(served); _ = s.Serve(ln) }()
				file, err := channel.ParseConfig([]byte(`{"mail":"smtp+plain://` + ln.Addr().String() + `?from=casebook@example.org&rate=` + strconv.Itoa(rate) + `"}`))
				must(err)
				channels, err := file.Channels(casebook.Outside())
				must(err)
				box := outbox.New(db, outbox.Options{Channels: channels})
				all := make([]outbox.Message, n)
				for i := range all {
					domain := strconv.Itoa(i%200) + ".example.org"
					all[i] = outbox.Message{Channel: "mail", Lane: domain, To: "site@" + domain, Title: "A notice waits for you", Body: "Please sign in.", Campaign: "rate"}
				}
				study := casebook.StudyID(db.World().NewID())
				must(db.Update(b.Context(), func(tx *store.Tx) error { _, err := box.Put(b.Context(), tx, study, all...); return err }))
				ctx, cancel := context.WithCancel(b.Context())
				ended := make(chan struct{})
				begun := time.Now()
				go func() { defer close(ended); _ = box.Run(ctx) }()
				<-c.all
				took := time.Since(begun).Seconds()
				cancel()
				<-ended
				must(s.Close())
				ln.Close()
				<-served
				b.ReportMetric((n-rate)/took/rate, "of-rate")
				b.ReportMetric(took, "s")
			}
		})
	}
}
