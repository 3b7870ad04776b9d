package definition

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm"
	"casebook/odm/formats"
	"casebook/record"
	"casebook/trial"
	"casebook/web"
)

// maxFile bounds a definition file that is looked at.
const maxFile = 20 << 20 // bytes

// Service shows the definitions that trials holds.
type Service struct{ trials *trial.Service }

// New returns a service over the published versions of trials.
func New(trials *trial.Service) *Service { return &Service{trials} }

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const at = "/api/v1/studies/{study}/definition"
	return []auth.Route{
		{Pattern: "GET " + at + "/rules", Policy: auth.InStudy(auth.StudyRead), Handle: s.getRules},
		{Pattern: "GET " + at + "/specification", Policy: auth.InStudy(auth.StudyRead), Handle: s.getSpecification},
		{Pattern: "GET " + at + "/crf", Policy: auth.InStudy(auth.StudyRead), Handle: s.getCRF},
		{Pattern: "GET " + at + "/file", Policy: auth.InStudy(auth.StudyRead), Handle: s.getFile},
		{Pattern: "POST /api/v1/studies/{study}/promotions", Policy: auth.InStudy(auth.StudyManage), Handle: s.postPromotion},
		{Pattern: "POST " + at + "/check", Policy: auth.InStudy(auth.StudyManage), Handle: s.postCheck},
	}
}

// version is the version that a request asks for with ?version=N; without it, the newest.
func (s *Service) version(r *http.Request) (*trial.Version, error) {
	number := 0
	if asked := r.URL.Query().Get("version"); asked != "" {
		var err error
		if number, err = strconv.Atoi(asked); err != nil || number < 1 {
			return nil, casebook.Fail(casebook.Invalid, "trial.version_number", asked).At("version")
		}
	}
	return s.trials.Version(r.Context(), casebook.StudyID(r.PathValue("study")), number)
}

// getRules lists the rules of a version, each with what it reads and where it stands. A rule that does not run says why.
func (s *Service) getRules(w http.ResponseWriter, r *http.Request) error {
	v, err := s.version(r)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Version int    `json:"version"`
		Hash    string `json:"hash"`
		Rules   []Rule `json:"rules"`
	}{v.Number, v.Hash, Rules(v.Definition, texts)})
}

// texts are an error's sentences by language.
func texts(err error) map[string]string {
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok {
		return map[string]string{"": err.Error()}
	}
	return i18n.Texts(e.Code, e.Args...)
}

// postCheck reads a definition file of any format and tells what it holds and what would be lost; nothing is kept. ?name=
// is the file's name.
func (s *Service) postCheck(w http.ResponseWriter, r *http.Request) error {
	study, report, err := formats.Read(path.Base(r.URL.Query().Get("name")), http.MaxBytesReader(w, r.Body, maxFile))
	if err != nil {
		return unread(err)
	}
	found := Examine(study, report)
	type version struct {
		OID  string `json:"oid"`
		Name string `json:"name"`
		Hash string `json:"hash"`
	}
	versions := []version{}
	for _, v := range study.Versions {
		versions = append(versions, version{v.OID, v.Name, v.Hash()})
	}
	return web.JSON(w, http.StatusOK, struct {
		Study string `json:"study"`
		Name  string `json:"name"`
		Examined
		Versions []version `json:"versions"` // the last is the one that becomes a draft
	}{study.OID, study.Name, found, versions})
}

// unread is why a file could not be read: too large, or what its reader says.
func unread(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return casebook.Fail(casebook.TooLarge, "request.too_large", large.Limit)
	}
	return err
}

// language is ?lang=, en without it.
func language(r *http.Request) (string, error) {
	switch lang := r.URL.Query().Get("lang"); lang {
	case "", "en":
		return "en", nil
	case "zh-CN":
		return lang, nil
	default:
		return "", casebook.Fail(casebook.Invalid, "definition.language", lang).At("lang")
	}
}

// send answers a file that is made of a version.
func send(w http.ResponseWriter, kind, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "private, no-cache")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}

// study is a version as a study of its own, for what writes studies.
func (s *Service) study(r *http.Request) (*odm.Study, *trial.Version, error) {
	v, err := s.version(r)
	if err != nil {
		return nil, nil, err
	}
	t, err := s.trials.Get(r.Context(), v.Study)
	if err != nil {
		return nil, nil, err
	}
	return &odm.Study{OID: string(t.ID), Name: t.Name, Description: t.Description, ProtocolName: t.Name, Units: v.Definition.Units, Versions: []*odm.Version{v.Definition}}, v, nil
}

// getSpecification answers the edit-check specification of a version, as Markdown, in ?lang=.
func (s *Service) getSpecification(w http.ResponseWriter, r *http.Request) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	study, v, err := s.study(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := Specification(&out, study, v.Definition, lang); err != nil {
		return err
	}
	return send(w, "text/markdown; charset=utf-8", study.OID+"-"+v.Definition.OID+"-checks-"+lang+".md", out.Bytes())
}

// Specification writes the edit-check specification of a version: every rule, where it stands, and whether it runs.
func Specification(w io.Writer, study *odm.Study, v *odm.Version, lang string) error {
	idle := map[odm.Place]string{}
	for _, k := range record.Compile(v, 0).Kept {
		idle[odm.Place{Path: k.Place, Code: k.Code}] = texts(k.Why)[lang]
	}
	return odm.Specification(w, study, v, lang, idle)
}

// getFile answers a version as a definition file in ?format=; of formats that hold one form, ?form= says which.
func (s *Service) getFile(w http.ResponseWriter, r *http.Request) error {
	asked := r.URL.Query()
	f, err := formats.Called(asked.Get("format"))
	if err != nil {
		return err
	}
	if f.Write == nil {
		return casebook.Fail(casebook.Invalid, "odm.format.read_only", f.Name).At("format")
	}
	study, v, err := s.study(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if _, err := f.Write(&out, study, formats.Options{Created: v.PublishedAt, System: "casebook", Form: asked.Get("form")}); err != nil {
		return err
	}
	return send(w, "application/octet-stream", study.OID+"-"+v.Definition.OID+f.Extension, out.Bytes())
}

// getCRF answers the forms of a version on paper, as PDF, in ?lang=: blank, or with ?annotated=true beside each item its
// OID, type, codes and rules. ?form= is the only form.
func (s *Service) getCRF(w http.ResponseWriter, r *http.Request) error {
	lang, err := language(r)
	if err != nil {
		return err
	}
	study, v, err := s.study(r)
	if err != nil {
		return err
	}
	t, err := s.trials.Get(r.Context(), v.Study)
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	how := Print{Study: t.Name, Purpose: purpose(t.Environment), Lang: lang, Annotated: asked.Get("annotated") == "true", Form: asked.Get("form"), Number: v.Number, At: v.PublishedAt}
	if how.Form != "" && v.Index.Form(how.Form) == nil {
		return casebook.Fail(casebook.NotFound, "record.form_unknown", how.Form).At("form")
	}
	var out bytes.Buffer
	if err := CRF(&out, v.Definition, how); err != nil {
		return err
	}
	name := map[bool]string{true: "-acrf-", false: "-crf-"}[how.Annotated]
	return send(w, "application/pdf", study.OID+"-"+v.Definition.OID+name+lang+".pdf", out.Bytes())
}

// purpose is what is said of a study on paper: nothing of one with real patients.
func purpose(e trial.Environment) string {
	if e == trial.Production {
		return ""
	}
	return string(e)
}
