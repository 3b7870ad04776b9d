package auth

import "time"

// TOTP is totp.
var TOTP = totp

// CodeOf is what an authenticator with a secret shows at a time.
func CodeOf(secret string, at time.Time) string {
	raw, err := authenticator.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	return totp(raw, at.Unix()/totpStep)
}
