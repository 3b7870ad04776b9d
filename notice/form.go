package notice

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/i18n"
	"casebook/odm"
	"casebook/record"

	"github.com/go-json-experiment/json"
)

// replyEvent is the event that a reply form stands in, since a form of a definition stands in one.
const replyEvent = "REPLY"

// maxReply is the longest reply, in bytes.
const maxReply = 64 << 10

// judge holds a reply against its form: there is no query about it, so one that fails a check is refused with the check's
// words. It returns the values in their order, computed ones with them.
func (d *Draft) judge(values []record.Value, in record.Context) ([]record.Value, error) {
	j, err := record.NewAlone(d.Form).Judge(values, in)
	if err == nil {
		err = j.Whole()
	}
	return j.Values, err
}

// answering is in what a reply's rules are asked: nobody's site and no subject, so the day is that of UTC.
func answering(user casebook.UserID, now time.Time) record.Context {
	return record.Context{Actor: user, Now: now, Today: record.Today(now), Zone: "UTC"}
}

// values reads an answer as the row holds it.
func values(answer string) (all []record.Value, err error) {
	if answer == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(answer), &all)
	return all, err
}

// Count is how often something was answered.
type Count struct {
	Value string   `json:"value"`
	Label odm.Text `json:"label"`
	N     int64    `json:"n"`
}

// Question is what came back for one question of the reply form.
type Question struct {
	Item     string       `json:"item"`
	Question odm.Text     `json:"question"`
	Type     odm.DataType `json:"type"`
	Answered int64        `json:"answered"`
	Counts   []Count      `json:"counts"` // of what is chosen: yes and no, codes; the most frequent of everything else
	Least    string       `json:"least,omitempty"`
	Most     string       `json:"most,omitempty"`
	Mean     float64      `json:"mean,omitzero"`

	sum    float64
	counts map[string]int64
}

// maxCounts is how many different answers are shown for one question.
const maxCounts = 20

// tally adds answers up, question by question, in memory that does not grow with their number.
type tally struct {
	form      *odm.Version
	questions []Question
	at        map[string]int
}

func newTally(form *odm.Version) *tally {
	t := &tally{form: form, at: map[string]int{}}
	for _, fi := range form.Index().FormItems(form.Forms[0].OID) {
		if fi.Item.Note {
			continue
		}
		t.at[fi.Item.OID] = len(t.questions)
		t.questions = append(t.questions, Question{Item: fi.Item.OID, Question: fi.Item.Question, Type: fi.Item.DataType, Counts: []Count{}, counts: map[string]int64{}})
	}
	return t
}

// distinct bounds how many different answers of a question are told apart.
const distinct = 1000

func (t *tally) add(all []record.Value) {
	for _, v := range all {
		i, known := t.at[v.Item]
		if !known || v.Value == "" {
			continue
		}
		q := &t.questions[i]
		q.Answered++
		if _, told := q.counts[v.Value]; told || len(q.counts) < distinct {
			q.counts[v.Value]++
		}
		q.extend(v.Value)
	}
}

// extend keeps the least and the most, of numbers by their value, of dates as text, and the sum of numbers.
func (q *Question) extend(value string) {
	less := func(a, b string) bool { return a < b }
	switch q.Type {
	case "integer", "float", "double":
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return
		}
		q.sum += n
		less = func(a, b string) bool {
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			return x < y
		}
	case "date", "datetime", "time":
	default:
		return
	}
	if q.Answered == 1 || less(value, q.Least) {
		q.Least = value
	}
	if q.Answered == 1 || less(q.Most, value) {
		q.Most = value
	}
}

// done returns what was added up.
func (t *tally) done() []Question {
	for i := range t.questions {
		q := &t.questions[i]
		for value, n := range q.counts {
			q.Counts = append(q.Counts, Count{value, t.label(q.Item, value), n})
		}
		slices.SortFunc(q.Counts, func(a, b Count) int {
			if a.N != b.N {
				return int(b.N - a.N)
			}
			return strings.Compare(a.Value, b.Value)
		})
		q.Counts = q.Counts[:min(len(q.Counts), maxCounts)]
		if q.Type == "integer" || q.Type == "float" || q.Type == "double" {
			q.Mean = q.sum / float64(max(q.Answered, 1))
		}
	}
	return t.questions
}

// label is what an answer is called, in every language.
func (t *tally) label(item, value string) odm.Text {
	x := t.form.Index()
	it := x.Item(item)
	if it != nil && it.CodeList != "" {
		if l := x.CodeList(it.CodeList); l != nil {
			if i := slices.IndexFunc(l.Items, func(c odm.CodeItem) bool { return c.Code == value }); i >= 0 {
				return maps.Clone(l.Items[i].Decode)
			}
		}
	}
	if it != nil && it.DataType == "boolean" {
		if value == "true" || value == "1" {
			return i18n.Texts("notice.yes")
		}
		return i18n.Texts("notice.no")
	}
	return odm.Text{"": value}
}
