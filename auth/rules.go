package auth

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

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
	// Words are names that everybody knows there: the organisation's, its projects'. No password is made of them.
	Words []string `json:"words,omitempty"`

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
	for i, word := range r.Words {
		if utf8.RuneCountInString(plain(word)) < minWord {
			return r, casebook.Fail(casebook.Invalid, "auth.rules.word", path, word, minWord).At(fmt.Sprintf("words[%d]", i))
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

// minWord is how many letters and digits a name has at least that passwords are held against: shorter ones stand in every word.
const minWord = 3

// plain are the letters and digits of text, small.
func plain(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, text)
}

// beside counts the characters of password that are not those of words, however these are written.
func beside(password string, words []string) int {
	n, left := utf8.RuneCountInString(password), plain(password)
	words = slices.DeleteFunc(words, func(word string) bool { return utf8.RuneCountInString(word) < minWord })
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) }) // the longest first
	for _, word := range slices.Compact(words) {
		n -= strings.Count(left, word) * utf8.RuneCountInString(word)
		left = strings.ReplaceAll(left, word, " ")
	}
	return n
}

// words are the names that user's password must not be made of: the product's, those of the roles and of the installation's
// studies, the user's own, the provider's and what the rules add.
func (s *Service) words(ctx context.Context, user casebook.UserID) (words []string, err error) {
	words = append(words, "casebook", plain(string(user)))
	for part := range strings.FieldsFuncSeq(string(user), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		words = append(words, part)
	}
	for role := range policy.of {
		words = append(words, string(role))
	}
	if s.Provider != nil {
		words = append(words, plain(s.Provider.Name))
	}
	for _, word := range s.Rules.Words {
		words = append(words, plain(word))
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		studies, err := store.All(ctx, tx, func(r *store.Rows) (study string, err error) { return study, r.Scan(&study) }, `SELECT DISTINCT study_id FROM auth_grant ORDER BY study_id`)
		for _, study := range studies {
			words = append(words, plain(study))
		}
		return err
	})
	return words, err
}

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
