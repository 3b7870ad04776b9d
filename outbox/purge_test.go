package outbox_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"casebook/outbox"
)

type fated struct{}

// Send takes what is called good, and refuses the rest for ever.
func (fated) Send(_ context.Context, m outbox.Message) (string, error) {
	if m.Title == "good" {
		return "200", nil
	}
	return "400", outbox.Refuse(errors.New("no"))
}

func TestWhatIsSettledIsKeptForItsTimeAndWhatWaitsForEver(t *testing.T) {
	t.Parallel()
	onOffices(t, func(o *office) {
		b := outbox.New(o.db, outbox.Options{Poll: 10 * time.Millisecond})
		b.Add(outbox.Channel{Name: "hook", Sender: fated{}, Keep: 90 * 24 * time.Hour})
		b.Add(outbox.Channel{Name: "mail", Sender: fated{}})
		far := noon.AddDate(2, 0, 0)
		o.put(b, outbox.Message{Channel: "hook", Lane: "a", Title: "good"}, outbox.Message{Channel: "hook", Lane: "b", Title: "bad"},
			outbox.Message{Channel: "hook", Lane: "a", Title: "later", Due: far, Expires: far.AddDate(1, 0, 0)}, outbox.Message{Channel: "mail", Lane: "m", Title: "good"})
		count := func(channel string) int { return len(o.list(outbox.Filter{Channel: channel, Limit: 50})) }
		settled := func() bool {
			n := 0
			for _, m := range o.list(outbox.Filter{Limit: 50}) {
				if m.State != outbox.Waiting {
					n++
				}
			}
			return n == 3
		}
		o.run(b)
		o.until("three are settled", settled)
		o.clock.Add(89 * 24 * time.Hour) // the control: not yet
		o.put(b, outbox.Message{Channel: "mail", Lane: "m", Title: "good", Dedupe: "mark"})
		o.until("the second mail is there", func() bool { return count("mail") == 2 })
		if n := count("hook"); n != 3 {
			o.Errorf("%d of 3 are there before their time", n)
		}
		o.clock.Add(2 * 24 * time.Hour)
		b.Wake()
		o.until("what is old is gone", func() bool { return count("hook") == 1 })
		if left := o.list(outbox.Filter{Channel: "hook", Limit: 50}); left[0].Title != "later" || count("mail") != 2 {
			o.Errorf("left: %+v, and %d mails", left, count("mail"))
		}
	})
}
