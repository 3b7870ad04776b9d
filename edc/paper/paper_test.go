package paper

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// The library's own way of cutting a text into lines loses a Chinese character at each end of a line: the control.
func TestNoCharacterIsLostWhereALineEnds(t *testing.T) {
	t.Parallel()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	text := "收缩压高于 200，不可能属实，请核对原始记录；如属实，请说明原因（包括体位、袖带和测量时间）。"
	plain := func(lines []string) string { return strings.ReplaceAll(strings.Join(lines, ""), " ", "") }
	lines := p.Wrap(text, 24)
	if len(lines) < 4 || plain(lines) != strings.ReplaceAll(text, " ", "") {
		t.Errorf("cut into %q", lines)
	}
	for _, l := range lines {
		if p.GetStringWidth(l) > 24+0.01 || hangs([]rune(l)[0]) {
			t.Errorf("the line %q", l)
		}
	}
	if plain(p.SplitText(text, 24)) == strings.ReplaceAll(text, " ", "") {
		t.Error("the control loses nothing: this test may go")
	}
}

// Two who print at once must not meet in the font, which the library writes into.
func TestPrintsAtOnceAreTheSame(t *testing.T) {
	t.Parallel()
	const at = 4
	var prints [at][]byte
	var all sync.WaitGroup
	for i := range prints {
		all.Go(func() {
			p, err := New()
			if err != nil {
				t.Error(err)
				return
			}
			p.SetCreationDate(time.Unix(0, 0))
			p.SetModificationDate(time.Unix(0, 0))
			p.AddPage()
			p.Text(20, 20, "“验证”") // the quotes are among the last of the font, whose widths it writes together
			var out bytes.Buffer
			if err := p.Output(&out); err != nil {
				t.Error(err)
			}
			prints[i] = out.Bytes()
		})
	}
	all.Wait()
	for _, p := range prints[1:] {
		if !bytes.Equal(p, prints[0]) {
			t.Error("two prints of one text differ")
		}
	}
}
