package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"casebook/web"
)

// signs writes a certificate of this number into the two files, which were written at a moment of their own.
func signs(t *testing.T, cert, key string, number int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(number), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"ward"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		written := time.Unix(1780000000+number, 0)
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, written, written); err != nil {
			t.Fatal(err)
		}
	}
}

func TestACertificateIsExchangedWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	signs(t, cert, key, 1)
	certificate, err := web.ReadCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = certificate.Outside()
	server.Listener = tls.NewListener(server.Listener, server.TLS)
	server.Start()
	defer server.Close()
	shown := func() int64 {
		t.Helper()
		c, err := tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}) // whose it is is what we look at
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if n := shown(); n != 1 {
		t.Errorf("the first is number %d", n)
	}
	signs(t, cert, key, 2)
	if n := shown(); n != 2 {
		t.Errorf("after the exchange it is number %d", n)
	}
	signs(t, cert, filepath.Join(t.TempDir(), "elsewhere.pem"), 3) // without its key
	if n := shown(); n != 2 {
		t.Errorf("while only one of the files is there it is number %d", n)
	}
	if _, err := web.ReadCertificate(cert, key); err == nil {
		t.Error("a certificate was taken with the key of another")
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if n := shown(); n != 2 {
		t.Errorf("without its key it is number %d", n)
	}
	for _, file := range []string{key, filepath.Dir(key)} {
		if _, err := web.ReadAuthority(file); err == nil {
			t.Errorf("%s was taken as an authority", file)
		}
	}
}
