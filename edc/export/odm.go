package export

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"casebook"
	"casebook/edc/coding"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odm132"
	"casebook/patient"
	"casebook/record"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// file describes a file of this cut. Nothing in it depends on when or where it is written.
func (c *Cut) file(ctx context.Context, kind string) (*odm.Study, odm132.Options, odm132.Clinical, error) {
	actors, err := c.actors(ctx)
	if err != nil {
		return nil, odm132.Options{}, odm132.Clinical{}, err
	}
	study := &odm.Study{OID: string(c.Trial.ID), Name: c.Trial.Name, Description: c.Trial.Description}
	var used []odm132.VersionUse
	for _, v := range c.versions {
		study.Versions = append(study.Versions, v.Definition)
		used = append(used, odm132.VersionUse{Version: v.Definition.OID, Since: v.PublishedAt})
	}
	clinical := odm132.Clinical{AsOf: c.Until, Transactional: kind != "snapshot", Archival: kind == "archival"}
	roles := map[casebook.UserID]string{}
	for _, a := range actors {
		roles[a.User] = cmp.Or(roles[a.User], a.Role)
	}
	for _, user := range slices.Sorted(maps.Keys(roles)) {
		clinical.Users = append(clinical.Users, odm132.User{OID: string(user), Login: string(user), Name: c.people[user].Name, Type: userType(roles[user], kind)})
	}
	for _, s := range c.sites {
		clinical.Locations = append(clinical.Locations, odm132.Location{OID: string(s.ID), Name: cmp.Or(s.Name.In("en"), string(s.ID)), Type: "Site", Versions: used})
	}
	clinical.Locations = append(clinical.Locations, odm132.Location{OID: "sponsor", Name: "Sponsor", Type: "Sponsor", Versions: used},
		odm132.Location{OID: "system", Name: "casebook", Type: "Other", Versions: used})
	for _, m := range record.Meanings {
		clinical.Signatures = append(clinical.Signatures, odm132.SignatureDef{OID: "SIG." + m, Meaning: m,
			LegalReason: "The signer has confirmed with the password that this signature is the equivalent of the handwritten one (21 CFR 11.50, 11.100)."})
	}
	return study, odm132.Options{FileOID: c.fileOID(kind), Created: c.Until, SourceSystem: "casebook", Description: c.purpose()}, clinical, nil
}

// purpose says of what is no production study that its data are not real.
func (c *Cut) purpose() string {
	if c.Trial.Environment == trial.Production {
		return ""
	}
	return string(c.Trial.Environment) + ": no data in this file are real"
}

// fileOID names a file of this cut: another cut or another file has another.
func (c *Cut) fileOID(kind string) string { return fmt.Sprintf("%s.%d.%s", c.Trial.ID, c.Size, kind) }

// userType is ODM's word for what somebody is to the study; 2.0 has more of them.
func userType(role, kind string) string {
	switch {
	case kind != "odm2":
	case role == "monitor":
		return "Monitor"
	case role == "patient":
		return "Subject"
	}
	switch role {
	case "investigator":
		return "Investigator"
	case "monitor", "datamanager", "sponsor":
		return "Sponsor"
	}
	return "Other"
}

// snapshot writes the values as they are at the cut, one block for each version that forms were last saved under (E1, E2).
func snapshot(ctx context.Context, c *Cut, out io.Writer) error {
	study, options, clinical, err := c.file(ctx, "snapshot")
	if err != nil {
		return err
	}
	_, err = odm132.WriteClinical(out, study, options, clinical, func(d *odm132.Data) error {
		return c.byVersion(ctx, func(v *trial.Version, begin bool, b *Casebook, forms []*record.Form) error {
			if begin {
				d.Block(v.Definition.OID)
			}
			writeCasebook(d, v, b, forms)
			return nil
		})
	})
	return err
}

