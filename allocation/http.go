package allocation

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/patient"
	"casebook/store"
	"casebook/web"
)

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// maxBody bounds a list that is brought, and maxSmall every other body.
const (
	maxBody  = 2 << 20
	maxSmall = 16 << 10
)

// may says what the reader can do.
type may struct {
	Randomise bool `json:"randomise"`
	Unblind   bool `json:"unblind"`
	Treatment bool `json:"treatment"` // sees what is given
}

func mayAt(ctx context.Context, study casebook.StudyID, at casebook.SiteID) may {
	p := auth.From(ctx)
	return may{p.Allows(auth.SubjectRandomise, study, at), p.Allows(auth.SubjectUnblind, study, at), p.Allows(auth.TreatmentManage, study, "")}
}

// overview answers the subjects of the reader's sites that are randomised, newest first. It tells no treatment.
func (s *Service) overview(w http.ResponseWriter, r *http.Request) error {
	ctx, study := r.Context(), studyOf(r)
	all, sites := auth.From(ctx).Sites(auth.SubjectRead, study)
	out := struct {
		Ready    bool         `json:"ready"` // there is a list in use
		Subjects []Assignment `json:"subjects"`
		May      may          `json:"may"`
	}{Subjects: []Assignment{}, May: mayAt(ctx, study, "")}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		_, err := inUse(ctx, tx, study)
		out.Ready = err == nil
		if err != nil && casebook.KindOf(err) != casebook.Conflict {
			return err
		}
		given, err := store.All(ctx, tx, scanAssignment, `SELECT `+assignmentColumns+` FROM allocation_subject WHERE study_id = $1 ORDER BY taken_at DESC, subject_id`, study)
		if err != nil {
			return err
		}
		subjects, err := s.where(ctx, tx, study, given)
		for _, a := range given {
			if all || slices.Contains(sites, subjects[a.Subject].Site) {
				out.Subjects = append(out.Subjects, a)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

// where are the subjects as they stand: a transferred one is seen by its new site.
func (s *Service) where(ctx context.Context, tx *store.Tx, study casebook.StudyID, given []Assignment) (map[casebook.SubjectID]patient.Subject, error) {
	found := map[casebook.SubjectID]patient.Subject{}
	for some := range slices.Chunk(given, patient.MaxLimit) {
		ids := make([]casebook.SubjectID, len(some))
		for i, a := range some {
			ids[i] = a.Subject
		}
		part, err := patient.FindAll(ctx, tx, study, ids)
		if err != nil {
			return nil, err
		}
		for id, p := range part {
			found[id] = p
		}
	}
	return found, nil
}

// enter finds the subject of the address, at whose site this person may do action. A foreign one is answered like one
// that is not there.
func (s *Service) enter(r *http.Request, action auth.Action) (context.Context, patient.Subject, error) {
	id := casebook.SubjectID(r.PathValue("subject"))
	p, err := s.patients.Get(r.Context(), studyOf(r), id)
	ctx, ok := auth.Act(r.Context(), action, studyOf(r), p.Site)
	if err == nil && !ok {
		err = patient.Unknown(id)
	}
	return ctx, p, err
}

// standing is a subject as everybody who may see it may know it: randomised or not, and what is still lacking.
type standing struct {
	Subject    casebook.SubjectID `json:"subject"`
	Randomised bool               `json:"randomised"`
	Assignment *Assignment        `json:"assignment,omitempty"`
	Given      []Given            `json:"given"`           // what the list in use asks of the subject
	Lacks      string             `json:"lacks,omitempty"` // the code of why it cannot be randomised
	Unblinded  []seen             `json:"unblinded"`       // who had the treatment opened, and when
	May        may                `json:"may"`
}

// getSubject tells whether a subject is randomised, and if not, what is lacking. It tells no treatment.
func (s *Service) getSubject(w http.ResponseWriter, r *http.Request) error {
	ctx, p, err := s.enter(r, auth.SubjectRead)
	if err != nil {
		return err
	}
	return s.answer(ctx, w, r, http.StatusOK, p)
}

func (s *Service) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, status int, p patient.Subject) error {
	var out standing
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = s.standing(ctx, tx, studyOf(r), p)
		return err
	})
	if err != nil {
		return err
	}
	out.May = mayAt(r.Context(), studyOf(r), p.Site)
	return web.JSON(w, status, out)
}

