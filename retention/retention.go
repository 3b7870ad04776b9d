// Package retention keeps backups for as long as they are to be kept, and under a legal hold every one of them. It refuses to remove
// anything while a hold stands, whichever study it is about: a backup is of the whole database.
package retention

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/settings"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are this package's tables.
var Migrations fs.FS = files

// The verbs, all in the platform's ledger. Placed and Released: ref is the hold. Removed: ref is the file's name.
const (
	Placed   = "retention.hold.placed"
	Released = "retention.hold.released"
	Removed  = "retention.backup.removed"
)

// Keys are this package's live settings.
var Keys = []*settings.Key{days, least}

var (
	days = settings.Declare(settings.Key{Name: "backup.days", Kind: settings.Int, Default: "0", Min: "0", Max: "36500", Deepest: settings.Platform,
		English: "For how many days a backup is kept; 0 is for ever. Nothing is removed while a legal hold stands.",
		Chinese: "备份保留天数；0 表示永久保留。存在法定保全期间不删除任何备份。"})
	least = settings.Declare(settings.Key{Name: "backup.least", Kind: settings.Int, Default: "7", Min: "1", Max: "10000", Deepest: settings.Platform,
		English: "How many of the newest backups are kept, however old they are.",
		Chinese: "无论时间多久均保留的最新备份份数。"})
)

// Hold is a legal hold that stands.
type Hold struct {
	ID     string           `json:"id"`
	About  casebook.StudyID `json:"about,omitzero"` // "" is every study
	By     string           `json:"by"`             // who ordered it, as they are named on paper
	Reason string           `json:"reason"`
	At     time.Time        `json:"at"`
}

// Rules are what the settings say of backups. A backup goes when it was last written before Before and is none of the Least newest.
type Rules struct {
	Days   int64     `json:"days"` // 0 keeps all
	Least  int64     `json:"least"`
	Before time.Time `json:"before,omitzero"` // as of now; zero where all are kept
}

// Keeper keeps.
type Keeper struct {
	ledger *ledger.Ledger
	live   *settings.Settings
}

// New returns the keeper of the backups of a ledger's database.
func New(l *ledger.Ledger, live *settings.Settings) *Keeper { return &Keeper{l, live} }

// Holds are the holds that stand, oldest first.
func (k *Keeper) Holds(ctx context.Context) (all []Hold, err error) {
	err = k.ledger.DB().View(ctx, func(tx *store.Tx) error { all, err = holds(ctx, tx); return err })
	return all, err
}

func holds(ctx context.Context, tx *store.Tx) ([]Hold, error) {
	return store.All(ctx, tx, func(r *store.Rows) (h Hold, err error) {
		var at int64
		err = r.Scan(&h.ID, &h.About, &h.By, &h.Reason, &at)
		h.At = store.Time(at)
		return h, err
	}, `SELECT hold_id, about, ordered_by, reason, placed_at FROM retention_hold WHERE study_id = $1 ORDER BY placed_at, hold_id`, casebook.Platform)
}

// Place puts a hold on the backups of a study, "" for every one, in the name of who ordered it. Error: Invalid retention.reason.
func (k *Keeper) Place(ctx context.Context, about casebook.StudyID, by, reason string) (h Hold, err error) {
	if by, reason, err = said(by, reason); err != nil {
		return h, err
	}
	err = k.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		h = Hold{k.ledger.DB().World().NewID(), about, by, reason, store.Time(store.Micros(w.Now))}
		w.Record(ctx, ledger.Entry{What: Placed, Ref: h.ID, New: text(h), Reason: reason})
		_, err := w.Exec(ctx, `INSERT INTO retention_hold(study_id, hold_id, about, ordered_by, reason, placed_at) VALUES($1,$2,$3,$4,$5,$6)`,
			casebook.Platform, h.ID, h.About, h.By, h.Reason, store.Micros(h.At))
		return err
	})
	return h, err
}

// Release ends a hold, in the name of who said so. Errors: Invalid retention.reason; NotFound retention.no_hold.
func (k *Keeper) Release(ctx context.Context, id, by, reason string) error {
	by, reason, err := said(by, reason)
	if err != nil {
		return err
	}
	return k.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
		all, err := holds(ctx, w.Tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(h Hold) bool { return h.ID == id })
		n := int64(0)
		if i >= 0 {
			n, err = w.Exec(ctx, `DELETE FROM retention_hold WHERE study_id = $1 AND hold_id = $2`, casebook.Platform, id)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return casebook.Fail(casebook.NotFound, "retention.no_hold", id)
		}
		w.Record(ctx, ledger.Entry{What: Released, Ref: id, Old: text(all[i]), New: text(map[string]string{"by": by}), Reason: reason})
		return nil
	})
}

