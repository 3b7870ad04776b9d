package plan

import (
	"embed"
	"io/fs"
	"slices"

	"casebook"
	"casebook/odm"

	"github.com/go-json-experiment/json"
)

//go:embed templates/*.json
var files embed.FS

// Template is a plan that sites are given a copy of: the days are usual ones, to be changed where they are not.
type Template struct {
	ID         string      `json:"id"`
	Title      odm.Text    `json:"title"`
	Milestones []Milestone `json:"milestones"`
}

var templates = read()

// read panics when a template is not one, which every test sees.
func read() (all []Template) {
	names, err := fs.Glob(files, "templates/*.json")
	for _, name := range names {
		var text []byte
		var t Template
		if err == nil {
			text, err = files.ReadFile(name)
		}
		if err == nil {
			err = json.Unmarshal(text, &t, json.RejectUnknownMembers(true))
		}
		if err == nil {
			err = Check(t.Milestones)
		}
		all = append(all, t)
	}
	if err != nil {
		panic("plan: " + err.Error())
	}
	return all
}

// Templates returns the templates by their ids: the hospital office's path and the sponsor's. They are shared and must not
// be changed.
func Templates() []Template { return templates }

// Make returns a template's milestones, planned from start on. Errors: NotFound site.plan.template.
func Make(id string, start Date) ([]Milestone, error) {
	for _, t := range templates {
		if t.ID == id {
			milestones := slices.Clone(t.Milestones)
			return milestones, Schedule(milestones, start)
		}
	}
	return nil, casebook.Fail(casebook.NotFound, "site.plan.template", id).At("template")
}
