package safety

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Options of the service.
type Options struct {
	// Reauthenticate proves before a signature that who is signed in is who signs.
	Reauthenticate func(r *http.Request, user, password string) error
	// Treatment says whether a subject's code was broken, and the treatment where the reader in ctx may know it; nil is a study that
	// blinds nobody by us.
	Treatment func(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) (broken bool, treatment string, err error)
	// Tell tells the people of a study, once however often it is asked, and returns the notice that did, "" when nobody was there; nil tells nobody.
	Tell func(ctx context.Context, study casebook.StudyID, a Alert) (notice string, err error)
	// Code is how a report's text was coded where it stands in a form's row, nil when it was not, or when the form says
	// something else; nil is a study that codes nothing.
	Code func(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID, form, row, text string) (*Term, error)
}

// Service keeps the cases of a study.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World
	forms  *record.Service
	o      Options
	wake   chan struct{}
}

// New returns the service of l's database.
func New(l *ledger.Ledger, forms *record.Service, o Options) *Service {
	return &Service{ledger: l, db: l.DB(), world: l.DB().World(), forms: forms, o: o, wake: make(chan struct{}, 1)}
}

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study, one = "/api/v1/studies/{study}", "/api/v1/studies/{study}/safety/cases/{case}"
	read, sign := auth.SiteInside(auth.SafetyRead), auth.SiteInside(auth.SafetySign)
	return []auth.Route{
		{Pattern: "GET " + study + "/safety/cases", Policy: read, Handle: s.list},
		{Pattern: "POST " + study + "/subjects/{subject}/safety-cases", Policy: auth.SiteInside(auth.SafetyWrite), Handle: s.open},
		{Pattern: "GET " + one, Policy: read, Handle: s.get},
		{Pattern: "PUT " + one + "/draft", Policy: auth.SiteInside(auth.SafetyWrite), Handle: s.putDraft},
		{Pattern: "POST " + one + "/versions", Policy: sign, Handle: s.postVersion},
		{Pattern: "POST " + one + "/nullification", Policy: sign, Handle: s.nullify},
		{Pattern: "POST " + one + "/assessments", Policy: auth.SiteInside(auth.SafetyAssess), Handle: s.assess},
		{Pattern: "POST " + one + "/told", Policy: auth.SiteInside(auth.SafetyTell), Handle: s.tell},
		{Pattern: "GET " + one + "/e2b", Policy: read, Handle: s.export},
		{Pattern: "GET " + study + "/safety/rules", Policy: auth.InStudy(auth.StudyManage), Handle: s.getRules},
		{Pattern: "PUT " + study + "/safety/rules", Policy: auth.InStudy(auth.StudyManage), Handle: s.putRules},
		{Pattern: "GET " + study + "/safety/reconciliation", Policy: auth.SiteInside(auth.SafetyReconcile), Handle: s.reconciliation},
		{Pattern: "GET " + study + "/safety/reconciliation/export", Policy: auth.SiteInside(auth.SafetyReconcile), Handle: s.exportReconciliation},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

const maxBody = 128 << 10

// may says what the reader can do with a case.
type may struct {
	Write  bool `json:"write"`
	Sign   bool `json:"sign"`
	Assess bool `json:"assess"`
	Tell   bool `json:"tell"`
}

// shown is a case as a reader sees it. Drafts are the site's.
type shown struct {
	keep.Record[Case] `json:",embed"`
	SUSAR             bool    `json:"susar"`
	Judged            bool    `json:"judged"` // by the sponsor
	Clocks            []Clock `json:"clocks"`
	May               may     `json:"may"`
}

func (s *Service) show(ctx context.Context, study casebook.StudyID, k keep.Record[Case], r Rules) shown {
	p := auth.From(ctx)
	x := shown{Record: k, Clocks: k.Doc.Clocks(r, s.world.Now()), May: may{Write: p.Allows(auth.SafetyWrite, study, k.Site), Sign: p.Allows(auth.SafetySign, study, k.Site),
		Assess: p.Allows(auth.SafetyAssess, study, k.Site), Tell: p.Allows(auth.SafetyTell, study, k.Site)}}
	x.SUSAR, x.Judged = k.Doc.SUSAR()
	if !x.May.Write {
		x.Doc.Draft = nil
	}
	return x
}

// next is when something of a case is due next; a case without comes last.
func (x *shown) next() time.Time {
	for _, k := range x.Clocks {
		if k.Done.IsZero() {
			return k.Due
		}
	}
	return time.Unix(1<<40, 0)
}

// list answers the cases of the reader's sites, what is due next first, with the time of the answer.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	ctx, study := r.Context(), studyOf(r)
	sees, writes := site.Sight(r, auth.SafetyRead), site.Sight(r, auth.SafetyWrite)
	all, names, rule := []shown{}, map[casebook.SiteID]odm.Text{}, keep.Record[Rules]{}
	write := false
	err := s.db.View(ctx, func(tx *store.Tx) error {
		sites, err := trial.SitesOf(ctx, tx, study)
		if err != nil {
			return err
		}
		for _, at := range sites {
			if sees(at.ID) {
				names[at.ID], write = at.Name, write || writes(at.ID)
			}
		}
		if rule, err = rulesOf(ctx, tx, study); err != nil {
			return err
		}
		found, err := keep.List[Case](ctx, tx, study, cases)
		for _, k := range found {
			if sees(k.Site) && (k.Doc.Versions > 0 || writes(k.Site)) {
				all = append(all, s.show(ctx, study, k, rule.Doc))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b shown) int { return cmp.Or(a.next().Compare(b.next()), strings.Compare(b.ID, a.ID)) })
	return web.JSON(w, http.StatusOK, map[string]any{"asOf": s.world.Now().UTC(), "cases": all, "sites": names, "write": write, "log": rule.Doc.Log != nil, "message": rule.Doc.Message != nil})
}

// one is a case with its versions.
type one struct {
	shown    `json:",embed"`
	AsOf     time.Time `json:"asOf"`
	Versions []version `json:"reports"`
	Blind    blind     `json:"blind"`
	Message  bool      `json:"message"` // the study says what a message of E2B(R3) needs
}

type version struct {
	Version `json:",embed"`
	Clock   Clock `json:"clock"`
}

// blind is what the reader may know of the treatment.
type blind struct {
	Broken    bool   `json:"broken"` // somebody had the code opened
	Treatment string `json:"treatment,omitempty"`
}

func (s *Service) get(w http.ResponseWriter, r *http.Request) error {
	k, err := s.enter(r)
	if err != nil {
		return err
	}
	return s.answer(r.Context(), w, studyOf(r), http.StatusOK, k)
}

func (s *Service) answer(ctx context.Context, w http.ResponseWriter, study casebook.StudyID, status int, k keep.Record[Case]) error {
	out := one{AsOf: s.world.Now().UTC(), Versions: []version{}}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rule, err := rulesOf(ctx, tx, study)
		if err != nil {
			return err
		}
		out.shown, out.Message = s.show(ctx, study, k, rule.Doc), rule.Doc.Message != nil
		all, err := versions(ctx, tx, study, k)
		for _, v := range all {
			out.Versions = append(out.Versions, version{v, v.kept()})
		}
		if err != nil {
			return err
		}
		was, err := keep.Find[told](ctx, tx, study, alerted, k.ID)
		out.Doc.Told = append(slices.Clone(was.Doc.Told), k.Doc.Told...)
		if err == nil && s.o.Treatment != nil {
			out.Blind.Broken, out.Blind.Treatment, err = s.o.Treatment(ctx, tx, study, k.Doc.Subject)
		}
		return err
	})
	if err != nil {
		return err
	}
	if out.Blind.Treatment != "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	return web.JSON(w, status, out)
}

