package site

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/web"
)

// Profile is a site's institution as this study knows it.
type Profile struct {
	Institution  odm.Text  `json:"institution"`
	Code         string    `json:"code,omitempty"` // 统一社会信用代码 (GB 32100), by which projects of one hospital are brought together
	Address      string    `json:"address,omitempty"`
	Departments  []string  `json:"departments,omitempty"`
	Contacts     []Contact `json:"contacts,omitempty"`
	Investigator string    `json:"investigator,omitempty"` // the person who is the principal investigator
}

// Contact is somebody at the institution to turn to: the office, the ethics committee, the pharmacy.
type Contact struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	Department string `json:"department,omitempty"`
	Phone      string `json:"phone,omitempty"`
	Email      string `json:"email,omitempty"`
}

// Person is somebody who works at a site, with or without an account.
type Person struct {
	Name       odm.Text        `json:"name"`
	User       casebook.UserID `json:"user,omitempty"`
	Department string          `json:"department,omitempty"`
	Title      string          `json:"title,omitempty"` // the profession: physician, nurse, CRC
	Papers     []Paper         `json:"papers,omitempty"`
	Trainings  []Training      `json:"trainings,omitempty"`
}

// Paper is a document that shows what somebody is fit for.
type Paper struct {
	Kind    string    `json:"kind"` // cv, gcp, licence
	Number  string    `json:"number,omitempty"`
	Issued  plan.Date `json:"issued,omitzero"`
	Expires plan.Date `json:"expires,omitzero"` // zero when it does not
}

// Training is one that somebody has been through.
type Training struct {
	Code string    `json:"code"` // protocol, edc, …
	On   plan.Date `json:"on"`
}

// PaperKinds are the kinds of paper.
var PaperKinds = []string{"cv", "gcp", "licence"}

// GCP is the training that a certificate shows, as long as it has not expired.
const GCP = "gcp"

// Required is which trainings somebody needs before a role is given to them.
type Required struct {
	Roles map[auth.Role][]string `json:"roles"`
}

// usual holds where a study says nothing else.
var usual = Required{Roles: map[auth.Role][]string{
	auth.Investigator: {GCP, "protocol"},
	auth.Coordinator:  {GCP, "protocol", "edc"},
}}

// socialCode is the form of a unified social credit code (GB 32100-2015).
var socialCode = regexp.MustCompile(`^[0-9A-HJ-NPQRTUWXY]{18}$`)

var trainingCode = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func (p *Profile) check() error {
	if p.Institution.In("en") == "" {
		return casebook.Fail(casebook.Invalid, "site.text_missing").At("/institution")
	}
	if p.Code != "" && !socialCode.MatchString(p.Code) {
		return casebook.Fail(casebook.Invalid, "site.institution_code", p.Code).At("/code")
	}
	if len(p.Departments) > 100 || len(p.Contacts) > 100 {
		return casebook.Fail(casebook.Invalid, "site.too_many", 100).At("/contacts")
	}
	lines := map[string]string{"/address": p.Address, "/institution": strings.Join([]string{p.Institution["en"], p.Institution["zh-CN"]}, "")}
	for i, d := range p.Departments {
		lines["/departments/"+itoa(i)] = d
	}
	for i, c := range p.Contacts {
		if err := Fits("/contacts/"+itoa(i)+"/name", c.Name, true, maxLine); err != nil {
			return err
		}
		lines["/contacts/"+itoa(i)] = c.Role + c.Department + c.Phone + c.Email
	}
	return fitAll(lines)
}

// fitAll is Fits for many lines that may be empty.
func fitAll(lines map[string]string) error {
	for place, text := range lines {
		if err := Fits(place, text, false, maxLine); err != nil {
			return err
		}
	}
	return nil
}

func (p *Person) check() error {
	if p.Name.In("en") == "" {
		return casebook.Fail(casebook.Invalid, "site.text_missing").At("/name")
	}
	if len(p.Papers) > 50 || len(p.Trainings) > 50 {
		return casebook.Fail(casebook.Invalid, "site.too_many", 50).At("/papers")
	}
	lines := map[string]string{"/name": p.Name["en"] + p.Name["zh-CN"], "/department": p.Department, "/title": p.Title, "/user": string(p.User)}
	for i, x := range p.Papers {
		at := "/papers/" + itoa(i)
		switch {
		case !slices.Contains(PaperKinds, x.Kind):
			return casebook.Fail(casebook.Invalid, "site.paper_kind", x.Kind).At(at + "/kind")
		case x.Expires > 0 && x.Expires <= x.Issued:
			return casebook.Fail(casebook.Invalid, "site.paper_dates").At(at + "/expires")
		}
		lines[at+"/number"] = x.Number
	}
	for i, x := range p.Trainings {
		if !trainingCode.MatchString(x.Code) || x.On == 0 {
			return casebook.Fail(casebook.Invalid, "site.training", x.Code).At("/trainings/" + itoa(i))
		}
	}
	return fitAll(lines)
}

