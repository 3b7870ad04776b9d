package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// A passkey (W3C Web Authentication, level 3) is asked to be discoverable and to verify its user, so that it is two
// factors by itself: the device, and the PIN, finger or face that opens it. Who made the authenticator is not asked.

// challengeTime is how long a challenge may be answered.
const challengeTime = 5 * time.Minute

// ceremony is what a challenge is for. One that was made for another, or for another person, is none.
type ceremony string

// enters is the ceremony of who is not yet known.
const enters ceremony = "enter"

// registers and signs are those of user in the session of secret.
func registers(user casebook.UserID, secret string) ceremony {
	return ceremony("register " + string(user) + " " + secret)
}

func signs(user casebook.UserID, secret string) ceremony {
	return ceremony("sign " + string(user) + " " + secret)
}

var (
	errPasskey  = casebook.Fail(casebook.Unprocessable, "auth.passkey.refused").At("passkey")
	errAnswered = casebook.Fail(casebook.Unprocessable, "auth.passkey.challenge").At("passkey")
	errUnknown  = casebook.Fail(casebook.Unprocessable, "auth.passkey.unknown").At("passkey")
	errCounter  = casebook.Fail(casebook.Unprocessable, "auth.passkey.counter").At("passkey")
)

// challenge makes one that nobody needs to keep: chance, until when it is good, and a seal over both and the ceremony.
func (s *Service) challenge(c ceremony) string {
	text := binary.BigEndian.AppendUint64(s.world.Bytes(16), uint64(s.world.Now().Add(challengeTime).UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(text, s.challengeSeal(c, text)...))
}

func (s *Service) challengeSeal(c ceremony, text []byte) []byte {
	return s.stamp("casebook passkey challenge", string(c)+"\x00"+string(text))
}

// goodUntil returns when a challenge of the ceremony ends. Error: auth.passkey.challenge when it has, or is another's.
func (s *Service) goodUntil(c ceremony, challenge string) (until int64, err error) {
	text, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(text) != 16+8+sha256.Size || !hmac.Equal(text[24:], s.challengeSeal(c, text[:24])) {
		return 0, errAnswered
	}
	until = int64(binary.BigEndian.Uint64(text[16:24]))
	if store.Micros(s.world.Now()) >= until {
		return 0, errAnswered
	}
	return until, nil
}

// handle is what an authenticator keeps to tell whose a passkey is: it says nothing of the person.
func (s *Service) handle(user casebook.UserID) []byte {
	return s.stamp("casebook passkey owner", string(user))
}

// party is the name that passkeys are bound to, and the origins at which they are good: of the host that the browser
// asked. Only browsers on this machine may do without TLS. Error: Conflict auth.passkey.nowhere for a host that is an
// address, to which no passkey can be bound, and on a server without a key.
func (s *Service) party(r *http.Request) (name string, origins []string, err error) {
	name = r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	name = strings.ToLower(name)
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || name == "" || len(s.FactorKey) != 32 {
		return "", nil, casebook.Fail(casebook.Conflict, "auth.passkey.nowhere")
	}
	origins = []string{"https://" + strings.ToLower(r.Host)}
	if name == "localhost" {
		origins = append(origins, "http://"+strings.ToLower(r.Host))
	}
	return name, origins, nil
}

// said is what a browser says of an answer, whatever the ceremony.
type said struct {
	challenge, origin string
	crossed           bool // from within another site's page
	party             []byte
	verified          bool
}

func saidBy(client protocol.CollectedClientData, device protocol.AuthenticatorData) said {
	return said{client.Challenge, client.Origin, client.CrossOrigin, device.RPIDHash, device.Flags.HasUserVerified() && device.Flags.HasUserPresent()}
}

// fits refuses what was said elsewhere, for another site, or without its person. It tells which; the library then
// verifies all of it again, with the signature.
func (a said) fits(name string, origins []string) error {
	sum := sha256.Sum256([]byte(name))
	switch {
	case a.crossed || !slices.Contains(origins, a.origin):
		return casebook.Fail(casebook.Unprocessable, "auth.passkey.origin", origins[0]).At("passkey")
	case !hmac.Equal(a.party, sum[:]):
		return casebook.Fail(casebook.Unprocessable, "auth.passkey.party", name).At("passkey")
	case !a.verified:
		return casebook.Fail(casebook.Unprocessable, "auth.passkey.unverified").At("passkey")
	}
	return nil
}

// The algorithms that we ask for, the best first: EdDSA, ES256, RS256 (RFC 9053), which every authenticator has one of.
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// made is a new passkey that was verified.
type made struct {
	credential, key, party string
	counter                uint32
	challenge              string
	until                  int64
}

// verifyNew verifies a registration (section 7.1). Errors: Unprocessable auth.passkey.*.
func (s *Service) verifyNew(r *http.Request, c ceremony, text jsontext.Value) (m made, err error) {
	name, origins, err := s.party(r)
	if err != nil {
		return m, err
	}
	p, err := protocol.ParseCredentialCreationResponseBytes(text)
	if err != nil {
		return m, errPasskey
	}
	client, device := p.Response.CollectedClientData, p.Response.AttestationObject.AuthData
	if m.until, err = s.goodUntil(c, client.Challenge); err != nil {
		return m, err
	}
	if err := saidBy(client, device).fits(name, origins); err != nil {
		return m, err
	}
	_, err = p.Verify(client.Challenge, name, origins, nil, nil, protocol.TopOriginExplicitVerificationMode, false, true, true, nil, algorithms, protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	if err != nil {
		return m, errPasskey
	}
	code := base64.RawURLEncoding
	m.credential, m.key = code.EncodeToString(device.AttData.CredentialID), code.EncodeToString(device.AttData.CredentialPublicKey)
	m.party, m.counter, m.challenge = name, device.Counter, client.Challenge
	return m, nil
}

// kept is a passkey as the database has it.
type kept struct {
	user       casebook.UserID
	key, party string
}

// used is a passkey that was used and verified.
type used struct {
	credential string
	counter    uint32
	challenge  string
	until      int64
}

// parseUse reads an answer to a challenge, and tells which passkey it wants to be. Error: auth.passkey.refused.
func parseUse(text jsontext.Value) (p *protocol.ParsedCredentialAssertionData, credential string, err error) {
	if p, err = protocol.ParseCredentialRequestResponseBytes(text); err != nil {
		return nil, "", errPasskey
	}
	return p, base64.RawURLEncoding.EncodeToString(p.RawID), nil
}

// verifyUse verifies that an answer was made by the passkey k for the ceremony (section 7.2), but not that it is the
// first: see spendUse. Errors: Unprocessable auth.passkey.*.
func (s *Service) verifyUse(r *http.Request, c ceremony, p *protocol.ParsedCredentialAssertionData, k kept) (u used, err error) {
	name, origins, err := s.party(r)
	if err != nil {
		return u, err
	}
	client, device := p.Response.CollectedClientData, p.Response.AuthenticatorData
	if u.until, err = s.goodUntil(c, client.Challenge); err != nil {
		return u, err
	}
	if err := saidBy(client, device).fits(name, origins); err != nil {
		return u, err
	}
	key, err := base64.RawURLEncoding.DecodeString(k.key)
	owner := p.Response.UserHandle
	if err != nil || k.party != name || len(owner) > 0 && !hmac.Equal(owner, s.handle(k.user)) {
		return u, errPasskey
	}
	err = p.Verify(client.Challenge, name, "", origins, nil, nil, protocol.TopOriginExplicitVerificationMode, false, true, true, key, protocol.SignaturePolicy{})
	if err != nil {
		return u, errPasskey
	}
	u.credential, u.counter, u.challenge = base64.RawURLEncoding.EncodeToString(p.RawID), device.Counter, client.Challenge
	return u, nil
}
