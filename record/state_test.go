package record_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
)

func (c *clinic) compiled() *record.Study {
	c.t.Helper()
	st, err := c.forms.Study(c.ctx, study)
	if err != nil {
		c.t.Fatal(err)
	}
	return st
}

func whole() record.Scope           { return record.Scope{Study: study, Subject: subject} }
func part(path string) record.Scope { return record.Scope{Study: study, Subject: subject, Path: path} }
func (c *clinic) write(ctx context.Context, fn func(*ledger.Writer) error) error {
	c.clock.Add(time.Minute)
	return c.ledger.WriteNew(ctx, study, fn)
}

func (c *clinic) move(p record.Scope, step record.StageStep, reason string) error {
	st := c.compiled()
	ctx := c.as("hexiao", "datamanager")
	return c.write(ctx, func(w *ledger.Writer) error {
		_, err := c.forms.Move(ctx, w, st, p, step, reason)
		return err
	})
}

func (c *clinic) sign(p record.Scope) (sig record.Signature, err error) {
	st := c.compiled()
	c.seal()
	ctx := casebook.WithActor(c.ctx, casebook.Actor{User: "zhouning", Role: "investigator", Location: "03"})
	err = c.write(ctx, func(w *ledger.Writer) (err error) {
		sig, err = c.forms.Sign(ctx, w, st, record.Signing{Scope: p, Name: "Zhou Ning", Meaning: "approval", Zone: "Asia/Shanghai"})
		return err
	})
	return sig, err
}

func (c *clinic) look(in record.Look) (r *record.Review, err error) {
	ctx := c.as("chenrui", "monitor")
	in.Key = vitals
	err = c.write(ctx, func(w *ledger.Writer) (err error) { r, err = c.forms.Review(ctx, w, in); return err })
	return r, err
}

func (c *clinic) standings() (s record.Standings) {
	c.t.Helper()
	err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) { s, err = record.StandingsOf(c.ctx, tx, study, subject); return err })
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// complete are all mandatory values of the vital signs.
func complete() []record.Value {
	return []record.Value{vs("IT.VSDAT", "2026-03-02"), vs("IT.VSTIM", "09:00"), vs("IT.VSPOS", "SIT"), vs("IT.SYS", "136"), vs("IT.DIA", "84"), vs("IT.HR", "70"),
		vs("IT.VSDONE", "Y"), vs("IT.ARM", "L")}
}

// fill saves whatever of complete the form asks, so that it is complete.
func (c *clinic) fill() *record.View {
	c.t.Helper()
	var items []record.Value
	for _, fi := range c.compiled().Index.FormItems("F.VS") {
		if i := slices.IndexFunc(complete(), func(v record.Value) bool { return v.Item == fi.Item.OID }); i >= 0 {
			items = append(items, complete()[i])
		} else if fi.Ref.Mandatory {
			items = append(items, record.Value{Group: fi.Group.OID, Repeat: "1", Item: fi.Item.OID, Blank: "not_done"})
		}
	}
	v := c.mustSave(0, "", items...)
	if v.Form.State != record.Complete {
		c.t.Fatalf("the form is %s", v.Form.State)
	}
	return v
}

var (
	form  = vitals.Ref()
	item  = vitals.ItemPath("IG.VS", "1", "IT.SYS")
	parts = []record.Scope{{Study: study}, whole(), part("E.BL/1"), part(form), part(item)}
)

