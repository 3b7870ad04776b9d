package odm

import (
	"errors"

	"casebook"
	"casebook/i18n"
)

// Report says what a reader found and what it could not carry over. Nothing is dropped without a Loss.
type Report struct {
	Format    string    `json:"format"` // "odm-xml-1.3.2", …
	Inventory Inventory `json:"inventory"`
	Losses    []Loss    `json:"losses"`
}

// Inventory counts the definitions of a file.
type Inventory struct {
	Events          int `json:"events"`
	Forms           int `json:"forms"`
	ItemGroups      int `json:"item_groups"`
	Items           int `json:"items"`
	CodeLists       int `json:"code_lists"`
	Conditions      int `json:"conditions"`
	Methods         int `json:"methods"`
	RangeChecks     int `json:"range_checks"`
	RulesTranslated int `json:"rules_translated"`
	RulesKept       int `json:"rules_kept"`
}

// Loss is one deviation of a file from its standard, one thing that the model cannot say, or one that the format which
// is written cannot; with a code and a sentence in each language.
type Loss struct {
	Place string `json:"place"` // the path of elements with OIDs, e.g. "MetaDataVersion[MDV.1]/ItemDef[I.1]"
	Line  int    `json:"line"`  // 0 where a file is written
	Code  string `json:"code"`  // the kind, e.g. "loss.second_code"
	What  string `json:"what"`  // in English
	Texts Text   `json:"texts"` // What in every language
	Kept  bool   `json:"kept"`  // true when it is kept verbatim, false when it is dropped

	said i18n.Sentence
}

// Lost returns a loss of a kind, whose sentence stands in package i18n.
func Lost(place string, line int, kept bool, code string, args ...any) Loss {
	l := Loss{Place: place, Line: line, Code: code, Kept: kept}
	l.say(i18n.Sentence{Code: code, Args: args})
	return l
}

// Times says how often it was found, if not once.
func (l *Loss) Times(n int) {
	if n > 1 {
		l.say(i18n.Sentence{Code: "loss.times", Args: []any{l.said, n}})
	}
}

func (l *Loss) say(s i18n.Sentence) {
	l.said, l.What, l.Texts = s, s.In(i18n.English), i18n.Texts(s.Code, s.Args...)
}

// Idle is why a rule does not run, as an argument of a loss: the sentence of one of our own errors, else what err says.
func Idle(err error) any {
	e, ok := errors.AsType[*casebook.Error](err)
	switch {
	case !ok:
		return err.Error()
	case e.Place == "":
		return i18n.Sentence{Code: "loss.because", Args: []any{i18n.Sentence{Code: e.Code, Args: e.Args}, e.Code}}
	}
	return i18n.Sentence{Code: "loss.because_at", Args: []any{e.Place, i18n.Sentence{Code: e.Code, Args: e.Args}, e.Code}}
}
