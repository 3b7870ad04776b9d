package platform

import (
	"net/http"

	"casebook"
	"casebook/retention"
	"casebook/web"
)

// holds tells which legal holds stand, oldest first, and how long the settings keep backups. While one stands no backup is removed.
func (s *Service) holds(w http.ResponseWriter, r *http.Request) error {
	all, err := s.o.Backups.Holds(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Holds []retention.Hold `json:"holds"`
		Rules retention.Rules  `json:"rules"`
	}{append([]retention.Hold{}, all...), s.o.Backups.Rules()})
}

// placeHold places a legal hold on the backups of a study, or of all without one, in the name of who ordered it.
func (s *Service) placeHold(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		About  casebook.StudyID `json:"about,omitzero"` // none is every study
		By     string           `json:"by"`             // who ordered it
		Reason string           `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if in.About != "" {
		if _, err := s.o.Trials.Get(r.Context(), in.About); err != nil {
			return err
		}
	}
	h, err := s.o.Backups.Place(r.Context(), in.About, in.By, in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, h)
}

// releaseHold ends a legal hold, in the name of who said so, when whoever asks proves again who they are: what it kept may go tonight.
func (s *Service) releaseHold(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		By       string `json:"by"` // who said so
		Reason   string `json:"reason"`
		User     string `json:"user"` // only at the first signature of a session
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.o.People.Reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	if err := s.o.Backups.Release(r.Context(), r.PathValue("hold"), in.By, in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
