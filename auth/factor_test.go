package auth_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/vault"

	"github.com/go-json-experiment/json"
)

// TestTheCodesAreThoseOfRFC6238 takes the vectors of its appendix B for SHA-1, whose last six digits are ours.
func TestTheCodesAreThoseOfRFC6238(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := auth.TOTP([]byte("12345678901234567890"), at/30); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// enrol gives somebody a second factor and returns the authenticator and the recovery codes.
func (w *ward) enrol(user, session string) (code func() string, recovery []string) {
	w.t.Helper()
	offer, err := w.auth.OfferFactor(casebook.UserID(user))
	w.must(err)
	code = func() string { return auth.CodeOf(offer.Secret, w.clock.Now()) }
	recovery, err = w.auth.EnrolFactor(w.ctx(), casebook.UserID(user), session, offer.Secret, code())
	w.must(err)
	return code, recovery
}

// enter signs in with a code and returns the code of the refusal.
func (w *ward) enter(user, code, address string) string {
	w.t.Helper()
	_, _, err := w.auth.Enter(w.t.Context(), auth.Attempt{User: user, Password: password, Code: code, Address: address})
	return codeOf(w, err)
}

func codeOf(w *ward, err error) string {
	w.t.Helper()
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	w.must(err)
	return ""
}

func TestASecondFactorIsAskedForAndEachCodeIsTakenOnce(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		before, other := w.signIn("lin"), w.signIn("lin")
		code, recovery := w.enrol("lin", before)
		if !w.alive(before) || w.alive(other) {
			w.t.Error("the sessions that were opened without the second factor end, but the one that enrolled it")
		}
		if got := w.enter("lin", code(), "a"); got != "auth.failed" {
			w.t.Errorf("the code of the enrolment is taken again: %q", got)
		}
		w.clock.Add(31 * time.Second)
		for _, c := range []struct{ code, want string }{
			{"", "auth.second_factor"}, {code(), ""}, {code(), "auth.failed"}, {recovery[0], ""}, {recovery[0], "auth.failed"},
			{strings.ToUpper(strings.ReplaceAll(recovery[1], "-", " ")), ""},
		} {
			if got := w.enter("lin", c.code, "a"); got != c.want {
				w.t.Errorf("%q: %q, want %q", c.code, got, c.want)
			}
		}
		var late string
		for _, c := range []struct {
			after time.Duration
			want  string
		}{{0, ""}, {-time.Second, "auth.failed"}, {30 * time.Second, "auth.code_over"}, {60 * time.Second, "auth.failed"}, {29 * time.Second, ""}} {
			w.clock.Add(2*time.Minute - time.Duration(w.clock.Now().Unix()%30)*time.Second) // a step begins
			late = code()
			w.clock.Add(c.after)
			if got := w.enter("lin", late, "a"); got != c.want {
				w.t.Errorf("a code %v from the beginning of its 30 s: %q, want %q", c.after, got, c.want)
			}
		}
		w.clock.Add(30 * time.Second)
		if got := w.enter("lin", late, "a"); got != "auth.failed" {
			w.t.Errorf("a code that was used and is over: %q", got)
		}
		w.person("mona")
		offer, err := w.auth.OfferFactor("mona")
		w.must(err)
		for shift, want := range map[time.Duration]string{-30 * time.Second: "auth.factor.clock", 30 * time.Second: "auth.factor.clock", -time.Minute: "auth.factor.code"} {
			if _, err := w.auth.EnrolFactor(w.ctx(), "mona", "", offer.Secret, auth.CodeOf(offer.Secret, w.clock.Now().Add(shift))); codeOf(w, err) != want {
				w.t.Errorf("a telephone whose clock is %v away: %v", shift, err)
			}
		}
		if n := w.verbs(casebook.Platform)["auth.recovery.used"]; n != 2 {
			w.t.Errorf("%d recovery codes are in the log", n)
		}
	})
}

// Who knows the password and comes from a new address each time is stopped all the same.
func TestCodesCannotBeGuessedFromManyAddresses(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		code, _ := w.enrol("lin", w.signIn("lin"))
		told, tries := w.officer(), 0
		for n := range 60 {
			if got := w.enter("lin", "000000", fmt.Sprintf("10.1.0.%d", n)); got == "auth.failed" {
				tries++
			}
			w.clock.Add(10 * time.Second)
		}
		if tries > 10 {
			w.t.Errorf("%d codes were tried within ten minutes", tries)
		}
		if *told != 1 {
			w.t.Errorf("the security officer was told %d times", *told)
		}
		w.clock.Add(16 * time.Minute)
		if got := w.enter("lin", code(), "10.9.0.1"); got != "" {
			w.t.Errorf("later, its owner: %q", got)
		}
	})
}

