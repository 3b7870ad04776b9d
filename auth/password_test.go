package auth_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
)

// What the tests of this product do cheaply, the product does not.
func TestAGuessCostsWhatOWASPAsks(t *testing.T) {
	inWards(t, func(w *ward) {
		cost := auth.New(ledger.New(w.db, ledger.Options{}), casebook.Outside()).Cost
		if cost != auth.Standard || cost.Memory < 19<<10 || cost.Passes < 2 {
			w.t.Errorf("a service that nobody told otherwise works with %+v", cost)
		}
		w.auth.Cost = cost
		w.person("lin")
		var stored string
		w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
			return tx.Row(w.t.Context(), `SELECT password FROM auth_person WHERE user_id = $1`, "lin").Scan(&stored)
		}))
		if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
			w.t.Errorf("kept is %.40s", stored)
		}
	})
}

// Passwords that stand in leaks are refused in any capitals, and none of the list is one that the length refuses anyway.
func TestPasswordsThatStandInLeaksAreRefused(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"password1234": "auth.password.common", "1qaz2wsx3edc": "auth.password.common", "Qazwsxedcrfv": "auth.password.common", "LEAVEMEALONE": "auth.password.common",
		"sonyericsson": "auth.password.common", "gfhjkmgfhjkm": "auth.password.common",
		"leavemealone ": "", "violet tram 47 harbour": "", "sonyericsson of 2031": "", "雨后的小路旁有三只猫和一只狗": "",
	} {
		if got := auth.Fitting("lin", password); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
	if n := len(auth.Common()); n < 10_000 {
		t.Errorf("the list has %d passwords", n)
	}
	for password := range auth.Common() {
		if utf8.RuneCountInString(password) < 12 && password != "" || strings.ToLower(password) != password {
			t.Errorf("%q is never asked for", password)
		}
	}
}
