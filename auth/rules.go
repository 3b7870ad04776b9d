package auth

import (
	"context"
	"os"
	"strings"
	"time"
	"unicode"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// PasswordRules are what an organisation asks of passwords beyond what everybody is asked. The zero value asks nothing
// more, as ASVS 5.0, V6.2 advises; some regulators want kinds and ages (GB/T 22239-2019, 8.1.4.1).
type PasswordRules struct {
	Length int `json:"length,omitzero"` // characters at least, 12 unless set, and never fewer
	Kinds  int `json:"kinds,omitzero"`  // of four at least: small letters or such without case, capitals, digits, other characters
	Days   int `json:"days,omitzero"`   // after so many a password opens nothing but the page where another is chosen
	Past   int `json:"past,omitzero"`   // so many passwords before the last are not taken again
	// Common names a file with more passwords that are refused, one a line.
	Common string `json:"common,omitzero"`

	common map[string]bool
}

// ReadPasswordRules reads a file of rules: JSON with the names above, nothing else. Error: Invalid auth.rules, with what
// is wrong.
func ReadPasswordRules(path string) (r PasswordRules, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &r, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return r, casebook.Fail(casebook.Invalid, "auth.rules", path, err.Error()).Wrap(err)
	}
	for _, limit := range []struct {
		name         string
		is, from, to int
	}{{"length", r.Length, minPassword, 64}, {"kinds", r.Kinds, 1, 4}, {"days", r.Days, 1, 3650}, {"past", r.Past, 1, 24}} {
		if limit.is != 0 && (limit.is < limit.from || limit.is > limit.to) {
			return r, casebook.Fail(casebook.Invalid, "auth.rules.range", path, limit.name, limit.from, limit.to).At(limit.name)
		}
	}
	if r.Common == "" {
		return r, nil
	}
	if text, err = os.ReadFile(r.Common); err != nil {
		return r, casebook.Fail(casebook.Invalid, "auth.rules", path, err.Error()).At("common").Wrap(err)
	}
	r.common = lines(string(text))
	return r, nil
}

// lines is the set of the lines of text, in small letters.
func lines(text string) map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(text) {
		all[strings.ToLower(strings.TrimSpace(line))] = true
	}
	return all
}

// length is how many characters a password has at least.
func (r PasswordRules) length() int { return max(minPassword, r.Length) }

// kinds counts the kinds of characters in password.
func kinds(password string) int {
	var small, capital, digit, other int
	for _, c := range password {
		switch {
		case unicode.IsDigit(c):
			digit = 1
		case unicode.IsUpper(c):
			capital = 1
		case unicode.IsLetter(c):
			small = 1
		default:
			other = 1
		}
	}
	return small + capital + digit + other
}

// stale reports whether a password that was chosen then has to be exchanged.
func (r PasswordRules) stale(chosen int64, now time.Time) bool {
	return r.Days > 0 && !now.Before(store.Time(chosen).AddDate(0, 0, r.Days))
}

// unlikePast refuses the password that user has, and those before it that the rules tell. The caller holds a place for
// hashing.
func (s *Service) unlikePast(ctx context.Context, user casebook.UserID, password string) error {
	if s.Rules.Past == 0 {
		return nil
	}
	var past []string
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		past, err = store.All(ctx, tx, func(r *store.Rows) (stored string, err error) { return stored, r.Scan(&stored) },
			`SELECT password FROM auth_person WHERE user_id = $1 AND password <> ''
			UNION ALL SELECT password FROM auth_password_past WHERE user_id = $1 ORDER BY password`, user)
		return err
	})
	if err != nil {
		return err
	}
	for _, stored := range past {
		if s.Cost.fits(stored, password) {
			return casebook.Fail(casebook.Unprocessable, "auth.password.past", s.Rules.Past).At("password")
		}
	}
	return nil
}

// keepPast notes the password that user is about to lose, and forgets those that no rule asks for any more.
func (s *Service) keepPast(ctx context.Context, w *ledger.Writer, user casebook.UserID) error {
	if s.Rules.Past > 1 {
		_, err := w.Exec(ctx, `INSERT INTO auth_password_past(user_id, until, password)
			SELECT user_id, CAST($2 AS BIGINT), password FROM auth_person WHERE user_id = $1 AND password <> '' ON CONFLICT DO NOTHING`, user, store.Micros(w.Now))
		if err != nil {
			return err
		}
	}
	return w.Later(ctx, `DELETE FROM auth_password_past WHERE user_id = $1 AND until NOT IN (
		SELECT until FROM auth_password_past WHERE user_id = $1 ORDER BY until DESC LIMIT $2)`, user, max(0, s.Rules.Past-1))
}