// A role that wants a second factor gives nothing before there is one.
func TestARoleThatWantsASecondFactorGivesNothingWithout(t *testing.T) {
	inWards(t, func(w *ward) {
		w.auth.SecondFactor = []auth.Role{auth.DataManager}
		g := auth.Grant{Study: "HTN-24", Role: auth.DataManager}
		w.person("lin", g)
		w.person("mona", auth.Grant{Study: "HTN-24", Role: auth.Monitor})
		session := w.signIn("lin")
		p, err := w.auth.Authenticate(request("GET", "/", session, ""))
		w.must(err)
		if !p.Unproven || len(p.Grants) != 0 {
			w.t.Errorf("lin holds %v", p.Grants)
		}
		if p, err := w.auth.Authenticate(request("GET", "/", w.signIn("mona"), "")); err != nil || p.Unproven || len(p.Grants) != 1 {
			w.t.Errorf("the control: %+v %v", p, err)
		}
		w.enrol("lin", session)
		p, err = w.auth.Authenticate(request("GET", "/", session, ""))
		w.must(err)
		if p.Unproven || len(p.Grants) != 1 || p.Grants[0] != g {
			w.t.Errorf("afterwards lin holds %v", p.Grants)
		}
	})
}

func TestSecretsOfSecondFactorsAreEncryptedAndBoundToTheirPerson(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		w.person("mona")
		_, _ = w.enrol("lin", w.signIn("lin"))
		code, _ := w.enrol("mona", w.signIn("mona"))
		w.clock.Add(31 * time.Second)
		w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(w.t.Context(), `UPDATE auth_factor SET secret = (SELECT secret FROM auth_factor WHERE user_id = 'mona'), step = 0 WHERE user_id = 'lin'`)
			return err
		}))
		_, _, err := w.auth.Enter(w.t.Context(), auth.Attempt{User: "lin", Password: password, Code: code(), Address: "a"})
		if casebook.KindOf(err) != casebook.Internal {
			w.t.Errorf("mona's secret in lin's row: %v", err)
		}
		w.auth.Keys = new(vault.Ring)
		offer, err := w.auth.OfferFactor("lin")
		w.must(err)
		if _, err := w.auth.EnrolFactor(w.ctx(), "lin", "", offer.Secret, auth.CodeOf(offer.Secret, w.clock.Now())); codeOf(w, err) != "auth.factor.no_key" {
			w.t.Errorf("without a key: %v", err)
		}
	})
}

func TestAnInvitationIsGoodOnce(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		session := w.signIn("lin")
		token, _, err := w.auth.Invite(w.ctx(), "lin", auth.Resetting{Reason: "forgot it"})
		w.must(err)
		if w.alive(session) || w.try("lin", password, "a") != "auth.failed" {
			w.t.Error("the old password still opens the account")
		}
		if _, err := w.auth.Accept(w.t.Context(), token, auth.NewPerson{Password: "short"}); codeOf(w, err) != "auth.password.short" {
			w.t.Errorf("a short password: %v", err)
		}
		user, err := w.auth.Accept(w.t.Context(), token, auth.NewPerson{User: "gao", Password: password})
		if w.must(err); user != "lin" {
			w.t.Errorf("it was for %s", user)
		}
		w.signIn("lin")
		if _, err := w.auth.Accept(w.t.Context(), token, auth.NewPerson{Password: password}); codeOf(w, err) != "auth.invitation.unknown" {
			w.t.Errorf("used twice: %v", err)
		}
		old, _, err := w.auth.Invite(w.ctx(), "lin", auth.Resetting{Reason: "again"})
		w.must(err)
		late, _, err := w.auth.Invite(w.ctx(), "lin", auth.Resetting{Reason: "and again"})
		w.must(err)
		w.clock.Add(73 * time.Hour)
		for _, token := range []string{old, late, "", "x"} {
			if _, err := w.auth.Invited(w.t.Context(), token); codeOf(w, err) != "auth.invitation.unknown" {
				w.t.Errorf("%q: %v", token, err)
			}
		}
		gone, _, err := w.auth.Invite(w.ctx(), "lin", auth.Resetting{Reason: "once more"})
		w.must(err)
		w.must(w.auth.Deactivate(w.ctx(), "lin", "left"))
		if _, err := w.auth.Accept(w.t.Context(), gone, auth.NewPerson{Password: password}); casebook.KindOf(err) != casebook.NotFound {
			w.t.Errorf("a closed account was opened: %v", err)
		}
	})
}