// Every stage of every part with every step, and what each stage lets people do: the drawing in docs/design/states.md,
// and nothing else.
func TestEveryStepOfAStage(t *testing.T) {
	t.Parallel()
	legal := map[string]record.Stage{"open freeze": "frozen", "frozen unfreeze": "open", "frozen lock": "locked", "locked unlock": "frozen"}
	paths := map[record.Stage][]record.StageStep{record.Editable: nil, record.Frozen: {"freeze"}, record.Locked: {"freeze", "lock"}}
	both(t, func(t *testing.T, c *clinic) {
		v := c.fill()
		if _, err := c.sign(whole()); err != nil {
			t.Fatal(err)
		}
		if err := errorOf(c.move(whole(), "freeze", ""), c.move(whole(), "lock", "")); err != nil { // so that the study may be locked
			t.Fatal(err)
		}
		for _, p := range parts {
			if p.Subject != "" {
				_ = c.move(record.Scope{Study: study}, "unlock", "next part")
				_ = c.move(record.Scope{Study: study}, "unfreeze", "next part")
				_ = c.move(whole(), "unlock", "next part")
				_ = c.move(whole(), "unfreeze", "next part")
			}
			for _, from := range record.Stages {
				for _, step := range []record.StageStep{"freeze", "unfreeze", "lock", "unlock", "erase"} {
					for _, way := range paths[from] {
						if err := c.move(p, way, ""); err != nil {
							t.Fatalf("%s on the way to %s: %v", p.Level(), from, err)
						}
					}
					err := c.move(p, step, "because")
					to, ok := legal[string(from)+" "+string(step)]
					if ok == (err != nil) || !ok && (code(err) != "record.stage_step" || casebook.KindOf(err) != casebook.Conflict) {
						t.Errorf("%s, %s %s: %v", p.Level(), from, step, err)
					}
					if err != nil {
						to = from
					}
					c.back(p, to)
				}
			}
		}
		if _, err := c.save(v.Form.Version, "typing error", vs("IT.SYS", "137")); err != nil {
			t.Errorf("all is open again: %v", err)
		}
		c.intact()
	})
}

func errorOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// back opens a part again, from the stage that it is in.
func (c *clinic) back(p record.Scope, from record.Stage) {
	c.t.Helper()
	steps := map[record.Stage][]record.StageStep{record.Frozen: {"unfreeze"}, record.Locked: {"unlock", "unfreeze"}}[from]
	for _, s := range steps {
		if err := c.move(p, s, "back"); err != nil {
			c.t.Fatalf("back from %s: %v", from, err)
		}
	}
}

// What each stage allows: entry only while open, queries and signatures until locked, verification always.
func TestWhatAStageAllows(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		v := c.fill()
		for _, p := range parts[1:] {
			if _, err := c.sign(whole()); err != nil {
				t.Fatal(err)
			}
			for _, want := range []struct {
				step             record.StageStep
				save, sign, asks string
			}{{"freeze", "record.frozen", "", ""}, {"lock", "record.locked", "record.sign_locked", "record.locked"}} {
				if err := c.move(p, want.step, ""); err != nil {
					t.Fatalf("%s %s: %v", want.step, p.Level(), err)
				}
				_, save := c.save(v.Form.Version, "typing error", vs("IT.SYS", "140"))
				_, sign := c.sign(p)
				q, asks := c.ask(false)
				if asks == nil {
					_, asks = c.step(q, record.Cancel, "none")
				}
				if mine(save) != want.save || mine(sign) != want.sign || mine(asks) != want.asks {
					t.Errorf("%s %s: save %v, sign %v, ask %v", p.Level(), want.step, save, sign, asks)
				}
				if _, err := c.look(record.Look{Kind: record.SDV, Seen: v.Form.Version, Items: []record.Value{vs("IT.SYS", "")}}); err != nil {
					t.Errorf("%s %s: verification is independent: %v", p.Level(), want.step, err)
				}
				if _, err := c.look(record.Look{Kind: record.SDV, Undo: true}); err != nil {
					t.Errorf("taking it back: %v", err)
				}
			}
			c.back(p, record.Locked)
		}
		if err := c.move(part(item), record.Freeze, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := c.save(v.Form.Version, "typing error", vs("IT.DIA", "85")); err != nil {
			t.Errorf("another item of the form is open: %v", err)
		}
		c.intact()
	})
}

func mine(err error) string {
	if err == nil {
		return ""
	}
	return code(err)
}

