package edc_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"casebook"
)

const systolic = `{"items":[{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"132"}]}`

// A program that did not hear the answer sends its save again, under the name that it chose for it.
func TestASaveThatIsSentAgainIsDoneOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		send := func(body, seen, name string) answer {
			head := []string{"If-Match", seen, "Idempotency-Key", name}
			if seen == "" {
				head[0], head[1] = "If-None-Match", "*"
			}
			return h.ask("linyue", http.MethodPatch, vitals, body, head...)
		}
		first := send(systolic, "", "a-1")
		if first.status != 200 || first.header.Get("Idempotent-Replay") != "" {
			t.Fatalf("%d %s", first.status, first.text)
		}
		before := h.entries()
		h.mustSave("linyue", vitals, `"1"`, "the source says 134", "IT.SYS 134") // somebody goes on in between
		again := send(systolic, "", "a-1")
		if again.status != 200 || again.header.Get("Idempotent-Replay") != "true" || again.header.Get("ETag") != `"2"` || !strings.Contains(again.text, `"134"`) {
			t.Errorf("sent again: %d %s %s", again.status, again.header.Get("ETag"), again.text)
		}
		if n := h.entries(); n != before+1 {
			t.Errorf("%d entries, %d before: the repetition has made some", n, before)
		}
		for range 2 { // what it brings is put aside once, and nothing changes
			send(strings.Replace(systolic, "132", "133", 1), `"2"`, "a-1").refused(t, 409, "record.request_reused")
		}
		var trail struct {
			Entries []struct{ What, New, Subject, Site string }
		}
		h.seal()
		h.get("hexiao", studyPath+"/trail?what=record.request.aside").into(t, &trail)
		if len(trail.Entries) != 1 || trail.Entries[0].Subject != "03-001" || trail.Entries[0].Site != "03" || !strings.Contains(trail.Entries[0].New, "133") {
			t.Errorf("put aside: %+v", trail)
		}
		send(systolic, `"2"`, strings.Repeat("a", 201)).refused(t, 400, "record.request_name")
		// A save that was refused is not kept under its name.
		send(strings.Replace(systolic, "132", "140", 1), `"2"`, "a-2").refused(t, 422, "record.reason_required")
		if a := send(strings.Replace(systolic, `{"items"`, `{"reason":"typing error","items"`, 1), `"2"`, "a-2"); a.status != 200 || a.header.Get("Idempotent-Replay") != "" {
			t.Errorf("after a refusal: %d %s", a.status, a.text)
		}
	})
}

// Whoever sends the same save many times at once gets one save, and the others hear that it was done, or is under way. Without a name
// nobody hears so.
func TestASaveThatIsSentManyTimesAtOnceIsDoneOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		storm := func(path string, head ...string) (made, repeated, refused int) {
			var wg sync.WaitGroup
			var mu sync.Mutex
			for range 8 {
				wg.Go(func() {
					a := h.ask("linyue", http.MethodPatch, path, systolic, append([]string{"If-None-Match", "*"}, head...)...)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case a.status == 409 && strings.Contains(a.text, "record.request_in_flight"):
						repeated++
					case a.status != 200:
						refused++
					case a.header.Get("Idempotent-Replay") == "true":
						repeated++
					default:
						made++
					}
				})
			}
			wg.Wait()
			return made, repeated, refused
		}
		if made, repeated, refused := storm(vitals, "Idempotency-Key", "storm"); made != 1 || repeated != 7 {
			t.Errorf("made %d, repeated %d, refused %d", made, repeated, refused)
		}
		if made, repeated, _ := storm(strings.Replace(vitals, "F.VS/1", "F.VS/2", 1)); repeated != 0 {
			t.Errorf("without a name: made %d, repeated %d", made, repeated)
		}
	})
}

// What a save's outcome says of us, and not of the caller, is heard where a release of settings is on trial.
func TestEachSaveIsHeardOf(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		var heard []bool
		h.desk.Done = func(study casebook.StudyID, site casebook.SiteID, well bool) {
			if study != "HTN-24" || site != "03" {
				t.Errorf("heard of %s, %s", study, site)
			}
			heard = append(heard, well)
		}
		h.mustSave("linyue", vitals, "", "", "IT.SYS 132")
		h.save("linyue", vitals, `"1"`, "", "IT.SYS 140") // no reason: the caller's fault
		if len(heard) != 2 || !heard[0] || !heard[1] {
			t.Errorf("heard %v", heard)
		}
	})
}
