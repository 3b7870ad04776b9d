package auth

import (
	"errors"
	"time"

	"casebook"
)

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

// Common are the passwords that everybody is refused.
var Common = common

// Fitting is the code of the refusal of a password by the rules for everybody, "" when it is taken.
func Fitting(user casebook.UserID, password string) string {
	if e, ok := errors.AsType[*casebook.Error](PasswordRules{}.fitting([]string{string(user)}, password)); ok {
		return e.Code
	}
	return ""
}
