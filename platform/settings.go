package platform

import (
	"net/http"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/settings"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

func settingsPlace(study casebook.StudyID) settings.Place { return settings.Place{Study: study} }

// placeOf is the place that a request's query names. A site that there is brings its country along.
func (s *Service) placeOf(r *http.Request) (settings.Place, error) {
	q := r.URL.Query()
	p := settings.Place{Organisation: q.Get("organisation"), Study: casebook.StudyID(q.Get("study")), Country: q.Get("country"), Site: casebook.SiteID(q.Get("site"))}
	if p.Site == "" || p.Country != "" {
		return p, nil
	}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		at, err := trial.FindSite(r.Context(), tx, p.Study, p.Site)
		if casebook.KindOf(err) == casebook.NotFound {
			return nil // a value may be prepared for a site that is yet to come
		}
		p.Country = at.Country
		return err
	})
	return p, err
}

// listSettings tells every setting with its value at a place, and how releases stand.
func (s *Service) listSettings(w http.ResponseWriter, r *http.Request) error {
	type setting struct {
		Key     string        `json:"key"`
		Kind    settings.Kind `json:"kind"`
		Range   string        `json:"range"`
		Deepest string        `json:"deepest"`
		Default string        `json:"default"`
		Text    string        `json:"text"`
		Value   string        `json:"value"`
		Level   string        `json:"level"` // where the value comes from
	}
	chinese := i18n.Language(r.Header.Get("Accept-Language")) == i18n.Chinese
	place, err := s.placeOf(r)
	if err != nil {
		return err
	}
	all := []setting{}
	for _, k := range s.o.Settings.Keys() {
		value, _, why, err := s.o.Settings.Explain(place, k.Name)
		if err != nil {
			return err
		}
		one := setting{k.Name, k.Kind, k.Range(), k.Deepest.String(), k.Default, k.English, value, ""}
		if chinese {
			one.Text = k.Chinese
		}
		for _, y := range why {
			if y.Because == "in_force" {
				one.Level = y.Level
			}
		}
		all = append(all, one)
	}
	standing, err := s.o.Settings.Standing(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"settings": all, "standing": standing, "organisations": append([]string{}, s.o.Settings.Organisations()...)})
}

func (s *Service) explain(w http.ResponseWriter, r *http.Request) error {
	place, err := s.placeOf(r)
	if err != nil {
		return err
	}
	value, release, why, err := s.o.Settings.Explain(place, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"value": value, "release": release, "why": why})
}

func (s *Service) processes(w http.ResponseWriter, r *http.Request) error {
	all, err := s.o.Settings.Processes(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"processes": append([]settings.Process{}, all...)})
}

func (s *Service) drafts(w http.ResponseWriter, r *http.Request) error {
	all, err := s.o.Settings.Drafts(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"drafts": append([]settings.Draft{}, all...)})
}

func (s *Service) propose(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Changes []settings.Change `json:"changes"`
		Reason  string            `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	d, err := s.o.Settings.Propose(r.Context(), in.Changes, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, d)
}

func (s *Service) draft(w http.ResponseWriter, r *http.Request) error {
	d, lines, err := s.o.Settings.Diff(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"draft": d, "diff": append([]settings.Difference{}, lines...)})
}

// approve brings a draft into force, or on trial at some sites, with the electronic signature of a second person: name and password.
func (s *Service) approve(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Trial    settings.Trial `json:"trial"`
		User     string         `json:"user"` // only at the first signature of a session
		Password string         `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	signed, err := s.sign(r, in.User, in.Password)
	if err != nil {
		return err
	}
	n, err := s.o.Settings.Approve(r.Context(), r.PathValue("draft"), in.Trial, signed)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"release": n})
}

// sign proves that who approves is who is signed in, and returns the name that the signature prints. What is proved is kept in the entry.
func (s *Service) sign(r *http.Request, user, password string) (string, error) {
	if s.o.People == nil {
		return "", nil
	}
	if _, _, err := s.o.Settings.Diff(r.Context(), r.PathValue("draft")); err != nil {
		return "", err
	}
	if err := s.o.People.Reauthenticate(r, user, password); err != nil {
		return "", err
	}
	return auth.From(r.Context()).Printed(), nil
}

// reason is the body of what needs nothing but a reason.
type reason struct {
	Reason string `json:"reason"`
}

func (s *Service) withdraw(w http.ResponseWriter, r *http.Request) error {
	var in reason
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.o.Settings.Withdraw(r.Context(), r.PathValue("draft"), in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) releases(w http.ResponseWriter, r *http.Request) error {
	all, err := s.o.Settings.Releases(r.Context(), 100)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"releases": append([]settings.Released{}, all...)})
}

func (s *Service) rollback(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Release int64  `json:"release"` // 0 only ends a trial
		Reason  string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	n, err := s.o.Settings.Rollback(r.Context(), in.Release, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"release": n})
}

func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || s.o.Signer == nil {
		return casebook.Fail(casebook.NotFound, "settings.release_unknown", r.PathValue("number")).At("number")
	}
	bundle, err := s.o.Settings.Export(r.Context(), n, s.o.Signer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="settings-`+strconv.FormatInt(n, 10)+`.txt"`)
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(bundle)
	return err
}

func (s *Service) importBundle(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Bundle string `json:"bundle"`
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, 1<<20, &in); err != nil {
		return err
	}
	d, err := s.o.Settings.Import(r.Context(), []byte(in.Bundle), in.Reason, s.o.Known...)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, d)
}

// approvals tells which amendments the ethics committees of a study's sites have approved, and from when on.
func (s *Service) approvals(w http.ResponseWriter, r *http.Request) error {
	all, err := s.o.Settings.Approvals(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"approvals": append([]settings.Approval{}, all...)})
}

// recordApproval records that the ethics committee of a site has approved an amendment: settings that wait for it count there from then on.
func (s *Service) recordApproval(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Site      casebook.SiteID `json:"site"`
		Amendment string          `json:"amendment"`
		At        time.Time       `json:"at"`
		Reason    string          `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if in.At.IsZero() {
		return casebook.Fail(casebook.Invalid, "settings.approval_at").At("/at")
	}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		_, err := trial.FindSite(r.Context(), tx, studyOf(r), in.Site)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.o.Settings.RecordApproval(r.Context(), studyOf(r), in.Site, in.Amendment, in.At, in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// organisation tells whose a study is.
func (s *Service) organisation(w http.ResponseWriter, r *http.Request) error {
	whose, err := s.o.Settings.Organisation(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"organisation": whose})
}

// belong records whose a study is from now on: the settings of that organisation hold there, unless the study, the country or the site has its own.
func (s *Service) belong(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Organisation string `json:"organisation"`
		Reason       string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.o.Settings.Belong(r.Context(), studyOf(r), in.Organisation, in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
