package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"casebook"
	"casebook/check"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type ruleCommand struct {
	Eval    ruleEval    `cmd:"" help:"Evaluate an expression on data from a file."`
	Vectors ruleVectors `cmd:"" help:"Run test vectors, such as check/testdata/vectors.json, and name those that come out otherwise."`
}

type ruleEval struct {
	Expr  string `arg:"" help:"The expression."`
	Data  string `help:"JSON object of references, written as in a rule (AGE, prev(AGE), each(AE.SEV)), to values: numbers, booleans, text, null, lists. '-' reads standard input." placeholder:"FILE"`
	Today string `help:"The day that the rule calls today; the machine's by default." placeholder:"DATE"`
	Zone  string `help:"The subject's time zone." default:"UTC"`
	JSON  bool   `help:"Print {\"value\": …} or {\"error\": …}."`
}

// Run evaluates the expression. A refusal is printed as such and ends with status 1.
func (c *ruleEval) Run() error {
	value, t, err := c.eval()
	if !c.JSON {
		if err == nil {
			fmt.Println(value)
		}
		return err
	}
	if err != nil {
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			if printed := printJSON(map[string]any{"error": strings.TrimSuffix(e.Code+" at "+e.Place, " at ")}); printed != nil {
				return printed
			}
		}
		return err
	}
	return printJSON(map[string]any{"value": plain(value, t)})
}

// plain is a value for JSON: null for a blank, a bool as such, all else as its canonical text; a list element by element.
func plain(v check.Value, t check.Type) any {
	switch {
	case v.IsBlank():
		return nil
	case t == check.Bool:
		return v.True()
	case !t.IsList():
		return v.String()
	}
	var texts []string
	if err := json.Unmarshal([]byte(v.String()), &texts); err != nil {
		return v.String()
	}
	list := make([]any, len(texts))
	for i, text := range texts {
		element, _ := check.ParseValue(t.Elem(), text)
		list[i] = plain(element, t.Elem())
	}
	return list
}

func (c *ruleEval) eval() (check.Value, check.Type, error) {
	values, types, err := c.data()
	if err != nil {
		return check.Value{}, check.Untyped, err
	}
	day := cmp.Or(c.Today, time.Now().Format(time.DateOnly))
	today, ok := check.ParseValue(check.Date, day)
	if !ok {
		return check.Value{}, check.Untyped, casebook.Fail(casebook.Invalid, "rule.data", day)
	}
	p, err := check.Compile(c.Expr, check.Scope{
		Item:  func(name string) (check.Type, bool) { t, ok := types[name]; return t, ok },
		Event: func(string) bool { return true },
	})
	if err != nil {
		return check.Value{}, check.Untyped, err
	}
	in := check.Input{Today: today, Zone: c.Zone}
	for _, ref := range p.Refs() {
		in.Values = append(in.Values, values[ref.String()])
	}
	v, _ := p.Eval(in)
	return v, p.Type(), nil
}

type ruleVectors struct {
	File string `arg:"" help:"JSON array of vectors; the format stands in docs/format/rules.md." type:"existingfile"`
	JSON bool   `help:"Print {\"vectors\": n, \"differ\": […]}."`
}

// Run runs the vectors; one that differs makes the status 1.
func (c *ruleVectors) Run() error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	vectors, err := check.ParseVectors(b)
	if err != nil {
		return err
	}
	type difference struct {
		Name string `json:"name"`
		Expr string `json:"expr"`
		How  string `json:"how"`
	}
	differ := []difference{}
	for _, v := range vectors {
		if how := v.Differs(); how != "" {
			differ = append(differ, difference{v.Name, v.Expr, how})
		}
	}
	if c.JSON {
		if err := printJSON(map[string]any{"vectors": len(vectors), "differ": differ}); err != nil {
			return err
		}
	} else {
		for _, d := range differ {
			fmt.Printf("%s\n\t%s\n\t%s\n", d.Name, d.Expr, d.How)
		}
		fmt.Printf("%d vectors, %d differ\n", len(vectors), len(differ))
	}
	if len(differ) > 0 {
		return casebook.Fail(casebook.Invalid, "rule.vectors", len(differ), len(vectors))
	}
	return nil
}

// data reads the values by reference, and the types of the names in them.
func (c *ruleEval) data() (map[string]check.Value, map[string]check.Type, error) {
	values, types := map[string]check.Value{}, map[string]check.Type{}
	if c.Data == "" {
		return values, types, nil
	}
	in := io.ReadCloser(os.Stdin)
	if c.Data != "-" {
		f, err := os.Open(c.Data)
		if err != nil {
			return nil, nil, err
		}
		in = f
	}
	defer in.Close()
	given := map[string]jsontext.Value{}
	if err := json.UnmarshalRead(in, &given); err != nil {
		return nil, nil, casebook.Fail(casebook.Invalid, "rule.data", err.Error())
	}
	for ref, v := range given {
		value, t, err := typed(v)
		if err != nil {
			return nil, nil, err
		}
		values[ref] = value
		name := check.RefName(ref)
		if strings.HasPrefix(ref, "each(") {
			t = t.Elem()
		}
		if known, ok := types[name]; !ok || known == check.Untyped { // a null says nothing of its type
			types[name] = t
		}
	}
	return values, types, nil
}

// typed gives a JSON value the language's type; numbers keep their digits, and text that is a date or an instant is one.
// A list has the type of its first element that is not null.
func typed(v jsontext.Value) (check.Value, check.Type, error) {
	if v.Kind() == '[' {
		return typedList(v)
	}
	types := []check.Type{check.Date, check.DateTime, check.Instant, check.Text}
	var text string
	switch v.Kind() {
	case 'n':
		return check.Blank(""), check.Untyped, nil
	case 't', 'f':
		types, text = []check.Type{check.Bool}, string(v)
	case '0':
		types, text = []check.Type{check.Number}, string(v)
	case '"':
		if err := json.Unmarshal(v, &text); err != nil {
			return check.Value{}, check.Untyped, err
		}
		if len(text) < len("2006-01") {
			types = []check.Type{check.Text}
		}
	}
	for _, t := range types {
		if value, ok := check.ParseValue(t, text); ok {
			return value, t, nil
		}
	}
	return check.Value{}, check.Untyped, casebook.Fail(casebook.Invalid, "rule.data", string(v))
}

func typedList(v jsontext.Value) (check.Value, check.Type, error) {
	var elements []jsontext.Value
	if err := json.Unmarshal(v, &elements); err != nil {
		return check.Value{}, check.Untyped, err
	}
	of := check.Untyped
	values := make([]check.Value, len(elements))
	for i, e := range elements {
		value, t, err := typed(e)
		if err != nil {
			return check.Value{}, check.Untyped, err
		}
		if values[i] = value; of == check.Untyped {
			of = t
		}
		if t != of && t != check.Untyped {
			return check.Value{}, check.Untyped, casebook.Fail(casebook.Invalid, "rule.data", string(v))
		}
	}
	return check.List(of, values...), check.ListOf(of), nil
}
