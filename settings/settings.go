// Package settings is what administrators may change while the product runs: everyone reads a snapshot, whole and
// immutable, through one pointer. It refuses values that one person alone decides on, and it knows no setting by itself:
// packages above declare theirs, those below are given functions.
package settings

import (
	"cmp"
	"embed"
	"io/fs"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// Options of the settings of one process.
type Options struct {
	Keys    []*Key
	Process string // the name of this process, for the page that shows who has which release
	// Kept is a file with the last release that was in force here, for a start without a database; "" keeps none.
	Kept string
	// Poll is the time between two looks for what another process has released; 500 ms.
	Poll time.Duration
}

// Settings reads what is in force, and keeps drafts and releases.
type Settings struct {
	ledger *ledger.Ledger
	db     *store.DB
	world  casebook.World
	o      Options
	keys   map[string]*Key
	list   []*Key

	now  atomic.Pointer[snapshot]
	wake chan struct{}

	mu     sync.Mutex // of whoever builds a snapshot
	scopes map[Place]*Scope
	places []Place
	good   atomic.Int64 // at the sites of a trial, since the last flush
	bad    atomic.Int64
}

// Scope is a place that this process has met before: reading there is a look at two slices.
type Scope struct {
	place Place
	id    int
}

// Place is where the scope is.
func (s *Scope) Place() Place { return s.place }

// snapshot is all that is in force at a moment. Nothing in it changes.
type snapshot struct {
	force force
	rows  []*row // by Scope.id
	next  time.Time
}

// row is what is in force at one place.
type row struct {
	release int64
	values  []Value // by Key.index
}

// force is what the database says.
type force struct {
	Changes   int64                  `json:"changes"`
	Number    int64                  `json:"number"`
	Doc       []Assignment           `json:"doc"`
	Canary    int64                  `json:"canary,omitzero"`
	Trial     Trial                  `json:"trial,omitzero"`
	Until     time.Time              `json:"until,omitzero"`
	CanaryDoc []Assignment           `json:"canaryDoc,omitzero"`
	Approved  map[approval]time.Time `json:"-"`
	Approvals []Approval             `json:"approvals"`
	// Owners are the organisations of studies by now, from Belongs.
	Owners  map[casebook.StudyID]string `json:"-"`
	Belongs []Belonging                 `json:"belongs,omitzero"`
}

type approval struct {
	study     casebook.StudyID
	site      casebook.SiteID
	amendment string
}

// Approval says that the ethics committee of a site has approved an amendment, from a moment on.
type Approval struct {
	Study     casebook.StudyID `json:"study"`
	Site      casebook.SiteID  `json:"site"`
	Amendment string           `json:"amendment"`
	At        time.Time        `json:"at"`
}

// Belonging says whose a study is, from a moment on: the organisation that runs it and whose settings hold there.
type Belonging struct {
	Study        casebook.StudyID `json:"study"`
	Organisation string           `json:"organisation"` // "" from then on nobody's
	At           time.Time        `json:"at"`
}

// owners tells whose each study is at a moment. all is in the order of time.
func owners(all []Belonging, at time.Time) map[casebook.StudyID]string {
	of := map[casebook.StudyID]string{}
	for _, b := range all {
		if !b.At.After(at) {
			of[b.Study] = b.Organisation
		}
	}
	return of
}

// in adds to a place of a study the organisation whose the study is. Where that is recorded, nobody can name another.
func in(of map[casebook.StudyID]string, p Place) Place {
	if o := of[p.Study]; o != "" {
		p.Organisation = o
	}
	return p
}

// New returns settings in which everything has its default; Load or Run reads what was released. It panics when a key is
// declared twice, which every test sees.
func New(l *ledger.Ledger, o Options) *Settings {
	if o.Poll == 0 {
		o.Poll = 500 * time.Millisecond
	}
	s := &Settings{ledger: l, db: l.DB(), world: l.DB().World(), o: o, keys: map[string]*Key{}, scopes: map[Place]*Scope{}, wake: make(chan struct{}, 1)}
	for _, k := range o.Keys {
		if s.keys[k.Name] != nil {
			panic("settings: the key " + k.Name + " is declared twice")
		}
		s.keys[k.Name] = k
		s.list = append(s.list, k)
	}
	s.adopt(force{Changes: -1}) // what the database says is newer, even that nothing was released
	return s
}

// Keys are the settings that there are, by name.
func (s *Settings) Keys() []*Key {
	return slices.SortedFunc(slices.Values(s.list), func(a, b *Key) int { return cmp.Compare(a.Name, b.Name) })
}

// mostScopes bounds the places that are remembered; beyond it, reading computes.
const mostScopes = 1 << 16

// At returns the scope of a place, to be kept by whoever reads there often.
func (s *Settings) At(p Place) *Scope {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.scopes[p]; known != nil {
		return known
	}
	if len(s.places) >= mostScopes {
		return &Scope{p, math.MaxInt}
	}
	scope := &Scope{p, len(s.places)}
	s.scopes[p] = scope
	s.places = append(s.places, p)
	old := s.now.Load()
	young := *old
	young.rows = append(old.rows[:len(old.rows):len(old.rows)], s.row(&old.force, p))
	s.now.Store(&young)
	return scope
}

// Get is what a setting is at a place now. It allocates nothing and waits for nobody.
func (s *Settings) Get(at *Scope, k *Key) Value {
	snap := s.now.Load()
	if at.id < len(snap.rows) {
		return snap.rows[at.id].values[k.index]
	}
	return s.row(&snap.force, at.place).values[k.index]
}

// Release is the number of the release in force at a place: every record keeps it.
func (s *Settings) Release(study casebook.StudyID, site casebook.SiteID) int64 {
	f := &s.now.Load().force
	if f.Canary != 0 && f.Trial.includes(in(f.Owners, Place{Study: study, Site: site})) {
		return f.Canary
	}
	return f.Number
}

// adopt makes f what is in force in this process.
func (s *Settings) adopt(f force) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Approved = map[approval]time.Time{}
	for _, a := range f.Approvals {
		f.Approved[approval{a.Study, a.Site, a.Amendment}] = a.At
	}
	f.Owners = owners(f.Belongs, s.world.Now())
	snap := &snapshot{force: f, rows: make([]*row, len(s.places)), next: f.next(s.world.Now())}
	for i, p := range s.places {
		snap.rows[i] = s.row(&f, p)
	}
	s.now.Store(snap)
}

