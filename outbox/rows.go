package outbox

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"casebook"
	"casebook/store"
)

// claimed is a message that this process may send until its lease runs out.
type claimed struct {
	Message
	lease string
}

const messageColumns = `message_id, channel, lane, recipient, title, body, link, campaign, dedupe, due, expires, attempts`

func scanMessage(r *store.Rows, m *Message, more ...any) error {
	var due, expires int64
	err := r.Scan(append([]any{&m.ID, &m.Channel, &m.Lane, &m.To, &m.Title, &m.Body, &m.Link, &m.Campaign, &m.Dedupe, &due, &expires, &m.Attempt}, more...)...)
	m.Due, m.Expires = store.Time(due), store.Time(expires)
	return err
}

// claim takes for each turn up to as many messages as it may begin, in one transaction. Two processes that claim at once wait for each
// other's rows, find them no longer due, and pass them over; they ask in the same order, so that neither waits in a circle.
func (b *Box) claim(ctx context.Context, turns []turn) error {
	slices.SortFunc(turns, func(a, b turn) int { return a.place.lane.compare(b.place.lane) })
	lease := hex.EncodeToString(b.world.Bytes(8))
	return b.db.Update(ctx, func(tx *store.Tx) (err error) {
		for i := range turns {
			if err == nil {
				turns[i].claimed, err = b.claimIn(ctx, tx, turns[i].place.lane, turns[i].n, lease)
			}
		}
		return err
	})
}

func (b *Box) claimIn(ctx context.Context, tx *store.Tx, l lane, n int, lease string) ([]claimed, error) {
	return store.All(ctx, tx, func(r *store.Rows) (c claimed, err error) {
		c.lease, c.Study = lease, l.Study
		return c, scanMessage(r, &c.Message)
	}, `UPDATE outbox_message SET due = $5, lease = $6, attempts = attempts + 1 WHERE study_id = $1 AND state = 'waiting' AND due <= $4 AND message_id IN
		(SELECT m.message_id FROM outbox_message m WHERE m.study_id = $1 AND m.channel = $2 AND m.lane = $3 AND m.state = 'waiting' AND m.due <= $4
		AND NOT EXISTS (SELECT 1 FROM outbox_lane l WHERE l.study_id = $1 AND l.channel = $2 AND l.lane = $3 AND l.paused > $4)
		ORDER BY m.due, m.message_id LIMIT $7) RETURNING `+messageColumns,
		l.Study, l.Channel, l.Lane, store.Micros(tx.Now), store.Micros(tx.Now.Add(b.channels[l.Channel].Timeout+grace)), lease, n)
}

// Record is a message with what has become of it so far.
type Record struct {
	Message
	State   State
	Created time.Time
	Settled time.Time // when it was sent, given up or cancelled
	Answer  string    // of the last attempt
}

// Filter selects messages. Empty fields select all.
type Filter struct {
	Channel  string
	Lane     string
	Campaign string
	State    State
	Before   string // an ID: only messages made before it
	Limit    int    // 100 when 0
}

// List returns a study's messages, newest first.
func List(ctx context.Context, tx *store.Tx, study casebook.StudyID, f Filter) ([]Record, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	return store.All(ctx, tx, func(r *store.Rows) (m Record, err error) {
		var created, settled int64
		m.Study = study
		err = scanMessage(r, &m.Message, &m.State, &created, &settled, &m.Answer)
		m.Created, m.Settled = store.Time(created), store.Time(settled)
		return m, err
	}, `SELECT `+messageColumns+`, state, created, settled, answer FROM outbox_message
		WHERE study_id = $1 AND ($2 = '' OR channel = $2) AND ($3 = '' OR lane = $3) AND ($4 = '' OR campaign = $4) AND ($5 = '' OR state = $5)
			AND ($6 = '' OR message_id < $6) ORDER BY message_id DESC LIMIT $7`,
		study, f.Channel, f.Lane, f.Campaign, string(f.State), f.Before, f.Limit)
}

// Counts tells how many messages of a campaign are in each state.
func Counts(ctx context.Context, tx *store.Tx, study casebook.StudyID, campaign string) (map[State]int64, error) {
	counts := map[State]int64{}
	err := tx.Each(ctx, func(r *store.Rows) error {
		var s State
		var n int64
		err := r.Scan(&s, &n)
		counts[s] = n
		return err
	}, `SELECT state, count(*) FROM outbox_message WHERE study_id = $1 AND campaign = $2 GROUP BY state ORDER BY state`, study, campaign)
	return counts, err
}

// Attempt is one try to deliver a message.
type Attempt struct {
	At     time.Time `json:"at"`
	Took   int64     `json:"tookMicros"` // microseconds
	OK     bool      `json:"ok"`
	Answer string    `json:"answer"`
}

// Attempts returns the tries to deliver a message, oldest first.
func Attempts(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string) ([]Attempt, error) {
	return store.All(ctx, tx, func(r *store.Rows) (a Attempt, err error) {
		var at, ok int64
		err = r.Scan(&at, &a.Took, &ok, &a.Answer)
		a.At, a.OK = store.Time(at), ok == 1
		return a, err
	}, `SELECT at, took, ok, answer FROM outbox_attempt WHERE study_id = $1 AND message_id = $2 ORDER BY attempt_id`, study, id)
}

// Rename gives some messages of the campaigns that begin with prefix, after one by its ID, what name says in the place of their
// recipient, and covers that in what was answered. It returns the last of them, "" at the end. It is for what was put in when recipients
// were still addresses.
func Rename(ctx context.Context, tx *store.Tx, study casebook.StudyID, prefix, after string, name func(Message) string) (last string, err error) {
	const atOnce = 200
	all, err := store.All(ctx, tx, func(r *store.Rows) (m Record, err error) {
		m.Study = study
		return m, scanMessage(r, &m.Message, &m.Answer)
	}, `SELECT `+messageColumns+`, answer FROM outbox_message WHERE study_id = $1 AND substr(campaign, 1, $2) = $3 AND message_id > $4 ORDER BY message_id LIMIT $5`,
		study, len(prefix), prefix, after, atOnce)
	for _, m := range all {
		to := name(m.Message)
		if last = m.ID; to == m.To {
			continue
		}
		if err == nil {
			_, err = tx.Exec(ctx, `UPDATE outbox_message SET recipient = $3, answer = $4 WHERE study_id = $1 AND message_id = $2`, study, m.ID, to, Cover(m.Answer, m.To))
		}
		if err == nil {
			err = renameAttempts(ctx, tx, study, m.Message)
		}
	}
	if len(all) < atOnce {
		last = ""
	}
	return last, err
}

func renameAttempts(ctx context.Context, tx *store.Tx, study casebook.StudyID, m Message) error {
	type attempt struct{ id, answer string }
	all, err := store.All(ctx, tx, func(r *store.Rows) (a attempt, err error) { err = r.Scan(&a.id, &a.answer); return a, err },
		`SELECT attempt_id, answer FROM outbox_attempt WHERE study_id = $1 AND message_id = $2 ORDER BY attempt_id`, study, m.ID)
	for _, a := range all {
		if covered := Cover(a.answer, m.To); err == nil && covered != a.answer {
			_, err = tx.Exec(ctx, `UPDATE outbox_attempt SET answer = $4 WHERE study_id = $1 AND message_id = $2 AND attempt_id = $3`, study, m.ID, a.id, covered)
		}
	}
	return err
}
