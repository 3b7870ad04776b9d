package consent_test

import (
	"strings"
	"testing"

	"casebook"
	"casebook/demo"
	"casebook/epro/consent"
)

func TestWhatIsWrongWithADocumentHasItsPlace(t *testing.T) {
	t.Parallel()
	whole := string(demo.Consent())
	if d, err := consent.Read([]byte(whole)); err != nil || strings.Join(d.Languages(), " ") != "en zh-CN" {
		t.Fatalf("the whole document: %v", err)
	}
	for _, c := range []struct{ name, old, new, code, place string }{
		{"another format", "casebook-consent/1", "casebook-consent/2", "epro.consent.format", "/format"},
		{"no JSON", `"format"`, `format`, "epro.consent.json", ""},
		{"a member that nobody knows", `"approval"`, `"aproval"`, "epro.consent.json", "/aproval"},
		{"a section in one language", `, "zh-CN": "研究目的"`, ``, "epro.consent.languages", "/sections/0/title"},
		{"an empty text", "研究目的", " ", "epro.consent.languages", "/sections/0/title"},
		{"a question without a right answer", `"right": true`, `"right": false`, "epro.consent.options", "/questions/0/options"},
		{"no explanation", `"why"`, `"text"`, "epro.consent.json", ""},
	} {
		_, err := consent.Read([]byte(strings.Replace(whole, c.old, c.new, 1)))
		e, ok := err.(*casebook.Error)
		if !ok || e.Code != c.code || c.place != "" && e.Place != c.place {
			t.Errorf("%s: %v, want %s at %s", c.name, err, c.code, c.place)
		}
	}
}
