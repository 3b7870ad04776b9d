package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/epro"
	"casebook/gateway"
	"casebook/ops"
	"casebook/outbox/channel"
	"casebook/patient"
	"casebook/site/document/clamd"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/alecthomas/kong"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"
)

type serveCommand struct {
	Database    `embed:""`
	Addr        string `help:"Address for the outside." default:"127.0.0.1:8080" env:"CASEBOOK_ADDR"`
	Roles       string `help:"What this process does: all, or some of gateway, trial, patient, edc, epro, report, outbox, platform, notice, monitor with commas between." default:"all" env:"CASEBOOK_ROLES"`
	Cert        string `help:"TLS certificate file; with it the outside speaks HTTPS." type:"existingfile" env:"CASEBOOK_CERT"`
	CertPrivate bool   `help:"The certificate is of the organisation's own authority, which the devices of those who come know." env:"CASEBOOK_CERT_PRIVATE"`
	Key         string `help:"TLS key file." type:"existingfile" env:"CASEBOOK_KEY"`

	PeerAddr     string  `help:"Address for our own processes, when the roles are split." env:"CASEBOOK_PEER_ADDR"`
	PeerSecret   string  `help:"File with the secret that our own processes share, at least 32 bytes." type:"existingfile" env:"CASEBOOK_PEER_SECRET"`
	TrialURL     string  `help:"Where the trial role is, when it is another process." env:"CASEBOOK_TRIAL_URL"`
	PatientURL   string  `help:"Where the patient role is, when it is another process." env:"CASEBOOK_PATIENT_URL"`
	Cells        string  `help:"File that names the cells in which studies may live, JSON: {\"north\": \"http://…\"}, each the --peer-addr of a process there. Whatever names such a study is handed on. The live setting study.cell says which study lives where." type:"existingfile" env:"CASEBOOK_CELLS"`
	PeerCert     string  `help:"TLS certificate by which this process is known to our other ones, with --peer-key and --peer-ca; it and its key may be exchanged while the process runs." type:"existingfile" env:"CASEBOOK_PEER_CERT"`
	PeerKey      string  `help:"Its key." type:"existingfile" env:"CASEBOOK_PEER_KEY"`
	PeerCA       string  `name:"peer-ca" help:"Certificates of the installation's own authority: our processes believe none but its." type:"existingfile" env:"CASEBOOK_PEER_CA"`
	Anchor       string  `help:"Where the newest checkpoints of the ledger are brought each minute: a folder of another machine, or an https address that keeps what is posted." placeholder:"DIR|URL" env:"CASEBOOK_ANCHOR"`
	PeerPlain    bool    `help:"Our own processes speak without TLS over the network, and with a collector of traces and a scanner, since it encrypts by itself." env:"CASEBOOK_PEER_PLAIN"`
	PeopleURL    string  `help:"Of a process in a cell: the --peer-addr of the gateway that hands visits on, which knows the people; it is asked when one of them signs." env:"CASEBOOK_PEOPLE_URL"`
	Channels     string  `help:"File with the channels by which messages leave, JSON." type:"existingfile" env:"CASEBOOK_CHANNELS"`
	SecondFactor string  `help:"Roles that may do nothing before their person has set up a second factor: all, none, or some with commas between." default:"all" env:"CASEBOOK_SECOND_FACTOR"`
	Sessions     int     `help:"How many sessions a person may have at once; one more ends the one that was not used for the longest time." default:"10" env:"CASEBOOK_SESSIONS"`
	AccessReview int     `help:"Days after which who may do what is to be reviewed again." default:"90" env:"CASEBOOK_ACCESS_REVIEW"`
	Separate     bool    `name:"separate-duties" help:"The role admin gives nothing: who runs the installation, who says what others may and who audits both are three people." env:"CASEBOOK_SEPARATE_DUTIES"`
	Passwords    string  `help:"File with what the organisation asks of passwords beyond twelve characters that are not common, JSON." type:"existingfile" env:"CASEBOOK_PASSWORDS"`
	Provider     string  `help:"File that names the identity provider by which people may sign in, too (OpenID Connect), JSON." type:"existingfile" env:"CASEBOOK_PROVIDER"`
	Scanner      string  `help:"A scanner for malware that speaks clamd's protocol: what people bring is kept only when it finds nothing." placeholder:"HOST:PORT|unix:PATH" env:"CASEBOOK_SCANNER"`
	TrustedProxy string  `help:"Networks of the proxies before this server, CIDR: from them X-Forwarded-For and X-Forwarded-Proto are believed." placeholder:"CIDR,…" env:"CASEBOOK_TRUSTED_PROXY"`
	PatientsHost string  `help:"The name under which patients open their pages, with a port where there is one; the staff's are then under every other name alone, and no browser lets the ones see what the others keep." placeholder:"HOST" env:"CASEBOOK_PATIENTS_HOST"`
	ReportRate   float64 `help:"Patients' reports that are let in a second; as many as the machine can carry when 0." default:"0" placeholder:"NUMBER" env:"CASEBOOK_REPORT_RATE"`
	Admin        string  `help:"Address for the administrator: metrics, profiles, the doctor's page. Its token is kept in the folder of keys." placeholder:"127.0.0.1:PORT" env:"CASEBOOK_ADMIN"`
	Traces       string  `help:"An OpenTelemetry collector that takes spans, OTLP over HTTP." placeholder:"http://HOST:4318" env:"CASEBOOK_TRACES"`
	LogTo        string  `help:"Another system that takes the lines of the log as they are written, syslog over TLS (RFC 5424, 5425)." placeholder:"tls://HOST:6514" env:"CASEBOOK_LOG_TO"`
	LogCA        string  `name:"log-ca" help:"Certificates of the authority by which that system is known, where this machine does not know it." type:"existingfile" env:"CASEBOOK_LOG_CA"`
	TracesShare  float64 `help:"The share of the traces that it is sent, 0 to 1." default:"1" placeholder:"NUMBER" env:"CASEBOOK_TRACES_SHARE"`

	tracer trace.Tracer
	log    *ops.Syslog     // where the lines of the log go, too; nil for nowhere
	strict bool            // what does not come by TLS is refused
	tls    *tls.Config     // between our own processes; nil where they speak without
	wire   *http.Transport // to them
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, k *kong.Context) error {
	if err := c.tell(); err != nil {
		return err
	}
	slog.Info("starting", "changed", strings.Join(changed(k), " "))
	mine, err := chosen(c.Roles)
	if err != nil {
		return err
	}
	c.later = true
	a, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer a.close()
	if !a.db.Postgres() && c.Roles != "all" {
		return casebook.Fail(casebook.Invalid, "serve.split_sqlite")
	}
	if a.people.SecondFactor, err = wantingFactor(c.SecondFactor); err != nil {
		return err
	}
	if c.Sessions < 1 || c.Sessions > 1000 {
		return casebook.Fail(casebook.Invalid, "auth.sessions", c.Sessions)
	}
	a.people.Sessions = c.Sessions
	if c.AccessReview < 1 || c.AccessReview > 3660 {
		return casebook.Fail(casebook.Invalid, "auth.review.days", c.AccessReview)
	}
	a.people.ReviewDays, a.people.Separate = c.AccessReview, c.Separate
	if c.Passwords != "" {
		if a.people.Rules, err = auth.ReadPasswordRules(c.Passwords); err != nil {
			return err
		}
	}
	if c.Provider != "" {
		if a.people.Provider, err = auth.ReadProvider(c.Provider, &http.Client{Timeout: 10 * time.Second}); err != nil {
			return err
		}
	}
	if c.Scanner != "" {
		if a.files.Scanner, err = clamd.New(c.Scanner); err != nil {
			return err
		}
	}
	proxies, err := prefixes(strings.Split(c.TrustedProxy, ","))
	if err != nil {
		return err
	}
	if err := c.lines(); err != nil {
		return err
	}
	a.people.From, a.people.Origin = web.From(proxies...), web.Origin(proxies...)
	a.epro.Origin = a.people.Origin
	if c.PatientsHost != "" {
		if u, err := url.Parse("https://" + c.PatientsHost); err != nil || u.Host != c.PatientsHost {
			return casebook.Fail(casebook.Invalid, "serve.patients_host", c.PatientsHost)
		}
		a.epro.Origin = func(r *http.Request) string {
			scheme, _, _ := strings.Cut(a.people.Origin(r), "//")
			return scheme + "//" + c.PatientsHost
		}
	}
	return c.serve(ctx, a, mine, func(address string) { slog.Info("serving", "address", address) })
}

