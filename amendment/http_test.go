package amendment_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/amendment"
	"casebook/auth"
	"casebook/record"
	"casebook/store/storetest"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// desk answers for somebody who is signed in with a role.
func (w *ward) desk(role auth.Role) func(method, path, body string, out any) int {
	w.t.Helper()
	world := casebook.World{Now: w.clock.Now, Rand: casebook.Outside().Rand}
	people, mux := auth.New(w.ledger, world), http.NewServeMux()
	people.Cost = auth.Cost{Memory: 64, Passes: 1}
	w.must(auth.Mount(mux, people, w.amend.Routes()))
	handler := (&web.Door{World: world}).Wrap(mux)
	user := casebook.UserID(role) + "1"
	w.must(people.CreatePerson(w.ctx, auth.NewPerson{User: user, Name: "Somebody", Locale: "en", Password: "quiet-otters-swim-upstream"}))
	w.must(people.GrantRole(w.ctx, user, auth.Grant{Study: study, Role: role}))
	session, _, err := people.SignIn(w.ctx, string(user), "quiet-otters-swim-upstream", "here", "")
	w.must(err)
	return func(method, path, body string, out any) int {
		w.t.Helper()
		r := httptest.NewRequest(method, "/api/v1/studies/AMD-1/sites/"+path, strings.NewReader(body))
		r.Header.Set("Cookie", "casebook_session="+session)
		r.Header.Set("X-Casebook", "1")
		r.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		if out != nil {
			if err := json.Unmarshal(answer.Body.Bytes(), out); err != nil {
				w.t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
			}
		}
		return answer.Code
	}
}

type answered struct {
	Casebooks []*record.Moved `json:"casebooks"`
	Code      string          `json:"code"`
}

func TestAnAmendmentIsTriedAppliedAndTakenBackBatchByBatchOverHTTP(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := build(t, engine, 12)
			w.amend.Batch = 5
			ask := w.desk(auth.DataManager)
			standing := func(to int) (at amendment.Standing) {
				if status := ask("GET", fmt.Sprintf("01/amendment?to=%d", to), "", &at); status != http.StatusOK {
					t.Fatal(status)
				}
				return at
			}
			if got, want := standing(2), (amendment.Standing{Site: "01", Version: 1, To: 2, Casebooks: 12, Behind: 12}); got != want {
				t.Errorf("before: %+v", got)
			}
			before := w.lookAll()
			var told []*record.Moved
			for after := casebook.SubjectID(""); ; {
				var part answered
				if status := ask("POST", "01/amendment/trial", fmt.Sprintf(`{"to":2,"after":%q}`, after), &part); status != http.StatusOK {
					t.Fatal(status, part.Code)
				}
				if len(part.Casebooks) == 0 {
					break
				}
				told, after = append(told, part.Casebooks...), part.Casebooks[len(part.Casebooks)-1].Subject
			}
			if !reflect.DeepEqual(w.lookAll(), before) {
				t.Fatal("a trial changed something")
			}
			w.clock.Add(time.Minute)
			done := w.steps(ask, 2, 1)
			if wrong := w.compare(told, before, w.lookAll(), map[string]int{}); wrong != "" || len(done) != 12 {
				t.Errorf("%d went over; %s", len(done), wrong)
			}
			if got, want := standing(1), (amendment.Standing{Site: "01", Version: 2, Before: 1, To: 1, Casebooks: 12, Behind: 12}); got != want {
				t.Errorf("after: %+v", got)
			}
			w.clock.Add(time.Minute)
			w.steps(ask, 1, 2)
			for id, is := range w.lookAll() {
				if is.Definition != 1 || !reflect.DeepEqual(is.All, before[id].All) {
					t.Errorf("%s is not what it was", id)
				}
			}
			w.verify()
		})
	}
}

// steps calls until nothing is behind.
func (w *ward) steps(ask func(method, path, body string, out any) int, to, expect int) (all []*record.Moved) {
	w.t.Helper()
	for range 100 {
		var part answered
		if status := ask("POST", "01/amendment/steps", fmt.Sprintf(`{"to":%d,"expect":%d,"reason":"approved"}`, to, expect), &part); status != http.StatusOK {
			w.t.Fatal(status, part.Code)
		}
		if len(part.Casebooks) == 0 {
			return all
		}
		all = append(all, part.Casebooks...)
	}
	w.t.Fatal("it never ends")
	return nil
}

func TestAnAmendmentThatIsNotMeantIsRefused(t *testing.T) {
	t.Parallel()
	w := build(t, storetest.Engines[0], 1)
	ask := w.desk(auth.DataManager)
	for _, q := range []struct {
		method, path, body, code string
		status                   int
	}{
		{"POST", "01/amendment/steps", `{"to":2,"expect":1,"reason":" "}`, "trial.reason_required", 422},
		{"POST", "01/amendment/steps", `{"to":2,"expect":2,"reason":"x"}`, "amendment.elsewhere", 412},
		{"POST", "01/amendment/steps", `{"to":3,"expect":1,"reason":"x"}`, "trial.version_unknown", 404},
		{"POST", "01/amendment/trial", `{"to":0}`, "trial.version_number", 400},
		{"POST", "99/amendment/trial", `{"to":2}`, "trial.site_unknown", 404},
		{"POST", "99/amendment/steps", `{"to":2,"expect":1,"reason":"x"}`, "trial.site_unknown", 404},
		{"GET", "99/amendment?to=2", "", "trial.site_unknown", 404},
		{"GET", "01/amendment?to=x", "", "trial.version_number", 400},
		{"GET", "01/amendment", "", "trial.version_number", 400},
	} {
		var got answered
		status := ask(q.method, q.path, q.body, &got)
		if status != q.status || got.Code != q.code {
			t.Errorf("%s %s %s: %d %s", q.method, q.path, q.body, status, got.Code)
		}
	}
	if before := w.look(w.ids[0], time.Time{}); before.Definition != 1 {
		t.Error("something went over all the same")
	}
	if status := w.desk(auth.Monitor)("POST", "01/amendment/steps", `{"to":2,"expect":1,"reason":"x"}`, nil); status != http.StatusForbidden {
		t.Errorf("a monitor: %d", status)
	}
}
