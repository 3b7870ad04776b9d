package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
)

// room is a file room in memory. What it was given in a transaction that came to nothing it forgets, by its document's id,
// which is one that the site has not seen in the committed rows.
type room struct {
	mu     sync.Mutex
	loose  map[string][]byte
	papers []Paper
	breaks int // after so many papers it breaks once; 0 for never
}

var protocol = Attachment{Name: "protocol.pdf", Hash: strings.Repeat("ab", 32), Media: "application/pdf", Size: 9}

// furnishRoom gives the house a file room with a protocol in it.
func (h *house) furnishRoom() *room {
	r := &room{loose: map[string][]byte{protocol.Hash + protocol.Name: []byte("%PDF-1.7\n")}}
	h.s.o.Files = Files{
		Kept: func(_ context.Context, _ *store.Tx, _ casebook.StudyID, hash, name string) (Attachment, error) {
			if r.loose[hash+name] == nil {
				return Attachment{}, casebook.Fail(casebook.NotFound, "document.unknown")
			}
			return protocol, nil
		},
		Answer: func(_ context.Context, w http.ResponseWriter, _ casebook.StudyID, a Attachment) error {
			_, err := w.Write(r.loose[a.Hash+a.Name])
			return err
		},
		File: func(_ context.Context, _ *ledger.Writer, p Paper) (string, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.breaks--; r.breaks == 0 {
				return "", errors.New("the file room burns")
			}
			r.papers = append(r.papers, p)
			if p.Document != "" {
				return p.Document, nil
			}
			return fmt.Sprintf("D-%s-%s", p.Site, p.Name), nil
		},
	}
	return r
}

// take returns the papers that were filed since it was last called.
func (r *room) take() (all []Paper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, r.papers = r.papers, nil
	return all
}

func TestANoticeCarriesItsAttachmentsAndIsFiledAtItsEndWithWhatCameBack(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		r := h.furnishRoom()
		d := letterTo(auth.Investigator)
		d.ID, d.Kind, d.Ack, d.Form, d.Closes = "N1", Safety, Signed, pollForm(), noon.Add(48*time.Hour)
		d.Attachments = []Attachment{{Name: protocol.Name, Hash: protocol.Hash, Media: "text/html", Size: 1}} // what a draft says of itself does not count
		n := h.send(d)
		if again := h.send(d); n.Attachments[0] != protocol || again.ID != n.ID {
			t.Fatalf("it carries %+v", n.Attachments)
		}
		me, door := h.as("inv01"), h.door()
		const file = "/inbox/N1/attachments/1?site=01"
		if status, text := call(h, door, "inv01", "GET", file, nil); status != 409 || !bytes.Contains(text, []byte("notice.unread")) {
			t.Errorf("before it is opened: %d %s", status, text)
		}
		if _, text := call(h, door, "inv01", "POST", "/inbox/N1", map[string]string{"site": "01"}); !bytes.Contains(text, []byte(protocol.Hash)) {
			t.Errorf("the letter does not name its attachment: %s", text)
		}
		for path, want := range map[string]string{file: "%PDF-1.7\n", "/inbox/N1/attachments/2?site=01": "notice.attachment_none", "/inbox/N1/attachments/1?site=02": "notice.unknown"} {
			if _, text := call(h, door, "inv01", "GET", path, nil); !bytes.Contains(text, []byte(want)) {
				t.Errorf("%s: %s, want %s", path, text, want)
			}
		}
		if _, text := call(h, door, "pm", "GET", "/notices/N1/attachments/1", nil); string(text) != "%PDF-1.7\n" {
			t.Errorf("the sender gets %q", text)
		}
		_, err := h.s.Acknowledge(me, htn, "N1", "01", &Signing{"Dr inv01", "Asia/Shanghai"})
		h.must(err)
		_, err = h.s.Answer(me, htn, "N1", "01", reply("true", "40", "OK"), "")
		h.must(err)
		h.work()
		if early := r.take(); len(early) != 0 {
			t.Fatalf("%d papers are filed before the end", len(early))
		}
		h.clock.Set(d.Closes)
		h.work()
		papers := r.take()
		if len(papers) != 8 || papers[1].Attachment == nil || papers[1].Attachment.Hash != protocol.Hash || papers[0].Kind != Safety || papers[0].Site != "01" {
			t.Fatalf("filed is %+v", papers)
		}
		for _, want := range []string{"致第01中心：新版方案", "请阅读第 3 版", protocol.Hash, "已收到 2026-03-04T04:00:00Z", "签名；签名内容 SHA-256", "库存多少盒？ = 40"} {
			if !strings.Contains(papers[0].Text, want) {
				t.Errorf("the paper of site 01 lacks %q:\n%s", want, papers[0].Text)
			}
		}
		if at04 := papers[6].Text; !strings.Contains(at04, "please read version 3") || !strings.Contains(at04, "not everything that was asked") {
			t.Errorf("the paper of site 04:\n%s", at04)
		}
		status, _ := call(h, door, "pm", "POST", "/notices/N1/filing", nil)
		h.work()
		if again := r.take(); status != 202 || len(again) != 4 || again[0].Document != "D-01-notice.txt" {
			t.Errorf("filed again (%d) is %+v", status, again)
		}
		if _, text := call(h, door, "pm", "GET", "/notices/N1", nil); !bytes.Contains(text, []byte(`"filing":{"able":true,"times":2,"sites":4}`)) {
			t.Errorf("the sender reads %s", text)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
		for _, spoil := range []string{`UPDATE notice_filed SET documents = '[]' WHERE study_id = $1 AND site_id = '01'`, `DELETE FROM notice_filed WHERE study_id = $1 AND site_id = '02'`} { // the control
			before := len(h.verify())
			if h.exec(spoil, htn) != 1 || len(h.verify()) != before+1 {
				t.Errorf("nothing was found after %s", spoil)
			}
		}
	})
}

