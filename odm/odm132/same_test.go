package odm132_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"casebook/odm"
)

// same compares two studies, but for the lines that expressions stood on.
func same(t *testing.T, want, got *odm.Study) {
	t.Helper()
	a, b := text(t, want), text(t, got)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d of the study\nwas   %s\nbecame %s", i, strings.Join(a[max(i-8, 0):i+1], "\n"), b[i])
		}
	}
	if len(a) != len(b) {
		t.Fatalf("the study had %d lines, has %d", len(a), len(b))
	}
}

func text(t *testing.T, s *odm.Study) []string {
	t.Helper()
	b, err := json.Marshal(s, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, ",\n"); !strings.Contains(line, `"line": `) {
			out = append(out, line)
		}
	}
	return out
}

// strip removes every Extra from a study.
func strip(s *odm.Study) { stripValue(reflect.ValueOf(s)) }

func stripValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Type() == reflect.TypeFor[*odm.Extra]() {
			v.SetZero()
			return
		}
		stripValue(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			stripValue(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			stripValue(v.Index(i))
		}
	}
}
