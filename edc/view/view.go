// Package view keeps lists that people gave a name: a page with its filters, as they stand in its address. It refuses to know what the
// filters mean, and gives nobody more than the list itself gives them; so a view is no record of the study, and has no entry.
package view

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/store"
	"casebook/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// View is a list with a name.
type View struct {
	ID     string          `json:"id"`
	Page   string          `json:"page"` // queries, review, visits, daily, trail, subjects
	Name   string          `json:"name"`
	Query  string          `json:"query"` // of the page's address
	Shared bool            `json:"shared"`
	By     casebook.UserID `json:"by"`
	Mine   bool            `json:"mine"`
}

var pages = []string{"queries", "review", "visits", "daily", "trail", "subjects"}

const (
	maxName  = 100  // bytes
	maxQuery = 1000 // bytes
	most     = 100  // of one person in one study
)

func (v *View) check() error {
	v.Name = strings.TrimSpace(v.Name)
	query, err := url.ParseQuery(v.Query)
	switch {
	case !slices.Contains(pages, v.Page):
		return casebook.Fail(casebook.Unprocessable, "view.page", v.Page, strings.Join(pages, ", ")).At("/page")
	case v.Name == "" || len(v.Name) > maxName || !utf8.ValidString(v.Name):
		return casebook.Fail(casebook.Unprocessable, "view.name", maxName).At("/name")
	case err != nil || len(v.Query) > maxQuery:
		return casebook.Fail(casebook.Unprocessable, "view.query", maxQuery).At("/query")
	}
	v.Query = query.Encode() // one way to write it
	return nil
}

// Service keeps the views.
type Service struct{ db *store.DB }

// New returns the views kept in db.
func New(db *store.DB) *Service { return &Service{db} }

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const path = "/api/v1/studies/{study}/views"
	return []auth.Route{
		{Pattern: "GET " + path, Policy: auth.InStudy(auth.StudyRead), Handle: s.list},
		{Pattern: "POST " + path, Policy: auth.InStudy(auth.StudyRead), Handle: s.save},
		{Pattern: "DELETE " + path + "/{view}", Policy: auth.InStudy(auth.StudyRead), Handle: s.remove},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// shares reports whether somebody may share views, and remove what others share.
func shares(ctx context.Context, study casebook.StudyID) bool {
	return auth.From(ctx).Allows(auth.StudyManage, study, "")
}

const columns = `view_id, page, name, query, shared, user_id`

func scan(reader casebook.UserID) func(*store.Rows) (View, error) {
	return func(r *store.Rows) (v View, err error) {
		var shared int64
		err = r.Scan(&v.ID, &v.Page, &v.Name, &v.Query, &shared, &v.By)
		v.Shared, v.Mine = shared == 1, v.By == reader
		return v, err
	}
}

// list tells the reader's own views of a study and those that are shared, by page and name.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	all, reader := []View{}, auth.From(r.Context()).User
	err := s.db.View(r.Context(), func(tx *store.Tx) error {
		found, err := store.All(r.Context(), tx, scan(reader), `SELECT `+columns+` FROM view_saved WHERE study_id = $1 AND (user_id = $2 OR shared = 1)
			ORDER BY page, name, view_id`, studyOf(r), reader)
		all = append(all, found...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"views": all, "mayShare": shares(r.Context(), studyOf(r))})
}

// save keeps a view under a name; the reader's view of that page and name is replaced.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Page   string `json:"page"`
		Name   string `json:"name"`
		Query  string `json:"query"`
		Shared bool   `json:"shared"`
	}
	if err := web.Decode(r, 4*maxQuery, &in); err != nil {
		return err
	}
	ctx, study := r.Context(), studyOf(r)
	v := View{ID: s.db.World().NewID(), Page: in.Page, Name: in.Name, Query: in.Query, Shared: in.Shared, By: auth.From(ctx).User, Mine: true}
	if err := v.check(); err != nil {
		return err
	}
	if v.Shared && !shares(ctx, study) {
		return casebook.Fail(casebook.Forbidden, "view.share").At("/shared")
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		var n int
		err := tx.Row(ctx, `SELECT count(*) FROM view_saved WHERE study_id = $1 AND user_id = $2 AND NOT (page = $3 AND name = $4)`, study, v.By, v.Page, v.Name).Scan(&n)
		if err != nil {
			return err
		}
		if n >= most {
			return casebook.Fail(casebook.Conflict, "view.many", most)
		}
		shared := 0
		if v.Shared {
			shared = 1
		}
		return tx.Row(ctx, `INSERT INTO view_saved(study_id, view_id, user_id, page, name, query, shared, changed_at) VALUES($1,$2,$3,$4,$5,$6,$7,$8)
			ON CONFLICT (study_id, user_id, page, name) DO UPDATE SET query = excluded.query, shared = excluded.shared, changed_at = excluded.changed_at
			RETURNING view_id`, study, v.ID, v.By, v.Page, v.Name, v.Query, shared, store.Micros(tx.Now)).Scan(&v.ID)
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, v)
}

// remove takes away a view of the reader's own, or one that is shared, where the reader may share.
func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	ctx, study, id := r.Context(), studyOf(r), r.PathValue("view")
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		managed := 0
		if shares(ctx, study) {
			managed = 1
		}
		n, err := tx.Exec(ctx, `DELETE FROM view_saved WHERE study_id = $1 AND view_id = $2 AND (user_id = $3 OR shared = 1 AND $4 = 1)`, study, id, auth.From(ctx).User, managed)
		if err == nil && n == 0 {
			return casebook.Fail(casebook.NotFound, "view.unknown", id).At("view")
		}
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
