package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// The regulated rows, as entries tell them and as the fold compares them.
type (
	personState struct {
		Name     string `json:"name"`
		NameZH   string `json:"nameZh"`
		Locale   string `json:"locale"`
		Active   bool   `json:"active"`
		Password string `json:"password"` // see sealOf
	}
	passwordState struct {
		Password string `json:"password"`
	}
	activeState struct {
		Active bool `json:"active"`
	}
	revokedState struct {
		Revoked bool `json:"revoked"`
	}
	tokenState struct {
		Kind    Kind               `json:"kind"`
		Name    string             `json:"name"`
		Scopes  string             `json:"scopes"`
		Subject casebook.SubjectID `json:"subject"`
		Expires int64              `json:"expires"` // microseconds, 0 for never
		Hash    string             `json:"hash"`    // of 256 random bits: it tells nobody the token
		Revoked bool               `json:"revoked"`

		Client   string `json:"client,omitzero"` // of a client's key: whose it is
		Sites    string `json:"sites,omitzero"`
		Networks string `json:"networks,omitzero"`
	}
	expiresState struct {
		Expires int64 `json:"expires"`
	}
)

type inviteState struct {
	Hash       string     `json:"hash"`
	Expires    int64      `json:"expires"`             // microseconds
	Identified Identified `json:"identified,omitzero"` // stands in the entry alone
}

// sealOf is what an entry holds of a stored password: enough to see it exchanged, and no help in guessing it beyond the
// stored string itself, since each guess costs a computation of argon2id.
func sealOf(stored string) string {
	if stored == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(stored))
	return hex.EncodeToString(sum[:])
}

// NewFold returns the fold that compares the study's tokens, and for the platform the accounts and roles, with what the
// ledger says of them: whoever gives himself a role or a password by SQL is found.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, people: map[string]personState{}, factors: map[string]factorState{}, invites: map[string]inviteState{}, externals: map[string]externalState{}, passkeys: map[string]passkeyState{}, reviews: map[string]reviewState{}, grants: map[string]bool{}, supports: map[string]supportRow{}, tokens: map[string]tokenState{}}
}

type fold struct {
	study     casebook.StudyID
	people    map[string]personState
	factors   map[string]factorState
	invites   map[string]inviteState
	externals map[string]externalState
	passkeys  map[string]passkeyState
	reviews   map[string]reviewState
	grants    map[string]bool
	supports  map[string]supportRow
	tokens    map[string]tokenState
	findings  []ledger.Finding
}

func (f *fold) found(table, row, what string) {
	f.findings = append(f.findings, ledger.Finding{Study: f.study, Table: table, Row: row, What: what})
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	var err error
	switch e.What {
	case "auth.person.created", "auth.password.set", "auth.person.deactivated":
		p := f.people[e.Ref] // an entry replaces what it names
		err = json.Unmarshal([]byte(e.New), &p)
		f.people[e.Ref] = p
	case "auth.factor.enrolled", "auth.factor.resealed", "auth.recovery.used":
		p := f.factors[e.Ref]
		err = json.Unmarshal([]byte(e.New), &p)
		f.factors[e.Ref] = p
	case "auth.provider.tied":
		var x externalState
		err = json.Unmarshal([]byte(e.New), &x)
		f.externals[e.Ref] = x
	case "auth.provider.untied":
		delete(f.externals, e.Ref)
	case "auth.factor.removed":
		delete(f.factors, e.Ref)
		if e.New != "" { // the recovery codes of who has passkeys
			var p factorState
			err = json.Unmarshal([]byte(e.New), &p)
			f.factors[e.Ref] = p
		}
	case "auth.passkey.added", "auth.passkey.named":
		var p passkeyState
		err = json.Unmarshal([]byte(e.New), &p)
		f.passkeys[e.Ref] = p
	case "auth.passkey.removed":
		delete(f.passkeys, e.Ref)
	case "auth.person.invited":
		var i inviteState
		err = json.Unmarshal([]byte(e.New), &i)
		i.Identified = ""
		f.invites[e.Ref] = i
	case "auth.invitation.used":
		delete(f.invites, e.Ref)
	case "auth.role.granted", "auth.role.withdrawn":
		var g Grant
		text := e.New + e.Old // one of them is empty
		err = json.Unmarshal([]byte(text), &g)
		if e.What == "auth.role.granted" {
			f.grants[grantRow(e.Ref, g)] = true
		} else {
			delete(f.grants, grantRow(e.Ref, g))
		}
	case "auth.support.granted":
		var g supportState
		err = json.Unmarshal([]byte(e.New), &g)
		f.supports[e.Ref+"/"+string(g.Study)] = supportRow{g.Until, e.Reason, string(e.Actor)}
	case "auth.support.withdrawn":
		var g supportState
		err = json.Unmarshal([]byte(e.Old), &g)
		delete(f.supports, e.Ref+"/"+string(g.Study))
	case "auth.access.reviewed":
		var v reviewState
		err = json.Unmarshal([]byte(e.New), &v)
		f.reviews[e.Ref] = v
	case "auth.token.issued", "auth.token.limited", "auth.token.revoked":
		t := f.tokens[e.Ref]
		err = json.Unmarshal([]byte(e.New), &t)
		if t.Kind == Client && t.Client == "" { // issued when a client had one key
			t.Client = e.Ref
		}
		f.tokens[e.Ref] = t
	}
	if err != nil {
		f.found("ledger_entry", e.ID, "cannot be read")
	}
}

