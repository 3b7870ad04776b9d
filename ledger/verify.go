package ledger

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"casebook"
	"casebook/store"

	"golang.org/x/mod/sumdb/tlog"
)

// Finding is one thing that is not as it was written, named by its row.
type Finding struct {
	Study casebook.StudyID `json:"study"`
	Table string           `json:"table"`
	Row   string           `json:"row"`
	What  string           `json:"what"`
}

// SignedOther is found where what a signature was put under is another now: at the signature's own entry, whichever was altered.
const SignedOther = "the signature is not over what the ledger held"

// Verification is the outcome of Verify.
type Verification struct {
	Studies     int       `json:"studies"`
	Entries     int64     `json:"entries"`     // with their places
	Waiting     int64     `json:"waiting"`     // committed, their place still to come (PostgreSQL only)
	Checkpoints int       `json:"checkpoints"` // signatures and roots that hold
	Findings    []Finding `json:"findings"`
}

// A Fold takes in one study's entries in order and then compares what they add up to with the current rows of its
// package. It reports what does not agree.
type Fold interface {
	Entry(e *Entry)
	Compare(ctx context.Context, tx *store.Tx) ([]Finding, error)
}

// Verify reads everything and finds every row of the ledger that was altered, swapped, removed or cut off, and every
// current row that the ledger does not explain. dir and public are the published checkpoints and their keys; without
// them a consistent rewrite of the whole ledger cannot be seen.
func Verify(ctx context.Context, db *store.DB, dir string, public Keys, folds func(casebook.StudyID) []Fold) (*Verification, error) {
	v := &Verification{Findings: []Finding{}}
	query := `SELECT study_id FROM ledger_head UNION SELECT study_id FROM ledger_index UNION SELECT study_id FROM ledger_entry UNION SELECT study_id FROM ledger_node`
	if db.Postgres() {
		query += ` UNION SELECT study_id FROM ledger_unsealed`
	}
	var studies []casebook.StudyID
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		studies, err = store.All(ctx, tx, func(r *store.Rows) (id casebook.StudyID, err error) { err = r.Scan(&id); return id, err }, query+` ORDER BY 1`)
		return err
	})
	if err != nil {
		return nil, err
	}
	if public != nil { // a study that is gone altogether still has its checkpoints
		signed, err := published(dir)
		if err != nil {
			return nil, err
		}
		studies = slices.Compact(slices.Sorted(slices.Values(append(studies, signed...))))
	}
	for _, id := range studies {
		c := &checker{v: v, study: id, folds: folds(id)}
		if public != nil {
			points, err := Checkpoints(dir, id, public)
			if err != nil {
				c.found("checkpoints", string(id), err.Error())
			}
			c.points = points
		}
		err := db.View(ctx, func(tx *store.Tx) error { return c.run(ctx, tx, db.Postgres()) })
		if err != nil {
			return nil, fmt.Errorf("verify study %s: %w", id, err)
		}
		v.Studies++
	}
	return v, nil
}

// checker verifies one study.
type checker struct {
	v      *Verification
	study  casebook.StudyID
	folds  []Fold
	points []Checkpoint

	next     int64       // the index that should come now
	edge     []tlog.Hash // the complete subtrees of the leaves so far, largest first
	torn     bool        // a leaf is missing, so the tree cannot be computed any further
	lastSeal int64
	good     int64 // the size of the last checkpoint that agreed
}

func (c *checker) found(table, row, what string) {
	c.v.Findings = append(c.v.Findings, Finding{c.study, table, row, what})
}

// scan reads a row, or names it: SQLite keeps whatever somebody forced into a column.
func (c *checker) scan(r *store.Rows, table, row string, dest ...any) bool {
	err := r.Scan(dest...)
	if err != nil {
		c.found(table, row, "cannot be read: "+err.Error())
	}
	return err == nil
}

// span names the rows from the first to the last.
func span(first, last int64) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d to %d", first, last)
}

