package fhir

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Canonical is the URL by which a response names the form and the version that it answers.
func Canonical(study, form, version string) string {
	return "urn:casebook:" + study + ":" + form + "|" + version
}

// Identity is an id of FHIR for what has names of any length and letters; they cannot be read out of it.
func Identity(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// The longest id of FHIR (data type id: 1 to 64 of A to Z, a to z, 0 to 9, "-" and "."), and of a name within it.
const (
	maxID   = 64
	maxName = maxID - len(".r") - 16
)

// ID is a name as an id of FHIR. Letters, digits and hyphens stay, every other byte is a point and two hexadecimal digits.
// Of a name that is too long for that it is two points and its Identity.
func ID(name string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-':
			b.WriteByte(c)
		default:
			b.WriteString(string([]byte{'.', digits[c>>4], digits[c&15]}))
		}
	}
	if b.Len() > maxName {
		return ".." + Identity(name)
	}
	return b.String()
}

// Name is the name that ID made an id of; "" where there is none, or where it cannot be read out of the id.
func Name(id string) string {
	var b strings.Builder
	for i := 0; i < len(id); i++ {
		if id[i] != '.' {
			b.WriteByte(id[i])
			continue
		}
		c, err := hex.DecodeString(id[min(i+1, len(id)):min(i+3, len(id))])
		if err != nil || len(c) != 1 {
			return ""
		}
		b.WriteByte(c[0])
		i += 2
	}
	if ID(b.String()) != id {
		return ""
	}
	return b.String()
}

// ResponseID is the id of a form of a subject. SubjectOf says whose it is.
func ResponseID(subject, ref string) string { return ID(subject) + ".r" + Identity(subject, ref)[:16] }

// SubjectOf is the subject's ID in that of a response; "" where it is none.
func SubjectOf(id string) string {
	i := len(id) - len(".r") - 16
	if i < 1 || id[i:i+2] != ".r" {
		return ""
	}
	return id[:i]
}
