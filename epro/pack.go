package epro

import (
	"embed"
	"html/template"
	"io"

	"casebook"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
)

//go:embed pack.html
var packFile embed.FS

var packPage = template.Must(template.New("pack.html").Funcs(template.FuncMap{
	"say":   func(text odm.Text, lang string) string { return text.In(lang) },
	"words": packWords,
}).ParseFS(packFile, "pack.html"))

// pack is what the page of an instrument's screens is made of.
type pack struct {
	Study, Version, Hash string
	Langs                []string
	States               map[string]odm.Translation // by language
	Form                 definition
	Screens              []screen
	Computed             []question // scores and what else nobody answers
}

type screen struct {
	Number int
	question
}

// WritePack writes every screen of a form as patients see it, in each language, as one HTML page without anything from
// elsewhere: for ethics committees, to be read or printed. It is made of the definition that phones are sent, whose hash
// it names.
func WritePack(w io.Writer, study string, v *odm.Version, form string, langs ...string) error {
	st := record.Compile(v, 1)
	f := st.Index.Form(form)
	if f == nil {
		return casebook.Fail(casebook.NotFound, "epro.pack.form", form)
	}
	d := definitionOf(st, form)
	p := pack{Study: study, Version: v.OID, Hash: digest(ledger.Text(d)), Langs: langs, States: map[string]odm.Translation{}, Form: d}
	for _, t := range f.Translations {
		p.States[t.Lang] = t
	}
	for _, q := range d.Questions {
		if q.Computed != "" || q.Unseen {
			p.Computed = append(p.Computed, q)
			continue
		}
		p.Screens = append(p.Screens, screen{len(p.Screens) + 1, q})
	}
	return packPage.Execute(w, p)
}

// packWords are the words around a study's own, as the phone says them.
func packWords(lang string) map[string]string {
	return map[string]string{
		"computed": i18n.Text("epro.pack.computed", lang),
		"confirm":  i18n.Text("epro.pack.confirm", lang),
		"final":    i18n.Text("epro.pack.final", lang),
		"hash":     i18n.Text("epro.pack.hash", lang),
		"hides":    i18n.Text("epro.pack.hides", lang),
		"holds":    i18n.Text("epro.pack.holds", lang),
		"language": i18n.Text("epro.pack.language", lang),
		"licence":  i18n.Text("epro.pack.licence", lang),
		"needed":   i18n.Text("epro.pack.needed", lang),
		"next":     i18n.Text("epro.pack.next", lang),
		"no":       i18n.Text("epro.pack.no", lang),
		"screens":  i18n.Text("epro.pack.screens", lang),
		"several":  i18n.Text("epro.pack.several", lang),
		"study":    i18n.Text("epro.pack.study", lang),
		"submit":   i18n.Text("epro.pack.submit", lang),
		"yes":      i18n.Text("epro.pack.yes", lang),
	}
}
