package settings_test

import (
	"io/fs"
	"sync"
	"testing"

	"casebook/ledger"
	"casebook/settings"
	"casebook/store"
)

// locked is the same call behind a lock: what a map of values with a mutex, of either kind, would cost.
type locked[L sync.Locker] struct {
	lock   L
	values map[settings.Place]map[string]int64
}

func (l *locked[L]) get(p settings.Place, k *settings.Key) int64 {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.values[p][k.Name]
}

// BenchmarkGet compares the snapshot behind one pointer with the two other forms of the same call. Run it with -cpu 1,2,4.
func BenchmarkGet(b *testing.B) {
	db, err := store.Open(b.Context(), "sqlite:"+b.TempDir()+"/c.db", store.Options{Migrations: []fs.FS{ledger.Migrations, settings.Migrations}})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := settings.New(ledger.New(db, ledger.Options{}), settings.Options{Keys: keys})
	at := s.At(site1)
	values := map[settings.Place]map[string]int64{site1: {rate.Name: 50}}
	var both sync.RWMutex
	read := &locked[sync.Locker]{both.RLocker(), values}
	one := &locked[sync.Locker]{&sync.Mutex{}, values}
	for name, get := range map[string]func() int64{
		"snapshot": func() int64 { return s.Get(at, rate).Int() },
		"rwmutex":  func() int64 { return read.get(site1, rate) },
		"mutex":    func() int64 { return one.get(site1, rate) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if get() != 50 {
						b.Fail()
					}
				}
			})
		})
	}
}