// said refuses a hold without a name or a reason.
func said(by, reason string) (string, string, error) {
	by, reason = strings.TrimSpace(by), strings.TrimSpace(reason)
	if by == "" || reason == "" || len(by) > 200 || len(reason) > 2000 {
		return "", "", casebook.Fail(casebook.Invalid, "retention.reason")
	}
	return by, reason, nil
}

// Rules tells what the settings say now.
func (k *Keeper) Rules() Rules {
	at := k.live.At(settings.Place{})
	r := Rules{Days: k.live.Get(at, days).Int(), Least: k.live.Get(at, least).Int()}
	if r.Days > 0 {
		r.Before = k.ledger.DB().World().Now().AddDate(0, 0, -int(r.Days))
	}
	return r
}

// Free returns the hold that stands longest as Conflict retention.held, nil when there is none.
func (k *Keeper) Free(ctx context.Context) error {
	all, err := k.Holds(ctx)
	if err != nil {
		return err
	}
	return free(all)
}

func free(all []Hold) error {
	if len(all) == 0 {
		return nil
	}
	h := all[0]
	return casebook.Fail(casebook.Conflict, "retention.held", h.By, h.At, h.Reason)
}

// suffix is how the name of a backup ends. Nothing else in a folder is touched.
const suffix = ".age"

// backupFile is a backup that lies in a folder.
type backupFile struct {
	Name   string    `json:"-"`
	Hash   string    `json:"sha256"`
	Size   int64     `json:"size"`
	Since  time.Time `json:"since"` // when it was last written
	Days   int64     `json:"days"`  // what the settings said when it went
	Newest int64     `json:"least"`
}

// Remove removes from a folder the backups that the settings let go, each with an entry, and returns their names. While a hold stands
// it removes nothing: Conflict retention.held. A hold that is placed meanwhile waits for the file that is being removed.
func (k *Keeper) Remove(ctx context.Context, folder string) (gone []string, err error) {
	old, err := k.old(folder)
	if err != nil {
		return nil, err
	}
	if err := k.Free(ctx); err != nil {
		return nil, err
	}
	for _, f := range old {
		path := filepath.Join(folder, f.Name)
		if f.Hash, err = hashOf(path); err != nil {
			return gone, err
		}
		err := k.ledger.Write(ctx, casebook.Platform, func(w *ledger.Writer) error {
			if w.Postgres() {
				if _, err := w.Exec(ctx, `LOCK TABLE retention_hold IN SHARE MODE`); err != nil {
					return err
				}
			}
			all, err := holds(ctx, w.Tx)
			if err == nil {
				err = free(all)
			}
			if err != nil {
				return err
			}
			w.Record(ctx, ledger.Entry{What: Removed, Ref: f.Name, Old: text(f)})
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) { // gone: this has run before, and could not commit
				return err
			}
			return nil
		})
		if err != nil {
			return gone, err
		}
		gone = append(gone, f.Name)
	}
	return gone, nil
}

// old are the backups that may go, oldest first.
func (k *Keeper) old(folder string) (old []backupFile, err error) {
	rules := k.Rules()
	inside, err := os.ReadDir(folder)
	if err != nil || rules.Days == 0 {
		return nil, err
	}
	for _, e := range inside {
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		old = append(old, backupFile{Name: e.Name(), Size: info.Size(), Since: info.ModTime().UTC(), Days: rules.Days, Newest: rules.Least})
	}
	slices.SortStableFunc(old, func(a, b backupFile) int { return a.Since.Compare(b.Since) })
	old = old[:max(0, len(old)-int(rules.Least))]
	return slices.DeleteFunc(old, func(f backupFile) bool { return f.Since.After(rules.Before) }), nil
}

func hashOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

func text(v any) string {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("retention: " + err.Error()) // only strings, numbers and times
	}
	return string(b)
}

// NewFold returns the fold that compares the holds that stand with what the ledger says of them.
func NewFold(study casebook.StudyID) ledger.Fold {
	return &fold{study: study, said: map[string]string{}}
}

type fold struct {
	study casebook.StudyID
	said  map[string]string // by id
}

// Entry takes in one entry.
func (f *fold) Entry(e *ledger.Entry) {
	switch e.What {
	case Placed:
		f.said[e.Ref] = e.New
	case Released:
		delete(f.said, e.Ref)
	}
}

// Compare names the holds that do not agree.
func (f *fold) Compare(ctx context.Context, tx *store.Tx) (found []ledger.Finding, err error) {
	if f.study != casebook.Platform {
		return nil, nil
	}
	name := func(id, what string) {
		found = append(found, ledger.Finding{Study: f.study, Table: "retention_hold", Row: id, What: what})
	}
	all, err := holds(ctx, tx)
	for _, h := range all {
		if f.said[h.ID] != text(h) {
			name(h.ID, "is not what the ledger says")
		}
		delete(f.said, h.ID)
	}
	for id := range f.said {
		name(id, "is missing")
	}
	return found, err
}
