package export

import (
	"context"
	"io"
	"slices"

	"casebook/odm"
	"casebook/odm/markup"
	"casebook/odm/odm2"
	"casebook/record"
	"casebook/store"
	"casebook/trial"

	"github.com/go-json-experiment/json"
)

// snapshot2 writes the values as they are at the cut as ODM-XML 2.0, with the queries in its own element.
func snapshot2(ctx context.Context, c *Cut, out io.Writer) error {
	study, options, clinical, err := c.file(ctx, "odm2")
	if err != nil {
		return err
	}
	clinical.Transactional = false
	_, err = odm2.WriteClinical(out, study, options, clinical, func(d *odm2.Data) error {
		return c.byVersion(ctx, func(v *trial.Version, begin bool, b *Casebook, forms []*record.Form) error {
			if begin {
				d.Block(v.Definition.OID)
			}
			writeCasebook2(d, v, b, forms)
			return nil
		})
	})
	return err
}

func writeCasebook2(d *odm2.Data, v *trial.Version, b *Casebook, forms []*record.Form) {
	d.Subject(string(b.ID), string(b.Site), markup.Facts{Signature: standing(b, ""), Comments: unsettled(b)})
	repeats := repeating(v)
	event := ""
	for _, f := range forms {
		if at := f.Event + "\x00" + f.EventRepeat; at != event {
			event = at
			d.Event(f.Event, repeats.key(f.Event, f.EventRepeat), markup.Facts{Signature: standing(b, eventPath(f.Key))})
		}
		if len(f.Items) == 0 {
			continue // in 2.0 there is no form without items
		}
		d.Form(f.Form, repeats.key(f.Form, f.FormRepeat), markup.Facts{Signature: standing(b, f.Ref()), Queries: native(b, about(b, f, nil))})
		group := ""
		for _, k := range f.Items {
			if at := k.Group + "\x00" + k.Repeat; at != group {
				group = at
				d.Group(k.Group, repeats.key(k.Group, k.Repeat), markup.Facts{})
			}
			path := f.ItemPath(k.Group, k.Repeat, k.Item)
			d.Item(k.Item, valuesOf(v.Index.Item(k.Item), k.Value.Value), markup.Facts{Signature: standing(b, path), Comments: beside(b, f, &k.Value), Queries: native(b, about(b, f, &k.Value))})
		}
	}
}

// valuesOf are the answers that a value holds: several, where the item may have several.
func valuesOf(it *odm.Item, value string) []string {
	if value == "" {
		return nil
	}
	var several []string
	if it != nil && it.Multiple && json.Unmarshal([]byte(value), &several) == nil {
		return several
	}
	return []string{value}
}

// native are queries in the words of ODM 2.0, each with what people did about it.
func native(b *Casebook, queries []record.Query) (all []markup.Query) {
	for _, q := range queries {
		said := markup.Query{OID: q.ID, Source: querySource(&q), Type: "Manual", State: string(q.State), Name: q.Rule, Text: q.Text.In("en"), Changed: q.ChangedAt.UTC()}
		if q.Source == "system" {
			said.Type = "System"
		}
		for _, t := range q.Thread {
			said.Audit = append(said.Audit, markup.Audit{User: string(t.By), Location: place(b, t.Role), At: store.Time(t.At), Reason: t.Text, Source: string(t.State)})
		}
		all = append(all, said)
	}
	return all
}

// querySource is ODM 2.0's word for who asks.
func querySource(q *record.Query) string {
	switch {
	case q.Source == "system":
		return "System"
	case q.Role == "monitor":
		return "Site Monitor"
	case q.Role == "medical":
		return "Safety Reviewer"
	}
	return "Data Management"
}

// place is where somebody in a role acts: at the site, or for the sponsor.
func place(b *Casebook, role string) string {
	if slices.Contains([]string{"coordinator", "investigator", "patient"}, role) {
		return string(b.Site)
	}
	return "sponsor"
}
