package auth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// NewToken is a token to be issued.
type NewToken struct {
	Study   casebook.StudyID
	Kind    Kind               // Device or Client
	Name    string             // what it is for, for people to read
	Subject casebook.SubjectID // of a device: the one subject it speaks for
	Expires time.Time          // zero for never

	// Of a client: what it may do, out of the policy's column for clients; at which sites, none for all; from which
	// networks, none for any.
	Scopes   []Action
	Sites    []casebook.SiteID
	Networks []netip.Prefix
}

// tokenStudy are the study ids that can stand in a token (RFC 6750's b64token, without what could end it).
var tokenStudy = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// IssueToken makes a token and returns its text, "cb_STUDY_ID_SECRET", which is kept nowhere, and its id. A client's
// first key gives the client its id.
func (s *Service) IssueToken(ctx context.Context, n NewToken) (text, id string, err error) {
	if err := n.check(); err != nil {
		return "", "", err
	}
	err = s.ledger.Write(ctx, n.Study, func(w *ledger.Writer) error {
		text, id, err = s.issue(ctx, w, n.state())
		return err
	})
	return text, id, err
}

// state is a token as its row and its entry will hold it.
func (n *NewToken) state() tokenState {
	return tokenState{Kind: n.Kind, Name: n.Name, Scopes: joined(n.Scopes), Subject: n.Subject, Expires: store.Micros(n.Expires),
		Sites: joined(n.Sites), Networks: joined(n.Networks)}
}

// joined writes a list as a row keeps it: with spaces between.
func joined[T any](list []T) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, " ")
}

// issue puts in a token under a new id and secret.
func (s *Service) issue(ctx context.Context, w *ledger.Writer, t tokenState) (text, id string, err error) {
	id = hex.EncodeToString(s.world.Bytes(8))
	text = "cb_" + string(w.Study) + "_" + id + "_" + hex.EncodeToString(s.world.Bytes(32))
	sum := digest(text)
	t.Hash = hex.EncodeToString(sum[:])
	if t.Kind == Client && t.Client == "" {
		t.Client = id
	}
	_, err = w.Exec(ctx, `INSERT INTO auth_token(study_id, token_id, kind, name, hash, scopes, subject_id, created, expires, revoked, client_id, sites, networks)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,0,$10,$11,$12)`, w.Study, id, string(t.Kind), t.Name, t.Hash, t.Scopes, t.Subject, store.Micros(w.Now), t.Expires,
		t.Client, t.Sites, t.Networks)
	if err != nil {
		return "", "", err
	}
	return text, id, record(ctx, w, ledger.Entry{What: "auth.token.issued", Ref: id, Subject: t.Subject}, nil, t)
}

func (n *NewToken) check() error {
	switch {
	case !tokenStudy.MatchString(string(n.Study)) || n.Study == casebook.Platform:
		return casebook.Fail(casebook.Invalid, "auth.token.study", n.Study).At("study")
	case n.Kind == Device && n.Subject != "" && len(n.Scopes)+len(n.Sites)+len(n.Networks) == 0:
		return nil
	case n.Kind != Client || n.Subject != "" || len(n.Scopes) == 0:
		return casebook.Fail(casebook.Invalid, "auth.token.kind").At("kind")
	}
	for _, a := range n.Scopes {
		if !policy.of[ClientRole].has(a) {
			return casebook.Fail(casebook.Invalid, "auth.token.scope", a).At("scopes")
		}
	}
	for _, site := range n.Sites {
		if site == "" || strings.ContainsAny(string(site), " \t\r\n\x00") {
			return casebook.Fail(casebook.Invalid, "auth.token.site", site).At("sites")
		}
	}
	return nil
}

// RevokeToken ends a token: within the second everywhere, at once in this process.
func (s *Service) RevokeToken(ctx context.Context, study casebook.StudyID, id, reason string) error {
	defer s.forget()
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if err := revoke(ctx, w, id, reason); err != nil {
			return err
		}
		return withdraw(ctx, w.Tx, study)
	})
}

