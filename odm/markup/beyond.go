package markup

import (
	"github.com/go-json-experiment/json"

	"casebook/odm"
)

// beyondContext is the context of the one Alias in which a definition says, as JSON, what ODM has no word for. An Alias
// is where the schemas allow any words, so a file that has them validates as it stands.
const beyondContext = "urn:casebook:odm"

// Beyond is what a definition says that the version of ODM at hand has no word for. Its members are those of package
// odm, by the same names; docs/format/odm.md lists them.
type Beyond struct {
	Window       *odm.Window       `json:"window,omitempty"`
	Occurs       odm.Occurs        `json:"occurs,omitzero"`
	Every        odm.Duration      `json:"every,omitempty"`
	Count        string            `json:"count,omitempty"`
	Prefix       string            `json:"prefix,omitempty"`
	Prompt       odm.Text          `json:"prompt,omitempty"`
	Hint         odm.Text          `json:"hint,omitempty"`
	Placeholder  odm.Text          `json:"placeholder,omitempty"`
	Note         bool              `json:"note,omitzero"`
	Multiple     bool              `json:"multiple,omitzero"`
	Open         bool              `json:"open,omitzero"`
	ReadOnly     bool              `json:"readOnly,omitzero"`
	Initial      []string          `json:"initial,omitempty"`
	Identifying  bool              `json:"identifying,omitzero"`
	Blinded      bool              `json:"blinded,omitzero"`
	Weight       string            `json:"weight,omitempty"`
	Exclusive    bool              `json:"exclusive,omitzero"`
	Layout       *odm.Layout       `json:"layout,omitempty"`
	Access       *odm.Access       `json:"access,omitempty"`
	Variables    []odm.Variable    `json:"variables,omitempty"`
	Copyright    odm.Text          `json:"copyright,omitempty"`
	Licence      string            `json:"licence,omitempty"`
	DoubleEntry  bool              `json:"doubleEntry,omitzero"`
	Translations []odm.Translation `json:"translations,omitempty"`
	Codings      []odm.Coding      `json:"codings,omitempty"`

	// What ODM 2.0 lost that 1.3.2 had.
	Units    []odm.Unit    `json:"units,omitempty"`   // of a version
	Study    *Study        `json:"study,omitempty"`   // of a version
	InUnits  []string      `json:"inUnits,omitempty"` // of an item
	UnitsOf  bool          `json:"unitsOf,omitzero"`  // an item or a code list that is there for the units of another
	External *odm.External `json:"external,omitempty"`
	SASName  string        `json:"sasName,omitempty"`
	Type     string        `json:"type,omitempty"` // of a method
	Digits   *int          `json:"digits,omitempty"`
	// CheckUnits is the units of the checks of an item, by their place, from 0.
	CheckUnits map[int]string `json:"checkUnits,omitempty"`
	// Checks is what an item's checks keep, by their place, from 0.
	Checks map[int]map[string]string `json:"checks,omitempty"`
	// Expressions is those of a definition, in full, where the version cannot hold them as they are.
	Expressions []odm.Expression `json:"expressions,omitempty"`

	Kept map[string]string    `json:"kept,omitempty"` // Extra.Kept
	Refs map[string]BeyondRef `json:"refs,omitempty"` // by the OID that they name
}

// Study is what a study says of itself outside its versions.
type Study struct {
	Description string            `json:"description,omitempty"`
	Kept        map[string]string `json:"kept,omitempty"`
}

// BeyondRef is what a reference says beyond ODM.
type BeyondRef struct {
	MandatoryWhen string            `json:"mandatoryWhen,omitempty"`
	Initial       string            `json:"initial,omitempty"`
	Within        string            `json:"within,omitempty"`
	Place         int               `json:"place,omitzero"`
	Kept          map[string]string `json:"kept,omitempty"`
}

// parseBeyond returns what the Alias of our own context says; not ok if that is not all known.
func parseBeyond(name string) (*Beyond, bool) {
	b := &Beyond{}
	err := json.Unmarshal([]byte(name), b, json.RejectUnknownMembers(true))
	return b, err == nil
}

// String returns b as the name of its Alias, "" when it says nothing.
func (b *Beyond) String() string {
	text, err := json.Marshal(b, json.Deterministic(true))
	if err != nil || string(text) == "{}" {
		return ""
	}
	return string(text)
}

