package platform

import (
	"bytes"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func TestALineOfTheFeedIsWhatTheEncoderWrites(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 8, 10, 0, 120_000_000, time.UTC)
	for _, c := range []Change{
		{},
		{Cursor: "HTN-24:7", Index: 6, ID: "0198", What: "bed.made", At: at, DeviceAt: at.Add(-time.Hour), Release: -3},
		{Cursor: `a"b\`, Site: "01", Subject: "受试者 1", Ref: "E.BL/1\n\t\x00\x7f<&>\u2028", Old: jsontext.Value(`{"a":[1,2.50,"é"],"b":null}`), New: jsontext.Value(`"text"`),
			Reason: "so 因为 𝄞", Actor: "lin", Role: "coordinator", Location: "sponsor", At: at, Trace: "4bf9"},
	} {
		var got bytes.Buffer
		if err := c.put(&got); err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(&c, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s\nwant %s", got.String(), want)
		}
	}
	var lines bytes.Buffer
	if err := (&Change{New: jsontext.Value("{\n \"a\": 1\r\n}")}).put(&lines); err != nil || bytes.ContainsAny(lines.Bytes(), "\r\n") {
		t.Errorf("%v: %q is not one line", err, lines.String())
	}
	if (&Change{ID: "\xff"}).put(&lines) == nil {
		t.Error("what is no UTF-8 was written")
	}
}
