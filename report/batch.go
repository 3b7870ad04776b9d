package report

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"

	"golang.org/x/sync/errgroup"
)

// job is one report on its way to a commit.
type job struct {
	study      casebook.StudyID
	subject    casebook.SubjectID
	site       casebook.SiteID
	id         string
	instrument string
	hash       [32]byte
	receipt    string
	at         time.Time
	deviceAt   time.Time
	actor      casebook.Actor
	form       *record.Report // with an instrument
	data, body string
	rest       []*job // of the same piece of a body: they are picked up with it

	state atomic.Int32
	done  chan struct{}
	again bool
	err   error
}

const (
	waiting int32 = iota
	taken
	withdrawn
)

// enqueue puts j into the queue, and with it the rest of its piece, so that one commit takes them all. A full queue is said at once: it
// never grows.
func (s *Service) enqueue(j *job, rest ...*job) error {
	n := int64(1 + len(rest))
	if s.waiting.Add(n) > maxQueue {
		s.waiting.Add(-n)
		return casebook.Fail(casebook.Busy, "report.queue_full")
	}
	j.rest = rest
	s.queue <- j // it has room for as many as may wait
	return nil
}

// await waits for the commit of a report that is in the queue. A caller who leaves takes it back if nobody has picked it up yet.
func (j *job) await(ctx context.Context) (Receipt, error) {
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(waiting, withdrawn) {
			return Receipt{}, ctx.Err()
		}
		<-j.done // picked up: the commit is bounded in time
	}
	return Receipt{ID: j.id, Text: j.receipt, Subject: j.subject, Again: j.again}, j.err
}

// Waiting is how many reports wait for a commit.
func (s *Service) Waiting() int { return int(s.waiting.Load()) }

// Run commits reports until ctx ends, and then those that still wait.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for range s.writers {
		g.Go(func() error {
			for {
				select {
				case j := <-s.queue:
					s.commitAll(ctx, s.gather(j))
				case <-ctx.Done():
					for {
						select {
						case j := <-s.queue:
							s.commitAll(ctx, s.gather(j))
						default:
							return ctx.Err()
						}
					}
				}
			}
		})
	}
	return g.Wait()
}

// gather picks up what waits, piece by piece, until it is enough for a commit.
func (s *Service) gather(first *job) (batch []*job) {
	for j := first; ; {
		s.waiting.Add(-int64(1 + len(j.rest)))
		if j.pickUp() {
			batch = append(batch, j)
		}
		for _, other := range j.rest {
			if other.pickUp() {
				batch = append(batch, other)
			}
		}
		if len(batch) >= maxBatch {
			return batch
		}
		select {
		case j = <-s.queue:
		default:
			return batch
		}
	}
}

// pickUp says whether j is still to be committed; from here on its caller waits for that.
func (j *job) pickUp() bool { return j.state.CompareAndSwap(waiting, taken) }

// commitTime bounds one commit. It does not depend on the callers, nor on the end of the server.
const commitTime = 15 * time.Second

// commitAll commits a batch study by study, at most maxBatch at once. A second report of one id in the same batch comes after the first is kept.
func (s *Service) commitAll(ctx context.Context, batch []*job) {
	for len(batch) > 0 {
		var now, later []*job
		seen := make(map[string]bool, len(batch))
		for _, j := range batch {
			if j.study == batch[0].study && !seen[j.id] && len(now) < maxBatch {
				seen[j.id] = true
				now = append(now, j)
			} else {
				later = append(later, j)
			}
		}
		s.commitOne(ctx, now)
		batch = later
	}
}

// commitOne commits reports of one study together, and one by one if together they fail, so that one report's fault
// stays its own.
func (s *Service) commitOne(ctx context.Context, batch []*job) {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	var err error
	bound, end := store.Work(bound, "commit reports", batch[0].study, len(batch))
	defer end(&err)
	verdicts, err := s.commit(bound, batch)
	if err != nil && len(batch) > 1 && casebook.KindOf(err) != casebook.Busy {
		for _, j := range batch {
			s.commitOne(ctx, []*job{j})
		}
		return
	}
	if store.IsUnique(err) {
		err = s.putAside(bound, batch[0])
	}
	for i, j := range batch {
		if j.err = err; err == nil {
			j.again, j.err = verdicts[i].again, verdicts[i].err
		}
		close(j.done)
	}
}

type verdict struct {
	again bool
	err   error
}

var (
	insertReport = store.NewInsert("report", "study_id text, report_id text, subject_id text, instrument text, hash bytea, receipt text, received_at bigint",
		"ON CONFLICT (study_id, report_id) DO NOTHING", "report_id")
	insertUnclassified = store.NewInsert("report_unclassified",
		"study_id text, report_id text, subject_id text, site_id text, data text, release bigint, received_at bigint", "", "")
	insertQuarantine = store.NewInsert("report_quarantine",
		"study_id text, report_id text, hash bytea, subject_id text, body text, release bigint, received_at bigint",
		"ON CONFLICT (study_id, report_id, hash) DO NOTHING", "report_id")
)

