package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"
	"casebook/store/storetest"

	"golang.org/x/mod/sumdb/tlog"
)

// size of the ledger that is tampered with: two stored nodes, and leaves beyond them.
const size = 600

// seed makes the choice of rows and bytes repeatable; it is in every failure.
const seed = 20260110

// table is one of the ledger's tables as an intruder sees it.
type table struct {
	name  string
	key   []string // its primary key, study_id first
	other []string
	rows  int // of study S1
}

var ledgerTables = []table{
	{"ledger_entry", []string{"study_id", "subject_id", "entry_id"},
		[]string{"site_id", "what", "ref", "old", "new", "reason", "salt", "actor", "role", "location", "trace", "at", "device_at", "release"}, size},
	{"ledger_index", []string{"study_id", "idx"}, []string{"subject_id", "entry_id", "leaf", "sealed_at"}, size},
	{"ledger_node", []string{"study_id", "level", "n"}, []string{"hash"}, 2},
	{"ledger_head", []string{"study_id"}, []string{"size", "sealed_at"}, 1},
}

func (tb table) columns() []string { return slices.Concat(tb.key, tb.other) }

// tampered is a published ledger with a copy of its rows, from which each test of an intrusion starts again.
func tampered(t *testing.T, h *house) *rand.Rand {
	t.Helper()
	for range size / 50 {
		h.record("S1", 50)
		h.clock.Add(time.Minute)
	}
	h.record("S2", 3)
	h.record(casebook.Platform, 2)
	h.publish()
	for _, tb := range ledgerTables {
		h.sql("CREATE TABLE copy_of_" + tb.name + " AS SELECT * FROM " + tb.name)
	}
	h.clean()
	return rand.New(rand.NewPCG(seed, 0))
}

