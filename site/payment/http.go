package payment

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/xuri/excelize/v2"
)

// Service keeps what is owed.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World

	reauthenticate func(r *http.Request, user, password string) error
}

// New returns the service of l's database. Before a signature reauthenticate proves who signs.
func New(l *ledger.Ledger, reauthenticate func(r *http.Request, user, password string) error) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), reauthenticate: reauthenticate}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	const one = study + "/payments/{statement}"
	read, prepare, approve := auth.SiteInside(auth.PaymentRead), auth.SiteInside(auth.PaymentPrepare), auth.SiteInside(auth.PaymentApprove)
	return []auth.Route{
		{Pattern: "GET " + study + "/payments", Policy: read, Handle: s.list},
		{Pattern: "GET " + study + "/sites/{site}/payments", Policy: read, Handle: s.account},
		{Pattern: "PUT " + study + "/sites/{site}/rates", Policy: prepare, Handle: s.putRates},
		{Pattern: "POST " + study + "/sites/{site}/payments", Policy: prepare, Handle: s.prepare},
		{Pattern: "POST " + one + "/approval", Policy: approve, Handle: s.approve},
		{Pattern: "POST " + one + "/refusal", Policy: approve, Handle: s.refuse},
		{Pattern: "GET " + one + "/export", Policy: read, Handle: s.export},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

const maxBody = 64 << 10

// may says what the reader can do at a site.
type may struct {
	Prepare bool            `json:"prepare"`
	Approve bool            `json:"approve"`
	User    casebook.UserID `json:"user"`
}

type shown struct {
	*Account `json:",embed"`
	Name     odm.Text `json:"name"`
	May      may      `json:"may"`
}

func show(r *http.Request, at trial.Site, a *Account) shown {
	p := auth.From(r.Context())
	return shown{a, at.Name, may{p.Allows(auth.PaymentPrepare, studyOf(r), at.ID), p.Allows(auth.PaymentApprove, studyOf(r), at.ID), p.User}}
}

// list answers the accounts of the sites that the reader sees, without their lines.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	sees, all := site.Sight(r, auth.PaymentRead), []shown{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		sites, err := trial.SitesOf(r.Context(), tx, studyOf(r))
		for _, at := range sites {
			if err != nil || !sees(at.ID) {
				continue
			}
			var a *Account
			if a, err = AccountOf(r.Context(), tx, studyOf(r), at); err != nil {
				return err
			}
			a.Lines = a.Lines[:0]
			for i := range a.Past {
				a.Past[i].Doc.Lines = nil
			}
			all = append(all, show(r, at, a))
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"accounts": all})
}

// account answers what a site has earned, line by line, with its rates and statements.
func (s *Service) account(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := site.Enter(r, s.db, auth.PaymentRead)
	if err != nil {
		return err
	}
	return s.answer(ctx, w, r, http.StatusOK, at)
}

func (s *Service) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, status int, at trial.Site) error {
	var a *Account
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		a, err = AccountOf(ctx, tx, studyOf(r), at)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, status, show(r, at, a))
}

// putRates puts other rates of a site in force.
func (s *Service) putRates(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := site.Enter(r, s.db, auth.PaymentPrepare)
	if err != nil {
		return err
	}
	var in struct {
		Version int64 `json:"version"`
		Rates   `json:",embed"`
		Reason  string `json:"reason,omitempty"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error { return SetRates(ctx, w, at.ID, in.Version, in.Rates, in.Reason) })
	if err != nil {
		return err
	}
	return s.answer(ctx, w, r, http.StatusOK, at)
}

// prepare makes a statement of all that was earned until a day and is in no other.
func (s *Service) prepare(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := site.Enter(r, s.db, auth.PaymentPrepare)
	if err != nil {
		return err
	}
	var in struct {
		Until plan.Date `json:"until"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if in.Until == 0 || in.Until > site.Today(s.world.Now(), at.Zone) {
		return casebook.Fail(casebook.Invalid, "payment.until").At("until")
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error { _, err := Prepare(ctx, w, at, in.Until); return err })
	if err != nil {
		return err
	}
	return s.answer(ctx, w, r, http.StatusCreated, at)
}

// enter returns the statement of the address with the right to do action; one of a foreign site is answered like one that
// is not there.
func (s *Service) enter(r *http.Request, action auth.Action) (ctx context.Context, k keep.Record[Statement], at trial.Site, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if k, err = find(r.Context(), tx, studyOf(r), r.PathValue("statement")); err == nil {
			at, err = trial.FindSite(r.Context(), tx, studyOf(r), k.Site)
		}
		return err
	})
	p := auth.From(r.Context())
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), k.Site)
	switch {
	case err != nil:
	case !p.Allows(auth.SiteRead, studyOf(r), k.Site):
		err = casebook.Fail(casebook.NotFound, "payment.unknown").At("statement")
	case !ok:
		err = casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	return ctx, k, at, err
}

