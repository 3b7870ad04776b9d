package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
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

// certificate makes a certificate of 127.0.0.1 and its key, as files.
func certificate(t *testing.T) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir, public := t.TempDir(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	cert, key, roots = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	for file, text := range map[string][]byte{cert: public, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !roots.AppendCertsFromPEM(public) {
		t.Fatal("the certificate is none")
	}
	return cert, key, roots
}

func TestTheOutsideSpeaksTLS12AtLeast(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	p := start(t, nil, build(t, "sqlite").args("serve", "--addr", "127.0.0.1:0", "--cert", cert, "--key", key)...)
	address := p.says(t, addressShape)
	for version, taken := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		d := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: version, MaxVersion: version}}
		c, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(address, "https://"))
		cancel()
		if err == nil {
			c.Close()
		}
		if (err == nil) != taken || err != nil && !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
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
