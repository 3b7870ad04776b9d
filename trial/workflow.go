package trial

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/odm/formats"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDefinition bounds a definition that is sent as a draft.
const maxDefinition = 20 << 20 // bytes

// workflowRoutes are the addresses of versions on their way: drafts, publication, and which site works by which.
func (s *Service) workflowRoutes() []auth.Route {
	const study, draft = "/api/v1/studies/{study}", "/api/v1/studies/{study}/drafts/{draft}"
	return []auth.Route{
		{Pattern: "GET " + study + "/versions", Policy: auth.InStudy(auth.StudyRead), Handle: s.getVersions},
		{Pattern: "GET " + study + "/versions/diff", Policy: auth.InStudy(auth.StudyRead), Handle: s.getDiff},
		{Pattern: "GET " + study + "/drafts", Policy: auth.InStudy(auth.StudyManage), Handle: s.getDrafts},
		{Pattern: "POST " + study + "/drafts", Policy: auth.InStudy(auth.StudyManage), Handle: s.postDraft},
		{Pattern: "GET " + draft, Policy: auth.InStudy(auth.StudyManage), Handle: s.getDraft},
		{Pattern: "PUT " + draft, Policy: auth.InStudy(auth.StudyManage), Handle: s.putDraft},
		{Pattern: "DELETE " + draft, Policy: auth.InStudy(auth.StudyManage), Handle: s.deleteDraft},
		{Pattern: "POST " + draft + "/validate", Policy: auth.InStudy(auth.StudyManage), Handle: s.postValidate},
		{Pattern: "POST " + draft + "/publish", Policy: auth.InStudy(auth.StudyManage), Handle: s.postPublish},
	}
}

// Published is one line of the list of versions.
type Published struct {
	Number      int             `json:"number"`
	OID         string          `json:"oid"`
	Hash        string          `json:"hash"`
	PublishedAt time.Time       `json:"publishedAt"`
	PublishedBy casebook.UserID `json:"publishedBy"`
	Origin      *Origin         `json:"origin,omitempty"` // of one that was promoted
}

// Versions lists what is published of a study, newest first.
func (s *Service) Versions(ctx context.Context, study casebook.StudyID) (all []Published, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		if _, err := Find(ctx, tx, study); err != nil {
			return err
		}
		all, err = store.All(ctx, tx, func(r *store.Rows) (p Published, err error) {
			var at int64
			var origin string
			err = r.Scan(&p.Number, &p.OID, &p.Hash, &at, &p.PublishedBy, &origin)
			p.PublishedAt = store.Time(at)
			if err == nil && origin != "" {
				err = json.Unmarshal([]byte(origin), &p.Origin)
			}
			return p, err
		}, `SELECT number, oid, hash, published_at, published_by, origin FROM trial_version WHERE study_id = $1 ORDER BY number DESC`, study)
		return err
	})
	return all, err
}

func (s *Service) getVersions(w http.ResponseWriter, r *http.Request) error {
	id := casebook.StudyID(r.PathValue("study"))
	versions, err := s.Versions(r.Context(), id)
	if err != nil {
		return err
	}
	sites, err := s.Sites(r.Context(), id)
	if err != nil {
		return err
	}
	uses, err := s.Uses(r.Context(), id)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"versions": append([]Published{}, versions...), "sites": append([]Site{}, sites...), "uses": append([]Use{}, uses...)})
}

// getDiff answers how ?from=N and ?to=N differ in meaning.
func (s *Service) getDiff(w http.ResponseWriter, r *http.Request) error {
	id := casebook.StudyID(r.PathValue("study"))
	var both [2]*Version
	for i, name := range []string{"from", "to"} {
		asked := r.URL.Query().Get(name)
		number, err := strconv.Atoi(asked)
		if err != nil || number < 1 {
			return casebook.Fail(casebook.Invalid, "trial.version_number", asked).At(name)
		}
		if both[i], err = s.Version(r.Context(), id, number); err != nil {
			return err
		}
	}
	changes := append([]odm.Change{}, odm.Diff(both[0].Definition, both[1].Definition)...)
	return web.JSON(w, http.StatusOK, map[string]any{"from": both[0].Number, "to": both[1].Number, "changes": changes})
}

func (s *Service) getDrafts(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Drafts(r.Context(), casebook.StudyID(r.PathValue("study")))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"drafts": append([]Draft{}, all...)})
}

// draftAnswer is a draft with what keeps it from being published.
type draftAnswer struct {
	Draft
	Problems []problemText `json:"problems"`
	Losses   []odm.Loss    `json:"losses,omitempty"` // of the file that it was read from
}

// postDraft takes in the last version of a definition file of any format that is read; ?name= is the file's name. With
// ?visit=one the forms of a file that names no visits stand in one, since a form is filled in at a visit.
func (s *Service) postDraft(w http.ResponseWriter, r *http.Request) error {
	read, report, err := formats.Read(r.URL.Query().Get("name"), http.MaxBytesReader(w, r.Body, maxDefinition))
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return casebook.Fail(casebook.TooLarge, "request.too_large", large.Limit)
	}
	if err != nil {
		return err
	}
	v, err := formats.Options{}.VersionOf(read)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("visit") == "one" {
		v.InOneVisit()
	}
	d, err := s.SaveDraft(s.managing(r), casebook.StudyID(r.PathValue("study")), v)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, draftAnswer{d, told(s.Problems(v)), report.Losses})
}

// managing is the context of who manages the study, acting in that role.
func (s *Service) managing(r *http.Request) context.Context {
	ctx, _ := auth.Act(r.Context(), auth.StudyManage, casebook.StudyID(r.PathValue("study")), "")
	return ctx
}

// getDraft answers a draft with its content and what keeps it from being published.
func (s *Service) getDraft(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Draft(r.Context(), casebook.StudyID(r.PathValue("study")), r.PathValue("draft"))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+d.Hash+`"`)
	return web.JSON(w, http.StatusOK, struct {
		draftAnswer
		Definition jsontext.Value `json:"definition"`
	}{draftAnswer{d, told(s.Problems(d.Definition)), nil}, jsontext.Value(d.text)})
}

func (s *Service) deleteDraft(w http.ResponseWriter, r *http.Request) error {
	err := s.RemoveDraft(s.managing(r), casebook.StudyID(r.PathValue("study")), r.PathValue("draft"), r.URL.Query().Get("reason"))
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// maxWaivers bounds the list of what is waived.
const maxWaivers = 1 << 20

// postValidate moves a draft on: {hash, waivers}.
func (s *Service) postValidate(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Hash    string   `json:"hash"`
		Waivers []Waiver `json:"waivers"`
	}
	if err := web.Decode(r, maxWaivers, &in); err != nil {
		return err
	}
	d, err := s.Validate(s.managing(r), casebook.StudyID(r.PathValue("study")), r.PathValue("draft"), in.Hash, in.Waivers)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, d)
}

// postPublish publishes a validated draft: {hash}.
func (s *Service) postPublish(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Hash string `json:"hash"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	v, err := s.PublishDraft(s.managing(r), casebook.StudyID(r.PathValue("study")), r.PathValue("draft"), in.Hash)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, Published{v.Number, v.Definition.OID, v.Hash, v.PublishedAt, v.PublishedBy, nil})
}
