package platform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/settings"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var logDays = settings.Declare(settings.Key{Name: "api.log_days", Kind: settings.Int, Default: "14", Min: "1", Max: "365", Deepest: settings.Study,
	English: "Days for which the requests of other programs are kept.",
	Chinese: "其他程序的请求日志保存天数。"})

// The log's bounds.
const (
	keptBody  = 8 << 10                // of a body, bytes that are read to be shown covered
	logQueue  = 1024                   // requests that wait to be written; beyond it they are not, since the log must not slow what it watches
	logEvery  = 250 * time.Millisecond // between two writings
	purgeTime = time.Hour              // between two looks at what is too old
)

// Request is one request of another program, as the log keeps it.
type Request struct {
	ID       string           `json:"id"`
	Study    casebook.StudyID `json:"study"`
	Client   casebook.UserID  `json:"client"`
	At       time.Time        `json:"at"`
	Route    string           `json:"route"` // the address's pattern
	Path     string           `json:"path"`
	Status   int              `json:"status"`
	Code     string           `json:"code,omitzero"` // of a refusal
	Took     int64            `json:"took"`          // microseconds
	Address  string           `json:"address"`
	Trace    string           `json:"trace"`
	Asked    string           `json:"asked"`    // the body, every value covered
	Answered string           `json:"answered"` // the same of the answer
}

// Carry takes a request to what answers it. A client's is counted, takes its turn when there is no room, and is written
// down. What a person writes and what a person reads is counted, each by itself; streams and devices pass.
func (s *Service) Carry(w http.ResponseWriter, q *http.Request, p *auth.Principal, next web.HandlerFunc) (err error) {
	switch {
	case p.Kind == auth.Person && !streamed(q.Pattern) && !s.o.Unhurried:
		if err := s.AdmitPerson(q, p); err != nil {
			return err
		}
		return next(w, q)
	case p.Kind != auth.Client:
		return next(w, q)
	}
	began := s.db.World().Now()
	seen := &witness{ResponseWriter: w}
	said := &hearing{ReadCloser: q.Body}
	q.Body = said
	defer func() { s.note(q, p, began, seen, said, err) }()
	if err := s.Admit(w, p); err != nil {
		return err
	}
	if !streamed(q.Pattern) { // streams have a room of their own
		if err := s.turns.enter(q.Context(), p.User); err != nil {
			return err
		}
		defer s.turns.leave()
	}
	return s.Withhold(seen, q, p, next)
}

// streamed reports whether an address answers as things happen.
func streamed(pattern string) bool {
	return strings.HasSuffix(pattern, "/changes") || strings.HasSuffix(pattern, "/live")
}

// note hands a request to whoever writes the log.
func (s *Service) note(q *http.Request, p *auth.Principal, began time.Time, seen *witness, said *hearing, err error) {
	world := s.db.World()
	r := Request{ID: world.NewID(), Study: p.Study, Client: p.User, At: began, Route: q.Pattern, Path: coveredPath(q), Status: seen.status,
		Took: world.Now().Sub(began).Microseconds(), Address: q.RemoteAddr, Trace: casebook.ActorFrom(q.Context()).Trace,
		Asked: covered(said.kept.Bytes(), said.size), Answered: covered(seen.kept.Bytes(), seen.size)}
	if s.o.From != nil {
		r.Address = s.o.From(q)
	}
	switch {
	case err != nil:
		r.Status = web.Status(err)
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			r.Code = e.Code
		}
	case r.Status == 0:
		r.Status = http.StatusOK
	}
	select {
	case s.asked <- r:
	default:
		s.unwritten.Add(1)
	}
}

// witness notes what is answered.
type witness struct {
	http.ResponseWriter
	status int
	kept   bytes.Buffer
	size   int
}

func (w *witness) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *witness) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.size += len(b)
	if room := keptBody - w.kept.Len(); room > 0 {
		w.kept.Write(b[:min(room, len(b))])
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *witness) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hearing notes what is read of a body.
type hearing struct {
	io.ReadCloser
	kept bytes.Buffer
	size int
}

func (h *hearing) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.size += n
	if room := keptBody - h.kept.Len(); room > 0 {
		h.kept.Write(b[:min(room, n)])
	}
	return n, err
}

// plain are the members of a body whose values name a place in the definition or in the protocol, and never say anything
// of a person.
var plain = []string{"code", "event", "eventRepeat", "form", "formRepeat", "group", "item", "kind", "place", "repeat", "resourceType", "status", "step", "type", "version"}

