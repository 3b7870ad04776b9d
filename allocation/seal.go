package allocation

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"

	"casebook"

	"github.com/go-json-experiment/json"
)

// What is sealed is AES-256-GCM (NIST SP 800-38D) under a nonce of 96 random bits, bound to the study and to what it belongs
// to, so that moved elsewhere it cannot be opened. The text is filled up with blanks, since a length tells, too.
const fill = 256

// errSealed says that the key is not the one that sealed, or that the bytes were changed. It never says what is in them.
var errSealed = casebook.Fail(casebook.Conflict, "allocation.sealed")

func newVault(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Seal encrypts v, which belongs to what name says in study.
func (s *Service) Seal(study casebook.StudyID, name string, v any) string {
	text := canonical(v)
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
