package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook/epro"
	"casebook/notice"
	"casebook/platform"

	"github.com/alecthomas/kong"
)

// switches finds whatever could change or end the audit trail: an address that does more than read it, an option, a live
// setting. A review of the trail is an entry more, and changes none; so is a request to correct a patient's answer, and what
// was decided about it.
func switches(addresses, options, settings []string) (found []string) {
	names := func(text string, words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(text), w) })
	}
	for _, a := range addresses {
		method, path, _ := strings.Cut(a, " ")
		if method != http.MethodGet && names(path, "trail", "audit", "history", "ledger", "/past", "/changes") && !strings.HasSuffix(path, "/trail/reviews") &&
			!strings.HasSuffix(path, "/epro/records/{record}/changes") && !strings.HasSuffix(path, "/epro/changes/{change}") {
			found = append(found, a)
		}
	}
	for _, o := range slices.Concat(options, settings) {
		if names(o, "trail", "audit", "history", "ledger") {
			found = append(found, o)
		}
	}
	return found
}

func TestNothingSwitchesTheTrailOff(t *testing.T) {
	t.Parallel()
	var addresses, options, settings []string
	for a := range admitted(t) {
		addresses = append(addresses, a)
	}
	parser, err := kong.New(&commands{}, kong.Vars{"formats": ""})
	if err != nil {
		t.Fatal(err)
	}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if f, is := node.(*kong.Flag); is {
			options = append(options, f.Name)
		}
		return next(nil)
	})
	for _, k := range slices.Concat(platform.Keys, notice.Keys, epro.Keys) {
		settings = append(settings, k.Name)
	}
	if err != nil || len(addresses) < 100 || len(options) < 50 || len(settings) < 4 {
		t.Fatalf("%v: only %d addresses, %d options, %d settings were looked at", err, len(addresses), len(options), len(settings))
	}
	if found := switches(addresses, options, settings); len(found) > 0 {
		t.Errorf("these may switch the trail off: %q", found)
	}
	control := switches([]string{"DELETE /api/v1/studies/{study}/trail/{entry}", "GET /api/v1/studies/{study}/trail"}, []string{"no-audit"}, []string{"ledger.keep"})
	if len(control) != 3 {
		t.Errorf("the control: %q", control)
	}
}

// authority signs certificates for 127.0.0.1, which stand as files in its folder.
type authority struct {
	folder  string
	itself  *x509.Certificate
	private *ecdsa.PrivateKey
	roots   *x509.CertPool
	file    string // its own certificate
}

// found makes an authority.
func found(t *testing.T) *authority {
	t.Helper()
	a := &authority{folder: t.TempDir(), roots: x509.NewCertPool()}
	a.itself = &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	a.file, _ = a.sign(t, "authority", a.itself)
	text, err := os.ReadFile(a.file)
	if err != nil || !a.roots.AppendCertsFromPEM(text) {
		t.Fatalf("the authority has no certificate: %v", err)
	}
	return a
}

// issue makes a certificate of 127.0.0.1 and its key.
func (a *authority) issue(t *testing.T, name string) (cert, key string) {
	t.Helper()
	return a.sign(t, name, &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
}

func (a *authority) sign(t *testing.T, name string, template *x509.Certificate) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if a.private == nil {
		a.private = private
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.itself, &private.PublicKey, a.private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(a.folder, name+".pem"), filepath.Join(a.folder, name+"-key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// bears makes the visitor one who believes the authority and shows a certificate of another, or none where that is nil.
func (v *visitor) bears(t *testing.T, believes, of *authority) *visitor {
	t.Helper()
	config := &tls.Config{RootCAs: believes.roots}
	if of != nil {
		pair, err := tls.LoadX509KeyPair(of.issue(t, "visitor"))
		if err != nil {
			t.Fatal(err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil } // also to who does not ask for it
	}
	v.client.Transport = &http.Transport{TLSClientConfig: config}
	return v
}

func TestTheOutsideSpeaksTLS12AtLeast(t *testing.T) {
	t.Parallel()
	a := found(t)
	cert, key := a.issue(t, "outside")
	p := start(t, nil, build(t, "sqlite").args("serve", "--addr", "127.0.0.1:0", "--cert", cert, "--key", key)...)
	address := p.says(t, addressShape)
	for version, taken := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		d := tls.Dialer{Config: &tls.Config{RootCAs: a.roots, MinVersion: version, MaxVersion: version}}
		c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(address, "https://"))
		cancel()
		if err == nil {
			c.Close()
		}
		if (err == nil) != taken || err != nil && !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.roots}}}
	defer client.CloseIdleConnections()
	answer, err := client.Get(address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if hsts := answer.Header.Get("Strict-Transport-Security"); !strings.Contains(hsts, "max-age=") {
		t.Errorf("HSTS is %q, headers %s", hsts, fmt.Sprint(answer.Header))
	}
}
