// Package outbox is what leaves the process after a commit: mail, text messages, pushes, calls of other programs. It
// refuses to send anything inside a transaction: a message is a row, written in the transaction of its cause, and is
// delivered afterwards, at least once, by whichever process claims it.
//
// Every destination that may be slow or dead by itself is a lane. Lanes have bounds of their own, so one that hangs
// costs the others nothing. A receiver tells repetitions apart by the message's id, which never changes.
package outbox

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"casebook"
	"casebook/store"

	"golang.org/x/time/rate"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// Lifetime is how long delivery of a message is tried when it does not say so itself.
const Lifetime = 72 * time.Hour

// Message is what is to leave. It goes through systems that are not ours, so it names no subject and no value: it says
// that there is something, and links to where one signs in.
type Message struct {
	Study   casebook.StudyID
	ID      string // chosen by Put when ""; receivers know repetitions by it
	Channel string // by which sender
	Lane    string // the destination that may fail by itself, such as one webhook; "" when the channel is one destination
	To      string // the recipient, as the channel's sender reads it
	Title   string
	Body    string
	Link    string

	Campaign string    // what Cancel cancels together
	Dedupe   string    // a second message of the study with the same key is not taken; the ID when ""
	Due      time.Time // not before; at once when zero
	Expires  time.Time // not after; Due + Lifetime when zero

	Attempt int64 // which attempt this is, from 1; of a message that is given to a sender
}

// A Sender delivers messages of one channel. It returns what the destination answered, for the delivery log, and nil
// only when the destination has taken the message. Refuse and Later make errors that say more than "try again".
type Sender interface {
	Send(ctx context.Context, m Message) (answer string, err error)
}

type (
	refused  struct{ error }
	deferred struct {
		error
		after time.Duration
	}
)

func (e refused) Unwrap() error  { return e.error }
func (e deferred) Unwrap() error { return e.error }

// Refuse says that the destination will never take this message: it is dead at once, and its lane goes on.
func Refuse(err error) error { return refused{err} }

// Later says that the destination takes nothing more before after has passed: the whole lane waits as long.
func Later(err error, after time.Duration) error { return deferred{err, after} }

// Channel is a sender with its bounds, which hold in each process. Zeros stand for the defaults.
type Channel struct {
	Name    string
	Sender  Sender
	Timeout time.Duration // of one attempt; 10 s
	AtOnce  int           // attempts under way; 32
	PerLane int           // attempts under way in one lane; 4, and 1 while it fails
	// Slow is how many attempts may be under way beside those of AtOnce that have taken longer than 200 ms. It is for channels whose lanes
	// are different hosts: there a host that hangs does not take the place of one that answers, and has one attempt until it has taken something.
	Slow  int
	Rate  float64       // attempts a second; 0 is without limit
	First time.Duration // before the second attempt, doubled for each further one; 5 s
	Most  time.Duration // between two attempts; 1 h
	// Keep is how long a message stays after it was sent, given up or cancelled; 0 is for ever. With it go its attempts.
	Keep time.Duration
	// Address, when it is set, says just before an attempt whom Message.To names: what is kept of the message holds the name alone, and
	// the address is covered in what is kept of the answer.
	Address func(ctx context.Context, m Message) (string, error)
	// Settled, when it is set, is called in the transaction that keeps an attempt's outcome.
	Settled func(ctx context.Context, tx *store.Tx, m Message, o Outcome) error
}

// Outcome is what became of an attempt.
type Outcome struct {
	State    State // Waiting when it will be tried again
	Answer   string
	Err      error     // why it failed; nil when it was sent
	Failures int64     // of the lane, in a row
	Since    time.Time // of the first of these
}

// State is where a message is on its way.
type State string

// The states. Only a waiting message is ever sent; Dead and Sent ones wait again after Replay.
const (
	Waiting   State = "waiting"
	Sent      State = "sent"
	Dead      State = "dead"
	Cancelled State = "cancelled"
)

// Options of a box.
type Options struct {
	Channels []Channel
	Poll     time.Duration // between two looks for what other processes have put in; 1 s
}

// Box takes messages in and, while Run runs, sends them.
type Box struct {
	db       *store.DB
	world    casebook.World
	poll     time.Duration
	channels map[string]*channel
	wake     chan struct{} // holds one token
}

type channel struct {
	Channel
	limit *rate.Limiter // nil is without limit
}

// New returns the box kept in db.
func New(db *store.DB, o Options) *Box {
	b := &Box{db: db, world: db.World(), poll: o.Poll, channels: map[string]*channel{}, wake: make(chan struct{}, 1)}
	if b.poll == 0 {
		b.poll = time.Second
	}
	for _, c := range o.Channels {
		b.channels[c.Name] = newChannel(c)
	}
	return b
}

// Add adds a channel. It must come before Run.
func (b *Box) Add(c Channel) { b.channels[c.Name] = newChannel(c) }

// Has reports whether this process has a channel.
func (b *Box) Has(channel string) bool { return b.channels[channel] != nil }

func newChannel(c Channel) *channel {
	set := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	set(&c.Timeout, 10*time.Second)
	set(&c.First, 5*time.Second)
	set(&c.Most, time.Hour)
	if c.AtOnce == 0 {
		c.AtOnce = 32
	}
	if c.PerLane == 0 {
		c.PerLane = 4
	}
	ch := &channel{Channel: c}
	if c.Rate > 0 {
		ch.limit = rate.NewLimiter(rate.Limit(c.Rate), max(1, int(c.Rate)))
	}
	return ch
}

// Wake makes Run look for work now. Whoever has just committed a message may call it; otherwise Run finds it within the
// time between two looks.
func (b *Box) Wake() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

