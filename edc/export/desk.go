package export

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"
)

// The verbs of this package in the ledger.
const (
	Made    = "export.file.made"    // Ref: the format, or "cut"; New: what is in the file, its size and digest, which a command at the server does not say
	Fetched = "export.file.fetched" // Ref: the format; New: the digest of the file that left
	Printed = "export.printed"      // Ref: the subject; New: the SHA-256 of its casebook that left as PDF, in hex
)

// The states of a job.
const (
	Waiting   = "waiting"
	Running   = "running"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// The bounds of a desk.
const (
	atOnce   = 2                // files that are being written
	maxJobs  = 64               // that wait, run, or can be fetched
	maxOwn   = 5                // of one person, that wait or run
	jobTime  = 30 * time.Minute // to write one file
	keepTime = time.Hour        // to fetch it
	lookTime = time.Minute      // between two looks for files that nobody has fetched
)

// Wish is what somebody asks a desk for.
type Wish struct {
	Study  casebook.StudyID  `json:"study"`
	Format string            `json:"format"`
	Sites  []casebook.SiteID `json:"sites,omitempty"` // none for all
	AsOf   time.Time         `json:"asOf,omitzero"`   // zero for now
}

// Job is one export, as it stands.
type Job struct {
	ID string
	Wish
	By                casebook.UserID
	State             string
	Steps, Of         int // casebooks that were read, and how many there are to read
	AskedAt, Finished time.Time
	Until             time.Time // when the file is removed
	Entries           int64     // of the study, that the file holds
	Moment            time.Time // of the last of them
	Name              string
	Bytes             int64
	SHA256            string
	Err               error

	actor casebook.Actor
	stop  context.CancelFunc // of one that runs
}

// Desk writes exports for people who wait at a page. Its jobs and files live as long as the process, or an hour: a file that is
// gone is written again, byte by byte the same.
type Desk struct {
	Bytes Bytes // see Cut

	ledger *ledger.Ledger
	trials *trial.Service
	dir    string

	mu   sync.Mutex
	jobs map[string]*Job
	work chan *Job
}

// NewDesk returns a desk that keeps its files in a folder of its own. Run must run.
func NewDesk(l *ledger.Ledger, trials *trial.Service, dir string) *Desk {
	return &Desk{ledger: l, trials: trials, dir: dir, jobs: map[string]*Job{}, work: make(chan *Job, maxJobs)}
}

func (d *Desk) now() time.Time { return d.ledger.DB().World().Now() }

// Ask takes a wish of the actor of ctx in. It fails with Invalid for a format that is not there, and with Busy when too many wait.
// A moment to come is now: Moment says which one the file holds.
func (d *Desk) Ask(ctx context.Context, w Wish) (Job, error) {
	if _, err := Find(w.Format); err != nil {
		return Job{}, err
	}
	now := d.now()
	actor := casebook.ActorFrom(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	own := 0
	for _, j := range d.jobs {
		if j.By == actor.User && (j.State == Waiting || j.State == Running) {
			own++
		}
	}
	if own >= maxOwn || len(d.jobs) >= maxJobs {
		return Job{}, casebook.Fail(casebook.Busy, "export.many")
	}
	j := &Job{ID: d.ledger.DB().World().NewID(), Wish: w, By: actor.User, State: Waiting, AskedAt: now, actor: actor}
	d.jobs[j.ID] = j
	d.work <- j // has room for all that there may be
	return *j, nil
}

// Jobs are those of one person in a study, the newest first.
func (d *Desk) Jobs(study casebook.StudyID, by casebook.UserID) (all []Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(d.now())
	for _, j := range d.jobs {
		if j.Study == study && j.By == by {
			all = append(all, *j)
		}
	}
	slices.SortFunc(all, func(a, b Job) int {
		return cmp.Or(b.AskedAt.Compare(a.AskedAt), strings.Compare(b.ID, a.ID))
	})
	return all
}

// job finds one of somebody's own. Another's is answered like one that is not there.
func (d *Desk) job(study casebook.StudyID, by casebook.UserID, id string) (*Job, error) {
	d.sweep(d.now())
	j := d.jobs[id]
	if j == nil || j.Study != study || j.By != by {
		return nil, casebook.Fail(casebook.NotFound, "export.unknown").At("export")
	}
	return j, nil
}

// Drop ends a job that waits or runs, and removes the file of one that is done.
func (d *Desk) Drop(study casebook.StudyID, by casebook.UserID, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	j, err := d.job(study, by, id)
	if err != nil {
		return err
	}
	switch j.State {
	case Waiting:
		d.finish(j, Cancelled)
	case Running:
		j.stop()
	default:
		d.remove(j)
	}
	return nil
}

// finish ends a job in a state. It is called under the lock.
func (d *Desk) finish(j *Job, state string) {
	j.State, j.Finished = state, d.now()
	j.Until = j.Finished.Add(keepTime)
}

func (d *Desk) remove(j *Job) {
	delete(d.jobs, j.ID)
	if err := os.Remove(d.path(j)); err != nil && !errors.Is(err, os.ErrNotExist) {
		slog.Error("a file of an export stays", "error", err)
	}
}

func (d *Desk) path(j *Job) string { return filepath.Join(d.dir, j.ID) }

// sweep removes what nobody has fetched in time. It is called under the lock.
func (d *Desk) sweep(now time.Time) {
	for _, j := range d.jobs {
		if !j.Until.IsZero() && !now.Before(j.Until) {
			d.remove(j)
		}
	}
}

// Run writes files until ctx ends. It begins with an empty folder, and leaves one.
func (d *Desk) Run(ctx context.Context) error {
	if err := os.RemoveAll(d.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	workers, ctx := errgroup.WithContext(ctx)
	for range atOnce {
		workers.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case j := <-d.work:
					d.serve(ctx, j)
				}
			}
		})
	}
	workers.Go(func() error {
		look := time.NewTicker(lookTime)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-look.C:
				d.mu.Lock()
				d.sweep(d.now())
				d.mu.Unlock()
			}
		}
	})
	err := workers.Wait()
	return errors.Join(err, os.RemoveAll(d.dir))
}

