package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// try signs in and returns the code of the refusal, "" when there was none.
func (w *ward) try(user, password, address string) string {
	_, _, err := w.auth.SignIn(w.t.Context(), user, password, address, "")
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	w.must(err)
	return ""
}

func (w *ward) alive(secret string) bool {
	w.t.Helper()
	_, err := w.auth.Authenticate(request("GET", "/", secret, ""))
	if err != nil && casebook.KindOf(err) != casebook.Unauthorized {
		w.t.Fatal(err)
	}
	return err == nil
}

func TestEveryWrongSignInIsAnsweredAlike(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		w.person("gone")
		w.must(w.auth.Deactivate(w.ctx(), "gone", "left the hospital"))
		w.must(w.auth.CreatePerson(w.ctx(), auth.NewPerson{User: "new", Name: "New", Locale: "zh-CN"}))
		for user, pass := range map[string]string{"lin": "wrong horse battery", "nobody": password, "gone": password, "new": "", "": "", "\x00'": password} {
			if code := w.try(user, pass, "10.0.0.9"); code != "auth.failed" {
				w.t.Errorf("%q: %q", user, code)
			}
		}
		if code := w.try("lin", password, "10.0.0.9"); code != "" {
			w.t.Error("the control:", code)
		}
		if n := w.verbs(casebook.Platform)["auth.sign_in.failed"]; n != 6 {
			w.t.Errorf("%d failures are in the log, want 6", n)
		}
		w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error {
			entries, err := ledger.Read(w.t.Context(), tx, casebook.Platform, 0, 100)
			for _, e := range entries {
				if strings.Contains(e.Ref+e.New, "nobody") || strings.Contains(e.Ref+e.Old+e.New, "horse") {
					w.t.Errorf("what a stranger typed is in the log: %s %s", e.Ref, e.New)
				}
			}
			return err
		}))
	})
}

func TestAUserIDIsNeverGivenTwice(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		w.must(w.auth.Deactivate(w.ctx(), "lin", "left"))
		err := w.auth.CreatePerson(w.ctx(), auth.NewPerson{User: "lin", Name: "Another Lin", Locale: "en", Password: password})
		if e, _ := errors.AsType[*casebook.Error](err); e == nil || e.Code != "auth.person.exists" {
			w.t.Errorf("%v", err)
		}
		for _, id := range []casebook.UserID{"", "Lin", "l", "system", "лин", "a b", "-a", "device:1", casebook.UserID(strings.Repeat("a", 65))} {
			err := w.auth.CreatePerson(w.ctx(), auth.NewPerson{User: id, Name: "X", Locale: "en"})
			if casebook.KindOf(err) != casebook.Invalid {
				w.t.Errorf("%q: %v", id, err)
			}
		}
	})
}

func TestAPasswordIsLongAndNotACommonOne(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		for pass, code := range map[string]string{
			"elevenchars": "auth.password.short", "十一个字的密码不够长啊": "auth.password.short", "": "auth.password.short",
			"Password1234": "auth.password.common", "aaaaaaaaaaaaaaaa": "auth.password.common", "121212121212": "auth.password.common",
			"lin-1234 567": "", "lin L-I-N 123": "auth.password.words", "Coordinator!": "auth.password.words", strings.Repeat("long ", 51) + "x": "", strings.Repeat("x y z é ", 32): "",
			strings.Repeat("x y z é ", 32) + "!": "auth.password.long", "twelve chars\xff": "auth.password.long", "正确的马电池订书钉十二字": "",
		} {
			err := w.auth.SetPassword(w.ctx(), "lin", pass)
			got := ""
			if e, ok := errors.AsType[*casebook.Error](err); ok {
				got = e.Code
			}
			if got != code {
				w.t.Errorf("%.20q: %q, want %q", pass, got, code)
			}
		}
		w.must(w.auth.SetPassword(w.ctx(), "lin", strings.Repeat("x y z é ", 32)))
		if code := w.try("lin", strings.Repeat("x y z é ", 32), "a"); code != "" {
			w.t.Error("256 characters are not all taken:", code)
		}
		if code := w.try("lin", strings.Repeat("x y z é ", 31), "a"); code != "auth.failed" {
			w.t.Error("a part of the password is enough:", code)
		}
	})
}