func TestWhatMustComeBeforeALock(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.fill()
		q, err := c.ask(false)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if err := errorOf(c.move(p, "freeze", "")); err != nil {
				t.Fatal(err)
			}
			if err := c.move(p, "lock", ""); code(err) != "record.lock_queries" {
				t.Errorf("%s with a query: %v", p.Level(), err)
			}
		}
		if _, err := c.step(q, record.Close, ""); err != nil {
			t.Fatal(err)
		}
		if err := c.move(parts[0], "lock", ""); code(err) != "record.lock_casebooks" {
			t.Errorf("the study with an open casebook: %v", err)
		}
		if err := c.move(whole(), "lock", ""); code(err) != "record.lock_unsigned" {
			t.Errorf("the casebook without a signature: %v", err)
		}
		if _, err := c.sign(whole()); err != nil { // signing needs no opening again
			t.Fatal(err)
		}
		for _, p := range []record.Scope{whole(), parts[0]} {
			if err := c.move(p, "lock", ""); err != nil {
				t.Errorf("%s: %v", p.Level(), err)
			}
		}
		if err := c.move(part(form), "unfreeze", "?"); code(err) != "record.stage_above" {
			t.Errorf("a form of a locked casebook: %v", err)
		}
		if err := c.move(parts[0], "unlock", " "); code(err) != "record.stage_reason" {
			t.Errorf("unlocking without a reason: %v", err)
		}
		for _, bad := range []string{"E.NONE/1", "E.BL", "E.BL/1/F.AE/1", "E.BL/1/F.VS/1/IG.VS/1/IT.NONE", "E.BL/2", "a/b/c/d/e", "/"} {
			if err := c.move(part(bad), "freeze", ""); casebook.KindOf(err) != casebook.NotFound {
				t.Errorf("%q: %v", bad, err)
			}
		}
		c.intact()
	})
}

// A signature holds until anything in its scope changes, and no longer: by entry, or by a report.
func TestAChangeVoidsTheSignaturesOverIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		if _, err := c.sign(whole()); code(err) != "record.sign_empty" {
			t.Errorf("signing nothing: %v", err)
		}
		c.mustSave(0, "", vs("IT.SYS", "136"))
		if _, err := c.sign(whole()); code(err) != "record.sign_incomplete" {
			t.Errorf("signing what is not complete: %v", err)
		}
		if _, err := c.sign(record.Scope{Study: study}); code(err) != "record.sign_study" {
			t.Errorf("signing the study: %v", err)
		}
		var rest []record.Value
		for _, fi := range c.compiled().Index.FormItems("F.VS") {
			if fi.Ref.Mandatory && fi.Item.OID != "IT.SYS" {
				rest = append(rest, record.Value{Group: fi.Group.OID, Repeat: "1", Item: fi.Item.OID, Blank: "not_done"})
			}
		}
		v := c.mustSave(1, "", rest...)
		for _, p := range []record.Scope{whole(), part("E.BL/1"), part(form), part(item), part("E.SCR/1")} {
			if _, err := c.sign(p); err != nil && p.Path != "E.SCR/1" {
				t.Fatalf("signing the %s: %v", p.Level(), err)
			}
		}
		first := c.standings().Signatures
		for _, s := range first {
			if s.Name != "Zhou Ning" || s.Zone != "Asia/Shanghai" || s.Meaning != "approval" || s.Size == 0 || len(s.Root) != 64 || !c.holds(&s) {
				t.Errorf("the %s's signature is %+v", s.Level(), s)
			}
		}
		v = c.mustSave(v.Form.Version, "measured again", vs("IT.DIA", "85"))
		for _, s := range c.standings().Signatures {
			if void := !s.VoidAt.IsZero(); void != (s.Level() != "item") || void == c.holds(&s) {
				t.Errorf("after a change of another item the %s's signature is void: %v", s.Level(), void)
			}
		}
		c.mustSave(v.Form.Version, "typing error", vs("IT.SYS", "137"))
		for _, s := range c.standings().Signatures {
			if s.VoidAt.IsZero() || s.VoidRef != form {
				t.Errorf("after a change of it the %s's signature holds", s.Level())
			}
		}
		again, err := c.sign(whole())
		if err != nil || again.Previous != first[0].ID || !c.holds(&again) {
			t.Errorf("signed again: %+v %v", again, err)
		}
		c.intact()
	})
}

func (c *clinic) holds(s *record.Signature) (ok bool) {
	c.t.Helper()
	err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) (err error) { ok, err = record.Holds(c.ctx, tx, s); return err })
	if err != nil {
		c.t.Fatal(err)
	}
	return ok
}

