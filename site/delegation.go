package site

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/site/keep"
	"casebook/site/plan"
	"casebook/store"
	"casebook/web"
)

// Delegable are the roles that a principal investigator may charge people of the site with.
var Delegable = []auth.Role{auth.Investigator, auth.Coordinator}

// Delegation is one line of a site's delegation log: whom the principal investigator has charged with what. It holds from
// its signature to its end, and as long as it holds, the person has the role at the site.
type Delegation struct {
	Person string          `json:"person"`
	Name   odm.Text        `json:"name"`
	User   casebook.UserID `json:"user"`
	Role   auth.Role       `json:"role"`
	Tasks  []string        `json:"tasks"`
	From   plan.Date       `json:"from"`
	Signed *Signature      `json:"signed,omitempty"`
	Ended  *End            `json:"ended,omitempty"`
}

// Signature is what an electronic signature says (21 CFR 11.50) and what it is bound to (11.70).
type Signature struct {
	Signer  casebook.UserID `json:"signer"`
	Name    string          `json:"name"` // as printed
	Role    string          `json:"role"`
	Meaning string          `json:"meaning"` // "delegation", "acceptance", …
	At      time.Time       `json:"at"`
	Content string          `json:"content"` // SHA-256, in hex, of what was signed
	Size    int64           `json:"size"`    // entries in the study's order when it was signed
	Root    string          `json:"root"`    // of the tree over them, in hex
}

// Sign makes the signature of the actor in ctx, who has proved to be who they are, under content as it stands in the
// caller's write.
func Sign(ctx context.Context, w *ledger.Writer, meaning string, content any, printed string) (sig Signature, err error) {
	text, err := keep.Canonical(content)
	if err != nil {
		return sig, err
	}
	a, sum := casebook.ActorFrom(ctx), sha256.Sum256([]byte(text))
	sig = Signature{Signer: a.User, Name: printed, Role: a.Role, Meaning: meaning, At: w.Now, Content: hex.EncodeToString(sum[:])}
	sig.Size, sig.Root, err = ledger.Head(ctx, w.Tx, w.Study)
	return sig, err
}

// End is who ended a delegation, and why.
type End struct {
	By     casebook.UserID `json:"by"`
	At     time.Time       `json:"at"`
	Reason string          `json:"reason"`
}

// holds reports whether the delegation gives its role.
func (d *Delegation) holds() bool { return d.Signed != nil && d.Ended == nil }

// rank sorts what waits for a signature before what holds, and both before what has ended.
func (d *Delegation) rank() int {
	switch {
	case d.Ended != nil:
		return 2
	case d.Signed != nil:
		return 1
	}
	return 0
}

// Charge asks for a delegation.
type Charge struct {
	Person string    `json:"person"`
	Role   auth.Role `json:"role"`
	Tasks  []string  `json:"tasks"`
	From   plan.Date `json:"from"`
}

// Delegate adds a line to a site's delegation log, which waits for its signature, in the caller's write. It is the gate of
// training. Errors: Invalid site.role, site.tasks, site.start; Unprocessable site.person_unknown; Conflict
// site.no_account, site.training_missing with what is missing, site.delegated when the person has the role already.
func Delegate(ctx context.Context, w *ledger.Writer, site casebook.SiteID, id string, today plan.Date, in Charge) error {
	switch {
	case !slices.Contains(Delegable, in.Role):
		return casebook.Fail(casebook.Invalid, "site.role", in.Role).At("role")
	case len(in.Tasks) == 0 || len(in.Tasks) > 30:
		return casebook.Fail(casebook.Invalid, "site.tasks", 30).At("tasks")
	case in.From == 0:
		return casebook.Fail(casebook.Invalid, "site.start").At("from")
	}
	for i, task := range in.Tasks {
		if err := Fits("tasks/"+itoa(i), task, true, maxLine); err != nil {
			return err
		}
	}
	p, err := personAt(ctx, w.Tx, w.Study, site, in.Person)
	if err != nil {
		return err
	}
	if err := gate(ctx, w.Tx, w.Study, p, in.Role, today); err != nil {
		return err
	}
	held, err := holding(ctx, w.Tx, w.Study, site, in.Person)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(d keep.Record[Delegation]) bool { return d.Doc.Role == in.Role }) {
		return casebook.Fail(casebook.Conflict, "site.delegated", in.Role).At("role")
	}
	d := Delegation{Person: in.Person, Name: p.Doc.Name, User: p.Doc.User, Role: in.Role, Tasks: in.Tasks, From: in.From}
	return keep.Put(ctx, w, keep.Change{Kind: delegations, ID: id, Site: site, After: d, Entry: ledger.Entry{What: DelegationMade}})
}

