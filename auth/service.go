package auth

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/netip"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/vault"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are auth's tables.
var Migrations fs.FS = files

// Service keeps people, their roles, sessions and tokens. Its fields are set before it serves.
type Service struct {
	// Idle and Absolute end a session: unused for so long, 15 minutes unless set, and so long after sign-in, 12 hours.
	Idle, Absolute time.Duration
	// Sessions is how many sessions a person may have at once: who opens one more ends the one that was not used for the longest time; as
	// many as they open when 0.
	Sessions int
	// Cost is the work of a guess at a password, Standard unless set. Only tests, which sign many people in, set a smaller one.
	Cost Cost
	// Keys encrypt the secrets of second factors, and seal access tokens and challenges under keys derived from them; without one there are
	// none of these.
	Keys *vault.Ring
	// SecondFactor are the roles that hold nothing until their person has a second factor.
	SecondFactor []Role
	// ReviewDays is how long after one review of who may do what the next is due, 90 unless set.
	ReviewDays int
	// Rules are what the organisation asks of passwords beyond what everybody is asked.
	Rules PasswordRules
	// Separate has the role Admin give nothing: its duties are then those of three people, the first of whom says who they are.
	Separate bool
	// Provider, when it is set, is where people may sign in, too.
	Provider *Provider
	// From tells where a request comes from: the connection's address unless set.
	From func(*http.Request) netip.Addr
	// Origin tells under which scheme and host a browser asks: the connection's own unless set, since something before this server may
	// speak TLS for it.
	Origin func(*http.Request) string
	// Carry, when it is set, takes a request that is allowed to what answers it: it may count, refuse, let wait and write
	// down. Reports do not go through it; they have a queue of their own.
	Carry func(w http.ResponseWriter, q *http.Request, p *Principal, next web.HandlerFunc) error
	// Guessed, when it is set, tells the security officer, in the transaction of the entry, that whoever guesses was locked out.
	Guessed func(ctx context.Context, tx *store.Tx) error
	// Elsewhere, when it is set, is what answers for a study whose rows are in another database; nil for those that are here.
	Elsewhere func(study casebook.StudyID) web.HandlerFunc

	ledger  *ledger.Ledger
	db      *store.DB
	world   casebook.World
	hashing hashing
	known   knowledge
	looked  looked
	origins *http.CrossOriginProtection
	signing func(context.Context, signing) error // of who was introduced; nil where nobody is
}

// New returns the service whose tables are kept where l is.
func New(l *ledger.Ledger, world casebook.World) *Service {
	s := &Service{Idle: 15 * time.Minute, Absolute: 12 * time.Hour, ReviewDays: 90, Cost: Standard, From: web.From(), Origin: web.Origin(), Keys: new(vault.Ring), ledger: l, db: l.DB(), world: world,
		hashing: make(hashing, 2), origins: http.NewCrossOriginProtection()}
	s.known.reading = make(chan struct{}, 1)
	return s
}

// Address is what throttling counts a request under: its address, of IPv6 the /64 network, since one machine has that
// many addresses.
func (s *Service) Address(r *http.Request) string {
	ip := s.From(r)
	switch {
	case !ip.IsValid():
		return r.RemoteAddr
	case ip.Is6():
		network, _ := ip.Prefix(64) // an IPv6 address has a /64
		return network.Masked().String()
	}
	return ip.String()
}

// canonical is v as the ledger keeps it: JSON by RFC 8785.
func canonical(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	value := jsontext.Value(text)
	err = value.Canonicalize()
	return string(value), err
}

// record adds an entry of what happened to ref, with new in canonical JSON.
func record(ctx context.Context, w *ledger.Writer, e ledger.Entry, was, is any) (err error) {
	if was != nil {
		if e.Old, err = canonical(was); err != nil {
			return err
		}
	}
	if is != nil {
		if e.New, err = canonical(is); err != nil {
			return err
		}
	}
	w.Record(ctx, e)
	return nil
}

// withdraw makes every copy of the server look again at who may do what in study (the platform for sessions). It comes
// last in its transaction, because it locks the study's row.
func withdraw(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Later(ctx, `INSERT INTO auth_revision(study_id, n) VALUES($1, 1)
		ON CONFLICT (study_id) DO UPDATE SET n = auth_revision.n + 1`, study)
}
