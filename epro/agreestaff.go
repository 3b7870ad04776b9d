package epro

import (
	"net/http"
	"strconv"

	"casebook"
	"casebook/auth"
	"casebook/epro/consent"
	"casebook/patient"
	"casebook/store"
	"casebook/web"
)

// SubjectConsent is how a subject stands to the study's consent document.
type SubjectConsent struct {
	Subject casebook.SubjectID `json:"subject"`
	Site    casebook.SiteID    `json:"site"`
	Status  patient.Status     `json:"status"`
	State   string             `json:"state"`
	Number  int64              `json:"number"` // in force; 0 for none
	Signed  []signed           `json:"signed"`
}

// getConsent shows the versions of the consent document, the text of the newest, and how each subject stands to it.
func (s *Service) getConsent(w http.ResponseWriter, r *http.Request) error {
	study := studyOf(r)
	q, _ := sites(r, auth.FormRead)
	out := struct {
		Versions []agreement       `json:"versions"`
		Document *consent.Document `json:"document,omitempty"`
		Draft    *draft            `json:"draft,omitempty"` // without its text
		Subjects []SubjectConsent  `json:"subjects"`
	}{Versions: []agreement{}, Subjects: []SubjectConsent{}}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		d, err := findDraft(r.Context(), tx, study)
		if err != nil {
			return err
		}
		if d.Doc != "" {
			d.Doc, out.Draft = "", &d
		}
		a, err := agreed(r.Context(), tx, study, "")
		if err != nil || len(a.versions) == 0 {
			return err
		}
		out.Versions = a.versions
		if out.Document, err = readDocument(r.Context(), tx, study, a.versions[len(a.versions)-1].Number); err != nil {
			return err
		}
		for q.Limit = patient.MaxLimit; ; {
			page, err := patient.List(r.Context(), tx, study, q)
			if err != nil {
				return err
			}
			for _, p := range page.Subjects {
				out.Subjects = append(out.Subjects, SubjectConsent{p.ID, p.Site, p.Status, a.state(p.ID, s.now()), p.Consent, append([]signed{}, a.signed[p.ID]...)})
			}
			if q.After = page.Next; q.After == "" {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

// getConsentVersion shows one version of the consent document.
func (s *Service) getConsentVersion(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 32)
	if err != nil {
		return casebook.Fail(casebook.NotFound, "epro.consent.unknown")
	}
	var d *consent.Document
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		d, err = readDocument(r.Context(), tx, studyOf(r), number)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, d)
}

// putConsent publishes the next version of the consent document.
func (s *Service) putConsent(w http.ResponseWriter, r *http.Request) error {
	body, err := web.Body(r, consent.MaxBytes)
	if err != nil {
		return err
	}
	number, err := s.PublishConsent(r.Context(), studyOf(r), body)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"number": number})
}

// deleteConsent records that a subject has told the site that they take back what they signed.
func (s *Service) deleteConsent(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, p, err := s.at(r, auth.SubjectEnrol, id)
	if err != nil {
		return err
	}
	in, err := reasonOf(r)
	if err != nil {
		return err
	}
	if in.Reason == "" {
		return casebook.Fail(casebook.Unprocessable, "patient.reason_required").At("reason")
	}
	if err := s.Withdraw(ctx, studyOf(r), p, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}
