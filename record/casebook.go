package record

import (
	"context"
	"slices"
	"strings"

	"casebook"
	"casebook/check"
	"casebook/ledger"
	"casebook/patient"
)

// A rule may read other forms and visits of its casebook, so what a save changes is judged there again too. The index of
// readers makes that cost what reads the changed items, however many rules the study has.

// outside are the items that rules of the form read in other forms or visits, each once.
func (f *form) outside() (names []string) {
	f.each(func(_ string, r *rule, _, _ string) {
		for _, ref := range r.refs {
			name := ref.Name
			switch {
			case ref.Visit == check.Here && (name == eventID || name == eventRepeat || name == siteCountry):
				continue
			case name == eventDate:
				name = dateItem
			}
			if _, own := f.byItem[name]; (ref.Visit != check.Here || !own) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	})
	return names
}

// readBy are the forms whose rules read one of the values from elsewhere.
func (s *Study) readBy(values ...[]Value) (forms []string) {
	for _, some := range values {
		for _, v := range some {
			forms = append(forms, s.readers[v.Item]...)
		}
	}
	return forms
}

// Casebook is one subject's forms with the queries of their checks, in memory.
type Casebook struct {
	Forms   []*Form
	Queries map[Key][]Query

	fixed map[Key]bool // the forms that nothing may change in: they are read, and not judged again
}

// Save is what Service.Save does, in memory and with nobody to be asked about stages: the values are judged, and what the
// other forms of the casebook make of them follows. The error is that of Apply.
func (s *Study) Save(c *Casebook, k Key, values []Value, in Context) error {
	i := slices.IndexFunc(c.Forms, func(f *Form) bool { return f.Key == k })
	cur := &Form{Key: k, State: Empty}
	if i >= 0 {
		cur = c.Forms[i]
	}
	out, err := s.Apply(cur, -1, values, c.context(s, cur, in))
	if err != nil {
		return err
	}
	if i < 0 {
		c.Forms = append(c.Forms, cur)
	}
	c.take(out)
	_, err = s.follow(c, out, in)
	return err
}

// Look is the form of a casebook with its queries and what its conditions hide.
func (s *Study) Look(c *Casebook, k Key, in Context) *View {
	f := &Form{Key: k, State: Empty}
	if i := slices.IndexFunc(c.Forms, func(f *Form) bool { return f.Key == k }); i >= 0 {
		f = c.Forms[i]
	}
	return &View{Form: f, Definition: s.Number, Queries: c.Queries[k], Hidden: s.Hidden(f, c.context(s, f, in)), Computed: s.Computed(k.Form)}
}

// context is in for one form of the casebook.
func (c *Casebook) context(s *Study, f *Form, in Context) Context {
	in.at, in.Open = f.Key, asked(c.Queries[f.Key])
	if plan := s.forms[f.Form]; plan != nil && plan.reachesOut {
		in.Others = s.others(f, c.Forms)
	}
	return in
}

// asked are the queries that checks must know of: their own that stand, and those that people settled.
func asked(queries []Query) (open []Query) {
	for _, q := range queries {
		if q.Source == "system" && (q.standing() || q.settled()) {
			open = append(open, q)
		}
	}
	return open
}

// take puts an outcome into the casebook.
func (c *Casebook) take(out *Outcome) {
	i := slices.IndexFunc(c.Forms, func(f *Form) bool { return f.Key == out.Form.Key })
	c.Forms[i] = out.Form
	if len(out.After.Opened)+len(out.After.Closed) > 0 {
		if c.Queries == nil {
			c.Queries = map[Key][]Query{}
		}
		c.Queries[out.Form.Key] = after(c.Queries[out.Form.Key], out)
	}
}

// maxFollowed is how often one save may have a form judged again: rules of two forms that read one another's outcome end.
const maxFollowed = 3

// follow judges again, from the first visit to the last, the forms whose rules read what the save changed, and then those
// that read what follows from that. It returns an outcome for each of them that becomes another, in their order. Forms that
// have not gone over to this version yet are judged when they do.
func (s *Study) follow(c *Casebook, saved *Outcome, in Context) (all []*Outcome, err error) {
	readers := s.readBy(saved.After.Items, saved.After.Computed)
	if len(readers) == 0 {
		return nil, nil
	}
	forms := slices.Clone(c.Forms)
	s.sortBySchedule(forms, s.order())
	dirty, times := make([]bool, len(forms)), make([]int, len(forms))
	mark := func(readers []string, but Key) {
		for i, f := range forms {
			dirty[i] = dirty[i] || f.Key != but && !c.fixed[f.Key] && f.Definition == s.Number && len(f.Items) > 0 && slices.Contains(readers, f.Form)
		}
	}
	mark(readers, saved.Form.Key)
	for {
		i := slices.Index(dirty, true)
		if i < 0 {
			return all, nil
		}
		dirty[i] = false
		if times[i]++; times[i] > maxFollowed {
			continue
		}
		out, err := s.Apply(forms[i], -1, nil, c.context(s, forms[i], in))
		if err != nil {
			return nil, err
		}
		if out.unchanged() && out.Form.State == forms[i].State {
			continue
		}
		if out.unchanged() { // the state alone, which follows from the values: no save
			out.Form.Version, out.Form.UpdatedAt = forms[i].Version, forms[i].UpdatedAt
		}
		all, forms[i] = append(all, out), out.Form
		c.take(out)
		mark(s.readBy(out.After.Computed), out.Form.Key)
	}
}

// followIn keeps, in the write of a save, what becomes of the other forms of the casebook, with an entry each. A computed value
// that would change in what is frozen or locked refuses the save.
func followIn(ctx context.Context, w *ledger.Writer, st *Study, saved *Outcome, in Context, reason string) error {
	if len(st.readBy(saved.After.Items, saved.After.Computed)) == 0 {
		return nil
	}
	c, err := loadCasebook(ctx, w, st, saved.Form)
	if err != nil {
		return err
	}
	outcomes, err := st.follow(c, saved, in)
	if err != nil {
		return err
	}
	return keepFollowed(ctx, w, outcomes, saved.Form.Site, reason)
}

// followReports is followIn for forms that came as reports, in the name of whoever reported each. A report is kept whatever the
// others make of it, so forms that are frozen or locked in any part stay as they are. Where nobody reads what was reported
// it reads no row.
func followReports(ctx context.Context, w *ledger.Writer, reports []*Report) error {
	for _, r := range reports {
		out, e := r.out, &r.by
		if len(out.by.readers) == 0 || len(out.by.readBy(out.After.Items, out.After.Computed)) == 0 {
			continue
		}
		ctx := casebook.WithActor(ctx, casebook.Actor{User: e.Actor, Role: e.Role, Location: e.Location, Trace: e.Trace})
		if err := followReport(ctx, w, out); err != nil {
			return err
		}
	}
	return nil
}

func followReport(ctx context.Context, w *ledger.Writer, out *Outcome) error {
	f := out.Form
	if _, err := patient.Hold(ctx, w.Tx, f.Study, f.Subject); err != nil { // nobody else writes into the casebook meanwhile
		return err
	}
	c, err := loadCasebook(ctx, w, out.by, f)
	if err != nil {
		return err
	}
	if c.fixed, err = fixed(ctx, w, c.Forms); err != nil {
		return err
	}
	outcomes, err := out.by.follow(c, out, Context{Actor: casebook.ActorFrom(ctx).User, Now: w.Now, NewID: out.newID, Today: Today(w.Now), Zone: "UTC", Country: out.by.Country})
	if err != nil {
		return err
	}
	return keepFollowed(ctx, w, outcomes, f.Site, "")
}

// fixed are the forms of a casebook of which a part is frozen or locked.
func fixed(ctx context.Context, w *ledger.Writer, forms []*Form) (map[Key]bool, error) {
	all := map[Key]bool{}
	if len(forms) == 0 {
		return all, nil
	}
	closed, err := stages(ctx, w.Tx, w.Study, forms[0].Subject)
	for _, f := range forms {
		ref := f.Ref()
		all[f.Key] = effective(closed, f.Subject, ref) != Editable || slices.ContainsFunc(closed, func(s StageOf) bool {
			return s.Stage != Editable && strings.HasPrefix(s.Path, ref+"/")
		})
	}
	return all, err
}

// loadCasebook reads the casebook of a form's subject, with the queries of those forms whose rules read others.
func loadCasebook(ctx context.Context, w *ledger.Writer, st *Study, of *Form) (*Casebook, error) {
	forms, err := casebookOf(ctx, w.Tx, of.Study, of.Subject)
	if err != nil {
		return nil, err
	}
	c := &Casebook{Forms: forms, Queries: map[Key][]Query{}}
	for _, f := range forms {
		if plan := st.forms[f.Form]; plan != nil && plan.reachesOut {
			if c.Queries[f.Key], err = queriesOf(ctx, w.Tx, f.Key); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func keepFollowed(ctx context.Context, w *ledger.Writer, outcomes []*Outcome, site casebook.SiteID, reason string) (err error) {
	for _, out := range outcomes {
		out.Form.Site = site
		if out.unchanged() {
			err = restate(ctx, w, out.Form)
		} else if err = admit(ctx, w, out); err == nil {
			err = write(ctx, w, out, reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restate keeps the state of a form whose values stay: it follows from what other forms hold.
func restate(ctx context.Context, w *ledger.Writer, f *Form) error {
	_, err := w.Exec(ctx, `UPDATE record_form SET state = $1 WHERE study_id = $2 AND subject_id = $3 AND event_oid = $4 AND event_repeat = $5 AND form_oid = $6 AND form_repeat = $7`,
		f.State, f.Study, f.Subject, f.Event, f.EventRepeat, f.Form, f.FormRepeat)
	return err
}

// unchanged reports whether a save changed no value and no query.
func (o *Outcome) unchanged() bool {
	return len(o.After.Items)+len(o.After.Computed)+len(o.After.Opened)+len(o.After.Closed)+len(o.After.Off)+len(o.After.On) == 0
}
