package report_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// hold keeps SQLite's only writer until the function that it returns is called: what a slow disk does.
func (h *house) hold() (release func()) {
	h.t.Helper()
	held, let, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- h.db.Update(context.WithoutCancel(h.t.Context()), func(*store.Tx) error {
			close(held)
			<-let
			return nil
		})
	}()
	<-held
	return sync.OnceFunc(func() {
		close(let)
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

// door is the routes of package report behind the web's door alone: the gateway admits fewer reports at a time than the
// queue holds, so that behind it the queue never fills.
func (h *house) door() http.Handler {
	mux := http.NewServeMux()
	if err := auth.Mount(mux, h.people, h.reports.Routes()); err != nil {
		h.t.Fatal(err)
	}
	d := web.Door{World: h.db.World()}
	return d.Wrap(mux)
}

func (h *house) call(ctx context.Context, door http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, "POST", "/report", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+h.token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	return w
}

func small(n int) string {
	return fmt.Sprintf(`{"patientId":"03-001","id":"n-%d","data":%d}`, n, n)
}

func TestAFullQueueSaysSoAndLosesNothing(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	door := h.door()
	if w := h.call(t.Context(), door, small(0)); w.Code != 200 { // the door knows the token and the patient
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	before := h.rows()
	release := h.hold()
	defer release()
	var phones sync.WaitGroup
	var mu sync.Mutex
	answered, taken, refused := 0, 0, 0
	full := make(chan struct{})
	for n := 1; n <= 6000; n++ { // the queue holds 4096, the batch under way 512
		phones.Go(func() {
			w := h.call(t.Context(), door, small(n))
			mu.Lock()
			defer mu.Unlock()
			if answered++; answered == 6000-4096-512 {
				close(full)
			}
			switch {
			case w.Code == 200:
				taken++
			case w.Code == 503 && w.Header().Get("Retry-After") == "1" && strings.Contains(w.Body.String(), `"code":"report.queue_full"`):
				refused++
			default:
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
	<-full // at least so many find no room
	mu.Lock()
	if taken != 0 {
		t.Errorf("%d reports were acknowledged while nothing could be written", taken)
	}
	mu.Unlock()
	release()
	phones.Wait()
	if taken+refused != 6000 || taken < 4096 {
		t.Errorf("%d were taken and %d refused", taken, refused)
	}
	if got, want := h.grown(before), fmt.Sprintf("ledger_entry+%d report+%d report_unclassified+%d", taken, taken, taken); got != want {
		t.Errorf("they left %q, want %q", got, want)
	}
	if w := h.call(t.Context(), door, small(1)); w.Code != 200 {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
	if n := h.reports.Waiting(); n != 0 {
		t.Errorf("%d still count as waiting", n)
	}
}

func TestTheGatewayShedsBeforeTheQueueFills(t *testing.T) {
	t.Parallel()
	h := build(t, sqlite(t))
	h.call(t.Context(), h.gate, small(0))
	release := h.hold()
	defer release()
	var phones sync.WaitGroup
	var taken, shed atomic.Int64
	for n := 1; n <= 2048+50; n++ { // the gateway has room for 2048
		phones.Go(func() {
			switch w := h.call(t.Context(), h.gate, small(n)); {
			case w.Code == 200:
				taken.Add(1)
			case w.Code == 503 && w.Header().Get("Retry-After") == "2" && strings.Contains(w.Body.String(), `"code":"gateway.full"`):
				shed.Add(1)
				release()
			case w.Code != 504: // on a slow machine a report's ten seconds may pass
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
	phones.Wait()
	if kept := h.rows()["report"]; int64(kept) != 1+taken.Load() || shed.Load() == 0 {
		t.Errorf("%d reports are kept, %d were acknowledged after the first, %d were shed", kept, taken.Load(), shed.Load())
	}
}

// eventually waits until what is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for limit := time.After(10 * time.Second); !so(); {
		select {
		case <-look.C:
		case <-limit:
			t.Fatalf("never: %s", what)
		}
	}
}

// A phone that goes away before its report is picked up has not reported; when it comes back it reports once.
func TestWhoLeavesBeforeThePickUpHasNotReported(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := idle(t, storetest.DSN(t, engine))
			before := h.rows()
			gone, leave := context.WithCancel(t.Context())
			var phone sync.WaitGroup
			phone.Go(func() {
				if w := h.call(gone, h.gate, small(1)); w.Code != web.StatusClientClosed {
					t.Errorf("the one who left: %d %s", w.Code, w.Body)
				}
			})
			eventually(t, "the report waits", func() bool { return h.reports.Waiting() == 1 })
			leave()
			phone.Wait()
			h.run()
			if w := h.call(t.Context(), h.gate, small(2)); w.Code != 200 { // behind it in the queue
				t.Errorf("the next: %d %s", w.Code, w.Body)
			}
			if got := h.grown(before); got != "ledger_entry+1 report+1 report_unclassified+1" {
				t.Errorf("the next left %q", got)
			}
			w := h.call(t.Context(), h.gate, small(1))
			if w.Code != 200 || w.Header().Get("Idempotent-Replay") != "" {
				t.Errorf("back again: %d %s", w.Code, w.Body)
			}
			if got := h.grown(before); got != "ledger_entry+2 report+2 report_unclassified+2" {
				t.Errorf("both left %q", got)
			}
		})
	}
}

// A phone that goes away after the pick-up has reported, though nobody is left to tell; when it comes back it hears so.
func TestWhoLeavesAfterThePickUpHasReportedOnce(t *testing.T) {
	t.Parallel()
	h := idle(t, sqlite(t))
	before := h.rows()
	gone, leave := context.WithCancel(t.Context())
	var phones sync.WaitGroup
	phones.Go(func() { h.call(gone, h.gate, small(1)) })
	eventually(t, "one waits", func() bool { return h.reports.Waiting() == 1 })
	phones.Go(func() { h.call(t.Context(), h.gate, small(2)) })
	eventually(t, "two wait", func() bool { return h.reports.Waiting() == 2 })
	release := h.hold()
	defer release()
	h.run()
	eventually(t, "both are picked up", func() bool { return h.reports.Waiting() == 0 })
	leave() // the first was picked up before the second was
	release()
	phones.Wait()
	if got := h.grown(before); got != "ledger_entry+2 report+2 report_unclassified+2" {
		t.Errorf("they left %q", got)
	}
	if w := h.call(t.Context(), h.gate, small(1)); w.Code != 200 || w.Header().Get("Idempotent-Replay") != "true" {
		t.Errorf("back again: %d %s", w.Code, w.Body)
	}
	if got := h.grown(before); got != "ledger_entry+2 report+2 report_unclassified+2" {
		t.Errorf("coming back left %q", got)
	}
}

// What was taken from a phone is committed though the server is told to stop.
func TestStoppingCommitsWhatWaits(t *testing.T) {
	t.Parallel()
	h := idle(t, sqlite(t))
	before := h.rows()
	var phones sync.WaitGroup
	for n := range 20 {
		phones.Go(func() {
			if w := h.call(t.Context(), h.gate, small(n)); w.Code != 200 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	eventually(t, "all wait", func() bool { return h.reports.Waiting() == 20 })
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := h.reports.Run(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("Run ended with %v", err)
	}
	phones.Wait()
	if got := h.grown(before); got != "ledger_entry+20 report+20 report_unclassified+20" {
		t.Errorf("they left %q", got)
	}
}

// Phones repeat themselves, all at once and through many connections: a report is still one row, one entry, one receipt.
func TestManySendersOfOneReport(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const senders, reports = 64, 12
		before := h.rows()
		var phones sync.WaitGroup
		var mu sync.Mutex
		receipts, first, conflicts := map[string]map[string]int{}, map[string]int{}, 0
		for sender := range senders {
			phones.Go(func() {
				for i := range reports {
					n := (sender + i) % reports // everybody begins elsewhere
					id, systolic := fmt.Sprintf("same-%d", n), "132"
					if n%2 == 1 {
						systolic = "286" // these also open a query
					}
					w := h.call(t.Context(), h.gate, diary(id, systolic))
					var a struct {
						Receipt string `json:"receipt"`
					}
					if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 {
						t.Errorf("%d %s %v", w.Code, w.Body, err)
						continue
					}
					other := w.Code
					if sender%8 == 0 {
						other = h.call(t.Context(), h.gate, diary(id, "140")).Code
					}
					mu.Lock()
					if receipts[id] == nil {
						receipts[id] = map[string]int{}
					}
					receipts[id][a.Receipt]++
					if w.Header().Get("Idempotent-Replay") == "" {
						first[id]++
					}
					if other == 409 {
						conflicts++
					}
					mu.Unlock()
				}
			})
		}
		phones.Wait()
		for id, r := range receipts {
			if len(r) != 1 || first[id] != 1 {
				t.Errorf("%s: receipts %v, %d times new", id, r, first[id])
			}
		}
		if want := "ledger_entry+24 record_form+12 record_query+6 report+12 report_quarantine+12"; h.grown(before) != want {
			t.Errorf("they left %q, want %q", h.grown(before), want)
		}
		if conflicts != senders/8*reports {
			t.Errorf("%d other bodies were refused", conflicts)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
	})
}

// A form that somebody of the staff already began under the report's id is not overwritten, and the report is not lost.
func TestAReportMeetsAFormThatIsThere(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "linyue", Role: "coordinator", Location: "03"})
		_, err := h.forms.Save(ctx, record.Save{Key: record.Key{Study: demo.ID, Subject: "03-001", Event: "E.DIARY", EventRepeat: "7", Form: "F.HBP", FormRepeat: "1"},
			Items: []record.Value{{Group: "IG.HBAM", Repeat: "1", Item: "IT.AMSYS1", Value: "128"}}})
		if err != nil {
			t.Fatal(err)
		}
		before := h.rows()
		for range 2 {
			if a := h.send(diary("7", "286")); a.status != 409 || a.body.Code != "report.other_body" {
				t.Errorf("answered %v", a)
			}
		}
		if got := h.grown(before); got != "ledger_entry+1 report_quarantine+1" {
			t.Errorf("it left %q", got)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("the ledger does not explain it: %v", found)
		}
		if a := h.send(diary("8", "132")); a.status != 200 {
			t.Errorf("the next: %v", a)
		}
	})
}
