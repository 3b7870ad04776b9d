package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/odm/odm132"
	"casebook/record"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// definition is the demo's study, with morning readings that may be taken more than once.
var definition = sync.OnceValue(func() *record.Study {
	study, _, err := odm132.Read(bytes.NewReader(demo.Study()))
	if err != nil {
		panic(err)
	}
	v := study.Versions[0]
	for i := range v.Groups {
		if v.Groups[i].OID == "IG.HBAM" {
			v.Groups[i].Repeating = true
		}
	}
	return record.Compile(v, 1)
})

// seen is everything of a request that the rest of the door looks at.
type seen struct {
	patient, id, instrument, answeredAt, answered, device, data string
	hasData                                                     bool
	values                                                      []record.Value
	content                                                     string
	refusal                                                     string
}

// take reads body with r as Submit does, and returns what it saw.
func take(r *request, body string) (s seen) {
	err := r.read(context.Background(), strings.NewReader(body))
	if err == nil {
		err = r.decode()
	}
	if err == nil {
		err = r.check()
	}
	if err == nil && r.instrument == "F.HBP" {
		err = r.answers(definition())
	}
	if err != nil {
		s.refusal = err.Error()
	}
	s.patient, s.id, s.instrument, s.answeredAt, s.answered, s.device, s.data = r.patient, r.id, r.instrument, r.answeredAt, r.answered.String(), r.device, r.data
	s.hasData, s.values = r.hasData, append([]record.Value(nil), r.values...)
	s.content = fmt.Sprintf("%x", r.content("HTN-24"))
	return s
}

