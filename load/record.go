package load

import (
	"context"
	"errors"
	"os"
	"runtime"
	"time"

	"casebook"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/sync/errgroup"
)

// Record is a run of one or several kinds of visitors at the same time, as it is kept in a file.
type Record struct {
	Format   int       `json:"format"` // 1
	Begun    time.Time `json:"begun"`
	Cores    int       `json:"cores"` // of the machine, which the visitors share with the server
	Visitors []Result  `json:"visitors"`
}

// Together runs all at the same time. The first that cannot begin ends the others.
func Together(ctx context.Context, all ...Options) (Record, error) {
	rec := Record{Format: 1, Cores: runtime.GOMAXPROCS(0), Visitors: make([]Result, len(all))}
	g, ctx := errgroup.WithContext(ctx)
	for i, o := range all {
		if o.World.Now == nil {
			o.World = casebook.Outside()
		}
		if i == 0 {
			rec.Begun = o.World.Now().UTC()
		}
		g.Go(func() (err error) {
			rec.Visitors[i], err = Run(ctx, o)
			return err
		})
	}
	return rec, g.Wait()
}

// day is how the requests of a working day are spread over who visits.
var day = []struct {
	scenario string
	share    float64
}{{Reports, .6}, {Browse, .12}, {Entry, .1}, {Monitor, .08}, {Office, .06}, {Client, .04}}

// Day returns a working day's visitors: o's Rate and Connections spread over all of them. who gives each its login.
func Day(o Options, who func(*Options)) (all []Options) {
	for _, d := range day {
		one := o
		one.Scenario, one.Rate = d.scenario, o.Rate*d.share
		one.Connections = max(int(float64(o.Connections)*d.share), 2)
		who(&one)
		all = append(all, one)
	}
	return all
}

// Write keeps the record in a new file.
func (rec Record) Write(path string) error {
	text, err := json.Marshal(rec, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	return errors.Join(err, file.Close())
}

// ReadRecord reads what Write wrote.
func ReadRecord(path string) (rec Record, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return rec, err
	}
	if json.Unmarshal(text, &rec) != nil || rec.Format != 1 || len(rec.Visitors) == 0 {
		return rec, casebook.Fail(casebook.Invalid, "load.record_format").At(path)
	}
	for _, r := range rec.Visitors {
		if _, err := r.histogram(); err != nil {
			return rec, casebook.Fail(casebook.Invalid, "load.record_format").At(path)
		}
	}
	return rec, nil
}

// encoded is h in the interchange format of HdrHistogram (V2, compressed, base64), which its tools in other languages read.
func encoded(h *hdrhistogram.Histogram) string {
	b, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return "" // it writes into memory
	}
	return string(b)
}

// histogram is the whole distribution of r's latency.
func (r Result) histogram() (*hdrhistogram.Histogram, error) {
	return hdrhistogram.Decode([]byte(r.Histogram))
}
