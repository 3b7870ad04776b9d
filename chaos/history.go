package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/go-json-experiment/json"
)

// How many edit at once.
const (
	editors    = 6
	editsQuick = 240
	searchTime = 2 * time.Minute // for an order
)

// edit is what an editor did: read the item, or write a value over the version that it had seen.
type edit struct {
	write  bool
	expect int64
	value  string
}

// seen is what came of it.
type seen struct {
	version int64
	value   string
	kept    bool   // of a write: it was accepted
	unknown bool   // no answer: it may have been kept
	why     string // it is not known
}

// item is the state of the item: which version, and what it says.
type item struct {
	version int64
	value   string
}

// oneItem is how an item behaves that one person after another edits: a write over the version that stands is kept and
// counts one up, one over another version is refused. Source: the definition of linearizability, Herlihy and Wing (1990).
var oneItem = porcupine.NondeterministicModel{
	Init: func() []any { return []any{item{version: 1}} },
	Step: func(state, input, output any) []any {
		s, in, out := state.(item), input.(edit), output.(seen)
		written := item{in.expect + 1, in.value}
		switch {
		case !in.write:
			if (s.version == out.version || out.unknown) && (s.value == out.value || s.version == 1 || out.unknown) {
				return []any{s}
			}
			return nil
		case out.unknown:
			if s.version == in.expect {
				return []any{s, written}
			}
			return []any{s}
		case out.kept:
			if s.version == in.expect && out.version == written.version {
				return []any{written}
			}
			return nil
		}
		if s.version != in.expect {
			return []any{s}
		}
		return nil
	},
	Equal: func(a, b any) bool { return a == b },
}

// histories lets editors read and write one item at once, and looks for an order of all that they did which explains all
// that they saw.
func histories(ctx context.Context, t Target, b Bounds) (m Measure, err error) {
	n := b.Size
	if n == 0 {
		n = editsQuick
	}
	client := visitors(editors)
	defer client.CloseIdleConnections()
	first, err := t.look(ctx, client, b)
	if err != nil || first.unknown {
		return m, fmt.Errorf("the form cannot be read: %+v %w", first, err)
	}
	var mu sync.Mutex
	var history []porcupine.Operation
	var under sync.WaitGroup
	for e := range editors {
		chance := rand.New(rand.NewPCG(b.Seed, uint64(e)))
		under.Go(func() {
			last, behind := first, false // behind: somebody else may have been first, so look before you write
			for k := range n / editors {
				in := edit{write: !behind && chance.IntN(3) > 0, expect: last.version, value: fmt.Sprintf("%03s", strconv.FormatInt(int64(e+k*editors)%(36*36*36), 36))}
				op := porcupine.Operation{ClientId: e, Input: in, Call: b.World.Now().UnixNano()}
				out := t.edit(ctx, client, b, in)
				op.Output, op.Return = out, b.World.Now().UnixNano()
				switch {
				case out.unknown:
					op.Return, behind = 1<<62, true // it may happen at any time
				case out.kept || !in.write:
					last, behind = out, false
				default:
					behind = true
				}
				mu.Lock()
				history = append(history, op)
				mu.Unlock()
			}
		})
	}
	under.Wait()
	if err := ctx.Err(); err != nil {
		return m, err
	}
	return judged(history, first), nil
}

// judged looks for the order.
func judged(history []porcupine.Operation, first seen) (m Measure) {
	kept, refused, unknown := 0, 0, 0
	for _, op := range history {
		in, out := op.Input.(edit), op.Output.(seen)
		switch {
		case out.unknown:
			if unknown++; unknown == 1 {
				m.Findings = append(m.Findings, "an answer that says nothing of the item: "+out.why)
			}
		case in.write && out.kept:
			kept++
		case in.write:
			refused++
		}
	}
	model := oneItem
	model.Init = func() []any { return []any{item{first.version, first.value}} }
	result := porcupine.CheckOperationsTimeout(model.ToModel(), history, searchTime)
	m.N = int64(len(history))
	m.Figures = map[string]float64{"kept": float64(kept), "refused": float64(refused), "unknown": float64(unknown)}
	m.Value = fmt.Sprintf("%s: %d kept, %d refused", map[porcupine.CheckResult]string{porcupine.Ok: "one order explains all", porcupine.Illegal: "no order explains it", porcupine.Unknown: "not found in time"}[result], kept, refused)
	m.Pass = result == porcupine.Ok && kept > 0 && refused > 0
	if !m.Pass {
		m.Findings = append(m.Findings, m.Value)
	}
	return m
}

type formAnswer struct {
	Version int64 `json:"version"`
	Items   []struct {
		Item  string `json:"item"`
		Value string `json:"value"`
	} `json:"items"`
}

func (t *Target) look(ctx context.Context, client *http.Client, b Bounds) (seen, error) {
	r, err := t.ask(ctx, client, b.World, http.MethodGet, t.Form, "")
	return t.read(r), err
}

// read finds the item in an answer.
func (t *Target) read(r reply) (out seen) {
	var f formAnswer
	if r.status != http.StatusOK || json.Unmarshal([]byte(r.body), &f) != nil {
		return seen{unknown: true, why: fmt.Sprintf("%d %.200s", r.status, r.body)}
	}
	out.version = f.Version
	for _, i := range f.Items {
		if strings.HasSuffix(t.Place, "/"+i.Item) {
			out.value = i.Value
		}
	}
	return out
}

func (t *Target) edit(ctx context.Context, client *http.Client, b Bounds, in edit) seen {
	if !in.write {
		out, err := t.look(ctx, client, b)
		out.unknown = out.unknown || err != nil
		return out
	}
	group, rest, _ := strings.Cut(t.Place, "/")
	repeat, name, _ := strings.Cut(rest, "/")
	body := fmt.Sprintf(`{"reason":"measured again","items":[{"group":%q,"repeat":%q,"item":%q,"value":%q}]}`, group, repeat, name, in.value)
	r, err := t.ask(ctx, client, b.World, http.MethodPatch, t.Form, body, "If-Match", fmt.Sprintf(`"%d"`, in.expect))
	switch {
	case err == nil && r.status == http.StatusOK:
		out := t.read(r)
		out.kept = true
		return out
	case err == nil && (r.status == http.StatusPreconditionFailed || r.status == http.StatusConflict):
		return seen{}
	}
	return seen{unknown: true, why: fmt.Sprintf("%d %.200s", r.status, r.body)}
}