func (s *Service) commit(ctx context.Context, batch []*job) (verdicts []verdict, err error) {
	err = s.ledger.WriteNew(ctx, batch[0].study, func(w *ledger.Writer) error {
		verdicts = make([]verdict, len(batch))
		fresh, err := insertReports(ctx, w, batch)
		if err != nil {
			return err
		}
		var classified []*record.Report
		var unclassified, known []*job
		for i, j := range batch {
			switch {
			case !fresh[i]:
				known = append(known, j)
			case j.form != nil:
				classified = append(classified, j.form)
			default:
				unclassified = append(unclassified, j)
			}
		}
		if err := record.InsertIn(ctx, w, classified); err != nil {
			return err
		}
		if err := keepUnclassified(ctx, w, unclassified); err != nil {
			return err
		}
		return compare(ctx, w, batch, known, verdicts)
	})
	return verdicts, err
}

func insertReports(ctx context.Context, w *ledger.Writer, batch []*job) ([]bool, error) {
	n := len(batch)
	text := make([]string, 5*n)
	hash, at := make([][]byte, n), make([]int64, n)
	for i, j := range batch {
		for k, s := range [...]string{string(j.study), j.id, string(j.subject), j.instrument, j.receipt} {
			text[k*n+i] = s
		}
		hash[i], at[i] = j.hash[:], store.Micros(j.at)
	}
	return w.InsertAll(ctx, insertReport, text[:n], text[n:2*n], text[2*n:3*n], text[3*n:4*n], hash, text[4*n:], at)
}

func keepUnclassified(ctx context.Context, w *ledger.Writer, jobs []*job) error {
	n := len(jobs)
	if n == 0 {
		return nil
	}
	text := make([]string, 5*n)
	release, at := make([]int64, n), make([]int64, n)
	for i, j := range jobs {
		for k, s := range [...]string{string(j.study), j.id, string(j.subject), string(j.site), j.data} {
			text[k*n+i] = s
		}
		release[i], at[i] = w.Release(j.site), store.Micros(j.at)
		e := j.entry(Received)
		e.New = ledger.Text(received{j.receipt, j.data})
		w.Record(ctx, e)
	}
	_, err := w.InsertAll(ctx, insertUnclassified, text[:n], text[n:2*n], text[2*n:3*n], text[3*n:4*n], text[4*n:], release, at)
	return err
}

// received keeps the data as text: as a value it would lose its spaces and its spelling, and so what the receipt proves.
type received struct {
	Receipt string `json:"receipt"`
	Data    string `json:"data"`
}

type quarantined struct {
	Hash string `json:"hash"`
	Body string `json:"body"`
}

func (j *job) entry(what string) ledger.Entry {
	return ledger.Entry{What: what, Site: j.site, Subject: j.subject, Ref: j.id, At: j.at, DeviceAt: j.deviceAt,
		Actor: j.actor.User, Role: j.actor.Role, Location: string(j.site), Trace: j.actor.Trace}
}

// compare looks at reports whose id is taken: the same content again gets the same receipt, another is refused and
// kept aside.
func compare(ctx context.Context, w *ledger.Writer, batch, known []*job, verdicts []verdict) error {
	for _, j := range known {
		var hash []byte
		err := w.Row(ctx, `SELECT hash FROM report WHERE study_id = $1 AND report_id = $2`, j.study, j.id).Scan(&hash)
		if err != nil {
			return err
		}
		i := slices.Index(batch, j)
		if [32]byte(hash) == j.hash {
			verdicts[i].again = true
			continue
		}
		verdicts[i].err = j.otherBody()
		if err := quarantine(ctx, w, j); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) otherBody() error {
	return casebook.Fail(casebook.Conflict, "report.other_body", j.id).At("/id")
}

// putAside is for a report whose form is there already, because somebody began it by hand: neither may overwrite the
// other, and neither may be lost.
func (s *Service) putAside(ctx context.Context, j *job) error {
	err := s.ledger.WriteNew(ctx, j.study, func(w *ledger.Writer) error { return quarantine(ctx, w, j) })
	if err != nil {
		return err
	}
	return j.otherBody()
}

// quarantine keeps a body that is refused, once.
func quarantine(ctx context.Context, w *ledger.Writer, j *job) error {
	fresh, err := w.InsertAll(ctx, insertQuarantine, []string{string(j.study)}, []string{j.id}, [][]byte{j.hash[:]}, []string{string(j.subject)},
		[]string{j.body}, []int64{w.Release(j.site)}, []int64{store.Micros(j.at)})
	if err == nil && fresh[0] {
		e := j.entry(Quarantined)
		e.New = ledger.Text(quarantined{fmt.Sprintf("%x", j.hash), j.body})
		w.Record(ctx, e)
	}
	return err
}
