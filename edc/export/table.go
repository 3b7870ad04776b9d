package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"casebook/odm"
	"casebook/record"

	"github.com/go-json-experiment/json"
)

// Cell is a text that no spreadsheet takes for a formula: what begins like one, and is no number, gets an apostrophe
// before it (OWASP, CSV injection).
func Cell(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && text[0] != '=' {
		return text
	}
	return "'" + text
}

// sheet is one CSV file (RFC 4180).
type sheet struct {
	*csv.Writer
	file io.Closer
}

func (s *sheet) row(cells ...string) error {
	for i, c := range cells {
		cells[i] = Cell(c)
	}
	return s.Write(cells)
}

func (s *sheet) close() error {
	s.Flush()
	return errors.Join(s.Error(), s.file.Close())
}

// where are the columns by which a row is found again.
var where = []string{"study", "site", "subject", "event", "event_repeat", "form", "form_repeat"}

func whereOf(b *Casebook, k record.Key) []string {
	return []string{string(k.Study), string(b.Site), string(b.ID), k.Event, k.EventRepeat, k.Form, k.FormRepeat}
}

// tables writes a file for each item group, a row for each of its instances; why values are missing in one of its own; the
// subjects, the queries, and the audit trail.
func tables(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) (err error) {
	open := func(name string, head ...string) (*sheet, error) {
		f, err := create(name + ".csv")
		if err != nil {
			return nil, err
		}
		s := &sheet{csv.NewWriter(f), f}
		return s, s.row(head...)
	}
	var all []*sheet
	defer func() {
		for _, s := range all {
			err = errors.Join(err, s.close())
		}
	}()
	made := func(name string, head ...string) (*sheet, error) {
		s, err := open(name, head...)
		if s != nil {
			all = append(all, s)
		}
		return s, err
	}
	t := &tabling{groups: c.groups(), sheets: map[string]*sheet{}}
	for _, g := range t.groups {
		head := append(append([]string{}, where...), "group_repeat")
		for _, r := range g.Items {
			head = append(head, r.OID)
		}
		if t.sheets[g.OID], err = made("data/"+fileName(g.OID), head...); err != nil {
			return err
		}
	}
	if t.subjects, err = made("subjects", "study", "site", "subject", "status", "enrolled_at"); err != nil {
		return err
	}
	if t.blanks, err = made("blanks", append(append([]string{}, where...), "group", "group_repeat", "item", "reason")...); err != nil {
		return err
	}
	if t.queries, err = made("queries", append(append([]string{}, where...), "group", "group_repeat", "item", "state", "source", "text", "value", "opened_at", "changed_at")...); err != nil {
		return err
	}
	if t.audit, err = made("audit", "index", "at", "subject", "site", "what", "ref", "old", "new", "reason", "user", "role", "location", "device_at", "trace"); err != nil {
		return err
	}
	return c.Each(ctx, t.casebook)
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

type tabling struct {
	groups                           []odm.ItemGroup
	sheets                           map[string]*sheet
	subjects, blanks, queries, audit *sheet
}

func (t *tabling) casebook(b *Casebook) error {
	err := t.subjects.row(string(b.Entries[0].Study), string(b.Site), string(b.ID), string(b.Status), at(b.EnrolledAt))
	for _, f := range b.Forms {
		err = errors.Join(err, t.form(b, f))
	}
	for _, q := range b.Queries {
		err = errors.Join(err, t.queries.row(append(whereOf(b, q.Key), q.Group, q.Repeat, q.Item, string(q.State), q.Source, q.Text.In("en"), q.Value, at(q.OpenedAt), at(q.ChangedAt))...))
	}
	for _, e := range b.Entries {
		err = errors.Join(err, t.audit.row(strconv.FormatInt(e.Index, 10), at(e.At), string(e.Subject), string(e.Site), e.What, e.Ref, e.Old, e.New, e.Reason,
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
func (t *tabling) form(b *Casebook, f *record.Form) error {
	var err error
	for from := 0; from < len(f.Items); {
		first, to := f.Items[from], from
		values := map[string]string{}
		for ; to < len(f.Items) && f.Items[to].Group == first.Group && f.Items[to].Repeat == first.Repeat; to++ {
			k := f.Items[to]
			values[k.Item] = k.Value.Value
			if k.Blank != "" {
				err = errors.Join(err, t.blanks.row(append(whereOf(b, f.Key), k.Group, k.Repeat, k.Item, k.Blank)...))
			}
		}
		row := append(whereOf(b, f.Key), first.Repeat)
		for _, g := range t.groups {
			if g.OID != first.Group {
				continue
			}
			for _, r := range g.Items {
				row = append(row, values[r.OID])
			}
			err = errors.Join(err, t.sheets[g.OID].row(row...))
		}
		from = to
	}
	return err
}

// line is one value, as NDJSON tells it.
type line struct {
	Study       string `json:"study"`
	Site        string `json:"site"`
	Subject     string `json:"subject"`
	Event       string `json:"event"`
	EventRepeat string `json:"eventRepeat"`
	Form        string `json:"form"`
	FormRepeat  string `json:"formRepeat"`
	Group       string `json:"group"`
	GroupRepeat string `json:"groupRepeat"`
	Item        string `json:"item"`
	Value       string `json:"value,omitempty"`
	Blank       string `json:"blank,omitempty"`
	By          string `json:"by"`
	At          string `json:"at"`
	Version     string `json:"version"` // OID of the definition that the form was last saved under
}

// lines writes every value as one line of JSON.
func lines(ctx context.Context, c *Cut, out io.Writer) error {
	w := bufio.NewWriter(out)
	err := c.Each(ctx, func(b *Casebook) error {
		for _, f := range b.Forms {
			for _, k := range f.Items {
				l := line{string(f.Study), string(b.Site), string(b.ID), f.Event, f.EventRepeat, f.Form, f.FormRepeat, k.Group, k.Repeat, k.Item,
					k.Value.Value, k.Blank, string(k.By), at(k.At), c.version(f.Definition).Definition.OID}
				if err := json.MarshalWrite(w, l); err != nil {
					return err
				}
				if err := w.WriteByte('\n'); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return errors.Join(err, w.Flush())
}
