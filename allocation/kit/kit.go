// Package kit is the study drug in numbered kits: what was sent to a site, received, dispensed, returned or spoiled, and whether
// it adds up. It refuses to tell what a kit holds: that is sealed as the randomisation lists are, and the server picks the kit.
package kit

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/allocation"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/trial"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. None of their values tells what a kit holds.
const (
	Sent      = "kit.sent"      // Ref: the shipment; New: sent
	Received  = "kit.received"  // Ref: the shipment; New: received; Reason where some are spoiled
	Dispensed = "kit.dispensed" // Ref: the kit
	Returned  = "kit.returned"  // Ref: the kit; New: back
	Spoiled   = "kit.spoiled"   // Ref: the kit; Reason
	Resealed  = "kit.resealed"  // Ref: the shipment; New: resealed
	Opened    = "kit.opened"    // somebody has looked at what all kits hold
)

// State is where a kit is.
type State string

// The states of a kit.
const (
	OnTheWay State = "sent"
	InStock  State = "received"
	Out      State = "dispensed"
	Back     State = "returned"
	Bad      State = "spoiled" // damaged, missing or too warm: not to be given
)

// Kit is a kit as everybody may know it.
type Kit struct {
	ID       string             `json:"kit"`
	Shipment string             `json:"shipment"`
	Site     casebook.SiteID    `json:"site"`
	State    State              `json:"state"`
	Subject  casebook.SubjectID `json:"subject,omitempty"`
	Units    int64              `json:"units"`     // that it holds
	Back     int64              `json:"unitsBack"` // that came back
	At       time.Time          `json:"at"`        // of the last change
}

// Inside is what nobody blinded may know of a kit. A lot or an expiry may tell the treatment, too.
type Inside struct {
	Treatment string `json:"treatment"`
	Lot       string `json:"lot"`
	Expiry    string `json:"expiry"` // the last day on which it may be given, 2026-12-31
}

type sent struct {
	Units  int64    `json:"units"` // of each kit
	Kits   []string `json:"kits"`
	Digest string   `json:"digest"` // SHA-256 of what is sealed
}

type received struct {
	Spoiled []string `json:"spoiled"`
}

type back struct {
	Units int64 `json:"units"`
}

// Service looks after the study drug.
type Service struct {
	*allocation.Service
	ledger   *ledger.Ledger
	db       *store.DB
	world    casebook.World
	patients *patient.Service
}

// New returns the service of l's database. What is given to whom, lists knows.
func New(l *ledger.Ledger, lists *allocation.Service) *Service {
	return &Service{lists, l, l.DB(), l.DB().World(), patient.New(l)}
}

func digest(sealed string) string {
	sum := sha256.Sum256([]byte(sealed))
	return hex.EncodeToString(sum[:])
}

const columns = `kit_id, shipment_id, site_id, state, subject_id, units, units_back, changed_at`

func scan(r *store.Rows) (k Kit, err error) {
	var at int64
	err = r.Scan(&k.ID, &k.Shipment, &k.Site, &k.State, &k.Subject, &k.Units, &k.Back, &at)
	k.At = store.Time(at)
	return k, err
}

// All returns the study's kits, by site and number.
func All(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Kit, error) {
	return store.All(ctx, tx, scan, `SELECT `+columns+` FROM kit WHERE study_id = $1 ORDER BY site_id, kit_id`, study)
}

// unknown is what a kit is answered with that is not there, or not for this person.
func unknown(place string) error { return casebook.Fail(casebook.NotFound, "kit.unknown").At(place) }