// lines refuses to speak without TLS beyond this machine, unless a proxy that does stands before it. What comes to that proxy without is refused,
// too.
func (c *serveCommand) lines() error {
	c.strict = c.TrustedProxy != "" || !loopback(c.Addr)
	switch {
	case c.Cert == "" && c.TrustedProxy == "" && !loopback(c.Addr):
		return casebook.Fail(casebook.Invalid, "serve.plain", c.Addr)
	case c.Cert == "" && c.Admin != "" && !loopback(c.Admin):
		return casebook.Fail(casebook.Invalid, "serve.plain", c.Admin)
	}
	if u, err := url.Parse(c.Traces); c.Traces != "" && err == nil && u.Scheme == "http" && !c.PeerPlain && !loopback(u.Host) {
		return casebook.Fail(casebook.Invalid, "serve.line_plain", c.Traces)
	}
	if c.Scanner != "" && !strings.HasPrefix(c.Scanner, "unix:") && !c.PeerPlain && !loopback(c.Scanner) {
		return casebook.Fail(casebook.Invalid, "serve.line_plain", c.Scanner)
	}
	if u, err := url.Parse(c.Anchor); strings.Contains(c.Anchor, "://") && (err != nil || u.Scheme != "https" && !c.PeerPlain && !loopback(u.Host)) {
		return casebook.Fail(casebook.Invalid, "serve.line_plain", c.Anchor)
	}
	return nil
}

