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
	"github.com/go-json-experiment/json/jsontext"
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

// identity is the actor in the header, with the moment (Unix milliseconds) of the sealing, and what else the caller said of
// who visits.
type identity struct {
	User     casebook.UserID `json:"user"`
	Role     string          `json:"role"`
	Location string          `json:"location"`
	Trace    string          `json:"trace"`
	At       int64           `json:"at"`
	Visitor  jsontext.Value  `json:"visitor,omitzero"`
}

type visitorKey struct{}

// Introduce returns ctx whose calls to peers tell them, sealed, who visits: JSON that package auth writes and reads.
func Introduce(ctx context.Context, visitor []byte) context.Context {
	return context.WithValue(ctx, visitorKey{}, visitor)
}

// Introduced is what the peer that made the request of ctx said of who visits, nil where it said nothing or no peer made it.
func Introduced(ctx context.Context) []byte {
	if t, ok := ctx.Value(tallyKey{}).(*tally); ok {
		return t.visitor
	}
	return nil
}

// Seal puts the actor, the trace and the remaining time of ctx on an outgoing request to a peer.
func (p *Peers) Seal(ctx context.Context, h http.Header) {
	a := casebook.ActorFrom(ctx)
	visitor, _ := ctx.Value(visitorKey{}).([]byte)
	text, err := json.Marshal(identity{a.User, a.Role, a.Location, a.Trace, p.world.Now().UnixMilli(), visitor})
	if err != nil {
		panic(err) // four strings, a number, and what package auth wrote
	}
	payload := base64.RawURLEncoding.EncodeToString(text)
	h.Set(identityHeader, payload+"."+p.mac(payload))
	if parent := parentOf(ctx); parent != "" {
		h.Set("Traceparent", parent)
	} else if a.Trace != "" {
		h.Set("Traceparent", traceparent(p.world, a.Trace))
	}
	if left, limited := left(ctx); limited {
		h.Set("Request-Timeout", strconv.FormatFloat(left.Seconds(), 'f', 3, 64))
	}
}

// left is what is left of the time of ctx, at least a millisecond.
func left(ctx context.Context) (d time.Duration, limited bool) {
	end, limited := ctx.Deadline()
	return max(time.Until(end), time.Millisecond), limited
}

func (p *Peers) mac(payload string) string {
	m := hmac.New(sha256.New, p.secret)
	m.Write([]byte("casebook identity 1\n" + payload))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// take removes the identity from a request and returns it if a peer sealed it just now. A nil p believes nobody.
func (p *Peers) take(h http.Header) (id identity, ours bool) {
	sealed := h.Get(identityHeader)
	h.Del(identityHeader)
	if p == nil || sealed == "" {
		return identity{}, false
	}
	return p.open(sealed)
}

// open returns the identity that a peer sealed just now.
func (p *Peers) open(sealed string) (id identity, ours bool) {
	payload, mac, _ := strings.Cut(sealed, ".")
	if !hmac.Equal([]byte(mac), []byte(p.mac(payload))) {
		return identity{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return identity{}, false
	}
	if err := json.Unmarshal(text, &id); err != nil {
		return identity{}, false
	}
	if age := p.world.Now().Sub(time.UnixMilli(id.At)); age > sealTime || age < -sealTime {
		return identity{}, false
	}
	return id, true
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
