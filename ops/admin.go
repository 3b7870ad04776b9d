package ops

import (
	"crypto/subtle"
	"log/slog"
	"net/http"
	"net/http/pprof"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler is the administrator's address: the page, the report as JSON, metrics, profiles, the level of the log. It wants
// HTTP Basic with any name and the token as password, or the token as a bearer: profiles hold what passes through memory.
func (p *Ops) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.page)
	mux.HandleFunc("GET /doctor", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.MarshalWrite(w, p.Report(), json.Deterministic(true)) // who has gone does not miss it
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("PUT /log/{level}", p.setLevel)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return p.guarded(mux)
}

func (p *Ops) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, given, basic := r.BasicAuth()
		if !basic {
			const bearer = "Bearer "
			if h := r.Header.Get("Authorization"); len(h) > len(bearer) && h[:len(bearer)] == bearer {
				given = h[len(bearer):]
			}
		}
		if p.o.Token == "" || subtle.ConstantTimeCompare([]byte(given), []byte(p.o.Token)) != 1 {
			w.Header().Set("WWW-Authenticate", `Basic realm="casebook administration"`)
			http.Error(w, "the administrator's token is needed", http.StatusUnauthorized)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+styleHash+"'; form-action 'self'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// setLevel changes how much the log tells, at once and until the process ends.
func (p *Ops) setLevel(w http.ResponseWriter, r *http.Request) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(r.PathValue("level"))); err != nil || p.o.Level == nil {
		http.Error(w, "a level is debug, info, warn or error", http.StatusBadRequest)
		return
	}
	p.o.Level.Set(level)
	slog.Warn("the level of the log was changed", "level", level)
	w.WriteHeader(http.StatusNoContent)
}
