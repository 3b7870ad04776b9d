package edc

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

// Double data entry: where the definition asks for it, two people enter a form, each without seeing what the other entered,
// and a third chooses where they differ (docs/design/double-entry.md).

func (s *Service) doubleRoutes() []auth.Route {
	return []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/entries", Policy: auth.SiteInside(auth.FormRead), Handle: s.entries},
		{Pattern: "POST " + formPath + "/entries", Policy: auth.SiteInside(auth.FormWrite), Handle: s.enter},
		{Pattern: "PUT " + formPath + "/entries/draft", Policy: auth.SiteInside(auth.FormWrite), Handle: s.draft},
		{Pattern: "POST " + formPath + "/entries/settlement", Policy: auth.SiteInside(auth.FormSettle), Handle: s.settle},
		{Pattern: "POST " + formPath + "/entries/discard", Policy: auth.SiteInside(auth.FormSettle), Handle: s.discard},
	}
}

// double is how far the two entries of a form are, as the pages see it.
type double struct {
	State   string      `json:"state"`   // first: the second is awaited; differs: somebody must choose; "" before the first
	Entries []enteredBy `json:"entries"` // who entered, and nothing of what
	Splits  []split     `json:"splits"`  // what the two say differently, once both are in
	May     []string    `json:"may"`     // enter, settle, discard: what this person may do about it now

	Draft []record.Value `json:"draft,omitempty"` // what this person has typed and not handed in
}

type enteredBy struct {
	By     casebook.UserID `json:"by"`
	ByName string          `json:"byName"`
	At     time.Time       `json:"at"`
}

type split struct {
	First  record.Value `json:"first"`
	Second record.Value `json:"second"`
}

// doubleOf shows a double entry to whoever is in ctx. Of one entry alone it shows nothing that was entered.
func doubleOf(ctx context.Context, d *record.Double, names func(casebook.UserID) string) *double {
	if d == nil {
		return nil
	}
	out := &double{State: d.State(), Entries: []enteredBy{}, Splits: []split{}, May: []string{}}
	for _, p := range d.Passes {
		out.Entries = append(out.Entries, enteredBy{p.By, names(p.By), p.At})
	}
	for _, v := range d.Splits() {
		out.Splits = append(out.Splits, split(v))
	}
	who := auth.From(ctx)
	settles, own := who.Allows(auth.FormSettle, d.Study, d.Site), d.By(who.User)
	for _, may := range []struct {
		what string
		so   bool
	}{
		{"enter", who.Allows(auth.FormWrite, d.Study, d.Site) && len(d.Splits()) == 0 && !own},
		{"settle", settles && d.State() == record.EntriesDiffer && !own},
		{"discard", settles && len(d.Passes) > 0},
	} {
		if may.so {
			out.May = append(out.May, may.what)
		}
	}
	return out
}

// unsettled is a form whose entries are not settled.
type unsettled struct {
	Subject     casebook.SubjectID `json:"subject"`
	Site        casebook.SiteID    `json:"site"`
	Event       string             `json:"event"`
	EventRepeat string             `json:"eventRepeat"`
	Form        string             `json:"form"`
	FormRepeat  string             `json:"formRepeat"`
	Visit       odm.Text           `json:"visit"`
	Title       odm.Text           `json:"title"`
	double
}

const maxUnsettled = 500

// entries answers which forms that are entered twice are not settled yet, the longest waiting first, 500 at most; left is how
// many more there are.
func (s *Service) entries(w http.ResponseWriter, r *http.Request) error {
	ctx, study := r.Context(), studyOf(r)
	all, sites := auth.From(ctx).Sites(auth.FormRead, study)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	var found []record.Double
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		found, err = record.UnsettledAt(ctx, tx, study, all, sites)
		return err
	})
	if err != nil {
		return err
	}
	answer := []unsettled{}
	for _, d := range found[:min(len(found), maxUnsettled)] {
		visit, title := st.At(d.Site).FormTitle(d.Key)
		answer = append(answer, unsettled{d.Subject, d.Site, d.Event, d.EventRepeat, d.Form, d.FormRepeat, visit, title, *doubleOf(ctx, &d, names)})
	}
	return web.JSON(w, http.StatusOK, map[string]any{"entries": answer, "left": len(found) - len(answer)})
}

// enter hands in what this person entered of a form that two enter: {items}, the whole of it. When it is the second and both say
// the same, the form is saved. The answer is the form as it stands then.
func (s *Service) enter(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := s.subject(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var body struct {
		Items []record.Value `json:"items"`
	}
	text, err := web.Body(r, maxSave)
	if err != nil {
		return err
	}
	if err := web.Parse(text, &body); err != nil {
		return err
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	// The request has no body: what was entered must not be put aside in the trail, where the second would read it.
	request := record.Request{Name: r.Header.Get("Idempotency-Key"), Hash: sha256.Sum256(append([]byte(r.URL.Path+"\n"), text...)), Key: key(r)}
	done, err := s.forms.Together(ctx, studyOf(r), request, r.URL.Query().Get("validate_only") == "true", func(w *ledger.Writer) (string, error) {
		_, err := s.forms.Enter(ctx, w, st, key(r), body.Items)
		return "", err
	})
	if err != nil {
		return err
	}
	if done.Again {
		w.Header().Set("Idempotent-Replay", "true")
	}
	return s.asItStands(ctx, w, r)
}

// draft keeps what this person has typed of a form that two enter, until it is handed in: {items}, all of it; none lets it go.
// Nobody else is shown it.
func (s *Service) draft(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := s.subject(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var body struct {
		Items []record.Value `json:"items"`
	}
	if err := web.Decode(r, maxSave, &body); err != nil {
		return err
	}
	if err := s.forms.KeepDraft(ctx, key(r), body.Items); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// settle saves a form of which two entries differ: {choices: [{group, repeat, item, value, blank}], reason}, one choice for each
// item that differs. Who entered it may not.
func (s *Service) settle(w http.ResponseWriter, r *http.Request) error {
	return s.decide(w, r, s.forms.Settle)
}

// discard lets the entries of a form go, so that it is entered anew: {reason}. What they said stays in the trail.
func (s *Service) discard(w http.ResponseWriter, r *http.Request) error {
	return s.decide(w, r, func(ctx context.Context, w *ledger.Writer, st *record.Study, k record.Key, _ []record.Value, reason string) error {
		return s.forms.Discard(ctx, w, st, k, reason)
	})
}

func (s *Service) decide(w http.ResponseWriter, r *http.Request, fn func(context.Context, *ledger.Writer, *record.Study, record.Key, []record.Value, string) error) error {
	ctx, _, err := s.subject(r, auth.FormSettle)
	if err != nil {
		return err
	}
	var body struct {
		Choices []record.Value `json:"choices"`
		Reason  string         `json:"reason"`
	}
	if err := web.Decode(r, maxSave, &body); err != nil {
		return err
	}
	if len(body.Reason) > maxReason {
		return casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/reason")
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	err = s.ledger.WriteNew(ctx, studyOf(r), func(w *ledger.Writer) error { return fn(ctx, w, st, key(r), body.Choices, body.Reason) })
	if err != nil {
		return err
	}
	return s.asItStands(ctx, w, r)
}

// asItStands answers the form of the address.
func (s *Service) asItStands(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	v, err := s.forms.Read(ctx, key(r), time.Time{})
	if err != nil {
		return err
	}
	return s.answer(w, r, v)
}
