package allocation

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/vault"

	"github.com/go-json-experiment/json"
)

// What is sealed is AES-256-GCM (NIST SP 800-38D) under a nonce of 96 random bits, bound to the study and to what it belongs
// to, so that moved elsewhere it cannot be opened. The text is filled up with blanks, since a length tells, too.
const fill = 256

// errSealed says that the key is not the one that sealed, or that the bytes were changed. It never says what is in them.
var errSealed = casebook.Fail(casebook.Conflict, "allocation.sealed")

// Opaque names a thing of a study by what nobody without the key can make or try: HMAC-SHA256 over its name, in hex. Each key has another
// name for it; the newest key's is the first.
func (s *Service) Opaque(study casebook.StudyID, name string) (all []string, err error) {
	keys, err := s.keys.Keys()
	if err == nil && len(keys) == 0 {
		err = errSealed
	}
	for _, k := range keys {
		if err != nil {
			break
		}
		var own []byte
		own, err = namesKey(k)
		mac := hmac.New(sha256.New, own)
		mac.Write(bound(study, name))
		all = append(all, hex.EncodeToString(mac.Sum(nil)))
	}
	return all, err
}

// namesKey is the key of Opaque: HKDF (RFC 5869) of the sealing key.
func namesKey(k vault.Key) ([]byte, error) {
	return hkdf.Key(sha256.New, k, nil, "casebook allocation names 1", sha256.Size)
}

// Seal encrypts v, which belongs to what name says in study, under the last key. Error: Conflict allocation.sealed without one.
func (s *Service) Seal(study casebook.StudyID, name string, v any) (string, error) {
	text := ledger.Text(v)
	text += strings.Repeat(" ", (fill-len(text)%fill)%fill)
	sealed, err := s.keys.Seal(s.world, []byte(text), bound(study, name))
	return base64.StdEncoding.EncodeToString(sealed), ours(err)
}

// Open decrypts into v what Seal made. Error: Conflict allocation.sealed.
func (s *Service) Open(study casebook.StudyID, name, sealed string, v any) error {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return errSealed
	}
	plain, err := s.keys.Open(text, bound(study, name))
	if err != nil {
		return ours(err)
	}
	if json.Unmarshal(plain, v) != nil {
		return errSealed
	}
	return nil
}

// Anew returns what Seal made under the last key, and whether it was under another. Error: as Open.
func (s *Service) Anew(study casebook.StudyID, name, sealed string) (anew string, was bool, err error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", false, errSealed
	}
	text, was, err = s.keys.Reseal(s.world, text, bound(study, name))
	return base64.StdEncoding.EncodeToString(text), was, ours(err)
}

// ours says of a key that is not here what this package says.
func ours(err error) error {
	if errors.Is(err, vault.ErrNoKey) {
		return errSealed
	}
	return err
}

func bound(study casebook.StudyID, name string) []byte {
	return []byte("casebook allocation 1\n" + string(study) + "\n" + name)
}