func TestGuessingIsSlowedDownAndReportedWithoutLockingOthersOut(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		w.person("mona")
		told := w.officer()
		guess := func() string { return w.try("lin", "not the password", "6.6.6.6") }
		for range 5 {
			if code := guess(); code != "auth.failed" {
				w.t.Fatal(code)
			}
		}
		if code := guess(); code != "auth.throttled" {
			w.t.Fatalf("the sixth guess at once: %q", code)
		}
		if *told != 0 {
			w.t.Errorf("the security officer is told of somebody who mistyped")
		}
		for n := range 5 { // 1 s, 2 s, 4 s, 8 s, 16 s
			w.clock.Add(time.Second << n)
			if code := guess(); code != "auth.failed" {
				w.t.Fatalf("guess %d after its pause: %q", n+6, code)
			}
		}
		if *told != 1 {
			w.t.Errorf("the security officer was told %d times", *told)
		}
		w.clock.Add(14 * time.Minute)
		if code := w.try("lin", password, "6.6.6.6"); code != "auth.throttled" {
			w.t.Errorf("after ten failures the account is open from there: %q", code)
		}
		if code := w.try("lin", password, "10.0.0.1"); code != "" {
			w.t.Errorf("its owner elsewhere is locked out: %q", code)
		}
		if code := w.try("mona", password, "6.6.6.6"); code != "" {
			w.t.Errorf("others there are locked out: %q", code)
		}
		w.clock.Add(time.Minute)
		if code := w.try("lin", password, "6.6.6.6"); code != "" {
			w.t.Errorf("the lock does not end: %q", code)
		}
		if v := w.verbs(casebook.Platform); v["auth.sign_in.failed"] != 9 || v["auth.sign_in.locked"] != 1 {
			w.t.Errorf("%v", v)
		}
	})
}

func TestTheCallerLearnsHowLongToWait(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		h := w.server()
		attempt := func() (int, string, http.Header) {
			return serve(h, request("POST", "/api/v1/session", "", `{"user":"lin","password":"not the password"}`))
		}
		for range 5 {
			attempt()
		}
		w.clock.Add(time.Second)
		attempt()
		w.clock.Add(500 * time.Millisecond) // of 2 s
		if status, code, header := attempt(); status != 429 || code != "auth.throttled" || header.Get("Retry-After") != "2" {
			w.t.Errorf("%d %s %v", status, code, header)
		}
	})
}

func TestAnAddressThatTriesManyAccountsIsSlowedDown(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		told := w.officer()
		now := store.Micros(w.clock.Now())
		w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error { // as 99 guesses at other names leave it
			_, err := tx.Exec(w.t.Context(), `INSERT INTO auth_failure(user_id, address, count, since, last) VALUES('', '6.6.6.6', 99, $1, $1)`, now)
			return err
		}))
		if code := w.try("somebody", password, "6.6.6.6"); code != "auth.failed" {
			w.t.Fatal("the control:", code)
		}
		if v := w.verbs(casebook.Platform); *told != 1 || v["auth.sign_in.locked"] != 1 {
			w.t.Errorf("the security officer was told %d times; %v", *told, v)
		}
		if code := w.try("lin", password, "6.6.6.6"); code != "auth.throttled" {
			w.t.Errorf("after a hundred: %q", code)
		}
		if code := w.try("lin", password, "10.0.0.1"); code != "" {
			w.t.Errorf("from elsewhere: %q", code)
		}
		w.clock.Add(15 * time.Minute)
		if code := w.try("lin", password, "6.6.6.6"); code != "" {
			w.t.Errorf("after the window: %q", code)
		}
	})
}

