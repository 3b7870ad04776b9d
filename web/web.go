// Package web is how we speak HTTP: one shape of answers, one shape of errors, strict reading of JSON, and what every
// request carries from process to process (trace, actor, deadline). It knows no domain and no table, and whatever
// serves or calls HTTP may import it.
package web

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"casebook"

	"github.com/go-json-experiment/json"
)

// A HandlerFunc answers a request or returns why it could not; what it returns must not have been answered.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// Handler makes fn an http.Handler whose errors are answered by Error.
func Handler(fn HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := fn(w, r); err != nil {
			Error(w, r, err)
		}
	})
}

// Missing answers an address that nothing is mounted at.
func Missing(http.ResponseWriter, *http.Request) error {
	return casebook.Fail(casebook.NotFound, "request.no_such_address")
}

// buffers are kept while they are small; one large answer must not be remembered for ever.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keptBuffer = 256 << 10 // holds a page of a list

// JSON answers v as JSON with the members of maps in order, not to be kept by any cache. The answer is made before the
// first byte leaves, so an error means that nothing was answered.
func JSON(w http.ResponseWriter, status int, v any) error {
	return answer(w, status, jsonType, v)
}

// Values of headers that every answer has, shared by all: nobody appends to them.
var (
	jsonType    = []string{"application/json"}
	problemType = []string{"application/problem+json"}
	noStore     = []string{"no-store"}
	noSniff     = []string{"nosniff"}
)

func answer(w http.ResponseWriter, status int, mediaType []string, v any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= keptBuffer {
			b.Reset()
			buffers.Put(b)
		}
	}()
	if err := json.MarshalWrite(b, v, json.Deterministic(true)); err != nil {
		return fmt.Errorf("make the answer: %w", err)
	}
	return send(w, status, mediaType, b.Bytes())
}

// Raw answers what is JSON already, as JSON would.
func Raw(w http.ResponseWriter, status int, text []byte) error {
	return send(w, status, jsonType, text)
}

func send(w http.ResponseWriter, status int, mediaType []string, text []byte) error {
	h := w.Header()
	h["Content-Type"] = mediaType
	if h.Get("Cache-Control") == "" {
		h["Cache-Control"] = noStore
	}
	h["X-Content-Type-Options"] = noSniff
	w.WriteHeader(status)
	_, _ = w.Write(text) // a caller who has gone is seen in the access log
	return nil
}
