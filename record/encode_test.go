package record

import (
	"testing"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/store"

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
		if c.Items == nil {
			c.Items = []Value{}
		}
		if got, want := c.canonical(), canonical(c); got != want {
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
		d = plain(f)
		if got, want := f.encode(), canonical(d); got != want {
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
	return d
}
