package auth

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
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
	Scopes  []Action           // of a client: what it may do, out of the policy's column for clients
	Subject casebook.SubjectID // of a device: the one subject it speaks for
	Expires time.Time          // zero for never
}

// tokenStudy are the study ids that can stand in a token (RFC 6750's b64token, without what could end it).
var tokenStudy = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// IssueToken makes a token and returns its text, "cb_STUDY_ID_SECRET", which is kept nowhere, and its id.
func (s *Service) IssueToken(ctx context.Context, n NewToken) (text, id string, err error) {
	if err := n.check(); err != nil {
		return "", "", err
	}
	id = hex.EncodeToString(s.world.Bytes(8))
	text = "cb_" + string(n.Study) + "_" + id + "_" + hex.EncodeToString(s.world.Bytes(32))
	sum := digest(text)
	scopes := make([]string, len(n.Scopes))
	for i, a := range n.Scopes {
		scopes[i] = string(a)
	}
	t := tokenState{n.Kind, n.Name, strings.Join(scopes, " "), n.Subject, store.Micros(n.Expires), hex.EncodeToString(sum[:]), false}
	err = s.ledger.Write(ctx, n.Study, func(w *ledger.Writer) error {
		_, err := w.Exec(ctx, `INSERT INTO auth_token(study_id, token_id, kind, name, hash, scopes, subject_id, created, expires, revoked)
			VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,0)`, n.Study, id, string(t.Kind), t.Name, t.Hash, t.Scopes, t.Subject, store.Micros(w.Now), t.Expires)
		if err != nil {
			return err
		}
		return record(ctx, w, ledger.Entry{What: "auth.token.issued", Ref: id, Subject: n.Subject}, nil, t)
	})
	return text, id, err
}

func (n *NewToken) check() error {
	switch {
	case !tokenStudy.MatchString(string(n.Study)) || n.Study == casebook.Platform:
		return casebook.Fail(casebook.Invalid, "auth.token.study", n.Study).At("study")
	case n.Kind == Device && n.Subject != "" && len(n.Scopes) == 0:
		return nil
	case n.Kind != Client || n.Subject != "" || len(n.Scopes) == 0:
		return casebook.Fail(casebook.Invalid, "auth.token.kind").At("kind")
	}
	for _, a := range n.Scopes {
		if !policy.of[ClientRole].has(a) {
			return casebook.Fail(casebook.Invalid, "auth.token.scope", a).At("scopes")
		}
	}
	return nil
}

// RevokeToken ends a token: within the second everywhere, at once in this process.
func (s *Service) RevokeToken(ctx context.Context, study casebook.StudyID, id, reason string) error {
	defer s.forget()
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		var subject casebook.SubjectID
		err := w.Row(ctx, `UPDATE auth_token SET revoked = $3 WHERE study_id = $1 AND token_id = $2 AND revoked = 0 RETURNING subject_id`,
			study, id, store.Micros(w.Now)).Scan(&subject)
		if err == store.ErrNoRows {
			return casebook.Fail(casebook.NotFound, "auth.token.unknown", id).At("token")
		}
		if err != nil {
			return err
		}
		err = record(ctx, w, ledger.Entry{What: "auth.token.revoked", Ref: id, Subject: subject, Reason: reason}, revokedState{false}, revokedState{true})
		if err != nil {
			return err
		}
		return withdraw(ctx, w.Tx, study)
	})
}

// bearer is the token of a request, or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// token returns the principal of a token's text.
func (s *Service) token(ctx context.Context, text string) (*Principal, error) {
	if len(text) > 256 || !strings.HasPrefix(text, "cb_") {
		return nil, errBadToken
	}
	c := digest(text)
	v, err := s.verify(ctx, c, func() (*verified, error) { return s.loadToken(ctx, text, c) })
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, errBadToken
	}
	return v.principal, nil
}

var errBadToken = casebook.Fail(casebook.Unauthorized, "auth.token.refused")

// loadToken looks a token up by the study and id in its text, and compares its hash.
func (s *Service) loadToken(ctx context.Context, text string, c credential) (*verified, error) {
	rest, _, ok := cutLast(strings.TrimPrefix(text, "cb_"))
	study, id, ok2 := cutLast(rest)
	if !ok || !ok2 || !tokenStudy.MatchString(study) || !tokenStudy.MatchString(id) {
		return nil, nil
	}
	v := &verified{study: casebook.StudyID(study)}
	p := &Principal{Study: v.study, Locale: "en"}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if v.revision, err = revision(ctx, tx, v.study); err != nil {
			return err
		}
		var hash, scopes string
		var revoked int64
		err = tx.Row(ctx, `SELECT kind, name, hash, scopes, subject_id, expires, revoked FROM auth_token WHERE study_id = $1 AND token_id = $2`,
			study, id).Scan(&p.Kind, &p.Name, &hash, &scopes, &p.Subject, &v.expires, &revoked)
		if err != nil {
			return err
		}
		if revoked != 0 || subtle.ConstantTimeCompare([]byte(hash), []byte(hex.EncodeToString(c[:]))) == 0 {
			return store.ErrNoRows
		}
		for _, a := range strings.Fields(scopes) {
			p.scopes |= policy.bit[Action(a)]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.User = casebook.UserID(string(p.Kind) + ":" + id)
	p.Grants = []Grant{{Study: v.study, Role: Role(p.Kind)}}
	v.principal = p
	return v, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '_')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