// next is the first moment after now at which a value begins to count by itself.
func (f *force) next(now time.Time) (first time.Time) {
	sooner := func(t time.Time) {
		if t.After(now) && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, a := range slices.Concat(f.Doc, f.CanaryDoc) {
		sooner(a.From)
	}
	for _, a := range f.Approvals {
		sooner(a.At)
	}
	return first
}

// row computes what is in force at a place.
func (s *Settings) row(f *force, p Place) *row {
	p = in(f.Owners, p)
	r := &row{release: f.Number, values: make([]Value, declared.Load())}
	doc := f.Doc
	if f.Canary != 0 && f.Trial.includes(p) {
		r.release, doc = f.Canary, f.CanaryDoc
	}
	for _, k := range s.list {
		r.values[k.index] = k.standard
		if a := winner(doc, k.Name, p, f.Approved, s.world.Now()); a != nil {
			if v, err := k.parse(a.Value); err == nil { // a later version of the product may have narrowed the range
				r.values[k.index] = v
			}
		}
	}
	return r
}

// winner is the assignment that counts: of those in force the deepest, and of two as deep the later.
func winner(doc []Assignment, key string, p Place, approved map[approval]time.Time, now time.Time) (best *Assignment) {
	for i := range doc {
		a := &doc[i]
		if a.Key != key || !a.Place.holds(p) || a.waits(p, approved, now) != "" {
			continue
		}
		if best == nil || a.Place.Level() > best.Place.Level() || a.Place.Level() == best.Place.Level() && !a.since(p, approved).Before(best.since(p, approved)) {
			best = a
		}
	}
	return best
}

// waits says what an assignment waits for at a place: "date", "approval", or "" when it counts.
func (a *Assignment) waits(p Place, approved map[approval]time.Time, now time.Time) string {
	if a.From.After(now) {
		return "date"
	}
	if a.Amendment != "" {
		at, recorded := approved[approval{p.Study, p.Site, a.Amendment}]
		if !recorded || at.After(now) {
			return "approval"
		}
	}
	return ""
}

// since is from when an assignment counts at a place.
func (a *Assignment) since(p Place, approved map[approval]time.Time) time.Time {
	at := approved[approval{p.Study, p.Site, a.Amendment}]
	if a.Amendment != "" && at.After(a.From) {
		return at
	}
	return a.From
}

// Why tells of one level what is said there for a setting, and whether it counts.
type Why struct {
	Assignment
	Level string `json:"level"`
	// Because is "in_force", "overridden" by a deeper or later one, or what it waits for: "date", "approval".
	Because string `json:"because"`
}

// Explain tells why a setting is what it is at a place: everything that is said about it there, the deepest first, and
// last its default.
func (s *Settings) Explain(p Place, name string) (value string, release int64, why []Why, err error) {
	k := s.keys[name]
	if k == nil {
		return "", 0, nil, casebook.Fail(casebook.NotFound, "settings.key_unknown", name).At("key")
	}
	f := &s.now.Load().force
	p = in(f.Owners, p)
	doc, release := f.Doc, f.Number
	if f.Canary != 0 && f.Trial.includes(p) {
		doc, release = f.CanaryDoc, f.Canary
	}
	best := winner(doc, name, p, f.Approved, s.world.Now())
	value = k.Default
	for i := range doc {
		a := &doc[i]
		if a.Key != name || !a.Place.holds(p) {
			continue
		}
		w := Why{*a, a.Place.Level().String(), cmp.Or(a.waits(p, f.Approved, s.world.Now()), "overridden")}
		if a == best {
			w.Because, value = "in_force", a.Value
		}
		why = append(why, w)
	}
	slices.SortStableFunc(why, func(a, b Why) int { return cmp.Compare(b.Place.Level(), a.Place.Level()) })
	standard := Why{Assignment{Key: name, Value: k.Default}, "default", "overridden"}
	if best == nil {
		standard.Because = "in_force"
	}
	return value, release, append(why, standard), nil
}
