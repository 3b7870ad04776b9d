package edc

import (
	"context"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

func (s *Service) stateRoutes() []auth.Route {
	const path = "/api/v1/studies/{study}"
	return []auth.Route{
		{Pattern: "GET " + path + "/subjects/{subject}/standings", Policy: auth.SiteInside(auth.FormRead), Handle: s.standings},
		{Pattern: "GET " + path + "/closures", Policy: auth.SiteInside(auth.FormRead), Handle: s.closures},
		{Pattern: "POST " + path + "/stages", Policy: auth.SiteInside(auth.FormFreeze), Handle: s.moveStages},
		{Pattern: "GET " + path + "/signing", Policy: auth.SiteInside(auth.FormSign), Handle: s.toSign},
		{Pattern: "POST " + path + "/signatures", Policy: auth.SiteInside(auth.FormSign), Handle: s.sign},
		{Pattern: "GET " + path + "/reviews", Policy: auth.SiteInside(auth.FormRead), Handle: s.workList},
		{Pattern: "GET " + formPath + "/reviews", Policy: auth.SiteInside(auth.FormRead), Handle: s.reviews},
		{Pattern: "POST " + formPath + "/reviews", Policy: auth.SiteInside(auth.FormReview), Handle: s.review},
		{Pattern: "GET " + path + "/plan", Policy: auth.SiteInside(auth.FormRead), Handle: s.plan},
		{Pattern: "PUT " + path + "/plan", Policy: auth.InStudy(auth.StudyManage), Handle: s.setPlan},
	}
}

type stageAnswer struct {
	Subject casebook.SubjectID `json:"subject"` // "" for the study
	Scope   string             `json:"scope"`
	Level   string             `json:"level"`
	Title   odm.Text           `json:"title"`
	Stage   record.Stage       `json:"stage"`
	By      casebook.UserID    `json:"by"`
	ByName  string             `json:"byName"`
	At      time.Time          `json:"at"`
}

func stageOf(st *record.Study, o record.StageOf, names func(casebook.UserID) string) stageAnswer {
	return stageAnswer{o.Subject, o.Path, o.Level(), o.Title(st), o.Stage, o.By, names(o.By), o.At}
}

type signature struct {
	record.Manifest
	Subject casebook.SubjectID `json:"subject"`
	Site    casebook.SiteID    `json:"site"`
	Scope   string             `json:"scope"`
	Level   string             `json:"level"`
	Title   odm.Text           `json:"title"`
	Says    odm.Text           `json:"says"` // its meaning, in words
	Holds   bool               `json:"holds"`
	VoidAt  time.Time          `json:"voidAt,omitzero"`
	VoidRef string             `json:"voidRef,omitempty"`
}

// meaning is what a signature says, in both languages.
func meaning(code string) odm.Text {
	switch code {
	case "approval":
		return i18n.Texts("edc.sign.approval")
	case "review":
		return i18n.Texts("edc.sign.review")
	}
	return i18n.Texts("edc.sign.authorship")
}

func signatureOf(st *record.Study, s record.Signature, holds bool) signature {
	return signature{s.Manifest, s.Subject, s.Site, s.Path, s.Level(), s.Title(st), meaning(s.Meaning), holds, s.VoidAt, s.VoidRef}
}

// standings answers what is frozen, locked and signed of a casebook. A signature holds when its digest is that of the
// values as they are, which is computed for each.
func (s *Service) standings(w http.ResponseWriter, r *http.Request) error {
	ctx, subject, err := s.subject(r, auth.FormRead)
	if err != nil {
		return err
	}
	st, err := s.forms.Study(ctx, studyOf(r))
	if err != nil {
		return err
	}
	st = st.At(subject.Site)
	names, err := s.names(r)
	if err != nil {
		return err
	}
	stages, signatures := []stageAnswer{}, []signature{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		all, err := record.StandingsOf(ctx, tx, studyOf(r), subject.ID)
		if err != nil {
			return err
		}
		for _, o := range all.Stages {
			stages = append(stages, stageOf(st, o, names))
		}
		for _, sig := range all.Signatures {
			holds, err := record.Holds(ctx, tx, &sig)
			if err != nil {
				return err
			}
			signatures = append(signatures, signatureOf(st, sig, holds))
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(signatures)
	return web.JSON(w, http.StatusOK, map[string]any{"stages": stages, "signatures": signatures})
}

// closures answers what is frozen or locked in the study, for the lock board.
func (s *Service) closures(w http.ResponseWriter, r *http.Request) error {
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
	answer := []stageAnswer{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		found, err := record.Closures(ctx, tx, study)
		if err != nil {
			return err
		}
		ids := []casebook.SubjectID{}
		for _, o := range found {
			ids = append(ids, o.Subject)
		}
		mine, err := s.sitesOf(ctx, tx, study, ids)
		for _, o := range found {
			if all || o.Subject == "" || slices.Contains(sites, mine[o.Subject]) {
				answer = append(answer, stageOf(st, o, names))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"closures": answer})
}

type partOf struct {
	Subject casebook.SubjectID `json:"subject"`
	Scope   string             `json:"scope"`
	Expect  string             `json:"expect"` // the digest that the signer saw
}

func (p partOf) in(study casebook.StudyID) record.Scope {
	return record.Scope{Study: study, Subject: p.Subject, Path: p.Scope}
}

const maxParts = 500

// stageNeeds is what somebody must be allowed to do for each step.
func stageNeeds(step record.StageStep) auth.Action {
	if step == record.Lock || step == record.Unlock {
		return auth.FormLock
	}
	return auth.FormFreeze
}

// moveStages takes one step on many parts, all or none: {step, reason, parts: [{subject, scope}]}; no subject is the study.
func (s *Service) moveStages(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Step   record.StageStep `json:"step"`
		Reason string           `json:"reason"`
		Parts  []partOf         `json:"parts"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	st, err := s.manyParts(r, in.Parts, in.Reason)
	if err != nil {
		return err
	}
	var stage record.Stage
	err = s.ledger.Write(r.Context(), studyOf(r), func(w *ledger.Writer) error {
		for _, p := range in.Parts {
			ctx, err := s.actOn(r, p, stageNeeds(in.Step))
			if err != nil {
				return err
			}
			if stage, err = s.forms.Move(ctx, w, st, p.in(studyOf(r)), in.Step, in.Reason); err != nil {
				return named(err, p)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"stage": stage, "count": len(in.Parts)})
}

func (s *Service) manyParts(r *http.Request, parts []partOf, reason string) (*record.Study, error) {
	switch {
	case len(parts) == 0 || len(parts) > maxParts:
		return nil, casebook.Fail(casebook.Invalid, "edc.standings_many", maxParts).At("/parts")
	case len(reason) > maxReason:
		return nil, casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/reason")
	}
	return s.forms.Study(r.Context(), studyOf(r))
}

// actOn asks whether this person may act on a part. For the study as a whole that takes a grant for all sites.
func (s *Service) actOn(r *http.Request, p partOf, action auth.Action) (context.Context, error) {
	if p.Subject == "" {
		ctx, ok := auth.Act(r.Context(), action, studyOf(r), "")
		if !ok {
			return nil, casebook.Fail(casebook.Forbidden, "auth.forbidden")
		}
		return ctx, nil
	}
	if _, _, err := s.subjectOf(r, p.Subject, auth.FormRead); err != nil {
		return nil, err
	}
	ctx, _, err := s.subjectOf(r, p.Subject, action)
	if err != nil {
		return nil, casebook.Fail(casebook.Forbidden, "auth.forbidden").At(string(p.Subject))
	}
	return ctx, nil
}

// named says which of many parts an error is about.
func named(err error, p partOf) error {
	if e, ok := err.(*casebook.Error); ok && p.Subject != "" {
		return e.At(string(p.Subject) + " " + e.Place)
	}
	return err
}

// sign signs many parts at once, all or none: {user, password, meaning, zone, parts: [{subject, scope, expect}]}. Who
// signs is proved first; user may be left out within a series of signatures.
func (s *Service) sign(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		User     string   `json:"user"`
		Password string   `json:"password"`
		Meaning  string   `json:"meaning"`
		Zone     string   `json:"zone"`
		Parts    []partOf `json:"parts"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	st, err := s.manyParts(r, in.Parts, "")
	if err != nil {
		return err
	}
	acting := make([]context.Context, len(in.Parts))
	for i, p := range in.Parts {
		if acting[i], err = s.actOn(r, p, auth.FormSign); err != nil {
			return err
		}
	}
	if err := s.Reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	var signed []record.Signature
	err = s.ledger.Write(r.Context(), studyOf(r), func(w *ledger.Writer) error {
		signed = signed[:0]
		for i, p := range in.Parts {
			sig, err := s.forms.Sign(acting[i], w, st, record.Signing{Scope: p.in(studyOf(r)), Name: auth.From(acting[i]).Printed(), Meaning: in.Meaning, Zone: in.Zone, Expect: p.Expect})
			if err != nil {
				return named(err, p)
			}
			signed = append(signed, sig)
		}
		return nil
	})
	if err != nil {
		return err
	}
	answer := []signature{}
	for _, sig := range signed {
		answer = append(answer, signatureOf(st, sig, true))
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"signatures": answer})
}
