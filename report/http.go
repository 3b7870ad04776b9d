package report

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/web"

	"github.com/go-json-experiment/json/jsontext"
)

// Routes are the addresses of the door.
func (s *Service) Routes() []auth.Route {
	submit := auth.OwnStudy(auth.ReportSubmit)
	return []auth.Route{
		{Pattern: "POST /report", Policy: submit, Handle: s.handle},
		{Pattern: "POST /api/v1/reports", Policy: submit, Handle: s.handle},
		{Pattern: "POST /api/v1/reports/batch", Policy: submit, Handle: s.handleMany},
	}
}

// handle answers one report. It is the hottest path of the product: what it needs comes from a pool, and nothing of it
// outlives the answer but the strings that were kept.
func (s *Service) handle(w http.ResponseWriter, q *http.Request) error {
	receipt, err := s.take(q)
	if err != nil {
		return refusal(err)
	}
	h := w.Header()
	if receipt.Again {
		h.Set("Idempotent-Replay", "true")
	}
	return web.Raw(w, http.StatusOK, receipt.answer(make([]byte, 0, 256)))
}

// answer is the receipt as it is sent, written by hand: this is said ten thousand times for any other answer.
func (r Receipt) answer(b []byte) []byte {
	b = member(append(b, `{"status":"processed"`...), `,"patientId":`, string(r.Subject))
	b = member(b, `,"id":`, r.ID)
	return append(member(b, `,"receipt":`, r.Text), '}')
}

func member(b []byte, name, value string) []byte {
	b, err := jsontext.AppendQuote(append(b, name...), value)
	if err != nil {
		panic("report: " + err.Error()) // only text that is not UTF-8 fails, and none was accepted
	}
	return b
}

// refusal is err as the sender of one report may see it.
func refusal(err error) error {
	err = shortened(err)
	if casebook.KindOf(err) == casebook.Invalid {
		return web.Extend(err, "error", "Invalid request") // the words that older senders look for
	}
	return err
}

// shortened is err with a part only of what was sent: a name of sixty thousand letters must not come back in two languages.
func shortened(err error) error {
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok {
		return err
	}
	short := e.At(brief(e.Place))
	short.Args = slices.Clone(e.Args)
	for i, a := range short.Args {
		if text, ok := a.(string); ok {
			short.Args[i] = brief(text)
		}
	}
	return short
}

// brief is s fit to be shown: UTF-8 of at most 100 characters.
func brief(s string) string {
	if len(s) > 400 {
		s = s[:400]
	}
	runes := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return string(runes)
}

func (s *Service) take(q *http.Request) (Receipt, error) {
	if err := jsonBody(q); err != nil {
		return Receipt{}, err
	}
	defer q.Body.Close() // by then it is read: the server need not look for more of it
	p := auth.From(q.Context())
	return s.Submit(q.Context(), p.Study, p.Subject, q.Header.Get("Idempotency-Key"), q.Body)
}

// jsonBody refuses what does not say that it is JSON, and what says that it is too long before any of it is read.
func jsonBody(q *http.Request) error {
	kind := q.Header.Get("Content-Type")
	if kind != "application/json" {
		media, _, err := mime.ParseMediaType(kind)
		if err != nil || media != "application/json" {
			return casebook.Fail(casebook.Unsupported, "request.media_type", kind)
		}
	}
	if q.ContentLength > MaxBody {
		return casebook.Fail(casebook.TooLarge, "request.too_large", MaxBody)
	}
	return nil
}
