package markup

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"

	"casebook/odm"
)

// Settled returns refs without those that name the same again, and numbered anew if numbers occur twice.
func (w *Writer) Settled(refs []odm.Ref) []odm.Ref {
	oids, orders := map[string]bool{}, map[int]bool{}
	var out []odm.Ref
	anew := false
	for _, ref := range refs {
		if oids[ref.OID] {
			w.Lose("loss.second_reference", Short(ref.OID))
			continue
		}
		oids[ref.OID] = true
		anew = anew || ref.Order != 0 && orders[ref.Order]
		orders[ref.Order] = true
		out = append(out, ref)
	}
	if anew {
		w.Lose("loss.order_twice")
		Renumber(out)
	}
	return out
}

// Yes writes Yes or No.
func (w *Writer) Yes(name string, yes bool) {
	if yes {
		w.Always(name, "Yes")
	} else {
		w.Always(name, "No")
	}
}

// Texts writes a text in all its languages; one that must be there is written without words if it has none.
func (w *Writer) Texts(element string, t odm.Text, must bool) {
	if len(t) == 0 && !must && w.InOwner(element) == nil {
		return
	}
	w.Part(element, element)
	var langs []string
	for lang := range t {
		switch {
		case lang != "" && !isLanguage(lang):
			w.Lose("loss.unwritten_language", Short(lang))
		case strings.TrimSpace(t[lang]) != "":
			langs = append(langs, lang)
		}
	}
	slices.Sort(langs)
	for _, lang := range langs {
		w.Part("TranslatedText", "TranslatedText["+lang+"]")
		w.Attr("Type", w.TextType)
		w.Attr("xml:lang", lang)
		w.Text(t[lang])
		w.End()
	}
	if len(langs) == 0 {
		w.Part("TranslatedText", "TranslatedText[]")
		w.Attr("Type", w.TextType)
		w.End()
	}
	w.Kept("FormattedTranslatedText")
	w.End()
}

// Aliases writes the names of a definition, and behind them what the standard has no word for.
func (w *Writer) Aliases(aliases []odm.Alias, b Beyond) {
	seen := map[string]bool{}
	for _, a := range aliases {
		if seen[a.Context] {
			w.Lose("loss.second_alias")
			continue
		}
		seen[a.Context] = true
		w.alias(a)
	}
	if more := b.String(); more != "" && !seen[beyondContext] {
		w.alias(odm.Alias{Context: beyondContext, Name: more})
	}
}

func (w *Writer) alias(a odm.Alias) {
	w.Part("Alias", "Alias["+a.Context+"]")
	w.Always("Context", a.Context)
	w.Always("Name", a.Name)
	w.End()
}

// Nth returns the key of an element that is told from its siblings by its place.
func Nth(element string, i int) string { return element + "[" + strconv.Itoa(i+1) + "]" }

// OID writes the attribute OID, which must be there.
func (w *Writer) OID(oid string) {
	if oid == "" {
		w.Refuse("odm.missing_attribute", "OID")
	}
	w.Always("OID", oid)
}

// Word writes an element of text.
func (w *Writer) Word(name, s string) {
	w.Part(name, name)
	if s != "" {
		w.Text(s)
	}
	w.End()
}

// OneOf writes an attribute that is one of few; absent is written for none, and nothing if absent is "".
func (w *Writer) OneOf(name, value, absent string, values []string) {
	if value == "" {
		value = absent
	}
	if value != "" && !slices.Contains(values, value) {
		w.Refuse("odm.value_type", name, Short(value), strings.Join(values, ", "))
	}
	w.Attr(name, value)
}

// Named is a definition of a version.
type Named struct{ Kind, OID string }

// SettleNames finds other names for definitions whose OID another kind has too: the schemas want an OID once in a
// version (constraint UC-MDV-OID-unique).
func (w *Writer) SettleNames(definitions iter.Seq[Named]) {
	w.names = map[Named]string{}
	first := map[string]string{}
	var clash []Named
	for d := range definitions {
		switch kind := first[d.OID]; kind {
		case "":
			first[d.OID] = d.Kind
		case d.Kind:
			w.Refuse("odm.duplicate_oid", d.Kind, d.OID)
		default:
			clash = append(clash, d)
		}
	}
	for _, d := range clash {
		if w.names[d] != "" {
			w.Refuse("odm.duplicate_oid", d.Kind, d.OID)
		}
		name := d.OID + "." + d.Kind
		for first[name] != "" {
			name += "_"
		}
		first[name], w.names[d] = d.Kind, name
		w.Lose("loss.written_oid", Short(d.OID), d.Kind, Short(name))
	}
}

// Name returns the OID under which a definition is written.
func (w *Writer) Name(kind, oid string) string { return cmp.Or(w.names[Named{kind, oid}], oid) }

// Definition opens a definition with the attributes that every one has.
func (w *Writer) Definition(kind, element, oid, name string, x *odm.Extra) {
	w.Own(element, oid, x)
	w.OID(w.Name(kind, oid))
	w.Always("Name", cmp.Or(name, oid))
}

// Units returns the units of a study and those that only its versions have.
func Units(s *odm.Study) []odm.Unit {
	seen := map[string]bool{}
	var out []odm.Unit
	gather := func(units []odm.Unit) {
		for _, u := range units {
			if !seen[u.OID] {
				seen[u.OID] = true
				out = append(out, u)
			}
		}
	}
	gather(s.Units)
	for _, v := range s.Versions {
		gather(v.Units)
	}
	return out
}
