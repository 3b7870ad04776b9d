package epro

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
)

// inviteTime is how long a code may be used, maxTries how many wrong PINs it survives.
const (
	inviteTime = 72 * time.Hour
	maxTries   = 5
)

// Invitation lets one phone enrol for one subject, once. Code goes into the QR code and the link; PIN is told to the
// patient apart, so that who photographs the one has not got the other. Neither is kept.
type Invitation struct {
	Study   casebook.StudyID   `json:"study"`
	Subject casebook.SubjectID `json:"subject"`
	Code    string             `json:"code"`
	PIN     string             `json:"pin"`
	Path    string             `json:"path"` // of the page that a phone opens; the code stands behind #, which no log sees
	Expires time.Time          `json:"expires"`
	Link    string             `json:"link"` // the page's whole address
	QR      []string           `json:"qr"`   // the link as a QR code, row by row: 1 is dark
}

// invite is an invitation's row. Tries do not stand in the ledger.
type invite struct {
	ID       string             `json:"invite"`
	Subject  casebook.SubjectID `json:"subject"`
	Site     casebook.SiteID    `json:"site"`
	Code     string             `json:"code"` // a hash
	PIN      string             `json:"pin"`  // a hash
	Reporter string             `json:"reporter"`
	Expires  time.Time          `json:"expires"`
	UsedAt   time.Time          `json:"usedAt,omitzero"`
}

var letters = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz234567890").WithPadding(base32.NoPadding)

// Invite makes an invitation for a phone of a subject. reporter is "self", or how whoever answers for the patient is
// related to them.
func (s *Service) Invite(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, reporter string) (Invitation, error) {
	if reporter == "" {
		reporter = "self"
	}
	if len(reporter) > 40 {
		return Invitation{}, casebook.Fail(casebook.Invalid, "epro.reporter").At("reporter")
	}
	id, secret := hex.EncodeToString(s.world.Bytes(6)), letters.EncodeToString(s.world.Bytes(10))
	inv := Invitation{Study: study, Subject: subject, Code: id + "." + secret, PIN: fmt.Sprintf("%06d", binary.BigEndian.Uint32(s.world.Bytes(4))%1_000_000)}
	inv.Path = "/p/#" + string(study) + "." + inv.Code
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Find(ctx, w.Tx, study, subject)
		if err != nil {
			return err
		}
		if p.Status != patient.Enrolled && p.Status != patient.Screening {
			return casebook.Fail(casebook.Conflict, "epro.not_in_study", subject).At("subject")
		}
		row := invite{ID: id, Subject: subject, Site: p.Site, Code: digest(inv.Code), PIN: digest(id + inv.PIN), Reporter: reporter, Expires: w.Now.Add(inviteTime)}
		inv.Expires = row.Expires
		_, err = w.Exec(ctx, `INSERT INTO epro_invite(study_id, invite_id, subject_id, site_id, code_hash, pin_hash, reporter, expires_at, tries, used_at)
			VALUES($1,$2,$3,$4,$5,$6,$7,$8,0,0)`, study, row.ID, row.Subject, row.Site, row.Code, row.PIN, row.Reporter, store.Micros(row.Expires))
		w.Record(ctx, ledger.Entry{What: DeviceInvited, Site: p.Site, Subject: subject, Ref: id, New: ledger.Text(row)})
		return err
	})
	return inv, err
}

// Enrolment is what a phone says of itself when it enrols.
type Enrolment struct {
	Study casebook.StudyID `json:"study"`
	Code  string           `json:"code"`
	PIN   string           `json:"pin"`
	Name  string           `json:"name"` // what it is, as its browser says
	Zone  string           `json:"zone"`
	Phone string           `json:"phone"` // what it keeps of itself, by chance: the same whoever enrols on it; "" where it keeps nothing
}

// phone is what the phone keeps of itself, as the study keeps it: nobody can tell that it is the phone of another study.
func (e *Enrolment) phone() string {
	if e.Phone == "" {
		return ""
	}
	return digest(string(e.Study) + "\n" + e.Phone)
}

// Enrolled is the phone's identity. The token's text is kept nowhere.
type Enrolled struct {
	Study   casebook.StudyID   `json:"study"`
	Subject casebook.SubjectID `json:"subject"`
	Device  string             `json:"device"`
	Token   string             `json:"token"`
}

var (
	errNoInvite = casebook.Fail(casebook.NotFound, "epro.invite_unknown")
	errBadPIN   = casebook.Fail(casebook.Forbidden, "epro.pin_wrong")
)

