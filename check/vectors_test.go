package check

import (
	"os"
	"testing"
	_ "time/tzdata" // the vectors must not depend on the machine's zones
)

func vectors(t *testing.T) []Vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	all, err := ParseVectors(b)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func typeNamed(name string) Type {
	t, ok := TypeNamed(name)
	if !ok {
		panic("no type " + name)
	}
	return t
}

// It runs before the parallel tests go on, as it breaks the arithmetic that they share.
func TestVectorsCatchBrokenRounding(t *testing.T) {
	for name, broken := range map[string]rounding{
		"half away": halfAway,
		"down":      toZero,
		"half down": func(_ bool, half int) bool { return half > 0 },
		"up":        func(bool, int) bool { return true },
	} {
		arithmetic = broken
		caught := 0
		for _, v := range vectors(t) {
			if v.Differs() != "" {
				caught++
			}
		}
		arithmetic = halfEven
		if caught == 0 {
			t.Errorf("no vector notices rounding %s", name)
		}
		t.Logf("rounding %s: %d vectors fail", name, caught)
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	values := 0
	for _, v := range all {
		if v.Error == "" {
			values++
		}
		if d := v.Differs(); d != "" {
			t.Errorf("%s\n\t%s\n\t%s", v.Name, v.Expr, d)
		}
	}
	if values < 600 {
		t.Errorf("only %d vectors say a value", values)
	}
}