func (h *house) restore(tables ...string) {
	h.t.Helper()
	err := h.db.Update(h.ctx, func(tx *store.Tx) error {
		for _, name := range tables {
			_, err1 := tx.Exec(h.ctx, "DELETE FROM "+name)
			_, err2 := tx.Exec(h.ctx, "INSERT INTO "+name+" SELECT * FROM copy_of_"+name)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// row reads the k-th row of study S1.
func (h *house) row(tb table, k int) (values map[string]any) {
	h.t.Helper()
	columns := tb.columns()
	h.view(func(tx *store.Tx) error {
		cells := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		err := tx.Row(h.ctx, fmt.Sprintf("SELECT %s FROM %s WHERE study_id = 'S1' ORDER BY %s LIMIT 1 OFFSET %d",
			strings.Join(columns, ","), tb.name, strings.Join(tb.key, ","), k)).Scan(into...)
		values = map[string]any{}
		for i, c := range columns {
			values[c] = cells[i]
		}
		return err
	})
	return values
}

// update sets one column of one row.
func (h *house) update(tb table, row map[string]any, column string, value any) {
	h.t.Helper()
	args := []any{value}
	var where []string
	for _, k := range tb.key {
		args = append(args, row[k])
		where = append(where, fmt.Sprintf("%s = $%d", k, len(args)))
	}
	h.sql(fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s", tb.name, column, strings.Join(where, " AND ")), args...)
}

// flip changes one byte, character or bit of a value.
func flip(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case int64:
		return v ^ 1<<(10+r.IntN(30)) // beyond the numbers in use, which a unique key would refuse
	case []byte:
		c := bytes.Clone(v)
		c[r.IntN(len(c))] ^= 1 << r.IntN(8)
		return c
	case string:
		if v == "" {
			return "x"
		}
		c := []byte(v)
		c[r.IntN(len(c))] ^= 1 // stays ASCII, never NUL for the texts here
		return string(c)
	}
	panic(fmt.Sprintf("a column of type %T", v))
}

// names reports whether a finding names the row: an entry by its id, a place by its index or a span of indexes.
func names(f ledger.Finding, tb table, row map[string]any) bool {
	switch tb.name {
	case "ledger_entry":
		return f.Table == "ledger_entry" && f.Row == row["entry_id"]
	case "ledger_index":
		return f.Table == "ledger_entry" && f.Row == row["entry_id"] || f.Table == "ledger_index" && within(f.Row, row["idx"].(int64))
	case "ledger_node":
		var low, high int64
		level, span, _ := strings.Cut(f.Row, ", node ")
		if n, _ := fmt.Sscanf(span, "%d to %d", &low, &high); n == 1 {
			high = low
		}
		n := row["n"].(int64)
		return f.Table == "ledger_node" && level == fmt.Sprint("level ", row["level"]) && low <= n && n <= high
	}
	return f.Table == tb.name && f.Row == row["study_id"]
}

func within(span string, idx int64) bool {
	var low, high int64
	if n, _ := fmt.Sscanf(span, "%d to %d", &low, &high); n == 1 {
		high = low
	}
	return low <= idx && idx <= high
}

// expect fails the test unless some finding names each of the rows.
func (h *house) expect(what string, tb table, rows ...map[string]any) {
	h.t.Helper()
	v := h.verify()
	for _, row := range rows {
		if !slices.ContainsFunc(v.Findings, func(f ledger.Finding) bool { return names(f, tb, row) }) {
			h.t.Errorf("seed %d: %s of %v in %s is not named; findings: %+v", seed, what, row, tb.name, v.Findings)
		}
	}
}

// One changed byte in any column of any row is found and named. After each restoration nothing is found.
func TestEveryFlippedByteIsNamed(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		r := tampered(t, h)
		flips, each := 0, 4
		if testing.Short() {
			each = 1
		}
		for _, tb := range ledgerTables {
			for _, column := range tb.columns() {
				if column == "study_id" && strings.HasSuffix(t.Name(), "/citus") {
					continue // there a row cannot be given to another study
				}
				for range min(each, tb.rows) {
					row := h.row(tb, r.IntN(tb.rows))
					h.update(tb, row, column, flip(r, row[column]))
					h.expect("a flip in "+column, tb, row)
					h.restore(tb.name)
					flips++
				}
			}
			h.clean()
		}
		t.Logf("%d flips, each named", flips)
	})
}

// A row swapped with another, removed, put in, cut off, or given another number is found and named.
func TestEveryMovedRowIsNamed(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		r := tampered(t, h)
		entry, index, node, head := ledgerTables[0], ledgerTables[1], ledgerTables[2], ledgerTables[3]
		two := func(tb table) (a, b map[string]any) {
			k := r.IntN(tb.rows - 1)
			return h.row(tb, k), h.row(tb, k+1+r.IntN(tb.rows-k-1))
		}
		swap := func(tb table, a, b map[string]any, columns ...string) {
			for _, c := range columns {
				h.update(tb, a, c, b[c])
				h.update(tb, b, c, a[c])
			}
		}

		for range 5 {
			a, b := two(entry)
			swap(entry, a, b, "ref", "salt")
			h.expect("a swap of contents", entry, a, b)
			h.restore("ledger_entry")

			a, b = two(index) // the rows change places, each with its own leaf
			h.update(index, a, "idx", int64(1<<40))
			h.update(index, b, "idx", a["idx"])
			h.update(index, map[string]any{"study_id": "S1", "idx": int64(1 << 40)}, "idx", b["idx"])
			h.expect("a swap of places", index, a, b)
			h.restore("ledger_index")
		}
		a, b := two(node)
		swap(node, a, b, "hash")
		h.expect("a swap of nodes", node, a, b)
		h.restore("ledger_node")
		h.clean()

		for _, tb := range ledgerTables {
			row := h.row(tb, r.IntN(tb.rows))
			args := []any{}
			var where []string
			for i, k := range tb.key {
				args, where = append(args, row[k]), append(where, fmt.Sprintf("%s = $%d", k, i+1))
			}
			h.sql("DELETE FROM "+tb.name+" WHERE "+strings.Join(where, " AND "), args...)
			h.expect("a removal", tb, row)
			h.restore(tb.name)
		}
		h.clean()

		for _, tb := range ledgerTables {
			row := h.row(tb, tb.rows-1)
			stranger := map[string]any{"study_id": "S1", "subject_id": row["subject_id"], "entry_id": "stranger", "idx": int64(size), "level": int64(8), "n": int64(2)}
			if tb.name == head.name {
				stranger["study_id"] = "S9"
			}
			var list, marks []string
			var args []any
			for i, c := range tb.columns() {
				value, ok := stranger[c]
				if !ok {
					value = row[c]
				}
				list, marks, args = append(list, c), append(marks, fmt.Sprintf("$%d", i+1)), append(args, value)
			}
			h.sql(fmt.Sprintf("INSERT INTO %s(%s) VALUES(%s)", tb.name, strings.Join(list, ","), strings.Join(marks, ",")), args...)
			h.expect("a stranger", tb, stranger)
			h.restore(tb.name)
		}
		h.clean()
	})
}