// tell has the lines of the log go to another system, too.
func (c *serveCommand) tell() (err error) {
	if c.LogTo == "" {
		return nil
	}
	var roots *x509.CertPool
	if c.LogCA != "" {
		if roots, err = web.ReadAuthority(c.LogCA); err != nil {
			return err
		}
	}
	if c.log, err = ops.NewSyslog(casebook.Outside(), c.LogTo, roots); err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewMultiHandler(slog.Default().Handler(), c.log.Handler(&logLevel))))
	return nil
}

// wantingFactor reads which roles want a second factor.
func wantingFactor(names string) (roles []auth.Role, err error) {
	switch names {
	case "all":
		return auth.Staff(), nil
	case "none":
		return nil, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		role, err := auth.RoleOf(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// prefixes reads networks in CIDR's form.
func prefixes(texts []string) (all []netip.Prefix, err error) {
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, casebook.Fail(casebook.Invalid, "auth.client.network", text)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// channels tells the outbox by which ways messages may leave.
func (c *serveCommand) channels(a *app) error {
	var file channel.Config
	if c.Channels != "" {
		text, err := os.ReadFile(c.Channels)
		if err != nil {
			return err
		}
		if file, err = channel.ParseConfig(text); err != nil {
			return err
		}
	}
	all, err := file.Channels(a.db.World())
	if err != nil {
		return err
	}
	a.remindBy(file, all)
	for _, ch := range append(all, a.platform.Channel(file.HTTP()), a.notices.Channel(file.HTTP())) {
		a.box.Add(ch)
	}
	return nil
}

// serve runs the process's loops and listeners. The first that fails stops the others. Told to stop, the listeners let
// the requests under way finish; the loops, which some of those wait for, end after them. Loops begin once the database
// answers, which it may do later; the listeners say until then that it does not.
func (c *serveCommand) serve(ctx context.Context, a *app, mine []role, ready func(address string)) error {
	peers, err := c.peers()
	if err != nil {
		return err
	}
	if err := c.channels(a); err != nil {
		return err
	}
	if err := a.watch(); err != nil {
		return err
	}
	if c.PatientURL != "" {
		a.trials = trial.New(a.ledger, patient.NewClient(peers.Client(c.wire), c.PatientURL))
	}
	if c.Traces != "" {
		var stop func(context.Context) error
		if c.tracer, stop, err = ops.Traces(ctx, a.db.World(), c.Traces, c.TracesShare); err != nil {
			return err
		}
		defer func() {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSpans)
			defer cancel()
			if err := stop(last); err != nil {
				slog.Warn("the last spans were not taken", "error", err)
			}
		}()
	}
	g, ctx := errgroup.WithContext(ctx)
	work, rest := context.WithCancel(store.Traced(context.WithoutCancel(ctx), c.tracer))
	defer rest()
	if c.log != nil {
		g.Go(func() error { return c.log.Run(work) })
	}
	begin := func() error {
		if err := a.arrive(work, mine); err != nil {
			return err
		}
		if c.Anchor != "" {
			g.Go(func() error { return a.ledger.Anchor(work, c.Anchor, time.Minute) })
		}
		g.Go(func() error {
			for _, run := range loops(a, mine) {
				g.Go(func() error { return run(work) })
				a.giveWay(work)
			}
			return nil
		})
		return nil
	}
	if !a.db.Reached() {
		g.Go(begin)
	} else if err := begin(); err != nil {
		return err
	}
	g.Go(func() error { return a.ops.Run(work) })
	var doors sync.WaitGroup
	door := func(serve func() error) {
		doors.Add(1)
		g.Go(func() error { defer doors.Done(); return serve() })
	}
	if err := c.listen(ctx, door, a, mine, peers, ready); err != nil {
		g.Go(func() error { return err }) // which stops what did start
	}
	g.Go(func() error { <-ctx.Done(); doors.Wait(); rest(); return nil })
	return g.Wait()
}

// lastSpans is how long a process that stops waits for its collector of spans.
const lastSpans = 2 * time.Second

// apart is how long after one another a process's loops begin on PostgreSQL, which makes a process for each that asks: all at
// once, after a restart, they kept those waiting half a second and more who had come to be answered.
const apart = 40 * time.Millisecond

// giveWay lets those go first who wait for an answer, before another loop begins.
func (a *app) giveWay(ctx context.Context) {
	if !a.db.Postgres() {
		return
	}
	t := time.NewTimer(apart)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// arrive waits until the database answers, and does what a process does first there.
func (a *app) arrive(ctx context.Context, mine []role) error {
	if err := a.db.Connect(ctx); err != nil {
		return err
	}
	if err := epro.Move(ctx, a.db, a.vault); err != nil {
		return err
	}
	if plays(mine, "gateway") {
		return a.welcome(ctx)
	}
	return nil
}

// listen opens the doors that this process has.
func (c *serveCommand) listen(ctx context.Context, door func(func() error), a *app, mine []role, peers *web.Peers, ready func(string)) error {
	gate, err := c.gate(a, mine, peers)
	if err != nil {
		return err
	}
	if c.PeerAddr != "" {
		ln, err := net.Listen("tcp", c.PeerAddr)
		if err != nil {
			return err
		}
		scheme := "http://"
		if c.tls != nil {
			ln, scheme = tls.NewListener(ln, c.tls), "https://"
		}
		door(func() error { return gate.ServeWith(ctx, ln, c.inside(a, mine, peers, gate)) })
		slog.Info("serving our own processes", "address", scheme+ln.Addr().String())
	}
	if c.Admin != "" {
		ln, err := net.Listen("tcp", c.Admin)
		if err != nil {
			return err
		}
		scheme := "http://"
		if !loopback(c.Admin) {
			scheme = "https://"
			if ln, err = c.over(ln); err != nil {
				return err
			}
		}
		door(func() error { return gateway.Serve(ctx, ln, a.ops.Handler()) })
		slog.Info("serving the administrator", "address", scheme+ln.Addr().String(), "token", a.tokens().file(adminToken))
	}
	if plays(mine, "gateway") {
		ln, err := c.edge()
		if err != nil {
			return err
		}
		door(func() error { return gate.Serve(ctx, ln) })
		scheme := "http://"
		if c.Cert != "" {
			scheme = "https://"
		}
		ready(scheme + ln.Addr().String())
	}
	return nil
}

// gate builds the door, for the outside and for visits that our own processes hand on.
func (c *serveCommand) gate(a *app, mine []role, peers *web.Peers) (*gateway.Gateway, error) {
	var trials gateway.Trials = a.trials
	if c.TrialURL != "" {
		trials = trial.NewClient(peers.Client(c.wire), c.TrialURL)
	}
	if c.Cells != "" {
		cells, err := c.cells(peers)
		if err != nil {
			return nil, err
		}
		a.people.Elsewhere = (&gateway.Cells{Directory: a.settings, There: cells, Origin: a.people.Origin}).Elsewhere
	}
	if c.PeopleURL != "" {
		a.people.SignAt(web.NewPeer(peers.Client(c.wire), c.PeopleURL))
	}
	return gateway.New(gateway.Options{World: a.db.World(), Auth: a.people, Trials: trials, Routes: fromAnyCopy(addresses(a, mine)), Ops: a.ops, Tracer: c.tracer, PatientsHost: c.PatientsHost, Encrypted: c.strict, ReportRate: c.ReportRate, Ready: func(ctx context.Context) error {
		return a.db.View(ctx, func(*store.Tx) error { return nil })
	}})
}

// edge listens for the outside.
func (c *serveCommand) edge() (net.Listener, error) {
	ln, err := net.Listen("tcp", c.Addr)
	if err != nil || c.Cert == "" {
		return ln, err
	}
	return c.over(ln)
}

// over speaks TLS at ln, beyond this machine with a certificate that everybody trusts unless it was said to be the organisation's own.
func (c *serveCommand) over(ln net.Listener) (net.Listener, error) {
	certificate, err := web.ReadCertificate(c.Cert, c.Key)
	if err == nil && !c.CertPrivate && !loopback(ln.Addr().String()) {
		err = certificate.Public()
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return tls.NewListener(ln, certificate.Outside()), nil
}
