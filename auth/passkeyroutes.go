package auth

import (
	"net/http"

	"casebook"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json/jsontext"
)

// maxPasskey bounds what a browser says of a passkey: some authenticators send certificates along.
const maxPasskey = 64 << 10

// use is what a browser is asked for when a passkey is to be used: PublicKeyCredentialRequestOptionsJSON (section 5.10).
type use struct {
	Challenge        string           `json:"challenge"`
	Party            string           `json:"rpId"`
	Timeout          int64            `json:"timeout"` // ms
	UserVerification string           `json:"userVerification"`
	Allow            []credentialName `json:"allowCredentials,omitempty"`
}

// credentialName names a passkey to a browser.
type credentialName struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// creation is what a browser is asked for when a passkey is to be made: PublicKeyCredentialCreationOptionsJSON (section 5.1.9).
type creation struct {
	Challenge string `json:"challenge"`
	Party     struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"rp"`
	User struct {
		ID          string          `json:"id"`
		Name        casebook.UserID `json:"name"`
		DisplayName string          `json:"displayName"`
	} `json:"user"`
	Parameters []parameter      `json:"pubKeyCredParams"`
	Timeout    int64            `json:"timeout"` // ms
	Exclude    []credentialName `json:"excludeCredentials"`
	Selection  struct {
		ResidentKey      string `json:"residentKey"`
		UserVerification string `json:"userVerification"`
	} `json:"authenticatorSelection"`
	Attestation string `json:"attestation"`
}

type parameter struct {
	Type string `json:"type"`
	Alg  int64  `json:"alg"`
}

// postEnterOffer offers a challenge to who wants to sign in by a passkey. Whose it will be is not known: the browser shows those that it has.
func (s *Service) postEnterOffer(w http.ResponseWriter, r *http.Request) error {
	return s.offerUse(w, r, enters, nil)
}

// postProofOffer offers a challenge to who is signed in, for one of their own passkeys.
func (s *Service) postProofOffer(w http.ResponseWriter, r *http.Request) error {
	user := From(r.Context()).User
	own, err := s.passkeyNames(r, user)
	if err != nil {
		return err
	}
	return s.offerUse(w, r, signs(user, s.cookieOf(r)), own)
}

func (s *Service) offerUse(w http.ResponseWriter, r *http.Request, c ceremony, allow []credentialName) error {
	name, _, err := s.party(r)
	if err != nil {
		return err
	}
	challenge, _, err := s.challenge(c)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, use{challenge, name, challengeTime.Milliseconds(), "required", allow})
}

func (s *Service) passkeyNames(r *http.Request, user casebook.UserID) (own []credentialName, err error) {
	err = s.db.View(r.Context(), func(tx *store.Tx) error {
		all, err := passkeysOf(r.Context(), tx, user)
		for _, p := range all {
			own = append(own, credentialName{"public-key", p.ID})
		}
		return err
	})
	return own, err
}

// postPasskeySession signs in by a passkey: {passkey}, as PublicKeyCredential.toJSON gives it.
func (s *Service) postPasskeySession(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Passkey jsontext.Value `json:"passkey"`
	}
	if err := web.Decode(r, maxPasskey, &in); err != nil {
		return err
	}
	secret, p, err := s.EnterByPasskey(r, in.Passkey)
	if err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(r, secret, int(s.Absolute.Seconds())))
	return web.JSON(w, http.StatusOK, s.sessionOf(p))
}

// postProof proves by a passkey who is signed in: {passkey}. The code that it answers stands once for the second factor, and for the password at a signature.
func (s *Service) postProof(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Passkey jsontext.Value `json:"passkey"`
	}
	if err := web.Decode(r, maxPasskey, &in); err != nil {
		return err
	}
	code, err := s.ProveByPasskey(r.WithContext(acts(r)), in.Passkey)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"code": code})
}

// postPasskeyOffer offers what a browser needs to make a passkey.
func (s *Service) postPasskeyOffer(w http.ResponseWriter, r *http.Request) error {
	p := From(r.Context())
	name, _, err := s.party(r)
	if err != nil {
		return err
	}
	c := creation{Timeout: challengeTime.Milliseconds(), Attestation: "none"}
	challenge, by, err := s.challenge(registers(p.User, s.cookieOf(r)))
	if err != nil {
		return err
	}
	c.Challenge = challenge
	err = s.db.View(r.Context(), func(tx *store.Tx) error { c.User.ID, err = handleOf(r.Context(), tx, p.User, by); return err })
	if err != nil {
		return err
	}
	if c.Exclude, err = s.passkeyNames(r, p.User); err != nil {
		return err
	}
	c.Party.ID, c.Party.Name = name, "casebook"
	c.User.Name, c.User.DisplayName = p.User, p.Printed()
	c.Selection.ResidentKey, c.Selection.UserVerification = "required", "required"
	for _, a := range algorithms {
		c.Parameters = append(c.Parameters, parameter{string(a.Type), int64(a.Algorithm)})
	}
	return web.JSON(w, http.StatusOK, c)
}

// postPasskey adds a passkey to one's own account: {password, code, name, passkey}. The password is asked for again, and the
// second factor of who has one, so that who finds an open browser cannot.
func (s *Service) postPasskey(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string         `json:"password"`
		Code     string         `json:"code"`
		Name     string         `json:"name"`
		Passkey  jsontext.Value `json:"passkey"`
	}
	p, ctx, err := s.again(r, &in, func() string { return in.Password })
	if err != nil {
		return err
	}
	r = r.WithContext(ctx)
	if err := s.proveHere(r, p.User, in.Code); err != nil {
		return asked(err, "code")
	}
	recovery, err := s.AddPasskey(r, p.User, in.Name, in.Passkey)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, map[string]any{"recovery": recovery})
}

// putPasskey gives one of one's own passkeys another name: {name}.
func (s *Service) putPasskey(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name string `json:"name"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.NamePasskey(acts(r), From(r.Context()).User, r.PathValue("passkey"), in.Name); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// deletePasskey takes one of one's own passkeys away: {password, code}. It ends all sessions, this one, too.
func (s *Service) deletePasskey(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string `json:"password"`
		Code     string `json:"code"`
	}
	p, ctx, err := s.again(r, &in, func() string { return in.Password })
	if err != nil {
		return err
	}
	if err := s.proveHere(r.WithContext(ctx), p.User, in.Code); err != nil {
		return asked(err, "code")
	}
	if err := s.RemovePasskey(ctx, p.User, r.PathValue("passkey"), ""); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}
