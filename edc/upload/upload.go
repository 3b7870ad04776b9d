// Package upload takes in files of data that a centre hands over: SDTM as CSV or Dataset-JSON, ODM-XML, CSV of values,
// hundreds of megabytes of it, in pieces that may be sent again and in memory that does not grow with the file. It refuses
// to keep values itself: package record does, under the same rules as for entry by people, row by row with its line.
package upload

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
	"casebook/ledger"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations are the tables of this package.
var Migrations fs.FS = files

// The verbs of this package in the ledger. Ref is the upload's id.
const (
	Received = "upload.received" // the file is here, whole: New is its name, size and SHA-256
	Taken    = "upload.taken"    // it was read to its end: New is what it did
	Left     = "upload.left"     // it was judged, and somebody decided against it: New is what it would have done
)

// The states of an upload.
const (
	Receiving = "receiving" // pieces are missing
	Checking  = "checking"  // whether it can be read to its end; nothing is taken in yet
	Judging   = "judging"   // what it would do; nothing is taken in yet
	Judged    = "judged"    // somebody decides now whether it is taken in
	LeftOut   = "left"      // they decided against it, and nothing was taken in
	Taking    = "taking"
	Done      = "done"
	Refused   = "refused" // it cannot be read to its end, and nothing was taken in
)

// The bounds of an upload.
const (
	PieceSize   = 1 << 20
	maxSize     = 2 << 30
	maxRow      = 1 << 20   // bytes of one row of a file
	maxRows     = 4_000_000 // of a file; each costs some twelve bytes of memory while it is read
	maxFindings = 1000      // that are kept word by word; all are counted
	maxName     = 200
)

// Upload is one file, as it stands.
type Upload struct {
	ID     string
	Name   string
	Size   int64
	Pieces int64 // that are here; the next to be sent has this number
	State  string
	SHA256 string // of the whole, when it is complete
	Format string // how it was read: see the readers
	Passed int64  // rows that were looked at, and taken in or set aside
	Rows   int64  // that it has, when it was checked
	Trial  bool   // it is judged first, and taken in when somebody has seen what it would do
	Tally  Tally
	By     casebook.UserID

	BegunAt, ChangedAt time.Time

	role  string
	sites sites
	noted []Finding // since it was last kept
}

// Tally is what a file did so far, or would do.
type Tally struct {
	Rows     int64            `json:"rows"`
	Enrolled int64            `json:"enrolled,omitzero"` // subjects
	Forms    int64            `json:"forms,omitzero"`    // that were saved
	Changed  int64            `json:"changed,omitzero"`  // values that are new or others than before
	Opened   int64            `json:"opened,omitzero"`   // queries
	Aside    int64            `json:"aside,omitzero"`    // rows that could not be taken in
	Findings int64            `json:"findings,omitzero"` // of all kinds; what they say is kept for the first thousand
	Codes    map[string]int64 `json:"codes,omitempty"`   // findings by their code
}

// sites are where somebody may write; nil is everywhere.
type sites []casebook.SiteID

// Service keeps uploads and takes them in.
type Service struct {
	ledger *ledger.Ledger
	db     *store.DB
	forms  *record.Service
	trials *trial.Service
	wake   chan struct{}
}

// New returns the uploads in l's database.
func New(l *ledger.Ledger, forms *record.Service, trials *trial.Service) *Service {
	return &Service{ledger: l, db: l.DB(), forms: forms, trials: trials, wake: make(chan struct{}, 1)}
}

func unknown() error { return casebook.Fail(casebook.NotFound, "upload.unknown").At("upload") }

