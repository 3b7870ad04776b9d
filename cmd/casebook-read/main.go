// Command casebook-read opens an archival ODM file of casebook without casebook: it prints every value as it stands, with who gave it last and when, and proves
// that the history is the one that was archived (docs/format/export.md). It is one file of two hundred lines and needs nothing but Go's standard
// library, so that it can be kept beside what it reads: go run main.go archive.xml >values.tsv. It ends with 1 where a save is not
// what its entry says, or the whole not what the file says of itself.
package main

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is one answer, or the reason why there is none.
type value struct{ Group, Repeat, Item, Value, Blank string }

// change is one side of a save.
type change struct {
	Definition                         json.Number
	Items, Computed                    []value
	Opened, Closed, Redefined, Off, On json.RawMessage
	Source                             string
}

// entry is one thing that somebody did.
type entry struct {
	ID, Site, What, Ref, Actor, Role, Location, Trace, Reason, Old, New, SHA256 string
	At, DeviceAt                                                                int64
	Before, After                                                               *change
}

// place is subject, form, group, repeat and item.
type place [5]string

// kept is what stands there, and the entry that brought it.
type kept struct {
	value
	by *entry
}

// reader holds what was read so far.
type reader struct {
	item                 value // where it stands in the file
	brought              bool  // whether the item is one that a save brings
	subject, whose, said string
	save                 *entry
	news                 map[place]value // that the save brings
	stands               map[place]kept
	histories            map[string][]string // by subject, a line for each entry
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("say: casebook-read ARCHIVE.xml")
	}
	f, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	r := &reader{stands: map[place]kept{}, histories: map[string][]string{}}
	if err := r.read(xml.NewDecoder(bufio.NewReader(f))); err != nil {
		log.Fatal(err)
	}
	_, said, _ := strings.Cut(r.said, "; trail sha256 ")
	if is := r.digest(); is != said {
		log.Fatalf("the history has the digest %s, and the file says %q", is, said)
	}
	r.print()
	log.Print(len(r.histories), " subjects: every save is what its entry says, and the history has the digest that the file says: ", said)
}

func (r *reader) read(d *xml.Decoder) error {
	text := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return r.end()
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			text += string(t)
		case xml.StartElement:
			text = ""
			at := map[string]string{}
			for _, a := range t.Attr {
				at[a.Name.Local] = a.Value
			}
			switch t.Name.Local {
			case "ODM":
				r.said = at["Description"]
			case "SubjectData":
				r.subject = at["SubjectKey"]
			case "ItemGroupData":
				r.item = value{Group: at["ItemGroupOID"], Repeat: cmp.Or(at["ItemGroupRepeatKey"], "1")}
			case "ItemData":
				r.item.Item, r.item.Value = at["ItemOID"], at["Value"]
				if r.brought = r.save != nil && at["TransactionType"] != "Context"; r.brought {
					r.news[r.at(r.item)] = r.item
				}
			}
		case xml.EndElement:
			if t.Name.Local != "Comment" {
				r.brought = r.brought && t.Name.Local != "ItemData"
			} else if body, ok := strings.CutPrefix(text, "casebook entry 1 "); ok {
				if err := r.begin(body); err != nil {
					return err
				}
			} else if blank, ok := strings.CutPrefix(text, "blank: "); ok && r.brought && r.item.Value == "" {
				v := r.item
				v.Blank = blank
				r.news[r.at(v)] = v
			}
		}
	}
}

// begin takes up an entry. The values of a save follow it.
func (r *reader) begin(body string) error {
	err, e := r.end(), &entry{}
	if err == nil {
		err = json.Unmarshal([]byte(body), e)
	}
	if r.whose = r.subject; err == nil && e.SHA256 != "" {
		r.save, r.news = e, map[place]value{}
	} else if err == nil {
		r.note(e)
	}
	return err
}