// bodies draws reports of all shapes: with and without each member, classified or not, good, bad, cut off, huge.
var bodies = rapid.Custom(func(t *rapid.T) string {
	text := rapid.OneOf(rapid.StringMatching(`[a-z0-9 ]{1,8}`), rapid.SampledFrom([]string{"", "03-001", `曇"\`, "a/b~c", strings.Repeat("x", 90)}))
	var members []string
	add := func(name, value string) { members = append(members, quote(name)+":"+value) }
	if rapid.IntRange(0, 9).Draw(t, "patient") > 0 {
		add("patientId", quote(text.Draw(t, "patientId")))
	}
	for _, name := range []string{"id", "device", "answeredAt"} {
		if rapid.Bool().Draw(t, name+" there") {
			value := quote(text.Draw(t, name))
			if name == "answeredAt" && rapid.Bool().Draw(t, "a moment") {
				value = `"2026-03-02T07:55:00.123456789+08:00"`
			}
			add(name, value)
		}
	}
	if rapid.Bool().Draw(t, "classified") {
		add("instrument", `"F.HBP"`)
		add("data", answersOf(t))
	} else if rapid.IntRange(0, 9).Draw(t, "data there") > 0 {
		add("data", rapid.SampledFrom([]string{"1", "null", `"words"`, `{"a":[1,{"b":2}]}`, strings.Repeat("[", 60) + strings.Repeat("]", 60), quote(strings.Repeat("y", 60000))}).Draw(t, "data"))
	}
	body := "{" + strings.Join(rapid.Permutation(members).Draw(t, "order"), ",") + "}"
	switch rapid.IntRange(0, 9).Draw(t, "fault") {
	case 0:
		body = body[:rapid.IntRange(0, len(body)).Draw(t, "cut")]
	case 1:
		body += rapid.SampledFrom([]string{"x", "{}", " \n", "\x00", strings.Repeat(" ", MaxBody)}).Draw(t, "tail")
	case 2:
		at := rapid.IntRange(0, len(body)-1).Draw(t, "at")
		body = body[:at] + string([]byte{rapid.Byte().Draw(t, "byte")}) + body[at+1:]
	}
	return body
})

// answersOf draws answers to the diary, with readings in an array of any length.
func answersOf(t *rapid.T) string {
	var all []string
	for _, item := range []string{"IT.HBAMYN", "IT.PMSYS1", "IT.PMDIA1", `IT.P\u004dPUL1`} {
		if rapid.Bool().Draw(t, item) {
			all = append(all, `"`+item+`":`+rapid.SampledFrom([]string{"1", `"Y"`, "null", "true", `"\u0059"`, "[]", "12.50"}).Draw(t, "answer"))
		}
	}
	if n := rapid.SampledFrom([]int{0, 1, 2, 40, 1200}).Draw(t, "readings"); n > 0 {
		var readings []string
		for i := range n {
			readings = append(readings, fmt.Sprintf(`{"IT.AMSYS1":%d,"IT.AMDIA1":"%d"}`, i, i))
		}
		all = append(all, `"IG.HBAM":[`+strings.Join(readings, ",")+`]`)
	}
	return "{" + strings.Join(all, ",") + "}"
}

func quote(s string) string {
	b, _ := jsontext.AppendQuote(nil, s)
	return string(b)
}

// differs runs bodies through one request, which forget readies for the next body, and through a fresh one each. It
// returns the first body that the used one sees otherwise.
func differs(used *request, all []string, forget func(*request)) (body string, got, want seen, ok bool) {
	for _, body := range all {
		got, want := take(used, body), take(new(request), body)
		if !reflect.DeepEqual(got, want) {
			return body, got, want, true
		}
		forget(used)
	}
	return "", seen{}, seen{}, false
}

// A request from the pool sees the next report as a fresh one would, whatever it has seen before.
func TestAPooledRequestRemembersNothing(t *testing.T) {
	t.Parallel()
	used := new(request)
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(bodies, 1, 12).Draw(t, "reports")
		if body, got, want, bad := differs(used, all, (*request).reset); bad {
			t.Fatalf("%.200s\nseen as  %+v\nnot as   %+v", body, got, want)
		}
	})
}

// The control: put back as it is, or with one field forgotten, it shows one patient what another reported.
func TestTheControlSeesARequestThatIsNotCleared(t *testing.T) {
	t.Parallel()
	first := `{"patientId":"03-001","id":"a","instrument":"F.HBP","answeredAt":"2026-03-02T07:55:00Z","device":"phone","data":{"IT.PMSYS1":286}}`
	others := []string{`{"patientId":"03-002","data":1}`, `{"data":1}`, `{"patientId":"03-002","instrument":"F.HBP","data":{"IT.PMDIA1":84}}`, `{"patientId":"03-002"}`,
		`{"patientId":"03-002","instrument":"F.HBP","data":{"IT.PMDIA1":84},"id":"b"}`}
	forgetful := map[string]func(*request){
		"nothing is cleared": func(*request) {},
		"the body":           but(func(was, r *request) { r.buf.Write(was.buf.Bytes()) }),
		"the patient":        but(func(was, r *request) { r.patient = was.patient }),
		"the id":             but(func(was, r *request) { r.id = was.id }),
		"the instrument":     but(func(was, r *request) { r.instrument = was.instrument }),
		"the moment":         but(func(was, r *request) { r.answeredAt = was.answeredAt }),
		"the device":         but(func(was, r *request) { r.device = was.device }),
		"the data":           but(func(was, r *request) { r.data, r.hasData = was.data, was.hasData }),
		"the values":         but(func(was, r *request) { r.values = was.values }),
	}
	for name, forget := range forgetful {
		found := false
		for _, other := range others {
			_, _, _, bad := differs(new(request), []string{first, other}, forget)
			found = found || bad
		}
		if !found {
			t.Errorf("%s: kept, and nobody saw it", name)
		}
	}
	if _, _, _, bad := differs(new(request), slices.Concat([]string{first}, others), (*request).reset); bad {
		t.Error("cleared, and yet seen")
	}
}

// but is reset without what keep puts back.
func but(keep func(was, r *request)) func(*request) {
	return func(r *request) {
		was := &request{patient: r.patient, id: r.id, instrument: r.instrument, answeredAt: r.answeredAt, device: r.device, data: r.data, hasData: r.hasData,
			values: slices.Clone(r.values)}
		was.buf.Write(r.buf.Bytes())
		r.reset()
		keep(was, r)
	}
}

// Many at once, through the pool itself: a report is read as if it were alone.
func TestThePoolAmongMany(t *testing.T) {
	t.Parallel()
	var all []string
	var want []seen
	for n := range 40 {
		body := rapid.Custom(func(t *rapid.T) string { return bodies.Draw(t, "report") }).Example(n)
		all, want = append(all, body), append(want, take(new(request), body))
	}
	var senders sync.WaitGroup
	for sender := range 8 {
		senders.Go(func() {
			for i := range 200 {
				n := (i*7 + sender*5) % len(all)
				r := requests.Get().(*request)
				if got := take(r, all[n]); !reflect.DeepEqual(got, want[n]) {
					t.Errorf("%.200s\nseen as  %+v\nnot as   %+v", all[n], got, want[n])
				}
				r.free()
			}
		})
	}
	senders.Wait()
}

// Cleared means that no pointer into a report is left behind, also beyond the length of its slices.
func TestClearedLeavesNoPointer(t *testing.T) {
	t.Parallel()
	r := new(request)
	take(r, `{"patientId":"03-001","id":"a","instrument":"F.HBP","answeredAt":"2026-03-02T07:55:00Z","device":"phone","data":{"IG.HBAM":[{"IT.AMSYS1":1},{"IT.AMSYS1":2}]}}`)
	if len(r.values) != 2 {
		t.Fatalf("%d values were read", len(r.values))
	}
	r.reset()
	for _, v := range r.values[:cap(r.values)] {
		if v != (record.Value{}) {
			t.Errorf("a value is left: %+v", v)
		}
	}
	for _, f := range []string{r.src, r.body, r.patient, r.id, r.instrument, r.answeredAt, r.device, r.data} {
		if f != "" {
			t.Errorf("a text is left: %s", f)
		}
	}
	if r.wire.R != nil {
		t.Error("the body's reader is left")
	}
	if fields := reflect.TypeFor[request]().NumField(); fields != 16 {
		t.Errorf("a request has %d fields; does reset clear the new one, and this test look at it?", fields)
	}
}

// What is judged here is never given to the pool: another test might take it while it is looked at.
func TestWhatGrewTooLargeIsDropped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		kept bool
	}{
		"a usual report":       {`{"patientId":"03-001","data":1}`, true},
		"the longest report":   {`{"patientId":"03-001","data":"` + strings.Repeat("x", MaxBody-32) + `"}`, true},
		"a thousand values":    {`{"patientId":"03-001","instrument":"F.HBP","data":{"IG.HBAM":[` + strings.Repeat(`{"IT.AMSYS1":1},`, 500) + `{}]}}`, true},
		"two thousand values":  {`{"patientId":"03-001","instrument":"F.HBP","data":{"IG.HBAM":[` + strings.Repeat(`{"IT.AMSYS1":1},`, 2000) + `{}]}}`, false},
		"one that is too long": {strings.Repeat(" ", 2*MaxBody), true},
	} {
		r := new(request)
		take(r, c.body)
		if kept := r.bounded(); kept != c.kept {
			t.Errorf("%s: kept %v with %d bytes of body, %d values", name, kept, r.buf.Cap(), cap(r.values))
		}
		if held := r.buf.Cap() + r.in.Cap() + cap(r.hash) + cap(r.values)*int(reflect.TypeFor[record.Value]().Size()); c.kept && held > 512<<10 {
			t.Errorf("%s: a pooled request holds %d bytes", name, held)
		}
	}
}

// meaning is what a strict reader of JSON makes of a report.
type meaning struct {
	Patient    *string        `json:"patientId"`
	ID         string         `json:"id"`
	Instrument string         `json:"instrument"`
	AnsweredAt string         `json:"answeredAt"`
	Device     string         `json:"device"`
	Data       jsontext.Value `json:"data"`
}

// What the door takes, a strict JSON decoder takes too and understands the same way; and nothing makes it panic.
func FuzzReport(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, `[]`, `null`, `{"patientId":"03-001","data":1}`, `{"patientId":"03-001","data":{"a":[1,{"b":null}]},"id":"x"} `,
		`{"patientId":"03-001","instrument":"F.HBP","data":{"IT.PMSYS1":132,"IT.PMDIA1":"84","IT.HBAMYN":null}}`,
		`{"patientId":"03-001","instrument":"F.HBP","data":{"IG.HBAM":[{"IT.AMSYS1":1},{"IT.AMSYS1":2}],"IT.AMSYS1":3}}`,
		`{"p\u0061tientId":"\ud83d\ude00","data":"\u0041\\u0000"}`, `{"patientId":"a","data":"\u0000"}`, "{\"patientId\":\"\xff\",\"data\":1}",
		`{"patientId":"a","patientId":"b","data":1}`, `{"patientId":"a","data":1,"Data":2}`, `{"patientId":"a","data":1}{}`, `{"patientId":"a","data":-0.0e1}`,
		`{"patientId":"a","data":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`, `{"patientId":"a","data":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`,
		`{"data":{"data":1},"patientId":"{\"data\":1}","device":"\"","answeredAt":"2026-03-02T07:55:00+08:00"}`, `{"device":"{\"a\":1}","patientId":"x","data":{"a":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := requests.Get().(*request)
		defer r.free()
		if err := r.read(t.Context(), bytes.NewReader(body)); err != nil {
			return
		}
		if err := r.decode(); err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var want meaning
		if err := json.Unmarshal(body, &want, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("taken, though %v", err)
		}
		patient := ""
		if want.Patient != nil {
			patient = *want.Patient
		}
		got := meaning{nil, r.id, r.instrument, r.answeredAt, r.device, nil}
		want.Patient, want.Data, got.Data = nil, nil, nil
		if !reflect.DeepEqual(got, want) || r.patient != patient {
			t.Fatalf("read as %+v of %q, and not %+v of %q", got, r.patient, want, patient)
		}
		compareData(t, body, r)
	})
}

// compareData checks that data is a part of the body, byte for byte, and that the answers are those that the data hold.
func compareData(t *testing.T, body []byte, r *request) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	data, there := members["data"]
	if there != r.hasData || string(data) != r.data {
		t.Fatalf("data %q, and not %q", r.data, data)
	}
	if r.check() != nil || r.instrument != "F.HBP" || r.answers(definition()) != nil {
		return
	}
	var answers map[string]jsontext.Value
	if err := json.Unmarshal([]byte(r.data), &answers); err != nil {
		t.Fatalf("answers were read, though %v", err)
	}
	for _, v := range r.values {
		if v.Group == "IG.HBAM" {
			continue // in an array, or as if in its first place
		}
		if want := plain(t, answers[v.Item]); v.Value != want || v.Repeat != "1" || v.Blank != "" {
			t.Fatalf("%s is %+v, and not %q", v.Item, v, want)
		}
	}
}

// plain is a scalar as the casebook keeps it: a text's meaning, a number's spelling.
func plain(t *testing.T, v jsontext.Value) (s string) {
	if v.Kind() != '"' {
		return string(v)
	}
	if err := json.Unmarshal(v, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// diary is a report as a phone sends it, with all of its answers.
const diary = `{"patientId":"03-001","id":"0195a7d2-9c1e-7000-8000-100000000001","instrument":"F.HBP","answeredAt":"2026-03-02T21:55:00+08:00","device":"Phone 12; app 3.1","data":{` +
	`"IT.HBDAT":"2026-03-02","IT.HBMED":"Y","IT.HBMEDTIM":"07:30","IT.HBARM":"LEFT","IT.HBAMYN":"Y","IT.HBPMYN":"Y",` +
	`"IT.AMTIM":"07:10","IT.AMSYS1":132,"IT.AMDIA1":84,"IT.AMPUL1":71,"IT.AMSYS2":130,"IT.AMDIA2":83,"IT.AMPUL2":70,"IT.AMSYS3":129,"IT.AMDIA3":82,"IT.AMPUL3":70,` +
	`"IT.PMTIM":"21:40","IT.PMSYS1":128,"IT.PMDIA1":81,"IT.PMPUL1":68,"IT.PMSYS2":127,"IT.PMDIA2":80,"IT.PMPUL2":67,"IT.PMSYS3":126,"IT.PMDIA3":80,"IT.PMPUL3":67,` +
	`"IT.HBDIZZY":"NONE","IT.HBHEAD":"NONE","IT.HBANKLE":"NONE","IT.HBFATIG":"MILD"}}`

// Reading a whole diary takes one object: the copy of the body that its values are parts of.
func TestReadingTakesOneObject(t *testing.T) {
	st, r := definition(), new(request)
	var body strings.Reader
	n := testing.AllocsPerRun(100, func() {
		body.Reset(diary)
		if err := errors.Join(r.read(t.Context(), &body), r.decode(), r.check(), r.answers(st)); err != nil || len(r.values) != 30 {
			t.Fatal(len(r.values), err)
		}
		r.content("HTN-24")
		r.reset()
	})
	if n > 1 {
		t.Errorf("%v objects", n)
	}
}

// BenchmarkRead is what happens to a report before its commit: read, decoded, its answers found, judged.
func BenchmarkRead(b *testing.B) {
	st := definition()
	key := record.Key{Study: "HTN-24", Subject: "03-001", Event: "E.DIARY", EventRepeat: "7", Form: "F.HBP", FormRepeat: "1"}
	in := record.Context{Actor: "device:1", Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Zone: "UTC", NewID: func() string { return "q" }}
	var body strings.Reader
	read := func(r *request) {
		body.Reset(diary)
		if err := errors.Join(r.read(b.Context(), &body), r.decode(), r.check(), r.answers(st)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(diary)))
		b.ReportAllocs()
		for b.Loop() {
			r := requests.Get().(*request)
			read(r)
			r.free()
		}
	})
	b.Run("content", func(b *testing.B) {
		r := new(request)
		read(r)
		b.ReportAllocs()
		for b.Loop() {
			r.content("HTN-24")
		}
	})
	b.Run("judge", func(b *testing.B) {
		r := new(request)
		read(r)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := st.Apply(&record.Form{Key: key, Site: "03"}, -1, r.values, in); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPool is a report read in a request of the pool and in one of its own.
func BenchmarkPool(b *testing.B) {
	st := definition()
	var body strings.Reader
	for _, way := range []string{"kept", "made"} {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if way == "made" {
					requests.Get() // and away: the pool is empty
				}
				body.Reset(diary)
				r := requests.Get().(*request)
				if err := errors.Join(r.read(b.Context(), &body), r.decode(), r.check(), r.answers(st)); err != nil {
					b.Fatal(err)
				}
				r.free()
			}
		})
	}
}
