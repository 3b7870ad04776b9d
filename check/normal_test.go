package check

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// Where package norm has nothing to break up, the long way must come to the same.
func TestNormalFormAgreesWithPackageNorm(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	pool := []rune("aeo\u0301\u0316\u0323\u0302\u0308\u0344\u0345\u1100\u1161\u11a8\uac00\u1e69\u00e9\u0958\u2126\U00011099\U000110ba\u0f73頭ﬁ")
	for range 5_000 {
		s := make([]rune, r.IntN(8))
		for i := range s {
			s[i] = pool[r.IntN(len(pool))]
		}
		if got, want := compose(decompose(string(s))), norm.NFC.String(string(s)); got != want {
			t.Fatalf("%+q: %+q, want %+q", string(s), got, want)
		}
	}
}

func TestNormalFormAddsNothing(t *testing.T) {
	t.Parallel()
	s := "a" + strings.Repeat("\u0316\u0301", 40)
	got := nfc(s)
	if want := "\u00e1" + strings.Repeat("\u0316", 40) + strings.Repeat("\u0301", 39); got != want {
		t.Errorf("%+q, want %+q", got, want)
	}
	if strings.Contains(norm.NFC.String(s), joiner) == strings.Contains(got, joiner) {
		t.Error("package norm adds no joiner any more: nfc can be that alone")
	}
}
