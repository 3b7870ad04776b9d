package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"casebook"
	"casebook/gateway"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// peers is what our own processes recognise each other by, nil where there is one process only. It says what is missing for them to
// speak safely.
func (c *serveCommand) peers() (peers *web.Peers, err error) {
	if c.tls, err = c.peerTLS(); err != nil {
		return nil, err
	}
	// as many connections to another process as there is work for
	c.wire = &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, TLSClientConfig: c.tls}
	if c.PeerSecret == "" {
		if c.PeerAddr+c.TrialURL+c.PatientURL+c.Cells+c.PeopleURL != "" {
			return nil, casebook.Fail(casebook.Invalid, "serve.no_peer_secret")
		}
		return nil, nil
	}
	if c.PeerAddr != "" && !c.beside(c.PeerAddr) {
		return nil, casebook.Fail(casebook.Invalid, "serve.peer_plain", c.PeerAddr)
	}
	for _, address := range []string{c.TrialURL, c.PatientURL, c.PeopleURL} {
		if address != "" {
			if err := c.reachable(address); err != nil {
				return nil, err
			}
		}
	}
	secret, err := os.ReadFile(c.PeerSecret)
	if err != nil {
		return nil, err
	}
	return web.NewPeers(casebook.Outside(), secret)
}

// peerTLS is how our own processes speak TLS, nil where no certificate is named.
func (c *serveCommand) peerTLS() (*tls.Config, error) {
	if c.PeerCert+c.PeerKey+c.PeerCA == "" {
		return nil, nil
	}
	if c.PeerCert == "" || c.PeerKey == "" || c.PeerCA == "" {
		return nil, casebook.Fail(casebook.Invalid, "serve.peer_tls")
	}
	authority, err := web.ReadAuthority(c.PeerCA)
	if err != nil {
		return nil, err
	}
	certificate, err := web.ReadCertificate(c.PeerCert, c.PeerKey)
	if err != nil {
		return nil, err
	}
	return certificate.Among(authority), nil
}

// beside reports whether our own processes may speak at an address: with TLS anywhere, without it on this machine, unless it was said that
// the network encrypts.
func (c *serveCommand) beside(address string) bool {
	return c.tls != nil || c.PeerPlain || loopback(address)
}

// reachable refuses the address of another of our processes at which it would be called in another way than this one speaks.
func (c *serveCommand) reachable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || (u.Scheme == "https") != (c.tls != nil) {
		return casebook.Fail(casebook.Invalid, "serve.peer_url", address)
	}
	if !c.beside(u.Host) {
		return casebook.Fail(casebook.Invalid, "serve.peer_plain", address)
	}
	return nil
}

// loopback reports whether an address, with or without a port, is reached from this machine only.
func loopback(address string) bool {
	host := address
	if h, _, err := net.SplitHostPort(address); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// cells reads the file that says where each cell is.
func (c *serveCommand) cells(peers *web.Peers) (map[string]*web.Peer, error) {
	text, err := os.ReadFile(c.Cells)
	if err != nil {
		return nil, err
	}
	var at map[string]string
	if err := json.Unmarshal(text, &at); err != nil {
		return nil, casebook.Fail(casebook.Invalid, "serve.cells", err.Error()).At(c.Cells)
	}
	all := map[string]*web.Peer{}
	for name, address := range at {
		if name == "" {
			return nil, casebook.Fail(casebook.Invalid, "serve.cells", address).At(c.Cells)
		}
		if err := c.reachable(address); err != nil {
			return nil, err
		}
		all[name] = web.NewPeer(peers.Client(c.wire), address)
	}
	return all, nil
}

// inside is what our own processes may call, and where they hand visits on to. Who cannot show the secret gets nothing.
func (c *serveCommand) inside(a *app, mine []role, peers *web.Peers, gate *gateway.Gateway) http.Handler {
	mux := http.NewServeMux()
	for _, r := range mine {
		if r.peers != nil {
			r.peers(a, mux)
		}
	}
	door := &web.Door{World: a.db.World(), Limit: func(*http.Request) time.Duration { return peerTime }, Peers: peers, Tracer: c.tracer}
	procedures, visits := door.Wrap(mux), gate.Inside(peers)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/casebook.") {
			procedures.ServeHTTP(w, r.WithContext(store.Anywhere(r.Context()))) // they only read
			return
		}
		visits.ServeHTTP(w, r)
	})
}

// peerTime is the longest that one of our processes may work for another.
const peerTime = 5 * time.Second
