package auth_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
)

// client makes a client of HTN_24 and returns its key and its id for OAuth.
func (w *ward) client(n auth.NewToken) (key, id string) {
	w.t.Helper()
	n.Study, n.Kind, n.Name = "HTN_24", auth.Client, "laboratory"
	key, id, err := w.auth.IssueToken(w.ctx(), n)
	w.must(err)
	return key, "HTN_24." + id
}

func from(address, token string) *http.Request {
	r := bearing(token)
	r.RemoteAddr = address
	return r
}

// exchange asks for an access token.
func exchange(h http.Handler, form url.Values, change ...func(*http.Request)) (status int, answer map[string]any, header http.Header) {
	r := httptest.NewRequest("POST", "/oauth2/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range change {
		c(r)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	json.Unmarshal(rec.Body.Bytes(), &answer)
	return rec.Code, answer, rec.Header()
}

func TestAClientReachesItsSitesFromItsNetworks(t *testing.T) {
	inWards(t, func(w *ward) {
		key, _ := w.client(auth.NewToken{Scopes: []auth.Action{auth.FormRead}, Sites: []casebook.SiteID{"01", "03"},
			Networks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8::/32")}})
		p, err := w.auth.Authenticate(from("198.51.100.7:999", key))
		w.must(err)
		if all, sites := p.Sites(auth.FormRead, "HTN_24"); all || !slices.Equal(sites, []casebook.SiteID{"01", "03"}) {
			w.t.Errorf("reaches %v %v", all, sites)
		}
		if !p.Allows(auth.FormRead, "HTN_24", "03") || p.Allows(auth.FormRead, "HTN_24", "02") || p.Allows(auth.FormRead, "HTN_24", "") {
			w.t.Error("it reaches other sites")
		}
		for address, want := range map[string]string{"198.51.100.255:1": "", "[2001:db8::9]:1": "", "[::ffff:198.51.100.7]:1": "",
			"198.51.101.1:1": "auth.token.network", "[2001:db9::9]:1": "auth.token.network", "nowhere": "auth.token.network"} {
			if code := refused(w.auth, from(address, key)); code != want {
				w.t.Errorf("from %s: %q, want %q", address, code, want)
			}
		}
		wide, _ := w.client(auth.NewToken{Scopes: []auth.Action{auth.FormRead}})
		if p, err := w.auth.Authenticate(from("203.0.113.9:1", wide)); err != nil || !p.Allows(auth.FormRead, "HTN_24", "09") {
			w.t.Errorf("the control: %+v %v", p, err)
		}
	})
}

func TestAFormerKeyGoesOnForAWhileBesideItsFollower(t *testing.T) {
	inWards(t, func(w *ward) {
		other := auth.New(ledger.New(w.db, ledger.Options{}), w.world)
		old, id := w.client(auth.NewToken{Scopes: []auth.Action{auth.FormRead, auth.FormWrite}, Sites: []casebook.SiteID{"01"}})
		before, err := other.Authenticate(bearing(old))
		w.must(err)
		young, err := w.auth.RotateKey(w.ctx(), id, 24*time.Hour, time.Time{})
		w.must(err)
		w.clock.Add(time.Second)
		for _, s := range []*auth.Service{w.auth, other} {
			after, err := s.Authenticate(bearing(young))
			if err != nil || after.User != before.User || !after.Allows(auth.FormWrite, "HTN_24", "01") || after.Allows(auth.FormWrite, "HTN_24", "02") {
				w.t.Errorf("the new key: %+v %v", after, err)
			}
			if code := refused(s, bearing(old)); code != "" {
				w.t.Errorf("the former key beside it: %q", code)
			}
		}
		w.clock.Add(24 * time.Hour)
		for _, s := range []*auth.Service{w.auth, other} {
			if refused(s, bearing(old)) == "" || refused(s, bearing(young)) != "" {
				w.t.Error("after the overlap")
			}
		}
		at := w.clock.Now()
		last, err := w.auth.RotateKey(w.ctx(), id, 0, at.Add(time.Hour)) // as when a key was seen by others
		w.must(err)
		if refused(w.auth, bearing(young)) == "" || refused(w.auth, bearing(last)) != "" {
			w.t.Error("without an overlap")
		}
		all, err := w.auth.Programs(w.ctx(), "")
		w.must(err)
		if len(all) != 1 || all[0].ID != id || len(all[0].Keys) != 3 || !strings.HasPrefix(last, all[0].Keys[2].Prefix) || all[0].Keys[2].Expires.IsZero() {
			w.t.Errorf("%+v", all)
		}
		for _, overlap := range []time.Duration{-1, 31 * 24 * time.Hour} {
			if _, err := w.auth.RotateKey(w.ctx(), id, overlap, time.Time{}); casebook.KindOf(err) != casebook.Invalid {
				w.t.Errorf("an overlap of %v: %v", overlap, err)
			}
		}
		w.must(w.auth.EndClient(w.ctx(), id, "", "the contract ended"))
		if refused(w.auth, bearing(last)) == "" {
			w.t.Error("good after its client ended")
		}
		for _, gone := range []string{id, "HTN_24.0", "nothing", ".", "a.\x00", ""} {
			if _, err := w.auth.RotateKey(w.ctx(), gone, 0, time.Time{}); casebook.KindOf(err) != casebook.NotFound {
				w.t.Errorf("a key for %q: %v", gone, err)
			}
			if err := w.auth.EndClient(w.ctx(), gone, "", "x"); casebook.KindOf(err) != casebook.NotFound {
				w.t.Errorf("the end of %q: %v", gone, err)
			}
		}
	})
}

func TestAKeyIsExchangedForAnAccessToken(t *testing.T) {
	inWards(t, func(w *ward) {
		other := auth.New(ledger.New(w.db, ledger.Options{}), w.world)
		other.Keys = w.auth.Keys
		h := w.server(auth.Route{Pattern: "GET /studies/{study}", Policy: auth.InStudy(auth.StudyRead), Handle: echo})
		key, id := w.client(auth.NewToken{Scopes: []auth.Action{auth.StudyRead, auth.FormRead, auth.FormWrite}, Sites: []casebook.SiteID{"01"}, Expires: w.clock.Now().Add(30 * time.Minute)})
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {key}, "scope": {"form.read study.read"}}
		status, answer, header := exchange(h, form)
		if status != 200 || answer["token_type"] != "Bearer" || answer["expires_in"] != 600.0 || answer["scope"] != "form.read study.read" || header.Get("Cache-Control") != "no-store" {
			w.t.Fatalf("%d %v %v", status, answer, header)
		}
		token := answer["access_token"].(string)
		for _, s := range []*auth.Service{w.auth, other} {
			p, err := s.Authenticate(bearing(token))
			w.must(err)
			if p.Kind != auth.Client || "HTN_24."+strings.TrimPrefix(string(p.User), "client:") != id || !p.Allows(auth.FormRead, "HTN_24", "01") || p.Allows(auth.FormRead, "HTN_24", "02") || p.Allows(auth.FormWrite, "HTN_24", "01") {
				w.t.Errorf("%+v", p)
			}
		}
		basic := func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(key)) }
		if status, answer, _ := exchange(h, url.Values{"grant_type": {"client_credentials"}}, basic); status != 200 || answer["scope"] != "study.read form.read form.write" {
			w.t.Errorf("by Basic: %d %v", status, answer)
		}
		for _, forged := range []string{token + "x", token[:len(token)-2], "cba_", "cba_.", "cba_" + strings.Repeat("a", 900), strings.Replace(token, "cba_e", "cba_f", 1), token[:strings.IndexByte(token, '.')+1]} {
			if code := refused(w.auth, bearing(forged)); code != "auth.token.refused" {
				w.t.Errorf("%.30s: %q", forged, code)
			}
		}
		stranger := auth.New(ledger.New(w.db, ledger.Options{}), w.world) // a server with another key
		stranger.Keys = ring(bytes.Repeat([]byte{7}, 32))
		if refused(stranger, bearing(token)) == "" {
			w.t.Error("good under another seal")
		}
		if status, answer, _ := exchange(h, url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {token}}); status != 401 {
			w.t.Errorf("an access token is exchanged: %d %v", status, answer)
		}
		w.clock.Add(10 * time.Minute)
		if refused(w.auth, bearing(token)) == "" {
			w.t.Error("good after its time")
		}
		w.clock.Add(15 * time.Minute)
		if _, answer, _ = exchange(h, form); answer["expires_in"] != 300.0 {
			w.t.Errorf("it outlives its key: %v", answer)
		}
		token, _ = answer["access_token"].(string)
		if refused(w.auth, bearing(token)) != "" || refused(other, bearing(token)) != "" {
			w.t.Error("the control")
		}
		w.must(w.auth.EndClient(w.ctx(), id, "", "over"))
		w.clock.Add(time.Second)
		if refused(w.auth, bearing(token)) == "" || refused(other, bearing(token)) == "" {
			w.t.Error("good after its key was revoked")
		}
	})
}

