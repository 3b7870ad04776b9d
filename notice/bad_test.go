package notice

import (
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/outbox"
	"casebook/outbox/channel"

	"github.com/go-json-experiment/json"
)

// What is asked for wrongly is refused with a code, a place and a sentence in both languages; nothing is sent twice, and
// what was there stays.
func TestEachMistakeIsSaidInBothLanguagesAndNothingIsSentTwiceOrLost(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		h.furnishRoom()
		door := h.door()
		d := letterTo(auth.Investigator)
		d.ID, d.Form, d.Closes, d.Attachments = "N1", pollForm(), noon.Add(time.Hour), []Attachment{protocol}
		post := func(spoil func(d *Draft)) any {
			x := d
			x.ID, x.Title, x.Body = "N2", odm.Text{"zh-CN": d.Title["zh-CN"], "en": d.Title["en"]}, odm.Text{"zh-CN": d.Body["zh-CN"], "en": d.Body["en"]}
			x.Variables = append([]Variable{}, d.Variables...)
			spoil(&x)
			return x
		}
		answer := func(stock string) any { return map[string]any{"site": "01", "items": reply("true", stock, "OK")} }
		wants := func(as casebook.UserID, method, path string, body any, status int, code, place string) {
			h.Helper()
			got, text := call(h, door, as, method, path, body)
			var said struct {
				Code, Place string
				Texts       map[string]string
			}
			if got >= 400 {
				h.must(json.Unmarshal(text, &said, json.MatchCaseInsensitiveNames(true)))
			}
			if got != status || said.Code != code || said.Place != place {
				h.Errorf("%s %s: %d %s at %s, want %d %s at %s", method, path, got, said.Code, said.Place, status, code, place)
			}
			if code != "" && (said.Texts["en"] == "" || said.Texts["zh-CN"] == "" || said.Texts["en"] == said.Texts["zh-CN"]) {
				h.Errorf("%s is said as %q", code, said.Texts)
			}
		}
		for range 2 { // twice is once
			wants("pm", "POST", "/notices", d, 201, "", "")
		}
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.ID, d.Kind = "N1", Safety }), 409, "notice.id_taken", "/id")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Audience.Roles = []auth.Role{auth.Monitor} }), 422, "notice.nobody", "/audience")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Variables[0].Value = nil }), 422, "notice.variable_missing", "/variables/0/value")
		wants("pm", "POST", "/notices", post(func(d *Draft) { delete(d.Title, "zh-CN") }), 422, "notice.text_missing", "/title/zh-CN")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Attachments = []Attachment{{Name: "virus.pdf", Hash: protocol.Hash}} }), 422, "notice.attachment_unknown", "/attachments/0")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Attachments = []Attachment{protocol, protocol} }), 422, "notice.attachment_twice", "/attachments/1")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Attachments = make([]Attachment, maxAttachments+1) }), 422, "notice.attachments", "/attachments")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Variables[0].Type, d.Variables[0].Value = "text", odm.Text{"": "{{person}}"} }), 422, "notice.variable_injects", "/variables/0/value")
		wants("pm", "POST", "/notices", post(func(d *Draft) { d.Body["en"] += `{{call .Secret}}` }), 422, "notice.template", "/body/en")
		wants("inv01", "POST", "/inbox/N1/answer", answer("40"), 200, "", "")
		wants("inv01", "POST", "/inbox/N1/answer", answer("41"), 409, "notice.answered", "/reason")
		h.clock.Set(d.Closes)
		wants("inv02", "POST", "/inbox/N1/answer", map[string]any{"site": "02", "items": reply("true", "1", "OK")}, 409, "notice.expired", "closes")
		wants("inv01", "POST", "/inbox/N1/answer", answer("40"), 200, "", "") // who answered in time gets the first receipt again
		if n := h.exec(`UPDATE notice SET kind = kind WHERE study_id = $1`, htn); n != 1 {
			t.Errorf("%d notices are sent, want 1", n)
		}
		if m := h.matrix("N1"); m.Total.Recipients != 4 || m.Total.Answered != 1 {
			t.Errorf("the matrix is %+v", m.Total)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

// An endpoint inside our network is never called unless it is allowed by name: its message is given up at once and says why,
// and the notice waits in the inbox all the same.
func TestAnEndpointInsideOurNetworkIsRefusedAndTheNoticeIsThereAllTheSame(t *testing.T) {
	t.Parallel()
	h := alone(t)
	h.reach("", "01", EndpointChannel, "http://127.0.0.1:1/notices")
	h.box.Add(h.s.Channel(channel.Guard{}.HTTP()))
	h.run(h.box.Run)
	d := letterTo(auth.Investigator)
	d.Channels = []string{EndpointChannel}
	h.send(d)
	var call outbox.Record
	for until := time.Now().Add(20 * time.Second); call.State != outbox.Dead && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		call = h.leaves()[0]
	}
	if call.State != outbox.Dead || !strings.Contains(call.Answer, channel.ErrForbiddenAddress.Error()) {
		t.Errorf("the call is %s: %s", call.State, call.Answer)
	}
	if all, err := h.s.Inbox(h.as("inv01"), htn); err != nil || len(all) != 1 {
		t.Errorf("the site has %d notices, %v", len(all), err)
	}
}
