package auth

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/store"
	"casebook/web"
)

func (s *Service) peopleRoutes() []Route {
	manage := OnPlatform(AccessManage)
	return []Route{
		{"GET /api/v1/people", manage, s.getPeople},
		{"POST /api/v1/people", manage, s.postPerson},
		{"GET /api/v1/people/report.csv", manage, s.getReport},
		{"GET /api/v1/people/reviews", manage, s.getReviews},
		{"POST /api/v1/people/reviews", manage, s.postReview},
		{"POST /api/v1/people/{user}/invitation", manage, s.postReset},
		{"POST /api/v1/people/{user}/deactivation", manage, s.postDeactivation},
		{"POST /api/v1/people/{user}/roles", manage, s.postRole},
		{"DELETE /api/v1/people/{user}/roles", manage, s.deleteRole},
		{"POST /api/v1/people/{user}/support", manage, s.postSupport},
		{"DELETE /api/v1/people/{user}/support", manage, s.deleteSupport},
	}
}

// Member is a person with what they may do, for who manages access.
type Member struct {
	User     casebook.UserID `json:"user"`
	Name     string          `json:"name"`
	NameZH   string          `json:"nameZh,omitzero"`
	Active   bool            `json:"active"`
	Password bool            `json:"password"` // has chosen one
	Factor   bool            `json:"factor"`
	Invited  bool            `json:"invited"` // and the link is still good
	Created  time.Time       `json:"created"`
	Seen     time.Time       `json:"seen,omitzero"` // in a session that is open
	Grants   []Grant         `json:"grants"`
	Support  []Support       `json:"support,omitzero"` // that has not ended
}

// Members returns everybody who ever had an account, by user id, with the digest by which a review of their access knows it.
func (s *Service) Members(ctx context.Context) (members []Member, content string, err error) {
	all := map[casebook.UserID]*Member{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		a, err := readAccesses(ctx, tx)
		if err != nil {
			return err
		}
		content = a.content()
		err = tx.Each(ctx, func(r *store.Rows) error {
			m := &Member{Grants: []Grant{}}
			var active, password, factor, invited, created, seen int64
			err := r.Scan(&m.User, &m.Name, &m.NameZH, &active, &created, &password, &factor, &invited, &seen)
			m.Active, m.Password, m.Factor, m.Invited, m.Created = active == 1, password == 1, factor > 0, invited > 0, store.Time(created)
			if seen > 0 {
				m.Seen = store.Time(seen)
			}
			all[m.User] = m
			return err
		}, `SELECT p.user_id, p.name, p.name_zh, p.active, p.created, CASE WHEN p.password = '' THEN 0 ELSE 1 END,
			(SELECT count(*) FROM auth_factor f WHERE f.user_id = p.user_id),
			(SELECT count(*) FROM auth_invite i WHERE i.user_id = p.user_id AND i.expires > $1),
			(SELECT coalesce(max(s.seen), 0) FROM auth_session s WHERE s.user_id = p.user_id) FROM auth_person p`, store.Micros(tx.Now))
		if err != nil {
			return err
		}
		helped, err := supporters(ctx, tx)
		if err != nil {
			return err
		}
		for user, m := range all {
			m.Support = helped[user]
		}
		return tx.Each(ctx, func(r *store.Rows) error {
			var user casebook.UserID
			var g Grant
			err := r.Scan(&user, &g.Study, &g.Site, &g.Role)
			if m := all[user]; m != nil {
				m.Grants = append(m.Grants, g)
			}
			return err
		}, `SELECT user_id, study_id, site_id, role FROM auth_grant ORDER BY user_id, study_id, site_id, role`)
	})
	members = []Member{}
	for _, m := range all {
		members = append(members, *m)
	}
	slices.SortFunc(members, func(a, b Member) int { return cmp.Compare(a.User, b.User) })
	return members, content, err
}

func (s *Service) getPeople(w http.ResponseWriter, r *http.Request) error {
	members, content, err := s.Members(r.Context())
	if err != nil {
		return err
	}
	roles := slices.DeleteFunc(slices.Sorted(maps.Keys(policy.of)), func(role Role) bool { return !role.given() })
	return web.JSON(w, http.StatusOK, map[string]any{"people": members, "roles": roles, "content": content})
}

