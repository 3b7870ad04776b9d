package edc_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"casebook"
)

func userID(s string) casebook.UserID { return casebook.UserID(s) }

func items(inside string) string { return `{"items":[` + inside + `]}` }

// Hostile bodies are refused with the place, and nothing of them stays.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.entries()
		const value = `{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"120"}`
		for _, c := range []struct {
			name, body string
			status     int
			code       string
			place      string
		}{
			{"nothing but spaces", ` `, 400, "request.json.empty", ""},
			{"an array", `[]`, 400, "request.json.type", ""},
			{"cut", `{"items":[`, 400, "request.json.cut", "/items"},
			{"something after the end", items(value) + `{}`, 400, "request.json.trailing", ""},
			{"a member twice", `{"items":[],"items":[` + value + `]}`, 400, "request.json.duplicate_name", "/items"},
			{"an unknown member", `{"items":[],"by":"gao"}`, 400, "request.json.unknown_name", "/by"},
			{"another case", `{"Items":[` + value + `]}`, 400, "request.json.unknown_name", "/Items"},
			{"a value's member twice", items(`{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"120","value":"130"}`), 400, "request.json.duplicate_name", "/items/0/value"},
			{"an actor of its own", items(`{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"120","by":"gao"}`), 400, "request.json.unknown_name", "/items/0/by"},
			{"a number for text", items(`{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":120}`), 400, "request.json.type", "/items/0/value"},
			{"NUL", items(`{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"\u0000"}`), 400, "request.json.nul", "/items/0/value"},
			{"not UTF-8", items("{\"group\":\"IG.VS\",\"repeat\":\"1\",\"item\":\"IT.SYS\",\"value\":\"\xff\"}"), 400, "request.json.utf8", "/items/0/value"},
			{"65 deep", `{"items":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, 400, "request.json.depth", "/items" + strings.Repeat("/0", 63)},
			{"an unknown item", items(`{"group":"IG.VS","repeat":"1","item":"IT.NONE","value":"1"}`), 422, "record.item_unknown", "IG.VS/1/IT.NONE"},
			{"another group", items(`{"group":"IG.BODY","repeat":"1","item":"IT.SYS","value":"1"}`), 422, "record.item_unknown", "IG.BODY/1/IT.SYS"},
			{"a repeat of what does not repeat", items(`{"group":"IG.VS","repeat":"2","item":"IT.SYS","value":"1"}`), 422, "record.repeat_unknown", "IG.VS/2/IT.SYS"},
			{"no repeat", items(`{"group":"IG.VS","item":"IT.SYS","value":"1"}`), 422, "record.repeat_unknown", "IG.VS//IT.SYS"},
			{"a word for a number", items(value + `,{"group":"IG.VS","repeat":"1","item":"IT.DIA","value":"low"}`), 422, "odm.value.integer", "IG.VS/1/IT.DIA"},
			{"one place twice", items(value + "," + strings.Replace(value, "120", "130", 1)), 422, "request.json.duplicate_name", "IG.VS/1/IT.SYS"},
			{"an unknown reason for a blank", items(`{"group":"IG.VS","repeat":"1","item":"IT.SYS","blank":"lost"}`), 422, "record.blank_reason", "IG.VS/1/IT.SYS"},
			{"a value and a blank", items(`{"group":"IG.VS","repeat":"1","item":"IT.SYS","value":"1","blank":"unknown"}`), 422, "record.blank_reason", "IG.VS/1/IT.SYS"},
			{"a computed item", items(`{"group":"IG.BODY","repeat":"1","item":"IT.BMI","value":"20"}`), 422, "record.item_computed", "IG.BODY/1/IT.BMI"},
			{"a megabyte", `{"reason":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "request.too_large", ""},
			{"three megabytes", strings.Repeat(" ", 3<<20), 413, "request.too_large", ""},
		} {
			p := h.ask("linyue", http.MethodPatch, vitals, c.body, "If-None-Match", "*").refused(t, c.status, c.code)
			if p.Place != c.place {
				t.Errorf("%s: at %q, want %q", c.name, p.Place, c.place)
			}
		}
		h.ask("linyue", http.MethodPatch, vitals, items(value), "If-None-Match", "*", "Content-Type", "text/plain").refused(t, 415, "request.media_type")
		if after := h.entries(); after != before {
			t.Errorf("they left %d entries", after-before)
		}
		// The control: the same value, well said, is kept.
		if a := h.ask("linyue", http.MethodPatch, vitals, items(value), "If-None-Match", "*"); a.status != 200 || h.entries() != before+1 {
			t.Errorf("the control: %d %s", a.status, a.text)
		}
	})
}

func TestAddressesThatNameNothing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		before := h.entries()
		for path, code := range map[string]string{
			"/subjects/03-001/forms/E.NONE/1/F.VS/1":                                  "record.event_form_unknown",
			"/subjects/03-001/forms/E.BL/1/F.NONE/1":                                  "record.form_unknown",
			"/subjects/03-001/forms/E.BL/1/F.DM/1":                                    "record.event_form_unknown",
			"/subjects/03-001/forms/E.BL/2/F.VS/1":                                    "record.repeat_unknown",
			"/subjects/03-001/forms/E.BL/1/F.VS/2":                                    "record.repeat_unknown",
			"/subjects/03-001/forms/E.DIARY/" + strings.Repeat("9", 101) + "/F.HBP/1": "record.repeat_unknown",
			"/subjects/03-999/forms/E.BL/1/F.VS/1":                                    "patient.unknown",
			"/subjects/%27%20OR%201=1--/forms/E.BL/1/F.VS/1":                          "patient.unknown",
		} {
			h.get("linyue", studyPath+path).refused(t, 404, code)
			h.save("linyue", studyPath+path, "", "", "IT.SYS 120").refused(t, 404, code)
		}
		if after := h.entries(); after != before {
			t.Errorf("they left %d entries", after-before)
		}
	})
}

// A repeat key with every awkward character is one form, found again under the same address.
func TestRepeatKeysOfEveryKind(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		keys := []string{"%25", "%252F", "1%2F1", "%2F1", "%E6%97%A5", "..%2F..", "a%20b", "%22%27%3B--", "01", "1", "+1"}
		path := func(key string) string { return studyPath + "/subjects/03-001/forms/E.DIARY/" + key + "/F.HBP/1" }
		for n, key := range keys {
			body := fmt.Sprintf(`{"items":[{"group":"IG.HBDAY","repeat":"1","item":"IT.HBAMYN","value":"Y"},
				{"group":"IG.HBAM","repeat":"1","item":"IT.AMSYS1","value":"%d"}]}`, 280+n)
			if a := h.ask("linyue", http.MethodPatch, path(key), body, "If-None-Match", "*"); a.status != 200 {
				t.Errorf("%s: %d %s", key, a.status, a.text)
			}
		}
		for n, key := range keys {
			var f form
			var past history
			h.get("linyue", path(key)).into(t, &f)
			h.get("linyue", path(key)+"/history?group=IG.HBAM&repeat=1&item=IT.AMSYS1").into(t, &past)
			if f.Version != 1 || f.Items[0].Value != fmt.Sprint(280+n) || len(f.Queries) == 0 || len(past.Entries) != 1 {
				t.Errorf("%s: %+v, %d entries", key, f, len(past.Entries))
			}
		}
	})
}
