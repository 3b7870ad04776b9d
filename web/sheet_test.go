package web

import "testing"

func TestACellIsNoFormulaAndANumberStaysOne(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "+86 10": "'+86 10", "-5": "-5", "-5.2e3": "-5.2e3", "-": "'-", "\tx": "'\tx", "正常": "正常", "": ""} {
		if got := Cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