// approve approves a statement, with the signature of somebody who did not prepare it.
func (s *Service) approve(w http.ResponseWriter, r *http.Request) error {
	ctx, k, at, err := s.enter(r, auth.PaymentApprove)
	if err != nil {
		return err
	}
	var in struct {
		Version  int64  `json:"version"`
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	return s.decide(ctx, w, r, k.ID, at, in.Version, "")
}

// refuse sends a statement back, with the reason.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request) error {
	ctx, k, at, err := s.enter(r, auth.PaymentApprove)
	if err != nil {
		return err
	}
	var in struct {
		Version int64  `json:"version"`
		Reason  string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := site.Fits("reason", in.Reason, true, 1000); err != nil {
		return err
	}
	return s.decide(ctx, w, r, k.ID, at, in.Version, in.Reason)
}

func (s *Service) decide(ctx context.Context, w http.ResponseWriter, r *http.Request, id string, at trial.Site, seen int64, reason string) error {
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		_, err := Decide(ctx, w, id, seen, auth.From(ctx).Printed(), reason)
		return err
	})
	if err != nil {
		return err
	}
	return s.answer(ctx, w, r, http.StatusOK, at)
}

// export answers a statement as CSV or XLSX, after it was written down that it leaves.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	ctx, k, _, err := s.enter(r, auth.PaymentRead)
	if err != nil {
		return err
	}
	format := r.URL.Query().Get("format")
	if format != "csv" && format != "xlsx" {
		return casebook.Fail(casebook.Invalid, "payment.format", format).At("format")
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Exported, Site: k.Site, Ref: k.ID, New: `"` + format + `"`})
		return nil
	})
	if err != nil {
		return err
	}
	if format == "csv" {
		return web.CSV(w, k.ID, table(k))
	}
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+k.ID+`.xlsx"`)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	return writeXLSX(w, table(k))
}

// table is a statement row by row. Amounts are texts, so that no program rounds them.
func table(k keep.Record[Statement]) [][]string {
	s := k.Doc
	rows := [][]string{{"statement", "site", "kind", "subject", "event", "repeat", "form", "on", "amount", "currency"}}
	for _, l := range s.Lines {
		rows = append(rows, []string{k.ID, string(k.Site), l.Kind, string(l.Subject), l.Event, l.Repeat, l.Form, l.On.String(), l.Amount, s.Currency})
	}
	total := func(kind, amount string) []string {
		return []string{k.ID, string(k.Site), kind, "", "", "", "", s.Until.String(), amount, s.Currency}
	}
	return append(rows, total("gross", s.Gross), total("held back", s.HeldBack), total("net", s.Net))
}

func writeXLSX(w http.ResponseWriter, rows [][]string) error {
	f := excelize.NewFile()
	defer f.Close()
	out, err := f.NewStreamWriter("Sheet1")
	for n, row := range rows {
		cells := make([]any, len(row))
		for i, c := range row {
			cells[i] = c
		}
		if err == nil {
			err = out.SetRow("A"+strconv.Itoa(n+1), cells)
		}
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	_, err = f.WriteTo(w)
	return err
}