// Enrol gives a phone its identity for a code and its PIN, once. A code that is wrong, used, expired or worn out by wrong
// PINs is NotFound epro.invite_unknown: nobody can tell which.
func (s *Service) Enrol(ctx context.Context, e Enrolment) (Enrolled, error) {
	id, _, _ := strings.Cut(e.Code, ".")
	out := Enrolled{Study: e.Study, Device: s.world.NewID()}
	secret := hex.EncodeToString(s.world.Bytes(32))
	out.Token = "cbp_" + string(e.Study) + "_" + out.Device + "_" + secret
	var refused error
	err := s.ledger.WriteNew(ctx, e.Study, func(w *ledger.Writer) error {
		refused = nil
		inv, err := takeInvite(ctx, w.Tx, e, id)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(inv.PIN), []byte(digest(id+e.PIN))) == 0 {
			refused = errBadPIN // the try counts: it commits
			return nil
		}
		d := device{ID: out.Device, Subject: inv.Subject, Site: inv.Site, Token: digest(out.Token), Name: brief(e.Name), Reporter: inv.Reporter, EnrolledAt: w.Now, Phone: e.phone()}
		out.Subject = d.Subject
		ctx := casebook.WithActor(ctx, d.actor(ctx))
		if _, err := w.Exec(ctx, `UPDATE epro_invite SET used_at = $3 WHERE study_id = $1 AND invite_id = $2`, e.Study, id, store.Micros(w.Now)); err != nil {
			return err
		}
		_, err = w.Exec(ctx, `INSERT INTO epro_device(study_id, device_id, subject_id, site_id, token_hash, name, reporter, enrolled_at, ended_at, ended_why, phone, highest, received, seen_at)
			VALUES($1,$2,$3,$4,$5,$6,$7,$8,0,'',$9,0,0,$8)`, e.Study, d.ID, d.Subject, d.Site, d.Token, d.Name, d.Reporter, store.Micros(d.EnrolledAt), d.Phone)
		if err != nil {
			return err
		}
		w.Record(ctx, ledger.Entry{What: DeviceEnrolled, Site: d.Site, Subject: d.Subject, Ref: d.ID, Old: id, New: ledger.Text(d)})
		return s.moved(ctx, w, &d, e.Zone, w.Now)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Enrolled{}, err
	}
	return out, nil
}

// takeInvite finds a usable invitation and counts the try.
func takeInvite(ctx context.Context, tx *store.Tx, e Enrolment, id string) (inv invite, err error) {
	err = tx.Row(ctx, `UPDATE epro_invite SET tries = tries + 1 WHERE study_id = $1 AND invite_id = $2 AND code_hash = $3 AND used_at = 0 AND expires_at > $4 AND tries < $5
		RETURNING subject_id, site_id, pin_hash, reporter`, e.Study, id, digest(e.Code), store.Micros(tx.Now), maxTries).Scan(&inv.Subject, &inv.Site, &inv.PIN, &inv.Reporter)
	if err == store.ErrNoRows {
		return inv, errNoInvite
	}
	inv.ID = id
	return inv, err
}

// brief is s as a label: UTF-8 of at most 100 characters.
func brief(s string) string {
	runes := []rune(strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD"))
	return string(runes[:min(len(runes), 100)])
}

// actor is the phone as the ledger names it.
func (d *device) actor(ctx context.Context) casebook.Actor {
	return casebook.Actor{User: casebook.UserID("phone:" + d.ID), Role: "patient", Location: string(d.Site), Trace: casebook.ActorFrom(ctx).Trace}
}

var (
	errNoPhone = casebook.Fail(casebook.Unauthorized, "epro.token_refused")
	errEnded   = casebook.Fail(casebook.Unauthorized, "epro.device_ended")
)

// phone finds who asks: the phone with its subject, whether or not its time is over. It does not go through the tokens of
// package auth, since a token that has ended must still hand over what was answered before.
func (s *Service) phone(r *http.Request) (study casebook.StudyID, d device, p patient.Subject, err error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	rest, known := strings.CutPrefix(token, "cbp_")
	parts := strings.Split(rest, "_")
	if n := len(parts); !strings.EqualFold(scheme, "Bearer") || !known || n < 3 || len(token) > 300 {
		return "", d, p, errNoPhone
	}
	study = casebook.StudyID(strings.Join(parts[:len(parts)-2], "_"))
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if d, err = findDevice(r.Context(), tx, study, parts[len(parts)-2]); err != nil {
			return err
		}
		p, err = patient.Find(r.Context(), tx, study, d.Subject)
		return err
	})
	if casebook.KindOf(err) == casebook.NotFound || err == nil && subtle.ConstantTimeCompare([]byte(d.Token), []byte(digest(token))) == 0 {
		err = errNoPhone
	}
	return study, d, p, err
}

// End takes a phone's right to answer away, at once: it was lost, replaced, or wiped.
func (s *Service) End(ctx context.Context, study casebook.StudyID, id, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return casebook.Fail(casebook.Unprocessable, "patient.reason_required").At("reason")
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		d, err := findDevice(ctx, w.Tx, study, id)
		if err != nil {
			return err
		}
		n, err := w.Exec(ctx, `UPDATE epro_device SET ended_at = $3, ended_why = $4 WHERE study_id = $1 AND device_id = $2 AND ended_at = 0`,
			study, id, store.Micros(w.Now), reason)
		if err == nil && n == 0 {
			err = casebook.Fail(casebook.Conflict, "epro.device_ended")
		}
		old := ledger.Text(d)
		d.EndedAt, d.EndedWhy = w.Now, reason
		w.Record(ctx, ledger.Entry{What: DeviceEnded, Site: d.Site, Subject: d.Subject, Ref: id, Old: old, New: ledger.Text(d), Reason: reason})
		return err
	})
}