// serve writes one file and says how that ended.
func (d *Desk) serve(ctx context.Context, j *Job) {
	ctx, stop := context.WithTimeout(casebook.WithActor(ctx, j.actor), jobTime)
	defer stop()
	d.mu.Lock()
	if j.State != Waiting {
		d.mu.Unlock()
		return
	}
	j.State, j.stop = Running, stop
	d.mu.Unlock()
	err := d.write(ctx, j)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err == nil:
		d.finish(j, Done)
		return
	case errors.Is(ctx.Err(), context.Canceled):
		d.finish(j, Cancelled)
	default:
		d.finish(j, Failed)
		j.Err = err
		slog.ErrorContext(ctx, "an export failed", "study", j.Study, "format", j.Format, "error", err)
	}
	if err := os.Remove(d.path(j)); err != nil && !errors.Is(err, os.ErrNotExist) {
		slog.Error("a file of an export stays", "error", err)
	}
}

// write writes the file, and then says in the ledger what is in it: nobody may fetch it before.
func (d *Desk) write(ctx context.Context, j *Job) error {
	format, err := Find(j.Format)
	if err != nil {
		return err
	}
	c, err := Open(ctx, d.ledger.DB(), d.trials, j.Study, j.AsOf)
	if err != nil {
		return err
	}
	c.Bytes = d.Bytes
	if err := d.count(ctx, j, format, c); err != nil {
		return err
	}
	if len(j.Sites) > 0 {
		c.At(j.Sites)
	}
	size, digest, err := d.file(ctx, j, format, c)
	if err != nil {
		return err
	}
	if err := d.record(ctx, j, Made, map[string]any{"format": j.Format, "sites": j.Sites, "asOf": c.Until, "entries": c.Size, "bytes": size, "sha256": digest}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j.Bytes, j.SHA256, j.Steps = size, digest, j.Of
	return nil
}

// count says how many casebooks there are to read, and counts those that were. Who narrows to sites reads them once more.
func (d *Desk) count(ctx context.Context, j *Job, format Format, c *Cut) error {
	passes := 1
	if format.passes != nil {
		passes = format.passes(c)
	}
	if len(j.Sites) > 0 {
		c.only = j.Sites
		passes++
	}
	n, err := c.Casebooks(ctx)
	if err != nil {
		return err
	}
	t, err := d.trials.Get(ctx, j.Study)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%d-%s%s", fileName(string(j.Study)), c.Size, format.Name, format.End)
	if t.Environment != trial.Production {
		name = string(t.Environment) + "-" + name // what leaves says that it is no real data
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	j.Entries, j.Moment, j.Of, j.Name = c.Size, c.Until, n*passes, name
	c.told = func(n int) {
		d.mu.Lock()
		defer d.mu.Unlock()
		j.Steps = min(j.Steps+n, j.Of)
	}
	return nil
}

// file writes the format into the job's file, and returns its size and digest.
func (d *Desk) file(ctx context.Context, j *Job, format Format, c *Cut) (size int64, digest string, err error) {
	f, err := os.OpenFile(d.path(j), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return 0, "", err
	}
	sum := sha256.New()
	err = format.Write(ctx, c, io.MultiWriter(f, sum), d.dir)
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	return size, hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())
}

func (d *Desk) record(ctx context.Context, j *Job, what string, body map[string]any) error {
	text, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return err
	}
	return d.ledger.Write(ctx, j.Study, func(w *ledger.Writer) error {
		e := ledger.Entry{What: what, Ref: j.Format, New: string(text)}
		if len(j.Sites) == 1 {
			e.Site = j.Sites[0]
		}
		w.Record(ctx, e)
		return nil
	})
}

// Fetch opens the file of a job that is done, after it has said in the ledger that it leaves. The caller closes it.
func (d *Desk) Fetch(ctx context.Context, study casebook.StudyID, by casebook.UserID, id string) (Job, io.ReadCloser, error) {
	d.mu.Lock()
	j, err := d.job(study, by, id)
	if err == nil && j.State != Done {
		err = casebook.Fail(casebook.Conflict, "export.not_done").At("export")
	}
	if err != nil {
		d.mu.Unlock()
		return Job{}, nil, err
	}
	of := *j
	d.mu.Unlock()
	f, err := os.Open(d.path(&of))
	if err != nil {
		return of, nil, err
	}
	if err := d.record(ctx, &of, Fetched, map[string]any{"sha256": of.SHA256}); err != nil {
		return of, nil, errors.Join(err, f.Close())
	}
	return of, f, nil
}
