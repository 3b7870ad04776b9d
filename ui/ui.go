// Package ui is the web pages: it embeds the bundle that esbuild writes into dist and serves it. It refuses to know the
// API or any domain, and imports nothing but the standard library.
package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Handler serves the pages: every page address gets the same index.html, which the browser must ask for again each time
// (ETag), and the assets, whose names carry the hash of their content, may be kept for ever. The answer is brotli or
// gzip where the browser takes it. Without a bundle every page says how to build one.
func Handler() http.Handler {
	bundle, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embedded directory is a constant
	}
	return handler(bundle)
}

// file is one file of the bundle in the codings it was built in; "" is the plain one. The bytes stay in the program,
// which has them mapped anyway.
type file struct {
	bundle fs.FS
	kind   string
	etag   string
	coded  map[string]coded
}

type coded struct {
	name string // in the bundle
	size int
}

var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

func handler(bundle fs.FS) http.Handler {
	files := load(bundle)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if name, ok := strings.CutPrefix(r.URL.Path, "/assets/"); ok {
			asset, found := files["assets/"+name]
			if !found {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			asset.serve(w, r)
			return
		}
		if name, ok := strings.CutPrefix(r.URL.Path, "/p/"); ok { // the patients' pages
			if name == "" {
				name = "index.html"
			}
			page, found := files["p/"+name]
			if found {
				w.Header().Set("Cache-Control", "no-cache")
				page.serve(w, r)
				return
			}
		}
		index, built := files["index.html"]
		switch {
		case !isPage(r.URL.Path):
			http.NotFound(w, r)
		case !built:
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "The web pages are not built yet: run make build.\n网页尚未构建：请运行 make build。", http.StatusServiceUnavailable)
		default:
			w.Header().Set("Cache-Control", "no-cache")
			index.serve(w, r)
		}
	})
}

// isPage tells the addresses that the router in the browser knows from those that are wrong for every visitor.
func isPage(p string) bool {
	switch p {
	case "/", "/p/", "/login", "/welcome", "/proved", "/account", "/people", "/projects", "/portfolio", "/console", "/clients", "/requests", "/audit", "/settings", "/holds":
		return true
	}
	return strings.HasPrefix(p, "/s/")
}

func load(bundle fs.FS) map[string]*file {
	files := map[string]*file{}
	_ = fs.WalkDir(bundle, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(bundle, name)
		if err != nil {
			return err
		}
		plain, coding := strings.TrimSuffix(strings.TrimSuffix(name, ".br"), ".gz"), ""
		for _, c := range codings {
			if c.suffix != "" && strings.HasSuffix(name, c.suffix) {
				coding = c.name
			}
		}
		if files[plain] == nil {
			files[plain] = &file{bundle: bundle, kind: kinds[path.Ext(plain)], coded: map[string]coded{}}
		}
		files[plain].coded[coding] = coded{name, len(body)}
		if coding == "" {
			sum := sha256.Sum256(body)
			files[plain].etag = hex.EncodeToString(sum[:12])
		}
		return nil
	})
	return files
}

// kinds are the media types of the bundle's files. Package mime would read the machine's tables, which differ and take
// a megabyte.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".webmanifest": "application/manifest+json",
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	coding := f.accepted(r.Header.Get("Accept-Encoding"))
	etag := `"` + f.etag + coding + `"`
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	if match(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(f.coded[coding].size))
	if r.Method != http.MethodGet {
		return
	}
	body, err := f.bundle.Open(f.coded[coding].name)
	if err != nil {
		panic(err) // it was there at the start, and it is part of the program
	}
	defer body.Close()
	_, _ = io.Copy(w, body) // the visitor may have gone; nobody is left to tell
}

// accepted is the best coding of the file that header takes (RFC 9110, section 12.5.3). A coding is taken when it is
// named without q=0; browsers always name theirs, so "*" is not.
func (f *file) accepted(header string) string {
	for _, c := range codings {
		if _, have := f.coded[c.name]; !have || c.name == "" {
			continue
		}
		for part := range strings.SplitSeq(header, ",") {
			name, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
			refused := strings.HasPrefix(weight, "q=0") && strings.Trim(weight, "q=0.") == ""
			if name == c.name && !refused {
				return c.name
			}
		}
	}
	return ""
}

func match(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if t := strings.TrimSpace(part); t == etag || t == "W/"+etag || t == "*" {
			return true
		}
	}
	return false
}
