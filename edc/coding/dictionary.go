package coding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

var insertEntries = store.NewInsert("coding_entry", "release text, language text, code text, plain text, name text, actual bigint, paths text", "", "")

// Load keeps a dictionary for all studies. The same files again are no change and have no entry; other content under a name that is
// there is Conflict coding.there: a version never changes. Errors besides: Invalid coding.version, coding.language.
func (s *Service) Load(ctx context.Context, d Dictionary, terms []Term) (Dictionary, error) {
	switch {
	case !named(d.Version):
		return d, casebook.Fail(casebook.Invalid, "coding.version", clip(d.Version)).At("version")
	case !named(d.Language):
		return d, casebook.Fail(casebook.Invalid, "coding.language", clip(d.Language)).At("language")
	}
	rows := rowsOf(d, terms)
	d.Terms, d.Digest = len(terms), rows.digest()
	err := s.ledger.WriteNew(ctx, casebook.Platform, func(w *ledger.Writer) error {
		have, err := dictionaries(ctx, w.Tx)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(have, func(h Dictionary) bool { return h.Ref() == d.Ref() }); i >= 0 {
			if have[i] != d {
				return casebook.Fail(casebook.Conflict, "coding.there", d.Ref())
			}
			return nil
		}
		if _, err := w.Exec(ctx, `INSERT INTO coding_dictionary(release, language, doc) VALUES($1,$2,$3)`, d.Release(), d.Language, ledger.Text(d)); err != nil {
			return err
		}
		for some := range slices.Chunk(rows, 4096) {
			if err := some.insert(ctx, w.Tx); err != nil {
				return err
			}
		}
		w.Record(ctx, ledger.Entry{What: VerbLoaded, Ref: d.Ref(), New: ledger.Text(d)})
		return nil
	})
	return d, err
}

// named reports whether a text may be part of a name that stands in keys.
func named(text string) bool {
	return text != "" && len(text) <= 40 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '.' && r != '-' && r != '_'
	})
}

// entry is a row of coding_entry.
type entry struct {
	release, language, code, plain, name string
	actual                               int64
	paths                                string
}

type entries []entry

func rowsOf(d Dictionary, terms []Term) entries {
	rows := make(entries, len(terms))
	for i, t := range terms {
		rows[i] = entry{d.Release(), d.Language, t.Code, indexed(Plain(t.Name)), t.Name, 0, ledger.Text(t.Paths)}
		if t.Current {
			rows[i].actual = 1
		}
	}
	return rows
}

func (e entry) sum(h hash.Hash) {
	for _, part := range [...]string{e.code, e.plain, e.name, string('0' + rune(e.actual)), e.paths} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
}

// digest is over the rows in the order of their codes.
func (rows entries) digest() string {
	h := sha256.New()
	for _, e := range rows {
		e.sum(h)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (rows entries) insert(ctx context.Context, tx *store.Tx) error {
	n := len(rows)
	release, language, code, plain, name := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	actual, paths := make([]int64, n), make([]string, n)
	for i, e := range rows {
		release[i], language[i], code[i], plain[i], name[i], actual[i], paths[i] = e.release, e.language, e.code, e.plain, e.name, e.actual, e.paths
	}
	_, err := tx.InsertAll(ctx, insertEntries, release, language, code, plain, name, actual, paths)
	return err
}

const entryColumns = `release, language, code, plain, name, actual, paths`

func scanEntry(r *store.Rows) (e entry, err error) {
	err = r.Scan(&e.release, &e.language, &e.code, &e.plain, &e.name, &e.actual, &e.paths)
	return e, err
}

// dictionaries are those that are loaded, by name.
func dictionaries(ctx context.Context, tx *store.Tx) ([]Dictionary, error) {
	return store.All(ctx, tx, func(r *store.Rows) (d Dictionary, err error) {
		var doc string
		if err := r.Scan(&doc); err != nil {
			return d, err
		}
		return d, json.Unmarshal([]byte(doc), &d)
	}, `SELECT doc FROM coding_dictionary ORDER BY release, language`)
}

// Dictionaries returns those that are loaded, by kind, version and language.
func (s *Service) Dictionaries(ctx context.Context) (all []Dictionary, err error) {
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) (err error) {
		all, err = dictionaries(ctx, tx)
		return err
	})
	return all, err
}