// covered is a body with every value covered: its names and its shape stay, and how long each text was.
func covered(body []byte, size int) string {
	if size == 0 {
		return ""
	}
	whole := "‹" + strconv.Itoa(size) + " bytes›"
	if size > len(body) || !jsontext.Value(body).IsValid() {
		return whole
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return whole
	}
	text, err := json.Marshal(cover("", v), json.Deterministic(true))
	if err != nil {
		return whole
	}
	return string(text)
}

func cover(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = cover(k, inner)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = cover(name, inner)
		}
		return v
	case string:
		if slices.Contains(plain, name) && len(v) <= 80 {
			return v
		}
		return "‹" + strconv.Itoa(len([]rune(v))) + "›"
	case nil:
		return nil
	}
	if slices.Contains(plain, name) {
		return v
	}
	if _, ok := v.(bool); ok {
		return "‹true or false›"
	}
	return "‹number›"
}

// coveredPath is an address with the values of its query covered.
func coveredPath(q *http.Request) string {
	path := q.URL.Path
	sep := "?"
	for _, part := range strings.Split(q.URL.RawQuery, "&") {
		name, value, ok := strings.Cut(part, "=")
		if name == "" {
			continue
		}
		path += sep + name
		if sep = "&"; ok {
			path += "=‹" + strconv.Itoa(len(value)) + "›"
		}
	}
	return path[:min(len(path), 500)]
}

// write writes the log until ctx ends, and then what is left.
func (s *Service) write(ctx context.Context) {
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	purged := map[casebook.StudyID]time.Time{}
	for {
		select {
		case <-ctx.Done():
			rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			s.flush(rest, purged)
			cancel()
			return
		case <-tick.C:
			s.flush(ctx, purged)
		}
	}
}

// flush writes the requests that wait, and removes those of their studies that are too old.
func (s *Service) flush(ctx context.Context, purged map[casebook.StudyID]time.Time) {
	by := map[casebook.StudyID][]Request{}
	for range len(s.asked) {
		r := <-s.asked
		by[r.Study] = append(by[r.Study], r)
	}
	for study, all := range by {
		err := s.db.Update(ctx, func(tx *store.Tx) error { return s.put(ctx, tx, study, all, purged) })
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "requests of other programs were not written down", "study", study, "requests", len(all), "error", err)
		}
	}
	if n := s.unwritten.Swap(0); n > 0 {
		slog.WarnContext(ctx, "requests of other programs were not written down", "requests", n, "error", "too many at once")
	}
}

func (s *Service) put(ctx context.Context, tx *store.Tx, study casebook.StudyID, all []Request, purged map[casebook.StudyID]time.Time) error {
	for _, r := range all {
		err := tx.Later(ctx, `INSERT INTO platform_request(study_id, request_id, client, at, route, path, status, code, took, address, trace, asked, answered)
			VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)`, study, r.ID, r.Client, store.Micros(r.At), r.Route, r.Path, int64(r.Status), r.Code, r.Took,
			r.Address, r.Trace, r.Asked, r.Answered)
		if err != nil {
			return err
		}
	}
	if tx.Now.Sub(purged[study]) < purgeTime {
		return nil
	}
	purged[study] = tx.Now
	days := s.o.Settings.Get(s.o.Settings.At(settingsPlace(study)), logDays).Int()
	return tx.Later(ctx, `DELETE FROM platform_request WHERE study_id = $1 AND at < $2`, study, store.Micros(tx.Now.AddDate(0, 0, -int(days))))
}

// requests tells what other programs asked, the newest first: of one study, and of one client or with one kind of answer
// when that is asked for.
func (s *Service) requests(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	before := int64(1<<62 - 1)
	if text := q.Get("before"); text != "" {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return casebook.Fail(casebook.Invalid, "platform.moment", text).At("before")
		}
		before = store.Micros(at)
	}
	low, high := int64(0), int64(999)
	if q.Get("status") == "refused" {
		low = 400
	}
	all := []Request{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := store.All(ctx, tx, scanRequest, `SELECT study_id, request_id, client, at, route, path, status, code, took, address, trace, asked, answered FROM platform_request
			WHERE study_id = $1 AND at < $2 AND (client = $3 OR $3 = '') AND status BETWEEN $4 AND $5 ORDER BY at DESC, request_id DESC LIMIT 100`,
			q.Get("study"), before, q.Get("client"), low, high)
		all = append(all, found...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"requests": all})
}

func scanRequest(r *store.Rows) (a Request, err error) {
	var at, status int64
	err = r.Scan(&a.Study, &a.ID, &a.Client, &at, &a.Route, &a.Path, &status, &a.Code, &a.Took, &a.Address, &a.Trace, &a.Asked, &a.Answered)
	a.At, a.Status = store.Time(at), int(status)
	return a, err
}
