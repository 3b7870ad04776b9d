package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tileHeight levels of the tree are computed from their lowest; only every eighth level is stored.
const tileHeight = 8

// tree reads hashes of one study's tree from the rows: level 0 are the leaves in ledger_index, levels 8, 16, … stand in
// ledger_node, and those between are computed.
type tree struct {
	ctx   context.Context
	tx    *store.Tx
	study casebook.StudyID
}

// ReadHashes implements tlog.HashReader.
func (t tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		h, err := t.hash(level, n)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
	}
	return hashes, nil
}

func (t tree) hash(level int, n int64) (tlog.Hash, error) {
	base := level - level%tileHeight
	width := int64(1) << (level - base)
	row, err := t.row(base, n*width, width)
	if err != nil {
		return tlog.Hash{}, err
	}
	return reduce(row), nil
}

// row reads count hashes of level 0, 8, 16, …, from the n-th on. A node that is not stored, since nodes are stored when
// a checkpoint is published, is computed from those below.
func (t tree) row(level int, n, count int64) ([]tlog.Hash, error) {
	query, args := `SELECT idx, leaf FROM ledger_index WHERE study_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`, []any{t.study, n, n + count}
	if level > 0 {
		query = `SELECT n, hash FROM ledger_node WHERE study_id = $1 AND n >= $2 AND n < $3 AND level = $4 ORDER BY n`
		args = append(args, level)
	}
	row, there := make([]tlog.Hash, count), make([]bool, count)
	var at int64
	var hash []byte
	into := []any{&at, &hash}
	err := t.tx.Each(t.ctx, func(r *store.Rows) error {
		if err := r.Scan(into...); err != nil {
			return err
		}
		if len(hash) != len(row[at-n]) {
			return fmt.Errorf("ledger: a hash of %d bytes", len(hash))
		}
		copy(row[at-n][:], hash)
		there[at-n] = true
		return nil
	}, query, args...)
	for i := range row {
		if err != nil {
			return nil, err
		}
		if !there[i] {
			row[i], err = t.absent(level, n+int64(i))
		}
	}
	return row, err
}

// absent computes the n-th hash of a stored level that has no row.
func (t tree) absent(level int, n int64) (tlog.Hash, error) {
	if level == 0 {
		return tlog.Hash{}, fmt.Errorf("ledger: study %s has no entry at index %d", t.study, n)
	}
	below, err := t.row(level-tileHeight, n<<tileHeight, 1<<tileHeight)
	if err != nil {
		return tlog.Hash{}, err
	}
	return reduce(below), nil
}

