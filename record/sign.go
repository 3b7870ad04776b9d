package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// Signed is the verb of an electronic signature. Ref: the scope's path; New: Manifest.
const Signed = "record.signed"

// Manifest is what a signature says (21 CFR 11.50) and what it is bound to (11.70): the printed name, when and in which
// zone, what it means, the digest of every value in its scope, and how far the ledger had come.
type Manifest struct {
	ID       string          `json:"id"`
	Signer   casebook.UserID `json:"signer"`
	Role     string          `json:"role"`
	Name     string          `json:"name"` // as printed
	Meaning  string          `json:"meaning"`
	At       time.Time       `json:"at"`
	Zone     string          `json:"zone"`    // IANA, in which the date and time are shown
	Content  string          `json:"content"` // SHA-256 over the scope's forms, in hex; see contentOf
	Size     int64           `json:"size"`    // entries in the study's order when it was signed
	Root     string          `json:"root"`    // of the tree over them, in hex (RFC 6962)
	Forms    int             `json:"forms"`
	Previous string          `json:"previous,omitempty"` // the signature of this scope that it follows
}

// Signature is a signature as it stands. It is void when anything in its scope has changed since.
type Signature struct {
	Manifest
	Scope
	Site    casebook.SiteID
	VoidAt  time.Time // zero while it holds
	VoidRef string    // the form that was changed
}

// Meanings are what a signature may mean. Their sentences are in package i18n.
var Meanings = []string{"approval", "review", "authorship"}

// Signing asks for a signature of the actor in ctx. Whoever calls it has proved that the actor is who signs.
type Signing struct {
	Scope
	Name    string
	Meaning string
	Zone    string
	Expect  string // the content digest that the signer was shown, "" when they were shown none
}

// Sign signs a part of a casebook in the caller's write. Errors, Conflict: record.sign_locked, record.sign_incomplete
// with the first form that is not complete, record.sign_empty; Stale record.sign_changed when the values are not those
// that the signer saw.
func (s *Service) Sign(ctx context.Context, w *ledger.Writer, st *Study, in Signing) (Signature, error) {
	_, err := time.LoadLocation(in.Zone)
	switch {
	case !slices.Contains(Meanings, in.Meaning):
		return Signature{}, casebook.Fail(casebook.Unprocessable, "record.sign_meaning", in.Meaning).At("meaning")
	case err != nil || in.Zone == "" || in.Zone == "Local":
		return Signature{}, casebook.Fail(casebook.Unprocessable, "record.sign_zone", in.Zone).At("zone")
	case in.Subject == "":
		return Signature{}, casebook.Fail(casebook.Unprocessable, "record.sign_study").At("scope")
	}
	site, err := hold(ctx, w.Tx, in.Scope)
	if err != nil {
		return Signature{}, err
	}
	if err := in.check(st.At(site)); err != nil {
		return Signature{}, err
	}
	closed, err := stages(ctx, w.Tx, in.Study, in.Subject)
	if err != nil {
		return Signature{}, err
	}
	if effective(closed, in.Subject, in.Path) == Locked {
		return Signature{}, casebook.Fail(casebook.Conflict, "record.sign_locked").At("scope")
	}
	forms, err := formsIn(ctx, w.Tx, in.Scope)
	if err != nil {
		return Signature{}, err
	}
	if err := signable(in.Scope, forms); err != nil {
		return Signature{}, err
	}
	actor := casebook.ActorFrom(ctx)
	sig := Signature{Scope: in.Scope, Site: site, Manifest: Manifest{ID: s.ledger.DB().World().NewID(), Signer: actor.User, Role: actor.Role, Name: in.Name,
		Meaning: in.Meaning, At: store.Time(store.Micros(w.Now)), Zone: in.Zone, Content: contentOf(in.Scope, forms), Forms: len(forms)}}
	if in.Expect != "" && in.Expect != sig.Content {
		return Signature{}, casebook.Fail(casebook.Stale, "record.sign_changed").At("expect")
	}
	if sig.Size, sig.Root, err = ledger.Head(ctx, w.Tx, in.Study); err != nil {
		return Signature{}, err
	}
	before, err := signatures(ctx, w.Tx, in.Study, in.Subject)
	if err != nil {
		return Signature{}, err
	}
	for _, b := range before {
		if b.Scope == in.Scope && b.Signer == actor.User {
			sig.Previous = b.ID
		}
	}
	_, err = w.Exec(ctx, `INSERT INTO record_signature(study_id, subject_id, signature_id, site_id, scope, manifest, signed_at, void_at, void_ref, release)
		VALUES($1,$2,$3,$4,$5,$6,$7,0,'',$8)`, in.Study, in.Subject, sig.ID, site, in.Path, ledger.Text(sig.Manifest), store.Micros(sig.At), w.Release(site))
	w.Record(ctx, ledger.Entry{What: Signed, Site: site, Subject: in.Subject, Ref: in.Path, New: ledger.Text(sig.Manifest)})
	return sig, err
}

