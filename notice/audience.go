package notice

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/odm"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"
)

// Audience is a question about who is to be told: who has one of the roles, at which sites. Empty lists do not narrow,
// except States, where none stands for the active ones. Who has a role at all sites is told once, for the study.
type Audience struct {
	Roles     []auth.Role       `json:"roles"`
	Sites     []casebook.SiteID `json:"sites,omitempty"`
	Except    []casebook.SiteID `json:"except,omitempty"`
	States    []trial.SiteState `json:"states,omitempty"`
	Countries []string          `json:"countries,omitempty"` // as the sites say them; a site that says none is in none
	Zones     []string          `json:"zones,omitempty"`     // time zones, which tell regions apart
	Enrolled  bool              `json:"enrolled,omitempty"`  // only sites that have subjects
	People    []casebook.UserID `json:"people,omitempty"`    // only these
}

// target is a recipient to be: a person at a site.
type target struct {
	Site     casebook.SiteID   `json:"s"`
	User     casebook.UserID   `json:"u"`
	Role     auth.Role         `json:"r"`
	Person   string            `json:"p"`  // as the text calls them
	Place    string            `json:"pl"` // the site, as the text calls it
	Language string            `json:"l"`
	Zone     string            `json:"z"`
	Country  string            `json:"c,omitempty"`
	Reach    map[string]string `json:"a,omitempty"` // addresses by channel
	Shared   map[string]string `json:"b,omitempty"` // those of the site, which its first recipient carries
}

// maxTargets bounds one notice.
const maxTargets = 100_000

// resolve answers the question as things stand. An empty answer is refused: a notice to nobody is a mistake.
func (s *Service) resolve(ctx context.Context, study casebook.StudyID, a Audience) ([]target, error) {
	if len(a.Roles) == 0 {
		return nil, casebook.Fail(casebook.Unprocessable, "notice.no_role").At("/audience/roles")
	}
	for i, r := range a.Roles {
		if !slices.Contains(addressable, r) {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.role", r).At("/audience/roles/" + strconv.Itoa(i))
		}
	}
	sites, err := s.sitesOf(ctx, study, a)
	if err != nil {
		return nil, err
	}
	var members []auth.Holder
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { members, err = auth.AllHolders(ctx, tx, study); return err })
	if err != nil {
		return nil, err
	}
	var all []target
	for _, m := range members {
		site, known := sites[m.Site]
		if m.Site != "" && !known || !slices.Contains(a.Roles, m.Role) || len(a.People) > 0 && !slices.Contains(a.People, m.User) {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Site == m.Site && all[n-1].User == m.User {
			continue // two roles at one site are one person there
		}
		all = append(all, targetOf(m, site))
	}
	switch {
	case len(all) == 0:
		return nil, casebook.Fail(casebook.Unprocessable, "notice.nobody").At("/audience")
	case len(all) > maxTargets:
		return nil, casebook.Fail(casebook.Unprocessable, "notice.too_many", len(all), maxTargets).At("/audience")
	}
	return all, nil
}

// addressable are the roles that people have in studies.
var addressable = []auth.Role{auth.Coordinator, auth.Investigator, auth.Monitor, auth.DataManager, auth.ProjectManager, auth.Office}

func targetOf(m auth.Holder, site trial.Site) target {
	t := target{Site: m.Site, User: m.User, Role: m.Role, Person: m.Name, Language: i18n.English, Zone: site.Zone, Country: site.Country}
	if strings.HasPrefix(m.Locale, "zh") {
		t.Language = i18n.Chinese
		if m.NameZH != "" {
			t.Person = m.NameZH
		}
	}
	t.Place = i18n.Text("notice.whole_study", t.Language)
	if m.Site != "" {
		t.Place = odm.Text(site.Name).In(t.Language)
	}
	return t
}

// sitesOf are the sites that the audience means. A site or a country that is named and not there is a mistake.
func (s *Service) sitesOf(ctx context.Context, study casebook.StudyID, a Audience) (map[casebook.SiteID]trial.Site, error) {
	sites, err := s.trials.Sites(ctx, study)
	if err != nil {
		return nil, err
	}
	for i, id := range slices.Concat(a.Sites, a.Except) {
		if !slices.ContainsFunc(sites, func(s trial.Site) bool { return s.ID == id }) {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.site", id).At("/audience/sites/" + strconv.Itoa(i))
		}
	}
	for i, country := range a.Countries {
		if country == "" || !slices.ContainsFunc(sites, func(s trial.Site) bool { return s.Country == country }) {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.country", country).At("/audience/countries/" + strconv.Itoa(i))
		}
	}
	states := a.States
	if len(states) == 0 {
		states = []trial.SiteState{trial.Active}
	}
	meant := map[casebook.SiteID]trial.Site{}
	for _, site := range sites {
		if len(a.Sites) > 0 && !slices.Contains(a.Sites, site.ID) || slices.Contains(a.Except, site.ID) ||
			len(a.Countries) > 0 && !slices.Contains(a.Countries, site.Country) || len(a.Zones) > 0 && !slices.Contains(a.Zones, site.Zone) || !slices.Contains(states, site.State) {
			continue
		}
		meant[site.ID] = site
	}
	if a.Enrolled {
		err = s.onlyEnrolled(ctx, study, meant)
	}
	return meant, err
}

// onlyEnrolled leaves the sites that have subjects.
func (s *Service) onlyEnrolled(ctx context.Context, study casebook.StudyID, sites map[casebook.SiteID]trial.Site) error {
	return s.db.View(ctx, func(tx *store.Tx) error {
		for id := range sites {
			n, err := patient.CountAt(ctx, tx, study, patient.Query{Sites: []casebook.SiteID{id}})
			if err != nil {
				return err
			}
			if n == 0 {
				delete(sites, id)
			}
		}
		return nil
	})
}
