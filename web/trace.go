package web

import (
	"encoding/hex"
	"net/http"
	"strings"

	"casebook"
)

// begin names the request: the trace that the caller's traceparent names, or a new one, and the traceparent that the
// answer carries, with a new span (W3C Trace Context, section 3.2).
func (d *Door) begin(h http.Header, given string) (trace, parent string) {
	if given == "" {
		given, _ = parseTraceparent(h.Get("Traceparent"))
	}
	if given != "" {
		return given, traceparent(d.World, given)
	}
	chance := d.World.Bytes(24)
	var b [55]byte
	copy(b[:], "00-")
	hex.Encode(b[3:35], chance[:16])
	b[35] = '-'
	hex.Encode(b[36:52], chance[16:])
	copy(b[52:], "-01")
	parent = string(b[:])
	return parent[3:35], parent
}

// parseTraceparent reads "version-traceid-parentid-flags". Versions after 00 may add fields behind.
func parseTraceparent(s string) (id string, ok bool) {
	if s == "" {
		return "", false
	}
	parts := strings.Split(s, "-")
	if len(parts) < 4 || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 {
		return "", false
	}
	for i, digits := range [...]int{2, 32, 16, 2} {
		if len(parts[i]) != digits || strings.Trim(parts[i], "0123456789abcdef") != "" {
			return "", false
		}
	}
	if strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		return "", false
	}
	return parts[1], true
}

// traceparent names trace and a new span of it.
func traceparent(w casebook.World, trace string) string {
	b := append(make([]byte, 0, 64), "00-"...)
	b = append(append(b, trace...), '-')
	b = hex.AppendEncode(b, w.Bytes(8))
	return string(append(b, "-01"...))
}