// reduce is the hash over a complete row of 2^k hashes.
func reduce(row []tlog.Hash) tlog.Hash {
	for len(row) > 1 {
		for i := range len(row) / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

var insertNode = store.NewInsert("ledger_node", "study_id text, level bigint, n bigint, hash bytea", "ON CONFLICT (study_id, level, n) DO NOTHING", "")

// grow stores the nodes that became complete. Doing it twice does nothing.
func (t tree) grow(size int64) error {
	for level, below := tileHeight, size; below>>tileHeight > 0; level += tileHeight {
		below >>= tileHeight
		var have int64
		if err := t.tx.Row(t.ctx, `SELECT coalesce(max(n) + 1, 0) FROM ledger_node WHERE study_id = $1 AND level = $2`, t.study, level).Scan(&have); err != nil {
			return err
		}
		for n := have; n < below; n++ {
			row, err := t.row(level-tileHeight, n<<tileHeight, 1<<tileHeight)
			if err != nil {
				return err
			}
			h := reduce(row)
			if _, err := t.tx.InsertAll(t.ctx, insertNode, []string{string(t.study)}, []int64{int64(level)}, []int64{n}, [][]byte{h[:]}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Checkpoint is what a signed checkpoint says: the study's tree had this root at this size.
type Checkpoint struct {
	Study casebook.StudyID
	Size  int64
	Root  tlog.Hash
	At    time.Time
}

// text is the checkpoint's body: origin, size and root (C2SP tlog-checkpoint), and the time as an extension line.
func (c Checkpoint) text() string {
	return fmt.Sprintf("casebook/%s\n%d\n%s\ntime %s\n", c.Study, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.At.UTC().Format(time.RFC3339Nano))
}

func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 {
		return c, errors.New("ledger: a checkpoint of too few lines")
	}
	study, ok := strings.CutPrefix(lines[0], "casebook/")
	root, err1 := base64.StdEncoding.DecodeString(lines[2])
	size, err2 := strconv.ParseInt(lines[1], 10, 64)
	at, err3 := time.Parse("time "+time.RFC3339Nano, lines[3])
	if err := errors.Join(err1, err2, err3); err != nil || !ok || len(root) != len(c.Root) {
		return c, fmt.Errorf("ledger: a checkpoint cannot be read: %w", err)
	}
	return Checkpoint{Study: casebook.StudyID(study), Size: size, Root: tlog.Hash(root), At: at}, nil
}

// publish writes a signed checkpoint for every study that grew, at most Every after it did.
func (l *Ledger) publish(ctx context.Context) error {
	tick := time.NewTicker(l.o.Every)
	defer tick.Stop()
	for {
		grew := l.anyGrown() // taken before looking, so that nothing grows unseen in between
		if err := l.PublishAll(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "checkpoints are not published and will be tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			// The last state is worth a checkpoint too.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return errors.Join(ctx.Err(), l.PublishAll(last))
		}
		select {
		case <-grew:
		case <-tick.C: // another process may have grown it
		case <-ctx.Done():
		}
	}
}

// PublishAll publishes a checkpoint of every study that grew since its last one.
func (l *Ledger) PublishAll(ctx context.Context) error {
	type head struct {
		study casebook.StudyID
		size  int64
	}
	var heads []head
	err := l.db.View(ctx, func(tx *store.Tx) (err error) {
		heads, err = store.All(ctx, tx, func(r *store.Rows) (h head, err error) { err = r.Scan(&h.study, &h.size); return h, err },
			`SELECT study_id, size FROM ledger_head ORDER BY study_id`)
		return err
	})
	for _, h := range heads {
		if err != nil {
			break
		}
		l.mu.Lock()
		known := l.heads[h.study]
		l.mu.Unlock()
		if h.size > known {
			err = l.publishOne(ctx, h.study)
		}
	}
	return err
}

func (l *Ledger) publishOne(ctx context.Context, study casebook.StudyID) error {
	c := Checkpoint{Study: study}
	err := l.db.Update(ctx, func(tx *store.Tx) (err error) {
		if c.Size, err = Size(ctx, tx, study); err != nil {
			return err
		}
		c.At = tx.Now
		return tree{ctx, tx, study}.grow(c.Size)
	})
	if err != nil {
		return err
	}
	err = l.db.View(ctx, func(tx *store.Tx) (err error) {
		c.Root, err = tlog.TreeHash(c.Size, tree{ctx, tx, study})
		return err
	})
	if err != nil {
		return err
	}
	signer, err := l.o.Signer()
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return err
	}
	if err := appendCheckpoint(l.o.Publish, study, signed); err != nil {
		return err
	}
	l.mu.Lock()
	l.heads[study] = c.Size
	l.mu.Unlock()
	return nil
}

type checkpointLine struct {
	Checkpoint string `json:"checkpoint"`
}

// lineStart is how a line of a checkpoint file begins. It cannot stand inside one, where its quotes are escaped.
const lineStart = `{"checkpoint":`

const checkpointSuffix = ".checkpoints"

func checkpointFile(dir string, study casebook.StudyID) string {
	return filepath.Join(dir, url.PathEscape(string(study))+checkpointSuffix)
}

// published lists the studies that have checkpoints in dir.
func published(dir string) (studies []casebook.StudyID, err error) {
	files, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, f := range files {
		escaped, ok := strings.CutSuffix(f.Name(), checkpointSuffix)
		if id, err := url.PathUnescape(escaped); ok && err == nil {
			studies = append(studies, casebook.StudyID(id))
		}
	}
	return studies, err
}

func appendCheckpoint(dir string, study casebook.StudyID, signed []byte) error {
	line, err := json.Marshal(checkpointLine{string(signed)})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(checkpointFile(dir, study), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Checkpoints reads the published checkpoints of a study, smallest first. Lines that cannot be read, that no key of public
// signed, or that a key signed after the one that follows it, are named in the error; the others are returned with it. What a crash left of a line, at the end of the
// file or before the line that was written next, is passed over.
func Checkpoints(dir string, study casebook.StudyID, public Keys) ([]Checkpoint, error) {
	f, err := os.Open(checkpointFile(dir, study))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []Checkpoint
	var bad []error
	signs := 0 // the place of the key that signs by now
	for r, n := bufio.NewReader(f), 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		c, by, err := openCheckpoint(line[max(0, bytes.LastIndex(line, []byte(lineStart))):], public)
		if err == nil && by < signs {
			err = fmt.Errorf("signed with key %08x, which another had followed", public[by].KeyHash())
		}
		if err == nil && c.Study != study {
			err = fmt.Errorf("a checkpoint of study %s", c.Study)
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("%s, line %d: %w", filepath.Base(f.Name()), n, err))
			continue
		}
		all, signs = append(all, c), by
	}
	slices.SortStableFunc(all, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	return all, errors.Join(bad...)
}

// openCheckpoint reads a line, and tells the place of the key that signed it.
func openCheckpoint(line []byte, public Keys) (c Checkpoint, by int, err error) {
	var l checkpointLine
	if err := json.Unmarshal(line, &l); err != nil {
		return c, 0, err
	}
	n, err := note.Open([]byte(l.Checkpoint), note.VerifierList(public...))
	if err != nil {
		return c, 0, err
	}
	c, err = parseCheckpoint(n.Text)
	return c, public.who(n), err
}

// Head is the size of the study's order and the root of the tree over it, in hex: what a checkpoint of this moment
// would sign. A signature is bound to it.
func Head(ctx context.Context, tx *store.Tx, study casebook.StudyID) (size int64, root string, err error) {
	if size, err = Size(ctx, tx, study); err != nil || size == 0 {
		return size, "", err
	}
	h, err := tlog.TreeHash(size, tree{ctx, tx, study})
	return size, hex.EncodeToString(h[:]), err
}