// The errors of RFC 6749, section 5.2.
func TestAWrongTokenRequestIsAnsweredAsTheRFCSays(t *testing.T) {
	inWards(t, func(w *ward) {
		h := w.server()
		key, id := w.client(auth.NewToken{Scopes: []auth.Action{auth.FormRead}, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}) // httptest's
		phone, _ := w.device("P1")
		good := func() url.Values {
			return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {key}}
		}
		set := func(name, value string) url.Values { f := good(); f.Set(name, value); return f }
		for name, c := range map[string]struct {
			form   url.Values
			change func(*http.Request)
			status int
			code   string
		}{
			"the control":          {good(), nil, 200, ""},
			"no grant type":        {set("grant_type", ""), nil, 400, "invalid_request"},
			"another grant":        {set("grant_type", "password"), nil, 400, "unsupported_grant_type"},
			"no client":            {url.Values{"grant_type": {"client_credentials"}}, nil, 401, "invalid_client"},
			"another's id":         {set("client_id", "HTN_24.0000000000000000"), nil, 401, "invalid_client"},
			"a wrong secret":       {set("client_secret", key[:len(key)-1]+"!"), nil, 401, "invalid_client"},
			"a device":             {set("client_secret", phone), nil, 401, "invalid_client"},
			"too much":             {set("scope", "form.read form.write"), nil, 400, "invalid_scope"},
			"an unknown scope":     {set("scope", "everything"), nil, 400, "invalid_scope"},
			"twice":                {url.Values{"grant_type": {"client_credentials", "client_credentials"}, "client_id": {id}, "client_secret": {key}}, nil, 400, "invalid_request"},
			"in the address":       {good(), func(r *http.Request) { r.URL.RawQuery = "scope=form.read" }, 400, "invalid_request"},
			"JSON":                 {good(), func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }, 400, "invalid_request"},
			"two ways":             {good(), func(r *http.Request) { r.SetBasicAuth(id, key) }, 400, "invalid_request"},
			"from another network": {good(), func(r *http.Request) { r.RemoteAddr = "203.0.113.1:1" }, 401, "invalid_client"},
			"far too long":         {set("scope", strings.Repeat("x", 20000)), nil, 400, "invalid_request"},
		} {
			change := c.change
			if change == nil {
				change = func(*http.Request) {}
			}
			status, answer, header := exchange(h, c.form, change)
			code, _ := answer["error"].(string)
			if status != c.status || code != c.code || c.status == 401 && !strings.HasPrefix(header.Get("WWW-Authenticate"), "Basic") || header.Get("Cache-Control") != "no-store" {
				w.t.Errorf("%s: %d %v", name, status, answer)
			}
		}
	})
}

