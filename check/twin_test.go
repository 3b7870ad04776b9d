package check

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casebook"

	"github.com/go-json-experiment/json"
)

// The differential test: rules and data at random go to this engine and to its twin in TypeScript (ui/check, run by
// Node), and every outcome must be the same: type, value, reason of a blank, warnings; code and place of a refusal.
//
//	CASEBOOK_TWIN=1000000 go test ./check -run TestTwinAgrees -v -timeout 1h

// twinCase is a rule with the data that it runs on, as a vector has them, and this engine's outcome.
type twinCase struct {
	Expr  string              `json:"expr"`
	Data  map[string][]string `json:"data"`
	Today string              `json:"today"`
	Zone  string              `json:"zone"`

	want string
}

var twinZones = []string{"UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"}

var fuzzNames = []string{"n", "m", "b", "t", "d", "w", "c", "i", "l", "k"}

// newTwinCase makes a case: mostly a rule that is well typed, one in eight damaged.
func newTwinCase(r *rand.Rand) twinCase {
	c := twinCase{Expr: randomRule(r, 1+r.IntN(4), Bool+Type(r.IntN(7))), Data: map[string][]string{}, Today: randomText(r, Date),
		Zone: twinZones[r.IntN(len(twinZones))]}
	if r.IntN(8) == 0 {
		c.Expr = damaged(r, c.Expr)
	}
	if _, ok := ParseValue(Date, c.Today); !ok {
		c.Today = ""
	}
	for _, name := range fuzzNames {
		t, _ := fuzzScope.Item(name)
		c.Data[name] = randomDatum(r, t)
	}
	p, err := Compile(c.Expr, fuzzScope)
	if err != nil {
		e := err.(*casebook.Error)
		c.want = asLine(e.Code, e.Place)
		return c
	}
	for _, ref := range p.refs {
		if k := ref.String(); c.Data[k] == nil {
			c.Data[k] = randomDatum(r, ref.Type)
		}
	}
	c.want = c.outcome(p)
	return c
}

// randomDatum is a value as a vector has it: type, text, and of some blanks the reason.
func randomDatum(r *rand.Rand, t Type) []string {
	switch {
	case r.IntN(10) == 0:
		return []string{t.String(), ""}
	case r.IntN(14) == 0:
		return []string{t.String(), "", [...]string{"not_done", "unknown", "refused"}[r.IntN(3)]}
	case !t.IsList():
		return []string{t.String(), randomText(r, t)}
	}
	texts := make([]string, r.IntN(4))
	for i := range texts {
		if r.IntN(5) > 0 {
			texts[i] = randomText(r, t.Elem())
		}
	}
	b, err := json.Marshal(texts)
	if err != nil {
		panic(err)
	}
	return []string{t.String(), string(b)}
}

func (c *twinCase) outcome(p *Program) string {
	today, _ := ParseValue(Date, c.Today)
	in := Input{Today: today, Zone: c.Zone}
	for _, ref := range p.refs {
		d := c.Data[ref.String()]
		v := Blank("")
		if len(d) == 3 {
			v = Blank(d[2])
		} else if parsed, ok := ParseValue(typeNamed(d[0]), d[1]); ok {
			v = parsed
		}
		in.Values = append(in.Values, v)
	}
	v, warn := p.Eval(in)
	if v.IsBlank() {
		return asLine(p.Type().String(), nil, v.Reason(), warn.String())
	}
	return asLine(p.Type().String(), v.String(), "", warn.String())
}

