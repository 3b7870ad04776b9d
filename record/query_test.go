package record_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
)

// intact checks that the ledger explains every row.
func (c *clinic) intact() {
	c.t.Helper()
	c.seal()
	v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
	if err != nil || len(v.Findings) > 0 {
		c.t.Errorf("verified: %+v %v", v, err)
	}
}

func (c *clinic) as(user casebook.UserID, role string) context.Context {
	return casebook.WithActor(c.ctx, casebook.Actor{User: user, Role: role, Location: "sponsor"})
}

func (c *clinic) ask(candidate bool) (q record.Query, err error) {
	c.t.Helper()
	c.clock.Add(time.Minute)
	ctx := c.as("hexiao", "datamanager")
	st, err := c.forms.Study(ctx, study)
	if err != nil {
		c.t.Fatal(err)
	}
	err = c.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		q, err = c.forms.Raise(ctx, w, st, record.Question{Key: vitals, Group: "IG.VS", Repeat: "1", Item: "IT.SYS", Text: odm.Text{"en": "Which arm?"}, Candidate: candidate})
		return err
	})
	return q, err
}

func (c *clinic) step(q record.Query, action record.Action, text string) (record.Query, error) {
	c.clock.Add(time.Minute)
	ctx := c.as("chenrui", "monitor")
	err := c.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		q, err = record.Take(ctx, w, q, record.Step{Subject: subject, ID: q.ID, Action: action, Text: text, Assignee: "linyue"})
		return err
	})
	return q, err
}

// The states of a query, and every step from each: what the drawing in docs/design/states.md shows, and nothing else.
func TestEveryStepOfAQuery(t *testing.T) {
	t.Parallel()
	legal := map[string]record.QueryState{
		"Candidate release": "Open", "Candidate cancel": "Cancelled", "Candidate assign": "Candidate",
		"Open answer": "Answered", "Open close": "Closed", "Open cancel": "Cancelled", "Open assign": "Open",
		"Answered requery": "Open", "Answered resolve": "Resolved", "Answered close": "Closed", "Answered assign": "Answered",
		"Resolved requery": "Open", "Resolved close": "Closed", "Resolved assign": "Resolved",
		"Closed requery": "Open",
	}
	// How a query comes into each state.
	paths := map[record.QueryState][]record.Action{record.Candidate: nil, record.Open: {"release"}, record.Answered: {"release", "answer"},
		record.Resolved: {"release", "answer", "resolve"}, record.Closed: {"release", "answer", "close"}, record.Cancelled: {"release", "cancel"}}
	actions := []record.Action{record.Release, record.Answer, record.Requery, record.Resolve, record.Close, record.Cancel, record.Assign, "delete"}
	both(t, func(t *testing.T, c *clinic) {
		walked := 0
		for _, state := range record.QueryStates {
			for _, action := range actions {
				q, err := c.ask(true)
				for _, a := range paths[state] {
					if err == nil {
						q, err = c.step(q, a, "so")
					}
				}
				if err != nil || q.State != state {
					t.Fatalf("on the way to %s: %s %v", state, q.State, err)
				}
				after, err := c.step(q, action, "because")
				want, ok := legal[string(state)+" "+string(action)]
				switch {
				case ok && (err != nil || after.State != want):
					t.Errorf("%s %s: %s %v", state, action, after.State, err)
				case !ok && (code(err) != "record.query_step" || casebook.KindOf(err) != casebook.Conflict):
					t.Errorf("%s %s was not refused: %v", state, action, err)
				case ok:
					walked++
				}
			}
		}
		if walked != len(legal) {
			t.Errorf("%d of %d edges were walked", walked, len(legal))
		}
		c.intact()
	})
}

func TestAQueryRemembersWhatWasSaid(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.mustSave(0, "", vs("IT.SYS", "136"))
		q, err := c.ask(false)
		if err != nil || q.Value != "136" || q.By != "hexiao" || q.Role != "datamanager" || q.State != record.Open {
			t.Fatalf("asked: %+v %v", q, err)
		}
		for _, mute := range []record.Action{record.Answer, record.Cancel} {
			if _, err := c.step(q, mute, "  "); code(err) != "record.query_text" {
				t.Errorf("%s without a word: %v", mute, err)
			}
		}
		stale := q
		q, err = c.step(q, record.Answer, "the right one")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.step(stale, record.Answer, "the left one"); code(err) != "record.query_step" {
			t.Errorf("answered twice: %v", err)
		}
		c.seal()
		between := c.clock.Now()
		if _, err = c.step(q, record.Close, ""); err != nil {
			t.Fatal(err)
		}
		c.intact()
		now, err := c.forms.Read(c.ctx, vitals, time.Time{})
		if err != nil || len(now.Queries) != 1 || now.Queries[0].State != record.Closed || len(now.Queries[0].Thread) != 2 || now.Queries[0].Thread[0].Text != "the right one" {
			t.Errorf("now: %+v %v", now.Queries, err)
		}
		then, err := c.forms.Read(c.ctx, vitals, between)
		if err != nil || len(then.Queries) != 1 || then.Queries[0].State != record.Answered || len(then.Queries[0].Thread) != 1 {
			t.Errorf("as it was: %+v %v", then.Queries, err)
		}
	})
}

