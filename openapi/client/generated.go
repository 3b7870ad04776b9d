// Code generated from openapi/openapi.json; DO NOT EDIT.
// One file, as the document is one: every operation of the API and every type that it speaks of.

package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// Problem: Why not: problem details (RFC 9457).
type Problem struct {
	Code    string            `json:"code"`           // Stable; what programs decide by.
	Detail  string            `json:"detail"`         // In the caller's language.
	Place   string            `json:"place,omitzero"` // Where: a JSON pointer (RFC 6901), a parameter or an item.
	Status  int64             `json:"status"`
	Texts   map[string]string `json:"texts"` // The detail by language.
	Title   string            `json:"title"`
	TraceId string            `json:"traceId,omitzero"`
	Type    string            `json:"type"` // urn:casebook:error: and the code.
}

// AcceptanceCovered: Covered is a rule with the outcomes that were seen.
type AcceptanceCovered struct {
	Cases   int64  `json:"cases"` // that evaluate it
	False   bool   `json:"false"`
	Id      string `json:"id"`
	Kind    string `json:"kind"` // as of record.Running: hide, compute or check
	Source  string `json:"source"`
	True    bool   `json:"true"`
	Unknown bool   `json:"unknown"`
	Value   bool   `json:"value"` // of a method: it gave one
}

// AcceptanceFailure: Failure is what was otherwise than a case expects.
type AcceptanceFailure struct {
	Case string `json:"case"`
	File string `json:"file"`
	Line int64  `json:"line"`
	What string `json:"what"`
}

// AcceptanceReport: Report is what cases say of a version: whether it does what they expect, which of its rules they reach, and which mistakes in its rules they would not notice.
type AcceptanceReport struct {
	Cases     int64                `json:"cases"`
	Covered   int64                `json:"covered"` // rules of which every outcome was seen
	Failures  []AcceptanceFailure  `json:"failures"`
	Kept      int64                `json:"kept"` // rules of the definition that do not run, and that no case can reach
	Mutants   int64                `json:"mutants"`
	Passed    int64                `json:"passed"`
	Rules     []AcceptanceCovered  `json:"rules"`
	Survivors []AcceptanceSurvivor `json:"survivors"`
}

// AcceptanceSurvivor: Survivor is a mistake in a rule that no case notices.
type AcceptanceSurvivor struct {
	Id     string `json:"id"`
	Kind   string `json:"kind"`
	Source string `json:"source"`
	Was    string `json:"was"`
	What   string `json:"what"`
}

// AllocationArm: Arm is a treatment, and how often a block has it beside the others.
type AllocationArm struct {
	Ratio     int64  `json:"ratio"`
	Treatment string `json:"treatment"`
}

// AllocationArmInput: Arm is a treatment, and how often a block has it beside the others.
type AllocationArmInput struct {
	Ratio     int64  `json:"ratio,omitzero"`
	Treatment string `json:"treatment,omitzero"`
}

// AllocationAssignment: Assignment is the place that a subject has. What it gives stands in the sealed list.
type AllocationAssignment struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	List     string    `json:"list"`
	Number   string    `json:"number"`
	Position int64     `json:"position"` // in its stratum, from 1
	Site     string    `json:"site"`     // where it was when it was randomised
	Stratum  string    `json:"stratum"`
	Subject  string    `json:"subject"`
}

// AllocationCondition: Condition must hold of a subject who is randomised: the item has one of the values.
type AllocationCondition struct {
	Event  string   `json:"event"`
	Form   string   `json:"form"`
	Group  string   `json:"group"`
	Item   string   `json:"item"`
	Values []string `json:"values"`
}

// AllocationConditionInput: Condition must hold of a subject who is randomised: the item has one of the values.
type AllocationConditionInput struct {
	Event  string   `json:"event,omitzero"`
	Form   string   `json:"form,omitzero"`
	Group  string   `json:"group,omitzero"`
	Item   string   `json:"item,omitzero"`
	Values []string `json:"values,omitzero"`
}

// AllocationContents: Contents is what a list gives: nobody blinded ever sees it.
type AllocationContents struct {
	Arms    []AllocationArm     `json:"arms"`
	Blocks  []int64             `json:"blocks"`  // none of a list that was brought
	Numbers map[string][]string `json:"numbers"` // by stratum, the numbers of its places
	Seed    string              `json:"seed"`    // "" of a list that was brought
	Strata  map[string]string   `json:"strata"`  // by stratum, one digit for each place: the index of its arm
}

// AllocationFactor: Factor is what a list is stratified by: the value of an item, or the site.
type AllocationFactor struct {
	Event  string   `json:"event"`
	Form   string   `json:"form"`
	Group  string   `json:"group"`
	Item   string   `json:"item"`
	Levels []string `json:"levels"` // the values that there are places for
	Name   string   `json:"name"`
	Site   bool     `json:"site,omitzero"`
}

// AllocationFactorInput: Factor is what a list is stratified by: the value of an item, or the site.
type AllocationFactorInput struct {
	Event  string   `json:"event,omitzero"`
	Form   string   `json:"form,omitzero"`
	Group  string   `json:"group,omitzero"`
	Item   string   `json:"item,omitzero"`
	Levels []string `json:"levels,omitzero"` // the values that there are places for
	Name   string   `json:"name,omitzero"`
	Site   bool     `json:"site,omitzero"`
}

// AllocationGiven: Given is what a subject's casebook says of one factor or condition.
type AllocationGiven struct {
	Event string `json:"event"`
	Fits  bool   `json:"fits"`
	Form  string `json:"form"`
	Group string `json:"group"`
	Item  string `json:"item"`
	Name  string `json:"name"`
	Site  bool   `json:"site,omitzero"`
	Value string `json:"value"`
}

// AllocationList: List is a list as everybody may know it.
type AllocationList struct {
	Closing  string                `json:"closing,omitzero"` // why it was closed
	Drawn    bool                  `json:"drawn"`            // by lot, and not brought
	Factors  []AllocationFactor    `json:"factors"`
	List     string                `json:"list"`
	MadeAt   time.Time             `json:"madeAt"`
	MadeBy   string                `json:"madeBy"`
	Name     string                `json:"name"`
	Released AllocationSignature   `json:"released,omitzero"`
	Require  []AllocationCondition `json:"require"`
	State    string                `json:"state"`
}

// AllocationPlanInput: Plan asks for a list: one drawn by lot, or the one that CSV holds.
type AllocationPlanInput struct {
	Arms    []AllocationArmInput       `json:"arms,omitzero"`
	Blocks  []int64                    `json:"blocks,omitzero"` // lengths of blocks, from which each is drawn by lot
	Csv     string                     `json:"csv,omitzero"`
	Factors []AllocationFactorInput    `json:"factors,omitzero"`
	Name    string                     `json:"name,omitzero"`
	Places  int64                      `json:"places,omitzero"` // in each stratum, at least
	Require []AllocationConditionInput `json:"require,omitzero"`
	Seed    string                     `json:"seed,omitzero"` // "" to have one drawn
}

// AllocationSignature: Signature is who released a list, or opened a treatment (21 CFR 11.50, 11.70).
type AllocationSignature struct {
	At      time.Time `json:"at"`
	Content string    `json:"content"` // SHA-256, in hex, of what was signed
	Meaning string    `json:"meaning"`
	Name    string    `json:"name"` // as printed
	Role    string    `json:"role"`
	Root    string    `json:"root"` // of the tree over them, in hex
	Signer  string    `json:"signer"`
	Size    int64     `json:"size"` // entries in the study's order when it was signed
}

// AllocationUnblinding: Unblinding is one look at one subject's treatment. It does not say what was seen. Text is sealed: who looks a second time might write it there.
type AllocationUnblinding struct {
	Reason     string              `json:"reason"`
	Signature  AllocationSignature `json:"signature"`
	Site       string              `json:"site"` // of the subject at that moment
	Subject    string              `json:"subject"`
	Text       string              `json:"text"`
	Unblinding string              `json:"unblinding"`
}

// AllocationMay: may says what the reader can do.
type AllocationMay struct {
	Randomise bool `json:"randomise"`
	Treatment bool `json:"treatment"` // sees what is given
	Unblind   bool `json:"unblind"`
}

// AllocationOpened: opened is a list with what is sealed, and who has its places.
type AllocationOpened struct {
	Closing     string                 `json:"closing,omitzero"` // why it was closed
	Contents    AllocationContents     `json:"contents"`
	Drawn       bool                   `json:"drawn"` // by lot, and not brought
	Factors     []AllocationFactor     `json:"factors"`
	List        string                 `json:"list"`
	MadeAt      time.Time              `json:"madeAt"`
	MadeBy      string                 `json:"madeBy"`
	Name        string                 `json:"name"`
	Released    AllocationSignature    `json:"released,omitzero"`
	Require     []AllocationCondition  `json:"require"`
	State       string                 `json:"state"`
	Subjects    []AllocationAssignment `json:"subjects"`
	Unblindings []AllocationUnblinding `json:"unblindings"` // with their texts
}

// AllocationRevealed: revealed is a treatment, for whoever has just had it opened.
type AllocationRevealed struct {
	Number     string `json:"number"`
	Subject    string `json:"subject"`
	Treatment  string `json:"treatment"`
	Unblinding string `json:"unblinding"`
}

// AllocationSeen: seen is a look as everybody who may see the subject may know it.
type AllocationSeen struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Name   string    `json:"name"` // as the signature prints it
	Reason string    `json:"reason"`
	Role   string    `json:"role"`
}

// AllocationStanding: standing is a subject as everybody who may see it may know it: randomised or not, and what is still lacking.
type AllocationStanding struct {
	Assignment AllocationAssignment `json:"assignment,omitzero"`
	Given      []AllocationGiven    `json:"given"`          // what the list in use asks of the subject
	Lacks      string               `json:"lacks,omitzero"` // the code of why it cannot be randomised
	May        AllocationMay        `json:"may"`
	Randomised bool                 `json:"randomised"`
	Subject    string               `json:"subject"`
	Unblinded  []AllocationSeen     `json:"unblinded"` // who had the treatment opened, and when
}

// AmendmentStanding: Standing is how far a site is on its way to a version.
type AmendmentStanding struct {
	Before    int64  `json:"before,omitzero"` // that it worked by before; 0 when it has never gone over
	Behind    int64  `json:"behind"`          // of them, those that have not gone over
	Casebooks int64  `json:"casebooks"`       // with values
	Site      string `json:"site"`
	To        int64  `json:"to"`      // that is asked about
	Version   int64  `json:"version"` // that the site works by
}

// AmendmentBatch: batch is what becomes of some casebooks; none when nothing is behind.
type AmendmentBatch struct {
	Casebooks []*RecordMoved `json:"casebooks"`
}

// AuthGrant: Grant is a role that somebody has in a study, at one site or, when Site is "", at all. The study of an administrator's grant is casebook.Platform.
type AuthGrant struct {
	Role  string `json:"role"`
	Site  string `json:"site"`
	Study string `json:"study"`
}

// AuthGrantInput: Grant is a role that somebody has in a study, at one site or, when Site is "", at all. The study of an administrator's grant is casebook.Platform.
type AuthGrantInput struct {
	Role  string `json:"role,omitzero"`
	Site  string `json:"site,omitzero"`
	Study string `json:"study,omitzero"`
}

// AuthHeld: Held is a role as one person holds it.
type AuthHeld struct {
	Role  string `json:"role"`
	Site  string `json:"site"`
	Study string `json:"study"`
	User  string `json:"user"`
}

// AuthHeldInput: Held is a role as one person holds it.
type AuthHeldInput struct {
	Role  string `json:"role,omitzero"`
	Site  string `json:"site,omitzero"`
	Study string `json:"study,omitzero"`
	User  string `json:"user,omitzero"`
}

// AuthKey: Key is one key of a client; its secret is kept nowhere.
type AuthKey struct {
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Id      string    `json:"id"`
	Prefix  string    `json:"prefix"` // how the key begins
	Revoked time.Time `json:"revoked,omitzero"`
}

// AuthMember: Member is a person with what they may do, for who manages access.
type AuthMember struct {
	Active   bool          `json:"active"`
	Created  time.Time     `json:"created"`
	Factor   bool          `json:"factor"`
	Grants   []AuthGrant   `json:"grants"`
	Invited  bool          `json:"invited"` // and the link is still good
	Name     string        `json:"name"`
	NameZh   string        `json:"nameZh,omitzero"`
	Password bool          `json:"password"`         // has chosen one
	Seen     time.Time     `json:"seen,omitzero"`    // in a session that is open
	Support  []AuthSupport `json:"support,omitzero"` // that has not ended
	User     string        `json:"user"`
}

// AuthOffer: Offer is a new secret for somebody's authenticator. It is kept only when it comes back with a code that fits.
type AuthOffer struct {
	Qr     []string `json:"qr"`     // the same as a QR code, row by row: 1 is dark
	Secret string   `json:"secret"` // base32
	Uri    string   `json:"uri"`    // for the authenticator's camera: Google's key URI format
}

// AuthPasskey: Passkey is one of a person's passkeys, as its owner sees it.
type AuthPasskey struct {
	Created time.Time `json:"created"`
	Id      string    `json:"id"` // the credential's
	Name    string    `json:"name"`
	Used    time.Time `json:"used,omitzero"`
}

// AuthPasswordRules: PasswordRules are what an organisation asks of passwords beyond what everybody is asked. The zero value asks nothing more, as ASVS 5.0, V6.2 advises; some regulators want kinds and ages (GB/T 22239-2019, 8.1.4.1).
type AuthPasswordRules struct {
	Common string   `json:"common,omitzero"` // Common names a file with more passwords that are refused, one a line.
	Days   int64    `json:"days,omitzero"`   // after so many a password opens nothing but the page where another is chosen
	Kinds  int64    `json:"kinds,omitzero"`  // of four at least: small letters or such without case, capitals, digits, other characters
	Length int64    `json:"length,omitzero"` // characters at least, 12 unless set, and never fewer
	Past   int64    `json:"past,omitzero"`   // so many passwords before the last are not taken again
	Words  []string `json:"words,omitzero"`  // Words are names that everybody knows there: the organisation's, its projects'. No password is made of them.
}

// AuthProgram: Program is a client: another program, with what it may do and its keys. Its id is "STUDY.ID", which OAuth calls client_id.
type AuthProgram struct {
	Id       string    `json:"id"`
	Keys     []AuthKey `json:"keys"` // the oldest first
	Name     string    `json:"name"`
	Networks []string  `json:"networks"` // CIDR; none for any
	Scopes   []string  `json:"scopes"`
	Sites    []string  `json:"sites"` // none for all
	Study    string    `json:"study"`
	User     string    `json:"user"` // as entries of the ledger call it
}

// AuthReview: Review is somebody's signed word that they looked at who may do what, and what they took back.
type AuthReview struct {
	At      time.Time  `json:"at"`
	Content string     `json:"content"` // SHA-256 over what was reviewed
	Grants  int64      `json:"grants"`  // that they held
	Name    string     `json:"name"`    // as the signature prints it
	Note    string     `json:"note"`
	Number  int64      `json:"number"`
	People  int64      `json:"people"` // with an open account
	Revoked []AuthHeld `json:"revoked"`
	User    string     `json:"user"`
}

// AuthSupport: Support lets a person who has no part in a study look into it for a time, so that they can help: reading, and nothing that tells who a subject is. It ends by itself.
type AuthSupport struct {
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Study  string    `json:"study"`
	Until  time.Time `json:"until"`
}

// AuthCreation: creation is what a browser is asked for when a passkey is to be made: PublicKeyCredentialCreationOptionsJSON (section 5.1.9).
type AuthCreation struct {
	Attestation            string `json:"attestation"`
	AuthenticatorSelection struct {
		ResidentKey      string `json:"residentKey"`
		UserVerification string `json:"userVerification"`
	} `json:"authenticatorSelection"`
	Challenge          string               `json:"challenge"`
	ExcludeCredentials []AuthCredentialName `json:"excludeCredentials"`
	PubKeyCredParams   []AuthParameter      `json:"pubKeyCredParams"`
	Rp                 struct {
		Id   string `json:"id"`
		Name string `json:"name"`
	} `json:"rp"`
	Timeout int64 `json:"timeout"` // ms
	User    struct {
		DisplayName string `json:"displayName"`
		Id          string `json:"id"`
		Name        string `json:"name"`
	} `json:"user"`
}

// AuthCredentialName: credentialName names a passkey to a browser.
type AuthCredentialName struct {
	Id   string `json:"id"`
	Type string `json:"type"`
}

// AuthGranted: granted is a token answer (RFC 6749, section 5.1).
type AuthGranted struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
	TokenType   string `json:"token_type"`
}

// AuthLink: link is how a person gets to choose a password. It is shown once: the token is kept nowhere, and stands behind #, which no log sees.
type AuthLink struct {
	Expires time.Time `json:"expires"`
	Path    string    `json:"path"`
	User    string    `json:"user"`
}

// AuthNewKey: newKey is a key as it is told once: Key is a bearer token, and the client_secret of OAuth.
type AuthNewKey struct {
	Client string `json:"client"`
	Key    string `json:"key"`
}

// AuthOauthError: oauthError is an error answer (RFC 6749, section 5.2).
type AuthOauthError struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
}

// AuthOpened: opened is one of a person's sessions, as its owner sees it. Its id tells nobody the secret: it is the beginning of the secret's hash.
type AuthOpened struct {
	Address string    `json:"address"`
	Agent   string    `json:"agent"`
	Here    bool      `json:"here"` // the one that asks
	Id      string    `json:"id"`
	Seen    time.Time `json:"seen"`
	Since   time.Time `json:"since"`
}

// AuthParameter: see the document.
type AuthParameter struct {
	Alg  int64  `json:"alg"`
	Type string `json:"type"`
}

// AuthSession: session is what a person is told about their own session.
type AuthSession struct {
	Idle     int64            `json:"idle"`              // seconds without use after which the session ends
	Passkey  bool             `json:"passkey,omitzero"`  // has one, which proves who signs
	Platform []string         `json:"platform,omitzero"` // roles that belong to no study
	Proof    string           `json:"proof,omitzero"`    // the provider that proves who signs, for who has no password here
	Stale    bool             `json:"stale,omitzero"`    // the password is too old: another is wanted before anything may be done
	Studies  []AuthStudyRoles `json:"studies"`
	Unproven bool             `json:"unproven,omitzero"` // a second factor is wanted before anything may be done
	User     struct {
		Id     string `json:"id"`
		Locale string `json:"locale"`
		Name   string `json:"name"`
		NameZh string `json:"nameZh,omitzero"`
	} `json:"user"`
}

// AuthSiteRole: see the document.
type AuthSiteRole struct {
	Role string `json:"role"`
	Site string `json:"site"` // "" for every site
}

// AuthStudyRoles: see the document.
type AuthStudyRoles struct {
	Id    string         `json:"id"`
	Roles []AuthSiteRole `json:"roles"`
}

// AuthUse: use is what a browser is asked for when a passkey is to be used: PublicKeyCredentialRequestOptionsJSON (section 5.10).
type AuthUse struct {
	AllowCredentials []AuthCredentialName `json:"allowCredentials,omitzero"`
	Challenge        string               `json:"challenge"`
	RpId             string               `json:"rpId"`
	Timeout          int64                `json:"timeout"` // ms
	UserVerification string               `json:"userVerification"`
}

// BlindedAsked: Asked is a blinded item with what may answer it, by the newest version.
type BlindedAsked struct {
	Choices  []OdmCodeItem     `json:"choices,omitzero"`
	Event    string            `json:"event"`
	Form     string            `json:"form"`
	Group    string            `json:"group"`
	Item     string            `json:"item"`
	Name     string            `json:"name"`
	Question map[string]string `json:"question,omitzero"`
}

// BlindedSaidInput: Said is a value, or why there is none, at its place; neither clears it.
type BlindedSaidInput struct {
	Blank       string `json:"blank,omitzero"`
	Event       string `json:"event,omitzero"`
	EventRepeat string `json:"eventRepeat,omitzero"`
	Form        string `json:"form,omitzero"`
	FormRepeat  string `json:"formRepeat,omitzero"`
	Group       string `json:"group,omitzero"`
	Item        string `json:"item,omitzero"`
	Repeat      string `json:"repeat,omitzero"`
	Subject     string `json:"subject,omitzero"`
	Value       string `json:"value,omitzero"`
	Version     int64  `json:"version,omitzero"` // what was seen before, 0 for nothing
}

// BlindedValue: Value is a value as it was saved once.
type BlindedValue struct {
	At          time.Time `json:"at"`
	Blank       string    `json:"blank,omitzero"`
	By          string    `json:"by"`
	Event       string    `json:"event"`
	EventRepeat string    `json:"eventRepeat"`
	Form        string    `json:"form"`
	FormRepeat  string    `json:"formRepeat"`
	Group       string    `json:"group"`
	Item        string    `json:"item"`
	Reason      string    `json:"reason,omitzero"` // of the change
	Repeat      string    `json:"repeat"`
	Subject     string    `json:"subject"`
	Value       string    `json:"value,omitzero"`
	Version     int64     `json:"version"` // what was seen before, 0 for nothing
}

// CodingAlias: Alias is a text that the study reads as a term.
type CodingAlias struct {
	By    string `json:"by"` // who proposed it
	Class string `json:"class,omitzero"`
	Code  string `json:"code"`
	Kind  string `json:"kind"`
	Name  string `json:"name"` // of the term, as it was called when it was proposed
	State string `json:"state"`
	Text  string `json:"text"` // plain
}

// CodingChoiceInput: Choice is what a person decides about values.
type CodingChoiceInput struct {
	Class    string            `json:"class,omitzero"`    // the ATC code, where the drug has several
	Code     string            `json:"code,omitzero"`     // of a term; "" takes the code back
	Reason   string            `json:"reason,omitzero"`   // needed where a code is changed or taken back
	Remember bool              `json:"remember,omitzero"` // propose the text as a synonym
	Spots    []CodingSpotInput `json:"spots,omitzero"`
}

// CodingCode: Code is the term of a value, for those who read its form. Outdated says that the study has left the version.
type CodingCode struct {
	Group    string        `json:"group"`
	Item     string        `json:"item"`
	Kind     string        `json:"kind"`
	Outdated bool          `json:"outdated,omitzero"`
	Path     []CodingLevel `json:"path"` // the term first
	Repeat   string        `json:"repeat"`
	Source   string        `json:"source"`
	Version  string        `json:"version"`
}

// CodingContext: Context is a value beside the one that is coded.
type CodingContext struct {
	Item  string `json:"item"`
	Value string `json:"value"`
}

// CodingDictionary: Dictionary is one version of a dictionary in one language, as its files say it.
type CodingDictionary struct {
	Digest   string `json:"digest"` // SHA-256, hex, over the terms in the order of their codes
	Kind     string `json:"kind"`
	Language string `json:"language"` // BCP 47: en, zh-CN
	Terms    int64  `json:"terms"`
	Version  string `json:"version"`
}

// CodingItem: Item is an item whose values are coded.
type CodingItem struct {
	Context []string `json:"context,omitzero"` // items of the same form that a coder is shown
	Item    string   `json:"item"`
	Kind    string   `json:"kind"`
}

// CodingItemInput: Item is an item whose values are coded.
type CodingItemInput struct {
	Context []string `json:"context,omitzero"` // items of the same form that a coder is shown
	Item    string   `json:"item,omitzero"`
	Kind    string   `json:"kind,omitzero"`
}

// CodingLevel: Level is one step of the path from a term upwards: llt, pt, hlt, hlgt, soc; or drug, preferred, atc4 … atc1.
type CodingLevel struct {
	Code  string            `json:"code"`
	Level string            `json:"level"`
	Name  map[string]string `json:"name"` // in the languages that are loaded
}

// CodingShift: Shift is a term by which values are coded, and what becomes of it in the other version.
type CodingShift struct {
	Fate   string        `json:"fate"`
	Is     []CodingLevel `json:"is"` // nothing where a person must say
	Kind   string        `json:"kind"`
	Values int64         `json:"values"` // that are coded by it
	Was    []CodingLevel `json:"was"`
}

// CodingSpotInput: Spot names a value, and the decision about it that the coder saw.
type CodingSpotInput struct {
	Changes  int64  `json:"changes,omitzero"` // of the decision that was seen; 0 is none
	Place    string `json:"place,omitzero"`
	Subject  string `json:"subject,omitzero"`
	Verbatim string `json:"verbatim,omitzero"` // the text that was seen
}

// CodingTerm: Term is what a text may be coded as.
type CodingTerm struct {
	Code    string          `json:"code"`
	Current bool            `json:"current"` // what is not is kept for old data
	Name    string          `json:"name"`    // in one language
	Paths   [][]CodingLevel `json:"paths"`   // from the term upwards; the primary one first
}

// CodingSetting: see the document.
type CodingSetting struct {
	Dictionaries []CodingDictionary `json:"dictionaries"` // that are loaded
	Items        []CodingItem       `json:"items"`
	Versions     map[string]string  `json:"versions"`
}

// CodingText: text is a text that the sites wrote, with its places.
type CodingText struct {
	Coded  int64         `json:"coded"`
	Kind   string        `json:"kind"`
	Open   int64         `json:"open"` // places that wait
	Places []CodingValue `json:"places"`
	Plain  string        `json:"plain"` // as it is compared
	Text   string        `json:"text"`  // as it stands at its first place
}

// CodingValue: value is one place with its code.
type CodingValue struct {
	Asked       bool            `json:"asked,omitzero"` // a query about it stands
	At          time.Time       `json:"at,omitzero"`
	By          string          `json:"by,omitzero"`
	Changes     int64           `json:"changes"` // of the decision that was seen; 0 is none
	Context     []CodingContext `json:"context"`
	Event       string          `json:"event"`
	EventRepeat string          `json:"eventRepeat"`
	Form        string          `json:"form"`
	FormRepeat  string          `json:"formRepeat"`
	Item        string          `json:"item"`
	Path        []CodingLevel   `json:"path"`
	Place       string          `json:"place"`
	Site        string          `json:"site"`
	Source      string          `json:"source,omitzero"`
	State       string          `json:"state"`
	Subject     string          `json:"subject"`
	Verbatim    string          `json:"verbatim"`         // the text that was seen
	Version     string          `json:"version,omitzero"` // of the dictionary that it was coded by
}

// CodingWork: see the document.
type CodingWork struct {
	Coded    int64             `json:"coded"`
	Left     int64             `json:"left"`  // texts that this answer leaves out
	Ready    bool              `json:"ready"` // somebody has said what is coded
	Texts    []CodingText      `json:"texts"`
	Total    int64             `json:"total"`
	Versions map[string]string `json:"versions"`
}

// ConsentDocument: Document is a version of what patients agree to.
type ConsentDocument struct {
	Again     bool              `json:"again,omitzero"`    // Again asks who has signed an earlier version to sign this one, too.
	Approval  string            `json:"approval,omitzero"` // the ethics committee's, with its number and date
	Format    string            `json:"format"`
	Questions []ConsentQuestion `json:"questions,omitzero"`
	Required  bool              `json:"required,omitzero"` // Required closes the diaries until the document is signed.
	Sections  []ConsentSection  `json:"sections"`
	Statement map[string]string `json:"statement"` // what is signed
	Title     map[string]string `json:"title"`
}

// ConsentDocumentInput: Document is a version of what patients agree to.
type ConsentDocumentInput struct {
	Again     bool                   `json:"again,omitzero"`    // Again asks who has signed an earlier version to sign this one, too.
	Approval  string                 `json:"approval,omitzero"` // the ethics committee's, with its number and date
	Format    string                 `json:"format,omitzero"`
	Questions []ConsentQuestionInput `json:"questions,omitzero"`
	Required  bool                   `json:"required,omitzero"` // Required closes the diaries until the document is signed.
	Sections  []ConsentSectionInput  `json:"sections,omitzero"`
	Statement map[string]string      `json:"statement,omitzero"` // what is signed
	Title     map[string]string      `json:"title,omitzero"`
}

// ConsentOption: Option is a possible answer.
type ConsentOption struct {
	Right bool              `json:"right,omitzero"`
	Text  map[string]string `json:"text"`
}

// ConsentOptionInput: Option is a possible answer.
type ConsentOptionInput struct {
	Right bool              `json:"right,omitzero"`
	Text  map[string]string `json:"text,omitzero"`
}

// ConsentQuestion: Question asks whether something was understood. Exactly one of its options is right.
type ConsentQuestion struct {
	Options []ConsentOption   `json:"options"`
	Text    map[string]string `json:"text"`
	Why     map[string]string `json:"why"` // is shown after a wrong answer
}

// ConsentQuestionInput: Question asks whether something was understood. Exactly one of its options is right.
type ConsentQuestionInput struct {
	Options []ConsentOptionInput `json:"options,omitzero"`
	Text    map[string]string    `json:"text,omitzero"`
	Why     map[string]string    `json:"why,omitzero"` // is shown after a wrong answer
}

// ConsentScanInput: Scan is a picture of the paper.
type ConsentScanInput struct {
	Data string `json:"data,omitzero"` // PDF, JPEG or PNG
	Name string `json:"name,omitzero"`
}

// ConsentSection: Section is a part of the document.
type ConsentSection struct {
	Text  map[string]string `json:"text"`
	Title map[string]string `json:"title"`
}

// ConsentSectionInput: Section is a part of the document.
type ConsentSectionInput struct {
	Text  map[string]string `json:"text,omitzero"`
	Title map[string]string `json:"title,omitzero"`
}

// DefinitionCasesInput: Cases is a file of acceptance tests (docs/format/acceptance.md).
type DefinitionCasesInput struct {
	Name string `json:"name,omitzero"`
	Text string `json:"text,omitzero"`
}

// DefinitionPromotionInput: Promotion is a version that was tested in a copy, and becomes one of a production study.
type DefinitionPromotionInput struct {
	Cases   []DefinitionCasesInput `json:"cases,omitzero"`
	From    string                 `json:"from,omitzero"`
	Version int64                  `json:"version,omitzero"`
	Waivers []TrialWaiverInput     `json:"waivers,omitzero"`
}

// DefinitionRead: Read is one value that a rule reads.
type DefinitionRead struct {
	As   string `json:"as"`   // as the rule writes it, e.g. "prev(IT.SYS)"
	Item string `json:"item"` // its OID, or the name of a part of the visit
}

// DefinitionRule: Rule is one rule of a definition: as it is written, what it reads, and where it stands.
type DefinitionRule struct {
	About   map[string]string `json:"about,omitzero"`
	Hard    bool              `json:"hard,omitzero"`
	Id      string            `json:"id"`   // "IT.SYS#1" for the first check of an item, else the OID of the condition or method
	Kind    string            `json:"kind"` // record.Checks, record.Hides or record.Computes
	Message map[string]string `json:"message,omitzero"`
	Name    string            `json:"name,omitzero"`
	Place   string            `json:"place"` // as problems and losses name it, e.g. "ItemDef[IT.SYS]/RangeCheck[1]"
	Reads   []DefinitionRead  `json:"reads"`
	Source  string            `json:"source"` // in the rule language; "" when the rule does not run
	Stands  []DefinitionStand `json:"stands"`
	Why     map[string]string `json:"why,omitzero"` // it does not run, by language
	Written []OdmExpression   `json:"written,omitzero"`
}

// DefinitionStand: Stand is where a rule stands: at a thing, within another where a reference carries it.
type DefinitionStand struct {
	As   string `json:"as"`
	In   string `json:"in,omitzero"` // the OID of what refers to it
	Oid  string `json:"oid"`
	What string `json:"what"` // StudyEventDef, FormDef, ItemGroupDef or ItemDef
}

// DocumentFilingInput: Filing is what is said of a file that is brought.
type DocumentFilingInput struct {
	Expires string `json:"expires,omitzero"`
	Issued  string `json:"issued,omitzero"`
	Note    string `json:"note,omitzero"`
	Title   string `json:"title,omitzero"`
	Type    string `json:"type,omitzero"`    // of a new one
	Version int64  `json:"version,omitzero"` // of the document as it was seen, 0 for a new one
}

// DocumentLoose: Loose is a file that stands in no document: something else in the study names it by its hash and name.
type DocumentLoose struct {
	Hash  string `json:"hash"`
	Media string `json:"media"`
	Name  string `json:"name"`
	Size  int64  `json:"size"`
}

// DocumentSlot: Slot is one expected type at a site with how it stands.
type DocumentSlot struct {
	Days     int64             `json:"days,omitzero"`     // until it expires
	Document string            `json:"document,omitzero"` // the one that decides
	Expires  string            `json:"expires,omitzero"`
	State    string            `json:"state"`
	Title    map[string]string `json:"title"`
	Type     string            `json:"type"`
}

// DocumentType: Type is a kind of document: where it is filed, and what is asked of it.
type DocumentType struct {
	Expires bool              `json:"expires"` // a day of expiry must be given
	Id      string            `json:"id"`      // zone-number, of our own short list
	Site    bool              `json:"site"`    // each site has its own; otherwise the study has one
	Title   map[string]string `json:"title"`
	Usual   bool              `json:"usual"` // expected where the study says nothing else
}

// DocumentVersion: Version is one file with what became of it.
type DocumentVersion struct {
	Accepted SiteSignature `json:"accepted,omitzero"`
	Expires  string        `json:"expires,omitzero"`
	FiledAt  time.Time     `json:"filedAt"`
	FiledBy  string        `json:"filedBy"`
	Hash     string        `json:"hash"` // SHA-256 in hex
	Issued   string        `json:"issued,omitzero"`
	Media    string        `json:"media"`
	Name     string        `json:"name"`
	Note     string        `json:"note,omitzero"`
	Refused  SiteEnd       `json:"refused,omitzero"`
	Size     int64         `json:"size"`
}

// DocumentZone: Zone is a part of the trial master file, numbered as in the CDISC TMF Reference Model.
type DocumentZone struct {
	Number string            `json:"number"`
	Title  map[string]string `json:"title"`
}

// DocumentAttachingInput: attaching is what is said of a scan that is brought to a form, or to an item of it that has a value.
type DocumentAttachingInput struct {
	Group  string `json:"group,omitzero"`
	Item   string `json:"item,omitzero"`
	Note   string `json:"note,omitzero"`
	Repeat string `json:"repeat,omitzero"`
}

// DocumentMay: may says what the reader can do with it.
type DocumentMay struct {
	Decide bool `json:"decide"`
	File   bool `json:"file"`
}

// DocumentReading: reading is who opened which version, and when.
type DocumentReading struct {
	At      time.Time `json:"at"`
	Role    string    `json:"role"`
	User    string    `json:"user"`
	Version int64     `json:"version"`
}

// DocumentRoom: see the document.
type DocumentRoom struct {
	Documents []DocumentShown `json:"documents"`
	Expected  struct {
		Id      string   `json:"id"`
		Site    string   `json:"site"`
		Types   []string `json:"types"`
		Version int64    `json:"version"`
	} `json:"expected"`
	Shelves []DocumentShelf `json:"shelves"` // those that lack most first; the study's own before all
	Today   string          `json:"today"`
	Types   []DocumentType  `json:"types"`
	Zones   []DocumentZone  `json:"zones"`
}

// DocumentShelf: shelf is a site's file, or the study's own, with what is expected in it.
type DocumentShelf struct {
	File  bool              `json:"file"` // the reader may add to it
	Have  int64             `json:"have"` // expected and in order
	Name  map[string]string `json:"name,omitzero"`
	Site  string            `json:"site"`
	Slots []DocumentSlot    `json:"slots"`
}

// DocumentShown: shown is a document as the page sees it.
type DocumentShown struct {
	Id       string            `json:"id"`
	May      DocumentMay       `json:"may"`
	Pending  bool              `json:"pending"` // the last version waits for a decision
	Site     string            `json:"site"`
	State    string            `json:"state"`
	Title    string            `json:"title"`
	Type     string            `json:"type"`
	Version  int64             `json:"version"`
	Versions []DocumentVersion `json:"versions"`
}

// EdcAside: aside is an inactive part as the pages see it.
type EdcAside struct {
	At     time.Time     `json:"at"`
	By     string        `json:"by"`
	ByName string        `json:"byName"`
	Group  string        `json:"group,omitzero"`
	Reason string        `json:"reason"`
	Repeat string        `json:"repeat,omitzero"`
	Values []RecordValue `json:"values"`
}

// EdcCell: see the document.
type EdcCell struct {
	Count   int64  `json:"count"`
	Queries int64  `json:"queries"`
	State   string `json:"state"` // complete, partial, query, inactive; first, differs: see record.Double
}

// EdcColumn: see the document.
type EdcColumn struct {
	Event     string            `json:"event"`
	Forms     []EdcColumnForm   `json:"forms"`
	Name      map[string]string `json:"name"`
	Repeating bool              `json:"repeating"`
}

// EdcColumnForm: see the document.
type EdcColumnForm struct {
	Form  string            `json:"form"`
	Name  map[string]string `json:"name"`
	Short string            `json:"short"`
}

// EdcDifference: see the document.
type EdcDifference struct {
	At          time.Time         `json:"at"`
	By          string            `json:"by"`
	ByName      string            `json:"byName"`
	Changes     int64             `json:"changes"`
	Event       string            `json:"event"`
	EventRepeat string            `json:"eventRepeat"`
	File        bool              `json:"file"` // old and new are the names of a file that stood there
	Form        string            `json:"form"`
	FormRepeat  string            `json:"formRepeat"`
	Group       string            `json:"group"`
	Item        string            `json:"item"`
	New         string            `json:"new"`
	NewBlank    string            `json:"newBlank"`
	Old         string            `json:"old"`
	OldBlank    string            `json:"oldBlank"`
	Reason      string            `json:"reason"`
	Repeat      string            `json:"repeat"`
	Title       map[string]string `json:"title"`
	Visit       map[string]string `json:"visit"`
}

// EdcDouble: double is how far the two entries of a form are, as the pages see it.
type EdcDouble struct {
	Draft   []RecordValue  `json:"draft,omitzero"` // what this person has typed and not handed in
	Entries []EdcEnteredBy `json:"entries"`        // who entered, and nothing of what
	May     []string       `json:"may"`            // enter, settle, discard: what this person may do about it now
	Splits  []EdcSplit     `json:"splits"`         // what the two say differently, once both are in
	State   string         `json:"state"`          // first: the second is awaited; differs: somebody must choose; "" before the first
}

// EdcEnteredBy: see the document.
type EdcEnteredBy struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	ByName string    `json:"byName"`
}

// EdcFinding: finding is one of them; of a visit that is overdue the form is its first.
type EdcFinding struct {
	Days        int64             `json:"days"` // since then
	Event       string            `json:"event"`
	EventRepeat string            `json:"eventRepeat"`
	Form        string            `json:"form"`
	FormRepeat  string            `json:"formRepeat"`
	Since       string            `json:"since,omitzero"` // a day at the site; absent where nobody said the day of the visit
	Site        string            `json:"site"`
	Subject     string            `json:"subject"`
	Title       map[string]string `json:"title"`
	Visit       map[string]string `json:"visit"`
}

// EdcFormAnswer: see the document.
type EdcFormAnswer struct {
	Coded       []CodingCode   `json:"coded,omitzero"` // the terms of a dictionary that what is written has now
	Computed    []string       `json:"computed"`
	Definition  int64          `json:"definition"`      // the published version that it is read by
	Double      EdcDouble      `json:"double,omitzero"` // of a form that two people enter, until it has values
	Event       string         `json:"event"`
	EventRepeat string         `json:"eventRepeat"`
	Form        string         `json:"form"`
	FormRepeat  string         `json:"formRepeat"`
	Hidden      []string       `json:"hidden"`
	Inactive    []EdcAside     `json:"inactive,omitzero"` // what was set aside, with the values that it had
	Items       []EdcItem      `json:"items"`
	Normal      []NormalJudged `json:"normal,omitzero"` // the reference ranges that hold, with the flag of the value that is kept
	Queries     []EdcQuery     `json:"queries"`
	Rules       RecordRules    `json:"rules,omitzero"` // for the browser to run while somebody types
	Site        string         `json:"site"`
	State       string         `json:"state"`
	Subject     string         `json:"subject"`
	Version     int64          `json:"version"`
}

// EdcItem: item is a value as the pages see it.
type EdcItem struct {
	At     time.Time `json:"at"`
	Blank  string    `json:"blank,omitzero"`
	By     string    `json:"by"`
	ByName string    `json:"byName"`
	Group  string    `json:"group"`
	Item   string    `json:"item"`
	Repeat string    `json:"repeat"`
	Value  string    `json:"value,omitzero"`
}

// EdcListedVisit: see the document.
type EdcListedVisit struct {
	Day         string            `json:"day,omitzero"`
	Days        int64             `json:"days,omitzero"` // outside the window: negative is before it
	Event       string            `json:"event"`
	Form        string            `json:"form"` // the first of the visit, to open it with
	From        string            `json:"from,omitzero"`
	Name        map[string]string `json:"name"`
	Provisional bool              `json:"provisional,omitzero"`
	Reason      string            `json:"reason,omitzero"` // of a skipped one
	Repeat      string            `json:"repeat"`
	Site        string            `json:"site"`
	State       string            `json:"state"`
	Subject     string            `json:"subject"`
	Target      string            `json:"target,omitzero"`
	Until       string            `json:"until,omitzero"`
}

// EdcMarkAnswer: see the document.
type EdcMarkAnswer struct {
	At       time.Time `json:"at,omitzero"`
	Blank    string    `json:"blank,omitzero"`
	By       string    `json:"by,omitzero"`
	ByName   string    `json:"byName,omitzero"`
	Group    string    `json:"group"`
	Item     string    `json:"item"`
	Repeat   string    `json:"repeat"`
	Required bool      `json:"required"`
	State    string    `json:"state"` // none, verified, changed
	Value    string    `json:"value,omitzero"`
}

// EdcPartOfInput: see the document.
type EdcPartOfInput struct {
	Expect  string `json:"expect,omitzero"` // the digest that the signer saw
	Scope   string `json:"scope,omitzero"`
	Subject string `json:"subject,omitzero"`
}

// EdcPastForm: see the document.
type EdcPastForm struct {
	Event       string            `json:"event"`
	EventRepeat string            `json:"eventRepeat"`
	Form        string            `json:"form"`
	FormRepeat  string            `json:"formRepeat"`
	Items       []EdcItem         `json:"items"`
	Title       map[string]string `json:"title"`
	Version     int64             `json:"version"`
	Visit       map[string]string `json:"visit"`
}

// EdcPastWaiting: pastWaiting is a form that two people were entering, and that had no values yet.
type EdcPastWaiting struct {
	Event       string            `json:"event"`
	EventRepeat string            `json:"eventRepeat"`
	Form        string            `json:"form"`
	FormRepeat  string            `json:"formRepeat"`
	Since       time.Time         `json:"since"`
	State       string            `json:"state"` // first, differs
	Title       map[string]string `json:"title"`
	Visit       map[string]string `json:"visit"`
}

// EdcPlanned: planned is a visit of one subject with its window, as the pages see it. Days are YYYY-MM-DD by the calendar of the site.
type EdcPlanned struct {
	Day         string `json:"day,omitzero"`
	Days        int64  `json:"days,omitzero"` // outside the window: negative is before it
	Event       string `json:"event"`
	From        string `json:"from,omitzero"`
	Provisional bool   `json:"provisional,omitzero"`
	Reason      string `json:"reason,omitzero"` // of a skipped one
	Repeat      string `json:"repeat"`
	State       string `json:"state"`
	Target      string `json:"target,omitzero"`
	Until       string `json:"until,omitzero"`
}

// EdcQuery: see the document.
type EdcQuery struct {
	Actions      []string          `json:"actions"`
	AgeDays      int64             `json:"ageDays"`
	Assignee     string            `json:"assignee,omitzero"`
	AssigneeName string            `json:"assigneeName"`
	By           string            `json:"by,omitzero"` // who asked, when a person did
	ByName       string            `json:"byName"`
	ChangedAt    time.Time         `json:"changedAt"`
	Event        string            `json:"event"`
	EventRepeat  string            `json:"eventRepeat"`
	Form         string            `json:"form"`
	FormRepeat   string            `json:"formRepeat"`
	Group        string            `json:"group"`
	Id           string            `json:"id"`
	Item         string            `json:"item"`
	OpenedAt     time.Time         `json:"openedAt"`
	Repeat       string            `json:"repeat"`
	Role         string            `json:"role,omitzero"` // in which role: ODM 2.0's Query/@Source follows from it
	Rule         string            `json:"rule,omitzero"` // the check, when a check asks
	Site         string            `json:"site"`
	Source       string            `json:"source"` // system or manual: ODM 2.0's Query/@Type
	State        string            `json:"state"`
	Subject      string            `json:"subject"`
	Text         map[string]string `json:"text"`
	Thread       []EdcTurn         `json:"thread"`
	Value        string            `json:"value,omitzero"` // the value asked about
}

// EdcReviewAnswer: see the document.
type EdcReviewAnswer struct {
	Kind  string          `json:"kind"`
	Marks []EdcMarkAnswer `json:"marks"`
	May   bool            `json:"may"`
	Need  int64           `json:"need"`
}

// EdcRow: see the document.
type EdcRow struct {
	Cells    map[string]EdcCell    `json:"cells"`    // by "event/form"; what is not here is empty
	Expected map[string]string     `json:"expected"` // by "event/form", what conditions of the schedule say: demanded, released
	Progress float64               `json:"progress"` // share of the scheduled, mandatory forms that are complete
	Site     string                `json:"site"`
	Status   string                `json:"status"`
	Subject  string                `json:"subject"`
	Visits   map[string]EdcPlanned `json:"visits"` // by event: those with a window or that are skipped, the most pressing repeat of each
}

// EdcSignature: see the document.
type EdcSignature struct {
	At       time.Time         `json:"at"`
	Content  string            `json:"content"` // SHA-256 over the scope's forms, in hex; see contentOf
	Forms    int64             `json:"forms"`
	Holds    bool              `json:"holds"`
	Id       string            `json:"id"`
	Level    string            `json:"level"`
	Meaning  string            `json:"meaning"`
	Name     string            `json:"name"`              // as printed
	Previous string            `json:"previous,omitzero"` // the signature of this scope that it follows
	Role     string            `json:"role"`
	Root     string            `json:"root"` // of the tree over them, in hex (RFC 6962)
	Says     map[string]string `json:"says"` // its meaning, in words
	Scope    string            `json:"scope"`
	Signer   string            `json:"signer"`
	Site     string            `json:"site"`
	Size     int64             `json:"size"` // entries in the study's order when it was signed
	Subject  string            `json:"subject"`
	Title    map[string]string `json:"title"`
	VoidAt   time.Time         `json:"voidAt,omitzero"`
	VoidRef  string            `json:"voidRef,omitzero"`
	Zone     string            `json:"zone"` // IANA, in which the date and time are shown
}

// EdcSiteDaily: siteDaily is the daily report of one site, or of all together.
type EdcSiteDaily struct {
	Ages       []int64    `json:"ages"`     // of both, in days: up to 7, 14, 30, more
	Answered   int64      `json:"answered"` // those that wait for who asked
	Called     int64      `json:"called"`
	Entry      EdcTaking  `json:"entry"` // days from the visit to the first save
	Missing    EdcWaiting `json:"missing"`
	Oldest     int64      `json:"oldest"` // of both, in days
	Open       int64      `json:"open"`   // queries that wait for the site
	Overdue    EdcWaiting `json:"overdue"`
	Partial    EdcWaiting `json:"partial"`
	Sdv        EdcTaking  `json:"sdv"`  // days from the first save to the last mark of a verification that is done
	Site       string     `json:"site"` // "" is all
	Subjects   int64      `json:"subjects"`
	Unverified EdcWaiting `json:"unverified"`
}

// EdcSplit: see the document.
type EdcSplit struct {
	First  RecordValue `json:"first"`
	Second RecordValue `json:"second"`
}

// EdcStageAnswer: see the document.
type EdcStageAnswer struct {
	At      time.Time         `json:"at"`
	By      string            `json:"by"`
	ByName  string            `json:"byName"`
	Level   string            `json:"level"`
	Scope   string            `json:"scope"`
	Stage   string            `json:"stage"`
	Subject string            `json:"subject"` // "" for the study
	Title   map[string]string `json:"title"`
}

// EdcTaking: taking is how many days something took: the median and the ninth decile of them, and how many took at most 2, 5 and 10 days, or longer.
type EdcTaking struct {
	Median int64   `json:"median"`
	N      int64   `json:"n"`
	P90    int64   `json:"p90"`
	Within []int64 `json:"within"`
}

// EdcTemplate: template is a question that is asked often, in both languages.
type EdcTemplate struct {
	Id   string            `json:"id"`
	Text map[string]string `json:"text"`
}

// EdcToSign: see the document.
type EdcToSign struct {
	Content    string       `json:"content"`
	Forms      int64        `json:"forms"`
	Incomplete []string     `json:"incomplete"`
	Latest     EdcSignature `json:"latest,omitzero"`
	Site       string       `json:"site"`
	Stage      string       `json:"stage"`
	State      string       `json:"state"` // never, holds, void
	Status     string       `json:"status"`
	Subject    string       `json:"subject"`
}

// EdcTrailChange: see the document.
type EdcTrailChange struct {
	Computed bool   `json:"computed"`
	Group    string `json:"group"`
	Item     string `json:"item"`
	New      string `json:"new"`
	NewBlank string `json:"newBlank"`
	Old      string `json:"old"`
	OldBlank string `json:"oldBlank"`
	Repeat   string `json:"repeat"`
}

// EdcTrailEntry: see the document.
type EdcTrailEntry struct {
	At      time.Time        `json:"at"`
	By      string           `json:"by"`
	ByName  string           `json:"byName"`
	Changes []EdcTrailChange `json:"changes"` // of saved values; of other verbs Old and New say it
	Id      string           `json:"id"`
	Index   int64            `json:"index"` // -1 while it waits for its place
	New     string           `json:"new,omitzero"`
	Old     string           `json:"old,omitzero"`
	Reason  string           `json:"reason"`
	Role    string           `json:"role"`
	Site    string           `json:"site"`
	Subject string           `json:"subject"`
	Trace   string           `json:"trace"`
	What    string           `json:"what"`
	Where   string           `json:"where"`
}

// EdcTurn: see the document.
type EdcTurn struct {
	Assignee string    `json:"assignee,omitzero"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	ByName   string    `json:"byName"`
	Role     string    `json:"role"`
	State    string    `json:"state"` // after the step
	Text     string    `json:"text,omitzero"`
}

// EdcUnsettled: unsettled is a form whose entries are not settled.
type EdcUnsettled struct {
	Draft       []RecordValue     `json:"draft,omitzero"` // what this person has typed and not handed in
	Entries     []EdcEnteredBy    `json:"entries"`        // who entered, and nothing of what
	Event       string            `json:"event"`
	EventRepeat string            `json:"eventRepeat"`
	Form        string            `json:"form"`
	FormRepeat  string            `json:"formRepeat"`
	May         []string          `json:"may"` // enter, settle, discard: what this person may do about it now
	Site        string            `json:"site"`
	Splits      []EdcSplit        `json:"splits"` // what the two say differently, once both are in
	State       string            `json:"state"`  // first: the second is awaited; differs: somebody must choose; "" before the first
	Subject     string            `json:"subject"`
	Title       map[string]string `json:"title"`
	Visit       map[string]string `json:"visit"`
}

// EdcVisit: see the document.
type EdcVisit struct {
	Event    string            `json:"event"`
	Expected string            `json:"expected,omitzero"` // Expected is what conditions of the schedule say of the visit: demanded, released, or nothing.
	Forms    []EdcVisitForm    `json:"forms"`
	Name     map[string]string `json:"name"`
	Plan     EdcPlanned        `json:"plan,omitzero"` // absent of what a device sent and of what only repeats
	Repeat   string            `json:"repeat"`
	Type     string            `json:"type"`
}

// EdcVisitForm: see the document.
type EdcVisitForm struct {
	Expected  string            `json:"expected,omitzero"` // as of a visit
	Form      string            `json:"form"`
	Name      map[string]string `json:"name"`
	Queries   int64             `json:"queries"`
	Repeat    string            `json:"repeat"`
	State     string            `json:"state"`
	UpdatedAt time.Time         `json:"updatedAt,omitzero"`
	Version   int64             `json:"version"`
}

// EdcWaiting: waiting is how many of something wait, and the longest that one has, in days.
type EdcWaiting struct {
	N      int64 `json:"n"`
	Oldest int64 `json:"oldest"`
}

// EdcWorkAnswer: see the document.
type EdcWorkAnswer struct {
	Changed     int64             `json:"changed"`
	Event       string            `json:"event"`
	EventRepeat string            `json:"eventRepeat"`
	Form        string            `json:"form"`
	FormRepeat  string            `json:"formRepeat"`
	May         bool              `json:"may"`
	Need        int64             `json:"need"`
	Required    int64             `json:"required"`
	Site        string            `json:"site"`
	State       string            `json:"state"`
	Subject     string            `json:"subject"`
	Title       map[string]string `json:"title"`
	UpdatedAt   time.Time         `json:"updatedAt"`
	Version     int64             `json:"version"`
	Visit       map[string]string `json:"visit"`
}

// EproAgreed: Agreed is what a phone is told when a signature is on disk.
type EproAgreed struct {
	Id      string    `json:"id"`
	Now     time.Time `json:"now"`
	Number  int64     `json:"number"`
	Receipt string    `json:"receipt"`
}

// EproAnswer: Answer is what a phone is told.
type EproAnswer struct {
	Missing []int64      `json:"missing"` // numbers that have not come, the first hundred
	Now     time.Time    `json:"now"`     // the server's clock: from it the phone counts until the next contact
	Results []EproResult `json:"results"`
}

// EproCompliance: Compliance is how the study's patients answer, as of now.
type EproCompliance struct {
	Alerts      int64                   `json:"alerts"`
	At          time.Time               `json:"at"`
	Days        []string                `json:"days"` // the last four weeks
	Name        string                  `json:"name"`
	Quarantined int64                   `json:"quarantined"`
	Schedule    int64                   `json:"schedule"` // its number, 0 for none
	Sites       map[string]*EproTally   `json:"sites"`
	Subjects    []EproSubjectCompliance `json:"subjects"`
	Total       EproTally               `json:"total"`
	Trend       []EproDayTally          `json:"trend"` // of each day
}

// EproContactInput: Contact is one request of a phone: how it stands, and up to MaxRecords records.
type EproContactInput struct {
	Highest int64             `json:"highest,omitzero"` // the greatest number that it has given to a record
	Now     time.Time         `json:"now,omitzero"`     // by its own clock
	Records []json.RawMessage `json:"records,omitzero"`
	Zone    string            `json:"zone,omitzero"`
}

// EproDayTally: DayTally is what was expected and done of the windows that opened on a day.
type EproDayTally struct {
	Done     int64 `json:"done"`
	Expected int64 `json:"expected"`
}

// EproDelivery: Delivery is what became of a subject's reminders by one channel.
type EproDelivery struct {
	Channel  string    `json:"channel"`
	Dead     int64     `json:"dead"`              // given up
	FailedAt time.Time `json:"failedAt,omitzero"` // the last attempt that failed, whether or not a later one was taken
	Failure  string    `json:"failure,omitzero"`
	Sent     int64     `json:"sent"` // taken by their destination
	SentAt   time.Time `json:"sentAt,omitzero"`
}

// EproEnrolled: Enrolled is the phone's identity. The token's text is kept nowhere.
type EproEnrolled struct {
	Device  string `json:"device"`
	Study   string `json:"study"`
	Subject string `json:"subject"`
	Token   string `json:"token"`
}

// EproEnrolmentInput: Enrolment is what a phone says of itself when it enrols.
type EproEnrolmentInput struct {
	Code  string `json:"code,omitzero"`
	Name  string `json:"name,omitzero"`  // what it is, as its browser says
	Phone string `json:"phone,omitzero"` // what it keeps of itself, by chance: the same whoever enrols on it; "" where it keeps nothing
	Pin   string `json:"pin,omitzero"`
	Study string `json:"study,omitzero"`
	Zone  string `json:"zone,omitzero"`
}

// EproInvitation: Invitation lets one phone enrol for one subject, once. Code goes into the QR code and the link; PIN is told to the patient apart, so that who photographs the one has not got the other. Neither is kept.
type EproInvitation struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
	Link    string    `json:"link"` // the page's whole address
	Path    string    `json:"path"` // of the page that a phone opens; the code stands behind #, which no log sees
	Pin     string    `json:"pin"`
	Qr      []string  `json:"qr"` // the link as a QR code, row by row: 1 is dark
	Study   string    `json:"study"`
	Subject string    `json:"subject"`
}

// EproPhone: Phone is a phone as the staff see it.
type EproPhone struct {
	Device     string    `json:"device"`
	EndedAt    time.Time `json:"endedAt,omitzero"`
	EndedWhy   string    `json:"endedWhy,omitzero"`
	EnrolledAt time.Time `json:"enrolledAt"`
	Highest    int64     `json:"highest"`
	Missing    []int64   `json:"missing"` // the first hundred
	Name       string    `json:"name"`
	Received   int64     `json:"received"`
	Reporter   string    `json:"reporter"`
	SeenAt     time.Time `json:"seenAt"`
	Site       string    `json:"site"`
	State      string    `json:"state"` // complete as far as the phone says, gaps, or unconfirmed: it has ended, and what it held nobody knows
	Subject    string    `json:"subject"`
}

// EproQuiet: Quiet are the hours in which nothing is sent, by the clock where the patient is: From 22:00 To 07:00, say. The same twice is no quiet.
type EproQuiet struct {
	From string `json:"from,omitzero"`
	To   string `json:"to,omitzero"`
}

// EproQuietInput: Quiet are the hours in which nothing is sent, by the clock where the patient is: From 22:00 To 07:00, say. The same twice is no quiet.
type EproQuietInput struct {
	From string `json:"from,omitzero"`
	To   string `json:"to,omitzero"`
}

// EproReach: Reach is how a patient wants to be reminded by one channel.
type EproReach struct {
	Address  string    `json:"address,omitzero"` // "" ends it. Of push: the subscription as the browser gave it; of wechat: the openid, or code: and what the sign-in gave
	Channel  string    `json:"channel"`
	Keep     bool      `json:"keep,omitzero"` // the address stays as it is: only language and hours change
	Language string    `json:"language"`
	Quiet    EproQuiet `json:"quiet,omitzero"`
}

// EproReachInput: Reach is how a patient wants to be reminded by one channel.
type EproReachInput struct {
	Address  string         `json:"address,omitzero"` // "" ends it. Of push: the subscription as the browser gave it; of wechat: the openid, or code: and what the sign-in gave
	Channel  string         `json:"channel,omitzero"`
	Keep     bool           `json:"keep,omitzero"` // the address stays as it is: only language and hours change
	Language string         `json:"language,omitzero"`
	Quiet    EproQuietInput `json:"quiet,omitzero"`
}

// EproReached: Reached is how a subject is reminded, and how that goes.
type EproReached struct {
	Delivery []EproDelivery `json:"delivery"`
	Failing  bool           `json:"failing"` // by one of the channels that are chosen now
	Reach    []EproReach    `json:"reach"`
	Seen     time.Time      `json:"seen,omitzero"` // a phone of theirs last asked what is due: the reminder in the app
	Site     string         `json:"site"`
	Subject  string         `json:"subject"`
}

// EproReminder: Reminder is one message of the last two weeks with every attempt to deliver it.
type EproReminder struct {
	Attempts []OutboxAttempt `json:"attempts"`
	Channel  string          `json:"channel"`
	Due      time.Time       `json:"due"`
	Form     string          `json:"form"`
	Settled  time.Time       `json:"settled,omitzero"`
	State    string          `json:"state"`
	Window   string          `json:"window"`
}

// EproResult: Result is what became of one record.
type EproResult struct {
	Code    string `json:"code,omitzero"` // why it is not 200
	Id      string `json:"id"`
	Late    bool   `json:"late,omitzero"`    // answered in its window, and received after it
	Limit   int64  `json:"limit,omitzero"`   // bytes, where it was too large
	Receipt string `json:"receipt,omitzero"` // it is on disk: the phone may delete the record once it has stored this
	Status  int64  `json:"status"`           // as HTTP would say it: see docs/format/epro.md
}

// EproSubjectCompliance: SubjectCompliance is one row of the compliance page.
type EproSubjectCompliance struct {
	Days        []EproDayTally `json:"days"`
	Done        int64          `json:"done"`
	Expected    int64          `json:"expected"` // closed, or open and answered
	Gaps        int64          `json:"gaps"`     // numbers of the subject's phones that have not come
	Late        int64          `json:"late"`     // of those done: received after the window
	Missed      int64          `json:"missed"`   // closed without an answer, so far as anybody knows
	Open        int64          `json:"open"`     // can be answered now
	Phones      int64          `json:"phones"`
	Site        string         `json:"site"`
	Status      string         `json:"status"`
	Subject     string         `json:"subject"`
	Unconfirmed bool           `json:"unconfirmed"` // a phone has ended: what it still held nobody knows
}

// EproSubjectConsent: SubjectConsent is how a subject stands to the study's consent document.
type EproSubjectConsent struct {
	Number  int64        `json:"number"` // in force; 0 for none
	Signed  []EproSigned `json:"signed"`
	Site    string       `json:"site"`
	State   string       `json:"state"`
	Status  string       `json:"status"`
	Subject string       `json:"subject"`
}

// EproTally: Tally counts windows and what became of them.
type EproTally struct {
	Done     int64 `json:"done"`
	Expected int64 `json:"expected"` // closed, or open and answered
	Gaps     int64 `json:"gaps"`     // numbers of the subject's phones that have not come
	Late     int64 `json:"late"`     // of those done: received after the window
	Missed   int64 `json:"missed"`   // closed without an answer, so far as anybody knows
	Open     int64 `json:"open"`     // can be answered now
}

// EproAgreement: agreement is a published version of what patients agree to, but for its text.
type EproAgreement struct {
	Again    bool      `json:"again"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Hash     string    `json:"hash"` // of the document's canonical JSON: by it a signature names what was shown
	Number   int64     `json:"number"`
	Required bool      `json:"required"`
}

// EproAlert: alert asks a person to look at an answer set. It never closes by itself.
type EproAlert struct {
	AcknowledgedAt time.Time         `json:"acknowledgedAt,omitzero"`
	AcknowledgedBy string            `json:"acknowledgedBy,omitzero"`
	Alert          string            `json:"alert"`
	DueAt          time.Time         `json:"dueAt"`
	EscalateTo     string            `json:"escalateTo"`
	EscalatedAt    time.Time         `json:"escalatedAt,omitzero"`
	Note           string            `json:"note,omitzero"`
	Person         string            `json:"person"` // "" when nobody holds the role at the site
	RaisedAt       time.Time         `json:"raisedAt"`
	Record         string            `json:"record"`
	Role           string            `json:"role"`
	Rule           string            `json:"rule"`
	Site           string            `json:"site"`
	Subject        string            `json:"subject"`
	Text           map[string]string `json:"text"`
}

// EproAnswerShown: answerShown is one answer of a record as the staff see it: as it was sent, and as it stands.
type EproAnswerShown struct {
	Group    string            `json:"group"`
	Item     string            `json:"item"`
	Multiple bool              `json:"multiple,omitzero"` // Sent and Now are JSON arrays of codes
	Now      string            `json:"now"`
	Options  []EproOption      `json:"options,omitzero"`
	Sent     string            `json:"sent"`
	Text     map[string]string `json:"text"`
}

// EproAsk: ask is what must hold of an answer.
type EproAsk struct {
	Hard  bool              `json:"hard,omitzero"`
	Holds string            `json:"holds"`
	Id    string            `json:"id"`
	Text  map[string]string `json:"text,omitzero"`
}

// EproChangeAsked: changeAsked is a correction as the patient sees it.
type EproChangeAsked struct {
	Change string        `json:"change"`
	Form   string        `json:"form"`
	Items  []RecordValue `json:"items"`
	Old    []RecordValue `json:"old"`
	Reason string        `json:"reason"`
}

// EproCrisis: crisis is what the phone shows at once when an answer calls for it, whether or not anybody can be reached.
type EproCrisis struct {
	Form string            `json:"form"`
	Text map[string]string `json:"text"`
	When string            `json:"when"`
}

// EproDraft: draft is the consent document that a study's office is writing. When it is published or thrown away, its next revision is empty, so that nobody goes on with one that has ended.
type EproDraft struct {
	Doc      string    `json:"doc,omitzero"` // "" where nothing is being written
	Revision int64     `json:"revision"`
	SavedAt  time.Time `json:"savedAt,omitzero"`
	SavedBy  string    `json:"savedBy,omitzero"`
}

// EproDrafted: drafted is a draft with its text.
type EproDrafted struct {
	Doc      string          `json:"doc,omitzero"` // "" where nothing is being written
	Document ConsentDocument `json:"document,omitzero"`
	Revision int64           `json:"revision"`
	SavedAt  time.Time       `json:"savedAt,omitzero"`
	SavedBy  string          `json:"savedBy,omitzero"`
}

// EproForm: see the document.
type EproForm struct {
	Approved  []string          `json:"approved,omitzero"`  // languages whose texts somebody has approved, where the form says how far they are
	Copyright map[string]string `json:"copyright,omitzero"` // read with Licence before the first question
	Drafts    []string          `json:"drafts,omitzero"`    // and those whose texts nobody has
	Form      string            `json:"form"`
	Hash      string            `json:"hash"`
	Licence   string            `json:"licence,omitzero"`
	Name      string            `json:"name"`
	Questions []EproQuestion    `json:"questions"`
	Title     map[string]string `json:"title,omitzero"`
}

// EproIssue: issue is something odd about an accepted record.
type EproIssue struct {
	At      time.Time `json:"at"`
	Detail  string    `json:"detail"`
	Issue   string    `json:"issue"`
	Kind    string    `json:"kind"` // clock, rule, chain or sequence
	Record  string    `json:"record"`
	Site    string    `json:"site"`
	Subject string    `json:"subject"`
}

// EproOption: see the document.
type EproOption struct {
	Code string            `json:"code"`
	Text map[string]string `json:"text"`
}

// EproPast: past is one answer set that has arrived.
type EproPast struct {
	Finished time.Time `json:"finished"`
	Form     string    `json:"form"`
	Late     bool      `json:"late"`
	Receipt  string    `json:"receipt"`
	Received time.Time `json:"received"`
	Record   string    `json:"record"`
}

// EproPlanWindow: see the document.
type EproPlanWindow struct {
	Closes    time.Time   `json:"closes"`
	Done      bool        `json:"done"`
	Form      string      `json:"form"`
	Key       string      `json:"key"` // names it among those of its form, for ever: its wall time as it was planned
	Opens     time.Time   `json:"opens"`
	Reminders []time.Time `json:"reminders"`
}

// EproPlanned: planned is all that a phone needs until its next contact.
type EproPlanned struct {
	Changes  []EproChangeAsked   `json:"changes,omitzero"` // corrections that wait for the patient's word
	Consent  string              `json:"consent,omitzero"` // open, needed, signed or withdrawn; "" where there is nothing to sign
	Crisis   []EproCrisis        `json:"crisis"`
	Device   string              `json:"device"`
	Forms    map[string]EproForm `json:"forms"`
	Help     ScheduleHelp        `json:"help"`
	History  []EproPast          `json:"history"`
	Missing  []int64             `json:"missing"`
	Name     string              `json:"name"`
	Now      time.Time           `json:"now"`
	Reporter string              `json:"reporter"`
	Schedule int64               `json:"schedule"`
	Study    string              `json:"study"`
	Subject  string              `json:"subject"`
	Unasked  []string            `json:"unasked"` // forms that the patient may open at any time
	Windows  []EproPlanWindow    `json:"windows"`
}

// EproQuestion: see the document.
type EproQuestion struct {
	Checks     []EproAsk         `json:"checks,omitzero"`
	Computed   string            `json:"computed,omitzero"`
	Digits     int64             `json:"digits,omitzero"`
	Group      string            `json:"group"`
	Help       map[string]string `json:"help,omitzero"`
	Hides      string            `json:"hides,omitzero"`    // hides the question unless it is false
	HidesAll   string            `json:"hidesAll,omitzero"` // hides the question's group unless it is false
	Hint       map[string]string `json:"hint,omitzero"`
	Item       string            `json:"item"`
	Length     int64             `json:"length,omitzero"`
	Multiple   bool              `json:"multiple,omitzero"` // takes a JSON array of answers
	Needed     bool              `json:"needed,omitzero"`
	NeededWhen string            `json:"neededWhen,omitzero"` // an answer is mandatory while it is true
	Note       bool              `json:"note,omitzero"`       // is read, and not answered
	Options    []EproOption      `json:"options,omitzero"`
	Scale      EproScale         `json:"scale,omitzero"` // asked as a visual analogue scale
	Section    map[string]string `json:"section,omitzero"`
	Text       map[string]string `json:"text"`
	Type       string            `json:"type"`
	Unit       map[string]string `json:"unit,omitzero"`
	Unseen     bool              `json:"unseen,omitzero"` // is never shown: rules alone use it
}

// EproReasonedInput: see the document.
type EproReasonedInput struct {
	Agreed   bool               `json:"agreed,omitzero"`
	Decision string             `json:"decision,omitzero"`
	Items    []RecordValueInput `json:"items,omitzero"`
	Note     string             `json:"note,omitzero"`
	Reason   string             `json:"reason,omitzero"`
}

// EproScale: scale is a line from one end to the other.
type EproScale struct {
	Left  map[string]string `json:"left,omitzero"`
	Max   string            `json:"max"`
	Min   string            `json:"min"`
	Right map[string]string `json:"right,omitzero"`
}

// EproShownAside: shownAside is a quarantined record with what was sent.
type EproShownAside struct {
	Body       string    `json:"body"`
	DecidedAt  time.Time `json:"decidedAt,omitzero"`
	DecidedBy  string    `json:"decidedBy,omitzero"`
	Decision   string    `json:"decision,omitzero"` // accepted or set_aside
	Device     string    `json:"device"`
	Hash       string    `json:"hash"`
	Reason     string    `json:"reason,omitzero"`
	Receipt    string    `json:"receipt"`
	ReceivedAt time.Time `json:"receivedAt"`
	Record     string    `json:"record"`
	Site       string    `json:"site"`
	Subject    string    `json:"subject"` // whose phone brought it
	Why        string    `json:"why"`
}

// EproSigned: signed is a signature's row, but for its body: the ledger has neither the name nor the drawing.
type EproSigned struct {
	By       string    `json:"by,omitzero"` // who has recorded the paper
	Consent  string    `json:"consent"`
	Device   string    `json:"device"`
	EndedAt  time.Time `json:"endedAt,omitzero"` // withdrawn
	EndedBy  string    `json:"endedBy,omitzero"`
	EndedWhy string    `json:"endedWhy,omitzero"`
	Hash     string    `json:"hash"`
	Language string    `json:"language"`
	Number   int64     `json:"number"`
	Paper    string    `json:"paper,omitzero"` // the date on the paper; "" for one that was signed on a phone
	Receipt  string    `json:"receipt"`
	Reporter string    `json:"reporter"`
	SignedAt time.Time `json:"signedAt"` // when it was on disk here
	Site     string    `json:"site"`
	Subject  string    `json:"subject"`
}

// ExportJobAnswer: see the document.
type ExportJobAnswer struct {
	AsOf       time.Time         `json:"asOf,omitzero"`
	AskedAt    time.Time         `json:"askedAt"`
	Bytes      int64             `json:"bytes"`
	Code       string            `json:"code,omitzero"` // why it failed
	Entries    int64             `json:"entries"`
	FinishedAt time.Time         `json:"finishedAt,omitzero"`
	Format     string            `json:"format"`
	Id         string            `json:"id"`
	Moment     time.Time         `json:"moment,omitzero"`
	Name       string            `json:"name"`
	Of         int64             `json:"of"`
	Sha256     string            `json:"sha256"`
	Sites      []string          `json:"sites"` // none for all
	State      string            `json:"state"`
	Steps      int64             `json:"steps"`
	Until      time.Time         `json:"until,omitzero"`
	Why        map[string]string `json:"why,omitzero"`
}

// GoodsLine: Line is one movement of an item.
type GoodsLine struct {
	Confirmed SiteSignature `json:"confirmed,omitzero"` // by another, who has seen it
	N         int64         `json:"n"`                  // from 1
	Note      string        `json:"note,omitzero"`
	On        string        `json:"on"`
	Quantity  int64         `json:"quantity"` // in units, above 0; a correction's may be below
	Signed    SiteSignature `json:"signed"`
	Subject   string        `json:"subject,omitzero"` // who used it
	What      string        `json:"what"`
}

// GoodsRegister: register is what a study's sites have.
type GoodsRegister struct {
	Adds  []string                     `json:"adds"` // where the reader may add items
	Items []GoodsShown                 `json:"items"`
	Kits  []KitBalance                 `json:"kits"` // the numbered kits, which have a register of their own
	Sites map[string]map[string]string `json:"sites"`
	Today map[string]string            `json:"today"` // at each site
}

// GoodsShown: shown is an item as the pages see it.
type GoodsShown struct {
	Balance   int64       `json:"balance"`
	Confirms  bool        `json:"confirms"` // and confirm those of others
	Corrected int64       `json:"corrected"`
	Destroyed int64       `json:"destroyed"`
	Expires   string      `json:"expires,omitzero"`
	Id        string      `json:"id"`
	Kind      string      `json:"kind"`
	Lines     []GoodsLine `json:"lines,omitzero"`
	Lot       string      `json:"lot,omitzero"` // lot or serial number
	Moves     bool        `json:"moves"`        // the reader may add lines
	Name      string      `json:"name"`
	Open      int64       `json:"open"` // destructions that nobody has confirmed
	Received  int64       `json:"received"`
	Returned  int64       `json:"returned"`
	Site      string      `json:"site"`
	Unit      string      `json:"unit"`
	Used      int64       `json:"used"`
	Version   int64       `json:"version"`
}

// HarnessNoticed: Noticed is how often a site was noticed.
type HarnessNoticed struct {
	Assessed float64     `json:"assessed"` // the share of looks at which the site could be assessed at all
	Roc      [][]float64 `json:"roc"`      // false alarms, found; by the size of the score alone
	Signal   float64     `json:"signal"`
	Times    float64     `json:"times"` // what is planted: so many times what the site had; 1 is nothing
	Watched  float64     `json:"watched"`
}

// HarnessPower: Power is what an indicator notices in a study of this size.
type HarnessPower struct {
	Clean   HarnessNoticed   `json:"clean"` // at sites in which nothing was planted: false alarms
	Planted []HarnessNoticed `json:"planted"`
}

// HarnessRehearsed: Rehearsed is what was found of one kind of change that was planted into the study's own data.
type HarnessRehearsed struct {
	Alarms  []float64   `json:"alarms"` // the share of clean sites in mixings by which no limit was set
	Delay   *[]*float64 `json:"delay"`  // the median of days until it is found; null where less than half are found
	Found   []float64   `json:"found"`  // the share of planted sites, by our detector and by the usual rule
	Kind    string      `json:"kind"`
	Planted int64       `json:"planted"` // sites
	Rate    float64     `json:"rate"`    // of false alarms at which the limits were set
	Roc     [][]float64 `json:"roc"`     // of our detector: false alarms, found
	RuleRoc [][]float64 `json:"ruleRoc"` // of the rule
	Within  *[]float64  `json:"within"`  // the share found within 90 days, of what happens at a moment
}

// KitBalance: Balance is whether a site's or a subject's kits add up: what was sent to the site is on the way, in stock, out, back, spoiled or went on to another site; units that went out came back or were used.
type KitBalance struct {
	Kits      map[string]int64 `json:"kits"`     // by state
	PassedOn  int64            `json:"passedOn"` // kits that went on to another site
	Site      string           `json:"site"`
	Subject   string           `json:"subject,omitzero"`
	UnitsBack int64            `json:"unitsBack"` // of kits that came back
	UnitsOpen int64            `json:"unitsOpen"` // of kits that did not come back yet
	UnitsOut  int64            `json:"unitsOut"`
	UnitsUsed int64            `json:"unitsUsed"` // of kits that came back
}

// KitKit: Kit is a kit as everybody may know it.
type KitKit struct {
	At        time.Time `json:"at"` // of the last change
	Kit       string    `json:"kit"`
	Shipment  string    `json:"shipment"`
	Site      string    `json:"site"`
	State     string    `json:"state"`
	Subject   string    `json:"subject,omitzero"`
	Units     int64     `json:"units"`     // that it holds
	UnitsBack int64     `json:"unitsBack"` // that came back
}

// KitHeld: held is a kit with what it holds.
type KitHeld struct {
	At        time.Time `json:"at"`     // of the last change
	Expiry    string    `json:"expiry"` // the last day on which it may be given, 2026-12-31
	Kit       string    `json:"kit"`
	Lot       string    `json:"lot"`
	Shipment  string    `json:"shipment"`
	Site      string    `json:"site"`
	State     string    `json:"state"`
	Subject   string    `json:"subject,omitzero"`
	Treatment string    `json:"treatment"`
	Units     int64     `json:"units"`     // that it holds
	UnitsBack int64     `json:"unitsBack"` // that came back
}

// KitListed: see the document.
type KitListed struct {
	Handle   []string     `json:"handle"` // where the reader receives, dispenses and takes back
	Kits     []KitKit     `json:"kits"`
	Sites    []KitBalance `json:"sites"`
	Subjects []KitBalance `json:"subjects"`
}

// LabDecision: Decision is what became of a result.
type LabDecision struct {
	At     time.Time `json:"at,omitzero"`
	By     string    `json:"by,omitzero"`
	Item   string    `json:"item,omitzero"`  // group/repeat/item
	Place  string    `json:"place,omitzero"` // record.Key.Ref of the form that took the value
	Reason string    `json:"reason,omitzero"`
}

// LabPlace: Place is where a result may go.
type LabPlace struct {
	Event string `json:"event"`
	Form  string `json:"form"`
	Group string `json:"group"`
	Item  string `json:"item"`
}

// LabResult: Result is a result with what became of it.
type LabResult struct {
	Decision LabDecision `json:"decision"`
	Id       string      `json:"id"`
	Received time.Time   `json:"received"`
	Sent     LabSent     `json:"sent"`
	Site     string      `json:"site"`
	Source   string      `json:"source"` // who sent it
	State    string      `json:"state"`
}

// LabSent: Sent is a result as its sender says it.
type LabSent struct {
	Code        string `json:"code"`
	Event       string `json:"event,omitzero"` // the visit, where the sender knows it
	EventRepeat string `json:"eventRepeat,omitzero"`
	Format      string `json:"format,omitzero"` // csv, json or fhir
	Id          string `json:"id"`              // the sender's own
	Line        int64  `json:"line,omitzero"`   // of the file
	Name        string `json:"name,omitzero"`
	Original    string `json:"original,omitzero"` // the resource that it came as
	Subject     string `json:"subject"`
	System      string `json:"system,omitzero"` // of Code: http://loinc.org; "" for the study's own names of items
	Taken       string `json:"taken,omitzero"`  // when the sample was taken, as the sender writes it
	Unit        string `json:"unit,omitzero"`
	Value       string `json:"value"`
}

// LabSentInput: Sent is a result as its sender says it.
type LabSentInput struct {
	Code        string `json:"code,omitzero"`
	Event       string `json:"event,omitzero"` // the visit, where the sender knows it
	EventRepeat string `json:"eventRepeat,omitzero"`
	Format      string `json:"format,omitzero"` // csv, json or fhir
	Id          string `json:"id,omitzero"`     // the sender's own
	Line        int64  `json:"line,omitzero"`   // of the file
	Name        string `json:"name,omitzero"`
	Original    string `json:"original,omitzero"` // the resource that it came as
	Subject     string `json:"subject,omitzero"`
	System      string `json:"system,omitzero"` // of Code: http://loinc.org; "" for the study's own names of items
	Taken       string `json:"taken,omitzero"`  // when the sample was taken, as the sender writes it
	Unit        string `json:"unit,omitzero"`
	Value       string `json:"value,omitzero"`
}

// LabShown: shown is a result as the page sees it: with where it may go, or why nowhere.
type LabShown struct {
	Decision LabDecision `json:"decision"`
	Id       string      `json:"id"`
	Places   []LabPlace  `json:"places"`
	Problem  string      `json:"problem"`
	Received time.Time   `json:"received"`
	Sent     LabSent     `json:"sent"`
	Site     string      `json:"site"`
	Source   string      `json:"source"` // who sent it
	State    string      `json:"state"`
}

// MonitorContributor: Contributor is one subject's part in a site's score: what the score would be without it.
type MonitorContributor struct {
	Denominator int64           `json:"denominator"`
	Numerator   int64           `json:"numerator"`
	Records     []MonitorRecord `json:"records"`
	Subject     string          `json:"subject"`
	Without     *float64        `json:"without"` // the site's score; null when nothing is left
}

// MonitorEdition: Edition is one version of an indicator: the one of the catalogue, By nobody, or one of the study's own.
type MonitorEdition struct {
	At        time.Time         `json:"at,omitzero"`
	By        string            `json:"by,omitzero"`
	Indicator *MonitorIndicator `json:"indicator"`
	Reason    string            `json:"reason,omitzero"`
}

// MonitorEffect: Effect is how far a site has come towards the others some days after an action, as shares of where it stood: 1 is all the way, 0 nowhere, below 0 further away (S. de Viron et al., Ther. Innov. Regul. Sci. 2023: movement of the score and of the observed value towards the study's).
type MonitorEffect struct {
	Days          int64          `json:"days"`
	Now           MonitorReading `json:"now"`
	ScoreMovement float64        `json:"scoreMovement"`
	ValueMovement float64        `json:"valueMovement"`
}

// MonitorEvidence: Evidence is what a signal rests on. The study's entries up to Index, with days counted up to AsOf, give these numbers again.
type MonitorEvidence struct {
	AsOf        time.Time `json:"asOf"`
	Denominator int64     `json:"denominator"`
	Index       int64     `json:"index"`
	Kri         string    `json:"kri"`
	Level       int64     `json:"level"` // the flag: -2 or -1 too low, 1 or 2 too high
	Limit       float64   `json:"limit"` // 0 where the score has none
	Mu          float64   `json:"mu"`
	Number      int64     `json:"number"` // of the signal, in its study
	Numerator   int64     `json:"numerator"`
	Phi         float64   `json:"phi"`
	Score       float64   `json:"score"`
	Site        string    `json:"site"`
	Sites       int64     `json:"sites"`
	Version     int64     `json:"version"` // of the indicator
}

// MonitorExplained: Explained is a site's place by one indicator, down to the subjects and records that put it there.
type MonitorExplained struct {
	AsOf         time.Time            `json:"asOf"`
	Contributors []MonitorContributor `json:"contributors"`
	Formula      string               `json:"formula"`
	Kri          string               `json:"kri"`
	Site         string               `json:"site"`
	Text         map[string]string    `json:"text"`
}

// MonitorIndicator: Indicator is one key risk indicator: what is counted, over what, and when a site is atypical. Items are named by what they are in CDISC's terms (domain, variable), so that one indicator serves every study that uses these names.
type MonitorIndicator struct {
	Accrual     MonitorAccrual    `json:"accrual"`
	Denominator MonitorMeasure    `json:"denominator"`
	Flags       []int64           `json:"flags"`
	Group       string            `json:"group"` // "site", or "study" for a limit of the whole study
	Id          string            `json:"id"`
	Method      string            `json:"method"` // normal-rate, normal-binary, identity; of a study, tolerance
	Name        map[string]string `json:"name"`
	Numerator   MonitorMeasure    `json:"numerator"`
	Score       string            `json:"score,omitzero"` // of identity: "numerator", or "" for the metric
	Signal      int64             `json:"signal"`         // the |flag| from which on a signal is raised; 0 never
	Source      string            `json:"source"`
	Thresholds  []float64         `json:"thresholds"`
	Version     int64             `json:"version"`
	Weights     []int64           `json:"weights,omitzero"` // of the flags, in the site risk score
	Words       MonitorWords      `json:"words"`
}

// MonitorIndicatorInput: Indicator is one key risk indicator: what is counted, over what, and when a site is atypical. Items are named by what they are in CDISC's terms (domain, variable), so that one indicator serves every study that uses these names.
type MonitorIndicatorInput struct {
	Accrual     MonitorAccrualInput `json:"accrual,omitzero"`
	Denominator MonitorMeasureInput `json:"denominator,omitzero"`
	Flags       []int64             `json:"flags,omitzero"`
	Group       string              `json:"group,omitzero"` // "site", or "study" for a limit of the whole study
	Id          string              `json:"id,omitzero"`
	Method      string              `json:"method,omitzero"` // normal-rate, normal-binary, identity; of a study, tolerance
	Name        map[string]string   `json:"name,omitzero"`
	Numerator   MonitorMeasureInput `json:"numerator,omitzero"`
	Score       string              `json:"score,omitzero"`  // of identity: "numerator", or "" for the metric
	Signal      int64               `json:"signal,omitzero"` // the |flag| from which on a signal is raised; 0 never
	Source      string              `json:"source,omitzero"`
	Thresholds  []float64           `json:"thresholds,omitzero"`
	Version     int64               `json:"version,omitzero"`
	Weights     []int64             `json:"weights,omitzero"` // of the flags, in the site risk score
	Words       MonitorWordsInput   `json:"words,omitzero"`
}

// MonitorMeasure: Measure is one thing that is counted for each subject, from the entries of the ledger alone. What is narrowed by more than one member counts where all of them hold.
type MonitorMeasure struct {
	Digits  []int64   `json:"digits,omitzero"` // numbers that end in one of these
	Domain  string    `json:"domain,omitzero"` // values: the items that are counted, and which of their values. Without items, all values.
	Equal   bool      `json:"equal,omitzero"`  // reports of at least five answers that are all the same
	First   bool      `json:"first,omitzero"`  // only values of the first save of their form, where corrections count nothing
	In      []string  `json:"in,omitzero"`
	Items   []string  `json:"items,omitzero"`
	Later   int64     `json:"later,omitzero"` // with first: dates that were entered more than so many days later
	Night   bool      `json:"night,omitzero"` // saves and reports from 22 to 6 o'clock at the site
	Of      string    `json:"of"`
	Older   int64     `json:"older,omitzero"`   // queries: open for more than so many days, now or until they were closed; unverified, verifiable: waiting for so many days
	Outside []float64 `json:"outside,omitzero"` // numbers below the first or above the second
	Since   []string  `json:"since,omitzero"`   // days: date items from which they count, where no one is enrolled here; "DM.RFICDTC" names its domain
	Soon    int64     `json:"soon,omitzero"`    // dates up to so many days after enrolment
	Status  []string  `json:"status,omitzero"`  // subjects, and values: of those who stand there now
	Weekend bool      `json:"weekend,omitzero"` // dates on Saturday or Sunday
	Within  int64     `json:"within,omitzero"`  // reports: so many seconds after the subject's last one at most; saves: after the same person's save for another subject
}

// MonitorMeasureInput: Measure is one thing that is counted for each subject, from the entries of the ledger alone. What is narrowed by more than one member counts where all of them hold.
type MonitorMeasureInput struct {
	Digits  []int64   `json:"digits,omitzero"` // numbers that end in one of these
	Domain  string    `json:"domain,omitzero"` // values: the items that are counted, and which of their values. Without items, all values.
	Equal   bool      `json:"equal,omitzero"`  // reports of at least five answers that are all the same
	First   bool      `json:"first,omitzero"`  // only values of the first save of their form, where corrections count nothing
	In      []string  `json:"in,omitzero"`
	Items   []string  `json:"items,omitzero"`
	Later   int64     `json:"later,omitzero"` // with first: dates that were entered more than so many days later
	Night   bool      `json:"night,omitzero"` // saves and reports from 22 to 6 o'clock at the site
	Of      string    `json:"of,omitzero"`
	Older   int64     `json:"older,omitzero"`   // queries: open for more than so many days, now or until they were closed; unverified, verifiable: waiting for so many days
	Outside []float64 `json:"outside,omitzero"` // numbers below the first or above the second
	Since   []string  `json:"since,omitzero"`   // days: date items from which they count, where no one is enrolled here; "DM.RFICDTC" names its domain
	Soon    int64     `json:"soon,omitzero"`    // dates up to so many days after enrolment
	Status  []string  `json:"status,omitzero"`  // subjects, and values: of those who stand there now
	Weekend bool      `json:"weekend,omitzero"` // dates on Saturday or Sunday
	Within  int64     `json:"within,omitzero"`  // reports: so many seconds after the subject's last one at most; saves: after the same person's save for another subject
}

// MonitorReading: Reading is how a site stood.
type MonitorReading struct {
	Mean   float64 `json:"mean"`
	Metric float64 `json:"metric"`
	Score  float64 `json:"score"`
}

// MonitorRecord: Record is a place in the casebook that an indicator has counted, with the ledger's entry that brought it.
type MonitorRecord struct {
	At    time.Time `json:"at"`
	Entry string    `json:"entry"`
	Index int64     `json:"index"`
	Ref   string    `json:"ref"` // event, form and their repeats
	Value string    `json:"value,omitzero"`
}

// MonitorRehearsal: Rehearsal is a back-test on a study's own data: changes are planted into its subjects, dealt anew to sites of its sizes, before anybody relies on what monitoring finds. It lives as long as the process; the same entries and seed give the same again.
type MonitorRehearsal struct {
	AskedAt   time.Time          `json:"askedAt"`
	By        string             `json:"by"`
	Finished  time.Time          `json:"finished,omitzero"`
	Kri       string             `json:"kri"`
	Measured  int64              `json:"measured"` // subjects with enough measurements to be mixed
	Of        int64              `json:"of"`
	Rehearsed []HarnessRehearsed `json:"rehearsed"`
	Rounds    int64              `json:"rounds"`
	Seed      int64              `json:"seed"`
	Sites     int64              `json:"sites"`
	State     string             `json:"state"`
	Steps     int64              `json:"steps"`
	Subjects  int64              `json:"subjects"`
	Weeks     int64              `json:"weeks"`
	Why       map[string]string  `json:"why,omitzero"` // it failed
}

// MonitorSimulatedSite: SimulatedSite is where a site stands now, by the indicator that stands and by the candidate. There is no score without a denominator, and no flag where the site cannot be assessed.
type MonitorSimulatedSite struct {
	Flag     []*int64          `json:"flag"`
	Raised   []int64           `json:"raised"` // in all its history
	Score    []*float64        `json:"score"`
	Site     string            `json:"site"`
	SiteName map[string]string `json:"siteName"`
}

// MonitorSimulatedWeek: SimulatedWeek is how many sites called for a signal at the end of a week.
type MonitorSimulatedWeek struct {
	At    time.Time `json:"at"`
	Calls []int64   `json:"calls"`
}

// MonitorSimulation: Simulation is what an indicator would have raised in the past, beside what the one it replaces would have.
type MonitorSimulation struct {
	Now    []MonitorSimulatedSite `json:"now"`    // by site
	Raised []int64                `json:"raised"` // by the indicator that stands, and by the candidate
	Sites  []int64                `json:"sites"`  // that were ever flagged by each
	Weeks  []MonitorSimulatedWeek `json:"weeks"`
}

// MonitorStanding: Standing is one study as somebody who watches several sees it.
type MonitorStanding struct {
	AsOf         time.Time         `json:"asOf"`
	Flagged      int64             `json:"flagged"` // sites with a flag of any indicator
	Graver       int64             `json:"graver"`  // of them, of level 2 or -2
	Oldest       time.Time         `json:"oldest,omitzero"`
	Open         int64             `json:"open"`    // signals that are not closed
	Overdue      int64             `json:"overdue"` // of them, late in their state
	Risk         *float64          `json:"risk"`    // of the riskiest site, 0 to 100; null without any flag
	Riskiest     string            `json:"riskiest,omitzero"`
	RiskiestName map[string]string `json:"riskiestName"`
	Sites        int64             `json:"sites"`
	Study        string            `json:"study"`
}

// MonitorStep: Step is one thing that was done about a signal.
type MonitorStep struct {
	Action   string         `json:"action"`
	Assignee string         `json:"assignee,omitzero"`
	At       time.Time      `json:"at"`
	By       string         `json:"by"`
	Effect   MonitorEffect  `json:"effect,omitzero"`
	From     string         `json:"from"`
	Links    []string       `json:"links,omitzero"`   // queries, visits, notices
	N        int64          `json:"n"`                // from 1
	Reading  MonitorReading `json:"reading,omitzero"` // of an action: the figures it is measured against
	Role     string         `json:"role"`
	Signed   string         `json:"signed,omitzero"` // the printed name of who closed it with a signature
	Text     string         `json:"text,omitzero"`
	To       string         `json:"to"`
}

// MonitorAccrual: see the document.
type MonitorAccrual struct {
	Min int64  `json:"min"`
	Of  string `json:"of"` // "denominator", "numerator" or "difference"
}

// MonitorAccrualInput: see the document.
type MonitorAccrualInput struct {
	Min int64  `json:"min,omitzero"`
	Of  string `json:"of,omitzero"` // "denominator", "numerator" or "difference"
}

// MonitorCellJSON: see the document.
type MonitorCellJSON struct {
	Denominator int64    `json:"denominator"`
	Flag        *int64   `json:"flag"`
	Numerator   int64    `json:"numerator"`
	Score       *float64 `json:"score"` // null where the site cannot be assessed
}

// MonitorCourseJSON: courseJSON is the history of one site.
type MonitorCourseJSON struct {
	At      []time.Time  `json:"at"`
	Cusum   []float64    `json:"cusum"` // of the events of kri0001, against a site that reports too few
	Kris    []string     `json:"kris"`
	Pending bool         `json:"pending"` // the rest is empty: the study is being replayed for it
	Scores  [][]*float64 `json:"scores"`
}

// MonitorDigitsJSON: digitsJSON are the last digits of one measurement at a site, beside those of all others.
type MonitorDigitsJSON struct {
	Item string            `json:"item"`
	Name map[string]string `json:"name"`
	P    *float64          `json:"p"` // corrected for the number of measurements
	Rest []int64           `json:"rest"`
	Site []int64           `json:"site"`
	V    *float64          `json:"v"` // Cramér's; null where it cannot be said
}

// MonitorHeatJSON: see the document.
type MonitorHeatJSON struct {
	Cells    []MonitorCellJSON `json:"cells"` // in the order of kris
	Risk     *float64          `json:"risk"`  // 0 to 100; null without any flag
	Signals  int64             `json:"signals"`
	Site     string            `json:"site"`
	SiteName map[string]string `json:"siteName"`
	Subjects int64             `json:"subjects"`
}

// MonitorKriJSON: see the document.
type MonitorKriJSON struct {
	Assessed  int64             `json:"assessed"` // sites
	Counted   map[string]string `json:"counted"`
	Id        string            `json:"id"`
	Method    string            `json:"method"`
	Mu        float64           `json:"mu"`
	Name      map[string]string `json:"name"`
	Numerator int64             `json:"numerator"` // of all sites
	Per       map[string]string `json:"per"`
	Phi       float64           `json:"phi"`
	Version   int64             `json:"version"`
}

// MonitorLimitJSON: see the document.
type MonitorLimitJSON struct {
	Denominator int64             `json:"denominator"`
	Expected    float64           `json:"expected"`
	Flag        *int64            `json:"flag"`
	Kri         string            `json:"kri"`
	Name        map[string]string `json:"name"`
	Numerator   int64             `json:"numerator"`
}

// MonitorLineJSON: see the document.
type MonitorLineJSON struct {
	Points    [][]float64 `json:"points"` // denominator, metric
	Threshold float64     `json:"threshold"`
}

// MonitorMonitoringJSON: see the document.
type MonitorMonitoringJSON struct {
	AsOf   time.Time         `json:"asOf"`
	Bounds []MonitorLineJSON `json:"bounds"`
	Kri    string            `json:"kri"`
	Mu     float64           `json:"mu"`
	Name   map[string]string `json:"name"`
	Phi    float64           `json:"phi"`
	Sites  []MonitorSiteJSON `json:"sites"`
}

// MonitorOverviewJSON: see the document.
type MonitorOverviewJSON struct {
	AsOf   time.Time          `json:"asOf"`
	Kris   []MonitorKriJSON   `json:"kris"`
	Limits []MonitorLimitJSON `json:"limits"`
	Sites  []MonitorHeatJSON  `json:"sites"` // by risk, the highest first
}

// MonitorSignalJSON: see the document.
type MonitorSignalJSON struct {
	Actions     []string          `json:"actions"` // what the reader may do
	Assignee    string            `json:"assignee,omitzero"`
	Contact     string            `json:"contact"` // with the site: "", proposed or approved
	Denominator int64             `json:"denominator"`
	Due         time.Time         `json:"due,omitzero"` // when it is late in this state
	Expected    float64           `json:"expected"`
	Id          string            `json:"id"`
	Kri         string            `json:"kri"`
	Level       int64             `json:"level"`
	Name        map[string]string `json:"name"`
	Number      int64             `json:"number"`
	Numerator   int64             `json:"numerator"`
	Raised      MonitorEvidence   `json:"raised"` // the numbers it was raised on; those above are the newest
	RaisedAt    time.Time         `json:"raisedAt"`
	Score       float64           `json:"score"`
	Site        string            `json:"site"`
	SiteName    map[string]string `json:"siteName"`
	State       string            `json:"state"`
	Steps       []MonitorStep     `json:"steps"`
	Text        map[string]string `json:"text"`
}

// MonitorSiteJSON: see the document.
type MonitorSiteJSON struct {
	Denominator int64             `json:"denominator"`
	Flag        *int64            `json:"flag"`
	Limit       float64           `json:"limit"` // what |score| could reach at most
	Metric      float64           `json:"metric"`
	Numerator   int64             `json:"numerator"`
	Score       *float64          `json:"score"` // null where the site cannot be assessed
	Site        string            `json:"site"`
	SiteName    map[string]string `json:"siteName"`
}

// MonitorWords: words are what an explanation needs: what is counted, over what, and what else a low or a high score may mean.
type MonitorWords struct {
	Has  map[string]string `json:"has,omitzero"` // the verb, where it is not "has"
	High map[string]string `json:"high"`
	Low  map[string]string `json:"low"`
	Many map[string]string `json:"many"`
	One  map[string]string `json:"one"`
	Per  map[string]string `json:"per"`
}

// MonitorWordsInput: words are what an explanation needs: what is counted, over what, and what else a low or a high score may mean.
type MonitorWordsInput struct {
	Has  map[string]string `json:"has,omitzero"` // the verb, where it is not "has"
	High map[string]string `json:"high,omitzero"`
	Low  map[string]string `json:"low,omitzero"`
	Many map[string]string `json:"many,omitzero"`
	One  map[string]string `json:"one,omitzero"`
	Per  map[string]string `json:"per,omitzero"`
}

// NormalJudged: Judged is a place of a form with the range that holds there: SDTM's LBORNRLO, LBORNRHI and LBNRIND.
type NormalJudged struct {
	Flag   string `json:"flag,omitzero"`
	Group  string `json:"group"`
	High   string `json:"high,omitzero"`
	Item   string `json:"item"`
	Low    string `json:"low,omitzero"`
	Repeat string `json:"repeat"`
	Unit   string `json:"unit,omitzero"`
	Value  string `json:"value,omitzero"` // that is flagged
}

// NormalRange: Range is what is normal for one item at one site: in whom, and when. Site, Item, Sex, AgeFrom and From name it.
type NormalRange struct {
	AgeFrom  int64  `json:"ageFrom,omitzero"`  // completed years
	AgeUnder int64  `json:"ageUnder,omitzero"` // not included; 0 is no bound
	From     string `json:"from"`              // the first day, YYYY-MM-DD
	High     string `json:"high,omitzero"`
	Item     string `json:"item"`
	Low      string `json:"low,omitzero"` // still normal, as High; "" is no limit
	Sex      string `json:"sex,omitzero"` // as the study codes it; "" is everybody
	Site     string `json:"site"`
	Unit     string `json:"unit,omitzero"`  // the name of the item's unit
	Until    string `json:"until,omitzero"` // the last day; "" is no bound
}

// NormalRangeInput: Range is what is normal for one item at one site: in whom, and when. Site, Item, Sex, AgeFrom and From name it.
type NormalRangeInput struct {
	AgeFrom  int64  `json:"ageFrom,omitzero"`  // completed years
	AgeUnder int64  `json:"ageUnder,omitzero"` // not included; 0 is no bound
	From     string `json:"from,omitzero"`     // the first day, YYYY-MM-DD
	High     string `json:"high,omitzero"`
	Item     string `json:"item,omitzero"`
	Low      string `json:"low,omitzero"` // still normal, as High; "" is no limit
	Sex      string `json:"sex,omitzero"` // as the study codes it; "" is everybody
	Site     string `json:"site,omitzero"`
	Unit     string `json:"unit,omitzero"`  // the name of the item's unit
	Until    string `json:"until,omitzero"` // the last day; "" is no bound
}

// NormalAboutItem: see the document.
type NormalAboutItem struct {
	Item string            `json:"item"`
	Name map[string]string `json:"name"`
	Unit string            `json:"unit"`
}

// NoticeAttachment: Attachment is a file that a notice carries. Its bytes were judged and kept when somebody brought it; a draft names it by hash and name.
type NoticeAttachment struct {
	Hash  string `json:"hash"` // SHA-256 in hex
	Media string `json:"media,omitzero"`
	Name  string `json:"name"`
	Size  int64  `json:"size,omitzero"`
}

// NoticeAttachmentInput: Attachment is a file that a notice carries. Its bytes were judged and kept when somebody brought it; a draft names it by hash and name.
type NoticeAttachmentInput struct {
	Hash  string `json:"hash,omitzero"` // SHA-256 in hex
	Media string `json:"media,omitzero"`
	Name  string `json:"name,omitzero"`
	Size  int64  `json:"size,omitzero"`
}

// NoticeAudience: Audience is a question about who is to be told: who has one of the roles, at which sites. Empty lists do not narrow, except States, where none stands for the active ones. Who has a role at all sites is told once, for the study.
type NoticeAudience struct {
	Countries []string `json:"countries,omitzero"` // as the sites say them; a site that says none is in none
	Enrolled  bool     `json:"enrolled,omitzero"`  // only sites that have subjects
	Except    []string `json:"except,omitzero"`
	People    []string `json:"people,omitzero"` // only these
	Roles     []string `json:"roles"`
	Sites     []string `json:"sites,omitzero"`
	States    []string `json:"states,omitzero"`
	Zones     []string `json:"zones,omitzero"` // time zones, which tell regions apart
}

// NoticeAudienceInput: Audience is a question about who is to be told: who has one of the roles, at which sites. Empty lists do not narrow, except States, where none stands for the active ones. Who has a role at all sites is told once, for the study.
type NoticeAudienceInput struct {
	Countries []string `json:"countries,omitzero"` // as the sites say them; a site that says none is in none
	Enrolled  bool     `json:"enrolled,omitzero"`  // only sites that have subjects
	Except    []string `json:"except,omitzero"`
	People    []string `json:"people,omitzero"` // only these
	Roles     []string `json:"roles,omitzero"`
	Sites     []string `json:"sites,omitzero"`
	States    []string `json:"states,omitzero"`
	Zones     []string `json:"zones,omitzero"` // time zones, which tell regions apart
}

// NoticeCount: Count is how often something was answered.
type NoticeCount struct {
	Label map[string]string `json:"label"`
	N     int64             `json:"n"`
	Value string            `json:"value"`
}

// NoticeDraftInput: Draft is a notice as somebody composed it.
type NoticeDraftInput struct {
	Ack         string                  `json:"ack,omitzero"`
	Attachments []NoticeAttachmentInput `json:"attachments,omitzero"`
	Audience    NoticeAudienceInput     `json:"audience,omitzero"`
	Body        map[string]string       `json:"body,omitzero"`
	Channels    []string                `json:"channels,omitzero"` // beside the product itself
	Closes      time.Time               `json:"closes,omitzero"`   // afterwards nothing is taken; never when zero
	Deadline    time.Time               `json:"deadline,omitzero"`
	Escalate    string                  `json:"escalate,omitzero"` // who is told when the deadline passes with some missing
	Form        OdmVersionInput         `json:"form,omitzero"`     // the reply form: a definition with one form
	Id          string                  `json:"id,omitzero"`       // chosen by the caller, so that sending twice sends once; made when ""
	Kind        string                  `json:"kind,omitzero"`
	RemindHours int64                   `json:"remindHours,omitzero"` // hours between reminders to those missing; 0 for none
	Then        []string                `json:"then,omitzero"`        // who is told next, one after the other, each a reminder later
	Title       map[string]string       `json:"title,omitzero"`
	Variables   []NoticeVariableInput   `json:"variables,omitzero"`
}

// NoticeFiling: Filing is how far a notice is filed.
type NoticeFiling struct {
	Able  bool      `json:"able"`          // there is a file room
	Last  time.Time `json:"last,omitzero"` // when at the latest, of one without an end that waits for those missing
	Next  time.Time `json:"next,omitzero"` // when it files itself
	Sites int64     `json:"sites"`         // at which it stands
	Times int64     `json:"times"`         // filings that are done
}

// NoticeMatrix: Matrix is a notice, site by site.
type NoticeMatrix struct {
	Addressed int64       `json:"addressed"`
	Reminders int64       `json:"reminders"`
	Sites     []NoticeRow `json:"sites"`
	State     string      `json:"state"`
	Targets   int64       `json:"targets"`
	Total     NoticeRow   `json:"total"`
}

// NoticeNotice: Notice is a notice that was sent.
type NoticeNotice struct {
	Ack         string             `json:"ack"`
	Addressed   int64              `json:"addressed"` // of them, so far
	Attachments []NoticeAttachment `json:"attachments,omitzero"`
	Audience    NoticeAudience     `json:"audience"`
	Body        map[string]string  `json:"body"`
	Channels    []string           `json:"channels,omitzero"` // beside the product itself
	Closes      time.Time          `json:"closes,omitzero"`   // afterwards nothing is taken; never when zero
	Created     time.Time          `json:"created"`
	Deadline    time.Time          `json:"deadline,omitzero"`
	Escalate    string             `json:"escalate,omitzero"` // who is told when the deadline passes with some missing
	Form        OdmVersion         `json:"form,omitzero"`     // the reply form: a definition with one form
	Id          string             `json:"id,omitzero"`       // chosen by the caller, so that sending twice sends once; made when ""
	Kind        string             `json:"kind"`
	Parent      string             `json:"parent,omitzero"`      // the notice whose deadline passed
	Reason      string             `json:"reason,omitzero"`      // why it was cancelled
	RemindHours int64              `json:"remindHours,omitzero"` // hours between reminders to those missing; 0 for none
	Reminders   int64              `json:"reminders"`
	Sender      string             `json:"sender"`
	State       string             `json:"state"`
	Targets     int64              `json:"targets"`       // recipients
	Then        []string           `json:"then,omitzero"` // who is told next, one after the other, each a reminder later
	Title       map[string]string  `json:"title"`
	Variables   []NoticeVariable   `json:"variables,omitzero"`
}

// NoticePreview: Preview is whom a draft would reach, and what they would read.
type NoticePreview struct {
	Count      int64                 `json:"count"`
	Form       OdmVersion            `json:"form,omitzero"`
	Reach      map[string]int64      `json:"reach"`      // by channel, how many have an address there
	Recipients []NoticePreviewPerson `json:"recipients"` // the first of them
	Roles      map[string]int64      `json:"roles"`
	Sites      []NoticePreviewSite   `json:"sites"`
	Texts      []NoticePreviewText   `json:"texts"`
}

// NoticePreviewPerson: PreviewPerson is somebody whom a draft would reach.
type NoticePreviewPerson struct {
	Name string `json:"name"`
	Role string `json:"role"`
	Site string `json:"site"`
	User string `json:"user"`
}

// NoticePreviewSite: PreviewSite is how many people a draft would reach at a site.
type NoticePreviewSite struct {
	Count int64             `json:"count"`
	Name  map[string]string `json:"name"`
	Site  string            `json:"site"`
}

// NoticePreviewText: PreviewText is what the first recipient of a language would read.
type NoticePreviewText struct {
	Body     string `json:"body"`
	Language string `json:"language"`
	Title    string `json:"title"`
}

// NoticeQuestion: Question is what came back for one question of the reply form.
type NoticeQuestion struct {
	Answered int64             `json:"answered"`
	Counts   []NoticeCount     `json:"counts"` // of what is chosen: yes and no, codes; the most frequent of everything else
	Item     string            `json:"item"`
	Least    string            `json:"least,omitzero"`
	Mean     float64           `json:"mean,omitzero"`
	Most     string            `json:"most,omitzero"`
	Question map[string]string `json:"question"`
	Type     string            `json:"type"`
}

// NoticeReach: Reach is where a person (Site "") or a site (User "") is reached outside.
type NoticeReach struct {
	Address string `json:"address"` // "" takes it away
	Channel string `json:"channel"`
	Secret  string `json:"secret,omitzero"` // told once, when an endpoint is set
	Site    string `json:"site,omitzero"`
	User    string `json:"user,omitzero"`
}

// NoticeReachInput: Reach is where a person (Site "") or a site (User "") is reached outside.
type NoticeReachInput struct {
	Address string `json:"address,omitzero"` // "" takes it away
	Channel string `json:"channel,omitzero"`
	Secret  string `json:"secret,omitzero"` // told once, when an endpoint is set
	Site    string `json:"site,omitzero"`
	User    string `json:"user,omitzero"`
}

// NoticeRow: Row is how far the recipients at one site have come with a notice.
type NoticeRow struct {
	Acknowledged int64             `json:"acknowledged"`
	Answered     int64             `json:"answered"`
	Missing      int64             `json:"missing"` // from whom something is still expected
	Name         map[string]string `json:"name"`
	Read         int64             `json:"read"`
	Received     int64             `json:"received"`
	Recipients   int64             `json:"recipients"`
	Site         string            `json:"site"`
}

// NoticeVariable: Variable is a part of a text that is filled in when the notice is sent. Value is in both languages, or under "" when it is the same in both; a date is written out in the reader's language.
type NoticeVariable struct {
	Name  string            `json:"name"`
	Type  string            `json:"type"` // text, integer, float or date
	Value map[string]string `json:"value"`
}

// NoticeVariableInput: Variable is a part of a text that is filled in when the notice is sent. Value is in both languages, or under "" when it is the same in both; a date is written out in the reader's language.
type NoticeVariableInput struct {
	Name  string            `json:"name,omitzero"`
	Type  string            `json:"type,omitzero"` // text, integer, float or date
	Value map[string]string `json:"value,omitzero"`
}

// NoticeWaiting: Waiting is what is still expected of somebody.
type NoticeWaiting struct {
	Late int64 `json:"late"` // of those, past their deadline
	New  int64 `json:"new"`  // not read
	Open int64 `json:"open"` // read or not, to be confirmed or answered
}

// NoticeFrozen: see the document.
type NoticeFrozen struct {
	Body     string `json:"body"`
	Id       string `json:"id"`
	Language string `json:"language"`
	Title    string `json:"title"`
}

// NoticeLetterJSON: letterJSON is a notice as its recipient sees it.
type NoticeLetterJSON struct {
	Ack         string              `json:"ack"`
	Asks        bool                `json:"asks"`
	Attachments []NoticeAttachment  `json:"attachments,omitzero"`
	Body        string              `json:"body,omitzero"`
	Closes      time.Time           `json:"closes,omitzero"`
	Created     time.Time           `json:"created"`
	Deadline    time.Time           `json:"deadline,omitzero"`
	Form        RecordAloneShown    `json:"form,omitzero"`
	Id          string              `json:"id"`
	Kind        string              `json:"kind"`
	Language    string              `json:"language"`
	Mine        NoticeRecipientJSON `json:"mine"`
	Reason      string              `json:"reason,omitzero"` // why it was cancelled
	Sender      string              `json:"sender"`
	Signature   string              `json:"signature,omitzero"` // the manifest, JSON
	Site        string              `json:"site"`
	SiteName    map[string]string   `json:"siteName"`
	State       string              `json:"state"` // open, late, done, closed or cancelled
	Title       string              `json:"title"`
}

// NoticeNoticeJSON: noticeJSON is a notice in a list.
type NoticeNoticeJSON struct {
	Ack        string            `json:"ack"`
	Asks       bool              `json:"asks"` // it has a reply form
	Created    time.Time         `json:"created"`
	Deadline   time.Time         `json:"deadline,omitzero"`
	Id         string            `json:"id"`
	Kind       string            `json:"kind"`
	Parent     string            `json:"parent,omitzero"`
	Sender     string            `json:"sender"`
	SenderName string            `json:"senderName"`
	State      string            `json:"state"`
	Targets    int64             `json:"targets"`
	Title      map[string]string `json:"title"` // with the values that all read
	Total      NoticeRow         `json:"total"`
}

// NoticePlaceInput: place names at which site the caller is spoken to.
type NoticePlaceInput struct {
	Site string `json:"site,omitzero"`
}

// NoticeRecipientJSON: recipientJSON is a recipient as the pages see it.
type NoticeRecipientJSON struct {
	AcknowledgedAt time.Time     `json:"acknowledgedAt,omitzero"`
	AddressedAt    time.Time     `json:"addressedAt"`
	AnsweredAt     time.Time     `json:"answeredAt,omitzero"`
	Missing        bool          `json:"missing"`
	Name           string        `json:"name"`
	ReadAt         time.Time     `json:"readAt,omitzero"`
	ReceivedAt     time.Time     `json:"receivedAt,omitzero"`
	Reminded       int64         `json:"reminded"`
	Revision       int64         `json:"revision"`
	Role           string        `json:"role"`
	Signed         bool          `json:"signed"`
	Site           string        `json:"site"`
	User           string        `json:"user"`
	Values         []RecordValue `json:"values"`
}

// OdmAccess: Access is which roles may see and which may edit something. A nil list leaves it to the study's own policy.
type OdmAccess struct {
	Edit []string `json:"edit,omitzero"`
	See  []string `json:"see,omitzero"`
}

// OdmAccessInput: Access is which roles may see and which may edit something. A nil list leaves it to the study's own policy.
type OdmAccessInput struct {
	Edit []string `json:"edit,omitzero"`
	See  []string `json:"see,omitzero"`
}

// OdmAlias: Alias is another name of a thing in some context.
type OdmAlias struct {
	Context string `json:"context"`
	Name    string `json:"name"`
}

// OdmAliasInput: Alias is another name of a thing in some context.
type OdmAliasInput struct {
	Context string `json:"context,omitzero"`
	Name    string `json:"name,omitzero"`
}

// OdmAttr: Attr is an attribute beyond the model. Space is its namespace, "" for one of the standard's own.
type OdmAttr struct {
	Name   string `json:"name"`
	Prefix string `json:"prefix,omitzero"` // the prefix it was written with
	Space  string `json:"space"`
	Value  string `json:"value"`
}

// OdmAttrInput: Attr is an attribute beyond the model. Space is its namespace, "" for one of the standard's own.
type OdmAttrInput struct {
	Name   string `json:"name,omitzero"`
	Prefix string `json:"prefix,omitzero"` // the prefix it was written with
	Space  string `json:"space,omitzero"`
	Value  string `json:"value,omitzero"`
}

// OdmChange: Change is one difference of two versions, in words: texts as they are read, rules by their source.
type OdmChange struct {
	Field  string            `json:"field,omitzero"` // the member of the model, e.g. "question", "codes[2].weight", "checks[1].rule"
	Impact []string          `json:"impact"`         // see Impact
	Is     string            `json:"is,omitzero"`
	Kind   string            `json:"kind"`          // added, removed, changed
	Lang   string            `json:"lang,omitzero"` // of a text: the language, "" where the text names none
	Name   map[string]string `json:"name,omitzero"` // what people call the definition
	Oid    string            `json:"oid,omitzero"`  // of the definition
	Was    string            `json:"was,omitzero"`
	What   string            `json:"what"` // the kind of definition, as in ODM: ItemDef, CodeList, …
}

// OdmCodeItem: CodeItem is a CodeListItem, or an EnumeratedItem when it has no Decode.
type OdmCodeItem struct {
	Aliases   []OdmAlias        `json:"aliases,omitzero"`
	Code      string            `json:"code"`
	Codings   []OdmCoding       `json:"codings,omitzero"`
	Decode    map[string]string `json:"decode,omitzero"`
	Exclusive bool              `json:"exclusive,omitzero"` // where several may be chosen: it excludes the others
	Extra     OdmExtra          `json:"extra,omitzero"`
	Order     int64             `json:"order,omitzero"`
	Prefix    string            `json:"prefix,omitzero"` // as it is printed before the answer, "a)"
	Rank      string            `json:"rank,omitzero"`
	Weight    string            `json:"weight,omitzero"` // what the answer counts in a score, a decimal
}

// OdmCodeItemInput: CodeItem is a CodeListItem, or an EnumeratedItem when it has no Decode.
type OdmCodeItemInput struct {
	Aliases   []OdmAliasInput   `json:"aliases,omitzero"`
	Code      string            `json:"code,omitzero"`
	Codings   []OdmCodingInput  `json:"codings,omitzero"`
	Decode    map[string]string `json:"decode,omitzero"`
	Exclusive bool              `json:"exclusive,omitzero"` // where several may be chosen: it excludes the others
	Extra     OdmExtraInput     `json:"extra,omitzero"`
	Order     int64             `json:"order,omitzero"`
	Prefix    string            `json:"prefix,omitzero"` // as it is printed before the answer, "a)"
	Rank      string            `json:"rank,omitzero"`
	Weight    string            `json:"weight,omitzero"` // what the answer counts in a score, a decimal
}

// OdmCodeList: CodeList is a CodeList with its items in order.
type OdmCodeList struct {
	Aliases     []OdmAlias        `json:"aliases,omitzero"`
	Codings     []OdmCoding       `json:"codings,omitzero"`
	DataType    string            `json:"dataType"`
	Description map[string]string `json:"description,omitzero"`
	External    OdmExternal       `json:"external,omitzero"` // ExternalCodeList
	Extra       OdmExtra          `json:"extra,omitzero"`
	Items       []OdmCodeItem     `json:"items,omitzero"`
	Name        string            `json:"name"`
	Oid         string            `json:"oid"`
}

// OdmCodeListInput: CodeList is a CodeList with its items in order.
type OdmCodeListInput struct {
	Aliases     []OdmAliasInput    `json:"aliases,omitzero"`
	Codings     []OdmCodingInput   `json:"codings,omitzero"`
	DataType    string             `json:"dataType,omitzero"`
	Description map[string]string  `json:"description,omitzero"`
	External    OdmExternalInput   `json:"external,omitzero"` // ExternalCodeList
	Extra       OdmExtraInput      `json:"extra,omitzero"`
	Items       []OdmCodeItemInput `json:"items,omitzero"`
	Name        string             `json:"name,omitzero"`
	Oid         string             `json:"oid,omitzero"`
}

// OdmCoding: Coding is a term of a public vocabulary that means the same: LOINC, SNOMED CT, UCUM, NCI.
type OdmCoding struct {
	Code    string `json:"code"`
	Label   string `json:"label,omitzero"`
	System  string `json:"system"` // a URI
	Version string `json:"version,omitzero"`
}

// OdmCodingInput: Coding is a term of a public vocabulary that means the same: LOINC, SNOMED CT, UCUM, NCI.
type OdmCodingInput struct {
	Code    string `json:"code,omitzero"`
	Label   string `json:"label,omitzero"`
	System  string `json:"system,omitzero"` // a URI
	Version string `json:"version,omitzero"`
}

// OdmCondition: Condition is a ConditionDef: where a Ref names it, the thing is hidden while the condition is true.
type OdmCondition struct {
	Aliases     []OdmAlias        `json:"aliases,omitzero"`
	Description map[string]string `json:"description,omitzero"`
	Expressions []OdmExpression   `json:"expressions,omitzero"`
	Extra       OdmExtra          `json:"extra,omitzero"`
	Name        string            `json:"name"`
	Oid         string            `json:"oid"`
}

// OdmConditionInput: Condition is a ConditionDef: where a Ref names it, the thing is hidden while the condition is true.
type OdmConditionInput struct {
	Aliases     []OdmAliasInput      `json:"aliases,omitzero"`
	Description map[string]string    `json:"description,omitzero"`
	Expressions []OdmExpressionInput `json:"expressions,omitzero"`
	Extra       OdmExtraInput        `json:"extra,omitzero"`
	Name        string               `json:"name,omitzero"`
	Oid         string               `json:"oid,omitzero"`
}

// OdmEvent: Event is a StudyEventDef: a visit, a log, a diary.
type OdmEvent struct {
	Access      OdmAccess         `json:"access,omitzero"`
	Aliases     []OdmAlias        `json:"aliases,omitzero"`
	Category    string            `json:"category,omitzero"`
	Codings     []OdmCoding       `json:"codings,omitzero"`
	Description map[string]string `json:"description,omitzero"`
	Every       string            `json:"every,omitzero"` // between the repeats of an event
	Extra       OdmExtra          `json:"extra,omitzero"`
	Forms       []OdmRef          `json:"forms"`
	Name        string            `json:"name"`
	Occurs      OdmOccurs         `json:"occurs,omitzero"` // of a repeating event
	Oid         string            `json:"oid"`
	Repeating   bool              `json:"repeating,omitzero"`
	Type        string            `json:"type"`
	Window      OdmWindow         `json:"window,omitzero"`
}

// OdmEventInput: Event is a StudyEventDef: a visit, a log, a diary.
type OdmEventInput struct {
	Access      OdmAccessInput    `json:"access,omitzero"`
	Aliases     []OdmAliasInput   `json:"aliases,omitzero"`
	Category    string            `json:"category,omitzero"`
	Codings     []OdmCodingInput  `json:"codings,omitzero"`
	Description map[string]string `json:"description,omitzero"`
	Every       string            `json:"every,omitzero"` // between the repeats of an event
	Extra       OdmExtraInput     `json:"extra,omitzero"`
	Forms       []OdmRefInput     `json:"forms,omitzero"`
	Name        string            `json:"name,omitzero"`
	Occurs      OdmOccursInput    `json:"occurs,omitzero"` // of a repeating event
	Oid         string            `json:"oid,omitzero"`
	Repeating   bool              `json:"repeating,omitzero"`
	Type        string            `json:"type,omitzero"`
	Window      OdmWindowInput    `json:"window,omitzero"`
}

// OdmExpression: Expression is a FormalExpression in the language that Context names.
type OdmExpression struct {
	Code    string `json:"code"`
	Context string `json:"context,omitzero"`
	Line    int64  `json:"line,omitzero"` // of the file it was read from
}

// OdmExpressionInput: Expression is a FormalExpression in the language that Context names.
type OdmExpressionInput struct {
	Code    string `json:"code,omitzero"`
	Context string `json:"context,omitzero"`
	Line    int64  `json:"line,omitzero"` // of the file it was read from
}

// OdmExternal: External is an ExternalCodeList.
type OdmExternal struct {
	Dictionary string `json:"dictionary,omitzero"`
	Href       string `json:"href,omitzero"`
	Ref        string `json:"ref,omitzero"`
	Version    string `json:"version,omitzero"`
}

// OdmExternalInput: External is an ExternalCodeList.
type OdmExternalInput struct {
	Dictionary string `json:"dictionary,omitzero"`
	Href       string `json:"href,omitzero"`
	Ref        string `json:"ref,omitzero"`
	Version    string `json:"version,omitzero"`
}

// OdmExtra: Extra is what a file said beyond the model: attributes and elements of foreign namespaces, and those of the standard that the model has no word for. They are kept to be written back, never interpreted here.
type OdmExtra struct {
	Attrs    []OdmAttr            `json:"attrs,omitzero"`
	Elements []string             `json:"elements,omitzero"` // each a well-formed XML element with its own namespace declarations
	Kept     map[string]string    `json:"kept,omitzero"`     // Kept is what a format that is not XML said beyond the model, verbatim, by its own names behind the format's, e.g. "fhir:extension", "xlsform:media::image", "redcap:Field Annotation".
	Within   map[string]*OdmExtra `json:"within,omitzero"`   // Within is the extra of elements below this one that have no Extra of their own, by the path to them, e.g. "Protocol" or "Question/TranslatedText[en]".
}

// OdmExtraInput: Extra is what a file said beyond the model: attributes and elements of foreign namespaces, and those of the standard that the model has no word for. They are kept to be written back, never interpreted here.
type OdmExtraInput struct {
	Attrs    []OdmAttrInput           `json:"attrs,omitzero"`
	Elements []string                 `json:"elements,omitzero"` // each a well-formed XML element with its own namespace declarations
	Kept     map[string]string        `json:"kept,omitzero"`     // Kept is what a format that is not XML said beyond the model, verbatim, by its own names behind the format's, e.g. "fhir:extension", "xlsform:media::image", "redcap:Field Annotation".
	Within   map[string]OdmExtraInput `json:"within,omitzero"`   // Within is the extra of elements below this one that have no Extra of their own, by the path to them, e.g. "Protocol" or "Question/TranslatedText[en]".
}

// OdmForm: Form is a FormDef.
type OdmForm struct {
	Access       OdmAccess         `json:"access,omitzero"`
	Aliases      []OdmAlias        `json:"aliases,omitzero"`
	Codings      []OdmCoding       `json:"codings,omitzero"`
	Copyright    map[string]string `json:"copyright,omitzero"` // who owns the instrument, to be shown with it
	Description  map[string]string `json:"description,omitzero"`
	DoubleEntry  bool              `json:"doubleEntry,omitzero"` // two people enter it, neither seeing what the other entered
	Extra        OdmExtra          `json:"extra,omitzero"`
	Groups       []OdmRef          `json:"groups"`
	Layout       OdmLayout         `json:"layout,omitzero"`
	Licence      string            `json:"licence,omitzero"` // under which it is used: an SPDX identifier, a URI or a sentence
	Name         string            `json:"name"`
	Occurs       OdmOccurs         `json:"occurs,omitzero"` // of a repeating form
	Oid          string            `json:"oid"`
	Repeating    bool              `json:"repeating,omitzero"`
	Translations []OdmTranslation  `json:"translations,omitzero"`
	Variables    []OdmVariable     `json:"variables,omitzero"`
}

// OdmFormInput: Form is a FormDef.
type OdmFormInput struct {
	Access       OdmAccessInput        `json:"access,omitzero"`
	Aliases      []OdmAliasInput       `json:"aliases,omitzero"`
	Codings      []OdmCodingInput      `json:"codings,omitzero"`
	Copyright    map[string]string     `json:"copyright,omitzero"` // who owns the instrument, to be shown with it
	Description  map[string]string     `json:"description,omitzero"`
	DoubleEntry  bool                  `json:"doubleEntry,omitzero"` // two people enter it, neither seeing what the other entered
	Extra        OdmExtraInput         `json:"extra,omitzero"`
	Groups       []OdmRefInput         `json:"groups,omitzero"`
	Layout       OdmLayoutInput        `json:"layout,omitzero"`
	Licence      string                `json:"licence,omitzero"` // under which it is used: an SPDX identifier, a URI or a sentence
	Name         string                `json:"name,omitzero"`
	Occurs       OdmOccursInput        `json:"occurs,omitzero"` // of a repeating form
	Oid          string                `json:"oid,omitzero"`
	Repeating    bool                  `json:"repeating,omitzero"`
	Translations []OdmTranslationInput `json:"translations,omitzero"`
	Variables    []OdmVariableInput    `json:"variables,omitzero"`
}

// OdmInventory: Inventory counts the definitions of a file.
type OdmInventory struct {
	CodeLists       int64 `json:"code_lists"`
	Conditions      int64 `json:"conditions"`
	Events          int64 `json:"events"`
	Forms           int64 `json:"forms"`
	ItemGroups      int64 `json:"item_groups"`
	Items           int64 `json:"items"`
	Methods         int64 `json:"methods"`
	RangeChecks     int64 `json:"range_checks"`
	RulesKept       int64 `json:"rules_kept"`
	RulesTranslated int64 `json:"rules_translated"`
}

// OdmItem: Item is an ItemDef: one question and what may answer it.
type OdmItem struct {
	Access      OdmAccess         `json:"access,omitzero"`
	Aliases     []OdmAlias        `json:"aliases,omitzero"`
	Blinded     bool              `json:"blinded,omitzero"` // an answer may tell what the subject is given: it is sealed, and stands in no casebook
	Checks      []OdmRangeCheck   `json:"checks,omitzero"`
	CodeList    string            `json:"codeList,omitzero"` // CodeListRef, an OID
	Codings     []OdmCoding       `json:"codings,omitzero"`
	DataType    string            `json:"dataType"`
	Description map[string]string `json:"description,omitzero"`
	Digits      int64             `json:"digits,omitzero"` // SignificantDigits: digits after the decimal point
	Extra       OdmExtra          `json:"extra,omitzero"`
	HasDigits   bool              `json:"hasDigits,omitzero"`
	Hint        map[string]string `json:"hint,omitzero"`        // help for whoever answers
	Identifying bool              `json:"identifying,omitzero"` // an answer tells who the subject is
	Initial     []string          `json:"initial,omitzero"`     // the value, or values, that it starts with
	Layout      OdmLayout         `json:"layout,omitzero"`
	Length      int64             `json:"length,omitzero"`
	Multiple    bool              `json:"multiple,omitzero"` // may have several answers
	Name        string            `json:"name"`
	Note        bool              `json:"note,omitzero"`   // shows its question and takes no answer
	Occurs      OdmOccurs         `json:"occurs,omitzero"` // answers, where there may be several
	Oid         string            `json:"oid"`
	Open        bool              `json:"open,omitzero"`        // takes answers that are not on the code list too
	Placeholder map[string]string `json:"placeholder,omitzero"` // shown in the empty field
	Prefix      string            `json:"prefix,omitzero"`      // the question's number as it is printed, "3a"
	Prompt      map[string]string `json:"prompt,omitzero"`      // the question in few words, for tables
	Question    map[string]string `json:"question,omitzero"`
	ReadOnly    bool              `json:"readOnly,omitzero"` // shown, but not typed
	SasName     string            `json:"sasName,omitzero"`
	Units       []string          `json:"units,omitzero"` // MeasurementUnitRef, OIDs
	Variables   []OdmVariable     `json:"variables,omitzero"`
}

// OdmItemGroup: ItemGroup is an ItemGroupDef.
type OdmItemGroup struct {
	Access      OdmAccess         `json:"access,omitzero"`
	Aliases     []OdmAlias        `json:"aliases,omitzero"`
	Codings     []OdmCoding       `json:"codings,omitzero"`
	Count       string            `json:"count,omitzero"` // the OID of the method that gives the number of repeats
	Description map[string]string `json:"description,omitzero"`
	Domain      string            `json:"domain,omitzero"`
	Extra       OdmExtra          `json:"extra,omitzero"`
	Hint        map[string]string `json:"hint,omitzero"` // help for whoever fills it in
	Items       []OdmRef          `json:"items"`
	Layout      OdmLayout         `json:"layout,omitzero"`
	Name        string            `json:"name"`
	Occurs      OdmOccurs         `json:"occurs,omitzero"` // of a repeating group
	Oid         string            `json:"oid"`
	Repeating   bool              `json:"repeating,omitzero"`
	Variables   []OdmVariable     `json:"variables,omitzero"`
}

// OdmItemGroupInput: ItemGroup is an ItemGroupDef.
type OdmItemGroupInput struct {
	Access      OdmAccessInput     `json:"access,omitzero"`
	Aliases     []OdmAliasInput    `json:"aliases,omitzero"`
	Codings     []OdmCodingInput   `json:"codings,omitzero"`
	Count       string             `json:"count,omitzero"` // the OID of the method that gives the number of repeats
	Description map[string]string  `json:"description,omitzero"`
	Domain      string             `json:"domain,omitzero"`
	Extra       OdmExtraInput      `json:"extra,omitzero"`
	Hint        map[string]string  `json:"hint,omitzero"` // help for whoever fills it in
	Items       []OdmRefInput      `json:"items,omitzero"`
	Layout      OdmLayoutInput     `json:"layout,omitzero"`
	Name        string             `json:"name,omitzero"`
	Occurs      OdmOccursInput     `json:"occurs,omitzero"` // of a repeating group
	Oid         string             `json:"oid,omitzero"`
	Repeating   bool               `json:"repeating,omitzero"`
	Variables   []OdmVariableInput `json:"variables,omitzero"`
}

// OdmItemInput: Item is an ItemDef: one question and what may answer it.
type OdmItemInput struct {
	Access      OdmAccessInput       `json:"access,omitzero"`
	Aliases     []OdmAliasInput      `json:"aliases,omitzero"`
	Blinded     bool                 `json:"blinded,omitzero"` // an answer may tell what the subject is given: it is sealed, and stands in no casebook
	Checks      []OdmRangeCheckInput `json:"checks,omitzero"`
	CodeList    string               `json:"codeList,omitzero"` // CodeListRef, an OID
	Codings     []OdmCodingInput     `json:"codings,omitzero"`
	DataType    string               `json:"dataType,omitzero"`
	Description map[string]string    `json:"description,omitzero"`
	Digits      int64                `json:"digits,omitzero"` // SignificantDigits: digits after the decimal point
	Extra       OdmExtraInput        `json:"extra,omitzero"`
	HasDigits   bool                 `json:"hasDigits,omitzero"`
	Hint        map[string]string    `json:"hint,omitzero"`        // help for whoever answers
	Identifying bool                 `json:"identifying,omitzero"` // an answer tells who the subject is
	Initial     []string             `json:"initial,omitzero"`     // the value, or values, that it starts with
	Layout      OdmLayoutInput       `json:"layout,omitzero"`
	Length      int64                `json:"length,omitzero"`
	Multiple    bool                 `json:"multiple,omitzero"` // may have several answers
	Name        string               `json:"name,omitzero"`
	Note        bool                 `json:"note,omitzero"`   // shows its question and takes no answer
	Occurs      OdmOccursInput       `json:"occurs,omitzero"` // answers, where there may be several
	Oid         string               `json:"oid,omitzero"`
	Open        bool                 `json:"open,omitzero"`        // takes answers that are not on the code list too
	Placeholder map[string]string    `json:"placeholder,omitzero"` // shown in the empty field
	Prefix      string               `json:"prefix,omitzero"`      // the question's number as it is printed, "3a"
	Prompt      map[string]string    `json:"prompt,omitzero"`      // the question in few words, for tables
	Question    map[string]string    `json:"question,omitzero"`
	ReadOnly    bool                 `json:"readOnly,omitzero"` // shown, but not typed
	SasName     string               `json:"sasName,omitzero"`
	Units       []string             `json:"units,omitzero"` // MeasurementUnitRef, OIDs
	Variables   []OdmVariableInput   `json:"variables,omitzero"`
}

// OdmLayout: Layout is how something is shown. It never changes what is asked, computed or kept.
type OdmLayout struct {
	Align      string `json:"align,omitzero"`      // REDCap's LV, LH, RV, RH
	Appearance string `json:"appearance,omitzero"` // in the words of the format that it was read from
	Columns    int64  `json:"columns,omitzero"`    // over which the codes are spread
	Control    string `json:"control,omitzero"`    // Control is the kind of widget: radio, checkbox, dropdown, autocomplete, textarea, slider, calendar, signature, image, audio, video, file, barcode, location, matrix, page, table; "" leaves it to the data type.
	Hidden     bool   `json:"hidden,omitzero"`     // never shown; its value is computed or comes from elsewhere
	Matrix     string `json:"matrix,omitzero"`     // questions of one name are the rows of one table
	Rows       int64  `json:"rows,omitzero"`       // of a text area
}

// OdmLayoutInput: Layout is how something is shown. It never changes what is asked, computed or kept.
type OdmLayoutInput struct {
	Align      string `json:"align,omitzero"`      // REDCap's LV, LH, RV, RH
	Appearance string `json:"appearance,omitzero"` // in the words of the format that it was read from
	Columns    int64  `json:"columns,omitzero"`    // over which the codes are spread
	Control    string `json:"control,omitzero"`    // Control is the kind of widget: radio, checkbox, dropdown, autocomplete, textarea, slider, calendar, signature, image, audio, video, file, barcode, location, matrix, page, table; "" leaves it to the data type.
	Hidden     bool   `json:"hidden,omitzero"`     // never shown; its value is computed or comes from elsewhere
	Matrix     string `json:"matrix,omitzero"`     // questions of one name are the rows of one table
	Rows       int64  `json:"rows,omitzero"`       // of a text area
}

// OdmLoss: Loss is one deviation of a file from its standard, one thing that the model cannot say, or one that the format which is written cannot; with a code and a sentence in each language.
type OdmLoss struct {
	Code  string            `json:"code"`  // the kind, e.g. "loss.second_code"
	Kept  bool              `json:"kept"`  // true when it is kept verbatim, false when it is dropped
	Line  int64             `json:"line"`  // 0 where a file is written
	Place string            `json:"place"` // the path of elements with OIDs, e.g. "MetaDataVersion[MDV.1]/ItemDef[I.1]"
	Texts map[string]string `json:"texts"` // What in every language
	What  string            `json:"what"`  // in English
}

// OdmMethod: Method is a MethodDef: how an item's value is computed.
type OdmMethod struct {
	Aliases     []OdmAlias        `json:"aliases,omitzero"`
	Description map[string]string `json:"description,omitzero"`
	Expressions []OdmExpression   `json:"expressions,omitzero"`
	Extra       OdmExtra          `json:"extra,omitzero"`
	Name        string            `json:"name"`
	Oid         string            `json:"oid"`
	Type        string            `json:"type,omitzero"` // Computation, Imputation, Transpose, Other
}

// OdmMethodInput: Method is a MethodDef: how an item's value is computed.
type OdmMethodInput struct {
	Aliases     []OdmAliasInput      `json:"aliases,omitzero"`
	Description map[string]string    `json:"description,omitzero"`
	Expressions []OdmExpressionInput `json:"expressions,omitzero"`
	Extra       OdmExtraInput        `json:"extra,omitzero"`
	Name        string               `json:"name,omitzero"`
	Oid         string               `json:"oid,omitzero"`
	Type        string               `json:"type,omitzero"` // Computation, Imputation, Transpose, Other
}

// OdmOccurs: Occurs is how often something may be answered or repeated. The zero value sets no bounds.
type OdmOccurs struct {
	Max int64 `json:"max,omitzero"` // at most so many; 0 is no bound
	Min int64 `json:"min,omitzero"` // at least so many, once it is asked
}

// OdmOccursInput: Occurs is how often something may be answered or repeated. The zero value sets no bounds.
type OdmOccursInput struct {
	Max int64 `json:"max,omitzero"` // at most so many; 0 is no bound
	Min int64 `json:"min,omitzero"` // at least so many, once it is asked
}

// OdmRangeCheck: RangeCheck is an edit check on one item: values by comparator, or formal expressions. It says what must hold.
type OdmRangeCheck struct {
	Comparator  string            `json:"comparator,omitzero"` // LT LE GT GE EQ NE IN NOTIN
	Expressions []OdmExpression   `json:"expressions,omitzero"`
	Extra       OdmExtra          `json:"extra,omitzero"`
	Hard        bool              `json:"hard,omitzero"` // SoftHard="Hard"
	Line        int64             `json:"line,omitzero"` // of the file it was read from
	Message     map[string]string `json:"message,omitzero"`
	Unit        string            `json:"unit,omitzero"`
	Values      []string          `json:"values,omitzero"`
}

// OdmRangeCheckInput: RangeCheck is an edit check on one item: values by comparator, or formal expressions. It says what must hold.
type OdmRangeCheckInput struct {
	Comparator  string               `json:"comparator,omitzero"` // LT LE GT GE EQ NE IN NOTIN
	Expressions []OdmExpressionInput `json:"expressions,omitzero"`
	Extra       OdmExtraInput        `json:"extra,omitzero"`
	Hard        bool                 `json:"hard,omitzero"` // SoftHard="Hard"
	Line        int64                `json:"line,omitzero"` // of the file it was read from
	Message     map[string]string    `json:"message,omitzero"`
	Unit        string               `json:"unit,omitzero"`
	Values      []string             `json:"values,omitzero"`
}

// OdmRef: Ref is a StudyEventRef, FormRef, ItemGroupRef or ItemRef.
type OdmRef struct {
	Extra         OdmExtra `json:"extra,omitzero"`
	Hidden        string   `json:"hidden,omitzero"`  // CollectionExceptionConditionOID: hidden while the condition is true
	Initial       string   `json:"initial,omitzero"` // Initial is the OID of the method that gives an item the value it starts with.
	Key           int64    `json:"key,omitzero"`     // KeySequence, of an ItemRef; 0 when absent
	Mandatory     bool     `json:"mandatory,omitzero"`
	MandatoryWhen string   `json:"mandatoryWhen,omitzero"` // MandatoryWhen is the OID of a condition: mandatory while it is true.
	Method        string   `json:"method,omitzero"`        // MethodOID, of an ItemRef
	Oid           string   `json:"oid"`
	Order         int64    `json:"order,omitzero"` // OrderNumber; 0 when absent
	Place         int64    `json:"place,omitzero"`
	Role          string   `json:"role,omitzero"`   // Role, of an ItemRef
	Within        string   `json:"within,omitzero"` // Within is the OID of what it stands within: of a group another group of the form, of an item another item of the group. Place is a group's OrderNumber among the items of the group that it stands within; 0 is behind them all.
}

// OdmRefInput: Ref is a StudyEventRef, FormRef, ItemGroupRef or ItemRef.
type OdmRefInput struct {
	Extra         OdmExtraInput `json:"extra,omitzero"`
	Hidden        string        `json:"hidden,omitzero"`  // CollectionExceptionConditionOID: hidden while the condition is true
	Initial       string        `json:"initial,omitzero"` // Initial is the OID of the method that gives an item the value it starts with.
	Key           int64         `json:"key,omitzero"`     // KeySequence, of an ItemRef; 0 when absent
	Mandatory     bool          `json:"mandatory,omitzero"`
	MandatoryWhen string        `json:"mandatoryWhen,omitzero"` // MandatoryWhen is the OID of a condition: mandatory while it is true.
	Method        string        `json:"method,omitzero"`        // MethodOID, of an ItemRef
	Oid           string        `json:"oid,omitzero"`
	Order         int64         `json:"order,omitzero"` // OrderNumber; 0 when absent
	Place         int64         `json:"place,omitzero"`
	Role          string        `json:"role,omitzero"`   // Role, of an ItemRef
	Within        string        `json:"within,omitzero"` // Within is the OID of what it stands within: of a group another group of the form, of an item another item of the group. Place is a group's OrderNumber among the items of the group that it stands within; 0 is behind them all.
}

// OdmTranslation: Translation is how far the texts of a version or form are in one language.
type OdmTranslation struct {
	By    string `json:"by,omitzero"` // who said so
	Lang  string `json:"lang"`
	Note  string `json:"note,omitzero"` // e.g. the licensed version of an instrument
	On    string `json:"on,omitzero"`   // the day, YYYY-MM-DD
	State string `json:"state"`         // draft, reviewed, approved
}

// OdmTranslationInput: Translation is how far the texts of a version or form are in one language.
type OdmTranslationInput struct {
	By    string `json:"by,omitzero"` // who said so
	Lang  string `json:"lang,omitzero"`
	Note  string `json:"note,omitzero"`  // e.g. the licensed version of an instrument
	On    string `json:"on,omitzero"`    // the day, YYYY-MM-DD
	State string `json:"state,omitzero"` // draft, reviewed, approved
}

// OdmUnit: Unit is a MeasurementUnit.
type OdmUnit struct {
	Aliases []OdmAlias        `json:"aliases,omitzero"`
	Codings []OdmCoding       `json:"codings,omitzero"`
	Extra   OdmExtra          `json:"extra,omitzero"`
	Name    string            `json:"name"`
	Oid     string            `json:"oid"`
	Symbol  map[string]string `json:"symbol,omitzero"`
}

// OdmUnitInput: Unit is a MeasurementUnit.
type OdmUnitInput struct {
	Aliases []OdmAliasInput   `json:"aliases,omitzero"`
	Codings []OdmCodingInput  `json:"codings,omitzero"`
	Extra   OdmExtraInput     `json:"extra,omitzero"`
	Name    string            `json:"name,omitzero"`
	Oid     string            `json:"oid,omitzero"`
	Symbol  map[string]string `json:"symbol,omitzero"`
}

// OdmVariable: Variable is a name for the outcome of an expression, for the rules at and below the place where it stands.
type OdmVariable struct {
	Expression OdmExpression `json:"expression"`
	Name       string        `json:"name"`
}

// OdmVariableInput: Variable is a name for the outcome of an expression, for the rules at and below the place where it stands.
type OdmVariableInput struct {
	Expression OdmExpressionInput `json:"expression,omitzero"`
	Name       string             `json:"name,omitzero"`
}

// OdmVersion: Version is one MetaDataVersion: all that a casebook needs to be shown, checked and exported. It is immutable once published. References are by OID; Resolve (see Index) turns them into pointers.
type OdmVersion struct {
	Aliases      []OdmAlias        `json:"aliases,omitzero"`
	CodeLists    []OdmCodeList     `json:"codeLists,omitzero"`
	Conditions   []OdmCondition    `json:"conditions,omitzero"`
	Description  string            `json:"description,omitzero"`
	EventRefs    []OdmRef          `json:"eventRefs"` // the schedule: Protocol/StudyEventRef
	Events       []OdmEvent        `json:"events"`
	Extra        OdmExtra          `json:"extra,omitzero"`
	Forms        []OdmForm         `json:"forms"`
	Groups       []OdmItemGroup    `json:"groups"`
	Items        []OdmItem         `json:"items"`
	Methods      []OdmMethod       `json:"methods,omitzero"`
	Name         string            `json:"name"`
	Oid          string            `json:"oid"`
	Protocol     map[string]string `json:"protocol,omitzero"`     // Protocol/Description
	Translations []OdmTranslation  `json:"translations,omitzero"` // Translations is how far the version is translated; a form may say more of itself.
	Units        []OdmUnit         `json:"units,omitzero"`        // a copy of the study's, so that a version stands alone
}

// OdmVersionInput: Version is one MetaDataVersion: all that a casebook needs to be shown, checked and exported. It is immutable once published. References are by OID; Resolve (see Index) turns them into pointers.
type OdmVersionInput struct {
	Aliases      []OdmAliasInput       `json:"aliases,omitzero"`
	CodeLists    []OdmCodeListInput    `json:"codeLists,omitzero"`
	Conditions   []OdmConditionInput   `json:"conditions,omitzero"`
	Description  string                `json:"description,omitzero"`
	EventRefs    []OdmRefInput         `json:"eventRefs,omitzero"` // the schedule: Protocol/StudyEventRef
	Events       []OdmEventInput       `json:"events,omitzero"`
	Extra        OdmExtraInput         `json:"extra,omitzero"`
	Forms        []OdmFormInput        `json:"forms,omitzero"`
	Groups       []OdmItemGroupInput   `json:"groups,omitzero"`
	Items        []OdmItemInput        `json:"items,omitzero"`
	Methods      []OdmMethodInput      `json:"methods,omitzero"`
	Name         string                `json:"name,omitzero"`
	Oid          string                `json:"oid,omitzero"`
	Protocol     map[string]string     `json:"protocol,omitzero"`     // Protocol/Description
	Translations []OdmTranslationInput `json:"translations,omitzero"` // Translations is how far the version is translated; a form may say more of itself.
	Units        []OdmUnitInput        `json:"units,omitzero"`        // a copy of the study's, so that a version stands alone
}

// OdmWindow: Window is when an event should take place: Target after its anchor, at most Before earlier and After later.
type OdmWindow struct {
	After  string `json:"after,omitzero"`
	Anchor string `json:"anchor,omitzero"` // the OID of the event that is counted from; "" is the subject's enrolment
	Before string `json:"before,omitzero"`
	Target string `json:"target"` // negative for an event before its anchor
}

// OdmWindowInput: Window is when an event should take place: Target after its anchor, at most Before earlier and After later.
type OdmWindowInput struct {
	After  string `json:"after,omitzero"`
	Anchor string `json:"anchor,omitzero"` // the OID of the event that is counted from; "" is the subject's enrolment
	Before string `json:"before,omitzero"`
	Target string `json:"target,omitzero"` // negative for an event before its anchor
}

// OutboxAttempt: Attempt is one try to deliver a message.
type OutboxAttempt struct {
	Answer     string    `json:"answer"`
	At         time.Time `json:"at"`
	Ok         bool      `json:"ok"`
	TookMicros int64     `json:"tookMicros"` // microseconds
}

// PatientEnrolmentInput: Enrolment asks for a new subject.
type PatientEnrolmentInput struct {
	Rescreens string `json:"rescreens,omitzero"` // Rescreens is who is screened again: a subject of the same site that failed screening. "" is nobody.
	Site      string `json:"site,omitzero"`
	Status    string `json:"status,omitzero"`  // Screening or Enrolled; "" is Enrolled
	Subject   string `json:"subject,omitzero"` // "" to be given SITE-NNN, the site's next number
}

// PatientSubject: Subject is one participant of a study. Its ID never changes; its Site does when it is transferred.
type PatientSubject struct {
	Consent    int64     `json:"consent,omitzero"`   // version of the consent document that is signed and in force; 0 is none
	EnrolledAt time.Time `json:"enrolledAt"`         // when the study took the subject in, for screening or at once
	JoinedAt   time.Time `json:"joinedAt,omitzero"`  // when it first became Enrolled; zero before
	Rescreens  string    `json:"rescreens,omitzero"` // whom it was when it failed screening before
	Site       string    `json:"site"`
	Status     string    `json:"status"`
	StatusAt   time.Time `json:"statusAt"` // when Status began
	Subject    string    `json:"subject"`
}

// PaymentLine: Line is one thing that was earned, or with a negative amount taken off.
type PaymentLine struct {
	Amount  string `json:"amount"`
	Event   string `json:"event,omitzero"`
	Form    string `json:"form,omitzero"`
	Kind    string `json:"kind"` // startUp, visit, procedure, allowance, failure, release
	On      string `json:"on"`
	Repeat  string `json:"repeat,omitzero"`
	Subject string `json:"subject,omitzero"`
}

// PaymentRates: Rates are a site's budget: what is paid for what. Amounts are decimal texts in Currency.
type PaymentRates struct {
	Allowances map[string]string `json:"allowances,omitzero"` // by StudyEvent: what its subject is reimbursed, which the site passes on
	Currency   string            `json:"currency"`
	Failure    string            `json:"failure,omitzero"`    // a subject who failed in screening
	Failures   int64             `json:"failures,omitzero"`   // at most so many are paid
	HoldBack   int64             `json:"holdBack,omitzero"`   // hundredths of a percent, until the site is closed
	Procedures map[string]string `json:"procedures,omitzero"` // by Form, beside the visit in which it was done
	StartUp    string            `json:"startUp,omitzero"`
	Visits     map[string]string `json:"visits,omitzero"` // by StudyEvent
}

// PaymentMay: may says what the reader can do at a site.
type PaymentMay struct {
	Approve bool   `json:"approve"`
	Prepare bool   `json:"prepare"`
	User    string `json:"user"`
}

// PaymentShown: see the document.
type PaymentShown struct {
	Due        string            `json:"due,omitzero"` // earned and not stated
	Earned     string            `json:"earned,omitzero"`
	HeldBack   string            `json:"heldBack,omitzero"` // of what is stated, and not yet released
	Lines      []PaymentLine     `json:"lines,omitzero"`    // earned and not stated, oldest first
	May        PaymentMay        `json:"may"`
	Name       map[string]string `json:"name"`
	Paid       string            `json:"paid,omitzero"` // approved, net
	Rates      PaymentRates      `json:"rates,omitzero"`
	Site       string            `json:"site,omitzero"`
	Stated     string            `json:"stated,omitzero"` // in statements that were not refused, before holding back
	Statements []struct {
		Approved   SiteSignature `json:"approved,omitzero"`
		Currency   string        `json:"currency"`
		Gross      string        `json:"gross"`
		HeldBack   string        `json:"heldBack"`
		Id         string        `json:"id"`
		Lines      []PaymentLine `json:"lines"`
		Net        string        `json:"net"`
		PreparedAt time.Time     `json:"preparedAt"`
		PreparedBy string        `json:"preparedBy"`
		Refused    SiteEnd       `json:"refused,omitzero"`
		Site       string        `json:"site"`
		Until      string        `json:"until"`
		Version    int64         `json:"version"`
	} `json:"statements,omitzero"`
	Version int64 `json:"version,omitzero"` // of its rates, 0 without any
}

// PlanMilestone: Milestone is one step of a plan. Its ID is unique in the plan and never changes.
type PlanMilestone struct {
	Actual   string            `json:"actual,omitzero"`
	After    []string          `json:"after,omitzero"`
	Days     int64             `json:"days"`              // from the last of After, or from the plan's start, to its own date
	Expected string            `json:"expected,omitzero"` // what the owner expects; it stands for Days
	From     string            `json:"from,omitzero"`
	Id       string            `json:"id"`
	Note     string            `json:"note,omitzero"`
	Owner    string            `json:"owner"`            // the role that answers for it
	Planned  string            `json:"planned,omitzero"` // agreed at the start, and kept to measure by
	Title    map[string]string `json:"title"`
}

// PlanMilestoneInput: Milestone is one step of a plan. Its ID is unique in the plan and never changes.
type PlanMilestoneInput struct {
	Actual   string            `json:"actual,omitzero"`
	After    []string          `json:"after,omitzero"`
	Days     int64             `json:"days,omitzero"`     // from the last of After, or from the plan's start, to its own date
	Expected string            `json:"expected,omitzero"` // what the owner expects; it stands for Days
	From     string            `json:"from,omitzero"`
	Id       string            `json:"id,omitzero"`
	Note     string            `json:"note,omitzero"`
	Owner    string            `json:"owner,omitzero"`   // the role that answers for it
	Planned  string            `json:"planned,omitzero"` // agreed at the start, and kept to measure by
	Title    map[string]string `json:"title,omitzero"`
}

// PlanStanding: Standing is a milestone as it stands on a day.
type PlanStanding struct {
	Actual   string            `json:"actual,omitzero"`
	After    []string          `json:"after,omitzero"`
	Critical bool              `json:"critical"`          // it is not done, and each day of delay is a day of the end
	Days     int64             `json:"days"`              // from the last of After, or from the plan's start, to its own date
	Expected string            `json:"expected,omitzero"` // what the owner expects; it stands for Days
	Forecast string            `json:"forecast"`          // Actual when it is done
	From     string            `json:"from,omitzero"`
	Id       string            `json:"id"`
	Late     int64             `json:"late"` // days from Planned to Forecast, to today when it is overdue; below 0 it is early
	Note     string            `json:"note,omitzero"`
	Owner    string            `json:"owner"`            // the role that answers for it
	Planned  string            `json:"planned,omitzero"` // agreed at the start, and kept to measure by
	Slack    int64             `json:"slack"`            // days that it may be delayed without delaying the end
	State    string            `json:"state"`
	Title    map[string]string `json:"title"`
}

// PlanTemplate: Template is a plan that sites are given a copy of: the days are usual ones, to be changed where they are not.
type PlanTemplate struct {
	Id         string            `json:"id"`
	Milestones []PlanMilestone   `json:"milestones"`
	Title      map[string]string `json:"title"`
}

// PlatformAdministered: Administered is an entry about administration, in one study or on the platform.
type PlatformAdministered struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	ByName string    `json:"byName"`
	Id     string    `json:"id"`
	Index  int64     `json:"index"` // -1 while it waits for its place
	Name   string    `json:"name"`  // how that is called, where it has a name
	New    string    `json:"new,omitzero"`
	Old    string    `json:"old,omitzero"`
	Reason string    `json:"reason"`
	Role   string    `json:"role"`
	Site   string    `json:"site,omitzero"`
	Study  string    `json:"study"`
	Trace  string    `json:"trace"`
	What   string    `json:"what"`
	Where  string    `json:"where"` // which key, webhook, person, draft or release
}

// PlatformChange: Change is one entry of a study's ledger as the feed tells it. Old and New are what the entry's verb says they are.
type PlatformChange struct {
	Actor    string          `json:"actor"`
	At       time.Time       `json:"at"`
	Cursor   string          `json:"cursor"` // where to go on after this one
	DeviceAt time.Time       `json:"deviceAt,omitzero"`
	Id       string          `json:"id"`
	Index    int64           `json:"index"`
	Location string          `json:"location,omitzero"`
	New      json.RawMessage `json:"new,omitzero"`
	Old      json.RawMessage `json:"old,omitzero"`
	Reason   string          `json:"reason,omitzero"`
	Ref      string          `json:"ref,omitzero"`
	Release  int64           `json:"release"`
	Role     string          `json:"role"`
	Site     string          `json:"site,omitzero"`
	Subject  string          `json:"subject,omitzero"`
	Trace    string          `json:"trace,omitzero"`
	What     string          `json:"what"`
}

// PlatformRequest: Request is one request of another program, as the log keeps it.
type PlatformRequest struct {
	Address  string    `json:"address"`
	Answered string    `json:"answered"` // the same of the answer
	Asked    string    `json:"asked"`    // the body, every value covered
	At       time.Time `json:"at"`
	Client   string    `json:"client"`
	Code     string    `json:"code,omitzero"` // of a refusal
	Id       string    `json:"id"`
	Path     string    `json:"path"`
	Route    string    `json:"route"` // the address's pattern
	Status   int64     `json:"status"`
	Study    string    `json:"study"`
	Took     int64     `json:"took"` // microseconds
	Trace    string    `json:"trace"`
}

// PlatformWebhook: Webhook is where a study's events are sent.
type PlatformWebhook struct {
	Changed time.Time `json:"changed"`
	Events  []string  `json:"events"` // the beginnings of verbs; none for all
	Id      string    `json:"id"`
	Name    string    `json:"name"`
	Secret  string    `json:"secret,omitzero"` // told once, when it is made
	State   string    `json:"state"`           // active or disabled
	Url     string    `json:"url"`
	Why     string    `json:"why,omitzero"`
}

// PlatformDelivery: delivery is one message of a webhook with its attempts.
type PlatformDelivery struct {
	Answer   string          `json:"answer"`
	Attempts []OutboxAttempt `json:"attempts"`
	Created  time.Time       `json:"created"`
	Due      time.Time       `json:"due,omitzero"`
	Id       string          `json:"id"`
	State    string          `json:"state"`
	Type     string          `json:"type"`
}

// PlatformReasonInput: reason is the body of what needs nothing but a reason.
type PlatformReasonInput struct {
	Reason string `json:"reason,omitzero"`
}

// R4ChannelInput: see the document.
type R4ChannelInput struct {
	Endpoint  string          `json:"endpoint,omitzero"`
	Extension []R4SecretInput `json:"extension,omitzero"` // the key that signs, told once
	Type      string          `json:"type,omitzero"`
}

// R4SecretInput: see the document.
type R4SecretInput struct {
	Url         string `json:"url,omitzero"`
	ValueString string `json:"valueString,omitzero"`
}

// R4SubscriptionInput: subscription is a Subscription: a webhook, for whoever knows them by FHIR's name. What it is sent is the webhook's payload, signed as webhooks are.
type R4SubscriptionInput struct {
	Channel      R4ChannelInput `json:"channel,omitzero"`
	Criteria     string         `json:"criteria,omitzero"`
	Error        string         `json:"error,omitzero"`
	Id           string         `json:"id,omitzero"`
	Reason       string         `json:"reason,omitzero"`
	ResourceType string         `json:"resourceType,omitzero"`
	Status       string         `json:"status,omitzero"`
}

// RecordAloneShown: AloneShown is such a form as its renderer takes it.
type RecordAloneShown struct {
	Computed   []string    `json:"computed"` // questions that the rules answer, as group/item
	Definition *OdmVersion `json:"definition"`
	Form       string      `json:"form"`
	Rules      RecordRules `json:"rules,omitzero"`
}

// RecordAskedOf: AskedOf is a query of a check.
type RecordAskedOf struct {
	Place RecordValue `json:"place"` // with the value asked about
	Ref   string      `json:"ref"`
	Rule  string      `json:"rule"`
}

// RecordAttached: Attached is one scan or image, of the form or of an item of it.
type RecordAttached struct {
	At     time.Time      `json:"at"`
	By     string         `json:"by"`
	Group  string         `json:"group,omitzero"`
	Hash   string         `json:"hash"` // SHA-256 in hex
	Item   string         `json:"item,omitzero"`
	Media  string         `json:"media"` // found in the bytes
	Name   string         `json:"name"`
	Note   string         `json:"note,omitzero"`
	Off    RecordDetached `json:"off,omitzero"`
	Repeat string         `json:"repeat,omitzero"`
	Size   int64          `json:"size"`
}

// RecordDetached: Detached says who made a file inactive, when and why.
type RecordDetached struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// RecordDisagreementInput: Disagreement is one outcome that the browser had otherwise than the server.
type RecordDisagreementInput struct {
	Client string `json:"client,omitzero"`
	Kind   string `json:"kind,omitzero"`  // Hides, Computes or Checks
	Place  string `json:"place,omitzero"` // group/repeat, or group/repeat/item
	Rule   string `json:"rule,omitzero"`
	Server string `json:"server,omitzero"`
}

// RecordDrawn: Drawn is how many subjects of a site the sample draws.
type RecordDrawn struct {
	Sampled  int64  `json:"sampled"`
	Site     string `json:"site"`
	Subjects int64  `json:"subjects"`
}

// RecordGiven: Given is a value of another form or visit: canonical text, or the reason of a blank.
type RecordGiven struct {
	Blank string `json:"blank,omitzero"`
	Value string `json:"value,omitzero"`
}

// RecordLiveRule: LiveRule is a rule at its place in a form.
type RecordLiveRule struct {
	Group   string            `json:"group"`
	Id      string            `json:"id"`
	Item    string            `json:"item,omitzero"`
	Kind    string            `json:"kind"`
	Message map[string]string `json:"message,omitzero"` // of a check, in the languages that the definition has
	Source  string            `json:"source"`
}

// RecordMoved: Moved is what becomes of a casebook when it goes over to another version. No value is lost: what goes out of view stays in the casebook and in the ledger, and is in view again when the casebook goes back.
type RecordMoved struct {
	Closed     []RecordAskedOf    `json:"closed,omitzero"` // checks that do not any more
	Computed   []RecordRecomputed `json:"computed,omitzero"`
	Forms      int64              `json:"forms"`               // that went over
	Lost       []RecordSpot       `json:"lost,omitzero"`       // out of view
	Marks      []RecordSpot       `json:"marks,omitzero"`      // verified against the source, and to be verified again
	Opened     []RecordAskedOf    `json:"opened,omitzero"`     // checks that fire
	Reopened   []string           `json:"reopened,omitzero"`   // paths of what was frozen or locked and is open now
	Shown      []RecordSpot       `json:"shown,omitzero"`      // in view again
	Signatures []string           `json:"signatures,omitzero"` // ids of those that are void now
	Subject    string             `json:"subject"`
	To         int64              `json:"to"`
	Unfinished []string           `json:"unfinished,omitzero"` // forms that were complete
	Visits     []string           `json:"visits,omitzero"`     // events that the other version did not schedule
}

// RecordPlan: Plan says which values must be verified against the source: all of a sample of subjects, whose size may differ by site (by risk), and of everybody the forms and items that are critical.
type RecordPlan struct {
	Forms  []string         `json:"forms,omitzero"`
	Items  []string         `json:"items,omitzero"`
	Sample int64            `json:"sample"` // percent of the subjects
	Sites  map[string]int64 `json:"sites,omitzero"`
}

// RecordPlanInput: Plan says which values must be verified against the source: all of a sample of subjects, whose size may differ by site (by risk), and of everybody the forms and items that are critical.
type RecordPlanInput struct {
	Forms  []string         `json:"forms,omitzero"`
	Items  []string         `json:"items,omitzero"`
	Sample int64            `json:"sample,omitzero"` // percent of the subjects
	Sites  map[string]int64 `json:"sites,omitzero"`
}

// RecordQueryCount: QueryCount is how many queries of a site are in a state, and when the oldest was opened.
type RecordQueryCount struct {
	Count  int64     `json:"count"`
	Oldest time.Time `json:"oldest"`
	Site   string    `json:"site"`
	State  string    `json:"state"`
}

// RecordRecomputed: Recomputed is a value that a method gives otherwise by the other version.
type RecordRecomputed struct {
	New RecordValue `json:"new"` // empty where there is none any more
	Old RecordValue `json:"old"` // empty where there was none
	Ref string      `json:"ref"`
}

// RecordRules: Rules are a form's rules as the engine in the browser takes them, with all that they read beyond the form.
type RecordRules struct {
	Given map[string]RecordGiven `json:"given,omitzero"` // by check.Ref.String: values of other forms and visits
	Rules []RecordLiveRule       `json:"rules"`
	Today string                 `json:"today"`
	Types map[string]string      `json:"types"` // of the items that rules name or that the form asks
	Zone  string                 `json:"zone"`
	Zones map[string][]int64     `json:"zones,omitzero"` // by name, see check.ZoneChanges
}

// RecordSpot: Spot is a value at its place in a casebook.
type RecordSpot struct {
	Blank  string `json:"blank,omitzero"`
	Group  string `json:"group"`
	Item   string `json:"item"`
	Ref    string `json:"ref"` // of the form
	Repeat string `json:"repeat"`
	Value  string `json:"value,omitzero"`
}

// RecordValue: Value is one item of a form: a value, or the reason for a blank, or neither when it was cleared.
type RecordValue struct {
	Blank  string `json:"blank,omitzero"`
	Group  string `json:"group"`
	Item   string `json:"item"`
	Repeat string `json:"repeat"`
	Value  string `json:"value,omitzero"`
}

// RecordValueInput: Value is one item of a form: a value, or the reason for a blank, or neither when it was cleared.
type RecordValueInput struct {
	Blank  string `json:"blank,omitzero"`
	Group  string `json:"group,omitzero"`
	Item   string `json:"item,omitzero"`
	Repeat string `json:"repeat,omitzero"`
	Value  string `json:"value,omitzero"`
}

// ReportReceipt: The report is on disk.
type ReportReceipt struct {
	Id        string `json:"id"`
	PatientId string `json:"patientId"`
	Receipt   string `json:"receipt"` // The report's id and a digest of its content: the same content has the same receipt.
	Status    string `json:"status"`
}

// ReportReport: What a patient or a device says.
type ReportReport struct {
	AnsweredAt time.Time                  `json:"answeredAt,omitzero"` // When the patient answered.
	Data       map[string]json.RawMessage `json:"data"`                // Values by the items' names or OIDs.
	Device     string                     `json:"device,omitzero"`     // Which device said so.
	Id         string                     `json:"id,omitzero"`         // Chosen by the sender; without it the header Idempotency-Key is.
	Instrument string                     `json:"instrument,omitzero"` // OID of the form; without it the study has one only.
	PatientId  string                     `json:"patientId"`
}

// ReportReports: Up to 1,000 reports.
type ReportReports struct {
	Reports []ReportReport `json:"reports"`
}

// ReportTaken: What became of each report, in their order.
type ReportTaken struct {
	Reports []struct {
		Id        string  `json:"id,omitzero"`
		PatientId string  `json:"patientId,omitzero"`
		Problem   Problem `json:"problem,omitzero"`
		Receipt   string  `json:"receipt,omitzero"`
		Replay    bool    `json:"replay,omitzero"` // true: the report was there already, with this receipt.
		Status    string  `json:"status"`          // processed, or refused.
	} `json:"reports"`
}

// RetentionHold: Hold is a legal hold that stands.
type RetentionHold struct {
	About  string    `json:"about,omitzero"` // "" is every study
	At     time.Time `json:"at"`
	By     string    `json:"by"` // who ordered it, as they are named on paper
	Id     string    `json:"id"`
	Reason string    `json:"reason"`
}

// RetentionRules: Rules are what the settings say of backups. A backup goes when it was last written before Before and is none of the Least newest.
type RetentionRules struct {
	Before time.Time `json:"before,omitzero"` // as of now; zero where all are kept
	Days   int64     `json:"days"`            // 0 keeps all
	Least  int64     `json:"least"`
}

// SafetyAssessment: Assessment is the sponsor's judgement of a case.
type SafetyAssessment struct {
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Causality string    `json:"causality"`
	Comment   string    `json:"comment,omitzero"`
	Expected  bool      `json:"expected"` // by the reference safety information
	Version   int64     `json:"version"`  // the last that was there
}

// SafetyClock: Clock is something that is to be done in a time.
type SafetyClock struct {
	Done     time.Time `json:"done,omitzero"`
	Due      time.Time `json:"due"`
	From     time.Time `json:"from"`
	Name     string    `json:"name"`              // site, sponsor, or a recipient: ethics, office
	Presumed bool      `json:"presumed,omitzero"` // Presumed is set where the clock runs because nobody has judged the case yet.
	State    string    `json:"state"`
}

// SafetyDifference: Difference is something in which the casebooks and the cases do not agree.
type SafetyDifference struct {
	Case    string      `json:"case,omitzero"`
	Event   SafetyEvent `json:"event,omitzero"` // of uncased
	Form    string      `json:"form,omitzero"`  // event/repeat/form/repeat
	Kind    string      `json:"kind"`           // uncased, unlogged, term, onset, outcome
	Log     string      `json:"log,omitzero"`   // what the casebook says
	Row     string      `json:"row,omitzero"`
	Said    string      `json:"said,omitzero"` // what the case says
	Site    string      `json:"site"`
	Subject string      `json:"subject"`
}

// SafetyDraftInput: Draft asks for a case.
type SafetyDraftInput struct {
	Form   string            `json:"form,omitzero"`
	Report SafetyReportInput `json:"report,omitzero"`
	Row    string            `json:"row,omitzero"`
}

// SafetyEvent: Event is a serious adverse event as a casebook has it.
type SafetyEvent struct {
	Onset   string `json:"onset,omitzero"`
	Outcome string `json:"outcome,omitzero"` // "" where the rules do not say what its code means
	Term    string `json:"term"`
}

// SafetyHours: Hours are within how many hours of awareness somebody is told; 0 is 24.
type SafetyHours struct {
	Ethics int64 `json:"ethics,omitzero"`
	Office int64 `json:"office,omitzero"`
}

// SafetyHoursInput: Hours are within how many hours of awareness somebody is told; 0 is 24.
type SafetyHoursInput struct {
	Ethics int64 `json:"ethics,omitzero"`
	Office int64 `json:"office,omitzero"`
}

// SafetyLog: Log says where the casebooks keep adverse events, by OID.
type SafetyLog struct {
	Form     string            `json:"form"`
	Onset    string            `json:"onset,omitzero"`
	Outcome  string            `json:"outcome,omitzero"`
	Outcomes map[string]string `json:"outcomes,omitzero"` // what the codes of the outcome's item mean; others are not compared
	Serious  string            `json:"serious"`           // the item that says so
	Term     string            `json:"term"`
	Value    string            `json:"value"` // with which it says so
}

// SafetyLogInput: Log says where the casebooks keep adverse events, by OID.
type SafetyLogInput struct {
	Form     string            `json:"form,omitzero"`
	Onset    string            `json:"onset,omitzero"`
	Outcome  string            `json:"outcome,omitzero"`
	Outcomes map[string]string `json:"outcomes,omitzero"` // what the codes of the outcome's item mean; others are not compared
	Serious  string            `json:"serious,omitzero"`  // the item that says so
	Term     string            `json:"term,omitzero"`
	Value    string            `json:"value,omitzero"` // with which it says so
}

// SafetyMessage: Message is what a message of E2B(R3) says of the study and its sponsor.
type SafetyMessage struct {
	Country      string `json:"country"`      // ISO 3166-1 alpha-2, of the sender: C.1.1, and of the source: C.2.r.3
	Organisation string `json:"organisation"` // C.3.2
	Product      string `json:"product"`      // G.k.2.2, as long as the treatment is blinded
	Protocol     string `json:"protocol"`     // C.5.3
	Receiver     string `json:"receiver"`     // N.1.4, N.2.r.3
	Sender       string `json:"sender"`       // N.1.3, N.2.r.2: the identifier agreed with the receiver
	Title        string `json:"title"`        // C.5.2
}

// SafetyMessageInput: Message is what a message of E2B(R3) says of the study and its sponsor.
type SafetyMessageInput struct {
	Country      string `json:"country,omitzero"`      // ISO 3166-1 alpha-2, of the sender: C.1.1, and of the source: C.2.r.3
	Organisation string `json:"organisation,omitzero"` // C.3.2
	Product      string `json:"product,omitzero"`      // G.k.2.2, as long as the treatment is blinded
	Protocol     string `json:"protocol,omitzero"`     // C.5.3
	Receiver     string `json:"receiver,omitzero"`     // N.1.4, N.2.r.3
	Sender       string `json:"sender,omitzero"`       // N.1.3, N.2.r.2: the identifier agreed with the receiver
	Title        string `json:"title,omitzero"`        // C.5.2
}

// SafetyReconciliation: Reconciliation is what came out of holding the casebooks against the cases.
type SafetyReconciliation struct {
	Cases       int64              `json:"cases"` // that are not nullified
	Differences []SafetyDifference `json:"differences"`
	Serious     int64              `json:"serious"` // events of the casebooks
}

// SafetyReport: Report is what the site says of an event: one version of a case. A draft may lack parts.
type SafetyReport struct {
	Action    string    `json:"action,omitzero"`
	Aware     time.Time `json:"aware"`              // when the site knew of what this version tells
	Causality string    `json:"causality,omitzero"` // the investigator's
	Ended     string    `json:"ended,omitzero"`     // likewise
	Narrative string    `json:"narrative"`
	News      string    `json:"news,omitzero"` // what a follow-up brings
	Onset     string    `json:"onset"`         // YYYY-MM-DD, or YYYY-MM or YYYY where no more is known
	Outcome   string    `json:"outcome,omitzero"`
	Serious   []string  `json:"serious"` // at least one, each once
	Term      string    `json:"term"`    // verbatim
}

// SafetyReportInput: Report is what the site says of an event: one version of a case. A draft may lack parts.
type SafetyReportInput struct {
	Action    string    `json:"action,omitzero"`
	Aware     time.Time `json:"aware,omitzero"`     // when the site knew of what this version tells
	Causality string    `json:"causality,omitzero"` // the investigator's
	Ended     string    `json:"ended,omitzero"`     // likewise
	Narrative string    `json:"narrative,omitzero"`
	News      string    `json:"news,omitzero"`  // what a follow-up brings
	Onset     string    `json:"onset,omitzero"` // YYYY-MM-DD, or YYYY-MM or YYYY where no more is known
	Outcome   string    `json:"outcome,omitzero"`
	Serious   []string  `json:"serious,omitzero"` // at least one, each once
	Term      string    `json:"term,omitzero"`    // verbatim
}

// SafetyRules: Rules are what a study says of its safety reports.
type SafetyRules struct {
	Hours   SafetyHours   `json:"hours,omitzero"`
	Log     SafetyLog     `json:"log,omitzero"`     // nothing is reconciled without
	Message SafetyMessage `json:"message,omitzero"` // nothing is exported without
}

// SafetyRulesInput: Rules are what a study says of its safety reports.
type SafetyRulesInput struct {
	Hours   SafetyHoursInput   `json:"hours,omitzero"`
	Log     SafetyLogInput     `json:"log,omitzero"`     // nothing is reconciled without
	Message SafetyMessageInput `json:"message,omitzero"` // nothing is exported without
}

// SafetyTold: Told is that somebody was told.
type SafetyTold struct {
	At      time.Time `json:"at"` // when it was written down
	By      string    `json:"by"`
	Name    string    `json:"name"` // who they are, or the notice that told them
	On      time.Time `json:"on"`
	To      string    `json:"to"`
	Version int64     `json:"version"`
}

// SafetyBlind: blind is what the reader may know of the treatment.
type SafetyBlind struct {
	Broken    bool   `json:"broken"` // somebody had the code opened
	Treatment string `json:"treatment,omitzero"`
}

// SafetyFormChoice: see the document.
type SafetyFormChoice struct {
	Items []SafetyItemChoice `json:"items"`
	Name  map[string]string  `json:"name"`
	Oid   string             `json:"oid"`
}

// SafetyItemChoice: see the document.
type SafetyItemChoice struct {
	Codes []OdmCodeItem     `json:"codes,omitzero"`
	Name  map[string]string `json:"name"`
	Oid   string            `json:"oid"`
}

// SafetyMay: may says what the reader can do with a case.
type SafetyMay struct {
	Assess bool `json:"assess"`
	Sign   bool `json:"sign"`
	Tell   bool `json:"tell"`
	Write  bool `json:"write"`
}

// SafetyOne: one is a case with its versions.
type SafetyOne struct {
	AsOf      time.Time        `json:"asOf"`
	Assessed  SafetyAssessment `json:"assessed,omitzero"` // the last judgement
	Aware     time.Time        `json:"aware"`             // when the site first knew
	Blind     SafetyBlind      `json:"blind"`
	Clocks    []SafetyClock    `json:"clocks"`
	Draft     SafetyReport     `json:"draft,omitzero"`   // of the version to come
	First     time.Time        `json:"first,omitzero"`   // when the initial report was submitted
	Form      string           `json:"form,omitzero"`    // of the adverse event in the casebook: event/repeat/form/repeat
	Gravest   time.Time        `json:"gravest,omitzero"` // when a version first said that the event was fatal or life-threatening
	Id        string           `json:"id"`
	Judged    bool             `json:"judged"`        // by the sponsor
	Last      SafetyReport     `json:"last,omitzero"` // as the newest version has it
	May       SafetyMay        `json:"may"`
	Message   bool             `json:"message"` // the study says what a message of E2B(R3) needs
	Nullified SiteEnd          `json:"nullified,omitzero"`
	OpenedAt  time.Time        `json:"openedAt"`
	OpenedBy  string           `json:"openedBy"`
	Reports   []SafetyVersion  `json:"reports"`
	Row       string           `json:"row,omitzero"` // of its group, where the form has rows
	Site      string           `json:"site"`
	Subject   string           `json:"subject"`
	Susar     bool             `json:"susar"`
	Told      []SafetyTold     `json:"told,omitzero"`
	Version   int64            `json:"version"`
	Versions  int64            `json:"versions"` // submitted
}

// SafetyShown: shown is a case as a reader sees it. Drafts are the site's.
type SafetyShown struct {
	Assessed  SafetyAssessment `json:"assessed,omitzero"` // the last judgement
	Aware     time.Time        `json:"aware"`             // when the site first knew
	Clocks    []SafetyClock    `json:"clocks"`
	Draft     SafetyReport     `json:"draft,omitzero"`   // of the version to come
	First     time.Time        `json:"first,omitzero"`   // when the initial report was submitted
	Form      string           `json:"form,omitzero"`    // of the adverse event in the casebook: event/repeat/form/repeat
	Gravest   time.Time        `json:"gravest,omitzero"` // when a version first said that the event was fatal or life-threatening
	Id        string           `json:"id"`
	Judged    bool             `json:"judged"`        // by the sponsor
	Last      SafetyReport     `json:"last,omitzero"` // as the newest version has it
	May       SafetyMay        `json:"may"`
	Nullified SiteEnd          `json:"nullified,omitzero"`
	OpenedAt  time.Time        `json:"openedAt"`
	OpenedBy  string           `json:"openedBy"`
	Row       string           `json:"row,omitzero"` // of its group, where the form has rows
	Site      string           `json:"site"`
	Subject   string           `json:"subject"`
	Susar     bool             `json:"susar"`
	Told      []SafetyTold     `json:"told,omitzero"`
	Version   int64            `json:"version"`
	Versions  int64            `json:"versions"` // submitted
}

// SafetySigningInput: signing is what a signed step brings.
type SafetySigningInput struct {
	Password string `json:"password,omitzero"`
	Reason   string `json:"reason,omitzero"`
	User     string `json:"user,omitzero"`
	Version  int64  `json:"version,omitzero"`
}

// SafetyVersion: see the document.
type SafetyVersion struct {
	Case      string        `json:"case"`
	Clock     SafetyClock   `json:"clock"`
	Number    int64         `json:"number"` // 0 is the initial report
	Report    SafetyReport  `json:"report"`
	Signed    SiteSignature `json:"signed"`
	Subject   string        `json:"subject"`
	Submitted time.Time     `json:"submitted"`
}

// ScheduleAlert: Alert asks a person to look at an answer set for which a rule holds. The rule is judged by whoever runs the schedule.
type ScheduleAlert struct {
	Crisis   map[string]string `json:"crisis,omitzero"`   // what the patient is shown at once, online or not
	Escalate string            `json:"escalate,omitzero"` // the role that hears of it when nobody did
	Form     string            `json:"form"`
	Text     map[string]string `json:"text"`   // what the person is told, by language
	To       string            `json:"to"`     // a role at the subject's site
	When     string            `json:"when"`   // in the rule language: PHQ9 == 3, say
	Within   string            `json:"within"` // to acknowledge it
}

// ScheduleAnchor: Anchor is what a form's prompts count from.
type ScheduleAnchor struct {
	Date string `json:"date,omitzero"` // of Calendar: YYYY-MM-DD
	Kind string `json:"kind,omitzero"` // one of the kinds below; "" is Enrolment
	Name string `json:"name,omitzero"` // of a visit or event: its OID; "" takes any
}

// ScheduleForm: Form is one instrument and its prompts. The cycle of prompts begins on the anchor's day, Start later, and repeats.
type ScheduleForm struct {
	Anchor    ScheduleAnchor `json:"anchor,omitzero"`
	At        []string       `json:"at,omitzero"`    // wall times of a cycle: "07:30", or "+3 07:30" three days into it
	Every     string         `json:"every,omitzero"` // from cycle to cycle, in whole days, weeks, months or years
	Form      string         `json:"form"`
	Holiday   string         `json:"holiday,omitzero"` // Keep, Skip or Next
	Missed    ScheduleMissed `json:"missed,omitzero"`
	Reminders []string       `json:"reminders,omitzero"`
	Start     string         `json:"start,omitzero"`    // from the anchor to the first cycle
	Times     int64          `json:"times,omitzero"`    // how many cycles; 0 as long as the study
	Until     string         `json:"until,omitzero"`    // from the anchor: no prompt after it
	Weekdays  []string       `json:"weekdays,omitzero"` // only on these: "mon" … "sun"
	Window    string         `json:"window"`            // from opening to closing
}

// ScheduleHelp: Help is whom patients can call.
type ScheduleHelp struct {
	Telephone string            `json:"telephone,omitzero"`
	Text      map[string]string `json:"text,omitzero"` // by language
}

// ScheduleMissed: Missed asks a person of the site to call a patient who has let windows of a form pass.
type ScheduleMissed struct {
	Escalate string            `json:"escalate,omitzero"`
	Text     map[string]string `json:"text"`  // what the person is told, by language
	Times    int64             `json:"times"` // so many in a row
	To       string            `json:"to"`
	Within   string            `json:"within"`
}

// ScheduleSchedule: Schedule is when the forms of a study are asked.
type ScheduleSchedule struct {
	Alerts   []ScheduleAlert `json:"alerts,omitzero"`
	Format   string          `json:"format"`
	Forms    []ScheduleForm  `json:"forms"`
	Help     ScheduleHelp    `json:"help,omitzero"`
	Holidays []string        `json:"holidays,omitzero"` // YYYY-MM-DD
	Name     string          `json:"name"`
	Zone     string          `json:"zone,omitzero"` // FollowDevice or Fixed
}

// ScheduleWindow: Window is one prompt of one subject.
type ScheduleWindow struct {
	Closes    time.Time   `json:"closes"`
	Form      string      `json:"form"`
	Key       string      `json:"key"` // names it among those of its form, for ever: its wall time as it was planned
	Opens     time.Time   `json:"opens"`
	Reminders []time.Time `json:"reminders"`
}

// SettingsApproval: Approval says that the ethics committee of a site has approved an amendment, from a moment on.
type SettingsApproval struct {
	Amendment string    `json:"amendment"`
	At        time.Time `json:"at"`
	Site      string    `json:"site"`
	Study     string    `json:"study"`
}

// SettingsAssignment: Assignment says that a setting is something at a place, from a moment on, or with an amendment of the protocol.
type SettingsAssignment struct {
	Amendment string        `json:"amendment,omitzero"` // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
	From      time.Time     `json:"from,omitzero"`      // From is when it begins to count; from the release on when zero.
	Key       string        `json:"key"`
	Place     SettingsPlace `json:"place"`
	Value     string        `json:"value"`
}

// SettingsChange: Change is one line of a draft: an assignment, or its removal.
type SettingsChange struct {
	Amendment string        `json:"amendment,omitzero"` // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
	From      time.Time     `json:"from,omitzero"`      // From is when it begins to count; from the release on when zero.
	Key       string        `json:"key"`
	Place     SettingsPlace `json:"place"`
	Remove    bool          `json:"remove,omitzero"`
	Value     string        `json:"value"`
}

// SettingsChangeInput: Change is one line of a draft: an assignment, or its removal.
type SettingsChangeInput struct {
	Amendment string             `json:"amendment,omitzero"` // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
	From      time.Time          `json:"from,omitzero"`      // From is when it begins to count; from the release on when zero.
	Key       string             `json:"key,omitzero"`
	Place     SettingsPlaceInput `json:"place,omitzero"`
	Remove    bool               `json:"remove,omitzero"`
	Value     string             `json:"value,omitzero"`
}

// SettingsDifference: Difference is one line of what a draft would change.
type SettingsDifference struct {
	Amendment string        `json:"amendment,omitzero"`
	From      string        `json:"from,omitzero"`
	Key       string        `json:"key"`
	New       string        `json:"new"` // "" when nothing will be
	Old       string        `json:"old"` // "" when nothing was said there
	Place     SettingsPlace `json:"place"`
}

// SettingsDraft: Draft is what somebody proposes.
type SettingsDraft struct {
	At      time.Time        `json:"at"`
	Author  string           `json:"author"`
	Base    int64            `json:"base"`
	Changes []SettingsChange `json:"changes"`
	Id      string           `json:"id"`
	Reason  string           `json:"reason"`
	State   string           `json:"state"`
}

// SettingsPlace: Place is somewhere in the world: a site has a study, and may have a country and an organisation.
type SettingsPlace struct {
	Country      string `json:"country,omitzero"`
	Organisation string `json:"organisation,omitzero"`
	Site         string `json:"site,omitzero"`
	Study        string `json:"study,omitzero"`
}

// SettingsPlaceInput: Place is somewhere in the world: a site has a study, and may have a country and an organisation.
type SettingsPlaceInput struct {
	Country      string `json:"country,omitzero"`
	Organisation string `json:"organisation,omitzero"`
	Site         string `json:"site,omitzero"`
	Study        string `json:"study,omitzero"`
}

// SettingsProcess: Process is one of our processes and the release that it has.
type SettingsProcess struct {
	Canary int64     `json:"canary"`
	Loaded time.Time `json:"loaded"` // when it took that release over
	Name   string    `json:"name"`
	Number int64     `json:"number"`
	Seen   time.Time `json:"seen"`
}

// SettingsReleased: Released is a release.
type SettingsReleased struct {
	Approver string               `json:"approver"`
	At       time.Time            `json:"at"`
	Author   string               `json:"author"`
	Doc      []SettingsAssignment `json:"doc"`
	Number   int64                `json:"number"`
	Of       int64                `json:"of,omitzero"` // of a rollback: the release that came back
	Reason   string               `json:"reason"`
}

// SettingsStanding: Standing is how a trial stands.
type SettingsStanding struct {
	Bad    int64         `json:"bad"`
	Canary int64         `json:"canary"`
	Good   int64         `json:"good"`
	Number int64         `json:"number"`
	Trial  SettingsTrial `json:"trial"`
	Until  time.Time     `json:"until,omitzero"`
}

// SettingsTrial: Trial says where a release is tried before it is in force everywhere, and when the trial has failed.
type SettingsTrial struct {
	Hours   int64           `json:"hours,omitzero"` // The trial ends well after Hours, and badly once at least Least pieces of work were done at its sites and more than Worst of 1000 failed.
	Least   int64           `json:"least,omitzero"`
	Percent int64           `json:"percent,omitzero"` // and of all sites this share, always the same ones
	Sites   []SettingsPlace `json:"sites,omitzero"`   // these places
	Worst   int64           `json:"worst,omitzero"`
}

// SettingsTrialInput: Trial says where a release is tried before it is in force everywhere, and when the trial has failed.
type SettingsTrialInput struct {
	Hours   int64                `json:"hours,omitzero"` // The trial ends well after Hours, and badly once at least Least pieces of work were done at its sites and more than Worst of 1000 failed.
	Least   int64                `json:"least,omitzero"`
	Percent int64                `json:"percent,omitzero"` // and of all sites this share, always the same ones
	Sites   []SettingsPlaceInput `json:"sites,omitzero"`   // these places
	Worst   int64                `json:"worst,omitzero"`
}

// SettingsWhy: Why tells of one level what is said there for a setting, and whether it counts.
type SettingsWhy struct {
	Amendment string        `json:"amendment,omitzero"` // Amendment names what an ethics committee must have approved: the value counts at the sites where that is recorded, from the moment of the approval.
	Because   string        `json:"because"`            // Because is "in_force", "overridden" by a deeper or later one, or what it waits for: "date", "approval".
	From      time.Time     `json:"from,omitzero"`      // From is when it begins to count; from the release on when zero.
	Key       string        `json:"key"`
	Level     string        `json:"level"`
	Place     SettingsPlace `json:"place"`
	Value     string        `json:"value"`
}

// SiteAimInput: Aim asks for a target.
type SiteAimInput struct {
	By       string `json:"by,omitzero"`
	From     string `json:"from,omitzero"`
	Over     string `json:"over,omitzero"`
	Reason   string `json:"reason,omitzero"` // needed to change one
	Subjects int64  `json:"subjects,omitzero"`
	Version  int64  `json:"version,omitzero"` // the one that was seen, 0 for the first
}

// SiteChargeInput: Charge asks for a delegation.
type SiteChargeInput struct {
	From   string   `json:"from,omitzero"`
	Person string   `json:"person,omitzero"`
	Role   string   `json:"role,omitzero"`
	Tasks  []string `json:"tasks,omitzero"`
}

// SiteContact: Contact is somebody at the institution to turn to: the office, the ethics committee, the pharmacy.
type SiteContact struct {
	Department string `json:"department,omitzero"`
	Email      string `json:"email,omitzero"`
	Name       string `json:"name"`
	Phone      string `json:"phone,omitzero"`
	Role       string `json:"role"`
}

// SiteContactInput: Contact is somebody at the institution to turn to: the office, the ethics committee, the pharmacy.
type SiteContactInput struct {
	Department string `json:"department,omitzero"`
	Email      string `json:"email,omitzero"`
	Name       string `json:"name,omitzero"`
	Phone      string `json:"phone,omitzero"`
	Role       string `json:"role,omitzero"`
}

// SiteCourse: Course is how enrolment goes at a site, or in the study.
type SiteCourse struct {
	Active    int64             `json:"active"` // enrolled and still in the study
	Curve     []SitePoint       `json:"curve"`
	Days      int64             `json:"days"`              // since the site was opened
	Forecast  SiteRange         `json:"forecast,omitzero"` // nil when it is reached, has no target, or none can be told
	Inside    int64             `json:"inside"`            // in screening
	Monthly   float64           `json:"monthly"`           // subjects in thirty days, as the forecast expects them
	Name      map[string]string `json:"name,omitzero"`
	Now       SitePoint         `json:"now"`
	Projected []SiteExpected    `json:"projected,omitzero"` // from today on
	Reached   string            `json:"reached,omitzero"`
	Site      string            `json:"site"` // "" for the study
	State     string            `json:"state,omitzero"`
	Target    SiteTarget        `json:"target"`
	Version   int64             `json:"version"` // of its target, 0 without one
}

// SiteDraftInput: Draft asks for a plan: a template's milestones from a day on, or others in their place.
type SiteDraftInput struct {
	Milestones []PlanMilestoneInput `json:"milestones,omitzero"` // nil for those of the template
	Reason     string               `json:"reason,omitzero"`     // needed to replace a plan
	Start      string               `json:"start,omitzero"`
	Version    int64                `json:"version,omitzero"` // the one that was seen, 0 for a new plan
}

// SiteEnd: End is who ended a delegation, and why.
type SiteEnd struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// SiteEnrolment: Enrolment is the study's course and those of the sites that may sees, those furthest behind first.
type SiteEnrolment struct {
	Sites []SiteCourse `json:"sites"`
	Study SiteCourse   `json:"study,omitzero"` // nil for who does not see all sites
	Today string       `json:"today"`
}

// SiteExpected: Expected is a day of the future with the number of subjects, and how far it may lie from it either way.
type SiteExpected struct {
	High float64 `json:"high"`
	Low  float64 `json:"low"`
	Mean float64 `json:"mean"`
	On   string  `json:"on"`
}

// SiteIssueInput: Issue is something that is not as it should be at a site, and what is done about it.
type SiteIssueInput struct {
	CheckedBy  string    `json:"checkedBy,omitzero"`
	ClosedAt   time.Time `json:"closedAt,omitzero"`
	Corrective string    `json:"corrective,omitzero"`
	DoneAt     time.Time `json:"doneAt,omitzero"`
	DoneBy     string    `json:"doneBy,omitzero"` // who did what was agreed
	Due        string    `json:"due,omitzero"`
	Effect     string    `json:"effect,omitzero"` // what the check of effectiveness found
	Kind       string    `json:"kind,omitzero"`
	Milestone  string    `json:"milestone,omitzero"` // template/milestone of the site's plan
	OpenedAt   time.Time `json:"openedAt,omitzero"`
	OpenedBy   string    `json:"openedBy,omitzero"`
	Owner      string    `json:"owner,omitzero"`
	Preventive string    `json:"preventive,omitzero"`
	RootCause  string    `json:"rootCause,omitzero"`
	Severity   string    `json:"severity,omitzero"`
	Signal     string    `json:"signal,omitzero"`
	State      string    `json:"state,omitzero"`
	Subject    string    `json:"subject,omitzero"`
	Text       string    `json:"text,omitzero"`
	Title      string    `json:"title,omitzero"`
	Visit      string    `json:"visit,omitzero"` // the monitoring visit that found it
}

// SiteIssueStepInput: IssueStep is one step on an issue, with what it needs.
type SiteIssueStepInput struct {
	Corrective string `json:"corrective,omitzero"`
	Due        string `json:"due,omitzero"` // of edit
	Effect     string `json:"effect,omitzero"`
	Owner      string `json:"owner,omitzero"` // of edit
	Preventive string `json:"preventive,omitzero"`
	Reason     string `json:"reason,omitzero"` // of edit, cancel and reopen
	RootCause  string `json:"rootCause,omitzero"`
	Severity   string `json:"severity,omitzero"`
	Step       string `json:"step,omitzero"` // analyse, act, done, effective, ineffective, cancel, reopen, edit
	Version    int64  `json:"version,omitzero"`
}

// SiteLoad: Load is how much an investigator has to do, over all the projects of the register.
type SiteLoad struct {
	Active   int64             `json:"active"` // subjects in the study
	Issues   int64             `json:"issues"`
	Name     map[string]string `json:"name"`
	Overdue  int64             `json:"overdue"`
	Projects int64             `json:"projects"` // that are not at their end
}

// SitePaper: Paper is a document that shows what somebody is fit for.
type SitePaper struct {
	Expires string `json:"expires,omitzero"` // zero when it does not
	Issued  string `json:"issued,omitzero"`
	Kind    string `json:"kind"` // cv, gcp, licence
	Number  string `json:"number,omitzero"`
}

// SitePaperInput: Paper is a document that shows what somebody is fit for.
type SitePaperInput struct {
	Expires string `json:"expires,omitzero"` // zero when it does not
	Issued  string `json:"issued,omitzero"`
	Kind    string `json:"kind,omitzero"` // cv, gcp, licence
	Number  string `json:"number,omitzero"`
}

// SitePoint: Point is a day of a curve with what had happened until its end.
type SitePoint struct {
	Enrolled int64  `json:"enrolled"`
	Failed   int64  `json:"failed"` // in screening
	On       string `json:"on"`
	Screened int64  `json:"screened"` // all whom the study took in
}

// SiteProject: Project is one study at one site, as a hospital's office keeps it.
type SiteProject struct {
	About        string            `json:"about"`
	Done         int64             `json:"done"` // milestones of the hospital's own path
	Enrolled     int64             `json:"enrolled"`
	Expiring     int64             `json:"expiring"`
	Institution  map[string]string `json:"institution"`
	Investigator map[string]string `json:"investigator,omitzero"`
	Issues       int64             `json:"issues"` // that are open
	Next         PlanStanding      `json:"next,omitzero"`
	Of           int64             `json:"of"`
	Overdue      int64             `json:"overdue"`
	Site         string            `json:"site"`
	State        string            `json:"state"`
	Study        string            `json:"study"`
	Target       int64             `json:"target,omitzero"`
	Title        string            `json:"title"`
	User         string            `json:"user,omitzero"` // of the investigator
}

// SiteRange: Range is a forecast day: later and earlier than it with the probability of a tenth each.
type SiteRange struct {
	Early  string `json:"early"`
	Late   string `json:"late"`
	Likely string `json:"likely"`
}

// SiteRequestInput: Request is what a subject asks about their own data. It names the subject by the code of the study, as everything does: who that is, the site knows.
type SiteRequestInput struct {
	Answer     string    `json:"answer,omitzero"` // what was done, or why not
	AnsweredAt time.Time `json:"answeredAt,omitzero"`
	AnsweredBy string    `json:"answeredBy,omitzero"`
	Copy       string    `json:"copy,omitzero"`     // SHA-256 of the printed casebook that was handed over
	Deadline   string    `json:"deadline,omitzero"` // a month after it was received unless an earlier day is given
	From       string    `json:"from,omitzero"`
	Kind       string    `json:"kind,omitzero"`
	OpenedAt   time.Time `json:"openedAt,omitzero"`
	OpenedBy   string    `json:"openedBy,omitzero"`
	Received   string    `json:"received,omitzero"`
	State      string    `json:"state,omitzero"`
	Subject    string    `json:"subject,omitzero"`
	Text       string    `json:"text,omitzero"` // what is asked
}

// SiteRequestStepInput: RequestStep is one step on a request, with what it needs.
type SiteRequestStepInput struct {
	Answer  string `json:"answer,omitzero"` // of answer and refuse
	Reason  string `json:"reason,omitzero"` // of extend and reopen
	Step    string `json:"step,omitzero"`   // answer, refuse, extend, reopen
	Until   string `json:"until,omitzero"`  // of extend
	Version int64  `json:"version,omitzero"`
}

// SiteSignature: Signature is what an electronic signature says (21 CFR 11.50) and what it is bound to (11.70).
type SiteSignature struct {
	At      time.Time `json:"at"`
	Content string    `json:"content"` // SHA-256, in hex, of what was signed
	Meaning string    `json:"meaning"` // "delegation", "acceptance", …
	Name    string    `json:"name"`    // as printed
	Role    string    `json:"role"`
	Root    string    `json:"root"` // of the tree over them, in hex
	Signer  string    `json:"signer"`
	Size    int64     `json:"size"` // entries in the study's order when it was signed
}

// SiteStepInput: Step is what somebody says about a milestone. A nil date is left as it is; an empty one is taken away.
type SiteStepInput struct {
	Actual   string `json:"actual,omitzero"`
	Expected string `json:"expected,omitzero"`
	Note     string `json:"note,omitzero"`
	Owner    string `json:"owner,omitzero"`
	Planned  string `json:"planned,omitzero"`
	Reason   string `json:"reason,omitzero"`  // needed to change a date that was there
	Version  int64  `json:"version,omitzero"` // of the plan
}

// SiteTarget: Target is how many subjects a site, or the study, is to enrol, and by when. Over is set when enrolment ends otherwise.
type SiteTarget struct {
	By       string `json:"by,omitzero"`
	From     string `json:"from,omitzero"`
	Over     string `json:"over,omitzero"`
	Subjects int64  `json:"subjects"`
}

// SiteTraining: Training is one that somebody has been through.
type SiteTraining struct {
	Code string `json:"code"` // protocol, edc, …
	On   string `json:"on"`
}

// SiteTrainingInput: Training is one that somebody has been through.
type SiteTrainingInput struct {
	Code string `json:"code,omitzero"` // protocol, edc, …
	On   string `json:"on,omitzero"`
}

// SiteWarning: Warning is a paper that has expired, or soon will.
type SiteWarning struct {
	Days    int64             `json:"days"` // left; below 0 it has expired
	Expires string            `json:"expires"`
	Name    map[string]string `json:"name"`
	Paper   string            `json:"paper"`
	Person  string            `json:"person"`
}

// SiteBoardRow: boardRow is one site on the board.
type SiteBoardRow struct {
	Finish     string            `json:"finish,omitzero"`
	Milestones []PlanStanding    `json:"milestones"` // in the order of the plan
	Name       map[string]string `json:"name"`
	Next       string            `json:"next,omitzero"` // the milestone to be expected next
	Overdue    int64             `json:"overdue"`       // milestones
	Site       string            `json:"site"`
	Start      string            `json:"start,omitzero"`
	State      string            `json:"state"`
	Today      string            `json:"today"`
	Version    int64             `json:"version"` // of its plan, 0 without one
	Worst      int64             `json:"worst"`   // days that the longest of them is overdue
}

// SiteMember: member is somebody with what they lack for each role.
type SiteMember struct {
	Department string              `json:"department,omitzero"`
	Id         string              `json:"id"`
	Lacks      map[string][]string `json:"lacks"`
	Name       map[string]string   `json:"name"`
	Papers     []SitePaper         `json:"papers,omitzero"`
	Site       string              `json:"site"`
	Title      string              `json:"title,omitzero"` // the profession: physician, nurse, CRC
	Trainings  []SiteTraining      `json:"trainings,omitzero"`
	User       string              `json:"user,omitzero"`
	Version    int64               `json:"version"`
}

// SiteRequestShown: requestShown is a request as the pages see it.
type SiteRequestShown struct {
	Answer     string    `json:"answer,omitzero"` // what was done, or why not
	AnsweredAt time.Time `json:"answeredAt,omitzero"`
	AnsweredBy string    `json:"answeredBy,omitzero"`
	Copy       string    `json:"copy,omitzero"`     // SHA-256 of the printed casebook that was handed over
	Deadline   string    `json:"deadline,omitzero"` // a month after it was received unless an earlier day is given
	From       string    `json:"from"`
	Id         string    `json:"id"`
	Kind       string    `json:"kind"`
	Late       int64     `json:"late"` // days overdue
	Left       int64     `json:"left"` // days until the deadline
	Next       []string  `json:"next"` // the steps that may be taken
	OpenedAt   time.Time `json:"openedAt"`
	OpenedBy   string    `json:"openedBy"`
	Received   string    `json:"received"`
	Site       string    `json:"site"`
	State      string    `json:"state"`
	Subject    string    `json:"subject"`
	Text       string    `json:"text"` // what is asked
	Version    int64     `json:"version"`
}

// SiteShown: shown is an issue as the pages see it.
type SiteShown struct {
	CheckedBy  string    `json:"checkedBy,omitzero"`
	ClosedAt   time.Time `json:"closedAt,omitzero"`
	Corrective string    `json:"corrective,omitzero"`
	DoneAt     time.Time `json:"doneAt,omitzero"`
	DoneBy     string    `json:"doneBy,omitzero"` // who did what was agreed
	Due        string    `json:"due"`
	Effect     string    `json:"effect,omitzero"` // what the check of effectiveness found
	Escalation int64     `json:"escalation"`
	Id         string    `json:"id"`
	Kind       string    `json:"kind"`
	Late       int64     `json:"late"`               // days overdue
	Milestone  string    `json:"milestone,omitzero"` // template/milestone of the site's plan
	Next       []string  `json:"next"`               // the steps that the reader may take
	OpenedAt   time.Time `json:"openedAt"`
	OpenedBy   string    `json:"openedBy"`
	Owner      string    `json:"owner"`
	Preventive string    `json:"preventive,omitzero"`
	RootCause  string    `json:"rootCause,omitzero"`
	Severity   string    `json:"severity"`
	Signal     string    `json:"signal,omitzero"`
	Site       string    `json:"site"`
	State      string    `json:"state"`
	Subject    string    `json:"subject,omitzero"`
	Text       string    `json:"text,omitzero"`
	Title      string    `json:"title"`
	Version    int64     `json:"version"`
	Visit      string    `json:"visit,omitzero"` // the monitoring visit that found it
}

// SiteTeam: team is what a site's page of people shows.
type SiteTeam struct {
	Delegations []struct {
		Ended   SiteEnd           `json:"ended,omitzero"`
		From    string            `json:"from"`
		Id      string            `json:"id"`
		Name    map[string]string `json:"name"`
		Person  string            `json:"person"`
		Role    string            `json:"role"`
		Signed  SiteSignature     `json:"signed,omitzero"`
		Site    string            `json:"site"`
		Tasks   []string          `json:"tasks"`
		User    string            `json:"user"`
		Version int64             `json:"version"`
	} `json:"delegations"` // those that wait for a signature first, then those that hold
	People  []SiteMember `json:"people"`
	Profile struct {
		Address      string            `json:"address,omitzero"`
		Code         string            `json:"code,omitzero"` // 统一社会信用代码 (GB 32100), by which projects of one hospital are brought together
		Contacts     []SiteContact     `json:"contacts,omitzero"`
		Departments  []string          `json:"departments,omitzero"`
		Id           string            `json:"id"`
		Institution  map[string]string `json:"institution"`
		Investigator string            `json:"investigator,omitzero"` // the person who is the principal investigator
		Site         string            `json:"site"`
		Version      int64             `json:"version"`
	} `json:"profile"`
	Required struct {
		Id      string              `json:"id"`
		Roles   map[string][]string `json:"roles"`
		Site    string              `json:"site"`
		Version int64               `json:"version"`
	} `json:"required"`
	Roles    []string      `json:"roles"`  // that may be delegated
	Signer   bool          `json:"signer"` // the reader is the principal investigator
	Site     string        `json:"site"`
	Today    string        `json:"today"`
	Warnings []SiteWarning `json:"warnings"`
}

// TrialDraft: Draft is a definition on its way to publication. It is named by the OID of its version.
type TrialDraft struct {
	ChangedAt time.Time     `json:"changedAt"`
	ChangedBy string        `json:"changedBy"`
	Hash      string        `json:"hash"` // of the content, see odm.Version.Hash
	Oid       string        `json:"oid"`
	State     string        `json:"state"`
	Waivers   []TrialWaiver `json:"waivers,omitzero"`
}

// TrialOrigin: Origin is where a version of a production study was tested, and how.
type TrialOrigin struct {
	Hash    string     `json:"hash"`
	Purpose string     `json:"purpose"`
	Study   string     `json:"study"`
	Tests   TrialTests `json:"tests"`
	Version int64      `json:"version"`
}

// TrialPublished: Published is one line of the list of versions.
type TrialPublished struct {
	Hash        string      `json:"hash"`
	Number      int64       `json:"number"`
	Oid         string      `json:"oid"`
	Origin      TrialOrigin `json:"origin,omitzero"` // of one that was promoted
	PublishedAt time.Time   `json:"publishedAt"`
	PublishedBy string      `json:"publishedBy"`
}

// TrialSite: Site is a place that takes part in a trial.
type TrialSite struct {
	ActivatedAt time.Time         `json:"activatedAt,omitzero"` // when it first became Active
	Country     string            `json:"country,omitzero"`     // as the study's rules name it (site.country): ISO 3166-1 alpha-2 where nothing speaks against it
	Id          string            `json:"id"`
	Name        map[string]string `json:"name"`
	Since       time.Time         `json:"since,omitzero"` // when it went over to that
	State       string            `json:"state"`
	Version     int64             `json:"version,omitzero"` // that it works by; 0 is the newest
	Zone        string            `json:"zone"`             // IANA time zone
}

// TrialTestFile: TestFile is a file of cases.
type TrialTestFile struct {
	Name   string `json:"name"`
	Sha256 string `json:"sha256"`
}

// TrialTests: Tests is what acceptance tests said of a version before it was promoted, as the ledger keeps it.
type TrialTests struct {
	Cases   int64           `json:"cases"`
	Covered int64           `json:"covered"` // rules of which every outcome was seen
	Files   []TrialTestFile `json:"files"`
	Mutants int64           `json:"mutants"`
	Noticed int64           `json:"noticed"` // mistakes put into rules that a case noticed
	Passed  int64           `json:"passed"`
	Rules   int64           `json:"rules"`
	Sha256  string          `json:"sha256"` // of the whole report's JSON
}

// TrialTrial: Trial is one study.
type TrialTrial struct {
	CreatedAt   time.Time `json:"createdAt"`
	Description string    `json:"description"`
	Environment string    `json:"environment"`
	Id          string    `json:"id"`
	Name        string    `json:"name"`
	Version     int64     `json:"version"` // the number of the newest definition, 0 before the first
}

// TrialUse: Use is a version that a site works by, and since when.
type TrialUse struct {
	By      string    `json:"by"`
	Since   time.Time `json:"since"`
	Site    string    `json:"site"`
	Version int64     `json:"version"`
}

// TrialWaiver: Waiver is a problem that somebody answers for.
type TrialWaiver struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// TrialWaiverInput: Waiver is a problem that somebody answers for.
type TrialWaiverInput struct {
	Name   string `json:"name,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// TrialDraftAnswer: draftAnswer is a draft with what keeps it from being published.
type TrialDraftAnswer struct {
	ChangedAt time.Time          `json:"changedAt"`
	ChangedBy string             `json:"changedBy"`
	Hash      string             `json:"hash"`            // of the content, see odm.Version.Hash
	Losses    []OdmLoss          `json:"losses,omitzero"` // of the file that it was read from
	Oid       string             `json:"oid"`
	Problems  []TrialProblemText `json:"problems"`
	State     string             `json:"state"`
	Waivers   []TrialWaiver      `json:"waivers,omitzero"`
}

// TrialProblemText: problemText is a problem with its sentence in every language.
type TrialProblemText struct {
	Code  string            `json:"code,omitzero"`
	Kind  string            `json:"kind"` // Faulty, Dangling or Kept
	Line  int64             `json:"line,omitzero"`
	Name  string            `json:"name"`           // e.g. "ItemDef[IT.SYS]/RangeCheck[2]", "FormDef[F.1]/ItemGroupDef[G.2]"
	Place string            `json:"place,omitzero"` // within a rule: "column 5"
	Rule  string            `json:"rule,omitzero"`  // as it is written, of a rule
	Texts map[string]string `json:"texts,omitzero"`
}

// ViewView: View is a list with a name.
type ViewView struct {
	By     string `json:"by"`
	Id     string `json:"id"`
	Mine   bool   `json:"mine"`
	Name   string `json:"name"`
	Page   string `json:"page"`  // queries, review, visits, daily, trail, subjects
	Query  string `json:"query"` // of the page's address
	Shared bool   `json:"shared"`
}

// VisitDraftInput: Draft asks for a visit.
type VisitDraftInput struct {
	Kind    string `json:"kind,omitzero"`
	Monitor string `json:"monitor,omitzero"`
	On      string `json:"on,omitzero"`
	Purpose string `json:"purpose,omitzero"`
	Signal  string `json:"signal,omitzero"`
}

// VisitFigures: Figures are what the data say of the site.
type VisitFigures struct {
	Enrolled int64    `json:"enrolled"`
	Failed   int64    `json:"failed"`
	Issues   int64    `json:"issues"`  // not closed
	Queries  int64    `json:"queries"` // open or answered
	Screened int64    `json:"screened"`
	Signals  []string `json:"signals,omitzero"`
	Verify   int64    `json:"verify"` // forms that wait for source data verification, at most 1,000
}

// VisitFiguresInput: Figures are what the data say of the site.
type VisitFiguresInput struct {
	Enrolled int64    `json:"enrolled,omitzero"`
	Failed   int64    `json:"failed,omitzero"`
	Issues   int64    `json:"issues,omitzero"`  // not closed
	Queries  int64    `json:"queries,omitzero"` // open or answered
	Screened int64    `json:"screened,omitzero"`
	Signals  []string `json:"signals,omitzero"`
	Verify   int64    `json:"verify,omitzero"` // forms that wait for source data verification, at most 1,000
}

// VisitFinding: Finding becomes an issue of the site when the report is signed.
type VisitFinding struct {
	Due      string `json:"due"`
	Issue    string `json:"issue,omitzero"` // its number
	Owner    string `json:"owner"`
	Severity string `json:"severity"`
	Title    string `json:"title"`
}

// VisitFindingInput: Finding becomes an issue of the site when the report is signed.
type VisitFindingInput struct {
	Due      string `json:"due,omitzero"`
	Issue    string `json:"issue,omitzero"` // its number
	Owner    string `json:"owner,omitzero"`
	Severity string `json:"severity,omitzero"`
	Title    string `json:"title,omitzero"`
}

// VisitLetter: Letter is what was written to the site.
type VisitLetter struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Notice string    `json:"notice,omitzero"` // which carries it; none when nobody at the site could be told
	Text   string    `json:"text"`
}

// VisitReceipt: Receipt is how many at the site a letter has reached.
type VisitReceipt struct {
	Acknowledged int64 `json:"acknowledged"`
	Read         int64 `json:"read"`
	Recipients   int64 `json:"recipients"`
}

// VisitReport: Report is what the monitor found. It holds the checklist with which it was begun beside the answers, so that a signature is over what was asked, too.
type VisitReport struct {
	Figures  VisitFigures   `json:"figures"` // of the moment when it was signed
	Findings []VisitFinding `json:"findings,omitzero"`
	Form     OdmVersion     `json:"form,omitzero"`
	Held     string         `json:"held"`
	Present  string         `json:"present"` // who was met
	Summary  string         `json:"summary"`
	Values   []RecordValue  `json:"values"`
}

// VisitReportInput: Report is what the monitor found. It holds the checklist with which it was begun beside the answers, so that a signature is over what was asked, too.
type VisitReportInput struct {
	Figures  VisitFiguresInput   `json:"figures,omitzero"` // of the moment when it was signed
	Findings []VisitFindingInput `json:"findings,omitzero"`
	Form     OdmVersionInput     `json:"form,omitzero"`
	Held     string              `json:"held,omitzero"`
	Present  string              `json:"present,omitzero"` // who was met
	Summary  string              `json:"summary,omitzero"`
	Values   []RecordValueInput  `json:"values,omitzero"`
}

// VisitStepInput: Step is one step of a visit, with what it needs.
type VisitStepInput struct {
	On       string           `json:"on,omitzero"` // of move
	Password string           `json:"password,omitzero"`
	Reason   string           `json:"reason,omitzero"` // of move, cancel and return
	Report   VisitReportInput `json:"report,omitzero"` // of report
	Step     string           `json:"step,omitzero"`
	Text     string           `json:"text,omitzero"` // of confirm and follow
	User     string           `json:"user,omitzero"` // of sign and review
	Version  int64            `json:"version,omitzero"`
}

// VisitShown: shown is a visit as the reader sees it. Who works at the site sees when it is and its letters; the report is the sponsor's.
type VisitShown struct {
	Confirmation VisitLetter   `json:"confirmation,omitzero"`
	FollowUp     VisitLetter   `json:"followUp,omitzero"`
	Id           string        `json:"id"`
	Kind         string        `json:"kind"`
	Late         int64         `json:"late"` // days
	LateStep     string        `json:"lateStep,omitzero"`
	Monitor      string        `json:"monitor"`
	Next         []string      `json:"next"`
	On           string        `json:"on"` // planned for; once the report says so, held on
	Purpose      string        `json:"purpose,omitzero"`
	Report       VisitReport   `json:"report,omitzero"`
	Returned     SiteEnd       `json:"returned,omitzero"` // the last time
	Reviewed     SiteSignature `json:"reviewed,omitzero"`
	Signal       string        `json:"signal,omitzero"` // the id of the one that made somebody go
	Signed       SiteSignature `json:"signed,omitzero"`
	Site         string        `json:"site"`
	State        string        `json:"state"`
	Version      int64         `json:"version"`
}

// AuthGetAccountResult is a body.
type AuthGetAccountResult struct {
	Factor   bool              `json:"factor"`  // an authenticator app
	Passkey  bool              `json:"passkey"` // whether one can be added: not where the server's name is an address
	Passkeys []AuthPasskey     `json:"passkeys"`
	Recovery int64             `json:"recovery"` // codes that are left
	Rules    AuthPasswordRules `json:"rules"`    // beyond what everybody is asked
	Sessions []AuthOpened      `json:"sessions"`
}

// AuthGetAccount: Answers one's own second factor and sessions. GET /api/v1/account
func (c *Client) AuthGetAccount(ctx context.Context) (out AuthGetAccountResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/account", nil, nil)
	return out, err
}

// AuthDeleteFactorBody is a body.
type AuthDeleteFactorBody struct {
	Code     string `json:"code,omitzero"`
	Password string `json:"password,omitzero"`
}

// AuthDeleteFactor: Takes one's own authenticator app away: {password, code}. DELETE /api/v1/account/factor
func (c *Client) AuthDeleteFactor(ctx context.Context, body AuthDeleteFactorBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/account/factor", nil, jsonOf(body))
	return out, err
}

// AuthPostFactorBody is a body.
type AuthPostFactorBody struct {
	Code     string `json:"code,omitzero"`
	Password string `json:"password,omitzero"`
	Secret   string `json:"secret,omitzero"`
}

// AuthPostFactorResult is a body.
type AuthPostFactorResult struct {
	Recovery []string `json:"recovery"`
}

// AuthPostFactor: Enrols a second factor: {password, secret, code}. POST /api/v1/account/factor
func (c *Client) AuthPostFactor(ctx context.Context, body AuthPostFactorBody) (out AuthPostFactorResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/account/factor", nil, jsonOf(body))
	return out, err
}

// AuthPostOffer: Offers a secret for a second factor. POST /api/v1/account/factor/offer
func (c *Client) AuthPostOffer(ctx context.Context) (out AuthOffer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/account/factor/offer", nil, nil)
	return out, err
}

// AuthPostPasskeyBody is a body.
type AuthPostPasskeyBody struct {
	Code     string          `json:"code,omitzero"`
	Name     string          `json:"name,omitzero"`
	Passkey  json.RawMessage `json:"passkey,omitzero"`
	Password string          `json:"password,omitzero"`
}

// AuthPostPasskeyResult is a body.
type AuthPostPasskeyResult struct {
	Recovery []string `json:"recovery"`
}

// AuthPostPasskey: Adds a passkey to one's own account: {password, code, name, passkey}. POST /api/v1/account/passkeys
func (c *Client) AuthPostPasskey(ctx context.Context, body AuthPostPasskeyBody) (out AuthPostPasskeyResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/account/passkeys", nil, jsonOf(body))
	return out, err
}

// AuthPostPasskeyOffer: Offers what a browser needs to make a passkey. POST /api/v1/account/passkeys/offer
func (c *Client) AuthPostPasskeyOffer(ctx context.Context) (out AuthCreation, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/account/passkeys/offer", nil, nil)
	return out, err
}

// AuthDeletePasskeyParameters are what AuthDeletePasskey is asked with.
type AuthDeletePasskeyParameters struct {
	Passkey string // path: see the document.
}

// AuthDeletePasskeyBody is a body.
type AuthDeletePasskeyBody struct {
	Code     string `json:"code,omitzero"`
	Password string `json:"password,omitzero"`
}

// AuthDeletePasskey: Takes one of one's own passkeys away: {password, code}. DELETE /api/v1/account/passkeys/{passkey}
func (c *Client) AuthDeletePasskey(ctx context.Context, p AuthDeletePasskeyParameters, body AuthDeletePasskeyBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/account/passkeys/{passkey}", map[string]string{"path passkey": p.Passkey}, jsonOf(body))
	return out, err
}

// AuthPutPasskeyParameters are what AuthPutPasskey is asked with.
type AuthPutPasskeyParameters struct {
	Passkey string // path: see the document.
}

// AuthPutPasskeyBody is a body.
type AuthPutPasskeyBody struct {
	Name string `json:"name,omitzero"`
}

// AuthPutPasskey: Gives one of one's own passkeys another name: {name}. PUT /api/v1/account/passkeys/{passkey}
func (c *Client) AuthPutPasskey(ctx context.Context, p AuthPutPasskeyParameters, body AuthPutPasskeyBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/account/passkeys/{passkey}", map[string]string{"path passkey": p.Passkey}, jsonOf(body))
	return out, err
}

// AuthPutPasswordBody is a body.
type AuthPutPasswordBody struct {
	Code     string `json:"code,omitzero"`
	New      string `json:"new,omitzero"`
	Password string `json:"password,omitzero"`
}

// AuthPutPassword: Exchanges one's own password: {password, code, new}. PUT /api/v1/account/password
func (c *Client) AuthPutPassword(ctx context.Context, body AuthPutPasswordBody) (out AuthSession, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/account/password", nil, jsonOf(body))
	return out, err
}

// AuthPostProofBody is a body.
type AuthPostProofBody struct {
	Passkey json.RawMessage `json:"passkey,omitzero"`
}

// AuthPostProofResult is a body.
type AuthPostProofResult struct {
	Code string `json:"code"`
}

// AuthPostProof: Proves by a passkey who is signed in: {passkey}. POST /api/v1/account/proof
func (c *Client) AuthPostProof(ctx context.Context, body AuthPostProofBody) (out AuthPostProofResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/account/proof", nil, jsonOf(body))
	return out, err
}

// AuthPostProofOffer: Offers a challenge to who is signed in, for one of their own passkeys. POST /api/v1/account/proof/offer
func (c *Client) AuthPostProofOffer(ctx context.Context) (out AuthUse, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/account/proof/offer", nil, nil)
	return out, err
}

// AuthDeleteDevicesBody is a body.
type AuthDeleteDevicesBody struct {
	Password string `json:"password,omitzero"`
}

// AuthDeleteDevicesResult is a body.
type AuthDeleteDevicesResult struct {
	Ended int64 `json:"ended"`
}

// AuthDeleteDevices: Ends all of one's own sessions but this one: {password}, or the code that stands for it at a signature. DELETE /api/v1/account/sessions
func (c *Client) AuthDeleteDevices(ctx context.Context, body AuthDeleteDevicesBody) (out AuthDeleteDevicesResult, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/account/sessions", nil, jsonOf(body))
	return out, err
}

// AuthDeleteDeviceParameters are what AuthDeleteDevice is asked with.
type AuthDeleteDeviceParameters struct {
	Session string // path: The session's id.
}

// AuthDeleteDeviceBody is a body.
type AuthDeleteDeviceBody struct {
	Password string `json:"password,omitzero"`
}

// AuthDeleteDevice: Ends one of one's own sessions: {password}, or the code that stands for it at a signature. DELETE /api/v1/account/sessions/{session}
func (c *Client) AuthDeleteDevice(ctx context.Context, p AuthDeleteDeviceParameters, body AuthDeleteDeviceBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/account/sessions/{session}", map[string]string{"path session": p.Session}, jsonOf(body))
	return out, err
}

// PlatformAuditParameters are what PlatformAudit is asked with.
type PlatformAuditParameters struct {
	After string // query: Where to go on: the cursor that the last page ended with.
	Kind  string // query: Which kind; the operation says which there are.
	Study string // query: The study's id.
	Who   string // query: Only by this person.
}

// PlatformAuditResult is a body.
type PlatformAuditResult struct {
	Back    time.Time              `json:"back,omitzero"`
	Entries []PlatformAdministered `json:"entries"`
	Next    string                 `json:"next"`
}

// PlatformAudit: Tells who gave, rotated or revoked which key, changed which webhook, proposed, approved or took back which settings, gave whom which role, and placed or released which legal hold, on the platform and in all studies, the newest first. GET /api/v1/audit
func (c *Client) PlatformAudit(ctx context.Context, p PlatformAuditParameters) (out PlatformAuditResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/audit", map[string]string{"query after": p.After, "query kind": p.Kind, "query study": p.Study, "query who": p.Who}, nil)
	return out, err
}

// AuthGetClientsParameters are what AuthGetClients is asked with.
type AuthGetClientsParameters struct {
	Study string // query: The study's id.
}

// AuthGetClientsResult is a body.
type AuthGetClientsResult struct {
	Clients []AuthProgram `json:"clients"`
	Scopes  []string      `json:"scopes"`
}

// AuthGetClients: Tells the clients of all studies, or of the one that is asked for, and what a client may be given. GET /api/v1/clients
func (c *Client) AuthGetClients(ctx context.Context, p AuthGetClientsParameters) (out AuthGetClientsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/clients", map[string]string{"query study": p.Study}, nil)
	return out, err
}

// AuthPostClientBody is a body.
type AuthPostClientBody struct {
	Expires  time.Time `json:"expires,omitzero"`
	Name     string    `json:"name,omitzero"`
	Networks []string  `json:"networks,omitzero"`
	Scopes   []string  `json:"scopes,omitzero"`
	Sites    []string  `json:"sites,omitzero"`
	Study    string    `json:"study,omitzero"`
}

// AuthPostClient: Makes a client with its first key. POST /api/v1/clients
func (c *Client) AuthPostClient(ctx context.Context, body AuthPostClientBody) (out AuthNewKey, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/clients", nil, jsonOf(body))
	return out, err
}

// AuthDeleteClientParameters are what AuthDeleteClient is asked with.
type AuthDeleteClientParameters struct {
	Client string // path: The client's id, STUDY.ID.
}

// AuthDeleteClientBody is a body.
type AuthDeleteClientBody struct {
	Reason string `json:"reason,omitzero"`
}

// AuthDeleteClient: Revokes all keys of a client. DELETE /api/v1/clients/{client}
func (c *Client) AuthDeleteClient(ctx context.Context, p AuthDeleteClientParameters, body AuthDeleteClientBody) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/clients/{client}", map[string]string{"path client": p.Client}, jsonOf(body))
}

// AuthPostKeyParameters are what AuthPostKey is asked with.
type AuthPostKeyParameters struct {
	Client string // path: The client's id, STUDY.ID.
}

// AuthPostKeyBody is a body.
type AuthPostKeyBody struct {
	Expires time.Time `json:"expires,omitzero"`
	Overlap int64     `json:"overlap,omitzero"` // hours
}

// AuthPostKey: Gives a client a new key; its others end after the hours of overlap. POST /api/v1/clients/{client}/keys
func (c *Client) AuthPostKey(ctx context.Context, p AuthPostKeyParameters, body AuthPostKeyBody) (out AuthNewKey, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/clients/{client}/keys", map[string]string{"path client": p.Client}, jsonOf(body))
	return out, err
}

// AuthDeleteKeyParameters are what AuthDeleteKey is asked with.
type AuthDeleteKeyParameters struct {
	Client string // path: The client's id, STUDY.ID.
	Token  string // path: The key's id.
}

// AuthDeleteKeyBody is a body.
type AuthDeleteKeyBody struct {
	Reason string `json:"reason,omitzero"`
}

// AuthDeleteKey: Revokes one key of a client. DELETE /api/v1/clients/{client}/keys/{token}
func (c *Client) AuthDeleteKey(ctx context.Context, p AuthDeleteKeyParameters, body AuthDeleteKeyBody) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/clients/{client}/keys/{token}", map[string]string{"path client": p.Client, "path token": p.Token}, jsonOf(body))
}

// PlatformPostSandboxParameters are what PlatformPostSandbox is asked with.
type PlatformPostSandboxParameters struct {
	Client string // path: The client's id, STUDY.ID.
}

// PlatformPostSandboxResult is a body.
type PlatformPostSandboxResult struct {
	Client string `json:"client"`
	Key    string `json:"key"`
	Study  string `json:"study"`
}

// PlatformPostSandbox: Gives a client a study to practise on, and a key for it: a training study with the newest definition and the client's sites, invented subjects, and nothing of anybody's. POST /api/v1/clients/{client}/sandbox
func (c *Client) PlatformPostSandbox(ctx context.Context, p PlatformPostSandboxParameters) (out PlatformPostSandboxResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/clients/{client}/sandbox", map[string]string{"path client": p.Client}, nil)
	return out, err
}

// EproPostOwnChangeParameters are what EproPostOwnChange is asked with.
type EproPostOwnChangeParameters struct {
	Change string // path: see the document.
}

// EproPostOwnChange: Says in a patient's name whether a correction is made. POST /api/v1/epro/changes/{change}
func (c *Client) EproPostOwnChange(ctx context.Context, p EproPostOwnChangeParameters, body EproReasonedInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/epro/changes/{change}", map[string]string{"path change": p.Change}, jsonOf(body))
	return out, err
}

// EproDeleteOwnConsentResult is a body.
type EproDeleteOwnConsentResult struct {
	Now time.Time `json:"now"`
}

// EproDeleteOwnConsent: Takes back what the patient has signed. DELETE /api/v1/epro/consent
func (c *Client) EproDeleteOwnConsent(ctx context.Context, body EproReasonedInput) (out EproDeleteOwnConsentResult, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/epro/consent", nil, jsonOf(body))
	return out, err
}

// EproGetOwnConsentResult is a body.
type EproGetOwnConsentResult struct {
	Document ConsentDocument `json:"document,omitzero"`
	Hash     string          `json:"hash"`
	Now      time.Time       `json:"now"`
	Number   int64           `json:"number"` // of the version to sign; 0 for none
	Signed   []EproSigned    `json:"signed"`
	State    string          `json:"state"`
}

// EproGetOwnConsent: Tells a phone what there is to sign, and how its patient stands to it. GET /api/v1/epro/consent
func (c *Client) EproGetOwnConsent(ctx context.Context) (out EproGetOwnConsentResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/epro/consent", nil, nil)
	return out, err
}

// EproPostOwnConsent: Takes in what the patient has read, answered and signed on the phone. POST /api/v1/epro/consent
func (c *Client) EproPostOwnConsent(ctx context.Context, body json.RawMessage) (out EproAgreed, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/epro/consent", nil, jsonOf(body))
	return out, err
}

// EproPostEnrol: Takes a phone into a study by its invitation. POST /api/v1/epro/enrol
func (c *Client) EproPostEnrol(ctx context.Context, body EproEnrolmentInput) (out EproEnrolled, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/epro/enrol", nil, jsonOf(body))
	return out, err
}

// EproGetPlanParameters are what EproGetPlan is asked with.
type EproGetPlanParameters struct {
	IfNoneMatch string // header: * for what must not be there yet, or the ETag that the caller has.
}

// EproGetPlan: Tells a phone all that it needs until its next contact. GET /api/v1/epro/plan
func (c *Client) EproGetPlan(ctx context.Context, p EproGetPlanParameters) (out EproPlanned, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/epro/plan", map[string]string{"header If-None-Match": p.IfNoneMatch}, nil)
	return out, err
}

// EproGetOwnReachResult is a body.
type EproGetOwnReachResult struct {
	Push   string      `json:"push"`
	Reach  []EproReach `json:"reach"`
	Ways   []string    `json:"ways"`
	Wechat string      `json:"wechat"`
}

// EproGetOwnReach: Tells a phone how its patient is reminded, and which ways there are: with push the key that a subscription is made for, with wechat the account that a sign-in is made for. GET /api/v1/epro/reach
func (c *Client) EproGetOwnReach(ctx context.Context) (out EproGetOwnReachResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/epro/reach", nil, nil)
	return out, err
}

// EproPutOwnReach: The patient's own choice, from their phone. PUT /api/v1/epro/reach
func (c *Client) EproPutOwnReach(ctx context.Context, body EproReachInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/epro/reach", nil, jsonOf(body))
	return out, err
}

// EproPostRecords: Takes in what a phone brings. POST /api/v1/epro/records
func (c *Client) EproPostRecords(ctx context.Context, body EproContactInput) (out EproAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/epro/records", nil, jsonOf(body))
	return out, err
}

// PlatformHoldsResult is a body.
type PlatformHoldsResult struct {
	Holds []RetentionHold `json:"holds"`
	Rules RetentionRules  `json:"rules"`
}

// PlatformHolds: Tells which legal holds stand, oldest first, and how long the settings keep backups. GET /api/v1/holds
func (c *Client) PlatformHolds(ctx context.Context) (out PlatformHoldsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/holds", nil, nil)
	return out, err
}

// PlatformPlaceHoldBody is a body.
type PlatformPlaceHoldBody struct {
	About  string `json:"about,omitzero"` // none is every study
	By     string `json:"by,omitzero"`    // who ordered it
	Reason string `json:"reason,omitzero"`
}

// PlatformPlaceHold: Places a legal hold on the backups of a study, or of all without one, in the name of who ordered it. POST /api/v1/holds
func (c *Client) PlatformPlaceHold(ctx context.Context, body PlatformPlaceHoldBody) (out RetentionHold, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/holds", nil, jsonOf(body))
	return out, err
}

// PlatformReleaseHoldParameters are what PlatformReleaseHold is asked with.
type PlatformReleaseHoldParameters struct {
	Hold string // path: The legal hold's id.
}

// PlatformReleaseHoldBody is a body.
type PlatformReleaseHoldBody struct {
	By       string `json:"by,omitzero"` // who said so
	Password string `json:"password,omitzero"`
	Reason   string `json:"reason,omitzero"`
	User     string `json:"user,omitzero"` // only at the first signature of a session
}

// PlatformReleaseHold: Ends a legal hold, in the name of who said so, when whoever asks proves again who they are: what it kept may go tonight. POST /api/v1/holds/{hold}/release
func (c *Client) PlatformReleaseHold(ctx context.Context, p PlatformReleaseHoldParameters, body PlatformReleaseHoldBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/holds/{hold}/release", map[string]string{"path hold": p.Hold}, jsonOf(body))
}

// AuthPostInvitationBody is a body.
type AuthPostInvitationBody struct {
	Token string `json:"token,omitzero"`
}

// AuthPostInvitationResult is a body.
type AuthPostInvitationResult struct {
	First bool   `json:"first"`
	User  string `json:"user"`
}

// AuthPostInvitation: Answers whom a link is for: {token}. POST /api/v1/invitation
func (c *Client) AuthPostInvitation(ctx context.Context, body AuthPostInvitationBody) (out AuthPostInvitationResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/invitation", nil, jsonOf(body))
	return out, err
}

// AuthPutInvitationBody is a body.
type AuthPutInvitationBody struct {
	Locale   string `json:"locale,omitzero"`
	Name     string `json:"name,omitzero"`
	NameZh   string `json:"nameZh,omitzero"`
	Password string `json:"password,omitzero"`
	Token    string `json:"token,omitzero"`
	User     string `json:"user,omitzero"`
}

// AuthPutInvitationResult is a body.
type AuthPutInvitationResult struct {
	User string `json:"user"`
}

// AuthPutInvitation: Chooses the password: {token, password}, and of the first administrator {user, name, nameZh, locale}. PUT /api/v1/invitation
func (c *Client) AuthPutInvitation(ctx context.Context, body AuthPutInvitationBody) (out AuthPutInvitationResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/invitation", nil, jsonOf(body))
	return out, err
}

// OpenapiServeParameters are what OpenapiServe is asked with.
type OpenapiServeParameters struct {
	IfNoneMatch string // header: * for what must not be there yet, or the ETag that the caller has.
}

// OpenapiServe: Answers this API's document, OpenAPI 3.1. GET /api/v1/openapi.json
func (c *Client) OpenapiServe(ctx context.Context, p OpenapiServeParameters) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/openapi.json", map[string]string{"header If-None-Match": p.IfNoneMatch}, nil)
	return out, err
}

// AuthGetPeopleResult is a body.
type AuthGetPeopleResult struct {
	Content string       `json:"content"`
	People  []AuthMember `json:"people"`
	Roles   []string     `json:"roles"`
}

// AuthGetPeople: Lists people and their roles. GET /api/v1/people
func (c *Client) AuthGetPeople(ctx context.Context) (out AuthGetPeopleResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/people", nil, nil)
	return out, err
}

// AuthPostPersonBody is a body.
type AuthPostPersonBody struct {
	Identified string `json:"identified,omitzero"` // document, video, acquaintance or organisation
	Locale     string `json:"locale,omitzero"`
	Name       string `json:"name,omitzero"`
	NameZh     string `json:"nameZh,omitzero"`
	User       string `json:"user,omitzero"`
}

// AuthPostPerson: Invites a person. POST /api/v1/people
func (c *Client) AuthPostPerson(ctx context.Context, body AuthPostPersonBody) (out AuthLink, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/people", nil, jsonOf(body))
	return out, err
}

// AuthGetReport: Answers the access review: one line for each role that somebody holds, and one for who holds none. GET /api/v1/people/report.csv
func (c *Client) AuthGetReport(ctx context.Context) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/people/report.csv", nil, nil)
}

// AuthGetReviewsResult is a body.
type AuthGetReviewsResult struct {
	Due     time.Time    `json:"due"`
	Overdue bool         `json:"overdue"`
	Reviews []AuthReview `json:"reviews"`
}

// AuthGetReviews: Answers the reviews of who may do what, the last one first, and when the next is due. GET /api/v1/people/reviews
func (c *Client) AuthGetReviews(ctx context.Context) (out AuthGetReviewsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/people/reviews", nil, nil)
	return out, err
}

// AuthPostReviewBody is a body.
type AuthPostReviewBody struct {
	Content  string          `json:"content,omitzero"`
	Note     string          `json:"note,omitzero"`
	Password string          `json:"password,omitzero"`
	Revoke   []AuthHeldInput `json:"revoke,omitzero"`
	User     string          `json:"user,omitzero"` // only at the first signature of a session
}

// AuthPostReview: Signs a review of who may do what and takes back what it says: {content, revoke, note, user, password}. POST /api/v1/people/reviews
func (c *Client) AuthPostReview(ctx context.Context, body AuthPostReviewBody) (out AuthReview, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/people/reviews", nil, jsonOf(body))
	return out, err
}

// AuthPostDeactivationParameters are what AuthPostDeactivation is asked with.
type AuthPostDeactivationParameters struct {
	User string // path: The person's id.
}

// AuthPostDeactivationBody is a body.
type AuthPostDeactivationBody struct {
	Reason string `json:"reason,omitzero"`
}

// AuthPostDeactivation: Ends a person's access. POST /api/v1/people/{user}/deactivation
func (c *Client) AuthPostDeactivation(ctx context.Context, p AuthPostDeactivationParameters, body AuthPostDeactivationBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/people/{user}/deactivation", map[string]string{"path user": p.User}, jsonOf(body))
	return out, err
}

// AuthPostResetParameters are what AuthPostReset is asked with.
type AuthPostResetParameters struct {
	User string // path: The person's id.
}

// AuthPostResetBody is a body.
type AuthPostResetBody struct {
	Factor     bool   `json:"factor,omitzero"`     // the second factor goes, too
	Identified string `json:"identified,omitzero"` // how it is known who asks: document, video, acquaintance or organisation; must be said where the second factor goes
	Reason     string `json:"reason,omitzero"`
}

// AuthPostReset: Ends a person's password and makes a link for a new one: {factor, identified, reason}. POST /api/v1/people/{user}/invitation
func (c *Client) AuthPostReset(ctx context.Context, p AuthPostResetParameters, body AuthPostResetBody) (out AuthLink, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/people/{user}/invitation", map[string]string{"path user": p.User}, jsonOf(body))
	return out, err
}

// AuthDeleteRoleParameters are what AuthDeleteRole is asked with.
type AuthDeleteRoleParameters struct {
	User string // path: The person's id.
}

// AuthDeleteRoleBody is a body.
type AuthDeleteRoleBody struct {
	Reason string `json:"reason,omitzero"`
	Role   string `json:"role,omitzero"`
	Site   string `json:"site,omitzero"`
	Study  string `json:"study,omitzero"`
}

// AuthDeleteRole: Takes a role away. DELETE /api/v1/people/{user}/roles
func (c *Client) AuthDeleteRole(ctx context.Context, p AuthDeleteRoleParameters, body AuthDeleteRoleBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/people/{user}/roles", map[string]string{"path user": p.User}, jsonOf(body))
	return out, err
}

// AuthPostRoleParameters are what AuthPostRole is asked with.
type AuthPostRoleParameters struct {
	User string // path: The person's id.
}

// AuthPostRole: Gives a person a role. POST /api/v1/people/{user}/roles
func (c *Client) AuthPostRole(ctx context.Context, p AuthPostRoleParameters, body AuthGrantInput) (out AuthGrant, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/people/{user}/roles", map[string]string{"path user": p.User}, jsonOf(body))
	return out, err
}

// AuthDeleteSupportParameters are what AuthDeleteSupport is asked with.
type AuthDeleteSupportParameters struct {
	User string // path: The person's id.
}

// AuthDeleteSupportBody is a body.
type AuthDeleteSupportBody struct {
	Reason string `json:"reason,omitzero"`
	Study  string `json:"study,omitzero"`
}

// AuthDeleteSupport: Ends it before its time: {study, reason}. DELETE /api/v1/people/{user}/support
func (c *Client) AuthDeleteSupport(ctx context.Context, p AuthDeleteSupportParameters, body AuthDeleteSupportBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/people/{user}/support", map[string]string{"path user": p.User}, jsonOf(body))
	return out, err
}

// AuthPostSupportParameters are what AuthPostSupport is asked with.
type AuthPostSupportParameters struct {
	User string // path: The person's id.
}

// AuthPostSupportBody is a body.
type AuthPostSupportBody struct {
	Hours  int64  `json:"hours,omitzero"`
	Reason string `json:"reason,omitzero"`
	Study  string `json:"study,omitzero"`
}

// AuthPostSupport: Lets somebody look into a study for so many hours: {study, hours, reason}. POST /api/v1/people/{user}/support
func (c *Client) AuthPostSupport(ctx context.Context, p AuthPostSupportParameters, body AuthPostSupportBody) (out AuthSupport, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/people/{user}/support", map[string]string{"path user": p.User}, jsonOf(body))
	return out, err
}

// SiteGetTemplatesResult is a body.
type SiteGetTemplatesResult struct {
	Templates []PlanTemplate `json:"templates"`
}

// SiteGetTemplates: Lists the templates of plans. GET /api/v1/plan-templates
func (c *Client) SiteGetTemplates(ctx context.Context) (out SiteGetTemplatesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/plan-templates", nil, nil)
	return out, err
}

// MonitorGetPortfolioResult is a body.
type MonitorGetPortfolioResult struct {
	Studies []MonitorStanding `json:"studies"`
}

// MonitorGetPortfolio: Tells how one's studies stand: risk, open and late signals. GET /api/v1/portfolio
func (c *Client) MonitorGetPortfolio(ctx context.Context) (out MonitorGetPortfolioResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/portfolio", nil, nil)
	return out, err
}

// SiteGetProjectsResult is a body.
type SiteGetProjectsResult struct {
	Investigators []SiteLoad    `json:"investigators"`
	Projects      []SiteProject `json:"projects"`
}

// SiteGetProjects: Lists the studies at the caller's sites, and what investigators carry. GET /api/v1/projects
func (c *Client) SiteGetProjects(ctx context.Context) (out SiteGetProjectsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/projects", nil, nil)
	return out, err
}

// ReportSubmitParameters are what ReportSubmit is asked with.
type ReportSubmitParameters struct {
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
}

// ReportSubmit: Takes in one report of a patient. POST /api/v1/reports
func (c *Client) ReportSubmit(ctx context.Context, p ReportSubmitParameters, body ReportReport) (out ReportReceipt, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/reports", map[string]string{"header Idempotency-Key": p.IdempotencyKey}, jsonOf(body))
	return out, err
}

// ReportsSubmit: Takes in up to 1,000 reports, and says of each what became of it. POST /api/v1/reports/batch
func (c *Client) ReportsSubmit(ctx context.Context, body ReportReports) (out ReportTaken, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/reports/batch", nil, jsonOf(body))
	return out, err
}

// PlatformRequestsParameters are what PlatformRequests is asked with.
type PlatformRequestsParameters struct {
	Before string // query: Only what is older than this.
	Client string // query: The client's id, STUDY.ID.
	Status string // query: Only subjects in this state.
	Study  string // query: The study's id.
}

// PlatformRequestsResult is a body.
type PlatformRequestsResult struct {
	Requests []PlatformRequest `json:"requests"`
}

// PlatformRequests: Tells what other programs asked, the newest first: of one study, and of one client or with one kind of answer when that is asked for. GET /api/v1/requests
func (c *Client) PlatformRequests(ctx context.Context, p PlatformRequestsParameters) (out PlatformRequestsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/requests", map[string]string{"query before": p.Before, "query client": p.Client, "query status": p.Status, "query study": p.Study}, nil)
	return out, err
}

// AuthDeleteSession: Signs out. DELETE /api/v1/session
func (c *Client) AuthDeleteSession(ctx context.Context) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/session", nil, nil)
}

// AuthGetSession: Tells who is signed in. GET /api/v1/session
func (c *Client) AuthGetSession(ctx context.Context) (out AuthSession, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/session", nil, nil)
	return out, err
}

// AuthPostSessionBody is a body.
type AuthPostSessionBody struct {
	Code     string `json:"code,omitzero"` // of the second factor
	Password string `json:"password,omitzero"`
	User     string `json:"user,omitzero"`
}

// AuthPostSession: Signs in. POST /api/v1/session
func (c *Client) AuthPostSession(ctx context.Context, body AuthPostSessionBody) (out AuthSession, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/session", nil, jsonOf(body))
	return out, err
}

// AuthPostPasskeySessionBody is a body.
type AuthPostPasskeySessionBody struct {
	Passkey json.RawMessage `json:"passkey,omitzero"`
}

// AuthPostPasskeySession: Signs in by a passkey: {passkey}, as PublicKeyCredential.toJSON gives it. POST /api/v1/session/passkey
func (c *Client) AuthPostPasskeySession(ctx context.Context, body AuthPostPasskeySessionBody) (out AuthSession, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/session/passkey", nil, jsonOf(body))
	return out, err
}

// AuthPostEnterOffer: Offers a challenge to who wants to sign in by a passkey. POST /api/v1/session/passkey/offer
func (c *Client) AuthPostEnterOffer(ctx context.Context) (out AuthUse, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/session/passkey/offer", nil, nil)
	return out, err
}

// AuthGetProvider: Sends a browser to the organisation's identity provider. GET /api/v1/session/provider
func (c *Client) AuthGetProvider(ctx context.Context) (out json.RawMessage, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/session/provider", nil, nil)
	return out, err
}

// AuthGetAnswerParameters are what AuthGetAnswer is asked with.
type AuthGetAnswerParameters struct {
	Code  string // query: see the document.
	State string // query: Only those in these states, with commas between.
}

// AuthGetAnswer: Takes a browser back from the identity provider, and opens a session or proves who signs. GET /api/v1/session/provider/answer
func (c *Client) AuthGetAnswer(ctx context.Context, p AuthGetAnswerParameters) (out json.RawMessage, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/session/provider/answer", map[string]string{"query code": p.Code, "query state": p.State}, nil)
	return out, err
}

// AuthGetProof: Sends a browser to the identity provider, to prove again who signs. GET /api/v1/session/provider/proof
func (c *Client) AuthGetProof(ctx context.Context) (out json.RawMessage, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/session/provider/proof", nil, nil)
	return out, err
}

// AuthGetWaysResult is a body.
type AuthGetWaysResult struct {
	Passkey  bool   `json:"passkey"`
	Provider string `json:"provider"`
}

// AuthGetWays: Tells the ways of signing in beside the password. GET /api/v1/session/ways
func (c *Client) AuthGetWays(ctx context.Context) (out AuthGetWaysResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/session/ways", nil, nil)
	return out, err
}

// PlatformListSettingsParameters are what PlatformListSettings is asked with.
type PlatformListSettingsParameters struct {
	Country      string // query: The country of the place.
	Organisation string // query: The organisation of the place.
	Site         string // query: The site's id; without it, of all sites that the caller may see.
	Study        string // query: The study's id.
}

// PlatformListSettingsResult is a body.
type PlatformListSettingsResult struct {
	Organisations []string `json:"organisations"`
	Settings      []struct {
		Deepest string `json:"deepest"`
		Default string `json:"default"`
		Key     string `json:"key"`
		Kind    string `json:"kind"`
		Level   string `json:"level"` // where the value comes from
		Range   string `json:"range"`
		Text    string `json:"text"`
		Value   string `json:"value"`
	} `json:"settings"`
	Standing SettingsStanding `json:"standing"`
}

// PlatformListSettings: Tells every setting with its value at a place, and how releases stand. GET /api/v1/settings
func (c *Client) PlatformListSettings(ctx context.Context, p PlatformListSettingsParameters) (out PlatformListSettingsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/settings", map[string]string{"query country": p.Country, "query organisation": p.Organisation, "query site": p.Site, "query study": p.Study}, nil)
	return out, err
}

// PlatformImportBundleBody is a body.
type PlatformImportBundleBody struct {
	Bundle string `json:"bundle,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// PlatformImportBundle: Takes in a signed release from another installation as a draft. POST /api/v1/settings/bundle
func (c *Client) PlatformImportBundle(ctx context.Context, body PlatformImportBundleBody) (out SettingsDraft, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/settings/bundle", nil, jsonOf(body))
	return out, err
}

// PlatformDraftsResult is a body.
type PlatformDraftsResult struct {
	Drafts []SettingsDraft `json:"drafts"`
}

// PlatformDrafts: Lists drafts of settings. GET /api/v1/settings/drafts
func (c *Client) PlatformDrafts(ctx context.Context) (out PlatformDraftsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/settings/drafts", nil, nil)
	return out, err
}

// PlatformProposeBody is a body.
type PlatformProposeBody struct {
	Changes []SettingsChangeInput `json:"changes,omitzero"`
	Reason  string                `json:"reason,omitzero"`
}

// PlatformPropose: Proposes changes of settings. POST /api/v1/settings/drafts
func (c *Client) PlatformPropose(ctx context.Context, body PlatformProposeBody) (out SettingsDraft, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/settings/drafts", nil, jsonOf(body))
	return out, err
}

// PlatformDraftParameters are what PlatformDraft is asked with.
type PlatformDraftParameters struct {
	Draft string // path: The draft's number.
}

// PlatformDraftResult is a body.
type PlatformDraftResult struct {
	Diff  []SettingsDifference `json:"diff"`
	Draft SettingsDraft        `json:"draft"`
}

// PlatformDraft: Tells what a draft would change. GET /api/v1/settings/drafts/{draft}
func (c *Client) PlatformDraft(ctx context.Context, p PlatformDraftParameters) (out PlatformDraftResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/settings/drafts/{draft}", map[string]string{"path draft": p.Draft}, nil)
	return out, err
}

// PlatformApproveParameters are what PlatformApprove is asked with.
type PlatformApproveParameters struct {
	Draft string // path: The draft's number.
}

// PlatformApproveBody is a body.
type PlatformApproveBody struct {
	Password string             `json:"password,omitzero"`
	Trial    SettingsTrialInput `json:"trial,omitzero"`
	User     string             `json:"user,omitzero"` // only at the first signature of a session
}

// PlatformApproveResult is a body.
type PlatformApproveResult struct {
	Release int64 `json:"release"`
}

// PlatformApprove: Approves a draft: it becomes a release, or a trial at some sites. POST /api/v1/settings/drafts/{draft}/approve
func (c *Client) PlatformApprove(ctx context.Context, p PlatformApproveParameters, body PlatformApproveBody) (out PlatformApproveResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/settings/drafts/{draft}/approve", map[string]string{"path draft": p.Draft}, jsonOf(body))
	return out, err
}

// PlatformWithdrawParameters are what PlatformWithdraw is asked with.
type PlatformWithdrawParameters struct {
	Draft string // path: The draft's number.
}

// PlatformWithdraw: Withdraws a draft. POST /api/v1/settings/drafts/{draft}/withdraw
func (c *Client) PlatformWithdraw(ctx context.Context, p PlatformWithdrawParameters, body PlatformReasonInput) error {
	return c.call(ctx, nil, "POST", "/api/v1/settings/drafts/{draft}/withdraw", map[string]string{"path draft": p.Draft}, jsonOf(body))
}

// PlatformExplainParameters are what PlatformExplain is asked with.
type PlatformExplainParameters struct {
	Country      string // query: The country of the place.
	Key          string // query: The setting's name.
	Organisation string // query: The organisation of the place.
	Site         string // query: The site's id; without it, of all sites that the caller may see.
	Study        string // query: The study's id.
}

// PlatformExplainResult is a body.
type PlatformExplainResult struct {
	Release int64         `json:"release"`
	Value   string        `json:"value"`
	Why     []SettingsWhy `json:"why"`
}

// PlatformExplain: Explains why a setting has its value at a place. GET /api/v1/settings/explain
func (c *Client) PlatformExplain(ctx context.Context, p PlatformExplainParameters) (out PlatformExplainResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/settings/explain", map[string]string{"query country": p.Country, "query key": p.Key, "query organisation": p.Organisation, "query site": p.Site, "query study": p.Study}, nil)
	return out, err
}

// PlatformProcessesResult is a body.
type PlatformProcessesResult struct {
	Processes []SettingsProcess `json:"processes"`
}

// PlatformProcesses: Lists processes with the release that each has. GET /api/v1/settings/processes
func (c *Client) PlatformProcesses(ctx context.Context) (out PlatformProcessesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/settings/processes", nil, nil)
	return out, err
}

// PlatformReleasesResult is a body.
type PlatformReleasesResult struct {
	Releases []SettingsReleased `json:"releases"`
}

// PlatformReleases: Lists releases. GET /api/v1/settings/releases
func (c *Client) PlatformReleases(ctx context.Context) (out PlatformReleasesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/settings/releases", nil, nil)
	return out, err
}

// PlatformExportParameters are what PlatformExport is asked with.
type PlatformExportParameters struct {
	Number string // path: The number of the release, the version or the file.
}

// PlatformExport: Exports a release, signed. GET /api/v1/settings/releases/{number}/bundle
func (c *Client) PlatformExport(ctx context.Context, p PlatformExportParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/settings/releases/{number}/bundle", map[string]string{"path number": p.Number}, nil)
}

// PlatformRollbackBody is a body.
type PlatformRollbackBody struct {
	Reason  string `json:"reason,omitzero"`
	Release int64  `json:"release,omitzero"` // 0 only ends a trial
}

// PlatformRollbackResult is a body.
type PlatformRollbackResult struct {
	Release int64 `json:"release"`
}

// PlatformRollback: Goes back to an earlier release, or ends a trial. POST /api/v1/settings/rollback
func (c *Client) PlatformRollback(ctx context.Context, body PlatformRollbackBody) (out PlatformRollbackResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/settings/rollback", nil, jsonOf(body))
	return out, err
}

// TrialGetAllResult is a body.
type TrialGetAllResult struct {
	Studies []struct {
		CreatedAt   time.Time `json:"createdAt"`
		Description string    `json:"description"`
		Environment string    `json:"environment"`
		Id          string    `json:"id"`
		Name        string    `json:"name"`
		Roles       []string  `json:"roles"`
		Sites       int64     `json:"sites"`
		Subjects    int64     `json:"subjects"`
		Version     int64     `json:"version"` // the number of the newest definition, 0 before the first
	} `json:"studies"`
}

// TrialGetAll: Lists the caller's studies. GET /api/v1/studies
func (c *Client) TrialGetAll(ctx context.Context) (out TrialGetAllResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies", nil, nil)
	return out, err
}

// TrialPostStudyBody is a body.
type TrialPostStudyBody struct {
	Description string `json:"description,omitzero"`
	Environment string `json:"environment,omitzero"`
	Id          string `json:"id,omitzero"`
	Manager     string `json:"manager,omitzero"`
	Name        string `json:"name,omitzero"`
}

// TrialPostStudy: Adds a study without sites and versions, and makes somebody its data manager. POST /api/v1/studies
func (c *Client) TrialPostStudy(ctx context.Context, body TrialPostStudyBody) (out TrialTrial, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies", nil, jsonOf(body))
	return out, err
}

// TrialGetOneParameters are what TrialGetOne is asked with.
type TrialGetOneParameters struct {
	Study string // path: The study's id.
}

// TrialGetOneResult is a body.
type TrialGetOneResult struct {
	CreatedAt   time.Time `json:"createdAt"`
	Description string    `json:"description"`
	Environment string    `json:"environment"`
	Id          string    `json:"id"`
	Name        string    `json:"name"`
	Roles       []struct {
		Role string `json:"role"`
		Site string `json:"site"`
	} `json:"roles"`
	Sites   []TrialSite `json:"sites"`
	Version int64       `json:"version"` // the number of the newest definition, 0 before the first
}

// TrialGetOne: Tells of a study and its sites. GET /api/v1/studies/{study}
func (c *Client) TrialGetOne(ctx context.Context, p TrialGetOneParameters) (out TrialGetOneResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// AllocationOverviewParameters are what AllocationOverview is asked with.
type AllocationOverviewParameters struct {
	Study string // path: The study's id.
}

// AllocationOverviewResult is a body.
type AllocationOverviewResult struct {
	May      AllocationMay          `json:"may"`
	Ready    bool                   `json:"ready"` // there is a list in use
	Subjects []AllocationAssignment `json:"subjects"`
}

// AllocationOverview: Answers the subjects of the reader's sites that are randomised, newest first. GET /api/v1/studies/{study}/allocations
func (c *Client) AllocationOverview(ctx context.Context, p AllocationOverviewParameters) (out AllocationOverviewResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/allocations", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// PlatformApprovalsParameters are what PlatformApprovals is asked with.
type PlatformApprovalsParameters struct {
	Study string // path: The study's id.
}

// PlatformApprovalsResult is a body.
type PlatformApprovalsResult struct {
	Approvals []SettingsApproval `json:"approvals"`
}

// PlatformApprovals: Tells which amendments the ethics committees of a study's sites have approved, and from when on. GET /api/v1/studies/{study}/approvals
func (c *Client) PlatformApprovals(ctx context.Context, p PlatformApprovalsParameters) (out PlatformApprovalsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/approvals", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// PlatformRecordApprovalParameters are what PlatformRecordApproval is asked with.
type PlatformRecordApprovalParameters struct {
	Study string // path: The study's id.
}

// PlatformRecordApprovalBody is a body.
type PlatformRecordApprovalBody struct {
	Amendment string    `json:"amendment,omitzero"`
	At        time.Time `json:"at,omitzero"`
	Reason    string    `json:"reason,omitzero"`
	Site      string    `json:"site,omitzero"`
}

// PlatformRecordApproval: Records an ethics approval at a site. POST /api/v1/studies/{study}/approvals
func (c *Client) PlatformRecordApproval(ctx context.Context, p PlatformRecordApprovalParameters, body PlatformRecordApprovalBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/approvals", map[string]string{"path study": p.Study}, jsonOf(body))
}

// BlindedListParameters are what BlindedList is asked with.
type BlindedListParameters struct {
	Study   string // path: The study's id.
	Subject string // query: The subject's number.
}

// BlindedListResult is a body.
type BlindedListResult struct {
	Items  []BlindedAsked `json:"items"`
	Sites  []string       `json:"sites"` // where, "" alone at all
	Values []BlindedValue `json:"values"`
	Write  bool           `json:"write"` // the reader enters values at some site
}

// BlindedList: Answers the blinded items of the study and the values at the reader's sites: of one subject when that is asked for, each as it is and then as it was. GET /api/v1/studies/{study}/blinded-values
func (c *Client) BlindedList(ctx context.Context, p BlindedListParameters) (out BlindedListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/blinded-values", map[string]string{"path study": p.Study, "query subject": p.Subject}, nil)
	return out, err
}

// SiteGetBoardParameters are what SiteGetBoard is asked with.
type SiteGetBoardParameters struct {
	Study    string // path: The study's id.
	Template string // query: Which plan: sponsor or hospital-office.
}

// SiteGetBoardResult is a body.
type SiteGetBoardResult struct {
	Sites    []SiteBoardRow `json:"sites"`
	Template string         `json:"template"`
}

// SiteGetBoard: Tells how far the sites are by a plan. GET /api/v1/studies/{study}/board
func (c *Client) SiteGetBoard(ctx context.Context, p SiteGetBoardParameters) (out SiteGetBoardResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/board", map[string]string{"path study": p.Study, "query template": p.Template}, nil)
	return out, err
}

// PlatformChangesParameters are what PlatformChanges is asked with.
type PlatformChangesParameters struct {
	Study       string // path: The study's id.
	After       string // query: Where to go on: the cursor that the last page ended with.
	Limit       string // query: How many at most.
	Wait        string // query: How many seconds to wait for something to say.
	LastEventID string // header: The last event that the caller has.
}

// PlatformChangesResult is a body.
type PlatformChangesResult struct {
	Changes []PlatformChange `json:"changes"`
	Next    string           `json:"next"`
}

// PlatformChanges: Answers the feed in the form that the caller asks for: one answer, lines, or events. GET /api/v1/studies/{study}/changes
func (c *Client) PlatformChanges(ctx context.Context, p PlatformChangesParameters) (out PlatformChangesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/changes", map[string]string{"path study": p.Study, "query after": p.After, "query limit": p.Limit, "query wait": p.Wait, "header Last-Event-ID": p.LastEventID}, nil)
	return out, err
}

// EdcClosuresParameters are what EdcClosures is asked with.
type EdcClosuresParameters struct {
	Study string // path: The study's id.
}

// EdcClosuresResult is a body.
type EdcClosuresResult struct {
	Closures []EdcStageAnswer `json:"closures"`
}

// EdcClosures: Answers what is frozen or locked in the study, for the lock board. GET /api/v1/studies/{study}/closures
func (c *Client) EdcClosures(ctx context.Context, p EdcClosuresParameters) (out EdcClosuresResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/closures", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// CodingGetWorkParameters are what CodingGetWork is asked with.
type CodingGetWorkParameters struct {
	Study string // path: The study's id.
	Kind  string // query: Which kind; the operation says which there are.
	State string // query: Only those in these states, with commas between.
}

// CodingGetWork: Tells how far coding has come, and the texts that wait, each once with its places; ?state=coded tells those that do not, ?kind narrows to a dictionary. GET /api/v1/studies/{study}/coding
func (c *Client) CodingGetWork(ctx context.Context, p CodingGetWorkParameters) (out CodingWork, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/coding", map[string]string{"path study": p.Study, "query kind": p.Kind, "query state": p.State}, nil)
	return out, err
}

// CodingPostAutomaticParameters are what CodingPostAutomatic is asked with.
type CodingPostAutomaticParameters struct {
	Study string // path: The study's id.
}

// CodingPostAutomaticBody is a body.
type CodingPostAutomaticBody struct {
}

// CodingPostAutomatic: Codes what has one meaning: names of terms and approved synonyms. POST /api/v1/studies/{study}/coding/automatic
func (c *Client) CodingPostAutomatic(ctx context.Context, p CodingPostAutomaticParameters, body CodingPostAutomaticBody) (out map[string]int64, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/coding/automatic", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// CodingPostDecisionParameters are what CodingPostDecision is asked with.
type CodingPostDecisionParameters struct {
	Study string // path: The study's id.
}

// CodingPostDecision: Codes values as a person says, or takes their codes back, all or none. POST /api/v1/studies/{study}/coding/decisions
func (c *Client) CodingPostDecision(ctx context.Context, p CodingPostDecisionParameters, body CodingChoiceInput) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/coding/decisions", map[string]string{"path study": p.Study}, jsonOf(body))
}

// CodingExportParameters are what CodingExport is asked with.
type CodingExportParameters struct {
	Study string // path: The study's id.
}

// CodingExport: The list of all values that are to be coded, with their codes, as CSV. GET /api/v1/studies/{study}/coding/export
func (c *Client) CodingExport(ctx context.Context, p CodingExportParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/coding/export", map[string]string{"path study": p.Study}, nil)
}

// CodingPostQueryParameters are what CodingPostQuery is asked with.
type CodingPostQueryParameters struct {
	Study string // path: The study's id.
}

// CodingPostQueryBody is a body.
type CodingPostQueryBody struct {
	Changes  int64             `json:"changes,omitzero"` // of the decision that was seen; 0 is none
	Place    string            `json:"place,omitzero"`
	Subject  string            `json:"subject,omitzero"`
	Text     map[string]string `json:"text,omitzero"`
	Verbatim string            `json:"verbatim,omitzero"` // the text that was seen
}

// CodingPostQuery: Asks the site about a value that cannot be coded. POST /api/v1/studies/{study}/coding/queries
func (c *Client) CodingPostQuery(ctx context.Context, p CodingPostQueryParameters, body CodingPostQueryBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/coding/queries", map[string]string{"path study": p.Study}, jsonOf(body))
}

// CodingGetSetupParameters are what CodingGetSetup is asked with.
type CodingGetSetupParameters struct {
	Study string // path: The study's id.
}

// CodingGetSetup: Tells what the study codes, and which dictionaries are loaded. GET /api/v1/studies/{study}/coding/setup
func (c *Client) CodingGetSetup(ctx context.Context, p CodingGetSetupParameters) (out CodingSetting, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/coding/setup", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// CodingPutSetupParameters are what CodingPutSetup is asked with.
type CodingPutSetupParameters struct {
	Study string // path: The study's id.
}

// CodingPutSetupBody is a body.
type CodingPutSetupBody struct {
	Items    []CodingItemInput `json:"items,omitzero"`
	Reason   string            `json:"reason,omitzero"`
	Versions map[string]string `json:"versions,omitzero"`
}

// CodingPutSetup: Says what the study codes, by which versions. PUT /api/v1/studies/{study}/coding/setup
func (c *Client) CodingPutSetup(ctx context.Context, p CodingPutSetupParameters, body CodingPutSetupBody) (out CodingSetting, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/coding/setup", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// CodingGetSynonymsParameters are what CodingGetSynonyms is asked with.
type CodingGetSynonymsParameters struct {
	Study string // path: The study's id.
}

// CodingGetSynonyms: Tells the texts that the study reads as terms, with those that wait for somebody's approval. GET /api/v1/studies/{study}/coding/synonyms
func (c *Client) CodingGetSynonyms(ctx context.Context, p CodingGetSynonymsParameters) (out map[string][]CodingAlias, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/coding/synonyms", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// CodingPostSynonymParameters are what CodingPostSynonym is asked with.
type CodingPostSynonymParameters struct {
	Study string // path: The study's id.
}

// CodingPostSynonymBody is a body.
type CodingPostSynonymBody struct {
	Kind   string `json:"kind,omitzero"`
	Reason string `json:"reason,omitzero"`
	State  string `json:"state,omitzero"`
	Text   string `json:"text,omitzero"` // plain
}

// CodingPostSynonym: Approves or retires a synonym. POST /api/v1/studies/{study}/coding/synonyms
func (c *Client) CodingPostSynonym(ctx context.Context, p CodingPostSynonymParameters, body CodingPostSynonymBody) (out map[string][]CodingAlias, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/coding/synonyms", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// CodingGetTermsParameters are what CodingGetTerms is asked with.
type CodingGetTermsParameters struct {
	Study string // path: The study's id.
	Kind  string // query: Which kind; the operation says which there are.
	Q     string // query: see the document.
}

// CodingGetTerms: Finds terms of a dictionary, by the version that the study works by, whose names have every word of ?q. GET /api/v1/studies/{study}/coding/terms
func (c *Client) CodingGetTerms(ctx context.Context, p CodingGetTermsParameters) (out map[string][]CodingTerm, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/coding/terms", map[string]string{"path study": p.Study, "query kind": p.Kind, "query q": p.Q}, nil)
	return out, err
}

// CodingGetUpgradeParameters are what CodingGetUpgrade is asked with.
type CodingGetUpgradeParameters struct {
	Study      string // path: The study's id.
	Dictionary string // query: see the document.
	Version    string // query: The number of the version; without it, the newest.
}

// CodingGetUpgrade: Tells what another ?version of a ?dictionary would make of the study's codes, term by term, and changes nothing. GET /api/v1/studies/{study}/coding/upgrade
func (c *Client) CodingGetUpgrade(ctx context.Context, p CodingGetUpgradeParameters) (out map[string][]CodingShift, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/coding/upgrade", map[string]string{"path study": p.Study, "query dictionary": p.Dictionary, "query version": p.Version}, nil)
	return out, err
}

// EdcDailyParameters are what EdcDaily is asked with.
type EdcDailyParameters struct {
	Study  string // path: The study's id.
	After  string // query: Where to go on: the cursor that the last page ended with.
	Limit  string // query: How many at most.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
	Status string // query: Only subjects in this state.
}

// EdcDailyResult is a body.
type EdcDailyResult struct {
	AsOf  time.Time       `json:"asOf"`
	Sites []*EdcSiteDaily `json:"sites"`
	Total EdcSiteDaily    `json:"total"`
}

// EdcDaily: Answers the daily report by site: missing and unfinished forms, overdue visits, queries by age, days to entry and to verification, what waits to be verified: ?site. GET /api/v1/studies/{study}/daily
func (c *Client) EdcDaily(ctx context.Context, p EdcDailyParameters) (out EdcDailyResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/daily", map[string]string{"path study": p.Study, "query after": p.After, "query limit": p.Limit, "query site": p.Site, "query status": p.Status}, nil)
	return out, err
}

// EdcExportDailyParameters are what EdcExportDaily is asked with.
type EdcExportDailyParameters struct {
	Study  string // path: The study's id.
	After  string // query: Where to go on: the cursor that the last page ended with.
	Kind   string // query: Which kind; the operation says which there are.
	Limit  string // query: How many at most.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
	Status string // query: Only subjects in this state.
}

// EdcExportDaily: The daily report as CSV: its figures by site or, with ?kind, the forms and visits behind one. GET /api/v1/studies/{study}/daily/export
func (c *Client) EdcExportDaily(ctx context.Context, p EdcExportDailyParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/daily/export", map[string]string{"path study": p.Study, "query after": p.After, "query kind": p.Kind, "query limit": p.Limit, "query site": p.Site, "query status": p.Status}, nil)
}

// EdcDailyPagesParameters are what EdcDailyPages is asked with.
type EdcDailyPagesParameters struct {
	Study  string // path: The study's id.
	After  string // query: Where to go on: the cursor that the last page ended with.
	Kind   string // query: Which kind; the operation says which there are.
	Limit  string // query: How many at most.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
	Status string // query: Only subjects in this state.
}

// EdcDailyPagesResult is a body.
type EdcDailyPagesResult struct {
	Next  string       `json:"next"`
	Pages []EdcFinding `json:"pages"`
}

// EdcDailyPages: Answers the forms or visits behind a figure of the daily report: ?kind=missing|partial|overdue|unverified, site, after. GET /api/v1/studies/{study}/daily/pages
func (c *Client) EdcDailyPages(ctx context.Context, p EdcDailyPagesParameters) (out EdcDailyPagesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/daily/pages", map[string]string{"path study": p.Study, "query after": p.After, "query kind": p.Kind, "query limit": p.Limit, "query site": p.Site, "query status": p.Status}, nil)
	return out, err
}

// SiteGetDataRequestsParameters are what SiteGetDataRequests is asked with.
type SiteGetDataRequestsParameters struct {
	Study string // path: The study's id.
}

// SiteGetDataRequestsResult is a body.
type SiteGetDataRequestsResult struct {
	Requests []SiteRequestShown `json:"requests"`
}

// SiteGetDataRequests: Answers what subjects have asked about their data: what is open first, by deadline. GET /api/v1/studies/{study}/data-requests
func (c *Client) SiteGetDataRequests(ctx context.Context, p SiteGetDataRequestsParameters) (out SiteGetDataRequestsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/data-requests", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// SitePostDataRequestStepParameters are what SitePostDataRequestStep is asked with.
type SitePostDataRequestStepParameters struct {
	Study   string // path: The study's id.
	Request string // path: see the document.
}

// SitePostDataRequestStep: Answers a subject's request, refuses it, gives it more time or opens it again. POST /api/v1/studies/{study}/data-requests/{request}/steps
func (c *Client) SitePostDataRequestStep(ctx context.Context, p SitePostDataRequestStepParameters, body SiteRequestStepInput) (out SiteRequestShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/data-requests/{request}/steps", map[string]string{"path study": p.Study, "path request": p.Request}, jsonOf(body))
	return out, err
}

// TrialGetDefinitionParameters are what TrialGetDefinition is asked with.
type TrialGetDefinitionParameters struct {
	Study       string // path: The study's id.
	Version     string // query: The number of the version; without it, the newest.
	IfNoneMatch string // header: * for what must not be there yet, or the ETag that the caller has.
}

// TrialGetDefinitionResult is a body.
type TrialGetDefinitionResult struct {
	Definition  json.RawMessage `json:"definition"`
	Hash        string          `json:"hash"`
	PublishedAt time.Time       `json:"publishedAt"`
	Version     int64           `json:"version"`
}

// TrialGetDefinition: Answers the newest version, or ?version=N. GET /api/v1/studies/{study}/definition
func (c *Client) TrialGetDefinition(ctx context.Context, p TrialGetDefinitionParameters) (out TrialGetDefinitionResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/definition", map[string]string{"path study": p.Study, "query version": p.Version, "header If-None-Match": p.IfNoneMatch}, nil)
	return out, err
}

// DefinitionPostCheckParameters are what DefinitionPostCheck is asked with.
type DefinitionPostCheckParameters struct {
	Study string // path: The study's id.
	Name  string // query: The file's name, which says its format.
}

// DefinitionPostCheckResult is a body.
type DefinitionPostCheckResult struct {
	Format    string       `json:"format"`
	Inventory OdmInventory `json:"inventory"`
	Losses    []OdmLoss    `json:"losses"`
	Name      string       `json:"name"`
	Study     string       `json:"study"`
	Versions  []struct {
		Hash string `json:"hash"`
		Name string `json:"name"`
		Oid  string `json:"oid"`
	} `json:"versions"` // the last is the one that becomes a draft
}

// DefinitionPostCheck: Tells what a definition file holds and what would be lost. POST /api/v1/studies/{study}/definition/check
func (c *Client) DefinitionPostCheck(ctx context.Context, p DefinitionPostCheckParameters, body io.Reader) (out DefinitionPostCheckResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/definition/check", map[string]string{"path study": p.Study, "query name": p.Name}, rawOf("application/octet-stream", body))
	return out, err
}

// DefinitionGetCRFParameters are what DefinitionGetCRF is asked with.
type DefinitionGetCRFParameters struct {
	Study     string // path: The study's id.
	Annotated string // query: see the document.
	Form      string // query: OID of the form.
	Lang      string // query: see the document.
	Version   string // query: The number of the version; without it, the newest.
}

// DefinitionGetCRF: Sends the forms of a version on paper, blank or annotated. GET /api/v1/studies/{study}/definition/crf
func (c *Client) DefinitionGetCRF(ctx context.Context, p DefinitionGetCRFParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/definition/crf", map[string]string{"path study": p.Study, "query annotated": p.Annotated, "query form": p.Form, "query lang": p.Lang, "query version": p.Version}, nil)
}

// DefinitionGetFileParameters are what DefinitionGetFile is asked with.
type DefinitionGetFileParameters struct {
	Study   string // path: The study's id.
	Form    string // query: OID of the form.
	Format  string // query: csv or xlsx.
	Version string // query: The number of the version; without it, the newest.
}

// DefinitionGetFile: Sends a version as a definition file. GET /api/v1/studies/{study}/definition/file
func (c *Client) DefinitionGetFile(ctx context.Context, p DefinitionGetFileParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/definition/file", map[string]string{"path study": p.Study, "query form": p.Form, "query format": p.Format, "query version": p.Version}, nil)
}

// DefinitionGetRulesParameters are what DefinitionGetRules is asked with.
type DefinitionGetRulesParameters struct {
	Study   string // path: The study's id.
	Version string // query: The number of the version; without it, the newest.
}

// DefinitionGetRulesResult is a body.
type DefinitionGetRulesResult struct {
	Hash    string           `json:"hash"`
	Rules   []DefinitionRule `json:"rules"`
	Version int64            `json:"version"`
}

// DefinitionGetRules: Lists the rules of a version with what they read and where they stand. GET /api/v1/studies/{study}/definition/rules
func (c *Client) DefinitionGetRules(ctx context.Context, p DefinitionGetRulesParameters) (out DefinitionGetRulesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/definition/rules", map[string]string{"path study": p.Study, "query version": p.Version}, nil)
	return out, err
}

// DefinitionGetSpecificationParameters are what DefinitionGetSpecification is asked with.
type DefinitionGetSpecificationParameters struct {
	Study   string // path: The study's id.
	Lang    string // query: see the document.
	Version string // query: The number of the version; without it, the newest.
}

// DefinitionGetSpecification: Sends the edit-check specification of a version. GET /api/v1/studies/{study}/definition/specification
func (c *Client) DefinitionGetSpecification(ctx context.Context, p DefinitionGetSpecificationParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/definition/specification", map[string]string{"path study": p.Study, "query lang": p.Lang, "query version": p.Version}, nil)
}

// DocumentListParameters are what DocumentList is asked with.
type DocumentListParameters struct {
	Study string // path: The study's id.
}

// DocumentList: Answers the documents of the study's file and of the reader's sites, and what is expected, expires or lacks. GET /api/v1/studies/{study}/documents
func (c *Client) DocumentList(ctx context.Context, p DocumentListParameters) (out DocumentRoom, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/documents", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// DocumentUploadParameters are what DocumentUpload is asked with.
type DocumentUploadParameters struct {
	Study string // path: The study's id.
}

// DocumentUpload: Files a new document at the site of the address, or in the study's own file. POST /api/v1/studies/{study}/documents
func (c *Client) DocumentUpload(ctx context.Context, p DocumentUploadParameters, body DocumentFilingInput) (out DocumentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/documents", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// DocumentGetParameters are what DocumentGet is asked with.
type DocumentGetParameters struct {
	Study    string // path: The study's id.
	Document string // path: see the document.
}

// DocumentGetResult is a body.
type DocumentGetResult struct {
	Id       string            `json:"id"`
	May      DocumentMay       `json:"may"`
	Pending  bool              `json:"pending"` // the last version waits for a decision
	Readers  []DocumentReading `json:"readers"`
	Site     string            `json:"site"`
	State    string            `json:"state"`
	Title    string            `json:"title"`
	Type     string            `json:"type"`
	Version  int64             `json:"version"`
	Versions []DocumentVersion `json:"versions"`
}

// DocumentGet: Answers one document with its last readers, newest first. GET /api/v1/studies/{study}/documents/{document}
func (c *Client) DocumentGet(ctx context.Context, p DocumentGetParameters) (out DocumentGetResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/documents/{document}", map[string]string{"path study": p.Study, "path document": p.Document}, nil)
	return out, err
}

// DocumentAcceptParameters are what DocumentAccept is asked with.
type DocumentAcceptParameters struct {
	Study    string // path: The study's id.
	Document string // path: see the document.
}

// DocumentAcceptBody is a body.
type DocumentAcceptBody struct {
	Password string `json:"password,omitzero"`
	User     string `json:"user,omitzero"`
	Version  int64  `json:"version,omitzero"`
}

// DocumentAccept: Takes a version of a document as good, with the signature of somebody who did not file it. POST /api/v1/studies/{study}/documents/{document}/acceptance
func (c *Client) DocumentAccept(ctx context.Context, p DocumentAcceptParameters, body DocumentAcceptBody) (out DocumentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/documents/{document}/acceptance", map[string]string{"path study": p.Study, "path document": p.Document}, jsonOf(body))
	return out, err
}

// DocumentRefuseParameters are what DocumentRefuse is asked with.
type DocumentRefuseParameters struct {
	Study    string // path: The study's id.
	Document string // path: see the document.
}

// DocumentRefuseBody is a body.
type DocumentRefuseBody struct {
	Reason  string `json:"reason,omitzero"`
	Version int64  `json:"version,omitzero"`
}

// DocumentRefuse: Sends a version of a document back, with the reason. POST /api/v1/studies/{study}/documents/{document}/refusal
func (c *Client) DocumentRefuse(ctx context.Context, p DocumentRefuseParameters, body DocumentRefuseBody) (out DocumentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/documents/{document}/refusal", map[string]string{"path study": p.Study, "path document": p.Document}, jsonOf(body))
	return out, err
}

// DocumentUploadVersionParameters are what DocumentUploadVersion is asked with.
type DocumentUploadVersionParameters struct {
	Study    string // path: The study's id.
	Document string // path: see the document.
}

// DocumentUploadVersion: Files a new version of a document. POST /api/v1/studies/{study}/documents/{document}/versions
func (c *Client) DocumentUploadVersion(ctx context.Context, p DocumentUploadVersionParameters, body DocumentFilingInput) (out DocumentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/documents/{document}/versions", map[string]string{"path study": p.Study, "path document": p.Document}, jsonOf(body))
	return out, err
}

// DocumentDownloadParameters are what DocumentDownload is asked with.
type DocumentDownloadParameters struct {
	Study    string // path: The study's id.
	Document string // path: see the document.
	Number   string // path: The number of the release, the version or the file.
}

// DocumentDownload: Answers a version's bytes, after who reads it was written down. GET /api/v1/studies/{study}/documents/{document}/versions/{number}
func (c *Client) DocumentDownload(ctx context.Context, p DocumentDownloadParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/documents/{document}/versions/{number}", map[string]string{"path study": p.Study, "path document": p.Document, "path number": p.Number}, nil)
}

// TrialGetDraftsParameters are what TrialGetDrafts is asked with.
type TrialGetDraftsParameters struct {
	Study string // path: The study's id.
}

// TrialGetDraftsResult is a body.
type TrialGetDraftsResult struct {
	Drafts []TrialDraft `json:"drafts"`
}

// TrialGetDrafts: Lists drafts of the definition. GET /api/v1/studies/{study}/drafts
func (c *Client) TrialGetDrafts(ctx context.Context, p TrialGetDraftsParameters) (out TrialGetDraftsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/drafts", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// TrialPostDraftParameters are what TrialPostDraft is asked with.
type TrialPostDraftParameters struct {
	Study string // path: The study's id.
	Name  string // query: The file's name, which says its format.
	Visit string // query: see the document.
}

// TrialPostDraft: Takes in the last version of a definition file of any format that is read; ?name= is the file's name. POST /api/v1/studies/{study}/drafts
func (c *Client) TrialPostDraft(ctx context.Context, p TrialPostDraftParameters, body io.Reader) (out TrialDraftAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/drafts", map[string]string{"path study": p.Study, "query name": p.Name, "query visit": p.Visit}, rawOf("application/octet-stream", body))
	return out, err
}

// TrialDeleteDraftParameters are what TrialDeleteDraft is asked with.
type TrialDeleteDraftParameters struct {
	Study  string // path: The study's id.
	Draft  string // path: The draft's number.
	Reason string // query: Why.
}

// TrialDeleteDraft: Throws a draft away. DELETE /api/v1/studies/{study}/drafts/{draft}
func (c *Client) TrialDeleteDraft(ctx context.Context, p TrialDeleteDraftParameters) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/studies/{study}/drafts/{draft}", map[string]string{"path study": p.Study, "path draft": p.Draft, "query reason": p.Reason}, nil)
}

// TrialGetDraftParameters are what TrialGetDraft is asked with.
type TrialGetDraftParameters struct {
	Study string // path: The study's id.
	Draft string // path: The draft's number.
}

// TrialGetDraftResult is a body.
type TrialGetDraftResult struct {
	ChangedAt  time.Time          `json:"changedAt"`
	ChangedBy  string             `json:"changedBy"`
	Definition json.RawMessage    `json:"definition"`
	Hash       string             `json:"hash"`            // of the content, see odm.Version.Hash
	Losses     []OdmLoss          `json:"losses,omitzero"` // of the file that it was read from
	Oid        string             `json:"oid"`
	Problems   []TrialProblemText `json:"problems"`
	State      string             `json:"state"`
	Waivers    []TrialWaiver      `json:"waivers,omitzero"`
}

// TrialGetDraft: Answers a draft with its content and what keeps it from being published. GET /api/v1/studies/{study}/drafts/{draft}
func (c *Client) TrialGetDraft(ctx context.Context, p TrialGetDraftParameters) (out TrialGetDraftResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/drafts/{draft}", map[string]string{"path study": p.Study, "path draft": p.Draft}, nil)
	return out, err
}

// TrialPutDraftParameters are what TrialPutDraft is asked with.
type TrialPutDraftParameters struct {
	Study       string // path: The study's id.
	Draft       string // path: The draft's number.
	IfMatch     string // header: The version that was seen, in quotes; one that has been overtaken is answered 412.
	IfNoneMatch string // header: * for what must not be there yet, or the ETag that the caller has.
}

// TrialPutDraft: Saves a definition as it was edited, in place of the draft that the caller saw. PUT /api/v1/studies/{study}/drafts/{draft}
func (c *Client) TrialPutDraft(ctx context.Context, p TrialPutDraftParameters, body OdmVersionInput) (out TrialDraftAnswer, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/drafts/{draft}", map[string]string{"path study": p.Study, "path draft": p.Draft, "header If-Match": p.IfMatch, "header If-None-Match": p.IfNoneMatch}, jsonOf(body))
	return out, err
}

// TrialPostPublishParameters are what TrialPostPublish is asked with.
type TrialPostPublishParameters struct {
	Study string // path: The study's id.
	Draft string // path: The draft's number.
}

// TrialPostPublishBody is a body.
type TrialPostPublishBody struct {
	Hash string `json:"hash,omitzero"`
}

// TrialPostPublish: Publishes a validated draft: {hash}. POST /api/v1/studies/{study}/drafts/{draft}/publish
func (c *Client) TrialPostPublish(ctx context.Context, p TrialPostPublishParameters, body TrialPostPublishBody) (out TrialPublished, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/drafts/{draft}/publish", map[string]string{"path study": p.Study, "path draft": p.Draft}, jsonOf(body))
	return out, err
}

// TrialPostValidateParameters are what TrialPostValidate is asked with.
type TrialPostValidateParameters struct {
	Study string // path: The study's id.
	Draft string // path: The draft's number.
}

// TrialPostValidateBody is a body.
type TrialPostValidateBody struct {
	Hash    string             `json:"hash,omitzero"`
	Waivers []TrialWaiverInput `json:"waivers,omitzero"`
}

// TrialPostValidate: Moves a draft on: {hash, waivers}. POST /api/v1/studies/{study}/drafts/{draft}/validate
func (c *Client) TrialPostValidate(ctx context.Context, p TrialPostValidateParameters, body TrialPostValidateBody) (out TrialDraft, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/drafts/{draft}/validate", map[string]string{"path study": p.Study, "path draft": p.Draft}, jsonOf(body))
	return out, err
}

// SiteGetEnrolmentParameters are what SiteGetEnrolment is asked with.
type SiteGetEnrolmentParameters struct {
	Study string // path: The study's id.
}

// SiteGetEnrolment: Tells enrolment against its target, with a forecast. GET /api/v1/studies/{study}/enrolment
func (c *Client) SiteGetEnrolment(ctx context.Context, p SiteGetEnrolmentParameters) (out SiteEnrolment, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/enrolment", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EdcEntriesParameters are what EdcEntries is asked with.
type EdcEntriesParameters struct {
	Study string // path: The study's id.
}

// EdcEntriesResult is a body.
type EdcEntriesResult struct {
	Entries []EdcUnsettled `json:"entries"`
	Left    int64          `json:"left"`
}

// EdcEntries: Answers which forms that are entered twice are not settled yet, the longest waiting first, 500 at most; left is how many more there are. GET /api/v1/studies/{study}/entries
func (c *Client) EdcEntries(ctx context.Context, p EdcEntriesParameters) (out EdcEntriesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/entries", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproGetComplianceParameters are what EproGetCompliance is asked with.
type EproGetComplianceParameters struct {
	Study string // path: The study's id.
}

// EproGetCompliance: Tells how patients keep to their schedules. GET /api/v1/studies/{study}/epro
func (c *Client) EproGetCompliance(ctx context.Context, p EproGetComplianceParameters) (out EproCompliance, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproGetAlertsParameters are what EproGetAlerts is asked with.
type EproGetAlertsParameters struct {
	Study string // path: The study's id.
}

// EproGetAlertsResult is a body.
type EproGetAlertsResult struct {
	Alerts []EproAlert `json:"alerts"`
	Now    time.Time   `json:"now"`
}

// EproGetAlerts: Lists alerts. GET /api/v1/studies/{study}/epro/alerts
func (c *Client) EproGetAlerts(ctx context.Context, p EproGetAlertsParameters) (out EproGetAlertsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/alerts", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproPostAcknowledgeParameters are what EproPostAcknowledge is asked with.
type EproPostAcknowledgeParameters struct {
	Study string // path: The study's id.
	Alert string // path: The alert's id.
}

// EproPostAcknowledge: Takes note of an alert. POST /api/v1/studies/{study}/epro/alerts/{alert}
func (c *Client) EproPostAcknowledge(ctx context.Context, p EproPostAcknowledgeParameters, body EproReasonedInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/epro/alerts/{alert}", map[string]string{"path study": p.Study, "path alert": p.Alert}, jsonOf(body))
	return out, err
}

// EproGetChangesParameters are what EproGetChanges is asked with.
type EproGetChangesParameters struct {
	Study string // path: The study's id.
}

// EproGetChangesResult is a body.
type EproGetChangesResult struct {
	Changes []struct {
		Agreed    bool              `json:"agreed,omitzero"`
		Answers   []EproAnswerShown `json:"answers"` // sent is what stood there, now what shall
		AskedAt   time.Time         `json:"askedAt"`
		AskedBy   string            `json:"askedBy"`
		Change    string            `json:"change"`
		DecidedAs string            `json:"decidedAs,omitzero"` // a role: patient or investigator
		DecidedAt time.Time         `json:"decidedAt,omitzero"`
		DecidedBy string            `json:"decidedBy,omitzero"`
		Form      string            `json:"form"`
		Items     []RecordValue     `json:"items"` // as they shall be
		Note      string            `json:"note,omitzero"`
		Old       []RecordValue     `json:"old"` // as they were when it was asked
		Reason    string            `json:"reason"`
		Record    string            `json:"record"`
		Site      string            `json:"site"`
		Subject   string            `json:"subject"`
		Title     map[string]string `json:"title,omitzero"`
	} `json:"changes"`
}

// EproGetChanges: Lists the corrections that were asked for, those that nobody has decided first. GET /api/v1/studies/{study}/epro/changes
func (c *Client) EproGetChanges(ctx context.Context, p EproGetChangesParameters) (out EproGetChangesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/changes", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproPostChangeDecisionParameters are what EproPostChangeDecision is asked with.
type EproPostChangeDecisionParameters struct {
	Study  string // path: The study's id.
	Change string // path: see the document.
}

// EproPostChangeDecision: Says in an investigator's name whether a correction is made. POST /api/v1/studies/{study}/epro/changes/{change}
func (c *Client) EproPostChangeDecision(ctx context.Context, p EproPostChangeDecisionParameters, body EproReasonedInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/epro/changes/{change}", map[string]string{"path study": p.Study, "path change": p.Change}, jsonOf(body))
	return out, err
}

// EproGetComplianceCSVParameters are what EproGetComplianceCSV is asked with.
type EproGetComplianceCSVParameters struct {
	Study string // path: The study's id.
}

// EproGetComplianceCSV: Compliance as CSV. GET /api/v1/studies/{study}/epro/compliance.csv
func (c *Client) EproGetComplianceCSV(ctx context.Context, p EproGetComplianceCSVParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/epro/compliance.csv", map[string]string{"path study": p.Study}, nil)
}

// EproGetConsentParameters are what EproGetConsent is asked with.
type EproGetConsentParameters struct {
	Study string // path: The study's id.
}

// EproGetConsentResult is a body.
type EproGetConsentResult struct {
	Document ConsentDocument      `json:"document,omitzero"`
	Draft    EproDraft            `json:"draft,omitzero"` // without its text
	Subjects []EproSubjectConsent `json:"subjects"`
	Versions []EproAgreement      `json:"versions"`
}

// EproGetConsent: Shows the versions of the consent document, the text of the newest, and how each subject stands to it. GET /api/v1/studies/{study}/epro/consent
func (c *Client) EproGetConsent(ctx context.Context, p EproGetConsentParameters) (out EproGetConsentResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/consent", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproPutConsentParameters are what EproPutConsent is asked with.
type EproPutConsentParameters struct {
	Study string // path: The study's id.
}

// EproPutConsentResult is a body.
type EproPutConsentResult struct {
	Number int64 `json:"number"`
}

// EproPutConsent: Publishes the next version of the consent document. PUT /api/v1/studies/{study}/epro/consent
func (c *Client) EproPutConsent(ctx context.Context, p EproPutConsentParameters, body json.RawMessage) (out EproPutConsentResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/epro/consent", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EproDeleteDraftParameters are what EproDeleteDraft is asked with.
type EproDeleteDraftParameters struct {
	Study string // path: The study's id.
}

// EproDeleteDraft: Throws the consent document away that is being written. DELETE /api/v1/studies/{study}/epro/consent/draft
func (c *Client) EproDeleteDraft(ctx context.Context, p EproDeleteDraftParameters) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/studies/{study}/epro/consent/draft", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproGetDraftParameters are what EproGetDraft is asked with.
type EproGetDraftParameters struct {
	Study string // path: The study's id.
}

// EproGetDraft: Shows the consent document that is being written. GET /api/v1/studies/{study}/epro/consent/draft
func (c *Client) EproGetDraft(ctx context.Context, p EproGetDraftParameters) (out EproDrafted, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/consent/draft", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproPutDraftParameters are what EproPutDraft is asked with.
type EproPutDraftParameters struct {
	Study string // path: The study's id.
}

// EproPutDraftBody is a body.
type EproPutDraftBody struct {
	Document ConsentDocumentInput `json:"document,omitzero"`
	Revision int64                `json:"revision,omitzero"` // that this one was made from; 0 for the first
}

// EproPutDraft: Saves the consent document that is being written. PUT /api/v1/studies/{study}/epro/consent/draft
func (c *Client) EproPutDraft(ctx context.Context, p EproPutDraftParameters, body EproPutDraftBody) (out EproDraft, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/epro/consent/draft", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EproGetConsentVersionParameters are what EproGetConsentVersion is asked with.
type EproGetConsentVersionParameters struct {
	Study  string // path: The study's id.
	Number string // path: The number of the release, the version or the file.
}

// EproGetConsentVersion: Shows one version of the consent document. GET /api/v1/studies/{study}/epro/consent/{number}
func (c *Client) EproGetConsentVersion(ctx context.Context, p EproGetConsentVersionParameters) (out ConsentDocument, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/consent/{number}", map[string]string{"path study": p.Study, "path number": p.Number}, nil)
	return out, err
}

// EproGetPhonesParameters are what EproGetPhones is asked with.
type EproGetPhonesParameters struct {
	Study string // path: The study's id.
}

// EproGetPhonesResult is a body.
type EproGetPhonesResult struct {
	Phones []EproPhone `json:"phones"`
}

// EproGetPhones: Lists phones. GET /api/v1/studies/{study}/epro/phones
func (c *Client) EproGetPhones(ctx context.Context, p EproGetPhonesParameters) (out EproGetPhonesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/phones", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproDeletePhoneParameters are what EproDeletePhone is asked with.
type EproDeletePhoneParameters struct {
	Study  string // path: The study's id.
	Device string // path: The phone's id.
}

// EproDeletePhone: Ends a phone's access. DELETE /api/v1/studies/{study}/epro/phones/{device}
func (c *Client) EproDeletePhone(ctx context.Context, p EproDeletePhoneParameters, body EproReasonedInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/studies/{study}/epro/phones/{device}", map[string]string{"path study": p.Study, "path device": p.Device}, jsonOf(body))
	return out, err
}

// EproGetQuarantineParameters are what EproGetQuarantine is asked with.
type EproGetQuarantineParameters struct {
	Study string // path: The study's id.
}

// EproGetQuarantineResult is a body.
type EproGetQuarantineResult struct {
	Records []EproShownAside `json:"records"`
}

// EproGetQuarantine: Lists what was put aside. GET /api/v1/studies/{study}/epro/quarantine
func (c *Client) EproGetQuarantine(ctx context.Context, p EproGetQuarantineParameters) (out EproGetQuarantineResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/quarantine", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproPostDecisionParameters are what EproPostDecision is asked with.
type EproPostDecisionParameters struct {
	Study  string // path: The study's id.
	Record string // path: The record's id, chosen by the phone.
	Hash   string // path: SHA-256 of the content, hex.
}

// EproPostDecision: Decides on what was put aside. POST /api/v1/studies/{study}/epro/quarantine/{record}/{hash}
func (c *Client) EproPostDecision(ctx context.Context, p EproPostDecisionParameters, body EproReasonedInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/epro/quarantine/{record}/{hash}", map[string]string{"path study": p.Study, "path record": p.Record, "path hash": p.Hash}, jsonOf(body))
	return out, err
}

// EproGetReachableParameters are what EproGetReachable is asked with.
type EproGetReachableParameters struct {
	Study string // path: The study's id.
}

// EproGetReachableResult is a body.
type EproGetReachableResult struct {
	Subjects []EproReached `json:"subjects"`
	Ways     []string      `json:"ways"`
}

// EproGetReachable: Tells how every patient is reminded, and whether it arrives. GET /api/v1/studies/{study}/epro/reach
func (c *Client) EproGetReachable(ctx context.Context, p EproGetReachableParameters) (out EproGetReachableResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/reach", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproGetRecordsParameters are what EproGetRecords is asked with.
type EproGetRecordsParameters struct {
	Study   string // path: The study's id.
	Subject string // query: The subject's number.
}

// EproGetRecordsResult is a body.
type EproGetRecordsResult struct {
	Records []struct {
		ClosesAt   time.Time         `json:"closesAt,omitzero"`
		Definition int64             `json:"definition"`
		Device     string            `json:"device"`
		FinishedAt time.Time         `json:"finishedAt"`
		Form       string            `json:"form"`
		Hash       string            `json:"hash"`
		Language   string            `json:"language"`
		Late       bool              `json:"late"`
		OpenedAt   time.Time         `json:"openedAt"` // as can be trusted
		Receipt    string            `json:"receipt"`
		ReceivedAt time.Time         `json:"receivedAt"`
		Record     string            `json:"record"`
		Reporter   string            `json:"reporter"`
		Seq        int64             `json:"seq"`
		Site       string            `json:"site"`
		Subject    string            `json:"subject"`
		Title      map[string]string `json:"title,omitzero"`
		Window     string            `json:"window"`
	} `json:"records"`
}

// EproGetRecords: Lists the newest records of a subject, or of all that may be seen. GET /api/v1/studies/{study}/epro/records
func (c *Client) EproGetRecords(ctx context.Context, p EproGetRecordsParameters) (out EproGetRecordsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/records", map[string]string{"path study": p.Study, "query subject": p.Subject}, nil)
	return out, err
}

// EproGetRecordParameters are what EproGetRecord is asked with.
type EproGetRecordParameters struct {
	Study  string // path: The study's id.
	Record string // path: The record's id, chosen by the phone.
}

// EproGetRecordResult is a body.
type EproGetRecordResult struct {
	Answers    []EproAnswerShown `json:"answers"`
	Body       string            `json:"body"`
	ClosesAt   time.Time         `json:"closesAt,omitzero"`
	Definition int64             `json:"definition"`
	Device     string            `json:"device"`
	FinishedAt time.Time         `json:"finishedAt"`
	Form       string            `json:"form"`
	Hash       string            `json:"hash"`
	Issues     []EproIssue       `json:"issues"`
	Language   string            `json:"language"`
	Late       bool              `json:"late"`
	OpenedAt   time.Time         `json:"openedAt"` // as can be trusted
	Receipt    string            `json:"receipt"`
	ReceivedAt time.Time         `json:"receivedAt"`
	Record     string            `json:"record"`
	Reporter   string            `json:"reporter"`
	Seq        int64             `json:"seq"`
	Site       string            `json:"site"`
	Subject    string            `json:"subject"`
	Window     string            `json:"window"`
}

// EproGetRecord: Shows what was sent, beside what is known about it. GET /api/v1/studies/{study}/epro/records/{record}
func (c *Client) EproGetRecord(ctx context.Context, p EproGetRecordParameters) (out EproGetRecordResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/records/{record}", map[string]string{"path study": p.Study, "path record": p.Record}, nil)
	return out, err
}

// EproPostChangeParameters are what EproPostChange is asked with.
type EproPostChangeParameters struct {
	Study  string // path: The study's id.
	Record string // path: The record's id, chosen by the phone.
}

// EproPostChangeResult is a body.
type EproPostChangeResult struct {
	Change string `json:"change"`
}

// EproPostChange: Asks to have values of what a phone brought corrected, with a reason. POST /api/v1/studies/{study}/epro/records/{record}/changes
func (c *Client) EproPostChange(ctx context.Context, p EproPostChangeParameters, body EproReasonedInput) (out EproPostChangeResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/epro/records/{record}/changes", map[string]string{"path study": p.Study, "path record": p.Record}, jsonOf(body))
	return out, err
}

// EproGetScheduleParameters are what EproGetSchedule is asked with.
type EproGetScheduleParameters struct {
	Study string // path: The study's id.
}

// EproGetScheduleResult is a body.
type EproGetScheduleResult struct {
	Number   int64            `json:"number"`
	Schedule ScheduleSchedule `json:"schedule"`
}

// EproGetSchedule: Tells the schedule in force. GET /api/v1/studies/{study}/epro/schedule
func (c *Client) EproGetSchedule(ctx context.Context, p EproGetScheduleParameters) (out EproGetScheduleResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/schedule", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EproPutScheduleParameters are what EproPutSchedule is asked with.
type EproPutScheduleParameters struct {
	Study string // path: The study's id.
}

// EproPutScheduleResult is a body.
type EproPutScheduleResult struct {
	Number int64 `json:"number"`
}

// EproPutSchedule: Puts another schedule in force. PUT /api/v1/studies/{study}/epro/schedule
func (c *Client) EproPutSchedule(ctx context.Context, p EproPutScheduleParameters, body ScheduleSchedule) (out EproPutScheduleResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/epro/schedule", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EproGetSensitivityParameters are what EproGetSensitivity is asked with.
type EproGetSensitivityParameters struct {
	Study string // path: The study's id.
}

// EproGetSensitivity: What patients sent beside what stands there now, for an analysis of sensitivity, as CSV. GET /api/v1/studies/{study}/epro/sensitivity.csv
func (c *Client) EproGetSensitivity(ctx context.Context, p EproGetSensitivityParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/epro/sensitivity.csv", map[string]string{"path study": p.Study}, nil)
}

// EproGetSignatureParameters are what EproGetSignature is asked with.
type EproGetSignatureParameters struct {
	Study   string // path: The study's id.
	Consent string // path: see the document.
}

// EproGetSignatureResult is a body.
type EproGetSignatureResult struct {
	Body     string    `json:"body"`
	By       string    `json:"by,omitzero"` // who has recorded the paper
	Consent  string    `json:"consent"`
	Device   string    `json:"device"`
	EndedAt  time.Time `json:"endedAt,omitzero"` // withdrawn
	EndedBy  string    `json:"endedBy,omitzero"`
	EndedWhy string    `json:"endedWhy,omitzero"`
	Hash     string    `json:"hash"`
	Language string    `json:"language"`
	Number   int64     `json:"number"`
	Paper    string    `json:"paper,omitzero"` // the date on the paper; "" for one that was signed on a phone
	Receipt  string    `json:"receipt"`
	Reporter string    `json:"reporter"`
	SignedAt time.Time `json:"signedAt"` // when it was on disk here
	Site     string    `json:"site"`
	Subject  string    `json:"subject"`
}

// EproGetSignature: Shows the subject's site a signature as it was sent, which is an entry. GET /api/v1/studies/{study}/epro/signatures/{consent}
func (c *Client) EproGetSignature(ctx context.Context, p EproGetSignatureParameters) (out EproGetSignatureResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/epro/signatures/{consent}", map[string]string{"path study": p.Study, "path consent": p.Consent}, nil)
	return out, err
}

// EproPostSimulateParameters are what EproPostSimulate is asked with.
type EproPostSimulateParameters struct {
	Study string // path: The study's id.
}

// EproPostSimulateBody is a body.
type EproPostSimulateBody struct {
	Anchor   string          `json:"anchor,omitzero"`
	Days     int64           `json:"days,omitzero"`
	Schedule json.RawMessage `json:"schedule,omitzero"`
	Zone     string          `json:"zone,omitzero"`
}

// EproPostSimulateResult is a body.
type EproPostSimulateResult struct {
	Total   int64            `json:"total"`
	Windows []ScheduleWindow `json:"windows"`
}

// EproPostSimulate: Lists every window that a schedule gives a subject: the study's own, or one that is tried. POST /api/v1/studies/{study}/epro/simulate
func (c *Client) EproPostSimulate(ctx context.Context, p EproPostSimulateParameters, body EproPostSimulateBody) (out EproPostSimulateResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/epro/simulate", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// DocumentPutExpectedParameters are what DocumentPutExpected is asked with.
type DocumentPutExpectedParameters struct {
	Study string // path: The study's id.
}

// DocumentPutExpectedBody is a body.
type DocumentPutExpectedBody struct {
	Reason  string   `json:"reason,omitzero"`
	Types   []string `json:"types,omitzero"`
	Version int64    `json:"version,omitzero"`
}

// DocumentPutExpectedResult is a body.
type DocumentPutExpectedResult struct {
	Id      string   `json:"id"`
	Site    string   `json:"site"`
	Types   []string `json:"types"`
	Version int64    `json:"version"`
}

// DocumentPutExpected: Says which types of document the study and its sites are to have. PUT /api/v1/studies/{study}/expected-documents
func (c *Client) DocumentPutExpected(ctx context.Context, p DocumentPutExpectedParameters, body DocumentPutExpectedBody) (out DocumentPutExpectedResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/expected-documents", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// ExportGetJobsParameters are what ExportGetJobs is asked with.
type ExportGetJobsParameters struct {
	Study string // path: The study's id.
}

// ExportGetJobsResult is a body.
type ExportGetJobsResult struct {
	Exports []ExportJobAnswer `json:"exports"`
	Formats []string          `json:"formats"`
}

// ExportGetJobs: Answers which formats there are and how one's own exports stand. GET /api/v1/studies/{study}/exports
func (c *Client) ExportGetJobs(ctx context.Context, p ExportGetJobsParameters) (out ExportGetJobsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/exports", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// ExportPostJobParameters are what ExportPostJob is asked with.
type ExportPostJobParameters struct {
	Study string // path: The study's id.
}

// ExportPostJobBody is a body.
type ExportPostJobBody struct {
	AsOf   string `json:"asOf,omitzero"` // a day, meaning its end in UTC, or a moment
	Format string `json:"format,omitzero"`
	Site   string `json:"site,omitzero"`
}

// ExportPostJob: Asks for an export: {format, site, asOf}. POST /api/v1/studies/{study}/exports
func (c *Client) ExportPostJob(ctx context.Context, p ExportPostJobParameters, body ExportPostJobBody) (out ExportJobAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/exports", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// ExportDeleteJobParameters are what ExportDeleteJob is asked with.
type ExportDeleteJobParameters struct {
	Study  string // path: The study's id.
	Export string // path: see the document.
}

// ExportDeleteJob: Stops one's own export, or throws its file away. DELETE /api/v1/studies/{study}/exports/{export}
func (c *Client) ExportDeleteJob(ctx context.Context, p ExportDeleteJobParameters) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/studies/{study}/exports/{export}", map[string]string{"path study": p.Study, "path export": p.Export}, nil)
}

// ExportGetFileParameters are what ExportGetFile is asked with.
type ExportGetFileParameters struct {
	Study  string // path: The study's id.
	Export string // path: see the document.
}

// ExportGetFile: Sends a file to whoever asked for it, if they still may have it, with its digest in Repr-Digest (RFC 9530). GET /api/v1/studies/{study}/exports/{export}/file
func (c *Client) ExportGetFile(ctx context.Context, p ExportGetFileParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/exports/{export}/file", map[string]string{"path study": p.Study, "path export": p.Export}, nil)
}

// DocumentKeepParameters are what DocumentKeep is asked with.
type DocumentKeepParameters struct {
	Study string // path: The study's id.
}

// DocumentKeep: Takes in a file that something else in the study will name, such as a notice that is being composed: a form (RFC 7578) with one part, file. POST /api/v1/studies/{study}/files
func (c *Client) DocumentKeep(ctx context.Context, p DocumentKeepParameters) (out DocumentLoose, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/files", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// GoodsListParameters are what GoodsList is asked with.
type GoodsListParameters struct {
	Study string // path: The study's id.
}

// GoodsList: Answers the register of the sites that the reader sees: devices, samples and drugs by lot, and beside them whether the numbered kits of the study drug add up. GET /api/v1/studies/{study}/goods
func (c *Client) GoodsList(ctx context.Context, p GoodsListParameters) (out GoodsRegister, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/goods", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// GoodsMoveParameters are what GoodsMove is asked with.
type GoodsMoveParameters struct {
	Study string // path: The study's id.
	Item  string // path: OID of the item.
}

// GoodsMoveBody is a body.
type GoodsMoveBody struct {
	Note     string `json:"note,omitzero"`
	On       string `json:"on,omitzero"`
	Password string `json:"password,omitzero"`
	Quantity int64  `json:"quantity,omitzero"`
	Subject  string `json:"subject,omitzero"`
	User     string `json:"user,omitzero"`
	Version  int64  `json:"version,omitzero"`
	What     string `json:"what,omitzero"`
}

// GoodsMove: Adds a signed line to an item: so much was received, used, returned, destroyed or corrected on a day. POST /api/v1/studies/{study}/goods/{item}/lines
func (c *Client) GoodsMove(ctx context.Context, p GoodsMoveParameters, body GoodsMoveBody) (out GoodsShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/goods/{item}/lines", map[string]string{"path study": p.Study, "path item": p.Item}, jsonOf(body))
	return out, err
}

// GoodsConfirmParameters are what GoodsConfirm is asked with.
type GoodsConfirmParameters struct {
	Study string // path: The study's id.
	Item  string // path: OID of the item.
	Line  string // path: see the document.
}

// GoodsConfirmBody is a body.
type GoodsConfirmBody struct {
	Password string `json:"password,omitzero"`
	User     string `json:"user,omitzero"`
	Version  int64  `json:"version,omitzero"`
}

// GoodsConfirm: Signs a line that another has signed, by who has seen what it says. POST /api/v1/studies/{study}/goods/{item}/lines/{line}/confirmation
func (c *Client) GoodsConfirm(ctx context.Context, p GoodsConfirmParameters, body GoodsConfirmBody) (out GoodsShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/goods/{item}/lines/{line}/confirmation", map[string]string{"path study": p.Study, "path item": p.Item, "path line": p.Line}, jsonOf(body))
	return out, err
}

// NoticeGetWaitingParameters are what NoticeGetWaiting is asked with.
type NoticeGetWaitingParameters struct {
	Study string // path: The study's id.
}

// NoticeGetWaiting: Tells what waits for the caller. GET /api/v1/studies/{study}/inbox
func (c *Client) NoticeGetWaiting(ctx context.Context, p NoticeGetWaitingParameters) (out NoticeWaiting, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/inbox", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// NoticePostInboxParameters are what NoticePostInbox is asked with.
type NoticePostInboxParameters struct {
	Study string // path: The study's id.
}

// NoticePostInboxResult is a body.
type NoticePostInboxResult struct {
	Letters []NoticeLetterJSON `json:"letters"`
}

// NoticePostInbox: Shows the caller's notices, which are thereby received: it is no GET, which a browser may send by itself. POST /api/v1/studies/{study}/inbox
func (c *Client) NoticePostInbox(ctx context.Context, p NoticePostInboxParameters) (out NoticePostInboxResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/inbox", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// NoticePutOwnReachParameters are what NoticePutOwnReach is asked with.
type NoticePutOwnReachParameters struct {
	Study string // path: The study's id.
}

// NoticePutOwnReachBody is a body.
type NoticePutOwnReachBody struct {
	Address string `json:"address,omitzero"`
	Channel string `json:"channel,omitzero"`
}

// NoticePutOwnReach: For one's own mail address and telephone. PUT /api/v1/studies/{study}/inbox/reach
func (c *Client) NoticePutOwnReach(ctx context.Context, p NoticePutOwnReachParameters, body NoticePutOwnReachBody) (out NoticeReach, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/inbox/reach", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// NoticePostOpenParameters are what NoticePostOpen is asked with.
type NoticePostOpenParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticePostOpen: Opens a notice. POST /api/v1/studies/{study}/inbox/{notice}
func (c *Client) NoticePostOpen(ctx context.Context, p NoticePostOpenParameters, body NoticePlaceInput) (out NoticeLetterJSON, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/inbox/{notice}", map[string]string{"path study": p.Study, "path notice": p.Notice}, jsonOf(body))
	return out, err
}

// NoticePostAcknowledgementParameters are what NoticePostAcknowledgement is asked with.
type NoticePostAcknowledgementParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticePostAcknowledgementBody is a body.
type NoticePostAcknowledgementBody struct {
	Password string `json:"password,omitzero"`
	Site     string `json:"site,omitzero"`
	User     string `json:"user,omitzero"`
	Zone     string `json:"zone,omitzero"`
}

// NoticePostAcknowledgement: Signs that a notice has been read. POST /api/v1/studies/{study}/inbox/{notice}/acknowledgement
func (c *Client) NoticePostAcknowledgement(ctx context.Context, p NoticePostAcknowledgementParameters, body NoticePostAcknowledgementBody) (out NoticeLetterJSON, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/inbox/{notice}/acknowledgement", map[string]string{"path study": p.Study, "path notice": p.Notice}, jsonOf(body))
	return out, err
}

// NoticePostAnswerParameters are what NoticePostAnswer is asked with.
type NoticePostAnswerParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticePostAnswerBody is a body.
type NoticePostAnswerBody struct {
	Items  []RecordValueInput `json:"items,omitzero"`
	Reason string             `json:"reason,omitzero"`
	Site   string             `json:"site,omitzero"`
}

// NoticePostAnswer: Answers a notice. POST /api/v1/studies/{study}/inbox/{notice}/answer
func (c *Client) NoticePostAnswer(ctx context.Context, p NoticePostAnswerParameters, body NoticePostAnswerBody) (out NoticeLetterJSON, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/inbox/{notice}/answer", map[string]string{"path study": p.Study, "path notice": p.Notice}, jsonOf(body))
	return out, err
}

// NoticeGetLetterAttachmentParameters are what NoticeGetLetterAttachment is asked with.
type NoticeGetLetterAttachmentParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
	Number string // path: The number of the release, the version or the file.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
}

// NoticeGetLetterAttachment: Answers one of the attachments of the caller's own notice at ?site=, which they have opened. GET /api/v1/studies/{study}/inbox/{notice}/attachments/{number}
func (c *Client) NoticeGetLetterAttachment(ctx context.Context, p NoticeGetLetterAttachmentParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/inbox/{notice}/attachments/{number}", map[string]string{"path study": p.Study, "path notice": p.Notice, "path number": p.Number, "query site": p.Site}, nil)
}

// MonitorGetIndicatorsParameters are what MonitorGetIndicators is asked with.
type MonitorGetIndicatorsParameters struct {
	Study string // path: The study's id.
}

// MonitorGetIndicatorsResult is a body.
type MonitorGetIndicatorsResult struct {
	Edited     []string            `json:"edited"`
	Indicators []*MonitorIndicator `json:"indicators"`
}

// MonitorGetIndicators: Lists indicators. GET /api/v1/studies/{study}/indicators
func (c *Client) MonitorGetIndicators(ctx context.Context, p MonitorGetIndicatorsParameters) (out MonitorGetIndicatorsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/indicators", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// MonitorPostIndicatorParameters are what MonitorPostIndicator is asked with.
type MonitorPostIndicatorParameters struct {
	Study string // path: The study's id.
}

// MonitorPostIndicatorBody is a body.
type MonitorPostIndicatorBody struct {
	Indicator MonitorIndicatorInput `json:"indicator,omitzero"`
	Reason    string                `json:"reason,omitzero"`
}

// MonitorPostIndicatorResult is a body.
type MonitorPostIndicatorResult struct {
	Indicator MonitorIndicator `json:"indicator"`
}

// MonitorPostIndicator: Adds or changes an indicator. POST /api/v1/studies/{study}/indicators
func (c *Client) MonitorPostIndicator(ctx context.Context, p MonitorPostIndicatorParameters, body MonitorPostIndicatorBody) (out MonitorPostIndicatorResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/indicators", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// MonitorPostSimulationParameters are what MonitorPostSimulation is asked with.
type MonitorPostSimulationParameters struct {
	Study string // path: The study's id.
}

// MonitorPostSimulationBody is a body.
type MonitorPostSimulationBody struct {
	Indicator MonitorIndicatorInput `json:"indicator,omitzero"`
	Reason    string                `json:"reason,omitzero"`
}

// MonitorPostSimulation: Tries an indicator on the study as it is. POST /api/v1/studies/{study}/indicators/simulation
func (c *Client) MonitorPostSimulation(ctx context.Context, p MonitorPostSimulationParameters, body MonitorPostSimulationBody) (out MonitorSimulation, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/indicators/simulation", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// MonitorGetIndicatorParameters are what MonitorGetIndicator is asked with.
type MonitorGetIndicatorParameters struct {
	Study string // path: The study's id.
	Kri   string // path: The indicator.
}

// MonitorGetIndicatorResult is a body.
type MonitorGetIndicatorResult struct {
	Versions []MonitorEdition `json:"versions"`
}

// MonitorGetIndicator: Tells the versions of an indicator, the one that stands first. GET /api/v1/studies/{study}/indicators/{kri}
func (c *Client) MonitorGetIndicator(ctx context.Context, p MonitorGetIndicatorParameters) (out MonitorGetIndicatorResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/indicators/{kri}", map[string]string{"path study": p.Study, "path kri": p.Kri}, nil)
	return out, err
}

// SiteGetIssuesParameters are what SiteGetIssues is asked with.
type SiteGetIssuesParameters struct {
	Study string // path: The study's id.
}

// SiteGetIssuesResult is a body.
type SiteGetIssuesResult struct {
	Issues []SiteShown `json:"issues"`
}

// SiteGetIssues: Lists issues. GET /api/v1/studies/{study}/issues
func (c *Client) SiteGetIssues(ctx context.Context, p SiteGetIssuesParameters) (out SiteGetIssuesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/issues", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// SitePostStepParameters are what SitePostStep is asked with.
type SitePostStepParameters struct {
	Study string // path: The study's id.
	Issue string // path: The issue's id.
}

// SitePostStep: Takes a step on an issue. POST /api/v1/studies/{study}/issues/{issue}/steps
func (c *Client) SitePostStep(ctx context.Context, p SitePostStepParameters, body SiteIssueStepInput) (out SiteShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/issues/{issue}/steps", map[string]string{"path study": p.Study, "path issue": p.Issue}, jsonOf(body))
	return out, err
}

// KitSendParameters are what KitSend is asked with.
type KitSendParameters struct {
	Study string // path: The study's id.
}

// KitSendBody is a body.
type KitSendBody struct {
	Csv   string `json:"csv,omitzero"`
	Site  string `json:"site,omitzero"`
	Units int64  `json:"units,omitzero"`
}

// KitSendResult is a body.
type KitSendResult struct {
	Shipment string `json:"shipment"`
}

// KitSend: Takes in the kits of a shipment. POST /api/v1/studies/{study}/kit-shipments
func (c *Client) KitSend(ctx context.Context, p KitSendParameters, body KitSendBody) (out KitSendResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/kit-shipments", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// KitReceiveParameters are what KitReceive is asked with.
type KitReceiveParameters struct {
	Study    string // path: The study's id.
	Shipment string // path: see the document.
}

// KitReceiveBody is a body.
type KitReceiveBody struct {
	Reason  string   `json:"reason,omitzero"`
	Spoiled []string `json:"spoiled,omitzero"`
}

// KitReceive: Takes a shipment into the stock of its site. POST /api/v1/studies/{study}/kit-shipments/{shipment}/receipt
func (c *Client) KitReceive(ctx context.Context, p KitReceiveParameters, body KitReceiveBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/kit-shipments/{shipment}/receipt", map[string]string{"path study": p.Study, "path shipment": p.Shipment}, jsonOf(body))
}

// KitStockParameters are what KitStock is asked with.
type KitStockParameters struct {
	Study string // path: The study's id.
}

// KitStockResult is a body.
type KitStockResult struct {
	Kits []KitHeld `json:"kits"`
}

// KitStock: Answers what every kit holds: looking is an entry of the ledger. GET /api/v1/studies/{study}/kit-stock
func (c *Client) KitStock(ctx context.Context, p KitStockParameters) (out KitStockResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/kit-stock", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// KitTransferParameters are what KitTransfer is asked with.
type KitTransferParameters struct {
	Study string // path: The study's id.
}

// KitTransferBody is a body.
type KitTransferBody struct {
	From   string   `json:"from,omitzero"`
	Kits   []string `json:"kits,omitzero"`
	Reason string   `json:"reason,omitzero"`
	To     string   `json:"to,omitzero"`
}

// KitTransferResult is a body.
type KitTransferResult struct {
	Shipment string `json:"shipment"`
}

// KitTransfer: Sends kits from one site's stock on to another site, which receives them as a shipment: {from, to, kits, reason}. POST /api/v1/studies/{study}/kit-transfers
func (c *Client) KitTransfer(ctx context.Context, p KitTransferParameters, body KitTransferBody) (out KitTransferResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/kit-transfers", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// KitListParameters are what KitList is asked with.
type KitListParameters struct {
	Study string // path: The study's id.
}

// KitList: Answers the kits of the reader's sites and whether they add up. GET /api/v1/studies/{study}/kits
func (c *Client) KitList(ctx context.Context, p KitListParameters) (out KitListed, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/kits", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// KitTakeBackParameters are what KitTakeBack is asked with.
type KitTakeBackParameters struct {
	Study string // path: The study's id.
	Kit   string // path: see the document.
}

// KitTakeBackBody is a body.
type KitTakeBackBody struct {
	Units int64 `json:"units,omitzero"`
}

// KitTakeBack: Takes a kit back from its subject. POST /api/v1/studies/{study}/kits/{kit}/return
func (c *Client) KitTakeBack(ctx context.Context, p KitTakeBackParameters, body KitTakeBackBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/kits/{kit}/return", map[string]string{"path study": p.Study, "path kit": p.Kit}, jsonOf(body))
}

// KitSpoilParameters are what KitSpoil is asked with.
type KitSpoilParameters struct {
	Study string // path: The study's id.
	Kit   string // path: see the document.
}

// KitSpoilBody is a body.
type KitSpoilBody struct {
	Reason string `json:"reason,omitzero"`
}

// KitSpoil: Takes a kit out of the stock. POST /api/v1/studies/{study}/kits/{kit}/spoiling
func (c *Client) KitSpoil(ctx context.Context, p KitSpoilParameters, body KitSpoilBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/kits/{kit}/spoiling", map[string]string{"path study": p.Study, "path kit": p.Kit}, jsonOf(body))
}

// LabGetResultsParameters are what LabGetResults is asked with.
type LabGetResultsParameters struct {
	Study string // path: The study's id.
	State string // query: Only those in these states, with commas between.
}

// LabGetResultsResult is a body.
type LabGetResultsResult struct {
	Results []LabShown `json:"results"`
}

// LabGetResults: Tells the results at the caller's sites in a state: waiting, accepted or refused. GET /api/v1/studies/{study}/lab-results
func (c *Client) LabGetResults(ctx context.Context, p LabGetResultsParameters) (out LabGetResultsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/lab-results", map[string]string{"path study": p.Study, "query state": p.State}, nil)
	return out, err
}

// LabPostResultsParameters are what LabPostResults is asked with.
type LabPostResultsParameters struct {
	Study string // path: The study's id.
}

// LabPostResultsBody is a body.
type LabPostResultsBody struct {
	Results []LabSentInput `json:"results,omitzero"`
}

// LabPostResultsResult is a body.
type LabPostResultsResult struct {
	Results []LabResult `json:"results"`
}

// LabPostResults: Takes results in, all or none, to wait for a person: JSON {results}, or CSV with a line of names. POST /api/v1/studies/{study}/lab-results
func (c *Client) LabPostResults(ctx context.Context, p LabPostResultsParameters, body LabPostResultsBody) (out LabPostResultsResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/lab-results", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// LabPostDecisionParameters are what LabPostDecision is asked with.
type LabPostDecisionParameters struct {
	Study  string // path: The study's id.
	Result string // path: The result's id.
}

// LabPostDecisionBody is a body.
type LabPostDecisionBody struct {
	Accept      bool   `json:"accept,omitzero"`
	Event       string `json:"event,omitzero"`
	EventRepeat string `json:"eventRepeat,omitzero"`
	Item        string `json:"item,omitzero"` // where several mean the code
	Reason      string `json:"reason,omitzero"`
}

// LabPostDecision: Accepts a result into a visit's form, or refuses it with a reason. POST /api/v1/studies/{study}/lab-results/{result}/decision
func (c *Client) LabPostDecision(ctx context.Context, p LabPostDecisionParameters, body LabPostDecisionBody) (out LabResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/lab-results/{result}/decision", map[string]string{"path study": p.Study, "path result": p.Result}, jsonOf(body))
	return out, err
}

// MonitorGetLiveParameters are what MonitorGetLive is asked with.
type MonitorGetLiveParameters struct {
	Study       string // path: The study's id.
	LastEventID string // header: The last event that the caller has.
}

// MonitorGetLive: Streams what happens in a study until the reader goes, Run ends or the stream has lasted long enough. GET /api/v1/studies/{study}/live
func (c *Client) MonitorGetLive(ctx context.Context, p MonitorGetLiveParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/live", map[string]string{"path study": p.Study, "header Last-Event-ID": p.LastEventID}, nil)
}

// EdcMatrixParameters are what EdcMatrix is asked with.
type EdcMatrixParameters struct {
	Study  string // path: The study's id.
	After  string // query: Where to go on: the cursor that the last page ended with.
	Limit  string // query: How many at most.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
	Status string // query: Only subjects in this state.
}

// EdcMatrixResult is a body.
type EdcMatrixResult struct {
	Columns []EdcColumn `json:"columns"`
	Next    string      `json:"next"`
	Rows    []EdcRow    `json:"rows"`
	Total   int64       `json:"total"`
}

// EdcMatrix: Answers the home of data entry: subjects by forms. GET /api/v1/studies/{study}/matrix
func (c *Client) EdcMatrix(ctx context.Context, p EdcMatrixParameters) (out EdcMatrixResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/matrix", map[string]string{"path study": p.Study, "query after": p.After, "query limit": p.Limit, "query site": p.Site, "query status": p.Status}, nil)
	return out, err
}

// MonitorGetMonitoringParameters are what MonitorGetMonitoring is asked with.
type MonitorGetMonitoringParameters struct {
	Study string // path: The study's id.
	Kri   string // query: The indicator.
}

// MonitorGetMonitoring: Tells how the sites stand by one indicator. GET /api/v1/studies/{study}/monitoring
func (c *Client) MonitorGetMonitoring(ctx context.Context, p MonitorGetMonitoringParameters) (out MonitorMonitoringJSON, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring", map[string]string{"path study": p.Study, "query kri": p.Kri}, nil)
	return out, err
}

// VisitListParameters are what VisitList is asked with.
type VisitListParameters struct {
	Study string // path: The study's id.
}

// VisitListResult is a body.
type VisitListResult struct {
	Kinds  []string                     `json:"kinds"`
	Sites  map[string]map[string]string `json:"sites"`
	Visits []VisitShown                 `json:"visits"`
}

// VisitList: Answers the visits, those overdue longest first, then by day; what is over comes last. GET /api/v1/studies/{study}/monitoring-visits
func (c *Client) VisitList(ctx context.Context, p VisitListParameters) (out VisitListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring-visits", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// VisitGetParameters are what VisitGet is asked with.
type VisitGetParameters struct {
	Study string // path: The study's id.
	Visit string // path: see the document.
}

// VisitGetResult is a body.
type VisitGetResult struct {
	Checklist    RecordAloneShown        `json:"checklist,omitzero"` // the sponsor's
	Confirmation VisitLetter             `json:"confirmation,omitzero"`
	Figures      VisitFigures            `json:"figures,omitzero"`
	FollowUp     VisitLetter             `json:"followUp,omitzero"`
	Id           string                  `json:"id"`
	Kind         string                  `json:"kind"`
	Late         int64                   `json:"late"` // days
	LateStep     string                  `json:"lateStep,omitzero"`
	Monitor      string                  `json:"monitor"`
	Name         map[string]string       `json:"name"`
	Next         []string                `json:"next"`
	On           string                  `json:"on"` // planned for; once the report says so, held on
	Purpose      string                  `json:"purpose,omitzero"`
	Receipts     map[string]VisitReceipt `json:"receipts"` // Receipts are how far the letters have come, by the notices that carry them.
	Report       VisitReport             `json:"report,omitzero"`
	Returned     SiteEnd                 `json:"returned,omitzero"` // the last time
	Reviewed     SiteSignature           `json:"reviewed,omitzero"`
	Signal       string                  `json:"signal,omitzero"` // the id of the one that made somebody go
	Signed       SiteSignature           `json:"signed,omitzero"`
	Site         string                  `json:"site"`
	State        string                  `json:"state"`
	Today        string                  `json:"today"`
	Version      int64                   `json:"version"`
}

// VisitGet: Answers one visit, the checklist, and what the data say of the site now. GET /api/v1/studies/{study}/monitoring-visits/{visit}
func (c *Client) VisitGet(ctx context.Context, p VisitGetParameters) (out VisitGetResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring-visits/{visit}", map[string]string{"path study": p.Study, "path visit": p.Visit}, nil)
	return out, err
}

// VisitStepParameters are what VisitStep is asked with.
type VisitStepParameters struct {
	Study string // path: The study's id.
	Visit string // path: see the document.
}

// VisitStep: Takes a step of a monitoring visit: letters, report, signature, review, another day, cancelling. POST /api/v1/studies/{study}/monitoring-visits/{visit}/steps
func (c *Client) VisitStep(ctx context.Context, p VisitStepParameters, body VisitStepInput) (out VisitShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/monitoring-visits/{visit}/steps", map[string]string{"path study": p.Study, "path visit": p.Visit}, jsonOf(body))
	return out, err
}

// MonitorGetOverviewParameters are what MonitorGetOverview is asked with.
type MonitorGetOverviewParameters struct {
	Study string // path: The study's id.
}

// MonitorGetOverview: Tells how the sites stand by all indicators. GET /api/v1/studies/{study}/monitoring/overview
func (c *Client) MonitorGetOverview(ctx context.Context, p MonitorGetOverviewParameters) (out MonitorOverviewJSON, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring/overview", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// MonitorGetPowerParameters are what MonitorGetPower is asked with.
type MonitorGetPowerParameters struct {
	Study string // path: The study's id.
	Kri   string // query: The indicator.
}

// MonitorGetPowerResult is a body.
type MonitorGetPowerResult struct {
	Kri      string       `json:"kri"`
	Power    HarnessPower `json:"power"`
	Rounds   int64        `json:"rounds"`
	Seed     int64        `json:"seed"`
	Sites    int64        `json:"sites"`
	Subjects int64        `json:"subjects"`
}

// MonitorGetPower: Tells what an indicator would notice in a study of this size. GET /api/v1/studies/{study}/monitoring/power
func (c *Client) MonitorGetPower(ctx context.Context, p MonitorGetPowerParameters) (out MonitorGetPowerResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring/power", map[string]string{"path study": p.Study, "query kri": p.Kri}, nil)
	return out, err
}

// MonitorDeleteRehearsalParameters are what MonitorDeleteRehearsal is asked with.
type MonitorDeleteRehearsalParameters struct {
	Study string // path: The study's id.
}

// MonitorDeleteRehearsal: Stops the study's rehearsal. DELETE /api/v1/studies/{study}/monitoring/rehearsal
func (c *Client) MonitorDeleteRehearsal(ctx context.Context, p MonitorDeleteRehearsalParameters) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/studies/{study}/monitoring/rehearsal", map[string]string{"path study": p.Study}, nil)
}

// MonitorGetRehearsalParameters are what MonitorGetRehearsal is asked with.
type MonitorGetRehearsalParameters struct {
	Study string // path: The study's id.
}

// MonitorGetRehearsalResult is a body.
type MonitorGetRehearsalResult struct {
	Rehearsals []MonitorRehearsal `json:"rehearsals"`
}

// MonitorGetRehearsal: Answers the study's newest rehearsal, if there is one: how far it is, and what it found. GET /api/v1/studies/{study}/monitoring/rehearsal
func (c *Client) MonitorGetRehearsal(ctx context.Context, p MonitorGetRehearsalParameters) (out MonitorGetRehearsalResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring/rehearsal", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// MonitorPostRehearsalParameters are what MonitorPostRehearsal is asked with.
type MonitorPostRehearsalParameters struct {
	Study string // path: The study's id.
}

// MonitorPostRehearsalBody is a body.
type MonitorPostRehearsalBody struct {
	Kri string `json:"kri,omitzero"`
}

// MonitorPostRehearsalResult is a body.
type MonitorPostRehearsalResult struct {
	Rehearsal MonitorRehearsal `json:"rehearsal"`
}

// MonitorPostRehearsal: Asks for a rehearsal of the study's own data: {kri}. POST /api/v1/studies/{study}/monitoring/rehearsal
func (c *Client) MonitorPostRehearsal(ctx context.Context, p MonitorPostRehearsalParameters, body MonitorPostRehearsalBody) (out MonitorPostRehearsalResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/monitoring/rehearsal", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// MonitorGetSiteParameters are what MonitorGetSite is asked with.
type MonitorGetSiteParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// MonitorGetSiteResult is a body.
type MonitorGetSiteResult struct {
	Course   MonitorCourseJSON   `json:"course"`
	Digits   []MonitorDigitsJSON `json:"digits"`
	Overview MonitorOverviewJSON `json:"overview"`
}

// MonitorGetSite: Answers one site: its figures by every indicator, the course of its scores, and its last digits. GET /api/v1/studies/{study}/monitoring/sites/{site}
func (c *Client) MonitorGetSite(ctx context.Context, p MonitorGetSiteParameters) (out MonitorGetSiteResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring/sites/{site}", map[string]string{"path study": p.Study, "path site": p.Site}, nil)
	return out, err
}

// MonitorGetExplainedParameters are what MonitorGetExplained is asked with.
type MonitorGetExplainedParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
	Kri   string // path: The indicator.
}

// MonitorGetExplained: Explains a site's score. GET /api/v1/studies/{study}/monitoring/sites/{site}/{kri}
func (c *Client) MonitorGetExplained(ctx context.Context, p MonitorGetExplainedParameters) (out MonitorExplained, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/monitoring/sites/{site}/{kri}", map[string]string{"path study": p.Study, "path site": p.Site, "path kri": p.Kri}, nil)
	return out, err
}

// NoticeGetNoticesParameters are what NoticeGetNotices is asked with.
type NoticeGetNoticesParameters struct {
	Study string // path: The study's id.
}

// NoticeGetNoticesResult is a body.
type NoticeGetNoticesResult struct {
	Notices []NoticeNoticeJSON `json:"notices"`
}

// NoticeGetNotices: Lists notices. GET /api/v1/studies/{study}/notices
func (c *Client) NoticeGetNotices(ctx context.Context, p NoticeGetNoticesParameters) (out NoticeGetNoticesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/notices", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// NoticePostNoticeParameters are what NoticePostNotice is asked with.
type NoticePostNoticeParameters struct {
	Study string // path: The study's id.
}

// NoticePostNotice: Sends a notice. POST /api/v1/studies/{study}/notices
func (c *Client) NoticePostNotice(ctx context.Context, p NoticePostNoticeParameters, body NoticeDraftInput) (out NoticeNotice, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/notices", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// NoticePostPreviewParameters are what NoticePostPreview is asked with.
type NoticePostPreviewParameters struct {
	Study string // path: The study's id.
}

// NoticePostPreview: Tells whom a notice would reach, and how it would read. POST /api/v1/studies/{study}/notices/preview
func (c *Client) NoticePostPreview(ctx context.Context, p NoticePostPreviewParameters, body NoticeDraftInput) (out NoticePreview, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/notices/preview", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// NoticeGetNoticeParameters are what NoticeGetNotice is asked with.
type NoticeGetNoticeParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticeGetNoticeResult is a body.
type NoticeGetNoticeResult struct {
	Filing     NoticeFiling            `json:"filing"`
	Left       map[string]int64        `json:"left"`
	Matrix     NoticeMatrix            `json:"matrix"`
	Notice     NoticeNotice            `json:"notice"`
	SenderName string                  `json:"senderName"`
	Texts      map[string]NoticeFrozen `json:"texts"`
	Title      map[string]string       `json:"title"`
}

// NoticeGetNotice: Tells what became of a notice. GET /api/v1/studies/{study}/notices/{notice}
func (c *Client) NoticeGetNotice(ctx context.Context, p NoticeGetNoticeParameters) (out NoticeGetNoticeResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/notices/{notice}", map[string]string{"path study": p.Study, "path notice": p.Notice}, nil)
	return out, err
}

// NoticeGetAnswersParameters are what NoticeGetAnswers is asked with.
type NoticeGetAnswersParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticeGetAnswersResult is a body.
type NoticeGetAnswersResult struct {
	Questions []NoticeQuestion `json:"questions"`
}

// NoticeGetAnswers: Tells the answers, question by question. GET /api/v1/studies/{study}/notices/{notice}/answers
func (c *Client) NoticeGetAnswers(ctx context.Context, p NoticeGetAnswersParameters) (out NoticeGetAnswersResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/notices/{notice}/answers", map[string]string{"path study": p.Study, "path notice": p.Notice}, nil)
	return out, err
}

// NoticeGetAttachmentParameters are what NoticeGetAttachment is asked with.
type NoticeGetAttachmentParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
	Number string // path: The number of the release, the version or the file.
}

// NoticeGetAttachment: Answers one of a notice's attachments to who manages the study. GET /api/v1/studies/{study}/notices/{notice}/attachments/{number}
func (c *Client) NoticeGetAttachment(ctx context.Context, p NoticeGetAttachmentParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/notices/{notice}/attachments/{number}", map[string]string{"path study": p.Study, "path notice": p.Notice, "path number": p.Number}, nil)
}

// NoticePostCancelParameters are what NoticePostCancel is asked with.
type NoticePostCancelParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticePostCancelBody is a body.
type NoticePostCancelBody struct {
	Reason string `json:"reason,omitzero"`
}

// NoticePostCancel: Calls a notice back. POST /api/v1/studies/{study}/notices/{notice}/cancel
func (c *Client) NoticePostCancel(ctx context.Context, p NoticePostCancelParameters, body NoticePostCancelBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/notices/{notice}/cancel", map[string]string{"path study": p.Study, "path notice": p.Notice}, jsonOf(body))
}

// NoticeGetExportParameters are what NoticeGetExport is asked with.
type NoticeGetExportParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
	Format string // query: csv or xlsx.
}

// NoticeGetExport: Answers the recipients with what became of the notice and what they replied, as CSV or XLSX. GET /api/v1/studies/{study}/notices/{notice}/export
func (c *Client) NoticeGetExport(ctx context.Context, p NoticeGetExportParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/notices/{notice}/export", map[string]string{"path study": p.Study, "path notice": p.Notice, "query format": p.Format}, nil)
}

// NoticePostFilingParameters are what NoticePostFiling is asked with.
type NoticePostFilingParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticePostFiling: Has the notice filed in the sites' files as it stands now. POST /api/v1/studies/{study}/notices/{notice}/filing
func (c *Client) NoticePostFiling(ctx context.Context, p NoticePostFilingParameters) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/notices/{notice}/filing", map[string]string{"path study": p.Study, "path notice": p.Notice}, nil)
}

// NoticeGetLiveParameters are what NoticeGetLive is asked with.
type NoticeGetLiveParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticeGetLive: Streams a notice's matrix: first all of it, then the sites that have moved. GET /api/v1/studies/{study}/notices/{notice}/live
func (c *Client) NoticeGetLive(ctx context.Context, p NoticeGetLiveParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/notices/{notice}/live", map[string]string{"path study": p.Study, "path notice": p.Notice}, nil)
}

// NoticeGetRecipientsParameters are what NoticeGetRecipients is asked with.
type NoticeGetRecipientsParameters struct {
	Study   string // path: The study's id.
	Notice  string // path: The notice's id.
	Missing string // query: 1 for those who have not answered.
	Site    string // query: The site's id; without it, of all sites that the caller may see.
}

// NoticeGetRecipientsResult is a body.
type NoticeGetRecipientsResult struct {
	Recipients []NoticeRecipientJSON `json:"recipients"`
}

// NoticeGetRecipients: Answers the recipients at ?site=, or with ?missing=1 those of whom something is expected, up to a page. GET /api/v1/studies/{study}/notices/{notice}/recipients
func (c *Client) NoticeGetRecipients(ctx context.Context, p NoticeGetRecipientsParameters) (out NoticeGetRecipientsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/notices/{notice}/recipients", map[string]string{"path study": p.Study, "path notice": p.Notice, "query missing": p.Missing, "query site": p.Site}, nil)
	return out, err
}

// NoticePostRemindParameters are what NoticePostRemind is asked with.
type NoticePostRemindParameters struct {
	Study  string // path: The study's id.
	Notice string // path: The notice's id.
}

// NoticePostRemindResult is a body.
type NoticePostRemindResult struct {
	Reminded int64 `json:"reminded"`
}

// NoticePostRemind: Reminds those who have not answered. POST /api/v1/studies/{study}/notices/{notice}/remind
func (c *Client) NoticePostRemind(ctx context.Context, p NoticePostRemindParameters) (out NoticePostRemindResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/notices/{notice}/remind", map[string]string{"path study": p.Study, "path notice": p.Notice}, nil)
	return out, err
}

// PlatformOrganisationParameters are what PlatformOrganisation is asked with.
type PlatformOrganisationParameters struct {
	Study string // path: The study's id.
}

// PlatformOrganisationResult is a body.
type PlatformOrganisationResult struct {
	Organisation string `json:"organisation"`
}

// PlatformOrganisation: Tells whose a study is. GET /api/v1/studies/{study}/organisation
func (c *Client) PlatformOrganisation(ctx context.Context, p PlatformOrganisationParameters) (out PlatformOrganisationResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/organisation", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// PlatformBelongParameters are what PlatformBelong is asked with.
type PlatformBelongParameters struct {
	Study string // path: The study's id.
}

// PlatformBelongBody is a body.
type PlatformBelongBody struct {
	Organisation string `json:"organisation,omitzero"`
	Reason       string `json:"reason,omitzero"`
}

// PlatformBelong: Records whose a study is from now on: the settings of that organisation hold there, unless the study, the country or the site has its own. PUT /api/v1/studies/{study}/organisation
func (c *Client) PlatformBelong(ctx context.Context, p PlatformBelongParameters, body PlatformBelongBody) error {
	return c.call(ctx, nil, "PUT", "/api/v1/studies/{study}/organisation", map[string]string{"path study": p.Study}, jsonOf(body))
}

// PaymentListParameters are what PaymentList is asked with.
type PaymentListParameters struct {
	Study string // path: The study's id.
}

// PaymentListResult is a body.
type PaymentListResult struct {
	Accounts []PaymentShown `json:"accounts"`
}

// PaymentList: Answers the accounts of the sites that the reader sees, without their lines. GET /api/v1/studies/{study}/payments
func (c *Client) PaymentList(ctx context.Context, p PaymentListParameters) (out PaymentListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/payments", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// PaymentApproveParameters are what PaymentApprove is asked with.
type PaymentApproveParameters struct {
	Study     string // path: The study's id.
	Statement string // path: see the document.
}

// PaymentApproveBody is a body.
type PaymentApproveBody struct {
	Password string `json:"password,omitzero"`
	User     string `json:"user,omitzero"`
	Version  int64  `json:"version,omitzero"`
}

// PaymentApprove: Approves a statement, with the signature of somebody who did not prepare it. POST /api/v1/studies/{study}/payments/{statement}/approval
func (c *Client) PaymentApprove(ctx context.Context, p PaymentApproveParameters, body PaymentApproveBody) (out PaymentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/payments/{statement}/approval", map[string]string{"path study": p.Study, "path statement": p.Statement}, jsonOf(body))
	return out, err
}

// PaymentExportParameters are what PaymentExport is asked with.
type PaymentExportParameters struct {
	Study     string // path: The study's id.
	Statement string // path: see the document.
	Format    string // query: csv or xlsx.
}

// PaymentExport: Answers a statement as CSV or XLSX, after it was written down that it leaves. GET /api/v1/studies/{study}/payments/{statement}/export
func (c *Client) PaymentExport(ctx context.Context, p PaymentExportParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/payments/{statement}/export", map[string]string{"path study": p.Study, "path statement": p.Statement, "query format": p.Format}, nil)
}

// PaymentRefuseParameters are what PaymentRefuse is asked with.
type PaymentRefuseParameters struct {
	Study     string // path: The study's id.
	Statement string // path: see the document.
}

// PaymentRefuseBody is a body.
type PaymentRefuseBody struct {
	Reason  string `json:"reason,omitzero"`
	Version int64  `json:"version,omitzero"`
}

// PaymentRefuse: Sends a statement back, with the reason. POST /api/v1/studies/{study}/payments/{statement}/refusal
func (c *Client) PaymentRefuse(ctx context.Context, p PaymentRefuseParameters, body PaymentRefuseBody) (out PaymentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/payments/{statement}/refusal", map[string]string{"path study": p.Study, "path statement": p.Statement}, jsonOf(body))
	return out, err
}

// EdcPlanParameters are what EdcPlan is asked with.
type EdcPlanParameters struct {
	Study string // path: The study's id.
}

// EdcPlanResult is a body.
type EdcPlanResult struct {
	At     time.Time     `json:"at"`
	By     string        `json:"by"`
	Drawn  []RecordDrawn `json:"drawn"`
	Number int64         `json:"number"`
	Plan   RecordPlan    `json:"plan"`
}

// EdcPlan: Tells the plan of verification. GET /api/v1/studies/{study}/plan
func (c *Client) EdcPlan(ctx context.Context, p EdcPlanParameters) (out EdcPlanResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/plan", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EdcSetPlanParameters are what EdcSetPlan is asked with.
type EdcSetPlanParameters struct {
	Study string // path: The study's id.
}

// EdcSetPlanBody is a body.
type EdcSetPlanBody struct {
	Number int64           `json:"number,omitzero"`
	Plan   RecordPlanInput `json:"plan,omitzero"`
	Reason string          `json:"reason,omitzero"`
}

// EdcSetPlanResult is a body.
type EdcSetPlanResult struct {
	At     time.Time  `json:"at"`
	By     string     `json:"by"`
	Number int64      `json:"number"`
	Plan   RecordPlan `json:"plan"`
}

// EdcSetPlan: Puts another plan of verification in force: {plan, reason}, with the number of the one that its author saw. PUT /api/v1/studies/{study}/plan
func (c *Client) EdcSetPlan(ctx context.Context, p EdcSetPlanParameters, body EdcSetPlanBody) (out EdcSetPlanResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/plan", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// DefinitionPostPromotionParameters are what DefinitionPostPromotion is asked with.
type DefinitionPostPromotionParameters struct {
	Study string // path: The study's id.
}

// DefinitionPostPromotionResult is a body.
type DefinitionPostPromotionResult struct {
	Hash   string            `json:"hash"`
	Number int64             `json:"number"`
	Report *AcceptanceReport `json:"report"`
}

// DefinitionPostPromotion: Publishes a version that was tested in a copy. POST /api/v1/studies/{study}/promotions
func (c *Client) DefinitionPostPromotion(ctx context.Context, p DefinitionPostPromotionParameters, body DefinitionPromotionInput) (out DefinitionPostPromotionResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/promotions", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcQueriesParameters are what EdcQueries is asked with.
type EdcQueriesParameters struct {
	Study    string // path: The study's id.
	After    string // query: Where to go on: the cursor that the last page ended with.
	Age      string // query: Only queries at least this many days old.
	Assignee string // query: Only those assigned to this person.
	Form     string // query: OID of the form.
	Site     string // query: The site's id; without it, of all sites that the caller may see.
	Source   string // query: Who opened it: system or person.
	State    string // query: Only those in these states, with commas between.
	Subject  string // query: The subject's number.
}

// EdcQueriesResult is a body.
type EdcQueriesResult struct {
	Next    string     `json:"next"`
	Queries []EdcQuery `json:"queries"`
}

// EdcQueries: Lists queries. GET /api/v1/studies/{study}/queries
func (c *Client) EdcQueries(ctx context.Context, p EdcQueriesParameters) (out EdcQueriesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/queries", map[string]string{"path study": p.Study, "query after": p.After, "query age": p.Age, "query assignee": p.Assignee, "query form": p.Form, "query site": p.Site, "query source": p.Source, "query state": p.State, "query subject": p.Subject}, nil)
	return out, err
}

// EdcRaiseQueryParameters are what EdcRaiseQuery is asked with.
type EdcRaiseQueryParameters struct {
	Study string // path: The study's id.
}

// EdcRaiseQueryBody is a body.
type EdcRaiseQueryBody struct {
	Assignee    string `json:"assignee,omitzero"`
	Candidate   bool   `json:"candidate,omitzero"`
	Event       string `json:"event,omitzero"`
	EventRepeat string `json:"eventRepeat,omitzero"`
	Form        string `json:"form,omitzero"`
	FormRepeat  string `json:"formRepeat,omitzero"`
	Group       string `json:"group,omitzero"`
	Item        string `json:"item,omitzero"`
	Repeat      string `json:"repeat,omitzero"`
	Subject     string `json:"subject,omitzero"`
	Template    string `json:"template,omitzero"`
	Text        string `json:"text,omitzero"`
}

// EdcRaiseQuery: Opens a query about an item: {subject, event, eventRepeat, form, formRepeat, group, repeat, item, text or template, assignee, candidate}. POST /api/v1/studies/{study}/queries
func (c *Client) EdcRaiseQuery(ctx context.Context, p EdcRaiseQueryParameters, body EdcRaiseQueryBody) (out EdcQuery, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/queries", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcQueryCountsParameters are what EdcQueryCounts is asked with.
type EdcQueryCountsParameters struct {
	Study string // path: The study's id.
}

// EdcQueryCountsResult is a body.
type EdcQueryCountsResult struct {
	Counts []RecordQueryCount `json:"counts"`
}

// EdcQueryCounts: Counts queries. GET /api/v1/studies/{study}/queries/counts
func (c *Client) EdcQueryCounts(ctx context.Context, p EdcQueryCountsParameters) (out EdcQueryCountsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/queries/counts", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// EdcExportQueriesParameters are what EdcExportQueries is asked with.
type EdcExportQueriesParameters struct {
	Study    string // path: The study's id.
	After    string // query: Where to go on: the cursor that the last page ended with.
	Age      string // query: Only queries at least this many days old.
	Assignee string // query: Only those assigned to this person.
	Form     string // query: OID of the form.
	Site     string // query: The site's id; without it, of all sites that the caller may see.
	Source   string // query: Who opened it: system or person.
	State    string // query: Only those in these states, with commas between.
	Subject  string // query: The subject's number.
}

// EdcExportQueries: The list of queries as CSV, page by page, so that it may be of any length. GET /api/v1/studies/{study}/queries/export
func (c *Client) EdcExportQueries(ctx context.Context, p EdcExportQueriesParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/queries/export", map[string]string{"path study": p.Study, "query after": p.After, "query age": p.Age, "query assignee": p.Assignee, "query form": p.Form, "query site": p.Site, "query source": p.Source, "query state": p.State, "query subject": p.Subject}, nil)
}

// EdcPastQueriesParameters are what EdcPastQueries is asked with.
type EdcPastQueriesParameters struct {
	Study    string // path: The study's id.
	After    string // query: Where to go on: the cursor that the last page ended with.
	Age      string // query: Only queries at least this many days old.
	Assignee string // query: Only those assigned to this person.
	At       string // query: As it was at this moment (RFC 3339), or at signature:ID.
	Form     string // query: OID of the form.
	Site     string // query: The site's id; without it, of all sites that the caller may see.
	Source   string // query: Who opened it: system or person.
	State    string // query: Only those in these states, with commas between.
	Subject  string // query: The subject's number.
}

// EdcPastQueriesResult is a body.
type EdcPastQueriesResult struct {
	Next    string     `json:"next"`
	Queries []EdcQuery `json:"queries"`
}

// EdcPastQueries: Answers the list of queries as it was: ?at=TIME&state=…&site=…. GET /api/v1/studies/{study}/queries/past
func (c *Client) EdcPastQueries(ctx context.Context, p EdcPastQueriesParameters) (out EdcPastQueriesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/queries/past", map[string]string{"path study": p.Study, "query after": p.After, "query age": p.Age, "query assignee": p.Assignee, "query at": p.At, "query form": p.Form, "query site": p.Site, "query source": p.Source, "query state": p.State, "query subject": p.Subject}, nil)
	return out, err
}

// EdcStepQueriesParameters are what EdcStepQueries is asked with.
type EdcStepQueriesParameters struct {
	Study string // path: The study's id.
}

// EdcStepQueriesBody is a body.
type EdcStepQueriesBody struct {
	Action   string `json:"action,omitzero"`
	Assignee string `json:"assignee,omitzero"`
	Queries  []struct {
		Id      string `json:"id,omitzero"`
		Subject string `json:"subject,omitzero"`
	} `json:"queries,omitzero"`
	Text string `json:"text,omitzero"`
}

// EdcStepQueriesResult is a body.
type EdcStepQueriesResult struct {
	Next    string     `json:"next"`
	Queries []EdcQuery `json:"queries"`
}

// EdcStepQueries: Takes one step on one query or on many, all or none: {action, text, assignee, queries: [{subject, id}]}. POST /api/v1/studies/{study}/queries/steps
func (c *Client) EdcStepQueries(ctx context.Context, p EdcStepQueriesParameters, body EdcStepQueriesBody) (out EdcStepQueriesResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/queries/steps", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcQueryTemplatesParameters are what EdcQueryTemplates is asked with.
type EdcQueryTemplatesParameters struct {
	Study string // path: The study's id.
}

// EdcQueryTemplatesResult is a body.
type EdcQueryTemplatesResult struct {
	Templates []EdcTemplate `json:"templates"`
}

// EdcQueryTemplates: Lists sentences for queries. GET /api/v1/studies/{study}/queries/templates
func (c *Client) EdcQueryTemplates(ctx context.Context, p EdcQueryTemplatesParameters) (out EdcQueryTemplatesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/queries/templates", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// AllocationGetListsParameters are what AllocationGetLists is asked with.
type AllocationGetListsParameters struct {
	Study string // path: The study's id.
}

// AllocationGetListsResult is a body.
type AllocationGetListsResult struct {
	Lists []AllocationList `json:"lists"`
}

// AllocationGetLists: Answers the lists without what is sealed. GET /api/v1/studies/{study}/randomisation-lists
func (c *Client) AllocationGetLists(ctx context.Context, p AllocationGetListsParameters) (out AllocationGetListsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/randomisation-lists", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// AllocationPostListParameters are what AllocationPostList is asked with.
type AllocationPostListParameters struct {
	Study string // path: The study's id.
}

// AllocationPostList: Makes a list by lot, or takes in the one that csv holds, as a draft. POST /api/v1/studies/{study}/randomisation-lists
func (c *Client) AllocationPostList(ctx context.Context, p AllocationPostListParameters, body AllocationPlanInput) (out AllocationList, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/randomisation-lists", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// AllocationGetListParameters are what AllocationGetList is asked with.
type AllocationGetListParameters struct {
	Study string // path: The study's id.
	List  string // path: see the document.
}

// AllocationGetList: Opens a list: looking is an entry of the ledger. GET /api/v1/studies/{study}/randomisation-lists/{list}
func (c *Client) AllocationGetList(ctx context.Context, p AllocationGetListParameters) (out AllocationOpened, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/randomisation-lists/{list}", map[string]string{"path study": p.Study, "path list": p.List}, nil)
	return out, err
}

// AllocationPostClosingParameters are what AllocationPostClosing is asked with.
type AllocationPostClosingParameters struct {
	Study string // path: The study's id.
	List  string // path: see the document.
}

// AllocationPostClosingBody is a body.
type AllocationPostClosingBody struct {
	Reason string `json:"reason,omitzero"`
}

// AllocationPostClosing: Closes a list: it gives no more places. POST /api/v1/studies/{study}/randomisation-lists/{list}/closing
func (c *Client) AllocationPostClosing(ctx context.Context, p AllocationPostClosingParameters, body AllocationPostClosingBody) (out AllocationList, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/randomisation-lists/{list}/closing", map[string]string{"path study": p.Study, "path list": p.List}, jsonOf(body))
	return out, err
}

// AllocationPostReleaseParameters are what AllocationPostRelease is asked with.
type AllocationPostReleaseParameters struct {
	Study string // path: The study's id.
	List  string // path: see the document.
}

// AllocationPostReleaseBody is a body.
type AllocationPostReleaseBody struct {
	Password string `json:"password,omitzero"`
	User     string `json:"user,omitzero"`
}

// AllocationPostRelease: Puts a draft in use, with a signature. POST /api/v1/studies/{study}/randomisation-lists/{list}/release
func (c *Client) AllocationPostRelease(ctx context.Context, p AllocationPostReleaseParameters, body AllocationPostReleaseBody) (out AllocationList, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/randomisation-lists/{list}/release", map[string]string{"path study": p.Study, "path list": p.List}, jsonOf(body))
	return out, err
}

// NoticeGetReachParameters are what NoticeGetReach is asked with.
type NoticeGetReachParameters struct {
	Study string // path: The study's id.
}

// NoticeGetReachResult is a body.
type NoticeGetReachResult struct {
	Reach []NoticeReach `json:"reach"`
}

// NoticeGetReach: Lists how people are reached. GET /api/v1/studies/{study}/reach
func (c *Client) NoticeGetReach(ctx context.Context, p NoticeGetReachParameters) (out NoticeGetReachResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/reach", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// NoticePutReachParameters are what NoticePutReach is asked with.
type NoticePutReachParameters struct {
	Study string // path: The study's id.
}

// NoticePutReach: Sets how somebody is reached. PUT /api/v1/studies/{study}/reach
func (c *Client) NoticePutReach(ctx context.Context, p NoticePutReachParameters, body NoticeReachInput) (out NoticeReach, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/reach", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcWorkListParameters are what EdcWorkList is asked with.
type EdcWorkListParameters struct {
	Study   string // path: The study's id.
	After   string // query: Where to go on: the cursor that the last page ended with.
	Form    string // query: OID of the form.
	Kind    string // query: Which kind; the operation says which there are.
	Site    string // query: The site's id; without it, of all sites that the caller may see.
	Subject string // query: The subject's number.
}

// EdcWorkListResult is a body.
type EdcWorkListResult struct {
	Next string          `json:"next"`
	Work []EdcWorkAnswer `json:"work"`
}

// EdcWorkList: Answers which forms wait for a review: ?kind=sdv|medical|data, site, subject, form, after. GET /api/v1/studies/{study}/reviews
func (c *Client) EdcWorkList(ctx context.Context, p EdcWorkListParameters) (out EdcWorkListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/reviews", map[string]string{"path study": p.Study, "query after": p.After, "query form": p.Form, "query kind": p.Kind, "query site": p.Site, "query subject": p.Subject}, nil)
	return out, err
}

// SafetyListParameters are what SafetyList is asked with.
type SafetyListParameters struct {
	Study string // path: The study's id.
}

// SafetyListResult is a body.
type SafetyListResult struct {
	AsOf    time.Time                    `json:"asOf"`
	Cases   []SafetyShown                `json:"cases"`
	Log     bool                         `json:"log"`
	Message bool                         `json:"message"`
	Sites   map[string]map[string]string `json:"sites"`
	Write   bool                         `json:"write"`
}

// SafetyList: Answers the cases of the reader's sites, what is due next first, with the time of the answer. GET /api/v1/studies/{study}/safety/cases
func (c *Client) SafetyList(ctx context.Context, p SafetyListParameters) (out SafetyListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/safety/cases", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// SafetyGetParameters are what SafetyGet is asked with.
type SafetyGetParameters struct {
	Study string // path: The study's id.
	Case  string // path: see the document.
}

// SafetyGet: Get. GET /api/v1/studies/{study}/safety/cases/{case}
func (c *Client) SafetyGet(ctx context.Context, p SafetyGetParameters) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/safety/cases/{case}", map[string]string{"path study": p.Study, "path case": p.Case}, nil)
	return out, err
}

// SafetyAssessParameters are what SafetyAssess is asked with.
type SafetyAssessParameters struct {
	Study string // path: The study's id.
	Case  string // path: see the document.
}

// SafetyAssessBody is a body.
type SafetyAssessBody struct {
	Causality string `json:"causality,omitzero"`
	Comment   string `json:"comment,omitzero"`
	Expected  bool   `json:"expected,omitzero"`
	Reason    string `json:"reason,omitzero"`
	Version   int64  `json:"version,omitzero"`
}

// SafetyAssess: Keeps the sponsor's judgement. POST /api/v1/studies/{study}/safety/cases/{case}/assessments
func (c *Client) SafetyAssess(ctx context.Context, p SafetyAssessParameters, body SafetyAssessBody) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/safety/cases/{case}/assessments", map[string]string{"path study": p.Study, "path case": p.Case}, jsonOf(body))
	return out, err
}

// SafetyPutDraftParameters are what SafetyPutDraft is asked with.
type SafetyPutDraftParameters struct {
	Study string // path: The study's id.
	Case  string // path: see the document.
}

// SafetyPutDraftBody is a body.
type SafetyPutDraftBody struct {
	Report  SafetyReportInput `json:"report,omitzero"`
	Version int64             `json:"version,omitzero"`
}

// SafetyPutDraft: Keeps the draft of the next version; without a report it is thrown away. PUT /api/v1/studies/{study}/safety/cases/{case}/draft
func (c *Client) SafetyPutDraft(ctx context.Context, p SafetyPutDraftParameters, body SafetyPutDraftBody) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/safety/cases/{case}/draft", map[string]string{"path study": p.Study, "path case": p.Case}, jsonOf(body))
	return out, err
}

// SafetyExportParameters are what SafetyExport is asked with.
type SafetyExportParameters struct {
	Study  string // path: The study's id.
	Case   string // path: see the document.
	Report string // query: see the document.
}

// SafetyExport: Answers a version of a case as a message of E2B(R3): ?report is its number, the newest without. GET /api/v1/studies/{study}/safety/cases/{case}/e2b
func (c *Client) SafetyExport(ctx context.Context, p SafetyExportParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/safety/cases/{case}/e2b", map[string]string{"path study": p.Study, "path case": p.Case, "query report": p.Report}, nil)
}

// SafetyNullifyParameters are what SafetyNullify is asked with.
type SafetyNullifyParameters struct {
	Study string // path: The study's id.
	Case  string // path: see the document.
}

// SafetyNullify: Says that a case was none. POST /api/v1/studies/{study}/safety/cases/{case}/nullification
func (c *Client) SafetyNullify(ctx context.Context, p SafetyNullifyParameters, body SafetySigningInput) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/safety/cases/{case}/nullification", map[string]string{"path study": p.Study, "path case": p.Case}, jsonOf(body))
	return out, err
}

// SafetyTellParameters are what SafetyTell is asked with.
type SafetyTellParameters struct {
	Study string // path: The study's id.
	Case  string // path: see the document.
}

// SafetyTellBody is a body.
type SafetyTellBody struct {
	Name    string    `json:"name,omitzero"`
	On      time.Time `json:"on,omitzero"`
	Report  int64     `json:"report,omitzero"` // the number of the version that they have
	To      string    `json:"to,omitzero"`
	Version int64     `json:"version,omitzero"`
}

// SafetyTell: Writes down that somebody was told. POST /api/v1/studies/{study}/safety/cases/{case}/told
func (c *Client) SafetyTell(ctx context.Context, p SafetyTellParameters, body SafetyTellBody) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/safety/cases/{case}/told", map[string]string{"path study": p.Study, "path case": p.Case}, jsonOf(body))
	return out, err
}

// SafetyPostVersionParameters are what SafetyPostVersion is asked with.
type SafetyPostVersionParameters struct {
	Study string // path: The study's id.
	Case  string // path: see the document.
}

// SafetyPostVersion: Submits the draft with the investigator's signature. POST /api/v1/studies/{study}/safety/cases/{case}/versions
func (c *Client) SafetyPostVersion(ctx context.Context, p SafetyPostVersionParameters, body SafetySigningInput) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/safety/cases/{case}/versions", map[string]string{"path study": p.Study, "path case": p.Case}, jsonOf(body))
	return out, err
}

// SafetyReconciliationParameters are what SafetyReconciliation is asked with.
type SafetyReconciliationParameters struct {
	Study string // path: The study's id.
}

// SafetyReconciliation: Answers in what the casebooks and the cases of the reader's sites differ. GET /api/v1/studies/{study}/safety/reconciliation
func (c *Client) SafetyReconciliation(ctx context.Context, p SafetyReconciliationParameters) (out SafetyReconciliation, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/safety/reconciliation", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// SafetyExportReconciliationParameters are what SafetyExportReconciliation is asked with.
type SafetyExportReconciliationParameters struct {
	Study string // path: The study's id.
}

// SafetyExportReconciliation: The same as CSV. GET /api/v1/studies/{study}/safety/reconciliation/export
func (c *Client) SafetyExportReconciliation(ctx context.Context, p SafetyExportReconciliationParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/safety/reconciliation/export", map[string]string{"path study": p.Study}, nil)
}

// SafetyGetRulesParameters are what SafetyGetRules is asked with.
type SafetyGetRulesParameters struct {
	Study string // path: The study's id.
}

// SafetyGetRulesResult is a body.
type SafetyGetRulesResult struct {
	Forms   []SafetyFormChoice `json:"forms"`
	Guess   SafetyLog          `json:"guess,omitzero"`
	Rules   SafetyRules        `json:"rules"`
	Version int64              `json:"version"`
}

// SafetyGetRules: Answers the study's rules, what the names of its definition let one guess, and what there is to choose from. GET /api/v1/studies/{study}/safety/rules
func (c *Client) SafetyGetRules(ctx context.Context, p SafetyGetRulesParameters) (out SafetyGetRulesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/safety/rules", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// SafetyPutRulesParameters are what SafetyPutRules is asked with.
type SafetyPutRulesParameters struct {
	Study string // path: The study's id.
}

// SafetyPutRulesBody is a body.
type SafetyPutRulesBody struct {
	Reason  string           `json:"reason,omitzero"`
	Rules   SafetyRulesInput `json:"rules,omitzero"`
	Version int64            `json:"version,omitzero"`
}

// SafetyPutRulesResult is a body.
type SafetyPutRulesResult struct {
	Forms   []SafetyFormChoice `json:"forms"`
	Guess   SafetyLog          `json:"guess,omitzero"`
	Rules   SafetyRules        `json:"rules"`
	Version int64              `json:"version"`
}

// SafetyPutRules: Sets where the casebooks keep adverse events, the times of notices, and what messages say. PUT /api/v1/studies/{study}/safety/rules
func (c *Client) SafetyPutRules(ctx context.Context, p SafetyPutRulesParameters, body SafetyPutRulesBody) (out SafetyPutRulesResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/safety/rules", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// MonitorGetSignalsParameters are what MonitorGetSignals is asked with.
type MonitorGetSignalsParameters struct {
	Study string // path: The study's id.
}

// MonitorGetSignalsResult is a body.
type MonitorGetSignalsResult struct {
	Signals []MonitorSignalJSON `json:"signals"`
}

// MonitorGetSignals: Lists signals. GET /api/v1/studies/{study}/signals
func (c *Client) MonitorGetSignals(ctx context.Context, p MonitorGetSignalsParameters) (out MonitorGetSignalsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/signals", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// MonitorPostStepParameters are what MonitorPostStep is asked with.
type MonitorPostStepParameters struct {
	Study  string // path: The study's id.
	Signal string // path: The signal's id.
}

// MonitorPostStepBody is a body.
type MonitorPostStepBody struct {
	Action   string   `json:"action,omitzero"`
	Assignee string   `json:"assignee,omitzero"`
	Expect   int64    `json:"expect,omitzero"`
	Links    []string `json:"links,omitzero"`
	Password string   `json:"password,omitzero"`
	Text     string   `json:"text,omitzero"`
	User     string   `json:"user,omitzero"`
}

// MonitorPostStepResult is a body.
type MonitorPostStepResult struct {
	Signal MonitorSignalJSON `json:"signal"`
}

// MonitorPostStep: Takes a step in a signal's life: {action, text, assignee, links, expect}. POST /api/v1/studies/{study}/signals/{signal}/steps
func (c *Client) MonitorPostStep(ctx context.Context, p MonitorPostStepParameters, body MonitorPostStepBody) (out MonitorPostStepResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/signals/{signal}/steps", map[string]string{"path study": p.Study, "path signal": p.Signal}, jsonOf(body))
	return out, err
}

// EdcSignParameters are what EdcSign is asked with.
type EdcSignParameters struct {
	Study string // path: The study's id.
}

// EdcSignBody is a body.
type EdcSignBody struct {
	Meaning  string           `json:"meaning,omitzero"`
	Parts    []EdcPartOfInput `json:"parts,omitzero"`
	Password string           `json:"password,omitzero"`
	User     string           `json:"user,omitzero"`
	Zone     string           `json:"zone,omitzero"`
}

// EdcSignResult is a body.
type EdcSignResult struct {
	Signatures []EdcSignature `json:"signatures"`
}

// EdcSign: Signs many parts at once, all or none: {user, password, meaning, zone, parts: [{subject, scope, expect}]}. POST /api/v1/studies/{study}/signatures
func (c *Client) EdcSign(ctx context.Context, p EdcSignParameters, body EdcSignBody) (out EdcSignResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/signatures", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcToSignParameters are what EdcToSign is asked with.
type EdcToSignParameters struct {
	Study string // path: The study's id.
	After string // query: Where to go on: the cursor that the last page ended with.
}

// EdcToSignResult is a body.
type EdcToSignResult struct {
	Casebooks []EdcToSign `json:"casebooks"`
	Next      string      `json:"next"`
}

// EdcToSign: Answers the casebooks of this person's sites and how each stands towards its signature: ?after=, limit 20. GET /api/v1/studies/{study}/signing
func (c *Client) EdcToSign(ctx context.Context, p EdcToSignParameters) (out EdcToSignResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/signing", map[string]string{"path study": p.Study, "query after": p.After}, nil)
	return out, err
}

// TrialPostSiteParameters are what TrialPostSite is asked with.
type TrialPostSiteParameters struct {
	Study string // path: The study's id.
}

// TrialPostSiteBody is a body.
type TrialPostSiteBody struct {
	Country string            `json:"country,omitzero"`
	Id      string            `json:"id,omitzero"`
	Name    map[string]string `json:"name,omitzero"`
	State   string            `json:"state,omitzero"` // active when nothing is said
	Zone    string            `json:"zone,omitzero"`
}

// TrialPostSite: Adds a site, open for enrolment. POST /api/v1/studies/{study}/sites
func (c *Client) TrialPostSite(ctx context.Context, p TrialPostSiteParameters, body TrialPostSiteBody) (out TrialSite, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// AmendmentGetStandingParameters are what AmendmentGetStanding is asked with.
type AmendmentGetStandingParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
	To    string // query: The later of the two.
}

// AmendmentGetStanding: Tells how far a site is on its way to the version ?to=N. GET /api/v1/studies/{study}/sites/{site}/amendment
func (c *Client) AmendmentGetStanding(ctx context.Context, p AmendmentGetStandingParameters) (out AmendmentStanding, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/sites/{site}/amendment", map[string]string{"path study": p.Study, "path site": p.Site, "query to": p.To}, nil)
	return out, err
}

// AmendmentPostStepParameters are what AmendmentPostStep is asked with.
type AmendmentPostStepParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// AmendmentPostStepBody is a body.
type AmendmentPostStepBody struct {
	Expect int64  `json:"expect,omitzero"` // the version that the caller saw the site work by
	Reason string `json:"reason,omitzero"`
	To     int64  `json:"to,omitzero"`
}

// AmendmentPostStep: Lets a site go over to a version, for a reason, and the next of its casebooks. POST /api/v1/studies/{study}/sites/{site}/amendment/steps
func (c *Client) AmendmentPostStep(ctx context.Context, p AmendmentPostStepParameters, body AmendmentPostStepBody) (out AmendmentBatch, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/amendment/steps", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// AmendmentPostTrialParameters are what AmendmentPostTrial is asked with.
type AmendmentPostTrialParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// AmendmentPostTrialBody is a body.
type AmendmentPostTrialBody struct {
	After string `json:"after,omitzero"`
	To    int64  `json:"to,omitzero"`
}

// AmendmentPostTrial: Tells what a version would do to the next casebooks of a site, and keeps nothing. POST /api/v1/studies/{study}/sites/{site}/amendment/trial
func (c *Client) AmendmentPostTrial(ctx context.Context, p AmendmentPostTrialParameters, body AmendmentPostTrialBody) (out AmendmentBatch, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/amendment/trial", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SitePostDataRequestParameters are what SitePostDataRequest is asked with.
type SitePostDataRequestParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SitePostDataRequest: Records what a subject has asked about their data. POST /api/v1/studies/{study}/sites/{site}/data-requests
func (c *Client) SitePostDataRequest(ctx context.Context, p SitePostDataRequestParameters, body SiteRequestInput) (out SiteRequestShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/data-requests", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SitePostDelegationParameters are what SitePostDelegation is asked with.
type SitePostDelegationParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SitePostDelegation: Charges a person with tasks. POST /api/v1/studies/{study}/sites/{site}/delegations
func (c *Client) SitePostDelegation(ctx context.Context, p SitePostDelegationParameters, body SiteChargeInput) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/delegations", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SiteEndDelegationParameters are what SiteEndDelegation is asked with.
type SiteEndDelegationParameters struct {
	Study      string // path: The study's id.
	Site       string // path: The site's id; without it, of all sites that the caller may see.
	Delegation string // path: The line's id.
}

// SiteEndDelegationBody is a body.
type SiteEndDelegationBody struct {
	Reason string `json:"reason,omitzero"`
}

// SiteEndDelegation: Ends a line of the delegation log. POST /api/v1/studies/{study}/sites/{site}/delegations/{delegation}/end
func (c *Client) SiteEndDelegation(ctx context.Context, p SiteEndDelegationParameters, body SiteEndDelegationBody) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/delegations/{delegation}/end", map[string]string{"path study": p.Study, "path site": p.Site, "path delegation": p.Delegation}, jsonOf(body))
	return out, err
}

// SiteSignDelegationParameters are what SiteSignDelegation is asked with.
type SiteSignDelegationParameters struct {
	Study      string // path: The study's id.
	Site       string // path: The site's id; without it, of all sites that the caller may see.
	Delegation string // path: The line's id.
}

// SiteSignDelegationBody is a body.
type SiteSignDelegationBody struct {
	Password string `json:"password,omitzero"`
	User     string `json:"user,omitzero"`
}

// SiteSignDelegation: Signs a line of the delegation log. POST /api/v1/studies/{study}/sites/{site}/delegations/{delegation}/signature
func (c *Client) SiteSignDelegation(ctx context.Context, p SiteSignDelegationParameters, body SiteSignDelegationBody) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/delegations/{delegation}/signature", map[string]string{"path study": p.Study, "path site": p.Site, "path delegation": p.Delegation}, jsonOf(body))
	return out, err
}

// DocumentUploadPostParameters are what DocumentUploadPost is asked with.
type DocumentUploadPostParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// DocumentUploadPost: Files a new document at the site of the address, or in the study's own file. POST /api/v1/studies/{study}/sites/{site}/documents
func (c *Client) DocumentUploadPost(ctx context.Context, p DocumentUploadPostParameters, body DocumentFilingInput) (out DocumentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/documents", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// GoodsAddParameters are what GoodsAdd is asked with.
type GoodsAddParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// GoodsAddBody is a body.
type GoodsAddBody struct {
	Expires string `json:"expires,omitzero"`
	Kind    string `json:"kind,omitzero"`
	Lot     string `json:"lot,omitzero"`
	Name    string `json:"name,omitzero"`
	Unit    string `json:"unit,omitzero"`
}

// GoodsAdd: Adds an item to a site's register. POST /api/v1/studies/{study}/sites/{site}/goods
func (c *Client) GoodsAdd(ctx context.Context, p GoodsAddParameters, body GoodsAddBody) (out GoodsShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/goods", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SitePostIssueParameters are what SitePostIssue is asked with.
type SitePostIssueParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SitePostIssue: Opens an issue. POST /api/v1/studies/{study}/sites/{site}/issues
func (c *Client) SitePostIssue(ctx context.Context, p SitePostIssueParameters, body SiteIssueInput) (out SiteShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/issues", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// VisitPlanParameters are what VisitPlan is asked with.
type VisitPlanParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// VisitPlan: Plans a monitoring visit. POST /api/v1/studies/{study}/sites/{site}/monitoring-visits
func (c *Client) VisitPlan(ctx context.Context, p VisitPlanParameters, body VisitDraftInput) (out VisitShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/monitoring-visits", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// NormalGetParameters are what NormalGet is asked with.
type NormalGetParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// NormalGetResult is a body.
type NormalGetResult struct {
	Ages   bool              `json:"ages"` // the study asks an age or a birth
	Items  []NormalAboutItem `json:"items"`
	Ranges []NormalRange     `json:"ranges"`
	Sexes  []OdmCodeItem     `json:"sexes"`
}

// NormalGet: Tells the reference ranges of a site's laboratories, and the items that may have one. GET /api/v1/studies/{study}/sites/{site}/normal-ranges
func (c *Client) NormalGet(ctx context.Context, p NormalGetParameters) (out NormalGetResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/sites/{site}/normal-ranges", map[string]string{"path study": p.Study, "path site": p.Site}, nil)
	return out, err
}

// NormalPostParameters are what NormalPost is asked with.
type NormalPostParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// NormalPostBody is a body.
type NormalPostBody struct {
	Csv    string             `json:"csv,omitzero"`
	Reason string             `json:"reason,omitzero"`
	Remove []NormalRangeInput `json:"remove,omitzero"`
	Set    []NormalRangeInput `json:"set,omitzero"`
}

// NormalPostResult is a body.
type NormalPostResult struct {
	Ages   bool              `json:"ages"` // the study asks an age or a birth
	Items  []NormalAboutItem `json:"items"`
	Ranges []NormalRange     `json:"ranges"`
	Sexes  []OdmCodeItem     `json:"sexes"`
}

// NormalPost: Changes the ranges of a site, all or none: a list to set, the names of those to remove, or a CSV file to set. POST /api/v1/studies/{study}/sites/{site}/normal-ranges
func (c *Client) NormalPost(ctx context.Context, p NormalPostParameters, body NormalPostBody) (out NormalPostResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/normal-ranges", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// PaymentAccountParameters are what PaymentAccount is asked with.
type PaymentAccountParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// PaymentAccount: Answers what a site has earned, line by line, with its rates and statements. GET /api/v1/studies/{study}/sites/{site}/payments
func (c *Client) PaymentAccount(ctx context.Context, p PaymentAccountParameters) (out PaymentShown, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/sites/{site}/payments", map[string]string{"path study": p.Study, "path site": p.Site}, nil)
	return out, err
}

// PaymentPrepareParameters are what PaymentPrepare is asked with.
type PaymentPrepareParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// PaymentPrepareBody is a body.
type PaymentPrepareBody struct {
	Until string `json:"until,omitzero"`
}

// PaymentPrepare: Makes a statement of all that was earned until a day and is in no other. POST /api/v1/studies/{study}/sites/{site}/payments
func (c *Client) PaymentPrepare(ctx context.Context, p PaymentPrepareParameters, body PaymentPrepareBody) (out PaymentShown, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/payments", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SiteAddPersonParameters are what SiteAddPerson is asked with.
type SiteAddPersonParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SiteAddPersonBody is a body.
type SiteAddPersonBody struct {
	Department string              `json:"department,omitzero"`
	Name       map[string]string   `json:"name,omitzero"`
	Papers     []SitePaperInput    `json:"papers,omitzero"`
	Title      string              `json:"title,omitzero"` // the profession: physician, nurse, CRC
	Trainings  []SiteTrainingInput `json:"trainings,omitzero"`
	User       string              `json:"user,omitzero"`
	Version    int64               `json:"version,omitzero"`
}

// SiteAddPerson: Adds somebody to a site's people. POST /api/v1/studies/{study}/sites/{site}/people
func (c *Client) SiteAddPerson(ctx context.Context, p SiteAddPersonParameters, body SiteAddPersonBody) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/people", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SitePutPersonParameters are what SitePutPerson is asked with.
type SitePutPersonParameters struct {
	Study  string // path: The study's id.
	Site   string // path: The site's id; without it, of all sites that the caller may see.
	Person string // path: The person's id at the site.
}

// SitePutPersonBody is a body.
type SitePutPersonBody struct {
	Department string              `json:"department,omitzero"`
	Name       map[string]string   `json:"name,omitzero"`
	Papers     []SitePaperInput    `json:"papers,omitzero"`
	Title      string              `json:"title,omitzero"` // the profession: physician, nurse, CRC
	Trainings  []SiteTrainingInput `json:"trainings,omitzero"`
	User       string              `json:"user,omitzero"`
	Version    int64               `json:"version,omitzero"`
}

// SitePutPerson: Changes one of a site's people. PUT /api/v1/studies/{study}/sites/{site}/people/{person}
func (c *Client) SitePutPerson(ctx context.Context, p SitePutPersonParameters, body SitePutPersonBody) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/sites/{site}/people/{person}", map[string]string{"path study": p.Study, "path site": p.Site, "path person": p.Person}, jsonOf(body))
	return out, err
}

// SiteGetPlanParameters are what SiteGetPlan is asked with.
type SiteGetPlanParameters struct {
	Study    string // path: The study's id.
	Site     string // path: The site's id; without it, of all sites that the caller may see.
	Template string // path: Which plan: sponsor or hospital-office.
}

// SiteGetPlan: Tells a site's plan. GET /api/v1/studies/{study}/sites/{site}/plans/{template}
func (c *Client) SiteGetPlan(ctx context.Context, p SiteGetPlanParameters) (out SiteBoardRow, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/sites/{site}/plans/{template}", map[string]string{"path study": p.Study, "path site": p.Site, "path template": p.Template}, nil)
	return out, err
}

// SitePutPlanParameters are what SitePutPlan is asked with.
type SitePutPlanParameters struct {
	Study    string // path: The study's id.
	Site     string // path: The site's id; without it, of all sites that the caller may see.
	Template string // path: Which plan: sponsor or hospital-office.
}

// SitePutPlan: Begins or changes a site's plan. PUT /api/v1/studies/{study}/sites/{site}/plans/{template}
func (c *Client) SitePutPlan(ctx context.Context, p SitePutPlanParameters, body SiteDraftInput) (out SiteBoardRow, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/sites/{site}/plans/{template}", map[string]string{"path study": p.Study, "path site": p.Site, "path template": p.Template}, jsonOf(body))
	return out, err
}

// SitePatchMilestoneParameters are what SitePatchMilestone is asked with.
type SitePatchMilestoneParameters struct {
	Study     string // path: The study's id.
	Site      string // path: The site's id; without it, of all sites that the caller may see.
	Template  string // path: Which plan: sponsor or hospital-office.
	Milestone string // path: The milestone's key.
}

// SitePatchMilestone: Changes a milestone. PATCH /api/v1/studies/{study}/sites/{site}/plans/{template}/milestones/{milestone}
func (c *Client) SitePatchMilestone(ctx context.Context, p SitePatchMilestoneParameters, body SiteStepInput) (out SiteBoardRow, err error) {
	err = c.call(ctx, &out, "PATCH", "/api/v1/studies/{study}/sites/{site}/plans/{template}/milestones/{milestone}", map[string]string{"path study": p.Study, "path site": p.Site, "path template": p.Template, "path milestone": p.Milestone}, jsonOf(body))
	return out, err
}

// SitePutProfileParameters are what SitePutProfile is asked with.
type SitePutProfileParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SitePutProfileBody is a body.
type SitePutProfileBody struct {
	Address      string             `json:"address,omitzero"`
	Code         string             `json:"code,omitzero"` // 统一社会信用代码 (GB 32100), by which projects of one hospital are brought together
	Contacts     []SiteContactInput `json:"contacts,omitzero"`
	Departments  []string           `json:"departments,omitzero"`
	Institution  map[string]string  `json:"institution,omitzero"`
	Investigator string             `json:"investigator,omitzero"` // the person who is the principal investigator
	Version      int64              `json:"version,omitzero"`
}

// SitePutProfile: Changes what is known of a site's institution. PUT /api/v1/studies/{study}/sites/{site}/profile
func (c *Client) SitePutProfile(ctx context.Context, p SitePutProfileParameters, body SitePutProfileBody) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/sites/{site}/profile", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// PaymentPutRatesParameters are what PaymentPutRates is asked with.
type PaymentPutRatesParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// PaymentPutRatesBody is a body.
type PaymentPutRatesBody struct {
	Allowances map[string]string `json:"allowances,omitzero"` // by StudyEvent: what its subject is reimbursed, which the site passes on
	Currency   string            `json:"currency,omitzero"`
	Failure    string            `json:"failure,omitzero"`    // a subject who failed in screening
	Failures   int64             `json:"failures,omitzero"`   // at most so many are paid
	HoldBack   int64             `json:"holdBack,omitzero"`   // hundredths of a percent, until the site is closed
	Procedures map[string]string `json:"procedures,omitzero"` // by Form, beside the visit in which it was done
	Reason     string            `json:"reason,omitzero"`
	StartUp    string            `json:"startUp,omitzero"`
	Version    int64             `json:"version,omitzero"`
	Visits     map[string]string `json:"visits,omitzero"` // by StudyEvent
}

// PaymentPutRates: Puts other rates of a site in force. PUT /api/v1/studies/{study}/sites/{site}/rates
func (c *Client) PaymentPutRates(ctx context.Context, p PaymentPutRatesParameters, body PaymentPutRatesBody) (out PaymentShown, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/sites/{site}/rates", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// TrialPostSiteStateParameters are what TrialPostSiteState is asked with.
type TrialPostSiteStateParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// TrialPostSiteStateBody is a body.
type TrialPostSiteStateBody struct {
	Reason string `json:"reason,omitzero"`
	State  string `json:"state,omitzero"`
}

// TrialPostSiteState: Activates a site, closes it or puts it back, for a reason. POST /api/v1/studies/{study}/sites/{site}/state
func (c *Client) TrialPostSiteState(ctx context.Context, p TrialPostSiteStateParameters, body TrialPostSiteStateBody) (out TrialSite, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/sites/{site}/state", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SitePutTargetParameters are what SitePutTarget is asked with.
type SitePutTargetParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SitePutTarget: Sets a site's target of enrolment. PUT /api/v1/studies/{study}/sites/{site}/target
func (c *Client) SitePutTarget(ctx context.Context, p SitePutTargetParameters, body SiteAimInput) (out SiteEnrolment, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/sites/{site}/target", map[string]string{"path study": p.Study, "path site": p.Site}, jsonOf(body))
	return out, err
}

// SiteGetTeamParameters are what SiteGetTeam is asked with.
type SiteGetTeamParameters struct {
	Study string // path: The study's id.
	Site  string // path: The site's id; without it, of all sites that the caller may see.
}

// SiteGetTeam: Tells a site's people and delegations. GET /api/v1/studies/{study}/sites/{site}/team
func (c *Client) SiteGetTeam(ctx context.Context, p SiteGetTeamParameters) (out SiteTeam, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/sites/{site}/team", map[string]string{"path study": p.Study, "path site": p.Site}, nil)
	return out, err
}

// EdcMoveStagesParameters are what EdcMoveStages is asked with.
type EdcMoveStagesParameters struct {
	Study string // path: The study's id.
}

// EdcMoveStagesBody is a body.
type EdcMoveStagesBody struct {
	Parts  []EdcPartOfInput `json:"parts,omitzero"`
	Reason string           `json:"reason,omitzero"`
	Step   string           `json:"step,omitzero"`
}

// EdcMoveStagesResult is a body.
type EdcMoveStagesResult struct {
	Count int64  `json:"count"`
	Stage string `json:"stage"`
}

// EdcMoveStages: Takes one step on many parts, all or none: {step, reason, parts: [{subject, scope}]}; no subject is the study. POST /api/v1/studies/{study}/stages
func (c *Client) EdcMoveStages(ctx context.Context, p EdcMoveStagesParameters, body EdcMoveStagesBody) (out EdcMoveStagesResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/stages", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// TrialPostSubjectParameters are what TrialPostSubject is asked with.
type TrialPostSubjectParameters struct {
	Study string // path: The study's id.
}

// TrialPostSubject: Enrols a subject. POST /api/v1/studies/{study}/subjects
func (c *Client) TrialPostSubject(ctx context.Context, p TrialPostSubjectParameters, body PatientEnrolmentInput) (out PatientSubject, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcCasebookParameters are what EdcCasebook is asked with.
type EdcCasebookParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EdcCasebookResult is a body.
type EdcCasebookResult struct {
	Definition   int64      `json:"definition"`
	EnrolledAt   time.Time  `json:"enrolledAt"`
	Events       []EdcVisit `json:"events"`
	RescreenedAs string     `json:"rescreenedAs"`
	Rescreens    string     `json:"rescreens"`
	Site         string     `json:"site"`
	Status       string     `json:"status"`
	Subject      string     `json:"subject"`
}

// EdcCasebook: Tells a subject's visits and forms. GET /api/v1/studies/{study}/subjects/{subject}
func (c *Client) EdcCasebook(ctx context.Context, p EdcCasebookParameters) (out EdcCasebookResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}", map[string]string{"path study": p.Study, "path subject": p.Subject}, nil)
	return out, err
}

// AllocationGetSubjectParameters are what AllocationGetSubject is asked with.
type AllocationGetSubjectParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// AllocationGetSubject: Tells whether a subject is randomised, and if not, what is lacking. GET /api/v1/studies/{study}/subjects/{subject}/allocation
func (c *Client) AllocationGetSubject(ctx context.Context, p AllocationGetSubjectParameters) (out AllocationStanding, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/allocation", map[string]string{"path study": p.Study, "path subject": p.Subject}, nil)
	return out, err
}

// AllocationPostSubjectParameters are what AllocationPostSubject is asked with.
type AllocationPostSubjectParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// AllocationPostSubjectBody is a body.
type AllocationPostSubjectBody struct {
}

// AllocationPostSubject: Randomises a subject. POST /api/v1/studies/{study}/subjects/{subject}/allocation
func (c *Client) AllocationPostSubject(ctx context.Context, p AllocationPostSubjectParameters, body AllocationPostSubjectBody) (out AllocationStanding, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/allocation", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// BlindedSaveParameters are what BlindedSave is asked with.
type BlindedSaveParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// BlindedSaveBody is a body.
type BlindedSaveBody struct {
	Reason string             `json:"reason,omitzero"`
	Values []BlindedSaidInput `json:"values,omitzero"`
}

// BlindedSave: Keeps values of blinded items of one subject. PATCH /api/v1/studies/{study}/subjects/{subject}/blinded-values
func (c *Client) BlindedSave(ctx context.Context, p BlindedSaveParameters, body BlindedSaveBody) error {
	return c.call(ctx, nil, "PATCH", "/api/v1/studies/{study}/subjects/{subject}/blinded-values", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
}

// EdcDiffParameters are what EdcDiff is asked with.
type EdcDiffParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
	From    string // query: The earlier of the two.
	To      string // query: The later of the two.
}

// EdcDiffResult is a body.
type EdcDiffResult struct {
	Differences []EdcDifference `json:"differences"`
}

// EdcDiff: Answers what differs between two moments: ?from=…&to=…, each a time or signature:ID; no to is now. GET /api/v1/studies/{study}/subjects/{subject}/diff
func (c *Client) EdcDiff(ctx context.Context, p EdcDiffParameters) (out EdcDiffResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/diff", map[string]string{"path study": p.Study, "path subject": p.Subject, "query from": p.From, "query to": p.To}, nil)
	return out, err
}

// EproPostAnchorParameters are what EproPostAnchor is asked with.
type EproPostAnchorParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproPostAnchorBody is a body.
type EproPostAnchorBody struct {
	At   time.Time `json:"at,omitzero"`
	Kind string    `json:"kind,omitzero"`
	Name string    `json:"name,omitzero"`
}

// EproPostAnchor: Says when what a schedule counts from took place. POST /api/v1/studies/{study}/subjects/{subject}/epro/anchors
func (c *Client) EproPostAnchor(ctx context.Context, p EproPostAnchorParameters, body EproPostAnchorBody) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/epro/anchors", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EproDeleteConsentParameters are what EproDeleteConsent is asked with.
type EproDeleteConsentParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproDeleteConsent: Records that a subject has told the site that they take back what they signed. DELETE /api/v1/studies/{study}/subjects/{subject}/epro/consent
func (c *Client) EproDeleteConsent(ctx context.Context, p EproDeleteConsentParameters, body EproReasonedInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "DELETE", "/api/v1/studies/{study}/subjects/{subject}/epro/consent", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EproPostPaperParameters are what EproPostPaper is asked with.
type EproPostPaperParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproPostPaperBody is a body.
type EproPostPaperBody struct {
	Informed string           `json:"informed,omitzero"` // name of who spoke with them, and signed beside them
	Language string           `json:"language,omitzero"`
	Name     string           `json:"name,omitzero"`     // of who signed
	Number   int64            `json:"number,omitzero"`   // of the version that was signed
	Reporter string           `json:"reporter,omitzero"` // self, or how whoever signed is related to the patient
	Scan     ConsentScanInput `json:"scan,omitzero"`
	SignedOn string           `json:"signedOn,omitzero"` // the date that stands on the paper
}

// EproPostPaper: Records a consent that a subject has signed on paper. POST /api/v1/studies/{study}/subjects/{subject}/epro/consent
func (c *Client) EproPostPaper(ctx context.Context, p EproPostPaperParameters, body EproPostPaperBody) (out EproSigned, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/epro/consent", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EproGetIdentityParameters are what EproGetIdentity is asked with.
type EproGetIdentityParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproGetIdentityResult is a body.
type EproGetIdentityResult struct {
	Reach []EproReach `json:"reach"`
}

// EproGetIdentity: Shows the subject's site where its reminders go, with the whole addresses. GET /api/v1/studies/{study}/subjects/{subject}/epro/identity
func (c *Client) EproGetIdentity(ctx context.Context, p EproGetIdentityParameters) (out EproGetIdentityResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/epro/identity", map[string]string{"path study": p.Study, "path subject": p.Subject}, nil)
	return out, err
}

// EproPostInviteParameters are what EproPostInvite is asked with.
type EproPostInviteParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproPostInviteBody is a body.
type EproPostInviteBody struct {
	Reporter string `json:"reporter,omitzero"`
}

// EproPostInvite: Invites a subject's phone. POST /api/v1/studies/{study}/subjects/{subject}/epro/phones
func (c *Client) EproPostInvite(ctx context.Context, p EproPostInviteParameters, body EproPostInviteBody) (out EproInvitation, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/epro/phones", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EproGetReachParameters are what EproGetReach is asked with.
type EproGetReachParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproGetReachResult is a body.
type EproGetReachResult struct {
	Reach     []EproReach    `json:"reach"`
	Reminders []EproReminder `json:"reminders"`
}

// EproGetReach: Tells how a subject is reminded. GET /api/v1/studies/{study}/subjects/{subject}/epro/reach
func (c *Client) EproGetReach(ctx context.Context, p EproGetReachParameters) (out EproGetReachResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/epro/reach", map[string]string{"path study": p.Study, "path subject": p.Subject}, nil)
	return out, err
}

// EproPutReachParameters are what EproPutReach is asked with.
type EproPutReachParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EproPutReach: Sets how a subject is reminded. PUT /api/v1/studies/{study}/subjects/{subject}/epro/reach
func (c *Client) EproPutReach(ctx context.Context, p EproPutReachParameters, body EproReachInput) (out map[string]json.RawMessage, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/subjects/{subject}/epro/reach", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EdcFormParameters are what EdcForm is asked with.
type EdcFormParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
	AsOf        string // query: As it was at this moment (RFC 3339).
}

// EdcForm: Tells a form, its values and queries. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}
func (c *Client) EdcForm(ctx context.Context, p EdcFormParameters) (out EdcFormAnswer, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat, "query asOf": p.AsOf}, nil)
	return out, err
}

// EdcSaveParameters are what EdcSave is asked with.
type EdcSaveParameters struct {
	Study          string // path: The study's id.
	Subject        string // path: The subject's number.
	Event          string // path: OID of the study event.
	EventRepeat    string // path: Which repetition of the event, from 1.
	Form           string // path: OID of the form.
	FormRepeat     string // path: Which repetition of the form, from 1.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfMatch        string // header: The version that was seen, in quotes; one that has been overtaken is answered 412.
	IfNoneMatch    string // header: * for what must not be there yet, or the ETag that the caller has.
}

// EdcSaveBody is a body.
type EdcSaveBody struct {
	Items  []RecordValueInput `json:"items,omitzero"`
	Reason string             `json:"reason,omitzero"`
}

// EdcSave: Saves values. PATCH /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}
func (c *Client) EdcSave(ctx context.Context, p EdcSaveParameters, body EdcSaveBody) (out EdcFormAnswer, err error) {
	err = c.call(ctx, &out, "PATCH", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-Match": p.IfMatch, "header If-None-Match": p.IfNoneMatch}, jsonOf(body))
	return out, err
}

// EdcSwitchPartParameters are what EdcSwitchPart is asked with.
type EdcSwitchPartParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcSwitchPartBody is a body.
type EdcSwitchPartBody struct {
	Active bool   `json:"active,omitzero"`
	Group  string `json:"group,omitzero"`
	Reason string `json:"reason,omitzero"`
	Repeat string `json:"repeat,omitzero"`
}

// EdcSwitchPart: Makes a form, or a row of it, inactive or active again, with a reason; the answer is the form as it stands then. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/activity
func (c *Client) EdcSwitchPart(ctx context.Context, p EdcSwitchPartParameters, body EdcSwitchPartBody) (out EdcFormAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/activity", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
	return out, err
}

// DocumentAttachedParameters are what DocumentAttached is asked with.
type DocumentAttachedParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// DocumentAttachedResult is a body.
type DocumentAttachedResult struct {
	Files   []RecordAttached `json:"files"`
	Version int64            `json:"version"`
}

// DocumentAttached: Answers the files that stand at a form, those that are inactive too. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments
func (c *Client) DocumentAttached(ctx context.Context, p DocumentAttachedParameters) (out DocumentAttachedResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, nil)
	return out, err
}

// DocumentAttachParameters are what DocumentAttach is asked with.
type DocumentAttachParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// DocumentAttachResult is a body.
type DocumentAttachResult struct {
	Files   []RecordAttached `json:"files"`
	Version int64            `json:"version"`
}

// DocumentAttach: Keeps a scan or image at a form that was begun: PDF, PNG or JPEG, as found in its bytes. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments
func (c *Client) DocumentAttach(ctx context.Context, p DocumentAttachParameters, body DocumentAttachingInput) (out DocumentAttachResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
	return out, err
}

// DocumentFetchParameters are what DocumentFetch is asked with.
type DocumentFetchParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
	Number      string // path: The number of the release, the version or the file.
}

// DocumentFetch: Answers the bytes of a file that stands at a form. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}
func (c *Client) DocumentFetch(ctx context.Context, p DocumentFetchParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat, "path number": p.Number}, nil)
}

// DocumentDetachParameters are what DocumentDetach is asked with.
type DocumentDetachParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
	Number      string // path: The number of the release, the version or the file.
}

// DocumentDetachBody is a body.
type DocumentDetachBody struct {
	Reason string `json:"reason,omitzero"`
}

// DocumentDetachResult is a body.
type DocumentDetachResult struct {
	Files   []RecordAttached `json:"files"`
	Version int64            `json:"version"`
}

// DocumentDetach: Makes a file inactive, with the reason; its bytes stay: {reason}. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}/inactive
func (c *Client) DocumentDetach(ctx context.Context, p DocumentDetachParameters, body DocumentDetachBody) (out DocumentDetachResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/attachments/{number}/inactive", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat, "path number": p.Number}, jsonOf(body))
	return out, err
}

// EdcDisagreementsParameters are what EdcDisagreements is asked with.
type EdcDisagreementsParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcDisagreementsBody is a body.
type EdcDisagreementsBody struct {
	Disagreements []RecordDisagreementInput `json:"disagreements,omitzero"`
}

// EdcDisagreements: Takes in where the browser's rules came to another outcome than the server's. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/disagreements
func (c *Client) EdcDisagreements(ctx context.Context, p EdcDisagreementsParameters, body EdcDisagreementsBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/disagreements", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
}

// EdcEnterParameters are what EdcEnter is asked with.
type EdcEnterParameters struct {
	Study          string // path: The study's id.
	Subject        string // path: The subject's number.
	Event          string // path: OID of the study event.
	EventRepeat    string // path: Which repetition of the event, from 1.
	Form           string // path: OID of the form.
	FormRepeat     string // path: Which repetition of the form, from 1.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
}

// EdcEnterBody is a body.
type EdcEnterBody struct {
	Items []RecordValueInput `json:"items,omitzero"`
}

// EdcEnter: Hands in what this person entered of a form that two enter: {items}, the whole of it. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries
func (c *Client) EdcEnter(ctx context.Context, p EdcEnterParameters, body EdcEnterBody) (out EdcFormAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey}, jsonOf(body))
	return out, err
}

// EdcDiscardParameters are what EdcDiscard is asked with.
type EdcDiscardParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcDiscardBody is a body.
type EdcDiscardBody struct {
	Choices []RecordValueInput `json:"choices,omitzero"`
	Reason  string             `json:"reason,omitzero"`
}

// EdcDiscard: Lets the entries of a form go, so that it is entered anew: {reason}. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/discard
func (c *Client) EdcDiscard(ctx context.Context, p EdcDiscardParameters, body EdcDiscardBody) (out EdcFormAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/discard", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
	return out, err
}

// EdcDraftParameters are what EdcDraft is asked with.
type EdcDraftParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcDraftBody is a body.
type EdcDraftBody struct {
	Items []RecordValueInput `json:"items,omitzero"`
}

// EdcDraft: Keeps what this person has typed of a form that two enter, until it is handed in: {items}, all of it; none lets it go. PUT /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/draft
func (c *Client) EdcDraft(ctx context.Context, p EdcDraftParameters, body EdcDraftBody) error {
	return c.call(ctx, nil, "PUT", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/draft", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
}

// EdcSettleParameters are what EdcSettle is asked with.
type EdcSettleParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcSettleBody is a body.
type EdcSettleBody struct {
	Choices []RecordValueInput `json:"choices,omitzero"`
	Reason  string             `json:"reason,omitzero"`
}

// EdcSettle: Saves a form of which two entries differ: {choices: [{group, repeat, item, value, blank}], reason}, one choice for each item that differs. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/settlement
func (c *Client) EdcSettle(ctx context.Context, p EdcSettleParameters, body EdcSettleBody) (out EdcFormAnswer, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/entries/settlement", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
	return out, err
}

// EdcHistoryParameters are what EdcHistory is asked with.
type EdcHistoryParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
	Group       string // query: OID of the item group.
	Item        string // query: OID of the item.
	Repeat      string // query: Which repetition of the item group, from 1.
}

// EdcHistoryResult is a body.
type EdcHistoryResult struct {
	Entries []struct {
		At       time.Time `json:"at"`
		By       string    `json:"by"`
		ByName   string    `json:"byName"`
		Computed bool      `json:"computed"`
		First    bool      `json:"first"` // ODM's Insert: there was nothing before
		Group    string    `json:"group"`
		Index    int64     `json:"index"` // -1 while it waits for its place in the ledger
		Item     string    `json:"item"`
		New      string    `json:"new"`
		NewBlank string    `json:"newBlank"`
		Old      string    `json:"old"`
		OldBlank string    `json:"oldBlank"`
		Reason   string    `json:"reason"`
		Repeat   string    `json:"repeat"`
		Role     string    `json:"role"`
		Trace    string    `json:"trace"`
		What     string    `json:"what"`
	} `json:"entries"`
}

// EdcHistory: Tells the history of a value. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/history
func (c *Client) EdcHistory(ctx context.Context, p EdcHistoryParameters) (out EdcHistoryResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/history", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat, "query group": p.Group, "query item": p.Item, "query repeat": p.Repeat}, nil)
	return out, err
}

// EdcReviewsParameters are what EdcReviews is asked with.
type EdcReviewsParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcReviewsResult is a body.
type EdcReviewsResult struct {
	Reviews []EdcReviewAnswer `json:"reviews"`
	Version int64             `json:"version"`
}

// EdcReviews: Answers how the values of a form stand in each kind of review. GET /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews
func (c *Client) EdcReviews(ctx context.Context, p EdcReviewsParameters) (out EdcReviewsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, nil)
	return out, err
}

// EdcReviewParameters are what EdcReview is asked with.
type EdcReviewParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
	FormRepeat  string // path: Which repetition of the form, from 1.
}

// EdcReviewBody is a body.
type EdcReviewBody struct {
	Items   []RecordValueInput `json:"items,omitzero"`
	Kind    string             `json:"kind,omitzero"`
	Reason  string             `json:"reason,omitzero"`
	Undo    bool               `json:"undo,omitzero"`
	Version int64              `json:"version,omitzero"`
}

// EdcReviewResult is a body.
type EdcReviewResult struct {
	Reviews []EdcReviewAnswer `json:"reviews"`
	Version int64             `json:"version"`
}

// EdcReview: Makes marks on a form, or takes them back: {kind, version, items: [{group, repeat, item}], undo, reason}. POST /api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews
func (c *Client) EdcReview(ctx context.Context, p EdcReviewParameters, body EdcReviewBody) (out EdcReviewResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/forms/{event}/{eventRepeat}/{form}/{formRepeat}/reviews", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form, "path formRepeat": p.FormRepeat}, jsonOf(body))
	return out, err
}

// KitDispenseParameters are what KitDispense is asked with.
type KitDispenseParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// KitDispenseBody is a body.
type KitDispenseBody struct {
}

// KitDispense: Answers the kit that a subject is given, which the server picks. POST /api/v1/studies/{study}/subjects/{subject}/kits
func (c *Client) KitDispense(ctx context.Context, p KitDispenseParameters, body KitDispenseBody) (out KitKit, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/kits", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EdcLogParameters are what EdcLog is asked with.
type EdcLogParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
	Form        string // path: OID of the form.
}

// EdcLogResult is a body.
type EdcLogResult struct {
	Forms []EdcFormAnswer `json:"forms"`
}

// EdcLog: Answers all repeats of one form in one visit, each as its own address would answer it. GET /api/v1/studies/{study}/subjects/{subject}/logs/{event}/{eventRepeat}/{form}
func (c *Client) EdcLog(ctx context.Context, p EdcLogParameters) (out EdcLogResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/logs/{event}/{eventRepeat}/{form}", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat, "path form": p.Form}, nil)
	return out, err
}

// EdcPastParameters are what EdcPast is asked with.
type EdcPastParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
	At      string // query: As it was at this moment (RFC 3339), or at signature:ID.
}

// EdcPastResult is a body.
type EdcPastResult struct {
	Forms      []EdcPastForm    `json:"forms"`
	Queries    []EdcQuery       `json:"queries"`
	Signatures []EdcSignature   `json:"signatures"`
	Stages     []EdcStageAnswer `json:"stages"`
	Subject    string           `json:"subject"`
	Unsettled  []EdcPastWaiting `json:"unsettled"`
}

// EdcPast: Answers a casebook as it was: ?at=TIME or ?at=signature:ID. GET /api/v1/studies/{study}/subjects/{subject}/past
func (c *Client) EdcPast(ctx context.Context, p EdcPastParameters) (out EdcPastResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/past", map[string]string{"path study": p.Study, "path subject": p.Subject, "query at": p.At}, nil)
	return out, err
}

// ExportGetPrintParameters are what ExportGetPrint is asked with.
type ExportGetPrintParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
	AsOf    string // query: As it was at this moment (RFC 3339).
}

// ExportGetPrint: Sends a casebook as PDF, as it is or as of ?asOf. GET /api/v1/studies/{study}/subjects/{subject}/pdf
func (c *Client) ExportGetPrint(ctx context.Context, p ExportGetPrintParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/subjects/{subject}/pdf", map[string]string{"path study": p.Study, "path subject": p.Subject, "query asOf": p.AsOf}, nil)
}

// SafetyOpenParameters are what SafetyOpen is asked with.
type SafetyOpenParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// SafetyOpen: Opens a case of a subject with the draft of its initial report. POST /api/v1/studies/{study}/subjects/{subject}/safety-cases
func (c *Client) SafetyOpen(ctx context.Context, p SafetyOpenParameters, body SafetyDraftInput) (out SafetyOne, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/safety-cases", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EdcStandingsParameters are what EdcStandings is asked with.
type EdcStandingsParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EdcStandingsResult is a body.
type EdcStandingsResult struct {
	Signatures []EdcSignature   `json:"signatures"`
	Stages     []EdcStageAnswer `json:"stages"`
}

// EdcStandings: Answers what is frozen, locked and signed of a casebook. GET /api/v1/studies/{study}/subjects/{subject}/standings
func (c *Client) EdcStandings(ctx context.Context, p EdcStandingsParameters) (out EdcStandingsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/subjects/{subject}/standings", map[string]string{"path study": p.Study, "path subject": p.Subject}, nil)
	return out, err
}

// TrialPutStatusParameters are what TrialPutStatus is asked with.
type TrialPutStatusParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// TrialPutStatusBody is a body.
type TrialPutStatusBody struct {
	Reason string `json:"reason,omitzero"`
	Status string `json:"status,omitzero"`
}

// TrialPutStatus: Moves a subject to another state. PUT /api/v1/studies/{study}/subjects/{subject}/status
func (c *Client) TrialPutStatus(ctx context.Context, p TrialPutStatusParameters, body TrialPutStatusBody) (out PatientSubject, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/subjects/{subject}/status", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EdcTransferParameters are what EdcTransfer is asked with.
type EdcTransferParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// EdcTransferBody is a body.
type EdcTransferBody struct {
	Reason string `json:"reason,omitzero"`
	Site   string `json:"site,omitzero"`
}

// EdcTransfer: Moves a subject to another site. POST /api/v1/studies/{study}/subjects/{subject}/transfer
func (c *Client) EdcTransfer(ctx context.Context, p EdcTransferParameters, body EdcTransferBody) (out PatientSubject, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/transfer", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// AllocationPostUnblindingParameters are what AllocationPostUnblinding is asked with.
type AllocationPostUnblindingParameters struct {
	Study   string // path: The study's id.
	Subject string // path: The subject's number.
}

// AllocationPostUnblindingBody is a body.
type AllocationPostUnblindingBody struct {
	Password string `json:"password,omitzero"`
	Reason   string `json:"reason,omitzero"`
	Text     string `json:"text,omitzero"`
	User     string `json:"user,omitzero"`
}

// AllocationPostUnblinding: Answers a subject's treatment in an emergency: with a chosen reason, one in words, and a signature. POST /api/v1/studies/{study}/subjects/{subject}/unblinding
func (c *Client) AllocationPostUnblinding(ctx context.Context, p AllocationPostUnblindingParameters, body AllocationPostUnblindingBody) (out AllocationRevealed, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/subjects/{subject}/unblinding", map[string]string{"path study": p.Study, "path subject": p.Subject}, jsonOf(body))
	return out, err
}

// EdcSkipVisitParameters are what EdcSkipVisit is asked with.
type EdcSkipVisitParameters struct {
	Study       string // path: The study's id.
	Subject     string // path: The subject's number.
	Event       string // path: OID of the study event.
	EventRepeat string // path: Which repetition of the event, from 1.
}

// EdcSkipVisitBody is a body.
type EdcSkipVisitBody struct {
	Reason string `json:"reason,omitzero"`
	Skip   bool   `json:"skip,omitzero"`
}

// EdcSkipVisit: Says that a visit does not take place, or takes that back: {skip, reason}. POST /api/v1/studies/{study}/subjects/{subject}/visits/{event}/{eventRepeat}/skip
func (c *Client) EdcSkipVisit(ctx context.Context, p EdcSkipVisitParameters, body EdcSkipVisitBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/subjects/{subject}/visits/{event}/{eventRepeat}/skip", map[string]string{"path study": p.Study, "path subject": p.Subject, "path event": p.Event, "path eventRepeat": p.EventRepeat}, jsonOf(body))
}

// SitePutStudyTargetParameters are what SitePutStudyTarget is asked with.
type SitePutStudyTargetParameters struct {
	Study string // path: The study's id.
}

// SitePutStudyTarget: Sets the study's target of enrolment. PUT /api/v1/studies/{study}/target
func (c *Client) SitePutStudyTarget(ctx context.Context, p SitePutStudyTargetParameters, body SiteAimInput) (out SiteEnrolment, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/target", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// EdcTrailParameters are what EdcTrail is asked with.
type EdcTrailParameters struct {
	Study   string // path: The study's id.
	After   string // query: Where to go on: the cursor that the last page ended with.
	Site    string // query: The site's id; without it, of all sites that the caller may see.
	Subject string // query: The subject's number.
	Value   string // query: Only with this text in the old or new value.
	What    string // query: Only with this verb.
	Where   string // query: Only about this place.
	Who     string // query: Only by this person.
}

// EdcTrailResult is a body.
type EdcTrailResult struct {
	Back    time.Time       `json:"back,omitzero"`
	Entries []EdcTrailEntry `json:"entries"`
	Next    string          `json:"next"`
}

// EdcTrail: Answers the entries of the study that fit, newest first. GET /api/v1/studies/{study}/trail
func (c *Client) EdcTrail(ctx context.Context, p EdcTrailParameters) (out EdcTrailResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/trail", map[string]string{"path study": p.Study, "query after": p.After, "query site": p.Site, "query subject": p.Subject, "query value": p.Value, "query what": p.What, "query where": p.Where, "query who": p.Who}, nil)
	return out, err
}

// EdcExportTrailParameters are what EdcExportTrail is asked with.
type EdcExportTrailParameters struct {
	Study   string // path: The study's id.
	Site    string // query: The site's id; without it, of all sites that the caller may see.
	Subject string // query: The subject's number.
	Value   string // query: Only with this text in the old or new value.
	What    string // query: Only with this verb.
	Where   string // query: Only about this place.
	Who     string // query: Only by this person.
}

// EdcExportTrail: What a search finds as CSV, of any length: one row for each changed item, one for each other entry. GET /api/v1/studies/{study}/trail/export
func (c *Client) EdcExportTrail(ctx context.Context, p EdcExportTrailParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/trail/export", map[string]string{"path study": p.Study, "query site": p.Site, "query subject": p.Subject, "query value": p.Value, "query what": p.What, "query where": p.Where, "query who": p.Who}, nil)
}

// EdcReviewTrailParameters are what EdcReviewTrail is asked with.
type EdcReviewTrailParameters struct {
	Study string // path: The study's id.
}

// EdcReviewTrailBody is a body.
type EdcReviewTrailBody struct {
	Filter map[string]string `json:"filter,omitzero"`
	Found  int64             `json:"found,omitzero"`
	Note   string            `json:"note,omitzero"`
}

// EdcReviewTrail: Records that somebody has reviewed the trail as far as a search went, and what they found: {filter, found, note}. POST /api/v1/studies/{study}/trail/reviews
func (c *Client) EdcReviewTrail(ctx context.Context, p EdcReviewTrailParameters, body EdcReviewTrailBody) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/trail/reviews", map[string]string{"path study": p.Study}, jsonOf(body))
}

// SitePutRequiredParameters are what SitePutRequired is asked with.
type SitePutRequiredParameters struct {
	Study string // path: The study's id.
}

// SitePutRequiredBody is a body.
type SitePutRequiredBody struct {
	Reason  string              `json:"reason,omitzero"`
	Roles   map[string][]string `json:"roles,omitzero"`
	Version int64               `json:"version,omitzero"`
}

// SitePutRequiredResult is a body.
type SitePutRequiredResult struct {
	Roles   map[string][]string `json:"roles"`
	Version int64               `json:"version"`
}

// SitePutRequired: Sets which trainings roles need in the study. PUT /api/v1/studies/{study}/trainings
func (c *Client) SitePutRequired(ctx context.Context, p SitePutRequiredParameters, body SitePutRequiredBody) (out SitePutRequiredResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/trainings", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// UploadGetAllParameters are what UploadGetAll is asked with.
type UploadGetAllParameters struct {
	Study string // path: The study's id.
}

// UploadGetAllResult is a body.
type UploadGetAllResult struct {
	Uploads []json.RawMessage `json:"uploads"`
}

// UploadGetAll: Lists the files that were uploaded to a study, the newest first. GET /api/v1/studies/{study}/uploads
func (c *Client) UploadGetAll(ctx context.Context, p UploadGetAllParameters) (out UploadGetAllResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/uploads", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// UploadPostParameters are what UploadPost is asked with.
type UploadPostParameters struct {
	Study string // path: The study's id.
}

// UploadPostBody is a body.
type UploadPostBody struct {
	Id    string `json:"id,omitzero"`
	Name  string `json:"name,omitzero"`
	Size  int64  `json:"size,omitzero"`
	Trial bool   `json:"trial,omitzero"`
}

// UploadPostResult is a body.
type UploadPostResult struct {
	Upload json.RawMessage `json:"upload"`
}

// UploadPost: Announces a file: {id, name, size, trial}. POST /api/v1/studies/{study}/uploads
func (c *Client) UploadPost(ctx context.Context, p UploadPostParameters, body UploadPostBody) (out UploadPostResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/uploads", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// UploadGetOneParameters are what UploadGetOne is asked with.
type UploadGetOneParameters struct {
	Study  string // path: The study's id.
	Upload string // path: The digest of the file: the SHA-256 of the SHA-256 of its pieces, in hexadecimal.
}

// UploadGetOneResult is a body.
type UploadGetOneResult struct {
	Findings []json.RawMessage `json:"findings"`
	Upload   json.RawMessage   `json:"upload"`
}

// UploadGetOne: Answers one uploaded file: how far it is, and what could not be taken in, by line. GET /api/v1/studies/{study}/uploads/{upload}
func (c *Client) UploadGetOne(ctx context.Context, p UploadGetOneParameters) (out UploadGetOneResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/uploads/{upload}", map[string]string{"path study": p.Study, "path upload": p.Upload}, nil)
	return out, err
}

// UploadPostAgainParameters are what UploadPostAgain is asked with.
type UploadPostAgainParameters struct {
	Study  string // path: The study's id.
	Upload string // path: The digest of the file: the SHA-256 of the SHA-256 of its pieces, in hexadecimal.
}

// UploadPostAgainResult is a body.
type UploadPostAgainResult struct {
	Upload json.RawMessage `json:"upload"`
}

// UploadPostAgain: Has a file read, or judged, once more, for rows that were set aside. POST /api/v1/studies/{study}/uploads/{upload}/again
func (c *Client) UploadPostAgain(ctx context.Context, p UploadPostAgainParameters) (out UploadPostAgainResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/uploads/{upload}/again", map[string]string{"path study": p.Study, "path upload": p.Upload}, nil)
	return out, err
}

// UploadPostDecisionParameters are what UploadPostDecision is asked with.
type UploadPostDecisionParameters struct {
	Study  string // path: The study's id.
	Upload string // path: The digest of the file: the SHA-256 of the SHA-256 of its pieces, in hexadecimal.
}

// UploadPostDecisionBody is a body.
type UploadPostDecisionBody struct {
	Take bool `json:"take,omitzero"`
}

// UploadPostDecisionResult is a body.
type UploadPostDecisionResult struct {
	Upload json.RawMessage `json:"upload"`
}

// UploadPostDecision: Decides on a file that was judged: {take}, whether it is taken in or left out. POST /api/v1/studies/{study}/uploads/{upload}/decision
func (c *Client) UploadPostDecision(ctx context.Context, p UploadPostDecisionParameters, body UploadPostDecisionBody) (out UploadPostDecisionResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/uploads/{upload}/decision", map[string]string{"path study": p.Study, "path upload": p.Upload}, jsonOf(body))
	return out, err
}

// UploadPutPieceParameters are what UploadPutPiece is asked with.
type UploadPutPieceParameters struct {
	Study  string // path: The study's id.
	Upload string // path: The digest of the file: the SHA-256 of the SHA-256 of its pieces, in hexadecimal.
	Piece  string // path: Which piece of the file, from 0.
}

// UploadPutPieceResult is a body.
type UploadPutPieceResult struct {
	Upload json.RawMessage `json:"upload"`
}

// UploadPutPiece: Takes one piece of a file, of upload.pieceSize bytes but for the last. PUT /api/v1/studies/{study}/uploads/{upload}/pieces/{piece}
func (c *Client) UploadPutPiece(ctx context.Context, p UploadPutPieceParameters) (out UploadPutPieceResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/uploads/{upload}/pieces/{piece}", map[string]string{"path study": p.Study, "path upload": p.Upload, "path piece": p.Piece}, nil)
	return out, err
}

// TrialGetVersionsParameters are what TrialGetVersions is asked with.
type TrialGetVersionsParameters struct {
	Study string // path: The study's id.
}

// TrialGetVersionsResult is a body.
type TrialGetVersionsResult struct {
	Sites    []TrialSite      `json:"sites"`
	Uses     []TrialUse       `json:"uses"`
	Versions []TrialPublished `json:"versions"`
}

// TrialGetVersions: Lists versions, and which site works by which. GET /api/v1/studies/{study}/versions
func (c *Client) TrialGetVersions(ctx context.Context, p TrialGetVersionsParameters) (out TrialGetVersionsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/versions", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// TrialGetDiffParameters are what TrialGetDiff is asked with.
type TrialGetDiffParameters struct {
	Study string // path: The study's id.
}

// TrialGetDiffResult is a body.
type TrialGetDiffResult struct {
	Changes []OdmChange `json:"changes"`
	From    int64       `json:"from"`
	To      int64       `json:"to"`
}

// TrialGetDiff: Answers how ?from=N and ?to=N differ in meaning. GET /api/v1/studies/{study}/versions/diff
func (c *Client) TrialGetDiff(ctx context.Context, p TrialGetDiffParameters) (out TrialGetDiffResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/versions/diff", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// ViewListParameters are what ViewList is asked with.
type ViewListParameters struct {
	Study string // path: The study's id.
}

// ViewListResult is a body.
type ViewListResult struct {
	MayShare bool       `json:"mayShare"`
	Views    []ViewView `json:"views"`
}

// ViewList: Tells the reader's own views of a study and those that are shared, by page and name. GET /api/v1/studies/{study}/views
func (c *Client) ViewList(ctx context.Context, p ViewListParameters) (out ViewListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/views", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// ViewSaveParameters are what ViewSave is asked with.
type ViewSaveParameters struct {
	Study string // path: The study's id.
}

// ViewSaveBody is a body.
type ViewSaveBody struct {
	Name   string `json:"name,omitzero"`
	Page   string `json:"page,omitzero"`
	Query  string `json:"query,omitzero"`
	Shared bool   `json:"shared,omitzero"`
}

// ViewSave: Keeps a view under a name; the reader's view of that page and name is replaced. POST /api/v1/studies/{study}/views
func (c *Client) ViewSave(ctx context.Context, p ViewSaveParameters, body ViewSaveBody) (out ViewView, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/views", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// ViewRemoveParameters are what ViewRemove is asked with.
type ViewRemoveParameters struct {
	Study string // path: The study's id.
	View  string // path: see the document.
}

// ViewRemove: Takes away a view of the reader's own, or one that is shared, where the reader may share. DELETE /api/v1/studies/{study}/views/{view}
func (c *Client) ViewRemove(ctx context.Context, p ViewRemoveParameters) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/studies/{study}/views/{view}", map[string]string{"path study": p.Study, "path view": p.View}, nil)
}

// VisitGetChecklistsParameters are what VisitGetChecklists is asked with.
type VisitGetChecklistsParameters struct {
	Study string // path: The study's id.
}

// VisitGetChecklistsResult is a body.
type VisitGetChecklistsResult struct {
	Checklists []struct {
		Form    *OdmVersion `json:"form"`
		Id      string      `json:"id"`
		Site    string      `json:"site"`
		Version int64       `json:"version"`
	} `json:"checklists"`
}

// VisitGetChecklists: Answers what is looked at in each kind of visit. GET /api/v1/studies/{study}/visit-checklists
func (c *Client) VisitGetChecklists(ctx context.Context, p VisitGetChecklistsParameters) (out VisitGetChecklistsResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/visit-checklists", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// VisitPutChecklistParameters are what VisitPutChecklist is asked with.
type VisitPutChecklistParameters struct {
	Study string // path: The study's id.
	Kind  string // path: Which kind; the operation says which there are.
}

// VisitPutChecklistBody is a body.
type VisitPutChecklistBody struct {
	Form    OdmVersionInput `json:"form,omitzero"`
	Reason  string          `json:"reason,omitzero"`
	Version int64           `json:"version,omitzero"`
}

// VisitPutChecklistResult is a body.
type VisitPutChecklistResult struct {
	Form    *OdmVersion `json:"form"`
	Id      string      `json:"id"`
	Site    string      `json:"site"`
	Version int64       `json:"version"`
}

// VisitPutChecklist: Chooses what is looked at in a kind of visit. PUT /api/v1/studies/{study}/visit-checklists/{kind}
func (c *Client) VisitPutChecklist(ctx context.Context, p VisitPutChecklistParameters, body VisitPutChecklistBody) (out VisitPutChecklistResult, err error) {
	err = c.call(ctx, &out, "PUT", "/api/v1/studies/{study}/visit-checklists/{kind}", map[string]string{"path study": p.Study, "path kind": p.Kind}, jsonOf(body))
	return out, err
}

// EdcVisitListParameters are what EdcVisitList is asked with.
type EdcVisitListParameters struct {
	Study  string // path: The study's id.
	After  string // query: Where to go on: the cursor that the last page ended with.
	Limit  string // query: How many at most.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
	State  string // query: Only those in these states, with commas between.
	Status string // query: Only subjects in this state.
}

// EdcVisitListResult is a body.
type EdcVisitListResult struct {
	Next   string           `json:"next"`
	Visits []EdcListedVisit `json:"visits"`
}

// EdcVisitList: Answers visits by their states, subject by subject: ?state=, site=, after=. GET /api/v1/studies/{study}/visits
func (c *Client) EdcVisitList(ctx context.Context, p EdcVisitListParameters) (out EdcVisitListResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/visits", map[string]string{"path study": p.Study, "query after": p.After, "query limit": p.Limit, "query site": p.Site, "query state": p.State, "query status": p.Status}, nil)
	return out, err
}

// EdcExportVisitsParameters are what EdcExportVisits is asked with.
type EdcExportVisitsParameters struct {
	Study  string // path: The study's id.
	After  string // query: Where to go on: the cursor that the last page ended with.
	Limit  string // query: How many at most.
	Site   string // query: The site's id; without it, of all sites that the caller may see.
	State  string // query: Only those in these states, with commas between.
	Status string // query: Only subjects in this state.
}

// EdcExportVisits: VisitList as CSV, of any length. GET /api/v1/studies/{study}/visits/export
func (c *Client) EdcExportVisits(ctx context.Context, p EdcExportVisitsParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/api/v1/studies/{study}/visits/export", map[string]string{"path study": p.Study, "query after": p.After, "query limit": p.Limit, "query site": p.Site, "query state": p.State, "query status": p.Status}, nil)
}

// PlatformListWebhooksParameters are what PlatformListWebhooks is asked with.
type PlatformListWebhooksParameters struct {
	Study string // path: The study's id.
}

// PlatformListWebhooksResult is a body.
type PlatformListWebhooksResult struct {
	Webhooks []PlatformWebhook `json:"webhooks"`
}

// PlatformListWebhooks: Lists webhooks. GET /api/v1/studies/{study}/webhooks
func (c *Client) PlatformListWebhooks(ctx context.Context, p PlatformListWebhooksParameters) (out PlatformListWebhooksResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/webhooks", map[string]string{"path study": p.Study}, nil)
	return out, err
}

// PlatformAddWebhookParameters are what PlatformAddWebhook is asked with.
type PlatformAddWebhookParameters struct {
	Study string // path: The study's id.
}

// PlatformAddWebhookBody is a body.
type PlatformAddWebhookBody struct {
	Events []string `json:"events,omitzero"`
	Name   string   `json:"name,omitzero"`
	Url    string   `json:"url,omitzero"`
}

// PlatformAddWebhook: Adds a webhook. POST /api/v1/studies/{study}/webhooks
func (c *Client) PlatformAddWebhook(ctx context.Context, p PlatformAddWebhookParameters, body PlatformAddWebhookBody) (out PlatformWebhook, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/webhooks", map[string]string{"path study": p.Study}, jsonOf(body))
	return out, err
}

// PlatformRemoveWebhookParameters are what PlatformRemoveWebhook is asked with.
type PlatformRemoveWebhookParameters struct {
	Study   string // path: The study's id.
	Webhook string // path: The webhook's id.
}

// PlatformRemoveWebhook: Removes a webhook. DELETE /api/v1/studies/{study}/webhooks/{webhook}
func (c *Client) PlatformRemoveWebhook(ctx context.Context, p PlatformRemoveWebhookParameters) error {
	return c.call(ctx, nil, "DELETE", "/api/v1/studies/{study}/webhooks/{webhook}", map[string]string{"path study": p.Study, "path webhook": p.Webhook}, nil)
}

// PlatformDeliveriesParameters are what PlatformDeliveries is asked with.
type PlatformDeliveriesParameters struct {
	Study   string // path: The study's id.
	Webhook string // path: The webhook's id.
	Before  string // query: Only what is older than this.
	State   string // query: Only those in these states, with commas between.
}

// PlatformDeliveriesResult is a body.
type PlatformDeliveriesResult struct {
	Deliveries []PlatformDelivery `json:"deliveries"`
}

// PlatformDeliveries: Lists a webhook's deliveries. GET /api/v1/studies/{study}/webhooks/{webhook}/deliveries
func (c *Client) PlatformDeliveries(ctx context.Context, p PlatformDeliveriesParameters) (out PlatformDeliveriesResult, err error) {
	err = c.call(ctx, &out, "GET", "/api/v1/studies/{study}/webhooks/{webhook}/deliveries", map[string]string{"path study": p.Study, "path webhook": p.Webhook, "query before": p.Before, "query state": p.State}, nil)
	return out, err
}

// PlatformReplayParameters are what PlatformReplay is asked with.
type PlatformReplayParameters struct {
	Study    string // path: The study's id.
	Webhook  string // path: The webhook's id.
	Delivery string // path: The delivery's id.
}

// PlatformReplay: Sends a delivery again. POST /api/v1/studies/{study}/webhooks/{webhook}/deliveries/{delivery}/replay
func (c *Client) PlatformReplay(ctx context.Context, p PlatformReplayParameters) error {
	return c.call(ctx, nil, "POST", "/api/v1/studies/{study}/webhooks/{webhook}/deliveries/{delivery}/replay", map[string]string{"path study": p.Study, "path webhook": p.Webhook, "path delivery": p.Delivery}, nil)
}

// PlatformEnableWebhookParameters are what PlatformEnableWebhook is asked with.
type PlatformEnableWebhookParameters struct {
	Study   string // path: The study's id.
	Webhook string // path: The webhook's id.
}

// PlatformEnableWebhookResult is a body.
type PlatformEnableWebhookResult struct {
	Replayed int64 `json:"replayed"`
}

// PlatformEnableWebhook: Takes a disabled webhook back into service and sends what was given up meanwhile. POST /api/v1/studies/{study}/webhooks/{webhook}/enable
func (c *Client) PlatformEnableWebhook(ctx context.Context, p PlatformEnableWebhookParameters) (out PlatformEnableWebhookResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/webhooks/{webhook}/enable", map[string]string{"path study": p.Study, "path webhook": p.Webhook}, nil)
	return out, err
}

// PlatformRotateWebhookParameters are what PlatformRotateWebhook is asked with.
type PlatformRotateWebhookParameters struct {
	Study   string // path: The study's id.
	Webhook string // path: The webhook's id.
}

// PlatformRotateWebhookResult is a body.
type PlatformRotateWebhookResult struct {
	Secret string `json:"secret"`
}

// PlatformRotateWebhook: Makes a new secret; the old one goes on signing beside it for a day. POST /api/v1/studies/{study}/webhooks/{webhook}/rotate
func (c *Client) PlatformRotateWebhook(ctx context.Context, p PlatformRotateWebhookParameters) (out PlatformRotateWebhookResult, err error) {
	err = c.call(ctx, &out, "POST", "/api/v1/studies/{study}/webhooks/{webhook}/rotate", map[string]string{"path study": p.Study, "path webhook": p.Webhook}, nil)
	return out, err
}

// R4CreateStudyParameters are what R4CreateStudy is asked with.
type R4CreateStudyParameters struct {
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4CreateStudy: Adds a study without sites and versions, and makes somebody its data manager. POST /fhir/R4/ResearchStudy
func (c *Client) R4CreateStudy(ctx context.Context, p R4CreateStudyParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/ResearchStudy", map[string]string{"query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4RootMetadata: The CapabilityStatement of the address at which studies are created. GET /fhir/R4/metadata
func (c *Client) R4RootMetadata(ctx context.Context) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/metadata", nil, nil)
}

// R4TransactionParameters are what R4Transaction is asked with.
type R4TransactionParameters struct {
	Study          string // path: The study's id.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4Transaction: Makes all resources of a Bundle, or none. POST /fhir/R4/{study}
func (c *Client) R4Transaction(ctx context.Context, p R4TransactionParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}", map[string]string{"path study": p.Study, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4CreateObservationParameters are what R4CreateObservation is asked with.
type R4CreateObservationParameters struct {
	Study          string // path: The study's id.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4CreateObservation: Takes a laboratory result in, to wait until a person confirms it. POST /fhir/R4/{study}/Observation
func (c *Client) R4CreateObservation(ctx context.Context, p R4CreateObservationParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}/Observation", map[string]string{"path study": p.Study, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4ReadObservationParameters are what R4ReadObservation is asked with.
type R4ReadObservationParameters struct {
	Study  string // path: The study's id.
	Result string // path: The result's id.
}

// R4ReadObservation: A result that came as an Observation, as it came. GET /fhir/R4/{study}/Observation/{result}
func (c *Client) R4ReadObservation(ctx context.Context, p R4ReadObservationParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Observation/{result}", map[string]string{"path study": p.Study, "path result": p.Result}, nil)
}

// R4SearchSitesParameters are what R4SearchSites is asked with.
type R4SearchSitesParameters struct {
	Study string // path: The study's id.
}

// R4SearchSites: Finds the sites by _id or identifier. GET /fhir/R4/{study}/Organization
func (c *Client) R4SearchSites(ctx context.Context, p R4SearchSitesParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Organization", map[string]string{"path study": p.Study}, nil)
}

// R4ReadSiteParameters are what R4ReadSite is asked with.
type R4ReadSiteParameters struct {
	Study string // path: The study's id.
	Id    string // path: The resource's id.
}

// R4ReadSite: One site. GET /fhir/R4/{study}/Organization/{id}
func (c *Client) R4ReadSite(ctx context.Context, p R4ReadSiteParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Organization/{id}", map[string]string{"path study": p.Study, "path id": p.Id}, nil)
}

// R4SearchPatientsParameters are what R4SearchPatients is asked with.
type R4SearchPatientsParameters struct {
	Study string // path: The study's id.
}

// R4SearchPatients: Finds Patients by _id or identifier. GET /fhir/R4/{study}/Patient
func (c *Client) R4SearchPatients(ctx context.Context, p R4SearchPatientsParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Patient", map[string]string{"path study": p.Study}, nil)
}

// R4CreatePatientParameters are what R4CreatePatient is asked with.
type R4CreatePatientParameters struct {
	Study          string // path: The study's id.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4CreatePatient: Takes a subject in at the site that managingOrganization names, for screening. POST /fhir/R4/{study}/Patient
func (c *Client) R4CreatePatient(ctx context.Context, p R4CreatePatientParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}/Patient", map[string]string{"path study": p.Study, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4ReadPatientParameters are what R4ReadPatient is asked with.
type R4ReadPatientParameters struct {
	Study       string // path: The study's id.
	FhirSubject string // path: The id of the subject's Patient and ResearchSubject.
}

// R4ReadPatient: One Patient. GET /fhir/R4/{study}/Patient/{fhirSubject}
func (c *Client) R4ReadPatient(ctx context.Context, p R4ReadPatientParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Patient/{fhirSubject}", map[string]string{"path study": p.Study, "path fhirSubject": p.FhirSubject}, nil)
}

// R4SearchQuestionnairesParameters are what R4SearchQuestionnaires is asked with.
type R4SearchQuestionnairesParameters struct {
	Study string // path: The study's id.
}

// R4SearchQuestionnaires: Finds the study's forms by _id, url, version or status: active are those of the newest version, and drafts are there for whoever manages the study. GET /fhir/R4/{study}/Questionnaire
func (c *Client) R4SearchQuestionnaires(ctx context.Context, p R4SearchQuestionnairesParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Questionnaire", map[string]string{"path study": p.Study}, nil)
}

// R4CreateQuestionnaireParameters are what R4CreateQuestionnaire is asked with.
type R4CreateQuestionnaireParameters struct {
	Study          string // path: The study's id.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	Visit          string // query: see the document.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4CreateQuestionnaire: Keeps a form as a draft of a definition, which a person validates and publishes. POST /fhir/R4/{study}/Questionnaire
func (c *Client) R4CreateQuestionnaire(ctx context.Context, p R4CreateQuestionnaireParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}/Questionnaire", map[string]string{"path study": p.Study, "query validate_only": p.ValidateOnly, "query visit": p.Visit, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4ReadQuestionnaireParameters are what R4ReadQuestionnaire is asked with.
type R4ReadQuestionnaireParameters struct {
	Study string // path: The study's id.
	Id    string // path: The resource's id.
}

// R4ReadQuestionnaire: One form of one published version. GET /fhir/R4/{study}/Questionnaire/{id}
func (c *Client) R4ReadQuestionnaire(ctx context.Context, p R4ReadQuestionnaireParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Questionnaire/{id}", map[string]string{"path study": p.Study, "path id": p.Id}, nil)
}

// R4SearchResponsesParameters are what R4SearchResponses is asked with.
type R4SearchResponsesParameters struct {
	Study string // path: The study's id.
}

// R4SearchResponses: Finds filled forms by _id, subject (or patient), questionnaire, identifier and _lastUpdated (ge or gt). GET /fhir/R4/{study}/QuestionnaireResponse
func (c *Client) R4SearchResponses(ctx context.Context, p R4SearchResponsesParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/QuestionnaireResponse", map[string]string{"path study": p.Study}, nil)
}

// R4CreateResponseParameters are what R4CreateResponse is asked with.
type R4CreateResponseParameters struct {
	Study          string // path: The study's id.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4CreateResponse: Enters a form that has no values yet, by the same rules as a person's entry. POST /fhir/R4/{study}/QuestionnaireResponse
func (c *Client) R4CreateResponse(ctx context.Context, p R4CreateResponseParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}/QuestionnaireResponse", map[string]string{"path study": p.Study, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4ReadResponseParameters are what R4ReadResponse is asked with.
type R4ReadResponseParameters struct {
	Study    string // path: The study's id.
	Response string // path: The id of the QuestionnaireResponse.
}

// R4ReadResponse: One filled form. GET /fhir/R4/{study}/QuestionnaireResponse/{response}
func (c *Client) R4ReadResponse(ctx context.Context, p R4ReadResponseParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/QuestionnaireResponse/{response}", map[string]string{"path study": p.Study, "path response": p.Response}, nil)
}

// R4SearchStudyParameters are what R4SearchStudy is asked with.
type R4SearchStudyParameters struct {
	Study string // path: The study's id.
}

// R4SearchStudy: Finds the ResearchStudy of this address: there is one. GET /fhir/R4/{study}/ResearchStudy
func (c *Client) R4SearchStudy(ctx context.Context, p R4SearchStudyParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/ResearchStudy", map[string]string{"path study": p.Study}, nil)
}

// R4ReadStudyParameters are what R4ReadStudy is asked with.
type R4ReadStudyParameters struct {
	Study string // path: The study's id.
	Id    string // path: The resource's id.
}

// R4ReadStudy: The ResearchStudy of this address. GET /fhir/R4/{study}/ResearchStudy/{id}
func (c *Client) R4ReadStudy(ctx context.Context, p R4ReadStudyParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/ResearchStudy/{id}", map[string]string{"path study": p.Study, "path id": p.Id}, nil)
}

// R4SearchResearchSubjectsParameters are what R4SearchResearchSubjects is asked with.
type R4SearchResearchSubjectsParameters struct {
	Study string // path: The study's id.
}

// R4SearchResearchSubjects: Finds ResearchSubjects by _id, identifier, individual (or patient). GET /fhir/R4/{study}/ResearchSubject
func (c *Client) R4SearchResearchSubjects(ctx context.Context, p R4SearchResearchSubjectsParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/ResearchSubject", map[string]string{"path study": p.Study}, nil)
}

// R4CreateResearchSubjectParameters are what R4CreateResearchSubject is asked with.
type R4CreateResearchSubjectParameters struct {
	Study          string // path: The study's id.
	ValidateOnly   string // query: true: nothing is kept; the answer says what would be.
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
	IfNoneExist    string // header: Not served: please send an Idempotency-Key.
}

// R4CreateResearchSubject: Says where a subject stands in the study from now on. POST /fhir/R4/{study}/ResearchSubject
func (c *Client) R4CreateResearchSubject(ctx context.Context, p R4CreateResearchSubjectParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}/ResearchSubject", map[string]string{"path study": p.Study, "query validate_only": p.ValidateOnly, "header Idempotency-Key": p.IdempotencyKey, "header If-None-Exist": p.IfNoneExist}, rawOf("application/fhir+json", body))
}

// R4ReadResearchSubjectParameters are what R4ReadResearchSubject is asked with.
type R4ReadResearchSubjectParameters struct {
	Study       string // path: The study's id.
	FhirSubject string // path: The id of the subject's Patient and ResearchSubject.
}

// R4ReadResearchSubject: One ResearchSubject. GET /fhir/R4/{study}/ResearchSubject/{fhirSubject}
func (c *Client) R4ReadResearchSubject(ctx context.Context, p R4ReadResearchSubjectParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/ResearchSubject/{fhirSubject}", map[string]string{"path study": p.Study, "path fhirSubject": p.FhirSubject}, nil)
}

// R4SearchSubscriptionsParameters are what R4SearchSubscriptions is asked with.
type R4SearchSubscriptionsParameters struct {
	Study string // path: The study's id.
}

// R4SearchSubscriptions: Finds the webhooks that tell of resources. GET /fhir/R4/{study}/Subscription
func (c *Client) R4SearchSubscriptions(ctx context.Context, p R4SearchSubscriptionsParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Subscription", map[string]string{"path study": p.Study}, nil)
}

// R4CreateSubscriptionParameters are what R4CreateSubscription is asked with.
type R4CreateSubscriptionParameters struct {
	Study string // path: The study's id.
}

// R4CreateSubscription: Makes a webhook for the resources that criteria names. POST /fhir/R4/{study}/Subscription
func (c *Client) R4CreateSubscription(ctx context.Context, p R4CreateSubscriptionParameters, body io.Reader) (*http.Response, error) {
	return c.ask(ctx, "POST", "/fhir/R4/{study}/Subscription", map[string]string{"path study": p.Study}, rawOf("application/fhir+json", body))
}

// R4DeleteSubscriptionParameters are what R4DeleteSubscription is asked with.
type R4DeleteSubscriptionParameters struct {
	Study   string // path: The study's id.
	Webhook string // path: The webhook's id.
}

// R4DeleteSubscription: Ends a webhook. DELETE /fhir/R4/{study}/Subscription/{webhook}
func (c *Client) R4DeleteSubscription(ctx context.Context, p R4DeleteSubscriptionParameters) error {
	return c.call(ctx, nil, "DELETE", "/fhir/R4/{study}/Subscription/{webhook}", map[string]string{"path study": p.Study, "path webhook": p.Webhook}, nil)
}

// R4ReadSubscriptionParameters are what R4ReadSubscription is asked with.
type R4ReadSubscriptionParameters struct {
	Study   string // path: The study's id.
	Webhook string // path: The webhook's id.
}

// R4ReadSubscription: One webhook that tells of resources. GET /fhir/R4/{study}/Subscription/{webhook}
func (c *Client) R4ReadSubscription(ctx context.Context, p R4ReadSubscriptionParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/Subscription/{webhook}", map[string]string{"path study": p.Study, "path webhook": p.Webhook}, nil)
}

// R4MetadataParameters are what R4Metadata is asked with.
type R4MetadataParameters struct {
	Study string // path: The study's id.
}

// R4Metadata: The CapabilityStatement: what can be asked here, by everybody's leave, since it says nothing of the study. GET /fhir/R4/{study}/metadata
func (c *Client) R4Metadata(ctx context.Context, p R4MetadataParameters) (*http.Response, error) {
	return c.ask(ctx, "GET", "/fhir/R4/{study}/metadata", map[string]string{"path study": p.Study}, nil)
}

// AuthPostToken: Exchanges a client's key for an access token: OAuth 2.0 client credentials, RFC 6749, section 4.4. POST /oauth2/token
func (c *Client) AuthPostToken(ctx context.Context, form map[string]string) (out AuthGranted, err error) {
	err = c.call(ctx, &out, "POST", "/oauth2/token", nil, formOf(form))
	return out, err
}

// ReportParameters are what Report is asked with.
type ReportParameters struct {
	IdempotencyKey string // header: A name that the caller chose for this request: sent again, it is done once and answered the same.
}

// Report: Takes in one report of a patient. POST /report
func (c *Client) Report(ctx context.Context, p ReportParameters, body ReportReport) (out ReportReceipt, err error) {
	err = c.call(ctx, &out, "POST", "/report", map[string]string{"header Idempotency-Key": p.IdempotencyKey}, jsonOf(body))
	return out, err
}

// GatewayPatientsParameters are what GatewayPatients is asked with.
type GatewayPatientsParameters struct {
	TrialId string // path: The study's id.
	After   string // query: Where to go on: the cursor that the last page ended with.
	Limit   string // query: How many at most.
}

// GatewayPatientsResult is a body.
type GatewayPatientsResult struct {
	NextCursor string `json:"nextCursor"`
	Patients   []struct {
		EnrolledAt time.Time `json:"enrolledAt"`
		PatientId  string    `json:"patientId"`
		SiteId     string    `json:"siteId"`
		Status     string    `json:"status"`
	} `json:"patients"`
	TrialId string `json:"trialId"`
}

// GatewayPatients: Answers who is enrolled in a trial, as far as the visitor may know: the trials' service has 2 s for it. GET /trials/{trialId}/patients
func (c *Client) GatewayPatients(ctx context.Context, p GatewayPatientsParameters) (out GatewayPatientsResult, err error) {
	err = c.call(ctx, &out, "GET", "/trials/{trialId}/patients", map[string]string{"path trialId": p.TrialId, "query after": p.After, "query limit": p.Limit}, nil)
	return out, err
}