func asLine(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// compareTwins sends so many cases to the twin and returns the first few that differ, and how many do.
func compareTwins(ctx context.Context, t *testing.T, seed uint64, cases int, flags ...string) (first []string, differ int) {
	t.Helper()
	node := exec.CommandContext(ctx, "node", append([]string{"build.mjs", "--main", "test/twin.ts", "--answer"}, flags...)...)
	node.Dir = filepath.Join("..", "ui")
	node.Stderr = os.Stderr
	in, errIn := node.StdinPipe()
	out, errOut := node.StdoutPipe()
	if errIn != nil || errOut != nil || node.Start() != nil {
		t.Fatal("node does not start:", errIn, errOut)
	}
	sent := make(chan twinCase, 8192) // more than are ever on the way, as both sides write in blocks
	go func() {
		defer close(sent)
		defer in.Close()
		w := bufio.NewWriterSize(in, 1<<16)
		defer w.Flush()
		writeLine(w, zonesOf(twinZones))
		r := rand.New(rand.NewPCG(seed, 2))
		for range cases {
			c := newTwinCase(r)
			writeLine(w, c)
			sent <- c
		}
	}()
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 1<<20)
	for c := range sent {
		if !answers.Scan() {
			_ = node.Wait()
			t.Fatal("the twin has stopped")
		}
		if got := answers.Text(); got != c.want {
			if differ++; len(first) < 10 {
				first = append(first, fmt.Sprintf("%s\n\t%v\n\ttoday %s, zone %s\n\thas  %s\n\ttwin %s", c.Expr, c.Data, c.Today, c.Zone, c.want, got))
			}
		}
	}
	if err := node.Wait(); err != nil {
		t.Fatal(err)
	}
	return first, differ
}

func writeLine(w io.Writer, v any) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(append(b, '\n')) // a twin that is gone is noticed by whoever reads its answers
}

func zonesOf(names []string) map[string][]int64 {
	zones := map[string][]int64{}
	for _, name := range names {
		zones[name], _ = ZoneChanges(name)
	}
	return zones
}

// needTwin skips where the pages cannot be built; `make test` makes it fail there instead.
func needTwin(t *testing.T) {
	t.Helper()
	_, errNode := exec.LookPath("node")
	_, errModules := os.Stat(filepath.Join("..", "ui", "node_modules"))
	if errNode == nil && errModules == nil {
		return
	}
	if os.Getenv("CASEBOOK_REQUIRE_NODE") != "" {
		t.Fatal("Node or ui/node_modules is missing")
	}
	t.Skip("needs Node, and npm ci in ui")
}

func TestTwinAgrees(t *testing.T) {
	t.Parallel()
	needTwin(t)
	cases := 10_000
	if testing.Short() {
		cases = 3_000
	}
	seed := uint64(1)
	if n, err := strconv.Atoi(os.Getenv("CASEBOOK_TWIN")); err == nil {
		cases, seed = n, rand.Uint64()
	}
	first, differ := compareTwins(t.Context(), t, seed, cases)
	if differ > 0 {
		t.Errorf("%d of %d rules differ (seed %d)\n%s", differ, cases, seed, strings.Join(first, "\n"))
	}
	t.Logf("%d rules, %d differences, seed %d", cases, differ, seed)
}

// The control: with its rounding broken the twin must be caught, in the same run and by fewer cases.
func TestTwinWithBrokenRoundingIsCaught(t *testing.T) {
	t.Parallel()
	needTwin(t)
	const cases = 2_000
	_, differ := compareTwins(t.Context(), t, 1, cases, "--broken")
	if differ == 0 {
		t.Errorf("%d rules do not notice that the twin rounds half away from zero", cases)
	}
	t.Logf("%d of %d rules differ, as they should", differ, cases)
}

// What is sent to the twin reaches all of the language, and is not all refused.
func TestTwinCasesReachTheLanguage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var used []string
	refused := 0
	for range 5_000 {
		c := newTwinCase(r)
		if strings.HasPrefix(c.want, `["rule.`) {
			refused++
			continue
		}
		tokens, _ := lex(c.Expr)
		for i, tok := range tokens[:len(tokens)-1] {
			if tok.kind == tokName && tokens[i+1].text == "(" && !slices.Contains(used, tok.text) {
				used = append(used, tok.text)
			}
		}
	}
	for _, table := range [...][]string{keysOf(special), keysOf(forms)} {
		for _, function := range table {
			if !slices.Contains(used, function) {
				t.Errorf("no case calls %s", function)
			}
		}
	}
	if refused < 200 || refused > 1_500 {
		t.Errorf("%d of 5000 are refused", refused)
	}
}

func keysOf[T any](m map[string]T) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}
