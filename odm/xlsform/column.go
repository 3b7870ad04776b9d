package xlsform

import (
	"regexp"
	"slices"
	"strings"
)

// column is the head of a column: what it is, and in which language where it may be in several.
type column struct {
	base      string // "label", "media::image"; "" for a column that is not read
	lang      string // as it is written: "English (en)"
	respelled bool   // the file spells it in another way
}

// otherNames are names that older forms use.
var otherNames = map[string]string{
	"relevance": "relevant", "calculate": "calculation", "readonly": "read_only", "requiredmsg": "required_message",
	"required_msg": "required_message", "constraint_msg": "constraint_message", "caption": "label", "value": "name",
	"list": "list_name", "id_string": "form_id", "title": "form_title", "count": "repeat_count", "jr:count": "repeat_count",
	"image": "media::image", "audio": "media::audio", "video": "media::video", "big-image": "media::big-image",
	"command": "type", "skip": "relevant",
}

// inLanguages are the columns that may be there once for each language.
var inLanguages = []string{"label", "hint", "guidance_hint", "constraint_message", "required_message", "media::image",
	"media::audio", "media::video", "media::big-image"}

// columnOf reads the name of a column, whatever its case, with its language behind two colons, or one.
func columnOf(name string) column {
	parts := strings.Split(name, "::")
	if len(parts) == 1 && !strings.HasPrefix(strings.ToLower(name), "jr:") {
		parts = strings.SplitN(name, ":", 3)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	written := parts[0]
	base := strings.ReplaceAll(strings.ToLower(written), " ", "_")
	respelled := written != base && strings.ReplaceAll(written, " ", "_") != base
	parts = parts[1:]
	if base == "media" && len(parts) > 0 {
		base, parts = "media::"+strings.ToLower(parts[0]), parts[1:]
	} else if other := otherNames[base]; other != "" {
		base = other
	}
	if !slices.Contains(inLanguages, base) {
		if !slices.Contains(order, base) { // bind::…, body::…, instance::…, or a column of somebody's own
			base, respelled = strings.ReplaceAll(written, " ", "_"), false
		}
		return column{base: strings.Join(append([]string{base}, parts...), "::"), respelled: respelled}
	}
	return column{base: base, lang: strings.Join(parts, "::"), respelled: respelled}
}

// key is the name of the column as we write it.
func (c column) key() string {
	if c.lang == "" {
		return c.base
	}
	return c.base + "::" + c.lang
}

func (c column) tag() string { return tagOf(c.lang) }

// languages are names of languages that forms use, and their tags (BCP 47). The first of each is the one that is
// written.
var languages = [][]string{
	{"en", "English"}, {"zh-CN", "简体中文", "chinese (simplified)"}, {"zh-TW", "繁體中文", "chinese (traditional)"},
	{"zh", "中文", "chinese", "汉语", "漢語"}, {"fr", "French", "français"}, {"es", "Spanish", "español"},
	{"de", "German", "deutsch"}, {"pt", "Portuguese", "português"}, {"it", "Italian", "italiano"}, {"nl", "Dutch"},
	{"ru", "Russian", "русский"}, {"ar", "Arabic", "العربية"}, {"ja", "Japanese", "日本語"}, {"ko", "Korean", "한국어"},
	{"hi", "Hindi"}, {"sw", "Swahili", "kiswahili"}, {"vi", "Vietnamese"}, {"id", "Indonesian"}, {"th", "Thai"},
}

var (
	tagBehind = regexp.MustCompile(`\(([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\)$`)
	tagAlone  = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$`)
	noTag     = regexp.MustCompile(`[^a-z0-9]+`)
)

// tagOf returns the BCP 47 tag of a language as a form names it: "English (en)", "en", "English". A name that is not
// known becomes a tag for private use.
func tagOf(name string) string {
	lower := strings.ToLower(strings.TrimSpace(name))
	if lower == "" || lower == "default" {
		return ""
	}
	for _, l := range languages {
		for _, n := range l {
			if strings.ToLower(n) == lower {
				return l[0]
			}
		}
	}
	if m := tagBehind.FindStringSubmatch(strings.TrimSpace(name)); m != nil && m[1] != "simplified" && m[1] != "traditional" {
		return m[1]
	}
	if tagAlone.MatchString(strings.TrimSpace(name)) {
		return strings.TrimSpace(name)
	}
	private := strings.Trim(noTag.ReplaceAllString(lower, "-"), "-")
	if private == "" {
		private = "other"
	}
	return "x-" + private[:min(len(private), 8)]
}

// nameOf returns the name of a language as we write it, with its tag.
func nameOf(tag string) string {
	for _, l := range languages {
		if l[0] == tag {
			return l[1] + " (" + tag + ")"
		}
	}
	return tag + " (" + tag + ")"
}
