package web

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// identityHeader says for whom one of our own processes calls another. From anybody else it is taken off.
const identityHeader = "Casebook-Identity"

// sealTime is how far the clocks of two of our machines, and a slow network, may be apart.
const sealTime = 30 * time.Second

// Peers is what our own processes share: a secret by which they recognise each other.
type Peers struct {
	secret []byte
	world  casebook.World
}

// NewPeers returns the peers that know secret, at least 32 bytes.
func NewPeers(world casebook.World, secret []byte) (*Peers, error) {
	if len(secret) < 32 {
		return nil, fmt.Errorf("web: the peers' secret has %d bytes and needs 32", len(secret))
	}
	return &Peers{secret: secret, world: world}, nil
}

// identity is the actor in the header, with the moment (Unix milliseconds) of the sealing.
type identity struct {
	User     casebook.UserID `json:"user"`
	Role     string          `json:"role"`
	Location string          `json:"location"`
	Trace    string          `json:"trace"`
	At       int64           `json:"at"`
}

// Seal puts the actor, the trace and the remaining time of ctx on an outgoing request to a peer.
func (p *Peers) Seal(ctx context.Context, h http.Header) {
	a := casebook.ActorFrom(ctx)
	text, err := json.Marshal(identity{a.User, a.Role, a.Location, a.Trace, p.world.Now().UnixMilli()})
	if err != nil {
		panic(err) // four strings and a number
	}
	payload := base64.RawURLEncoding.EncodeToString(text)
	h.Set(identityHeader, payload+"."+p.mac(payload))
	if parent := parentOf(ctx); parent != "" {
		h.Set("Traceparent", parent)
	} else if a.Trace != "" {
		h.Set("Traceparent", traceparent(p.world, a.Trace))
	}
	if end, ok := ctx.Deadline(); ok {
		left := max(time.Until(end), time.Millisecond)
		h.Set("Request-Timeout", strconv.FormatFloat(left.Seconds(), 'f', 3, 64))
	}
}

func (p *Peers) mac(payload string) string {
	m := hmac.New(sha256.New, p.secret)
	m.Write([]byte("casebook identity 1\n" + payload))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// take removes the identity from a request and returns the actor if a peer sealed it just now. A nil p believes nobody.
func (p *Peers) take(h http.Header) (casebook.Actor, bool) {
	sealed := h.Get(identityHeader)
	h.Del(identityHeader)
	if p == nil || sealed == "" {
		return casebook.Actor{}, false
	}
	payload, mac, _ := strings.Cut(sealed, ".")
	if !hmac.Equal([]byte(mac), []byte(p.mac(payload))) {
		return casebook.Actor{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return casebook.Actor{}, false
	}
	var id identity
	if err := json.Unmarshal(text, &id); err != nil {
		return casebook.Actor{}, false
	}
	if age := p.world.Now().Sub(time.UnixMilli(id.At)); age > sealTime || age < -sealTime {
		return casebook.Actor{}, false
	}
	return casebook.Actor{User: id.User, Role: id.Role, Location: id.Location, Trace: id.Trace}, true
}

// Ours reports whether the request of ctx came from one of our own processes.
func Ours(ctx context.Context) bool {
	t, ok := ctx.Value(tallyKey{}).(*tally)
	return ok && t.ours
}

// Client returns an HTTP client that seals each request for a peer. A nil base is http.DefaultTransport.
func (p *Peers) Client(base http.RoundTripper) *http.Client {
	if base == nil {
		base = http.DefaultTransport
	}
	return &http.Client{Transport: sealing{p, base}}
}

type sealing struct {
	peers *Peers
	base  http.RoundTripper
}

func (s sealing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	s.peers.Seal(r.Context(), r.Header)
	return s.base.RoundTrip(r)
}