func TestANoticeWithoutAnEndIsFiledWhenNobodyIsMissingAndAfterAMonthInAnyCase(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		r := h.furnishRoom()
		for _, id := range []string{"whole", "partly", "withdrawn"} {
			d := letterTo(auth.Investigator)
			d.ID, d.Ack = id, Plain
			h.send(d)
		}
		h.must(h.s.Cancel(h.as("pm"), htn, "withdrawn", "a mistake")) // nobody had it
		filed := func(day int, want ...string) {
			t.Helper()
			h.clock.Set(noon.Add(time.Duration(day) * 24 * time.Hour))
			h.work()
			var got []string
			for _, p := range r.take() {
				for _, id := range []string{"whole", "partly", "withdrawn"} {
					if strings.Contains(p.Text, id) && !slices.Contains(got, id) {
						got = append(got, id)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("on day %d %q are filed, want %q", day, got, want)
			}
		}
		filed(0)
		filed(1)
		if _, text := call(h, h.door(), "pm", "GET", "/notices/partly", nil); !bytes.Contains(text, []byte(`"filing":{"able":true,"last":"2026-04-03T04:00:00Z","times":0,"sites":0}`)) {
			t.Errorf("the sender reads %s", text)
		}
		for _, site := range []casebook.SiteID{"01", "02", "03", "04"} {
			_, err := h.s.Acknowledge(h.as("inv"+casebook.UserID(site)), htn, "whole", site, nil)
			h.must(err)
		}
		filed(1) // it is seen once a day
		filed(2, "whole")
		filed(29)
		filed(30, "partly")
		filed(90)
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestAFilingThatBreaksOffGoesOnWhereItWasAndFilesEachSiteOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, alone(t).db, casebook.NewClock(noon))
	r := h.furnishRoom()
	for n := range 2*filedAtOnce + 10 {
		site := casebook.SiteID(fmt.Sprintf("%04d", n))
		h.exec(`INSERT INTO trial_site(study_id, site_id, name, zone, state, activated_at) VALUES($1,$2,'{"en":"Somewhere"}','Asia/Shanghai','active',1)`, htn, site)
		h.exec(`INSERT INTO auth_grant(user_id, study_id, site_id, role) VALUES('dm',$1,$2,'coordinator')`, htn, site)
	}
	n := h.send(letterTo(auth.Coordinator, auth.DataManager))
	h.work()
	h.must(h.s.FileNow(h.as("pm"), htn, n.ID))
	r.breaks = filedAtOnce + 20
	var broken error
	for more := true; more || broken == nil; {
		var err error
		if more, err = h.s.pass(system(h.Context())); err != nil {
			broken, more = err, true
		}
	}
	seen := map[casebook.SiteID]int{}
	h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Each(t.Context(), func(r *store.Rows) error {
			var site casebook.SiteID
			var filing int
			err := r.Scan(&site, &filing)
			seen[site] += filing
			return err
		}, `SELECT site_id, filing FROM notice_filed WHERE study_id = $1`, htn)
	}))
	papers := r.take()
	last := slices.Index(papersOf(papers), "0000")
	if want := int(n.Targets); len(seen) != want || seen[""] != 1 || seen["0100"] != 1 || len(papers) != want+19 || last < 0 {
		t.Errorf("%d sites are filed of %d, %d papers", len(seen), want, len(papers)) // those of the part that broke off were filed again
	}
	if found := h.verify(); len(found) > 0 {
		t.Errorf("verification finds %v", found)
	}
}

func papersOf(papers []Paper) (sites []string) {
	for _, p := range papers {
		sites = append(sites, string(p.Site))
	}
	return sites
}
