package monitor

import (
	"context"
	"math"
	"math/big"
	"math/bits"

	"casebook"
	"casebook/stat"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// readings are what was measured, by measurement, and on which days of the week visits were. Each subject has its own; a
// site has the sums of its subjects', so that they go where a subject goes.
type readings struct {
	Of       map[string]*reading `json:"of,omitempty"`
	Weekdays stat.Weekdays       `json:"weekdays"`
}

// reading are the last digits and the moments of one measurement.
type reading struct {
	Digits stat.Digits `json:"d"`
	values
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

// at returns the reading of a measurement, to be added to.
func (r *readings) at(name string) *reading {
	d := r.Of[name]
	if d == nil {
		d = new(reading)
		if r.Of == nil {
			r.Of = map[string]*reading{}
		}
		r.Of[name] = d
	}
	return d
}

// drop forgets a measurement of which nothing is left.
func (r *readings) drop(name string) {
	if *r.Of[name] == (reading{}) {
		delete(r.Of, name)
	}
}

// measured takes in the value of a measurement, or takes it back.
func (r *readings) measured(name string, digit int, thousandths, sign int64) {
	d := r.at(name)
	if digit >= 0 {
		d.Digits[digit] += sign
	}
	d.add(thousandths, sign)
	r.drop(name)
}

// join takes in all of other's readings, or with sign -1 takes them back.
func (r *readings) join(other *readings, sign int64) {
	for name, o := range other.Of {
		d := r.at(name)
		for i, n := range o.Digits {
			d.Digits[i] += sign * n
		}
		d.join(&o.values, sign)
		r.drop(name)
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
		if p.counted() {
			p.site.join(&p.chart.readings, 1)
			for _, phone := range p.chart.Phones {
				st.uses(p, phone, 1)
			}
		}
		return nil
	}, `SELECT subject_id, chart FROM monitor_chart WHERE study_id = $1`, study)
}
