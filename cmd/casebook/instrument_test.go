package main

import (
	"strings"
	"testing"

	"casebook/epro/instrument"
)

func TestTheLibraryIsListedWithItsLicences(t *testing.T) {
	t.Parallel()
	text := call(t, "epro", "instruments").done(t).stdout
	for _, part := range []string{"CB.PAIN 1.0", "CB.SYMPTOMS", "CB.MOOD", "CB.QOL", "licence  Apache-2.0", "score  QOL.BODY", "alert  MOOD.ALERT", "draft"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
	all := parsed[[]instrument.Instrument](t, call(t, "epro", "instruments", "--json").done(t).stdout)
	if len(all) != 4 || all[2].OID != "CB.MOOD" || all[2].Alerts[0].When != "MOOD.9 >= 1" || all[2].Title["zh-CN"] == "" {
		t.Errorf("for programs: %+v", all)
	}
}

func TestAnInstrumentIsAddedToAStudy(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		call(t, h.args("study", "import", corpus(t, dave), waive)...).done(t)
		add := h.args("study", "import", "--instrument", "CB.MOOD", "--into", "CES", "--event", "BASELINE", waive)
		first := call(t, add...).done(t).stdout
		if !strings.Contains(first, "licence  Apache-2.0") || !strings.Contains(first, "study CES: version 2 is the newest, 1 new\n") {
			t.Errorf("added it says\n%s", first)
		}
		if again := call(t, add...).done(t).stdout; !strings.Contains(again, "version 2 is the newest, 0 new\n") {
			t.Errorf("added twice it says\n%s", again)
		}
		call(t, h.args("study", "import", "--instrument", "CB.MOOD", "--into", "CES", "--event", "NEVER")...).refused(t, "epro.instrument.event")
		call(t, h.args("study", "import", "--instrument", "OTHER", "--into", "CES")...).refused(t, "epro.instrument.unknown")
		call(t, h.args("study", "import", "--instrument", "CB.MOOD")...).refused(t, "--into")
		call(t, h.args("study", "import", corpus(t, dave), "--event", "BASELINE")...).refused(t, "--into")
		h.verify(t).clean(t)
	})
}