// byVersion calls fn with every casebook and those of its forms that were last saved under a version, version by version, and
// says at the first of each that it begins.
func (c *Cut) byVersion(ctx context.Context, fn func(v *trial.Version, begin bool, b *Casebook, forms []*record.Form) error) error {
	for i, v := range c.versions {
		begin := true
		err := c.Each(ctx, func(b *Casebook) error {
			forms := slices.DeleteFunc(slices.Clone(b.Forms), func(f *record.Form) bool { return c.version(f.Definition) != v })
			if len(forms) == 0 && (i < len(c.versions)-1 || len(b.Forms) > 0) {
				return nil // a casebook without forms is named once, under the newest version
			}
			first := begin
			begin = false
			return fn(v, first, b, forms)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func writeCasebook(d *odm132.Data, v *trial.Version, b *Casebook, forms []*record.Form) {
	d.Subject(string(b.ID), string(b.Site), odm132.Facts{Signature: standing(b, ""), Comments: unsettled(b)})
	repeats := repeating(v)
	event, group := "", ""
	for _, f := range forms {
		if at := f.Event + "\x00" + f.EventRepeat; at != event {
			event = at
			d.Event(f.Event, repeats.key(f.Event, f.EventRepeat), odm132.Facts{Signature: standing(b, eventPath(f.Key))})
		}
		d.Form(f.Form, repeats.key(f.Form, f.FormRepeat), odm132.Facts{Signature: standing(b, f.Ref()), Comments: asked(about(b, f, nil))})
		group = ""
		for _, k := range f.Items {
			if at := k.Group + "\x00" + k.Repeat; at != group {
				group = at
				d.Group(k.Group, repeats.key(k.Group, k.Repeat), odm132.Facts{})
			}
			path := f.ItemPath(k.Group, k.Repeat, k.Item)
			d.Item(k.Item, k.Value.Value, repeats.units[k.Item], odm132.Facts{Signature: standing(b, path), Comments: slices.Concat(beside(b, f, &k.Value), asked(about(b, f, &k.Value)))})
		}
	}
}

// unsettled tells which forms have no values because their two entries are not settled, which ODM has no word for.
func unsettled(b *Casebook) (comments []string) {
	for _, u := range b.Unsettled {
		comments = append(comments, "entered twice, not settled: "+u.Ref()+" "+u.State)
	}
	return comments
}

// eventPath is the scope of the visit that a form stands in.
func eventPath(k record.Key) string {
	parts := strings.SplitN(k.Ref(), "/", 3)
	return parts[0] + "/" + parts[1]
}

// standing is the signature of a part that holds at the cut, if there is one.
func standing(b *Casebook, path string) *odm132.Signature {
	for _, s := range slices.Backward(b.Signatures) {
		if s.Path == path && s.Subject == b.ID && s.VoidAt.IsZero() {
			return signature(&s.Manifest, string(b.Site))
		}
	}
	return nil
}

// signature is a manifest in ODM's words: what it is bound to stands in CryptoBindingManifest.
func signature(m *record.Manifest, site string) *odm132.Signature {
	return &odm132.Signature{User: string(m.Signer), Location: site, Def: "SIG." + m.Meaning, At: m.At,
		Manifest: fmt.Sprintf("name=%s; zone=%s; sha256=%s; ledger=%d/%s", m.Name, m.Zone, m.Content, m.Size, m.Root)}
}

// blank says why there is no value, which 1.3.2 has no word for.
func blank(v record.Value) []string {
	if v.Blank == "" {
		return nil
	}
	return []string{"blank: " + v.Blank}
}

// beside is what is known of a value that ODM has no word for.
func beside(b *Casebook, f *record.Form, v *record.Value) []string {
	return slices.Concat(blank(*v), limits(b, f, v), terms(b, f, v))
}

// terms tells which term of a dictionary a text has, with all that stands above it.
func terms(b *Casebook, f *record.Form, v *record.Value) (comments []string) {
	for _, o := range b.coded[f.Key] {
		if (o.State == coding.Coded || o.State == coding.Outdated) && o.Group == v.Group && o.Repeat == v.Repeat && o.Item == v.Item {
			steps := []string{}
			for _, l := range o.Kept.Path {
				steps = append(steps, l.Level+" "+l.Code+" "+l.Name.In("en"))
			}
			comments = append(comments, fmt.Sprintf("%s by %s %s: %s", o.State, o.Kind, o.Kept.Version, strings.Join(steps, " > ")))
		}
	}
	return comments
}

// limits tells the reference range of a value and how the value stands to it, which ODM has no word for.
func limits(b *Casebook, f *record.Form, v *record.Value) (comments []string) {
	for _, n := range b.normal[f.Key] {
		if n.Flag != "" && n.Group == v.Group && n.Repeat == v.Repeat && n.Item == v.Item {
			comments = append(comments, strings.TrimSpace(fmt.Sprintf("reference range: %s to %s %s", cmp.Or(n.Low, "-"), cmp.Or(n.High, "-"), n.Unit))+": "+string(n.Flag))
		}
	}
	return comments
}

// asked tells queries in a comment (E8: they have no native element).
func asked(queries []record.Query) (comments []string) {
	for _, q := range queries {
		comments = append(comments, fmt.Sprintf("query %s (%s): %s", q.State, q.Source, q.Text.In("en")))
	}
	return comments
}

// about are the queries about a value of a form, or those about places where it has none.
func about(b *Casebook, f *record.Form, v *record.Value) (all []record.Query) {
	for _, q := range b.Queries {
		same := func(v *record.Value) bool { return q.Group == v.Group && q.Repeat == v.Repeat && q.Item == v.Item }
		switch {
		case q.Key != f.Key:
		case v != nil && same(v), v == nil && !slices.ContainsFunc(f.Items, func(k record.Kept) bool { return same(&k.Value) }):
			all = append(all, q)
		}
	}
	return all
}

// repeated knows what repeats in a version, and the unit of each item.
type repeated struct {
	oids  map[string]bool
	units map[string]string
}

func repeating(v *trial.Version) repeated {
	r := repeated{map[string]bool{}, map[string]string{}}
	for _, e := range v.Definition.Events {
		r.oids[e.OID] = r.oids[e.OID] || e.Repeating
	}
	for _, f := range v.Definition.Forms {
		r.oids[f.OID] = r.oids[f.OID] || f.Repeating
	}
	for _, g := range v.Definition.Groups {
		r.oids[g.OID] = r.oids[g.OID] || g.Repeating
	}
	for _, i := range v.Definition.Items {
		if len(i.Units) == 1 {
			r.units[i.OID] = i.Units[0]
		}
	}
	return r
}

// key is a repeat key as it is written: none for what does not repeat.
func (r repeated) key(oid, repeat string) string {
	if r.oids[oid] || repeat != "1" {
		return repeat
	}
	return ""
}

func transactional(ctx context.Context, c *Cut, out io.Writer) error {
	return c.history(ctx, out, "transactional")
}

// archival is the history of every value with who, when, where and why, complete up to the cut, and every signature (E7).
func archival(ctx context.Context, c *Cut, out io.Writer) error {
	return c.history(ctx, out, "archival")
}

func (c *Cut) history(ctx context.Context, out io.Writer, kind string) error {
	whole := *c
	whole.inactive = kind == "archival"
	study, options, clinical, err := whole.file(ctx, kind)
	if err != nil {
		return err
	}
	if kind == "archival" {
		digests, err := c.Digests(ctx)
		if err != nil {
			return err
		}
		options.Description = digests.description()
	}
	sent := map[string]bool{}
	_, err = odm132.WriteClinical(out, study, options, clinical, func(d *odm132.Data) error {
		return whole.Each(ctx, func(b *Casebook) error {
			t := &telling{c: c, d: d, b: b, archival: kind == "archival", sent: sent, seen: map[string]bool{}, block: c.inForce(&b.Entries[0])}
			for i := range b.Entries {
				if err := t.entry(ctx, &b.Entries[i]); err != nil {
					return fmt.Errorf("entry %s: %w", b.Entries[i].ID, err)
				}
			}
			return nil
		})
	})
	return err
}

// inForce is the version that was the newest when an entry was made.
func (c *Cut) inForce(e *ledger.Entry) *trial.Version {
	v := c.versions[0]
	for _, w := range c.versions {
		if !w.PublishedAt.After(e.At) {
			v = w
		}
	}
	return v
}

// telling is one casebook's history while it is told.
type telling struct {
	c        *Cut
	d        *odm132.Data
	b        *Casebook
	archival bool            // each entry is told in full
	sent     map[string]bool // files whose bytes are in the archive, by hash
	block    *trial.Version
	open     *trial.Version  // the block that is being written
	seen     map[string]bool // parts that were inserted already
}

const (
	insert = "Insert"
	update = "Update"
	remove = "Remove"
	inside = "Context" // an element that only says where another stands
)

// audit is who made an entry, when, where and why. A report's receipt is where its values came from.
func audit(e *ledger.Entry, source string) *odm132.Audit {
	return &odm132.Audit{User: string(e.Actor), Location: cmp.Or(e.Location, "system"), At: e.At, Reason: e.Reason, Source: source}
}

func (t *telling) entry(ctx context.Context, e *ledger.Entry) error {
	var full []string
	if t.archival {
		text, err := archive(e)
		if err != nil {
			return err
		}
		full = []string{text}
	}
	switch e.What {
	case record.Saved:
		return t.saved(e, full)
	case record.Signed:
		var m record.Manifest
		if err := json.Unmarshal([]byte(e.New), &m); err != nil {
			return err
		}
		t.at(e, e.Ref, odm132.Facts{Audit: audit(e, ""), Signature: signature(&m, cmp.Or(e.Location, "system")), Comments: full})
	case patient.VerbEnrolled:
		t.at(e, "", odm132.Facts{Audit: audit(e, ""), Comments: full})
	case record.FileAttached, record.FileDetached:
		return t.file(ctx, e, full)
	default: // 1.3.2 has no word for it: what was done is told at the part that it was done to
		t.other(e, e.Ref, full)
	}
	return nil
}

// other tells what 1.3.2 has no word for, at a part.
func (t *telling) other(e *ledger.Entry, path string, comments []string) {
	if !t.archival {
		comments = []string{strings.TrimSpace(e.What + " " + e.Old + " → " + e.New)}
	}
	t.at(e, path, odm132.Facts{Audit: audit(e, ""), Comments: comments})
}

// file tells of a file at a form; an archive carries its bytes, once.
func (t *telling) file(ctx context.Context, e *ledger.Entry, comments []string) error {
	var a record.Attachments
	if err := json.Unmarshal([]byte(e.New), &a); err != nil {
		return err
	}
	if last := a.Last(); t.archival && e.What == record.FileAttached && !t.sent[last.Hash] {
		t.sent[last.Hash] = true
		parts, err := t.c.parts(ctx, last.Hash)
		if err != nil {
			return err
		}
		comments = append(comments, parts...)
	}
	t.other(e, a.Ref, comments)
	return nil
}

// at opens the elements down to a part, each as Insert when the history meets it for the first time, and says of the last
// what facts say.
func (t *telling) at(e *ledger.Entry, path string, facts odm132.Facts) {
	if !strings.HasPrefix(e.What, "record.") && !strings.HasPrefix(e.What, foreignVerb) {
		path = "" // their reference names no part of the casebook
	}
	p := record.Scope{Path: path}.Parts()
	repeats := repeating(t.block)
	said := func(parts int) odm132.Facts {
		f := odm132.Facts{}
		if parts == len(p) || path == "" {
			f = facts
		}
		f.Transaction = inside
		if part := strings.Join(p[:parts], "\x00"); !t.seen[part] {
			t.seen[part] = true
			f.Transaction, f.Audit = insert, audit(e, "")
		}
		return f
	}
	if t.open != t.block {
		t.d.Block(t.block.Definition.OID)
		t.open = t.block
	}
	t.d.Subject(string(t.b.ID), string(t.b.Site), said(0))
	if len(p) >= 2 {
		t.d.Event(p[0], repeats.key(p[0], p[1]), said(2))
	}
	if len(p) >= 4 {
		t.d.Form(p[2], repeats.key(p[2], p[3]), said(4))
	}
	if len(p) == 7 {
		t.d.Group(p[4], repeats.key(p[4], p[5]), said(6))
		facts.Transaction = inside
		t.d.Item(p[6], "", "", facts)
	}
}

// saved tells the items that one save changed: Insert, Update or Remove, never Upsert.
func (t *telling) saved(e *ledger.Entry, comments []string) error {
	var before, after record.Change
	if err := json.Unmarshal([]byte(e.New), &after); err != nil {
		return err
	}
	if e.Old != "" {
		if err := json.Unmarshal([]byte(e.Old), &before); err != nil {
			return err
		}
	}
	t.block = t.c.version(after.Definition)
	t.at(e, e.Ref, odm132.Facts{Comments: comments})
	repeats := repeating(t.block)
	had := map[[3]string]bool{}
	for _, v := range append(before.Items, before.Computed...) {
		had[[3]string{v.Group, v.Repeat, v.Item}] = true
	}
	items := append(after.Items, after.Computed...)
	slices.SortStableFunc(items, func(a, b record.Value) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Repeat, b.Repeat), cmp.Compare(a.Item, b.Item))
	})
	group := ""
	for _, v := range items {
		if at := v.Group + "\x00" + v.Repeat; at != group {
			group = at
			f := odm132.Facts{Transaction: inside}
			part := strings.Join(append(record.Scope{Path: e.Ref}.Parts(), v.Group, v.Repeat), "\x00")
			if !t.seen[part] {
				t.seen[part] = true
				f = odm132.Facts{Transaction: insert, Audit: audit(e, after.Source)}
			}
			t.d.Group(v.Group, repeats.key(v.Group, v.Repeat), f)
		}
		f := odm132.Facts{Transaction: insert, Audit: audit(e, after.Source), Comments: blank(v)}
		if had[[3]string{v.Group, v.Repeat, v.Item}] {
			if f.Transaction = update; v.Value == "" && v.Blank == "" {
				f.Transaction = remove
			}
		}
		t.d.Item(v.Item, v.Value, repeats.units[v.Item], f)
	}
	return nil
}
