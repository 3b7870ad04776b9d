package markup

import (
	"strings"

	"casebook/odm"
)

// Texts reads n, which holds TranslatedText in each language, to its end.
func (r *Reader) Texts(n *Node) (odm.Text, error) {
	var out odm.Text
	err := r.Children(n, func(c *Node) error {
		lang, err := r.language(c)
		if err != nil {
			return err
		}
		s, err := r.Text(c)
		if err != nil {
			return err
		}
		if strings.TrimSpace(s) == "" && r.hasMarkup(c) {
			s = plain(strings.Join(c.elements(), " "))
		}
		if strings.TrimSpace(s) == "" {
			return nil
		}
		if _, twice := out[lang]; twice {
			r.Lose(c, false, "loss.second_text")
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
		r.Lose(n, true, "loss.no_text", n.Name)
	}
	return out, nil
}

// formatted returns the plain text of the FormattedTranslatedText that stands in n in place of TranslatedText. The
// element itself is kept.
func (r *Reader) formatted(n *Node) odm.Text {
	for _, element := range n.elements() {
		name, _, _ := strings.Cut(strings.TrimPrefix(element, "<"), ">")
		name, _, _ = strings.Cut(name, " ")
		if name != "FormattedTranslatedText" && !strings.HasSuffix(name, ":FormattedTranslatedText") {
			continue
		}
		r.Lose(n, true, "loss.formatted_text")
		if s := plain(element); s != "" {
			return odm.Text{"": s}
		}
	}
	return nil
}

// hasMarkup reports whether a text is kept as an element, and notes that its plain text is shown.
func (r *Reader) hasMarkup(n *Node) bool {
	if len(n.elements()) == 0 {
		return false
	}
	r.Lose(n, true, "loss.marked_up")
	return true
}

// elements returns the elements kept for n so far.
func (n *Node) elements() []string {
	owner, path := n, ""
	for ; !owner.rule.owns; owner = owner.up {
		path = "/" + owner.key() + path
	}
	if owner.Extra == nil || owner.Extra.Within[path[1:]] == nil {
		return nil
	}
	return owner.Extra.Within[path[1:]].Elements
}

// language returns the language of a TranslatedText as a BCP 47 tag; "" when it names none.
func (r *Reader) language(n *Node) (string, error) {
	lang := n.lang()
	if lang == "" || isLanguage(lang) {
		return lang, nil
	}
	tag := strings.ReplaceAll(strings.TrimSpace(lang), "_", "-")
	if !isLanguage(tag) {
		return "", n.Refuse("odm.value_type", "xml:lang", Short(lang), "a language tag")
	}
	r.Lose(n, false, "loss.language_tag", Short(lang), tag)
	return tag, nil
}

// Alias reads an Alias and adds it to those of the same definition. One in our own context is no name: it says what the
// standard has no word for.
func (r *Reader) Alias(n *Node, to *[]odm.Alias) error {
	context, hasContext := n.Attr("Context")
	name, hasName := n.Attr("Name")
	if !hasName {
		r.Lose(n, true, "loss.alias_name")
	}
	if !hasContext {
		r.Lose(n, true, "loss.alias_context")
	}
	if err := r.None(n); err != nil {
		return err
	}
	if context == beyondContext {
		b, ok := parseBeyond(name)
		switch {
		case !ok:
			r.Lose(n, false, "loss.alias_unknown", beyondContext)
		case n.up.Beyond != nil:
			r.Lose(n, false, "loss.second_alias")
		default:
			n.up.Beyond = b
		}
		return nil
	}
	if n.up.contexts[context] {
		r.Lose(n, false, "loss.second_alias")
		return nil
	}
	Set(&n.up.contexts, context)
	*to = append(*to, odm.Alias{Context: context, Name: name})
	return nil
}

// Described reads the children that most definitions share.
func (r *Reader) Described(n *Node, text *odm.Text, aliases *[]odm.Alias) (err error) {
	if n.Name == "Alias" {
		return r.Alias(n, aliases)
	}
	*text, err = r.Texts(n)
	return err
}