// getReport answers the access review: one line for each role that somebody holds, and one for who holds none.
func (s *Service) getReport(w http.ResponseWriter, r *http.Request) error {
	members, _, err := s.Members(r.Context())
	if err != nil {
		return err
	}
	now := s.world.Now().UTC()
	rows := [][]string{{"as_of", "user", "name", "active", "password", "second_factor", "account_since", "last_seen", "study", "site", "role"}}
	for _, m := range members {
		seen := ""
		if !m.Seen.IsZero() {
			seen = m.Seen.UTC().Format(time.RFC3339)
		}
		line := []string{now.Format(time.RFC3339), string(m.User), m.Name, strconv.FormatBool(m.Active), strconv.FormatBool(m.Password),
			strconv.FormatBool(m.Factor), m.Created.UTC().Format(time.RFC3339), seen}
		for _, g := range append(m.Grants, make([]Grant, max(0, 1-len(m.Grants)))...) {
			rows = append(rows, append(slices.Clone(line), string(g.Study), string(g.Site), string(g.Role)))
		}
		for _, g := range m.Support {
			rows = append(rows, append(slices.Clone(line), string(g.Study), "", string(SupportRole)+" until "+g.Until.UTC().Format(time.RFC3339)))
		}
	}
	return web.CSV(w, "access-"+now.Format(time.DateOnly), rows)
}

// link is how a person gets to choose a password. It is shown once: the token is kept nowhere, and stands behind #,
// which no log sees.
type link struct {
	User    casebook.UserID `json:"user"`
	Path    string          `json:"path"`
	Expires time.Time       `json:"expires"`
}

func (s *Service) postPerson(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		User   casebook.UserID `json:"user"`
		Name   string          `json:"name"`
		NameZH string          `json:"nameZh"`
		Locale string          `json:"locale"`

		Identified Identified `json:"identified"` // document, video, acquaintance or organisation
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := in.Identified.check(); err != nil {
		return err
	}
	if err := s.CreatePerson(r.Context(), NewPerson{User: in.User, Name: in.Name, NameZH: in.NameZH, Locale: in.Locale}); err != nil {
		return err
	}
	return s.invite(w, r, in.User, Resetting{Identified: in.Identified})
}

func (s *Service) invite(w http.ResponseWriter, r *http.Request, user casebook.UserID, why Resetting) error {
	token, expires, err := s.Invite(r.Context(), user, why)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, link{user, "/welcome#" + token, expires})
}

// postReset ends a person's password and makes a link for a new one: {factor, identified, reason}.
func (s *Service) postReset(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Factor bool   `json:"factor"` // the second factor goes, too
		Reason string `json:"reason"`

		Identified Identified `json:"identified,omitzero"` // how it is known who asks: document, video, acquaintance or organisation; must be said where the second factor goes
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	return s.invite(w, r, casebook.UserID(r.PathValue("user")), Resetting{in.Factor, in.Identified, in.Reason})
}

func (s *Service) postDeactivation(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	user := casebook.UserID(r.PathValue("user"))
	switch {
	case strings.TrimSpace(in.Reason) == "":
		return casebook.Fail(casebook.Unprocessable, "auth.reason").At("reason")
	case user == From(r.Context()).User:
		return casebook.Fail(casebook.Conflict, "auth.person.self").At("user")
	}
	if err := s.Deactivate(r.Context(), user, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

func (s *Service) postRole(w http.ResponseWriter, r *http.Request) error {
	var g Grant
	if err := web.Decode(r, maxBody, &g); err != nil {
		return err
	}
	if err := s.GrantRole(r.Context(), casebook.UserID(r.PathValue("user")), g); err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, g)
}

func (s *Service) deleteRole(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Grant
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(in.Reason) == "":
		return casebook.Fail(casebook.Unprocessable, "auth.reason").At("reason")
	case in.Role.administers() && casebook.UserID(r.PathValue("user")) == From(r.Context()).User:
		return casebook.Fail(casebook.Conflict, "auth.person.self").At("user")
	}
	if err := s.WithdrawRole(r.Context(), casebook.UserID(r.PathValue("user")), in.Grant, in.Reason); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}
