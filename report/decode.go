package report

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/record"

	"github.com/go-json-experiment/json/jsontext"
)

// request is one report while it is read. Requests are pooled with their buffers, and cleared before they go back: the
// next patient's report must not meet a trace of this one.
type request struct {
	wire io.LimitedReader // the body, not yet read
	buf  bytes.Buffer     // the body
	in   bytes.Buffer     // what dec reads
	dec  jsontext.Decoder // keeps its own buffers from one report to the next
	src  string           // what is in in

	body       string // the body once more: the values are parts of it, so it is copied once and not field by field
	patient    string
	id         string
	instrument string
	answeredAt string
	answered   time.Time
	device     string
	data       string // the raw JSON of "data"
	hasData    bool

	values []record.Value
	hash   []byte
}

var requests = sync.Pool{New: func() any { return new(request) }}

// free clears r and gives it back, unless its buffers grew beyond what is worth keeping: a pool that takes everything
// back ends up holding the largest report ever seen, many times.
func (r *request) free() {
	if r.bounded() {
		r.reset()
		requests.Put(r)
	}
}

func (r *request) bounded() bool {
	return r.buf.Cap() <= 2*MaxBody && cap(r.values) <= 1000 && cap(r.hash) <= 2*MaxBody
}

func (r *request) reset() {
	r.buf.Reset()
	r.in.Reset()
	r.wire = io.LimitedReader{}
	r.src, r.body, r.patient, r.id, r.instrument, r.answeredAt, r.device, r.data = "", "", "", "", "", "", "", ""
	r.answered, r.hasData = time.Time{}, false
	clear(r.values)
	r.values, r.hash = r.values[:0], r.hash[:0]
}

// read takes the body from the wire, at most MaxBody bytes of it.
func (r *request) read(ctx context.Context, body io.Reader) error {
	r.wire = io.LimitedReader{R: body, N: MaxBody + 1}
	n, err := r.buf.ReadFrom(&r.wire)
	switch {
	case err != nil && ctx.Err() != nil: // too slow, or gone
		return ctx.Err()
	case err != nil:
		return casebook.Fail(casebook.Invalid, "request.cut").Wrap(err)
	case n > MaxBody:
		return casebook.Fail(casebook.TooLarge, "request.too_large", MaxBody)
	}
	return nil
}

// decode reads the members of the report. It is strict: names match by case, none comes twice, text is UTF-8 without
// NUL, nesting ends at 64, nothing follows the object.
func (r *request) decode() error {
	if err := scan(r.buf.Bytes()); err != nil {
		return err
	}
	r.body = r.buf.String()
	r.open(r.body)
	if tok, err := r.dec.ReadToken(); err != nil {
		return broken(err)
	} else if tok.Kind() != '{' {
		return casebook.Fail(casebook.Invalid, "report.not_object")
	}
	for {
		name, ok, err := r.name()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := r.member(name); err != nil {
			return err
		}
	}
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return casebook.Fail(casebook.Invalid, "request.json.trailing").At("byte " + strconv.FormatInt(r.dec.InputOffset(), 10))
	}
	return nil
}

// open makes src what is decoded. Texts without escapes are then parts of src, found by the decoder's offsets.
func (r *request) open(src string, o ...jsontext.Options) {
	r.src = src
	r.in.Reset()
	r.in.WriteString(src)
	r.dec.Reset(&r.in, o...)
}

// last is the value that was read last, as a part of what is being decoded.
func (r *request) last(raw jsontext.Value) string {
	end := int(r.dec.InputOffset())
	return r.src[end-len(raw) : end]
}

// name reads the next member's name as a part of what is being decoded, or reports the object's end.
func (r *request) name() (string, bool, error) {
	if r.dec.PeekKind() == '}' {
		_, err := r.dec.ReadToken()
		return "", false, err
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return "", false, broken(err)
	}
	return r.text(raw), true, nil
}

// text is the string that raw, read last, spells.
func (r *request) text(raw jsontext.Value) string {
	if bytes.IndexByte(raw, '\\') >= 0 {
		b, _ := jsontext.AppendUnquote(nil, raw) // the decoder has checked it
		return string(b)
	}
	quoted := r.last(raw)
	return quoted[1 : len(quoted)-1]
}

func (r *request) member(name string) error {
	if name == "data" {
		raw, err := r.dec.ReadValue()
		if err != nil {
			return broken(err)
		}
		r.data, r.hasData = r.last(raw), true
		return nil
	}
	var to *string
	switch name {
	case "patientId":
		to = &r.patient
	case "id":
		to = &r.id
	case "instrument":
		to = &r.instrument
	case "answeredAt":
		to = &r.answeredAt
	case "device":
		to = &r.device
	default:
		return casebook.Fail(casebook.Invalid, "request.json.unknown_name").At("/" + pointer(name))
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return broken(err)
	}
	if raw.Kind() != '"' {
		return casebook.Fail(casebook.Invalid, "report.member_text", name).At("/" + name)
	}
	*to = r.text(raw)
	return nil
}

// check looks at what must be there.
func (r *request) check() error {
	fail := func(code, member string, args ...any) error {
		return casebook.Fail(casebook.Invalid, code, args...).At("/" + member)
	}
	switch {
	case r.patient == "":
		return fail("report.member_missing", "patientId", "patientId")
	case !r.hasData:
		return fail("report.member_missing", "data", "data")
	case !fitID(r.id):
		return fail("report.id_format", "id", maxID)
	case len(r.device) > maxDevice:
		return fail("report.device_format", "device", maxDevice)
	}
	if r.answeredAt != "" {
		at, err := time.Parse(time.RFC3339, r.answeredAt)
		if err != nil {
			return fail("report.answered_at", "answeredAt", r.answeredAt)
		}
		r.answered = at.UTC().Truncate(time.Microsecond)
	}
	return nil
}