func TestTheFirstAdministratorComesByATokenAndThereIsNoOther(t *testing.T) {
	inWards(t, func(w *ward) {
		void, err := w.auth.InviteFirst(w.ctx())
		w.must(err)
		token, err := w.auth.InviteFirst(w.ctx())
		w.must(err)
		first := auth.NewPerson{User: "gao", Name: "Gao", Locale: "en", Password: password}
		if _, err := w.auth.Accept(w.t.Context(), void, first); codeOf(w, err) != "auth.invitation.unknown" {
			w.t.Errorf("the token of an earlier start: %v", err)
		}
		_, err = w.auth.Accept(w.t.Context(), token, first)
		w.must(err)
		p, err := w.auth.Authenticate(request("GET", "/", w.signIn("gao"), ""))
		if w.must(err); len(p.Grants) != 1 || p.Grants[0].Role != auth.Admin {
			w.t.Errorf("the first account holds %v", p.Grants)
		}
		if again, err := w.auth.InviteFirst(w.ctx()); again != "" || err != nil {
			w.t.Errorf("a second first administrator: %v", err)
		}
	})
}

func TestTheSecondFactorIsFoldedFromTheLedger(t *testing.T) {
	inWards(t, func(w *ward) {
		l := ledger.New(w.db, ledger.Options{})
		w.person("lin")
		w.person("mona")
		_, recovery := w.enrol("lin", w.signIn("lin"))
		w.enrol("mona", w.signIn("mona"))
		w.clock.Add(time.Minute)
		if got := w.enter("lin", recovery[3], "a"); got != "" {
			w.t.Fatal(got)
		}
		w.must(w.auth.RemoveFactor(w.ctx(), "mona", "phone lost"))
		_, _, err := w.auth.Invite(w.ctx(), "mona", auth.Resetting{Reason: "phone lost"})
		w.must(err)
		w.must(l.Seal(w.t.Context(), casebook.Platform))
		if rows := w.findings(l); len(rows) > 0 {
			w.t.Fatalf("the control: %v", rows)
		}
		w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
			for _, sql := range []string{`UPDATE auth_factor SET recovery = '' WHERE user_id = 'lin'`, `UPDATE auth_invite SET expires = expires + 1`,
				`INSERT INTO auth_invite VALUES('lin', 'x', 1)`} {
				if _, err := tx.Exec(w.t.Context(), sql); err != nil {
					return err
				}
			}
			return nil
		}))
		if rows := strings.Join(w.findings(l), "; "); rows != "auth_factor lin; auth_invite lin; auth_invite mona" {
			w.t.Errorf("found: %s", rows)
		}
	})
}

// TestSomebodyLooksAfterTheirOwnAccount goes through the addresses of the page.
func TestSomebodyLooksAfterTheirOwnAccount(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: casebook.Platform, Role: auth.Admin})
		h := w.server()
		here, phone := w.signIn("lin"), w.signIn("lin")
		ask := func(method, path, secret, body string, status int) (out struct {
			Code, Secret, Path string
			Factor             bool
			Recovery           any
			Sessions           []struct {
				ID   string
				Here bool
			}
		}) {
			w.t.Helper()
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, request(method, path, secret, body))
			if rec.Code != status {
				w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
			w.must(json.Unmarshal(rec.Body.Bytes(), &out, json.MatchCaseInsensitiveNames(true)))
			return out
		}
		a := ask("GET", "/api/v1/account", here, "", 200)
		if len(a.Sessions) != 2 || a.Factor {
			w.t.Fatalf("%+v", a)
		}
		for _, s := range a.Sessions {
			if !s.Here {
				ask("DELETE", "/api/v1/account/sessions/"+s.ID, here, `{"password":"`+password+`"}`, 200)
			}
		}
		if w.alive(phone) || !w.alive(here) {
			w.t.Error("the other session goes on, or this one ended")
		}
		ask("DELETE", "/api/v1/account/sessions/no-such-session", here, `{"password":"`+password+`"}`, 404)
		secret := ask("POST", "/api/v1/account/factor/offer", here, "{}", 200).Secret
		proof := func(password string) string {
			return `{"password":"` + password + `","secret":"` + secret + `","code":"` + auth.CodeOf(secret, w.clock.Now()) + `"}`
		}
		if p := ask("POST", "/api/v1/account/factor", here, proof("not the password"), 422); p.Code != "auth.proof" {
			w.t.Errorf("%+v", p)
		}
		ask("POST", "/api/v1/account/factor", here, proof(password), 201)
		if a := ask("GET", "/api/v1/account", here, "", 200); !a.Factor || a.Recovery != 10.0 {
			w.t.Errorf("%+v", a)
		}
		if p := ask("PUT", "/api/v1/account/password", here, `{"password":"`+password+`","new":"another-long-password"}`, 422); p.Code != "auth.second_factor" {
			w.t.Errorf("%+v", p)
		}
		w.clock.Add(time.Minute)
		ask("PUT", "/api/v1/account/password", here, `{"password":"`+password+`","code":"`+auth.CodeOf(secret, w.clock.Now())+`","new":"another-long-password"}`, 200)
		if w.alive(here) {
			w.t.Error("a session lives on after the password was exchanged")
		}
	})
}

