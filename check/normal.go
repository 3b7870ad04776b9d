package check

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// joiner is U+034F, COMBINING GRAPHEME JOINER.
const joiner = "\u034f"

// nfc returns s in normal form C (UAX #15). Package norm writes its Stream-Safe Text Format, with a joiner after thirty
// combining marks, which no browser does; a text that long in marks is composed here.
func nfc(s string) string {
	out := norm.NFC.String(s)
	if !strings.Contains(out, joiner) || strings.Count(out, joiner) == strings.Count(s, joiner) {
		return out
	}
	return compose(decompose(s))
}

// mark is a code point and its canonical combining class.
type mark struct {
	r     rune
	class uint8
}

// decompose writes s out in canonical decomposition, marks in canonical order.
func decompose(s string) []mark {
	var all []mark
	for _, r := range s {
		full := string(r)
		if d := norm.NFC.PropertiesString(full).Decomposition(); d != nil {
			full = string(d)
		}
		for _, r := range full {
			all = append(all, mark{r, norm.NFC.PropertiesString(string(r)).CCC()})
		}
	}
	for from := 0; from < len(all); from++ {
		to := from
		for to < len(all) && all[to].class > 0 {
			to++
		}
		slices.SortStableFunc(all[from:to], func(a, b mark) int { return int(a.class) - int(b.class) })
		from = to
	}
	return all
}

// compose joins every mark to the last code point of class 0 before it, where nothing between them blocks that and the
// two have a composite.
func compose(all []mark) string {
	var out []rune
	starter, last := -1, uint8(0)
	for _, m := range all {
		if starter >= 0 && (last < m.class || last == 0 && starter == len(out)-1) {
			pair := norm.NFC.String(string([]rune{out[starter], m.r}))
			if utf8.RuneCountInString(pair) == 1 {
				out[starter], _ = utf8.DecodeRuneInString(pair)
				continue
			}
		}
		if last = m.class; last == 0 {
			starter = len(out)
		}
		out = append(out, m.r)
	}
	return string(out)
}
