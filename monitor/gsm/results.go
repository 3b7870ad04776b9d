package gsm

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"casebook"
)

// readResults reads gsm's Results, in the order in which the metrics first stand there. Of several snapshots, each is a
// stack of its own.
func readResults(r io.Reader) ([]*stack, error) {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "monitor.input_empty")
	}
	at := map[string]int{}
	for i, h := range header {
		at[strings.TrimPrefix(h, "\uFEFF")] = i
	}
	for _, name := range []string{"GroupID", "Numerator", "Denominator", "Score", "Flag", "MetricID"} {
		if _, ok := at[name]; !ok {
			return nil, casebook.Fail(casebook.Invalid, "monitor.input_column", name).At("1")
		}
	}
	optional := func(fields []string, name string) string {
		if i, ok := at[name]; ok {
			return fields[i]
		}
		return ""
	}
	var order []*stack
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return order, nil
		}
		if err != nil {
			return nil, casebook.Fail(casebook.Invalid, "monitor.input_csv", err.Error())
		}
		line, _ := rows.FieldPos(0)
		num, err := count(fields[at["Numerator"]], line, "Numerator")
		if err != nil {
			return nil, err
		}
		den, err := count(fields[at["Denominator"]], line, "Denominator")
		if err != nil {
			return nil, err
		}
		metric := metricID(fields[at["MetricID"]])
		key := metric + "\x00" + optional(fields, "StudyID") + "\x00" + optional(fields, "SnapshotDate") + "\x00" + optional(fields, "GroupLevel")
		i := slices.IndexFunc(order, func(s *stack) bool { return s.key == key })
		if i < 0 {
			i = len(order)
			order = append(order, &stack{key: key, metric: metric, want: map[string]wanted{}})
		}
		g := &group{id: fields[at["GroupID"]], level: optional(fields, "GroupLevel"), subjects: map[string][]step{}}
		g.add(g.id, step{num, den, line})
		order[i].groups = append(order[i].groups, g)
		order[i].want[g.id] = wanted{number(fields[at["Score"]]), flagOf(fields[at["Flag"]])}
	}
}

// metricID is kri0001 of Analysis_kri0001.
func metricID(s string) string { return strings.TrimPrefix(s, "Analysis_") }

func number(s string) float64 {
	x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return math.NaN()
	}
	return x
}

// flagOf is a flag as text; NA is none.
func flagOf(s string) string {
	if s = strings.TrimSpace(s); s == "NA" {
		return ""
	}
	return s
}
