package report

import (
	"context"
	"errors"
	"net/http"
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
	jobs := make([]*job, min(len(reports), maxBatch)) // no more of one sender wait in the queue than go into a commit
	for first := 0; first < len(reports); first += maxBatch {
		some := reports[first:min(first+maxBatch, len(reports))]
		for i, text := range some {
			jobs[i], all[first+i].Err = s.begin(ctx, study, only, text)
		}
		for i, j := range jobs[:len(some)] {
			if j != nil {
				all[first+i].Receipt, all[first+i].Err = j.await(ctx)
			}
		}
	}
	for i := range all {
		all[i].Err = within(all[i].Err, i)
	}
	return all, ctx.Err()
}

// begin puts one report into the queue.
func (s *Service) begin(ctx context.Context, study casebook.StudyID, only casebook.SubjectID, text jsontext.Value) (*job, error) {
	if len(text) > MaxBody {
		return nil, casebook.Fail(casebook.TooLarge, "request.too_large", MaxBody)
	}
	r := requests.Get().(*request)
	defer r.free()
	r.buf.Write(text)
	j, err := s.prepare(ctx, study, only, "", r)
	if err == nil {
		err = s.enqueue(j)
	}
	if err != nil {
		return nil, err
	}
	return j, nil
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
	var in struct {
		Reports []jsontext.Value `json:"reports"`
	}
	if err := web.Decode(q, MaxBodies, &in); err != nil {
		return shortened(err)
	}
	if n := len(in.Reports); n == 0 || n > MaxReports {
		return casebook.Fail(casebook.Invalid, "report.batch_length", MaxReports).At("/reports")
	}
	p := auth.From(q.Context())
	all, err := s.SubmitAll(q.Context(), p.Study, p.Subject, in.Reports)
	if err != nil {
		return shortened(err)
	}
	out := struct {
		Reports []any `json:"reports"`
	}{make([]any, len(all))}
	for i, t := range all {
		if t.Err != nil {
			out.Reports[i] = refused{"refused", web.Problem(q, shortened(t.Err))}
			continue
		}
		out.Reports[i] = jsontext.Value(t.Receipt.answer(make([]byte, 0, 256)))
	}
	return web.JSON(w, http.StatusOK, out)
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
