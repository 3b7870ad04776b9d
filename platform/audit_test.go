package platform

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/settings"

	"github.com/go-json-experiment/json"
)

// What administrators do in a study and on the platform stands on one page, the newest first, with names and without the hash of any secret.
func TestWhatAdministratorsDidStandsOnOnePage(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		people := auth.New(h.l, casebook.Outside())
		as := func(user casebook.UserID) context.Context {
			return casebook.WithActor(h.Context(), casebook.Actor{User: user, Role: "admin", Location: "sponsor"})
		}
		h.must(people.CreatePerson(as("system"), auth.NewPerson{User: "gao", Name: "Gao Lan", NameZH: "高岚", Locale: "zh-CN"}))
		_, id, err := people.IssueToken(as("gao"), auth.NewToken{Study: htn, Kind: auth.Client, Name: "Warehouse", Scopes: []auth.Action{auth.FormRead}})
		h.must(err)
		_, err = people.RotateKey(as("gao"), "HTN-24."+id, time.Hour, time.Time{})
		h.must(err)
		h.must(people.EndClient(as("gao"), "HTN-24."+id, "", "the contract ended"))
		if status, text := h.call("everywhere", "POST", "/webhooks", `{"name":"Laboratory","url":"https://example.org/hook","events":[]}`); status != 201 {
			h.Fatal(text)
		}
		d, err := h.live.Propose(as("gao"), []settings.Change{{Assignment: settings.Assignment{Key: clientRate.Name, Value: "75"}}}, "more load")
		h.must(err)
		_, err = h.live.Approve(as("second"), d.ID, settings.Trial{}, "")
		h.must(err)
		h.must(h.live.RecordApproval(as("chenrui"), htn, "01", "v2", time.Now(), "the committee's letter"))
		h.must(h.write(h.Context(), 3, "01")) // which is no administration

		page := func(query string) (all []Administered, text string) {
			status, text := h.call("everywhere", "GET", "/../../audit?"+query, "", "Accept-Language", "zh")
			var out struct {
				Entries []Administered `json:"entries"`
			}
			if h.must(json.Unmarshal([]byte(text), &out)); status != 200 {
				h.Fatal(text)
			}
			return out.Entries, text
		}
		did := func(all []Administered) string {
			said := map[string]int{}
			for _, e := range all {
				said[fmt.Sprint(e.Study, " ", e.What, " ", e.ByName, " ", e.Name)]++
			}
			return fmt.Sprint(said)
		}
		h.until("all have their place", func() bool { all, _ := page(""); return len(all) >= 10 })
		all, text := page("")
		if got, want := did(all), "map[HTN-24 auth.token.issued 高岚 Warehouse:2 HTN-24 auth.token.limited 高岚 Warehouse:1 HTN-24 auth.token.revoked 高岚 Warehouse:2 "+
			"HTN-24 platform.webhook.added chenrui Laboratory:1 HTN-24 settings.approved chenrui :1 platform auth.person.created system 高岚:1 platform settings.proposed 高岚 :1 platform settings.released second :1]"; got != want {
			h.Errorf("the page says %s\nwant %s", got, want)
		}
		for _, secret := range []string{"hash", "password", "whsec_"} {
			if strings.Contains(text, secret) {
				h.Errorf("the page tells %s: %s", secret, text)
			}
		}
		for query, want := range map[string]int{"kind=keys": 5, "kind=settings": 3, "kind=webhooks&study=HTN-24": 1, "kind=people&study=HTN-24": 0, "study=platform": 3, "who=second": 1, "kind=door": 0, "from=2100-01-01": 0, "until=2100-01-01&kind=people": 1, "study=OTHER": 0} {
			if some, _ := page(query); len(some) != want {
				h.Errorf("%s: %d entries, want %d", query, len(some), want)
			}
		}
		for query, code := range map[string]string{"kind=record": "platform.audit_kind", "after=x": "platform.cursor", "from=yesterday": "platform.day"} {
			if status, text := h.call("everywhere", "GET", "/../../audit?"+query, ""); status != 400 || !strings.Contains(text, code) {
				h.Errorf("%s: %d %s", query, status, text)
			}
		}
	})
}