// TestAnAdministratorLooksAfterPeople goes through the addresses of the page.
func TestAnAdministratorLooksAfterPeople(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("gao", auth.Grant{Study: casebook.Platform, Role: auth.Admin})
		h, here := w.server(), w.signIn("gao")
		ask := func(method, path, body string, status int) string {
			w.t.Helper()
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, request(method, path, here, body))
			if rec.Code != status {
				w.t.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
			return rec.Body.String()
		}
		var link struct{ Path string }
		for _, way := range []string{"", `,"identified":""`, `,"identified":"mail"`} { // nobody said how lin is known
			if got := ask("POST", "/api/v1/people", `{"user":"lin","name":"Lin","nameZh":"","locale":"en"`+way+`}`, 422); !strings.Contains(got, "auth.identified") {
				w.t.Errorf("%s: %s", way, got)
			}
		}
		w.must(json.Unmarshal([]byte(ask("POST", "/api/v1/people", `{"user":"lin","name":"=Lin","nameZh":"林","locale":"zh-CN","identified":"video"}`, 201)), &link, json.MatchCaseInsensitiveNames(true)))
		ask("POST", "/api/v1/people/lin/roles", `{"study":"HTN-24","site":"01","role":"coordinator"}`, 201)
		ask("POST", "/api/v1/people/lin/roles", `{"study":"HTN-24","site":"01","role":"admin"}`, 400)
		_, token, _ := strings.Cut(link.Path, "#")
		status, _, _ := serve(h, request("PUT", "/api/v1/invitation", "", `{"token":"`+token+`","password":"`+password+`"}`))
		lin := w.signIn("lin")
		if status != 200 || !w.alive(lin) {
			w.t.Fatal("the invitation was not taken", status)
		}
		w.enrol("lin", lin)
		if got := ask("POST", "/api/v1/people/lin/invitation", `{"factor":true,"reason":"lost the telephone"}`, 422); !strings.Contains(got, "auth.identified") || !w.alive(lin) {
			w.t.Errorf("a lost factor of who was not identified: %s", got)
		}
		w.must(json.Unmarshal([]byte(ask("POST", "/api/v1/people/lin/invitation", `{"factor":true,"identified":"acquaintance","reason":"lost the telephone"}`, 201)), &link, json.MatchCaseInsensitiveNames(true)))
		if told := strings.Join(w.news("auth.person.invited"), " "); !strings.Contains(told, `"identified":"video"`) || !strings.Contains(told, `"identified":"acquaintance"`) {
			w.t.Errorf("the ledger tells %s", told)
		}
		_, token, _ = strings.Cut(link.Path, "#")
		serve(h, request("PUT", "/api/v1/invitation", "", `{"token":"`+token+`","password":"`+password+`"}`))
		lin = w.signIn("lin") // and has no second factor any more
		if report := ask("GET", "/api/v1/people/report.csv", "", 200); !strings.Contains(report, ",lin,'=Lin,true,true,false,") || !strings.Contains(report, ",HTN-24,01,coordinator\n") {
			w.t.Errorf("the review says\n%s", report)
		}
		ask("DELETE", "/api/v1/people/lin/roles", `{"study":"HTN-24","site":"01","role":"coordinator","reason":""}`, 422)
		ask("DELETE", "/api/v1/people/lin/roles", `{"study":"HTN-24","site":"01","role":"coordinator","reason":"left the site"}`, 200)
		if p, err := w.auth.Authenticate(request("GET", "/", lin, "")); err != nil || len(p.Grants) != 0 {
			w.t.Errorf("lin still holds %v %v", p, err)
		}
		ask("POST", "/api/v1/people/gao/deactivation", `{"reason":"tired"}`, 409)
		ask("POST", "/api/v1/people/lin/deactivation", `{"reason":"left the hospital"}`, 200)
		if w.alive(lin) {
			w.t.Error("a closed account's session lives")
		}
		ask("POST", "/api/v1/people", `{"user":"lin","name":"Another Lin","nameZh":"","locale":"en","identified":"document"}`, 409)
		ask("POST", "/api/v1/people/lin/invitation", `{"factor":false,"reason":"again"}`, 404)
	})
}
