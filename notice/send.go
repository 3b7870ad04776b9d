package notice

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/odm"
	"casebook/outbox"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// batch is how many recipients are addressed in one transaction. On SQLite that holds the only writer for some
// milliseconds.
const batch = 500

// maxChannels bounds the ways beside the product itself, and maxThen who is told after the first.
const (
	maxChannels = 8
	maxThen     = 3
)

// check refuses what cannot be sent, whoever the recipients are.
func (d *Draft) check(now time.Time) error {
	fail := func(place, code string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place)
	}
	switch {
	case d.Kind != Normal && d.Kind != Safety && d.Kind != Visit:
		return fail("/kind", "notice.kind", d.Kind)
	case d.Ack != None && d.Ack != Plain && d.Ack != Signed:
		return fail("/ack", "notice.ack", d.Ack)
	case !d.Deadline.IsZero() && !d.Deadline.After(now):
		return fail("/deadline", "notice.past")
	case !d.Closes.IsZero() && (!d.Closes.After(now) || d.Closes.Before(d.Deadline)):
		return fail("/closes", "notice.closes")
	case d.Escalate != "" && !slices.Contains(addressable, d.Escalate):
		return fail("/escalate", "notice.role", d.Escalate)
	case d.Escalate != "" && d.Deadline.IsZero():
		return fail("/deadline", "notice.no_deadline")
	case d.Remind < 0 || d.Remind > 24*30:
		return fail("/remindHours", "notice.remind", 24*30)
	case len(d.Channels) > maxChannels:
		return fail("/channels", "notice.channels", maxChannels)
	case len(d.ID) > 64 || !utf8.ValidString(d.ID):
		return fail("/id", "notice.id")
	}
	if len(d.Then) > 0 && (d.Escalate == "" || len(d.Then) > maxThen) {
		return fail("/then", "notice.then", maxThen)
	}
	for i, r := range d.Then {
		if !slices.Contains(addressable, r) || r == d.Escalate || slices.Contains(d.Then[:i], r) {
			return fail("/then/"+strconv.Itoa(i), "notice.role", r)
		}
	}
	for i, c := range d.Channels {
		if !slices.Contains(Channels, c) || slices.Contains(d.Channels[:i], c) {
			return fail("/channels/"+strconv.Itoa(i), "notice.channel", c)
		}
	}
	if d.Form != nil {
		return record.PlaceAlone(d.Form, replyEvent, "/form")
	}
	return nil
}

// Preview is whom a draft would reach, and what they would read.
type Preview struct {
	Count int               `json:"count"`
	Sites []PreviewSite     `json:"sites"`
	Texts []PreviewText     `json:"texts"`
	First []PreviewPerson   `json:"recipients"` // the first of them
	Reach map[string]int    `json:"reach"`      // by channel, how many have an address there
	Form  *odm.Version      `json:"form,omitempty"`
	Roles map[auth.Role]int `json:"roles"`
}

// PreviewSite is how many people a draft would reach at a site.
type PreviewSite struct {
	Site  casebook.SiteID `json:"site"`
	Name  odm.Text        `json:"name"`
	Count int             `json:"count"`
}

// PreviewPerson is somebody whom a draft would reach.
type PreviewPerson struct {
	Site casebook.SiteID `json:"site"`
	User casebook.UserID `json:"user"`
	Name string          `json:"name"`
	Role auth.Role       `json:"role"`
}

// PreviewText is what the first recipient of a language would read.
type PreviewText struct {
	Language string `json:"language"`
	Title    string `json:"title"`
	Body     string `json:"body"`
}

// shownFirst is how many recipients a preview lists.
const shownFirst = 200