// gate refuses who has no account, and who has not been trained for the role.
func gate(ctx context.Context, tx *store.Tx, study casebook.StudyID, p keep.Record[Person], role auth.Role, today plan.Date) error {
	if p.Doc.User == "" {
		return casebook.Fail(casebook.Conflict, "site.no_account", p.Doc.Name.In("en")).At("person")
	}
	required, err := requiredIn(ctx, tx, study)
	if err != nil {
		return err
	}
	if lacks := p.Doc.missing(required.Doc, role, today); len(lacks) > 0 {
		return casebook.Fail(casebook.Conflict, "site.training_missing", p.Doc.Name.In("en"), role, strings.Join(lacks, ", ")).At("person")
	}
	return nil
}

// holding returns the delegations of a person at a site that hold.
func holding(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, person string) ([]keep.Record[Delegation], error) {
	all, err := keep.ListAt[Delegation](ctx, tx, study, delegations, site)
	return slices.DeleteFunc(all, func(d keep.Record[Delegation]) bool { return d.Doc.Person != person || !d.Doc.holds() }), err
}

// SignDelegation signs a line in the caller's write, for the actor in ctx, who must be the site's principal investigator
// and has proved to be who they are. The gate of training is asked again. Errors: NotFound site.delegation_unknown;
// Conflict site.not_investigator, site.delegation_signed with the line as it stands, and Delegate's.
func (s *Service) SignDelegation(ctx context.Context, w *ledger.Writer, site casebook.SiteID, id string, today plan.Date, printed string) (keep.Record[Delegation], error) {
	a := casebook.ActorFrom(ctx)
	d, err := delegationAt(ctx, w.Tx, w.Study, site, id)
	if err == nil {
		err = isInvestigator(ctx, w.Tx, w.Study, site, a.User)
	}
	if err != nil {
		return d, err
	}
	if d.Doc.Signed != nil || d.Doc.Ended != nil {
		return d, casebook.Fail(casebook.Conflict, "site.delegation_signed").At("delegation")
	}
	p, err := personAt(ctx, w.Tx, w.Study, site, d.Doc.Person)
	if err == nil {
		err = gate(ctx, w.Tx, w.Study, p, d.Doc.Role, today)
	}
	if err != nil {
		return d, err
	}
	before := d.Doc
	sig, err := Sign(ctx, w, "delegation", before, printed)
	if err != nil {
		return d, err
	}
	d.Doc.Signed = &sig
	return d, keep.Put(ctx, w, keep.Change{Kind: delegations, ID: id, Site: site, Seen: d.Version, Before: before, After: d.Doc, Entry: ledger.Entry{What: DelegationSigned}})
}

func delegationAt(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, id string) (keep.Record[Delegation], error) {
	d, err := keep.Find[Delegation](ctx, tx, study, delegations, id)
	if err == nil && (d.Version == 0 || d.Site != site) {
		err = casebook.Fail(casebook.NotFound, "site.delegation_unknown").At("delegation")
	}
	return d, err
}

// isInvestigator refuses everybody but the site's principal investigator.
func isInvestigator(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, user casebook.UserID) error {
	p, err := keep.Find[Profile](ctx, tx, study, profiles, string(site))
	if err != nil {
		return err
	}
	if p.Doc.Investigator != "" {
		pi, err := keep.Find[Person](ctx, tx, study, persons, p.Doc.Investigator)
		if err != nil || pi.Version > 0 && pi.Doc.User != "" && pi.Doc.User == user {
			return err
		}
	}
	return casebook.Fail(casebook.Conflict, "site.not_investigator")
}

