package coding

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Plain is a text as it is compared: in Unicode's form NFKC, which makes full-width letters, digits and signs half-width, in small
// letters, with one space where there are several and none at the ends.
func Plain(text string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(text))), " ")
}

// indexed is a plain text as it stands in an index: a very long one by its beginning and the hash of all of it.
func indexed(plain string) string {
	const most = 600
	if len(plain) <= most {
		return plain
	}
	sum := sha256.Sum256([]byte(plain))
	return strings.ToValidUTF8(plain[:most], "") + " #" + hex.EncodeToString(sum[:8])
}

// halves divides a plain text that says itself in two scripts, 头痛 headache, into the Chinese and the other half.
func halves(plain string) (han, other string, ok bool) {
	var first, last int
	for i, r := range plain {
		if unicode.Is(unicode.Han, r) {
			if last == 0 {
				first = i
			}
			last = i + len(string(r))
		}
	}
	const between = " /,;()[]-|"
	before, after := strings.Trim(plain[:first], between), strings.Trim(plain[last:], between)
	if last == 0 || (before == "") == (after == "") {
		return "", "", false
	}
	return strings.Trim(plain[first:last], between), before + after, true
}
