// Package openapi carries the API's document, OpenAPI 3.1: what every address takes and answers, and who may use it. It
// is written by the tests of the program out of the router's table and the sources (openapitest), and never by hand; what
// those cannot say stands in said.json.
package openapi

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
)

// Document is the document, JSON.
//
//go:embed openapi.json
var Document []byte

// Said is what a person wrote for the document: titles, meanings, examples.
//
//go:embed said.json
var Said []byte

var etag = func() string {
	sum := sha256.Sum256(Document)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
}()

// Serve answers this API's document, OpenAPI 3.1.
func Serve(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(Document) // a caller who has gone is seen in the access log
	return nil
}
