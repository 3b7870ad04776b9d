// Package channel has the senders of the outbox: mail, text messages, pushes, the robots of chat programs, webhooks. It
// refuses addresses inside our own network, unless they are allowed by name, and it keeps nothing.
package channel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrForbiddenAddress says that a destination is inside our network, or is no place to send to at all.
var ErrForbiddenAddress = errors.New("the address is not one that may be called from here")

// never are destinations beyond those that netip names: "this network" (RFC 1122), shared space of providers (RFC 6598),
// protocol assignments (RFC 6890), benchmarks (RFC 2544), the reserved rest (RFC 1112), and what carries an IPv4 address
// inside (NAT64 of RFC 6052 and 8215, 6to4 of RFC 3056, Teredo of RFC 4380).
var never = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, t := range texts {
		all = append(all, netip.MustParsePrefix(t))
	}
	return all
}

// Guard decides which addresses may be called. It judges the address that is dialled, after the name was resolved, so a
// name that answers differently the second time (DNS rebinding) gains nothing.
type Guard struct {
	Allow []netip.Prefix // inside addresses that may be called all the same
	Hosts []string       // names that alone may be called, *.example.org for all below example.org; none for every name
}

// Permits reports whether ip may be called.
func (g Guard) Permits(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, p := range g.Allow {
		if p.Contains(ip) {
			return true
		}
	}
	if !ip.IsValid() || !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, p := range never {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// Names reports whether a host may be called by its name.
func (g Guard) Names(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return len(g.Hosts) == 0 || slices.ContainsFunc(g.Hosts, func(h string) bool {
		below, all := strings.CutPrefix(h, "*")
		return host == h || all && strings.HasSuffix(host, below) && host != below
	})
}

// named calls permitted names only.
type named struct {
	guard Guard
	*http.Transport
}

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	if !n.guard.Names(r.URL.Hostname()) {
		return nil, fmt.Errorf("%s: %w", r.URL.Hostname(), ErrForbiddenAddress)
	}
	return n.Transport.RoundTrip(r)
}

// Dial is net.Dialer.DialContext to permitted addresses.
func (g Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !g.Permits(at.Addr()) {
			return fmt.Errorf("%s: %w", address, ErrForbiddenAddress)
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// HTTP returns a client that calls permitted names and addresses only. It uses no proxy and follows no redirect: where a call goes
// was decided before it was made.
func (g Guard) HTTP() *http.Client {
	return &http.Client{
		Transport: named{g, &http.Transport{DialContext: g.Dial, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 20 * time.Second,
			MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