// keptOf returns what an Extra holds that is not XML.
func keptOf(x *odm.Extra) map[string]string {
	if x == nil {
		return nil
	}
	return x.Kept
}

func keepIn(x **odm.Extra, kept map[string]string) {
	if len(kept) == 0 {
		return
	}
	if *x == nil {
		*x = &odm.Extra{}
	}
	(*x).Kept = kept
}

// refs gathers what references say beyond ODM.
func (b *Beyond) refs(refs []odm.Ref) {
	for _, r := range refs {
		more := BeyondRef{r.MandatoryWhen, r.Initial, r.Within, r.Place, keptOf(r.Extra)}
		if more.MandatoryWhen == "" && more.Initial == "" && more.Within == "" && more.Place == 0 && more.Kept == nil {
			continue
		}
		if b.Refs == nil {
			b.Refs = map[string]BeyondRef{}
		}
		b.Refs[r.OID] = more
	}
}

// SetRef changes what one reference says; nothing takes it away.
func (b *Beyond) SetRef(oid string, more BeyondRef) {
	if more.MandatoryWhen == "" && more.Initial == "" && more.Within == "" && more.Place == 0 && more.Kept == nil {
		delete(b.Refs, oid)
	} else {
		b.Refs[oid] = more
	}
}

func (b *Beyond) intoRefs(refs []odm.Ref) {
	for i := range refs {
		if more, ok := b.Refs[refs[i].OID]; ok {
			r := &refs[i]
			r.MandatoryWhen, r.Initial = more.MandatoryWhen, more.Initial
			if more.Within != "" {
				r.Within, r.Place = more.Within, more.Place
			}
			keepIn(&r.Extra, more.Kept)
		}
	}
}

// OfVersion returns what v says beyond ODM, the schedule's references with it.
func OfVersion(v *odm.Version) Beyond {
	b := Beyond{Translations: v.Translations, Kept: keptOf(v.Extra)}
	b.refs(v.EventRefs)
	return b
}

// IntoVersion gives v what b says; nil says nothing.
func (b *Beyond) IntoVersion(v *odm.Version) {
	if b == nil {
		return
	}
	v.Translations = b.Translations
	keepIn(&v.Extra, b.Kept)
	b.intoRefs(v.EventRefs)
}

// OfEvent returns what e says beyond ODM.
func OfEvent(e *odm.Event) Beyond {
	b := Beyond{Window: e.Window, Occurs: e.Occurs, Every: e.Every, Access: e.Access, Codings: e.Codings, Kept: keptOf(e.Extra)}
	b.refs(e.Forms)
	return b
}

// IntoEvent gives e what b says; nil says nothing.
func (b *Beyond) IntoEvent(e *odm.Event) {
	if b == nil {
		return
	}
	e.Window, e.Occurs, e.Every, e.Access, e.Codings = b.Window, b.Occurs, b.Every, b.Access, append(e.Codings, b.Codings...)
	keepIn(&e.Extra, b.Kept)
	b.intoRefs(e.Forms)
}

// OfForm returns what f says beyond ODM.
func OfForm(f *odm.Form) Beyond {
	b := Beyond{Occurs: f.Occurs, Layout: f.Layout, Access: f.Access, Variables: f.Variables, Copyright: f.Copyright,
		Licence: f.Licence, DoubleEntry: f.DoubleEntry, Translations: f.Translations, Codings: f.Codings, Kept: keptOf(f.Extra)}
	b.refs(f.Groups)
	return b
}

// IntoForm gives f what b says; nil says nothing.
func (b *Beyond) IntoForm(f *odm.Form) {
	if b == nil {
		return
	}
	f.Occurs, f.Layout, f.Access, f.Variables, f.Copyright = b.Occurs, b.Layout, b.Access, b.Variables, b.Copyright
	f.Licence, f.DoubleEntry, f.Translations, f.Codings = b.Licence, b.DoubleEntry, b.Translations, append(f.Codings, b.Codings...)
	keepIn(&f.Extra, b.Kept)
	b.intoRefs(f.Groups)
}

// OfGroup returns what g says beyond ODM.
func OfGroup(g *odm.ItemGroup) Beyond {
	b := Beyond{Occurs: g.Occurs, Count: g.Count, Hint: g.Hint, Layout: g.Layout, Access: g.Access, Variables: g.Variables,
		Codings: g.Codings, Kept: keptOf(g.Extra)}
	b.refs(g.Items)
	return b
}