// find reads a kit. how ends the statement: who will change the kit holds it.
func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (Kit, error) {
	all, err := store.All(ctx, tx, scan, `SELECT `+columns+` FROM kit WHERE study_id = $1 AND kit_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = unknown("kit")
	}
	if err != nil {
		return Kit{}, err
	}
	return all[0], nil
}

// insides opens what the kits hold that were sent to a site, to all with "".
func (s *Service) insides(ctx context.Context, tx *store.Tx, study casebook.StudyID, site casebook.SiteID) (map[string]Inside, error) {
	all := map[string]Inside{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var id, sealed string
		if err := r.Scan(&id, &sealed); err != nil {
			return err
		}
		some := map[string]Inside{}
		err := s.Open(study, id, sealed, &some)
		for kit, in := range some {
			all[kit] = in
		}
		return err
	}, `SELECT shipment_id, sealed FROM kit_shipment WHERE study_id = $1 AND ($2 = '' OR site_id = $2) ORDER BY shipment_id`, study, site)
	return all, err
}

// Send takes in the kits of a shipment to a site, all or none. Errors: those of the file; NotFound trial.site_unknown; Unprocessable
// kit.units; Conflict kit.taken, allocation.no_list.
func (s *Service) Send(ctx context.Context, study casebook.StudyID, site casebook.SiteID, units int64, csv string) (shipment string, err error) {
	if units < 1 || units > maxUnits {
		return "", casebook.Fail(casebook.Unprocessable, "kit.units", maxUnits).At("units")
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if _, err := trial.FindSite(ctx, w.Tx, study, site); err != nil {
			return err
		}
		treatments, err := s.Treatments(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		have, err := s.insides(ctx, w.Tx, study, "")
		if err != nil {
			return err
		}
		kits, err := read(csv, treatments, have)
		if err != nil {
			return err
		}
		if shipment, err = next(ctx, w.Tx, study); err != nil {
			return err
		}
		return s.put(ctx, w, shipment, site, units, kits)
	})
	if store.IsUnique(err) {
		err = casebook.Fail(casebook.Conflict, "kit.taken")
	}
	return shipment, err
}

func (s *Service) put(ctx context.Context, w *ledger.Writer, shipment string, site casebook.SiteID, units int64, kits map[string]Inside) error {
	sealed, err := s.Seal(w.Study, shipment, kits)
	if err != nil {
		return err
	}
	if err := ship(ctx, w, shipment, "", site, len(kits), sealed); err != nil {
		return err
	}
	names := make([]string, 0, len(kits))
	for id := range kits {
		names = append(names, id)
	}
	slices.Sort(names)
	for _, id := range names {
		if _, err := w.Exec(ctx, `INSERT INTO kit(study_id, `+columns+`) VALUES($1,$2,$3,$4,$5,'',$6,0,$7)`, w.Study, id, shipment, site, string(OnTheWay), units, store.Micros(w.Now)); err != nil {
			return err
		}
	}
	w.Record(ctx, ledger.Entry{What: Sent, Site: site, Ref: shipment, New: ledger.Text(sent{units, names, digest(sealed)})})
	return nil
}

// Receive takes a shipment into its site's stock; the kits that came damaged or not at all are spoiled, with a reason. Errors:
// NotFound kit.unknown; Conflict kit.received; Unprocessable kit.reason, kit.not_of_shipment.
func (s *Service) Receive(ctx context.Context, study casebook.StudyID, shipment string, spoiled []string, reason string) error {
	if len(spoiled) > 0 || reason != "" {
		if err := reasoned(reason); err != nil {
			return err
		}
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		site, err := siteOf(ctx, w.Tx, study, shipment)
		if err != nil {
			return err
		}
		n, err := w.Exec(ctx, `UPDATE kit_shipment SET state = $3 WHERE study_id = $1 AND shipment_id = $2 AND state = $4`, study, shipment, string(InStock), string(OnTheWay))
		if err == nil && n == 0 {
			err = casebook.Fail(casebook.Conflict, "kit.received", shipment)
		}
		if err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `UPDATE kit SET state = $3, changed_at = $4 WHERE study_id = $1 AND shipment_id = $2`, study, shipment, string(InStock), store.Micros(w.Now)); err != nil {
			return err
		}
		for i, id := range spoiled {
			n, err := w.Exec(ctx, `UPDATE kit SET state = $4 WHERE study_id = $1 AND shipment_id = $2 AND kit_id = $3`, study, shipment, id, string(Bad))
			if err == nil && n == 0 {
				err = casebook.Fail(casebook.Unprocessable, "kit.not_of_shipment", id).At(fmt.Sprintf("spoiled/%d", i))
			}
			if err != nil {
				return err
			}
		}
		w.Record(ctx, ledger.Entry{What: Received, Site: site, Ref: shipment, New: ledger.Text(received{append([]string{}, spoiled...)}), Reason: reason})
		return nil
	})
}

func siteOf(ctx context.Context, tx *store.Tx, study casebook.StudyID, shipment string) (casebook.SiteID, error) {
	all, err := store.All(ctx, tx, func(r *store.Rows) (id casebook.SiteID, err error) { err = r.Scan(&id); return id, err },
		`SELECT site_id FROM kit_shipment WHERE study_id = $1 AND shipment_id = $2`, study, shipment)
	if err == nil && len(all) == 0 {
		err = unknown("shipment")
	}
	if err != nil {
		return "", err
	}
	return all[0], nil
}

// Dispense gives a subject a kit of its treatment from its site's stock, which one by lot: the first in order would tell that those
// before it hold something else. It gives none as long as the stock lacks any treatment of the list, whichever the subject has, or
// the refusal would tell. Errors: NotFound patient.unknown; Conflict allocation.not_enrolled, .not_randomised, .sealed, kit.short.
func (s *Service) Dispense(ctx context.Context, study casebook.StudyID, id casebook.SubjectID) (given Kit, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Hold(ctx, w.Tx, study, id)
		if err != nil {
			return err
		}
		if p.Status != patient.Enrolled {
			return casebook.Fail(casebook.Conflict, "allocation.not_enrolled", id)
		}
		fitting, err := s.fitting(ctx, w.Tx, study, p)
		if err != nil {
			return err
		}
		for len(fitting) > 0 {
			i := int(binary.BigEndian.Uint64(s.world.Bytes(8)) % uint64(len(fitting)))
			given = fitting[i]
			fitting = slices.Delete(fitting, i, i+1)
			n, err := w.Exec(ctx, `UPDATE kit SET state = $3, subject_id = $4, changed_at = $5 WHERE study_id = $1 AND kit_id = $2 AND state = $6`,
				study, given.ID, string(Out), id, store.Micros(w.Now), string(InStock))
			if err != nil {
				return err
			}
			if n == 0 { // somebody else was given it meanwhile
				continue
			}
			given.State, given.Subject, given.At = Out, id, w.Now
			w.Record(ctx, ledger.Entry{What: Dispensed, Site: p.Site, Subject: id, Ref: given.ID})
			return nil
		}
		return casebook.Fail(casebook.Conflict, "kit.short")
	})
	return given, err
}

// fitting are the kits of a subject's treatment that its site may give today.
func (s *Service) fitting(ctx context.Context, tx *store.Tx, study casebook.StudyID, p patient.Subject) (own []Kit, err error) {
	_, treatment, others, err := s.Treatment(ctx, tx, study, p.ID)
	if err != nil {
		return nil, err
	}
	at, err := trial.FindSite(ctx, tx, study, p.Site)
	if err != nil {
		return nil, err
	}
	insides, err := s.insides(ctx, tx, study, p.Site)
	if err != nil {
		return nil, err
	}
	stock, err := store.All(ctx, tx, scan, `SELECT `+columns+` FROM kit WHERE study_id = $1 AND site_id = $2 AND state = 'received' ORDER BY kit_id`, study, p.Site)
	today, there := tx.Now.In(zone(at.Zone)).Format(time.DateOnly), map[string]bool{}
	for _, k := range stock {
		in := insides[k.ID]
		if in.Expiry < today {
			continue
		}
		there[in.Treatment] = true
		if in.Treatment == treatment {
			own = append(own, k)
		}
	}
	if slices.ContainsFunc(others, func(t string) bool { return !there[t] }) {
		own = nil
	}
	return own, err
}

func zone(name string) *time.Location {
	if at, err := time.LoadLocation(name); err == nil {
		return at
	}
	return time.UTC
}

const (
	maxUnits  = 100_000
	maxReason = 2000
)

func reasoned(reason string) error {
	if strings.TrimSpace(reason) == "" || len(reason) > maxReason {
		return casebook.Fail(casebook.Unprocessable, "kit.reason", maxReason).At("reason")
	}
	return nil
}

// Return takes a kit back from its subject with the units that are left in it. Errors: NotFound kit.unknown; Conflict kit.state;
// Unprocessable kit.units.
func (s *Service) Return(ctx context.Context, study casebook.StudyID, id string, units int64) error {
	return s.change(ctx, study, id, Out, func(w *ledger.Writer, k Kit) (ledger.Entry, error) {
		if units < 0 || units > k.Units {
			return ledger.Entry{}, casebook.Fail(casebook.Unprocessable, "kit.units", k.Units).At("units")
		}
		_, err := w.Exec(ctx, `UPDATE kit SET state = $3, units_back = $4, changed_at = $5 WHERE study_id = $1 AND kit_id = $2`, study, id, string(Back), units, store.Micros(w.Now))
		return ledger.Entry{What: Returned, New: ledger.Text(back{units})}, err
	})
}

// Spoil takes a kit out of the stock, with a reason. Errors: NotFound kit.unknown; Conflict kit.state; Unprocessable kit.reason.
func (s *Service) Spoil(ctx context.Context, study casebook.StudyID, id, reason string) error {
	if err := reasoned(reason); err != nil {
		return err
	}
	return s.change(ctx, study, id, InStock, func(w *ledger.Writer, _ Kit) (ledger.Entry, error) {
		_, err := w.Exec(ctx, `UPDATE kit SET state = $3, changed_at = $4 WHERE study_id = $1 AND kit_id = $2`, study, id, string(Bad), store.Micros(w.Now))
		return ledger.Entry{What: Spoiled, Reason: reason}, err
	})
}

// change makes a step that a kit takes from one state, with its entry.
func (s *Service) change(ctx context.Context, study casebook.StudyID, id string, from State, step func(*ledger.Writer, Kit) (ledger.Entry, error)) error {
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		k, err := find(ctx, w.Tx, study, id, w.ForUpdate())
		if err == nil && k.State != from {
			err = casebook.Fail(casebook.Conflict, "kit.state", id)
		}
		if err != nil {
			return err
		}
		e, err := step(w, k)
		e.Ref, e.Site, e.Subject = id, k.Site, k.Subject
		w.Record(ctx, e)
		return err
	})
}
