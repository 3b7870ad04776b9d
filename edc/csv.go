package edc

import (
	"context"
	"net/http"
	"time"

	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// The verbs of this package in the ledger.
const (
	Exported      = "edc.list.exported"  // Ref: which list; New: what it was narrowed to
	TrailReviewed = "edc.trail.reviewed" // Ref: the size of the study's ledger; New: trailReview
)

// exported records that a list left the product, before it does.
func (s *Service) exported(ctx context.Context, r *http.Request, list string) error {
	narrowed, err := json.Marshal(r.URL.Query(), json.Deterministic(true))
	if err != nil {
		return err
	}
	return s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Exported, Ref: list, New: string(narrowed)})
		return nil
	})
}

// exportQueries is the list of queries as CSV, page by page, so that it may be of any length.
func (s *Service) exportQueries(w http.ResponseWriter, r *http.Request) error {
	filter, err := s.queryFilter(r, auth.ExportMake)
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	if err := s.exported(r.Context(), r, "queries"); err != nil {
		return err
	}
	lang := i18n.Language(r.Header.Get("Accept-Language"))
	out, err := web.NewSheet(w, "queries", "study", "site", "subject", "event", "event_repeat", "form", "form_repeat", "group", "repeat", "item", "query", "type",
		"state", "question", "value", "asked_by", "asked_role", "assignee", "opened_at", "changed_at", "last_said")
	for err == nil {
		var page []record.Query
		err = s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
			page, err = record.Queries(r.Context(), tx, studyOf(r), filter)
			return err
		})
		for _, q := range page {
			if err == nil {
				err = out.Line(string(q.Key.Study), string(q.Site), string(q.Key.Subject), q.Key.Event, q.Key.EventRepeat, q.Key.Form, q.Key.FormRepeat,
					q.Group, q.Repeat, q.Item, q.ID, q.Source, string(q.State), said(q.Text, lang), q.Value, names(q.By), q.Role, names(q.Assignee),
					stamp(q.OpenedAt), stamp(q.ChangedAt), lastSaid(q))
			}
		}
		if err != nil || len(page) < filter.Limit {
			break
		}
		last := page[len(page)-1]
		filter.AfterAt, filter.AfterID = last.OpenedAt, last.ID
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func lastSaid(q record.Query) string {
	for i := len(q.Thread) - 1; i >= 0; i-- {
		if t := q.Thread[i]; t.Text != "" {
			return t.Text
		}
	}
	return ""
}

// said is a text in a language, or in any that it has.
func said(t odm.Text, lang string) string {
	for _, l := range []string{lang, i18n.English, i18n.Chinese, ""} {
		if t[l] != "" {
			return t[l]
		}
	}
	return ""
}
