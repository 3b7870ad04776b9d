package web_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"casebook/web"
)

func TestAnAddressIsBelievedFromOurOwnProxiesOnly(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string // "" is no address
	}{
		{"203.0.113.7:5000", nil, "203.0.113.7"},
		{"203.0.113.7:5000", []string{"192.0.2.1"}, "203.0.113.7"}, // a stranger's word
		{"10.0.0.1:5000", nil, "10.0.0.1"},
		{"10.0.0.1:5000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"10.0.0.1:5000", []string{"192.0.2.9, 198.51.100.4, 10.0.0.2"}, "198.51.100.4"}, // what stands before, the caller wrote
		{"10.0.0.1:5000", []string{"192.0.2.9", "198.51.100.4"}, "198.51.100.4"},
		{"10.0.0.1:5000", []string{"10.0.0.9"}, "10.0.0.9"},
		{"10.0.0.1:5000", []string{"192.0.2.9, nonsense"}, ""},
		{"[fd00::1]:5000", []string{"[2001:db8::5]:443"}, "2001:db8::5"},
		{"[::ffff:10.0.0.1]:5000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"", nil, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, line := range c.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		want := netip.Addr{}
		if c.want != "" {
			want = netip.MustParseAddr(c.want)
		}
		if got := web.From(proxies...)(r); got != want {
			t.Errorf("%s %q: %v, want %v", c.peer, c.forwarded, got, want)
		}
	}
	r := httptest.NewRequest("GET", "/", nil) // the control: without proxies nobody's word is taken
	r.RemoteAddr = "10.0.0.1:5000"
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	if got := web.From()(r); got.String() != "10.0.0.1" {
		t.Errorf("without a proxy: %v", got)
	}
}

// Only a proxy of ours is believed when it says how it was reached.
func TestTheSchemeIsBelievedFromATrustedProxyAlone(t *testing.T) {
	t.Parallel()
	ours := netip.MustParsePrefix("10.0.0.0/8")
	for _, c := range []struct{ from, said, want string }{
		{"10.0.0.1:1", "https", "https://study.example.org"},
		{"10.0.0.1:1", "", "http://study.example.org"},
		{"192.0.2.7:1", "https", "http://study.example.org"},
	} {
		r := httptest.NewRequest("POST", "http://study.example.org/", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-Proto", c.said)
		if got := web.Origin(ours)(r); got != c.want {
			t.Errorf("%s says %q: %s, want %s", c.from, c.said, got, c.want)
		}
	}
}
