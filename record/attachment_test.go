package record_test

import (
	"fmt"
	"testing"
	"time"

	"casebook/ledger"
	"casebook/record"

	"github.com/go-json-experiment/json"
)

// attach puts a file at the vital signs, or at an item of them, as package site/document does; with files that are all made
// inactive it takes them away.
func (c *clinic) attach(before record.Attachments, f record.Attached, off bool) (after record.Attachments, err error) {
	c.t.Helper()
	c.clock.Add(time.Minute)
	after = record.Attachments{Subject: subject, Ref: form, Files: append([]record.Attached{}, before.Files...)}
	e := ledger.Entry{What: record.FileAttached, Site: "03", Subject: subject, Ref: string(subject) + "/" + form, Old: told(before)}
	if f.At = c.clock.Now(); off {
		e.What, e.Reason = record.FileDetached, "another patient's"
		for i := range after.Files {
			after.Files[i].Off = &record.Detached{By: "linyue", At: f.At, Reason: e.Reason}
		}
	} else {
		after.Files = append(after.Files, f)
	}
	e.New = told(after)
	return after, c.write(c.ctx, func(w *ledger.Writer) error {
		w.Record(c.ctx, e)
		return record.Enclose(c.ctx, w, vitals, after)
	})
}

func told(a record.Attachments) string {
	text, _ := json.Marshal(a, json.Deterministic(true))
	return string(text)
}

// Whoever signed a form signed the files that stand there: one more, or one that is made inactive, voids every signature over it as
// a changed value does, and a signature of an item only where the file is the item's.
func TestAFileThatComesOrGoesVoidsTheSignaturesOverIt(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		c.fill()
		at := []record.Scope{whole(), part("E.BL/1"), part(form), part(item)}
		sign := func() (contents []string) {
			for _, p := range at {
				sig, err := c.sign(p)
				if err != nil {
					t.Fatalf("signing the %s: %v", p.Level(), err)
				}
				contents = append(contents, sig.Content)
			}
			return contents
		}
		standing := func(when string, want int, ofItem bool) {
			t.Helper()
			n, item := 0, false
			for _, s := range c.standings().Signatures {
				if void := !s.VoidAt.IsZero(); void == c.holds(&s) {
					t.Errorf("%s the %s's signature is void: %v, and its digest says otherwise", when, s.Level(), void)
				} else if !void {
					n++
					item = item || s.Level() == "item"
				} else if s.VoidRef != form {
					t.Errorf("%s it is void for %s", when, s.VoidRef)
				}
			}
			if n != want || item != ofItem {
				t.Errorf("%s %d signatures hold, want %d; one of the item: %v", when, n, want, item)
			}
		}
		without := sign()
		standing("signed", 4, true)
		page, err := c.attach(record.Attachments{}, record.Attached{Name: "page.pdf", Size: 9, Hash: fmt.Sprintf("%064d", 1), By: "linyue"}, false)
		if err != nil {
			t.Fatal(err)
		}
		standing("with a page of the form", 1, true)
		with := sign()
		if with[0] == without[0] || with[2] == without[2] || with[3] != without[3] {
			t.Errorf("signed without the file %v, with it %v", without, with)
		}
		if c.mustSave(-1, "measured again", vs("IT.DIA", "85")).Form.Enclosed[0].Hash != page.Files[0].Hash {
			t.Error("a save loses the file")
		}
		sign()
		cuff, err := c.attach(page, record.Attached{Name: "cuff.png", Size: 9, Hash: fmt.Sprintf("%064d", 2), Group: "IG.VS", Repeat: "1", Item: "IT.SYS", By: "linyue"}, false)
		if err != nil {
			t.Fatal(err)
		}
		standing("with a picture of the item", 0, false)
		sign()
		if _, err := c.attach(cuff, record.Attached{}, true); err != nil {
			t.Fatal(err)
		}
		standing("without them", 0, false)
		found, err := c.forms.Diff(c.ctx, study, subject, record.Moment{Signature: c.standings().Signatures[0].ID}, record.Moment{})
		if err != nil || len(found) != 1 || found[0].File { // of the files that came and went nothing is left
			t.Errorf("since the first signature: %+v %v", found, err)
		}
		found, err = c.forms.Diff(c.ctx, study, subject, record.Moment{Signature: c.standings().Signatures[4].ID}, record.Moment{})
		if err != nil || len(found) != 2 || !found[0].File || found[0].Old.Value != "page.pdf" || found[0].New.Value != "" || found[0].Reason != "another patient's" {
			t.Errorf("since the second: %+v %v", found, err)
		}
		c.intact()
	})
}
