package notice

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"casebook/web"
	"github.com/xuri/excelize/v2"
)

// VerbExported is the verb of a list of recipients and replies that left the product. Ref: the notice; New: the format.
const VerbExported = "notice.exported"

// table writes a notice's recipients row by row.
type table struct {
	n     *Notice
	names map[casebook.SiteID]odm.Text
	who   map[casebook.UserID]auth.Account
	lang  string
	items []string
}

func (s *Service) table(ctx context.Context, study casebook.StudyID, id, lang string) (t *table, err error) {
	t = &table{lang: lang}
	if t.n, err = s.Get(ctx, study, id); err != nil {
		return nil, err
	}
	if t.names, err = s.siteNames(ctx, study); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { t.who, err = auth.Accounts(ctx, tx); return err })
	if t.n.Form != nil {
		for _, q := range newTally(t.n.Form).questions {
			t.items = append(t.items, q.Item)
		}
	}
	return t, err
}

func (t *table) head() []string {
	return append([]string{"site", "site_name", "user", "name", "role", "addressed", "received", "read", "acknowledged", "signed", "answered", "revision", "reminded"}, t.items...)
}

func (t *table) row(to *Recipient) ([]string, error) {
	given, err := values(to.Answer)
	if err != nil {
		return nil, err
	}
	name := t.names[to.Site]
	if name == nil {
		name = wholeStudy()
	}
	signed := ""
	if to.Signature != "" {
		signed = "yes"
	}
	cells := []string{string(to.Site), name.In(t.lang), string(to.User), called(t.who, to.User, t.lang), string(to.Role), stamp(to.Addressed), stamp(to.Received),
		stamp(to.Read), stamp(to.Acknowledged), signed, stamp(to.Answered), strconv.FormatInt(to.Revision, 10), strconv.FormatInt(to.Reminded, 10)}
	for _, item := range t.items {
		cell := ""
		for _, v := range given {
			if v.Item == item {
				cell = v.Value
			}
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

// called is how a person is called in a language. Who has no account is shown by id.
func called(who map[casebook.UserID]auth.Account, id casebook.UserID, lang string) string {
	switch a, known := who[id]; {
	case !known:
		return string(id)
	case lang == i18n.Chinese && a.NameZH != "":
		return a.NameZH
	default:
		return a.Name
	}
}

func stamp(us int64) string {
	if us == 0 {
		return ""
	}
	return store.Time(us).Format(time.RFC3339)
}

// getExport answers the recipients with what became of the notice and what they replied, as CSV or XLSX. That the list
// leaves is recorded before it does.
func (s *Service) getExport(w http.ResponseWriter, r *http.Request) error {
	ctx, study, id, format := r.Context(), studyOf(r), r.PathValue("notice"), r.URL.Query().Get("format")
	if format != "csv" && format != "xlsx" {
		return casebook.Fail(casebook.Invalid, "notice.format", format).At("format")
	}
	t, err := s.table(ctx, study, id, i18n.Language(r.Header.Get("Accept-Language")))
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: VerbExported, Ref: id, New: ledger.Text(map[string]string{"format": format})})
		return nil
	})
	if err != nil {
		return err
	}
	if format == "xlsx" {
		w.Header().Set("Content-Disposition", `attachment; filename="notice.xlsx"`)
		w.Header().Set("Cache-Control", "no-store")
		return s.writeXLSX(w, r, t)
	}
	return s.writeCSV(w, r, t)
}

func (s *Service) writeCSV(w http.ResponseWriter, r *http.Request, t *table) error {
	out, err := web.NewSheet(w, "notice", t.head()...)
	if err != nil {
		return err
	}
	err = each(r.Context(), s.db, studyOf(r), t.n.ID, func(to *Recipient) error {
		cells, err := t.row(to)
		if err != nil {
			return err
		}
		return out.Line(cells...)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// writeXLSX writes a workbook whose cells are texts: no spreadsheet computes those.
func (s *Service) writeXLSX(w http.ResponseWriter, r *http.Request, t *table) error {
	f := excelize.NewFile()
	defer f.Close()
	out, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	n := 0
	row := func(cells []string) error {
		n++
		values := make([]any, len(cells))
		for i, c := range cells {
			if runes := []rune(c); len(runes) > excelize.TotalCellChars {
				c = string(runes[:excelize.TotalCellChars])
			}
			values[i] = c
		}
		return out.SetRow("A"+strconv.Itoa(n), values)
	}
	if err := row(t.head()); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	err = each(r.Context(), s.db, studyOf(r), t.n.ID, func(to *Recipient) error {
		cells, err := t.row(to)
		if err != nil {
			return err
		}
		return row(cells)
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	_, err = f.WriteTo(w)
	return err
}