// enter returns the case of the address. One of a foreign site, and one that only its site may see yet, is answered like one that is not there.
func (s *Service) enter(r *http.Request) (k keep.Record[Case], err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		k, err = Find(r.Context(), tx, studyOf(r), r.PathValue("case"))
		return err
	})
	p := auth.From(r.Context())
	sees := p.Allows(auth.SafetyRead, studyOf(r), k.Site) && (k.Doc.Versions > 0 || p.Allows(auth.SafetyWrite, studyOf(r), k.Site))
	if err == nil && !sees {
		err = unknown()
	}
	return k, err
}

// open opens a case of a subject with the draft of its initial report.
func (s *Service) open(w http.ResponseWriter, r *http.Request) error {
	study, id := studyOf(r), casebook.SubjectID(r.PathValue("subject"))
	var p patient.Subject
	err := s.db.View(r.Context(), func(tx *store.Tx) (err error) { p, err = patient.Find(r.Context(), tx, study, id); return err })
	ctx, ok := auth.Act(r.Context(), auth.SafetyWrite, study, p.Site)
	if err == nil && !ok {
		err = patient.Unknown(id)
	}
	if err != nil {
		return err
	}
	var in Draft
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	var k keep.Record[Case]
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		_, err := patient.Hold(ctx, w.Tx, study, id)
		if err == nil {
			k, err = Open(ctx, w, p, in) // at the site that was asked about: a subject who has left it is unknown there
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.answer(ctx, w, study, http.StatusCreated, k)
}

// change takes one step on the case of the address for who may do action: body is read into in, and do is done in one write.
func (s *Service) change(w http.ResponseWriter, r *http.Request, action auth.Action, in any, prove func() error, do func(ctx context.Context, w *ledger.Writer, k keep.Record[Case]) (keep.Record[Case], error)) error {
	study := studyOf(r)
	k, err := s.enter(r)
	if err != nil {
		return err
	}
	ctx, ok := auth.Act(r.Context(), action, study, k.Site)
	if !ok {
		return casebook.Fail(casebook.Forbidden, "auth.forbidden")
	}
	if err := web.Decode(r, maxBody, in); err != nil {
		return err
	}
	if prove != nil {
		if err := prove(); err != nil {
			return err
		}
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		if k, err = Find(ctx, w.Tx, study, k.ID); err == nil {
			k, err = do(ctx, w, k)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.answer(ctx, w, study, http.StatusOK, k)
}

// putDraft keeps the draft of the next version; without a report it is thrown away.
func (s *Service) putDraft(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version int64   `json:"version"`
		Report  *Report `json:"report"`
	}
	return s.change(w, r, auth.SafetyWrite, &in, nil, func(ctx context.Context, w *ledger.Writer, k keep.Record[Case]) (keep.Record[Case], error) {
		return Write(ctx, w, k, in.Version, in.Report)
	})
}

// signing is what a signed step brings.
type signing struct {
	Version  int64  `json:"version"`
	Reason   string `json:"reason,omitempty"`
	User     string `json:"user"`
	Password string `json:"password"`
}

// postVersion submits the draft with the investigator's signature.
func (s *Service) postVersion(w http.ResponseWriter, r *http.Request) error {
	var in signing
	prove := func() error { return s.o.Reauthenticate(r, in.User, in.Password) }
	err := s.change(w, r, auth.SafetySign, &in, prove, func(ctx context.Context, w *ledger.Writer, k keep.Record[Case]) (keep.Record[Case], error) {
		k, _, err := Submit(ctx, w, k, in.Version, auth.From(ctx).Printed())
		return k, err
	})
	if err == nil {
		s.rouse()
	}
	return err
}

// nullify says that a case was none.
func (s *Service) nullify(w http.ResponseWriter, r *http.Request) error {
	var in signing
	prove := func() error { return s.o.Reauthenticate(r, in.User, in.Password) }
	return s.change(w, r, auth.SafetySign, &in, prove, func(ctx context.Context, w *ledger.Writer, k keep.Record[Case]) (keep.Record[Case], error) {
		return Nullify(ctx, w, k, in.Version, in.Reason)
	})
}

// assess keeps the sponsor's judgement.
func (s *Service) assess(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version   int64     `json:"version"`
		Causality Causality `json:"causality"`
		Expected  bool      `json:"expected"`
		Comment   string    `json:"comment,omitempty"`
		Reason    string    `json:"reason,omitempty"`
	}
	return s.change(w, r, auth.SafetyAssess, &in, nil, func(ctx context.Context, w *ledger.Writer, k keep.Record[Case]) (keep.Record[Case], error) {
		return Assess(ctx, w, k, in.Version, Assessment{Causality: in.Causality, Expected: in.Expected, Comment: in.Comment}, in.Reason)
	})
}

// tell writes down that somebody was told.
func (s *Service) tell(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version int64     `json:"version"`
		To      Recipient `json:"to"`
		Name    string    `json:"name"`
		Report  int       `json:"report"` // the number of the version that they have
		On      time.Time `json:"on"`
	}
	return s.change(w, r, auth.SafetyTell, &in, nil, func(ctx context.Context, w *ledger.Writer, k keep.Record[Case]) (keep.Record[Case], error) {
		return Forward(ctx, w, k, in.Version, Told{To: in.To, Name: in.Name, Version: in.Report, On: in.On})
	})
}

