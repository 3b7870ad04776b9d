package monitor

import (
	"testing"
	"time"

	"casebook/auth"
	"casebook/demo"
	"casebook/monitor/harness"
)

// Whoever watches sees each of their studies once, with what is late first, and nothing of sites that are not theirs.
func TestThePortfolioSumsUpWhatOneMaySee(t *testing.T) {
	t.Parallel()
	history, _ := eightSites(20)
	onWards(t, func(w *ward) {
		w.enter(history...)
		s := w.service()
		w.run(s.Run)
		w.compared(int64(len(history)) + 1)
		look := func(grants ...auth.Grant) []Standing {
			all, err := s.Portfolio(w.Context(), &auth.Principal{User: "chenrui", Grants: grants})
			w.must(err)
			return all
		}
		monitor := auth.Grant{Study: demo.ID, Role: auth.Monitor}
		all := look(monitor, monitor, auth.Grant{Study: "*", Role: auth.Admin})
		if len(all) != 1 || all[0].Sites != 8 || all[0].Open != 1 || all[0].Graver != 1 || all[0].Overdue != 0 || all[0].Riskiest != "08" || all[0].Risk == nil || all[0].Flagged == 0 {
			w.Errorf("the monitor sees %+v", all)
		}
		if one := look(auth.Grant{Study: demo.ID, Site: "01", Role: auth.Monitor}); len(one) != 1 || one[0].Sites != 1 || one[0].Open != 0 || one[0].Riskiest == "08" {
			w.Errorf("the monitor of site 01 sees %+v", one)
		}
		if none := look(auth.Grant{Study: demo.ID, Role: auth.Coordinator, Site: "08"}); len(none) != 0 {
			w.Errorf("the coordinator sees %+v", none)
		}
		w.clock.Add(49 * time.Hour)
		if all := look(monitor); all[0].Overdue != 1 {
			w.Errorf("49 hours later %+v", all)
		}
		var answer struct {
			Sites    int            `json:"sites"`
			Subjects int            `json:"subjects"`
			Power    *harness.Power `json:"power"`
		}
		w.get(w.served(s), "monitoring/power", &answer)
		if answer.Sites != 8 || answer.Subjects == 0 || answer.Power == nil || len(answer.Power.Planted) != 5 || answer.Power.Clean.Times != 1 {
			w.Errorf("power %+v", answer)
		}
	})
}