// Preview tells whom a draft would reach as things stand, and sends nothing.
func (s *Service) Preview(ctx context.Context, study casebook.StudyID, d Draft) (*Preview, error) {
	t, targets, err := s.prepare(ctx, study, &d)
	if err != nil {
		return nil, err
	}
	sites, err := s.trials.Sites(ctx, study)
	if err != nil {
		return nil, err
	}
	p := &Preview{Count: len(targets), Sites: []PreviewSite{}, Texts: []PreviewText{}, First: []PreviewPerson{}, Reach: map[string]int{}, Roles: map[auth.Role]int{}}
	for i := range targets {
		to := &targets[i]
		if n := len(p.Sites); n == 0 || p.Sites[n-1].Site != to.Site {
			p.Sites = append(p.Sites, PreviewSite{to.Site, nameOf(sites, to.Site), 0})
		}
		p.Sites[len(p.Sites)-1].Count++
		p.Roles[to.Role]++
		if len(p.First) < shownFirst {
			p.First = append(p.First, PreviewPerson{to.Site, to.User, to.Person, to.Role})
		}
		for _, channel := range d.Channels {
			if to.Reach[channel] != "" || to.Shared[channel] != "" {
				p.Reach[channel]++
			}
		}
	}
	for _, lang := range languages {
		example := targets[0]
		if i := slices.IndexFunc(targets, func(t target) bool { return t.Language == lang }); i >= 0 {
			example = targets[i]
		}
		example.Language = lang
		x := t.fill(&example)
		p.Texts = append(p.Texts, PreviewText{lang, x.title, x.body})
	}
	return p, nil
}

func nameOf(sites []trial.Site, id casebook.SiteID) odm.Text {
	if i := slices.IndexFunc(sites, func(s trial.Site) bool { return s.ID == id }); i >= 0 {
		return sites[i].Name
	}
	return wholeStudy()
}

// prepare checks a draft and finds whom it is for.
func (s *Service) prepare(ctx context.Context, study casebook.StudyID, d *Draft) (*templates, []target, error) {
	if err := d.check(s.db.World().Now()); err != nil {
		return nil, nil, err
	}
	if err := s.attach(ctx, study, d); err != nil {
		return nil, nil, err
	}
	about, err := s.trials.Get(ctx, study)
	if err != nil {
		return nil, nil, err
	}
	t, err := d.compile(about.Name)
	if err != nil {
		return nil, nil, err
	}
	targets, err := s.resolve(ctx, study, d.Audience)
	if err != nil {
		return nil, nil, err
	}
	return t, targets, s.findReach(ctx, study, d.Channels, targets)
}

// Send sends a draft for the actor in ctx. When it returns, the notice, all who are to have it and the first batch of
// them are on disk; Run addresses the others, whatever happens to this process. A draft that was sent before under its
// id is not sent again: its notice is returned, or Conflict notice.id_taken when it says something else.
func (s *Service) Send(ctx context.Context, study casebook.StudyID, d Draft) (*Notice, error) {
	if d.ID != "" {
		if n, err := s.repeated(ctx, study, &d); n != nil || err != nil {
			return n, err
		}
	}
	p, err := s.Prepare(ctx, study, d)
	if err != nil {
		return nil, err
	}
	err = s.ledger.Write(ctx, study, func(w *ledger.Writer) error { return p.SendIn(ctx, w) })
	if store.IsUnique(err) { // another request with the same id was first
		return s.repeated(ctx, study, &d)
	}
	if err != nil {
		return nil, err
	}
	s.rouse()
	return p.Notice, nil
}

// Prepared is a draft that was checked, with whom it goes to.
type Prepared struct {
	Notice  *Notice
	s       *Service
	texts   *templates
	targets []target
}

// Prepare checks a draft and finds whom it is for, so that it can be sent in another package's write. Errors are those of Send.
func (s *Service) Prepare(ctx context.Context, study casebook.StudyID, d Draft) (*Prepared, error) {
	t, targets, err := s.prepare(ctx, study, &d)
	if err != nil {
		return nil, err
	}
	if d.ID == "" {
		d.ID = s.db.World().NewID()
	}
	return &Prepared{&Notice{Draft: d}, s, t, targets}, nil
}

// SendIn sends p for the actor in ctx, in the caller's write.
func (p *Prepared) SendIn(ctx context.Context, w *ledger.Writer) error {
	return p.s.insert(ctx, w, p.Notice, p.texts, p.targets)
}

// repeated finds the notice that was sent under the draft's id.
func (s *Service) repeated(ctx context.Context, study casebook.StudyID, d *Draft) (*Notice, error) {
	n, err := s.Get(ctx, study, d.ID)
	if casebook.KindOf(err) == casebook.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if d.Form != nil {
		if err := record.PlaceAlone(d.Form, replyEvent, "/form"); err != nil {
			return nil, err
		}
	}
	if err := s.attach(ctx, study, d); err != nil {
		return nil, err
	}
	if n.doc != ledger.Text(d) {
		return nil, casebook.Fail(casebook.Conflict, "notice.id_taken", d.ID).At("/id")
	}
	return n, nil
}

