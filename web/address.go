package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// From returns the function that tells from where a request comes. The connection's address is believed; X-Forwarded-For
// only where that connection is one of the trusted proxies, and then from its end, up to the first address that is no
// proxy of ours: whatever stands before it, the caller may have written. An address that cannot be read is the zero Addr.
func From(trusted ...netip.Prefix) func(*http.Request) netip.Addr {
	ours := within(trusted)
	return func(r *http.Request) netip.Addr {
		at := peerAddress(r.RemoteAddr)
		if len(trusted) == 0 || !ours(at) {
			return at
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && ours(at); i-- {
			text := strings.TrimSpace(hops[i])
			if text == "" {
				continue
			}
			if at = peerAddress(text); !at.IsValid() {
				return at
			}
		}
		return at
	}
}

// Origin returns the function that tells under which scheme and host a request was made. X-Forwarded-Proto is believed
// only where the connection is one of the trusted proxies; without it the connection's own scheme is.
func Origin(trusted ...netip.Prefix) func(*http.Request) string {
	ours := within(trusted)
	return func(r *http.Request) string {
		if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" && ours(peerAddress(r.RemoteAddr)) {
			return "https://" + r.Host
		}
		return "http://" + r.Host
	}
}

// within returns the function that tells whether an address is in one of the networks.
func within(networks []netip.Prefix) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
	}
}

// peerAddress reads an address with or without a port.
func peerAddress(text string) netip.Addr {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
