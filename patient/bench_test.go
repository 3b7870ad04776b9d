package patient_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"casebook"
	"casebook/patient"
	"casebook/web"
)

// BenchmarkHop is a call from one of our processes to another, there and back: of one subject, which is a call of the usual size, and of
// a list, without TLS and with it on both sides. Both sides are in this process; its own processor's time is told, since waiting costs nobody anything.
func BenchmarkHop(b *testing.B) {
	defer slog.SetLogLoggerLevel(slog.SetLogLoggerLevel(slog.LevelWarn)) // without a line for each call
	for _, n := range []int{1, 20, 160} {
		hop := func(b *testing.B, start func(*httptest.Server), wire *http.Transport) {
			page := patient.Page{Subjects: make([]patient.Subject, n)}
			for i := range page.Subjects {
				page.Subjects[i] = patient.Subject{ID: casebook.SubjectID(fmt.Sprintf("03-%03d", i)), Site: "03", Status: patient.Enrolled,
					StatusAt: time.Unix(1780000000+int64(i)*7919, 0).UTC(), EnrolledAt: time.Unix(1770000000+int64(i)*6577, 0).UTC(), Consent: 2}
			}
			peers, err := web.NewPeers(casebook.Outside(), bytes.Repeat([]byte{7}, 32))
			if err != nil {
				b.Fatal(err)
			}
			mux := http.NewServeMux()
			web.Serve(mux, "/casebook.patient/InTrial", func(context.Context, *patient.Query) (*patient.Page, error) { return &page, nil })
			server := httptest.NewUnstartedServer((&web.Door{World: casebook.Outside(), Peers: peers}).Wrap(mux))
			start(server)
			defer server.Close()
			defer wire.CloseIdleConnections()
			call := web.Caller[patient.Query, patient.Page](web.NewPeer(peers.Client(wire), server.URL), "/casebook.patient/InTrial")
			ctx := casebook.WithActor(b.Context(), casebook.Actor{User: "chenrui", Role: "monitor", Location: "03"})
			b.ReportAllocs()
			before := spent(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if got, err := call(ctx, &patient.Query{AllSites: true}); err != nil || len(got.Subjects) != n {
						b.Errorf("%v", err)
					}
				}
			})
			b.ReportMetric(float64((spent(b)-before).Microseconds())/float64(b.N), "µs-of-processor/op")
		}
		b.Run(fmt.Sprintf("%d subjects", n), func(b *testing.B) {
			hop(b, (*httptest.Server).Start, &http.Transport{MaxIdleConnsPerHost: 64})
		})
		b.Run(fmt.Sprintf("%d subjects, TLS", n), func(b *testing.B) {
			wire := &http.Transport{MaxIdleConnsPerHost: 64}
			hop(b, func(s *httptest.Server) {
				s.TLS = &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAnyClientCert}
				s.StartTLS()
				roots := x509.NewCertPool()
				roots.AddCert(s.Certificate())
				wire.TLSClientConfig = &tls.Config{RootCAs: roots, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &s.TLS.Certificates[0], nil }}
			}, wire)
		})
	}
}

// spent is the processor's time that this process has had.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
