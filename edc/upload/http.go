package upload

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm"
	"casebook/web"
)

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	return []auth.Route{
		{Pattern: "GET /api/v1/studies/{study}/uploads", Policy: auth.SiteInside(auth.FormRead), Handle: s.getAll},
		{Pattern: "POST /api/v1/studies/{study}/uploads", Policy: auth.SiteInside(auth.FormWrite), Handle: s.post},
		{Pattern: "GET /api/v1/studies/{study}/uploads/{upload}", Policy: auth.SiteInside(auth.FormRead), Handle: s.getOne},
		{Pattern: "PUT /api/v1/studies/{study}/uploads/{upload}/pieces/{piece}", Policy: auth.SiteInside(auth.FormWrite), Handle: s.putPiece},
		{Pattern: "POST /api/v1/studies/{study}/uploads/{upload}/decision", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postDecision},
		{Pattern: "POST /api/v1/studies/{study}/uploads/{upload}/again", Policy: auth.SiteInside(auth.FormWrite), Handle: s.postAgain},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

type (
	uploadJSON struct {
		ID        string          `json:"id"`
		Name      string          `json:"name"`
		Size      int64           `json:"size"`
		PieceSize int64           `json:"pieceSize"`
		Pieces    int64           `json:"pieces"` // that are here
		State     string          `json:"state"`
		SHA256    string          `json:"sha256"`
		Format    string          `json:"format"`
		Passed    int64           `json:"passed"`
		Rows      int64           `json:"rows"`
		Tally     Tally           `json:"tally"`
		By        casebook.UserID `json:"by"`
		BegunAt   time.Time       `json:"begunAt"`
		ChangedAt time.Time       `json:"changedAt"`
		Mine      bool            `json:"mine"`
		Trial     bool            `json:"trial"`
	}
	findingJSON struct {
		Line  int64    `json:"line"`
		Code  string   `json:"code"`
		Place string   `json:"place"`
		Note  bool     `json:"note"`
		Text  odm.Text `json:"text"`
	}
)

// JSON is the upload as programs are told of it.
func (u *Upload) JSON(reader casebook.UserID) any {
	return uploadJSON{u.ID, u.Name, u.Size, PieceSize, u.Pieces, u.State, u.SHA256, u.Format, u.Passed, u.Rows, u.Tally, u.By, u.BegunAt, u.ChangedAt, u.By == reader, u.Trial}
}

// JSON is the finding as programs are told of it, in both languages.
func (f *Finding) JSON() any {
	return findingJSON{f.Line, f.Code, f.Place, f.Note, odm.Text{"en": i18n.Text(f.Code, i18n.English, f.Args...), "zh-CN": i18n.Text(f.Code, i18n.Chinese, f.Args...)}}
}

// sees reports whether somebody may know of an upload: who sent it, and who reads every site. The names of subjects of
// other centres may stand in what it says.
func sees(p *auth.Principal, study casebook.StudyID, u *Upload) bool {
	all, _ := p.Sites(auth.FormRead, study)
	return all || u.By == p.User
}

// getAll lists the files that were uploaded to a study, the newest first.
func (s *Service) getAll(w http.ResponseWriter, r *http.Request) error {
	p, out := auth.From(r.Context()), []any{}
	p.Sites(auth.FormRead, studyOf(r))
	all, err := s.All(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	for i := range all {
		if sees(p, studyOf(r), &all[i]) {
			out = append(out, all[i].JSON(p.User))
		}
	}
	return web.JSON(w, http.StatusOK, map[string]any{"uploads": out})
}

// getOne answers one uploaded file: how far it is, and what could not be taken in, by line.
func (s *Service) getOne(w http.ResponseWriter, r *http.Request) error {
	p := auth.From(r.Context())
	u, err := s.Get(r.Context(), studyOf(r), r.PathValue("upload"))
	if !sees(p, studyOf(r), &u) || err != nil {
		if err == nil {
			err = unknown()
		}
		return err
	}
	found, err := s.Findings(r.Context(), studyOf(r), u.ID)
	if err != nil {
		return err
	}
	findings := []any{}
	for i := range found {
		findings = append(findings, found[i].JSON())
	}
	return web.JSON(w, http.StatusOK, map[string]any{"upload": u.JSON(p.User), "findings": findings})
}

// writing is the ctx of somebody who may write at some site of the study, and those sites; nil is everywhere.
func writing(r *http.Request) (p *auth.Principal, at []casebook.SiteID) {
	p = auth.From(r.Context())
	all, at := p.Sites(auth.FormWrite, studyOf(r))
	if all {
		return p, nil
	}
	if at == nil {
		at = []casebook.SiteID{}
	}
	return p, at
}

// acting is the ctx of somebody who writes at these sites.
func acting(r *http.Request, at []casebook.SiteID) context.Context {
	site := casebook.SiteID("")
	if len(at) > 0 {
		site = at[0]
	}
	ctx, _ := auth.Act(r.Context(), auth.FormWrite, studyOf(r), site)
	return ctx
}

// post announces a file: {id, name, size, trial}. It answers the file as the study knows it, so that its sender can go on.
// With trial the file is judged, and waits for a decision.
func (s *Service) post(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Size  int64  `json:"size"`
		Trial bool   `json:"trial,omitzero"`
	}
	p, at := writing(r)
	if err := web.Decode(r, 4<<10, &in); err != nil {
		return err
	}
	u, err := s.Begin(acting(r, at), studyOf(r), in.ID, in.Name, in.Size, at, in.Trial)
	if err != nil {
		return err
	}
	if !sees(p, studyOf(r), &u) { // it is here, and somebody else's
		return casebook.Fail(casebook.Conflict, "upload.known").At("id")
	}
	return web.JSON(w, http.StatusOK, map[string]any{"upload": u.JSON(p.User)})
}

// own finds an upload of whoever asks.
func (s *Service) own(r *http.Request) (p *auth.Principal, at []casebook.SiteID, err error) {
	p, at = writing(r)
	u, err := s.Get(r.Context(), studyOf(r), r.PathValue("upload"))
	if err == nil && u.By != p.User {
		err = unknown()
	}
	return p, at, err
}

// putPiece takes one piece of a file, of upload.pieceSize bytes but for the last.
func (s *Service) putPiece(w http.ResponseWriter, r *http.Request) error {
	p, _, err := s.own(r)
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(r.PathValue("piece"), 10, 64)
	if err != nil || n < 0 {
		return casebook.Fail(casebook.Invalid, "upload.piece", r.PathValue("piece"), PieceSize).At("piece")
	}
	piece, err := web.Bytes(r, PieceSize)
	if err != nil {
		return err
	}
	u, err := s.Put(r.Context(), studyOf(r), r.PathValue("upload"), n, piece)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"upload": u.JSON(p.User)})
}

// postDecision decides on a file that was judged: {take}, whether it is taken in or left out.
func (s *Service) postDecision(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Take bool `json:"take"`
	}
	p, at, err := s.own(r)
	if err == nil {
		err = web.Decode(r, 1<<10, &in)
	}
	if err != nil {
		return err
	}
	u, err := s.Decide(acting(r, at), studyOf(r), r.PathValue("upload"), in.Take)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"upload": u.JSON(p.User)})
}

// postAgain has a file read, or judged, once more, for rows that were set aside.
func (s *Service) postAgain(w http.ResponseWriter, r *http.Request) error {
	p, _, err := s.own(r)
	if err != nil {
		return err
	}
	u, err := s.Again(r.Context(), studyOf(r), r.PathValue("upload"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"upload": u.JSON(p.User)})
}
