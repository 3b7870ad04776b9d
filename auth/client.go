package auth

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"
)

// Program is a client: another program, with what it may do and its keys. Its id is "STUDY.ID", which OAuth calls client_id.
type Program struct {
	ID       string            `json:"id"`
	Study    casebook.StudyID  `json:"study"`
	User     casebook.UserID   `json:"user"` // as entries of the ledger call it
	Name     string            `json:"name"`
	Scopes   []Action          `json:"scopes"`
	Sites    []casebook.SiteID `json:"sites"`    // none for all
	Networks []string          `json:"networks"` // CIDR; none for any
	Keys     []Key             `json:"keys"`     // the oldest first
}

// Key is one key of a client; its secret is kept nowhere.
type Key struct {
	ID      string    `json:"id"`
	Prefix  string    `json:"prefix"` // how the key begins
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// open reports whether a key is good at now.
func (k *Key) open(now time.Time) bool {
	return k.Revoked.IsZero() && (k.Expires.IsZero() || k.Expires.After(now))
}

// Programs returns the clients of a study, of all studies when it is "", by study and id.
func (s *Service) Programs(ctx context.Context, study casebook.StudyID) (all []Program, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err = programs(ctx, tx, study)
		return err
	})
	return all, err
}

// Program returns a client that has an open key, or NotFound auth.client.unknown.
func (s *Service) Program(ctx context.Context, id string) (p Program, err error) {
	study, _, err := clientID(id)
	if err != nil {
		return Program{}, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		p, err = program(ctx, tx, study, id)
		return err
	})
	return p, err
}

const clientColumns = `study_id, client_id, token_id, name, scopes, sites, networks, created, expires, revoked`

func programs(ctx context.Context, tx *store.Tx, study casebook.StudyID) (all []Program, err error) {
	by := map[string]int{}
	read := func(r *store.Rows) error {
		var p Program
		var client, scopes, sites, networks string
		var created, expires, revoked int64
		var k Key
		if err := r.Scan(&p.Study, &client, &k.ID, &p.Name, &scopes, &sites, &networks, &created, &expires, &revoked); err != nil {
			return err
		}
		p.ID, p.User = string(p.Study)+"."+client, casebook.UserID("client:"+client)
		p.Scopes, p.Sites, p.Networks = split[Action](scopes), split[casebook.SiteID](sites), append([]string{}, strings.Fields(networks)...)
		k.Prefix, k.Created = "cb_"+string(p.Study)+"_"+k.ID+"_", store.Time(created)
		if expires != 0 {
			k.Expires = store.Time(expires)
		}
		if revoked != 0 {
			k.Revoked = store.Time(revoked)
		}
		i, known := by[p.ID]
		if !known {
			i = len(all)
			by[p.ID], all = i, append(all, p)
		}
		all[i].Keys = append(all[i].Keys, k)
		return nil
	}
	if study == "" {
		err = tx.Each(ctx, read, `SELECT `+clientColumns+` FROM auth_token WHERE kind = 'client' ORDER BY study_id, created, token_id`)
	} else {
		err = tx.Each(ctx, read, `SELECT `+clientColumns+` FROM auth_token WHERE study_id = $1 AND kind = 'client' ORDER BY created, token_id`, study)
	}
	return all, err
}

// KeyNames returns what the programs of all studies are called, by their keys.
func KeyNames(ctx context.Context, tx *store.Tx) (map[string]string, error) {
	all, err := programs(ctx, tx, "")
	names := map[string]string{}
	for _, p := range all {
		for _, k := range p.Keys {
			names[k.ID] = p.Name
		}
	}
	return names, err
}

func split[T ~string](text string) []T {
	list := []T{}
	for _, word := range strings.Fields(text) {
		list = append(list, T(word))
	}
	return list
}

// clientID reads the id of a client, "STUDY.ID". A study's id may hold points, a client's does not.
func clientID(text string) (study casebook.StudyID, client string, err error) {
	i := strings.LastIndexByte(text, '.')
	if i < 1 || !tokenStudy.MatchString(text[:i]) || !tokenStudy.MatchString(text[i+1:]) {
		return "", "", noClient(text)
	}
	return casebook.StudyID(text[:i]), text[i+1:], nil
}

func noClient(id string) error {
	return casebook.Fail(casebook.NotFound, "auth.client.unknown", id).At("client")
}

// maxOverlap is the longest that a former key may go on beside its follower.
const maxOverlap = 30 * 24 * time.Hour

// RotateKey gives a client a new key, with what its last one could do; its others end after overlap, or at their own time
// if that is sooner. Errors: NotFound auth.client.unknown when none of its keys is open; Invalid auth.client.overlap.
func (s *Service) RotateKey(ctx context.Context, id string, overlap time.Duration, expires time.Time) (text string, err error) {
	study, client, err := clientID(id)
	if err != nil {
		return "", err
	}
	if overlap < 0 || overlap > maxOverlap {
		return "", casebook.Fail(casebook.Invalid, "auth.client.overlap", int(maxOverlap/time.Hour)).At("overlap")
	}
	defer s.forget()
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := program(ctx, w.Tx, study, id)
		if err != nil {
			return err
		}
		if err := limit(ctx, w, p.Keys, w.Now.Add(overlap)); err != nil {
			return err
		}
		t := tokenState{Kind: Client, Name: p.Name, Scopes: joined(p.Scopes), Sites: joined(p.Sites), Networks: joined(p.Networks),
			Client: client, Expires: store.Micros(expires)}
		if text, _, err = s.issue(ctx, w, t); err != nil {
			return err
		}
		return withdraw(ctx, w.Tx, study)
	})
	return text, err
}