func TestAnAddressIsOneMachinesAndTheCookieSecureBehindTLS(t *testing.T) {
	t.Parallel()
	s := auth.New(ledger.New(nil, ledger.Options{}), casebook.Outside())
	for remote, want := range map[string]string{"10.0.0.1:4711": "10.0.0.1", "[::ffff:10.0.0.1]:4711": "10.0.0.1",
		"[2001:db8:1:2:3:4:5:6]:443": "2001:db8:1:2::/64", "[fe80::1%eth0]:80": "fe80::/64", "@": "@"} {
		if got := s.Address(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
	answer := func() *http.Cookie {
		mux := http.NewServeMux()
		if err := auth.Mount(mux, s, s.Routes()); err != nil {
			t.Fatal(err)
		}
		rec := httptest.NewRecorder()
		r := request("DELETE", "/api/v1/session", "", "")
		r.Header.Set("X-Forwarded-Proto", "https") // which a stranger may say, too
		mux.ServeHTTP(rec, r)
		return rec.Result().Cookies()[0]
	}
	if c := answer(); c.Secure || c.Name != "casebook_session" {
		t.Error("secure without TLS: the browser would not send it back")
	}
	s.Origin = web.Origin(netip.MustParsePrefix("192.0.2.0/24")) // where httptest's requests come from
	if c := answer(); !c.Secure || c.Name != "__Host-casebook_session" || c.Path != "/" || c.Domain != "" {
		t.Error("not secure behind TLS")
	}
}

// Without the end for what was used in the future, the session would live until the clock is where it was and fifteen minutes more.
func TestASessionDoesNotLiveOnForAsLongAsTheClockWasTurnedBack(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		secret := w.signIn("lin")
		w.clock.Add(-time.Minute) // another copy of the server, whose clock differs
		if !w.alive(secret) {
			w.t.Error("dead after a minute")
		}
		w.clock.Add(-time.Hour)
		w.clock.Add(16 * time.Minute)
		if w.alive(secret) {
			w.t.Error("alive unused for 16 minutes, since the clock was turned back an hour")
		}
		if secret = w.signIn("lin"); !w.alive(secret) {
			w.t.Error("a new session is dead")
		}
	})
}

// A session that was refused once does not come back with the clock, and one that nobody asked for does not either while the process
// runs that knows it: it counts by a clock that nobody turns. Control: a process without such a clock lets it in.
func TestASessionDoesNotOpenAgainWhenTheClockComesToWhereItWas(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		refused := w.signIn("lin")
		w.clock.Add(-time.Hour + 20*time.Minute)
		if w.alive(refused) {
			w.t.Error("alive in the future")
		}
		w.clock.Add(45 * time.Minute)
		if w.alive(refused) {
			w.t.Error("refused once, and in again when the clock has come to where it was")
		}

		steady := new(atomic.Int64)
		world := w.world
		world.Steady = func() time.Duration { return time.Duration(steady.Load()) }
		knows := &ward{t: w.t, clock: w.clock, world: world, db: w.db, auth: auth.New(ledger.New(w.db, ledger.Options{}), world)}
		knows.auth.Cost = w.auth.Cost
		for _, c := range []struct {
			w    *ward
			lets bool
		}{{w, true}, {knows, false}} {
			secret := c.w.signIn("lin")
			w.clock.Add(-time.Hour + 70*time.Minute)
			steady.Add(int64(70 * time.Minute))
			if in := c.w.alive(secret); in != c.lets {
				w.t.Errorf("unused for 70 minutes, in which the clock was turned back an hour: in is %v", in)
			}
		}
	})
}

func TestASessionEndsWhenItIsNotUsedAndAfterADay(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		secret := w.signIn("lin")
		w.clock.Add(20 * time.Second) // not yet noted in the database
		if !w.alive(secret) {
			w.t.Fatal("dead after 20 s")
		}
		w.clock.Add(15*time.Minute - time.Microsecond)
		if !w.alive(secret) {
			w.t.Error("dead before 15 idle minutes")
		}
		w.clock.Add(15 * time.Minute)
		if w.alive(secret) {
			w.t.Error("alive after 15 idle minutes")
		}
		secret = w.signIn("lin")
		for range 11*6 + 5 {
			w.clock.Add(10 * time.Minute)
			if !w.alive(secret) {
				w.t.Fatal("dead within 12 h of use")
			}
		}
		w.clock.Add(10 * time.Minute)
		if w.alive(secret) {
			w.t.Error("alive 12 h after sign-in")
		}
	})
}

