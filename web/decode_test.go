package web_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"casebook"
	"casebook/web"
)

type note struct {
	Text  string            `json:"text"`
	N     int               `json:"n"`
	Kids  []note            `json:"kids"`
	Named map[string]string `json:"named"`
	Any   any               `json:"any"`
}

func TestJSONThatCouldBeReadInTwoWaysIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	for _, c := range []struct{ body, code, place string }{
		{`{"text":"a","text":"b"}`, "request.json.duplicate_name", "/text"},
		{`{"kids":[{},{"any":{"x":1,"x":2}}]}`, "request.json.duplicate_name", "/kids/1/any/x"},
		{`{"kids":[{"txet":"a"}]}`, "request.json.unknown_name", "/kids/0/txet"},
		{`{"Text":"a"}`, "request.json.unknown_name", "/Text"},
		{"{\"text\":\"\xff\"}", "request.json.utf8", "/text"},
		{"{\"\xff\":1}", "request.json.utf8", ""},
		{`{"text":"\ud800"}`, "request.json.syntax", "/text"},
		{`{"kids":[{"text":"a\u0000b"}]}`, "request.json.nul", "/kids/0/text"},
		{`{"named":{"a\u0000":"b"}}`, "request.json.nul", "/named/a\uFFFD"},
		{"{\"text\":\"a\x00b\"}", "request.json.syntax", "/text"},
		{`{"any":` + deep + `}`, "request.json.depth", "/any" + strings.Repeat("/0", 63)},
		{`{"text":"a"} {}`, "request.json.trailing", ""},
		{`{"text":"a"`, "request.json.cut", ""},
		{`{"text":"a`, "request.json.cut", "/text"},
		{`{"n":"1"}`, "request.json.type", "/n"},
		{`{"n":1.5}`, "request.json.type", "/n"},
		{`{"n":99999999999999999999}`, "request.json.type", "/n"},
		{`[]`, "request.json.type", ""},
		{`{"n":01}`, "request.json.syntax", ""},
		{`{'n':1}`, "request.json.syntax", ""},
		{`{"n":NaN}`, "request.json.syntax", "/n"},
		{``, "request.json.empty", ""},
		{" \n", "request.json.empty", ""},
	} {
		err := web.Parse([]byte(c.body), &note{})
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Code != c.code || e.Place != c.place || e.Kind != casebook.Invalid {
			t.Errorf("%.60q: %v, want %s at %q", c.body, err, c.code, c.place)
		}
	}
}

func TestJSONThatOnlyLooksSuspiciousIsRead(t *testing.T) {
	t.Parallel()
	many := `{"kids":[` + strings.TrimSuffix(strings.Repeat(`{"text":"[{"},`, 100), ",") + `]}`
	edge := `{"any":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`
	for _, body := range []string{many, edge, `{"text":"\\u0000"}`, ` {"text":"中文 𝄞 \u0001"} `, `{}`} {
		if err := web.Parse([]byte(body), &note{}); err != nil {
			t.Errorf("%.60q: %v", body, err)
		}
	}
}

func TestABodyIsBoundedAndIsJSON(t *testing.T) {
	t.Parallel()
	read := func(kind, body string, declared int64) string {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		r.ContentLength = declared
		e, _ := errors.AsType[*casebook.Error](web.Decode(r, 20, &note{}))
		if e == nil {
			return ""
		}
		return e.Code
	}
	whole, large := `{"text":"abcdefghi"}`, `{"text":"abcdefghij"}`
	for _, c := range []struct {
		kind, body string
		declared   int64
		code       string
	}{
		{"application/json", whole, 20, ""},
		{"application/merge-patch+json; charset=utf-8", whole, -1, ""},
		{"application/json", large, 21, "request.too_large"},
		{"application/json", large, -1, "request.too_large"},
		{"application/json", large, 5, "request.too_large"},
		{"text/plain", whole, 20, "request.media_type"},
		{"", whole, 20, "request.media_type"},
		{"application/x-www-form-urlencoded", whole, 20, "request.media_type"},
	} {
		if got := read(c.kind, c.body, c.declared); got != c.code {
			t.Errorf("%s, %d declared: %q, want %q", c.kind, c.declared, got, c.code)
		}
	}
	r := httptest.NewRequest("PUT", "/", strings.NewReader("\x00\xff"))
	r.Header.Set("Content-Type", "application/octet-stream")
	if got, err := web.Bytes(r, 2); err != nil || string(got) != "\x00\xff" {
		t.Errorf("bytes that are no JSON: %q, %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"text":"a\u0000","kids":[{"n":1}]}`))
	f.Add([]byte(`{"any":[[[[{"x":"\ud834\udd1e"}]]]]}`))
	f.Add([]byte("{\"\xff\":1}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var n note
		err := web.Parse(body, &n)
		if e, ok := errors.AsType[*casebook.Error](err); err != nil && (!ok || e.Kind != casebook.Invalid || len(e.Place) > 1000) {
			t.Fatalf("%v", err)
		}
		if err == nil && strings.ContainsRune(n.Text, 0) {
			t.Fatal("NUL came through")
		}
	})
}
