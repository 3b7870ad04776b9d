package load

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maker makes the reports of a run: diaries of home blood pressure, instrument F.HBP of the demo study. The same run,
// seed and number make the same bytes, so a list of numbers is enough to send a report again.
type maker struct {
	head   ackHead
	pcg    *rand.PCG
	chance *rand.Rand
	indent int // white space before each member, which fills a report up to its size
	b      []byte
	first  bool
}

func newMaker(head ackHead) *maker {
	pcg := rand.NewPCG(head.Seed, 0)
	m := &maker{head: head, pcg: pcg, chance: rand.New(pcg)}
	var full []byte // a report with morning and evening; those without one stay smaller
	for n := range int64(20) {
		if b := m.report(n); len(b) > len(full) {
			full = bytes.Clone(b)
		}
	}
	m.indent = max(head.Size-len(full), 0) / bytes.Count(full, []byte(`":`))
	return m
}

func (m *maker) id(n int64) string { return m.head.Run + "-" + strconv.FormatInt(n, 10) }

// report returns the body of report n, valid until the next call.
func (m *maker) report(n int64) []byte {
	m.pcg.Seed(m.head.Seed, uint64(n))
	patients := int64(len(m.head.Patients))
	day := m.head.From.AddDate(0, 0, -1-int(n/patients%180))
	m.b, m.first = append(m.b[:0], '{'), true
	m.member("id")
	m.b = append(m.b, '"')
	m.b = append(m.b, m.head.Run...)
	m.b = append(m.b, '-')
	m.b = strconv.AppendInt(m.b, n, 10)
	m.b = append(m.b, '"')
	m.text("patientId", m.head.Patients[n%patients])
	m.text("instrument", "F.HBP")
	m.member("answeredAt")
	m.b = day.Truncate(24*time.Hour).Add(time.Duration(20*3600+m.chance.IntN(3*3600))*time.Second).AppendFormat(m.b, `"`+time.RFC3339+`"`)
	m.text("device", "load generator; Android 14; casebook patient app; zh-CN")
	m.member("data")
	m.b, m.first = append(m.b, '{'), true
	m.diary(day)
	m.b = append(m.b, '}', '}')
	return m.b
}

// diary writes one day of a treated patient with moderate hypertension. One morning or evening in ten is left out, and
// about one report in fifty holds a reading that a rule finds implausible.
func (m *maker) diary(day time.Time) {
	m.member("IT.HBDAT")
	m.b = day.AppendFormat(m.b, `"`+time.DateOnly+`"`)
	m.text("IT.HBMED", "Y")
	m.clock("IT.HBMEDTIM", 7)
	m.text("IT.HBARM", m.one("LEFT", "LEFT", "RIGHT"))
	left := m.chance.IntN(20) // 0: no morning, 1: no evening
	m.text("IT.HBAMYN", yes(left != 0))
	m.text("IT.HBPMYN", yes(left != 1))
	base := 128 + int(10*m.chance.NormFloat64())
	if left != 0 {
		m.readings(&morning, 6, base+4)
	}
	if left != 1 {
		m.readings(&evening, 19, base)
	}
	for _, item := range [...]string{"IT.HBDIZZY", "IT.HBHEAD", "IT.HBANKLE", "IT.HBFATIG"} {
		m.text(item, m.one("NONE", "NONE", "NONE", "NONE", "NONE", "MILD", "MODERATE"))
	}
}

// half is the items of one half of the day: the time, and three readings of systolic, diastolic and pulse.
type half struct {
	time  string
	items [3][3]string
}

var (
	morning = half{"IT.AMTIM", [3][3]string{{"IT.AMSYS1", "IT.AMDIA1", "IT.AMPUL1"}, {"IT.AMSYS2", "IT.AMDIA2", "IT.AMPUL2"}, {"IT.AMSYS3", "IT.AMDIA3", "IT.AMPUL3"}}}
	evening = half{"IT.PMTIM", [3][3]string{{"IT.PMSYS1", "IT.PMDIA1", "IT.PMPUL1"}, {"IT.PMSYS2", "IT.PMDIA2", "IT.PMPUL2"}, {"IT.PMSYS3", "IT.PMDIA3", "IT.PMPUL3"}}}
)

func (m *maker) readings(h *half, hour, systolic int) {
	m.clock(h.time, hour)
	systolic = min(max(systolic, 95), 185)
	if m.chance.IntN(100) == 0 {
		systolic = 215 + m.chance.IntN(40) // above what the study expects, below what is impossible
	}
	for _, r := range h.items {
		s := systolic + m.chance.IntN(9) - 4
		m.number(r[0], s)
		m.number(r[1], min(s*6/10+m.chance.IntN(8), 118))
		m.number(r[2], 60+m.chance.IntN(30))
	}
}

