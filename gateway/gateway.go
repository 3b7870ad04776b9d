// Package gateway is the edge: what the outside meets before any domain. It bounds every request in time, size and
// number, believes no identity from outside, says how pages may be used, and knows where each service is. It holds no
// rule of any domain, and only the command and the tests import it.
package gateway

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/openapi"
	"casebook/ops"
	"casebook/patient"
	"casebook/ui"
	"casebook/web"

	"go.opentelemetry.io/otel/trace"
)

// Trials is the trials' service, in this process (*trial.Service) or in another (*trial.Client).
type Trials interface {
	Patients(ctx context.Context, study casebook.StudyID, q patient.Query) (patient.Page, error)
}

// Options of a gateway.
type Options struct {
	World  casebook.World
	Auth   *auth.Service
	Trials Trials
	Routes []auth.Route                // of the domains that this process serves
	Ready  func(context.Context) error // says why this process cannot work now; nil is always ready
	Ops    *ops.Ops                    // watches the answers; may be nil
	Tracer trace.Tracer                // makes spans of the requests; nil makes none

	// PatientsHost is the host, with its port where browsers say one, at which patients' pages are, and nothing of the staff's; "" has all
	// pages at every host.
	PatientsHost string
	// Encrypted refuses what did not come by TLS, spoken by this process or by a proxy that Auth.Origin believes; /healthz and /readyz are
	// answered all the same.
	Encrypted  bool
	ReportRate float64 // how many reports a second are let in; 0 is for as many as the machine can carry
}

// Gateway is the door to the product.
type Gateway struct {
	o        Options
	routes   []auth.Route
	mux      *http.ServeMux
	straight map[[2]string]way // by method and path
	handler  http.Handler
	room     map[*class]*room
	stop     context.Context // ends when the process is told to stop: streams end with it
	stopped  context.CancelFunc
}

// New builds the door. It refuses routes that auth.Mount refuses.
func New(o Options) (*Gateway, error) {
	g := &Gateway{o: o, mux: http.NewServeMux(), room: map[*class]*room{}}
	for _, c := range [...]*class{interactive, reports, manyReports, phones, streams, uploads, batches, files} {
		g.room[c] = newRoom(c, 0)
	}
	g.room[reports] = newRoom(reports, o.ReportRate)
	o.Ops.Gauge("casebook_report_room_places", "How many patients' reports are served at the same time at most, as the machine carries them now.",
		func() float64 { return float64(g.room[reports].size()) })
	g.stop, g.stopped = context.WithCancel(context.Background())
	g.routes = append([]auth.Route{
		{Pattern: "GET /trials/{trialId}/patients", Policy: auth.SiteInside(auth.SubjectRead), Handle: g.patients},
		{Pattern: "GET /api/v1/openapi.json", Policy: auth.Public, Handle: openapi.Serve},
	}, o.Routes...)
	if err := auth.Mount(g.mux, o.Auth, g.routes); err != nil {
		return nil, err
	}
	for _, part := range [...]string{"/api/", "/trials/", "/report", "/oauth2/", "/fhir/"} { // what no route there answers
		g.mux.Handle(part, web.Handler(web.Missing))
	}
	g.mux.Handle("/", ui.Handler())
	g.lay()
	var admitted http.Handler = http.HandlerFunc(g.admit)
	if o.PatientsHost != "" {
		admitted = apart(o.PatientsHost, admitted)
	}
	if o.Encrypted {
		admitted = encrypted(o.Auth, admitted)
	}
	inner := g.door(nil).Wrap(admitted)
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			inner.ServeHTTP(w, r)
		case r.URL.Path == "/healthz":
			healthy(w, r)
		case r.URL.Path == "/readyz":
			g.ready(w, r)
		default:
			inner.ServeHTTP(w, r)
		}
	})
	g.handler = secured(func(r *http.Request) string { return o.Auth.Origin(r) }, outer)
	return g, nil
}

// door is what each request passes first. It believes whom the peers name, and nobody else.
func (g *Gateway) door(peers *web.Peers) *web.Door {
	return &web.Door{World: g.o.World, Limit: func(r *http.Request) time.Duration { return g.classOf(r).time }, Observe: g.observe, Tracer: g.o.Tracer, Peers: peers, From: g.o.Auth.Address}
}

// Inside is the same door, with the same rooms, for visits that another of our processes hands on (Cells): it believes whom that process
// names, and refuses everybody else.
func (g *Gateway) Inside(peers *web.Peers) http.Handler {
	return g.door(peers).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !web.Ours(r.Context()) {
			web.Error(w, r, casebook.Fail(casebook.Forbidden, "request.peers_only"))
			return
		}
		g.admit(w, r)
	}))
}

// Routes are all addresses that the door has a policy for, its own included.
func (g *Gateway) Routes() []auth.Route { return g.routes }

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.handler.ServeHTTP(w, r) }

