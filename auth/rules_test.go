package auth_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"casebook/auth"
	"casebook/store"
)

// chosen has lin exchange a password and returns the code of the refusal, "" when it is taken.
func (w *ward) chosen(text string) string {
	w.t.Helper()
	w.clock.Add(time.Minute)
	return codeOf(w, w.auth.SetPassword(w.ctx(), "lin", text))
}

// The second column is what happens without rules: the control.
func TestAnOrganisationMayAskMoreOfPasswords(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		rules := auth.PasswordRules{Length: 14, Kinds: 3, Past: 2}
		for _, c := range []struct{ password, plain, strict string }{
			{"violet tram", "auth.password.short", "auth.password.short"},
			{"Violet tram4", "", "auth.password.short"},
			{"violet tram harbours", "", "auth.password.kinds"},
			{"紫色电车开往四十七号港口 47", "", ""}, // letters without case count as small ones
			{"Violet tram 47 harbour", "", ""},
		} {
			w.auth.Rules = auth.PasswordRules{}
			if got := w.chosen(c.password); got != c.plain {
				w.t.Errorf("%q without rules: %q, want %q", c.password, got, c.plain)
			}
			w.auth.Rules = rules
			if got := w.chosen(c.password + "!"); got != c.strict {
				w.t.Errorf("%q with rules: %q, want %q", c.password+"!", got, c.strict)
			}
		}
	})
}

// Each password but those of the controls is made of names that everybody knows there, and of little else.
func TestAPasswordIsNotMadeOfNamesThatEverybodyKnows(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Role: auth.Monitor})
		const refused = "auth.password.words"
		for _, c := range []struct{ password, without, with string }{
			{"Casebook 2026!", refused, refused}, {"my casebook 26", refused, refused}, {"CASE-book HTN.24", refused, refused}, {"htn_24/htn_24/7", refused, refused},
			{"monitor-casebook", refused, refused}, {"Qinghe Hospital 26", "", refused}, {"清河医院清河医院二零二六", "", refused},
			{"casebook by the river", "", ""}, {"violet tram HTN-24", "", ""}, {"Qinghe trams are violet", "", ""},
		} {
			w.auth.Rules = auth.PasswordRules{}
			if got := w.chosen(c.password); got != c.without {
				w.t.Errorf("%q: %q, want %q", c.password, got, c.without)
			}
			w.auth.Rules = auth.PasswordRules{Words: []string{"Qinghe", "hospital", "清河医院"}}
			if got := w.chosen(c.password); got != c.with {
				w.t.Errorf("%q with the organisation's words: %q, want %q", c.password, got, c.with)
			}
		}
	})
}

func TestOldPasswordsAreNotTakenAgain(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		w.auth.Rules = auth.PasswordRules{Past: 2}
		const first, second, third = "harbour tram 47 violet", "orange ferry 12 window", "silver bridge 83 lamp"
		for i, c := range []struct{ password, code string }{
			{password, "auth.password.past"}, // the one in use
			{first, ""}, {password, "auth.password.past"}, {second, ""}, {first, "auth.password.past"},
			{password, ""}, // two others have been used since
			{third, ""},
		} {
			if got := w.chosen(c.password); got != c.code {
				w.t.Errorf("step %d: %q, want %q", i, got, c.code)
			}
		}
		if n := w.kept(); n != 1 {
			w.t.Errorf("%d passwords are kept, want the one before", n)
		}
		w.auth.Rules = auth.PasswordRules{}
		if got := w.chosen(third); got != "" { // the control
			w.t.Errorf("without rules: %q", got)
		}
		if n := w.kept(); n != 0 {
			w.t.Errorf("%d passwords are kept that no rule asks for", n)
		}
	})
}

func (w *ward) kept() (n int) {
	w.t.Helper()
	w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
		return tx.Row(w.t.Context(), `SELECT count(*) FROM auth_password_past`).Scan(&n)
	}))
	return n
}

func TestAStalePasswordOpensNothingButItsExchange(t *testing.T) {
	inWards(t, func(w *ward) {
		w.auth.Rules = auth.PasswordRules{Days: 90}
		w.person("lin", auth.Grant{Study: "HTN_24", Site: "01", Role: auth.Coordinator})
		w.clock.Add(90*24*time.Hour - time.Hour)
		held := func() (n int, stale bool) {
			_, p, err := w.auth.SignIn(w.t.Context(), "lin", password, "10.0.0.1", "")
			w.must(err)
			return len(p.Grants), p.Stale
		}
		if n, stale := held(); n != 1 || stale {
			w.t.Fatalf("an hour before: %d roles, stale %v", n, stale)
		}
		w.clock.Add(2 * time.Hour)
		if n, stale := held(); n != 0 || !stale {
			w.t.Fatalf("an hour after: %d roles, stale %v", n, stale)
		}
		secret := w.signIn("lin")
		status, code, _ := serve(w.server(), request("PUT", "/api/v1/account/password", secret, `{"password":"`+password+`","code":"","new":"harbour tram 47 violet"}`))
		if status != 200 || code != "" {
			w.t.Fatalf("the exchange: %d %s", status, code)
		}
		_, p, err := w.auth.SignIn(w.t.Context(), "lin", "harbour tram 47 violet", "10.0.0.1", "")
		w.must(err)
		if len(p.Grants) != 1 || p.Stale {
			w.t.Errorf("after the exchange: %d roles, stale %v", len(p.Grants), p.Stale)
		}
	})
}

func TestFilesOfPasswordRules(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	common := write("common", "Harbour Tram 47 Violet\n")
	for text, want := range map[string]string{
		`{}`: "", `{"length":16,"kinds":3,"days":90,"past":5}`: "", `{"length":11}`: "auth.rules.range", `{"kinds":5}`: "auth.rules.range",
		`{"words":["Qinghe"]}`: "", `{"words":["a-b"]}`: "auth.rules.word", `{"days":-1}`: "auth.rules.range", `{"past":25}`: "auth.rules.range", `{"lenght":16}`: "auth.rules", `{"common":"` + dir + `/none"}`: "auth.rules",
		`{"length":16`: "auth.rules", `{"common":"` + common + `"}`: "",
	} {
		if _, err := auth.ReadPasswordRules(write("rules", text)); codeOf(&ward{t: t}, err) != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	rules, err := auth.ReadPasswordRules(write("rules", `{"common":"`+common+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	inWards(t, func(w *ward) {
		w.person("lin")
		w.auth.Rules = rules
		got := []string{w.chosen("harbour tram 47 VIOLET"), w.chosen("harbour tram 48 violet")}
		if !slices.Equal(got, []string{"auth.password.common", ""}) {
			w.t.Errorf("a listed password and another: %q", got)
		}
	})
}
