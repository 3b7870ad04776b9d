// Package trial knows the trials, their sites and the published versions of their definitions; it enrols, because only
// it knows whether a site is open. It refuses to change a version once published, and to hold forms or values.
package trial

import (
	"context"
	"embed"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/odm"
	"casebook/patient"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of this package.
var Migrations fs.FS = files

// Environment is what a study is for. It has it from its creation and keeps it: what people practise on never becomes what
// patients take part in; a definition does, by Promote.
type Environment string

// The environments.
const (
	Training   Environment = "TRAINING"
	Acceptance Environment = "UAT" // user acceptance testing: the definition is tried before patients come
	Production Environment = "PRODUCTION"
)

// Trial is one study.
type Trial struct {
	ID          casebook.StudyID `json:"id"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Environment Environment      `json:"environment"`
	CreatedAt   time.Time        `json:"createdAt"`
	Version     int              `json:"version"` // the number of the newest definition, 0 before the first
}

// Summary is a trial with its size.
type Summary struct {
	Trial
	Sites    int `json:"sites"`
	Subjects int `json:"subjects"`
}

// SiteState is whether a site works in the trial.
type SiteState string

// The states of a site. Only an Active one may enrol.
const (
	Planned SiteState = "planned"
	Active  SiteState = "active"
	Closed  SiteState = "closed"
)

// Site is a place that takes part in a trial.
type Site struct {
	ID          casebook.SiteID `json:"id"`
	Name        odm.Text        `json:"name"`
	Zone        string          `json:"zone"` // IANA time zone
	State       SiteState       `json:"state"`
	ActivatedAt time.Time       `json:"activatedAt,omitzero"` // when it first became Active
	Country     string          `json:"country,omitempty"`    // as the study's rules name it (site.country): ISO 3166-1 alpha-2 where nothing speaks against it
	Version     int             `json:"version,omitzero"`     // that it works by; 0 is the newest
	Since       time.Time       `json:"since,omitzero"`       // when it went over to that
}

// Version is a published definition. It and all that it points to are shared and must not be changed.
type Version struct {
	Study       casebook.StudyID
	Number      int
	Hash        string // of the content, see odm.Version.Hash
	PublishedAt time.Time
	PublishedBy casebook.UserID
	Definition  *odm.Version
	Index       *odm.Index // of Definition
	JSON        []byte     // Definition as it is kept
}

// Patients is who is enrolled, kept in this process (*patient.Service) or in another (*patient.Client).
type Patients interface {
	InTrial(ctx context.Context, study casebook.StudyID, q patient.Query) (patient.Page, error)
}

func errUnknown(id casebook.StudyID) error {
	return casebook.Fail(casebook.NotFound, "trial.unknown", id).At("study")
}

func (t *Trial) check() error {
	switch {
	case t.ID == casebook.Platform:
		return casebook.Fail(casebook.Invalid, "trial.id_reserved", t.ID).At("id")
	case !wellFormed(string(t.ID)):
		return casebook.Fail(casebook.Invalid, "trial.id_format", t.ID).At("id")
	case strings.TrimSpace(t.Name) == "":
		return casebook.Fail(casebook.Invalid, "trial.name_missing").At("name")
	case t.Environment != Training && t.Environment != Acceptance && t.Environment != Production:
		return casebook.Fail(casebook.Invalid, "trial.environment", t.Environment).At("environment")
	}
	return nil
}

func (s *Site) check() error {
	if s.State == "" {
		s.State = Active
	}
	switch {
	case !wellFormed(string(s.ID)):
		return casebook.Fail(casebook.Invalid, "trial.id_format", s.ID).At("id")
	case s.Name.In("en") == "":
		return casebook.Fail(casebook.Invalid, "trial.name_missing").At("name")
	case !zoneKnown(s.Zone):
		return casebook.Fail(casebook.Invalid, "trial.zone", s.Zone).At("zone")
	case !stateKnown(s.State):
		return casebook.Fail(casebook.Invalid, "trial.site_state", s.State).At("state")
	case len(s.Country) > maxCountry || !utf8.ValidString(s.Country):
		return casebook.Fail(casebook.Invalid, "trial.country", maxCountry).At("country")
	}
	return nil
}

const maxCountry = 64 // bytes

func stateKnown(s SiteState) bool { return s == Planned || s == Active || s == Closed }

// zoneKnown refuses "" and "Local", which depend on the machine.
func zoneKnown(name string) bool {
	if name == "" || name == "Local" || len(name) > 64 {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// wellFormed accepts what can stand in an address: up to 64 bytes of letters, digits, "-", "_", "." and ":". "." and
// ".." are steps of a path.
func wellFormed(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:", r)
	})
}