// loaded reports whether a version is there, in whatever language.
func loaded(ctx context.Context, tx *store.Tx, k Kind, version string) (bool, error) {
	var n int
	err := tx.Row(ctx, `SELECT count(*) FROM coding_dictionary WHERE release = $1`, release(k, version)).Scan(&n)
	return n > 0, err
}

// termsOf merges rows into terms: each code once, with its names in all languages, in the order of the rows.
func termsOf(rows []entry) (terms []Term, err error) {
	at := map[string]int{}
	for _, e := range rows {
		t := Term{Code: e.code, Name: e.name, Current: e.actual == 1}
		if err := json.Unmarshal([]byte(e.paths), &t.Paths); err != nil {
			return nil, err
		}
		i, there := at[e.code]
		if !there {
			at[e.code] = len(terms)
			terms = append(terms, t)
			continue
		}
		for _, path := range t.Paths {
			translate(terms[i].Paths, path)
		}
	}
	return terms, nil
}

// translate gives the names of a path in one language to the same path in another.
func translate(paths [][]Level, path []Level) {
	for _, p := range paths {
		if !slices.EqualFunc(p, path, func(a, b Level) bool { return a.Code == b.Code }) {
			continue
		}
		for i := range p {
			for language, name := range path[i].Name {
				if p[i].Name == nil {
					p[i].Name = odm.Text{}
				}
				p[i].Name[language] = name
			}
		}
	}
}

// termOf finds a term of a release by its code; NotFound coding.term_unknown.
func termOf(ctx context.Context, tx *store.Tx, k Kind, version, code string) (Term, error) {
	rows, err := store.All(ctx, tx, scanEntry, `SELECT `+entryColumns+` FROM coding_entry WHERE release = $1 AND code = $2 ORDER BY language`, release(k, version), code)
	if err != nil {
		return Term{}, err
	}
	terms, err := termsOf(rows)
	if err == nil && len(terms) == 0 {
		err = casebook.Fail(casebook.NotFound, "coding.term_unknown", clip(code), release(k, version)).At("code")
	}
	if err != nil {
		return Term{}, err
	}
	return terms[0], nil
}

// sameName are the codes of the current terms whose name is this plain text, in whatever language.
func sameName(ctx context.Context, tx *store.Tx, k Kind, version, plain string) ([]string, error) {
	return store.All(ctx, tx, func(r *store.Rows) (code string, err error) { return code, r.Scan(&code) },
		`SELECT DISTINCT code FROM coding_entry WHERE release = $1 AND plain = $2 AND actual = 1 ORDER BY code`, release(k, version), indexed(plain))
}

// maxFound bounds what a search finds.
const maxFound = 30

var wild = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// search finds terms whose name has every word of a text: first the name that is the text, then those that begin with it, the shorter
// before the longer.
func search(ctx context.Context, tx *store.Tx, k Kind, version, text string) ([]Term, error) {
	plain := Plain(text)
	words := strings.Fields(plain)
	if len(words) == 0 {
		return nil, nil
	}
	const most = 6 // words; the others do not narrow
	args := []any{release(k, version), plain, wild.Replace(plain) + "%"}
	conditions := ""
	for _, w := range words[:min(len(words), most)] {
		args = append(args, "%"+wild.Replace(w)+"%")
		conditions += ` AND plain LIKE $` + string('0'+rune(len(args))) + ` ESCAPE '\'`
	}
	rows, err := store.All(ctx, tx, scanEntry, `SELECT `+entryColumns+` FROM coding_entry WHERE release = $1`+conditions+`
		ORDER BY CASE WHEN plain = $2 THEN 0 WHEN plain LIKE $3 ESCAPE '\' THEN 1 ELSE 2 END, 1 - actual, length(plain), plain, code LIMIT 60`, args...)
	if err != nil {
		return nil, err
	}
	terms, err := termsOf(rows)
	return terms[:min(len(terms), maxFound)], err
}