// A signature that is copied to another record, or whose words are changed, does not verify there.
func TestACopiedSignatureFails(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"to another subject": `UPDATE record_signature SET subject_id = '03-002' WHERE study_id = $1`,
		"to another scope":   `UPDATE record_signature SET scope = 'E.BL/1' WHERE study_id = $1`,
		"other words":        `UPDATE record_signature SET manifest = replace(manifest, 'Zhou Ning', 'Chen Rui') WHERE study_id = $1`,
		"not void any more":  `UPDATE record_signature SET void_at = 0, void_ref = '' WHERE study_id = $1`,
		"removed":            `DELETE FROM record_signature WHERE study_id = $1`,
		"unlocked":           `UPDATE record_stage SET stage = 'open' WHERE study_id = $1`,
		"verified":           `UPDATE record_review SET marks = replace(marks, '"v":1', '"v":2') WHERE study_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, storetest.DSN(t, "sqlite"))
			if _, err := patient.New(c.ledger).Enrol(c.ctx, study, patient.Enrolment{Site: "03", Subject: "03-002"}); err != nil {
				t.Fatal(err)
			}
			c.fill()
			sig, err := c.sign(whole())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.look(record.Look{Kind: record.SDV, Seen: 1}); err != nil {
				t.Fatal(err)
			}
			c.mustSave(1, "typing error", vs("IT.SYS", "137"))
			if err := errorOf(c.move(whole(), "freeze", "")); err != nil {
				t.Fatal(err)
			}
			if err := c.ledger.DB().Update(c.ctx, func(tx *store.Tx) error { _, err := tx.Exec(c.ctx, sql, study); return err }); err != nil {
				t.Fatal(err)
			}
			copied := sig
			copied.Subject = "03-002"
			if c.holds(&copied) {
				t.Error("a copy holds for another subject")
			}
			v, err := ledger.Verify(c.ctx, c.ledger.DB(), "", nil, func(id casebook.StudyID) []ledger.Fold { return []ledger.Fold{record.NewFold(id)} })
			if err != nil || len(v.Findings) == 0 {
				t.Errorf("verification sees nothing: %v", err)
			}
		})
	}
}

func TestVerificationAgainstTheSource(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		v := c.fill()
		need := func(kind record.Kind) (need, changed int) {
			t.Helper()
			err := c.ledger.DB().View(c.ctx, func(tx *store.Tx) error {
				list, err := record.WorkList(c.ctx, tx, study, record.WorkFilter{Kind: kind, AllSites: true, Limit: 10})
				for _, w := range list {
					need, changed = need+w.Need, changed+w.Changed
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return need, changed
		}
		all := len(v.Form.Items)
		if n, _ := need(record.SDV); n != all {
			t.Errorf("at first %d of %d wait", n, all)
		}
		if _, err := c.look(record.Look{Kind: record.SDV, Seen: 1, Items: []record.Value{vs("IT.SYS", "")}}); err != nil {
			t.Fatal(err)
		}
		if n, _ := need(record.SDV); n != all-1 {
			t.Errorf("after one tick %d of %d wait", n, all)
		}
		if r, err := c.look(record.Look{Kind: record.SDV, Seen: 1}); err != nil || !r.Done {
			t.Fatalf("all ticked: %+v %v", r, err)
		}
		if n, _ := need(record.SDV); n != 0 {
			t.Errorf("after all ticks %d wait", n)
		}
		if n, _ := need(record.Medical); n != all {
			t.Errorf("the medical review is another: %d wait", n)
		}
		c.mustSave(1, "typing error", vs("IT.SYS", "137"))
		if n, changed := need(record.SDV); n != 1 || changed != 1 {
			t.Errorf("changed since verified: %d wait, %d changed", n, changed)
		}
		if _, err := c.look(record.Look{Kind: record.SDV, Seen: 1, Items: []record.Value{vs("IT.SYS", "")}}); code(err) != "record.review_changed" {
			t.Errorf("ticking a value that the reviewer has not seen: %v", err)
		}
		if _, err := c.look(record.Look{Kind: record.SDV, Seen: 2, Items: []record.Value{vs("IT.NONE", "")}}); code(err) != "record.review_empty" {
			t.Errorf("ticking nothing: %v", err)
		}
		st, ctx := c.compiled(), c.as("hexiao", "datamanager")
		plan := func(p record.Plan) error {
			return c.write(ctx, func(w *ledger.Writer) error { _, err := record.SetPlan(ctx, w, st, p, -1, "by risk"); return err })
		}
		if err := plan(record.Plan{Items: []string{"IT.DIA", "IT.SYS"}}); err != nil {
			t.Fatal(err)
		}
		if n, _ := need(record.SDV); n != 1 {
			t.Errorf("with a plan for two critical items %d wait", n)
		}
		if err := c.write(ctx, func(w *ledger.Writer) error { _, err := record.SetPlan(ctx, w, st, record.Plan{}, 0, ""); return err }); code(err) != "record.plan_other" {
			t.Errorf("a plan by somebody who had not seen the one in force: %v", err)
		}
		if err := plan(record.Plan{Sample: 101}); code(err) != "record.plan_share" {
			t.Errorf("a share of 101: %v", err)
		}
		if err := plan(record.Plan{}); err != nil {
			t.Fatal(err)
		}
		if n, _ := need(record.SDV); n != 0 {
			t.Errorf("with a plan for nothing %d wait", n)
		}
		c.intact()
	})
}

// The sample is the same for everybody who computes it, about as large as it says, and only grows.
func TestTheSampleOfSubjectsIsStable(t *testing.T) {
	t.Parallel()
	count := func(p record.Plan) (n int) {
		for i := range 2000 {
			if p.Requires(study, "03", casebook.SubjectID(fmt.Sprint("03-", i)), "F.VS", "IT.SYS") {
				n++
			}
		}
		return n
	}
	if n := count(record.Plan{Sample: 20}); n < 340 || n > 460 {
		t.Errorf("20 percent of 2000 are %d", n)
	}
	if n := count(record.Plan{Sample: 20, Sites: map[casebook.SiteID]int{"03": 100}}); n != 2000 {
		t.Errorf("all of a site at risk are %d", n)
	}
	if n := count(record.Plan{Sample: 0}); n != 0 {
		t.Errorf("none are %d", n)
	}
}

// Whatever people do in whatever order, folding the ledger gives every row as it stands: values, queries, stages,
// signatures, reviews and plans, on both databases.
func TestFoldingTheLedgerGivesTheCurrentState(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		st := c.compiled()
		var queries []record.Query
		var files record.Attachments
		rounds := 120
		if testing.Short() {
			rounds = 40
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		next := rand.New(rand.NewPCG(seed, 0)).IntN
		done := map[string]int{}
		for range rounds {
			p := parts[next(len(parts))]
			var err error
			what := []string{"save", "save", "save", "fill", "ask", "step", "move", "sign", "look", "plan", "turn", "attach"}[next(12)]
			switch what {
			case "save":
				_, err = c.save(-1, "because", vs([]string{"IT.SYS", "IT.DIA", "IT.HR"}[next(3)], fmt.Sprint(60+next(240))))
			case "fill":
				_, err = c.save(-1, "because", record.Value{Group: "IG.VS", Repeat: "1", Item: "IT.DIA", Blank: "refused"})
			case "ask":
				var q record.Query
				if q, err = c.ask(next(2) == 0); err == nil {
					queries = append(queries, q)
				}
			case "step":
				if len(queries) > 0 {
					i := next(len(queries))
					queries[i], err = c.step(queries[i], []record.Action{"release", "answer", "requery", "resolve", "close", "cancel", "assign"}[next(7)], "so")
				}
			case "move":
				err = c.move(p, []record.StageStep{"freeze", "unfreeze", "lock", "unlock"}[next(4)], "because")
			case "sign":
				_, err = c.sign(part(item))
			case "look":
				_, err = c.look(record.Look{Kind: record.Kinds[next(3)], Seen: 1 << 40, Undo: next(4) == 0})
			case "attach":
				if c.read(vitals).Form.Version > 0 {
					var after record.Attachments
					if after, err = c.attach(files, record.Attached{Name: "a.pdf", Hash: fmt.Sprint(len(files.Files))}, len(files.Files) > 0 && next(2) == 0); err == nil {
						files = after
					}
				}
			case "turn":
				err = c.turn(vitals, record.Part{}, next(2) == 0, "because")
			case "plan":
				ctx := c.as("hexiao", "datamanager")
				err = c.write(ctx, func(w *ledger.Writer) error {
					_, err := record.SetPlan(ctx, w, st, record.Plan{Sample: next(101)}, -1, "")
					return err
				})
			}
			if casebook.KindOf(err) == casebook.Internal && err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if err == nil {
				done[what]++
			}
		}
		c.intact()
		if len(done) < 4 {
			t.Errorf("only %v was done", done)
		}
	})
}
