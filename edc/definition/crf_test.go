package definition

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func printed(t *testing.T, how Print) []byte {
	t.Helper()
	how.Study, how.Number, how.At = "A study 研究", 1, time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	if err := CRF(&out, version(), how); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read is the text of a PDF as another program finds it.
func read(t *testing.T, pdf []byte) string {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is not installed: make test does it, or apt-get install poppler-utils")
	}
	cmd := exec.CommandContext(t.Context(), path, "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestABlankFormIsOnPaperInBothLanguagesAndSaysNothingOfItsRules(t *testing.T) {
	t.Parallel()
	for lang, wants := range map[string][]string{"zh-CN": {"生命体征", "收缩压 *", "毫米汞柱", "男", "其他情况", "研究"}, "en": {"Vital signs", "Systolic pressure *", "mmHg", "Female"}} {
		text := read(t, printed(t, Print{Lang: lang}))
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", lang, want, text)
			}
		}
		if strings.Contains(text, "CL.SEX") || strings.Contains(text, "prev(SYS)") {
			t.Errorf("%s: a blank form is annotated", lang)
		}
	}
}

func TestAnAnnotatedFormHasOIDsCodesAndRulesBesideEachItem(t *testing.T) {
	t.Parallel()
	text := read(t, printed(t, Print{Lang: "zh-CN", Annotated: true}))
	for _, want := range []string{"[F.1]", "[G.1]", "[SYS] integer 3", "CL.SEX: M = 男, F = 女 (1)", "SYS#2: SYS > prev(SYS) / 2 — 血压下降过半。", "隐藏条件 C.MALE: SEX == 'M'", "计算 M.MEAN: SYS / 2", "no such rule (不执行)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestWhatIsNotForPatientsSaysSoOnEveryPage(t *testing.T) {
	t.Parallel()
	pages := func(how Print) (n int) { return strings.Count(read(t, printed(t, how)), "验收测试") }
	if n := pages(Print{Lang: "zh-CN", Purpose: "UAT"}); n < 3 {
		t.Errorf("said %d times, on the cover and at the head of 2 pages", n)
	}
	if n := pages(Print{Lang: "zh-CN"}); n != 0 {
		t.Errorf("said %d times of a study with patients", n)
	}
}

func TestTheSameVersionGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh-CN"} {
		how := Print{Lang: lang, Annotated: true}
		if !bytes.Equal(printed(t, how), printed(t, how)) {
			t.Errorf("%s: the second print differs", lang)
		}
	}
}
