package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep arrays and objects may stand in one another.
const MaxDepth = 64

var strict = json.RejectUnknownMembers(true)

// Decode reads a request's JSON body of at most maxBytes into v. It refuses what could be read in two ways: see Parse.
func Decode(r *http.Request, maxBytes int64, v any) error {
	body, err := Body(r, maxBytes)
	if err != nil {
		return err
	}
	return Parse(body, v)
}

// Body reads a request's JSON body of at most maxBytes.
func Body(r *http.Request, maxBytes int64) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil, casebook.Fail(casebook.Unsupported, "request.media_type", r.Header.Get("Content-Type"))
	}
	return Bytes(r, maxBytes)
}

// Bytes reads a request's body of at most maxBytes, whatever it is.
func Bytes(r *http.Request, maxBytes int64) ([]byte, error) {
	if r.ContentLength > maxBytes {
		return nil, tooLarge(maxBytes)
	}
	b := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	_, err := b.ReadFrom(io.LimitReader(r.Body, maxBytes+1))
	switch {
	case err != nil && r.Context().Err() != nil:
		return nil, r.Context().Err()
	case err != nil:
		return nil, casebook.Fail(casebook.Invalid, "request.cut").Wrap(err)
	case int64(b.Len()) > maxBytes:
		return nil, tooLarge(maxBytes)
	}
	return b.Bytes(), nil
}

func tooLarge(maxBytes int64) error {
	return casebook.Fail(casebook.TooLarge, "request.too_large", maxBytes)
}

// Parse reads one JSON value (RFC 8259) into v and refuses, naming the place as a JSON pointer (RFC 6901): names that
// stand twice, are unknown or are written in another case, invalid UTF-8, the character NUL, nesting beyond MaxDepth,
// and anything after the value.
func Parse(body []byte, v any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return casebook.Fail(casebook.Invalid, "request.json.empty")
	}
	if !utf8.Valid(body) {
		return casebook.Fail(casebook.Invalid, "request.json.utf8").At(textPlace(body))
	}
	if bytes.Contains(body, []byte(`\u0000`)) || bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) > MaxDepth {
		if err := inspect(body); err != nil {
			return err
		}
	}
	err := json.Unmarshal(body, v, strict)
	if err == nil {
		return nil
	}
	return refusal(err)
}

// inspect walks through a body that may hold NUL or may be too deep. Other faults are left to the real reading.
func inspect(body []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return nil
		}
		if d.StackDepth() > MaxDepth {
			return casebook.Fail(casebook.Invalid, "request.json.depth", MaxDepth).At(string(d.StackPointer()))
		}
		if t.Kind() == '"' && strings.ContainsRune(t.String(), 0) {
			return casebook.Fail(casebook.Invalid, "request.json.nul").At(printable(string(d.StackPointer())))
		}
	}
}

// textPlace finds where the text stops being UTF-8.
func textPlace(body []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := d.ReadToken(); err != nil {
			if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
				return printable(string(e.JSONPointer))
			}
			return ""
		}
	}
}

// refusal names what the reader of JSON did not like.
func refusal(err error) error {
	if e, ok := errors.AsType[*casebook.Error](err); ok { // a type of ours that reads itself
		if s, ok := errors.AsType[*json.SemanticError](err); ok && e.Place == "" {
			return e.At(printable(string(s.JSONPointer)))
		}
		return e
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		code := "request.json.syntax"
		switch {
		case errors.Is(e.Err, jsontext.ErrDuplicateName):
			code = "request.json.duplicate_name"
		case errors.Is(e.Err, io.ErrUnexpectedEOF):
			code = "request.json.cut"
		case strings.Contains(e.Err.Error(), "after top-level value"):
			code = "request.json.trailing"
		}
		return casebook.Fail(casebook.Invalid, code).At(printable(string(e.JSONPointer))).Wrap(err)
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		code := "request.json.type"
		if errors.Is(e.Err, json.ErrUnknownName) {
			code = "request.json.unknown_name"
		}
		return casebook.Fail(casebook.Invalid, code).At(printable(string(e.JSONPointer))).Wrap(err)
	}
	return casebook.Fail(casebook.Invalid, "request.json.syntax").Wrap(err)
}

// printable makes a pointer out of a stranger's names fit to be shown: no control characters, not endless.
func printable(pointer string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(pointer, "\uFFFD"))
	if runes := []rune(clean); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return clean
}