// insert writes the notice, its recipients in batches, and addresses the first of these.
func (s *Service) insert(ctx context.Context, w *ledger.Writer, n *Notice, t *templates, targets []target) error {
	n.State, n.Sender, n.Created, n.Targets, n.Addressed = Sending, casebook.ActorFrom(ctx).User, w.Now, int64(len(targets)), 0
	n.doc = ledger.Text(n.Draft)
	remind, escalate := int64(0), int64(0)
	if n.Remind > 0 {
		remind = store.Micros(w.Now.Add(time.Duration(n.Remind) * time.Hour))
	}
	if n.Escalate != "" {
		escalate = store.Micros(n.Deadline)
	}
	_, err := w.Exec(ctx, `INSERT INTO notice(study_id, notice_id, kind, state, doc, parent, sender, created, targets, addressed, remind_at, escalate_at, reminders, reason, file_at, filings, look_at)
		VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,0,$10,$11,0,'',$12,0,$13)`, w.Study, n.ID, n.Kind, n.State, n.doc, n.Parent, n.Sender, store.Micros(n.Created), n.Targets, remind, escalate, s.fileAt(n), s.lookAt(n))
	if err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: VerbSent, Ref: n.ID, New: ledger.Text(sent{n.Draft, n.Targets, n.Parent})})
	var ids, docs []string
	var numbers []int64
	for k := 0; k*batch < len(targets); k++ {
		part := targets[k*batch : min((k+1)*batch, len(targets))]
		if k == 0 {
			if err := s.address(ctx, w, n, t, 0, part); err != nil {
				return err
			}
			continue
		}
		ids, numbers, docs = append(ids, n.ID), append(numbers, int64(k)), append(docs, ledger.Text(part))
	}
	studies := make([]string, len(ids))
	for i := range studies {
		studies[i] = string(w.Study)
	}
	_, err = w.InsertAll(ctx, insertBatch, studies, ids, numbers, docs)
	return err
}

// sent is a notice in the ledger.
type sent struct {
	Draft
	Targets int64  `json:"targets"`
	Parent  string `json:"parent,omitempty"`
}

// addressed is a batch in the ledger: to whom, and what they read.
type addressed struct {
	Batch int64       `json:"batch"`
	To    []addressee `json:"to"`
	Texts []frozen    `json:"texts"`
}

type addressee struct {
	Site casebook.SiteID `json:"site"`
	User casebook.UserID `json:"user"`
	Role auth.Role       `json:"role"`
	Text string          `json:"text"`
}

type frozen struct {
	ID       string `json:"id"`
	Language string `json:"language"`
	Title    string `json:"title"`
	Body     string `json:"body"`
}

var (
	insertBatch = store.NewInsert("notice_batch", "study_id text, notice_id text, batch bigint, doc text", "", "")
	insertText  = store.NewInsert("notice_text", "study_id text, notice_id text, text_id text, language text, title text, body text", "ON CONFLICT DO NOTHING", "")
	insertTo    = store.NewInsert("notice_recipient", "study_id text, notice_id text, site_id text, user_id text, role text, text_id text, addressed bigint, "+
		"received bigint, read bigint, acknowledged bigint, answered bigint, signature text, answer text, revision bigint, reminded bigint", "", "")
)