// getRules answers the study's rules, what the names of its definition let one guess, and what there is to choose from.
func (s *Service) getRules(w http.ResponseWriter, r *http.Request) error {
	st, err := s.forms.Study(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	out := struct {
		Version int64        `json:"version"`
		Rules   Rules        `json:"rules"`
		Guess   *Log         `json:"guess,omitempty"`
		Forms   []formChoice `json:"forms"`
	}{Guess: Guess(st), Forms: choices(st)}
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		k, err := rulesOf(r.Context(), tx, studyOf(r))
		out.Version, out.Rules = k.Version, k.Doc
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

// putRules sets where the casebooks keep adverse events, the times of notices, and what messages say.
func (s *Service) putRules(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version int64  `json:"version"`
		Rules   Rules  `json:"rules"`
		Reason  string `json:"reason,omitempty"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	ctx, study := r.Context(), studyOf(r)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error { return SetRules(ctx, w, st, in.Version, in.Rules, in.Reason) })
	if err != nil {
		return err
	}
	return s.getRules(w, r)
}

// reconciliation answers in what the casebooks and the cases of the reader's sites differ.
func (s *Service) reconciliation(w http.ResponseWriter, r *http.Request) error {
	found, err := s.reconcile(r)
	if err != nil {
		return err
	}
	if found.Differences == nil {
		found.Differences = []Difference{}
	}
	return web.JSON(w, http.StatusOK, found)
}

func (s *Service) reconcile(r *http.Request) (Reconciliation, error) {
	var q patient.Query
	q.AllSites, q.Sites = auth.From(r.Context()).Sites(auth.SafetyReconcile, studyOf(r))
	return s.Reconcile(r.Context(), studyOf(r), q, site.Sight(r, auth.SafetyReconcile))
}

// exportReconciliation is the same as CSV.
func (s *Service) exportReconciliation(w http.ResponseWriter, r *http.Request) error {
	found, err := s.reconcile(r)
	if err != nil {
		return err
	}
	err = s.ledger.Write(r.Context(), studyOf(r), func(w *ledger.Writer) error {
		w.Record(r.Context(), ledger.Entry{What: Exported, Ref: "reconciliation", New: strconv.Itoa(len(found.Differences))})
		return nil
	})
	if err != nil {
		return err
	}
	out, err := web.NewSheet(w, "safety-reconciliation", "study", "kind", "site", "subject", "case", "form", "row", "in_casebook", "in_case")
	for _, d := range found.Differences {
		if err == nil {
			err = out.Line(string(studyOf(r)), d.Kind, string(d.Site), string(d.Subject), d.Case, d.Form, d.Row, d.Log, d.Said)
		}
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}