func (c *checker) run(ctx context.Context, tx *store.Tx, sequenced bool) error {
	var size, sealed int64
	if err := tx.Each(ctx, func(r *store.Rows) error {
		c.scan(r, "ledger_head", string(c.study), &size, &sealed)
		return nil
	}, `SELECT size, sealed_at FROM ledger_head WHERE study_id = $1`, c.study); err != nil {
		return err
	}
	if err := c.nodes(ctx, tx); err != nil {
		return err
	}
	if err := tx.Each(ctx, c.placed, `SELECT i.idx, i.entry_id, i.leaf, i.sealed_at, CASE WHEN e.entry_id IS NULL THEN 0 ELSE 1 END,
		coalesce(e.subject_id,''), coalesce(e.site_id,''), coalesce(e.what,''), coalesce(e.ref,''), coalesce(e.old,''), coalesce(e.new,''),
		coalesce(e.reason,''), e.salt, coalesce(e.actor,''), coalesce(e.role,''), coalesce(e.location,''), coalesce(e.trace,''),
		coalesce(e.at,0), coalesce(e.device_at,0), coalesce(e.release,0)
		FROM ledger_index i LEFT JOIN ledger_entry e ON e.study_id = i.study_id AND e.subject_id = i.subject_id AND e.entry_id = i.entry_id
		WHERE i.study_id = $1 ORDER BY i.idx`, c.study); err != nil {
		return err
	}
	if size != c.next {
		c.found("ledger_head", string(c.study), fmt.Sprintf("says %d entries, there are %d", size, c.next))
	} else if sealed != c.lastSeal {
		c.found("ledger_head", string(c.study), "its last moment of sealing is not that of the last entry")
	}
	for _, p := range c.points { // those that lie beyond the end
		if p.Size > c.next {
			c.found("ledger_index", span(c.next, p.Size-1), fmt.Sprintf("cut off: a checkpoint of %s signed %d entries", p.At.Format("2006-01-02T15:04:05Z"), p.Size))
		}
	}
	if err := c.unplaced(ctx, tx, sequenced); err != nil {
		return err
	}
	for _, f := range c.folds {
		findings, err := f.Compare(ctx, tx)
		if err != nil {
			return err
		}
		c.v.Findings = append(c.v.Findings, findings...)
	}
	return nil
}

func (c *checker) placed(r *store.Rows) error {
	e := Entry{Study: c.study}
	var stored []byte
	var sealed, there, at, device int64
	if !c.scan(r, "ledger_index", fmt.Sprint(c.next), &e.Index, &e.ID, &stored, &sealed, &there, &e.Subject, &e.Site, &e.What, &e.Ref,
		&e.Old, &e.New, &e.Reason, &e.salt, &e.Actor, &e.Role, &e.Location, &e.Trace, &at, &device, &e.Release) {
		c.torn = true
		c.next++
		return nil
	}
	e.At, e.DeviceAt, e.SealedAt = store.Time(at), store.Time(device), store.Time(sealed)
	row := fmt.Sprint(e.Index)
	if e.Index < 0 {
		c.found("ledger_index", row, "no such place")
		return nil
	}
	if e.Index > c.next {
		c.found("ledger_index", span(c.next, e.Index-1), "removed")
		c.torn = true
		c.next = e.Index
	}
	if sealed < c.lastSeal {
		c.found("ledger_index", row, "its moment of sealing goes back")
	}
	c.lastSeal = sealed
	var h tlog.Hash
	copy(h[:], stored)
	switch {
	case there == 0:
		c.found("ledger_entry", e.ID, "removed or renamed: the entry of index "+row+" is not there")
	default:
		d := e.digest()
		if want := leaf(d[:], e.Index, sealed); !bytes.Equal(want[:], stored) || at != store.Micros(e.At) || device != store.Micros(e.DeviceAt) {
			c.found("ledger_entry", e.ID, "altered or moved: the entry of index "+row+" does not give its leaf")
		}
	}
	c.push(h)
	c.next++
	c.v.Entries++
	c.checkpoint()
	for _, f := range c.folds {
		f.Entry(&e)
	}
	return nil
}

// push adds a leaf to the edge of the tree: equal neighbours join, as in RFC 6962, section 2.1.
func (c *checker) push(h tlog.Hash) {
	if c.torn {
		return
	}
	for n := c.next; n&1 == 1; n >>= 1 {
		last := len(c.edge) - 1
		h = tlog.NodeHash(c.edge[last], h)
		c.edge = c.edge[:last]
	}
	c.edge = append(c.edge, h)
}

func (c *checker) root() tlog.Hash {
	h := c.edge[len(c.edge)-1]
	for i := len(c.edge) - 2; i >= 0; i-- {
		h = tlog.NodeHash(c.edge[i], h)
	}
	return h
}

// checkpoint compares the tree so far with what was signed for its size.
func (c *checker) checkpoint() {
	for len(c.points) > 0 && c.points[0].Size <= c.next {
		p := c.points[0]
		c.points = c.points[1:]
		if c.torn {
			continue // what is missing is already among the findings
		}
		if p.Root != c.root() {
			c.found("ledger_index", span(min(c.good, p.Size-1), p.Size-1), "rewritten: the tree is not the one that was signed at "+p.At.Format("2006-01-02T15:04:05Z"))
		} else {
			c.v.Checkpoints++
		}
		c.good = p.Size
	}
}