// signable refuses what is empty or not complete.
func signable(part Scope, forms []*Form) error {
	if len(forms) == 0 {
		return casebook.Fail(casebook.Conflict, "record.sign_empty").At(part.Path)
	}
	for _, f := range forms {
		if f.State != Complete && part.Level() != "item" {
			return casebook.Fail(casebook.Conflict, "record.sign_incomplete", f.Ref()).At(f.Ref())
		}
	}
	return nil
}

// formsIn returns the forms with values that lie in a part of a casebook; of an item, its form with this item alone.
func formsIn(ctx context.Context, tx *store.Tx, part Scope) ([]*Form, error) {
	all, err := casebookOf(ctx, tx, part.Study, part.Subject)
	return within(part, all), err
}

func within(part Scope, all []*Form) []*Form {
	var forms []*Form
	for _, f := range all {
		switch {
		case len(f.Items) == 0:
		case part.covers(f.Subject, f.Ref()):
			forms = append(forms, f)
		case part.Level() == "item" && strings.HasPrefix(part.Path, f.Ref()+"/"):
			one := *f
			one.Items = slices.DeleteFunc(slices.Clone(f.Items), func(k Kept) bool { return f.ItemPath(k.Group, k.Repeat, k.Item) != part.Path })
			one.Enclosed = slices.DeleteFunc(slices.Clone(f.Enclosed), func(e Enclosure) bool { return f.ItemPath(e.Group, e.Repeat, e.Item) != part.Path })
			if len(one.Items) > 0 {
				forms = append(forms, &one)
			}
		}
	}
	slices.SortFunc(forms, func(a, b *Form) int { return strings.Compare(a.Ref(), b.Ref()) })
	return forms
}

// contentOf is the digest of a part: SHA-256 over "casebook content 1", the study, the subject, the path, and of each
// form its reference and its document, every text preceded by its length as a varint. The subject and the path are in
// it, so that a signature that is copied to another record does not fit there.
func contentOf(part Scope, forms []*Form) string {
	h := sha256.New()
	write := func(s string) {
		var n [10]byte
		h.Write(appendVarint(n[:0], len(s)))
		h.Write([]byte(s))
	}
	for _, s := range []string{"casebook content 1", string(part.Study), string(part.Subject), part.Path} {
		write(s)
	}
	for _, f := range forms {
		write(f.Ref())
		write(f.encode())
	}
	return hex.EncodeToString(h.Sum(nil))
}

func appendVarint(b []byte, n int) []byte {
	for n >= 0x80 {
		b, n = append(b, byte(n)|0x80), n>>7
	}
	return append(b, byte(n))
}

const signatureColumns = `subject_id, site_id, scope, manifest, void_at, void_ref`

func scanSignature(study casebook.StudyID) func(*store.Rows) (Signature, error) {
	return func(r *store.Rows) (s Signature, err error) {
		var manifest string
		var void int64
		s.Study = study
		if err := r.Scan(&s.Subject, &s.Site, &s.Path, &manifest, &void, &s.VoidRef); err != nil {
			return s, err
		}
		s.VoidAt = store.Time(void)
		return s, json.Unmarshal([]byte(manifest), &s.Manifest)
	}
}