// all is the ledger of one study.
var all = []string{"ledger_entry", "ledger_index", "ledger_node", "ledger_head"}

// What leaves every table in agreement with the others is what the published checkpoints are for: each case is found
// with them, and the control, a verifier without them, sees nothing.
func TestConsistentChangesAreFoundByTheCheckpoints(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		tampered(t, h)
		last := h.read("S1")[589].SealedAt
		cases := []struct {
			name    string
			intrude func()
			row     string
		}{
			{"the end is cut off", func() {
				h.sql(`DELETE FROM ledger_entry WHERE study_id = 'S1' AND entry_id IN (SELECT entry_id FROM ledger_index WHERE study_id = 'S1' AND idx >= 590)`)
				h.sql(`DELETE FROM ledger_index WHERE study_id = 'S1' AND idx >= 590`)
				h.sql(`UPDATE ledger_head SET size = 590, sealed_at = $1 WHERE study_id = 'S1'`, store.Micros(last))
			}, "590 to 599"},
			{"an entry is rewritten with its leaf and node", func() { h.rewrite(100, `{"made":"never"}`) }, "0 to 599"},
			{"a whole study is gone", func() {
				for _, name := range all {
					h.sql("DELETE FROM " + name + " WHERE study_id = 'S1'")
				}
			}, "0 to 599"},
		}
		for _, c := range cases {
			c.intrude()
			if v := h.verifyWith(nil); len(v.Findings) > 0 {
				t.Errorf("%s: the control was to see nothing, it found %+v", c.name, v.Findings)
			}
			v := h.verify()
			if !slices.ContainsFunc(v.Findings, func(f ledger.Finding) bool { return f.Study == "S1" && f.Table == "ledger_index" && f.Row == c.row }) {
				t.Errorf("%s: not found at %s: %+v", c.name, c.row, v.Findings)
			}
			h.restore(all...)
			h.clean()
		}
	})
}

// rewrite does what an intruder with the database's password and the source code can: a new value, and every hash in
// the database made to fit it.
func (h *house) rewrite(index int, value string) {
	h.t.Helper()
	entries := h.read("S1")
	e := &entries[index]
	e.New = value
	h.sql(`UPDATE ledger_entry SET new = $1 WHERE study_id = 'S1' AND entry_id = $2`, value, e.ID)
	h.sql(`UPDATE ledger_index SET leaf = $1 WHERE study_id = 'S1' AND idx = $2`, ledger.Leaf(e), int64(index))
	n := index / 256
	leaves := make([]tlog.Hash, 256)
	for i := range leaves {
		leaves[i] = tlog.Hash(ledger.Leaf(&entries[n*256+i]))
	}
	root := ledger.Reduce(leaves)
	h.sql(`UPDATE ledger_node SET hash = $1 WHERE study_id = 'S1' AND level = 8 AND n = $2`, root[:], int64(n))
}

// Checkpoints close together locate a consistent rewrite between two of them.
func TestARewriteIsLocatedBetweenTwoCheckpoints(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		for range 6 {
			h.record("S1", 50)
			h.publish()
		}
		h.rewrite(120, `{"made":"never"}`)
		v := h.verify()
		if len(v.Findings) == 0 || v.Findings[0].Row != "100 to 149" || v.Checkpoints != 2 {
			t.Errorf("got %+v, want the first finding at 100 to 149 and two checkpoints that hold", v)
		}
	})
}

