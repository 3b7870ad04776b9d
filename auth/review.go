package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

const (
	maxReviewNote = 2000    // characters
	maxReview     = 1 << 20 // bytes: some ten thousand roles taken back
)

// Held is a role as one person holds it.
type Held struct {
	User casebook.UserID `json:"user"`
	Grant
}

// Review is somebody's signed word that they looked at who may do what, and what they took back.
type Review struct {
	Number  int64           `json:"number"`
	At      time.Time       `json:"at"`
	User    casebook.UserID `json:"user"`
	Name    string          `json:"name"`    // as the signature prints it
	Content string          `json:"content"` // SHA-256 over what was reviewed
	People  int             `json:"people"`  // with an open account
	Grants  int             `json:"grants"`  // that they held
	Revoked []Held          `json:"revoked"`
	Note    string          `json:"note"`
}

type reviewState struct {
	User    casebook.UserID `json:"user"`
	Name    string          `json:"name"`
	Content string          `json:"content"`
	People  int             `json:"people"`
	Grants  int             `json:"grants"`
	Revoked string          `json:"revoked"`
	Note    string          `json:"note"`
}

// accesses is who may do what: the people with an open account, and what they hold.
type accesses struct {
	people []casebook.UserID
	held   []Held
}

func readAccesses(ctx context.Context, tx *store.Tx) (a accesses, err error) {
	a.people, err = store.All(ctx, tx, func(r *store.Rows) (u casebook.UserID, err error) { return u, r.Scan(&u) },
		`SELECT user_id FROM auth_person WHERE active = 1 ORDER BY user_id`)
	if err != nil {
		return a, err
	}
	a.held, err = store.All(ctx, tx, func(r *store.Rows) (h Held, err error) { return h, r.Scan(&h.User, &h.Study, &h.Site, &h.Role) },
		`SELECT g.user_id, g.study_id, g.site_id, g.role FROM auth_grant g JOIN auth_person p ON p.user_id = g.user_id WHERE p.active = 1`)
	return a, err
}

// content is the digest by which a reviewer's page and the review tell that they mean the same.
func (a accesses) content() string {
	lines := []string{}
	for _, u := range a.people {
		lines = append(lines, string(u))
	}
	for _, h := range a.held {
		lines = append(lines, grantRow(string(h.User), h.Grant))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// Reviews returns all reviews, the last one first, and when the next is due: so many days after the last, or after the
// first account.
func (s *Service) Reviews(ctx context.Context) (all []Review, due time.Time, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		var first int64
		if err := tx.Row(ctx, `SELECT coalesce(min(created), 0) FROM auth_person`).Scan(&first); err != nil {
			return err
		}
		all, err = store.All(ctx, tx, func(r *store.Rows) (v Review, err error) {
			var at int64
			var revoked string
			if err := r.Scan(&v.Number, &at, &v.User, &v.Name, &v.Content, &v.People, &v.Grants, &revoked, &v.Note); err != nil {
				return v, err
			}
			v.At = store.Time(at)
			return v, json.Unmarshal([]byte(revoked), &v.Revoked)
		}, `SELECT number, at, user_id, name, content, people, grants, revoked, note FROM auth_review ORDER BY number DESC`)
		since := store.Time(first)
		if len(all) > 0 {
			since = all[0].At
		}
		due = since.AddDate(0, 0, s.ReviewDays)
		return err
	})
	return all, due, err
}

// SignReview records that the actor in ctx, whose name the signature prints, reviewed the access of which content is the
// digest, and takes back what they say, in one transaction. Errors: Stale auth.review.changed when access is not what
// was reviewed; NotFound auth.role.not_held; Conflict auth.person.self for one's own administration.
func (s *Service) SignReview(ctx context.Context, name, content, note string, revoked []Held) (v Review, err error) {
	v = Review{User: casebook.ActorFrom(ctx).User, Name: name, Content: content, Note: strings.TrimSpace(note), Revoked: append([]Held{}, revoked...)}
	if utf8.RuneCountInString(v.Note) > maxReviewNote || strings.ContainsRune(v.Note, 0) {
		return v, casebook.Fail(casebook.Invalid, "auth.review.note", maxReviewNote).At("note")
	}
	slices.SortFunc(v.Revoked, func(a, b Held) int { // in one order, in which two reviews do not wait for each other
		return cmp.Compare(grantRow(string(a.User), a.Grant), grantRow(string(b.User), b.Grant))
	})
	for _, h := range v.Revoked {
		if h.Role.administers() && h.User == v.User {
			return v, casebook.Fail(casebook.Conflict, "auth.person.self").At("revoke")
		}
	}
	defer s.forget()
	err = s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := w.Row(ctx, `SELECT coalesce(max(number), 0) + 1 FROM auth_review`).Scan(&v.Number); err != nil {
			return err
		}
		for _, h := range v.Revoked {
			if err := takeRole(ctx, w, h.User, h.Grant, fmt.Sprintf("access review %d", v.Number)); err != nil {
				return err
			}
		}
		return s.signReview(ctx, w, &v)
	})
	return v, err
}

// signReview compares what is left and what was taken back with what was reviewed. It holds the number that every
// change of access raises at its end, so that none comes between.
func (s *Service) signReview(ctx context.Context, w *ledger.Writer, v *Review) error {
	if err := withdraw(ctx, w.Tx, casebook.Platform); err != nil {
		return err
	}
	a, err := readAccesses(ctx, w.Tx)
	if err != nil {
		return err
	}
	a.held = append(a.held, v.Revoked...)
	if a.content() != v.Content {
		return casebook.Fail(casebook.Stale, "auth.review.changed").At("content")
	}
	v.People, v.Grants, v.At = len(a.people), len(a.held), store.Time(store.Micros(w.Now))
	text, err := canonical(v.Revoked)
	if err != nil {
		return err
	}
	n, err := w.Exec(ctx, `INSERT INTO auth_review(number, at, user_id, name, content, people, grants, revoked, note)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (number) DO NOTHING`, v.Number, store.Micros(v.At), v.User, v.Name, v.Content, v.People, v.Grants, text, v.Note)
	if err != nil {
		return err
	}
	if n == 0 {
		return casebook.Fail(casebook.Stale, "auth.review.changed").At("content")
	}
	return record(ctx, w, ledger.Entry{What: "auth.access.reviewed", Ref: fmt.Sprint(v.Number)}, nil, reviewState{v.User, v.Name, v.Content, v.People, v.Grants, text, v.Note})
}

// getReviews answers the reviews of who may do what, the last one first, and when the next is due.
func (s *Service) getReviews(w http.ResponseWriter, r *http.Request) error {
	all, due, err := s.Reviews(r.Context())
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Reviews []Review  `json:"reviews"`
		Due     time.Time `json:"due"`
		Overdue bool      `json:"overdue"`
	}{all, due, !s.world.Now().Before(due)})
}

// postReview signs a review of who may do what and takes back what it says: {content, revoke, note, user, password}. Content is what the list of people came with.
func (s *Service) postReview(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Content  string `json:"content"`
		Revoke   []Held `json:"revoke"`
		Note     string `json:"note"`
		User     string `json:"user"` // only at the first signature of a session
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxReview, &in); err != nil {
		return err
	}
	if err := s.Reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	v, err := s.SignReview(r.Context(), From(r.Context()).Printed(), in.Content, in.Note, in.Revoke)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, v)
}
