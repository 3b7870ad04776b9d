package allocation

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"casebook"
	"casebook/ledger"

	"github.com/go-json-experiment/json"
)

// What is sealed is AES-256-GCM (NIST SP 800-38D) under a nonce of 96 random bits, bound to the study and to what it belongs
// to, so that moved elsewhere it cannot be opened. The text is filled up with blanks, since a length tells, too.
const fill = 256

// errSealed says that the key is not the one that sealed, or that the bytes were changed. It never says what is in them.
var errSealed = casebook.Fail(casebook.Conflict, "allocation.sealed")

// Opaque names a thing of a study by what nobody without the key can make or try: HMAC-SHA256 over its name, in hex.
func (s *Service) Opaque(study casebook.StudyID, name string) string {
	mac := hmac.New(sha256.New, s.names)
	mac.Write(bound(study, name))
	return hex.EncodeToString(mac.Sum(nil))
}

// namesKey is the key of Opaque: HKDF (RFC 5869) of the sealing key.
func namesKey(key []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, key, nil, "casebook allocation names 1", sha256.Size)
}

func newVault(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Seal encrypts v, which belongs to what name says in study.
func (s *Service) Seal(study casebook.StudyID, name string, v any) string {
	text := ledger.Text(v)
	text += strings.Repeat(" ", (fill-len(text)%fill)%fill)
	nonce := s.world.Bytes(s.vault.NonceSize())
	return base64.StdEncoding.EncodeToString(s.vault.Seal(nonce, nonce, []byte(text), bound(study, name)))
}

// Open decrypts into v what Seal made. Error: Conflict allocation.sealed.
func (s *Service) Open(study casebook.StudyID, name, sealed string, v any) error {
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) < s.vault.NonceSize() {
		return errSealed
	}
	n := s.vault.NonceSize()
	plain, err := s.vault.Open(nil, text[:n], text[n:], bound(study, name))
	if err != nil || json.Unmarshal(plain, v) != nil {
		return errSealed
	}
	return nil
}

func bound(study casebook.StudyID, name string) []byte {
	return []byte("casebook allocation 1\n" + string(study) + "\n" + name)
}