// missing lists the trainings that somebody lacks for a role on a day. Who has an unexpired GCP certificate has GCP.
func (p *Person) missing(required Required, role auth.Role, on plan.Date) (codes []string) {
	for _, code := range required.Roles[role] {
		trained := slices.ContainsFunc(p.Trainings, func(t Training) bool { return t.Code == code && t.On <= on })
		if code == GCP {
			trained = slices.ContainsFunc(p.Papers, func(x Paper) bool { return x.Kind == GCP && x.Issued <= on && (x.Expires == 0 || x.Expires >= on) })
		}
		if !trained {
			codes = append(codes, code)
		}
	}
	return codes
}

// requiredIn returns the study's rule of training.
func requiredIn(ctx context.Context, tx *store.Tx, study casebook.StudyID) (keep.Record[Required], error) {
	k, err := keep.Find[Required](ctx, tx, study, trainings, "")
	if err == nil && k.Version == 0 {
		k.Doc = usual
	}
	return k, err
}

// Warning is a paper that has expired, or soon will.
type Warning struct {
	Person  string    `json:"person"`
	Name    odm.Text  `json:"name"`
	Paper   string    `json:"paper"`
	Expires plan.Date `json:"expires"`
	Days    int       `json:"days"` // left; below 0 it has expired
}

// ahead is how many days before a paper expires somebody is told.
const ahead = 60

// warnings lists the papers of who works at a site that expire within 60 days or have expired, those longest ago first.
// Of each kind only the paper that lasts longest counts: an old certificate beside its renewal is history.
func warnings(team []keep.Record[Person], today plan.Date) []Warning {
	all := []Warning{}
	for _, p := range team {
		lasts := map[string]plan.Date{}
		for _, x := range p.Doc.Papers {
			until := x.Expires
			if until == 0 {
				until = forever
			}
			lasts[x.Kind] = max(lasts[x.Kind], until)
		}
		for _, paper := range PaperKinds {
			if until, has := lasts[paper]; has && until != forever && int(until-today) <= ahead {
				all = append(all, Warning{p.ID, p.Doc.Name, paper, until, int(until - today)})
			}
		}
	}
	slices.SortFunc(all, func(a, b Warning) int { return cmp.Or(cmp.Compare(a.Days, b.Days), cmp.Compare(a.Person, b.Person)) })
	return all
}

const forever plan.Date = 1 << 30

// team is what a site's page of people shows.
type team struct {
	Site        casebook.SiteID           `json:"site"`
	Today       plan.Date                 `json:"today"`
	Profile     keep.Record[Profile]      `json:"profile"`
	Warnings    []Warning                 `json:"warnings"`
	People      []member                  `json:"people"`
	Delegations []keep.Record[Delegation] `json:"delegations"` // those that wait for a signature first, then those that hold
	Required    keep.Record[Required]     `json:"required"`
	Roles       []auth.Role               `json:"roles"`  // that may be delegated
	Signer      bool                      `json:"signer"` // the reader is the principal investigator
}

// member is somebody with what they lack for each role.
type member struct {
	keep.Record[Person] `json:",embed"`
	Lacks               map[auth.Role][]string `json:"lacks"`
}

func (s *Service) getTeam(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteRead)
	if err != nil {
		return err
	}
	out := team{Site: at.ID, Today: Today(s.world.Now(), at.Zone), People: []member{}, Roles: Delegable}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if out.Profile, err = keep.Find[Profile](ctx, tx, studyOf(r), profiles, string(at.ID)); err != nil {
			return err
		}
		if out.Required, err = requiredIn(ctx, tx, studyOf(r)); err != nil {
			return err
		}
		all, err := keep.ListAt[Person](ctx, tx, studyOf(r), persons, at.ID)
		if err != nil {
			return err
		}
		out.Warnings = warnings(all, out.Today)
		for _, p := range all {
			m := member{p, map[auth.Role][]string{}}
			for _, role := range Delegable {
				if lacks := p.Doc.missing(out.Required.Doc, role, out.Today); len(lacks) > 0 {
					m.Lacks[role] = lacks
				}
			}
			out.People = append(out.People, m)
			out.Signer = out.Signer || p.ID == out.Profile.Doc.Investigator && p.Doc.User == auth.From(ctx).User
		}
		out.Delegations, err = keep.ListAt[Delegation](ctx, tx, studyOf(r), delegations, at.ID)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(out.Delegations, func(a, b keep.Record[Delegation]) int {
		return cmp.Or(cmp.Compare(a.Doc.rank(), b.Doc.rank()), strings.Compare(b.ID, a.ID))
	})
	if out.Delegations == nil {
		out.Delegations = []keep.Record[Delegation]{}
	}
	return web.JSON(w, http.StatusOK, out)
}

