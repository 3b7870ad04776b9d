package r4

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// transaction makes all resources of a Bundle, or none.
func (s *Service) transaction(w http.ResponseWriter, r *http.Request) error {
	auth.From(r.Context()).Sites(auth.FormWrite, studyOf(r)) // each entry asks for the site that it is about
	text, request, dry, err := s.asked(r)
	if err != nil {
		return err
	}
	steps, err := stepsOf(text)
	if err != nil {
		return err
	}
	all, err := s.together(r.Context(), studyOf(r), request, dry, func(ctx context.Context, w *ledger.Writer) ([]made, error) {
		return s.each(ctx, w, steps)
	})
	if err != nil {
		return err
	}
	if dry {
		return s.judged(w, r, all)
	}
	out := bundle{ResourceType: "Bundle", Type: "transaction-response"}
	for _, one := range all {
		answer := response{Status: "201 Created", Location: one.Kind + "/" + one.ID, LastModified: s.db.World().Now().UTC().Truncate(time.Millisecond)}
		if one.Kind == "QuestionnaireResponse" {
			f, err := s.kept(r.Context(), studyOf(r), one.ID)
			if err != nil {
				return err
			}
			answer.ETag, answer.LastModified = `W/"`+strconv.FormatInt(f.Version, 10)+`"`, f.UpdatedAt.UTC()
		}
		out.Entry = append(out.Entry, entry{FullURL: address(r) + "/" + one.Kind + "/" + one.ID, Response: &answer})
	}
	return web.Resource(w, http.StatusOK, out)
}

// step is one entry of a transaction.
type step struct {
	making
	name string // by which other entries refer to it
	kind int    // of kinds
}

// stepsOf reads a transaction. Errors: Unprocessable r4.transaction, r4.entry.
func stepsOf(text []byte) ([]step, error) {
	var in struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Entry        []struct {
			FullURL  string            `json:"fullUrl"`
			Resource jsontext.Value    `json:"resource"`
			Request  map[string]string `json:"request"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(text, &in); err != nil || in.ResourceType != "Bundle" || in.Type != "transaction" || len(in.Entry) == 0 || len(in.Entry) > mostEntries {
		return nil, casebook.Fail(casebook.Unprocessable, "r4.transaction", mostEntries).At("/type")
	}
	steps := make([]step, len(in.Entry))
	for i, e := range in.Entry {
		at := "/entry/" + strconv.Itoa(i)
		kind := slices.IndexFunc(kinds, func(k struct {
			name string
			make maker
		}) bool {
			return k.name == e.Request["url"]
		})
		if kind < 0 || e.Request["method"] != "POST" || len(e.Request) != 2 || len(e.Resource) == 0 {
			return nil, casebook.Fail(casebook.Unprocessable, "r4.entry").At(at + "/request")
		}
		steps[i] = step{making{text: e.Resource, place: at + "/resource"}, e.FullURL, kind}
	}
	return steps, nil
}

// each makes what a transaction asks for, in the order of the kinds, and answers in the order of the entries.
func (s *Service) each(ctx context.Context, w *ledger.Writer, steps []step) ([]made, error) {
	all, named := make([]made, len(steps)), map[string]string{}
	for k := range kinds {
		for i, st := range steps {
			if st.kind != k {
				continue
			}
			m := st.making
			m.named, m.status = named, firstStatus(steps, st)
			one, err := kinds[k].make(ctx, s, w, m)
			if err != nil {
				return nil, err
			}
			if all[i] = one; st.name != "" {
				named[st.name] = one.Kind + "/" + one.ID
			}
		}
	}
	return all, nil
}

// firstStatus is where a ResearchSubject of the same transaction puts a Patient that it makes: there it begins.
func firstStatus(steps []step, of step) patient.Status {
	for _, st := range steps {
		var in struct {
			Status     string    `json:"status"`
			Individual reference `json:"individual"`
		}
		if of.name != "" && kinds[st.kind].name == "ResearchSubject" && json.Unmarshal(st.text, &in) == nil && in.Individual.Reference == of.name {
			status, _ := statusOf(in.Status)
			return status
		}
	}
	return ""
}