// nodes checks the stored nodes against the leaves and nodes beneath them, and that none is missing.
func (c *checker) nodes(ctx context.Context, tx *store.Tx) error {
	type node struct {
		level, n int64
		hash     []byte
	}
	var all []node
	err := tx.Each(ctx, func(r *store.Rows) error {
		var n node
		if c.scan(r, "ledger_node", fmt.Sprintf("number %d", len(all)), &n.level, &n.n, &n.hash) {
			all = append(all, n)
		}
		return nil
	}, `SELECT level, n, hash FROM ledger_node WHERE study_id = $1 ORDER BY level, n`, c.study)
	if err != nil {
		return err
	}
	t := tree{ctx, tx, c.study}
	next := map[int64]int64{} // the node that should come now, by level
	for _, n := range all {
		row := fmt.Sprintf("level %d, node %d", n.level, n.n)
		if n.level < tileHeight || n.level%tileHeight != 0 || n.level > 56 || n.n < 0 || n.n > math.MaxInt64>>n.level {
			c.found("ledger_node", row, "no such node")
			continue
		}
		c.nodesMissing(n.level, next[n.level], n.n)
		next[n.level] = n.n + 1
		below, err := t.row(int(n.level)-tileHeight, n.n<<tileHeight, 1<<tileHeight)
		if err != nil {
			c.found("ledger_node", row, "what it stands on is not all there: "+err.Error())
			continue
		}
		if h := reduce(below); !bytes.Equal(h[:], n.hash) {
			c.found("ledger_node", row, "is not the hash of what it stands on")
		}
	}
	c.nodesToTheEnd(next)
	return nil
}

// nodesToTheEnd looks for nodes cut off at the end of their level: they grow before a checkpoint is signed, and every
// level grows with the one below.
func (c *checker) nodesToTheEnd(next map[int64]int64) {
	var full int64
	if len(c.points) > 0 {
		full = c.points[len(c.points)-1].Size >> tileHeight
	}
	for level := int64(tileHeight); full > 0; level += tileHeight {
		c.nodesMissing(level, next[level], full)
		full = max(full, next[level]) >> tileHeight
	}
}

func (c *checker) nodesMissing(level, from, to int64) {
	if from < to {
		c.found("ledger_node", fmt.Sprintf("level %d, node %s", level, span(from, to-1)), "removed")
	}
}

// unplaced looks at entries without a place: on PostgreSQL they wait for the sequencer, elsewhere they are strangers.
func (c *checker) unplaced(ctx context.Context, tx *store.Tx, sequenced bool) error {
	waiting := map[string][]byte{}
	turn := map[string]int{} // the order in which they will be placed, and in which they make sense
	var unplaced []Entry
	if sequenced {
		err := tx.Each(ctx, func(r *store.Rows) error {
			var id string
			var digest []byte
			err := r.Scan(&id, &digest)
			waiting[id], turn[id] = digest, len(turn)
			return err
		}, `SELECT entry_id, digest FROM ledger_unsealed WHERE study_id = $1 ORDER BY seq`, c.study)
		if err != nil {
			return err
		}
	}
	scanner := newEntryScanner()
	err := tx.Each(ctx, func(r *store.Rows) error {
		e, err := scanner.scan(r)
		if err != nil {
			c.found("ledger_entry", e.ID, "cannot be read: "+err.Error())
			return nil
		}
		d := e.digest()
		switch stored, ok := waiting[e.ID]; {
		case !ok:
			c.found("ledger_entry", e.ID, "put in or renamed: it has no place in the order")
		case !bytes.Equal(stored, d[:]):
			c.found("ledger_entry", e.ID, "altered while it waits for its place")
		default:
			c.v.Waiting++
			unplaced = append(unplaced, e)
		}
		delete(waiting, e.ID)
		return nil
	}, `SELECT `+entryColumns+` FROM ledger_entry e LEFT JOIN ledger_index i ON i.study_id = e.study_id AND i.entry_id = e.entry_id AND i.subject_id = e.subject_id
		WHERE e.study_id = $1 AND i.idx IS NULL ORDER BY e.at, e.entry_id`, c.study)
	slices.SortFunc(unplaced, func(a, b Entry) int { return turn[a.ID] - turn[b.ID] })
	for i := range unplaced {
		for _, f := range c.folds {
			f.Entry(&unplaced[i])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(waiting)) {
		c.found("ledger_unsealed", id, "waits for an entry that is not there")
	}
	return err
}