// What a person has accepted is not asked again by the check; another value is another question.
func TestACheckDoesNotAskAgainWhatWasAccepted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		v := c.mustSave(0, "", vs("IT.SYS", "286"))
		asked := len(v.Queries)
		for _, q := range v.Queries {
			answered, err := c.step(q, record.Answer, "measured twice")
			if err == nil {
				_, err = c.step(answered, record.Close, "")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		v = c.mustSave(v.Form.Version, "", vs("IT.DIA", "90"))
		if left := openQueries(v); len(left) != 0 || len(v.Queries) < asked {
			t.Errorf("asked again about what was accepted: %v", left)
		}
		v = c.mustSave(v.Form.Version, "typing error", vs("IT.SYS", "287"))
		if left := openQueries(v); len(left) == 0 {
			t.Error("another failing value, and nobody asks")
		}
		v = c.mustSave(v.Form.Version, "typing error", vs("IT.SYS", "136"))
		c.mustSave(v.Form.Version, "typing error", vs("IT.SYS", "288"))
		c.intact()
	})
}

func TestVerificationFindsAQueryThatWasChangedBehindTheLedger(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"thread":   `UPDATE record_query SET thread = replace(thread, 'right', 'left') WHERE study_id = $1`,
		"assignee": `UPDATE record_query SET assignee = 'nobody' WHERE study_id = $1`,
		"state":    `UPDATE record_query SET state = 'Closed' WHERE study_id = $1`,
		"removed":  `DELETE FROM record_query WHERE study_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, storetest.DSN(t, "sqlite"))
			q, err := c.ask(false)
			if err == nil {
				_, err = c.step(q, record.Answer, "the right one")
			}
			if err == nil {
				err = c.ledger.DB().Update(c.ctx, func(tx *store.Tx) error { _, err := tx.Exec(c.ctx, sql, study); return err })
			}
			if err != nil {
				t.Fatal(err)
			}
			v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
			if err != nil || len(v.Findings) != 1 || v.Findings[0].Table != "record_query" {
				t.Errorf("found %+v %v", v.Findings, err)
			}
		})
	}
}

// Pages of any filter, put together, are the whole list in order, and nobody else's.
func TestTheListOfQueriesIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		var all []string
		for i := range 7 {
			q, err := c.ask(false)
			if err == nil && i%2 == 0 {
				q, err = c.step(q, record.Assign, "")
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, q.ID)
		}
		list := func(f record.QueryFilter) (ids []string) {
			for f.Limit = 2; ; {
				var page []record.Query
				err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) { page, err = record.Queries(c.ctx, tx, study, f); return err })
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range page {
					ids = append(ids, q.ID)
				}
				if len(page) < f.Limit {
					return ids
				}
				if err := f.Resume(record.Cursor(page[len(page)-1])); err != nil {
					t.Fatal(err)
				}
			}
		}
		third, _ := c.ask(true)
		half := []string{all[0], all[2], all[4], all[6]}
		for name, one := range map[string]struct {
			filter record.QueryFilter
			want   []string
		}{
			"everywhere": {record.QueryFilter{AllSites: true}, append(slices.Clone(all), third.ID)},
			"open":       {record.QueryFilter{AllSites: true, States: []record.QueryState{record.Open}}, all},
			"at 03":      {record.QueryFilter{Sites: []casebook.SiteID{"03", "04"}, States: []record.QueryState{record.Open}}, all},
			"at 04":      {record.QueryFilter{Sites: []casebook.SiteID{"04"}}, nil},
			"nowhere":    {record.QueryFilter{}, nil},
			"mine":       {record.QueryFilter{AllSites: true, Assignee: "linyue"}, half},
			"form":       {record.QueryFilter{AllSites: true, Form: "F.AE"}, nil},
			"subject":    {record.QueryFilter{AllSites: true, Subject: subject, States: []record.QueryState{record.Open}}, all},
			"by checks":  {record.QueryFilter{AllSites: true, Source: "system"}, nil},
			"old":        {record.QueryFilter{AllSites: true, Before: c.clock.Now().AddDate(0, 0, -1)}, nil},
		} {
			if got := list(one.filter); !slices.Equal(got, one.want) {
				t.Errorf("%s: %v, want %v", name, got, one.want)
			}
		}
		err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) error {
			counts, err := record.CountQueries(c.ctx, tx, study)
			if len(counts) != 2 || counts[0].State != record.Candidate || counts[1].Count != 7 {
				return fmt.Errorf("counted %+v %w", counts, err)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