// fitID reports whether id can name a form, "" included, which is none: it becomes a part of the form's address, where a
// browser takes dots and slashes for steps.
func fitID(id string) bool {
	return len(id) <= maxID && utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl) && (id == "" || strings.Trim(id, "./") != "")
}

// answers reads data as the answers to the instrument: an object of items, where the member of a repeating group holds
// an array of such objects. null is no answer. Numbers may come as JSON numbers or as text.
func (r *request) answers(st *record.Study) error {
	// Names stand once, decode has seen to that; only to say where something is wrong the decoder must keep them.
	if r.eachAnswer(st, jsontext.AllowDuplicateNames(true)) == nil {
		return nil
	}
	r.values = r.values[:0]
	return r.eachAnswer(st)
}

func (r *request) eachAnswer(st *record.Study, o ...jsontext.Options) error {
	r.open(r.data, o...)
	if r.dec.PeekKind() != '{' {
		return casebook.Fail(casebook.Invalid, "report.answers_object").At("/data")
	}
	return r.object(st, "", "1")
}

func (r *request) object(st *record.Study, group, repeat string) error {
	if tok, err := r.dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return casebook.Fail(casebook.Invalid, "report.answers_object").At("/data" + string(r.dec.StackPointer()))
	}
	for {
		name, more, err := r.name()
		if err != nil || !more {
			return err
		}
		if err := r.answer(st, group, repeat, name); err != nil {
			return err
		}
	}
}

func (r *request) answer(st *record.Study, group, repeat, name string) error {
	if r.dec.PeekKind() == '[' && group == "" && st.Repeats(r.instrument, name) {
		r.dec.ReadToken()
		for n := 1; r.dec.PeekKind() != ']'; n++ {
			if err := r.object(st, name, strconv.Itoa(n)); err != nil {
				return err
			}
		}
		_, err := r.dec.ReadToken()
		return err
	}
	oid, item, ok := st.Place(r.instrument, name)
	if !ok || group != "" && group != oid {
		return casebook.Fail(casebook.Invalid, "record.item_unknown", name).At("/data" + string(r.dec.StackPointer()))
	}
	raw, err := r.dec.ReadValue()
	if err != nil {
		return broken(err)
	}
	v := record.Value{Group: oid, Repeat: repeat, Item: item}
	switch raw.Kind() {
	case 'n':
		return nil
	case '"':
		v.Value = r.text(raw)
	case '0', 't', 'f':
		v.Value = r.last(raw)
	default:
		return casebook.Fail(casebook.Invalid, "report.answer_type", name).At("/data" + string(r.dec.StackPointer()))
	}
	r.values = append(r.values, v)
	return nil
}

// inData turns record's place group/repeat/item into a pointer into the body, and its kind into a refusal of input.
func inData(err error) error {
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || e.Kind != casebook.Unprocessable {
		return err
	}
	p := strings.SplitN(e.Place, "/", 3)
	at := e.At("/data")
	if len(p) == 3 {
		at = e.At("/data/" + pointer(p[2]))
	}
	at.Kind = casebook.Invalid
	return at
}

func pointer(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// broken turns a decoder's error into ours.
func broken(err error) error {
	code := "request.json.syntax"
	var place string
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		place = "byte " + strconv.FormatInt(syntax.ByteOffset, 10)
		if syntax.JSONPointer != "" {
			place = string(syntax.JSONPointer)
		}
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		code = "request.json.duplicate_name"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		code = "request.json.cut"
	}
	return casebook.Fail(casebook.Invalid, code).At(place).Wrap(err)
}

// maxDepth is how deep a report may nest.
const maxDepth = 64

// scan looks for what the decoder would let through, nesting beyond maxDepth and NUL, which PostgreSQL cannot keep, and
// for text that is not UTF-8.
func scan(b []byte) error {
	if !utf8.Valid(b) {
		return casebook.Fail(casebook.Invalid, "request.json.utf8").At("byte " + strconv.Itoa(invalid(b)))
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return casebook.Fail(casebook.Invalid, "request.json.empty")
	}
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return casebook.Fail(casebook.Invalid, "request.json.depth", maxDepth).At("byte " + strconv.Itoa(i))
			}
		case '}', ']':
			depth--
		case '"':
			end, err := skipString(b, i+1)
			if err != nil {
				return err
			}
			i = end
		}
	}
	return nil
}

// invalid returns where b stops being UTF-8.
func invalid(b []byte) int {
	at := 0
	for r, n := utf8.DecodeRune(b); r != utf8.RuneError || n != 1; r, n = utf8.DecodeRune(b[at:]) {
		at += n
	}
	return at
}

// skipString returns the index of the quote that ends the string starting at i.
func skipString(b []byte, i int) (int, error) {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i, nil
		case '\\':
			if bytes.HasPrefix(b[i:], []byte(`\u0000`)) {
				return i, casebook.Fail(casebook.Invalid, "request.json.nul").At("byte " + strconv.Itoa(i))
			}
			i++
		}
	}
	return i, nil // cut off: the decoder will say so
}
