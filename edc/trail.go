package edc

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

func (s *Service) trailRoutes() []auth.Route {
	const path = "/api/v1/studies/{study}/trail"
	return []auth.Route{
		{Pattern: "GET " + path, Policy: auth.SiteInside(auth.AuditRead), Handle: s.trail},
		{Pattern: "GET " + path + "/export", Policy: auth.SiteInside(auth.ExportMake), Handle: s.exportTrail},
		{Pattern: "POST " + path + "/reviews", Policy: auth.SiteInside(auth.FormReview), Handle: s.reviewTrail},
	}
}

// trailFilter reads what is looked for, within the sites at which this person may do action: ?who=, what=, site=, subject=, where=,
// value=, from=, until= (days of UTC or moments).
func trailFilter(r *http.Request, action auth.Action) (f ledger.Filter, err error) {
	v := r.URL.Query()
	f.Actor, f.What, f.Subject, f.Ref, f.Text = casebook.UserID(v.Get("who")), v.Get("what"), casebook.SubjectID(v.Get("subject")), v.Get("where"), v.Get("value")
	f.Closed = secrets
	f.AllSites, f.Sites = auth.From(r.Context()).Sites(action, studyOf(r))
	if site := casebook.SiteID(v.Get("site")); site != "" {
		if !f.AllSites && !slices.Contains(f.Sites, site) {
			return f, casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
		}
		f.AllSites, f.Sites = false, []casebook.SiteID{site}
	}
	for name, to := range map[string]*time.Time{"from": &f.From, "until": &f.Until} {
		text := v.Get(name)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			at, err = time.Parse(time.DateOnly, text)
		}
		if err != nil {
			return f, casebook.Fail(casebook.Invalid, "edc.trail_time", text).At(name)
		}
		*to = at
	}
	return f, nil
}

type trailChange struct {
	Group    string `json:"group"`
	Repeat   string `json:"repeat"`
	Item     string `json:"item"`
	Old      string `json:"old"`
	New      string `json:"new"`
	OldBlank string `json:"oldBlank"`
	NewBlank string `json:"newBlank"`
	Computed bool   `json:"computed"`
}

type trailEntry struct {
	ID      string             `json:"id"`
	Index   int64              `json:"index"` // -1 while it waits for its place
	At      time.Time          `json:"at"`
	By      casebook.UserID    `json:"by"`
	ByName  string             `json:"byName"`
	Role    string             `json:"role"`
	Site    casebook.SiteID    `json:"site"`
	Subject casebook.SubjectID `json:"subject"`
	What    string             `json:"what"`
	Where   string             `json:"where"`
	Changes []trailChange      `json:"changes"` // of saved values; of other verbs Old and New say it
	Old     string             `json:"old,omitempty"`
	New     string             `json:"new,omitempty"`
	Reason  string             `json:"reason"`
	Trace   string             `json:"trace"`
}

func trailOf(e ledger.Entry, names func(casebook.UserID) string) trailEntry {
	out := trailEntry{e.ID, e.Index, e.At, e.Actor, names(e.Actor), e.Role, e.Site, e.Subject, e.What, e.Ref, []trailChange{}, e.Old, e.New, e.Reason, e.Trace}
	if secret(e.What) {
		out.Old, out.New = "", ""
	}
	if e.What != record.Saved {
		return out
	}
	if changes, err := record.ChangesOf(e); err == nil { // what cannot be read is shown as it stands
		out.Old, out.New = "", ""
		for _, h := range changes {
			out.Changes = append(out.Changes, trailChange{h.New.Group, h.New.Repeat, h.New.Item, h.Old.Value, h.New.Value, h.Old.Blank, h.New.Blank, h.Computed})
		}
	}
	return out
}

// secret reports whether an entry's values are about passwords, tokens and PINs: even their hashes are nobody's to read here.
func secret(verb string) bool {
	return slices.ContainsFunc(secrets, func(prefix string) bool { return strings.HasPrefix(verb, prefix) })
}

var secrets = []string{"auth.", "epro.device."}

const trailPage = 100

