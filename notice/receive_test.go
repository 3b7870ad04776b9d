package notice

import (
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/record"
)

// asked sends a notice that wants a plain acknowledgement and a reply.
func (h *house) asked(ack Acknowledgement) *Notice {
	d := letterTo(auth.Investigator)
	d.Ack, d.Form = ack, pollForm()
	d.Deadline, d.Closes = noon.Add(48*time.Hour), noon.Add(96*time.Hour)
	return h.send(d)
}

func TestReceiptsGoFromReceivedToAnsweredEachOnce(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(Plain)
		me := h.as("inv01")
		steps := []struct {
			what string
			do   func() (Letter, error)
		}{
			{"received", func() (Letter, error) { all, err := h.s.Inbox(me, htn); return all[0], err }},
			{"read", func() (Letter, error) { return h.s.Open(me, htn, n.ID, "01") }},
			{"acknowledged", func() (Letter, error) { return h.s.Acknowledge(me, htn, n.ID, "01", nil) }},
			{"answered", func() (Letter, error) { return h.s.Answer(me, htn, n.ID, "01", reply("true", "40", "OK"), "") }},
		}
		at := func(l Letter, k int) time.Duration {
			to := l.Recipient
			return time.Duration([]int64{to.Received, to.Read, to.Acknowledged, to.Answered}[k]-noon.UnixMicro()) * time.Microsecond
		}
		for k, s := range steps {
			h.clock.Set(noon.Add(time.Duration(k+1) * time.Minute))
			l, err := s.do()
			h.must(err)
			h.clock.Add(time.Hour) // the same again changes nothing, however much later
			again, err := s.do()
			h.must(err)
			if want := time.Duration(k+1) * time.Minute; at(l, k) != want || at(again, k) != want {
				t.Errorf("%s at %s and again at %s, want %s", s.what, at(l, k), at(again, k), want)
			}
		}
		if m := h.matrix(n.ID); m.Total.Missing != 3 || m.Sites[0].Answered != 1 || m.Sites[0].Missing != 0 {
			t.Errorf("the matrix is %+v", m)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestADoubleReplyIsStoredOnceAndACorrectionNeedsAReason(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(None)
		me := h.as("inv01")
		first, err := h.s.Answer(me, htn, n.ID, "01", reply("true", "40", "OK"), "")
		h.must(err)
		again, err := h.s.Answer(me, htn, n.ID, "01", reply("true", "40", "OK"), "")
		h.must(err)
		if first.Recipient.Revision != 1 || again.Recipient.Revision != 1 || first.Recipient.Answered != again.Recipient.Answered {
			t.Errorf("revisions %d and %d", first.Recipient.Revision, again.Recipient.Revision)
		}
		_, err = h.s.Answer(me, htn, n.ID, "01", reply("true", "41", "OK"), "")
		h.refused(err, "notice.answered", "/reason")
		corrected, err := h.s.Answer(me, htn, n.ID, "01", reply("true", "41", "OK"), "counted again")
		h.must(err)
		if corrected.Recipient.Revision != 2 || !strings.Contains(corrected.Recipient.Answer, `"41"`) {
			t.Errorf("the correction is %+v", corrected.Recipient)
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestAReplyIsJudgedByItsForm(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(None)
		for _, c := range []struct {
			code, place string
			values      []record.Value
		}{
			{"record.alone_check", "G/1/STOCK", reply("true", "501", "OK")},
			{"odm.value.integer", "G/1/STOCK", reply("true", "many", "OK")},
			{"odm.value.code_list", "G/1/FRIDGE", reply("true", "40", "WARM")},
			{"odm.value.boolean", "G/1/RECALLED", reply("perhaps", "40", "OK")},
			{"record.alone_incomplete", "/items", reply("true", "40", "")},
			{"record.alone_incomplete", "/items", nil},
			{"record.item_unknown", "", []record.Value{{Group: "G", Repeat: "1", Item: "AGE", Value: "3"}}},
		} {
			_, err := h.s.Answer(h.as("inv01"), htn, n.ID, "01", c.values, "")
			h.refused(err, c.code, c.place)
		}
		if m := h.matrix(n.ID); m.Total.Answered != 0 {
			t.Errorf("%d answers were stored of those refused", m.Total.Answered)
		}
	})
}

func TestWhatComesAfterTheEndIsRefusedAndLateIsNot(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(Plain)
		h.clock.Set(noon.Add(72 * time.Hour)) // late, but open
		l, err := h.s.Answer(h.as("inv01"), htn, n.ID, "01", reply("true", "40", "OK"), "")
		h.must(err)
		if got := l.state(h.clock.Now()); got != "late" {
			t.Errorf("it stands as %s, want late: not acknowledged yet", got)
		}
		h.clock.Set(noon.Add(96 * time.Hour))
		_, err = h.s.Answer(h.as("inv02"), htn, n.ID, "02", reply("true", "40", "OK"), "")
		h.refused(err, "notice.expired", "closes")
		_, err = h.s.Acknowledge(h.as("inv02"), htn, n.ID, "02", nil)
		h.refused(err, "notice.expired", "closes")
		if _, err = h.s.Answer(h.as("inv01"), htn, n.ID, "01", reply("true", "40", "OK"), ""); err != nil {
			t.Errorf("the first receipt is not given again: %v", err)
		}
	})
}

