package export

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/odmtest"
	"casebook/record"
	"casebook/store"
	"casebook/store/storetest"
)

// doubly is a house where two people enter the vital signs: 03-001's are entered once, and 07-001's by two who differ.
func doubly(t *testing.T, engine string) *house {
	t.Helper()
	h := buildOf(t, engine, func(v *odm.Version) {
		for i := range v.Forms {
			v.Forms[i].DoubleEntry = v.Forms[i].OID == "F.VS"
		}
	})
	h.enter("linyue", "03-001", "1997-07-11")
	h.enter("linyue", "07-001", "1997-07-21")
	h.enter("xucheng", "07-001", "1997-07-22")
	return h
}

func (h *house) enter(who casebook.UserID, subject casebook.SubjectID, day string) {
	h.t.Helper()
	h.clock.Add(time.Minute)
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: who, Role: "coordinator", Location: "03"})
	st, err := h.forms.Study(ctx, demo.ID)
	h.must(err)
	h.must(h.ledger.WriteNew(ctx, demo.ID, func(w *ledger.Writer) error {
		_, err := h.forms.Enter(ctx, w, st, vitals(subject), []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.VSDAT", Value: day}})
		return err
	}))
}

// What two people have entered and nobody settled is in no file as a value; each file says which forms it lacks, and none what
// the first of two entered while the second is to come.
func TestFilesHoldSettledValuesAndSayWhatIsNotSettled(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := doubly(t, engine)
			for format, schema := range map[string]string{"odm1.3.2": "odm-1.3.2/ODM1-3-2.xsd", "odm2": "odm-2.0/ODM.xsd", "odm1.3.2-archival": "odm-1.3.2/ODM1-3-2.xsd", "odm1.3.2-transactional": "odm-1.3.2/ODM1-3-2.xsd"} {
				file := h.write(format, time.Time{})
				odmtest.Valid(t, "../..", schema, file)
				if bytes.Contains(file, []byte("1997-07-11")) {
					t.Errorf("%s tells the first entry", format)
				}
				if history := strings.Contains(format, "al"); !history && (!bytes.Contains(file, []byte("entered twice, not settled: E.SCR/1/F.VS/1 differs")) || bytes.Contains(file, []byte("1997-07-21"))) {
					t.Errorf("%s does not say what is not settled, or holds it", format)
				}
			}
			files := h.files("csv")
			if text := string(files["unsettled.csv"]); !strings.Contains(text, "03-001,E.SCR,1,F.VS,1,first,") || !strings.Contains(text, "07-001,E.SCR,1,F.VS,1,differs,") {
				t.Errorf("unsettled.csv says %s", text)
			}
			for name, file := range files {
				if bytes.Contains(file, []byte("1997-07-11")) {
					t.Errorf("%s tells the first entry", name)
				}
			}
		})
	}
}

// An archive holds the seal of an entry that waits: the entry comes back where what opens it is brought beside the archive, and only what
// was sealed; otherwise it is discarded. What two differ in comes back as it was.
func TestEntriesThatAreNotSettledComeBackFromAnArchive(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			first, second := doubly(t, engine), empty(t, engine)
			a, err := ReadArchive(first.write("odm1.3.2-archival", time.Time{}))
			first.must(err)
			var opened []record.Opening
			first.must(first.db.View(first.ctx, func(tx *store.Tx) (err error) { opened, err = record.Openings(first.ctx, tx, demo.ID); return err }))
			third := empty(t, engine)
			with := third.replay()
			with.Opened = []record.Opening{{Subject: opened[0].Subject, Ref: opened[0].Ref, Salt: opened[0].Salt, Values: []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.VSDAT", Value: "1997-07-12"}}}}
			if err := with.Run(third.ctx, a, false); len(opened) != 1 || err == nil || !strings.HasPrefix(err.Error(), "record.double_opening") {
				t.Errorf("with what was not sealed: %v", err)
			}
			with.Opened = opened
			third.must(with.Run(third.ctx, a, false))
			third.place()
			third.intact()
			if a, b := first.digests(), third.digests(); a != b {
				t.Errorf("digests %s, were %s", b, a)
			}
			third.enter("xucheng", "03-001", "1997-07-11")
			if v, err := third.forms.Read(third.ctx, vitals("03-001"), time.Time{}); err != nil || v.Double != nil || len(v.Form.Items) == 0 {
				t.Errorf("the second says the same: %+v %v", v, err)
			}
			second.must(second.replay().Run(second.ctx, a, false))
			second.place()
			second.intact()
			for subject, want := range map[casebook.SubjectID]string{"03-001": "", "07-001": record.EntriesDiffer} {
				v, err := second.forms.Read(second.ctx, vitals(subject), time.Time{})
				second.must(err)
				if v.Double == nil || v.Double.State() != want {
					t.Errorf("%s stands at %+v, want %q", subject, v.Double, want)
				}
			}
			second.enter("xucheng", "03-001", "2026-03-03")
			second.place()
			second.intact()
		})
	}
}