// Begin announces a file by the digest of its pieces. A file that the study knows already is answered as it stands: its
// sender goes on where the pieces end, or learns that it was taken in before. With trial the file is judged as if it were
// taken in, and waits for Decide.
func (s *Service) Begin(ctx context.Context, study casebook.StudyID, id, name string, size int64, at []casebook.SiteID, trial bool) (u Upload, err error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	raw, err := hex.DecodeString(id)
	switch {
	case err != nil || len(raw) != sha256.Size || strings.ToLower(id) != id:
		return u, casebook.Fail(casebook.Invalid, "upload.id").At("id")
	case name == "." || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return u, casebook.Fail(casebook.Invalid, "upload.name").At("name")
	case size <= 0:
		return u, casebook.Fail(casebook.Invalid, "upload.empty").At("size")
	case size > maxSize:
		return u, casebook.Fail(casebook.TooLarge, "upload.large", maxSize>>20).At("size")
	}
	where := []byte("null")
	if at != nil {
		if where, err = json.Marshal(at); err != nil {
			return u, err
		}
	}
	a, first := casebook.ActorFrom(ctx), 0
	if trial {
		first = 1
	}
	err = s.db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO upload(study_id, upload_id, name, size, pieces, state, hash, format, passed, row_count, tally, actor, role, sites, begun_at, changed_at, trial)
			VALUES($1,$2,$3,$4,0,$5,'','',0,0,'{}',$6,$7,$8,$9,$9,$10) ON CONFLICT (study_id, upload_id) DO NOTHING`,
			study, id, name, size, Receiving, a.User, a.Role, string(where), store.Micros(tx.Now), first)
		if err == nil {
			u, err = find(ctx, tx, study, id, "")
		}
		return err
	})
	return u, err
}

// Put adds piece n of a file. A piece that is here already is compared and changes nothing; one that would leave a gap is
// refused with Conflict upload.gap. With the last one the file is checked against its digest; where it differs, all pieces
// are given up and it begins anew (upload.digest).
func (s *Service) Put(ctx context.Context, study casebook.StudyID, id string, n int64, piece []byte) (u Upload, err error) {
	spoilt := false
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		spoilt = false
		if u, err = find(ctx, tx, study, id, tx.ForUpdate()); err != nil {
			return err
		}
		if int64(len(piece)) != min(PieceSize, u.Size-n*PieceSize) || n < 0 {
			return casebook.Fail(casebook.Invalid, "upload.piece", n, min(PieceSize, max(0, u.Size-n*PieceSize))).At("piece")
		}
		if n > u.Pieces {
			return casebook.Fail(casebook.Conflict, "upload.gap", u.Pieces).At("piece")
		}
		if n < u.Pieces {
			return sameAgain(ctx, tx, study, id, n, piece)
		}
		sum := sha256.Sum256(piece)
		_, err = tx.Exec(ctx, `INSERT INTO upload_piece(study_id, upload_id, n, sum, bytes) VALUES($1,$2,$3,$4,$5)`, study, id, n, sum[:], piece)
		if err != nil {
			return err
		}
		u.Pieces++
		if u.Pieces*PieceSize >= u.Size {
			spoilt, err = u.complete(ctx, tx, study)
		}
		if err != nil {
			return err
		}
		return u.keep(ctx, tx, study)
	})
	switch {
	case err != nil:
		return u, err
	case spoilt:
		return u, casebook.Fail(casebook.Conflict, "upload.digest").At("upload")
	case u.State == Checking:
		s.rouse()
	}
	return u, nil
}

func sameAgain(ctx context.Context, tx *store.Tx, study casebook.StudyID, id string, n int64, piece []byte) error {
	var kept []byte
	if err := tx.Row(ctx, `SELECT bytes FROM upload_piece WHERE study_id = $1 AND upload_id = $2 AND n = $3`, study, id, n).Scan(&kept); err != nil {
		return err
	}
	if string(kept) != string(piece) {
		return casebook.Fail(casebook.Conflict, "upload.piece_other", n).At("piece")
	}
	return nil
}

// complete compares a file with its digest. One that has it is checked next; of another all pieces are given up.
func (u *Upload) complete(ctx context.Context, tx *store.Tx, study casebook.StudyID) (spoilt bool, err error) {
	tree := sha256.New()
	err = tx.Each(ctx, func(r *store.Rows) error {
		var sum []byte
		err := r.Scan(&sum)
		tree.Write(sum)
		return err
	}, `SELECT sum FROM upload_piece WHERE study_id = $1 AND upload_id = $2 ORDER BY n`, study, u.ID)
	if err != nil {
		return false, err
	}
	if hex.EncodeToString(tree.Sum(nil)) == u.ID {
		u.State = Checking
		return false, nil
	}
	u.Pieces = 0
	_, err = tx.Exec(ctx, `DELETE FROM upload_piece WHERE study_id = $1 AND upload_id = $2`, study, u.ID)
	return true, err
}

// received is the body of a Received entry.
type received struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Decide ends the wait of a file that was judged: it is taken in, or left out, which the ledger keeps. One that was left
// out may be taken in after all. Otherwise it fails with Conflict upload.not_judged.
func (s *Service) Decide(ctx context.Context, study casebook.StudyID, id string, take bool) (u Upload, err error) {
	err = s.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
		if u, err = find(ctx, w.Tx, study, id, w.ForUpdate()); err != nil {
			return err
		}
		switch {
		case take && (u.State == Judged || u.State == LeftOut):
			return u.restart(ctx, w.Tx, study, Taking)
		case !take && u.State == Judged:
			body, err := json.Marshal(u.Tally, json.Deterministic(true))
			if err != nil {
				return err
			}
			w.Record(ctx, ledger.Entry{What: Left, Ref: id, New: string(body)})
			u.State = LeftOut
			return u.keep(ctx, w.Tx, study)
		}
		return casebook.Fail(casebook.Conflict, "upload.not_judged").At("upload")
	})
	if err == nil {
		s.rouse()
	}
	return u, err
}

// Again has a file that was read to its end read once more: rows that were set aside because their subjects were not
// known may be taken in now, and what was taken in stays as it is. One that was only judged is judged once more.
func (s *Service) Again(ctx context.Context, study casebook.StudyID, id string) (u Upload, err error) {
	err = s.db.Update(ctx, func(tx *store.Tx) (err error) {
		if u, err = find(ctx, tx, study, id, tx.ForUpdate()); err != nil {
			return err
		}
		switch u.State {
		case Done:
			return u.restart(ctx, tx, study, Taking)
		case Judged, LeftOut:
			return u.restart(ctx, tx, study, Judging)
		}
		return casebook.Fail(casebook.Conflict, "upload.not_done").At("upload")
	})
	if err == nil {
		s.rouse()
	}
	return u, err
}

// restart has a file read from its beginning.
func (u *Upload) restart(ctx context.Context, tx *store.Tx, study casebook.StudyID, state string) error {
	u.State, u.Passed, u.Tally = state, 0, Tally{}
	if _, err := tx.Exec(ctx, `DELETE FROM upload_finding WHERE study_id = $1 AND upload_id = $2`, study, u.ID); err != nil {
		return err
	}
	return u.keep(ctx, tx, study)
}

// All lists a study's uploads, the newest first.
func (s *Service) All(ctx context.Context, study casebook.StudyID) (all []Upload, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.All(ctx, tx, scan, `SELECT `+columns+` FROM upload WHERE study_id = $1 ORDER BY begun_at DESC, upload_id LIMIT 500`, study)
		return err
	})
	return all, err
}

// Get returns one upload, or NotFound upload.unknown.
func (s *Service) Get(ctx context.Context, study casebook.StudyID, id string) (u Upload, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { u, err = find(ctx, tx, study, id, ""); return err })
	return u, err
}

const columns = `upload_id, name, size, pieces, state, hash, format, passed, row_count, tally, actor, role, sites, begun_at, changed_at, trial`

func scan(r *store.Rows) (u Upload, err error) {
	var tally, where string
	var begun, changed, trial int64
	err = r.Scan(&u.ID, &u.Name, &u.Size, &u.Pieces, &u.State, &u.SHA256, &u.Format, &u.Passed, &u.Rows, &tally, &u.By, &u.role, &where, &begun, &changed, &trial)
	u.BegunAt, u.ChangedAt, u.Trial = store.Time(begun), store.Time(changed), trial == 1
	return u, errors.Join(err, json.Unmarshal([]byte(tally), &u.Tally), json.Unmarshal([]byte(where), &u.sites))
}

// find reads an upload. how ends the statement: who will take the file a step further holds it.
func find(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (Upload, error) {
	all, err := store.All(ctx, tx, scan, `SELECT `+columns+` FROM upload WHERE study_id = $1 AND upload_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = unknown()
	}
	if err != nil {
		return Upload{}, err
	}
	return all[0], nil
}

