// Package load is the visitor: phones that send reports, coordinators who enter data, monitors, sites, readers and other programs, over real
// connections to a server on this machine. It believes only what it was told itself: its own list of acknowledged
// reports is the oracle, never a counter of the server's. It refuses every address that is not a loopback address, and
// it imports nothing of ours but the words at the root and the sentences of package i18n.
package load

import (
	"context"
	"math"
	"net"
	"net/netip"
	"strings"
	"time"

	"casebook"
)

// The scenarios.
const (
	Reports = "reports" // phones: POST /report, instrument F.HBP of the demo study
	Entry   = "entry"   // coordinators: open a casebook, read a form, save a corrected value
	Browse  = "browse"  // readers: matrix, casebook, form, queries, monitoring
	Monitor = "monitor" // monitors: signals, a form with its history, its verification, visits to sites
	Office  = "office"  // sites: board, inbox, enrolment, documents, visits that are due
	Client  = "client"  // other programs: the change feed from its beginning, subjects and forms, FHIR; under a key made for the run
)

var scenarios = []string{Reports, Entry, Browse, Monitor, Office, Client}

// Options say who visits, how often and for how long.
type Options struct {
	Scenario    string           // who visits
	Shape       string           // how Rate goes over Duration; Steady if ""
	Address     string           // host:port, or http://host:port, on this machine
	Study       casebook.StudyID // the study that is visited
	Patients    []string         // who reports, for Reports; staff visit the subjects that their matrix shows
	Token       string           // bearer token, for Reports
	User        string           // who signs in, for all but Reports; for Client, who may make keys
	Password    string
	Rate        float64       // requests a second, due at even distances whether or not answers come; 0 is a closed loop
	Duration    time.Duration // how long requests fall due; required
	Connections int           // kept alive, one request at a time on each; 16 if 0
	Timeout     time.Duration // for one answer, and for the requests still due at the end; 10 s if 0
	Patience    time.Duration // how long what got no verdict is sent again, as phones do (a save never is); 0: not at all
	Size        int           // bytes of a report, about; white space fills it up; 2048 if 0
	Bodies      int           // reports in one body, for Reports: each body is one request, to the door of many; one report, to its own door, if 0
	Acks        string        // file for the acknowledged reports, which Verify reads; "" keeps none
	Acked       func()        // is called for each acknowledged report, by many at once; nil for nobody
	Seed        uint64        // the same seed and run make the same reports
	World       casebook.World

	legs []leg
	dial func(context.Context) (net.Conn, error) // nil dials Address
}

// complete fills in what was left out, and refuses what cannot be run.
func (o Options) complete() (Options, error) {
	missing := func(name string) error { return casebook.Fail(casebook.Invalid, "load.option_missing", name) }
	switch {
	case o.Study == "":
		return o, missing("study")
	case o.Duration <= 0:
		return o, missing("duration")
	case o.Rate < 0 || math.IsNaN(o.Rate) || math.IsInf(o.Rate, 0):
		return o, missing("rate")
	case o.Rate == 0 && o.Shape != "" && o.Shape != Steady:
		return o, casebook.Fail(casebook.Invalid, "load.shape_closed", o.Shape)
	}
	var err error
	if o.legs, err = shapeOf(o.Shape); err != nil {
		return o, err
	}
	switch o.Scenario {
	case Reports:
		if len(o.Patients) == 0 {
			return o, missing("patients")
		}
	case Entry, Browse, Monitor, Office, Client:
		if o.User == "" {
			return o, missing("user")
		}
	default:
		return o, casebook.Fail(casebook.Invalid, "load.scenario_unknown", o.Scenario)
	}
	return o.reach()
}

// reach fills in what it takes to reach the server.
func (o Options) reach() (_ Options, err error) {
	if o.Connections <= 0 {
		o.Connections = 16
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Size <= 0 {
		o.Size = 2 << 10
	}
	if o.World.Now == nil {
		o.World = casebook.Outside()
	}
	if o.Address, err = local(o.Address); err != nil {
		return o, err
	}
	if o.dial == nil {
		o.dial = func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", o.Address)
		}
	}
	return o, nil
}

// local returns address as a literal loopback address with a port. Load on somebody else's server is an attack.
func local(address string) (string, error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	if port, ok := strings.CutPrefix(bare, "localhost:"); ok {
		bare = "127.0.0.1:" + port
	}
	at, err := netip.ParseAddrPort(bare)
	if err != nil || !at.Addr().Unmap().IsLoopback() || at.Port() == 0 {
		return "", casebook.Fail(casebook.Invalid, "load.address_not_local", address)
	}
	return at.String(), nil
}

// Run visits the server until Duration has passed or ctx ends; either way the result is what was seen until then. It
// fails when it cannot begin (options, sign-in) or cannot keep its list of acknowledged reports.
func Run(ctx context.Context, o Options) (Result, error) {
	o, err := o.complete()
	if err != nil {
		return Result{}, err
	}
	scripts, acks, err := o.scripts(ctx)
	if err != nil {
		return Result{}, err
	}
	r := newRunner(o)
	r.run(ctx, scripts)
	result := r.result()
	if acks != nil {
		result.Run, result.Acknowledged = acks.head.Run, acks.count
		err = acks.close()
	}
	return result, err
}

// A script makes one visitor's requests in turn, each from what the last answer said.
type script interface {
	// next returns the request with the running number n of the whole run. It is valid until the next call.
	next(n int64) request
	// take looks at the answer to the last request: false if it is not what the visitor was promised.
	take(a *answer) bool
}

type request struct {
	name string // what is done, for the table
	text []byte // HTTP/1.1, complete
	safe bool   // may be sent again when no answer came
}

// scripts returns a script for each connection.
func (o Options) scripts(ctx context.Context) (all []script, acks *ackFile, err error) {
	if o.Scenario == Reports {
		head := newAckHead(o)
		if acks, err = createAcks(o.Acks, head, o.Acked); err != nil {
			return nil, nil, err
		}
		for range o.Connections {
			all = append(all, &phone{maker: newMaker(head), post: newPost(o), acks: acks, many: o.Bodies})
		}
		return all, acks, nil
	}
	desk, err := signIn(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	for i := range o.Connections {
		if o.Scenario == Entry {
			all = append(all, &coordinator{desk: desk, turn: i})
		} else {
			all = append(all, &reader{desk: desk, round: rounds[o.Scenario], turn: i})
		}
	}
	return all, nil, nil
}
