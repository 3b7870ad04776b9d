package i18n_test

import (
	"testing"

	"casebook/i18n"
)

func TestASentenceIsSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	if got := i18n.Text("request.too_large", i18n.English, 4096); got != "The request is larger than 4096 bytes." {
		t.Error(got)
	}
	if got := i18n.Text("request.too_large", i18n.Chinese, 4096); got != "请求超过 4096 字节。" {
		t.Error(got)
	}
	if got := i18n.Text("request.too_large", "fr", 1); got != i18n.Text("request.too_large", i18n.English, 1) {
		t.Error("a third language is not served in English:", got)
	}
	if got := i18n.Text("no.such.code", i18n.English, 1); got != "no.such.code" {
		t.Error(got)
	}
	both := i18n.Texts("auth.failed")
	if len(both) != 2 || both["zh-CN"] == both["en"] || both["en"] == "" {
		t.Error(both)
	}
}

func TestArgumentsStandInTheirPlacesAndAreNotReadAgain(t *testing.T) {
	t.Parallel()
	// What a stranger typed is an argument: braces in it are text.
	if got := i18n.Text("odm.value_type", i18n.English, "{1}", "{0}", "x"); got != "“{0}” cannot be the value of {1}: expected x." {
		t.Error(got)
	}
	if got := i18n.Text("odm.value_type", i18n.English); got != "“{1}” cannot be the value of {0}: expected {2}." {
		t.Error(got)
	}
}

func TestTheLanguageIsNegotiated(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"": "en", "zh": "zh-CN", "zh-TW": "zh-CN", "zh-Hans-CN, en;q=0.5": "zh-CN", "en-GB,en;q=0.9,zh;q=0.8": "en",
		"en;q=0.3, zh;q=0.7": "zh-CN", "fr, zh;q=0.1": "zh-CN", "fr": "en", "*": "en", "zh;q=0": "en", "zh;q=x": "en",
		"zhx": "en", " ZH-cn ; q=1": "zh-CN", ",,,": "en",
	} {
		if got := i18n.Language(accept); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}
