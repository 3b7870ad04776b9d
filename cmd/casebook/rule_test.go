package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ruleTool runs the program's rule commands as a shell does.
func ruleTool(t *testing.T, stdin string, args ...string) (stdout string, status int) {
	t.Helper()
	ran := callIn(t, nil, stdin, append([]string{"rule"}, args...)...)
	return ran.stdout, ran.code
}

func TestRuleEvalPrintsTheValue(t *testing.T) {
	t.Parallel()
	data := `{"AGE": 17, "W": 95, "H": 1.75, "D": "2024-02", "T": null, "prev(W)": 100.0, "each(AE.SEV)": [1, null, 3], "B": true, "BIG": 1234567890123456789012345678.123456}`
	for expr, want := range map[string]string{
		"AGE >= 18":                      `{"value":false}`,
		"T == 1":                         `{"value":null}`,
		"D < @2024-02-15":                `{"value":null}`,
		"round(W / (H * H), 1)":          `{"value":"31"}`,
		"BIG + 0.5":                      `{"value":"1234567890123456789012345678.623456"}`,
		"D":                              `{"value":"2024-02"}`,
		"W < prev(W) * 0.96":             `{"value":true}`,
		"count(s: each(AE.SEV), s >= 2)": `{"value":"1"}`,
		"[B, null]":                      `{"value":[true,null]}`,
		"add_days(today, 1)":             `{"value":"2024-03-01"}`,
		"1 / 0":                          `{"value":null}`,
	} {
		got, status := ruleTool(t, data, "eval", expr, "--data", "-", "--json", "--today", "2024-02-29")
		if compact(got) != want || status != 0 {
			t.Errorf("%s: %s status %d, want %s", expr, got, status, want)
		}
	}
	for expr, want := range map[string]string{
		"AGE == '17'": `{"error":"rule.typeatcolumn5"}`,
		"NOPE + 1":    `{"error":"rule.unknown_nameatcolumn1"}`,
		"1 +":         `{"error":"rule.syntaxatcolumn4"}`,
	} {
		got, status := ruleTool(t, data, "eval", expr, "--data", "-", "--json")
		if compact(got) != want || status != 1 {
			t.Errorf("%s: %s status %d, want %s and 1", expr, got, status, want)
		}
	}
	if got, status := ruleTool(t, `{"A": 1`, "eval", "A", "--data", "-", "--json"); !strings.Contains(got, "rule.data") || status != 1 {
		t.Errorf("damaged data: %s, status %d", got, status)
	}
}

func compact(s string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(s) }

func TestRuleVectorsAreRun(t *testing.T) {
	t.Parallel()
	vectors, err := filepath.Abs("../../check/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	got, status := ruleTool(t, "", "vectors", vectors, "--json")
	if !strings.Contains(compact(got), `"differ":[]`) || status != 0 {
		t.Errorf("the specification: %s, status %d", got, status)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	if err := os.WriteFile(wrong, []byte(`[{"name": "two and two", "expr": "2 + 2", "type": "number", "want": "5"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	got, status = ruleTool(t, "", "vectors", wrong)
	if !strings.Contains(got, "is 4, want 5") || status != 1 {
		t.Errorf("a wrong vector: %s, status %d", got, status)
	}
}
