package export

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook/edc/coding"
	"casebook/odm"
	"casebook/record"
	"casebook/web"
)

// column is one variable of a table.
type column struct {
	oid    string // of the item; a word of our own for what is no item
	name   string // at most 8 of A to Z, 0 to 9 and _, another in each column of a table, as SAS wants
	label  string
	item   *odm.Item // nil for what is no item
	kind   odm.DataType
	length int
	key    bool // one of those by which a row is found again
}

// table is rows of one kind: of an item group, or of what is told beside the values.
type table struct {
	oid, name, label string
	group            bool
	columns          []column
	at               map[string]int // columns by OID
	out              sink
}

// sink takes the rows of a table. A row may be used again after the call.
type sink interface {
	row(cells []string) error
	close() error
}

// tables are all of a cut: one for each item group of any version, then those beside.
type tables struct {
	groups                           map[string]*table
	subjects, blanks, queries, audit *table
	ranges                           *table // nil in a study without reference ranges
	codes                            *table // nil in a study that codes nothing
	unsettled                        *table // nil in a study without forms that are entered twice
	all                              []*table
}

// told is a table of our own, whose columns are "oid NAME", all of them text.
func told(oid, label string, columns ...string) *table {
	t := &table{oid: oid, name: strings.ToUpper(oid), label: label}
	for _, c := range columns {
		oid, name, _ := strings.Cut(c, " ")
		t.columns = append(t.columns, column{oid: oid, name: cmp.Or(name, strings.ToUpper(oid)), label: strings.ReplaceAll(oid, "_", " "), kind: "text"})
	}
	return t
}

// where are the columns by which a row is found again.
var where = []string{"study STUDYID", "site SITEID", "subject SUBJID", "event EVENT", "event_repeat EVENTRPT", "form FORM", "form_repeat FORMRPT"}

func whereOf(b *Casebook, k record.Key) []string {
	return []string{string(k.Study), string(b.Site), string(b.ID), k.Event, k.EventRepeat, k.Form, k.FormRepeat}
}

func (c *Cut) tables() *tables {
	t := &tables{groups: map[string]*table{}}
	taken := map[string]bool{"SUBJECTS": true, "BLANKS": true, "QUERIES": true, "AUDIT": true, "RANGES": true, "CODES": true, "UNSETTLE": true}
	for _, g := range c.groups() {
		set := told(g.OID, "", append(slices.Clone(where), "group_repeat GROUPRPT")...)
		set.name, set.label, set.group = shortName(g.OID, taken), cmp.Or(g.Name, g.OID), true
		names := map[string]bool{}
		for i := range set.columns {
			set.columns[i].key = true
			names[set.columns[i].name] = true
		}
		for _, r := range g.Items {
			set.columns = append(set.columns, c.column(r.OID, names))
		}
		t.groups[g.OID] = set
		t.all = append(t.all, set)
	}
	located := append(slices.Clone(where), "group GROUP", "group_repeat GROUPRPT", "item ITEM")
	t.subjects = told("subjects", "Subjects", "study STUDYID", "site SITEID", "subject SUBJID", "status", "enrolled_at ENROLDTC")
	t.blanks = told("blanks", "Why values are missing", append(slices.Clone(located), "reason")...)
	t.queries = told("queries", "Queries", append(slices.Clone(located), "state", "source", "text", "value", "opened_at OPENDTC", "changed_at CHANGDTC")...)
	t.audit = told("audit", "Audit trail", "index", "at ATDTC", "subject SUBJID", "site SITEID", "what", "ref", "old", "new", "reason", "user USERID", "role",
		"location", "device_at DEVICDTC", "trace")
	t.all = append(t.all, t.subjects, t.blanks, t.queries, t.audit)
	if len(c.ranges) > 0 {
		t.ranges = told("ranges", "Reference ranges of values", append(slices.Clone(located), "value LBORRES", "unit LBORRESU", "low LBORNRLO", "high LBORNRHI", "flag LBNRIND")...)
		t.all = append(t.all, t.ranges)
	}
	if len(c.coded.Items) > 0 {
		t.codes = told("codes", "Terms of dictionaries", append(slices.Clone(located), codeColumns()...)...)
		t.all = append(t.all, t.codes)
	}
	if c.doubled() {
		t.unsettled = told("unsettled", "Forms entered twice whose values are not settled", append(slices.Clone(where), "state", "since SINCEDTC")...)
		t.unsettled.name = "UNSETTLE"
		t.all = append(t.all, t.unsettled)
	}
	for _, set := range t.all {
		set.at = map[string]int{}
		for i, col := range set.columns {
			set.at[col.oid] = i
		}
	}
	return t
}

