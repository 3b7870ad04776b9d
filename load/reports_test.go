package load

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func diaries(t *testing.T, n int) (all []map[string]any) {
	t.Helper()
	o, err := visit().reach()
	if err == nil {
		t.Fatal("no address is no error")
	}
	o.Size = 2 << 10
	m := newMaker(newAckHead(o))
	for i := range n {
		body := m.report(int64(i))
		if len(body) < 1400 || len(body) > 2200 {
			t.Fatalf("report %d has %d bytes", i, len(body))
		}
		var r map[string]any
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatal(err)
		}
		if r["id"] != m.id(int64(i)) || r["patientId"] != o.Patients[i%3] || r["instrument"] != "F.HBP" {
			t.Fatalf("%v", r)
		}
		all = append(all, r["data"].(map[string]any))
	}
	return all
}

func TestAReportIsADiaryOfTheDemoStudy(t *testing.T) {
	t.Parallel()
	study, err := os.ReadFile("../demo/study.xml")
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range diaries(t, 500) {
		if len(d) < 20 || len(d) > 30 {
			t.Errorf("report %d has %d items", i, len(d))
		}
		for item := range d {
			if i < 50 && !bytes.Contains(study, []byte(`<ItemDef OID="`+item+`"`)) {
				t.Errorf("the study has no item %s", item)
			}
		}
		for half, gate := range map[string]string{"IT.AM": "IT.HBAMYN", "IT.PM": "IT.HBPMYN"} {
			readings := 0
			for item := range d {
				if strings.HasPrefix(item, half) {
					readings++
				}
			}
			if want := map[any]int{"Y": 10, "N": 0}[d[gate]]; readings != want {
				t.Errorf("%s is %v and there are %d readings", gate, d[gate], readings)
			}
		}
	}
}

func TestValuesVaryAndAFewAreImplausible(t *testing.T) {
	t.Parallel()
	values, implausible := map[any]int{}, 0
	all := diaries(t, 5000)
	for _, d := range all {
		values[d["IT.AMSYS1"]]++
		above := false
		for item, v := range d {
			n, number := v.(float64)
			switch {
			case number && (n < 40 || n > 299):
				t.Fatalf("%s is %v: impossible, not implausible", item, n)
			case number && n > 210:
				above = true
			}
		}
		if above {
			implausible++
		}
	}
	if len(values) < 40 {
		t.Errorf("only %d different first readings", len(values))
	}
	if share := float64(implausible) / float64(len(all)); share < 0.005 || share > 0.05 {
		t.Errorf("%.1f %% of the reports are implausible", 100*share)
	}
}

func TestTheSameNumberMakesTheSameBytes(t *testing.T) {
	t.Parallel()
	head := newAckHead(visit())
	one, other := newMaker(head), newMaker(head)
	for _, n := range []int64{5, 0, 3, 5, 1_000_000} {
		first := bytes.Clone(one.report(n))
		other.report(n + 1)
		if !bytes.Equal(first, other.report(n)) {
			t.Errorf("report %d differs between two makers", n)
		}
		if bytes.Equal(first, one.report(n+3)) {
			t.Errorf("reports %d and %d are the same", n, n+3)
		}
	}
	head.Seed++
	if bytes.Equal(one.report(1), newMaker(head).report(1)) {
		t.Error("another seed makes the same report")
	}
}