// EndDelegation ends a line in the caller's write, for the principal investigator. Errors: NotFound
// site.delegation_unknown; Conflict site.not_investigator, site.delegation_ended; Unprocessable site.reason_required.
func EndDelegation(ctx context.Context, w *ledger.Writer, site casebook.SiteID, id, reason string) error {
	by := casebook.ActorFrom(ctx).User
	d, err := endable(ctx, w.Tx, w.Study, site, id, by, reason)
	if err != nil {
		return err
	}
	before := d.Doc
	d.Doc.Ended = &End{By: by, At: w.Now, Reason: reason}
	return keep.Put(ctx, w, keep.Change{Kind: delegations, ID: id, Site: site, Seen: d.Version, Before: before, After: d.Doc, Entry: ledger.Entry{What: DelegationEnded, Reason: reason}})
}

func endable(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, id string, by casebook.UserID, reason string) (keep.Record[Delegation], error) {
	d, err := delegationAt(ctx, tx, study, site, id)
	if err == nil {
		err = isInvestigator(ctx, tx, study, site, by)
	}
	switch {
	case err != nil:
		return d, err
	case d.Doc.Ended != nil:
		return d, casebook.Fail(casebook.Conflict, "site.delegation_ended").At("delegation")
	case reason == "":
		return d, casebook.Fail(casebook.Unprocessable, "site.reason_required").At("reason")
	}
	return d, Fits("reason", reason, true, maxLine)
}

// Roles are kept beside all studies, and so in a transaction of their own. Between the two a crash may fall, and must not
// leave a right behind that the log does not give: a role is granted after its line is signed, and taken away before its
// line is ended. Whoever signs or ends again what the crash left makes the rest good.

func (s *Service) grant(ctx context.Context, study casebook.StudyID, site casebook.SiteID, d Delegation) error {
	return s.people.GrantRole(ctx, d.User, auth.Grant{Study: study, Site: site, Role: d.Role})
}

func (s *Service) withdraw(ctx context.Context, study casebook.StudyID, site casebook.SiteID, d Delegation, reason string) error {
	err := s.people.WithdrawRole(ctx, d.User, auth.Grant{Study: study, Site: site, Role: d.Role}, reason)
	if err != nil && casebook.KindOf(err) == casebook.NotFound { // it was taken away before
		return nil
	}
	return err
}

func (s *Service) postDelegation(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteStaff)
	if err != nil {
		return err
	}
	var in Charge
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	id := s.world.NewID()
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error { return Delegate(ctx, w, at.ID, id, Today(s.world.Now(), at.Zone), in) })
	if err != nil {
		return err
	}
	return s.getTeam(w, r)
}

func (s *Service) signDelegation(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteDelegate)
	if err != nil {
		return err
	}
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	study, p := studyOf(r), auth.From(ctx)
	err = s.db.View(ctx, func(tx *store.Tx) error { return isInvestigator(ctx, tx, study, at.ID, p.User) })
	if err != nil {
		return err
	}
	if err := s.Reauthenticate(r, in.User, in.Password); err != nil {
		return err
	}
	var signed keep.Record[Delegation]
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		signed, err = s.SignDelegation(ctx, w, at.ID, r.PathValue("delegation"), Today(s.world.Now(), at.Zone), p.Printed())
		return err
	})
	if signed.Doc.holds() && (err == nil || casebook.KindOf(err) == casebook.Conflict) {
		if granting := s.grant(ctx, study, at.ID, signed.Doc); granting != nil {
			return granting
		}
	}
	if err != nil {
		return err
	}
	return s.getTeam(w, r)
}

func (s *Service) endDelegation(w http.ResponseWriter, r *http.Request) error {
	ctx, at, err := Enter(r, s.db, auth.SiteDelegate)
	if err != nil {
		return err
	}
	var in struct {
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	study, id := studyOf(r), r.PathValue("delegation")
	var d keep.Record[Delegation]
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		d, err = endable(ctx, tx, study, at.ID, id, auth.From(ctx).User, in.Reason)
		return err
	})
	if err == nil && d.Doc.holds() {
		err = s.withdraw(ctx, study, at.ID, d.Doc, in.Reason)
	}
	if err == nil {
		err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error { return EndDelegation(ctx, w, at.ID, id, in.Reason) })
	}
	if err != nil {
		return err
	}
	return s.getTeam(w, r)
}
