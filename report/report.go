// Package report is the door for patients' reports: pooled decoding, a bounded queue, one durable commit for many, a
// receipt only after it. It refuses to know what an instrument means: package record judges the values.
package report

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. A report with an instrument is a record.Saved whose Source is the receipt.
const (
	Received    = "report.received"    // Ref: the report's id; New: {"receipt", "data"}, data verbatim as text
	Quarantined = "report.quarantined" // Ref: the report's id; New: {"hash", "body"}
)

// The bounds of the door.
const (
	MaxBody   = 64 << 10 // bytes of one report
	maxQueue  = 4096     // reports that may wait for a commit
	maxBatch  = 512      // reports in one commit
	maxID     = 100      // bytes of a report's id
	maxDevice = 200      // bytes of a device's name
)

// Service takes reports in. Run must run for Submit to be answered.
type Service struct {
	ledger  *ledger.Ledger
	forms   *record.Service
	world   casebook.World
	newID   func() string
	queue   chan *job
	waiting atomic.Int64 // reports in the queue
	writers int
	places  places
}

// New returns the door to l's database.
func New(l *ledger.Ledger, forms *record.Service) *Service {
	s := &Service{ledger: l, forms: forms, world: l.DB().World(), newID: l.DB().World().NewID, queue: make(chan *job, maxQueue), writers: 1}
	if l.DB().Postgres() {
		s.writers = 2 // while one waits for its sync the other fills the next batch
	}
	return s
}

// Receipt tells the sender what was kept: the report's id and a digest of its content, which the sender can compute too.
type Receipt struct {
	ID      string
	Text    string
	Subject casebook.SubjectID
	Again   bool // it was there already
}

// content is what makes two reports the same: SHA-256 over the fields that count, each preceded by its length, with
// data byte for byte as it was sent.
func (r *request) content(study casebook.StudyID) [32]byte {
	h := r.hash[:0]
	for _, s := range [...]string{"casebook report 1", string(study), r.patient, r.instrument, r.answeredAt, r.device, r.data} {
		h = binary.AppendUvarint(h, uint64(len(s)))
		h = append(h, s...)
	}
	r.hash = h
	return sha256.Sum256(h)
}

// digestText is the length of the digest in a receipt: 16 bytes in base64url.
const digestText = 22

func receiptText(id string, hash []byte) string {
	var b [maxID + 1 + digestText]byte
	return string(base64.RawURLEncoding.AppendEncode(append(append(b[:0], id...), '.'), hash[:16]))
}

// Submit takes in one report of a study, as JSON, on behalf of the actor in ctx, and returns after it is durable. only
// is the one subject that the sender speaks for, "" for any; id names the report where the body does not. Errors:
// Invalid with a place, TooLarge, NotFound report.patient_unknown, Conflict report.other_body, Busy report.queue_full.
func (s *Service) Submit(ctx context.Context, study casebook.StudyID, only casebook.SubjectID, id string, body io.Reader) (Receipt, error) {
	r := requests.Get().(*request)
	defer r.free()
	if err := r.read(ctx, body); err != nil {
		return Receipt{}, err
	}
	j, err := s.prepare(ctx, study, only, id, r)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.enqueue(j); err != nil {
		return Receipt{}, err
	}
	return j.await(ctx)
}

// prepare makes a job of what r has read.
func (s *Service) prepare(ctx context.Context, study casebook.StudyID, only casebook.SubjectID, id string, r *request) (*job, error) {
	if err := r.decode(); err != nil {
		return nil, err
	}
	if r.id == "" {
		r.id = id
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	subject := casebook.SubjectID(r.patient)
	if only != "" && only != subject {
		return nil, patientUnknown(subject)
	}
	site, err := s.places.find(ctx, s.ledger, study, subject)
	if err != nil {
		return nil, err
	}
	now := s.world.Now().UTC().Truncate(time.Microsecond)
	j := &job{study: study, subject: subject, site: site, id: r.id, instrument: r.instrument, at: now, deviceAt: r.answered,
		actor: casebook.ActorFrom(ctx), done: make(chan struct{})}
	if j.id == "" {
		j.id = s.newID()
	}
	j.hash = r.content(study)
	j.receipt = receiptText(j.id, j.hash[:])
	if r.instrument == "" {
		j.data = r.data
	} else if j.form, err = s.judge(ctx, j, r); err != nil {
		return nil, err
	}
	j.body = r.body
	return j, nil
}

// judge turns the answers into a form of the casebook as it is to be kept, without touching the database.
func (s *Service) judge(ctx context.Context, j *job, r *request) (*record.Report, error) {
	st, err := s.forms.Study(ctx, j.study)
	if err != nil {
		return nil, err
	}
	st = st.At(j.site)
	key := record.Key{Study: j.study, Subject: j.subject, Form: j.instrument}
	if key, err = st.NewInstance(key, j.id); err != nil {
		return nil, err
	}
	if err := r.answers(st); err != nil {
		return nil, err
	}
	out, err := st.Apply(&record.Form{Key: key, Site: j.site}, -1, r.values,
		record.Context{Actor: j.actor.User, Now: j.at, Today: record.Today(j.at), Zone: "UTC", Country: st.Country, NewID: s.newID})
	if err != nil {
		return nil, inData(err)
	}
	out.After.Source = j.receipt
	return record.NewReport(out, ledger.Entry{Actor: j.actor.User, Role: j.actor.Role, Location: string(j.site), Trace: j.actor.Trace, DeviceAt: j.deviceAt}), nil
}

func patientUnknown(id casebook.SubjectID) error {
	return casebook.Fail(casebook.NotFound, "report.patient_unknown", string(id)).At("/patientId")
}

// places remembers where subjects are, for a minute: a subject is seldom transferred. It decides only by which version a
// report is judged; where the subject is, the transaction that keeps the report reads itself.
type places struct {
	mu    sync.RWMutex
	sites map[place]found
}

type found struct {
	site casebook.SiteID
	at   time.Time
}

const placesLast = time.Minute

type place struct {
	study   casebook.StudyID
	subject casebook.SubjectID
}

// maxPlaces bounds the memory of places; when it is full it starts anew.
const maxPlaces = 100_000

func (p *places) find(ctx context.Context, l *ledger.Ledger, study casebook.StudyID, id casebook.SubjectID) (casebook.SiteID, error) {
	at := place{study, id}
	p.mu.RLock()
	seen, ok := p.sites[at]
	p.mu.RUnlock()
	now := l.DB().World().Now()
	if ok && now.Sub(seen.at) < placesLast {
		return seen.site, nil
	}
	subject, err := patient.New(l).Get(ctx, study, id)
	if casebook.KindOf(err) == casebook.NotFound {
		return "", patientUnknown(id)
	}
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sites == nil || len(p.sites) >= maxPlaces {
		p.sites = map[place]found{}
	}
	p.sites[place{study, subject.ID}] = found{subject.Site, now}
	return subject.Site, nil
}
