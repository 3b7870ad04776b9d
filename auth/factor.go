package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/vault"
	"casebook/web"
)

// The second factor is a time-based one-time password as authenticator apps compute it: RFC 6238 over SHA-1, six digits,
// steps of 30 s. A code is good in its own step, once, and never longer (ASVS 5.0, 6.5.5).
const (
	totpStep      = 30
	secretLength  = 20 // bytes, as RFC 4226 recommends in section 4
	recoveryCodes = 10
)

// proofAddress is where failed second factors are counted: for the account over all addresses, since who gets this far
// knows the password.
const proofAddress = "second factor"

var (
	errSecond     = casebook.Fail(casebook.Unauthorized, "auth.second_factor")
	errOver       = casebook.Fail(casebook.Unauthorized, "auth.code_over")
	authenticator = base32.StdEncoding.WithPadding(base32.NoPadding)
)

// totp is the code of secret in a step (RFC 4226, section 5.3).
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes everything
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// shows reports whether an authenticator with secret shows code in a step. Without a secret none does.
func shows(secret []byte, code string, step int64) bool {
	return len(secret) > 0 && hmac.Equal([]byte(totp(secret, step)), []byte(code))
}

// factor is a person's second factor. Who has passkeys alone has one without a secret: its recovery codes.
type factor struct {
	secret   []byte
	recovery []string // hashes
	kept     string   // recovery as it is kept
	step     int64
}

type factorState struct {
	Secret   string `json:"secret"` // SHA-256 of what is kept, "" without an authenticator app
	Recovery string `json:"recovery"`
}

// factorOf returns user's second factor, nil when there is none.
func (s *Service) factorOf(ctx context.Context, tx *store.Tx, user casebook.UserID) (*factor, error) {
	var f factor
	var sealed string
	err := tx.Row(ctx, `SELECT secret, recovery, step FROM auth_factor WHERE user_id = $1`, user).Scan(&sealed, &f.kept, &f.step)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f.recovery = strings.Fields(f.kept)
	if sealed != "" {
		f.secret, err = s.unseal(user, sealed)
	}
	return &f, err
}

// seal encrypts a secret for user: moved to another row it is of no use. Error: Conflict auth.factor.no_key.
func (s *Service) seal(user casebook.UserID, secret []byte) (string, error) {
	sealed, err := s.Keys.Seal(s.world, secret, []byte(user))
	if errors.Is(err, vault.ErrNoKey) {
		err = casebook.Fail(casebook.Conflict, "auth.factor.no_key")
	}
	return base64.StdEncoding.EncodeToString(sealed), err
}

func (s *Service) unseal(user casebook.UserID, sealed string) ([]byte, error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, casebook.Fail(casebook.Internal, "auth.factor.sealed")
	}
	secret, err := s.Keys.Open(text, []byte(user))
	if errors.Is(err, vault.ErrNoKey) {
		err = casebook.Fail(casebook.Internal, "auth.factor.sealed")
	}
	return secret, err
}

// Offer is a new secret for somebody's authenticator. It is kept only when it comes back with a code that fits.
type Offer struct {
	Secret string   `json:"secret"` // base32
	URI    string   `json:"uri"`    // for the authenticator's camera: Google's key URI format
	QR     []string `json:"qr"`     // the same as a QR code, row by row: 1 is dark
}

// OfferFactor makes a secret for user.
func (s *Service) OfferFactor(user casebook.UserID) (Offer, error) {
	secret := authenticator.EncodeToString(s.world.Bytes(secretLength))
	label := url.PathEscape("casebook:" + string(user))
	o := Offer{Secret: secret, URI: "otpauth://totp/" + label + "?secret=" + secret + "&issuer=casebook"}
	rows, err := web.QR(o.URI)
	o.QR = rows
	return o, err
}

// EnrolFactor gives user, whose session's secret is given, the second factor of an offer and returns the recovery codes,
// which are kept nowhere; those that came with a passkey are void. The user's other sessions end: they were opened without it. Errors: Unprocessable
// auth.factor.code when the code is not the secret's, auth.factor.clock when it is that of a moment near this one; Conflict auth.factor.exists, auth.factor.no_key.
func (s *Service) EnrolFactor(ctx context.Context, user casebook.UserID, session, secret, code string) ([]string, error) {
	raw, err := authenticator.DecodeString(strings.ToUpper(secret))
	if err != nil || len(raw) < secretLength || len(raw) > 64 {
		return nil, casebook.Fail(casebook.Invalid, "auth.factor.secret").At("secret")
	}
	code, step := digits(code), s.step()
	switch {
	case shows(raw, code, step):
	case shows(raw, code, step-1), shows(raw, code, step+1):
		return nil, casebook.Fail(casebook.Unprocessable, "auth.factor.clock").At("code")
	default:
		return nil, casebook.Fail(casebook.Unprocessable, "auth.factor.code").At("code")
	}
	sealed, err := s.seal(user, raw)
	if err != nil {
		return nil, err
	}
	codes, hashes := s.newRecovery()
	defer s.forget()
	err = s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); err != nil {
			return err
		}
		made, err := w.Exec(ctx, `INSERT INTO auth_factor(user_id, secret, recovery, since, step) VALUES($1,$2,$3,$4,$5)
			ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, recovery = excluded.recovery, since = excluded.since, step = excluded.step WHERE auth_factor.secret = ''`,
			user, sealed, hashes, store.Micros(w.Now), step)
		if err != nil {
			return err
		}
		if made == 0 {
			return casebook.Fail(casebook.Conflict, "auth.factor.exists")
		}
		if err := record(ctx, w, ledger.Entry{What: "auth.factor.enrolled", Ref: string(user)}, nil, factorState{sealOf(sealed), hashes}); err != nil {
			return err
		}
		return endOthers(ctx, w.Tx, user, session)
	})
	return codes, err
}

