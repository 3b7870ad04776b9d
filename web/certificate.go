package web

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"time"

	"casebook"
)

// Certificate is a TLS certificate with its key, in two files that may be exchanged while the process runs: the next connection is
// shown the new one.
type Certificate struct {
	cert, key string

	mu    sync.Mutex
	pair  *tls.Certificate
	taken [2]time.Time // when the files were written that the pair was read from
}

// ReadCertificate reads a certificate, with those between it and its authority, and its key, both PEM. It fails as Invalid where they
// cannot be read or do not belong together.
func ReadCertificate(cert, key string) (*Certificate, error) {
	c := &Certificate{cert: cert, key: key}
	written, err := c.written()
	if err != nil {
		return nil, err
	}
	return c, c.read(written)
}

// written says when the two files were written.
func (c *Certificate) written() (at [2]time.Time, err error) {
	for i, file := range [...]string{c.cert, c.key} {
		info, err := os.Stat(file)
		if err != nil {
			return at, casebook.Fail(casebook.Invalid, "tls.certificate", err.Error()).At(file)
		}
		at[i] = info.ModTime()
	}
	return at, nil
}

func (c *Certificate) read(written [2]time.Time) error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return casebook.Fail(casebook.Invalid, "tls.certificate", err.Error()).At(c.cert)
	}
	c.pair, c.taken = &pair, written
	return nil
}

// current is the pair as the files have it now. While they do not fit, as between the writing of one and of the other, it is the pair of before.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	written, err := c.written()
	if err == nil && written != c.taken {
		if err = c.read(written); err == nil {
			slog.Info("the certificate was exchanged", "file", c.cert, "until", c.pair.Leaf.NotAfter)
		}
	}
	if err != nil {
		slog.Warn("the certificate of before goes on", "file", c.cert, "until", c.pair.Leaf.NotAfter, "error", err)
	}
	return c.pair
}

// Public fails as Invalid unless the certificate is one that everybody trusts, by the authorities that this machine knows.
func (c *Certificate) Public() error {
	between := x509.NewCertPool()
	pair := c.current()
	for _, der := range pair.Certificate[1:] {
		if one, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(one)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Intermediates: between}); err != nil {
		return casebook.Fail(casebook.Invalid, "tls.private", err.Error()).At(c.cert)
	}
	return nil
}

// Outside is how a listener speaks TLS with everybody: 1.2 and later, HTTP/2 where the other side knows it.
func (c *Certificate) Outside() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil }}
}

// Among is how our own processes speak TLS with one another, whoever calls: 1.3, each showing a certificate of the installation's own
// authority, and none other's is believed.
func (c *Certificate) Among(authority *x509.CertPool) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authority, ClientCAs: authority, ClientAuth: tls.RequireAndVerifyClientCert,
		GetCertificate:       func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.current(), nil }}
}

// ReadAuthority reads the certificates of an authority, PEM: two while one takes the other's place. It fails as Invalid where there is none.
func ReadAuthority(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "tls.authority", err.Error()).At(file)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, casebook.Fail(casebook.Invalid, "tls.authority", "no certificate").At(file)
	}
	return pool, nil
}
