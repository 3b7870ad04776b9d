package load

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// ward is a server for staff: subjects with one form each of a blood pressure, kept with a version.
type ward struct {
	mu     sync.Mutex
	forms  map[string]*form // by subject
	faults []string
	asked  map[string]int
	feed   string // the cursor that was handed out last
}

type form struct{ version, pressure int }

func newWard(subjects int) *ward {
	w := &ward{forms: map[string]*form{}, asked: map[string]int{}}
	for i := range subjects {
		w.forms[fmt.Sprintf("HTN-01-%03d", i+1)] = &form{1, 140}
	}
	return w
}

func (d *ward) handler() http.Handler {
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) { text, _ := json.Marshal(v); _, _ = w.Write(text) }
	mux.HandleFunc("POST /api/v1/session", func(w http.ResponseWriter, r *http.Request) {
		var who map[string]string
		if json.UnmarshalRead(r.Body, &who) != nil || who["user"] != "lin" || who["password"] != "right" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "casebook_session", Value: "s3cret", HttpOnly: true})
	})
	const study = "/api/v1/studies/HTN"
	signedIn := func(pattern string, h http.HandlerFunc) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			c, err := r.Cookie("casebook_session")
			if r.Header.Get("Authorization") == "Bearer pr0gram" {
				c, err = &http.Cookie{Value: "s3cret"}, nil
			}
			if err != nil || c.Value != "s3cret" || r.Header.Get("X-Casebook") != "1" || r.Header.Get("Origin") != "http://"+r.Host {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.asked[pattern]++
			h(w, r)
		})
	}
	signedIn("GET "+study+"/matrix", func(w http.ResponseWriter, r *http.Request) {
		all := slices.Sorted(maps.Keys(d.forms))
		from := slices.Index(all, r.FormValue("after")) + 1 // pages of three
		page, next := all[from:min(from+3, len(all))], ""
		if from+3 < len(all) {
			next = page[2]
		}
		rows := []map[string]string{}
		for _, s := range page {
			rows = append(rows, map[string]string{"subject": s})
		}
		say(w, map[string]any{"rows": rows, "next": next})
	})
	signedIn("GET "+study+"/definition", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"version":1,"definition":{"items":[{"oid":"IT.BMI","dataType":"integer","units":["U"]},
			{"oid":"IT.SEV","dataType":"integer"},{"oid":"IT.SYS","dataType":"integer","units":["U.MMHG"]}],
			"groups":[{"items":[{"oid":"IT.BMI","method":"M.BMI"},{"oid":"IT.SEV"},{"oid":"IT.SYS"}]}]}}`))
	})
	signedIn("GET "+study+"/queries", func(w http.ResponseWriter, r *http.Request) { say(w, map[string]any{}) })
	signedIn("GET "+study+"/monitoring", func(w http.ResponseWriter, r *http.Request) { say(w, map[string]any{}) })
	signedIn("GET "+study+"/subjects/{subject}", func(w http.ResponseWriter, r *http.Request) {
		say(w, map[string]any{"events": []any{map[string]any{"event": "E.SCR", "repeat": "1", "forms": []any{
			map[string]any{"form": "F.VS", "repeat": "1", "version": d.forms[r.PathValue("subject")].version},
			map[string]any{"form": "F.EMPTY", "repeat": "1", "version": 0}}}}})
	})
	signedIn("GET "+study+"/subjects/{subject}/forms/E.SCR/1/F.VS/1", func(w http.ResponseWriter, r *http.Request) { d.show(w, r) })
	signedIn("PATCH "+study+"/subjects/{subject}/forms/E.SCR/1/F.VS/1", d.save)
	signedIn("POST "+study+"/subjects/{subject}/forms/E.SCR/1/F.VS/1/reviews", func(w http.ResponseWriter, r *http.Request) {
		var review struct {
			Kind    string
			Version int
		}
		if json.UnmarshalRead(r.Body, &review, json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(true)) != nil || review.Kind != "sdv" || review.Version != d.forms[r.PathValue("subject")].version {
			d.faults = append(d.faults, "a review of another version")
		}
	})
	signedIn("POST /api/v1/clients", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusCreated)
		say(w, map[string]string{"key": "pr0gram"})
	})
	signedIn("GET "+study+"/changes", func(w http.ResponseWriter, r *http.Request) {
		if at := r.FormValue("after"); at != d.feed {
			d.faults = append(d.faults, "the feed was left at "+d.feed+", and was asked from "+at)
		}
		d.feed += "+"
		say(w, map[string]string{"next": d.feed})
	})
	for _, page := range []string{"/signals", "/monitoring/overview", "/monitoring-visits", "/board", "/inbox", "/enrolment", "/documents", "/visits", "/subjects/{subject}/forms/E.SCR/1/F.VS/1/history"} {
		signedIn("GET "+study+page, func(w http.ResponseWriter, r *http.Request) { say(w, map[string]any{}) })
	}
	signedIn("GET /fhir/R4/HTN/Patient", func(w http.ResponseWriter, r *http.Request) { say(w, map[string]any{}) })
	return mux
}

func (d *ward) show(w http.ResponseWriter, r *http.Request) {
	f := d.forms[r.PathValue("subject")]
	w.Header().Set("ETag", strconv.Quote(strconv.Itoa(f.version)))
	text, _ := json.Marshal(map[string]any{"items": []any{
		map[string]any{"group": "IG.VS", "repeat": "1", "item": "IT.BMI", "value": "77"},
		map[string]any{"group": "IG.VS", "repeat": "1", "item": "IT.SEV", "value": "2"},
		map[string]any{"group": "IG.VS", "repeat": "1", "item": "IT.SYS", "value": strconv.Itoa(f.pressure), "by": "lin"}}})
	_, _ = w.Write(text)
}

func (d *ward) save(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Items  []value `json:"items"`
		Reason string  `json:"reason"`
	}
	f := d.forms[r.PathValue("subject")]
	err := json.UnmarshalRead(r.Body, &change, json.RejectUnknownMembers(true))
	switch {
	case err != nil || change.Reason == "" || len(change.Items) != 1 || change.Items[0].Item != "IT.SYS":
		d.faults = append(d.faults, fmt.Sprintf("%v %+v", err, change))
	case r.Header.Get("If-Match") != strconv.Quote(strconv.Itoa(f.version)):
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	case change.Items[0].Value == strconv.Itoa(f.pressure):
		d.faults = append(d.faults, "a save that changes nothing")
	}
	f.version++
	f.pressure, _ = strconv.Atoi(change.Items[0].Value)
	d.show(w, r)
}

func staff(o Options, scenario string) Options {
	o.Scenario, o.Patients, o.Token, o.User, o.Password = scenario, nil, "", "lin", "right"
	o.Rate, o.Duration, o.Connections = 100, 9*time.Second, 4
	return o
}

func TestCoordinatorsCorrectValuesOnTheVersionTheyRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newWard(8)
		r := run(t, staff(virtually(t, d.handler()), Entry))
		if r.Statuses["200"] != 900 || len(r.Statuses) != 1 || len(r.Failures) != 0 || len(d.faults) > 0 {
			t.Errorf("%+v %q", r, d.faults)
		}
		saves := 0
		for s, f := range d.forms {
			if f.version == 1 {
				t.Errorf("nobody worked on %s", s)
			}
			saves += f.version - 1
		}
		if saves < 290 || saves > 300 || len(r.Steps) != 3 {
			t.Errorf("%d saves of 900 requests, want a third: %+v", saves, r.Steps)
		}
		var table strings.Builder
		if err := r.Table(&table); err != nil || !strings.Contains(table.String(), "\nsave ") {
			t.Error(err, table.String())
		}
	})
}

func TestTwoCoordinatorsOnOneFormConflictAndGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newWard(1)
		r := run(t, staff(virtually(t, d.handler()), Entry))
		if r.Statuses["412"] == 0 || len(r.Refusals) != maxExamples || !strings.HasSuffix(r.Refusals[0], "/F.VS/1: 412") || r.Statuses["200"]+r.Statuses["412"] != 900 || len(d.faults) > 0 {
			t.Errorf("%+v %q", r, d.faults)
		}
	})
}

func TestReadersSeeEveryPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newWard(8)
		r := run(t, staff(virtually(t, d.handler()), Browse))
		if r.Statuses["200"] != 900 || len(r.Failures) != 0 || len(r.Steps) != 5 {
			t.Errorf("%+v", r)
		}
		for page, n := range d.asked {
			if n < 175 || n > 190 {
				t.Errorf("%s was asked %d times of 900", page, n)
			}
		}
	})
}

func TestMonitorsSitesAndProgramsOpenTheirOwnPages(t *testing.T) {
	t.Parallel()
	for scenario, pages := range map[string]int{Monitor: 7, Office: 5, Client: 4} {
		synctest.Test(t, func(t *testing.T) {
			d := newWard(8)
			o := staff(virtually(t, d.handler()), scenario)
			o.Connections = 1 // one program follows the feed
			r := run(t, o)
			if r.Statuses["200"] != 900 || len(r.Statuses) != 1 || len(r.Failures) != 0 || len(r.Steps) != pages || len(d.faults) > 0 {
				t.Errorf("%s: %+v %q", scenario, r, d.faults)
			}
		})
	}
}

func TestWhoCannotSignInDoesNotLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := staff(virtually(t, newWard(1).handler()), Entry)
		o.Password = "wrong"
		_, err := Run(t.Context(), o)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "load.sign_in" {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, err := Run(t.Context(), staff(virtually(t, newWard(0).handler()), Browse))
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "load.no_subjects" {
			t.Error(err)
		}
	})
}
