package report_test

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
)

// whole is a diary as a phone sends it, with all of its twenty-odd answers, around an id.
var whole = [2]string{`{"patientId":"03-001","id":"0195a7d2-9c1e-7000-8000-`,
	`","instrument":"F.HBP","answeredAt":"2026-03-02T21:55:00+08:00","device":"Phone 12; app 3.1","data":{` +
		`"IT.HBDAT":"2026-03-02","IT.HBMED":"Y","IT.HBMEDTIM":"07:30","IT.HBARM":"LEFT","IT.HBAMYN":"Y","IT.HBPMYN":"Y",` +
		`"IT.AMTIM":"07:10","IT.AMSYS1":132,"IT.AMDIA1":84,"IT.AMPUL1":71,"IT.AMSYS2":130,"IT.AMDIA2":83,"IT.AMPUL2":70,"IT.AMSYS3":129,"IT.AMDIA3":82,"IT.AMPUL3":70,` +
		`"IT.PMTIM":"21:40","IT.PMSYS1":128,"IT.PMDIA1":81,"IT.PMPUL1":68,"IT.PMSYS2":127,"IT.PMDIA2":80,"IT.PMPUL2":67,"IT.PMSYS3":126,"IT.PMDIA3":80,"IT.PMPUL3":67,` +
		`"IT.HBDIZZY":"NONE","IT.HBHEAD":"NONE","IT.HBANKLE":"NONE","IT.HBFATIG":"MILD"}}`}

// A phone sends numbered reports without taking memory of its own.
type phone struct {
	body    []byte
	reader  bytes.Reader
	request *http.Request
	header  http.Header
	status  int
}

func newPhone(b *testing.B, token string) *phone {
	p := &phone{header: http.Header{}}
	var err error
	if p.request, err = http.NewRequestWithContext(b.Context(), "POST", "http://here/report", nil); err != nil {
		b.Fatal(err)
	}
	p.request.Header.Set("Authorization", "Bearer "+token)
	p.request.Header.Set("Content-Type", "application/json")
	p.request.Body = io.NopCloser(&p.reader)
	return p
}

func (p *phone) Header() http.Header         { return p.header }
func (p *phone) Write(b []byte) (int, error) { return len(b), nil }
func (p *phone) WriteHeader(status int)      { p.status = status }

func (p *phone) send(h http.Handler, n int64) int {
	p.body = append(p.body[:0], whole[0]...)
	p.body = strconv.AppendInt(p.body, 1e11+n, 10)
	p.body = append(p.body, whole[1]...)
	p.reader.Reset(p.body)
	p.request.ContentLength = int64(len(p.body))
	clear(p.header)
	h.ServeHTTP(p, p.request)
	return p.status
}

// BenchmarkDoor is the whole way of a report, from the handler to the durable commit in SQLite and back, many at once.
func BenchmarkDoor(b *testing.B) {
	h := build(b, "sqlite:"+filepath.Join(b.TempDir(), "casebook.db"))
	door := h.door()
	var n atomic.Int64
	b.SetParallelism(64)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		p := newPhone(b, h.token)
		for pb.Next() {
			if status := p.send(door, n.Add(1)); status != http.StatusOK {
				b.Errorf("answered %d", status)
			}
		}
	})
}