// keep writes what changes of an upload, and what was noted of it since.
func (u *Upload) keep(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	u.ChangedAt = tx.Now
	tally, err := json.Marshal(u.Tally, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE upload SET pieces = $3, state = $4, hash = $5, format = $6, passed = $7, row_count = $8, tally = $9, changed_at = $10
		WHERE study_id = $1 AND upload_id = $2`, study, u.ID, u.Pieces, u.State, u.SHA256, u.Format, u.Passed, u.Rows, string(tally), store.Micros(u.ChangedAt))
	for _, f := range u.noted {
		if err == nil {
			err = f.insert(ctx, tx, study, u.ID)
		}
	}
	u.noted = nil
	return err
}

func (s *Service) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Digest is the id of a file: what its sender computes piece by piece.
type Digest struct {
	tree  []byte
	piece []byte
}

// Write takes in the next bytes of the file.
func (d *Digest) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), PieceSize-len(d.piece))
		d.piece, b = append(d.piece, b[:k]...), b[k:]
		if len(d.piece) == PieceSize {
			d.seal()
		}
	}
	return n, nil
}

func (d *Digest) seal() {
	sum := sha256.Sum256(d.piece)
	d.tree, d.piece = append(d.tree, sum[:]...), d.piece[:0]
}

// ID is the digest of all that was written, in hex.
func (d *Digest) ID() string {
	if len(d.piece) > 0 {
		d.seal()
	}
	sum := sha256.Sum256(d.tree)
	return hex.EncodeToString(sum[:])
}
