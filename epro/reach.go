package epro

import (
	"context"
	"encoding/hex"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/vault"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// The channels by which patients are reminded: names of channels of the outbox. What they carry passes systems that are
// not ours, and says only that there is something to answer.
const (
	byMail   = "mail"
	bySMS    = "sms"
	byPush   = "push"
	byWeChat = "wechat"
)

var everyWay = []string{byMail, bySMS, byPush, byWeChat}

// Reach is how a patient wants to be reminded by one channel.
type Reach struct {
	Channel  string `json:"channel"`
	Address  string `json:"address,omitempty"` // "" ends it. Of push: the subscription as the browser gave it; of wechat: the openid, or code: and what the sign-in gave
	Language string `json:"language"`
	Quiet    Quiet  `json:"quiet,omitzero"`
	Keep     bool   `json:"keep,omitempty"` // the address stays as it is: only language and hours change
}

// Quiet are the hours in which nothing is sent, by the clock where the patient is: From 22:00 To 07:00, say. The same
// twice is no quiet.
type Quiet struct {
	From clock `json:"from,omitempty"`
	To   clock `json:"to,omitempty"`
}

// clock is a time of day in minutes after midnight, written 22:00.
type clock int64

func (c clock) MarshalText() ([]byte, error) {
	return time.Time{}.Add(time.Duration(c)*time.Minute).AppendFormat(nil, "15:04"), nil
}

func (c *clock) UnmarshalText(text []byte) error {
	t, err := time.Parse("15:04", string(text))
	if err != nil {
		return casebook.Fail(casebook.Invalid, "epro.reach.clock", string(text)).At("quiet")
	}
	*c = clock(t.Hour()*60 + t.Minute())
	return nil
}

// after returns t, or the end of the quiet hours that t, by the patient's clock, lies in.
func (q Quiet) after(t time.Time) time.Time {
	now := clock(t.Hour()*60 + t.Minute())
	over := q.From > q.To // they go over midnight
	if q.From == q.To || !over && (now < q.From || now >= q.To) || over && now < q.From && now >= q.To {
		return t
	}
	day := t
	if over && now >= q.From {
		day = t.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), int(q.To)/60, int(q.To)%60, 0, 0, t.Location())
}

// reached is a row of epro_reach, and what the ledger holds of it. The address is in the vault.
type reached struct {
	Subject  casebook.SubjectID `json:"subject"`
	Channel  string             `json:"channel"`
	Device   string             `json:"device"`
	Site     casebook.SiteID    `json:"site"`
	Address  string             `json:"address"` // SHA-256 of what the vault has: salt and address, so that nobody finds it by trying all
	Language string             `json:"language"`
	From     int64              `json:"quietFrom"`
	To       int64              `json:"quietTo"`
	At       time.Time          `json:"at"`
	ref      string             // in the vault
}

const reachColumns = `subject_id, channel, device_id, site_id, digest, ref, language, quiet_from, quiet_to, set_at`

func scanReach(r *store.Rows) (x reached, err error) {
	var at int64
	err = r.Scan(&x.Subject, &x.Channel, &x.Device, &x.Site, &x.Address, &x.ref, &x.Language, &x.From, &x.To, &at)
	x.At = store.Time(at)
	return x, err
}

// saltLength is that of the letters before an address in the vault.
const saltLength = 32

// address reads where x leads.
func (s *Service) address(ctx context.Context, tx *store.Tx, study casebook.StudyID, x *reached) (string, error) {
	text, err := s.vault.Read(ctx, tx, study, x.ref)
	return text[min(len(text), saltLength):], err
}

var (
	telephone = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
	openid    = regexp.MustCompile(`^[A-Za-z0-9_-]{6,64}$`)
)

// check refuses an address by which nobody can be reached.
func (r *Reach) check() error {
	fail := func(code, place string) error {
		return casebook.Fail(casebook.Unprocessable, code, r.Channel).At(place)
	}
	if r.Language == "" {
		r.Language = "en"
	}
	var subscription struct {
		Endpoint string `json:"endpoint"`
		Keys     struct {
			P256dh string `json:"p256dh"`
			Auth   string `json:"auth"`
		} `json:"keys"`
	}
	plain := func() bool { a, err := mail.ParseAddress(r.Address); return err == nil && a.Address == r.Address }
	switch {
	case !slices.Contains(everyWay, r.Channel):
		return fail("epro.reach.channel", "channel")
	case r.Language != "en" && r.Language != "zh-CN":
		return fail("epro.reach.language", "language")
	case r.Address == "", r.Keep:
		return nil
	case len(r.Address) > 2000,
		r.Channel == byMail && !plain(),
		r.Channel == bySMS && !telephone.MatchString(r.Address),
		r.Channel == byWeChat && !openid.MatchString(r.Address),
		r.Channel == byPush && (json.Unmarshal([]byte(r.Address), &subscription) != nil || subscription.Endpoint == "" || subscription.Keys.P256dh == "" || subscription.Keys.Auth == ""):
		return fail("epro.reach.address", "address")
	}
	return nil
}

