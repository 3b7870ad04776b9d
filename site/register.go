package site

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/patient"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/trial"
	"casebook/web"
)

// Project is one study at one site, as a hospital's office keeps it.
type Project struct {
	Study        casebook.StudyID `json:"study"`
	Title        string           `json:"title"`
	About        string           `json:"about"`
	Site         casebook.SiteID  `json:"site"`
	Institution  odm.Text         `json:"institution"`
	Investigator odm.Text         `json:"investigator,omitempty"`
	User         casebook.UserID  `json:"user,omitempty"` // of the investigator
	State        trial.SiteState  `json:"state"`
	Enrolled     int              `json:"enrolled"`
	Target       int              `json:"target,omitzero"`
	Done         int              `json:"done"` // milestones of the hospital's own path
	Of           int              `json:"of"`
	Overdue      int              `json:"overdue"`
	Next         *plan.Standing   `json:"next,omitempty"`
	Issues       int              `json:"issues"` // that are open
	Expiring     int              `json:"expiring"`
}

// Load is how much an investigator has to do, over all the projects of the register.
type Load struct {
	Name     odm.Text `json:"name"`
	Projects int      `json:"projects"` // that are not at their end
	Active   int      `json:"active"`   // subjects in the study
	Issues   int      `json:"issues"`
	Overdue  int      `json:"overdue"`
}

// officePath is the template of the hospital's own path.
const officePath = "hospital-office"

// Register returns every project that p may see, over all studies: p's grants say where to look, and each is looked up in
// its own study. Those with something overdue come first.
func (s *Service) Register(ctx context.Context, p *auth.Principal) (projects []Project, loads []Load, err error) {
	seen := map[casebook.StudyID]bool{}
	byWho := map[string]*Load{}
	projects, loads = []Project{}, []Load{}
	for _, g := range p.Grants {
		if seen[g.Study] || g.Study == casebook.Platform {
			continue
		}
		seen[g.Study] = true
		all, list := p.Sites(auth.SiteRead, g.Study)
		may := func(id casebook.SiteID) bool { return all || slices.Contains(list, id) }
		err := s.db.View(ctx, func(tx *store.Tx) error {
			found, err := s.projects(ctx, tx, g.Study, may, byWho)
			projects = append(projects, found...)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(projects, func(a, b Project) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), strings.Compare(string(a.Study), string(b.Study)), strings.Compare(string(a.Site), string(b.Site)))
	})
	for _, l := range byWho {
		loads = append(loads, *l)
	}
	slices.SortFunc(loads, func(a, b Load) int {
		return cmp.Or(cmp.Compare(b.Projects, a.Projects), cmp.Compare(b.Active, a.Active), strings.Compare(a.Name.In("en"), b.Name.In("en")))
	})
	return projects, loads, nil
}

func (s *Service) projects(ctx context.Context, tx *store.Tx, study casebook.StudyID, may func(casebook.SiteID) bool, byWho map[string]*Load) ([]Project, error) {
	t, err := trial.Find(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	p, err := s.look(ctx, tx, study)
	if err != nil {
		return nil, err
	}
	have, err := plansOf(ctx, tx, study, officePath)
	if err != nil {
		return nil, err
	}
	known, err := keep.List[Profile](ctx, tx, study, profiles)
	if err != nil {
		return nil, err
	}
	people, err := keep.List[Person](ctx, tx, study, persons)
	if err != nil {
		return nil, err
	}
	wrong, err := keep.List[Issue](ctx, tx, study, issues)
	var all []Project
	for _, at := range p.sites {
		if err != nil || !may(at.ID) {
			continue
		}
		one := Project{Study: study, Title: t.Name, About: t.Description, Site: at.ID, Institution: at.Name, State: at.State, Target: p.targets[at.ID].Doc.Subjects}
		for _, k := range wrong {
			if k.Site == at.ID && !k.Doc.over() {
				one.Issues++
			}
		}
		one.staffed(at.ID, known, people, Today(s.world.Now(), at.Zone))
		var row boardRow
		if row, err = s.row(at, have[at.ID], s.factsIn(p, at)); err == nil {
			one.standing(row)
		}
		one.loaded(p.subjects[at.ID], byWho)
		all = append(all, one)
	}
	return all, err
}

// staffed fills in the institution, its principal investigator, and papers that run out.
func (p *Project) staffed(site casebook.SiteID, known []keep.Record[Profile], people []keep.Record[Person], today plan.Date) {
	investigator := ""
	for _, k := range known {
		if k.Site == site {
			p.Institution, investigator = k.Doc.Institution, k.Doc.Investigator
		}
	}
	here := slices.DeleteFunc(slices.Clone(people), func(k keep.Record[Person]) bool { return k.Site != site })
	for _, k := range here {
		if k.ID == investigator {
			p.Investigator, p.User = k.Doc.Name, k.Doc.User
		}
	}
	p.Expiring = len(warnings(here, today))
}

func (p *Project) standing(row boardRow) {
	p.Of, p.Overdue = len(row.Milestones), row.Overdue
	for i := range row.Milestones {
		m := &row.Milestones[i]
		if m.State == plan.Done {
			p.Done++
		}
		if m.ID == row.Next {
			p.Next = m
		}
	}
}

// loaded counts the project for its investigator, who is told from others by account, or without one by name.
func (p *Project) loaded(subjects []patient.Subject, byWho map[string]*Load) {
	active := 0
	for _, s := range subjects {
		p.Enrolled += int(one(!s.JoinedAt.IsZero()))
		active += int(one(s.Status == patient.Enrolled || s.Status == patient.Screening))
	}
	who := cmp.Or(string(p.User), p.Investigator.In("en"))
	if who == "" {
		return
	}
	if byWho[who] == nil {
		byWho[who] = &Load{Name: p.Investigator}
	}
	l := byWho[who]
	l.Projects += int(one(p.State != trial.Closed && (p.Of == 0 || p.Done < p.Of)))
	l.Active, l.Issues, l.Overdue = l.Active+active, l.Issues+p.Issues, l.Overdue+p.Overdue
}

func (s *Service) getProjects(w http.ResponseWriter, r *http.Request) error {
	projects, loads, err := s.Register(r.Context(), auth.From(r.Context()))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"projects": projects, "investigators": loads})
}
