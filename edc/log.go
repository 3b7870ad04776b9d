package edc

import (
	"context"
	"net/http"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/edc/coding"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

// Logs: the repeats of one form, adverse events or medications, read together as the rows of a grid; and what of a form is
// set aside, a row or the whole, with its reason.

func (s *Service) logRoutes() []auth.Route {
	return []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/subjects/{subject}/logs/{event}/{eventRepeat}/{form}", Policy: auth.SiteInside(auth.FormRead), Handle: s.log},
		{Pattern: "POST " + formPath + "/activity", Policy: auth.SiteInside(auth.FormWrite), Handle: s.switchPart},
	}
}

// aside is an inactive part as the pages see it.
type aside struct {
	record.Part
	Values []record.Value  `json:"values"`
	By     casebook.UserID `json:"by"`
	ByName string          `json:"byName"`
	At     time.Time       `json:"at"`
	Reason string          `json:"reason"`
}

func asidesOf(f *record.Form, names func(casebook.UserID) string) (all []aside) {
	for _, a := range f.Asides {
		all = append(all, aside{a.Part, a.Values, a.By, names(a.By), a.At, a.Reason})
	}
	return all
}

// maxLog is how many repeats of a form one answer holds.
const maxLog = 500

// log answers all repeats of one form in one visit, each as its own address would answer it.
func (s *Service) log(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.FormRead)
	if err != nil {
		return err
	}
	k := record.Key{Study: studyOf(r), Subject: subject.ID, Event: r.PathValue("event"), EventRepeat: r.PathValue("eventRepeat"), Form: r.PathValue("form"), FormRepeat: "1"}
	repeats, err := s.repeatsOf(ctx, k)
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	forms, read := []formAnswer{}, []*record.Form{}
	for _, k.FormRepeat = range repeats {
		v, err := s.forms.Read(ctx, k, time.Time{})
		if err != nil {
			return err
		}
		forms, read = append(forms, s.formAnswer(ctx, v, names)), append(read, v.Form)
	}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		codes, err := coding.Codes(ctx, tx, k.Study, k.Subject, read...)
		for i, f := range read {
			forms[i].Coded = codes[f.Key]
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"forms": forms})
}

// repeatsOf are the repeat keys of a form that the casebook has, or the first that it could have.
func (s *Service) repeatsOf(ctx context.Context, k record.Key) (keys []string, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		have, err := record.Instances(ctx, tx, k.Study, k.Subject)
		for _, i := range have {
			if i.Event == k.Event && i.EventRepeat == k.EventRepeat && i.Form == k.Form {
				keys = append(keys, i.FormRepeat)
			}
		}
		return err
	})
	if len(keys) == 0 {
		keys = []string{"1"}
	}
	record.SortRepeats(keys)
	return keys[:min(len(keys), maxLog)], err
}

// switchPart makes a form, or a row of it, inactive or active again, with a reason; the answer is the form as it stands then.
func (s *Service) switchPart(w http.ResponseWriter, r *http.Request) error {
	ctx, _, err := s.subject(r, auth.FormWrite)
	if err != nil {
		return err
	}
	var body struct {
		record.Part
		Active bool   `json:"active"`
		Reason string `json:"reason"`
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
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		_, err := s.forms.Switch(ctx, w, st, key(r), body.Part, body.Active, body.Reason)
		return err
	})
	if err != nil {
		return err
	}
	v, err := s.forms.Read(ctx, key(r), time.Time{})
	if err != nil {
		return err
	}
	return s.answer(w, r, v)
}