// signatures returns all signatures in a casebook, oldest first.
func signatures(ctx context.Context, tx *store.Tx, study casebook.StudyID, subject casebook.SubjectID) ([]Signature, error) {
	return store.All(ctx, tx, scanSignature(study), `SELECT `+signatureColumns+` FROM record_signature
		WHERE study_id = $1 AND subject_id = $2 ORDER BY signed_at, signature_id`, study, subject)
}

// voidChanged voids the signatures over what a save changed. The ledger needs no entry of its own for it: that a change
// voids what lies over it is a rule, and the fold applies it too.
func voidChanged(ctx context.Context, w *ledger.Writer, f *Form, places []place) error {
	k := f.Key
	type held struct{ id, path string }
	all, err := store.All(ctx, w.Tx, func(r *store.Rows) (h held, err error) { err = r.Scan(&h.id, &h.path); return h, err },
		`SELECT signature_id, scope FROM record_signature WHERE study_id = $1 AND subject_id = $2 AND void_at = 0 ORDER BY signature_id`, k.Study, k.Subject)
	if err != nil || len(all) == 0 {
		return err
	}
	for _, h := range all {
		if !touches(Scope{k.Study, k.Subject, h.path}, k, places) {
			continue
		}
		if err := w.Later(ctx, `UPDATE record_signature SET void_at = $1, void_ref = $2 WHERE study_id = $3 AND subject_id = $4 AND signature_id = $5`,
			store.Micros(f.UpdatedAt), k.Ref(), k.Study, k.Subject, h.id); err != nil {
			return err
		}
	}
	return nil
}

func touches(part Scope, k Key, places []place) bool {
	return slices.ContainsFunc(places, func(p place) bool { return part.covers(k.Subject, k.ItemPath(p.group, p.repeat, p.item)) })
}

// unsignedForms counts the forms with values that no standing signature covers.
func unsignedForms(ctx context.Context, tx *store.Tx, part Scope) (n int, err error) {
	forms, err := formsIn(ctx, tx, part)
	if err != nil {
		return 0, err
	}
	all, err := signatures(ctx, tx, part.Study, part.Subject)
	for _, f := range forms {
		if !slices.ContainsFunc(all, func(s Signature) bool { return s.VoidAt.IsZero() && s.covers(f.Subject, f.Ref()) }) {
			n++
		}
	}
	return n, err
}

// signed takes in a signature.
func (f *Fold) signed(e *ledger.Entry) error {
	var m Manifest
	if err := json.Unmarshal([]byte(e.New), &m); err != nil {
		return err
	}
	part := Scope{f.study, e.Subject, e.Ref}
	if contentOf(part, within(part, f.ofSubject[e.Subject])) != m.Content {
		f.found("ledger_entry", e.ID, ledger.SignedOther)
	}
	f.signatures[e.Subject] = append(f.signatures[e.Subject], &Signature{Manifest: m, Scope: part, Site: e.Site})
	return nil
}

// void applies the rule that a change voids the signatures over it.
func (f *Fold) void(key Key, places []place, e *ledger.Entry) {
	for _, s := range f.signatures[key.Subject] {
		if s.VoidAt.IsZero() && touches(s.Scope, key, places) {
			s.VoidAt, s.VoidRef = e.At, key.Ref()
		}
	}
}

func (f *Fold) compareSignatures(ctx context.Context, tx *store.Tx) error {
	want := map[string]*Signature{}
	for _, of := range f.signatures {
		for _, s := range of {
			want[string(s.Subject)+" "+s.ID] = s
		}
	}
	rows, err := store.All(ctx, tx, scanSignature(f.study), `SELECT `+signatureColumns+` FROM record_signature WHERE study_id = $1 ORDER BY subject_id, signature_id`, f.study)
	for _, row := range rows {
		id := string(row.Subject) + " " + row.ID
		s := want[id]
		if s == nil || ledger.Text(s.Manifest) != ledger.Text(row.Manifest) || s.Scope != row.Scope || !s.VoidAt.Equal(row.VoidAt) || s.VoidRef != row.VoidRef {
			f.found("record_signature", id, "it is not as the ledger holds it")
		}
		delete(want, id)
	}
	for id := range want {
		f.found("record_signature", id, "removed: the ledger holds it")
	}
	return err
}
