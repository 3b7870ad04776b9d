package platform

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// identifying are the items of a study whose answers tell who a subject is, in any of its published versions.
type identifying struct {
	use   *odm.InUse
	items map[string]bool
}

// identifying returns the items of a study that are withheld from whoever may not see personal data. A study without a published
// version has none.
func (s *Service) identifying(ctx context.Context, study casebook.StudyID) (map[string]bool, error) {
	if s.o.Trials == nil {
		return nil, nil
	}
	use, err := s.o.Trials.InUse(ctx, study)
	if err != nil {
		if casebook.KindOf(err) == casebook.NotFound {
			return nil, nil
		}
		return nil, err
	}
	if known, ok := s.personal.Load(study); ok && known.(*identifying).use == use {
		return known.(*identifying).items, nil
	}
	items := map[string]bool{}
	for n := int64(1); n <= int64(use.Newest); n++ {
		v, err := s.o.Trials.Definition(ctx, study, n)
		if err != nil {
			return nil, err
		}
		for _, it := range v.Items {
			if it.Identifying {
				items[it.OID] = true
			}
		}
	}
	s.personal.Store(study, &identifying{use, items})
	return items, nil
}

// withheld returns what is withheld from p: nothing from people and devices, whose rights their roles say.
func (s *Service) withheld(ctx context.Context, p *auth.Principal) (map[string]bool, error) {
	if p.Kind != auth.Client || p.Personal(p.Study) {
		return nil, nil
	}
	return s.identifying(ctx, p.Study)
}

// valued are the members of an object about an item that hold its value, or what was said of it.
var valued = []string{"value", "old", "new", "answer", "text", "texts", "message", "display", "given"}

// without takes the values of items out of JSON: of an object that names one as its item, its linkId or its name, of members that
// are called after one, and of texts that are JSON themselves. It reports whether there was anything.
func without(items map[string]bool, v any) (any, bool) {
	found := false
	switch v := v.(type) {
	case []any:
		for i := range v {
			inner, had := without(items, v[i])
			v[i], found = inner, found || had
		}
	case map[string]any:
		about := false
		for _, name := range [...]string{"item", "linkId", "itemOID"} {
			oid, ok := v[name].(string)
			about = about || ok && (items[oid] || items[oid[strings.LastIndexByte(oid, '/')+1:]])
		}
		for name, inner := range v {
			switch {
			case items[name] || items[name[strings.LastIndexByte(name, '/')+1:]]:
				delete(v, name)
				found = true
			case about && isValued(name):
				delete(v, name)
				found = true
			default:
				kept, had := without(items, inner)
				v[name], found = kept, found || had
			}
		}
	case string:
		if begins(v) {
			var inner any
			if json.Unmarshal([]byte(v), &inner) == nil {
				if kept, had := without(items, inner); had {
					text, err := json.Marshal(kept, json.Deterministic(true))
					if err != nil {
						return "", true
					}
					return string(text), true
				}
			}
		}
	}
	return v, found
}

func begins(text string) bool { return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") }

func isValued(name string) bool {
	for _, v := range valued {
		if name == v || strings.HasPrefix(name, "value") {
			return true
		}
	}
	return false
}

// redacted is a body of JSON without the values of items.
func redacted(items map[string]bool, body jsontext.Value) (jsontext.Value, error) {
	named := false
	for oid := range items {
		named = named || bytes.Contains(body, []byte(oid))
	}
	if !named {
		return body, nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	kept, _ := without(items, v)
	return json.Marshal(kept, json.Deterministic(true))
}

// sieve holds an answer back until it is whole, and takes out what is withheld.
type sieve struct {
	http.ResponseWriter
	items  map[string]bool
	status int
	body   bytes.Buffer
}

func (s *sieve) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
}

func (s *sieve) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.body.Write(b)
}

// Flush does nothing: what is held back is sent whole.
func (s *sieve) Flush() {}

// send lets the answer go. What is not JSON cannot be looked through, and is withheld as a whole.
func (s *sieve) send() error {
	if s.status == 0 {
		return nil // nothing was answered
	}
	body := s.body.Bytes()
	kind, _, _ := mime.ParseMediaType(s.Header().Get("Content-Type"))
	switch {
	case len(body) == 0:
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		kept, err := redacted(s.items, body)
		if err != nil {
			return err
		}
		body = kept
	default:
		for _, name := range [...]string{"Content-Disposition", "Content-Length", "Repr-Digest", "ETag"} {
			s.Header().Del(name)
		}
		return casebook.Fail(casebook.Forbidden, "platform.personal")
	}
	s.ResponseWriter.WriteHeader(s.status)
	_, err := s.ResponseWriter.Write(body)
	if err != nil {
		return nil // the reader has gone
	}
	return nil
}

// Withhold has next answer without what p may not see. The feed takes it out by itself, line by line.
func (s *Service) Withhold(w http.ResponseWriter, q *http.Request, p *auth.Principal, next web.HandlerFunc) error {
	items, err := s.withheld(q.Context(), p)
	switch {
	case err != nil:
		return err
	case len(items) == 0 || streamed(q.Pattern):
		return next(w, q)
	case q.URL.Query().Has("value"): // who may not read a value may not try it either
		return casebook.Fail(casebook.Forbidden, "platform.personal")
	}
	sieve := &sieve{ResponseWriter: w, items: items}
	if err := next(sieve, q); err != nil {
		return web.Bare(err) // what a refusal brings along may be somebody's values
	}
	return sieve.send()
}