var insertMessage = store.NewInsert("outbox_message", "study_id text, message_id text, channel text, lane text, recipient text, title text, body text, "+
	"link text, campaign text, dedupe text, created bigint, expires bigint, state text, due bigint, lease text, attempts bigint, settled bigint, answer text",
	"ON CONFLICT DO NOTHING", "message_id")

var insertLane = store.NewInsert("outbox_lane", "study_id text, channel text, lane text, failures bigint, since bigint, paused bigint", "ON CONFLICT DO NOTHING", "")

// Put writes messages of one study in the transaction of their cause. fresh tells which are new: one whose Dedupe key or
// ID the study knows already is passed over. It fills in the messages' IDs.
func (b *Box) Put(ctx context.Context, tx *store.Tx, study casebook.StudyID, messages ...Message) (fresh []bool, err error) {
	if len(messages) == 0 {
		return nil, nil
	}
	n := len(messages)
	for i := range messages {
		if err := messages[i].complete(study, tx.Now, b.world); err != nil {
			return nil, err
		}
	}
	text := func(get func(*Message) string) []string {
		col := make([]string, n)
		for i := range messages {
			col[i] = get(&messages[i])
		}
		return col
	}
	same := func(s string) []string { return text(func(*Message) string { return s }) }
	moment := func(get func(*Message) time.Time) []int64 {
		col := make([]int64, n)
		for i := range messages {
			col[i] = store.Micros(get(&messages[i]))
		}
		return col
	}
	studies, channels, lanes := same(string(study)), text(func(m *Message) string { return m.Channel }), text(func(m *Message) string { return m.Lane })
	zero := make([]int64, n)
	if err := putLanes(ctx, tx, studies, channels, lanes); err != nil {
		return nil, err
	}
	return tx.InsertAll(ctx, insertMessage, studies, text(func(m *Message) string { return m.ID }), channels, lanes,
		text(func(m *Message) string { return m.To }), text(func(m *Message) string { return m.Title }),
		text(func(m *Message) string { return m.Body }), text(func(m *Message) string { return m.Link }),
		text(func(m *Message) string { return m.Campaign }), text(func(m *Message) string { return m.Dedupe }),
		moment(func(*Message) time.Time { return tx.Now }), moment(func(m *Message) time.Time { return m.Expires }),
		same(string(Waiting)), moment(func(m *Message) time.Time { return m.Due }), same(""), zero, zero, same(""))
}

// putLanes makes the lanes that are not there yet, each named once.
func putLanes(ctx context.Context, tx *store.Tx, studies, channels, lanes []string) error {
	seen := map[[2]string]bool{}
	var channel, lane []string
	for i := range channels {
		if key := [2]string{channels[i], lanes[i]}; !seen[key] {
			seen[key] = true
			channel, lane = append(channel, key[0]), append(lane, key[1])
		}
	}
	zero := make([]int64, len(lane))
	_, err := tx.InsertAll(ctx, insertLane, studies[:len(lane)], channel, lane, zero, zero, zero)
	return err
}

func (m *Message) complete(study casebook.StudyID, now time.Time, world casebook.World) error {
	if m.Channel == "" {
		return errors.New("outbox: a message without a channel")
	}
	m.Study = study
	if m.ID == "" {
		m.ID = world.NewID()
	}
	if m.Dedupe == "" {
		m.Dedupe = m.ID
	}
	if m.Due.IsZero() {
		m.Due = now
	}
	if m.Expires.IsZero() {
		m.Expires = m.Due.Add(Lifetime)
	}
	return nil
}

// Cancel takes back what of a campaign has not left yet, and returns how many messages that were. One that is under way
// at this moment may still arrive, and is then listed as sent.
func Cancel(ctx context.Context, tx *store.Tx, study casebook.StudyID, campaign string) (int64, error) {
	return tx.Exec(ctx, `UPDATE outbox_message SET state = 'cancelled', settled = $3 WHERE study_id = $1 AND campaign = $2 AND state = 'waiting'`,
		study, campaign, store.Micros(tx.Now))
}

// Replay sends a dead message, or one that was sent, again, under its old id and with a new lifetime.
func Replay(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) error {
	var channel, lane string
	err := tx.Row(ctx, `UPDATE outbox_message SET state = 'waiting', due = $3, expires = $4, attempts = 0, settled = 0, lease = '', answer = ''
		WHERE study_id = $1 AND message_id = $2 AND state IN ('dead', 'sent') RETURNING channel, lane`,
		study, id, store.Micros(tx.Now), store.Micros(tx.Now.Add(Lifetime))).Scan(&channel, &lane)
	if errors.Is(err, store.ErrNoRows) {
		return casebook.Fail(casebook.NotFound, "outbox.unknown", id).At("message")
	}
	if err != nil {
		return err
	}
	return Resume(ctx, tx, study, channel, lane)
}

// ReplayDead sends all dead messages of a lane again and returns how many they are.
func ReplayDead(ctx context.Context, tx *store.Tx, study casebook.StudyID, channel, lane string) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE outbox_message SET state = 'waiting', due = $4, expires = $5, attempts = 0, settled = 0, lease = '', answer = ''
		WHERE study_id = $1 AND channel = $2 AND lane = $3 AND state = 'dead'`,
		study, channel, lane, store.Micros(tx.Now), store.Micros(tx.Now.Add(Lifetime)))
	if err != nil {
		return n, err
	}
	return n, Resume(ctx, tx, study, channel, lane)
}

// Resume forgets a lane's failures, so that it is tried at once.
func Resume(ctx context.Context, tx *store.Tx, study casebook.StudyID, channel, lane string) error {
	_, err := tx.Exec(ctx, `UPDATE outbox_lane SET failures = 0, since = 0, paused = 0 WHERE study_id = $1 AND channel = $2 AND lane = $3`, study, channel, lane)
	return err
}