// supportRow is what a row says beside its key.
type supportRow struct {
	until      int64 // microseconds
	reason, by string
}

func grantRow(user string, g Grant) string {
	return strings.Join([]string{user, string(g.Study), string(g.Site), string(g.Role)}, "/")
}

// Compare names the rows that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) ([]ledger.Finding, error) {
	compare := f.compareTokens
	if f.study == casebook.Platform {
		compare = f.comparePlatform
	}
	err := compare(ctx, tx)
	return f.findings, err
}

func (f *fold) comparePlatform(ctx context.Context, tx *store.Tx) error {
	people, grants := map[string]personState{}, map[string]bool{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var user, password string
		var p personState
		var active int64
		err := r.Scan(&user, &p.Name, &p.NameZH, &p.Locale, &active, &password)
		p.Active, p.Password = active == 1, sealOf(password)
		people[user] = p
		return err
	}, `SELECT user_id, name, name_zh, locale, active, password FROM auth_person`)
	if err != nil {
		return err
	}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var user string
		var g Grant
		err := r.Scan(&user, &g.Study, &g.Site, &g.Role)
		grants[grantRow(user, g)] = true
		return err
	}, `SELECT user_id, study_id, site_id, role FROM auth_grant`)
	differ(f, "auth_person", people, f.people)
	differ(f, "auth_grant", grants, f.grants)
	if err != nil {
		return err
	}
	supports := map[string]supportRow{}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var user, study string
		var row supportRow
		err := r.Scan(&user, &study, &row.until, &row.reason, &row.by)
		supports[user+"/"+study] = row
		return err
	}, `SELECT user_id, study_id, until, reason, by_user FROM auth_support`)
	if err != nil {
		return err
	}
	differ(f, "auth_support", supports, f.supports)
	reviews := map[string]reviewState{}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var number string
		var v reviewState
		err := r.Scan(&number, &v.User, &v.Name, &v.Content, &v.People, &v.Grants, &v.Revoked, &v.Note)
		reviews[number] = v
		return err
	}, `SELECT CAST(number AS TEXT), user_id, name, content, people, grants, revoked, note FROM auth_review`)
	if err != nil {
		return err
	}
	differ(f, "auth_review", reviews, f.reviews)
	return f.compareProofs(ctx, tx)
}

// compareProofs compares second factors, passkeys, ties to a provider and the links by which passwords are chosen.
func (f *fold) compareProofs(ctx context.Context, tx *store.Tx) error {
	factors, invites := map[string]factorState{}, map[string]inviteState{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var user, secret, recovery string
		err := r.Scan(&user, &secret, &recovery)
		factors[user] = factorState{sealOf(secret), recovery}
		return err
	}, `SELECT user_id, secret, recovery FROM auth_factor`)
	if err != nil {
		return err
	}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var user string
		var i inviteState
		err := r.Scan(&user, &i.Hash, &i.Expires)
		invites[user] = i
		return err
	}, `SELECT user_id, hash, expires FROM auth_invite`)
	if err != nil {
		return err
	}
	passkeys := map[string]passkeyState{}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var id string
		var p passkeyState
		err := r.Scan(&id, &p.User, &p.Name, &p.Key, &p.Party)
		passkeys[id] = p
		return err
	}, `SELECT credential, user_id, name, public_key, party FROM auth_passkey`)
	if err != nil {
		return err
	}
	externals := map[string]externalState{}
	err = tx.Each(ctx, func(r *store.Rows) error {
		var user string
		var x externalState
		err := r.Scan(&user, &x.Issuer, &x.Subject)
		externals[user] = x
		return err
	}, `SELECT user_id, issuer, subject FROM auth_external`)
	differ(f, "auth_external", externals, f.externals)
	differ(f, "auth_factor", factors, f.factors)
	differ(f, "auth_passkey", passkeys, f.passkeys)
	differ(f, "auth_invite", invites, f.invites)
	return err
}

func (f *fold) compareTokens(ctx context.Context, tx *store.Tx) error {
	tokens := map[string]tokenState{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id string
		var t tokenState
		var revoked int64
		err := r.Scan(&id, &t.Kind, &t.Name, &t.Scopes, &t.Subject, &t.Expires, &t.Hash, &revoked, &t.Client, &t.Sites, &t.Networks)
		t.Revoked = revoked != 0
		tokens[id] = t
		return err
	}, `SELECT token_id, kind, name, scopes, subject_id, expires, hash, revoked, client_id, sites, networks FROM auth_token WHERE study_id = $1`, f.study)
	differ(f, "auth_token", tokens, f.tokens)
	return err
}

// differ names the rows of table that were put in, removed or altered.
func differ[V comparable](f *fold, table string, is, said map[string]V) {
	for _, row := range slices.Sorted(maps.Keys(is)) {
		switch was, known := said[row]; {
		case !known:
			f.found(table, row, "put in: the ledger does not know it")
		case is[row] != was:
			f.found(table, row, fmt.Sprintf("altered: it is %+v, the ledger says %+v", is[row], was))
		}
	}
	for _, row := range slices.Sorted(maps.Keys(said)) {
		if _, there := is[row]; !there {
			f.found(table, row, "removed: the ledger knows it")
		}
	}
}
