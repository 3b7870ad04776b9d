package edc_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"casebook/store"
)

// A caller who waits no longer than he says (Request-Timeout) ends his save in the database: while somebody else holds the row,
// nothing of it waits there any more, and nothing is kept. Without the header the same save waits, and is done.
func TestACallersPatienceEndsTheSaveInTheDatabase(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.mustSave("linyue", vitals, "", "", "IT.SYS 132")
		db := h.ledger.DB()
		held, free := make(chan struct{}), make(chan struct{})
		var once sync.Once
		var wait sync.WaitGroup
		wait.Go(func() {
			undone := errors.New("undone")
			err := db.Update(context.WithoutCancel(t.Context()), func(tx *store.Tx) error {
				if _, err := tx.Exec(t.Context(), `UPDATE record_form SET release = release WHERE study_id = $1`, "HTN-24"); err != nil {
					return err
				}
				once.Do(func() { close(held) })
				<-free
				return undone
			})
			if !errors.Is(err, undone) {
				t.Error(err)
			}
		})
		<-held
		const body = `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.DIA","value":"84"}]}`
		h.ask("linyue", http.MethodPatch, vitals, body, "If-Match", `"1"`, "Request-Timeout", "0.5").refused(t, 504, "request.timeout")
		if db.Postgres() {
			var waiting int
			for range 200 { // PostgreSQL takes a cancelled statement off in its own time
				err := db.View(t.Context(), func(tx *store.Tx) error {
					return tx.Row(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`).Scan(&waiting)
				})
				if err != nil {
					t.Fatal(err)
				}
				if waiting == 0 {
					break
				}
			}
			if waiting != 0 {
				t.Errorf("%d statements still wait for the row", waiting)
			}
		}
		close(free)
		wait.Wait()
		a := h.ask("linyue", http.MethodPatch, vitals, body, "If-Match", `"1"`)
		if a.status != 200 || a.header.Get("ETag") != `"2"` || !strings.Contains(a.text, `"84"`) {
			t.Errorf("the same save afterwards: %d %s %s", a.status, a.header.Get("ETag"), a.text)
		}
	})
}
