package notice

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"casebook"
	"casebook/i18n"
	"casebook/odm"
)

// Variable is a part of a text that is filled in when the notice is sent. Value is in both languages, or under "" when
// it is the same in both; a date is written out in the reader's language.
type Variable struct {
	Name  string       `json:"name"`
	Type  odm.DataType `json:"type"` // text, integer, float or date
	Value odm.Text     `json:"value"`
}

// own are the variables that every recipient has: who, where, in which study, and until when.
var own = []string{"person", "site", "study", "deadline"}

// The longest texts, in characters.
const (
	maxTitle     = 200
	maxText      = 20_000
	maxVariables = 50
)

var languages = []string{i18n.Chinese, i18n.English}

// piece is a stretch of a template: text, or the name of a variable.
type piece struct{ text, name string }

// text is a frozen text of a recipient.
type text struct {
	id, language, title, body string
}

// templates are a notice's texts, ready to be filled in.
type templates struct {
	title, body map[string][]piece           // by language
	values      map[string]map[string]string // by language and name
}

var variableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// compile reads a draft's texts. What is missing, what could be meant otherwise and what would be read as part of the
// template is refused, with its place.
func (d *Draft) compile(study string) (*templates, error) {
	t := &templates{map[string][]piece{}, map[string][]piece{}, map[string]map[string]string{}}
	declared, err := d.declared()
	if err != nil {
		return nil, err
	}
	used := map[string]map[string]bool{}
	for _, lang := range languages {
		used[lang] = map[string]bool{}
		for _, part := range []struct {
			name string
			text odm.Text
			most int
			into map[string][]piece
		}{{"title", d.Title, maxTitle, t.title}, {"body", d.Body, maxText, t.body}} {
			place := "/" + part.name + "/" + lang
			if part.into[lang], err = parse(part.text[lang], part.name == "title", part.most, place); err != nil {
				return nil, err
			}
			for _, p := range part.into[lang] {
				if p.name != "" && !declared[p.name] && !slices.Contains(own, p.name) {
					return nil, casebook.Fail(casebook.Unprocessable, "notice.variable_unknown", p.name).At(place)
				}
				used[lang][p.name] = true
			}
		}
		t.values[lang] = map[string]string{"study": flat(study), "deadline": d.deadlineIn(lang)}
		for _, v := range d.Variables {
			t.values[lang][v.Name] = v.in(lang)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if !used[i18n.Chinese][name] || !used[i18n.English][name] {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.variable_unused", name).At("/variables")
		}
	}
	if d.Deadline.IsZero() && (used[i18n.Chinese]["deadline"] || used[i18n.English]["deadline"]) {
		return nil, casebook.Fail(casebook.Unprocessable, "notice.no_deadline").At("/deadline")
	}
	return t, nil
}

// declared checks the draft's variables and returns their names.
func (d *Draft) declared() (map[string]bool, error) {
	names := map[string]bool{}
	if len(d.Variables) > maxVariables {
		return nil, casebook.Fail(casebook.Unprocessable, "notice.variables", maxVariables).At("/variables")
	}
	for i, v := range d.Variables {
		place := "/variables/" + strconv.Itoa(i)
		if !variableName.MatchString(v.Name) || slices.Contains(own, v.Name) || names[v.Name] {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.variable_name", v.Name).At(place + "/name")
		}
		if !slices.Contains([]odm.DataType{"text", "integer", "float", "date"}, v.Type) {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.variable_type", v.Type).At(place + "/type")
		}
		names[v.Name] = true
		for _, lang := range languages {
			if err := v.check(lang, place+"/value"); err != nil {
				return nil, err
			}
		}
	}
	return names, nil
}

func (v *Variable) raw(lang string) string {
	if s := v.Value[lang]; s != "" {
		return s
	}
	return v.Value[""]
}

func (v *Variable) check(lang, place string) error {
	value := v.raw(lang)
	if strings.TrimSpace(value) == "" {
		return casebook.Fail(casebook.Unprocessable, "notice.variable_missing", v.Name, lang).At(place)
	}
	if err := (&odm.Item{DataType: v.Type, Length: maxText}).Accept(value, nil); err != nil {
		return casebook.Fail(casebook.Unprocessable, "notice.variable_value", v.Name, v.Type).At(place).Wrap(err)
	}
	if strings.Contains(value, "{{") || strings.Contains(value, "}}") {
		return casebook.Fail(casebook.Unprocessable, "notice.variable_injects", v.Name).At(place)
	}
	if !printable(value, false) {
		return casebook.Fail(casebook.Unprocessable, "notice.text_control").At(place)
	}
	return nil
}

func (v *Variable) in(lang string) string {
	if at, err := time.Parse(time.DateOnly, v.raw(lang)); v.Type == "date" && err == nil {
		return day(at, lang)
	}
	return v.raw(lang)
}

// day writes a date out.
func day(at time.Time, lang string) string {
	if lang == i18n.Chinese {
		return at.Format("2006年1月2日")
	}
	return at.Format("2 January 2006")
}

func (d *Draft) deadlineIn(lang string) string {
	if d.Deadline.IsZero() {
		return ""
	}
	return day(d.Deadline.UTC(), lang) + " " + d.Deadline.UTC().Format("15:04") + " UTC"
}

// parse cuts a template into pieces. {{name}} is a variable, and everything else is text: no markup, no conditions, so
// that nothing in it can run.
func parse(text string, oneLine bool, most int, place string) (pieces []piece, err error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, casebook.Fail(casebook.Unprocessable, "notice.text_missing").At(place)
	case utf8.RuneCountInString(text) > most:
		return nil, casebook.Fail(casebook.Unprocessable, "notice.text_long", most).At(place)
	case !printable(text, oneLine):
		return nil, casebook.Fail(casebook.Unprocessable, "notice.text_control").At(place)
	}
	for text != "" {
		before, rest, open := strings.Cut(text, "{{")
		if strings.Contains(before, "}}") {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.template").At(place)
		}
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !open {
			break
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed || !variableName.MatchString(name) {
			return nil, casebook.Fail(casebook.Unprocessable, "notice.template").At(place)
		}
		pieces, text = append(pieces, piece{name: name}), after
	}
	return pieces, nil
}

// alike is one of the draft's texts as all would read it in a language: what all read alike is filled in, the rest is shown
// by name.
func (d *Draft) alike(text odm.Text, lang string) string {
	var b strings.Builder
	pieces, _ := parse(text[lang], false, maxText, "") // it was read when it was sent
	for _, p := range pieces {
		i := slices.IndexFunc(d.Variables, func(v Variable) bool { return v.Name == p.name })
		if i >= 0 {
			p.text = d.Variables[i].in(lang)
		}
		b.WriteString(cmp.Or(p.text, p.name))
	}
	return b.String()
}

// heading is the title where it stands for all who read it, in both languages.
func (d *Draft) heading() odm.Text {
	return odm.Text{i18n.Chinese: d.alike(d.Title, i18n.Chinese), i18n.English: d.alike(d.Title, i18n.English)}
}

// printable refuses control characters, and those that turn the direction of what follows: a text must read as it is
// written, and a title becomes the line of a mail's header nowhere.
func printable(s string, oneLine bool) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return oneLine
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			return true
		}
		return unicode.IsControl(r)
	})
}

// flat is a name from elsewhere without what a text may not have.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if !printable(string(r), true) {
			return ' '
		}
		return r
	}, s)
}

// fill gives the text that a recipient reads. Values are put in once: what they say is never read as a template.
func (t *templates) fill(to *target) text {
	values := t.values[to.Language]
	write := func(pieces []piece) string {
		var b strings.Builder
		for _, p := range pieces {
			switch p.name {
			case "":
				b.WriteString(p.text)
			case "person":
				b.WriteString(flat(to.Person))
			case "site":
				b.WriteString(flat(to.Place))
			default:
				b.WriteString(values[p.name])
			}
		}
		return b.String()
	}
	out := text{language: to.Language, title: write(t.title[to.Language]), body: write(t.body[to.Language])}
	out.id = digestOf(out.language, out.title, out.body)[:32]
	return out
}

// digestOf is the SHA-256, in hex, of texts, each preceded by its length.
func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}