// IntoGroup gives g what b says; nil says nothing.
func (b *Beyond) IntoGroup(g *odm.ItemGroup) {
	if b == nil {
		return
	}
	g.Occurs, g.Count, g.Hint, g.Layout, g.Access, g.Variables = b.Occurs, b.Count, b.Hint, b.Layout, b.Access, b.Variables
	g.Codings = append(g.Codings, b.Codings...)
	keepIn(&g.Extra, b.Kept)
	b.intoRefs(g.Items)
}

// OfItem returns what it says beyond ODM.
func OfItem(it *odm.Item) Beyond {
	b := Beyond{Occurs: it.Occurs, Prefix: it.Prefix, Prompt: it.Prompt, Hint: it.Hint, Placeholder: it.Placeholder,
		Note: it.Note, Multiple: it.Multiple, Open: it.Open, ReadOnly: it.ReadOnly, Initial: it.Initial,
		Identifying: it.Identifying, Blinded: it.Blinded, Layout: it.Layout, Access: it.Access, Variables: it.Variables, Codings: it.Codings,
		Kept: keptOf(it.Extra)}
	for i := range it.Checks {
		if kept := keptOf(it.Checks[i].Extra); kept != nil {
			if b.Checks == nil {
				b.Checks = map[int]map[string]string{}
			}
			b.Checks[i] = kept
		}
	}
	return b
}

// IntoItem gives it what b says; nil says nothing.
func (b *Beyond) IntoItem(it *odm.Item) {
	if b == nil {
		return
	}
	it.Occurs, it.Prefix, it.Placeholder, it.Note, it.Multiple = b.Occurs, b.Prefix, b.Placeholder, b.Note, b.Multiple
	it.Open, it.ReadOnly, it.Initial, it.Identifying, it.Blinded = b.Open, b.ReadOnly, b.Initial, b.Identifying, b.Blinded
	it.Layout, it.Access, it.Variables, it.Codings = b.Layout, b.Access, b.Variables, append(it.Codings, b.Codings...)
	if b.Prompt != nil {
		it.Prompt = b.Prompt
	}
	if b.Hint != nil {
		it.Hint = b.Hint
	}
	for i, kept := range b.Checks {
		if 0 <= i && i < len(it.Checks) {
			keepIn(&it.Checks[i].Extra, kept)
		}
	}
	keepIn(&it.Extra, b.Kept)
}

// OfCodeList returns what l says beyond ODM.
func OfCodeList(l *odm.CodeList) Beyond { return Beyond{Codings: l.Codings, Kept: keptOf(l.Extra)} }

// IntoCodeList gives l what b says; nil says nothing.
func (b *Beyond) IntoCodeList(l *odm.CodeList) {
	if b == nil {
		return
	}
	l.Codings = append(l.Codings, b.Codings...)
	keepIn(&l.Extra, b.Kept)
}

// OfCodeItem returns what c says beyond ODM.
func OfCodeItem(c *odm.CodeItem) Beyond {
	return Beyond{Weight: c.Weight, Prefix: c.Prefix, Exclusive: c.Exclusive, Codings: c.Codings, Kept: keptOf(c.Extra)}
}

// IntoCodeItem gives c what b says; nil says nothing.
func (b *Beyond) IntoCodeItem(c *odm.CodeItem) {
	if b == nil {
		return
	}
	c.Weight, c.Prefix, c.Exclusive, c.Codings = b.Weight, b.Prefix, b.Exclusive, append(c.Codings, b.Codings...)
	keepIn(&c.Extra, b.Kept)
}

// OfUnit returns what u says beyond ODM.
func OfUnit(u *odm.Unit) Beyond { return Beyond{Codings: u.Codings, Kept: keptOf(u.Extra)} }

// IntoUnit gives u what b says; nil says nothing.
func (b *Beyond) IntoUnit(u *odm.Unit) {
	if b == nil {
		return
	}
	u.Codings = b.Codings
	keepIn(&u.Extra, b.Kept)
}

// OfRule returns what a condition or a method says beyond ODM.
func OfRule(x *odm.Extra) Beyond { return Beyond{Kept: keptOf(x)} }

// IntoRule gives a condition or a method what b says; nil says nothing.
func (b *Beyond) IntoRule(x **odm.Extra) {
	if b != nil {
		keepIn(x, b.Kept)
	}
}
