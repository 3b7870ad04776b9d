// Package epro is the patient's day: phones and how they are enrolled, what is asked when, answer sets that arrive once
// and for ever, what is missing, and whom an answer must reach. It refuses to drop anything that a phone sends, and to
// change what a patient has submitted; values go into the casebook through package record.
package epro

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/vault"
	"casebook/web"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. What New holds is the row, in canonical JSON.
const (
	SchedulePublished = "epro.schedule.published" // Ref: its number
	AnchorHappened    = "epro.anchor.happened"    // Ref: kind/name
	ZoneChanged       = "epro.zone.changed"       // Ref: the device
	DeviceInvited     = "epro.device.invited"     // Ref: the invitation
	DeviceEnrolled    = "epro.device.enrolled"    // Ref: the device
	DeviceEnded       = "epro.device.ended"       // Ref: the device
	Received          = "epro.record.received"    // Ref: the record
	Quarantined       = "epro.record.quarantined" // Ref: the record
	Decided           = "epro.quarantine.decided" // Ref: the record
	IssueFound        = "epro.issue.found"        // Ref: the issue
	AlertRaised       = "epro.alert.raised"       // Ref: the alert
	AlertEscalated    = "epro.alert.escalated"    // Ref: the alert
	ConsentDrafted    = "epro.consent.drafted"    // Ref: the revision
	ConsentPublished  = "epro.consent.published"  // Ref: the version
	ConsentSigned     = "epro.consent.signed"     // Ref: the signature
	ConsentRecorded   = "epro.consent.recorded"   // Ref: the signature, which is on paper
	ConsentWithdrawn  = "epro.consent.withdrawn"  // Ref: the signature
	ChangeAsked       = "epro.change.asked"       // Ref: the request
	ChangeDecided     = "epro.change.decided"     // Ref: the request
	AlertAcknowledged = "epro.alert.acknowledged" // Ref: the alert
	ReachSet          = "epro.reach.set"          // Ref: channel/device; New: the row with a digest for its address, "" when it ends
	Exported          = "epro.list.exported"      // Ref: which list
	IdentityRead      = "epro.identity.read"      // Ref: reach, or the signature: what tells who the subject is was shown
)

// The bounds of what phones send.
const (
	MaxSync    = 4 << 20  // bytes of one request
	MaxRecord  = 64 << 10 // bytes of one record
	MaxRecords = 500      // records of one request
	maxText    = 4000     // bytes of one answer
)

// Service is the patients' door, and the staff's window on it.
type Service struct {
	// Reminders is how patients are reminded. It is set before Run.
	Reminders Reminders
	// Origin tells at which scheme and host patients' pages are: an invitation leads there. Those at which this server was asked unless set.
	Origin func(*http.Request) string

	ledger *ledger.Ledger
	db     *store.DB
	forms  *record.Service
	trials *trial.Service
	vault  *vault.Vault
	world  casebook.World

	mu       sync.Mutex
	plans    map[planKey]*plan
	versions map[versionKey]*version
	looks    map[casebook.StudyID]time.Time // when to look for reminders again
}

// New returns the patients' door to l's database. From then on what patients submit changes through it alone. What tells who they
// are it keeps in v.
func New(l *ledger.Ledger, forms *record.Service, trials *trial.Service, v *vault.Vault) *Service {
	s := &Service{Origin: web.Origin(), ledger: l, db: l.DB(), forms: forms, trials: trials, vault: v, world: l.DB().World(),
		plans: map[planKey]*plan{}, versions: map[versionKey]*version{}, looks: map[casebook.StudyID]time.Time{}}
	forms.Given = s.Given
	return s
}

func (s *Service) now() time.Time { return s.world.Now().UTC().Truncate(time.Microsecond) }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// device is a phone as it stands in its row.
type device struct {
	ID         string             `json:"device"`
	Subject    casebook.SubjectID `json:"subject"`
	Site       casebook.SiteID    `json:"site"`
	Token      string             `json:"token"` // a hash
	Name       string             `json:"name"`
	Reporter   string             `json:"reporter"` // self, or how whoever answers is related to the patient
	EnrolledAt time.Time          `json:"enrolledAt"`
	EndedAt    time.Time          `json:"endedAt,omitzero"`
	EndedWhy   string             `json:"endedWhy,omitempty"`
	Phone      string             `json:"phone,omitempty"` // the digest of what its browser keeps of itself: the same for all who enrol there

	highest, received int64 // what the ledger does not hold: the phone says the one, the records give the other
	seenAt            time.Time
}

const deviceColumns = `device_id, subject_id, site_id, token_hash, name, reporter, enrolled_at, ended_at, ended_why, phone, highest, received, seen_at`

func scanDevice(r *store.Rows) (d device, err error) {
	var enrolled, ended, seen int64
	err = r.Scan(&d.ID, &d.Subject, &d.Site, &d.Token, &d.Name, &d.Reporter, &enrolled, &ended, &d.EndedWhy, &d.Phone, &d.highest, &d.received, &seen)
	d.EnrolledAt, d.EndedAt, d.seenAt = store.Time(enrolled), store.Time(ended), store.Time(seen)
	return d, err
}

func findDevice(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) (device, error) {
	all, err := store.All(ctx, tx, scanDevice, `SELECT `+deviceColumns+` FROM epro_device WHERE study_id = $1 AND device_id = $2`, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "epro.device_unknown", id)
	}
	if err != nil {
		return device{}, err
	}
	return all[0], nil
}

// over tells when the phone's right to answer ended, or the zero time: it was ended itself, or its subject left the study.
func (d *device) over(p patient.Subject) (at time.Time) {
	at = d.EndedAt
	if gone := p.Status != patient.Enrolled && p.Status != patient.Screening; gone && (at.IsZero() || p.StatusAt.Before(at)) {
		at = p.StatusAt
	}
	return at
}
