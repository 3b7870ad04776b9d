package check

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const zonesFile = "testdata/zones.json"

// offsetOf reads the changes as the engine in the browser does.
func offsetOf(changes []int64, ms int64) int64 {
	offset := changes[0]
	for i := 1; i < len(changes) && changes[i]*1000 <= ms; i += 2 {
		offset = changes[i+1]
	}
	return offset * 1000
}

func TestZoneChangesAreTheZone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	first, last := wallMs(10_101*clockUnit), wallMs(99_991_231*clockUnit)
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"} {
		changes, ok := ZoneChanges(name)
		z, known := zoneNamed(name)
		if !ok || !known {
			t.Fatal(name, "is unknown")
		}
		for range 2_000 {
			ms := time.Date(1850+r.IntN(300), 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() + r.Int64N(366*dayMs)
			if r.IntN(10) == 0 {
				ms = first + r.Int64N(last-first)
			}
			if len(changes) > 1 && r.IntN(4) == 0 {
				ms = changes[1+2*r.IntN(len(changes)/2)]*1000 - int64(r.IntN(2))
			}
			if got, want := offsetOf(changes, ms), offsetMs(z, ms); got != want {
				t.Fatalf("%s at %s: %d ms, want %d", name, time.UnixMilli(ms).UTC(), got, want)
			}
		}
	}
	for _, name := range []string{"", "Local", "Mars/Base", "../etc/passwd"} {
		if _, ok := ZoneChanges(name); ok {
			t.Errorf("%q is a zone", name)
		}
	}
}

// The other engine reads the zones that the vectors name from a file. What it says of the past must be what this machine
// says; of the future laws may differ, so that is not compared.
func TestZonesOfTheVectors(t *testing.T) {
	t.Parallel()
	names := []string{"UTC", "America/New_York", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Shanghai", "Australia/Lord_Howe", "Europe/Berlin", "Pacific/Apia"}
	if os.Getenv("CASEBOOK_WRITE") != "" {
		zones := map[string][]int64{}
		for _, name := range names {
			zones[name], _ = ZoneChanges(name)
		}
		b, err := json.Marshal(zones, json.Deterministic(true), jsontext.SpaceAfterComma(true))
		if err == nil {
			err = os.WriteFile(zonesFile, append(b, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(zonesFile)
	if err != nil {
		t.Fatal(err)
	}
	zones := map[string][]int64{}
	if err := json.Unmarshal(b, &zones); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		z, _ := zoneNamed(name)
		for at := time.Date(1975, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2024; at = at.Add(7 * time.Hour) {
			if ms := at.UnixMilli(); len(zones[name]) == 0 || offsetOf(zones[name], ms) != offsetMs(z, ms) {
				t.Errorf("%s at %s: write the file again with CASEBOOK_WRITE=1", name, at)
				break
			}
		}
	}
}
