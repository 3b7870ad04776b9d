package platform

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/patient"
	"casebook/trial"
	"casebook/web"
)

// The invented subjects of a sandbox, at each of its first sites.
const (
	sandboxSites    = 3
	sandboxSubjects = 2
)

// sandboxOf is the study in which a client practises.
func sandboxOf(p auth.Program) casebook.StudyID {
	return p.Study + "-sandbox-" + casebook.StudyID(strings.TrimPrefix(p.ID, string(p.Study)+"."))
}

// postSandbox gives a client a study to practise on, and a key for it: a training study with the newest definition and the client's
// sites, invented subjects, and nothing of anybody's. Asked again, it gives another key.
func (s *Service) postSandbox(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := s.o.People.Program(ctx, r.PathValue("client"))
	if err != nil {
		return err
	}
	study := sandboxOf(p)
	if err := s.furnish(ctx, p, study); err != nil {
		return err
	}
	n := auth.NewToken{Study: study, Kind: auth.Client, Name: p.Name + " (sandbox)", Scopes: p.Scopes, Sites: p.Sites}
	for _, text := range p.Networks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return err
		}
		n.Networks = append(n.Networks, network)
	}
	key, id, err := s.o.People.IssueToken(ctx, n)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusCreated, map[string]any{"study": study, "client": string(study) + "." + id, "key": key})
}

// furnish makes what of a sandbox is not there yet. Every step looks for itself, so one that was broken off is finished by the next.
func (s *Service) furnish(ctx context.Context, p auth.Program, study casebook.StudyID) error {
	source, err := s.o.Trials.Get(ctx, p.Study)
	if err != nil {
		return err
	}
	made, err := s.o.Trials.Create(ctx, trial.Trial{ID: study, Name: source.Name, Description: source.Description, Environment: trial.Training})
	if isConflict(err) {
		made, err = s.o.Trials.Get(ctx, study)
	}
	if err == nil && made.Environment != trial.Training {
		err = casebook.Fail(casebook.Conflict, "trial.exists", study).At("client")
	}
	if err != nil {
		return err
	}
	if made.Version == 0 && source.Version > 0 {
		v, err := s.o.Trials.Version(ctx, p.Study, 0)
		if err != nil {
			return err
		}
		if _, err := s.o.Trials.Publish(ctx, study, v.Definition); err != nil {
			return err
		}
	}
	return s.people(ctx, p, study)
}

// people puts a sandbox's sites in, and its invented subjects.
func (s *Service) people(ctx context.Context, p auth.Program, study casebook.StudyID) error {
	sites, err := s.o.Trials.Sites(ctx, p.Study)
	if err != nil {
		return err
	}
	for _, site := range sites {
		if len(p.Sites) > 0 && !slices.Contains(p.Sites, site.ID) {
			continue
		}
		_, err := s.o.Trials.AddSite(ctx, study, trial.Site{ID: site.ID, Name: site.Name, Zone: site.Zone, Country: site.Country})
		if err != nil && !isConflict(err) {
			return err
		}
	}
	own, err := s.o.Trials.Sites(ctx, study)
	if err != nil {
		return err
	}
	there, err := s.o.Trials.Patients(ctx, study, patient.Query{AllSites: true, Limit: 1})
	if err != nil || len(there.Subjects) > 0 {
		return err
	}
	for _, site := range own[:min(len(own), sandboxSites)] {
		for range sandboxSubjects {
			if _, err := s.o.Trials.Enrol(ctx, study, patient.Enrolment{Site: site.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

func isConflict(err error) bool { return err != nil && casebook.KindOf(err) == casebook.Conflict }
