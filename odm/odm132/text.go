package odm132

import (
	"strings"

	"casebook/odm"
)

// texts reads n, which holds TranslatedText in each language, to its end.
func (r *reader) texts(n *node) (odm.Text, error) {
	var out odm.Text
	err := r.children(n, func(c *node) error {
		lang, err := r.language(c)
		if err != nil {
			return err
		}
		s, err := r.text(c)
		if err != nil || strings.TrimSpace(s) == "" {
			return err
		}
		if _, twice := out[lang]; twice {
			r.lose(c, false, "a second text in the same language; the first is kept")
			return nil
		}
		if out == nil {
			out = odm.Text{}
		}
		out[lang] = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out == nil {
		out = r.formatted(n)
	}
	if n.count[0] == 0 && out == nil {
		r.lose(n, true, n.name+" without text")
	}
	return out, nil
}

// formatted returns the plain text of the FormattedTranslatedText that stands in n in place of TranslatedText. The
// element itself is kept.
func (r *reader) formatted(n *node) odm.Text {
	for _, element := range n.elements() {
		name, _, _ := strings.Cut(strings.TrimPrefix(element, "<"), ">")
		name, _, _ = strings.Cut(name, " ")
		if name != "FormattedTranslatedText" && !strings.HasSuffix(name, ":FormattedTranslatedText") {
			continue
		}
		r.lose(n, true, "FormattedTranslatedText in place of TranslatedText; its plain text is shown")
		if s := plain(element); s != "" {
			return odm.Text{"": s}
		}
	}
	return nil
}

// elements returns the elements kept for n so far.
func (n *node) elements() []string {
	owner, path := n, ""
	for ; !owner.rule.owns; owner = owner.up {
		path = "/" + owner.key() + path
	}
	if owner.extra == nil || owner.extra.Within[path[1:]] == nil {
		return nil
	}
	return owner.extra.Within[path[1:]].Elements
}

// language returns the language of a TranslatedText as a BCP 47 tag; "" when it names none.
func (r *reader) language(n *node) (string, error) {
	lang := n.lang()
	if lang == "" || isLanguage(lang) {
		return lang, nil
	}
	tag := strings.ReplaceAll(strings.TrimSpace(lang), "_", "-")
	if !isLanguage(tag) {
		return "", n.fail("odm.value_type", "xml:lang", shortened(lang), "a language tag")
	}
	r.lose(n, false, "xml:lang "+shortened(lang)+" is no language tag; read as "+tag)
	return tag, nil
}

// alias reads an Alias and adds it to those of the same definition.
func (r *reader) alias(n *node, to *[]odm.Alias) error {
	context, hasContext := n.attr("Context")
	name, hasName := n.attr("Name")
	if !hasName {
		r.lose(n, true, "Alias without Name")
	}
	if !hasContext {
		r.lose(n, true, "Alias without Context")
	}
	if err := r.none(n); err != nil {
		return err
	}
	if n.up.contexts[context] {
		r.lose(n, false, "a second Alias in the same Context; the first is kept")
		return nil
	}
	set(&n.up.contexts, context)
	*to = append(*to, odm.Alias{Context: context, Name: name})
	return nil
}

// expression reads a FormalExpression, whatever its language, and keeps it letter by letter.
func (r *reader) expression(n *node, to *[]odm.Expression) error {
	code, err := r.text(n)
	if err != nil {
		return err
	}
	context := n.str("Context")
	if context == "" && strings.TrimSpace(code) == "" {
		r.lose(n, false, "FormalExpression without text")
		return nil
	}
	*to = append(*to, odm.Expression{Context: context, Code: code, Line: n.line})
	r.found.RulesKept++
	return nil
}

// described reads the children that most definitions share.
func (r *reader) described(n *node, text *odm.Text, aliases *[]odm.Alias) (err error) {
	if n.name == "Alias" {
		return r.alias(n, aliases)
	}
	*text, err = r.texts(n)
	return err
}
