package monitor

import (
	"context"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"
	"casebook/store/storetest"
)

// A database that does not answer when monitoring begins is asked again: it must not end the process.
func TestMonitoringBeginsWhenItsTablesCanBeRead(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, engine)
			w := wardAt(t, dsn, htn(t))
			asked := make(chan struct{}, 8) // by the one that begins: each question reads its clock
			own := storetest.Open(t, dsn, casebook.World{Now: func() time.Time {
				select {
				case asked <- struct{}{}:
				default:
				}
				return w.clock.Now()
			}, Rand: casebook.Outside().Rand}, migrations)
			s := New(ledger.New(own, ledger.Options{}), func(context.Context, casebook.StudyID, int64) (*odm.Version, error) { return w.def, nil })
			rename := func(from, to string) {
				w.must(w.db.Update(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec(t.Context(), `ALTER TABLE `+from+` RENAME TO `+to)
					return err
				}))
			}
			rename("monitor_study", "monitor_study_away")
			for len(asked) > 0 {
				<-asked // as it was opened
			}
			ended := make(chan error, 1)
			w.run(func(ctx context.Context) error { err := s.Run(ctx); ended <- err; return err })
			for range 2 { // the second time, since the first was in vain
				select {
				case <-asked:
				case err := <-ended:
					t.Fatalf("monitoring ended: %v", err)
				}
			}
			rename("monitor_study_away", "monitor_study")
			w.enter(enrolled(until, "03", "03-001"))
			w.eventually("the entry taken in", func(tx *store.Tx) (bool, error) { return ledger.Caught(t.Context(), tx, follower, demo.ID) })
		})
	}
}
