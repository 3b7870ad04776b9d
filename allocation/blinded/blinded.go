// Package blinded keeps the values of items that a definition declares blinded, since they may tell what a subject is given.
// It refuses to keep one in the clear, or with whose it is: what is sealed, and what an entry names, tells nothing without the key.
package blinded

import (
	"cmp"
	"context"
	"embed"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/allocation"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs of this package in the ledger. None names a subject, an item or a value.
const (
	Saved    = "blinded.saved"    // Ref: the place, opaque; New: saved
	Read     = "blinded.read"     // Ref: the subject whose values were looked at, or none for all
	Resealed = "blinded.resealed" // Ref: what the place is called since, opaque; New: resealed
)

type saved struct {
	Version int64  `json:"version"`
	Sealed  string `json:"sealed"`
}

// Place is where a blinded value stands.
type Place struct {
	Subject     casebook.SubjectID `json:"subject"`
	Event       string             `json:"event"`
	EventRepeat string             `json:"eventRepeat"`
	Form        string             `json:"form"`
	FormRepeat  string             `json:"formRepeat"`
	Group       string             `json:"group"`
	Repeat      string             `json:"repeat"`
	Item        string             `json:"item"`
}

func (p Place) key(study casebook.StudyID) record.Key {
	return record.Key{Study: study, Subject: p.Subject, Event: p.Event, EventRepeat: p.EventRepeat, Form: p.Form, FormRepeat: p.FormRepeat}
}

func (p Place) path(study casebook.StudyID) string {
	return string(p.Subject) + "\n" + p.key(study).ItemPath(p.Group, p.Repeat, p.Item)
}

// Said is a value, or why there is none, at its place; neither clears it.
type Said struct {
	Place   Place  `json:",embed"`
	Value   string `json:"value,omitempty"`
	Blank   string `json:"blank,omitempty"`
	Version int64  `json:"version"` // what was seen before, 0 for nothing
}

// inside is what is sealed.
type inside struct {
	Place  Place  `json:",embed"`
	Value  string `json:"value,omitempty"`
	Blank  string `json:"blank,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Value is a value as it was saved once.
type Value struct {
	Said   Said            `json:",embed"`
	Reason string          `json:"reason,omitempty"` // of the change
	By     casebook.UserID `json:"by"`
	At     time.Time       `json:"at"`
}

// Service keeps blinded values.
type Service struct {
	lists  *allocation.Service
	ledger *ledger.Ledger
	forms  *record.Service
}

// New returns the service of l's database. It seals with the key of lists.
func New(l *ledger.Ledger, forms *record.Service, lists *allocation.Service) *Service {
	return &Service{lists, l, forms}
}

// Save keeps values of one subject, all or none. A value that is there changes for a reason only, which is sealed with it, and by who
// has seen it as it is. Errors: Stale blinded.conflict at the place of a value that somebody has saved since; Unprocessable
// record.reason_required, blinded.unchanged when nothing would change, and what record.EnterBlinded says.
func (s *Service) Save(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, values []Said, reason string) error {
	reason = strings.TrimSpace(reason)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		if _, err := patient.Hold(ctx, w.Tx, study, subject); err != nil { // one at a time, since another key gives a place another name
			return err
		}
		changed := 0
		for _, v := range values {
			v.Place.Subject = subject
			did, err := s.put(ctx, w, st, v, reason)
			if err != nil {
				return err
			}
			changed += did
		}
		if changed == 0 {
			return casebook.Fail(casebook.Unprocessable, "blinded.unchanged")
		}
		return nil
	})
	if store.IsUnique(err) { // two at one moment: who comes second has not seen what is there
		return casebook.Fail(casebook.Stale, "blinded.conflict")
	}
	return err
}

// put keeps one value, and tells whether it was another: 1, or 0.
func (s *Service) put(ctx context.Context, w *ledger.Writer, st *record.Study, v Said, reason string) (int, error) {
	in := record.Value{Group: v.Place.Group, Repeat: v.Place.Repeat, Item: v.Place.Item, Value: v.Value, Blank: v.Blank}
	site, err := record.EnterBlinded(ctx, w, st, v.Place.key(w.Study), in)
	if err != nil {
		return 0, err
	}
	at := v.Place.Group + "/" + v.Place.Repeat + "/" + v.Place.Item
	place, is, err := s.last(ctx, w.Tx, w.Study, v.Place)
	switch {
	case err != nil:
		return 0, err
	case is.Said.Version != v.Version:
		return 0, casebook.Fail(casebook.Stale, "blinded.conflict").At(at)
	case is.Said.Value == v.Value && is.Said.Blank == v.Blank:
		return 0, nil
	case is.Said.Version > 0 && reason == "":
		return 0, casebook.Fail(casebook.Unprocessable, "record.reason_required").At(at)
	}
	body := saved{Version: v.Version + 1}
	if body.Sealed, err = s.lists.Seal(w.Study, bound(place, body.Version), inside{v.Place, v.Value, v.Blank, reason}); err != nil {
		return 0, err
	}
	w.Record(ctx, ledger.Entry{What: Saved, Site: site, Ref: place, New: ledger.Text(body)})
	_, err = w.Exec(ctx, `INSERT INTO blinded_value(study_id, place, version, sealed, saved_by, saved_at) VALUES($1,$2,$3,$4,$5,$6)`,
		w.Study, place, body.Version, body.Sealed, casebook.ActorFrom(ctx).User, store.Micros(w.Now))
	return 1, err
}

// bound names what a sealed text belongs to.
func bound(place string, version int64) string {
	return "blinded\n" + place + "\n" + strconv.FormatInt(version, 10)
}

const columns = `place, version, sealed, saved_by, saved_at`

// open reads a row and opens it.
func (s *Service) open(study casebook.StudyID) func(r *store.Rows) (Value, error) {
	return func(r *store.Rows) (v Value, err error) {
		var place, sealed string
		var version, at int64
		if err := r.Scan(&place, &version, &sealed, &v.By, &at); err != nil {
			return v, err
		}
		var in inside
		err = s.lists.Open(study, bound(place, version), sealed, &in)
		v.Said, v.Reason, v.At = Said{in.Place, in.Value, in.Blank, version}, in.Reason, store.Time(at)
		return v, err
	}
}

// names are what a place is called, by the newest key first.
func (s *Service) names(study casebook.StudyID, p Place) ([]string, error) {
	return s.lists.Opaque(study, "blinded\n"+p.path(study))
}

// last is the value at a place as it is, with version 0 where there never was one, and what the place is called.
func (s *Service) last(ctx context.Context, tx *store.Tx, study casebook.StudyID, p Place) (place string, v Value, err error) {
	names, err := s.names(study, p)
	if err != nil {
		return "", v, err
	}
	place = names[0]
	for _, name := range names {
		all, err := store.All(ctx, tx, s.open(study), `SELECT `+columns+` FROM blinded_value WHERE study_id = $1 AND place = $2 ORDER BY version DESC LIMIT 1`, study, name)
		if err != nil {
			return "", v, err
		}
		if len(all) > 0 && all[0].Said.Version > v.Said.Version {
			place, v = name, all[0]
		}
	}
	return place, v, nil
}

// Look returns the values of one subject, or with "" of all, of whom sees says that they may be seen: each as it is and then as it was,
// by subject and place. Looking is an entry.
func (s *Service) Look(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, sees func(casebook.SiteID) bool) (values []Value, err error) {
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		all, err := store.All(ctx, w.Tx, s.open(study), `SELECT `+columns+` FROM blinded_value WHERE study_id = $1 ORDER BY place, version`, study)
		if err != nil {
			return err
		}
		where, err := sites(ctx, w.Tx, study, all)
		if err != nil {
			return err
		}
		values = slices.DeleteFunc(all, func(v Value) bool {
			site, known := where[v.Said.Place.Subject]
			return subject != "" && v.Said.Place.Subject != subject || !known || !sees(site)
		})
		w.Record(ctx, ledger.Entry{What: Read, Ref: string(subject)})
		return nil
	})
	slices.SortFunc(values, func(a, b Value) int {
		return cmp.Or(strings.Compare(a.Said.Place.path(study), b.Said.Place.path(study)), cmp.Compare(b.Said.Version, a.Said.Version))
	})
	return values, err
}

// sites tells where the subjects of values are now: one who was transferred is seen by the new site.
func sites(ctx context.Context, tx *store.Tx, study casebook.StudyID, values []Value) (map[casebook.SubjectID]casebook.SiteID, error) {
	ids, where := []casebook.SubjectID{}, map[casebook.SubjectID]casebook.SiteID{}
	for _, v := range values {
		if _, twice := where[v.Said.Place.Subject]; !twice {
			ids, where[v.Said.Place.Subject] = append(ids, v.Said.Place.Subject), ""
		}
	}
	clear(where)
	for some := range slices.Chunk(ids, patient.MaxLimit) {
		found, err := patient.FindAll(ctx, tx, study, some)
		if err != nil {
			return nil, err
		}
		for id, p := range found {
			where[id] = p.Site
		}
	}
	return where, nil
}