func revoke(ctx context.Context, w *ledger.Writer, id, reason string) error {
	var subject casebook.SubjectID
	err := w.Row(ctx, `UPDATE auth_token SET revoked = $3 WHERE study_id = $1 AND token_id = $2 AND revoked = 0 RETURNING subject_id`,
		w.Study, id, store.Micros(w.Now)).Scan(&subject)
	if err == store.ErrNoRows {
		return casebook.Fail(casebook.NotFound, "auth.token.unknown", id).At("token")
	}
	if err != nil {
		return err
	}
	return record(ctx, w, ledger.Entry{What: "auth.token.revoked", Ref: id, Subject: subject, Reason: reason}, revokedState{false}, revokedState{true})
}

// bearer is the token of a request, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// token returns the principal of a token's text: of one that was issued, or of an access token that one was exchanged
// for.
func (s *Service) token(ctx context.Context, text string) (*Principal, error) {
	load := s.loadToken
	switch {
	case len(text) > maxToken:
		return nil, errBadToken
	case strings.HasPrefix(text, accessPrefix):
		load = s.loadAccess
	case !strings.HasPrefix(text, "cb_"):
		return nil, errBadToken
	}
	c := digest(text)
	v, err := s.verify(ctx, c, func() (*verified, error) { return load(ctx, text, c) })
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, errBadToken
	}
	return v.principal, nil
}

// maxToken bounds the text of a token: an access token that names all scopes is the longest.
const maxToken = 1024

var errBadToken = casebook.Fail(casebook.Unauthorized, "auth.token.refused")

// loadToken looks a token up by the study and id in its text, and compares its hash.
func (s *Service) loadToken(ctx context.Context, text string, c credential) (*verified, error) {
	rest, _, ok := cutLast(strings.TrimPrefix(text, "cb_"))
	study, id, ok2 := cutLast(rest)
	if !ok || !ok2 || !tokenStudy.MatchString(study) || !tokenStudy.MatchString(id) {
		return nil, nil
	}
	v, hash, err := s.loadKey(ctx, casebook.StudyID(study), id)
	if err != nil || subtle.ConstantTimeCompare([]byte(hash), []byte(hex.EncodeToString(c[:]))) == 0 {
		return nil, err
	}
	return v, nil
}

// loadKey reads a token that was issued and not revoked, and the hash of its text. Error: store.ErrNoRows.
func (s *Service) loadKey(ctx context.Context, study casebook.StudyID, id string) (v *verified, hash string, err error) {
	var t tokenState
	v = &verified{study: study}
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.revision, err = revision(ctx, tx, study); err != nil {
			return err
		}
		return tx.Row(ctx, `SELECT kind, name, hash, scopes, subject_id, expires, client_id, sites, networks FROM auth_token
			WHERE study_id = $1 AND token_id = $2 AND revoked = 0`, study, id).
			Scan(&t.Kind, &t.Name, &t.Hash, &t.Scopes, &t.Subject, &t.Expires, &t.Client, &t.Sites, &t.Networks)
	})
	if err != nil {
		return nil, "", err
	}
	v.expires = t.Expires
	v.principal = t.principal(study, id)
	return v, t.Hash, nil
}

// principal is who a token speaks for.
func (t *tokenState) principal(study casebook.StudyID, id string) *Principal {
	p := &Principal{Kind: t.Kind, Name: t.Name, Locale: "en", Study: study, Subject: t.Subject, key: id, until: t.Expires}
	p.User = casebook.UserID(string(t.Kind) + ":" + cmp.Or(t.Client, id))
	for _, a := range strings.Fields(t.Scopes) {
		p.scopes |= policy.bit[Action(a)]
	}
	for _, n := range strings.Fields(t.Networks) {
		prefix, err := netip.ParsePrefix(n)
		if err != nil { // as nobody here writes it: it lets nobody in
			prefix = netip.Prefix{}
		}
		p.networks = append(p.networks, prefix)
	}
	for _, site := range strings.Fields(t.Sites) {
		p.Grants = append(p.Grants, Grant{Study: study, Site: casebook.SiteID(site), Role: Role(t.Kind)})
	}
	if len(p.Grants) == 0 {
		p.Grants = []Grant{{Study: study, Role: Role(t.Kind)}}
	}
	return p
}

// at refuses a client that comes from elsewhere than it may.
func (p *Principal) at(from func(*http.Request) netip.Addr, r *http.Request) error {
	if len(p.networks) == 0 {
		return nil
	}
	address := from(r)
	for _, n := range p.networks {
		if n.Contains(address) {
			return nil
		}
	}
	return casebook.Fail(casebook.Forbidden, "auth.token.network", address.String())
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '_')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
