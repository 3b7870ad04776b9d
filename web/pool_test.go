package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkPool is an answer of 4 KB, made in a buffer of the pool and in one of its own.
func BenchmarkPool(b *testing.B) {
	list := strings.Split(strings.Repeat("HTN-24/03-001/E.DIARY ", 180), " ")
	for _, way := range []string{"kept", "made"} {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			w := httptest.NewRecorder()
			for b.Loop() {
				if way == "made" {
					buffers.Get() // and away: the pool is empty
				}
				w.Body.Reset()
				if err := JSON(w, http.StatusOK, list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
