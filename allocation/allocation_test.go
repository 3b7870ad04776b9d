package allocation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"

	"golang.org/x/sync/errgroup"
)

// The lists were worked out from docs/format/allocation.md by another program, and the first block of the first by hand: its
// words are 3845570890, 2194672866, 2122515929 and 3532970535. The first is even, so the block has the first length, 4, and
// begins as 0101; the others leave 2, 2 and 1 by 4, 3 and 2, so place 3 is swapped with 2, 2 with 2 and 1 with 1: 0110.
func TestAListFollowsFromItsSeedAsTheFormatSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stratum       string
		ratio, blocks []int
		places        int
		want          string
	}{
		{"F/03", []int{1, 1}, []int{4, 6}, 12, "01101100100110"},
		{"M/03", []int{1, 1}, []int{4, 6}, 12, "000111001101"},
		{"F/03", []int{2, 1}, []int{3, 6}, 9, "100101000"},
		{"M/03", []int{2, 1}, []int{3, 6}, 9, "100100100001"},
	} {
		if got := permuted("seed 7", c.stratum, c.ratio, c.blocks, c.places); got != c.want {
			t.Errorf("%s %v: %s, not %s", c.stratum, c.ratio, got, c.want)
		}
	}
}

// balanced says what is wrong with a list that is made of blocks of these lengths: in no way of cutting it is every block
// balanced.
func balanced(list string, ratio, blocks []int) string {
	round := 0
	for _, n := range ratio {
		round += n
	}
	reached := map[int]bool{0: true}
	for at := range len(list) {
		for _, n := range blocks {
			if !reached[at] || at+n > len(list) {
				continue
			}
			fits := true
			for arm, share := range ratio {
				fits = fits && strings.Count(list[at:at+n], fmt.Sprint(arm)) == n/round*share
			}
			reached[at+n] = reached[at+n] || fits
		}
	}
	if !reached[len(list)] {
		return "no way of cutting it into blocks balances them: " + list
	}
	return ""
}

func TestEveryBlockOfEveryStratumIsBalancedWhateverTheSeed(t *testing.T) {
	t.Parallel()
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	seen, first := map[string]bool{}, [2]int{}
	for n := range rounds {
		seed := fmt.Sprintf("seed %d", n)
		for _, c := range []struct{ ratio, blocks []int }{{[]int{1, 1}, []int{4, 6}}, {[]int{2, 1}, []int{3, 6, 9}}, {[]int{1, 1, 1}, []int{6}}} {
			list := permuted(seed, "F", c.ratio, c.blocks, 30)
			if wrong := balanced(list, c.ratio, c.blocks); wrong != "" || len(list) < 30 || len(list) >= 30+9 {
				t.Errorf("%s %v: %d places, %s", seed, c.ratio, len(list), wrong)
			}
			if again := permuted(seed, "F", c.ratio, c.blocks, 30); again != list {
				t.Errorf("%s gives two lists", seed)
			}
			seen[list] = true
		}
		first[permuted(seed, "M", []int{1, 1}, []int{4, 6}, 4)[0]-'0']++
	}
	if len(seen) < 3*rounds-rounds/10 {
		t.Errorf("%d seeds gave %d lists", rounds, len(seen))
	}
	if low := min(first[0], first[1]); low < rounds*3/10 {
		t.Errorf("the first place goes %v", first)
	}
	if balanced("0011010", []int{1, 1}, []int{4, 6}) == "" || balanced("00001111", []int{1, 1}, []int{4, 6}) == "" {
		t.Error("the control: a list out of balance passed")
	}
}

