package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"casebook"
	"casebook/check"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type ruleCommand struct {
	Eval ruleEval `cmd:"" help:"Evaluate an expression on data from a file."`
}

type ruleEval struct {
	Expr string `arg:"" help:"The expression."`
	Data string `help:"JSON object of names to values; numbers, booleans and text. '-' reads standard input." placeholder:"FILE"`
	Zone string `help:"The subject's time zone." default:"UTC"`
	JSON bool   `help:"Print {\"value\": …} or {\"error\": …}."`
}

// Run evaluates the expression. A type error is printed as such and ends with status 1.
func (c *ruleEval) Run() error {
	value, err := c.eval()
	if !c.JSON {
		if err == nil {
			fmt.Println(value)
		}
		return err
	}
	if err != nil {
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			printJSON(map[string]any{"error": e.Code + " at " + e.Place})
		}
		return err
	}
	return printJSON(map[string]any{"value": value})
}

func (c *ruleEval) eval() (any, error) {
	data, err := c.data()
	if err != nil {
		return nil, err
	}
	values := map[string]check.Value{}
	for name, v := range data {
		if values[name], err = typed(v); err != nil {
			return nil, err
		}
	}
	p, err := check.Compile(c.Expr, check.Scope{Item: func(name string) (check.Type, bool) {
		v, ok := values[name]
		return v.Type(), ok
	}})
	if err != nil {
		return nil, err
	}
	today, _ := check.ParseValue(check.Date, time.Now().Format(time.DateOnly))
	in := check.Input{Today: today, Zone: c.Zone}
	for _, ref := range p.Refs() {
		in.Values = append(in.Values, values[ref.Name])
	}
	v, _ := p.Eval(in)
	switch {
	case v.IsBlank():
		return nil, nil
	case v.Type() == check.Bool:
		return v.True(), nil
	}
	return v.String(), nil
}

func (c *ruleEval) data() (map[string]jsontext.Value, error) {
	if c.Data == "" {
		return nil, nil
	}
	in := io.ReadCloser(os.Stdin)
	if c.Data != "-" {
		f, err := os.Open(c.Data)
		if err != nil {
			return nil, err
		}
		in = f
	}
	defer in.Close()
	data := map[string]jsontext.Value{}
	return data, json.UnmarshalRead(in, &data)
}

// typed gives a JSON value the language's type; numbers keep their digits, and text that is a date or an instant is one.
func typed(v jsontext.Value) (check.Value, error) {
	types := []check.Type{check.Date, check.DateTime, check.Instant, check.Text}
	var text string
	switch v.Kind() {
	case 'n':
		return check.Blank(""), nil
	case 't', 'f':
		types, text = []check.Type{check.Bool}, string(v)
	case '0':
		types, text = []check.Type{check.Number}, string(v)
	case '"':
		if err := json.Unmarshal(v, &text); err != nil {
			return check.Value{}, err
		}
		if len(text) < len("2006-01") {
			types = []check.Type{check.Text}
		}
	}
	for _, t := range types {
		if value, ok := check.ParseValue(t, text); ok {
			return value, nil
		}
	}
	return check.Value{}, casebook.Fail(casebook.Invalid, "rule.data", string(v))
}
