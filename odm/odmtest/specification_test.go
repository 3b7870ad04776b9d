package odmtest

import (
	"strings"
	"testing"

	"casebook/odm"
)

func TestTheSpecificationNamesEveryRuleInBothLanguages(t *testing.T) {
	t.Parallel()
	s := Full()
	idle := map[odm.Place]string{{Path: "MethodDef[M.SUM]", Code: "two\nlines"}: "nobody | knows"}
	for lang, wants := range map[string][]string{
		"en": {"# Edit-check specification", "## Form: mood (F.A)", "| WEIGHT | Weight | GT 0 | hard | too light | yes |", "`WEIGHT < 300`",
			"| G.TOP / WHY | `SEX == 'M'` | yes |", "| G.TOP / SUM | M.SUM | `two lines` | nobody \\| knows |", "## Mandatory while", "do not run: 1"},
		"zh-CN": {"# 逻辑核查说明", "过轻", "## 跳转逻辑"},
	} {
		var b strings.Builder
		if err := odm.Specification(&b, s, s.Versions[1], lang, idle); err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: nothing says %q in\n%s", lang, want, b.String())
			}
		}
	}
}