// SetProfile says what a site's institution is, in the caller's write. Errors: Invalid site.*; Unprocessable
// site.person_unknown for a principal investigator who is nobody of the site; Stale site.changed.
func SetProfile(ctx context.Context, w *ledger.Writer, site casebook.SiteID, seen int64, p Profile) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Investigator != "" {
		if _, err := personAt(ctx, w.Tx, w.Study, site, p.Investigator); err != nil {
			return err
		}
	}
	before, err := keep.Find[Profile](ctx, w.Tx, w.Study, profiles, string(site))
	if err != nil {
		return err
	}
	c := keep.Change{Kind: profiles, ID: string(site), Site: site, Seen: seen, After: p, Entry: ledger.Entry{What: ProfileSet}}
	if before.Version > 0 {
		c.Before = before.Doc
	}
	return keep.Put(ctx, w, c)
}

// SetPerson adds somebody to a site, with seen 0 and an id nobody has, or changes them, in the caller's write. Errors:
// Invalid site.*; NotFound site.person_unknown; Stale site.changed; Conflict site.person_delegated for another account
// while a delegation holds.
func SetPerson(ctx context.Context, w *ledger.Writer, site casebook.SiteID, id string, seen int64, p Person) error {
	if err := p.check(); err != nil {
		return err
	}
	c := keep.Change{Kind: persons, ID: id, Site: site, Seen: seen, After: p, Entry: ledger.Entry{What: PersonSet}}
	if seen > 0 {
		before, err := personAt(ctx, w.Tx, w.Study, site, id)
		if err != nil {
			return err
		}
		c.Before = before.Doc
		if before.Doc.User != p.User {
			held, err := holding(ctx, w.Tx, w.Study, site, id)
			if err != nil {
				return err
			}
			if len(held) > 0 {
				return casebook.Fail(casebook.Conflict, "site.person_delegated", id).At("/user")
			}
		}
	}
	return keep.Put(ctx, w, c)
}

func personAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, id string) (keep.Record[Person], error) {
	p, err := keep.Find[Person](ctx, tx, study, persons, id)
	if err == nil && (p.Version == 0 || p.Site != site) {
		err = casebook.Fail(casebook.Unprocessable, "site.person_unknown", id).At("person")
	}
	return p, err
}

func (s *Service) putProfile(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteStaff)
	if err != nil {
		return err
	}
	var in struct {
		Version int64 `json:"version"`
		Profile `json:",embed"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error { return SetProfile(ctx, w, at.ID, in.Version, in.Profile) })
	if err != nil {
		return err
	}
	return s.getTeam(w, r)
}

// putPerson adds somebody, or with an id in the address changes them.
func (s *Service) putPerson(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteStaff)
	if err != nil {
		return err
	}
	var in struct {
		Version int64 `json:"version"`
		Person  `json:",embed"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	id := r.PathValue("person")
	if id == "" {
		id, in.Version = s.world.NewID(), 0
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error { return SetPerson(ctx, w, at.ID, id, in.Version, in.Person) })
	if err != nil {
		return err
	}
	return s.getTeam(w, r)
}

// putRequired sets which trainings roles need in the study.
func (s *Service) putRequired(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Version  int64 `json:"version"`
		Required `json:",embed"`
		Reason   string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	for role, codes := range in.Roles {
		if !slices.Contains(Delegable, role) {
			return casebook.Fail(casebook.Invalid, "site.role", role).At("/roles")
		}
		for _, code := range codes {
			if !trainingCode.MatchString(code) {
				return casebook.Fail(casebook.Invalid, "site.training", code).At("/roles/" + string(role))
			}
		}
	}
	if err := Fits("reason", in.Reason, true, maxLine); err != nil {
		return err
	}
	ctx := r.Context()
	err := s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		before, err := requiredIn(ctx, w.Tx, w.Study)
		if err != nil {
			return err
		}
		return keep.Put(ctx, w, keep.Change{Kind: trainings, Seen: in.Version, Before: before.Doc, After: in.Required, Entry: ledger.Entry{What: TrainingRequired, Reason: in.Reason}})
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"roles": in.Roles, "version": in.Version + 1})
}
