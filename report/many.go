package report

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of many reports at once.
const (
	MaxReports = 1000    // in one body
	MaxBodies  = 8 << 20 // bytes of one body
)

// Taken is what became of one of many reports: its receipt, or why it was refused.
type Taken struct {
	Receipt Receipt
	Err     error
}

// SubmitAll takes in reports as Submit takes one, and returns what became of each after those that it took are durable. One
// report's fault stays its own; its place begins with /reports/N. Errors: NotFound report.patient_unknown where a device speaks for
// somebody else than its one subject, and then none is kept; the end of ctx, and then any of them may be kept.
func (s *Service) SubmitAll(ctx context.Context, study casebook.StudyID, only casebook.SubjectID, reports []jsontext.Value) ([]Taken, error) {
	if only != "" {
		for i, text := range reports {
			if err := speaksFor(text, only); err != nil {
				return nil, within(err, i)
			}
		}
	}
	all := make([]Taken, len(reports))
	jobs := make([]*job, 0, len(reports)) // those that were taken, in order
	at := make([]int, 0, len(reports))    // which report each of them is
	begun, ended := 0, 0
	await := func(to int) {
		for ; ended < to; ended++ {
			all[at[ended]].Receipt, all[at[ended]].Err = jobs[ended].await(ctx)
		}
	}
	for first := 0; first < len(reports); first += piece {
		for i := first; i < min(first+piece, len(reports)); i++ {
			j, err := s.begin(ctx, study, only, reports[i])
			if all[i].Err = err; err == nil {
				jobs, at = append(jobs, j), append(at, i)
			}
			runtime.Gosched() // a thousand reports are read in as many steps: whoever commits never waits for longer than one of them
		}
		if begun < len(jobs) {
			if err := s.enqueue(jobs[begun], jobs[begun+1:]...); err != nil {
				for _, i := range at[begun:] {
					all[i].Err = err
				}
				jobs, at = jobs[:begun], at[:begun]
			}
		}
		await(begun) // the piece before: it was committed while this one was read
		begun = len(jobs)
	}
	await(begun)
	for i := range all {
		all[i].Err = within(all[i].Err, i)
	}
	return all, ctx.Err()
}

// piece is how many reports of a body are handed to the commit at once: two pieces are under way, one committed and one read, and a commit
// takes up those of several bodies.
const piece = maxBatch / 4

// begin reads one report.
func (s *Service) begin(ctx context.Context, study casebook.StudyID, only casebook.SubjectID, text jsontext.Value) (*job, error) {
	if len(text) > MaxBody {
		return nil, casebook.Fail(casebook.TooLarge, "request.too_large", MaxBody)
	}
	r := requests.Get().(*request)
	defer r.free()
	r.buf.Write(text)
	return s.prepare(ctx, study, only, "", r)
}

// within moves the place of an error into the report of that number, counted from 0.
func within(err error, number int) error {
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok {
		return err
	}
	place := "/reports/" + strconv.Itoa(number)
	if strings.HasPrefix(e.Place, "/") { // not a byte of it
		place += e.Place
	}
	return e.At(place)
}

// handleMany answers many reports with as many receipts or refusals.
func (s *Service) handleMany(w http.ResponseWriter, q *http.Request) error {
	body, err := web.Body(q, MaxBodies)
	if err != nil {
		return err
	}
	reports, err := split(body)
	if err != nil {
		return shortened(err)
	}
	if n := len(reports); n == 0 || n > MaxReports {
		return casebook.Fail(casebook.Invalid, "report.batch_length", MaxReports).At("/reports")
	}
	p := auth.From(q.Context())
	all, err := s.SubmitAll(q.Context(), p.Study, p.Subject, reports)
	if err != nil {
		return shortened(err)
	}
	out := append(make([]byte, 0, 256*len(all)), `{"reports":[`...)
	for i, t := range all {
		if i > 0 {
			out = append(out, ',')
		}
		if t.Err == nil {
			out = t.Receipt.answer(out)
			if t.Receipt.Again { // what a header says of a single one
				out = append(out[:len(out)-1], `,"replay":true}`...)
			}
			continue
		}
		text, err := json.Marshal(refused{"refused", web.Problem(q, shortened(t.Err))}, json.Deterministic(true))
		if err != nil {
			return err
		}
		out = append(out, text...)
	}
	return web.Raw(w, http.StatusOK, append(out, `]}`...))
}

// split returns the reports of a body, {"reports":[…]}, each as it was sent. What stands within one is seen when it is read, with the
// fault of that one alone: a name that stands twice, text that is not UTF-8.
func split(body []byte) (reports []jsontext.Value, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	next := func() (text jsontext.Value) {
		if text, err = d.ReadValue(); err == nil {
			end := int(d.InputOffset())
			text = body[end-len(text) : end]
		}
		return text
	}
	token := func(kind jsontext.Kind) bool {
		t, err := d.ReadToken()
		return err == nil && t.Kind() == kind
	}
	if token('{') && string(next()) == `"reports"` && token('[') {
		for err == nil && d.PeekKind() != ']' {
			reports = append(reports, next())
		}
		if err == nil && token(']') && token('}') && len(bytes.TrimLeft(body[d.InputOffset():], " \t\r\n")) == 0 {
			return reports, nil
		}
	}
	var in struct { // where it is anything else, the strict reader says what
		Reports []jsontext.Value `json:"reports"`
	}
	err = web.Parse(body, &in)
	return in.Reports, err
}

// speaksFor refuses a report of another subject; what is no report is told as such later.
func speaksFor(text jsontext.Value, only casebook.SubjectID) error {
	var of struct {
		Patient casebook.SubjectID `json:"patientId"`
	}
	if err := json.Unmarshal(text, &of); err == nil && of.Patient != only {
		return patientUnknown(of.Patient)
	}
	return nil
}

// refused is the answer for one of many reports that was not taken.
type refused struct {
	Status  string `json:"status"`
	Problem any    `json:"problem"`
}
