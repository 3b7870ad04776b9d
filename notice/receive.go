package notice

import (
	"context"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Letter is a notice as one of its recipients has it.
type Letter struct {
	Notice    *Notice
	Recipient Recipient
	Language  string
	Title     string
	Body      string
}

// whose names the recipient in an entry; its site stands in the entry itself.
type whose struct {
	User casebook.UserID `json:"user"`
}

// confirmed is a recipient's acknowledgement in the ledger.
type confirmed struct {
	User      casebook.UserID `json:"user"`
	Signature *Manifest       `json:"signature,omitempty"`
}

// answered is a recipient's answer in the ledger.
type answered struct {
	User     casebook.UserID `json:"user"`
	Revision int64           `json:"revision"`
	Values   []record.Value  `json:"values"`
}

// Manifest is what a signed acknowledgement says and what it is bound to (21 CFR 11.50, 11.70).
type Manifest struct {
	ID      string          `json:"id"`
	Signer  casebook.UserID `json:"signer"`
	Role    auth.Role       `json:"role"`
	Name    string          `json:"name"` // as printed
	Meaning string          `json:"meaning"`
	At      time.Time       `json:"at"`
	Zone    string          `json:"zone"`    // IANA, in which the date and time are shown
	Content string          `json:"content"` // SHA-256 over notice, recipient, the text that was read and the attachments, in hex
	Size    int64           `json:"size"`    // entries in the study's order when it was signed
	Root    string          `json:"root"`    // of the tree over them
}

// understood is what an acknowledgement means.
const understood = "acknowledgement"

// contentOf is the digest that a signature is bound to.
func contentOf(study casebook.StudyID, id string, to *Recipient, language, title, body string, attached []Attachment) string {
	return digestOf(append([]string{"casebook notice 1", string(study), id, string(to.Site), string(to.User), language, title, body}, hashes(attached)...)...)
}

// mine are the places at which the person of ctx has a role in the study, with the role.
func mine(ctx context.Context, study casebook.StudyID) (user casebook.UserID, roles map[casebook.SiteID][]auth.Role) {
	p := auth.From(ctx)
	roles = map[casebook.SiteID][]auth.Role{}
	if p == nil || p.Kind != auth.Person {
		return "", roles
	}
	for _, g := range p.Grants {
		if g.Study == study {
			roles[g.Site] = append(roles[g.Site], g.Role)
		}
	}
	return p.User, roles
}

// acting is ctx of a recipient: they act in the role in which they were addressed, if they still have it there.
func acting(ctx context.Context, study casebook.StudyID, to *Recipient) (context.Context, bool) {
	_, roles := mine(ctx, study)
	if !slices.Contains(roles[to.Site], to.Role) {
		return ctx, false
	}
	a := casebook.ActorFrom(ctx)
	a.Role, a.Location = string(to.Role), string(to.Site)
	if to.Site == "" {
		a.Location = "sponsor"
	}
	return casebook.WithActor(ctx, a), true
}

const letterColumns = `n.notice_id, n.state, n.doc, n.parent, n.sender, n.created, n.targets, n.addressed, n.reminders, n.reason, t.language, t.title, t.body,
	r.site_id, r.user_id, r.role, r.text_id, r.addressed, r.received, r.read, r.acknowledged, r.answered, r.signature, r.answer, r.revision, r.reminded`

func scanLetter(r *store.Rows) (l Letter, err error) {
	n, to := &Notice{}, &l.Recipient
	var id string
	var created int64
	err = r.Scan(&id, &n.State, &n.doc, &n.Parent, &n.Sender, &created, &n.Targets, &n.Addressed, &n.Reminders, &n.Reason, &l.Language, &l.Title, &l.Body,
		&to.Site, &to.User, &to.Role, &to.text, &to.Addressed, &to.Received, &to.Read, &to.Acknowledged, &to.Answered, &to.Signature, &to.Answer, &to.Revision, &to.Reminded)
	if err == nil {
		err = json.Unmarshal([]byte(n.doc), &n.Draft)
	}
	n.ID, n.Created, l.Notice = id, store.Time(created), n
	return l, err
}

// maxInbox is how many notices an inbox shows.
const maxInbox = 200

// letters returns the newest notices of a person. Whom a cancelled one had not reached never sees it.
func letters(ctx context.Context, tx *store.Tx, study casebook.StudyID, user casebook.UserID) ([]Letter, error) {
	return store.All(ctx, tx, scanLetter, `SELECT `+letterColumns+` FROM notice_recipient r
		JOIN notice n ON n.study_id = r.study_id AND n.notice_id = r.notice_id
		JOIN notice_text t ON t.study_id = r.study_id AND t.notice_id = r.notice_id AND t.text_id = r.text_id
		WHERE r.study_id = $1 AND r.user_id = $2 AND (n.state <> 'cancelled' OR r.received > 0)
		ORDER BY n.created DESC, n.notice_id, r.site_id LIMIT $3`, study, user, maxInbox)
}

// Inbox shows the person of ctx what there is for them. What is shown for the first time is thereby received: that is on
// disk before it is shown.
func (s *Service) Inbox(ctx context.Context, study casebook.StudyID) (all []Letter, err error) {
	user, roles := mine(ctx, study)
	read := func(tx *store.Tx) error {
		found, err := letters(ctx, tx, study, user)
		all = slices.DeleteFunc(found, func(l Letter) bool { return !slices.Contains(roles[l.Recipient.Site], l.Recipient.Role) })
		return err
	}
	if err := s.db.View(ctx, read); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(all, func(l Letter) bool { return l.Recipient.Received == 0 }) {
		return all, nil
	}
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		if err := read(w.Tx); err != nil {
			return err
		}
		for i := range all {
			if err := receive(ctx, w, &all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// receive notes that a notice was shown, once.
func receive(ctx context.Context, w *ledger.Writer, l *Letter) error {
	to := &l.Recipient
	if to.Received > 0 {
		return nil
	}
	return mark(ctx, w, l, VerbReceived, &to.Received, `UPDATE notice_recipient SET received = $5
		WHERE study_id = $1 AND notice_id = $2 AND site_id = $3 AND user_id = $4 AND received = 0`)
}

// mark notes a moment in a recipient's row, once, with its entry.
func mark(ctx context.Context, w *ledger.Writer, l *Letter, what string, at *int64, statement string) error {
	to := &l.Recipient
	n, err := w.Exec(ctx, statement, w.Study, l.Notice.ID, to.Site, to.User, store.Micros(w.Now))
	if err != nil || n == 0 {
		return err
	}
	ctx, _ = acting(ctx, w.Study, to)
	*at = store.Micros(w.Now)
	w.Record(ctx, ledger.Entry{What: what, Site: to.Site, Ref: l.Notice.ID, New: ledger.Text(whose{to.User})})
	return nil
}

// letter reads and holds the notice of the person of ctx at a site. What is not theirs is not there.
func letter(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, site casebook.SiteID) (Letter, error) {
	user, _ := mine(ctx, study)
	n, err := tx.Exec(ctx, `UPDATE notice_recipient SET reminded = reminded WHERE study_id = $1 AND notice_id = $2 AND site_id = $3 AND user_id = $4`, study, id, site, user)
	if err != nil {
		return Letter{}, err
	}
	if n == 0 {
		return Letter{}, casebook.Fail(casebook.NotFound, "notice.unknown", id).At("notice")
	}
	return peek(ctx, tx, study, id, site, user)
}

// peek is letter for who only looks.
func peek(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, site casebook.SiteID, user casebook.UserID) (Letter, error) {
	unknown := casebook.Fail(casebook.NotFound, "notice.unknown", id).At("notice")
	all, err := store.All(ctx, tx, scanLetter, `SELECT `+letterColumns+` FROM notice_recipient r
		JOIN notice n ON n.study_id = r.study_id AND n.notice_id = r.notice_id
		JOIN notice_text t ON t.study_id = r.study_id AND t.notice_id = r.notice_id AND t.text_id = r.text_id
		WHERE r.study_id = $1 AND r.notice_id = $2 AND r.site_id = $3 AND r.user_id = $4`, study, id, site, user)
	if err != nil {
		return Letter{}, err
	}
	if len(all) == 0 || all[0].Notice.State == Cancelled && all[0].Recipient.Received == 0 {
		return Letter{}, unknown
	}
	if _, still := acting(ctx, study, &all[0].Recipient); !still {
		return Letter{}, unknown
	}
	return all[0], nil
}

// change runs fn over the letter of the person of ctx at a site, in one write.
func (s *Service) change(ctx context.Context, study casebook.StudyID, id string, site casebook.SiteID, fn func(ctx context.Context, w *ledger.Writer, l *Letter) error) (l Letter, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		if l, err = letter(ctx, w.Tx, study, id, site); err != nil {
			return err
		}
		own, _ := acting(ctx, study, &l.Recipient)
		if err := receive(own, w, &l); err != nil {
			return err
		}
		return fn(own, w, &l)
	})
	return l, err
}

// Open shows the person of ctx one notice, which they have thereby read.
func (s *Service) Open(ctx context.Context, study casebook.StudyID, id string, site casebook.SiteID) (Letter, error) {
	return s.change(ctx, study, id, site, open)
}

func open(ctx context.Context, w *ledger.Writer, l *Letter) error {
	if l.Recipient.Read > 0 {
		return nil
	}
	return mark(ctx, w, l, VerbRead, &l.Recipient.Read, `UPDATE notice_recipient SET read = $5
		WHERE study_id = $1 AND notice_id = $2 AND site_id = $3 AND user_id = $4 AND read = 0`)
}

// takes refuses what comes too late.
func (l *Letter) takes(now time.Time) error {
	switch n := l.Notice; {
	case n.State == Cancelled:
		return casebook.Fail(casebook.Conflict, "notice.cancelled")
	case !n.Closes.IsZero() && !now.Before(n.Closes):
		return casebook.Fail(casebook.Conflict, "notice.expired", n.Closes.UTC().Format("2006-01-02 15:04")).At("closes")
	}
	return nil
}

// Signing is how somebody signs an acknowledgement: whoever calls has proved that they are who signs.
type Signing struct {
	Name string // as printed
	Zone string
}

// Acknowledge confirms a notice for the person of ctx. Confirming twice is confirming once: the first one stands. A notice
// that wants a signature is not confirmed without one.
func (s *Service) Acknowledge(ctx context.Context, study casebook.StudyID, id string, site casebook.SiteID, sign *Signing) (Letter, error) {
	if sign != nil {
		if _, err := time.LoadLocation(sign.Zone); err != nil || sign.Zone == "" || sign.Zone == "Local" {
			return Letter{}, casebook.Fail(casebook.Unprocessable, "record.sign_zone", sign.Zone).At("zone")
		}
	}
	return s.change(ctx, study, id, site, func(ctx context.Context, w *ledger.Writer, l *Letter) error {
		if l.Recipient.Acknowledged > 0 {
			return nil
		}
		if err := l.takes(w.Now); err != nil {
			return err
		}
		switch {
		case l.Notice.Ack == None:
			return casebook.Fail(casebook.Conflict, "notice.no_ack")
		case l.Notice.Ack == Signed && sign == nil:
			return casebook.Fail(casebook.Unprocessable, "notice.sign").At("password")
		}
		if err := open(ctx, w, l); err != nil {
			return err
		}
		return s.acknowledge(ctx, w, l, sign)
	})
}

func (s *Service) acknowledge(ctx context.Context, w *ledger.Writer, l *Letter, sign *Signing) (err error) {
	to, said := &l.Recipient, confirmed{User: l.Recipient.User}
	if l.Notice.Ack == Signed {
		m := Manifest{ID: s.db.World().NewID(), Signer: to.User, Role: to.Role, Name: sign.Name, Meaning: understood, At: w.Now, Zone: sign.Zone,
			Content: contentOf(w.Study, l.Notice.ID, to, l.Language, l.Title, l.Body, l.Notice.Attachments)}
		if m.Size, m.Root, err = ledger.Head(ctx, w.Tx, w.Study); err != nil {
			return err
		}
		said.Signature, to.Signature = &m, ledger.Text(m)
	}
	to.Acknowledged = store.Micros(w.Now)
	w.Record(ctx, ledger.Entry{What: VerbAcknowledged, Site: to.Site, Ref: l.Notice.ID, New: ledger.Text(said)})
	_, err = w.Exec(ctx, `UPDATE notice_recipient SET acknowledged = $5, signature = $6 WHERE study_id = $1 AND notice_id = $2 AND site_id = $3 AND user_id = $4`,
		w.Study, l.Notice.ID, to.Site, to.User, to.Acknowledged, to.Signature)
	return err
}

// Answer takes a reply of the person of ctx. The same reply again is answered like the first and stored once; another
// one is Conflict notice.answered unless it is a correction, with a reason.
func (s *Service) Answer(ctx context.Context, study casebook.StudyID, id string, site casebook.SiteID, given []record.Value, reason string) (Letter, error) {
	if len(reason) > maxReason || !printable(reason, false) {
		return Letter{}, casebook.Fail(casebook.Unprocessable, "notice.reason").At("/reason")
	}
	return s.change(ctx, study, id, site, func(ctx context.Context, w *ledger.Writer, l *Letter) error {
		n, to := l.Notice, &l.Recipient
		if n.Form == nil {
			return casebook.Fail(casebook.Conflict, "notice.no_form")
		}
		checked, err := n.judge(given, answering(to.User, w.Now))
		if err != nil {
			return err
		}
		answer := ledger.Text(checked)
		if to.Answer == answer {
			return nil
		}
		if err := l.takes(w.Now); err != nil {
			return err
		}
		if to.Answered > 0 && strings.TrimSpace(reason) == "" {
			return casebook.Fail(casebook.Conflict, "notice.answered").At("/reason")
		}
		if err := open(ctx, w, l); err != nil {
			return err
		}
		return answerAs(ctx, w, l, checked, reason)
	})
}

func answerAs(ctx context.Context, w *ledger.Writer, l *Letter, checked []record.Value, reason string) error {
	to, before := &l.Recipient, ""
	if to.Answered > 0 {
		old, err := values(to.Answer)
		if err != nil {
			return err
		}
		before = ledger.Text(answered{to.User, to.Revision, old})
	} else {
		reason = ""
	}
	to.Answer, to.Answered = ledger.Text(checked), store.Micros(w.Now)
	to.Revision++
	w.Record(ctx, ledger.Entry{What: VerbAnswered, Site: to.Site, Ref: l.Notice.ID, Old: before, New: ledger.Text(answered{to.User, to.Revision, checked}), Reason: reason})
	_, err := w.Exec(ctx, `UPDATE notice_recipient SET answered = $5, answer = $6, revision = $7 WHERE study_id = $1 AND notice_id = $2 AND site_id = $3 AND user_id = $4`,
		w.Study, l.Notice.ID, to.Site, to.User, to.Answered, to.Answer, to.Revision)
	return err
}

// Waiting is what is still expected of somebody.
type Waiting struct {
	New  int `json:"new"`  // not read
	Open int `json:"open"` // read or not, to be confirmed or answered
	Late int `json:"late"` // of those, past their deadline
}

// Waiting counts what is still expected of the person of ctx. It shows nothing, and so notes nothing.
func (s *Service) Waiting(ctx context.Context, study casebook.StudyID) (out Waiting, err error) {
	user, roles := mine(ctx, study)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := letters(ctx, tx, study, user)
		for _, l := range all {
			n, to := l.Notice, &l.Recipient
			if !slices.Contains(roles[to.Site], to.Role) || n.State == Cancelled {
				continue
			}
			if to.Read == 0 {
				out.New++
			}
			if l.takes(tx.Now) == nil && n.missing(to) {
				out.Open++
				if !n.Deadline.IsZero() && tx.Now.After(n.Deadline) {
					out.Late++
				}
			}
		}
		return err
	})
	return out, err
}

// state is where a letter stands, for whoever reads it.
func (l *Letter) state(now time.Time) string {
	switch {
	case l.Notice.State == Cancelled:
		return "cancelled"
	case !l.Notice.missing(&l.Recipient):
		return "done"
	case l.takes(now) != nil:
		return "closed"
	case !l.Notice.Deadline.IsZero() && now.After(l.Notice.Deadline):
		return "late"
	}
	return "open"
}
