package edc_test

import (
	"net/http"
	"strings"
	"testing"
)

// Conditions of the medical history are rows of one form: a row goes out with a reason, its number is not used again, and the
// coordinator who put it in for the wrong patient sees what it held.
func TestARowOfAFormIsMadeInactive(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const history = studyPath + "/subjects/03-001/forms/E.SCR/1/F.MH/1"
		row := func(repeat, term string) string {
			return `{"group":"IG.MH","repeat":"` + repeat + `","item":"IT.MHTERM","value":"` + term + `"}`
		}
		h.ask("linyue", "PATCH", history, `{"items":[{"group":"IG.MHYN","repeat":"1","item":"IT.MHYN","value":"Y"},`+row("1", "Gout")+`,`+row("2", "Asthma")+`]}`, "If-None-Match", "*").ok(t)
		off := `{"group":"IG.MH","repeat":"2","active":false,"reason":"it is the neighbour's"}`
		h.ask("xucheng", "POST", history+"/activity", off).refused(t, http.StatusNotFound, "patient.unknown")
		h.ask("chenrui", "POST", history+"/activity", off).refused(t, http.StatusForbidden, "auth.forbidden")
		h.ask("linyue", "POST", history+"/activity", strings.Replace(off, "IG.MH", "IG.MHYN", 1)).refused(t, http.StatusNotFound, "record.part_unknown")
		var got struct {
			Items    []struct{ Group, Repeat, Value string }
			Inactive []struct {
				Group, Repeat, Reason, ByName string
				Values                        []struct{ Item, Value string }
			}
		}
		a := h.ask("linyue", "POST", history+"/activity", off)

		a.into(t, &got)
		if len(got.Inactive) != 1 || got.Inactive[0].Values[0].Value != "Asthma" || got.Inactive[0].ByName != "Lin Yue" || got.Inactive[0].Reason == "" {
			t.Errorf("set aside: %+v", got.Inactive)
		}
		for _, v := range got.Items {
			if v.Group == "IG.MH" && v.Repeat == "2" {
				t.Errorf("the row still counts: %+v", v)
			}
		}
		h.ask("linyue", "PATCH", history, `{"items":[`+row("2", "Eczema")+`]}`, "If-Match", a.header.Get("ETag")).refused(t, http.StatusConflict, "record.inactive")
	})
}

// All repeats of a form are one answer, each as its own address answers it.
func TestALogIsAllRepeatsOfItsForm(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const log, one = studyPath + "/subjects/03-001/logs/E.AE/1/F.AE", studyPath + "/subjects/03-001/forms/E.AE/1/F.AE/"
		var got struct{ Forms []form }
		h.ask("linyue", "GET", log, "").into(t, &got)
		if len(got.Forms) != 1 || got.Forms[0].Version != 0 {
			t.Fatalf("before anything: %+v", got.Forms)
		}
		for _, repeat := range []string{"1", "2", "10"} {
			h.ask("linyue", "PATCH", one+repeat, `{"items":[{"group":"IG.AE","repeat":"1","item":"IT.AETERM","value":"Headache `+repeat+`"}]}`, "If-None-Match", "*").ok(t)
		}
		h.ask("linyue", "GET", log, "").into(t, &got)
		terms := []string{}
		for _, f := range got.Forms {
			for _, v := range f.Items {
				if v.Item == "IT.AETERM" {
					terms = append(terms, v.Value)
				}
			}
		}
		if strings.Join(terms, ", ") != "Headache 1, Headache 2, Headache 10" {
			t.Errorf("the log holds %v", terms)
		}
		h.ask("xucheng", "GET", log, "").refused(t, http.StatusNotFound, "patient.unknown")
	})
}
