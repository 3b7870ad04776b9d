package platform

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/web"
)

// A greedy client's requests and a modest one's wait for one place: they are let in by turns.
func TestClientsAreLetInByTurns(t *testing.T) {
	t.Parallel()
	turns := newTurnstile(1)
	if err := turns.enter(t.Context(), "someone"); err != nil {
		t.Fatal(err)
	}
	in := make(chan casebook.UserID)
	var waiting sync.WaitGroup
	stand := func(who casebook.UserID, n int) {
		for range n {
			waiting.Go(func() {
				if turns.enter(t.Context(), who) == nil {
					in <- who
				}
			})
		}
		for { // until they stand in the line
			turns.mu.Lock()
			long := len(turns.waiting[who])
			turns.mu.Unlock()
			if long == n {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	stand("greedy", mayWait)
	if err := turns.enter(t.Context(), "greedy"); casebook.KindOf(err) != casebook.Busy {
		t.Errorf("one more in a full line: %v", err)
	}
	stand("modest", 2)
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := turns.enter(gone, "fickle"); err == nil {
		t.Error("let in after it had gone")
	}
	var order []string
	for range mayWait + 2 {
		turns.leave()
		order = append(order, string(<-in))
	}
	waiting.Wait()
	if got := strings.Join(order[:5], " "); got != "greedy modest greedy modest greedy" {
		t.Errorf("let in as %s", got)
	}
	if turns.leave(); turns.free != 1 || len(turns.waiting) > 0 {
		t.Errorf("at the end: %d free, %d waiting", turns.free, len(turns.waiting))
	}
}

func TestWhoLeavesTheLineTakesNoPlaceAlong(t *testing.T) {
	t.Parallel()
	turns := newTurnstile(2)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*time.Microsecond)
			defer cancel()
			if turns.enter(ctx, casebook.UserID(rune('a'+i%5))) == nil {
				turns.leave()
			}
		})
	}
	all.Wait()
	if turns.free != 2 {
		t.Errorf("%d places of 2 are free", turns.free)
	}
}

func TestTheLogOfRequestsShowsTheirShapeAndNoValue(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		client := &auth.Principal{Kind: auth.Client, User: "client:lab", Study: htn}
		handle := func(w http.ResponseWriter, q *http.Request) error {
			if text, _ := io.ReadAll(q.Body); strings.Contains(string(text), "refuse") {
				return casebook.Fail(casebook.Unprocessable, "record.reason_required")
			}
			return web.JSON(w, 201, map[string]any{"value": "HIV positive", "item": "IT.SYS", "n": 17})
		}
		send := func(p *auth.Principal, body string) {
			r := httptest.NewRequest("POST", "/api/v1/studies/HTN-24/x?name=Zhang&validate_only=true", strings.NewReader(body))
			r.Pattern = "POST /api/v1/studies/{study}/x"
			_ = h.s.Carry(httptest.NewRecorder(), r, p, handle)
		}
		send(client, `{"items":[{"item":"IT.SYS","value":"Zhang San 张三","ok":true,"n":987654321}]}`)
		send(client, `{"reason":"refuse"}`)
		send(client, "Zhang San, not JSON")
		send(client, `{"value":"`+strings.Repeat("Zhang", 4000)+`"}`)
		send(&auth.Principal{Kind: auth.Person, User: "linyue"}, `{"items":[]}`) // people are in the ledger
		h.s.flush(h.Context(), map[casebook.StudyID]time.Time{})
		status, text := h.call("everywhere", "GET", "/../../requests?study=HTN-24", "")
		if status != 200 || strings.Count(text, `"id":`) != 4 {
			h.Fatalf("%d %s", status, text)
		}
		for _, secret := range []string{"Zhang", "张", "HIV", "987654321", "true&", "refuse\""} {
			if strings.Contains(text, secret) {
				h.Errorf("the log tells %s: %s", secret, text)
			}
		}
		for _, shown := range []string{`\"item\":\"IT.SYS\"`, `\"value\":\"‹12›\"`, `‹true or false›`, `‹19 bytes›`, `"status":422`, `"code":"record.reason_required"`, `"status":201`, `?name=‹5›`, `"client":"client:lab"`} {
			if !strings.Contains(text, shown) {
				h.Errorf("the log does not show %s: %s", shown, text)
			}
		}
		if _, text := h.call("everywhere", "GET", "/../../requests?study=HTN-24&status=refused", ""); strings.Count(text, `"id":`) != 1 {
			h.Errorf("the refused: %s", text)
		}
		if _, text := h.call("everywhere", "GET", "/../../requests?study=HTN-24&client=client:other", ""); strings.Count(text, `"id":`) != 0 {
			h.Errorf("another client's: %s", text)
		}
	})
}
