package auth

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// A study's rows may be in another database than its people: in a cell. Who visits is then found out here, where the people are, and
// told to the cell together with the visit, sealed; the cell believes it and asks for no session. What the cell issued itself
// (the keys of phones and of programs) only it can judge, and travels as it came.

// there is the study that a request names in its path or its token (one that is for everybody: or in its query), and what
// answers for it, nil when that is here.
func (s *Service) there(q *http.Request, policy *Policy) (study casebook.StudyID, answers web.HandlerFunc) {
	if s.Elsewhere == nil || web.Ours(q.Context()) {
		return "", nil
	}
	study = casebook.StudyID(q.PathValue("study") + q.PathValue("trialId"))
	if study == "" {
		study = studyOfToken(bearer(q))
	}
	if study == "" && policy.scope == public {
		study = casebook.StudyID(q.URL.Query().Get("study"))
	}
	if study == "" {
		return "", nil
	}
	return study, s.Elsewhere(study)
}

// studyOfToken is the study that a token names: one of a device or a program ("cb_STUDY_ID_SECRET"), or a phone's ("cbp_…").
func studyOfToken(text string) casebook.StudyID {
	kind, rest, _ := strings.Cut(text, "_")
	if kind != "cb" && kind != "cbp" {
		return ""
	}
	rest, _, _ = cutLast(rest)
	study, _, named := cutLast(rest)
	if !named {
		return ""
	}
	return casebook.StudyID(study)
}

// handOn has a cell answer for p, who may, about study: rights end here, so a stream, which has no deadline, is asked again and
// again whether it still may.
func (s *Service) handOn(w http.ResponseWriter, q *http.Request, r *Route, p *Principal, study casebook.StudyID, there web.HandlerFunc) error {
	text, err := json.Marshal(p.introduction(study))
	if err != nil {
		return err
	}
	ctx := web.Introduce(With(q.Context(), p), text)
	if _, limited := ctx.Deadline(); limited {
		return there(w, q.WithContext(ctx))
	}
	ctx, end := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		defer end()
		for s.Still(q, r.Policy) == nil {
			select {
			case <-ctx.Done():
				return
			case <-time.After(staleAfter):
			}
		}
	})
	defer watching.Wait()
	defer end()
	return there(w, q.WithContext(ctx))
}

// introduction is a principal as a cell is told of it.
type introduction struct {
	Kind    Kind                       `json:"kind"`
	User    casebook.UserID            `json:"user"`
	Name    string                     `json:"name"`
	NameZH  string                     `json:"nameZh,omitzero"`
	Locale  string                     `json:"locale"`
	Study   casebook.StudyID           `json:"study"`
	Subject casebook.SubjectID         `json:"subject,omitzero"`
	Outside bool                       `json:"outside,omitzero"`
	Passkey bool                       `json:"passkey,omitzero"`
	Until   int64                      `json:"until,omitzero"`
	Scopes  []Action                   `json:"scopes,omitempty"`
	Grants  map[Role][]casebook.SiteID `json:"grants"` // in Study; "" is all sites
}

// introduction says what p is to study, and nothing of other studies.
func (p *Principal) introduction(study casebook.StudyID) introduction {
	in := introduction{Kind: p.Kind, User: p.User, Name: p.Name, NameZH: p.NameZH, Locale: p.Locale, Study: study, Subject: p.Subject,
		Outside: p.outside, Passkey: p.passkey, Until: p.until, Grants: map[Role][]casebook.SiteID{}}
	for _, a := range policy.actions {
		if p.scopes.has(a) {
			in.Scopes = append(in.Scopes, a)
		}
	}
	for _, g := range p.Grants {
		if g.Study == study {
			in.Grants[g.Role] = append(in.Grants[g.Role], g.Site)
		}
	}
	return in
}

// introduced is the principal of a visit that another of our processes hands on, nil where it named none.
func introduced(ctx context.Context) (*Principal, error) {
	text := web.Introduced(ctx)
	if text == nil {
		return nil, nil
	}
	var in introduction
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, err
	}
	p := &Principal{Kind: in.Kind, User: in.User, Name: in.Name, NameZH: in.NameZH, Locale: in.Locale, Subject: in.Subject,
		outside: in.Outside, passkey: in.Passkey, until: in.Until, introduced: true}
	for _, a := range in.Scopes {
		p.scopes |= policy.bit[a]
	}
	if p.Kind != Person {
		p.Study = in.Study
	}
	for role, sites := range in.Grants {
		for _, site := range sites {
			p.Grants = append(p.Grants, Grant{Study: in.Study, Site: site, Role: role})
		}
	}
	return p, nil
}

// signing is what somebody who signs in a cell gave, for the process where the people are.
type signing struct {
	Session  string `json:"session"` // the secret of the session
	Address  string `json:"address"`
	User     string `json:"user"`
	Password string `json:"password"`
}

const signingProcedure = "/casebook.auth/Reauthenticate"

// MountSigning mounts, for our own processes, what those without the people ask when somebody signs.
func MountSigning(mux *http.ServeMux, s *Service) {
	web.Serve(mux, signingProcedure, func(ctx context.Context, in *signing) (*struct{}, error) {
		p, err := s.session(ctx, in.Session, false)
		if err == nil {
			err = s.reauthenticate(ctx, p, *in)
		}
		return &struct{}{}, err
	})
}

// SignAt has the process at peer, where the people are, judge who signs in the name of whoever it introduced.
func (s *Service) SignAt(peer *web.Peer) {
	call := web.Caller[signing, struct{}](peer, signingProcedure)
	s.signing = func(ctx context.Context, in signing) error {
		_, err := call(ctx, &in)
		return err
	}
}
