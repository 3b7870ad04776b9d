package record

import (
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// What is written by hand is what the plain way writes, byte for byte.
func TestTheBytesAreThoseOfThePlainWay(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"132", "a\"b\\c", "头痛😀", "\u2028 \x00\n", "</script>"}))
	value := rapid.Custom(func(t *rapid.T) Value {
		return Value{text.Draw(t, "group"), text.Draw(t, "repeat"), text.Draw(t, "item"), text.Draw(t, "value"), text.Draw(t, "blank")}
	})
	rapid.Check(t, func(t *rapid.T) {
		c := Change{Definition: rapid.Int64().Draw(t, "definition"), Items: rapid.SliceOf(value).Draw(t, "items"),
			Computed: rapid.SliceOf(value).Draw(t, "computed"), Source: text.Draw(t, "source")}
		if rapid.Bool().Draw(t, "query") {
			c.Opened = []Query{{ID: "1", Item: text.Draw(t, "asked"), Text: odm.Text{"en": text.Draw(t, "en"), "zh-CN": "请核对"}}}
		}
		if rapid.Bool().Draw(t, "switched") {
			c.Off, c.On = []Part{{"G", text.Draw(t, "row")}}, []Part{{}}
		}
		if c.Items == nil {
			c.Items = []Value{}
		}
		if got, want := c.canonical(), ledger.Text(c); got != want {
			t.Fatalf("change\n got %s\nwant %s", got, want)
		}
		if n, ok := DefinitionOf(c.canonical()); !ok || n != c.Definition {
			t.Fatalf("definition %d %v, want %d", n, ok, c.Definition)
		}
		f := &Form{Key: Key{Event: "E", Form: "F"}}
		var d document
		for i, v := range rapid.SliceOf(value).Draw(t, "kept") {
			k := Kept{v, casebook.UserID(text.Draw(t, "by")), time.UnixMicro(int64(i / 2)).UTC(), int64(i / 3)}
			f.Items = append(f.Items, k)
		}
		if rapid.Bool().Draw(t, "aside") {
			p := Part{text.Draw(t, "off group"), text.Draw(t, "off repeat")}
			f.Asides = []Aside{{p, rapid.SliceOfN(value, 1, 3).Draw(t, "off values"), "u", time.UnixMicro(7).UTC(), text.Draw(t, "why")}}
		}
		d = plain(f)
		if got, want := f.encode(), ledger.Text(d); got != want {
			t.Fatalf("form\n got %s\nwant %s", got, want)
		}
	})
}

func plain(f *Form) document {
	d := document{Saves: []save{}, Items: []docValue{}}
	for _, k := range f.Items {
		s := save{k.Version, k.By, store.Micros(k.At)}
		n := -1
		for i := range d.Saves {
			if d.Saves[i] == s {
				n = i
			}
		}
		if n < 0 {
			n = len(d.Saves)
			d.Saves = append(d.Saves, s)
		}
		d.Items = append(d.Items, docValue{k.Group, k.Repeat, k.Item, k.Value.Value, k.Blank, n})
	}
	for _, a := range f.Asides {
		d.Off = append(d.Off, docAside{a.Group, a.Repeat, a.By, store.Micros(a.At), a.Reason, a.Values})
	}
	return d
}

// What is read by hand is what the plain way reads, of what we write, of other spellings and of what is broken.
func TestAChangeReadIsThatOfThePlainWay(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{"132", "a\"b\\c", "头痛😀", "\u2028 \x00\n", `,"blank":"`, "]}"}))
	value := rapid.Custom(func(t *rapid.T) Value {
		return Value{text.Draw(t, "group"), text.Draw(t, "repeat"), text.Draw(t, "item"), text.Draw(t, "value"), text.Draw(t, "blank")}
	})
	var c Change // used again, as followers do
	rapid.Check(t, func(t *rapid.T) {
		said := Change{Definition: rapid.Int64().Draw(t, "definition"), Items: rapid.SliceOf(value).Draw(t, "items"),
			Computed: rapid.SliceOf(value).Draw(t, "computed"), Source: text.Draw(t, "source")}
		if rapid.Bool().Draw(t, "query") {
			said.Opened = []Query{{ID: "1", Item: text.Draw(t, "asked"), Text: odm.Text{"en": text.Draw(t, "en")}}}
		}
		written := said.canonical()
		switch rapid.IntRange(0, 3).Draw(t, "as") {
		case 1:
			written = strings.Replace(written, `{"group"`, `{ "group"`, 1)
		case 2:
			written = written[:rapid.IntRange(1, len(written)-1).Draw(t, "cut")]
		case 3:
			written = strings.Replace(written, `"items":[`, `"items":[{"item":"I","group":"G","repeat":"1","value":"other order"}`, 1)
		}
		var plain Change
		wrong := json.Unmarshal([]byte(written), &plain)
		if err := c.Read(written); (err == nil) != (wrong == nil) {
			t.Fatalf("%s\nread: %v, the plain way: %v", written, err, wrong)
		}
		if wrong == nil && ledger.Text(c) != ledger.Text(plain) {
			t.Fatalf("%s\nread as %s", written, ledger.Text(c))
		}
	})
	for _, taken := range []string{said132, strings.Replace(said132, "132", "1\\n2", 1)} {
		if c := new(Change); !c.scan(taken) { // else all of the above compares the plain way with itself
			t.Errorf("not read by hand: %s", taken)
		}
	}
}

const said132 = `{"definition":1,"items":[{"group":"G","repeat":"1","item":"I","value":"132"}],"computed":[{"group":"G","repeat":"1","item":"C","blank":"NK"}],"opened":[{"id":"q","group":"G","repeat":"1","item":"I","source":"system","state":"Open","text":{"en":"high"}}],"source":"r"}`

// Reports are many and what reads them is rare: looking for it allocates nothing.
func TestAReportThatNobodyReadsCostsNothing(t *testing.T) {
	st := Compile(&odm.Version{OID: "1", Forms: []odm.Form{{OID: "F"}}}, 1)
	st.readers = map[string][]string{"READ": {"F"}}
	out := &Outcome{Form: &Form{}, After: Change{Items: []Value{{Item: "A"}, {Item: "B"}}}, by: st}
	reports := []*Report{{out: out}, {out: out}}
	if n := testing.AllocsPerRun(100, func() { _ = followReports(t.Context(), nil, reports) }); n > 0 {
		t.Errorf("%v objects", n)
	}
}
