package ui

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func bundle() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"README":                  file("kept"),
		"index.html":              file("<!doctype html>plain"),
		"index.html.gz":           file("gz-index"),
		"index.html.br":           file("br-index"),
		"assets/app-K3J2.js":      file("plain()"),
		"assets/app-K3J2.js.gz":   file("gz-app"),
		"assets/app-K3J2.js.br":   file("br-app"),
		"assets/icon-9Z.svg":      file("<svg/>"),
		"assets/look-AAAA.css":    file("a{}"),
		"assets/look-AAAA.css.gz": file("gz-css"),
	}
}

func ask(t *testing.T, h http.Handler, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestThePatientsPagesAreTheirOwn(t *testing.T) {
	t.Parallel()
	files := bundle()
	for name, text := range map[string]string{"p/index.html": "<!doctype html>patient", "p/sw.js": "serve()", "p/manifest.webmanifest": "{}"} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	h := handler(files)
	for page, want := range map[string][2]string{"/p/": {"text/html", "<!doctype html>patient"}, "/p/sw.js": {"text/javascript", "serve()"}, "/p/manifest.webmanifest": {"application/manifest+json", "{}"}} {
		res := ask(t, h, "GET", page)
		if res.StatusCode != 200 || body(t, res) != want[1] || !strings.HasPrefix(res.Header.Get("Content-Type"), want[0]) || res.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v", page, res.StatusCode, res.Header)
		}
	}
	if res := ask(t, h, "GET", "/p/other"); res.StatusCode != 404 {
		t.Errorf("another address: %d", res.StatusCode)
	}
}

func TestEveryPageAddressGetsTheIndex(t *testing.T) {
	t.Parallel()
	h := handler(bundle())
	for _, page := range []string{"/", "/login", "/welcome", "/proved", "/account", "/people", "/projects", "/console", "/s/HTN/subjects", "/s/HTN/subjects/HTN-01-003/f/E.SCR/1/F.VS/1", "/s/HTN/monitoring"} {
		res := ask(t, h, "GET", page)
		if res.StatusCode != 200 || body(t, res) != "<!doctype html>plain" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", page, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s may be kept without asking: Cache-Control %q", page, got)
		}
	}
	for _, wrong := range []string{"/admin.php", "/README", "/index.html.gz", "/assets/gone-1234.js", "/assets/", "/assets/../index.html"} {
		if res := ask(t, h, "GET", wrong); res.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", wrong, res.StatusCode)
		}
	}
}

func TestIndexIsAskedForAgainAndNotSentAgain(t *testing.T) {
	t.Parallel()
	h := handler(bundle())
	first := ask(t, h, "GET", "/login")
	again := ask(t, h, "GET", "/login", "If-None-Match", first.Header.Get("ETag"))
	if again.StatusCode != 304 || body(t, again) != "" {
		t.Errorf("the same index was sent twice: %d", again.StatusCode)
	}
	changed := bundle()
	changed["index.html"] = &fstest.MapFile{Data: []byte("<!doctype html>new release")}
	if res := ask(t, handler(changed), "GET", "/login", "If-None-Match", first.Header.Get("ETag")); res.StatusCode != 200 {
		t.Errorf("a new release was hidden by an old ETag: %d", res.StatusCode)
	}
}

func TestAssetsAreKeptForEverAndSentCompressed(t *testing.T) {
	t.Parallel()
	h := handler(bundle())
	for _, c := range []struct{ target, accept, coding, want string }{
		{"/assets/app-K3J2.js", "gzip, deflate, br, zstd", "br", "br-app"},
		{"/assets/app-K3J2.js", "gzip", "gzip", "gz-app"},
		{"/assets/app-K3J2.js", "br;q=0, gzip;q=0.5", "gzip", "gz-app"},
		{"/assets/app-K3J2.js", "br; q=0.000, gzip;q=0", "", "plain()"},
		{"/assets/app-K3J2.js", "", "", "plain()"},
		{"/assets/look-AAAA.css", "br, gzip", "gzip", "gz-css"},
		{"/assets/icon-9Z.svg", "br", "", "<svg/>"},
	} {
		res := ask(t, h, "GET", c.target, "Accept-Encoding", c.accept)
		if got := body(t, res); got != c.want || res.Header.Get("Content-Encoding") != c.coding {
			t.Errorf("%s with %q: %q as %q", c.target, c.accept, got, res.Header.Get("Content-Encoding"))
		}
		if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") || res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v", c.target, res.Header)
		}
	}
}

func TestOnlyReadsAreServed(t *testing.T) {
	t.Parallel()
	h := handler(bundle())
	if res := ask(t, h, "POST", "/login"); res.StatusCode != 405 {
		t.Errorf("POST: %d", res.StatusCode)
	}
	if res := ask(t, h, "HEAD", "/assets/app-K3J2.js"); res.StatusCode != 200 || body(t, res) != "" || res.Header.Get("Content-Length") != "7" {
		t.Errorf("HEAD: %d, length %s", res.StatusCode, res.Header.Get("Content-Length"))
	}
}

func TestPagesThatAreNotBuiltSaySo(t *testing.T) {
	t.Parallel()
	res := ask(t, handler(fstest.MapFS{"README": {Data: []byte("kept")}}), "GET", "/login")
	if text := body(t, res); res.StatusCode != 503 || !strings.Contains(text, "run make build") {
		t.Errorf("%d %q", res.StatusCode, text)
	}
}

func TestTheEmbeddedHandlerAnswers(t *testing.T) {
	t.Parallel()
	if res := ask(t, Handler(), "GET", "/login"); res.StatusCode != 200 && res.StatusCode != 503 {
		t.Errorf("%d", res.StatusCode)
	}
}