func TestAnotherServerKnowsThatASessionIsUsed(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		secret := w.signIn("lin")
		other := &ward{t: w.t, clock: w.clock, world: w.world, db: w.db, auth: auth.New(ledger.New(w.db, ledger.Options{}), w.world)}
		for range 4 {
			w.clock.Add(10 * time.Minute)
			if !w.alive(secret) {
				w.t.Fatal("dead in use")
			}
		}
		w.clock.Add(10 * time.Minute)
		if !other.alive(secret) {
			w.t.Error("the other server does not know of its use")
		}
		for range 2 {
			w.clock.Add(10 * time.Minute)
			if !w.alive(secret) {
				w.t.Fatal("dead in use")
			}
		}
		if !other.alive(secret) {
			w.t.Error("the other server, which knew of an earlier use, does not know of the later")
		}
	})
}

func TestWhatIsWithdrawnHasNoEffectAnywhereWithinTheSecond(t *testing.T) {
	inWards(t, func(w *ward) {
		other := &ward{t: w.t, clock: w.clock, world: w.world, db: w.db, auth: auth.New(ledger.New(w.db, ledger.Options{}), w.world)}
		g := auth.Grant{Study: "HTN-24", Role: auth.Monitor}
		for name, take := range map[string]func(secret string) error{
			"signed out":  func(secret string) error { return w.auth.SignOut(w.t.Context(), secret) },
			"deactivated": func(string) error { return w.auth.Deactivate(w.ctx(), "deactivated", "left") },
			"password":    func(string) error { return w.auth.SetPassword(w.ctx(), "password", password+"!") },
		} {
			user := strings.ReplaceAll(name, " ", "-")
			w.person(user, g)
			secret := w.signIn(user)
			if !w.alive(secret) || !other.alive(secret) {
				w.t.Fatal("the control: not signed in")
			}
			w.must(take(secret))
			if w.alive(secret) {
				w.t.Errorf("%s: alive where it was done", name)
			}
			w.clock.Add(time.Second)
			if other.alive(secret) {
				w.t.Errorf("%s: alive elsewhere after a second", name)
			}
		}
		w.person("mona", g)
		secret := w.signIn("mona")
		holds := func(s *auth.Service) bool {
			p, err := s.Authenticate(request("GET", "/", secret, ""))
			w.must(err)
			return p.Allows(auth.FormRead, "HTN-24", "")
		}
		if !holds(w.auth) || !holds(other.auth) {
			w.t.Fatal("the control: the role is not held")
		}
		w.must(w.auth.WithdrawRole(w.ctx(), "mona", g, "moved"))
		w.clock.Add(time.Second)
		if holds(w.auth) || holds(other.auth) {
			w.t.Error("the withdrawn role is held")
		}
		w.must(w.auth.GrantRole(w.ctx(), "mona", g))
		w.must(w.auth.GrantRole(w.ctx(), "mona", g)) // again: no entry
		both := w.auth.GrantRole(w.ctx(), "mona", auth.Grant{Study: g.Study, Role: auth.Unblinded})
		if casebook.KindOf(both) != casebook.Conflict {
			t.Errorf("somebody is blinded and unblinded in one study: %v", both)
		}
		w.clock.Add(time.Second)
		if !holds(w.auth) || !holds(other.auth) {
			w.t.Error("the role given back is not held")
		}
		if v := w.verbs(casebook.Platform); v["auth.role.granted"] != 5 || v["auth.role.withdrawn"] != 1 {
			w.t.Errorf("%v", v)
		}
	})
}

func TestSigningInAgainEndsTheSessionBefore(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		first := w.signIn("lin")
		if !w.alive(first) {
			w.t.Fatal("the control")
		}
		second, _, err := w.auth.SignIn(w.t.Context(), "lin", password, "10.0.0.1", first)
		w.must(err)
		if first == second || w.alive(first) || !w.alive(second) {
			w.t.Error("the session was not renewed")
		}
	})
}

