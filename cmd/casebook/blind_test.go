package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casebook"
	"casebook/allocation"
	"casebook/allocation/blinded"
	"casebook/auth"
	"casebook/demo"
	"casebook/notice"
	"casebook/odm"
	"casebook/record"
)

// F-BLIND: what the subjects of the ward are given is called by this name, and nobody blinded is ever answered it, whatever
// they ask: expected looks for it in every answer.
const quetzal = "CANARY-QUETZAL"

// allocate puts a list in use, randomises both subjects and sends both sites kits.
func (w *ward) allocate(t *testing.T) {
	t.Helper()
	ctx := operator(t.Context())
	l, err := w.a.given.Make(ctx, demo.ID, allocation.Plan{Design: allocation.Design{Name: "Main list", Factors: []allocation.Factor{{Name: "site", Site: true, Levels: []string{"03", "07"}}}},
		Arms: []allocation.Arm{{Treatment: quetzal + "-A", Ratio: 1}, {Treatment: quetzal + "-B", Ratio: 1}}, Blocks: []int{4}, Places: 4, Seed: quetzal})
	if err == nil {
		_, err = w.a.given.Release(ctx, demo.ID, l.ID, "Qian Xu")
	}
	for _, at := range []things{w.here, w.there} {
		if err == nil {
			_, err = w.a.given.Randomise(ctx, demo.ID, casebook.SubjectID(at["subject"]))
		}
		if err == nil {
			csv := "kit,treatment,lot,expiry\n"
			for i, arm := range []string{"A", "B", "A", "B"} {
				csv += fmt.Sprintf("kit-%d-of-%s,%s-%s,lot-%s,2999-12-31\n", i+1, at["site"], quetzal, arm, quetzal)
			}
			_, err = w.a.kits.Send(ctx, demo.ID, casebook.SiteID(at["site"]), 30, csv)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// unblind has the treatment of the subject at site 03 opened, of which everybody whom it concerns is told.
func (w *ward) unblind(t *testing.T) {
	t.Helper()
	ctx := operator(t.Context())
	_, treatment, u, err := w.a.given.Unblind(ctx, demo.ID, casebook.SubjectID(w.here["subject"]), allocation.Emergency, "it is "+quetzal, "Zhou Ning")
	if err == nil {
		err = w.a.given.TellAll(ctx)
	}
	if err != nil || !strings.HasPrefix(treatment, quetzal) {
		t.Fatalf("%q, %v", treatment, err)
	}
	// Investigators, monitors, data managers and project managers: of 03, and of all sites.
	if n, err := w.a.notices.Get(ctx, demo.ID, "unblinding-"+u.ID); err != nil || n.Targets != 8 || n.Kind != notice.Safety {
		t.Errorf("told was %+v, %v", n, err)
	}
}

// lapwing is in the values of a blinded item, and in the reason why one changed; plainly is in a value beside it that is not blinded.
const lapwing, plainly = "CANARY-LAPWING", "CANARY-PLAINLY"

// blind adds both items to a form of the ward.
func blind(study *odm.Study) {
	v := study.Versions[0]
	v.Items = append(v.Items, odm.Item{OID: "IT.LEVEL", Name: "Level", DataType: "text", Length: 80, Blinded: true}, odm.Item{OID: "IT.NOTE", Name: "Note", DataType: "text", Length: 80})
	for i := range v.Groups {
		if v.Groups[i].OID == "IG.VS" {
			v.Groups[i].Items = append(v.Groups[i].Items, odm.Ref{OID: "IT.LEVEL", Order: 98}, odm.Ref{OID: "IT.NOTE", Order: 99})
		}
	}
}

// seal enters a blinded value, corrects it, and enters the plain one, for both subjects.
func (w *ward) seal(t *testing.T) {
	t.Helper()
	ctx := operator(t.Context())
	for _, at := range []things{w.here, w.there} {
		id := casebook.SubjectID(at["subject"])
		place := blinded.Place{Subject: id, Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1", Group: "IG.VS", Repeat: "1", Item: "IT.LEVEL"}
		err := w.a.blinded.Save(ctx, demo.ID, id, []blinded.Said{{Place: place, Value: lapwing + "-1"}}, "")
		if err == nil {
			err = w.a.blinded.Save(ctx, demo.ID, id, []blinded.Said{{Place: place, Value: lapwing + "-2", Version: 1}}, "it was not "+lapwing)
		}
		if err == nil {
			_, err = w.a.forms.Save(ctx, record.Save{Key: record.Key{Study: demo.ID, Subject: id, Event: "E.BL", EventRepeat: "1", Form: "F.VS", FormRepeat: "1"}, Expect: -1,
				Items: []record.Value{{Group: "IG.VS", Repeat: "1", Item: "IT.NOTE", Value: plainly}}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// opens reports whether somebody may know a blinded value.
func (v asker) opens() bool {
	return v.role == string(auth.Unblinded) || v.role == string(auth.Pharmacist)
}

// blinded reports whether somebody may not know a treatment.
func (v asker) blinded() bool { return v.role != string(auth.Unblinded) }

// stillBlind is asked when everybody has asked everything: the one who may know has seen it, and the database, in which
// everything that was asked has left its traces, does not hold it anywhere.
func (w *ward) stillBlind(t *testing.T) {
	t.Helper()
	gate := w.door(t, w.routes())
	for _, pattern := range []string{"GET /api/v1/studies/{study}/randomisation-lists/{list}", "GET /api/v1/studies/{study}/kit-stock"} {
		seen := false
		for _, v := range w.visitors {
			if told := strings.Contains(w.send(t, gate, v, question{pattern: pattern}, w.here).body, quetzal); told && v.blinded() {
				t.Errorf("%s sees what is given", v.name)
			} else {
				seen = seen || told
			}
		}
		if !seen {
			t.Errorf("%s: nobody sees what is given: the test is blind", pattern)
		}
	}
	for _, v := range w.visitors {
		told := strings.Contains(w.send(t, gate, v, question{pattern: "GET /api/v1/studies/{study}/blinded-values"}, w.here).body, lapwing)
		if told != v.opens() {
			t.Errorf("%s sees a blinded value: %v", v.name, told)
		}
	}
	if len(w.plain) < 6 {
		t.Errorf("the control: a value that is not blinded was told by %v alone: nobody has looked where values are", w.plain)
	}
	if w.kept(t, quetzal) || w.kept(t, lapwing) {
		t.Error("what is given, or a blinded value, stands in a file of the database")
	}
	if !w.kept(t, plainly) {
		t.Error("the control: a value that is not blinded stands in no file")
	}
	if !w.kept(t, w.here["subject"]) {
		t.Error("the control: the subject stands in no file")
	}
}

// kept reports whether a text stands in a file of the ward's folder.
func (w *ward) kept(t *testing.T, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(w.a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