// codeColumns are coding.Columns with the names that SAS takes: LLT and LLTCD for a level's name and code.
func codeColumns() (all []string) {
	for _, c := range coding.Columns {
		level, last, _ := strings.Cut(c, "_")
		short := strings.ToUpper(level[:min(len(level), 4)])
		switch last {
		case "":
			short = strings.ToUpper(c[:min(len(c), 8)])
		case "code":
			short += "CD"
		case "by", "at":
			short = strings.ToUpper(level + last)
		}
		all = append(all, c+" "+short)
	}
	return all
}

// column describes an item by the newest version that has it. Where versions disagree about its type it is text.
func (c *Cut) column(oid string, taken map[string]bool) column {
	col := column{oid: oid, label: oid, kind: "text"}
	for _, v := range slices.Backward(c.versions) {
		it := v.Index.Item(oid)
		switch {
		case it == nil:
		case col.item == nil:
			col.item, col.kind, col.length = it, it.DataType, it.Length
			col.label = cmp.Or(it.Prompt.In("en"), it.Question.In("en"), it.Name, oid)
		case it.DataType != col.kind || it.Multiple != col.item.Multiple:
			col.kind = "text"
		}
	}
	own := oid
	if col.item != nil {
		if col.item.Multiple || col.item.Open {
			col.kind = "text"
		}
		own = cmp.Or(col.item.SASName, oid)
	}
	col.name = shortName(own, taken)
	return col
}

// shortName makes an OID a name of SAS (at most 8 of A to Z, 0 to 9 and _, no digit first) that is not taken: "IT.SYS" is SYS.
func shortName(oid string, taken map[string]bool) string {
	word := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return -1
	}, strings.ToUpper(oid[strings.LastIndexByte(oid, '.')+1:]))
	if word == "" || word[0] <= '9' {
		word = "_" + word
	}
	name := word[:min(len(word), 8)]
	for n := 2; taken[name]; n++ {
		end := strconv.Itoa(n)
		name = word[:min(len(word), 8-len(end))] + end
	}
	taken[name] = true
	return name
}

// write opens a sink for each table that is wanted, fills them casebook by casebook, and closes them.
func (t *tables) write(ctx context.Context, c *Cut, open func(*table) (sink, error)) (err error) {
	defer func() {
		for _, set := range t.all {
			if set.out != nil {
				err = errors.Join(err, set.out.close())
				set.out = nil
			}
		}
	}()
	for _, set := range t.all {
		if set.out, err = open(set); err != nil {
			return err
		}
	}
	return c.Each(ctx, t.casebook)
}

func (t *table) put(cells ...string) error {
	if t.out == nil {
		return nil
	}
	return t.out.row(cells)
}

