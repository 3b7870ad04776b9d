package casebook_test

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	asvsRow = regexp.MustCompile(`(?m)^\| (\d+)\.\d+\.\d+ \| (\d) \| .* \| (.*) \|$`)
	asvsSum = regexp.MustCompile(`(?m)^\| (?:of them )?(V\d+|all|level \d)[^|]* \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$`)
)

// miscounted holds the numbers at the head of asvs.md against its rows. A row without "in part", "not" or "n/a" is shown.
func miscounted(p *pages) (complaints []string, _ error) {
	for name, text := range p.md {
		if path.Base(name) != "asvs.md" {
			continue
		}
		counts := map[string]*[5]int{}
		count := func(of string, kind, n int) {
			if counts[of] == nil {
				counts[of] = &[5]int{}
			}
			counts[of][0] += n
			counts[of][kind] += n
		}
		for _, row := range asvsRow.FindAllStringSubmatch(text, -1) {
			kind := 1
			switch said := row[3]; {
			case strings.HasPrefix(said, "n/a"):
				kind = 4
			case strings.HasPrefix(said, "not:"), strings.HasPrefix(said, "not "), strings.HasPrefix(said, "not,"):
				kind = 3
			case strings.Contains(said, "in part"):
				kind = 2
			}
			for _, of := range []string{"V" + row[1], "all", "level " + row[2]} {
				count(of, kind, 1)
			}
		}
		if strings.Contains(text, "## V17") { // seven rows of level 2 that are said in one sentence
			for _, of := range []string{"V17", "all", "level 2"} {
				count(of, 4, 7)
			}
		}
		for _, sum := range asvsSum.FindAllStringSubmatch(text, -1) {
			if is := fmt.Sprint(*counts[sum[1]]); is != "["+strings.Join(sum[2:], " ")+"]" {
				complaints = append(complaints, fmt.Sprintf("%s says of %s %v, and its rows are %s", name, sum[1], sum[2:], is))
			}
		}
	}
	return complaints, nil
}

func TestTheNumbersOfASVSAreThoseOfItsRows(t *testing.T) {
	t.Parallel()
	checkPages(t, miscounted, map[string]string{"asvs.md": `
| V1 encoding | 4 | 1 | 1 | 1 | 1 |
| all | 4 | 2 | 1 | 1 | 0 |
| of them level 1 | 4 | 1 | 1 | 1 | 1 |
| 1.1.1 | 1 | a | shown: it may | be |
| 1.1.2 | 1 | a | in part: b |
| 1.1.3 | 1 | a | not: b |
| 1.1.4 | 1 | a | n/a: b |
`}, "says of all")
}