// limit has the keys that are open end at a moment, unless they end sooner.
func limit(ctx context.Context, w *ledger.Writer, keys []Key, until time.Time) error {
	for _, k := range keys {
		if !k.open(w.Now) || !k.Expires.IsZero() && !k.Expires.After(until) {
			continue
		}
		if err := w.Later(ctx, `UPDATE auth_token SET expires = $3 WHERE study_id = $1 AND token_id = $2`, w.Study, k.ID, store.Micros(until)); err != nil {
			return err
		}
		err := record(ctx, w, ledger.Entry{What: "auth.token.limited", Ref: k.ID}, expiresState{store.Micros(k.Expires)}, expiresState{store.Micros(until)})
		if err != nil {
			return err
		}
	}
	return nil
}

// program reads a client that has an open key.
func program(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (Program, error) {
	all, err := programs(ctx, tx, study)
	if err != nil {
		return Program{}, err
	}
	i := slices.IndexFunc(all, func(p Program) bool { return p.ID == id })
	if i < 0 || !slices.ContainsFunc(all[i].Keys, func(k Key) bool { return k.open(tx.Now) }) {
		return Program{}, noClient(id)
	}
	return all[i], nil
}

// EndClient revokes all keys of a client, or the one that is named: within the second everywhere.
func (s *Service) EndClient(ctx context.Context, id, key, reason string) error {
	study, _, err := clientID(id)
	if err != nil {
		return err
	}
	defer s.forget()
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := program(ctx, w.Tx, study, id)
		if err != nil {
			return err
		}
		ended := 0
		for _, k := range p.Keys {
			if !k.open(w.Now) || key != "" && k.ID != key {
				continue
			}
			if err := revoke(ctx, w, k.ID, reason); err != nil {
				return err
			}
			ended++
		}
		if ended == 0 {
			return casebook.Fail(casebook.NotFound, "auth.token.unknown", key).At("token")
		}
		return withdraw(ctx, w.Tx, study)
	})
}

func (s *Service) clientRoutes() []Route {
	manage, one := OnPlatform(AccessManage), "/api/v1/clients/{client}"
	return []Route{
		{"GET /api/v1/clients", manage, s.getClients},
		{"POST /api/v1/clients", manage, s.postClient},
		{"DELETE " + one, manage, s.deleteClient},
		{"POST " + one + "/keys", manage, s.postKey},
		{"DELETE " + one + "/keys/{token}", manage, s.deleteKey},
		{"POST /oauth2/token", Public, s.postToken},
	}
}

// getClients tells the clients of all studies, or of the one that is asked for, and what a client may be given.
func (s *Service) getClients(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Programs(r.Context(), casebook.StudyID(r.URL.Query().Get("study")))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"clients": append([]Program{}, all...), "scopes": Scopes()})
}

// Scopes are what a client may be given, in the order of the grid.
func Scopes() []Action {
	return slices.DeleteFunc(slices.Clone(policy.actions), func(a Action) bool { return !policy.of[ClientRole].has(a) })
}

// newKey is a key as it is told once: Key is a bearer token, and the client_secret of OAuth.
type newKey struct {
	Client string `json:"client"`
	Key    string `json:"key"`
}

// postClient makes a client with its first key.
func (s *Service) postClient(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Study    casebook.StudyID  `json:"study"`
		Name     string            `json:"name"`
		Scopes   []Action          `json:"scopes"`
		Sites    []casebook.SiteID `json:"sites"`
		Networks []string          `json:"networks"`
		Expires  time.Time         `json:"expires"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	n := NewToken{Study: in.Study, Kind: Client, Name: strings.TrimSpace(in.Name), Scopes: in.Scopes, Sites: in.Sites, Expires: in.Expires}
	if n.Name == "" || len(n.Name) > 200 {
		return casebook.Fail(casebook.Invalid, "auth.client.name").At("/name")
	}
	if err := s.ahead(in.Expires); err != nil {
		return err
	}
	for _, text := range in.Networks {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return casebook.Fail(casebook.Invalid, "auth.client.network", text).At("/networks")
		}
		n.Networks = append(n.Networks, prefix.Masked())
	}
	text, id, err := s.IssueToken(r.Context(), n)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusCreated, newKey{string(in.Study) + "." + id, text})
}

// ahead refuses an end that lies behind.
func (s *Service) ahead(expires time.Time) error {
	if !expires.IsZero() && !expires.After(s.world.Now()) {
		return casebook.Fail(casebook.Invalid, "auth.client.expires").At("/expires")
	}
	return nil
}

// postKey gives a client a new key; its others end after the hours of overlap.
func (s *Service) postKey(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Overlap int64     `json:"overlap"` // hours
		Expires time.Time `json:"expires"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.ahead(in.Expires); err != nil {
		return err
	}
	if in.Overlap < 0 || in.Overlap > int64(maxOverlap/time.Hour) {
		in.Overlap = int64(maxOverlap/time.Hour) + 1 // refused below, and cannot overflow
	}
	text, err := s.RotateKey(r.Context(), r.PathValue("client"), time.Duration(in.Overlap)*time.Hour, in.Expires)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusCreated, newKey{r.PathValue("client"), text})
}

// deleteClient revokes all keys of a client.
func (s *Service) deleteClient(w http.ResponseWriter, r *http.Request) error { return s.end(w, r, "") }

// deleteKey revokes one key of a client.
func (s *Service) deleteKey(w http.ResponseWriter, r *http.Request) error {
	return s.end(w, r, r.PathValue("token"))
}

func (s *Service) end(w http.ResponseWriter, r *http.Request, key string) error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if strings.TrimSpace(in.Reason) == "" {
		return casebook.Fail(casebook.Invalid, "auth.reason").At("/reason")
	}
	if err := s.EndClient(r.Context(), r.PathValue("client"), key, in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