func TestClientsAreMadeOnAPageAndShownOnce(t *testing.T) {
	inWards(t, func(w *ward) {
		w.person("root", auth.Grant{Study: casebook.Platform, Role: auth.Admin})
		w.person("mona", auth.Grant{Study: "HTN_24", Role: auth.DataManager})
		root, h := w.signIn("root"), w.server()
		send := func(method, path, who, body string) (int, string) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, request(method, path, who, body))
			return rec.Code, rec.Body.String()
		}
		body := `{"study":"HTN_24","name":"laboratory","scopes":["form.read"],"sites":["01"],"networks":["198.51.100.9/24"],"expires":"2027-03-02T08:00:00Z"}`
		if status, _ := send("POST", "/api/v1/clients", w.signIn("mona"), body); status != 403 {
			w.t.Error("a data manager makes clients:", status)
		}
		status, text := send("POST", "/api/v1/clients", root, body)
		var made struct{ Client, Key string }
		json.Unmarshal([]byte(text), &made)
		if status != 201 || !strings.HasPrefix(made.Key, "cb_HTN_24_") || !strings.HasPrefix(made.Client, "HTN_24.") {
			w.t.Fatal(status, text)
		}
		_, text = send("GET", "/api/v1/clients", root, "")
		secret := made.Key[strings.LastIndexByte(made.Key, '_')+1:]
		if !strings.Contains(text, `"networks":["198.51.100.0/24"]`) || !strings.Contains(text, `"expires":"2027-03-02T08:00:00Z"`) || strings.Contains(text, secret) {
			w.t.Error(text)
		}
		w.must(w.db.View(w.t.Context(), func(tx *store.Tx) error { // nor is it anywhere at rest
			return tx.Each(w.t.Context(), func(r *store.Rows) error {
				var hash, said string
				err := r.Scan(&hash, &said)
				if strings.Contains(hash+said, secret) || hash == "" {
					w.t.Error("the secret is kept")
				}
				return err
			}, `SELECT t.hash, e.new FROM auth_token t JOIN ledger_entry e ON e.study_id = t.study_id WHERE t.study_id = $1`, "HTN_24")
		}))
		for name, bad := range map[string]string{"name": `"laboratory"`, "networks": `["198.51.100.9/24"]`, "expires": `"2027-03-02T08:00:00Z"`, "scopes": `["form.read"]`, "sites": `["01"]`} {
			wrong := map[string]string{"name": `" "`, "networks": `["198.51.100.9"]`, "expires": `"2020-03-02T08:00:00Z"`, "scopes": `["platform.manage"]`, "sites": `["0 1"]`}[name]
			if status, text := send("POST", "/api/v1/clients", root, strings.Replace(body, bad, wrong, 1)); status != 400 {
				w.t.Errorf("a wrong %s: %d %s", name, status, text)
			}
		}
		if status, text = send("POST", "/api/v1/clients/"+made.Client+"/keys", root, `{"overlap":24}`); status != 201 || strings.Contains(text, secret) {
			w.t.Error(status, text)
		}
		id := strings.Split(made.Key, "_")[3]
		if status, text = send("DELETE", "/api/v1/clients/"+made.Client+"/keys/"+id, root, `{"reason":""}`); status != 400 {
			w.t.Error("without a reason:", status, text)
		}
		if status, text = send("DELETE", "/api/v1/clients/"+made.Client+"/keys/"+id, root, `{"reason":"seen by others"}`); status != 204 || refused(w.auth, from("198.51.100.1:1", made.Key)) == "" {
			w.t.Error(status, text)
		}
		if status, text = send("DELETE", "/api/v1/clients/"+made.Client, root, `{"reason":"over"}`); status != 204 {
			w.t.Error(status, text)
		}
		if v := w.verbs("HTN_24"); v["auth.token.issued"] != 2 || v["auth.token.limited"] != 1 || v["auth.token.revoked"] != 2 {
			w.t.Errorf("%v", v)
		}
	})
}