func (s *Service) standing(ctx context.Context, tx *store.Tx, study casebook.StudyID, p patient.Subject) (out standing, err error) {
	out = standing{Subject: p.ID, Given: []Given{}, Unblinded: []seen{}}
	a, has, err := Of(ctx, tx, study, p.ID)
	if err != nil {
		return out, err
	}
	if has {
		out.Randomised, out.Assignment = true, &a
		out.Unblinded, err = looksAt(ctx, tx, study, p.ID)
		return out, err
	}
	l, _, err := ready(ctx, tx, study, p)
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		out.Lacks = e.Code
	} else if err != nil {
		return out, err
	}
	if l.ID != "" {
		given, err := l.Design.look(ctx, tx, study, p)
		out.Given = append(out.Given, given...)
		return out, err
	}
	return out, nil
}

// postSubject randomises a subject.
func (s *Service) postSubject(w http.ResponseWriter, r *http.Request) error {
	ctx, p, err := s.enter(r, auth.SubjectRandomise)
	if err != nil {
		return err
	}
	if err := web.Decode(r, maxSmall, &struct{}{}); err != nil {
		return err
	}
	if _, err := s.Randomise(ctx, studyOf(r), p.ID); err != nil {
		return err
	}
	return s.answer(ctx, w, r, http.StatusCreated, p)
}

// revealed is a treatment, for whoever has just had it opened.
type revealed struct {
	Unblinding string             `json:"unblinding"`
	Subject    casebook.SubjectID `json:"subject"`
	Number     string             `json:"number"`
	Treatment  string             `json:"treatment"`
}

// postUnblinding answers a subject's treatment in an emergency: with a chosen reason, one in words, and a signature.
func (s *Service) postUnblinding(w http.ResponseWriter, r *http.Request) error {
	ctx, p, err := s.enter(r, auth.SubjectUnblind)
	if err != nil {
		return err
	}
	var in struct {
		Reason   Reason `json:"reason"`
		Text     string `json:"text"`
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	if err := s.reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	a, treatment, u, err := s.Unblind(ctx, studyOf(r), p.ID, in.Reason, in.Text, auth.From(ctx).Printed())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusCreated, revealed{u.ID, p.ID, a.Number, treatment})
}

// getLists answers the lists without what is sealed.
func (s *Service) getLists(w http.ResponseWriter, r *http.Request) error {
	out := []List{}
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		all, err := lists(r.Context(), tx, studyOf(r))
		out = append(out, all...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"lists": out})
}

// postList makes a list by lot, or takes in the one that csv holds, as a draft.
func (s *Service) postList(w http.ResponseWriter, r *http.Request) error {
	var in Plan
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	l, err := s.Make(r.Context(), studyOf(r), in)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, l)
}

// opened is a list with what is sealed, and who has its places.
type opened struct {
	List        List         `json:",embed"`
	Contents    Contents     `json:"contents"`
	Subjects    []Assignment `json:"subjects"`
	Unblindings []Unblinding `json:"unblindings"` // with their texts
}

// getList opens a list: looking is an entry of the ledger.
func (s *Service) getList(w http.ResponseWriter, r *http.Request) error {
	l, c, given, looks, err := s.Look(r.Context(), studyOf(r), r.PathValue("list"))
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusOK, opened{l, c, append([]Assignment{}, given...), looks})
}

// postRelease puts a draft in use, with a signature.
func (s *Service) postRelease(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	if err := s.reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	l, err := s.Release(r.Context(), studyOf(r), r.PathValue("list"), auth.From(r.Context()).Printed())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, l)
}

// postClosing closes a list: it gives no more places.
func (s *Service) postClosing(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxSmall, &in); err != nil {
		return err
	}
	l, err := s.Close(r.Context(), studyOf(r), r.PathValue("list"), in.Reason)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, l)
}