// observe passes an answer on to who watches, with what its class should take.
func (g *Gateway) observe(route string, status int, trace string, took time.Duration) {
	c := classes[route]
	if c == nil {
		c = interactive
	}
	g.o.Ops.Observe(route, status, trace, took, c.objective)
}

// classOf finds the class of a request.
func (g *Gateway) classOf(r *http.Request) *class {
	if d, ok := g.straight[[2]string{r.Method, r.URL.Path}]; ok {
		return d.class
	}
	_, pattern := g.mux.Handler(r)
	if c := classes[pattern]; c != nil {
		return c
	}
	return interactive
}

// way is where a request goes whose method and path are known to the letter: that is how reports come in by the
// thousand, and looking each up among all patterns would cost more than reading it.
type way struct {
	class   *class
	pattern string
	to      http.Handler
}

// lay finds the ways of the classes whose patterns have no wildcard, as far as they are mounted.
func (g *Gateway) lay() {
	g.straight = map[[2]string]way{}
	for pattern, c := range classes {
		method, path, _ := strings.Cut(pattern, " ")
		if strings.Contains(path, "{") {
			continue
		}
		to, found := g.mux.Handler(&http.Request{Method: method, URL: &url.URL{Path: path}})
		if found == pattern {
			g.straight[[2]string{method, path}] = way{c, pattern, to}
		}
	}
}

// admit lets a request in while its class has room, and bounds the bytes and the time that it may hold a connection.
func (g *Gateway) admit(w http.ResponseWriter, r *http.Request) {
	if query, err := url.QueryUnescape(r.URL.RawQuery); err != nil || !keepable(r.URL.Path) || !keepable(query) {
		web.Error(w, r, casebook.Fail(casebook.Invalid, "request.address"))
		return
	}
	c := g.classOf(r)
	p, err := g.room[c].enter(r.Context())
	if err != nil {
		web.Error(w, r, err)
		return
	}
	defer leave(p, r)
	if r.ContentLength > c.body {
		web.Error(w, r, casebook.Fail(casebook.TooLarge, "request.too_large", c.body))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, c.body)
	if c == streams {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(g.stop, cancel)()
		whole := r
		r = r.WithContext(ctx)
		defer func() { whole.Pattern = r.Pattern }() // by which it is counted
	}
	bound(w, r.Context())
	if d, ok := g.straight[[2]string{r.Method, r.URL.Path}]; ok {
		r.Pattern = d.pattern
		d.to.ServeHTTP(w, r)
		return
	}
	g.mux.ServeHTTP(w, r)
}

// keepable reports whether text from an address can be kept: it is UTF-8 without NUL.
func keepable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// bound ends the reading of a body and the writing of an answer a little after ctx: a visitor who sends or takes one
// byte a second would hold a handler for ever, whatever its context says. A writer without deadlines has no connection.
func bound(w http.ResponseWriter, ctx context.Context) {
	var read, write time.Time
	if end, limited := ctx.Deadline(); limited {
		read, write = end.Add(bodyTime), end.Add(answerTime)
	}
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(read)
	_ = c.SetWriteDeadline(write)
}

// secured says of every answer how a browser may use it. origin tells whether a proxy is believed that it speaks TLS for us; where it is not,
// what it says is taken off, so that no handler believes it by mistake.
func secured(origin func(*http.Request) string, next http.Handler) http.Handler {
	always := map[string][]string{
		"Content-Security-Policy":      {"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"},
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
	}
	pages := map[string][]string{ // these speak of documents, and only GET brings one
		"Cross-Origin-Opener-Policy": {"same-origin"},
		"Permissions-Policy":         {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		maps.Copy(h, always) // the values are shared by all answers: nobody appends to them
		if r.Method == http.MethodGet {
			maps.Copy(h, pages)
		}
		said := r.Header["X-Forwarded-Proto"] != nil
		if r.TLS != nil || said && strings.HasPrefix(origin(r), "https:") {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		} else if said {
			r.Header.Del("X-Forwarded-Proto")
		}
		next.ServeHTTP(w, r)
	})
}

// encrypted lets in what came by TLS.
func encrypted(people *auth.Service, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(people.Origin(r), "https:") {
			web.Error(w, r, casebook.Fail(casebook.Forbidden, "request.plain"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// healthy says that this process lives. Whoever asks restarts it when it does not.
func healthy(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") }

// ready says whether this process should be sent work.
func (g *Gateway) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	switch {
	case g.stop.Err() != nil:
		answer(w, http.StatusServiceUnavailable, "stopping")
	case g.o.Ready != nil && g.o.Ready(ctx) != nil:
		answer(w, http.StatusServiceUnavailable, "not ready")
	default:
		answer(w, http.StatusOK, "ready")
	}
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // nobody is left to tell
}
