package chaos

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An attack is a request that no honest program sends.
type attack struct {
	name    string
	method  string
	path    string
	body    string
	headers []string
	raw     string // sent as it is, on a connection of its own
}

// hostile sends each attack to the door for reports, to a form, and as bytes. Every one must be refused or cut.
func hostile(ctx context.Context, t Target, b Bounds) (m Measure, err error) {
	client := visitors(4)
	defer client.CloseIdleConnections()
	all := t.attacks()
	m.Figures = map[string]float64{"slowest_ms": 0}
	for _, a := range all {
		var r reply
		if a.raw != "" {
			r, err = t.send(ctx, b, a.raw)
		} else {
			r, err = t.ask(ctx, client, b.World, a.method, a.path, a.body, a.headers...)
		}
		if err != nil {
			return m, err
		}
		m.N++
		m.Figures["slowest_ms"] = max(m.Figures["slowest_ms"], float64(r.took.Microseconds())/1000)
		refused := r.status < 200 || r.status >= 400 && r.status < 500 || r.status == 501 // what is not implemented (RFC 9112, section 6.1)
		if !refused {
			m.Findings = append(m.Findings, fmt.Sprintf("%s: answered %d %.120s", a.name, r.status, r.body))
		}
	}
	if r, err := t.ask(ctx, client, b.World, "GET", "/readyz", ""); err != nil || r.status != 200 {
		m.Findings = append(m.Findings, fmt.Sprintf("afterwards it is not ready: %d %v", r.status, err))
	}
	m.Value = fmt.Sprintf("%d not refused", len(m.Findings))
	m.Pass = len(m.Findings) == 0
	return m, nil
}

func (t *Target) attacks() []attack {
	bearer := []string{"Authorization", "Bearer " + t.Token}
	var all []attack
	for name, body := range map[string]string{
		"a body of 16 MiB":           `{"patientId":"` + strings.Repeat("a", 16<<20) + `"}`,
		"200,000 open brackets":      strings.Repeat("[", 200_000),
		"objects 100 deep":           `{"patientId":"` + t.Subject + `","data":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 101),
		"a name twice":               `{"patientId":"` + t.Subject + `","patientId":"` + t.Subject + `","data":{"systolic":1}}`,
		"a name in other case":       `{"patientId":"` + t.Subject + `","PATIENTID":"x","data":{"systolic":1}}`,
		"invalid UTF-8":              `{"patientId":"` + t.Subject + `","data":{"note":"` + "\xff\xfe" + `"}}`,
		"half a surrogate":           `{"patientId":"` + t.Subject + `","data":{"note":"\ud800"}}`,
		"a NUL in an id":             `{"id":"a\u0000b","patientId":"` + t.Subject + `","data":{"systolic":1}}`,
		"a NUL byte":                 "{\"patientId\":\"\x00\"}",
		"100,000 fields":             `{"patientId":"` + t.Subject + `","data":{` + fields(100_000) + `}}`,
		"a number of 100,000 digits": `{"patientId":"` + t.Subject + `","data":{"systolic":` + strings.Repeat("9", 100_000) + `}}`,
		"XML with an entity":         `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`,
		"nothing":                    ``,
		"two documents":              `{"patientId":"x"}{"patientId":"y"}`,
		"a comment":                  `{"patientId":"x"/* */}`,
	} {
		all = append(all, attack{name: name, method: "POST", path: "/report", body: body, headers: bearer})
		if name != "nothing" {
			all = append(all, attack{name: name + ", in a form", method: "PATCH", path: t.Form, body: body, headers: []string{"If-Match", `"1"`}})
		}
	}
	slices.SortFunc(all, func(a, b attack) int { return strings.Compare(a.name, b.name) })
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.CopyN(z, zeros{}, 64<<20) // into memory
	_ = z.Close()
	all = append(all, attack{name: "a gzip bomb", method: "POST", path: "/report", body: bomb.String(), headers: append([]string{"Content-Encoding", "gzip"}, bearer...)},
		attack{name: "a form of another type", method: "POST", path: "/report", body: "patientId=x", headers: append([]string{"Content-Type", "application/x-www-form-urlencoded"}, bearer...)},
		attack{name: "a header of 64 KiB", method: "GET", path: "/api/v1/session", headers: []string{"X-Long", strings.Repeat("a", 64<<10)}},
		attack{name: "an address of 64 KiB", method: "GET", path: "/api/v1/" + strings.Repeat("a", 64<<10)},
		attack{name: "without the product's own header", method: "POST", path: "/api/v1/session", body: `{"user":"a","password":"b"}`, headers: []string{"X-Casebook", ""}},
		attack{name: "a path that climbs", method: "GET", path: "/api/v1/studies/../../../../etc/passwd"},
		attack{name: "a method that is none", method: "BREW", path: "/report"})
	return append(all, desync()...)
}

// fields are n members of an object.
func fields(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"f` + strconv.Itoa(i) + `":1`)
	}
	return b.String()
}

// desync are requests that two servers in a row would cut at different places (RFC 9112, section 11.2).
func desync() (all []attack) {
	for name, raw := range map[string]string{
		"two lengths":              "POST /report HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"a length and chunks":      "POST /report HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a coding that is none":    "POST /report HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		"a space before the colon": "GET /readyz HTTP/1.1\r\nHost : a\r\n\r\n",
		"a folded header":          "GET /readyz HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
		"no host":                  "GET /readyz HTTP/1.1\r\n\r\n",
		"two hosts":                "GET /readyz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"a bare CR":                "GET /readyz HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
		"a negative length":        "POST /report HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"not HTTP at all":          "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello there, is this TLS?\r\n\r\n",
		"a chunk longer than 2^63": "POST /report HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n0\r\n\r\n",
	} {
		all = append(all, attack{name: name, raw: raw})
	}
	slices.SortFunc(all, func(a, b attack) int { return strings.Compare(a.name, b.name) })
	return all
}

// send writes raw bytes and reads the status line of what comes back.
func (t *Target) send(ctx context.Context, b Bounds, raw string) (r reply, err error) {
	c, err := t.dial(ctx)
	if err != nil {
		return r, err
	}
	defer c.Close()
	begun := b.World.Now()
	if err := c.SetDeadline(begun.Add(30 * time.Second)); err != nil {
		return r, err
	}
	_, _ = io.WriteString(c, raw)                                        // a server that cuts has answered
	r.body, _ = bufio.NewReader(io.LimitReader(c, 512)).ReadString('\n') // the status line is all that counts
	r.took = b.World.Now().Sub(begun)
	if _, rest, ok := strings.Cut(r.body, " "); ok && len(rest) >= 3 {
		r.status, _ = strconv.Atoi(rest[:3]) // 0 when it is none
	}
	return r, nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