func (t *tables) casebook(b *Casebook) error {
	err := t.subjects.put(string(b.Entries[0].Study), string(b.Site), string(b.ID), string(b.Status), at(b.EnrolledAt))
	for _, f := range b.Forms {
		err = errors.Join(err, t.form(b, f))
	}
	for _, q := range b.Queries {
		err = errors.Join(err, t.queries.put(append(whereOf(b, q.Key), q.Group, q.Repeat, q.Item, string(q.State), q.Source, q.Text.In("en"), q.Value, at(q.OpenedAt), at(q.ChangedAt))...))
	}
	for _, u := range b.Unsettled {
		if t.unsettled != nil {
			err = errors.Join(err, t.unsettled.put(append(whereOf(b, u.Key), u.State, at(u.Since))...))
		}
	}
	if t.audit.out == nil {
		return err
	}
	for _, e := range b.Entries {
		err = errors.Join(err, t.audit.put(strconv.FormatInt(e.Index, 10), at(e.At), string(e.Subject), string(e.Site), e.What, e.Ref, e.Old, e.New, e.Reason,
			string(e.Actor), e.Role, e.Location, at(e.DeviceAt), e.Trace))
	}
	return err
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// form writes a row for each instance of a group: the items come by group and repeat.
func (t *tables) form(b *Casebook, f *record.Form) error {
	var err error
	for from := 0; from < len(f.Items); {
		first, to := f.Items[from], from
		set := t.groups[first.Group]
		if set == nil {
			return fmt.Errorf("%s: no version has the group %s", f.Ref(), first.Group)
		}
		cells := make([]string, len(set.columns))
		copy(cells, append(whereOf(b, f.Key), first.Repeat))
		for ; to < len(f.Items) && f.Items[to].Group == first.Group && f.Items[to].Repeat == first.Repeat; to++ {
			k := f.Items[to]
			i, known := set.at[k.Item]
			if !known {
				return fmt.Errorf("%s: no version has %s in the group %s", f.Ref(), k.Item, k.Group)
			}
			cells[i] = k.Value.Value
			if k.Blank != "" {
				err = errors.Join(err, t.blanks.put(append(whereOf(b, f.Key), k.Group, k.Repeat, k.Item, k.Blank)...))
			}
		}
		err = errors.Join(err, set.put(cells...))
		from = to
	}
	for _, n := range b.normal[f.Key] {
		if n.Flag != "" {
			err = errors.Join(err, t.ranges.put(append(whereOf(b, f.Key), n.Group, n.Repeat, n.Item, n.Value, n.Unit, n.Low, n.High, string(n.Flag))...))
		}
	}
	for _, o := range b.coded[f.Key] {
		err = errors.Join(err, t.codes.put(append(append(whereOf(b, f.Key), o.Group, o.Repeat, o.Item), o.Cells("en")...)...))
	}
	return err
}

// measured is how much there is of a table, for formats that say it before the rows.
type measured struct {
	rows    int
	longest []int // bytes, by column
}

func (m *measured) row(cells []string) error {
	m.rows++
	for i, c := range cells {
		m.longest[i] = max(m.longest[i], len(c))
	}
	return nil
}

func (m *measured) close() error { return nil }

// measure reads the cut once.
func (t *tables) measure(ctx context.Context, c *Cut, wanted func(*table) bool) (map[*table]*measured, error) {
	all := map[*table]*measured{}
	err := t.write(ctx, c, func(set *table) (sink, error) {
		if !wanted(set) {
			return nil, nil
		}
		all[set] = &measured{longest: make([]int, len(set.columns))}
		return all[set], nil
	})
	return all, err
}

// sheetBuffer is how much of a sheet is written at once, in bytes.
const sheetBuffer = 64 << 10

// sheet is one CSV file (RFC 4180).
type sheet struct {
	*csv.Writer
	file io.Closer
}

func (s *sheet) row(cells []string) error {
	for i, c := range cells {
		cells[i] = web.Cell(c)
	}
	return s.Write(cells)
}

func (s *sheet) close() error {
	s.Flush()
	return errors.Join(s.Error(), s.file.Close())
}

// head are the names of a table's columns as people know them.
func (t *table) head() (names []string) {
	for _, c := range t.columns {
		names = append(names, c.oid)
	}
	return names
}

// sheets writes a CSV file for each item group, a row for each of its instances; why values are missing in one of its own;
// the subjects, the queries, and the audit trail.
func sheets(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) error {
	return c.tables().write(ctx, c, func(t *table) (sink, error) {
		name := fileName(t.oid) + ".csv"
		if t.group {
			name = "data/" + name
		}
		f, err := create(name)
		if err != nil {
			return nil, err
		}
		s := &sheet{csv.NewWriter(bufio.NewWriterSize(f, sheetBuffer)), f}
		if err := s.row(t.head()); err != nil {
			return nil, errors.Join(err, s.close())
		}
		return s, nil
	})
}

// fileName is an OID as a file may be called.
func fileName(oid string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r == ':' || r < ' ' {
			return '_'
		}
		return r
	}, oid)
}