// address makes the rows of a batch of recipients, the messages by other channels, and the batch's entry, and counts the
// batch. The notice's row keeps it apart from a cancellation.
func (s *Service) address(ctx context.Context, w *ledger.Writer, n *Notice, t *templates, number int64, part []target) error {
	entry := addressed{Batch: number, To: make([]addressee, len(part)), Texts: []frozen{}}
	known := map[string]bool{}
	cols := make([][]string, 10)
	add := func(values ...string) {
		for i, v := range values {
			cols[i] = append(cols[i], v)
		}
	}
	var texts [6][]string
	for i := range part {
		to := &part[i]
		x := t.fill(to)
		if !known[x.id] {
			known[x.id] = true
			entry.Texts = append(entry.Texts, frozen{x.id, x.language, x.title, x.body})
			for k, v := range [...]string{string(w.Study), n.ID, x.id, x.language, x.title, x.body} {
				texts[k] = append(texts[k], v)
			}
		}
		entry.To[i] = addressee{to.Site, to.User, to.Role, x.id}
		add(string(w.Study), n.ID, string(to.Site), string(to.User), string(to.Role), x.id, "", "")
	}
	zero, now := make([]int64, len(part)), make([]int64, len(part))
	for i := range now {
		now[i] = store.Micros(w.Now)
	}
	if _, err := w.InsertAll(ctx, insertText, texts[0], texts[1], texts[2], texts[3], texts[4], texts[5]); err != nil {
		return err
	}
	_, err := w.InsertAll(ctx, insertTo, cols[0], cols[1], cols[2], cols[3], cols[4], cols[5], now, zero, zero, zero, zero, cols[6], cols[7], zero, zero)
	if err != nil {
		return err
	}
	if _, err := s.o.Box.Put(ctx, w.Tx, w.Study, s.messages(w.Tx, w.Study, n, part, "")...); err != nil {
		return err
	}
	w.Record(ctx, ledger.Entry{What: VerbAddressed, Ref: n.ID, New: ledger.Text(entry)})
	return w.Row(ctx, `UPDATE notice SET addressed = addressed + $3, state = CASE WHEN addressed + $3 >= targets THEN 'sent' ELSE state END
		WHERE study_id = $1 AND notice_id = $2 RETURNING addressed, state`, w.Study, n.ID, int64(len(part))).Scan(&n.Addressed, &n.State)
}

// next addresses the next batch of a notice that is still being sent, and reports whether there was one.
func (s *Service) next(ctx context.Context, study casebook.StudyID, id string) (more bool, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) error {
		more = false
		n, err := find(ctx, w.Tx, study, id, w.ForUpdate())
		if err != nil || n.State != Sending {
			return err
		}
		var number int64
		var doc string
		err = w.Row(ctx, `SELECT batch, doc FROM notice_batch WHERE study_id = $1 AND notice_id = $2 ORDER BY batch LIMIT 1`, study, id).Scan(&number, &doc)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `DELETE FROM notice_batch WHERE study_id = $1 AND notice_id = $2 AND batch = $3`, study, id, number); err != nil {
			return err
		}
		about, err := trial.Find(ctx, w.Tx, study)
		if err != nil {
			return err
		}
		t, err := n.compile(about.Name)
		if err != nil {
			return err
		}
		var part []target
		if err := json.Unmarshal([]byte(doc), &part); err != nil {
			return err
		}
		more = true
		return s.address(ctx, w, n, t, number, part)
	})
	return more, err
}

// Cancel stops a notice for a reason: who has not been addressed never is, what has not left does not leave, who has
// not received it does not see it any more, and nothing more is taken in.
func (s *Service) Cancel(ctx context.Context, study casebook.StudyID, id, reason string) error {
	if reason == "" || len(reason) > maxReason || !printable(reason, false) {
		return casebook.Fail(casebook.Unprocessable, "notice.reason").At("/reason")
	}
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := find(ctx, w.Tx, study, id, w.ForUpdate())
		if err != nil {
			return err
		}
		if n.State == Cancelled {
			return casebook.Fail(casebook.Conflict, "notice.cancelled")
		}
		file := int64(0)
		if s.o.Files.File != nil {
			file = store.Micros(w.Now) // where somebody has it, that it was withdrawn is on paper
		}
		_, err = w.Exec(ctx, `UPDATE notice SET state = 'cancelled', remind_at = 0, escalate_at = 0, look_at = 0, reason = $3, file_at = $4 WHERE study_id = $1 AND notice_id = $2`, study, id, reason, file)
		if err != nil {
			return err
		}
		if _, err := w.Exec(ctx, `DELETE FROM notice_batch WHERE study_id = $1 AND notice_id = $2`, study, id); err != nil {
			return err
		}
		if _, err := outbox.Cancel(ctx, w.Tx, study, campaign(id)); err != nil {
			return err
		}
		w.Record(ctx, ledger.Entry{What: VerbCancelled, Ref: id, Reason: reason})
		return nil
	})
}

// maxReason is the longest reason, in bytes.
const maxReason = 2000

// campaign is the name under which the outbox knows a notice's messages.
func campaign(id string) string { return "notice " + id }
