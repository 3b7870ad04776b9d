// Package i18n holds every sentence that a person may read, in Simplified Chinese and in English, under the stable code
// that errors and pages name it by. It is pure: it knows no error, no request and no domain, and anybody may import it.
package i18n

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// The languages that every sentence exists in.
const (
	Chinese = "zh-CN"
	English = "en"
)

// One language a file, one sentence a line: "code = sentence", sorted by code. {0}, {1}, … stand for the arguments.
var (
	//go:embed zh-CN.txt
	chineseFile string
	//go:embed en.txt
	englishFile string

	sentences = map[string]map[string]string{Chinese: parse(chineseFile), English: parse(englishFile)}
)

// Text returns the sentence of code in lang with the arguments in their places. A language that is not Chinese is
// served in English, and a code without a sentence serves as its own sentence.
func Text(code, lang string, args ...any) string {
	if lang != Chinese {
		lang = English
	}
	s, ok := sentences[lang][code]
	if !ok {
		return code
	}
	return fill(s, lang, args)
}

// Sentence is a sentence with its arguments, in no language yet. An argument may be a Sentence itself.
type Sentence struct {
	Code string
	Args []any
}

// In returns the sentence in lang.
func (s Sentence) In(lang string) string { return Text(s.Code, lang, s.Args...) }

// Texts returns the sentence of code in every language.
func Texts(code string, args ...any) map[string]string {
	return map[string]string{Chinese: Text(code, Chinese, args...), English: Text(code, English, args...)}
}

// Language chooses between the two languages by an Accept-Language header (RFC 9110, section 12.5.4): any Chinese that
// is preferred to any English means Chinese, everything else English.
func Language(accept string) string {
	best, lang := 0.0, English
	for _, part := range strings.Split(accept, ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		quality := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			quality, _ = strconv.ParseFloat(q, 64) // what is no number weighs nothing
		}
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if quality <= best {
			continue
		}
		switch primary {
		case "zh":
			best, lang = quality, Chinese
		case "en":
			best, lang = quality, English
		}
	}
	return lang
}

func parse(file string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(file) {
		if code, sentence, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			all[code] = sentence
		}
	}
	return all
}

// fill replaces {0} to {9}. A placeholder without an argument stays as it is.
func fill(s, lang string, args []any) string {
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i] == '{' && s[i+2] == '}' {
			if n := int(s[i+1] - '0'); n >= 0 && n < len(args) {
				if part, ok := args[n].(Sentence); ok {
					b.WriteString(part.In(lang))
				} else {
					fmt.Fprint(&b, args[n])
				}
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
