package chaos

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// careful is a server as small as can be that makes none of the mistakes.
type careful struct {
	mu      sync.Mutex
	version int64
	value   string
}

func (c *careful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/readyz":
	case strings.Contains(r.URL.Path, "/forms/"):
		c.form(w, r)
	default:
		_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 1<<20))
		w.WriteHeader(http.StatusBadRequest)
		_ = json.MarshalWrite(w, map[string]string{"detail": r.URL.Path})
	}
}

func (c *careful) form(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodPatch {
		var in struct {
			Reason string `json:"reason"`
			Items  []struct {
				Group  string `json:"group"`
				Repeat string `json:"repeat"`
				Item   string `json:"item"`
				Value  string `json:"value"`
			} `json:"items"`
		}
		if web.Decode(r, 1<<16, &in) != nil || len(in.Items) != 1 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if r.Header.Get("If-Match") != fmt.Sprintf(`"%d"`, c.version) {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		c.version, c.value = c.version+1, in.Items[0].Value
	}
	_ = json.MarshalWrite(w, map[string]any{"version": c.version, "items": []map[string]string{{"group": "IG.IE", "repeat": "1", "item": "IT.IENOTE", "value": c.value}}})
}

// The quick set on a careful server: every fault passes there, and does not pass on a careless one.
func TestTheFaultsTellACarefulServerFromACarelessOne(t *testing.T) {
	t.Parallel()
	for _, f := range Faults {
		if f.ID != "F-LEAK" {
			t.Run(f.ID, func(t *testing.T) { t.Parallel(); tell(t, f) })
		}
	}
}

// It counts the goroutines of this process, so nothing else may run: no t.Parallel.
func TestALeakIsFound(t *testing.T) {
	tell(t, Faults[slices.IndexFunc(Faults, func(f Fault) bool { return f.ID == "F-LEAK" })])
}

func tell(t *testing.T, f Fault) {
	server := httptest.NewUnstartedServer(&careful{version: 1})
	server.Config.ReadHeaderTimeout = 200 * time.Millisecond
	server.Start()
	defer server.Close()
	still := startCareless() // its figures are this process's
	defer still.close()
	target := Target{Address: server.URL, Study: "S", Token: "t", Subject: "03-001", Form: "/api/v1/studies/S/subjects/03-001/forms/E/1/F/1", Place: "IG.IE/1/IT.IENOTE",
		Routes: []string{"GET /api/v1/studies/{study}/subjects/{subject}", "POST /api/v1/studies/{study}/queries", "GET /api/v1/studies/{study}/trail/export"}, Figures: still.figures}
	b := Bounds{Seed: 1, World: casebook.Outside()}
	switch f.ID {
	case "F-SLOW":
		b.Size, b.HeaderLimit = 50, 5*time.Second
	case "F-LEAK":
		b.Size = 640
	}
	o, err := f.Try(t.Context(), target, b, "abc")
	if err != nil {
		t.Fatal(err)
	}
	if !o.Pass || o.Control.Pass || o.N == 0 || o.Title == "" || o.Goal == "" || o.Value == "" {
		t.Errorf("%+v", o)
	}
}

func TestATestWhoseControlPassesShowsNothing(t *testing.T) {
	t.Parallel()
	o := Outcome{Measure: Measure{Pass: true}, Control: Measure{Pass: true}}
	if o.Conclude(time.Now()); o.Pass || len(o.Findings) != 1 {
		t.Errorf("%+v", o)
	}
}