func (m *maker) member(name string) {
	if !m.first {
		m.b = append(m.b, ',')
	}
	m.first = false
	for range m.indent {
		m.b = append(m.b, ' ')
	}
	m.b = append(m.b, '"')
	m.b = append(m.b, name...)
	m.b = append(m.b, '"', ':')
}

func (m *maker) text(name, value string) {
	m.member(name)
	m.b, _ = jsontext.AppendQuote(m.b, value) // what is not UTF-8 becomes U+FFFD
}

func (m *maker) number(name string, value int) {
	m.member(name)
	m.b = strconv.AppendInt(m.b, int64(value), 10)
}

// clock writes a time within three quarters of an hour after hour.
func (m *maker) clock(name string, hour int) {
	m.member(name)
	m.b = time.Date(2000, 1, 1, hour, m.chance.IntN(45), 0, 0, time.UTC).AppendFormat(m.b, `"15:04"`)
}

func (m *maker) one(of ...string) string { return of[m.chance.IntN(len(of))] }

func yes(is bool) string {
	if is {
		return "Y"
	}
	return "N"
}

// post writes the request around a report, into a buffer that is used again.
type post struct {
	fixed string
	b     []byte
}

func newPost(o Options) *post {
	door := "/report"
	if o.Bodies > 0 {
		door = "/api/v1/reports/batch"
	}
	return &post{fixed: "POST " + door + " HTTP/1.1\r\nHost: " + o.Address + "\r\nAuthorization: Bearer " + o.Token +
		"\r\nContent-Type: application/json\r\nContent-Length: "}
}

func (p *post) of(body []byte) []byte {
	p.b = append(p.b[:0], p.fixed...)
	p.b = strconv.AppendInt(p.b, int64(len(body)), 10)
	p.b = append(p.b, "\r\n\r\n"...)
	p.b = append(p.b, body...)
	return p.b
}

// phone sends reports and notes which were acknowledged.
type phone struct {
	maker *maker
	post  *post
	acks  *ackFile
	many  int // reports in one body; 0 for the report alone
	n     int64
	got   acknowledgement
	body  []byte
	all   struct {
		Reports []acknowledgement `json:"reports"`
	}
}

// acknowledgement is what counts in the answer to a report.
type acknowledgement struct {
	Status  string `json:"status"`
	Receipt string `json:"receipt"`
}

// read takes the acknowledgement from an answer and reports whether it is one.
func (k *acknowledgement) read(a *answer) bool {
	*k = acknowledgement{}
	return a.status == http.StatusOK && json.Unmarshal(a.body, k) == nil && k.Status == "processed" && k.Receipt != ""
}

func (p *phone) next(n int64) request {
	p.n = n
	if p.many > 0 {
		return request{"reports", p.post.of(p.bodies(n)), true}
	}
	return request{"report", p.post.of(p.maker.report(n)), true}
}

// take accepts refusals as they are: their status is counted. A good status without a receipt is a broken promise.
func (p *phone) take(a *answer) bool {
	if a.status >= 300 {
		return true
	}
	if p.many > 0 {
		return p.takeAll(a)
	}
	if !p.got.read(a) {
		return false
	}
	p.acks.add(p.n, p.got.Receipt)
	return true
}

// bodies is the nth body of many reports.
func (p *phone) bodies(n int64) []byte {
	p.body = append(p.body[:0], `{"reports":[`...)
	for i := range int64(p.many) {
		if i > 0 {
			p.body = append(p.body, ',')
		}
		p.body = append(p.body, p.maker.report(n*int64(p.many)+i)...)
	}
	return append(p.body, `]}`...)
}

// takeAll notes each report that has a receipt.
func (p *phone) takeAll(a *answer) bool {
	p.all.Reports = p.all.Reports[:0]
	if json.Unmarshal(a.body, &p.all) != nil || len(p.all.Reports) != p.many {
		return false
	}
	for _, k := range p.all.Reports {
		if k.Status != "refused" && (k.Status != "processed" || k.Receipt == "") {
			return false // a broken promise, whatever the others say
		}
	}
	for i, k := range p.all.Reports {
		if k.Status == "processed" {
			p.acks.add(p.n*int64(p.many)+int64(i), k.Receipt)
		}
	}
	return true
}
