package monitor

import (
	"context"
	"maps"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/stat"
	"casebook/store"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// readings are what was measured, by measurement, and on which days of the week visits were. Each subject has its own; a
// site has the sums of its subjects', so that they go where a subject goes.
type readings struct {
	Of       series        `json:"of,omitempty"`
	Weekdays stat.Weekdays `json:"weekdays"`
}

// series are the readings of measurements, in the order of their names. There is one for each subject, so a list in one piece and not a map.
type series []measured

type measured struct {
	name string
	reading
}

// reading are the last digits and the moments of one measurement.
type reading struct {
	Digits [10]int32 `json:"d"`
	values
}

// counts are the last digits as package stat has them.
func (r *reading) counts() (d stat.Digits) {
	for i, n := range r.Digits {
		d[i] = int64(n)
	}
	return d
}

// values are the number, sum and sum of squares of what was measured, in thousandths and exact, so that the order in which
// values come and go leaves no trace.
type values struct {
	N       int64 `json:"n"`
	S       int64 `json:"s"`
	Hi, Low uint64
}

// add takes a value in, or with sign -1 back.
func (v *values) add(thousandths, sign int64) {
	size := uint64(max(thousandths, -thousandths))
	hi, low := bits.Mul64(size, size)
	v.join(&values{N: 1, S: thousandths, Hi: hi, Low: low}, sign)
}

// join takes in all of other's values, or with sign -1 takes them back.
func (v *values) join(other *values, sign int64) {
	var carry uint64
	if sign > 0 {
		v.Low, carry = bits.Add64(v.Low, other.Low, 0)
		v.Hi, _ = bits.Add64(v.Hi, other.Hi, carry)
	} else {
		v.Low, carry = bits.Sub64(v.Low, other.Low, 0)
		v.Hi, _ = bits.Sub64(v.Hi, other.Hi, carry)
	}
	v.N += sign * other.N
	v.S += sign * other.S
}

// moments are the mean and the squared deviations, worked out without loss.
func (v *values) moments() stat.Moments {
	if v.N < 1 {
		return stat.Moments{}
	}
	if v.Hi == 0 && v.S < 1<<62 && v.S > -1<<62 { // N·Σx² − (Σx)², in 128 bits
		hi, low := bits.Mul64(uint64(v.N), v.Low) //nolint:gosec // it is 1 at least
		size := uint64(max(v.S, -v.S))            //nolint:gosec // no more than 2⁶²
		sHi, sLow := bits.Mul64(size, size)
		low, carry := bits.Sub64(low, sLow, 0)
		hi, _ = bits.Sub64(hi, sHi, carry)
		m2 := math.FMA(float64(hi), 1<<64, float64(low))
		return stat.Moments{N: v.N, Mean: float64(v.S) / float64(v.N) / 1e3, M2: m2 / float64(v.N) / 1e6}
	}
	squares := new(big.Int).SetUint64(v.Hi)
	squares.Lsh(squares, 64).Or(squares, new(big.Int).SetUint64(v.Low))
	squares.Mul(squares, big.NewInt(v.N))
	s := big.NewInt(v.S)
	m2, _ := new(big.Float).SetInt(squares.Sub(squares, s.Mul(s, s))).Float64()
	return stat.Moments{N: v.N, Mean: float64(v.S) / float64(v.N) / 1e3, M2: m2 / float64(v.N) / 1e6}
}

func (s series) find(name string) (at int, known bool) {
	return slices.BinarySearchFunc(s, name, func(m measured, name string) int { return strings.Compare(m.name, name) })
}

// of is the reading of a measurement, or nil.
func (s series) of(name string) *reading {
	if i, known := s.find(name); known {
		return &s[i].reading
	}
	return nil
}

// add takes in all of a reading, or with sign -1 takes it back. A measurement of which nothing is left is forgotten.
func (s *series) add(name string, r *reading, sign int64) {
	i, known := s.find(name)
	if !known {
		if len(*s) == cap(*s) { // a few more, and not twice as many: all subjects have the same measurements
			*s = append(make(series, 0, len(*s)+4), *s...)
		}
		*s = slices.Insert(*s, i, measured{name: name})
	}
	d := &(*s)[i].reading
	for k, n := range r.Digits {
		d.Digits[k] += int32(sign) * n //nolint:gosec // 1 or -1
	}
	d.join(&r.values, sign)
	if *d == (reading{}) {
		*s = slices.Delete(*s, i, i+1)
	}
}

// MarshalJSONTo writes an object with a member for each measurement.
func (s series) MarshalJSONTo(to *jsontext.Encoder) error {
	b := append(make([]byte, 0, 200*len(s)), '{')
	for i := range s {
		r := &s[i].reading
		b = append(member(b, s[i].name), `{"d":[`...)
		b = append(appendInts(b, r.Digits[:]), `],"n":`...)
		b = append(strconv.AppendInt(b, r.N, 10), `,"s":`...)
		b = append(strconv.AppendInt(b, r.S, 10), `,"Hi":`...)
		b = append(strconv.AppendUint(b, r.Hi, 10), `,"Low":`...)
		b = append(strconv.AppendUint(b, r.Low, 10), '}')
	}
	return to.WriteValue(append(b, '}'))
}

// UnmarshalJSONFrom reads such an object.
func (s *series) UnmarshalJSONFrom(from *jsontext.Decoder) error {
	var of map[string]*reading
	if err := json.UnmarshalDecode(from, &of); err != nil {
		return err
	}
	*s = make(series, 0, len(of))
	for _, name := range slices.Sorted(maps.Keys(of)) {
		*s = append(*s, measured{name, *of[name]})
	}
	return nil
}

// measured takes in the value of a measurement, or takes it back.
func (r *readings) measured(name string, digit int, thousandths, sign int64) {
	var one reading
	if digit >= 0 {
		one.Digits[digit] = 1
	}
	one.values.add(thousandths, 1)
	r.Of.add(name, &one, sign)
}

// join takes in all of other's readings, or with sign -1 takes them back.
func (r *readings) join(other *readings, sign int64) {
	for i := range other.Of {
		r.Of.add(other.Of[i].name, &other.Of[i].reading, sign)
	}
	for i, n := range other.Weekdays {
		r.Weekdays[i] += sign * n
	}
}

// chart is what is remembered of a subject that only the site's work changes: patients' reports do not have it written again.
type chart struct {
	readings
	Version int64              `json:"version,omitzero"` // of the definition, by which the newest visit was entered
	Days    map[string][]int64 `json:"visits,omitempty"` // by visit, the days on which its forms say it was held, in days since 1970 and in order
	Phones  map[string]string  `json:"phones,omitempty"` // by device, the digest of the phone that it is
}

// touchChart has a subject's chart written with the next batch.
func (st *state) touchChart(p *subject) {
	if !p.charted {
		p.charted = true
		st.changedCharts = append(st.changedCharts, p)
	}
}

var putChart = store.NewInsert("monitor_chart", "study_id text, subject_id text, chart text",
	"ON CONFLICT (study_id, subject_id) DO UPDATE SET chart = excluded.chart", "")

func saveCharts(ctx context.Context, tx *store.Tx, study casebook.StudyID, subjects []*subject) error {
	if len(subjects) == 0 {
		return nil
	}
	var ids, charts []string
	for _, p := range subjects {
		text, err := json.Marshal(&p.chart, json.Deterministic(true))
		if err != nil {
			return err
		}
		ids, charts = append(ids, string(p.id)), append(charts, string(text))
	}
	_, err := tx.InsertAll(ctx, putChart, repeat(study, len(ids)), ids, charts)
	return err
}

func (st *state) loadCharts(ctx context.Context, tx *store.Tx, study casebook.StudyID) error {
	return tx.Each(ctx, func(r *store.Rows) error {
		var id casebook.SubjectID
		var text string
		if err := r.Scan(&id, &text); err != nil {
			return err
		}
		p := st.subjects[id]
		if p == nil {
			return casebook.Fail(casebook.Internal, "monitor.tables", id)
		}
		if err := json.Unmarshal([]byte(text), &p.chart); err != nil {
			return err
		}
		for i := range p.chart.Of {
			p.chart.Of[i].name = st.prints.name(p.chart.Of[i].name)
		}
		if p.counted() {
			p.site.join(&p.chart.readings, 1)
			for _, phone := range p.chart.Phones {
				st.uses(p, phone, 1)
			}
		}
		return nil
	}, `SELECT subject_id, chart FROM monitor_chart WHERE study_id = $1`, study)
}
