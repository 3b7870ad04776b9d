package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

func bearing(token string) *http.Request {
	r := httptest.NewRequest("POST", "/report", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func (w *ward) device(subject casebook.SubjectID) (token, id string) {
	w.t.Helper()
	token, id, err := w.auth.IssueToken(w.ctx(), auth.NewToken{Study: "HTN_24", Kind: auth.Device, Name: "phone", Subject: subject})
	w.must(err)
	return token, id
}

func refused(s *auth.Service, r *http.Request) string {
	_, err := s.Authenticate(r)
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestADeviceSpeaksForItsSubjectOnly(t *testing.T) {
	inWards(t, func(w *ward) {
		token, id := w.device("P1")
		if !strings.HasPrefix(token, "cb_HTN_24_"+id+"_") {
			w.t.Errorf("token %s", token)
		}
		p, err := w.auth.Authenticate(bearing(token))
		w.must(err)
		if p.Kind != auth.Device || p.Study != "HTN_24" || p.Subject != "P1" || p.User != casebook.UserID("device:"+id) {
			w.t.Errorf("%+v", p)
		}
		if !p.Allows(auth.ReportSubmit, "HTN_24", "01") || p.Allows(auth.ReportSubmit, "ONC-7", "01") || p.Allows(auth.FormRead, "HTN_24", "01") {
			w.t.Error("a device may do other than report in its study")
		}
		h := w.server(auth.Route{Pattern: "POST /report", Policy: auth.OwnStudy(auth.ReportSubmit), Handle: echo},
			auth.Route{Pattern: "GET /studies/{study}", Policy: auth.InStudy(auth.StudyRead), Handle: echo})
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, bearing(token))
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"Role":"device"`) || strings.Contains(rec.Body.String(), "sponsor") {
			w.t.Errorf("%d %s", rec.Code, rec.Body)
		}
		get := bearing(token)
		get.Method, get.URL.Path = "GET", "/studies/HTN_24"
		if status, _, _ := serve(h, get); status != 200 {
			w.t.Error("a device cannot read what its study is:", status)
		}
		w.person("lin", auth.Grant{Study: "HTN_24", Site: "01", Role: auth.Coordinator})
		if status, code, _ := serve(h, request("POST", "/report", w.signIn("lin"), "")); status != 403 {
			w.t.Errorf("a person reports as a device: %d %s", status, code)
		}
	})
}

func TestAClientIsNarrowedToItsScopes(t *testing.T) {
	inWards(t, func(w *ward) {
		token, _, err := w.auth.IssueToken(w.ctx(), auth.NewToken{Study: "HTN_24", Kind: auth.Client, Name: "warehouse", Scopes: []auth.Action{auth.SubjectRead, auth.FormRead}})
		w.must(err)
		p, err := w.auth.Authenticate(bearing(token))
		w.must(err)
		if !p.Allows(auth.FormRead, "HTN_24", "") || p.Allows(auth.FormWrite, "HTN_24", "") || p.Allows(auth.FormRead, "ONC-7", "") {
			w.t.Error("the scopes are not what it may do")
		}
		for name, n := range map[string]auth.NewToken{
			"no study":            {Kind: auth.Device, Subject: "P1"},
			"the platform":        {Study: casebook.Platform, Kind: auth.Device, Subject: "P1"},
			"a study with spaces": {Study: "a b", Kind: auth.Device, Subject: "P1"},
			"no subject":          {Study: "S", Kind: auth.Device},
			"a device's scopes":   {Study: "S", Kind: auth.Device, Subject: "P1", Scopes: []auth.Action{auth.FormRead}},
			"no scopes":           {Study: "S", Kind: auth.Client},
			"too much":            {Study: "S", Kind: auth.Client, Scopes: []auth.Action{auth.PlatformManage}},
			"a person":            {Study: "S", Kind: auth.Person, Scopes: []auth.Action{auth.FormRead}},
		} {
			if _, _, err := w.auth.IssueToken(w.ctx(), n); casebook.KindOf(err) != casebook.Invalid {
				w.t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestATokenThatWasNotIssuedIsRefused(t *testing.T) {
	inWards(t, func(w *ward) {
		token, id := w.device("P1")
		if code := refused(w.auth, bearing(token)); code != "" {
			w.t.Fatal("the control:", code)
		}
		secret := token[strings.LastIndexByte(token, '_')+1:]
		for _, forged := range []string{"", "x", "cb_", "cb__", "cb___", "cb_HTN_24_" + id + "_", "cb_HTN_24_" + id + "_" + strings.Repeat("0", 64),
			"cb_ONC-7_" + id + "_" + secret, "cb_HTN_24_0000000000000000_" + secret, token + "0", token[:len(token)-1], strings.ToUpper(token),
			"cb_HTN_24_" + id + "_" + secret + "\x00", strings.Repeat("cb_", 1000), "cb_\x00_" + id + "_" + secret, "cb_HTN_24\xff_" + id + "_" + secret, "cb_S_\x00_" + secret, "cb_' OR 1=1 --_" + id + "_" + secret} {
			if code := refused(w.auth, bearing(forged)); code != "auth.token.refused" {
				w.t.Errorf("%.40q: %q", forged, code)
			}
		}
		basic := httptest.NewRequest("GET", "/", nil)
		basic.SetBasicAuth("lin", password)
		if code := refused(w.auth, basic); code != "auth.token.refused" {
			w.t.Errorf("basic: %q", code)
		}
	})
}

func TestATokenEndsByRevocationAndByItsDate(t *testing.T) {
	inWards(t, func(w *ward) {
		other := auth.New(ledger.New(w.db, ledger.Options{}), w.world)
		token, id := w.device("P1")
		kept, _ := w.device("P2")
		for _, s := range []*auth.Service{w.auth, other} {
			if refused(s, bearing(token)) != "" || refused(s, bearing(kept)) != "" {
				w.t.Fatal("the control")
			}
		}
		w.must(w.auth.RevokeToken(w.ctx(), "HTN_24", id, "phone lost"))
		if refused(w.auth, bearing(token)) == "" {
			w.t.Error("good where it was revoked")
		}
		w.clock.Add(time.Second)
		if refused(other, bearing(token)) == "" {
			w.t.Error("good elsewhere after a second")
		}
		if refused(w.auth, bearing(kept)) != "" || refused(other, bearing(kept)) != "" {
			w.t.Error("another token was revoked with it")
		}
		if err := w.auth.RevokeToken(w.ctx(), "HTN_24", id, "again"); casebook.KindOf(err) != casebook.NotFound {
			w.t.Errorf("revoked twice: %v", err)
		}
		brief, _, err := w.auth.IssueToken(w.ctx(), auth.NewToken{Study: "HTN_24", Kind: auth.Device, Subject: "P3", Expires: w.clock.Now().Add(time.Hour)})
		w.must(err)
		w.clock.Add(time.Hour - time.Second)
		if code := refused(w.auth, bearing(brief)); code != "" {
			w.t.Error("ended early:", code)
		}
		w.clock.Add(time.Second)
		if refused(w.auth, bearing(brief)) == "" {
			w.t.Error("good after its date")
		}
		if v := w.verbs("HTN_24"); v["auth.token.issued"] != 3 || v["auth.token.revoked"] != 1 {
			w.t.Errorf("%v", v)
		}
	})
}

func TestTokensAreKnownWhileOthersAreIssuedAndRevoked(t *testing.T) {
	inWards(t, func(w *ward) {
		kept, _ := w.device("P0")
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				for range 8 {
					token, id := w.device("P1")
					if code := refused(w.auth, bearing(token)); code != "" {
						w.t.Error("a fresh token:", code)
					}
					if err := w.auth.RevokeToken(w.ctx(), "HTN_24", id, ""); err != nil {
						w.t.Error(err)
					}
					if refused(w.auth, bearing(token)) == "" {
						w.t.Error("a revoked token is good")
					}
				}
			})
			wait.Go(func() {
				for range 200 {
					if code := refused(w.auth, bearing(kept)); code != "" {
						w.t.Error("the kept token:", code)
					}
				}
			})
		}
		wait.Wait()
	})
}

func BenchmarkADevicesRequest(b *testing.B) {
	world := casebook.Outside()
	db, err := store.Open(b.Context(), "sqlite:"+b.TempDir()+"/casebook.db", store.Options{World: world, Migrations: migrations, Unsafe: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := auth.New(ledger.New(db, ledger.Options{}), world)
	token, _, err := s.IssueToken(b.Context(), auth.NewToken{Study: "HTN-24", Kind: auth.Device, Subject: "P1"})
	if err != nil {
		b.Fatal(err)
	}
	r := bearing(token)
	b.Run("authenticate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Authenticate(r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("route", func(b *testing.B) {
		mux := http.NewServeMux()
		route := auth.Route{Pattern: "POST /report", Policy: auth.OwnStudy(auth.ReportSubmit), Handle: func(http.ResponseWriter, *http.Request) error { return nil }}
		if err := auth.Mount(mux, s, []auth.Route{route}); err != nil {
			b.Fatal(err)
		}
		h, w := (&web.Door{World: world}).Wrap(mux), httptest.NewRecorder()
		b.ReportAllocs()
		for b.Loop() {
			h.ServeHTTP(w, r)
		}
	})
}
