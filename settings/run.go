package settings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Wake makes Run look for a release now.
func (s *Settings) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Load reads what is in force. Without a database it takes the release that was last in force here, and says so in err
// only when there is none either.
func (s *Settings) Load(ctx context.Context) error {
	err := s.reload(ctx)
	if err == nil {
		return nil
	}
	f, keptErr := s.kept()
	switch {
	case keptErr != nil && ctx.Err() != nil:
		return err
	case keptErr != nil:
		return fmt.Errorf("%w; and the database does not answer: %v", keptErr, err)
	}
	slog.WarnContext(ctx, "settings: the database does not answer; the release that was last in force here is taken", "release", f.Number, "error", err)
	f.Changes = -1 // whatever the database says later is newer
	s.adopt(f)
	return nil
}

// reload takes over what the database says, if that is something else than what this process has.
func (s *Settings) reload(ctx context.Context) error {
	var f force
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		f, err = readAll(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	now := s.now.Load()
	due := !now.next.IsZero() && !s.world.Now().Before(now.next)
	if f.Changes == now.force.Changes && len(f.Approvals) == len(now.force.Approvals) && len(f.Belongs) == len(now.force.Belongs) && !due {
		return nil
	}
	s.adopt(f)
	if err := s.keep(f); err != nil {
		slog.WarnContext(ctx, "settings: the release in force could not be kept in a file", "error", err)
	}
	return nil
}

// keptFile is the file of the last release in force, with a sum against half-written ones.
type keptFile struct {
	Force force  `json:"force"`
	Sum   string `json:"sum"`
}

func sumOf(f force) string {
	h := sha256.Sum256([]byte(text(f)))
	return hex.EncodeToString(h[:])
}

func (s *Settings) keep(f force) error {
	if s.o.Kept == "" {
		return nil
	}
	b, err := json.Marshal(keptFile{f, sumOf(f)}, json.Deterministic(true))
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.o.Kept+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(s.o.Kept+".new", s.o.Kept)
}

func (s *Settings) kept() (force, error) {
	if s.o.Kept == "" {
		return force{}, errors.New("settings: no file keeps the last release")
	}
	b, err := os.ReadFile(s.o.Kept)
	if err != nil {
		return force{}, err
	}
	var k keptFile
	if err := json.Unmarshal(b, &k); err != nil {
		return force{}, err
	}
	if sumOf(k.Force) != k.Sum {
		return force{}, fmt.Errorf("settings: %s is damaged", s.o.Kept)
	}
	return k.Force, nil
}

// Done tells how a piece of work at a place went. It counts where a release is on trial, and costs a look elsewhere.
func (s *Settings) Done(p Place, well bool) {
	f := &s.now.Load().force
	if f.Canary == 0 || !f.Trial.includes(in(f.Owners, p)) {
		return
	}
	if well {
		s.good.Add(1)
	} else {
		s.bad.Add(1)
	}
}

// Run takes over releases as they come, everywhere within the second: it is told by the database, and asks as well. It
// ends trials, and returns with ctx.
func (s *Settings) Run(ctx context.Context) error {
	ctx = casebook.WithActor(ctx, casebook.Actor{User: "system", Role: "system", Location: "system"})
	heard := make(chan struct{})
	listening, stop := context.WithCancel(ctx)
	defer func() { stop(); <-heard }()
	go func() { defer close(heard); s.listen(listening) }()
	tick := time.NewTicker(s.o.Poll)
	defer tick.Stop()
	var told telling
	for {
		if err := s.step(ctx, &told); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "settings: what is in force stays, since the database did not answer", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-s.wake:
		}
	}
}

// listen is a hint only; when it breaks, asking is enough until it works again.
func (s *Settings) listen(ctx context.Context) {
	for ctx.Err() == nil {
		_ = s.db.Listen(ctx, func(payload string) {
			if payload == topic {
				s.Wake()
			}
		})
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
}

// telling is what this process last said for the page: the state of what is in force, and when.
type telling struct {
	changes int64
	at      time.Time
}

// step is one round of Run.
func (s *Settings) step(ctx context.Context, told *telling) error {
	if err := s.reload(ctx); err != nil {
		return err
	}
	after := s.now.Load()
	now, fresh := s.world.Now(), told.at.IsZero() || told.changes != after.force.Changes // whoever took it over, Run or Load
	if fresh || now.Sub(told.at) >= 5*time.Second || now.Before(told.at) {
		if err := s.tell(ctx, after.force, fresh); err != nil {
			return err
		}
		*told = telling{after.force.Changes, now}
	}
	if after.force.Canary == 0 {
		return nil
	}
	return s.judge(ctx, after.force)
}

// tell notes for the page which release this process has.
func (s *Settings) tell(ctx context.Context, f force, fresh bool) error {
	return s.db.Update(ctx, func(tx *store.Tx) error {
		now := store.Micros(tx.Now)
		if !fresh {
			n, err := tx.Exec(ctx, `UPDATE settings_process SET seen = $2 WHERE process = $1`, s.o.Process, now)
			if err != nil || n > 0 {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO settings_process(process, number, canary, loaded, seen) VALUES($1,$2,$3,$4,$4)
			ON CONFLICT (process) DO UPDATE SET number = excluded.number, canary = excluded.canary, loaded = excluded.loaded, seen = excluded.seen`,
			s.o.Process, f.Number, f.Canary, now)
		return err
	})
}

// judge adds this process's counts to the trial's and ends it when it has gone badly, or long enough.
func (s *Settings) judge(ctx context.Context, f force) error {
	good, bad := s.good.Swap(0), s.bad.Swap(0)
	var allGood, allBad int64
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if good+bad > 0 {
			_, err := tx.Exec(ctx, `INSERT INTO settings_tally(number, process, good, bad) VALUES($1,$2,$3,$4)
				ON CONFLICT (number, process) DO UPDATE SET good = settings_tally.good + excluded.good, bad = settings_tally.bad + excluded.bad`,
				f.Canary, s.o.Process, good, bad)
			if err != nil {
				return err
			}
		}
		return tx.Row(ctx, `SELECT coalesce(sum(good), 0), coalesce(sum(bad), 0) FROM settings_tally WHERE number = $1`, f.Canary).Scan(&allGood, &allBad)
	})
	if err != nil {
		s.good.Add(good)
		s.bad.Add(bad)
		return err
	}
	badly := allGood+allBad >= f.Trial.Least && allBad*1000 > f.Trial.Worst*(allGood+allBad)
	if !badly && s.world.Now().Before(f.Until) {
		return nil
	}
	reason := fmt.Sprintf("%d of %d failed", allBad, allGood+allBad)
	err = s.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		now, err := readForce(ctx, w.Tx)
		if err != nil || now.Changes != f.Changes {
			return errors.Join(err, errEnded)
		}
		return s.endTrial(ctx, w, now, !badly, reason)
	})
	if errors.Is(err, errEnded) {
		return nil
	}
	if err == nil {
		err = s.reload(ctx)
	}
	return err
}

var errEnded = errors.New("settings: another process has ended the trial")