func TestASubjectIsRandomisedByWhatItsCasebookSaysAndOnlyOnce(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		early := h.enrol("03", "F")
		_, err := h.Randomise(h.ctx, study, early)
		h.want(err, "allocation.no_list")
		l := h.released(bySex())
		a, err := h.Randomise(h.ctx, study, early)
		h.must(err)
		if a.Number != "1001" || a.Stratum != "F/03" || a.Position != 1 || a.List != l.ID {
			h.Errorf("the first woman of 03 has %+v", a)
		}
		_, err = h.Randomise(h.ctx, study, early)
		h.want(err, "allocation.already")
		other := h.enrol("07", "M")
		h.save(other, "F.IE", "IG.IE", "IT.IEYN", "N")
		_, err = h.Randomise(h.ctx, study, other)
		h.want(err, "allocation.not_eligible at IT.IEYN")
		h.save(other, "F.IE", "IG.IE", "IT.IEYN", "Y")
		if a, err = h.Randomise(h.ctx, study, other); err != nil || a.Number != "4001" {
			h.Errorf("the first man of 07 has %+v, %v", a, err)
		}
		blank, err := h.trials.Enrol(h.ctx, study, patient.Enrolment{Site: "03"})
		h.must(err)
		_, err = h.Randomise(h.ctx, study, blank.ID)
		h.want(err, "allocation.not_eligible at sex")
		screened, err := h.trials.Enrol(h.ctx, study, patient.Enrolment{Site: "03", Status: patient.Screening})
		h.must(err)
		_, err = h.Randomise(h.ctx, study, screened.ID)
		h.want(err, "allocation.not_enrolled")
		h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
			_, treatment, _, err := h.Treatment(h.ctx, tx, study, early)
			if treatment != "TELMISARTAN-CANARY" { // 0 in the table above
				h.Errorf("she is given %q", treatment)
			}
			return err
		}))
		if found := h.findings(); found != nil {
			h.Errorf("nobody touched a row: %q", found)
		}
	})
}

// Many at once never get one place, and leave none out.
func TestManyAtOnceTakeOnePlaceEach(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		p := bySex()
		p.Places = 4
		h.released(p)
		var ids []casebook.SubjectID
		for range 8 {
			ids = append(ids, h.enrol("03", "F"))
		}
		given, refused := make([]Assignment, 2*len(ids)), make([]error, 2*len(ids))
		var g errgroup.Group
		for i := range given { // each subject asks twice
			g.Go(func() error { given[i], refused[i] = h.Randomise(h.ctx, study, ids[i/2]); return nil })
		}
		h.must(g.Wait())
		var places []int64
		for i, err := range refused {
			if err == nil {
				places = append(places, given[i].Position)
			} else if e := err.Error(); e != "allocation.already" && e != "allocation.exhausted" {
				h.Error(e)
			}
		}
		slices.Sort(places)
		if want := []int64{1, 2, 3, 4}; !slices.Equal(places, want) {
			h.Errorf("the places %v were given, not %v", places, want)
		}
		if found := h.findings(); found != nil {
			h.Errorf("the ledger says otherwise: %q", found)
		}
	})
}

func TestAListThatWasBroughtIsGivenInItsOrderAndBadLinesAreNamed(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		p := bySex()
		p.Arms, p.Blocks, p.Places, p.Seed = nil, nil, 0, ""
		p.CSV = "number,sex,site,treatment\nR7,F,03,B\nR3,F,03,A\nR5,M,07,A\nR1,F,03,B\n"
		h.released(p)
		first, second := h.enrol("03", "F"), h.enrol("03", "F")
		if a, err := h.Randomise(h.ctx, study, first); err != nil || a.Number != "R7" {
			h.Errorf("the first has %+v, %v", a, err)
		}
		a, err := h.Randomise(h.ctx, study, second)
		h.must(err)
		h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
			_, treatment, _, err := h.Treatment(h.ctx, tx, study, second)
			if a.Number != "R3" || treatment != "A" {
				h.Errorf("the second has %s, %s", a.Number, treatment)
			}
			return err
		}))
		_, err = h.Randomise(h.ctx, study, h.enrol("07", "F"))
		h.want(err, "allocation.exhausted")
		for csv, code := range map[string]string{
			"number,sex,site\nR1,F,03\n":                                              "allocation.column at line 1",
			"number,sex,site,treatment\nR1,F,03,A\n\nR1,F,03,B\n":                     "allocation.row_twice at line 4",
			"number,sex,site,treatment\nR1,X,03,A\n":                                  "allocation.row_level at line 2",
			"number,sex,site,treatment\nR1,F,03,A\n,F,03,B\n":                         "allocation.row_number at line 3",
			"number,sex,site,treatment\nR1,F,03,A\nR2,F,03,\n":                        "allocation.row_treatment at line 3",
			"number,sex,site,treatment\nR1,F,03,A\n":                                  "allocation.arms at csv",
			"number,sex,site,treatment\nA1,F,03,A\nB1,F,03,B\nA2,F,03,A\nB2,F,03,B\n": "allocation.numbers_tell at csv",
			"": "allocation.arms at arms",
		} {
			q := p
			q.CSV = csv
			_, err := h.Make(h.ctx, study, q)
			h.want(err, code)
		}
	})
}

func TestWhatCannotBeAListIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		for code, change := range map[string]func(*Plan){
			"allocation.text at name":                     func(p *Plan) { p.Design.Name = " " },
			"allocation.text at factors/1/name":           func(p *Plan) { p.Design.Factors[1].Name = "sex" },
			"allocation.levels at factors/0/levels":       func(p *Plan) { p.Design.Factors[0].Levels = []string{"F", "F"} },
			"allocation.item_unknown at factors/0/item":   func(p *Plan) { p.Design.Factors[0].Item.Item = "IT.NONE" },
			"allocation.item_unknown at require/0/item":   func(p *Plan) { p.Design.Require[0].Item.Event = "E.NONE" },
			"allocation.site_unknown at factors/1/levels": func(p *Plan) { p.Design.Factors[1].Levels = []string{"99"} },
			"allocation.arms at arms":                     func(p *Plan) { p.Arms = p.Arms[:1] },
			"allocation.arms at arms/1":                   func(p *Plan) { p.Arms[1].Ratio = 0 },
			"allocation.blocks at blocks/0":               func(p *Plan) { p.Blocks = []int{5} },
			"allocation.blocks at blocks":                 func(p *Plan) { p.Blocks = nil },
			"allocation.places at places":                 func(p *Plan) { p.Places = 0 },
			"allocation.text at seed":                     func(p *Plan) { p.Seed = "a\nb" },
		} {
			p := bySex()
			change(&p)
			_, err := h.Make(h.ctx, study, p)
			h.want(err, code)
		}
		l := h.released(bySex())
		again, err := h.Make(h.ctx, study, bySex())
		h.must(err)
		_, err = h.Release(h.ctx, study, again.ID, "Qian Xu")
		h.want(err, "allocation.in_use")
		_, err = h.Release(h.ctx, study, l.ID, "Qian Xu")
		h.want(err, "allocation.not_draft")
		_, err = h.Close(h.ctx, study, l.ID, " ")
		h.want(err, "allocation.reason at reason")
		_, err = h.Close(h.ctx, study, l.ID, "an amendment")
		h.must(err)
		_, err = h.Release(h.ctx, study, again.ID, "Qian Xu")
		h.must(err)
		a, err := h.Randomise(h.ctx, study, h.enrol("03", "F"))
		if err != nil || a.Number != "2-1001" {
			h.Errorf("the second list gives %+v, %v", a, err)
		}
		_, err = h.Close(h.ctx, study, l.ID, "again")
		h.want(err, "allocation.closed")
		_, err = h.Close(h.ctx, study, "L-9", "why")
		h.want(err, "allocation.unknown at list")
	})
}

// Neither a row nor an entry tells a treatment, and what is sealed cannot be opened elsewhere, or after a change; verification
// names each row that was changed behind the ledger.
func TestWhatIsSealedStaysSealed(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		l := h.released(bySex())
		_, err := h.Randomise(h.ctx, study, h.enrol("03", "F"))
		h.must(err)
		_, c, given, _, err := h.Look(h.ctx, study, l.ID)
		h.must(err)
		if c.Seed != "seed 7" || len(given) != 1 || !strings.HasPrefix(c.Strata["F/03"], "01101100") {
			h.Errorf("the list says %+v, %+v", c, given)
		}
		if err := h.Open("HTN-25", l.ID, l.sealed, &c); err == nil || h.Open(study, "L-2", l.sealed, &c) == nil {
			h.Error("what is sealed was opened elsewhere")
		}
		seal := func(text string) string { sealed, err := h.Seal(study, "x", text); h.must(err); return sealed }
		if a, b := seal("A"), seal("PLACEBO"); len(a) != len(b) || a == seal("A") {
			h.Error("what is sealed tells its length, or that two are alike")
		}
		looked := 0
		h.must(h.ledger.Seal(h.ctx, study))
		h.must(h.db.View(h.ctx, func(tx *store.Tx) error {
			_, err := ledger.Each(h.ctx, tx, study, 0, 1000, func(e *ledger.Entry) error {
				if strings.Contains(e.New+e.Old+e.Reason+e.Ref, "CANARY") || strings.Contains(e.New, "seed 7") {
					h.Errorf("the entry %s tells it", e.What)
				}
				if e.What == ListRead {
					looked++
				}
				return nil
			})
			return err
		}))
		if looked != 1 {
			h.Errorf("looking left %d entries", looked)
		}
		for _, c := range []struct{ sql, want string }{
			{`UPDATE allocation_list SET sealed = 'AAAA' WHERE study_id = $1`, "allocation_list L-1 altered"},
			{`UPDATE allocation_stratum SET taken = 5 WHERE study_id = $1 AND stratum = 'M/07'`, "allocation_stratum L-1 M/07 altered"},
			{`UPDATE allocation_subject SET position = 2 WHERE study_id = $1`, "allocation_subject 03-001 altered"},
			{`DELETE FROM allocation_subject WHERE study_id = $1`, "allocation_subject 03-001 removed"},
			{`DELETE FROM allocation_list WHERE study_id = $1`, "allocation_list L-1 removed"},
		} {
			if slices.Contains(h.findings(), c.want) {
				h.Errorf("%s before anybody did it", c.want)
			}
			h.must(h.db.Update(h.ctx, func(tx *store.Tx) error { _, err := tx.Exec(h.ctx, c.sql, study); return err }))
			if found := h.findings(); !slices.Contains(found, c.want) {
				h.Errorf("%s: %q", c.sql, found)
			}
		}
	})
}

