package auth

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"unicode/utf8"

	"casebook"

	"golang.org/x/crypto/argon2"
)

// Cost is the work that one guess at a password takes, with argon2id and one lane.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
}

// Standard is the first choice of the OWASP password storage cheat sheet: 19 MiB, 2 passes.
var Standard = Cost{19456, 2}

const (
	argonLanes  = 1
	argonLength = 32
)

// How long a password is, in characters (ASVS 5.0, V6.2).
const (
	minPassword = 12
	maxPassword = 256
)

// common.txt are passwords that come to mind first; leaked.txt.gz the ten thousand that stand in leaks most often, of at
// least twelve characters (see docs/dependencies.md).
var (
	//go:embed common.txt
	commonFile string
	//go:embed leaked.txt.gz
	leakedFile []byte
)

// common are the passwords that everybody is refused, unpacked when the first is chosen.
var common = sync.OnceValue(func() map[string]bool {
	all := lines(commonFile)
	packed, err := gzip.NewReader(bytes.NewReader(leakedFile))
	if err == nil {
		var text []byte
		text, err = io.ReadAll(packed)
		maps.Copy(all, lines(string(text)))
	}
	if err != nil {
		panic("auth: leaked.txt.gz is damaged: " + err.Error()) // the program itself is
	}
	return all
})

// fitting refuses a password that is too short, too long, commonly used, made of words that everybody knows here, or not what
// the organisation's rules ask.
func (r PasswordRules) fitting(words []string, password string) error {
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, c := range low {
		distinct[c] = true
	}
	switch {
	case !utf8.ValidString(password) || n > maxPassword:
		return casebook.Fail(casebook.Unprocessable, "auth.password.long", maxPassword).At("password")
	case n < r.length():
		return casebook.Fail(casebook.Unprocessable, "auth.password.short", r.length()).At("password")
	case kinds(password) < r.Kinds:
		return casebook.Fail(casebook.Unprocessable, "auth.password.kinds", r.Kinds).At("password")
	case common()[low] || r.common[low] || len(distinct) < 5:
		return casebook.Fail(casebook.Unprocessable, "auth.password.common").At("password")
	case beside(password, words) < 8:
		return casebook.Fail(casebook.Unprocessable, "auth.password.words").At("password")
	}
	return nil
}

// hashing computes argon2id, for at most so many at once as the channel holds: each takes its memory and a core.
type hashing chan struct{}

// enter waits for a place, or for the end of ctx.
func (h hashing) enter(ctx context.Context) error {
	select {
	case h <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h hashing) leave() { <-h }

// hashed returns the PHC string of password under a new salt.
func (c Cost) hashed(w casebook.World, password string) string {
	salt := w.Bytes(16)
	key := argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, argonLanes, argonLength)
	code := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, argonLanes,
		code.EncodeToString(salt), code.EncodeToString(key))
}

// nobody is what the password of an unknown user is compared with: the same work, and no password fits.
func (c Cost) nobody() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", c.Memory, c.Passes)
}

// fits reports whether password is the one that stored, a PHC string of hashed, was made from.
func (c Cost) fits(stored, password string) bool {
	known := strings.HasPrefix(stored, "$argon2id$")
	if !known {
		stored = c.nobody()
	}
	var version, memory, time uint32
	var lanes uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false
	}
	_, errVersion := fmt.Sscanf(parts[2], "v=%d", &version)
	_, errCost := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes)
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	want, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errVersion != nil || errCost != nil || errSalt != nil || errKey != nil || version != argon2.Version || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known
}