// end puts the values into the save that was read, and compares it with its digest.
func (r *reader) end() error {
	e := r.save
	if e == nil {
		return nil
	}
	e.Old = e.Before.text(func(v value) value { return r.stands[r.at(v)].value })
	e.New = e.After.text(func(v value) value { return r.news[r.at(v)] })
	if sum := sha256.Sum256([]byte(e.Old + "\x00" + e.New)); hex.EncodeToString(sum[:]) != e.SHA256 {
		return fmt.Errorf("entry %s of subject %s is not what was archived", e.ID, r.whose)
	}
	for at, v := range r.news {
		r.stands[at] = kept{v, e}
	}
	r.save = nil
	r.note(e)
	return nil
}

func (r *reader) at(v value) place { return place{r.whose, r.save.Ref, v.Group, v.Repeat, v.Item} }

// note adds an entry to its subject's history.
func (r *reader) note(e *entry) {
	line := fmt.Sprintf("%019d [", e.At)
	for _, s := range []string{r.whose, e.Site, e.What, e.Ref, e.Old, e.New, e.Reason, e.Actor, e.Role, e.Location, e.Trace} {
		line += quote(s) + ","
	}
	r.histories[r.whose] = append(r.histories[r.whose], line+fmt.Sprintf("%d,%d]\n", e.At, e.DeviceAt))
}

// digest is that of all histories.
func (r *reader) digest() string {
	all := sha256.New()
	for _, subject := range slices.Sorted(maps.Keys(r.histories)) {
		sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(r.histories[subject])), "")))
		all.Write(sum[:])
	}
	return hex.EncodeToString(all.Sum(nil))
}

// text is a side of a save as the ledger keeps it: JSON in one order, with the values in their places.
func (c *change) text(of func(value) value) string {
	if c == nil {
		return ""
	}
	b := `{"definition":` + c.Definition.String() + `,"items":` + texts(c.Items, of)
	for _, m := range [...]struct{ name, text string }{{"computed", texts(c.Computed, of)}, {"opened", string(c.Opened)}, {"closed", string(c.Closed)},
		{"source", quote(c.Source)}, {"redefined", string(c.Redefined)}, {"off", string(c.Off)}, {"on", string(c.On)}} {
		if m.text != "" && m.text != "[]" && m.text != `""` {
			b += `,"` + m.name + `":` + m.text
		}
	}
	return b + "}"
}

func texts(places []value, of func(value) value) string {
	var all []string
	for _, p := range places {
		one := `{"group":` + quote(p.Group) + `,"repeat":` + quote(p.Repeat) + `,"item":` + quote(p.Item)
		if v := of(p); v.Value != "" {
			one += `,"value":` + quote(v.Value)
		} else if v.Blank != "" {
			one += `,"blank":` + quote(v.Blank)
		}
		all = append(all, one+"}")
	}
	return "[" + strings.Join(all, ",") + "]"
}

// quote writes a text as RFC 8785, 3.2.2.2 has it.
func quote(s string) string { return `"` + escapes.Replace(s) + `"` }

var escapes = func() *strings.Replacer {
	pairs := []string{`"`, `\"`, `\`, `\\`, "\b", `\b`, "\t", `\t`, "\n", `\n`, "\f", `\f`, "\r", `\r`}
	for c := range ' ' {
		pairs = append(pairs, string(c), fmt.Sprintf(`\u%04x`, c))
	}
	return strings.NewReplacer(pairs...) // the first that fits
}()

// print writes a line for each value that stands: subject, form, group, repeat, item, value, reason for none, who, when.
func (r *reader) print() {
	var lines []string
	for at, k := range r.stands {
		if k.Value != "" || k.Blank != "" {
			lines = append(lines, strings.Join(append(at[:], strconv.Quote(k.Value), k.Blank, k.by.Actor, time.UnixMicro(k.by.At).UTC().Format(time.RFC3339)), "\t"))
		}
	}
	slices.Sort(lines)
	fmt.Println(strings.Join(lines, "\n"))
}
