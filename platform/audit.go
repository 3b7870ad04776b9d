package platform

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// administered are the verbs of what administrators do, by kind, the kinds in the order of the page.
var administered = []struct {
	kind  string
	verbs []string
}{
	{"keys", []string{"auth.token.", "platform.key."}},
	{"webhooks", []string{"platform.webhook."}},
	{"settings", []string{"settings."}},
	{"people", []string{"auth.access.", "auth.person.", "auth.role.", "auth.support.", "auth.password.", "auth.factor.", "auth.recovery.", "auth.invitation."}},
	{"holds", []string{"retention."}},
	{"door", []string{"auth.signed_", "auth.sign_in."}},
}

// shownOfAuth are the members of an entry about access that are told: the others are hashes of secrets.
var shownOfAuth = []string{"active", "client", "expires", "grants", "kind", "locale", "name", "nameZh", "networks", "note", "people", "revoked", "role", "scopes", "site", "sites", "study"}

// Administered is an entry about administration, in one study or on the platform.
type Administered struct {
	ID     string           `json:"id"`
	Study  casebook.StudyID `json:"study"`
	Index  int64            `json:"index"` // -1 while it waits for its place
	At     time.Time        `json:"at"`
	By     casebook.UserID  `json:"by"`
	ByName string           `json:"byName"`
	Role   string           `json:"role"`
	What   string           `json:"what"`
	Where  string           `json:"where"` // which key, webhook, person, draft or release
	Name   string           `json:"name"`  // how that is called, where it has a name
	Site   casebook.SiteID  `json:"site,omitzero"`
	Old    string           `json:"old,omitzero"`
	New    string           `json:"new,omitzero"`
	Reason string           `json:"reason"`
	Trace  string           `json:"trace"`
}

const auditPage = 100

// audit tells who gave, rotated or revoked which key, changed which webhook, proposed, approved or took back which settings, gave whom which
// role, and placed or released which legal hold, on the platform and in all studies, the newest first. Next goes on, also where nothing was found yet; back is how far it has looked.
func (s *Service) audit(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	f, err := auditFilter(r)
	if err != nil {
		return err
	}
	from, ok := ledger.ParsePlace(q.Get("after"))
	if !ok {
		return casebook.Fail(casebook.Invalid, "platform.cursor", q.Get("after")).At("after")
	}
	var found ledger.Found
	entries := []Administered{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		studies := []casebook.StudyID{casebook.StudyID(q.Get("study"))}
		if studies[0] == "" {
			if studies, err = ledger.Studies(ctx, tx); err != nil {
				return err
			}
		}
		if found, err = ledger.SearchAll(ctx, tx, studies, f, from, auditPage); err != nil {
			return err
		}
		n, err := readNames(r, tx, found.Entries)
		for i := range found.Entries {
			e := &found.Entries[i]
			entries = append(entries, Administered{e.ID, e.Study, e.Index, e.At, e.Actor, n.by(e), e.Role, e.What, e.Ref, n.of(e), e.Site, told(e.What, e.Old), told(e.What, e.New), e.Reason, e.Trace})
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, struct {
		Entries []Administered `json:"entries"`
		Next    string         `json:"next"`
		Back    time.Time      `json:"back,omitzero"`
	}{entries, found.Next.String(), found.Next.At})
}

// auditFilter reads ?kind=, who=, from= and until= (days of UTC, the last not included). Without a kind it is everything but who came and went.
func auditFilter(r *http.Request) (f ledger.Filter, err error) {
	q := r.URL.Query()
	kind := q.Get("kind")
	f.Actor, f.AllSites = casebook.UserID(q.Get("who")), true
	for _, a := range administered {
		if kind == a.kind || kind == "" && a.kind != "door" {
			f.Among = append(f.Among, a.verbs...)
		}
	}
	if f.Among == nil {
		return f, casebook.Fail(casebook.Invalid, "platform.audit_kind", kind).At("kind")
	}
	for name, to := range map[string]*time.Time{"from": &f.From, "until": &f.Until} {
		if text := q.Get(name); text != "" {
			if *to, err = time.Parse(time.DateOnly, text); err != nil {
				return f, casebook.Fail(casebook.Invalid, "platform.day", text).At(name)
			}
		}
	}
	return f, nil
}

// names are what people, keys and webhooks are called; a webhook that was removed has none.
type names struct {
	people  map[casebook.UserID]auth.Account
	chinese bool
	keys    map[string]string
	hooks   map[string]string
}

// readNames reads the names that entries need.
func readNames(r *http.Request, tx *store.Tx, entries []ledger.Entry) (n names, err error) {
	ctx := r.Context()
	n = names{chinese: i18n.Language(r.Header.Get("Accept-Language")) == i18n.Chinese, hooks: map[string]string{}}
	if n.people, err = auth.Accounts(ctx, tx); err != nil {
		return n, err
	}
	if n.keys, err = auth.KeyNames(ctx, tx); err != nil {
		return n, err
	}
	var read []casebook.StudyID
	for _, e := range entries {
		if !strings.HasPrefix(e.What, "platform.webhook.") || slices.Contains(read, e.Study) {
			continue
		}
		read = append(read, e.Study)
		all, err := webhooks(ctx, tx, e.Study)
		if err != nil {
			return n, err
		}
		for _, h := range all {
			n.hooks[h.ID] = h.Name
		}
	}
	return n, nil
}

func (n *names) person(id casebook.UserID) string {
	a := n.people[id]
	if n.chinese && a.NameZH != "" {
		return a.NameZH
	}
	return a.Name
}

// by is who made an entry.
func (n *names) by(e *ledger.Entry) string {
	return cmp.Or(n.person(e.Actor), string(e.Actor))
}

// of is what an entry is about.
func (n *names) of(e *ledger.Entry) string {
	switch {
	case strings.HasPrefix(e.What, "auth.token."):
		return n.keys[e.Ref]
	case strings.HasPrefix(e.What, "platform.webhook."):
		return n.hooks[e.Ref]
	case strings.HasPrefix(e.What, "auth."):
		return n.person(casebook.UserID(e.Ref))
	}
	return ""
}

// told is a body of an entry without what is a secret's hash.
func told(what, body string) string {
	if !strings.HasPrefix(what, "auth.") || body == "" {
		return body
	}
	var all map[string]jsontext.Value
	if json.Unmarshal([]byte(body), &all) != nil {
		return ""
	}
	for name := range all {
		if !slices.Contains(shownOfAuth, name) {
			delete(all, name)
		}
	}
	return ledger.Text(all)
}