// An investigator who must know is told, each time with two reasons and a signature; nobody else is, not even by the words that
// the second look is explained with. Those whom it concerns are told once, also when telling fails at first.
func TestATreatmentIsOpenedInAnEmergencyAndEverybodyHearsThatItWas(t *testing.T) {
	t.Parallel()
	both(t, func(h *house) {
		h.released(bySex())
		id := h.enrol("03", "F")
		ctx := casebook.WithActor(h.ctx, casebook.Actor{User: "zhou", Role: "investigator", Location: "03"})
		_, _, _, err := h.Unblind(ctx, study, id, Emergency, "anaphylaxis", "Zhou Ning")
		h.want(err, "allocation.not_randomised")
		_, err = h.Randomise(ctx, study, id)
		h.must(err)
		_, _, _, err = h.Unblind(ctx, study, id, "curiosity", "anaphylaxis", "Zhou Ning")
		h.want(err, "allocation.unblind_reason at reason")
		_, _, _, err = h.Unblind(ctx, study, id, Emergency, " ", "Zhou Ning")
		h.want(err, "allocation.reason at text")
		sent, broken := []string{}, true
		h.Tell = func(_ context.Context, _ casebook.StudyID, u Unblinding) (string, error) {
			if broken {
				return "", casebook.Fail(casebook.Busy, "allocation.unknown")
			}
			sent = append(sent, u.ID)
			return "N-" + u.ID, nil
		}
		for _, why := range []string{"anaphylaxis", "again: she is on TELMISARTAN-CANARY"} {
			_, treatment, _, err := h.Unblind(ctx, study, id, Emergency, why, "Zhou Ning")
			if err != nil || treatment != "TELMISARTAN-CANARY" {
				h.Errorf("she is on %q, %v", treatment, err)
			}
			h.clock.Add(time.Minute)
		}
		if err := h.TellAll(ctx); casebook.KindOf(err) != casebook.Busy || len(sent) > 0 {
			h.Errorf("told %v, %v", sent, err)
		}
		broken = false
		h.must(h.TellAll(ctx))
		h.must(h.TellAll(ctx))
		if len(sent) != 2 {
			h.Errorf("two looks were told %d times", len(sent))
		}
		h.must(h.db.View(ctx, func(tx *store.Tx) error {
			p, err := patient.Find(ctx, tx, study, id)
			h.must(err)
			shown, err := h.standing(ctx, tx, study, p)
			if len(shown.Unblinded) != 2 || shown.Unblinded[0].Name != "Zhou Ning" || strings.Contains(ledger.Text(shown), "CANARY") {
				h.Errorf("the subject is shown as %+v", shown)
			}
			entries, failed := ledger.Subject(ctx, tx, study, id)
			if strings.Contains(fmt.Sprint(entries), "CANARY") {
				h.Error("the ledger tells what she is given")
			}
			return errors.Join(err, failed)
		}))
		_, _, _, looks, err := h.Look(h.ctx, study, "L-1")
		if err != nil || len(looks) != 2 || !strings.HasSuffix(looks[1].Text, "TELMISARTAN-CANARY") {
			h.Errorf("the statistician reads %+v, %v", looks, err)
		}
		if found := h.findings(); found != nil {
			h.Errorf("nobody touched a row: %q", found)
		}
		h.must(h.db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM allocation_unblinding WHERE study_id = $1`, study)
			return err
		}))
		if found := h.findings(); len(found) != 2 {
			h.Errorf("two looks were removed: %q", found)
		}
	})
}
