package paper

import (
	"strings"
	"testing"
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