// endOthers ends the sessions of a user but the one of secret, everywhere.
func endOthers(ctx context.Context, tx *store.Tx, user casebook.UserID, secret string) error {
	own := digest(secret)
	if err := tx.Later(ctx, `DELETE FROM auth_session WHERE user_id = $1 AND hash <> $2`, user, hex.EncodeToString(own[:])); err != nil {
		return err
	}
	return withdraw(ctx, tx, casebook.Platform)
}

// newRecovery makes recovery codes of 120 bits, which a plain hash keeps well enough (ASVS 5.0, 6.5.2), and their hashes.
func (s *Service) newRecovery() (codes []string, hashes string) {
	sums := []string{}
	for range recoveryCodes {
		code := strings.ToLower(authenticator.EncodeToString(s.world.Bytes(15)))
		sums = append(sums, recoveryHash(code))
		codes = append(codes, strings.Join([]string{code[:4], code[4:8], code[8:12], code[12:16], code[16:20], code[20:]}, "-"))
	}
	return codes, strings.Join(sums, " ")
}

func recoveryHash(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:16])
}

// RemoveFactor takes user's authenticator app away; who removes it says why. Recovery codes stay with passkeys. All
// sessions of the user end.
func (s *Service) RemoveFactor(ctx context.Context, user casebook.UserID, reason string) error {
	return s.changePerson(ctx, user, func(w *ledger.Writer) error {
		left := factorState{}
		err := w.Row(ctx, `UPDATE auth_factor SET secret = '', step = 0 WHERE user_id = $1 AND secret <> ''
			AND EXISTS (SELECT 1 FROM auth_passkey p WHERE p.user_id = $1) RETURNING recovery`, user).Scan(&left.Recovery)
		if errors.Is(err, store.ErrNoRows) {
			return removeFactor(ctx, w, user, reason)
		}
		if err != nil {
			return err
		}
		return record(ctx, w, ledger.Entry{What: "auth.factor.removed", Ref: string(user), Reason: reason}, nil, left)
	})
}

// removeFactor takes user's second factor away with all that belongs to it.
func removeFactor(ctx context.Context, w *ledger.Writer, user casebook.UserID, reason string) error {
	if err := removePasskeys(ctx, w, user, reason); err != nil {
		return err
	}
	gone, err := w.Exec(ctx, `DELETE FROM auth_factor WHERE user_id = $1`, user)
	if err != nil {
		return err
	}
	if gone == 0 {
		return casebook.Fail(casebook.NotFound, "auth.factor.none").At("user")
	}
	return record(ctx, w, ledger.Entry{What: "auth.factor.removed", Ref: string(user), Reason: reason}, nil, nil)
}

// digits is what somebody typed without the spaces and dashes that people read codes with.
func digits(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
}

// step is the step that it is.
func (s *Service) step() int64 { return s.world.Now().Unix() / totpStep }

// prove takes user's second factor, when there is one: a code of the authenticator, or a recovery code, each once.
// Errors: Unauthorized auth.second_factor when a code is wanted and none was given, auth.code_over for the code of the
// step before, which is over, auth.failed, TooMany auth.throttled.
func (s *Service) prove(ctx context.Context, user casebook.UserID, code, address string) error {
	var f *factor
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if f, err = s.factorOf(ctx, tx, user); f == nil || err != nil || code == "" {
			return err
		}
		return throttledFor(ctx, tx, user)
	})
	switch {
	case err != nil || f == nil:
		return err
	case code == "":
		return errSecond
	}
	code = digits(code)
	step, spent := s.step(), false
	if shows(f.secret, code, step) {
		spent, err = s.spendStep(ctx, user, step)
	} else if hash := recoveryHash(code); slices.Contains(f.recovery, hash) {
		spent, err = s.spendRecovery(ctx, user, f, hash)
	}
	if err != nil || spent {
		return err
	}
	err = s.failedAt(ctx, user, true, address, true)
	if errors.Is(err, errFailed) && f.step < step-1 && shows(f.secret, code, step-1) {
		return errOver // counted like any other that is not good
	}
	return err
}

// spendStep uses up a step, unless somebody else has meanwhile.
func (s *Service) spendStep(ctx context.Context, user casebook.UserID, step int64) (spent bool, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE auth_factor SET step = $2 WHERE user_id = $1 AND step < $2`, user, step)
		spent = n == 1
		return err
	})
	return spent, err
}

func (s *Service) spendRecovery(ctx context.Context, user casebook.UserID, f *factor, hash string) (spent bool, err error) {
	left := strings.Join(slices.DeleteFunc(slices.Clone(f.recovery), func(h string) bool { return h == hash }), " ")
	ctx = casebook.WithActor(ctx, casebook.Actor{User: user, Trace: casebook.ActorFrom(ctx).Trace})
	err = s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `UPDATE auth_factor SET recovery = $3 WHERE user_id = $1 AND recovery = $2`, user, f.kept, left)
		if err != nil || n == 0 {
			return err
		}
		spent = true
		return record(ctx, w, ledger.Entry{What: "auth.recovery.used", Ref: string(user)}, nil, struct {
			Recovery string `json:"recovery"`
		}{left})
	})
	return spent, err
}
