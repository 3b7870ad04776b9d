package auth

import (
	"context"
	"errors"
	"time"

	"casebook"
	"casebook/store"
	"casebook/web"
)

// Failures are counted for an account from one address, so that an attacker elsewhere cannot lock its owner out, and
// for an address over all accounts, so that nobody can try a list of names. A count lasts for a window from its first
// failure. A hospital's staff may share one address: the address's own limit is wide.
const (
	failureWindow = 15 * time.Minute
	freeFailures  = 5   // from here on an account waits 1 s, 2 s, 4 s, …
	lockFailures  = 10  // and from here on to the end of a whole window
	addressLimit  = 100 // failures of an address over all accounts
)

// failures is one counter.
type failures struct{ count, since, last int64 }

// wait is how long the next attempt must wait, counted from now. limit is where the waiting is a whole window.
func (f failures) wait(now time.Time, limit int64) time.Duration {
	var pause time.Duration
	switch {
	case f.count >= limit:
		pause = failureWindow
	case limit == lockFailures && f.count >= freeFailures:
		pause = time.Second << (f.count - freeFailures)
	}
	return store.Time(f.last).Add(pause).Sub(now)
}

func readFailures(ctx context.Context, tx *store.Tx, user casebook.UserID, address string) (f failures, err error) {
	err = tx.Row(ctx, `SELECT count, since, last FROM auth_failure WHERE user_id = $1 AND address = $2`, user, address).
		Scan(&f.count, &f.since, &f.last)
	if errors.Is(err, store.ErrNoRows) {
		err = nil
	}
	return f, err
}

// throttled refuses an attempt that comes too soon after failures.
func throttled(ctx context.Context, tx *store.Tx, user casebook.UserID, address string) error {
	own, err := readFailures(ctx, tx, user, address)
	if err != nil {
		return err
	}
	all, err := readFailures(ctx, tx, "", address)
	if err != nil {
		return err
	}
	return wait(max(own.wait(tx.Now, lockFailures), all.wait(tx.Now, addressLimit)))
}

// wait tells somebody to come back later, when there is something to wait for.
func wait(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	return web.After(casebook.Fail(casebook.TooMany, "auth.throttled", int64((d+time.Second-1)/time.Second)), d)
}

// countFailure counts a failure of user from address, and of the address, and, of a second factor, of the account from anywhere. It returns the
// account's count from there, and whether this failure is the one with which one of the counts locks out whoever guesses.
func countFailure(ctx context.Context, tx *store.Tx, user casebook.UserID, address string, factor bool) (own int64, locks bool, err error) {
	for _, c := range []struct {
		user    casebook.UserID
		address string
		limit   int64
		counts  bool
	}{{user, proofAddress, lockFailures, factor}, {"", address, addressLimit, true}, {user, address, lockFailures, true}} {
		if !c.counts {
			continue
		}
		if own, err = count(ctx, tx, c.user, c.address); err != nil {
			return 0, false, err
		}
		locks = locks || own == c.limit
	}
	return own, locks, nil
}

// count counts one failure. A window that is over begins anew.
func count(ctx context.Context, tx *store.Tx, user casebook.UserID, address string) (n int64, err error) {
	now := store.Micros(tx.Now)
	over := now - failureWindow.Microseconds()
	err = tx.Row(ctx, `INSERT INTO auth_failure(user_id, address, count, since, last) VALUES($1,$2,1,$3,$3)
		ON CONFLICT (user_id, address) DO UPDATE SET
			count = CASE WHEN auth_failure.since <= $4 THEN 1 ELSE auth_failure.count + 1 END,
			since = CASE WHEN auth_failure.since <= $4 THEN excluded.since ELSE auth_failure.since END,
			last = excluded.last
		RETURNING count`, user, address, now, over).Scan(&n)
	return n, err
}

// throttledFor refuses a second factor that comes too soon after others of the account that were wrong.
func throttledFor(ctx context.Context, tx *store.Tx, user casebook.UserID) error {
	f, err := readFailures(ctx, tx, user, proofAddress)
	if err != nil {
		return err
	}
	return wait(f.wait(tx.Now, lockFailures))
}