func TestOneSessionTooManyEndsTheOneThatWasNotUsedForTheLongestTime(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		w.person("mona")
		other, first, second := w.signIn("mona"), w.signIn("lin"), w.signIn("lin")
		w.clock.Add(time.Minute)
		if !w.alive(first) {
			w.t.Fatal("the control: without a limit there are as many as one opens")
		}
		w.auth.Sessions = 2
		third := w.signIn("lin")
		if w.alive(second) || !w.alive(first) || !w.alive(third) || !w.alive(other) {
			w.t.Errorf("used a minute ago %t, not since %t, new %t, of somebody else %t", w.alive(first), w.alive(second), w.alive(third), w.alive(other))
		}
		if told := w.news("auth.session.ended"); len(told) != 1 || told[0] != `{"ended":1,"most":2}` {
			w.t.Errorf("the ledger tells %q", told)
		}
	})
}

func TestAnotherSitesPageCannotUseTheCookie(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Role: auth.DataManager})
		done := 0
		h := w.server(auth.Route{Pattern: "POST /studies/{study}/publish", Policy: auth.InStudy(auth.StudyManage),
			Handle: func(rw http.ResponseWriter, _ *http.Request) error { done++; return web.JSON(rw, 200, "ok") }})
		secret := w.signIn("lin")
		for name, c := range map[string]struct {
			set    map[string]string
			status int
		}{
			"our page":                  {nil, 200},
			"our page, old browser":     {map[string]string{"Sec-Fetch-Site": "", "Origin": "http://example.com"}, 200},
			"no header":                 {map[string]string{"X-Casebook": ""}, 403},
			"another site":              {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
			"a neighbour":               {map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
			"another site, old browser": {map[string]string{"Sec-Fetch-Site": "", "Origin": "http://evil.example"}, 403},
			"a frame without origin":    {map[string]string{"Sec-Fetch-Site": "", "Origin": "null"}, 403},
		} {
			before := done
			r := request("POST", "/studies/HTN-24/publish", secret, "")
			for k, v := range c.set {
				if v == "" {
					r.Header.Del(k)
				} else {
					r.Header.Set(k, v)
				}
			}
			status, code, _ := serve(h, r)
			if status != c.status || (done > before) != (c.status == 200) {
				w.t.Errorf("%s: %d %s", name, status, code)
			}
		}
		r := request("POST", "/api/v1/session", "", `{"user":"lin","password":"`+password+`"}`)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if status, code, _ := serve(h, r); status != 403 || code != "auth.cross_site" {
			w.t.Errorf("another site signs its visitor in here: %d %s", status, code)
		}
	})
}

func TestAForeignStudyIsAnsweredLikeAMissingOne(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Site: "01", Role: auth.Coordinator})
		h := w.server(
			auth.Route{Pattern: "GET /studies/{study}", Policy: auth.InStudy(auth.StudyRead), Handle: echo},
			auth.Route{Pattern: "GET /studies/{study}/signals", Policy: auth.SiteInside(auth.SignalRead), Handle: echo},
			auth.Route{Pattern: "GET /trials/{trialId}/patients", Policy: auth.SiteInside(auth.SubjectRead), Handle: func(rw http.ResponseWriter, r *http.Request) error {
				_, sites := auth.From(r.Context()).Sites(auth.SubjectRead, "HTN-24")
				return web.JSON(rw, 200, sites)
			}},
			auth.Route{Pattern: "GET /settings", Policy: auth.OnPlatform(auth.PlatformManage), Handle: echo})
		secret := w.signIn("lin")
		for path, want := range map[string]string{"/studies/HTN-24": "200 ", "/studies/ONC-7": "404 trial.unknown", "/studies/no-such": "404 trial.unknown",
			"/studies/platform": "404 trial.unknown", "/trials/HTN-24/patients": "200 ", "/trials/ONC-7/patients": "404 trial.unknown",
			"/studies/HTN-24/signals": "403 auth.forbidden", "/studies/ONC-7/signals": "404 trial.unknown", "/settings": "403 auth.forbidden"} {
			status, code, _ := serve(h, request("GET", path, secret, ""))
			if got := fmt.Sprintf("%d %s", status, code); got != want {
				w.t.Errorf("%s: %s, want %s", path, got, want)
			}
			if status, code, _ := serve(h, request("GET", path, "", "")); status != 401 || code != "auth.signed_out" {
				w.t.Errorf("%s without a session: %d %s", path, status, code)
			}
		}
	})
}