// Numbers that no ledger gives, and what SQLite lets somebody force into a column, are findings and not failures.
func TestImpossibleRowsAreFindings(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		tampered(t, h)
		place := h.row(ledgerTables[1], 42)
		forced := [][2]string{
			{`UPDATE ledger_index SET idx = -7 WHERE study_id = 'S1' AND idx = 42`, "-7"},
			{`UPDATE ledger_index SET idx = -7 WHERE study_id = 'S1' AND idx = 42`, "42"},
			{`UPDATE ledger_index SET idx = 4611686018427387904 WHERE study_id = 'S1' AND idx = 42`, "42"},
			{`UPDATE ledger_node SET level = 9 WHERE study_id = 'S1' AND n = 1`, "level 9, node 1"},
			{`UPDATE ledger_node SET n = 9223372036854775807 WHERE study_id = 'S1' AND n = 1`, "level 8, node 9223372036854775807"},
		}
		if !h.db.Postgres() {
			forced = append(forced, [][2]string{
				{`UPDATE ledger_index SET sealed_at = 'noon' WHERE study_id = 'S1' AND idx = 42`, "42"},
				{`UPDATE ledger_index SET idx = 'forty-two' WHERE study_id = 'S1' AND idx = 42`, "42"},
				{`UPDATE ledger_entry SET at = 1.5 WHERE study_id = 'S1' AND entry_id = '` + place["entry_id"].(string) + `'`, "42"},
				{`UPDATE ledger_head SET size = 'many' WHERE study_id = 'S1'`, "S1"},
				{`UPDATE ledger_node SET n = 'one' WHERE study_id = 'S1' AND n = 1`, "level 8, node 1"},
			}...)
		}
		for _, f := range forced {
			h.sql(f[0])
			v := h.verify()
			if !slices.ContainsFunc(v.Findings, func(g ledger.Finding) bool { return g.Row == f[1] }) {
				t.Errorf("%s: %s is not named in %+v", f[0], f[1], v.Findings)
			}
			if len(v.Findings) > 20 {
				t.Errorf("%s: %d findings about one row", f[0], len(v.Findings))
			}
			h.restore(all...)
		}
		h.clean()
	})
}

// Entries that wait for their place are watched too.
func TestTheWaitingAreWatched(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.DSN(t, "postgres"))
	wait := func(study casebook.StudyID) (id string) {
		err := h.l.Write(h.ctx, study, func(w *ledger.Writer) error {
			id = w.Record(h.ctx, ledger.Entry{What: "bed.made"})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	altered, digest, removed, orphan := wait("W1"), wait("W2"), wait("W3"), wait("W4")
	h.clean()
	h.sql(`UPDATE ledger_entry SET new = 'x' WHERE study_id = 'W1'`)
	h.sql(`UPDATE ledger_unsealed SET digest = '\x00' WHERE study_id = 'W2'`)
	h.sql(`DELETE FROM ledger_unsealed WHERE study_id = 'W3'`)
	h.sql(`DELETE FROM ledger_entry WHERE study_id = 'W4'`)
	v := h.verify()
	for study, id := range map[casebook.StudyID]string{"W1": altered, "W2": digest, "W3": removed, "W4": orphan} {
		if !slices.ContainsFunc(v.Findings, func(f ledger.Finding) bool { return f.Study == study && f.Row == id }) {
			t.Errorf("entry %s of %s is not named in %+v", id, study, v.Findings)
		}
	}
}

// A ledger that is written, placed, published and followed while it is verified raises no false alarm.
func TestNoFalseAlarmUnderLoad(t *testing.T) {
	both(t, func(t *testing.T, h *house) {
		ctx, stop := context.WithCancel(h.ctx)
		var running, writers sync.WaitGroup
		running.Go(func() { h.l.Run(ctx) })
		written := make(chan struct{})
		for writer := range 4 {
			writers.Go(func() {
				for i := range 50 {
					h.clock.Add(time.Millisecond)
					err := h.l.Write(ctx, casebook.StudyID(fmt.Sprint("S", writer%2)), func(w *ledger.Writer) error {
						for range 1 + i%20 {
							w.Record(ctx, ledger.Entry{What: "bed.made", Ref: fmt.Sprint(i)})
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Go(func() { writers.Wait(); close(written) })
		rounds := 0
		for open := true; open; rounds++ {
			select {
			case <-written:
				open = false
			default:
			}
			if v := h.verify(); len(v.Findings) > 0 {
				t.Errorf("false alarm: %+v", v.Findings)
			}
		}
		stop()
		running.Wait()
		last := h.verify()
		if last.Entries+last.Waiting != 4*(50/20*210+55) || len(last.Findings) > 0 {
			t.Errorf("at the end: %+v", last)
		}
		t.Logf("%d rounds; at the end %d entries, %d checkpoints, %d waiting", rounds, last.Entries, last.Checkpoints, last.Waiting)
	})
}
