package auth

import (
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/web"
)

// maxBody bounds the bodies of these routes: a few short fields.
const maxBody = 8 << 10

// Routes are the addresses of sessions, of one's own account, and for who manages access of people and of other programs.
func (s *Service) Routes() []Route {
	own := []Route{
		{"POST /api/v1/session", Public, s.postSession},
		{"GET /api/v1/session", SignedIn, s.getSession},
		{"DELETE /api/v1/session", Public, s.deleteSession},
		{"GET /api/v1/session/ways", Public, s.getWays},
		{"GET " + oidcPath, Public, s.getProvider},
		{"GET " + oidcPath + "/proof", OwnAccount, s.getProof},
		{"GET " + oidcPath + "/answer", Public, s.getAnswer},
		{"POST /api/v1/invitation", Public, s.postInvitation},
		{"PUT /api/v1/invitation", Public, s.putInvitation},
		{"POST /api/v1/session/passkey/offer", Public, s.postEnterOffer},
		{"POST /api/v1/session/passkey", Public, s.postPasskeySession},
		{"GET /api/v1/account", OwnAccount, s.getAccount},
		{"POST /api/v1/account/passkeys/offer", OwnAccount, s.postPasskeyOffer},
		{"POST /api/v1/account/passkeys", OwnAccount, s.postPasskey},
		{"PUT /api/v1/account/passkeys/{passkey}", OwnAccount, s.putPasskey},
		{"DELETE /api/v1/account/passkeys/{passkey}", OwnAccount, s.deletePasskey},
		{"POST /api/v1/account/proof/offer", OwnAccount, s.postProofOffer},
		{"POST /api/v1/account/proof", OwnAccount, s.postProof},
		{"POST /api/v1/account/factor/offer", OwnAccount, s.postOffer},
		{"POST /api/v1/account/factor", OwnAccount, s.postFactor},
		{"DELETE /api/v1/account/factor", OwnAccount, s.deleteFactor},
		{"PUT /api/v1/account/password", OwnAccount, s.putPassword},
		{"DELETE /api/v1/account/sessions", OwnAccount, s.deleteDevices},
		{"DELETE /api/v1/account/sessions/{session}", OwnAccount, s.deleteDevice},
	}
	return slices.Concat(own, s.peopleRoutes(), s.clientRoutes())
}

// session is what a person is told about their own session.
type session struct {
	User struct {
		ID     casebook.UserID `json:"id"`
		Name   string          `json:"name"`
		NameZH string          `json:"nameZh,omitzero"`
		Locale string          `json:"locale"`
	} `json:"user"`
	Studies  []studyRoles `json:"studies"`
	Platform []Role       `json:"platform,omitempty"` // roles that belong to no study
	Unproven bool         `json:"unproven,omitzero"`  // a second factor is wanted before anything may be done
	Stale    bool         `json:"stale,omitzero"`     // the password is too old: another is wanted before anything may be done
	Passkey  bool         `json:"passkey,omitzero"`   // has one, which proves who signs
	Proof    string       `json:"proof,omitzero"`     // the provider that proves who signs, for who has no password here
	Idle     int          `json:"idle"`               // seconds without use after which the session ends
}

type studyRoles struct {
	ID    casebook.StudyID `json:"id"`
	Roles []siteRole       `json:"roles"`
}

type siteRole struct {
	Role Role            `json:"role"`
	Site casebook.SiteID `json:"site"` // "" for every site
}

func (s *Service) sessionOf(p *Principal) session {
	out := session{Studies: []studyRoles{}, Unproven: p.Unproven, Stale: p.Stale, Passkey: p.passkey, Idle: int(s.Idle.Seconds())}
	out.User.ID, out.User.Name, out.User.NameZH, out.User.Locale = p.User, p.Name, p.NameZH, p.Locale
	if p.outside && s.Provider != nil {
		out.Proof = s.Provider.Name
	}
	for _, g := range p.Grants { // in order of study
		if g.Study == casebook.Platform {
			out.Platform = append(out.Platform, g.Role)
			continue
		}
		if n := len(out.Studies); n == 0 || out.Studies[n-1].ID != g.Study {
			out.Studies = append(out.Studies, studyRoles{ID: g.Study})
		}
		last := &out.Studies[len(out.Studies)-1]
		last.Roles = append(last.Roles, siteRole{g.Role, g.Site})
	}
	return out
}

func (s *Service) postSession(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
		Code     string `json:"code"` // of the second factor
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	secret, p, err := s.Enter(r.Context(), Attempt{User: in.User, Password: in.Password, Code: in.Code, Address: s.Address(r), Agent: r.UserAgent(), Previous: s.cookieOf(r)})
	if err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, secret, int(s.Absolute.Seconds())))
	return web.JSON(w, http.StatusOK, s.sessionOf(p))
}

func (s *Service) getSession(w http.ResponseWriter, r *http.Request) error {
	return web.JSON(w, http.StatusOK, s.sessionOf(From(r.Context())))
}

func (s *Service) deleteSession(w http.ResponseWriter, r *http.Request) error {
	if secret := s.cookieOf(r); secret != "" {
		if err := s.SignOut(r.Context(), secret); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.cookie(r, "", -1))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// cookie lives no longer than the session; a page's scripts cannot read it, and no other site's page sends it.
func (s *Service) cookie(r *http.Request, secret string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.prefixed(cookieName, r), Value: secret, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure: s.encrypted(r), SameSite: http.SameSiteStrictMode}
}

// encrypted reports whether the browser speaks TLS, with this server or with what stands before it.
func (s *Service) encrypted(r *http.Request) bool { return strings.HasPrefix(s.Origin(r), "https:") }

// prefixed is the name of a cookie. Under TLS its prefix keeps others from setting it: a server of a neighbouring name, or one that
// speaks no TLS (RFC 6265bis, section 4.1.3). Without TLS a browser takes no such name.
func (s *Service) prefixed(name string, r *http.Request) string {
	if s.encrypted(r) {
		return "__Host-" + name
	}
	return name
}

// cookieOf is the secret of the session that a browser shows, "" when it shows none.
func (s *Service) cookieOf(r *http.Request) string {
	if c, err := r.Cookie(s.prefixed(cookieName, r)); err == nil {
		return c.Value
	}
	return ""
}