func echo(rw http.ResponseWriter, r *http.Request) error {
	return web.JSON(rw, 200, casebook.ActorFrom(r.Context()))
}

func TestAHandlerThatForgetsToAskForTheSiteCannotAnswer(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Site: "01", Role: auth.Coordinator})
		h := w.server(
			auth.Route{Pattern: "GET /{study}/forgets", Policy: auth.SiteInside(auth.FormRead), Handle: func(rw http.ResponseWriter, _ *http.Request) error {
				return web.JSON(rw, 200, "the whole study's forms")
			}},
			auth.Route{Pattern: "GET /{study}/asks/{site}", Policy: auth.SiteInside(auth.FormRead), Handle: func(rw http.ResponseWriter, r *http.Request) error {
				ctx, ok := auth.Act(r.Context(), auth.FormRead, "HTN-24", casebook.SiteID(r.PathValue("site")))
				if !ok {
					return casebook.Fail(casebook.NotFound, "trial.site_unknown", r.PathValue("site"))
				}
				return web.JSON(rw, 200, casebook.ActorFrom(ctx).Location)
			}})
		secret := w.signIn("lin")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, request("GET", "/HTN-24/forgets", secret, ""))
		if rec.Code != 500 || strings.Contains(rec.Body.String(), "whole study") {
			w.t.Errorf("%d %s", rec.Code, rec.Body)
		}
		rec = httptest.NewRecorder()
		h.ServeHTTP(rec, request("GET", "/HTN-24/asks/01", secret, ""))
		if rec.Code != 200 || rec.Body.String() != `"01"` {
			w.t.Errorf("the control: %d %s", rec.Code, rec.Body)
		}
		if status, code, _ := serve(h, request("GET", "/HTN-24/asks/02", secret, "")); status != 404 || code != "trial.site_unknown" {
			w.t.Errorf("another site: %d %s", status, code)
		}
	})
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin", auth.Grant{Study: "HTN-24", Role: auth.Monitor})
		secret := w.signIn("lin")
		live := auth.SiteInside(auth.SignalRead)
		r := request("GET", "/HTN-24/live", secret, "")
		r.SetPathValue("study", "HTN-24")
		w.must(w.auth.Still(r, live))
		for range 14 {
			w.clock.Add(time.Minute)
			w.must(w.auth.Still(r, live))
		}
		w.clock.Add(time.Minute)
		if err := w.auth.Still(r, live); casebook.KindOf(err) != casebook.Unauthorized {
			w.t.Errorf("a forgotten stream keeps its session alive: %v", err)
		}
		r = request("GET", "/HTN-24/live", w.signIn("lin"), "")
		r.SetPathValue("study", "HTN-24")
		w.must(w.auth.WithdrawRole(w.ctx(), "lin", auth.Grant{Study: "HTN-24", Role: auth.Monitor}, "moved"))
		if err := w.auth.Still(r, live); casebook.KindOf(err) != casebook.NotFound {
			w.t.Errorf("the stream outlives its role: %v", err)
		}
	})
}

func TestManySignInsAtOnceShareTwoPlacesAndLetGoInTime(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("lin")
		var wait sync.WaitGroup
		var mu sync.Mutex
		answers := map[string]int{}
		for range 12 {
			wait.Go(func() {
				code := w.try("lin", "not the password", "6.6.6.6")
				mu.Lock()
				answers[code]++
				mu.Unlock()
			})
		}
		wait.Wait()
		if answers["auth.failed"] > 6 || answers["auth.failed"]+answers["auth.throttled"] != 12 { // five, and one more already under way
			w.t.Errorf("%v", answers)
		}
		ctx, leave := context.WithCancel(w.t.Context())
		leave()
		if _, _, err := w.auth.SignIn(ctx, "lin", password, "10.0.0.1", ""); !errors.Is(err, context.Canceled) {
			w.t.Errorf("a caller who went away: %v", err)
		}
	})
}
