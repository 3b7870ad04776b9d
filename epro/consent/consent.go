// Package consent is what a patient agrees to: a document in versions and languages, questions that show that it was
// understood, and a signature. It refuses a document that says more in one language than in another, and a signature
// under a document that was not understood. It is pure: package epro keeps what it reads.
package consent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Format is the format of documents.
const Format = "casebook-consent/1"

// The bounds of a document and of a signature.
const (
	MaxBytes     = 256 << 10 // of a document
	maxParts     = 60        // sections, and questions
	maxOptions   = 8
	maxTries     = 50 // answers to one question
	maxName      = 100
	maxPoints    = 5000
	width        = 1000 // of the field in which a signature is drawn, in its own units
	height       = 400
	leastDrawing = 60 // length of all strokes together: less is a slip of the finger
)

// Text is a text by language.
type Text map[string]string

// Document is a version of what patients agree to.
type Document struct {
	Format   string `json:"format"`
	Title    Text   `json:"title"`
	Approval string `json:"approval,omitempty"` // the ethics committee's, with its number and date
	// Required closes the diaries until the document is signed.
	Required bool `json:"required,omitzero"`
	// Again asks who has signed an earlier version to sign this one, too.
	Again     bool       `json:"again,omitzero"`
	Sections  []Section  `json:"sections"`
	Questions []Question `json:"questions,omitempty"`
	Statement Text       `json:"statement"` // what is signed
}

// Section is a part of the document.
type Section struct {
	Title Text `json:"title"`
	Text  Text `json:"text"`
}

// Question asks whether something was understood. Exactly one of its options is right.
type Question struct {
	Text    Text     `json:"text"`
	Options []Option `json:"options"`
	Why     Text     `json:"why"` // is shown after a wrong answer
}

// Option is a possible answer.
type Option struct {
	Text  Text `json:"text"`
	Right bool `json:"right,omitzero"`
}

// Read reads a document that can be published. Errors are casebook.Invalid with a JSON pointer.
func Read(text []byte) (*Document, error) {
	d, err := Draft(text)
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Draft reads a document that is still being written: it may lack what Read asks for.
func Draft(text []byte) (*Document, error) {
	if len(text) > MaxBytes {
		return nil, casebook.Fail(casebook.TooLarge, "request.too_large", MaxBytes)
	}
	d := &Document{}
	if err := json.Unmarshal(text, d, json.RejectUnknownMembers(true)); err != nil {
		place := ""
		if s, ok := errors.AsType[*json.SemanticError](err); ok {
			place = string(s.JSONPointer)
		} else if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
			place = string(s.JSONPointer)
		}
		return nil, casebook.Fail(casebook.Invalid, "epro.consent.json").At(strings.ToValidUTF8(place, "\uFFFD")).Wrap(err)
	}
	return d, nil
}

// Languages are those of the document, sorted.
func (d *Document) Languages() []string { return slices.Sorted(maps.Keys(d.Title)) }

func (d *Document) check() error {
	wrong := func(code, place string, args ...any) error {
		return casebook.Fail(casebook.Invalid, code, args...).At(place)
	}
	switch {
	case d.Format != Format:
		return wrong("epro.consent.format", "/format", d.Format)
	case len(d.Sections) == 0 || len(d.Sections) > maxParts:
		return wrong("epro.consent.sections", "/sections", maxParts)
	case len(d.Questions) > maxParts:
		return wrong("epro.consent.sections", "/questions", maxParts)
	}
	texts := []struct {
		at   string
		text Text
	}{{"/title", d.Title}, {"/statement", d.Statement}}
	add := func(text Text, at string, args ...any) {
		texts = append(texts, struct {
			at   string
			text Text
		}{fmt.Sprintf(at, args...), text})
	}
	for i, s := range d.Sections {
		add(s.Title, "/sections/%d/title", i)
		add(s.Text, "/sections/%d/text", i)
	}
	for i, q := range d.Questions {
		right := 0
		add(q.Text, "/questions/%d/text", i)
		add(q.Why, "/questions/%d/why", i)
		for k, o := range q.Options {
			add(o.Text, "/questions/%d/options/%d/text", i, k)
			if o.Right {
				right++
			}
		}
		if right != 1 || len(q.Options) < 2 || len(q.Options) > maxOptions {
			return wrong("epro.consent.options", fmt.Sprintf("/questions/%d/options", i), maxOptions)
		}
	}
	languages := d.Languages()
	for _, t := range texts {
		blank := slices.ContainsFunc(slices.Collect(maps.Values(t.text)), func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(languages) == 0 || blank || !slices.Equal(slices.Sorted(maps.Keys(t.text)), languages) {
			return wrong("epro.consent.languages", t.at, strings.Join(languages, ", "))
		}
	}
	return nil
}

// Signature is a patient's hand under a document.
type Signature struct {
	Language string  `json:"language"`
	Answers  [][]int `json:"answers"` // of each question: the options in the order in which they were tried
	Name     string  `json:"name"`    // as typed
	Drawn    [][]int `json:"drawn"`   // strokes: x, y, x, y … from 0, 0 to 1000, 400
	Undrawn  bool    `json:"undrawn"` // whoever signs says that they cannot draw
}

// Accept reports why s is no signature under d: Unprocessable with a JSON pointer, or nil. What a phone says is judged
// again here, whatever the phone judged.
func (d *Document) Accept(s *Signature) error {
	wrong := func(code, place string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place)
	}
	if _, ok := d.Title[s.Language]; !ok {
		return wrong("epro.consent.language", "/language", s.Language)
	}
	if len(s.Answers) != len(d.Questions) {
		return wrong("epro.consent.not_understood", "/answers")
	}
	for i, q := range d.Questions {
		tries := s.Answers[i]
		last := len(tries) - 1
		if last < 0 || last >= maxTries || slices.ContainsFunc(tries, func(n int) bool { return n < 0 || n >= len(q.Options) }) || !q.Options[tries[last]].Right {
			return wrong("epro.consent.not_understood", fmt.Sprintf("/answers/%d", i))
		}
	}
	if name := strings.TrimSpace(s.Name); name == "" || utf8.RuneCountInString(name) > maxName {
		return wrong("epro.consent.name", "/name", maxName)
	}
	if s.Undrawn && len(s.Drawn) == 0 {
		return nil
	}
	if !drawing(s.Drawn) {
		return wrong("epro.consent.drawn", "/drawn")
	}
	return nil
}

// drawing reports whether strokes are a signature: inside their field, and longer than a slip of the finger.
func drawing(strokes [][]int) bool {
	points, length := 0, 0
	for _, s := range strokes {
		if len(s)%2 != 0 || len(s) < 2 {
			return false
		}
		for i := 0; i < len(s); i += 2 {
			if s[i] < 0 || s[i] > width || s[i+1] < 0 || s[i+1] > height {
				return false
			}
			if points++; i > 0 {
				length += max(s[i]-s[i-2], s[i-2]-s[i]) + max(s[i+1]-s[i-1], s[i-1]-s[i+1])
			}
		}
	}
	return points <= maxPoints && length >= leastDrawing
}