func TestASignedAcknowledgementIsBoundToTheTextThatWasRead(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(Signed)
		_, err := h.s.Acknowledge(h.as("inv01"), htn, n.ID, "01", nil)
		h.refused(err, "notice.sign", "password")
		_, err = h.s.Acknowledge(h.as("inv01"), htn, n.ID, "01", &Signing{"Dr inv01", "Mars/Olympus"})
		h.refused(err, "record.sign_zone", "zone")
		l, err := h.s.Acknowledge(h.as("inv01"), htn, n.ID, "01", &Signing{"Dr inv01", "Asia/Shanghai"})
		h.must(err)
		for _, want := range []string{`"signer":"inv01"`, `"name":"Dr inv01"`, `"meaning":"acknowledgement"`, `"zone":"Asia/Shanghai"`, `"role":"investigator"`, `"root":"`} {
			if !strings.Contains(l.Recipient.Signature, want) {
				t.Errorf("the manifest lacks %s: %s", want, l.Recipient.Signature)
			}
		}
		if found := h.verify(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

// The control of every verification above: each of these changes behind the ledger's back is found.
func TestARowThatIsChangedBehindTheLedgerIsFound(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"a text":        `UPDATE notice_text SET body = 'all is well' WHERE study_id = $1`,
		"a receipt":     `UPDATE notice_recipient SET read = 7 WHERE study_id = $1`,
		"a reply":       `UPDATE notice_recipient SET answer = '[]' WHERE study_id = $1 AND user_id = 'inv01'`,
		"a recipient":   `DELETE FROM notice_recipient WHERE study_id = $1 AND user_id = 'inv03'`,
		"the notice":    `UPDATE notice SET state = 'cancelled' WHERE study_id = $1`,
		"what was said": `UPDATE notice SET doc = replace(doc, '"normal"', '"safety"') WHERE study_id = $1`,
		"all of it":     `DELETE FROM notice WHERE study_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := alone(t)
			n := h.asked(Plain)
			_, err := h.s.Answer(h.as("inv01"), htn, n.ID, "01", reply("true", "40", "OK"), "")
			h.must(err)
			if h.exec(spoil, htn) == 0 {
				t.Fatal("nothing was changed")
			}
			if found := h.verify(); len(found) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

func TestANoticeIsTheRecipientsAlone(t *testing.T) {
	t.Parallel()
	onHouses(t, func(h *house) {
		n := h.asked(Plain)
		for name, err := range map[string]error{
			"another person": second(h.s.Open(h.as("crc01"), htn, n.ID, "01")),
			"another site":   second(h.s.Open(h.as("inv01"), htn, n.ID, "02")),
			"no such notice": second(h.s.Open(h.as("inv01"), htn, "none", "01")),
			"the sender":     second(h.s.Acknowledge(h.as("pm"), htn, n.ID, "01", nil)),
		} {
			if casebook.KindOf(err) != casebook.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.grants["inv01"] = []auth.Grant{{Study: htn, Site: "02", Role: auth.Investigator}} // moved on to another site
		if _, err := h.s.Open(h.as("inv01"), htn, n.ID, "01"); casebook.KindOf(err) != casebook.NotFound {
			t.Errorf("who left the site reads on: %v", err)
		}
		if all, err := h.s.Inbox(h.as("inv01"), htn); err != nil || len(all) != 0 {
			t.Errorf("who left the site sees %d, %v", len(all), err)
		}
	})
}

func second(_ Letter, err error) error { return err }
