package auth

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

// NewPerson is somebody to be given an account. Names are for people to read; the user id is for ever.
type NewPerson struct {
	User     casebook.UserID
	Name     string
	NameZH   string // "" when there is none
	Locale   string // "zh-CN" or "en"
	Password string // "" for an account that cannot sign in yet
}

// userShape keeps user ids apart that a reader would take for one another: no capitals, no other alphabets.
var userShape = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,62}[a-z0-9]$`)

// CreatePerson opens an account for the actor in ctx. Errors: Conflict auth.person.exists, also when the account was
// closed long ago; Unprocessable auth.password.*; Invalid auth.person.*.
func (s *Service) CreatePerson(ctx context.Context, n NewPerson) error {
	if err := n.check(); err != nil {
		return err
	}
	var stored string // stays empty for who cannot sign in by one yet
	if n.Password != "" {
		var err error
		if stored, err = s.newPassword(ctx, n.User, n.Password); err != nil {
			return err
		}
	}
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error { return createPerson(ctx, w, n, stored) })
}

// check refuses what cannot be an account.
func (n *NewPerson) check() error {
	switch {
	case !userShape.MatchString(string(n.User)) || n.User == "system":
		return casebook.Fail(casebook.Invalid, "auth.person.id", n.User).At("user")
	case strings.TrimSpace(n.Name) == "":
		return casebook.Fail(casebook.Invalid, "auth.person.name").At("name")
	case n.Locale != "zh-CN" && n.Locale != "en":
		return casebook.Fail(casebook.Invalid, "auth.person.locale", n.Locale).At("locale")
	}
	return nil
}

func createPerson(ctx context.Context, w *ledger.Writer, n NewPerson, stored string) error {
	made, err := w.Exec(ctx, `INSERT INTO auth_person(user_id, name, name_zh, locale, password, active, created, chosen)
		VALUES($1,$2,$3,$4,$5,1,$6,$6) ON CONFLICT (user_id) DO NOTHING`, n.User, n.Name, n.NameZH, n.Locale, stored, store.Micros(w.Now))
	if err != nil {
		return err
	}
	if made == 0 {
		return casebook.Fail(casebook.Conflict, "auth.person.exists", n.User).At("user")
	}
	return record(ctx, w, ledger.Entry{What: "auth.person.created", Ref: string(n.User)}, nil,
		personState{n.Name, n.NameZH, n.Locale, true, sealOf(stored)})
}

// newPassword checks and hashes a password.
func (s *Service) newPassword(ctx context.Context, user casebook.UserID, password string) (string, error) {
	words, err := s.words(ctx, user)
	if err != nil {
		return "", err
	}
	if err := s.Rules.fitting(words, password); err != nil {
		return "", err
	}
	if err := s.hashing.enter(ctx); err != nil {
		return "", err
	}
	defer s.hashing.leave()
	if err := s.unlikePast(ctx, user, password); err != nil {
		return "", err
	}
	return s.Cost.hashed(s.world, password), nil
}

// SetPassword gives user a new password and ends the user's sessions. Errors: Unprocessable auth.password.*; NotFound
// auth.person.unknown.
func (s *Service) SetPassword(ctx context.Context, user casebook.UserID, password string) error {
	stored, err := s.newPassword(ctx, user, password)
	if err != nil {
		return err
	}
	return s.changePerson(ctx, user, func(w *ledger.Writer) error { return s.setPassword(ctx, w, user, stored) })
}

func (s *Service) setPassword(ctx context.Context, w *ledger.Writer, user casebook.UserID, stored string) error {
	if err := s.keepPast(ctx, w, user); err != nil {
		return err
	}
	n, err := w.Exec(ctx, `UPDATE auth_person SET password = $2, chosen = $3 WHERE user_id = $1 AND active = 1`, user, stored, store.Micros(w.Now))
	if err != nil {
		return err
	}
	if n == 0 {
		return casebook.Fail(casebook.NotFound, "auth.person.unknown", user).At("user")
	}
	return record(ctx, w, ledger.Entry{What: "auth.password.set", Ref: string(user)}, nil, passwordState{sealOf(stored)})
}

// Deactivate closes user's account at once. The id is never given to anybody else.
func (s *Service) Deactivate(ctx context.Context, user casebook.UserID, reason string) error {
	return s.changePerson(ctx, user, func(w *ledger.Writer) error {
		if _, err := w.Exec(ctx, `UPDATE auth_person SET active = 0 WHERE user_id = $1`, user); err != nil {
			return err
		}
		return record(ctx, w, ledger.Entry{What: "auth.person.deactivated", Ref: string(user), Reason: reason}, activeState{true}, activeState{false})
	})
}

// changePerson runs fn for an open account, and ends the account's sessions everywhere.
func (s *Service) changePerson(ctx context.Context, user casebook.UserID, fn func(*ledger.Writer) error) error {
	defer s.forget()
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); err != nil {
			return err
		}
		if err := fn(w); err != nil {
			return err
		}
		if err := w.Later(ctx, `DELETE FROM auth_session WHERE user_id = $1`, user); err != nil {
			return err
		}
		return withdraw(ctx, w.Tx, casebook.Platform)
	})
}

// open refuses a user without an open account, and holds the account until the transaction ends.
func open(ctx context.Context, tx *store.Tx, user casebook.UserID) error {
	var active int64
	err := tx.Row(ctx, `SELECT active FROM auth_person WHERE user_id = $1`+tx.ForUpdate(), user).Scan(&active)
	if errors.Is(err, store.ErrNoRows) || err == nil && active == 0 {
		return casebook.Fail(casebook.NotFound, "auth.person.unknown", user).At("user")
	}
	return err
}

// GrantRole gives user a role; giving it twice changes nothing. It has effect with the user's next request.
func (s *Service) GrantRole(ctx context.Context, user casebook.UserID, g Grant) error {
	if err := g.check(); err != nil {
		return err
	}
	if g.Role == Admin && s.Separate {
		return casebook.Fail(casebook.Conflict, "auth.role.combined").At("role")
	}
	defer s.forget()
	return s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) error {
		if err := open(ctx, w.Tx, user); err != nil {
			return err
		}
		return grantRole(ctx, w, user, g)
	})
}

func grantRole(ctx context.Context, w *ledger.Writer, user casebook.UserID, g Grant) error {
	if err := apart(ctx, w, user, g); err != nil {
		return err
	}
	made, err := w.Exec(ctx, `INSERT INTO auth_grant(user_id, study_id, site_id, role) VALUES($1,$2,$3,$4) ON CONFLICT DO NOTHING`,
		user, g.Study, g.Site, string(g.Role))
	if err != nil || made == 0 {
		return err
	}
	if err := record(ctx, w, ledger.Entry{What: "auth.role.granted", Ref: string(user)}, nil, g); err != nil {
		return err
	}
	return withdraw(ctx, w.Tx, casebook.Platform)
}

// apart refuses to let one person be blinded and unblinded in a study, and to let who runs the installation, says what others may, or
// audits both be anything else. Errors: Conflict auth.role.blinding, auth.role.duties.
func apart(ctx context.Context, w *ledger.Writer, user casebook.UserID, g Grant) error {
	held, err := grantsOf(ctx, w.Tx, user)
	for _, h := range held {
		if h.Role != g.Role && (h.Role.alone() || g.Role.alone()) {
			return casebook.Fail(casebook.Conflict, "auth.role.duties", h.Role, g.Role).At("role")
		}
		if h.Study == g.Study && h.Role.unblinded() != g.Role.unblinded() {
			return casebook.Fail(casebook.Conflict, "auth.role.blinding").At("role")
		}
	}
	return err
}

// alone reports whether who holds a role holds no other.
func (r Role) alone() bool { return r == Operator || r == Security || r == Auditor }

// administers reports whether a role is of the installation and of no study.
func (r Role) administers() bool { return r == Admin || r.alone() }

// unblinded reports whether a role may know what subjects are given.
func (r Role) unblinded() bool {
	return policy.of[r]&(policy.bit[TreatmentManage]|policy.bit[BlindedRead]) != 0
}

// WithdrawRole takes a role from user: within the second everywhere, at once in this process.
func (s *Service) WithdrawRole(ctx context.Context, user casebook.UserID, g Grant, reason string) error {
	defer s.forget()
	return s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error { return withdrawRole(ctx, w, user, g, reason) })
}

func withdrawRole(ctx context.Context, w *ledger.Writer, user casebook.UserID, g Grant, reason string) error {
	if err := takeRole(ctx, w, user, g, reason); err != nil {
		return err
	}
	return withdraw(ctx, w.Tx, casebook.Platform)
}

// takeRole is withdrawRole for who takes more in the same write, and comes to withdraw last.
func takeRole(ctx context.Context, w *ledger.Writer, user casebook.UserID, g Grant, reason string) error {
	gone, err := w.Exec(ctx, `DELETE FROM auth_grant WHERE user_id = $1 AND study_id = $2 AND site_id = $3 AND role = $4`,
		user, g.Study, g.Site, string(g.Role))
	if err != nil {
		return err
	}
	if gone == 0 {
		return casebook.Fail(casebook.NotFound, "auth.role.not_held", user, g.Role)
	}
	return record(ctx, w, ledger.Entry{What: "auth.role.withdrawn", Ref: string(user), Reason: reason}, g, nil)
}

// RoleOf reads the name of a role that a person can hold. Error: Invalid auth.role.unknown.
func RoleOf(name string) (Role, error) {
	r := Role(name)
	if _, known := policy.of[r]; !known || !r.given() {
		return "", casebook.Fail(casebook.Invalid, "auth.role.unknown", name).At("role")
	}
	return r, nil
}

// Staff are all roles that a person can have.
func Staff() []Role {
	all := slices.DeleteFunc(slices.Sorted(maps.Keys(policy.of)), func(r Role) bool { return !r.given() })
	return append(all, SupportRole)
}

// given reports whether a person can be given the role: it is no program's, and nothing but for a time.
func (r Role) given() bool { return r != DeviceRole && r != ClientRole && r != SupportRole }

// check refuses a grant that no person can hold: administration is of the platform, everything else of a study.
func (g Grant) check() error {
	if _, err := RoleOf(string(g.Role)); err != nil {
		return err
	}
	switch {
	case g.Study == "" || (g.Study == casebook.Platform) != g.Role.administers() || g.Role.administers() && g.Site != "":
		return casebook.Fail(casebook.Invalid, "auth.role.place", g.Role).At("study")
	}
	return nil
}

// grantsInForce is what user may do by: where duties are separate, the role that has all of them gives nothing.
func (s *Service) grantsInForce(ctx context.Context, tx *store.Tx, user casebook.UserID) ([]Grant, error) {
	grants, err := grantsOf(ctx, tx, user)
	if s.Separate {
		grants = slices.DeleteFunc(grants, func(g Grant) bool { return g.Role == Admin })
	}
	return grants, err
}

// grantsOf reads what user holds, in order.
func grantsOf(ctx context.Context, tx *store.Tx, user casebook.UserID) ([]Grant, error) {
	return store.All(ctx, tx, func(r *store.Rows) (g Grant, err error) { err = r.Scan(&g.Study, &g.Site, &g.Role); return g, err },
		`SELECT study_id, site_id, role FROM auth_grant WHERE user_id = $1 ORDER BY study_id, role, site_id`, user)
}

// Account is a person's account as others see it.
type Account struct {
	User   casebook.UserID
	Name   string
	NameZH string
	Locale string
	Active bool
}

// Accounts returns every account there ever was, by user id: entries name users who may long have gone.
func Accounts(ctx context.Context, tx *store.Tx) (map[casebook.UserID]Account, error) {
	all := map[casebook.UserID]Account{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var a Account
		var active int64
		err := r.Scan(&a.User, &a.Name, &a.NameZH, &a.Locale, &active)
		a.Active = active == 1
		all[a.User] = a
		return err
	}, `SELECT user_id, name, name_zh, locale, active FROM auth_person`)
	return all, err
}

// Holders returns who holds a role at a site of a study, at that site before those who hold it at all sites. It reads
// nothing of the study and is not for a transaction on one.
func Holders(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID, role Role) ([]casebook.UserID, error) {
	return store.All(ctx, tx, func(r *store.Rows) (id casebook.UserID, err error) { err = r.Scan(&id); return id, err },
		`SELECT g.user_id FROM auth_grant g JOIN auth_person p ON p.user_id = g.user_id AND p.active = 1
		WHERE g.study_id = $1 AND g.role = $2 AND (g.site_id = $3 OR g.site_id = '') ORDER BY g.site_id DESC, g.user_id`, study, role, site)
}

// Holder is somebody with an account that is open and a role in a study, at one site or, when Site is "", at all.
type Holder struct {
	Account
	Site casebook.SiteID
	Role Role
}

// AllHolders returns who has a role in a study, by site, person and role. Like Holders it is not for a transaction on a
// study.
func AllHolders(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Holder, error) {
	return store.All(ctx, tx, func(r *store.Rows) (m Holder, err error) {
		m.Active = true
		return m, r.Scan(&m.User, &m.Name, &m.NameZH, &m.Locale, &m.Site, &m.Role)
	}, `SELECT p.user_id, p.name, p.name_zh, p.locale, g.site_id, g.role FROM auth_grant g JOIN auth_person p ON p.user_id = g.user_id AND p.active = 1
		WHERE g.study_id = $1 ORDER BY g.site_id, p.user_id, g.role`, study)
}
