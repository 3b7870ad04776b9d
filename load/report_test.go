package load

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"casebook"
	"casebook/i18n"
)

// overloaded is a short run against a door that answers after 2 ms, and after slow while it is overloaded.
func overloaded(t *testing.T, slow time.Duration) (rec Record) {
	t.Helper()
	begun := time.Now()
	o := virtually(t, &door{before: func(n int, w http.ResponseWriter) bool {
		wait := 2 * time.Millisecond
		if at := time.Since(begun); at > 4*time.Second && at < 8*time.Second {
			wait = slow
		}
		<-time.After(wait)
		if n%50 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return n%50 == 0
	}})
	o.Shape, o.Rate, o.Duration, o.Patience = Overload, 100, 12*time.Second, 0
	rec, err := Together(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func limit(v float64) *float64 { return &v }

func TestARunIsHeldAgainstItsObjectives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rec := overloaded(t, 20*time.Millisecond)
		for _, c := range []struct {
			all    Objectives
			missed int
		}{
			{Objectives{"*": {P50: limit(25), P99: limit(25), P999: limit(25), Failed: limit(.021), Shed: limit(0), Good: limit(.97), Held: limit(.9), Drift: limit(1.1)}}, 0},
			{Objectives{"*": {P99: limit(15)}}, 1},
			{Objectives{"*": {Failed: limit(.01), Good: limit(.99)}}, 2},
			{Objectives{"*": {P99: limit(15)}, Reports: {P99: limit(25)}}, 0}, // its own go before
			{Objectives{Entry: {P99: limit(1)}}, 0},                           // nobody came
			{nil, 0},
		} {
			found := rec.Judge(c.all)
			if missed := Missed(found); len(missed) != c.missed {
				t.Errorf("%+v", found)
			}
		}
		if all := rec.Judge(Objectives{"*": {P50: limit(1), P99: limit(1), P999: limit(1), Failed: limit(0), Shed: limit(0), Good: limit(1), Held: limit(2), Drift: limit(.5)}}); len(all) != 8 || len(Missed(all)) != 7 {
			t.Errorf("nothing was shed, and the rest cannot be reached: %+v", all)
		}
	})
}

func TestAnObjectiveThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{`{"reports":{"p98":1}}`: "load.objectives_format", `{"riot":{"p99":1}}`: "load.scenario_unknown", `[`: "load.objectives_format"} {
		path := filepath.Join(t.TempDir(), "objectives.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadObjectives(path)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != code || e.Place != path {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestARecordIsReadAsItWasKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rec := overloaded(t, 2*time.Millisecond)
		path := filepath.Join(t.TempDir(), "run.json")
		if err := rec.Write(path); err != nil {
			t.Fatal(err)
		}
		back, err := ReadRecord(path)
		if err != nil || len(back.Visitors) != 1 || back.Visitors[0].Latency != rec.Visitors[0].Latency || len(back.Visitors[0].Timeline) != mostMoments {
			t.Fatal(err, back)
		}
		if h, err := back.Visitors[0].histogram(); err != nil || timesOf(h) != rec.Visitors[0].Latency {
			t.Error("the distribution came back as another", err)
		}
		text, _ := os.ReadFile(path)
		for name, spoil := range map[string]string{"cut": string(text[:len(text)/2]), "another file": `{"format":1}`,
			"spoiled": regexp.MustCompile(`"histogram": "....`).ReplaceAllString(string(text), `"histogram": "AAAA`)} {
			if err := os.WriteFile(path, []byte(spoil), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadRecord(path)
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != "load.record_format" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestASlowerRunIsToldFromTheOneBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		quick, slow := overloaded(t, 2*time.Millisecond), overloaded(t, 20*time.Millisecond)
		pairs, err := Compare(quick, slow)
		if err != nil || len(Missed(Worse(pairs, 1.5))) != 2 { // p50 and p99; as many were answered
			t.Errorf("%v %+v", err, Worse(pairs, 1.5))
		}
		same, err := Compare(quick, quick)
		if err != nil || len(Missed(Worse(same, 1.01))) != 0 {
			t.Errorf("a run is worse than itself: %v %+v", err, Worse(same, 1.01))
		}
		other := slow
		other.Visitors = []Result{slow.Visitors[0]}
		other.Visitors[0].Offered *= 2
		if _, err := Compare(quick, other); err == nil {
			t.Error("runs that offered something else were compared")
		}
		other.Visitors[0].Scenario = Browse
		if _, err := Compare(quick, other); err == nil {
			t.Error("phones were compared with readers")
		}
	})
}

func TestTheReportIsOnePageInEitherLanguage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		before, after := overloaded(t, 2*time.Millisecond), overloaded(t, 20*time.Millisecond)
		found := after.Judge(Objectives{"*": {P99: limit(5)}})
		for _, lang := range []string{i18n.Chinese, i18n.English} {
			for _, runs := range [][]Record{{after}, {before, after}} {
				var page bytes.Buffer
				if err := Report(&page, lang, found, runs...); err != nil {
					t.Fatal(err)
				}
				text := page.String()
				if !strings.Contains(text, i18n.Text("load.report.missed", lang)) || strings.Count(text, `<svg viewBox="0 0 720 220"`) != 3 {
					t.Error("objectives or pictures are missing:", text)
				}
				for _, outside := range []string{"http:", "https:", "src=", "<script", "load.report.", "NaN", "Inf", "ZgotmplZ"} {
					if strings.Contains(text, outside) {
						t.Errorf("the page in %s holds %q", lang, outside)
					}
				}
				wellFormed(t, text)
			}
		}
	})
}

// wellFormed fails unless each picture of a page is XML.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	for _, picture := range regexp.MustCompile(`(?s)<svg .*?</svg>`).FindAllString(page, -1) {
		for d := xml.NewDecoder(strings.NewReader(picture)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err, picture)
			}
		}
	}
}

func TestAnEmptyRunIsReported(t *testing.T) {
	t.Parallel()
	o := visit()
	o.Address, o.Rate, o.Duration, o.Timeout = "127.0.0.1:1", 10, 50*time.Millisecond, 50*time.Millisecond
	rec, err := Together(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := Report(io.Discard, i18n.English, nil, rec); err != nil {
		t.Error(err)
	}
}