// trail answers the entries of the study that fit, newest first. Next goes on, also where nothing was found yet; back is how far the
// search has looked.
func (s *Service) trail(w http.ResponseWriter, r *http.Request) error {
	f, err := trailFilter(r, auth.AuditRead)
	if err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	from, ok := ledger.ParsePlace(after)
	if !ok {
		return casebook.Fail(casebook.Invalid, "edc.trail_after", after).At("after")
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	found, err := s.searchTrail(r.Context(), studyOf(r), f, from, trailPage)
	if err != nil {
		return err
	}
	entries := []trailEntry{}
	for _, e := range found.Entries {
		entries = append(entries, trailOf(e, names))
	}
	return web.JSON(w, http.StatusOK, struct {
		Entries []trailEntry `json:"entries"`
		Next    string       `json:"next"`
		Back    time.Time    `json:"back,omitzero"`
	}{entries, found.Next.String(), found.Next.At})
}

func (s *Service) searchTrail(ctx context.Context, study casebook.StudyID, f ledger.Filter, from ledger.Place, limit int) (found ledger.Found, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		found, err = ledger.Search(ctx, tx, study, f, from, limit)
		return err
	})
	return found, err
}

// exportTrail is what a search finds as CSV, of any length: one row for each changed item, one for each other entry.
func (s *Service) exportTrail(w http.ResponseWriter, r *http.Request) error {
	f, err := trailFilter(r, auth.ExportMake)
	if err != nil {
		return err
	}
	names, err := s.names(r)
	if err != nil {
		return err
	}
	if err := s.exported(r.Context(), r, "trail"); err != nil {
		return err
	}
	out, err := web.NewSheet(w, "trail", "study", "index", "at", "user", "name", "role", "site", "subject", "what", "where", "group", "repeat", "item", "old", "new", "old_blank", "new_blank", "computed", "reason", "trace")
	from := ledger.Place{}
	for err == nil {
		var found ledger.Found
		if found, err = s.searchTrail(r.Context(), studyOf(r), f, from, 1000); err != nil {
			break
		}
		for _, e := range found.Entries {
			if err == nil {
				err = trailRows(out, studyOf(r), trailOf(e, names))
			}
		}
		if from = found.Next; from.ID == "" {
			break
		}
	}
	out.Flush()
	if err != nil {
		return err
	}
	return out.Error()
}

func trailRows(out web.Sheet, study casebook.StudyID, e trailEntry) error {
	changes := e.Changes
	if len(changes) == 0 {
		changes = []trailChange{{Old: e.Old, New: e.New}}
	}
	for _, c := range changes {
		err := out.Line(string(study), strconv.FormatInt(e.Index, 10), e.At.UTC().Format(time.RFC3339Nano), string(e.By), e.ByName, e.Role, string(e.Site), string(e.Subject),
			e.What, e.Where, c.Group, c.Repeat, c.Item, c.Old, c.New, c.OldBlank, c.NewBlank, strconv.FormatBool(c.Computed), e.Reason, e.Trace)
		if err != nil {
			return err
		}
	}
	return nil
}

// trailReview is what a review of the trail looked at.
type trailReview struct {
	Filter map[string]string `json:"filter"`
	Found  int               `json:"found"` // entries that the reviewer had before the eyes
}

// reviewTrail records that somebody has reviewed the trail as far as a search went, and what they found: {filter, found, note}. The
// address narrows as the search does, so that a review of one site is one of that site.
func (s *Service) reviewTrail(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Filter map[string]string `json:"filter"`
		Found  int               `json:"found"`
		Note   string            `json:"note"`
	}
	if err := web.Decode(r, maxSave, &in); err != nil {
		return err
	}
	note := strings.TrimSpace(in.Note)
	switch {
	case note == "":
		return casebook.Fail(casebook.Unprocessable, "edc.trail_note").At("/note")
	case len(note) > maxReason:
		return casebook.Fail(casebook.Invalid, "edc.reason_length", maxReason).At("/note")
	}
	site := casebook.SiteID(in.Filter["site"])
	all, sites := auth.From(r.Context()).Sites(auth.FormReview, studyOf(r))
	if site == "" && !all && len(sites) == 1 {
		site = sites[0]
	}
	ctx, ok := auth.Act(r.Context(), auth.FormReview, studyOf(r), site)
	if !ok {
		return casebook.Fail(casebook.NotFound, "trial.site_unknown", site).At("site")
	}
	text, err := json.Marshal(trailReview{in.Filter, in.Found}, json.Deterministic(true))
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		if site != "" {
			if _, err := trial.FindSite(ctx, w.Tx, studyOf(r), site); err != nil {
				return err
			}
		}
		size, err := ledger.Size(ctx, w.Tx, studyOf(r))
		w.Record(ctx, ledger.Entry{What: TrailReviewed, Site: site, Ref: strconv.FormatInt(size, 10), New: string(text), Reason: note})
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