// SetReach keeps how a patient wants to be reminded, or ends it. d is the phone that asks, nil for a person of the site.
func (s *Service) SetReach(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, d *device, in Reach) error {
	if err := in.check(); err != nil {
		return err
	}
	phone := ""
	if in.Channel == byPush {
		if d == nil {
			return casebook.Fail(casebook.Unprocessable, "epro.reach.push").At("channel")
		}
		phone = d.ID
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		p, err := patient.Find(ctx, w.Tx, study, subject)
		if err != nil {
			return err
		}
		old, err := store.All(ctx, w.Tx, scanReach, `SELECT `+reachColumns+` FROM epro_reach WHERE study_id = $1 AND subject_id = $2 AND channel = $3 AND device_id = $4`,
			study, subject, in.Channel, phone)
		if err != nil {
			return err
		}
		x := reached{Subject: subject, Channel: in.Channel, Device: phone, Site: p.Site, Language: in.Language, From: int64(in.Quiet.From), To: int64(in.Quiet.To), At: w.Now}
		e := ledger.Entry{What: ReachSet, Site: p.Site, Subject: subject, Ref: in.Channel + "/" + phone}
		if len(old) > 0 {
			x.Address, x.ref, e.Old = old[0].Address, old[0].ref, ledger.Text(old[0])
		} else if in.Keep {
			return casebook.Fail(casebook.Unprocessable, "epro.reach.address", in.Channel).At("address")
		}
		if !in.Keep {
			if err := s.keepAddress(ctx, w, &x, in.Address); err != nil {
				return err
			}
		}
		if _, err := w.Exec(ctx, `DELETE FROM epro_reach WHERE study_id = $1 AND subject_id = $2 AND channel = $3 AND device_id = $4`, study, subject, x.Channel, phone); err != nil {
			return err
		}
		if x.Address != "" {
			e.New = ledger.Text(x)
			_, err = w.Exec(ctx, `INSERT INTO epro_reach(study_id, `+reachColumns+`, address, salt) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'','')`,
				study, x.Subject, x.Channel, x.Device, x.Site, x.Address, x.ref, x.Language, x.From, x.To, store.Micros(x.At))
		}
		w.Record(ctx, e)
		return err
	})
}

// keepAddress puts an address into the vault, under the reference that x has, or takes it out when it is "".
func (s *Service) keepAddress(ctx context.Context, w *ledger.Writer, x *reached, address string) (err error) {
	if address == "" {
		x.Address = ""
		return vault.Forget(ctx, w.Tx, w.Study, x.ref)
	}
	text := hex.EncodeToString(s.world.Bytes(saltLength/2)) + address
	x.Address = digest(text)
	x.ref, err = s.vault.Keep(ctx, w.Tx, w.Study, x.ref, text)
	return err
}

// Reaches lists how a subject is reached, without the addresses, which tell says how much of: nil for nothing.
func (s *Service) Reaches(ctx context.Context, study casebook.StudyID, subject casebook.SubjectID, tell func(channel, address string) string) (list []Reach, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		list, err = s.reaches(ctx, tx, study, subject, tell)
		return err
	})
	return list, err
}

func (s *Service) reaches(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID, tell func(channel, address string) string) ([]Reach, error) {
	all, err := store.All(ctx, tx, scanReach, `SELECT `+reachColumns+` FROM epro_reach WHERE study_id = $1 AND subject_id = $2 ORDER BY channel, device_id`, study, subject)
	list := make([]Reach, len(all))
	for i := range all {
		list[i] = all[i].shown()
		if err != nil || tell == nil {
			continue
		}
		var address string
		address, err = s.address(ctx, tx, study, &all[i])
		list[i].Address = tell(list[i].Channel, address)
	}
	return list, err
}

// shown is how x is told to people, without its address.
func (x *reached) shown() Reach {
	return Reach{Channel: x.Channel, Language: x.Language, Quiet: Quiet{clock(x.From), clock(x.To)}}
}

// hint is what lets a patient recognise their own address: its ends.
func hint(channel, address string) string {
	if channel == byPush {
		return "…"
	}
	letters := []rune(address)
	if len(letters) < 6 {
		return "…"
	}
	return string(letters[:2]) + "…" + string(letters[len(letters)-4:])
}

func (s *Service) putReach(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	ctx, _, err := s.at(r, auth.SubjectEnrol, id)
	if err != nil {
		return err
	}
	var in Reach
	if err := web.Decode(r, 8<<10, &in); err != nil {
		return err
	}
	if err := s.SetReach(ctx, studyOf(r), id, nil, in); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// putOwnReach is the patient's own choice, from their phone.
func (s *Service) putOwnReach(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err != nil {
		return err
	}
	if !d.over(p).IsZero() {
		return errEnded
	}
	var in Reach
	if err := web.Decode(r, 8<<10, &in); err != nil {
		return err
	}
	if err := s.identify(r.Context(), &in); err != nil {
		return err
	}
	if err := s.SetReach(casebook.WithActor(r.Context(), d.actor(r.Context())), study, d.Subject, &d, in); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{})
}

// identify puts the openid in the place of the code that a sign-in inside the chat program gave.
func (s *Service) identify(ctx context.Context, in *Reach) error {
	code, ok := strings.CutPrefix(in.Address, "code:")
	if in.Channel != byWeChat || !ok {
		return nil
	}
	refused := casebook.Fail(casebook.Unprocessable, "epro.reach.sign_in").At("address")
	if s.Reminders.Identify == nil {
		return refused
	}
	id, err := s.Reminders.Identify(ctx, code)
	if err != nil {
		logger(ctx).Warn("a sign-in of the chat program was refused", "error", err)
		return refused
	}
	in.Address = id
	return nil
}

// getOwnReach tells a phone how its patient is reminded, and which ways there are: with push the key that a
// subscription is made for, with wechat the account that a sign-in is made for.
func (s *Service) getOwnReach(w http.ResponseWriter, r *http.Request) error {
	study, d, p, err := s.phone(r)
	if err != nil {
		return err
	}
	if !d.over(p).IsZero() {
		return errEnded
	}
	list, err := s.Reaches(r.Context(), study, d.Subject, hint)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"reach": list, "ways": s.Reminders.ways(), "push": s.Reminders.Push, "wechat": s.Reminders.WeChat})
}
