package validate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stays looks at the connections of the program, which has done everything before this by then: with whom it speaks.
func stays(x *examiner) {
	x.need(x.house.Process > 0, "the program's process is not known")
	x.as("coordinator").ask("GET", "/api/v1/session", nil).must(200)
	if x.err != nil {
		return
	}
	all, err := peers(x.house.Process)
	if err != nil {
		x.cannot("the system does not tell what a process is connected with: %v", err)
		return
	}
	own := 0
	for _, p := range all {
		x.need(p.Addr().IsLoopback() || p.Addr().IsUnspecified(), "it is connected with %s", p)
		if p.Addr().IsLoopback() {
			own++
		}
	}
	x.need(own > 0, "the connection of this very check is not among those of the process: nobody looked")
	x.saw("%d sockets of the process, %d of them connected, all within this machine", len(all), own)
}

// logs looks for what the door has written down, and whether anybody can take it away.
func logs(x *examiner) {
	user := x.employed()
	(&visitor{x: x}).ask("POST", "/api/v1/session", map[string]string{"user": user, "password": "a wrong password"}).must(401)
	x.signIn(user, good)
	admin := x.as("admin")
	var door struct{ Entries []struct{ What string } }
	admin.ask("GET", "/api/v1/audit?kind=door&who="+url.QueryEscape(user), nil).must(200).into(&door)
	x.need(len(door.Entries) >= 1, "no entry says that %s signed in", user)
	for _, method := range []string{"DELETE", "PUT", "PATCH", "POST"} {
		a := admin.ask(method, "/api/v1/audit", `{}`)
		x.need(a.status == 403 || a.status == 404 || a.status == 405, "%s answered %d", a.what, a.status)
	}
	halfYear := x.house.World.Now().UTC().AddDate(0, 0, -184)
	var old struct{ Entries []struct{ At time.Time } }
	x.as("datamanager").ask("GET", x.study("/trail?until="+halfYear.Format(time.DateOnly)), nil).must(200).into(&old)
	x.need(len(old.Entries) > 0, "no entry is older than half a year")
	if x.err != nil {
		return
	}
	at := old.Entries[0].At
	x.need(at.Before(halfYear.AddDate(0, 0, 1)), "the trail until %s begins with %s", halfYear.Format(time.DateOnly), at)
	x.saw("%d entries of %s at the door; the trail is read back to %s and before; nothing takes an entry away", len(door.Entries), user, at.Format(time.DateOnly))
}

// outside starts the program once more, with a certificate, and asks it in older and newer ways.
func outside(x *examiner) {
	cert, key := x.certificate()
	if x.err != nil {
		return
	}
	address, stop, err := x.house.Serve(x.ctx, "--db", filepath.Join(x.house.Dir, "outside"), "--addr", "127.0.0.1:0", "--cert", cert, "--key", key)
	if x.need(err == nil, "it does not start: %v", err); err != nil {
		return
	}
	defer func() { x.need(stop() == nil, "it did not stop well") }()
	host := strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://")
	ask := func(version uint16) (http.Header, error) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: version}}} //nolint:gosec // its own certificate; old versions are what is tried
		q, err := http.NewRequestWithContext(x.ctx, http.MethodGet, "https://"+host+"/healthz", nil)
		if err != nil {
			return nil, err
		}
		_, header, _, err := send(client, q)
		return header, err
	}
	for _, old := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		_, err := ask(old)
		x.need(err != nil, "%s is spoken", tls.VersionName(old))
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		header, err := ask(version)
		x.need(err == nil && strings.HasPrefix(header.Get("Strict-Transport-Security"), "max-age="), "%s: %v, %q", tls.VersionName(version), err, header.Get("Strict-Transport-Security"))
	}
	x.saw("TLS 1.0 and 1.1 refused, 1.2 and 1.3 answered with Strict-Transport-Security%s", x.secretAtRest())
}

// secretAtRest sets up a second factor, and looks for its secret in the file of rows.
func (x *examiner) secretAtRest() string {
	user := x.employed()
	v := x.signIn(user, good)
	secret, _, _ := v.enrol()
	if x.err != nil {
		return ""
	}
	return x.inNoByte(secret, user)
}

// certificate writes a certificate of its own, which is good for an hour.
func (x *examiner) certificate() (cert, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), x.house.World.Rand)
	x.need(err == nil, "%v", err)
	if x.err != nil {
		return "", ""
	}
	now := x.house.World.Now()
	is := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(x.house.World.Rand, is, is, &private.PublicKey, private)
	x.need(err == nil, "%v", err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	x.need(err == nil, "%v", err)
	cert, key = filepath.Join(x.house.Dir, "outside.crt"), filepath.Join(x.house.Dir, "outside.key")
	for file, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		err := os.WriteFile(file, pem.EncodeToMemory(b), 0o600)
		x.need(err == nil, "%v", err)
	}
	return cert, key
}

// again computes the score of each signal from the evidence that it was raised on, in its own arithmetic: for a rate the deviation from the
// mean of all sites in standard deviations of a Poisson number, scaled by how far the sites scatter (gsm.core, Analyze_NormalApprox).
func again(x *examiner) {
	var list struct {
		Signals []struct {
			Number int64
			KRI    string
			Site   string
			Raised struct {
				Score, Mu, Phi         float64
				Numerator, Denominator float64
				Index                  int64
			}
		}
	}
	x.as("monitor").ask("GET", x.study("/signals"), nil).must(200).into(&list)
	n := 0
	for _, s := range list.Signals {
		if s.KRI != "kri0001" { // adverse events by days in the study, a rate
			continue
		}
		e := s.Raised
		is := (e.Numerator - e.Mu*e.Denominator) / math.Sqrt(e.Phi*e.Mu*e.Denominator)
		x.need(math.Abs(is-e.Score) < 1e-6*math.Max(1, math.Abs(is)), "signal %d of site %s says %v, its numbers give %v", s.Number, s.Site, e.Score, is)
		x.saw("signal %d, site %s: %v events in %v days, mean %.6f, scatter %.4f give %.4f, which it says; by entry %d", s.Number, s.Site, e.Numerator, e.Denominator, e.Mu, e.Phi, is, e.Index)
		n++
	}
	x.need(n > 0, "no signal of this indicator is there")
	x.saw("the verification of %d entries, which counts every signal again, has no finding", x.verified("{rows}"))
}

// peers are the other ends of a process's sockets on the network, as proc(5) tells them; unspecified for one that only listens.
func peers(process int) (all []netip.AddrPort, err error) {
	at := "/proc/" + strconv.Itoa(process)
	open, err := os.ReadDir(at + "/fd")
	if err != nil {
		return nil, err
	}
	mine := map[string]bool{}
	for _, f := range open {
		if to, err := os.Readlink(at + "/fd/" + f.Name()); err == nil { // or it was closed meanwhile
			mine[strings.TrimSuffix(strings.TrimPrefix(to, "socket:["), "]")] = true
		}
	}
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile(at + "/net/" + kind)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 10 || !mine[fields[9]] {
				continue
			}
			peer, err := parseAddress(fields[2])
			if err != nil {
				return nil, err
			}
			all = append(all, peer)
		}
	}
	return all, nil
}

// parseAddress reads an address of proc(5): 0100007F:1F90, each word of it in the order of the machine, which is little-endian on all
// that the program is built for.
func parseAddress(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(host)
	n, wrong := strconv.ParseUint(port, 16, 16)
	if err = errors.Join(err, wrong); err != nil {
		return netip.AddrPort{}, err
	}
	for word := range slices.Chunk(b, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(b)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("no address: %s", text)
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), nil
}
