package auth

import (
	"context"
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

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
	// Cost is the work of a guess at a password, Standard unless set. Only tests, which sign many people in, set a smaller one.
	Cost Cost
	// Secure marks the cookie Secure though this server speaks no TLS, because something before it does.
	Secure bool
	// FactorKey, 32 bytes, encrypts the secrets of second factors; without it nobody can enrol one.
	FactorKey []byte
	// SecondFactor are the roles that hold nothing until their person has a second factor.
	SecondFactor []Role
	// Address tells where a request comes from, for throttling: the connection's address unless set.
	Address func(*http.Request) string
	// Admit, when it is set, may refuse a request that is allowed: it counts, and says in w what is left. Reports are not
	// asked about; they have a queue of their own.
	Admit func(w http.ResponseWriter, p *Principal) error

	ledger  *ledger.Ledger
	db      *store.DB
	world   casebook.World
	hashing hashing
	known   knowledge
	origins *http.CrossOriginProtection
}

// New returns the service whose tables are kept where l is.
func New(l *ledger.Ledger, world casebook.World) *Service {
	s := &Service{Idle: 15 * time.Minute, Absolute: 12 * time.Hour, Cost: Standard, Address: peer, ledger: l, db: l.DB(), world: world,
		hashing: make(hashing, 2), origins: http.NewCrossOriginProtection()}
	s.known.reading = make(chan struct{}, 1)
	return s
}

// peer is the address of the connection. Of IPv6 it is the /64 network, since one machine has that many addresses.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
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
