package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/store"
	"casebook/vault"

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

const (
	challengePurpose = "casebook passkey challenge"
	handlePurpose    = "casebook passkey owner"
)

// challenge makes one that nobody needs to keep: chance, until when it is good, and a seal over both and the ceremony, by the last key.
func (s *Service) challenge(c ceremony) (challenge string, by vault.Key, err error) {
	if by, err = s.Keys.Last(); err != nil {
		return "", nil, err
	}
	text := binary.BigEndian.AppendUint64(s.world.Bytes(16), uint64(s.world.Now().Add(challengeTime).UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(text, stampBy(by, challengePurpose, c.about(text))...)), by, nil
}

func (c ceremony) about(text []byte) string { return string(c) + "\x00" + string(text) }

// goodUntil returns when a challenge of the ceremony ends, and the key that sealed it. Error: auth.passkey.challenge when it has, or is
// another's.
func (s *Service) goodUntil(c ceremony, challenge string) (until int64, by vault.Key, err error) {
	text, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(text) != 16+8+sha256.Size {
		return 0, nil, errAnswered
	}
	by, err = s.stamped(text[24:], challengePurpose, c.about(text[:24]))
	if errors.Is(err, vault.ErrNoKey) {
		err = errAnswered
	}
	if err != nil {
		return 0, nil, err
	}
	until = int64(binary.BigEndian.Uint64(text[16:24]))
	if store.Micros(s.world.Now()) >= until {
		return 0, nil, errAnswered
	}
	return until, by, nil
}

// handleBy is what an authenticator keeps to tell whose a passkey is: it says nothing of the person. It is kept with the passkey, since it
// stays when the key goes.
func handleBy(k vault.Key, user casebook.UserID) string {
	return base64.RawURLEncoding.EncodeToString(stampBy(k, handlePurpose, string(user)))
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
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || name == "" || !s.sealing() {
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
	by                     vault.Key // which sealed the challenge
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
	if m.until, m.by, err = s.goodUntil(c, client.Challenge); err != nil {
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
	user               casebook.UserID
	key, party, handle string
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

// owns refuses a passkey whose authenticator says that it is somebody else's.
func (s *Service) owns(k kept, owner string) error {
	if k.handle != "" {
		if owner != k.handle {
			return errPasskey
		}
		return nil
	}
	_, err := s.Keys.Find(func(key vault.Key) bool { return owner == handleBy(key, k.user) })
	if errors.Is(err, vault.ErrNoKey) {
		err = errPasskey
	}
	return err
}

// verifyUse verifies that an answer was made by the passkey k for the ceremony (section 7.2), but not that it is the
// first: see spendUse. Errors: Unprocessable auth.passkey.*.
func (s *Service) verifyUse(r *http.Request, c ceremony, p *protocol.ParsedCredentialAssertionData, k kept) (u used, err error) {
	name, origins, err := s.party(r)
	if err != nil {
		return u, err
	}
	client, device := p.Response.CollectedClientData, p.Response.AuthenticatorData
	if u.until, _, err = s.goodUntil(c, client.Challenge); err != nil {
		return u, err
	}
	if err := saidBy(client, device).fits(name, origins); err != nil {
		return u, err
	}
	key, err := base64.RawURLEncoding.DecodeString(k.key)
	if err != nil || k.party != name {
		return u, errPasskey
	}
	if owner := p.Response.UserHandle; len(owner) > 0 {
		if err := s.owns(k, base64.RawURLEncoding.EncodeToString(owner)); err != nil {
			return u, err
		}
	}
	err = p.Verify(client.Challenge, name, "", origins, nil, nil, protocol.TopOriginExplicitVerificationMode, false, true, true, key, protocol.SignaturePolicy{})
	if err != nil {
		return u, errPasskey
	}
	u.credential, u.counter, u.challenge = base64.RawURLEncoding.EncodeToString(p.RawID), device.Counter, client.Challenge
	return u, nil
}
